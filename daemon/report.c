/* report.c: the verb report: what is counted (floor 3, noun: report).
 * Items of type activity, milestone, target, next step and recommendation,
 * and deliverables without a counted parent; not archived; not in superseded
 * plans. A row with several countries counts in each and once in the total. */
#include "daemon/report.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/filter.h"
#include "daemon/verb_internal.h"

enum {
    KEYS_MAX = 256,  /* rows that one item can be in: all countries */
    DEPTH_MAX = 16   /* a plan's tree; a loop of parents ends here */
};

struct hw_report_item {
    struct hw_id id, parent;
    uint16_t type;
    bool has_parent, archived;
};

/* ---- what is known before counting ---- */

static enum hw_status load_plans(struct hw_report *report, struct hw_err *err)
{
    struct hw_scan *scan;
    size_t room = (size_t)hw_tx_count(report->tx, HW_KIND_PLAN);
    report->plans = hw_arena_zero(report->arena, room + 1, sizeof *report->plans);
    enum hw_status status = hw_scan_open(report->tx, HW_KIND_PLAN, HW_SCAN_ALL, 0, NULL, &scan, err);
    while (status == HW_OK && report->plans_n < room && hw_scan_next(scan)) {
        struct hw_row row;
        struct hw_view view;
        struct hw_report_plan *plan = &report->plans[report->plans_n++];
        status = hw_view_scan(report->tx, report->arena, scan, HW_KIND_PLAN, &row, &view, err);
        if (status != HW_OK)
            break;
        const char *code = hw_view_text(&view, "code"), *state = hw_view_text(&view, "state");
        plan->id = row.id;
        plan->code = *code ? code : hw_view_id(&view);
        plan->title = hw_view_title(&view);
        plan->group = hw_arena_text(report->arena, view.group, strlen(view.group));
        plan->draft = strcmp(state, "draft") == 0 || hw_view_word(&view, "state") == 1;
        plan->superseded = hw_view_word(&view, "state") == 3 || hw_view_archived(&view);
    }
    hw_scan_close(scan);
    return status;
}

static enum hw_status load_regions(struct hw_report *report, struct hw_err *err)
{
    struct hw_scan *scan;
    size_t room = (size_t)hw_tx_count(report->tx, HW_KIND_REGION);
    report->regions = hw_arena_zero(report->arena, room + 1, sizeof *report->regions);
    enum hw_status status = hw_scan_open(report->tx, HW_KIND_REGION, HW_SCAN_GROUP, 0, "directory", &scan, err);
    while (status == HW_OK && report->regions_n < room && hw_scan_next(scan)) {
        struct hw_row row;
        struct hw_view view;
        if (hw_scan_archived(scan))
            continue;
        status = hw_view_scan(report->tx, report->arena, scan, HW_KIND_REGION, &row, &view, err);
        if (status != HW_OK)
            break;
        struct hw_report_region *region = &report->regions[report->regions_n++];
        const char *code = hw_view_text(&view, "code");
        region->name = hw_view_title(&view);
        region->code = *code ? code : region->name;
        region->countries = hw_view_elements(&view, "countries", &region->n);
    }
    hw_scan_close(scan);
    return status;
}

static enum hw_status load_items(struct hw_report *report, struct hw_err *err)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_ITEM);
    uint16_t type = hw_field_named(kind, "type")->id, parent = hw_field_named(kind, "parent")->id;
    struct hw_scan *scan;
    enum hw_status status = hw_scan_open(report->tx, HW_KIND_ITEM, HW_SCAN_ALL, 0, NULL, &scan, err);
    while (status == HW_OK && hw_scan_next(scan)) {
        int64_t word = hw_scan_number(scan, type);
        struct hw_report_item item = {.type = (uint16_t)(word > 0 ? word : 0), .archived = hw_scan_archived(scan)};
        if (!hw_id_parse(hw_slice_text(hw_scan_id(scan)), &item.id))
            continue;
        item.has_parent = hw_id_parse(hw_slice_text(hw_scan_text(scan, parent)), &item.parent);
        hw_put_raw(&report->items, &item, sizeof item);
        report->items_n++;
    }
    hw_scan_close(scan);
    return status;
}

/* ---- counting ---- */

static int by_id(const void *a, const void *b)
{
    return hw_id_compare(&((const struct hw_report_item *)a)->id, &((const struct hw_report_item *)b)->id);
}

static bool counted(const struct hw_report *report, const struct hw_id *id, int depth)
{
    struct hw_report_item key = {.id = *id};
    const struct hw_report_item *item =
        report->items_n ? bsearch(&key, report->items.p, report->items_n, sizeof key, by_id) : NULL;
    if (!item || item->archived || depth == DEPTH_MAX)
        return false;
    switch (item->type) {
    case HW_ITEM_ACTIVITY:
    case HW_ITEM_MILESTONE:
    case HW_ITEM_TARGET:
    case HW_ITEM_NEXT_STEP:
    case HW_ITEM_RECOMMENDATION:
        return true;
    case HW_ITEM_DELIVERABLE:
        return !item->has_parent || !counted(report, &item->parent, depth + 1);
    default:
        return false;
    }
}

