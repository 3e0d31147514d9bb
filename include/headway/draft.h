/* draft.h: events that are not sealed yet, as bytes: a run of them is what one job wrote.  Floor 0.  They are this
 * node's alone, and never sent. */
#ifndef HEADWAY_DRAFT_H
#define HEADWAY_DRAFT_H

#include "headway/event.h"

/* Appends one event of incarnation `self`; `before` is the one before it in the same run, or NULL. */
void hw_draft_encode(struct hw_out *out, const struct hw_inc *self, const struct hw_event *event,
                     const struct hw_event *before);
/* Decodes a run of `n` events, the first of which is number `first`. Everything is allocated in `arena` or borrows from
 * `run`. Errors: CORRUPT. */
HW_MUST_USE enum hw_status hw_draft_decode(struct hw_slice run, const struct hw_inc *self, uint64_t first, size_t n,
                                           struct hw_arena *arena, struct hw_event **events, struct hw_err *err);
/* What an event takes in a segment's body at most, whatever else is in it. */
size_t hw_draft_bound(const struct hw_event *event);

#endif
