/* test_passed.c: what an office behind a relay hands back, on its way to headquarters: HQ, the relay TKM, and KAZ behind it. */
#include "return_world.h"

/* KAZ's hub is the relay. */
static struct net behind(const struct net *net)
{
    struct net relay = *net;
    relay.hub = net->tkm;
    return relay;
}

struct lane {
    struct hw_carry lanes[8];
    size_t n;
};

static enum hw_status find_lanes(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct lane *found = self;
    struct hw_carry *carried;
    size_t n;
    (void)err;
    hw_tx_carried(tx, &carried, &n);
    found->n = 0;
    for (size_t i = 0; i < n && found->n < 8; i++)
        if (carried[i].back)
            found->lanes[found->n++] = carried[i];
    return HW_OK;
}

static struct lane lanes_of(struct world *world)
{
    struct lane lane;
    struct hw_err err = {0};
    struct hw_job job = {.run = find_lanes, .self = &lane};
    assert_int_equal(hw_store_now(world->store, &job, &err), HW_OK);
    return lane;
}

/* One message, from the relay to headquarters. */
struct way {
    struct deed deed;
    struct hw_carry lane;
    uint64_t last;
};

static enum hw_status read_first(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct way *way = self;
    hw_out_reset(&way->deed.out);
    return hw_tx_passed_read(tx, way->lane.group, &way->lane.inc, 1, &way->deed.out, &way->last, err);
}

static enum hw_status let_go(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct way *way = self;
    return hw_tx_passed_drop(tx, way->lane.group, &way->lane.inc, way->last, err);
}

static void job(struct world *world, enum hw_status (*what)(struct hw_tx *tx, void *self, struct hw_err *err), void *self)
{
    struct hw_err err = {0};
    struct hw_job one = {.write = true, .run = what, .self = self};
    if (hw_store_now(world->store, &one, &err) != HW_OK)
        fail_msg("%s: %s", world->identity.office, err.text);
}

/* All of it goes up, the directory first; number of messages. */
static size_t pass_on(struct net *net)
{
    size_t n = 0;
    for (struct lane lane = lanes_of(net->tkm); lane.n; lane = lanes_of(net->tkm), n++) {
        struct way way = {.deed = {.net = net, .of = net->tkm}, .lane = lane.lanes[0]};
        for (size_t i = 0; i < lane.n; i++)
            if (strcmp(lane.lanes[i].group, "directory") == 0)
                way.lane = lane.lanes[i];
        job(net->tkm, read_first, &way);
        must(net->hub, take_back, &way.deed);
        assert_int_equal(way.deed.returned.last, way.last);
        job(net->tkm, let_go, &way);
        deed_done(&way.deed);
    }
    return n;
}

/* Headquarters was restored from a backup, has gone on, and the relay follows its new life. KAZ alone has what was decided between:
 * of its own events 1 is admitted and 2 refused, headquarters wrote something, and office UZB joined. */
static struct net *region_open(struct hw_inc *kaz, struct world **uzb)
{
    struct net *net = late_world(kaz);
    decide(net, kaz, 2, HW_VERDICT_REFUSED, 0);
    write_item(net, net->hub, "By headquarters");
    join(net, uzb, "UZB");
    down(net, net->kaz);
    restore(net);
    end(net);
    write_item(net, net->hub, "Later");
    down(net, net->tkm);
    return net;
}

static enum hw_status find_office(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct way *way = self;
    struct hw_office_keys keys;
    enum hw_status status = hw_office_look(tx, way->deed.group, &keys, err);
    way->last = keys.known;
    return status;
}

static bool knows_office(struct world *world, const char *code)
{
    struct way way = {.deed = {.group = code}};
    job(world, find_office, &way);
    return way.last;
}

