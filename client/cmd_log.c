/* cmd_log.c: who changed what, when (floor 3, noun: log). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/ago.h"
#include "client/commands.h"
#include "client/listing.h"
#include "client/older.h"
#include "client/sink.h"

enum {
    LIMIT_SHOWN = 50,      /* about two screens; --limit asks for more */
    PAGES_SHOWN = 20,      /* of what is not held here, for these: a search for what is rare must not use up a slow link unasked */
    LIMIT_FILE = 1000000   /* a file is for keeping: a hub's whole year fits */
};

static const char *cell_when(const struct hw_cli *cli, struct hw_arena *arena, const json_t *row, enum hw_ink *ink)
{
    (void)ink;
    return cli->plain ? hw_doc_text(row, "when") : hw_ago_minute(arena, hw_doc_text(row, "when"));
}

static const char *cell_id(const struct hw_cli *cli, struct hw_arena *arena, const json_t *row, enum hw_ink *ink)
{
    (void)ink;
    return cli->plain ? hw_doc_text(row, "id") : hw_doc_short(arena, row);
}

static const char *cell_change(const struct hw_cli *cli, struct hw_arena *arena, const json_t *row, enum hw_ink *ink)
{
    const char *before = hw_doc_line(arena, row, "before"), *after = hw_doc_line(arena, row, "after");
    (void)ink;
    if (!*before && !*after && hw_doc_has(row, "comment"))
        return hw_doc_line(arena, row, "comment");
    return *before ? hw_arena_printf(arena, "%s %s %s", before, hw_look_arrow(&cli->look), after) : after;
}

static const char *cell_verdict(const struct hw_cli *cli, struct hw_arena *arena, const json_t *row, enum hw_ink *ink)
{
    const char *verdict = hw_doc_text(row, "verdict"), *signature = hw_doc_text(row, "signature");
    if (strcmp(verdict, "redacted") == 0 && strcmp(signature, "bad") != 0 && !cli->plain)
        return hw_doc_line(arena, row, "reason"); /* redacted by whom, because of what */
    if (strcmp(signature, "bad") != 0)
        return verdict;
    *ink = HW_INK_BAD;
    return hw_arena_printf(arena, "%s%sbad signature", verdict, *verdict ? ", " : "");
}

static const struct hw_column columns[] = {
    {"WHEN", NULL, 0, cell_when},        {"OFFICE", "office", HW_COLUMN_SPARE, NULL},
    {"AUTHOR", "author", HW_COLUMN_CUT, NULL}, {"ID", NULL, 0, cell_id},
    {"FIELD", "field", 0, NULL},         {"CHANGE", NULL, HW_COLUMN_WIDE, cell_change},
    {"VERDICT", NULL, HW_COLUMN_SPARE, cell_verdict},  {"EVENT", "event", 0, NULL},
    {0},
};

static const char *const csv_names[] = {"event", "change", "when",  "received", "author",    "office", "id",
                                        "field", "before", "after", "comment",  "signature", "verdict"};
enum { CSV_N = sizeof csv_names / sizeof csv_names[0] };

static bool csv_row(void *user, json_t *row)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    const char *cells[CSV_N];
    hw_arena_init(&arena);
    for (size_t i = 0; i < CSV_N; i++)
        cells[i] = hw_doc_line(&arena, row, csv_names[i]);
    hw_csv_row(user, cells, CSV_N);
    return true;
}

static int call_log(void *self, hw_row_fn *row, void *user)
{
    struct hw_older *older = self;
    older->row = row;
    older->user = user;
    return hw_older_run(older);
}

static int write_csv(struct hw_cli *cli, struct hw_older *older, const char *path)
{
    struct hw_sink sink;
    struct hw_err err;
    if (hw_sink_open(&sink, path, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    hw_csv_start(sink.to);
    hw_csv_row(sink.to, csv_names, CSV_N);
    int code = call_log(older, csv_row, sink.to);
    if (hw_sink_close(&sink, code == 0, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    return code;
}

int hw_cmd_log(struct hw_cli *cli)
{
    static const char *const keys[] = {"field", "since", "until", "office", NULL};
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    const char *file = hw_cli_value(cli, "output"), *limit = hw_cli_value(cli, "limit");
    char *end = NULL;
    long n = limit ? strtol(limit, &end, 10) : file ? LIMIT_FILE : LIMIT_SHOWN;
    if (cli->argc > 1)
        return hw_cli_usage(cli, "give at most one ID");
    if (limit && (n < 1 || *end || n > LIMIT_FILE))
        return hw_cli_usage(cli, "--limit takes a number from 1 to %d", LIMIT_FILE);
    if (file && !hw_sink_ends(file, ".csv"))
        return hw_cli_usage(cli, "the file's name must end in .csv");
    hw_ask_init(&ask, "log");
    hw_ask_text(&ask, "id", cli->argc ? cli->argv[0] : NULL);
    for (size_t i = 0; keys[i]; i++)
        hw_ask_text(&ask, keys[i], hw_cli_value(cli, keys[i]));
    /* In this command --author asks, it does not write. */
    struct hw_older older = {.cli = cli, .ask = &ask, .keys = keys, .author = cli->author, .limit = n,
                             .pages = file || limit ? 0 : PAGES_SHOWN};
    hw_ask_text(&ask, "author", cli->author);
    cli->author = NULL;
    hw_ask_int(&ask, "limit", n);
    int code = file ? write_csv(cli, &older, file) : hw_listing_print(cli, call_log, &older, columns, NULL);
    if (code == 0)
        hw_older_tell(&older);
    if (code == 0 && older.n == 0 && !*older.groups && !file && !cli->json && !cli->quiet)
        fputs("No changes.\n", stderr); /* none anywhere: else it was said what has not come */
    return code;
}
