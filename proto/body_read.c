/* body_read.c: reading what body.c writes from a peer's bytes (floor 1, pure).  Column after column; nothing here trusts a
 * count or a place, and what is allocated is bounded by the bytes that are there. */
#include "proto/body.h"

#include <string.h>

/* What a decoder knows: its place, and the tables met so far. */
struct decoder {
    struct hw_in in;
    struct hw_arena *arena;
    const struct hw_inc *self;
    struct hw_event *events;
    size_t n, ops_n, seen_n;
    struct hw_op *ops;     /* of all events, one after the other */
    struct hw_name *seen;  /* of all operations */
    struct hw_slice ids;   /* of the column `records` */
    size_t redacted;       /* events */
};

/* Bytes without a head. */
static struct hw_slice take(struct decoder *d, size_t n)
{
    struct hw_slice bytes = {d->in.p, n};
    if (d->in.bad || n > (size_t)(d->in.end - d->in.p)) {
        hw_in_spoil(&d->in);
        return (struct hw_slice){0};
    }
    d->in.p += n;
    return bytes;
}

/* A place in a table of `*known` that grows by one with each 0; gives it from 0 on. */
static size_t get_place(struct decoder *d, size_t *known)
{
    size_t place = (size_t)hw_get_uint_max(&d->in, *known);
    return place ? place - 1 : (*known)++;
}

/* Until the ids are known, a record holds its place among them. */
static void get_records(struct decoder *d)
{
    size_t known = 0;
    for (size_t i = 0; i < d->n; i++) {
        uint32_t place = (uint32_t)get_place(d, &known);
        memcpy(d->events[i].record.b, &place, sizeof place);
    }
    d->ids = take(d, known * sizeof(struct hw_id));
    for (size_t i = 0; i < d->n && !d->in.bad; i++) {
        struct hw_id *id = &d->events[i].record;
        uint32_t place;
        memcpy(&place, id->b, sizeof place);
        memcpy(id->b, d->ids.p + place * sizeof *id, sizeof *id);
    }
}

static void get_authors(struct decoder *d)
{
    size_t known = 0;
    for (size_t i = 0; i < d->n; i++)
        d->events[i].author.n = get_place(d, &known);
    struct hw_slice *authors = hw_arena_zero(d->arena, known, sizeof *authors);
    for (size_t i = 0; i < known && !d->in.bad; i++) {
        authors[i] = hw_get_text(&d->in);
        if (authors[i].n > HW_AUTHOR_MAX)
            hw_in_spoil(&d->in);
    }
    for (size_t i = 0; i < d->n; i++)
        d->events[i].author = d->in.bad ? (struct hw_slice){0} : authors[d->events[i].author.n];
}

static void get_times(struct decoder *d)
{
    struct hw_slice first = take(d, STAMP);
    for (size_t i = 0; i < first.n; i++)
        d->events[0].stamp = d->events[0].stamp << 8 | first.p[i];
    for (size_t i = 1; i < d->n; i++)
        d->events[i].stamp = d->events[i - 1].stamp + (uint64_t)hw_get_int(&d->in);
    d->events[0].change = hw_get_uint(&d->in);
    for (size_t i = 1; i < d->n; i++)
        d->events[i].change = d->events[i - 1].change + (uint64_t)hw_get_int(&d->in);
    for (size_t i = 0; i < d->n; i++)
        if (d->events[i].stamp > INT64_MAX || d->events[i].change > INT64_MAX)
            hw_in_spoil(&d->in);
}

/* Each operation takes four bytes at least, each write named three: so the input bounds what is allocated. */
static void get_shapes(struct decoder *d)
{
    for (size_t i = 0; i < d->n; i++) {
        uint64_t count = hw_get_uint_max(&d->in, HW_OPS_MAX * 2 + 1);
        d->events[i].ops_n = (size_t)count / 2;
        d->events[i].redacted = count % 2 ? d->in.p : NULL; /* where it stands is known at the end */
        d->redacted += count % 2;
        d->ops_n += (size_t)count / 2;
    }
    if (d->in.bad || d->ops_n > (size_t)(d->in.end - d->in.p)) {
        hw_in_spoil(&d->in);
        return;
    }
    struct hw_op *op = d->ops = hw_arena_zero(d->arena, d->ops_n, sizeof *op);
    for (size_t i = 0; i < d->n; op += d->events[i++].ops_n)
        d->events[i].ops = op;
    for (size_t i = 0; i < d->ops_n; i++)
        d->ops[i].code = (uint8_t)hw_get_uint_max(&d->in, UINT8_MAX);
    for (size_t i = 0; i < d->ops_n; i++)
        d->ops[i].field = (uint16_t)hw_get_uint_max(&d->in, UINT16_MAX);
    for (size_t i = 0; i < d->ops_n; i++)
        d->seen_n += d->ops[i].seen_n = (size_t)hw_get_uint_max(&d->in, HW_SEEN_MAX);
    if (d->seen_n > (size_t)(d->in.end - d->in.p))
        hw_in_spoil(&d->in);
}

