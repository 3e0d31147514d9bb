/* sim_oracle.h: what must hold; each oracle is one named function. */
#ifndef TESTS_SIM_ORACLE_H
#define TESTS_SIM_ORACLE_H

#include "tests/sim/sim_world.h"

/* Says through sim_fail what does not hold. */
struct sim_oracle {
    const char *name, *holds; /* in words of the design */
    void (*check)(struct sim_world *world);
};

/* After healing, when all is quiet. */
void sim_oracle_end(struct sim_world *world);

/* All texts in the events that a node's store holds, of any group, verdict or age. The node may be down. */
struct sim_texts;
struct sim_texts *sim_texts_held(struct sim_node *node);
bool sim_texts_have(const struct sim_texts *texts, const char *text);
void sim_texts_free(struct sim_texts *texts);

#endif
