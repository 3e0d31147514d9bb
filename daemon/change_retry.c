/* change_retry.c: the verb retry: what a refused event did, once more as a new
 * change (floor 3, noun: change).  The history is not touched: the refused event stays what it is. A field that somebody
 * changed since it was written is left alone, since its author has not seen that. */
#include <string.h>

#include "daemon/command.h"
#include "daemon/history.h"
#include "daemon/verb_internal.h"
#include "daemon/view.h"

struct retry {
    struct hw_command command;
    const char *name; /* of the event under way */
};

static void leave(struct retry *retry, const struct hw_draft *draft, const char *field, const char *reason)
{
    char id[HW_ID_TEXT + 1];
    struct hw_out *out = &retry->command.left;
    hw_id_print(&draft->record->row.id, id);
    hw_put_map(out, 4);
    hw_put_key_text(out, "event", retry->name);
    hw_put_key_text(out, "id", id);
    hw_put_key_words(out, "field", field);
    hw_put_key_text(out, "reason", reason);
    retry->command.left_n++;
}

static bool saw(const struct hw_op *op, const struct hw_name *name)
{
    for (size_t i = 0; i < op->seen_n; i++)
        if (hw_name_compare(&op->seen[i], name) == 0)
            return true;
    return false;
}

static enum hw_status again_set(struct retry *retry, struct hw_draft *draft, const struct hw_op *op,
                                const struct hw_field *field, struct hw_err *err)
{
    const struct hw_cell *cell = hw_row_cell(&draft->record->row, field->id);
    const char *id = hw_view_id(&(struct hw_view){.arena = draft->arena, .row = &draft->record->row});
    bool same = !hw_cell_conflict(cell, field) && cell && cell->heads_n > 0 &&
                hw_value_same(field, hw_row_value(&draft->record->row, field->id), op->value);
    for (size_t i = 0; cell && i < cell->heads_n && !same; i++)
        if (!saw(op, &cell->heads[i].name)) {
            leave(retry, draft, field->name,
                  hw_arena_printf(draft->arena, "changed since; if it still holds: headway set %s %s=...", id, field->name));
            return HW_OK;
        }
    draft->settle = true; /* all of what stands there was seen */
    return same ? HW_OK : hw_draft_set(draft, field, op->value, err);
}

/* The adds that it took away, as far as they still stand. What headquarters had to write again, since its files were put back, is
 * called otherwise now: what this took away of that, nobody can tell any more. */
static void again_remove(struct retry *retry, struct hw_draft *draft, const struct hw_op *op, const struct hw_field *field,
                         bool misnames)
{
    const struct hw_cell *cell = hw_row_cell(&draft->record->row, field->id);
    const char *id = hw_view_id(&(struct hw_view){.arena = draft->arena, .row = &draft->record->row});
    size_t seen = 0;
    for (size_t i = 0; cell && i < cell->heads_n; i++)
        if (saw(op, &cell->heads[i].name)) {
            hw_draft_cover(draft, field, cell->heads[i].value, &cell->heads[i].name);
            seen++;
        }
    if (misnames && cell && cell->heads_n > seen)
        leave(retry, draft, field->name,
              hw_arena_printf(draft->arena, "written again since; if something is still to go: headway set %s %s-=...", id,
                              field->name));
}

static enum hw_status again_ops(struct retry *retry, struct hw_draft *draft, const struct hw_logged *logged,
                                struct hw_err *err)
{
    const struct hw_event *event = &logged->event;
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < event->ops_n && status == HW_OK; i++) {
        const struct hw_op *op = &event->ops[i];
        const struct hw_field *field = hw_field_by_id(draft->kind, op->field);
        if (!field)
            leave(retry, draft, "", "a field of a newer version: it cannot be written here");
        else if (op->code == HW_OP_SET)
            status = again_set(retry, draft, op, field, err);
        else if (op->code == HW_OP_ADD)
            hw_draft_add(draft, field, op->value);
        else if (op->code == HW_OP_REMOVE)
            again_remove(retry, draft, op, field, hw_verdict_misnames(logged->verdict, logged->verdict_code));
        else if (op->code == HW_OP_COMMENT && !draft->record->row.made.seq)
            hw_draft_comment(draft, field, op->value);
    }
    return status;
}

