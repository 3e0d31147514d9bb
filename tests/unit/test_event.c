/* test_event.c: events as the body of a segment, and their hashes. */
#include "events.h"

#include <sodium.h>

/* Computed apart from this code: an encoder of a page in Python, hashlib.blake2b. */
static const char golden_body[] =
    "a0a1a2a3a4a5a6a70a0a0b000100000102030405060708090908070605040302010000010063416e616ad091d0bed180d0b8"
    "d181019f5eafb000000101211829000104020401010204030305091409000100000101002122232425262728240102006e03"
    "6364f6547261696e20746865207465616d4b415a66696e65";
/* The same with a fourth event, whose values name a record that has an event, one that has none, twice, and are three bytes. */
static const char golden_refs[] =
    "a0a1a2a3a4a5a6a70a0a0b0b0001000000010203040506070809090807060504030201001415161718191a1b1c1d00010001"
    "63416e616ad091d0bed180d0b8d181019f5eafb0000001012103182900010104020408010102040301010101030509140904"
    "06070300010000010000000001002122232425262728240102006e036364f64a4a4a436162630200041e1f20212223242526"
    "27547261696e20746865207465616d4b415a66696e65";
static const char *const golden_hashes[] = {"23507b771e080a5245f3a0a178307b4b21977da49875f8498ea3c38151e25c87",
                                            "851fab480af828e174fcd832ba19c4c610c0c53944060fc3435c0370ebc3b9ea",
                                            "4226d4a6285d98812322252afb3eeae34f2023830973c0b3715df4f3f9a05129"};

static enum hw_status decode(struct hw_slice body, uint64_t first, size_t n, struct hw_arena *arena,
                             struct hw_event **events)
{
    uint8_t seed[HW_SEED_SIZE];
    struct hw_err err;
    struct hw_slice copy = tight_copy(body), kept = hw_arena_slice(arena, body);
    struct hw_arena other;
    hw_arena_init(&other);
    enum hw_status status = hw_body_decode(copy, &events_self, first, n, &other, seed, events, &err);
    hw_arena_done(&other);
    free((void *)copy.p);
    enum hw_status again = hw_body_decode(kept, &events_self, first, n, arena, seed, events, &err);
    assert_int_equal(again, status); /* the first time only for what AddressSanitizer sees */
    return status;
}

/* The hash of its proof: short enough for a vector. */
static void hash_with(const struct hw_event *event, const uint8_t seed[HW_SEED_SIZE], size_t index,
                      uint8_t hash[HW_HASH_SIZE])
{
    HW_CLEANUP(hw_out_done) struct hw_out scratch = {0}, proof = {0};
    hw_event_put_proof(event, seed, index, &scratch, &proof);
    crypto_generichash(hash, HW_HASH_SIZE, proof.p, proof.n, NULL, 0);
}

static void hash_of(const struct hw_event *event, size_t index, uint8_t hash[HW_HASH_SIZE])
{
    hash_with(event, events_seed, index, hash);
}

static void the_fixed_events_give_the_golden_body(void **state)
{
    (void)state;
    struct hw_event events[EVENTS_FIXED], *back;
    events_fixed(events);
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out body = {0};
    hw_body_encode(&body, &events_self, events_seed, events, EVENTS_FIXED, NULL);
    assert_hex(hw_out_slice(&body), golden_body);
    assert_int_equal(decode(hw_out_slice(&body), 7, EVENTS_FIXED, &arena, &back), HW_OK);
    for (size_t i = 0; i < EVENTS_FIXED; i++)
        assert_true(events_same(&events[i], &back[i]));
}

