/* ago.h: times for people: how long ago, which day.  Floor 2, noun: ago. */
#ifndef CLIENT_AGO_H
#define CLIENT_AGO_H

#include <stdbool.h>
#include <time.h>

#include "headway/bytes.h"

/* RFC 3339 in UTC as the daemon writes it; false for anything else. */
bool hw_ago_parse(const char *text, time_t *when);
/* A length of time in its largest fitting unit: "40 s", "5 min", "26 h", "12 d". */
const char *hw_ago_length(struct hw_arena *arena, double seconds);
/* "today", "yesterday", "9 days ago", by calendar days in UTC; "never" when
 * the text is no time. */
const char *hw_ago_day(struct hw_arena *arena, const char *text, time_t now);
/* "2026-11-23 06:14" in local time; the text itself when it is no time. */
const char *hw_ago_minute(struct hw_arena *arena, const char *text);

#endif
