/* sim_work.h: the people at the offices: what they change. */
#ifndef TESTS_SIM_WORK_H
#define TESTS_SIM_WORK_H

#include "tests/sim/sim_node.h"

enum { SIM_ID = 20, SIM_CHANGES = 32 };

struct sim_item {
    char id[SIM_ID];
    size_t group;
};

struct sim_work {
    struct sim_world *world;
    uint64_t gap_ms; /* between two changes, on average */
    uint64_t left;   /* changes still to be made */
    uint64_t marks;  /* unique texts given out */
    struct sim_item *items; /* that somebody was told of */
    size_t items_n, items_cap;
    char changes[SIM_CHANGES][40]; /* names of changes, the last ones */
    uint64_t changes_n;
    size_t burst, burst_at; /* changes that come at once, and where */
    bool ended;
};

void sim_work_begin(struct sim_world *world, uint64_t changes, uint64_t gap_ms);
void sim_work_done(struct sim_world *world);

/* sim_work_ops.c: somebody at the node does one thing, by chance. False: nothing came to mind. */
bool sim_work_do(struct sim_work *work, struct sim_node *node);
/* An item that was made is known to everybody in the office's groups. */
void sim_work_item(struct sim_work *work, struct hw_slice id, size_t group);

#endif
