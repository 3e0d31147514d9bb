/* sim_edge.h: the edges of a node that are not its link: clock, loop, log, home,
 * timer. They take the place of daemon/clock.c, loop.c, log.c and home.c. */
#ifndef TESTS_SIM_EDGE_H
#define TESTS_SIM_EDGE_H

struct sim_node;
/* Whose clock is read from now on. */
void sim_edge_run(struct sim_node *node);

#endif
