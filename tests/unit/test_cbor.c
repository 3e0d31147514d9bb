/* test_cbor.c: the bounded, sticky reader and the deterministic writer. */
#include "proof.h"

#include "headway/cbor.h"

static struct hw_slice bytes_of(const char *hex, uint8_t *to)
{
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) {
        unsigned byte = 0;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        to[i] = (uint8_t)byte;
    }
    return (struct hw_slice){to, n};
}

static void assert_written(struct hw_out *out, const char *hex)
{
    assert_hex(hw_out_slice(out), hex);
    hw_out_reset(out);
}

static void numbers_take_their_shortest_form(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        const char *hex;
    } rows[] = {{0, "00"},
                {23, "17"},
                {24, "1818"},
                {255, "18ff"},
                {256, "190100"},
                {65535, "19ffff"},
                {65536, "1a00010000"},
                {UINT32_MAX, "1affffffff"},
                {1ull << 32, "1b0000000100000000"},
                {UINT64_MAX, "1bffffffffffffffff"}};
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hw_put_uint(&out, rows[i].value);
        assert_written(&out, rows[i].hex);
    }
    hw_put_int(&out, -1);
    hw_put_int(&out, -24);
    hw_put_int(&out, -25);
    hw_put_int(&out, 7);
    assert_written(&out, "2037381807");
    hw_put_int(&out, INT64_MIN);
    hw_put_int(&out, INT64_MAX);
    assert_written(&out, "3b7fffffffffffffff1b7fffffffffffffff");
}

static void every_other_item_has_one_form(void **state)
{
    (void)state;
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    hw_put_bool(&out, false);
    hw_put_bool(&out, true);
    hw_put_null(&out);
    hw_put_text(&out, "a\u0431");
    hw_put_text(&out, NULL);
    hw_put_text(&out, "");
    hw_put_bytes(&out, "\x01\x02", 2);
    hw_put_bytes(&out, NULL, 0);
    assert_written(&out, "f4f5f66361d0b1f66042010240");
    hw_put_array(&out, 2);
    hw_put_map(&out, 1);
    hw_put_array_open(&out);
    hw_put_map_open(&out);
    hw_put_close(&out);
    hw_put_double(&out, 1.5);
    assert_written(&out, "82a19fbffffb3ff8000000000000");
}

/* One random item of each type, written and read back in the same order. */
static void write_random(struct hw_out *out, struct dice *dice, size_t n)
{
    char noise[64];
    for (size_t i = 0; i < n; i++) {
        switch (dice_below(dice, 5)) {
        case 0:
            hw_put_uint(out, dice_number(dice));
            break;
        case 1:
            hw_put_int(out, (int64_t)dice_number(dice));
            break;
        case 2:
            hw_put_bool(out, dice_one_in(dice, 2));
            break;
        case 3:
            dice_bytes(dice, noise, sizeof noise);
            hw_put_bytes(out, noise, dice_below(dice, sizeof noise));
            break;
        default:
            hw_put_double(out, (double)dice_below(dice, 1000) / 8);
        }
    }
}

static bool read_random(struct hw_in *in, struct dice *dice, size_t n)
{
    char noise[64];
    bool same = true;
    for (size_t i = 0; i < n; i++) {
        switch (dice_below(dice, 5)) {
        case 0:
            same &= hw_get_uint(in) == dice_number(dice);
            break;
        case 1:
            same &= hw_get_int(in) == (int64_t)dice_number(dice);
            break;
        case 2:
            same &= hw_get_bool(in) == dice_one_in(dice, 2);
            break;
        case 3: {
            dice_bytes(dice, noise, sizeof noise);
            struct hw_slice expected = {(const uint8_t *)noise, dice_below(dice, sizeof noise)};
            same &= hw_slice_equal(hw_get_bytes(in), expected);
            break;
        }
        default: {
            double eighths = hw_get_double(in) * 8;
            same &= (size_t)eighths == dice_below(dice, 1000);
        }
        }
    }
    return same && hw_in_end(in);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    for (uint64_t seed = 1; seed <= 5000; seed++) {
        struct dice writer = dice_of(seed), reader = writer;
        hw_out_reset(&out);
        write_random(&out, &writer, 20);
        struct hw_slice copy = tight_copy(hw_out_slice(&out));
        struct hw_in in = hw_in_of(copy);
        bool same = read_random(&in, &reader, 20);
        free((void *)copy.p);
        if (!same)
            fail_msg("seed %llu", (unsigned long long)seed);
    }
}

