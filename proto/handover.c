/* handover.c: see handover.h (floor 1, pure).
 *
 * hash = BLAKE2b-256 of the CBOR array ["headway root 1", first root key, from, to], signed by `from` and by `to` (Ed25519). */
#include "headway/handover.h"

#include <sodium.h>
#include <string.h>

void hw_root_public(const uint8_t secret[HW_SIGN_SECRET], uint8_t key[HW_SIGN_PUBLIC])
{
    memcpy(key, secret + HW_SIGN_SECRET - HW_SIGN_PUBLIC, HW_SIGN_PUBLIC); /* libsodium: the seed, then the public key */
}

static void hash_of(const struct hw_handover *handover, const uint8_t root[HW_ROOT_SIZE], uint8_t hash[HW_HASH_SIZE])
{
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    hw_put_array(&out, 4);
    hw_put_text(&out, "headway root 1");
    hw_put_bytes(&out, root, HW_ROOT_SIZE);
    hw_put_bytes(&out, handover->from, sizeof handover->from);
    hw_put_bytes(&out, handover->to, sizeof handover->to);
    crypto_generichash(hash, HW_HASH_SIZE, out.p, out.n, NULL, 0);
}

void hw_handover_sign(struct hw_handover *handover, const uint8_t root[HW_ROOT_SIZE], const uint8_t from[HW_SIGN_SECRET],
                      const uint8_t to[HW_SIGN_SECRET])
{
    uint8_t hash[HW_HASH_SIZE];
    hw_root_public(from, handover->from);
    hw_root_public(to, handover->to);
    hash_of(handover, root, hash);
    crypto_sign_detached(handover->signed_from, NULL, hash, sizeof hash, from);
    crypto_sign_detached(handover->signed_to, NULL, hash, sizeof hash, to);
}

bool hw_handover_holds(const struct hw_handover *handover, const uint8_t root[HW_ROOT_SIZE])
{
    uint8_t hash[HW_HASH_SIZE];
    hash_of(handover, root, hash);
    return memcmp(handover->from, handover->to, sizeof handover->from) != 0 &&
           crypto_sign_verify_detached(handover->signed_from, hash, sizeof hash, handover->from) == 0 &&
           crypto_sign_verify_detached(handover->signed_to, hash, sizeof hash, handover->to) == 0;
}

void hw_handover_pack(const struct hw_handover *handover, uint8_t bytes[HW_HANDOVER_SIZE])
{
    memcpy(bytes, handover->from, HW_SIGN_PUBLIC);
    memcpy(bytes + HW_SIGN_PUBLIC, handover->to, HW_SIGN_PUBLIC);
    memcpy(bytes + 2 * HW_SIGN_PUBLIC, handover->signed_from, HW_SIGNATURE_SIZE);
    memcpy(bytes + 2 * HW_SIGN_PUBLIC + HW_SIGNATURE_SIZE, handover->signed_to, HW_SIGNATURE_SIZE);
}

void hw_handover_unpack(const uint8_t bytes[HW_HANDOVER_SIZE], struct hw_handover *handover)
{
    memcpy(handover->from, bytes, HW_SIGN_PUBLIC);
    memcpy(handover->to, bytes + HW_SIGN_PUBLIC, HW_SIGN_PUBLIC);
    memcpy(handover->signed_from, bytes + 2 * HW_SIGN_PUBLIC, HW_SIGNATURE_SIZE);
    memcpy(handover->signed_to, bytes + 2 * HW_SIGN_PUBLIC + HW_SIGNATURE_SIZE, HW_SIGNATURE_SIZE);
}
