/* store_compact.c: the part of a group's log that an office need not keep
 * (floor 2).
 *
 * It is let go up to a position P when headquarters has said that its last stored backup and all offices heard of late have P,
 * and P is older than the office keeps history. A snapshot of P is made here, from the records and events held; each record that
 * has changed since is folded from it and compared with its row. Then, in one commit, the rows begin with that snapshot: entries
 * and others' segments up to P are gone, rows and stamps are as they were. What this office wrote itself it keeps. */
#include <string.h>

#include "daemon/store_internal.h"
#include "daemon/store_making.h"

enum { LEAST_PART = 4 }; /* below this part of what is held, the work is not worth it yet */

void hw_store_keep(struct hw_store *store, int64_t ms)
{
    store->keep_ms = ms;
}

/* -- how far -- */

/* The last entry up to `floor` that is old enough, as far as times rise; a clock that was wrong costs a better place, no more. */
static enum hw_status find_old(struct hw_tx *tx, const struct hw_group *group, uint64_t floor, uint64_t *old, struct hw_err *err)
{
    uint64_t low = group->base, high = floor;
    uint64_t before = tx->wall > tx->store->keep_ms ? (uint64_t)(tx->wall - tx->store->keep_ms) : 0;
    enum hw_status status = HW_OK;
    while (low < high && !status) {
        uint64_t middle = high - (high - low) / 2;
        struct hw_entry entry;
        status = hw_journal_entry(tx, group, middle, &entry, NULL, err);
        if (entry.time_ms <= before)
            low = middle;
        else
            high = middle - 1;
    }
    *old = low;
    return status;
}

/* Not between an admission and its verdicts. */
static enum hw_status find_place(struct hw_tx *tx, const struct hw_group *group, uint64_t floor, uint64_t *place,
                                 struct hw_err *err)
{
    struct hw_entry entry = {.type = HW_ENTRY_VERDICT};
    enum hw_status status = find_old(tx, group, floor, place, err);
    while (!status && *place > group->base && *place < group->position) {
        status = hw_journal_entry(tx, group, *place + 1, &entry, NULL, err);
        if (status || entry.type != HW_ENTRY_VERDICT)
            break;
        --*place;
    }
    if ((*place - group->base) * LEAST_PART < group->position - group->base)
        *place = group->base;
    return status;
}

/* -- let go -- */

static enum hw_status drop_to(struct hw_store *store, enum hw_sql which, int64_t owner, uint64_t to, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(store, which);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(owner, 0));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(owner, to));
    return hw_sql_run(store, statement, err);
}

/* Of this office's own lives everything stays, so that whatever becomes of headquarters it can be sent again; but for a stream
 * whose beginning only a snapshot stands for. */
static enum hw_status let_stream_go(struct hw_tx *tx, const struct hw_group *group, const struct hw_snapshot_stream *at,
                                    struct hw_err *err)
{
    struct hw_stream *stream = hw_cache_stream(tx->store, &at->inc, group->id);
    struct hw_stored_segment begin;
    bool own = false;
    if (!stream)
        return HW_OK;
    enum hw_status status = hw_kept_own(tx, stream, &own, err);
    own = own || hw_inc_compare(&at->inc, &tx->store->identity.inc) == 0;
    stream->base = at->seq;
    memcpy(stream->base_hash, at->hash, sizeof stream->base_hash);
    if (status || (own && hw_segment_get(tx, stream, 1, true, &begin, NULL) == HW_OK))
        return status;
    status = drop_to(tx->store, SQL_SEGMENT_DROP, stream->id, at->seq, err);
    if (!status)
        status = drop_to(tx->store, SQL_ADMIT_CUT, stream->id, at->seq, err);
    return status ? status : drop_to(tx->store, SQL_VERDICT_DROP, stream->id, at->seq, err);
}

