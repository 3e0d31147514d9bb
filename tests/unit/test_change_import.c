/* test_change_import.c: a file imported again and again: what it changed, what
 * people changed, and which record a row is. */
#include "tests/unit/verb_world.h"

#include "daemon/import.h"

static struct world *hq(void)
{
    struct world *world = world_open("HQ", true);
    ask_ok(world, "group.add", "{'code':'wg6','assign':['name=Working Group Six']}");
    return world;
}

static enum hw_status try_import(struct world *world, const char *rows, const char *more)
{
    char args[6000];
    snprintf(args, sizeof args, "{'group':'wg6','plan_new':'Wells','file':'wells.csv','rows':[%s]%s}", rows, more);
    return ask(world, "import", args);
}

static void import(struct world *world, const char *rows, const char *more)
{
    if (try_import(world, rows, more) != HW_OK)
        fail_msg("%s", text_at(world, "text"));
}

static void check_counts(struct world *world, int fresh, int changed, int same)
{
    assert_int_equal(int_at(world, "end.new"), fresh);
    assert_int_equal(int_at(world, "end.changed"), changed);
    assert_int_equal(int_at(world, "end.same"), same);
}

/* The record with this title, as `list` shows it, in answer.rows.0. */
static void find(struct world *world, const char *title, char id[HW_ID_TEXT + 1])
{
    char args[300];
    snprintf(args, sizeof args, "{'filter':['%s']}", title);
    ask_ok(world, "list", args);
    if (size_at(world, "rows") != 1)
        fail_msg("%zu records are called %s", size_at(world, "rows"), title);
    snprintf(id, HW_ID_TEXT + 1, "%s", text_at(world, "rows.0.id"));
}

static void set(struct world *world, const char *id, const char *assign)
{
    char args[300];
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['%s']}", id, assign);
    ask_ok(world, "set", args);
}

static void show(struct world *world, const char *id)
{
    char args[100];
    snprintf(args, sizeof args, "{'id':'%s'}", id);
    ask_ok(world, "show", args);
}

/* ---- kinds ---- */

#define MEMBER "{'row':1,'line':1,'kind':'member','key':'blue river trust','fields':[['organisation','Blue River Trust'],['role','lead'],['state','proposed']]}"
#define OTHERS                                                                                                         \
    MEMBER ",{'row':2,'line':2,'kind':'participation','key':'uzb','fields':[['country','UZB'],['since','since May 2017']]},"   \
           "{'row':3,'line':3,'kind':'meeting','key':'kick-off','fields':[['title','Kick-off'],['type','workshop'],['date','2017-05']]}," \
           "{'row':4,'line':4,'kind':'resource','key':'handbook','fields':[['title','Handbook'],['type','tool']]},"       \
           "{'row':5,'line':5,'kind':'plan','fields':[['state','draft'],['version','2.1'],['title','Wells and springs']]}," \
           "{'row':6,'line':6,'kind':'group','fields':[['purpose','Clean water'],['founded','2008']]},"               \
           "{'row':7,'line':7,'key':'|dig','fields':[['title','Dig']]}"

static void rows_are_of_any_kind(void **state)
{
    struct world *world = hq();
    (void)state;
    import(world, OTHERS, "");
    check_counts(world, 6, 1, 0); /* the group was there */
    static const char *const kinds[] = {"member", "participation", "meeting", "resource", "plan", "group", "item"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "end.records.%s", kinds[i]);
        assert_int_equal(int_at(world, path), 1);
    }
    ask_ok(world, "plan.show", "{'plan':'wells'}");
    assert_string_equal(text_at(world, "end.title"), "Wells and springs");
    assert_string_equal(text_at(world, "end.version"), "2.1");
    assert_string_equal(text_at(world, "end.code"), "wells");
    ask_ok(world, "group.show", "{'code':'wg6'}");
    assert_string_equal(text_at(world, "end.purpose"), "Clean water");
    import(world, OTHERS, "");
    check_counts(world, 0, 0, 7);
    world_close(world);
}

