/* sim_node.c: the life of a simulated node: start, stop, crash, backup, restore,
 * clone, and when its store works. Takes the place of daemon/node_run.c. */
#include "tests/sim/sim_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/modes.h"
#include "daemon/store_internal.h"
#include "tests/sim/sim_edge.h"
#include "tests/sim/sim_oracle.h"
#include "tests/sim/sim_schema.h"

static struct sim_node *make(struct sim_world *world, const char *office, const char *name)
{
    char path[32];
    if (world->nodes_n == SIM_NODES)
        return NULL;
    struct sim_node *node = hw_alloc(sizeof *node);
    *node = (struct sim_node){.world = world, .index = world->nodes_n, .store_ms = 3,
                              .road = {.least_ms = 1, .most_ms = 40}};
    snprintf(node->office, sizeof node->office, "%s", office);
    snprintf(node->name, sizeof node->name, "%s", name);
    snprintf(path, sizeof path, "/sim/%s", name);
    sim_disk_init(&node->disk, path, sim_chance_next(&world->setup));
    snprintf(path, sizeof path, "/backup/%s", name);
    sim_disk_init(&node->backup, path, 0);
    node->loop.owner = node->log.owner = node->link.owner = node;
    node->home.disk = &node->disk;
    world->nodes[world->nodes_n++] = node;
    return node;
}

struct sim_node *sim_node_new(struct sim_world *world, const char *office, bool listen, bool old)
{
    struct hw_err err = {0};
    struct sim_node *node = make(world, office, office);
    if (!node) {
        sim_fail(world, "no room for another node");
        return NULL;
    }
    node->old = old;
    sim_node_enter(node);
    if (hw_init(node->disk.path, office, listen ? "tcp://0.0.0.0:7400" : NULL, &err) != HW_OK)
        sim_fail(world, "a home cannot be made: %s", err.text);
    return node;
}

enum { KEEP_MS = 60 * 1000 }; /* history of offices in worlds with snapshots: a year there is some minutes */

/* Wall clocks begin in the first hour of 2026. */
#define BEGIN_MS INT64_C(1767225600000)

int64_t sim_node_wall(const struct sim_node *node)
{
    int64_t now = (int64_t)node->world->queue.now;
    return BEGIN_MS + now + node->skew_ms + now / 1000 * node->drift_ppm / 1000;
}

/* -- when the store works -- */

static void collect(void *self, uint64_t life)
{
    struct sim_node *node = self;
    if (!node->node || node->life != life)
        return;
    node->collect = false;
    sim_node_enter(node);
    hw_store_collect(node->node->store);
    sim_node_leave(node);
}

/* Soon after the start that `life` was before. */
static void power_fails(void *self, uint64_t life)
{
    struct sim_node *node = self;
    if (!node->node || node->life != life + 1)
        return;
    sim_node_crash(node, true);
    sim_node_start_in(node, sim_chance_between(&node->world->weather_chance, 500, 20000));
}

static void turn(void *self, uint64_t life)
{
    struct sim_node *node = self;
    struct sim_world *world = node->world;
    if (!node->node || node->life != life)
        return;
    node->turn = false;
    sim_node_enter(node);
    const struct hw_queue *finished = &node->node->store->finished;
    const struct hw_job *last = finished->first ? finished->last : NULL;
    world->stats.commits += hw_store_turn(node->node->store);
    for (const struct hw_job *job = last ? last->next : finished->first; job && world->watch; job = job->next)
        world->watch->stored(world->watch, node, job);
    if (node->disk.dead) { /* the machine stopped in the middle of it */
        sim_tell(world, node, "stops at operation %llu of its disk", (unsigned long long)node->disk.ops);
        bool power = sim_chance_in(&world->weather_chance, 500);
        uint64_t wait = sim_chance_between(&world->weather_chance, 500, 20000);
        sim_node_crash(node, power);
        sim_node_start_in(node, wait);
        if (!power && sim_chance_in(&world->weather_chance, 400)) /* what was not synced then may be lost yet */
            sim_queue_add(&world->queue, wait + sim_chance_between(&world->weather_chance, 50, 1500), power_fails, node,
                          node->life);
        return;
    }
    struct sim_sight sight = {.world = world, .node = node};
    sim_oracle_look(&sight, SIM_COMMITTED);
    if (!node->collect) {
        node->collect = true;
        sim_queue_add(&world->queue, sim_chance_below(&world->net, 2), collect, node, life);
    }
    sim_node_leave(node);
}

