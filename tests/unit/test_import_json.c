/* test_import_json.c: records and tasks as JSON become rows: which member goes where, and what is refused. */
#include "tests/unit/import_file.h"

#include "client/import/json.h"

/* How the value of a field was read where it was exported; NULL when nobody says. */
static const char *meant(const struct making *m, size_t nth, const char *field)
{
    const struct hw_import_row *r = row(m, nth);
    for (size_t i = 0; i < r->meant_n; i++)
        if (strcmp(r->values[r->meant[i].value].field, field) == 0)
            return r->meant[i].text;
    return NULL;
}

static void refused(struct making *m, const char *text, const char *part)
{
    assert_int_not_equal(make_bytes(m, hw_slice_text(text)), HW_OK);
    if (strstr(m->err.text, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, m->err.text);
}

#define ID "\"id\":\"6pm1j7qg7e6r8etz\""
#define OF "{\"group\":\"wg6\"," ID ",\"kind\":\"item\","

static void a_member_goes_to_its_field_whole(void **state)
{
    struct making *m = *state;
    make(m, OF "\"title\":\"KAZ: 1.1 <b>Wells</b> \",\"responsible\":[\"A; b\",\"C, d\"],\"progress\":40,\"archived\":true,"
               "\"parent\":\"3n8qe7aaec66rxe9\",\"number\":null,\"later\":{\"a\":[1]}}");
    assert_string_equal(row(m, 1)->kind, "item");
    assert_string_equal(row(m, 1)->id, "6pm1j7qg7e6r8etz");
    assert_string_equal(row(m, 1)->parent_id, "3n8qe7aaec66rxe9");
    assert_string_equal(row(m, 1)->group, "wg6");
    assert_true(row(m, 1)->map->whole);
    assert_string_equal(values(m, 1, "title"), "KAZ: 1.1 <b>Wells</b> ");
    assert_string_equal(values(m, 1, "responsible"), "A; b + C, d");
    assert_string_equal(values(m, 1, "progress"), "40");
    assert_string_equal(values(m, 1, "archived"), "yes");
    assert_string_equal(row(m, 1)->rest, "later: {\"a\":[1]}");
}

static void a_time_and_a_word_bring_how_they_were_read(void **state)
{
    struct making *m = *state;
    make(m, OF "\"deadline\":{\"raw\":\"05/06/2024\",\"edtf\":\"2024-06-05\"},\"completed_on\":{\"raw\":\"some day\",\"edtf\":null},"
               "\"status\":\"completed\",\"status_label\":\"Fini\"}");
    assert_string_equal(values(m, 1, "deadline"), "05/06/2024");
    assert_string_equal(meant(m, 1, "deadline"), "2024-06-05");
    assert_string_equal(meant(m, 1, "completed_on"), "-");
    assert_string_equal(meant(m, 1, "status"), "Fini");
}

/* The hashes are of other texts. */
static void what_was_edited_is_read_as_if_it_were_typed(void **state)
{
    static const char base[] = "\"base\":\"title=e8b7e8a3 deadline=00000000 deadline.edtf=00000000\",";
    struct making *m = *state;
    char text[1000];
    snprintf(text, sizeof text, OF "%s\"title\":\"Wells\",\"deadline\":{\"raw\":\"6 May 2024\",\"edtf\":\"2024-06-05\"}}", base);
    make(m, text);
    assert_string_equal(values(m, 1, "deadline"), "6 May 2024");
    assert_null(meant(m, 1, "deadline"));
    assert_string_equal(row(m, 1)->base, "title=e8b7e8a3 deadline=00000000");
}

static void a_member_taken_out_says_nothing(void **state)
{
    struct making *m = *state;
    make(m, OF "\"base\":\"title=01234567 number=01234567 status=01234567\",\"title\":\"Wells\",\"number\":null}");
    assert_string_equal(row(m, 1)->base, "number=01234567 title=01234567");
}

static void rows_come_in_the_order_in_which_they_are_made(void **state)
{
    struct making *m = *state;
    make(m, "{\"kind\":\"comment\",\"id\":\"a\",\"on\":\"b\",\"text\":\"x\"}\n" OF "\"title\":\"t\"}\n"
            "{\"kind\":\"office\",\"id\":\"c\"}\n{\"kind\":\"plan\",\"id\":\"d\",\"code\":\"p\"}\n");
    assert_int_equal(m->import.rows.n, 3);
    assert_string_equal(row(m, 1)->kind, "plan");
    assert_int_equal(row(m, 1)->line, 4);
    assert_string_equal(row(m, 2)->kind, "item");
    assert_string_equal(row(m, 3)->kind, "comment");
    assert_non_null(strstr(m->import.rows.note[0].text, "1 records of the directory"));
}

static void a_task_of_somebody_else_is_named_by_its_uuid(void **state)
{
    struct making *m = *state;
    make(m, "[{\"uuid\":\"0b1f\",\"description\":\"Wells\",\"status\":\"completed\",\"end\":\"20241112T120000Z\","
            "\"due\":\"20241231T120000Z\",\"project\":\"Water\",\"tags\":[\"KAZ\",\"next\"],\"urgency\":4.5,"
            "\"annotations\":[{\"entry\":\"20241112T120000Z\",\"description\":\"Said\"}]}]");
    assert_null(row(m, 1)->id);
    assert_string_equal(row(m, 1)->key, "task|0b1f");
    assert_string_equal(values(m, 1, "title"), "Wells");
    assert_string_equal(values(m, 1, "status"), "completed");
    assert_string_equal(values(m, 1, "completed_on"), "2024-11-12");
    assert_string_equal(values(m, 1, "deadline"), "2024-12-31");
    assert_string_equal(values(m, 1, "comment"), "Said");
    assert_non_null(strstr(row(m, 1)->rest, "task urgency: 4.5"));
    assert_false(row(m, 1)->map->whole);
}

static void a_uuid_of_ours_is_the_record(void **state)
{
    struct making *m = *state;
    make(m, "{\"uuid\":\"35a8191e-f03b-8ead-8a00-00008d843b5f\",\"description\":\"Wells\",\"status\":\"pending\","
            "\"headway_status\":\"on hold\",\"headway_deadline\":\"mid 2024\",\"headway_due\":\"20240630T120000Z\","
            "\"due\":\"20240630T120000Z\",\"tags\":[\"new\"],\"headway_tags\":\"KAZ\",\"headway_countries\":\"KAZ\"}");
    assert_string_equal(row(m, 1)->id, "6pm1j7qg7e6r8etz");
    assert_string_equal(values(m, 1, "status"), "on hold");
    assert_string_equal(values(m, 1, "deadline"), "mid 2024");
    assert_string_equal(values(m, 1, "countries"), "");
    assert_string_equal(values(m, 1, "themes"), "new");
}

static void what_is_damaged_is_refused_with_its_place(void **state)
{
    struct making *m = *state;
    refused(m, "[\n" OF "\"title\":\"ж\"},\n{\"kind\" 7}]", "line 3, column 9");
    refused(m, "[" OF "\"title\":\"t\"}", "cut short");
    refused(m, OF "\"title\":\"t\"} rest", "line 1");
    refused(m, OF "\"title\":\"t\",\"title\":\"u\"}", "duplicate");
    refused(m, OF "\"title\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}", "nested");
    refused(m, "[{\"name\":\"Wells\"}]", "no record of Headway");
    refused(m, OF "\"title\":\"a\\u0000b\"}", "line 1");
}

/* A bracket at the head of a page is no JSON. */
static void text_in_brackets_is_text(void **state)
{
    (void)state;
    assert_false(hw_import_json_look(hw_slice_text("[Draft] Title,Status\nWells,done\n")));
    assert_false(hw_import_json_look(hw_slice_text("{draft}\n")));
    assert_true(hw_import_json_look(hw_slice_text(" [ {")));
    assert_true(hw_import_json_look(hw_slice_text("\n{ \"kind\"")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_member_goes_to_its_field_whole),
        TEST(a_time_and_a_word_bring_how_they_were_read),
        TEST(what_was_edited_is_read_as_if_it_were_typed),
        TEST(a_member_taken_out_says_nothing),
        TEST(rows_come_in_the_order_in_which_they_are_made),
        TEST(a_task_of_somebody_else_is_named_by_its_uuid),
        TEST(a_uuid_of_ours_is_the_record),
        TEST(what_is_damaged_is_refused_with_its_place),
        cmocka_unit_test(text_in_brackets_is_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