/* What it was on must be there, or nobody would find it. */
static enum hw_status check_event(struct hw_tx *tx, const char *name, const struct hw_logged *event, struct hw_err *err)
{
    unsigned life;
    if (strcmp(hw_tx_office_of(tx, &event->inc, &life), hw_tx_self(tx)->office) != 0)
        return hw_fail(err, HW_DENIED, "%s was written at another office; it is tried again there", name);
    if (event->verdict != HW_VERDICT_REFUSED)
        return hw_fail(err, HW_USAGE, "%s was not refused; see: headway refused", name);
    if (event->event.redacted)
        return hw_fail(err, HW_NOT_FOUND, "what %s said was taken out of the log", name);
    if (strcmp(event->group, "directory") == 0 && !hw_tx_self(tx)->gate && hw_tx_self(tx)->enrolled)
        return hw_fail(err, HW_DENIED, "the directory is written at headquarters: ask there");
    if (!hw_kind_by_id(event->event.kind))
        return hw_fail(err, HW_VERSION, "%s writes a kind of record that this version does not know", name);
    return HW_OK;
}

static enum hw_status again(struct retry *retry, const struct hw_logged *event, struct hw_err *err)
{
    struct hw_tx *tx = retry->command.tx;
    struct hw_record *record;
    struct hw_draft draft;
    retry->name = hw_history_name(tx, retry->command.arena, &event->inc, event->group, event->event.seq);
    enum hw_status status = check_event(tx, retry->name, event, err);
    if (status == HW_OK)
        status = hw_tx_record(tx, event->event.kind, &event->event.record, event->group, &record, err);
    if (status != HW_OK)
        return status;
    hw_draft_init(&draft, tx, retry->command.arena, record);
    status = again_ops(retry, &draft, event, err);
    return status == HW_OK ? hw_command_write(&retry->command, &draft, (struct hw_slice){0}, err) : status;
}

/* All of them, in the order in which they were written; what is still not permitted is left. */
static enum hw_status again_all(struct retry *retry, struct hw_err *err)
{
    struct hw_logged *events;
    size_t n;
    enum hw_status status = hw_tx_refused(retry->command.tx, &events, &n, err);
    for (size_t i = n; i > 0 && status == HW_OK; i--) {
        struct hw_err why = {0};
        struct hw_record *record;
        status = again(retry, &events[i - 1], &why);
        if (status != HW_DENIED && status != HW_OK)
            return hw_fail(err, status, "%s", why.text);
        if (status == HW_DENIED) {
            status = hw_tx_record(retry->command.tx, events[i - 1].event.kind, &events[i - 1].event.record,
                                  events[i - 1].group, &record, err);
            struct hw_draft draft = {.record = record};
            if (status == HW_OK)
                leave(retry, &draft, "", why.text);
        }
    }
    return status;
}

enum hw_status hw_verb_retry(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                             struct hw_err *err)
{
    struct retry retry = {0};
    size_t n;
    struct hw_slice *names = hw_arg_list(request, "events", &n);
    bool all = hw_arg_bool(request, "all");
    if ((n == 0) == !all)
        return hw_fail(err, HW_USAGE, "say which event, as headway refused lists them, or --all");
    hw_command_init(&retry.command, tx, request);
    retry.command.dry_run = hw_arg_bool(request, "dry_run");
    enum hw_status status = all ? again_all(&retry, err) : HW_OK;
    for (size_t i = 0; i < n && status == HW_OK; i++) {
        struct hw_logged event;
        status = hw_history_event(tx, names[i], &event, err);
        if (status == HW_OK)
            status = again(&retry, &event, err);
    }
    if (status == HW_OK && retry.command.left_n)
        hw_fail(&answer->note, HW_DECISION, "%zu left alone", retry.command.left_n);
    else if (status == HW_OK && retry.command.events == 0)
        retry.command.note = "Nothing is left to try again: it stands there already.";
    if (status == HW_OK)
        hw_command_answer(&retry.command, &answer->end);
    hw_command_done(&retry.command);
    return status;
}
