/* cbor.h: bounded reader and writer of deterministic CBOR (RFC 8949, 4.2).
 * Floor 0.  Wraps libcbor's streaming decoder and item encoders; never
 * builds a tree, never allocates what a length field claims.
 *
 * The writer appends to a growing buffer that it owns. The reader is sticky:
 * after the first fault every further read gives zero values, and the caller
 * checks hw_in_end() or `in.bad` once at the end. */
#ifndef HEADWAY_CBOR_H
#define HEADWAY_CBOR_H

#include "headway/bytes.h"
#include "headway/status.h"

struct hw_out {
    uint8_t *p; /* owned; free with hw_out_done */
    size_t n, cap;
};

void hw_out_init(struct hw_out *out);
void hw_out_done(struct hw_out *out);
void hw_out_reset(struct hw_out *out); /* keeps the memory */
struct hw_slice hw_out_slice(const struct hw_out *out); /* borrowed until the next put */

void hw_put_uint(struct hw_out *out, uint64_t value);
void hw_put_int(struct hw_out *out, int64_t value);
void hw_put_bool(struct hw_out *out, bool value);
void hw_put_null(struct hw_out *out);
void hw_put_double(struct hw_out *out, double value); /* local documents only, never in an event */
void hw_put_bytes(struct hw_out *out, const void *p, size_t n);
void hw_put_text(struct hw_out *out, const char *text); /* NULL writes null */
void hw_put_textn(struct hw_out *out, const void *p, size_t n);
void hw_put_array(struct hw_out *out, size_t items);
void hw_put_map(struct hw_out *out, size_t pairs);
void hw_put_array_open(struct hw_out *out); /* indefinite length: local documents only */
void hw_put_map_open(struct hw_out *out);
void hw_put_close(struct hw_out *out);
void hw_put_raw(struct hw_out *out, const void *p, size_t n); /* already encoded items, or plain bytes */

enum hw_item {
    HW_ITEM_NONE, /* end of input or a fault */
    HW_ITEM_UINT,
    HW_ITEM_NEGATIVE,
    HW_ITEM_BYTES,
    HW_ITEM_TEXT,
    HW_ITEM_ARRAY,
    HW_ITEM_MAP,
    HW_ITEM_BOOL,
    HW_ITEM_NULL,
    HW_ITEM_DOUBLE,
    HW_ITEM_CLOSE /* end of an open array or map */
};

struct hw_in {
    const uint8_t *p, *end;
    bool bad;
};

struct hw_in hw_in_of(struct hw_slice s);
bool hw_in_end(const struct hw_in *in); /* no fault and nothing left over */
void hw_in_spoil(struct hw_in *in);     /* marks it bad, e.g. for a value out of range */

enum hw_item hw_peek(const struct hw_in *in); /* type of the next item, reads nothing */
uint64_t hw_get_uint(struct hw_in *in);
uint64_t hw_get_uint_max(struct hw_in *in, uint64_t max); /* larger spoils */
int64_t hw_get_int(struct hw_in *in);
bool hw_get_bool(struct hw_in *in);
double hw_get_double(struct hw_in *in); /* integers too */
void hw_get_null(struct hw_in *in);
struct hw_slice hw_get_bytes(struct hw_in *in);
struct hw_slice hw_get_text(struct hw_in *in); /* must be UTF-8, else spoils */
void hw_get_fixed(struct hw_in *in, void *to, size_t n); /* a byte string of exactly n bytes */
/* Number of items; spoils when more than the input could hold (each item takes
 * at least one byte). SIZE_MAX means an open (indefinite) one, which only the
 * *_any forms accept. */
size_t hw_get_array(struct hw_in *in);
size_t hw_get_map(struct hw_in *in);
size_t hw_get_array_any(struct hw_in *in);
size_t hw_get_map_any(struct hw_in *in);
bool hw_get_close(struct hw_in *in); /* true and consumed when the next item is CLOSE */
/* The bytes of the next whole item, nesting at most 16 deep. */
struct hw_slice hw_get_raw(struct hw_in *in);

bool hw_utf8_valid(struct hw_slice s); /* RFC 3629, no surrogates, no overlong forms; NUL refused */

#endif
