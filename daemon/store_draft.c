/* store_draft.c: this node's own events until they are sealed, a row for each
 * run that one job wrote (floor 2).
 *
 * What a job writes is gathered behind each other and becomes a row at its end, or when it is as long as the shortest segment
 * that anybody wants: a row for each event cost a fifth of a write. A run is sealed whole, into one segment. */
#include "daemon/store_draft.h"

#include <string.h>

/* Some hundred changes, which pack to 4 or 5 kB: on a link of 64 kbit/s a segment is to take less than a second. */
enum { RUN_MAX = 16 * 1024 };

enum hw_status hw_draft_flush(struct hw_tx *tx, struct hw_err *err)
{
    struct hw_drafting *drafting = &tx->drafting;
    if (drafting->n == 0)
        return HW_OK;
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_DRAFT_ADD);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(drafting->stream, drafting->last.seq + 1 - drafting->n));
    hw_bind_int(statement, 2, drafting->n);
    hw_bind_blob(statement, 3, drafting->run.p, drafting->run.n);
    enum hw_status status = hw_sql_run(tx->store, statement, err);
    tx->store->drafted = (struct hw_drafted){drafting->stream, drafting->last.seq, drafting->last.change, drafting->last.stamp};
    hw_draft_forget(tx);
    return status;
}

void hw_draft_forget(struct hw_tx *tx)
{
    tx->drafting.n = tx->drafting.size = 0;
    hw_out_reset(&tx->drafting.run);
    tx->drafts_read = (struct hw_drafts){0};
}

enum hw_status hw_draft_put(struct hw_tx *tx, const struct hw_stream *stream, const struct hw_event *event,
                            struct hw_err *err)
{
    struct hw_drafting *drafting = &tx->drafting;
    size_t size = hw_draft_bound(event);
    bool follows = drafting->n && drafting->stream == stream->id && drafting->last.seq + 1 == event->seq;
    bool fits = drafting->n < HW_SEGMENT_EVENTS && drafting->size + size <= RUN_MAX;
    if (size > HW_EVENT_MAX)
        return hw_fail(err, HW_LIMIT, "one change of one record may take %d bytes, this one takes %zu: shorten the text",
                       HW_EVENT_MAX, size);
    enum hw_status status = follows && fits ? HW_OK : hw_draft_flush(tx, err);
    if (status)
        return status;
    hw_draft_encode(&drafting->run, &stream->inc, event, drafting->n ? &drafting->last : NULL);
    drafting->stream = stream->id;
    drafting->last = *event;
    drafting->size += size;
    drafting->n++;
    if (event->change > tx->store->change) /* issued again under this life: the next change has another number */
        tx->store->change = event->change;
    return HW_OK;
}

/* The row on which `statement` stands; copies what it holds. */
static enum hw_status read_run(struct hw_tx *tx, const struct hw_stream *stream, sqlite3_stmt *statement,
                               struct hw_drafts *drafts, struct hw_err *err)
{
    int64_t id = sqlite3_column_int64(statement, 0);
    drafts->stream = id >> HW_ROW_SHIFT;
    drafts->first = (uint64_t)(id & HW_ROW_LAST);
    drafts->n = (size_t)sqlite3_column_int64(statement, 1);
    struct hw_slice run = hw_arena_slice(&tx->arena, hw_column_blob(statement, 2));
    return hw_draft_decode(run, &stream->inc, drafts->first, drafts->n, &tx->arena, &drafts->events, err);
}

static bool holds(const struct hw_drafts *drafts, const struct hw_stream *stream, uint64_t seq)
{
    return drafts->stream == stream->id && seq >= drafts->first && seq - drafts->first < drafts->n;
}

enum hw_status hw_draft_read(struct hw_tx *tx, const struct hw_stream *stream, uint64_t seq, struct hw_event *event,
                             struct hw_err *err)
{
    struct hw_drafts *drafts = &tx->drafts_read;
    enum hw_status status = hw_draft_flush(tx, err);
    if (!status && !holds(drafts, stream, seq)) {
        sqlite3_stmt *statement = hw_sql(tx->store, SQL_DRAFT_AT);
        hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, seq));
        *drafts = (struct hw_drafts){0};
        status = hw_sql_step(tx->store, statement, err);
        if (!status)
            status = read_run(tx, stream, statement, drafts, err);
        if (status)
            drafts->n = 0;
        sqlite3_reset(statement);
    }
    if (status == HW_NOT_FOUND || (!status && !holds(drafts, stream, seq)))
        return hw_fail(err, HW_NOT_FOUND, "event %llu is not held", (unsigned long long)seq);
    if (!status)
        *event = drafts->events[seq - drafts->first];
    return status;
}

