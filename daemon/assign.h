/* assign.h: "field=value" as typed, or a value from a file -> operations on one
 * record.  Floor 3.  Operations name the heads that this replica shows (`seen`),
 * which is what makes them cover those and nothing else. */
#ifndef DAEMON_ASSIGN_H
#define DAEMON_ASSIGN_H

#include "daemon/store.h"
#include "headway/value.h"

struct hw_rights; /* rights.c */

struct hw_draft_op {
    struct hw_op op;
    struct hw_slice element; /* of a set: what is added or removed */
};
/* What one command does to one record. All memory is `arena`. */
struct hw_draft {
    struct hw_tx *tx;
    struct hw_arena *arena;
    struct hw_record *record;
    const struct hw_kind *kind;
    enum hw_date_order order; /* of the plan: how 05/06/2019 is read */
    const struct hw_record *plan; /* that the record belongs to, or will; NULL for none */
    bool lenient; /* dates that cannot be read are kept as written (import); typed ones are refused */
    bool settle; /* a write may cover several different heads (resolve, import) */
    struct hw_rights *rights; /* of this office in the record's group; NULL: not loaded yet */
    struct hw_draft_op *ops;
    size_t n, cap;
};
void hw_draft_init(struct hw_draft *draft, struct hw_tx *tx, struct hw_arena *arena, struct hw_record *record);

/* The plan that a new record is put into: its dates are read as the plan says, its items go by their numbers. */
void hw_draft_in_plan(struct hw_draft *draft, const struct hw_record *plan);

/* Canonical bytes (borrowed) of a plain field; no operation when nothing changes. DECISION: the field is in conflict. */
HW_MUST_USE enum hw_status hw_draft_set(struct hw_draft *draft, const struct hw_field *field, struct hw_slice value,
                                        struct hw_err *err);
/* The same as one who saw only `seen`: what is shown beside it becomes a conflict. Replaces what the draft says of the field. */
void hw_draft_beside(struct hw_draft *draft, const struct hw_field *field, struct hw_slice value,
                     const struct hw_name *seen, size_t n);
void hw_draft_add(struct hw_draft *draft, const struct hw_field *field, struct hw_slice element);
void hw_draft_remove(struct hw_draft *draft, const struct hw_field *field, struct hw_slice element);
/* Makes a set hold exactly these. */
void hw_draft_replace(struct hw_draft *draft, const struct hw_field *field, const struct hw_slice *elements, size_t n);
void hw_draft_comment(struct hw_draft *draft, const struct hw_field *field, struct hw_slice value);
void hw_draft_cover(struct hw_draft *draft, const struct hw_field *field, struct hw_slice element,
                    const struct hw_name *seen); /* REMOVE of one add */

/* Text of one value (one element, for sets) -> canonical bytes in the draft's arena, with references resolved, codes and
 * limits checked. Errors: USAGE, LIMIT, NOT_FOUND, AMBIGUOUS. */
HW_MUST_USE enum hw_status hw_draft_value(struct hw_draft *draft, const struct hw_field *field, struct hw_slice text,
                                          struct hw_slice *value, struct hw_err *err);
/* What a text stands for as elements of a set: itself, or the references that it holds ("SDG 8.7" is SDG:8.7), followed by
 * itself where it says more. `*scheme` is that of the text before in the same list ("" at first) and becomes that of this
 * one. `*respelt`: it is none of its elements. Draft's arena. */
struct hw_slice *hw_assign_elements(struct hw_draft *draft, const struct hw_field *field, struct hw_slice text,
                                    const char **scheme, size_t *n, bool *respelt);
/* Finds a field of the kind, with the nearest name in the error. */
HW_MUST_USE enum hw_status hw_assign_field(const struct hw_kind *kind, struct hw_slice name,
                                           const struct hw_field **field, struct hw_err *err);
/* Each "field=value", "field+=value" or "field-=value". Two values for one field are refused (USAGE). */
HW_MUST_USE enum hw_status hw_assign_all(struct hw_draft *draft, const struct hw_slice *typed, size_t n,
                                         struct hw_err *err);
/* Sets one field from text, as "field=text" does; commas do not split. */
HW_MUST_USE enum hw_status hw_assign_text(struct hw_draft *draft, const char *field, struct hw_slice text,
                                          struct hw_err *err);

#endif
