/* history.h: what a past operation wrote over.  Floor 3. */
#ifndef DAEMON_HISTORY_H
#define DAEMON_HISTORY_H

#include "daemon/store.h"

/* The value that the write showed before itself: of the writes that it names as seen, the one with the greatest stamp. An
 * empty slice when it saw none. `gone` says that the value was taken out of the log, or is older than what is held here. `of` names the record. Arena bytes. */
HW_MUST_USE enum hw_status hw_history_before(struct hw_tx *tx, const char *group, const struct hw_row *of,
                                             const struct hw_op *op, struct hw_slice *value, bool *gone,
                                             struct hw_err *err);
/* "KAZ.1:17", "17" (of this life) or the name of one of its events -> incarnation and number. Errors: USAGE, NOT_FOUND. */
HW_MUST_USE enum hw_status hw_history_change(struct hw_tx *tx, struct hw_slice typed, struct hw_inc *inc,
                                             uint64_t *change, struct hw_err *err);
/* "KAZ.1/gtg-eca:1204" -> the event. Errors: USAGE, NOT_FOUND. */
HW_MUST_USE enum hw_status hw_history_event(struct hw_tx *tx, struct hw_slice typed, struct hw_logged *event,
                                            struct hw_err *err);
/* "KAZ.1/gtg-eca:1204". Arena text. */
const char *hw_history_name(struct hw_tx *tx, struct hw_arena *arena, const struct hw_inc *inc, const char *group,
                            uint64_t seq);
/* "KAZ.1:17". Arena text. */
const char *hw_history_change_name(struct hw_tx *tx, struct hw_arena *arena, const struct hw_inc *inc,
                                   uint64_t change);

#endif