static void after_a_fault_every_read_gives_zero(void **state)
{
    (void)state;
    uint8_t bytes[8], fixed[2] = {9, 9};
    struct hw_in in = hw_in_of(bytes_of("61610505", bytes));
    assert_int_equal(hw_get_uint(&in), 0); /* a text stands there */
    assert_true(in.bad);
    assert_int_equal(hw_get_uint(&in), 0);
    assert_int_equal(hw_get_int(&in), 0);
    assert_false(hw_get_bool(&in));
    assert_true(hw_get_double(&in) == 0);
    assert_int_equal(hw_get_text(&in).n, 0);
    assert_int_equal(hw_get_bytes(&in).n, 0);
    assert_int_equal(hw_get_raw(&in).n, 0);
    assert_int_equal(hw_get_array(&in), 0);
    assert_int_equal(hw_get_map_any(&in), 0);
    assert_false(hw_get_close(&in));
    hw_get_fixed(&in, fixed, sizeof fixed);
    assert_int_equal(fixed[0] + fixed[1], 0);
    assert_int_equal(hw_peek(&in), HW_ITEM_NONE);
    assert_false(hw_in_end(&in));
}

static void the_end_means_no_fault_and_nothing_left(void **state)
{
    (void)state;
    uint8_t bytes[8];
    struct hw_in in = hw_in_of(bytes_of("0102", bytes));
    assert_false(hw_in_end(&in));
    hw_get_uint(&in);
    assert_false(hw_in_end(&in));
    hw_get_uint(&in);
    assert_true(hw_in_end(&in));
    hw_in_spoil(&in);
    assert_false(hw_in_end(&in));
    struct hw_in empty = hw_in_of((struct hw_slice){0});
    assert_true(hw_in_end(&empty));
    assert_int_equal(hw_peek(&empty), HW_ITEM_NONE);
}

static void a_value_out_of_range_spoils(void **state)
{
    (void)state;
    uint8_t bytes[16], fixed[2];
    struct hw_in in = hw_in_of(bytes_of("0a", bytes));
    assert_int_equal(hw_get_uint_max(&in, 10), 10);
    assert_true(hw_in_end(&in));
    in = hw_in_of(bytes_of("0b", bytes));
    assert_int_equal(hw_get_uint_max(&in, 10), 0);
    assert_true(in.bad);
    in = hw_in_of(bytes_of("1b8000000000000000", bytes)); /* INT64_MAX + 1 */
    hw_get_int(&in);
    assert_true(in.bad);
    in = hw_in_of(bytes_of("3b8000000000000000", bytes)); /* INT64_MIN - 1 */
    hw_get_int(&in);
    assert_true(in.bad);
    in = hw_in_of(bytes_of("43010203", bytes)); /* three bytes where two are due */
    hw_get_fixed(&in, fixed, sizeof fixed);
    assert_true(in.bad);
}

/* Bytes that no reader may take for a whole item. */
static const char *const hostile[] = {"5bffffffffffffffff",
                                      "7bffffffffffffffff",
                                      "5affffffff00",
                                      "5b7fffffffffffffff00",
                                      "43ffff",
                                      "62c3",
                                      "18",
                                      "19ff",
                                      "1affffff",
                                      "1bffffffffffffff",
                                      "82",
                                      "8200",
                                      "a2",
                                      "9bffffffffffffffff",
                                      "bbffffffffffffffff",
                                      "9b8000000000000000",
                                      "bb8000000000000000",
                                      "9affffffff00",
                                      "baffffffff0000",
                                      "9bffffffffffffffff00ff",
                                      "5f4101ff",
                                      "7f6161ff",
                                      "c000",
                                      "d9d9f700",
                                      "f7",
                                      "f93c00",
                                      "fa3fc00000",
                                      "f820",
                                      "fc",
                                      "1c",
                                      "1f",
                                      "3f",
                                      "df",
                                      "ff",
                                      "9f00",
                                      "bf0000"};

static void a_length_that_the_input_cannot_hold_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        uint8_t bytes[32];
        struct hw_slice copy = tight_copy(bytes_of(hostile[i], bytes));
        struct hw_in in = hw_in_of(copy);
        struct hw_slice raw = hw_get_raw(&in);
        bool refused = in.bad && raw.n == 0;
        free((void *)copy.p);
        if (!refused)
            fail_msg("%s was taken for an item", hostile[i]);
    }
}