void sim_node_enter(struct sim_node *node)
{
    sim_edge_run(node);
    sim_schema_use(node->old);
}

static void see_session(struct sim_node *node)
{
    bool streaming = sim_node_streaming(node);
    node->world->stats.sessions += streaming && !node->streaming;
    node->streaming = streaming;
    node->met = node->met || streaming;
}

void sim_node_leave(struct sim_node *node)
{
    if (!node->node)
        return;
    if (node->node->store->waiting.first && !node->turn) {
        node->turn = true;
        sim_queue_add(&node->world->queue, sim_chance_below(&node->world->net, node->store_ms + 1), turn, node,
                      node->life);
    }
    see_session(node);
}

bool sim_node_streaming(const struct sim_node *node)
{
    struct hw_sync_view view;
    if (!node->node)
        return false;
    hw_sync_look(node->node->sync, &view);
    return view.state == HW_OFFICE_STREAM;
}

/* -- start and end -- */

static void free_node(struct hw_node *node)
{
    hw_store_close(node->store);
    hw_sync_free(node->sync);
    hw_config_done(&node->config);
    for (struct parcel *parcel = node->parcels, *next; parcel; parcel = next) {
        next = parcel->next;
        free(parcel);
    }
    free(node->doors);
    free(node->waiting);
    free(node);
}

bool sim_node_start(struct sim_node *node)
{
    struct hw_opening opening = {0};
    struct hw_err err = {0};
    node->disk.dead = false;
    node->life++;
    node->turn = node->collect = node->dying = node->streaming = false;
    sim_node_enter(node);
    struct hw_node *made = hw_alloc(sizeof *made);
    node->link.line = 0;
    *made = (struct hw_node){.home = &node->home, .loop = &node->loop, .link = &node->link, .log = &node->log,
                             .link_state = "connecting", .started = sim_node_wall(node)};
    made->parcels_end = &made->parcels;
    made->link_since = made->started;
    char *path = hw_home_file(&node->home, "headway.conf");
    enum hw_status status = hw_config_read(path, &made->config, &err);
    free(path);
    if (!status)
        status = hw_node_open(made, NULL, &opening, &err);
    if (status) {
        sim_tell(node->world, node, "cannot start: %s", err.text);
        if (status == HW_CORRUPT) /* no fault that this disk knows does that to what was synced */
            sim_fail(node->world, "%s is damaged: %s", node->name, err.text);
        hw_arena_done(&opening.arena);
        free_node(made);
        return false;
    }
    node->node = made;
    if (node->world->snapshots) {
        hw_store_snapshots(made->store, 4);
        hw_store_keep(made->store, KEEP_MS);
    }
    if (made->config.listen)
        snprintf(made->address, sizeof made->address, "tcp://%s:7400", node->office);
    hw_node_begin(made, &opening);
    sim_tell(node->world, node, "runs");
    struct sim_sight sight = {.world = node->world, .node = node};
    sim_oracle_look(&sight, SIM_STARTED);
    sim_net_start(node);
    hw_node_first(made, &opening);
    hw_arena_done(&opening.arena);
    sim_node_leave(node);
    return true;
}

/* What waits in the store and for the network will not be answered by this life. */
static void let_go(struct sim_node *node)
{
    struct hw_node *real = node->node;
    struct hw_err err = {.status = HW_IO, .text = "the machine stopped"};
    struct hw_queue *queues[] = {&real->store->finished, &real->store->waiting};
    node->dying = true;
    real->stopping = true;
    for (size_t q = 0; q < 2; q++) {
        struct hw_job *job = queues[q]->first;
        *queues[q] = (struct hw_queue){0};
        for (struct hw_job *next; job; job = next) {
            next = job->next;
            job->done(job->self, HW_IO, &err);
        }
    }
    while (real->waiting_n > 0) {
        struct hw_call *call = real->waiting[--real->waiting_n];
        call->answered(call, HW_UNREACHABLE, "the daemon is stopping");
    }
}

