/* test_snapshot_take.c: a group's records made into a snapshot at the gate and taken at a new office: the same rows as by
 * the whole journal, and the same ever after. */
#include "snapshot_world.h"

static void a_snapshot_and_the_tail_equal_the_whole_journal(void **state)
{
    (void)state;
    struct net *net = net_busy();
    char args[200];
    by_snapshot(net, net->kaz);
    down(net, net->tkm);
    assert_same_rows(net->kaz, net->tkm);
    assert_int_equal(faults(net->kaz), 0);
    set(net->kaz, items[0], "status", "done"); /* a conflict: neither has seen the other */
    set(net->tkm, items[0], "status", "in-progress");
    set(net->hub, items[1], "title", "Another");
    up(net, net->tkm);
    up(net, net->kaz);
    down(net, net->kaz);
    down(net, net->tkm);
    assert_same_rows(net->kaz, net->tkm);
    assert_same_rows(net->kaz, net->hub);
    ask_ok(net->kaz, "conflicts", "{}");
    assert_int_equal(size_at(net->kaz, "rows"), 1);
    snprintf(args, sizeof args, "{'id':'%s','field':'status','theirs':true}", items[0]);
    ask_ok(net->kaz, "resolve", args); /* names both */
    up(net, net->kaz);
    down(net, net->kaz);
    down(net, net->tkm);
    assert_same_rows(net->kaz, net->tkm);
    assert_int_equal(faults(net->kaz), 0);
    assert_int_equal(faults(net->hub), 0);
    net_close(net);
}

static void what_an_office_wrote_before_it_came_stays_on_top(void **state)
{
    (void)state;
    struct net *net = net_busy();
    char args[40];
    directory_down(net, net->kaz);
    ask_ok(net->kaz, "plan.add", "{'title':'Own plan','group':'wg6'}");
    snprintf(net->plan, sizeof net->plan, "%s", text_at(net->kaz, "end.records.0.id"));
    write_item(net, net->kaz, "Written before");
    up(net, net->kaz); /* admitted: in the snapshot too */
    write_item(net, net->kaz, "Not sent yet");
    snprintf(args, sizeof args, "%s", text_at(net->kaz, "end.records.0.id"));
    set(net->kaz, args, "status", "done");
    set(net->kaz, args, "status", "in-progress");
    by_snapshot(net, net->kaz);
    assert_true(has_item(net->kaz, "Written before"));
    assert_true(has_item(net->kaz, "Not sent yet"));
    assert_int_equal(faults(net->kaz), 0);
    up(net, net->kaz);
    down(net, net->kaz);
    down(net, net->tkm);
    assert_same_rows(net->kaz, net->tkm);
    assert_int_equal(faults(net->kaz), 0);
    net_close(net);
}

static enum hw_status cut_back(struct hw_tx *tx, void *self, struct hw_err *err)
{
    (void)self;
    return hw_tx_rebase(tx, "wg6", 3, err);
}

static void a_group_whose_snapshot_is_let_go_begins_anew(void **state)
{
    (void)state;
    struct net *net = net_busy();
    struct trade trade = {.net = net};
    by_snapshot(net, net->kaz);
    write_item(net, net->kaz, "Own");
    assert_int_equal(trade_do(net->kaz, cut_back, &trade), HW_OK);
    assert_int_equal(tip(net->kaz, "wg6"), 0);
    assert_true(has_item(net->kaz, "Own"));
    assert_false(has_item(net->kaz, "Item 1"));
    assert_int_equal(faults(net->kaz), 0);
    up(net, net->kaz);
    down(net, net->kaz);
    down(net, net->tkm);
    assert_same_rows(net->kaz, net->tkm);
    assert_int_equal(faults(net->kaz), 0);
    net_close(net);
}

