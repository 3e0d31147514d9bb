/* xlsx_sheet.c: one sheet of a workbook (floor 2, noun: xlsx sheet).
 * Rows go to the disk one by one (constant_memory), so that 100,000 of them take no more
 * memory than one; they must be written from top to bottom. */
#include <stdlib.h>
#include <string.h>

#include "client/doc.h"
#include "client/export/xlsx.h"
#include "client/import/own.h"
#include "client/out.h"
#include "headway/when.h"

enum {
    LETTERS_MAX = 32767,    /* of UTF-16 in one cell */
    PIECE_MAX = 30000,      /* bytes of a long text in one cell: never more letters than that */
    TYPED_MAX = 255,        /* older Excel shows #### for longer cells of the format "text" */
    ROWS_SPARE = 1000,      /* below the last row, where people add rows: the drop-down works there too */
    RECORDS_LOOKED_AT = 500, /* to see which way a sheet is written */
    LIST_MAX = 255,         /* letters of the words of a drop-down */
    LINE_HEIGHT = 15,       /* points; Excel's own */
    LINES_MAX = 12,         /* of a row: half a screen; the cell has the rest */
    PAPER_A4 = 9,
    WORDS_MAX = 32
};
/* Excel's days begin in 1900 with a 29 February that never was. */
static const int32_t first_day = -25508; /* 1900-03-01 */

struct width {
    const char *name;
    double width;
    bool hidden;
};
static const struct width widths[] = {
    {"id", 14, false},        {"base", 8, true},        {"kind", 10, true},       {"group", 14, false},
    {"plan", 14, false},      {"parent", 18, true},     {"rank", 6, true},        {"continues", 18, true},
    {"on", 18, true},         {"number", 8, false},     {"type", 13, false},      {"title", 48, false},
    {"description", 48, false}, {"countries", 14, false}, {"responsible", 26, false}, {"deadline", 14, false},
    {"status", 15, false},    {"progress", 9, false},   {"completed_on", 14, false}, {"reason", 26, false},
    {"themes", 20, false},    {"references", 24, false}, {"text", 70, false},     {"about", 40, false},
    {"made", 25, false},      {"made_by", 14, false},   {"made_at", 10, false},   {"outcome", 48, false},
    {"organisation", 32, false}, {"person", 24, false}, {"place", 24, false},     {"period", 16, false},
};

struct sheet {
    struct hw_xlsx *xlsx;
    lxw_worksheet *to;
    const char *name;
    const struct hw_kind *kind;
    struct hw_export_columns columns;
    struct hw_export_cell cells[HW_EXPORT_COLUMNS_MAX];
    struct hw_arena arena; /* of one row */
    bool plan;             /* the items of one plan: what is the same in each row is hidden */
};

enum hw_status hw_xlsx_check(lxw_error error, struct hw_err *err)
{
    if (error == LXW_NO_ERROR)
        return HW_OK;
    bool limit = error == LXW_ERROR_WORKSHEET_INDEX_OUT_OF_RANGE || error == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED;
    return hw_fail(err, limit ? HW_LIMIT : HW_IO, "cannot write the workbook: %s%s", lxw_strerror(error),
                   limit ? " (csv has no such limit)" : "");
}

/* Letters of UTF-16. */
static size_t letters(const char *text)
{
    size_t n = 0;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        n += (c & 0xc0) == 0x80 ? 0 : c >= 0xf0 ? 2 : 1;
    }
    return n;
}

static bool is_escape(const char *p)
{
    return p[0] == '_' && p[1] == 'x' && strspn(p + 2, "0123456789abcdefABCDEF") >= 4 && p[6] == '_';
}

/* XML holds no control characters; _x000D_ is how workbooks write them (ECMA-376, 22.9.2.19), and _x005F_ a _ that would
 * look so. */
