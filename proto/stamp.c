/* stamp.c: hybrid logical clock (floor 1, pure). */
#include "headway/stamp.h"

uint64_t hw_stamp_next(uint64_t last, uint64_t now_ms)
{
    uint64_t now = now_ms << 16;
    return now > last ? now : last + 1;
}

uint64_t hw_stamp_see(uint64_t last, uint64_t seen, uint64_t now_ms)
{
    uint64_t limit = (now_ms + HW_STAMP_AHEAD_MS) << 16;
    if (seen > limit)
        seen = limit;
    return seen > last ? seen : last;
}
