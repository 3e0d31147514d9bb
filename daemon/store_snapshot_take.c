/* store_snapshot_take.c: a snapshot that comes to a new office (floor 2).
 *
 * Chunks are kept as they come, one commit each, so a link that is cut costs at most the one under way. The last one makes them
 * the group's rows, in the same commit: before it the group shows this office's own events alone, after it everything. */
#include <string.h>

#include "daemon/store_internal.h"
#include "daemon/store_snapshot.h"

/* The directory, which comes first, must know who signed it and all who wrote. */
static enum hw_status check_manifest(struct hw_tx *tx, const struct hw_group *group,
                                     const struct hw_snapshot_message *message, const struct hw_manifest *manifest,
                                     struct hw_err *err)
{
    const uint8_t *key = NULL;
    const struct hw_life *life = NULL;
    uint8_t hash[HW_HASH_SIZE];
    if (!hw_slice_is(manifest->group, group->code))
        return hw_fail(err, HW_CORRUPT, "the snapshot of group %s is another group's", group->code);
    enum hw_status status = hw_journal_key(tx, group, &manifest->life, &key, err);
    if (status)
        return status;
    hw_manifest_hash(tx->store->identity.root, message->bytes, hash);
    if (!hw_entry_verify(hash, key, message->signature))
        return hw_fail(err, HW_SIGNATURE, "the snapshot of group %s is not signed by its gate", group->code);
    for (size_t i = 0; i < manifest->streams_n && !status; i++) {
        status = hw_cache_life(tx, &manifest->streams[i].inc, &life, err);
        if (!status && !life)
            return hw_fail(err, HW_GAP, "the snapshot of group %s names an incarnation that the directory does not know yet",
                           group->code);
    }
    return status;
}

static enum hw_status take_offer(struct hw_tx *tx, struct hw_group *group, const struct hw_snapshot_message *message,
                                 struct hw_err *err)
{
    struct hw_manifest manifest;
    struct hw_snapshot_held held;
    struct hw_group staging = hw_base_staging(group);
    enum hw_status status = hw_manifest_decode(message->bytes, &tx->arena, &manifest, err);
    if (!status)
        status = check_manifest(tx, group, message, &manifest, err);
    if (status || manifest.position <= group->position)
        return status; /* the journal was faster */
    status = hw_base_held(tx, &staging, &held, err);
    if (!status && hw_slice_equal(held.bytes, message->bytes))
        return HW_OK; /* it goes on where it was cut off */
    hw_making_end(tx->store); /* it stages in the same place */
    status = hw_base_drop(tx, &staging, err);
    group->staged = manifest.position;
    group->staged_n = 0;
    return status ? status : hw_base_keep(tx, &staging, message->bytes, manifest.position, message->signature, false, err);
}

/* Streams stand where the snapshot says; what is held beyond that stays when it continues it. */
static enum hw_status set_stream(struct hw_tx *tx, const struct hw_group *group, const struct hw_snapshot_stream *at,
                                 struct hw_err *err)
{
    struct hw_store *store = tx->store;
    struct hw_stream *stream;
    uint8_t hash[HW_HASH_SIZE];
    enum hw_status status = hw_cache_stream_make(store, &at->inc, group->id, &stream, err);
    if (status)
        return status;
    stream->admitted = stream->base = at->seq;
    memcpy(stream->base_hash, at->hash, sizeof stream->base_hash);
    stream->dirty = true;
    if (stream->tip < at->seq)
        stream->tip = at->seq; /* the rows that come have them */
    if (stream->sealed >= at->seq) { /* this office wrote it, and holds it whole */
        if (stream->tip < at->seq)
            stream->tip = at->seq; /* of a former life: it waited for the gate's word */
        stream->base = 0;
        status = hw_segment_hash_at(tx, stream, at->seq, hash, err);
        stream->base = at->seq;
        if (!status && memcmp(hash, at->hash, sizeof hash) != 0)
            status = hw_fail(err, HW_FORK, "the hub holds other changes of this office in group %s", group->code);
        return status;
    }
    /* Drafts of a former life under these numbers were issued again when the present one began; its segments are kept. */
    status = hw_kept_aside(tx, stream, 0, at->seq, err);
    if (status)
        return status;
    sqlite3_stmt *drop = hw_sql(store, SQL_SEGMENT_DROP);
    hw_bind_int(drop, 1, (uint64_t)hw_row_id(stream->id, 0));
    hw_bind_int(drop, 2, (uint64_t)hw_row_id(stream->id, at->seq));
    status = hw_sql_run(store, drop, err);
    stream->sealed = at->seq;
    memcpy(stream->hash, at->hash, sizeof stream->hash);
    return status ? status : hw_kept_attach(tx, stream, err);
}

/* What a former life of this office has under numbers for which the snapshot stands for other changes goes over to the present
 * life: it has no place in that stream any more. While the old rows are here: they tell what it was about. */
