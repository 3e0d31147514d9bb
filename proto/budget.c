/* budget.c: see headway/budget.h (floor 1, pure). */
#include "headway/budget.h"

#include "headway/cbor.h"

enum {
    RESERVE = 10, /* one part of so many is kept for live changes */
    /* Less is nothing: the words that end a session, and those that begin the next one, cost that. */
    LEAST = 2048,
    CRUMB = 4096, /* so near to the last tenth nothing of a backlog is begun */
    NUMBER_MAX = 1000 * 1000 * 1000 /* hours: a hundred thousand years */
};

static const uint64_t length[HW_BUDGETS] = {[HW_BUDGET_HOUR] = 3600 * 1000, [HW_BUDGET_DAY] = 24 * 3600 * 1000};

void hw_budget_init(struct hw_budget *budget, uint64_t hour, uint64_t day)
{
    *budget = (struct hw_budget){.limit = {[HW_BUDGET_HOUR] = hour, [HW_BUDGET_DAY] = day}};
}

static int64_t number_of(int64_t local_ms, int period)
{
    int64_t ms = (int64_t)length[period];
    return local_ms >= 0 ? local_ms / ms : -((ms - 1 - local_ms) / ms);
}

void hw_budget_look(struct hw_budget *budget, uint64_t now_ms, int64_t local_ms)
{
    for (int i = 0; i < HW_BUDGETS; i++) {
        int64_t number = number_of(local_ms, i), had = budget->number[i];
        bool other = number > had || number < had - 1; /* one less is a clock that was set right */
        if (budget->seen && !other && now_ms - budget->began_ms[i] < length[i])
            continue;
        budget->spent[i] = 0;
        budget->number[i] = number;
        budget->began_ms[i] = now_ms;
    }
    budget->seen = true;
}

void hw_budget_spend(struct hw_budget *budget, uint64_t bytes)
{
    for (int i = 0; i < HW_BUDGETS; i++)
        budget->spent[i] += bytes;
}

static uint64_t left_of(const struct hw_budget *budget, int period)
{
    uint64_t limit = budget->limit[period], spent = budget->spent[period];
    return !limit ? UINT64_MAX : spent + LEAST > limit ? 0 : limit - spent;
}

uint64_t hw_budget_left(const struct hw_budget *budget)
{
    uint64_t hour = left_of(budget, HW_BUDGET_HOUR), day = left_of(budget, HW_BUDGET_DAY);
    return hour < day ? hour : day;
}

uint64_t hw_budget_room(const struct hw_budget *budget, enum hw_lane lane)
{
    uint64_t room = UINT64_MAX;
    for (int i = 0; i < HW_BUDGETS; i++) {
        uint64_t left = left_of(budget, i), kept = lane == HW_LANE_LIVE ? 0 : budget->limit[i] / RESERVE;
        uint64_t here = left == UINT64_MAX ? left : left > kept ? left - kept : 0;
        room = here < room ? here : room;
    }
    return room;
}

bool hw_budget_limited(const struct hw_budget *budget)
{
    return budget->limit[HW_BUDGET_HOUR] || budget->limit[HW_BUDGET_DAY];
}

unsigned hw_budget_lane(const struct hw_budget *budget)
{
    unsigned lane = HW_LANE_SNAPSHOT;
    for (int i = 0; i < HW_BUDGETS; i++) {
        uint64_t left = left_of(budget, i);
        if (left == 0)
            return 0;
        if (budget->limit[i] && left <= budget->limit[i] / RESERVE + CRUMB)
            lane = HW_LANE_LIVE;
    }
    return lane;
}

uint64_t hw_budget_wait(const struct hw_budget *budget, uint64_t now_ms, int64_t local_ms, enum hw_budget_period *which)
{
    uint64_t longest = 0;
    for (int i = 0; i < HW_BUDGETS; i++) {
        int64_t end = (budget->number[i] + 1) * (int64_t)length[i];
        uint64_t by_wall = end > local_ms ? (uint64_t)(end - local_ms) : 1;
        uint64_t run = now_ms - budget->began_ms[i], by_run = run < length[i] ? length[i] - run : 1;
        uint64_t wait = by_wall < by_run ? by_wall : by_run;
        if (left_of(budget, i) > 0 || wait <= longest)
            continue;
        longest = wait;
        *which = (enum hw_budget_period)i;
    }
    return longest;
}

void hw_budget_encode(const struct hw_budget *budget, struct hw_out *out)
{
    hw_put_array(out, 2 * HW_BUDGETS);
    for (int i = 0; i < HW_BUDGETS; i++) {
        hw_put_int(out, budget->number[i]);
        hw_put_uint(out, budget->spent[i]);
    }
}

void hw_budget_decode(struct hw_budget *budget, struct hw_slice bytes, uint64_t now_ms)
{
    struct hw_in in = hw_in_of(bytes);
    struct hw_budget read = *budget;
    if (hw_get_array(&in) != 2 * HW_BUDGETS)
        return;
    for (int i = 0; i < HW_BUDGETS; i++) {
        read.number[i] = hw_get_int(&in);
        if (read.number[i] < -NUMBER_MAX || read.number[i] > NUMBER_MAX)
            return;
        read.spent[i] = hw_get_uint_max(&in, INT64_MAX);
        read.began_ms[i] = now_ms;
    }
    read.seen = true;
    if (hw_in_end(&in))
        *budget = read;
}
