/* store_rebirth.c: a new incarnation of this office: what the hub holds of the
 * old one stays, the rest is issued again under the new one (floor 2).
 *
 * For each own stream there is a boundary B: the last segment end that is admitted, or that the hub names with the hash
 * that we hold. Events after B leave the old stream and become drafts 1, 2, 3 ... of the new one; names of them in `seen`
 * and in the records' histories are rewritten; the records are folded anew. What the hub holds of the old stream beyond B
 * comes with the journal, as another's. */
#include <stdlib.h>
#include <string.h>

#include "daemon/store_draft.h"
#include "daemon/store_internal.h"

/* One stream being moved. */
struct move {
    struct hw_tx *tx;
    int64_t group, old_id, new_id;
    struct hw_inc old_inc, new_inc;
    uint64_t boundary;
    uint64_t base; /* events that the new stream has already */
    struct hw_event *events; /* of the old stream, boundary + 1 ... */
    size_t n, cap;
};

static enum hw_status find_boundary(struct hw_tx *tx, const struct hw_stream *stream, const struct hw_group *group,
                                    const struct hw_welcome *welcome, uint64_t *boundary, struct hw_err *err)
{
    struct hw_stored_segment segment;
    *boundary = stream->admitted;
    for (size_t i = 0; i < welcome->streams_n; i++) {
        const struct hw_stream_tip *tip = &welcome->streams[i];
        if (!hw_slice_is(tip->group, group->code) || tip->seq <= *boundary || tip->seq > stream->sealed)
            continue;
        enum hw_status status = hw_segment_get(tx, stream, tip->seq, false, &segment, err);
        if (status)
            return status;
        if (segment.first + segment.n - 1 == tip->seq && memcmp(segment.hash, tip->hash, sizeof tip->hash) == 0)
            *boundary = tip->seq;
    }
    return HW_OK;
}

static void keep_event(struct move *move, const struct hw_event *event)
{
    if (move->n == move->cap) {
        size_t cap = move->cap ? move->cap * 2 : 64;
        struct hw_event *grown = hw_arena_alloc(&move->tx->arena, cap * sizeof *grown);
        if (move->n)
            memcpy(grown, move->events, move->n * sizeof *grown);
        move->events = grown;
        move->cap = cap;
    }
    move->events[move->n++] = *event;
}

/* Reads every event after the boundary: whole segments, then drafts. */
static enum hw_status collect(struct move *move, const struct hw_stream *stream, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (uint64_t seq = move->boundary + 1; seq <= stream->sealed && !status;) {
        struct hw_stored_segment segment;
        struct hw_opened opened;
        status = hw_segment_get(move->tx, stream, seq, true, &segment, err);
        if (!status)
            status = hw_segment_open(segment.wire, &move->tx->arena, &opened, err);
        for (size_t i = 0; !status && i < opened.head.n; i++)
            keep_event(move, &opened.events[i]);
        seq += status ? 1 : opened.head.n;
    }
    uint64_t from = stream->sealed > move->boundary ? stream->sealed : move->boundary;
    for (uint64_t seq = from + 1; seq <= stream->tip && !status; seq++) {
        struct hw_event event;
        status = hw_draft_read(move->tx, stream, seq, &event, err);
        if (!status)
            keep_event(move, &event);
    }
    return status;
}

static enum hw_status drop(struct hw_store *store, enum hw_sql which, int64_t stream, uint64_t after,
                           struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(store, which);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream, after + 1));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(stream, HW_ROW_LAST));
    return hw_sql_run(store, statement, err);
}

/* Ends the old stream at the boundary. */
static enum hw_status cut(struct move *move, struct hw_stream *stream, struct hw_err *err)
{
    enum hw_status status = hw_segment_hash_at(move->tx, stream, move->boundary, stream->hash, err); /* a snapshot may end there */
    if (!status)
        status = drop(move->tx->store, SQL_SEGMENT_DROP, stream->id, move->boundary, err);
    if (!status)
        status = hw_draft_drop(move->tx, stream, move->boundary + 1, HW_ROW_LAST, err);
    if (!status)
        status = drop(move->tx->store, SQL_VERDICT_DROP, stream->id, move->boundary, err);
    stream->sealed = stream->tip = move->boundary;
    stream->dirty = true;
    return status;
}

