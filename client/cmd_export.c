/* cmd_export.c: records for other programs (floor 3, noun: export).
 *
 * The daemon gives pages of objects; jsonl prints them with sorted keys, so
 * that two nodes that hold the same facts print the same bytes. CSV is one kind
 * of record, one column per field. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "client/sink.h"
#include "headway/schema.h"

enum {
    PAGE = 500,      /* rows per request: other clients get their turn between pages */
    COLUMNS_MAX = 64 /* the largest kind has 18 fields */
};

enum format { FORMAT_CSV, FORMAT_TSV, FORMAT_JSON, FORMAT_JSONL };
static const char *const format_names[] = {"csv", "tsv", "json", "jsonl"};

struct export {
    enum format format;
    const struct hw_kind *kind; /* NULL: every kind (json, jsonl) */
    const char *columns[COLUMNS_MAX]; /* csv, tsv */
    size_t columns_n;
    FILE *to;
    struct hw_arena names; /* of --fields */
    struct hw_arena arena; /* cells of one row */
    struct hw_doc_rows rows;
};

static const char *list_cell(struct hw_arena *arena, const json_t *list)
{
    const char *text = "";
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) {
        const char *next = hw_doc_line(arena, item, NULL);
        text = i ? hw_arena_printf(arena, "%s; %s", text, next) : next; /* names hold commas */
    }
    return text;
}

static void table_row(struct export *export, const json_t *row)
{
    const char *cells[COLUMNS_MAX];
    hw_arena_reset(&export->arena);
    for (size_t i = 0; i < export->columns_n; i++) {
        const json_t *value = json_object_get(row, export->columns[i]);
        cells[i] = json_is_array(value) ? list_cell(&export->arena, value) : hw_doc_line(&export->arena, value, NULL);
    }
    if (export->format == FORMAT_CSV) {
        hw_csv_row(export->to, cells, export->columns_n);
        return;
    }
    for (size_t i = 0; i < export->columns_n; i++) {
        if (i)
            putc('\t', export->to);
        hw_look_text(export->to, cells[i]);
    }
    putc('\n', export->to);
}

static bool add_row(void *user, json_t *row)
{
    struct export *export = user;
    if (export->format == FORMAT_JSONL)
        hw_doc_print(export->to, row, true);
    else if (export->format == FORMAT_JSON)
        hw_doc_rows_add(&export->rows, row);
    else
        table_row(export, row);
    return true;
}

static int export_pages(struct hw_cli *cli, struct export *export)
{
    char *after = NULL;
    int code = 0;
    do {
        HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
        json_t *end;
        hw_ask_init(&ask, "export");
        hw_ask_list(&ask, "filter", cli->argv, (size_t)cli->argc);
        if (export->kind) {
            hw_put_array(hw_ask_item(&ask, "kinds"), 1);
            hw_put_text(&ask.args, export->kind->name);
        }
        hw_ask_text(&ask, "after", after);
        hw_ask_int(&ask, "limit", PAGE);
        code = hw_cli_call(cli, &ask, add_row, export, &end);
        free(after);
        after = code == 0 && hw_doc_has(end, "next") ? strdup(hw_doc_text(end, "next")) : NULL;
        json_decref(end);
    } while (after);
    return code;
}

static int choose_format(const struct hw_cli *cli, struct export *export)
{
    const char *format = hw_cli_value(cli, "format"), *file = hw_cli_value(cli, "output");
    for (size_t i = 0; i < 4; i++) {
        const char *name = format_names[i];
        size_t n = strlen(name);
        bool ends = file && strlen(file) > n && hw_sink_ends(file, name) && file[strlen(file) - n - 1] == '.';
        if (format ? strcmp(format, name) == 0 : ends || (!file && cli->json && i == FORMAT_JSON)) {
            export->format = (enum format)i;
            return 0;
        }
    }
    if (format)
        return hw_cli_unknown("format", format, format_names, 4);
    return hw_cli_usage(cli, "say in which form: --format csv|tsv|json|jsonl");
}

