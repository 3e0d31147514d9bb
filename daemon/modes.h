/* modes.h: what headwayd does beside running: make a home, enrol it.  Floor 3. */
#ifndef DAEMON_MODES_H
#define DAEMON_MODES_H

#include "daemon/node.h"

/* `headwayd --home DIR --init --name NAME [--listen ADDRESS]`: with an address it is headquarters' hub. */
HW_MUST_USE enum hw_status hw_init(const char *path, const char *name, const char *listen, struct hw_err *err);
/* `headwayd --words FILE`: the four check words and the office, on stdout. */
HW_MUST_USE enum hw_status hw_words(const char *file, struct hw_err *err);
/* `headwayd --home DIR --enrol FILE`: makes the home where there is none, and joins. */
HW_MUST_USE enum hw_status hw_enrol(const char *path, const char *file, struct hw_err *err);
/* `headwayd --home DIR --restore FILE [--passphrase-file FILE]`: the database of a backup in place of the home's, or a whole
 * home of a backup with keys. */
HW_MUST_USE enum hw_status hw_restore(const char *path, const char *file, const char *passphrase_file,
                                      struct hw_err *err);

#endif
