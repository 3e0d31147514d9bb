/* body.c: what is inside a segment before packing (floor 1, pure).
 *
 * body   = [seed, stamp, change, records, authors, lives, events]
 *   stamp, change    the first event's; the others are differences
 *   records          byte string, 10 bytes each: every record named, once
 *   authors          array of texts, once each
 *   lives            byte string, 8 bytes each: incarnations named as seen; index 0 means the stream's own and is not listed
 * event  = [kind, record index, stamp - previous, author index, change - previous, ops, ? hash of redacted values]
 *          with that hash all values are null
 * op     = [code, field, seen, value]
 *   seen             flat array: life index, seq, op index, ...
 *   value            canonical CBOR of schema.h
 * Sequence numbers are implicit. The same events always give the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "headway/event.h"

/* Index of fixed-size names in order of first use: open addressing, at least
 * twice as many slots as entries, so that a probe is short. */
struct index {
    size_t size; /* of one name */
    size_t n;
    struct hw_out names;
    uint16_t *slots; /* position + 1 */
    size_t mask;     /* number of slots, a power of two, less 1 */
};

static size_t slot_of(const uint8_t *name, size_t size, size_t mask)
{
    uint64_t h = 1469598103934665603u; /* FNV-1a, 64 bit */
    for (size_t i = 0; i < size; i++)
        h = (h ^ name[i]) * 1099511628211u;
    return (size_t)(h ^ h >> 32) & mask;
}

static size_t index_find(struct index *index, const uint8_t *name)
{
    size_t slot = slot_of(name, index->size, index->mask);
    for (; index->slots[slot]; slot = (slot + 1) & index->mask) {
        size_t at = index->slots[slot] - 1u;
        if (memcmp(index->names.p + at * index->size, name, index->size) == 0)
            return at;
    }
    index->slots[slot] = (uint16_t)++index->n;
    hw_put_raw(&index->names, name, index->size);
    return index->n - 1;
}

/* Lives named as seen are few; a segment of n events by one office seldom
 * names more than the offices there are. */
static size_t life_find(struct hw_out *lives, const struct hw_inc *self, const struct hw_inc *inc)
{
    if (hw_inc_compare(self, inc) == 0)
        return 0;
    size_t n = lives->n / sizeof inc->b;
    for (size_t i = 0; i < n; i++)
        if (memcmp(lives->p + i * sizeof inc->b, inc->b, sizeof inc->b) == 0)
            return i + 1;
    hw_put_raw(lives, inc->b, sizeof inc->b);
    return n + 1;
}

static size_t author_find(struct hw_slice *authors, size_t *n, struct hw_slice author)
{
    for (size_t i = *n; i > 0; i--) /* the latest is the likeliest */
        if (hw_slice_equal(authors[i - 1], author))
            return i - 1;
    authors[*n] = author;
    return (*n)++;
}

static void put_op(struct hw_out *out, struct hw_out *lives, const struct hw_inc *self, const struct hw_op *op)
{
    hw_put_array(out, 4);
    hw_put_uint(out, op->code);
    hw_put_uint(out, op->field);
    hw_put_array(out, op->seen_n * 3);
    for (size_t i = 0; i < op->seen_n; i++) {
        hw_put_uint(out, life_find(lives, self, &op->seen[i].inc));
        hw_put_uint(out, op->seen[i].seq);
        hw_put_uint(out, op->seen[i].op);
    }
    if (op->value.n)
        hw_put_raw(out, op->value.p, op->value.n);
    else
        hw_put_null(out);
}

/* What an encoder holds beside the output. */
struct encoder {
    const struct hw_inc *self;
    struct index records;
    struct hw_slice *authors;
    size_t authors_n;
    struct hw_out lives, events;
};

/* Tables for `n` events and no more: a draft is a body of one event. */
static void encoder_init(struct encoder *e, const struct hw_inc *self, size_t n)
{
    size_t slots = 2;
    while (slots < 2 * n)
        slots *= 2;
    *e = (struct encoder){.self = self, .records = {.size = sizeof(struct hw_id), .mask = slots - 1}};
    e->records.slots = hw_alloc(slots * sizeof *e->records.slots);
    memset(e->records.slots, 0, slots * sizeof *e->records.slots);
    e->authors = hw_alloc(n * sizeof *e->authors);
}

