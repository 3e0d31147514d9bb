/* review_read.c: a person's answers from a workbook of questions.
 * Floor 2, noun: review. */
#include <string.h>

#include "client/import/review.h"

/* Columns of the sheet of questions, as review_write.c has them. */
enum { SHEET = 1, LINE, COLUMN, VALUE, ASKED, ABOUT, ANSWER };

static const struct hw_import_table *table_named(const struct hw_import_book *book, const char *name)
{
    for (size_t i = 0; i < book->n; i++)
        if (book->tables[i].name != NULL && strcmp(book->tables[i].name, name) == 0)
            return &book->tables[i];
    return NULL;
}

bool hw_review_is(const struct hw_import_book *book)
{
    const struct hw_import_table *table = table_named(book, "headway review");
    return table != NULL && table->n > 0 && hw_slice_is(hw_import_cell(&table->lines[0], 0), "review");
}

static const char *text_of(const struct hw_import_book *book, struct hw_slice text)
{
    return text.n > 0 ? hw_arena_text(book->arena, text.p, text.n) : NULL;
}

static void read_place(const struct hw_import_book *book, struct hw_review *review)
{
    const struct hw_import_table *table = table_named(book, "headway review");
    review->maps = hw_arena_zero(book->arena, table->n + 1, sizeof *review->maps);
    for (size_t i = 0; i < table->n; i++) {
        struct hw_slice key = hw_import_cell(&table->lines[i], 0);
        const char *value = text_of(book, hw_import_cell(&table->lines[i], 1));
        if (hw_slice_is(key, "file"))
            review->path = value;
        else if (hw_slice_is(key, "hash"))
            review->hash = value;
        else if (hw_slice_is(key, "group"))
            review->group = value;
        else if (hw_slice_is(key, "plan"))
            review->plan = value;
        else if (hw_slice_is(key, "dates"))
            review->dates = value;
        else if (hw_slice_is(key, "map") && value != NULL)
            review->maps[review->maps_n++] = value;
    }
}

static bool line_number(struct hw_slice text, uint32_t *line)
{
    uint32_t value = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || value > 100000000)
            return false;
        value = value * 10 + (uint32_t)(text.p[i] - '0');
    }
    *line = value;
    return text.n > 0;
}

static void add_patch(const struct hw_import_book *book, struct hw_review_patches *patches,
                      struct hw_review_patch patch)
{
    if (patches->n == patches->cap) {
        size_t cap = patches->cap == 0 ? 16 : patches->cap * 2;
        struct hw_review_patch *more = hw_arena_alloc(book->arena, cap * sizeof *more);
        if (patches->n > 0)
            memcpy(more, patches->patch, patches->n * sizeof *more);
        patches->patch = more;
        patches->cap = cap;
    }
    patches->patch[patches->n++] = patch;
}

static bool says_no(struct hw_slice text)
{
    static const char *const words[] = {"no", "No", "NO", "non", "Non", "n\xC3\xA3o", "нет", "Нет", "لا"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (hw_slice_is(text, words[i]))
            return true;
    return false;
}

static enum hw_status read_answer(const struct hw_import_book *book, const struct hw_import_line *row,
                                  struct hw_import_answers *answers, struct hw_review_patches *patches,
                                  struct hw_err *err)
{
    struct hw_slice text = hw_import_cell(row, ANSWER), about = hw_import_cell(row, ABOUT),
                    value = hw_import_cell(row, VALUE);
    const char *column = text_of(book, hw_import_cell(row, COLUMN));
    uint32_t line;
    if (text.n == 0)
        return HW_OK;
    if (!line_number(hw_import_cell(row, LINE), &line))
        return hw_fail(err, HW_USAGE, "row %u of the questions has no line any more; answer in a fresh review file",
                       (unsigned)row->line);
    if (hw_slice_is(about, "as it was read")) {
        if (!says_no(text))
            return hw_fail(err, HW_USAGE, "row %u of the questions: the answer is \"no\", or nothing", (unsigned)row->line);
        hw_import_answers_deny(answers, book->arena, line);
    } else if (hw_slice_is(about, "every such value") && column != NULL) {
        hw_import_answers_value(answers, book->arena, column, value, text);
    } else if (hw_slice_is(about, "this cell")) {
        add_patch(book, patches, (struct hw_review_patch){text_of(book, hw_import_cell(row, SHEET)), line, column, value, text});
    } else {
        return hw_fail(err, HW_USAGE, "row %u of the questions was changed; only the last column is for answers",
                       (unsigned)row->line);
    }
    return HW_OK;
}

enum hw_status hw_review_read(const struct hw_import_book *book, struct hw_review *review,
                              struct hw_import_answers *answers, struct hw_review_patches *patches, struct hw_err *err)
{
    const struct hw_import_table *questions = table_named(book, "Questions");
    read_place(book, review);
    if (questions == NULL || review->path == NULL || review->hash == NULL)
        return hw_fail(err, HW_USAGE, "this review file lacks its questions or the name of the file they are about");
    for (size_t i = 1; i < questions->n; i++)
        if (read_answer(book, &questions->lines[i], answers, patches, err) != HW_OK)
            return err->status;
    return HW_OK;
}
