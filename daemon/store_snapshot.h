/* store_snapshot.h: snapshots made at the gate and taken at a new office.
 * Floor 2.  All inside a job. */
#ifndef DAEMON_STORE_SNAPSHOT_H
#define DAEMON_STORE_SNAPSHOT_H

#include "daemon/store_sync.h"

/* Fewer events than this come as they are: history is worth more than the second that is won. And a snapshot is only smaller
 * than the log where records have been changed a few times; whoever sets another number (hw_store_snapshots) has decided. */
enum { HW_SNAPSHOT_EVENTS = 2000, HW_SNAPSHOT_RATIO = 2 };
/* An office that holds a part already gives its history up for a snapshot: only where it lacks so many times that number. */
enum { HW_SNAPSHOT_FAR = 10 };

/* Gate: the snapshot of a group for a reader that holds its journal to `has`: the one kept from before while what has come since
 * is less than what it stands for, else one of what the last stored backup covers. `position` 0: there is none, and the
 * journal comes; or, with `again`, it is being made: ask again. */
struct hw_offer {
    uint64_t position, chunks;
    struct hw_slice manifest; /* arena */
    uint8_t signature[HW_SIGNATURE_SIZE];
    bool again;
};
HW_MUST_USE enum hw_status hw_tx_snapshot_offer(struct hw_tx *tx, const char *group, uint64_t has,
                                                struct hw_offer *offer, struct hw_err *err);
/* One chunk of the snapshot that is kept. NOT_FOUND: it is another one by now. */
HW_MUST_USE enum hw_status hw_tx_snapshot_chunk(struct hw_tx *tx, const char *group, uint64_t position, uint64_t index,
                                                struct hw_slice *chunk, struct hw_err *err);

/* Office: takes an offer or a chunk. With the last chunk the rows become the snapshot's, with what is held beyond it on
 * top. Errors: SIGNATURE, CORRUPT, GAP (a chunk is missing, or the directory does not know yet who signed), FORK. */
HW_MUST_USE enum hw_status hw_tx_snapshot_take(struct hw_tx *tx, const struct hw_snapshot_message *message,
                                               struct hw_err *err);

#endif
