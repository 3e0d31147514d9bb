/* own.c: a table that Headway exported comes back (floor 2, noun: own table). */
#include "client/import/own.h"

#include <string.h>

#include "client/out.h"
#include "headway/base.h"
#include "headway/schema.h"

enum {
    VALUES_MAX = 200, /* of one row, as for other tables: an event has 256 operations */
    SOUGHT_MAX = 1000 /* new comments whose subject is looked for among all rows: nobody types more */
};

/* Columns that are no fields. The last ones say who wrote a comment and about what. */
static const char *const marks[] = {"id", "base", "kind", "group", "about", "made", "made by", "made at", "key", ".meant"};
/* Kinds whose rows are records of their own here. */
static const uint16_t kinds[] = {HW_KIND_ITEM,     HW_KIND_MEMBER, HW_KIND_PARTICIPATION, HW_KIND_MEETING,
                                 HW_KIND_RESOURCE, HW_KIND_PLAN,   HW_KIND_COMMENT};
enum mark { MARK_ID, MARK_BASE, MARK_KIND, MARK_GROUP, MARK_ABOUT, MARK_KEY = 8, MARK_MEANT };

static const char *mark_of(struct hw_slice head, struct hw_arena *arena)
{
    const char *folded = hw_fold(arena, head);
    for (size_t i = 0; i < MARK_KEY; i++)
        if (strcmp(folded, marks[i]) == 0)
            return marks[i];
    return NULL;
}

const char *hw_import_own_word(const char *head)
{
    size_t n = strlen(head), m = strlen(marks[MARK_MEANT]);
    if (n > m && strcmp(head + n - m, marks[MARK_MEANT]) == 0)
        return marks[MARK_MEANT];
    for (size_t i = 0; i < MARK_MEANT; i++)
        if (strcmp(head, marks[i]) == 0 && (i <= MARK_GROUP || i == MARK_KEY))
            return marks[i];
    return strcmp(head, "comment") == 0 ? "comment" : NULL;
}

bool hw_import_own_is_mark(const char *field)
{
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (field == marks[i])
            return true;
    return false;
}

uint32_t hw_import_own_column(const struct hw_import_map *map, const char *name)
{
    uint32_t i = 0;
    while (i < map->width && !(map->columns[i].field && strcmp(map->columns[i].field, name) == 0))
        i++;
    return i;
}

struct hw_slice hw_import_own_cell(const struct hw_import_line *line, uint32_t column)
{
    for (size_t i = 0; i < line->n; i++)
        if (line->cells[i].column == column)
            return line->cells[i].text;
    return (struct hw_slice){0};
}

/* The kind of the rows: they say it, except where they are items. NULL: a kind of a newer version. */
static const struct hw_kind *kind_of(const struct hw_import_line *line, uint32_t column)
{
    struct hw_slice word = hw_import_own_cell(line, column);
    return word.n ? hw_kind_find(word) : hw_kind_by_id(HW_KIND_ITEM);
}

/* The pieces of texts that no cell of a workbook holds (client/export/xlsx_sheet.c). */
bool hw_import_own_is_longs(const struct hw_import_table *table)
{
    static const char *const names[] = {"Sheet", "id", "Field", "Part", "Text"};
    const struct hw_import_line *heads = &table->lines[0];
    for (size_t i = 0; i < 5; i++)
        if (heads->n != 5 || !hw_slice_is(heads->cells[i].text, names[i]))
            return false;
    return true;
}

/* Whether the column `base` has what Headway writes there: "title=0123abcd ...". Others may have heads of that name. */
static bool has_hashes(const struct hw_import_table *table, uint32_t column)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 1; i < table->n; i++) {
        struct hw_slice text = hw_import_own_cell(&table->lines[i], column);
        const uint8_t *equals = text.n ? memchr(text.p, '=', text.n) : NULL;
        size_t digits = 0, left = equals ? text.n - (size_t)(equals - text.p) - 1 : 0;
        while (digits < left && equals[1 + digits] && strchr(hex, equals[1 + digits]))
            digits++;
        if (text.n)
            return digits == HW_BASE_HASH && (digits == left || equals[1 + digits] == ' ');
    }
    return false;
}

static const char *field_named(const struct hw_kind *kind, struct hw_slice head, struct hw_arena *arena)
{
    struct hw_slice name = strcmp(hw_fold(arena, head), "group kind") == 0 ? hw_slice_text("kind") : head;
    const struct hw_field *field = hw_field_find(kind, name);
    return field && field->id != HW_FIELD_SOURCE ? field->name : NULL;
}

