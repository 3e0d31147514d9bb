/* lint_item.c: rules about the state of an item, and about silence (floor 3,
 * noun: rule). */
#include <string.h>

#include "daemon/lint.h"
#include "headway/stamp.h"

enum {
    SITTING_MS = 86400000, /* who completes a row and remarks on it in one sitting means both; an older remark is history */
    REASON_MAX = 200       /* of a remark that becomes a reason */
};

/* A remark on one line. */
static const char *line(struct hw_arena *arena, const char *text, size_t max)
{
    const char *cut = hw_view_cut(arena, text, max);
    char *out = hw_arena_text(arena, cut, strlen(cut));
    for (char *c = out; *c; c++)
        if ((unsigned char)*c < 0x20)
            *c = ' ';
    return out;
}

void hw_lint_still_pending(struct hw_lint *lint, const struct hw_view *view, const struct hw_lint_fact *fact)
{
    struct hw_value completed;
    if (fact->status != HW_STATUS_COMPLETED || !fact->pending)
        return;
    const struct hw_head *head = hw_cell_shown(hw_row_cell(view->row, hw_view_field(view, "status")->id));
    if (head && fact->pending_ms + SITTING_MS < (int64_t)hw_stamp_ms(head->stamp))
        return;
    struct hw_lint_fix fix = hw_lint_fix_set(view);
    hw_lint_fix_field(&fix, "status", "=", "in-progress");
    if (hw_view_value(view, "completed_on", &completed))
        hw_lint_fix_field(&fix, "completed_on", "=", "");
    hw_lint_found(lint, view,
                  hw_arena_printf(view->arena, "%s is completed, but a comment says: %s", hw_lint_title(view),
                                  line(view->arena, fact->pending, 80)),
                  hw_lint_fix_done(&fix));
}

void hw_lint_no_reason(struct hw_lint *lint, const struct hw_view *view, const struct hw_lint_fact *fact)
{
    struct hw_value reason;
    if ((fact->status != HW_STATUS_NO_LONGER_APPLICABLE && fact->status != HW_STATUS_CANCELLED) ||
        (hw_view_value(view, "reason", &reason) && reason.text.n))
        return;
    struct hw_lint_fix fix = hw_lint_fix_set(view);
    hw_lint_fix_field(&fix, "reason", "=",
                      fact->remark ? line(view->arena, fact->remark, REASON_MAX) : "no reason was given");
    hw_lint_found(lint, view,
                  hw_arena_printf(view->arena, "%s is %s, without a reason", hw_lint_title(view),
                                  fact->status == HW_STATUS_CANCELLED ? "cancelled" : "no longer applicable"),
                  hw_lint_fix_done(&fix));
}

void hw_lint_duplicate(struct hw_lint *lint, const struct hw_view *view, const struct hw_lint_fact *fact)
{
    char twin[HW_ID_TEXT + 1];
    if (!fact->doubled || !*hw_view_title(view))
        return;
    hw_tx_short(lint->tx, &fact->twin, twin);
    hw_lint_found(lint, view,
                  hw_arena_printf(view->arena, "%s stands twice in %s; the other one is %s", hw_lint_title(view),
                                  fact->has_plan ? hw_view_plan(view) : "no plan", twin),
                  "headway archive " HW_LINT_ID);
}

void hw_lint_silent_office(struct hw_lint *lint, const struct hw_view *view, const struct hw_lint_fact *fact)
{
    const struct hw_office *office = hw_directory_office(&lint->directory, hw_view_text(view, "code"));
    int64_t days = office && lint->serves ? hw_office_silent(office, lint->now_ms) : 0;
    (void)fact;
    if (days == 0)
        return;
    const char *since = days == INT64_MAX ? "was never heard"
                                          : hw_arena_printf(view->arena, "was heard %lld days ago", (long long)days);
    hw_lint_found(lint, view,
                  hw_arena_printf(view->arena, "office %s %s; it is to be heard every %lld days", office->code, since,
                                  (long long)office->cadence),
                  hw_arena_printf(view->arena, "headway office show %s", office->code));
}
