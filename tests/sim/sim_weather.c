/* sim_weather.c: a table of faults, one function each; and how a world heals. */
#include "tests/sim/sim_weather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"
#include "proto/sync_internal.h"
#include "tests/sim/sim_doc.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/sim_oracle.h"
#include "tests/sim/sim_promise.h"
#include "tests/sim/sim_relay.h"
#include "tests/sim/sim_rights.h"
#include "tests/sim/sim_schema.h"

enum { MINUTE_MS = 60000, QUIET_MS = 60 * MINUTE_MS, FRUGAL_MS = 7 * 24 * QUIET_MS };

static uint64_t draw(struct sim_world *world, uint64_t least, uint64_t most)
{
    return sim_chance_between(&world->weather_chance, least, most);
}

static bool even(struct sim_world *world)
{
    return sim_chance_in(&world->weather_chance, 500);
}

static bool is_hub(const struct sim_node *node)
{
    return node->index == 0;
}

/* -- the network -- */

static void road_good(struct sim_node *node)
{
    struct sim_road *road = &node->road;
    road->least_ms = 1;
    road->most_ms = 40;
    road->drop = road->twice = road->swap = 0;
    road->slow = false;
    if (road->blocked[0] || road->blocked[1])
        sim_net_block(node, false, false);
}

static void road_heals(void *self, uint64_t arg)
{
    (void)arg;
    road_good(self);
}

static void road_bad(struct sim_node *node, uint64_t most_ms)
{
    sim_queue_add(&node->world->queue, draw(node->world, 1000, most_ms), road_heals, node, 0);
}

static bool delay(struct sim_world *world, struct sim_node *node)
{
    node->road.most_ms = draw(world, 200, 4000);
    sim_tell(world, node, "weather: its way takes up to %llu ms", (unsigned long long)node->road.most_ms);
    road_bad(node, 2 * MINUTE_MS);
    return true;
}

static bool partition(struct sim_world *world, struct sim_node *node)
{
    sim_tell(world, node, "weather: cut off from the hub");
    sim_net_block(node, true, true);
    road_bad(node, 3 * MINUTE_MS);
    return true;
}

static bool half_open(struct sim_world *world, struct sim_node *node)
{
    bool up = even(world);
    sim_tell(world, node, "weather: nothing goes %s", up ? "up" : "down");
    sim_net_block(node, up, !up);
    road_bad(node, 3 * MINUTE_MS);
    return true;
}

static bool cut(struct sim_world *world, struct sim_node *node)
{
    bool half = even(world);
    if (!node->link.up)
        return false;
    sim_tell(world, node, "weather: connection cut%s", half ? ", one end does not notice" : "");
    sim_net_cut(node, half);
    return true;
}

static bool drop(struct sim_world *world, struct sim_node *node)
{
    sim_tell(world, node, "weather: messages get lost");
    node->road.drop = (unsigned)draw(world, 10, 300);
    road_bad(node, 2 * MINUTE_MS);
    return true;
}

static bool twice(struct sim_world *world, struct sim_node *node)
{
    sim_tell(world, node, "weather: messages come twice");
    node->road.twice = (unsigned)draw(world, 10, 500);
    road_bad(node, 2 * MINUTE_MS);
    return true;
}

static bool swap(struct sim_world *world, struct sim_node *node)
{
    sim_tell(world, node, "weather: messages overtake each other");
    node->road.swap = (unsigned)draw(world, 10, 500);
    road_bad(node, 2 * MINUTE_MS);
    return true;
}

static bool slow_peer(struct sim_world *world, struct sim_node *node)
{
    sim_tell(world, node, "weather: a slow peer");
    node->road.slow = true;
    road_bad(node, 2 * MINUTE_MS);
    return true;
}

static bool garbage_up(struct sim_world *world, struct sim_node *node)
{
    if (!node->link.up)
        return false;
    sim_tell(world, node, "weather: it sends garbage");
    sim_net_garbage(node, false);
    return true;
}

static bool garbage_down(struct sim_world *world, struct sim_node *node)
{
    if (!node->link.up)
        return false;
    sim_tell(world, node, "weather: its hub sends garbage");
    sim_net_garbage(node, true);
    return true;
}

