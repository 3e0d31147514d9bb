/* json.c: a file of JSON, object by object.
 * Floor 2, noun: import json.  Jansson reads each object alone: a file of 64 MiB as one value
 * would take a gigabyte. Where a file is damaged, the error names line and column. */
#include "client/import/json.h"

#include <stdlib.h>
#include <string.h>

#include "client/import/own.h"
#include "headway/base.h"

enum {
    OBJECT_MAX = 1024 * 1024, /* bytes of one object: a record with every field full has 200 KiB */
    DEPTH_MAX = 16,           /* an object of ours has three levels */
    COLUMNS_MAX = 200         /* two for each field of the widest kind, and what programs add */
};

/* In the order in which the rows are to be made. */
static const uint16_t kinds[] = {HW_KIND_PLAN,    HW_KIND_MEMBER, HW_KIND_PARTICIPATION, HW_KIND_MEETING,
                                 HW_KIND_RESOURCE, HW_KIND_ITEM,   HW_KIND_REVIEW,        HW_KIND_COMMENT};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

struct reading {
    struct hw_slice text;
    struct hw_import_book *book;
    size_t at, counted;
    uint32_t line; /* of `counted` */
    bool array, tasks;
    size_t objects, directory, unknown;
    struct hw_json_table tables[KINDS];
};

/* ---- tables ---- */

uint32_t hw_json_column(struct hw_json_table *table, const char *name)
{
    for (uint32_t i = 0; i < table->width; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return i;
    if (table->width == COLUMNS_MAX) {
        table->full = true;
        return 0;
    }
    if (table->width == table->columns_cap) {
        uint32_t cap = table->columns_cap == 0 ? 32 : table->columns_cap * 2;
        struct hw_import_column *more = hw_arena_zero(table->arena, cap, sizeof *more);
        if (table->width > 0)
            memcpy(more, table->columns, table->width * sizeof *more);
        table->columns = more;
        table->columns_cap = cap;
    }
    struct hw_import_column *column = &table->columns[table->width];
    const struct hw_field *field = hw_field_find(table->kind, hw_slice_text(name));
    column->name = hw_arena_text(table->arena, name, strlen(name));
    column->head = hw_slice_text(column->name);
    column->field = hw_import_own_word(name);
    if (column->field == NULL && field != NULL)
        column->field = field->name;
    return table->width++;
}

void hw_json_cell(struct hw_json_table *table, const char *name, struct hw_slice text)
{
    if (text.n == 0)
        return;
    if (table->n == table->cap) {
        size_t cap = table->cap == 0 ? 64 : table->cap * 2;
        struct hw_import_cell *more = hw_arena_alloc(table->arena, cap * sizeof *more);
        if (table->n > 0)
            memcpy(more, table->cells, table->n * sizeof *more);
        table->cells = more;
        table->cap = cap;
    }
    table->cells[table->n++] = (struct hw_import_cell){.column = hw_json_column(table, name),
                                                       .text = hw_arena_slice(table->arena, text)};
}

const char *hw_json_text(struct hw_arena *arena, const json_t *value)
{
    if (json_is_string(value))
        return hw_arena_text(arena, json_string_value(value), json_string_length(value));
    if (json_is_true(value))
        return "yes";
    if (json_is_false(value) || json_is_null(value) || value == NULL)
        return "";
    char *dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    const char *text = dump != NULL ? hw_arena_text(arena, dump, strlen(dump)) : "";
    free(dump);
    return text;
}

void hw_json_value(struct hw_json_table *table, const char *name, const json_t *value)
{
    hw_json_cell(table, name, hw_slice_text(hw_json_text(table->arena, value)));
}

static void add_line(struct hw_json_table *table, uint32_t line)
{
    struct hw_import_table *to = &table->table;
    if (to->n == to->cap) {
        size_t cap = to->cap == 0 ? 64 : to->cap * 2;
        struct hw_import_line *more = hw_arena_alloc(table->arena, cap * sizeof *more);
        if (to->n > 0)
            memcpy(more, to->lines, to->n * sizeof *more);
        to->lines = more;
        to->cap = cap;
    }
    to->lines[to->n++] = (struct hw_import_line){.line = line};
}

void hw_json_line(struct hw_json_table *table, uint32_t line)
{
    struct hw_import_table *to = &table->table;
    if (to->n == 0)
        add_line(table, line);
    add_line(table, line);
    struct hw_import_line *last = &to->lines[to->n - 1];
    last->cells = hw_arena_copy(table->arena, table->cells, table->n * sizeof *table->cells);
    last->n = table->n;
    to->cells += table->n;
    table->full = table->full || to->n > HW_IMPORT_ROWS_MAX || to->cells > HW_IMPORT_CELLS_MAX;
    table->n = 0;
}

static void make_heads(struct hw_json_table *table)
{
    for (uint32_t i = 0; i < table->width; i++)
        hw_json_cell(table, table->columns[i].name, table->columns[i].head);
    struct hw_import_line *heads = &table->table.lines[0];
    heads->cells = hw_arena_copy(table->arena, table->cells, table->n * sizeof *table->cells);
    heads->n = heads->width = (uint32_t)table->n;
    table->n = 0;
}

/* ---- the file ---- */

bool hw_import_json_look(struct hw_slice text)
{
    static const char blanks[] = " \t\r\n";
    size_t at = 0;
    bool array = false;
    for (; at < text.n && memchr(blanks, text.p[at], 4) != NULL; at++)
        ;
    if (at < text.n && text.p[at] == '[') {
        array = true;
        for (at++; at < text.n && memchr(blanks, text.p[at], 4) != NULL; at++)
            ;
        if (at < text.n && text.p[at] == ']')
            return true;
    }
    if (at == text.n || text.p[at] != '{')
        return false;
    for (at++; at < text.n && memchr(blanks, text.p[at], 4) != NULL; at++)
        ;
    return array || (at < text.n && (text.p[at] == '"' || text.p[at] == '}'));
}

static void count_lines(struct reading *reading, size_t to)
{
    for (; reading->counted < to; reading->counted++)
        reading->line += reading->text.p[reading->counted] == '\n';
}

/* Where a byte stands, for people: letters are counted. */
static enum hw_status damaged(struct reading *reading, size_t at, const char *what, struct hw_err *err)
{
    size_t begin = at, column = 1;
    count_lines(reading, at);
    while (begin > 0 && reading->text.p[begin - 1] != '\n')
        begin--;
    for (size_t i = begin; i < at; i++)
        column += (reading->text.p[i] & 0xC0) != 0x80;
    return hw_fail(err, HW_USAGE, "this JSON is damaged in line %u, column %zu: %s; nothing was read", (unsigned)reading->line,
                   column, what);
}

/* Bytes of the object at `at`, brackets and quotes counted; 0 when it has no end. */
static size_t object_size(const struct reading *reading, size_t at, size_t *depth)
{
    bool quoted = false;
    size_t level = 0, end = reading->text.n - at < OBJECT_MAX ? reading->text.n : at + OBJECT_MAX;
    *depth = 0;
    for (size_t i = at; i < end; i++) {
        uint8_t c = reading->text.p[i];
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
            continue;
        }
        quoted = c == '"';
        level += c == '{' || c == '[';
        *depth = level > *depth ? level : *depth;
        if ((c == '}' || c == ']') && --level == 0)
            return i + 1 - at;
    }
    return 0;
}

