/* store_making.c: a snapshot of a group as it stood at one position of its
 * journal, made in small steps (floor 2).
 *
 * What was decided up to a position does not change any more, so the store goes on between two steps: records that nobody has
 * touched since are taken as they stand, the others are folded from their events up to there. A verdict that comes later about
 * one of these events ends the work, since it would have to be in the rows. The chunks are staged; whoever asked for them
 * decides what becomes of them. Kept in memory alone: after a restart it begins anew. */
#include "daemon/store_making.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"

enum {
    WALK_STEP = 2000, /* entries of the journal: some 5 ms */
    ROW_STEP = 400    /* records, or one chunk: some 5 ms, when they must be folded 20 */
};

struct limit {
    int64_t stream;
    struct hw_inc inc;
    uint64_t seq; /* last event that the snapshot stands for */
};

struct hw_making {
    int64_t group;
    uint64_t position, walk; /* entries above `walk` are read */
    struct limit *limits;
    size_t limits_n, hint;
    struct hw_out judged; /* struct limit of each verdict behind the position */
    uint16_t kind;
    char after[HW_ID_TEXT + 1]; /* the record done last */
    struct hw_out items, hashes, chunk;
    size_t items_n;
    struct hw_chunk_record first; /* of the chunk under way */
    uint64_t records;
    bool done, unfit; /* unfit: there is no snapshot of this position */
    bool fresh;       /* a step is in the transaction that is open */
};

void hw_making_end(struct hw_store *store)
{
    struct hw_making *making = store->making;
    if (!making)
        return;
    free(making->limits);
    hw_out_done(&making->judged);
    hw_out_done(&making->items);
    hw_out_done(&making->hashes);
    hw_out_done(&making->chunk);
    free(making);
    store->making = NULL;
}

void hw_making_settle(struct hw_store *store, bool committed)
{
    if (!store->making || !store->making->fresh)
        return;
    if (committed)
        store->making->fresh = false;
    else
        hw_making_end(store);
}

/* Begins at the one found last: neighbours in a history are often of one stream. */
static uint64_t *limit_of(struct hw_making *making, int64_t stream)
{
    for (size_t i = 0; i < making->limits_n; i++) {
        size_t at = (making->hint + i) % making->limits_n;
        if (making->limits[at].stream != stream)
            continue;
        making->hint = at;
        return &making->limits[at].seq;
    }
    return NULL;
}

void hw_making_judged(struct hw_store *store, const struct hw_stream *stream, uint64_t seq)
{
    const uint64_t *limit = store->making ? limit_of(store->making, stream->id) : NULL;
    if (limit && seq <= *limit) /* while the journal is walked it is the stream's end, which is no less */
        store->making->unfit = true;
}

enum hw_status hw_making_begin(struct hw_tx *tx, const struct hw_group *group, uint64_t position, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    struct hw_group staging = hw_base_staging(group);
    struct hw_making *making = hw_alloc(sizeof *making);
    hw_making_end(store);
    *making = (struct hw_making){.group = group->id, .position = position, .walk = group->position, .fresh = true};
    making->limits = hw_alloc((store->streams_n + 1) * sizeof *making->limits);
    for (size_t i = 0; i < store->streams_n; i++)
        if (store->streams[i].group == group->id)
            making->limits[making->limits_n++] = (struct limit){store->streams[i].id, store->streams[i].inc,
                                                                store->streams[i].admitted};
    store->making = making;
    return hw_base_drop(tx, &staging, err);
}

bool hw_making_is(const struct hw_store *store, int64_t *group, uint64_t *position)
{
    if (!store->making)
        return false;
    *group = store->making->group;
    *position = store->making->position;
    return true;
}

/* -- how far each stream was -- */

