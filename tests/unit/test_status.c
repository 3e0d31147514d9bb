/* test_status.c: failures and their texts. */
#include "proof.h"

#include <stdio.h>
#include <string.h>

#include "headway/cbor.h"

static void a_failure_has_its_text_and_its_exit_code(void **state)
{
    (void)state;
    struct hw_err err;
    assert_int_equal(hw_fail(&err, HW_NOT_FOUND, "no group \"%s\"", "x"), HW_NOT_FOUND);
    assert_string_equal(err.text, "no group \"x\"");
    assert_int_equal(hw_status_exit(HW_NOT_FOUND), 3);
    assert_int_equal(hw_status_exit(HW_UNREACHABLE), 69);
    assert_int_equal(hw_fail(NULL, HW_IO, "nobody listens"), HW_IO);
}

static void a_text_that_is_cut_ends_with_a_whole_character(void **state)
{
    (void)state;
    static const char *const letters[] = {"a", "\xD1\x8F", "\xE2\x86\x92", "\xF0\x9F\x99\x82"};
    for (size_t l = 0; l < 4; l++)
        for (size_t lead = 0; lead < 4; lead++) {
            char text[5000] = "";
            struct hw_err err;
            size_t n = 0;
            for (; n < lead; n++)
                text[n] = 'x';
            for (size_t i = 0; i < 1100; i++, n += strlen(letters[l]))
                memcpy(text + n, letters[l], strlen(letters[l]));
            text[n] = 0;
            assert_int_equal(hw_fail(&err, HW_USAGE, "%s", text), HW_USAGE);
            assert_true(hw_utf8_valid(hw_slice_text(err.text)));
            assert_true(strlen(err.text) > sizeof err.text - 6);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_has_its_text_and_its_exit_code),
        cmocka_unit_test(a_text_that_is_cut_ends_with_a_whole_character),
    };
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
