/* point.c: reads one point of a person's time from tokens.
 * Floor 1, noun: point.  Each reader takes the longest form that it is sure of
 * and leaves the rest; what is left over makes when.c refuse the whole. No
 * reader ever drops a number. */
#include "proto/point.h"

#include <stdio.h>
#include <string.h>

/* A two-digit year lies in 1970..2069: coordination bodies date their papers
 * from the 1970s on, and their plans look no further than some forty years. */
#define PIVOT 70

#define YEAR_FIRST 1900 /* as in day.c */
#define YEAR_LAST 2199

/* How freely a two-digit year may stand: only after an apostrophe (and no sign
 * may join the year at all), only when joined by - or /, or always. */
enum shorts { SHORT_QUOTED, SHORT_AFTER_SIGN, SHORT_ALWAYS };

const struct hw_token *hw_point_peek(const struct hw_reader *r, size_t ahead)
{
    static const struct hw_token end = {.sense = HW_SENSE_WORD};

    return r->at + ahead < r->n ? &r->t[r->at + ahead] : &end;
}

static bool sense_at(const struct hw_reader *r, size_t ahead, enum hw_sense sense)
{
    return hw_point_peek(r, ahead)->sense == sense;
}

bool hw_point_sign(const struct hw_reader *r, size_t ahead, int sign)
{
    const struct hw_token *t = hw_point_peek(r, ahead);

    return t->sense == HW_SENSE_SIGN && t->value == sign;
}

/* The sign that joins two parts of one date, or 0. A hyphen joins only when no
 * space stands around it: with spaces it parts two dates. */
static int joint(const struct hw_reader *r, size_t ahead)
{
    const struct hw_token *t = hw_point_peek(r, ahead);

    if (t->sense != HW_SENSE_SIGN)
        return 0;
    if (t->value == '-')
        return t->tight && hw_point_peek(r, ahead + 1)->tight ? '-' : 0;
    return t->value == '/' || t->value == '.' ? t->value : 0;
}

/* Number of one or two digits from 1 to `max`; 0 when it is none. */
static int small_at(const struct hw_reader *r, size_t ahead, int max)
{
    const struct hw_token *t = hw_point_peek(r, ahead);

    return t->sense == HW_SENSE_NUMBER && t->digits <= 2 && t->value <= max ? t->value : 0;
}

static int year_at(const struct hw_reader *r, size_t ahead)
{
    const struct hw_token *t = hw_point_peek(r, ahead);

    return t->sense == HW_SENSE_NUMBER && t->digits == 4 && t->value >= YEAR_FIRST && t->value <= YEAR_LAST
               ? t->value
               : 0;
}

static int full_of_short(int two_digits)
{
    return two_digits + (two_digits >= PIVOT ? 1900 : 2000);
}

static int short_year_at(const struct hw_reader *r, size_t ahead)
{
    const struct hw_token *t = hw_point_peek(r, ahead);

    return t->sense == HW_SENSE_NUMBER && t->digits == 2 && !t->ordinal ? full_of_short(t->value) : 0;
}

