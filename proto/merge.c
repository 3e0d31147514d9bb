/* merge.c: covering, heads, add-wins sets, refused writes put back (floor 1,
 * pure).
 *
 * A write is a head if it is held, not refused, and no held, unrefused write
 * covers it. A write covers what it names, and what the refused writes that it
 * names named (nothing, where that is why they were refused). A covered write
 * that has not arrived is remembered as awaited and vanishes on arrival, so the
 * order of arrival does not matter. A name that is another record's is awaited
 * for ever: whether that one is here is not asked, or the row would tell in
 * which order they came. SET and COMMENT put a head, ADD puts one element as a
 * head, REMOVE only covers. */
#include "headway/merge.h"

#include <string.h>

#include "headway/value.h"

void hw_row_init(struct hw_row *row, uint16_t kind, const struct hw_id *id)
{
    *row = (struct hw_row){.kind = kind, .id = *id};
}

/* Makes room for one element at `at` of an arena array; returns the array. */
static void *open_slot(struct hw_arena *arena, void *array, size_t n, size_t *cap, size_t size, size_t at)
{
    uint8_t *bytes = array;
    if (n == *cap) {
        size_t more = *cap ? *cap * 2 : 1; /* most fields hold one head */
        uint8_t *grown = hw_arena_alloc(arena, more * size);
        if (n)
            memcpy(grown, bytes, n * size);
        bytes = grown;
        *cap = more;
    }
    if (at < n)
        memmove(bytes + (at + 1) * size, bytes + at * size, (n - at) * size);
    return bytes;
}

static void close_slot(void *array, size_t n, size_t size, size_t at)
{
    uint8_t *bytes = array;
    memmove(bytes + at * size, bytes + (at + 1) * size, (n - at - 1) * size);
}

static struct hw_cell *cell_of(struct hw_row *row, struct hw_arena *arena, uint16_t field)
{
    size_t at = 0;
    while (at < row->cells_n && row->cells[at].field < field)
        at++;
    if (at < row->cells_n && row->cells[at].field == field)
        return &row->cells[at];
    if (row->cells_cap == 0) { /* a usual item fills this many fields, a comment two */
        row->cells_cap = row->kind == HW_KIND_COMMENT ? 2 : 12;
        row->cells = hw_arena_alloc(arena, row->cells_cap * sizeof *row->cells);
    }
    row->cells = open_slot(arena, row->cells, row->cells_n++, &row->cells_cap, sizeof *row->cells, at);
    row->cells[at] = (struct hw_cell){.field = field};
    return &row->cells[at];
}

/* Position of the name in a sorted array; `found` says whether it is there. */
static size_t name_at(const struct hw_name *names, size_t n, const struct hw_name *name, bool *found)
{
    size_t at = 0;
    while (at < n && hw_name_compare(&names[at], name) < 0)
        at++;
    *found = at < n && hw_name_compare(&names[at], name) == 0;
    return at;
}

static size_t head_at(const struct hw_cell *cell, const struct hw_name *name, bool *found)
{
    size_t at = 0;
    while (at < cell->heads_n && hw_name_compare(&cell->heads[at].name, name) < 0)
        at++;
    *found = at < cell->heads_n && hw_name_compare(&cell->heads[at].name, name) == 0;
    return at;
}

static void put_head(struct hw_cell *cell, struct hw_arena *arena, const struct hw_head *head)
{
    bool found;
    size_t at = name_at(cell->awaited, cell->awaited_n, &head->name, &found);
    if (found) {
        close_slot(cell->awaited, cell->awaited_n--, sizeof *cell->awaited, at);
        return;
    }
    at = head_at(cell, &head->name, &found);
    if (found)
        return;
    cell->heads = open_slot(arena, cell->heads, cell->heads_n++, &cell->heads_cap, sizeof *cell->heads, at);
    cell->heads[at] = *head;
}

static void await(struct hw_cell *cell, struct hw_arena *arena, const struct hw_name *name)
{
    bool found;
    size_t at = name_at(cell->awaited, cell->awaited_n, name, &found);
    if (found)
        return;
    cell->awaited =
        open_slot(arena, cell->awaited, cell->awaited_n++, &cell->awaited_cap, sizeof *cell->awaited, at);
    cell->awaited[at] = *name;
}

