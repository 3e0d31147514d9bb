/* sim_wal.h: how far a write-ahead log counts. */
#ifndef TESTS_SIM_WAL_H
#define TESTS_SIM_WAL_H

#include "headway/bytes.h"

/* Bytes of the log up to the end of its last whole commit; 0: it has none. What stands behind is nobody's: zeros, frames of an
 * earlier round, a transaction that failed. By "The Write-Ahead Log" in sqlite.org/fileformat2.html. */
size_t sim_wal_end(struct hw_slice log);

#endif
