/* take.c: one cell of a row goes to a field, a comment or what is kept.
 * Floor 2, noun: import cell, taken.  A value that its field does not know is
 * kept as text and counted; only the row as a whole can have a problem. */
#include <string.h>

#include "client/import/fill.h"
#include "headway/country.h"
#include "headway/schema.h"

/* Countries before one colon: "KAZ/TKM/TJK:"; longer lists have a column. */
enum { PREFIX_MAX = 12 };

void hw_import_put(const struct hw_import_fill *f, const char *field, struct hw_slice text, uint32_t column)
{
    hw_import_row_value(f->row, f->arena, (struct hw_import_value){field, text, column, false});
}

void hw_import_fail(const struct hw_import_fill *f, const char *problem, uint32_t column, struct hw_slice value)
{
    hw_import_row_problem(f->rows, f->row, problem, column, value);
}

void hw_import_keep(const struct hw_import_fill *f, uint32_t column, struct hw_slice text)
{
    hw_import_row_keep(f->row, f->arena, hw_import_column_name(f->map, column, f->arena), text, column);
}

/* The cell without marks; where that changed it, the cell as it was is kept. */
struct hw_slice hw_import_take_plain(const struct hw_import_fill *f, const struct hw_import_cell *cell)
{
    struct hw_slice text = hw_import_plain(cell->text, f->arena);
    if (text.p != cell->text.p)
        hw_import_keep(f, cell->column, cell->text);
    return text;
}

static void take_countries(const struct hw_import_fill *f, struct hw_slice *title, uint32_t column)
{
    struct hw_slice words[PREFIX_MAX];
    size_t n = hw_import_country_take(title, words, PREFIX_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct hw_country *country = hw_country_find(words[i]);
        hw_import_put(f, "countries", words[i], column);
        if (f->rows->prefix.n == 0)
            f->rows->prefix = words[i];
        if (f->rows->alias_code == NULL && words[i].n == 3 && !hw_slice_is(words[i], country->alpha3)) {
            f->rows->alias = words[i];
            f->rows->alias_code = country->alpha3;
        }
    }
}

/* "KAZ: 1.1 Map the services" and "1.1 KAZ: Map the services". */
static void take_title(struct hw_import_fill *f, const struct hw_import_cell *cell)
{
    struct hw_slice title = hw_import_take_plain(f, cell);
    take_countries(f, &title, cell->column);
    if (f->map->numbered && hw_import_number_take(&title, f->number)) {
        hw_import_put(f, "number", f->number->text, cell->column);
        take_countries(f, &title, cell->column);
    }
    f->title = title;
    if (title.n > 0)
        hw_import_put(f, "title", title, cell->column);
}

static bool has_value(const struct hw_import_row *row, const char *field)
{
    for (size_t i = 0; i < row->n; i++)
        if (strcmp(row->values[i].field, field) == 0)
            return true;
    return false;
}

/* A person has said what a value means, or that it shall stay as it is. The
 * cell as it was is kept in any case. False when nobody has. */
static bool take_answer(const struct hw_import_fill *f, const struct hw_field *field, uint32_t column,
                        struct hw_slice value)
{
    const struct hw_slice *text =
        hw_import_answer(f->rows->answers, hw_import_column_name(f->map, column, f->arena), value);
    if (text == NULL)
        return false;
    if (!hw_slice_is(*text, "-"))
        hw_import_row_value(f->row, f->arena, (struct hw_import_value){field->name, *text, column, true});
    return true;
}

/* Keeps a value that `field` does not know. */
static void keep_unread(const struct hw_import_fill *f, const char *field, uint32_t column, struct hw_slice value)
{
    hw_import_keep(f, column, value);
    hw_import_unread(f->rows, f->arena, hw_import_column_name(f->map, column, f->arena), field, f->line->line, value);
}

