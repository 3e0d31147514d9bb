/* stamp.h: hybrid logical clock: 48 bits of Unix milliseconds, 16 bits of
 * counter (Kulkarni et al., "Logical Physical Clocks", 2014).  Floor 0.  It
 * picks the displayed value; it never decides what is concurrent. */
#ifndef HEADWAY_STAMP_H
#define HEADWAY_STAMP_H

#include "headway/bytes.h"

#define HW_STAMP_AHEAD_MS (5 * 60 * 1000) /* further ahead of the gate than this is RECLOCKED */

static inline uint64_t hw_stamp_ms(uint64_t stamp)
{
    return stamp >> 16;
}

/* The next stamp after `last` at wall clock `now_ms`. A counter that runs over
 * borrows the next millisecond. */
uint64_t hw_stamp_next(uint64_t last, uint64_t now_ms);
/* Takes a stamp seen from elsewhere into account: the greater one, but never
 * more than HW_STAMP_AHEAD_MS ahead of the wall clock. */
uint64_t hw_stamp_see(uint64_t last, uint64_t seen, uint64_t now_ms);

#endif
