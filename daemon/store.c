/* store.c: opening the database, the store thread, group commit (floor 2).
 *
 * The thread takes everything that waits, runs it inside one transaction with a savepoint per write job
 * (none for a job that is alone), commits, and only then hands the jobs back. When the transaction itself breaks (disk full, I/O error), each job is
 * run again alone, so that one that cannot be saved takes nobody else with it. */
#include "daemon/store.h"

#include <errno.h>
#include <malloc.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/clock.h"
#include "daemon/store_draft.h"
#include "daemon/store_internal.h"
#include "daemon/store_owed.h"

/* Jobs in one transaction: enough to share one fsync among all who wait, few
 * enough that the first one is not kept waiting by the last. */
enum { BATCH = 256 };
/* Memory of a job that is given back to the system at once: more than sync messages take. */
enum { LARGE_JOB = 16 * 1024 * 1024 };
enum { PAY_S = 1 }; /* rows are owed no longer than that when there is nothing to do */

/* FULL: WAL with NORMAL may roll commits back at power loss, and a number would
 * then be used twice. One page size for all. Checkpoints are those of store_wal.c. */
static const char pragmas[] = "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                              "PRAGMA busy_timeout = 5000; PRAGMA journal_size_limit = 67108864;"
                              "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -1536;";

struct hw_arena *hw_tx_arena(struct hw_tx *tx)
{
    return &tx->arena;
}

int64_t hw_tx_wall(const struct hw_tx *tx)
{
    return tx->wall;
}

enum hw_status hw_tx_get(struct hw_tx *tx, const char *key, struct hw_slice *value)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_NODE_GET);
    *value = (struct hw_slice){0};
    hw_bind_text(statement, 1, key, strlen(key));
    enum hw_status status = hw_sql_step(tx->store, statement, NULL);
    if (!status)
        *value = hw_arena_slice(&tx->arena, hw_column_blob(statement, 0));
    sqlite3_reset(statement);
    return status;
}

enum hw_status hw_tx_put(struct hw_tx *tx, const char *key, struct hw_slice value, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_NODE_PUT);
    hw_bind_text(statement, 1, key, strlen(key));
    hw_bind_blob(statement, 2, value.p, value.n);
    return hw_sql_run(tx->store, statement, err);
}

enum hw_status hw_tx_drop(struct hw_tx *tx, const char *key, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_NODE_DROP);
    hw_bind_text(statement, 1, key, strlen(key));
    return hw_sql_run(tx->store, statement, err);
}

/* -- running jobs -- */

enum hw_status hw_tx_finish(struct hw_tx *tx, struct hw_err *err)
{
    enum hw_status status = hw_draft_flush(tx, err);
    if (!status && tx->sealing)
        status = hw_seal_own(tx, err);
    if (!status && !hw_owed_leave(tx)) {
        status = hw_tx_flush(tx, err);
        hw_owed_paid(tx);
    }
    return status ? status : hw_cache_save(tx->store, err);
}

/* After a rollback the memory follows the database. When even that fails,
 * nothing more is run until it works. */
static void roll_back(struct hw_store *store, enum hw_sql how)
{
    hw_making_settle(store, false);
    store->within = false;
    store->broken = HW_OK;
    store->tx->keeps = store->tx->owing = false; /* its records are as if nothing were undone */
    /* One job is undone: what the jobs before it drew in the same transaction stays. */
    struct hw_identity before = how == SQL_UNDO ? store->undo : store->before;
    if (store->reborn)
        hw_store_identify(store, &before);
    store->reborn = how == SQL_UNDO && store->undo_reborn;
    sodium_memzero(&before, sizeof before);
    store->directory_changed = true; /* whoever was told of a change that is undone now reads it again */
    store->stale = sqlite3_get_autocommit(store->db) == 0 && hw_sql_run(store, hw_sql(store, how), NULL) != HW_OK;
    store->within = how == SQL_UNDO && !store->stale;
    if (!store->stale)
        store->stale = hw_cache_load(store, NULL) != HW_OK;
}

/* Whether the records of the job before are there for this one. */
static bool keeps(const struct hw_tx *tx, const struct hw_job *job)
{
    return tx->keeps && job->keeps && tx->arena.used < HW_KEEP_MAX;
}

