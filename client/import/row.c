/* row.c: one line of a table becomes one row of an import, or two when
 * it names a deliverable.  Floor 2, noun: import row.  Every filled cell goes to a
 * field, a comment or `rest`, or makes a problem of the row; check.c
 * proves it. */
#include <string.h>

#include "client/import/rows.h"
#include "headway/country.h"
#include "headway/schema.h"

/* Countries before one colon: "KAZ/TKM/TJK:"; longer lists have a column. */
enum { PREFIX_MAX = 12 };
/* What a problem shows of a cell. */
enum { SHOWN_BYTES = 200 };
/* Values of one row: an event has 256 operations (HW_OPS_MAX), some of which
 * the daemon needs for itself. */
enum { VALUES_MAX = 200 };

struct filling {
    const struct hw_import_table *table;
    const struct hw_import_map *map;
    const struct hw_import_line *line;
    size_t source;
    struct hw_arena *arena;
    struct hw_import_keys *keys;
    struct hw_import_rows *rows;
    struct hw_import_row *row;
    struct hw_import_number *number;
    struct hw_slice title; /* without country and number */
};

struct hw_import_row *hw_import_row_add(struct hw_import_rows *rows, struct hw_arena *arena, const char *kind,
                                        size_t source, uint32_t line)
{
    if (rows->n == rows->cap) {
        size_t cap = rows->cap == 0 ? 64 : rows->cap * 2;
        struct hw_import_row *more = hw_arena_alloc(arena, cap * sizeof *more);
        if (rows->n > 0)
            memcpy(more, rows->row, rows->n * sizeof *more);
        rows->row = more;
        rows->cap = cap;
    }
    struct hw_import_row *row = &rows->row[rows->n++];
    *row = (struct hw_import_row){.kind = kind, .line = line, .source = source, .key = "", .rest = ""};
    if (rows->carrier[source] == 0)
        rows->carrier[source] = (uint32_t)rows->n;
    return row;
}

void hw_import_row_value(struct hw_import_row *row, struct hw_arena *arena, struct hw_import_value value)
{
    if (row->n == row->cap) {
        size_t cap = row->cap == 0 ? 12 : row->cap * 2;
        struct hw_import_value *more = hw_arena_alloc(arena, cap * sizeof *more);
        if (row->n > 0)
            memcpy(more, row->values, row->n * sizeof *more);
        row->values = more;
        row->cap = cap;
    }
    row->values[row->n++] = value;
}

void hw_import_row_problem(struct hw_import_rows *rows, struct hw_import_row *row, const char *problem,
                           uint32_t column, struct hw_slice value)
{
    if (row->problem != NULL)
        return;
    if (value.n > SHOWN_BYTES) {
        value.n = SHOWN_BYTES;
        while (value.n > 0 && (value.p[value.n] & 0xC0) == 0x80)
            value.n--;
    }
    row->problem = problem;
    row->problem_column = column;
    row->problem_value = value;
    rows->problems++;
}

/* Appends "\nname: text"; room grows by doubling, because a hostile row has a
 * thousand cells to keep. */
static void rest_add(struct hw_import_row *row, struct hw_arena *arena, const char *name, size_t label,
                     struct hw_slice text)
{
    size_t need = row->rest_n + label + text.n + 4;
    char *room = (char *)(uintptr_t)row->rest;
    if (need > row->rest_cap) {
        row->rest_cap = need < 64 ? 128 : need * 2;
        room = hw_arena_alloc(arena, row->rest_cap);
        memcpy(room, row->rest, row->rest_n);
    }
    size_t n = row->rest_n;
    if (n > 0)
        room[n++] = '\n';
    memcpy(room + n, name, label);
    n += label;
    room[n++] = ':';
    room[n++] = ' ';
    memcpy(room + n, text.p, text.n);
    n += text.n;
    room[n] = 0;
    row->rest = room;
    row->rest_n = n;
}

void hw_import_row_keep(struct hw_import_row *row, struct hw_arena *arena, const char *name, struct hw_slice text,
                        uint32_t column)
{
    size_t label = strlen(name);
    if (row->rest_n + label + text.n + 4 <= HW_IMPORT_REST_MAX) {
        rest_add(row, arena, name, label, text);
        return;
    }
    /* Two bytes stand between label and text. */
    if (label + text.n + 2 <= HW_IMPORT_CELL_MAX)
        text = hw_slice_text(hw_arena_printf(arena, "%s:\n%.*s", name, (int)text.n, (const char *)text.p));
    hw_import_row_value(row, arena, (struct hw_import_value){"comment", text, column, true});
}

