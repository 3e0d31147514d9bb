/* base.h: the short hash of what a file says about one field, as it stands in
 * line 2 of a record's `source` and in the last column (`base`) of an exported
 * table: "field=hash field=hash ...".  Floor 0. */
#ifndef HEADWAY_BASE_H
#define HEADWAY_BASE_H

#include "headway/bytes.h"

/* Hex digits: changes of one cell are to be told apart, not attacks. */
#define HW_BASE_HASH 8

/* The first digits of BLAKE2b-256 over the length (8 bytes, little endian) and the bytes of each text of the field, in
 * the order of the file; lengths keep "a","b" and "ab" apart. NUL-terminated. */
void hw_base_hash(const struct hw_slice *texts, size_t n, char hash[HW_BASE_HASH + 1]);

/* The hash of a field in a line "field=hash field=hash ..."; empty when it has none. */
struct hw_slice hw_base_find(struct hw_slice line, const char *field);

#endif
