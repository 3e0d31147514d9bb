/* rogue_event.c: segments of an office in hostile hands: sealed as an honest one's are, and holding what may not be
 * written, or not as their own. What the hub made of each is counted: ERROR and the end of the session, ERROR of one
 * stream, or a verdict in the journal. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "headway/schema.h"
#include "tests/hostile/rogue.h"

enum { ANSWER_MS = 3000, LONG_TEXT = 60000, COUNTRY_WORDS = 250, MILLION = 1000000 };
/* 1 January 2090. */
#define FAR_STAMP ((uint64_t)3786912000000 << 16)
#define STAMP ((uint64_t)1700000000000 << 16)

struct plan {
    const char *name;
    const char *group;    /* NULL: the rogue's own */
    const char *country;  /* NULL: KGZ, which it may write; "": none */
    bool title_long, million, wrong_signature, other_life, without_values;
    uint64_t skip, stamp; /* events left out; 0: the usual stamp */
    uint16_t kind;        /* 0: item */
    bool last;            /* the number is 2^63 */
};

static const struct plan plans[] = {
    {.name = "group", .group = "secret"},
    {.name = "directory", .group = "directory"},
    {.name = "country", .country = "TJK"},
    {.name = "none", .country = ""},
    {.name = "author", .other_life = true},
    {.name = "carried", .other_life = true, .group = "wg6"},
    {.name = "redacted", .without_values = true},
    {.name = "signature", .wrong_signature = true},
    {.name = "gap", .skip = 5},
    {.name = "last", .last = true},
    {.name = "stamp", .stamp = FAR_STAMP},
    {.name = "million", .million = true},
    {.name = "long", .title_long = true},
};

static void put_op(struct hw_op *op, uint8_t code, uint16_t field, struct hw_slice value)
{
    *op = (struct hw_op){.code = code, .field = field, .value = value};
}

static struct hw_slice text_value(struct hw_arena *arena, const char *text, size_t n)
{
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    hw_put_textn(&out, text, n);
    return hw_arena_slice(arena, hw_out_slice(&out));
}

/* An array that says a million elements and has as many as fit: what a decoder must not believe. */
static struct hw_slice million_value(struct hw_arena *arena)
{
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    hw_put_array(&out, MILLION);
    for (int i = 0; i < LONG_TEXT; i++)
        hw_put_uint(&out, 1);
    return hw_arena_slice(arena, hw_out_slice(&out));
}

static void build(const struct rogue *r, const struct plan *plan, struct hw_arena *arena, struct hw_event *event)
{
    const struct hw_kind *item = hw_kind_by_id(HW_KIND_ITEM);
    struct hw_op *ops = hw_arena_zero(arena, 3, sizeof *ops);
    static char text[LONG_TEXT];
    memset(text, 'x', sizeof text);
    *event = (struct hw_event){.seq = plan->last ? (uint64_t)INT64_MAX + 1 : r->seq + 1 + plan->skip,
                               .kind = HW_KIND_ITEM, .stamp = plan->stamp ? plan->stamp : STAMP + r->seq,
                               .author = hw_slice_text("mallory"), .change = r->seq + 1, .ops = ops};
    randombytes_buf(event->record.b, sizeof event->record.b);
    struct hw_slice title = text_value(arena, text, plan->title_long ? sizeof text : 7);
    put_op(&ops[event->ops_n++], HW_OP_SET, hw_field_named(item, "title")->id,
           plan->million ? million_value(arena) : title);
    const char *country = plan->country ? plan->country : "KGZ";
    if (*country)
        put_op(&ops[event->ops_n++], HW_OP_ADD, hw_field_named(item, "countries")->id,
               text_value(arena, country, strlen(country)));
}

