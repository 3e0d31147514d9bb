/* turn.h: whose turn it is on the link: live before backlog before snapshot, and streams of one lane in turn. Floor 1, pure.
 *
 * A stream is live until a message that was as long as it may be has not emptied it; then it is backlog, until nothing of it
 * waits. So each stream may say one message at once, whatever else is under way; what is longer than that gives way to it. */
#ifndef HEADWAY_PROTO_TURN_H
#define HEADWAY_PROTO_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "headway/message.h"

/* One stream's place. */
struct hw_turn {
    bool behind;     /* it is backlog */
    uint64_t served; /* the turn it had last; 0: none yet */
};

/* All of one peer. */
struct hw_turns {
    uint64_t n;      /* turns given */
    unsigned passed[HW_LANE_SNAPSHOT + 1]; /* by lane: turns that went past it while it waited */
};

/* One choice: offer whoever waits, then pick. */
struct hw_choice {
    bool any[HW_LANE_SNAPSHOT + 1];
    size_t at[HW_LANE_SNAPSHOT + 1];
    uint64_t served[HW_LANE_SNAPSHOT + 1];
};
void hw_choice_offer(struct hw_choice *choice, enum hw_lane lane, const struct hw_turn *turn, size_t at);
/* The lane and place of whoever is next, of lanes up to `most`; false: nobody waits. */
bool hw_choice_pick(const struct hw_choice *choice, struct hw_turns *turns, enum hw_lane most, enum hw_lane *lane, size_t *at);

enum hw_lane hw_turn_lane(const struct hw_turn *turn);
/* It had its turn with `bytes` of the `most` that it might have had; does more of it wait? */
void hw_turn_had(struct hw_turn *turn, struct hw_turns *turns, size_t bytes, size_t most, bool waits);

#endif