enum hw_status hw_draft_collect(struct hw_tx *tx, const struct hw_stream *stream, size_t most, struct hw_event *events,
                                size_t *n, size_t *bytes, struct hw_err *err)
{
    sqlite3_stmt *statement;
    size_t size = 0;
    *n = *bytes = 0;
    enum hw_status status = hw_draft_flush(tx, err);
    if (status)
        return status;
    statement = hw_sql(tx->store, SQL_DRAFT_FROM);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, stream->sealed + 1));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(stream->id, HW_ROW_LAST));
    while (!status && !(status = hw_sql_step(tx->store, statement, err))) {
        struct hw_drafts drafts;
        if (*n && *n + (uint64_t)sqlite3_column_int64(statement, 1) > HW_SEGMENT_EVENTS)
            break;
        status = read_run(tx, stream, statement, &drafts, err);
        if (!status && drafts.first != stream->sealed + 1 + *n)
            status = hw_fail(err, HW_CORRUPT, "draft %llu of this office is missing",
                             (unsigned long long)(stream->sealed + 1 + *n));
        for (size_t i = 0; !status && i < drafts.n; i++)
            size += hw_draft_bound(&drafts.events[i]);
        if (status || (*n && size > most))
            break;
        *bytes = size;
        memcpy(events + *n, drafts.events, drafts.n * sizeof *events);
        *n += drafts.n;
    }
    sqlite3_reset(statement);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

enum hw_status hw_draft_drop(struct hw_tx *tx, const struct hw_stream *stream, uint64_t first, uint64_t last,
                             struct hw_err *err)
{
    enum hw_status status = hw_draft_flush(tx, err);
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_DRAFT_DROP);
    tx->drafts_read = (struct hw_drafts){0};
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, first));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(stream->id, last));
    return status ? status : hw_sql_run(tx->store, statement, err);
}

/* -- at the start, and after what is undone -- */

/* The last run of a stream, on which `statement` stands. One that is damaged keeps its place and tells nothing: `verify` names
 * it, and so does whoever seals it. */
static void load_last(struct hw_store *store, sqlite3_stmt *statement, int64_t *owner)
{
    struct hw_arena arena HW_CLEANUP(hw_arena_done) = {0};
    int64_t id = sqlite3_column_int64(statement, 0);
    uint64_t first = (uint64_t)(id & HW_ROW_LAST);
    size_t n = (size_t)sqlite3_column_int64(statement, 1);
    struct hw_event *events;
    *owner = id >> HW_ROW_SHIFT;
    struct hw_stream *stream = hw_cache_stream_by_id(store, *owner);
    if (!stream || n == 0)
        return;
    stream->tip = first + n - 1 > stream->tip ? first + n - 1 : stream->tip;
    if (hw_draft_decode(hw_column_blob(statement, 2), &stream->inc, first, n, &arena, &events, NULL) != HW_OK)
        return;
    const struct hw_event *last = &events[n - 1];
    if (!store->drafted.stream || last->change > store->drafted.change)
        store->drafted = (struct hw_drafted){*owner, last->seq, last->change, last->stamp};
}

enum hw_status hw_draft_load(struct hw_store *store, struct hw_err *err)
{
    int64_t before = INT64_MAX; /* row ids of streams looked at already begin there */
    enum hw_status status = HW_OK;
    store->drafted = (struct hw_drafted){0};
    while (!status) {
        int64_t owner = 0;
        sqlite3_stmt *statement = hw_sql(store, SQL_DRAFT_AT);
        hw_bind_int(statement, 1, (uint64_t)before);
        status = hw_sql_step(store, statement, err);
        if (!status)
            load_last(store, statement, &owner);
        sqlite3_reset(statement);
        before = hw_row_id(owner, 0);
    }
    store->behind = false;
    for (size_t i = 0; i < store->streams_n; i++)
        store->behind = store->behind || store->streams[i].shown < store->streams[i].tip;
    if (store->drafted.stream && store->drafted.change > store->change) {
        store->change = store->drafted.change;
        store->clock = store->drafted.clock;
    }
    return status == HW_NOT_FOUND ? HW_OK : status;
}
