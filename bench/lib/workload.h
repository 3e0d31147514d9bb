/* workload.h: W(N): N events on item records, deterministic by seed.  Bench.
 *
 * One record per ten events, 50 records in flight: 1 create (title of about 60 characters, responsible
 * of 40, deadline, status, country, and the type and plan that every item of a plan has), 6 sets of one field,
 * 3 comments of 150 to 250 characters; 24 authors. */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "headway/event.h"

enum hw_work_type { HW_WORK_CREATE, HW_WORK_SET, HW_WORK_COMMENT };

/* One event, and the item as it is afterwards in plain text, which is what raw SQLite writes. All of it
 * lives in the workload's arena. */
struct hw_work {
    enum hw_work_type type;
    struct hw_id record; /* written to: the item, or the comment's own id */
    size_t item;         /* number of the item, from 0 */
    const char *author;
    struct hw_op *ops; /* values as canonical CBOR; `seen` is left to who writes */
    size_t ops_n;
    const char *comment; /* or "" */
    const char *title, *responsible, *deadline, *status, *country;
    int progress;
};

struct hw_workload {
    struct hw_arena arena;
    struct hw_work *events;
    size_t n;
};

/* Items per responsible: `list responsible:"Team 0007"` finds so many. */
enum { HW_WORK_TEAM = 50 };

void hw_workload_make(struct hw_workload *workload, size_t n, uint64_t seed, const struct hw_id *plan);
void hw_workload_done(struct hw_workload *workload);

/* Id of the n'th item of a workload with this seed. */
struct hw_id hw_workload_item(uint64_t seed, size_t n);

#endif
