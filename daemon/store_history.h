/* store_history.h: old history, read for an office that does not hold it, and looked at there without being kept.  Floor 2.  All
 * inside a job. */
#ifndef DAEMON_STORE_HISTORY_H
#define DAEMON_STORE_HISTORY_H

#include "daemon/store.h"
#include "headway/message.h"

/* What stands on a page, encoded. */
struct hw_history_sheet {
    struct hw_out items, named;
    size_t items_n, named_n;
    uint64_t next; /* where the next page begins; 0: that is all */
};
void hw_history_sheet_done(struct hw_history_sheet *sheet);
/* Hub: what `ask` asks for, in about `max` bytes (at least one item, where there is one). */
HW_MUST_USE enum hw_status hw_tx_history_page(struct hw_tx *tx, const struct hw_history_message *ask, size_t max,
                                              struct hw_history_sheet *sheet, struct hw_err *err);

/* Office: the events of a page, newest entry first, and in it the last event first; job's arena. Their segments are verified, and
 * lent to the job: until it ends, hw_tx_event and hw_tx_signed know them. Nothing of them is kept. Errors: CORRUPT. */
HW_MUST_USE enum hw_status hw_tx_history_lend(struct hw_tx *tx, const struct hw_history_message *page,
                                              struct hw_logged **events, size_t *n, struct hw_err *err);

/* A group that has history older than what is held here. */
struct hw_older {
    const char *group;  /* arena */
    uint64_t position;  /* of the last entry that is not held */
    int64_t before_ms;  /* when that came to headquarters */
};
/* All of them; with a record only its own group, when the record is from before. Arena array. */
HW_MUST_USE enum hw_status hw_tx_history_older(struct hw_tx *tx, const struct hw_record *record, struct hw_older **older,
                                               size_t *n, struct hw_err *err);

#endif
