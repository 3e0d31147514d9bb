/* cli.c: what every command needs: its options, its errors, the daemon
 * (floor 3, noun: cli). */
#include "client/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/home.h"
#include "headway/schema.h"

enum { WORDS_SHOWN = 20 }; /* the fields of an item fit, the commands do not */

const struct hw_command *hw_command_find(const char *name)
{
    for (size_t i = 0; i < hw_commands_n; i++)
        if (strcmp(hw_commands[i].name, name) == 0)
            return &hw_commands[i];
    return NULL;
}

const char *hw_cli_value_at(const struct hw_cli *cli, const char *option, size_t nth)
{
    for (size_t i = 0; i < cli->typed_n; i++)
        if (strcmp(cli->typed[i].name, option) == 0 && nth-- == 0)
            return cli->typed[i].value;
    return NULL;
}

const char *hw_cli_value(const struct hw_cli *cli, const char *option)
{
    const char *value = NULL;
    for (size_t i = 0; i < cli->typed_n; i++)
        if (strcmp(cli->typed[i].name, option) == 0)
            value = cli->typed[i].value;
    return value;
}

bool hw_cli_flag(const struct hw_cli *cli, const char *option)
{
    for (size_t i = 0; i < cli->typed_n; i++)
        if (strcmp(cli->typed[i].name, option) == 0)
            return true;
    return false;
}

int hw_cli_usage(const struct hw_cli *cli, const char *format, ...)
{
    const char *name = cli->command ? cli->command->name : NULL;
    va_list args;
    char text[1024];
    fprintf(stderr, "headway%s%s: ", name ? " " : "", name ? name : "");
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    hw_look_text(stderr, text);
    fprintf(stderr, "  (read: headway help%s%s)\n", name ? " " : "", name ? name : "");
    return hw_status_exit(HW_USAGE);
}

int hw_cli_error(const struct hw_cli *cli, const struct hw_err *err)
{
    (void)cli;
    fputs("headway: ", stderr);
    hw_look_lines(stderr, err->text, 9);
    putc('\n', stderr);
    return hw_status_exit(err->status);
}

int hw_cli_unknown(const char *what, const char *word, const char *const *words, size_t n)
{
    const char *near = hw_nearest(hw_slice_text(word), words, n);
    fprintf(stderr, "headway: there is no %s \"", what);
    hw_look_text(stderr, word);
    if (near) {
        fprintf(stderr, "\"; did you mean \"%s\"?\n", near);
    } else if (n > WORDS_SHOWN) {
        fprintf(stderr, "\"; read: headway help\n");
    } else {
        fputs("\"; it may be ", stderr);
        for (size_t i = 0; i < n; i++)
            fprintf(stderr, "%s%s", i ? ", " : "", words[i]);
        putc('\n', stderr);
    }
    return hw_status_exit(HW_USAGE);
}

static enum hw_status connect_once(struct hw_cli *cli, struct hw_err *err)
{
    char home[HW_HOME_PATH];
    if (cli->ctl)
        return HW_OK;
    enum hw_status status = hw_home_find(cli->home, home, err);
    return status == HW_OK ? hw_client_open(home, &cli->ctl, err) : status;
}

enum hw_status hw_cli_try(struct hw_cli *cli, struct hw_ask *ask, hw_row_fn *row, void *user, json_t **end, struct hw_err *err)
{
    if (end)
        *end = NULL;
    enum hw_status status = connect_once(cli, err);
    return status == HW_OK ? hw_client_call(cli->ctl, ask, cli->author, row, user, end, err) : status;
}

int hw_cli_call(struct hw_cli *cli, struct hw_ask *ask, hw_row_fn *row, void *user, json_t **end)
{
    struct hw_err err;
    if (hw_cli_try(cli, ask, row, user, end, &err) == HW_OK)
        return 0;
    fflush(stdout); /* rows already printed stand before the error */
    return hw_cli_error(cli, &err);
}
