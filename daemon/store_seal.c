/* store_seal.c: this node's own events: writing, sealing (floor 2). */
#include <sodium.h>
#include <string.h>

#include "daemon/store_internal.h"
#include "headway/stamp.h"

/* Drafts take so many times what they take in a segment, in sixteenths, until one was sealed and told; and between what bounds. */
enum { PACKS = 48, PACKS_MIN = 16, PACKS_MAX = 128, LEARN_MIN = 4096 };

/* Bytes of drafts that make a segment of about `packed` bytes: people's work packs to a third, what was packed already hardly. */
static size_t drafts_for(const struct hw_store *store, size_t packed)
{
    return packed * (store->packs ? store->packs : PACKS) / 16;
}

static void learn_packs(struct hw_store *store, size_t drafts, size_t packed)
{
    if (drafts < LEARN_MIN || packed == 0) /* a few changes say nothing */
        return;
    size_t packs = drafts * 16 / packed;
    store->packs = packs < PACKS_MIN ? PACKS_MIN : packs > PACKS_MAX ? PACKS_MAX : packs;
}

uint64_t hw_tx_next_change(struct hw_tx *tx)
{
    return ++tx->store->change;
}

enum hw_status hw_draft_put(struct hw_tx *tx, const struct hw_stream *stream, const struct hw_event *event,
                            struct hw_err *err)
{
    static const uint8_t seed[HW_SEED_SIZE]; /* a draft has none yet */
    struct hw_out body HW_CLEANUP(hw_out_done) = {0};
    hw_body_encode(&body, &stream->inc, seed, event, 1, NULL);
    if (body.n > HW_EVENT_MAX)
        return hw_fail(err, HW_LIMIT, "one change of one record may take %d bytes, this one takes %zu: shorten the text",
                       HW_EVENT_MAX, body.n);
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_DRAFT_ADD);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, event->seq));
    hw_bind_blob(statement, 2, body.p, body.n);
    return hw_sql_run(tx->store, statement, err);
}

enum hw_status hw_tx_write(struct hw_tx *tx, const char *code, struct hw_event *event, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    struct hw_group *group;
    struct hw_stream *stream;
    if (strcmp(code, "directory") == 0 && store->identity.enrolled && !store->identity.gate)
        return hw_fail(err, HW_DENIED, "offices, groups and grants are written at headquarters: ask there");
    enum hw_status status = hw_cache_group_make(store, hw_slice_text(code), &group, err);
    if (!status)
        status = hw_cache_stream_make(store, &store->identity.inc, group->id, &stream, err);
    if (status)
        return status;
    event->seq = stream->tip + 1;
    event->stamp = store->clock = hw_stamp_next(store->clock, (uint64_t)tx->wall);
    if (store->identity.gate && event->stamp > store->greatest)
        store->greatest = event->stamp;
    if (event->author.n > HW_AUTHOR_MAX)
        event->author.n = HW_AUTHOR_MAX;
    status = hw_draft_put(tx, stream, event, err);
    if (!status)
        status = hw_apply_event(tx, stream, group, event, false, err);
    if (hw_gate_here(store, group))
        tx->sealing = true;
    return status;
}

/* Decodes one draft; borrows nothing from the statement. */
static enum hw_status read_draft(struct hw_tx *tx, const struct hw_stream *stream, uint64_t seq, struct hw_slice body,
                                 struct hw_event *event, struct hw_err *err)
{
    struct hw_event *events;
    uint8_t seed[HW_SEED_SIZE];
    enum hw_status status =
        hw_body_decode(hw_arena_slice(&tx->arena, body), &stream->inc, seq, 1, &tx->arena, seed, &events, err);
    if (!status)
        *event = events[0];
    return status;
}

/* By how much an event may grow when it shares tables with others: what stands first in its own may have a later place in theirs,
 * which takes up to two bytes more. */
static size_t growth(const struct hw_event *event)
{
    size_t names = event->ops_n;
    for (size_t i = 0; i < event->ops_n; i++)
        names += event->ops[i].seen_n;
    return names * 2;
}

/* Collects the next run of drafts that fits a segment of `most` bytes, unpacked; one at least. */
static enum hw_status collect(struct hw_tx *tx, const struct hw_stream *stream, size_t most, struct hw_event *events,
                              size_t *n, size_t *bytes, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_DRAFT_FROM);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, stream->sealed + 1));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(stream->id, HW_ROW_LAST));
    enum hw_status status = HW_OK;
    size_t size = 0;
    for (*n = 0; *n < HW_SEGMENT_EVENTS; (*n)++) {
        status = hw_sql_step(tx->store, statement, err);
        if (status)
            break;
        uint64_t seq = (uint64_t)(sqlite3_column_int64(statement, 0) & HW_ROW_LAST);
        struct hw_slice body = hw_column_blob(statement, 1);
        size += body.n;
        if (seq != stream->sealed + 1 + *n) {
            status = hw_fail(err, HW_CORRUPT, "draft %llu of this office is missing",
                             (unsigned long long)(stream->sealed + 1 + *n));
            break;
        }
        status = read_draft(tx, stream, seq, body, &events[*n], err);
        if (status)
            break;
        size += growth(&events[*n]); /* so that it bounds the joint body */
        if (size > most && *n > 0)
            break;
        *bytes = size;
    }
    sqlite3_reset(statement);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

