/* store_verify_internal.h: what the files of `verify` share.  Floor 2, private
 * to store_verify*.c. */
#ifndef DAEMON_STORE_VERIFY_INTERNAL_H
#define DAEMON_STORE_VERIFY_INTERNAL_H

#include "daemon/store_internal.h"
#include "daemon/store_verify.h"

/* How far one stream was followed, in its segments and in its group's journal. */
struct hw_followed {
    const struct hw_stream *stream; /* the store's cache */
    const struct hw_group *group;
    uint64_t last;                /* event at the end of the segments (then of the drafts) */
    uint8_t hash[HW_HASH_SIZE];   /* of the segment looked at last */
    uint64_t admitted;            /* last event that the journal admits */
    bool key_known;
    uint8_t key[HW_SIGN_PUBLIC];  /* of the incarnation */
    char office[HW_OFFICE_MAX + 1];
};

/* A row of `verdict`: what counts for the events. */
struct hw_judged {
    int64_t id; /* hw_row_id(stream, seq) */
    uint8_t verdict;
    uint16_t code;
    uint64_t stamp;
};

struct hw_verify {
    struct hw_tx *tx;
    struct hw_verified *result;
    struct hw_arena scratch; /* for one segment, entry or record */
    struct hw_followed *streams; /* as the cache, sorted by id */
    size_t streams_n;
    struct hw_judged *judged; /* sorted by id */
    size_t judged_n;
    uint64_t based;      /* records that snapshots brought */
    uint64_t own_change; /* the greatest that this node's own events have */
};

/* store_verify.c */
void hw_verify_fault(struct hw_verify *verify, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "KAZ.1/gtg-eca:17"; scratch text. */
const char *hw_verify_event(struct hw_verify *verify, const struct hw_followed *followed, uint64_t seq);
/* The stream that a packed row id belongs to; NULL: none. */
struct hw_followed *hw_verify_stream(struct hw_verify *verify, int64_t id);
void *hw_verify_grow(struct hw_verify *verify, void *array, size_t n, size_t *cap, size_t size);

/* What counts of the verdicts on the event of this id; NULL: none. */
const struct hw_judged *hw_verify_judged(const struct hw_verify *verify, int64_t id);

/* store_verify_log.c: segments, drafts. */
HW_MUST_USE enum hw_status hw_verify_log(struct hw_verify *verify, struct hw_err *err);
/* store_verify_journal.c: journals, and what follows from them. */
HW_MUST_USE enum hw_status hw_verify_journals(struct hw_verify *verify, struct hw_err *err);
/* store_verify_base.c: snapshots that rows begin with. */
HW_MUST_USE enum hw_status hw_verify_bases(struct hw_verify *verify, struct hw_err *err);
/* Gives every record of them whose chunk can be read; what it gives lives in the scratch until the next one. */
typedef void hw_each_base(void *self, const struct hw_group *group, const struct hw_chunk_record *record);
HW_MUST_USE enum hw_status hw_verify_each_base(struct hw_verify *verify, hw_each_base *each, void *self, struct hw_err *err);
/* store_verify_rows.c: records. */
HW_MUST_USE enum hw_status hw_verify_rows(struct hw_verify *verify, struct hw_err *err);

#endif
