/* test_journal.c: the gate's entries: their form, chain and signature. */
#include "proof.h"

#include <sodium.h>

#include "headway/journal.h"

/* Computed apart from this code: Python's hashlib.blake2b and OpenSSL's Ed25519. */
static const char golden_admit[] =
    "87051b0000019f5eafb07b0148111213141516171807035820fa6f2bb58a8a79f36f3750a213fafe0d9363b073fee31b5081"
    "a47777833075c1";
static const char golden_verdict[] =
    "89061b0000019f5eafb07c0248111213141516171808010200766e6f20726967687420746f2077726974652074686973";
static const char golden_root[] =
    "87071b0000019f5eafb07d035820174553b456dddfc6908ecab1c101fe6ab21e2baa0617795b7d43a63482993fd55820cd14"
    "b37f956e953194ff7fb73b3d81dcc561d61a7538094b7c3e1a643ee5f3aa5840095a34162d16565ded18eb76b182505e04b7"
    "dd9d6fb20b3ecb215c97a8696bab4eacea05eb45e8b3fd0d59186db9e3e4be4eededb372cd13b90239222d37e50b58401159"
    "d4d1a0aaab4eb95a5b6c864f9e9e289670b9a8f96b2a598077b3694faedf2869102638cba50577d2e0973deab2ea4fbc6296"
    "3255a1cf3aa4d7d88f893409";
static const char golden_chains[2][2 * HW_HASH_SIZE + 1] = {
    "563956ae96990a81c9d9f3329d57dd8fb3bd0f114c66dc790630d944b5fb74a7",
    "108da2f5b34334550ee39f336c259ce550f9096d2e5733bd2eec284efbce59be"};
static const char golden_signature[] =
    "4e3609b26fdca30c59157104da5a3283e366563dacaae005ea7cfc979e228b15dbecdbc9842fed480107de685703c5e57fec"
    "0ae48abf1e0442db0a4774455a0a";
static const char segment_hash[] = "fa6f2bb58a8a79f36f3750a213fafe0d9363b073fee31b5081a47777833075c1";

static const uint8_t zeros[HW_HASH_SIZE];
static const struct hw_inc office_life = {{0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18}};
static const struct hw_inc gate_life = {{0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38}};

static struct hw_entry admit(void)
{
    struct hw_entry entry =
        {.position = 5, .time_ms = 1784000000123, .type = HW_ENTRY_ADMIT, .inc = office_life, .seq = 7, .n = 3};
    for (size_t i = 0; i < sizeof entry.hash; i++)
        sscanf(segment_hash + 2 * i, "%2hhx", &entry.hash[i]);
    return entry;
}

static struct hw_entry verdict(void)
{
    return (struct hw_entry){.position = 6,
                             .time_ms = 1784000000124,
                             .type = HW_ENTRY_VERDICT,
                             .inc = office_life,
                             .seq = 8,
                             .verdict = HW_VERDICT_REFUSED,
                             .code = HW_REFUSAL_RIGHTS,
                             .text = hw_slice_text(hw_refusal_text(HW_REFUSAL_RIGHTS))};
}

static void root_of(uint8_t root[HW_ROOT_SIZE])
{
    for (size_t i = 0; i < HW_ROOT_SIZE; i++)
        root[i] = (uint8_t)(0x40 + i);
}

/* From the key of seed 60 61 ... to that of 80 81 ... */
static struct hw_entry handover(void)
{
    struct hw_entry entry = {.position = 7, .time_ms = 1784000000125, .type = HW_ENTRY_ROOT};
    uint8_t seed[crypto_sign_SEEDBYTES], key[HW_SIGN_PUBLIC], from[HW_SIGN_SECRET], to[HW_SIGN_SECRET], root[HW_ROOT_SIZE];
    for (int which = 0; which < 2; which++) {
        for (size_t i = 0; i < sizeof seed; i++)
            seed[i] = (uint8_t)((which ? 0x80 : 0x60) + i);
        crypto_sign_seed_keypair(key, which ? to : from, seed);
    }
    root_of(root);
    hw_handover_sign(&entry.handover, root, from, to);
    return entry;
}

static enum hw_status decode(struct hw_slice bytes, struct hw_entry *entry)
{
    struct hw_err err;
    struct hw_slice copy = tight_copy(bytes);
    enum hw_status tight = hw_entry_decode(copy, entry, &err);
    free((void *)copy.p);
    enum hw_status status = hw_entry_decode(bytes, entry, &err);
    assert_int_equal(tight, status);
    return status;
}

static bool same_entry(const struct hw_entry *a, const struct hw_entry *b)
{
    return a->position == b->position && a->time_ms == b->time_ms && a->type == b->type &&
           hw_inc_compare(&a->inc, &b->inc) == 0 && a->seq == b->seq && a->n == b->n &&
           memcmp(a->hash, b->hash, sizeof a->hash) == 0 && a->verdict == b->verdict && a->code == b->code &&
           a->stamp == b->stamp && hw_slice_equal(a->text, b->text) &&
           memcmp(&a->handover, &b->handover, sizeof a->handover) == 0;
}