bool hw_import_own_map(const struct hw_import_table *table, struct hw_arena *arena, struct hw_import_map *map)
{
    bool id = false, base = false;
    const struct hw_import_line *heads = table->n ? &table->lines[0] : NULL;
    for (size_t i = 0; heads && i < heads->n; i++) {
        const char *mark = mark_of(heads->cells[i].text, arena);
        id = id || mark == marks[0];
        base = base || (mark == marks[1] && has_hashes(table, heads->cells[i].column));
    }
    if (!heads || heads->n == 0 || (!(id && base) && !hw_import_own_is_longs(table)))
        return false;
    *map = (struct hw_import_map){.own = true, .body = 1, .width = heads->cells[heads->n - 1].column + 1};
    map->columns = hw_arena_zero(arena, map->width, sizeof *map->columns);
    for (uint32_t i = 0; i < map->width; i++)
        map->columns[i].name = hw_arena_printf(arena, "column %u", (unsigned)i + 1);
    for (size_t i = 0; i < heads->n; i++) {
        struct hw_import_column *column = &map->columns[heads->cells[i].column];
        column->head = heads->cells[i].text;
        column->name = hw_arena_text(arena, column->head.p, column->head.n);
        column->field = mark_of(column->head, arena);
    }
    const struct hw_kind *kind = table->n > 1 && base ? kind_of(&table->lines[1], hw_import_own_column(map, "kind")) : NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kind && kind->id == kinds[i])
            map->kind = kind;
    for (uint32_t i = 0; i < map->width; i++)
        if (map->kind && !map->columns[i].field && map->columns[i].head.n)
            map->columns[i].field = field_named(map->kind, map->columns[i].head, arena);
    return true;
}

struct hw_slice hw_import_own_text(const struct hw_import_table *table, const struct hw_import_cell *cell)
{
    return table->form == HW_IMPORT_SEPARATED ? hw_csv_unguard(cell->text) : cell->text;
}

bool hw_import_own_mark(const struct hw_import_table *table, const struct hw_import_row *row,
                        const struct hw_import_cell *cell)
{
    const struct hw_import_map *map = table->map;
    const char *field = cell->column < map->width ? map->columns[cell->column].field : NULL;
    if (!map->kind)
        return true;
    if (row && field && strcmp(field, "parent") == 0)
        return row->parent_id && hw_slice_is(cell->text, row->parent_id);
    return field && hw_import_own_is_mark(field);
}

static void put(struct hw_import_row *row, struct hw_arena *arena, const char *field, struct hw_slice text,
                uint32_t column)
{
    hw_import_row_value(row, arena, (struct hw_import_value){field, text, column, false});
}

/* How the value before it was read: its own column has the name of the field before the dot. */
static void take_meant(struct hw_import_row *row, const struct hw_import_table *table, uint32_t column, const char *text,
                       struct hw_arena *arena)
{
    const char *name = table->map->columns[column].name, *field = row->n > 0 ? row->values[row->n - 1].field : "";
    size_t n = strlen(field);
    if (strncmp(name, field, n) != 0 || name[n] != '.')
        return;
    if (!row->meant)
        row->meant = hw_arena_zero(arena, table->map->width, sizeof *row->meant);
    if (row->meant_n < table->map->width)
        row->meant[row->meant_n++] = (struct hw_import_meant){row->n - 1, text};
}

/* False when the cell is of no column. */
static bool take(const struct hw_import_table *table, struct hw_import_rows *rows, struct hw_import_row *row,
                 const struct hw_import_cell *cell, struct hw_arena *arena)
{
    const struct hw_import_map *map = table->map;
    struct hw_slice text = hw_import_own_text(table, cell), part;
    if (cell->column >= map->width)
        return false;
    const char *name = map->columns[cell->column].field;
    const char *whole = hw_arena_text(arena, text.p, text.n);
    const struct hw_field *field = name && !hw_import_own_is_mark(name) ? hw_field_find(map->kind, hw_slice_text(name)) : NULL;
    size_t at = 0;
    if (name == marks[MARK_ID])
        row->id = whole;
    else if (name == marks[MARK_BASE])
        row->base = whole;
    else if (name == marks[MARK_KEY])
        row->key = whole;
    else if (name == marks[MARK_GROUP])
        row->group = whole;
    else if (name == marks[MARK_MEANT])
        take_meant(row, table, cell->column, whole, arena);
    else if (name && strcmp(name, "parent") == 0)
        row->parent_id = whole;
    else if (name && strcmp(name, "comment") == 0)
        put(row, arena, name, text, cell->column);
    else if (field && table->form == HW_IMPORT_OBJECTS)
        put(row, arena, name, text, cell->column);
    else if (field && field->set)
        while (hw_import_part(text, false, &at, &part))
            put(row, arena, name, part, cell->column);
    else if (field)
        put(row, arena, name, text, cell->column);
    else if (!name)
        hw_import_row_keep(row, arena, hw_import_column_name(map, cell->column, arena), text, cell->column);
    rows->typed += field && field->type != HW_TYPE_TEXT;
    rows->text += field && field->type == HW_TYPE_TEXT;
    rows->kept += !name;
    return true;
}

static struct hw_slice value_of(const struct hw_import_row *row, const char *field)
{
    for (size_t i = 0; i < row->n; i++)
        if (strcmp(row->values[i].field, field) == 0)
            return row->values[i].text;
    return (struct hw_slice){0};
}

