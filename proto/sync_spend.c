/* sync_spend.c: what the link to the hub may cost (floor 1, pure): budgets for an hour and a day, and metered mode.
 *
 * Bytes are counted at the edge, as the kernel counts them. While there is plenty, everything goes; from the last tenth on, and
 * on a metered link, live changes alone: own ones by turn.c, the hub's by the lane of our CREDIT. When nothing is left the
 * session ends and the link rests, which is the one state that costs nothing. A person who types `headway sync` opens a metered
 * link until everything is in step, and with --now also one whose budget is spent. */
#include <stdio.h>
#include <string.h>

#include "proto/sync_internal.h"

enum {
    SAVE_MS = 60 * 1000,
    SAVE_PARTS = 32, /* a crash forgets no more of a budget than one of so many parts */
    ROOM_MIN = 512,  /* less is not worth a message */
    HOLD_PARTS = 4   /* so much of what is left may be on its way to us */
};

static bool counts(const struct hw_sync *sync)
{
    return sync->config.metered || hw_budget_limited(&sync->up.budget);
}

static bool waits_now(const struct hw_sync *sync)
{
    for (size_t i = 0; i < sync->waiters_n; i++)
        if (sync->waiters[i].now)
            return true;
    return false;
}

unsigned hw_spend_lane(const struct hw_sync *sync)
{
    unsigned lane = waits_now(sync) ? (unsigned)HW_LANE_SNAPSHOT : hw_budget_lane(&sync->up.budget);
    return sync->config.metered && sync->waiters_n == 0 && lane ? (unsigned)HW_LANE_LIVE : lane;
}

static int64_t local_ms(const struct step *step)
{
    return step->input->wall_ms + step->input->zone_ms;
}

static uint64_t wait_ms(struct step *step, enum hw_budget_period *which)
{
    return hw_budget_wait(&step->sync->up.budget, step->input->now_ms, local_ms(step), which);
}

const char *hw_spend_text(struct step *step)
{
    enum hw_budget_period which = HW_BUDGET_HOUR;
    if (hw_spend_lane(step->sync))
        return NULL;
    uint64_t minute = ((uint64_t)local_ms(step) + wait_ms(step, &which) + 59999) / 60000;
    return hw_arena_printf(step->arena, "%s budget of %llu kB is spent, and the link rests until %02llu:%02llu; to go on all the "
                           "same: headway sync --now", which == HW_BUDGET_HOUR ? "this hour's" : "today's",
                           (unsigned long long)step->sync->up.budget.limit[which] / 1000,
                           (unsigned long long)(minute / 60 % 24), (unsigned long long)(minute % 60));
}

static void close_until(struct step *step)
{
    enum hw_budget_period which;
    struct upstream *up = &step->sync->up;
    snprintf(up->reason, sizeof up->reason, "%s", hw_spend_text(step));
    struct hw_effect *close = hw_step_add(step, HW_DO_CLOSE, HW_UPSTREAM);
    close->ms = wait_ms(step, &which);
    close->rest = true;
    close->text = hw_arena_text(step->arena, up->reason, strlen(up->reason));
    up->resting = true;
}

static void rest(struct step *step)
{
    struct hw_message bye = {.type = HW_BYE, .session = step->sync->up.session};
    bye.body.bye = hw_slice_text("this office's budget for its link is spent");
    if (bye.session)
        hw_step_send(step, HW_UPSTREAM, &bye);
    hw_office_down(step);
    close_until(step);
}

bool hw_spend_rests(struct step *step)
{
    if (hw_spend_lane(step->sync))
        return false;
    close_until(step);
    return true;
}

void hw_spend_start(struct step *step)
{
    struct hw_sync *sync = step->sync;
    hw_budget_init(&sync->up.budget, sync->config.bytes_per_hour, sync->config.bytes_per_day);
    hw_budget_decode(&sync->up.budget, step->input->budget, step->input->now_ms);
    hw_budget_look(&sync->up.budget, step->input->now_ms, local_ms(step));
    if (sync->config.upstream && !hw_spend_lane(sync))
        close_until(step);
}

void hw_spend_count(struct step *step)
{
    struct upstream *up = &step->sync->up;
    if (!counts(step->sync))
        return;
    hw_budget_look(&up->budget, step->input->now_ms, local_ms(step));
    if (step->input->line_bytes > up->line) {
        hw_budget_spend(&up->budget, step->input->line_bytes - up->line);
        up->line = step->input->line_bytes;
    }
}

