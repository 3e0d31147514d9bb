/* sim_oracle.c: the table of what must hold, and when it is looked at. */
#include "tests/sim/sim_oracle.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/sim_node.h"

enum { SAMPLE_EVERY = 2500 }; /* turns of stores between two dear looks */

static const struct sim_oracle oracles[] = {
    {SIM_STARTED, "settled", "what a node finds in its log is synced before it counts", sim_check_settled},
    {SIM_COMMITTED, "on the platter", "what a commit has written is synced", sim_check_platter},
    {SIM_COMMITTED, "no gaps", "streams, drafts and journals are contiguous", sim_check_gaps},
    {SIM_COMMITTED, "no forks", "one name, one content, at every node that ever accepted it, byte for byte as sealed but for what was redacted",
     sim_check_forks},
    {SIM_COMMITTED, "bad clocks", "no clock runs ahead by what it has seen, no stamp that counts was ahead on arrival",
     sim_check_clocks},
    {SIM_COMMITTED, "memory", "what a store remembers is what its database says", sim_check_memory},
    {SIM_COMMITTED, "kept", "what the hub has acknowledged it still holds", sim_check_kept},
    {SIM_COMMITTED, "rights", "an event is admitted if and only if the grants of that moment allow it", sim_check_rights},
    {SIM_SENT, "scope", "no byte of a group goes to an office without a grant in it", sim_check_scope},
    {SIM_SENT, "relayed", "segments travel as their sealer committed them", sim_check_relayed},
    {SIM_SENT, "credit", "nobody sends more than was granted", sim_check_credit},
    {SIM_SENT, "acks", "an acknowledgement never precedes its commit", sim_check_acks},
    {SIM_HEARD, "queues", "what waits for a store is bounded by credit", sim_check_queues},
    {SIM_SECOND, "progress", "a good link delivers, whatever others do", sim_check_progress},
    {SIM_SAMPLE, "model", "rows and conflicts follow from the events held", sim_check_model},
    {SIM_END, "rights", "an event is admitted if and only if the grants of that moment allow it", sim_check_rights_end},
    {SIM_END, "same state", "every replica holds the same of each group that it may read", sim_check_same},
    {SIM_END, "redacted", "what headquarters has redacted is nowhere, and nothing else lacks its values", sim_check_redacted},
    {SIM_END, "saved is saved", "every change that a client was told is saved is at the hub", sim_check_saved},
    {SIM_END, "model", "rows and conflicts follow from the events held", sim_check_model_end},
    {SIM_END, "totals", "headquarters' report counts what the events say", sim_check_totals},
    {SIM_END, "verify", "looking everything over finds nothing", sim_check_verify},
    {SIM_END, "names", "no two lives of an office have one name", sim_check_names},
    {SIM_END, "imports", "a row imported at two offices is one record", sim_check_imports},
    {SIM_END, "files", "an office's files hold nothing of a group without a grant", sim_check_files},
};
enum { ORACLES = sizeof oracles / sizeof *oracles };

void sim_oracle_list(void)
{
    for (size_t i = 0; i < ORACLES; i++)
        printf("%-16s%s\n", oracles[i].name, oracles[i].holds);
}

void sim_oracle_begin(struct sim_world *world)
{
    world->facts = hw_alloc(sizeof *world->facts);
    *world->facts = (struct sim_facts){0};
    hw_arena_init(&world->facts->arena);
    hw_arena_init(&world->facts->kept);
}

void sim_oracle_done(struct sim_world *world)
{
    struct sim_facts *facts = world->facts;
    sim_map_done(&facts->sealed);
    sim_map_done(&facts->sealers);
    sim_map_done(&facts->accepted);
    sim_map_done(&facts->counted);
    sim_map_done(&facts->acked);
    sim_map_done(&facts->branched);
    hw_arena_done(&facts->arena);
    hw_arena_done(&facts->kept);
    free(facts);
    world->facts = NULL;
}

void sim_oracle_hub_restored(struct sim_world *world)
{
    sim_map_done(&world->facts->acked);
    world->facts->hub_restored = true;
}

void sim_oracle_hub_copied_back(struct sim_world *world)
{
    sim_oracle_hub_restored(world);
    world->facts->copied_back = true;
    world->facts->copied_ms = world->queue.now;
}

bool sim_oracle_hub_branched(const struct sim_world *world)
{
    return world->facts->copied_back || world->facts->branched.n > 0;
}

static void look(const struct sim_sight *sight, enum sim_when when)
{
    struct sim_world *world = sight->world;
    for (size_t i = 0; i < ORACLES && !*world->failure; i++) {
        if (oracles[i].when != when)
            continue;
        const char *outer = world->checking; /* an oracle may ask a node, and the world goes on meanwhile */
        world->checking = oracles[i].name;
        hw_arena_reset(&world->facts->arena);
        oracles[i].check(sight);
        world->checking = outer;
    }
}

static void sample(struct sim_world *world)
{
    struct sim_sight sight = {.world = world};
    if (++world->facts->samples % SAMPLE_EVERY)
        return;
    sight.node = world->nodes[world->facts->samples / SAMPLE_EVERY % world->nodes_n];
    if (sight.node->node && !sight.node->disk.dead)
        look(&sight, SIM_SAMPLE);
}

void sim_oracle_look(const struct sim_sight *sight, enum sim_when when)
{
    if (!sight->world->facts)
        return;
    look(sight, when);
    if (when == SIM_COMMITTED && !*sight->world->failure)
        sample(sight->world);
}
