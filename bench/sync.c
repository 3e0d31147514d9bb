/* sync.c: the whole way with real daemons over CURVE on loopback: office A,
 * hub, office B; and what a person waits for.  Bench: sync SEED BUILD [EVENTS]. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/lib/goal.h"
#include "bench/lib/peek.h"
#include "bench/lib/raw.h"
#include "bench/lib/sample.h"
#include "bench/lib/wire.h"
#include "bench/lib/world.h"
#include "bench/lib/writer.h"
#include "client/ctl.h"
#include "daemon/home.h"

enum {
    EVENTS = 100000,
    ROUNDS = 5,        /* of the bulk; each is bracketed by the yardstick */
    BULK_S = 60,       /* a round that takes longer has failed */
    BATCH = 1000,      /* of the yardstick, and of writing the backlog beforehand */
    ASKED = 20         /* times that a client's command is timed */
};

struct bench {
    struct hw_world world;
    struct hw_workload workload;
    uint64_t seed;
    char raw[300];
    struct hw_sample yard, up, through, down, hub_busy, office_busy, wire_up, wire_down, wire_late;
    long most, now; /* hub's memory, kB */
};

static void fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static double yardstick(const struct bench *bench)
{
    struct hw_raw *raw = hw_raw_open(bench->raw, false);
    double seconds = hw_raw_write(raw, &bench->workload, 0, bench->workload.n, BATCH);
    hw_raw_close(raw);
    return seconds;
}

/* Office A's backlog, written while its daemon is down. */
static void write_backlog(struct bench *bench)
{
    struct hw_home *home;
    struct hw_store *store = hw_writer_open(bench->world.nodes[HW_WORLD_A].home, &home);
    hw_writer_run(store, HW_WORLD_GROUP, &bench->workload, 0, bench->workload.n, BATCH);
    hw_store_close(store);
    hw_home_free(home);
}

/* From the start of A's daemon until the hub, and then B, has committed the last event. */
static void through(struct bench *bench, uint64_t target)
{
    struct hw_bench_node *nodes = bench->world.nodes;
    hw_bench_start(&bench->world.tools, &nodes[HW_WORLD_HUB]);
    hw_bench_start(&bench->world.tools, &nodes[HW_WORLD_B]);
    struct hw_peek *hub = hw_peek_open(&nodes[HW_WORLD_HUB]), *b = hw_peek_open(&nodes[HW_WORLD_B]);
    double start = hw_sample_now();
    hw_bench_start(&bench->world.tools, &nodes[HW_WORLD_A]);
    if (!hw_peek_wait(hub, HW_WORLD_GROUP, target, 1000, BULK_S))
        fail("the hub did not get everything in time");
    hw_sample_add(&bench->up, hw_sample_now() - start);
    if (!hw_peek_wait(b, HW_WORLD_GROUP, target, 1000, BULK_S))
        fail("office B did not get everything in time");
    hw_sample_add(&bench->through, hw_sample_now() - start);
    hw_sample_add(&bench->hub_busy, hw_bench_busy(&nodes[HW_WORLD_HUB]));
    hw_sample_add(&bench->office_busy, hw_bench_busy(&nodes[HW_WORLD_B]));
    if (hw_bench_client(&bench->world.tools, &nodes[HW_WORLD_B], (const char *const[]){"sync", "--wait", "30", NULL}))
        fail("`headway sync --wait 30` at office B did not end with 0");
    struct hw_wire wire = hw_wire_read(bench->world.port);
    hw_sample_add(&bench->wire_up, (double)wire.most_in);
    hw_sample_add(&bench->wire_down, (double)wire.most_out);
    hw_peek_close(hub);
    hw_peek_close(b);
}

/* An office that was away all the time: the way down alone. */
static void late(struct bench *bench, uint64_t target)
{
    struct hw_bench_node *nodes = bench->world.nodes;
    struct hw_peek *peek = hw_peek_open(&nodes[HW_WORLD_LATE]);
    double start = hw_sample_now();
    hw_bench_start(&bench->world.tools, &nodes[HW_WORLD_LATE]);
    if (!hw_peek_wait(peek, HW_WORLD_GROUP, target, 1000, BULK_S))
        fail("the late office did not get everything in time");
    hw_sample_add(&bench->down, hw_sample_now() - start);
    hw_bench_stop(&nodes[HW_WORLD_LATE]);
    hw_peek_close(peek);
}