static bool flood(struct sim_world *world, struct sim_node *node)
{
    if (!node->link.up || !node->link.up->model.n)
        return false;
    sim_tell(world, node, "weather: it sends more than it may");
    sim_net_flood(node);
    return true;
}

static bool stranger(struct sim_world *world, struct sim_node *node)
{
    uint8_t key[HW_KEY_SIZE];
    (void)node;
    sim_chance_bytes(&world->weather_chance, key, sizeof key);
    sim_tell(world, NULL, "weather: a stranger knocks");
    if (sim_net_stranger(world, world->nodes[0], key))
        sim_fail(world, "the hub let a stranger in");
    return true;
}

/* -- machines -- */

static bool crash(struct sim_world *world, struct sim_node *node)
{
    if (!node->node)
        return false;
    sim_node_crash(node, false);
    sim_node_start_in(node, draw(world, 100, MINUTE_MS));
    return true;
}

static bool power(struct sim_world *world, struct sim_node *node)
{
    if (!node->node)
        return false;
    sim_node_crash(node, true);
    sim_node_start_in(node, draw(world, 100, 3 * MINUTE_MS));
    return true;
}

static bool stop(struct sim_world *world, struct sim_node *node)
{
    if (!node->node)
        return false;
    sim_node_stop(node);
    sim_node_start_in(node, draw(world, 100, 5 * MINUTE_MS));
    return true;
}

/* In the middle of a commit, a checkpoint, a start. */
static bool die_at(struct sim_world *world, struct sim_node *node)
{
    node->disk.die_at = node->disk.ops + draw(world, 1, 60);
    sim_tell(world, node, "weather: its disk will stop at operation %llu", (unsigned long long)node->disk.die_at);
    return true;
}

static bool fail_at(struct sim_world *world, struct sim_node *node)
{
    node->disk.fail_at = node->disk.ops + draw(world, 1, 60);
    sim_tell(world, node, "weather: operation %llu of its disk will fail", (unsigned long long)node->disk.fail_at);
    return true;
}

static void room_again(void *self, uint64_t arg)
{
    struct sim_node *node = self;
    (void)arg;
    node->disk.quota = 0;
}

static bool full(struct sim_world *world, struct sim_node *node)
{
    node->disk.quota = sim_disk_size(&node->disk) + draw(world, 0, 100000);
    sim_tell(world, node, "weather: its disk is nearly full");
    sim_queue_add(&world->queue, draw(world, 1000, 3 * MINUTE_MS), room_again, node, 0);
    return true;
}

static void fast_again(void *self, uint64_t arg)
{
    struct sim_node *node = self;
    (void)arg;
    node->store_ms = 3;
}

static bool slow_disk(struct sim_world *world, struct sim_node *node)
{
    node->store_ms = draw(world, 100, 5000);
    sim_tell(world, node, "weather: its disk is slow");
    sim_queue_add(&world->queue, draw(world, 1000, 2 * MINUTE_MS), fast_again, node, 0);
    return true;
}

/* -- backups -- */

static bool backup(struct sim_world *world, struct sim_node *node)
{
    (void)world;
    sim_node_backup(node);
    return true;
}

static bool restore(struct sim_world *world, struct sim_node *node)
{
    if (!node->backup_ms || is_hub(node))
        return false;
    sim_node_crash(node, false);
    world->facts->restored = true;
    sim_promise_excuse(node);
    sim_node_restore(node);
    sim_node_start_in(node, draw(world, 100, MINUTE_MS));
    return !even(world) || slow_disk(world, node); /* a slow one does more in one transaction */
}

/* By the command, which says so to the next start; or by a copy put in place. */
static bool put_back_hub(struct sim_world *world, bool marked)
{
    struct sim_node *node = world->nodes[0];
    if (!node->backup_ms)
        return false;
    sim_node_crash(node, false);
    sim_promise_excuse(node);
    if (marked)
        sim_oracle_hub_restored(world);
    else
        sim_oracle_hub_copied_back(world);
    sim_node_restore(node);
    if (marked)
        sim_node_mark(node);
    sim_node_start_in(node, draw(world, 100, MINUTE_MS));
    return true;
}

