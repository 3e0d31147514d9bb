/* cmd_redact.c: a text is taken out everywhere (floor 3, noun: redact). */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/commands.h"

static int ask_for(struct hw_cli *cli, bool dry_run, json_t **doc)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    hw_ask_init(&ask, "redact");
    hw_ask_text(&ask, "event", cli->argv[0]);
    hw_ask_text(&ask, "reason", hw_cli_value(cli, "reason"));
    hw_ask_bool(&ask, "dry_run", dry_run);
    return hw_cli_call(cli, &ask, NULL, NULL, doc);
}

static void print_values(const json_t *doc)
{
    size_t i;
    json_t *one;
    printf("%s, written by ", hw_doc_text(doc, "event"));
    hw_look_text(stdout, hw_doc_text(doc, "author"));
    printf(" at %s:\n", hw_doc_text(doc, "office"));
    json_array_foreach(hw_doc_list(doc, "values"), i, one) {
        printf("     %s  ", hw_doc_text(one, "field"));
        hw_look_text(stdout, hw_doc_text(one, "value"));
        putchar('\n');
    }
}

static void print_done(const struct hw_cli *cli, const json_t *doc)
{
    size_t i;
    json_t *one;
    if (cli->quiet)
        return;
    printf("Taken out here. Each office does the same when it next syncs; the log keeps who wrote it and why it went.\n"
           "Backups and bundles made before still hold it.\n");
    json_array_foreach(hw_doc_list(doc, "also"), i, one) {
        printf("%s The same text stands in %s: headway redact %s --reason ...\n", hw_look_warning(&cli->look),
               json_string_value(one), json_string_value(one));
    }
}

/* It cannot be taken back: a person says yes, on the terminal or by --yes. */
static int agree(struct hw_cli *cli)
{
    json_t *doc = NULL;
    int code = ask_for(cli, true, &doc);
    if (code == 0 && !cli->json)
        print_values(doc);
    json_decref(doc);
    if (code != 0)
        return code;
    if (!isatty(STDIN_FILENO)) {
        fputs("headway: this cannot be undone: add --yes\n", stderr);
        return 4;
    }
    if (hw_cli_agree("Take this out everywhere, for ever?"))
        return 0;
    fputs("Nothing was changed.\n", stderr);
    return 4;
}

int hw_cmd_redact(struct hw_cli *cli)
{
    json_t *doc = NULL;
    bool dry_run = hw_cli_flag(cli, "dry-run");
    if (cli->argc != 1)
        return hw_cli_usage(cli, "give the EVENT, as in the last column of: headway log");
    if (!hw_cli_value(cli, "reason"))
        return hw_cli_usage(cli, "say why: --reason TEXT");
    int code = dry_run || hw_cli_flag(cli, "yes") ? 0 : agree(cli);
    if (code == 0)
        code = ask_for(cli, dry_run, &doc);
    if (code == 0 && cli->json)
        hw_doc_print(stdout, doc, false);
    else if (code == 0 && dry_run)
        print_values(doc);
    else if (code == 0)
        print_done(cli, doc);
    json_decref(doc);
    return code;
}
