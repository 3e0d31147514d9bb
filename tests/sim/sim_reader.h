/* sim_reader.h: people who read what is older than the history that their office holds. */
#ifndef TESTS_SIM_READER_H
#define TESTS_SIM_READER_H

#include "tests/sim/sim_world.h"

/* Now and then, at each office, until the world is healed. */
void sim_reader_begin(struct sim_world *world);

#endif
