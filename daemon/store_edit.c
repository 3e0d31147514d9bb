/* store_edit.c: see store_edit.h (floor 2). */
#include "daemon/store_edit.h"

#include <string.h>

#include "headway/value.h"

enum hw_status hw_edit_begin(struct hw_edit *edit, struct hw_tx *tx, uint16_t kind, const struct hw_id *id,
                             const char *group, struct hw_err *err)
{
    edit->tx = tx;
    edit->ops_n = 0;
    return hw_tx_record(tx, kind, id, group, &edit->record, err);
}

static bool shown_already(const struct hw_edit *edit, const struct hw_field *field, struct hw_slice value)
{
    const struct hw_cell *cell = hw_row_cell(&edit->record->row, field->id);
    if (!field->set)
        return hw_slice_equal(hw_row_value(&edit->record->row, field->id), value) && !hw_cell_conflict(cell, field);
    for (size_t i = 0; cell && i < cell->heads_n; i++)
        if (hw_slice_equal(cell->heads[i].value, value))
            return true;
    return false;
}

static enum hw_status put(struct hw_edit *edit, const struct hw_field *field, struct hw_slice value,
                          struct hw_err *err)
{
    struct hw_arena *arena = hw_tx_arena(edit->tx);
    const struct hw_cell *cell = hw_row_cell(&edit->record->row, field->id);
    if (shown_already(edit, field, value))
        return HW_OK;
    if (edit->ops_n == HW_OPS_MAX)
        return hw_fail(err, HW_LIMIT, "one change of a record holds at most %d operations", HW_OPS_MAX);
    struct hw_op *op = &edit->ops[edit->ops_n++];
    *op = (struct hw_op){.code = field->set ? HW_OP_ADD : HW_OP_SET, .field = field->id,
                         .value = hw_arena_slice(arena, value)};
    if (field->set || !cell)
        return HW_OK;
    op->seen_n = cell->heads_n < HW_SEEN_MAX ? cell->heads_n : HW_SEEN_MAX;
    struct hw_name *seen = hw_arena_zero(arena, op->seen_n, sizeof *seen);
    for (size_t i = 0; i < op->seen_n; i++)
        seen[i] = cell->heads[i].name;
    op->seen = seen;
    return HW_OK;
}

enum hw_status hw_edit_put(struct hw_edit *edit, const char *name, const char *text, struct hw_err *err)
{
    const struct hw_field *field = hw_field_named(hw_kind_by_id(edit->record->row.kind), name);
    struct hw_out value HW_CLEANUP(hw_out_done) = {0};
    enum hw_status status = hw_value_parse(field, hw_slice_text(text), HW_DATES_UNKNOWN, &value, err);
    return status ? status : put(edit, field, hw_out_slice(&value), err);
}

enum hw_status hw_edit_bytes(struct hw_edit *edit, const char *name, const uint8_t *p, size_t n, struct hw_err *err)
{
    const struct hw_field *field = hw_field_named(hw_kind_by_id(edit->record->row.kind), name);
    struct hw_out value HW_CLEANUP(hw_out_done) = {0};
    hw_put_bytes(&value, p, n);
    return put(edit, field, hw_out_slice(&value), err);
}

enum hw_status hw_edit_clear(struct hw_edit *edit, const char *name, struct hw_err *err)
{
    static const uint8_t null[] = {0xf6};
    const struct hw_field *field = hw_field_named(hw_kind_by_id(edit->record->row.kind), name);
    if (!hw_row_cell(&edit->record->row, field->id))
        return HW_OK;
    return put(edit, field, (struct hw_slice){null, sizeof null}, err);
}

enum hw_status hw_edit_write(struct hw_edit *edit, uint64_t change, const char *author, struct hw_err *err)
{
    struct hw_arena *arena = hw_tx_arena(edit->tx);
    if (edit->ops_n == 0)
        return HW_OK;
    struct hw_event event = {.kind = edit->record->row.kind,
                             .record = edit->record->row.id,
                             .author = hw_arena_slice(arena, hw_slice_text(author)),
                             .change = change,
                             .ops = hw_arena_copy(arena, edit->ops, edit->ops_n * sizeof *edit->ops),
                             .ops_n = edit->ops_n};
    return hw_tx_write(edit->tx, edit->record->group, &event, err);
}
