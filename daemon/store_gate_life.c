/* store_gate_life.c: which life of its gate wrote which part of a journal
 * (floor 2).  A restored hub goes on as a new life; the chain binds the life, so every replica remembers the boundaries. */
#include <string.h>

#include "daemon/store_internal.h"

enum hw_status hw_gate_life_begin(struct hw_store *store, struct hw_group *group, const struct hw_inc *life,
                                  struct hw_err *err)
{
    group->life = *life;
    group->first = group->position + 1;
    group->dirty = true;
    sqlite3_stmt *statement = hw_sql(store, SQL_GATE_LIFE_SET);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, group->first));
    hw_bind_blob(statement, 2, life->b, sizeof life->b);
    return hw_sql_run(store, statement, err);
}

enum hw_status hw_gate_life_at(struct hw_store *store, const struct hw_group *group, uint64_t position,
                               struct hw_inc *life, uint64_t *first, uint64_t *last, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(store, SQL_GATE_LIFE_AT);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, position));
    enum hw_status status = hw_sql_step(store, statement, err);
    struct hw_slice found = status ? (struct hw_slice){0} : hw_column_blob(statement, 1);
    int64_t id = status ? 0 : sqlite3_column_int64(statement, 0);
    if (!status && (id >> HW_ROW_SHIFT != group->id || found.n != sizeof life->b))
        status = HW_NOT_FOUND;
    if (!status)
        memcpy(life->b, found.p, found.n);
    sqlite3_reset(statement);
    if (status)
        return status;
    *first = (uint64_t)(id & HW_ROW_LAST);
    *last = group->position;
    statement = hw_sql(store, SQL_GATE_LIFE_FROM);
    hw_bind_int(statement, 1, (uint64_t)id + 1);
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(group->id, HW_ROW_LAST));
    status = hw_sql_step(store, statement, err);
    if (!status)
        *last = (uint64_t)(sqlite3_column_int64(statement, 0) & HW_ROW_LAST) - 1;
    sqlite3_reset(statement);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

enum hw_status hw_gate_life_end(struct hw_store *store, const struct hw_group *group, const struct hw_inc *life,
                                uint64_t *last, struct hw_err *err)
{
    struct hw_inc found;
    uint64_t first, end = group->position;
    enum hw_status status = HW_OK;
    *last = group->first > 0 ? group->first - 1 : 0;
    while (!status && end > 0) {
        status = hw_gate_life_at(store, group, end, &found, &first, &end, err);
        if (!status && hw_inc_compare(&found, life) == 0) {
            *last = end;
            return HW_OK;
        }
        end = first - 1;
    }
    return status == HW_NOT_FOUND ? HW_OK : status;
}

enum hw_status hw_gate_life_cut(struct hw_store *store, struct hw_group *group, uint64_t position,
                                struct hw_err *err)
{
    uint64_t last;
    sqlite3_stmt *statement = hw_sql(store, SQL_GATE_LIFE_DROP);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, position + 1));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(group->id, HW_ROW_LAST));
    enum hw_status status = hw_sql_run(store, statement, err);
    group->life = (struct hw_inc){{0}};
    group->first = 0;
    group->dirty = true;
    if (!status)
        status = hw_gate_life_at(store, group, position, &group->life, &group->first, &last, err);
    return status == HW_NOT_FOUND ? HW_OK : status;
}
