/* when.c: time as people write it, read as EDTF.
 * Floor 1, noun: when.  A text is cut into tokens (token.c), words get their
 * sense in any of the languages (month.c), points are read (point.c), and here
 * one or two points become a date or an interval:
 *
 *   when  = [lead] point | [lead] point sep point | point open
 *   lead  = since | by | until | before | after | between
 *
 * Every token must be used. What does not fit is UNREAD, never guessed. */
#include "headway/when.h"

#include "proto/point.h"
#include "proto/token.h"

#include <stdio.h>
#include <string.h>

/* "2018/20" and the like: a plan that runs longer than this is written out in
 * full, and a larger number after the year is something else. */
#define SHORT_SPAN 10

struct span {
    struct hw_point a, b;
    bool open_a, open_b; /* .. on that side */
    bool interval;
};

static void forget(struct hw_when *when, enum hw_when_kind kind)
{
    when->kind = kind;
    when->edtf[0] = '\0';
    when->earliest = when->latest = HW_DAY_NONE;
}

/* Letters of the whole text without spaces and signs, when there are no
 * numbers: the key of the words that say there is no date. */
static bool is_dateless(const struct hw_tokens *tokens)
{
    char key[HW_TOKENS_BYTES + 1];
    size_t n = 0, more;
    bool dash = false;

    for (size_t i = 0; i < tokens->n; i++) {
        const struct hw_token *t = &tokens->t[i];

        if (t->sense == HW_SENSE_NUMBER || (t->sense == HW_SENSE_SIGN && strchr("-/.,()", t->value) == NULL))
            return false;
        dash = dash || (t->sense == HW_SENSE_SIGN && t->value == '-');
        more = strlen(t->text);
        if (n + more >= sizeof key)
            return false;
        memcpy(key + n, t->text, more);
        n += more;
    }
    key[n] = '\0';
    if (n > 0)
        return hw_sense_dateless(key);
    for (size_t i = 0; i < tokens->n && dash; i++)
        dash = tokens->t[i].value == '-';
    return dash; /* nothing but dashes: an empty cell, said out loud */
}

static bool is_last(const struct hw_reader *r, int sign)
{
    return r->t[r->n - 1].sense == HW_SENSE_SIGN && r->t[r->n - 1].value == sign;
}

/* Takes off what stands around a time and says nothing about it. */
static void strip(struct hw_reader *r)
{
    if (hw_point_sign(r, 0, '(') && r->n > 2 && is_last(r, ')')) {
        r->at++;
        r->n--;
    }
    if (r->n >= 2 && r->t[r->n - 1].sense == HW_SENSE_SIGN && strchr(".,;", r->t[r->n - 1].value) != NULL &&
        !(r->t[r->n - 2].sense == HW_SENSE_SIGN && r->t[r->n - 2].value == '.'))
        r->n--;
    if (r->n >= 4 && is_last(r, ')') && r->t[r->n - 2].sense == HW_SENSE_PHASES && r->t[r->n - 3].value == '(')
        r->n -= 3;
    if (r->n >= 2 && r->t[r->n - 1].sense == HW_SENSE_PHASES)
        r->n -= r->t[r->n - 2].sense == HW_SENSE_SIGN && r->t[r->n - 2].value == ',' ? 2 : 1;
}

static bool has_sense(const struct hw_reader *r, size_t at, enum hw_sense sense)
{
    return at < r->n && r->t[at].sense == sense;
}

/* Takes one doubt off either end, where something is left: "June 2020 (tbc)", "tentative: 3 May 2020". A
 * question mark is a question, and stays one. */
static bool take_doubt(struct hw_reader *r)
{
    size_t left = r->n - r->at;

    if (left >= 4 && is_last(r, ')') && has_sense(r, r->n - 2, HW_SENSE_DOUBT) && r->t[r->n - 3].value == '(')
        r->n -= 3;
    else if (left >= 2 && has_sense(r, r->n - 1, HW_SENSE_DOUBT))
        r->n--;
    else if (left >= 2 && has_sense(r, r->at, HW_SENSE_DOUBT))
        r->at++;
    else
        return false;
    while (r->n - r->at >= 2 && (is_last(r, ',') || is_last(r, ';') || is_last(r, ':')))
        r->n--;
    while (r->n - r->at >= 2 && (hw_point_sign(r, 0, ',') || hw_point_sign(r, 0, ':')))
        r->at++;
    return true;
}

/* ".." of an EDTF text. */
static bool take_dots(struct hw_reader *r)
{
    if (!hw_point_sign(r, 0, '.') || !hw_point_sign(r, 1, '.') || !hw_point_peek(r, 1)->tight)
        return false;
    r->at += 2;
    return true;
}

/* Sense of the lead, taken off; WORD when there is none. */
static enum hw_sense take_lead(struct hw_reader *r)
{
    enum hw_sense sense = hw_point_peek(r, 0)->sense;

