/* events.h: the fixed events of the golden vectors, and random ones. */
#ifndef TESTS_EVENTS_H
#define TESTS_EVENTS_H

#include "proof.h"

#include "headway/event.h"

#define TEXT(s) \
    { \
        (const uint8_t *)(s), sizeof(s) - 1 \
    }

static const struct hw_inc events_self = {{0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18}};
static const struct hw_inc events_peer = {{0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28}};
static const uint8_t events_seed[HW_SEED_SIZE] = {0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7};

/* Three events from number 7 on: a creation that names another office's write, an element added, and, by another
 * author with an earlier stamp on another record, a comment and a removal that names the element. */
#define EVENTS_FIXED 3
static inline void events_fixed(struct hw_event events[EVENTS_FIXED])
{
    static const struct hw_name peer_write[] = {{{{0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28}}, 12, 2}};
    static const struct hw_name own_add[] = {{{{0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18}}, 8, 0}};
    static const struct hw_op first[] = {
        {.code = HW_OP_SET, .field = 3, .value = TEXT("\x6eTrain the team")},
        {.code = HW_OP_SET, .field = 5, .value = TEXT("\x03"), .seen = peer_write, .seen_n = 1}};
    static const struct hw_op second[] = {{.code = HW_OP_ADD, .field = 9, .value = TEXT("\x63KAZ")}};
    static const struct hw_op third[] = {
        {.code = HW_OP_COMMENT,
         .field = 20,
         .value = TEXT("\x64"
                       "fine")},
        {.code = HW_OP_REMOVE, .field = 9, .value = TEXT("\xf6"), .seen = own_add, .seen_n = 1}};
    const uint64_t stamp = (uint64_t)1784000000000 << 16;
    events[0] = (struct hw_event){.seq = 7,
                                  .kind = 10,
                                  .record = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
                                  .stamp = stamp + 1,
                                  .author = TEXT("Ana"),
                                  .change = 41,
                                  .ops = first,
                                  .ops_n = 2};
    events[1] = (struct hw_event){.seq = 8,
                                  .kind = 10,
                                  .record = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
                                  .stamp = stamp + 2,
                                  .author = TEXT("Ana"),
                                  .change = 41,
                                  .ops = second,
                                  .ops_n = 1};
    events[2] = (struct hw_event){.seq = 9,
                                  .kind = 11,
                                  .record = {{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
                                  .stamp = stamp,
                                  .author = TEXT("\xd0\x91\xd0\xbe\xd1\x80\xd0\xb8\xd1\x81"),
                                  .change = 42,
                                  .ops = third,
                                  .ops_n = 2};
}

static inline struct hw_name events_name(struct dice *dice)
{
    struct hw_name name = {.inc = dice_one_in(dice, 3) ? events_self : events_peer,
                           .seq = 1 + (dice_number(dice) >> 1),
                           .op = (uint16_t)dice_below(dice, HW_OPS_MAX)};
    name.inc.b[7] = name.inc.b[0] == 0x21 ? (uint8_t)dice_below(dice, 5) : name.inc.b[7];
    if (name.seq > INT64_MAX)
        name.seq = INT64_MAX;
    return name;
}

static inline struct hw_slice events_value(struct dice *dice, struct hw_arena *arena)
{
    char text[200];
    struct hw_out out = {0};
    memset(text, 'a' + (int)dice_below(dice, 26), sizeof text);
    switch (dice_below(dice, 4)) {
    case 0:
        hw_put_uint(&out, dice_number(dice));
        break;
    case 1:
        hw_put_textn(&out, text, dice_below(dice, sizeof text));
        break;
    case 2:
        hw_put_array(&out, 2);
        hw_put_uint(&out, 7);
        hw_put_textn(&out, text, dice_below(dice, 20));
        break;
    default:
        hw_put_null(&out);
    }
    struct hw_slice value = hw_arena_slice(arena, hw_out_slice(&out));
    hw_out_done(&out);
    return value;
}

/* One event of any content that the format allows; unknown kinds, fields and operations too. */
static inline struct hw_event events_one(struct dice *dice, struct hw_arena *arena)
{
    static const char *const authors[] = {"Ana", "Bo", "\xd0\x98\xd0\xb3\xd0\xbe\xd1\x80\xd1\x8c", "",
                                          "Mar\xc3\xad"
                                          "a"};
    struct hw_event event = {.kind = (uint16_t)dice_number(dice),
                             .stamp = dice_number(dice) >> 1,
                             .author = hw_slice_text(authors[dice_below(dice, 5)]),
                             .change = dice_number(dice) >> 1};
    event.record.b[dice_below(dice, 10)] = (uint8_t)dice_below(dice, 4);
    event.ops_n = dice_one_in(dice, 30) ? dice_below(dice, HW_OPS_MAX + 1) : dice_below(dice, 5);
    struct hw_op *ops = hw_arena_zero(arena, event.ops_n, sizeof *ops);
    for (size_t i = 0; i < event.ops_n; i++) {
        size_t seen_n = dice_one_in(dice, 40) ? HW_SEEN_MAX : dice_below(dice, 3);
        struct hw_name *seen = hw_arena_zero(arena, seen_n, sizeof *seen);
        for (size_t s = 0; s < seen_n; s++)
            seen[s] = events_name(dice);
        ops[i] =
            (struct hw_op){.code = (uint8_t)(dice_one_in(dice, 9) ? dice_below(dice, 256) : 1 + dice_below(dice, 4)),
                           .field = (uint16_t)dice_number(dice),
                           .value = events_value(dice, arena),
                           .seen = seen,
                           .seen_n = seen_n};
    }
    event.ops = ops;
    if (dice_one_in(dice, 10)) {
        uint8_t *hash = hw_arena_alloc(arena, HW_HASH_SIZE);
        dice_bytes(dice, hash, HW_HASH_SIZE);
        event.redacted = hash;
        for (size_t i = 0; i < event.ops_n; i++)
            ops[i].value = hw_slice_text("\xf6"); /* it has none any more */
    }
    return event;
}

static inline struct hw_event *events_random(struct dice *dice, struct hw_arena *arena, uint64_t first, size_t n)
{
    struct hw_event *events = hw_arena_zero(arena, n, sizeof *events);
    for (size_t i = 0; i < n; i++) {
        events[i] = events_one(dice, arena);
        events[i].seq = first + i;
    }
    return events;
}

static inline bool events_same_op(const struct hw_op *a, const struct hw_op *b)
{
    bool same =
        a->code == b->code && a->field == b->field && a->seen_n == b->seen_n && hw_slice_equal(a->value, b->value);
    for (size_t i = 0; same && i < a->seen_n; i++)
        same = hw_name_compare(&a->seen[i], &b->seen[i]) == 0;
    return same;
}

static inline bool events_same(const struct hw_event *a, const struct hw_event *b)
{
    bool same = a->seq == b->seq && a->kind == b->kind && hw_id_equal(&a->record, &b->record) && a->stamp == b->stamp &&
                hw_slice_equal(a->author, b->author) && a->change == b->change && a->ops_n == b->ops_n &&
                !a->redacted == !b->redacted;
    for (size_t i = 0; same && i < a->ops_n; i++)
        same = events_same_op(&a->ops[i], &b->ops[i]);
    return same && (!a->redacted || memcmp(a->redacted, b->redacted, HW_HASH_SIZE) == 0);
}

#endif
