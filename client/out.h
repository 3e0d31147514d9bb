/* out.h: text, tables and CSV for people.  Floor 2, noun: look (how to print),
 * table, csv. */
#ifndef CLIENT_OUT_H
#define CLIENT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "headway/bytes.h"

/* How stdout likes to be written to. */
struct hw_look {
    bool colour; /* a terminal, NO_COLOR unset, TERM not dumb */
    bool utf8;   /* the user's locale is UTF-8: arrows and bars, else ASCII */
    bool plain;  /* --plain: tab-separated, no head line, nothing cut */
    int width;   /* columns; 0: no terminal, nothing is cut */
};

/* Sets the locale's characters for the process; called once, by main, before the
 * first hw_look_of. */
void hw_look_start(void);
struct hw_look hw_look_of(FILE *to, bool plain);

/* Inks. Colour never carries meaning alone. */
enum hw_ink { HW_INK_NONE, HW_INK_BOLD, HW_INK_DIM, HW_INK_GOOD, HW_INK_WARN, HW_INK_BAD };
const char *hw_look_ink(const struct hw_look *look, enum hw_ink ink); /* escape sequence or "" */
const char *hw_look_arrow(const struct hw_look *look);   /* → or -> */
const char *hw_look_warning(const struct hw_look *look); /* ▲ or ! */
const char *hw_look_dot(const struct hw_look *look);     /* … or ... */

/* Writes text from the network or a file: control characters become spaces, so that no
 * text can drive the terminal. `lines` keeps newlines, each followed by `indent` spaces. */
void hw_look_text(FILE *to, const char *text);
void hw_look_lines(FILE *to, const char *text, int indent);
size_t hw_look_columns(const char *text); /* width in terminal columns */

/* A table: columns, then rows of exactly that many cells, then print. */
struct hw_table;
enum {
    HW_COLUMN_RIGHT = 1,
    HW_COLUMN_CUT = 2,  /* may be cut to fit the terminal */
    HW_COLUMN_WIDE = 4, /* the same, but cut last: the column that people read */
    HW_COLUMN_SPARE = 8 /* left out where the terminal is too narrow for all */
};
struct hw_table *hw_table_new(const struct hw_look *look);
void hw_table_free(struct hw_table *table); /* NULL is fine */
void hw_table_column(struct hw_table *table, const char *head, int flags);
void hw_table_row(struct hw_table *table, const char *const *cells); /* copies; NULL is empty */
void hw_table_ink(struct hw_table *table, size_t column, enum hw_ink ink); /* a cell of the last row */
void hw_table_print(struct hw_table *table, FILE *to);

/* CSV (RFC 4180, CRLF) with a UTF-8 byte order mark. A cell that starts with = + - @ TAB or CR
 * gets a ' before it, so that no spreadsheet takes it for a formula; one that starts with such a ' itself gets another,
 * so that taking one off gives the text back. */
void hw_csv_start(FILE *to);
void hw_csv_row(FILE *to, const char *const *cells, size_t n);
void hw_csv_cells(FILE *to, const char *const *cells, size_t n, char separator); /* '\t' for TSV */
bool hw_csv_guarded(const char *cell); /* whether the cell gets a ' */
struct hw_slice hw_csv_unguard(struct hw_slice cell); /* the text of such a cell; any other as it is */

#endif
