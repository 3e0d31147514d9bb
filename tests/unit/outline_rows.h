/* outline_rows.h: what came out of an outline, for its tests. */
#ifndef TESTS_UNIT_OUTLINE_ROWS_H
#define TESTS_UNIT_OUTLINE_ROWS_H

#include "import_file.h"

static inline struct hw_slice bytes_of(struct making *m, const char *path)
{
    struct hw_slice bytes;
    if (hw_import_read_file(path, &m->arena, &bytes, &m->err) != HW_OK)
        fail_msg("%s", m->err.text);
    return bytes;
}

static inline size_t kinds(const struct making *m, const char *kind)
{
    size_t n = 0;
    for (size_t i = 0; i < m->import.rows.n; i++)
        n += strcmp(m->import.rows.row[i].kind, kind) == 0;
    return n;
}

/* "line: text" of the notes, each on a line of its own. */
static inline const char *notes(struct making *m)
{
    const char *all = "";
    for (size_t i = 0; i < m->import.rows.notes_n; i++)
        all = hw_arena_printf(&m->arena, "%s%u: %s\n", all, (unsigned)m->import.rows.note[i].line,
                              m->import.rows.note[i].text);
    return all;
}

/* What must come out: a title is compared by its beginning, so that a table
 * can speak of a document that is not ours; NULL is not looked at. */
struct expected {
    uint32_t line;
    const char *kind, *type, *begins; /* title, country or name */
    uint32_t parent;
    const char *field, *is;
};

static inline void assert_rows(struct making *m, const struct expected *expected, size_t n)
{
    for (size_t i = 0; i < n && i < m->import.rows.n; i++) {
        const struct expected *e = &expected[i];
        const struct hw_import_row *r = row(m, i + 1);
        const char *title = values(m, i + 1, strcmp(e->kind, "participation") == 0 ? "country"
                                             : strcmp(e->kind, "group") == 0       ? "name"
                                                                                   : "title");
        bool type = e->type == NULL || strcmp(e->type, values(m, i + 1, strcmp(e->kind, "group") == 0 ? "kind" : "type")) == 0;
        if (r->line != e->line || strcmp(r->kind, e->kind) != 0 || strncmp(title, e->begins, strlen(e->begins)) != 0 ||
            !type || r->parent != e->parent)
            fail_msg("row %zu is line %u, %s %s \"%s\" below %u; wanted line %u, %s %s \"%s\" below %u", i + 1,
                     (unsigned)r->line, r->kind, values(m, i + 1, "type"), title, (unsigned)r->parent, (unsigned)e->line,
                     e->kind, e->type != NULL ? e->type : "", e->begins, (unsigned)e->parent);
        if (e->field != NULL && strcmp(values(m, i + 1, e->field), e->is) != 0)
            fail_msg("row %zu: %s is \"%s\", wanted \"%s\"", i + 1, e->field, values(m, i + 1, e->field), e->is);
        assert_null(r->problem);
    }
    assert_int_equal(m->import.rows.n, n);
}

#define ROWS(m, expected) assert_rows(m, expected, sizeof(expected) / sizeof((expected)[0]))

#endif