static const char *escape(struct hw_arena *arena, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = hw_arena_alloc(arena, 7 * strlen(text) + 1);
    size_t n = 0;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c < ' ' && c != '\n' && c != '\t') || is_escape(text)) {
            memcpy(out + n, "_x00", 4);
            out[n + 4] = digits[c >> 4];
            out[n + 5] = digits[c & 15];
            out[n + 6] = '_';
            n += 7;
        } else {
            out[n++] = (char)c;
        }
    }
    out[n] = '\0';
    return out;
}

static const struct width *width_of(const char *name)
{
    static const struct width other = {"", 18, false};
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++)
        if (strcmp(widths[i].name, name) == 0)
            return &widths[i];
    return &other;
}

static bool is_time(const struct hw_export_column *column)
{
    return column->field && column->field->type == HW_TYPE_TIME;
}

/* "completed_on" as "Completed on"; the two that the import goes by stay as they are. */
static const char *head_text(const struct hw_export_column *column, struct hw_arena *arena)
{
    char *head = hw_arena_text(arena, column->name, strlen(column->name));
    if (!column->field && strcmp(head, "id") == 0)
        return head;
    if (*head >= 'a' && *head <= 'z')
        *head = (char)(*head - 'a' + 'A');
    for (char *p = head; *p; p++)
        if (*p == '_')
            *p = ' ';
    return head;
}

static lxw_error put_head(struct sheet *sheet)
{
    const struct hw_xlsx *xlsx = sheet->xlsx;
    size_t n = sheet->columns.n;
    for (size_t i = 0; i < n + sheet->columns.base; i++) {
        struct hw_export_column base = {"base", NULL}, *column = i < n ? &sheet->columns.column[i] : &base;
        const struct width *width = width_of(column->name);
        bool same = sheet->plan && (strcmp(column->name, "group") == 0 || strcmp(column->name, "plan") == 0);
        lxw_row_col_options options = {.hidden = width->hidden || same};
        lxw_col_t at = (lxw_col_t)i;
        bool inner = !column->field && (strcmp(column->name, "id") == 0 || i == n);
        lxw_format *format = inner ? xlsx->grey : is_time(column) ? xlsx->day : xlsx->text;
        worksheet_set_column_opt(sheet->to, at, at, width->width, format, &options);
        const char *head = i < n ? head_text(column, &sheet->arena) : "base";
        lxw_error error = worksheet_write_string(sheet->to, 0, at, head, xlsx->head);
        if (error != LXW_NO_ERROR)
            return error;
    }
    return LXW_NO_ERROR;
}

/* The words of a vocabulary as a drop-down. Others may be typed: an import understands six languages. */
static lxw_error put_drop_down(struct sheet *sheet, size_t column, size_t rows)
{
    const struct hw_vocabulary *words = sheet->columns.column[column].field->words;
    const char *list[WORDS_MAX + 1] = {NULL};
    size_t used = 0;
    for (size_t i = 0; i < words->n; i++)
        used += strlen(words->words[i].name) + 1;
    if (words->n > WORDS_MAX || used > LIST_MAX)
        return LXW_NO_ERROR;
    for (size_t i = 0; i < words->n; i++)
        list[i] = words->words[i].name;
    lxw_data_validation validation = {
        .validate = LXW_VALIDATION_TYPE_LIST, .ignore_blank = LXW_VALIDATION_ON, .show_input = LXW_VALIDATION_ON,
        .show_error = LXW_VALIDATION_ON, .error_type = LXW_VALIDATION_ERROR_TYPE_WARNING,
        .dropdown = LXW_VALIDATION_ON, .value_list = (char **)(uintptr_t)list,
        .error_title = (char *)(uintptr_t)"Headway",
        .error_message = (char *)(uintptr_t)"This word is not in the list. Keep it all the same?"};
    lxw_row_t last = (lxw_row_t)(rows + ROWS_SPARE < LXW_ROW_MAX - 1 ? rows + ROWS_SPARE : LXW_ROW_MAX - 1);
    return worksheet_data_validation_range(sheet->to, 1, (lxw_col_t)column, last, (lxw_col_t)column, &validation);
}

