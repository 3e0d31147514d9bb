/* sim_oracle.c: what must hold when everything has healed. */
#include "tests/sim/sim_oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_digest.h"
#include "tests/sim/sim_node.h"
#include "tests/sim/sim_work.h"

/* -- texts in events -- */

struct sim_texts {
    uint64_t *slots; /* hashes, open addressing; 0: free */
    size_t n, cap;
    const char *why; /* the log could not be read */
};

/* FNV-1a, 64 bits; a world has thousands of texts. */
static uint64_t hash_of(const uint8_t *p, size_t n)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ p[i]) * 0x100000001b3u;
    return hash | 1;
}

static void put_hash(struct sim_texts *texts, uint64_t hash)
{
    size_t at = hash & (texts->cap - 1);
    while (texts->slots[at] && texts->slots[at] != hash)
        at = (at + 1) & (texts->cap - 1);
    texts->n += !texts->slots[at];
    texts->slots[at] = hash;
}

static void widen(struct sim_texts *texts)
{
    struct sim_texts old = *texts;
    texts->cap = old.cap ? old.cap * 2 : 1024;
    texts->slots = hw_alloc(texts->cap * sizeof *texts->slots);
    memset(texts->slots, 0, texts->cap * sizeof *texts->slots);
    texts->n = 0;
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i])
            put_hash(texts, old.slots[i]);
    free(old.slots);
}

static bool keep_texts(void *self, const struct hw_logged *logged)
{
    struct sim_texts *texts = self;
    for (size_t i = 0; i < logged->event.ops_n; i++) {
        struct hw_in in = hw_in_of(logged->event.ops[i].value);
        if (hw_peek(&in) != HW_ITEM_TEXT)
            continue;
        struct hw_slice text = hw_get_text(&in);
        if (texts->n * 2 >= texts->cap)
            widen(texts);
        put_hash(texts, hash_of(text.p, text.n));
    }
    return true;
}

static enum hw_status read_log(struct hw_tx *tx, void *self, struct hw_err *err)
{
    return hw_tx_log(tx, NULL, keep_texts, self, err);
}

struct sim_texts *sim_texts_held(struct sim_node *node)
{
    struct sim_texts *texts = hw_alloc(sizeof *texts);
    struct hw_job job = {.run = read_log, .self = texts};
    struct hw_err err = {0};
    *texts = (struct sim_texts){.why = ""};
    widen(texts);
    sim_node_enter(node);
    if (!node->node || hw_store_now(node->node->store, &job, &err) != HW_OK)
        texts->why = "the log cannot be read";
    return texts;
}

bool sim_texts_have(const struct sim_texts *texts, const char *text)
{
    uint64_t hash = hash_of((const uint8_t *)text, strlen(text));
    for (size_t at = hash & (texts->cap - 1); texts->slots[at]; at = (at + 1) & (texts->cap - 1))
        if (texts->slots[at] == hash)
            return true;
    return false;
}

void sim_texts_free(struct sim_texts *texts)
{
    free(texts->slots);
    free(texts);
}

/* -- oracles -- */

static void say_difference(struct sim_world *world, const struct sim_node *a, const struct sim_node *b,
                           const char *group, const struct sim_digest *digest, size_t part)
{
    char *one = sim_digest_lines(a->node->store, group, part), *two = sim_digest_lines(b->node->store, group, part);
    char *p = one, *q = two;
    while (*p && *q) {
        size_t n = strcspn(p, "\n"), m = strcspn(q, "\n");
        if (n != m || memcmp(p, q, n) != 0)
            break;
        p += n + 1;
        q += m + 1;
    }
    sim_fail(world, "%s and %s differ in group %s, %s\n    %s: %.*s\n    %s: %.*s", a->name, b->name, group,
             digest->parts[part], a->name, (int)strcspn(p, "\n"), p, b->name, (int)strcspn(q, "\n"), q);
    free(one);
    free(two);
}

static void same_group(struct sim_world *world, const char *group, size_t index)
{
    struct sim_digest first, other;
    const struct sim_node *hub = world->nodes[0];
    const char *why = sim_digest_make(hub->node->store, group, &first);
    for (size_t i = 1; i < world->nodes_n && !*why && !*world->failure; i++) {
        const struct sim_node *node = world->nodes[i];
        if (index < SIM_GROUPS && !node->reads[index])
            continue;
        why = sim_digest_make(node->node->store, group, &other);
        for (size_t part = 0; part < first.n && !*why; part++)
            if (memcmp(first.hashes[part], other.hashes[part], SIM_DIGEST) != 0) {
                say_difference(world, hub, node, group, &first, part);
                return;
            }
    }
    if (*why)
        sim_fail(world, "a digest cannot be made: %s", why);
    for (size_t part = 0; part < first.n; part++)
        sim_mark(world, (struct hw_slice){first.hashes[part], SIM_DIGEST});
}

static void same_state(struct sim_world *world)
{
    same_group(world, "directory", SIM_GROUPS);
    for (size_t i = 0; i < world->groups_n && !*world->failure; i++)
        same_group(world, world->groups[i], i);
}

static void saved_is_saved(struct sim_world *world)
{
    const struct sim_work *work = world->work;
    struct sim_texts *texts = sim_texts_held(world->nodes[0]);
    if (*texts->why)
        sim_fail(world, "%s", texts->why);
    for (size_t i = 0; i < work->promises_n; i++) {
        const struct sim_promise *promise = &work->promises[i];
        if (!promise->excused && !sim_texts_have(texts, promise->text))
            sim_fail(world, "\"%s\" was saved at %s after %llu s and is nowhere", promise->text,
                     world->nodes[promise->office]->name, (unsigned long long)promise->saved_ms / 1000);
    }
    sim_texts_free(texts);
}

static const struct sim_oracle at_end[] = {
    {"same state", "every replica holds the same of each group that it may read", same_state},
    {"saved is saved", "every change that a client was told is saved is at the hub", saved_is_saved},
};

void sim_oracle_end(struct sim_world *world)
{
    for (size_t i = 0; i < sizeof at_end / sizeof *at_end && !*world->failure; i++)
        at_end[i].check(world);
}
