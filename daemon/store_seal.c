/* store_seal.c: this node's own events: writing, sealing (floor 2). */
#include <sodium.h>
#include <string.h>

#include "daemon/store_draft.h"
#include "daemon/store_internal.h"
#include "headway/stamp.h"

/* Drafts take so many times what they take in a segment, in sixteenths, until one was sealed and told; and between what bounds. */
enum { PACKS = 48, PACKS_MIN = 16, PACKS_MAX = 128, LEARN_MIN = 4096 };

/* Bytes of drafts that make a segment of about `packed` bytes: people's work packs to a third, what was packed already hardly. */
static size_t drafts_for(const struct hw_store *store, size_t packed)
{
    size_t drafts = packed < HW_SEGMENT_MAX ? packed * (store->packs ? store->packs : PACKS) / 16 : HW_SEGMENT_MAX;
    return drafts < HW_SEGMENT_MAX ? drafts : HW_SEGMENT_MAX;
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

struct hw_id hw_tx_new_id(struct hw_tx *tx)
{
    struct hw_store *store = tx->store;
    struct hw_id id;
    randombytes_buf(id.b, sizeof id.b);
    const struct hw_inc *own = &store->identity.inc; /* offices do not all begin at the same place */
    hw_id_place(&id, ((uint64_t)own->b[0] << 8 | own->b[1]) + store->change + tx->placed++);
    return id;
}

/* What the event borrows from the job lives as long as the records that are kept. */
static void keep_event(struct hw_tx *tx, struct hw_event *event)
{
    struct hw_op *ops = hw_arena_copy(&tx->arena, event->ops, event->ops_n * sizeof *ops);
    event->author = hw_arena_slice(&tx->arena, event->author);
    for (size_t i = 0; i < event->ops_n; i++) {
        ops[i].value = hw_arena_slice(&tx->arena, ops[i].value);
        ops[i].seen = hw_arena_copy(&tx->arena, ops[i].seen, ops[i].seen_n * sizeof *ops[i].seen);
    }
    event->ops = ops;
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
    bool dirty = stream->dirty;
    if (tx->keeps)
        keep_event(tx, event);
    status = hw_draft_put(tx, stream, event, err);
    if (!status)
        status = hw_apply_event(tx, stream, group, event, false, err);
    if (tx->keeps)
        stream->dirty = dirty; /* where it ends, its drafts say; its rows may be owed */
    if (hw_gate_here(store, group))
        tx->sealing = true;
    return status;
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
    return status ? status : hw_draft_drop(tx, stream, first, first + n - 1, err);
}

enum hw_status hw_seal_stream(struct hw_tx *tx, struct hw_stream *stream, const struct hw_group *group,
                              size_t max, struct hw_err *err)
{
    struct hw_event *events = hw_arena_alloc(&tx->arena, HW_SEGMENT_EVENTS * sizeof *events);
    size_t n, bytes = 0;
    if (stream->sealed == stream->tip)
        return HW_OK;
    enum hw_status status = hw_draft_collect(tx, stream, drafts_for(tx->store, max), events, &n, &bytes, err);
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
                                       stream->hash, false, err);
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
        status = hw_seal_stream(tx, stream, group, max, err);
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
            status = hw_seal_stream(tx, stream, group, max, err);
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
