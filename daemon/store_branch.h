/* store_branch.h: what an earlier life of headquarters wrote under names that
 * something else has here.  Floor 2, private to store*.c. */
#ifndef DAEMON_STORE_BRANCH_H
#define DAEMON_STORE_BRANCH_H

#include "daemon/store_internal.h"

/* A segment that does not fit into its stream here. When an earlier life of this hub wrote it, its events are issued again under
 * the present life, and admitted; those that were issued again before are not. *tip: its last event; 0: it is not taken, since
 * another wrote it, or what goes before it in its branch is not known. Streams may move in memory. */
HW_MUST_USE enum hw_status hw_branch_take(struct hw_tx *tx, const char *office, struct hw_slice wire, uint64_t *tip,
                                          struct hw_err *err);
/* What event `name->seq` of `name->inc` is called here when that office speaks of it. Not *found: what it is called there. */
HW_MUST_USE enum hw_status hw_branch_name(struct hw_tx *tx, const char *office, int64_t group, struct hw_name *name, bool *found,
                                          struct hw_err *err);

#endif