static enum hw_status walk(struct hw_tx *tx, struct hw_making *making, const struct hw_group *group, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (int i = 0; i < WALK_STEP && making->walk > making->position && !status; i++, making->walk--) {
        struct hw_entry entry;
        status = hw_journal_entry(tx, group, making->walk, &entry, NULL, err);
        const struct hw_stream *stream = status ? NULL : hw_cache_stream(tx->store, &entry.inc, group->id);
        uint64_t *limit = stream ? limit_of(making, stream->id) : NULL;
        if (!limit)
            continue;
        if (entry.type == HW_ENTRY_VERDICT) {
            struct limit judged = {.stream = stream->id, .seq = entry.seq};
            hw_put_raw(&making->judged, &judged, sizeof judged);
        } else if (entry.seq <= *limit) {
            *limit = entry.seq - 1;
        }
    }
    if (status || making->walk > making->position)
        return status;
    const struct limit *judged = (const void *)making->judged.p;
    for (size_t i = 0; i < making->judged.n / sizeof *judged; i++) {
        const uint64_t *limit = limit_of(making, judged[i].stream);
        making->unfit = making->unfit || (limit && judged[i].seq <= *limit);
    }
    making->kind = 0;
    return HW_OK;
}

/* What the snapshot in the making stands for. */
static bool stood_for(void *self, const struct hw_name *name)
{
    const struct hw_making *making = self;
    for (size_t i = 0; i < making->limits_n; i++)
        if (hw_inc_compare(&making->limits[i].inc, &name->inc) == 0)
            return name->seq <= making->limits[i].seq;
    return false;
}

/* -- records -- */

static enum hw_status put_chunk(struct hw_tx *tx, struct hw_making *making, const struct hw_group *group, struct hw_err *err)
{
    uint8_t hash[HW_HASH_SIZE], key[HW_BASE_KEY];
    uint64_t index = making->hashes.n / HW_HASH_SIZE;
    struct hw_group staging = hw_base_staging(group);
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
    return hw_base_put_chunk(tx, &staging, index, key, hw_out_slice(&making->chunk), err);
}

/* `full` says that a chunk was written. */
static enum hw_status put_record(struct hw_tx *tx, struct hw_making *making, const struct hw_group *group,
                                 const struct hw_chunk_record *record, bool *full, struct hw_err *err)
{
    enum { AROUND = 48 }; /* the heads around a record, and the one of the chunk */
    enum hw_status status = HW_OK;
    making->unfit = making->unfit || record->meta.n + AROUND > HW_CHUNK_MAX;
    if (making->unfit)
        return HW_OK;
    *full = making->items.n + record->meta.n + AROUND > HW_CHUNK_MAX;
    if (*full)
        status = put_chunk(tx, making, group, err);
    if (making->items_n == 0)
        making->first = (struct hw_chunk_record){.kind = record->kind, .id = record->id};
    hw_chunk_item(&making->items, record);
    making->items_n++;
    making->records++;
    return status;
}

/* Adds the events of a history to a row. */
static enum hw_status fold_on(struct hw_tx *tx, const struct hw_record *history, const struct hw_arrivals *arrivals, struct hw_row *row,
                              struct hw_err *err)
{
    struct hw_logged *events;
    size_t n;
    enum hw_status status = hw_history_read(tx, history, &events, &n, err);
    if (status)
        return status;
    hw_row_fold_on(row, &tx->arena, hw_history_held(tx, events, n), n, arrivals);
    return HW_OK;
}

/* The record as it stood then; an empty `meta`: it was not there. What came since, on top of that, must give the row as it
 * stands: else this is no position to begin with. */
