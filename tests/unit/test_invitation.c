/* test_invitation.c: the file that headquarters hands over, and its check words. */
#include "proof.h"

#include <sodium.h>

#include "headway/invitation.h"

/* Computed apart from this code, with Python's hashlib.blake2b and base64; the check words with OpenSSL's Argon2id. */
static const char golden_file[] =
    "headway invitation 1\n"
    "office KAZ\n"
    "iAFjS0FaeBl0Y3A6Ly9ocS5leGFtcGxlLm9yZzo3MzIxWCBAQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eX1ggICEiIyQlJico"
    "KSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj9YIICBgoOEhYaHiImKi4yNjo-QkZKTlJWWl5iZmpucnZ6fWCDAwcLDxMXGx8jJysvMzc7P0NHS"
    "09TV1tfY2drb3N3e3xsAAAGfXq-wABtfyV4"
    "\n";

static struct hw_invitation fixed(void)
{
    struct hw_invitation invitation = {.office = hw_slice_text("KAZ"),
                                       .address = hw_slice_text("tcp://hq.example.org:7321"),
                                       .expires_ms = 1784000000000};
    for (size_t i = 0; i < 32; i++) {
        invitation.root[i] = (uint8_t)(0x40 + i);
        invitation.root_now[i] = (uint8_t)(0x20 + i);
        invitation.hub_key[i] = (uint8_t)(0x80 + i);
        invitation.secret[i] = (uint8_t)(0xc0 + i);
    }
    return invitation;
}

static enum hw_status read_text(struct hw_slice text, struct hw_arena *arena, struct hw_invitation *invitation)
{
    struct hw_err err = {0};
    struct hw_slice copy = tight_copy(text);
    enum hw_status status = hw_invitation_read(copy, arena, invitation, &err);
    free((void *)copy.p); /* slices must live in the arena */
    assert_true(!status || strlen(err.text) > 20);
    return status;
}

static bool same(const struct hw_invitation *a, const struct hw_invitation *b)
{
    return hw_slice_equal(a->office, b->office) && hw_slice_equal(a->address, b->address) &&
           memcmp(a->root, b->root, sizeof a->root) == 0 &&
           memcmp(a->root_now, b->root_now, sizeof a->root_now) == 0 && memcmp(a->hub_key, b->hub_key, sizeof a->hub_key) == 0 &&
           memcmp(a->secret, b->secret, sizeof a->secret) == 0 && a->expires_ms == b->expires_ms;
}

static void an_invitation_has_its_golden_form(void **state)
{
    (void)state;
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    struct hw_invitation invitation = fixed();
    hw_invitation_print(&out, &invitation);
    assert_int_equal(out.n, strlen(golden_file));
    assert_memory_equal(out.p, golden_file, out.n);
}

static void what_is_printed_is_read(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    for (uint64_t seed = 1; seed <= 500; seed++) {
        static const char *const offices[] = {"KAZ", "A", "ABCDEFGHIJKLMNOP", "HQ-2"};
        HW_CLEANUP(hw_out_done) struct hw_out out = {0};
        struct dice dice = dice_of(seed);
        struct hw_invitation invitation = fixed(), back;
        invitation.office = hw_slice_text(offices[dice_below(&dice, 4)]);
        invitation.address =
            hw_slice_text(hw_arena_printf(&arena, "tcp://[2001:db8::%zx]:7321", dice_below(&dice, 65536)));
        invitation.expires_ms = dice_number(&dice) >> 1;
        dice_bytes(&dice, invitation.root, sizeof invitation.root);
        dice_bytes(&dice, invitation.root_now, sizeof invitation.root_now);
        dice_bytes(&dice, invitation.hub_key, sizeof invitation.hub_key);
        dice_bytes(&dice, invitation.secret, sizeof invitation.secret);
        hw_invitation_print(&out, &invitation);
        assert_true(out.n < HW_INVITATION_MAX);
        if (read_text(hw_out_slice(&out), &arena, &back) != HW_OK || !same(&invitation, &back))
            fail_msg("seed %llu", (unsigned long long)seed);
        hw_arena_reset(&arena);
    }
}

