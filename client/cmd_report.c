/* cmd_report.c: progress on the terminal, as CSV, JSON or HTML (floor 3, noun:
 * report). All figures come from the daemon; nothing is counted here. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/ago.h"
#include "client/commands.h"
#include "client/report.h"
#include "client/sink.h"

enum { BAR = 10 }; /* cells of a bar: one for ten percent */

static const char *const dimensions[] = {"region", "country", "group", "plan", "responsible", "theme", "office", "status"};
enum { DIMENSIONS = sizeof dimensions / sizeof dimensions[0] };

const char *hw_report_silent(struct hw_arena *arena, const json_t *row)
{
    const json_t *silent = json_object_get(row, "silent_offices");
    if (json_is_integer(silent) && json_integer_value(silent) == 0)
        return "";
    return hw_doc_line(arena, silent, NULL);
}

/* "███████░░░  71 %" */
static const char *bar(struct hw_arena *arena, const struct hw_look *look, const json_t *row)
{
    double percent = hw_doc_number(row, "percent");
    char cells[BAR * 3 + 1]; /* three bytes of UTF-8 each */
    size_t n = 0;
    if (!hw_doc_has(row, "percent"))
        return look->plain ? "" : "nothing to count";
    if (look->plain)
        return hw_arena_printf(arena, "%.0f", percent);
    for (int i = 0; i < BAR; i++) {
        bool full = percent >= (i + 0.5) * 100 / BAR;
        n += (size_t)snprintf(cells + n, sizeof cells - n, "%s", look->utf8 ? full ? "█" : "░" : full ? "#" : ".");
    }
    return hw_arena_printf(arena, "%s %3.0f %%", cells, percent);
}

static const char *heard(struct hw_arena *arena, const struct hw_look *look, const json_t *row, enum hw_ink *ink)
{
    const char *silent = hw_report_silent(arena, row), *last = hw_doc_text(row, "last_heard");
    if (look->plain)
        return last;
    if (!*silent)
        return *last ? hw_ago_day(arena, last, time(NULL)) : "";
    *ink = HW_INK_WARN;
    return hw_arena_printf(arena, "%s %s silent", look->utf8 ? "▲" : "!", silent);
}

static void add_row(const struct hw_cli *cli, struct hw_table *table, const json_t *row, const char *name)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    enum hw_ink ink = HW_INK_NONE;
    hw_arena_init(&arena);
    hw_table_row(table, (const char *[]){
                            name,
                            bar(&arena, &cli->look, row),
                            hw_doc_line(&arena, row, "denominator"),
                            hw_doc_line(&arena, row, "overdue"),
                            hw_doc_line(&arena, row, "not_applicable"),
                            hw_doc_line(&arena, row, "offices"),
                            heard(&arena, &cli->look, row, &ink),
                        });
    if (hw_doc_int(row, "overdue") > 0)
        hw_table_ink(table, 3, HW_INK_WARN);
    if (ink != HW_INK_NONE)
        hw_table_ink(table, 6, ink);
}

static void print_notes(const struct hw_cli *cli, const json_t *report)
{
    size_t i;
    json_t *one;
    json_array_foreach(hw_doc_list(report, "freshness"), i, one) {
        if (!hw_doc_has(one, "note") || !*hw_doc_text(one, "note"))
            continue;
        printf("%s ", hw_look_warning(&cli->look));
        hw_look_text(stdout, hw_doc_text(one, "note"));
        putchar('\n');
    }
    if (hw_doc_has(report, "as_of"))
        printf("As headquarters had admitted it by %s.\n", hw_doc_text(report, "as_of"));
}