static void records_named_in_values_share_the_table(void **state)
{
    (void)state;
    static const struct hw_op ops[] = {
        {.code = HW_OP_SET, .field = 4, .value = TEXT("\x4a\x09\x08\x07\x06\x05\x04\x03\x02\x01\x00")},
        {.code = HW_OP_SET, .field = 6, .value = TEXT("\x4a\x1e\x1f\x20\x21\x22\x23\x24\x25\x26\x27")},
        {.code = HW_OP_SET, .field = 7, .value = TEXT("\x4a\x1e\x1f\x20\x21\x22\x23\x24\x25\x26\x27")},
        {.code = HW_OP_SET, .field = 3, .value = TEXT("\x43" "abc")}};
    struct hw_event events[EVENTS_FIXED + 1], *back;
    events_fixed(events);
    events[EVENTS_FIXED] = (struct hw_event){.seq = 10,
                                             .kind = 11,
                                             .record = {{20, 21, 22, 23, 24, 25, 26, 27, 28, 29}},
                                             .stamp = ((uint64_t)1784000000000 << 16) + 3,
                                             .author = TEXT("Ana"),
                                             .change = 43,
                                             .ops = ops,
                                             .ops_n = 4};
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out body = {0};
    hw_body_encode(&body, &events_self, events_seed, events, EVENTS_FIXED + 1, NULL);
    assert_hex(hw_out_slice(&body), golden_refs);
    assert_int_equal(decode(hw_out_slice(&body), 7, EVENTS_FIXED + 1, &arena, &back), HW_OK);
    for (size_t i = 0; i <= EVENTS_FIXED; i++)
        assert_true(events_same(&events[i], &back[i]));
    for (size_t n = 0; n < body.n; n++)
        assert_int_equal(decode((struct hw_slice){body.p, n}, 7, EVENTS_FIXED + 1, &arena, &back), HW_CORRUPT);
}

static void the_fixed_events_give_the_golden_hashes(void **state)
{
    (void)state;
    struct hw_event events[EVENTS_FIXED];
    events_fixed(events);
    for (size_t i = 0; i < EVENTS_FIXED; i++) {
        uint8_t hash[HW_HASH_SIZE];
        hash_of(&events[i], i, hash);
        assert_hex_n(hash, sizeof hash, golden_hashes[i]);
    }
}

static void what_is_encoded_is_decoded(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out body = {0}, again = {0};
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct dice dice = dice_of(seed);
        struct hw_event *back;
        uint64_t first = 1 + dice_below(&dice, 1000);
        size_t n = seed % 500 == 0 ? HW_SEGMENT_EVENTS / 2 : 1 + dice_below(&dice, 8);
        struct hw_event *events = events_random(&dice, &arena, first, n);
        hw_out_reset(&body);
        hw_out_reset(&again);
        hw_body_encode(&body, &events_self, events_seed, events, n, NULL);
        if (body.n <= HW_SEGMENT_MAX) {
            bool same = decode(hw_out_slice(&body), first, n, &arena, &back) == HW_OK;
            for (size_t i = 0; same && i < n; i++)
                same = events_same(&events[i], &back[i]);
            if (same)
                hw_body_encode(&again, &events_self, events_seed, back, n, NULL);
            if (!same || !hw_slice_equal(hw_out_slice(&body), hw_out_slice(&again)))
                fail_msg("seed %llu", (unsigned long long)seed);
        }
        hw_arena_reset(&arena);
    }
}

static void a_full_segment_of_small_events_is_decoded(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out body = {0};
    struct hw_event *events = hw_arena_zero(&arena, HW_SEGMENT_EVENTS, sizeof *events), *back;
    for (size_t i = 0; i < HW_SEGMENT_EVENTS; i++) { /* a record, an author and a life each: all tables full */
        struct hw_op *op = hw_arena_zero(&arena, 1, sizeof *op);
        struct hw_name *seen = hw_arena_zero(&arena, 1, sizeof *seen);
        *seen = (struct hw_name){.inc = {{1, (uint8_t)(i >> 8), (uint8_t)i}}, .seq = 1};
        *op = (struct hw_op){.code = HW_OP_SET, .field = 3, .value = TEXT("\x05"), .seen = seen, .seen_n = 1};
        events[i] = (struct hw_event){.seq = i + 1,
                                      .kind = 10,
                                      .record = {{(uint8_t)(i >> 8), (uint8_t)i}},
                                      .stamp = 1000 + i,
                                      .author = hw_slice_text(hw_arena_printf(&arena, "a%zu", i)),
                                      .change = 1,
                                      .ops = op,
                                      .ops_n = 1};
    }
    hw_body_encode(&body, &events_self, events_seed, events, HW_SEGMENT_EVENTS, NULL);
    assert_true(body.n <= HW_SEGMENT_MAX);
    assert_int_equal(decode(hw_out_slice(&body), 1, HW_SEGMENT_EVENTS, &arena, &back), HW_OK);
    for (size_t i = 0; i < HW_SEGMENT_EVENTS; i++)
        assert_true(events_same(&events[i], &back[i]));
}

