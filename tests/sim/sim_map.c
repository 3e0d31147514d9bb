/* sim_map.c: numbers by number. */
#include "tests/sim/sim_map.h"

#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15); /* odd, so that no two words of one hash meet */
    return hash ^ hash >> 32; /* a product leaves its low bits poor */
}

uint64_t sim_hash(uint64_t hash, const void *p, size_t n)
{
    const uint8_t *bytes = p;
    uint64_t word;
    size_t left = n;
    for (; left >= sizeof word; left -= sizeof word, bytes += sizeof word) {
        memcpy(&word, bytes, sizeof word);
        hash = mix(hash, word);
    }
    word = 0;
    if (left)
        memcpy(&word, bytes, left);
    hash = mix(mix(hash, word), n); /* so that ("a", "bc") is not ("ab", "c") */
    return hash ? hash : 1;
}

uint64_t sim_hash_number(uint64_t hash, uint64_t number)
{
    hash = mix(hash, number);
    return hash ? hash : 1;
}

uint64_t sim_hash_text(uint64_t hash, const char *text)
{
    return sim_hash(hash, text, strlen(text));
}

static struct sim_pair *slot(const struct sim_map *map, uint64_t key)
{
    size_t at = (size_t)(key ^ key >> 32) & (map->cap - 1);
    while (map->pairs[at].key && map->pairs[at].key != key)
        at = (at + 1) & (map->cap - 1);
    return &map->pairs[at];
}

static void widen(struct sim_map *map)
{
    struct sim_map old = *map;
    map->cap = old.cap ? old.cap * 2 : 1024;
    map->pairs = hw_alloc(map->cap * sizeof *map->pairs);
    memset(map->pairs, 0, map->cap * sizeof *map->pairs);
    for (size_t i = 0; i < old.cap; i++)
        if (old.pairs[i].key)
            *slot(map, old.pairs[i].key) = old.pairs[i];
    free(old.pairs);
}

uint64_t *sim_map_at(struct sim_map *map, uint64_t key)
{
    if (map->n * 2 >= map->cap)
        widen(map);
    struct sim_pair *pair = slot(map, key);
    map->n += !pair->key;
    pair->key = key;
    return &pair->value;
}

const uint64_t *sim_map_find(const struct sim_map *map, uint64_t key)
{
    const struct sim_pair *pair = map->cap ? slot(map, key) : NULL;
    return pair && pair->key ? &pair->value : NULL;
}

void sim_map_done(struct sim_map *map)
{
    free(map->pairs);
    *map = (struct sim_map){0};
}
