/* fill.h: one line of a table becoming rows.  Floor 2, private to take.c, fill.c
 * and deliverable.c. */
#ifndef CLIENT_IMPORT_FILL_H
#define CLIENT_IMPORT_FILL_H

#include "client/import/rows.h"

struct hw_import_fill {
    const struct hw_import_table *table;
    const struct hw_import_map *map;
    const struct hw_import_line *line;
    size_t source;
    struct hw_arena *arena;
    struct hw_import_keys *keys;
    struct hw_import_rows *rows;
    struct hw_import_row *row;
    struct hw_import_number *number;
    struct hw_slice title; /* without country and number */
};

/* take.c: puts one cell where it belongs: a field, a comment or what is kept. */
void hw_import_take_cell(struct hw_import_fill *fill, const struct hw_import_cell *cell);
void hw_import_put(const struct hw_import_fill *fill, const char *field, struct hw_slice text, uint32_t column);
void hw_import_fail(const struct hw_import_fill *fill, const char *problem, uint32_t column, struct hw_slice value);
void hw_import_keep(const struct hw_import_fill *fill, uint32_t column, struct hw_slice text);
/* The cell without marks; where that changed it, the cell as it was is kept. */
struct hw_slice hw_import_take_plain(const struct hw_import_fill *fill, const struct hw_import_cell *cell);

/* deliverable.c: what is to be handed over, each an item below the row in hand. */
void hw_import_deliver(struct hw_import_fill *fill, const struct hw_import_cell *cell);

#endif
