/* review_write.c: the doubts of an import as a workbook.  Floor 2, noun: review.
 * One sheet of questions, with a yellow column for the answers; a hidden one says
 * of which file. */
#include <sodium.h>
#include <string.h>
#include <xlsxwriter.h>

#include "client/import/review.h"
#include "headway/schema.h"

enum { COLUMNS = 8, ANSWER = 7, LIST_MAX = 255, WORDS_MAX = 32, LETTERS_MAX = 30000 };

const char *hw_review_hash(struct hw_arena *arena, struct hw_slice bytes)
{
    uint8_t hash[32];
    char *text = hw_arena_alloc(arena, 2 * sizeof hash + 1);
    crypto_generichash(hash, sizeof hash, bytes.p, bytes.n, NULL, 0);
    sodium_bin2hex(text, 2 * sizeof hash + 1, hash, sizeof hash);
    return text;
}

/* Excel stops at 32,767 letters of a cell; the value is in the file anyway. */
static const char *cell_text(struct hw_arena *arena, struct hw_slice text)
{
    size_t n = text.n < LETTERS_MAX ? text.n : LETTERS_MAX;
    while (n > 0 && n < text.n && (text.p[n] & 0xC0) == 0x80)
        n--;
    return hw_arena_text(arena, text.p, n);
}

static void put_words(lxw_worksheet *sheet, lxw_row_t row, const char *field)
{
    const struct hw_field *found = field != NULL ? hw_field_find(hw_kind_by_id(HW_KIND_ITEM), hw_slice_text(field)) : NULL;
    const char *list[WORDS_MAX + 1] = {NULL};
    size_t n = 0, letters = 0;
    for (size_t i = 0; found != NULL && found->words != NULL && i < found->words->n && n < WORDS_MAX; i++) {
        list[n++] = found->words->words[i].name;
        letters += strlen(found->words->words[i].name) + 1;
    }
    if (n == 0 || letters > LIST_MAX)
        return;
    lxw_data_validation words = {.validate = LXW_VALIDATION_TYPE_LIST, .value_list = (char **)(uintptr_t)list,
                                 .error_type = LXW_VALIDATION_ERROR_TYPE_INFORMATION};
    worksheet_data_validation_cell(sheet, row, ANSWER, &words);
}

static void put_question(lxw_worksheet *sheet, lxw_row_t row, const struct hw_question *question, lxw_format *text,
                         lxw_format *answer, struct hw_arena *arena)
{
    static const char *const kinds[] = {"every such value", "this cell", "as it was read"};
    worksheet_write_number(sheet, row, 0, row, text);
    worksheet_write_string(sheet, row, 1, question->sheet != NULL ? question->sheet : "", text);
    worksheet_write_number(sheet, row, 2, question->line, text);
    worksheet_write_string(sheet, row, 3, question->column != NULL ? question->column : "", text);
    worksheet_write_string(sheet, row, 4, cell_text(arena, question->value), text);
    worksheet_write_string(sheet, row, 5, question->asked, text);
    worksheet_write_string(sheet, row, 6, kinds[question->about], text);
    worksheet_write_blank(sheet, row, ANSWER, answer);
    put_words(sheet, row, question->field);
}

static void put_questions(lxw_workbook *book, const struct hw_question *questions, size_t n, struct hw_arena *arena)
{
    static const char *const heads[COLUMNS] = {"No", "Sheet", "Line", "Column", "What stands there", "What is asked",
                                               "The answer is for", "Your answer"};
    static const double widths[COLUMNS] = {5, 12, 6, 18, 46, 46, 16, 28};
    lxw_worksheet *sheet = workbook_add_worksheet(book, "Questions");
    lxw_format *head = workbook_add_format(book), *text = workbook_add_format(book), *answer = workbook_add_format(book);
    format_set_bold(head);
    format_set_bg_color(head, 0xDCE6F1);
    format_set_bottom(head, LXW_BORDER_THIN);
    format_set_text_wrap(text);
    format_set_align(text, LXW_ALIGN_VERTICAL_TOP);
    format_set_text_wrap(answer);
    format_set_align(answer, LXW_ALIGN_VERTICAL_TOP);
    format_set_bg_color(answer, 0xFFF8D6);
    format_set_num_format(answer, "@");
    for (lxw_col_t i = 0; i < COLUMNS; i++) {
        worksheet_set_column(sheet, i, i, widths[i], NULL);
        worksheet_write_string(sheet, 0, i, heads[i], head);
    }
    worksheet_freeze_panes(sheet, 1, 0);
    for (size_t i = 0; i < n; i++)
        put_question(sheet, (lxw_row_t)i + 1, &questions[i], text, answer, arena);
    static const char *const help[] = {
        "An empty answer leaves things as they are. A dash (-) says: leave it as text, and do not ask again.",
        "A word, a date, a country: it takes the place of what stands there. \"skip\" leaves the row out.",
        "Where something was read in a certain way, \"no\" takes that back. Then: headway import THIS-FILE"};
    for (size_t i = 0; i < 3; i++)
        worksheet_write_string(sheet, (lxw_row_t)(n + 2 + i), 4, help[i], NULL);
    worksheet_set_landscape(sheet);
    worksheet_fit_to_pages(sheet, 1, 0);
}

static void put_pair(lxw_worksheet *sheet, lxw_row_t *row, const char *key, const char *value)
{
    if (value == NULL)
        return;
    worksheet_write_string(sheet, *row, 0, key, NULL);
    worksheet_write_string(sheet, *row, 1, value, NULL);
    *row += 1;
}

enum hw_status hw_review_write(const char *path, const struct hw_review *review, const struct hw_question *questions,
                               size_t n, struct hw_err *err)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    lxw_row_t row = 0;
    lxw_workbook *book = workbook_new(path);
    if (book == NULL)
        return hw_fail(err, HW_IO, "cannot write %s", path);
    hw_arena_init(&arena);
    put_questions(book, questions, n, &arena);
    lxw_worksheet *sheet = workbook_add_worksheet(book, "headway review");
    put_pair(sheet, &row, "review", "1");
    put_pair(sheet, &row, "file", review->path);
    put_pair(sheet, &row, "hash", review->hash);
    put_pair(sheet, &row, "group", review->group);
    put_pair(sheet, &row, "plan", review->plan);
    put_pair(sheet, &row, "dates", review->dates);
    for (size_t i = 0; i < review->maps_n; i++)
        put_pair(sheet, &row, "map", review->maps[i]);
    worksheet_hide(sheet);
    lxw_error error = workbook_close(book);
    return error == LXW_NO_ERROR ? HW_OK : hw_fail(err, HW_IO, "cannot write %s: %s", path, lxw_strerror(error));
}
