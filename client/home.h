/* home.h: which node's directory a call is about.  Floor 2, noun: home. */
#ifndef CLIENT_HOME_H
#define CLIENT_HOME_H

#include <stddef.h>

#include "headway/status.h"

#define HW_HOME_PATH 4096 /* PATH_MAX of Linux */

/* The home to talk to: `wanted` (--home or HEADWAY_HOME) when given, else the only
 * home under /var/lib/headway/ or the XDG data directory. Errors: NOT_FOUND with how to
 * make one, AMBIGUOUS with the list. */
HW_MUST_USE enum hw_status hw_home_find(const char *wanted, char path[HW_HOME_PATH], struct hw_err *err);

/* Where a new node `name` goes when nobody said: /var/lib/headway/NAME for
 * root, else headway/NAME in the XDG data directory, which is made. The code is
 * written in lower or upper case as given. */
HW_MUST_USE enum hw_status hw_home_new(const char *wanted, const char *name, char path[HW_HOME_PATH],
                                       struct hw_err *err);

#endif
