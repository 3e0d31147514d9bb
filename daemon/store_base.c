/* store_base.c: the snapshot that the rows of a group begin with (floor 2).
 *
 * It is kept as it came: manifest, signature, chunks. So a record can be built anew after a verdict, the tables after an
 * upgrade, and `verify` can look at everything that was signed. Its events are not here; what came after it is. */
#include <string.h>

#include "daemon/store_internal.h"
#include "headway/stamp.h"

void hw_base_key(uint8_t key[HW_BASE_KEY], const struct hw_chunk_record *record)
{
    key[0] = (uint8_t)(record->kind >> 8);
    key[1] = (uint8_t)record->kind;
    memcpy(key + 2, record->id.b, sizeof record->id.b);
}

enum hw_status hw_base_put_chunk(struct hw_tx *tx, const struct hw_group *group, uint64_t index,
                                 const uint8_t key[HW_BASE_KEY], struct hw_slice chunk, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_CHUNK_ADD);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, index));
    hw_bind_blob(statement, 2, key, HW_BASE_KEY);
    hw_bind_blob(statement, 3, chunk.p, chunk.n);
    return hw_sql_run(tx->store, statement, err);
}

/* -- what is kept -- */

enum hw_status hw_base_held(struct hw_tx *tx, const struct hw_group *group, struct hw_snapshot_held *held,
                            struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_SNAPSHOT_GET);
    hw_bind_int(statement, 1, (uint64_t)group->id);
    enum hw_status status = hw_sql_step(tx->store, statement, err);
    if (status)
        return status;
    struct hw_slice signature = hw_column_blob(statement, 2);
    held->bytes = hw_arena_slice(&tx->arena, hw_column_blob(statement, 1));
    memset(held->signature, 0, sizeof held->signature);
    if (signature.n == sizeof held->signature)
        memcpy(held->signature, signature.p, signature.n);
    held->current = sqlite3_column_int(statement, 3) != 0;
    sqlite3_reset(statement);
    return hw_manifest_decode(held->bytes, &tx->arena, &held->manifest, err);
}

enum hw_status hw_base_keep(struct hw_tx *tx, const struct hw_group *group, struct hw_slice manifest, uint64_t position,
                            const uint8_t signature[HW_SIGNATURE_SIZE], bool current, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_SNAPSHOT_SET);
    hw_bind_int(statement, 1, (uint64_t)group->id);
    hw_bind_int(statement, 2, position);
    hw_bind_blob(statement, 3, manifest.p, manifest.n);
    hw_bind_blob(statement, 4, signature, HW_SIGNATURE_SIZE);
    hw_bind_int(statement, 5, current);
    return hw_sql_run(tx->store, statement, err);
}

static enum hw_status drop_range(struct hw_store *store, enum hw_sql which, int64_t owner, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(store, which);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(owner, 0));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(owner, HW_ROW_LAST));
    return hw_sql_run(store, statement, err);
}

enum hw_status hw_base_drop(struct hw_tx *tx, struct hw_group *group, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_SNAPSHOT_DROP);
    hw_bind_int(statement, 1, (uint64_t)group->id);
    enum hw_status status = hw_sql_run(tx->store, statement, err);
    group->staged = group->staged_n = 0;
    return status ? status : drop_range(tx->store, SQL_CHUNK_DROP, group->id, err);
}

struct hw_group hw_base_staging(const struct hw_group *group)
{
    struct hw_group staging = *group;
    staging.id |= INT64_C(1) << 21; /* beyond any group's own number */
    return staging;
}

enum hw_status hw_base_promote(struct hw_tx *tx, struct hw_group *group, bool current, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    struct hw_group staging = hw_base_staging(group);
    enum hw_status status = hw_base_drop(tx, group, err);
    sqlite3_stmt *statement = hw_sql(store, SQL_SNAPSHOT_MOVE);
    hw_bind_int(statement, 1, (uint64_t)staging.id);
    hw_bind_int(statement, 2, (uint64_t)group->id);
    hw_bind_int(statement, 3, current);
    if (!status)
        status = hw_sql_run(store, statement, err);
    statement = hw_sql(store, SQL_CHUNK_MOVE);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(staging.id, 0));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(staging.id, HW_ROW_LAST));
    sqlite3_bind_int64(statement, 3, hw_row_id(group->id, 0) - hw_row_id(staging.id, 0));
    return status ? status : hw_sql_run(store, statement, err);
}

