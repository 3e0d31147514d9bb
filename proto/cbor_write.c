/* cbor_write.c: writer of deterministic CBOR (floor 1, pure): heads are written
 * here, doubles, which take a shape of their own, by libcbor. */
#include <cbor.h>
#include <stdlib.h>
#include <string.h>

#include "headway/cbor.h"

enum {
    HEAD = 9, /* the longest item head: one byte and a 64-bit argument */
    FIRST_SIZE = 256
};

void hw_out_init(struct hw_out *out)
{
    *out = (struct hw_out){0};
}

void hw_out_done(struct hw_out *out)
{
    free(out->p);
    hw_out_init(out);
}

void hw_out_reset(struct hw_out *out)
{
    out->n = 0;
}

struct hw_slice hw_out_slice(const struct hw_out *out)
{
    return (struct hw_slice){out->p, out->n};
}

static void widen(struct hw_out *out, size_t n)
{
    size_t cap = out->cap ? out->cap * 2 : FIRST_SIZE;
    while (cap - out->n < n)
        cap *= 2;
    out->p = hw_realloc(out->p, cap);
    out->cap = cap;
}

/* Room for `n` more bytes; returns where they go. */
static inline uint8_t *room(struct hw_out *out, size_t n)
{
    if (out->cap - out->n < n)
        widen(out, n);
    return out->p + out->n;
}

/* The first byte's upper three bits (RFC 8949, section 3.1). */
enum major { UINT = 0, NEGATIVE = 1, BYTES = 2, TEXT = 3, ARRAY = 4, MAP = 5, SIMPLE = 7 };
enum { FALSE = 20, TRUE = 21, NONE = 22, OPEN = 31 };

/* An item's head, as short as its argument allows. */
static inline void put_head(struct hw_out *out, enum major major, uint64_t argument)
{
    uint8_t *p = room(out, HEAD);
    if (argument < 24) {
        *p = (uint8_t)((unsigned)major << 5 | argument);
        out->n++;
        return;
    }
    unsigned wide = argument <= UINT8_MAX ? 0 : argument <= UINT16_MAX ? 1 : argument <= UINT32_MAX ? 2 : 3;
    size_t more = (size_t)1 << wide;
    *p = (uint8_t)((unsigned)major << 5 | (24 + wide));
    for (size_t i = more; i > 0; i--, argument >>= 8)
        p[i] = (uint8_t)argument;
    out->n += 1 + more;
}

static void put_byte(struct hw_out *out, enum major major, unsigned low)
{
    *room(out, 1) = (uint8_t)((unsigned)major << 5 | low);
    out->n++;
}

void hw_put_uint(struct hw_out *out, uint64_t value)
{
    put_head(out, UINT, value);
}

void hw_put_int(struct hw_out *out, int64_t value)
{
    put_head(out, value >= 0 ? UINT : NEGATIVE, value >= 0 ? (uint64_t)value : (uint64_t)(-1 - value));
}

void hw_put_bool(struct hw_out *out, bool value)
{
    put_byte(out, SIMPLE, value ? TRUE : FALSE);
}

void hw_put_null(struct hw_out *out)
{
    put_byte(out, SIMPLE, NONE);
}

void hw_put_double(struct hw_out *out, double value)
{
    out->n += cbor_encode_double(value, room(out, HEAD), HEAD);
}

void hw_put_bytes(struct hw_out *out, const void *p, size_t n)
{
    put_head(out, BYTES, n);
    hw_put_raw(out, p, n);
}

void hw_put_textn(struct hw_out *out, const void *p, size_t n)
{
    put_head(out, TEXT, n);
    hw_put_raw(out, p, n);
}

void hw_put_text(struct hw_out *out, const char *text)
{
    if (text)
        hw_put_textn(out, text, strlen(text));
    else
        hw_put_null(out);
}

void hw_put_array(struct hw_out *out, size_t items)
{
    put_head(out, ARRAY, items);
}

void hw_put_map(struct hw_out *out, size_t pairs)
{
    put_head(out, MAP, pairs);
}

void hw_put_array_open(struct hw_out *out)
{
    put_byte(out, ARRAY, OPEN);
}

void hw_put_map_open(struct hw_out *out)
{
    put_byte(out, MAP, OPEN);
}

void hw_put_close(struct hw_out *out)
{
    put_byte(out, SIMPLE, OPEN);
}

void hw_put_raw(struct hw_out *out, const void *p, size_t n)
{
    if (n)
        memcpy(room(out, n), p, n);
    out->n += n;
}
