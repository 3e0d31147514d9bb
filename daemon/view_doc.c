/* view_doc.c: a record as a CBOR document (floor 3, noun: view).  The keys are
 * promises to scripts; a field whose name a document already uses for something
 * else is written with its kind before it ("group_kind"). */
#include <stdlib.h>
#include <string.h>

#include "daemon/verb_internal.h"
#include "daemon/view.h"
#include "headway/stamp.h"

static void put_day(struct hw_out *out, const char *key, int32_t day)
{
    char text[16];
    hw_day_print(day, text);
    hw_put_key_text(out, key, text);
}

void hw_put_when(struct hw_out *out, const struct hw_value *value)
{
    if (value->null) {
        hw_put_null(out);
        return;
    }
    hw_put_map(out, 4); /* keys in sorted order, as the export wants them */
    put_day(out, "earliest", value->earliest);
    hw_put_text(out, "edtf");
    if (value->edtf.n)
        hw_put_textn(out, value->edtf.p, value->edtf.n);
    else
        hw_put_null(out);
    put_day(out, "latest", value->latest);
    hw_put_text(out, "raw");
    hw_put_textn(out, value->text.p, value->text.n);
}

static void put_value(const struct hw_view *view, const struct hw_field *field, struct hw_slice bytes,
                      struct hw_out *out)
{
    struct hw_value value;
    char id[HW_ID_TEXT + 1];
    if (bytes.n == 0 || !hw_value_read(field, bytes, &value) || value.null) {
        hw_put_null(out);
        return;
    }
    switch (field->type) {
    case HW_TYPE_TIME:
        hw_put_when(out, &value);
        break;
    case HW_TYPE_INTEGER:
        hw_put_int(out, value.number);
        break;
    case HW_TYPE_BOOL:
        hw_put_bool(out, value.number != 0);
        break;
    case HW_TYPE_REF:
        hw_id_print(&value.ref, id);
        hw_put_text(out, id);
        break;
    case HW_TYPE_ENUM: {
        const char *name = hw_word_name(field->words, (uint16_t)value.number);
        hw_put_text(out, name ? name : hw_value_print(field, bytes, view->arena));
        break;
    }
    case HW_TYPE_TEXT:
    case HW_TYPE_COUNTRY:
        hw_put_textn(out, value.text.p, value.text.n);
        break;
    case HW_TYPE_BYTES:
        hw_put_text(out, hw_value_print(field, bytes, view->arena));
        break;
    }
}

void hw_view_put_field(const struct hw_view *view, const struct hw_field *field, struct hw_out *out)
{
    if (!field->set) {
        put_value(view, field, hw_row_value(view->row, field->id), out);
        return;
    }
    size_t n;
    const struct hw_slice *elements = hw_cell_elements(hw_row_cell(view->row, field->id), view->arena, &n);
    hw_put_array(out, n);
    for (size_t i = 0; i < n; i++)
        put_value(view, field, elements[i], out);
}

static void put_named(const struct hw_view *view, const char *name, bool set, struct hw_out *out)
{
    const struct hw_field *field = hw_view_field(view, name);
    hw_put_text(out, name);
    if (field && field->set == set)
        hw_view_put_field(view, field, out);
    else if (set)
        hw_put_array(out, 0);
    else
        hw_put_null(out);
}

/* The source's own word for an enum value; empty when it is the printed one. */
static struct hw_slice label_of(const struct hw_view *view, const char *name)
{
    struct hw_value value;
    const struct hw_field *field = hw_view_field(view, name);
    if (!field || field->type != HW_TYPE_ENUM || !hw_view_value(view, name, &value))
        return (struct hw_slice){0};
    return value.text;
}

static void put_label(const struct hw_view *view, const char *name, struct hw_out *out)
{
    struct hw_slice label = label_of(view, name);
    hw_put_text(out, hw_arena_printf(view->arena, "%s_label", name));
    if (label.n)
        hw_put_textn(out, label.p, label.n);
    else
        hw_put_null(out);
}

