/* test_change.c: the writing verbs: before and after, undo, conflicts, import. */
#include "tests/unit/verb_world.h"

static struct world *hq(void)
{
    struct world *world = world_open("HQ", true);
    ask_ok(world, "group.add", "{'code':'wg6','assign':['name=Working Group Six','region=Central Asia']}");
    ask_ok(world, "plan.add", "{'group':'wg6','title':'Work Plan 2019','assign':['code=wp19','date_order=dmy']}");
    return world;
}

static void a_new_item_says_what_it_is(void **state)
{
    struct world *world = hq();
    (void)state;
    ask_ok(world, "add", "{'plan':'wp19','title':'Publish the guidance note','assign':['number=1.1','countries=KAZ,TAJ',"
                         "'deadline=12/11/2019','status=ongoing']}");
    assert_true(json_is_true(at(world, "end.saved")));
    assert_true(json_is_true(at(world, "end.records.0.new")));
    assert_string_equal(text_at(world, "end.records.0.title"), "Publish the guidance note");
    assert_string_equal(text_at(world, "end.records.0.group"), "wg6");
    ask_ok(world, "show", "{'id':'wp19/1.1'}");
    assert_string_equal(text_at(world, "end.type"), "activity");
    assert_string_equal(text_at(world, "end.status"), "in progress");
    assert_string_equal(text_at(world, "end.status_label"), "ongoing");
    assert_string_equal(text_at(world, "end.countries.1"), "TJK");
    assert_string_equal(text_at(world, "end.deadline.edtf"), "2019-11-12");
    assert_string_equal(text_at(world, "end.plan"), "wp19");
    assert_true(json_is_true(at(world, "end.overdue")));
    world_close(world);
}

static void set_says_before_and_after(void **state)
{
    struct world *world = hq();
    char args[200], id[HW_ID_TEXT + 1];
    (void)state;
    added(world, "{'plan':'wp19','title':'One','assign':['status=not started']}", id);
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['status=completed'],'comment':'Adopted'}", id);
    ask_ok(world, "set", args);
    assert_string_equal(text_at(world, "end.records.0.changes.0.field"), "status");
    assert_string_equal(text_at(world, "end.records.0.changes.0.before"), "not started");
    assert_string_equal(text_at(world, "end.records.0.changes.0.after"), "completed");
    assert_true(json_is_true(at(world, "end.records.0.comment")));
    snprintf(args, sizeof args, "{'id':'%s'}", id);
    ask_ok(world, "show", args);
    assert_string_equal(text_at(world, "end.comments.0.text"), "Adopted");
    assert_string_equal(text_at(world, "end.comments.0.author"), "aigul");
    world_close(world);
}

static void what_changes_nothing_writes_nothing(void **state)
{
    struct world *world = hq();
    char args[200], id[HW_ID_TEXT + 1];
    (void)state;
    added(world, "{'plan':'wp19','title':'One','assign':['status=completed','countries=KAZ']}", id);
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['status=completed','countries=KAZ','reason=']}", id);
    ask_ok(world, "set", args);
    assert_true(json_is_false(at(world, "end.saved")));
    assert_int_equal(size_at(world, "end.records"), 0);
    world_close(world);
}

static void sets_take_and_give(void **state)
{
    struct world *world = hq();
    char args[200], id[HW_ID_TEXT + 1];
    (void)state;
    added(world, "{'plan':'wp19','title':'One','assign':['countries=KAZ,KGZ','responsible=WHO']}", id);
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['countries+=UZB','countries-=KGZ','responsible-=who']}", id);
    ask_ok(world, "set", args);
    assert_string_equal(text_at(world, "end.records.0.changes.0.before"), "KAZ, KGZ");
    assert_string_equal(text_at(world, "end.records.0.changes.0.after"), "KAZ, UZB");
    assert_string_equal(text_at(world, "end.records.0.changes.1.after"), "");
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['countries=TKM']}", id);
    ask_ok(world, "set", args);
    assert_string_equal(text_at(world, "end.records.0.changes.0.after"), "TKM");
    world_close(world);
}