/* Members of a group are not those of a plan. */
static void a_member_is_one_record_whatever_plan_names_it(void **state)
{
    struct world *world = hq();
    (void)state;
    import(world, MEMBER, "");
    ask_ok(world, "import", "{'group':'wg6','plan_new':'Springs','file':'springs.csv','rows':[" MEMBER "]}");
    check_counts(world, 0, 0, 1);
    ask_ok(world, "list", "{'filter':['kind:member']}");
    assert_int_equal(size_at(world, "rows"), 1);
    world_close(world);
}

static void what_stands_once_is_said_once(void **state)
{
    struct world *world = hq();
    (void)state;
    const char *rows = "{'row':1,'line':1,'kind':'plan','fields':[['version','1']]},"
                       "{'row':2,'line':2,'kind':'plan','fields':[['version','2']]},"
                       "{'row':3,'line':3,'kind':'office','key':'x','fields':[['name','X']]},"
                       "{'row':4,'line':4,'kind':'group','fields':[['code','other']]}";
    assert_int_equal(try_import(world, rows, ""), HW_DECISION);
    assert_int_equal(size_at(world, "end.problems"), 3);
    assert_int_equal(int_at(world, "end.problems.0.row"), 2);
    assert_int_equal(int_at(world, "end.problems.1.row"), 3);
    assert_int_equal(int_at(world, "end.problems.2.row"), 4);
    world_close(world);
}

/* ---- ids ---- */

static void a_row_with_an_id_is_that_record(void **state)
{
    struct world *world = hq();
    char id[HW_ID_TEXT + 1], rows[1000];
    (void)state;
    import(world, "{'row':1,'line':1,'key':'|dig','fields':[['title','Dig']]}", "");
    find(world, "Dig", id);
    snprintf(rows, sizeof rows, "{'row':1,'line':1,'id':'%s','key':'|dig deeper','fields':[['title','Dig deeper'],['status','completed']]},"
             "{'row':2,'line':2,'id':'00000000000000ab','parent_id':'%s','fields':[['title','Line the well']]}", id, id);
    import(world, rows, ",'plan_unnamed':true");
    show(world, id);
    assert_string_equal(text_at(world, "end.status"), "completed");
    show(world, "00000000000000ab");
    assert_string_equal(text_at(world, "end.title"), "Line the well");
    assert_string_equal(text_at(world, "end.parent"), id);
    world_close(world);
}

static void an_id_of_something_else_is_a_problem(void **state)
{
    struct world *world = hq();
    char id[HW_ID_TEXT + 1], rows[1500];
    (void)state;
    import(world, "{'row':1,'line':1,'key':'|dig','fields':[['title','Dig']]}", "");
    find(world, "Dig", id);
    snprintf(rows, sizeof rows,
             "{'row':1,'line':1,'id':'%s','kind':'meeting','fields':[['title','Dig']]},"
             "{'row':2,'line':2,'id':'k7f3','fields':[['title','Other']]},"
             "{'row':3,'line':3,'id':'%s','fields':[['title','Dig']]},"
             "{'row':4,'line':4,'id':'%s','fields':[['title','Dig']]},"
             "{'row':5,'line':5,'key':'|low','parent_id':'0000000000000000','fields':[['title','Low']]}",
             id, id, id);
    assert_int_equal(try_import(world, rows, ""), HW_DECISION);
    assert_int_equal(size_at(world, "end.problems"), 4);
    assert_non_null(strstr(text_at(world, "end.problems.0.message"), "is an item, not a meeting"));
    assert_non_null(strstr(text_at(world, "end.problems.1.message"), "no id"));
    assert_non_null(strstr(text_at(world, "end.problems.2.message"), "row 3"));
    assert_non_null(strstr(text_at(world, "end.problems.3.message"), "neither"));
    world_close(world);
}

