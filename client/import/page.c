/* page.c: tables and the text around them, as they come out of a document.
 * Floor 2, noun: import page. */
#include "client/import/page.h"

#include <string.h>

/* A longer text of a cell over several rows is not said again in each. */
enum { COPIED_BYTES_MAX = 200 };
/* What a cell covers in HTML at most (its specification, "colspan" and "rowspan"). */
enum { ACROSS_MAX = 1000, DOWN_MAX = 65534 };
/* Footnotes and links of one row. */
enum { ASIDES_MAX = 1000 };

void hw_import_page_begin(struct hw_import_page *page, struct hw_import_book *book)
{
    *page = (struct hw_import_page){.book = book, .line = 1};
    page->spans = hw_arena_zero(book->arena, HW_IMPORT_COLUMNS_MAX, sizeof *page->spans);
}

static void count(struct hw_import_page *page)
{
    page->lines++;
    page->cells += page->gather.n;
    if (page->lines > HW_IMPORT_ROWS_MAX || page->cells > HW_IMPORT_CELLS_MAX)
        page->limit = "rows";
}

/* The number of a new row or paragraph. */
static uint32_t line_begin(struct hw_import_page *page)
{
    page->last = page->line > page->last ? page->line : page->last + 1;
    return page->last;
}

static void line_end(struct hw_import_page *page, uint32_t line, enum hw_import_place place)
{
    count(page);
    if (page->limit == NULL) {
        hw_import_gather_line(&page->gather, line, place);
        return;
    }
    page->gather.n = page->gather.copied = 0;
    page->gather.width = 0;
}

/* Turns to a new table; one without a line is used again. */
static void turn_to(struct hw_import_page *page, enum hw_import_form form)
{
    struct hw_import_book *book = page->book;
    if (book->n > 0 && book->tables[book->n - 1].n == 0)
        book->n--;
    if (book->n == HW_IMPORT_TABLES_MAX) {
        page->limit = "tables";
        book->n--;
    }
    page->gather.table = hw_import_book_table(book, form, NULL);
}

static bool in_outline(const struct hw_import_page *page)
{
    return page->gather.table != NULL && page->gather.table->form == HW_IMPORT_OUTLINE;
}

/* A paragraph of several lines is several lines of the outline: people break
 * lines where others begin an entry. */
static void put_line(struct hw_import_page *page, enum hw_import_mark mark, uint32_t depth, struct hw_slice text)
{
    for (size_t at = 0; at < text.n && page->limit == NULL;) {
        const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
        size_t n = end != NULL ? (size_t)(end - (text.p + at)) : text.n - at;
        struct hw_slice line = hw_import_trim((struct hw_slice){text.p + at, n});
        at += n + 1;
        if (line.n == 0)
            continue;
        if (!in_outline(page))
            turn_to(page, HW_IMPORT_OUTLINE);
        page->gather.mark = mark;
        page->gather.depth = depth;
        hw_import_gather_cell(&page->gather, line, true);
        line_end(page, line_begin(page), HW_IMPORT_ROW);
        mark = HW_IMPORT_PLAIN;
    }
}

static void put_asides(struct hw_import_page *page)
{
    for (size_t i = 0; i < page->asides_n; i++)
        put_line(page, HW_IMPORT_PLAIN, 0, hw_slice_text(page->asides[i]));
    page->asides_n = 0;
}

void hw_import_page_paragraph(struct hw_import_page *page, enum hw_import_mark mark, uint32_t depth,
                              struct hw_slice text)
{
    if (page->in_cell) {
        if (hw_import_trim(text).n > 0 && !page->fresh)
            hw_import_run_break(&page->cell);
        page->fresh = false;
        hw_import_run_add(&page->cell, hw_import_trim(text));
        return;
    }
    text = hw_import_trim(text);
    if (page->tables == 0) {
        put_line(page, mark, depth, text);
        put_asides(page);
    } else if (text.n > 0) { /* between the cells of a table, or its caption */
        hw_import_page_aside(page, hw_arena_text(page->book->arena, text.p, text.n));
    }
}

void hw_import_page_aside(struct hw_import_page *page, const char *text)
{
    if (page->asides_n == ASIDES_MAX || strlen(text) > HW_IMPORT_CELL_MAX) {
        page->limit = "footnotes and links of one row";
        return;
    }
    if (page->asides_n == page->asides_cap) {
        size_t cap = page->asides_cap == 0 ? 8 : page->asides_cap * 2;
        const char **more = hw_arena_alloc(page->book->arena, cap * sizeof *more);
        if (page->asides_n > 0)
            memcpy(more, page->asides, page->asides_n * sizeof *more);
        page->asides = more;
        page->asides_cap = cap;
    }
    page->asides[page->asides_n++] = text;
}

void hw_import_page_table(struct hw_import_page *page)
{
    page->tables++;
    if (page->tables > 1) {
        hw_import_run_break(&page->cell);
        return;
    }
    put_asides(page);
    turn_to(page, HW_IMPORT_MARKUP);
    memset(page->spans, 0, HW_IMPORT_COLUMNS_MAX * sizeof *page->spans);
    page->spanned = 0;
}

void hw_import_page_table_end(struct hw_import_page *page)
{
    if (page->tables == 0)
        return;
    if (page->tables == 1) {
        hw_import_page_row_end(page);
    } else {
        hw_import_run_break(&page->cell);
        page->fresh = false;
    }
    page->tables--;
    if (page->tables == 0)
        put_asides(page);
}

