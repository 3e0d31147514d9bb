/* store_sieve.c: rows that pass simple tests of their columns (floor 2).
 *
 * To take a row apart costs some microseconds, to read a column of it some tens of nanoseconds: SQLite walks over the
 * table and tests by itself, and only what passes is read whole. References and groups are tested with IN, so that their
 * indexes serve; texts and sets by a function, because folding is ours. */
#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"
#include "daemon/store_owed.h"
#include "headway/when.h"

static const char function[] = "hw_sieve", pointer[] = "hw_sieve_test";

/* A test while SQLite makes it. */
struct sieve {
    const struct hw_sieve_test *test;
    struct hw_arena arena; /* for one folded text */
    uint8_t plain[256];    /* what a byte becomes when text is folded, where one byte tells */
};

enum { GAP = ' ', STRANGE = 1 /* not by itself: part of a letter, or a control character */ };

/* As hw_fold takes ASCII. */
static void learn_plain(struct sieve *sieve)
{
    memset(sieve->plain, STRANGE, sizeof sieve->plain);
    for (int c = '!'; c <= '~'; c++)
        sieve->plain[c] = (uint8_t)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    for (const char *gap = "\t\n\v\f\r -_"; *gap; gap++)
        sieve->plain[(uint8_t)*gap] = GAP;
    sieve->plain[0] = 0;
}

static bool listed(const struct hw_sieve_test *test, const char *text, size_t n)
{
    for (size_t i = 0; i < test->n; i++)
        if (strncmp(test->texts[i], text, n) == 0 && test->texts[i][n] == 0)
            return true;
    return false;
}

/* Elements of a JSON array of strings. One with a backslash is left to who looks closer. */
static bool has_element(const struct hw_sieve_test *test, const char *text)
{
    if (*text != '[')
        return listed(test, text, strlen(text));
    if (strchr(text, '\\'))
        return true;
    for (const char *from = strchr(text, '"'); from; from = strchr(from, '"')) {
        const char *to = strchr(++from, '"');
        if (!to)
            return true;
        if (listed(test, from, (size_t)(to - from)))
            return true;
        from = to + 1;
    }
    return false;
}

/* Whether `part`, which is folded, begins at `text`. */
static bool begins(const struct sieve *sieve, const char *text, const char *part)
{
    for (; *part; part++) {
        uint8_t c = sieve->plain[(uint8_t)*text];
        if (c != (uint8_t)*part)
            return false;
        text++;
        while (c == GAP && sieve->plain[(uint8_t)*text] == GAP)
            text++;
    }
    return true;
}

/* Most texts are ASCII and hold no part: folding each took half the time of a list. False for one that must be folded. Two
 * letters are compared at once, without a branch between: one alone is in every text, and each time the processor guesses wrong. */
static bool look_plain(const struct sieve *sieve, const char *text, bool *found)
{
    const uint8_t *plain = sieve->plain;
    *found = false;
    for (size_t i = 0; i < sieve->test->n && !*found; i++) {
        const char *part = sieve->test->texts[i];
        uint8_t first = (uint8_t)*part, second = first ? (uint8_t)part[1] : 0;
        uint8_t any = second == 0; /* there is no second one to compare */
        *found = first == 0;       /* which any text holds */
        for (const uint8_t *p = (const uint8_t *)text; *p && !*found; p++) {
            uint8_t c = plain[*p], next = plain[p[1]];
            if (c == STRANGE)
                return false;
            if ((c == first) & ((next == second) | any))
                *found = begins(sieve, (const char *)p, part);
        }
    }
    return true;
}

static bool has_part(struct sieve *sieve, const char *text)
{
    const char *folded;
    bool found;
    if (*text == '[' && strchr(text, '\\'))
        return true;
    if (look_plain(sieve, text, &found))
        return found;
    hw_arena_reset(&sieve->arena);
    folded = hw_fold(&sieve->arena, hw_slice_text(text));
    for (size_t i = 0; i < sieve->test->n; i++)
        if (strstr(folded, sieve->test->texts[i]))
            return true;
    return false;
}

