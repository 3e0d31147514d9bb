/* test_stamp.c: the hybrid logical clock. */
#include "proof.h"

#include "headway/stamp.h"

static uint64_t at(uint64_t ms, uint64_t counter)
{
    return ms << 16 | counter;
}

static void a_stamp_follows_the_wall_clock_when_that_is_ahead(void **state)
{
    (void)state;
    assert_true(hw_stamp_next(at(1000, 7), 1001) == at(1001, 0));
    assert_true(hw_stamp_next(0, 1784000000000) == at(1784000000000, 0));
    assert_int_equal(hw_stamp_ms(at(1001, 9)), 1001);
}

static void a_stamp_counts_when_the_clock_stands_or_goes_back(void **state)
{
    (void)state;
    assert_true(hw_stamp_next(at(1000, 7), 1000) == at(1000, 8));
    assert_true(hw_stamp_next(at(1000, 7), 3) == at(1000, 8));
    assert_true(hw_stamp_next(at(1000, 0), 1000) == at(1000, 1)); /* equal is not ahead */
}

static void a_full_counter_borrows_the_next_millisecond(void **state)
{
    (void)state;
    assert_true(hw_stamp_next(at(1000, 65535), 1000) == at(1001, 0));
    assert_true(hw_stamp_next(at(1001, 0), 1001) == at(1001, 1));
}

static void stamps_rise_while_the_clock_is_wrong_by_less_than_five_minutes(void **state)
{
    (void)state;
    struct dice dice = dice_of(3);
    uint64_t last = 0;
    for (int i = 0; i < 100000; i++) {
        uint64_t next = hw_stamp_next(last, 1000000 + dice_below(&dice, 2000));
        assert_true(next > last);
        last = next;
    }
}

static void a_stamp_seen_is_taken_when_it_is_greater(void **state)
{
    (void)state;
    assert_true(hw_stamp_see(at(1000, 5), at(1000, 6), 1000) == at(1000, 6));
    assert_true(hw_stamp_see(at(1000, 5), at(1000, 4), 1000) == at(1000, 5));
    assert_true(hw_stamp_see(at(1000, 5), at(900, 9), 1000) == at(1000, 5));
}

static void a_stamp_far_ahead_is_not_believed(void **state)
{
    (void)state;
    const uint64_t now = 1784000000000, limit = at(now + HW_STAMP_AHEAD_MS, 0);
    const uint64_t ten_years = (uint64_t)10 * 366 * 86400 * 1000;
    assert_true(hw_stamp_see(at(now, 0), limit - 1, now) == limit - 1);
    assert_true(hw_stamp_see(at(now, 0), limit, now) == at(now, 0));
    assert_true(hw_stamp_see(at(now, 0), at(now + ten_years, 0), now) == at(now, 0));
    assert_true(hw_stamp_see(at(now, 0), UINT64_MAX, now) == at(now, 0));
    /* What this node has stamped already is never taken back. */
    assert_true(hw_stamp_see(at(now + ten_years, 0), at(now, 1), now) == at(now + ten_years, 0));
}

/* Whatever it was before: ten years ahead, or just there by counting. */
static void a_clock_never_passes_the_wall_clock_by_five_minutes(void **state)
{
    (void)state;
    const uint64_t now = 1784000000000, limit = at(now + HW_STAMP_AHEAD_MS, 0);
    assert_true(hw_stamp_next(limit - 2, now) == limit - 1);
    assert_true(hw_stamp_next(limit, now) == at(now, 0));
    assert_true(hw_stamp_next(at(now + (uint64_t)10 * 366 * 86400 * 1000, 0), now) == at(now, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stamp_follows_the_wall_clock_when_that_is_ahead),
        cmocka_unit_test(a_stamp_counts_when_the_clock_stands_or_goes_back),
        cmocka_unit_test(a_full_counter_borrows_the_next_millisecond),
        cmocka_unit_test(stamps_rise_while_the_clock_is_wrong_by_less_than_five_minutes),
        cmocka_unit_test(a_clock_never_passes_the_wall_clock_by_five_minutes),
        cmocka_unit_test(a_stamp_seen_is_taken_when_it_is_greater),
        cmocka_unit_test(a_stamp_far_ahead_is_not_believed),
    };
    return cmocka_run_group_tests_name("stamp", tests, NULL, NULL);
}