enum hw_status hw_base_doubt(struct hw_tx *tx, struct hw_group *group, const struct hw_stream *stream, uint64_t seq,
                             struct hw_err *err)
{
    struct hw_snapshot_held held;
    enum hw_status status = hw_base_held(tx, group, &held, err);
    for (size_t i = 0; !status && i < held.manifest.streams_n; i++)
        if (hw_inc_compare(&held.manifest.streams[i].inc, &stream->inc) == 0 && seq <= held.manifest.streams[i].seq)
            return hw_base_drop(tx, group, err);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* -- in memory -- */

static void learn_base(struct hw_store *store, struct hw_group *group, const struct hw_manifest *manifest)
{
    group->base = manifest->position;
    memcpy(group->base_chain, manifest->chain, sizeof group->base_chain);
    for (size_t i = 0; i < manifest->streams_n; i++) {
        struct hw_stream *stream = hw_cache_stream(store, &manifest->streams[i].inc, group->id);
        if (!stream)
            continue;
        stream->base = manifest->streams[i].seq;
        memcpy(stream->base_hash, manifest->streams[i].hash, sizeof stream->base_hash);
    }
}

/* The one that rows begin with, or that is offered; and one that comes. */
static enum hw_status load_one(struct hw_store *store, struct hw_group *group, bool staging, struct hw_arena *arena,
                               struct hw_err *err)
{
    const struct hw_group at = staging ? hw_base_staging(group) : *group;
    struct hw_manifest manifest;
    sqlite3_stmt *statement = hw_sql(store, SQL_SNAPSHOT_GET);
    hw_bind_int(statement, 1, (uint64_t)at.id);
    enum hw_status status = hw_sql_step(store, statement, err);
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : status;
    uint64_t position = (uint64_t)sqlite3_column_int64(statement, 0);
    bool current = sqlite3_column_int(statement, 3) != 0;
    if (current)
        status = hw_manifest_decode(hw_arena_slice(arena, hw_column_blob(statement, 1)), arena, &manifest, err);
    sqlite3_reset(statement);
    if (!status && current)
        learn_base(store, group, &manifest);
    if (status || current)
        return status;
    group->staged = position;
    statement = hw_sql(store, SQL_CHUNK_COUNT);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(at.id, 0));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(at.id, HW_ROW_LAST));
    status = hw_sql_step(store, statement, err);
    group->staged_n = status ? 0 : (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return status;
}

enum hw_status hw_base_load(struct hw_store *store, struct hw_err *err)
{
    struct hw_arena arena = {0};
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < store->groups_n && !status; i++) {
        status = load_one(store, &store->groups[i], false, &arena, err);
        if (!status)
            status = load_one(store, &store->groups[i], true, &arena, err);
    }
    hw_arena_done(&arena);
    return status;
}

/* -- records -- */

enum hw_status hw_base_chunk(struct hw_tx *tx, const struct hw_group *group, uint64_t index, struct hw_slice *chunk,
                             struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_CHUNK_GET);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, index));
    enum hw_status status = hw_sql_step(tx->store, statement, err);
    if (!status)
        *chunk = hw_arena_slice(&tx->arena, hw_column_blob(statement, 0));
    sqlite3_reset(statement);
    return status;
}

enum hw_status hw_base_row(struct hw_tx *tx, const struct hw_group *group, struct hw_row *row, struct hw_err *err)
{
    struct hw_chunk_record *records, wanted = {.kind = row->kind, .id = row->id};
    uint8_t key[HW_BASE_KEY];
    size_t n;
    if (!group->base)
        return HW_OK;
    hw_base_key(key, &wanted);
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_CHUNK_AT);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, 0));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(group->id, HW_ROW_LAST));
    hw_bind_blob(statement, 3, key, sizeof key);
    enum hw_status status = hw_sql_step(tx->store, statement, err);
    struct hw_slice chunk = status ? (struct hw_slice){0} : hw_arena_slice(&tx->arena, hw_column_blob(statement, 0));
    sqlite3_reset(statement);
    if (!status)
        status = hw_chunk_open(chunk, &tx->arena, &records, &n, err);
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : status;
    for (size_t i = 0; i < n; i++)
        if (hw_chunk_compare(&records[i], &wanted) == 0)
            return hw_row_decode(row, &tx->arena, records[i].meta, err);
    return HW_OK;
}

