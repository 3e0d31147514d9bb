/* map.h: what each column of a table is.  Floor 2, noun: import map. */
#ifndef CLIENT_IMPORT_MAP_H
#define CLIENT_IMPORT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/import/book.h"
#include "headway/when.h"

struct hw_import_named {
    const char *head;  /* as typed in --map, folded */
    const char *field; /* of the item, or "comment", "deliverables", "rest" */
    bool used;
    bool remembered; /* from the last import into the group: a file without that head is as good */
};
struct hw_import_heads {
    struct hw_arena *arena;
    struct hw_import_named *named; /* from --map, then what is remembered; the first of a head counts */
    size_t named_n;
};
/* Takes "Header=field". Errors: USAGE with the nearest field. */
HW_MUST_USE enum hw_status hw_import_heads_add(struct hw_import_heads *heads, const char *typed, struct hw_err *err);
/* The field that a head names, or NULL. A blank head names none unless --map
 * says so. */
const char *hw_import_head(const struct hw_import_heads *heads, struct hw_slice head);

struct hw_import_column {
    struct hw_slice head; /* as printed, may be empty */
    const char *name;     /* for people: the head, cut, or "column 7" */
    const char *field;    /* NULL: goes to rest */
};
struct hw_kind;
struct hw_import_map {
    bool own; /* Headway exported the table (own.h) */
    bool whole; /* of its rows each is a record as it was, not a row that somebody filled in */
    const struct hw_kind *kind; /* of an own table's rows; NULL: they are not read back */
    const char *sheet; /* of the table when the book has several named ones, else NULL */
    size_t head; /* index of the head line in the table */
    size_t body; /* of the first line behind the heads, which may be two lines and a row of column numbers */
    uint32_t width;
    struct hw_import_column *columns;
    uint32_t title; /* column of the title */
    bool title_guessed; /* no head names it: the column that reads most like one */
    bool deliverable_titles; /* the title column is one of deliverables */
    bool numbered; /* titles begin with printed numbers */
    bool levels;   /* and some of them are of a lower level: 1.1 */
    enum hw_date_order order; /* what the time columns prove */
    uint32_t order_line; /* where */
    bool order_torn; /* some prove day first, others month first */
};

/* head.c: heads may be two lines, the upper one naming groups of columns, and
 * have a row of column numbers below. The first line behind them. */
size_t hw_import_head_end(const struct hw_import_table *table, size_t head, const struct hw_import_heads *heads);
/* The head of a column from those lines. */
struct hw_slice hw_import_head_text(const struct hw_import_table *table, const struct hw_import_map *map,
                                    uint32_t column, const struct hw_import_heads *heads);
/* Finds the head line and what each column is. Errors: USAGE (a --map that
 * names no head), DECISION (no head understood, or no title). */
HW_MUST_USE enum hw_status hw_import_map_find(const struct hw_import_table *table, struct hw_import_heads *heads,
                                              struct hw_import_map *map, struct hw_err *err);
/* Finds the map of each table of a book. A table whose heads say nothing has
 * none, and its text is kept with the others; when no table has one, the error
 * is that of the first. */
HW_MUST_USE enum hw_status hw_import_book_map(struct hw_import_book *book, struct hw_import_heads *heads,
                                              struct hw_err *err);
/* "Responsible", or "column 7" when the head is empty or there is none; `map` may be NULL. */
const char *hw_import_column_name(const struct hw_import_map *map, uint32_t column, struct hw_arena *arena);

#endif
