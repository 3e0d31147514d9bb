/* home.h: a node's directory: the lock that keeps a second daemon out, key
 * files, paths.  Floor 2. */
#ifndef DAEMON_HOME_H
#define DAEMON_HOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "headway/status.h"

struct hw_home; /* path, lock */

/* Opens an existing home and takes its lock (flock on `lock`, kept until free). Errors:
 * NOT_FOUND no such home, with the command that makes one; FAILED another headwayd runs on it (with its pid);
 * DENIED wrong owner or group/other may read the keys (mode must have no bits of 077 on key files). */
HW_MUST_USE enum hw_status hw_home_open(const char *path, struct hw_home **home, struct hw_err *err);
/* Makes a new home, mode 0700, and locks it. Errors: FAILED when it exists and holds headway.conf or a database. */
HW_MUST_USE enum hw_status hw_home_make(const char *path, struct hw_home **home, struct hw_err *err);
void hw_home_free(struct hw_home *home); /* releases the lock */
const char *hw_home_path(const struct hw_home *home);
/* "HOME/file"; caller frees. */
char *hw_home_file(const struct hw_home *home, const char *file);
/* Secret of `n` bytes, stored as one line of base64url in `file`, mode 0600, written with temporary file, fsync,
 * rename, fsync of the directory. With systemd credentials ($CREDENTIALS_DIRECTORY/file) that one wins for reading.
 * Errors of read: NOT_FOUND, CORRUPT, DENIED (mode). */
HW_MUST_USE enum hw_status hw_home_secret_read(const struct hw_home *home, const char *file, uint8_t *to, size_t n,
                                               struct hw_err *err);
HW_MUST_USE enum hw_status hw_home_secret_write(const struct hw_home *home, const char *file, const uint8_t *from,
                                                size_t n, struct hw_err *err);
/* Whether systemd gives this secret, so that the file in the home does not count. */
bool hw_home_secret_given(const struct hw_home *home, const char *file);
void hw_home_secret_drop(const struct hw_home *home, const char *file); /* its content has another name now */
/* Whole small file (at most `max` bytes), NUL-terminated, caller frees; and its atomic writing with `mode`. */
HW_MUST_USE enum hw_status hw_file_read(const char *path, size_t max, char **text, size_t *n, struct hw_err *err);
HW_MUST_USE enum hw_status hw_file_write(const char *path, const void *bytes, size_t n, unsigned mode,
                                         struct hw_err *err);
/* Makes what was written to `from` lasting and gives it the name `to`, in one step: `to` is the old file or the new one,
 * whatever happens. Both in one directory. */
HW_MUST_USE enum hw_status hw_file_place(const char *from, const char *to, struct hw_err *err);
/* A second name for a file, lasting; it may have it already. Errors: FAILED when `to` is another file, NOT_FOUND, IO. */
HW_MUST_USE enum hw_status hw_file_keep(const char *from, const char *to, struct hw_err *err);

#endif
