/* test_export.c: the parts of the export writers that a file as a whole shows only by luck: folding, escapes, names of
 * sheets, the guard against formulas, the order of records, the hashes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "client/export/export.h"
#include "client/out.h"
#include "headway/base.h"

struct page {
    char *text;
    size_t n;
    FILE *to;
};

static void page_open(struct page *page)
{
    *page = (struct page){0};
    page->to = open_memstream(&page->text, &page->n);
    assert_non_null(page->to);
}

static void page_free(struct page *page)
{
    fclose(page->to);
    free(page->text);
}

/* calendar lines */

static void a_calendar_line_is_folded_at_75_octets_between_letters(void **state)
{
    (void)state;
    for (size_t lead = 0; lead < 4; lead++) {
        char text[700] = "";
        struct page page;
        memset(text, 'a', lead);
        for (size_t i = 0; i < 40; i++)
            strcat(text, i % 2 ? "\xd0\xb6" : "\xf0\x9f\x98\x80"); /* letters of two and of four octets */
        page_open(&page);
        hw_ics_text(page.to, "SUMMARY", text);
        fflush(page.to);
        char joined[900] = "";
        for (char *line = page.text; *line;) {
            char *end = strstr(line, "\r\n");
            assert_non_null(end);
            assert_true(end - line <= 75);
            assert_true(((unsigned char)line[line == page.text ? 0 : 1] & 0xc0) != 0x80);
            strncat(joined, line + (line == page.text ? 0 : 1), (size_t)(end - line) - (line == page.text ? 0 : 1));
            line = end + 2;
        }
        assert_memory_equal(joined, "SUMMARY:", 8);
        assert_string_equal(joined + 8, text);
        page_free(&page);
    }
}

static void a_line_of_75_octets_is_not_folded(void **state)
{
    struct page page;
    char text[80];
    (void)state;
    memset(text, 'x', sizeof text);
    text[73] = '\0'; /* X: and 73 */
    page_open(&page);
    hw_ics_line(page.to, "X", text);
    text[73] = 'x';
    text[74] = '\0';
    hw_ics_line(page.to, "X", text);
    fflush(page.to);
    assert_null(memmem(page.text, 77, "\r\n ", 3));
    assert_memory_equal(page.text + 75, "\r\nX:", 4);
    assert_memory_equal(page.text + 77 + 75, "\r\n x\r\n", 6);
    page_free(&page);
}

static void calendar_text_is_escaped(void **state)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    (void)state;
    assert_string_equal(hw_ics_escape(&arena, "a,b;c\\d\ne\r\nf\rg\x01h:i\"j"), "a\\,b\\;c\\\\d\\ne\\nf\\ng h:i\"j");
}

/* names of sheets */

static void names_of_sheets_are_cleaned_cut_and_made_unique(void **state)
{
    static const struct {
        const char *wanted, *given;
    } names[] = {
        {"Plan", "Plan"},
        {"PLAN", "PLAN (2)"},
        {"plan", "plan (3)"},
        {"a/b:c[d]e*f?g\\h", "a-b-c-d-e-f-g-h"},
        {"'quoted'", "quoted"},
        {"history", "history (2)"},
        {"", "Sheet"},
        {" '", "Sheet (2)"},
        {"1234567890123456789012345678901234", "1234567890123456789012345678901"},
        {"1234567890123456789012345678901xyz", "123456789012345678901234567 (2)"},
        {"\xd0\x9f\xd0\xbb\xd0\xb0\xd0\xbd", "\xd0\x9f\xd0\xbb\xd0\xb0\xd0\xbd"},
    };
    struct hw_sheet_names given = {0};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_string_equal(hw_sheet_name(&given, names[i].wanted), names[i].given);
    hw_sheet_names_done(&given);
}

static void letters_beyond_16_bits_count_twice_in_a_sheet_name(void **state)
{
    char wanted[200] = "";
    struct hw_sheet_names given = {0};
    (void)state;
    for (size_t i = 0; i < 20; i++)
        strcat(wanted, "\xf0\x9f\x98\x80");
    assert_int_equal(strlen(hw_sheet_name(&given, wanted)), 15 * 4);
    hw_sheet_names_done(&given);
}

/* the guard */

static void taking_a_guard_off_gives_the_text_back(void **state)
{
    static const char *const texts[] = {"=1+1", "'=1", "''=1", "'a", "'", "''", "", "-", "'-", "+7", "@", "\tx", "'\tx", "\r"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char cell[32];
        snprintf(cell, sizeof cell, "%s%s", hw_csv_guarded(texts[i]) ? "'" : "", texts[i]);
        struct hw_slice back = hw_csv_unguard(hw_slice_text(cell));
        assert_true(hw_slice_is(back, texts[i]));
        assert_null(*cell ? strchr("=+-@\t\r", *cell) : NULL);
    }
}

static void tab_separated_cells_are_quoted_where_they_must_be(void **state)
{
    struct page page;
    (void)state;
    page_open(&page);
    hw_csv_cells(page.to, (const char *[]){"a,b", "a\tb", "a\nb", "say \"x\""}, 4, '\t');
    fflush(page.to);
    assert_string_equal(page.text, "a,b\t\"a\tb\"\t\"a\nb\"\t\"say \"\"x\"\"\"\r\n");
    page_free(&page);
}

