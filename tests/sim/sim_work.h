/* sim_work.h: the people at the offices: what they change, and what they were
 * told is saved. */
#ifndef TESTS_SIM_WORK_H
#define TESTS_SIM_WORK_H

#include "tests/sim/sim_node.h"

enum { SIM_ID = 20, SIM_MARK = 24 };

/* A client was told "saved": a text that occurs nowhere else. */
struct sim_promise {
    char text[SIM_MARK];
    size_t office; /* index of the node */
    uint64_t saved_ms;
    bool excused;  /* its office was restored to before it, and nobody else had it */
};

struct sim_item {
    char id[SIM_ID];
    size_t group;
};

struct sim_work {
    struct sim_world *world;
    uint64_t gap_ms; /* between two changes, on average */
    uint64_t left;   /* changes still to be made */
    uint64_t marks;  /* unique texts given out */
    struct sim_promise *promises;
    size_t promises_n, promises_cap;
    struct sim_item *items; /* that somebody was told of */
    size_t items_n, items_cap;
    bool ended;
};

void sim_work_begin(struct sim_world *world, uint64_t changes, uint64_t gap_ms);
void sim_work_done(struct sim_world *world);
/* The node goes back to an earlier state: what it had saved since and the hub does not hold is excused. */
void sim_work_excuse(struct sim_node *node);

#endif
