/* cbor_read.c: bounded, sticky reader of CBOR (floor 1, pure): plain items by
 * their heads, all others through libcbor's streaming decoder.
 *
 * One item is decoded at a time into a small struct; strings stay where they
 * are. Item heads that are not minimal are refused where bytes are hashed by
 * comparing re-encoded bytes, not here. */
#include <cbor.h>
#include <string.h>

#include "headway/cbor.h"

enum { DEPTH_MAX = 16 }; /* our deepest message nests 7 levels */

/* The item that the callbacks saw. One is made for each item of each message and row: it fits three words. */
struct token {
    enum hw_item type;
    union {
        struct hw_slice bytes; /* BYTES, TEXT; first, so that an empty token is empty whatever it is read as */
        uint64_t number;       /* UINT; NEGATIVE: -1 - number; BOOL */
        double real;
        size_t count; /* ARRAY, MAP; SIZE_MAX: open */
    };
};

static void on_uint8(void *context, uint8_t value)
{
    *(struct token *)context = (struct token){.type = HW_ITEM_UINT, .number = value};
}

static void on_uint16(void *context, uint16_t value)
{
    *(struct token *)context = (struct token){.type = HW_ITEM_UINT, .number = value};
}

static void on_uint32(void *context, uint32_t value)
{
    *(struct token *)context = (struct token){.type = HW_ITEM_UINT, .number = value};
}

static void on_uint64(void *context, uint64_t value)
{
    *(struct token *)context = (struct token){.type = HW_ITEM_UINT, .number = value};
}

static void on_negint8(void *context, uint8_t value)
{
    *(struct token *)context = (struct token){.type = HW_ITEM_NEGATIVE, .number = value};
}

static void on_negint16(void *context, uint16_t value)
{
    *(struct token *)context = (struct token){.type = HW_ITEM_NEGATIVE, .number = value};
}

static void on_negint32(void *context, uint32_t value)
{
    *(struct token *)context = (struct token){.type = HW_ITEM_NEGATIVE, .number = value};
}

static void on_negint64(void *context, uint64_t value)
{
    *(struct token *)context = (struct token){.type = HW_ITEM_NEGATIVE, .number = value};
}

static void on_bytes(void *context, cbor_data data, size_t n)
{
    *(struct token *)context = (struct token){.type = HW_ITEM_BYTES, .bytes = {data, n}};
}

static void on_text(void *context, cbor_data data, size_t n)
{
    *(struct token *)context = (struct token){.type = HW_ITEM_TEXT, .bytes = {data, n}};
}

/* A stated count of SIZE_MAX would read as an open array: it is no item. */
static void on_array(void *context, size_t n)
{
    *(struct token *)context = (struct token){.type = n == SIZE_MAX ? HW_ITEM_NONE : HW_ITEM_ARRAY, .count = n};
}

static void on_array_open(void *context)
{
    *(struct token *)context = (struct token){.type = HW_ITEM_ARRAY, .count = SIZE_MAX};
}

static void on_map(void *context, size_t n)
{
    *(struct token *)context = (struct token){.type = n == SIZE_MAX ? HW_ITEM_NONE : HW_ITEM_MAP, .count = n};
}

static void on_map_open(void *context)
{
    *(struct token *)context = (struct token){.type = HW_ITEM_MAP, .count = SIZE_MAX};
}

static void on_bool(void *context, bool value)
{
    *(struct token *)context = (struct token){.type = HW_ITEM_BOOL, .number = value};
}

static void on_null(void *context)
{
    *(struct token *)context = (struct token){.type = HW_ITEM_NULL};
}

static void on_double(void *context, double value)
{
    *(struct token *)context = (struct token){.type = HW_ITEM_DOUBLE, .real = value};
}

static void on_break(void *context)
{
    *(struct token *)context = (struct token){.type = HW_ITEM_CLOSE};
}

/* Tags, halves, floats, undefined and open strings are not ours: no item. */
static void on_tag(void *context, uint64_t value)
{
    (void)context;
    (void)value;
}

static void on_float(void *context, float value)
{
    (void)context;
    (void)value;
}

