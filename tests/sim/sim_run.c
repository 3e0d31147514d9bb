/* sim_run.c: one seed: a hub and offices are made and joined, work and weather
 * go on, everything heals, everything is checked. */
#include "tests/sim/sim_run.h"

#include <stdio.h>
#include <string.h>

#include "tests/sim/sim_doc.h"
#include "tests/sim/sim_oracle.h"
#include "tests/sim/sim_promise.h"
#include "tests/sim/sim_reader.h"
#include "tests/sim/sim_redact.h"
#include "tests/sim/sim_relay.h"
#include "tests/sim/sim_schema.h"
#include "tests/sim/sim_stick.h"
#include "tests/sim/sim_weather.h"
#include "tests/sim/sim_work.h"

enum { EDITS = 1000, GAP_MS = 1000, FAULT_GAP_MS = 20 * GAP_MS, LATE_MS = 120 * GAP_MS /* an office that is new then */ };
enum { YEARS_PACE = 64, YEARS_GAP = 86 }; /* percent: with these a world has the sessions and the faults of its changes' year */

static const char *const codes[] = {"KAZ", "UZB", "KGZ", "TJK", "TKM", "MNG"};
static const char *const relay_codes[] = {"EAST", "WEST"};

static void add_group(struct sim_world *world, const char *code)
{
    const char *pairs[] = {"code", code, "assign", "[name=A working group", NULL};
    struct hw_out args = {0};
    snprintf(world->groups[world->groups_n++], sizeof world->groups[0], "%s", code);
    sim_doc_args(&args, pairs);
    sim_node_ask_now(world->nodes[0], "group.add", hw_out_slice(&args), NULL);
    hw_out_reset(&args);
    char title[32];
    snprintf(title, sizeof title, "%s plan", code);
    const char *plan[] = {"group", code, "title", title, NULL};
    sim_doc_args(&args, plan);
    sim_node_ask_now(world->nodes[0], "plan.add", hw_out_slice(&args), NULL);
    hw_out_done(&args);
}

/* In a mixed world half of all begin with the older release. */
static struct sim_node *new_node(struct sim_world *world, const char *code, bool listen)
{
    bool old = world->mixed && sim_chance_in(&world->shape, 500);
    struct sim_node *node = sim_node_new(world, code, listen, old);
    if (old && node)
        sim_tell(world, node, "begins with the older release");
    return node;
}

/* Every office reads at least one group; most read all. */
static struct sim_node *add_office(struct sim_world *world, const char *code)
{
    char texts[SIM_GROUPS][32];
    const char *grants[SIM_GROUPS];
    size_t n = 0, must = sim_chance_below(&world->setup, world->groups_n);
    struct sim_node *node = new_node(world, code, false);
    for (size_t i = 0; node && i < world->groups_n; i++) {
        if (i != must && sim_chance_in(&world->setup, 300))
            continue;
        node->reads[i] = node->granted[i] = true;
        snprintf(texts[n], sizeof texts[n], "%s:coordinator", world->groups[i]);
        grants[n] = texts[n];
        n++;
    }
    if (node && !*world->failure)
        sim_node_enrol(node, world->nodes[0], grants, n);
    return node;
}

/* What the relay may not read does not come through it. */
static void behind(struct sim_node *node, struct sim_node *hub)
{
    for (size_t i = 0; i < SIM_GROUPS; i++)
        node->reads[i] = node->reads[i] && hub->reads[i];
    if (hub->index != 0)
        sim_relay_follow(node, hub);
}

static void add_relays(struct sim_world *world)
{
    world->relays = sim_chance_in(&world->shape, 350) ? 2 : 1;
    for (size_t i = 0; i < world->relays && !*world->failure; i++) {
        struct sim_node *relay = add_office(world, relay_codes[i]);
        if (!relay || *world->failure)
            return;
        sim_relay_make(relay);
        if (i > 0 && sim_chance_in(&world->shape, 600))
            behind(relay, world->nodes[i]);
    }
}

/* Snapshots are of what a backup covers. */
static void first_backup(void *self, uint64_t none)
{
    (void)none;
    sim_node_backup(self);
}

