/* store_copy.c: see store_copy.h (floor 2).
 *
 * VACUUM INTO and not SQLite's page-wise backup: that one begins anew whenever another handle commits, and a busy hub
 * commits all the time. VACUUM INTO reads in one transaction; writers go on in the WAL meanwhile, which grows until it ends.
 * It leaves out free pages, too. */
#include "daemon/store_copy.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"

/* SQLite asks this often, in steps of its machine, whether to go on: about a hundred times a second. */
enum { STEPS = 100000 };

static int asked_to_stop(void *stop)
{
    return atomic_load((const atomic_bool *)stop);
}

static void close_handle(struct hw_store *store)
{
    sqlite3_close(store->db);
}

/* A handle and nothing around it. `store` only serves to name SQLite's failures. */
static enum hw_status open_handle(struct hw_store *store, const char *path, int flags, const atomic_bool *stop,
                                  struct hw_err *err)
{
    if (sqlite3_open_v2(path, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return hw_sql_fail(store, err);
    if (stop)
        sqlite3_progress_handler(store->db, STEPS, asked_to_stop, (void *)(uintptr_t)stop);
    return hw_sql_exec(store, "PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096", err);
}

static enum hw_status stopped(const atomic_bool *stop, enum hw_status status, struct hw_err *err)
{
    return status && stop && atomic_load(stop) ? hw_fail(err, HW_FAILED, "the daemon is stopping") : status;
}

enum hw_status hw_store_copy(const char *path, const char *copy, const atomic_bool *stop, struct hw_err *err)
{
    HW_CLEANUP(close_handle) struct hw_store store = {.db = NULL};
    sqlite3_stmt *statement = NULL;
    enum hw_status status = open_handle(&store, path, SQLITE_OPEN_READONLY, stop, err);
    if (!status)
        status = hw_sql_prepare(&store, "VACUUM INTO ?1", &statement, err);
    if (!status) {
        hw_bind_text(statement, 1, copy, strlen(copy));
        status = hw_sql_run(&store, statement, err);
    }
    sqlite3_finalize(statement);
    return stopped(stop, status, err);
}

enum hw_status hw_store_look(const char *path, const struct hw_identity *identity, struct hw_job *job,
                             const atomic_bool *stop, struct hw_err *err)
{
    struct hw_store *store = hw_alloc(sizeof *store);
    *store = (struct hw_store){.db = NULL};
    pthread_mutex_init(&store->mutex, NULL);
    pthread_cond_init(&store->cond, NULL);
    enum hw_status status = open_handle(store, path, SQLITE_OPEN_READONLY, stop, err);
    hw_table_open(store);
    if (!status)
        status = hw_cache_load(store, err);
    if (!status) {
        hw_store_identify(store, identity);
        status = hw_store_now(store, job, err);
    }
    hw_store_close(store);
    return stopped(stop, status, err);
}

enum hw_status hw_store_settle(const char *path, struct hw_err *err)
{
    HW_CLEANUP(close_handle) struct hw_store store = {.db = NULL};
    sqlite3_stmt *statement = NULL;
    enum hw_status status = open_handle(&store, path, SQLITE_OPEN_READWRITE, NULL, err);
    if (!status)
        status = hw_sql_prepare(&store, "PRAGMA wal_checkpoint(TRUNCATE)", &statement, err);
    if (!status)
        status = hw_sql_step(&store, statement, err);
    if (!status && sqlite3_column_int(statement, 0) != 0)
        status = hw_fail(err, HW_FAILED, "%s is in use", path);
    sqlite3_finalize(statement);
    return status;
}

enum hw_status hw_tx_sound(struct hw_tx *tx, const struct hw_inc *inc, const uint8_t key[HW_SIGN_PUBLIC],
                           struct hw_err *err)
{
    const struct hw_life *life;
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_CHECK);
    enum hw_status status = hw_sql_step(tx->store, statement, err);
    bool sound = !status && hw_slice_is(hw_column_blob(statement, 0), "ok");
    sqlite3_reset(statement);
    if (!status && !sound)
        status = hw_fail(err, HW_CORRUPT, "the database in it is damaged: take another backup");
    if (!status)
        status = hw_cache_life(tx, inc, &life, err);
    if (!status && life && memcmp(life->key, key, sizeof life->key) != 0)
        status = hw_fail(err, HW_DENIED, "this home does not have the signing key of that backup: restore one made with "
                                         "--keys into an empty home");
    return status;
}
