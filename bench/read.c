/* read.c: what a person waits for at a node with many items: the client's
 * start, lists, reports, lint; and what memory the daemon has afterwards.
 * Bench: read SEED BUILD [ITEMS]. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/lib/sample.h"
#include "bench/lib/world.h"
#include "bench/lib/writer.h"
#include "client/ctl.h"
#include "daemon/home.h"

enum {
    ITEMS = 100000,
    PART = 100000, /* events of one workload: a tenth of them make an item */
    BATCH = 1000,
    ASKED = 20 /* times that each question is timed */
};

struct bench {
    struct hw_bench_tools tools;
    struct hw_bench_node node;
    char dir[256];
    uint64_t seed;
    size_t items;
};

static void fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static void step(const struct bench *bench, const char *const *words)
{
    if (hw_bench_client(&bench->tools, &bench->node, words))
        fail(words[0]);
}
#define STEP(...) step(bench, (const char *const[]){__VA_ARGS__, NULL})

/* Headquarters with a group and a plan; its daemon is stopped afterwards. */
static void make_home(struct bench *bench, const char *build)
{
    const char *parent = getenv("TMPDIR");
    snprintf(bench->dir, sizeof bench->dir, "%.200s/headway-bench-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(bench->dir))
        fail(bench->dir);
    bench->tools = (struct hw_bench_tools){.build = build, .dir = bench->dir};
    bench->node = (struct hw_bench_node){.name = "HQ", .log = -1};
    snprintf(bench->node.home, sizeof bench->node.home, "%s/HQ", bench->dir);
    STEP("init", "--name", "HQ");
    hw_bench_start(&bench->tools, &bench->node);
    STEP("group", "add", HW_WORLD_GROUP, "--name", "Bench");
    STEP("plan", "add", "--group", HW_WORLD_GROUP, "Plan of the bench", "--code", "bench-plan");
    hw_bench_stop(&bench->node);
}

/* The items of several workloads as they are made, without what happens to them later. */
static void write_items(const struct bench *bench)
{
    struct hw_home *home;
    struct hw_store *store = hw_writer_open(bench->node.home, &home);
    struct hw_id plan = hw_world_plan();
    size_t left = bench->items;
    for (uint64_t part = 0; left > 0; part++) {
        struct hw_workload workload;
        size_t n = 0;
        hw_workload_make(&workload, PART, bench->seed + part, &plan);
        for (size_t i = 0; i < workload.n && n < left; i++)
            if (workload.events[i].type == HW_WORK_CREATE)
                workload.events[n++] = workload.events[i];
        hw_writer_run(store, HW_WORLD_GROUP, &workload, 0, n, BATCH);
        left -= n;
        hw_workload_done(&workload);
    }
    hw_store_close(store);
    hw_home_free(home);
}

static bool count(void *user, json_t *row)
{
    (void)row;
    (*(size_t *)user)++;
    return true;
}

/* A request on an open connection, answered in full; `by` and `filter` may be NULL. */
static void ask_often(const struct bench *bench, const char *verb, const char *by, const char *filter, const char *name)
{
    struct hw_client *client;
    struct hw_err err;
    struct hw_sample took = {0};
    double busy = hw_bench_busy(&bench->node);
    size_t rows = 0;
    if (hw_client_open(bench->node.home, &client, &err))
        fail(err.text);
    for (int i = 0; i < ASKED; i++) {
        struct hw_ask ask;
        char word[64] = "";
        snprintf(word, sizeof word, "%s", filter ? filter : "");
        hw_ask_init(&ask, verb);
        hw_ask_text(&ask, "by", by);
        hw_ask_list(&ask, "filter", (char *const[]){word}, filter ? 1 : 0);
        rows = 0;
        double start = hw_sample_now();
        if (hw_client_call(client, &ask, NULL, count, &rows, NULL, &err))
            fail(err.text);
        hw_sample_add(&took, hw_sample_now() - start);
        hw_ask_done(&ask);
    }
    hw_sample_print(name, -1, "median %.1f ms, least %.1f ms, the daemon's processor time %.1f ms (%zu rows)",
                    hw_sample_at(&took, 0.5) * 1e3, hw_sample_at(&took, 0) * 1e3,
                    (hw_bench_busy(&bench->node) - busy) / ASKED * 1e3, rows);
    hw_sample_done(&took);
    hw_client_free(client);
}

static void client_often(const struct bench *bench, const char *name, const char *const *words)
{
    struct hw_sample took = {0};
    for (int i = 0; i < ASKED; i++) {
        double start = hw_sample_now();
        if (hw_bench_client(&bench->tools, &bench->node, words))
            fail(words[0]);
        hw_sample_add(&took, hw_sample_now() - start);
    }
    hw_sample_print(name, -1, "median %.1f ms, least %.1f ms", hw_sample_at(&took, 0.5) * 1e3,
                    hw_sample_at(&took, 0) * 1e3);
    hw_sample_done(&took);
}

static void measure(const struct bench *bench)
{
    struct hw_id id = hw_workload_item(bench->seed, 1);
    char text[HW_ID_TEXT + 1];
    hw_id_print(&id, text);
    client_often(bench, "`headway help`, start of the client to its end", (const char *const[]){"help", NULL});
    client_often(bench, "`headway show ID`, the same", (const char *const[]){"show", text, NULL});
    ask_often(bench, "list", NULL, "responsible:Team 0007", "list by responsible");
    ask_often(bench, "list", NULL, "text:Team 0007 wor", "list by text");
    ask_often(bench, "list", NULL, "country:KAZ", "list by country");
    ask_often(bench, "list", NULL, "due.before:2024-02", "list by deadline");
    ask_often(bench, "report", "region", NULL, "report by region over all");
    ask_often(bench, "report", "responsible", NULL, "report by responsible over all");
    ask_often(bench, "lint", NULL, "status:completed", "lint over all");
    ask_often(bench, "status", NULL, NULL, "status");
    hw_sample_print("memory of the daemon after it", -1, "at most %.1f MB, now %.1f MB",
                    (double)hw_bench_memory(&bench->node, "VmHWM:") / 1024,
                    (double)hw_bench_memory(&bench->node, "VmRSS:") / 1024);
}

int main(int argc, char **argv)
{
    struct bench bench = {.items = ITEMS};
    if (argc < 3 || sodium_init() < 0) {
        fputs("bench: read SEED BUILD [ITEMS]\n", stderr);
        return 2;
    }
    bench.seed = strtoull(argv[1], NULL, 10);
    if (argc > 3)
        bench.items = strtoull(argv[3], NULL, 10);
    if (argc > 4) { bench.tools=(struct hw_bench_tools){.build=argv[2],.dir="/tmp/hwread6"}; bench.node=(struct hw_bench_node){.name="HQ",.log=-1}; snprintf(bench.node.home,sizeof bench.node.home,"%s",argv[4]); } else {
    make_home(&bench, argv[2]);
    write_items(&bench);}
    hw_bench_start(&bench.tools, &bench.node);
    measure(&bench);
    if (getenv("KEEP")) { hw_bench_stop(&bench.node); return 0; }
    hw_bench_stop(&bench.node);
    hw_bench_run((const char *const[]){"rm", "-rf", bench.dir, NULL});
    return 0;
}
