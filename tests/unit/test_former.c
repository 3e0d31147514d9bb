/* test_former.c: what becomes of changes that a former life of an office has sealed, and that the gate has not admitted: the
 * present life issues them again when their own stream cannot go on. */
#include "snapshot_world.h"

/* What the hub, or a relay, holds of the office's stream in wg6. */
static enum hw_status reborn(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    const struct hw_group *group = hw_cache_group(tx->store, hw_slice_text("wg6"));
    const struct hw_stream *stream = hw_cache_stream(tx->store, &tx->store->identity.inc, group->id);
    struct hw_stream_tip held = {.group = hw_slice_text("wg6"), .seq = stream->sealed};
    struct hw_welcome welcome = {.streams = &held, .streams_n = 1};
    size_t moved;
    memcpy(held.hash, stream->hash, sizeof held.hash);
    enum hw_status status = hw_tx_rebirth(tx, &welcome, &deed->of->identity.inc, &moved, err);
    assert_int_equal(moved, 0); /* all of it is held */
    return status;
}

/* A new life of the office, which headquarters enters. */
static void begin_life(struct net *net, struct world *office)
{
    struct deed deed = {.net = net, .of = office};
    randombytes_buf(office->identity.inc.b, sizeof office->identity.inc.b);
    crypto_sign_keypair(office->identity.sign_public, office->identity.sign_secret);
    office->identity.life++;
    must(office, reborn, &deed);
    hw_store_identify(office->store, &office->identity);
    net->hub->other = office->identity;
    must(net->hub, enter_office, &deed);
}

/* Seals what waits; it goes nowhere, or to a relay that is not heard of again. */
static void seal(struct net *net, struct world *office)
{
    struct deed deed = {.net = net, .of = office, .from = 1};
    must(office, pack_up, &deed);
    hw_out_done(&deed.out);
}

static void what_the_gate_has_other_content_for_is_issued_again(void **state)
{
    (void)state;
    struct net *net = net_open();
    char before[80];
    snprintf(before, sizeof before, "%s.before", net->kaz->dir);
    reopen(net->kaz, "", before);
    write_item(net, net->kaz, "Came to headquarters");
    up(net, net->kaz);
    reopen(net->kaz, before, ""); /* the office and its relay are put back to the same hour: nobody notices */
    unlink(before);
    write_item(net, net->kaz, "Came to the relay");
    seal(net, net->kaz);
    begin_life(net, net->kaz); /* the relay notices, and still holds the other content */
    write_item(net, net->kaz, "Of the new life");
    down(net, net->kaz);
    assert_true(has_item(net->kaz, "Came to headquarters"));
    assert_true(has_item(net->kaz, "Came to the relay"));
    up(net, net->kaz);
    assert_true(has_item(net->hub, "Came to the relay"));
    assert_true(has_item(net->hub, "Of the new life"));
    down(net, net->kaz);
    same_export(net->hub, net->kaz);
    net_close(net);
}

/* The whole way of a snapshot of wg6. */
static void all_by_snapshot(struct net *net, struct world *office)
{
    struct trade trade = {.net = net};
    cover(net);
    directory_down(net, office);
    assert_int_equal(ask_offer(net, &trade), HW_OK);
    assert_int_equal(trade_do(office, take_trade, &trade), HW_OK);
    for (trade.index = 0; trade.index < trade.chunks; trade.index++) {
        assert_int_equal(trade_do(net->hub, pack_chunk, &trade), HW_OK);
        assert_int_equal(trade_do(office, take_trade, &trade), HW_OK);
    }
    assert_int_equal(tip(office, "wg6"), trade.position);
    hw_out_done(&trade.out);
}

static void so_it_is_when_a_snapshot_brings_the_other_content(void **state)
{
    (void)state;
    struct net *net = net_busy();
    char before[80];
    down(net, net->kaz);
    snprintf(before, sizeof before, "%s.before", net->kaz->dir);
    reopen(net->kaz, "", before);
    write_item(net, net->kaz, "Came to headquarters");
    up(net, net->kaz);
    reopen(net->kaz, before, "");
    unlink(before);
    write_item(net, net->kaz, "Came to the relay");
    seal(net, net->kaz);
    begin_life(net, net->kaz);
    write_item(net, net->kaz, "Of the new life");
    all_by_snapshot(net, net->kaz);
    assert_true(has_item(net->kaz, "Came to headquarters"));
    assert_true(has_item(net->kaz, "Came to the relay"));
    assert_int_equal(faults(net->kaz), 0);
    up(net, net->kaz);
    assert_true(has_item(net->hub, "Came to the relay"));
    assert_true(has_item(net->hub, "Of the new life"));
    down(net, net->kaz);
    assert_same_rows(net->kaz, net->hub);
    net_close(net);
}

static enum hw_status end_lives(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct world *office = ((struct deed *)self)->of;
    return hw_tx_lives_end(tx, office->identity.office, &office->identity.inc, "its keys were changed", NULL,
                           hw_tx_next_change(tx), err);
}

/* WELCOME of a hub that is no further than the office. */
static enum hw_status welcomed(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct hw_group_welcome group = {.group = hw_slice_text("wg6"), .state = HW_GROUP_RESUME};
    const struct hw_welcome welcome = {.groups = &group, .groups_n = 1};
    (void)self;
    return hw_tx_welcome(tx, &welcome, err);
}

static void what_an_ended_life_left_is_issued_again(void **state)
{
    (void)state;
    struct net *net = net_open();
    struct deed deed = {.net = net, .of = net->kaz};
    write_item(net, net->kaz, "Came to headquarters");
    up(net, net->kaz);
    down(net, net->kaz);
    write_item(net, net->kaz, "Came to the relay");
    seal(net, net->kaz);
    begin_life(net, net->kaz);
    down(net, net->kaz);
    must(net->kaz, welcomed, &deed); /* the relay will send it up */
    up(net, net->kaz);
    assert_false(has_item(net->hub, "Came to the relay"));
    must(net->hub, end_lives, &deed); /* and may do so no more */
    down(net, net->kaz);
    must(net->kaz, welcomed, &deed);
    assert_true(has_item(net->kaz, "Came to the relay"));
    up(net, net->kaz);
    assert_true(has_item(net->hub, "Came to the relay"));
    down(net, net->kaz);
    same_export(net->hub, net->kaz);
    net_close(net);
}

static enum hw_status many_lives(struct hw_tx *tx, void *self, struct hw_err *err)
{
    (void)self;
    assert_int_equal(hw_tx_life(tx), 1); /* nothing is noted */
    enum hw_status status = hw_tx_life_put(tx, 300, err);
    assert_int_equal(hw_tx_life(tx), 300);
    return status;
}

static void an_office_may_have_more_lives_than_a_byte_counts(void **state)
{
    (void)state;
    struct net *net = net_open();
    struct deed deed = {.net = net};
    must(net->kaz, many_lives, &deed);
    net_close(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_gate_has_other_content_for_is_issued_again),
        cmocka_unit_test(so_it_is_when_a_snapshot_brings_the_other_content),
        cmocka_unit_test(what_an_ended_life_left_is_issued_again),
        cmocka_unit_test(an_office_may_have_more_lives_than_a_byte_counts),
    };
    return cmocka_run_group_tests_name("former", tests, NULL, NULL);
}
