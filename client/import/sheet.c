/* sheet.c: one sheet of a workbook becomes a table.
 * Floor 2, noun: import sheet.  Rows and cells are read in one pass, as they stand;
 * merged ranges and links come behind them in the file and are put in at the
 * end (sheet_finish.c). Of a formula the result counts that was saved with it. */
#include <stdlib.h>
#include <string.h>

#include "client/import/own.h"
#include "client/import/workbook.h"

/* Rows and columns of the largest sheet that any program makes. */
enum { LINE_MAX = 16777216, COLUMN_MAX = 16384 };

struct reading {
    struct hw_import_sheet *sheet;
    struct hw_import_gather gather;
    struct hw_import_run run;
    uint32_t line; /* of the row in hand, or the last one */
    uint32_t column, next;
    const char *type; /* of the cell, one of `types` */
    long style;
    bool in_row, row_hidden, in_cell, in_text;
};

bool hw_import_place_read(const char *ref, uint32_t *line, uint32_t *column, const char **rest)
{
    uint32_t letters = 0;
    const char *at = ref;
    for (at += *at == '$'; (*at | 0x20) >= 'a' && (*at | 0x20) <= 'z' && letters <= COLUMN_MAX; at++)
        letters = letters * 26 + (uint32_t)((*at | 0x20) - 'a') + 1;
    char *end;
    at += *at == '$';
    if (letters == 0 || letters > COLUMN_MAX || *at < '0' || *at > '9')
        return false;
    long number = strtol(at, &end, 10);
    if (number < 1 || number > LINE_MAX)
        return false;
    *line = (uint32_t)number;
    *column = letters - 1;
    *rest = end;
    return true;
}

const char *hw_import_place_name(struct hw_arena *arena, uint32_t line, uint32_t column)
{
    char letters[4];
    size_t at = sizeof letters;
    letters[--at] = 0;
    for (uint32_t left = column % COLUMN_MAX + 1; left > 0; left = (left - 1) / 26)
        letters[--at] = (char)('A' + (left - 1) % 26);
    return line > 0 ? hw_arena_printf(arena, "%s%u", letters + at, (unsigned)line)
                    : hw_arena_printf(arena, "%s", letters + at);
}

void hw_import_sheet_aside(struct hw_import_sheet *sheet, uint32_t line, uint32_t column, const char *text)
{
    if (sheet->asides_n == sheet->asides_cap) {
        size_t cap = sheet->asides_cap == 0 ? 16 : sheet->asides_cap * 2;
        struct hw_import_aside *more = hw_arena_alloc(sheet->workbook->book->arena, cap * sizeof *more);
        if (sheet->asides_n > 0)
            memcpy(more, sheet->asides, sheet->asides_n * sizeof *more);
        sheet->asides = more;
        sheet->asides_cap = cap;
    }
    sheet->asides[sheet->asides_n++] = (struct hw_import_aside){line, column, text};
}

/* cells */

/* A whole number as it stands, which most are. */
static bool plain_number(const struct hw_import_format *format, struct hw_slice text)
{
    if (format->year || format->month || format->day || format->time || format->percent || format->decimals > 0 ||
        format->digits > 1 || text.n == 0 || text.n > 15 || (text.p[0] == '0' && text.n > 1))
        return false;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    return true;
}

static void number_cell(struct reading *r)
{
    static const struct hw_import_format plain = {.digits = 0};
    const struct hw_import_workbook *workbook = r->sheet->workbook;
    const struct hw_import_format *format = &plain;
    char text[HW_IMPORT_PRINTED_MAX], *end;
    if (r->style >= 0 && (size_t)r->style < workbook->formats_n)
        format = &workbook->formats[r->style];
    if (plain_number(format, hw_import_run_slice(&r->run))) {
        hw_import_gather_cell(&r->gather, hw_import_run_slice(&r->run), true);
        return;
    }
    hw_import_run_add(&r->run, (struct hw_slice){(const uint8_t *)"", 1}); /* the NUL */
    double number = strtod((const char *)r->run.p, &end);
    if (end == (const char *)r->run.p || *end != 0) {
        r->run.n--;
        hw_import_gather_cell(&r->gather, hw_import_run_slice(&r->run), true);
        return;
    }
    hw_import_format_print(format, number, workbook->since1904, text);
    hw_import_gather_cell(&r->gather, hw_slice_text(text), true);
}

