/* change_import_name.c: which record each row of a file is (floor 3, noun:
 * import).  An id that the file brings counts before anything else; else the id
 * is made from what the row says, so that two offices make the same record of
 * one row. Records that stand beside plans leave the plan out of it. */
#include <stdlib.h>
#include <string.h>

#include "daemon/import.h"
#include "daemon/lookup.h"

/* ---- kinds ---- */

static void problem(struct hw_intake *import, struct hw_intake_row *row, struct hw_slice value, const char *message)
{
    hw_intake_problem(import, row, (struct hw_slice){0}, value, message);
}

/* The plan and the group that the rows go to; a plan that brings its id is one of several. */
static bool is_single(const struct hw_intake_row *row)
{
    return row->of->id == HW_KIND_GROUP || (row->of->id == HW_KIND_PLAN && row->id_text.n == 0);
}

/* They have one row each; the id is not the row's to say. */
static void find_single(struct hw_intake *import, struct hw_intake_row *row)
{
    bool plan = row->of->id == HW_KIND_PLAN;
    struct hw_intake_row **single = plan ? &import->plan_row : &import->group_row;
    if (*single)
        problem(import, row, row->kind, plan ? "the file speaks of its plan twice" : "the file speaks of its group twice");
    else
        *single = row;
}

static void find_kind(struct hw_intake *import, struct hw_intake_row *row)
{
    row->of = row->kind.n ? hw_kind_find(row->kind) : hw_kind_by_id(HW_KIND_ITEM);
    if (row->problem.n) {
        hw_intake_problem(import, row, row->problem_column, row->problem_value,
                          hw_arena_text(import->arena, row->problem.p, row->problem.n));
        return;
    }
    if (row->of && is_single(row)) {
        find_single(import, row);
        return;
    }
    switch (row->of ? row->of->id : 0) {
    case HW_KIND_PLAN:
    case HW_KIND_COMMENT:
    case HW_KIND_REVIEW:
    case HW_KIND_ITEM:
    case HW_KIND_MEMBER:
    case HW_KIND_PARTICIPATION:
    case HW_KIND_MEETING:
    case HW_KIND_RESOURCE:
        if (row->key.n == 0 && row->id_text.n == 0)
            problem(import, row, row->key, "the row has nothing that names it");
        return;
    default:
        problem(import, row, row->kind, "rows of this kind cannot be imported");
    }
}

/* ---- ids ---- */

struct keyed {
    const struct hw_kind *of;
    struct hw_slice key;
    size_t at;
};

static int compare_keyed(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->of != y->of)
        return x->of < y->of ? -1 : 1;
    int order = hw_slice_compare(x->key, y->key);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static void derive(struct hw_intake *import, struct hw_intake_row *row, size_t nth)
{
    char plan[HW_ID_TEXT + 1];
    struct hw_slice key = row->key;
    hw_id_print(&import->plan->row.id, plan);
    if (nth > 1) /* the same row printed twice stays two rows */
        key = hw_slice_text(
            hw_arena_printf(import->arena, "%.*s\n%zu", (int)key.n, (const char *)key.p, nth));
    struct hw_slice parts[] = {hw_slice_text(import->group),
                               hw_slice_text(row->of->id == HW_KIND_ITEM ? plan : row->of->name), key};
    row->derived = !is_single(row)               ? hw_id_derive("import", parts, 3)
                   : row->of->id == HW_KIND_PLAN ? import->plan->row.id
                                                 : hw_group_id(import->group);
    row->id = row->derived;
}

static void derive_all(struct hw_intake *import)
{
    struct keyed *keyed = hw_arena_zero(import->arena, import->n + 1, sizeof *keyed);
    size_t n = 0, nth = 0;
    for (size_t i = 0; i < import->n; i++)
        if (!import->rows[i].bad)
            keyed[n++] = (struct keyed){import->rows[i].of, import->rows[i].key, i};
    if (n)
        qsort(keyed, n, sizeof *keyed, compare_keyed);
    for (size_t i = 0; i < n; i++) {
        bool again = i > 0 && keyed[i].of == keyed[i - 1].of && hw_slice_equal(keyed[i].key, keyed[i - 1].key);
        nth = again ? nth + 1 : 1;
        derive(import, &import->rows[keyed[i].at], nth);
    }
}

enum hw_status hw_intake_adopt(struct hw_intake *import, struct hw_intake_row *row, const struct hw_id *id,
                              struct hw_err *err)
{
    const char *group = row->of->directory ? "directory" : import->group;
    row->id = *id;
    enum hw_status status = hw_tx_record(import->command.tx, row->of->id, &row->id, group, &row->record, err);
    row->fresh = status == HW_OK && row->record->row.made.seq == 0;
    return status;
}

static const char *with_article(struct hw_arena *arena, const char *name)
{
    return hw_arena_printf(arena, "%s %s", strchr("aeiou", name[0]) ? "an" : "a", name);
}

