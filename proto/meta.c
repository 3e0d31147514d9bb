/* meta.c: a merged row as bytes (floor 1, pure).
 *
 * meta    = [lives, made, updated, cells, refused]
 * lives   = incarnations named in it, 8 bytes each, in bytewise order: elsewhere their index stands for them
 * made    = [life, seq, stamp, author]
 * updated = the same, author null when it is that of made
 * cell    = [field, [life, seq, op, stamp, value, ...], [life, seq, op, ...]]   heads, awaited
 * value   = canonical CBOR; in the tables `undefined`, which is no value, where a column holds it
 * refused = [life, seq, op, field, [life, seq, op, ...]]
 * Numbers and stamps are differences from those of made, which are small: most fields are as the record was made. Everything
 * is sorted (merge.h), cells without head and awaited name are left out, so the same facts give the same bytes. */
#include <string.h>

#include "headway/merge.h"

enum { LIFE = sizeof(struct hw_inc), HEAD = 5, NAME = 3 /* items in a flat array */ };
enum { FIELDS = 256, UNDEFINED = 0xf7 };

/* -- writing -- */

struct writer {
    struct hw_out *out;
    struct hw_out lives;
    const struct hw_inc *noted; /* the one noted last: most names of a row are of one life */
    const struct hw_touch *made;
    const bool *beside;
};

/* The place of a life among those that are sorted: where it stands, or would. */
static size_t life_at(const struct hw_out *lives, const struct hw_inc *inc, bool *found)
{
    size_t at = 0;
    int order = -1;
    for (; at * LIFE < lives->n; at++) {
        order = memcmp(lives->p + at * LIFE, inc->b, LIFE);
        if (order >= 0)
            break;
    }
    *found = order == 0;
    return at;
}

static void note_life(struct writer *w, const struct hw_inc *inc)
{
    bool found;
    if (w->noted && hw_inc_compare(w->noted, inc) == 0)
        return;
    size_t at = life_at(&w->lives, inc, &found);
    w->noted = inc;
    if (found)
        return;
    hw_put_raw(&w->lives, inc->b, LIFE);
    memmove(w->lives.p + (at + 1) * LIFE, w->lives.p + at * LIFE, w->lives.n - (at + 1) * LIFE);
    memcpy(w->lives.p + at * LIFE, inc->b, LIFE);
}

static void note_names(struct writer *w, const struct hw_name *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        note_life(w, &names[i].inc);
}

static void note_lives(struct writer *w, const struct hw_row *row)
{
    note_life(w, &row->made.inc);
    note_life(w, &row->updated.inc);
    for (size_t i = 0; i < row->cells_n; i++) {
        for (size_t k = 0; k < row->cells[i].heads_n; k++)
            note_life(w, &row->cells[i].heads[k].name.inc);
        note_names(w, row->cells[i].awaited, row->cells[i].awaited_n);
    }
    for (size_t i = 0; i < row->refused_n; i++) {
        note_life(w, &row->refused[i].name.inc);
        note_names(w, row->refused[i].seen, row->refused[i].seen_n);
    }
}

static void put_life(struct writer *w, const struct hw_inc *inc)
{
    bool found;
    hw_put_uint(w->out, life_at(&w->lives, inc, &found));
}

static void put_difference(struct writer *w, uint64_t value, uint64_t from)
{
    hw_put_int(w->out, (int64_t)(value - from));
}

static void put_name(struct writer *w, const struct hw_name *name)
{
    put_life(w, &name->inc);
    put_difference(w, name->seq, w->made->seq);
    hw_put_uint(w->out, name->op);
}

static void put_names(struct writer *w, const struct hw_name *names, size_t n)
{
    hw_put_array(w->out, n * NAME);
    for (size_t i = 0; i < n; i++)
        put_name(w, &names[i]);
}

static void put_touches(struct writer *w, const struct hw_touch *updated)
{
    hw_put_array(w->out, 4);
    put_life(w, &w->made->inc);
    hw_put_uint(w->out, w->made->seq);
    hw_put_uint(w->out, w->made->stamp);
    hw_put_textn(w->out, w->made->author.p, w->made->author.n);
    hw_put_array(w->out, 4);
    put_life(w, &updated->inc);
    put_difference(w, updated->seq, w->made->seq);
    put_difference(w, updated->stamp, w->made->stamp);
    if (hw_slice_equal(updated->author, w->made->author))
        hw_put_null(w->out);
    else
        hw_put_textn(w->out, updated->author.p, updated->author.n);
}

