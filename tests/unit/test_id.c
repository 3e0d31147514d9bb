/* test_id.c: names of records, incarnations and events. */
#include "proof.h"

#include "headway/id.h"

static const struct hw_id counting = {{0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf}};

static void assert_printed(struct hw_id id, const char *text)
{
    char got[HW_ID_TEXT + 1];
    hw_id_print(&id, got);
    assert_string_equal(got, text);
}

static void an_id_is_sixteen_crockford_digits(void **state)
{
    (void)state;
    assert_printed((struct hw_id){{0}}, "0000000000000000");
    assert_printed((struct hw_id){{255, 255, 255, 255, 255, 255, 255, 255, 255, 255}}, "zzzzzzzzzzzzzzzz");
    assert_printed(counting, "0123456789abcdef");
    assert_printed((struct hw_id){{0x84, 0x65, 0x3a, 0x56, 0xd7, 0xc6, 0x75, 0xbe, 0x77, 0xdf}}, "ghjkmnpqrstvwxyz");
}

static void an_id_is_read_as_people_write_it(void **state)
{
    (void)state;
    struct hw_id id, zero_one;
    assert_true(hw_id_parse(hw_slice_text("0123456789abcdef"), &id));
    assert_true(hw_id_equal(&id, &counting));
    assert_true(hw_id_parse(hw_slice_text("O123456789ABCDEF"), &id));
    assert_true(hw_id_equal(&id, &counting));
    assert_true(hw_id_parse(hw_slice_text("0000000000000111"), &zero_one));
    assert_true(hw_id_parse(hw_slice_text("oOoOoOoOoOoO0iLl"), &id));
    assert_true(hw_id_equal(&id, &zero_one));
}

static void ids_made_one_after_the_other_lie_side_by_side(void **state)
{
    (void)state;
    struct hw_id id = counting;
    hw_id_place(&id, 0);
    assert_printed(id, "0003456789abcdef");
    hw_id_place(&id, 1);
    assert_printed(id, "0013456789abcdef");
    hw_id_place(&id, HW_ID_PLACES - 1);
    assert_printed(id, "zzz3456789abcdef");
    hw_id_place(&id, HW_ID_PLACES);
    assert_printed(id, "0003456789abcdef");
    id.b[1] ^= 1; /* the last of the 16 bits is as random as the rest */
    hw_id_place(&id, 33);
    assert_printed(id, "011k456789abcdef");
}

