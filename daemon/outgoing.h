/* outgoing.h: a file that the daemon has made for a client, which fetches it
 * piece by piece: a backup, a bundle.  Floor 3.  One at a time: a second one takes the place of the first. */
#ifndef DAEMON_OUTGOING_H
#define DAEMON_OUTGOING_H

#include "daemon/errand.h"

struct hw_outgoing {
    uint64_t id;
    struct hw_out head; /* what stands before the rest */
    int fd;             /* the rest: a file without a name; -1: none */
    uint64_t size;      /* of it all */
};
/* The one of this place; the one before is gone. */
struct hw_outgoing *hw_outgoing_new(struct hw_errand_place *place);
void hw_outgoing_drop(struct hw_errand_place *place);
/* As clients name it; the request's arena. */
const char *hw_outgoing_id(const struct hw_request *request, const struct hw_outgoing *outgoing);

#endif
