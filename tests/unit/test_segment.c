/* test_segment.c: sealing, opening and verifying runs of events. */
#include "events.h"

#include <sodium.h>
#include <zstd.h>

#include "headway/segment.h"

/* Computed apart from this code: Python's hashlib.blake2b and OpenSSL's Ed25519. A body as small as this is not packed. */
static const char golden_hash[] = "e03c439ad745e4ce6cfa5f44f9af7fdd5bfa4f1819fd827542a2a79cf2e02c37";
static const char golden_wire[] =
    "87481112131415161718676774672d656361070358402b8caca08eca986aca8ccc9c56ac2ead63d7d803e9cc7b2936776b80"
    "fb2cf3c89f62b19f5af6d245ffa4487b06fe795501ba897c17b9f8f227171c8752e46c0e00587ca0a1a2a3a4a5a6a70a0a0b"
    "000100000102030405060708090908070605040302010000010063416e616ad091d0bed180d0b8d181019f5eafb000000101"
    "211829000104020401010204030305091409000100000101002122232425262728240102006e036364f6547261696e207468"
    "65207465616d4b415a66696e65";

static const uint8_t zeros[HW_HASH_SIZE];

struct keys {
    uint8_t open[HW_SIGN_PUBLIC], secret[HW_SIGN_SECRET];
};

static struct keys keys_of(uint8_t first)
{
    struct keys keys;
    uint8_t seed[crypto_sign_SEEDBYTES];
    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)(first + i);
    crypto_sign_seed_keypair(keys.open, keys.secret, seed);
    return keys;
}

static struct hw_binding binding(void)
{
    struct hw_binding bound = {.office = TEXT("KAZ")};
    for (size_t i = 0; i < sizeof bound.root; i++)
        bound.root[i] = (uint8_t)(0x40 + i);
    return bound;
}

static const struct hw_slice group = TEXT("gtg-eca");

/* The fixed events, sealed. */
static void seal_fixed(struct hw_out *wire, uint8_t hash[HW_HASH_SIZE])
{
    struct hw_event events[EVENTS_FIXED];
    struct hw_binding bound = binding();
    struct keys keys = keys_of(0x60);
    events_fixed(events);
    hw_segment_seal(&bound, &events_self, group, events, EVENTS_FIXED, zeros, events_seed, keys.secret, wire, hash);
}

enum { MANY = 4 * EVENTS_FIXED };

static void events_many(struct hw_event events[MANY])
{
    for (size_t i = 0; i < MANY; i++) {
        if (i % EVENTS_FIXED == 0)
            events_fixed(&events[i]);
        events[i].seq = 7 + i;
    }
}

/* Enough of them to be packed. */
static void seal_many(struct hw_out *wire, uint8_t hash[HW_HASH_SIZE])
{
    struct hw_event events[MANY];
    struct hw_segment head;
    struct hw_binding bound = binding();
    struct keys keys = keys_of(0x60);
    events_many(events);
    hw_segment_seal(&bound, &events_self, group, events, MANY, zeros, events_seed, keys.secret, wire, hash);
    assert_int_equal(hw_segment_read(hw_out_slice(wire), &head, NULL), HW_OK);
    assert_true(head.size > head.packed.n);
}

/* Opens an exact copy, hashes and verifies as a reader does. */
static enum hw_status take(struct hw_slice wire, const struct hw_binding *bound, const uint8_t *previous,
                           const uint8_t *key, struct hw_arena *arena, struct hw_opened *opened,
                           uint8_t hash[HW_HASH_SIZE])
{
    struct hw_err err;
    struct hw_slice copy = tight_copy(wire);
    struct hw_arena first;
    hw_arena_init(&first);
    enum hw_status tight = hw_segment_open(copy, &first, opened, &err);
    hw_arena_done(&first);
    free((void *)copy.p);
    enum hw_status status = hw_segment_open(hw_arena_slice(arena, wire), arena, opened, &err);
    assert_int_equal(tight, status); /* the first time only for what AddressSanitizer sees */
    if (status)
        return status;
    hw_segment_hash(opened, bound, previous, hash);
    return hw_segment_verify(opened, hash, key, &err);
}

