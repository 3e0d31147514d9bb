/* stamp.c: hybrid logical clock (floor 1, pure). */
#include "headway/stamp.h"

uint64_t hw_stamp_next(uint64_t last, uint64_t now_ms)
{
    uint64_t now = now_ms << 16;
    if (hw_stamp_ahead(last, now_ms))
        return now;
    return now > last ? now : last + 1;
}

uint64_t hw_stamp_see(uint64_t last, uint64_t seen, uint64_t now_ms)
{
    if (hw_stamp_ahead(seen, now_ms))
        return last;
    return seen > last ? seen : last;
}
