/* store_against.h: what a bundle from elsewhere holds, against what is held
 * here.  Floor 2.  Inside a job that changes nothing. */
#ifndef DAEMON_STORE_AGAINST_H
#define DAEMON_STORE_AGAINST_H

#include "daemon/store_bundle.h"

#define HW_AGAINST_MAX 200 /* places listed of each kind: more are one trouble */

/* Places in words, at most HW_AGAINST_MAX of them: CBOR texts; of faults maps {where, message}. */
struct hw_places {
    struct hw_out list;
    size_t n;   /* listed */
    size_t all; /* found */
};
struct hw_against {
    bool known; /* the directory here knows who signed the file */
    uint64_t segments, entries, events, same; /* in the file; events that are the same here */
    struct hw_places faults;                  /* what differs or is forged, by event or entry */
    struct hw_places missing_here, missing_there;
};
/* The memory of `against` is the caller's to end with hw_against_done. Errors: DENIED (of another headquarters), those of the
 * source. */
HW_MUST_USE enum hw_status hw_tx_against(struct hw_tx *tx, const struct hw_bundle *bundle, hw_bundle_source *source,
                                         void *self, struct hw_against *against, struct hw_err *err);
void hw_against_done(struct hw_against *against);

#endif