static void end(struct sim_node *node, bool power)
{
    sim_node_enter(node);
    sim_net_stop(node, power);
    let_go(node);
    free_node(node->node);
    node->node = NULL;
    node->life++;
    node->streaming = false;
}

void sim_node_stop(struct sim_node *node)
{
    if (!node->node)
        return;
    sim_tell(node->world, node, "stops");
    sim_node_enter(node);
    node->node->stopping = true; /* as on SIGTERM: what waits is committed, nothing more is sent */
    while (hw_store_turn(node->node->store))
        continue;
    hw_store_collect(node->node->store);
    end(node, false);
}

void sim_node_crash(struct sim_node *node, bool power)
{
    if (node->node) {
        sim_tell(node->world, node, "%s, %zu writes not synced", power ? "loses power" : "is killed",
                 sim_disk_unsynced(&node->disk));
        node->disk.dead = true; /* closing must not write */
        end(node, power);
    }
    node->disk.die_at = 0;
    if (power)
        sim_disk_power_loss(&node->disk);
}

static void start(void *self, uint64_t life)
{
    struct sim_node *node = self;
    if (node->node || node->life != life)
        return;
    if (!sim_node_start(node)) {
        sim_node_crash(node, false);
        sim_node_start_in(node, 5000);
    }
}

void sim_node_start_in(struct sim_node *node, uint64_t ms)
{
    sim_queue_add(&node->world->queue, ms, start, node, node->life);
}

void sim_node_free(struct sim_node *node)
{
    if (node->node) {
        node->disk.dead = true;
        end(node, false);
    }
    sim_disk_done(&node->disk);
    sim_disk_done(&node->backup);
    free(node);
}

/* -- backups and clones -- */

static enum hw_status cover_mark(struct hw_tx *tx, void *self, struct hw_err *err)
{
    return hw_tx_cover_mark(tx, self, err);
}

static enum hw_status cover_confirm(struct hw_tx *tx, void *self, struct hw_err *err)
{
    return hw_tx_cover_confirm(tx, self, err);
}

/* As `headway backup` does; false: the disk does not take it now, and nothing is known to be covered. */
static bool cover(struct sim_node *node, enum hw_status (*run)(struct hw_tx *tx, void *self, struct hw_err *err), uint8_t *name)
{
    struct hw_job job = {.write = true, .run = run, .self = name};
    struct hw_err err = {0};
    if (!node->node || node->disk.dead || !node->world->snapshots)
        return false;
    sim_node_enter(node);
    return hw_store_now(node->node->store, &job, &err) == HW_OK;
}

void sim_node_backup(struct sim_node *node)
{
    uint8_t name[HW_COVER_NAME];
    bool marked = cover(node, cover_mark, name);
    sim_tell(node->world, node, "is backed up");
    sim_disk_copy(&node->backup, &node->disk);
    if (marked)
        (void)cover(node, cover_confirm, name);
    node->backup_ms = node->world->queue.now;
}

void sim_node_restore(struct sim_node *node)
{
    sim_tell(node->world, node, "is restored from the backup of %llu s",
             (unsigned long long)node->backup_ms / 1000);
    sim_disk_copy(&node->disk, &node->backup);
    node->met = false;
}

struct sim_node *sim_node_from(struct sim_world *world, const char *office, const struct sim_disk *disk)
{
    struct sim_node *node = make(world, office, office);
    if (node)
        sim_disk_copy(&node->disk, disk);
    return node;
}