/* What tells a new record from others: as for the rows of any table, its places and its name. */
static const char *new_key(const struct hw_import_row *row, struct hw_import_keys *keys, struct hw_arena *arena)
{
    static const char *const names[] = {"countries", "country", "title", "organisation", "on", "text"};
    const char *key = row->kind;
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
        for (size_t i = 0; i < row->n; i++)
            if (strcmp(row->values[i].field, names[n]) == 0)
                key = hw_arena_printf(arena, "%s|%s", key, hw_fold(arena, row->values[i].text));
    return strcmp(key, row->kind) == 0 ? NULL : hw_import_key_next(keys, key);
}

/* A row that somebody added belongs to the plan of its neighbours: the column may be hidden. */
static void take_plan(const struct hw_import_table *table, size_t at, struct hw_import_row *row, struct hw_arena *arena)
{
    uint32_t column = hw_import_own_column(table->map, "plan");
    bool said = hw_import_own_cell(&table->lines[at], column).n > 0;
    for (size_t i = at; column < table->map->width && !said && i-- > table->map->body;) {
        struct hw_slice plan = hw_import_own_cell(&table->lines[i], column);
        said = plan.n > 0;
        if (said)
            hw_import_row_value(row, arena, (struct hw_import_value){"plan", plan, column, true});
    }
}

/* The record that a new comment is about, when its column `on`, which is hidden, is empty: the one that is called so. */
static void take_subject(const struct hw_import_table *table, size_t at, struct hw_import_rows *rows, struct hw_import_row *row,
                         struct hw_arena *arena)
{
    uint32_t column = hw_import_own_column(table->map, marks[MARK_ABOUT]), on = hw_import_own_column(table->map, "on");
    struct hw_slice about = hw_import_own_cell(&table->lines[at], column);
    const char *found = NULL;
    if (about.n == 0 || on == table->map->width || hw_import_own_cell(&table->lines[at], on).n || rows->sought++ >= SOUGHT_MAX)
        return;
    for (size_t i = 0; i < rows->n; i++) {
        const struct hw_import_row *other = &rows->row[i];
        struct hw_slice number = value_of(other, "number"), title = value_of(other, "title");
        bool numbered = number.n > 0;
        if (!other->id || about.n != number.n + numbered + title.n || (numbered && memcmp(about.p, number.p, number.n) != 0) ||
            title.n == 0 || memcmp(about.p + number.n + numbered, title.p, title.n) != 0)
            continue;
        if (found)
            return; /* two are called so */
        found = other->id;
    }
    if (found)
        hw_import_row_value(row, arena, (struct hw_import_value){"on", hw_slice_text(found), on, true});
}

static void make_row(const struct hw_import_table *table, size_t at, struct hw_import_rows *rows, struct hw_arena *arena,
                     struct hw_import_keys *keys)
{
    const struct hw_import_line *line = &table->lines[at];
    const struct hw_import_cell *last = &line->cells[line->n - 1];
    struct hw_import_row *row = hw_import_row_add(rows, arena, table->map->kind->name, table->first + at, line->line);
    bool sound = line->fault == HW_IMPORT_SOUND;
    row->map = table->map;
    for (size_t i = 0; i < line->n && sound; i++)
        sound = take(table, rows, row, &line->cells[i], arena);
    bool keyed = *row->key != 0, remark = table->map->kind->id == HW_KIND_COMMENT;
    if (sound && !row->id && remark)
        take_subject(table, at, rows, row, arena);
    bool lost = sound && !row->id && remark && (value_of(row, "on").n == 0 || value_of(row, "text").n == 0);
    if (sound && !row->id && !keyed)
        take_plan(table, at, row, arena);
    const char *key = !sound || row->id ? "" : keyed ? hw_import_key_next(keys, row->key) : new_key(row, keys, arena);
    if (!sound || row->n > VALUES_MAX)
        hw_import_row_problem(rows, row, "this row has other cells than there are heads; was a cell cut in two?",
                              last->column, last->text);
    else if (lost)
        hw_import_row_problem(rows, row, "a new comment needs a text, and in About the number and title of a row of this workbook",
                              last->column, last->text);
    else if (!key)
        hw_import_row_problem(rows, row, "a new row needs a title; a row that was there needs its id", last->column,
                              last->text);
    else
        row->key = key;
}

void hw_import_own_rows(const struct hw_import_table *table, struct hw_import_rows *rows, struct hw_arena *arena,
                        struct hw_import_keys *keys)
{
    if (!table->map->kind && table->n > 1 && !hw_import_own_is_longs(table))
        hw_import_note(rows, arena, table->lines[0].line,
                       hw_arena_printf(arena, "%s: not read back; these records are not made by an import",
                                       table->name ? table->name : "this table"));
    for (size_t i = table->map->body; i < table->n && table->map->kind; i++)
        if (table->lines[i].n > 0 && table->lines[i].place != HW_IMPORT_RULE)
            make_row(table, i, rows, arena, keys);
}
