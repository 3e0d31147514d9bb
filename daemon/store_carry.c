/* store_carry.c: what a node holds for others on the way to the gate: which streams
 * wait, and their segments as they came (floor 2). */
#include <string.h>

#include "daemon/store_internal.h"
#include "daemon/store_passed.h"

/* Streams of this office's own former incarnations are among them: the hub may have lost what it once named as held. */
static bool waits(const struct hw_store *store, const struct hw_stream *stream)
{
    return stream->sealed > stream->admitted && hw_inc_compare(&stream->inc, &store->identity.inc) != 0;
}

void hw_tx_carried(struct hw_tx *tx, struct hw_carry **carried, size_t *n)
{
    struct hw_store *store = tx->store;
    struct hw_carry *passed;
    size_t most = 0, passed_n;
    *n = 0;
    *carried = NULL;
    if (store->identity.gate || !store->identity.enrolled)
        return;
    hw_passed_lanes(tx, &passed, &passed_n);
    for (size_t i = 0; i < store->streams_n; i++)
        most += waits(store, &store->streams[i]);
    *carried = hw_arena_zero(&tx->arena, most + passed_n, sizeof **carried);
    for (; *n < passed_n; (*n)++)
        (*carried)[*n] = passed[*n];
    for (size_t i = 0; i < store->streams_n; i++) {
        const struct hw_stream *stream = &store->streams[i];
        const struct hw_group *group = hw_cache_group_by_id(store, stream->group);
        const struct hw_life *life;
        if (!waits(store, stream) || strcmp(group->code, "directory") == 0)
            continue;
        if (hw_cache_life(tx, &stream->inc, &life, NULL) == HW_OK && life && life->ended)
            continue; /* headquarters takes nothing more of it */
        struct hw_carry *one = &(*carried)[(*n)++];
        *one = (struct hw_carry){.inc = stream->inc, .sealed = stream->sealed, .admitted = stream->admitted};
        memcpy(one->group, group->code, sizeof one->group);
    }
}

static enum hw_status has_grant(struct hw_tx *tx, const char *office, const char *group, bool *has, struct hw_err *err)
{
    enum hw_granted granted = HW_GRANTED_NEVER;
    enum hw_status status = hw_tx_has_grant(tx, office, hw_slice_text(group), &granted, err);
    *has = granted == HW_GRANTED_NOW;
    return status;
}

enum hw_status hw_carry_serves(struct hw_tx *tx, const char *group, bool *serves, struct hw_err *err)
{
    *serves = true;
    if (tx->store->identity.gate)
        return HW_OK;
    return has_grant(tx, tx->store->identity.office, group, serves, err);
}

static enum hw_status may_carry(struct hw_tx *tx, const char *office, const struct hw_hello *hello, const struct hw_stream *stream,
                                const char *group, bool *may, struct hw_err *err)
{
    const struct hw_life *life;
    enum hw_status status = hw_cache_life(tx, &stream->inc, &life, err);
    *may = !status && life && !life->ended && (hello->serves_n > 0 || strcmp(life->office, office) == 0);
    if (*may)
        status = hw_carry_serves(tx, group, may, err);
    return status || !*may ? status : has_grant(tx, office, group, may, err);
}

enum hw_status hw_tx_carry_held(struct hw_tx *tx, const char *office, const struct hw_hello *hello,
                                struct hw_ack **acks, size_t *n, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    enum hw_status status = HW_OK;
    *n = 0;
    *acks = hw_arena_zero(&tx->arena, store->streams_n < HW_STREAMS_MAX ? store->streams_n : HW_STREAMS_MAX, sizeof **acks);
    for (size_t i = 0; i < store->streams_n && *n < HW_STREAMS_MAX && !status; i++) {
        const struct hw_stream *stream = &store->streams[i];
        bool may = false;
        if (stream->sealed <= stream->admitted || hw_inc_compare(&stream->inc, &hello->inc) == 0)
            continue; /* where its own stream stands WELCOME says */
        const char *group = hw_cache_group_by_id(store, stream->group)->code;
        status = may_carry(tx, office, hello, stream, group, &may, err);
        if (may)
            (*acks)[(*n)++] = (struct hw_ack){.inc = stream->inc, .group = hw_slice_text(group), .durable = stream->sealed,
                                              .admitted = stream->admitted};
    }
    return status;
}

