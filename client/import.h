/* import.h: a tracker file becomes import rows for the daemon.  Floor 2, noun: import.
 * Four steps, each a function of what the one before gave, none of which knows
 * the socket: file -> text -> table of cells -> map of columns -> rows. A fifth
 * compares the rows with the cells, so that nothing is lost on the way. All
 * memory is the caller's arena. */
#ifndef CLIENT_IMPORT_H
#define CLIENT_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "headway/bytes.h"
#include "headway/cbor.h"
#include "headway/status.h"
#include "headway/when.h"

/* Limits. A file over one of the first three is refused; the others make a
 * problem of the row and leave the rest of the file alone. */
enum {
    /* The largest real tracker met has 0.6 MB; a request may have 32 MiB
     * (HW_CTL_MAX), and UTF-16 has two bytes for one. */
    HW_IMPORT_FILE_MAX = 64 * 1024 * 1024,
    /* Twice the rows that fit a request; beyond it is no tracker but a data set. */
    HW_IMPORT_ROWS_MAX = 200000,
    /* Filled cells: a full table of 200,000 rows and 20 columns. Bounds the
     * memory (100 MB), because a hostile file has a cell in every second byte. */
    HW_IMPORT_CELLS_MAX = 4000000,
    /* Trackers have up to 30 columns, data sets of statistics offices hundreds. */
    HW_IMPORT_COLUMNS_MAX = 1000,
    /* The longest comment (schema.c): what is longer fits no field at all. */
    HW_IMPORT_CELL_MAX = 60000,
    /* Entries of one cell that holds a set: an event has 256 operations
     * (HW_OPS_MAX), and an item four sets beside its other fields. */
    HW_IMPORT_PARTS_MAX = 50,
    /* Bytes of `rest`: with the file's name it must fit the field `source` of
     * 4096 bytes. What does not fit becomes a comment. */
    HW_IMPORT_REST_MAX = 3500
};

/* text (import_text.c) */

struct hw_import_text {
    struct hw_slice text; /* UTF-8 without byte order mark, line ends "\n"; arena */
    const char *encoding; /* "UTF-8", "UTF-16LE", "UTF-16BE", "CP1252", "CP1251" */
};

/* Reads a whole file. Errors: NOT_FOUND, IO, LIMIT, USAGE (no text file). */
HW_MUST_USE enum hw_status hw_import_text_read(const char *path, struct hw_arena *arena, struct hw_import_text *text,
                                               struct hw_err *err);
/* The same from bytes. Errors: LIMIT, USAGE. */
HW_MUST_USE enum hw_status hw_import_text_decode(struct hw_slice bytes, struct hw_arena *arena,
                                                 struct hw_import_text *text, struct hw_err *err);
/* Without blanks at both ends; the no-break space, which spreadsheets leave in
 * empty cells, is a blank too. */
struct hw_slice hw_import_trim(struct hw_slice text);

/* heads (import_map.c): what a column head means */

struct hw_import_named {
    const char *head;  /* as typed in --map, folded */
    const char *field; /* of the item, or "comment", "deliverables", "rest" */
    bool used;
};
struct hw_import_heads {
    struct hw_arena *arena;
    struct hw_import_named *named; /* from --map */
    size_t named_n;
};
/* Takes "Header=field". Errors: USAGE with the nearest field. */
HW_MUST_USE enum hw_status hw_import_heads_add(struct hw_import_heads *heads, const char *typed, struct hw_err *err);
/* The field that a head names, or NULL. A blank head names none unless --map
 * says so. */
const char *hw_import_head(const struct hw_import_heads *heads, struct hw_slice head);

/* table (import_table.c, import_bars.c) */

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
struct hw_import_cell {
    uint32_t column;      /* from 0 */
    struct hw_slice text; /* trimmed, never empty */
};
struct hw_import_line {
    uint32_t line;  /* of the file, from 1, where the row begins */
    uint32_t width; /* cells, empty ones too */
    enum hw_import_fault fault;
    enum hw_import_place place;
    struct hw_import_cell *cells; /* the filled ones, by column */
    size_t n;
};
enum hw_import_form { HW_IMPORT_SEPARATED, HW_IMPORT_BARS, HW_IMPORT_CELL_LINES };
struct hw_import_table {
    struct hw_arena *arena;
    enum hw_import_form form;
    char separator; /* of HW_IMPORT_SEPARATED */
    struct hw_import_line *lines; /* none of them empty */
    size_t n, cap, cells;
};

