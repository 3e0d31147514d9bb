/* budget.h: how many bytes a link may cost in an hour and in a day, and how many it has cost. Floor 0.
 *
 * An hour and a day are the clock's on the wall, since that is what people pay for. A clock that is set back does not fill a
 * budget again, unless by more than a whole period; and no period lasts longer than its length by the monotonic clock, so a
 * clock that stands still holds nobody up for ever. */
#ifndef HEADWAY_BUDGET_H
#define HEADWAY_BUDGET_H

#include <stdbool.h>

#include "headway/message.h"

enum hw_budget_period { HW_BUDGET_HOUR, HW_BUDGET_DAY, HW_BUDGETS };

struct hw_budget {
    uint64_t limit[HW_BUDGETS]; /* bytes; 0: none */
    uint64_t spent[HW_BUDGETS];
    int64_t number[HW_BUDGETS];    /* of the hour and the day since 1970, by local time */
    uint64_t began_ms[HW_BUDGETS]; /* when this process first saw it, monotonic */
    bool seen;
};

void hw_budget_init(struct hw_budget *budget, uint64_t hour, uint64_t day);
/* What the time is: an hour or a day may have begun. `local_ms`: wall clock where people are. */
void hw_budget_look(struct hw_budget *budget, uint64_t now_ms, int64_t local_ms);
void hw_budget_spend(struct hw_budget *budget, uint64_t bytes);
/* Bytes that may still be spent; UINT64_MAX: without limit. */
uint64_t hw_budget_left(const struct hw_budget *budget);
/* The same for one lane: without what is kept for live changes. */
uint64_t hw_budget_room(const struct hw_budget *budget, enum hw_lane lane);
bool hw_budget_limited(const struct hw_budget *budget);
/* The least urgent lane that there is money for: the last tenth is kept for live changes. 0: for none. */
unsigned hw_budget_lane(const struct hw_budget *budget);
/* When nothing is left: milliseconds until something is again, and of which period the budget is used up. */
uint64_t hw_budget_wait(const struct hw_budget *budget, uint64_t now_ms, int64_t local_ms, enum hw_budget_period *which);

/* As it is kept over a restart. */
void hw_budget_encode(const struct hw_budget *budget, struct hw_out *out);
/* Bytes that cannot be read count as nothing spent. */
void hw_budget_decode(struct hw_budget *budget, struct hw_slice bytes, uint64_t now_ms);

#endif
