/* store_gate.c: the gate: what it admits, in which order, with which verdicts
 * (floor 2).  Who may write what is proto/policy.c, asked in refusal(). */
#include <string.h>

#include "daemon/store_internal.h"
#include "headway/stamp.h"
#include "headway/value.h"

bool hw_gate_here(const struct hw_store *store, const struct hw_group *group)
{
    return store->identity.gate && !store->recovering && hw_inc_compare(&group->life, &store->identity.inc) == 0;
}

/* Entries without a signature behind an ADMIT share a message with it, and a segment leaves room for so many of the longest. */
enum { UNSIGNED_MAX = 31 };

static const uint8_t *secret_of(const struct hw_tx *tx, const struct hw_group *group)
{
    const struct hw_identity *self = &tx->store->identity;
    return strcmp(group->code, "directory") == 0 ? self->root_secret : self->sign_secret;
}

enum hw_status hw_gate_sign(struct hw_tx *tx, struct hw_group *group, struct hw_err *err)
{
    uint8_t signature[HW_SIGNATURE_SIZE];
    if (group->bare == 0)
        return HW_OK;
    hw_entry_sign(group->chain, secret_of(tx, group), signature);
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_JOURNAL_SIGN);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, group->position));
    hw_bind_blob(statement, 2, signature, sizeof signature);
    group->bare = 0;
    return hw_sql_run(tx->store, statement, err);
}

/* An ADMIT and the verdicts about it count together: whoever could show the ADMIT alone, as a journal's last entry, to a hub that was
 * restored, would have it admit what was refused. So it gets no signature when a verdict follows (`more`), and the last of them has
 * one. */
enum hw_status hw_gate_append(struct hw_tx *tx, struct hw_group *group, struct hw_entry *entry, bool more, struct hw_err *err)
{
    const struct hw_identity *self = &tx->store->identity;
    uint8_t signature[HW_SIGNATURE_SIZE], chain[HW_HASH_SIZE];
    bool directory = strcmp(group->code, "directory") == 0;
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    enum hw_status status = directory && entry->type != HW_ENTRY_ROOT ? hw_root_ready(tx, group, err) : HW_OK;
    if (!status && entry->type != HW_ENTRY_VERDICT)
        status = hw_gate_sign(tx, group, err);
    if (status)
        return status;
    more = more && group->bare < UNSIGNED_MAX;
    entry->position = group->position + 1;
    entry->time_ms = entry->time_ms ? entry->time_ms : (uint64_t)tx->wall;
    hw_entry_encode(&bytes, entry);
    hw_entry_chain(self->root, hw_slice_text(group->code), &group->life, group->chain, hw_out_slice(&bytes), chain);
    hw_entry_sign(chain, secret_of(tx, group), signature);
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_JOURNAL_ADD);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, entry->position));
    hw_bind_blob(statement, 2, bytes.p, bytes.n);
    hw_bind_blob(statement, 3, signature, more ? 0 : sizeof signature);
    hw_bind_blob(statement, 4, chain, sizeof chain);
    status = hw_sql_run(tx->store, statement, err);
    if (status)
        return status;
    group->bare = more ? group->bare + 1 : 0;
    group->position = entry->position;
    hw_grown_add(&tx->down, group, &entry->inc, entry->position, entry->position);
    memcpy(group->chain, chain, sizeof chain);
    group->dirty = true;
    return HW_OK;
}

enum hw_status hw_gate_admit(struct hw_tx *tx, struct hw_group *group, struct hw_stream *stream, uint64_t first,
                             uint32_t n, const uint8_t hash[HW_HASH_SIZE], bool more, struct hw_err *err)
{
    struct hw_entry entry = {.type = HW_ENTRY_ADMIT, .inc = stream->inc, .seq = first, .n = n};
    memcpy(entry.hash, hash, sizeof entry.hash);
    enum hw_status status = hw_gate_append(tx, group, &entry, more, err);
    return status ? status : hw_journal_note(tx, group, stream, &entry, err);
}

/* What an earlier life of an office wrote, and is not here: when headquarters was restored, nobody may hold it any more, or its
 * holder comes late. Who names it need not wait for that: the merge knows names that are awaited. */
static bool lost(struct hw_tx *tx, const struct hw_name *name)
{
    const struct hw_store *store = tx->store;
    const struct hw_life *life;
    if (store->recovering || hw_cache_life(tx, &name->inc, &life, NULL) != HW_OK || !life)
        return false;
    for (size_t i = 0; i < store->lives_n; i++)
        if (store->lives[i].number > life->number && strcmp(store->lives[i].office, life->office) == 0)
            return true;
    return false;
}

/* Whether everything that the events name is held, or is an earlier event of
 * the same segment, or is lost. */