/* Which way a letter is written: 1 from the right (Hebrew, Arabic, Syriac, Thaana, N'Ko and their forms), -1 from the
 * left, 0 neither. */
static int direction(const unsigned char *p)
{
    if (*p < 0x80)
        return (*p | 0x20) >= 'a' && (*p | 0x20) <= 'z' ? -1 : 0;
    if ((*p & 0xc0) == 0x80)
        return 0;
    if (*p >= 0xd6 && *p <= 0xdf)
        return *p > 0xd6 || p[1] >= 0x90 ? 1 : -1;
    if (*p == 0xef)
        return (p[1] >= 0xac && p[1] <= 0xb7) || p[1] == 0xb9 || p[1] == 0xba || p[1] == 0xbb ? 1 : -1;
    return *p == 0xe2 || *p == 0xc2 ? 0 : -1; /* punctuation */
}

static bool right_to_left(const struct hw_export_record *record, size_t n)
{
    static const char *const fields[] = {"title", "description", "text", "organisation", "supporter"};
    long long sum = 0;
    for (size_t i = 0; i < n && i < RECORDS_LOOKED_AT; i++) {
        json_t *row = hw_export_row(&record[i]);
        for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++)
            for (const char *p = hw_doc_text(row, fields[f]); *p; p++)
                sum += direction((const unsigned char *)p);
        json_decref(row);
    }
    return sum > 0;
}

/* A text that is too long for a cell goes to a sheet of its own; the cell says so. */
static void set_aside(struct sheet *sheet, const json_t *row, size_t column)
{
    struct hw_xlsx *xlsx = sheet->xlsx;
    struct hw_arena *arena = &xlsx->export->arena;
    const char *id = hw_doc_text(row, "id"), *text = sheet->cells[column].text;
    xlsx->longs = hw_realloc(xlsx->longs, (xlsx->longs_n + 1) * sizeof *xlsx->longs);
    xlsx->longs[xlsx->longs_n++] =
        (struct hw_xlsx_long){sheet->name, hw_arena_text(arena, id, strlen(id)), sheet->columns.column[column].name,
                              hw_arena_text(arena, text, strlen(text))};
    sheet->cells[column].text = HW_IMPORT_OWN_LONG;
}

static lxw_error put_cell(struct sheet *sheet, lxw_row_t at, size_t column)
{
    const struct hw_export_cell *cell = &sheet->cells[column];
    const struct hw_xlsx *xlsx = sheet->xlsx;
    lxw_col_t to = (lxw_col_t)column;
    bool id = !sheet->columns.column[column].field && strcmp(sheet->columns.column[column].name, "id") == 0;
    if (cell->form == HW_EXPORT_NUMBER)
        return worksheet_write_number(sheet->to, at, to, (double)cell->number, xlsx->number);
    if (cell->form == HW_EXPORT_DAY && cell->number >= first_day) {
        lxw_datetime day = {0};
        hw_day_civil((int32_t)cell->number, &day.year, &day.month, &day.day);
        return worksheet_write_datetime(sheet->to, at, to, &day, xlsx->day);
    }
    if (!*cell->text)
        return LXW_NO_ERROR;
    /* In a cell of the format "text" =1+1 stays what it is when somebody edits it; a time is to become a date. */
    bool typed = (!is_time(&sheet->columns.column[column]) && strlen(cell->text) <= TYPED_MAX) ||
                 hw_csv_guarded(cell->text);
    return worksheet_write_string(sheet->to, at, to, escape(&sheet->arena, cell->text),
                                  id ? xlsx->grey : typed ? xlsx->typed : xlsx->text);
}

