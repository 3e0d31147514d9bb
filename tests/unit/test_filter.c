/* test_filter.c: what each filter lets through. */
#include <time.h>

#include "tests/unit/verb_world.h"

static struct world *office(void)
{
    struct world *world = world_open("KAZ", false);
    ask_ok(world, "group.add", "{'code':'wg6'}");
    ask_ok(world, "group.add", "{'code':'wg7'}");
    ask_ok(world, "plan.add", "{'group':'wg6','title':'First','assign':['code=p1']}");
    ask_ok(world, "plan.add", "{'group':'wg7','title':'Second','assign':['code=p2']}");
    ask_ok(world, "add", "{'plan':'p1','title':'Café strategy','assign':['countries=KAZ,MEX','deadline=2016-12',"
                         "'responsible=WHO,Regional MCO','status=in progress','themes=water']}");
    ask_ok(world, "add", "{'plan':'p1','title':'Old law','type':'milestone','assign':['countries=FRA',"
                         "'deadline=2015-03-04','status=completed']}");
    ask_ok(world, "add", "{'plan':'p2','title':'Toolkit','type':'target','assign':['description=for the Strategy']}");
    ask_ok(world, "add", "{'kind':'member','group':'wg7','title':'UNDP','assign':['countries=KAZ']}");
    return world;
}

/* How many rows one filter word leaves. */
static size_t left(struct world *world, const char *word)
{
    char args[300];
    snprintf(args, sizeof args, "{'filter':['%s']}", word);
    ask_ok(world, "list", args);
    return size_at(world, "rows");
}

static void every_key_lets_its_rows_through(void **state)
{
    static const struct {
        const char *word;
        size_t n;
    } cases[] = {
        {"country:KAZ", 1}, {"country:Kazakhstan", 1}, {"country:fra,mex", 2}, {"country:none", 1},
        {"status:overdue", 1}, {"status:completed", 1}, {"status:open", 2}, {"status:none", 1},
        {"status:in-progress", 1}, {"type:milestone", 1}, {"type:activity,target", 2},
        {"plan:p1", 2}, {"plan:Second", 1}, {"group:wg7", 1}, {"region:Central Asia", 1}, {"region:Europe", 1},
        {"responsible:mco", 1}, {"theme:water", 1}, {"office:KAZ", 3}, {"kind:member", 1},
        {"due.before:2016-01", 1}, {"due.before:2016-12", 1}, {"due.after:2015", 1}, {"due:2016-12-15", 1},
        {"due:2016-Q4", 1}, {"due:2015", 1}, {"strategy", 2}, {"cafe", 1}, {"undp", 0}, {"KAZ: nothing", 0},
        {"http://x", 0}, {"archived:yes", 0}, {"archived:all", 3},
    };
    struct world *world = office();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n = left(world, cases[i].word);
        if (n != cases[i].n)
            fail_msg("%s: %zu rows, not %zu", cases[i].word, n, cases[i].n);
    }
    assert_int_equal(left(world, "kind:all"), 8); /* 2 groups, 2 plans, 3 items, 1 member */
    world_close(world);
}

static void all_words_must_hold(void **state)
{
    struct world *world = office();
    (void)state;
    ask_ok(world, "list", "{'filter':['group:wg6','strategy','status:overdue']}");
    assert_int_equal(size_at(world, "rows"), 1);
    ask_ok(world, "list", "{'filter':['group:wg7','status:overdue']}");
    assert_int_equal(size_at(world, "rows"), 0);
    world_close(world);
}

static void what_is_due_soon(void **state)
{
    struct world *world = office();
    char args[200], day[16];
    (void)state;
    hw_day_print((int32_t)(time(NULL) / 86400) + 3, day);
    snprintf(args, sizeof args, "{'plan':'p2','title':'Soon','assign':['deadline=%s']}", day);
    ask_ok(world, "add", args);
    hw_day_print((int32_t)(time(NULL) / 86400) + 20, day);
    snprintf(args, sizeof args, "{'plan':'p2','title':'Later','assign':['deadline=%s']}", day);
    ask_ok(world, "add", args);
    assert_int_equal(left(world, "due:week"), 1);
    assert_int_equal(left(world, "due:month"), 2);
    world_close(world);
}

static void own_regions_count(void **state)
{
    struct world *world = office();
    (void)state;
    ask_ok(world, "add", "{'kind':'region','title':'Spanish speakers','assign':['code=es','countries=MEX,ESP']}");
    assert_int_equal(left(world, "region:es"), 1);
    assert_int_equal(left(world, "region:Spanish speakers"), 1);
    world_close(world);
}

