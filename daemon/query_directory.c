/* query_directory.c: groups, plans and offices (floor 3, noun: query). */
#include <string.h>

#include "daemon/directory.h"
#include "daemon/filter.h"
#include "daemon/lookup.h"
#include "daemon/query.h"
#include "daemon/verb_internal.h"

static void put_texts(struct hw_out *out, const char *key, const char *const *texts, size_t n)
{
    hw_put_text(out, key);
    hw_put_array(out, n);
    for (size_t i = 0; i < n; i++)
        hw_put_text(out, texts[i]);
}

static void put_set(const struct hw_view *view, const char *name, struct hw_out *out)
{
    size_t n;
    const char **texts = hw_view_elements(view, name, &n);
    put_texts(out, name, texts, n);
}

/* ---- plans ---- */

struct figures {
    int64_t items, completed, overdue, plans;
};

static enum hw_status figures_of(struct hw_tx *tx, enum hw_scan_by by, const char *key, struct figures *figures,
                                 struct hw_err *err)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_ITEM);
    uint16_t word = hw_field_named(kind, "status")->id, deadline = hw_field_named(kind, "deadline")->id;
    int32_t today = hw_view_today(tx), earliest, latest;
    struct hw_scan *scan;
    enum hw_status status = hw_scan_open(tx, HW_KIND_ITEM, by, hw_field_named(kind, "plan")->id, key, &scan, err);
    while (status == HW_OK && hw_scan_next(scan)) {
        if (hw_scan_archived(scan))
            continue;
        int64_t is = hw_scan_number(scan, word);
        hw_scan_days(scan, deadline, &earliest, &latest);
        figures->items++;
        figures->completed += is == HW_STATUS_COMPLETED;
        figures->overdue += latest != HW_DAY_NONE && latest < today && is != HW_STATUS_COMPLETED &&
                            is != HW_STATUS_CANCELLED && is != HW_STATUS_NO_LONGER_APPLICABLE;
    }
    hw_scan_close(scan);
    return status;
}

struct plans {
    struct hw_tx *tx;
    struct hw_answer *answer;
};

static enum hw_status put_plan(void *self, const struct hw_view *view, struct hw_err *err)
{
    struct plans *plans = self;
    struct hw_out *out = &plans->answer->rows;
    struct figures figures = {0};
    enum hw_status status = figures_of(plans->tx, HW_SCAN_REF, hw_view_id(view), &figures, err);
    hw_put_map_open(out);
    hw_put_key_text(out, "id", hw_view_id(view));
    hw_put_key_text(out, "code", hw_view_text(view, "code"));
    hw_put_key_text(out, "group", view->group);
    hw_put_key_text(out, "title", hw_view_text(view, "title"));
    hw_put_key_text(out, "state", hw_view_text(view, "state"));
    hw_put_text(out, "period");
    hw_view_put_field(view, hw_view_field(view, "period"), out);
    hw_put_key_int(out, "items", figures.items);
    hw_put_key_int(out, "completed", figures.completed);
    hw_put_key_int(out, "overdue", figures.overdue);
    hw_put_close(out);
    plans->answer->rows_n++;
    return status;
}

enum hw_status hw_verb_plan_list(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                 struct hw_err *err)
{
    struct plans plans = {tx, answer};
    struct hw_filter *filter;
    struct hw_slice group = hw_arg_text(request, "group"), word;
    word = hw_slice_text(hw_arena_printf(hw_tx_arena(tx), "group:%.*s", (int)group.n, (const char *)group.p));
    enum hw_status status = hw_filter_parse(tx, &word, group.n ? 1 : 0, &filter, err);
    return status == HW_OK ? hw_filter_scan(tx, filter, HW_KIND_PLAN, put_plan, &plans, err) : status;
}

enum hw_status hw_verb_plan_show(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                 struct hw_err *err)
{
    struct hw_record *plan;
    struct hw_slice typed = hw_arg_text(request, "plan");
    if (typed.n == 0)
        return hw_fail(err, HW_USAGE, "say which plan; see: headway plan list");
    enum hw_status status = hw_lookup_plan(tx, typed, NULL, &plan, err);
    return status == HW_OK ? hw_query_show(tx, plan, false, answer, err) : status;
}

