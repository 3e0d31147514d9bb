/* table.c: text becomes a table of cells with the lines they came from.
 * Floor 2, noun: import table.  Which form a file has is decided by trying
 * each on its beginning: the form whose heads are understood wins, then the one
 * whose rows are of one width. Commas, semicolons and tabs are read by libcsv;
 * bars by bars.c. */
#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "client/import/map.h"
#include "client/import/outline.h"

/* How much of a file is tried: enough for a long preamble and some rows. */
enum { TRY_BYTES = 64 * 1024, TRY_LINES = 40 };
/* What a problem row shows of a cell that is too long. */
enum { SHOWN_BYTES = 200 };
/* One understood head weighs more than any shape. */
enum { HEAD_WEIGHT = 1000 };

static struct hw_slice cut(struct hw_slice text, size_t max)
{
    size_t n = max;
    if (text.n <= max)
        return text;
    while (n > 0 && (text.p[n] & 0xC0) == 0x80)
        n--;
    return (struct hw_slice){text.p, n};
}

static void gather_add(struct hw_import_gather *gather, struct hw_slice text, bool copy, bool copied)
{
    uint32_t column = gather->width++;
    text = hw_import_trim(text);
    if (column >= HW_IMPORT_COLUMNS_MAX) {
        gather->width = HW_IMPORT_COLUMNS_MAX;
        gather->fault = text.n > 0 ? HW_IMPORT_WIDE : gather->fault;
        return;
    }
    if (text.n == 0)
        return;
    if (text.n > HW_IMPORT_CELL_MAX) {
        text = cut(text, SHOWN_BYTES);
        gather->fault = gather->fault == HW_IMPORT_SOUND ? HW_IMPORT_LONG : gather->fault;
    }
    if (gather->n == gather->cap) {
        gather->cap = gather->cap == 0 ? 32 : gather->cap * 2;
        gather->cells = hw_realloc(gather->cells, gather->cap * sizeof *gather->cells);
    }
    if (copy)
        text = hw_arena_slice(gather->table->arena, text);
    gather->cells[gather->n++] = (struct hw_import_cell){column, copied, text};
    gather->copied += copied;
}

void hw_import_gather_cell(struct hw_import_gather *gather, struct hw_slice text, bool copy)
{
    gather_add(gather, text, copy, false);
}

void hw_import_gather_copied(struct hw_import_gather *gather, struct hw_slice text)
{
    gather_add(gather, text, false, true);
}

void hw_import_gather_to(struct hw_import_gather *gather, uint32_t column)
{
    if (column > HW_IMPORT_COLUMNS_MAX)
        column = HW_IMPORT_COLUMNS_MAX;
    if (column > gather->width)
        gather->width = column;
}

void hw_import_gather_line(struct hw_import_gather *gather, uint32_t line, enum hw_import_place place)
{
    struct hw_import_table *table = gather->table;
    bool fits = table->n < HW_IMPORT_ROWS_MAX && table->cells + gather->n <= HW_IMPORT_CELLS_MAX;
    if (!fits)
        gather->status = HW_LIMIT;
    if (fits && (gather->n > gather->copied || gather->fault != HW_IMPORT_SOUND)) {
        if (table->n == table->cap) {
            size_t cap = table->cap == 0 ? 64 : table->cap * 2;
            struct hw_import_line *lines = hw_arena_alloc(table->arena, cap * sizeof *lines);
            if (table->n > 0)
                memcpy(lines, table->lines, table->n * sizeof *lines);
            table->lines = lines;
            table->cap = cap;
        }
        struct hw_import_cell *cells = NULL;
        if (gather->n > 0)
            cells = hw_arena_copy(table->arena, gather->cells, gather->n * sizeof *cells);
        table->lines[table->n++] =
            (struct hw_import_line){.line = line, .width = gather->width, .fault = gather->fault, .place = place,
                                    .cells = cells, .n = gather->n, .mark = gather->mark, .depth = gather->depth};
        table->cells += gather->n;
    }
    gather->n = gather->copied = 0;
    gather->width = 0;
    gather->fault = HW_IMPORT_SOUND;
    gather->mark = HW_IMPORT_PLAIN;
    gather->depth = 0;
}

void hw_import_gather_done(struct hw_import_gather *gather)
{
    free(gather->cells);
    gather->cells = NULL;
}

struct hw_slice hw_import_cell(const struct hw_import_line *line, uint32_t column)
{
    for (size_t i = 0; i < line->n && line->cells[i].column <= column; i++)
        if (line->cells[i].column == column)
            return line->cells[i].text;
    return (struct hw_slice){NULL, 0};
}

