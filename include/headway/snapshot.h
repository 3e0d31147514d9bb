/* snapshot.h: the records of a group as they stand at one position of its
 * journal, for an office that is new.  Floor 0.  The format is specified in
 * docs/protocol.md and at the head of proto/snapshot.c. */
#ifndef HEADWAY_SNAPSHOT_H
#define HEADWAY_SNAPSHOT_H

#include "headway/journal.h"

#define HW_CHUNK_MAX (192 * 1024) /* a chunk, unpacked: even one that does not pack fits one message */
#define HW_CHUNKS_MAX 3000        /* 560 MiB of records; their hashes fit one message together with the streams */
#define HW_SNAPSHOT_STREAMS 1000  /* as many as other messages name */

/* How far a stream counts in the snapshot: its last event admitted, and the hash of the segment that ends with it. */
struct hw_snapshot_stream {
    struct hw_inc inc;
    uint64_t seq;
    uint8_t hash[HW_HASH_SIZE];
};

/* What the gate signs. */
struct hw_manifest {
    struct hw_slice group;
    struct hw_inc life;          /* of the gate: it signed this, and the journal at `position` */
    uint64_t position;           /* of the journal */
    uint8_t chain[HW_HASH_SIZE]; /* there */
    uint64_t time_ms;            /* when it was made */
    uint64_t records;            /* in all chunks */
    const struct hw_snapshot_stream *streams; /* sorted by incarnation */
    size_t streams_n;
    const uint8_t *chunks; /* HW_HASH_SIZE bytes of each */
    size_t chunks_n;
};

void hw_manifest_encode(struct hw_out *out, const struct hw_manifest *manifest);
/* Slices and hashes borrow from `bytes`, streams are the arena's. Errors: CORRUPT. */
HW_MUST_USE enum hw_status hw_manifest_decode(struct hw_slice bytes, struct hw_arena *arena,
                                              struct hw_manifest *manifest, struct hw_err *err);
/* What is signed: BLAKE2b-256(domain, root, manifest). */
void hw_manifest_hash(const uint8_t root[HW_ROOT_SIZE], struct hw_slice bytes, uint8_t hash[HW_HASH_SIZE]);

/* One record: its merged state as the typed table keeps it (merge.h). */
struct hw_chunk_record {
    uint16_t kind;
    struct hw_id id;
    struct hw_slice meta;
};

/* By kind, then id: the order of a snapshot. */
int hw_chunk_compare(const struct hw_chunk_record *a, const struct hw_chunk_record *b);
/* Adds a record to the items of a chunk; the caller keeps them within HW_CHUNK_MAX with 9 bytes to spare, and in order. */
void hw_chunk_item(struct hw_out *items, const struct hw_chunk_record *record);
/* Packs `n` items: the chunk as it travels and is stored. */
void hw_chunk_pack(struct hw_out *out, struct hw_slice items, size_t n);
void hw_chunk_hash(struct hw_slice chunk, uint8_t hash[HW_HASH_SIZE]);
/* Unpacks (never beyond the size it names, which is checked first). Errors: CORRUPT. */
HW_MUST_USE enum hw_status hw_chunk_open(struct hw_slice chunk, struct hw_arena *arena,
                                         struct hw_chunk_record **records, size_t *n, struct hw_err *err);

#endif