static bool day_exists(int year, int month, int day)
{
    int y, m, d;

    if (month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    hw_day_civil(hw_day_of(year, month, day), &y, &m, &d);
    return m == month && d == day;
}

void hw_point_fill(struct hw_reader *r)
{
    while (sense_at(r, 0, HW_SENSE_FILL) || sense_at(r, 0, HW_SENSE_OF))
        r->at++;
}

static bool take_year(struct hw_reader *r, struct hw_point *p, enum shorts shorts)
{
    struct hw_reader try = *r;
    int year;

    while (sense_at(&try, 0, HW_SENSE_FILL) || sense_at(&try, 0, HW_SENSE_OF) || hw_point_sign(&try, 0, ','))
        try.at++;
    if (joint(&try, 0) != 0 && shorts != SHORT_QUOTED) {
        if (shorts == SHORT_AFTER_SIGN && joint(&try, 0) != '.')
            shorts = SHORT_ALWAYS;
        try.at++;
    } else if (hw_point_sign(&try, 0, '\'')) {
        try.at++;
        shorts = SHORT_ALWAYS;
    }
    year = year_at(&try, 0);
    /* In "28 Dec-19 Jan 2020" the 19 is a day, in "16 Dec 12/2019" the 12
     * begins another date. */
    if (year == 0 && shorts == SHORT_ALWAYS && !sense_at(&try, 1, HW_SENSE_MONTH) &&
        !(joint(&try, 1) != 0 && sense_at(&try, 2, HW_SENSE_NUMBER)))
        year = short_year_at(&try, 0);
    if (year == 0)
        return false;
    p->year = year;
    r->at = try.at + 1;
    return true;
}

bool hw_point_year(struct hw_reader *r, struct hw_point *point)
{
    return take_year(r, point, SHORT_QUOTED);
}

/* A month, written twice where both names of a month are given, as in Arabic
 * texts of the United Nations. */
static bool take_month(struct hw_reader *r, struct hw_point *p)
{
    if (!sense_at(r, 0, HW_SENSE_MONTH))
        return false;
    p->month = hw_point_peek(r, 0)->value;
    r->at++;
    if (hw_point_sign(r, 0, '/') && sense_at(r, 1, HW_SENSE_MONTH) && hw_point_peek(r, 1)->value == p->month)
        r->at += 2;
    return true;
}

static bool set_part(struct hw_point *p, enum hw_sense unit, int number)
{
    if (number < 1 || number > (unit == HW_SENSE_QUARTER ? 4 : 2))
        return false;
    p->part = number + (unit == HW_SENSE_QUARTER ? 32 : 39);
    return true;
}

static bool unit_at(const struct hw_reader *r, size_t ahead)
{
    return sense_at(r, ahead, HW_SENSE_QUARTER) || sense_at(r, ahead, HW_SENSE_HALF);
}

/* "Q4", "4th quarter", "IV quarter", without its year. */
static bool take_part(struct hw_reader *r, struct hw_point *p)
{
    int second = sense_at(r, 1, HW_SENSE_ORDINAL) ? hw_point_peek(r, 1)->value : small_at(r, 1, 4);
    int first = sense_at(r, 0, HW_SENSE_ORDINAL) ? hw_point_peek(r, 0)->value : small_at(r, 0, 4);

    if (unit_at(r, 0) && second != 0) {
        if (!set_part(p, hw_point_peek(r, 0)->sense, second))
            return false;
    } else if (first == 0 || !unit_at(r, 1) || !set_part(p, hw_point_peek(r, 1)->sense, first)) {
        return false;
    }
    r->at += 2;
    return true;
}

/* The three readings that a date of three short numbers may have. */
struct readings {
    bool dmy, mdy, ymd;
    int year, year_first; /* of dmy and mdy; of ymd */
};

static bool triple_at(const struct hw_reader *r)
{
    int sign = joint(r, 1);
    const struct hw_token *last = hw_point_peek(r, 4);

    return sense_at(r, 0, HW_SENSE_NUMBER) && hw_point_peek(r, 0)->digits <= 2 && sign != 0 &&
           sense_at(r, 2, HW_SENSE_NUMBER) && hw_point_peek(r, 2)->digits <= 2 && joint(r, 3) == sign &&
           last->sense == HW_SENSE_NUMBER && (last->digits == 2 || last->digits == 4);
}

static struct readings readings_at(const struct hw_reader *r)
{
    struct readings is = {false, false, false, 0, 0};
    int a = hw_point_peek(r, 0)->value, b = hw_point_peek(r, 2)->value, c = hw_point_peek(r, 4)->value;

    is.year = hw_point_peek(r, 4)->digits == 4 ? year_at(r, 4) : full_of_short(c);
    if (is.year == 0)
        return is;
    is.dmy = day_exists(is.year, b, a);
    is.mdy = day_exists(is.year, a, b);
    /* With hyphens 19-12-16 may as well be a shortened ISO date. */
    is.year_first = full_of_short(a);
    is.ymd = joint(r, 1) == '-' && hw_point_peek(r, 0)->digits == 2 && hw_point_peek(r, 4)->digits == 2 &&
             day_exists(is.year_first, b, c);
    return is;
}

static bool take_triple(struct hw_reader *r, struct hw_point *p)
{
    struct readings is = readings_at(r);
    int a = hw_point_peek(r, 0)->value, b = hw_point_peek(r, 2)->value, c = hw_point_peek(r, 4)->value;
    bool same = a == b; /* 05/05/2019 is one day in either order */
    bool dmy = is.dmy && (r->order == HW_DATES_DMY || ((!is.mdy || same) && !is.ymd));
    bool mdy = is.mdy && (r->order == HW_DATES_MDY || (!is.dmy && !is.ymd));

    if (!is.dmy && !is.mdy && !is.ymd)
        return false;
    if (is.ymd && !is.dmy && !is.mdy) {
        p->year = is.year_first;
        p->month = b;
        p->day = c;
    } else {
        r->ambiguous = r->ambiguous || (!dmy && !mdy);
        p->year = is.year;
        p->month = mdy && !dmy ? a : b;
        p->day = mdy && !dmy ? b : a;
        p->day_first = dmy;
    }
    p->numeric = true;
    p->slashed = joint(r, 1) == '/';
    r->at += 5;
    return true;
}

enum hw_date_order hw_point_proves(const struct hw_tokens *tokens, size_t at)
{
    struct hw_reader r = {tokens->t, tokens->n, at, HW_DATES_UNKNOWN, false};
    struct readings is;
    int sign = joint(&r, 1);

    if (!triple_at(&r) || (joint(&r, 5) == sign && sense_at(&r, 6, HW_SENSE_NUMBER)))
        return HW_DATES_UNKNOWN;
    /* More numbers joined alike are a version or a reference, not a date. */
    if (at >= 2 && tokens->t[at - 1].sense == HW_SENSE_SIGN && tokens->t[at - 1].value == sign &&
        tokens->t[at - 2].sense == HW_SENSE_NUMBER)
        return HW_DATES_UNKNOWN;
    is = readings_at(&r);
    if (is.ymd || is.dmy == is.mdy)
        return HW_DATES_UNKNOWN;
    return is.dmy ? HW_DATES_DMY : HW_DATES_MDY;
}

/* After a year: 2019-12-16, 2019/12, 2019 December 16, 2017 Q4. */
static void after_year(struct hw_reader *r, struct hw_point *p)
{
    struct hw_reader try = *r;
    int sign = joint(r, 0), month = small_at(r, 1, 12);

    if (sign != 0 && month != 0 && !(sign == '.' && hw_point_peek(r, 1)->digits < 2)) {
        p->month = month;
        p->numeric = true;
        p->slashed = sign == '/';
        r->at += 2;
        if (joint(r, 0) == sign && sense_at(r, 1, HW_SENSE_NUMBER) && hw_point_peek(r, 1)->digits <= 2) {
            /* 0 is no day, and -1 keeps it from being read as none. */
            p->day = hw_point_peek(r, 1)->value > 0 ? hw_point_peek(r, 1)->value : -1;
            r->at += 2;
        }
        return;
    }
    if (sign != 0 || hw_point_sign(r, 0, ','))
        try.at++;
    hw_point_fill(&try);
    if (take_part(&try, p)) {
        r->at = try.at;
    } else if (small_at(&try, 0, 31) != 0 && sense_at(&try, 1, HW_SENSE_MONTH) && sign == 0) {
        p->day = small_at(&try, 0, 31);
        try.at++;
        (void)take_month(&try, p);
        r->at = try.at;
    } else if (take_month(&try, p)) {
        if (joint(&try, 0) != 0 && small_at(&try, 1, 31) != 0)
            try.at++;
        if (small_at(&try, 0, 31) != 0) {
            p->day = small_at(&try, 0, 31);
            try.at++;
        }
        r->at = try.at;
    }
}

/* From a number of one or two digits. */
static bool number_first(struct hw_reader *r, struct hw_point *p)
{
    struct hw_reader try = *r;
    int value = hw_point_peek(r, 0)->value, sign = joint(r, 1);

    if (sign == '-' && unit_at(r, 2)) { /* Kazakh: 4-тоқсан */
        r->at += 3;
        (void)take_year(r, p, SHORT_ALWAYS);
        return set_part(p, hw_point_peek(&try, 2)->sense, value);
    }
    if (unit_at(r, 1)) {
        if (!take_part(r, p))
            return false;
        (void)take_year(r, p, SHORT_ALWAYS);
        return true;
    }
    if (triple_at(r))
        return take_triple(r, p);
    if (sign != 0 && year_at(r, 2) != 0) {
        if (small_at(r, 0, 12) == 0 || (sign == '.' && hw_point_peek(r, 0)->digits < 2))
            return false;
        p->month = value;
        p->year = year_at(r, 2);
        p->numeric = true;
        p->slashed = sign == '/';
        r->at += 3;
        return true;
    }
    try.at++;
    if (sign != 0)
        try.at++;
    hw_point_fill(&try);
    if (small_at(r, 0, 31) != 0 && take_month(&try, p)) {
        p->day = value;
        p->day_first = true;
        r->at = try.at;
        (void)take_year(r, p, SHORT_ALWAYS);
        return true;
    }
    p->bare = value;
    p->numeric = true;
    r->at++;
    return value != 0;
}

static bool month_first(struct hw_reader *r, struct hw_point *p)
{
    int sign;

    (void)take_month(r, p);
    sign = joint(r, 0);
    if (sign != 0 && small_at(r, 1, 31) != 0 && joint(r, 2) == sign &&
        (year_at(r, 3) != 0 || short_year_at(r, 3) != 0)) {
        p->day = small_at(r, 1, 31);
        p->year = year_at(r, 3) != 0 ? year_at(r, 3) : short_year_at(r, 3);
        r->at += 4;
        return true;
    }
    /* Dec-19 is a month, as spreadsheets write it; Dec 19 is a day that lacks
     * its year. */
    if (take_year(r, p, SHORT_AFTER_SIGN))
        return true;
    hw_point_fill(r);
    if (small_at(r, 0, 31) != 0) {
        p->day = small_at(r, 0, 31);
        r->at++;
        (void)take_year(r, p, SHORT_QUOTED);
    }
    return true;
}

/* 20191216: no other reading has a month, since years begin with 19 to 21. */
static bool take_compact(struct hw_reader *r, struct hw_point *p)
{
    int value = hw_point_peek(r, 0)->value;

    p->year = value / 10000;
    p->month = value / 100 % 100;
    p->day = value % 100;
    r->at++;
    return p->year >= YEAR_FIRST && p->year <= YEAR_LAST && day_exists(p->year, p->month, p->day);
}

/* Takes "HH:MM", "HH:MM:SS.mmm", "10h", "10h30", "10 am" off; false when there
 * is no time of day. */
static bool take_hours(struct hw_reader *r)
{
    const struct hw_token *h = hw_point_peek(r, 0), *m;
    bool said = false;

    if (h->sense != HW_SENSE_NUMBER || h->digits > 2 || h->value > 24)
        return false;
    r->at++;
    if (sense_at(r, 0, HW_SENSE_HALF) && hw_point_peek(r, 0)->tight && strcmp(hw_point_peek(r, 0)->text, "h") == 0) {
        said = true;
        r->at++;
        m = hw_point_peek(r, 0);
        if (m->sense == HW_SENSE_NUMBER && m->tight && m->digits == 2 && m->value < 60)
            r->at++;
    }
    while (!(said && r->t[r->at - 1].sense == HW_SENSE_HALF) && hw_point_sign(r, 0, ':')) {
        m = hw_point_peek(r, 1);
        if (m->sense != HW_SENSE_NUMBER || m->digits != 2 || m->value > 60)
            return false;
        said = true;
        r->at += 2;
    }
    if (said && hw_point_sign(r, 0, '.') && sense_at(r, 1, HW_SENSE_NUMBER) && hw_point_peek(r, 1)->tight)
        r->at += 2;
    while (sense_at(r, 0, HW_SENSE_CLOCK)) {
        said = true;
        r->at++;
    }
    return said;
}

/* A time of day after a date is read and left out: days are what plans are
 * kept in. */
static void skip_clock(struct hw_reader *r)
{
    struct hw_reader try = *r;
    bool letter = sense_at(r, 0, HW_SENSE_QUARTER) && hw_point_peek(r, 0)->tight &&
                  strcmp(hw_point_peek(r, 0)->text, "t") == 0;

    if (letter || hw_point_sign(&try, 0, ','))
        try.at++;
    hw_point_fill(&try);
    if (sense_at(&try, 0, HW_SENSE_TO) && strcmp(hw_point_peek(&try, 0)->text, "a") == 0)
        try.at++; /* French: à 10h30 */
    if (!take_hours(&try))
        return;
    *r = try;
    /* An offset (+06:00), or the end of a meeting (10:00-12:00). */
    if (hw_point_sign(&try, 0, '-') || hw_point_sign(&try, 0, '+')) {
        try.at++;
        if (take_hours(&try))
            *r = try;
    }
}

static bool read_bare_point(struct hw_reader *r, struct hw_point *p)
{
    const struct hw_token *t = hw_point_peek(r, 0);

    if (year_at(r, 0) != 0) {
        p->year = year_at(r, 0);
        r->at++;
        after_year(r, p);
        return true;
    }
    if (t->sense == HW_SENSE_NUMBER && t->digits == 8)
        return take_compact(r, p);
    if (t->sense == HW_SENSE_NUMBER && t->digits <= 2)
        return number_first(r, p);
    if (t->sense == HW_SENSE_MONTH)
        return month_first(r, p);
    if (take_part(r, p)) {
        (void)take_year(r, p, SHORT_ALWAYS);
        return true;
    }
    if (t->sense == HW_SENSE_ORDINAL) { /* I of "I-II quarter 2020" */
        p->bare = t->value;
        r->at++;
        return true;
    }
    return false;
}

bool hw_point_read(struct hw_reader *r, struct hw_point *p)
{
    memset(p, 0, sizeof *p);
    hw_point_fill(r);
    if (sense_at(r, 0, HW_SENSE_WEEKDAY)) {
        r->at++;
        if (hw_point_sign(r, 0, ','))
            r->at++;
        hw_point_fill(r);
    }
    if (joint(r, 0) == '-' && sense_at(r, 1, HW_SENSE_NEAR))
        r->at++; /* year-end */
    if (sense_at(r, 0, HW_SENSE_NEAR)) {
        p->near = hw_point_peek(r, 0)->value;
        r->at++;
        if (joint(r, 0) == '-')
            r->at++;
        hw_point_fill(r);
    } else if (hw_point_sign(r, 0, '~')) {
        p->near = HW_NEAR_ABOUT;
        r->at++;
    }
    if (!read_bare_point(r, p))
        return false;
    if (p->near != 0 && (p->bare != 0 || (p->day != 0 && p->near != HW_NEAR_ABOUT)))
        return false; /* "early 16/12/2019" is two statements */
    if (hw_point_sign(r, 0, '~') && hw_point_peek(r, 0)->tight) {
        p->about = true;
        r->at++;
    }
    p->about = p->about || p->near != 0;
    hw_point_fill(r);
    if (p->year != 0 && p->day != 0)
        skip_clock(r);
    return true;
}

void hw_point_print(const struct hw_point *p, char edtf[HW_EDTF_MAX])
{
    const char *about = p->about ? "~" : "";
    int part = p->part != 0 ? p->part : p->month;

    if (p->day != 0)
        (void)snprintf(edtf, HW_EDTF_MAX, "%04d-%02d-%02d%s", p->year, p->month, p->day, about);
    else if (part != 0)
        (void)snprintf(edtf, HW_EDTF_MAX, "%04d-%02d%s", p->year, part, about);
    else
        (void)snprintf(edtf, HW_EDTF_MAX, "%04d%s", p->year, about);
}

/* How many tokens after a number are its ordinal suffix: st, -й. */
static size_t suffix_after(const struct hw_tokens *tokens, size_t at)
{
    size_t next = at + 1;

    if (tokens->t[at].digits > 2)
        return 0;
    if (next < tokens->n && tokens->t[next].sense == HW_SENSE_SIGN && tokens->t[next].value == '-' &&
        tokens->t[next].tight)
        next++;
    if (next < tokens->n && tokens->t[next].sense == HW_SENSE_WORD && tokens->t[next].tight &&
        hw_sense_suffix(tokens->t[next].text))
        return next - at;
    return 0;
}

bool hw_point_senses(struct hw_tokens *tokens)
{
    size_t to = 0, taken;
    enum hw_sense sense = HW_SENSE_WORD;
    int value = 0;

    for (size_t at = 0; at < tokens->n; at += taken) {
        struct hw_token t = tokens->t[at];

        taken = 1;
        if (t.sense == HW_SENSE_NUMBER) {
            taken += suffix_after(tokens, at);
            t.ordinal = taken > 1;
        } else if (t.sense == HW_SENSE_WORD) {
            taken = hw_sense_find(tokens, at, &sense, &value);
            if (taken == 0)
                return false;
            t.sense = sense;
            t.value = value;
        }
        tokens->t[to++] = t;
    }
    tokens->n = to;
    return true;
}