/* Bullets of a list whose lines were run together: "<ul> - one - two". */
static struct hw_slice unfold(struct hw_slice raw, struct hw_slice plain, struct hw_arena *arena)
{
    static const char *const bullets[] = {" - ", " \xE2\x80\xA2 "};
    if (raw.n < 3 || (memmem(raw.p, raw.n, "<ul", 3) == NULL && memmem(raw.p, raw.n, "\xE2\x80\xA2", 3) == NULL))
        return plain;
    uint8_t *out = hw_arena_alloc(arena, plain.n + 1);
    size_t n = 0;
    for (size_t at = 0; at < plain.n;) {
        size_t mark = 0;
        for (size_t i = 0; i < 2 && mark == 0; i++)
            if (plain.n - at >= strlen(bullets[i]) && memcmp(plain.p + at, bullets[i], strlen(bullets[i])) == 0)
                mark = strlen(bullets[i]);
        out[n++] = mark > 0 ? '\n' : plain.p[at];
        at += mark > 0 ? mark : 1;
    }
    return (struct hw_slice){out, n};
}

void hw_import_references(struct hw_import_row *row, struct hw_arena *arena, const struct hw_import_cell *cell)
{
    struct hw_slice text = unfold(cell->text, hw_import_plain(cell->text, arena), arena), part;
    const struct hw_field *field = hw_field_named(hw_kind_by_id(HW_KIND_ITEM), "references");
    for (size_t at = 0, n = 0; n < HW_IMPORT_PARTS_MAX && hw_import_part(text, false, &at, &part);) {
        struct hw_slice bare = hw_import_plain(part, arena);
        if (bare.n == 0 || bare.n > field->limit)
            continue;
        hw_import_row_value(row, arena, (struct hw_import_value){"references", bare, cell->column, true});
        n++;
    }
}

static void take_set(const struct hw_import_fill *f, const struct hw_import_cell *cell, const struct hw_field *field)
{
    /* A long cell of references is prose with commas in it, not a list. */
    enum { LIST_BYTES_MAX = 200 };
    struct hw_slice text = hw_import_take_plain(f, cell), part;
    bool commas = strcmp(field->name, "references") != 0 || text.n <= LIST_BYTES_MAX;
    size_t at = 0, n = 0;
    bool kept = text.p != cell->text.p;
    if (strcmp(field->name, "references") == 0 && kept)
        text = unfold(cell->text, text, f->arena);
    while (hw_import_part(text, commas, &at, &part)) {
        /* A bullet in the middle of a line: "a; - b". */
        struct hw_slice bare = hw_import_plain(part, f->arena);
        bool strange = (field->type == HW_TYPE_COUNTRY && hw_country_find(bare) == NULL) ||
                       (field->type == HW_TYPE_TEXT && bare.n > field->limit);
        if (!kept && (bare.p != part.p || strange)) {
            hw_import_keep(f, cell->column, cell->text);
            kept = true;
        }
        if (strange && bare.n > 0 && !take_answer(f, field, cell->column, bare))
            hw_import_unread(f->rows, f->arena, hw_import_column_name(f->map, cell->column, f->arena), field->name,
                             f->line->line, bare);
        if (strange || bare.n == 0)
            continue;
        if (++n > HW_IMPORT_PARTS_MAX) {
            hw_import_fail(f, "more than 50 entries in one cell", cell->column, cell->text);
            return;
        }
        hw_import_put(f, field->name, bare, cell->column);
    }
    /* Nothing but separators. */
    if (n == 0 && !kept)
        hw_import_keep(f, cell->column, cell->text);
    f->rows->kept += n == 0;
    f->rows->typed += n > 0 && field->type == HW_TYPE_COUNTRY;
    f->rows->text += n > 0 && field->type != HW_TYPE_COUNTRY;
}

/* "80 %" and "80" of a hundred. */
static bool is_percent(struct hw_slice text)
{
    unsigned value = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || i == 3)
            return false;
        value = value * 10 + (unsigned)(text.p[i] - '0');
    }
    return text.n > 0 && value <= 100;
}