/* The hub has lost the place where the snapshot was cut: the office lets go of it, and keeps what it wrote itself. */
static void a_hub_restored_to_before_the_snapshot_is_followed(void **state)
{
    (void)state;
    struct net *net = net_busy();
    make_backup(net);
    set(net->hub, items[3], "title", "Lost with the disk");
    by_snapshot(net, net->kaz);
    set(net->kaz, items[4], "title", "By the new office");
    up(net, net->kaz);
    down(net, net->kaz);
    restore(net);
    assert_int_equal(hand_back(net, net->kaz), HW_WELCOME_RECOVERY);
    end(net);
    assert_int_equal(hand_back(net, net->kaz), HW_WELCOME_LATE);
    assert_int_equal(tip(net->kaz, "wg6"), 0);
    assert_int_equal(faults(net->kaz), 0);
    down(net, net->kaz);
    up(net, net->kaz);
    down(net, net->kaz);
    down(net, net->tkm);
    assert_same_rows(net->kaz, net->hub);
    assert_same_rows(net->kaz, net->tkm);
    ask_ok(net->hub, "list", "{'filter':[],'limit':1000}");
    assert_true(has_item(net->hub, "By the new office"));
    assert_int_equal(faults(net->kaz), 0);
    net_close(net);
}

/* The hub names all that was sealed as held, and yet a new life begins (its token was not known). */
static enum hw_status be_reborn(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct hw_identity *identity = &((struct trade *)self)->net->kaz->identity;
    struct hw_group *group = hw_cache_group(tx->store, hw_slice_text("wg6"));
    struct hw_stream *stream = hw_cache_stream(tx->store, &identity->inc, group->id);
    struct hw_stream_tip tip = {.group = hw_slice_text("wg6"), .seq = stream->sealed};
    const struct hw_welcome welcome = {.streams = &tip, .streams_n = 1};
    size_t moved;
    memcpy(tip.hash, stream->hash, sizeof tip.hash);
    randombytes_buf(identity->inc.b, sizeof identity->inc.b);
    crypto_sign_keypair(identity->sign_public, identity->sign_secret);
    enum hw_status status = hw_tx_rebirth(tx, &welcome, &identity->inc, &moved, err);
    if (!status)
        hw_tx_identify(tx, identity);
    return status;
}

static enum hw_status pack_carried(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct trade *trade = self;
    struct hw_out wires HW_CLEANUP(hw_out_done) = {0};
    struct hw_carry *list;
    enum hw_status status = HW_OK;
    uint64_t last;
    size_t n, wires_n = 0;
    hw_tx_carried(tx, &list, &n);
    hw_out_reset(&trade->out);
    if (n)
        status = hw_tx_segments_carry(tx, &list[0].inc, list[0].group, list[0].admitted + 1, ROOM, &wires, &wires_n, &last, err);
    if (!status && wires_n)
        hw_segments_wrap(&trade->out, 1, hw_out_slice(&wires), wires_n);
    return status;
}

static void carry_up(struct net *net, struct world *office)
{
    struct trade trade = {.net = net};
    assert_int_equal(trade_do(office, pack_carried, &trade), HW_OK);
    assert_true(trade.out.n > 0);
    struct deed deed = {.net = net, .of = office, .out = trade.out};
    must(net->hub, take_up, &deed);
    hw_out_done(&deed.out);
}

/* It was confirmed by a hub that lost its disk before this office heard of the admission: nobody else holds it. */
static void what_a_former_life_had_sealed_outlives_the_snapshot(void **state)
{
    (void)state;
    struct net *net = net_busy();
    struct trade trade = {.net = net};
    make_backup(net);
    set(net->hub, items[3], "title", "Lost with the disk");
    by_snapshot(net, net->kaz);
    write_item(net, net->kaz, "Sealed by a former life");
    up(net, net->kaz);
    assert_int_equal(trade_do(net->kaz, be_reborn, &trade), HW_OK);
    restore(net);
    assert_int_equal(hand_back(net, net->kaz), HW_WELCOME_RECOVERY);
    end(net);
    assert_int_equal(hand_back(net, net->kaz), HW_WELCOME_LATE);
    assert_int_equal(tip(net->kaz, "wg6"), 0); /* begun anew */
    assert_int_equal(faults(net->kaz), 0);
    reopen(net->kaz, "", "");
    down(net, net->kaz);
    carry_up(net, net->kaz);
    down(net, net->kaz);
    assert_same_rows(net->kaz, net->hub);
    assert_true(has_item(net->hub, "Sealed by a former life"));
    assert_int_equal(faults(net->kaz), 0);
    assert_int_equal(faults(net->hub), 0);
    net_close(net);
}