/* An exported table changed in Excel while others worked here. */
static void a_base_tells_what_the_table_changed(void **state)
{
    struct world *world = hq();
    char id[HW_ID_TEXT + 1], rows[1500], title[HW_BASE_HASH + 1], status[HW_BASE_HASH + 1];
    struct hw_slice one = hw_slice_text("Dig"), two = hw_slice_text("not started");
    (void)state;
    hw_base_hash(&one, 1, title);
    hw_base_hash(&two, 1, status);
    import(world, "{'row':1,'line':1,'key':'|dig','fields':[['title','Dig'],['status','not started']]}", "");
    find(world, "Dig", id);
    set(world, id, "status=completed");
    snprintf(rows, sizeof rows, "{'row':1,'line':1,'id':'%s','base':'title=%s status=%s','fields':[['title','Dig deep'],['status','not started']]}",
             id, title, status);
    import(world, rows, ""); /* the status is as it was exported: it was not touched there */
    assert_int_equal(int_at(world, "end.conflicts"), 0);
    show(world, id);
    assert_string_equal(text_at(world, "end.title"), "Dig deep");
    assert_string_equal(text_at(world, "end.status"), "completed");
    import(world, rows, "");
    check_counts(world, 0, 0, 1);
    snprintf(rows, sizeof rows, "{'row':1,'line':1,'id':'%s','base':'title=%s status=%s','fields':[['title','Dig deep'],['status','on hold']]}",
             id, title, status);
    import(world, rows, "");
    assert_int_equal(int_at(world, "end.conflicts"), 1);
    import(world, rows, "");
    assert_int_equal(int_at(world, "end.conflicts"), 0);
    check_counts(world, 0, 0, 1);
    world_close(world);
}

/* A table that was exported elsewhere: its plan is not here yet, its ids are. */
static void a_table_of_another_place_makes_the_same_records(void **state)
{
    struct world *world = hq();
    (void)state;
    const char *rows = "{'row':1,'line':1,'id':'00000000000000ab','base':'title=12345678','fields':[['title','Dig'],['plan','wells']]},"
                       "{'row':2,'line':2,'id':'00000000000000ac','parent_id':'00000000000000ab','fields':[['title','Line'],['plan','Wells']]}";
    import(world, rows, "");
    check_counts(world, 2, 0, 0);
    show(world, "00000000000000ac");
    assert_string_equal(text_at(world, "end.plan"), "wells");
    assert_string_equal(text_at(world, "end.parent"), "00000000000000ab");
    import(world, rows, "");
    check_counts(world, 0, 0, 2);
    assert_int_equal(try_import(world, "{'row':1,'line':1,'id':'00000000000000ad','fields':[['title','Dig'],['plan','springs']]}", ""), HW_DECISION);
    world_close(world);
}

/* A table of records that stand in other plans makes no plan of its file's name. */
static void a_table_without_new_rows_makes_no_plan(void **state)
{
    struct world *world = hq();
    char id[HW_ID_TEXT + 1], args[600];
    (void)state;
    import(world, "{'row':1,'line':1,'key':'|dig','fields':[['title','Dig']]}", "");
    find(world, "Dig", id);
    snprintf(args, sizeof args, "{'group':'wg6','plan_new':'Export','plan_unnamed':true,'file':'export.csv','rows':["
             "{'row':1,'line':1,'id':'%s','base':'title=12345678','fields':[['title','Dig deep']]}]}", id);
    ask_ok(world, "import", args);
    assert_true(json_is_null(at(world, "end.plan")));
    ask_ok(world, "plan.list", "{}");
    assert_int_equal(size_at(world, "rows"), 1);
    world_close(world);
}

/* ---- three ways ---- */

#define ITEM(number, key, title, more) "{'row':" #number ",'line':" #number ",'key':'" key "','fields':[['title','" title "']" more "]}"