static void put(const struct filling *f, const char *field, struct hw_slice text, uint32_t column)
{
    hw_import_row_value(f->row, f->arena, (struct hw_import_value){field, text, column, false});
}

static void fail(const struct filling *f, const char *problem, uint32_t column, struct hw_slice value)
{
    hw_import_row_problem(f->rows, f->row, problem, column, value);
}

static void keep(const struct filling *f, uint32_t column, struct hw_slice text)
{
    hw_import_row_keep(f->row, f->arena, hw_import_column_name(f->map, column, f->arena), text, column);
}

/* The cell without marks; where that changed it, the cell as it was is kept. */
static struct hw_slice plain(const struct filling *f, const struct hw_import_cell *cell)
{
    struct hw_slice text = hw_import_plain(cell->text, f->arena);
    if (text.p != cell->text.p)
        keep(f, cell->column, cell->text);
    return text;
}

static void take_countries(const struct filling *f, struct hw_slice *title, uint32_t column)
{
    struct hw_slice words[PREFIX_MAX];
    size_t n = hw_import_country_take(title, words, PREFIX_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct hw_country *country = hw_country_find(words[i]);
        put(f, "countries", words[i], column);
        if (f->rows->prefix.n == 0)
            f->rows->prefix = words[i];
        if (f->rows->alias_code == NULL && words[i].n == 3 && !hw_slice_is(words[i], country->alpha3)) {
            f->rows->alias = words[i];
            f->rows->alias_code = country->alpha3;
        }
    }
}

/* "KAZ: 1.1 Map the services" and "1.1 KAZ: Map the services". */
static void take_title(struct filling *f, const struct hw_import_cell *cell)
{
    struct hw_slice title = plain(f, cell);
    take_countries(f, &title, cell->column);
    if (f->map->numbered && hw_import_number_take(&title, f->number)) {
        put(f, "number", f->number->text, cell->column);
        take_countries(f, &title, cell->column);
    }
    f->title = title;
    if (title.n > 0)
        put(f, "title", title, cell->column);
}

static void take_set(const struct filling *f, const struct hw_import_cell *cell, const char *field)
{
    /* A long cell of references is prose with commas in it, not a list. */
    enum { LIST_BYTES_MAX = 200 };
    struct hw_slice text = plain(f, cell), part;
    bool commas = strcmp(field, "references") != 0 || text.n <= LIST_BYTES_MAX;
    size_t at = 0, n = 0;
    bool kept = text.p != cell->text.p;
    while (hw_import_part(text, commas, &at, &part)) {
        /* A bullet in the middle of a line: "a; - b". */
        struct hw_slice bare = hw_import_plain(part, f->arena);
        if (bare.p != part.p && !kept) {
            keep(f, cell->column, cell->text);
            kept = true;
        }
        if (bare.n == 0)
            continue;
        if (++n > HW_IMPORT_PARTS_MAX) {
            fail(f, "more than 50 entries in one cell", cell->column, cell->text);
            return;
        }
        put(f, field, bare, cell->column);
    }
    /* Nothing but separators. */
    if (n == 0 && !kept)
        keep(f, cell->column, cell->text);
}

static void take_progress(const struct filling *f, const struct hw_import_cell *cell)
{
    struct hw_slice text = cell->text;
    if (text.n > 1 && text.p[text.n - 1] == '%') {
        keep(f, cell->column, cell->text);
        text = hw_import_trim((struct hw_slice){text.p, text.n - 1});
    }
    put(f, "progress", text, cell->column);
}

/* A cell merged over several rows says its country or its title in each of
 * them; a remark and what is to be handed over are said once. */
static bool said_once(const char *field)
{
    return strcmp(field, "comment") == 0 || strcmp(field, "description") == 0 || strcmp(field, "deliverables") == 0;
}