/* Sends one event in a segment of its own; the stream goes on if the hub took it. */
static void push(struct rogue *r, const struct plan *plan)
{
    struct hw_arena arena = {0};
    struct hw_out wire HW_CLEANUP(hw_out_done) = {0}, items HW_CLEANUP(hw_out_done) = {0};
    struct hw_out message HW_CLEANUP(hw_out_done) = {0};
    struct hw_binding binding = {.office = hw_slice_text(r->office)};
    struct hw_event event;
    struct hw_inc inc = r->inc;
    uint8_t seed[HW_SEED_SIZE], hash[HW_HASH_SIZE], zeros[HW_HASH_SIZE] = {0}, secret[HW_SIGN_SECRET];
    bool own_group = !plan->group && !plan->other_life;
    if (plan->other_life)
        inc = r->victim; /* another office wrote it, says the segment */
    memcpy(binding.root, r->root, sizeof binding.root);
    memcpy(secret, r->sign_secret, sizeof secret);
    if (plan->wrong_signature)
        crypto_sign_keypair(hash, secret);
    randombytes_buf(seed, sizeof seed);
    build(r, plan, &arena, &event);
    if (!own_group)
        event.seq = 1;
    if (plan->without_values)
        hw_event_redact(&event, seed, 0, &arena);
    hw_segment_seal(&binding, &inc, hw_slice_text(plan->group ? plan->group : r->group), &event, 1,
                    own_group ? r->hash : zeros, seed, secret, &wire, hash);
    hw_segments_item(&items, hw_out_slice(&wire));
    hw_segments_wrap(&message, r->session, hw_out_slice(&items), 1);
    r->durable = 0;
    r->expected = own_group ? event.seq : 0;
    rogue_frame(r, message.p, message.n, 0);
    uint64_t errors = r->heard[HW_ERROR], verdicts = r->verdicts;
    for (int i = 0; i < 60 && r->heard[HW_ERROR] == errors && r->verdicts == verdicts; i++)
        if (!rogue_hear(r, ANSWER_MS / 60) && r->durable && !plan->stamp && i > 20)
            break;
    if (r->durable == r->seq + 1 && own_group) {
        r->seq++;
        memcpy(r->hash, hash, sizeof r->hash);
    }
    if (r->heard[HW_ERROR] > errors)
        rogue_reason(r, "ERROR", r->error);
    else if (r->verdicts == verdicts)
        rogue_reason(r, "TAKEN", plan->name);
    *r->error = 0;
    hw_arena_done(&arena);
}

/* Messages full of segments of another office with a signature that is not its own: each has to be looked at. Within credit. */
unsigned rogue_signatures(struct rogue *r, unsigned n)
{
    static const struct plan plan = {.name = "author", .other_life = true};
    enum { IN_ONE = 500 };
    struct hw_arena arena = {0};
    struct hw_out wire HW_CLEANUP(hw_out_done) = {0}, items HW_CLEANUP(hw_out_done) = {0}, message HW_CLEANUP(hw_out_done) = {0};
    struct hw_binding binding = {.office = hw_slice_text(r->office)};
    struct hw_event event;
    uint8_t seed[HW_SEED_SIZE] = {1}, hash[HW_HASH_SIZE], zeros[HW_HASH_SIZE] = {0};
    unsigned done = 0;
    memcpy(binding.root, r->root, sizeof binding.root);
    build(r, &plan, &arena, &event);
    event.seq = 1;
    hw_segment_seal(&binding, &r->victim, hw_slice_text(r->group), &event, 1, zeros, seed, r->sign_secret, &wire, hash);
    for (int i = 0; i < IN_ONE; i++)
        hw_segments_item(&items, hw_out_slice(&wire));
    for (; done < n && rogue_session(r); done++) {
        hw_out_reset(&message);
        hw_segments_wrap(&message, r->session, hw_out_slice(&items), IN_ONE);
        for (int i = 0; i < 20 && r->credit < message.n && r->in_session; i++)
            rogue_hear(r, ANSWER_MS / 60);
        if (r->credit < message.n)
            break;
        r->credit -= message.n;
        rogue_frame(r, message.p, message.n, 0);
        while (rogue_hear(r, 0))
            continue;
        r->in_session = r->in_session || (*r->error && strncmp(r->error, "SIGNATURE", 9) == 0); /* of one stream */
        if (*r->error)
            rogue_reason(r, "ERROR", r->error);
        *r->error = 0;
    }
    hw_arena_done(&arena);
    return done;
}

unsigned rogue_events(struct rogue *r, const char *kind, unsigned n)
{
    unsigned done = 0;
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        while (strcmp(plans[i].name, kind) == 0 && done < n) {
            if (!rogue_session(r)) {
                rogue_reason(r, "NO SESSION", r->error);
                return done;
            }
            push(r, &plans[i]);
            done++;
        }
    return done;
}
