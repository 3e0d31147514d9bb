/* cmd_export.c: records for other programs (floor 3, noun: export).
 *
 * The daemon gives pages of objects; jsonl prints them with sorted keys, so
 * that two nodes that hold the same facts print the same bytes. The other formats
 * are gathered first, put into the order of the plans, and written by client/export. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/export/export.h"
#include "client/sink.h"

enum {
    PAGE = 500,   /* rows per request: other clients get their turn between pages */
    KINDS_MAX = 64 /* the schema has 13 */
};

enum format { FORMAT_CSV, FORMAT_TSV, FORMAT_JSON, FORMAT_JSONL, FORMAT_XLSX, FORMAT_ICS, FORMAT_TASKWARRIOR, FORMATS };
static const char *const format_names[] = {"csv", "tsv", "json", "jsonl", "xlsx", "ics", "taskwarrior"};

struct job {
    struct hw_export export;
    enum format format;
    const struct hw_kind *kind; /* of --kind; NULL: those of the format */
    const char *kinds[KINDS_MAX];
    size_t kinds_n; /* 0: every kind */
    FILE *to;
    struct hw_doc_rows rows;
    struct hw_arena scratch; /* of one row */
};

/* One question, in pages. */
struct pages {
    const char *const *kinds;
    size_t kinds_n;
    bool filtered, touched;
    hw_row_fn *row;
};

static int ask_pages(struct hw_cli *cli, const struct pages *pages, struct job *job)
{
    char *after = NULL;
    int code = 0;
    do {
        HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
        json_t *end;
        hw_ask_init(&ask, "export");
        hw_ask_list(&ask, "filter", cli->argv, pages->filtered ? (size_t)cli->argc : 0);
        if (pages->kinds_n) {
            hw_put_array(hw_ask_item(&ask, "kinds"), pages->kinds_n);
            for (size_t i = 0; i < pages->kinds_n; i++)
                hw_put_text(&ask.args, pages->kinds[i]);
        }
        hw_ask_text(&ask, "after", after);
        hw_ask_int(&ask, "limit", PAGE);
        if (pages->touched)
            hw_ask_bool(&ask, "touched", true);
        code = hw_cli_call(cli, &ask, pages->row, job, &end);
        free(after);
        after = code == 0 && hw_doc_has(end, "next") ? strdup(hw_doc_text(end, "next")) : NULL;
        json_decref(end);
    } while (after);
    return code;
}

/* what is done with a row */

static bool print_row(void *user, json_t *row)
{
    struct job *job = user;
    if (!hw_export_wanted(&job->export, row))
        return true;
    hw_arena_reset(&job->scratch);
    const char *base = job->export.outside ? "" : hw_export_row_base(row, &job->scratch);
    if (job->export.outside)
        hw_export_strip(row);
    if (*base)
        json_object_set_new(row, "base", json_string(base));
    if (job->format == FORMAT_JSONL)
        hw_doc_print(job->to, row, true);
    else
        hw_doc_rows_add(&job->rows, row);
    return true;
}

static bool add_row(void *user, json_t *row)
{
    hw_export_add(&((struct job *)user)->export, row);
    return true;
}

static bool add_plan(void *user, json_t *row)
{
    hw_export_add_plan(&((struct job *)user)->export, row);
    return true;
}

static bool add_comment(void *user, json_t *row)
{
    hw_export_add_comment(&((struct job *)user)->export, row);
    return true;
}

static int gather(struct hw_cli *cli, struct job *job)
{
    static const char *const plan[] = {"plan"}, *const comment[] = {"comment"};
    bool remarks = (job->format == FORMAT_XLSX || job->format == FORMAT_TASKWARRIOR) && !job->export.outside;
    int code = ask_pages(cli, &(struct pages){plan, 1, false, false, add_plan}, job);
    hw_export_sort_plans(&job->export);
    if (code == 0)
        code = ask_pages(cli, &(struct pages){job->kinds, job->kinds_n, true, true, add_row}, job);
    if (code == 0 && remarks)
        code = ask_pages(cli, &(struct pages){comment, 1, false, true, add_comment}, job);
    hw_export_sort(&job->export);
    return code;
}

/* what was asked for */

static bool named_by(const char *file, const char *name)
{
    size_t n = strlen(name);
    return file && strlen(file) > n && hw_sink_ends(file, name) && file[strlen(file) - n - 1] == '.';
}

static int choose_format(const struct hw_cli *cli, struct job *job)
{
    const char *format = hw_cli_value(cli, "format"), *file = hw_cli_value(cli, "output");
    for (size_t i = 0; i < FORMATS; i++) {
        const char *name = format_names[i];
        if (format ? strcmp(format, name) == 0 : named_by(file, name) || (!file && cli->json && i == FORMAT_JSON)) {
            job->format = (enum format)i;
            return 0;
        }
    }
    if (format)
        return hw_cli_unknown("format", format, format_names, FORMATS);
    return hw_cli_usage(cli, "say in which form: --format csv|tsv|json|jsonl|xlsx|ics|taskwarrior");
}