static void entries_have_their_golden_form(void **state)
{
    (void)state;
    struct hw_entry entries[] = {admit(), verdict(), handover()}, back;
    const char *const golden[] = {golden_admit, golden_verdict, golden_root};
    for (size_t i = 0; i < 3; i++) {
        HW_CLEANUP(hw_out_done) struct hw_out out = {0};
        hw_entry_encode(&out, &entries[i]);
        assert_hex(hw_out_slice(&out), golden[i]);
        assert_int_equal(decode(hw_out_slice(&out), &back), HW_OK);
        assert_true(same_entry(&entries[i], &back));
    }
}

static void what_is_encoded_is_decoded(void **state)
{
    (void)state;
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    char reason[500];
    memset(reason, 'r', sizeof reason);
    for (uint64_t seed = 1; seed <= 5000; seed++) {
        struct dice dice = dice_of(seed);
        struct hw_entry entry = {.position = 1 + (dice_number(&dice) >> 2),
                                 .time_ms = dice_number(&dice) >> 1,
                                 .type = dice_one_in(&dice, 2) ? HW_ENTRY_ADMIT : HW_ENTRY_VERDICT,
                                 .seq = 1 + (dice_number(&dice) >> 2)},
                        back;
        dice_bytes(&dice, entry.inc.b, sizeof entry.inc.b);
        if (entry.type == HW_ENTRY_ADMIT) {
            entry.n = 1 + (uint32_t)dice_below(&dice, HW_SEGMENT_EVENTS);
            dice_bytes(&dice, entry.hash, sizeof entry.hash);
        } else {
            entry.verdict = (uint8_t)dice_number(&dice);
            entry.code = (uint16_t)dice_number(&dice);
            entry.stamp = dice_number(&dice) >> 1;
            entry.text = (struct hw_slice){(const uint8_t *)reason, dice_below(&dice, sizeof reason + 1)};
        }
        hw_out_reset(&out);
        hw_entry_encode(&out, &entry);
        if (decode(hw_out_slice(&out), &back) != HW_OK || !same_entry(&entry, &back))
            fail_msg("seed %llu", (unsigned long long)seed);
    }
}

static void an_entry_cut_anywhere_or_over_a_limit_is_refused(void **state)
{
    (void)state;
    struct hw_entry bad[10], back;
    size_t n = sizeof bad / sizeof *bad;
    for (size_t i = 0; i < n; i++)
        bad[i] = i < 6 ? admit() : verdict();
    char reason[501];
    memset(reason, 'r', sizeof reason);
    bad[0].position = 0;
    bad[1].position = UINT64_MAX;
    bad[2].seq = 0;
    bad[3].n = 0;
    bad[4].n = HW_SEGMENT_EVENTS + 1;
    bad[5].seq = INT64_MAX;
    bad[6].seq = 0;
    bad[7].stamp = UINT64_MAX;
    bad[8].type = 4;
    bad[9].text = (struct hw_slice){(const uint8_t *)reason, sizeof reason};
    for (size_t i = 0; i < n; i++) {
        HW_CLEANUP(hw_out_done) struct hw_out out = {0};
        hw_entry_encode(&out, &bad[i]);
        if (decode(hw_out_slice(&out), &back) != HW_CORRUPT)
            fail_msg("row %zu was taken", i);
    }
    struct hw_entry good[] = {admit(), verdict(), handover()};
    for (size_t i = 0; i < 3; i++) {
        HW_CLEANUP(hw_out_done) struct hw_out out = {0};
        hw_entry_encode(&out, &good[i]);
        for (size_t cut = 0; cut < out.n; cut++)
            assert_int_equal(decode((struct hw_slice){out.p, cut}, &back), HW_CORRUPT);
        hw_put_null(&out);
        assert_int_equal(decode(hw_out_slice(&out), &back), HW_CORRUPT);
    }
}

static void no_mutation_leads_out_of_bounds(void **state)
{
    (void)state;
    const struct hw_entry sample = handover();
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        struct dice dice = dice_of(seed);
        struct hw_entry entry = dice_one_in(&dice, 2) ? admit() : dice_one_in(&dice, 2) ? verdict() : sample, back;
        HW_CLEANUP(hw_out_done) struct hw_out out = {0};
        hw_entry_encode(&out, &entry);
        for (size_t i = 1 + dice_below(&dice, 3); i > 0; i--)
            out.p[dice_below(&dice, out.n)] = (uint8_t)dice_roll(&dice);
        if (decode(hw_out_slice(&out), &back) == HW_OK && (back.position == 0 || (back.seq == 0) != (back.type == HW_ENTRY_ROOT) || back.text.n > 500))
            fail_msg("seed %llu", (unsigned long long)seed);
    }
}