static void mistakes_are_named_with_the_nearest_word(void **state)
{
    struct world *world = hq();
    char id[HW_ID_TEXT + 1], args[200];
    (void)state;
    added(world, "{'plan':'wp19','title':'One'}", id);
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['statos=completed']}", id);
    assert_int_equal(ask(world, "set", args), HW_USAGE);
    assert_non_null(strstr(text_at(world, "text"), "status"));
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['group=x']}", id);
    assert_int_equal(ask(world, "set", args), HW_USAGE);
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['status=completed','status=on hold']}", id);
    assert_int_equal(ask(world, "set", args), HW_USAGE);
    assert_non_null(strstr(text_at(world, "text"), "status is given twice"));
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['status=completed','status=completed'],'dry_run':true}", id);
    ask_ok(world, "set", args);
    assert_int_equal(ask(world, "set", "{'target':['wg6'],'assign':['code=other']}"), HW_NOT_FOUND);
    assert_int_equal(ask(world, "set", "{'target':['zzzz'],'assign':['status=done']}"), HW_NOT_FOUND);
    assert_int_equal(ask(world, "add", "{'plan':'wp18','title':'x'}"), HW_NOT_FOUND);
    assert_non_null(strstr(text_at(world, "text"), "wp19"));
    assert_int_equal(ask(world, "plan.add", "{'group':'wg6','title':'x','assign':['code=WP19']}"), HW_USAGE);
    assert_int_equal(ask(world, "group.add", "{'code':'Not A Code'}"), HW_USAGE);
    world_close(world);
}

static void many_targets_ask_first(void **state)
{
    struct world *world = hq();
    (void)state;
    ask_ok(world, "add", "{'plan':'wp19','title':'One','assign':['countries=KAZ']}");
    ask_ok(world, "add", "{'plan':'wp19','title':'Two','assign':['countries=KAZ']}");
    assert_int_equal(ask(world, "set", "{'target':['country:KAZ'],'assign':['status=done']}"), HW_DECISION);
    assert_non_null(strstr(text_at(world, "text"), "2 records"));
    ask_ok(world, "set", "{'target':['country:KAZ'],'assign':['status=completed'],'dry_run':true}");
    assert_int_equal(size_at(world, "end.records"), 2);
    assert_string_equal(text_at(world, "end.records.0.changes.0.after"), "completed");
    assert_true(json_is_false(at(world, "end.saved")));
    ask_ok(world, "list", "{'filter':['status:completed']}");
    assert_int_equal(size_at(world, "rows"), 0);
    ask_ok(world, "set", "{'target':['country:KAZ'],'assign':['status=done'],'yes':true}");
    ask_ok(world, "list", "{'filter':['status:completed']}");
    assert_int_equal(size_at(world, "rows"), 2);
    world_close(world);
}

static void undo_puts_back_and_can_be_undone(void **state)
{
    struct world *world = hq();
    char args[200], show[64], id[HW_ID_TEXT + 1];
    (void)state;
    added(world, "{'plan':'wp19','title':'One','assign':['status=proposed','countries=KAZ,KGZ']}", id);
    snprintf(show, sizeof show, "{'id':'%s'}", id);
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['status=done','countries+=UZB','countries-=KGZ'],"
                                "'comment':'All done'}", id);
    ask_ok(world, "set", args);
    ask_ok(world, "undo", "{'dry_run':true}");
    assert_true(size_at(world, "end.records") >= 1);
    ask_ok(world, "show", show);
    assert_string_equal(text_at(world, "end.status"), "completed");
    ask_ok(world, "undo", "{}");
    ask_ok(world, "show", show);
    assert_string_equal(text_at(world, "end.status"), "proposed");
    assert_int_equal(size_at(world, "end.countries"), 2);
    assert_string_equal(text_at(world, "end.countries.1"), "KGZ");
    assert_int_equal(size_at(world, "end.comments"), 0);
    ask_ok(world, "undo", "{}"); /* the undo is a change like any other */
    ask_ok(world, "show", show);
    assert_string_equal(text_at(world, "end.status"), "completed");
    assert_string_equal(text_at(world, "end.countries.1"), "UZB");
    assert_int_equal(size_at(world, "end.comments"), 1);
    world_close(world);
}

static void undo_of_something_new_puts_it_away(void **state)
{
    struct world *world = hq();
    char id[HW_ID_TEXT + 1];
    (void)state;
    added(world, "{'plan':'wp19','title':'One'}", id);
    ask_ok(world, "undo", "{}");
    ask_ok(world, "list", "{'filter':[]}");
    assert_int_equal(size_at(world, "rows"), 0);
    ask_ok(world, "list", "{'filter':['archived:yes']}");
    assert_int_equal(size_at(world, "rows"), 1);
    world_close(world);
}

static void undo_is_mine_alone_and_leaves_what_others_changed(void **state)
{
    struct world *world = hq();
    char args[200], show[64], id[HW_ID_TEXT + 1], change[64];
    (void)state;
    added(world, "{'plan':'wp19','title':'One','assign':['status=proposed']}", id);
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['status=done','progress=50']}", id);
    ask_ok(world, "set", args);
    snprintf(change, sizeof change, "%s", text_at(world, "end.change"));
    world->author = "boris";
    assert_int_equal(ask(world, "undo", "{}"), HW_NOT_FOUND);
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['status=on hold']}", id);
    ask_ok(world, "set", args);
    world->author = "aigul";
    assert_int_equal(ask(world, "undo", "{}"), HW_DECISION);
    assert_string_equal(text_at(world, "end.left.0.field"), "status");
    assert_non_null(strstr(text_at(world, "end.left.0.reason"), "boris"));
    snprintf(show, sizeof show, "{'id':'%s'}", id);
    ask_ok(world, "show", show);
    assert_string_equal(text_at(world, "end.status"), "on hold");
    assert_true(json_is_null(at(world, "end.progress")));
    snprintf(args, sizeof args, "{'change':'%s'}", change);
    assert_int_equal(ask(world, "undo", args), HW_DECISION); /* only what others changed is left of it */
    assert_true(json_is_false(at(world, "end.saved")));
    world_close(world);
}