/* libcsv */

struct csv_state {
    struct hw_import_gather *gather;
    uint32_t row_line; /* where the row in hand began */
    bool row_ended;    /* during the line fed last */
};

static void on_cell(void *data, size_t n, void *user)
{
    struct csv_state *state = user;
    hw_import_gather_cell(state->gather, (struct hw_slice){data, n}, true);
}

static void on_row(int ender, void *user)
{
    struct csv_state *state = user;
    (void)ender;
    hw_import_gather_line(state->gather, state->row_line, HW_IMPORT_ROW);
    state->row_ended = true;
}

/* A space after a comma is no part of the cell, and a quote may follow it. A
 * tab never is a space: in a file of semicolons it may stand inside a cell. */
static int is_space(unsigned char c)
{
    return c == ' ';
}

static int is_end(unsigned char c)
{
    return c == '\n';
}

static bool blank(struct hw_slice line)
{
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] != ' ' && line.p[i] != '\n')
            return false;
    return true;
}

/* Feeds libcsv line by line: it does not tell where a row began. Errors:
 * FAILED. `*open` says that a quote was never closed. */
static enum hw_status feed(struct csv_parser *parser, struct hw_slice text, struct csv_state *state, bool *open)
{
    uint32_t line = 0;
    bool in_row = false;
    for (size_t at = 0; at < text.n && state->gather->status == HW_OK;) {
        const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
        size_t n = end != NULL ? (size_t)(end - (text.p + at)) + 1 : text.n - at;
        struct hw_slice piece = {text.p + at, n};
        line++;
        at += n;
        if (!in_row) {
            if (blank(piece))
                continue;
            state->row_line = line;
        }
        state->row_ended = false;
        if (csv_parse(parser, piece.p, piece.n, on_cell, on_row, state) != piece.n)
            return HW_FAILED;
        in_row = !state->row_ended;
    }
    csv_set_opts(parser, CSV_STRICT | CSV_STRICT_FINI);
    if (csv_fini(parser, on_cell, on_row, state) == 0)
        return HW_OK;
    *open = true;
    state->gather->fault = HW_IMPORT_QUOTE;
    csv_set_opts(parser, 0);
    return csv_fini(parser, on_cell, on_row, state) == 0 ? HW_OK : HW_FAILED;
}

static enum hw_status separated_read(struct hw_slice text, char separator, bool quotes, struct hw_import_gather *gather,
                                     bool *open)
{
    struct csv_parser parser;
    struct csv_state state = {gather, 1, false};
    if (csv_init(&parser, 0) != 0)
        return HW_FAILED;
    csv_set_delim(&parser, (unsigned char)separator);
    csv_set_space_func(&parser, is_space);
    csv_set_term_func(&parser, is_end);
    /* libcsv grows its cell by this; the default of 128 bytes is slow for a
     * cell of megabytes. */
    csv_set_blk_size(&parser, 16 * 1024);
    if (!quotes)
        csv_set_quote(&parser, 0); /* the text holds no NUL */
    enum hw_status status = feed(&parser, text, &state, open);
    csv_free(&parser);
    return status;
}

/* forms */

static enum hw_status form_read(struct hw_slice text, enum hw_import_form form, char separator,
                                const struct hw_import_heads *heads, struct hw_arena *arena,
                                struct hw_import_table *table, struct hw_err *err)
{
    HW_CLEANUP(hw_import_gather_done) struct hw_import_gather gather = {.table = table, .status = HW_OK};
    enum hw_status status = HW_OK;
    bool open = false;
    *table = (struct hw_import_table){.arena = arena, .form = form, .separator = separator};
    if (form == HW_IMPORT_GRID)
        hw_import_grid_read(text, &gather);
    else if (form == HW_IMPORT_BARS)
        hw_import_bars_read(text, &gather);
    else if (form == HW_IMPORT_CELL_LINES)
        hw_import_cell_lines_read(text, heads, &gather);
    else if (form == HW_IMPORT_OUTLINE)
        hw_outline_read(text, &gather);
    else
        status = separated_read(text, separator, true, &gather, &open);
    /* Text copied from a page with tabs has quotes that mean nothing; a CSV
     * file with an open quote is damaged, and its last row says so. */
    if (open && separator == '\t') {
        *table = (struct hw_import_table){.arena = arena, .form = form, .separator = separator};
        gather.n = gather.width = 0;
        gather.fault = HW_IMPORT_SOUND;
        status = separated_read(text, separator, false, &gather, &open);
    }
    if (status != HW_OK)
        return hw_fail(err, status, "the CSV reader failed for want of memory");
    if (gather.status == HW_LIMIT)
        return hw_fail(err, HW_LIMIT, "the table has more than %d rows or %d filled cells; cut it into parts",
                       HW_IMPORT_ROWS_MAX, HW_IMPORT_CELLS_MAX);
    return HW_OK;
}

