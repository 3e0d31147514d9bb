/* view.h: a record as documents show it: one value, a list row, everything,
 * an export line.  Floor 3. */
#ifndef DAEMON_VIEW_H
#define DAEMON_VIEW_H

#include "daemon/store.h"
#include "headway/value.h"

/* A record to look at. Borrows all it points to; `arena` takes printed texts. */
struct hw_view {
    struct hw_tx *tx;
    struct hw_arena *arena;
    const struct hw_kind *kind;
    const struct hw_row *row;
    const char *group;
    struct hw_scan *scan; /* that stands on its row; NULL: none does */
};

struct hw_view hw_view_of(struct hw_tx *tx, struct hw_arena *arena, const struct hw_record *record);
/* The row that the scan stands on, decoded into `arena`; `row` is the caller's. */
HW_MUST_USE enum hw_status hw_view_scan(struct hw_tx *tx, struct hw_arena *arena, struct hw_scan *scan, uint16_t kind,
                                        struct hw_row *row, struct hw_view *view, struct hw_err *err);

/* One field by name; a kind without such a field has no value. */
const struct hw_field *hw_view_field(const struct hw_view *view, const char *name); /* NULL: none */
bool hw_view_value(const struct hw_view *view, const char *name, struct hw_value *value); /* false: null or none */
const char *hw_view_text(const struct hw_view *view, const char *name);  /* printed; "" for none */
uint16_t hw_view_word(const struct hw_view *view, const char *name);     /* ENUM's value; 0 for none */
bool hw_view_ref(const struct hw_view *view, const char *name, struct hw_id *id);
/* Elements of a set as printed, sorted by their bytes; arena array. A plain field gives one element or none. */
const char **hw_view_elements(const struct hw_view *view, const char *name, size_t *n);
/* A whole cell as a person reads it: sets joined with ", ". */
const char *hw_row_print(const struct hw_row *row, const struct hw_field *field, struct hw_arena *arena);

bool hw_view_archived(const struct hw_view *view);
const char *hw_view_title(const struct hw_view *view); /* whatever names a record of its kind */
const char *hw_view_id(const struct hw_view *view);
/* What people call the record that a reference names: its code, else its title, else its id. */
const char *hw_view_name_of(struct hw_tx *tx, struct hw_arena *arena, const char *group, uint16_t kind, const struct hw_id *id);
int hw_view_conflicts(const struct hw_view *view); /* fields in conflict, `source` not counted */
bool hw_status_finished(uint16_t status); /* completed, no longer applicable, cancelled */
bool hw_view_finished(const struct hw_view *view);
/* Latest day of the deadline is over and the item is not finished. */
bool hw_view_overdue(const struct hw_view *view, int32_t today);
/* Code (else title, else id) of the plan that an item belongs to; "" for none. */
const char *hw_view_plan(const struct hw_view *view);
int32_t hw_view_today(const struct hw_tx *tx); /* UTC */

/* {"raw","edtf","earliest","latest"} or null. */
void hw_put_when(struct hw_out *out, const struct hw_value *value);
/* The value of a field as JSON has it: sets are arrays, times objects, references ids. */
void hw_view_put_field(const struct hw_view *view, const struct hw_field *field, struct hw_out *out);
/* A row of `list --json`. */
void hw_view_put_list(const struct hw_view *view, struct hw_out *out);
/* `show --json` without its closing: the caller adds comments and children and closes the map. */
void hw_view_open_show(const struct hw_view *view, struct hw_out *out);
/* A line of `export --format jsonl`. `touched` adds who made and changed the record, for other formats. */
void hw_view_put_export(const struct hw_view *view, bool touched, struct hw_out *out);

/* The text, or as many of its whole characters as `max` bytes hold and an ellipsis. */
const char *hw_view_cut(struct hw_arena *arena, const char *text, size_t max);

#endif
