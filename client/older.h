/* older.h: rows of log that this office does not hold any more: the hub has them.  Floor 3, noun: older. */
#ifndef CLIENT_OLDER_H
#define CLIENT_OLDER_H

#include "client/cli.h"

/* A log on its way: what is held, then what the hub has. */
struct hw_older {
    struct hw_cli *cli;
    struct hw_ask *ask;        /* log */
    const char *const *keys;   /* options that choose rows; NULL-terminated */
    const char *author;
    long limit, n;             /* rows wanted, rows so far */
    hw_row_fn *row;            /* gets each */
    void *user;
    char groups[400];          /* whose older history has not come; "": none */
    char before[40], why[1000];
};

/* Asks the office, then the hub, page after page, while rows are wanted. Returns the exit code: 0 also when the hub could not be
 * asked. */
int hw_older_run(struct hw_older *older);
/* Says on stderr what has not come, why, and what to do; nothing when all came. With --json it is one JSON object. */
void hw_older_tell(const struct hw_older *older);

#endif
