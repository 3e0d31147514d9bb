/* store_making.h: a snapshot of a group at one position of its journal, made in
 * small steps, one a job.  Floor 2, private to store*.c. */
#ifndef DAEMON_STORE_MAKING_H
#define DAEMON_STORE_MAKING_H

#include "daemon/store_internal.h"

/* Begins; what was being made before is given up. `position` is of the part of the journal that is held. */
HW_MUST_USE enum hw_status hw_making_begin(struct hw_tx *tx, const struct hw_group *group, uint64_t position,
                                           struct hw_err *err);
/* Whether one is being made; of which group and position. */
bool hw_making_is(const struct hw_store *store, int64_t *group, uint64_t *position);
/* One step. MADE: manifest and chunks are staged (hw_base_staging), signed by this node. NOTHING: there is none of this position. */
enum hw_made { HW_MAKING, HW_MADE, HW_MADE_NOTHING };
HW_MUST_USE enum hw_status hw_making_step(struct hw_tx *tx, enum hw_made *made, struct hw_err *err);

#endif
