/* own_book.c: a whole file that Headway exported: where its rows go, and texts that stand in pieces
 * (floor 2, noun: own book). */
#include <stdlib.h>
#include <string.h>

#include "client/import/own.h"
#include "headway/base.h"
#include "headway/schema.h"

enum { GROUPS_MAX = 20 /* that an error lists */ };

const char *hw_import_own_place(const struct hw_import_book *book, const char *name, struct hw_arena *arena)
{
    for (size_t t = 0; t < book->n; t++) {
        const struct hw_import_table *table = &book->tables[t];
        bool own = table->map && table->map->own && table->map->kind;
        own = own && !(table->map->whole && strcmp(name, "plan") == 0); /* each record names its own */
        uint32_t column = own ? hw_import_own_column(table->map, name) : 0;
        for (size_t i = 1; own && column < table->map->width && i < table->n; i++) {
            struct hw_slice text = hw_import_own_cell(&table->lines[i], column);
            if (text.n)
                return hw_arena_text(arena, text.p, text.n);
        }
    }
    return NULL;
}

/* Whether every table whose kind has the field has a column for it. */
static bool everywhere(const struct hw_import_book *book, const char *field)
{
    for (size_t t = 0; t < book->n; t++) {
        const struct hw_import_map *map = book->tables[t].map;
        bool has = map && map->kind && hw_field_find(map->kind, hw_slice_text(field));
        if (has && hw_import_own_column(map, field) == map->width)
            return false;
    }
    return true;
}

char **hw_import_own_heads(const struct hw_import_book *book, struct hw_arena *arena, size_t *n)
{
    size_t room = 0;
    *n = 0;
    for (size_t t = 0; t < book->n; t++) {
        const struct hw_import_map *map = book->tables[t].map;
        if (!map || !map->own)
            return NULL;
        room += map->width;
    }
    char **words = hw_arena_zero(arena, room + 1, sizeof *words);
    for (size_t t = 0; t < book->n; t++) {
        const struct hw_import_map *map = book->tables[t].map;
        for (uint32_t i = 0; map->kind && i < map->width; i++) {
            const char *field = map->columns[i].field;
            if (field && !hw_import_own_is_mark(field) && everywhere(book, field))
                words[(*n)++] = hw_arena_text(arena, field, strlen(field));
        }
    }
    return words;
}

/* ---- groups ---- */

enum hw_status hw_import_own_groups(struct hw_import_rows *rows, struct hw_arena *arena, const char *typed,
                                    struct hw_err *err)
{
    const char *group[GROUPS_MAX], *list = "";
    size_t n = 0, others = 0;
    bool named = false;
    for (size_t i = 0; i < rows->n && n < GROUPS_MAX; i++) {
        bool known = !rows->row[i].group;
        for (size_t k = 0; k < n && !known; k++)
            known = strcmp(group[k], rows->row[i].group) == 0;
        if (!known)
            group[n++] = rows->row[i].group;
    }
    for (size_t k = 0; k < n; k++) {
        list = hw_arena_printf(arena, "%s%s%s", list, k ? ", " : "", group[k]);
        named = named || (typed && strcmp(group[k], typed) == 0);
    }
    if (n < 2)
        return HW_OK;
    if (!named)
        return hw_fail(err, HW_USAGE, "the file has records of several groups; import them one by one: --group %s (it has %s)",
                       group[0], list);
    rows->only = typed;
    for (size_t i = 0; i < rows->n; i++)
        others += hw_import_row_elsewhere(rows, &rows->row[i]);
    hw_import_note(rows, arena, 1, hw_arena_printf(arena, "%zu rows of other groups are left out; import the file again with "
                                                   "their --group (it has %s)", others, list));
    return HW_OK;
}

/* ---- long texts ---- */

struct piece {
    struct hw_slice id, field, text;
    long part;
};

static int compare_piece(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    int order = hw_slice_compare(x->id, y->id);
    order = order ? order : hw_slice_compare(x->field, y->field);
    return order ? order : (x->part > y->part) - (x->part < y->part);
}

static struct piece *gather_pieces(const struct hw_import_table *table, struct hw_arena *arena)
{
    struct piece *pieces = hw_arena_zero(arena, table->n, sizeof *pieces);
    for (size_t i = 1; i < table->n; i++) {
        struct hw_slice part = hw_import_cell(&table->lines[i], 3);
        pieces[i - 1] = (struct piece){hw_import_cell(&table->lines[i], 1), hw_import_cell(&table->lines[i], 2),
                                       hw_import_cell(&table->lines[i], 4),
                                       strtol(hw_arena_text(arena, part.p, part.n), NULL, 10)};
    }
    if (table->n > 1)
        qsort(pieces, table->n - 1, sizeof *pieces, compare_piece);
    return pieces;
}

/* The pieces of one text; an empty slice when there are none. */
static struct hw_slice join(const struct piece *pieces, size_t n, struct hw_slice id, const char *field,
                            struct hw_arena *arena)
{
    struct piece want = {.id = id, .field = hw_slice_text(field), .part = -1};
    size_t low = 0, high = n, size = 0, from;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_piece(&pieces[middle], &want) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    from = low;
    for (; low < n && hw_slice_equal(pieces[low].id, id) && hw_slice_is(pieces[low].field, field); low++)
        size += pieces[low].text.n;
    uint8_t *text = hw_arena_alloc(arena, size + 1);
    size = 0;
    for (size_t i = from; i < low; i++) {
        memcpy(text + size, pieces[i].text.p, pieces[i].text.n);
        size += pieces[i].text.n;
    }
    return (struct hw_slice){text, size};
}

static void join_table(struct hw_import_table *table, const struct piece *pieces, size_t n)
{
    for (size_t i = 1; i < table->n; i++)
        for (size_t k = 0; k < table->lines[i].n; k++) {
            struct hw_import_cell *cell = &table->lines[i].cells[k];
            const char *field = cell->column < table->map->width ? table->map->columns[cell->column].field : NULL;
            struct hw_slice id = hw_import_cell(&table->lines[i], 0);
            struct hw_slice whole = {0};
            if (field && hw_slice_is(cell->text, HW_IMPORT_OWN_LONG))
                whole = join(pieces, n, id, field, table->arena);
            if (whole.n)
                cell->text = whole;
        }
}

void hw_import_own_join(struct hw_import_book *book)
{
    const struct hw_import_table *longs = NULL;
    for (size_t t = 0; t < book->n; t++)
        if (book->tables[t].map && book->tables[t].map->own && hw_import_own_is_longs(&book->tables[t]))
            longs = &book->tables[t];
    if (!longs)
        return;
    struct piece *pieces = gather_pieces(longs, book->arena);
    for (size_t t = 0; t < book->n; t++)
        if (book->tables[t].map && book->tables[t].map->own && book->tables[t].map->kind)
            join_table(&book->tables[t], pieces, longs->n - 1);
}