static enum hw_status seal_one(struct hw_tx *tx, struct hw_stream *stream, const struct hw_group *group,
                               const struct hw_event *events, size_t n, size_t bytes, struct hw_err *err)
{
    const struct hw_identity *self = &tx->store->identity;
    struct hw_binding binding = {.office = hw_slice_text(self->office)};
    memcpy(binding.root, self->root, sizeof binding.root);
    uint8_t seed[HW_SEED_SIZE], hash[HW_HASH_SIZE];
    randombytes_buf(seed, sizeof seed);
    struct hw_out wire HW_CLEANUP(hw_out_done) = {0};
    hw_segment_seal(&binding, &stream->inc, hw_slice_text(group->code), events, n, stream->hash, seed,
                    self->sign_secret, &wire, hash);
    learn_packs(tx->store, bytes, wire.n);
    uint64_t first = events[0].seq;
    enum hw_status status = hw_segment_put(tx, stream, first, (uint32_t)n, hash, hw_out_slice(&wire), err);
    if (status)
        return status;
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_DRAFT_DROP);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, first));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(stream->id, first + n - 1));
    return hw_sql_run(tx->store, statement, err);
}

enum hw_status hw_seal_stream(struct hw_tx *tx, struct hw_stream *stream, const struct hw_group *group,
                              size_t most, struct hw_err *err)
{
    struct hw_event *events = hw_arena_alloc(&tx->arena, HW_SEGMENT_EVENTS * sizeof *events);
    size_t n, bytes = 0;
    if (stream->sealed == stream->tip)
        return HW_OK;
    enum hw_status status = collect(tx, stream, most < HW_SEGMENT_MAX ? most : HW_SEGMENT_MAX, events, &n, &bytes, err);
    if (!status && n == 0)
        return hw_fail(err, HW_CORRUPT, "drafts of group %s are missing", group->code);
    if (!status)
        status = hw_restamp(tx, stream, group, events, n, err);
    if (!status)
        status = seal_one(tx, stream, group, events, n, bytes, err);
    return status;
}

enum hw_status hw_seal_own(struct hw_tx *tx, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    enum hw_status status = HW_OK;
    tx->sealing = false;
    for (size_t i = 0; i < store->streams_n && !status; i++) {
        struct hw_stream *stream = &store->streams[i];
        struct hw_group *group = hw_cache_group_by_id(store, stream->group);
        if (hw_inc_compare(&stream->inc, &store->identity.inc) != 0 || !hw_gate_here(store, group))
            continue;
        while (stream->sealed < stream->tip && !status) {
            uint64_t first = stream->sealed + 1;
            status = hw_seal_stream(tx, stream, group, HW_SEGMENT_MAX, err);
            if (!status)
                status = hw_gate_admit(tx, group, stream, first, (uint32_t)(stream->sealed + 1 - first),
                                       stream->hash, err);
        }
    }
    return status;
}

enum hw_status hw_tx_seal(struct hw_tx *tx, size_t max, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < store->streams_n && !status; i++) {
        struct hw_stream *stream = &store->streams[i];
        const struct hw_group *group = hw_cache_group_by_id(store, stream->group);
        bool own = hw_inc_compare(&stream->inc, &store->identity.inc) == 0;
        if (!own || stream->sealed >= stream->tip || strcmp(group->code, "directory") == 0)
            continue;
        uint64_t first = stream->sealed + 1;
        status = hw_seal_stream(tx, stream, group, drafts_for(store, max), err);
        hw_grown_add(&tx->up, group, &stream->inc, first, stream->sealed);
    }
    return status;
}

/* Up: own segments from `from` on, at most `max` bytes of them. */
enum hw_status hw_tx_segments_up(struct hw_tx *tx, const char *code, uint64_t from, size_t max, struct hw_out *items,
                                 size_t *n, uint64_t *last, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    struct hw_group *group = hw_cache_group(store, hw_slice_text(code));
    struct hw_stream *stream = group ? hw_cache_stream(store, &store->identity.inc, group->id) : NULL;
    *n = 0;
    *last = from - 1;
    while (stream && *last < stream->tip) {
        struct hw_stored_segment segment;
        enum hw_status status = HW_OK;
        if (*n > 0 && *last >= stream->sealed && items->n > max / 2)
            return HW_OK; /* what is not sealed yet can still be sealed to fit the next message */
        if (*last >= stream->sealed)
            status = hw_seal_stream(tx, stream, group, drafts_for(store, max), err);
        if (!status)
            status = hw_segment_get(tx, stream, *last + 1, true, &segment, err);
        if (status)
            return status;
        if (*n > 0 && items->n + segment.wire.n > max)
            return HW_OK;
        hw_segments_item(items, segment.wire);
        (*n)++;
        *last = segment.first + segment.n - 1;
    }
    return HW_OK;
}