static const struct hw_op *rename_ops(struct move *move, const struct hw_event *event)
{
    struct hw_op *ops = hw_arena_copy(&move->tx->arena, event->ops, event->ops_n * sizeof *ops);
    for (size_t i = 0; i < event->ops_n; i++) {
        struct hw_name *seen = hw_arena_copy(&move->tx->arena, ops[i].seen, ops[i].seen_n * sizeof *seen);
        for (size_t s = 0; s < ops[i].seen_n; s++)
            if (seen[s].seq > move->boundary && hw_inc_compare(&seen[s].inc, &move->old_inc) == 0) {
                seen[s].inc = move->new_inc;
                seen[s].seq = seen[s].seq - move->boundary + move->base;
            }
        ops[i].seen = seen;
    }
    return ops;
}

/* Its number is drawn under the new life no more: after a restore the counter is as old as the backup, and `undo` would take back
 * two changes for one, and that of before for the last. */
static void keep_number(struct hw_store *store, const struct hw_event *event)
{
    if (event->change > store->change)
        store->change = event->change;
}

/* Writes the events again, as drafts of the new stream. */
static enum hw_status issue(struct move *move, struct hw_stream *stream, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < move->n && !status; i++) {
        struct hw_event *event = &move->events[i];
        const struct hw_name from = {.inc = move->old_inc, .seq = event->seq}, to = {.inc = move->new_inc, .seq = stream->tip + 1};
        event->ops = rename_ops(move, event);
        event->seq = to.seq;
        keep_number(move->tx->store, event);
        status = hw_draft_put(move->tx, stream, event, err);
        if (!status && event->redacted)
            status = hw_redact_moved(move->tx, hw_cache_group_by_id(move->tx->store, move->group), &from, &to, err);
        stream->tip = event->seq;
    }
    stream->dirty = true;
    return status;
}

static void rename_history(struct move *move, struct hw_record *record)
{
    struct hw_record old = *record;
    int64_t owner;
    uint64_t seq;
    size_t at = 0;
    record->history = NULL;
    record->history_n = record->history_cap = 0;
    while (hw_history_next(&old, &at, &owner, &seq)) {
        bool moved = owner == move->old_id && seq > move->boundary;
        hw_history_add(move->tx, record, moved ? move->new_id : owner, moved ? seq - move->boundary + move->base : seq);
    }
}

static int compare_record(const void *a, const void *b)
{
    const struct hw_event *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return hw_id_compare(&x->record, &y->record);
}

/* Every record that the moved events touch, once. */
static enum hw_status fold_records(struct move *move, const struct hw_group *group, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    if (move->n)
        qsort(move->events, move->n, sizeof *move->events, compare_record);
    for (size_t i = 0; i < move->n && !status; i++) {
        const struct hw_event *event = &move->events[i];
        struct hw_record *record;
        if (i > 0 && compare_record(event, event - 1) == 0)
            continue;
        status = hw_tx_record(move->tx, event->kind, &event->record, group->code, &record, err);
        if (status)
            return status;
        rename_history(move, record);
        status = hw_apply_fold(move->tx, event->kind, &event->record, group, err);
    }
    return status;
}

/* Segments that are held and not in the rows: a journal was cut back, and did not bring them again. */
static enum hw_status apply_rest(struct move *move, struct hw_stream *stream, const struct hw_group *group, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < move->n && !status; i++)
        if (move->events[i].seq > stream->tip)
            status = hw_apply_event(move->tx, stream, group, &move->events[i], false, err);
    return status;
}

static enum hw_status move_stream(struct move *move, const struct hw_welcome *welcome, struct hw_err *err)
{
    struct hw_store *store = move->tx->store;
    struct hw_stream *stream = hw_cache_stream_by_id(store, move->old_id);
    const struct hw_group *group = hw_cache_group_by_id(store, move->group);
    enum hw_status status = find_boundary(move->tx, stream, group, welcome, &move->boundary, err);
    if (!status)
        status = collect(move, stream, err);
    if (status || move->n == 0)
        return status;
    status = apply_rest(move, stream, group, err);
    if (!status)
        status = cut(move, stream, err);
    if (!status)
        status = hw_cache_stream_make(store, &move->new_inc, move->group, &stream, err);
    if (status)
        return status;
    move->new_id = stream->id;
    move->base = stream->tip;
    status = issue(move, stream, err);
    return status ? status : fold_records(move, group, err);
}