static void take_cell(struct filling *f, const struct hw_import_cell *cell)
{
    const char *field = f->map->columns[cell->column].field;
    if (cell->copied && field != NULL && said_once(field))
        return;
    if (field == NULL) {
        keep(f, cell->column, cell->text);
        return;
    }
    const struct hw_field *known = hw_field_find(hw_kind_by_id(HW_KIND_ITEM), hw_slice_text(field));
    if (strcmp(field, "comment") == 0 || strcmp(field, "description") == 0)
        put(f, field, cell->text, cell->column);
    else if (strcmp(field, "deliverables") == 0)
        return; /* makes a row of its own, see take_deliverable */
    else if (strcmp(field, "title") == 0)
        take_title(f, cell);
    else if (strcmp(field, "progress") == 0)
        take_progress(f, cell);
    else if (known != NULL && known->set)
        take_set(f, cell, field);
    else {
        struct hw_slice text = plain(f, cell);
        if (strcmp(field, "number") == 0)
            (void)hw_import_number_read(text, f->number);
        if (text.n > 0)
            put(f, field, text, cell->column);
    }
}

/* Folded countries and title: what stays the same when a tracker is sent round
 * again with new dates and statuses. */
static const char *natural_key(const struct filling *f)
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
static const char *section_type(const struct filling *f)
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

static void default_type(struct filling *f)
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

/* What is to be handed over is an item below the activity, due when it is and
 * in the same countries (so that who may write the one may write the other). */
static void take_deliverable(struct filling *f, const struct hw_import_cell *cell)
{
    uint32_t parent_number = (uint32_t)f->rows->n;
    struct hw_import_row parent = *f->row;
    f->row = hw_import_row_add(f->rows, f->arena, "item", f->source, f->line->line);
    f->row->map = f->map;
    f->row->parent = parent_number;
    struct hw_slice text = plain(f, cell);
    if (text.n > 0) {
        put(f, "title", text, cell->column);
    } else {
        /* Marks without a word: no item, but the text stays with the activity. */
        f->rows->n--;
        f->row = &f->rows->row[parent_number - 1];
        keep(f, cell->column, cell->text);
        return;
    }
    hw_import_row_value(f->row, f->arena,
                        (struct hw_import_value){"type", hw_slice_text("deliverable"), cell->column, true});
    for (size_t i = 0; i < parent.n; i++)
        if (strcmp(parent.values[i].field, "deadline") == 0 || strcmp(parent.values[i].field, "countries") == 0) {
            struct hw_import_value value = parent.values[i];
            value.copied = true;
            hw_import_row_value(f->row, f->arena, value);
        }
    f->row->key =
        hw_import_key_next(f->keys, hw_arena_printf(f->arena, "%s|%s", parent.key, hw_fold(f->arena, text)));
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
static bool structure_sound(const struct filling *f)
{
    const struct hw_import_cell *last = f->line->n > 0 ? &f->line->cells[f->line->n - 1] : longest(f->line);
    if (f->line->fault != HW_IMPORT_SOUND) {
        const struct hw_import_cell *cell = longest(f->line);
        fail(f, fault_text(f->line->fault), cell->column, cell->text);
    } else if (last->column >= f->map->width) {
        fail(f, "this row has more cells than there are heads; put a cell that holds a separator in quotes",
             last->column, last->text);
    }
    return f->row->problem == NULL;
}

void hw_import_row_fill(const struct hw_import_table *table, size_t line, struct hw_arena *arena,
                        struct hw_import_keys *keys, struct hw_import_rows *rows, struct hw_import_number *number)
{
    const struct hw_import_map *map = table->map;
    struct filling f = {.table = table, .map = map, .line = &table->lines[line], .source = table->first + line,
                        .arena = arena, .keys = keys, .rows = rows, .number = number};
    f.row = hw_import_row_add(rows, arena, "item", f.source, f.line->line);
    f.row->map = map;
    number->levels = 0;
    if (!structure_sound(&f))
        return;
    for (size_t i = 0; i < f.line->n; i++)
        take_cell(&f, &f.line->cells[i]);
    if (f.title.n == 0) {
        const struct hw_import_cell *cell = longest(f.line);
        fail(&f, "this row has no title; its text may belong to the row above", cell->column, cell->text);
    } else if (f.row->n > VALUES_MAX) {
        fail(&f, "this row has more than 200 entries", map->title, f.title);
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
            take_deliverable(&f, &f.line->cells[i]);
        else
            put(&f, has_value(f.row, "description") ? "comment" : "description", plain(&f, &f.line->cells[i]),
                f.line->cells[i].column);
    }
}