/* 2016-12-31T00:00:00 as a few programs write dates. */
static void date_cell(struct reading *r)
{
    struct hw_slice text = hw_import_run_slice(&r->run);
    uint8_t *t = text.n > 10 && r->run.p[10] == 'T' ? r->run.p + 10 : NULL;
    if (t != NULL && text.n >= 19 && memcmp(t, "T00:00:00", 9) == 0)
        text.n = 10;
    else if (t != NULL)
        *t = ' ';
    hw_import_gather_cell(&r->gather, text, true);
}

static void shared_cell(struct hw_import_xml *xml, struct reading *r)
{
    const struct hw_import_workbook *workbook = r->sheet->workbook;
    struct hw_slice text = hw_import_run_slice(&r->run);
    size_t number = 0;
    for (size_t i = 0; i < text.n && number <= workbook->strings_n; i++)
        number = text.p[i] >= '0' && text.p[i] <= '9' ? number * 10 + (size_t)(text.p[i] - '0') : SIZE_MAX / 2;
    if (number >= workbook->strings_n) {
        hw_import_xml_fail(xml, HW_CORRUPT, "the workbook is damaged: cell %s of sheet \"%s\" has a text that is not there",
                           hw_import_place_name(r->gather.table->arena, r->line, r->column), r->sheet->name);
        return;
    }
    hw_import_gather_cell(&r->gather, workbook->strings[number], false);
}

static void cell_end(struct hw_import_xml *xml, struct reading *r)
{
    struct hw_slice text = hw_import_trim(hw_import_run_slice(&r->run));
    if (text.n == 0)
        return;
    hw_import_gather_to(&r->gather, r->column);
    if (strcmp(r->type, "s") == 0) {
        shared_cell(xml, r);
    } else if (strcmp(r->type, "n") == 0) {
        number_cell(r);
    } else if (strcmp(r->type, "b") == 0) {
        hw_import_gather_cell(&r->gather, hw_slice_text(hw_slice_is(text, "0") ? "FALSE" : "TRUE"), false);
    } else if (strcmp(r->type, "d") == 0) {
        date_cell(r);
    } else {
        hw_import_unescape(&r->run);
        hw_import_gather_cell(&r->gather, hw_import_run_slice(&r->run), true);
    }
}

static void cell_begin(struct reading *r, const char **attributes)
{
    static const char *const types[] = {"s", "n", "b", "d", "e", "str", "inlineStr"};
    const char *ref = hw_import_xml_get(attributes, "r"), *type = hw_import_xml_get(attributes, "t"), *rest;
    uint32_t line, column;
    r->column = r->next;
    if (ref != NULL && hw_import_place_read(ref, &line, &column, &rest) && column >= r->next)
        r->column = column;
    r->next = r->column + 1;
    r->type = "n";
    for (size_t i = 0; type != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(type, types[i]) == 0)
            r->type = types[i];
    r->style = hw_import_xml_number(attributes, "s", 0);
    r->in_cell = true;
    hw_import_run_clear(&r->run);
}

/* rows */

static void row_begin(struct reading *r, const char **attributes)
{
    long number = hw_import_xml_number(attributes, "r", 0);
    /* Numbers rise; a row without one follows the last. */
    r->line = number > (long)r->line && number <= LINE_MAX ? (uint32_t)number : r->line + 1;
    r->next = 0;
    r->in_row = true;
    r->row_hidden = hw_import_xml_flag(attributes, "hidden", false);
}

