/* test_import_outline_real.c: the three outlines that Headway was drawn from
 * give the records they must. They are kept outside this project: where they
 * are not, the tests say so. */
#include <dirent.h>

#include "outline_rows.h"

static const char *seed(struct making *m, const char *number)
{
    const char *shared = getenv("HEADWAY_SHARED"), *path = NULL;
    const char *folder = hw_arena_printf(&m->arena, "%s/seeds", shared != NULL ? shared : "../shared");
    DIR *seeds = opendir(folder);
    for (struct dirent *entry; seeds != NULL && (entry = readdir(seeds)) != NULL;)
        if (strncmp(entry->d_name, number, 4) == 0)
            path = hw_arena_printf(&m->arena, "%s/%s", folder, entry->d_name);
    if (seeds != NULL)
        closedir(seeds);
    if (path == NULL) {
        print_message("the real document is not here: skipped\n");
        skip();
    }
    return path;
}

static void the_real_page_gives_services_in_two_levels(void **state)
{
    static const struct expected expected[] = {
        {3, "group", "working group", "Working Group", 0, "region", "LAC"},
        {9, "item", "service", "Developing", 0, NULL, NULL},     {10, "item", "service", "Based", 2, NULL, NULL},
        {11, "item", "service", "Facilitate", 2, NULL, NULL},    {14, "item", "service", "Capacity", 0, NULL, NULL},
        {15, "item", "service", "Capacity", 5, NULL, NULL},      {17, "item", "service", "Producing", 0, NULL, NULL},
        {18, "item", "service", "Developing", 7, NULL, NULL},    {19, "item", "service", "Producing", 7, NULL, NULL},
        {22, "item", "service", "Where", 0, NULL, NULL},         {23, "item", "service", "Promote", 10, NULL, NULL},
    };
    struct making *m = *state;
    make_file(m, seed(m, "000_"));
    ROWS(m, expected);
    assert_string_equal(values(m, 1, "parent"), "ibc");
    assert_int_equal(strncmp(values(m, 1, "purpose"), "The purpose", 11), 0);
    assert_int_equal(m->import.rows.notes_n, 5);
}

static void the_real_group_gives_objectives_in_two_tracks(void **state)
{
    struct making *m = *state;
    size_t policy = 0, coordination = 0;
    make_file(m, seed(m, "003_"));
    assert_int_equal(m->import.rows.n, 20);
    assert_string_equal(values(m, 1, "founded"), "2008");
    assert_string_equal(values(m, 1, "kind"), "theme group");
    assert_int_equal(strncmp(values(m, 1, "purpose"), "The mission", 11), 0);
    assert_string_equal(values(m, 2, "number"), "1.");
    assert_string_equal(values(m, 13, "number"), "2.");
    for (size_t i = 1; i <= m->import.rows.n; i++) {
        policy += row(m, i)->parent == 2;
        coordination += row(m, i)->parent == 13;
        if (strcmp(row(m, i)->kind, "item") == 0)
            assert_string_equal(values(m, i, "type"), "objective");
    }
    assert_int_equal(policy, 9);
    assert_int_equal(coordination, 7);
    assert_int_equal(kinds(m, "resource"), 1);
    assert_string_equal(values(m, 6, "themes"), "economics + health + conflict + poverty + migration + natural disasters");
    assert_int_equal(m->import.rows.notes_n, 2);
}

static size_t items_of(struct making *m, const char *country, const char *type)
{
    size_t n = 0;
    for (size_t i = 1; i <= m->import.rows.n; i++)
        n += strcmp(row(m, i)->kind, "item") == 0 && strcmp(values(m, i, "countries"), country) == 0 &&
             strcmp(values(m, i, "type"), type) == 0;
    return n;
}

static void the_real_slides_give_seven_countries(void **state)
{
    static const struct {
        const char *name, *since;
        size_t priorities, steps, activities;
        const char *supporter;
    } countries[] = {
        {"MADAGASCAR", "since Oct. 2018", 4, 0, 0, ""},   {"NEPAL", "since Feb. 2019", 9, 3, 0, ""},
        {"MAURITANIA", "since January 2019", 5, 2, 0, ""}, {"CHILE", "since March 2019", 0, 0, 5, ""},
        {"UGANDA", "", 0, 2, 0, ""},                       {"ALBANIA", "", 0, 1, 0, "OSCE"},
        {"NIGERIA", "", 0, 2, 0, ""},
    };
    static const struct {
        const char *country, *type, *date;
    } met[] = {{"MADAGASCAR", "workshop", "Oct. 2018"}, {"NEPAL", "workshop", "June 2019"},
               {"NEPAL", "consultation", "February 2019"}, {"MAURITANIA", "workshop", "March 2019"},
               {"CHILE", "workshop", "March 2019"}};
    struct making *m = *state;
    size_t country = 0, meeting = 0, due = 0, references = 0, editions = 0;
    make_file(m, seed(m, "004_"));
    for (size_t i = 1; i <= m->import.rows.n; i++) {
        if (strcmp(row(m, i)->kind, "participation") == 0) {
            assert_true(country < sizeof countries / sizeof countries[0]);
            assert_string_equal(values(m, i, "country"), countries[country].name);
            assert_string_equal(values(m, i, "since"), countries[country].since);
            assert_string_equal(values(m, i, "supporter"), countries[country].supporter);
            country++;
        } else if (strcmp(row(m, i)->kind, "meeting") == 0) {
            assert_true(meeting < sizeof met / sizeof met[0]);
            assert_string_equal(values(m, i, "countries"), met[meeting].country);
            assert_string_equal(values(m, i, "type"), met[meeting].type);
            assert_string_equal(values(m, i, "date"), met[meeting].date);
            meeting++;
        }
        due += values(m, i, "deadline")[0] != 0;
        references += values(m, i, "references")[0] != 0;
        editions += values(m, i, "edition")[0] != 0;
    }
    assert_int_equal(country, 7);
    assert_int_equal(meeting, 5);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(items_of(m, countries[i].name, "priority"), countries[i].priorities);
        assert_int_equal(items_of(m, countries[i].name, "next step"), countries[i].steps);
        assert_int_equal(items_of(m, countries[i].name, "activity"), countries[i].activities);
    }
    assert_int_equal(kinds(m, "item"), 33);
    assert_int_equal(kinds(m, "resource"), 4);
    assert_int_equal(editions, 1);
    assert_int_equal(due, 3);
    assert_int_equal(references, 3);
    assert_string_equal(values(m, 1, "name"), "Alliance 8.7");
    assert_string_equal(values(m, 1, "kind"), "alliance");
    assert_int_equal(m->import.rows.problems, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_real_page_gives_services_in_two_levels),
        TEST(the_real_group_gives_objectives_in_two_tracks),
        TEST(the_real_slides_give_seven_countries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
