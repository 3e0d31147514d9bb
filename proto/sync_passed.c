/* sync_passed.c: journals that offices behind this node have handed back go on to
 * the hub (floor 1, pure).
 *
 *   --SEND_RANGE back--> JOURNAL up, in the middle of a session --ACK--> PASSED: the store lets go of it, and the next one goes
 *
 * One message at a time, and before what else waits: the gate should know what an earlier life decided before it judges the
 * same again. One that is refused bars its lane (one group, one life of the gate) as with streams that are carried.
 *
 * The end of what an office or a relay hands back here is acknowledged when nothing of that journal waits here any more, and so when the
 * gate has it: the sender keeps it until then. */
#include <stdio.h>
#include <string.h>

#include "proto/sync_internal.h"

enum { WHAT_SIZE = 8 + HW_GROUP_MAX + 1 + 16 + 1 }; /* "journal GROUP LIFE" */

/* The name of such a lane in `what` of ERROR. */
static void name_journal(char what[WHAT_SIZE], const char *group, const struct hw_inc *life)
{
    size_t n = (size_t)snprintf(what, WHAT_SIZE, "journal %.*s ", HW_GROUP_MAX, group);
    for (size_t i = 0; i < sizeof life->b; i++, n += 2)
        snprintf(what + n, WHAT_SIZE - n, "%02x", life->b[i]);
}

struct lane_carry *hw_passed_find(struct upstream *up, const struct hw_inc *life, struct hw_slice group)
{
    for (size_t i = 0; i < up->carried_n; i++) {
        struct lane_carry *lane = &up->carried[i];
        if (lane->back && hw_inc_compare(&lane->inc, life) == 0 && hw_slice_is(group, lane->group))
            return lane;
    }
    return NULL;
}

/* The directory brings the lives that the others are signed by. */
static const struct lane_carry *next_lane(const struct hw_sync *sync)
{
    const struct lane_carry *found = NULL;
    for (size_t i = 0; i < sync->up.carried_n; i++) {
        const struct lane_carry *lane = &sync->up.carried[i];
        if (lane->back && hw_carry_goes(sync, lane) && (!found || strcmp(lane->group, "directory") == 0))
            found = lane;
    }
    return found;
}

bool hw_passed_push(struct step *step)
{
    struct upstream *up = &step->sync->up;
    const struct lane_carry *lane = up->passing.under_way ? NULL : next_lane(step->sync);
    if (!lane)
        return false;
    up->passing = (struct passing){.under_way = true, .life = lane->inc};
    memcpy(up->passing.group, lane->group, sizeof up->passing.group);
    up->range = true;
    struct hw_effect *range = hw_step_add(step, HW_DO_SEND_RANGE, HW_UPSTREAM);
    range->append = HW_APPEND_RANGE;
    range->back = true;
    range->group = hw_arena_text(step->arena, lane->group, strlen(lane->group));
    range->stream = lane->inc;
    range->session = up->session;
    return true;
}

void hw_passed_read(struct step *step, const struct hw_stored *stored, bool stale)
{
    struct upstream *up = &step->sync->up;
    struct lane_carry *lane = hw_passed_find(up, &stored->stream, hw_slice_text(stored->group));
    if (stored->status || stored->message.n == 0) {
        up->passing.under_way = false;
        if (stored->status == HW_IO || stored->status == HW_NO_SPACE)
            hw_office_own_fault(step, stored);
        else if (lane)
            hw_carry_bar(step, lane, stored->status ? stored->text : "it cannot be found");
        return;
    }
    up->passing.under_way = !stale;
    if (stale)
        return; /* it is read again */
    up->passing.last = stored->last;
    hw_step_add(step, HW_DO_SEND, HW_UPSTREAM)->bytes = stored->message;
    up->credit -= (int64_t)stored->message.n; /* the answer may be long in coming, and tells nothing of the link's pace */
}

