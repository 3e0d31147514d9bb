/* crash_past.h: the world from which scenes are taken: headquarters and two
 * offices that work together, go apart, change the same records, and meet again. */
#ifndef TESTS_SIM_CRASH_PAST_H
#define TESTS_SIM_CRASH_PAST_H

#include "tests/sim/crash.h"

enum { CRASH_DISKS = 24 };

/* Disks and messages of it; what steps point to lives in `arena`. */
struct crash_past {
    struct sim_world world;
    struct sim_node *hub, *kaz, *uzb;
    struct hw_arena arena;
    struct sim_disk disks[CRASH_DISKS];
    size_t disks_n;
    char ids[8][20];  /* records of wg-a */
    size_t ids_n;
};

void crash_past_begin(struct crash_past *past);
void crash_past_end(struct crash_past *past); /* the world ends; disks and arena stay */
void crash_past_free(struct crash_past *past);
/* The node's disk as it is now. */
const struct sim_disk *crash_past_disk(struct crash_past *past, struct sim_node *node);

/* Arguments of a request from pairs of texts, see sim_doc_args; they live in the arena. */
struct hw_slice crash_past_args(struct crash_past *past, const char *const *pairs);
void crash_past_ask(struct crash_past *past, struct sim_node *node, const char *verb, const char *const *pairs);
/* A new item of a group; its id is kept when it is of wg-a. */
void crash_past_add(struct crash_past *past, struct sim_node *node, const char *group, const char *title);
void crash_past_set(struct crash_past *past, struct sim_node *node, size_t item, const char *assign);
const char *crash_past_text(struct crash_past *past, const char *format, const char *value);

/* Messages as the nodes would write them. */
struct hw_slice crash_past_segments(struct crash_past *past, struct sim_node *office, const char *group);
/* From `*from` on, of at most `max` bytes; `*from` goes behind the last. */
struct hw_slice crash_past_journal(struct crash_past *past, struct sim_node *reader, const char *group, uint64_t *from,
                                   size_t max);
uint64_t crash_past_position(const struct sim_node *node, const char *group);
uint64_t crash_past_sealed(const struct sim_node *node, const char *group);
/* The hub's WELCOME to an office whose changes it holds otherwise. */
struct hw_slice crash_past_welcome(struct crash_past *past, const struct sim_node *office);
/* An invitation at the hub, and the JOIN that answers it; `curve`: the joining office's key. */
struct hw_slice crash_past_join(struct crash_past *past, const char *office, uint8_t invited[HW_KEY_SIZE],
                                uint8_t curve[HW_KEY_SIZE], struct hw_inc *inc, uint8_t sign[HW_SIGN_PUBLIC]);
struct hw_slice crash_past_hello(struct crash_past *past, const struct hw_inc *inc,
                                 const uint8_t sign[HW_SIGN_PUBLIC], const uint8_t token[HW_TOKEN_SIZE]);
/* Takes the message into the node's store, as its executor does. `office`: whose segments; NULL: a journal. */
void crash_past_take(struct sim_node *node, struct hw_slice message, const struct sim_node *office);

#endif
