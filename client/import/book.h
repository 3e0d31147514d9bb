/* book.h: a file as tables, lines and cells, whatever its form.  Floor 2, noun: import book.
 * A reader of a form fills tables; nothing behind it knows the form. */
#ifndef CLIENT_IMPORT_BOOK_H
#define CLIENT_IMPORT_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/import/limits.h"
#include "client/import/text.h"
#include "headway/bytes.h"
#include "headway/status.h"

struct hw_import_heads;

enum hw_import_fault {
    HW_IMPORT_SOUND,
    HW_IMPORT_QUOTE, /* a quote that is never closed */
    HW_IMPORT_WIDE,  /* more than HW_IMPORT_COLUMNS_MAX cells */
    HW_IMPORT_LONG,  /* a cell over HW_IMPORT_CELL_MAX; it stands in `cells` cut short */
    HW_IMPORT_SHORT  /* the last row of a file with one cell per line lacks cells */
};
enum hw_import_place {
    HW_IMPORT_ROW,    /* a row of the table */
    HW_IMPORT_RULE,   /* |---|---| of a Markdown table: holds nothing */
    HW_IMPORT_OUTSIDE /* text around a table of bars */
};
/* What stands before the text of an outline's line. */
enum hw_import_mark { HW_IMPORT_PLAIN, HW_IMPORT_BULLET, HW_IMPORT_NUMBER, HW_IMPORT_HEADING };
struct hw_import_cell {
    uint32_t column; /* from 0 */
    /* The text of a merged cell that began in a line above: what its column
     * says here too, but not text of the file a second time. */
    bool copied;
    struct hw_slice text; /* trimmed, never empty */
};
struct hw_import_line {
    uint32_t line;  /* of the file, from 1, where the row begins */
    uint32_t width; /* cells, empty ones too */
    enum hw_import_fault fault;
    enum hw_import_place place;
    struct hw_import_cell *cells; /* the filled ones, by column */
    size_t n;
    enum hw_import_mark mark; /* of an outline's line */
    uint32_t depth;           /* of an outline's line: 0 outermost */
    struct hw_slice was;      /* of a cell that an answer has replaced */
};
enum hw_import_form {
    HW_IMPORT_SEPARATED,  /* CSV and its kin */
    HW_IMPORT_BARS,       /* | a | b |, Markdown, drawn boxes */
    HW_IMPORT_GRID,       /* drawn with strokes, cells of several lines */
    HW_IMPORT_CELL_LINES, /* bars with a cell per line */
    HW_IMPORT_SHEET,      /* of a workbook */
    HW_IMPORT_MARKUP,     /* of a page or a document */
    HW_IMPORT_OBJECTS,    /* of a file of JSON: several cells of a line may be of one column, and none is trimmed */
    HW_IMPORT_OUTLINE     /* no table at all: headings, paragraphs, bullets; one cell a line */
};
struct hw_import_map;
struct hw_import_table {
    struct hw_arena *arena;
    const char *name; /* of the sheet; NULL when there is none */
    size_t first;     /* number of its first line among all lines of the book */
    struct hw_import_map *map; /* NULL until found, and when its heads say nothing */
    enum hw_import_form form;
    char separator; /* of HW_IMPORT_SEPARATED */
    struct hw_import_line *lines; /* none of them empty */
    size_t n, cap, cells;
};
/* What was read by inference: true as far as we know, for a person to look at. */
struct hw_import_note {
    uint32_t line;
    const char *text; /* one sentence: what stands there and how it was read */
};

/* What a person has answered about a file (review.c). */
struct hw_import_answers {
    struct hw_import_answer {
        const char *key; /* "column: value", folded: what stands for that value in all rows */
        struct hw_slice text; /* "-": leave it as text, and do not ask again */
    } *answer;
    size_t n, cap;
    uint32_t *denied; /* lines of notes that are not so */
    size_t denied_n, denied_cap;
};

/* What a file holds. */
struct hw_import_book {
    const struct hw_import_answers *answers; /* NULL for none */
    struct hw_arena *arena;
    const char *form;     /* for people: "CSV", "workbook", "page" */
    const char *encoding; /* "UTF-8", "CP1251" ... */
    struct hw_import_table *tables;
    size_t n, cap;
    size_t lines; /* of all tables */
    struct hw_import_note *note; /* of the readers */
    size_t notes_n, notes_cap;
};

/* A new table at the end; the pointer is good until the next one. */
struct hw_import_table *hw_import_book_table(struct hw_import_book *book, enum hw_import_form form, const char *name);
/* One sentence for a person; `text` is an arena string. */
void hw_import_book_note(struct hw_import_book *book, uint32_t line, const char *text);
/* Numbers the lines through, when all tables are read. */
void hw_import_book_seal(struct hw_import_book *book);
/* The table that the book's nth line stands in; nth < lines. */
const struct hw_import_table *hw_import_book_at(const struct hw_import_book *book, size_t nth);
/* Finds what the bytes are and reads them all. Errors: LIMIT, USAGE (nothing
 * that can be read), FAILED. */
HW_MUST_USE enum hw_status hw_import_book_read(struct hw_slice bytes, const struct hw_import_heads *heads,
                                               struct hw_arena *arena, struct hw_import_book *book,
                                               struct hw_err *err);

/* One table of text, whichever of the forms of text it has: finds the form and
 * reads it. Errors: LIMIT, FAILED (no memory in the CSV reader). */
HW_MUST_USE enum hw_status hw_import_table_read(struct hw_slice text, const struct hw_import_heads *heads,
                                                struct hw_arena *arena, struct hw_import_table *table,
                                                struct hw_err *err);
/* The table's line with this number in the file, or NULL; lines rise. */
const struct hw_import_line *hw_import_table_line(const struct hw_import_table *table, uint32_t line);
/* Empty slice when the cell is empty or not there. */
struct hw_slice hw_import_cell(const struct hw_import_line *line, uint32_t column);

/* For the readers of the forms: a line being gathered. */
struct hw_import_gather {
    struct hw_import_table *table;
    struct hw_import_cell *cells; /* heap, used again for every line */
    size_t n, cap;
    size_t copied; /* of them */
    uint32_t width;
    enum hw_import_fault fault;
    enum hw_import_mark mark; /* of an outline's line */
    uint32_t depth;
    enum hw_status status; /* LIMIT once the table is too large */
};
void hw_import_gather_cell(struct hw_import_gather *gather, struct hw_slice text, bool copy);
/* The next cell stands in this column, unless others stand there already. */
void hw_import_gather_to(struct hw_import_gather *gather, uint32_t column);
/* A cell that a merged one of a line above covers; its text stays where it is. */
void hw_import_gather_copied(struct hw_import_gather *gather, struct hw_slice text);
/* Ends the line; one without text of its own is dropped. */
void hw_import_gather_line(struct hw_import_gather *gather, uint32_t line, enum hw_import_place place);
void hw_import_gather_done(struct hw_import_gather *gather);
/* Reads nothing where no table is drawn. */
void hw_import_grid_read(struct hw_slice text, struct hw_import_gather *gather);
void hw_import_bars_read(struct hw_slice text, struct hw_import_gather *gather);
void hw_import_cell_lines_read(struct hw_slice text, const struct hw_import_heads *heads,
                               struct hw_import_gather *gather);

#endif