static bool names_held(struct hw_tx *tx, const struct hw_opened *opened, const struct hw_stream *stream)
{
    for (size_t i = 0; i < opened->head.n; i++) {
        const struct hw_event *event = &opened->events[i];
        for (size_t o = 0; o < event->ops_n; o++)
            for (size_t s = 0; s < event->ops[o].seen_n; s++) {
                const struct hw_name *name = &event->ops[o].seen[s];
                const struct hw_stream *seen =
                    hw_inc_compare(&name->inc, &stream->inc) == 0
                        ? stream
                        : hw_cache_stream(tx->store, &name->inc, stream->group);
                uint64_t tip = !seen ? 0 : seen == stream ? event->seq - 1 : seen->tip;
                if (name->seq > tip && !lost(tx, name))
                    return false;
            }
    }
    return true;
}

static bool is_head(const struct hw_row *row, uint16_t field, const struct hw_name *name)
{
    const struct hw_cell *cell = hw_row_cell(row, field);
    for (size_t i = 0; cell && i < cell->heads_n; i++)
        if (hw_name_compare(&cell->heads[i].name, name) == 0)
            return true;
    return false;
}

/* Whether every name seen is an event of the same record: a head as a rule, else
 * one of its history. */
static bool names_own_record(struct hw_tx *tx, const struct hw_group *group, const struct hw_record *record,
                             const struct hw_event *event)
{
    for (size_t o = 0; o < event->ops_n; o++)
        for (size_t s = 0; s < event->ops[o].seen_n; s++) {
            const struct hw_name *name = &event->ops[o].seen[s];
            if (is_head(&record->row, event->ops[o].field, name))
                continue;
            const struct hw_stream *stream = hw_cache_stream(tx->store, &name->inc, group->id);
            if ((!stream || name->seq > stream->tip) && lost(tx, name))
                continue;
            if (!stream || !hw_history_has(record, stream->id, name->seq))
                return false;
        }
    return true;
}

static enum hw_status may_write(struct hw_tx *tx, const struct hw_leave *leave, const struct hw_event *event,
                                const struct hw_record *record, struct hw_err *why)
{
    unsigned life;
    struct hw_asked asked = {.kind = event->kind, .row = &record->row, .maker = "", .ops = event->ops,
                             .ops_n = event->ops_n};
    if (record->row.made.seq)
        asked.maker = hw_tx_office_of(tx, &record->row.made.inc, &life);
    return hw_policy_write(leave, &asked, &tx->arena, why);
}

/* Why an event is refused, judged on the row as it stands before it; 0 when it
 * is not. */
static unsigned refusal(struct hw_tx *tx, const struct hw_group *group, const struct hw_leave *leave,
                        const struct hw_event *event, struct hw_err *why)
{
    const struct hw_kind *kind = hw_kind_by_id(event->kind);
    struct hw_record *record;
    if (strcmp(group->code, "directory") == 0) {
        hw_fail(why, HW_DENIED, "the directory is written at headquarters");
        return HW_REFUSAL_RIGHTS;
    }
    if (hw_tx_record(tx, event->kind, &event->record, group->code, &record, why) != HW_OK)
        return HW_REFUSAL_UNREADABLE;
    /* A record of a kind that is not known here yet has no row to be judged by. */
    if (kind && !names_own_record(tx, group, record, event)) {
        hw_fail(why, HW_CORRUPT, "it names writes of another record");
        return HW_REFUSAL_SEEN;
    }
    for (size_t i = 0; kind && i < event->ops_n; i++) {
        const struct hw_op *op = &event->ops[i];
        const struct hw_field *field = hw_field_by_id(kind, op->field);
        if (!field || op->code == HW_OP_REMOVE)
            continue;
        enum hw_status status = hw_value_check(field, op->value, why);
        if (status)
            return status == HW_LIMIT ? HW_REFUSAL_LIMIT : HW_REFUSAL_UNREADABLE;
    }
    return may_write(tx, leave, event, record, why) == HW_OK ? 0 : HW_REFUSAL_RIGHTS;
}

static enum hw_status verdict(struct hw_tx *tx, struct hw_group *group, struct hw_stream *stream,
                              const struct hw_event *event, uint8_t what, uint16_t code, uint64_t stamp,
                              const char *text, bool more, struct hw_err *err)
{
    struct hw_slice reason = hw_slice_text(text);
    if (reason.n > 500) /* the journal's limit for a reason */
        reason.n = 500;
    struct hw_entry entry = {.type = HW_ENTRY_VERDICT, .inc = stream->inc, .seq = event->seq,
                             .verdict = what, .code = code, .stamp = stamp, .text = reason};
    enum hw_status status = hw_gate_append(tx, group, &entry, more, err);
    return status ? status : hw_journal_note(tx, group, stream, &entry, err);
}

enum { REASON_MAX = 200 }; /* bytes: it goes into every office's journal */

/* One event's judgement: at most one verdict. */
struct judgement {
    unsigned refused; /* code, 0: not */
    bool ahead;
    const char *text; /* why; arena */
};

bool hw_gate_doubts(const struct hw_tx *tx)
{
    return tx->store->identity.gate && hw_stamp_ahead(tx->store->greatest, (uint64_t)tx->wall);
}