static bool restore_hub(struct sim_world *world, struct sim_node *node)
{
    (void)node;
    return put_back_hub(world, true);
}

/* Once in a world: see "A database that was copied back" in docs/decisions.md. */
static bool copy_back_hub(struct sim_world *world, struct sim_node *node)
{
    (void)node;
    return !sim_oracle_hub_branched(world) && put_back_hub(world, false);
}

static bool clone_disk(struct sim_world *world, struct sim_node *node)
{
    struct sim_node *copy = is_hub(node) || world->nodes_n > 8 ? NULL : sim_node_clone(node);
    if (!copy)
        return false;
    sim_node_start_in(copy, draw(world, 100, MINUTE_MS));
    return !even(world) || slow_disk(world, copy);
}

/* An office that changes its hub. */
static bool move(struct sim_world *world, struct sim_node *node)
{
    struct sim_node *hub = world->nodes[draw(world, 0, world->nodes_n - 1)];
    if (!node->node || !hub->node || !sim_relay_fits(node, hub) || sim_net_hub(node) == hub)
        return false;
    sim_node_stop(node);
    sim_relay_follow(node, hub);
    sim_node_start_in(node, draw(world, 100, MINUTE_MS));
    return true;
}

/* -- clocks -- */

static bool jump(struct sim_world *world, struct sim_node *node)
{
    static const int64_t most[] = {INT64_C(10) * 365 * 86400 * 1000, INT64_C(86400) * 1000, 10 * 60 * 1000};
    int64_t by = (int64_t)draw(world, 0, (uint64_t)most[draw(world, 0, 2)]);
    node->skew_ms = even(world) ? by : -by;
    sim_tell(world, node, "weather: its clock is wrong by %lld s", (long long)node->skew_ms / 1000);
    return true;
}

static bool drift(struct sim_world *world, struct sim_node *node)
{
    node->drift_ppm = (int64_t)draw(world, 0, 20000) - 10000;
    sim_tell(world, node, "weather: its clock goes wrong by %lld ppm", (long long)node->drift_ppm);
    return true;
}

/* -- the table -- */

static const struct fault {
    const char *name;
    unsigned weight; /* 0: off by default */
    bool hub;        /* may befall the hub too */
    bool (*strike)(struct sim_world *world, struct sim_node *node); /* false: not here, not now */
} faults[] = {
    {"delay", 10, false, delay},
    {"partition", 10, false, partition},
    {"half-open", 10, false, half_open},
    {"cut", 20, false, cut},
    {"drop", 5, false, drop},
    {"twice", 5, false, twice},
    {"swap", 5, false, swap},
    {"slow-peer", 5, false, slow_peer},
    {"garbage", 5, false, garbage_up},
    {"garbage-down", 3, false, garbage_down},
    {"flood", 3, false, flood},
    {"stranger", 2, true, stranger},
    {"crash", 15, true, crash},
    {"power", 15, true, power},
    {"stop", 5, true, stop},
    {"die", 15, true, die_at},
    {"eio", 8, true, fail_at},
    {"full", 5, true, full},
    {"slow-disk", 5, true, slow_disk},
    {"backup", 6, true, backup},
    {"restore", 6, false, restore},
    {"restore-hub", 2, true, restore_hub},
    {"copy-back-hub", 1, true, copy_back_hub},
    {"clone", 3, false, clone_disk},
    {"jump", 6, true, jump},
    {"drift", 4, true, drift},
    {"move", 3, false, move}, /* where there are relays */
    {"grants", 0, false, sim_rights_strike},
    {"root", 0, true, sim_root_strike}, /* not with restore-hub, which brings the former key back: headquarters then waits for a person */
};
enum { FAULTS = sizeof faults / sizeof *faults };

void sim_weather_list(void)
{
    for (size_t i = 0; i < FAULTS; i++)
        printf("%-14s%s\n", faults[i].name, faults[i].weight ? "" : "off unless named");
}