static void the_fixed_events_give_the_golden_segment(void **state)
{
    (void)state;
    HW_CLEANUP(hw_out_done) struct hw_out wire = {0};
    uint8_t hash[HW_HASH_SIZE];
    seal_fixed(&wire, hash);
    assert_hex_n(hash, sizeof hash, golden_hash);
    assert_hex(hw_out_slice(&wire), golden_wire);
}

static void what_is_sealed_opens_and_verifies(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out wire = {0};
    struct hw_binding bound = binding();
    uint8_t previous[HW_HASH_SIZE] = {0};
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct dice dice = dice_of(seed);
        struct keys keys = keys_of((uint8_t)seed);
        uint8_t salt[HW_SEED_SIZE], hash[HW_HASH_SIZE], again[HW_HASH_SIZE];
        struct hw_opened opened;
        size_t n = 1 + dice_below(&dice, 6);
        struct hw_event *events = events_random(&dice, &arena, 1 + dice_below(&dice, 99), n);
        dice_bytes(&dice, salt, sizeof salt);
        hw_out_reset(&wire);
        hw_segment_seal(&bound, &events_self, group, events, n, previous, salt, keys.secret, &wire, hash);
        bool same = take(hw_out_slice(&wire), &bound, previous, keys.open, &arena, &opened, again) == HW_OK;
        same = same && memcmp(hash, again, sizeof hash) == 0 && memcmp(salt, opened.seed, sizeof salt) == 0 &&
               hw_inc_compare(&opened.head.inc, &events_self) == 0 && hw_slice_equal(opened.head.group, group) &&
               opened.head.first == events[0].seq && opened.head.n == n;
        for (size_t i = 0; same && i < n; i++)
            same = events_same(&events[i], &opened.events[i]);
        if (!same)
            fail_msg("seed %llu", (unsigned long long)seed);
        memcpy(previous, hash, sizeof previous);
        hw_arena_reset(&arena);
    }
}

static void all_that_is_bound_in_is_needed_to_verify(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out wire = {0};
    struct hw_opened opened;
    struct keys keys = keys_of(0x60), others = keys_of(0x61);
    uint8_t hash[HW_HASH_SIZE], previous[HW_HASH_SIZE] = {0};
    struct hw_binding bound = binding();
    seal_fixed(&wire, hash);
    struct hw_slice s = hw_out_slice(&wire);
    assert_int_equal(take(s, &bound, zeros, keys.open, &arena, &opened, hash), HW_OK);
    bound.root[31] ^= 1; /* another system */
    assert_int_equal(take(s, &bound, zeros, keys.open, &arena, &opened, hash), HW_SIGNATURE);
    bound = binding();
    bound.office = (struct hw_slice)TEXT("KGZ"); /* another office */
    assert_int_equal(take(s, &bound, zeros, keys.open, &arena, &opened, hash), HW_SIGNATURE);
    bound = binding();
    previous[0] = 1; /* another segment before it */
    assert_int_equal(take(s, &bound, previous, keys.open, &arena, &opened, hash), HW_SIGNATURE);
    assert_int_equal(take(s, &bound, zeros, others.open, &arena, &opened, hash), HW_SIGNATURE); /* another key */
}

/* The outer form with parts of one's own. */
struct forged {
    struct hw_inc inc;
    struct hw_slice group, packed;
    uint64_t first, n, size;
};

static struct forged forge(struct hw_slice wire)
{
    struct hw_segment head;
    assert_int_equal(hw_segment_read(wire, &head, NULL), HW_OK);
    return (struct forged){.inc = head.inc,
                           .group = head.group,
                           .packed = head.packed,
                           .first = head.first,
                           .n = head.n,
                           .size = head.size};
}