static enum hw_status fold(struct hw_tx *tx, struct hw_making *making, const struct hw_group *group,
                           const struct hw_record *now, struct hw_chunk_record *record, struct hw_out *meta, struct hw_err *err)
{
    struct hw_record then = {0}, since = {0};
    struct hw_holding holding = {tx, group->id, NULL};
    struct hw_arrivals before = {hw_apply_arrived, &holding}, arrivals = {stood_for, making};
    struct hw_slice wanted = hw_arena_slice(&tx->arena, record->meta);
    size_t at = 0;
    int64_t stream;
    uint64_t seq;
    while (hw_history_next(now, &at, &stream, &seq)) {
        const uint64_t *limit = limit_of(making, stream);
        hw_history_add(tx, limit && seq <= *limit ? &then : &since, stream, seq);
    }
    hw_row_init(&then.row, record->kind, &record->id);
    enum hw_status status = hw_base_row(tx, group, &then.row, err);
    if (!status)
        status = fold_on(tx, &then, &before, &then.row, err);
    hw_out_reset(meta);
    hw_row_encode(&then.row, meta);
    record->meta = then.row.made.seq || then.row.refused_n ? hw_arena_slice(&tx->arena, hw_out_slice(meta)) : (struct hw_slice){0};
    if (!status)
        status = fold_on(tx, &since, &arrivals, &then.row, err);
    hw_out_reset(meta);
    hw_row_encode(&then.row, meta);
    making->unfit = making->unfit || !hw_slice_equal(hw_out_slice(meta), wanted);
    return status;
}

static bool touched_since(struct hw_making *making, const struct hw_record *record)
{
    size_t at = 0;
    int64_t stream;
    uint64_t seq;
    while (hw_history_next(record, &at, &stream, &seq)) {
        const uint64_t *limit = limit_of(making, stream);
        if (!limit || seq > *limit)
            return true;
    }
    return false;
}

/* `meta` of the row on which the statement stands, with the texts that the table has in columns alone. */
static enum hw_status whole(struct hw_tx *tx, sqlite3_stmt *from, struct hw_chunk_record *record, struct hw_out *meta,
                            struct hw_err *err)
{
    int column[HW_TABLE_FIELDS];
    struct hw_row row;
    hw_row_init(&row, record->kind, &record->id);
    hw_table_places(hw_kind_by_id(record->kind), 3, column);
    enum hw_status status = hw_table_meta(&row, from, column, &tx->arena, hw_column_blob(from, 1), err);
    if (status)
        return status;
    hw_out_reset(meta);
    hw_row_encode(&row, meta);
    record->meta = hw_arena_slice(&tx->arena, hw_out_slice(meta));
    return HW_OK;
}

/* The next records of the kind; the key is walked, whatever the planner thinks of the group's index: that order would have to
 * be sorted. `end`: there are no more. */
