/* segment.c: sealing and opening segments (floor 1, pure).
 *
 * wire = [incarnation, group, first, n, signature, size, packed]; size 0: `packed` is the body as it is
 * sealed = signature, size, packed to the end: what a wire says beyond its stream and numbers, when these are known
 * hash = BLAKE2b-256("headway segment 1", root, office, incarnation, group, first, n, previous hash, proofs):
 *        the CBOR array of these items; the events' proofs (event.c), one after the other, are one byte string
 * The previous hash is not sent: who verifies a segment holds the one before. */
#include "headway/segment.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum {
    PACK_LEVEL = 3,  /* the measured knee: 0.5 us per event, and higher levels gain a few percent */
    PACK_LEAST = 128, /* no body as small as that becomes smaller: a frame's heads and tables take 20 bytes */
    PACK_APART = 4096 /* from here on columns and texts have blocks, and so codes, of their own: 5 percent less */
};

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
    if (!hw_in_end(&in) || segment->n == 0 || segment->first == 0 || !hw_group_code_valid(segment->group))
        return hw_fail(err, HW_CORRUPT, "not a segment, or one over the limits of %d events and %d bytes",
                       HW_SEGMENT_EVENTS, HW_SEGMENT_MAX);
    return HW_OK;
}

/* The body in `arena`, unpacked or as it stands: the events must not depend on how it travelled, nor live with the message. */
static enum hw_status unpack(const struct hw_segment *head, struct hw_arena *arena, struct hw_slice *body, struct hw_err *err)
{
    if (head->size == 0) {
        *body = (struct hw_slice){hw_arena_copy(arena, head->packed.p, head->packed.n), head->packed.n};
        return HW_OK;
    }
    uint8_t *to = hw_arena_alloc(arena, head->size);
    size_t size = ZSTD_decompress(to, head->size, head->packed.p, head->packed.n);
    if (ZSTD_isError(size) || size != head->size)
        return hw_fail(err, HW_CORRUPT, "a segment does not unpack to the size it names");
    *body = (struct hw_slice){to, size};
    return HW_OK;
}

enum hw_status hw_segment_open(struct hw_slice wire, struct hw_arena *arena, struct hw_opened *opened,
                               struct hw_err *err)
{
    const struct hw_segment *head = &opened->head;
    struct hw_slice body;
    enum hw_status status = hw_segment_read(wire, &opened->head, err);
    if (!status)
        status = unpack(head, arena, &body, err);
    if (status)
        return status;
    return hw_body_decode(body, &head->inc, head->first, head->n, arena, opened->seed, &opened->events, err);
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

/* Bytes of the frame; 0: nothing is gained. The blocks end at the cuts, where the bytes begin to be of another kind. */
static size_t pack(uint8_t *to, size_t room, struct hw_slice body, const size_t cuts[HW_BODY_CUTS])
{
    if (body.n < PACK_LEAST)
        return 0;
    if (body.n < PACK_APART) {
        size_t size = ZSTD_compress(to, room, body.p, body.n, PACK_LEVEL);
        return ZSTD_isError(size) || size >= body.n ? 0 : size;
    }
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_inBuffer in = {body.p, 0, 0};
    ZSTD_outBuffer out = {to, room, 0};
    size_t left = context == NULL || ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, PACK_LEVEL));
    for (size_t i = 0; i < HW_BODY_CUTS && left == 0; i++) {
        in.size = cuts[i];
        left = ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush);
    }
    in.size = body.n;
    if (left == 0)
        left = ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
    ZSTD_freeCCtx(context);
    return left || out.pos >= body.n ? 0 : out.pos;
}

void hw_segment_wire(struct hw_out *out, const struct hw_segment *head)
{
    hw_put_array(out, 7);
    hw_put_bytes(out, head->inc.b, sizeof head->inc.b);
    hw_put_textn(out, head->group.p, head->group.n);
    hw_put_uint(out, head->first);
    hw_put_uint(out, head->n);
    hw_put_bytes(out, head->signature, sizeof head->signature);
    hw_put_uint(out, head->size);
    hw_put_bytes(out, head->packed.p, head->packed.n);
}

void hw_segment_put_sealed(struct hw_out *out, const struct hw_segment *head)
{
    hw_put_raw(out, head->signature, sizeof head->signature);
    hw_put_uint(out, head->size);
    hw_put_raw(out, head->packed.p, head->packed.n);
}

enum hw_status hw_segment_get_sealed(struct hw_slice sealed, struct hw_segment *head, struct hw_err *err)
{
    if (sealed.n <= sizeof head->signature)
        return hw_fail(err, HW_CORRUPT, "a segment that is cut short");
    memcpy(head->signature, sealed.p, sizeof head->signature);
    struct hw_in in = hw_in_of((struct hw_slice){sealed.p + sizeof head->signature, sealed.n - sizeof head->signature});
    head->size = (uint32_t)hw_get_uint_max(&in, HW_SEGMENT_MAX);
    head->packed = (struct hw_slice){in.p, (size_t)(in.end - in.p)};
    return in.bad ? hw_fail(err, HW_CORRUPT, "a segment of more than %d bytes", HW_SEGMENT_MAX) : HW_OK;
}

/* Packs the body and writes the wire form; false: the body is larger than a segment's may be. */
static bool put_wire(struct hw_out *out, const struct hw_opened *opened)
{
    struct hw_segment head = opened->head;
    struct hw_out body = {0};
    size_t cuts[HW_BODY_CUTS];
    hw_body_encode(&body, &head.inc, opened->seed, opened->events, head.n, cuts);
    bool fits = body.n <= HW_SEGMENT_MAX;
    if (fits) {
        size_t room = ZSTD_compressBound(body.n) + HW_BODY_CUTS * 8; /* a block more for each cut */
        uint8_t *packed = hw_alloc(room);
        size_t size = pack(packed, room, hw_out_slice(&body), cuts);
        head.size = size ? (uint32_t)body.n : 0;
        head.packed = size ? (struct hw_slice){packed, size} : hw_out_slice(&body);
        hw_segment_wire(out, &head);
        free(packed);
    }
    hw_out_done(&body);
    return fits;
}

enum hw_status hw_segment_pack(const struct hw_opened *opened, struct hw_out *out, struct hw_err *err)
{
    return put_wire(out, opened) ? HW_OK : hw_fail(err, HW_LIMIT, "a segment of more than %d bytes", HW_SEGMENT_MAX);
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
    bool fits = put_wire(out, &opened);
    assert(fits); /* the caller sees to that */
    (void)fits;
}
