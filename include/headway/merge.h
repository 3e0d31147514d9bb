/* merge.h: how writes become a row: covering, heads, add-wins sets, refused
 * writes put back.  Floor 0.  A row's state is a pure function of the set of
 * events and verdicts held, whatever the order (design.md, event model). */
#ifndef HEADWAY_MERGE_H
#define HEADWAY_MERGE_H

#include "headway/event.h"
#include "headway/schema.h"

/* A write that no held, unrefused write covers. For a set: one added element. */
struct hw_head {
    struct hw_name name;
    uint64_t stamp;
    struct hw_slice value;
};

/* One field of one record. */
struct hw_cell {
    uint16_t field;
    struct hw_head *heads; /* sorted by name */
    size_t heads_n, heads_cap;
    struct hw_name *awaited; /* covered already, and no event of this record that is held; sorted */
    size_t awaited_n, awaited_cap;
};

/* A refused write: it covers nothing, but who names it covers what it named. */
struct hw_refused {
    struct hw_name name;
    uint16_t field;
    const struct hw_name *seen;
    size_t seen_n;
    size_t next; /* merge.c's own, while it covers: the next one met, counted from 1 */
    bool met;
};

/* Who touched the record first and last (by stamp, then incarnation, then
 * number; refused events do not count). */
struct hw_touch {
    struct hw_inc inc;
    uint64_t seq; /* 0: nobody */
    uint64_t stamp;
    struct hw_slice author;
};

struct hw_row {
    uint16_t kind;
    struct hw_id id;
    struct hw_cell *cells; /* sorted by field */
    size_t cells_n, cells_cap;
    struct hw_refused *refused; /* sorted by name */
    size_t refused_n, refused_cap;
    struct hw_touch made, updated;
};

/* Which events the row has taken in: those of this record alone. What else its group holds does not change a row: its order of
 * arrival would show. */
struct hw_arrivals {
    bool (*arrived)(void *self, const struct hw_name *name);
    void *self;
};

void hw_row_init(struct hw_row *row, uint16_t kind, const struct hw_id *id);

/* Applies one held, unrefused event to the row. `arrivals` says which were there before it, refused ones as well. The row then
 * borrows the event's values and author, and `arena` must outlive the row. */
void hw_row_apply(struct hw_row *row, struct hw_arena *arena, const struct hw_event *event, const struct hw_inc *inc,
                  const struct hw_arrivals *arrivals);

/* A held event and what was decided about it. */
struct hw_held {
    struct hw_event event; /* its stamp is the one that counts, RECLOCKED or not */
    struct hw_inc inc;
    bool refused;
    bool misnames; /* refused for naming what is no event of this record: it counts as naming nothing */
};
/* Builds the row anew from all its held events, in any order. The oracle of
 * hw_row_apply, and the way back after a verdict. */
void hw_row_fold(struct hw_row *row, struct hw_arena *arena, const struct hw_held *held, size_t n);

/* The same on a row that holds the state of other events already, as a snapshot brings it: those of `held` are added.
 * `arrivals` says which the others are; NULL: none. */
void hw_row_fold_on(struct hw_row *row, struct hw_arena *arena, const struct hw_held *held, size_t n,
                    const struct hw_arrivals *arrivals);

/* The packed `meta` of a row: deterministic, so that two replicas that hold the
 * same facts hold the same bytes. */
void hw_row_encode(const struct hw_row *row, struct hw_out *out);
/* Borrows from `meta`. Errors: CORRUPT. */
HW_MUST_USE enum hw_status hw_row_decode(struct hw_row *row, struct hw_arena *arena, struct hw_slice meta,
                                         struct hw_err *err);

/* The same where values stand elsewhere too, by field. `beside` has 256 members: true leaves the value of that field out when
 * it has one head. `value` gives it back as CBOR. */
void hw_row_encode_beside(const struct hw_row *row, const bool *beside, struct hw_out *out);
struct hw_beside {
    struct hw_slice (*value)(void *self, uint16_t field);
    void *self;
};
HW_MUST_USE enum hw_status hw_row_decode_beside(struct hw_row *row, struct hw_arena *arena, struct hw_slice meta,
                                                const struct hw_beside *beside, struct hw_err *err);

/* NULL when the row has nothing for the field. */
const struct hw_cell *hw_row_cell(const struct hw_row *row, uint16_t field);
/* The head that is shown: greatest stamp, then incarnation, then number; NULL
 * when there is none. */
const struct hw_head *hw_cell_shown(const struct hw_cell *cell);
/* The value shown; an empty slice when there is none. */
struct hw_slice hw_row_value(const struct hw_row *row, uint16_t field);
/* True when heads of a plain field differ. `field` may be NULL (unknown). */
bool hw_cell_conflict(const struct hw_cell *cell, const struct hw_field *field);
/* The distinct elements of a set, sorted bytewise; arena array. */
struct hw_slice *hw_cell_elements(const struct hw_cell *cell, struct hw_arena *arena, size_t *n);

#endif