static void what_both_changed_is_a_conflict(void **state)
{
    struct world *world = hq();
    char id[HW_ID_TEXT + 1];
    (void)state;
    import(world, ITEM(1, "|dig", "Dig", ",['deadline','2019-05'],['reason','none']"), "");
    find(world, "Dig", id);
    set(world, id, "deadline=2019-07");
    import(world, ITEM(1, "|dig", "Dig", ",['deadline','2019-06'],['reason','rain']"), ",'dry_run':true");
    assert_int_equal(int_at(world, "end.conflicts"), 1);
    import(world, ITEM(1, "|dig", "Dig", ",['deadline','2019-06'],['reason','rain']"), "");
    assert_int_equal(int_at(world, "end.conflicts"), 1);
    ask_ok(world, "conflicts", "{}");
    assert_int_equal(size_at(world, "rows"), 1);
    assert_string_equal(text_at(world, "rows.0.field"), "deadline");
    assert_int_equal(size_at(world, "rows.0.heads"), 2);
    show(world, id);
    assert_string_equal(text_at(world, "end.reason"), "rain");
    /* The file goes on: its own value follows, the other one stays. */
    import(world, ITEM(1, "|dig", "Dig", ",['deadline','2019-08'],['reason','rain']"), "");
    ask_ok(world, "conflicts", "{}");
    assert_int_equal(size_at(world, "rows.0.heads"), 2);
    world_close(world);
}

static void both_changed_to_the_same_is_none(void **state)
{
    struct world *world = hq();
    char id[HW_ID_TEXT + 1];
    (void)state;
    import(world, ITEM(1, "|dig", "Dig", ",['status','Planned']"), "");
    find(world, "Dig", id);
    set(world, id, "status=completed");
    import(world, ITEM(1, "|dig", "Dig", ",['status','Done']"), "");
    assert_int_equal(int_at(world, "end.conflicts"), 0);
    /* And what the file alone changed afterwards is written. */
    import(world, ITEM(1, "|dig", "Dig", ",['status','On hold']"), "");
    assert_int_equal(int_at(world, "end.conflicts"), 0);
    show(world, id);
    assert_string_equal(text_at(world, "end.status"), "on hold");
    world_close(world);
}

static void a_field_that_is_new_to_the_file_overwrites_nothing(void **state)
{
    struct world *world = hq();
    char id[HW_ID_TEXT + 1];
    (void)state;
    import(world, ITEM(1, "|dig", "Dig", ""), "");
    find(world, "Dig", id);
    set(world, id, "status=completed");
    import(world, ITEM(1, "|dig", "Dig", ",['status','planned'],['reason','rain']"), "");
    assert_int_equal(int_at(world, "end.conflicts"), 1);
    show(world, id);
    assert_string_equal(text_at(world, "end.reason"), "rain");
    world_close(world);
}

static void sets_take_what_the_file_says_and_keep_what_people_added(void **state)
{
    struct world *world = hq();
    char id[HW_ID_TEXT + 1];
    (void)state;
    import(world, ITEM(1, "|dig", "Dig", ",['responsible','WHO'],['responsible','UNDP']"), "");
    find(world, "Dig", id);
    import(world, ITEM(1, "|dig", "Dig", ",['responsible','WHO'],['responsible','FAO']"), "");
    show(world, id);
    assert_int_equal(size_at(world, "end.responsible"), 2);
    set(world, id, "responsible+=UNICEF");
    import(world, ITEM(1, "|dig", "Dig", ",['responsible','WHO'],['responsible','ILO']"), "");
    show(world, id);
    assert_int_equal(size_at(world, "end.responsible"), 3);
    assert_string_equal(text_at(world, "end.responsible.0"), "ILO");
    assert_string_equal(text_at(world, "end.responsible.1"), "WHO");
    assert_string_equal(text_at(world, "end.responsible.2"), "UNICEF");
    world_close(world);
}

