/* sync_return.c: an office hands back the journals that its hub has lost (floor
 * 1, pure).
 *
 *   WELCOME recovery or late --ASKED: from where on--> JOURNAL, JOURNAL ... under the hub's credit; the directory first
 *   recovery: the hub ends the session with BYE when it has heard all offices
 *   late:     --all acknowledged: REBASE--> the session begins again
 *
 * Meanwhile nothing else travels: own changes wait. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/sync_internal.h"

void hw_return_begin(struct step *step, const struct hw_welcome *welcome, struct hw_slice bytes)
{
    struct upstream *up = &step->sync->up;
    up->session = welcome->session;
    up->rebase = welcome->status == HW_WELCOME_LATE;
    up->asked = hw_alloc(bytes.n);
    up->asked_n = bytes.n;
    memcpy(up->asked, bytes.p, bytes.n);
    hw_office_state(step, HW_OFFICE_RECOVER);
    hw_probe_begin(step);
    snprintf(up->reason, sizeof up->reason, "the hub was restored from a backup");
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, HW_UPSTREAM);
    append->append = HW_APPEND_ASKED;
    append->bytes = bytes;
    append->session = up->session;
}

bool hw_return_behind(const struct hw_sync *sync)
{
    for (size_t i = 0; i < sync->up.groups_n; i++)
        if (sync->up.groups[i].acked < sync->up.groups[i].target)
            return true;
    return false;
}

/* A relay answers for the gate, which may be away for long: asking often would cost bytes, and tell nothing. */
bool hw_return_far(const struct hw_sync *sync)
{
    const struct upstream *up = &sync->up;
    if (up->state != HW_OFFICE_RECOVER)
        return up->passing.under_way && up->passing.last;
    if (!up->rebase)
        return false; /* a hub that recovers is headquarters itself */
    for (size_t i = 0; i < up->groups_n; i++)
        if (up->groups[i].sent < up->groups[i].target)
            return false;
    return true;
}

/* Everything is acknowledged: what the hub could not take up at its place comes again. */
static void finish(struct step *step)
{
    struct upstream *up = &step->sync->up;
    if (hw_return_behind(step->sync) || !up->rebase)
        return; /* without a rebase the hub says BYE */
    up->rebase = false;
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, HW_UPSTREAM);
    append->append = HW_APPEND_REBASE;
    append->bytes = hw_arena_slice(step->arena, (struct hw_slice){up->asked, up->asked_n});
    append->session = up->session;
}

static void open_groups(struct step *step, const struct hw_welcome *welcome)
{
    struct upstream *up = &step->sync->up;
    free(up->groups);
    up->groups = hw_alloc(welcome->groups_n * sizeof *up->groups);
    up->groups_n = 0;
    for (size_t i = 0; i < welcome->groups_n; i++) {
        const struct hw_group_welcome *ask = &welcome->groups[i];
        struct lane_group *group = &up->groups[up->groups_n];
        *group = (struct lane_group){.sent = ask->resume, .acked = ask->resume};
        memcpy(group->group, ask->group.p, ask->group.n);
        const struct hw_group_tip *tip = hw_step_tip(step->sync, group->group);
        if (ask->state != HW_GROUP_RETURN || !tip)
            continue;
        group->target = tip->position - tip->bare; /* what has no signature proves nothing: it comes again */
        up->groups_n++;
    }
}

static void tell(struct step *step)
{
    struct upstream *up = &step->sync->up;
    bool lost = false;
    for (size_t i = 0; i < up->groups_n; i++)
        lost = lost || up->groups[i].sent < up->groups[i].target;
    snprintf(up->reason, sizeof up->reason, "the hub was restored from a backup: %s%s",
             lost ? "this office hands back what the hub has lost" : "this office holds nothing that the hub has lost",
             up->rebase ? "" : ", and waits until the hub has heard the others");
    hw_step_note(step, 4, up->reason);
}

void hw_return_stored(struct step *step, const struct hw_stored *stored)
{
    if (stored->status) {
        hw_office_own_fault(step, stored);
        return;
    }
    if (stored->append == HW_APPEND_ASKED) {
        open_groups(step, stored->welcome);
        tell(step);
        finish(step);
        return;
    }
    hw_step_note(step, 5, "all is handed back; this office goes on with the hub");
    hw_office_down(step);
    struct hw_effect *close = hw_step_add(step, HW_DO_CLOSE, HW_UPSTREAM);
    close->ms = 1;
    close->text = "all is handed back";
}

void hw_return_pump(struct step *step)
{
    struct upstream *up = &step->sync->up;
    if (hw_return_far(step->sync) && hw_return_behind(step->sync))
        snprintf(up->reason, sizeof up->reason, "this office has handed back what the hub had lost, and waits until headquarters has it");
    if (hw_office_paused(step) || up->session == 0 || up->range || up->credit < HW_CREDIT_LEAST ||
        !hw_pace_room(&up->pace, step->input->now_ms, false))
        return;
    for (size_t i = 0; i < up->groups_n; i++) {
        const struct lane_group *group = &up->groups[i];
        if (group->sent >= group->target)
            continue;
        struct hw_effect *range = hw_step_add(step, HW_DO_SEND_RANGE, HW_UPSTREAM);
        range->append = HW_APPEND_RANGE;
        range->back = true;
        range->group = hw_arena_text(step->arena, group->group, strlen(group->group));
        range->from = group->sent + 1;
        range->max = HW_MESSAGE_SIZE - 1024; /* entries without a signature stand in one message with the one that has it */
        range->session = up->session;
        up->range = true;
        return;
    }
}

void hw_return_ack(struct step *step, const struct hw_ack_message *ack)
{
    struct upstream *up = &step->sync->up;
    for (size_t i = 0; i < ack->journals_n; i++) {
        struct lane_group *group = hw_lane_find(up->groups, up->groups_n, ack->journals[i].group);
        const char *code = hw_arena_text(step->arena, ack->journals[i].group.p, ack->journals[i].group.n);
        hw_pace_done(&up->pace, step->input->now_ms, hw_pace_tag(code, NULL, 0), ack->journals[i].position);
        if (group && ack->journals[i].position > group->acked && ack->journals[i].position <= group->sent)
            group->acked = ack->journals[i].position;
    }
    finish(step);
    hw_office_pump(step);
}
