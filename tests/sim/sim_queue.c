/* sim_queue.c: virtual time as a binary heap. */
#include "tests/sim/sim_queue.h"

#include <stdlib.h>

#include "headway/bytes.h"

static bool before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at != b->at ? a->at < b->at : a->number < b->number;
}

void sim_queue_add(struct sim_queue *queue, uint64_t after_ms, sim_do *run, void *self, uint64_t arg)
{
    struct sim_event event = {queue->now + after_ms, queue->number++, run, self, arg};
    if (queue->n == queue->cap) {
        queue->cap = queue->cap ? queue->cap * 2 : 256;
        queue->heap = hw_realloc(queue->heap, queue->cap * sizeof event);
    }
    size_t at = queue->n++;
    for (; at > 0 && before(&event, &queue->heap[(at - 1) / 2]); at = (at - 1) / 2)
        queue->heap[at] = queue->heap[(at - 1) / 2];
    queue->heap[at] = event;
}

bool sim_queue_next(struct sim_queue *queue, struct sim_event *event)
{
    if (queue->n == 0)
        return false;
    *event = queue->heap[0];
    struct sim_event last = queue->heap[--queue->n];
    size_t at = 0, child;
    for (; (child = at * 2 + 1) < queue->n; at = child) {
        if (child + 1 < queue->n && before(&queue->heap[child + 1], &queue->heap[child]))
            child++;
        if (!before(&queue->heap[child], &last))
            break;
        queue->heap[at] = queue->heap[child];
    }
    if (queue->n)
        queue->heap[at] = last;
    queue->now = event->at;
    return true;
}

void sim_queue_done(struct sim_queue *queue)
{
    free(queue->heap);
    *queue = (struct sim_queue){0};
}
