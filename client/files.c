/* files.c: import and export, which the program headway-files does (floor 3,
 * noun: files).
 *
 * What reads and writes workbooks brings a library with 20,000 relocations, done at every start: 1.4 ms of
 * the 2.6 ms that `headway show` took. headway-files is this same client with the commands themselves in place of
 * this file. */
#include "client/commands.h"
#include "client/run.h"

static int hand_over(const struct hw_cli *cli)
{
    char path[HW_RUN_PATH];
    struct hw_err err = {0};
    hw_run_files(path, sizeof path);
    return hw_run_exec(path, cli->words, &err) ? hw_cli_error(cli, &err) : 0;
}

int hw_cmd_import(struct hw_cli *cli)
{
    return hand_over(cli);
}

int hw_cmd_export(struct hw_cli *cli)
{
    return hand_over(cli);
}
