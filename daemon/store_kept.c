/* store_kept.c: segments of this office's own former lives that have no place in
 * their stream for the moment (floor 2).
 *
 * When a group begins anew, what a former life had sealed may stand behind events that only a snapshot stood for. Such a
 * segment is put aside (table `kept`), and goes back as soon as the one before it is here. What is still aside when this
 * replica is as far as the hub has lost its place for good: its events are issued again under the present life. */
#include <string.h>

#include "daemon/store_internal.h"

static enum hw_status run_range(struct hw_tx *tx, enum hw_sql which, const struct hw_stream *stream, uint64_t from,
                                uint64_t to, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, which);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, from));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(stream->id, to));
    return hw_sql_run(tx->store, statement, err);
}

enum hw_status hw_kept_own(struct hw_tx *tx, const struct hw_stream *stream, bool *own, struct hw_err *err)
{
    const struct hw_identity *self = &tx->store->identity;
    const struct hw_life *life;
    enum hw_status status = hw_cache_life(tx, &stream->inc, &life, err);
    *own = !status && !self->gate && life && strcmp(life->office, self->office) == 0 &&
           hw_inc_compare(&stream->inc, &self->inc) != 0;
    return status;
}

enum hw_status hw_kept_aside(struct hw_tx *tx, const struct hw_stream *stream, uint64_t from, uint64_t to, struct hw_err *err)
{
    bool own;
    enum hw_status status = hw_kept_own(tx, stream, &own, err);
    if (status || !own)
        return status;
    tx->store->kept = true;
    return run_range(tx, SQL_KEPT_ADD, stream, from, to, err);
}

enum hw_status hw_kept_load(struct hw_store *store, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(store, SQL_KEPT_FROM);
    hw_bind_int(statement, 1, 0);
    hw_bind_int(statement, 2, INT64_MAX);
    enum hw_status status = hw_sql_step(store, statement, err);
    store->kept = status == HW_OK;
    sqlite3_reset(statement);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* The first segment aside from event `from` on. NOT_FOUND. */
static enum hw_status first_from(struct hw_tx *tx, const struct hw_stream *stream, uint64_t from,
                                 struct hw_stored_segment *segment, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_KEPT_FROM);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, from));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(stream->id, HW_ROW_LAST));
    enum hw_status status = hw_sql_step(tx->store, statement, err);
    struct hw_slice hash = status ? (struct hw_slice){0} : hw_column_blob(statement, 2);
    if (!status && hash.n != HW_HASH_SIZE)
        status = hw_fail(err, HW_CORRUPT, "a segment that was put aside cannot be read");
    if (!status) {
        segment->first = (uint64_t)(sqlite3_column_int64(statement, 0) & HW_ROW_LAST);
        segment->n = (uint32_t)sqlite3_column_int64(statement, 1);
        memcpy(segment->hash, hash.p, HW_HASH_SIZE);
        segment->wire = hw_arena_slice(&tx->arena, hw_column_blob(statement, 3));
    }
    sqlite3_reset(statement);
    return status;
}

enum hw_status hw_kept_attach(struct hw_tx *tx, struct hw_stream *stream, struct hw_err *err)
{
    struct hw_stored_segment segment;
    struct hw_opened opened;
    struct hw_stream *same = stream;
    bool known;
    while (tx->store->kept) {
        enum hw_status status = first_from(tx, stream, stream->sealed + 1, &segment, err);
        if (status || segment.first != stream->sealed + 1)
            return status == HW_NOT_FOUND ? HW_OK : status;
        status = hw_segment_take(tx, segment.wire, &opened, &same, &known, false, err);
        if (status == HW_SIGNATURE || status == HW_DENIED)
            return HW_OK; /* the hub has other events before it: it stays aside */
        if (!status)
            status = run_range(tx, SQL_KEPT_DROP, stream, segment.first, segment.first, err);
        if (status)
            return status;
    }
    return HW_OK;
}

