/* test_import_table.c: files of many programs become text, and text a table of
 * cells. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "client/import/import.h"

struct reading {
    struct hw_arena arena;
    struct hw_import_heads heads;
    struct hw_import_text text;
    struct hw_import_table table;
    struct hw_err err;
};

static int set_up(void **state)
{
    struct reading *r = calloc(1, sizeof *r);
    hw_arena_init(&r->arena);
    r->heads.arena = &r->arena;
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    struct reading *r = *state;
    hw_arena_done(&r->arena);
    free(r);
    return 0;
}

static enum hw_status decode(struct reading *r, const void *bytes, size_t n)
{
    return hw_import_text_decode((struct hw_slice){bytes, n}, &r->arena, &r->text, &r->err);
}
#define DECODE(r, literal) decode(r, literal, sizeof(literal) - 1)

static void read_table(struct reading *r, const char *text)
{
    assert_int_equal(decode(r, text, strlen(text)), HW_OK);
    assert_int_equal(hw_import_table_read(r->text.text, &r->heads, &r->arena, &r->table, &r->err), HW_OK);
}

static void text_is(struct reading *r, const char *encoding, const char *text)
{
    assert_string_equal(r->text.encoding, encoding);
    assert_int_equal(r->text.text.n, strlen(text));
    assert_memory_equal(r->text.text.p, text, strlen(text));
}

static void cell_is(struct reading *r, size_t line, uint32_t column, const char *text)
{
    assert_true(line < r->table.n);
    struct hw_slice cell = hw_import_cell(&r->table.lines[line], column);
    if (!hw_slice_is(cell, text))
        fail_msg("line %zu column %u is \"%.*s\", not \"%s\"", line, (unsigned)column, (int)cell.n,
                 cell.n > 0 ? (const char *)cell.p : "", text);
}

static void utf8_loses_its_mark_and_its_carriage_returns(void **state)
{
    assert_int_equal(DECODE(*state, "\xEF\xBB\xBF"
                                    "a,b\r\n1,2\rx\n"),
                     HW_OK);
    text_is(*state, "UTF-8", "a,b\n1,2\nx\n");
}

static void utf16_is_read_in_both_orders(void **state)
{
    assert_int_equal(DECODE(*state, "\xFF\xFE"
                                    "a\0\xE9\0\r\0\n\0"),
                     HW_OK);
    text_is(*state, "UTF-16LE", "a\xC3\xA9\n");
    assert_int_equal(DECODE(*state, "\xFE\xFF\0a\x04\x1F"), HW_OK);
    text_is(*state, "UTF-16BE", "a\xD0\x9F");
}

static void utf16_without_a_mark_is_known_by_its_zeros(void **state)
{
    assert_int_equal(DECODE(*state, "T\0a\0s\0k\0,\0D\0u\0e\0"), HW_OK);
    text_is(*state, "UTF-16LE", "Task,Due");
}

static void western_and_cyrillic_bytes_are_told_apart(void **state)
{
    assert_int_equal(DECODE(*state, "Ech\xE9" "ance \x93" "cl\xE9\x94"), HW_OK);
    text_is(*state, "CP1252", "Ech\xC3\xA9" "ance \xE2\x80\x9C" "cl\xC3\xA9\xE2\x80\x9D");
    assert_int_equal(DECODE(*state, "\xD1\xF0\xEE\xEA: \xE8\xFE\xED\xFC"), HW_OK);
    text_is(*state, "CP1251", "\xD0\xA1\xD1\x80\xD0\xBE\xD0\xBA: \xD0\xB8\xD1\x8E\xD0\xBD\xD1\x8C");
}

static void what_is_no_text_is_refused_with_one_sentence(void **state)
{
    struct reading *r = *state;
    assert_int_equal(DECODE(r, "PK\x03\x04 rest"), HW_USAGE);
    assert_non_null(strstr(r->err.text, "save the table as CSV"));
    assert_int_equal(DECODE(r, "a,b\n\0,2,3\n"), HW_USAGE);
    assert_non_null(strstr(r->err.text, "NUL bytes"));
    assert_int_equal(DECODE(r, "%PDF-1.7"), HW_USAGE);
    assert_int_equal(DECODE(r, ""), HW_USAGE);
    /* Undefined in CP1252. */
    assert_int_equal(DECODE(r, "a b c d \x81 e f"), HW_USAGE);
    /* A file that ends in the middle of a UTF-16 character. */
    assert_int_equal(DECODE(r, "\xFF\xFE" "a\0b"), HW_USAGE);
}

