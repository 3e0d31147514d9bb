/* options.c: from the command line to struct hw_cli (floor 3, noun: options).
 *
 * Two rounds of getopt_long: the common options that stand before the command
 * (`headway --home DIR list`), then the command's own and the common ones. */
#include "client/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "headway/schema.h"

enum {
    OPTIONS_MAX = 40, /* longest option table is that of `import`, with a dozen */
    FIRST_KEY = 256   /* getopt's value of the first long option; above every letter */
};

const struct hw_option hw_common_options[] = {
    {"home", 0, "DIR", "The node's directory (or set HEADWAY_HOME)"},
    {"author", 0, "NAME", "Write in this name; for the node's own user and root only"},
    {"json", 0, NULL, "One JSON document on stdout"},
    {"plain", 0, NULL, "Tab-separated lines without a head, for scripts"},
    {"quiet", 'q', NULL, "Say nothing about what went well"},
    {"help", 'h', NULL, "This help"},
    {0},
};

/* Both tables in getopt's shape. `of[i]` is the row behind key FIRST_KEY + i. */
struct flags {
    struct option longs[OPTIONS_MAX + 1];
    const struct hw_option *of[OPTIONS_MAX];
    const char *names[OPTIONS_MAX];
    char letters[2 * OPTIONS_MAX + 4];
    size_t n;
};

static void take(struct flags *flags, const struct hw_option *table)
{
    for (; table && table->name && flags->n < OPTIONS_MAX; table++) {
        size_t i = flags->n++;
        size_t letters = strlen(flags->letters);
        flags->of[i] = table;
        flags->names[i] = table->name;
        flags->longs[i] =
            (struct option){table->name, table->value ? required_argument : no_argument, NULL, FIRST_KEY + (int)i};
        if (table->letter) {
            flags->letters[letters++] = table->letter;
            if (table->value)
                flags->letters[letters] = ':';
        }
    }
}

static const struct hw_option *row_of(const struct flags *flags, int key)
{
    if (key >= FIRST_KEY)
        return flags->of[key - FIRST_KEY];
    for (size_t i = 0; i < flags->n; i++)
        if (flags->of[i]->letter == key)
            return flags->of[i];
    return NULL;
}

/* optopt is the letter of a bad short option, the key of a long one that is
 * used wrongly, 0 for a long one that is not known; `word` is a long one's word. */
static int complain(const struct hw_cli *cli, const struct flags *flags, int kind, const char *word)
{
    if (optopt > 0 && optopt < FIRST_KEY) {
        const char letter[3] = {'-', (char)optopt, 0};
        return kind == ':' ? hw_cli_usage(cli, "%s needs a value", letter)
                           : hw_cli_usage(cli, "there is no option %s", letter);
    }
    if (optopt >= FIRST_KEY)
        return hw_cli_usage(cli, "--%s %s", flags->of[optopt - FIRST_KEY]->name,
                            kind == ':' ? "needs a value" : "takes no value");
    int n = (int)strcspn(word, "=");
    struct hw_slice typed = {(const uint8_t *)word + 2, n > 2 ? (size_t)n - 2 : 0};
    const char *near = hw_nearest(typed, flags->names, flags->n);
    if (near)
        return hw_cli_usage(cli, "there is no option %.*s; did you mean --%s?", n, word, near);
    return hw_cli_usage(cli, "there is no option %.*s", n, word);
}

/* Common options go to their own members. True when it was one. */
static bool common(struct hw_cli *cli, const char *name, const char *value)
{
    if (strcmp(name, "home") == 0)
        cli->home = value;
    else if (strcmp(name, "author") == 0)
        cli->author = value;
    else if (strcmp(name, "json") == 0)
        cli->json = true;
    else if (strcmp(name, "plain") == 0)
        cli->plain = true;
    else if (strcmp(name, "quiet") == 0)
        cli->quiet = true;
    else
        return false;
    return true;
}

/* Reads options until getopt has seen all, or the first other word after "+". */
static int round_of(struct hw_cli *cli, const struct flags *flags, int argc, char **argv)
{
    optind = 0; /* glibc: start again from the beginning */
    opterr = 0; /* the words are ours */
    for (;;) {
        int key = getopt_long(argc, argv, flags->letters, flags->longs, NULL);
        if (key == -1)
            return 0;
        if (key == '?' || key == ':')
            return complain(cli, flags, key, argv[optind - 1]);
        const struct hw_option *row = row_of(flags, key);
        if (strcmp(row->name, "help") == 0)
            return -1;
        if (common(cli, row->name, optarg))
            continue;
        if (cli->typed_n == HW_TYPED_MAX)
            return hw_cli_usage(cli, "more than %d options", HW_TYPED_MAX);
        cli->typed[cli->typed_n++] = (struct hw_typed){row->name, optarg};
    }
}

static int unknown_command(const char *word)
{
    const char *names[64];
    size_t n = 0;
    for (; n < hw_commands_n && n < 64; n++)
        names[n] = hw_commands[n].name;
    return hw_cli_unknown("command", word, names, n);
}

int hw_options_read(struct hw_cli *cli, int argc, char **argv)
{
    static const struct hw_option version[] = {{"version", 0, NULL, "The version"}, {0}};
    const char *home = getenv("HEADWAY_HOME");
    cli->home = home && *home ? home : NULL;
    struct flags first = {.letters = "+:"};
    take(&first, hw_common_options);
    take(&first, version);
    int code = round_of(cli, &first, argc, argv);
    if (code > 0)
        return code;
    if (cli->typed_n > 0) { /* the only option in this round that is not common */
        cli->typed_n = 0;
        cli->command = hw_command_find("version");
        return 0;
    }
    argc -= optind;
    argv += optind;
    if (code < 0 || argc == 0)
        return -1;
    cli->command = hw_command_find(argv[0]);
    if (!cli->command)
        return unknown_command(argv[0]);
    struct flags own = {.letters = ":"};
    take(&own, cli->command->options);
    take(&own, hw_common_options);
    code = round_of(cli, &own, argc, argv);
    cli->argc = argc - optind;
    cli->argv = argv + optind;
    return code;
}
