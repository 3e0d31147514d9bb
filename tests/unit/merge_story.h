/* merge_story.h: what the tests of the merge share: events as they are told, and how far each stream is held. */
#ifndef TESTS_MERGE_STORY_H
#define TESTS_MERGE_STORY_H

#include "proof.h"

#include "headway/merge.h"

enum { OFFICES = 4, EVENTS = 16, OPS = 3, SEEN = 8, PLAIN = 3, OTHER = 4, SET = 10, REMARKS = 20 };

struct story {
    struct hw_arena arena;
    struct hw_held held[EVENTS];
    size_t n;
    uint64_t tip[OFFICES];
    bool refuses; /* the event that is being told is going to be refused */
};

static inline struct hw_inc inc_of(size_t office)
{
    return (struct hw_inc){{(uint8_t)(office + 1)}};
}

/* The events of the record that a replica has taken. */
struct taken {
    struct hw_held held[EVENTS];
    size_t n;
};

static inline bool is_taken(void *self, const struct hw_name *name)
{
    const struct taken *taken = self;
    for (size_t i = 0; i < taken->n; i++)
        if (taken->held[i].event.seq == name->seq && hw_inc_compare(&taken->held[i].inc, &name->inc) == 0)
            return true;
    return false;
}

static inline struct hw_row new_row(void)
{
    struct hw_row row;
    struct hw_id id = {{7}};
    hw_row_init(&row, 10, &id);
    return row;
}

#endif
