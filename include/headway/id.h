/* id.h: names of records, incarnations and events.  Floor 0. */
#ifndef HEADWAY_ID_H
#define HEADWAY_ID_H

#include "headway/bytes.h"
#include "headway/status.h"

#define HW_ID_TEXT 16 /* 80 bits in Crockford base32, lower case */
#define HW_GROUP_MAX 32 /* longest group code in bytes */
#define HW_OFFICE_MAX 16 /* longest office code in bytes */

struct hw_id {
    uint8_t b[10];
};
struct hw_inc {
    uint8_t b[8];
};

/* Name of one write: the op'th operation of event `seq` in the stream of
 * incarnation `inc` in the record's group. */
struct hw_name {
    struct hw_inc inc;
    uint64_t seq; /* from 1 */
    uint16_t op;  /* from 0 */
};

bool hw_id_equal(const struct hw_id *a, const struct hw_id *b);
int hw_id_compare(const struct hw_id *a, const struct hw_id *b);
bool hw_id_zero(const struct hw_id *a);
void hw_id_print(const struct hw_id *id, char text[HW_ID_TEXT + 1]);
/* Whole id: exactly 16 characters; i, l read as 1 and o as 0 (Crockford). */
bool hw_id_parse(struct hw_slice text, struct hw_id *id);
/* A prefix of 1 to 16 characters as the closed range [low, high] of ids. */
bool hw_id_prefix(struct hw_slice text, struct hw_id *low, struct hw_id *high);
/* The id of a record that two offices must name alike: the first 80 bits of BLAKE2b-128 over the
 * parts, each preceded by its length. `domain` tells uses apart, for example
 * "import" with (group, plan id, natural key), "group" with (code). */
struct hw_id hw_id_derive(const char *domain, const struct hw_slice *parts, size_t n);

/* Gives a random id its place among those that one office makes one after the other: the first three digits are the number `n`,
 * round and round. Indexes of ids are then written side by side instead of all over, and the first digits of 32,768 records differ,
 * which random ones do for some two hundred. */
#define HW_ID_PLACES 32768
void hw_id_place(struct hw_id *id, uint64_t n);

int hw_inc_compare(const struct hw_inc *a, const struct hw_inc *b);
int hw_name_compare(const struct hw_name *a, const struct hw_name *b);

/* Codes: group codes are lower-case letters, digits and hyphens, from 1 to 32;
 * office codes upper-case letters, digits and hyphens, from 1 to 16. */
bool hw_group_code_valid(struct hw_slice code);
bool hw_office_code_valid(struct hw_slice code);

#endif
