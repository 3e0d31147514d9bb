/* change_import_rows.c: the rows of an import request, read, and the list of what is
 * wrong with them (floor 3, noun: import). */
#include <stdlib.h>
#include <string.h>

#include "daemon/import.h"

/* A column's name, number or null, which an answer repeats as it came: so nothing else. */
static struct hw_slice read_column(struct hw_in *in)
{
    struct hw_in ahead = *in;
    enum hw_item item = hw_peek(in);
    if (item == HW_ITEM_TEXT)
        hw_get_text(&ahead);
    else if (item != HW_ITEM_UINT && item != HW_ITEM_NULL)
        hw_in_spoil(in);
    if (ahead.bad)
        hw_in_spoil(in);
    return hw_get_raw(in);
}

/* How many there are is known at their end; the arena gets no more than that. */
static void read_entries(struct hw_in *in, struct hw_intake *import, struct hw_intake_row *row, size_t room)
{
    HW_CLEANUP(hw_out_done) struct hw_out entries = {0};
    size_t n = hw_get_array_any(in), read = 0;
    for (; read < n && !in->bad; read++) {
        if (n == SIZE_MAX && hw_get_close(in))
            break;
        struct hw_intake_entry entry = {0};
        size_t parts = hw_get_array(in);
        if (parts < 2 || parts > 4 || read >= room) {
            hw_in_spoil(in);
            return;
        }
        entry.field = hw_get_text(in);
        entry.text = hw_get_text(in);
        if (parts >= 3)
            entry.column = read_column(in);
        if (parts == 4)
            entry.meant = hw_get_text(in);
        hw_put_raw(&entries, &entry, sizeof entry);
    }
    row->entries = hw_arena_copy(import->arena, entries.p, entries.n);
    row->n = read;
}

static void read_comments(struct hw_in *in, struct hw_intake *import, struct hw_intake_row *row)
{
    size_t n = hw_get_array_any(in), cap = 0;
    for (size_t i = 0; i < n && !in->bad; i++) {
        if (n == SIZE_MAX && hw_get_close(in))
            break;
        if (row->comments_n == cap) {
            cap = cap ? cap * 2 : 1; /* most rows have one */
            struct hw_slice *grown = hw_arena_zero(import->arena, cap, sizeof *grown);
            if (row->comments_n)
                memcpy(grown, row->comments, row->comments_n * sizeof *grown);
            row->comments = grown;
        }
        row->comments[row->comments_n++] = hw_get_text(in);
    }
}

static int64_t number_or_null(struct hw_in *in)
{
    if (hw_peek(in) != HW_ITEM_NULL)
        return hw_get_int(in);
    hw_get_null(in);
    return 0;
}

static struct hw_slice text_or_null(struct hw_in *in)
{
    if (hw_peek(in) != HW_ITEM_NULL)
        return hw_get_text(in);
    hw_get_null(in);
    return (struct hw_slice){0};
}

static void read_member(struct hw_in *in, struct hw_intake *import, struct hw_intake_row *row, size_t room)
{
    struct hw_slice key = hw_get_text(in);
    if (hw_slice_is(key, "row"))
        row->row = number_or_null(in);
    else if (hw_slice_is(key, "line"))
        row->line = number_or_null(in);
    else if (hw_slice_is(key, "parent"))
        row->parent = number_or_null(in);
    else if (hw_slice_is(key, "key"))
        row->key = text_or_null(in);
    else if (hw_slice_is(key, "kind"))
        row->kind = text_or_null(in);
    else if (hw_slice_is(key, "rest"))
        row->rest = text_or_null(in);
    else if (hw_slice_is(key, "id"))
        row->id_text = text_or_null(in);
    else if (hw_slice_is(key, "parent_id"))
        row->parent_text = text_or_null(in);
    else if (hw_slice_is(key, "whole"))
        row->whole = hw_get_bool(in);
    else if (hw_slice_is(key, "base"))
        row->base = text_or_null(in);
    else if (hw_slice_is(key, "problem"))
        row->problem = text_or_null(in);
    else if (hw_slice_is(key, "value"))
        row->problem_value = text_or_null(in);
    else if (hw_slice_is(key, "column"))
        row->problem_column = read_column(in);
    else if (hw_slice_is(key, "fields"))
        read_entries(in, import, row, room);
    else if (hw_slice_is(key, "comments"))
        read_comments(in, import, row);
    else
        (void)hw_get_raw(in);
}

enum hw_status hw_intake_read(struct hw_intake *import, struct hw_err *err)
{
    struct hw_slice raw = import->raw_rows;
    struct hw_in in = hw_in_of(raw);
    size_t cap = 0, n = hw_get_array_any(&in);
    for (size_t i = 0; i < n && !in.bad; i++) {
        if (n == SIZE_MAX && hw_get_close(&in))
            break;
        if (import->n == cap) {
            cap = cap ? cap * 2 : 256;
            import->rows = hw_realloc(import->rows, cap * sizeof *import->rows);
        }
        struct hw_intake_row *row = &import->rows[import->n++];
        *row = (struct hw_intake_row){.rank = -1};
        size_t members = hw_get_map_any(&in);
        for (size_t k = 0; k < members && !in.bad; k++) {
            if (members == SIZE_MAX && hw_get_close(&in))
                break;
            read_member(&in, import, row, raw.n);
        }
    }
    if (in.bad)
        return hw_fail(err, HW_USAGE, "the rows of this import cannot be read");
    return HW_OK;
}

void hw_intake_problem(struct hw_intake *import, struct hw_intake_row *row, struct hw_slice column,
                       struct hw_slice value, const char *message)
{
    struct hw_out *out = &import->problems;
    struct hw_intake_trouble trouble = {.row = row, .from = out->n};
    import->problems_n++;
    row->bad = true;
    hw_put_map(out, 5);
    hw_put_text(out, "row");
    hw_put_int(out, row->row);
    hw_put_text(out, "line");
    hw_put_int(out, row->line);
    hw_put_text(out, "column");
    if (column.n)
        hw_put_raw(out, column.p, column.n);
    else
        hw_put_null(out);
    hw_put_text(out, "value");
    hw_put_textn(out, value.p, value.n);
    hw_put_text(out, "message");
    hw_put_text(out, message);
    trouble.n = out->n - trouble.from;
    hw_put_raw(&import->troubles, &trouble, sizeof trouble);
}

static int compare_trouble(const void *a, const void *b)
{
    const struct hw_intake_trouble *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1; /* rows stand in the order of the file */
    return (x->from > y->from) - (x->from < y->from);
}

void hw_intake_put_problems(struct hw_intake *import, struct hw_out *out)
{
    struct hw_intake_trouble *troubles = (void *)import->troubles.p;
    if (import->problems_n)
        qsort(troubles, import->problems_n, sizeof *troubles, compare_trouble);
    hw_put_array(out, import->problems_n);
    for (size_t i = 0; i < import->problems_n; i++)
        hw_put_raw(out, import->problems.p + troubles[i].from, troubles[i].n);
}