void hw_spend_check(struct step *step)
{
    struct upstream *up = &step->sync->up;
    unsigned lane = hw_spend_lane(step->sync);
    if (!step->sync->config.upstream || !counts(step->sync))
        return;
    if (!lane && up->state != HW_OFFICE_DOWN) {
        rest(step);
    } else if (lane && up->resting) {
        up->resting = false;
        up->reason[0] = 0;
        hw_step_add(step, HW_DO_CONNECT, HW_UPSTREAM);
    } else if (up->state == HW_OFFICE_STREAM && lane != up->lane_told) {
        hw_step_credit(step, HW_UPSTREAM, up->session, (enum hw_lane)lane, 0);
        up->lane_told = lane;
        hw_office_pump(step);
    }
}

/* What is on its way up may not be counted yet. What the hub may send is not kept free: that the end is near, it learns by
 * the lane. */
uint64_t hw_spend_room(const struct hw_sync *sync, enum hw_lane lane)
{
    uint64_t left = waits_now(sync) ? UINT64_MAX : hw_budget_room(&sync->up.budget, lane), way = sync->up.pace.way;
    return left == UINT64_MAX ? left : left > way + ROOM_MIN ? left - way : 0;
}

/* What the hub may have on its way: small where little is left, so that little comes of it when that is gone. */
static int64_t most_of(const struct hw_sync *sync)
{
    uint64_t left = waits_now(sync) ? UINT64_MAX : hw_budget_left(&sync->up.budget) / HOLD_PARTS;
    left = left < HW_CREDIT_LEAST ? HW_CREDIT_LEAST : left;
    return left < HW_CREDIT_WINDOW ? (int64_t)left : HW_CREDIT_WINDOW;
}

/* What there is to grant now; 0: nothing, or too little. */
static struct hw_credit due(struct step *step)
{
    struct upstream *up = &step->sync->up;
    unsigned lane = hw_spend_lane(step->sync);
    int64_t most = most_of(step->sync), room = most - up->window;
    int64_t bytes = (int64_t)up->owed < room || most == HW_CREDIT_WINDOW ? (int64_t)up->owed : room;
    if (!lane || bytes < most / 4) /* small messages share one CREDIT */
        return (struct hw_credit){.lane = (uint8_t)lane};
    up->lane_told = lane;
    up->window += bytes;
    up->owed -= (size_t)bytes;
    return (struct hw_credit){.lane = (uint8_t)lane, .bytes = (uint64_t)bytes};
}

void hw_spend_grant(struct step *step)
{
    struct hw_credit credit = due(step);
    if (credit.bytes)
        hw_step_credit(step, HW_UPSTREAM, step->sync->up.session, (enum hw_lane)credit.lane, credit.bytes);
}

struct hw_credit hw_spend_first(struct step *step)
{
    step->sync->up.owed = HW_CREDIT_WINDOW;
    return due(step);
}

/* How much must be new before it is kept; without a limit a rough figure will do. */
static uint64_t part(const struct hw_budget *budget)
{
    uint64_t hour = budget->limit[HW_BUDGET_HOUR], day = budget->limit[HW_BUDGET_DAY];
    uint64_t least = hour && (!day || hour < day) ? hour : day;
    return least ? least / SAVE_PARTS : 1000 * 1000;
}

void hw_spend_save(struct step *step, bool stop)
{
    struct upstream *up = &step->sync->up;
    uint64_t spent = up->budget.spent[HW_BUDGET_HOUR] + up->budget.spent[HW_BUDGET_DAY];
    uint64_t change = spent > up->saved ? spent - up->saved : up->saved - spent;
    bool due = step->input->now_ms - up->saved_ms >= SAVE_MS || change >= part(&up->budget) || stop;
    if (!counts(step->sync) || change == 0 || !due)
        return;
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    hw_budget_encode(&up->budget, &out);
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, HW_UPSTREAM);
    append->append = HW_APPEND_BUDGET;
    append->bytes = hw_arena_slice(step->arena, hw_out_slice(&out));
    up->saved = spent; /* should the disk be full, the next one is kept */
    up->saved_ms = step->input->now_ms;
}
