/* sync_carry.c: what a node does for the offices behind it: their segments go up as
 * they came, and their new incarnations are introduced (floor 1, pure).
 *
 * A lane is one stream that the store holds beyond what the gate has admitted. In a new session it begins behind
 * that, or behind what the hub says with WELCOME that it has and has not judged. One that the hub or the store refuses is barred, and the others go on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/sync_internal.h"

enum {
    WHAT_SIZE = 7 + HW_GROUP_MAX + 1 + 16 + 1, /* "stream GROUP INCARNATION" */
    GAPS_MAX = 16 /* small messages behind one that found no space are refused too, each by itself */
};

/* The name of a stream in `what` of ERROR. */
static void name_stream(char what[WHAT_SIZE], const char *group, const struct hw_inc *inc)
{
    size_t n = (size_t)snprintf(what, WHAT_SIZE, "stream %.*s ", HW_GROUP_MAX, group);
    for (size_t i = 0; i < sizeof inc->b; i++, n += 2)
        snprintf(what + n, WHAT_SIZE - n, "%02x", inc->b[i]);
}

static bool is_lane(const struct lane_carry *lane, const struct hw_inc *inc, struct hw_slice group)
{
    return !lane->back && hw_inc_compare(&lane->inc, inc) == 0 && hw_slice_is(group, lane->group);
}

/* Begins looking at `hint`: lists of lanes have one order. */
static struct lane_carry *find(struct upstream *up, size_t hint, const struct hw_inc *inc, struct hw_slice group)
{
    for (size_t i = 0; i < up->carried_n; i++) {
        struct lane_carry *lane = &up->carried[(hint + i) % up->carried_n];
        if (is_lane(lane, inc, group))
            return lane;
    }
    return NULL;
}

void hw_carry_take(struct hw_sync *sync, const struct hw_carry *carried, size_t n)
{
    struct upstream *up = &sync->up;
    struct lane_carry *lanes = n ? hw_alloc(n * sizeof *lanes) : NULL;
    size_t hint = 0;
    for (size_t i = 0; i < n; i++) {
        const struct hw_carry *from = &carried[i];
        const struct lane_carry *old = from->back ? hw_passed_find(up, &from->inc, hw_slice_text(from->group))
                                                  : find(up, hint, &from->inc, hw_slice_text(from->group));
        hint = old ? (size_t)(old - up->carried) + 1 : hint;
        lanes[i] = old ? *old : (struct lane_carry){.inc = from->inc, .back = from->back};
        memcpy(lanes[i].group, from->group, sizeof lanes[i].group);
        lanes[i].sealed = from->sealed;
        lanes[i].admitted = from->admitted;
        if (lanes[i].acked < from->admitted)
            lanes[i].acked = from->admitted;
        if (lanes[i].sent < lanes[i].acked)
            lanes[i].sent = lanes[i].acked;
    }
    free(up->carried);
    up->carried = lanes;
    up->carried_n = n;
}

void hw_carry_restart(struct upstream *up)
{
    for (size_t i = 0; i < up->carried_n; i++) {
        struct lane_carry *lane = &up->carried[i];
        lane->sent = lane->acked = lane->admitted;
        lane->gaps = 0;
        lane->barred = false;
        lane->turn = (struct hw_turn){0};
    }
    up->passing.under_way = false;
}

void hw_carry_rewind(struct upstream *up)
{
    for (size_t i = 0; i < up->carried_n; i++)
        up->carried[i].sent = up->carried[i].acked;
    up->passing.under_way = false;
}

static uint64_t directory_position(const struct hw_sync *sync)
{
    const struct hw_group_tip *tip = hw_step_tip(sync, "directory");
    return tip ? tip->position : 0;
}

bool hw_carry_goes(const struct hw_sync *sync, const struct lane_carry *lane)
{
    bool barred = lane->barred && lane->barred_at == directory_position(sync);
    return !barred && hw_lane_find(sync->up.groups, sync->up.groups_n, hw_slice_text(lane->group));
}

bool hw_carry_waits(const struct hw_sync *sync)
{
    for (size_t i = 0; i < sync->up.carried_n; i++)
        if (sync->up.carried[i].sealed > sync->up.carried[i].acked && hw_carry_goes(sync, &sync->up.carried[i]))
            return true;
    return false;
}

bool hw_carry_has(const struct hw_sync *sync, size_t at)
{
    const struct lane_carry *lane = &sync->up.carried[at];
    return !lane->back && lane->sealed > lane->sent && hw_carry_goes(sync, lane);
}

void hw_carry_push(struct step *step, size_t at, size_t max)
{
    const struct lane_carry *lane = &step->sync->up.carried[at];
    struct hw_effect *range = hw_step_add(step, HW_DO_SEND_RANGE, HW_UPSTREAM);
    range->append = HW_APPEND_RANGE;
    range->group = hw_arena_text(step->arena, lane->group, strlen(lane->group));
    range->stream = lane->inc;
    range->from = lane->sent + 1;
    range->max = max;
    range->session = step->sync->up.session;
}

