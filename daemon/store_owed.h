/* store_owed.h: rows that are written later than the changes that they show.  Floor 2, private to store*.c. */
#ifndef DAEMON_STORE_OWED_H
#define DAEMON_STORE_OWED_H

#include "daemon/store_internal.h"

enum { HW_KEEP_MAX = 2 * 1024 * 1024 }; /* memory of jobs whose records are kept: some thousand events */
bool hw_owed(const struct hw_store *store); /* whether rows are */
/* At the end of a job: whether its rows can be owed; then they are. */
bool hw_owed_leave(struct hw_tx *tx);
void hw_owed_paid(struct hw_tx *tx); /* all rows are written */
/* Records that have no row yet, among those owed: so many of the kind; and those with ids in the range, behind the `n` found. */
size_t hw_owed_count(const struct hw_tx *tx, uint16_t kind);
size_t hw_owed_find(const struct hw_tx *tx, const struct hw_id *low, const struct hw_id *high, struct hw_found *found, size_t n,
                    size_t max);
/* Writes them where others than `hw_tx_record` are about to read rows. */
HW_MUST_USE enum hw_status hw_owed_show(struct hw_tx *tx, struct hw_err *err);
/* Writes them before a job that must find them. */
HW_MUST_USE enum hw_status hw_owed_settle(struct hw_tx *tx, struct hw_err *err);

#endif
