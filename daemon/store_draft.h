/* store_draft.h: this node's own events until they are sealed.  Floor 2, private to store*.c. */
#ifndef DAEMON_STORE_DRAFT_H
#define DAEMON_STORE_DRAFT_H

#include "daemon/store_internal.h"

/* Adds an event to the run of the job, and writes the run down. */
HW_MUST_USE enum hw_status hw_draft_put(struct hw_tx *tx, const struct hw_stream *stream,
                                        const struct hw_event *event, struct hw_err *err);
HW_MUST_USE enum hw_status hw_draft_flush(struct hw_tx *tx, struct hw_err *err);
void hw_draft_forget(struct hw_tx *tx); /* of a job that is undone, or done */
/* One draft of the stream; job's arena. NOT_FOUND. */
HW_MUST_USE enum hw_status hw_draft_read(struct hw_tx *tx, const struct hw_stream *stream, uint64_t seq,
                                         struct hw_event *event, struct hw_err *err);
/* The next runs that fit one segment: `events` has room for HW_SEGMENT_EVENTS. */
HW_MUST_USE enum hw_status hw_draft_collect(struct hw_tx *tx, const struct hw_stream *stream, size_t most, struct hw_event *events,
                                            size_t *n, size_t *bytes, struct hw_err *err);
/* Takes whole runs away. */
HW_MUST_USE enum hw_status hw_draft_drop(struct hw_tx *tx, const struct hw_stream *stream, uint64_t first, uint64_t last,
                                         struct hw_err *err);
/* At the start, and after what is undone: streams end where their drafts do, and the counters are the last draft's, where it is
 * newer than they. */
HW_MUST_USE enum hw_status hw_draft_load(struct hw_store *store, struct hw_err *err);

#endif