    switch (sense) {
    case HW_SENSE_SINCE:
    case HW_SENSE_BY:
    case HW_SENSE_UPTO:
    case HW_SENSE_BEFORE:
    case HW_SENSE_AFTER:
    case HW_SENSE_BETWEEN:
        r->at++;
        return sense;
    case HW_SENSE_OF: /* "de" alone may be of or from; a range settles it */
        return HW_SENSE_OF;
    default:
        if (take_dots(r)) {
            if (!hw_point_sign(r, 0, '/'))
                return HW_SENSE_AND; /* refused below: no lead */
            r->at++;
            return HW_SENSE_BY;
        }
        return HW_SENSE_WORD;
    }
}

static bool bounds_of(const struct hw_point *p, int32_t *earliest, int32_t *latest)
{
    char edtf[HW_EDTF_MAX];

    hw_point_print(p, edtf);
    return hw_when_bounds(hw_slice_text(edtf), earliest, latest);
}

/* Moves a point to the one before or after it, of the same length. */
static bool step_point(struct hw_point *p, int step)
{
    int32_t earliest, latest;
    int year, month, day;

    if (!bounds_of(p, &earliest, &latest))
        return false;
    hw_day_civil(step < 0 ? earliest - 1 : latest + 1, &year, &month, &day);
    p->year = year;
    if (p->part >= 40)
        p->part = month <= 6 ? 40 : 41;
    else if (p->part != 0)
        p->part = 33 + (month - 1) / 3;
    else if (p->month != 0)
        p->month = month;
    if (p->day != 0)
        p->day = day;
    return true;
}

/* One point with its lead. */
static bool settle_single(struct span *s, enum hw_sense lead)
{
    bool rough = s->a.about && s->a.near != HW_NEAR_END;
    bool end = s->a.near == HW_NEAR_END;

    if (s->a.year == 0)
        return false;
    s->interval = lead != HW_SENSE_WORD;
    s->b = s->a;
    switch (lead) {
    case HW_SENSE_WORD:
        return true;
    case HW_SENSE_SINCE:
        s->open_b = true;
        return true;
    case HW_SENSE_AFTER:
        s->open_b = true;
        s->a.about = false;
        return !rough && step_point(&s->a, 1);
    case HW_SENSE_UPTO:
        /* Russian readers disagree whether "до июля" takes July in. */
        if (!end && s->a.day == 0 && (s->a.month != 0 || s->a.part != 0))
            return false;
        break;
    case HW_SENSE_BEFORE:
        if (rough || (!end && !step_point(&s->b, -1)))
            return false;
        break;
    case HW_SENSE_BY:
        break;
    default:
        return false;
    }
    s->open_a = true;
    if (end)
        s->b.about = false; /* by the end of 2019: 2019 to its last day */
    return true;
}

/* Gives the first point what it leaves to the second: 05-06/2020, Jan-Mar 2020,
 * 28 May - 2 June 2020. */
static bool settle_first(struct hw_point *a, const struct hw_point *b)
{
    int value = a->bare;

    if (value != 0 && !a->numeric && b->part == 0)
        return false; /* "first" counts quarters and halves, not days */
    if (value != 0 && b->day != 0 && b->day_first) {
        *a = *b;
        a->day = value;
    } else if (value != 0 && b->part != 0) {
        if (value > (b->part >= 40 ? 2 : 4))
            return false;
        *a = *b;
        a->part = (b->part >= 40 ? 39 : 32) + value;
    } else if (value != 0) {
        if (b->day != 0 || b->month == 0 || !b->numeric || value > 12)
            return false;
        *a = *b;
        a->month = value;
    } else if (a->year == 0) {
        if ((a->month != 0) != (b->month != 0) || (a->day != 0) != (b->day != 0) ||
            (a->part >= 40) != (b->part >= 40) || (a->part != 0) != (b->part != 0))
            return false;
        a->year = b->year;
    }
    if (value != 0)
        a->about = false;
    return true;
}

static bool settle_range(struct hw_reader *r, struct span *s)
{
    int32_t low[2], high[2];

    /* Sept 11-15, 2023 */
    if (s->b.bare != 0 && s->a.month != 0 && s->a.day != 0 && s->a.year == 0) {
        s->b.day = s->b.bare;
        s->b.month = s->a.month;
        s->b.bare = 0;
        if (!hw_point_year(r, &s->b))
            return false;
    }
    if (s->b.year == 0 || s->b.bare != 0 || !settle_first(&s->a, &s->b))
        return false;
    s->interval = true;
    if (r->ambiguous)
        return true; /* which comes first is not known either */
    return bounds_of(&s->a, &low[0], &high[0]) && bounds_of(&s->b, &low[1], &high[1]) && low[0] < low[1] &&
           high[0] < high[1];
}

/* 2018/19: two years, since 19 is no month; 2018-20 as well. Not 2017-36, which
 * is how EDTF writes a quarter. */
