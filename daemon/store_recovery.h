/* store_recovery.h: a hub that was restored takes back what the offices hold,
 * before it decides anything again.  Floor 2.  All inside a job. */
#ifndef DAEMON_STORE_RECOVERY_H
#define DAEMON_STORE_RECOVERY_H

#include "daemon/store_sync.h"

/* An office may be off for weeks, and nothing new is admitted meanwhile: after a working day and a night everybody who is
 * on line was heard. Who comes later is taken back from later. */
#define HW_RECOVERY_MS (INT64_C(24) * 3600 * 1000)

bool hw_tx_recovering(const struct hw_tx *tx);
/* Milliseconds until recovery ends by itself; 0 when it is time, or when there is none. */
uint64_t hw_tx_recovery_left(struct hw_tx *tx);

/* Begins it, under the incarnation `identity` that the caller has just drawn: tokens are forgotten, and what stands in
 * the streams of the one before and is not admitted goes over to it. `backup_ms`: of the backup; 0 when the database was put back
 * without a word. */
HW_MUST_USE enum hw_status hw_tx_recovery_begin(struct hw_tx *tx, const struct hw_identity *identity,
                                                int64_t backup_ms, size_t *moved, struct hw_err *err);
/* An office has nothing more to hand back. */
HW_MUST_USE enum hw_status hw_tx_recovery_heard(struct hw_tx *tx, const char *office, struct hw_err *err);
/* Ends it when every active office was heard. */
HW_MUST_USE enum hw_status hw_tx_recovery_check(struct hw_tx *tx, struct hw_err *err);
/* Ends it: the journals go on under the new life, what waits is judged. */
HW_MUST_USE enum hw_status hw_tx_recovery_end(struct hw_tx *tx, struct hw_err *err);

struct hw_recovery {
    int64_t backup_ms, since_ms;
    const char **heard, **waiting; /* codes of offices */
    size_t heard_n, waiting_n;
    bool rootless; /* what came back is signed by a root key that this home does not have */
    const char *text; /* one sentence for people */
};
/* NOT_FOUND: there is none. Arena. */
HW_MUST_USE enum hw_status hw_tx_recovery_look(struct hw_tx *tx, struct hw_recovery *recovery, struct hw_err *err);

/* Hub: groups of the office's cursors that it is to hand back go into `welcome` with RETURN; its status says why. Nothing to
 * hand back: untouched, unless this hub recovers. */
HW_MUST_USE enum hw_status hw_tx_return_ask(struct hw_tx *tx, const char *office, const struct hw_hello *hello,
                                            struct hw_welcome *welcome, struct hw_err *err);
/* Hub: what an office hands back. */
struct hw_returned {
    uint64_t last;     /* last position in the message */
    const char *note;  /* for the log: what could not be taken; "" */
    bool rolled_back;  /* it holds entries of this hub's own life that are not here: this hub was put back itself */
    uint64_t common;   /* ... and is the same up to here */
    bool waits;        /* a relay: what has come of this journal is on its way to the gate */
    bool held;         /* the last entry stands in its place here, and with it all of them */
};
HW_MUST_USE enum hw_status hw_tx_return_take(struct hw_tx *tx, const char *office,
                                             const struct hw_journal_message *message, struct hw_returned *returned,
                                             struct hw_err *err);
/* A relay: the first message of a lane with `back` (hw_tx_carried), for the session with its hub; `out` stays empty when there is
 * none. DENIED: this office has no grant in the group now. */
HW_MUST_USE enum hw_status hw_tx_passed_read(struct hw_tx *tx, const char *group, const struct hw_inc *life, uint64_t session,
                                             struct hw_out *out, uint64_t *last, struct hw_err *err);
/* The hub has it. */
HW_MUST_USE enum hw_status hw_tx_passed_drop(struct hw_tx *tx, const char *group, const struct hw_inc *life, uint64_t last,
                                             struct hw_err *err);

/* Office: from where on it hands back: sets `resume` to 0 where the hub's chain is another than the one here. With `hand`, never
 * below what is held: what a snapshot stands for cannot be handed back; nor what was handed back before. */
HW_MUST_USE enum hw_status hw_tx_return_from(struct hw_tx *tx, struct hw_welcome *welcome, bool hand, struct hw_err *err);

/* Drops the journal of a group behind `position`, with what only that admitted: rows are as if it had never come. Segments of
 * other offices stay, unadmitted. At an office, those of headquarters go: they come again. */
HW_MUST_USE enum hw_status hw_tx_rebase(struct hw_tx *tx, const char *group, uint64_t position, struct hw_err *err);

#endif