static const struct fault *pick(struct sim_weather *weather)
{
    uint64_t at = sim_chance_below(&weather->world->weather_chance, weather->sum);
    for (size_t i = 0; i < FAULTS; i++) {
        if (at < weather->weights[i])
            return &faults[i];
        at -= weather->weights[i];
    }
    return NULL;
}

static void strike(void *self, uint64_t arg)
{
    struct sim_weather *weather = self;
    struct sim_world *world = weather->world;
    const struct fault *fault = pick(weather);
    struct sim_node *node = world->nodes[sim_chance_below(&world->weather_chance, world->nodes_n)];
    (void)arg;
    if (world->healed)
        return;
    if (fault && (fault->hub || !is_hub(node)))
        world->stats.faults += fault->strike(world, node);
    sim_queue_add(&world->queue, sim_chance_below(&world->weather_chance, 2 * weather->gap_ms + 1), strike, weather, 0);
}

/* -- offices that come and go -- */

static void synced(struct sim_call *call, enum hw_status status, const char *text)
{
    (void)call;
    (void)status;
    (void)text;
}

/* Somebody who sees that there is a network again types `headway sync`. */
static void type_sync(struct sim_node *node)
{
    const struct sim_call template = {.answered = synced};
    struct hw_out args = {0};
    hw_put_map(&args, 0);
    sim_node_ask(node, "sync", hw_out_slice(&args), "aigul", &template);
    hw_out_done(&args);
}

static void come_or_go(void *self, uint64_t index)
{
    struct sim_weather *weather = self;
    struct sim_world *world = weather->world;
    struct sim_node *node = world->nodes[index];
    bool offline = !node->road.offline;
    if (world->healed)
        return;
    sim_net_offline(node, offline);
    if (!offline && node->node)
        type_sync(node);
    uint64_t mean = offline ? weather->away_ms : weather->online_ms;
    sim_queue_add(&world->queue, draw(world, mean / 2, mean * 3 / 2), come_or_go, weather, index);
}

/* -- a run's mix -- */

/* Whether a list such as "clone,slow-disk" names it. */
static bool named(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (strncmp(at, name, n) == 0 && (!at[n] || at[n] == ','))
            return true;
    return false;
}

static bool mix(struct sim_weather *weather, const char *only)
{
    struct sim_world *world = weather->world;
    bool found = !only || strcmp(only, "all") == 0 || strcmp(only, "none") == 0;
    for (size_t i = 0; i < FAULTS; i++) {
        unsigned weight = faults[i].weight;
        if (faults[i].strike == move && !world->relays) {
            found = found || named(only, "move");
            continue;
        }
        if (faults[i].strike == sim_rights_strike && (!only || (strcmp(only, "all") != 0 && !named(only, "grants"))))
            continue; /* nor is it drawn for: seeds keep their worlds */
        if (faults[i].strike == sim_root_strike && (!only || !named(only, "root")))
            continue;
        bool drawn = even(world);
        if (only && strcmp(only, "all") == 0)
            weight = weight ? weight : 8;
        else if (only)
            weight = named(only, faults[i].name) ? 10 : 0;
        found = found || weight;
        drawn = drawn || (only && weight);
        /* Nothing can be restored that was not saved. */
        if (only && (strstr(only, "restore") || strstr(only, "copy-back")) && strcmp(faults[i].name, "backup") == 0)
            weight = 10, drawn = true;
        weather->weights[i] = drawn ? weight : 0;
        weather->sum += weather->weights[i];
        world->granting = world->granting || (faults[i].strike == sim_rights_strike && weather->weights[i]);
    }
    return found;
}

bool sim_weather_begin(struct sim_world *world, const char *only, uint64_t gap_ms)
{
    struct sim_weather *weather = hw_alloc(sizeof *weather);
    *weather = (struct sim_weather){.world = world, .gap_ms = gap_ms};
    world->weather = weather;
    if (!mix(weather, only))
        return false;
    if (!world->heavy && sim_chance_in(&world->weather_chance, 900)) {
        weather->online_ms = draw(world, 1000, 5000) * world->pace / 100;
        weather->away_ms = draw(world, 500, 5000) * world->pace / 100;
        for (size_t i = 1; i < world->nodes_n; i++)
            sim_queue_add(&world->queue, draw(world, 0, weather->away_ms), come_or_go, weather, i);
    }
    if (world->relays)
        sim_relay_attend(world);
    if (weather->sum)
        sim_queue_add(&world->queue, 0, strike, weather, 0);
    return true;
}

