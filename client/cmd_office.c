/* cmd_office.c: which offices there are, what they may do, and shutting one out (floor 3, noun: office). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/ago.h"
#include "client/cmd_show.h"
#include "client/commands.h"
#include "client/listing.h"

enum { ACCEPTED_MAX = 1000000 }; /* an office's whole life fits */

static const char *cell_heard(const struct hw_cli *cli, struct hw_arena *arena, const json_t *row, enum hw_ink *ink)
{
    const char *when = hw_doc_text(row, "last_heard");
    (void)ink;
    return cli->plain ? when : hw_ago_day(arena, when, time(NULL));
}

static const struct hw_column offices[] = {
    {"CODE", "code", 0, NULL},
    {"NAME", "name", HW_COLUMN_WIDE, NULL},
    {"KIND", "kind", 0, NULL},
    {"COUNTRY", "countries", HW_COLUMN_CUT, NULL},
    {"STATE", "state", 0, NULL},
    {"LAST HEARD", NULL, 0, cell_heard},
    {"BEHIND", "behind", HW_COLUMN_RIGHT, NULL},
    {0},
};

/* -- revoke: what was accepted of the office stands; a person looks at it and takes back what must not -- */

static void print_accepted(struct hw_cli *cli, const char *code, const char *since, const json_t *rows)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    size_t i;
    json_t *row;
    hw_arena_init(&arena);
    if (json_array_size(rows) == 0) {
        printf("Nothing of %s was accepted since %s.\n", code, since);
        return;
    }
    printf("\nAccepted of %s since %s:\n", code, since);
    struct hw_table *table = hw_table_new(&cli->look);
    static const char *const heads[] = {"RECEIVED", "AUTHOR", "ID", "FIELD", "BEFORE", "AFTER", "CHANGE"};
    static const int flags[] = {0, HW_COLUMN_CUT, 0, 0, HW_COLUMN_CUT, HW_COLUMN_WIDE, 0};
    for (size_t c = 0; c < sizeof heads / sizeof *heads; c++)
        hw_table_column(table, heads[c], flags[c]);
    json_array_foreach(rows, i, row) {
        bool remark = hw_doc_has(row, "comment") && !hw_doc_has(row, "field");
        const char *cells[] = {hw_ago_minute(&arena, hw_doc_text(row, "received")), hw_doc_text(row, "author"),
                               hw_doc_short(&arena, row), hw_doc_text(row, "field"), hw_doc_line(&arena, row, "before"),
                               hw_doc_line(&arena, row, remark ? "comment" : "after"), hw_doc_text(row, "change")};
        hw_table_row(table, cells);
    }
    hw_table_print(table, stdout);
    hw_table_free(table);
    printf("To take one of them back: headway undo CHANGE\n");
}

static bool keep_row(void *user, json_t *row)
{
    return json_array_append(user, row) == 0;
}

static int accepted(struct hw_cli *cli, const char *code, const char *since, json_t *rows)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    hw_ask_init(&ask, "log");
    hw_ask_text(&ask, "office", code);
    hw_ask_text(&ask, "since", since);
    hw_ask_bool(&ask, "accepted", true);
    hw_ask_int(&ask, "limit", ACCEPTED_MAX);
    return hw_cli_call(cli, &ask, keep_row, rows, NULL);
}

static int revoke(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    const char *since = hw_cli_value(cli, "since");
    json_t *doc = NULL, *rows = json_array();
    if (cli->argc != 2) {
        json_decref(rows);
        return hw_cli_usage(cli, "give one code: headway office revoke CODE --reason TEXT");
    }
    hw_ask_init(&ask, "office.revoke");
    hw_ask_text(&ask, "code", cli->argv[1]);
    hw_ask_text(&ask, "reason", hw_cli_value(cli, "reason"));
    hw_ask_text(&ask, "since", since);
    int code = hw_cli_call(cli, &ask, NULL, NULL, &doc);
    if (code == 0 && since)
        code = accepted(cli, cli->argv[1], since, rows);
    if (doc && cli->json && since)
        json_object_set(doc, "accepted", rows);
    if (doc)
        hw_change_print(cli, doc);
    if (doc && code == 0 && since && !cli->json && !cli->quiet)
        print_accepted(cli, cli->argv[1], since, rows);
    json_decref(doc);
    json_decref(rows);
    return code;
}

int hw_cmd_office(struct hw_cli *cli)
{
    static const char *const parts[] = {"list", "show", "revoke"};
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    const char *part = hw_cli_part(cli, parts, 3);
    if (!part)
        return hw_status_exit(HW_USAGE);
    if (strcmp(part, "revoke") == 0)
        return revoke(cli);
    if (strcmp(part, "show") == 0)
        return hw_show_code(cli, "office.show", "code");
    hw_ask_init(&ask, "office.list");
    return hw_listing_run(cli, &ask, offices, "There are no offices yet: headway invite CODE --group G");
}

int hw_cmd_grant(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    if (cli->argc != 2)
        return hw_cli_usage(cli, "give the office and the group: headway grant CODE G[:ROLE[:COUNTRIES]]");
    hw_ask_init(&ask, "grant");
    hw_ask_text(&ask, "code", cli->argv[0]);
    hw_ask_text(&ask, "grant", cli->argv[1]);
    hw_ask_bool(&ask, "end", hw_cli_flag(cli, "end"));
    return hw_cli_change(cli, &ask);
}
