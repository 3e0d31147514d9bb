/* deliverable.c: what a row promises to hand over becomes items below it.
 * Floor 2, noun: deliverable.  A cell with a bullet before each line is a list of
 * several; so is one with as many entries as there are dates beside it. */
#include <string.h>

#include "client/import/fill.h"
#include "headway/schema.h"
#include "headway/when.h"

/* Deliverables of one cell, and words of one cell of dates; more is prose. */
enum { PARTS_MAX = 12, WORDS_MAX = 16 };

struct parts {
    struct hw_slice part[PARTS_MAX];
    size_t n;
};

/* Entries parted by line ends, or by semicolons and commas; none when there
 * are too many. */
static struct parts entries(struct hw_slice text, bool lines)
{
    struct parts parts = {.n = 0};
    size_t at = 0;
    struct hw_slice part;
    while (lines && at < text.n) {
        const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
        size_t n = end != NULL ? (size_t)(end - (text.p + at)) : text.n - at;
        part = hw_import_trim((struct hw_slice){text.p + at, n});
        at += n + 1;
        if (part.n == 0)
            continue;
        if (parts.n == PARTS_MAX)
            return (struct parts){.n = 0};
        parts.part[parts.n++] = part;
    }
    while (!lines && hw_import_part(text, true, &at, &part)) {
        if (parts.n == PARTS_MAX)
            return (struct parts){.n = 0};
        parts.part[parts.n++] = part;
    }
    return parts;
}

/* Marks at the beginning of a line, or those of a list in HTML. */
static size_t bullets(struct hw_slice raw, struct hw_arena *arena)
{
    size_t n = 0, at = 0;
    struct hw_slice part;
    for (size_t i = 0; i + 3 <= raw.n; i++)
        n += memcmp(raw.p + i, "<li", 3) == 0 || memcmp(raw.p + i, "\xE2\x80\xA2", 3) == 0;
    if (n > 0)
        return n;
    while (at < raw.n) {
        const uint8_t *end = memchr(raw.p + at, '\n', raw.n - at);
        size_t length = end != NULL ? (size_t)(end - (raw.p + at)) : raw.n - at;
        part = hw_import_trim((struct hw_slice){raw.p + at, length});
        n += part.n > 0 && hw_import_plain(part, arena).p != part.p;
        at += length + 1;
    }
    return n;
}

/* Parts words[from..] into `n` runs that are times each; false when it cannot. */
static bool part_times(const struct parts *words, size_t from, struct parts *times, size_t n, enum hw_date_order order)
{
    for (size_t to = from; n > 0 && to < words->n; to++) {
        struct hw_slice first = words->part[from], last = words->part[to];
        struct hw_slice run = {first.p, (size_t)(last.p + last.n - first.p)};
        struct hw_when when;
        hw_when_parse(run, order, &when);
        times->part[times->n] = run;
        if (when.kind != HW_WHEN_READ)
            continue;
        times->n++;
        if (n == 1 ? to + 1 == words->n : part_times(words, to + 1, times, n - 1, order))
            return true;
        times->n--;
    }
    return false;
}

/* The cell of the deadline as `n` times, when it is that many. */
static bool times_of(struct hw_slice text, size_t n, enum hw_date_order order, struct parts *times)
{
    struct parts words = {.n = 0};
    struct hw_when when;
    hw_when_parse(text, order, &when);
    times->n = 0;
    if (n < 2 || n > PARTS_MAX || when.kind == HW_WHEN_READ)
        return false;
    for (size_t at = 0; at < text.n;) {
        size_t from = at;
        while (at < text.n && strchr(" \n\t,;", text.p[at]) == NULL)
            at++;
        if (at > from && words.n == WORDS_MAX)
            return false;
        if (at > from)
            words.part[words.n++] = (struct hw_slice){text.p + from, at - from};
        at++;
    }
    return part_times(&words, 0, times, n, order);
}

static const struct hw_import_value *value_of(const struct hw_import_row *row, const char *field)
{
    for (size_t i = 0; i < row->n; i++)
        if (strcmp(row->values[i].field, field) == 0)
            return &row->values[i];
    return NULL;
}

/* An item below the activity, due when it is and in the same countries (so
 * that who may write the one may write the other). */
static void put_deliverable(struct hw_import_fill *f, uint32_t number, const struct hw_import_row *parent,
                            struct hw_slice title, const struct hw_slice *time, uint32_t column)
{
    f->row = hw_import_row_add(f->rows, f->arena, "item", f->source, f->line->line);
    f->row->map = f->map;
    f->row->parent = number;
    hw_import_put(f, "title", title, column);
    hw_import_row_value(f->row, f->arena, (struct hw_import_value){"type", hw_slice_text("deliverable"), column, true});
    for (size_t i = 0; i < parent->n; i++) {
        struct hw_import_value value = parent->values[i];
        bool due = strcmp(value.field, "deadline") == 0;
        if (!due && strcmp(value.field, "countries") != 0)
            continue;
        value.copied = true;
        if (due && time != NULL)
            value.text = *time;
        hw_import_row_value(f->row, f->arena, value);
    }
    f->row->key =
        hw_import_key_next(f->keys, hw_arena_printf(f->arena, "%s|%s", parent->key, hw_fold(f->arena, title)));
}

void hw_import_deliver(struct hw_import_fill *f, const struct hw_import_cell *cell)
{
    uint32_t number = (uint32_t)(f->row - f->rows->row) + 1;
    struct hw_slice text = hw_import_take_plain(f, cell);
    struct hw_import_row parent = *f->row; /* its place moves when rows are added */
    const struct hw_import_value *due = value_of(&parent, "deadline");
    struct parts parts = entries(text, true), times = {.n = 0}, commas = entries(text, false);
    bool list = parts.n > 1 && bullets(cell->text, f->arena) == parts.n;
    if (due != NULL && parts.n < 2 && !hw_import_denied(f->rows->answers, f->line->line) &&
        times_of(due->text, commas.n, f->map->order, &times)) {
        parts = commas;
        list = true;
    } else if (due != NULL && list) {
        (void)times_of(due->text, parts.n, f->map->order, &times);
    }
    if (text.n == 0) /* marks without a word: no item, but the text stays with the activity */
        hw_import_keep(f, cell->column, cell->text);
    for (size_t i = 0; list && i < parts.n; i++)
        put_deliverable(f, number, &parent, parts.part[i], times.n > 0 ? &times.part[i] : NULL, cell->column);
    if (!list && text.n > 0)
        put_deliverable(f, number, &parent, text, NULL, cell->column);
    if (times.n > 0)
        hw_import_note(f->rows, f->arena, f->line->line,
                       hw_arena_printf(f->arena, "%zu deliverables and as many dates: each has its own", times.n));
    f->row = &f->rows->row[number - 1];
}
