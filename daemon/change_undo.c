/* change_undo.c: the verb undo (floor 3, noun: change).  It puts back what a
 * change wrote over, field by field, where that change's write is still what
 * is shown; what others changed since is left alone and listed. An undo is a
 * change like any other. */
#include <stdlib.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/history.h"
#include "daemon/verb_internal.h"
#include "daemon/view.h"

/* The caller's last change at this office. */
struct last {
    struct hw_inc inc;
    struct hw_slice author;
    bool found, admitted;
    int64_t received_ms;
    uint64_t change;
};

/* Newest first; but drafts come stream by stream, and entries of one
 * millisecond in any order, so the search goes on while it may still meet a later change. */
static bool meet(void *self, const struct hw_logged *event)
{
    struct last *last = self;
    if (last->found && event->admitted && (!last->admitted || event->received_ms < last->received_ms))
        return false;
    if (hw_inc_compare(&event->inc, &last->inc) != 0 || !hw_slice_equal(event->event.author, last->author))
        return true;
    if (!last->found || event->event.change > last->change)
        last->change = event->event.change;
    last->found = true;
    last->admitted = event->admitted;
    last->received_ms = event->received_ms;
    return true;
}

static enum hw_status which(struct hw_tx *tx, const struct hw_request *request, struct hw_inc *inc, uint64_t *change,
                            struct hw_err *err)
{
    struct hw_slice typed = hw_arg_text(request, "change");
    if (typed.n)
        return hw_history_change(tx, typed, inc, change, err);
    struct last last = {.inc = hw_tx_self(tx)->inc, .author = hw_slice_text(request->author)};
    if (last.author.n > HW_AUTHOR_MAX)
        last.author.n = HW_AUTHOR_MAX;
    enum hw_status status = hw_tx_log(tx, NULL, meet, &last, err);
    *inc = last.inc;
    *change = last.change;
    if (status == HW_OK && !last.found)
        status = hw_fail(err, HW_NOT_FOUND, "%s has changed nothing here yet", request->author);
    return status;
}

struct undo {
    struct hw_command command;
    const struct hw_logged *events; /* of the change */
    const struct hw_logged **by_record; /* those of one record together, in their order: an import has 100,000 rows */
    size_t n;
};

static int compare_events(const void *a, const void *b)
{
    const struct hw_logged *x = *(const struct hw_logged *const *)a, *y = *(const struct hw_logged *const *)b;
    int order = hw_id_compare(&x->event.record, &y->event.record);
    return order ? order : (x > y) - (x < y);
}