/* hw_sieve(test, column). */
static void run(sqlite3_context *context, int n, sqlite3_value **values)
{
    struct sieve *sieve = sqlite3_value_pointer(values[0], pointer);
    const char *text = n > 1 ? (const char *)sqlite3_value_text(values[1]) : NULL;
    if (!sieve)
        sqlite3_result_error(context, "hw_sieve is for the store alone", -1);
    else if (!text)
        sqlite3_result_int(context, sieve->test->none);
    else
        sqlite3_result_int(context, sieve->test->how == HW_SIEVE_PART ? has_part(sieve, text)
                                                                     : has_element(sieve->test, text));
}

enum hw_status hw_sieve_install(struct hw_store *store, struct hw_err *err)
{
    int code = sqlite3_create_function_v2(store->db, function, 2, SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL, run, NULL, NULL,
                                          NULL);
    return code == SQLITE_OK ? HW_OK : hw_sql_fail(store, err);
}

/* ---- tests as SQL ---- */

struct writer {
    const struct hw_table *table;
    struct hw_arena *arena;
    struct hw_out text;
    int next; /* parameter */
};

static void put(struct writer *w, const char *text)
{
    hw_put_raw(&w->text, text, strlen(text));
}

static const char *name_of(const struct writer *w, uint16_t field)
{
    return field == HW_SIEVE_GROUP ? "grp" : hw_field_by_id(w->table->kind, field)->name;
}

static void put_among(struct writer *w, const struct hw_sieve_test *test)
{
    put(w, hw_arena_printf(w->arena, " AND (\"%s\" IN (", name_of(w, test->fields[0])));
    for (size_t i = 0; i < test->n; i++)
        put(w, hw_arena_printf(w->arena, i ? ", ?%d" : "?%d", w->next++));
    put(w, test->none ? hw_arena_printf(w->arena, ") OR \"%s\" IS NULL)", name_of(w, test->fields[0])) : "))");
}

static void put_called(struct writer *w, const struct hw_sieve_test *test)
{
    for (size_t i = 0; i < test->fields_n; i++)
        put(w, hw_arena_printf(w->arena, "%s%s(?%d, \"%s\")", i ? " OR " : " AND (", function, w->next,
                               name_of(w, test->fields[i])));
    put(w, ")");
    w->next++;
}

static void put_day(struct writer *w, const struct hw_sieve_test *test)
{
    bool first = test->how == HW_SIEVE_FROM_MOST || test->how == HW_SIEVE_FROM_LEAST;
    bool most = test->how == HW_SIEVE_FROM_MOST || test->how == HW_SIEVE_TO_MOST;
    const char *column = hw_arena_printf(w->arena, "\"%s%s\"", name_of(w, test->fields[0]), first ? "_from" : "_to");
    put(w, hw_arena_printf(w->arena, " AND (%s %s ?%d", column, most ? "<=" : ">=", w->next++));
    put(w, test->none ? hw_arena_printf(w->arena, " OR %s IS NULL)", column) : ")");
}

static void put_test(struct writer *w, const struct hw_sieve_test *test)
{
    switch (test->how) {
    case HW_SIEVE_AMONG:
        put_among(w, test);
        return;
    case HW_SIEVE_ELEMENT:
    case HW_SIEVE_PART:
        put_called(w, test);
        return;
    case HW_SIEVE_FLAG:
        put(w, hw_arena_printf(w->arena, " AND coalesce(\"%s\", 0) %s 0", name_of(w, test->fields[0]),
                               test->none ? "=" : "<>"));
        return;
    case HW_SIEVE_CONFLICTS:
        put(w, " AND conflicts > 0");
        return;
    case HW_SIEVE_FROM_MOST:
    case HW_SIEVE_FROM_LEAST:
    case HW_SIEVE_TO_MOST:
    case HW_SIEVE_TO_LEAST:
        put_day(w, test);
    }
}