static void a_conflict_is_kept_until_someone_resolves_it(void **state)
{
    struct world *world = hq();
    char args[200], id[HW_ID_TEXT + 1];
    (void)state;
    added(world, "{'plan':'wp19','title':'One','assign':['status=completed']}", id);
    meanwhile(world, "wg6", id, "status", "on hold");
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['status=proposed']}", id);
    assert_int_equal(ask(world, "set", args), HW_DECISION);
    assert_non_null(strstr(text_at(world, "text"), "headway resolve"));
    ask_ok(world, "conflicts", "{}");
    assert_int_equal(size_at(world, "rows"), 1);
    assert_int_equal(size_at(world, "rows.0.heads"), 2);
    ask_ok(world, "todo", "{}");
    assert_string_equal(text_at(world, "rows.0.what"), "conflict");
    snprintf(args, sizeof args, "{'id':'%s','field':'status'}", id);
    assert_int_equal(ask(world, "resolve", args), HW_DECISION);
    snprintf(args, sizeof args, "{'id':'%s','field':'status','take':9}", id);
    assert_int_equal(ask(world, "resolve", args), HW_DECISION);
    snprintf(args, sizeof args, "{'id':'%s','field':'status','theirs':true}", id);
    ask_ok(world, "resolve", args);
    assert_string_equal(text_at(world, "end.records.0.changes.0.after"), "on hold");
    ask_ok(world, "conflicts", "{}");
    assert_int_equal(size_at(world, "rows"), 0);
    world_close(world);
}

/* ---- import ---- */

#define ROWS                                                                                                       \
    "'rows':[{'row':1,'line':2,'key':'1.1 lead','kind':'item','fields':[['title','Lead the strategy','Action'],"  \
    "['countries','KAZ','Country'],['status','%s','Status'],['responsible','WHO','Lead'],"                         \
    "['responsible','UNDP','Lead']],'comments':['First remark'],'rest':'colour: red'},"                            \
    "{'row':2,'line':3,'key':'1.2 deliverable','kind':'item','parent':1,'fields':[['title','The text','Action'],"  \
    "['deadline','12/11/2019','Due'],['type','deliverable','']],'comments':[]}]"

static void imported(struct world *world, const char *status, const char *more)
{
    char rows[2000], args[2400];
    snprintf(rows, sizeof rows, ROWS, status);
    snprintf(args, sizeof args, "{'group':'wg6','plan_new':'Health Tracker','file':'tracker.csv','dates':'dmy',%s%s}",
             rows, more);
    if (ask(world, "import", args) != HW_OK)
        fail_msg("%s", text_at(world, "text"));
}

static void an_import_makes_records_once(void **state)
{
    struct world *world = hq();
    (void)state;
    imported(world, "ongoing", ",'dry_run':true");
    assert_int_equal(int_at(world, "end.new"), 2);
    ask_ok(world, "plan.list", "{}");
    assert_int_equal(size_at(world, "rows"), 1);
    imported(world, "ongoing", "");
    assert_int_equal(int_at(world, "end.rows"), 2);
    assert_int_equal(int_at(world, "end.new"), 2);
    assert_int_equal(int_at(world, "end.records.item"), 2);
    assert_string_equal(text_at(world, "end.plan.code"), "health-tracker");
    assert_true(json_is_true(at(world, "end.plan.new")));
    ask_ok(world, "status", "{}");
    long long events = int_at(world, "end.events");
    imported(world, "ongoing", "");
    assert_int_equal(int_at(world, "end.same"), 2);
    assert_int_equal(int_at(world, "end.new") + int_at(world, "end.changed"), 0);
    assert_true(json_is_false(at(world, "end.plan.new")));
    ask_ok(world, "status", "{}");
    assert_int_equal(int_at(world, "end.events"), events);
    ask_ok(world, "list", "{'filter':['plan:health-tracker','type:activity']}");
    assert_int_equal(size_at(world, "rows"), 1);
    assert_int_equal(size_at(world, "rows.0.responsible"), 2);
    ask_ok(world, "list", "{'filter':['type:deliverable']}");
    assert_string_equal(text_at(world, "rows.0.deadline.edtf"), "2019-11-12");
    world_close(world);
}

