/* lookup.h: what a person typed where an ID, PLAN, G or CODE stands -> a record.
 * Floor 3.  Errors everywhere: NOT_FOUND and AMBIGUOUS with what to type next. */
#ifndef DAEMON_LOOKUP_H
#define DAEMON_LOOKUP_H

#include "daemon/store.h"

/* An id prefix, PLAN/NUMBER, or the code of a plan. */
HW_MUST_USE enum hw_status hw_lookup_any(struct hw_tx *tx, struct hw_slice typed, struct hw_record **record,
                                         struct hw_err *err);
/* A plan's code, title or id; `group` NULL for all groups. */
HW_MUST_USE enum hw_status hw_lookup_plan(struct hw_tx *tx, struct hw_slice typed, const char *group,
                                          struct hw_record **plan, struct hw_err *err);
/* An item of a plan by its number as printed ("1.2", "1.2)"). */
HW_MUST_USE enum hw_status hw_lookup_number(struct hw_tx *tx, const struct hw_record *plan, struct hw_slice number,
                                            struct hw_record **item, struct hw_err *err);
/* A group's code, in any case; the code as stored (arena). */
HW_MUST_USE enum hw_status hw_lookup_group(struct hw_tx *tx, struct hw_slice typed, const char **code,
                                           struct hw_err *err);
/* The group's record in the directory; `row.made.seq` is 0 when this node has none. */
HW_MUST_USE enum hw_status hw_lookup_group_record(struct hw_tx *tx, const char *code, struct hw_record **record,
                                                  struct hw_err *err);
/* The only group of this node when there is just one. USAGE: say which. */
HW_MUST_USE enum hw_status hw_lookup_only_group(struct hw_tx *tx, const char **code, struct hw_err *err);
/* An office's code, in any case. */
HW_MUST_USE enum hw_status hw_lookup_office(struct hw_tx *tx, struct hw_slice typed, struct hw_record **office,
                                            struct hw_err *err);
/* A value that names another record, for fields of type REF of a record in `group`. Items of `plan` (may be NULL) go by
 * their number alone. */
HW_MUST_USE enum hw_status hw_lookup_ref(struct hw_tx *tx, const char *group, const struct hw_record *plan,
                                         uint16_t ref_kind, struct hw_slice typed, struct hw_id *id,
                                         struct hw_err *err);

struct hw_id hw_group_id(const char *code);
/* `code_or_title` is folded first. */
struct hw_id hw_plan_id(struct hw_arena *arena, const char *group, struct hw_slice code_or_title);
/* "Health Tracker 2016" -> "health-tracker-2016"; letters of any script stay. Arena string. */
const char *hw_slug(struct hw_arena *arena, struct hw_slice title);

#endif
