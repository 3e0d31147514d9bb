/* cli.h: one call of `headway`: what was typed, how to print, how to ask the
 * daemon.  Floor 3, noun: cli.  Every command is `int hw_cmd_NAME(struct hw_cli *)`
 * and returns the exit code; the table of commands is in commands.c. */
#ifndef CLIENT_CLI_H
#define CLIENT_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "client/ctl.h"
#include "client/doc.h"
#include "client/out.h"
#include "headway/status.h"

/* One option of one command. The table ends with a row whose name is NULL. */
struct hw_option {
    const char *name; /* long name without the hyphens */
    char letter;      /* short form, or 0 */
    const char *value; /* name of its value in the help, NULL for a flag */
    const char *help;  /* one plain sentence, no full stop */
};

struct hw_cli;

struct hw_command {
    const char *name;
    const char *synopsis; /* one or more lines, each without "headway " */
    const char *summary;  /* one line for `headway help` */
    const char *text;     /* paragraphs; empty when the summary says it all */
    const char *examples; /* one or more lines, each "headway ..." */
    const struct hw_option *options; /* own options; the common ones are in options.c */
    const char *parts;    /* subcommands separated by spaces, or NULL; used by completion */
    int (*run)(struct hw_cli *cli);
    bool daily; /* first tier of the help */
};

/* One option as typed, in the order typed. */
struct hw_typed {
    const char *name;  /* the option's long name */
    const char *value; /* NULL for a flag */
};

#define HW_TYPED_MAX 256 /* options on one command line; --map may stand once per column */

struct hw_cli {
    const struct hw_command *command;
    const char *home;   /* --home, else HEADWAY_HOME, else NULL: hw_home_find decides */
    const char *author; /* --author or NULL */
    bool json, plain, quiet;
    char **words; /* the whole command line, as the system gave it but for its order */
    int argc;     /* words that are no options, the command's own name left out */
    char **argv;  /* NULL-terminated */
    struct hw_typed typed[HW_TYPED_MAX];
    size_t typed_n;
    struct hw_look look; /* how to print: colour, UTF-8, width, plain */
    struct hw_client *ctl;  /* opened by the first hw_cli_call */
};

/* Value of a command's own option, NULL when it was not typed; the last one
 * wins. */
const char *hw_cli_value(const struct hw_cli *cli, const char *option);
/* The nth (from 0) value of an option that may be repeated, or NULL. */
const char *hw_cli_value_at(const struct hw_cli *cli, const char *option, size_t nth);
bool hw_cli_flag(const struct hw_cli *cli, const char *option);

/* One line "headway COMMAND: text" to stderr, then where to read more. Returns 2. */
int hw_cli_usage(const struct hw_cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "headway: text" to stderr. Returns the exit code of the status. */
int hw_cli_error(const struct hw_cli *cli, const struct hw_err *err);
/* An unknown word: 2, with the nearest of `words` suggested, or all where they are few. `what`
 * names it: "command". */
int hw_cli_unknown(const char *what, const char *word, const char *const *words, size_t n);

/* Asks the daemon of the home and prints its error, if any. Opens the
 * connection when needed. `row` (may be NULL) is called for each row, which it borrows.
 * `*end` (may be NULL) takes the end document, or NULL; the caller owns it, and
 * it is given also when the exit code is not 0. Returns the exit code. */
int hw_cli_call(struct hw_cli *cli, struct hw_ask *ask, hw_row_fn *row, void *user, json_t **end);
/* The same without printing: for what may fail and is not all that was asked for. */
HW_MUST_USE enum hw_status hw_cli_try(struct hw_cli *cli, struct hw_ask *ask, hw_row_fn *row, void *user, json_t **end,
                                      struct hw_err *err);

/* Prints a change document as the command contract shows it (or as JSON):
 * before and after, where it is, how to undo it. */
void hw_change_print(const struct hw_cli *cli, const json_t *change);

/* The table of commands (commands.c), ordered as the help prints it. */
extern const struct hw_command hw_commands[];
extern const size_t hw_commands_n;
const struct hw_command *hw_command_find(const char *name); /* NULL: unknown */

#endif
