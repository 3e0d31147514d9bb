/* The body of a segment. Input: two bytes, how many events are expected; the body. */
#include "fuzz_events.h"

/* Index numbers change when a body is written again, by two bytes each at most: one of this size stays within the limits. */
enum { SURELY_FITS = HW_EVENT_MAX / 3, FIRST = 7 };

static const struct hw_inc self = {{0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18}};

static void body_again(const struct hw_event *events, size_t n, const uint8_t seed[HW_SEED_SIZE], struct hw_arena *arena)
{
    HW_CLEANUP(hw_out_done) struct hw_out once = {0};
    HW_CLEANUP(hw_out_done) struct hw_out twice = {0};
    HW_CLEANUP(hw_out_done) struct hw_out scratch = {0};
    HW_CLEANUP(hw_out_done) struct hw_out proof = {0};
    HW_CLEANUP(hw_out_done) struct hw_out proof_again = {0};
    struct hw_event *again;
    uint8_t seed_again[HW_SEED_SIZE];
    hw_body_encode(&once, &self, seed, events, n, NULL);
    HOLDS(hw_body_decode(hw_out_slice(&once), &self, FIRST, n, arena, seed_again, &again, NULL) == HW_OK);
    HOLDS(memcmp(seed, seed_again, HW_SEED_SIZE) == 0);
    events_equal(events, again, n);
    hw_body_encode(&twice, &self, seed, again, n, NULL);
    HOLDS(hw_slice_equal(hw_out_slice(&once), hw_out_slice(&twice)));
    hw_event_put_proof(&events[n - 1], seed, n - 1, &scratch, &proof);
    hw_event_put_proof(&again[n - 1], seed, n - 1, &scratch, &proof_again);
    HOLDS(hw_slice_equal(hw_out_slice(&proof), hw_out_slice(&proof_again)));
}

FUZZ_TARGET(body)
{
    struct hw_slice input = {data, size};
    struct hw_arena arena;
    struct hw_err err = {0};
    struct hw_event *events;
    uint8_t seed[HW_SEED_SIZE];
    size_t n = fuzz_byte(&input);
    n = n << 8 | fuzz_byte(&input);
    hw_arena_init(&arena);
    enum hw_status status = hw_body_decode(input, &self, FIRST, n, &arena, seed, &events, &err);
    if (status == HW_OK) {
        events_within_limits(events, n, FIRST);
        if (input.n <= SURELY_FITS)
            body_again(events, n, seed, &arena);
    } else {
        HOLDS(err.status == status && *err.text);
    }
    hw_arena_done(&arena);
    return 0;
}