/* Runs one job inside the open transaction; one that is `alone` in it needs no savepoint, for which SQLite would copy each
 * page before it changes. */
static void run_job(struct hw_store *store, struct hw_tx *tx, struct hw_job *job, bool alone)
{
    bool marked = job->write && !alone;
    if (keeps(tx, job)) {
        hw_records_keep(tx);
    } else {
        hw_records_forget(tx); /* they live in the arena */
        tx->most = tx->arena.used > tx->most ? tx->arena.used : tx->most;
        hw_arena_reset(&tx->arena);
    }
    tx->keeps = job->keeps;
    hw_draft_forget(tx);
    tx->wall = hw_clock_wall();
    tx->offset = 0;
    tx->sealing = tx->paid = false;
    tx->placed = 0;
    tx->up = tx->down = (struct hw_grown){0};
    store->undo = store->identity;
    store->undo_reborn = store->reborn;
    job->err = (struct hw_err){0};
    job->status = marked ? hw_sql_run(store, hw_sql(store, SQL_SAVEPOINT), &job->err) : HW_OK;
    if (!job->status)
        job->status = job->run(tx, job->self, &job->err);
    if (!job->status && job->write)
        job->status = hw_tx_finish(tx, &job->err);
    if (!job->status && store->broken) { /* and it looked away */
        job->status = store->broken;
        job->err = store->why;
    }
    if (!sqlite3_get_autocommit(store->db))
        store->broken = HW_OK;
    if (!marked)
        return;
    if (job->status && !sqlite3_get_autocommit(store->db))
        roll_back(store, SQL_UNDO);
    if (!sqlite3_get_autocommit(store->db) && hw_sql_run(store, hw_sql(store, SQL_RELEASE), NULL) && !job->status)
        job->status = hw_fail(&job->err, HW_IO, "the change could not be kept");
}

static bool all_soft(const struct hw_job *first)
{
    for (; first; first = first->next)
        if (!first->soft)
            return false;
    return true;
}

/* One transaction around a list of jobs. Not OK: nothing of it is saved. */
static enum hw_status run_together(struct hw_store *store, struct hw_tx *tx, struct hw_job *first, struct hw_job *end,
                                   bool soft, struct hw_err *err)
{
    if (store->stale)
        roll_back(store, SQL_ROLLBACK);
    if (store->stale)
        return hw_fail(err, HW_IO, "the database cannot be read: is the disk failing?");
    bool alone = first->next == end;
    enum hw_status status = hw_wal_harden(store, soft, err);
    if (!status)
        status = hw_sql_run(store, hw_sql(store, SQL_BEGIN), err);
    store->within = !status;
    for (struct hw_job *job = first; job != end && !status; job = job->next) {
        if (hw_owed(store) && !keeps(tx, job))
            status = hw_owed_settle(tx, err);
        if (status)
            break;
        run_job(store, tx, job, alone);
        if (alone && job->write && job->status) { /* it was all of the transaction, and says why by itself */
            roll_back(store, SQL_ROLLBACK);
            return HW_OK;
        }
        if (store->stale || sqlite3_get_autocommit(store->db)) /* SQLite gave the whole transaction up */
            status = hw_fail(err, job->status ? job->status : HW_IO, "%s", job->err.text);
    }
    store->within = false;
    if (!status)
        status = hw_sql_run(store, hw_sql(store, SQL_COMMIT), err);
    if (!status && !store->soft)
        status = hw_wal_settle(store, err); /* a commit that wrote nothing has synced nothing */
    if (status)
        roll_back(store, SQL_ROLLBACK);
    else
        hw_making_settle(store, true);
    store->reborn = false;
    return status;
}

/* When even the transaction cannot begin, or its commit fails, each job learns
 * why by itself. */
static void run_alone(struct hw_store *store, struct hw_tx *tx, struct hw_job *job)
{
    struct hw_err err = {0};
    job->status = HW_IO; /* unless it runs. What a job has only looked at it has seen, whether or not the rows that were owed stay */
    enum hw_status status = run_together(store, tx, job, job->next, false, &err);
    if (status && (job->write || job->status)) {
        job->status = status;
        job->err = err;
    }
}

