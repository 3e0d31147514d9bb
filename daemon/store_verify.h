/* store_verify.h: whether everything held is still what it was: segments,
 * journals, drafts, and the rows made of them.  Floor 2. */
#ifndef DAEMON_STORE_VERIFY_H
#define DAEMON_STORE_VERIFY_H

#include "daemon/store.h"

/* One thing that is not as it should be: a group with a stream and number, a position of a journal, or a record; and
 * what is wrong with it and what to do. */
struct hw_fault {
    const char *where, *message;
};
/* A damaged disk may spoil every row: this many say enough. */
enum { HW_FAULTS_MAX = 1000 };

struct hw_verified {
    uint64_t segments, entries, events, records; /* looked at; events with the drafts */
    struct hw_fault *faults; /* at most HW_FAULTS_MAX; the job's arena */
    size_t faults_n;
    uint64_t faults_all; /* found, listed or not */
};

/* Re-hashes and re-verifies every segment and journal entry, decodes every draft, builds every record anew from its events
 * and compares it with its row, and checks that the counters, admissions and verdicts follow from the journals. Changes
 * nothing. The store must know who it is (hw_store_identify). In a job of its own: it reads groups and streams again from
 * the database. Damage is no failure: it is in `result`. Errors: IO, NO_SPACE. */
HW_MUST_USE enum hw_status hw_tx_verify(struct hw_tx *tx, struct hw_verified *result, struct hw_err *err);

#endif
