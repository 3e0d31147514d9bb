/* fuzz_events.h: comparing events, for the targets that decode them. */
#ifndef TESTS_FUZZ_EVENTS_H
#define TESTS_FUZZ_EVENTS_H

#include "fuzz.h"
#include "headway/event.h"

/* Everything that a decoded body may hold and no more. */
static inline void events_within_limits(const struct hw_event *events, size_t n, uint64_t first)
{
    for (size_t i = 0; i < n; i++) {
        const struct hw_event *event = &events[i];
        HOLDS(event->seq == first + i && event->seq <= INT64_MAX);
        HOLDS(event->stamp <= INT64_MAX && event->change <= INT64_MAX);
        HOLDS(event->author.n <= HW_AUTHOR_MAX && hw_utf8_valid(event->author));
        HOLDS(event->ops_n <= HW_OPS_MAX);
        for (size_t k = 0; k < event->ops_n; k++) {
            const struct hw_op *op = &event->ops[k];
            struct hw_in value = hw_in_of(op->value);
            HOLDS(op->seen_n <= HW_SEEN_MAX && op->value.n > 0 && op->value.n <= HW_EVENT_MAX);
            HOLDS(hw_slice_equal(hw_get_raw(&value), op->value) && hw_in_end(&value));
            for (size_t j = 0; j < op->seen_n; j++)
                HOLDS(op->seen[j].seq <= INT64_MAX && op->seen[j].op < HW_OPS_MAX);
        }
    }
}

static inline void ops_equal(const struct hw_op *a, const struct hw_op *b)
{
    HOLDS(a->code == b->code && a->field == b->field && a->seen_n == b->seen_n);
    HOLDS(hw_slice_equal(a->value, b->value));
    for (size_t i = 0; i < a->seen_n; i++)
        HOLDS(hw_name_compare(&a->seen[i], &b->seen[i]) == 0);
}

static inline void events_equal(const struct hw_event *a, const struct hw_event *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        HOLDS(a[i].seq == b[i].seq && a[i].kind == b[i].kind && hw_id_equal(&a[i].record, &b[i].record));
        HOLDS(a[i].stamp == b[i].stamp && a[i].change == b[i].change && hw_slice_equal(a[i].author, b[i].author));
        HOLDS(a[i].ops_n == b[i].ops_n && !a[i].redacted == !b[i].redacted);
        HOLDS(!a[i].redacted || memcmp(a[i].redacted, b[i].redacted, HW_HASH_SIZE) == 0);
        for (size_t k = 0; k < a[i].ops_n; k++)
            ops_equal(&a[i].ops[k], &b[i].ops[k]);
    }
}

#endif