/* Until the incarnations are known, a name's operation holds the place of its own. */
static void get_lives(struct decoder *d)
{
    size_t known = 0;
    for (size_t i = 0; i < d->seen_n; i++) {
        uint64_t life = hw_get_uint_max(&d->in, known + 1);
        d->seen[i].op = (uint16_t)(life == 1 ? ++known : life ? life - 1 : 0);
    }
    struct hw_slice incs = take(d, known * sizeof d->self->b);
    for (size_t i = 0; i < d->seen_n && !d->in.bad; i++) {
        size_t life = d->seen[i].op;
        if (life)
            memcpy(d->seen[i].inc.b, incs.p + (life - 1) * sizeof d->self->b, sizeof d->self->b);
        else
            d->seen[i].inc = *d->self;
    }
}

static size_t seen_of(const struct hw_event *event)
{
    size_t n = 0;
    for (size_t i = 0; i < event->ops_n; i++)
        n += event->ops[i].seen_n;
    return n;
}

static void get_seen(struct decoder *d)
{
    if (d->in.bad)
        return;
    struct hw_name *name = d->seen = hw_arena_zero(d->arena, d->seen_n, sizeof *name);
    for (size_t i = 0; i < d->ops_n; name += d->ops[i++].seen_n)
        d->ops[i].seen = name;
    get_lives(d);
    name = d->seen;
    for (size_t i = 0; i < d->n; i++)
        for (const struct hw_name *end = name + seen_of(&d->events[i]); name < end; name++) {
            name->seq = d->events[i].seq - (uint64_t)hw_get_int(&d->in);
            if (name->seq > INT64_MAX) /* SQLite's integers end there */
                hw_in_spoil(&d->in);
        }
    for (size_t i = 0; i < d->seen_n; i++)
        d->seen[i].op = (uint16_t)hw_get_uint_max(&d->in, HW_OPS_MAX - 1);
}

/* What the head of a text says of its length. */
static size_t text_length(struct hw_slice head)
{
    size_t length = head.p[0] & ~(unsigned)MAJOR;
    for (size_t i = 1; i < head.n; i++)
        length = (i == 1 ? 0 : length << 8) | head.p[i];
    return length;
}

/* The head of a text, or the whole of another value; *rest: bytes of the text behind it. */
static struct hw_slice get_head(struct decoder *d, size_t *rest)
{
    const uint8_t *start = d->in.p;
    *rest = 0;
    if (!d->in.bad && start < d->in.end && *start == REF)
        return take(d, 1);
    if (d->in.bad || start == d->in.end || (*start & MAJOR) != TEXT)
        return hw_get_raw(&d->in);
    unsigned first = *start & ~(unsigned)MAJOR;
    struct hw_slice head = first < SHORT + 4 ? take(d, first < SHORT ? 1 : 1 + ((size_t)1 << (first - SHORT))) : (struct hw_slice){0};
    if (head.n)
        *rest = text_length(head);
    if (head.n == 0 || *rest > HW_SEGMENT_MAX)
        hw_in_spoil(&d->in);
    return head;
}

static bool is_head(struct hw_slice value)
{
    return value.n && (value.p[0] & MAJOR) == TEXT;
}

static bool is_ref_head(struct hw_slice value)
{
    return value.n == 1 && value.p[0] == REF;
}

/* Places of records, then those of them that are new. */
static void get_refs(struct decoder *d, size_t refs_n)
{
    size_t known = d->ids.n / sizeof(struct hw_id), before = known;
    uint32_t *places = hw_arena_zero(d->arena, refs_n, sizeof *places);
    for (size_t i = 0; i < refs_n; i++)
        places[i] = (uint32_t)get_place(d, &known);
    struct hw_slice more = take(d, (known - before) * sizeof(struct hw_id));
    uint8_t *to = hw_arena_alloc(d->arena, refs_n * (sizeof(struct hw_id) + 1));
    for (size_t i = 0, at = 0; i < d->ops_n && !d->in.bad; i++) {
        if (!is_ref_head(d->ops[i].value))
            continue;
        size_t place = places[at++];
        const uint8_t *id = place < before ? d->ids.p + place * sizeof(struct hw_id) : more.p + (place - before) * sizeof(struct hw_id);
        *to = REF;
        memcpy(to + 1, id, sizeof(struct hw_id));
        d->ops[i].value = (struct hw_slice){to, sizeof(struct hw_id) + 1};
        to += sizeof(struct hw_id) + 1;
    }
}