void hw_import_page_row(struct hw_import_page *page)
{
    if (page->tables > 1) {
        hw_import_run_break(&page->cell);
        page->fresh = true;
    }
    if (page->tables != 1)
        return;
    hw_import_page_row_end(page);
    page->in_row = true;
    page->column = 0;
    page->row_line = line_begin(page);
}

/* Says what reaches down from above, up to the next free column. */
static void pass_spans(struct hw_import_page *page, bool all)
{
    for (; page->column < page->spanned; page->column++) {
        struct hw_import_span *span = &page->spans[page->column];
        if (span->rows == 0 && !all)
            return;
        if (span->rows == 0)
            continue;
        span->rows--;
        hw_import_gather_to(&page->gather, page->column);
        if (span->text.n > 0 && page->gather.width == page->column)
            hw_import_gather_copied(&page->gather, span->text);
    }
}

/* The remarks come before their row: text beside a table goes to the row that follows it. */
static void aside_lines(struct hw_import_page *page)
{
    struct hw_import_gather row = page->gather;
    page->gather = (struct hw_import_gather){.table = row.table, .status = row.status};
    for (size_t i = 0; i < page->asides_n; i++) {
        hw_import_gather_cell(&page->gather, hw_slice_text(page->asides[i]), false);
        line_end(page, page->row_line, HW_IMPORT_OUTSIDE);
    }
    row.status = page->gather.status;
    hw_import_gather_done(&page->gather);
    page->gather = row;
    page->asides_n = 0;
}

void hw_import_page_row_end(struct hw_import_page *page)
{
    if (page->tables != 1 || !page->in_row)
        return;
    hw_import_page_cell_end(page);
    pass_spans(page, true);
    aside_lines(page);
    line_end(page, page->row_line, HW_IMPORT_ROW);
    page->in_row = false;
}

void hw_import_page_cell(struct hw_import_page *page, uint32_t across, uint32_t down)
{
    if (page->tables > 1) {
        if (!page->fresh)
            hw_import_run_text(&page->cell, "\t");
        page->fresh = true; /* the next paragraph stays on this line */
        return;
    }
    if (page->tables != 1)
        return;
    if (!page->in_row)
        hw_import_page_row(page);
    hw_import_page_cell_end(page);
    pass_spans(page, false);
    page->across = across < 1 ? 1 : across < ACROSS_MAX ? across : ACROSS_MAX;
    page->down = down < 1 ? 1 : down < DOWN_MAX ? down : DOWN_MAX;
    page->in_cell = true;
    page->fresh = false;
    hw_import_run_clear(&page->cell);
}

void hw_import_page_cell_again(struct hw_import_page *page, uint32_t across)
{
    struct hw_slice above = {NULL, 0};
    hw_import_page_cell(page, across, 1);
    if (page->tables != 1 || page->column >= HW_IMPORT_COLUMNS_MAX)
        return;
    above = page->spans[page->column].text;
    hw_import_gather_to(&page->gather, page->column);
    if (above.n > 0 && page->gather.width == page->column)
        hw_import_gather_copied(&page->gather, above);
}

void hw_import_page_gap(struct hw_import_page *page, uint32_t columns)
{
    if (page->tables == 1 && page->in_row && !page->in_cell)
        page->column += columns < ACROSS_MAX ? columns : ACROSS_MAX;
}

/* The cells below it that it covers. */
static void span(struct hw_import_page *page, struct hw_slice text)
{
    for (uint32_t i = 0; i < page->across && page->column + i < HW_IMPORT_COLUMNS_MAX; i++) {
        struct hw_import_span *span = &page->spans[page->column + i];
        span->text = i == 0 && text.n <= COPIED_BYTES_MAX ? text : (struct hw_slice){NULL, 0};
        span->rows = page->down - 1;
        if (span->rows > 0 && page->column + i >= page->spanned)
            page->spanned = page->column + i + 1;
    }
}

void hw_import_page_cell_end(struct hw_import_page *page)
{
    if (page->tables != 1 || !page->in_cell)
        return;
    struct hw_slice text = hw_import_trim(hw_import_run_slice(&page->cell));
    page->in_cell = false;
    bool again = page->gather.n > 0 && page->gather.cells[page->gather.n - 1].column == page->column;
    if (again && text.n > 0) { /* its own text counts, not that from above */
        page->gather.n--;
        page->gather.copied--;
        page->gather.width = page->column;
    }
    size_t before = page->gather.n;
    if (text.n > 0) {
        hw_import_gather_to(&page->gather, page->column);
        hw_import_gather_cell(&page->gather, text, true);
    }
    bool kept = text.n > 0 && page->gather.n > before;
    if (!again || kept) /* what goes on from above may go on */
        span(page, kept ? page->gather.cells[before].text : (struct hw_slice){NULL, 0});
    page->column += page->across;
    hw_import_gather_to(&page->gather, page->column);
}

enum hw_status hw_import_page_end(struct hw_import_page *page, struct hw_err *err)
{
    while (page->tables > 0)
        hw_import_page_table_end(page);
    put_asides(page);
    if (page->book->n > 0 && page->book->tables[page->book->n - 1].n == 0)
        page->book->n--;
    if (page->limit != NULL)
        return hw_fail(err, HW_LIMIT, "the file has more than %d rows, %d filled cells or %d tables (%s); cut it into parts",
                       HW_IMPORT_ROWS_MAX, HW_IMPORT_CELLS_MAX, HW_IMPORT_TABLES_MAX, page->limit);
    return HW_OK;
}

void hw_import_page_done(struct hw_import_page *page)
{
    hw_import_gather_done(&page->gather);
    hw_import_run_done(&page->cell);
}