/* records */

static void add(struct hw_export *export, const char *text)
{
    json_t *row = json_loads(text, 0, NULL);
    assert_non_null(row);
    hw_export_add(export, row);
    json_decref(row);
}

static void items_stand_by_plan_rank_and_number(void **state)
{
    static const char *const order[] = {"i4", "i3", "i1", "i2"};
    struct hw_export export;
    (void)state;
    hw_export_init(&export);
    json_t *plan = json_pack("{s:s, s:s, s:s, s:s}", "kind", "plan", "id", "p1", "code", "b", "group", "g");
    hw_export_add_plan(&export, plan);
    json_decref(plan);
    plan = json_pack("{s:s, s:s, s:n, s:s, s:s}", "kind", "plan", "id", "p2", "code", "title", "a", "group", "g");
    hw_export_add_plan(&export, plan);
    json_decref(plan);
    hw_export_sort_plans(&export);
    add(&export, "{\"kind\":\"item\",\"id\":\"i1\",\"group\":\"g\",\"plan\":\"p1\",\"number\":\"1.9\"}");
    add(&export, "{\"kind\":\"item\",\"id\":\"i2\",\"group\":\"g\",\"plan\":\"p1\",\"number\":\"1.10\"}");
    add(&export, "{\"kind\":\"item\",\"id\":\"i3\",\"group\":\"g\",\"plan\":\"p2\",\"rank\":10}");
    add(&export, "{\"kind\":\"item\",\"id\":\"i4\",\"group\":\"g\",\"plan\":\"p2\",\"rank\":9}");
    add(&export, "{\"kind\":\"item\",\"id\":\"i5\",\"group\":\"g\",\"plan\":\"p2\",\"rank\":9,\"archived\":true}");
    hw_export_sort(&export);
    assert_int_equal(export.records.n, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(export.records.record[i].id, order[i]);
    assert_non_null(hw_export_find(&export, "i2"));
    assert_null(hw_export_find(&export, "i5"));
    assert_string_equal(hw_export_plan_name(&export, "p2"), "a");
    hw_export_done(&export);
}

static void the_hash_is_of_what_an_import_reads(void **state)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    struct hw_export export;
    struct hw_export_columns columns;
    struct hw_export_cell cells[HW_EXPORT_COLUMNS_MAX];
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_ITEM);
    struct hw_slice title = hw_slice_text("two\nlines"), parts[] = {hw_slice_text("a, b"), hw_slice_text("c")};
    struct hw_err err;
    char hash[HW_BASE_HASH + 1], wanted[100];
    (void)state;
    hw_export_init(&export);
    export.fields = "title,themes,status";
    assert_int_equal(hw_export_columns(&export, kind, &columns, &err), HW_OK);
    assert_int_equal(columns.n, 4);
    json_t *row = json_loads("{\"id\":\"i1\",\"title\":\" two\\r\\nlines \",\"themes\":[\"a, b\",\"c\"],\"status\":null}", 0, NULL);
    for (size_t i = 0; i < columns.n; i++)
        cells[i] = hw_export_cell(&export, kind, &columns.column[i], row, false, &arena);
    assert_string_equal(cells[2].text, "a, b; c");
    hw_base_hash(&title, 1, hash);
    int n = snprintf(wanted, sizeof wanted, "title=%s ", hash);
    hw_base_hash(parts, 2, hash);
    snprintf(wanted + n, sizeof wanted - (size_t)n, "themes=%s", hash);
    assert_string_equal(hw_export_base(&columns, cells, &arena), wanted);
    json_decref(row);
    hw_export_done(&export);
}

static void an_unknown_field_is_refused_with_the_nearest(void **state)
{
    struct hw_export export;
    struct hw_export_columns columns;
    struct hw_err err;
    (void)state;
    hw_export_init(&export);
    export.fields = "title,deadlin";
    assert_int_equal(hw_export_columns(&export, hw_kind_by_id(HW_KIND_ITEM), &columns, &err), HW_USAGE);
    assert_non_null(strstr(err.text, "\"deadline\""));
    hw_export_done(&export);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_calendar_line_is_folded_at_75_octets_between_letters),
        cmocka_unit_test(a_line_of_75_octets_is_not_folded),
        cmocka_unit_test(calendar_text_is_escaped),
        cmocka_unit_test(names_of_sheets_are_cleaned_cut_and_made_unique),
        cmocka_unit_test(letters_beyond_16_bits_count_twice_in_a_sheet_name),
        cmocka_unit_test(taking_a_guard_off_gives_the_text_back),
        cmocka_unit_test(tab_separated_cells_are_quoted_where_they_must_be),
        cmocka_unit_test(items_stand_by_plan_rank_and_number),
        cmocka_unit_test(the_hash_is_of_what_an_import_reads),
        cmocka_unit_test(an_unknown_field_is_refused_with_the_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