static void line_ends_and_spaces_of_mail_programs_do_no_harm(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    struct hw_invitation back, expected = fixed();
    size_t n = strlen(golden_file);
    size_t third = (size_t)(strchr(strchr(golden_file, '\n') + 1, '\n') - golden_file) + 1;
    hw_put_raw(&out, golden_file, third);
    for (size_t at = third; at < n - 1; at += 60) { /* the long line wrapped, as quoting does */
        hw_put_raw(&out, golden_file + at, at + 60 < n - 1 ? 60 : n - 1 - at);
        hw_put_raw(&out, "\r\n", 2);
    }
    hw_put_raw(&out, "\n  \n", 4);
    assert_int_equal(read_text(hw_out_slice(&out), &arena, &back), HW_OK);
    assert_true(same(&expected, &back));
}

static void an_invitation_cut_or_changed_is_refused(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    struct hw_invitation back;
    size_t n = strlen(golden_file);
    size_t third = (size_t)(strchr(strchr(golden_file, '\n') + 1, '\n') - golden_file) + 1;
    for (size_t cut = 0; cut < n - 1; cut++) /* without its last line end it is still whole */
        if (read_text((struct hw_slice){(const uint8_t *)golden_file, cut}, &arena, &back) != HW_CORRUPT)
            fail_msg("cut to %zu bytes it was taken", cut);
    for (size_t at = third; at < n - 1; at++) {
        HW_CLEANUP(hw_out_done) struct hw_out out = {0};
        hw_put_raw(&out, golden_file, n);
        out.p[at] = out.p[at] == 'A' ? 'B' : 'A';
        if (read_text(hw_out_slice(&out), &arena, &back) != HW_CORRUPT)
            fail_msg("changed at byte %zu it was taken", at);
    }
    uint8_t *large = hw_arena_zero(&arena, HW_INVITATION_MAX + 1, 1);
    memset(large, ' ', HW_INVITATION_MAX + 1);
    memcpy(large, golden_file, n);
    assert_int_equal(read_text((struct hw_slice){large, HW_INVITATION_MAX}, &arena, &back), HW_OK);
    assert_int_equal(read_text((struct hw_slice){large, HW_INVITATION_MAX + 1}, &arena, &back), HW_CORRUPT);
}

static void no_noise_is_an_invitation(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        HW_CLEANUP(hw_out_done) struct hw_out out = {0};
        struct dice dice = dice_of(seed);
        struct hw_invitation back;
        uint8_t noise[100];
        dice_bytes(&dice, noise, sizeof noise);
        hw_put_raw(&out, golden_file, dice_one_in(&dice, 2) ? 32 : 0);
        hw_put_raw(&out, noise, dice_below(&dice, sizeof noise));
        if (read_text(hw_out_slice(&out), &arena, &back) == HW_OK)
            fail_msg("seed %llu", (unsigned long long)seed);
        hw_arena_reset(&arena);
    }
}

static void check_words(struct hw_invitation invitation, char words[HW_WORDS_MAX])
{
    assert_int_equal(hw_invitation_words(&invitation, words, NULL), HW_OK);
}

static void the_check_words_are_four_proquints_of_the_three_keys(void **state)
{
    (void)state;
    char words[HW_WORDS_MAX], others[HW_WORDS_MAX];
    struct hw_invitation invitation = fixed();
    check_words(invitation, words);
    assert_string_equal(words, "sohov laluj tovab bahal");
    for (size_t i = 0; i < 23; i++)
        assert_non_null(strchr(i % 6 == 5 ? " " : i % 2 == 0 ? "bdfghjklmnprstvz" : "aiou", words[i]));
    invitation.office = hw_slice_text("KGZ"); /* the same for every office: headquarters reads them from one card */
    invitation.secret[0] ^= 1;
    check_words(invitation, others);
    assert_string_equal(words, others);
    invitation.root[31] ^= 1;
    check_words(invitation, others);
    assert_string_not_equal(words, others);
    invitation.root[31] ^= 1;
    invitation.root_now[0] ^= 1;
    check_words(invitation, others);
    assert_string_not_equal(words, others);
    invitation.root_now[0] ^= 1;
    invitation.hub_key[0] ^= 1;
    check_words(invitation, others);
    assert_string_not_equal(words, others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invitation_has_its_golden_form),
        cmocka_unit_test(what_is_printed_is_read),
        cmocka_unit_test(line_ends_and_spaces_of_mail_programs_do_no_harm),
        cmocka_unit_test(an_invitation_cut_or_changed_is_refused),
        cmocka_unit_test(no_noise_is_an_invitation),
        cmocka_unit_test(the_check_words_are_four_proquints_of_the_three_keys),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("invitation", tests, NULL, NULL);
}
