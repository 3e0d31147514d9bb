/* assign.c: operations on one record from what a person typed (floor 3, noun:
 * assign). */
#include "daemon/assign.h"

#include <string.h>

#include "daemon/lookup.h"
#include "daemon/view.h"

void hw_draft_in_plan(struct hw_draft *draft, const struct hw_record *plan)
{
    struct hw_view view = hw_view_of(draft->tx, draft->arena, plan);
    uint16_t word = hw_view_word(&view, "date_order");
    draft->plan = plan;
    draft->order = word == 1 ? HW_DATES_DMY : word == 2 ? HW_DATES_MDY : HW_DATES_UNKNOWN;
}

void hw_draft_init(struct hw_draft *draft, struct hw_tx *tx, struct hw_arena *arena, struct hw_record *record)
{
    struct hw_record *plan;
    struct hw_id id;
    *draft = (struct hw_draft){.tx = tx, .arena = arena, .record = record, .kind = hw_kind_by_id(record->row.kind)};
    struct hw_view view = hw_view_of(tx, arena, record);
    if (record->row.kind == HW_KIND_PLAN)
        hw_draft_in_plan(draft, record);
    else if (hw_view_ref(&view, "plan", &id) && hw_tx_record(tx, HW_KIND_PLAN, &id, record->group, &plan, NULL) == HW_OK)
        hw_draft_in_plan(draft, plan);
}

static struct hw_draft_op *push(struct hw_draft *draft, uint8_t code, const struct hw_field *field)
{
    if (draft->n == draft->cap) {
        /* A typical row of a tracker fills twelve fields, a comment two. */
        size_t cap = draft->cap ? draft->cap * 2 : draft->kind->id == HW_KIND_COMMENT ? 2 : 12;
        struct hw_draft_op *grown = hw_arena_zero(draft->arena, cap, sizeof *grown);
        if (draft->n)
            memcpy(grown, draft->ops, draft->n * sizeof *grown);
        draft->ops = grown;
        draft->cap = cap;
    }
    struct hw_draft_op *op = &draft->ops[draft->n++];
    *op = (struct hw_draft_op){.op = {.code = code, .field = field->id}};
    return op;
}

static void drop(struct hw_draft *draft, size_t at)
{
    memmove(&draft->ops[at], &draft->ops[at + 1], (draft->n - at - 1) * sizeof draft->ops[0]);
    draft->n--;
}

static struct hw_slice null_value(void)
{
    static const uint8_t null[] = {0xf6};
    return (struct hw_slice){null, 1};
}

/* The names of all heads, or of those that are adds of `element`. */
static void see(struct hw_draft *draft, struct hw_op *op, const struct hw_slice *element)
{
    const struct hw_cell *cell = hw_row_cell(&draft->record->row, op->field);
    size_t most = cell ? cell->heads_n : 0;
    struct hw_name *names = hw_arena_zero(draft->arena, most < HW_SEEN_MAX ? most : HW_SEEN_MAX, sizeof *names);
    for (size_t i = 0; cell && i < cell->heads_n && op->seen_n < HW_SEEN_MAX; i++)
        if (!element || hw_slice_equal(cell->heads[i].value, *element))
            names[op->seen_n++] = cell->heads[i].name;
    op->seen = names;
}

static bool is_null(struct hw_slice value)
{
    return value.n == 0 || (value.n == 1 && value.p[0] == 0xf6);
}

/* Whether the write would show what is shown already. */
static bool unchanged(const struct hw_cell *cell, const struct hw_field *field, struct hw_slice value)
{
    const struct hw_head *shown = hw_cell_shown(cell);
    struct hw_slice now = shown ? shown->value : (struct hw_slice){0};
    if (is_null(now) || is_null(value))
        return is_null(now) && is_null(value);
    return hw_value_same(field, now, value);
}