/* Ordered by a sum, lest SQLite walk along the index of ids and jump to every row. `updated` stands behind all fields, and
 * SQLite counts its way there through every column: so it is asked last. */
static const char *text_of(struct hw_table *table, const struct hw_sieve_test *tests, size_t n, struct hw_arena *arena)
{
    struct writer w = {.table = table, .arena = arena, .next = 1};
    put(&w, hw_arena_printf(arena, "SELECT rowid FROM \"%s\" WHERE 1", table->kind->name));
    for (size_t i = 0; i < n; i++)
        put_test(&w, &tests[i]);
    put(&w, " AND updated IS NOT NULL ORDER BY +id");
    const char *text = hw_arena_text(arena, w.text.p, w.text.n);
    hw_out_done(&w.text);
    return text;
}

static void bind(sqlite3_stmt *statement, struct sieve *sieve, int *next, struct hw_arena *arena)
{
    const struct hw_sieve_test *test = sieve->test;
    char *day;
    switch (test->how) {
    case HW_SIEVE_AMONG:
        for (size_t i = 0; i < test->n; i++)
            hw_bind_text(statement, (*next)++, test->texts[i], strlen(test->texts[i]));
        return;
    case HW_SIEVE_ELEMENT:
    case HW_SIEVE_PART:
        sqlite3_bind_pointer(statement, (*next)++, sieve, pointer, NULL);
        return;
    case HW_SIEVE_FROM_MOST:
    case HW_SIEVE_FROM_LEAST:
    case HW_SIEVE_TO_MOST:
    case HW_SIEVE_TO_LEAST:
        day = hw_arena_alloc(arena, 16);
        hw_day_print(test->day, day);
        hw_bind_text(statement, (*next)++, day, strlen(day));
        return;
    case HW_SIEVE_FLAG:
    case HW_SIEVE_CONFLICTS:
        return;
    }
}

enum hw_status hw_scan_sieve(struct hw_tx *tx, uint16_t kind, const struct hw_sieve_test *tests, size_t n,
                             struct hw_scan **scan, struct hw_err *err)
{
    struct hw_arena arena HW_CLEANUP(hw_arena_done) = {0};
    struct hw_out rows = {0};
    struct hw_table *table = hw_table_of(tx->store, kind);
    sqlite3_stmt *statement = NULL;
    int next = 1;
    size_t found = 0;
    *scan = NULL;
    if (!table)
        return hw_fail(err, HW_NOT_FOUND, "no kind number %u", kind);
    struct sieve *sieves = hw_arena_zero(&arena, n + 1, sizeof *sieves);
    enum hw_status status = hw_owed_show(tx, err);
    if (!status)
        status = hw_sql_prepare(tx->store, text_of(table, tests, n, &arena), &statement, err);
    for (size_t i = 0; i < n && !status; i++) {
        sieves[i].test = &tests[i];
        learn_plain(&sieves[i]);
        bind(statement, &sieves[i], &next, &arena);
    }
    while (!status && !(status = hw_sql_step(tx->store, statement, err))) {
        int64_t row = sqlite3_column_int64(statement, 0);
        hw_put_raw(&rows, &row, sizeof row);
        found++;
    }
    sqlite3_finalize(statement);
    for (size_t i = 0; i < n; i++)
        hw_arena_done(&sieves[i].arena);
    if (status != HW_NOT_FOUND) {
        hw_out_done(&rows);
        return status;
    }
    int64_t *ids = hw_alloc((found + 1) * sizeof *ids);
    if (found)
        memcpy(ids, rows.p, found * sizeof *ids);
    hw_out_done(&rows);
    return hw_scan_rows(tx, table, ids, found, scan, err);
}
