/* fan.c: one writer, one hub, 50 connected offices, real daemons all of them on this machine: events applied per second over all,
 * against one office alone.  Bench: fan SEED BUILD [EVENTS [OFFICES]]. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/lib/goal.h"
#include "bench/lib/peek.h"
#include "bench/lib/sample.h"
#include "bench/lib/world.h"
#include "bench/lib/writer.h"
#include "daemon/home.h"

enum {
    EVENTS = 10000, /* in each round; 50 offices apply half a million */
    OFFICES = 50,
    ROUNDS = 5,
    BATCH = 1000,
    ROUND_S = 120,
    LOOK = 2000 /* us between looks at an office */
};

struct bench {
    struct hw_world world;
    struct hw_workload workload;
    struct hw_bench_node *offices;
    size_t n, written;
    struct hw_sample one, all, busy;
};

static void fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

/* Offices F001 and on, by the commands that a person types; they follow as long as the bench runs. */
static void bring_in(struct bench *bench)
{
    struct hw_bench_node *hub = &bench->world.nodes[HW_WORLD_HUB];
    char file[300];
    snprintf(file, sizeof file, "%s/fan.invite", bench->world.dir);
    for (size_t i = 0; i < bench->n; i++) {
        struct hw_bench_node *office = &bench->offices[i];
        *office = (struct hw_bench_node){.log = -1};
        snprintf(office->name, sizeof office->name, "F%03u", (unsigned)(i + 1) % 1000);
        snprintf(office->home, sizeof office->home, "%s/now/%s", bench->world.dir, office->name);
        if (hw_bench_client(&bench->world.tools, hub,
                            (const char *const[]){"invite", office->name, "--group", HW_WORLD_GROUP ":coordinator", "-o", file, NULL}) ||
            hw_bench_client(&bench->world.tools, office, (const char *const[]){"join", file, "--yes", NULL}))
            fail("an office could not join");
        remove(file);
    }
}

/* The next part of the workload, while A's daemon is down. */
static void write_part(struct bench *bench)
{
    struct hw_home *home;
    size_t part = bench->workload.n / (2 * ROUNDS);
    struct hw_store *store = hw_writer_open(bench->world.nodes[HW_WORLD_A].home, &home);
    hw_writer_run(store, HW_WORLD_GROUP, &bench->workload, bench->written, bench->written + part, BATCH);
    bench->written += part;
    hw_store_close(store);
    hw_home_free(home);
}

/* From the start of A's daemon until the last of the offices has applied what A had. */
static double round_of(struct bench *bench, size_t n)
{
    struct hw_bench_node *a = &bench->world.nodes[HW_WORLD_A];
    /* The hub has what was written before. Drafts at A are not counted in the table of streams. */
    struct hw_peek *peek = hw_peek_open(&bench->world.nodes[HW_WORLD_HUB]);
    uint64_t target = hw_peek_applied(peek, HW_WORLD_GROUP) + bench->workload.n / (2 * ROUNDS);
    hw_peek_close(peek);
    write_part(bench);
    double start = hw_sample_now();
    hw_bench_start(&bench->world.tools, a);
    for (size_t i = 0; i < n; i++) { /* whoever is behind is waited for; the others need not be looked at */
        peek = hw_peek_open(&bench->offices[i]);
        if (!hw_peek_wait(peek, HW_WORLD_GROUP, target, LOOK, ROUND_S))
            fail("an office did not get everything in time");
        hw_peek_close(peek);
    }
    double seconds = hw_sample_now() - start;
    hw_bench_stop(a);
    return seconds;
}

static void in_step(struct bench *bench, const struct hw_bench_node *office)
{
    if (hw_bench_client(&bench->world.tools, office, (const char *const[]){"sync", "--wait", "60", NULL}))
        fail("`headway sync --wait 60` did not end with 0");
}

int main(int argc, char **argv)
{
    static struct bench bench = {.n = OFFICES};
    if (argc < 3 || sodium_init() < 0) {
        fputs("bench: fan SEED BUILD [EVENTS [OFFICES]]\n", stderr);
        return 2;
    }
    size_t events = argc > 3 ? strtoull(argv[3], NULL, 10) : EVENTS;
    if (argc > 4)
        bench.n = strtoull(argv[4], NULL, 10);
    struct hw_bench_node *hub = &bench.world.nodes[HW_WORLD_HUB];
    hw_world_make(&bench.world, argv[2]);
    struct hw_id plan = hw_world_plan();
    hw_workload_make(&bench.workload, 2 * ROUNDS * events, strtoull(argv[1], NULL, 10), &plan);
    bench.offices = calloc(bench.n, sizeof *bench.offices);
    hw_bench_start(&bench.world.tools, hub);
    bring_in(&bench);
    hw_bench_start(&bench.world.tools, &bench.offices[0]);
    for (int i = 0; i < ROUNDS; i++)
        hw_sample_add(&bench.one, round_of(&bench, 1));
    for (size_t i = 1; i < bench.n; i++)
        hw_bench_start(&bench.world.tools, &bench.offices[i]);
    for (size_t i = 1; i < bench.n; i++)
        in_step(&bench, &bench.offices[i]);
    for (int i = 0; i < ROUNDS; i++) {
        double busy = hw_bench_busy(hub);
        hw_sample_add(&bench.all, round_of(&bench, bench.n));
        hw_sample_add(&bench.busy, hw_bench_busy(hub) - busy);
    }
    double one = hw_sample_at(&bench.one, 0.5), all = hw_sample_at(&bench.all, 0.5);
    hw_goal_print(HW_GOAL_FAN, one * (double)bench.n / all, "%.0f events/s applied over all, one alone %.0f/s; the hub's processor "
                  "%.2f us per event and office; %zu offices share it with the hub", (double)(events * bench.n) / all,
                  (double)events / one, hw_sample_at(&bench.busy, 0.5) / (double)(events * bench.n) * 1e6, bench.n);
    for (size_t i = bench.n; i > 0; i--)
        hw_bench_stop(&bench.offices[i - 1]);
    hw_world_end(&bench.world);
    hw_workload_done(&bench.workload);
    free(bench.offices);
    return 0;
}
