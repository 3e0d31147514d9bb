/* sync_live.c: what a commit has just added goes to whoever has all before it
 * (floor 1, pure).
 *
 * The store brings it along with STORED, so nobody waits for it to be asked again. Whoever lacks something, or has something under
 * way, gets it by SEND_RANGE, in its turn. */
#include "proto/sync_internal.h"

void hw_live_up(struct step *step, const struct hw_live *live)
{
    struct upstream *up = &step->sync->up;
    if (!live || up->state != HW_OFFICE_STREAM || up->range || up->credit < HW_CREDIT_LEAST || hw_office_paused(step) ||
        !hw_pace_room(&up->pace, step->input->now_ms, true) || hw_spend_room(step->sync, HW_LANE_LIVE) == 0)
        return;
    struct lane_group *group = hw_lane_find(up->groups, up->groups_n, hw_slice_text(live->group));
    if (!group || group->sent + 1 != live->first)
        return;
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    if (!hw_brief_up(up->session, group, live, &out))
        hw_segments_wrap(&out, up->session, live->items, live->n);
    static const struct hw_inc own;
    up->asked_max = hw_up_longest(step, HW_LANE_LIVE);
    hw_up_out(step, live->group, &own, live->last, hw_arena_slice(step->arena, hw_out_slice(&out)));
}

/* The lane that the entries continue, when nothing of any group stands before them. */
static struct lane_group *in_step(const struct step *step, const struct peer *peer, const struct hw_live *live)
{
    struct lane_group *found = NULL;
    if (peer->state != HW_PEER_STREAM || peer->range || peer->credit < HW_CREDIT_LEAST ||
        !hw_pace_room(&peer->pace, step->input->now_ms, true))
        return NULL;
    for (size_t i = 0; i < peer->groups_n; i++) {
        struct lane_group *group = &peer->groups[i];
        const struct hw_group_tip *tip = hw_step_tip(step->sync, group->group);
        if (hw_slice_is(hw_slice_text(live->group), group->group))
            found = group;
        else if (tip && tip->position > group->sent)
            return NULL;
        if (group->snap != SNAP_NONE)
            return NULL;
    }
    return found && found->sent + 1 == live->first ? found : NULL;
}

void hw_live_down(struct step *step, const struct hw_live *live, bool author)
{
    for (size_t i = 0; live && i < step->sync->peers_n; i++) {
        struct peer *peer = &step->sync->peers[i];
        bool wrote = hw_inc_compare(&peer->inc, &live->author) == 0;
        struct lane_group *group = wrote == author ? in_step(step, peer, live) : NULL;
        if (!group)
            continue;
        struct hw_out out HW_CLEANUP(hw_out_done) = {0};
        if (!hw_brief_down(step, peer, group, live, wrote, &out)) {
            hw_journal_wrap(&out, peer->session, &live->head, wrote ? live->echo : live->items, live->n);
            hw_brief_sent(step, group, live->last, false);
        }
        peer->asked_max = hw_pace_message(&peer->pace);
        hw_down_out(step, peer, group, live->last, hw_arena_slice(step->arena, hw_out_slice(&out)));
    }
}
