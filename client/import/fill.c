/* fill.c: one line of a table becomes one row of an import, and a row more for
 * each thing that it promises to hand over.  Floor 2, noun: import row, filled.
 * Every filled cell goes to a field, a comment or `rest`, or makes a problem
 * of the row; check.c proves it. */
#include <string.h>

#include "client/import/fill.h"
#include "headway/country.h"
#include "headway/schema.h"

/* Values of one row: an event has 256 operations (HW_OPS_MAX), some of which
 * the daemon needs for itself. */
enum { VALUES_MAX = 200 };

/* Folded countries and title: what stays the same when a tracker is sent round
 * again with new dates and statuses. */
static const char *natural_key(const struct hw_import_fill *f)
{
    const char *key = "";
    for (size_t i = 0; i < f->row->n; i++) {
        const struct hw_import_value *value = &f->row->values[i];
        if (strcmp(value->field, "countries") != 0)
            continue;
        const struct hw_country *country = hw_country_find(value->text);
        const char *word = country != NULL ? country->alpha3 : hw_fold(f->arena, value->text);
        key = hw_arena_printf(f->arena, "%s%s%s", key, key[0] != 0 ? "," : "", word);
    }
    key = hw_arena_printf(f->arena, "%s|%s", key, hw_fold(f->arena, f->title));
    return hw_import_key_next(f->keys, key);
}

static bool has_value(const struct hw_import_row *row, const char *field)
{
    for (size_t i = 0; i < row->n; i++)
        if (strcmp(row->values[i].field, field) == 0)
            return true;
    return false;
}

/* Workplans end with paragraphs in the same table: how members are engaged, what
 * is needed. NULL for an ordinary row. */
static const char *section_type(const struct hw_import_fill *f)
{
    enum { HEADING_BYTES_MAX = 120 };
    if (f->title.n > HEADING_BYTES_MAX)
        return NULL;
    const char *title = hw_fold(f->arena, f->title);
    if (strncmp(title, "engagement with ", 16) == 0)
        return "engagement";
    if (strcmp(title, "required resources") == 0 || strcmp(title, "resources required") == 0 ||
        strcmp(title, "resource needs") == 0 || strcmp(title, "resources needed") == 0)
        return "resource need";
    return NULL;
}

static void default_type(struct hw_import_fill *f)
{
    const char *type = section_type(f);
    if (has_value(f->row, "type"))
        return;
    if (type == NULL)
        type = "activity";
    else
        f->number->levels = 0;
    if (f->map->deliverable_titles)
        type = "deliverable";
    else if (f->map->levels && f->number->levels == 1)
        type = "priority";
    hw_import_row_value(f->row, f->arena,
                        (struct hw_import_value){"type", hw_slice_text(type), f->map->title, true});
}

static const char *fault_text(enum hw_import_fault fault)
{
    switch (fault) {
    case HW_IMPORT_QUOTE:
        return "a quote is opened here and never closed";
    case HW_IMPORT_WIDE:
        return "this row has more than 1000 cells";
    case HW_IMPORT_LONG:
        return "a cell of this row has more than 60000 bytes";
    case HW_IMPORT_SHORT:
        return "the last row lacks cells: a bar is missing at its end or somewhere above";
    case HW_IMPORT_SOUND:
        break;
    }
    return NULL;
}

/* The longest cell, which is what a structural problem shows. */
static const struct hw_import_cell *longest(const struct hw_import_line *line)
{
    static const struct hw_import_cell none = {.column = 0};
    const struct hw_import_cell *found = &none;
    for (size_t i = 0; i < line->n; i++)
        if (line->cells[i].text.n > found->text.n)
            found = &line->cells[i];
    return found;
}

/* True when the line can be taken apart at all. */
static bool structure_sound(const struct hw_import_fill *f)
{
    const struct hw_import_cell *last = f->line->n > 0 ? &f->line->cells[f->line->n - 1] : longest(f->line);
    if (f->line->fault != HW_IMPORT_SOUND) {
        const struct hw_import_cell *cell = longest(f->line);
        hw_import_fail(f, fault_text(f->line->fault), cell->column, cell->text);
    } else if (last->column >= f->map->width) {
        hw_import_fail(f, "this row has more cells than there are heads; put a cell that holds a separator in quotes",
             last->column, last->text);
    }
    return f->row->problem == NULL;
}

void hw_import_row_fill(const struct hw_import_table *table, size_t line, struct hw_arena *arena,
                        struct hw_import_keys *keys, struct hw_import_rows *rows, struct hw_import_number *number)
{
    const struct hw_import_map *map = table->map;
    struct hw_import_fill f = {.table = table, .map = map, .line = &table->lines[line], .source = table->first + line,
                        .arena = arena, .keys = keys, .rows = rows, .number = number};
    f.row = hw_import_row_add(rows, arena, "item", f.source, f.line->line);
    f.row->map = map;
    number->levels = 0;
    if (f.line->was.n > 0)
        hw_import_row_keep(f.row, arena, "before the review", f.line->was, map->title);
    if (!structure_sound(&f))
        return;
    for (size_t i = 0; i < f.line->n; i++)
        hw_import_take_cell(&f, &f.line->cells[i]);
    if (f.title.n == 0) {
        const struct hw_import_cell *cell = longest(f.line);
        hw_import_fail(&f, "this row has no title; its text may belong to the row above", cell->column, cell->text);
    } else if (f.row->n > VALUES_MAX) {
        hw_import_fail(&f, "this row has more than 200 entries", map->title, f.title);
    }
    if (f.row->problem != NULL)
        return;
    default_type(&f);
    f.row->key = natural_key(&f);
    for (size_t i = 0; i < f.line->n; i++) {
        const char *field = map->columns[f.line->cells[i].column].field;
        if (field == NULL || strcmp(field, "deliverables") != 0 || f.line->cells[i].copied)
            continue;
        if (section_type(&f) == NULL)
            hw_import_deliver(&f, &f.line->cells[i]);
        else
            hw_import_put(&f, has_value(f.row, "description") ? "comment" : "description", hw_import_take_plain(&f, &f.line->cells[i]),
                f.line->cells[i].column);
    }
}
