/* fuzz.h: what the fuzz targets share.  A target is a function of some bytes;
 * `make fuzz` runs it under libFuzzer, tests/unit/test_fuzz.c feeds it the
 * corpus. It ends the process when a property does not hold. README says more. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "headway/cbor.h"

/* Names a target: int fuzz_NAME(data, size). libFuzzer calls LLVMFuzzerTestOneInput, which is weak so that one program
 * may hold all targets. */
#define FUZZ_TARGET(name)                                                             \
    int fuzz_##name(const uint8_t *data, size_t size);                                \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);                     \
    __attribute__((weak)) int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) \
    {                                                                                 \
        return fuzz_##name(data, size);                                               \
    }                                                                                 \
    int fuzz_##name(const uint8_t *data, size_t size)

/* A property: what must hold for every input. */
#define HOLDS(condition)                                                                        \
    do {                                                                                        \
        if (!(condition)) {                                                                     \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);      \
            abort();                                                                            \
        }                                                                                       \
    } while (0)

/* The first bytes of an input choose between ways; 0 when there are none left. */
static inline uint8_t fuzz_byte(struct hw_slice *input)
{
    if (input->n == 0)
        return 0;
    input->n--;
    return *input->p++;
}

static inline void fuzz_canon_item(struct hw_in *in, struct hw_out *out, int depth);

/* The items of an array or map; `n` is SIZE_MAX for an open one. */
static inline void fuzz_canon_items(struct hw_in *in, struct hw_out *out, size_t n, int depth)
{
    for (size_t i = 0; i < n && !in->bad; i++) {
        if (n == SIZE_MAX && hw_get_close(in)) {
            hw_put_close(out);
            return;
        }
        fuzz_canon_item(in, out, depth);
    }
}

/* Writes the next item again with shortest heads: the oracle of every decoder whose encoder loses nothing. */
static inline void fuzz_canon_item(struct hw_in *in, struct hw_out *out, int depth)
{
    struct hw_slice s;
    size_t n;
    if (depth > 16) {
        hw_in_spoil(in);
        return;
    }
    switch (hw_peek(in)) {
    case HW_ITEM_UINT:
        hw_put_uint(out, hw_get_uint(in));
        break;
    case HW_ITEM_NEGATIVE:
        hw_put_int(out, hw_get_int(in));
        break;
    case HW_ITEM_BYTES:
        s = hw_get_bytes(in);
        hw_put_bytes(out, s.p, s.n);
        break;
    case HW_ITEM_TEXT: /* as bytes: inside a value whose field is not known, nobody asks whether it is UTF-8 */
        s = hw_get_raw(in);
        n = s.n && (s.p[0] & 31) >= 24 ? 1 + ((size_t)1 << ((s.p[0] & 31) - 24)) : 1;
        hw_put_textn(out, s.n ? s.p + n : NULL, s.n ? s.n - n : 0);
        break;
    case HW_ITEM_ARRAY:
        n = hw_get_array_any(in);
        n == SIZE_MAX ? hw_put_array_open(out) : hw_put_array(out, n);
        fuzz_canon_items(in, out, n, depth + 1);
        break;
    case HW_ITEM_MAP:
        n = hw_get_map_any(in);
        n == SIZE_MAX ? hw_put_map_open(out) : hw_put_map(out, n);
        fuzz_canon_items(in, out, n == SIZE_MAX ? n : n * 2, depth + 1);
        break;
    case HW_ITEM_BOOL:
        hw_put_bool(out, hw_get_bool(in));
        break;
    case HW_ITEM_NULL:
        hw_get_null(in);
        hw_put_null(out);
        break;
    case HW_ITEM_DOUBLE:
        hw_put_double(out, hw_get_double(in));
        break;
    case HW_ITEM_CLOSE:
    case HW_ITEM_NONE:
        hw_in_spoil(in);
    }
}

/* Whether `bytes` is one item and nothing else, and what it is in shortest form. */
static inline bool fuzz_canon(struct hw_slice bytes, struct hw_out *out)
{
    struct hw_in in = hw_in_of(bytes);
    hw_out_reset(out);
    fuzz_canon_item(&in, out, 0);
    return hw_in_end(&in);
}

/* `again` is what a decoder's result was encoded to: the input in its shortest form. */
static inline void fuzz_same_item(struct hw_slice input, const struct hw_out *again)
{
    HW_CLEANUP(hw_out_done) struct hw_out shortest = {0};
    HOLDS(fuzz_canon(input, &shortest));
    HOLDS(hw_slice_equal(hw_out_slice(&shortest), hw_out_slice(again)));
    HOLDS(again->n <= input.n);
}

#endif
