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

static inline bool hw_stamp_ahead(uint64_t stamp, uint64_t now_ms)
{
    return stamp >= (now_ms + HW_STAMP_AHEAD_MS) << 16;
}

/* The next stamp after `last` at wall clock `now_ms`. A counter that runs over
 * borrows the next millisecond. A `last` that is ahead of the wall clock comes from a clock that was wrong and is since
 * right (or the other way round): it is given up. */
uint64_t hw_stamp_next(uint64_t last, uint64_t now_ms);
/* Takes a stamp seen from elsewhere into account: the greater one; one that is HW_STAMP_AHEAD_MS or more ahead of the
 * wall clock is not followed. */
uint64_t hw_stamp_see(uint64_t last, uint64_t seen, uint64_t now_ms);

#endif