/* Where the record's events begin in `by_record`; `undo->n` when it has none. */
static size_t first_of(const struct undo *undo, const struct hw_id *id)
{
    size_t low = 0, high = undo->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (hw_id_compare(&undo->by_record[middle]->event.record, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < undo->n && hw_id_equal(&undo->by_record[low]->event.record, id) ? low : undo->n;
}

static void leave(struct undo *undo, const struct hw_draft *draft, const char *field, const char *reason)
{
    char id[HW_ID_TEXT + 1];
    struct hw_out *out = &undo->command.left;
    hw_id_print(&draft->record->row.id, id);
    hw_put_map(out, 3);
    hw_put_key_text(out, "id", id);
    hw_put_key_words(out, "field", field);
    hw_put_key_text(out, "reason", reason);
    undo->command.left_n++;
}

static const struct hw_head *own_head(const struct hw_cell *cell, const struct hw_name *name)
{
    for (size_t i = 0; cell && i < cell->heads_n; i++)
        if (hw_name_compare(&cell->heads[i].name, name) == 0)
            return &cell->heads[i];
    return NULL;
}

static bool same_event(const struct hw_logged *event, const struct hw_inc *inc, uint64_t seq)
{
    return event->event.seq == seq && hw_inc_compare(&event->inc, inc) == 0;
}

/* Who wrote what is shown now, for the reason given. */
static const char *changed_by(struct hw_tx *tx, const struct hw_draft *draft, const struct hw_head *shown)
{
    struct hw_logged event;
    unsigned life;
    if (!shown || hw_tx_event(tx, &shown->name.inc, draft->record->group, shown->name.seq, &event, NULL) != HW_OK)
        return "changed since";
    return hw_arena_printf(draft->arena, "changed since by %.*s at %s", (int)event.event.author.n,
                           (const char *)event.event.author.p, hw_tx_office_of(tx, &shown->name.inc, &life));
}

static struct hw_slice null_value(void)
{
    static const uint8_t null[] = {0xf6};
    return (struct hw_slice){null, 1};
}

/* The value of all heads but this one; false when they differ, or when it is none of them. */
static bool others_agree(const struct hw_cell *cell, const struct hw_field *field, const struct hw_name *own,
                         struct hw_slice *value)
{
    bool found = false;
    for (size_t i = 0; cell && own_head(cell, own) && i < cell->heads_n; i++) {
        if (hw_name_compare(&cell->heads[i].name, own) == 0)
            continue;
        if (found && !hw_value_same(field, *value, cell->heads[i].value))
            return false;
        *value = cell->heads[i].value;
        found = true;
    }
    return found;
}

static enum hw_status undo_set(struct undo *undo, struct hw_draft *draft, const struct hw_logged *event, size_t at,
                               const struct hw_field *field, struct hw_err *err)
{
    struct hw_tx *tx = undo->command.tx;
    const struct hw_op *op = &event->event.ops[at];
    struct hw_name name = {.inc = event->inc, .seq = event->event.seq, .op = (uint16_t)at};
    const struct hw_cell *cell = hw_row_cell(&draft->record->row, field->id);
    const struct hw_head *shown = hw_cell_shown(cell);
    struct hw_slice before;
    bool gone;
    if (field->id == HW_FIELD_SOURCE && (hw_cell_conflict(cell, field) || !own_head(cell, &name)))
        return HW_OK; /* a later import wrote it: nothing that a person misses */
    if (hw_cell_conflict(cell, field) && others_agree(cell, field, &name, &before)) {
        draft->settle = true; /* without this write there is no conflict: the other value stands */
        enum hw_status settled = hw_draft_set(draft, field, before, err);
        draft->settle = false;
        return settled;
    }
    if (hw_cell_conflict(cell, field)) {
        leave(undo, draft, field->name, "in conflict; see: headway conflicts");
        return HW_OK;
    }
    if (!own_head(cell, &name)) {
        leave(undo, draft, field->name, changed_by(tx, draft, shown));
        return HW_OK;
    }
    enum hw_status status = hw_history_before(tx, draft->record->group, &draft->record->row, op, &before, &gone, err);
    if (status != HW_OK)
        return status;
    if (gone) {
        leave(undo, draft, field->name, "the value before is not in the log here");
        return HW_OK;
    }
    return hw_draft_set(draft, field, before.n ? before : null_value(), err);
}

/* Puts back the elements that a removal took away. */
static enum hw_status undo_remove(struct undo *undo, struct hw_draft *draft, const struct hw_op *op,
                                  const struct hw_field *field, struct hw_err *err)
{
    struct hw_slice element;
    bool gone;
    enum hw_status status = hw_history_before(undo->command.tx, draft->record->group, &draft->record->row, op, &element, &gone, err);
    if (status == HW_OK && element.n && !gone)
        hw_draft_add(draft, field, element);
    return status;
}

static enum hw_status undo_event(struct undo *undo, struct hw_draft *draft, const struct hw_logged *event,
                                 struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < event->event.ops_n && status == HW_OK; i++) {
        const struct hw_op *op = &event->event.ops[i];
        const struct hw_field *field = hw_field_by_id(draft->kind, op->field);
        struct hw_name name = {.inc = event->inc, .seq = event->event.seq, .op = (uint16_t)i};
        if (!field)
            continue;
        if (op->code == HW_OP_SET && !field->set)
            status = undo_set(undo, draft, event, i, field, err);
        else if (op->code == HW_OP_REMOVE && field->set)
            status = undo_remove(undo, draft, op, field, err);
        else if (op->code == HW_OP_ADD && field->set &&
                 own_head(hw_row_cell(&draft->record->row, field->id), &name))
            hw_draft_cover(draft, field, op->value, &name);
    }
    return status;
}

/* Another author's event on the record, refused ones aside; NULL when there is none. */
static enum hw_status touched_by_others(struct undo *undo, const struct hw_id *id,
                                        const struct hw_logged **other, struct hw_err *err)
{
    struct hw_logged *events;
    size_t n;
    *other = NULL;
    enum hw_status status = hw_tx_history(undo->command.tx, id, &events, &n, err);
    for (size_t i = 0; i < n && status == HW_OK; i++)
        if (!events[i].refused &&
            !(hw_inc_compare(&events[i].inc, &undo->events[0].inc) == 0 &&
              hw_slice_equal(events[i].event.author, undo->events[0].event.author)))
            *other = &events[i];
    return status;
}

/* Whether the plan still holds an item when the change is undone: one that the change did not
 * touch, or that others worked on since. Such an item must not lose its plan. */
static enum hw_status holds_more(struct undo *undo, const struct hw_record *plan, bool *more, struct hw_err *err)
{
    char key[HW_ID_TEXT + 1];
    struct hw_scan *scan = NULL;
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_ITEM);
    *more = false;
    hw_id_print(&plan->row.id, key);
    enum hw_status status = hw_scan_open(undo->command.tx, HW_KIND_ITEM, HW_SCAN_REF,
                                         hw_field_find(kind, hw_slice_text("plan"))->id, key, &scan, err);
    while (status == HW_OK && !*more && hw_scan_next(scan)) {
        const struct hw_logged *other = NULL;
        struct hw_id id;
        if (hw_scan_archived(scan) || !hw_id_parse(hw_slice_text(hw_scan_id(scan)), &id))
            continue;
        bool ours = first_of(undo, &id) < undo->n;
        if (ours)
            status = touched_by_others(undo, &id, &other, err);
        *more = !ours || other;
    }
    hw_scan_close(scan);
    return status;
}

