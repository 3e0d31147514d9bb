/* store_refused.c: this office's events that were refused and still wait for
 * somebody to look at them (floor 2).
 *
 * One that was written again since, by `retry` or by hand, is settled: each of its operations stands in a later event of
 * this office on the same record that was not refused. Nothing need be noted for that, and every life of the office agrees. */
#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"

static bool is_ours(struct hw_tx *tx, const struct hw_inc *inc)
{
    unsigned life;
    return strcmp(hw_tx_office_of(tx, inc, &life), tx->store->identity.office) == 0;
}

static bool shares_name(const struct hw_op *a, const struct hw_op *b)
{
    for (size_t i = 0; i < a->seen_n; i++)
        for (size_t k = 0; k < b->seen_n; k++)
            if (hw_name_compare(&a->seen[i], &b->seen[k]) == 0)
                return true;
    return a->seen_n == 0 || b->seen_n == 0;
}

/* `misnames`: the names of what was refused say nothing. */
static bool has_op(const struct hw_event *event, const struct hw_op *op, bool misnames)
{
    for (size_t i = 0; i < event->ops_n; i++) {
        const struct hw_op *other = &event->ops[i];
        if (other->code == op->code && other->field == op->field && hw_slice_equal(other->value, op->value) &&
            (op->code != HW_OP_REMOVE || misnames || shares_name(other, op)))
            return true;
    }
    return false;
}

static bool written_again(struct hw_tx *tx, const struct hw_logged *refused, const struct hw_logged *events, size_t n,
                          const struct hw_op *op)
{
    bool misnames = hw_verdict_misnames(refused->verdict, refused->verdict_code);
    for (size_t i = 0; i < n; i++)
        if (!events[i].refused && events[i].event.stamp >= refused->event.stamp &&
            is_ours(tx, &events[i].inc) && has_op(&events[i].event, op, misnames))
            return true;
    return false;
}

/* A record's events, read once: what was refused is often many changes of a few records. */
struct past {
    const struct hw_record *record;
    struct hw_logged *events;
    size_t n;
    struct past *next;
};

struct search {
    struct hw_tx *tx;
    struct past *pasts;
    struct hw_out found; /* events */
    size_t n;
};

static enum hw_status past_of(struct search *search, const struct hw_logged *refused, const struct past **past,
                              struct hw_err *err)
{
    struct hw_tx *tx = search->tx;
    struct hw_record *record;
    enum hw_status status = hw_tx_record(tx, refused->event.kind, &refused->event.record, refused->group, &record, err);
    for (*past = search->pasts; !status && *past; *past = (*past)->next)
        if ((*past)->record == record)
            return HW_OK;
    if (status)
        return status;
    struct past *made = hw_arena_zero(&tx->arena, 1, sizeof *made);
    made->record = record;
    made->next = search->pasts;
    *past = search->pasts = made;
    return hw_history_read(tx, record, &made->events, &made->n, err);
}

static enum hw_status is_settled(struct search *search, const struct hw_logged *refused, bool *settled, struct hw_err *err)
{
    const struct past *past;
    enum hw_status status = past_of(search, refused, &past, err);
    *settled = !status;
    for (size_t i = 0; !status && i < refused->event.ops_n && *settled; i++)
        *settled = refused->event.ops[i].field == HW_FIELD_SOURCE ||
                   written_again(search->tx, refused, past->events, past->n, &refused->event.ops[i]);
    return status;
}

/* The numbers of the refused events of one stream. */
static enum hw_status find(struct hw_tx *tx, const struct hw_stream *stream, struct hw_out *numbers, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_VERDICT_REFUSED);
    enum hw_status status;
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, 0));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(stream->id, HW_ROW_LAST));
    while (!(status = hw_sql_step(tx->store, statement, err))) {
        uint64_t seq = (uint64_t)(sqlite3_column_int64(statement, 0) & HW_ROW_LAST);
        hw_put_raw(numbers, &seq, sizeof seq);
    }
    return status == HW_NOT_FOUND ? HW_OK : status;
}

static enum hw_status collect(struct search *search, const struct hw_stream *stream, struct hw_err *err)
{
    struct hw_tx *tx = search->tx;
    struct hw_out numbers HW_CLEANUP(hw_out_done) = {0};
    const struct hw_group *group = hw_cache_group_by_id(tx->store, stream->group);
    struct hw_inc inc = stream->inc;
    enum hw_status status = find(tx, stream, &numbers, err);
    for (size_t at = 0; at < numbers.n && !status; at += sizeof(uint64_t)) {
        struct hw_logged event;
        uint64_t seq;
        bool settled;
        memcpy(&seq, numbers.p + at, sizeof seq);
        status = hw_tx_event(tx, &inc, group->code, seq, &event, err);
        if (!status)
            status = is_settled(search, &event, &settled, err);
        if (status || settled)
            continue;
        hw_put_raw(&search->found, &event, sizeof event);
        search->n++;
    }
    return status;
}

static int newest_first(const void *a, const void *b)
{
    const struct hw_logged *x = a, *y = b;
    if (x->event.stamp != y->event.stamp)
        return x->event.stamp > y->event.stamp ? -1 : 1;
    int order = hw_inc_compare(&y->inc, &x->inc);
    return order ? order : (x->event.seq < y->event.seq) - (x->event.seq > y->event.seq);
}

enum hw_status hw_tx_refused(struct hw_tx *tx, struct hw_logged **events, size_t *n, struct hw_err *err)
{
    struct search search = {.tx = tx};
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < tx->store->streams_n && !status; i++)
        if (is_ours(tx, &tx->store->streams[i].inc))
            status = collect(&search, &tx->store->streams[i], err);
    *n = search.n;
    *events = hw_arena_copy(&tx->arena, search.found.p, search.n * sizeof **events);
    hw_out_done(&search.found);
    if (*n)
        qsort(*events, *n, sizeof **events, newest_first);
    return status;
}