static void the_chain_binds_system_group_life_and_what_went_before(void **state)
{
    (void)state;
    struct hw_entry first = admit(), second = verdict();
    HW_CLEANUP(hw_out_done) struct hw_out one = {0}, two = {0};
    uint8_t root[HW_ROOT_SIZE], chains[7][HW_HASH_SIZE];
    struct hw_slice group = hw_slice_text("gtg-eca");
    root_of(root);
    hw_entry_encode(&one, &first);
    hw_entry_encode(&two, &second);
    hw_entry_chain(root, group, &gate_life, zeros, hw_out_slice(&one), chains[0]);
    hw_entry_chain(root, group, &gate_life, chains[0], hw_out_slice(&two), chains[1]);
    assert_hex_n(chains[0], HW_HASH_SIZE, golden_chains[0]);
    assert_hex_n(chains[1], HW_HASH_SIZE, golden_chains[1]);
    hw_entry_chain(root, group, &gate_life, zeros, hw_out_slice(&two), chains[2]);
    hw_entry_chain(root, hw_slice_text("gtg-ecb"), &gate_life, chains[0], hw_out_slice(&two), chains[3]);
    hw_entry_chain(root, group, &office_life, chains[0], hw_out_slice(&two), chains[4]);
    two.p[two.n - 1] ^= 1;
    hw_entry_chain(root, group, &gate_life, chains[0], hw_out_slice(&two), chains[5]);
    two.p[two.n - 1] ^= 1;
    root[0] ^= 1;
    hw_entry_chain(root, group, &gate_life, chains[0], hw_out_slice(&two), chains[6]);
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(chains[i], chains[j], HW_HASH_SIZE);
}

static void the_gate_signs_the_chain(void **state)
{
    (void)state;
    uint8_t seed[crypto_sign_SEEDBYTES], key[HW_SIGN_PUBLIC], secret[HW_SIGN_SECRET], chain[HW_HASH_SIZE];
    uint8_t signature[HW_SIGNATURE_SIZE];
    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)(0x60 + i);
    for (size_t i = 0; i < sizeof chain; i++)
        sscanf(golden_chains[1] + 2 * i, "%2hhx", &chain[i]);
    crypto_sign_seed_keypair(key, secret, seed);
    hw_entry_sign(chain, secret, signature);
    assert_hex_n(signature, sizeof signature, golden_signature);
    assert_true(hw_entry_verify(chain, key, signature));
    chain[31] ^= 1;
    assert_false(hw_entry_verify(chain, key, signature));
    chain[31] ^= 1;
    signature[40] ^= 1;
    assert_false(hw_entry_verify(chain, key, signature));
    signature[40] ^= 1;
    key[3] ^= 1;
    assert_false(hw_entry_verify(chain, key, signature));
}

static void a_hand_over_binds_system_and_both_keys(void **state)
{
    (void)state;
    struct hw_handover good = handover().handover, again;
    uint8_t root[HW_ROOT_SIZE], bytes[HW_HANDOVER_SIZE];
    root_of(root);
    assert_true(hw_handover_holds(&good, root));
    hw_handover_pack(&good, bytes);
    for (size_t i = 0; i < sizeof bytes; i++) { /* whatever is changed in it */
        bytes[i] ^= 1;
        hw_handover_unpack(bytes, &again);
        assert_false(hw_handover_holds(&again, root));
        bytes[i] ^= 1;
    }
    hw_handover_unpack(bytes, &again);
    assert_true(hw_handover_holds(&again, root));
    root[0] ^= 1;
    assert_false(hw_handover_holds(&good, root));
    root[0] ^= 1;
    memcpy(again.signed_from, good.signed_to, sizeof again.signed_from); /* one who signs for both */
    memcpy(again.from, good.to, sizeof again.from);
    assert_false(hw_handover_holds(&again, root));
}

static void every_refusal_has_its_words(void **state)
{
    (void)state;
    assert_string_equal(hw_refusal_text(HW_REFUSAL_RIGHTS), "no right to write this");
    for (unsigned code = 0; code < 10; code++)
        assert_true(strlen(hw_refusal_text(code)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_have_their_golden_form),
        cmocka_unit_test(what_is_encoded_is_decoded),
        cmocka_unit_test(an_entry_cut_anywhere_or_over_a_limit_is_refused),
        cmocka_unit_test(no_mutation_leads_out_of_bounds),
        cmocka_unit_test(the_chain_binds_system_group_life_and_what_went_before),
        cmocka_unit_test(the_gate_signs_the_chain),
        cmocka_unit_test(a_hand_over_binds_system_and_both_keys),
        cmocka_unit_test(every_refusal_has_its_words),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
