/* clock.c: the wall clock (floor 2). */
#include "daemon/clock.h"

#include <time.h>

int64_t hw_clock_wall(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t hw_clock_zone(void)
{
    time_t now = time(NULL);
    struct tm local;
    return localtime_r(&now, &local) ? (int64_t)local.tm_gmtoff * 1000 : 0;
}
