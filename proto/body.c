/* body.c: what is inside a segment before packing (floor 1, pure).
 *
 * body = seed, then columns: all events' kinds, then all events' records, and so on, because equal things next to each other pack
 * better. Nothing stands around a column: how long it is follows from those before it, the first have one item for each event.
 *
 *   seed      8 bytes
 *   kinds     a number for each event
 *   records   a number for each event: 0 a record not named before, else its place among those named, from 1 on
 *   ids       10 bytes for each 0 of `records`
 *   authors   like records;  names: a text for each 0
 *   stamps    8 bytes, big endian, of the first event; then differences to the event before
 *   changes   a number, then differences
 *   counts    for each event: twice its operations, and 1 more when it was redacted
 *   codes, fields, seen     for each operation: its code, its field, how many writes it names
 *   lives     for each write named: 0 the stream's own incarnation, 1 one not named before, else 1 + its place among those named
 *   incs      8 bytes for each 1 of `lives`
 *   numbers   for each write named: the event's number less that of the write's
 *   places    for each write named: index of its operation
 *   values    for each operation its value (schema.h); of a text the head alone, of a byte string of 10 bytes (a record) as well
 *   refs      like records, for each of the latter; goes on in the same table
 *   ids       10 bytes for each 0 of `refs`
 *   texts     what stands behind those heads
 *   redacted  32 bytes for each event redacted: the hash of its values, which are all null then
 *
 * Numbers are CBOR integers in their shortest form. Sequence numbers are implicit. The same events always give the same bytes. */
#include "proto/body.h"

#include <stdlib.h>
#include <string.h>

/* Index of fixed-size names in order of first use: open addressing, at least
 * twice as many slots as entries, so that a probe is short. */
struct index {
    size_t size; /* of one name */
    size_t n;
    struct hw_out names;
    uint32_t *slots; /* position + 1 */
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
    index->slots[slot] = (uint32_t)++index->n;
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

/* What an encoder knows beside the output. */
struct encoder {
    struct hw_out *out;
    const struct hw_inc *self;
    const struct hw_event *events;
    size_t n;
    struct index records;
    struct hw_slice *authors;
    size_t authors_n;
    struct hw_out lives;
};

static size_t count_refs(const struct hw_event *events, size_t n)
{
    size_t refs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < events[i].ops_n; k++)
            refs += is_ref(events[i].ops[k].value);
    return refs;
}

static void encoder_init(struct encoder *e, struct hw_out *out, const struct hw_inc *self, const struct hw_event *events, size_t n)
{
    size_t slots = 2, most = n + count_refs(events, n);
    while (slots < 2 * most)
        slots *= 2;
    *e = (struct encoder){.out = out, .self = self, .events = events, .n = n,
                          .records = {.size = sizeof(struct hw_id), .mask = slots - 1}};
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
}
/* Writes where a name stands among those named before; true for a new one, which stands in its table from now on. */
static bool put_place(struct encoder *e, size_t at, size_t before)
{
    hw_put_uint(e->out, at == before ? 0 : at + 1);
    return at == before;
}

static bool put_id(struct encoder *e, const uint8_t *id)
{
    size_t before = e->records.n;
    return put_place(e, index_find(&e->records, id), before);
}

static void put_records(struct encoder *e)
{
    for (size_t i = 0; i < e->n; i++)
        put_id(e, e->events[i].record.b);
    hw_put_raw(e->out, e->records.names.p, e->records.names.n);
}

static void put_authors(struct encoder *e)
{
    for (size_t i = 0; i < e->n; i++) {
        size_t before = e->authors_n;
        put_place(e, author_find(e->authors, &e->authors_n, e->events[i].author), before);
    }
    for (size_t i = 0; i < e->authors_n; i++)
        hw_put_textn(e->out, e->authors[i].p, e->authors[i].n);
}

static void put_times(struct encoder *e)
{
    const struct hw_event *events = e->events;
    uint8_t stamp[STAMP];
    for (size_t i = 0; i < STAMP; i++)
        stamp[i] = (uint8_t)(events[0].stamp >> 8 * (STAMP - 1 - i));
    hw_put_raw(e->out, stamp, sizeof stamp);
    for (size_t i = 1; i < e->n; i++)
        hw_put_int(e->out, (int64_t)(events[i].stamp - events[i - 1].stamp));
    hw_put_uint(e->out, events[0].change);
    for (size_t i = 1; i < e->n; i++)
        hw_put_int(e->out, (int64_t)(events[i].change - events[i - 1].change));
}

