/* test_compact.c: an office lets go of the old part of a group's log: rows, heads and stamps stay, what it wrote itself stays, and
 * nothing goes that is not in headquarters' backup and with the other offices. */
#include "snapshot_world.h"

struct letting {
    uint64_t floor, steps;
    bool again;
};

static enum hw_status let_go(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct letting *letting = self;
    return hw_tx_compact(tx, "wg6", letting->floor, &letting->again, err);
}

/* Up to `floor`, whatever its age; false when there was nothing to do. */
static bool compact(struct world *world, uint64_t floor)
{
    struct letting letting = {.floor = floor};
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = let_go, .self = &letting};
    if (!world->store->keep_ms)
        hw_store_keep(world->store, -60 * 1000); /* what is younger than a minute to come */
    do {
        assert_int_equal(hw_store_now(world->store, &job, &err), HW_OK);
        assert_true(letting.steps++ < 1000);
    } while (letting.again);
    return letting.steps > 2;
}

static uint64_t count(struct world *world, const char *what)
{
    sqlite3_stmt *row;
    char sql[300];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", what);
    assert_int_equal(sqlite3_prepare_v2(world->store->db, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    uint64_t n = (uint64_t)sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return n;
}

static const char own_segments[] = "segment x JOIN stream s ON s.id = x.id >> 40 WHERE hex(s.incarnation) = '%s'";

static uint64_t own(struct world *world)
{
    char hex[17], what[200];
    sodium_bin2hex(hex, sizeof hex, world->identity.inc.b, 8);
    for (char *p = hex; *p; p++)
        *p = (char)(*p >= 'a' ? *p - 'a' + 'A' : *p);
    snprintf(what, sizeof what, own_segments, hex);
    return count(world, what);
}

static void rows_stay_and_the_log_is_let_go(void **state)
{
    (void)state;
    struct net *net = net_busy();
    down(net, net->kaz);
    write_item(net, net->kaz, "By this office");
    up(net, net->kaz);
    down(net, net->kaz);
    uint64_t segments = count(net->kaz, "segment"), mine = own(net->kaz), floor = tip(net->kaz, "wg6");
    for (size_t i = 0; i < ITEMS; i++)
        set(net->hub, items[i], "status", "done"); /* their rows are of after the floor */
    down(net, net->kaz);
    write_item(net, net->kaz, "Not sent yet");
    down(net, net->tkm);
    assert_true(compact(net->kaz, floor));
    assert_true(count(net->kaz, "segment") < segments / 10);
    assert_true(count(net->kaz, "journal") < 100 + tip(net->kaz, "directory"));
    assert_true(mine > 0 && own(net->kaz) == mine);
    assert_int_equal(faults(net->kaz), 0);
    reopen(net->kaz, "", "");
    assert_int_equal(faults(net->kaz), 0);
    assert_true(has_item(net->kaz, "Not sent yet"));
    up(net, net->kaz);
    down(net, net->kaz);
    down(net, net->tkm);
    assert_same_rows(net->kaz, net->tkm);
    assert_same_rows(net->kaz, net->hub);
    assert_false(compact(net->kaz, floor)); /* it is gone */
    assert_int_equal(faults(net->kaz), 0);
    net_close(net);
}

/* The second time begins with the snapshot of the first. */
static void more_is_let_go_a_year_later(void **state)
{
    (void)state;
    struct net *net = net_busy();
    down(net, net->kaz);
    down(net, net->tkm);
    assert_true(compact(net->kaz, tip(net->kaz, "wg6") / 2));
    assert_int_equal(faults(net->kaz), 0);
    set(net->kaz, items[0], "status", "done"); /* a conflict across the boundary */
    set(net->tkm, items[0], "status", "in-progress");
    up(net, net->tkm);
    up(net, net->kaz);
    down(net, net->kaz);
    down(net, net->tkm);
    assert_same_rows(net->kaz, net->tkm);
    assert_true(compact(net->kaz, tip(net->kaz, "wg6")));
    assert_int_equal(faults(net->kaz), 0);
    assert_same_rows(net->kaz, net->tkm);
    ask_ok(net->kaz, "conflicts", "{}");
    assert_int_equal(size_at(net->kaz, "rows"), 1);
    assert_int_equal(sqlite3_exec(net->kaz->store->db, "DROP TABLE item; DELETE FROM node WHERE key = 'schema'", NULL, NULL,
                                  NULL), SQLITE_OK);
    reopen(net->kaz, "", "");
    assert_same_rows(net->kaz, net->tkm);
    assert_int_equal(faults(net->kaz), 0);
    net_close(net);
}

static void what_is_young_or_little_stays(void **state)
{
    (void)state;
    struct net *net = net_busy();
    down(net, net->kaz);
    uint64_t end = tip(net->kaz, "wg6");
    hw_store_keep(net->kaz->store, INT64_C(86400000));
    assert_false(compact(net->kaz, end));
    hw_store_keep(net->kaz->store, -60 * 1000);
    assert_false(compact(net->kaz, end / 5));
    assert_false(compact(net->kaz, end + 1)); /* more than is held */
    assert_false(compact(net->hub, end));     /* headquarters keeps everything */
    assert_true(compact(net->kaz, end));
    net_close(net);
}

/* A verdict about what is gone: the group comes again from headquarters. */
static void a_later_verdict_begins_the_group_anew(void **state)
{
    (void)state;
    struct net *net = net_busy();
    char args[200];
    write_item(net, net->hub, "To be taken out");
    snprintf(args, sizeof args, "{'id':'%s'}", text_at(net->hub, "end.records.0.id"));
    ask_ok(net->hub, "log", args);
    snprintf(args, sizeof args, "{'event':'%s','reason':'a name'}", text_at(net->hub, "rows.0.event"));
    down(net, net->kaz);
    down(net, net->tkm);
    write_item(net, net->kaz, "Own");
    assert_true(compact(net->kaz, tip(net->kaz, "wg6")));
    ask_ok(net->hub, "redact", args);
    down(net, net->tkm);
    struct deed deed = {.net = net, .of = net->kaz, .group = "wg6", .from = tip(net->kaz, "wg6") + 1};
    must(net->hub, pack_journal, &deed);
    must(net->kaz, take_down, &deed);
    hw_out_done(&deed.out);
    assert_int_equal(tip(net->kaz, "wg6"), 0);
    assert_true(has_item(net->kaz, "Own"));
    assert_int_equal(faults(net->kaz), 0);
    down(net, net->kaz);
    up(net, net->kaz);
    down(net, net->kaz);
    down(net, net->tkm);
    assert_same_rows(net->kaz, net->tkm);
    assert_false(has_item(net->kaz, "To be taken out"));
    assert_int_equal(faults(net->kaz), 0);
    net_close(net);
}

/* -- what headquarters tells -- */

static enum hw_status find_floor(struct hw_tx *tx, void *self, struct hw_err *err)
{
    return hw_compact_floor(tx, hw_cache_group(tx->store, hw_slice_text("wg6")), self, err);
}

static uint64_t floor_of(struct net *net)
{
    uint64_t floor = 1;
    struct hw_err err = {0};
    struct hw_job job = {.run = find_floor, .self = &floor};
    assert_int_equal(hw_store_now(net->hub->store, &job, &err), HW_OK);
    return floor;
}

static void hello(struct net *net, struct world *office)
{
    struct deed deed = hello_of(net, office);
    deed_done(&deed);
}

static void nothing_goes_that_a_backup_or_an_office_lacks(void **state)
{
    (void)state;
    struct net *net = net_busy();
    down(net, net->kaz);
    hello(net, net->kaz);
    assert_int_equal(floor_of(net), 0); /* no backup */
    cover(net);
    uint64_t covered = tip(net->hub, "wg6");
    assert_int_equal(floor_of(net), covered);
    set(net->hub, items[0], "title", "Later");
    assert_int_equal(floor_of(net), covered);
    hello(net, net->tkm); /* it holds less than the others */
    assert_int_equal(floor_of(net), tip(net->tkm, "wg6"));
    down(net, net->tkm);
    hello(net, net->tkm);
    assert_int_equal(floor_of(net), covered);
    net_close(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_stay_and_the_log_is_let_go),
        cmocka_unit_test(more_is_let_go_a_year_later),
        cmocka_unit_test(what_is_young_or_little_stays),
        cmocka_unit_test(a_later_verdict_begins_the_group_anew),
        cmocka_unit_test(nothing_goes_that_a_backup_or_an_office_lacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
