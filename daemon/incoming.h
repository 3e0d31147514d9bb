/* incoming.h: a file that a client hands over piece by piece: a bundle to apply
 * or to compare.  Floor 3.  One at a time: a second one takes the place of the first. The client may be another user, whose files the daemon
 * cannot read. */
#ifndef DAEMON_INCOMING_H
#define DAEMON_INCOMING_H

#include "daemon/bundle_file.h"
#include "daemon/errand.h"

/* Removes what was left in the home by a client or daemon that went away. */
void hw_incoming_sweep(const struct hw_home *home);

/* The bundle that the request's `id` names, opened, checked and unsealed. The file has no name any more: it ends with `fd`,
 * which is the caller's to close, after hw_bundle_reader_done, also after a failure (-1: none). */
HW_MUST_USE enum hw_status hw_incoming_open(struct hw_errand_place *place, const struct hw_request *request, int *fd,
                                            struct hw_bundle_reader *reader, struct hw_err *err);

/* What apply.check leaves for the verb `apply`: frames of checked messages, behind the bundle's head. Path in the arena. */
char *hw_incoming_ready(const struct hw_request *request, const char *home);

#endif