/* Goes on with the next operation; false behind the last. Begin with {0}. */
struct op_at {
    size_t event, op;
};

static const struct hw_op *next_op(const struct encoder *e, struct op_at *at)
{
    while (at->event < e->n && at->op == e->events[at->event].ops_n) {
        at->event++;
        at->op = 0;
    }
    return at->event < e->n ? &e->events[at->event].ops[at->op++] : NULL;
}

static void put_shapes(struct encoder *e)
{
    const struct hw_op *op;
    for (size_t i = 0; i < e->n; i++)
        hw_put_uint(e->out, e->events[i].ops_n * 2 + (e->events[i].redacted != NULL));
    for (struct op_at at = {0}; (op = next_op(e, &at));)
        hw_put_uint(e->out, op->code);
    for (struct op_at at = {0}; (op = next_op(e, &at));)
        hw_put_uint(e->out, op->field);
    for (struct op_at at = {0}; (op = next_op(e, &at));)
        hw_put_uint(e->out, op->seen_n);
}

static void put_seen(struct encoder *e)
{
    const struct hw_op *op;
    for (struct op_at at = {0}; (op = next_op(e, &at));)
        for (size_t i = 0; i < op->seen_n; i++) {
            size_t before = e->lives.n, life = life_find(&e->lives, e->self, &op->seen[i].inc);
            hw_put_uint(e->out, life == 0 ? 0 : e->lives.n > before ? 1 : life + 1);
        }
    hw_put_raw(e->out, e->lives.p, e->lives.n);
    for (struct op_at at = {0}; (op = next_op(e, &at));)
        for (size_t i = 0; i < op->seen_n; i++)
            hw_put_int(e->out, (int64_t)(e->events[at.event].seq - op->seen[i].seq));
    for (struct op_at at = {0}; (op = next_op(e, &at));)
        for (size_t i = 0; i < op->seen_n; i++)
            hw_put_uint(e->out, op->seen[i].op);
}

/* How much of a value stands in the column `values`. */
static size_t head_of(struct hw_slice value)
{
    static const uint8_t more[] = {1, 2, 4, 8}; /* bytes of a length that does not stand in the first byte */
    if (is_ref(value))
        return 1;
    if (value.n == 0 || (value.p[0] & MAJOR) != TEXT)
        return value.n;
    unsigned length = value.p[0] & ~(unsigned)MAJOR;
    size_t head = length < SHORT ? 1 : length < SHORT + sizeof more ? 1u + more[length - SHORT] : value.n;
    return head < value.n ? head : value.n;
}

static void put_values(struct encoder *e, size_t *texts)
{
    const struct hw_op *op;
    size_t before = e->records.names.n;
    for (struct op_at at = {0}; (op = next_op(e, &at));) {
        if (op->value.n)
            hw_put_raw(e->out, op->value.p, head_of(op->value));
        else
            hw_put_null(e->out);
    }
    for (struct op_at at = {0}; (op = next_op(e, &at));)
        if (is_ref(op->value))
            put_id(e, op->value.p + 1);
    hw_put_raw(e->out, e->records.names.p + before, e->records.names.n - before);
    *texts = e->out->n;
    for (struct op_at at = {0}; (op = next_op(e, &at));) {
        size_t head = head_of(op->value);
        if (!is_ref(op->value))
            hw_put_raw(e->out, op->value.p + head, op->value.n - head);
    }
}

void hw_body_encode(struct hw_out *out, const struct hw_inc *self, const uint8_t seed[HW_SEED_SIZE],
                    const struct hw_event *events, size_t n, size_t cuts[HW_BODY_CUTS])
{
    struct encoder e;
    size_t unused[HW_BODY_CUTS], *cut = cuts ? cuts : unused;
    encoder_init(&e, out, self, events, n);
    hw_put_raw(out, seed, HW_SEED_SIZE);
    for (size_t i = 0; i < n; i++)
        hw_put_uint(out, events[i].kind);
    put_records(&e);
    cut[0] = out->n;
    put_authors(&e);
    put_times(&e);
    put_shapes(&e);
    put_seen(&e);
    cut[1] = out->n;
    put_values(&e, &cut[2]);
    for (size_t i = 0; i < n; i++)
        if (events[i].redacted)
            hw_put_raw(out, events[i].redacted, HW_HASH_SIZE);
    encoder_done(&e);
}
