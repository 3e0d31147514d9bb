/* raw.h: the yardstick: SQLite alone, writing for each event one log row, one
 * typed row and one comment row.  Bench. */
#ifndef BENCH_RAW_H
#define BENCH_RAW_H

#include <stdbool.h>

#include "bench/lib/workload.h"

struct hw_raw; /* an open database */

/* A new database at `path`, WAL, synchronous FULL or NORMAL. Ends the program when that fails. */
struct hw_raw *hw_raw_open(const char *path, bool full);
/* Seconds that the events [from, to) take, `batch` per transaction. */
double hw_raw_write(struct hw_raw *raw, const struct hw_workload *workload, size_t from, size_t to, size_t batch);
/* Closes and removes it. */
void hw_raw_close(struct hw_raw *raw);

#endif