enum hw_status hw_draft_set(struct hw_draft *draft, const struct hw_field *field, struct hw_slice value,
                            struct hw_err *err)
{
    const struct hw_cell *cell = hw_row_cell(&draft->record->row, field->id);
    bool conflict = hw_cell_conflict(cell, field);
    for (size_t i = 0; i < draft->n; i++)
        if (draft->ops[i].op.field == field->id) {
            drop(draft, i); /* said twice in one command: the last one counts */
            break;
        }
    if (conflict && !draft->settle) {
        char id[HW_ID_TEXT + 1];
        hw_tx_short(draft->tx, &draft->record->row.id, id);
        return hw_fail(err, HW_DECISION,
                       "%s of %s is in conflict; see: headway conflicts, then: headway resolve %s %s --mine, --theirs, "
                       "--take N or a value",
                       field->name, id, id, field->name);
    }
    if (!conflict && unchanged(cell, field, value))
        return HW_OK;
    struct hw_draft_op *op = push(draft, HW_OP_SET, field);
    op->op.value = value;
    see(draft, &op->op, NULL);
    return HW_OK;
}

void hw_draft_beside(struct hw_draft *draft, const struct hw_field *field, struct hw_slice value,
                     const struct hw_name *seen, size_t n)
{
    for (size_t i = 0; i < draft->n; i++)
        if (draft->ops[i].op.field == field->id) {
            drop(draft, i);
            break;
        }
    struct hw_draft_op *op = push(draft, HW_OP_SET, field);
    op->op.value = value;
    op->op.seen = hw_arena_copy(draft->arena, seen, n * sizeof *seen);
    op->op.seen_n = n;
}

static bool holds(const struct hw_draft *draft, const struct hw_field *field, struct hw_slice element)
{
    const struct hw_cell *cell = hw_row_cell(&draft->record->row, field->id);
    for (size_t i = 0; cell && i < cell->heads_n; i++)
        if (hw_slice_equal(cell->heads[i].value, element))
            return true;
    return false;
}

/* Takes back an operation of this draft on the same element. */
static bool take_back(struct hw_draft *draft, uint8_t code, const struct hw_field *field, struct hw_slice element)
{
    for (size_t i = 0; i < draft->n; i++)
        if (draft->ops[i].op.code == code && draft->ops[i].op.field == field->id &&
            hw_slice_equal(draft->ops[i].element, element)) {
            drop(draft, i);
            return true;
        }
    return false;
}

void hw_draft_add(struct hw_draft *draft, const struct hw_field *field, struct hw_slice element)
{
    if (is_null(element) || take_back(draft, HW_OP_REMOVE, field, element) || holds(draft, field, element))
        return;
    take_back(draft, HW_OP_ADD, field, element); /* added twice: once */
    struct hw_draft_op *op = push(draft, HW_OP_ADD, field);
    op->op.value = op->element = element;
}

void hw_draft_remove(struct hw_draft *draft, const struct hw_field *field, struct hw_slice element)
{
    if (take_back(draft, HW_OP_ADD, field, element) || !holds(draft, field, element))
        return;
    take_back(draft, HW_OP_REMOVE, field, element);
    struct hw_draft_op *op = push(draft, HW_OP_REMOVE, field);
    op->op.value = null_value();
    op->element = element;
    see(draft, &op->op, &element);
}

void hw_draft_cover(struct hw_draft *draft, const struct hw_field *field, struct hw_slice element,
                    const struct hw_name *seen)
{
    struct hw_draft_op *op = push(draft, HW_OP_REMOVE, field);
    op->op.value = null_value();
    op->element = element;
    op->op.seen = hw_arena_copy(draft->arena, seen, sizeof *seen);
    op->op.seen_n = 1;
}

void hw_draft_replace(struct hw_draft *draft, const struct hw_field *field, const struct hw_slice *elements, size_t n)
{
    size_t had;
    for (size_t i = 0; i < draft->n;) /* `field=` after `field+=`: the last one counts */
        if (draft->ops[i].op.field == field->id)
            drop(draft, i);
        else
            i++;
    const struct hw_slice *now = hw_cell_elements(hw_row_cell(&draft->record->row, field->id), draft->arena, &had);
    for (size_t i = 0; i < had; i++) {
        bool stays = false;
        for (size_t k = 0; k < n; k++)
            stays = stays || hw_slice_equal(now[i], elements[k]);
        if (!stays)
            hw_draft_remove(draft, field, now[i]);
    }
    for (size_t i = 0; i < n; i++)
        hw_draft_add(draft, field, elements[i]);
}

void hw_draft_comment(struct hw_draft *draft, const struct hw_field *field, struct hw_slice value)
{
    push(draft, HW_OP_COMMENT, field)->op.value = value;
}
