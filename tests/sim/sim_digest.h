/* sim_digest.h: what a replica holds of one group, as bytes that must be equal
 * at every office: journal, admitted segments, verdicts, and the rows of the typed tables without the columns that
 * are a node's own (history). */
#ifndef TESTS_SIM_DIGEST_H
#define TESTS_SIM_DIGEST_H

#include "headway/bytes.h"

struct hw_store;
enum { SIM_PARTS = 24, SIM_DIGEST = 8 };

struct sim_digest {
    const char *parts[SIM_PARTS]; /* names */
    uint8_t hashes[SIM_PARTS][SIM_DIGEST];
    size_t rows[SIM_PARTS];
    size_t n;
};

/* "" or what went wrong. */
const char *sim_digest_make(struct hw_store *store, const char *group, struct sim_digest *digest);
/* Whether the part is the log itself, which a snapshot stands for. */
bool sim_digest_log(size_t part);
/* All rows of one part as readable lines (for finding the first that differs). Caller frees. */
char *sim_digest_lines(struct hw_store *store, const char *group, size_t part);

#endif
