/* sim_queue.h: virtual time: what happens next, ordered by time and then by
 * the order in which it was planned. */
#ifndef TESTS_SIM_QUEUE_H
#define TESTS_SIM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void sim_do(void *self, uint64_t arg);

struct sim_event {
    uint64_t at, number; /* milliseconds; order of planning */
    sim_do *run;
    void *self; /* must live until then */
    uint64_t arg;
};

struct sim_queue {
    uint64_t now, number;
    struct sim_event *heap;
    size_t n, cap;
};

void sim_queue_add(struct sim_queue *queue, uint64_t after_ms, sim_do *run, void *self, uint64_t arg);
bool sim_queue_next(struct sim_queue *queue, struct sim_event *event); /* takes it out; false: nothing is planned */
void sim_queue_done(struct sim_queue *queue);

#endif
