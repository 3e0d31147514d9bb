/* store_edit.h: one event under construction: values as text, each SET naming
 * the heads it saw.  Floor 2. */
#ifndef DAEMON_STORE_EDIT_H
#define DAEMON_STORE_EDIT_H

#include "daemon/store.h"

struct hw_edit {
    struct hw_tx *tx;
    struct hw_record *record;
    struct hw_op ops[HW_OPS_MAX];
    size_t ops_n;
};

/* The record is made when it does not exist yet. */
HW_MUST_USE enum hw_status hw_edit_begin(struct hw_edit *edit, struct hw_tx *tx, uint16_t kind,
                                         const struct hw_id *id, const char *group, struct hw_err *err);
/* Sets a plain field, or adds one element to a set, from text as hw_value_parse reads it; nothing when it
 * shows that value already. */
HW_MUST_USE enum hw_status hw_edit_put(struct hw_edit *edit, const char *field, const char *text,
                                       struct hw_err *err);
HW_MUST_USE enum hw_status hw_edit_bytes(struct hw_edit *edit, const char *field, const uint8_t *p, size_t n,
                                         struct hw_err *err);
/* Takes the value of a plain field away; nothing when it shows none. */
HW_MUST_USE enum hw_status hw_edit_clear(struct hw_edit *edit, const char *field, struct hw_err *err);
/* Writes the event when it says anything. */
HW_MUST_USE enum hw_status hw_edit_write(struct hw_edit *edit, uint64_t change, const char *author,
                                         struct hw_err *err);

#endif
