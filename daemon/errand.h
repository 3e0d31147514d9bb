/* errand.h: requests of local clients that are no store job, because they take
 * long or read files: verify, backup.  Floor 3.  They run one at a time on libuv's threads, on handles of their own, while
 * store and network go on. */
#ifndef DAEMON_ERRAND_H
#define DAEMON_ERRAND_H

#include <stdatomic.h>

#include "daemon/node.h"

/* What an errand works on. Nobody else does meanwhile. */
struct hw_errand_place {
    struct hw_home *home;
    struct hw_identity identity; /* of the node when the errand began */
    const atomic_bool *stop;     /* the daemon is stopping: end early */
    struct hw_outgoing *outgoing; /* the file being fetched; NULL: none */
    uint64_t incoming;           /* incoming.c: the id of the file being handed over; 0: none */
};

struct hw_errand {
    const char *name; /* the request's verb */
    enum hw_status (*run)(struct hw_errand_place *place, const struct hw_request *request, struct hw_answer *answer,
                          struct hw_err *err);
};
const struct hw_errand *hw_errand_find(struct hw_slice name); /* NULL: not one */

/* The errands of one node: those that wait, and the one under way. */
struct hw_errands *hw_errands_new(struct hw_node *node, struct hw_home *home);
/* On the loop's thread; answers when it is done. `call->errand` says which. */
void hw_errands_run(struct hw_errands *errands, struct hw_call *call);
/* The one under way is told to end early; it is over when the loop has been freed. */
void hw_errands_stop(struct hw_errands *errands);
void hw_errands_free(struct hw_errands *errands); /* after the loop; NULL is fine */

/* verify.c, backup.c, outgoing.c, bundle.c, incoming.c, against.c */
enum hw_status hw_errand_verify(struct hw_errand_place *place, const struct hw_request *request,
                                struct hw_answer *answer, struct hw_err *err);
enum hw_status hw_errand_backup_begin(struct hw_errand_place *place, const struct hw_request *request,
                                      struct hw_answer *answer, struct hw_err *err);
enum hw_status hw_errand_backup_read(struct hw_errand_place *place, const struct hw_request *request,
                                     struct hw_answer *answer, struct hw_err *err);
enum hw_status hw_errand_bundle_begin(struct hw_errand_place *place, const struct hw_request *request,
                                      struct hw_answer *answer, struct hw_err *err);
enum hw_status hw_errand_apply_put(struct hw_errand_place *place, const struct hw_request *request,
                                   struct hw_answer *answer, struct hw_err *err);
enum hw_status hw_errand_apply_check(struct hw_errand_place *place, const struct hw_request *request,
                                     struct hw_answer *answer, struct hw_err *err);
enum hw_status hw_errand_apply_end(struct hw_errand_place *place, const struct hw_request *request,
                                   struct hw_answer *answer, struct hw_err *err);
enum hw_status hw_errand_verify_against(struct hw_errand_place *place, const struct hw_request *request,
                                        struct hw_answer *answer, struct hw_err *err);
/* Removes what a backup that was cut short left in the home. */
void hw_backup_sweep(const struct hw_home *home);

#endif