static void row_end(struct hw_import_xml *xml, struct reading *r)
{
    struct hw_import_sheet *sheet = r->sheet;
    size_t before = r->gather.table->n;
    sheet->workbook->cells += r->gather.n;
    hw_import_gather_line(&r->gather, r->line, HW_IMPORT_ROW);
    r->in_row = false;
    if (r->row_hidden && r->gather.table->n > before) {
        sheet->hidden_row = sheet->hidden_rows == 0 ? r->line : sheet->hidden_row;
        sheet->hidden_rows++;
    }
    if (r->gather.status != HW_OK || r->gather.table->n + sheet->workbook->lines > HW_IMPORT_ROWS_MAX ||
        sheet->workbook->cells > HW_IMPORT_CELLS_MAX)
        hw_import_xml_fail(xml, HW_LIMIT, "the workbook has more than %d rows or %d filled cells; cut it into parts",
                           HW_IMPORT_ROWS_MAX, HW_IMPORT_CELLS_MAX);
}

/* what stands behind the rows */

static void merge_add(struct hw_import_sheet *sheet, const char *ref)
{
    uint32_t first, last, column, other;
    const char *rest;
    if (ref == NULL || !hw_import_place_read(ref, &first, &column, &rest) || *rest != ':' ||
        !hw_import_place_read(rest + 1, &last, &other, &rest) || last <= first)
        return;
    if (sheet->merges_n == sheet->merges_cap) {
        size_t cap = sheet->merges_cap == 0 ? 16 : sheet->merges_cap * 2;
        struct hw_import_merge *more = hw_arena_alloc(sheet->workbook->book->arena, cap * sizeof *more);
        if (sheet->merges_n > 0)
            memcpy(more, sheet->merges, sheet->merges_n * sizeof *more);
        sheet->merges = more;
        sheet->merges_cap = cap;
    }
    sheet->merges[sheet->merges_n++] = (struct hw_import_merge){first, last, column};
}

/* Where a link leads, unless the cell says it already. Links inside the
 * workbook lead to what is read anyway. */
static void link_add(struct reading *r, const char **attributes)
{
    struct hw_import_sheet *sheet = r->sheet;
    struct hw_arena *arena = sheet->workbook->book->arena;
    const char *ref = hw_import_xml_get(attributes, "ref"), *place = hw_import_xml_get(attributes, "location"), *rest;
    const struct hw_import_relation *to =
        hw_import_relation_id(&sheet->relations, hw_import_xml_get(attributes, "id"));
    uint32_t line, column;
    if (to == NULL || !to->outside || ref == NULL || !hw_import_place_read(ref, &line, &column, &rest))
        return;
    const struct hw_import_line *found = hw_import_table_line(r->gather.table, line);
    struct hw_slice text = found != NULL ? hw_import_cell(found, column) : (struct hw_slice){NULL, 0};
    const char *target = to->target, *address = strncmp(target, "mailto:", 7) == 0 ? target + 7 : target;
    size_t slash = strlen(target) > 0 && target[strlen(target) - 1] == '/';
    if (place != NULL && strlen(place) <= 1000)
        target = hw_arena_printf(arena, "%s#%s", target, place);
    else if (hw_slice_is(text, address) || hw_slice_is(text, target) ||
             hw_slice_equal(text, (struct hw_slice){(const uint8_t *)target, strlen(target) - slash}))
        return;
    hw_import_sheet_aside(sheet, line, column,
                          hw_arena_printf(arena, "link of %s: %s", hw_import_place_name(arena, line, column), target));
}

static void columns_hidden(struct hw_import_sheet *sheet, const char **attributes)
{
    long first = hw_import_xml_number(attributes, "min", 0);
    if (first > 0 && first <= COLUMN_MAX && hw_import_xml_flag(attributes, "hidden", false) &&
        (sheet->hidden_column == 0 || (uint32_t)first < sheet->hidden_column))
        sheet->hidden_column = (uint32_t)first;
}

/* the elements */