static bool take_short_end(struct hw_reader *r, struct span *s)
{
    const struct hw_token *sign = hw_point_peek(r, 0), *end = hw_point_peek(r, 1);
    int year;

    if (s->a.month != 0 || s->a.part != 0 || s->a.bare != 0 || s->a.about || !sign->tight || !end->tight ||
        end->sense != HW_SENSE_NUMBER || end->digits != 2 || end->ordinal)
        return false;
    year = s->a.year - s->a.year % 100 + end->value;
    if (year <= s->a.year)
        year += 100; /* 1999/00 */
    if (end->value >= 1 && end->value <= 12)
        return false;
    if (year != s->a.year + 1 && (year > s->a.year + SHORT_SPAN || (end->value >= 33 && end->value <= 41)))
        return false;
    s->b = s->a;
    s->b.year = year;
    s->interval = true;
    r->at += 2;
    return true;
}

/* Takes the sign or word between two points off. */
static bool take_separator(struct hw_reader *r, const struct span *s, enum hw_sense lead, bool *slash)
{
    const struct hw_token *t = hw_point_peek(r, 0);

    *slash = hw_point_sign(r, 0, '/');
    if (!(hw_point_sign(r, 0, '-') || (*slash && !s->a.slashed) || t->sense == HW_SENSE_TO ||
          (t->sense == HW_SENSE_BY && t->value == 1) || t->sense == HW_SENSE_UPTO ||
          (t->sense == HW_SENSE_AND && lead == HW_SENSE_BETWEEN)))
        return false;
    r->at++;
    return true;
}

static bool read_span(struct hw_reader *r, struct span *s)
{
    bool slash, free_lead;
    enum hw_sense lead = take_lead(r);

    if (!hw_point_read(r, &s->a))
        return false;
    if (r->at == r->n)
        return settle_single(s, lead);
    free_lead = lead == HW_SENSE_WORD || lead == HW_SENSE_SINCE || lead == HW_SENSE_OF;
    if (hw_point_peek(r, 0)->sense == HW_SENSE_ONWARDS && free_lead) {
        r->at++;
        return settle_single(s, HW_SENSE_SINCE);
    }
    if (lead == HW_SENSE_WORD && (hw_point_sign(r, 0, '/') || hw_point_sign(r, 0, '-')) && take_short_end(r, s))
        return true;
    if ((!free_lead && lead != HW_SENSE_BETWEEN) || !take_separator(r, s, lead, &slash))
        return false;
    if (free_lead && (slash ? take_dots(r) : hw_point_peek(r, 0)->sense == HW_SENSE_OPEN)) {
        r->at = slash ? r->at : r->at + 1;
        return settle_single(s, HW_SENSE_SINCE);
    }
    return hw_point_read(r, &s->b) && !(slash && s->b.slashed && s->a.bare == 0) && settle_range(r, s);
}

static bool print_span(const struct span *s, struct hw_when *when)
{
    char a[HW_EDTF_MAX] = "..", b[HW_EDTF_MAX] = "..";

    if (!s->open_a)
        hw_point_print(&s->a, a);
    if (!s->open_b)
        hw_point_print(&s->b, b);
    if (!s->interval)
        (void)snprintf(when->edtf, sizeof when->edtf, "%s", a);
    else /* a point takes 11 characters at most: 2019-12-16~ */
        (void)snprintf(when->edtf, sizeof when->edtf, "%.18s/%.18s", a, b);
    return hw_when_bounds(hw_slice_text(when->edtf), &when->earliest, &when->latest);
}

static enum hw_date_order order_proven(const struct hw_tokens *tokens)
{
    enum hw_date_order proven = HW_DATES_UNKNOWN, one;

    for (size_t i = 0; i < tokens->n; i++) {
        one = hw_point_proves(tokens, i);
        if (one == HW_DATES_UNKNOWN)
            continue;
        if (proven != HW_DATES_UNKNOWN && proven != one)
            return HW_DATES_UNKNOWN; /* two hands wrote this */
        proven = one;
    }
    return proven;
}

enum hw_date_order hw_when_proves(struct hw_slice text)
{
    struct hw_tokens tokens;

    return hw_tokens_read(text, &tokens) ? order_proven(&tokens) : HW_DATES_UNKNOWN;
}

void hw_when_parse(struct hw_slice text, enum hw_date_order order, struct hw_when *when)
{
    struct hw_tokens tokens;
    struct hw_reader r;
    struct span s;
    enum hw_date_order proven;
    bool doubt = false;

    forget(when, HW_WHEN_UNREAD);
    if (!hw_tokens_read(text, &tokens))
        return;
    if (is_dateless(&tokens)) {
        when->kind = HW_WHEN_WORD;
        return;
    }
    /* What the text itself proves is surer than what is set for its plan. */
    proven = order_proven(&tokens);
    if (!hw_point_senses(&tokens))
        return;
    r = (struct hw_reader){tokens.t, tokens.n, 0, proven != HW_DATES_UNKNOWN ? proven : order, false};
    memset(&s, 0, sizeof s);
    strip(&r);
    while (take_doubt(&r))
        doubt = true;
    if (!read_span(&r, &s) || r.at != r.n)
        return;
    s.a.about = s.a.about || doubt;
    s.b.about = s.b.about || doubt;
    if (r.ambiguous)
        when->kind = HW_WHEN_AMBIGUOUS;
    else if (print_span(&s, when))
        when->kind = HW_WHEN_READ;
    else
        forget(when, HW_WHEN_UNREAD);
}
