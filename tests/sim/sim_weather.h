/* sim_weather.h: what goes wrong. By seed each run draws its own mix. */
#ifndef TESTS_SIM_WEATHER_H
#define TESTS_SIM_WEATHER_H

#include "tests/sim/sim_node.h"

enum { SIM_FAULTS = 32 };

struct sim_weather {
    struct sim_world *world;
    uint64_t gap_ms;             /* between two faults, on average */
    uint64_t online_ms, away_ms; /* how long offices stay with and without a network; away 0: always with one */
    unsigned weights[SIM_FAULTS], sum; /* this run's mix */
};

/* Kinds that are known to need what is not built yet are off unless named in `only` or asked for by "all"; "none": no
 * faults but offices that come and go; NULL: those that are on. False: no such kind. */
bool sim_weather_begin(struct sim_world *world, const char *only, uint64_t gap_ms);
void sim_weather_done(struct sim_world *world);
void sim_weather_list(void); /* the kinds, on stdout */

/* Ends all faults, sets clocks right, starts who is down, and runs until all is quiet. Not becoming quiet is a failure. */
void sim_weather_heal(struct sim_world *world);

#endif