static void an_event_that_is_not_there_or_too_many_are_refused(void **state)
{
    (void)state;
    struct hw_event events[EVENTS_FIXED], *back;
    events_fixed(events);
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out body = {0};
    hw_body_encode(&body, &events_self, events_seed, events, EVENTS_FIXED, NULL);
    struct hw_slice s = hw_out_slice(&body);
    assert_int_equal(decode(s, 7, EVENTS_FIXED - 1, &arena, &back), HW_CORRUPT);
    assert_int_equal(decode(s, 7, EVENTS_FIXED + 1, &arena, &back), HW_CORRUPT);
    assert_int_equal(decode(s, 7, 0, &arena, &back), HW_LIMIT);
    assert_int_equal(decode(s, 7, HW_SEGMENT_EVENTS + 1, &arena, &back), HW_LIMIT);
    assert_int_equal(decode(s, 0, EVENTS_FIXED, &arena, &back), HW_LIMIT);
    assert_int_equal(decode(s, INT64_MAX - 1, EVENTS_FIXED, &arena, &back), HW_LIMIT);
    hw_put_null(&body); /* one item after the end */
    assert_int_equal(decode(hw_out_slice(&body), 7, EVENTS_FIXED, &arena, &back), HW_CORRUPT);
    uint8_t *large = hw_arena_zero(&arena, HW_SEGMENT_MAX + 1, 1);
    assert_int_equal(decode((struct hw_slice){large, HW_SEGMENT_MAX + 1}, 7, 1, &arena, &back), HW_LIMIT);
}

static void a_body_cut_anywhere_is_refused(void **state)
{
    (void)state;
    struct hw_event events[EVENTS_FIXED], *back;
    events_fixed(events);
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out body = {0};
    hw_body_encode(&body, &events_self, events_seed, events, EVENTS_FIXED, NULL);
    for (size_t n = 0; n < body.n; n++)
        assert_int_equal(decode((struct hw_slice){body.p, n}, 7, EVENTS_FIXED, &arena, &back), HW_CORRUPT);
}

/* One event with `ops` operations that each name `seen` writes and carry `text` bytes. */
static enum hw_status decode_of_size(size_t ops_n, size_t seen_n, size_t text, size_t author)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out body = {0}, value = {0};
    char *letters = hw_arena_zero(&arena, text + author + 1, 1);
    memset(letters, 'x', text + author);
    hw_put_textn(&value, letters, text);
    struct hw_name *seen = hw_arena_zero(&arena, seen_n, sizeof *seen);
    for (size_t i = 0; i < seen_n; i++)
        seen[i] = (struct hw_name){.inc = events_peer, .seq = i + 1};
    struct hw_op *ops = hw_arena_zero(&arena, ops_n, sizeof *ops);
    for (size_t i = 0; i < ops_n; i++)
        ops[i] =
            (struct hw_op){.code = HW_OP_SET, .field = 3, .value = hw_out_slice(&value), .seen = seen, .seen_n = seen_n};
    struct hw_event event = {.seq = 1,
                             .kind = 10,
                             .author = {(const uint8_t *)letters, author},
                             .ops = ops,
                             .ops_n = ops_n},
                    *back;
    hw_body_encode(&body, &events_self, events_seed, &event, 1, NULL);
    return decode(hw_out_slice(&body), 1, 1, &arena, &back);
}

