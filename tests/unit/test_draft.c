/* test_draft: events that are not sealed yet come back from their bytes as they were, and damaged bytes are refused. */
#include "headway/draft.h"

#include "events.h"

static void encode(struct hw_out *out, const struct hw_event *events, size_t n)
{
    hw_out_reset(out);
    for (size_t i = 0; i < n; i++)
        hw_draft_encode(out, &events_self, &events[i], i ? &events[i - 1] : NULL);
}

static void what_is_encoded_is_decoded(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out run = {0};
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct dice dice = dice_of(seed);
        struct hw_event *back;
        size_t n = 1 + dice_below(&dice, 8);
        struct hw_event *events = events_random(&dice, &arena, seed, n);
        encode(&run, events, n);
        bool same = hw_draft_decode(hw_out_slice(&run), &events_self, seed, n, &arena, &back, NULL) == HW_OK;
        for (size_t i = 0; same && i < n; i++)
            same = events_same(&events[i], &back[i]);
        if (!same)
            fail_msg("seed %llu", (unsigned long long)seed);
        hw_arena_reset(&arena);
    }
}

/* Sealing takes as many runs as the bound says, and must not find that the segment is too large. */
static void the_bound_holds_for_the_body_of_a_segment(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out body = {0};
    for (uint64_t seed = 1; seed <= 500; seed++) {
        enum { TABLES = 256 /* seed, first stamp and change, the heads of tables */ };
        struct dice dice = dice_of(seed);
        size_t n = 1 + dice_below(&dice, 60), bound = TABLES;
        struct hw_event *events = events_random(&dice, &arena, 1, n);
        for (size_t i = 0; i < n; i++)
            bound += hw_draft_bound(&events[i]);
        hw_out_reset(&body);
        hw_body_encode(&body, &events_self, events_seed, events, n, NULL);
        if (body.n > bound)
            fail_msg("seed %llu: %zu bytes, bound %zu", (unsigned long long)seed, body.n, bound);
        hw_arena_reset(&arena);
    }
}

static void damaged_bytes_are_refused_or_read_within_limits(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out run = {0};
    struct hw_event events[EVENTS_FIXED], *back;
    events_fixed(events);
    encode(&run, events, EVENTS_FIXED);
    for (size_t n = 0; n < run.n; n++)
        assert_int_equal(hw_draft_decode((struct hw_slice){run.p, n}, &events_self, 7, EVENTS_FIXED, &arena, &back, NULL),
                         HW_CORRUPT);
    assert_int_equal(hw_draft_decode(hw_out_slice(&run), &events_self, 7, EVENTS_FIXED - 1, &arena, &back, NULL), HW_CORRUPT);
    assert_int_equal(hw_draft_decode(hw_out_slice(&run), &events_self, 7, EVENTS_FIXED + 1, &arena, &back, NULL), HW_CORRUPT);
    for (size_t at = 0; at < run.n; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            run.p[at] ^= (uint8_t)(1u << bit);
            if (hw_draft_decode(hw_out_slice(&run), &events_self, 7, EVENTS_FIXED, &arena, &back, NULL) == HW_OK)
                for (size_t i = 0; i < EVENTS_FIXED; i++)
                    assert_true(back[i].ops_n <= HW_OPS_MAX && back[i].seq == 7 + i);
            run.p[at] ^= (uint8_t)(1u << bit);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_is_decoded),
        cmocka_unit_test(the_bound_holds_for_the_body_of_a_segment),
        cmocka_unit_test(damaged_bytes_are_refused_or_read_within_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