static const struct hw_report_plan *plan_of(const struct hw_report *report, const struct hw_view *view)
{
    struct hw_id id;
    if (!hw_view_ref(view, "plan", &id))
        return NULL;
    for (size_t i = 0; i < report->plans_n; i++)
        if (hw_id_equal(&report->plans[i].id, &id))
            return &report->plans[i];
    return NULL;
}

static enum hw_status count_item(void *self, const struct hw_view *view, struct hw_err *err)
{
    struct hw_report *report = self;
    const struct hw_report_plan *plan = plan_of(report, view);
    struct hw_report_key keys[KEYS_MAX];
    struct hw_value deadline;
    (void)err;
    if ((plan && plan->superseded) || !counted(report, &view->row->id, 0))
        return HW_OK;
    hw_view_value(view, "deadline", &deadline);
    if (report->period_set && !hw_filter_touches(&deadline, report->period_first, report->period_last))
        return HW_OK;
    uint16_t status = hw_view_word(view, "status");
    struct hw_report_entry entry = {
        .group = plan ? plan->group : hw_arena_text(report->arena, view->group, strlen(view->group)),
        .status = status ? status : HW_STATUS_NOT_STARTED,
        .overdue = hw_view_overdue(view, report->today),
        .no_date = deadline.earliest == HW_DAY_NONE && deadline.latest == HW_DAY_NONE,
        .draft = plan && plan->draft};
    hw_report_add(&report->total, &entry);
    size_t n = hw_report_keys(report, view, plan, keys, KEYS_MAX);
    for (size_t i = 0; i < n; i++) {
        entry.key = keys[i].key;
        entry.name = keys[i].name;
        hw_put_raw(&report->entries, &entry, sizeof entry);
        report->entries_n++;
    }
    return HW_OK;
}

/* ---- the verb ---- */

static enum hw_status by_of(const struct hw_request *request, enum hw_report_by *by, struct hw_err *err)
{
    static const char *const names[] = {"region", "country", "group", "plan",
                                        "status", "office", "responsible", "theme"};
    const size_t n = sizeof names / sizeof names[0];
    struct hw_slice typed = hw_arg_text(request, "by");
    *by = HW_BY_REGION;
    for (size_t i = 0; i < n; i++)
        if (hw_slice_is(typed, names[i])) {
            *by = (enum hw_report_by)i;
            return HW_OK;
        }
    if (typed.n == 0)
        return HW_OK;
    const char *nearest = hw_nearest(typed, names, n);
    return hw_fail(err, HW_USAGE, "no report by \"%.*s\"; %s%s", (int)typed.n, (const char *)typed.p,
                   nearest ? "did you mean " : "it may be by region, country, group, plan, status, office, "
                                               "responsible or theme",
                   nearest ? nearest : "");
}

static enum hw_status arguments(struct hw_report *report, const struct hw_request *request,
                                struct hw_filter **filter, struct hw_err *err)
{
    size_t n;
    const struct hw_slice *words = hw_arg_list(request, "filter", &n);
    struct hw_slice period = hw_arg_text(request, "period");
    if (hw_arg_text(request, "as_of").n)
        return hw_fail(err, HW_USAGE, "--as-of comes with a later version; leave it out for the figures of now");
    enum hw_status status = by_of(request, &report->by, err);
    if (status == HW_OK)
        status = hw_filter_parse(report->tx, words, n, filter, err);
    if (status == HW_OK && period.n) {
        report->period_set = true;
        status = hw_filter_time(report->tx, period, &report->period_first, &report->period_last, err);
    }
    return status;
}

enum hw_status hw_verb_report(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                              struct hw_err *err)
{
    struct hw_report report = {.tx = tx, .arena = hw_tx_arena(tx), .today = hw_view_today(tx)};
    struct hw_filter *filter;
    enum hw_status status = arguments(&report, request, &filter, err);
    if (status == HW_OK)
        status = hw_directory_load(tx, request->link, &report.directory, err);
    if (status == HW_OK)
        status = load_plans(&report, err);
    if (status == HW_OK)
        status = load_regions(&report, err);
    if (status == HW_OK)
        status = load_items(&report, err);
    if (status == HW_OK)
        status = hw_filter_scan(tx, filter, HW_KIND_ITEM, count_item, &report, err);
    if (status == HW_OK)
        hw_report_put(&report, request, &answer->end);
    hw_out_done(&report.items);
    hw_out_done(&report.entries);
    return status;
}