static void print_terminal(const struct hw_cli *cli, const json_t *report)
{
    static const char *const heads[] = {"DONE", "COUNTED", "OVERDUE", "NOT APPLIC.", "OFFICES"};
    struct hw_table *table = hw_table_new(&cli->look);
    const json_t *rows = hw_doc_list(report, "rows");
    char head[32];
    size_t i;
    json_t *row;
    snprintf(head, sizeof head, "%s", *hw_doc_text(report, "by") ? hw_doc_text(report, "by") : "region");
    for (char *c = head; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    hw_table_column(table, head, HW_COLUMN_WIDE);
    for (i = 0; i < sizeof heads / sizeof heads[0]; i++)
        hw_table_column(table, heads[i], (i ? HW_COLUMN_RIGHT : 0) | (i >= 3 ? HW_COLUMN_SPARE : 0));
    hw_table_column(table, "LAST HEARD", 0);
    json_array_foreach(rows, i, row) {
        add_row(cli, table, row, *hw_doc_text(row, "name") ? hw_doc_text(row, "name") : hw_doc_text(row, "key"));
    }
    if (json_is_object(json_object_get(report, "total")))
        add_row(cli, table, json_object_get(report, "total"), cli->look.plain ? "total" : "Total");
    hw_table_print(table, stdout);
    hw_table_free(table);
    if (!cli->look.plain)
        print_notes(cli, report);
}

static const char *const csv_names[] = {"key",         "name",           "total",     "completed", "in_progress",
                                        "not_started", "on_hold",        "not_applicable", "cancelled", "proposed",
                                        "overdue",     "no_date",        "denominator",    "percent",   "offices",
                                        "silent_offices", "last_heard"};
enum { CSV_N = sizeof csv_names / sizeof csv_names[0] };

static void csv_line(FILE *to, const json_t *row, const char *key)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    const char *cells[CSV_N];
    hw_arena_init(&arena);
    for (size_t i = 0; i < CSV_N; i++)
        cells[i] = hw_doc_line(&arena, row, csv_names[i]);
    if (key)
        cells[0] = cells[1] = key;
    hw_csv_row(to, cells, CSV_N);
}

static void write_csv(FILE *to, const json_t *report)
{
    size_t i;
    json_t *row;
    hw_csv_start(to);
    hw_csv_row(to, csv_names, CSV_N);
    json_array_foreach(hw_doc_list(report, "rows"), i, row) {
        csv_line(to, row, NULL);
    }
    csv_line(to, json_object_get(report, "total"), "total");
}

static int write_file(const struct hw_cli *cli, const char *path, const json_t *report)
{
    struct hw_sink sink;
    struct hw_err err;
    if (hw_sink_open(&sink, path, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    if (hw_sink_ends(path, ".csv"))
        write_csv(sink.to, report);
    else
        hw_report_html(sink.to, report, cli->argv, (size_t)cli->argc, time(NULL));
    if (hw_sink_close(&sink, true, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    if (!cli->quiet)
        fprintf(stderr, "Written to %s\n", path);
    return 0;
}

/* --by and -o as typed; 0 when both are understood. */
static int check(const struct hw_cli *cli, const char *by, const char *path)
{
    bool known = !by;
    for (size_t i = 0; i < DIMENSIONS && !known; i++)
        known = strcmp(by, dimensions[i]) == 0;
    if (!known)
        return hw_cli_unknown("--by", by, dimensions, DIMENSIONS);
    if (path && !hw_sink_ends(path, ".csv") && !hw_sink_ends(path, ".html"))
        return hw_cli_usage(cli, "the file's name must end in .html or .csv");
    return 0;
}

int hw_cmd_report(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    const char *by = hw_cli_value(cli, "by"), *path = hw_cli_value(cli, "output");
    json_t *report;
    int code = check(cli, by, path);
    if (code != 0)
        return code;
    hw_ask_init(&ask, "report");
    hw_ask_text(&ask, "by", by ? by : "region");
    hw_ask_list(&ask, "filter", cli->argv, (size_t)cli->argc);
    hw_ask_text(&ask, "period", hw_cli_value(cli, "period"));
    hw_ask_text(&ask, "as_of", hw_cli_value(cli, "as-of"));
    code = hw_cli_call(cli, &ask, NULL, NULL, &report);
    if (code == 0 && path)
        code = write_file(cli, path, report);
    else if (code == 0 && cli->json)
        hw_doc_print(stdout, report, false);
    else if (code == 0)
        print_terminal(cli, report);
    json_decref(report);
    return code;
}
