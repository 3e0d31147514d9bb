/* filter.h: "country:KAZ status:overdue due.before:2016-12 words" parsed once
 * and held against records.  Floor 3. */
#ifndef DAEMON_FILTER_H
#define DAEMON_FILTER_H

#include "daemon/view.h"

struct hw_filter;

/* Errors: USAGE (unknown key, unreadable value), NOT_FOUND, AMBIGUOUS. Memory: the job's arena. */
HW_MUST_USE enum hw_status hw_filter_parse(struct hw_tx *tx, const struct hw_slice *words, size_t n,
                                           struct hw_filter **filter, struct hw_err *err);
/* Whether records of this kind are wanted; `fallback` when the filter names no kind. */
bool hw_filter_kind(const struct hw_filter *filter, uint16_t kind, bool fallback);
/* Archived records count too, unless the filter says something about them. */
void hw_filter_with_archived(struct hw_filter *filter);
bool hw_filter_test(const struct hw_filter *filter, const struct hw_view *view);

/* A time as typed: its first and last day. USAGE when it has none. "2016-Q4" is understood too. */
HW_MUST_USE enum hw_status hw_filter_time(struct hw_tx *tx, struct hw_slice text, int32_t *earliest, int32_t *latest,
                                          struct hw_err *err);
/* Whether a time value has a day in [first, last]; no bounds at all: false. */
bool hw_filter_touches(const struct hw_value *value, int32_t first, int32_t last);

/* Calls `each` for every record of the kind that passes; the view lives for that call only. `each` returns other than OK to
 * stop. */
typedef enum hw_status hw_each_view(void *self, const struct hw_view *view, struct hw_err *err);
HW_MUST_USE enum hw_status hw_filter_scan(struct hw_tx *tx, const struct hw_filter *filter, uint16_t kind,
                                          hw_each_view *each, void *self, struct hw_err *err);

#endif
