/* test_base.c: hashes of what a file said (include/headway/base.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "headway/base.h"

/* Files exported today are read by other versions: these digits are part of the format. */
static void the_digits_are_part_of_the_format(void **state)
{
    char hash[HW_BASE_HASH + 1];
    struct hw_slice title = hw_slice_text("Train laboratory staff");
    (void)state;
    hw_base_hash(&title, 1, hash);
    assert_string_equal(hash, "f57d5675");
    hw_base_hash(NULL, 0, hash);
    assert_string_equal(hash, "0e5751c0");
}

static void texts_of_a_set_are_kept_apart(void **state)
{
    char one[HW_BASE_HASH + 1], two[HW_BASE_HASH + 1], turned[HW_BASE_HASH + 1];
    struct hw_slice whole = hw_slice_text("KAZTKM"), parts[] = {hw_slice_text("KAZ"), hw_slice_text("TKM")};
    struct hw_slice other[] = {parts[1], parts[0]};
    (void)state;
    hw_base_hash(&whole, 1, one);
    hw_base_hash(parts, 2, two);
    hw_base_hash(other, 2, turned);
    assert_string_not_equal(one, two);
    assert_string_not_equal(two, turned);
}

static void a_field_is_found_in_its_line(void **state)
{
    struct hw_slice line = hw_slice_text("subtitle=00000000 title=12345678 number=9abcdef0");
    (void)state;
    assert_true(hw_slice_is(hw_base_find(line, "title"), "12345678"));
    assert_true(hw_slice_is(hw_base_find(line, "number"), "9abcdef0"));
    assert_int_equal(hw_base_find(line, "deadline").n, 0);
    assert_int_equal(hw_base_find(hw_slice_text(""), "title").n, 0);
    assert_int_equal(hw_base_find(hw_slice_text("title=1234"), "title").n, 0);
    assert_int_equal(hw_base_find(hw_slice_text("title=123456789"), "title").n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_digits_are_part_of_the_format),
        cmocka_unit_test(texts_of_a_set_are_kept_apart),
        cmocka_unit_test(a_field_is_found_in_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
