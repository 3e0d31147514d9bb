/* rows.c: the lines of a table, one after the other, become the rows of
 * an import.  Floor 2, noun: import rows.  Knows what no single line knows: text
 * around the table, heads printed again, a second table, and which numbered row
 * stands above which. */
#include <string.h>

#include "client/import/outline.h"
#include "client/import/own.h"
#include "headway/country.h"

/* Text around the table is kept with the next row in pieces that fit a
 * comment with its label. */
enum { PIECE_BYTES_MAX = HW_IMPORT_CELL_MAX - 100 };

struct making {
    const struct hw_import_book *book;
    const struct hw_import_table *table; /* in hand */
    struct hw_arena *arena;
    struct hw_import_rows *rows;
    struct hw_import_keys keys;
    size_t waiting;   /* first of the book's lines whose text waits for a row; book->lines: none */
    uint32_t sound;   /* the last row without a problem, 0 none */
    bool foreign;     /* in another table of the same sheet */
    struct {
        struct hw_import_number number;
        uint32_t row;
    } above[HW_IMPORT_LEVELS_MAX]; /* the last row of each level */
};

bool hw_import_heads_again(const struct hw_import_table *table, size_t line)
{
    if (table->map == NULL || line < table->map->body)
        return false;
    const struct hw_import_line *heads = &table->lines[table->map->head], *other = &table->lines[line];
    if (other->place != HW_IMPORT_ROW || other->fault != HW_IMPORT_SOUND || other->n != heads->n)
        return false;
    for (size_t i = 0; i < heads->n; i++)
        if (heads->cells[i].column != other->cells[i].column ||
            !hw_slice_equal(heads->cells[i].text, other->cells[i].text))
            return false;
    return true;
}

/* Whether a line of a table is no row of it: text around it, or any text of a
 * table whose heads say nothing. */
static bool outside(const struct hw_import_table *table, size_t line)
{
    if (table->map == NULL || line < table->map->head)
        return table->lines[line].place != HW_IMPORT_RULE;
    return table->lines[line].place == HW_IMPORT_OUTSIDE;
}

/* A line of text around the table; cells of a preamble are parted by tabs. One
 * of an outline has its number before it (check.c). */
static struct hw_slice line_text(const struct making *m, const struct hw_import_table *table,
                                 const struct hw_import_line *from)
{
    size_t n = 0;
    if (table->form == HW_IMPORT_OUTLINE && from->n > 0)
        return hw_slice_text(hw_arena_printf(m->arena, "line %u: %.*s", (unsigned)from->line, (int)from->cells[0].text.n,
                                             (const char *)from->cells[0].text.p));
    for (size_t i = 0; i < from->n; i++)
        n += from->cells[i].text.n + 1;
    uint8_t *text = hw_arena_alloc(m->arena, n + 1);
    n = 0;
    for (size_t i = 0; i < from->n; i++) {
        if (from->cells[i].copied)
            continue;
        if (n > 0)
            text[n++] = '\t';
        memcpy(text + n, from->cells[i].text.p, from->cells[i].text.n);
        n += from->cells[i].text.n;
    }
    return (struct hw_slice){text, n};
}

/* A single line of a preamble may hold many cells and more than a comment
 * may: then each cell is kept on its own. */
static void keep_line(const struct making *m, struct hw_import_row *row, const struct hw_import_line *from)
{
    for (size_t i = 0; i < from->n; i++)
        if (!from->cells[i].copied)
            hw_import_row_keep(row, m->arena, "beside the table", from->cells[i].text, from->cells[i].column);
}

/* Hands the waiting text before the book's line `end` to row `number`. */
static void hand_over(struct making *m, size_t end, uint32_t number)
{
    struct hw_import_row *row = &m->rows->row[number - 1];
    uint8_t *piece = NULL;
    size_t n = 0;
    for (size_t i = m->waiting; i < end; i++) {
        const struct hw_import_table *table = hw_import_book_at(m->book, i);
        const struct hw_import_line *line = &table->lines[i - table->first];
        if (!outside(table, i - table->first) || m->rows->carrier[i] != 0)
            continue;
        struct hw_slice text = line_text(m, table, line);
        m->rows->carrier[i] = number;
        if (text.n > PIECE_BYTES_MAX) {
            keep_line(m, row, line);
            continue;
        }
        if (n > 0 && n + text.n + 1 > PIECE_BYTES_MAX) {
            hw_import_row_keep(row, m->arena, "beside the table", (struct hw_slice){piece, n}, 0);
            piece = NULL;
            n = 0;
        }
        if (piece == NULL)
            piece = hw_arena_alloc(m->arena, PIECE_BYTES_MAX);
        if (n > 0)
            piece[n++] = '\n';
        memcpy(piece + n, text.p, text.n);
        n += text.n;
    }
    if (n > 0)
        hw_import_row_keep(row, m->arena, "beside the table", (struct hw_slice){piece, n}, 0);
    m->waiting = m->book->lines;
}