static void encoder_done(struct encoder *e)
{
    free(e->records.slots);
    free(e->authors);
    hw_out_done(&e->records.names);
    hw_out_done(&e->lives);
    hw_out_done(&e->events);
}

static void put_event(struct encoder *e, const struct hw_event *event, const struct hw_event *before)
{
    struct hw_out *out = &e->events;
    hw_put_array(out, event->redacted ? 7 : 6);
    hw_put_uint(out, event->kind);
    hw_put_uint(out, index_find(&e->records, event->record.b));
    hw_put_int(out, (int64_t)(event->stamp - before->stamp));
    hw_put_uint(out, author_find(e->authors, &e->authors_n, event->author));
    hw_put_int(out, (int64_t)(event->change - before->change));
    hw_put_array(out, event->ops_n);
    for (size_t i = 0; i < event->ops_n; i++)
        put_op(out, &e->lives, e->self, &event->ops[i]);
    if (event->redacted)
        hw_put_bytes(out, event->redacted, HW_HASH_SIZE);
}

void hw_body_encode(struct hw_out *out, const struct hw_inc *self, const uint8_t seed[HW_SEED_SIZE],
                    const struct hw_event *events, size_t n)
{
    struct encoder e;
    encoder_init(&e, self, n);
    for (size_t i = 0; i < n; i++)
        put_event(&e, &events[i], &events[i ? i - 1 : 0]);
    hw_put_array(out, 7);
    hw_put_bytes(out, seed, HW_SEED_SIZE);
    hw_put_uint(out, events[0].stamp);
    hw_put_uint(out, events[0].change);
    hw_put_bytes(out, e.records.names.p, e.records.names.n);
    hw_put_array(out, e.authors_n);
    for (size_t i = 0; i < e.authors_n; i++)
        hw_put_textn(out, e.authors[i].p, e.authors[i].n);
    hw_put_bytes(out, e.lives.p, e.lives.n);
    hw_put_array(out, n);
    hw_put_raw(out, e.events.p, e.events.n);
    encoder_done(&e);
}

/* What a decoder knows: the tables at the body's head. */
struct decoder {
    struct hw_in in;
    struct hw_arena *arena;
    const struct hw_inc *self;
    struct hw_slice records, lives;
    struct hw_slice *authors;
    size_t authors_n;
};

static void get_seen(struct decoder *d, struct hw_op *op)
{
    size_t flat = hw_get_array(&d->in);
    op->seen_n = flat / 3;
    if (flat % 3 != 0 || op->seen_n > HW_SEEN_MAX) {
        hw_in_spoil(&d->in);
        return;
    }
    struct hw_name *seen = hw_arena_zero(d->arena, op->seen_n, sizeof *seen);
    for (size_t i = 0; i < op->seen_n; i++) {
        uint64_t life = hw_get_uint_max(&d->in, d->lives.n / sizeof d->self->b);
        if (life == 0)
            seen[i].inc = *d->self;
        else
            memcpy(seen[i].inc.b, d->lives.p + (life - 1) * sizeof d->self->b, sizeof d->self->b);
        seen[i].seq = hw_get_uint_max(&d->in, INT64_MAX); /* SQLite's integers end there */
        seen[i].op = (uint16_t)hw_get_uint_max(&d->in, HW_OPS_MAX - 1);
    }
    op->seen = seen;
}

static void get_ops(struct decoder *d, struct hw_event *event)
{
    event->ops_n = hw_get_array(&d->in);
    if (event->ops_n > HW_OPS_MAX) {
        hw_in_spoil(&d->in);
        event->ops_n = 0;
    }
    struct hw_op *ops = hw_arena_zero(d->arena, event->ops_n, sizeof *ops);
    for (size_t i = 0; i < event->ops_n && !d->in.bad; i++) {
        if (hw_get_array(&d->in) != 4)
            hw_in_spoil(&d->in);
        ops[i].code = (uint8_t)hw_get_uint_max(&d->in, UINT8_MAX);
        ops[i].field = (uint16_t)hw_get_uint_max(&d->in, UINT16_MAX);
        get_seen(d, &ops[i]);
        ops[i].value = hw_get_raw(&d->in);
    }
    event->ops = ops;
}