static void a_cell_made_blank_takes_its_value_away(void **state)
{
    struct world *world = hq();
    char id[HW_ID_TEXT + 1];
    (void)state;
    import(world, ITEM(1, "|dig", "Dig", ",['reason','rain'],['themes','water']"), ",'heads':['title','reason','themes']");
    find(world, "Dig", id);
    import(world, ITEM(1, "|dig", "Dig", ""), ""); /* no such columns: nothing is said of them */
    check_counts(world, 0, 0, 1);
    import(world, ITEM(1, "|dig", "Dig", ""), ",'heads':['title','reason','themes','deadline']");
    check_counts(world, 0, 1, 0);
    show(world, id);
    assert_string_equal(text_at(world, "end.reason"), "");
    assert_int_equal(size_at(world, "end.themes"), 0);
    import(world, ITEM(1, "|dig", "Dig", ""), ",'heads':['title','reason','themes','deadline']");
    check_counts(world, 0, 0, 1);
    world_close(world);
}

static void undo_takes_an_import_back_and_it_can_come_again(void **state)
{
    struct world *world = hq();
    char id[HW_ID_TEXT + 1];
    (void)state;
    import(world, ITEM(1, "|dig", "Dig", ",['reason','rain']"), "");
    find(world, "Dig", id);
    import(world, ITEM(1, "|dig", "Dig", ",['reason','snow']") "," ITEM(2, "|pump", "Pump", ""), "");
    check_counts(world, 1, 1, 0);
    ask_ok(world, "undo", "{}");
    show(world, id);
    assert_string_equal(text_at(world, "end.reason"), "rain");
    ask_ok(world, "list", "{}");
    assert_int_equal(size_at(world, "rows"), 1);
    import(world, ITEM(1, "|dig", "Dig", ",['reason','snow']") "," ITEM(2, "|pump", "Pump", ""), "");
    assert_int_equal(int_at(world, "end.changed"), 2);
    show(world, id);
    assert_string_equal(text_at(world, "end.reason"), "snow");
    ask_ok(world, "list", "{}");
    assert_int_equal(size_at(world, "rows"), 2);
    world_close(world);
}

/* ---- rows that moved ---- */

static void a_retitled_row_stays_its_record(void **state)
{
    struct world *world = hq();
    char id[HW_ID_TEXT + 1];
    (void)state;
    import(world, ITEM(1, "|dig the northern well", "Dig the northern well", ",['number','1.']") ","
                  ITEM(2, "|dig the southern well", "Dig the southern well", ",['number','2.']"), "");
    find(world, "northern", id);
    const char *edited = ITEM(1, "|dig the northern well by may", "Dig the northern well by May", ",['number','1.']") ","
                         ITEM(2, "|dig the southern well", "Dig the southern well", ",['number','2.']");
    import(world, edited, "");
    check_counts(world, 0, 1, 1);
    show(world, id);
    assert_string_equal(text_at(world, "end.title"), "Dig the northern well by May");
    import(world, edited, ""); /* and knows itself again */
    check_counts(world, 0, 0, 2);
    ask_ok(world, "list", "{}");
    assert_int_equal(size_at(world, "rows"), 2);
    world_close(world);
}

/* Two rows that could each be the old one are new rows. */
static void what_is_not_clear_is_new(void **state)
{
    struct world *world = hq();
    (void)state;
    import(world, ITEM(1, "|dig the northern well", "Dig the northern well", ",['responsible','WHO']"), "");
    import(world, ITEM(1, "|dig the eastern well", "Dig the eastern well", ",['responsible','WHO']") ","
                  ITEM(2, "|dig the western well", "Dig the western well", ",['responsible','WHO']"), "");
    check_counts(world, 2, 0, 0);
    assert_int_equal(int_at(world, "end.missing"), 1);
    import(world, ITEM(1, "|write to the ministry of health", "Write to the ministry of health", ",['responsible','WHO']"), "");
    check_counts(world, 1, 0, 0);
    world_close(world);
}

