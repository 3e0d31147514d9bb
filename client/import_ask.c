/* import_ask.c: every doubt of an import as a question to a person (floor 3,
 * noun: import). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "client/importing.h"

/* A workbook with more is not answered by hand. */
enum { QUESTIONS_MAX = 5000 };

struct asking {
    struct hw_importing *import;
    struct hw_question *list;
    size_t n;
};

static void add(struct asking *asking, struct hw_question question)
{
    if (asking->n < QUESTIONS_MAX)
        asking->list[asking->n++] = question;
}

static void ask_values(struct asking *asking)
{
    const struct hw_import_rows *rows = &asking->import->file.rows;
    for (size_t i = 0; i < rows->unread_n; i++) {
        const struct hw_import_unread *unread = &rows->unread[i];
        const char *asked = hw_arena_printf(&asking->import->arena, "What is this as %s? (%zu row%s)", unread->field,
                                            unread->n, unread->n == 1 ? "" : "s");
        add(asking, (struct hw_question){HW_QUESTION_VALUE, NULL, unread->line, unread->column, unread->value, asked,
                                         unread->field});
    }
}

static const char *sheet_of(const struct asking *asking, long long row)
{
    const struct hw_import *file = &asking->import->file;
    if (row < 1 || (size_t)row > file->rows.n || file->book.n < 2)
        return NULL;
    return hw_import_book_at(&file->book, file->rows.row[row - 1].source)->name;
}

static void ask_problems(struct asking *asking, const json_t *problems)
{
    struct hw_arena *arena = &asking->import->arena;
    size_t i;
    json_t *problem;
    json_array_foreach(problems, i, problem) {
        const char *message = hw_doc_text(problem, "message");
        /* The answer to a row without a title is its title. */
        bool whole = strstr(message, "has no title") != NULL;
        const char *column = whole ? NULL : hw_doc_line(arena, problem, "column");
        const char *value = hw_doc_text(problem, "value");
        add(asking, (struct hw_question){
                        HW_QUESTION_CELL, sheet_of(asking, hw_doc_int(problem, "row")),
                        (uint32_t)hw_doc_int(problem, "line"),
                        column != NULL && *column != 0 ? hw_arena_text(arena, column, strlen(column)) : NULL,
                        hw_slice_text(hw_arena_text(arena, value, strlen(value))),
                        hw_arena_printf(arena, "%s. What shall stand here, or \"skip\"?", message), NULL});
    }
}

static void ask_notes(struct asking *asking)
{
    const struct hw_import_rows *rows = &asking->import->file.rows;
    for (size_t i = 0; i < rows->notes_n; i++)
        add(asking, (struct hw_question){HW_QUESTION_NOTE, NULL, rows->note[i].line, NULL, {NULL, 0},
                                         hw_arena_printf(&asking->import->arena, "Read so: %s. Is that wrong?",
                                                         rows->note[i].text), NULL});
}

enum hw_status hw_importing_ask(struct hw_importing *import, const struct hw_cli *cli, const json_t *end,
                                const char *path, size_t *asked, struct hw_err *err)
{
    struct asking asking = {.import = import, .list = hw_arena_zero(&import->arena, QUESTIONS_MAX, sizeof *asking.list)};
    struct hw_review review = import->file.review;
    char *absolute = realpath(import->file.path, NULL);
    const char *maps[HW_TYPED_MAX], *typed;
    ask_problems(&asking, hw_doc_list(end, "problems"));
    ask_values(&asking);
    ask_notes(&asking);
    *asked = asking.n;
    review.path = absolute != NULL ? hw_arena_text(&import->arena, absolute, strlen(absolute)) : import->file.path;
    free(absolute);
    if (!import->file.reviewed) {
        review.group = hw_cli_value(cli, "group");
        review.plan = hw_cli_value(cli, "plan");
        review.dates = hw_cli_value(cli, "dates");
        review.maps = maps;
        review.maps_n = 0;
        while (review.maps_n < HW_TYPED_MAX && (typed = hw_cli_value_at(cli, "map", review.maps_n)) != NULL)
            maps[review.maps_n++] = typed;
    }
    return asking.n > 0 ? hw_review_write(path, &review, asking.list, asking.n, err) : HW_OK;
}
