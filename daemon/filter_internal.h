/* filter_internal.h: a parsed filter.  Floor 3, private to filter*.c. */
#ifndef DAEMON_FILTER_INTERNAL_H
#define DAEMON_FILTER_INTERNAL_H

#include "daemon/filter.h"
#include "headway/country.h"

enum {
    HW_FILTER_VALUES = 260, /* more than there are countries */
    HW_FILTER_STATUSES = 32, HW_FILTER_TYPES = 64, HW_FILTER_KINDS = 32, /* room beside today's vocabularies */
    HW_FILTER_REGIONS = 32,
    HW_FILTER_PLANS = 32
};
enum hw_archived { HW_ARCHIVED_UNSAID, HW_ARCHIVED_NOT, HW_ARCHIVED_ONLY, HW_ARCHIVED_TOO };

/* Alternatives; folded unless the values are codes. */
struct hw_filter_list {
    const char *text[HW_FILTER_VALUES];
    size_t n;
};

struct hw_filter {
    struct hw_tx *tx;
    struct hw_arena *arena;
    int32_t today;
    bool by_status, by_type, by_kind, by_region, overdue, open, conflict;
    bool statuses[HW_FILTER_STATUSES]; /* 0: none */
    bool types[HW_FILTER_KINDS][HW_FILTER_TYPES];
    bool kinds[HW_FILTER_KINDS];
    enum hw_archived archived;
    bool due_soon, due_set, before_set, after_set;
    int32_t soon_first, soon_last, due_first, due_last, before, after;
    const struct hw_region *regions[HW_FILTER_REGIONS];
    size_t regions_n;
    struct hw_id plans[HW_FILTER_PLANS];
    size_t plans_n;
    struct hw_filter_list countries, region_countries, groups, responsible, themes, offices, numbers;
    struct hw_filter_list words; /* all of them, not one */
};

/* Tests of columns: a dozen kinds of them, and free words beside. */
enum { HW_SIEVE_TESTS = 32 };
struct hw_sieve {
    struct hw_sieve_test tests[HW_SIEVE_TESTS];
    size_t n;
};
/* Days compare as they are written as long as their years have four digits. */
enum { HW_SIEVE_DAY_FIRST = -719528 /* 0000-01-01 */, HW_SIEVE_DAY_LAST = 2932896 /* 9999-12-31 */ };

/* filter_sieve.c: tests that every record passes which the filter lets through; false: none can be told. What they point to
 * lives as long as the filter. */
bool hw_filter_sieve(const struct hw_filter *filter, const struct hw_kind *kind, struct hw_sieve *sieve);

#endif