/* Puts a numbered row under the nearest row above it whose number it
 * continues: 1.1 under 1, 1.2.3 under 1.2 or else under 1. */
static void find_parent(struct making *m, struct hw_import_row *row, uint32_t row_number,
                        const struct hw_import_number *number)
{
    if (number->levels == 0)
        return;
    for (size_t k = number->levels - 1; k > 0 && row->parent == 0; k--)
        if (m->above[k - 1].row != 0 && memcmp(m->above[k - 1].number.part, number->part, k * sizeof number->part[0]) == 0)
            row->parent = m->above[k - 1].row;
    m->above[number->levels - 1].number = *number;
    m->above[number->levels - 1].row = row_number;
    for (size_t k = number->levels; k < HW_IMPORT_LEVELS_MAX; k++)
        m->above[k].row = 0;
}

/* A line without a title, whose cells are all of the kind that goes on: a cell
 * was cut in two by the end of a page. */
static bool goes_on(const struct making *m, size_t line)
{
    const struct hw_import_table *table = m->table;
    const struct hw_import_line *from = &table->lines[line];
    if (hw_import_denied(m->rows->answers, from->line) || m->sound == 0 || m->rows->row[m->sound - 1].source < table->first || from->fault != HW_IMPORT_SOUND)
        return false;
    for (size_t i = 0; i < from->n; i++) {
        uint32_t column = from->cells[i].column;
        const char *field = column < table->map->width ? table->map->columns[column].field : "title";
        if (field != NULL && strcmp(field, "references") != 0 && strcmp(field, "comment") != 0 &&
            strcmp(field, "description") != 0)
            return false;
    }
    return from->n > 0;
}

/* Its cells are kept whole with the row above; references are values too. */
static void go_on(struct making *m, size_t line)
{
    const struct hw_import_line *from = &m->table->lines[line];
    struct hw_import_row *row = &m->rows->row[m->sound - 1];
    for (size_t i = 0; i < from->n; i++) {
        const struct hw_import_cell *cell = &from->cells[i];
        const char *field = m->table->map->columns[cell->column].field;
        if (field != NULL && strcmp(field, "references") == 0)
            hw_import_references(row, m->arena, cell);
        if (field != NULL && strcmp(field, "comment") == 0)
            hw_import_row_value(row, m->arena, (struct hw_import_value){"comment", cell->text, cell->column, true});
        else
            hw_import_row_keep(row, m->arena, hw_import_column_name(m->table->map, cell->column, m->arena), cell->text,
                               cell->column);
    }
    m->rows->carrier[m->table->first + line] = m->sound;
    m->rows->kept += from->n;
    hw_import_note(m->rows, m->arena, from->line,
                   hw_arena_printf(m->arena, "no title here: read as the rest of line %u", (unsigned)row->line));
}

static void make_row(struct making *m, size_t line)
{
    struct hw_import_number number = {.levels = 0};
    size_t first = m->rows->n;
    if (goes_on(m, line)) {
        go_on(m, line);
        return;
    }
    hw_import_row_fill(m->table, line, m->arena, &m->keys, m->rows, &number);
    struct hw_import_row *row = &m->rows->row[first];
    if (row->problem != NULL)
        return;
    m->sound = (uint32_t)first + 1;
    if (m->waiting < m->table->first + line)
        hand_over(m, m->table->first + line, m->sound);
    find_parent(m, &m->rows->row[first], m->sound, &number);
}

static void refuse_foreign(struct making *m, size_t line)
{
    const struct hw_import_line *from = &m->table->lines[line];
    struct hw_import_row *row = hw_import_row_add(m->rows, m->arena, "item", m->table->first + line, from->line);
    row->map = m->table->map;
    hw_import_row_problem(m->rows, row, "this row is of another table in the file; put that table in a file of its own",
                          from->cells[0].column, from->cells[0].text);
}

