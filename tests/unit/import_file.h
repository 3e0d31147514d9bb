/* import_file.h: what the tests of imports share: a file as bytes, and the rows that came of it. */
#ifndef TESTS_IMPORT_FILE_H
#define TESTS_IMPORT_FILE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "client/import/import.h"

struct making {
    struct hw_arena arena;
    struct hw_import import;
    bool lossless;
    struct hw_err err;
};

static inline int set_up(void **state)
{
    struct making *m = calloc(1, sizeof *m);
    hw_arena_init(&m->arena);
    m->import.arena = m->import.heads.arena = &m->arena;
    *state = m;
    return 0;
}

static inline int tear_down(void **state)
{
    struct making *m = *state;
    hw_arena_done(&m->arena);
    free(m);
    return 0;
}

static inline enum hw_status make_bytes(struct making *m, struct hw_slice bytes)
{
    enum hw_status status = hw_import_bytes(&m->import, bytes, &m->err);
    m->lossless = status == HW_OK && m->import.tally.kept == m->import.tally.cells;
    return status;
}

static inline void make(struct making *m, const char *text)
{
    if (make_bytes(m, hw_slice_text(text)) != HW_OK)
        fail_msg("refused: %s", m->err.text);
    assert_true(m->lossless);
}

static inline void make_file(struct making *m, const char *path)
{
    struct hw_slice bytes;
    if (hw_import_read_file(path, &m->arena, &bytes, &m->err) != HW_OK || make_bytes(m, bytes) != HW_OK)
        fail_msg("refused: %s", m->err.text);
    if (!m->lossless)
        fail_msg("line %u is lost", (unsigned)m->import.tally.line);
}

static inline const struct hw_import_row *row(const struct making *m, size_t number)
{
    assert_in_range(number, 1, m->import.rows.n);
    return &m->import.rows.row[number - 1];
}

/* The values of a field in a row, joined by " + ". */
static inline const char *values(struct making *m, size_t number, const char *field)
{
    const struct hw_import_row *r = row(m, number);
    const char *all = "";
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->values[i].field, field) == 0)
            all = hw_arena_printf(&m->arena, "%s%s%.*s", all, all[0] != 0 ? " + " : "", (int)r->values[i].text.n,
                                  (const char *)r->values[i].text.p);
    return all;
}

static inline const char *mapped(const struct making *m, uint32_t column)
{
    assert_true(column < m->import.book.tables[0].map->width);
    return m->import.book.tables[0].map->columns[column].field != NULL ? m->import.book.tables[0].map->columns[column].field : "";
}

static inline size_t rows_where(struct making *m, const char *field, const char *value)
{
    size_t n = 0;
    for (size_t i = 1; i <= m->import.rows.n; i++)
        n += strcmp(values(m, i, field), value) == 0;
    return n;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
