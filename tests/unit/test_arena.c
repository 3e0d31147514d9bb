/* test_arena.c: memory for one step, and borrowed slices. */
#include "proof.h"

#include <stdalign.h>

static void memory_is_aligned_for_any_type(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    for (size_t size = 0; size < 200; size++)
        assert_int_equal((uintptr_t)hw_arena_alloc(&arena, size) % alignof(max_align_t), 0);
}

static void pieces_do_not_overlap_and_keep_what_is_in_them(void **state)
{
    (void)state;
    enum { PIECES = 2000 };
    static const size_t sizes[] = {0, 1, 15, 16, 17, 100, 4000, 9000, 70000};
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    uint8_t *pieces[PIECES];
    size_t n[PIECES];
    struct dice dice = dice_of(1);
    for (size_t i = 0; i < PIECES; i++) {
        n[i] = sizes[dice_below(&dice, i % 50 ? 6 : 9)];
        pieces[i] = hw_arena_alloc(&arena, n[i]);
        memset(pieces[i], (int)(i % 251), n[i]);
    }
    for (size_t i = 0; i < PIECES; i++)
        for (size_t b = 0; b < n[i]; b++)
            assert_int_equal(pieces[i][b], i % 251);
}

static void a_piece_larger_than_a_block_gets_its_own(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    uint8_t *small = hw_arena_alloc(&arena, 10);
    uint8_t *large = hw_arena_alloc(&arena, 3 * 1024 * 1024);
    memset(small, 1, 10);
    memset(large, 2, 3 * 1024 * 1024);
    assert_int_equal(small[9], 1);
    assert_true(arena.used >= 3 * 1024 * 1024 + 10);
}

static void zeroed_memory_is_zero_even_after_a_reset(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    memset(hw_arena_alloc(&arena, 1000), 0xff, 1000);
    hw_arena_reset(&arena);
    assert_int_equal(arena.used, 0);
    const uint8_t *zeros = hw_arena_zero(&arena, 100, 10);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(zeros[i], 0);
}

static void a_reset_keeps_one_block_for_reuse(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    hw_arena_reset(&arena); /* of an empty one */
    for (int i = 0; i < 100; i++)
        hw_arena_alloc(&arena, 1000);
    const struct hw_arena_block *newest = arena.first;
    hw_arena_reset(&arena);
    assert_ptr_equal(arena.first, newest);
    hw_arena_alloc(&arena, 1000);
    assert_ptr_equal(arena.first, newest);
}

static void an_arena_may_be_used_again_when_it_is_done(void **state)
{
    (void)state;
    struct hw_arena arena;
    hw_arena_init(&arena);
    hw_arena_alloc(&arena, 10);
    hw_arena_done(&arena);
    assert_null(arena.first);
    assert_int_equal(arena.used, 0);
    hw_arena_alloc(&arena, 10);
    hw_arena_done(&arena);
    hw_arena_done(&arena);
}

static void copies_are_the_arenas_own(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    char source[] = "plan";
    struct hw_slice slice = hw_arena_slice(&arena, hw_slice_text(source));
    char *text = hw_arena_text(&arena, source, 3);
    const char *bytes = hw_arena_copy(&arena, source, sizeof source);
    memset(source, 'x', sizeof source - 1);
    assert_true(hw_slice_is(slice, "plan"));
    assert_string_equal(text, "pla");
    assert_string_equal(bytes, "plan");
    assert_string_equal(hw_arena_text(&arena, NULL, 0), "");
    assert_int_equal(hw_arena_slice(&arena, (struct hw_slice){0}).n, 0);
}

static void printed_text_is_never_cut(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    assert_string_equal(hw_arena_printf(&arena, "%s", ""), "");
    assert_string_equal(hw_arena_printf(&arena, "%d of %s", 3, "five"), "3 of five");
    assert_int_equal(strlen(hw_arena_printf(&arena, "%020000d", 7)), 20000);
}

static void slices_compare_bytewise_shorter_first(void **state)
{
    (void)state;
    struct hw_slice none = hw_slice_text(NULL), empty = hw_slice_text(""), a = hw_slice_text("a"),
                    ab = hw_slice_text("ab"), b = hw_slice_text("b"), high = hw_slice_text("\xff");
    assert_int_equal(none.n, 0);
    assert_true(hw_slice_equal(none, empty));
    assert_true(hw_slice_compare(none, empty) == 0);
    assert_true(hw_slice_compare(empty, a) < 0);
    assert_true(hw_slice_compare(a, ab) < 0);
    assert_true(hw_slice_compare(ab, b) < 0);
    assert_true(hw_slice_compare(high, b) > 0);
    assert_false(hw_slice_equal(a, ab));
    assert_true(hw_slice_is(ab, "ab"));
    assert_false(hw_slice_is(ab, "abc"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_for_any_type),
        cmocka_unit_test(pieces_do_not_overlap_and_keep_what_is_in_them),
        cmocka_unit_test(a_piece_larger_than_a_block_gets_its_own),
        cmocka_unit_test(zeroed_memory_is_zero_even_after_a_reset),
        cmocka_unit_test(a_reset_keeps_one_block_for_reuse),
        cmocka_unit_test(an_arena_may_be_used_again_when_it_is_done),
        cmocka_unit_test(copies_are_the_arenas_own),
        cmocka_unit_test(printed_text_is_never_cut),
        cmocka_unit_test(slices_compare_bytewise_shorter_first),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
