/* sync_up.c: what goes up to the hub: own streams and those carried, in the order that turn.c gives, as much at once as
 * pace.c allows (floor 1, pure). */
#include <string.h>

#include "proto/sync_internal.h"

/* Whether our own stream in a group has something to send. */
static bool own_waits(const struct hw_sync *sync, const struct lane_group *group)
{
    const struct hw_group_tip *tip = hw_step_tip(sync, group->group);
    return tip && tip->own_tip > group->sent && strcmp(tip->group, "directory") != 0;
}

bool hw_office_idle(const struct step *step)
{
    const struct upstream *up = &step->sync->up;
    for (size_t i = 0; i < up->groups_n; i++)
        if (own_waits(step->sync, &up->groups[i]))
            return false;
    return up->state == HW_OFFICE_STREAM && !up->range && up->credit >= HW_CREDIT_LEAST && hw_pace_room(&up->pace, step->input->now_ms, true);
}

static void push_own(struct step *step, const struct lane_group *group, size_t max)
{
    struct hw_effect *range = hw_step_add(step, HW_DO_SEND_RANGE, HW_UPSTREAM);
    range->append = HW_APPEND_RANGE;
    range->group = hw_arena_text(step->arena, group->group, strlen(group->group));
    range->from = group->sent + 1;
    range->max = max;
    range->offset_ms = hw_step_offset(step);
    range->session = step->sync->up.session;
    hw_brief_push(range, group);
}

/* Own streams first by number, then those carried. */
static struct hw_choice waiting(const struct hw_sync *sync)
{
    const struct upstream *up = &sync->up;
    struct hw_choice choice = {.any = {false}};
    for (size_t i = 0; i < up->groups_n; i++)
        if (own_waits(sync, &up->groups[i]))
            hw_choice_offer(&choice, hw_turn_lane(&up->groups[i].turn), &up->groups[i].turn, i);
    for (size_t i = 0; i < up->carried_n; i++)
        if (hw_carry_has(sync, i))
            hw_choice_offer(&choice, hw_turn_lane(&up->carried[i].turn), &up->carried[i].turn, up->groups_n + i);
    return choice;
}

size_t hw_up_longest(const struct step *step, enum hw_lane lane)
{
    const struct upstream *up = &step->sync->up;
    uint64_t most = hw_pace_message(&up->pace), paid = hw_spend_room(step->sync, lane);
    if (hw_spend_lane(step->sync) == HW_LANE_LIVE && most > HW_LIVE_MOST)
        most = HW_LIVE_MOST;
    most = paid < most ? paid : most;
    return up->credit < (int64_t)most ? (size_t)up->credit : (size_t)most;
}

void hw_office_pump(struct step *step)
{
    struct hw_sync *sync = step->sync;
    struct upstream *up = &sync->up;
    enum hw_lane lane, most;
    size_t at;
    if (up->state == HW_OFFICE_RECOVER)
        hw_return_pump(step);
    if (hw_office_paused(step) || up->state != HW_OFFICE_STREAM || up->range || up->credit < HW_CREDIT_LEAST)
        return;
    if (!hw_pace_room(&up->pace, step->input->now_ms, true))
        return;
    struct hw_choice choice = waiting(sync);
    bool room = hw_pace_room(&up->pace, step->input->now_ms, false) && hw_spend_room(sync, HW_LANE_BACKLOG) > 0;
    most = room && hw_spend_lane(sync) > HW_LANE_LIVE ? HW_LANE_BACKLOG : HW_LANE_LIVE;
    if (most == HW_LANE_BACKLOG && hw_passed_push(step))
        return;
    if (hw_spend_room(sync, HW_LANE_LIVE) == 0 || !hw_choice_pick(&choice, &up->turns, most, &lane, &at))
        return;
    up->range = true;
    up->asked_max = hw_up_longest(step, lane);
    if (at < up->groups_n)
        push_own(step, &up->groups[at], up->asked_max);
    else
        hw_carry_push(step, at - up->groups_n, up->asked_max);
}

/* Journals handed back are acknowledged by their groups, segments by their streams. */
static uint64_t tag_of(const struct hw_sync *sync, const char *group, const struct hw_inc *inc)
{
    static const struct hw_inc own;
    if (sync->up.state == HW_OFFICE_RECOVER)
        return hw_pace_tag(group, NULL, 0);
    const struct hw_inc *whose = hw_inc_compare(inc, &own) == 0 ? &sync->config.inc : inc;
    return hw_pace_tag(group, whose->b, sizeof whose->b);
}

void hw_up_out(struct step *step, const char *code, const struct hw_inc *stream, uint64_t last, struct hw_slice bytes)
{
    static const struct hw_inc own;
    struct hw_sync *sync = step->sync;
    struct upstream *up = &sync->up;
    bool waits = false;
    struct hw_turn *turn = NULL;
    struct lane_group *group = hw_lane_find(up->groups, up->groups_n, hw_slice_text(code));
    hw_step_add(step, HW_DO_SEND, HW_UPSTREAM)->bytes = bytes;
    up->credit -= (int64_t)bytes.n;
    if (hw_inc_compare(stream, &own) != 0) {
        turn = hw_carry_sent(sync, stream, code, last, &waits);
    } else if (group) {
        group->sent = last > group->sent ? last : group->sent;
        waits = own_waits(sync, group);
        turn = &group->turn;
    }
    if (turn)
        hw_turn_had(turn, &up->turns, bytes.n, up->asked_max, waits);
    hw_pace_sent(&up->pace, step->input->now_ms, tag_of(sync, code, stream), last, bytes.n);
}

void hw_up_ack(struct step *step, const struct hw_ack *ack)
{
    struct upstream *up = &step->sync->up;
    const char *group = hw_arena_text(step->arena, ack->group.p, ack->group.n);
    hw_pace_done(&up->pace, step->input->now_ms, hw_pace_tag(group, ack->inc.b, sizeof ack->inc.b), ack->durable);
}
