/* change_resolve.c: the verb resolve: one write that names every head of a
 * field in conflict (floor 3, noun: change). */
#include <string.h>

#include "daemon/command.h"
#include "daemon/lookup.h"
#include "daemon/store_sync.h"
#include "daemon/verb_internal.h"
#include "daemon/view.h"

static bool is_mine(struct hw_tx *tx, const struct hw_head *head)
{
    unsigned life;
    return strcmp(hw_tx_office_of(tx, &head->name.inc, &life), hw_tx_self(tx)->office) == 0;
}

static enum hw_status list_heads(struct hw_tx *tx, const struct hw_field *field, const struct hw_cell *cell,
                                 const char *what, struct hw_err *err)
{
    struct hw_arena *arena = hw_tx_arena(tx);
    const char *list = "";
    unsigned life;
    for (size_t i = 0; i < cell->heads_n; i++)
        list = hw_arena_printf(arena, "%s\n  %zu  %s (%s)", list, i + 1,
                               hw_view_cut(arena, hw_value_print(field, cell->heads[i].value, arena), 100),
                               hw_tx_office_of(tx, &cell->heads[i].name.inc, &life));
    return hw_fail(err, HW_DECISION, "%s; take one with --take N:%s", what, list);
}

/* The one head (or several of one value) that --mine or --theirs means. */
static enum hw_status choose(struct hw_tx *tx, const struct hw_field *field, const struct hw_cell *cell, bool mine,
                             struct hw_slice *value, struct hw_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < cell->heads_n; i++) {
        if (is_mine(tx, &cell->heads[i]) != mine || (n && hw_value_same(field, *value, cell->heads[i].value)))
            continue;
        *value = cell->heads[i].value;
        n++;
    }
    if (n == 1)
        return HW_OK;
    return list_heads(tx, field, cell, n ? "more than one value fits" : mine ? "none of them is of this office"
                                                                              : "all of them are of this office",
                      err);
}

static enum hw_status pick(struct hw_draft *draft, const struct hw_request *request, const struct hw_field *field,
                           struct hw_slice *value, struct hw_err *err)
{
    const struct hw_cell *cell = hw_row_cell(&draft->record->row, field->id);
    int64_t take = hw_arg_int(request, "take", 0);
    bool mine = hw_arg_bool(request, "mine"), theirs = hw_arg_bool(request, "theirs");
    if (!hw_cell_conflict(cell, field))
        return hw_fail(err, HW_NOT_FOUND, "%s is not in conflict; see: headway conflicts", field->name);
    if (mine != theirs)
        return choose(draft->tx, field, cell, mine, value, err);
    if (take >= 1 && (uint64_t)take <= cell->heads_n) {
        *value = cell->heads[take - 1].value;
        return HW_OK;
    }
    if (take)
        return list_heads(draft->tx, field, cell, "there is no such number", err);
    if (hw_arg_raw(request, "value").n)
        return hw_draft_value(draft, field, hw_arg_text(request, "value"), value, err);
    return list_heads(draft->tx, field, cell, "say which value: --mine, --theirs, --take N or the value itself", err);
}

enum hw_status hw_verb_resolve(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                               struct hw_err *err)
{
    struct hw_command command;
    struct hw_record *record;
    struct hw_draft draft;
    const struct hw_field *field;
    struct hw_slice value;
    hw_command_init(&command, tx, request);
    command.dry_run = hw_arg_bool(request, "dry_run");
    enum hw_status status = hw_lookup_any(tx, hw_arg_text(request, "id"), &record, err);
    if (status == HW_OK) {
        hw_draft_init(&draft, tx, command.arena, record);
        draft.settle = true;
        status = hw_assign_field(draft.kind, hw_arg_text(request, "field"), &field, err);
    }
    if (status == HW_OK)
        status = pick(&draft, request, field, &value, err);
    if (status == HW_OK)
        status = hw_draft_set(&draft, field, value, err);
    if (status == HW_OK)
        status = hw_command_write(&command, &draft, hw_arg_text(request, "comment"), err);
    if (status == HW_OK && record->row.kind == HW_KIND_INCARNATION && !command.dry_run && hw_tx_self(tx)->gate)
        status = hw_tx_lives_renumber(tx, err);
    if (status == HW_OK)
        hw_command_answer(&command, &answer->end);
    hw_command_done(&command);
    return status;
}