static enum hw_status take_forged(const struct forged *forged, struct hw_slice wire)
{
    struct hw_segment head;
    struct hw_opened opened;
    struct hw_binding bound = binding();
    struct keys keys = keys_of(0x60);
    uint8_t hash[HW_HASH_SIZE];
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    assert_int_equal(hw_segment_read(wire, &head, NULL), HW_OK);
    hw_put_array(&out, 7);
    hw_put_bytes(&out, forged->inc.b, sizeof forged->inc.b);
    hw_put_textn(&out, forged->group.p, forged->group.n);
    hw_put_uint(&out, forged->first);
    hw_put_uint(&out, forged->n);
    hw_put_bytes(&out, head.signature, sizeof head.signature);
    hw_put_uint(&out, forged->size);
    hw_put_bytes(&out, forged->packed.p, forged->packed.n);
    return take(hw_out_slice(&out), &bound, zeros, keys.open, &arena, &opened, hash);
}

static void the_outer_form_cannot_be_passed_off_as_another(void **state)
{
    (void)state;
    HW_CLEANUP(hw_out_done) struct hw_out wire = {0};
    uint8_t hash[HW_HASH_SIZE];
    seal_fixed(&wire, hash);
    struct hw_slice s = hw_out_slice(&wire);
    struct forged forged = forge(s);
    assert_int_equal(take_forged(&forged, s), HW_OK);
    forged.inc = events_peer;
    assert_int_equal(take_forged(&forged, s), HW_SIGNATURE);
    forged = forge(s);
    forged.group = (struct hw_slice)TEXT("gtg-ecb");
    assert_int_equal(take_forged(&forged, s), HW_SIGNATURE);
    forged = forge(s);
    forged.first++;
    assert_int_equal(take_forged(&forged, s), HW_SIGNATURE);
}

static void the_outer_form_is_checked_before_unpacking(void **state)
{
    (void)state;
    HW_CLEANUP(hw_out_done) struct hw_out wire = {0};
    uint8_t hash[HW_HASH_SIZE];
    seal_many(&wire, hash);
    struct hw_slice s = hw_out_slice(&wire);
    const struct forged good = forge(s);
    struct forged bad[14];
    size_t n = sizeof bad / sizeof *bad;
    for (size_t i = 0; i < n; i++)
        bad[i] = good;
    bad[0].size = HW_SEGMENT_MAX + 1;
    bad[1].size = UINT64_MAX;
    bad[2].size = 0;
    bad[3].n = 0;
    bad[4].n = HW_SEGMENT_EVENTS + 1;
    bad[5].n = good.n + 1;
    bad[6].n = good.n - 1;
    bad[7].first = 0;
    bad[8].first = UINT64_MAX;
    bad[9].first = INT64_MAX;
    bad[10].group = (struct hw_slice)TEXT("");
    bad[11].group = (struct hw_slice)TEXT("GTG");
    bad[12].group = (struct hw_slice)TEXT("a-code-that-is-longer-than-any-is");
    bad[13].packed = (struct hw_slice){0};
    for (size_t i = 0; i < n; i++) {
        enum hw_status status = take_forged(&bad[i], s);
        if (status != HW_CORRUPT && status != HW_LIMIT)
            fail_msg("row %zu gave %s", i, hw_status_name(status));
    }
}

static struct hw_slice pack(struct hw_arena *arena, const void *bytes, size_t n, bool tell_size)
{
    size_t bound = ZSTD_compressBound(n);
    uint8_t *packed = hw_arena_alloc(arena, bound);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, tell_size);
    size_t size = ZSTD_compress2(context, packed, bound, bytes, n);
    ZSTD_freeCCtx(context);
    assert_false(ZSTD_isError(size));
    return (struct hw_slice){packed, size};
}

static void a_bomb_unpacks_to_no_more_than_it_names(void **state)
{
    (void)state;
    enum { BOMB = 8 * 1024 * 1024 };
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out wire = {0};
    uint8_t hash[HW_HASH_SIZE];
    seal_many(&wire, hash);
    struct hw_slice s = hw_out_slice(&wire);
    struct forged forged = forge(s);
    const uint8_t *nothing = hw_arena_zero(&arena, BOMB, 1);
    for (int tell = 0; tell < 2; tell++) {
        forged.packed = pack(&arena, nothing, BOMB, tell);
        assert_true(forged.packed.n < 2000);
        assert_int_equal(take_forged(&forged, s), HW_CORRUPT);
        forged.packed = pack(&arena, nothing, forged.size - 1, tell); /* and no less */
        assert_int_equal(take_forged(&forged, s), HW_CORRUPT);
        forged.packed = pack(&arena, nothing, forged.size, tell); /* the right size of nonsense */
        assert_int_equal(take_forged(&forged, s), HW_CORRUPT);
    }
}

