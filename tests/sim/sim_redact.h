/* sim_redact.h: headquarters takes texts out of the log, and what then must hold: the text is nowhere, and a segment that
 * lacks one is otherwise what its sealer committed. */
#ifndef TESTS_SIM_REDACT_H
#define TESTS_SIM_REDACT_H

#include "headway/event.h"
#include "tests/sim/sim_map.h"
#include "tests/sim/sim_node.h"

/* Now and then, until the world heals. */
void sim_redact_begin(struct sim_world *world);
void sim_redact_done(struct sim_world *world);

/* A segment was sealed: its form with all values is what a form without some of them stands for. */
void sim_redact_sealed(struct sim_world *world, uint64_t name, struct hw_slice wire, uint64_t variant);
/* The gate's word at a node counts too: what was redacted in a branch of a hub that was put back has another name since. */
void sim_redact_learn(struct sim_world *world, struct hw_store *store, int64_t stream, struct hw_slice wire);
/* The variant (sim_oracle.h) of the sealed form of a segment that lacks values which headquarters was asked to take out, and no
 * others; 0 when it is no such form. */
uint64_t sim_redact_whole(struct sim_world *world, uint64_t name, struct hw_slice wire);

#endif
