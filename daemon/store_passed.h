/* store_passed.h: journals handed back by offices behind this node, kept until the gate has them.  Floor 2, private to
 * store*.c; what the node calls is in store_recovery.h. */
#ifndef DAEMON_STORE_PASSED_H
#define DAEMON_STORE_PASSED_H

#include "daemon/store_internal.h"

HW_MUST_USE enum hw_status hw_passed_load(struct hw_store *store, struct hw_err *err); /* whether there are any */
/* Keeps a message whose entries are verified, as it came. LIMIT: too much waits already. */
HW_MUST_USE enum hw_status hw_passed_keep(struct hw_tx *tx, const struct hw_group *group, const struct hw_journal_message *message,
                                          const struct hw_entry *entries, struct hw_err *err);
bool hw_passed_waits(struct hw_tx *tx, struct hw_slice group); /* something of its journal has not gone up yet */
void hw_passed_lanes(struct hw_tx *tx, struct hw_carry **lanes, size_t *n); /* with `back`; arena */

#endif