/* An id of the file names a record of this group and kind, or one that nobody has yet. */
static enum hw_status given(struct hw_intake *import, struct hw_intake_row *row, struct hw_err *err)
{
    struct hw_found found;
    struct hw_id id;
    const char *message = NULL;
    row->given = !is_single(row);
    if (!row->given)
        return hw_intake_adopt(import, row, &row->derived, err);
    if (row->id_text.n != HW_ID_TEXT || !hw_id_parse(row->id_text, &id)) {
        problem(import, row, row->id_text, "this is no id; leave the cell empty for a new record");
        return HW_OK;
    }
    enum hw_status status = hw_intake_adopt(import, row, &id, err);
    if (status != HW_OK || !row->fresh || hw_tx_find(import->command.tx, row->id_text, &found, 1) == 0)
        return status;
    if (strcmp(found.group, import->group) != 0)
        message = hw_arena_printf(import->arena, "this record belongs to %s, not to %s", found.group, import->group);
    else
        message = hw_arena_printf(import->arena, "this record is %s, not %s",
                                  with_article(import->arena, hw_kind_by_id(found.kind)->name),
                                  with_article(import->arena, row->of->name));
    problem(import, row, row->id_text, message);
    return HW_OK;
}

/* ---- finding rows ---- */

static int compare_number(const void *a, const void *b)
{
    const struct hw_intake_row *x = *(struct hw_intake_row *const *)a, *y = *(struct hw_intake_row *const *)b;
    return x->row != y->row ? (x->row < y->row ? -1 : 1) : (x > y) - (x < y);
}

static int compare_id(const void *a, const void *b)
{
    const struct hw_intake_row *x = *(struct hw_intake_row *const *)a, *y = *(struct hw_intake_row *const *)b;
    int order = hw_id_compare(&x->id, &y->id);
    return order ? order : (x > y) - (x < y);
}

/* Two rows of one file that say they are one record. */
static void find_twins(struct hw_intake *import)
{
    import->by_id = hw_arena_zero(import->arena, import->n + 1, sizeof *import->by_id);
    for (size_t i = 0; i < import->n; i++)
        if (!import->rows[i].bad)
            import->by_id[import->by_id_n++] = &import->rows[i];
    if (import->by_id_n)
        qsort(import->by_id, import->by_id_n, sizeof *import->by_id, compare_id);
    for (size_t i = 1; i < import->by_id_n; i++) {
        struct hw_intake_row *first = import->by_id[i - 1], *row = import->by_id[i];
        if (hw_id_equal(&first->id, &row->id) && first->of == row->of && !row->bad)
            problem(import, row, row->id_text,
                    hw_arena_printf(import->arena, "row %lld of the file is the same record", (long long)first->row));
    }
}

struct hw_intake_row *hw_intake_parent(const struct hw_intake *import, const struct hw_intake_row *row)
{
    size_t guess = (size_t)row->parent - 1; /* rows are numbered from 1 in their order, as a rule */
    if (row->parent <= 0)
        return NULL;
    if (guess < import->n && import->rows[guess].row == row->parent)
        return &import->rows[guess];
    struct hw_intake_row want = {.row = row->parent}, *at = &want;
    size_t low = 0, high = import->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (import->by_number[middle]->row < at->row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < import->n && import->by_number[low]->row == row->parent ? import->by_number[low] : NULL;
}

struct hw_intake_row *hw_intake_by_id(const struct hw_intake *import, const struct hw_id *id)
{
    size_t low = 0, high = import->by_id_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = hw_id_compare(&import->by_id[middle]->id, id);
        if (order == 0)
            return import->by_id[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct hw_id hw_intake_comment_id(const struct hw_id *on, struct hw_slice text)
{
    char id[HW_ID_TEXT + 1];
    hw_id_print(on, id);
    struct hw_slice parts[] = {hw_slice_text(id), text};
    return hw_id_derive("import comment", parts, 2);
}

enum hw_status hw_intake_name(struct hw_intake *import, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    import->by_number = hw_arena_zero(import->arena, import->n + 1, sizeof *import->by_number);
    for (size_t i = 0; i < import->n; i++) {
        import->by_number[i] = &import->rows[i];
        find_kind(import, &import->rows[i]);
    }
    if (import->n)
        qsort(import->by_number, import->n, sizeof *import->by_number, compare_number);
    derive_all(import);
    for (size_t i = 0; i < import->n && status == HW_OK; i++) {
        struct hw_intake_row *row = &import->rows[i];
        if (!row->bad)
            status = row->id_text.n ? given(import, row, err) : hw_intake_adopt(import, row, &row->derived, err);
    }
    if (status == HW_OK)
        status = hw_intake_old_find(import, err);
    if (status == HW_OK)
        find_twins(import);
    return status;
}
