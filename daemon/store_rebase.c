/* store_rebase.c: a journal cut back to an earlier position (floor 2), because
 * the hub that wrote the rest has lost it and goes on from there as a new life. What the rest admitted comes again by the new
 * one's journal; until then it is as if it had never come. */
#include <string.h>

#include "daemon/store_internal.h"
#include "daemon/store_recovery.h"

/* A record that must be folded anew. */
struct touched {
    uint16_t kind;
    struct hw_id id;
    struct touched *next;
};

struct rebase {
    struct hw_tx *tx;
    int64_t group;
    const char *code;
    char gate[HW_OFFICE_MAX + 1]; /* the office that decides for the group */
    struct touched *touched;
    struct hw_out unsaid; /* struct lost of each verdict dropped */
};

struct lost {
    int64_t stream;
    uint64_t seq;
};

static void touch(struct rebase *rebase, uint16_t kind, const struct hw_id *id)
{
    if (rebase->touched && rebase->touched->kind == kind && hw_id_equal(&rebase->touched->id, id))
        return; /* events of one record follow each other; the others are sorted out when it is folded */
    struct touched *made = hw_arena_zero(&rebase->tx->arena, 1, sizeof *made);
    *made = (struct touched){.kind = kind, .id = *id, .next = rebase->touched};
    rebase->touched = made;
}

static enum hw_status drop_range(struct hw_store *store, enum hw_sql which, int64_t owner, uint64_t from, uint64_t to,
                                 struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(store, which);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(owner, from));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(owner, to));
    return hw_sql_run(store, statement, err);
}

/* Takes one entry's decision back. */
static enum hw_status unsay(struct rebase *rebase, const struct hw_entry *entry, struct hw_err *err)
{
    struct hw_tx *tx = rebase->tx;
    struct hw_stream *stream = hw_cache_stream(tx->store, &entry->inc, rebase->group);
    struct hw_logged event;
    if (!stream || entry->type == HW_ENTRY_ROOT)
        return HW_OK;
    if (entry->type == HW_ENTRY_ADMIT) {
        if (stream->admitted >= entry->seq) {
            stream->admitted = entry->seq - 1;
            stream->dirty = true;
        }
        sqlite3_stmt *statement = hw_sql(tx->store, SQL_ADMIT_DROP);
        hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, entry->seq));
        return hw_sql_run(tx->store, statement, err);
    }
    struct lost lost = {stream->id, entry->seq};
    hw_put_raw(&rebase->unsaid, &lost, sizeof lost);
    enum hw_status status = hw_tx_event(tx, &stream->inc, rebase->code, entry->seq, &event, err);
    if (!status)
        touch(rebase, event.event.kind, &event.event.record);
    if (!status && entry->verdict == HW_VERDICT_REDACTED && tx->store->identity.gate)
        status = hw_redact_keep(tx, hw_cache_group_by_id(tx->store, rebase->group), stream, entry->seq, entry->text, err);
    return status ? status : drop_range(tx->store, SQL_VERDICT_DROP, stream->id, entry->seq, entry->seq, err);
}

/* A verdict that was overruled by a dropped one counts again. */
static enum hw_status say_again(struct rebase *rebase, uint64_t position, struct hw_err *err)
{
    struct hw_tx *tx = rebase->tx;
    const struct lost *lost = (const void *)rebase->unsaid.p;
    size_t n = rebase->unsaid.n / sizeof *lost;
    enum hw_status status = HW_OK;
    uint64_t first = UINT64_MAX; /* no verdict stands before the ADMIT of its event */
    for (size_t i = 0; i < n && !status; i++) {
        const struct hw_stream *stream = hw_cache_stream_by_id(tx->store, lost[i].stream);
        struct hw_logged event;
        if (lost[i].seq > stream->admitted)
            continue;
        status = hw_tx_event(tx, &stream->inc, rebase->code, lost[i].seq, &event, err);
        if (!status && event.position < first)
            first = event.position;
    }
    for (; first <= position && !status; first++) {
        struct hw_entry entry;
        status = hw_journal_entry(tx, hw_cache_group_by_id(tx->store, rebase->group), first, &entry, NULL, err);
        struct hw_stream *stream = status ? NULL : hw_cache_stream(tx->store, &entry.inc, rebase->group);
        for (size_t i = 0; stream && i < n && !status; i++)
            if (entry.type == HW_ENTRY_VERDICT && lost[i].stream == stream->id && lost[i].seq == entry.seq)
                status = hw_journal_note(tx, hw_cache_group_by_id(tx->store, rebase->group), stream, &entry, err);
    }
    return status;
}

static enum hw_status cut_journal(struct rebase *rebase, uint64_t position, struct hw_err *err)
{
    struct hw_tx *tx = rebase->tx;
    struct hw_group *group = hw_cache_group_by_id(tx->store, rebase->group);
    enum hw_status status = HW_OK;
    for (uint64_t at = group->position; at > position && !status; at--) {
        struct hw_entry entry;
        status = hw_journal_entry(tx, group, at, &entry, NULL, err);
        if (!status)
            status = unsay(rebase, &entry, err);
    }
    if (!status)
        status = drop_range(tx->store, SQL_JOURNAL_DROP, group->id, position + 1, HW_ROW_LAST, err);
    if (!status)
        status = hw_journal_chain(tx, group, position, group->chain, err);
    group->position = position;
    group->dirty = true;
    group->bare = 0;
    if (!status && strcmp(group->code, "directory") == 0)
        status = hw_root_cut(tx, position, err);
    return status ? status : hw_gate_life_cut(tx->store, group, position, err);
}

