/* turn.c: see turn.h (floor 1, pure). */
#include "proto/turn.h"

/* What is less urgent gets one turn of eight, or many people who write all day would hold up a new office for ever. */
enum { PASSED_MAX = 7 };

enum hw_lane hw_turn_lane(const struct hw_turn *turn)
{
    return turn->behind ? HW_LANE_BACKLOG : HW_LANE_LIVE;
}

void hw_choice_offer(struct hw_choice *choice, enum hw_lane lane, const struct hw_turn *turn, size_t at)
{
    if (choice->any[lane] && choice->served[lane] <= turn->served)
        return;
    choice->any[lane] = true;
    choice->at[lane] = at;
    choice->served[lane] = turn->served;
}

bool hw_choice_pick(const struct hw_choice *choice, struct hw_turns *turns, enum hw_lane most, enum hw_lane *lane, size_t *at)
{
    unsigned next = 0;
    for (unsigned i = HW_LANE_LIVE; i <= (unsigned)most; i++)
        if (choice->any[i] && (!next || (turns->passed[i] >= PASSED_MAX && turns->passed[next] < PASSED_MAX)))
            next = i;
    if (!next)
        return false;
    for (unsigned i = next + 1; i <= (unsigned)most; i++)
        turns->passed[i] += choice->any[i];
    turns->passed[next] = 0;
    *lane = (enum hw_lane)next;
    *at = choice->at[next];
    return true;
}

void hw_turn_had(struct hw_turn *turn, struct hw_turns *turns, size_t bytes, size_t most, bool waits)
{
    turn->served = ++turns->n;
    if (!waits)
        turn->behind = false;
    else if (bytes >= most / 2) /* else it was typed while the message was read */
        turn->behind = true;
}