/* A record that the change made is put away, unless others worked on it since. */
static enum hw_status undo_made(struct undo *undo, struct hw_draft *draft, struct hw_err *err)
{
    const struct hw_logged *other;
    unsigned life;
    bool more = false;
    enum hw_status status = touched_by_others(undo, &draft->record->row.id, &other, err);
    if (status == HW_OK && !other && draft->kind->id == HW_KIND_PLAN)
        status = holds_more(undo, draft->record, &more, err);
    if (status != HW_OK)
        return status;
    if (more) {
        leave(undo, draft, "", "the plan still holds items");
        return HW_OK;
    }
    if (!other) { /* without `source`, importing the file again brings it back */
        draft->settle = true;
        status = hw_draft_set(draft, hw_field_by_id(draft->kind, HW_FIELD_SOURCE), null_value(), err);
        return status == HW_OK ? hw_assign_text(draft, "archived", hw_slice_text("yes"), err) : status;
    }
    leave(undo, draft, "",
          hw_arena_printf(draft->arena, "changed since by %.*s at %s", (int)other->event.author.n,
                          (const char *)other->event.author.p,
                          hw_tx_office_of(undo->command.tx, &other->inc, &life)));
    return HW_OK;
}

/* All events of the change on one record, together. */
static enum hw_status undo_record(struct undo *undo, size_t at, struct hw_err *err)
{
    const struct hw_logged *first = undo->by_record[at];
    struct hw_record *record;
    struct hw_draft draft;
    if (first->refused || !hw_kind_by_id(first->event.kind))
        return HW_OK;
    enum hw_status status =
        hw_tx_record(undo->command.tx, first->event.kind, &first->event.record, first->group, &record, err);
    if (status != HW_OK)
        return status;
    hw_draft_init(&draft, undo->command.tx, undo->command.arena, record);
    if (same_event(first, &record->row.made.inc, record->row.made.seq))
        status = undo_made(undo, &draft, err);
    else
        for (size_t i = at; i < undo->n && status == HW_OK; i++) {
            const struct hw_logged *event = undo->by_record[i];
            if (!hw_id_equal(&event->event.record, &first->event.record))
                break;
            if (!event->refused)
                status = undo_event(undo, &draft, event, err);
        }
    if (status == HW_OK)
        status = hw_command_write(&undo->command, &draft, (struct hw_slice){0}, err);
    return status;
}

enum hw_status hw_verb_undo(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                            struct hw_err *err)
{
    struct undo undo = {0};
    struct hw_logged *events;
    struct hw_inc inc;
    uint64_t change;
    enum hw_status status = which(tx, request, &inc, &change, err);
    if (status == HW_OK)
        status = hw_tx_change(tx, &inc, change, &events, &undo.n, err);
    if (status != HW_OK)
        return status;
    const char *name = hw_history_change_name(tx, hw_tx_arena(tx), &inc, change);
    if (undo.n == 0)
        return hw_fail(err, HW_NOT_FOUND, "no change %s is held here; see: headway log", name);
    undo.events = events;
    undo.by_record = hw_arena_alloc(hw_tx_arena(tx), undo.n * sizeof *undo.by_record);
    for (size_t i = 0; i < undo.n; i++)
        undo.by_record[i] = &events[i];
    qsort(undo.by_record, undo.n, sizeof *undo.by_record, compare_events);
    hw_command_init(&undo.command, tx, request);
    undo.command.dry_run = hw_arg_bool(request, "dry_run");
    for (size_t i = 0; i < undo.n && status == HW_OK; i++) {
        size_t first = first_of(&undo, &events[i].event.record);
        if (undo.by_record[first] == &events[i])
            status = undo_record(&undo, first, err);
    }
    if (status == HW_OK && undo.command.left_n)
        hw_fail(&answer->note, HW_DECISION, "%zu left alone: changed since %s", undo.command.left_n, name);
    else if (status == HW_OK && undo.command.events == 0)
        undo.command.note = hw_arena_printf(hw_tx_arena(tx), "Nothing of change %s is left to undo.", name);
    if (status == HW_OK)
        hw_command_answer(&undo.command, &answer->end);
    hw_command_done(&undo.command);
    return status;
}
