/* sim_run.h: one seed from the first day to the last check. */
#ifndef TESTS_SIM_RUN_H
#define TESTS_SIM_RUN_H

#include "tests/sim/sim_world.h"

struct sim_plan {
    uint64_t edits;      /* 0: by seed */
    const char *weather; /* see sim_weather_begin */
    bool relays, mixed; /* in every world, not in one of four: relays; two releases */
    bool hands; /* in every world, not in one of three: bundles carried by hand, and redactions */
    bool years; /* as much of each as an office-year has: offices come and go more often */
    bool readers; /* people read what is older than what their office holds */
    bool verbose, silent;
};

/* Runs the seed, says what failed and how to see it again, adds to `stats`. Gives the hash of its trace. */
uint64_t sim_run(uint64_t seed, const struct sim_plan *plan, struct sim_stats *stats);

#endif
