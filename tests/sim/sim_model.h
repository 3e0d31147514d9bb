/* sim_model.h: what a replica must show, worked out from the events that it
 * holds by the words of the design alone: another way than proto/merge.c goes. */
#ifndef TESTS_SIM_MODEL_H
#define TESTS_SIM_MODEL_H

#include "daemon/store_internal.h"
#include "tests/sim/sim_map.h"

/* One operation of one event. */
struct sim_write {
    struct hw_name name;
    uint64_t stamp; /* that counts */
    uint16_t kind, field;
    struct hw_id record;
    char group[HW_GROUP_MAX + 1];
    uint8_t code;
    bool refused, covered, met;
    bool misnames; /* refused for what it names, which counts as nothing then */
    bool wrong; /* refused for another reason than its value, which may be a bad one taken over, though no program gone wrong
                   wrote it */
    bool rights;     /* ... for want of a right */
    const char *why; /* it was refused */
    struct hw_slice value;
    struct hw_name *seen;
    size_t seen_n;
};

struct sim_model {
    struct hw_arena arena;
    struct sim_write *writes; /* sorted by record, field and name once it is complete */
    size_t n, cap;
    struct sim_map by_name; /* position + 1 */
    uint64_t fields_in_conflict;
};

/* From all events that the transaction's store holds. */
HW_MUST_USE enum hw_status sim_model_build(struct sim_model *model, struct hw_tx *tx, struct hw_err *err);
void sim_model_done(struct sim_model *model);

/* A write that shows: held, not refused, not covered, and putting a value. */
bool sim_write_head(const struct sim_write *write);
/* The writes of one field of one record: the first, and how many; 0 when there are none. */
size_t sim_model_field(const struct sim_model *model, const char *group, uint16_t kind, const struct hw_id *record,
                       uint16_t field, const struct sim_write **first);
/* The head that is shown among them; NULL: none. */
const struct sim_write *sim_model_shown(const struct sim_write *first, size_t n);

/* Whether everything that these writes name is held: backups may have taken the place of the last disk that had some of it. */
bool sim_model_whole(const struct sim_model *model, const struct sim_write *first, size_t n);

#endif
