/* sheet_finish.c: what of a sheet stands beside its cells comes to its rows.
 * Floor 2, noun: import sheet.  Remarks and links become a line of text before the
 * row that they belong to. A merged cell that covers several rows says its
 * text in each of them, because people merge what is the same in all: the
 * country, the priority. It is marked as copied, since the file has it once. */
#include <stdlib.h>
#include <string.h>

#include "client/import/workbook.h"

/* A longer text is no name of a country or priority that was merged over its
 * rows, but a paragraph that needed room. */
enum { COPIED_BYTES_MAX = 200 };
/* Copies of one sheet; a quarter of the cells that a table may have. */
enum { COPIES_MAX = HW_IMPORT_CELLS_MAX / 4 };

struct copy {
    size_t line; /* index in the table */
    struct hw_import_cell cell;
};
struct copies {
    struct copy *p; /* heap */
    size_t n, cap;
};

static void copies_done(struct copies *copies)
{
    free(copies->p);
}

/* Index of the first line at or below a row; table->n when there is none. */
static size_t line_from(const struct hw_import_table *table, uint32_t line)
{
    size_t low = 0, high = table->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->lines[middle].line < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct hw_import_line *hw_import_table_line(const struct hw_import_table *table, uint32_t line)
{
    size_t at = line_from(table, line);
    return at < table->n && table->lines[at].line == line ? &table->lines[at] : NULL;
}

static bool copies_add(struct copies *copies, const struct hw_import_table *table, const struct hw_import_merge *merge)
{
    const struct hw_import_line *from = hw_import_table_line(table, merge->first);
    struct hw_slice text = from != NULL ? hw_import_cell(from, merge->column) : (struct hw_slice){NULL, 0};
    if (text.n == 0 || text.n > COPIED_BYTES_MAX)
        return true;
    for (size_t i = line_from(table, merge->first + 1); i < table->n && table->lines[i].line <= merge->last; i++) {
        if (copies->n == COPIES_MAX)
            return false;
        if (hw_import_cell(&table->lines[i], merge->column).n > 0 || table->lines[i].fault != HW_IMPORT_SOUND)
            continue;
        if (copies->n == copies->cap) {
            copies->cap = copies->cap == 0 ? 64 : copies->cap * 2;
            copies->p = hw_realloc(copies->p, copies->cap * sizeof *copies->p);
        }
        copies->p[copies->n++] = (struct copy){i, {merge->column, true, text}};
    }
    return true;
}

static int by_line(const void *a, const void *b)
{
    const struct copy *one = a, *other = b;
    if (one->line != other->line)
        return one->line < other->line ? -1 : 1;
    return (one->cell.column > other->cell.column) - (one->cell.column < other->cell.column);
}

/* The cells of a line with the copies among them, by column; of two for one
 * column (ranges that overlap) the first. */
static void line_fill(struct hw_import_table *table, const struct copy *copies, size_t n)
{
    struct hw_import_line *line = &table->lines[copies->line];
    struct hw_import_cell *cells = hw_arena_alloc(table->arena, (line->n + n) * sizeof *cells);
    size_t from = 0, to = 0;
    for (size_t i = 0; i < n; i++) {
        while (from < line->n && line->cells[from].column < copies[i].cell.column)
            cells[to++] = line->cells[from++];
        if (to == 0 || cells[to - 1].column != copies[i].cell.column)
            cells[to++] = copies[i].cell;
    }
    while (from < line->n)
        cells[to++] = line->cells[from++];
    table->cells += to - line->n;
    line->cells = cells;
    line->n = to;
    if (cells[to - 1].column >= line->width)
        line->width = cells[to - 1].column + 1;
}

static enum hw_status fill_merges(const struct hw_import_sheet *sheet, struct hw_import_table *table, struct hw_err *err)
{
    HW_CLEANUP(copies_done) struct copies copies = {NULL, 0, 0};
    for (size_t i = 0; i < sheet->merges_n; i++)
        if (!copies_add(&copies, table, &sheet->merges[i]))
            return hw_fail(err, HW_LIMIT, "the merged cells of sheet \"%s\" cover more than %d rows", sheet->name,
                           COPIES_MAX);
    if (copies.n > 1)
        qsort(copies.p, copies.n, sizeof *copies.p, by_line);
    for (size_t i = 0, n; i < copies.n; i += n) {
        for (n = 1; i + n < copies.n && copies.p[i + n].line == copies.p[i].line; n++)
            ;
        line_fill(table, copies.p + i, n);
    }
    return HW_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct hw_import_aside *one = a, *other = b;
    if (one->line != other->line)
        return one->line < other->line ? -1 : 1;
    if (one->column != other->column)
        return one->column < other->column ? -1 : 1;
    return strcmp(one->text, other->text);
}

static struct hw_import_line aside_line(const struct hw_import_sheet *sheet, const struct hw_import_aside *aside)
{
    struct hw_import_cell cell = {0, false, hw_import_trim(hw_slice_text(aside->text))};
    return (struct hw_import_line){.line = aside->line, .width = 1, .place = HW_IMPORT_OUTSIDE, .n = 1,
                                   .cells = hw_arena_copy(sheet->workbook->book->arena, &cell, sizeof cell)};
}

/* Before its row, because text beside a table goes to the row that follows it. */
static void insert_asides(struct hw_import_sheet *sheet, struct hw_import_table *table)
{
    size_t n = 0, next = 0;
    if (sheet->asides_n == 0)
        return;
    if (sheet->asides_n > 1)
        qsort(sheet->asides, sheet->asides_n, sizeof *sheet->asides, by_place);
    struct hw_import_line *lines = hw_arena_alloc(table->arena, (table->n + sheet->asides_n) * sizeof *lines);
    for (size_t i = 0; i < table->n; i++) {
        while (next < sheet->asides_n && sheet->asides[next].line <= table->lines[i].line)
            lines[n++] = aside_line(sheet, &sheet->asides[next++]);
        lines[n++] = table->lines[i];
    }
    while (next < sheet->asides_n)
        lines[n++] = aside_line(sheet, &sheet->asides[next++]);
    table->lines = lines;
    table->n = table->cap = n;
    table->cells += sheet->asides_n;
}

enum hw_status hw_import_sheet_finish(struct hw_import_sheet *sheet, struct hw_import_table *table, struct hw_err *err)
{
    if (fill_merges(sheet, table, err) != HW_OK)
        return err->status;
    if (table->n + sheet->asides_n > HW_IMPORT_ROWS_MAX)
        return hw_fail(err, HW_LIMIT, "sheet \"%s\" has more than %d rows, remarks and links; cut it into parts",
                       sheet->name, HW_IMPORT_ROWS_MAX);
    insert_asides(sheet, table);
    return HW_OK;
}