static void a_row_moves_under_another_parent_and_keeps_the_order_of_the_file(void **state)
{
    struct world *world = hq();
    char a[HW_ID_TEXT + 1], b[HW_ID_TEXT + 1], c[HW_ID_TEXT + 1];
    (void)state;
    import(world, ITEM(1, "|aa", "aa", "") "," ITEM(2, "|bb", "bb", "") ","
                  "{'row':3,'line':3,'key':'|cc','parent':1,'fields':[['title','cc']]}", "");
    find(world, "aa", a);
    find(world, "bb", b);
    find(world, "cc", c);
    show(world, c);
    assert_string_equal(text_at(world, "end.parent"), a);
    /* A row put in front gives nobody else a new rank. */
    const char *moved = ITEM(1, "|first", "first", "") "," ITEM(2, "|aa", "aa", "") "," ITEM(3, "|bb", "bb", "") ","
                        "{'row':4,'line':4,'key':'|cc','parent':3,'fields':[['title','cc']]}";
    import(world, moved, "");
    check_counts(world, 1, 1, 2);
    show(world, c);
    assert_string_equal(text_at(world, "end.parent"), b);
    import(world, moved, "");
    check_counts(world, 0, 0, 4);
    import(world, ITEM(1, "|first", "first", "") "," ITEM(2, "|bb", "bb", "") ","
                  "{'row':3,'line':3,'key':'|cc','parent':2,'fields':[['title','cc']]}," ITEM(4, "|aa", "aa", ""), "");
    check_counts(world, 0, 1, 3);
    const char *const order[] = {b, c, a};
    long long last = 0;
    for (size_t i = 0; i < 3; i++) {
        show(world, order[i]);
        assert_true(int_at(world, "end.rank") > last);
        last = int_at(world, "end.rank");
    }
    world_close(world);
}

static void titles_are_alike_by_their_words(void **state)
{
    struct hw_arena arena = {0};
    (void)state;
    assert_int_equal(hw_intake_alike(&arena, "Dig the well", "dig the  WELL"), 100);
    assert_int_equal(hw_intake_alike(&arena, "Dig the well", "Dig a well"), 66);
    assert_int_equal(hw_intake_alike(&arena, "", "Dig"), 0);
    assert_int_equal(hw_intake_alike(&arena, "Провести семинар в мае", "провести семинар в июне"), 75);
    hw_arena_done(&arena);
}

/* ---- rows that are gone ---- */

static void rows_that_are_gone_are_counted_and_put_away_when_told(void **state)
{
    struct world *world = hq();
    char b[HW_ID_TEXT + 1], c[HW_ID_TEXT + 1];
    (void)state;
    const char *whole = ITEM(1, "|aa", "aa", "") "," ITEM(2, "|bb", "bb", "") "," ITEM(3, "|cc", "cc", "");
    import(world, whole, "");
    find(world, "bb", b);
    find(world, "cc", c);
    set(world, c, "status=completed");
    import(world, ITEM(1, "|aa", "aa", ""), "");
    assert_int_equal(int_at(world, "end.missing"), 2);
    assert_int_equal(int_at(world, "end.archived"), 0);
    import(world, ITEM(1, "|aa", "aa", ""), ",'archive_missing':true");
    assert_int_equal(int_at(world, "end.archived"), 1);
    assert_int_equal(size_at(world, "end.left"), 1);
    assert_string_equal(text_at(world, "end.left.0.id"), c);
    show(world, b);
    assert_true(json_is_true(at(world, "end.archived")));
    import(world, whole, ""); /* the row is back */
    show(world, b);
    assert_true(json_is_false(at(world, "end.archived")));
    /* What a person put away stays there. */
    char args[100];
    snprintf(args, sizeof args, "{'id':'%s'}", b);
    ask_ok(world, "archive", args);
    import(world, whole, "");
    show(world, b);
    assert_true(json_is_true(at(world, "end.archived")));
    world_close(world);
}

