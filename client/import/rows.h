/* rows.h: the rows that go to the daemon.  Floor 2, noun: import rows. */
#ifndef CLIENT_IMPORT_ROWS_H
#define CLIENT_IMPORT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/import/book.h"
#include "client/import/cell.h"
#include "client/import/map.h"
#include "headway/cbor.h"

/* keys (key.c): how often a natural key was met */

struct hw_import_keys {
    struct hw_arena *arena;
    struct hw_import_key *slot; /* open addressing; arena */
    size_t n, cap;
};
/* The key itself the first time it is met in a file, then "key|2", "key|3":
 * the same rows in the same order get the same keys at every office. Arena string. */
const char *hw_import_key_next(struct hw_import_keys *keys, const char *key);

struct hw_import_value {
    const char *field; /* "comment" for a comment */
    struct hw_slice text;
    uint32_t column;
    bool copied; /* said by another cell or by the table: not the text of this one */
};
/* How the node that exported a value had read it. */
struct hw_import_meant {
    size_t value; /* of the row */
    const char *text;
};
struct hw_import_row {
    const char *kind; /* "item", "member", ...; "plan" and "group": the ones that the rows go to */
    uint32_t line;
    size_t source; /* number of the book's line */
    const struct hw_import_map *map; /* of its table; NULL for an outline */
    uint32_t parent; /* number of the parent's row, from 1; 0 none */
    const char *key;
    const char *id, *parent_id, *base, *group; /* of a file that Headway exported; else NULL */
    struct hw_import_value *values;
    size_t n, cap;
    struct hw_import_meant *meant; /* rising; room for the columns of its table, NULL when it is none of ours */
    size_t meant_n;
    const char *rest; /* "" when nothing is left */
    size_t rest_n, rest_cap; /* its length; room behind it, 0 while it is the empty constant */
    const char *problem; /* NULL when sound */
    uint32_t problem_column;
    struct hw_slice problem_value;
};
/* Values of one column that their field does not know; they stay as text. */
struct hw_import_unread {
    const char *column, *field;
    size_t n;
    uint32_t line; /* of the first */
    struct hw_slice value;
};
struct hw_import_rows {
    const struct hw_import_answers *answers; /* of the book; may be NULL */
    struct hw_import_row *row; /* row i has number i + 1 */
    size_t n, cap;
    size_t problems;
    size_t sought; /* own.c: subjects looked for */
    const char *only; /* the group whose rows are sent; NULL: all */
    struct hw_slice plan_title; /* the heading of the plan, empty when there is none */
    struct hw_import_note *note;
    size_t notes_n, notes_cap;
    struct hw_import_unread *unread;
    size_t unread_n, unread_cap;
    size_t typed, text, kept; /* cells: read as a value of a type, as text of a field or a comment, kept in `rest` */
    uint32_t *carrier; /* per line of the book: the (first) row that holds its text, 0 none */
    struct hw_slice alias; /* a country word read as another code: TAJ */
    const char *alias_code; /* TJK; NULL when there was none */
    struct hw_slice prefix; /* the first country prefix met */
};

/* A row of `kind` for the book's line `source`. */
struct hw_import_row *hw_import_row_add(struct hw_import_rows *rows, struct hw_arena *arena, const char *kind,
                                        size_t source, uint32_t line);
/* Fills one row and, where the line has a deliverable, the row after it. Cells
 * that cannot be taken make a problem of the row. */
void hw_import_row_fill(const struct hw_import_table *table, size_t line, struct hw_arena *arena,
                        struct hw_import_keys *keys, struct hw_import_rows *rows, struct hw_import_number *number);
/* A value; `copied` as in the struct. */
void hw_import_row_value(struct hw_import_row *row, struct hw_arena *arena, struct hw_import_value value);
/* Keeps what no field took: in `rest`, or in a comment when that is full. */
void hw_import_row_keep(struct hw_import_row *row, struct hw_arena *arena, const char *name, struct hw_slice text,
                        uint32_t column);
void hw_import_row_problem(struct hw_import_rows *rows, struct hw_import_row *row, const char *problem,
                           uint32_t column, struct hw_slice value);
/* Counts a value that is kept as text because `field` does not know it; equal values of one column are one entry. */
void hw_import_unread(struct hw_import_rows *rows, struct hw_arena *arena, const char *column, const char *field,
                      uint32_t line, struct hw_slice value);
/* What a person has answered for a value of a column; NULL when nobody has. */
const struct hw_slice *hw_import_answer(const struct hw_import_answers *answers, const char *column,
                                        struct hw_slice value);
/* An answer for a value, and one with its folded key, as it is remembered. */
void hw_import_answers_value(struct hw_import_answers *answers, struct hw_arena *arena, const char *column,
                             struct hw_slice value, struct hw_slice text);
void hw_import_answers_add(struct hw_import_answers *answers, struct hw_arena *arena, const char *key,
                           struct hw_slice text);
void hw_import_answers_deny(struct hw_import_answers *answers, struct hw_arena *arena, uint32_t line);
/* Whether a person has said no to what was inferred about a line. */
bool hw_import_denied(const struct hw_import_answers *answers, uint32_t line);
/* One sentence for a person; `text` is an arena string. */
void hw_import_note(struct hw_import_rows *rows, struct hw_arena *arena, uint32_t line, const char *text);
/* Whether a line prints the heads again, as on every page of a long table. */
bool hw_import_heads_again(const struct hw_import_table *table, size_t line);

/* take.c: the entries of a cell of references, as values that are `copied`. */
void hw_import_references(struct hw_import_row *row, struct hw_arena *arena, const struct hw_import_cell *cell);
/* preamble.c: what the text above a table says: rows of members, and of the
 * plan when a line is its heading. Gives the number of the plan's row, or 0. */
uint32_t hw_import_preamble(const struct hw_import_table *table, struct hw_import_rows *rows,
                            struct hw_import_keys *keys);

/* Rows of all tables. Errors: LIMIT, DECISION (no row under the heads). */
HW_MUST_USE enum hw_status hw_import_rows_make(const struct hw_import_book *book, struct hw_import_rows *rows,
                                               struct hw_err *err);
/* Whether the row is of another group than those that are sent. */
bool hw_import_row_elsewhere(const struct hw_import_rows *rows, const struct hw_import_row *row);
/* A column as people know it: "Deadline", or "Plan!Deadline" in a workbook. */
const char *hw_import_column_said(const struct hw_import_row *row, uint32_t column, struct hw_arena *arena);
/* Writes the array of rows of headway/ctl.h. */
void hw_import_rows_put(const struct hw_import_rows *rows, struct hw_arena *arena, struct hw_out *out);

/* check (check.c) */

struct hw_import_tally {
    size_t cells, kept; /* filled cells of the file; those found again in the rows */
    uint32_t line;      /* of the first one that is missing */
    struct hw_slice missing;
};
/* Looks every filled cell up in the rows. True when none is missing. */
bool hw_import_check(const struct hw_import_book *book, const struct hw_import_rows *rows,
                     struct hw_import_tally *tally);

#endif
