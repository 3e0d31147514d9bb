/* test_report.c: what a report counts, to the digit. */
#include "tests/unit/verb_world.h"

static void item(struct world *world, const char *title, const char *type, const char *more)
{
    char args[500];
    snprintf(args, sizeof args, "{'plan':'p1','title':'%s','type':'%s','assign':[%s]}", title, type, more);
    ask_ok(world, "add", args);
}

/* Eight counted items, and five that are not. */
static struct world *office(void)
{
    struct world *world = world_open("KAZ", false);
    ask_ok(world, "group.add", "{'code':'wg6','assign':['name=Six']}");
    ask_ok(world, "plan.add", "{'group':'wg6','title':'One','assign':['code=p1','state=draft']}");
    ask_ok(world, "plan.add", "{'group':'wg6','title':'Old','assign':['code=p0','state=superseded']}");
    item(world, "a", "activity", "'number=1','countries=KAZ','status=completed','deadline=2015-12'");
    item(world, "b", "milestone", "'countries=KAZ,MEX','status=in progress','deadline=2015-12-01'");
    item(world, "c", "target", "'countries=MEX','deadline=2016-10'");
    item(world, "d", "next step", "'countries=KAZ','status=cancelled','reason=no money'");
    item(world, "e", "recommendation", "'countries=KGZ','status=no longer applicable'");
    item(world, "f", "activity", "'status=on hold','responsible=WHO,UNDP'");
    item(world, "g", "activity", "'status=proposed','countries=KGZ','deadline=2090'");
    item(world, "alone", "deliverable", "'countries=KAZ','status=completed'");
    item(world, "below", "deliverable", "'countries=KAZ','status=completed','parent=1'");
    item(world, "aim", "objective", "'countries=KAZ'");
    item(world, "gone", "activity", "'number=9','countries=KAZ'");
    ask_ok(world, "archive", "{'id':'p1/9'}");
    ask_ok(world, "add", "{'plan':'p0','title':'old','assign':['countries=KAZ','status=completed']}");
    return world;
}

static const json_t *row(struct world *world, const char *key)
{
    size_t i;
    json_t *one;
    json_array_foreach(at(world, "end.rows"), i, one)
        if (strcmp(json_string_value(json_object_get(one, "key")), key) == 0)
            return one;
    fail_msg("no row %s", key);
    return NULL;
}

static long long figure(struct world *world, const char *key, const char *name)
{
    const json_t *one = strcmp(key, "total") == 0 ? at(world, "end.total") : row(world, key);
    return json_integer_value(json_object_get(one, name));
}

static void the_total_counts_each_item_once(void **state)
{
    struct world *world = office();
    (void)state;
    ask_ok(world, "report", "{'by':'country'}");
    assert_int_equal(figure(world, "total", "total"), 8);
    assert_int_equal(figure(world, "total", "completed"), 2);
    assert_int_equal(figure(world, "total", "in_progress"), 1);
    assert_int_equal(figure(world, "total", "not_started"), 1);
    assert_int_equal(figure(world, "total", "on_hold"), 1);
    assert_int_equal(figure(world, "total", "proposed"), 1);
    assert_int_equal(figure(world, "total", "cancelled"), 1);
    assert_int_equal(figure(world, "total", "not_applicable"), 1);
    assert_int_equal(figure(world, "total", "denominator"), 6);
    assert_int_equal(figure(world, "total", "percent"), 33);
    assert_int_equal(figure(world, "total", "overdue"), 2);
    assert_int_equal(figure(world, "total", "no_date"), 4);
    world_close(world);
}

static void an_item_of_two_countries_counts_in_each(void **state)
{
    struct world *world = office();
    (void)state;
    ask_ok(world, "report", "{'by':'country'}");
    assert_int_equal(size_at(world, "end.rows"), 4);
    assert_int_equal(figure(world, "KAZ", "total"), 4);
    assert_int_equal(figure(world, "KAZ", "denominator"), 3);
    assert_int_equal(figure(world, "KAZ", "percent"), 67); /* two of three, half up */
    assert_int_equal(figure(world, "MEX", "total"), 2);
    assert_int_equal(figure(world, "none", "total"), 1);
    assert_string_equal(text_at(world, "end.rows.0.name"), "Kazakhstan");
    assert_string_equal(text_at(world, "end.rows.3.key"), "none");
    world_close(world);
}

static void no_denominator_means_no_percent(void **state)
{
    struct world *world = office();
    (void)state;
    ask_ok(world, "report", "{'by':'status','filter':['status:cancelled']}");
    assert_int_equal(figure(world, "cancelled", "denominator"), 0);
    assert_true(json_is_null(json_object_get(row(world, "cancelled"), "percent")));
    world_close(world);
}