static void what_holds_items_that_stay_stays(void **state)
{
    struct world *world = hq();
    char child[HW_ID_TEXT + 1];
    (void)state;
    const char *whole = ITEM(1, "|aa", "aa", "") "," ITEM(2, "|bb", "bb", "") ","
                        "{'row':3,'line':3,'key':'|cc','parent':2,'fields':[['title','cc']]},"
                        "{'row':4,'line':4,'key':'|dd','parent':3,'fields':[['title','dd']]}";
    import(world, whole, "");
    find(world, "dd", child);
    set(world, child, "status=completed");
    import(world, ITEM(1, "|aa", "aa", ""), ",'archive_missing':true");
    assert_int_equal(int_at(world, "end.archived"), 0);
    assert_int_equal(size_at(world, "end.left"), 3);
    world_close(world);
}

/* ---- what is remembered ---- */

static void a_mapping_is_remembered_for_its_group(void **state)
{
    struct world *world = hq();
    (void)state;
    ask_ok(world, "group.add", "{'code':'wg7'}");
    import(world, ITEM(1, "|aa", "aa", ""), ",'map':['By  WHEN=deadline','Who=responsible'],'dry_run':true");
    ask_ok(world, "import.map", "{'group':'wg6'}");
    assert_int_equal(size_at(world, "rows"), 0);
    import(world, ITEM(1, "|aa", "aa", ""), ",'map':['By  WHEN=deadline','Who=responsible']");
    ask_ok(world, "import.map", "{'plan':'wells'}");
    assert_int_equal(size_at(world, "rows"), 2);
    assert_string_equal(text_at(world, "rows.0.head"), "by when");
    assert_string_equal(text_at(world, "rows.0.field"), "deadline");
    ask_ok(world, "import.map", "{'group':'wg7'}");
    assert_int_equal(size_at(world, "rows"), 0);
    ask_ok(world, "import.map", "{}"); /* which group is not plain */
    assert_int_equal(size_at(world, "rows"), 0);
    world_close(world);
}

static void the_order_of_dates_is_remembered_for_its_plan(void **state)
{
    struct world *world = hq();
    char id[HW_ID_TEXT + 1];
    (void)state;
    import(world, ITEM(1, "|aa", "aa", ""), "");
    import(world, ITEM(1, "|aa", "aa", ""), ",'dates':'dmy'");
    import(world, ITEM(1, "|aa", "aa", ",['deadline','05/06/2019']"), "");
    find(world, "aa", id);
    show(world, id);
    assert_string_equal(text_at(world, "end.deadline.edtf"), "2019-06-05");
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_of_any_kind),
        cmocka_unit_test(a_member_is_one_record_whatever_plan_names_it),
        cmocka_unit_test(what_stands_once_is_said_once),
        cmocka_unit_test(a_row_with_an_id_is_that_record),
        cmocka_unit_test(an_id_of_something_else_is_a_problem),
        cmocka_unit_test(a_base_tells_what_the_table_changed),
        cmocka_unit_test(a_table_of_another_place_makes_the_same_records),
        cmocka_unit_test(a_table_without_new_rows_makes_no_plan),
        cmocka_unit_test(what_both_changed_is_a_conflict),
        cmocka_unit_test(both_changed_to_the_same_is_none),
        cmocka_unit_test(a_field_that_is_new_to_the_file_overwrites_nothing),
        cmocka_unit_test(sets_take_what_the_file_says_and_keep_what_people_added),
        cmocka_unit_test(a_cell_made_blank_takes_its_value_away),
        cmocka_unit_test(undo_takes_an_import_back_and_it_can_come_again),
        cmocka_unit_test(a_retitled_row_stays_its_record),
        cmocka_unit_test(what_is_not_clear_is_new),
        cmocka_unit_test(a_row_moves_under_another_parent_and_keeps_the_order_of_the_file),
        cmocka_unit_test(titles_are_alike_by_their_words),
        cmocka_unit_test(rows_that_are_gone_are_counted_and_put_away_when_told),
        cmocka_unit_test(what_holds_items_that_stay_stays),
        cmocka_unit_test(a_mapping_is_remembered_for_its_group),
        cmocka_unit_test(the_order_of_dates_is_remembered_for_its_plan),
    };
    return cmocka_run_group_tests_name("change_import", tests, NULL, NULL);
}
