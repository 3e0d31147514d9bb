/* sim_stick.h: bundles carried by hand: one office makes one, another applies it some time, perhaps twice, perhaps a
 * file that was cut or damaged on the way. */
#ifndef TESTS_SIM_STICK_H
#define TESTS_SIM_STICK_H

#include "tests/sim/sim_node.h"

/* Now and then, until the world heals. */
void sim_stick_begin(struct sim_world *world);
void sim_stick_done(struct sim_world *world);

#endif
