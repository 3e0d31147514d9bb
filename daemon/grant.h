/* grant.h: what an office may do in a group, as a person writes it: G[:ROLE[:COUNTRIES]].
 * Floor 3, noun: grant.  Grants are records of the directory; only headquarters writes them. */
#ifndef DAEMON_GRANT_H
#define DAEMON_GRANT_H

#include "daemon/command.h"

/* "G:ROLE:COUNTRIES" taken apart; arena texts. */
struct hw_grant_words {
    const char *group;
    const char *role, *countries; /* "" where nothing was said */
};
/* Takes the words apart and sees that the group exists. Errors: NOT_FOUND with the nearest code. */
HW_MUST_USE enum hw_status hw_grant_read(struct hw_tx *tx, struct hw_slice text, struct hw_grant_words *words,
                                         struct hw_err *err);
/* Writes the grant as said: exactly these countries; a grant that had ended counts again. */
HW_MUST_USE enum hw_status hw_grant_write(struct hw_command *command, const char *office,
                                          const struct hw_grant_words *words, struct hw_err *err);

#endif