static void a_segment_cut_anywhere_is_refused(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out wire = {0};
    struct hw_binding bound = binding();
    struct keys keys = keys_of(0x60);
    struct hw_opened opened;
    uint8_t hash[HW_HASH_SIZE];
    seal_many(&wire, hash);
    for (size_t n = 0; n < wire.n; n++)
        assert_int_equal(take((struct hw_slice){wire.p, n}, &bound, zeros, keys.open, &arena, &opened, hash),
                         HW_CORRUPT);
    hw_put_null(&wire); /* one item after the end */
    assert_int_equal(take(hw_out_slice(&wire), &bound, zeros, keys.open, &arena, &opened, hash), HW_CORRUPT);
}

/* A zstd frame has a few bits that do not change what it unpacks to; the signature is over the events, so then the
 * events must be the very same. */
static void a_bit_flipped_anywhere_changes_no_event(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out wire = {0};
    struct hw_event events[MANY];
    struct hw_binding bound = binding();
    struct keys keys = keys_of(0x60);
    struct hw_opened opened;
    uint8_t hash[HW_HASH_SIZE], flipped[HW_HASH_SIZE];
    struct hw_segment head;
    size_t accepted = 0;
    events_many(events);
    seal_many(&wire, hash);
    assert_int_equal(hw_segment_read(hw_out_slice(&wire), &head, NULL), HW_OK);
    const size_t packed_at = (size_t)(head.packed.p - wire.p);
    for (size_t bit = 0; bit < wire.n * 8; bit++) {
        wire.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        enum hw_status status = take(hw_out_slice(&wire), &bound, zeros, keys.open, &arena, &opened, flipped);
        wire.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        bool same = !status && memcmp(hash, flipped, sizeof hash) == 0;
        for (size_t i = 0; same && i < MANY; i++)
            same = events_same(&events[i], &opened.events[i]);
        if (!status && (!same || bit / 8 < packed_at))
            fail_msg("bit %zu of %zu was flipped and the segment taken", bit, wire.n * 8);
        accepted += !status;
        hw_arena_reset(&arena);
    }
    assert_true(accepted < 8);
}

/* A body that was not packed has no spare bit at all. */
static void a_bit_flipped_in_a_small_segment_is_noticed(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out wire = {0};
    struct hw_binding bound = binding();
    struct keys keys = keys_of(0x60);
    struct hw_opened opened;
    uint8_t hash[HW_HASH_SIZE];
    seal_fixed(&wire, hash);
    for (size_t bit = 0; bit < wire.n * 8; bit++) {
        wire.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (take(hw_out_slice(&wire), &bound, zeros, keys.open, &arena, &opened, hash) == HW_OK)
            fail_msg("bit %zu of %zu was flipped and the segment taken", bit, wire.n * 8);
        wire.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        hw_arena_reset(&arena);
    }
}

/* What stands in a message where stream and numbers are known. */
static void the_sealed_part_gives_the_wire_again(void **state)
{
    (void)state;
    HW_CLEANUP(hw_out_done) struct hw_out wire = {0}, sealed = {0}, again = {0};
    uint8_t hash[HW_HASH_SIZE];
    for (int many = 0; many < 2; many++) {
        struct hw_segment head, back;
        hw_out_reset(&wire);
        hw_out_reset(&sealed);
        hw_out_reset(&again);
        many ? seal_many(&wire, hash) : seal_fixed(&wire, hash);
        assert_int_equal(hw_segment_read(hw_out_slice(&wire), &head, NULL), HW_OK);
        hw_segment_put_sealed(&sealed, &head);
        back = (struct hw_segment){.inc = head.inc, .group = head.group, .first = head.first, .n = head.n};
        assert_int_equal(hw_segment_get_sealed(hw_out_slice(&sealed), &back, NULL), HW_OK);
        hw_segment_wire(&again, &back);
        assert_true(hw_slice_equal(hw_out_slice(&wire), hw_out_slice(&again)));
        for (size_t n = 0; n <= HW_SIGNATURE_SIZE; n++)
            assert_int_equal(hw_segment_get_sealed((struct hw_slice){sealed.p, n}, &back, NULL), HW_CORRUPT);
    }
    sealed.n = HW_SIGNATURE_SIZE;
    hw_put_uint(&sealed, HW_SEGMENT_MAX + 1);
    assert_int_equal(hw_segment_get_sealed(hw_out_slice(&sealed), &(struct hw_segment){0}, NULL), HW_CORRUPT);
}

