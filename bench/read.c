/* read.c: what a person waits for at a node with many items: the client's
 * start, lists, reports, lint; and what memory the daemon has afterwards.
 * Bench: read SEED BUILD [ITEMS]. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/lib/goal.h"
#include "bench/lib/sample.h"
#include "bench/lib/world.h"
#include "bench/lib/writer.h"
#include "client/ctl.h"
#include "daemon/home.h"

enum {
    ITEMS = 100000,
    PART = 100000, /* events of one workload: a tenth of them make an item */
    BATCH = 1000,
    ASKED = 20, /* times that each question is timed */
    FILTERS = 2 /* words of one filter */
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

/* A command that must work. */
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

/* One question on an open connection, answered in full; `by` and the words of the filter may be NULL. */
struct question {
    const char *name, *verb, *by;
    const char *filter[FILTERS];
    enum hw_goal goal; /* 0: none; it has the name then */
};

static void ask_often(const struct bench *bench, const struct question *question)
{
    struct hw_client *client;
    struct hw_err err;
    struct hw_sample took = {0};
    double busy = hw_bench_busy(&bench->node);
    size_t rows = 0, words = 0;
    char word[FILTERS][64] = {{0}};
    for (; words < FILTERS && question->filter[words]; words++)
        snprintf(word[words], sizeof word[words], "%s", question->filter[words]);
    if (hw_client_open(bench->node.home, &client, &err))
        fail(err.text);
    for (int i = 0; i < ASKED; i++) {
        struct hw_ask ask;
        hw_ask_init(&ask, question->verb);
        hw_ask_text(&ask, "by", question->by);
        hw_ask_list(&ask, "filter", (char *const[]){word[0], word[1]}, words);
        rows = 0;
        double start = hw_sample_now();
        if (hw_client_call(client, &ask, NULL, count, &rows, NULL, &err))
            fail(err.text);
        hw_sample_add(&took, hw_sample_now() - start);
        hw_ask_done(&ask);
    }
    char figures[120];
    double median = hw_sample_at(&took, 0.5) * 1e3;
    snprintf(figures, sizeof figures, "median %.1f ms, least %.1f ms, daemon's processor time %.1f ms (%zu rows)", median,
             hw_sample_at(&took, 0) * 1e3, (hw_bench_busy(&bench->node) - busy) / ASKED * 1e3, rows);
    if (question->goal)
        hw_goal_print(question->goal, median, "%s", figures);
    else
        hw_sample_print(question->name, -1, "%s", figures);
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

static void print_memory(const struct bench *bench, const char *name)
{
    hw_sample_print(name, -1, "at most %.1f MB, now %.1f MB", (double)hw_bench_memory(&bench->node, "VmHWM:") / 1024,
                    (double)hw_bench_memory(&bench->node, "VmRSS:") / 1024);
}

static void measure(const struct bench *bench)
{
    static const struct question questions[] = {
        {NULL, "list", NULL, {"responsible:Team 0007", "country:KAZ"}, HW_GOAL_LIST},
        {"list by words of the title", "list", NULL, {"harvest bridge", "zone"}, 0},
        {"list by deadline and country", "list", NULL, {"due.before:2024-02", "country:KAZ"}, 0},
        {NULL, "report", "region", {NULL}, HW_GOAL_REPORT},
        {"report by status over all", "report", "status", {NULL}, 0},
        {"status", "status", NULL, {NULL}, 0},
        {"lint of what is completed", "lint", NULL, {"status:completed"}, 0},
    };
    struct hw_id id = hw_workload_item(bench->seed, 1);
    char text[HW_ID_TEXT + 1];
    hw_id_print(&id, text);
    client_often(bench, "`headway help`, start of the client to its end", (const char *const[]){"help", NULL});
    client_often(bench, "`headway show ID`, the same", (const char *const[]){"show", text, NULL});
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
        ask_often(bench, &questions[i]);
    print_memory(bench, "memory of the daemon after these");
}

/* A table of as many rows, by a daemon that has done nothing before. */
static void import(struct bench *bench)
{
    char path[300];
    snprintf(path, sizeof path, "%s/table.csv", bench->dir);
    FILE *file = fopen(path, "w");
    if (!file)
        fail(path);
    fputs("No,Activity,Responsible,Deadline,Status,Country,Comments\n", file);
    for (size_t i = 1; i <= bench->items; i++)
        fprintf(file, "%zu,Agree on the programme of course %zu with the ministry and its partners,Team %04zu,%s %zu,%s,%s,%s\n",
                i, i, i / HW_WORK_TEAM, i % 2 ? "March" : "June", 2024 + i % 3, i % 3 ? "in progress" : "completed",
                i % 5 ? "KAZ" : "PER", i % 2 ? "The draft went to the ministry" : "");
    if (fclose(file) != 0)
        fail(path);
    hw_bench_start(&bench->tools, &bench->node);
    double start = hw_sample_now();
    STEP("import", path, "--group", HW_WORLD_GROUP, "--plan", "new:Table");
    hw_sample_print("import of a table with as many rows", -1, "%.1f s, daemon's processor time %.1f s",
                    hw_sample_now() - start, hw_bench_busy(&bench->node));
    print_memory(bench, "memory of the daemon in it and after it");
    hw_bench_stop(&bench->node);
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
    make_home(&bench, argv[2]);
    write_items(&bench);
    hw_bench_start(&bench.tools, &bench.node);
    measure(&bench);
    hw_bench_stop(&bench.node);
    import(&bench);
    hw_bench_run((const char *const[]){"rm", "-rf", bench.dir, NULL});
    return 0;
}