void sim_weather_done(struct sim_world *world)
{
    free(world->weather);
    world->weather = NULL;
}

/* -- healing -- */

static void heal_node(struct sim_node *node)
{
    road_good(node);
    sim_net_offline(node, false);
    node->disk.quota = 0;
    node->disk.die_at = node->disk.fail_at = 0;
    node->skew_ms = node->drift_ppm = 0;
    node->store_ms = 3;
    if (!node->node)
        sim_node_start_in(node, 0);
}

/* Its journal is shorter than the hub's. What the hub believes of that does not matter here: the last ACK may be lost. */
static bool behind(const struct sim_node *node, const char *group)
{
    const struct sim_node *hub = node->world->nodes[0];
    const struct hw_group_tip *theirs = hub->node ? hw_step_tip(hub->node->sync, group) : NULL;
    const struct hw_group_tip *ours = hw_step_tip(node->node->sync, group);
    return theirs && theirs->position > (ours ? ours->position : 0);
}

/* Why it is not quiet yet; "" when it is. */
static const char *unquiet(const struct sim_node *node)
{
    struct hw_sync_view view;
    if (!node->node)
        return "is down";
    hw_sync_look(node->node->sync, &view);
    if (node->node->store->waiting.first || node->node->store->finished.first)
        return "has work for its store";
    if (node->node->config.upstream && (view.state != HW_OFFICE_STREAM || !sim_net_connected(node)))
        return "is in no session";
    if (view.pending)
        return "has changes that are not admitted";
    if (view.carried)
        return "carries changes that are not admitted";
    if (behind(node, "directory"))
        return "is behind in the directory";
    for (size_t i = 0; i < node->world->groups_n; i++)
        if (node->reads[i] && behind(node, node->world->groups[i]))
            return "is behind in a group";
    return "";
}

static const char *restless(const struct sim_world *world, const struct sim_node **node)
{
    for (size_t i = 0; i < world->nodes_n; i++) {
        const char *why = unquiet(world->nodes[i]);
        *node = world->nodes[i];
        if (*why)
            return why;
    }
    *node = world->nodes[0];
    return sim_net_under_way(world) ? "has messages under way" : "";
}

/* On a metered link what was missed comes when somebody asks; a budget comes back with the hour. */
static void ask_for_the_rest(struct sim_world *world)
{
    for (size_t i = 1; i < world->nodes_n; i++) {
        struct sim_node *node = world->nodes[i];
        struct hw_input sync = {.type = HW_IN_SYNC};
        if (!node->node || node->node->config.metered != 1 || !*unquiet(node))
            continue;
        sim_node_enter(node);
        hw_node_input(node->node, &sync);
        sim_node_leave(node);
    }
}

void sim_weather_heal(struct sim_world *world)
{
    const struct sim_node *node = NULL;
    const char *why = "";
    world->healed = true;
    sim_tell(world, NULL, "everything heals");
    sim_upgrade_all(world);
    for (size_t i = 0; i < world->nodes_n; i++)
        heal_node(world->nodes[i]);
    uint64_t end = world->queue.now + (world->frugal ? FRUGAL_MS : QUIET_MS), asked = 0;
    do {
        if (!sim_world_run(world, 2000))
            return;
        if (world->granting)
            sim_rights_heal(world);
        if (world->frugal && world->queue.now >= asked + MINUTE_MS) {
            ask_for_the_rest(world);
            asked = world->queue.now;
        }
        why = restless(world, &node);
    } while (*why && world->queue.now < end);
    if (*why)
        sim_fail(world, "not quiet %s after healing: %s %s", world->frugal ? "a week" : "an hour", node->name, why);
    sim_tell(world, NULL, "all is quiet");
}
