/* cell.h: what stands inside one cell.  Floor 2, noun: import cell. */
#ifndef CLIENT_IMPORT_CELL_H
#define CLIENT_IMPORT_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/import/limits.h"
#include "client/import/text.h"
#include "headway/bytes.h"

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
/* Without the marks of HTML (p, ul, li, br, b, ..., &amp;) and Markdown (**). Returns
 * the same slice when there are none. */
struct hw_slice hw_import_plain(struct hw_slice text, struct hw_arena *arena);
/* Without blanks, separators and colons: what must come through an import. */
struct hw_slice hw_import_squeeze(struct hw_slice text, struct hw_arena *arena);

#endif
