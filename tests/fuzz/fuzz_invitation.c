/* Invitations. Input: a byte that says how it is meant, then a file, or the CBOR inside one, to which the check is added
 * here: no fuzzer guesses a hash. */
#include <sodium.h>

#include "fuzz.h"
#include "headway/invitation.h"

static struct hw_slice wrap(struct hw_slice body, struct hw_out *bytes, struct hw_out *text)
{
    uint8_t hash[HW_HASH_SIZE];
    char line[HW_INVITATION_MAX * 2];
    if (body.n > HW_INVITATION_MAX)
        body.n = HW_INVITATION_MAX;
    crypto_generichash(hash, sizeof hash, body.p, body.n, NULL, 0);
    hw_put_raw(bytes, body.p, body.n);
    hw_put_raw(bytes, hash, 4);
    sodium_bin2base64(line, sizeof line, bytes->p, bytes->n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    hw_put_raw(text, "headway invitation 1\noffice KAZ\n", 32);
    hw_put_raw(text, line, strlen(line));
    return hw_out_slice(text);
}

FUZZ_TARGET(invitation)
{
    struct hw_slice input = {data, size};
    HW_CLEANUP(hw_out_done) struct hw_out bytes = {0};
    HW_CLEANUP(hw_out_done) struct hw_out text = {0};
    HW_CLEANUP(hw_out_done) struct hw_out printed = {0};
    struct hw_invitation one = {0}, again = {0};
    struct hw_err err = {0};
    struct hw_arena arena;
    hw_arena_init(&arena);
    if (fuzz_byte(&input) & 1)
        input = wrap(input, &bytes, &text);
    enum hw_status status = hw_invitation_read(input, &arena, &one, &err);
    HOLDS(status == HW_OK || (status == HW_CORRUPT && *err.text));
    if (status == HW_OK) {
        HOLDS(hw_office_code_valid(one.office) && one.expires_ms <= INT64_MAX && hw_utf8_valid(one.address));
        hw_invitation_print(&printed, &one);
        HOLDS(printed.n <= HW_INVITATION_MAX + 64); /* what was read had no more than that */
        HOLDS(hw_invitation_read(hw_out_slice(&printed), &arena, &again, NULL) == HW_OK);
        HOLDS(hw_slice_equal(one.office, again.office) && hw_slice_equal(one.address, again.address));
        HOLDS(memcmp(one.root, again.root, sizeof one.root) == 0);
        HOLDS(memcmp(one.root_now, again.root_now, sizeof one.root_now) == 0);
        HOLDS(memcmp(one.hub_key, again.hub_key, sizeof one.hub_key) == 0);
        HOLDS(memcmp(one.secret, again.secret, sizeof one.secret) == 0 && one.expires_ms == again.expires_ms);
    }
    hw_arena_done(&arena);
    return 0;
}
