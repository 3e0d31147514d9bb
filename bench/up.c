/* up.c: one office sends all that it has to the hub, and nobody else is there; what the hub needs for it in time, memory and
 * disk.  Bench: up SEED BUILD [EVENTS]; a million events are a measure of their own. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "bench/lib/goal.h"
#include "bench/lib/peek.h"
#include "bench/lib/raw.h"
#include "bench/lib/sample.h"
#include "bench/lib/world.h"
#include "bench/lib/writer.h"
#include "daemon/home.h"

enum {
    EVENTS = 100000,
    ROUNDS = 5,  /* each is bracketed by the yardstick */
    BATCH = 1000 /* of the yardstick, and of writing beforehand */
};

struct bench {
    struct hw_world world;
    struct hw_workload workload;
    char raw[300];
    struct hw_sample yard, up, busy, most, disk;
};

static void fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static void yardstick(struct bench *bench)
{
    struct hw_raw *raw = hw_raw_open(bench->raw, false);
    hw_sample_add(&bench->yard, hw_raw_write(raw, &bench->workload, 0, bench->workload.n, BATCH));
    hw_raw_close(raw);
}

static void write_backlog(struct bench *bench)
{
    struct hw_home *home;
    struct hw_store *store = hw_writer_open(bench->world.nodes[HW_WORLD_A].home, &home);
    hw_writer_run(store, HW_WORLD_GROUP, &bench->workload, 0, bench->workload.n, BATCH);
    hw_store_close(store);
    hw_home_free(home);
}

/* Of a database that nobody has open: there is no log beside it. */
static double bytes_of(const struct hw_bench_node *node)
{
    char path[400];
    struct stat found;
    snprintf(path, sizeof path, "%s/headway.db", node->home);
    return stat(path, &found) == 0 ? (double)found.st_size : 0;
}

/* From the start of A's daemon, sealing included, until the hub has committed the last event. */
static void round_of(struct bench *bench, uint64_t target)
{
    struct hw_bench_node *hub = &bench->world.nodes[HW_WORLD_HUB], *a = &bench->world.nodes[HW_WORLD_A];
    double before = bytes_of(hub);
    hw_bench_start(&bench->world.tools, hub);
    struct hw_peek *peek = hw_peek_open(hub);
    double start = hw_sample_now();
    hw_bench_start(&bench->world.tools, a);
    if (!hw_peek_wait(peek, HW_WORLD_GROUP, target, 1000, 30 + (double)bench->workload.n / 1000))
        fail("the hub did not get everything in time");
    hw_sample_add(&bench->up, hw_sample_now() - start);
    hw_sample_add(&bench->busy, hw_bench_busy(hub));
    hw_sample_add(&bench->most, (double)hw_bench_memory(hub, "VmHWM:") / 1024);
    hw_peek_close(peek);
    hw_bench_stop(a);
    hw_bench_stop(hub);
    hw_sample_add(&bench->disk, bytes_of(hub) - before);
}

static void print(struct bench *bench)
{
    double n = (double)bench->workload.n, yard = hw_sample_at(&bench->yard, 0.5), up = hw_sample_at(&bench->up, 0.5);
    bool million = bench->workload.n >= 1000000;
    hw_sample_print("yardstick: raw SQLite, NORMAL, 1,000 per commit", 1, "%.0f events/s, %.1f us each (%.2f to %.2f s)",
                    n / yard, yard / n * 1e6, hw_sample_at(&bench->yard, 0), hw_sample_at(&bench->yard, 1));
    hw_goal_print(million ? HW_GOAL_SYNC_MILLION : HW_GOAL_SYNC_UP, yard / up,
                  "%.0f events/s, %.1f us each, the hub's processor %.1f us (best %.2f s, worst %.2f s)", n / up,
                  up / n * 1e6, hw_sample_at(&bench->busy, 0.5) / n * 1e6, hw_sample_at(&bench->up, 0),
                  hw_sample_at(&bench->up, 1));
    hw_goal_print(million ? HW_GOAL_MEMORY_MILLION : HW_GOAL_MEMORY, hw_sample_at(&bench->most, 0.5),
                  "VmHWM (%.1f to %.1f MB)", hw_sample_at(&bench->most, 0), hw_sample_at(&bench->most, 1));
    hw_goal_print(HW_GOAL_DISK, hw_sample_at(&bench->disk, 0.5) / n, "%.1f MB", hw_sample_at(&bench->disk, 0.5) / 1e6);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    if (argc < 3 || sodium_init() < 0) {
        fputs("bench: up SEED BUILD [EVENTS]\n", stderr);
        return 2;
    }
    hw_world_make(&bench.world, argv[2]);
    struct hw_id plan = hw_world_plan();
    snprintf(bench.raw, sizeof bench.raw, "%s/raw.db", bench.world.dir);
    hw_workload_make(&bench.workload, argc > 3 ? strtoull(argv[3], NULL, 10) : EVENTS, strtoull(argv[1], NULL, 10), &plan);
    struct hw_peek *peek = hw_peek_open(&bench.world.nodes[HW_WORLD_A]);
    uint64_t target = hw_peek_applied(peek, HW_WORLD_GROUP) + bench.workload.n;
    hw_peek_close(peek);
    write_backlog(&bench);
    hw_world_keep(&bench.world);
    yardstick(&bench);
    for (int i = 0; i < ROUNDS; i++) {
        if (i > 0)
            hw_world_back(&bench.world);
        round_of(&bench, target);
        yardstick(&bench);
    }
    print(&bench);
    hw_world_end(&bench.world);
    hw_workload_done(&bench.workload);
    return 0;
}
