/* report.h: a report while it is counted.  Floor 3, private to report*.c. */
#ifndef DAEMON_REPORT_H
#define DAEMON_REPORT_H

#include "daemon/directory.h"
#include "daemon/verb.h"

enum hw_report_by {
    HW_BY_REGION, HW_BY_COUNTRY, HW_BY_GROUP, HW_BY_PLAN, HW_BY_STATUS, HW_BY_OFFICE, HW_BY_RESPONSIBLE, HW_BY_THEME
};

/* What counts of one item. */
struct hw_report_count {
    uint16_t status; /* none counts as not started */
    bool overdue, no_date, draft;
};
/* Sums of one row. */
struct hw_report_sum {
    int64_t total, status[HW_STATUS_CANCELLED + 1], overdue, no_date, draft;
};
/* A row, or a part of one: the items with one text in the column that decides (report_key.c). Texts: the job's arena. */
struct hw_report_entry {
    const char *key, *name, *group; /* group: of the plan */
    struct hw_report_sum sum;
};

struct hw_report_plan {
    char id[HW_ID_TEXT + 1];
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
struct hw_report_memo; /* what was said before of the same text */

/* Fields of an item, by what they mean here. */
struct hw_report_fields {
    uint16_t plan, parent, type, status, deadline, archived, key; /* key: 0 when no field decides the row */
};

struct hw_report {
    struct hw_tx *tx;
    struct hw_arena *arena; /* the job's */
    enum hw_report_by by;
    int32_t today;
    bool period_set;
    int32_t period_first, period_last;
    struct hw_report_fields fields;
    struct hw_directory directory;
    struct hw_report_plan *plans; /* by id */
    size_t plans_n;
    const struct hw_report_plan *plan; /* of the last item: the next is most often of the same */
    struct hw_report_region *regions;
    size_t regions_n;
    struct hw_out items; /* struct hw_report_item, by id: loaded when the first deliverable with a parent is met */
    size_t items_n;
    bool items_known;
    struct hw_out entries; /* struct hw_report_entry */
    size_t entries_n;
    struct hw_report_memo **memos; /* by hash of the text */
    size_t memos_n, memos_room;
    struct hw_report_sum total; /* every item once */
};

/* report_key.c: adds the item on which the scan stands to the rows that its countries (or all else) put it in. */
void hw_report_enter(struct hw_report *report, struct hw_scan *scan, const struct hw_report_plan *plan,
                     const struct hw_report_count *count);
/* Whether the figures of a row come from this office. */
bool hw_report_from(const struct hw_report *report, const struct hw_report_entry *entry,
                    const struct hw_office *office);

/* report_put.c */
void hw_report_add(struct hw_report_sum *sum, const struct hw_report_count *count);
void hw_report_put(struct hw_report *report, const struct hw_request *request, struct hw_out *out);

#endif