static void make_line(struct making *m, size_t line)
{
    const struct hw_import_table *table = m->table;
    const struct hw_import_line *from = &table->lines[line];
    size_t nth = table->first + line;
    if (from->place == HW_IMPORT_RULE || (table->map != NULL && line >= table->map->head && line < table->map->body))
        return;
    if (outside(table, line)) {
        m->waiting = m->waiting < nth ? m->waiting : nth;
        return;
    }
    if (hw_import_heads_again(table, line)) {
        m->foreign = false;
        return;
    }
    /* A rule under a line makes it the head of a table. */
    if (line + 1 < table->n && line > table->map->body && table->lines[line + 1].place == HW_IMPORT_RULE &&
        table->lines[line + 1].line == from->line + 1)
        m->foreign = true;
    if (m->foreign && from->n > 0)
        refuse_foreign(m, line);
    else
        make_row(m, line);
}

/* An outline makes its rows by itself; what it leaves waits for the next row. */
static void make_outline(struct making *m)
{
    size_t before = m->rows->n;
    hw_outline_make(m->book, m->table, m->rows, &m->keys);
    for (size_t i = before; i < m->rows->n; i++) {
        if (m->rows->row[i].problem != NULL)
            continue;
        m->sound = (uint32_t)i + 1;
        if (m->waiting < m->table->first)
            hand_over(m, m->table->first, m->sound);
    }
    for (size_t i = 0; i < m->table->n; i++)
        if (m->rows->carrier[m->table->first + i] == 0 && m->waiting > m->table->first + i)
            m->waiting = m->table->first + i;
}

static void make_table(struct making *m, const struct hw_import_table *table)
{
    uint32_t plan = 0;
    m->table = table;
    m->foreign = false;
    memset(m->above, 0, sizeof m->above);
    if (table->map != NULL && table->map->own) {
        hw_import_own_rows(table, m->rows, m->arena, &m->keys);
        return;
    }
    if (table->form == HW_IMPORT_OUTLINE) {
        make_outline(m);
        return;
    }
    if (table->map != NULL && table->map->title_guessed)
        hw_import_note(m->rows, m->arena, table->lines[table->map->head].line,
                       hw_arena_printf(m->arena, "no head names the title; \"%s\" was taken (another: --map \"HEAD=title\")",
                                       hw_import_column_name(table->map, table->map->title, m->arena)));
    if (table->map != NULL)
        plan = hw_import_preamble(table, m->rows, &m->keys);
    for (size_t i = 0; plan != 0 && i < table->map->head; i++)
        make_line(m, i);
    if (m->waiting < m->book->lines && plan != 0)
        hand_over(m, table->first + table->map->head, plan);
    for (size_t i = plan != 0 ? table->map->head : 0; i < table->n; i++)
        make_line(m, i);
}

enum hw_status hw_import_rows_make(const struct hw_import_book *book, struct hw_import_rows *rows, struct hw_err *err)
{
    struct making m = {.book = book, .arena = book->arena, .rows = rows, .keys = {.arena = book->arena},
                       .waiting = book->lines};
    *rows = (struct hw_import_rows){.answers = book->answers, .carrier = hw_arena_zero(book->arena, book->lines, sizeof *rows->carrier)};
    for (size_t i = 0; i < book->notes_n; i++)
        hw_import_note(rows, book->arena, book->note[i].line, book->note[i].text);
    for (size_t i = 0; i < book->n; i++)
        make_table(&m, &book->tables[i]);
    if (rows->n == 0 && book->n > 0 && book->tables[0].form == HW_IMPORT_OUTLINE)
        return hw_fail(err, HW_DECISION, "no list in this text says what is to be done; put a heading such as "
                                         "\"Activities\" over it, or name the columns of a table with --map");
    if (rows->n == 0)
        return hw_fail(err, HW_DECISION, "no row stands under the heads");
    /* Text below the last row stays with it; a plan or a member that the text above named will do. */
    for (size_t i = 0; i < rows->n && m.sound == 0; i++)
        m.sound = rows->row[i].problem == NULL ? (uint32_t)i + 1 : 0;
    if (m.waiting < book->lines && m.sound != 0)
        hand_over(&m, book->lines, m.sound);
    /* No row is sound: the file is refused for its problems, this text with it. */
    for (size_t i = m.waiting; i < book->lines; i++)
        if (rows->carrier[i] == 0)
            rows->carrier[i] = 1;
    if (rows->n > HW_IMPORT_ROWS_MAX)
        return hw_fail(err, HW_LIMIT, "more than %d rows; cut the file into parts", HW_IMPORT_ROWS_MAX);
    return HW_OK;
}

