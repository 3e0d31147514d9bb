/* book.h: what the tests of readers of workbooks and documents share: packages in memory, and what became of them. */
#ifndef TESTS_UNIT_BOOK_H
#define TESTS_UNIT_BOOK_H

#include <stdlib.h>
#include <string.h>

#include "client/import/import.h"
#include "client/import/package.h"

enum { BOOK_PARTS_MAX = 20 };
struct reading {
    struct hw_arena arena;
    struct hw_import_heads heads;
    struct hw_import_part parts[BOOK_PARTS_MAX];
    size_t parts_n;
    struct hw_import_book book;
    struct hw_err err;
};

static inline int book_set_up(void **state)
{
    struct reading *r = calloc(1, sizeof *r);
    hw_arena_init(&r->arena);
    r->heads.arena = &r->arena;
    *state = r;
    return 0;
}

static inline int book_tear_down(void **state)
{
    struct reading *r = *state;
    hw_arena_done(&r->arena);
    free(r);
    return 0;
}

static inline void add_part(struct reading *r, const char *name, const char *text)
{
    assert_true(r->parts_n < BOOK_PARTS_MAX);
    r->parts[r->parts_n++] = (struct hw_import_part){.name = name, .bytes = hw_slice_text(text)};
}

static inline enum hw_status read_package(struct reading *r)
{
    struct hw_import_part parts[BOOK_PARTS_MAX];
    struct hw_import_package package = {.arena = &r->arena, .parts = parts, .n = r->parts_n};
    memcpy(parts, r->parts, sizeof parts);
    r->book = (struct hw_import_book){.arena = &r->arena};
    r->err = (struct hw_err){HW_OK, ""};
    if (hw_import_package_sort(&package, &r->err) != HW_OK ||
        hw_import_package_book(&package, &r->book, &r->err) != HW_OK)
        return r->err.status;
    hw_import_book_seal(&r->book);
    return HW_OK;
}

/* The line as text: marks, depth, cells parted by " | ", an empty one as nothing, a copied one in brackets. */
static inline const char *line_said(struct reading *r, const struct hw_import_table *table, size_t at)
{
    static const char *const marks[] = {"", "* ", "# ", "= "};
    const struct hw_import_line *line = &table->lines[at];
    const char *said = line->place == HW_IMPORT_OUTSIDE ? "beside: " : "";
    if (table->form == HW_IMPORT_OUTLINE)
        said = hw_arena_printf(&r->arena, "%*s%s", (int)line->depth * 2, "", marks[line->mark]);
    uint32_t column = 0;
    for (size_t i = 0; i < line->n; i++) {
        for (; column < line->cells[i].column; column++)
            said = hw_arena_printf(&r->arena, "%s | ", said);
        said = hw_arena_printf(&r->arena, line->cells[i].copied ? "%s[%.*s]" : "%s%.*s", said,
                               (int)line->cells[i].text.n, (const char *)line->cells[i].text.p);
    }
    return said;
}

static inline void table_is(struct reading *r, size_t nth, const char *const *lines, size_t n)
{
    assert_true(nth < r->book.n);
    const struct hw_import_table *table = &r->book.tables[nth];
    for (size_t i = 0; i < table->n && i < n; i++)
        assert_string_equal(line_said(r, table, i), lines[i]);
    assert_int_equal(table->n, n);
}
#define TABLE_IS(r, nth, ...)                                                              \
    do {                                                                                   \
        static const char *const wanted_[] = {__VA_ARGS__};                                \
        table_is(r, nth, wanted_, sizeof wanted_ / sizeof wanted_[0]);                     \
    } while (0)

/* Rows are made of the book, and nothing is lost on the way. */
static inline void lossless(struct reading *r)
{
    struct hw_import_rows rows;
    struct hw_import_tally tally;
    if (hw_import_book_map(&r->book, &r->heads, &r->err) != HW_OK ||
        hw_import_rows_make(&r->book, &rows, &r->err) != HW_OK)
        fail_msg("%s", r->err.text);
    if (!hw_import_check(&r->book, &rows, &tally))
        fail_msg("lost: %.*s", (int)tally.missing.n, (const char *)tally.missing.p);
}

#endif