static enum hw_status sort_object(struct reading *reading, const json_t *object, struct hw_err *err)
{
    bool task = json_is_string(json_object_get(object, "description")) && !json_object_get(object, "kind") &&
                json_is_string(json_object_get(object, "status"));
    const json_t *word = json_object_get(object, "kind");
    const struct hw_kind *kind = json_is_string(word) ? hw_kind_find(hw_slice_text(json_string_value(word))) : NULL;
    if (reading->objects++ == 0)
        reading->tasks = task;
    if (task != reading->tasks || (!task && (!json_is_string(word) || !json_is_string(json_object_get(object, "id")))))
        return hw_fail(err, HW_USAGE,
                       "line %u: this object is %s; JSON is read as Headway or Taskwarrior (task export) writes it, each in a file "
                       "of its own; save other tables as CSV",
                       (unsigned)reading->line, task ? "a task among records" : "no record of Headway and no task");
    for (size_t i = 0; i < KINDS; i++) {
        struct hw_json_table *table = &reading->tables[i];
        if (task ? kinds[i] != HW_KIND_ITEM : kind == NULL || kind->id != kinds[i])
            continue;
        (task ? hw_json_task : hw_json_object)(table, object, reading->line);
        return table->full ? hw_fail(err, HW_LIMIT, "line %u: too much for one file (more than %d objects, or too many names in "
                                                    "them); cut it into parts", (unsigned)reading->line, HW_IMPORT_ROWS_MAX)
                           : HW_OK;
    }
    reading->directory += kind != NULL;
    reading->unknown += kind == NULL;
    return HW_OK;
}

