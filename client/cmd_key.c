/* cmd_key.c: where the hub is and which keys this node has (floor 3, noun: key): upstream, key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"

enum { OVERLAP_MAX = 3650 }; /* ten years: longer than a key should live */

int hw_cmd_upstream(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    json_t *doc;
    if (cli->argc != 1)
        return hw_cli_usage(cli, "give the hub's new address: headway upstream tcp://hq.example.org:7400");
    hw_ask_init(&ask, "upstream");
    hw_ask_text(&ask, "address", cli->argv[0]);
    hw_ask_bool(&ask, "yes", hw_cli_flag(cli, "yes"));
    int code = hw_cli_call(cli, &ask, NULL, NULL, &doc);
    if (code == 0 && cli->json)
        hw_doc_print(stdout, doc, false);
    else if (code == 0 && !cli->quiet)
        printf("Hub    %s -> %s%s\n", hw_doc_text(doc, "before"), hw_doc_text(doc, "address"),
               hw_doc_bool(doc, "tried") ? ", which answers with the key known here" : ", not tried");
    json_decref(doc);
    return code;
}

int hw_cmd_key(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    const char *overlap = hw_cli_value(cli, "overlap");
    char *end = NULL;
    long days = overlap ? strtol(overlap, &end, 10) : 0;
    json_t *doc;
    if (cli->argc != 1 || strcmp(cli->argv[0], "rotate") != 0)
        return hw_cli_usage(cli, "there is one thing to do: headway key rotate");
    if (overlap && hw_cli_flag(cli, "root"))
        return hw_cli_usage(cli, "the root key needs no overlap: offices follow whenever they come");
    if (overlap && (end == overlap || *end || days < 0 || days > OVERLAP_MAX))
        return hw_cli_usage(cli, "--overlap takes days, from 0 to %d", OVERLAP_MAX);
    hw_ask_init(&ask, "key.rotate");
    if (overlap)
        hw_ask_int(&ask, "overlap", days);
    hw_ask_bool(&ask, "root", hw_cli_flag(cli, "root"));
    int code = hw_cli_call(cli, &ask, NULL, NULL, &doc);
    if (code == 0 && cli->json)
        hw_doc_print(stdout, doc, false);
    else if (code == 0 && !cli->quiet) {
        hw_look_lines(stdout, hw_doc_text(doc, "note"), 0);
        putchar('\n');
    }
    json_decref(doc);
    return code;
}