static void on_open(struct hw_import_xml *xml, const char *name, const char **attributes)
{
    struct reading *r = xml->user;
    r->in_text = false;
    if (r->in_cell) {
        r->in_text = strcmp(name, "v") == 0 || strcmp(name, "t") == 0;
        if (strcmp(name, "f") == 0 || strcmp(name, "rPh") == 0 || strcmp(name, "extLst") == 0)
            hw_import_xml_skip(xml);
    } else if (r->in_row) {
        if (strcmp(name, "c") == 0)
            cell_begin(r, attributes);
        else
            hw_import_xml_skip(xml);
    } else if (strcmp(name, "row") == 0) {
        row_begin(r, attributes);
    } else if (strcmp(name, "mergeCell") == 0) {
        merge_add(r->sheet, hw_import_xml_get(attributes, "ref"));
    } else if (strcmp(name, "hyperlink") == 0) {
        link_add(r, attributes);
    } else if (strcmp(name, "col") == 0) {
        columns_hidden(r->sheet, attributes);
    } else if (strcmp(name, "extLst") == 0) {
        hw_import_xml_skip(xml);
    }
}

static void on_close(struct hw_import_xml *xml, const char *name)
{
    struct reading *r = xml->user;
    r->in_text = false;
    if (r->in_cell && strcmp(name, "c") == 0) {
        cell_end(xml, r);
        r->in_cell = false;
    } else if (r->in_row && strcmp(name, "row") == 0) {
        row_end(xml, r);
    }
}

static void on_text(struct hw_import_xml *xml, struct hw_slice text)
{
    struct reading *r = xml->user;
    if (r->in_text)
        hw_import_run_add(&r->run, text);
}

static void note_hidden(const struct hw_import_sheet *sheet, const struct hw_import_table *table)
{
    struct hw_import_book *book = sheet->workbook->book;
    uint32_t width = 0;
    for (size_t i = 0; i < table->n && sheet->hidden_column > 0; i++)
        width = table->lines[i].width > width ? table->lines[i].width : width;
    if (sheet->hidden_rows > 0)
        hw_import_book_note(book, sheet->hidden_row,
                            hw_arena_printf(book->arena, "sheet \"%s\" has %u hidden row%s (the first is %u), read like the others",
                                            sheet->name, (unsigned)sheet->hidden_rows, sheet->hidden_rows == 1 ? "" : "s",
                                            (unsigned)sheet->hidden_row));
    struct hw_import_map own; /* our own workbooks hide what ties records together */
    if (sheet->hidden_column > 0 && sheet->hidden_column <= width && !hw_import_own_map(table, book->arena, &own))
        hw_import_book_note(book, 1,
                            hw_arena_printf(book->arena, "sheet \"%s\" has hidden columns (the first is %s), read like the others",
                                            sheet->name, hw_import_place_name(book->arena, 0, sheet->hidden_column - 1)));
}

enum hw_status hw_import_sheet_read(struct hw_import_workbook *workbook, const struct hw_import_part *part,
                                    const char *name, struct hw_err *err)
{
    struct hw_import_sheet sheet = {.workbook = workbook, .name = name, .part = part->name};
    if (hw_import_relations_read(workbook->package, part->name, &sheet.relations, err) != HW_OK)
        return err->status;
    struct hw_import_table *table = hw_import_book_table(workbook->book, HW_IMPORT_SHEET, name);
    struct reading reading = {.sheet = &sheet, .gather = {.table = table, .status = HW_OK}, .type = "n"};
    struct hw_import_xml xml = {.user = &reading, .open = on_open, .close = on_close, .text = on_text};
    enum hw_status status = hw_import_package_read(workbook->package, part, &xml, err);
    hw_import_gather_done(&reading.gather);
    hw_import_run_done(&reading.run);
    if (status == HW_OK)
        status = hw_import_remarks_read(&sheet, err);
    if (status == HW_OK)
        status = hw_import_sheet_finish(&sheet, table, err);
    if (status != HW_OK)
        return status;
    note_hidden(&sheet, table);
    workbook->lines += table->n;
    if (table->n == 0)
        workbook->book->n--; /* an empty sheet is none */
    return HW_OK;
}