static void an_import_leaves_alone_what_the_file_did_not_change(void **state)
{
    struct world *world = hq();
    (void)state;
    imported(world, "ongoing", "");
    ask_ok(world, "set", "{'target':['type:activity','plan:health-tracker'],'assign':['status=completed','title=Ours']}");
    imported(world, "ongoing", "");
    assert_int_equal(int_at(world, "end.same"), 2);
    ask_ok(world, "list", "{'filter':['type:activity','plan:health-tracker']}");
    assert_string_equal(text_at(world, "rows.0.status"), "completed");
    imported(world, "on hold", ""); /* the file's own status moved too: both stand */
    assert_int_equal(int_at(world, "end.changed"), 1);
    assert_int_equal(int_at(world, "end.conflicts"), 1);
    ask_ok(world, "conflicts", "{}");
    assert_int_equal(size_at(world, "rows"), 1);
    assert_string_equal(text_at(world, "rows.0.field"), "status");
    assert_int_equal(size_at(world, "rows.0.heads"), 2);
    ask_ok(world, "list", "{'filter':['type:activity','plan:health-tracker']}");
    assert_string_equal(text_at(world, "rows.0.title"), "Ours");
    world_close(world);
}

static void a_bad_row_stops_the_import(void **state)
{
    struct world *world = hq();
    const char *rows = "'rows':[{'row':1,'line':2,'key':'a','kind':'item','fields':[['title','A','Action'],"
                       "['status','complted','Status']]},"
                       "{'row':2,'line':3,'key':'b','kind':'item','fields':[['title','B','Action']]},"
                       "{'row':3,'line':4,'problem':'no such cell','column':'Due','value':'x'},"
                       "{'row':4,'line':5,'key':'d','kind':'item','parent':1,'fields':[['title','D','Action']]}]";
    char args[1200];
    (void)state;
    snprintf(args, sizeof args, "{'group':'wg6','file':'t.csv',%s}", rows);
    assert_int_equal(ask(world, "import", args), HW_DECISION);
    assert_int_equal(size_at(world, "end.problems"), 3);
    assert_int_equal(int_at(world, "end.problems.0.row"), 1);
    assert_string_equal(text_at(world, "end.problems.0.column"), "Status");
    assert_string_equal(text_at(world, "end.problems.0.value"), "complted");
    assert_non_null(strstr(text_at(world, "end.problems.0.message"), "completed"));
    assert_int_equal(int_at(world, "end.rows"), 4);
    assert_int_equal(int_at(world, "end.new"), 1);
    ask_ok(world, "list", "{}");
    assert_int_equal(size_at(world, "rows"), 0);
    snprintf(args, sizeof args, "{'group':'wg6','file':'t.csv','skip_bad':true,%s}", rows);
    ask_ok(world, "import", args);
    ask_ok(world, "list", "{}");
    assert_int_equal(size_at(world, "rows"), 1);
    assert_string_equal(text_at(world, "rows.0.title"), "B");
    world_close(world);
}

static void an_office_that_stands_alone_writes_freely(void **state)
{
    struct world *world = world_open("KAZ", false);
    (void)state;
    ask_ok(world, "group.add", "{'code':'local'}");
    ask_ok(world, "plan.add", "{'title':'Our plan'}");
    assert_string_equal(text_at(world, "end.records.0.changes.0.after"), "our-plan");
    ask_ok(world, "add", "{'title':'A thing','type':'milestone'}");
    ask_ok(world, "add", "{'kind':'member','title':'WHO','assign':['role=co-chair']}");
    ask_ok(world, "list", "{'filter':['kind:member']}");
    assert_string_equal(text_at(world, "rows.0.title"), "WHO");
    ask_ok(world, "undo", "{}");
    ask_ok(world, "list", "{'filter':['kind:member']}");
    assert_int_equal(size_at(world, "rows"), 0);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_item_says_what_it_is),
        cmocka_unit_test(set_says_before_and_after),
        cmocka_unit_test(what_changes_nothing_writes_nothing),
        cmocka_unit_test(sets_take_and_give),
        cmocka_unit_test(mistakes_are_named_with_the_nearest_word),
        cmocka_unit_test(many_targets_ask_first),
        cmocka_unit_test(undo_puts_back_and_can_be_undone),
        cmocka_unit_test(undo_of_something_new_puts_it_away),
        cmocka_unit_test(undo_is_mine_alone_and_leaves_what_others_changed),
        cmocka_unit_test(a_conflict_is_kept_until_someone_resolves_it),
        cmocka_unit_test(an_import_makes_records_once),
        cmocka_unit_test(an_import_leaves_alone_what_the_file_did_not_change),
        cmocka_unit_test(a_bad_row_stops_the_import),
        cmocka_unit_test(an_office_that_stands_alone_writes_freely),
    };
    return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
