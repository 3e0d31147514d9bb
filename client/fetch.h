/* fetch.h: a file that the daemon has made comes over piece by piece, and one of
 * ours goes to the daemon.  Floor 2, noun: fetch. */
#ifndef CLIENT_FETCH_H
#define CLIENT_FETCH_H

#include "client/cli.h"
#include "client/home.h"

struct hw_fetch {
    struct hw_cli *cli;
    const char *path;
    char part[HW_HOME_PATH + 16]; /* what is written before the file takes its name */
    int fd;
};
void hw_fetch_init(struct hw_fetch *fetch, struct hw_cli *cli);
/* Opens `path` for writing, before the daemon is asked to make anything. Errors: USAGE, LIMIT, IO. */
HW_MUST_USE enum hw_status hw_fetch_open(struct hw_fetch *fetch, const char *path, struct hw_err *err);
/* Fetches the file of `id` and `size` in `doc`; it takes its name when all of it is on the disk. Returns the exit code. */
int hw_fetch_all(struct hw_fetch *fetch, const json_t *doc);
void hw_fetch_done(struct hw_fetch *fetch); /* what did not come whole is gone */

/* Hands the file at `path` to the daemon. `id` names it there. Returns the exit code. */
#define HW_FETCH_ID 24
int hw_fetch_hand(struct hw_cli *cli, const char *path, char id[HW_FETCH_ID]);

#endif
