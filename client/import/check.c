/* check.c: nothing is lost on the way from the table to the rows.
 * Floor 2, noun: import check.  Looks every filled cell up again, without
 * knowing how the rows were made: its text is a problem's, stands whole in
 * what is kept, or is what the values of its column give when put together. */
#include <string.h>

#include "client/import/own.h"

static bool holds(struct hw_slice text, struct hw_slice part)
{
    return part.n <= text.n && memmem(text.p, text.n, part.p, part.n) != NULL;
}

/* Whole, in `rest` or in a comment. */
static bool kept_whole(const struct hw_import_row *row, struct hw_slice text)
{
    if (holds(hw_slice_text(row->rest), text))
        return true;
    for (size_t i = 0; i < row->n; i++)
        if (strcmp(row->values[i].field, "comment") == 0 && holds(row->values[i].text, text))
            return true;
    return false;
}

/* The values of a column in all rows of a line, in order, put together. */
static bool put_together(const struct hw_import_rows *rows, size_t first, size_t source, uint32_t column,
                         struct hw_slice text, struct hw_arena *arena)
{
    struct hw_slice left = hw_import_squeeze(text, arena);
    for (size_t r = first; r < rows->n && rows->row[r].source == source; r++)
        for (size_t i = 0; i < rows->row[r].n; i++) {
            const struct hw_import_value *value = &rows->row[r].values[i];
            if (value->column != column || value->copied)
                continue;
            struct hw_slice part = hw_import_squeeze(value->text, arena);
            if (part.n > left.n || memcmp(part.p, left.p, part.n) != 0)
                return false;
            left.p += part.n;
            left.n -= part.n;
        }
    return left.n == 0;
}

static bool cell_kept(const struct hw_import_rows *rows, size_t source, const struct hw_import_cell *cell,
                      struct hw_arena *arena)
{
    uint32_t carrier = rows->carrier[source];
    if (carrier == 0)
        return false;
    size_t first = carrier - 1;
    if (rows->row[first].problem != NULL)
        return true;
    if (rows->row[first].source != source)
        return kept_whole(&rows->row[first], cell->text);
    for (size_t r = first; r < rows->n && rows->row[r].source == source; r++)
        if (rows->row[r].problem == NULL && kept_whole(&rows->row[r], cell->text))
            return true;
    return put_together(rows, first, source, cell->column, cell->text, arena);
}

/* In a table of ours some cells are no text, and some have a guard. */
static bool own_kept(const struct hw_import_rows *rows, const struct hw_import_table *table, size_t at,
                     const struct hw_import_cell *cell, struct hw_arena *arena)
{
    struct hw_import_cell bare = *cell;
    uint32_t carrier = rows->carrier[table->first + at];
    if (table->map == NULL || !table->map->own)
        return false;
    bare.text = hw_import_own_text(table, cell);
    return hw_import_own_mark(table, carrier != 0 ? &rows->row[carrier - 1] : NULL, cell) ||
           cell_kept(rows, table->first + at, &bare, arena);
}

static void check_line(const struct hw_import_rows *rows, const struct hw_import_table *table, size_t at,
                       struct hw_arena *arena, struct hw_import_tally *tally)
{
    const struct hw_import_line *line = &table->lines[at];
    for (size_t k = 0; k < line->n; k++) {
        if (line->cells[k].copied)
            continue;
        tally->cells++;
        if (own_kept(rows, table, at, &line->cells[k], arena) || cell_kept(rows, table->first + at, &line->cells[k], arena)) {
            tally->kept++;
        } else if (tally->line == 0) {
            tally->line = line->line;
            tally->missing = line->cells[k].text;
        }
        hw_arena_reset(arena);
    }
}

bool hw_import_check(const struct hw_import_book *book, const struct hw_import_rows *rows,
                     struct hw_import_tally *tally)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    hw_arena_init(&arena);
    *tally = (struct hw_import_tally){0, 0, 0, {NULL, 0}};
    for (size_t t = 0; t < book->n; t++) {
        const struct hw_import_table *table = &book->tables[t];
        for (size_t i = 0; i < table->n; i++)
            if (table->lines[i].place != HW_IMPORT_RULE && !(table->map != NULL && i >= table->map->head && i < table->map->body) &&
                !hw_import_heads_again(table, i))
                check_line(rows, table, i, &arena, tally);
    }
    return tally->kept == tally->cells;
}