static void put_value(struct writer *w, const struct hw_cell *cell, struct hw_slice value)
{
    static const uint8_t elsewhere = UNDEFINED;
    if (w->beside && cell->heads_n == 1 && cell->field < FIELDS && w->beside[cell->field])
        hw_put_raw(w->out, &elsewhere, 1);
    else if (value.n)
        hw_put_raw(w->out, value.p, value.n);
    else
        hw_put_null(w->out);
}

static void put_cell(struct writer *w, const struct hw_cell *cell)
{
    hw_put_array(w->out, 3);
    hw_put_uint(w->out, cell->field);
    hw_put_array(w->out, cell->heads_n * HEAD);
    for (size_t i = 0; i < cell->heads_n; i++) {
        const struct hw_head *head = &cell->heads[i];
        put_name(w, &head->name);
        put_difference(w, head->stamp, w->made->stamp);
        put_value(w, cell, head->value);
    }
    put_names(w, cell->awaited, cell->awaited_n);
}

static bool cell_empty(const struct hw_cell *cell)
{
    return cell->heads_n == 0 && cell->awaited_n == 0;
}

void hw_row_encode(const struct hw_row *row, struct hw_out *out)
{
    hw_row_encode_beside(row, NULL, out);
}

void hw_row_encode_beside(const struct hw_row *row, const bool *beside, struct hw_out *out)
{
    struct writer w = {.out = out, .made = &row->made, .beside = beside};
    size_t cells = 0;
    for (size_t i = 0; i < row->cells_n; i++)
        cells += !cell_empty(&row->cells[i]);
    note_lives(&w, row);
    hw_put_array(out, 5);
    hw_put_bytes(out, w.lives.p, w.lives.n);
    put_touches(&w, &row->updated);
    hw_put_array(out, cells);
    for (size_t i = 0; i < row->cells_n; i++)
        if (!cell_empty(&row->cells[i]))
            put_cell(&w, &row->cells[i]);
    hw_put_array(out, row->refused_n);
    for (size_t i = 0; i < row->refused_n; i++) {
        const struct hw_refused *refused = &row->refused[i];
        hw_put_array(out, 5);
        put_name(&w, &refused->name);
        hw_put_uint(out, refused->field);
        put_names(&w, refused->seen, refused->seen_n);
    }
    hw_out_done(&w.lives);
}

/* -- reading -- */

struct reader {
    struct hw_in in;
    struct hw_slice lives;
    const struct hw_touch *made;
    struct hw_arena *arena;
    const struct hw_beside *beside;
};

static void get_lives(struct reader *r)
{
    r->lives = hw_get_bytes(&r->in);
    bool sorted = r->lives.n % LIFE == 0;
    for (size_t at = LIFE; sorted && at < r->lives.n; at += LIFE)
        sorted = memcmp(r->lives.p + at - LIFE, r->lives.p + at, LIFE) < 0;
    if (!sorted)
        hw_in_spoil(&r->in);
}

static void get_life(struct reader *r, struct hw_inc *inc)
{
    size_t n = r->lives.n / LIFE;
    uint64_t at = hw_get_uint(&r->in);
    if (at >= n)
        hw_in_spoil(&r->in);
    else
        memcpy(inc->b, r->lives.p + at * LIFE, LIFE);
}

static uint64_t get_difference(struct reader *r, uint64_t from)
{
    return from + (uint64_t)hw_get_int(&r->in);
}

static void get_name(struct reader *r, struct hw_name *name)
{
    get_life(r, &name->inc);
    name->seq = get_difference(r, r->made->seq);
    name->op = (uint16_t)hw_get_uint_max(&r->in, UINT16_MAX);
}

/* Members of a flat array. */
static size_t get_count(struct reader *r, size_t each)
{
    size_t flat = hw_get_array(&r->in);
    if (flat % each != 0)
        hw_in_spoil(&r->in);
    return r->in.bad ? 0 : flat / each;
}