static void every_grouping_has_its_keys(void **state)
{
    struct world *world = office();
    (void)state;
    ask_ok(world, "report", "{}");
    assert_string_equal(text_at(world, "end.by"), "region");
    assert_int_equal(figure(world, "143", "total"), 6); /* Central Asia */
    ask_ok(world, "report", "{'by':'group'}");
    assert_int_equal(figure(world, "wg6", "total"), 8);
    assert_string_equal(text_at(world, "end.rows.0.name"), "Six");
    ask_ok(world, "report", "{'by':'plan'}");
    assert_string_equal(text_at(world, "end.rows.0.name"), "One (draft)");
    assert_int_equal(size_at(world, "end.rows"), 1);
    ask_ok(world, "report", "{'by':'status'}");
    assert_int_equal(figure(world, "not started", "total"), 1);
    ask_ok(world, "report", "{'by':'responsible'}");
    assert_int_equal(figure(world, "WHO", "total"), 1);
    assert_int_equal(figure(world, "none", "total"), 7);
    ask_ok(world, "report", "{'by':'theme'}");
    assert_int_equal(figure(world, "none", "total"), 8);
    ask_ok(world, "report", "{'by':'office'}");
    assert_int_equal(figure(world, "KAZ", "total"), 8);
    assert_int_equal(ask(world, "report", "{'by':'regon'}"), HW_USAGE);
    assert_int_equal(ask(world, "report", "{'as_of':'2016-11-13'}"), HW_USAGE);
    world_close(world);
}

static void own_regions_come_before_the_m49_ones(void **state)
{
    struct world *world = office();
    (void)state;
    ask_ok(world, "add", "{'kind':'region','title':'Both','assign':['code=both','countries=KAZ,MEX']}");
    ask_ok(world, "report", "{'by':'region'}");
    assert_int_equal(figure(world, "both", "total"), 5); /* an item of both countries once */
    assert_int_equal(figure(world, "143", "total"), 2);
    world_close(world);
}

static void a_period_keeps_what_touches_it(void **state)
{
    struct world *world = office();
    (void)state;
    ask_ok(world, "report", "{'by':'country','period':'2016-Q4'}");
    assert_int_equal(figure(world, "total", "total"), 1);
    assert_string_equal(text_at(world, "end.period"), "2016-Q4");
    ask_ok(world, "report", "{'by':'country','period':'2015'}");
    assert_int_equal(figure(world, "total", "total"), 2);
    world_close(world);
}

static void offices_stand_beside_their_figures(void **state)
{
    struct world *world = world_open("HQ", true);
    char id[HW_ID_TEXT + 1];
    (void)state;
    ask_ok(world, "group.add", "{'code':'wg6'}");
    ask_ok(world, "plan.add", "{'group':'wg6','title':'One','assign':['code=p1']}");
    added(world, "{'plan':'p1','title':'x','assign':['countries=UZB']}", id);
    ask_ok(world, "add", "{'plan':'p1','title':'y','assign':['countries=MEX']}");
    meanwhile(world, "wg6", id, "reason", "none");
    ask_ok(world, "report", "{'by':'country'}");
    assert_int_equal(figure(world, "UZB", "offices"), 1);
    assert_int_equal(figure(world, "UZB", "silent_offices"), 0);
    assert_true(json_is_string(json_object_get(row(world, "UZB"), "last_heard")));
    assert_int_equal(figure(world, "MEX", "offices"), 0);
    assert_true(json_is_null(json_object_get(row(world, "MEX"), "last_heard")));
    assert_string_equal(text_at(world, "end.freshness.0.office"), "UZB");
    world_close(world);
}

/* Without a filter columns are counted as they lie; with one, of the rows that pass it. */
static void a_filter_that_all_pass_changes_no_figure(void **state)
{
    static const char *const by[] = {"region", "country", "group", "plan", "status", "office", "responsible", "theme"};
    struct world *world = office();
    char args[200];
    (void)state;
    item(world, "deep", "deliverable", "'number=5','countries=KAZ','parent=1'");
    item(world, "deeper", "deliverable", "'parent=5','responsible=\\\"A\\\" \\\\ B,WHO','themes=water'");
    for (size_t i = 0; i < sizeof by / sizeof by[0]; i++) {
        snprintf(args, sizeof args, "{'by':'%s'}", by[i]);
        ask_ok(world, "report", args);
        char *all = json_dumps(at(world, "end"), JSON_SORT_KEYS);
        snprintf(args, sizeof args, "{'by':'%s','filter':['group:wg6']}", by[i]);
        ask_ok(world, "report", args);
        char *passed = json_dumps(at(world, "end"), JSON_SORT_KEYS);
        assert_string_equal(all, passed);
        free(all);
        free(passed);
    }
    ask_ok(world, "report", "{'by':'responsible'}");
    assert_int_equal(figure(world, "\"A\" \\ B", "total"), 1);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_total_counts_each_item_once),
        cmocka_unit_test(an_item_of_two_countries_counts_in_each),
        cmocka_unit_test(no_denominator_means_no_percent),
        cmocka_unit_test(every_grouping_has_its_keys),
        cmocka_unit_test(own_regions_come_before_the_m49_ones),
        cmocka_unit_test(a_period_keeps_what_touches_it),
        cmocka_unit_test(offices_stand_beside_their_figures),
        cmocka_unit_test(a_filter_that_all_pass_changes_no_figure),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
