/* meta.c: a merged row as bytes (floor 1, pure).
 *
 * meta    = [made, updated, cells, refused]
 * touch   = [incarnation, seq, stamp, author]
 * cell    = [field, [[incarnation, seq, op, stamp, value], ...], [incarnation, seq, op, ...]]   heads, awaited
 * refused = [incarnation, seq, op, field, [incarnation, seq, op, ...]]
 * Everything is sorted (merge.h), cells without head and awaited name are left out, so the same facts
 * give the same bytes. */
#include "headway/merge.h"

static void put_names(struct hw_out *out, const struct hw_name *names, size_t n)
{
    hw_put_array(out, n * 3);
    for (size_t i = 0; i < n; i++) {
        hw_put_bytes(out, names[i].inc.b, sizeof names[i].inc.b);
        hw_put_uint(out, names[i].seq);
        hw_put_uint(out, names[i].op);
    }
}

static void put_touch(struct hw_out *out, const struct hw_touch *touch)
{
    hw_put_array(out, 4);
    hw_put_bytes(out, touch->inc.b, sizeof touch->inc.b);
    hw_put_uint(out, touch->seq);
    hw_put_uint(out, touch->stamp);
    hw_put_textn(out, touch->author.p, touch->author.n);
}

static void put_cell(struct hw_out *out, const struct hw_cell *cell)
{
    hw_put_array(out, 3);
    hw_put_uint(out, cell->field);
    hw_put_array(out, cell->heads_n);
    for (size_t i = 0; i < cell->heads_n; i++) {
        const struct hw_head *head = &cell->heads[i];
        hw_put_array(out, 5);
        hw_put_bytes(out, head->name.inc.b, sizeof head->name.inc.b);
        hw_put_uint(out, head->name.seq);
        hw_put_uint(out, head->name.op);
        hw_put_uint(out, head->stamp);
        if (head->value.n)
            hw_put_raw(out, head->value.p, head->value.n);
        else
            hw_put_null(out);
    }
    put_names(out, cell->awaited, cell->awaited_n);
}

static bool cell_empty(const struct hw_cell *cell)
{
    return cell->heads_n == 0 && cell->awaited_n == 0;
}

void hw_row_encode(const struct hw_row *row, struct hw_out *out)
{
    size_t cells = 0;
    for (size_t i = 0; i < row->cells_n; i++)
        cells += !cell_empty(&row->cells[i]);
    hw_put_array(out, 4);
    put_touch(out, &row->made);
    put_touch(out, &row->updated);
    hw_put_array(out, cells);
    for (size_t i = 0; i < row->cells_n; i++)
        if (!cell_empty(&row->cells[i]))
            put_cell(out, &row->cells[i]);
    hw_put_array(out, row->refused_n);
    for (size_t i = 0; i < row->refused_n; i++) {
        const struct hw_refused *refused = &row->refused[i];
        hw_put_array(out, 5);
        hw_put_bytes(out, refused->name.inc.b, sizeof refused->name.inc.b);
        hw_put_uint(out, refused->name.seq);
        hw_put_uint(out, refused->name.op);
        hw_put_uint(out, refused->field);
        put_names(out, refused->seen, refused->seen_n);
    }
}

static struct hw_name get_name(struct hw_in *in)
{
    struct hw_name name;
    hw_get_fixed(in, name.inc.b, sizeof name.inc.b);
    name.seq = hw_get_uint(in);
    name.op = (uint16_t)hw_get_uint_max(in, UINT16_MAX);
    return name;
}

static struct hw_name *get_names(struct hw_in *in, struct hw_arena *arena, size_t *n)
{
    size_t flat = hw_get_array(in);
    if (flat % 3 != 0)
        hw_in_spoil(in);
    *n = in->bad ? 0 : flat / 3;
    struct hw_name *names = hw_arena_zero(arena, *n, sizeof *names);
    for (size_t i = 0; i < *n; i++)
        names[i] = get_name(in);
    return names;
}

static void get_touch(struct hw_in *in, struct hw_touch *touch)
{
    if (hw_get_array(in) != 4)
        hw_in_spoil(in);
    hw_get_fixed(in, touch->inc.b, sizeof touch->inc.b);
    touch->seq = hw_get_uint(in);
    touch->stamp = hw_get_uint(in);
    touch->author = hw_get_text(in);
}

static void get_cell(struct hw_in *in, struct hw_arena *arena, struct hw_cell *cell)
{
    if (hw_get_array(in) != 3)
        hw_in_spoil(in);
    cell->field = (uint16_t)hw_get_uint_max(in, UINT16_MAX);
    cell->heads_n = cell->heads_cap = hw_get_array(in);
    cell->heads = hw_arena_zero(arena, cell->heads_n, sizeof *cell->heads);
    for (size_t i = 0; i < cell->heads_n && !in->bad; i++) {
        if (hw_get_array(in) != 5)
            hw_in_spoil(in);
        cell->heads[i].name = get_name(in);
        cell->heads[i].stamp = hw_get_uint(in);
        cell->heads[i].value = hw_get_raw(in);
    }
    cell->awaited = get_names(in, arena, &cell->awaited_n);
    cell->awaited_cap = cell->awaited_n;
}

enum hw_status hw_row_decode(struct hw_row *row, struct hw_arena *arena, struct hw_slice meta, struct hw_err *err)
{
    struct hw_in in = hw_in_of(meta);
    if (hw_get_array(&in) != 4)
        hw_in_spoil(&in);
    get_touch(&in, &row->made);
    get_touch(&in, &row->updated);
    row->cells_n = hw_get_array(&in);
    row->cells_cap = row->cells_n;
    row->cells = hw_arena_zero(arena, row->cells_n, sizeof *row->cells);
    for (size_t i = 0; i < row->cells_n && !in.bad; i++)
        get_cell(&in, arena, &row->cells[i]);
    row->refused_n = row->refused_cap = hw_get_array(&in);
    row->refused = hw_arena_zero(arena, row->refused_n, sizeof *row->refused);
    for (size_t i = 0; i < row->refused_n && !in.bad; i++) {
        if (hw_get_array(&in) != 5)
            hw_in_spoil(&in);
        row->refused[i].name = get_name(&in);
        row->refused[i].field = (uint16_t)hw_get_uint_max(&in, UINT16_MAX);
        row->refused[i].seen = get_names(&in, arena, &row->refused[i].seen_n);
    }
    if (!hw_in_end(&in))
        return hw_fail(err, HW_CORRUPT, "the merged state of a record cannot be read; headway verify rebuilds it");
    return HW_OK;
}
