/* store_snapshot.c: snapshots made at the gate (floor 2).
 *
 * Made in one job, so that all rows are of one position, a chunk at a time, so that memory stays small; kept in the
 * database until the journal has gone on for as many events as it stands for. */
#include "daemon/store_snapshot.h"

#include <string.h>

#include "daemon/store_internal.h"

struct making {
    struct hw_tx *tx;
    struct hw_group *group;
    struct hw_arena arena; /* of one row */
    struct hw_out items, hashes, chunk;
    size_t items_n;
    struct hw_chunk_record first; /* of the chunk under way */
    uint64_t records;
    bool unfit; /* a record is larger than a chunk, or there are too many */
};

static enum hw_status put_chunk(struct making *making, struct hw_err *err)
{
    uint8_t hash[HW_HASH_SIZE], key[HW_BASE_KEY];
    uint64_t index = making->hashes.n / HW_HASH_SIZE;
    if (making->items_n == 0)
        return HW_OK;
    making->unfit = making->unfit || index >= HW_CHUNKS_MAX;
    if (making->unfit)
        return HW_OK;
    hw_out_reset(&making->chunk);
    hw_chunk_pack(&making->chunk, hw_out_slice(&making->items), making->items_n);
    hw_chunk_hash(hw_out_slice(&making->chunk), hash);
    hw_put_raw(&making->hashes, hash, sizeof hash);
    hw_out_reset(&making->items);
    making->items_n = 0;
    hw_base_key(key, &making->first);
    return hw_base_put_chunk(making->tx, making->group, index, key, hw_out_slice(&making->chunk), err);
}

static enum hw_status put_record(struct making *making, const struct hw_chunk_record *record, struct hw_err *err)
{
    enum { AROUND = 48 }; /* the heads around a record, and the one of the chunk */
    enum hw_status status = HW_OK;
    making->unfit = making->unfit || record->meta.n + AROUND > HW_CHUNK_MAX;
    if (making->unfit)
        return HW_OK;
    if (making->items.n + record->meta.n + AROUND > HW_CHUNK_MAX)
        status = put_chunk(making, err);
    if (making->items_n == 0)
        making->first = (struct hw_chunk_record){.kind = record->kind, .id = record->id};
    hw_chunk_item(&making->items, record);
    making->items_n++;
    making->records++;
    return status;
}

/* The row on which the statement stands: with the texts that the table has in columns alone. */
static enum hw_status put_row(struct making *making, const struct hw_kind *kind, sqlite3_stmt *from, struct hw_arena *arena,
                              struct hw_out *meta, struct hw_err *err)
{
    struct hw_chunk_record record = {.kind = kind->id};
    int column[HW_TABLE_FIELDS];
    struct hw_row row;
    if (!hw_id_parse(hw_column_blob(from, 0), &record.id))
        return hw_fail(err, HW_CORRUPT, "a row of %s has no id: headway verify tells more", kind->name);
    hw_row_init(&row, kind->id, &record.id);
    hw_table_places(kind, 2, column);
    enum hw_status status = hw_table_meta(&row, from, column, arena, hw_column_blob(from, 1), err);
    if (status)
        return status;
    hw_out_reset(meta);
    hw_row_encode(&row, meta);
    record.meta = hw_out_slice(meta);
    return put_record(making, &record, err);
}

/* All rows, those of records that were refused altogether as well. The key is walked, whatever the planner thinks of the
 * group's index: that order would have to be sorted, in memory. */
