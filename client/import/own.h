/* own.h: a table that Headway exported comes back.  Floor 2, noun: own table.
 * Its heads have `id` and `base` (docs/decisions.md, "What other programs get").
 * Cells are taken as they are: what was a number, a prefix or a bullet inside a text
 * when the record was made is no news now. */
#ifndef CLIENT_IMPORT_OWN_H
#define CLIENT_IMPORT_OWN_H

#include "client/import/rows.h"

/* Fills the map when the table is one of ours; else false, and nothing is changed. */
bool hw_import_own_map(const struct hw_import_table *table, struct hw_arena *arena, struct hw_import_map *map);
/* The mark that a head names: "id", "base", "kind", "group", "key", "deadline.meant" ...; NULL when it is no mark. */
const char *hw_import_own_word(const char *head);
/* A row for each line; a line without an id is a new record. */
void hw_import_own_rows(const struct hw_import_table *table, struct hw_import_rows *rows, struct hw_arena *arena,
                        struct hw_import_keys *keys);
/* Whether the cell is no text of the record: its id, its hashes, who wrote it; or on a sheet that is not read back. */
bool hw_import_own_mark(const struct hw_import_table *table, const struct hw_import_row *row,
                        const struct hw_import_cell *cell);
/* The text of a cell without the guard against formulas. */
struct hw_slice hw_import_own_text(const struct hw_import_table *table, const struct hw_import_cell *cell);
/* Fields that each sheet of a workbook of ours has a column for, where its kind has such a field: a blank in one of
 * them is a value taken away. `*n` is 0 when a table is not ours. Arena array. */
char **hw_import_own_heads(const struct hw_import_book *book, struct hw_arena *arena, size_t *n);
/* Keeps the rows of one group, when there are several. Errors: USAGE, with the groups, when none is named. */
HW_MUST_USE enum hw_status hw_import_own_groups(struct hw_import_rows *rows, struct hw_arena *arena, const char *typed,
                                                struct hw_err *err);
/* Puts the texts of the sheet "Long texts" where they belong. */
void hw_import_own_join(struct hw_import_book *book);
/* What the cell of such a text says (client/export/xlsx_sheet.c). */
#define HW_IMPORT_OWN_LONG "(too long for a cell: see the sheet Long texts)"

/* Between own.c and own_book.c: the column of a field or mark, the map's width when there is none; a line's cell of it; */
uint32_t hw_import_own_column(const struct hw_import_map *map, const char *name);
struct hw_slice hw_import_own_cell(const struct hw_import_line *line, uint32_t column);
bool hw_import_own_is_mark(const char *field);
bool hw_import_own_is_longs(const struct hw_import_table *table); /* which has a line */
/* What an own table says of the place of its rows: the first plan or group named; NULL when there is none. */
const char *hw_import_own_place(const struct hw_import_book *book, const char *name, struct hw_arena *arena);

#endif