/* Puts each text behind its head. */
static void get_texts(struct decoder *d, size_t heads, size_t texts)
{
    if (d->in.bad || texts > (size_t)(d->in.end - d->in.p)) {
        hw_in_spoil(&d->in);
        return;
    }
    uint8_t *to = hw_arena_alloc(d->arena, heads + texts);
    for (size_t i = 0; i < d->ops_n; i++) {
        struct hw_slice head = d->ops[i].value;
        if (!is_head(head))
            continue;
        struct hw_slice text = take(d, text_length(head));
        memcpy(to, head.p, head.n);
        if (text.n)
            memcpy(to + head.n, text.p, text.n);
        d->ops[i].value = (struct hw_slice){to, head.n + text.n};
        to += head.n + text.n;
    }
}

static void get_values(struct decoder *d)
{
    size_t refs = 0, heads = 0, texts = 0;
    for (size_t i = 0; i < d->ops_n && !d->in.bad; i++) {
        size_t rest;
        struct hw_slice head = get_head(d, &rest);
        refs += is_ref_head(head);
        heads += is_head(head) ? head.n : 0;
        texts += rest;
        d->ops[i].value = head;
    }
    if (d->in.bad)
        return;
    get_refs(d, refs);
    get_texts(d, heads, texts);
}

/* No hash covers values beside that of those which were taken out: whoever relays the segment could put any there. */
static void get_redacted(struct decoder *d)
{
    struct hw_slice hashes = take(d, d->redacted * HW_HASH_SIZE);
    size_t at = 0;
    for (size_t i = 0; i < d->n && !d->in.bad; i++) {
        if (!d->events[i].redacted)
            continue;
        for (size_t k = 0; k < d->events[i].ops_n; k++)
            if (!hw_slice_equal(d->events[i].ops[k].value, hw_slice_text("\xf6")))
                hw_in_spoil(&d->in);
        d->events[i].redacted = hashes.p + at++ * HW_HASH_SIZE;
    }
}

/* What an event takes when it stands alone, at least: so each that was small enough when it was saved is now. */
static bool too_large(const struct hw_event *event)
{
    size_t size = 0;
    for (size_t i = 0; i < event->ops_n; i++)
        size += event->ops[i].seen_n * 3 + (is_ref(event->ops[i].value) ? 1 : event->ops[i].value.n);
    return size > HW_EVENT_MAX;
}

enum hw_status hw_body_decode(struct hw_slice body, const struct hw_inc *self, uint64_t first, size_t n,
                              struct hw_arena *arena, uint8_t seed[HW_SEED_SIZE], struct hw_event **events,
                              struct hw_err *err)
{
    if (n == 0 || n > HW_SEGMENT_EVENTS || body.n > HW_SEGMENT_MAX || first == 0 || first > INT64_MAX - n)
        return hw_fail(err, HW_LIMIT, "a segment holds 1 to %d events in at most %d bytes", HW_SEGMENT_EVENTS,
                       HW_SEGMENT_MAX);
    struct decoder d = {.in = hw_in_of(body), .arena = arena, .self = self, .n = n};
    struct hw_slice salt = take(&d, HW_SEED_SIZE);
    if (salt.n)
        memcpy(seed, salt.p, salt.n);
    *events = d.events = hw_arena_zero(arena, n, sizeof *d.events);
    for (size_t i = 0; i < n; i++) {
        d.events[i].seq = first + i;
        d.events[i].kind = (uint16_t)hw_get_uint_max(&d.in, UINT16_MAX);
    }
    get_records(&d);
    get_authors(&d);
    get_times(&d);
    get_shapes(&d);
    get_seen(&d);
    get_values(&d);
    get_redacted(&d);
    for (size_t i = 0; i < n && !d.in.bad; i++)
        if (too_large(&d.events[i]))
            hw_in_spoil(&d.in);
    if (!hw_in_end(&d.in))
        return hw_fail(err, HW_CORRUPT, "the segment's body cannot be read");
    return HW_OK;
}