static enum hw_status put_row(struct hw_tx *tx, const struct hw_group *group, const struct hw_chunk_record *from,
                              struct hw_arena *arena, struct hw_out *meta, struct hw_err *err)
{
    struct hw_table *table = hw_table_of(tx->store, from->kind);
    struct hw_record record = {0};
    if (!table) /* a later release knows the kind, and finds the record in the chunk */
        return hw_tx_put(tx, hw_arena_printf(arena, "strange %s", group->code), hw_slice_text("1"), err);
    hw_row_init(&record.row, from->kind, &from->id);
    memcpy(record.group, group->code, sizeof record.group);
    enum hw_status status = hw_row_decode(&record.row, arena, from->meta, err);
    if (status)
        return status;
    tx->store->clock = hw_stamp_see(tx->store->clock, record.row.updated.stamp, (uint64_t)tx->wall);
    sqlite3_stmt *statement = hw_table_sql(tx->store, table, HW_TABLE_SAVE);
    hw_record_bind(statement, table, &record, meta, arena);
    return hw_sql_run(tx->store, statement, err);
}

enum hw_status hw_base_rows(struct hw_tx *tx, const struct hw_group *group, uint64_t index,
                            bool (*wants)(void *self, uint16_t kind), void *self, size_t *n, struct hw_err *err)
{
    struct hw_chunk_record *records;
    struct hw_out meta HW_CLEANUP(hw_out_done) = {0};
    struct hw_arena arena HW_CLEANUP(hw_arena_done) = {0}; /* of one chunk: the snapshot may be larger than memory */
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_CHUNK_GET);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, index));
    *n = 0;
    enum hw_status status = hw_sql_step(tx->store, statement, err);
    if (status)
        return status;
    status = hw_chunk_open(hw_column_blob(statement, 0), &arena, &records, n, err);
    sqlite3_reset(statement);
    for (size_t i = 0; i < *n && !status; i++)
        if (!wants || wants(self, records[i].kind))
            status = put_row(tx, group, &records[i], &arena, &meta, err);
    return status;
}

/* -- this office's own events, on top -- */

static enum hw_status reapply_stream(struct hw_tx *tx, struct hw_stream *stream, const struct hw_group *group,
                                     struct hw_err *err)
{
    uint64_t tip = stream->tip;
    enum hw_status status = HW_OK;
    for (uint64_t seq = stream->base + 1; seq <= tip && !status; seq++) {
        struct hw_logged logged;
        status = hw_tx_event(tx, &stream->inc, group->code, seq, &logged, err);
        if (!status)
            status = hw_apply_event(tx, stream, group, &logged.event, logged.verdict == HW_VERDICT_REFUSED, err);
        stream->tip = tip; /* the events behind it are held as well */
    }
    return status;
}

enum hw_status hw_base_reapply(struct hw_tx *tx, const struct hw_group *group, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < tx->store->streams_n && !status; i++)
        if (tx->store->streams[i].group == group->id)
            status = reapply_stream(tx, &tx->store->streams[i], group, err);
    return status;
}

enum hw_status hw_base_clear_rows(struct hw_tx *tx, const struct hw_group *group, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    hw_records_forget(tx); /* what this job has loaded of it is not written back */
    for (size_t i = 0; i < hw_schema_n && !status; i++) {
        sqlite3_stmt *statement = NULL;
        status = hw_sql_prepare(tx->store, hw_arena_printf(&tx->arena, "DELETE FROM \"%s\" WHERE grp = ?1", hw_schema[i].name),
                                &statement, err);
        if (!status) {
            hw_bind_text(statement, 1, group->code, strlen(group->code));
            status = hw_sql_run(tx->store, statement, err);
        }
        sqlite3_finalize(statement);
    }
    return status;
}

/* -- back to before it came -- */

/* Streams of this office's present life are held whole. What its former lives wrote is put aside, as far as it cannot stay. What
 * others wrote comes again with the journal. */