static void every_limit_of_an_event_is_checked(void **state)
{
    (void)state;
    assert_int_equal(decode_of_size(HW_OPS_MAX, 1, 10, 3), HW_OK);
    assert_int_equal(decode_of_size(HW_OPS_MAX + 1, 1, 10, 3), HW_CORRUPT);
    assert_int_equal(decode_of_size(1, HW_SEEN_MAX, 10, 3), HW_OK);
    assert_int_equal(decode_of_size(1, HW_SEEN_MAX + 1, 10, 3), HW_CORRUPT);
    assert_int_equal(decode_of_size(1, 0, HW_EVENT_MAX - 32, 3), HW_OK);
    assert_int_equal(decode_of_size(1, 0, HW_EVENT_MAX, 3), HW_CORRUPT);
    assert_int_equal(decode_of_size(1, 0, 10, HW_AUTHOR_MAX), HW_OK);
    assert_int_equal(decode_of_size(1, 0, 10, HW_AUTHOR_MAX + 1), HW_CORRUPT);
}

/* One event of one operation that names one write of another incarnation and a record, column by column. */
static const struct {
    const char *name, *bytes;
    size_t n;
} columns[] = {
    {"seed", "12345678", 8},          {"kinds", "\x0a", 1},   {"records", "\x00", 1}, {"ids", "0123456789", 10},
    {"authors", "\x00", 1},           {"names", "\x63" "Ana", 4}, {"stamp", "\0\0\0\0\0\0\0\5", 8}, {"change", "\x05", 1},
    {"counts", "\x02", 1},            {"codes", "\x01", 1},   {"fields", "\x03", 1},  {"seen", "\x01", 1},
    {"lives", "\x01", 1},             {"incs", "abcdefgh", 8}, {"numbers", "\x00", 1}, {"places", "\x00", 1},
    {"values", "\x4a", 1},            {"refs", "\x01", 1}};

static void every_column_is_checked(void **state)
{
    (void)state;
    static const struct {
        const char *column, *bytes;
        size_t n;
    } rows[] = {{"", "", 0},
                {"kinds", "\x1a\x00\x01\x00\x00", 5},
                {"records", "\x01", 1},  /* no record stands before it */
                {"authors", "\x01", 1},
                {"stamp", "\x80\0\0\0\0\0\0\0", 8}, /* beyond SQLite's integers */
                {"change", "\x1b\x80\0\0\0\0\0\0\0", 9},
                {"counts", "\x04", 1},   /* two operations, and columns of one */
                {"counts", "\x19\x02\x02", 3},
                {"counts", "\x03", 1},   /* redacted, and there is no hash */
                {"codes", "\x19\x01\x00", 3},
                {"fields", "\x1a\x00\x01\x00\x00", 5},
                {"seen", "\x18\x41", 2},
                {"lives", "\x02", 1},
                {"lives", "\x00", 1},    /* then the incarnation is read as something else */
                {"numbers", "\x01", 1},  /* the write's would be 1 - 1; named by number 0 it is none, but readable */
                {"numbers", "\x02", 1},  /* below 0 */
                {"places", "\x19\x01\x00", 3},
                {"values", "\x62", 1},   /* a text of two, and one stands there */
                {"values", "\x7b\xff\xff\xff\xff\xff\xff\xff\xff", 9},
                {"values", "\x7c", 1},
                {"refs", "\x02", 1},
                {"refs", "\x00", 1}};    /* a new one, and there is no id */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        HW_CLEANUP(hw_arena_done) struct hw_arena arena;
        hw_arena_init(&arena);
        HW_CLEANUP(hw_out_done) struct hw_out body = {0};
        struct hw_event *back;
        for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
            bool other = strcmp(columns[c].name, rows[i].column) == 0;
            hw_put_raw(&body, other ? rows[i].bytes : columns[c].bytes, other ? rows[i].n : columns[c].n);
        }
        bool good = i == 0 || strcmp(rows[i].bytes, "\x01") == 0;
        if (strcmp(rows[i].column, "numbers") != 0 && i > 0)
            good = false;
        if (decode(hw_out_slice(&body), 1, 1, &arena, &back) != (good ? HW_OK : HW_CORRUPT))
            fail_msg("row %zu, %s", i, rows[i].column);
    }
}

