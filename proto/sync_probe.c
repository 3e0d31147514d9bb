/* sync_probe.c: is the session with the hub alive, and is nothing missing?
 * (floor 1, pure)
 *
 * ZeroMQ and TCP lose nothing inside a connection, and the link's heartbeats end one that is dead. Should a message be
 * lost all the same (a fault in a library, or in us), both sides would wait for each other for ever. So the office asks
 * with PING. The answer comes behind everything that the hub sent before it. When two answers in a row find something
 * missing on one of the two ways, and nothing moved there between them, the session begins again, which mends it. So it is too
 * where journals are handed back to a hub that was restored. */
#include <string.h>

#include "proto/sync_internal.h"

enum {
    IDLE_MS = 5 * 60 * 1000, /* under 50 kB a day on a metered link */
    BUSY_MS = 60 * 1000,     /* while something waits for the hub */
    /* The question stands behind four whole messages, and so may the answer: at 16 kbit/s that is 8 minutes each way. */
    ANSWER_MS = 20 * 60 * 1000
};

/* Changes, our own or carried, that the hub should have confirmed or asked for. */
static bool behind_up(const struct step *step)
{
    const struct hw_sync *sync = step->sync;
    const struct upstream *up = &sync->up;
    if (up->state == HW_OFFICE_RECOVER)
        return hw_return_behind(sync) && step->input->now_ms >= up->paused_until;
    for (size_t i = 0; i < up->groups_n; i++) {
        const struct lane_group *group = &up->groups[i];
        const struct hw_group_tip *tip = hw_step_tip(sync, group->group);
        if (tip && strcmp(tip->group, "directory") != 0 && tip->own_tip > group->acked)
            return step->input->now_ms >= up->paused_until;
    }
    return hw_carry_waits(sync) && step->input->now_ms >= up->paused_until;
}

static bool behind_down(const struct step *step, const struct hw_ping *ping)
{
    for (size_t i = 0; i < ping->journals_n; i++) {
        const struct upstream *up = &step->sync->up;
        const struct hw_position *told = &ping->journals[i];
        const struct lane_group *group = hw_lane_find(up->groups, up->groups_n, told->group);
        const struct hw_group_tip *tip = group ? hw_step_tip(step->sync, group->group) : NULL;
        if (group && told->position > (tip ? tip->position : 0))
            return true;
    }
    return false;
}

void hw_probe_begin(struct step *step)
{
    step->sync->up.probe = (struct probe){.due_ms = step->input->now_ms + BUSY_MS};
}

void hw_probe_tick(struct step *step)
{
    struct probe *probe = &step->sync->up.probe;
    uint64_t now = step->input->now_ms;
    if (probe->number) {
        if (now - probe->asked_ms > ANSWER_MS)
            hw_office_fail(step, HW_TIMEOUT, "the hub does not answer any more", 1);
        return;
    }
    if (now < probe->due_ms)
        return;
    struct hw_message message = {.type = HW_PING, .session = step->sync->up.session};
    probe->number = step->sync->next_number++;
    probe->asked_ms = now;
    message.body.ping.number = probe->number;
    message.body.ping.time_ms = (uint64_t)step->input->wall_ms;
    hw_step_send(step, HW_UPSTREAM, &message);
}

void hw_probe_moved(struct step *step, enum hw_message_type type)
{
    struct probe *probe = &step->sync->up.probe;
    probe->up.moves += type == HW_ACK || type == HW_CREDIT;
    probe->down.moves += type == HW_JOURNAL || type == HW_SNAPSHOT;
}

/* Whether this answer and the one before found us behind, and nothing moved between them. */
static bool stands(struct probe_way *way, bool behind)
{
    bool still = behind && way->stalled == way->moves + 1;
    way->stalled = behind ? way->moves + 1 : 0;
    return still;
}

void hw_probe_told(struct step *step, const struct hw_ping *ping)
{
    struct probe *probe = &step->sync->up.probe;
    bool back = step->sync->up.state == HW_OFFICE_RECOVER; /* hands back; nothing comes down */
    if ((step->sync->up.state != HW_OFFICE_STREAM && !back) || !probe->number || ping->number != probe->number)
        return;
    bool all = hw_spend_lane(step->sync) > HW_LANE_LIVE; /* else what is behind stays there, to save bytes */
    bool up = (all || back) && behind_up(step), down = all && !back && behind_down(step, ping);
    probe->number = 0;
    probe->due_ms = step->input->now_ms + ((up && !hw_return_far(step->sync)) || down ? BUSY_MS : IDLE_MS);
    /* Each way by itself: an office whose first CREDIT was lost goes on to be told that its changes are kept. */
    bool up_stands = stands(&probe->up, up), down_stands = stands(&probe->down, down);
    if (!up_stands && !down_stands)
        return;
    hw_step_note(step, 4, "something was lost on the way between this office and the hub: the session begins again");
    hw_office_fail(step, HW_TIMEOUT, "something was lost on the way; the session begins again", 1);
}
