/* sync_wait.c: clients that wait until everything saved here is admitted and all
 * that the hub held at the call is applied here (floor 1, pure). */
#include <stdlib.h>
#include <string.h>

#include "proto/sync_internal.h"

/* A link that does not get through what was asked for in a day is asked again by a person. */
enum { SILENT_MS = 24 * 3600 * 1000 };

static void ask(struct step *step, struct waiter *waiter)
{
    struct hw_message message = {.type = HW_PING, .session = step->sync->up.session};
    waiter->number = step->sync->next_number++;
    message.body.ping.number = waiter->number;
    message.body.ping.time_ms = (uint64_t)step->input->wall_ms;
    hw_step_send(step, HW_UPSTREAM, &message);
}

static void drop(struct hw_sync *sync, size_t at)
{
    free(sync->waiters[at].targets);
    sync->waiters[at] = sync->waiters[--sync->waiters_n];
}

static void reply(struct step *step, size_t at, enum hw_status status, const char *text)
{
    const struct waiter *waiter = &step->sync->waiters[at];
    struct hw_effect *effect = waiter->silent ? NULL : hw_step_add(step, HW_DO_REPLY, 0);
    if (!effect)
        return;
    effect->client = waiter->client;
    effect->status = status;
    effect->text = text;
}

/* Whoever asked does not wait any longer, and what was asked for goes on where it would not have gone by itself. */
static void go_on(struct step *step, size_t at)
{
    struct hw_sync *sync = step->sync;
    struct waiter *waiter = &sync->waiters[at];
    bool needed = sync->config.upstream && (sync->config.metered || waiter->now);
    for (size_t i = 0; i < sync->waiters_n; i++)
        needed = needed && (i == at || !sync->waiters[i].silent || (waiter->now && !sync->waiters[i].now));
    if (!needed || waiter->silent) {
        drop(sync, at);
        return;
    }
    waiter->silent = true;
    waiter->deadline_ms = step->input->now_ms + SILENT_MS;
}

static bool add(struct step *step)
{
    struct hw_sync *sync = step->sync;
    if (sync->waiters_n == sync->waiters_cap) {
        sync->waiters_cap = sync->waiters_cap ? sync->waiters_cap * 2 : 4;
        sync->waiters = hw_realloc(sync->waiters, sync->waiters_cap * sizeof *sync->waiters);
    }
    sync->waiters[sync->waiters_n++] = (struct waiter){.client = step->input->client, .now = step->input->now,
                                                       .deadline_ms = step->input->now_ms + step->input->wait_ms};
    const char *rests = sync->config.upstream ? hw_spend_text(step) : NULL;
    if (sync->config.upstream && !rests)
        return true;
    reply(step, sync->waiters_n - 1, rests ? HW_TIMEOUT : HW_OK, rests ? rests : "");
    drop(sync, sync->waiters_n - 1);
    return false;
}

void hw_wait_add(struct step *step)
{
    struct hw_sync *sync = step->sync;
    if (!add(step))
        return;
    hw_spend_check(step); /* it may go on for this one */
    if (sync->up.state == HW_OFFICE_STREAM)
        ask(step, &sync->waiters[sync->waiters_n - 1]);
    else
        hw_step_add(step, HW_DO_CONNECT, HW_UPSTREAM);
    hw_office_hurry(step);
    if (step->input->wait_ms > 0)
        return;
    reply(step, sync->waiters_n - 1, HW_OK, "");
    go_on(step, sync->waiters_n - 1);
}

void hw_wait_session(struct step *step)
{
    for (size_t i = 0; i < step->sync->waiters_n; i++)
        ask(step, &step->sync->waiters[i]);
}

void hw_wait_told(struct step *step, const struct hw_ping *ping)
{
    for (size_t i = 0; i < step->sync->waiters_n; i++) {
        struct waiter *waiter = &step->sync->waiters[i];
        if (waiter->number != ping->number)
            continue;
        free(waiter->targets);
        waiter->targets = hw_alloc(ping->journals_n * sizeof *waiter->targets);
        waiter->targets_n = ping->journals_n;
        for (size_t g = 0; g < ping->journals_n; g++) {
            waiter->targets[g] = (struct lane_group){.target = ping->journals[g].position};
            memcpy(waiter->targets[g].group, ping->journals[g].group.p, ping->journals[g].group.n);
        }
        waiter->told = true;
    }
    hw_wait_check(step);
}

/* Everything of our own in the groups that the hub takes is admitted. */
static bool all_admitted(const struct hw_sync *sync)
{
    for (size_t i = 0; i < sync->up.groups_n; i++) {
        const struct hw_group_tip *tip = hw_step_tip(sync, sync->up.groups[i].group);
        if (tip && strcmp(tip->group, "directory") != 0 && tip->own_admitted < tip->own_tip)
            return false;
    }
    return true;
}

static bool all_applied(const struct hw_sync *sync, const struct waiter *waiter)
{
    for (size_t i = 0; i < waiter->targets_n; i++) {
        const struct hw_group_tip *tip = hw_step_tip(sync, waiter->targets[i].group);
        if (waiter->targets[i].target > (tip ? tip->position : 0))
            return false;
    }
    return true;
}

static const char *not_yet(struct step *step)
{
    const struct upstream *up = &step->sync->up;
    const char *rests = hw_spend_text(step);
    if (rests)
        return rests;
    if (up->paused_until)
        return hw_arena_printf(step->arena, "not everything is in step yet: %s; it goes on by itself", up->paused);
    return up->state == HW_OFFICE_STREAM ? "not everything is in step yet; it goes on by itself"
                                         : "the hub cannot be reached; what is saved here is sent later";
}

void hw_wait_check(struct step *step)
{
    struct hw_sync *sync = step->sync;
    /* Without a session the groups are unknown, and nothing is known to be admitted. */
    bool admitted = sync->up.state == HW_OFFICE_STREAM && all_admitted(sync);
    const char *rests = sync->config.upstream ? hw_spend_text(step) : NULL;
    if (admitted)
        sync->last_sync_ms = step->input->wall_ms;
    for (size_t i = sync->waiters_n; i > 0; i--) {
        const struct waiter *waiter = &sync->waiters[i - 1];
        if (waiter->told && admitted && all_applied(sync, waiter)) {
            reply(step, i - 1, HW_OK, "");
            drop(sync, i - 1);
        } else if (step->input->now_ms >= waiter->deadline_ms || rests) {
            reply(step, i - 1, HW_TIMEOUT, not_yet(step));
            go_on(step, i - 1);
        }
    }
}