static void a_redacted_event_still_verifies(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out wire = {0}, values = {0};
    struct hw_binding bound = binding();
    struct keys keys = keys_of(0x60);
    struct hw_opened opened;
    uint8_t hash[HW_HASH_SIZE], again[HW_HASH_SIZE], inner[HW_HASH_SIZE];
    seal_fixed(&wire, hash);
    assert_int_equal(take(hw_out_slice(&wire), &bound, zeros, keys.open, &arena, &opened, again), HW_OK);
    hw_put_raw(&values, events_seed, sizeof events_seed);
    hw_put_raw(&values, "\0\0\0\0\0\0\0\1", 8); /* event 1 of the segment, and its one value */
    hw_put_raw(&values, opened.events[1].ops[0].value.p, opened.events[1].ops[0].value.n);
    crypto_generichash(inner, sizeof inner, values.p, values.n, NULL, 0);
    struct hw_op gone = opened.events[1].ops[0];
    gone.value = (struct hw_slice){0};
    opened.events[1].ops = &gone;
    opened.events[1].redacted = inner;
    hw_segment_hash(&opened, &bound, zeros, again);
    assert_memory_equal(hash, again, sizeof hash);
    assert_int_equal(hw_segment_verify(&opened, again, keys.open, NULL), HW_OK);
    inner[0] ^= 1;
    hw_segment_hash(&opened, &bound, zeros, again);
    assert_int_equal(hw_segment_verify(&opened, again, keys.open, NULL), HW_SIGNATURE);
}

static void a_segment_packed_again_without_a_text_is_the_same(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out wire = {0}, redacted = {0};
    struct hw_binding bound = binding();
    struct keys keys = keys_of(0x60);
    struct hw_opened opened, back;
    uint8_t hash[HW_HASH_SIZE], again[HW_HASH_SIZE];
    seal_fixed(&wire, hash);
    assert_int_equal(take(hw_out_slice(&wire), &bound, zeros, keys.open, &arena, &opened, again), HW_OK);
    hw_event_redact(&opened.events[0], opened.seed, 0, &arena);
    assert_int_equal(hw_segment_pack(&opened, &redacted, NULL), HW_OK);
    assert_int_equal(take(hw_out_slice(&redacted), &bound, zeros, keys.open, &arena, &back, again), HW_OK);
    assert_memory_equal(hash, again, sizeof hash);
    assert_non_null(back.events[0].redacted);
    assert_null(back.events[1].redacted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fixed_events_give_the_golden_segment),
        cmocka_unit_test(a_segment_packed_again_without_a_text_is_the_same),
        cmocka_unit_test(what_is_sealed_opens_and_verifies),
        cmocka_unit_test(all_that_is_bound_in_is_needed_to_verify),
        cmocka_unit_test(the_outer_form_cannot_be_passed_off_as_another),
        cmocka_unit_test(the_outer_form_is_checked_before_unpacking),
        cmocka_unit_test(a_bomb_unpacks_to_no_more_than_it_names),
        cmocka_unit_test(a_segment_cut_anywhere_is_refused),
        cmocka_unit_test(a_bit_flipped_anywhere_changes_no_event),
        cmocka_unit_test(a_bit_flipped_in_a_small_segment_is_noticed),
        cmocka_unit_test(the_sealed_part_gives_the_wire_again),
        cmocka_unit_test(a_redacted_event_still_verifies),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
