/* store_copy.h: the database as a whole: copied while it is written, looked at
 * beside the store's thread, made whole before it changes places.  Floor 2. */
#ifndef DAEMON_STORE_COPY_H
#define DAEMON_STORE_COPY_H

#include <stdatomic.h>

#include "daemon/store_sync.h"

/* Each opens a handle of its own and may run on any thread, also while a store has the database open: readers of a WAL
 * hinder no writer. `stop` ends the work early with FAILED; NULL: never. */

/* Writes the database at `path` as of one moment into `copy`, an empty file that the caller has made with the mode it is to
 * have. Errors: NO_SPACE, IO, CORRUPT. */
HW_MUST_USE enum hw_status hw_store_copy(const char *path, const char *copy, const atomic_bool *stop,
                                         struct hw_err *err);
/* Runs a job that writes nothing inside one read transaction, on the database as of one moment. Its status. */
HW_MUST_USE enum hw_status hw_store_look(const char *path, const struct hw_identity *identity, struct hw_job *job,
                                         const atomic_bool *stop, struct hw_err *err);
/* Brings what is still in the log of a database that nobody has open into its main file, and ends the log. Errors: as
 * above; a damaged database cannot be settled. */
HW_MUST_USE enum hw_status hw_store_settle(const char *path, struct hw_err *err);
/* Whether a database that came from elsewhere can serve: its pages are whole, and where the directory knows the key of its
 * incarnation, it is `key`. Errors: CORRUPT, DENIED (another key). */
HW_MUST_USE enum hw_status hw_tx_sound(struct hw_tx *tx, const struct hw_inc *inc, const uint8_t key[HW_SIGN_PUBLIC],
                                       struct hw_err *err);

#endif
