/* cmd_bundle.c: changes by stick or mail (floor 3, noun: bundle): bundle, apply. */
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/fetch.h"

/* ---- bundle ---- */

static int begin(struct hw_cli *cli, json_t **doc)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask seal = {0}, ask = {0};
    hw_ask_init(&seal, "bundle.seal");
    int code = hw_cli_call(cli, &seal, NULL, NULL, NULL);
    if (code != 0)
        return code;
    hw_ask_init(&ask, "bundle.begin");
    hw_ask_text(&ask, "for", hw_cli_value(cli, "for"));
    hw_ask_bool(&ask, "all", hw_cli_flag(cli, "all"));
    hw_ask_bool(&ask, "open", hw_cli_flag(cli, "open"));
    return hw_cli_call(cli, &ask, NULL, NULL, doc);
}

static void print_bundle(const struct hw_cli *cli, const char *path, const json_t *doc)
{
    const char *to = hw_doc_text(doc, "for");
    long long events = hw_doc_int(doc, "events"), entries = hw_doc_int(doc, "entries");
    if (cli->json) {
        json_t *said = json_pack("{s:s, s:s, s:s?, s:I, s:I, s:I}", "file", path, "office", hw_doc_text(doc, "office"), "for",
                                 *to ? to : NULL, "bytes", (json_int_t)hw_doc_int(doc, "size"), "entries",
                                 (json_int_t)entries, "events", (json_int_t)events);
        hw_doc_print(stdout, said, false);
        json_decref(said);
        return;
    }
    if (cli->quiet)
        return;
    printf("%s: %lld %s that headquarters has not admitted yet, %lld journal %s (%lld kB).\n", path, events,
           events == 1 ? "change" : "changes", entries, entries == 1 ? "entry" : "entries",
           (hw_doc_int(doc, "size") + 999) / 1000);
    if (*to)
        printf("Sealed: only %s can open it. There: headway apply FILE\n", strcmp(to, "HUB") == 0 ? "the hub" : to);
    else
        printf("%s Not sealed: whoever has the file can read it; --for CODE seals it. There: headway apply FILE\n",
               hw_look_warning(&cli->look));
}

int hw_cmd_bundle(struct hw_cli *cli)
{
    HW_CLEANUP(hw_fetch_done) struct hw_fetch fetch;
    const char *path = hw_cli_value(cli, "output");
    struct hw_err err;
    json_t *doc = NULL;
    hw_fetch_init(&fetch, cli);
    if (cli->argc > 0 || !path)
        return hw_cli_usage(cli, "name the file to write with -o FILE");
    if (hw_fetch_open(&fetch, path, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    int code = begin(cli, &doc);
    if (code == 0)
        code = hw_fetch_all(&fetch, doc);
    if (code == 0)
        print_bundle(cli, path, doc);
    json_decref(doc);
    return code;
}

/* ---- apply ---- */

static int ask_for(struct hw_cli *cli, const char *verb, const char *id, json_t **doc)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    hw_ask_init(&ask, verb);
    hw_ask_text(&ask, "id", id);
    return hw_cli_call(cli, &ask, NULL, NULL, doc);
}

static void print_applied(const struct hw_cli *cli, const json_t *doc)
{
    long long events = hw_doc_int(doc, "events"), entries = hw_doc_int(doc, "entries"), waiting = hw_doc_int(doc, "waiting");
    size_t i;
    json_t *one;
    if (cli->json) {
        hw_doc_print(stdout, doc, false);
        return;
    }
    json_array_foreach(hw_doc_list(doc, "left"), i, one) {
        fputs("Left out: ", stdout);
        hw_look_text(stdout, json_string_value(one));
        putchar('\n');
    }
    if (cli->quiet)
        return;
    if (!events && !entries)
        printf("From %s: nothing new here.\n", hw_doc_text(doc, "office"));
    else
        printf("From %s: %lld new %s, %lld new journal %s.\n", hw_doc_text(doc, "office"), events,
               events == 1 ? "change" : "changes", entries, entries == 1 ? "entry" : "entries");
    if (waiting)
        printf("%lld %s of bundles %s for an earlier one: apply that too, in any order.\n", waiting,
               waiting == 1 ? "part" : "parts", waiting == 1 ? "waits" : "wait");
    if (hw_doc_int(doc, "beyond"))
        printf("%s It holds %lld journal entries that this headquarters does not: was an old backup put back? Connect that office, "
               "so that it can hand them back.\n", hw_look_warning(&cli->look), hw_doc_int(doc, "beyond"));
}

int hw_cmd_apply(struct hw_cli *cli)
{
    char id[HW_FETCH_ID];
    json_t *doc = NULL;
    if (cli->argc != 1)
        return hw_cli_usage(cli, "give the bundle's FILE");
    int code = hw_fetch_hand(cli, cli->argv[0], id);
    if (code != 0)
        return code;
    code = ask_for(cli, "apply.check", id, NULL);
    if (code == 0)
        code = ask_for(cli, "apply", id, &doc);
    int ended = ask_for(cli, "apply.end", id, NULL);
    if (code == 0)
        print_applied(cli, doc);
    json_decref(doc);
    return code ? code : ended;
}
