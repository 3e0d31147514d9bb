/* lint.c: the verb lint: advice on what was written (floor 3, noun: lint).
 * Every finding names its rule and a command that settles it. The value in the
 * command is a start, so that it can be typed as it stands; a person puts the
 * right one in its place. Nothing is written here. */
#include "daemon/lint.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/filter.h"
#include "daemon/verb_internal.h"

enum {
    SHORT_MAX = 500, /* findings that get their shortest prefix, the first that are shown: each asks every table */
    TITLE_MAX = 60   /* of a title in a message */
};

/* In the order in which findings are shown. */
static const struct hw_lint_rule rules[] = {
    {"overdue", HW_KIND_ITEM, hw_lint_overdue},
    {"no date", HW_KIND_ITEM, hw_lint_no_date},
    {"unreadable date", 0, hw_lint_unread_date},
    {"child after parent", HW_KIND_ITEM, hw_lint_child_after_parent},
    {"no responsible", HW_KIND_ITEM, hw_lint_no_responsible},
    {"completed but pending", HW_KIND_ITEM, hw_lint_still_pending},
    {"completed without date", HW_KIND_ITEM, hw_lint_undated},
    {"no reason", HW_KIND_ITEM, hw_lint_no_reason},
    {"unknown country", HW_KIND_ITEM, hw_lint_unknown_country},
    {"placeholder", 0, hw_lint_placeholder_text},
    {"duplicate title", HW_KIND_ITEM, hw_lint_duplicate},
    {"silent office", HW_KIND_OFFICE, hw_lint_silent_office},
};
enum { RULES = sizeof rules / sizeof rules[0] };

/* Beside items: what a person writes dates and names into. */
static const uint16_t kinds[] = {HW_KIND_ITEM,     HW_KIND_PLAN,          HW_KIND_MEETING, HW_KIND_RESOURCE,
                                 HW_KIND_MEMBER,   HW_KIND_PARTICIPATION, HW_KIND_OFFICE};

/* A finding and where its texts stand (message and fix, each with its NUL), so that they can be sorted. */
struct finding {
    const struct hw_lint_rule *rule;
    struct hw_id plan, id;
    int64_t rank;
    size_t at;
};

const char *hw_lint_title(const struct hw_view *view)
{
    char *title = hw_arena_printf(view->arena, "\"%s\"", hw_view_cut(view->arena, hw_view_title(view), TITLE_MAX));
    for (char *c = title; *c; c++)
        if (*c == '\n' || *c == '\r' || *c == '\t')
            *c = ' ';
    return title;
}

void hw_lint_found(struct hw_lint *lint, const struct hw_view *view, const char *message, const char *fix)
{
    const struct hw_lint_fact *fact = hw_lint_fact(lint, &view->row->id);
    struct finding finding = {.rule = lint->rule, .id = view->row->id, .at = lint->texts.n};
    if (fact) {
        finding.plan = fact->plan;
        finding.rank = fact->rank;
    }
    hw_put_raw(&lint->texts, message, strlen(message) + 1);
    hw_put_raw(&lint->texts, fix, strlen(fix) + 1);
    hw_put_raw(&lint->index, &finding, sizeof finding);
    lint->n++;
}

static enum hw_status each_record(void *self, const struct hw_view *view, struct hw_err *err)
{
    struct hw_lint *lint = self;
    const struct hw_lint_fact *fact = view->kind->id == HW_KIND_ITEM ? hw_lint_fact(lint, &view->row->id) : NULL;
    const struct hw_lint_plan *plan = hw_lint_plan(lint, fact);
    (void)err;
    if ((plan && plan->over) || (view->kind->id == HW_KIND_ITEM && !fact))
        return HW_OK;
    for (size_t i = 0; i < RULES; i++) {
        lint->rule = &rules[i];
        if (rules[i].kind == 0 || rules[i].kind == view->kind->id)
            rules[i].run(lint, view, fact);
    }
    return HW_OK;
}

static int in_order(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    int plan = hw_id_compare(&x->plan, &y->plan);
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    if (plan)
        return plan;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return hw_id_compare(&x->id, &y->id);
}

/* The id takes the place that the rule left for it, which comes before anything that people wrote. */
static const char *with_id(struct hw_arena *arena, const char *fix, const char *id)
{
    const char *place = strstr(fix, HW_LINT_ID);
    return place ? hw_arena_printf(arena, "%.*s%s%s", (int)(place - fix), fix, id, place + strlen(HW_LINT_ID)) : fix;
}

static void put_findings(struct hw_lint *lint, struct hw_answer *answer)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    struct finding *findings = (void *)lint->index.p;
    struct hw_out *out = &answer->rows;
    if (lint->n)
        qsort(findings, lint->n, sizeof *findings, in_order);
    for (size_t i = 0; i < lint->n; i++) {
        char whole[HW_ID_TEXT + 1], prefix[HW_ID_TEXT + 1];
        const char *message = (const char *)lint->texts.p + findings[i].at, *fix = message + strlen(message) + 1;
        hw_arena_reset(&arena);
        hw_id_print(&findings[i].id, whole);
        hw_id_print(&findings[i].id, prefix);
        if (i < SHORT_MAX)
            hw_tx_short(lint->tx, &findings[i].id, prefix);
        hw_put_map_open(out);
        hw_put_key_text(out, "id", whole);
        hw_put_key_text(out, "short", prefix);
        hw_put_key_text(out, "rule", findings[i].rule->name);
        hw_put_key_words(out, "message", message);
        hw_put_key_words(out, "fix", with_id(&arena, fix, prefix));
        hw_put_close(out);
    }
    answer->rows_n += lint->n;
}

enum hw_status hw_verb_lint(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                            struct hw_err *err)
{
    struct hw_lint *lint = hw_arena_zero(hw_tx_arena(tx), 1, sizeof *lint);
    struct hw_filter *filter;
    size_t n;
    const struct hw_slice *words = hw_arg_list(request, "filter", &n);
    lint->tx = tx;
    lint->arena = hw_tx_arena(tx);
    lint->today = hw_view_today(tx);
    lint->now_ms = hw_tx_wall(tx);
    lint->serves = hw_tx_self(tx)->gate || (request->link && request->link->listen);
    hw_out_init(&lint->texts);
    hw_out_init(&lint->index);
    enum hw_status status = hw_filter_parse(tx, words, n, &filter, err);
    if (status == HW_OK)
        status = hw_directory_load(tx, request->link, &lint->directory, err);
    if (status == HW_OK)
        status = hw_lint_gather(lint, err);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && status == HW_OK; i++)
        if (hw_filter_kind(filter, kinds[i], true))
            status = hw_filter_scan(tx, filter, kinds[i], each_record, lint, err);
    if (status == HW_OK)
        put_findings(lint, answer);
    hw_out_done(&lint->texts);
    hw_out_done(&lint->index);
    return status;
}
