/* clock.h: the wall clock.  Floor 2.  It is told to peers and stamps events;
 * timers use hw_loop_now, which does not jump. */
#ifndef DAEMON_CLOCK_H
#define DAEMON_CLOCK_H

#include <stdint.h>

/* Unix milliseconds. */
int64_t hw_clock_wall(void);
/* Milliseconds that local time is ahead of UTC now. */
int64_t hw_clock_zone(void);

#endif