void hw_passed_ack(struct step *step, const struct hw_ack_message *ack)
{
    struct upstream *up = &step->sync->up;
    const struct passing *passing = &up->passing;
    for (size_t i = 0; i < ack->journals_n; i++) {
        if (!passing->under_way || !hw_slice_is(ack->journals[i].group, passing->group) ||
            ack->journals[i].position != passing->last || passing->last == 0)
            continue;
        struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, HW_UPSTREAM);
        append->append = HW_APPEND_PASSED;
        append->group = hw_arena_text(step->arena, passing->group, strlen(passing->group));
        append->stream = passing->life;
        append->position = passing->last;
        append->session = up->session;
    }
}

/* -- those from whom it came -- */

/* A lane that the hub has refused waits for the directory: with it nobody else does. */
static bool goes_up(const struct hw_sync *sync, const char *group)
{
    const struct hw_group_tip *directory = hw_step_tip(sync, "directory");
    for (size_t i = 0; i < sync->up.carried_n; i++) {
        const struct lane_carry *lane = &sync->up.carried[i];
        if (lane->back && strcmp(lane->group, group) == 0 &&
            !(lane->barred && directory && lane->barred_at == directory->position))
            return true;
    }
    return false;
}

static void confirm(struct step *step, const struct peer *peer, const char *group, uint64_t last)
{
    struct hw_position position = {.group = hw_slice_text(group), .position = last};
    struct hw_message message = {.type = HW_ACK, .session = peer->session};
    message.body.ack = (struct hw_ack_message){.journals = &position, .journals_n = 1};
    hw_step_send(step, peer->number, &message);
}

void hw_passed_taken(struct step *step, struct peer *peer, const struct hw_stored *stored)
{
    struct lane_group *group = hw_lane_find(peer->groups, peer->groups_n, hw_slice_text(stored->group));
    bool last = peer->state != HW_PEER_RETURN || (group && stored->last >= group->target);
    if (group && last && stored->later && goes_up(step->sync, group->group))
        group->passing = stored->last;
    else
        confirm(step, peer, stored->group, stored->last);
}

void hw_passed_release(struct step *step)
{
    for (size_t i = 0; i < step->sync->peers_n; i++) {
        struct peer *peer = &step->sync->peers[i];
        for (size_t g = 0; g < peer->groups_n; g++) {
            struct lane_group *group = &peer->groups[g];
            if (!group->passing || goes_up(step->sync, group->group))
                continue;
            confirm(step, peer, group->group, group->passing);
            group->passing = 0;
        }
    }
}

void hw_passed_stored(struct step *step, const struct hw_stored *stored)
{
    step->sync->up.passing.under_way = false;
    if (stored->status)
        hw_office_own_fault(step, stored);
    else
        hw_passed_release(step);
}

bool hw_passed_refused(struct step *step, const struct hw_error_message *error)
{
    struct upstream *up = &step->sync->up;
    char what[WHAT_SIZE];
    if (error->what.n < 8 || memcmp(error->what.p, "journal ", 8) != 0)
        return false;
    for (size_t i = 0; i < up->carried_n; i++) {
        struct lane_carry *lane = &up->carried[i];
        name_journal(what, lane->group, &lane->inc);
        if (!lane->back || !hw_slice_is(error->what, what))
            continue;
        hw_carry_bar(step, lane, hw_arena_text(step->arena, error->text.p, error->text.n));
        up->passing.under_way = false;
    }
    return true;
}

void hw_passed_refuse(struct step *step, uint64_t peer, uint64_t session, const struct hw_stored *stored)
{
    struct hw_message message = {.type = HW_ERROR, .session = session};
    char what[WHAT_SIZE];
    name_journal(what, stored->group, &stored->stream);
    message.body.error = (struct hw_error_message){.code = hw_slice_text(hw_status_name(stored->status)),
                                                   .what = hw_slice_text(what),
                                                   .text = hw_slice_text(stored->text)};
    hw_step_send(step, peer, &message);
    hw_step_note(step, 4, hw_arena_printf(step->arena, "what was handed back of the journal of %s was not taken: %s", stored->group,
                                          stored->text));
}