static void every_part_of_an_event_is_in_its_hash(void **state)
{
    (void)state;
    enum { PARTS = 15 };
    static const struct hw_name other[] = {{{{0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28}}, 13, 2}};
    uint8_t hashes[PARTS][HW_HASH_SIZE];
    for (int part = 0; part < PARTS; part++) {
        struct hw_event events[EVENTS_FIXED], *event = &events[0];
        events_fixed(events);
        struct hw_op ops[2] = {event->ops[0], event->ops[1]};
        uint8_t seed[HW_SEED_SIZE];
        memcpy(seed, events_seed, sizeof seed);
        event->ops = ops;
        event->kind = (uint16_t)(event->kind + (part == 1));
        event->record.b[9] = (uint8_t)(event->record.b[9] + (part == 2));
        event->stamp += part == 3;
        event->author.n -= part == 4;
        event->change += part == 5;
        event->ops_n -= part == 6;
        ops[0].code = (uint8_t)(ops[0].code + (part == 7));
        ops[0].field = (uint16_t)(ops[0].field + (part == 8));
        ops[1].seen = part == 9 ? other : ops[1].seen;
        ops[1].seen_n -= part == 10;
        ops[0].value = part == 11 ? (struct hw_slice)TEXT("\x6eTrain the tean") : ops[0].value;
        ops[1].value = part == 12 ? (struct hw_slice)TEXT("\x04") : ops[1].value;
        seed[7] = (uint8_t)(seed[7] + (part == 13));
        hash_with(event, seed, part == 14, hashes[part]);
        for (int earlier = 0; earlier < part; earlier++)
            if (memcmp(hashes[part], hashes[earlier], HW_HASH_SIZE) == 0)
                fail_msg("change %d gives the hash of change %d", part, earlier);
    }
}

static void a_number_is_not_in_the_hash(void **state)
{
    (void)state;
    struct hw_event events[EVENTS_FIXED]; /* the segment's hash binds it: restamping and renumbering are apart */
    uint8_t hash[HW_HASH_SIZE];
    events_fixed(events);
    events[0].seq = 99;
    hash_of(&events[0], 0, hash);
    assert_hex_n(hash, sizeof hash, golden_hashes[0]);
}

static void a_redacted_event_keeps_its_hash_without_its_values(void **state)
{
    (void)state;
    static const uint8_t index[8] = {0};
    struct hw_event events[EVENTS_FIXED], *back;
    uint8_t inner[HW_HASH_SIZE], hash[HW_HASH_SIZE];
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out values = {0}, body = {0};
    events_fixed(events);
    hw_put_raw(&values, events_seed, sizeof events_seed);
    hw_put_raw(&values, index, sizeof index);
    for (size_t i = 0; i < events[0].ops_n; i++)
        hw_put_raw(&values, events[0].ops[i].value.p, events[0].ops[i].value.n);
    crypto_generichash(inner, sizeof inner, values.p, values.n, NULL, 0);
    struct hw_op ops[] = {events[0].ops[0], events[0].ops[1]};
    ops[0].value = ops[1].value = (struct hw_slice){0};
    events[0].ops = ops;
    events[0].redacted = inner;
    hash_of(&events[0], 0, hash);
    assert_hex_n(hash, sizeof hash, golden_hashes[0]);
    hw_body_encode(&body, &events_self, events_seed, events, EVENTS_FIXED, NULL);
    assert_null(memmem(body.p, body.n, "Train", 5));
    assert_int_equal(decode(hw_out_slice(&body), 7, EVENTS_FIXED, &arena, &back), HW_OK);
    assert_non_null(back[0].redacted);
    assert_null(back[1].redacted);
    hash_of(&back[0], 0, hash);
    assert_hex_n(hash, sizeof hash, golden_hashes[0]);
}

