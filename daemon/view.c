/* view.c: reading one record's values for documents (floor 3, noun: view). */
#include "daemon/view.h"

#include <string.h>

enum { DAY_MS = 86400000 };

struct hw_view hw_view_of(struct hw_tx *tx, struct hw_arena *arena, const struct hw_record *record)
{
    return (struct hw_view){.tx = tx,
                            .arena = arena,
                            .kind = hw_kind_by_id(record->row.kind),
                            .row = &record->row,
                            .group = record->group};
}

enum hw_status hw_view_scan(struct hw_tx *tx, struct hw_arena *arena, struct hw_scan *scan, uint16_t kind,
                            struct hw_row *row, struct hw_view *view, struct hw_err *err)
{
    *view = (struct hw_view){.tx = tx,
                             .arena = arena,
                             .kind = hw_kind_by_id(kind),
                             .row = row,
                             .group = hw_scan_group(scan),
                             .scan = scan};
    return hw_scan_row(scan, arena, row, err);
}

const struct hw_field *hw_view_field(const struct hw_view *view, const char *name)
{
    for (size_t i = 0; i < view->kind->fields_n; i++)
        if (strcmp(view->kind->fields[i].name, name) == 0)
            return &view->kind->fields[i];
    return NULL;
}

bool hw_view_value(const struct hw_view *view, const char *name, struct hw_value *value)
{
    const struct hw_field *field = hw_view_field(view, name);
    *value = (struct hw_value){.null = true, .earliest = HW_DAY_NONE, .latest = HW_DAY_NONE};
    if (!field || field->set)
        return false;
    struct hw_slice bytes = hw_row_value(view->row, field->id);
    return bytes.n && hw_value_read(field, bytes, value) && !value->null;
}

const char *hw_row_print(const struct hw_row *row, const struct hw_field *field, struct hw_arena *arena)
{
    if (!field->set) {
        struct hw_slice bytes = hw_row_value(row, field->id);
        return bytes.n ? hw_value_print(field, bytes, arena) : "";
    }
    size_t n;
    const struct hw_slice *elements = hw_cell_elements(hw_row_cell(row, field->id), arena, &n);
    const char *text = "";
    for (size_t i = 0; i < n; i++)
        text = hw_arena_printf(arena, "%s%s%s", text, i ? ", " : "", hw_value_print(field, elements[i], arena));
    return text;
}

const char *hw_view_text(const struct hw_view *view, const char *name)
{
    const struct hw_field *field = hw_view_field(view, name);
    return field ? hw_row_print(view->row, field, view->arena) : "";
}

uint16_t hw_view_word(const struct hw_view *view, const char *name)
{
    struct hw_value value;
    return hw_view_value(view, name, &value) ? (uint16_t)value.number : 0;
}

bool hw_view_ref(const struct hw_view *view, const char *name, struct hw_id *id)
{
    struct hw_value value;
    if (!hw_view_value(view, name, &value))
        return false;
    *id = value.ref;
    return true;
}

const char **hw_view_elements(const struct hw_view *view, const char *name, size_t *n)
{
    const struct hw_field *field = hw_view_field(view, name);
    *n = 0;
    if (!field)
        return NULL;
    if (!field->set) {
        const char **one = hw_arena_alloc(view->arena, sizeof *one);
        one[0] = hw_row_print(view->row, field, view->arena);
        *n = *one[0] ? 1 : 0;
        return one;
    }
    const struct hw_slice *elements = hw_cell_elements(hw_row_cell(view->row, field->id), view->arena, n);
    const char **texts = hw_arena_alloc(view->arena, (*n + 1) * sizeof *texts);
    for (size_t i = 0; i < *n; i++)
        texts[i] = hw_value_print(field, elements[i], view->arena);
    return texts;
}

bool hw_view_archived(const struct hw_view *view)
{
    struct hw_value value;
    return hw_view_value(view, "archived", &value) && value.number != 0;
}

const char *hw_view_title(const struct hw_view *view)
{
    static const char *const names[] = {"title", "name", "organisation", "text", "country", "code", "scope"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = hw_view_text(view, names[i]);
        if (*text)
            return text;
    }
    return "";
}

const char *hw_view_id(const struct hw_view *view)
{
    char *text = hw_arena_alloc(view->arena, HW_ID_TEXT + 1);
    hw_id_print(&view->row->id, text);
    return text;
}

int hw_view_conflicts(const struct hw_view *view)
{
    int n = 0;
    for (size_t i = 0; i < view->row->cells_n; i++) {
        const struct hw_cell *cell = &view->row->cells[i];
        if (cell->field != HW_FIELD_SOURCE && hw_cell_conflict(cell, hw_field_by_id(view->kind, cell->field)))
            n++;
    }
    return n;
}

bool hw_view_finished(const struct hw_view *view)
{
    return hw_status_finished(hw_view_word(view, "status"));
}

bool hw_status_finished(uint16_t status)
{
    return status == HW_STATUS_COMPLETED || status == HW_STATUS_NO_LONGER_APPLICABLE || status == HW_STATUS_CANCELLED;
}

bool hw_view_overdue(const struct hw_view *view, int32_t today)
{
    struct hw_value deadline;
    return hw_view_value(view, "deadline", &deadline) && deadline.latest != HW_DAY_NONE && deadline.latest < today &&
           !hw_view_finished(view);
}

const char *hw_view_name_of(struct hw_tx *tx, struct hw_arena *arena, const char *group, uint16_t kind, const struct hw_id *id)
{
    struct hw_record *record;
    char *text = hw_arena_alloc(arena, HW_ID_TEXT + 1);
    hw_id_print(id, text);
    if (hw_tx_record(tx, kind, id, group, &record, NULL) != HW_OK)
        return text;
    struct hw_view of = hw_view_of(tx, arena, record);
    const char *code = hw_view_text(&of, "code");
    return *code ? code : *hw_view_title(&of) ? hw_view_title(&of) : text;
}

const char *hw_view_plan(const struct hw_view *view)
{
    struct hw_id id;
    return hw_view_ref(view, "plan", &id) ? hw_view_name_of(view->tx, view->arena, view->group, HW_KIND_PLAN, &id) : "";
}

int32_t hw_view_today(const struct hw_tx *tx)
{
    return (int32_t)(hw_tx_wall(tx) / DAY_MS);
}

const char *hw_view_cut(struct hw_arena *arena, const char *text, size_t max)
{
    size_t n = strlen(text);
    if (n <= max)
        return text;
    for (n = max; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
        n--;
    return hw_arena_printf(arena, "%.*s…", (int)n, text);
}
