/* test_change_import_whole.c: records as Headway exported them come back: with the values that another node has read, with ids
 * of plans, items and comments that are nowhere yet. */
#include "tests/unit/verb_world.h"

#include "daemon/import.h"

#define PLAN "{'row':1,'line':1,'whole':true,'kind':'plan','id':'00000000000000pa','key':'','fields':[['code','p'],['title','Wells']]}"
#define ITEM                                                                                                                \
    "{'row':2,'line':2,'whole':true,'id':'00000000000000ta','key':'','fields':[['plan','00000000000000pa'],"                  \
    "['title','Dig'],['deadline','05/06/2024','deadline','2024-06-05'],['completed_on','12/2023','completed_on','-'],"        \
    "['status','completed','status','Terminé'],['source','old.csv:7\\ntitle=01234567']]}"
#define BELOW                                                                                                               \
    "{'row':3,'line':3,'whole':true,'id':'00000000000000tb','parent_id':'00000000000000ta','key':'','fields':["               \
    "['title','Line it'],['continues','00000000000000ta'],['archived','yes']]}"
#define REMARK                                                                                                              \
    "{'row':4,'line':4,'whole':true,'kind':'comment','id':'00000000000000ca','key':'','fields':[['on','00000000000000ta'],"    \
    "['text','Deep\\nenough?'],['language','en']]}"
#define ALL PLAN "," ITEM "," BELOW "," REMARK

static struct world *hq(void)
{
    struct world *world = world_open("HQ", true);
    ask_ok(world, "group.add", "{'code':'wg6','assign':['name=Working Group Six']}");
    return world;
}

static enum hw_status try_import(struct world *world, const char *rows)
{
    char args[6000];
    snprintf(args, sizeof args, "{'group':'wg6','plan_new':'file','plan_unnamed':true,'file':'file.jsonl','rows':[%s]}", rows);
    return ask(world, "import", args);
}

static void import(struct world *world, const char *rows, int fresh, int changed, int same)
{
    if (try_import(world, rows) != HW_OK)
        fail_msg("%s", text_at(world, "text"));
    assert_int_equal(int_at(world, "end.new"), fresh);
    assert_int_equal(int_at(world, "end.changed"), changed);
    assert_int_equal(int_at(world, "end.same"), same);
}

static void show(struct world *world, const char *id)
{
    char args[100];
    snprintf(args, sizeof args, "{'id':'%s'}", id);
    ask_ok(world, "show", args);
}

/* 05/06/2024 was read with the day first there; here nobody says which comes first. */
static void a_record_is_made_as_it_was(void **state)
{
    struct world *world = hq();
    (void)state;
    import(world, ALL, 4, 0, 0);
    show(world, "00000000000000ta");
    assert_string_equal(text_at(world, "end.deadline.raw"), "05/06/2024");
    assert_string_equal(text_at(world, "end.deadline.edtf"), "2024-06-05");
    assert_string_equal(text_at(world, "end.completed_on.raw"), "12/2023");
    assert_string_equal(text_at(world, "end.completed_on.edtf"), "");
    assert_string_equal(text_at(world, "end.status"), "completed");
    assert_string_equal(text_at(world, "end.status_label"), "Terminé");
    assert_string_equal(text_at(world, "end.type"), ""); /* nothing is filled in */
    assert_string_equal(text_at(world, "end.source"), "old.csv:7\ntitle=01234567");
    show(world, "00000000000000tb");
    assert_string_equal(text_at(world, "end.parent"), "00000000000000ta");
    assert_string_equal(text_at(world, "end.continues"), "00000000000000ta");
    ask_ok(world, "plan.list", "{'group':'wg6'}");
    assert_int_equal(size_at(world, "rows"), 1); /* none of the file's name */
    import(world, ALL, 0, 0, 4);
    world_close(world);
}

static void a_comment_is_never_changed(void **state)
{
    struct world *world = hq();
    (void)state;
    import(world, ALL, 4, 0, 0);
    assert_int_equal(try_import(world, "{'row':1,'line':1,'whole':true,'kind':'comment','id':'00000000000000ca','key':'','fields':["
                                       "['on','00000000000000ta'],['text','Too deep'],['language','en']]}"),
                     HW_DECISION);
    assert_string_equal(text_at(world, "end.problems.0.value"), "Too deep");
    show(world, "00000000000000ca");
    assert_string_equal(text_at(world, "end.text"), "Deep\nenough?");
    world_close(world);
}

/* A task has its remarks on one line each. */
static void a_remark_that_is_there_is_not_added(void **state)
{
    static const char rows[] = "{'row':1,'line':1,'id':'00000000000000ta','key':'','fields':[['title','Dig']],"
                               "'comments':['Deep enough?','Yes']}";
    struct world *world = hq();
    (void)state;
    import(world, ALL, 4, 0, 0);
    import(world, rows, 0, 1, 0);
    import(world, rows, 0, 0, 1);
    ask_ok(world, "list", "{'filter':['kind:comment']}");
    assert_int_equal(size_at(world, "rows"), 2);
    world_close(world);
}

static void a_record_that_is_nowhere_is_no_parent_and_no_plan(void **state)
{
    struct world *world = hq();
    (void)state;
    assert_int_equal(try_import(world, "{'row':1,'line':1,'whole':true,'id':'00000000000000ta','key':'','fields':[['title','Dig'],"
                                       "['plan','00000000000000pa']]},"
                                       "{'row':2,'line':2,'whole':true,'kind':'comment','id':'00000000000000ca','key':'','fields':["
                                       "['on','00000000000000tc'],['text','Deep']]}"),
                     HW_DECISION);
    assert_int_equal(size_at(world, "end.problems"), 2);
    world_close(world);
}

static void a_reading_that_is_none_is_a_problem(void **state)
{
    struct world *world = hq();
    (void)state;
    assert_int_equal(try_import(world, PLAN ",{'row':2,'line':2,'whole':true,'id':'00000000000000ta','key':'','fields':["
                                            "['plan','00000000000000pa'],['deadline','soon','deadline','next week']]}"),
                     HW_DECISION);
    assert_string_equal(text_at(world, "end.problems.0.value"), "soon");
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_made_as_it_was),
        cmocka_unit_test(a_comment_is_never_changed),
        cmocka_unit_test(a_remark_that_is_there_is_not_added),
        cmocka_unit_test(a_record_that_is_nowhere_is_no_parent_and_no_plan),
        cmocka_unit_test(a_reading_that_is_none_is_a_problem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
