/* world.h: a hub and three offices on loopback in a directory of their own.
 * Bench. */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include "bench/lib/node.h"
#include "headway/id.h"

enum { HW_WORLD_HUB, HW_WORLD_A, HW_WORLD_B, HW_WORLD_LATE, HW_WORLD_NEW, HW_WORLD_NODES };
#define HW_WORLD_GROUP "bench"

struct hw_world {
    char dir[256];
    struct hw_bench_tools tools;
    unsigned port; /* of the hub */
    struct hw_bench_node nodes[HW_WORLD_NODES];
};

/* Makes homes, one group and one plan, enrols the offices; all daemons are stopped afterwards. Ends the program
 * when a step fails. */
void hw_world_make(struct hw_world *world, const char *build);
/* Keeps the homes as they are; and brings them back. Daemons must be stopped. */
void hw_world_keep(const struct hw_world *world);
void hw_world_back(const struct hw_world *world);
/* HW_WORLD_NEW joins as an office that has never been in session; the hub runs. Each time it is another office. */
void hw_world_join(struct hw_world *world, unsigned number);
/* Stops what runs and removes the directory. */
void hw_world_end(struct hw_world *world);

/* Id of the plan that hw_world_make made. */
struct hw_id hw_world_plan(void);

#endif