/* writing */

/* Two words for one country, or one entry twice in a cell, are one element. */
static bool said_before(const struct hw_import_row *row, size_t at)
{
    const struct hw_import_value *value = &row->values[at];
    for (size_t i = 0; i < at; i++) {
        const struct hw_import_value *other = &row->values[i];
        if (strcmp(other->field, value->field) != 0)
            continue;
        if (hw_slice_equal(other->text, value->text))
            return true;
        if (strcmp(value->field, "countries") == 0) {
            const struct hw_country *country = hw_country_find(value->text);
            if (country != NULL && hw_country_find(other->text) == country)
                return true;
        }
    }
    return false;
}

/* "Plan!Deadline": the column for people, with its sheet where there are several. */
const char *hw_import_column_said(const struct hw_import_row *row, uint32_t column, struct hw_arena *arena)
{
    const char *name = hw_import_column_name(row->map, column, arena);
    return row->map != NULL && row->map->sheet != NULL ? hw_arena_printf(arena, "%s!%s", row->map->sheet, name) : name;
}

static void put_fields(const struct hw_import_row *row, struct hw_out *out)
{
    hw_put_text(out, "fields");
    hw_put_array_open(out);
    for (size_t i = 0, m = 0; i < row->n; i++) {
        const struct hw_import_value *value = &row->values[i];
        bool meant = m < row->meant_n && row->meant[m].value == i;
        const char *read = meant ? row->meant[m++].text : NULL;
        if (strcmp(value->field, "comment") == 0 || said_before(row, i))
            continue;
        hw_put_array(out, meant ? 4 : 3);
        hw_put_text(out, value->field);
        hw_put_textn(out, value->text.p, value->text.n);
        hw_put_uint(out, value->column); /* a name for each cell would be a third of the request */
        if (meant)
            hw_put_text(out, read);
    }
    hw_put_close(out);
    hw_put_text(out, "comments");
    hw_put_array_open(out);
    for (size_t i = 0; i < row->n; i++)
        if (strcmp(row->values[i].field, "comment") == 0 && !said_before(row, i))
            hw_put_textn(out, row->values[i].text.p, row->values[i].text.n);
    hw_put_close(out);
}

static void put_optional(struct hw_out *out, const char *name, const char *text)
{
    if (text == NULL)
        return;
    hw_put_text(out, name);
    hw_put_text(out, text);
}

static void put_row(const struct hw_import_row *row, size_t number, struct hw_arena *arena, struct hw_out *out)
{
    hw_put_map_open(out);
    hw_put_text(out, "row");
    hw_put_uint(out, number);
    hw_put_text(out, "line");
    hw_put_uint(out, row->line);
    if (row->problem != NULL) {
        hw_put_text(out, "problem");
        hw_put_text(out, row->problem);
        hw_put_text(out, "column");
        hw_put_text(out, hw_import_column_said(row, row->problem_column, arena));
        hw_put_text(out, "value");
        hw_put_textn(out, row->problem_value.p, row->problem_value.n);
        hw_put_close(out);
        return;
    }
    hw_put_text(out, "key");
    hw_put_text(out, row->key);
    hw_put_text(out, "kind");
    hw_put_text(out, row->kind);
    put_optional(out, "id", row->id);
    put_optional(out, "parent_id", row->parent_id);
    put_optional(out, "base", row->base);
    if (row->map != NULL && row->map->whole) {
        hw_put_text(out, "whole");
        hw_put_bool(out, true);
    }
    if (row->parent != 0) {
        hw_put_text(out, "parent");
        hw_put_uint(out, row->parent);
    }
    put_fields(row, out);
    if (row->rest[0] != 0) {
        hw_put_text(out, "rest");
        hw_put_text(out, row->rest);
    }
    hw_put_close(out);
}

bool hw_import_row_elsewhere(const struct hw_import_rows *rows, const struct hw_import_row *row)
{
    return rows->only != NULL && row->group != NULL && strcmp(rows->only, row->group) != 0;
}

void hw_import_rows_put(const struct hw_import_rows *rows, struct hw_arena *arena, struct hw_out *out)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->n; i++)
        n += !hw_import_row_elsewhere(rows, &rows->row[i]);
    hw_put_array(out, n);
    for (size_t i = 0; i < rows->n; i++)
        if (!hw_import_row_elsewhere(rows, &rows->row[i]))
            put_row(&rows->row[i], i + 1, arena, out);
}
