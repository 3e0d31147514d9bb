/* live.c: one change at a time, from the office where it is saved over the hub to another office, with real daemons over CURVE
 * on loopback.  Bench: live SEED BUILD [EVENTS [CHANGES]]; so many events are there already. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/lib/goal.h"
#include "bench/lib/peek.h"
#include "bench/lib/sample.h"
#include "bench/lib/wire.h"
#include "bench/lib/world.h"
#include "bench/lib/writer.h"
#include "client/ctl.h"
#include "daemon/home.h"

enum {
    EVENTS = 20000,
    BATCH = 1000,
    FILL_S = 60,       /* until the events that are there already are at B */
    LIVE = 1000,       /* changes: the 99th of a hundred is then the tenth worst */
    LIVE_S = 5,        /* the slowest one waited for */
    LIVE_PAUSE = 5000, /* us between them: each is alone on the way */
    LOOK = 20          /* us between looks at B's database */
};

static void fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static void set_title(struct hw_client *client, const struct hw_id *id, const char *title)
{
    struct hw_ask ask;
    struct hw_err err;
    char target[HW_ID_TEXT + 1], assign[100];
    hw_id_print(id, target);
    snprintf(assign, sizeof assign, "title=%s", title);
    hw_ask_init(&ask, "set");
    hw_ask_list(&ask, "target", (char *const[]){target}, 1);
    hw_ask_list(&ask, "assign", (char *const[]){assign}, 1);
    if (hw_client_call(client, &ask, NULL, NULL, NULL, NULL, &err))
        fail(err.text);
    hw_ask_done(&ask);
}

/* A's events, written while no daemon runs; then hub, B and A come up, and B holds them. */
static void fill(struct hw_world *world, const struct hw_workload *workload)
{
    struct hw_home *home;
    struct hw_store *store = hw_writer_open(world->nodes[HW_WORLD_A].home, &home);
    hw_writer_run(store, HW_WORLD_GROUP, workload, 0, workload->n, BATCH);
    hw_store_close(store);
    hw_home_free(home);
    struct hw_peek *b = hw_peek_open(&world->nodes[HW_WORLD_B]);
    uint64_t target = hw_peek_applied(b, HW_WORLD_GROUP) + workload->n;
    hw_bench_start(&world->tools, &world->nodes[HW_WORLD_HUB]);
    hw_bench_start(&world->tools, &world->nodes[HW_WORLD_B]);
    hw_bench_start(&world->tools, &world->nodes[HW_WORLD_A]);
    if (!hw_peek_wait(b, HW_WORLD_GROUP, target, 1000, FILL_S))
        fail("office B did not get everything in time");
    hw_peek_close(b);
}

static void live(struct hw_world *world, uint64_t seed, size_t items, int changes)
{
    struct hw_client *client;
    struct hw_err err;
    if (hw_client_open(world->nodes[HW_WORLD_A].home, &client, &err))
        fail(err.text);
    struct hw_peek *b = hw_peek_open(&world->nodes[HW_WORLD_B]);
    struct hw_sample saved = {0}, seen = {0};
    struct hw_wire before = hw_wire_read(world->port);
    for (int i = 0; i < changes; i++) {
        struct hw_id id = hw_workload_item(seed, (size_t)i % items);
        char title[64];
        snprintf(title, sizeof title, "Live change %d of the bench", i);
        hw_peek_stir(b, 0); /* forgets what it wrote until now */
        double start = hw_sample_now();
        set_title(client, &id, title);
        double done = hw_sample_now();
        hw_peek_stir(b, LIVE_S * 1000); /* looking on all the time takes the processor away from those who work */
        while (!hw_peek_title(b, &id, title)) {
            if (hw_sample_now() > done + LIVE_S)
                fail("a live change did not arrive");
            hw_peek_pause(LOOK);
        }
        hw_sample_add(&saved, done - start);
        hw_sample_add(&seen, hw_sample_now() - done);
        hw_peek_pause(LIVE_PAUSE);
    }
    struct hw_wire after = hw_wire_read(world->port);
    hw_sample_print("live: change asked at A -> saved there, FULL", -1, "median %.2f ms, p99 %.2f ms",
                    hw_sample_at(&saved, 0.5) * 1e3, hw_sample_at(&saved, 0.99) * 1e3);
    hw_goal_print(HW_GOAL_LIVE_MEDIAN, hw_sample_at(&seen, 0.5) * 1e3, "best %.2f ms", hw_sample_at(&seen, 0) * 1e3);
    hw_goal_print(HW_GOAL_LIVE_WORST, hw_sample_at(&seen, 0.99) * 1e3, "of %d", changes);
    hw_goal_print(HW_GOAL_WIRE_LIVE, (double)(after.in - before.in + after.out - before.out) / changes, "up %.0f, down %.0f",
                  (double)(after.in - before.in) / changes, (double)(after.out - before.out) / changes);
    hw_sample_done(&saved);
    hw_sample_done(&seen);
    hw_peek_close(b);
    hw_client_free(client);
}

int main(int argc, char **argv)
{
    struct hw_world world;
    struct hw_workload workload;
    if (argc < 3 || sodium_init() < 0) {
        fputs("bench: live SEED BUILD [EVENTS [CHANGES]]\n", stderr);
        return 2;
    }
    uint64_t seed = strtoull(argv[1], NULL, 10);
    hw_world_make(&world, argv[2]);
    struct hw_id plan = hw_world_plan();
    hw_workload_make(&workload, argc > 3 ? strtoull(argv[3], NULL, 10) : EVENTS, seed, &plan);
    fill(&world, &workload);
    live(&world, seed, workload.n / 20, argc > 4 ? (int)strtol(argv[4], NULL, 10) : LIVE);
    hw_world_end(&world);
    hw_workload_done(&workload);
    return 0;
}
