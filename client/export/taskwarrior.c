/* taskwarrior.c: items as `task import` wants them (floor 2, noun: taskwarrior).
 * What Taskwarrior has no attribute for goes into attributes of our own, which it keeps
 * without being told about them; `headwayid` names the record. */
#include <string.h>

#include "client/doc.h"
#include "client/export/export.h"
#include "headway/id.h"
#include "headway/when.h"

/* A UUID of version 8 (RFC 9562, 5.8: bits of the maker's own) that holds the 80 bits of the id: the same item is the same
 * task wherever it is exported, and the first group, which people type, tells tasks apart. */
static const char *uuid(struct hw_arena *arena, const char *text)
{
    struct hw_id id;
    if (!hw_id_parse(hw_slice_text(text), &id))
        return "";
    return hw_arena_printf(arena, "%02x%02x%02x%02x-%02x%02x-8ead-8a00-0000%02x%02x%02x%02x", id.b[0], id.b[1], id.b[2],
                           id.b[3], id.b[4], id.b[5], id.b[6], id.b[7], id.b[8], id.b[9]);
}

static void put(json_t *task, const char *name, const char *text)
{
    if (*text)
        json_object_set_new(task, name, json_string(text));
}

/* Tasks have one line. */
static const char *one_line(struct hw_arena *arena, const char *text)
{
    char *line = hw_arena_text(arena, text, strlen(text));
    for (char *p = line; *p; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    return line;
}

/* A tag is one word of letters of any script, digits and _. */
static const char *tag(struct hw_arena *arena, const char *text)
{
    char *word = hw_arena_text(arena, text, strlen(text));
    for (char *p = word; *p; p++) {
        unsigned char c = (unsigned char)*p;
        bool plain = c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!plain)
            *p = '_';
    }
    return word;
}

static void put_tags(json_t *task, const json_t *row, struct hw_arena *arena)
{
    static const char *const fields[] = {"countries", "themes"};
    json_t *tags = json_array();
    for (size_t f = 0; f < 2; f++) {
        size_t i;
        json_t *item;
        json_array_foreach(json_object_get(row, fields[f]), i, item)
            json_array_append_new(tags, json_string(tag(arena, json_string_value(item))));
    }
    if (json_array_size(tags))
        json_object_set(task, "tags", tags);
    json_decref(tags);
}

/* The last day at noon UTC: at midnight it would be the day before in half of the world. */
static const char *noon(struct hw_arena *arena, const json_t *time)
{
    int32_t day;
    int year, month, mday;
    if (!hw_export_latest(time, &day))
        return "";
    hw_day_civil(day, &year, &month, &mday);
    return hw_arena_printf(arena, "%04d%02d%02dT120000Z", year, month, mday);
}

static void put_state(json_t *task, const json_t *row, struct hw_arena *arena)
{
    const char *status = hw_doc_text(row, "status"), *end = noon(arena, json_object_get(row, "completed_on"));
    bool done = strcmp(status, "completed") == 0;
    bool dropped = strcmp(status, "cancelled") == 0 || strcmp(status, "no longer applicable") == 0;
    put(task, "status", done ? "completed" : dropped ? "deleted" : "pending");
    /* A task that is over has an end; without one Taskwarrior takes the time of the import. */
    if (done || dropped)
        put(task, "end", done && *end ? end : hw_export_stamp(hw_doc_text(row, "updated"), arena));
    put(task, "due", noon(arena, json_object_get(row, "deadline")));
}

/* Annotations are named by their second, so two of one second would be one. */
static const char *later(struct hw_arena *arena, const char *stamp, const char *before)
{
    unsigned long long at = 0, last = 0;
    int year = 0, month = 0, mday = 0;
    int32_t day;
    if (strlen(stamp) != 16 || strcmp(stamp, before) > 0)
        return stamp;
    for (const char *p = before; *p; p++)
        if (*p >= '0' && *p <= '9')
            last = last * 10 + (unsigned long long)(*p - '0');
    at = last % 1000000;
    day = hw_day_of((int)(last / 10000000000ull), (int)(last / 100000000ull % 100), (int)(last / 1000000ull % 100));
    at = at / 10000 * 3600 + at / 100 % 100 * 60 + at % 100 + 1;
    day += (int32_t)(at / 86400);
    at %= 86400;
    hw_day_civil(day, &year, &month, &mday);
    return hw_arena_printf(arena, "%04d%02d%02dT%02llu%02llu%02lluZ", year, month, mday, at / 3600, at / 60 % 60,
                           at % 60);
}