static void on_other(void *context)
{
    (void)context;
}

static const struct cbor_callbacks callbacks = {
    .uint8 = on_uint8, .uint16 = on_uint16, .uint32 = on_uint32, .uint64 = on_uint64,
    .negint8 = on_negint8, .negint16 = on_negint16, .negint32 = on_negint32, .negint64 = on_negint64,
    .byte_string = on_bytes, .byte_string_start = on_other,
    .string = on_text, .string_start = on_other,
    .array_start = on_array, .indef_array_start = on_array_open,
    .map_start = on_map, .indef_map_start = on_map_open,
    .tag = on_tag, .float2 = on_float, .float4 = on_float, .float8 = on_double,
    .undefined = on_other, .null = on_null, .boolean = on_bool, .indef_break = on_break};

/* Integers, strings and counts by their heads (RFC 8949, section 3): nearly all that is read. Through callbacks an event took
 * 6,000 instructions more from one office to the next (docs/performance.md). Returns how many bytes the item took; 0 for any
 * other item, and for one that is cut short. */
static inline size_t decode_plain(const uint8_t *p, size_t left, struct token *token)
{
    static const enum hw_item types[] = {HW_ITEM_UINT, HW_ITEM_NEGATIVE, HW_ITEM_BYTES,
                                         HW_ITEM_TEXT, HW_ITEM_ARRAY,    HW_ITEM_MAP};
    unsigned major = *p >> 5, info = *p & 31;
    size_t more = info < 24 ? 0 : (size_t)1 << (info & 3); /* bytes of the argument behind the first one */
    if (major > 5 || info > 27 || left <= more)
        return 0;
    uint64_t argument = more ? 0 : info;
    for (size_t i = 1; i <= more; i++)
        argument = argument << 8 | p[i];
    token->type = types[major];
    token->number = argument;
    if (major < 2)
        return 1 + more;
    if (major > 3) {
        token->count = argument;
        return argument < SIZE_MAX ? 1 + more : 0; /* no count: it would read as an open array */
    }
    if (argument > left - 1 - more)
        return 0;
    token->bytes = (struct hw_slice){p + 1 + more, (size_t)argument};
    return 1 + more + (size_t)argument;
}

static size_t decode_any(const uint8_t *p, size_t left, struct token *token)
{
    *token = (struct token){.type = HW_ITEM_NONE};
    struct cbor_decoder_result result = cbor_stream_decode(p, left, &callbacks, token);
    if (result.status != CBOR_DECODER_FINISHED || token->type == HW_ITEM_NONE || result.read > left)
        return 0;
    return result.read;
}

/* Decodes the item at the cursor; returns how many bytes it took, 0 for a
 * fault. */
static inline size_t decode(const struct hw_in *in, struct token *token)
{
    if (in->bad || in->p >= in->end)
        return 0;
    size_t left = (size_t)(in->end - in->p), read = decode_plain(in->p, left, token);
    if (!read)
        read = decode_any(in->p, left, token);
    bool sized = read && (token->type == HW_ITEM_ARRAY || token->type == HW_ITEM_MAP) && token->count != SIZE_MAX;
    return sized && token->count > left ? 0 : read;
}

static struct token next(struct hw_in *in)
{
    struct token token;
    size_t read = decode(in, &token);
    if (read == 0) {
        in->bad = true;
        return (struct token){.type = HW_ITEM_NONE};
    }
    in->p += read;
    return token;
}

static struct token expect(struct hw_in *in, enum hw_item type)
{
    struct token token = next(in);
    if (token.type == type)
        return token;
    in->bad = true;
    return (struct token){.type = HW_ITEM_NONE};
}

struct hw_in hw_in_of(struct hw_slice s)
{
    return (struct hw_in){s.p, s.n ? s.p + s.n : s.p, false}; /* NULL takes no offset, not even 0 */
}

bool hw_in_end(const struct hw_in *in)
{
    return !in->bad && in->p == in->end;
}

void hw_in_spoil(struct hw_in *in)
{
    in->bad = true;
}

enum hw_item hw_peek(const struct hw_in *in)
{
    struct token token;
    return decode(in, &token) ? token.type : HW_ITEM_NONE;
}

