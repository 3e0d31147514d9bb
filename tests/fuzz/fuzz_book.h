/* fuzz_book.h: what the targets of workbooks, documents and pages share: the way from a book to its rows. */
#ifndef TESTS_FUZZ_BOOK_H
#define TESTS_FUZZ_BOOK_H

#include "client/import/import.h"
#include "client/import/package.h"
#include "fuzz.h"

enum { FUZZ_PARTS_MAX = 12 };

/* The next part of an input; parts are divided by a byte that no UTF-8 holds. */
static inline struct hw_slice fuzz_part(struct hw_slice *input)
{
    const uint8_t *end = input->n > 0 ? memchr(input->p, 0xFF, input->n) : NULL;
    struct hw_slice part = {input->p, end != NULL ? (size_t)(end - input->p) : input->n};
    size_t used = end != NULL ? part.n + 1 : part.n;
    input->p += used;
    input->n -= used;
    return part;
}

/* What every book promises, and every step behind it. */
static inline void fuzz_book_holds(struct hw_import *import)
{
    struct hw_err err = {0};
    const struct hw_import_book *book = &import->book;
    size_t lines = 0;
    for (size_t t = 0; t < book->n; t++) {
        const struct hw_import_table *table = &book->tables[t];
        HOLDS(table->n > 0);
        for (size_t i = 0; i < table->n; i++) {
            const struct hw_import_line *line = &table->lines[i];
            HOLDS(line->n <= line->width && line->width <= HW_IMPORT_COLUMNS_MAX);
            HOLDS(i == 0 || line->line >= line[-1].line);
            for (size_t k = 0; k < line->n; k++) {
                HOLDS(line->cells[k].column < line->width && line->cells[k].text.n > 0);
                HOLDS(k == 0 || line->cells[k].column > line->cells[k - 1].column);
                HOLDS(hw_utf8_valid(line->cells[k].text));
            }
        }
        lines += table->n;
    }
    HOLDS(lines == book->lines);
    enum hw_status status = hw_import_book_map(&import->book, &import->heads, &err);
    if (status == HW_OK)
        status = hw_import_rows_make(&import->book, &import->rows, &err);
    HOLDS(err.status == status && hw_utf8_valid(hw_slice_text(err.text)));
    if (status == HW_OK)
        HOLDS(hw_import_check(&import->book, &import->rows, &import->tally));
}

/* A package of parts that lie in memory. */
static inline void fuzz_package(struct hw_import_part *parts, size_t n, struct hw_arena *arena)
{
    struct hw_import import = {.arena = arena, .heads = {.arena = arena}, .book = {.arena = arena}};
    struct hw_import_package package = {.arena = arena, .parts = parts, .n = n};
    struct hw_err err = {0};
    HOLDS(hw_import_package_sort(&package, &err) == HW_OK);
    enum hw_status status = hw_import_package_book(&package, &import.book, &err);
    HOLDS(err.status == status && (status == HW_OK || *err.text));
    HOLDS(hw_utf8_valid(hw_slice_text(err.text)));
    if (status == HW_OK) {
        hw_import_book_seal(&import.book);
        fuzz_book_holds(&import);
    }
}

#endif