static void a_file_that_is_not_there_is_not_found(void **state)
{
    struct reading *r = *state;
    struct hw_slice bytes;
    assert_int_equal(hw_import_read_file("tests/samples/none", &r->arena, &bytes, &r->err), HW_NOT_FOUND);
    assert_int_equal(hw_import_read_file("/", &r->arena, &bytes, &r->err), HW_USAGE);
}

static void the_separator_is_found(void **state)
{
    struct reading *r = *state;
    read_table(r, "Action,Status\na;b,done\n");
    assert_int_equal(r->table.separator, ',');
    cell_is(r, 1, 0, "a;b");
    read_table(r, "Action;Statut\na,b,c,d;fait\nx,y,z,w;fait\n");
    assert_int_equal(r->table.separator, ';');
    cell_is(r, 2, 1, "fait");
    read_table(r, "Action\tStatus\na, b; c\tdone\n");
    assert_int_equal(r->table.separator, '\t');
    read_table(r, "\"Action\"|\"Status\"\n\"a|b\"|\"done\"\n");
    assert_int_equal(r->table.separator, '|');
    cell_is(r, 1, 0, "a|b");
}

static void quotes_hold_separators_newlines_and_quotes(void **state)
{
    struct reading *r = *state;
    read_table(r, "Action,Status\r\n\"one, \"\"two\"\"\r\n\r\nthree\" , \"done\"\r\nlast,open");
    assert_int_equal(r->table.n, 3);
    cell_is(r, 1, 0, "one, \"two\"\n\nthree");
    cell_is(r, 1, 1, "done");
    cell_is(r, 2, 1, "open");
}

static void lines_are_those_of_the_file(void **state)
{
    struct reading *r = *state;
    read_table(r, "\n\nAction,Status\n\n\"a\nb\nc\",done\n   \nx,open\n");
    assert_int_equal(r->table.n, 3);
    assert_int_equal(r->table.lines[0].line, 3);
    assert_int_equal(r->table.lines[1].line, 5);
    assert_int_equal(r->table.lines[2].line, 9);
}

static void rows_may_be_ragged_and_empty_ones_fall_out(void **state)
{
    struct reading *r = *state;
    read_table(r, "Action,Status,Notes\na\n,,\nb,done,x,y\n \xC2\xA0,\xC2\xA0 ,\n");
    assert_int_equal(r->table.n, 3);
    assert_int_equal(r->table.lines[1].width, 1);
    assert_int_equal(r->table.lines[2].width, 4);
    cell_is(r, 1, 2, "");
    cell_is(r, 2, 3, "y");
}

static void an_open_quote_is_a_fault_in_csv_and_none_between_tabs(void **state)
{
    struct reading *r = *state;
    read_table(r, "Action,Status\na,done\nb,\"done\nc,open\n");
    assert_int_equal(r->table.n, 3);
    assert_int_equal(r->table.lines[1].fault, HW_IMPORT_SOUND);
    assert_int_equal(r->table.lines[2].fault, HW_IMPORT_QUOTE);
    read_table(r, "Action\tStatus\n\"a\tdone\nb\topen\n");
    assert_int_equal(r->table.n, 3);
    cell_is(r, 1, 0, "\"a");
    assert_int_equal(r->table.lines[1].fault, HW_IMPORT_SOUND);
}

static void markdown_rows_lose_their_frame(void **state)
{
    struct reading *r = *state;
    read_table(r, "# Plan\n\n| Action | Due date |\n|---|:---:|\n| a \\| b | 2020 |\n| long\ncell | 2021 |\n\nEnd\n");
    assert_int_equal(r->table.form, HW_IMPORT_BARS);
    assert_int_equal(r->table.n, 6);
    assert_int_equal(r->table.lines[0].place, HW_IMPORT_OUTSIDE);
    assert_int_equal(r->table.lines[2].place, HW_IMPORT_RULE);
    cell_is(r, 3, 0, "a | b");
    cell_is(r, 4, 0, "long\ncell");
    cell_is(r, 4, 1, "2021");
    assert_int_equal(r->table.lines[4].line, 6);
    assert_int_equal(r->table.lines[5].place, HW_IMPORT_OUTSIDE);
    assert_int_equal(r->table.lines[5].line, 9);
}

static void a_drawn_table_is_read_like_markdown(void **state)
{
    struct reading *r = *state;
    read_table(r, "+---+---+\n| Action | Status |\n+===+===+\n| a | done |\n+---+---+\n| b | open |\n+---+---+\n");
    assert_int_equal(r->table.n, 3);
    cell_is(r, 2, 1, "open");
}

