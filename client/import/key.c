/* key.c: counts how often a natural key was met in one file.
 * Floor 2, noun: import key.  A hash table with open addressing, because
 * 200,000 keys cannot be compared each with each. */
#include <string.h>

#include "client/import/rows.h"

struct hw_import_key {
    const char *text; /* NULL: free */
    uint64_t hash;
    unsigned times;
};

/* A power of two; small files need no more. */
enum { SLOTS_FIRST = 256 };

/* FNV-1a (Fowler, Noll, Vo). A hostile file can make its keys collide; the
 * bound on rows keeps even that to seconds. */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = 14695981039346656037u;
    for (; *text != 0; text++)
        hash = (hash ^ (uint8_t)*text) * 1099511628211u;
    return hash;
}

static struct hw_import_key *slot_of(struct hw_import_key *slots, size_t cap, const char *text, uint64_t hash)
{
    size_t i = (size_t)hash & (cap - 1);
    while (slots[i].text != NULL && (slots[i].hash != hash || strcmp(slots[i].text, text) != 0))
        i = (i + 1) & (cap - 1);
    return &slots[i];
}

static void grow(struct hw_import_keys *keys)
{
    size_t cap = keys->cap == 0 ? SLOTS_FIRST : keys->cap * 2;
    struct hw_import_key *slots = hw_arena_zero(keys->arena, cap, sizeof *slots);
    for (size_t i = 0; i < keys->cap; i++)
        if (keys->slot[i].text != NULL)
            *slot_of(slots, cap, keys->slot[i].text, keys->slot[i].hash) = keys->slot[i];
    keys->slot = slots;
    keys->cap = cap;
}

const char *hw_import_key_next(struct hw_import_keys *keys, const char *key)
{
    if (keys->n * 2 >= keys->cap)
        grow(keys);
    uint64_t hash = hash_of(key);
    struct hw_import_key *slot = slot_of(keys->slot, keys->cap, key, hash);
    if (slot->text == NULL) {
        *slot = (struct hw_import_key){key, hash, 1};
        keys->n++;
        return key;
    }
    slot->times++;
    return hw_arena_printf(keys->arena, "%s|%u", key, slot->times);
}