static enum hw_status mark(struct hw_tx *tx, void *self, struct hw_err *err)
{
    uint64_t made = (uint64_t)BEGIN_MS + ((const struct sim_node *)self)->backup_ms;
    uint8_t when[8];
    for (int i = 0; i < 8; i++)
        when[i] = (uint8_t)(made >> (56 - 8 * i));
    return hw_tx_put(tx, "restored", (struct hw_slice){when, sizeof when}, err);
}

void sim_node_mark(struct sim_node *node)
{
    struct hw_store *store = NULL;
    struct hw_job job = {.write = true, .run = mark, .self = node};
    struct hw_err err = {0};
    char path[200];
    sim_node_enter(node);
    node->disk.dead = false;
    node->disk.quota = node->disk.fail_at = 0; /* whoever restores sees to it that the disk takes it */
    snprintf(path, sizeof path, "%s/headway.db", node->disk.path);
    enum hw_status status = hw_store_open(path, NULL, NULL, &store, &err);
    if (!status)
        status = hw_store_now(store, &job, &err);
    if (status)
        sim_fail(node->world, "a restored database cannot be marked: %s", err.text);
    hw_store_close(store);
}

struct sim_node *sim_node_clone(struct sim_node *node)
{
    char name[sizeof node->name];
    snprintf(name, sizeof name, "%s.%zu", node->office, node->world->nodes_n);
    struct sim_node *clone = make(node->world, node->office, name);
    if (!clone)
        return NULL;
    sim_tell(node->world, node, "is cloned as %s", name);
    sim_disk_copy(&clone->disk, &node->disk);
    memcpy(clone->reads, node->reads, sizeof clone->reads);
    memcpy(clone->granted, node->granted, sizeof clone->granted);
    clone->relay = node->relay;
    clone->old = node->old;
    return clone;
}

/* -- clients -- */

static void answered(struct hw_call *base, enum hw_status status, const char *text)
{
    struct sim_call *call = (struct sim_call *)base;
    if (!call->node->dying)
        call->answered(call, status, text);
    else if (call->gone)
        call->gone(call);
    hw_out_done(&call->call.answer.rows);
    hw_out_done(&call->call.answer.end);
    hw_arena_done(&call->arena);
    free(call);
}

void sim_node_ask(struct sim_node *node, const char *verb, struct hw_slice args, const char *author,
                  const struct sim_call *template)
{
    struct sim_call *call = hw_alloc(sizeof *call);
    *call = *template;
    call->node = node;
    call->call.answered = answered;
    hw_arena_init(&call->arena);
    if (!call->call.verb && strcmp(verb, "sync") != 0)
        call->call.verb = hw_verb_find(hw_slice_text(verb));
    sim_node_enter(node);
    hw_node_link_view(node->node, &call->arena, &call->view);
    call->call.request = (struct hw_request){.verb = hw_slice_text(verb), .args = hw_arena_slice(&call->arena, args),
                                             .author = author, .link = &call->view, .home = node->disk.path,
                                             .owner = true, .arena = &call->arena};
    hw_node_call(node->node, &call->call);
    sim_node_leave(node);
}

struct answer_now {
    struct hw_out *end;
    bool done;
};

static void answered_now(struct sim_call *call, enum hw_status status, const char *text)
{
    struct answer_now *answer = (struct answer_now *)(uintptr_t)call->number;
    answer->done = true;
    if (status != HW_OK)
        sim_fail(call->node->world, "a request while the world was set up: %s", text);
    if (answer->end)
        hw_put_raw(answer->end, call->call.answer.end.p, call->call.answer.end.n);
}

void sim_node_ask_now(struct sim_node *node, const char *verb, struct hw_slice args, struct hw_out *end)
{
    struct answer_now answer = {.end = end};
    struct sim_call template = {.answered = answered_now, .number = (uintptr_t)&answer};
    sim_node_ask(node, verb, args, "admin", &template);
    while (!answer.done && sim_world_step(node->world))
        continue;
}

bool sim_net_connected(const struct sim_node *node)
{
    const struct sim_conn *conn = node->link.up;
    return conn && !conn->cut && conn->open[SIM_OFFICE] && conn->open[SIM_HUB];
}
