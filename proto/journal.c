/* journal.c: the entries of the gate's journal (floor 1, pure).
 *
 * entry = [position, time, 1, incarnation, first, n, hash]                 ADMIT
 *       / [position, time, 2, incarnation, seq, verdict, code, stamp, text] VERDICT
 *       / [position, time, 3, from, to, signed by from, signed by to]    ROOT: handover.c
 * chain = BLAKE2b-256("headway journal 1", root, group, life, previous chain, entry): the CBOR array of these items
 * Each entry is signed: Ed25519 over its chain hash by the gate; the directory's by its root key, a ROOT by the new one. */
#include "headway/journal.h"

#include <sodium.h>

enum { ADMIT_PARTS = 7, VERDICT_PARTS = 9, ROOT_PARTS = 7 };

const char *hw_refusal_text(unsigned code)
{
    switch (code) {
    case HW_REFUSAL_UNREADABLE:
        return "unreadable";
    case HW_REFUSAL_RIGHTS:
        return "no right to write this";
    case HW_REFUSAL_LIMIT:
        return "over a limit";
    case HW_REFUSAL_SEEN:
        return "names writes of another record";
    default:
        return "refused";
    }
}

static void put_handover(struct hw_out *out, const struct hw_handover *handover)
{
    hw_put_bytes(out, handover->from, sizeof handover->from);
    hw_put_bytes(out, handover->to, sizeof handover->to);
    hw_put_bytes(out, handover->signed_from, sizeof handover->signed_from);
    hw_put_bytes(out, handover->signed_to, sizeof handover->signed_to);
}

static void get_handover(struct hw_in *in, struct hw_handover *handover)
{
    hw_get_fixed(in, handover->from, sizeof handover->from);
    hw_get_fixed(in, handover->to, sizeof handover->to);
    hw_get_fixed(in, handover->signed_from, sizeof handover->signed_from);
    hw_get_fixed(in, handover->signed_to, sizeof handover->signed_to);
}

void hw_entry_encode(struct hw_out *out, const struct hw_entry *entry)
{
    bool admit = entry->type == HW_ENTRY_ADMIT, root = entry->type == HW_ENTRY_ROOT;
    hw_put_array(out, admit ? ADMIT_PARTS : root ? ROOT_PARTS : VERDICT_PARTS);
    hw_put_uint(out, entry->position);
    hw_put_uint(out, entry->time_ms);
    hw_put_uint(out, entry->type);
    if (root) {
        put_handover(out, &entry->handover);
        return;
    }
    hw_put_bytes(out, entry->inc.b, sizeof entry->inc.b);
    hw_put_uint(out, entry->seq);
    if (admit) {
        hw_put_uint(out, entry->n);
        hw_put_bytes(out, entry->hash, sizeof entry->hash);
        return;
    }
    hw_put_uint(out, entry->verdict);
    hw_put_uint(out, entry->code);
    hw_put_uint(out, entry->stamp);
    hw_put_textn(out, entry->text.p, entry->text.n);
}

static void get_verdict(struct hw_in *in, struct hw_entry *entry)
{
    entry->verdict = (uint8_t)hw_get_uint_max(in, UINT8_MAX);
    entry->code = (uint16_t)hw_get_uint_max(in, UINT16_MAX);
    entry->stamp = hw_get_uint_max(in, INT64_MAX);
    entry->text = hw_get_text(in);
    if (entry->text.n > HW_VERDICT_TEXT_MAX)
        hw_in_spoil(in);
}

enum hw_status hw_entry_decode(struct hw_slice bytes, struct hw_entry *entry, struct hw_err *err)
{
    *entry = (struct hw_entry){0};
    struct hw_in in = hw_in_of(bytes);
    size_t parts = hw_get_array(&in);
    entry->position = hw_get_uint_max(&in, INT64_MAX);
    entry->time_ms = hw_get_uint_max(&in, INT64_MAX);
    entry->type = (uint8_t)hw_get_uint_max(&in, UINT8_MAX);
    bool root = entry->type == HW_ENTRY_ROOT;
    if (!root) {
        hw_get_fixed(&in, entry->inc.b, sizeof entry->inc.b);
        entry->seq = hw_get_uint_max(&in, INT64_MAX - HW_SEGMENT_EVENTS);
    }
    if (entry->type == HW_ENTRY_ADMIT && parts == ADMIT_PARTS) {
        entry->n = (uint32_t)hw_get_uint_max(&in, HW_SEGMENT_EVENTS);
        hw_get_fixed(&in, entry->hash, sizeof entry->hash);
        if (entry->n == 0)
            hw_in_spoil(&in);
    } else if (entry->type == HW_ENTRY_VERDICT && parts == VERDICT_PARTS) {
        get_verdict(&in, entry);
    } else if (root && parts == ROOT_PARTS) {
        get_handover(&in, &entry->handover);
    } else {
        hw_in_spoil(&in);
    }
    if (!hw_in_end(&in) || entry->position == 0 || (entry->seq == 0 && !root))
        return hw_fail(err, HW_CORRUPT, "a journal entry cannot be read");
    return HW_OK;
}

void hw_entry_chain(const uint8_t root[HW_ROOT_SIZE], struct hw_slice group, const struct hw_inc *life,
                    const uint8_t previous[HW_HASH_SIZE], struct hw_slice entry, uint8_t chain[HW_HASH_SIZE])
{
    struct hw_out out = {0};
    hw_put_array(&out, 6);
    hw_put_text(&out, "headway journal 1");
    hw_put_bytes(&out, root, HW_ROOT_SIZE);
    hw_put_textn(&out, group.p, group.n);
    hw_put_bytes(&out, life->b, sizeof life->b);
    hw_put_bytes(&out, previous, HW_HASH_SIZE);
    hw_put_raw(&out, entry.p, entry.n);
    crypto_generichash(chain, HW_HASH_SIZE, out.p, out.n, NULL, 0);
    hw_out_done(&out);
}

void hw_entry_sign(const uint8_t chain[HW_HASH_SIZE], const uint8_t secret[HW_SIGN_SECRET],
                   uint8_t signature[HW_SIGNATURE_SIZE])
{
    crypto_sign_detached(signature, NULL, chain, HW_HASH_SIZE, secret);
}

bool hw_entry_verify(const uint8_t chain[HW_HASH_SIZE], const uint8_t key[HW_SIGN_PUBLIC],
                     const uint8_t signature[HW_SIGNATURE_SIZE])
{
    return crypto_sign_verify_detached(signature, chain, HW_HASH_SIZE, key) == 0;
}