bool hw_tx_doubts_clock(struct hw_tx *tx)
{
    return hw_gate_doubts(tx);
}

/* A stamp is judged by this gate's clock, unless that is wrong itself. */
static bool judge_clock(struct hw_tx *tx, uint64_t stamp)
{
    struct hw_store *store = tx->store;
    if (hw_gate_doubts(tx))
        return false;
    if (hw_stamp_ahead(stamp, (uint64_t)tx->wall))
        return true;
    if (stamp > store->greatest)
        store->greatest = stamp;
    return false;
}

/* Judges and applies the events of a segment, one after the other. */
static enum hw_status judge_events(struct hw_tx *tx, struct hw_group *group, struct hw_stream *stream,
                                   const struct hw_opened *opened, struct judgement *list, struct hw_err *err)
{
    struct hw_leave leave;
    unsigned life;
    /* All events of a segment are judged under the same grants: those of the directory as it stands at this commit. */
    enum hw_status status = hw_tx_leave(tx, hw_tx_office_of(tx, &stream->inc, &life), group->code, &leave, err);
    for (size_t i = 0; i < opened->head.n && !status; i++) {
        const struct hw_event *event = &opened->events[i];
        struct hw_err why = {0};
        list[i].refused = refusal(tx, group, &leave, event, &why);
        list[i].ahead = !list[i].refused && judge_clock(tx, event->stamp);
        list[i].text = list[i].refused ? hw_arena_text(&tx->arena, why.text, strnlen(why.text, REASON_MAX)) : "";
        tx->store->clock = hw_stamp_see(tx->store->clock, event->stamp, (uint64_t)tx->wall);
        status = hw_apply_event(tx, stream, group, event, list[i].refused != 0, err);
    }
    return status;
}

static enum hw_status write_verdicts(struct hw_tx *tx, struct hw_group *group, struct hw_stream *stream,
                                     const struct hw_opened *opened, const struct judgement *list, size_t left,
                                     struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < opened->head.n && !status; i++) {
        const struct hw_event *event = &opened->events[i];
        left -= list[i].refused || list[i].ahead;
        if (list[i].refused)
            status = verdict(tx, group, stream, event, HW_VERDICT_REFUSED, (uint16_t)list[i].refused, 0,
                             list[i].text, left > 0, err);
        else if (list[i].ahead)
            status = verdict(tx, group, stream, event, HW_VERDICT_RECLOCKED, 0, (uint64_t)tx->wall << 16,
                             "its clock was more than five minutes ahead", left > 0, err);
    }
    return status;
}

enum hw_status hw_gate_segment(struct hw_tx *tx, struct hw_group *group, struct hw_stream *stream,
                               const struct hw_opened *opened, const uint8_t hash[HW_HASH_SIZE], bool *moved,
                               struct hw_err *err)
{
    const struct hw_segment *head = &opened->head;
    *moved = head->first == stream->admitted + 1 && names_held(tx, opened, stream);
    if (!*moved)
        return HW_OK; /* it waits; only this stream does */
    struct judgement *list = hw_arena_zero(&tx->arena, head->n, sizeof *list);
    enum hw_status status = judge_events(tx, group, stream, opened, list, err);
    size_t verdicts = 0;
    for (size_t i = 0; i < head->n && !status; i++)
        verdicts += list[i].refused || list[i].ahead;
    if (!status)
        status = hw_gate_admit(tx, group, stream, head->first, head->n, hash, verdicts > 0, err);
    return status ? status : write_verdicts(tx, group, stream, opened, list, verdicts, err);
}

/* Admits the next waiting segment of the stream when it can be; `moved` says
 * whether it did. */
static enum hw_status judge_next(struct hw_tx *tx, struct hw_group *group, struct hw_stream *stream, bool *moved,
                                 struct hw_err *err)
{
    struct hw_stored_segment segment;
    struct hw_opened opened;
    bool admitted;
    enum hw_status status = hw_segment_get(tx, stream, stream->admitted + 1, true, &segment, err);
    if (!status)
        status = hw_segment_open(segment.wire, &tx->arena, &opened, err);
    if (!status)
        status = hw_gate_segment(tx, group, stream, &opened, segment.hash, &admitted, err);
    *moved = *moved || (!status && admitted);
    return status;
}

enum hw_status hw_gate_judge(struct hw_tx *tx, struct hw_group *group, struct hw_err *err)
{
    int64_t group_id = group->id;
    enum hw_status status = HW_OK;
    bool moved = true;
    while (moved && !status) {
        moved = false;
        for (size_t i = 0; i < tx->store->streams_n && !status; i++) {
            struct hw_stream *stream = &tx->store->streams[i];
            if (stream->group != group_id || stream->admitted >= stream->sealed)
                continue;
            status = judge_next(tx, hw_cache_group_by_id(tx->store, group_id), stream, &moved, err);
        }
    }
    return status;
}
