/* sim_promise.h: what people were told is saved: every event that a node had
 * committed when it answered a client, by its content. */
#ifndef TESTS_SIM_PROMISE_H
#define TESTS_SIM_PROMISE_H

#include "tests/sim/sim_map.h"
#include "tests/sim/sim_node.h"

struct sim_promise {
    uint64_t content, skeleton; /* sim_content, sim_skeleton */
    size_t office;    /* index of the node */
    char group[HW_GROUP_MAX + 1];
    uint64_t saved_ms;
    char text[40];    /* its first text, for whoever looks for it */
    bool excused;     /* a backup took the place of the last disk that had it */
};

struct sim_promises {
    struct sim_promise *list;
    size_t n, cap;
    struct sim_map noted; /* per node, life of its disk and stream: the last event promised */
    struct sim_map texts; /* of all promises */
    struct sim_map said;  /* values that headquarters wrote: when it did first */
};

/* What an event says, whatever its number, stamp or the names it saw: a new incarnation issues it again. */
uint64_t sim_content(const char *group, const struct hw_event *event);

/* The same without the values: of an event that was redacted nothing else is left. */
uint64_t sim_skeleton(const char *group, const struct hw_event *event);

/* The node has answered a client: all that it has committed so far is promised. False: it cannot be read just now. */
bool sim_promise_all(struct sim_node *node);
bool sim_promised(const struct sim_world *world, const char *text);
/* When headquarters first saved this value of this field, in whichever branch of its database; 0: it never did. */
struct sim_write;
uint64_t sim_promise_said(const struct sim_world *world, const struct sim_write *write);
/* The node, which is down, goes back to its backup: what that does not hold, nor any other disk in the world, is excused. */
void sim_promise_excuse(struct sim_node *node);
void sim_promises_begin(struct sim_world *world);
void sim_promises_done(struct sim_world *world);

/* Contents (of redacted ones the skeletons) of all events that a node holds, of any group, verdict or age. False: the log cannot be read. */
bool sim_promise_held(struct sim_node *node, struct sim_map *contents);

#endif