/* Every field of the kind; keys and identities are for nodes, not for tables. */
static void all_columns(struct export *export)
{
    export->columns[export->columns_n++] = "id";
    export->columns[export->columns_n++] = "group";
    for (size_t i = 0; i < export->kind->fields_n && export->columns_n < COLUMNS_MAX; i++) {
        const struct hw_field *field = &export->kind->fields[i];
        if (field->id != HW_FIELD_SOURCE && field->id != HW_FIELD_ARCHIVED && field->type != HW_TYPE_BYTES)
            export->columns[export->columns_n++] = field->name;
    }
}

/* Names of --fields, checked against the schema. */
static int named_columns(struct export *export, const char *list)
{
    while (*list && export->columns_n < COLUMNS_MAX) {
        size_t n = strcspn(list, ",");
        struct hw_slice name = {(const uint8_t *)list, n};
        const struct hw_field *field = hw_field_find(export->kind, name);
        bool common = hw_slice_is(name, "id") || hw_slice_is(name, "group") || hw_slice_is(name, "kind");
        const char *word = hw_arena_text(&export->names, list, n);
        if (!field && !common) {
            const char *names[COLUMNS_MAX];
            for (size_t i = 0; i < export->kind->fields_n && i < COLUMNS_MAX; i++)
                names[i] = export->kind->fields[i].name;
            return hw_cli_unknown("field", word, names, export->kind->fields_n);
        }
        export->columns[export->columns_n++] = field ? field->name : word;
        list += n + (list[n] == ',');
    }
    return 0;
}

static int choose_columns(const struct hw_cli *cli, struct export *export)
{
    const char *kind = hw_cli_value(cli, "kind"), *fields = hw_cli_value(cli, "fields");
    bool table = export->format == FORMAT_CSV || export->format == FORMAT_TSV;
    if (kind) {
        export->kind = hw_kind_find(hw_slice_text(kind));
        const char *names[COLUMNS_MAX];
        for (size_t i = 0; i < hw_schema_n && i < COLUMNS_MAX; i++)
            names[i] = hw_schema[i].name;
        if (!export->kind)
            return hw_cli_unknown("kind", kind, names, hw_schema_n);
    } else if (table) {
        export->kind = hw_kind_by_id(HW_KIND_ITEM);
    }
    if (!table)
        return fields ? hw_cli_usage(cli, "--fields is for csv and tsv; json has every field") : 0;
    if (fields)
        return named_columns(export, fields);
    all_columns(export);
    return 0;
}

static int write_to(struct hw_cli *cli, struct export *export)
{
    struct hw_sink sink;
    struct hw_err err;
    if (hw_sink_open(&sink, hw_cli_value(cli, "output"), &err) != HW_OK)
        return hw_cli_error(cli, &err);
    export->to = sink.to;
    if (export->format == FORMAT_CSV) {
        hw_csv_start(sink.to);
        hw_csv_row(sink.to, export->columns, export->columns_n);
    } else if (export->format == FORMAT_TSV) {
        for (size_t i = 0; i < export->columns_n; i++)
            fprintf(sink.to, "%s%s", i ? "\t" : "", export->columns[i]);
        putc('\n', sink.to);
    } else if (export->format == FORMAT_JSON) {
        hw_doc_rows_open(&export->rows, sink.to);
    }
    int code = export_pages(cli, export);
    if (export->format == FORMAT_JSON)
        hw_doc_rows_close(&export->rows);
    if (hw_sink_close(&sink, code == 0, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    return code;
}

int hw_cmd_export(struct hw_cli *cli)
{
    struct export export = {.format = FORMAT_CSV};
    hw_arena_init(&export.names);
    hw_arena_init(&export.arena);
    int code = choose_format(cli, &export);
    if (code == 0)
        code = choose_columns(cli, &export);
    if (code == 0)
        code = write_to(cli, &export);
    hw_arena_done(&export.names);
    hw_arena_done(&export.arena);
    return code;
}