static void counts_are_checked_before_anything_is_allocated(void **state)
{
    (void)state;
    static const char *const arrays[] = {"9bffffffffffffffff", "9b7fffffffffffffff", "9a00010000"};
    uint8_t bytes[16];
    for (size_t i = 0; i < 3; i++) {
        struct hw_in in = hw_in_of(bytes_of(arrays[i], bytes));
        assert_int_equal(hw_get_array(&in), 0);
        assert_true(in.bad);
        in = hw_in_of(bytes_of(arrays[i], bytes));
        assert_int_equal(hw_get_array_any(&in), 0);
        assert_true(in.bad);
        bytes[0] = (uint8_t)(bytes[0] + 0x20); /* the same count of a map */
        in = hw_in_of((struct hw_slice){bytes, strlen(arrays[i]) / 2});
        assert_int_equal(hw_get_map(&in), 0);
        assert_true(in.bad);
    }
}

static void open_arrays_are_for_the_any_forms_alone(void **state)
{
    (void)state;
    uint8_t bytes[8];
    struct hw_in in = hw_in_of(bytes_of("9f0102ff", bytes));
    hw_get_array(&in);
    assert_true(in.bad);
    in = hw_in_of(bytes_of("bfff", bytes));
    hw_get_map(&in);
    assert_true(in.bad);
    in = hw_in_of(bytes_of("9f0102ff", bytes));
    assert_true(hw_get_array_any(&in) == SIZE_MAX);
    assert_false(hw_get_close(&in));
    assert_int_equal(hw_get_uint(&in), 1);
    assert_int_equal(hw_get_uint(&in), 2);
    assert_true(hw_get_close(&in));
    assert_true(hw_in_end(&in));
}

static bool nested_is_whole(const char *head, const char *tail, size_t depth)
{
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    for (size_t i = 0; i < depth; i++)
        hw_put_raw(&out, head, strlen(head));
    hw_put_uint(&out, 0);
    for (size_t i = 0; i < depth; i++)
        hw_put_raw(&out, tail, strlen(tail));
    struct hw_in in = hw_in_of(hw_out_slice(&out));
    return hw_get_raw(&in).n == out.n && hw_in_end(&in);
}

static void nesting_is_at_most_sixteen_deep(void **state)
{
    (void)state;
    static const char *const heads[] = {"\x81", "\x9f", "\xa1\x01", "\xbf\x01"}, *const tails[] = {"", "\xff", "",
                                                                                                   "\xff"};
    for (size_t i = 0; i < 4; i++) {
        assert_true(nested_is_whole(heads[i], tails[i], 1));
        assert_true(nested_is_whole(heads[i], tails[i], 16));
        assert_false(nested_is_whole(heads[i], tails[i], 17));
        assert_false(nested_is_whole(heads[i], tails[i], 100000));
    }
}

static void raw_gives_the_bytes_of_one_whole_item(void **state)
{
    (void)state;
    uint8_t bytes[32];
    struct hw_in in = hw_in_of(bytes_of("0182616181420000a101f69f9fff01fff5", bytes));
    assert_hex(hw_get_raw(&in), "01");
    assert_hex(hw_get_raw(&in), "82616181420000");
    assert_hex(hw_get_raw(&in), "a101f6");
    assert_hex(hw_get_raw(&in), "9f9fff01ff");
    assert_hex(hw_get_raw(&in), "f5");
    assert_true(hw_in_end(&in));
}

static void doubles_may_be_written_as_integers(void **state)
{
    (void)state;
    uint8_t bytes[16];
    struct hw_in in = hw_in_of(bytes_of("0320fbbff8000000000000", bytes));
    assert_true(hw_get_double(&in) == 3);
    assert_true(hw_get_double(&in) == -1);
    assert_true(hw_get_double(&in) == -1.5);
    assert_true(hw_in_end(&in));
}

/* RFC 3629, section 4, by its own table. */
static size_t put_character(uint32_t c, uint8_t to[4])
{
    if (c < 0x80) {
        to[0] = (uint8_t)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        to[i] = (uint8_t)(0x80 | (c & 63));
    to[0] = (uint8_t)((n == 2 ? 0xC0 : n == 3 ? 0xE0 : 0xF0) | c);
    return n;
}

static void every_character_and_no_surrogate_is_utf8(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x120000; c++) {
        uint8_t bytes[4];
        size_t n = put_character(c, bytes);
        bool expected = c != 0 && c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF);
        if (hw_utf8_valid((struct hw_slice){bytes, n}) != expected)
            fail_msg("U+%04X", (unsigned)c);
        if (n > 1 && hw_utf8_valid((struct hw_slice){bytes, n - 1}))
            fail_msg("U+%04X cut short", (unsigned)c);
    }
}

