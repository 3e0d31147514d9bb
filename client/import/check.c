/* check.c: nothing is lost on the way from the table to the rows.
 * Floor 2, noun: import check.  Looks every filled cell up again, without
 * knowing how the rows were made: its text is a problem's, stands whole in
 * what is kept, or is what the values of its column give when put together.
 * Pages say the same more than once, so a line of an outline must be kept
 * under its own number: "line 12: ...". */
#include <string.h>

#include "client/import/own.h"

/* Lines of one row are kept in their order, so that the search goes on where
 * the last one ended: a page of 100,000 lines is not read 100,000 times. */
struct proof {
    const struct hw_import_rows *rows;
    struct hw_arena *arena;
    size_t row;    /* that the last text was found in */
    size_t part;   /* 0: its `rest`, else a value */
    size_t offset; /* behind that text */
};

static bool part_of(const struct hw_import_row *row, size_t part, struct hw_slice *text)
{
    if (part == 0)
        *text = hw_slice_text(row->rest);
    else
        *text = row->values[part - 1].text;
    return part == 0 || strcmp(row->values[part - 1].field, "comment") == 0;
}

/* Whether `wanted` stands in that part of the row from `from` on; `line`: up to the end of a line. */
static bool stands(struct proof *proof, const struct hw_import_row *row, size_t part, size_t from, struct hw_slice wanted,
                   bool line)
{
    struct hw_slice text;
    if (!part_of(row, part, &text))
        return false;
    while (from + wanted.n <= text.n) {
        const uint8_t *at = memmem(text.p + from, text.n - from, wanted.p, wanted.n);
        if (at == NULL)
            return false;
        from = (size_t)(at - text.p) + wanted.n;
        if (!line || from == text.n || text.p[from] == '\n') {
            proof->part = part;
            proof->offset = from;
            return true;
        }
    }
    return false;
}

/* In `rest` or in a comment. */
static bool kept(struct proof *proof, size_t number, struct hw_slice wanted, bool line)
{
    const struct hw_import_row *row = &proof->rows->row[number];
    if (proof->row != number) {
        proof->row = number;
        proof->part = proof->offset = 0;
    }
    size_t last = proof->part;
    if (stands(proof, row, last, proof->offset, wanted, line))
        return true;
    for (size_t i = last + 1; i <= row->n; i++)
        if (stands(proof, row, i, 0, wanted, line))
            return true;
    for (size_t i = 0; i <= last; i++)
        if (stands(proof, row, i, 0, wanted, line))
            return true;
    return false;
}

/* A cell of a table stands whole; a line of an outline under its number, or as a comment of its own when it is as
 * long as one. */
static bool kept_whole(struct proof *proof, size_t number, const struct hw_import_table *table, uint32_t line,
                       struct hw_slice text)
{
    if (table->form != HW_IMPORT_OUTLINE)
        return kept(proof, number, text, false);
    struct hw_slice wanted = hw_slice_text(hw_arena_printf(proof->arena, "line %u: %.*s", (unsigned)line, (int)text.n,
                                                           (const char *)text.p));
    if (kept(proof, number, wanted, true))
        return true;
    const struct hw_import_row *row = &proof->rows->row[number];
    for (size_t i = 0; i < row->n && text.n > HW_IMPORT_CELL_MAX - 100; i++)
        if (strcmp(row->values[i].field, "comment") == 0 && memmem(row->values[i].text.p, row->values[i].text.n, text.p, text.n))
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

/* A member of an object is a value to the letter; several may be of one column. */
static bool is_value(const struct hw_import_row *row, const struct hw_import_cell *cell)
{
    for (size_t i = 0; i < row->n; i++)
        if (row->values[i].column == cell->column && hw_slice_equal(row->values[i].text, cell->text))
            return true;
    return false;
}

static bool cell_kept(struct proof *proof, const struct hw_import_table *table, size_t at,
                      const struct hw_import_cell *cell)
{
    const struct hw_import_rows *rows = proof->rows;
    size_t source = table->first + at;
    uint32_t carrier = rows->carrier[source], line = table->lines[at].line;
    if (carrier == 0)
        return false;
    size_t first = carrier - 1;
    if (rows->row[first].problem != NULL)
        return true;
    if (rows->row[first].source != source)
        return kept_whole(proof, first, table, line, cell->text);
    for (size_t r = first; r < rows->n && rows->row[r].source == source; r++)
        if (rows->row[r].problem == NULL && kept_whole(proof, r, table, line, cell->text))
            return true;
    return put_together(rows, first, source, cell->column, cell->text, proof->arena);
}

/* In a table of ours some cells are no text, and some have a guard. */
static bool own_kept(struct proof *proof, const struct hw_import_table *table, size_t at,
                     const struct hw_import_cell *cell)
{
    struct hw_import_cell bare = *cell;
    uint32_t carrier = proof->rows->carrier[table->first + at];
    bare.text = hw_import_own_text(table, cell);
    if (table->form == HW_IMPORT_OBJECTS && carrier != 0 && is_value(&proof->rows->row[carrier - 1], cell))
        return true;
    return hw_import_own_mark(table, carrier != 0 ? &proof->rows->row[carrier - 1] : NULL, cell) ||
           cell_kept(proof, table, at, &bare);
}

static void check_line(struct proof *proof, const struct hw_import_table *table, size_t at, struct hw_import_tally *tally)
{
    const struct hw_import_line *line = &table->lines[at];
    for (size_t k = 0; k < line->n; k++) {
        if (line->cells[k].copied)
            continue;
        tally->cells++;
        bool own = table->map != NULL && table->map->own;
        if (own ? own_kept(proof, table, at, &line->cells[k]) : cell_kept(proof, table, at, &line->cells[k])) {
            tally->kept++;
        } else if (tally->line == 0) {
            tally->line = line->line;
            tally->missing = line->cells[k].text;
        }
        hw_arena_reset(proof->arena);
    }
}

bool hw_import_check(const struct hw_import_book *book, const struct hw_import_rows *rows,
                     struct hw_import_tally *tally)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    hw_arena_init(&arena);
    struct proof proof = {.rows = rows, .arena = &arena};
    *tally = (struct hw_import_tally){0, 0, 0, {NULL, 0}};
    for (size_t t = 0; t < book->n; t++) {
        const struct hw_import_table *table = &book->tables[t];
        for (size_t i = 0; i < table->n; i++)
            if (table->lines[i].place != HW_IMPORT_RULE && !(table->map != NULL && i >= table->map->head && i < table->map->body) &&
                !hw_import_heads_again(table, i))
                check_line(&proof, table, i, tally);
    }
    return tally->kept == tally->cells;
}
