/* command.c: writing a command's events and saying what they did (floor 3,
 * noun: command). */
#include "daemon/command.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/history.h"
#include "daemon/verb_internal.h"
#include "daemon/view.h"

/* An event holds HW_EVENT_MAX bytes and HW_OPS_MAX operations; what is wider
 * goes into several events of one change. The margin is for the record, author
 * and names seen. */
enum { EVENT_ROOM = HW_EVENT_MAX - 3072, OP_OVERHEAD = 16, NAME_BYTES = 24 };

void hw_command_init(struct hw_command *command, struct hw_tx *tx, const struct hw_request *request)
{
    *command = (struct hw_command){.tx = tx, .request = request, .arena = hw_tx_arena(tx)};
    hw_out_init(&command->records);
    hw_out_init(&command->left);
}

void hw_command_done(struct hw_command *command)
{
    hw_out_done(&command->records);
    hw_out_done(&command->left);
}

enum hw_status hw_command_new(struct hw_command *command, uint16_t kind, const char *group, struct hw_record **record,
                              struct hw_err *err)
{
    struct hw_id id = hw_tx_new_id(command->tx);
    return hw_tx_record(command->tx, kind, &id, group, record, err);
}

static bool arrived(void *self, const struct hw_name *name)
{
    (void)self;
    (void)name;
    return true; /* it names what is shown here */
}

/* What the row would be after the event: a dry run changes a copy. */
static enum hw_status preview(struct hw_command *command, struct hw_draft *draft, const struct hw_event *event,
                              struct hw_err *err)
{
    HW_CLEANUP(hw_out_done) struct hw_out meta = {0};
    struct hw_record *copy = hw_arena_alloc(command->arena, sizeof *copy);
    struct hw_arrivals arrivals = {arrived, NULL};
    struct hw_event made = *event;
    *copy = *draft->record;
    if (copy->row.made.seq) {
        hw_row_encode(&draft->record->row, &meta);
        hw_row_init(&copy->row, draft->record->row.kind, &draft->record->row.id);
        enum hw_status status =
            hw_row_decode(&copy->row, command->arena, hw_arena_slice(command->arena, hw_out_slice(&meta)), err);
        if (status != HW_OK)
            return status;
    }
    /* After everything that is held. */
    made.seq = UINT64_MAX;
    made.stamp = UINT64_MAX;
    hw_row_apply(&copy->row, command->arena, &made, &hw_tx_self(command->tx)->inc, &arrivals);
    draft->record = copy;
    return HW_OK;
}

static enum hw_status write_ops(struct hw_command *command, struct hw_draft *draft, const struct hw_op *ops, size_t n,
                                struct hw_err *err)
{
    struct hw_event event = {.kind = draft->kind->id,
                             .record = draft->record->row.id,
                             .author = hw_arena_slice(command->arena, hw_slice_text(command->request->author)),
                             .ops = ops,
                             .ops_n = n};
    command->events++;
    if (command->dry_run)
        return preview(command, draft, &event, err);
    if (!command->change)
        command->change = hw_tx_next_change(command->tx);
    event.change = command->change;
    return hw_tx_write(command->tx, draft->record->group, &event, err);
}

static size_t size_of(const struct hw_op *op)
{
    return op->value.n + OP_OVERHEAD + NAME_BYTES * op->seen_n;
}

/* The operations in the order of writing, to be freed by the caller. The gate judges each event by itself: when there are several, where a new record
 * belongs must stand in the first, and what is given away is given away last. */
static struct hw_op *ordered(const struct hw_draft *draft)
{
    struct hw_op *ops = hw_alloc(draft->n * sizeof *ops);
    bool fresh = draft->record->row.made.seq == 0;
    size_t n = 0, size = 0;
    for (size_t i = 0; i < draft->n; i++) {
        ops[i] = draft->ops[i].op;
        size += size_of(&ops[i]);
    }
    if (size <= EVENT_ROOM && draft->n <= HW_OPS_MAX)
        return ops; /* one event */
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < draft->n; i++)
            if (hw_policy_places(draft->kind, &draft->ops[i].op) == (fresh == (pass == 0)))
                ops[n++] = draft->ops[i].op;
    return ops;
}

/* Cuts the operations into as many events as they need. */
static enum hw_status write_draft(struct hw_command *command, struct hw_draft *draft, struct hw_err *err)
{
    struct hw_op *ops = ordered(draft); /* rows borrow its values, not the operations */
    size_t first = 0, size = 0;
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < draft->n && status == HW_OK; i++) {
        size_t more = size_of(&ops[i]);
        if (i > first && (size + more > EVENT_ROOM || i - first == HW_OPS_MAX)) {
            status = write_ops(command, draft, ops + first, i - first, err);
            first = i;
            size = 0;
        }
        size += more;
    }
    if (status == HW_OK && draft->n > first)
        status = write_ops(command, draft, ops + first, draft->n - first, err);
    free(ops);
    return status;
}

/* A field that the draft touches, with what it showed before. */
struct touched {
    const struct hw_field *field;
    const char *before;
};

/* What the field showed; of a conflict, every value. */
static const char *print_before(const struct hw_draft *draft, const struct hw_field *field)
{
    const struct hw_cell *cell = hw_row_cell(&draft->record->row, field->id);
    const char *all = "";
    if (!hw_cell_conflict(cell, field))
        return hw_row_print(&draft->record->row, field, draft->arena);
    for (size_t i = 0; i < cell->heads_n; i++)
        all = hw_arena_printf(draft->arena, "%s%s%s", all, *all ? " | " : "",
                              hw_value_print(field, cell->heads[i].value, draft->arena));
    return all;
}

