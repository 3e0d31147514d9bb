/* when.h: time as people write it, read as EDTF (ISO 8601-2:2019) with an
 * earliest and a latest day.  Floor 0.  Unreadable text keeps its raw form
 * and has no bounds; nothing is guessed. */
#ifndef HEADWAY_WHEN_H
#define HEADWAY_WHEN_H

#include "headway/bytes.h"

#define HW_EDTF_MAX 40 /* longest EDTF text written, with its NUL */
#define HW_DAY_NONE INT32_MIN /* no bound on that side, or unreadable */

enum hw_date_order { HW_DATES_UNKNOWN, HW_DATES_DMY, HW_DATES_MDY };

enum hw_when_kind {
    HW_WHEN_READ,      /* understood; edtf is set */
    HW_WHEN_WORD,      /* ongoing, TBD, ASAP, N/A: a word with a meaning and no date; edtf empty */
    HW_WHEN_AMBIGUOUS, /* 05/06/2019 with no order known; edtf empty */
    HW_WHEN_UNREAD     /* not understood; edtf empty */
};

struct hw_when {
    enum hw_when_kind kind;
    char edtf[HW_EDTF_MAX];
    int32_t earliest, latest; /* days since 1970-01-01, inclusive, or HW_DAY_NONE */
};

/* Reads one time in any language of model.md. `order` decides 12/11/2019. */
void hw_when_parse(struct hw_slice text, enum hw_date_order order, struct hw_when *when);
/* What this text proves about the order of day and month: 25/11/2019 proves
 * day first; UNKNOWN when it proves nothing. */
enum hw_date_order hw_when_proves(struct hw_slice text);
/* Bounds of an EDTF text that hw_when_parse may write; false when it is not
 * one. */
bool hw_when_bounds(struct hw_slice edtf, int32_t *earliest, int32_t *latest);

/* Civil calendar, proleptic Gregorian (Hinnant, "chrono-compatible low-level
 * date algorithms"). */
int32_t hw_day_of(int year, int month, int day);
void hw_day_civil(int32_t day, int *year, int *month, int *mday);
void hw_day_print(int32_t day, char text[16]); /* 2016-12-31; "" for HW_DAY_NONE */
/* RFC 3339 UTC with milliseconds, from Unix milliseconds. */
void hw_time_print(int64_t ms, char text[32]);

#endif
