/* row.c: a row of an import as it is gathered.  Floor 2, noun: import row.
 * Values, what is kept beside them, and what is wrong with it. */
#include <string.h>

#include "client/import/rows.h"

/* What a problem shows of a cell. */
enum { SHOWN_BYTES = 200 };
/* Different values that no field knows; more are counted with the first of their column. */
enum { UNREAD_MAX = 500 };

struct hw_import_row *hw_import_row_add(struct hw_import_rows *rows, struct hw_arena *arena, const char *kind,
                                        size_t source, uint32_t line)
{
    if (rows->n == rows->cap) {
        size_t cap = rows->cap == 0 ? 64 : rows->cap * 2;
        struct hw_import_row *more = hw_arena_alloc(arena, cap * sizeof *more);
        if (rows->n > 0)
            memcpy(more, rows->row, rows->n * sizeof *more);
        rows->row = more;
        rows->cap = cap;
    }
    struct hw_import_row *row = &rows->row[rows->n++];
    *row = (struct hw_import_row){.kind = kind, .line = line, .source = source, .key = "", .rest = ""};
    if (rows->carrier[source] == 0)
        rows->carrier[source] = (uint32_t)rows->n;
    return row;
}

void hw_import_row_value(struct hw_import_row *row, struct hw_arena *arena, struct hw_import_value value)
{
    if (row->n == row->cap) {
        size_t cap = row->cap == 0 ? 12 : row->cap * 2;
        struct hw_import_value *more = hw_arena_alloc(arena, cap * sizeof *more);
        if (row->n > 0)
            memcpy(more, row->values, row->n * sizeof *more);
        row->values = more;
        row->cap = cap;
    }
    row->values[row->n++] = value;
}

void hw_import_row_problem(struct hw_import_rows *rows, struct hw_import_row *row, const char *problem,
                           uint32_t column, struct hw_slice value)
{
    if (row->problem != NULL)
        return;
    if (value.n > SHOWN_BYTES) {
        value.n = SHOWN_BYTES;
        while (value.n > 0 && (value.p[value.n] & 0xC0) == 0x80)
            value.n--;
    }
    row->problem = problem;
    row->problem_column = column;
    row->problem_value = value;
    rows->problems++;
}

/* Appends "\nname: text"; room grows by doubling, because a hostile row has a
 * thousand cells to keep. */
static void rest_add(struct hw_import_row *row, struct hw_arena *arena, const char *name, size_t label,
                     struct hw_slice text)
{
    size_t need = row->rest_n + label + text.n + 4;
    char *room = (char *)(uintptr_t)row->rest;
    if (need > row->rest_cap) {
        row->rest_cap = need < 64 ? 128 : need * 2;
        room = hw_arena_alloc(arena, row->rest_cap);
        memcpy(room, row->rest, row->rest_n);
    }
    size_t n = row->rest_n;
    if (n > 0)
        room[n++] = '\n';
    memcpy(room + n, name, label);
    n += label;
    room[n++] = ':';
    room[n++] = ' ';
    memcpy(room + n, text.p, text.n);
    n += text.n;
    room[n] = 0;
    row->rest = room;
    row->rest_n = n;
}

void hw_import_row_keep(struct hw_import_row *row, struct hw_arena *arena, const char *name, struct hw_slice text,
                        uint32_t column)
{
    size_t label = strlen(name);
    if (row->rest_n + label + text.n + 4 <= HW_IMPORT_REST_MAX) {
        rest_add(row, arena, name, label, text);
        return;
    }
    /* Two bytes stand between label and text. */
    if (label + text.n + 2 <= HW_IMPORT_CELL_MAX)
        text = hw_slice_text(hw_arena_printf(arena, "%s:\n%.*s", name, (int)text.n, (const char *)text.p));
    hw_import_row_value(row, arena, (struct hw_import_value){"comment", text, column, true});
}

void hw_import_unread(struct hw_import_rows *rows, struct hw_arena *arena, const char *column, const char *field,
                      uint32_t line, struct hw_slice value)
{
    for (size_t i = 0; i < rows->unread_n; i++)
        if (strcmp(rows->unread[i].column, column) == 0 && strcmp(rows->unread[i].field, field) == 0 &&
            (hw_slice_equal(rows->unread[i].value, value) || rows->unread_n == UNREAD_MAX)) {
            rows->unread[i].n++;
            return;
        }
    if (rows->unread_n == UNREAD_MAX)
        return;
    if (rows->unread_n == rows->unread_cap) {
        size_t cap = rows->unread_cap == 0 ? 8 : rows->unread_cap * 2;
        struct hw_import_unread *more = hw_arena_alloc(arena, cap * sizeof *more);
        if (rows->unread_n > 0)
            memcpy(more, rows->unread, rows->unread_n * sizeof *more);
        rows->unread = more;
        rows->unread_cap = cap;
    }
    rows->unread[rows->unread_n++] = (struct hw_import_unread){column, field, 1, line, value};
}

void hw_import_note(struct hw_import_rows *rows, struct hw_arena *arena, uint32_t line, const char *text)
{
    if (rows->notes_n == rows->notes_cap) {
        size_t cap = rows->notes_cap == 0 ? 16 : rows->notes_cap * 2;
        struct hw_import_note *more = hw_arena_alloc(arena, cap * sizeof *more);
        if (rows->notes_n > 0)
            memcpy(more, rows->note, rows->notes_n * sizeof *more);
        rows->note = more;
        rows->notes_cap = cap;
    }
    rows->note[rows->notes_n++] = (struct hw_import_note){line, text};
}
