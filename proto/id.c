/* id.c: names of records, incarnations and events (floor 1, pure). */
#include "headway/id.h"

#include <sodium.h>
#include <string.h>

/* Crockford, "Base 32" (crockford.com/base32.html), lower case. */
static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

bool hw_id_equal(const struct hw_id *a, const struct hw_id *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

int hw_id_compare(const struct hw_id *a, const struct hw_id *b)
{
    return memcmp(a->b, b->b, sizeof a->b);
}

bool hw_id_zero(const struct hw_id *a)
{
    static const struct hw_id zero;
    return hw_id_equal(a, &zero);
}

void hw_id_print(const struct hw_id *id, char text[HW_ID_TEXT + 1])
{
    for (size_t i = 0; i < HW_ID_TEXT; i++) {
        size_t bit = i * 5, byte = bit / 8, shift = bit % 8;
        unsigned pair = (unsigned)id->b[byte] << 8 | (byte + 1 < sizeof id->b ? id->b[byte + 1] : 0u);
        text[i] = digits[pair >> (11 - shift) & 31];
    }
    text[HW_ID_TEXT] = 0;
}

/* Value of one Crockford digit, or -1. */
static int digit(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        c = (uint8_t)(c - 'A' + 'a');
    if (c == 'o')
        c = '0';
    if (c == 'i' || c == 'l')
        c = '1';
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static void set_digit(struct hw_id *id, size_t i, unsigned value)
{
    size_t bit = i * 5, byte = bit / 8, shift = bit % 8;
    unsigned pair = value << (11 - shift);
    id->b[byte] = (uint8_t)(id->b[byte] | (pair >> 8 & 255));
    if (byte + 1 < sizeof id->b)
        id->b[byte + 1] = (uint8_t)(id->b[byte + 1] | (pair & 255));
}

bool hw_id_prefix(struct hw_slice text, struct hw_id *low, struct hw_id *high)
{
    *low = *high = (struct hw_id){{0}};
    if (text.n == 0 || text.n > HW_ID_TEXT)
        return false;
    for (size_t i = 0; i < HW_ID_TEXT; i++) {
        int value = i < text.n ? digit(text.p[i]) : 0;
        if (value < 0)
            return false;
        set_digit(low, i, (unsigned)value);
        set_digit(high, i, i < text.n ? (unsigned)value : 31u);
    }
    return true;
}

bool hw_id_parse(struct hw_slice text, struct hw_id *id)
{
    struct hw_id high;
    return text.n == HW_ID_TEXT && hw_id_prefix(text, id, &high);
}

struct hw_id hw_id_derive(const char *domain, const struct hw_slice *parts, size_t n)
{
    struct hw_id id;
    uint8_t hash[crypto_generichash_BYTES_MIN];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    crypto_generichash_update(&state, (const uint8_t *)domain, strlen(domain) + 1);
    for (size_t i = 0; i < n; i++) {
        uint8_t length[4] = {(uint8_t)(parts[i].n >> 24), (uint8_t)(parts[i].n >> 16), (uint8_t)(parts[i].n >> 8),
                             (uint8_t)parts[i].n};
        crypto_generichash_update(&state, length, sizeof length);
        crypto_generichash_update(&state, parts[i].p, parts[i].n);
    }
    crypto_generichash_final(&state, hash, sizeof hash);
    memcpy(id.b, hash, sizeof id.b);
    return id;
}

void hw_id_place(struct hw_id *id, uint64_t n)
{
    unsigned place = (unsigned)(n % HW_ID_PLACES) << 1; /* 15 of the first 16 bits */
    id->b[0] = (uint8_t)(place >> 8);
    id->b[1] = (uint8_t)((place & 0xfe) | (id->b[1] & 1));
}

int hw_inc_compare(const struct hw_inc *a, const struct hw_inc *b)
{
    return memcmp(a->b, b->b, sizeof a->b);
}

int hw_name_compare(const struct hw_name *a, const struct hw_name *b)
{
    int order = hw_inc_compare(&a->inc, &b->inc);
    if (order)
        return order;
    if (a->seq != b->seq)
        return a->seq < b->seq ? -1 : 1;
    return a->op < b->op ? -1 : a->op > b->op;
}

static bool code_valid(struct hw_slice code, size_t max, char first, char last)
{
    if (code.n == 0 || code.n > max)
        return false;
    for (size_t i = 0; i < code.n; i++) {
        uint8_t c = code.p[i];
        bool letter = c >= (uint8_t)first && c <= (uint8_t)last;
        bool number = c >= '0' && c <= '9';
        bool hyphen = c == '-' && i > 0 && i + 1 < code.n;
        if (!letter && !number && !hyphen)
            return false;
    }
    return true;
}

bool hw_group_code_valid(struct hw_slice code)
{
    return code_valid(code, HW_GROUP_MAX, 'a', 'z');
}

bool hw_office_code_valid(struct hw_slice code)
{
    return code_valid(code, HW_OFFICE_MAX, 'A', 'Z');
}