static void take_progress(const struct hw_import_fill *f, const struct hw_import_cell *cell)
{
    struct hw_slice text = cell->text;
    if (text.n > 1 && text.p[text.n - 1] == '%')
        text = hw_import_trim((struct hw_slice){text.p, text.n - 1});
    if (!is_percent(text)) {
        if (take_answer(f, hw_field_named(hw_kind_by_id(HW_KIND_ITEM), "progress"), cell->column, cell->text))
            hw_import_keep(f, cell->column, cell->text);
        else
            keep_unread(f, "progress", cell->column, cell->text);
        f->rows->kept++;
        return;
    }
    if (text.n != cell->text.n)
        hw_import_keep(f, cell->column, cell->text);
    hw_import_put(f, "progress", text, cell->column);
    f->rows->typed++;
}

static bool is_known(const struct hw_import_fill *f, const struct hw_field *field, struct hw_slice text)
{
    struct hw_when when;
    if (field->type != HW_TYPE_TIME)
        return field->words == NULL || hw_word_find(field->words, text) != 0;
    hw_when_parse(text, f->map->order, &when);
    return when.kind == HW_WHEN_READ || when.kind == HW_WHEN_WORD;
}

/* A word of a list, a time, or text of one line. A time that is not understood
 * is one still: its field keeps it as written. */
static void take_single(struct hw_import_fill *f, const struct hw_import_cell *cell, const struct hw_field *field)
{
    struct hw_slice text = hw_import_take_plain(f, cell);
    if (strcmp(field->name, "number") == 0)
        (void)hw_import_number_read(text, f->number);
    if (text.n == 0)
        return;
    bool known = is_known(f, field, text), fits = text.n <= field->limit;
    bool answered = !(known && fits) && take_answer(f, field, cell->column, text);
    bool put = fits && (known || (field->type == HW_TYPE_TIME && !has_value(f->row, field->name)));
    if (put)
        hw_import_put(f, field->name, text, cell->column);
    else if (text.p == cell->text.p)
        hw_import_keep(f, cell->column, cell->text);
    if (!answered && !(known && fits))
        hw_import_unread(f->rows, f->arena, hw_import_column_name(f->map, cell->column, f->arena), field->name,
                         f->line->line, text);
    f->rows->typed += put && known && field->type != HW_TYPE_TEXT;
    f->rows->text += put && !(known && field->type != HW_TYPE_TEXT);
    f->rows->kept += !put;
}

/* A cell merged over several rows says its country or its title in each of
 * them; a remark and what is to be handed over are said once. */
static bool said_once(const char *field)
{
    return strcmp(field, "comment") == 0 || strcmp(field, "description") == 0 || strcmp(field, "deliverables") == 0;
}

void hw_import_take_cell(struct hw_import_fill *f, const struct hw_import_cell *cell)
{
    const char *name = f->map->columns[cell->column].field;
    if (cell->copied && name != NULL && said_once(name))
        return;
    if (name == NULL) {
        hw_import_keep(f, cell->column, cell->text);
        f->rows->kept++;
        return;
    }
    const struct hw_field *field = hw_field_find(hw_kind_by_id(HW_KIND_ITEM), hw_slice_text(name));
    bool comment = strcmp(name, "comment") == 0;
    if (strcmp(name, "deliverables") == 0)
        f->rows->text++; /* makes rows of its own, see deliverable.c */
    else if (strcmp(name, "title") == 0)
        take_title(f, cell);
    else if (strcmp(name, "progress") == 0)
        take_progress(f, cell);
    else if (field != NULL && field->set)
        take_set(f, cell, field);
    else if (field != NULL && strcmp(name, "description") != 0)
        take_single(f, cell, field);
    else /* prose; a description that is too long for one is a comment */
        hw_import_put(f, comment || cell->text.n > field->limit ? "comment" : name, cell->text, cell->column);
    f->rows->text += comment || strcmp(name, "title") == 0 || strcmp(name, "description") == 0;
}