static enum hw_status some_rows(struct hw_tx *tx, struct hw_making *making, const struct hw_group *group, bool *end,
                                struct hw_err *err)
{
    struct hw_out meta HW_CLEANUP(hw_out_done) = {0};
    const struct hw_kind *kind = hw_kind_by_id(making->kind);
    const char *sql = hw_arena_printf(&tx->arena, "SELECT id, meta, history%s FROM \"%s\" WHERE +grp = ?1 AND id > ?2 ORDER BY id",
                                      hw_table_texts(kind, &tx->arena), kind->name);
    sqlite3_stmt *row = NULL;
    bool full = false;
    enum hw_status status = hw_sql_prepare(tx->store, sql, &row, err);
    if (!status) {
        hw_bind_text(row, 1, group->code, strlen(group->code));
        hw_bind_text(row, 2, making->after, strlen(making->after));
    }
    for (int i = 0; i < ROW_STEP && !full && !making->unfit && !status; i++) {
        struct hw_chunk_record record = {.kind = making->kind};
        status = hw_sql_step(tx->store, row, err);
        if (status)
            break;
        struct hw_slice id = hw_column_blob(row, 0), history = hw_column_blob(row, 2);
        struct hw_record now = {.history = (uint8_t *)(uintptr_t)history.p, .history_n = history.n};
        if (id.n != HW_ID_TEXT || !hw_id_parse(id, &record.id)) {
            status = hw_fail(err, HW_CORRUPT, "a row of %s has no id: headway verify tells more", kind->name);
            break;
        }
        memcpy(making->after, id.p, HW_ID_TEXT);
        making->after[HW_ID_TEXT] = 0;
        status = whole(tx, row, &record, &meta, err);
        if (!status && touched_since(making, &now))
            status = fold(tx, making, group, &now, &record, &meta, err);
        if (!status && record.meta.n)
            status = put_record(tx, making, group, &record, &full, err);
    }
    sqlite3_finalize(row);
    *end = status == HW_NOT_FOUND;
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* -- the end -- */

static int compare_stream(const void *a, const void *b)
{
    return hw_inc_compare(&((const struct hw_snapshot_stream *)a)->inc, &((const struct hw_snapshot_stream *)b)->inc);
}

static enum hw_status list_streams(struct hw_tx *tx, struct hw_making *making, struct hw_manifest *manifest, struct hw_err *err)
{
    struct hw_snapshot_stream *list = hw_arena_zero(&tx->arena, making->limits_n + 1, sizeof *list);
    enum hw_status status = HW_OK;
    size_t n = 0;
    for (size_t i = 0; i < making->limits_n && !status; i++) {
        if (making->limits[i].seq == 0)
            continue;
        list[n] = (struct hw_snapshot_stream){.inc = making->limits[i].inc, .seq = making->limits[i].seq};
        status = hw_segment_hash_at(tx, hw_cache_stream_by_id(tx->store, making->limits[i].stream), list[n].seq, list[n].hash,
                                    err);
        n++;
    }
    making->unfit = making->unfit || n > HW_SNAPSHOT_STREAMS || n == 0;
    qsort(list, n, sizeof *list, compare_stream);
    manifest->streams = list;
    manifest->streams_n = n;
    return status;
}

static enum hw_status finish(struct hw_tx *tx, struct hw_making *making, const struct hw_group *group, struct hw_err *err)
{
    struct hw_group staging = hw_base_staging(group);
    struct hw_manifest manifest = {.group = hw_slice_text(group->code), .position = making->position,
                                   .records = making->records};
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    uint8_t hash[HW_HASH_SIZE], signature[HW_SIGNATURE_SIZE];
    uint64_t first, last;
    struct hw_entry entry;
    enum hw_status status = put_chunk(tx, making, group, err);
    if (!status)
        status = list_streams(tx, making, &manifest, err);
    if (!status)
        status = hw_journal_chain(tx, group, making->position, manifest.chain, err);
    if (!status)
        status = hw_gate_life_at(tx->store, group, making->position, &manifest.life, &first, &last, err);
    if (!status)
        status = hw_journal_entry(tx, group, making->position, &entry, NULL, err);
    making->unfit = making->unfit || making->hashes.n == 0;
    making->done = true;
    if (status || making->unfit)
        return status;
    manifest.time_ms = entry.time_ms;
    manifest.chunks = making->hashes.p;
    manifest.chunks_n = making->hashes.n / HW_HASH_SIZE;
    hw_manifest_encode(&bytes, &manifest);
    hw_manifest_hash(tx->store->identity.root, hw_out_slice(&bytes), hash);
    hw_entry_sign(hash, tx->store->identity.sign_secret, signature);
    return hw_base_keep(tx, &staging, hw_out_slice(&bytes), manifest.position, signature, false, err);
}

enum hw_status hw_making_step(struct hw_tx *tx, enum hw_made *made, struct hw_err *err)
{
    struct hw_making *making = tx->store->making;
    const struct hw_group *group = hw_cache_group_by_id(tx->store, making->group);
    enum hw_status status = HW_OK;
    bool end = true;
    making->fresh = true;
    if (making->walk > making->position || !making->kind)
        status = walk(tx, making, group, err);
    if (!status && !making->unfit && making->walk <= making->position) {
        while (making->kind < 256 && !hw_kind_by_id(making->kind))
            making->kind++;
        if (making->kind < 256)
            status = some_rows(tx, making, group, &end, err);
        if (making->kind == 256)
            status = finish(tx, making, group, err);
        else if (end) {
            making->kind++;
            making->after[0] = 0;
        }
    }
    *made = making->unfit ? HW_MADE_NOTHING : making->done ? HW_MADE : HW_MAKING;
    if (status || *made == HW_MAKING)
        return status;
    struct hw_group staging = hw_base_staging(group);
    if (*made == HW_MADE_NOTHING)
        status = hw_base_drop(tx, &staging, err);
    hw_making_end(tx->store);
    return status;
}