static void redacting_takes_all_values_and_keeps_the_hash(void **state)
{
    (void)state;
    struct hw_event events[EVENTS_FIXED], *back;
    uint8_t hash[HW_HASH_SIZE];
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out body = {0};
    events_fixed(events);
    hw_event_redact(&events[0], events_seed, 0, &arena);
    const uint8_t *once = events[0].redacted;
    hw_event_redact(&events[0], events_seed, 0, &arena); /* again: nothing happens */
    assert_ptr_equal(events[0].redacted, once);
    hash_of(&events[0], 0, hash);
    assert_hex_n(hash, sizeof hash, golden_hashes[0]);
    hw_body_encode(&body, &events_self, events_seed, events, EVENTS_FIXED, NULL);
    assert_null(memmem(body.p, body.n, "Train", 5));
    assert_int_equal(decode(hw_out_slice(&body), 7, EVENTS_FIXED, &arena, &back), HW_OK);
    assert_true(events_same(&back[0], &events[0]));
}

/* Its hash does not cover them: whoever relays the segment could put in what he likes. */
static void a_redacted_event_with_values_is_refused(void **state)
{
    (void)state;
    struct hw_event events[EVENTS_FIXED], *back;
    uint8_t inner[HW_HASH_SIZE] = {1};
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out body = {0};
    events_fixed(events);
    events[0].redacted = inner;
    hw_body_encode(&body, &events_self, events_seed, events, EVENTS_FIXED, NULL);
    assert_int_equal(decode(hw_out_slice(&body), 7, EVENTS_FIXED, &arena, &back), HW_CORRUPT);
}

static void an_absent_value_hashes_as_null_before_and_after_encoding(void **state)
{
    (void)state;
    struct hw_event events[EVENTS_FIXED];
    uint8_t hash[HW_HASH_SIZE];
    events_fixed(events);
    struct hw_op ops[] = {events[2].ops[0], events[2].ops[1]};
    ops[1].value = (struct hw_slice){0}; /* REMOVE */
    events[2].ops = ops;
    hash_of(&events[2], 2, hash);
    assert_hex_n(hash, sizeof hash, golden_hashes[2]);
}

static void an_event_is_printed_by_its_name(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    assert_string_equal(hw_event_name(&arena, "KAZ", 1, "gtg-eca", 1204), "KAZ.1/gtg-eca:1204");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fixed_events_give_the_golden_body),
        cmocka_unit_test(records_named_in_values_share_the_table),
        cmocka_unit_test(the_fixed_events_give_the_golden_hashes),
        cmocka_unit_test(what_is_encoded_is_decoded),
        cmocka_unit_test(a_full_segment_of_small_events_is_decoded),
        cmocka_unit_test(an_event_that_is_not_there_or_too_many_are_refused),
        cmocka_unit_test(a_body_cut_anywhere_is_refused),
        cmocka_unit_test(every_limit_of_an_event_is_checked),
        cmocka_unit_test(every_column_is_checked),
        cmocka_unit_test(every_part_of_an_event_is_in_its_hash),
        cmocka_unit_test(a_number_is_not_in_the_hash),
        cmocka_unit_test(a_redacted_event_keeps_its_hash_without_its_values),
        cmocka_unit_test(redacting_takes_all_values_and_keeps_the_hash),
        cmocka_unit_test(a_redacted_event_with_values_is_refused),
        cmocka_unit_test(an_absent_value_hashes_as_null_before_and_after_encoding),
        cmocka_unit_test(an_event_is_printed_by_its_name),
    };
    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
