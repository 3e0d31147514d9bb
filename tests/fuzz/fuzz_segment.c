/* Segments. Input: a byte that says how it is meant, then the wire bytes of a segment, or a count of two bytes and a
 * body that is packed here, since no fuzzer guesses through zstd. */
#include <sodium.h>
#include <zstd.h>

#include "fuzz_events.h"
#include "headway/segment.h"

enum { SURELY_FITS = HW_EVENT_MAX / 3 };

static uint8_t sign_public[HW_SIGN_PUBLIC], sign_secret[HW_SIGN_SECRET];

static void wrap(struct hw_out *out, struct hw_slice input)
{
    static const uint8_t zeros[HW_SIGNATURE_SIZE];
    uint8_t packed[8192];
    unsigned n = fuzz_byte(&input);
    n = n << 8 | fuzz_byte(&input);
    size_t size = ZSTD_compress(packed, sizeof packed, input.p, input.n, 1);
    if (ZSTD_isError(size))
        size = 0;
    hw_put_array(out, 7);
    hw_put_bytes(out, "12345678", sizeof(struct hw_inc));
    hw_put_text(out, "wg6");
    hw_put_uint(out, 7);
    hw_put_uint(out, n);
    hw_put_bytes(out, zeros, sizeof zeros);
    hw_put_uint(out, input.n);
    hw_put_bytes(out, packed, size);
}

/* Sealed anew, it opens to the same events, and its signature holds for these and no others. */
static void seal_again(const struct hw_opened *opened, struct hw_arena *arena)
{
    HW_CLEANUP(hw_out_done) struct hw_out wire = {0};
    const struct hw_segment *head = &opened->head;
    struct hw_binding binding = {.root = {1}, .office = hw_slice_text("KAZ")};
    const uint8_t previous[HW_HASH_SIZE] = {2};
    uint8_t hash[HW_HASH_SIZE], first[HW_HASH_SIZE];
    struct hw_opened again;
    hw_segment_hash(opened, &binding, previous, first);
    hw_segment_seal(&binding, &head->inc, head->group, opened->events, head->n, previous, opened->seed, sign_secret,
                    &wire, hash);
    HOLDS(memcmp(first, hash, sizeof hash) == 0);
    HOLDS(hw_segment_open(hw_out_slice(&wire), arena, &again, NULL) == HW_OK);
    events_equal(opened->events, again.events, head->n);
    hw_segment_hash(&again, &binding, previous, hash);
    HOLDS(memcmp(first, hash, sizeof hash) == 0);
    HOLDS(hw_segment_verify(&again, hash, sign_public, NULL) == HW_OK);
    hash[0] ^= 1;
    HOLDS(hw_segment_verify(&again, hash, sign_public, NULL) == HW_SIGNATURE);
    again.head.signature[3] ^= 1;
    HOLDS(hw_segment_verify(&again, first, sign_public, NULL) == HW_SIGNATURE);
}

FUZZ_TARGET(segment)
{
    static const uint8_t seed[crypto_sign_SEEDBYTES];
    struct hw_slice input = {data, size};
    HW_CLEANUP(hw_out_done) struct hw_out wire = {0};
    struct hw_arena arena;
    struct hw_segment head;
    struct hw_opened opened;
    HOLDS(sodium_init() >= 0);
    crypto_sign_seed_keypair(sign_public, sign_secret, seed);
    if (fuzz_byte(&input) & 1) {
        wrap(&wire, input);
        input = hw_out_slice(&wire);
    }
    hw_arena_init(&arena);
    enum hw_status read = hw_segment_read(input, &head, NULL);
    enum hw_status open = hw_segment_open(input, &arena, &opened, NULL);
    HOLDS(read == HW_OK || open == read);
    if (read == HW_OK) {
        HOLDS(head.n > 0 && head.n <= HW_SEGMENT_EVENTS && head.size <= HW_SEGMENT_MAX);
        HOLDS(head.first > 0 && head.first + head.n <= INT64_MAX && hw_group_code_valid(head.group));
        HOLDS(head.packed.n == 0 || (head.packed.p > input.p && head.packed.p + head.packed.n <= input.p + input.n));
    }
    if (open == HW_OK) {
        events_within_limits(opened.events, head.n, head.first);
        if (head.size <= SURELY_FITS && head.packed.n <= SURELY_FITS)
            seal_again(&opened, &arena);
    }
    hw_arena_done(&arena);
    return 0;
}
