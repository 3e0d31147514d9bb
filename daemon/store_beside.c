/* store_beside.c: values that a column holds, which `meta` leaves out (floor 2).
 *
 * A text stands in a column of its own as people look for it, and stood in `meta` once more: two fifths of what a comment took.
 * Only plain texts are left out: a column is the whole value of no other type. */
#include "daemon/store_internal.h"

bool hw_table_text(const struct hw_field *field)
{
    return field->type == HW_TYPE_TEXT && !field->set;
}

bool hw_table_text_whole(struct hw_slice value, struct hw_slice text)
{
    size_t head = text.n < 24 ? 1 : text.n <= UINT8_MAX ? 2 : text.n <= UINT16_MAX ? 3 : 5; /* the shortest */
    return text.n > 0 && value.n == head + text.n;
}

void hw_table_places(const struct hw_kind *kind, int first, int column[HW_TABLE_FIELDS])
{
    for (size_t i = 0; i < kind->fields_n; i++)
        if (hw_table_text(&kind->fields[i]))
            column[kind->fields[i].id] = first++;
}

/* A row as its columns stand in the result of a statement. */
struct columns {
    sqlite3_stmt *statement;
    const int *column;
    const struct hw_kind *kind;
    struct hw_arena *arena;
};

static struct hw_slice text_value(void *self, uint16_t id)
{
    const struct columns *columns = self;
    const struct hw_field *field = hw_field_by_id(columns->kind, id);
    struct hw_out value HW_CLEANUP(hw_out_done) = {0};
    if (!field || !hw_table_text(field))
        return (struct hw_slice){0};
    struct hw_slice text = hw_column_blob(columns->statement, columns->column[id]);
    hw_put_textn(&value, text.p, text.n);
    return text.n ? hw_arena_slice(columns->arena, hw_out_slice(&value)) : (struct hw_slice){0};
}

enum hw_status hw_table_meta(struct hw_row *row, sqlite3_stmt *statement, const int column[HW_TABLE_FIELDS],
                            struct hw_arena *arena, struct hw_slice meta, struct hw_err *err)
{
    struct columns columns = {.statement = statement, .column = column, .kind = hw_kind_by_id(row->kind), .arena = arena};
    const struct hw_beside beside = {.value = text_value, .self = &columns};
    return hw_row_decode_beside(row, arena, meta, &beside, err);
}
