/* sim_work.c: when people work, and what the answers taught. */
#include "tests/sim/sim_work.h"

#include <stdlib.h>
#include <string.h>

void sim_work_item(struct sim_work *work, struct hw_slice id, size_t group)
{
    if (id.n == 0 || id.n >= SIM_ID)
        return;
    if (work->items_n == work->items_cap) {
        work->items_cap = work->items_cap ? work->items_cap * 2 : 64;
        work->items = hw_realloc(work->items, work->items_cap * sizeof *work->items);
    }
    struct sim_item *item = &work->items[work->items_n++];
    *item = (struct sim_item){.group = group};
    memcpy(item->id, id.p, id.n);
}

static void next(void *self, uint64_t arg)
{
    struct sim_work *work = self;
    struct sim_world *world = work->world;
    struct sim_chance *chance = &world->work_chance;
    (void)arg;
    if (world->healed || work->left == 0) {
        work->ended = true;
        return;
    }
    if (work->burst == 0) {
        work->burst_at = sim_chance_below(chance, world->nodes_n);
        work->burst = sim_chance_in(chance, 15) ? sim_chance_between(chance, 5, world->heavy ? 80 : 25) : 1;
    }
    struct sim_node *node = world->nodes[work->burst_at];
    if (node->node)
        work->left -= sim_work_do(work, node);
    bool more = --work->burst > 0;
    sim_queue_add(&world->queue, more ? 0 : sim_chance_below(chance, 2 * work->gap_ms + 1), next, work, 0);
}

void sim_work_begin(struct sim_world *world, uint64_t changes, uint64_t gap_ms)
{
    struct sim_work *work = hw_alloc(sizeof *work);
    *work = (struct sim_work){.world = world, .gap_ms = gap_ms, .left = changes};
    world->work = work;
    sim_queue_add(&world->queue, 0, next, work, 0);
}

void sim_work_done(struct sim_world *world)
{
    if (!world->work)
        return;
    free(world->work->items);
    free(world->work);
    world->work = NULL;
}