/* The kinds that a format has room for. */
static int choose_kinds(const struct hw_cli *cli, struct job *job)
{
    static const char *const all[] = {"item", "plan", "member", "participation", "meeting", "resource"};
    const char *kind = hw_cli_value(cli, "kind");
    bool json = job->format == FORMAT_JSON || job->format == FORMAT_JSONL;
    bool tasks = job->format == FORMAT_ICS || job->format == FORMAT_TASKWARRIOR;
    if (kind) {
        const char *names[KINDS_MAX];
        for (size_t i = 0; i < hw_schema_n && i < KINDS_MAX; i++)
            names[i] = hw_schema[i].name;
        job->kind = hw_kind_find(hw_slice_text(kind));
        if (!job->kind)
            return hw_cli_unknown("kind", kind, names, hw_schema_n);
        if (tasks && job->kind->id != HW_KIND_ITEM)
            return hw_cli_usage(cli, "%s is for items; take csv or xlsx", format_names[job->format]);
    } else if (!json && job->format != FORMAT_XLSX) {
        job->kind = hw_kind_by_id(HW_KIND_ITEM);
    }
    /* With --fields a workbook has items too: other kinds have other fields. */
    if (!job->kind && !json && job->export.fields)
        job->kind = hw_kind_by_id(HW_KIND_ITEM);
    if (job->kind)
        job->kinds[job->kinds_n++] = job->kind->name;
    for (size_t i = 0; !job->kind && !json && i < sizeof all / sizeof all[0]; i++)
        job->kinds[job->kinds_n++] = all[i];
    return 0;
}

static int choose(const struct hw_cli *cli, struct job *job)
{
    struct hw_export_columns columns;
    struct hw_err err;
    int code = choose_format(cli, job);
    if (code != 0)
        return code;
    bool table = job->format == FORMAT_CSV || job->format == FORMAT_TSV || job->format == FORMAT_XLSX;
    job->export.outside = hw_cli_flag(cli, "outside");
    job->export.fields = hw_cli_value(cli, "fields");
    /* The jsonl of a node is everything that it holds; of the others, what was put away only when asked for. */
    job->export.archived = (job->format <= FORMAT_JSONL && job->format >= FORMAT_JSON) && !job->export.outside;
    for (int i = 0; i < cli->argc; i++)
        job->export.archived = job->export.archived || strncasecmp(cli->argv[i], "archived:", 9) == 0;
    job->export.today = (int32_t)(time(NULL) / 86400);
    if (job->export.fields && !table)
        return hw_cli_usage(cli, "--fields is for csv, tsv and xlsx; the others have every field");
    code = choose_kinds(cli, job);
    if (code == 0 && table && job->kind && hw_export_columns(&job->export, job->kind, &columns, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    if (code == 0 && job->format == FORMAT_XLSX && !hw_cli_value(cli, "output") && isatty(STDOUT_FILENO))
        return hw_cli_usage(cli, "a workbook is no text for a terminal; name a file: -o FILE.xlsx");
    return code;
}

static enum hw_status write_gathered(struct job *job, struct hw_err *err)
{
    switch (job->format) {
    case FORMAT_CSV:
        return hw_export_separated(&job->export, job->kind, ',', job->to, err);
    case FORMAT_TSV:
        return hw_export_separated(&job->export, job->kind, '\t', job->to, err);
    case FORMAT_XLSX:
        return hw_export_xlsx(&job->export, job->to, err);
    case FORMAT_ICS:
        return hw_export_ics(&job->export, job->to, err);
    case FORMAT_TASKWARRIOR:
        return hw_export_taskwarrior(&job->export, job->to, err);
    case FORMAT_JSON:
    case FORMAT_JSONL:
    case FORMATS:
        break; /* printed as they came */
    }
    return HW_OK;
}

static int print_all(struct hw_cli *cli, struct job *job)
{
    if (job->format == FORMAT_JSON)
        hw_doc_rows_open(&job->rows, job->to);
    int code = ask_pages(cli, &(struct pages){job->kinds, job->kinds_n, true, false, print_row}, job);
    if (job->format == FORMAT_JSON)
        hw_doc_rows_close(&job->rows);
    return code;
}

static int run(struct hw_cli *cli, struct job *job)
{
    struct hw_sink sink;
    struct hw_err err;
    bool printed = job->format == FORMAT_JSON || job->format == FORMAT_JSONL;
    int code = printed ? 0 : gather(cli, job);
    if (code != 0)
        return code;
    if (hw_sink_open(&sink, hw_cli_value(cli, "output"), &err) != HW_OK)
        return hw_cli_error(cli, &err);
    job->to = sink.to;
    if (printed)
        code = print_all(cli, job);
    else if (write_gathered(job, &err) != HW_OK)
        code = hw_cli_error(cli, &err);
    if (hw_sink_close(&sink, code == 0, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    return code;
}

int hw_cmd_export(struct hw_cli *cli)
{
    struct job job = {.format = FORMAT_CSV};
    hw_export_init(&job.export);
    int code = choose(cli, &job);
    if (code == 0)
        code = run(cli, &job);
    hw_export_done(&job.export);
    hw_arena_done(&job.scratch);
    return code;
}
