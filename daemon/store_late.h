/* store_late.h: what an earlier life of this gate decided, taken over into the
 * journal of the present one.  Floor 2, private to store*.c. */
#ifndef DAEMON_STORE_LATE_H
#define DAEMON_STORE_LATE_H

#include "daemon/store_internal.h"

/* `entries` are the items of the message, decoded, with chain and signature verified. `note`: what could not be taken, in
 * words for the log. */
HW_MUST_USE enum hw_status hw_late_take(struct hw_tx *tx, const char *office, struct hw_group *group,
                                        const struct hw_journal_message *message, const struct hw_entry *entries,
                                        const char **note, struct hw_err *err);

#endif
