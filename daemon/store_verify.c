/* store_verify.c: everything held, looked at again: see store_verify.h (floor 2).
 *
 * Four walks, each in the order of the table: segments and drafts (store_verify_log.c), journals
 * (store_verify_journal.c), snapshots (store_verify_base.c), rows (store_verify_rows.c). A fault does not hide the next one: the walk goes on from what the
 * damaged row says of itself. */
#include "daemon/store_verify_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hw_verify_fault(struct hw_verify *verify, const char *where, const char *format, ...)
{
    struct hw_verified *result = verify->result;
    struct hw_arena *arena = &verify->tx->arena;
    char text[600];
    va_list list;
    if (result->faults_all++ >= HW_FAULTS_MAX)
        return;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (!result->faults)
        result->faults = hw_arena_zero(arena, HW_FAULTS_MAX, sizeof *result->faults);
    result->faults[result->faults_n++] = (struct hw_fault){.where = hw_arena_text(arena, where, strlen(where)),
                                                           .message = hw_arena_text(arena, text, strlen(text))};
}

const char *hw_verify_event(struct hw_verify *verify, const struct hw_followed *followed, uint64_t seq)
{
    unsigned life;
    const char *office = hw_tx_office_of(verify->tx, &followed->stream->inc, &life);
    return hw_event_name(&verify->scratch, office, life, followed->group->code, seq);
}

struct hw_followed *hw_verify_stream(struct hw_verify *verify, int64_t id)
{
    int64_t owner = id >> HW_ROW_SHIFT;
    size_t low = 0, high = verify->streams_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (verify->streams[middle].stream->id == owner)
            return &verify->streams[middle];
        if (verify->streams[middle].stream->id < owner)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

void *hw_verify_grow(struct hw_verify *verify, void *array, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return array;
    *cap = *cap ? *cap * 2 : 64;
    void *grown = hw_arena_alloc(&verify->tx->arena, *cap * size);
    if (n)
        memcpy(grown, array, n * size);
    return grown;
}

/* Key and office of a stream's incarnation: ours we know, all others are told by the directory. */
static enum hw_status learn(struct hw_verify *verify, struct hw_followed *followed, struct hw_err *err)
{
    const struct hw_identity *self = &verify->tx->store->identity;
    const struct hw_life *life;
    enum hw_status status = hw_cache_life(verify->tx, &followed->stream->inc, &life, err);
    if (status)
        return status;
    bool own = hw_inc_compare(&followed->stream->inc, &self->inc) == 0;
    followed->key_known = own || life;
    if (own) {
        memcpy(followed->key, self->sign_public, sizeof followed->key);
        memcpy(followed->office, self->office, sizeof followed->office);
    } else if (life) {
        memcpy(followed->key, life->key, sizeof followed->key);
        memcpy(followed->office, life->office, sizeof followed->office);
    }
    return HW_OK;
}

static enum hw_status follow_streams(struct hw_verify *verify, struct hw_err *err)
{
    struct hw_store *store = verify->tx->store;
    enum hw_status status = HW_OK;
    verify->streams = hw_arena_zero(&verify->tx->arena, store->streams_n, sizeof *verify->streams);
    for (size_t i = 0; i < store->streams_n && !status; i++) { /* the cache is sorted by id */
        struct hw_followed *followed = &verify->streams[verify->streams_n];
        followed->stream = &store->streams[i];
        followed->group = hw_cache_group_by_id(store, followed->stream->group);
        if (!followed->group) {
            hw_verify_fault(verify, "database", "stream %lld belongs to no group: restore a backup",
                            (long long)followed->stream->id);
            continue;
        }
        verify->streams_n++;
        status = learn(verify, followed, err);
    }
    return status;
}

const struct hw_judged *hw_verify_judged(const struct hw_verify *verify, int64_t id)
{
    size_t low = 0, high = verify->judged_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (verify->judged[middle].id == id)
            return &verify->judged[middle];
        if (verify->judged[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* What counts of the verdicts, for the events. */
static enum hw_status load_verdicts(struct hw_verify *verify, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(verify->tx->store, SQL_VERDICT_ALL);
    size_t cap = 0;
    enum hw_status status;
    hw_bind_int(statement, 1, 0);
    while (!(status = hw_sql_step(verify->tx->store, statement, err))) {
        verify->judged = hw_verify_grow(verify, verify->judged, verify->judged_n, &cap, sizeof *verify->judged);
        verify->judged[verify->judged_n++] = (struct hw_judged){
            .id = sqlite3_column_int64(statement, 0),
            .verdict = (uint8_t)sqlite3_column_int(statement, 1),
            .code = (uint16_t)sqlite3_column_int(statement, 2),
            .stamp = (uint64_t)sqlite3_column_int64(statement, 3)};
    }
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* SQLite's own look at its pages and indexes. */
static enum hw_status check_pages(struct hw_verify *verify, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(verify->tx->store, SQL_CHECK_ALL);
    enum hw_status status;
    while (!(status = hw_sql_step(verify->tx->store, statement, err))) {
        struct hw_slice text = hw_column_blob(statement, 0);
        if (!hw_slice_is(text, "ok"))
            hw_verify_fault(verify, "database", "%.*s: restore a backup", (int)text.n, (const char *)text.p);
    }
    sqlite3_reset(statement);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* The next number drawn must be a new one. The last stamp says nothing: it goes back when a clock is set right, and drafts are
 * sealed with stamps of the hub's time. */
static void check_counters(struct hw_verify *verify)
{
    const struct hw_store *store = verify->tx->store;
    if (verify->own_change > store->change)
        hw_verify_fault(verify, "counters", "the last change is said to be %llu, and change %llu is held: restore a backup",
                        (unsigned long long)store->change, (unsigned long long)verify->own_change);
}

enum hw_status hw_tx_verify(struct hw_tx *tx, struct hw_verified *result, struct hw_err *err)
{
    static enum hw_status (*const walks[])(struct hw_verify *verify, struct hw_err *err) = {
        check_pages, follow_streams, load_verdicts, hw_verify_log, hw_verify_journals, hw_verify_bases, hw_verify_rows};
    struct hw_verify verify = {.tx = tx, .result = result};
    struct hw_err why = {0};
    *result = (struct hw_verified){0};
    enum hw_status status = hw_cache_load(tx->store, err); /* what the database says, not what we remember */
    for (size_t i = 0; i < sizeof walks / sizeof *walks && !status; i++)
        status = walks[i](&verify, &why);
    if (status == HW_CORRUPT) { /* SQLite cannot read on: that is damage found */
        hw_verify_fault(&verify, "database", "%s", why.text);
        status = HW_OK;
    } else if (status && why.status) {
        status = hw_fail(err, status, "%s", why.text);
    } else if (!status) {
        check_counters(&verify);
    }
    hw_arena_done(&verify.scratch);
    return status;
}