static void a_cell_per_line_makes_rows_as_wide_as_the_heads(void **state)
{
    struct reading *r = *state;
    read_table(r, "|\nLead |\nDeadline |\nKAZ:\nDo it |\nA |\n2016/12\n|\nTKM: And |\nB |\n|\n");
    assert_int_equal(r->table.form, HW_IMPORT_CELL_LINES);
    assert_int_equal(r->table.n, 3);
    cell_is(r, 1, 0, "KAZ:\nDo it");
    cell_is(r, 1, 2, "2016/12");
    assert_int_equal(r->table.lines[1].line, 4);
    cell_is(r, 2, 1, "B");
    assert_int_equal(r->table.lines[2].line, 9);
}

static void a_head_nobody_knows_counts_as_a_column(void **state)
{
    struct reading *r = *state;
    read_table(r, "Action |\nStatus |\nZyx |\nDo it |\ndone |\n17 |\nAnd this |\nopen |\n18 |\n");
    assert_int_equal(r->table.n, 3);
    cell_is(r, 2, 0, "And this");
    cell_is(r, 2, 2, "18");
}

static void a_bar_that_is_missing_makes_the_last_row_short(void **state)
{
    struct reading *r = *state;
    read_table(r, "Action |\nStatus |\nA\nlong one |\ndone |\nAnd this\nopen |\n");
    assert_int_equal(r->table.n, 3);
    assert_int_equal(r->table.lines[2].fault, HW_IMPORT_SHORT);
}

static void too_long_and_too_wide_are_faults_of_one_row(void **state)
{
    struct reading *r = *state;
    struct hw_out text;
    hw_out_init(&text);
    hw_put_raw(&text, "Action,Status\n", 14);
    for (size_t i = 0; i <= HW_IMPORT_CELL_MAX; i++)
        hw_put_raw(&text, "x", 1);
    hw_put_raw(&text, ",done\nb,open\n", 13);
    for (size_t i = 0; i <= HW_IMPORT_COLUMNS_MAX; i++)
        hw_put_raw(&text, "y,", 2);
    hw_put_raw(&text, "\nlast,done\n", 11);
    hw_put_raw(&text, "", 1);
    read_table(r, (const char *)text.p);
    hw_out_done(&text);
    assert_int_equal(r->table.n, 5);
    assert_int_equal(r->table.lines[1].fault, HW_IMPORT_LONG);
    assert_int_equal(hw_import_cell(&r->table.lines[1], 0).n, 200);
    assert_int_equal(r->table.lines[2].fault, HW_IMPORT_SOUND);
    assert_int_equal(r->table.lines[3].fault, HW_IMPORT_WIDE);
    assert_int_equal(r->table.lines[4].fault, HW_IMPORT_SOUND);
}

static void too_many_rows_are_refused(void **state)
{
    struct reading *r = *state;
    size_t n = 2 * ((size_t)HW_IMPORT_ROWS_MAX + 1);
    char *text = hw_alloc(n);
    for (size_t i = 0; i < n; i += 2)
        memcpy(text + i, "a\n", 2);
    assert_int_equal(decode(r, text, n), HW_OK);
    free(text);
    assert_int_equal(hw_import_table_read(r->text.text, &r->heads, &r->arena, &r->table, &r->err), HW_LIMIT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(utf8_loses_its_mark_and_its_carriage_returns),
        TEST(utf16_is_read_in_both_orders),
        TEST(utf16_without_a_mark_is_known_by_its_zeros),
        TEST(western_and_cyrillic_bytes_are_told_apart),
        TEST(what_is_no_text_is_refused_with_one_sentence),
        TEST(a_file_that_is_not_there_is_not_found),
        TEST(the_separator_is_found),
        TEST(quotes_hold_separators_newlines_and_quotes),
        TEST(lines_are_those_of_the_file),
        TEST(rows_may_be_ragged_and_empty_ones_fall_out),
        TEST(an_open_quote_is_a_fault_in_csv_and_none_between_tabs),
        TEST(markdown_rows_lose_their_frame),
        TEST(a_drawn_table_is_read_like_markdown),
        TEST(a_cell_per_line_makes_rows_as_wide_as_the_heads),
        TEST(a_head_nobody_knows_counts_as_a_column),
        TEST(a_bar_that_is_missing_makes_the_last_row_short),
        TEST(too_long_and_too_wide_are_faults_of_one_row),
        TEST(too_many_rows_are_refused),
    };
    return cmocka_run_group_tests_name("import table", tests, NULL, NULL);
}