/* Position in the row's refused writes, which are sorted: of the name, or where it would stand. */
static size_t refused_at(const struct hw_row *row, const struct hw_name *name)
{
    size_t low = 0, high = row->refused_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (hw_name_compare(&row->refused[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The refused write of that name and field; NULL when there is none. */
static struct hw_refused *refused_of(const struct hw_row *row, uint16_t field, const struct hw_name *name)
{
    size_t at = refused_at(row, name);
    bool found = at < row->refused_n && row->refused[at].field == field &&
                 hw_name_compare(&row->refused[at].name, name) == 0;
    return found ? &row->refused[at] : NULL;
}

static bool arrived(const struct hw_arrivals *arrivals, const struct hw_name *name)
{
    return arrivals && arrivals->arrived(arrivals->self, name);
}

/* Refused writes that a live one names, each followed once: whoever writes
 * them could make them name each other in every way. A chain through them takes no memory of its own: a row may hold very
 * many, and each write would pay for all. */
struct follow {
    size_t first, last; /* positions in row->refused, counted from 1; 0: none */
};

static void meet(struct hw_row *row, struct hw_refused *refused, struct follow *follow)
{
    size_t at = (size_t)(refused - row->refused) + 1;
    if (refused->met)
        return;
    refused->met = true;
    refused->next = 0;
    if (follow->last)
        row->refused[follow->last - 1].next = at;
    else
        follow->first = at;
    follow->last = at;
}

static void cover(struct hw_row *row, struct hw_arena *arena, uint16_t field, const struct hw_name *name,
                  const struct hw_arrivals *arrivals, struct follow *follow)
{
    struct hw_cell *cell = cell_of(row, arena, field);
    bool found;
    size_t at = head_at(cell, name, &found);
    if (found) {
        close_slot(cell->heads, cell->heads_n--, sizeof *cell->heads, at);
        return;
    }
    struct hw_refused *refused = refused_of(row, field, name);
    if (refused)
        meet(row, refused, follow);
    else if (!arrived(arrivals, name))
        await(cell, arena, name);
}

/* Covers what the refused writes named that were met. */
static void cover_met(struct hw_row *row, struct hw_arena *arena, uint16_t field, const struct hw_arrivals *arrivals,
                      struct follow *follow)
{
    for (size_t at = follow->first; at; at = row->refused[at - 1].next) {
        const struct hw_refused *refused = &row->refused[at - 1];
        for (size_t i = 0; i < refused->seen_n; i++)
            cover(row, arena, field, &refused->seen[i], arrivals, follow);
    }
    for (size_t at = follow->first; at; at = row->refused[at - 1].next)
        row->refused[at - 1].met = false;
}

/* Covers what the operation names, and what the refused writes among it named. */
static void cover_seen(struct hw_row *row, struct hw_arena *arena, const struct hw_op *op,
                       const struct hw_arrivals *arrivals)
{
    struct follow follow = {0};
    for (size_t i = 0; i < op->seen_n; i++)
        cover(row, arena, op->field, &op->seen[i], arrivals, &follow);
    cover_met(row, arena, op->field, arrivals, &follow);
}

static int touch_compare(const struct hw_touch *a, const struct hw_touch *b)
{
    if (a->stamp != b->stamp)
        return a->stamp < b->stamp ? -1 : 1;
    int order = hw_inc_compare(&a->inc, &b->inc);
    if (order)
        return order;
    return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static void note_touch(struct hw_row *row, const struct hw_event *event, const struct hw_inc *inc)
{
    struct hw_touch touch = {.inc = *inc, .seq = event->seq, .stamp = event->stamp, .author = event->author};
    if (row->made.seq == 0 || touch_compare(&touch, &row->made) < 0)
        row->made = touch;
    if (row->updated.seq == 0 || touch_compare(&touch, &row->updated) > 0)
        row->updated = touch;
}

static void apply(struct hw_row *row, struct hw_arena *arena, const struct hw_event *event, const struct hw_inc *inc,
                  const struct hw_arrivals *arrivals)
{
    note_touch(row, event, inc);
    for (size_t i = 0; i < event->ops_n; i++) {
        const struct hw_op *op = &event->ops[i];
        cover_seen(row, arena, op, arrivals);
        if (op->code == HW_OP_REMOVE)
            continue;
        struct hw_head head = {.name = {.inc = *inc, .seq = event->seq, .op = (uint16_t)i},
                               .stamp = event->stamp,
                               .value = op->value};
        put_head(cell_of(row, arena, op->field), arena, &head);
    }
}

/* The event is here: nothing of it is awaited any more, not in a field that it does not write either. */
static void forget(struct hw_row *row, const struct hw_inc *inc, uint64_t seq)
{
    const struct hw_name first = {.inc = *inc, .seq = seq};
    for (size_t c = 0; c < row->cells_n; c++) {
        struct hw_cell *cell = &row->cells[c];
        bool found;
        if (cell->awaited_n == 0)
            continue;
        size_t from = name_at(cell->awaited, cell->awaited_n, &first, &found), to = from;
        while (to < cell->awaited_n && cell->awaited[to].seq == seq && hw_inc_compare(&cell->awaited[to].inc, inc) == 0)
            to++;
        if (to > from)
            memmove(cell->awaited + from, cell->awaited + to, (cell->awaited_n - to) * sizeof *cell->awaited);
        cell->awaited_n -= to - from;
    }
}

void hw_row_apply(struct hw_row *row, struct hw_arena *arena, const struct hw_event *event, const struct hw_inc *inc,
                  const struct hw_arrivals *arrivals)
{
    apply(row, arena, event, inc, arrivals);
    forget(row, inc, event->seq);
}

static void note_refused(struct hw_row *row, struct hw_arena *arena, const struct hw_held *held)
{
    for (size_t i = 0; i < held->event.ops_n; i++) {
        const struct hw_op *op = &held->event.ops[i];
        struct hw_refused refused = {.name = {.inc = held->inc, .seq = held->event.seq, .op = (uint16_t)i},
                                     .field = op->field,
                                     .seen = op->seen,
                                     .seen_n = held->misnames ? 0 : op->seen_n};
        size_t at = refused_at(row, &refused.name);
        row->refused =
            open_slot(arena, row->refused, row->refused_n++, &row->refused_cap, sizeof *row->refused, at);
        row->refused[at] = refused;
    }
}

/* What the row awaits, as a snapshot brought it, may have come refused: then what that named is covered in its place. */
static void meet_awaited(struct hw_row *row, struct hw_arena *arena, const struct hw_arrivals *arrivals)
{
    for (size_t c = 0; c < row->cells_n; c++) {
        struct hw_cell *cell = &row->cells[c];
        struct follow follow = {0};
        for (size_t i = 0; i < cell->awaited_n; i++) {
            struct hw_refused *refused = refused_of(row, cell->field, &cell->awaited[i]);
            if (refused)
                meet(row, refused, &follow);
        }
        cover_met(row, arena, cell->field, arrivals, &follow);
    }
}

void hw_row_fold(struct hw_row *row, struct hw_arena *arena, const struct hw_held *held, size_t n)
{
    struct hw_id id = row->id;
    hw_row_init(row, row->kind, &id);
    hw_row_fold_on(row, arena, held, n, NULL);
}

void hw_row_fold_on(struct hw_row *row, struct hw_arena *arena, const struct hw_held *held, size_t n,
                    const struct hw_arrivals *arrivals)
{
    for (size_t i = 0; i < n; i++)
        if (held[i].refused)
            note_refused(row, arena, &held[i]);
    meet_awaited(row, arena, arrivals);
    for (size_t i = 0; i < n; i++)
        if (!held[i].refused)
            apply(row, arena, &held[i].event, &held[i].inc, arrivals);
    for (size_t i = 0; i < n; i++)
        forget(row, &held[i].inc, held[i].event.seq);
}

const struct hw_cell *hw_row_cell(const struct hw_row *row, uint16_t field)
{
    for (size_t i = 0; i < row->cells_n; i++)
        if (row->cells[i].field == field)
            return &row->cells[i];
    return NULL;
}

const struct hw_head *hw_cell_shown(const struct hw_cell *cell)
{
    const struct hw_head *shown = NULL;
    for (size_t i = 0; cell && i < cell->heads_n; i++)
        if (!shown || cell->heads[i].stamp >= shown->stamp) /* heads are sorted by name: a later one wins a tie */
            shown = &cell->heads[i];
    return shown;
}

struct hw_slice hw_row_value(const struct hw_row *row, uint16_t field)
{
    const struct hw_head *shown = hw_cell_shown(hw_row_cell(row, field));
    return shown ? shown->value : (struct hw_slice){0};
}

bool hw_cell_conflict(const struct hw_cell *cell, const struct hw_field *field)
{
    if (!cell || (field && field->set))
        return false;
    for (size_t i = 1; i < cell->heads_n; i++) {
        struct hw_slice a = cell->heads[0].value, b = cell->heads[i].value;
        if (field ? !hw_value_same(field, a, b) : !hw_slice_equal(a, b))
            return true;
    }
    return false;
}

struct hw_slice *hw_cell_elements(const struct hw_cell *cell, struct hw_arena *arena, size_t *n)
{
    *n = 0;
    struct hw_slice *elements = hw_arena_zero(arena, cell ? cell->heads_n : 0, sizeof *elements);
    for (size_t i = 0; cell && i < cell->heads_n; i++) {
        struct hw_slice value = cell->heads[i].value;
        size_t at = 0;
        while (at < *n && hw_slice_compare(elements[at], value) < 0)
            at++;
        if (at < *n && hw_slice_equal(elements[at], value))
            continue;
        memmove(elements + at + 1, elements + at, (*n - at) * sizeof *elements);
        elements[at] = value;
        (*n)++;
    }
    return elements;
}
