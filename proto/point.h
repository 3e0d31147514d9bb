/* point.h: one point of a person's time: a year, a part of a year, a month or a
 * day, perhaps still without its year. Floor 1, local to proto/when.c and
 * proto/point.c. */
#ifndef HEADWAY_PROTO_POINT_H
#define HEADWAY_PROTO_POINT_H

#include "headway/when.h"
#include "proto/token.h"

struct hw_point {
    int year, month, day; /* 0: not said */
    int part;    /* EDTF quarter 33..36 or half 40..41, or 0 */
    int bare;    /* a number alone: its meaning depends on what follows; 0: none */
    int near;    /* HW_NEAR_*, or 0 */
    bool about;  /* written with ~ */
    bool slashed, numeric, day_first; /* how it was written */
};

struct hw_reader {
    const struct hw_token *t;
    size_t n, at;
    enum hw_date_order order;
    bool ambiguous; /* a date was met that reads two ways */
};

/* Gives each word its sense, in place. False when a word means nothing here. */
bool hw_point_senses(struct hw_tokens *tokens);
/* The token `ahead` places on; past the end, one that is like no other. */
const struct hw_token *hw_point_peek(const struct hw_reader *r, size_t ahead);
bool hw_point_sign(const struct hw_reader *r, size_t ahead, int sign);
/* Reads the longest point at the reader; false when there is none. */
bool hw_point_read(struct hw_reader *r, struct hw_point *point);
/* Reads a four-digit year, or '19, that may follow what was read. */
bool hw_point_year(struct hw_reader *r, struct hw_point *point);
/* Skips words that add nothing. */
void hw_point_fill(struct hw_reader *r);
void hw_point_print(const struct hw_point *point, char edtf[HW_EDTF_MAX]);
/* What the numeric date whose first number is at `at` proves; UNKNOWN too when
 * there is no such date. */
enum hw_date_order hw_point_proves(const struct hw_tokens *tokens, size_t at);

#endif
