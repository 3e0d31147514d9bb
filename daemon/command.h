/* command.h: one writing command: all its events share one change, and its
 * answer says before and after.  Floor 3. */
#ifndef DAEMON_COMMAND_H
#define DAEMON_COMMAND_H

#include "daemon/assign.h"
#include "daemon/verb.h"

struct hw_command {
    struct hw_tx *tx;
    const struct hw_request *request;
    struct hw_arena *arena; /* the job's */
    bool dry_run;
    bool quiet;      /* no record documents: an import counts instead */
    uint64_t change; /* 0 until the first event is written */
    size_t events;   /* written, or to be written on a dry run */
    struct hw_out records; /* documents, one after the other */
    size_t records_n;
    struct hw_out left; /* of an undo */
    size_t left_n;
    const char *note;
};
void hw_command_init(struct hw_command *command, struct hw_tx *tx, const struct hw_request *request);
void hw_command_done(struct hw_command *command);

/* A new record of a kind with a random id, not yet written. */
HW_MUST_USE enum hw_status hw_command_new(struct hw_command *command, uint16_t kind, const char *group,
                                          struct hw_record **record, struct hw_err *err);
/* Writes the draft's operations, and the remark on the record when `comment` is not empty; nothing at all when
 * there is nothing to say. Errors: DENIED, LIMIT. */
HW_MUST_USE enum hw_status hw_command_write(struct hw_command *command, struct hw_draft *draft,
                                            struct hw_slice comment, struct hw_err *err);
/* A comment alone, with the id given or a random one (NULL). Not shown in the answer. */
HW_MUST_USE enum hw_status hw_command_comment(struct hw_command *command, const struct hw_record *on,
                                              const struct hw_id *id, struct hw_slice text, struct hw_err *err);
/* "KAZ.1:17" of this command; NULL when nothing was written. Arena text. */
const char *hw_command_change(const struct hw_command *command);
/* The change document. */
void hw_command_answer(struct hw_command *command, struct hw_out *out);

/* Refuses what the gate would surely refuse, before it is saved: a reader's writing, records of other countries. `draft` is
 * what is to be written. */
HW_MUST_USE enum hw_status hw_rights_check(struct hw_draft *draft, struct hw_err *err);

#endif
