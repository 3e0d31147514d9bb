/* sim_map.h: numbers by number, for what oracles remember. */
#ifndef TESTS_SIM_MAP_H
#define TESTS_SIM_MAP_H

#include "headway/bytes.h"

struct sim_pair {
    uint64_t key, value;
};
struct sim_map {
    struct sim_pair *pairs; /* open addressing; key 0: free */
    size_t n, cap;
};

/* The value of a key, made 0 when there is none yet; good until the next call. */
uint64_t *sim_map_at(struct sim_map *map, uint64_t key);
/* NULL when there is none. */
const uint64_t *sim_map_find(const struct sim_map *map, uint64_t key);
void sim_map_done(struct sim_map *map);

/* 64 bits, going on from `hash` (SIM_HASH at the start); never 0. A world has thousands of things to name, and eight bytes
 * are taken at a time: after each commit it names whole segments. */
#define SIM_HASH UINT64_C(0xcbf29ce484222325)
uint64_t sim_hash(uint64_t hash, const void *p, size_t n);
uint64_t sim_hash_number(uint64_t hash, uint64_t number);
uint64_t sim_hash_text(uint64_t hash, const char *text);

#endif