/* The ids of an answer's rows, sorted: "a b c ". */
static void ids_of(struct world *world, char *text, size_t size)
{
    const char *ids[64];
    size_t n = size_at(world, "rows"), used = 0;
    assert_true(n < 64);
    for (size_t i = 0; i < n; i++) {
        const char *id = json_string_value(json_object_get(json_array_get(at(world, "rows"), i), "id"));
        size_t k = i;
        for (; k > 0 && strcmp(ids[k - 1], id) > 0; k--)
            ids[k] = ids[k - 1];
        ids[k] = id;
    }
    text[0] = 0;
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, size - used, "%s ", ids[i]);
}

/* list asks the database to leave rows out before they are read; export holds every row against the filter. */
static void the_database_leaves_out_no_row_that_is_meant(void **state)
{
    static const char *const items[] = {
        "'title':'Ministry','assign':['responsible=\u041c\u0438\u043d\u0437\u0434\u0440\u0430\u0432, WHO','countries=KAZ']",
        "'title':'A \\\\ back-slash','assign':['responsible=Unit \\\\ 7','themes=\\\"quoted\\\" text']",
        "'title':'Two\\nlines of text','assign':['description=ends with train','number=the inspectors']",
        "'title':'Ends with train','assign':['description=the inspectors','deadline=2016-12-31','status=on hold']",
        "'title':'Caf\u00e9 \ufb01n','assign':['number=1.2','deadline=2015..2017','countries=MEX,KAZ,FRA']",
        "'title':'No date','type':'milestone','assign':['deadline=','status=cancelled','reason=none']",
        "'title':'Before','assign':['deadline=before 2016','status=proposed','countries=UZB']",
        "'title':'Late','type':'deliverable','assign':['deadline=2014-02','status=in progress','themes=water']",
    };
    static const char *const words[] = {
        "responsible:\u043c\u0438\u043d\u0437\u0434\u0440\u0430\u0432", "responsible:who", "responsible:unit", "responsible:\\\\", "theme:quoted", "theme:\\\"quoted\\\" t",
        "theme:text,water", "train the", "train", "the inspectors", "lines of", "two lines", "WHO,", "cafe fin", "fin",
        "number:1.2", "number:the-inspectors", "number:-", "due:2016", "due:2015-06", "due.before:2016", "due.before:2017",
        "due.after:2014", "due.after:2015-01-01", "status:open", "status:overdue", "status:none", "status:none,completed",
        "status:overdue,cancelled", "status:cancelled", "type:milestone", "type:activity,deliverable", "country:none",
        "country:KAZ,none", "country:UZB", "region:Central Asia", "region:Europe,Central Asia", "plan:p1", "plan:p1,p2",
        "group:wg6", "group:wg6,wg7", "office:KAZ", "archived:no", "conflict:yes", "due:week",
    };
    struct world *world = office();
    char args[500], listed[2000], exported[2000];
    size_t some = 0;
    (void)state;
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        snprintf(args, sizeof args, "{'plan':'p1',%s}", items[i]);
        ask(world, "add", args);
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        for (int archived = 0; archived < 2; archived++) {
            snprintf(args, sizeof args, "{'filter':['%s'%s],'kinds':['item']}", words[i], archived ? ",'archived:all'" : "");
            ask_ok(world, "list", args);
            ids_of(world, listed, sizeof listed);
            ask_ok(world, "export", args);
            ids_of(world, exported, sizeof exported);
            if (strcmp(listed, exported) != 0)
                fail_msg("%s: list has %s, export %s", words[i], listed, exported);
            some += *listed != 0;
        }
    assert_true(some > 60);
    world_close(world);
}

static void mistakes_are_named(void **state)
{
    static const char *const words[] = {"contry:KAZ", "status:complted", "kind:itm", "region:Centrl Asia",
                                        "due:someday", "due:05/06/2019", "type:activty", "archived:maybe",
                                        "country:", "country:Kazahstan"};
    struct world *world = office();
    char args[200];
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        snprintf(args, sizeof args, "{'filter':['%s']}", words[i]);
        if (ask(world, "list", args) != HW_USAGE)
            fail_msg("%s was taken", words[i]);
    }
    ask(world, "list", "{'filter':['contry:KAZ']}");
    assert_non_null(strstr(text_at(world, "text"), "country:"));
    assert_int_equal(ask(world, "list", "{'filter':['plan:p9x']}"), HW_NOT_FOUND);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_lets_its_rows_through), cmocka_unit_test(all_words_must_hold),
        cmocka_unit_test(what_is_due_soon),                cmocka_unit_test(own_regions_count),
        cmocka_unit_test(the_database_leaves_out_no_row_that_is_meant),
        cmocka_unit_test(mistakes_are_named),
    };
    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
