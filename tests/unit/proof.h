/* proof.h: what the tests of the pure core share: dice that a seed replays,
 * and golden bytes in hex. */
#ifndef TESTS_PROOF_H
#define TESTS_PROOF_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "headway/bytes.h"

/* xorshift64* (Vigna, 2014): the same on every machine. The seed must not be 0. */
struct dice {
    uint64_t state;
};

static inline struct dice dice_of(uint64_t seed)
{
    return (struct dice){seed * 0x9E3779B97F4A7C15u + 1}; /* neighbouring seeds start far apart */
}

static inline uint64_t dice_roll(struct dice *dice)
{
    dice->state ^= dice->state >> 12;
    dice->state ^= dice->state << 25;
    dice->state ^= dice->state >> 27;
    return dice->state * 0x2545F4914F6CDD1Du;
}

static inline size_t dice_below(struct dice *dice, size_t n)
{
    return (size_t)((dice_roll(dice) >> 16) % n);
}

static inline bool dice_one_in(struct dice *dice, size_t n)
{
    return dice_below(dice, n) == 0;
}

/* Numbers of every magnitude: an evenly drawn 64-bit number is nearly always huge. */
static inline uint64_t dice_number(struct dice *dice)
{
    return dice_roll(dice) >> dice_below(dice, 64);
}

static inline void dice_bytes(struct dice *dice, void *to, size_t n)
{
    uint8_t *p = to;
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(dice_roll(dice) >> 32);
}

/* An exact copy on the heap, so that AddressSanitizer sees a read past the end. Free .p. */
static inline struct hw_slice tight_copy(struct hw_slice s)
{
    uint8_t *p = malloc(s.n ? s.n : 1);
    assert_non_null(p);
    if (s.n)
        memcpy(p, s.p, s.n);
    return (struct hw_slice){p, s.n};
}

static inline char *hex_of(struct hw_slice s)
{
    char *text = malloc(2 * s.n + 1);
    assert_non_null(text);
    for (size_t i = 0; i < s.n; i++)
        snprintf(text + 2 * i, 3, "%02x", s.p[i]);
    text[2 * s.n] = 0;
    return text;
}

static inline void assert_hex(struct hw_slice s, const char *hex)
{
    char *got = hex_of(s);
    assert_string_equal(got, hex);
    free(got);
}

static inline void assert_hex_n(const void *p, size_t n, const char *hex)
{
    assert_hex((struct hw_slice){p, n}, hex);
}

#endif