static enum hw_status read_object(struct reading *reading, struct hw_err *err)
{
    size_t depth, size = object_size(reading, reading->at, &depth), from = reading->at;
    json_error_t why;
    count_lines(reading, from);
    if (size == 0 && reading->text.n - from > OBJECT_MAX)
        return hw_fail(err, HW_LIMIT, "the object in line %u is larger than 1 MiB, or a bracket or quote in it is not closed",
                       (unsigned)reading->line);
    if (depth > DEPTH_MAX)
        return hw_fail(err, HW_LIMIT, "the object in line %u is nested more than %d deep", (unsigned)reading->line, DEPTH_MAX);
    size = size != 0 ? size : reading->text.n - from;
    json_t *object = json_loadb((const char *)reading->text.p + from, size, JSON_REJECT_DUPLICATES, &why);
    if (object == NULL) {
        size_t at = why.position > 0 ? (size_t)why.position - 1 : 0;
        char *near = strstr(why.text, " near '"); /* bytes of the file, cut anywhere */
        if (near != NULL)
            *near = 0;
        return damaged(reading, from + (at < size ? at : size), why.text, err);
    }
    reading->at = from + size;
    enum hw_status status = sort_object(reading, object, err);
    json_decref(object);
    return status;
}

/* Passes over what stands between two objects; false at the end. */
static bool between(struct reading *reading, bool *closed)
{
    for (; reading->at < reading->text.n; reading->at++) {
        uint8_t c = reading->text.p[reading->at];
        if (c == ']' && reading->array && !*closed)
            *closed = true;
        else if (memchr(" \t\r\n", c, 4) == NULL && (c != ',' || reading->objects == 0 || *closed))
            return true;
    }
    return false;
}

static enum hw_status finish(struct reading *reading, struct hw_err *err)
{
    struct hw_import_book *book = reading->book;
    for (size_t i = 0; i < KINDS; i++) {
        struct hw_json_table *table = &reading->tables[i];
        if (table->table.n == 0)
            continue;
        struct hw_import_map *map = hw_arena_zero(book->arena, 1, sizeof *map);
        make_heads(table);
        *map = (struct hw_import_map){.own = true, .whole = !reading->tasks, .kind = table->kind, .body = 1,
                                      .width = table->width, .columns = table->columns};
        table->table.map = map;
        *hw_import_book_table(book, HW_IMPORT_OBJECTS, NULL) = table->table;
    }
    if (reading->directory > 0)
        hw_import_book_note(book, 1, hw_arena_printf(book->arena, "%zu records of the directory (groups, offices, grants) are not "
                                                     "read back: headway group add and headway invite make them",
                                                     reading->directory));
    if (reading->unknown > 0)
        hw_import_book_note(book, 1, hw_arena_printf(book->arena, "%zu records are of kinds that only a newer Headway knows; they "
                                                     "were passed over", reading->unknown));
    if (!reading->tasks && reading->objects > reading->directory)
        hw_import_book_note(book, 1, "who wrote what and when is not taken over: records made here are made by you, now; what a "
                                     "record came from stays in its source");
    return book->n > 0 ? HW_OK : hw_fail(err, HW_USAGE, "no record is in it that could be imported");
}

enum hw_status hw_import_json_read(struct hw_slice text, struct hw_import_book *book, struct hw_err *err)
{
    struct reading reading = {.text = text, .book = book, .line = 1};
    enum hw_status status = HW_OK;
    bool closed = false;
    book->form = "JSON";
    for (size_t i = 0; i < KINDS; i++) {
        struct hw_json_table *table = &reading.tables[i];
        *table = (struct hw_json_table){.arena = book->arena, .kind = hw_kind_by_id(kinds[i])};
        table->table = (struct hw_import_table){.arena = book->arena, .form = HW_IMPORT_OBJECTS, .name = table->kind->plural};
    }
    while (reading.at < text.n && memchr(" \t\r\n", text.p[reading.at], 4) != NULL)
        reading.at++;
    if (reading.at < text.n && text.p[reading.at] == '[') {
        reading.array = true;
        reading.at++;
    }
    while (status == HW_OK && between(&reading, &closed)) {
        if (closed || text.p[reading.at] != '{')
            return damaged(&reading, reading.at, closed ? "something follows the end of the list" : "an object { } is wanted here", err);
        status = read_object(&reading, err);
    }
    if (status == HW_OK && reading.array && !closed)
        return damaged(&reading, text.n, "the list has no end; is the file cut short?", err);
    return status == HW_OK ? finish(&reading, err) : status;
}
