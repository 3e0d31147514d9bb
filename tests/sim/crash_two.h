/* crash_two.h: a planted fault: a new incarnation begun in two transactions. */
#ifndef TESTS_SIM_CRASH_TWO_H
#define TESTS_SIM_CRASH_TWO_H

struct crash_job;
struct sim_node;
/* Where `job` is a rebirth, its work is done in two transactions from now on. */
void crash_two_plant(struct crash_job *ours, const struct sim_node *node);

#endif