static void put_comments(json_t *task, const struct hw_export *export, const char *id, struct hw_arena *arena)
{
    size_t n;
    const struct hw_export_record *comment = hw_export_comments_on(export, id, &n);
    json_t *notes = json_array();
    const char *before = "";
    for (size_t i = 0; i < n; i++) {
        json_t *row = hw_export_row(&comment[i]), *one = json_object();
        before = later(arena, hw_export_stamp(hw_doc_text(row, "made"), arena), before);
        put(one, "entry", before);
        put(one, "description", one_line(arena, hw_doc_text(row, "text")));
        json_array_append_new(notes, one);
        json_decref(row);
    }
    if (n)
        json_object_set(task, "annotations", notes);
    json_decref(notes);
}

/* Every other field, by its name. */
static void put_rest(json_t *task, const struct hw_export *export, const json_t *row, struct hw_arena *arena)
{
    static const char *const taken[] = {"archived", "source", "title", "plan", "countries", "themes"};
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_ITEM);
    for (size_t i = 0; i < kind->fields_n; i++) {
        const struct hw_field *field = &kind->fields[i];
        bool has = false;
        for (size_t k = 0; k < sizeof taken / sizeof taken[0]; k++)
            has = has || strcmp(taken[k], field->name) == 0;
        if (has || (export->outside && field->type == HW_TYPE_REF))
            continue;
        const json_t *value = json_object_get(row, field->name);
        put(task, hw_arena_printf(arena, "headway_%s", field->name),
            json_is_array(value) ? hw_export_join(value, arena) : hw_doc_line(arena, value, NULL));
    }
    const char *title = hw_doc_text(row, "title");
    if (strcmp(one_line(arena, title), title) != 0)
        put(task, "headway_title", title);
    put(task, "headway_group", hw_doc_text(row, "group"));
    put(task, "headway_countries", hw_export_join(json_object_get(row, "countries"), arena));
    const char *tags = "";
    size_t i;
    const json_t *one;
    json_array_foreach(json_object_get(task, "tags"), i, one)
        tags = hw_arena_printf(arena, "%s%s%s", tags, *tags ? " " : "", json_string_value(one));
    put(task, "headway_tags", tags);
    put(task, "headway_due", hw_doc_text(task, "due"));
    put(task, "headway_themes", hw_export_join(json_object_get(row, "themes"), arena));
}

/* When it was written down here. Work that was over before is older than that, which Taskwarrior would doubt. */
static void put_entry(json_t *task, const json_t *row, struct hw_arena *arena)
{
    const char *made = hw_export_stamp(hw_doc_text(row, "made"), arena), *end = hw_doc_text(task, "end");
    put(task, "entry", *end && strcmp(end, made) < 0 ? end : made);
}

/* What an import of the task compares it with, as in a table. */
static const char *base_of(const struct hw_export *export, const json_t *row, struct hw_arena *arena)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_ITEM);
    struct hw_export_columns columns;
    struct hw_export_cell cells[HW_EXPORT_COLUMNS_MAX];
    if (hw_export_columns(export, kind, &columns, NULL) != HW_OK)
        return "";
    for (size_t i = 0; i < columns.n; i++)
        cells[i] = hw_export_cell(export, kind, &columns.column[i], row, false, arena);
    return hw_export_base(&columns, cells, arena);
}

static json_t *task_of(const struct hw_export *export, const json_t *row, struct hw_arena *arena)
{
    json_t *task = json_object();
    const char *id = hw_doc_text(row, "id"), *title = one_line(arena, hw_doc_text(row, "title"));
    put(task, "uuid", uuid(arena, id));
    put(task, "description", *title ? title : id); /* Taskwarrior wants one */
    put_state(task, row, arena);
    put(task, "project", one_line(arena, hw_export_plan_name(export, hw_doc_text(row, "plan"))));
    put_entry(task, row, arena);
    put(task, "modified", hw_export_stamp(hw_doc_text(row, "updated"), arena));
    put_tags(task, row, arena);
    put(task, "headwayid", id);
    put_rest(task, export, row, arena);
    if (!export->outside)
        put(task, "headway_base", base_of(export, row, arena));
    put_comments(task, export, id, arena);
    return task;
}

enum hw_status hw_export_taskwarrior(struct hw_export *export, FILE *to, struct hw_err *err)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    struct hw_doc_rows rows;
    (void)err;
    hw_doc_rows_open(&rows, to);
    for (size_t i = 0; i < export->records.n; i++) {
        if (export->records.record[i].kind->id != HW_KIND_ITEM)
            continue;
        json_t *row = hw_export_row(&export->records.record[i]);
        hw_arena_reset(&arena);
        json_t *task = task_of(export, row, &arena);
        hw_doc_rows_add(&rows, task);
        json_decref(task);
        json_decref(row);
    }
    hw_doc_rows_close(&rows);
    return HW_OK;
}
