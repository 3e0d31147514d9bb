/* policy.h: who may write what: what an office's grants in a group come to, and
 * one event -> allowed, or the reason.  Floor 0.  Pure: the daemon asks before it
 * saves, and the gate when an event arrives (design.md, section 5). */
#ifndef HEADWAY_POLICY_H
#define HEADWAY_POLICY_H

#include "headway/merge.h"

/* schema: hw_words_grant_role */
enum hw_role { HW_ROLE_COORDINATOR = 1, HW_ROLE_CONTRIBUTOR, HW_ROLE_READER };

/* The grants of one office in one group at one moment, taken together: what any of them gives. */
struct hw_leave {
    const char *office, *name; /* the office's code; its full name, or "" */
    const char *group;
    bool revoked; /* the office has no grant any more, whatever the records say */
    bool reads;   /* some grant: of any role */
    bool ended;   /* there was one, and there is none */
    bool writes;  /* contributes */
    bool all;     /* ... everywhere in the group */
    struct hw_slice *countries; /* ... else in these; canonical values */
    size_t countries_n;
};

/* Adds what one grant gives; one that is archived gives nothing. Countries borrow from the row; the list is `arena`'s. */
void hw_leave_add(struct hw_leave *leave, struct hw_arena *arena, const struct hw_row *grant);

/* What is asked: some operations on one record. */
struct hw_asked {
    uint16_t kind; /* may be one that is not known here */
    const struct hw_row *row; /* as it stands before the event; made.seq == 0: there is none yet */
    const char *maker;        /* code of the office that made the record; "" where there is none */
    const struct hw_op *ops;
    size_t ops_n;
};

/* Whether the leave covers it. Errors: DENIED, with the reason in words that fit the journal; whom to ask is the caller's to
 * say. */
HW_MUST_USE enum hw_status hw_policy_write(const struct hw_leave *leave, const struct hw_asked *asked,
                                           struct hw_arena *arena, struct hw_err *err);

/* Whether a text of `responsible` names the office: its code or its full name, as whole words, however written. */
bool hw_policy_names(struct hw_slice text, const struct hw_leave *leave, struct hw_arena *arena);

/* An operation that decides which countries or whose a record is. A new record that takes several events has them in the first,
 * and one that is changed in the last: so each event is judged as the whole is. */
bool hw_policy_places(const struct hw_kind *kind, const struct hw_op *op);

#endif