enum hw_status hw_kept_redact(struct hw_tx *tx, const struct hw_stream *stream, uint64_t seq, struct hw_err *err)
{
    struct hw_out wire HW_CLEANUP(hw_out_done) = {0};
    struct hw_stored_segment segment;
    struct hw_opened opened;
    enum hw_status status = tx->store->kept ? first_from(tx, stream, seq < HW_SEGMENT_EVENTS ? 0 : seq - HW_SEGMENT_EVENTS + 1,
                                                         &segment, err) : HW_NOT_FOUND;
    while (!status && segment.first + segment.n <= seq)
        status = first_from(tx, stream, segment.first + 1, &segment, err);
    if (!status && segment.first > seq)
        status = HW_NOT_FOUND;
    if (!status)
        status = hw_segment_open(segment.wire, &tx->arena, &opened, err);
    if (status || opened.events[seq - segment.first].redacted)
        return status == HW_NOT_FOUND ? HW_OK : status;
    hw_event_redact(&opened.events[seq - segment.first], opened.seed, (size_t)(seq - segment.first), &tx->arena);
    status = hw_segment_pack(&opened, &wire, err);
    if (!status) /* as for one that stands in its place: hw_redact_body */
        status = hw_sql_exec(tx->store, "PRAGMA secure_delete = ON", err);
    if (status)
        return status;
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_KEPT_SET);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, segment.first));
    hw_bind_blob(statement, 2, wire.p, wire.n);
    return hw_sql_run(tx->store, statement, err);
}

/* Whether the stream holds it by now, or a snapshot stands for it. */
static enum hw_status is_here(struct hw_tx *tx, const struct hw_stream *stream, const struct hw_stored_segment *segment,
                              bool *here, struct hw_err *err)
{
    struct hw_stored_segment held;
    uint64_t last = segment->first + segment->n - 1;
    *here = last <= stream->base;
    if (*here || segment->first > stream->sealed)
        return HW_OK;
    enum hw_status status = hw_segment_get(tx, stream, segment->first, true, &held, err);
    *here = !status && memcmp(held.hash, segment->hash, sizeof held.hash) == 0;
    return status == HW_NOT_FOUND ? HW_OK : status;
}

static enum hw_status settle_stream(struct hw_tx *tx, struct hw_stream *stream, size_t *moved, struct hw_err *err)
{
    struct hw_stored_segment segment;
    struct hw_opened opened;
    struct hw_out events HW_CLEANUP(hw_out_done) = {0};
    uint64_t from = 0, boundary = 0;
    enum hw_status status = hw_kept_attach(tx, stream, err);
    while (!status && !(status = first_from(tx, stream, from, &segment, err))) {
        bool here;
        from = segment.first + segment.n;
        status = is_here(tx, stream, &segment, &here, err);
        if (status || (here && segment.first <= stream->base))
            continue; /* it may be needed again, should the snapshot be let go */
        if (!here)
            status = hw_segment_open(segment.wire, &tx->arena, &opened, err);
        boundary = !here && events.n == 0 ? segment.first - 1 : boundary;
        for (size_t i = 0; !status && !here && i < opened.head.n; i++)
            hw_put_raw(&events, &opened.events[i], sizeof opened.events[i]);
        if (!status)
            status = run_range(tx, SQL_KEPT_DROP, stream, segment.first, segment.first, err);
    }
    size_t n = events.n / sizeof(struct hw_event);
    *moved += n;
    if ((status && status != HW_NOT_FOUND) || n == 0)
        return status == HW_NOT_FOUND ? HW_OK : status;
    return hw_rebirth_issue(tx, stream, boundary, hw_arena_copy(&tx->arena, events.p, events.n), n, err);
}

enum hw_status hw_kept_settle(struct hw_tx *tx, const struct hw_group *group, size_t *moved, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    const int64_t id = group->id;
    enum hw_status status = HW_OK;
    size_t n = store->streams_n; /* new ones come behind */
    for (size_t i = 0; i < n && !status && store->kept; i++) {
        bool own = false;
        if (store->streams[i].group != id)
            continue;
        status = hw_kept_own(tx, &store->streams[i], &own, err);
        if (!status && own)
            status = settle_stream(tx, &store->streams[i], moved, err);
    }
    return status;
}