/* Finds the form and reads the table. Errors: LIMIT, FAILED (no memory in
 * the CSV reader). */
HW_MUST_USE enum hw_status hw_import_table_read(struct hw_slice text, const struct hw_import_heads *heads,
                                                struct hw_arena *arena, struct hw_import_table *table,
                                                struct hw_err *err);
/* Empty slice when the cell is empty or not there. */
struct hw_slice hw_import_cell(const struct hw_import_line *line, uint32_t column);

/* For the readers of the forms: a line being gathered. */
struct hw_import_gather {
    struct hw_import_table *table;
    struct hw_import_cell *cells; /* heap, used again for every line */
    size_t n, cap;
    uint32_t width;
    enum hw_import_fault fault;
    enum hw_status status; /* LIMIT once the table is too large */
};
void hw_import_gather_cell(struct hw_import_gather *gather, struct hw_slice text, bool copy);
/* Ends the line; an empty one is dropped. */
void hw_import_gather_line(struct hw_import_gather *gather, uint32_t line, enum hw_import_place place);
void hw_import_gather_done(struct hw_import_gather *gather);
void hw_import_bars_read(struct hw_slice text, struct hw_import_gather *gather);
void hw_import_cell_lines_read(struct hw_slice text, const struct hw_import_heads *heads,
                               struct hw_import_gather *gather);

/* map (import_map.c) */

struct hw_import_column {
    struct hw_slice head; /* as printed, may be empty */
    const char *name;     /* for people: the head, cut, or "column 7" */
    const char *field;    /* NULL: goes to rest */
};
struct hw_import_map {
    size_t head; /* index of the head line in the table */
    uint32_t width;
    struct hw_import_column *columns;
    uint32_t title; /* column of the title */
    bool deliverable_titles; /* the title column is one of deliverables */
    bool numbered; /* titles begin with printed numbers */
    bool levels;   /* and some of them are of a lower level: 1.1 */
    enum hw_date_order order; /* what the time columns prove */
    uint32_t order_line; /* where */
    bool order_torn; /* some prove day first, others month first */
};

/* Finds the head line and what each column is. Errors: USAGE (a --map that
 * names no head), DECISION (no head understood, or no title). */
HW_MUST_USE enum hw_status hw_import_map_find(const struct hw_import_table *table, struct hw_import_heads *heads,
                                              struct hw_import_map *map, struct hw_err *err);
/* "Responsible", or "column 7" when the head is empty or there is none. */
const char *hw_import_column_name(const struct hw_import_map *map, uint32_t column, struct hw_arena *arena);

/* cells (import_cell.c): what stands inside one cell */

/* A number as printed at the start of a title. */
enum { HW_IMPORT_LEVELS_MAX = 6 }; /* real plans have three */
struct hw_import_number {
    struct hw_slice text; /* "1)", "3.3." */
    unsigned part[HW_IMPORT_LEVELS_MAX];
    size_t levels; /* 0: no number */
};
/* Takes "1.1 " off `text`; false and nothing changed when there is none. */
bool hw_import_number_take(struct hw_slice *text, struct hw_import_number *number);
/* The same for a cell that is nothing but a number. */
bool hw_import_number_read(struct hw_slice text, struct hw_import_number *number);
/* Takes "KAZ:" or "KAZ/TKM:" off `text` and gives the words (at most `max`).
 * 0 and nothing changed when a word is no known country. */
size_t hw_import_country_take(struct hw_slice *text, struct hw_slice *words, size_t max);
/* The nth part of a cell that holds a set; false at the end. `*at` starts at 0. */
bool hw_import_part(struct hw_slice cell, bool commas, size_t *at, struct hw_slice *part);
/* Without the marks of HTML (p, ul, li, br, b, ...) and Markdown (**). Returns
 * the same slice when there are none. */
