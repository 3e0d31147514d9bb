/* page.h: tables and the text around them, as they come out of a document.  Floor 2, noun: import page.
 * A reader says where paragraphs, tables, rows and cells begin and end; the page
 * makes tables of a book of it: one of form MARKUP for each table, and one of
 * form OUTLINE for each stretch of paragraphs. A table inside a cell becomes
 * text of the cell, a line for each of its rows. */
#ifndef CLIENT_IMPORT_PAGE_H
#define CLIENT_IMPORT_PAGE_H

#include "client/import/book.h"
#include "client/import/run.h"

struct hw_import_span {
    struct hw_slice text; /* of the cell that reaches down here; empty when it is too long to be said again */
    uint32_t rows;        /* that it covers yet */
};
struct hw_import_page {
    struct hw_import_book *book;
    struct hw_import_gather gather;
    uint32_t line; /* set by the reader: of what comes next */
    unsigned tables; /* inside each other, at the place in hand */
    struct hw_import_run cell;
    struct hw_import_span *spans; /* by column */
    uint32_t spanned;             /* columns from here on have none */
    uint32_t column, across, down;
    uint32_t row_line;
    uint32_t last; /* line of the last row or paragraph: no two have the same, as in a page without line ends */
    bool in_row, in_cell, fresh; /* `fresh`: a new row of an inner table */
    const char **asides;         /* arena: what belongs to the row or paragraph in hand */
    size_t asides_n, asides_cap;
    size_t lines, cells; /* of all tables */
    const char *limit;   /* what there is too much of; NULL */
};
void hw_import_page_begin(struct hw_import_page *page, struct hw_import_book *book);
/* Ends what is open. Errors: LIMIT. */
HW_MUST_USE enum hw_status hw_import_page_end(struct hw_import_page *page, struct hw_err *err);
void hw_import_page_done(struct hw_import_page *page);

/* A paragraph: a line of the outline, or of the cell in hand. */
void hw_import_page_paragraph(struct hw_import_page *page, enum hw_import_mark mark, uint32_t depth,
                              struct hw_slice text);
/* What stands beside the row or paragraph in hand: a footnote, where a link leads. */
void hw_import_page_aside(struct hw_import_page *page, const char *text);
void hw_import_page_table(struct hw_import_page *page);
void hw_import_page_table_end(struct hw_import_page *page);
void hw_import_page_row(struct hw_import_page *page);
void hw_import_page_row_end(struct hw_import_page *page);
/* A cell over `across` columns and `down` rows, at least one each. */
void hw_import_page_cell(struct hw_import_page *page, uint32_t across, uint32_t down);
/* A cell that goes on with the one above it (of a document). */
void hw_import_page_cell_again(struct hw_import_page *page, uint32_t across);
/* Leaves columns of a row free. */
void hw_import_page_gap(struct hw_import_page *page, uint32_t columns);
void hw_import_page_cell_end(struct hw_import_page *page);

#endif