/* Lines that the cell takes in a column of this width. Excel would find out by itself, LibreOffice does not. */
static unsigned lines_of(const char *text, double width)
{
    unsigned lines = 0;
    while (lines < LINES_MAX) {
        char part[4 * 256];
        size_t n = strcspn(text, "\n"), kept = n < sizeof part ? n : sizeof part - 1;
        memcpy(part, text, kept);
        part[kept] = '\0';
        /* A tenth is lost where words break. */
        unsigned whole = (unsigned)((double)hw_look_columns(part) * 1.1 / width) + 1;
        lines += n > kept ? LINES_MAX : whole;
        if (!text[n])
            break;
        text += n + 1;
    }
    return lines < LINES_MAX ? lines : LINES_MAX;
}

static lxw_error put_height(struct sheet *sheet, lxw_row_t at)
{
    unsigned most = 1;
    for (size_t i = 0; i < sheet->columns.n; i++) {
        const struct width *width = width_of(sheet->columns.column[i].name);
        bool one_line = width->hidden || !sheet->columns.column[i].field;
        unsigned lines = one_line ? 1 : lines_of(sheet->cells[i].text, width->width);
        most = lines > most ? lines : most;
    }
    return worksheet_set_row(sheet->to, at, most * LINE_HEIGHT, NULL);
}

static lxw_error put_row(struct sheet *sheet, const json_t *row, lxw_row_t at)
{
    lxw_error error;
    size_t n = sheet->columns.n;
    for (size_t i = 0; i < n; i++) {
        sheet->cells[i] =
            hw_export_cell(sheet->xlsx->export, sheet->kind, &sheet->columns.column[i], row, true, &sheet->arena);
    }
    const char *base = hw_export_base(&sheet->columns, sheet->cells, &sheet->arena); /* of the whole texts */
    for (size_t i = 0; i < n; i++)
        if (letters(sheet->cells[i].text) > LETTERS_MAX)
            set_aside(sheet, row, i);
    error = put_height(sheet, at);
    for (size_t i = 0; i < n && error == LXW_NO_ERROR; i++)
        error = put_cell(sheet, at, i);
    if (error == LXW_NO_ERROR && sheet->columns.base)
        error = worksheet_write_string(sheet->to, at, (lxw_col_t)n, base, sheet->xlsx->grey);
    return error;
}

/* What is the same for the whole sheet, before its first row. */
static lxw_error begin(struct sheet *sheet, const struct hw_export_record *record, size_t n)
{
    lxw_error error = put_head(sheet);
    size_t columns = sheet->columns.n + sheet->columns.base;
    if (error != LXW_NO_ERROR || columns == 0)
        return error;
    worksheet_freeze_panes(sheet->to, 1, 0);
    if (right_to_left(record, n))
        worksheet_right_to_left(sheet->to);
    worksheet_set_landscape(sheet->to);
    worksheet_set_paper(sheet->to, PAPER_A4);
    worksheet_fit_to_pages(sheet->to, 1, 0);
    worksheet_repeat_rows(sheet->to, 0, 0);
    error = worksheet_autofilter(sheet->to, 0, 0, (lxw_row_t)n, (lxw_col_t)(columns - 1));
    for (size_t i = 0; i < sheet->columns.n && error == LXW_NO_ERROR; i++)
        if (sheet->columns.column[i].field && sheet->columns.column[i].field->words)
            error = put_drop_down(sheet, i, n);
    return error;
}

/* The record that a comment is about, as people know it. */
static void name_subject(const struct hw_export *export, json_t *row, struct hw_arena *arena)
{
    const struct hw_export_record *record = hw_export_find(export, hw_doc_text(row, "on"));
    json_t *on = record ? hw_export_row(record) : NULL;
    const char *number = hw_doc_text(on, "number");
    const char *name = hw_arena_printf(arena, "%s%s%s", number, *number ? " " : "", hw_doc_text(on, "title"));
    json_object_set_new(row, "about", json_string(name));
    json_decref(on);
}