/* Rounds on copies of the same homes. The daemons of the last one stay up. */
static void bulk(struct bench *bench)
{
    struct hw_bench_node *nodes = bench->world.nodes;
    struct hw_peek *peek = hw_peek_open(&nodes[HW_WORLD_A]);
    uint64_t before = hw_peek_applied(peek, HW_WORLD_GROUP);
    hw_peek_close(peek);
    write_backlog(bench);
    hw_world_keep(&bench->world);
    hw_sample_add(&bench->yard, yardstick(bench));
    for (int i = 0; i < ROUNDS; i++) {
        if (i > 0)
            hw_world_back(&bench->world);
        through(bench, before + bench->workload.n);
        late(bench, before + bench->workload.n);
        bench->most = hw_bench_memory(&nodes[HW_WORLD_HUB], "VmHWM:");
        bench->now = hw_bench_memory(&nodes[HW_WORLD_HUB], "VmRSS:");
        hw_sample_add(&bench->yard, yardstick(bench));
        for (int k = HW_WORLD_NODES - 1; k >= 0 && i + 1 < ROUNDS; k--)
            hw_bench_stop(&nodes[k]);
    }
}

static void print_way(struct bench *bench, const char *name, struct hw_sample *way)
{
    double n = (double)bench->workload.n, yard = hw_sample_at(&bench->yard, 0.5), took = hw_sample_at(way, 0.5);
    hw_sample_print(name, yard / took, "%.0f events/s, %.1f us each (best %.2f s, worst %.2f s)", n / took,
                    took / n * 1e6, hw_sample_at(way, 0), hw_sample_at(way, 1));
}

static void print_bulk(struct bench *bench)
{
    double n = (double)bench->workload.n, yard = hw_sample_at(&bench->yard, 0.5);
    hw_sample_print("yardstick: raw SQLite, NORMAL, 1,000 per commit", 1, "%.0f events/s, %.1f us each (%.2f to %.2f s)",
                    n / yard, yard / n * 1e6, hw_sample_at(&bench->yard, 0), hw_sample_at(&bench->yard, 1));
    print_way(bench, "A -> hub, while B follows / yardstick", &bench->up);
    print_way(bench, "A -> hub -> B / yardstick", &bench->through);
    print_way(bench, "hub -> an office that was away / yardstick", &bench->down);
    hw_sample_print("processor time: hub, office B", -1, "%.1f, %.1f us per event",
                    hw_sample_at(&bench->hub_busy, 0.5) / n * 1e6, hw_sample_at(&bench->office_busy, 0.5) / n * 1e6);
    hw_goal_print(HW_GOAL_WIRE_UP, hw_sample_at(&bench->wire_up, 0.5) / n, "%s", "");
    hw_goal_print(HW_GOAL_WIRE_DOWN, hw_sample_at(&bench->wire_down, 0.5) / n, "%s", "");
    hw_sample_print("memory of the hub after the way through", -1, "at most %.1f MB, now %.1f MB", (double)bench->most / 1024,
                    (double)bench->now / 1024);
}

static struct hw_client *ctl_open(const struct hw_bench_node *node)
{
    struct hw_client *client;
    struct hw_err err;
    if (hw_client_open(node->home, &client, &err))
        fail(err.text);
    return client;
}

/* cp and fsync of the database, by the fastest of several; bytes are what it has. */
static double copy_database(const char *home, const char *dir, double *bytes)
{
    static char piece[1 << 20];
    char from[400], to[400];
    struct hw_sample took = {0};
    snprintf(from, sizeof from, "%s/headway.db", home);
    snprintf(to, sizeof to, "%s/copy.db", dir);
    for (int i = 0; i < ROUNDS; i++) {
        FILE *in = fopen(from, "r"), *out = fopen(to, "w");
        if (!in || !out)
            fail("the database cannot be copied");
        double start = hw_sample_now();
        size_t n, all = 0;
        while ((n = fread(piece, 1, sizeof piece, in)) > 0)
            all += fwrite(piece, 1, n, out);
        if (fflush(out) || fsync(fileno(out)))
            fail("the copy cannot be written");
        hw_sample_add(&took, hw_sample_now() - start);
        fclose(in);
        fclose(out);
        *bytes = (double)all;
    }
    unlink(to);
    double median = hw_sample_at(&took, 0.5);
    hw_sample_done(&took);
    return median;
}

/* A snapshot is of what a backup covers. */
static void back_up(const struct bench *bench)
{
    char file[400];
    snprintf(file, sizeof file, "%s/hub.backup", bench->world.dir);
    unlink(file);
    if (hw_bench_client(&bench->world.tools, &bench->world.nodes[HW_WORLD_HUB],
                        (const char *const[]){"backup", file, NULL}))
        fail("the hub cannot be backed up");
    unlink(file);
}

/* Offices that have just joined, from the start of their daemon to the last event applied; the first waits until the hub has
 * made the snapshot. */
