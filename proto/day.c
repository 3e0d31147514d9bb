/* day.c: the civil calendar, and the bounds of an EDTF text.
 * Floor 1, noun: day.  A day is a count from 1970-01-01 in the proleptic
 * Gregorian calendar. hw_when_bounds reads exactly the EDTF forms that
 * when.c writes and nothing else; its input may come from a peer. */
#include "headway/when.h"

#include <stdio.h>

/* Plans are about living memory and the next generations. A year outside this
 * span is a number that only looks like one (a budget, a room, a law). */
#define YEAR_FIRST 1900
#define YEAR_LAST 2199

#define ERA_YEARS 400  /* the Gregorian calendar repeats after 400 years */
#define ERA_DAYS 146097
#define EPOCH_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */
#define DAY_MS 86400000   /* no leap seconds in Unix time */

/* EDTF (ISO 8601-2:2019, 4.8) numbers parts of a year after the months. */
#define PART_QUARTER 33 /* 33 to 36 */
#define PART_HALF 40    /* 40 and 41 */

int32_t hw_day_of(int year, int month, int day)
{
    /* Hinnant's days_from_civil: years begin in March, so that the leap day
     * comes last and month lengths follow one formula. */
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - (ERA_YEARS - 1)) / ERA_YEARS;
    int64_t yoe = y - era * ERA_YEARS;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return (int32_t)(era * ERA_DAYS + doe - EPOCH_DAYS);
}

void hw_day_civil(int32_t day, int *year, int *month, int *mday)
{
    int64_t z = (int64_t)day + EPOCH_DAYS;
    int64_t era = (z >= 0 ? z : z - (ERA_DAYS - 1)) / ERA_DAYS;
    int64_t doe = z - era * ERA_DAYS;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;

    *mday = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * ERA_YEARS + (*month <= 2));
}

/* `n` digits of a number that has no more. */
static char *put_digits(char *at, int number, int n)
{
    for (int i = n; i > 0; i--, number /= 10)
        at[i - 1] = (char)('0' + number % 10);
    return at + n;
}

/* A row with a date prints four days whenever it is written, and each took 1,000 instructions in snprintf. */
void hw_day_print(int32_t day, char text[16])
{
    int year, month, mday;

    text[0] = '\0';
    if (day == HW_DAY_NONE)
        return;
    hw_day_civil(day, &year, &month, &mday);
    if (year < 0 || year > 9999) {
        (void)snprintf(text, 16, "%04d-%02d-%02d", year, month, mday);
        return;
    }
    text = put_digits(text, year, 4);
    *text++ = '-';
    text = put_digits(text, month, 2);
    *text++ = '-';
    *put_digits(text, mday, 2) = '\0';
}

void hw_time_print(int64_t ms, char text[32])
{
    /* RFC 3339 has four digits for the year; a clock outside them is broken,
     * and the nearest time that can be written says so plainly. */
    const int64_t low = -62135596800000;  /* 0001-01-01T00:00:00Z */
    const int64_t high = 253402300799999; /* 9999-12-31T23:59:59.999Z */
    char date[16];
    int64_t day;
    uint32_t rest;

    if (ms < low)
        ms = low;
    if (ms > high)
        ms = high;
    day = (ms >= 0 ? ms : ms - (DAY_MS - 1)) / DAY_MS;
    rest = (uint32_t)(ms - day * DAY_MS);
    hw_day_print((int32_t)day, date);
    (void)snprintf(text, 32, "%.10sT%02u:%02u:%02u.%03uZ", date, rest / 3600000 % 24, rest / 60000 % 60,
                   rest / 1000 % 60, rest % 1000);
}

static int32_t month_end(int year, int month)
{
    return month == 12 ? hw_day_of(year + 1, 1, 1) - 1 : hw_day_of(year, month + 1, 1) - 1;
}

/* Exactly `n` ASCII digits at the front of `s`, taken off; -1 when they are not
 * there. */
static int take_digits(struct hw_slice *s, size_t n)
{
    int value = 0;

    if (s->n < n)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return -1;
        value = value * 10 + (s->p[i] - '0');
    }
    s->p += n;
    s->n -= n;
    return value;
}

static bool take_char(struct hw_slice *s, char c)
{
    if (s->n == 0 || s->p[0] != (uint8_t)c)
        return false;
    s->p++;
    s->n--;
    return true;
}

/* Bounds of the two digits after the year: a month, a quarter or a half. */
static bool part_bounds(int year, int part, int32_t *earliest, int32_t *latest)
{
    int first, months;

    if (part >= 1 && part <= 12) {
        first = part;
        months = 1;
    } else if (part >= PART_QUARTER && part < PART_QUARTER + 4) {
        first = (part - PART_QUARTER) * 3 + 1;
        months = 3;
    } else if (part >= PART_HALF && part < PART_HALF + 2) {
        first = (part - PART_HALF) * 6 + 1;
        months = 6;
    } else {
        return false;
    }
    *earliest = hw_day_of(year, first, 1);
    *latest = month_end(year, first + months - 1);
    return true;
}

/* One side: YYYY, YYYY-MM (or a quarter or half), YYYY-MM-DD, each perhaps
 * with ~. The ~ says "about" and widens nothing: how far is not ours to say. */
static bool point_bounds(struct hw_slice s, int32_t *earliest, int32_t *latest)
{
    int year = take_digits(&s, 4), part, mday;

    if (year < YEAR_FIRST || year > YEAR_LAST)
        return false;
    *earliest = hw_day_of(year, 1, 1);
    *latest = month_end(year, 12);
    if (take_char(&s, '-')) {
        part = take_digits(&s, 2);
        if (!part_bounds(year, part, earliest, latest))
            return false;
        if (take_char(&s, '-')) {
            mday = take_digits(&s, 2);
            if (part > 12 || mday < 1 || mday > *latest - *earliest + 1)
                return false;
            *earliest += mday - 1;
            *latest = *earliest;
        }
    }
    (void)take_char(&s, '~');
    return s.n == 0;
}

bool hw_when_bounds(struct hw_slice edtf, int32_t *earliest, int32_t *latest)
{
    struct hw_slice a = edtf, b = {NULL, 0};
    int32_t low[2] = {HW_DAY_NONE, HW_DAY_NONE}, high[2] = {HW_DAY_NONE, HW_DAY_NONE};
    bool interval = false, open_a, open_b;

    *earliest = *latest = HW_DAY_NONE;
    if (edtf.n == 0 || edtf.n >= HW_EDTF_MAX)
        return false;
    for (size_t i = 0; i < edtf.n && !interval; i++) {
        if (edtf.p[i] != '/')
            continue;
        a.n = i;
        b.p = edtf.p + i + 1;
        b.n = edtf.n - i - 1;
        interval = true;
    }
    if (!interval) {
        if (!point_bounds(edtf, &low[0], &high[0]))
            return false;
        *earliest = low[0];
        *latest = high[0];
        return true;
    }
    open_a = hw_slice_is(a, "..");
    open_b = hw_slice_is(b, "..");
    if ((open_a && open_b) || (!open_a && !point_bounds(a, &low[0], &high[0])) ||
        (!open_b && !point_bounds(b, &low[1], &high[1])))
        return false;
    if (!open_a && !open_b && low[0] > high[1])
        return false;
    *earliest = open_a ? HW_DAY_NONE : low[0];
    *latest = open_b ? HW_DAY_NONE : high[1];
    return true;
}