/* Keys of a list row that are not fields, or that are fields written by put_list. */
static const char *const list_keys[] = {"id",     "kind",       "group",     "plan",        "number",
                                        "type",   "title",      "countries", "responsible", "deadline",
                                        "status", "reason",     "progress",  "overdue",     "updated",
                                        "office", "updated_by", "conflicts", "comments",    "children"};

static void put_list(const struct hw_view *view, struct hw_out *out)
{
    unsigned life;
    struct hw_id plan;
    char plan_id[HW_ID_TEXT + 1] = "";
    const struct hw_touch *updated = &view->row->updated;
    if (hw_view_ref(view, "plan", &plan))
        hw_id_print(&plan, plan_id);
    hw_put_key_text(out, "id", hw_view_id(view));
    hw_put_key_text(out, "kind", view->kind->name);
    hw_put_key_text(out, "group", view->group);
    hw_put_key_text(out, "plan", hw_view_plan(view));
    hw_put_key_text(out, "plan_id", plan_id);
    put_named(view, "number", false, out);
    put_named(view, "type", false, out);
    hw_put_key_text(out, "title", hw_view_title(view));
    put_named(view, "countries", true, out);
    put_named(view, "responsible", true, out);
    put_named(view, "deadline", false, out);
    put_named(view, "status", false, out);
    put_label(view, "status", out);
    put_named(view, "reason", false, out);
    put_named(view, "progress", false, out);
    hw_put_key_bool(out, "overdue", hw_view_overdue(view, hw_view_today(view->tx)));
    hw_put_key_time(out, "updated", (int64_t)hw_stamp_ms(updated->stamp));
    hw_put_key_text(out, "updated_by", hw_arena_text(view->arena, updated->author.p, updated->author.n));
    hw_put_key_text(out, "office", hw_tx_office_of(view->tx, &updated->inc, &life));
    hw_put_key_int(out, "conflicts", hw_view_conflicts(view));
}

void hw_view_put_list(const struct hw_view *view, struct hw_out *out)
{
    hw_put_map_open(out);
    put_list(view, out);
    hw_put_close(out);
}

static bool is_list_key(const char *name)
{
    for (size_t i = 0; i < sizeof list_keys / sizeof list_keys[0]; i++)
        if (strcmp(list_keys[i], name) == 0)
            return true;
    return false;
}

/* Whether a list row already shows this very field under its own name. */
static bool in_list(const struct hw_view *view, const struct hw_field *field)
{
    static const char *const plain[] = {"plan",     "number", "type",   "title",   "countries", "responsible",
                                        "deadline", "status", "reason", "progress"};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (strcmp(plain[i], field->name) == 0)
            return hw_view_field(view, plain[i]) == field;
    return false;
}

void hw_view_open_show(const struct hw_view *view, struct hw_out *out)
{
    hw_put_map_open(out);
    put_list(view, out);
    for (size_t i = 0; i < view->kind->fields_n; i++) {
        const struct hw_field *field = &view->kind->fields[i];
        if (in_list(view, field))
            continue;
        hw_put_text(out, is_list_key(field->name)
                             ? hw_arena_printf(view->arena, "%s_%s", view->kind->name, field->name)
                             : field->name);
        hw_view_put_field(view, field, out);
        if (label_of(view, field->name).n)
            put_label(view, field->name, out);
    }
    hw_put_text(out, "in_conflict");
    hw_put_array_open(out);
    for (size_t i = 0; i < view->row->cells_n; i++) {
        const struct hw_field *field = hw_field_by_id(view->kind, view->row->cells[i].field);
        if (field && field->id != HW_FIELD_SOURCE && hw_cell_conflict(&view->row->cells[i], field))
            hw_put_text(out, field->name);
    }
    hw_put_close(out);
}

/* One member of an export line; they are sorted by key before they are written. */
struct member {
    const char *key;
    const struct hw_field *field; /* NULL: one of the others */
    bool label;
};

static int by_key(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    return strcmp(x->key, y->key);
}

static int by_bytes(const void *a, const void *b)
{
    return hw_slice_compare(*(const struct hw_slice *)a, *(const struct hw_slice *)b);
}

