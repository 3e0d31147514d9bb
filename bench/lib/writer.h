/* writer.h: writes a workload's events through the store, as this office's own.
 * Bench. */
#ifndef BENCH_WRITER_H
#define BENCH_WRITER_H

#include "bench/lib/workload.h"
#include "daemon/store_sync.h"

/* Writes the events [from, to), `batch` per job and so per commit; seconds. Ends the program on a failure. */
double hw_writer_run(struct hw_store *store, const char *group, const struct hw_workload *workload, size_t from,
                     size_t to, size_t batch);
/* The store of a home whose daemon does not run, with the home's own identity; ended by hw_store_close
 * and hw_home_free. */
struct hw_home;
struct hw_store *hw_writer_open(const char *path, struct hw_home **home);
/* A new store at `path` of an office that belongs to nobody's headquarters. */
struct hw_store *hw_writer_new(const char *path);

#endif