static void overlong_and_broken_forms_are_not_utf8(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "c0af",     "c080",   "c1bf",   "e080af", "e09fbf", "f08080af", "f08fbfbf", "f4908080", "f5808080",
        "f8888080", "fe",     "ff",     "80",     "bf",     "c3",       "c328",     "e28228",   "e282",
        "f09f9828", "f09f98", "eda080", "edbfbf", "00",     "610062",   "61c3",     "e1c080"};
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct hw_slice copy = tight_copy(bytes_of(broken[i], bytes));
        bool valid = hw_utf8_valid(copy);
        free((void *)copy.p);
        if (valid)
            fail_msg("%s", broken[i]);
    }
    assert_true(hw_utf8_valid((struct hw_slice){0}));
    assert_true(hw_utf8_valid(hw_slice_text("Ana \u0411\u043e\u0440\u0438\u0441 \u0639 \U0001F600")));
    struct hw_in in = hw_in_of(bytes_of("62c328", bytes));
    assert_int_equal(hw_get_text(&in).n, 0);
    assert_true(in.bad);
}

/* One read by lot; the slice it gives, if it gives one. */
static struct hw_slice read_anything(struct hw_in *in, struct dice *dice)
{
    uint8_t fixed[4];
    switch (dice_below(dice, 10)) {
    case 0:
        return hw_get_bytes(in);
    case 1:
        return hw_get_text(in);
    case 2:
        hw_get_uint(in);
        break;
    case 3:
        hw_get_int(in);
        break;
    case 4:
        hw_get_array_any(in);
        break;
    case 5:
        hw_get_map(in);
        break;
    case 6:
        hw_get_fixed(in, fixed, sizeof fixed);
        break;
    case 7:
        hw_get_double(in);
        break;
    case 8:
        hw_get_close(in);
        break;
    default:
        return hw_get_raw(in);
    }
    return (struct hw_slice){0};
}

static void no_input_leads_a_read_out_of_bounds(void **state)
{
    (void)state;
    uint8_t noise[48];
    for (uint64_t seed = 1; seed <= 200000; seed++) {
        struct dice dice = dice_of(seed);
        size_t n = dice_below(&dice, sizeof noise);
        dice_bytes(&dice, noise, n);
        for (size_t i = 0; i < n; i++) /* short strings and small counts go deeper than noise */
            if (dice_one_in(&dice, 2))
                noise[i] &= 0xE7;
        struct hw_slice copy = tight_copy((struct hw_slice){noise, n});
        struct hw_in in = hw_in_of(copy);
        bool held = true, bad = false;
        for (int reads = 0; reads < 8; reads++) {
            const uint8_t *before = in.p;
            struct hw_slice got = read_anything(&in, &dice);
            held &= in.p >= before && in.p <= in.end && (in.bad || !bad);
            held &= got.n == 0 || (got.p >= before && got.p + got.n <= in.p);
            held &= !bad || got.n == 0;
            bad = in.bad;
        }
        free((void *)copy.p);
        if (!held)
            fail_msg("seed %llu", (unsigned long long)seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_take_their_shortest_form),
        cmocka_unit_test(every_other_item_has_one_form),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(after_a_fault_every_read_gives_zero),
        cmocka_unit_test(the_end_means_no_fault_and_nothing_left),
        cmocka_unit_test(a_value_out_of_range_spoils),
        cmocka_unit_test(a_length_that_the_input_cannot_hold_is_refused),
        cmocka_unit_test(counts_are_checked_before_anything_is_allocated),
        cmocka_unit_test(open_arrays_are_for_the_any_forms_alone),
        cmocka_unit_test(nesting_is_at_most_sixteen_deep),
        cmocka_unit_test(raw_gives_the_bytes_of_one_whole_item),
        cmocka_unit_test(doubles_may_be_written_as_integers),
        cmocka_unit_test(every_character_and_no_surrogate_is_utf8),
        cmocka_unit_test(overlong_and_broken_forms_are_not_utf8),
        cmocka_unit_test(no_input_leads_a_read_out_of_bounds),
    };
    return cmocka_run_group_tests_name("cbor", tests, NULL, NULL);
}
