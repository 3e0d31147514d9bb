/* sim_world.c: the trace of a simulated world, and its steps. */
#include "tests/sim/sim_world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_net.h"
#include "tests/sim/sim_node.h"

enum { SETUP = 1, KEYS, SQLITE, NET, WEATHER, WORK, SHAPE, HAND };

void sim_world_init(struct sim_world *world, uint64_t seed, bool verbose)
{
    *world = (struct sim_world){.seed = seed, .verbose = verbose, .checking = ""};
    sim_chance_seed(&world->setup, seed, SETUP);
    sim_chance_seed(&world->keys, seed, KEYS);
    sim_chance_seed(&world->sqlite, seed, SQLITE);
    sim_chance_seed(&world->net, seed, NET);
    sim_chance_seed(&world->weather_chance, seed, WEATHER);
    sim_chance_seed(&world->work_chance, seed, WORK);
    sim_chance_seed(&world->shape, seed, SHAPE);
    sim_chance_seed(&world->hand, seed, HAND);
    sim_chance_sodium(&world->keys);
    sim_disk_chance(&world->sqlite);
    crypto_generichash_init(&world->hash, NULL, 0, 32);
}

void sim_world_done(struct sim_world *world)
{
    for (size_t i = 0; i < world->nodes_n; i++)
        sim_node_free(world->nodes[i]);
    sim_net_done(world);
    sim_queue_done(&world->queue);
    world->nodes_n = 0;
}

struct sim_node *sim_world_find(const struct sim_world *world, const char *office)
{
    for (size_t i = 0; i < world->nodes_n; i++)
        if (strcmp(world->nodes[i]->office, office) == 0)
            return world->nodes[i];
    return NULL;
}

bool sim_world_step(struct sim_world *world)
{
    struct sim_event event;
    if (*world->failure || !sim_queue_next(&world->queue, &event))
        return false;
    event.run(event.self, event.arg);
    return !*world->failure;
}

static void nothing(void *self, uint64_t arg)
{
    (void)self;
    (void)arg;
}

bool sim_world_run(struct sim_world *world, uint64_t ms)
{
    uint64_t end = world->queue.now + ms;
    sim_queue_add(&world->queue, ms, nothing, world, 0);
    while (world->queue.now < end)
        if (!sim_world_step(world))
            return false;
    return true;
}

/* -- the trace -- */

void sim_mark(struct sim_world *world, struct hw_slice bytes)
{
    if (bytes.n)
        crypto_generichash_update(&world->hash, bytes.p, bytes.n);
}

void sim_tell(struct sim_world *world, const struct sim_node *node, const char *format, ...)
{
    char *line = world->lines[world->lines_n++ % SIM_LINES];
    uint64_t now = world->queue.now;
    va_list list;
    int n = snprintf(line, SIM_LINE, "%6llu.%03u  %-6s ", (unsigned long long)(now / 1000), (unsigned)(now % 1000),
                     node ? node->name : "");
    va_start(list, format);
    vsnprintf(line + n, (size_t)(SIM_LINE - n), format, list);
    va_end(list);
    sim_mark(world, hw_slice_text(line));
    if (world->watch)
        world->watch->told(world->watch, node, line + n);
    if (world->verbose)
        puts(line);
}

void sim_fail(struct sim_world *world, const char *format, ...)
{
    va_list list;
    if (*world->failure)
        return;
    int n = snprintf(world->failure, sizeof world->failure, "%s%s", world->checking, *world->checking ? ": " : "");
    va_start(list, format);
    vsnprintf(world->failure + n, sizeof world->failure - (size_t)n, format, list);
    va_end(list);
    sim_tell(world, NULL, "FAILED: %.*s", (int)strcspn(world->failure, "\n"), world->failure);
}

void sim_world_lines(const struct sim_world *world)
{
    uint64_t first = world->lines_n > SIM_LINES ? world->lines_n - SIM_LINES : 0;
    for (uint64_t i = first; i < world->lines_n; i++)
        printf("    %s\n", world->lines[i % SIM_LINES]);
}

uint64_t sim_world_hash(struct sim_world *world)
{
    uint8_t hash[32];
    uint64_t short_hash;
    crypto_generichash_final(&world->hash, hash, sizeof hash);
    memcpy(&short_hash, hash, sizeof short_hash);
    return short_hash;
}