static enum hw_status forget_stream(struct hw_tx *tx, struct hw_stream *stream, struct hw_err *err)
{
    bool own = hw_inc_compare(&stream->inc, &tx->store->identity.inc) == 0;
    enum hw_status status = drop_range(tx->store, SQL_ADMIT_CUT, stream->id, err);
    if (!status)
        status = drop_range(tx->store, SQL_VERDICT_DROP, stream->id, err);
    if (!status && !own)
        status = hw_kept_aside(tx, stream, 0, HW_ROW_LAST, err);
    if (!status && !own)
        status = drop_range(tx->store, SQL_SEGMENT_DROP, stream->id, err);
    stream->admitted = stream->base = 0;
    stream->dirty = true;
    if (own)
        return status;
    stream->tip = stream->sealed = 0;
    memset(stream->hash, 0, sizeof stream->hash);
    return status ? status : hw_kept_attach(tx, stream, err);
}

enum hw_status hw_base_clear(struct hw_tx *tx, struct hw_group *group, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    enum hw_status status = hw_tx_flush(tx, err); /* what this job has done to other groups stays */
    hw_making_end(store);
    if (!status)
        status = hw_base_drop(tx, group, err);
    group->position = group->base = 0;
    memset(group->chain, 0, sizeof group->chain);
    for (size_t i = 0; i < store->streams_n && !status; i++)
        if (store->streams[i].group == group->id)
            status = forget_stream(tx, &store->streams[i], err);
    if (!status)
        status = drop_range(store, SQL_JOURNAL_DROP, group->id, err);
    if (!status)
        status = hw_gate_life_cut(store, group, 0, err);
    return status ? status : hw_base_clear_rows(tx, group, err);
}

enum hw_status hw_base_forget(struct hw_tx *tx, struct hw_group *group, struct hw_err *err)
{
    struct hw_group staging = hw_base_staging(group);
    enum hw_status status = hw_base_drop(tx, &staging, err);
    if (!status)
        status = hw_base_clear(tx, group, err);
    return status ? status : hw_base_reapply(tx, group, err);
}

/* -- what is older -- */

enum hw_status hw_tx_based(struct hw_tx *tx, const char *code, const struct hw_row *of, uint16_t field,
                           const struct hw_name *name, struct hw_slice *value, uint64_t *stamp, struct hw_err *err)
{
    const struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(code));
    const struct hw_stream *stream = group ? hw_cache_stream(tx->store, &name->inc, group->id) : NULL;
    struct hw_row row;
    if (!stream || name->seq > stream->base)
        return hw_fail(err, HW_NOT_FOUND, "event %llu is not known in group %s", (unsigned long long)name->seq, code);
    hw_row_init(&row, of->kind, &of->id);
    enum hw_status status = hw_base_row(tx, group, &row, err);
    const struct hw_cell *cell = status ? NULL : hw_row_cell(&row, field);
    for (size_t i = 0; cell && i < cell->heads_n; i++)
        if (hw_name_compare(&cell->heads[i].name, name) == 0) {
            *value = cell->heads[i].value;
            *stamp = cell->heads[i].stamp;
            return HW_OK;
        }
    for (size_t i = 0; !status && tx->lent && i < tx->lent->named_n; i++) {
        const struct hw_history_named *write = &tx->lent->named[i];
        if (hw_slice_is(tx->lent->group, code) && hw_name_compare(&write->name, name) == 0) {
            *value = write->value;
            *stamp = write->stamp;
            return HW_OK;
        }
    }
    return status ? status
                  : hw_fail(err, HW_GAP, "event %llu of group %s is older than what is held here; headquarters has it",
                            (unsigned long long)name->seq, code);
}

int64_t hw_tx_history_since(struct hw_tx *tx)
{
    int64_t since = 0;
    for (size_t i = 0; i < tx->store->groups_n; i++) {
        struct hw_snapshot_held held;
        if (tx->store->groups[i].base && hw_base_held(tx, &tx->store->groups[i], &held, NULL) == HW_OK &&
            (int64_t)held.manifest.time_ms > since)
            since = (int64_t)held.manifest.time_ms;
    }
    return since;
}