static void what_is_no_id_is_refused(void **state)
{
    (void)state;
    struct hw_id id, high;
    static const char *const wrong[] = {"",
                                        "0123456789abcde",
                                        "0123456789abcdef0",
                                        "u123456789abcdef",
                                        "012345678-abcdef",
                                        "0123456789abcde ",
                                        "\xd0\xb0"
                                        "12345678901234"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (hw_id_parse(hw_slice_text(wrong[i]), &id))
            fail_msg("'%s' was read as an id", wrong[i]);
    assert_false(hw_id_parse((struct hw_slice){(const uint8_t *)"0123456789abcde\0", 16}, &id)); /* NUL is no digit */
    assert_false(hw_id_prefix(hw_slice_text(""), &id, &high));
    assert_false(hw_id_prefix(hw_slice_text("01!"), &id, &high));
    assert_false(hw_id_prefix(hw_slice_text("0123456789abcdef0"), &id, &high));
}

static void a_prefix_is_the_range_of_all_ids_that_begin_so(void **state)
{
    (void)state;
    struct hw_id low, high;
    assert_true(hw_id_prefix(hw_slice_text("01"), &low, &high));
    assert_printed(low, "0100000000000000");
    assert_printed(high, "01zzzzzzzzzzzzzz");
    struct dice dice = dice_of(5);
    for (int i = 0; i < 2000; i++) {
        struct hw_id id, other, parsed;
        char text[HW_ID_TEXT + 1], other_text[HW_ID_TEXT + 1];
        dice_bytes(&dice, id.b, sizeof id.b);
        other = id;
        other.b[dice_below(&dice, sizeof other.b)] ^= (uint8_t)(1u << dice_below(&dice, 8));
        hw_id_print(&id, text);
        hw_id_print(&other, other_text);
        assert_true(hw_id_parse(hw_slice_text(text), &parsed) && hw_id_equal(&parsed, &id));
        for (size_t n = 1; n <= HW_ID_TEXT; n++) {
            assert_true(hw_id_prefix((struct hw_slice){(const uint8_t *)text, n}, &low, &high));
            assert_true(hw_id_compare(&low, &id) <= 0 && hw_id_compare(&id, &high) <= 0);
            bool begins = strncmp(text, other_text, n) == 0;
            assert_true(begins == (hw_id_compare(&low, &other) <= 0 && hw_id_compare(&other, &high) <= 0));
        }
    }
}

/* Computed apart from this code, with Python's hashlib.blake2b: digest_size 16, domain and NUL, then each part with its
 * length as four bytes, the first ten bytes. */
static void two_offices_derive_the_same_id(void **state)
{
    (void)state;
    static const uint8_t plan[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct hw_slice parts[] = {hw_slice_text("gtg-eca"), {plan, sizeof plan}, hw_slice_text("train the team")};
    struct hw_id id = hw_id_derive("import", parts, 3);
    assert_hex_n(id.b, sizeof id.b, "8d250a15a2127b38c9f4");
    id = hw_id_derive("group", parts, 1);
    assert_hex_n(id.b, sizeof id.b, "223732bf6976b68110d1");
    id = hw_id_derive("group", NULL, 0);
    assert_hex_n(id.b, sizeof id.b, "4d2b167230502a95ea49");
}

static void parts_and_domains_do_not_run_into_each_other(void **state)
{
    (void)state;
    struct hw_slice a[] = {hw_slice_text("ab"), hw_slice_text("c")}, b[] = {hw_slice_text("a"), hw_slice_text("bc")},
                    c[] = {hw_slice_text("abc"), hw_slice_text("")};
    struct hw_id ids[] = {hw_id_derive("group", a, 2), hw_id_derive("group", b, 2),  hw_id_derive("group", c, 2),
                          hw_id_derive("group", c, 1), hw_id_derive("import", a, 2), hw_id_derive("", a, 2)};
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < i; j++)
            assert_false(hw_id_equal(&ids[i], &ids[j]));
}

static void names_sort_by_incarnation_then_number_then_operation(void **state)
{
    (void)state;
    const struct hw_name names[] = {{{{0}}, 1, 0},
                                    {{{0}}, 1, 1},
                                    {{{0}}, 2, 0},
                                    {{{0}}, 256, 0},
                                    {{{0, 1}}, 1, 0},
                                    {{{200}}, 1, 0},
                                    {{{200}}, UINT64_MAX, 65535}};
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 7; j++) {
            int order = hw_name_compare(&names[i], &names[j]);
            assert_true(i < j ? order < 0 : i > j ? order > 0 : order == 0);
        }
    assert_true(hw_inc_compare(&names[0].inc, &names[5].inc) < 0);
    struct hw_id zero = {{0}};
    assert_true(hw_id_zero(&zero));
    assert_false(hw_id_zero(&counting));
    assert_true(hw_id_compare(&zero, &counting) < 0);
}

static void codes_are_short_and_plain(void **state)
{
    (void)state;
    static const char *const groups[] = {"a", "gtg-eca", "7", "directory", "a-1-b", "abcdefghijklmnopqrstuvwxyz012345"};
    static const char *const no_groups[] = {
        "", "-", "-a", "a-", "A", "a b", "a_b", "\xd0\xb0", "a.b", "a/b", "abcdefghijklmnopqrstuvwxyz0123456"};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (!hw_group_code_valid(hw_slice_text(groups[i])))
            fail_msg("group '%s' was refused", groups[i]);
    for (size_t i = 0; i < sizeof no_groups / sizeof *no_groups; i++)
        if (hw_group_code_valid(hw_slice_text(no_groups[i])))
            fail_msg("group '%s' was taken", no_groups[i]);
    assert_false(hw_group_code_valid((struct hw_slice){(const uint8_t *)"a\0b", 3}));
    assert_true(hw_office_code_valid(hw_slice_text("KAZ")));
    assert_true(hw_office_code_valid(hw_slice_text("HQ-2")));
    assert_true(hw_office_code_valid(hw_slice_text("ABCDEFGHIJKLMNOP")));
    assert_false(hw_office_code_valid(hw_slice_text("ABCDEFGHIJKLMNOPQ")));
    assert_false(hw_office_code_valid(hw_slice_text("kaz")));
    assert_false(hw_office_code_valid(hw_slice_text("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_sixteen_crockford_digits),
        cmocka_unit_test(an_id_is_read_as_people_write_it),
        cmocka_unit_test(ids_made_one_after_the_other_lie_side_by_side),
        cmocka_unit_test(what_is_no_id_is_refused),
        cmocka_unit_test(a_prefix_is_the_range_of_all_ids_that_begin_so),
        cmocka_unit_test(two_offices_derive_the_same_id),
        cmocka_unit_test(parts_and_domains_do_not_run_into_each_other),
        cmocka_unit_test(names_sort_by_incarnation_then_number_then_operation),
        cmocka_unit_test(codes_are_short_and_plain),
    };
    return cmocka_run_group_tests_name("id", tests, NULL, NULL);
}
