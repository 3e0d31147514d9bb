/* store_handed.h: how far an office has handed back a journal. Floor 2, private to store*.c. */
#ifndef DAEMON_STORE_HANDED_H
#define DAEMON_STORE_HANDED_H

#include "daemon/store_internal.h"

/* The office claims this very journal: how far it was taken in earlier sessions, 0: not at all. Another one is noted anew. */
HW_MUST_USE enum hw_status hw_handed_ask(struct hw_tx *tx, const char *office, const struct hw_cursor *cursor, uint64_t *position,
                                         struct hw_err *err);
/* A message was taken, and its entries are verified. What does not follow what was taken before is not counted. */
HW_MUST_USE enum hw_status hw_handed_take(struct hw_tx *tx, const char *office, const struct hw_journal_message *message,
                                          struct hw_err *err);

#endif