/* ---- groups ---- */

static int64_t plans_in(struct hw_tx *tx, const char *group)
{
    struct hw_scan *scan;
    int64_t n = 0;
    if (hw_scan_open(tx, HW_KIND_PLAN, HW_SCAN_GROUP, 0, group, &scan, NULL) != HW_OK)
        return 0;
    while (hw_scan_next(scan))
        n += hw_scan_archived(scan) ? 0 : 1;
    hw_scan_close(scan);
    return n;
}

/* What this node's office may do in the group: headquarters coordinates all, and so does who stands alone. */
static const char *own_role(struct hw_tx *tx, const struct hw_directory *directory, const char *group)
{
    const struct hw_self *self = hw_tx_self(tx);
    if (self->gate || !self->enrolled)
        return "coordinator";
    const struct hw_office *own = hw_directory_office(directory, self->office);
    for (size_t i = 0; own && i < own->grants_n; i++)
        if (strcmp(own->grants[i].group, group) == 0)
            return own->grants[i].role;
    return NULL;
}

static enum hw_status put_group(struct hw_tx *tx, const struct hw_directory *directory, const char *code,
                                struct hw_answer *answer, struct hw_err *err)
{
    struct hw_out *out = &answer->rows;
    struct hw_record *record;
    struct figures figures = {0};
    enum hw_status status = hw_lookup_group_record(tx, code, &record, err);
    if (status == HW_OK)
        status = figures_of(tx, HW_SCAN_GROUP, code, &figures, err);
    if (status != HW_OK)
        return status;
    struct hw_view view = hw_view_of(tx, hw_tx_arena(tx), record);
    if (hw_view_archived(&view))
        return HW_OK;
    hw_put_map_open(out);
    hw_put_key_text(out, "code", code);
    hw_put_key_text(out, "name", hw_view_text(&view, "name"));
    hw_put_key_text(out, "kind", hw_view_text(&view, "kind"));
    hw_put_key_text(out, "region", hw_view_text(&view, "region"));
    put_set(&view, "countries", out);
    hw_put_key_int(out, "plans", plans_in(tx, code));
    hw_put_key_int(out, "items", figures.items);
    hw_put_key_text(out, "role", own_role(tx, directory, code));
    hw_put_close(out);
    answer->rows_n++;
    return HW_OK;
}

enum hw_status hw_verb_group_list(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                  struct hw_err *err)
{
    struct hw_directory directory;
    const char **codes;
    size_t n = 0;
    enum hw_status status = hw_directory_load(tx, request->link, &directory, err);
    if (status == HW_OK)
        status = hw_tx_groups(tx, &codes, &n, err);
    for (size_t i = 0; i < n && status == HW_OK; i++)
        if (strcmp(codes[i], "directory") != 0)
            status = put_group(tx, &directory, codes[i], answer, err);
    return status;
}

enum hw_status hw_verb_group_show(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                  struct hw_err *err)
{
    struct hw_record *record;
    const char *code;
    struct hw_slice typed = hw_arg_text(request, "code");
    if (typed.n == 0)
        return hw_fail(err, HW_USAGE, "say which group; see: headway group list");
    enum hw_status status = hw_lookup_group(tx, typed, &code, err);
    if (status == HW_OK)
        status = hw_lookup_group_record(tx, code, &record, err);
    if (status == HW_OK && record->row.made.seq == 0)
        status = hw_fail(err, HW_NOT_FOUND, "the directory has no record of group %s yet", code);
    return status == HW_OK ? hw_query_show(tx, record, false, answer, err) : status;
}

/* ---- offices ---- */

