/* directory.h: the offices as the directory and the link tell them, in one
 * list.  Floor 3. */
#ifndef DAEMON_DIRECTORY_H
#define DAEMON_DIRECTORY_H

#include "daemon/verb.h"
#include "daemon/view.h"

struct hw_office_grant {
    const char *group, *role;
    const char **countries;
    size_t countries_n;
};
struct hw_office {
    struct hw_id id;
    const char *code, *name, *kind, *state;
    const char **countries;
    size_t countries_n;
    int64_t cadence; /* days within which it is to be heard */
    int64_t last_heard_ms; /* 0: never */
    uint64_t behind;
    bool elsewhere; /* behind a relay: how far behind is not known here */
    bool connected;
    struct hw_office_grant *grants;
    size_t grants_n;
};
/* All offices that are not archived, by code. Memory: the job's arena. */
struct hw_directory {
    struct hw_office *offices;
    size_t n;
};
/* `link` says who is in session just now, and what each has confirmed; NULL: not known. */
HW_MUST_USE enum hw_status hw_directory_load(struct hw_tx *tx, const struct hw_link_view *link,
                                             struct hw_directory *directory, struct hw_err *err);
const struct hw_office *hw_directory_office(const struct hw_directory *directory, const char *code); /* NULL: none */
/* Whole days since the office was last heard, when they are more than its cadence; else 0. Never heard: INT64_MAX. Revoked and invited
 * offices are not waited for. */
int64_t hw_office_silent(const struct hw_office *office, int64_t now_ms);

#endif
