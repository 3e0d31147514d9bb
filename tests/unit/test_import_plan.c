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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(contacts_are_people_of_their_organisation),
        TEST(a_cell_that_goes_on_below_its_row_is_kept_with_it),
        TEST(two_dates_for_two_deliverables_are_one_each),
        TEST(heads_of_two_lines_and_numbers_of_columns),
        TEST(what_a_field_does_not_know_stays_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