static enum hw_status let_go(struct hw_tx *tx, struct hw_group *group, struct hw_err *err)
{
    struct hw_snapshot_held held;
    struct hw_inc life;
    uint64_t first, last;
    enum hw_status status = hw_base_promote(tx, group, true, err);
    if (!status)
        status = hw_base_held(tx, group, &held, err);
    for (size_t i = 0; !status && i < held.manifest.streams_n; i++)
        status = let_stream_go(tx, group, &held.manifest.streams[i], err);
    if (!status)
        status = hw_gate_life_at(tx->store, group, held.manifest.position, &life, &first, &last, err);
    if (!status)
        status = drop_to(tx->store, SQL_JOURNAL_DROP, group->id, held.manifest.position, err);
    if (status)
        return status;
    memset(tx->read, 0, sizeof tx->read); /* segments that are gone may be open */
    group->base = held.manifest.position;
    memcpy(group->base_chain, held.manifest.chain, sizeof group->base_chain);
    return HW_OK;
}

enum hw_status hw_tx_compact(struct hw_tx *tx, const char *code, uint64_t floor, bool *again, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    struct hw_group *group = hw_cache_group(store, hw_slice_text(code));
    enum hw_made made = HW_MAKING;
    struct hw_slice note;
    uint64_t place;
    int64_t of;
    *again = false;
    if (!group || store->identity.gate || !store->keep_ms || group->staged || floor > group->position || floor <= group->base ||
        strcmp(code, "directory") == 0 ||
        hw_tx_get(tx, hw_arena_printf(&tx->arena, "strange %s", code), &note) == HW_OK)
        return HW_OK;
    if (hw_making_is(store, &of, &place)) {
        enum hw_status status = hw_making_step(tx, &made, err);
        *again = made == HW_MAKING || of != group->id;
        return status || made != HW_MADE ? status : let_go(tx, hw_cache_group_by_id(store, of), err);
    }
    enum hw_status status = find_place(tx, group, floor, &place, err);
    if (status || place <= group->base)
        return status;
    *again = true;
    return hw_making_begin(tx, group, place, err);
}

/* -- what headquarters says -- */

/* An office counts as long as it has been heard within the time that others keep history by default. */
static bool is_leased(const struct hw_tx *tx, int64_t heard_ms)
{
    return heard_ms > tx->wall - HW_KEEP_DAYS * INT64_C(86400000);
}

static enum hw_status lower(struct hw_tx *tx, const struct hw_group *group, const char *office, uint64_t *floor,
                            struct hw_err *err)
{
    struct hw_message message;
    struct hw_slice bytes;
    const char **granted;
    uint64_t has = 0;
    size_t n = 0;
    bool reads = false;
    /* Without cursors it has never come here: it begins with a snapshot, or follows a relay, which keeps everything. */
    if (hw_tx_get(tx, hw_arena_printf(&tx->arena, "cursors %s", office), &bytes) != HW_OK)
        return HW_OK;
    enum hw_status status = hw_tx_granted(tx, office, &granted, &n, err);
    for (size_t i = 0; i < n && !status; i++)
        reads = reads || strcmp(granted[i], group->code) == 0;
    if (status || !reads)
        return status;
    status = hw_message_decode(bytes, &tx->arena, &message, err);
    for (size_t i = 0; !status && message.type == HW_HELLO && i < message.body.hello.cursors_n; i++) {
        const struct hw_cursor *cursor = &message.body.hello.cursors[i];
        if (hw_slice_is(cursor->group, group->code) && hw_cursor_holds(tx, group, cursor))
            has = cursor->position;
    }
    *floor = has < *floor ? has : *floor;
    return status;
}

enum hw_status hw_compact_floor(struct hw_tx *tx, const struct hw_group *group, uint64_t *floor, struct hw_err *err)
{
    struct hw_office_heard *heard;
    size_t n;
    *floor = 0;
    if (!tx->store->identity.gate || tx->store->recovering || strcmp(group->code, "directory") == 0)
        return HW_OK;
    enum hw_status status = hw_cover_of(tx, group, floor, err);
    if (status || *floor == 0)
        return status;
    status = hw_tx_heard(tx, &heard, &n, err);
    for (size_t i = 0; i < n && !status && *floor; i++)
        if (is_leased(tx, heard[i].last_heard_ms))
            status = lower(tx, group, heard[i].code, floor, err);
    return status;
}
