/* segment.h: a run of events of one stream, sealed: hashed, chained, signed,
 * packed.  What travels and what is stored, byte for byte.  Floor 0. */
#ifndef HEADWAY_SEGMENT_H
#define HEADWAY_SEGMENT_H

#include "headway/event.h"

#define HW_SIGNATURE_SIZE 64
#define HW_SIGN_PUBLIC 32
#define HW_SIGN_SECRET 64
#define HW_ROOT_SIZE 32 /* headquarters' root signing key: the id of the whole system */

/* What is bound into every hash beside the events, so that a segment cannot be
 * passed off as another office's or another system's. */
struct hw_binding {
    uint8_t root[HW_ROOT_SIZE];
    struct hw_slice office; /* code of the incarnation's office */
};

struct hw_segment {
    struct hw_inc inc;
    struct hw_slice group;
    uint64_t first; /* number of the first event */
    uint32_t n;     /* events */
    uint8_t signature[HW_SIGNATURE_SIZE];
    uint32_t size;  /* of the body, unpacked; 0: it was not packed */
    struct hw_slice packed; /* zstd frame, or the body */
};

/* Reads the outer form and checks its bounds; nothing is unpacked. Slices
 * borrow from `wire`. Errors: CORRUPT, LIMIT. */
HW_MUST_USE enum hw_status hw_segment_read(struct hw_slice wire, struct hw_segment *segment, struct hw_err *err);

/* Writes the wire form. */
void hw_segment_wire(struct hw_out *out, const struct hw_segment *head);
/* What the wire form says beyond incarnation, group and numbers, for a message whose reader knows these; reading it fills the
 * rest of `head`, which borrows. Errors: CORRUPT. */
void hw_segment_put_sealed(struct hw_out *out, const struct hw_segment *head);
HW_MUST_USE enum hw_status hw_segment_get_sealed(struct hw_slice sealed, struct hw_segment *head, struct hw_err *err);

/* A segment taken apart. */
struct hw_opened {
    struct hw_segment head;
    struct hw_event *events;
    uint8_t seed[HW_SEED_SIZE];
};
/* Unpacks (never beyond `size`, which is checked against HW_SEGMENT_MAX
 * first) and decodes into `arena`. Errors: CORRUPT, LIMIT. */
HW_MUST_USE enum hw_status hw_segment_open(struct hw_slice wire, struct hw_arena *arena, struct hw_opened *opened,
                                           struct hw_err *err);

/* BLAKE2b-256(domain, root, office, incarnation, group, first, n, previous
 * hash, proofs of the events). `previous` is the hash of the stream's segment before, zeros for the first. */
void hw_segment_hash(const struct hw_opened *opened, const struct hw_binding *binding,
                     const uint8_t previous[HW_HASH_SIZE], uint8_t hash[HW_HASH_SIZE]);

/* Verifies the signature over the hash. Errors: SIGNATURE. */
HW_MUST_USE enum hw_status hw_segment_verify(const struct hw_opened *opened, const uint8_t hash[HW_HASH_SIZE],
                                             const uint8_t key[HW_SIGN_PUBLIC], struct hw_err *err);

/* Writes the wire form of an opened segment again, with its signature: after events of it were redacted. Errors: LIMIT (it does
 * not fit the limit of a segment any more). */
HW_MUST_USE enum hw_status hw_segment_pack(const struct hw_opened *opened, struct hw_out *out, struct hw_err *err);

/* Seals events first .. first+n-1: appends the wire bytes to `out`, gives the
 * hash. `seed` must be random. The caller keeps n and the body within limits (hw_segment_fits). */
void hw_segment_seal(const struct hw_binding *binding, const struct hw_inc *inc, struct hw_slice group,
                     const struct hw_event *events, size_t n, const uint8_t previous[HW_HASH_SIZE],
                     const uint8_t seed[HW_SEED_SIZE], const uint8_t secret[HW_SIGN_SECRET], struct hw_out *out,
                     uint8_t hash[HW_HASH_SIZE]);

#endif