static enum hw_status put_kind(struct making *making, const struct hw_kind *kind, struct hw_err *err)
{
    struct hw_store *store = making->tx->store;
    struct hw_arena arena HW_CLEANUP(hw_arena_done) = {0}; /* of one row */
    struct hw_out meta HW_CLEANUP(hw_out_done) = {0};
    sqlite3_stmt *row = NULL;
    const char *sql = hw_arena_printf(&making->tx->arena, "SELECT id, meta%s FROM \"%s\" WHERE +grp = ?1 ORDER BY id",
                                      hw_table_texts(kind, &making->tx->arena), kind->name);
    enum hw_status status = hw_sql_prepare(store, sql, &row, err);
    if (!status)
        hw_bind_text(row, 1, making->group->code, strlen(making->group->code));
    while (!status && !making->unfit && !(status = hw_sql_step(store, row, err))) {
        status = put_row(making, kind, row, &arena, &meta, err);
        hw_arena_reset(&arena);
    }
    sqlite3_finalize(row);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* How far each stream is admitted. Where something else is in the rows, there is no snapshot of them. */
static enum hw_status put_streams(struct making *making, struct hw_manifest *manifest, struct hw_err *err)
{
    struct hw_store *store = making->tx->store;
    struct hw_snapshot_stream *list = hw_arena_zero(&making->tx->arena, store->streams_n, sizeof *list);
    enum hw_status status = HW_OK;
    size_t n = 0;
    for (size_t i = 0; i < store->streams_n && !status; i++) {
        const struct hw_stream *stream = &store->streams[i];
        if (stream->group != making->group->id || (stream->tip == 0 && stream->admitted == 0))
            continue;
        making->unfit = making->unfit || stream->tip != stream->admitted || n >= HW_SNAPSHOT_STREAMS;
        size_t at = n++;
        for (; at > 0 && hw_inc_compare(&list[at - 1].inc, &stream->inc) > 0; at--)
            list[at] = list[at - 1];
        list[at] = (struct hw_snapshot_stream){.inc = stream->inc, .seq = stream->admitted};
        status = hw_segment_hash_at(making->tx, stream, stream->admitted, list[at].hash, err);
    }
    manifest->streams = list;
    manifest->streams_n = n;
    return status;
}

static enum hw_status make(struct making *making, struct hw_err *err)
{
    struct hw_tx *tx = making->tx;
    struct hw_group *group = making->group;
    struct hw_manifest manifest = {.group = hw_slice_text(group->code), .life = group->life, .position = group->position,
                                   .time_ms = (uint64_t)tx->wall};
    enum hw_status status = hw_base_drop(tx, group, err);
    memcpy(manifest.chain, group->chain, sizeof manifest.chain);
    if (!status)
        status = put_streams(making, &manifest, err);
    for (uint16_t id = 0; id < 256 && !status && !making->unfit; id++) /* kinds in the order of their numbers */
        if (hw_kind_by_id(id))
            status = put_kind(making, hw_kind_by_id(id), err);
    if (!status)
        status = put_chunk(making, err);
    if (status || making->unfit || making->hashes.n == 0)
        return status ? status : hw_base_drop(tx, group, err);
    manifest.records = making->records;
    manifest.chunks = making->hashes.p;
    manifest.chunks_n = making->hashes.n / HW_HASH_SIZE;
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    uint8_t hash[HW_HASH_SIZE], signature[HW_SIGNATURE_SIZE];
    hw_manifest_encode(&bytes, &manifest);
    hw_manifest_hash(tx->store->identity.root, hw_out_slice(&bytes), hash);
    hw_entry_sign(hash, tx->store->identity.sign_secret, signature);
    group->staged = manifest.position;
    return hw_base_keep(tx, group, hw_out_slice(&bytes), manifest.position, signature, false, err);
}

/* -- whether it is worth it -- */

void hw_store_snapshots(struct hw_store *store, uint64_t events)
{
    store->snapshot_events = events;
}

static uint64_t events_of(const struct hw_tx *tx, const struct hw_group *group)
{
    uint64_t n = 0;
    for (size_t i = 0; i < tx->store->streams_n; i++)
        n += tx->store->streams[i].group == group->id ? tx->store->streams[i].admitted : 0;
    return n;
}

static enum hw_status count_records(struct hw_tx *tx, const struct hw_group *group, uint64_t *n, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    *n = 0;
    for (size_t i = 0; i < hw_schema_n && !status; i++) {
        sqlite3_stmt *row = NULL;
        status = hw_sql_prepare(tx->store, hw_arena_printf(&tx->arena, "SELECT count(*) FROM \"%s\" WHERE grp = ?1",
                                                           hw_schema[i].name), &row, err);
        if (!status) {
            hw_bind_text(row, 1, group->code, strlen(group->code));
            status = hw_sql_step(tx->store, row, err);
        }
        *n += status ? 0 : (uint64_t)sqlite3_column_int64(row, 0);
        sqlite3_finalize(row);
    }
    return status;
}

/* What is kept still stands on this journal, is this life's word, and less has come since than it stands for. */
static enum hw_status is_fresh(struct hw_tx *tx, const struct hw_group *group, struct hw_snapshot_held *held, bool *fresh,
                               struct hw_err *err)
{
    uint8_t chain[HW_HASH_SIZE];
    uint64_t then = 0;
    enum hw_status status = hw_base_held(tx, group, held, err);
    *fresh = false;
    if (!status)
        status = hw_journal_chain(tx, group, held->manifest.position, chain, err);
    if (status)
        return status == HW_NOT_FOUND || status == HW_CORRUPT ? HW_OK : status;
    for (size_t i = 0; i < held->manifest.streams_n; i++)
        then += held->manifest.streams[i].seq;
    *fresh = memcmp(chain, held->manifest.chain, sizeof chain) == 0 && events_of(tx, group) < 2 * then &&
             hw_inc_compare(&held->manifest.life, &tx->store->identity.inc) == 0;
    return HW_OK;
}

enum hw_status hw_tx_snapshot_offer(struct hw_tx *tx, const char *code, struct hw_offer *offer, struct hw_err *err)
{
    struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(code));
    struct hw_snapshot_held held;
    struct making making = {.tx = tx, .group = group};
    uint64_t records = 0;
    bool fresh, strange;
    struct hw_slice note;
    *offer = (struct hw_offer){.position = 0};
    if (!group || strcmp(code, "directory") == 0 || !hw_gate_here(tx->store, group) || group->first > group->position ||
        events_of(tx, group) < (tx->store->snapshot_events ? tx->store->snapshot_events : HW_SNAPSHOT_EVENTS))
        return HW_OK;
    /* Records of kinds that are not known here have no rows: a snapshot would lack them. */
    strange = hw_tx_get(tx, hw_arena_printf(&tx->arena, "strange %s", code), &note) == HW_OK;
    enum hw_status status = strange ? HW_NOT_FOUND : is_fresh(tx, group, &held, &fresh, err);
    if (!status && !fresh)
        status = count_records(tx, group, &records, err);
    if (status || (!tx->store->snapshot_events && records * HW_SNAPSHOT_RATIO > events_of(tx, group)))
        return status == HW_NOT_FOUND ? HW_OK : status;
    if (!fresh) {
        status = make(&making, err);
        hw_arena_done(&making.arena);
        hw_out_done(&making.items);
        hw_out_done(&making.hashes);
        hw_out_done(&making.chunk);
        if (!status)
            status = hw_base_held(tx, group, &held, err);
    }
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : status;
    *offer = (struct hw_offer){.position = held.manifest.position, .chunks = held.manifest.chunks_n, .manifest = held.bytes};
    memcpy(offer->signature, held.signature, sizeof offer->signature);
    return HW_OK;
}

enum hw_status hw_tx_snapshot_chunk(struct hw_tx *tx, const char *code, uint64_t position, uint64_t index,
                                    struct hw_slice *chunk, struct hw_err *err)
{
    struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(code));
    struct hw_snapshot_held held;
    enum hw_status status = group ? hw_base_held(tx, group, &held, err) : HW_NOT_FOUND;
    if (!status && held.manifest.position != position)
        status = HW_NOT_FOUND;
    if (!status)
        status = hw_base_chunk(tx, group, index, chunk, err);
    return status == HW_NOT_FOUND ? hw_fail(err, HW_NOT_FOUND, "the snapshot of group %s is another one by now", code) : status;
}
