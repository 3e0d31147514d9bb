/* test_import_plan.c: workplans as working groups write them: members above the
 * table, heads of two lines, cells cut in two, deliverables with their dates. */
#include "import_file.h"

static void contacts_are_people_of_their_organisation(void **state)
{
    struct making *m = *state;
    make(m, "Contacts of leads: North \xE2\x80\x93 Ada and Bo (B.), South - Cy, Di\nMembers: A, B (C, D)\n"
            "Action,Due\nDig,2019\n");
    assert_int_equal(m->import.rows.n, 7);
    static const char *const people[][2] = {{"North", "Ada"}, {"North", "Bo (B.)"}, {"South", "Cy"}, {"South", "Di"}};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(values(m, i + 1, "organisation"), people[i][0]);
        assert_string_equal(values(m, i + 1, "person"), people[i][1]);
        assert_string_equal(values(m, i + 1, "role"), "contact");
    }
    assert_string_equal(values(m, 6, "organisation"), "B (C, D)");
    assert_string_equal(row(m, 7)->kind, "item");
    assert_true(m->lossless);
}

static void a_cell_that_goes_on_below_its_row_is_kept_with_it(void **state)
{
    struct making *m = *state;
    make(m, "Action\tReferences\tRemarks\nDig\tSDG:8\tWet\n\t<ul> - GCM:15 - ILO:C29\tCold\n");
    assert_int_equal(m->import.rows.n, 1);
    assert_string_equal(values(m, 1, "references"), "SDG:8 + GCM:15 + ILO:C29");
    assert_string_equal(values(m, 1, "comment"), "Wet + Cold");
    assert_int_equal(m->import.rows.notes_n, 1);
    assert_int_equal(m->import.rows.note[0].line, 3);
    assert_true(m->lossless);
}

static void two_dates_for_two_deliverables_are_one_each(void **state)
{
    struct making *m = *state;
    make(m, "Action\tDeliverables\tDeadline\nDig\tPlan drawn, Hole dug\t16/12/2019 Early 2/2020\n"
            "Fill\t\xE2\x80\xA2 Sand\t2021\nPaint\tRed, blue\t2022\n");
    assert_int_equal(m->import.rows.n, 7);
    assert_string_equal(values(m, 1, "deadline"), "16/12/2019 Early 2/2020");
    assert_string_equal(values(m, 2, "title"), "Plan drawn");
    assert_string_equal(values(m, 2, "deadline"), "16/12/2019");
    assert_string_equal(values(m, 3, "title"), "Hole dug");
    assert_string_equal(values(m, 3, "deadline"), "Early 2/2020");
    assert_string_equal(values(m, 5, "title"), "Sand");
    assert_string_equal(values(m, 7, "title"), "Red, blue");
    assert_string_equal(values(m, 7, "deadline"), "2022");
    assert_true(m->lossless);
}

static void heads_of_two_lines_and_numbers_of_columns(void **state)
{
    struct making *m = *state;
    make(m, "No;Action;Timeline;;Owner\n;;Start;Due date;\n1;2;3;4;5\n1;Dig;2019;2020;Ada\n2;Fill;2020;2021;Bo\n");
    assert_int_equal(m->import.rows.n, 2);
    assert_string_equal(values(m, 1, "deadline"), "2020");
    assert_string_equal(values(m, 1, "responsible"), "Ada");
    assert_string_equal(row(m, 1)->rest, "Timeline Start: 2019");
    assert_true(m->lossless);
}

static void what_a_field_does_not_know_stays_as_text(void **state)
{
    struct making *m = *state;
    make(m, "Action;Status;Country;Due\nDig;done;KAZ;2019\nFill;wobbly;Narnia, KGZ;one day\nSow;wobbly;TJK;2020\n");
    assert_int_equal(m->import.rows.problems, 0);
    assert_int_equal(m->import.rows.unread_n, 3);
    assert_string_equal(values(m, 2, "status"), "");
    assert_string_equal(values(m, 2, "countries"), "KGZ");
    assert_string_equal(values(m, 2, "deadline"), "one day");
    assert_non_null(strstr(row(m, 2)->rest, "Status: wobbly"));
    assert_int_equal(m->import.rows.unread[0].n, 2);
    assert_int_equal(m->import.rows.unread[0].line, 3);
    assert_true(m->lossless);
}

