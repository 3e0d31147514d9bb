/* listing.h: answers of many rows as a table, JSON or plain lines.  Floor 3,
 * noun: listing. */
#ifndef CLIENT_LISTING_H
#define CLIENT_LISTING_H

#include "client/cli.h"

struct hw_column {
    const char *head; /* NULL ends the list */
    const char *key;  /* member of the row; ignored where `cell` is set */
    int flags;        /* HW_COLUMN_* */
    /* Text of the cell, an arena string; may set the ink. */
    const char *(*cell)(const struct hw_cli *cli, struct hw_arena *arena, const json_t *row, enum hw_ink *ink);
};

/* Gives each row to `row`; returns the exit code. */
typedef int hw_listing_call(void *self, hw_row_fn *row, void *user);
/* Calls and prints; `none` is said on stderr when there is no row (NULL: the caller says what is to be said). Returns the exit code. */
int hw_listing_print(struct hw_cli *cli, hw_listing_call *call, void *self, const struct hw_column *columns, const char *none);
/* The same for rows that come with one request. */
int hw_listing_run(struct hw_cli *cli, struct hw_ask *ask, const struct hw_column *columns, const char *none);

#endif