static struct hw_name *get_names(struct reader *r, size_t *n)
{
    *n = get_count(r, NAME);
    struct hw_name *names = hw_arena_zero(r->arena, *n, sizeof *names);
    for (size_t i = 0; i < *n; i++)
        get_name(r, &names[i]);
    return names;
}

static void get_touches(struct reader *r, struct hw_touch *made, struct hw_touch *updated)
{
    if (hw_get_array(&r->in) != 4)
        hw_in_spoil(&r->in);
    get_life(r, &made->inc);
    made->seq = hw_get_uint(&r->in);
    made->stamp = hw_get_uint(&r->in);
    made->author = hw_get_text(&r->in);
    if (hw_get_array(&r->in) != 4)
        hw_in_spoil(&r->in);
    get_life(r, &updated->inc);
    updated->seq = get_difference(r, made->seq);
    updated->stamp = get_difference(r, made->stamp);
    updated->author = made->author;
    if (hw_peek(&r->in) == HW_ITEM_NULL) {
        hw_get_null(&r->in);
        return;
    }
    updated->author = hw_get_text(&r->in);
    if (hw_slice_equal(updated->author, made->author)) /* the same facts in other bytes */
        hw_in_spoil(&r->in);
}

static struct hw_slice get_value(struct reader *r, const struct hw_cell *cell)
{
    if (!r->beside || r->in.bad || r->in.p == r->in.end || *r->in.p != UNDEFINED)
        return hw_get_raw(&r->in);
    struct hw_slice value = r->beside->value(r->beside->self, cell->field);
    r->in.p++;
    if (value.n == 0 || cell->heads_n != 1)
        hw_in_spoil(&r->in);
    return value;
}

static void get_cell(struct reader *r, struct hw_cell *cell)
{
    if (hw_get_array(&r->in) != 3)
        hw_in_spoil(&r->in);
    cell->field = (uint16_t)hw_get_uint_max(&r->in, UINT16_MAX);
    cell->heads_n = cell->heads_cap = get_count(r, HEAD);
    cell->heads = hw_arena_zero(r->arena, cell->heads_n, sizeof *cell->heads);
    for (size_t i = 0; i < cell->heads_n && !r->in.bad; i++) {
        get_name(r, &cell->heads[i].name);
        cell->heads[i].stamp = get_difference(r, r->made->stamp);
        cell->heads[i].value = get_value(r, cell);
    }
    cell->awaited = get_names(r, &cell->awaited_n);
    cell->awaited_cap = cell->awaited_n;
}

enum hw_status hw_row_decode(struct hw_row *row, struct hw_arena *arena, struct hw_slice meta, struct hw_err *err)
{
    return hw_row_decode_beside(row, arena, meta, NULL, err);
}

enum hw_status hw_row_decode_beside(struct hw_row *row, struct hw_arena *arena, struct hw_slice meta,
                                    const struct hw_beside *beside, struct hw_err *err)
{
    struct reader r = {.in = hw_in_of(meta), .made = &row->made, .arena = arena, .beside = beside};
    if (hw_get_array(&r.in) != 5)
        hw_in_spoil(&r.in);
    get_lives(&r);
    get_touches(&r, &row->made, &row->updated);
    row->cells_n = row->cells_cap = hw_get_array(&r.in);
    row->cells = hw_arena_zero(arena, row->cells_n, sizeof *row->cells);
    for (size_t i = 0; i < row->cells_n && !r.in.bad; i++)
        get_cell(&r, &row->cells[i]);
    row->refused_n = row->refused_cap = hw_get_array(&r.in);
    row->refused = hw_arena_zero(arena, row->refused_n, sizeof *row->refused);
    for (size_t i = 0; i < row->refused_n && !r.in.bad; i++) {
        if (hw_get_array(&r.in) != 5)
            hw_in_spoil(&r.in);
        get_name(&r, &row->refused[i].name);
        row->refused[i].field = (uint16_t)hw_get_uint_max(&r.in, UINT16_MAX);
        row->refused[i].seen = get_names(&r, &row->refused[i].seen_n);
    }
    if (!hw_in_end(&r.in))
        return hw_fail(err, HW_CORRUPT, "the merged state of a record cannot be read; headway verify rebuilds it");
    return HW_OK;
}
