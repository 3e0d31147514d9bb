/* local.c: durable writes at one office, through the store, against raw SQLite
 * doing the same.  Bench: local SEED. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/lib/goal.h"
#include "bench/lib/raw.h"
#include "bench/lib/sample.h"
#include "bench/lib/writer.h"

enum {
    ROUNDS = 5,
    SINGLE = 400,  /* commits per round: 0.1 s of fdatasync */
    BATCH = 100,   /* what an import or a script sends at once */
    BATCHED = 8000 /* events per round */
};

static const char group[] = "bench";

struct place {
    char dir[256], raw[300], store[300];
};

/* Rounds of both in turn, so that a slow moment of the disk meets both; the first one only warms up: a WAL that still
 * grows costs more than one that is used again. */
static void measure(const struct place *place, const struct hw_workload *workload, enum hw_goal goal, size_t n,
                    size_t batch)
{
    struct hw_sample raw = {0}, own = {0}, ratio = {0};
    struct hw_store *store = hw_writer_new(place->store);
    struct hw_raw *yardstick = hw_raw_open(place->raw, true);
    for (size_t i = 0; i <= ROUNDS; i++) {
        size_t from = i * n, to = from + n;
        double before = hw_raw_write(yardstick, workload, from, to, batch);
        double mine = hw_writer_run(store, group, workload, from, to, batch);
        double after = hw_raw_write(yardstick, workload, from, to, batch);
        if (i == 0)
            continue;
        hw_sample_add(&raw, (before + after) / 2);
        hw_sample_add(&own, mine);
        hw_sample_add(&ratio, (before + after) / 2 / mine);
    }
    hw_raw_close(yardstick);
    hw_store_close(store);
    unlink(place->store);
    double mine = hw_sample_at(&own, 0.5) / (double)n, theirs = hw_sample_at(&raw, 0.5) / (double)n;
    hw_goal_print(goal, hw_sample_at(&ratio, 0.5), "%.0f events/s, %.1f us each; raw %.0f/s, %.1f us", 1 / mine,
                    mine * 1e6, 1 / theirs, theirs * 1e6);
    hw_sample_done(&raw);
    hw_sample_done(&own);
    hw_sample_done(&ratio);
}

int main(int argc, char **argv)
{
    struct place place;
    struct hw_workload workload;
    struct hw_id plan = {{1}};
    const char *parent = getenv("TMPDIR");
    if (argc != 2 || sodium_init() < 0) {
        fputs("bench: local SEED\n", stderr);
        return 2;
    }
    snprintf(place.dir, sizeof place.dir, "%.200s/headway-bench-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(place.dir)) {
        perror(place.dir);
        return 1;
    }
    snprintf(place.raw, sizeof place.raw, "%s/raw.db", place.dir);
    snprintf(place.store, sizeof place.store, "%s/own.db", place.dir);
    hw_workload_make(&workload, (ROUNDS + 1) * (size_t)BATCHED, strtoull(argv[1], NULL, 10), &plan);
    measure(&place, &workload, HW_GOAL_LOCAL_ONE, SINGLE, 1);
    measure(&place, &workload, HW_GOAL_LOCAL_BATCH, BATCHED, BATCH);
    hw_workload_done(&workload);
    return rmdir(place.dir) != 0;
}
