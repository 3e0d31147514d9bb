/* cbor_write.c: writer of deterministic CBOR over libcbor's item encoders
 * (floor 1, pure). */
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

/* Room for `n` more bytes; returns where they go. */
static uint8_t *room(struct hw_out *out, size_t n)
{
    if (out->cap - out->n < n) {
        size_t cap = out->cap ? out->cap * 2 : FIRST_SIZE;
        while (cap - out->n < n)
            cap *= 2;
        out->p = hw_realloc(out->p, cap);
        out->cap = cap;
    }
    return out->p + out->n;
}

void hw_put_uint(struct hw_out *out, uint64_t value)
{
    out->n += cbor_encode_uint(value, room(out, HEAD), HEAD);
}

void hw_put_int(struct hw_out *out, int64_t value)
{
    if (value >= 0)
        hw_put_uint(out, (uint64_t)value);
    else
        out->n += cbor_encode_negint((uint64_t)(-1 - value), room(out, HEAD), HEAD);
}

void hw_put_bool(struct hw_out *out, bool value)
{
    out->n += cbor_encode_bool(value, room(out, HEAD), HEAD);
}

void hw_put_null(struct hw_out *out)
{
    out->n += cbor_encode_null(room(out, HEAD), HEAD);
}

void hw_put_double(struct hw_out *out, double value)
{
    out->n += cbor_encode_double(value, room(out, HEAD), HEAD);
}

void hw_put_bytes(struct hw_out *out, const void *p, size_t n)
{
    out->n += cbor_encode_bytestring_start(n, room(out, HEAD), HEAD);
    hw_put_raw(out, p, n);
}

void hw_put_textn(struct hw_out *out, const void *p, size_t n)
{
    out->n += cbor_encode_string_start(n, room(out, HEAD), HEAD);
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
    out->n += cbor_encode_array_start(items, room(out, HEAD), HEAD);
}

void hw_put_map(struct hw_out *out, size_t pairs)
{
    out->n += cbor_encode_map_start(pairs, room(out, HEAD), HEAD);
}

void hw_put_array_open(struct hw_out *out)
{
    out->n += cbor_encode_indef_array_start(room(out, HEAD), HEAD);
}

void hw_put_map_open(struct hw_out *out)
{
    out->n += cbor_encode_indef_map_start(room(out, HEAD), HEAD);
}

void hw_put_close(struct hw_out *out)
{
    out->n += cbor_encode_break(room(out, HEAD), HEAD);
}

void hw_put_raw(struct hw_out *out, const void *p, size_t n)
{
    if (n)
        memcpy(room(out, n), p, n);
    out->n += n;
}
