/* sync_snapshot.c: the records of a group for an office that holds nothing of it,
 * instead of the whole journal (floor 1, pure).
 *
 * The office asks when its session begins; an older one never does, and gets the journal. The hub holds that group's journal
 * back, sends the manifest and the chunks when no journal has anything to send, each for credit like a JOURNAL, and then the
 * journal from where the snapshot was cut. A session that ends leaves the chunks at the office: the next one asks for the
 * rest. */
#include <string.h>

#include "proto/sync_internal.h"

/* An entry admits at most 1,024 events: one alone is never worth a snapshot. */
enum { ENTRIES_MIN = 2 };
/* Where an office holds a part, one that lacks fewer has not been away for long; the hub decides (HW_SNAPSHOT_FAR). */
enum { ENTRIES_FAR = 20 };

/* -- office -- */

void hw_snapshot_ask(struct step *step)
{
    struct upstream *up = &step->sync->up;
    if (step->sync->config.hub || up->plain) /* a relay keeps the whole log for those behind it */
        return;
    for (size_t i = 0; i < up->groups_n; i++) {
        const struct lane_group *group = &up->groups[i];
        const struct hw_group_tip *tip = hw_step_tip(step->sync, group->group);
        if (group->target < (tip ? tip->position : 0) + ENTRIES_MIN || strcmp(group->group, "directory") == 0)
            continue;
        if (tip && tip->position > 0 && group->target < tip->position + ENTRIES_FAR)
            continue;
        struct hw_message message = {.type = HW_SNAPSHOT, .session = up->session};
        message.body.snapshot = (struct hw_snapshot_message){.what = HW_SNAPSHOT_ASK, .group = hw_slice_text(group->group),
                                                             .position = tip ? tip->staged : 0,
                                                             .index = tip ? tip->staged_n : 0};
        hw_step_send(step, HW_UPSTREAM, &message);
        up->more = true; /* an older hub cannot read it */
    }
}

void hw_snapshot_recv(struct step *step, const struct hw_snapshot_message *snapshot, struct hw_slice bytes)
{
    if (snapshot->what == HW_SNAPSHOT_OFFER || snapshot->what == HW_SNAPSHOT_CHUNK)
        hw_office_take(step, HW_APPEND_SNAPSHOT, bytes);
    else if (snapshot->what == HW_SNAPSHOT_ASK)
        hw_office_fail(step, HW_CORRUPT, "the hub sent a message that only an office sends", 0);
}

void hw_snapshot_stored(struct step *step, const struct hw_stored *stored)
{
    const struct hw_group_tip *tip = hw_step_tip(step->sync, stored->group);
    if (tip && tip->position > 0)
        hw_step_note(step, 5, hw_arena_printf(step->arena,
                                              "group %s: the records as they stand have come; how they came about "
                                              "before today is kept at headquarters",
                                              stored->group));
}

/* -- hub -- */

static void send_none(struct step *step, const struct peer *peer, struct hw_slice group)
{
    struct hw_message message = {.type = HW_SNAPSHOT, .session = peer->session};
    message.body.snapshot = (struct hw_snapshot_message){.what = HW_SNAPSHOT_NONE, .group = group};
    hw_step_send(step, peer->number, &message);
}

void hw_snapshot_asked(struct step *step, struct peer *peer, const struct hw_snapshot_message *ask)
{
    struct lane_group *group = hw_lane_find(peer->groups, peer->groups_n, ask->group);
    if (ask->what != HW_SNAPSHOT_ASK) {
        hw_hub_fail(step, peer->number, HW_CORRUPT, "a message that only a hub sends");
        return;
    }
    if (!group || group->snap != SNAP_NONE || hw_slice_is(ask->group, "directory")) {
        send_none(step, peer, ask->group);
        return;
    }
    group->snap = SNAP_ASKED;
    group->snap_position = ask->position;
    group->snap_at = ask->index;
}

void hw_snapshot_push(struct step *step, const struct peer *peer, const struct lane_group *group)
{
    struct hw_effect *range = hw_step_add(step, HW_DO_SEND_RANGE, peer->number);
    range->append = group->snap == SNAP_ASKED ? HW_APPEND_OFFER : HW_APPEND_CHUNK;
    range->group = hw_arena_text(step->arena, group->group, strlen(group->group));
    range->position = group->snap == SNAP_ASKED ? group->sent : group->snap_position;
    range->from = group->snap_at;
    range->session = peer->session;
    range->reader = peer->inc;
}

static void send_bytes(struct step *step, struct peer *peer, struct lane_group *group, struct hw_slice bytes)
{
    hw_step_add(step, HW_DO_SEND, peer->number)->bytes = bytes;
    peer->credit -= (int64_t)bytes.n;
    hw_turn_had(&group->turn, &peer->turns, bytes.n, SIZE_MAX, true);
    hw_pace_sent(&peer->pace, step->input->now_ms, hw_pace_tag(group->group, NULL, 0), 0, bytes.n);
}

/* A part of the same snapshot is at the office already: it needs the rest alone. */
static void sent_offer(struct step *step, struct peer *peer, struct lane_group *group, const struct hw_stored *stored)
{
    bool same = stored->last == group->snap_position && group->snap_at > 0 && group->snap_at < stored->chunks;
    if (stored->again)
        return; /* one step further: other journals and peers go first */
    if (stored->last == 0) {
        group->snap = SNAP_NONE;
        send_none(step, peer, hw_slice_text(stored->group));
        return;
    }
    if (!same)
        send_bytes(step, peer, group, stored->message);
    group->snap = SNAP_SENDING;
    group->snap_at = same ? group->snap_at : 0;
    group->snap_position = stored->last;
    group->snap_chunks = stored->chunks;
}

void hw_snapshot_sent(struct step *step, struct peer *peer, const struct hw_stored *stored)
{
    struct lane_group *group = hw_lane_find(peer->groups, peer->groups_n, hw_slice_text(stored->group));
    peer->range = false;
    if (stored->status == HW_NOT_FOUND && group) { /* another one was made meanwhile */
        group->snap = SNAP_ASKED;
        group->snap_position = group->snap_at = 0;
    } else if (stored->status) {
        hw_hub_fail(step, peer->number, stored->status, stored->text);
    } else if (group && stored->append == HW_APPEND_OFFER) {
        sent_offer(step, peer, group, stored);
    } else if (group) {
        send_bytes(step, peer, group, stored->message);
        if (++group->snap_at < group->snap_chunks)
            return;
        group->snap = SNAP_NONE; /* the journal goes on behind it */
        group->sent = group->acked = group->snap_position;
    }
}