static void what_an_office_behind_a_relay_alone_holds_comes_back_to_headquarters(void **state)
{
    (void)state;
    struct hw_inc kaz;
    struct world *uzb;
    struct net *net = region_open(&kaz, &uzb), relay = behind(net);
    struct hw_logged before = event_at(net->kaz, &kaz, 1);
    assert_false(knows_office(net->hub, "UZB"));
    assert_int_equal(hand_back(&relay, net->kaz), HW_WELCOME_LATE);
    assert_false(has_item(net->tkm, "By headquarters")); /* that is for the gate to say */
    assert_true(pass_on(net) > 0);
    assert_true(has_item(net->hub, "By KAZ"));
    assert_true(has_item(net->hub, "By headquarters"));
    assert_int_equal(event_at(net->hub, &kaz, 1).received_ms, before.received_ms);
    assert_int_equal(event_at(net->hub, &kaz, 2).verdict, HW_VERDICT_REFUSED);
    assert_true(knows_office(net->hub, "UZB"));
    assert_int_equal(hand_back(&relay, net->kaz), HW_WELCOME_LATE); /* nothing more */
    down(net, net->tkm);
    down(&relay, net->kaz);
    assert_int_equal(hand_back(&relay, net->kaz), HW_WELCOME_OK);
    same_export(net->hub, net->tkm);
    same_export(net->hub, net->kaz);
    world_close(uzb);
    net_close(net);
}

static void what_the_relay_holds_itself_is_not_kept_and_the_rest_once(void **state)
{
    (void)state;
    struct hw_inc kaz;
    struct world *uzb;
    struct net *net = region_open(&kaz, &uzb);
    struct deed deed = {.net = net, .group = "wg6", .from = 1};
    must(net->tkm, pack_journal, &deed);
    must(net->tkm, take_back, &deed);
    assert_int_equal(lanes_of(net->tkm).n, 0);
    must(net->kaz, pack_journal, &deed);
    must(net->tkm, take_back, &deed);
    must(net->tkm, take_back, &deed); /* the acknowledgement was lost */
    assert_int_equal(lanes_of(net->tkm).n, 1);
    assert_int_equal(lanes_of(net->tkm).lanes[0].sealed, tip(net->kaz, "wg6"));
    assert_int_equal(pass_on(net), 1);
    deed_done(&deed);
    world_close(uzb);
    net_close(net);
}

static void what_waits_for_the_way_up_outlives_the_process(void **state)
{
    (void)state;
    struct hw_inc kaz;
    struct world *uzb;
    struct net *net = region_open(&kaz, &uzb), relay = behind(net);
    hand_back(&relay, net->kaz);
    size_t n = lanes_of(net->tkm).n;
    assert_true(n > 0);
    reopen(net->tkm, "", "");
    assert_int_equal(lanes_of(net->tkm).n, n);
    world_close(uzb);
    net_close(net);
}

static void a_relay_keeps_nothing_that_the_gate_has_not_signed(void **state)
{
    (void)state;
    struct hw_inc kaz;
    struct world *uzb;
    struct net *net = region_open(&kaz, &uzb);
    struct deed deed = {.net = net, .group = "wg6", .from = tip(net->tkm, "wg6")};
    struct hw_arena arena = {0};
    struct hw_message message;
    struct hw_err err;
    must(net->kaz, pack_journal, &deed);
    assert_int_equal(hw_message_decode(hw_arena_slice(&arena, hw_out_slice(&deed.out)), &arena, &message, &err), HW_OK);
    message.body.journal.items[message.body.journal.items_n - 1].signature[5] ^= 1;
    hw_out_reset(&deed.out);
    hw_message_encode(&deed.out, &message);
    assert_int_equal(deed_do(net->tkm, take_back, &deed), HW_SIGNATURE);
    assert_int_equal(lanes_of(net->tkm).n, 0);
    hw_arena_done(&arena);
    deed_done(&deed);
    world_close(uzb);
    net_close(net);
}

