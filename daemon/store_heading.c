/* store_heading.c: what the heads of columns meant at the last import (floor 2). */
#include <string.h>

#include "daemon/store_internal.h"

enum hw_status hw_tx_heading_set(struct hw_tx *tx, const char *group, const struct hw_heading *heading,
                                 struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_HEADING_SET);
    hw_bind_text(statement, 1, group, strlen(group));
    hw_bind_text(statement, 2, heading->head, strlen(heading->head));
    hw_bind_text(statement, 3, heading->field, strlen(heading->field));
    return hw_sql_run(tx->store, statement, err);
}

enum hw_status hw_tx_headings(struct hw_tx *tx, const char *group, struct hw_heading **list, size_t *n,
                              struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_HEADING_OF);
    enum hw_status status;
    size_t cap = 0;
    *list = NULL;
    *n = 0;
    hw_bind_text(statement, 1, group, strlen(group));
    while (!(status = hw_sql_step(tx->store, statement, err))) {
        if (*n == cap) {
            cap = cap ? cap * 2 : 16;
            struct hw_heading *grown = hw_arena_alloc(&tx->arena, cap * sizeof *grown);
            if (*n)
                memcpy(grown, *list, *n * sizeof *grown);
            *list = grown;
        }
        struct hw_slice head = hw_column_blob(statement, 0), field = hw_column_blob(statement, 1);
        (*list)[(*n)++] = (struct hw_heading){hw_arena_text(&tx->arena, head.p, head.n),
                                              hw_arena_text(&tx->arena, field.p, field.n)};
    }
    return status == HW_NOT_FOUND ? HW_OK : status;
}