/* The most frequent width of the first lines, and how many have it. */
static uint32_t usual_width(const struct hw_import_table *table, size_t lines, size_t *rows)
{
    uint32_t best = 0;
    *rows = 0;
    for (size_t i = 0; i < lines; i++) {
        size_t same = 0;
        for (size_t k = 0; k < lines; k++)
            same += table->lines[k].place == HW_IMPORT_ROW && table->lines[k].width == table->lines[i].width;
        if (table->lines[i].place == HW_IMPORT_ROW && same > *rows) {
            *rows = same;
            best = table->lines[i].width;
        }
    }
    return best;
}

/* Rows of one width, and not of two cells, which a comma in every sentence gives: a table whatever stands in it. */
static bool steady(const struct hw_import_table *table)
{
    size_t lines = table->n < TRY_LINES ? table->n : TRY_LINES, rows = 0;
    uint32_t width = usual_width(table, lines, &rows);
    return width > 2 && rows > 1 && rows * 2 > lines;
}

/* How well a form fits. */
static size_t score(const struct hw_import_table *table, const struct hw_import_heads *heads)
{
    size_t lines = table->n < TRY_LINES ? table->n : TRY_LINES, best = 0, rows = 0;
    for (size_t i = 0; i < lines; i++) {
        const struct hw_import_line *line = &table->lines[i];
        size_t known = 0;
        for (size_t k = 0; k < line->n && line->place == HW_IMPORT_ROW; k++)
            known += hw_import_head(heads, line->cells[k].text) != NULL;
        best = known > best ? known : best;
    }
    uint32_t width = usual_width(table, lines, &rows);
    if (width < 2)
        return best * HEAD_WEIGHT;
    return best * HEAD_WEIGHT + 500 * rows / lines + (width < 100 ? width : 100);
}

enum hw_status hw_import_table_read(struct hw_slice text, const struct hw_import_heads *heads, struct hw_arena *arena,
                                    struct hw_import_table *table, struct hw_err *err)
{
    static const struct {
        enum hw_import_form form;
        char separator;
    } forms[] = {{HW_IMPORT_SEPARATED, ','}, {HW_IMPORT_SEPARATED, ';'}, {HW_IMPORT_SEPARATED, '\t'},
                 {HW_IMPORT_SEPARATED, '|'}, {HW_IMPORT_SEPARATED, '/'}, {HW_IMPORT_GRID, '|'}, {HW_IMPORT_BARS, '|'},      {HW_IMPORT_CELL_LINES, '|'}};
    struct hw_slice beginning = text;
    if (text.n > TRY_BYTES) {
        const uint8_t *end = memrchr(text.p, '\n', TRY_BYTES);
        beginning.n = end != NULL ? (size_t)(end - text.p) + 1 : TRY_BYTES;
    }
    /* Bars between quoted cells are a CSV dialect, no drawing of a table. */
    struct hw_slice start = hw_import_trim(beginning);
    bool quoted = start.n > 0 && start.p[0] == '"';
    size_t best = 0, best_score = 0;
    bool best_steady = false;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (forms[i].separator == '|' && quoted != (forms[i].form == HW_IMPORT_SEPARATED))
            continue;
        HW_CLEANUP(hw_arena_done) struct hw_arena scratch;
        struct hw_import_table tried;
        hw_arena_init(&scratch);
        if (form_read(beginning, forms[i].form, forms[i].separator, heads, &scratch, &tried, NULL) != HW_OK)
            continue;
        size_t fit = score(&tried, heads);
        /* Slashes stand in dates and in prose. */
        if (forms[i].separator == '/' && fit < 3000)
            continue;
        if (fit > best_score) {
            best_score = fit;
            best_steady = steady(&tried);
            best = i;
        }
    }
    /* One head alone may be the heading of a list. A person who names columns says that it is a table. */
    if (best_score < 2 * HEAD_WEIGHT && !best_steady && heads->named_n == 0 && hw_outline_is(beginning))
        return form_read(text, HW_IMPORT_OUTLINE, 0, heads, arena, table, err);
    return form_read(text, forms[best].form, forms[best].separator, heads, arena, table, err);
}
