/* event.h: one change to one record, and the body of a segment that carries a
 * run of them.  Floor 0.  The format is specified in docs/protocol.md and at
 * the head of proto/body.c. */
#ifndef HEADWAY_EVENT_H
#define HEADWAY_EVENT_H

#include "headway/cbor.h"
#include "headway/id.h"

#define HW_EVENT_MAX (64 * 1024)     /* one event, encoded */
#define HW_SEGMENT_EVENTS 1024       /* events in a segment */
#define HW_SEGMENT_MAX (192 * 1024)  /* a segment's body, unpacked: with its head it fits one message */
#define HW_SEEN_MAX 64               /* names in one operation's seen list */
#define HW_OPS_MAX 256               /* operations in one event: the widest kind has 25 fields, sets add elements */
#define HW_AUTHOR_MAX 128            /* bytes of an author's name */
#define HW_SEED_SIZE 8
#define HW_BODY_CUTS 3
#define HW_HASH_SIZE 32

enum hw_op_code { HW_OP_SET = 1, HW_OP_ADD = 2, HW_OP_REMOVE = 3, HW_OP_COMMENT = 4 };

struct hw_op {
    uint8_t code;         /* enum hw_op_code, or one that a later version knows */
    uint16_t field;
    struct hw_slice value; /* canonical CBOR; REMOVE: null */
    const struct hw_name *seen; /* writes this one covers */
    size_t seen_n;
};

struct hw_event {
    uint64_t seq;      /* in its stream; implicit in a segment */
    uint16_t kind;
    struct hw_id record;
    uint64_t stamp;    /* hybrid logical clock, see stamp.h */
    struct hw_slice author;
    uint64_t change;   /* number of the command within the incarnation */
    const struct hw_op *ops;
    size_t ops_n;
    const uint8_t *redacted; /* the hash of the values that were taken out, HW_HASH_SIZE bytes, or NULL */
};

/* Encodes `n` events (1 to HW_SEGMENT_EVENTS) of incarnation `self` as a body:
 * deterministic bytes. Sequence numbers are not written: the events must be consecutive. `cuts` (NULL: not wanted): where bytes
 * of another kind begin, so that a packer can take them apart; behind what `out` had before. */
void hw_body_encode(struct hw_out *out, const struct hw_inc *self, const uint8_t seed[HW_SEED_SIZE],
                    const struct hw_event *events, size_t n, size_t cuts[HW_BODY_CUTS]);

/* Decodes a body whose first event is number `first` and that must hold
 * exactly `n` events. Everything is allocated in `arena` or borrows from
 * `body`. Errors: CORRUPT, LIMIT. */
HW_MUST_USE enum hw_status hw_body_decode(struct hw_slice body, const struct hw_inc *self, uint64_t first, size_t n,
                                          struct hw_arena *arena, uint8_t seed[HW_SEED_SIZE],
                                          struct hw_event **events, struct hw_err *err);

/* Appends what the hash of a segment takes of event `index`: its skeleton (kind, record, stamp, author, change, and of each
 * operation code, field and names seen) and the BLAKE2b-256 of seed, index and values. A redacted event keeps both. */
void hw_event_put_proof(const struct hw_event *event, const uint8_t seed[HW_SEED_SIZE], size_t index,
                        struct hw_out *scratch, struct hw_out *out);

/* Takes the values out, for ever: the event keeps its proof by the hash of what they were. The operations are new ones, in
 * `arena`. Nothing happens to one that has none any more. */
void hw_event_redact(struct hw_event *event, const uint8_t seed[HW_SEED_SIZE], size_t index, struct hw_arena *arena);

/* "KAZ.1/gtg-eca:1204". Arena string. */
char *hw_event_name(struct hw_arena *arena, const char *office, unsigned life, const char *group, uint64_t seq);

#endif