struct hw_slice hw_import_plain(struct hw_slice text, struct hw_arena *arena);
/* Without blanks, separators and colons: what must come through an import. */
struct hw_slice hw_import_squeeze(struct hw_slice text, struct hw_arena *arena);

/* keys (import_key.c): how often a natural key was met */

struct hw_import_keys {
    struct hw_arena *arena;
    struct hw_import_key *slot; /* open addressing; arena */
    size_t n, cap;
};
/* The key itself the first time it is met in a file, then "key|2", "key|3":
 * the same rows in the same order get the same keys at every office. Arena string. */
const char *hw_import_key_next(struct hw_import_keys *keys, const char *key);

/* rows (import_rows.c, import_row.c) */

struct hw_import_value {
    const char *field; /* "comment" for a comment */
    struct hw_slice text;
    uint32_t column;
    bool copied; /* said by another cell or by the table: not the text of this one */
};
struct hw_import_row {
    uint32_t line;
    size_t source; /* index of the table line */
    uint32_t parent; /* number of the parent's row, from 1; 0 none */
    const char *key;
    struct hw_import_value *values;
    size_t n, cap;
    const char *rest; /* "" when nothing is left */
    size_t rest_n, rest_cap; /* its length; room behind it, 0 while it is the empty constant */
    const char *problem; /* NULL when sound */
    uint32_t problem_column;
    struct hw_slice problem_value;
};
struct hw_import_rows {
    struct hw_import_row *row; /* row i has number i + 1 */
    size_t n, cap;
    size_t problems;
    uint32_t *carrier; /* per line of the table: the (first) row that holds its text, 0 none */
    struct hw_slice alias; /* a country word read as another code: TAJ */
    const char *alias_code; /* TJK; NULL when there was none */
    struct hw_slice prefix; /* the first country prefix met */
};

/* Fills one row and, where the line has a deliverable, the row after it. Cells
 * that cannot be taken make a problem of the row. */
void hw_import_row_fill(const struct hw_import_table *table, const struct hw_import_map *map, size_t line,
                        struct hw_arena *arena, struct hw_import_keys *keys, struct hw_import_rows *rows,
                        struct hw_import_number *number);
struct hw_import_row *hw_import_row_add(struct hw_import_rows *rows, struct hw_arena *arena, size_t source,
                                        uint32_t line);
/* A value; `copied` as in the struct. */
void hw_import_row_value(struct hw_import_row *row, struct hw_arena *arena, struct hw_import_value value);
/* Keeps what no field took: in `rest`, or in a comment when that is full. */
void hw_import_row_keep(struct hw_import_row *row, struct hw_arena *arena, const char *name, struct hw_slice text,
                        uint32_t column);
void hw_import_row_problem(struct hw_import_rows *rows, struct hw_import_row *row, const char *problem,
                           uint32_t column, struct hw_slice value);
/* Whether a line prints the heads again, as on every page of a long table. */
bool hw_import_heads_again(const struct hw_import_table *table, const struct hw_import_map *map, size_t line);

/* Errors: LIMIT, DECISION (no row under the heads). */
HW_MUST_USE enum hw_status hw_import_rows_make(const struct hw_import_table *table, const struct hw_import_map *map,
                                               struct hw_arena *arena, struct hw_import_rows *rows,
                                               struct hw_err *err);
/* Writes the array of rows of headway/ctl.h. */
void hw_import_rows_put(const struct hw_import_rows *rows, const struct hw_import_map *map, struct hw_arena *arena,
                        struct hw_out *out);

/* check (import_check.c) */

struct hw_import_tally {
    size_t cells, kept; /* filled cells of the file; those found again in the rows */
    uint32_t line;      /* of the first one that is missing */
    struct hw_slice missing;
};
/* Looks every filled cell up in the rows. True when none is missing. */
bool hw_import_check(const struct hw_import_table *table, const struct hw_import_map *map,
                     const struct hw_import_rows *rows, struct hw_import_tally *tally);

#endif