static size_t touch(const struct hw_draft *draft, struct touched *touched)
{
    size_t n = 0;
    for (size_t i = 0; i < draft->n; i++) {
        const struct hw_field *field = hw_field_by_id(draft->kind, draft->ops[i].op.field);
        bool known = !field || field->id == HW_FIELD_SOURCE;
        for (size_t k = 0; k < n && !known; k++)
            known = touched[k].field == field;
        if (!known)
            touched[n++] = (struct touched){field, print_before(draft, field)};
    }
    return n;
}

static void put_record(struct hw_command *command, const struct hw_draft *draft, const struct touched *touched,
                       size_t n, bool fresh, bool comment)
{
    struct hw_out *out = &command->records;
    struct hw_view view = hw_view_of(command->tx, command->arena, draft->record);
    char id[HW_ID_TEXT + 1];
    hw_tx_short(command->tx, &draft->record->row.id, id);
    hw_put_map_open(out);
    hw_put_key_text(out, "id", hw_view_id(&view));
    hw_put_key_text(out, "short", id);
    hw_put_key_text(out, "kind", draft->kind->name);
    hw_put_key_words(out, "title", hw_view_title(&view));
    hw_put_key_text(out, "group", draft->record->group);
    hw_put_key_bool(out, "new", fresh);
    hw_put_key_bool(out, "comment", comment);
    hw_put_text(out, "changes");
    hw_put_array_open(out);
    for (size_t i = 0; i < n; i++) {
        hw_put_map(out, 3);
        hw_put_key_text(out, "field", touched[i].field->name);
        hw_put_key_words(out, "before", touched[i].before);
        hw_put_key_words(out, "after", hw_row_print(&draft->record->row, touched[i].field, command->arena));
    }
    hw_put_close(out);
    hw_put_close(out);
    command->records_n++;
}

enum hw_status hw_command_write(struct hw_command *command, struct hw_draft *draft, struct hw_slice comment,
                                struct hw_err *err)
{
    if (draft->n == 0 && comment.n == 0)
        return HW_OK;
    bool fresh = draft->record->row.made.seq == 0;
    struct touched *touched = hw_arena_zero(command->arena, command->quiet ? 0 : draft->n, sizeof *touched);
    size_t n = command->quiet ? 0 : touch(draft, touched);
    enum hw_status status = draft->n ? hw_rights_check(draft, err) : HW_OK;
    if (status == HW_OK)
        status = write_draft(command, draft, err);
    if (status == HW_OK && comment.n)
        status = hw_command_comment(command, draft->record, NULL, comment, err);
    if (status == HW_OK && !command->quiet)
        put_record(command, draft, touched, n, fresh, comment.n > 0);
    return status;
}

enum hw_status hw_command_comment(struct hw_command *command, const struct hw_record *on, const struct hw_id *id,
                                  struct hw_slice text, struct hw_err *err)
{
    HW_CLEANUP(hw_out_done) struct hw_out ref = {0};
    struct hw_record *record;
    struct hw_draft draft;
    struct hw_slice value;
    enum hw_status status = id ? hw_tx_record(command->tx, HW_KIND_COMMENT, id, on->group, &record, err)
                               : hw_command_new(command, HW_KIND_COMMENT, on->group, &record, err);
    if (status != HW_OK)
        return status;
    hw_draft_init(&draft, command->tx, command->arena, record);
    hw_put_bytes(&ref, on->row.id.b, sizeof on->row.id.b);
    const struct hw_field *words = hw_field_named(draft.kind, "text");
    status = hw_draft_value(&draft, words, text, &value, err);
    if (status == HW_OK)
        status = hw_draft_set(&draft, hw_field_named(draft.kind, "on"),
                              hw_arena_slice(command->arena, hw_out_slice(&ref)), err);
    if (status != HW_OK)
        return status;
    hw_draft_comment(&draft, words, value);
    status = hw_rights_check(&draft, err);
    return status != HW_OK ? status : write_draft(command, &draft, err);
}

const char *hw_command_change(const struct hw_command *command)
{
    if (!command->change)
        return NULL;
    return hw_history_change_name(command->tx, command->arena, &hw_tx_self(command->tx)->inc, command->change);
}

void hw_command_answer(struct hw_command *command, struct hw_out *out)
{
    const struct hw_link_view *link = command->request->link;
    bool gate = hw_tx_self(command->tx)->gate;
    bool connected = link && link->state && strcmp(link->state, "connected") == 0;
    hw_put_map_open(out);
    hw_put_key_text(out, "change", hw_command_change(command));
    hw_put_key_bool(out, "saved", command->change != 0);
    hw_put_key_bool(out, "dry_run", command->dry_run);
    /* Headquarters seals and admits its own drafts when the job ends: nothing waits. */
    hw_put_key_int(out, "pending", gate ? 0 : (int64_t)hw_tx_pending(command->tx));
    hw_put_key_bool(out, "gate", gate);
    hw_put_key_bool(out, "connected", connected);
    hw_put_key_text(out, "upstream", link ? link->address : NULL);
    hw_put_key_time(out, "offline_since", link && link->address && !connected ? link->since_ms : 0);
    hw_put_text(out, "records");
    hw_put_array(out, command->records_n);
    hw_put_raw(out, command->records.p, command->records.n);
    if (command->left_n) {
        hw_put_text(out, "left");
        hw_put_array(out, command->left_n);
        hw_put_raw(out, command->left.p, command->left.n);
    }
    hw_put_key_text(out, "note", command->note);
    hw_put_close(out);
}