static enum hw_status leave_stream(struct hw_tx *tx, const struct hw_group *group, const struct hw_snapshot_stream *at,
                                   size_t *moved, struct hw_err *err)
{
    const struct hw_stream *stream = hw_cache_stream(tx->store, &at->inc, group->id);
    uint8_t hash[HW_HASH_SIZE];
    bool own = false;
    if (!stream || stream->sealed < at->seq || stream->admitted >= at->seq)
        return HW_OK;
    enum hw_status status = hw_kept_own(tx, stream, &own, err);
    if (status || !own)
        return status;
    status = hw_segment_hash_at(tx, stream, at->seq, hash, err);
    if (status && status != HW_NOT_FOUND && status != HW_GAP)
        return status;
    return !status && memcmp(hash, at->hash, sizeof hash) == 0 ? HW_OK : hw_rebirth_stream(tx, stream, moved, err);
}

static enum hw_status leave_streams(struct hw_tx *tx, const struct hw_group *group, const struct hw_manifest *manifest,
                                    struct hw_err *err)
{
    size_t moved = 0;
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < manifest->streams_n && !status; i++)
        status = leave_stream(tx, group, &manifest->streams[i], &moved, err);
    if (status || moved == 0)
        return status;
    return hw_tx_incident(tx, hw_arena_printf(&tx->arena, "Headquarters had other changes of this office under the same numbers"
                                              " in group %s: %zu that were made here were issued again; nothing was lost.",
                                              group->code, moved), err);
}

/* Makes the snapshot the group's rows. Of what an office that was far behind held, its own segments and drafts stay. */
static enum hw_status become(struct hw_tx *tx, struct hw_group *group, const struct hw_snapshot_held *held,
                             struct hw_err *err)
{
    const struct hw_manifest *manifest = &held->manifest;
    uint64_t records = 0;
    size_t n = 0;
    enum hw_status status = leave_streams(tx, group, manifest, err);
    if (!status)
        status = group->position ? hw_base_clear(tx, group, err) : hw_tx_flush(tx, err);
    if (!status && !group->position)
        status = hw_base_clear_rows(tx, group, err);
    if (!status)
        status = hw_base_promote(tx, group, true, err);
    for (size_t i = 0; i < manifest->streams_n && !status; i++)
        status = set_stream(tx, group, &manifest->streams[i], err);
    for (size_t i = 0; i < manifest->chunks_n && !status; i++) {
        status = hw_base_rows(tx, group, i, NULL, NULL, &n, err);
        records += n;
    }
    if (!status && records != manifest->records)
        status = hw_fail(err, HW_CORRUPT, "the snapshot of group %s has not the records that it names", group->code);
    if (status)
        return status;
    group->position = manifest->position - 1;
    status = hw_gate_life_begin(tx->store, group, &manifest->life, err); /* it wrote the entry that the snapshot ends with */
    group->position = group->base = manifest->position;
    group->staged = group->staged_n = 0;
    memcpy(group->chain, manifest->chain, sizeof group->chain);
    memcpy(group->base_chain, manifest->chain, sizeof group->base_chain);
    return status ? status : hw_base_reapply(tx, group, err);
}

static enum hw_status take_chunk(struct hw_tx *tx, struct hw_group *group, const struct hw_snapshot_message *message,
                                 struct hw_err *err)
{
    struct hw_snapshot_held held;
    struct hw_chunk_record *records;
    size_t n;
    uint8_t hash[HW_HASH_SIZE], key[HW_BASE_KEY];
    struct hw_group staging = hw_base_staging(group);
    enum hw_status status = hw_base_held(tx, &staging, &held, err);
    if (status == HW_NOT_FOUND || (!status && (held.manifest.position != message->position || message->index > group->staged_n ||
                                               message->index >= held.manifest.chunks_n)))
        return hw_fail(err, HW_GAP, "a piece of another snapshot of group %s than the one that was begun", group->code);
    if (status || message->index < group->staged_n)
        return status; /* held already */
    hw_chunk_hash(message->bytes, hash);
    if (memcmp(hash, held.manifest.chunks + message->index * HW_HASH_SIZE, sizeof hash) != 0)
        return hw_fail(err, HW_CORRUPT, "a piece of the snapshot of group %s is not the one that the gate signed", group->code);
    status = hw_chunk_open(message->bytes, &tx->arena, &records, &n, err);
    if (status)
        return status;
    hw_base_key(key, &records[0]);
    status = hw_base_put_chunk(tx, &staging, message->index, key, message->bytes, err);
    group->staged_n = message->index + 1;
    return status || group->staged_n < held.manifest.chunks_n ? status : become(tx, group, &held, err);
}

enum hw_status hw_tx_snapshot_take(struct hw_tx *tx, const struct hw_snapshot_message *message, struct hw_err *err)
{
    struct hw_group *group;
    enum hw_status status = hw_cache_group_make(tx->store, message->group, &group, err);
    if (status || (message->what == HW_SNAPSHOT_CHUNK && message->position <= group->position))
        return status; /* the journal was faster */
    return message->what == HW_SNAPSHOT_OFFER ? take_offer(tx, group, message, err) : take_chunk(tx, group, message, err);
}
