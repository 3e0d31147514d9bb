/* sim_chance.c: chance that a seed repeats, for the simulator and for libsodium. */
#include "tests/sim/sim_chance.h"

#include <sodium.h>
#include <string.h>

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void sim_chance_seed(struct sim_chance *chance, uint64_t seed, uint64_t purpose)
{
    uint64_t state = seed * 0x2545f4914f6cdd1du + purpose;
    chance->calm = false;
    for (size_t i = 0; i < 4; i++)
        chance->s[i] = splitmix(&state);
}

static uint64_t rotate(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

uint64_t sim_chance_next(struct sim_chance *chance)
{
    uint64_t *s = chance->s, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t sim_chance_below(struct sim_chance *chance, uint64_t n)
{
    if (chance->calm)
        return n ? (n - 1) / 2 : 0;
    return n ? sim_chance_next(chance) % n : 0;
}

uint64_t sim_chance_between(struct sim_chance *chance, uint64_t least, uint64_t most)
{
    return least + sim_chance_below(chance, most - least + 1);
}

bool sim_chance_in(struct sim_chance *chance, unsigned permille)
{
    return sim_chance_below(chance, 1000) < permille;
}

void sim_chance_bytes(struct sim_chance *chance, void *to, size_t n)
{
    for (uint8_t *p = to; n > 0;) {
        uint64_t bits = sim_chance_next(chance);
        size_t part = n < sizeof bits ? n : sizeof bits;
        memcpy(p, &bits, part);
        p += part;
        n -= part;
    }
}

/* -- libsodium -- */

static struct sim_chance *sodium_chance; /* libsodium's calls carry nothing of ours */

static const char *name(void)
{
    return "simulated";
}

static uint32_t word(void)
{
    return (uint32_t)sim_chance_next(sodium_chance);
}

static void bytes(void *const to, const size_t n)
{
    sim_chance_bytes(sodium_chance, to, n);
}

void sim_chance_sodium(struct sim_chance *chance)
{
    static randombytes_implementation implementation = {.implementation_name = name, .random = word, .buf = bytes};
    sodium_chance = chance;
    randombytes_set_implementation(&implementation);
}