static void a_title_that_no_head_names_is_guessed_and_said(void **state)
{
    struct making *m = *state;
    make(m, "Xyz,Since,Deadline\nDig a well,2019,2020\nPaint it,2019,2021\n");
    assert_string_equal(values(m, 2, "title"), "Paint it");
    assert_int_equal(m->import.rows.notes_n, 1);
    assert_non_null(strstr(m->import.rows.note[0].text, "\"Xyz\""));
}

static void a_column_of_numbers_is_the_title_although_it_is_called_a_theme(void **state)
{
    struct making *m = *state;
    make(m, "PRIORITY AREAS\tDELIVERABLES\tTIMELINE\n1) Safer roads\t\t2024\n1.1 Count\tA list\t2025\n1.2 Paint\t\t2026\n");
    assert_int_equal(m->import.rows.n, 4);
    assert_string_equal(values(m, 1, "type"), "priority");
    assert_string_equal(values(m, 3, "type"), "deliverable");
    assert_string_equal(values(m, 4, "number"), "1.2");
}

static void a_drawn_grid_has_cells_of_several_lines(void **state)
{
    struct making *m = *state;
    make(m, "Plan\n+--------+--------+\n| Action | By     |\n|        | when   |\n+========+========+\n"
            "| Dig a  | 2020   |\n| well   |        |\n+--------+--------+\n| Fill   | 2021   |\n+--------+--------+\n");
    assert_int_equal(m->import.rows.n, 2);
    assert_string_equal(values(m, 1, "title"), "Dig a\nwell");
    assert_string_equal(values(m, 1, "deadline"), "2020");
    assert_string_equal(row(m, 1)->rest, "beside the table: Plan");
}

static void boxes_that_frame_the_heads_have_a_row_in_each_line(void **state)
{
    struct making *m = *state;
    make(m, "\u250c\u2500\u2500\u252c\u2500\u2510\n\u2502Action\u2502Due\u2502\n\u251c\u2500\u2500\u253c\u2500\u2524\n"
            "\u2502Dig\u25022020\u2502\n\u2502Fill\u25022021\u2502\n\u2514\u2500\u2500\u2534\u2500\u2518\n");
    assert_int_equal(m->import.rows.n, 2);
    assert_string_equal(values(m, 2, "title"), "Fill");
    assert_string_equal(values(m, 2, "deadline"), "2021");
}

static void slashes_part_cells_where_three_heads_say_so(void **state)
{
    struct making *m = *state;
    make(m, "Action/Owner/Deadline\nDig/Ada/2020-05\n");
    assert_string_equal(values(m, 1, "responsible"), "Ada");
    assert_string_equal(values(m, 1, "deadline"), "2020-05");
}

static void arabic_of_one_byte_is_read(void **state)
{
    /* Activity;Deadline / "the report";2020 in CP1256. */
    static const char bytes[] = "\xC7\xE1\xE4\xD4\xC7\xD8;Deadline\n\xC7\xE1\xCA\xDE\xD1\xED\xD1 \xC7\xE1\xD3\xE4\xE6\xED;2020\n";
    struct making *m = *state;
    make(m, bytes);
    assert_string_equal(m->import.book.encoding, "CP1256");
    assert_string_equal(values(m, 1, "title"), "\u0627\u0644\u062a\u0642\u0631\u064a\u0631 \u0627\u0644\u0633\u0646\u0648\u064a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(contacts_are_people_of_their_organisation),
        TEST(a_cell_that_goes_on_below_its_row_is_kept_with_it),
        TEST(two_dates_for_two_deliverables_are_one_each),
        TEST(heads_of_two_lines_and_numbers_of_columns),
        TEST(what_a_field_does_not_know_stays_as_text),
        TEST(a_title_that_no_head_names_is_guessed_and_said),
        TEST(a_column_of_numbers_is_the_title_although_it_is_called_a_theme),
        TEST(a_drawn_grid_has_cells_of_several_lines),
        TEST(boxes_that_frame_the_heads_have_a_row_in_each_line),
        TEST(slashes_part_cells_where_three_heads_say_so),
        TEST(arabic_of_one_byte_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
