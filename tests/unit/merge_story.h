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
};

static inline struct hw_inc inc_of(size_t office)
{
    return (struct hw_inc){{(uint8_t)(office + 1)}};
}

static inline uint64_t tip_of(void *self, const struct hw_inc *inc)
{
    const uint64_t *tips = self;
    return inc->b[0] >= 1 && inc->b[0] <= OFFICES ? tips[inc->b[0] - 1] : 0;
}

static inline struct hw_row new_row(void)
{
    struct hw_row row;
    struct hw_id id = {{7}};
    hw_row_init(&row, 10, &id);
    return row;
}

#endif
