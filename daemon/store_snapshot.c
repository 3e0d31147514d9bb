/* store_snapshot.c: snapshots offered by the gate (floor 2).
 *
 * A snapshot is of the position that the last stored backup covers, so that a hub that loses its disk still has what offices
 * have only as rows. It is made in steps (store_making.c), one for each time that somebody asks, and kept in the database until
 * as many events have been covered since as it stands for. */
#include "daemon/store_snapshot.h"

#include <string.h>

#include "daemon/store_internal.h"
#include "daemon/store_making.h"

/* -- whether it is worth it -- */

void hw_store_snapshots(struct hw_store *store, uint64_t events)
{
    store->snapshot_events = events;
}

static uint64_t least_events(const struct hw_store *store)
{
    return store->snapshot_events ? store->snapshot_events : HW_SNAPSHOT_EVENTS;
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

/* What is kept still stands on this journal and is of the present life, and less has come since than it stands for, or nothing
 * newer is covered. */
static enum hw_status is_fresh(struct hw_tx *tx, const struct hw_group *group, uint64_t covered, struct hw_snapshot_held *held,
                               bool *fresh, struct hw_err *err)
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
    *fresh = memcmp(chain, held->manifest.chain, sizeof chain) == 0 && held->manifest.position >= group->first &&
             (held->manifest.position >= covered || events_of(tx, group) < 2 * then);
    return HW_OK;
}

/* Whether a reader that holds the journal to `has` lacks so much that it is worth more than the history that it would give up. */
static enum hw_status lacks_much(struct hw_tx *tx, const struct hw_group *group, uint64_t has, uint64_t to, bool *much,
                                 struct hw_err *err)
{
    uint64_t enough = HW_SNAPSHOT_FAR * least_events(tx->store), lacks = 0;
    enum hw_status status = HW_OK;
    *much = has == 0 || (to > has && to - has >= enough);
    if (*much || to <= has)
        return HW_OK;
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_JOURNAL_FROM);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, has + 1));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(group->id, to));
    while (lacks < enough && !(status = hw_sql_step(tx->store, statement, err))) {
        struct hw_entry entry;
        status = hw_entry_decode(hw_column_blob(statement, 1), &entry, err);
        if (status)
            break;
        lacks += entry.type == HW_ENTRY_ADMIT ? entry.n : 0;
    }
    sqlite3_reset(statement);
    *much = lacks >= enough;
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* What there may be a snapshot of; 0: nothing. */
static enum hw_status covered_to(struct hw_tx *tx, const struct hw_group *group, uint64_t *position, struct hw_err *err)
{
    struct hw_slice note;
    *position = 0;
    if (!group || strcmp(group->code, "directory") == 0 || !hw_gate_here(tx->store, group) ||
        events_of(tx, group) < least_events(tx->store))
        return HW_OK;
    /* Records of kinds that are not known here have no rows: a snapshot would lack them. */
    if (hw_tx_get(tx, hw_arena_printf(&tx->arena, "strange %s", group->code), &note) == HW_OK)
        return HW_OK;
    enum hw_status status = hw_cover_of(tx, group, position, err);
    if (*position < group->first) /* an earlier life wrote the entry, and its key may have ended */
        *position = 0;
    return status;
}

/* One step of what is being made, for whomever, or a beginning. `again`: it is worth asking again. */
static enum hw_status work(struct hw_tx *tx, const struct hw_group *group, uint64_t position, bool *again, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    uint64_t records = 0, at;
    int64_t of;
    enum hw_made made = HW_MAKING;
    *again = true;
    if (!hw_making_is(store, &of, &at)) {
        enum hw_status status = count_records(tx, group, &records, err);
        *again = store->snapshot_events || records * HW_SNAPSHOT_RATIO <= events_of(tx, group);
        return status || !*again ? status : hw_making_begin(tx, group, position, err);
    }
    enum hw_status status = hw_making_step(tx, &made, err);
    *again = made != HW_MADE_NOTHING || of != group->id;
    if (status || made != HW_MADE)
        return status;
    struct hw_group *finished = hw_cache_group_by_id(store, of);
    status = hw_base_promote(tx, finished, false, err);
    finished->staged = at;
    return status;
}

enum hw_status hw_tx_snapshot_offer(struct hw_tx *tx, const char *code, uint64_t has, struct hw_offer *offer,
                                    struct hw_err *err)
{
    struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(code));
    struct hw_snapshot_held held;
    uint64_t position;
    bool fresh = false, much = false;
    *offer = (struct hw_offer){.position = 0};
    enum hw_status status = covered_to(tx, group, &position, err);
    if (status || position == 0)
        return status;
    status = is_fresh(tx, group, position, &held, &fresh, err);
    if (!status)
        status = lacks_much(tx, group, has, fresh ? held.manifest.position : position, &much, err);
    if (status || !much)
        return status;
    if (!fresh)
        return work(tx, group, position, &offer->again, err);
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