enum hw_status hw_xlsx_sheet(struct hw_xlsx *xlsx, const char *name, const struct hw_export_record *record, size_t n,
                             const char *const *extra, struct hw_err *err)
{
    struct sheet sheet = {.xlsx = xlsx, .kind = record->kind, .plan = record->kind->id == HW_KIND_ITEM};
    enum hw_status status = hw_export_columns(xlsx->export, record->kind, &sheet.columns, err);
    if (status != HW_OK)
        return status;
    for (; *extra; extra++)
        sheet.columns.column[sheet.columns.n++] = (struct hw_export_column){*extra, NULL};
    const char *given = hw_sheet_name(&xlsx->names, name);
    sheet.name = hw_arena_text(&xlsx->export->arena, given, strlen(given));
    sheet.to = workbook_add_worksheet(xlsx->book, sheet.name);
    if (!sheet.to)
        return hw_fail(err, HW_FAILED, "cannot add the sheet \"%s\" to the workbook", sheet.name);
    lxw_error error = begin(&sheet, record, n);
    for (size_t i = 0; i < n && error == LXW_NO_ERROR; i++) {
        json_t *row = hw_export_row(&record[i]);
        hw_arena_reset(&sheet.arena);
        if (record->kind->id == HW_KIND_COMMENT)
            name_subject(xlsx->export, row, &sheet.arena);
        error = put_row(&sheet, row, (lxw_row_t)(i + 1));
        json_decref(row);
    }
    hw_arena_done(&sheet.arena);
    return hw_xlsx_check(error, err);
}

/* The last byte of a no-break space counts too. */
static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || (unsigned char)c == 0xa0 || (unsigned char)c == 0xc2;
}

/* Bytes of the next piece: whole letters, and no blank at the cut, which a reader would take for the cell's end. */
static size_t piece_of(const char *text)
{
    size_t most = strnlen(text, PIECE_MAX), n = most;
    while (n > 0 && text[n] && (((unsigned char)text[n] & 0xc0) == 0x80 || is_blank(text[n]) || is_blank(text[n - 1])))
        n--;
    for (; n == 0 && most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80; most--)
        ; /* blanks alone */
    return n > 0 ? n : most;
}

static lxw_error put_long(const struct hw_xlsx *xlsx, lxw_worksheet *to, const struct hw_xlsx_long *text,
                          lxw_row_t *row)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    lxw_error error = LXW_NO_ERROR;
    unsigned part = 1;
    for (const char *at = text->text; *at && error == LXW_NO_ERROR; part++, (*row)++) {
        size_t n = piece_of(at);
        const char *const cells[] = {text->sheet, text->id, text->field, NULL, hw_arena_text(&arena, at, n)};
        for (lxw_col_t i = 0; i < 5 && error == LXW_NO_ERROR; i++)
            error = cells[i] ? worksheet_write_string(to, *row, i, escape(&arena, cells[i]), xlsx->text)
                             : worksheet_write_number(to, *row, i, part, xlsx->number);
        at += n;
    }
    return error;
}

enum hw_status hw_xlsx_longs(struct hw_xlsx *xlsx, struct hw_err *err)
{
    static const char *const heads[] = {"Sheet", "id", "Field", "Part", "Text"};
    static const double wide[] = {20, 18, 14, 6, 100};
    lxw_worksheet *to = workbook_add_worksheet(xlsx->book, hw_sheet_name(&xlsx->names, "Long texts"));
    lxw_error error = to ? LXW_NO_ERROR : LXW_ERROR_MEMORY_MALLOC_FAILED;
    lxw_row_t row = 1;
    for (lxw_col_t i = 0; i < 5 && error == LXW_NO_ERROR; i++) {
        worksheet_set_column(to, i, i, wide[i], NULL);
        error = worksheet_write_string(to, 0, i, heads[i], xlsx->head);
    }
    for (size_t i = 0; i < xlsx->longs_n && error == LXW_NO_ERROR; i++)
        error = put_long(xlsx, to, &xlsx->longs[i], &row);
    return hw_xlsx_check(error, err);
}
