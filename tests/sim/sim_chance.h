/* sim_chance.h: chance that a seed repeats. */
#ifndef TESTS_SIM_CHANCE_H
#define TESTS_SIM_CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* xoshiro256** (Blackman, Vigna 2018). Every purpose has its own, so that one more draw for the weather does not move
 * what the network draws. */
struct sim_chance {
    uint64_t s[4];
    bool calm; /* draws nothing: of every range the middle */
};

void sim_chance_seed(struct sim_chance *chance, uint64_t seed, uint64_t purpose);
uint64_t sim_chance_next(struct sim_chance *chance);
uint64_t sim_chance_below(struct sim_chance *chance, uint64_t n); /* 0 when n is 0 */
uint64_t sim_chance_between(struct sim_chance *chance, uint64_t least, uint64_t most);
bool sim_chance_in(struct sim_chance *chance, unsigned permille);
void sim_chance_bytes(struct sim_chance *chance, void *to, size_t n);

/* From now on libsodium draws from this one. */
void sim_chance_sodium(struct sim_chance *chance);

#endif