static void get_event(struct decoder *d, struct hw_event *event, const struct hw_event *before)
{
    const uint8_t *start = d->in.p;
    size_t parts = hw_get_array(&d->in);
    if (parts != 6 && parts != 7)
        hw_in_spoil(&d->in);
    event->kind = (uint16_t)hw_get_uint_max(&d->in, UINT16_MAX);
    size_t record = (size_t)hw_get_uint(&d->in);
    if (record >= d->records.n / sizeof event->record.b)
        hw_in_spoil(&d->in);
    else
        memcpy(event->record.b, d->records.p + record * sizeof event->record.b, sizeof event->record.b);
    event->stamp = before->stamp + (uint64_t)hw_get_int(&d->in);
    size_t author = (size_t)hw_get_uint(&d->in);
    if (author >= d->authors_n)
        hw_in_spoil(&d->in);
    else
        event->author = d->authors[author];
    event->change = before->change + (uint64_t)hw_get_int(&d->in);
    get_ops(d, event);
    if (parts == 7) { /* no hash covers values beside it: whoever relays the segment could put any there */
        for (size_t i = 0; i < event->ops_n && !d->in.bad; i++)
            if (!hw_slice_equal(event->ops[i].value, hw_slice_text("\xf6")))
                hw_in_spoil(&d->in);
        uint8_t *hash = hw_arena_alloc(d->arena, HW_HASH_SIZE);
        hw_get_fixed(&d->in, hash, HW_HASH_SIZE);
        event->redacted = hash;
    }
    bool over = (size_t)(d->in.p - start) > HW_EVENT_MAX;
    if (over || event->stamp > INT64_MAX || event->change > INT64_MAX)
        hw_in_spoil(&d->in);
}

static void get_tables(struct decoder *d, uint8_t seed[HW_SEED_SIZE], struct hw_event *origin)
{
    if (hw_get_array(&d->in) != 7)
        hw_in_spoil(&d->in);
    hw_get_fixed(&d->in, seed, HW_SEED_SIZE);
    origin->stamp = hw_get_uint(&d->in);
    origin->change = hw_get_uint(&d->in);
    d->records = hw_get_bytes(&d->in);
    d->authors_n = hw_get_array(&d->in);
    if (d->authors_n > HW_SEGMENT_EVENTS) {
        hw_in_spoil(&d->in);
        d->authors_n = 0;
    }
    d->authors = hw_arena_zero(d->arena, d->authors_n, sizeof *d->authors);
    for (size_t i = 0; i < d->authors_n; i++) {
        d->authors[i] = hw_get_text(&d->in);
        if (d->authors[i].n > HW_AUTHOR_MAX)
            hw_in_spoil(&d->in);
    }
    d->lives = hw_get_bytes(&d->in);
    if (d->records.n % sizeof origin->record.b != 0 || d->lives.n % sizeof d->self->b != 0)
        hw_in_spoil(&d->in);
}

enum hw_status hw_body_decode(struct hw_slice body, const struct hw_inc *self, uint64_t first, size_t n,
                              struct hw_arena *arena, uint8_t seed[HW_SEED_SIZE], struct hw_event **events,
                              struct hw_err *err)
{
    if (n == 0 || n > HW_SEGMENT_EVENTS || body.n > HW_SEGMENT_MAX || first == 0 || first > INT64_MAX - n)
        return hw_fail(err, HW_LIMIT, "a segment holds 1 to %d events in at most %d bytes", HW_SEGMENT_EVENTS,
                       HW_SEGMENT_MAX);
    struct decoder d = {.in = hw_in_of(body), .arena = arena, .self = self};
    struct hw_event origin = {0};
    get_tables(&d, seed, &origin);
    if (hw_get_array(&d.in) != n)
        hw_in_spoil(&d.in);
    *events = hw_arena_zero(arena, n, sizeof **events);
    for (size_t i = 0; i < n && !d.in.bad; i++) {
        get_event(&d, &(*events)[i], i ? &(*events)[i - 1] : &origin);
        (*events)[i].seq = first + i;
    }
    if (!hw_in_end(&d.in))
        return hw_fail(err, HW_CORRUPT, "the segment's body cannot be read");
    return HW_OK;
}