/* A life between two restores, of which the relay has never heard: its journals are asked for once the directory has it. */
static void journals_of_a_life_that_the_relay_does_not_know_follow_the_directory(void **state)
{
    (void)state;
    struct hw_inc kaz;
    struct net *net = late_world(&kaz), relay = behind(net);
    restore(net);
    end(net);
    write_item(net, net->hub, "Of the second life");
    down(net, net->kaz);
    restore(net);
    end(net);
    write_item(net, net->hub, "Of the third life");
    down(net, net->tkm);
    assert_int_equal(hand_back(&relay, net->kaz), HW_WELCOME_LATE);
    assert_true(pass_on(net) > 0);
    assert_false(has_item(net->hub, "Of the second life"));
    down(net, net->tkm);
    assert_int_equal(hand_back(&relay, net->kaz), HW_WELCOME_LATE);
    assert_true(pass_on(net) > 0);
    assert_true(has_item(net->hub, "Of the second life"));
    assert_int_equal(hand_back(&relay, net->kaz), HW_WELCOME_LATE);
    up(net, net->kaz); /* which the first restore had taken from headquarters */
    down(net, net->tkm);
    down(&relay, net->kaz);
    same_export(net->hub, net->kaz);
    net_close(net);
}

/* The relay loses its disk before that has gone up: the office has not let go of it, and hands it back again. */
static void what_the_relay_loses_the_office_still_has(void **state)
{
    (void)state;
    struct hw_inc kaz;
    struct world *uzb;
    struct net *net = region_open(&kaz, &uzb), relay = behind(net);
    char before[100];
    uint64_t held = tip(net->kaz, "wg6");
    snprintf(before, sizeof before, "%s.before", net->tkm->dir);
    reopen(net->tkm, "", before);
    assert_int_equal(hand_back(&relay, net->kaz), HW_WELCOME_LATE);
    assert_int_equal(tip(net->kaz, "wg6"), held);
    reopen(net->tkm, before, "");
    assert_int_equal(lanes_of(net->tkm).n, 0);
    assert_int_equal(hand_back(&relay, net->kaz), HW_WELCOME_LATE);
    assert_true(pass_on(net) > 0);
    assert_true(has_item(net->hub, "By headquarters"));
    assert_true(knows_office(net->hub, "UZB"));
    unlink(before);
    world_close(uzb);
    net_close(net);
}

/* So that its session hears of it in the end: the last entry, and no more, however long the journal. */
static void the_last_entry_is_asked_for_again_until_the_gate_has_them(void **state)
{
    (void)state;
    struct hw_inc kaz;
    struct world *uzb;
    struct net *net = region_open(&kaz, &uzb), relay = behind(net);
    hand_back(&relay, net->kaz);
    struct deed deed = hello_of(&relay, net->kaz);
    for (size_t i = 0; i < deed.welcome.groups_n; i++)
        assert_int_equal(deed.welcome.groups[i].resume, tip(net->kaz, deed.welcome.groups[i].group.n == 3 ? "wg6" : "directory") - 1);
    deed_done(&deed);
    pass_on(net);
    deed = hello_of(&relay, net->kaz);
    for (size_t i = 0; i < deed.welcome.groups_n; i++)
        assert_int_equal(deed.welcome.groups[i].resume, tip(net->kaz, deed.welcome.groups[i].group.n == 3 ? "wg6" : "directory"));
    deed_done(&deed);
    world_close(uzb);
    net_close(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_office_behind_a_relay_alone_holds_comes_back_to_headquarters),
        cmocka_unit_test(what_the_relay_holds_itself_is_not_kept_and_the_rest_once),
        cmocka_unit_test(what_waits_for_the_way_up_outlives_the_process),
        cmocka_unit_test(a_relay_keeps_nothing_that_the_gate_has_not_signed),
        cmocka_unit_test(journals_of_a_life_that_the_relay_does_not_know_follow_the_directory),
        cmocka_unit_test(what_the_relay_loses_the_office_still_has),
        cmocka_unit_test(the_last_entry_is_asked_for_again_until_the_gate_has_them),
    };
    return cmocka_run_group_tests_name("passed", tests, NULL, NULL);
}
