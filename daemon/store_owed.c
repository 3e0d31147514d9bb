/* store_owed.c: rows that are written later than the changes that they show (floor 2, noun: owed).
 *
 * What is saved is saved in the log: rows are a function of it. While people's changes come one after the other, each of them is a
 * draft and one commit, and the rows stay in memory with what they owe, until somebody asks for rows, the memory is used up, or a second
 * passes with nothing to do. A row that changes six times meanwhile is written once, and rows beside each other in one page.
 *
 * How far the rows of a stream are, its row says (`shown`), written in the same transaction as they. What a process that was killed
 * owes, or one whose transaction was undone, is applied again from the drafts behind that. Only drafts can be owed: any other
 * job begins with the rows as they must be. */
#include "daemon/store_owed.h"

#include <string.h>

#include "daemon/store_draft.h"

bool hw_owed(const struct hw_store *store)
{
    return store->behind || (store->tx && store->tx->owing);
}

/* Nothing but drafts of this office: all else is written beside its rows. */
static bool only_drafts(const struct hw_tx *tx)
{
    const struct hw_store *store = tx->store;
    for (size_t i = 0; i < store->streams_n; i++)
        if (store->streams[i].dirty)
            return false;
    for (size_t i = 0; i < store->groups_n; i++)
        if (store->groups[i].dirty)
            return false;
    return true;
}

bool hw_owed_leave(struct hw_tx *tx)
{
    if (!tx->keeps || tx->paid || tx->arena.used >= HW_KEEP_MAX || !only_drafts(tx))
        return false;
    for (struct hw_record_slot *slot = tx->records; slot; slot = slot->next)
        if (slot->record.dirty && (slot->record.fold || !hw_table_of(tx->store, slot->record.row.kind) ||
                                   strcmp(slot->record.group, "directory") == 0)) /* which decides who may do what */
            return false;
    for (struct hw_record_slot *slot = tx->records; slot; slot = slot->next)
        if (slot->record.dirty)
            tx->owing = slot->owed = true;
    return true;
}

static bool rowless(const struct hw_record_slot *slot)
{
    return slot->owed && !slot->record.exists && slot->record.row.made.seq;
}

size_t hw_owed_count(const struct hw_tx *tx, uint16_t kind)
{
    size_t n = 0;
    for (const struct hw_record_slot *slot = tx->all; slot && tx->owing; slot = slot->after)
        n += rowless(slot) && slot->record.row.kind == kind;
    return n;
}

size_t hw_owed_find(const struct hw_tx *tx, const struct hw_id *low, const struct hw_id *high, struct hw_found *found, size_t n,
                    size_t max)
{
    for (const struct hw_record_slot *slot = tx->all; slot && tx->owing; slot = slot->after) {
        const struct hw_record *record = &slot->record;
        if (!rowless(slot) || hw_id_compare(&record->row.id, low) < 0 || hw_id_compare(&record->row.id, high) > 0)
            continue;
        if (n < max) {
            found[n] = (struct hw_found){.kind = record->row.kind, .id = record->row.id};
            memcpy(found[n].group, record->group, sizeof found[n].group);
        }
        n++;
    }
    return n;
}

enum hw_status hw_owed_show(struct hw_tx *tx, struct hw_err *err)
{
    if (!tx->owing)
        return HW_OK;
    tx->paid = true;
    return hw_tx_flush(tx, err);
}

void hw_owed_paid(struct hw_tx *tx)
{
    struct hw_store *store = tx->store;
    for (size_t i = 0; i < store->streams_n; i++)
        store->streams[i].dirty = store->streams[i].dirty || store->streams[i].shown < store->streams[i].tip;
    tx->owing = store->behind = false; /* when this is undone, the streams are read again and say so */
}

/* The drafts that the rows do not show, applied to rows as they are. One that is damaged is left out, so that all else can go on:
 * `verify` names it, and so does whoever seals it. */
static enum hw_status apply_again(struct hw_tx *tx, struct hw_stream *stream, struct hw_err *err)
{
    const struct hw_group *group = hw_cache_group_by_id(tx->store, stream->group);
    const uint64_t tip = stream->tip;
    enum hw_status status = HW_OK;
    for (uint64_t seq = stream->shown + 1; seq <= tip && !status; seq++) {
        struct hw_event event;
        status = hw_draft_read(tx, stream, seq, &event, err);
        if (!status)
            status = hw_apply_event(tx, stream, group, &event, false, err);
        else if (status == HW_CORRUPT || status == HW_NOT_FOUND)
            status = HW_OK;
        stream->tip = tip; /* the events behind it are held as well */
    }
    return status;
}

enum hw_status hw_owed_settle(struct hw_tx *tx, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    enum hw_status status = HW_OK;
    hw_draft_forget(tx);
    if (!tx->owing) {
        hw_records_forget(tx);
        hw_arena_reset(&tx->arena);
    }
    for (size_t i = 0; i < store->streams_n && !status && !tx->owing; i++)
        if (store->streams[i].shown < store->streams[i].tip)
            status = apply_again(tx, &store->streams[i], err);
    if (!status)
        status = hw_tx_flush(tx, err);
    tx->keeps = false;
    if (status)
        return status;
    hw_owed_paid(tx);
    return hw_cache_save(store, err);
}
