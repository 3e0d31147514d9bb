/* lint_time.c: rules about dates (floor 3, noun: rule). */
#include <string.h>

#include "daemon/lint.h"
#include "headway/stamp.h"

enum { RAW_MAX = 100, DAY_MS = 86400000 };

/* Rows that are to be done by somebody and some day; what groups them needs neither. */
static bool is_work(const struct hw_lint_fact *fact)
{
    switch (fact->type) {
    case 0: /* typed by hand, without a type */
    case HW_ITEM_ACTIVITY:
    case HW_ITEM_DELIVERABLE:
    case HW_ITEM_MILESTONE:
    case HW_ITEM_TARGET:
    case HW_ITEM_NEXT_STEP:
    case HW_ITEM_RECOMMENDATION:
        return true;
    default:
        return false;
    }
}

/* A day to start from: when the item above is due, else the end of the plan, else that of the next quarter. */
static const char *some_day(const struct hw_lint *lint, const struct hw_view *view, const struct hw_lint_fact *fact)
{
    const struct hw_lint_fact *parent = hw_lint_parent(lint, fact);
    const struct hw_lint_plan *plan = hw_lint_plan(lint, fact);
    char *text = hw_arena_alloc(view->arena, 16);
    int year, month, mday;
    int32_t day;
    hw_day_civil(lint->today, &year, &month, &mday);
    month = (month - 1) / 3 * 3 + 7; /* the first month after the next quarter */
    day = hw_day_of(year + (month > 12), month > 12 ? month - 12 : month, 1) - 1;
    if (plan && plan->latest != HW_DAY_NONE && plan->latest >= lint->today)
        day = plan->latest;
    if (parent && parent->latest != HW_DAY_NONE && parent->latest >= lint->today)
        day = parent->latest;
    hw_day_print(day, text);
    return text;
}

static const char *day_text(const struct hw_view *view, int32_t day)
{
    char *text = hw_arena_alloc(view->arena, 16);
    hw_day_print(day, text);
    return text;
}

static void set_field(struct hw_lint *lint, const struct hw_view *view, const char *message, const char *field,
                      const char *value)
{
    struct hw_lint_fix fix = hw_lint_fix_set(view);
    hw_lint_fix_field(&fix, field, "=", value);
    hw_lint_found(lint, view, message, hw_lint_fix_done(&fix));
}

void hw_lint_overdue(struct hw_lint *lint, const struct hw_view *view, const struct hw_lint_fact *fact)
{
    if (!hw_view_overdue(view, lint->today))
        return;
    const char *status = hw_view_text(view, "status");
    set_field(lint, view,
              hw_arena_printf(view->arena, "%s was due %s and is %s", hw_lint_title(view),
                              hw_view_text(view, "deadline"), *status ? status : "not reported on"),
              "deadline", some_day(lint, view, fact));
}

/* "ongoing" is an answer, "TBD" is none. */
void hw_lint_no_date(struct hw_lint *lint, const struct hw_view *view, const struct hw_lint_fact *fact)
{
    struct hw_value deadline;
    const struct hw_lint_fact *parent = hw_lint_parent(lint, fact);
    size_t at, n;
    bool said = hw_view_value(view, "deadline", &deadline);
    if (!is_work(fact) || hw_view_finished(view) ||
        (said && (deadline.edtf.n || !hw_lint_placeholder(hw_view_text(view, "deadline"), &at, &n))))
        return;
    if (fact->type == HW_ITEM_DELIVERABLE && parent && parent->latest != HW_DAY_NONE)
        return; /* due with the activity that it comes from */
    set_field(lint, view,
              said ? hw_arena_printf(view->arena, "%s is due \"%s\", which is no date", hw_lint_title(view),
                                     hw_view_text(view, "deadline"))
                   : hw_arena_printf(view->arena, "%s has no deadline", hw_lint_title(view)),
              "deadline", some_day(lint, view, fact));
}

