/* ago.c: times for people (floor 2, noun: ago). */
#include "client/ago.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 }; /* seconds */

bool hw_ago_parse(const char *text, time_t *when)
{
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!rest)
        return false;
    if (*rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    if (strcmp(rest, "Z") != 0)
        return false;
    *when = timegm(&tm);
    return true;
}

const char *hw_ago_length(struct hw_arena *arena, double seconds)
{
    double s = seconds < 0 ? 0 : seconds;
    if (s < 2 * MINUTE)
        return hw_arena_printf(arena, "%.0f s", s);
    if (s < 2 * HOUR)
        return hw_arena_printf(arena, "%.0f min", s / MINUTE);
    if (s < 3 * DAY)
        return hw_arena_printf(arena, "%.0f h", s / HOUR);
    return hw_arena_printf(arena, "%.0f d", s / DAY);
}

const char *hw_ago_day(struct hw_arena *arena, const char *text, time_t now)
{
    time_t when;
    if (!hw_ago_parse(text, &when))
        return "never";
    long long days = (long long)(now / DAY) - (long long)(when / DAY);
    if (days <= 0)
        return "today";
    return days == 1 ? "yesterday" : hw_arena_printf(arena, "%lld days ago", days);
}

const char *hw_ago_minute(struct hw_arena *arena, const char *text)
{
    time_t when;
    struct tm tm;
    char out[32];
    if (!hw_ago_parse(text, &when) || !localtime_r(&when, &tm))
        return text;
    strftime(out, sizeof out, "%Y-%m-%d %H:%M", &tm);
    return hw_arena_text(arena, out, strlen(out));
}
