/* report.h: a report while it is counted.  Floor 3, private to report*.c. */
#ifndef DAEMON_REPORT_H
#define DAEMON_REPORT_H

#include "daemon/directory.h"
#include "daemon/verb.h"

enum hw_report_by {
    HW_BY_REGION, HW_BY_COUNTRY, HW_BY_GROUP, HW_BY_PLAN, HW_BY_STATUS, HW_BY_OFFICE, HW_BY_RESPONSIBLE, HW_BY_THEME
};

/* One item in one row of the report. Texts: the job's arena. */
struct hw_report_entry {
    const char *key, *name, *group; /* group: of the plan */
    uint16_t status; /* none counts as not started */
    bool overdue, no_date, draft;
};
/* Sums of one row. */
struct hw_report_sum {
    int64_t total, status[HW_STATUS_CANCELLED + 1], overdue, no_date, draft;
};

struct hw_report_plan {
    struct hw_id id;
    const char *code, *title, *group;
    bool draft, superseded;
};
/* A region that headquarters drew itself. */
struct hw_report_region {
    const char *code, *name;
    const char **countries;
    size_t n;
};
struct hw_report_item; /* what the counting of deliverables needs of every item */

struct hw_report {
    struct hw_tx *tx;
    struct hw_arena *arena; /* the job's */
    enum hw_report_by by;
    int32_t today;
    bool period_set;
    int32_t period_first, period_last;
    struct hw_directory directory;
    struct hw_report_plan *plans;
    size_t plans_n;
    struct hw_report_region *regions;
    size_t regions_n;
    struct hw_out items; /* struct hw_report_item, by id */
    size_t items_n;
    struct hw_out entries; /* struct hw_report_entry */
    size_t entries_n;
    struct hw_report_sum total; /* every item once */
};

/* report_key.c: the rows that countries (or all else) of an item put it in; at most `max`, each once. */
struct hw_report_key {
    const char *key, *name;
};
size_t hw_report_keys(const struct hw_report *report, const struct hw_view *view, const struct hw_report_plan *plan,
                      struct hw_report_key *keys, size_t max);
/* Whether the figures of a row come from this office. */
bool hw_report_from(const struct hw_report *report, const struct hw_report_entry *entry,
                    const struct hw_office *office);

/* report_put.c */
void hw_report_add(struct hw_report_sum *sum, const struct hw_report_entry *entry);
void hw_report_put(struct hw_report *report, const struct hw_request *request, struct hw_out *out);

#endif
