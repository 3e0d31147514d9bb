/* listing.c: answers of many rows as a table, JSON or plain lines (floor 3,
 * noun: listing). A table needs all rows before it knows its widths, and JSON
 * is one whole document or none. */
#include "client/listing.h"

#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS_MAX = 16 };

struct listing {
    const struct hw_cli *cli;
    const struct hw_column *columns;
    struct hw_table *table;
    struct hw_arena arena; /* cells of one row */
    size_t n;
};

static bool add_row(void *user, json_t *row)
{
    struct listing *listing = user;
    const char *cells[COLUMNS_MAX] = {0};
    enum hw_ink inks[COLUMNS_MAX] = {HW_INK_NONE};
    size_t n = 0;
    hw_arena_reset(&listing->arena);
    for (const struct hw_column *column = listing->columns; column->head && n < COLUMNS_MAX; column++, n++)
        cells[n] = column->cell ? column->cell(listing->cli, &listing->arena, row, &inks[n])
                                : hw_doc_line(&listing->arena, row, column->key);
    hw_table_row(listing->table, cells);
    for (size_t i = 0; i < n; i++)
        if (inks[i] != HW_INK_NONE)
            hw_table_ink(listing->table, i, inks[i]);
    listing->n++;
    return true;
}

static int run_json(hw_listing_call *call, void *self)
{
    struct hw_doc_rows rows;
    /* The bracket waits for the answer: after a failure nothing stands on stdout. */
    char *text = NULL;
    size_t text_n = 0;
    FILE *memory = open_memstream(&text, &text_n);
    hw_doc_rows_open(&rows, memory);
    int code = call(self, hw_doc_rows_add, &rows);
    hw_doc_rows_close(&rows);
    fclose(memory);
    if (code == 0)
        fwrite(text, 1, text_n, stdout);
    free(text);
    return code;
}

int hw_listing_print(struct hw_cli *cli, hw_listing_call *call, void *self, const struct hw_column *columns, const char *none)
{
    if (cli->json)
        return run_json(call, self);
    struct listing listing = {.cli = cli, .columns = columns, .table = hw_table_new(&cli->look)};
    hw_arena_init(&listing.arena);
    for (const struct hw_column *column = columns; column->head; column++)
        hw_table_column(listing.table, column->head, column->flags);
    int code = call(self, add_row, &listing);
    if (listing.n > 0)
        hw_table_print(listing.table, stdout);
    else if (code == 0 && none && !cli->quiet)
        fprintf(stderr, "%s\n", none);
    hw_table_free(listing.table);
    hw_arena_done(&listing.arena);
    return code;
}

struct one {
    struct hw_cli *cli;
    struct hw_ask *ask;
};

static int call_one(void *self, hw_row_fn *row, void *user)
{
    const struct one *one = self;
    return hw_cli_call(one->cli, one->ask, row, user, NULL);
}

int hw_listing_run(struct hw_cli *cli, struct hw_ask *ask, const struct hw_column *columns, const char *none)
{
    struct one one = {cli, ask};
    return hw_listing_print(cli, call_one, &one, columns, none);
}
