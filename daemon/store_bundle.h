/* store_bundle.h: what goes into a bundle, and taking one: the same messages as
 * on the link, by stick or mail.  Floor 2.  All inside a job. */
#ifndef DAEMON_STORE_BUNDLE_H
#define DAEMON_STORE_BUNDLE_H

#include "daemon/store_sync.h"

struct hw_bundle {
    char office[HW_OFFICE_MAX + 1]; /* who made it */
    char to[HW_OFFICE_MAX + 1];     /* for whom it is sealed; "": whoever has the file can read it */
    uint8_t root[HW_ROOT_SIZE];
    struct hw_inc inc;              /* of who made it, with the key that signs the end */
    uint8_t sign_key[HW_SIGN_PUBLIC];
    int64_t made_ms;                /* Unix */
};

/* -- making -- */

/* Seals what this office has not sealed yet, so that a bundle can carry it. Nothing to do at headquarters. Errors: CONFIG (a
 * standalone office has no headquarters to seal for). */
HW_MUST_USE enum hw_status hw_tx_bundle_seal(struct hw_tx *tx, struct hw_err *err);

/* Lives of this office that the directory has and that have not ended, the latest first; arena. */
struct hw_own_life {
    struct hw_inc inc;
    uint8_t key[HW_SIGN_PUBLIC];
    unsigned number;
};
HW_MUST_USE enum hw_status hw_tx_lives_own(struct hw_tx *tx, struct hw_own_life **lives, size_t *n, struct hw_err *err);
/* Whether it has anything to seal. */
HW_MUST_USE enum hw_status hw_tx_bundle_due(struct hw_tx *tx, bool *due, struct hw_err *err);
/* This office goes on as `inc`, which seals the bundle: what is not sealed yet goes over to it; everything that the gate has not
 * admitted, when the directory does not know the present life (headquarters may never hear of it). */
HW_MUST_USE enum hw_status hw_tx_bundle_rebirth(struct hw_tx *tx, const struct hw_inc *inc, size_t *moved, struct hw_err *err);

struct hw_bundle_wish {
    const char *office; /* for whom; NULL: the hub that this office follows, at headquarters whoever may read all */
    bool all;           /* also what the other side is known to have */
};
struct hw_bundled {
    uint64_t entries, events; /* of journals; of segments that no journal has yet */
};
typedef enum hw_status hw_bundle_sink(void *self, struct hw_slice message, struct hw_err *err);
/* Gives the messages of a bundle one after the other, with memory for one; changes nothing. Errors: those of the sink. */
HW_MUST_USE enum hw_status hw_tx_bundle(struct hw_tx *tx, const struct hw_bundle_wish *wish, hw_bundle_sink *sink,
                                        void *self, struct hw_bundled *bundled, struct hw_err *err);
/* The CURVE key of an active office. NOT_FOUND. */
HW_MUST_USE enum hw_status hw_tx_bundle_key(struct hw_tx *tx, const char *office, uint8_t key[HW_CURVE_SIZE],
                                            struct hw_err *err);
/* How far an office said that it is: what a bundle for it need not hold. */
HW_MUST_USE enum hw_status hw_tx_bundle_cursors(struct hw_tx *tx, const char *office, const struct hw_hello *hello,
                                                struct hw_err *err);

/* -- taking -- */

struct hw_applied {
    uint64_t entries, events; /* new here */
    uint64_t known;           /* messages that held nothing new */
    uint64_t waiting;         /* messages that wait for an earlier bundle, all in all */
    uint64_t beyond;          /* at headquarters: entries that its own journals do not have */
    struct hw_out left;       /* reasons why something was left out, CBOR texts; the caller's to end */
    size_t left_n;
};
typedef enum hw_status hw_bundle_source(void *self, struct hw_slice *message, struct hw_err *err);
/* Takes a bundle whose file was checked, in one transaction: all of it, or an error and nothing. What its reader may not have is
 * left out; what something is missing for waits in the store and is tried again with the next bundle. Errors: DENIED (of another
 * headquarters, or made by no office of this one), SIGNATURE, FORK, CORRUPT, those of the source. */
HW_MUST_USE enum hw_status hw_tx_apply(struct hw_tx *tx, const struct hw_bundle *bundle, hw_bundle_source *source,
                                       void *self, struct hw_applied *applied, struct hw_err *err);
/* A part of a job that can be taken back by itself, with what the store remembers. */
HW_MUST_USE enum hw_status hw_tx_part_begin(struct hw_tx *tx, struct hw_err *err);
HW_MUST_USE enum hw_status hw_tx_part_undo(struct hw_tx *tx, struct hw_err *err); /* it goes on */
HW_MUST_USE enum hw_status hw_tx_part_end(struct hw_tx *tx, struct hw_err *err);

#endif
