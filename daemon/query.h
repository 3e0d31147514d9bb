/* query.h: what the reading verbs share.  Floor 3. */
#ifndef DAEMON_QUERY_H
#define DAEMON_QUERY_H

#include "daemon/history.h"
#include "daemon/verb.h"
#include "daemon/view.h"

/* The `show` document of a record as the end document. */
HW_MUST_USE enum hw_status hw_query_show(struct hw_tx *tx, const struct hw_record *record, bool log,
                                         struct hw_answer *answer, struct hw_err *err);
/* The newest `limit` rows of `log` about one record and the remarks on it, one after the other. */
HW_MUST_USE enum hw_status hw_query_record_log(struct hw_tx *tx, const struct hw_record *record, size_t limit,
                                               struct hw_out *out, struct hw_err *err);
/* Events of this office that were refused and not written again since, newest first. */
typedef enum hw_status hw_each_refused(void *self, const struct hw_logged *event, struct hw_err *err);
HW_MUST_USE enum hw_status hw_query_refused(struct hw_tx *tx, hw_each_refused *each, void *self, struct hw_err *err);

#endif
