/* main.c: the thin client `headway` (floor 4). Reads the command line, runs
 * one command of the table, returns its exit code. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "client/cli.h"
#include "client/help.h"
#include "client/options.h"

/* What was printed must have arrived, or the command has failed: a full disk
 * behind a redirection is not a success. A reader that went away is its own choice. */
static int finish(int code)
{
    bool failed = ferror(stdout) != 0;
    if (fflush(stdout) != 0)
        failed = true;
    if (!failed || errno == EPIPE)
        return code;
    fprintf(stderr, "headway: cannot write the output: %s\n", strerror(errno));
    return code ? code : hw_status_exit(HW_IO);
}

int main(int argc, char **argv)
{
    struct hw_cli cli = {.words = argv};
    signal(SIGPIPE, SIG_IGN); /* `headway list | head` ends quietly, by the check above */
    hw_look_start();
    int code = hw_options_read(&cli, argc, argv);
    if (code > 0)
        return code;
    if (code < 0) {
        if (cli.command)
            hw_help_command(stdout, cli.command);
        else
            hw_help_overview(stdout);
        return finish(0);
    }
    cli.look = hw_look_of(stdout, cli.plain);
    code = cli.command->run(&cli);
    hw_client_free(cli.ctl);
    return finish(code);
}