/* A grant may come back with the directory. */
void hw_carry_bar(struct step *step, struct lane_carry *lane, const char *why)
{
    char what[WHAT_SIZE];
    name_stream(what, lane->group, &lane->inc);
    hw_step_note(step, 4, hw_arena_printf(step->arena, lane->back ? "what an office handed back of the journal of %s waits here: %s"
                                                                  : "%s of another office waits here: %s",
                                          lane->back ? lane->group : what, why));
    lane->sent = lane->acked;
    lane->barred = true;
    lane->barred_at = directory_position(step->sync);
    if (lane->back)
        hw_passed_release(step);
}

bool hw_carry_failed(struct step *step, const struct hw_stored *stored)
{
    struct upstream *up = &step->sync->up;
    struct lane_carry *lane = find(up, 0, &stored->stream, hw_slice_text(stored->group));
    bool disk = stored->status == HW_IO || stored->status == HW_NO_SPACE;
    if (disk || (!stored->status && stored->message.n))
        return false;
    if (lane)
        hw_carry_bar(step, lane, stored->status ? stored->text : "its changes cannot be found");
    return true;
}

struct hw_turn *hw_carry_sent(struct hw_sync *sync, const struct hw_inc *inc, const char *group, uint64_t last, bool *waits)
{
    struct lane_carry *lane = find(&sync->up, 0, inc, hw_slice_text(group));
    if (!lane)
        return NULL;
    if (last > lane->sent)
        lane->sent = last;
    *waits = lane->sealed > lane->sent;
    return &lane->turn;
}

void hw_carry_ack(struct hw_sync *sync, const struct hw_ack *ack)
{
    struct lane_carry *lane = find(&sync->up, 0, &ack->inc, ack->group);
    if (!lane || ack->durable <= lane->acked)
        return;
    lane->acked = ack->durable;
    if (lane->sent < lane->acked) /* the hub has it from elsewhere */
        lane->sent = lane->acked;
}

/* This office's own changes in a group stay here until a new session begins: its grant there has ended. */
static void keep_own(struct step *step, const struct hw_error_message *error)
{
    struct upstream *up = &step->sync->up;
    char what[WHAT_SIZE];
    for (size_t i = up->groups_n; i > 0; i--) {
        struct lane_group *group = &up->groups[i - 1];
        name_stream(what, group->group, &step->sync->config.inc);
        if (!hw_slice_is(error->what, what))
            continue;
        hw_step_note(step, 4, hw_arena_printf(step->arena, "changes in %s stay here: %.*s", group->group, (int)error->text.n,
                                              (const char *)error->text.p));
        *group = up->groups[--up->groups_n];
        hw_pace_forget(&up->pace);
        up->stale = up->range;
    }
}

bool hw_carry_refused(struct step *step, const struct hw_error_message *error)
{
    struct upstream *up = &step->sync->up;
    char what[WHAT_SIZE];
    if (error->what.n < 7 || memcmp(error->what.p, "stream ", 7) != 0)
        return false;
    keep_own(step, error);
    for (size_t i = 0; i < up->carried_n; i++) {
        struct lane_carry *lane = &up->carried[i];
        name_stream(what, lane->group, &lane->inc);
        if (!hw_slice_is(error->what, what))
            continue;
        bool gap = hw_slice_is(error->code, hw_status_name(HW_GAP)) && lane->gaps < GAPS_MAX;
        if (gap) { /* what went before it found no space at the hub: once more from the beginning */
            lane->gaps++;
            lane->sent = lane->acked = lane->admitted;
        } else {
            hw_carry_bar(step, lane, hw_arena_text(step->arena, error->text.p, error->text.n));
        }
        hw_pace_forget(&up->pace); /* for this one no ACK comes */
        up->stale = up->range; /* what is being read may be of this stream, and go after what was refused */
    }
    return true;
}

void hw_carry_refuse(struct step *step, uint64_t peer, uint64_t session, const struct hw_carry_refusal *refused)
{
    struct hw_message message = {.type = HW_ERROR, .session = session};
    char what[WHAT_SIZE];
    name_stream(what, refused->group, &refused->inc);
    message.body.error = (struct hw_error_message){.code = hw_slice_text(hw_status_name(refused->status)),
                                                   .what = hw_slice_text(what),
                                                   .text = hw_slice_text(refused->text)};
    hw_step_send(step, peer, &message);
    hw_step_note(step, 4, hw_arena_printf(step->arena, "%s was not taken: %s", what, refused->text));
}

bool hw_carry_introduce(struct step *step, const struct hw_introduce *introduce)
{
    struct hw_message message = {.type = HW_INTRODUCE, .session = step->sync->up.session, .body.introduce = *introduce};
    if (step->sync->up.state != HW_OFFICE_STREAM)
        return false;
    if (step->sync->up.plain && introduce->keyed)
        return false; /* a hub that is too old to read this: the keys wait until it is newer */
    if (step->sync->up.plain)
        message.body.introduce.reason = 0;
    step->sync->up.more |= message.body.introduce.reason != 0;
    hw_step_send(step, HW_UPSTREAM, &message);
    return true;
}