void hw_lint_child_after_parent(struct hw_lint *lint, const struct hw_view *view, const struct hw_lint_fact *fact)
{
    const struct hw_lint_fact *parent = hw_lint_parent(lint, fact);
    struct hw_record *above;
    struct hw_value deadline;
    if (!parent || parent->latest == HW_DAY_NONE || hw_view_finished(view) ||
        !hw_view_value(view, "deadline", &deadline) || deadline.latest == HW_DAY_NONE ||
        deadline.latest <= parent->latest)
        return;
    const char *of = "the item above it";
    if (hw_tx_record(lint->tx, HW_KIND_ITEM, &fact->parent, view->group, &above, NULL) == HW_OK) {
        struct hw_view up = hw_view_of(lint->tx, view->arena, above);
        of = hw_lint_title(&up);
    }
    set_field(lint, view,
              hw_arena_printf(view->arena, "%s is due %s, after %s (%s)", hw_lint_title(view),
                              hw_view_text(view, "deadline"), of, day_text(view, parent->latest)),
              "deadline", day_text(view, parent->latest));
}

/* The day on which it was called completed stands in the write itself. */
void hw_lint_undated(struct hw_lint *lint, const struct hw_view *view, const struct hw_lint_fact *fact)
{
    struct hw_value completed;
    if (fact->status != HW_STATUS_COMPLETED || hw_view_value(view, "completed_on", &completed))
        return;
    const struct hw_field *status = hw_view_field(view, "status");
    const struct hw_head *head = hw_cell_shown(hw_row_cell(view->row, status->id));
    int32_t day = head ? (int32_t)(hw_stamp_ms(head->stamp) / DAY_MS) : lint->today;
    set_field(lint, view, hw_arena_printf(view->arena, "%s is completed, without a date", hw_lint_title(view)),
              "completed_on", day_text(view, day));
}

/* One time of any record that could not be read; what stood there goes to a remark. */
static void unread(struct hw_lint *lint, const struct hw_view *view, const struct hw_lint_fact *fact,
                   const struct hw_field *field)
{
    struct hw_value value;
    struct hw_when when;
    size_t at, n;
    if (!hw_view_value(view, field->name, &value) || value.edtf.n || value.text.n == 0)
        return;
    hw_when_parse(value.text, HW_DATES_UNKNOWN, &when);
    const char *raw = hw_view_cut(view->arena, hw_arena_text(view->arena, value.text.p, value.text.n), RAW_MAX);
    if ((when.kind != HW_WHEN_UNREAD && when.kind != HW_WHEN_AMBIGUOUS) ||
        (when.kind == HW_WHEN_UNREAD && strcmp(field->name, "deadline") == 0 && !hw_view_finished(view) && fact &&
         is_work(fact) && hw_lint_placeholder(raw, &at, &n)))
        return; /* the latter is told by "no date" */
    const char *day = strcmp(field->name, "deadline") == 0 && fact ? some_day(lint, view, fact)
                                                                    : day_text(view, lint->today);
    bool twofold = when.kind == HW_WHEN_AMBIGUOUS;
    if (twofold) {
        hw_when_parse(value.text, HW_DATES_DMY, &when);
        day = when.kind == HW_WHEN_READ && when.latest != HW_DAY_NONE ? day_text(view, when.latest) : day;
    }
    struct hw_lint_fix fix = hw_lint_fix_set(view);
    hw_lint_fix_field(&fix, field->name, "=", day);
    hw_lint_fix_remark(&fix, hw_arena_printf(view->arena, "%s was written: %s", field->name, raw));
    hw_lint_found(lint, view,
                  hw_arena_printf(view->arena, "%s: %s \"%s\" %s", hw_lint_title(view), field->name, raw,
                                  twofold ? "can be read two ways" : "is no date that can be read"),
                  hw_lint_fix_done(&fix));
}

void hw_lint_unread_date(struct hw_lint *lint, const struct hw_view *view, const struct hw_lint_fact *fact)
{
    for (size_t i = 0; i < view->kind->fields_n; i++)
        if (view->kind->fields[i].type == HW_TYPE_TIME)
            unread(lint, view, fact, &view->kind->fields[i]);
}

void hw_lint_no_responsible(struct hw_lint *lint, const struct hw_view *view, const struct hw_lint_fact *fact)
{
    const struct hw_lint_fact *parent = hw_lint_parent(lint, fact);
    if (!is_work(fact) || hw_view_finished(view) || fact->responsible)
        return;
    if (fact->type == HW_ITEM_DELIVERABLE && parent && parent->responsible)
        return; /* whoever does the activity */
    struct hw_lint_fix fix = hw_lint_fix_set(view);
    hw_lint_fix_field(&fix, "responsible", "+=", hw_tx_self(lint->tx)->office);
    hw_lint_found(lint, view, hw_arena_printf(view->arena, "%s has nobody responsible", hw_lint_title(view)),
                  hw_lint_fix_done(&fix));
}