/* A large import takes hundreds of megabytes, the start of a hub of 2,000 offices 33, and the C library would keep them for the next
 * one; the largest job counts, whatever was run after it. */
static void give_back(struct hw_tx *tx)
{
    size_t most = tx->most > tx->arena.used ? tx->most : tx->arena.used;
    tx->most = 0;
    if (most < LARGE_JOB)
        return;
    hw_records_forget(tx);
    tx->keeps = false;
    hw_arena_done(&tx->arena);
    malloc_trim(0);
}

static void run_batch(struct hw_store *store, struct hw_tx *tx, struct hw_job *first)
{
    struct hw_err err;
    if (run_together(store, tx, first, NULL, all_soft(first), &err) != HW_OK)
        for (struct hw_job *job = first; job; job = job->next)
            run_alone(store, tx, job);
    give_back(tx);
}

/* The store's one: its thread's, or the caller's when there is no thread. */
static struct hw_tx *tx_of(struct hw_store *store)
{
    if (!store->tx) {
        store->tx = hw_alloc(sizeof *store->tx);
        *store->tx = (struct hw_tx){.store = store};
        hw_arena_init(&store->tx->arena);
    }
    return store->tx;
}

static void tx_free(struct hw_tx *tx)
{
    if (tx) {
        hw_arena_done(&tx->arena);
        hw_out_done(&tx->drafting.run);
    }
    free(tx);
}

enum hw_status hw_store_now(struct hw_store *store, struct hw_job *job, struct hw_err *err)
{
    job->next = NULL;
    run_batch(store, tx_of(store), job);
    hw_wal_tend(store);
    if (job->status && err)
        *err = job->err;
    return job->status;
}

/* -- the thread and its queues -- */

static void queue_put(struct hw_queue *queue, struct hw_job *job)
{
    job->next = NULL;
    if (queue->last)
        queue->last->next = job;
    else
        queue->first = job;
    queue->last = job;
}

/* Takes up to BATCH jobs, waiting for the first; NULL when stopping and empty, or `idle`: rows are owed, and nobody came. One
 * with much to write shares its transaction with nobody: it would gain nothing, and SQLite would keep a copy of each page that it
 * changes, so that it alone could be undone. */
static struct hw_job *take(struct hw_store *store, bool *idle)
{
    struct timespec until;
    bool owed = hw_owed(store);
    *idle = false;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PAY_S;
    pthread_mutex_lock(&store->mutex);
    while (!store->waiting.first && !store->stopping && !*idle)
        if (!owed)
            pthread_cond_wait(&store->cond, &store->mutex);
        else
            *idle = pthread_cond_timedwait(&store->cond, &store->mutex, &until) == ETIMEDOUT && !store->waiting.first;
    struct hw_job *first = store->waiting.first, *last = first;
    for (int n = 1; last && last->next && !first->large && !last->next->large && n < BATCH; n++)
        last = last->next;
    if (last) {
        store->waiting.first = last->next;
        if (!last->next)
            store->waiting.last = NULL;
        last->next = NULL;
    }
    pthread_mutex_unlock(&store->mutex);
    return first;
}

static void finish(struct hw_store *store, struct hw_job *first)
{
    pthread_mutex_lock(&store->mutex);
    for (struct hw_job *job = first, *next; job; job = next) {
        next = job->next;
        queue_put(&store->finished, job);
    }
    pthread_mutex_unlock(&store->mutex);
}

static enum hw_status do_nothing(struct hw_tx *tx, void *self, struct hw_err *err)
{
    (void)tx;
    (void)self;
    (void)err;
    return HW_OK;
}

/* Rows that are owed when there is nothing else to do. What fails is tried again before the next job. */
static void pay(struct hw_store *store)
{
    struct hw_job nothing = {.write = true, .run = do_nothing};
    if (store->tx && hw_owed(store)) {
        run_batch(store, store->tx, &nothing);
        hw_wal_tend(store);
    }
}

