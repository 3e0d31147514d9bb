/* draft.c: events that are not sealed yet (floor 1, pure).
 *
 * run   = event after event, without a head
 * event = [kind, record, stamp, author, change, ops, ? hash of redacted values]
 *         stamp and change are differences from the event before in the run, author is null when it is that one's
 * ops   = [code, field, value, [life, seq, op, ...], ...]   life: an incarnation, null for the stream's own
 *
 * A segment's body shares tables among its events and has to be whole before it is written; here each event is put behind the
 * one before as it is saved. */
#include "headway/draft.h"

#include <string.h>

enum { OP = 4, NAME = 3 /* items in a flat array */ };

static void put_seen(struct hw_out *out, const struct hw_inc *self, const struct hw_op *op)
{
    hw_put_array(out, op->seen_n * NAME);
    for (size_t i = 0; i < op->seen_n; i++) {
        const struct hw_name *name = &op->seen[i];
        if (hw_inc_compare(&name->inc, self) == 0)
            hw_put_null(out);
        else
            hw_put_bytes(out, name->inc.b, sizeof name->inc.b);
        hw_put_uint(out, name->seq);
        hw_put_uint(out, name->op);
    }
}

void hw_draft_encode(struct hw_out *out, const struct hw_inc *self, const struct hw_event *event,
                     const struct hw_event *before)
{
    hw_put_array(out, event->redacted ? 7 : 6);
    hw_put_uint(out, event->kind);
    hw_put_bytes(out, event->record.b, sizeof event->record.b);
    hw_put_int(out, (int64_t)(event->stamp - (before ? before->stamp : 0)));
    if (before && hw_slice_equal(event->author, before->author))
        hw_put_null(out);
    else
        hw_put_textn(out, event->author.p, event->author.n);
    hw_put_int(out, (int64_t)(event->change - (before ? before->change : 0)));
    hw_put_array(out, event->ops_n * OP);
    for (size_t i = 0; i < event->ops_n; i++) {
        const struct hw_op *op = &event->ops[i];
        hw_put_uint(out, op->code);
        hw_put_uint(out, op->field);
        if (op->value.n)
            hw_put_raw(out, op->value.p, op->value.n);
        else
            hw_put_null(out);
        put_seen(out, self, op);
    }
    if (event->redacted)
        hw_put_bytes(out, event->redacted, HW_HASH_SIZE);
}

size_t hw_draft_bound(const struct hw_event *event)
{
    enum { AROUND = 48, EACH_OP = 12, EACH_NAME = 24 }; /* heads, numbers and places in tables, none over 9 bytes */
    size_t bound = AROUND + event->author.n + (event->redacted ? HW_HASH_SIZE + 2 : 0);
    for (size_t i = 0; i < event->ops_n; i++)
        bound += EACH_OP + event->ops[i].value.n + EACH_NAME * event->ops[i].seen_n;
    return bound;
}

/* -- reading -- */

struct reader {
    struct hw_in in;
    struct hw_arena *arena;
    const struct hw_inc *self;
};

/* Members of a flat array, `most` of them at most. */
static size_t get_count(struct reader *r, size_t each, size_t most)
{
    size_t flat = hw_get_array(&r->in);
    if (flat % each != 0 || flat / each > most)
        hw_in_spoil(&r->in);
    return r->in.bad ? 0 : flat / each;
}

static void get_seen(struct reader *r, struct hw_op *op)
{
    op->seen_n = get_count(r, NAME, HW_SEEN_MAX);
    struct hw_name *seen = hw_arena_zero(r->arena, op->seen_n, sizeof *seen);
    for (size_t i = 0; i < op->seen_n; i++) {
        seen[i].inc = *r->self;
        if (hw_peek(&r->in) == HW_ITEM_NULL)
            hw_get_null(&r->in);
        else
            hw_get_fixed(&r->in, seen[i].inc.b, sizeof seen[i].inc.b);
        seen[i].seq = hw_get_uint_max(&r->in, INT64_MAX);
        seen[i].op = (uint16_t)hw_get_uint_max(&r->in, HW_OPS_MAX - 1);
    }
    op->seen = seen;
}

static void get_ops(struct reader *r, struct hw_event *event)
{
    event->ops_n = get_count(r, OP, HW_OPS_MAX);
    struct hw_op *ops = hw_arena_zero(r->arena, event->ops_n, sizeof *ops);
    for (size_t i = 0; i < event->ops_n && !r->in.bad; i++) {
        ops[i].code = (uint8_t)hw_get_uint_max(&r->in, UINT8_MAX);
        ops[i].field = (uint16_t)hw_get_uint_max(&r->in, UINT16_MAX);
        ops[i].value = hw_get_raw(&r->in);
        get_seen(r, &ops[i]);
    }
    event->ops = ops;
}

static void get_event(struct reader *r, struct hw_event *event, const struct hw_event *before)
{
    size_t parts = hw_get_array(&r->in);
    if (parts != 6 && parts != 7)
        hw_in_spoil(&r->in);
    event->kind = (uint16_t)hw_get_uint_max(&r->in, UINT16_MAX);
    hw_get_fixed(&r->in, event->record.b, sizeof event->record.b);
    event->stamp = before->stamp + (uint64_t)hw_get_int(&r->in);
    event->author = before->author;
    if (hw_peek(&r->in) == HW_ITEM_NULL)
        hw_get_null(&r->in);
    else
        event->author = hw_get_text(&r->in);
    event->change = before->change + (uint64_t)hw_get_int(&r->in);
    get_ops(r, event);
    if (parts == 7) {
        uint8_t *hash = hw_arena_alloc(r->arena, HW_HASH_SIZE);
        hw_get_fixed(&r->in, hash, HW_HASH_SIZE);
        event->redacted = hash;
    }
}

enum hw_status hw_draft_decode(struct hw_slice run, const struct hw_inc *self, uint64_t first, size_t n,
                               struct hw_arena *arena, struct hw_event **events, struct hw_err *err)
{
    static const struct hw_event none;
    struct reader r = {.in = hw_in_of(run), .arena = arena, .self = self};
    if (n == 0 || n > HW_SEGMENT_EVENTS || n > run.n)
        return hw_fail(err, HW_CORRUPT, "the drafts cannot be read");
    *events = hw_arena_zero(arena, n, sizeof **events);
    for (size_t i = 0; i < n && !r.in.bad; i++) {
        get_event(&r, &(*events)[i], i ? &(*events)[i - 1] : &none);
        (*events)[i].seq = first + i;
    }
    return hw_in_end(&r.in) ? HW_OK : hw_fail(err, HW_CORRUPT, "the drafts cannot be read");
}
