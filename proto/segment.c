/* segment.c: sealing and opening segments (floor 1, pure).
 *
 * wire = [incarnation, group, first, n, signature, size, packed]
 * hash = BLAKE2b-256("headway segment 1", root, office, incarnation, group, first, n, previous hash, proofs):
 *        the CBOR array of these items; the events' proofs (event.c), one after the other, are one byte string
 * The previous hash is not sent: who verifies a segment holds the one before. */
#include "headway/segment.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { PACK_LEVEL = 3 }; /* the measured knee: 0.5 us per event, and higher levels gain a few percent */

enum hw_status hw_segment_read(struct hw_slice wire, struct hw_segment *segment, struct hw_err *err)
{
    struct hw_in in = hw_in_of(wire);
    if (hw_get_array(&in) != 7)
        hw_in_spoil(&in);
    hw_get_fixed(&in, segment->inc.b, sizeof segment->inc.b);
    segment->group = hw_get_text(&in);
    segment->first = hw_get_uint_max(&in, INT64_MAX - HW_SEGMENT_EVENTS);
    segment->n = (uint32_t)hw_get_uint_max(&in, HW_SEGMENT_EVENTS);
    hw_get_fixed(&in, segment->signature, sizeof segment->signature);
    segment->size = (uint32_t)hw_get_uint_max(&in, HW_SEGMENT_MAX);
    segment->packed = hw_get_bytes(&in);
    if (!hw_in_end(&in) || segment->n == 0 || segment->first == 0 || segment->size == 0 ||
        !hw_group_code_valid(segment->group))
        return hw_fail(err, HW_CORRUPT, "not a segment, or one over the limits of %d events and %d bytes",
                       HW_SEGMENT_EVENTS, HW_SEGMENT_MAX);
    return HW_OK;
}

enum hw_status hw_segment_open(struct hw_slice wire, struct hw_arena *arena, struct hw_opened *opened,
                               struct hw_err *err)
{
    enum hw_status status = hw_segment_read(wire, &opened->head, err);
    if (status)
        return status;
    const struct hw_segment *head = &opened->head;
    uint8_t *body = hw_arena_alloc(arena, head->size);
    size_t size = ZSTD_decompress(body, head->size, head->packed.p, head->packed.n);
    if (ZSTD_isError(size) || size != head->size)
        return hw_fail(err, HW_CORRUPT, "a segment does not unpack to the size it names");
    return hw_body_decode((struct hw_slice){body, size}, &head->inc, head->first, head->n, arena, opened->seed,
                          &opened->events, err);
}

void hw_segment_hash(const struct hw_opened *opened, const struct hw_binding *binding,
                     const uint8_t previous[HW_HASH_SIZE], uint8_t hash[HW_HASH_SIZE])
{
    const struct hw_segment *head = &opened->head;
    struct hw_out scratch = {0}, proofs = {0}, all = {0};
    hw_put_array(&all, 9);
    hw_put_text(&all, "headway segment 1");
    hw_put_bytes(&all, binding->root, HW_ROOT_SIZE);
    hw_put_textn(&all, binding->office.p, binding->office.n);
    hw_put_bytes(&all, head->inc.b, sizeof head->inc.b);
    hw_put_textn(&all, head->group.p, head->group.n);
    hw_put_uint(&all, head->first);
    hw_put_uint(&all, head->n);
    hw_put_bytes(&all, previous, HW_HASH_SIZE);
    for (size_t i = 0; i < head->n; i++)
        hw_event_put_proof(&opened->events[i], opened->seed, i, &scratch, &proofs);
    hw_put_bytes(&all, proofs.p, proofs.n);
    crypto_generichash(hash, HW_HASH_SIZE, all.p, all.n, NULL, 0);
    hw_out_done(&scratch);
    hw_out_done(&proofs);
    hw_out_done(&all);
}

enum hw_status hw_segment_verify(const struct hw_opened *opened, const uint8_t hash[HW_HASH_SIZE],
                                 const uint8_t key[HW_SIGN_PUBLIC], struct hw_err *err)
{
    const struct hw_segment *head = &opened->head;
    if (crypto_sign_verify_detached(head->signature, hash, HW_HASH_SIZE, key) == 0)
        return HW_OK;
    return hw_fail(err, HW_SIGNATURE, "the signature of segment %llu of group %.*s does not match",
                   (unsigned long long)head->first, (int)head->group.n, (const char *)head->group.p);
}

/* Packs `body` and writes the wire form. */
static void put_wire(struct hw_out *out, const struct hw_segment *head, struct hw_slice body)
{
    size_t bound = ZSTD_compressBound(body.n);
    uint8_t *packed = hw_alloc(bound);
    size_t size = ZSTD_compress(packed, bound, body.p, body.n, PACK_LEVEL);
    assert(!ZSTD_isError(size)); /* the output has room for the worst case */
    hw_put_array(out, 7);
    hw_put_bytes(out, head->inc.b, sizeof head->inc.b);
    hw_put_textn(out, head->group.p, head->group.n);
    hw_put_uint(out, head->first);
    hw_put_uint(out, head->n);
    hw_put_bytes(out, head->signature, sizeof head->signature);
    hw_put_uint(out, body.n);
    hw_put_bytes(out, packed, size);
    free(packed);
}

enum hw_status hw_segment_pack(const struct hw_opened *opened, struct hw_out *out, struct hw_err *err)
{
    const struct hw_segment *head = &opened->head;
    struct hw_out body = {0};
    hw_body_encode(&body, &head->inc, opened->seed, opened->events, head->n);
    bool fits = body.n <= HW_SEGMENT_MAX;
    if (fits)
        put_wire(out, head, hw_out_slice(&body));
    hw_out_done(&body);
    return fits ? HW_OK : hw_fail(err, HW_LIMIT, "a segment of more than %d bytes", HW_SEGMENT_MAX);
}

void hw_segment_seal(const struct hw_binding *binding, const struct hw_inc *inc, struct hw_slice group,
                     const struct hw_event *events, size_t n, const uint8_t previous[HW_HASH_SIZE],
                     const uint8_t seed[HW_SEED_SIZE], const uint8_t secret[HW_SIGN_SECRET], struct hw_out *out,
                     uint8_t hash[HW_HASH_SIZE])
{
    struct hw_opened opened = {
        .head = {.inc = *inc, .group = group, .first = events[0].seq, .n = (uint32_t)n},
        .events = (struct hw_event *)events}; /* only read */
    memcpy(opened.seed, seed, HW_SEED_SIZE);
    hw_segment_hash(&opened, binding, previous, hash);
    crypto_sign_detached(opened.head.signature, NULL, hash, HW_HASH_SIZE, secret);
    struct hw_out body = {0};
    hw_body_encode(&body, inc, seed, events, n);
    put_wire(out, &opened.head, hw_out_slice(&body));
    hw_out_done(&body);
}
