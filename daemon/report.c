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
        hw_id_print(&row.id, plan->id);
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

static int by_id(const void *a, const void *b)
{
    return hw_id_compare(&((const struct hw_report_item *)a)->id, &((const struct hw_report_item *)b)->id);
}

static enum hw_status load_items(struct hw_report *report, struct hw_err *err)
{
    const uint16_t fields[] = {report->fields.type, report->fields.parent, report->fields.archived};
    struct hw_scan *scan;
    enum hw_status status =
        hw_scan_narrow(report->tx, HW_KIND_ITEM, fields, sizeof fields / sizeof fields[0], false, &scan, err);
    while (status == HW_OK && hw_scan_next(scan)) {
        int64_t word = hw_scan_number(scan, report->fields.type);
        struct hw_report_item item = {.type = (uint16_t)(word > 0 ? word : 0), .archived = hw_scan_archived(scan)};
        if (!hw_id_parse(hw_slice_text(hw_scan_id(scan)), &item.id))
            continue;
        item.has_parent = hw_id_parse(hw_slice_text(hw_scan_text(scan, report->fields.parent)), &item.parent);
        hw_put_raw(&report->items, &item, sizeof item);
        report->items_n++;
    }
    hw_scan_close(scan);
    if (report->items_n)
        qsort(report->items.p, report->items_n, sizeof(struct hw_report_item), by_id);
    report->items_known = true;
    return status;
}

/* ---- counting ---- */

static bool counted(const struct hw_report *report, const struct hw_report_item *item, int depth)
{
    if (!item || item->archived || depth == DEPTH_MAX)
        return false;
    switch (item->type) {
    case HW_ITEM_ACTIVITY:
    case HW_ITEM_MILESTONE:
    case HW_ITEM_TARGET:
    case HW_ITEM_NEXT_STEP:
    case HW_ITEM_RECOMMENDATION:
        return true;
    case HW_ITEM_DELIVERABLE: {
        struct hw_report_item key = {.id = item->parent};
        const struct hw_report_item *parent =
            item->has_parent && report->items_n ? bsearch(&key, report->items.p, report->items_n, sizeof key, by_id) : NULL;
        return !counted(report, parent, depth + 1);
    }
    default:
        return false;
    }
}

static int by_text(const void *id, const void *plan)
{
    return strcmp(id, ((const struct hw_report_plan *)plan)->id);
}

static const struct hw_report_plan *plan_of(struct hw_report *report, struct hw_scan *scan)
{
    const char *id = hw_scan_text(scan, report->fields.plan);
    if (!*id || report->plans_n == 0)
        return NULL;
    if (!report->plan || strcmp(report->plan->id, id) != 0)
        report->plan = bsearch(id, report->plans, report->plans_n, sizeof *report->plans, by_text);
    return report->plan;
}

/* Whether the item on which the scan stands is one of those that a report counts. */
static enum hw_status is_counted(struct hw_report *report, struct hw_scan *scan, bool *is, struct hw_err *err)
{
    int64_t word = hw_scan_number(scan, report->fields.type);
    struct hw_report_item item = {.type = (uint16_t)(word > 0 ? word : 0), .archived = hw_scan_archived(scan)};
    enum hw_status status = HW_OK;
    if (item.type == HW_ITEM_DELIVERABLE && !item.archived)
        item.has_parent = hw_id_parse(hw_slice_text(hw_scan_text(scan, report->fields.parent)), &item.parent);
    if (item.has_parent && !report->items_known)
        status = load_items(report, err);
    *is = status == HW_OK && counted(report, &item, 0);
    return status;
}

static enum hw_status count_item(struct hw_report *report, struct hw_scan *scan, struct hw_err *err)
{
    struct hw_value deadline = {.null = false};
    bool is;
    enum hw_status status = is_counted(report, scan, &is, err);
    const struct hw_report_plan *plan = status == HW_OK && is ? plan_of(report, scan) : NULL;
    if (status != HW_OK || !is || (plan && plan->superseded))
        return status;
    hw_scan_days(scan, report->fields.deadline, &deadline.earliest, &deadline.latest);
    if (report->period_set && !hw_filter_touches(&deadline, report->period_first, report->period_last))
        return HW_OK;
    int64_t word = hw_scan_number(scan, report->fields.status);
    struct hw_report_count count = {
        .status = word > 0 ? (uint16_t)word : HW_STATUS_NOT_STARTED,
        .no_date = deadline.earliest == HW_DAY_NONE && deadline.latest == HW_DAY_NONE,
        .draft = plan && plan->draft};
    count.overdue = deadline.latest != HW_DAY_NONE && deadline.latest < report->today && !hw_status_finished(count.status);
    hw_report_add(&report->total, &count);
    hw_report_enter(report, scan, plan, &count);
    return HW_OK;
}

static enum hw_status count_view(void *self, const struct hw_view *view, struct hw_err *err)
{
    return count_item(self, view->scan, err);
}

/* All items: columns are enough. */
static enum hw_status count_all(struct hw_report *report, struct hw_err *err)
{
    const struct hw_report_fields *f = &report->fields;
    const uint16_t fields[] = {f->archived, f->plan, f->parent, f->type, f->deadline, f->status, f->key};
    size_t n = sizeof fields / sizeof fields[0];
    struct hw_scan *scan;
    bool twice = !f->key || f->key == f->status || f->key == f->plan;
    enum hw_status status =
        hw_scan_narrow(report->tx, HW_KIND_ITEM, fields, twice ? n - 1 : n, report->by == HW_BY_OFFICE, &scan, err);
    while (status == HW_OK && hw_scan_next(scan))
        status = count_item(report, scan, err);
    hw_scan_close(scan);
    return status;
}

/* ---- the verb ---- */

static void name_fields(struct hw_report *report)
{
    static const char *const keys[] = {[HW_BY_REGION] = "countries", [HW_BY_COUNTRY] = "countries", [HW_BY_PLAN] = "plan",
                                       [HW_BY_STATUS] = "status", [HW_BY_RESPONSIBLE] = "responsible",
                                       [HW_BY_THEME] = "themes"};
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_ITEM);
    struct hw_report_fields *fields = &report->fields;
    fields->plan = hw_field_named(kind, "plan")->id;
    fields->parent = hw_field_named(kind, "parent")->id;
    fields->type = hw_field_named(kind, "type")->id;
    fields->status = hw_field_named(kind, "status")->id;
    fields->deadline = hw_field_named(kind, "deadline")->id;
    fields->archived = HW_FIELD_ARCHIVED;
    fields->key = keys[report->by] ? hw_field_named(kind, keys[report->by])->id : 0;
}

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
    size_t words;
    enum hw_status status = arguments(&report, request, &filter, err);
    if (status == HW_OK)
        status = hw_directory_load(tx, request->link, &report.directory, err);
    if (status == HW_OK)
        status = load_plans(&report, err);
    if (status == HW_OK)
        status = load_regions(&report, err);
    name_fields(&report);
    if (status == HW_OK && hw_arg_list(request, "filter", &words) && words)
        status = hw_filter_scan(tx, filter, HW_KIND_ITEM, count_view, &report, err);
    else if (status == HW_OK)
        status = count_all(&report, err);
    if (status == HW_OK)
        hw_report_put(&report, request, &answer->end);
    hw_out_done(&report.items);
    hw_out_done(&report.entries);
    return status;
}
