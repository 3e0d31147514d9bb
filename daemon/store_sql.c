/* store_sql.c: prepared statements and what SQLite's failures mean (floor 2). */
#include "daemon/store_internal.h"

#include <string.h>

static const char *const texts[] = {
#define X(name, text) text,
    HW_SQL_TABLE(X)
#undef X
};

static enum hw_status meaning(int code, const char *text, struct hw_err *err)
{
    switch (code & 255) {
    case SQLITE_FULL:
        return hw_fail(err, HW_NO_SPACE, "the disk is full: free some space and try again");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return hw_fail(err, HW_CORRUPT, "the database is damaged (%s): restore a backup", text);
    case SQLITE_IOERR:
        return hw_fail(err, HW_IO, "the disk failed (%s)", text);
    case SQLITE_CONSTRAINT:
        return hw_fail(err, HW_CORRUPT, "the database refuses a fact twice (%s)", text);
    default:
        return hw_fail(err, HW_IO, "the database failed (%s)", text);
    }
}

enum hw_status hw_sql_fail(struct hw_store *store, struct hw_err *err)
{
    int code = sqlite3_errcode(store->db);
    enum hw_status status = meaning(code, sqlite3_errmsg(store->db), &store->why);
    if (store->within && (status == HW_NO_SPACE || status == HW_IO))
        store->broken = status;
    if (err)
        *err = store->why;
    return status;
}

/* When the disk fails under it, SQLite may give the whole transaction up, and then each statement would commit by itself: a draft
 * without those before it, a row without its event. So nothing follows in a job in which that happened, even if whoever met it
 * went on, as one may who looks up a name to show. */
static enum hw_status still_whole(struct hw_store *store, struct hw_err *err)
{
    if (!store->broken && store->within && sqlite3_get_autocommit(store->db))
        store->broken = hw_fail(&store->why, HW_IO, "the database gave the change up");
    if (store->broken && err)
        *err = store->why;
    return store->broken;
}

enum hw_status hw_sql_prepare(struct hw_store *store, const char *text, sqlite3_stmt **statement, struct hw_err *err)
{
    int code = sqlite3_prepare_v3(store->db, text, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
    return code == SQLITE_OK ? HW_OK : hw_sql_fail(store, err);
}

void hw_sql_finalize_all(struct hw_store *store)
{
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(store->sql[i]);
    memset(store->sql, 0, sizeof store->sql);
}

sqlite3_stmt *hw_sql(struct hw_store *store, enum hw_sql which)
{
    sqlite3_stmt **statement = &store->sql[which];
    if (!*statement) {
        if (hw_sql_prepare(store, texts[which], statement, NULL))
            *statement = NULL; /* whoever steps it is told why */
        return *statement;
    }
    sqlite3_reset(*statement);
    sqlite3_clear_bindings(*statement);
    return *statement;
}

enum hw_status hw_sql_step(struct hw_store *store, sqlite3_stmt *statement, struct hw_err *err)
{
    enum hw_status status = still_whole(store, err);
    if (status)
        return status;
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        return HW_OK;
    status = code == SQLITE_DONE ? HW_NOT_FOUND : hw_sql_fail(store, err);
    sqlite3_reset(statement);
    return status;
}

enum hw_status hw_sql_run(struct hw_store *store, sqlite3_stmt *statement, struct hw_err *err)
{
    enum hw_status status = hw_sql_step(store, statement, err);
    sqlite3_reset(statement);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

enum hw_status hw_sql_exec(struct hw_store *store, const char *text, struct hw_err *err)
{
    enum hw_status status = still_whole(store, err);
    if (status)
        return status;
    return sqlite3_exec(store->db, text, NULL, NULL, NULL) == SQLITE_OK ? HW_OK : hw_sql_fail(store, err);
}

void hw_bind_int(sqlite3_stmt *statement, int at, uint64_t value)
{
    sqlite3_bind_int64(statement, at, (int64_t)value);
}

void hw_bind_blob(sqlite3_stmt *statement, int at, const void *p, size_t n)
{
    sqlite3_bind_blob64(statement, at, n ? p : "", n, SQLITE_STATIC);
}

void hw_bind_text(sqlite3_stmt *statement, int at, const char *p, size_t n)
{
    sqlite3_bind_text64(statement, at, n ? p : "", n, SQLITE_STATIC, SQLITE_UTF8);
}

struct hw_slice hw_column_blob(sqlite3_stmt *statement, int column)
{
    const uint8_t *p = sqlite3_column_blob(statement, column);
    return (struct hw_slice){p, (size_t)sqlite3_column_bytes(statement, column)};
}