/* Whether an earlier life of headquarters wrote the stream. At an office its segments go altogether: a hub that was put back
 * without noticing may have written other events under the same numbers. At headquarters they stay applied: the caller
 * issues them again (hw_tx_rebirth_rest). */
static enum hw_status is_gates(const struct rebase *rebase, const struct hw_stream *stream, bool *gates,
                               struct hw_err *err)
{
    const struct hw_life *life = NULL;
    enum hw_status status = hw_cache_life(rebase->tx, &stream->inc, &life, err);
    *gates = !status && life && strcmp(life->office, rebase->gate) == 0;
    return status;
}

static enum hw_status name_gate(struct rebase *rebase, const struct hw_group *group, struct hw_err *err)
{
    const struct hw_life *life = NULL;
    enum hw_status status = hw_cache_life(rebase->tx, &group->life, &life, err);
    if (!status && life)
        memcpy(rebase->gate, life->office, sizeof rebase->gate);
    return status;
}

/* Takes the events behind the last admitted one out of the rows; their records' histories follow in fold. */
static enum hw_status unapply(struct rebase *rebase, struct hw_stream *stream, bool drop, struct hw_err *err)
{
    struct hw_tx *tx = rebase->tx;
    struct hw_stored_segment segment;
    enum hw_status status = HW_OK;
    for (uint64_t seq = stream->admitted + 1; seq <= stream->tip && !status;) {
        struct hw_opened opened;
        status = hw_segment_get(tx, stream, seq, true, &segment, err);
        if (!status)
            status = hw_segment_open(segment.wire, &tx->arena, &opened, err);
        for (size_t i = 0; !status && i < opened.head.n; i++)
            touch(rebase, opened.events[i].kind, &opened.events[i].record);
        seq += status ? 1 : opened.head.n;
    }
    stream->tip = stream->admitted;
    stream->dirty = true;
    if (status || !drop)
        return status;
    stream->sealed = stream->admitted;
    status = hw_segment_hash_at(tx, stream, stream->sealed, stream->hash, err);
    return status ? status : drop_range(tx->store, SQL_SEGMENT_DROP, stream->id, stream->sealed + 1, HW_ROW_LAST, err);
}

/* The record's history without what is not applied any more. */
static enum hw_status strip(struct rebase *rebase, const struct touched *touched, struct hw_err *err)
{
    struct hw_tx *tx = rebase->tx;
    struct hw_record *record;
    int64_t owner;
    uint64_t seq;
    size_t at = 0;
    enum hw_status status = hw_tx_record(tx, touched->kind, &touched->id, rebase->code, &record, err);
    if (status)
        return status;
    struct hw_record old = *record;
    record->history = NULL;
    record->history_n = record->history_cap = 0;
    while (hw_history_next(&old, &at, &owner, &seq)) {
        const struct hw_stream *stream = hw_cache_stream_by_id(tx->store, owner);
        if (stream && seq <= stream->tip)
            hw_history_add(tx, record, owner, seq);
    }
    return HW_OK;
}

static enum hw_status unapply_all(struct rebase *rebase, struct hw_err *err)
{
    struct hw_store *store = rebase->tx->store;
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < store->streams_n && !status; i++) {
        struct hw_stream *stream = &store->streams[i];
        bool gates;
        if (stream->group != rebase->group || stream->tip <= stream->admitted ||
            hw_inc_compare(&stream->inc, &store->identity.inc) == 0) /* unadmitted own events count as held */
            continue;
        status = is_gates(rebase, stream, &gates, err);
        if (!status && !(gates && store->identity.gate))
            status = unapply(rebase, stream, false, err);
    }
    for (const struct touched *touched = rebase->touched; touched && !status; touched = touched->next)
        status = strip(rebase, touched, err);
    return status;
}

/* The last entry up to there with a signature: what is cut off may have had that of entries before it, and another life's does
 * not count for them. They come again. */
static enum hw_status last_signed(struct hw_tx *tx, const struct hw_group *group, uint64_t *position, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (bool bare = true; bare && *position > group->base && !status; *position -= bare) {
        sqlite3_stmt *statement = hw_sql(tx->store, SQL_JOURNAL_GET);
        hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, *position));
        status = hw_sql_step(tx->store, statement, err);
        bare = !status && hw_column_blob(statement, 1).n == 0;
        sqlite3_reset(statement);
    }
    return status == HW_NOT_FOUND ? HW_OK : status;
}

enum hw_status hw_tx_rebase(struct hw_tx *tx, const char *code, uint64_t position, struct hw_err *err)
{
    struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(code));
    enum hw_status signature = HW_OK;
    if (!group || position >= group->position)
        return HW_OK;
    if (position >= group->base)
        signature = last_signed(tx, group, &position, err);
    if (signature)
        return signature;
    if (position < group->base)
        return hw_base_forget(tx, group, err);
    struct rebase rebase = {.tx = tx, .group = group->id, .code = group->code};
    enum hw_status status = name_gate(&rebase, group, err);
    if (!status)
        status = cut_journal(&rebase, position, err);
    if (!status)
        status = unapply_all(&rebase, err);
    if (!status)
        status = say_again(&rebase, position, err);
    for (const struct touched *touched = rebase.touched; touched && !status; touched = touched->next)
        status = hw_apply_fold(tx, touched->kind, &touched->id, group, err);
    if (strcmp(rebase.code, "directory") == 0) {
        tx->store->directory_changed = true;
        tx->store->lives_known = false;
    }
    hw_out_done(&rebase.unsaid);
    return status;
}