enum hw_status hw_tx_segments_carry(struct hw_tx *tx, const struct hw_inc *inc, const char *code, uint64_t from,
                                    size_t max, struct hw_out *items, size_t *n, uint64_t *last, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    struct hw_group *group = hw_cache_group(store, hw_slice_text(code));
    const struct hw_stream *stream = group ? hw_cache_stream(store, inc, group->id) : NULL;
    const struct hw_life *life;
    bool has = false, serves = false;
    *n = 0;
    *last = from - 1;
    enum hw_status status = hw_cache_life(tx, inc, &life, err);
    if (!status && life)
        status = has_grant(tx, life->office, code, &has, err);
    if (!status)
        status = hw_carry_serves(tx, code, &serves, err);
    if (!status && (!has || !serves))
        return hw_fail(err, HW_DENIED, "%s has no grant in group %s now", serves ? "its office" : "this office", code);
    while (!status && stream && *last < stream->sealed) {
        struct hw_stored_segment segment;
        status = hw_segment_get(tx, stream, *last + 1, true, &segment, err);
        if (status || (*n > 0 && items->n + segment.wire.n > max))
            return status;
        hw_segments_item(items, segment.wire);
        (*n)++;
        *last = segment.first + segment.n - 1;
    }
    return status;
}

bool hw_carry_behind(const struct hw_tx *tx, const struct hw_group *group, const struct hw_cursor *cursor)
{
    if (tx->store->identity.gate)
        return false;
    if (!group || group->position == 0)
        return true;
    return cursor->position > group->position && hw_inc_compare(&cursor->life, &group->life) == 0;
}

/* Ends the stream at what is admitted. Nothing after that is in the rows: others' events are applied when admitted. */
static enum hw_status let_go(struct hw_tx *tx, struct hw_stream *stream, struct hw_err *err)
{
    uint8_t last[HW_HASH_SIZE];
    enum hw_status status = hw_segment_hash_at(tx, stream, stream->admitted, last, err);
    if (status)
        return status;
    status = hw_kept_aside(tx, stream, stream->admitted + 1, HW_ROW_LAST, err);
    if (status)
        return status;
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_SEGMENT_DROP);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, stream->admitted + 1));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(stream->id, HW_ROW_LAST));
    memcpy(stream->hash, last, sizeof stream->hash);
    stream->sealed = stream->admitted;
    stream->dirty = true;
    return hw_sql_run(tx->store, statement, err);
}

enum hw_status hw_carry_yield(struct hw_tx *tx, struct hw_stream *stream, const struct hw_entry *entry,
                              struct hw_err *err)
{
    struct hw_stored_segment held;
    bool own = false;
    size_t moved = 0;
    if (!waits(tx->store, stream) || entry->seq != stream->admitted + 1)
        return HW_OK;
    enum hw_status status = hw_segment_get(tx, stream, entry->seq, true, &held, err);
    if (status && status != HW_NOT_FOUND)
        return status;
    if (!status && held.n == entry->n && memcmp(held.hash, entry->hash, sizeof held.hash) == 0)
        return HW_OK;
    if (stream->tip <= stream->admitted)
        return let_go(tx, stream, err);
    status = hw_kept_own(tx, stream, &own, err);
    if (status || !own)
        return status;
    const char *code = hw_cache_group_by_id(tx->store, stream->group)->code;
    status = hw_rebirth_stream(tx, stream, &moved, err); /* shown here already, so it goes over at once */
    return status ? status
                  : hw_tx_incident(tx, hw_arena_printf(&tx->arena, "Headquarters had other changes of this office under the same numbers"
                                                       " in group %s: %zu that were made here were issued again; nothing was lost.",
                                                       code, moved), err);
}