static void put_conflict(const struct hw_view *view, const struct member *member, const struct hw_cell *cell,
                         struct hw_out *out)
{
    const struct hw_field *field = member->field;
    struct hw_slice *values = hw_arena_zero(view->arena, cell->heads_n, sizeof *values);
    size_t n = 0;
    for (size_t i = 0; i < cell->heads_n; i++)
        values[i] = cell->heads[i].value;
    qsort(values, cell->heads_n, sizeof *values, by_bytes);
    for (size_t i = 0; i < cell->heads_n; i++)
        if (n == 0 || !hw_slice_equal(values[n - 1], values[i]))
            values[n++] = values[i];
    hw_put_text(out, member->key);
    hw_put_array(out, n);
    for (size_t i = 0; i < n; i++)
        put_value(view, field, values[i], out);
}

/* Fields in the order of their keys. */
static void put_conflicts(const struct hw_view *view, const struct member *members, size_t n, struct hw_out *out)
{
    hw_put_map_open(out);
    for (size_t i = 0; i < n; i++) {
        const struct hw_field *field = members[i].field;
        const struct hw_cell *cell = field && !members[i].label ? hw_row_cell(view->row, field->id) : NULL;
        if (cell && field->id != HW_FIELD_SOURCE && hw_cell_conflict(cell, field))
            put_conflict(view, &members[i], cell, out);
    }
    hw_put_close(out);
}

static size_t gather(const struct hw_view *view, struct member *members)
{
    size_t n = 0;
    members[n++] = (struct member){.key = "id"};
    members[n++] = (struct member){.key = "kind"};
    members[n++] = (struct member){.key = "group"};
    if (hw_view_conflicts(view) > 0)
        members[n++] = (struct member){.key = "conflicts"};
    for (size_t i = 0; i < view->kind->fields_n; i++) {
        const struct hw_field *field = &view->kind->fields[i];
        const char *key = field->name;
        if (strcmp(key, "kind") == 0)
            key = hw_arena_printf(view->arena, "%s_kind", view->kind->name);
        members[n++] = (struct member){.key = key, .field = field};
        if (strcmp(field->name, "status") == 0 || label_of(view, field->name).n)
            members[n++] = (struct member){
                .key = hw_arena_printf(view->arena, "%s_label", field->name), .field = field, .label = true};
    }
    qsort(members, n, sizeof *members, by_key);
    return n;
}

/* TOUCHED pairs. */
static void put_touched(const struct hw_view *view, struct hw_out *out)
{
    unsigned life;
    const struct hw_touch *made = &view->row->made, *updated = &view->row->updated;
    hw_put_key_time(out, "made", (int64_t)hw_stamp_ms(made->stamp));
    hw_put_key_text(out, "made_by", hw_arena_text(view->arena, made->author.p, made->author.n));
    hw_put_key_text(out, "made_at", hw_tx_office_of(view->tx, &made->inc, &life));
    hw_put_key_time(out, "updated", (int64_t)hw_stamp_ms(updated->stamp));
}

void hw_view_put_export(const struct hw_view *view, bool touched, struct hw_out *out)
{
    enum { TOUCHED = 4 };
    /* Four others; a field and its label each. */
    struct member *members = hw_arena_zero(view->arena, 4 + 2 * view->kind->fields_n, sizeof *members);
    size_t n = gather(view, members);
    hw_put_map(out, n + (touched ? TOUCHED : 0));
    if (touched)
        put_touched(view, out);
    for (size_t i = 0; i < n; i++) {
        const struct member *m = &members[i];
        if (m->label) {
            put_label(view, m->field->name, out);
            continue;
        }
        hw_put_text(out, m->key);
        if (m->field)
            hw_view_put_field(view, m->field, out);
        else if (strcmp(m->key, "id") == 0)
            hw_put_text(out, hw_view_id(view));
        else if (strcmp(m->key, "kind") == 0)
            hw_put_text(out, view->kind->name);
        else if (strcmp(m->key, "group") == 0)
            hw_put_text(out, view->group);
        else
            put_conflicts(view, members, n, out);
    }
}