static void *thread_main(void *self)
{
    struct hw_store *store = self;
    struct hw_job *first;
    bool idle;
    while ((first = take(store, &idle)) || idle) {
        if (idle) {
            pay(store);
            continue;
        }
        run_batch(store, tx_of(store), first);
        finish(store, first);
        store->wake(store->wake_self);
        hw_wal_tend(store);
    }
    return NULL;
}

bool hw_store_turn(struct hw_store *store)
{
    if (!store->waiting.first)
        return false;
    bool idle;
    struct hw_job *first = take(store, &idle);
    run_batch(store, tx_of(store), first);
    finish(store, first);
    hw_wal_tend(store);
    return true;
}

void hw_store_submit(struct hw_store *store, struct hw_job *job)
{
    pthread_mutex_lock(&store->mutex);
    queue_put(&store->waiting, job);
    pthread_cond_signal(&store->cond);
    pthread_mutex_unlock(&store->mutex);
}

void hw_store_collect(struct hw_store *store)
{
    pthread_mutex_lock(&store->mutex);
    struct hw_job *job = store->finished.first;
    store->finished = (struct hw_queue){0};
    pthread_mutex_unlock(&store->mutex);
    for (struct hw_job *next; job; job = next) {
        next = job->next;
        job->done(job->self, job->status, &job->err);
    }
}

/* -- open and close -- */

/* A process that was killed may leave a commit in the log that was never synced, and was told to nobody. From now on it counts as
 * saved: it would be acknowledged and passed on, so the disk must have it first. A checkpoint syncs the log before it
 * copies; when there is no room for the copies, the log is synced all the same. */
static enum hw_status settle_log(struct hw_store *store, struct hw_err *err)
{
    enum hw_status status = hw_sql_exec(store, "PRAGMA wal_checkpoint(PASSIVE)", err);
    return status == HW_NO_SPACE ? HW_OK : status;
}

static enum hw_status open_database(struct hw_store *store, const char *path, struct hw_err *err)
{
    mode_t before = umask(077); /* workplans are nobody else's business */
    int code = sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                               NULL);
    enum hw_status status = code == SQLITE_OK ? HW_OK : hw_sql_fail(store, err);
    if (!status)
        status = hw_sql_exec(store, pragmas, err);
    if (!status)
        status = hw_sieve_install(store, err);
    if (!status)
        status = hw_wal_watch(store, err);
    if (!status)
        status = settle_log(store, err);
    if (!status)
        status = hw_table_migrate(store, err);
    umask(before);
    if (status)
        return status;
    hw_table_open(store);
    status = hw_cache_load(store, err);
    return status ? status : hw_grow_rows(store, err);
}

enum hw_status hw_store_open(const char *path, void (*wake)(void *self), void *self, struct hw_store **store,
                             struct hw_err *err)
{
    struct hw_store *made = hw_alloc(sizeof *made);
    *made = (struct hw_store){.wake = wake, .wake_self = self, .wal_ahead = wake != NULL};
    /* Nobody reads SQLite's memory counters, and each allocation would take a lock for them. Only the first store of a process may say so;
     * for later ones it is said already. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    *store = NULL;
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->cond, NULL);
    enum hw_status status = open_database(made, path, err);
    if (!status)
        hw_wal_begin(made);
    if (!status && wake) {
        made->threaded = pthread_create(&made->thread, NULL, thread_main, made) == 0;
        if (!made->threaded)
            status = hw_fail(err, HW_FAILED, "the store's thread could not be started");
    }
    if (status)
        hw_store_close(made);
    else
        *store = made;
    return status;
}

void hw_store_close(struct hw_store *store)
{
    if (!store)
        return;
    if (store->threaded) {
        pthread_mutex_lock(&store->mutex);
        store->stopping = true;
        pthread_cond_signal(&store->cond);
        pthread_mutex_unlock(&store->mutex);
        pthread_join(store->thread, NULL);
        hw_store_collect(store);
    }
    pay(store);
    hw_making_end(store);
    tx_free(store->tx);
    hw_sql_finalize_all(store);
    hw_table_close(store);
    hw_cache_free(store);
    sqlite3_close(store->db);
    pthread_cond_destroy(&store->cond);
    pthread_mutex_destroy(&store->mutex);
    sodium_memzero(store, sizeof *store); /* secret keys */
    free(store);
}