static void make(struct sim_world *world, const struct sim_plan *plan)
{
    bool relayed = sim_chance_in(&world->shape, 250) || plan->relays;
    world->pace = plan->years ? YEARS_PACE : 100;
    world->mixed = sim_chance_in(&world->shape, 250) || plan->mixed;
    world->heavy = sim_chance_in(&world->setup, 150);
    world->snapshots = world->seed % 2 == 0; /* drawn from nothing: other seeds stay the worlds that they were */
    world->frugal = world->seed % 7 == 3;
    size_t offices = sim_chance_between(&world->setup, 2, 5);
    struct sim_node *hub = new_node(world, "HQ", true);
    if (*world->failure || !sim_node_start(hub)) {
        sim_fail(world, "the hub does not start");
        return;
    }
    for (size_t i = 0; i < SIM_GROUPS; i++)
        hub->reads[i] = hub->granted[i] = true;
    add_group(world, "wg-a");
    add_group(world, "wg-b");
    if (relayed && !*world->failure)
        add_relays(world);
    for (size_t i = 0; i < offices && !*world->failure; i++) {
        struct sim_node *node = add_office(world, codes[i]);
        if (world->relays && node && !*world->failure && sim_chance_in(&world->shape, 750))
            behind(node, world->nodes[sim_chance_between(&world->shape, 1, world->relays)]);
    }
    if (world->snapshots && !*world->failure)
        sim_queue_add(&world->queue, LATE_MS / 2, first_backup, hub, 0);
    for (size_t i = 1; i < world->nodes_n; i++)
        sim_node_start_in(world->nodes[i], world->snapshots && i + 1 == world->nodes_n ? LATE_MS : 0);
}

static void live(struct sim_world *world, const struct sim_plan *plan)
{
    if (!sim_weather_begin(world, plan->weather, plan->years ? FAULT_GAP_MS * YEARS_GAP / 100 : FAULT_GAP_MS)) {
        sim_fail(world, "no such weather: %s", plan->weather);
        return;
    }
    sim_upgrade_begin(world);
    if (world->seed % 3 == 0 || plan->hands) { /* drawn from nothing, as above */
        sim_stick_begin(world);
        sim_redact_begin(world);
    }
    if (plan->readers)
        sim_reader_begin(world);
    sim_work_begin(world, plan->edits ? plan->edits : EDITS, GAP_MS);
    while (!world->work->ended && sim_world_step(world))
        continue;
}

static void say(const struct sim_world *world, const struct sim_plan *plan)
{
    printf("seed %llu FAILED: %s\n", (unsigned long long)world->seed, world->failure);
    printf("  the last it did:\n");
    sim_world_lines(world);
    printf("  to see it again: build/sim --seed %llu --verbose", (unsigned long long)world->seed);
    if (plan->edits)
        printf(" --edits %llu", (unsigned long long)plan->edits);
    if (plan->weather)
        printf(" --weather %s", plan->weather);
    printf("%s%s", plan->relays ? " --relays" : "", plan->mixed ? " --mixed" : "");
    printf("%s%s", plan->hands ? " --hands" : "", plan->years ? " --years" : "");
    printf("%s", plan->readers ? " --readers" : "");
    printf("\n");
    fflush(stdout);
}

static void add_up(struct sim_stats *sum, const struct sim_stats *one, bool failed)
{
    sum->runs++;
    sum->failures += failed;
    sum->edits += one->edits;
    sum->sessions += one->sessions;
    sum->faults += one->faults;
    sum->commits += one->commits;
    sum->messages += one->messages;
    sum->lost += one->lost;
}

static void second(void *self, uint64_t arg)
{
    struct sim_world *world = self;
    sim_oracle_look(&(struct sim_sight){.world = world}, SIM_SECOND);
    sim_queue_add(&world->queue, 1000, second, world, arg);
}

uint64_t sim_run(uint64_t seed, const struct sim_plan *plan, struct sim_stats *stats)
{
    struct sim_world world;
    sim_world_init(&world, seed, plan->verbose);
    sim_promises_begin(&world);
    sim_oracle_begin(&world);
    sim_queue_add(&world.queue, 1000, second, &world, 0);
    make(&world, plan);
    if (!*world.failure)
        live(&world, plan);
    if (!*world.failure)
        sim_weather_heal(&world);
    if (!*world.failure)
        sim_oracle_look(&(struct sim_sight){.world = &world}, SIM_END);
    if (*world.failure && !plan->silent)
        say(&world, plan);
    add_up(stats, &world.stats, *world.failure);
    uint64_t hash = sim_world_hash(&world);
    sim_world_done(&world);
    sim_weather_done(&world);
    sim_work_done(&world);
    sim_stick_done(&world);
    sim_redact_done(&world);
    sim_oracle_done(&world);
    sim_promises_done(&world);
    return hash;
}