static void put_office(const struct hw_office *office, struct hw_out *out)
{
    hw_put_key_text(out, "code", office->code);
    hw_put_key_text(out, "name", office->name);
    hw_put_key_text(out, "kind", office->kind);
    put_texts(out, "countries", office->countries, office->countries_n);
    hw_put_key_text(out, "state", office->state);
    hw_put_key_time(out, "last_heard", office->last_heard_ms);
    hw_put_key_int(out, "behind", (int64_t)office->behind);
    hw_put_key_bool(out, "connected", office->connected);
    hw_put_text(out, "groups");
    hw_put_array(out, office->grants_n);
    for (size_t i = 0; i < office->grants_n; i++)
        hw_put_text(out, office->grants[i].group);
}

enum hw_status hw_verb_office_list(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                   struct hw_err *err)
{
    struct hw_directory directory;
    enum hw_status status = hw_directory_load(tx, request->link, &directory, err);
    for (size_t i = 0; status == HW_OK && i < directory.n; i++) {
        hw_put_map_open(&answer->rows);
        put_office(&directory.offices[i], &answer->rows);
        hw_put_close(&answer->rows);
        answer->rows_n++;
    }
    return status;
}

static enum hw_status put_lives(struct hw_tx *tx, const struct hw_office *office, struct hw_out *out,
                                struct hw_err *err)
{
    struct hw_scan *scan;
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_INCARNATION);
    char id[HW_ID_TEXT + 1];
    hw_id_print(&office->id, id);
    enum hw_status status =
        hw_scan_open(tx, HW_KIND_INCARNATION, HW_SCAN_REF, hw_field_named(kind, "office")->id, id, &scan, err);
    hw_put_text(out, "incarnations");
    hw_put_array_open(out);
    while (status == HW_OK && hw_scan_next(scan)) {
        struct hw_row row;
        struct hw_view view;
        status = hw_view_scan(tx, hw_tx_arena(tx), scan, HW_KIND_INCARNATION, &row, &view, err);
        if (status != HW_OK)
            break;
        hw_put_map_open(out);
        hw_put_key_text(out, "name", hw_arena_printf(view.arena, "%s.%s", office->code, hw_view_text(&view, "number")));
        hw_put_key_text(out, "since", hw_view_text(&view, "since"));
        hw_put_key_text(out, "reason", hw_view_text(&view, "reason"));
        hw_put_key_text(out, "sign_key", hw_view_text(&view, "sign_key"));
        hw_put_key_text(out, "ended", hw_view_text(&view, "ended"));
        hw_put_close(out);
    }
    hw_put_close(out);
    hw_scan_close(scan);
    return status;
}

enum hw_status hw_verb_office_show(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                   struct hw_err *err)
{
    struct hw_directory directory;
    struct hw_record *record;
    struct hw_out *out = &answer->end;
    enum hw_status status = hw_lookup_office(tx, hw_arg_text(request, "code"), &record, err);
    if (status == HW_OK)
        status = hw_directory_load(tx, request->link, &directory, err);
    if (status != HW_OK)
        return status;
    struct hw_view view = hw_view_of(tx, hw_tx_arena(tx), record);
    const struct hw_office *office = hw_directory_office(&directory, hw_view_text(&view, "code"));
    if (!office)
        return hw_fail(err, HW_NOT_FOUND, "office %s was put away", hw_view_text(&view, "code"));
    hw_put_map_open(out);
    hw_put_key_text(out, "id", hw_view_id(&view));
    put_office(office, out);
    hw_put_key_text(out, "reason", hw_view_text(&view, "reason"));
    hw_put_key_int(out, "cadence", office->cadence);
    hw_put_key_text(out, "curve_key", hw_view_text(&view, "curve_key"));
    hw_put_text(out, "grants");
    hw_put_array(out, office->grants_n);
    for (size_t i = 0; i < office->grants_n; i++) {
        hw_put_map(out, 3);
        hw_put_key_text(out, "group", office->grants[i].group);
        hw_put_key_text(out, "role", office->grants[i].role);
        put_texts(out, "countries", office->grants[i].countries, office->grants[i].countries_n);
    }
    status = put_lives(tx, office, out, err);
    hw_put_close(out);
    return status;
}