static enum hw_status hear_welcome(struct hw_tx *tx, void *self, struct hw_err *err)
{
    (void)self;
    struct hw_group_welcome one = {.group = hw_slice_text("wg6"), .state = HW_GROUP_RESUME, .position = 1};
    const struct hw_welcome welcome = {.groups = &one, .groups_n = 1};
    return hw_tx_welcome(tx, &welcome, err);
}

/* The same, and what goes before it in its stream is lost for good: it cannot stand where it stood. */
static void what_has_lost_its_place_is_issued_again(void **state)
{
    (void)state;
    struct net *net = net_busy();
    struct trade trade = {.net = net};
    make_backup(net);
    set(net->hub, items[3], "title", "Lost with the disk");
    by_snapshot(net, net->kaz);
    write_item(net, net->kaz, "Gone");
    up(net, net->kaz);
    write_item(net, net->kaz, "Without a place");
    up(net, net->kaz);
    assert_int_equal(trade_do(net->kaz, be_reborn, &trade), HW_OK);
    assert_int_equal(sqlite3_exec(net->kaz->store->db, "DELETE FROM segment WHERE id = (SELECT s.id * 1099511627776 + 1 FROM "
                                  "stream s JOIN journal_tip g ON g.id = s.journal WHERE g.code = 'wg6' AND s.admitted = 0 AND "
                                  "s.sealed > 0)", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_changes(net->kaz->store->db), 1);
    restore(net);
    assert_int_equal(hand_back(net, net->kaz), HW_WELCOME_RECOVERY);
    end(net);
    assert_int_equal(hand_back(net, net->kaz), HW_WELCOME_LATE);
    down(net, net->kaz);
    assert_false(has_item(net->kaz, "Without a place"));
    assert_int_equal(trade_do(net->kaz, hear_welcome, &trade), HW_OK);
    assert_true(has_item(net->kaz, "Without a place"));
    assert_int_equal(trade_do(net->kaz, hear_welcome, &trade), HW_OK); /* once */
    assert_int_equal(faults(net->kaz), 0);
    ask_ok(net->kaz, "status", "{}");
    net_close(net);
}

static void tables_are_made_anew_from_the_snapshot_and_the_tail(void **state)
{
    (void)state;
    struct net *net = net_busy();
    by_snapshot(net, net->kaz);
    set(net->hub, items[2], "title", "After");
    down(net, net->kaz);
    down(net, net->tkm);
    assert_int_equal(sqlite3_exec(net->kaz->store->db, "DROP TABLE item; DELETE FROM node WHERE key = 'schema'", NULL, NULL,
                                  NULL), SQLITE_OK);
    reopen(net->kaz, "", "");
    assert_same_rows(net->kaz, net->tkm);
    assert_int_equal(faults(net->kaz), 0);
    net_close(net);
}

static void what_the_gate_did_not_sign_is_refused(void **state)
{
    (void)state;
    struct net *net = net_busy();
    struct trade trade = {.net = net};
    cover(net);
    directory_down(net, net->kaz);
    assert_int_equal(ask_offer(net, &trade), HW_OK);
    trade.out.p[trade.out.n - 1] ^= 1; /* the signature */
    assert_int_equal(trade_do(net->kaz, take_trade, &trade), HW_SIGNATURE);
    trade.out.p[trade.out.n - 1] ^= 1;
    trade.out.p[trade.out.n - 80] ^= 1; /* a hash of a chunk */
    assert_int_equal(trade_do(net->kaz, take_trade, &trade), HW_SIGNATURE);
    trade.out.p[trade.out.n - 80] ^= 1;
    assert_int_equal(trade_do(net->kaz, take_trade, &trade), HW_OK);
    trade.index = 1;
    assert_int_equal(trade_do(net->hub, pack_chunk, &trade), HW_OK);
    assert_int_equal(trade_do(net->kaz, take_trade, &trade), HW_GAP);
    trade.index = 0;
    assert_int_equal(trade_do(net->hub, pack_chunk, &trade), HW_OK);
    trade.out.p[trade.out.n - 7] ^= 1;
    assert_int_equal(trade_do(net->kaz, take_trade, &trade), HW_CORRUPT);
    trade.out.p[trade.out.n - 7] ^= 1;
    assert_int_equal(trade_do(net->kaz, take_trade, &trade), HW_OK);
    assert_int_equal(trade_do(net->kaz, take_trade, &trade), HW_OK); /* once more: held already */
    assert_int_equal(tip(net->kaz, "wg6"), 0);
    hw_out_done(&trade.out);
    net_close(net);
}

static void a_snapshot_is_kept_while_little_has_come_since(void **state)
{
    (void)state;
    struct net *net = net_busy();
    struct trade trade = {.net = net};
    cover(net);
    assert_int_equal(ask_offer(net, &trade), HW_OK);
    uint64_t first = trade.position;
    assert_true(first > 0);
    assert_true(trade.steps > 2);
    set(net->hub, items[0], "title", "Later");
    cover(net);
    assert_int_equal(ask_offer(net, &trade), HW_OK);
    assert_int_equal(trade.position, first);
    hw_out_done(&trade.out);
    net_close(net);
}

/* Where no backup has it, rows at offices are not enough. */
static void what_no_backup_covers_is_in_no_snapshot(void **state)
{
    (void)state;
    struct net *net = net_busy();
    struct trade trade = {.net = net};
    assert_int_equal(ask_offer(net, &trade), HW_OK);
    assert_int_equal(trade.position, 0);
    cover(net);
    uint64_t covered = tip(net->hub, "wg6");
    set(net->hub, items[0], "title", "Later");
    set(net->hub, items[1], "status", "done");
    assert_int_equal(ask_offer(net, &trade), HW_OK);
    assert_int_equal(trade.position, covered);
    directory_down(net, net->kaz);
    assert_int_equal(trade_do(net->kaz, take_trade, &trade), HW_OK);
    for (trade.index = 0; trade.index < trade.chunks; trade.index++) {
        assert_int_equal(trade_do(net->hub, pack_chunk, &trade), HW_OK);
        assert_int_equal(trade_do(net->kaz, take_trade, &trade), HW_OK);
    }
    assert_int_equal(tip(net->kaz, "wg6"), covered);
    assert_false(has_item(net->kaz, "Later"));
    down(net, net->kaz);
    assert_same_rows(net->kaz, net->hub);
    assert_int_equal(faults(net->kaz), 0);
    hw_out_done(&trade.out);
    net_close(net);
}

/* The store goes on between two steps. */
static void changes_while_it_is_made_are_not_in_it(void **state)
{
    (void)state;
    struct net *net = net_busy();
    struct trade trade = {.net = net};
    char args[80];
    cover(net);
    uint64_t covered = tip(net->hub, "wg6");
    for (unsigned i = 0; !trade.position; i++) {
        assert_int_equal(trade_do(net->hub, pack_offer, &trade), HW_OK);
        assert_true(trade.position || trade.again);
        set(net->hub, items[i % ITEMS], "title", "Meanwhile");
        snprintf(args, sizeof args, "{'id':'%s','text':'Meanwhile'}", items[i % ITEMS]);
        ask_ok(net->hub, "comment", args);
    }
    assert_int_equal(trade.position, covered);
    by_snapshot(net, net->kaz);
    assert_false(has_item(net->kaz, "Meanwhile"));
    down(net, net->kaz);
    assert_same_rows(net->kaz, net->hub);
    assert_int_equal(faults(net->kaz), 0);
    hw_out_done(&trade.out);
    net_close(net);
}

/* An office that was away while ten times as much came gives up the history that it has, and nothing of its own. */
static void an_office_far_behind_begins_anew_with_a_snapshot(void **state)
{
    (void)state;
    struct net *net = net_busy();
    struct trade trade = {.net = net};
    down(net, net->kaz);
    write_item(net, net->kaz, "Sent before");
    up(net, net->kaz);
    down(net, net->kaz);
    write_item(net, net->kaz, "Not sent");
    trade.has = tip(net->kaz, "wg6");
    for (size_t i = 0; i < 400; i++)
        set(net->hub, items[i % ITEMS], "status", i / ITEMS % 2 ? "done" : "planned");
    cover(net);
    assert_int_equal(ask_offer(net, &trade), HW_OK);
    assert_int_equal(trade.position, 0); /* too little for that */
    hw_store_snapshots(net->hub->store, 30);
    assert_int_equal(ask_offer(net, &trade), HW_OK);
    assert_true(trade.position > trade.has);
    assert_int_equal(trade_do(net->kaz, take_trade, &trade), HW_OK);
    for (trade.index = 0; trade.index < trade.chunks; trade.index++) {
        assert_true(has_item(net->kaz, "Not sent"));
        assert_int_equal(tip(net->kaz, "wg6"), trade.has);
        assert_int_equal(trade_do(net->hub, pack_chunk, &trade), HW_OK);
        assert_int_equal(trade_do(net->kaz, take_trade, &trade), HW_OK);
        reopen(net->kaz, "", "");
    }
    assert_int_equal(tip(net->kaz, "wg6"), trade.position);
    assert_true(has_item(net->kaz, "Not sent"));
    assert_int_equal(faults(net->kaz), 0);
    up(net, net->kaz);
    down(net, net->kaz);
    down(net, net->tkm);
    assert_same_rows(net->kaz, net->tkm);
    assert_same_rows(net->kaz, net->hub);
    assert_true(has_item(net->hub, "Not sent"));
    assert_int_equal(faults(net->kaz), 0);
    hw_out_done(&trade.out);
    net_close(net);
}

static void a_small_group_has_none(void **state)
{
    (void)state;
    struct net *net = net_open();
    struct trade trade = {.net = net};
    write_item(net, net->hub, "One");
    cover(net);
    assert_int_equal(ask_offer(net, &trade), HW_OK);
    assert_int_equal(trade.position, 0);
    net_close(net);
}

static void damage_to_a_snapshot_is_found(void **state)
{
    (void)state;
    struct net *net = net_busy();
    by_snapshot(net, net->kaz);
    assert_int_equal(sqlite3_exec(net->kaz->store->db, "UPDATE chunk SET bytes = zeroblob(100) WHERE id & 1099511627775 = 1",
                                  NULL, NULL, NULL), SQLITE_OK);
    assert_true(faults(net->kaz) > 0);
    net_close(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_and_the_tail_equal_the_whole_journal),
        cmocka_unit_test(what_an_office_wrote_before_it_came_stays_on_top),
        cmocka_unit_test(a_group_whose_snapshot_is_let_go_begins_anew),
        cmocka_unit_test(a_hub_restored_to_before_the_snapshot_is_followed),
        cmocka_unit_test(what_a_former_life_had_sealed_outlives_the_snapshot),
        cmocka_unit_test(what_has_lost_its_place_is_issued_again),
        cmocka_unit_test(tables_are_made_anew_from_the_snapshot_and_the_tail),
        cmocka_unit_test(what_the_gate_did_not_sign_is_refused),
        cmocka_unit_test(a_snapshot_is_kept_while_little_has_come_since),
        cmocka_unit_test(what_no_backup_covers_is_in_no_snapshot),
        cmocka_unit_test(changes_while_it_is_made_are_not_in_it),
        cmocka_unit_test(an_office_far_behind_begins_anew_with_a_snapshot),
        cmocka_unit_test(a_small_group_has_none),
        cmocka_unit_test(damage_to_a_snapshot_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
