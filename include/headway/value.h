/* value.h: one value of one field: from a person's text to canonical CBOR and
 * back.  Floor 0.  Canonical bytes are what travels, what is hashed and what
 * merge compares; this file and schema.h say what they may be. */
#ifndef HEADWAY_VALUE_H
#define HEADWAY_VALUE_H

#include "headway/cbor.h"
#include "headway/id.h"
#include "headway/schema.h"
#include "headway/when.h"

/* Reads `text` as one value (one element, for sets) of `field` and appends its
 * canonical CBOR to `out`. Empty text writes null. REF takes a whole id (16
 * characters); names of plans and codes are the caller's to resolve. ENUM keeps
 * the words typed as label when they differ from the canonical name. TIME
 * never fails: unreadable text is kept raw. Errors: USAGE, with the nearest valid word. */
HW_MUST_USE enum hw_status hw_value_parse(const struct hw_field *field, struct hw_slice text,
                                          enum hw_date_order order, struct hw_out *out, struct hw_err *err);

/* Checks bytes from a peer: right type, within limits, valid UTF-8, known
 * shape. Errors: CORRUPT or LIMIT with the reason. */
HW_MUST_USE enum hw_status hw_value_check(const struct hw_field *field, struct hw_slice value, struct hw_err *err);

/* A value taken apart. Slices borrow from the bytes given. */
struct hw_value {
    bool null;
    struct hw_slice text;   /* TEXT, COUNTRY; raw text of TIME; label of ENUM (may be empty); BYTES */
    struct hw_slice edtf;   /* TIME: may be empty */
    int64_t number;         /* INTEGER, ENUM, BOOL */
    struct hw_id ref;       /* REF */
    int32_t earliest, latest; /* TIME, or HW_DAY_NONE */
};
/* False when the bytes do not fit the field; then `value` is null. */
bool hw_value_read(const struct hw_field *field, struct hw_slice bytes, struct hw_value *value);

/* As a person reads it ("in progress", "December 2019", "KAZ"); "" for null.
 * Arena string. */
const char *hw_value_print(const struct hw_field *field, struct hw_slice bytes, struct hw_arena *arena);

/* Whether two canonical values show the same fact: equal bytes, or the same
 * enum word with another label. */
bool hw_value_same(const struct hw_field *field, struct hw_slice a, struct hw_slice b);

#endif
