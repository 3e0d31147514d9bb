/* test_out.c: what is printed can drive neither a terminal, nor a spreadsheet,
 * nor a browser. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "client/out.h"
#include "client/report.h"

struct page {
    char *text;
    size_t n;
    FILE *to;
};

static struct page *page_new(void)
{
    struct page *page = calloc(1, sizeof *page);
    assert_non_null(page);
    page->to = open_memstream(&page->text, &page->n);
    assert_non_null(page->to);
    return page;
}

static const char *page_text(struct page *page)
{
    fflush(page->to);
    return page->text;
}

static void page_free(struct page *page)
{
    fclose(page->to);
    free(page->text);
    free(page);
}

static void csv_starts_with_a_byte_order_mark(void **state)
{
    struct page *page = page_new();
    (void)state;
    hw_csv_start(page->to);
    assert_string_equal(page_text(page), "\xef\xbb\xbf");
    page_free(page);
}

static void csv_quotes_what_holds_separators(void **state)
{
    struct page *page = page_new();
    (void)state;
    hw_csv_row(page->to, (const char *[]){"plain", "a,b", "say \"x\"", "two\nlines", "", NULL}, 6);
    assert_string_equal(page_text(page), "plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",,\r\n");
    page_free(page);
}

static void csv_disarms_formulas(void **state)
{
    static const char *const cells[] = {"=1+1", "+1", "-1", "@x", "\tx", "\rx"};
    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        struct page *page = page_new();
        hw_csv_row(page->to, &cells[i], 1);
        assert_memory_equal(page_text(page), "\"'", 2);
        assert_int_equal(page->text[2], cells[i][0]);
        page_free(page);
    }
}

static void csv_leaves_a_sign_inside_a_text_alone(void **state)
{
    struct page *page = page_new();
    (void)state;
    hw_csv_row(page->to, (const char *[]){"2016-12", "a=b"}, 2);
    assert_string_equal(page_text(page), "2016-12,a=b\r\n");
    page_free(page);
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
    struct page *page = page_new();
    (void)state;
    hw_look_text(page->to, "a\033[31mb\x7f\xc2\x9b" "c\nд");
    assert_string_equal(page_text(page), "a [31mb  c д");
    page_free(page);
}

static void lines_are_kept_and_indented(void **state)
{
    struct page *page = page_new();
    (void)state;
    hw_look_lines(page->to, "one\r\ntwo\033", 2);
    assert_string_equal(page_text(page), "one\n  two ");
    page_free(page);
}

static void plain_tables_are_tab_separated_without_a_head(void **state)
{
    const struct hw_look look = {.plain = true};
    struct page *page = page_new();
    struct hw_table *table = hw_table_new(&look);
    (void)state;
    hw_table_column(table, "A", 0);
    hw_table_column(table, "B", HW_COLUMN_CUT);
    hw_table_row(table, (const char *[]){"x\ty", "z"});
    hw_table_row(table, (const char *[]){NULL, "w"});
    hw_table_print(table, page->to);
    assert_string_equal(page_text(page), "x y\tz\n\tw\n");
    hw_table_free(table);
    page_free(page);
}

static void a_narrow_terminal_leaves_out_what_may_be_left_out(void **state)
{
    const struct hw_look look = {.width = 50, .utf8 = true};
    struct page *page = page_new();
    struct hw_table *table = hw_table_new(&look);
    (void)state;
    hw_look_start();
    hw_look_of(stdout, false); /* UTF-8 for the table's widths */
    hw_table_column(table, "ID", 0);
    hw_table_column(table, "TITLE", HW_COLUMN_WIDE);
    hw_table_column(table, "WHO", HW_COLUMN_CUT | HW_COLUMN_SPARE);
    hw_table_column(table, "STATUS", 0);
    hw_table_row(table, (const char *[]){"k7f3", "A title that is far too long for a narrow terminal to show",
                                         "Regional Coordinator", "no longer applicable"});
    hw_table_print(table, page->to);
    assert_null(strstr(page_text(page), "WHO"));
    assert_non_null(strstr(page->text, "no longer applicable"));
    for (char *line = strtok(page->text, "\n"); line; line = strtok(NULL, "\n"))
        assert_in_range(hw_look_columns(line), 1, 50);
    hw_table_free(table);
    page_free(page);
}

static void width_counts_columns_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(hw_look_columns("Шығыс"), 5);
    assert_int_equal(hw_look_columns("a\xcc\x81"), 1); /* a combining accent has no width */
}

static void html_text_is_escaped(void **state)
{
    struct page *page = page_new();
    (void)state;
    hw_html_text(page->to, "<b> & \"x\" 'y'\x01");
    assert_string_equal(page_text(page), "&lt;b&gt; &amp; &quot;x&quot; &#39;y&#39; ");
    page_free(page);
}

static json_t *sample_report(const char *name)
{
    json_t *row = json_pack("{s:s,s:s,s:i,s:i,s:i,s:i,s:f,s:i}", "key", "k", "name", name, "total", 4, "completed", 3,
                            "in_progress", 1, "denominator", 4, "percent", 75.0, "overdue", 1);
    return json_pack("{s:s,s:n,s:n,s:[O],s:o,s:[{s:s}]}", "by", "region", "period", "as_of", "rows", row, "total", row,
                     "freshness", "note", "<i>TKM</i> silent");
}

static void the_html_report_trusts_no_name(void **state)
{
    struct page *page = page_new();
    json_t *report = sample_report("<script>alert(1)</script>");
    char *words[] = {(char[]){"country:<x>"}};
    (void)state;
    hw_report_html(page->to, report, words, 1, 0);
    assert_null(strstr(page_text(page), "<script"));
    assert_null(strstr(page->text, "<x>"));
    assert_null(strstr(page->text, "<i>TKM"));
    assert_non_null(strstr(page->text, "&lt;script&gt;alert(1)"));
    json_decref(report);
    page_free(page);
}

static void the_html_report_needs_no_other_file(void **state)
{
    struct page *page = page_new();
    json_t *report = sample_report("Central Asia");
    (void)state;
    hw_report_html(page->to, report, NULL, 0, 0);
    assert_null(strstr(page_text(page), "src="));
    assert_null(strstr(page->text, "href="));
    assert_null(strstr(page->text, "url("));
    assert_non_null(strstr(page->text, "<svg"));
    assert_non_null(strstr(page->text, "75&nbsp;%"));
    json_decref(report);
    page_free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_starts_with_a_byte_order_mark),
        cmocka_unit_test(csv_quotes_what_holds_separators),
        cmocka_unit_test(csv_disarms_formulas),
        cmocka_unit_test(csv_leaves_a_sign_inside_a_text_alone),
        cmocka_unit_test(control_characters_do_not_reach_the_terminal),
        cmocka_unit_test(lines_are_kept_and_indented),
        cmocka_unit_test(plain_tables_are_tab_separated_without_a_head),
        cmocka_unit_test(a_narrow_terminal_leaves_out_what_may_be_left_out),
        cmocka_unit_test(width_counts_columns_not_bytes),
        cmocka_unit_test(html_text_is_escaped),
        cmocka_unit_test(the_html_report_trusts_no_name),
        cmocka_unit_test(the_html_report_needs_no_other_file),
    };
    return cmocka_run_group_tests_name("out", tests, NULL, NULL);
}
