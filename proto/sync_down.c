/* sync_down.c: what goes down to each served peer: journals and snapshots, in the order that turn.c gives, as much at once
 * as pace.c allows (floor 1, pure). */
#include <string.h>

#include "proto/sync_internal.h"

static bool waits(const struct hw_sync *sync, const struct lane_group *group)
{
    const struct hw_group_tip *tip = hw_step_tip(sync, group->group);
    return tip && tip->position - tip->bare > group->sent && group->snap == SNAP_NONE;
}

static void push(struct step *step, struct peer *peer, const struct lane_group *group)
{
    size_t most = hw_pace_message(&peer->pace);
    peer->asked_max = peer->credit < (int64_t)most ? (size_t)peer->credit : most;
    if (peer->lane == HW_LANE_LIVE && peer->asked_max > HW_LIVE_MOST)
        peer->asked_max = HW_LIVE_MOST;
    struct hw_effect *range = hw_step_add(step, HW_DO_SEND_RANGE, peer->number);
    range->append = HW_APPEND_RANGE;
    range->group = hw_arena_text(step->arena, group->group, strlen(group->group));
    range->from = group->sent + 1;
    range->max = peer->asked_max;
    range->session = peer->session;
    range->reader = peer->inc;
    hw_brief_range(step, peer, group, range);
}

/* The directory goes before everything, since the others are signed by whom it names: the first place has it. */
static struct hw_choice choice_of(const struct hw_sync *sync, const struct peer *peer, bool *directory, size_t *at)
{
    struct hw_choice choice = {.any = {false}};
    *directory = false;
    for (size_t i = 0; i < peer->groups_n; i++) {
        const struct lane_group *group = &peer->groups[i];
        if (group->snap != SNAP_NONE) {
            hw_choice_offer(&choice, HW_LANE_SNAPSHOT, &group->turn, i);
        } else if (waits(sync, group)) {
            *directory = strcmp(group->group, "directory") == 0;
            *at = i;
            if (*directory)
                break;
            hw_choice_offer(&choice, hw_turn_lane(&group->turn), &group->turn, i);
        }
    }
    return choice;
}

static void pump_peer(struct step *step, struct peer *peer)
{
    bool directory;
    size_t at = 0;
    enum hw_lane lane = HW_LANE_LIVE, most = hw_pace_room(&peer->pace, step->input->now_ms, false) ? peer->lane : HW_LANE_LIVE;
    if (peer->state != HW_PEER_STREAM || peer->range || peer->credit < HW_CREDIT_LEAST || !hw_pace_room(&peer->pace, step->input->now_ms, true))
        return;
    size_t before = step->effects->n;
    struct hw_choice choice = choice_of(step->sync, peer, &directory, &at);
    bool any = directory || hw_choice_pick(&choice, &peer->turns, most, &lane, &at);
    peer->range = ((!any || lane == HW_LANE_SNAPSHOT) && hw_brief_seal(step, peer)) || any;
    if (!any || step->effects->n > before)
        return;
    if (lane == HW_LANE_SNAPSHOT)
        hw_snapshot_push(step, peer, &peer->groups[at]);
    else
        push(step, peer, &peer->groups[at]);
}

void hw_hub_pump(struct step *step)
{
    for (size_t i = 0; i < step->sync->peers_n; i++)
        pump_peer(step, &step->sync->peers[i]);
}

void hw_down_pump(struct step *step, struct peer *peer)
{
    if (peer)
        pump_peer(step, peer);
}

void hw_down_tick(struct step *step)
{
    for (size_t i = 0; i < step->sync->peers_n; i++)
        if (step->sync->peers[i].pace.parcels_n > 0 || step->sync->peers[i].bare) /* else it waits for nothing that time brings */
            pump_peer(step, &step->sync->peers[i]);
}

void hw_down_out(struct step *step, struct peer *peer, struct lane_group *group, uint64_t last, struct hw_slice bytes)
{
    hw_step_add(step, HW_DO_SEND, peer->number)->bytes = bytes;
    peer->credit -= (int64_t)bytes.n;
    hw_pace_sent(&peer->pace, step->input->now_ms, hw_pace_tag(group->group, NULL, 0), last, bytes.n);
    if (last > group->sent)
        group->sent = last;
    hw_turn_had(&group->turn, &peer->turns, bytes.n, peer->asked_max, waits(step->sync, group));
}

void hw_down_ack(struct step *step, struct peer *peer, struct lane_group *group, uint64_t position)
{
    uint64_t tag = hw_pace_tag(group->group, NULL, 0);
    if (group->snap != SNAP_NONE)
        hw_pace_piece(&peer->pace, step->input->now_ms, tag);
    else
        hw_pace_done(&peer->pace, step->input->now_ms, tag, position);
    if (position > group->acked && position <= group->sent)
        group->acked = position;
}
