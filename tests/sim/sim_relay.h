/* sim_relay.h: who follows whom: relays between offices and the hub, and
 * offices that change their hub. */
#ifndef TESTS_SIM_RELAY_H
#define TESTS_SIM_RELAY_H

#include "tests/sim/sim_node.h"

/* Both write the configuration of a node that is down. */
void sim_relay_make(struct sim_node *node); /* it listens for offices */
void sim_relay_follow(struct sim_node *node, struct sim_node *hub);

/* Behind `hub` the node would read what it reads now, and nobody would follow itself. */
bool sim_relay_fits(const struct sim_node *node, const struct sim_node *hub);

/* A restored hub is not left to wait for offices that cannot come to it: somebody looks every few minutes. */
void sim_relay_attend(struct sim_world *world);

#endif