enum hw_status hw_rebirth_issue(struct hw_tx *tx, const struct hw_stream *from, uint64_t boundary, struct hw_event *events,
                                size_t n, struct hw_err *err)
{
    struct move move = {.tx = tx, .group = from->group, .old_id = from->id, .old_inc = from->inc,
                        .new_inc = tx->store->identity.inc, .boundary = boundary, .events = events, .n = n};
    struct hw_stream *stream;
    enum hw_status status = hw_cache_stream_make(tx->store, &move.new_inc, move.group, &stream, err);
    if (status)
        return status;
    move.base = stream->tip;
    for (size_t i = 0; i < n && !status; i++) {
        struct hw_event *event = &events[i];
        event->ops = rename_ops(&move, event);
        event->seq = stream->tip + 1;
        keep_number(tx->store, event);
        status = hw_draft_put(tx, stream, event, err);
        if (!status)
            status = hw_apply_event(tx, stream, hw_cache_group_by_id(tx->store, move.group), event, false, err);
    }
    return status;
}

enum hw_status hw_tx_fences_forget(struct hw_tx *tx, struct hw_err *err)
{
    return hw_sql_run(tx->store, hw_sql(tx->store, SQL_FENCE_FORGET), err);
}

enum hw_status hw_tx_rebirth(struct hw_tx *tx, const struct hw_welcome *welcome, const struct hw_inc *inc,
                             size_t *moved, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    const struct hw_inc old = store->identity.inc;
    enum hw_status status = HW_OK;
    size_t n = store->streams_n; /* new ones come behind */
    *moved = 0;
    for (size_t i = 0; i < n && !status; i++) {
        const struct hw_stream *stream = &store->streams[i];
        const struct hw_group *group = hw_cache_group_by_id(store, stream->group);
        bool local = strcmp(group->code, "directory") == 0 && !store->identity.gate;
        if (hw_inc_compare(&stream->inc, &old) != 0 || local)
            continue; /* what a standalone office wrote into its own directory stays where it is */
        struct move move = {.tx = tx, .group = stream->group, .old_id = stream->id, .old_inc = old, .new_inc = *inc};
        status = move_stream(&move, welcome, err);
        *moved += move.n;
    }
    return status;
}

enum hw_status hw_rebirth_stream(struct hw_tx *tx, const struct hw_stream *stream, size_t *moved, struct hw_err *err)
{
    const struct hw_welcome nobody = {0};
    struct move move = {.tx = tx, .group = stream->group, .old_id = stream->id, .old_inc = stream->inc,
                        .new_inc = tx->store->identity.inc};
    enum hw_status status = move_stream(&move, &nobody, err);
    *moved += move.n;
    return status;
}

enum hw_status hw_rebirth_ended(struct hw_tx *tx, const struct hw_group *group, size_t *moved, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    const int64_t id = group->id;
    bool local = strcmp(group->code, "directory") == 0, own = false;
    enum hw_status status = HW_OK;
    size_t n = store->streams_n; /* new ones come behind */
    for (size_t i = 0; i < n && !status && !local; i++) {
        const struct hw_stream *stream = &store->streams[i];
        const struct hw_life *life = NULL;
        if (stream->group != id || (stream->sealed <= stream->admitted && stream->tip <= stream->admitted))
            continue;
        status = hw_kept_own(tx, stream, &own, err);
        if (!status && own)
            status = hw_cache_life(tx, &stream->inc, &life, err);
        if (!status && life && life->ended)
            status = hw_rebirth_stream(tx, stream, moved, err);
    }
    return status;
}

enum hw_status hw_tx_rebirth_rest(struct hw_tx *tx, const char *code, struct hw_err *err)
{
    const struct hw_welcome nobody = {0};
    struct hw_store *store = tx->store;
    const struct hw_group *group = hw_cache_group(store, hw_slice_text(code));
    int64_t id = group ? group->id : 0;
    enum hw_status status = HW_OK;
    size_t n = store->streams_n;
    for (size_t i = 0; i < n && !status; i++) {
        const struct hw_stream *stream = &store->streams[i];
        const struct hw_life *life;
        if (stream->group != id || stream->tip <= stream->admitted ||
            hw_inc_compare(&stream->inc, &store->identity.inc) == 0)
            continue;
        struct move move = {.tx = tx, .group = id, .old_id = stream->id, .old_inc = stream->inc,
                            .new_inc = store->identity.inc};
        status = hw_cache_life(tx, &stream->inc, &life, err);
        if (!status && life && strcmp(life->office, store->identity.office) == 0)
            status = move_stream(&move, &nobody, err);
    }
    return status;
}
