/* verb_internal.h: what the files of the verbs share.  Floor 3, private to
 * verb.c and the files that hold verbs. */
#ifndef DAEMON_VERB_INTERNAL_H
#define DAEMON_VERB_INTERNAL_H

#include "daemon/verb.h"

typedef enum hw_status hw_verb_run(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                   struct hw_err *err);

/* change*.c */
hw_verb_run hw_verb_add, hw_verb_set, hw_verb_comment, hw_verb_archive, hw_verb_undo, hw_verb_resolve, hw_verb_retry;
hw_verb_run hw_verb_group_add, hw_verb_plan_add, hw_verb_import, hw_verb_import_map;
/* query*.c */
hw_verb_run hw_verb_list, hw_verb_show, hw_verb_export, hw_verb_conflicts, hw_verb_todo, hw_verb_refused, hw_verb_log, hw_verb_history;
hw_verb_run hw_verb_group_list, hw_verb_group_show, hw_verb_plan_list, hw_verb_plan_show;
hw_verb_run hw_verb_office_list, hw_verb_office_show;
hw_verb_run hw_verb_report, hw_verb_lint, hw_verb_status;
/* Elsewhere: enrolment and the node itself. */
hw_verb_run hw_verb_grant, hw_verb_office_revoke;
hw_verb_run hw_verb_key_rotate; /* by the node itself, whose home gets the keys: node_rotate.c */
hw_verb_run hw_verb_invite, hw_verb_ping, hw_verb_backup_mark, hw_verb_backup_end, hw_verb_recovery_end;
hw_verb_run hw_verb_bundle_seal, hw_verb_apply, hw_verb_redact;

/* Rows of `conflicts` and `refused` that `todo` needs too. */

void hw_put_key_text(struct hw_out *out, const char *key, const char *text); /* "" and NULL write null */
void hw_put_key_words(struct hw_out *out, const char *key, const char *text); /* "" stays "" */
void hw_put_key_int(struct hw_out *out, const char *key, int64_t value);
void hw_put_key_bool(struct hw_out *out, const char *key, bool value);
void hw_put_key_time(struct hw_out *out, const char *key, int64_t ms); /* 0 writes null */

#endif