static void fresh(struct bench *bench)
{
    struct hw_bench_node *nodes = bench->world.nodes, *new = &nodes[HW_WORLD_NEW];
    struct hw_peek *hub = hw_peek_open(&nodes[HW_WORLD_HUB]);
    uint64_t target = hw_peek_applied(hub, HW_WORLD_GROUP);
    struct hw_sample took = {0};
    double first = 0, bytes = 0, copied = 0;
    hw_peek_close(hub);
    back_up(bench);
    for (unsigned i = 0; i <= ROUNDS; i++) {
        hw_world_join(&bench->world, i + 1);
        struct hw_peek *peek = hw_peek_open(new);
        double start = hw_sample_now();
        hw_bench_start(&bench->world.tools, new);
        if (!hw_peek_wait(peek, HW_WORLD_GROUP, target, 1000, BULK_S))
            fail("a new office did not get everything in time");
        double seconds = hw_sample_now() - start;
        hw_peek_close(peek);
        hw_bench_stop(new);
        if (i == 0)
            first = seconds;
        else
            hw_sample_add(&took, seconds);
        copied = copy_database(new->home, bench->world.dir, &bytes);
    }
    double median = hw_sample_at(&took, 0.5);
    hw_goal_print(HW_GOAL_SNAPSHOT, median / copied, "%.2f s (the first %.2f s); cp of %.1f MB %.3f s", median, first, bytes / 1e6, copied);
    hw_sample_done(&took);
}

static bool count(void *user, json_t *row)
{
    (void)row;
    (*(size_t *)user)++;
    return true;
}

/* A request on an open connection, answered in full; `by` and `filter` may be NULL. */
static void ask_often(const struct hw_bench_node *node, const char *verb, const char *by, const char *filter,
                      const char *name)
{
    struct hw_client *client = ctl_open(node);
    struct hw_sample took = {0};
    size_t rows = 0;
    for (int i = 0; i < ASKED; i++) {
        struct hw_ask ask;
        struct hw_err err;
        hw_ask_init(&ask, verb);
        hw_ask_text(&ask, "by", by);
        char word[64] = "";
        snprintf(word, sizeof word, "%s", filter ? filter : "");
        hw_ask_list(&ask, "filter", (char *const[]){word}, filter ? 1 : 0);
        rows = 0;
        double start = hw_sample_now();
        if (hw_client_call(client, &ask, NULL, count, &rows, NULL, &err))
            fail(err.text);
        hw_sample_add(&took, hw_sample_now() - start);
        hw_ask_done(&ask);
    }
    double median = hw_sample_at(&took, 0.5) * 1e3;
    if (rows) /* report and status answer with one document */
        hw_sample_print(name, -1, "median %.1f ms (%zu rows)", median, rows);
    else
        hw_sample_print(name, -1, "median %.1f ms", median);
    hw_sample_done(&took);
    hw_client_free(client);
}

static void person(struct bench *bench)
{
    const struct hw_bench_node *b = &bench->world.nodes[HW_WORLD_B];
    struct hw_id id = hw_workload_item(bench->seed, 1);
    struct hw_sample took = {0};
    char text[HW_ID_TEXT + 1];
    hw_id_print(&id, text);
    for (int i = 0; i < ASKED; i++) {
        double start = hw_sample_now();
        if (hw_bench_client(&bench->world.tools, b, (const char *const[]){"show", text, NULL}))
            fail("`headway show` failed");
        hw_sample_add(&took, hw_sample_now() - start);
    }
    hw_goal_print(HW_GOAL_SHOW, hw_sample_at(&took, 0.5) * 1e3, "p99 %.2f ms", hw_sample_at(&took, 0.99) * 1e3);
    hw_sample_done(&took);
    ask_often(b, "list", NULL, "responsible:Team 0007", "list of 50 items out of all");
    ask_often(b, "list", NULL, "country:KAZ", "list of one country's items");
    ask_often(&bench->world.nodes[HW_WORLD_HUB], "report", "region", NULL, "report by region over all");
    ask_often(b, "status", NULL, NULL, "status");
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    if (argc < 3 || sodium_init() < 0) {
        fputs("bench: sync SEED BUILD [EVENTS]\n", stderr);
        return 2;
    }
    bench.seed = strtoull(argv[1], NULL, 10);
    hw_world_make(&bench.world, argv[2]);
    struct hw_id plan = hw_world_plan();
    snprintf(bench.raw, sizeof bench.raw, "%s/raw.db", bench.world.dir);
    hw_workload_make(&bench.workload, argc > 3 ? strtoull(argv[3], NULL, 10) : EVENTS, bench.seed, &plan);
    bulk(&bench);
    print_bulk(&bench);
    fresh(&bench);
    person(&bench);
    hw_world_end(&bench.world);
    hw_workload_done(&bench.workload);
    return 0;
}