uint64_t hw_get_uint(struct hw_in *in)
{
    return expect(in, HW_ITEM_UINT).number;
}

uint64_t hw_get_uint_max(struct hw_in *in, uint64_t max)
{
    uint64_t value = hw_get_uint(in);
    if (value <= max)
        return value;
    in->bad = true;
    return 0;
}

int64_t hw_get_int(struct hw_in *in)
{
    struct token token = next(in);
    bool fits = token.number <= INT64_MAX;
    if (fits && token.type == HW_ITEM_UINT)
        return (int64_t)token.number;
    if (fits && token.type == HW_ITEM_NEGATIVE)
        return -1 - (int64_t)token.number;
    in->bad = true;
    return 0;
}

bool hw_get_bool(struct hw_in *in)
{
    return expect(in, HW_ITEM_BOOL).number != 0;
}

double hw_get_double(struct hw_in *in)
{
    enum hw_item type = hw_peek(in);
    if (type == HW_ITEM_UINT || type == HW_ITEM_NEGATIVE)
        return (double)hw_get_int(in);
    return expect(in, HW_ITEM_DOUBLE).real;
}

void hw_get_null(struct hw_in *in)
{
    expect(in, HW_ITEM_NULL);
}

struct hw_slice hw_get_bytes(struct hw_in *in)
{
    return expect(in, HW_ITEM_BYTES).bytes;
}

struct hw_slice hw_get_text(struct hw_in *in)
{
    struct hw_slice text = expect(in, HW_ITEM_TEXT).bytes;
    if (hw_utf8_valid(text))
        return text;
    in->bad = true;
    return (struct hw_slice){0};
}

void hw_get_fixed(struct hw_in *in, void *to, size_t n)
{
    struct hw_slice bytes = hw_get_bytes(in);
    if (bytes.n == n) {
        memcpy(to, bytes.p, n);
        return;
    }
    memset(to, 0, n);
    in->bad = true;
}

size_t hw_get_array_any(struct hw_in *in)
{
    return expect(in, HW_ITEM_ARRAY).count;
}

size_t hw_get_map_any(struct hw_in *in)
{
    return expect(in, HW_ITEM_MAP).count;
}

static size_t closed_count(struct hw_in *in, size_t count)
{
    if (count != SIZE_MAX)
        return count;
    in->bad = true;
    return 0;
}

size_t hw_get_array(struct hw_in *in)
{
    return closed_count(in, hw_get_array_any(in));
}

size_t hw_get_map(struct hw_in *in)
{
    return closed_count(in, hw_get_map_any(in));
}

bool hw_get_close(struct hw_in *in)
{
    if (hw_peek(in) != HW_ITEM_CLOSE)
        return false;
    in->p++;
    return true;
}

/* Moves past one whole item without recursion: `left` holds, for each open
 * level, how many items are still to come (SIZE_MAX: until CLOSE). */
static void skip(struct hw_in *in)
{
    size_t left[DEPTH_MAX + 1] = {1};
    int depth = 0;
    while (depth >= 0 && !in->bad) {
        if (left[depth] == 0) {
            depth--;
            continue;
        }
        struct token token = next(in);
        if (token.type == HW_ITEM_CLOSE) {
            if (left[depth] != SIZE_MAX)
                in->bad = true;
            depth--;
            continue;
        }
        if (left[depth] != SIZE_MAX)
            left[depth]--;
        if (token.type != HW_ITEM_ARRAY && token.type != HW_ITEM_MAP)
            continue;
        if (++depth > DEPTH_MAX) {
            in->bad = true;
            return;
        }
        bool pairs = token.type == HW_ITEM_MAP && token.count != SIZE_MAX;
        left[depth] = pairs ? token.count * 2 : token.count;
    }
}

struct hw_slice hw_get_raw(struct hw_in *in)
{
    const uint8_t *start = in->p;
    if (hw_peek(in) == HW_ITEM_CLOSE)
        in->bad = true;
    skip(in);
    if (in->bad)
        return (struct hw_slice){0};
    return (struct hw_slice){start, (size_t)(in->p - start)};
}
