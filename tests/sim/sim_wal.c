/* sim_wal.c: how far a write-ahead log counts. */
#include "tests/sim/sim_wal.h"

#include <stdbool.h>
#include <string.h>

enum { HEADER = 32, FRAME = 24, SALT = 16, SUMMED = 24 };

struct sum {
    uint32_t a, b;
};

static uint32_t big(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t word(const uint8_t *p, bool is_big)
{
    return is_big ? big(p) : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static struct sum add(struct sum sum, const uint8_t *p, size_t n, bool is_big)
{
    for (size_t i = 0; i + 8 <= n; i += 8) {
        sum.a += word(p + i, is_big) + sum.b;
        sum.b += word(p + i + 4, is_big) + sum.a;
    }
    return sum;
}

static bool is(struct sum sum, const uint8_t *p)
{
    return sum.a == big(p) && sum.b == big(p + 4);
}

size_t sim_wal_end(struct hw_slice log)
{
    if (log.n < HEADER)
        return 0;
    bool is_big = big(log.p) & 1;
    size_t page = big(log.p + 8), end = 0;
    struct sum sum = add((struct sum){0}, log.p, SUMMED, is_big);
    if (big(log.p) >> 1 != 0x377f0682 >> 1 || !is(sum, log.p + SUMMED))
        return 0;
    for (size_t at = HEADER; at + FRAME + page <= log.n; at += FRAME + page) {
        const uint8_t *frame = log.p + at;
        sum = add(add(sum, frame, 8, is_big), frame + FRAME, page, is_big);
        if (memcmp(frame + 8, log.p + SALT, 8) != 0 || !is(sum, frame + 16))
            break;
        if (big(frame + 4)) /* a commit: pages of the database after it */
            end = at + FRAME + page;
    }
    return end;
}
