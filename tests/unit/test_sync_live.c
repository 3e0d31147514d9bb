/* test_sync_live.c: what a commit has just added goes out with it to whoever has all before it, and to nobody else. */
#include "sync_world.h"

static struct hw_live live_of(uint64_t first, uint64_t last)
{
    static const uint8_t item[] = {0x41, 7}, echo[] = {0x41, 8}; /* byte strings, told apart by their last byte */
    return (struct hw_live){.group = "gtg-eca", .first = first, .last = last, .items = {item, sizeof item}, .n = 1,
                            .author = office_inc, .echo = {echo, sizeof echo}, .head = {.group = {(const uint8_t *)"gtg-eca", 7}, .life = hub_inc}};
}

/* Events first..last of this office are saved and sealed in one commit. */
static void saved(struct world *world, uint64_t first, uint64_t last)
{
    struct hw_live live = live_of(first, last);
    world->tip.own_tip = world->tip.own_sealed = last;
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_CHANGE, .up = &live});
}

static void a_change_goes_up_with_its_commit(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    saved(world, 1, 1);
    DOES(world, "to 0: SEGMENTS");
    saved(world, 2, 3);
    DOES(world, "to 0: SEGMENTS"); /* 1 need not be acknowledged for that */
    tick(world, SECOND);
    DOES(world, ""); /* they were sent: not again */
    world_free(world);
}

static void a_change_behind_others_waits_for_its_turn(void **state)
{
    (void)state;
    struct world *world = office_in_session(3);
    saved(world, 4, 4);
    DOES(world, ""); /* no credit yet */
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    DOES(world, "range to 0: gtg-eca from 1");
    saved(world, 5, 5);
    DOES(world, ""); /* that range may hold it or not */
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_RANGE, .group = "gtg-eca", .session = 7, .last = 4,
                                                  .message = hw_slice_text("segments")});
    DOES(world, "to 0: a range; range to 0: gtg-eca from 5");
    world_free(world);
}

static void a_change_saved_without_a_session_is_not_sent(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    event(world, HW_IN_PEER_DOWN, HW_UPSTREAM);
    saved(world, 1, 1);
    DOES(world, "");
    world_free(world);
}

/* A hub with the writer as peer 1, and peer 2; both hold the journal to its end. */
static struct world *hub_with_two(uint64_t *session)
{
    struct world *world = world_new(false);
    *session = hub_in_session(world, 1, &office_inc);
    uint64_t other = hub_in_session(world, 2, &other_inc);
    hear_credit(world, 1, *session, HW_CREDIT_WINDOW);
    hear_credit(world, 2, other, HW_CREDIT_WINDOW);
    return world;
}

/* Entries first..last come of a message of peer 1. */
static void judged(struct world *world, uint64_t session, uint64_t first, uint64_t last)
{
    struct hw_live live = live_of(first, last);
    world->tip.position = last;
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_SEGMENTS, .session = session, .down = &live});
}

static uint8_t last_byte(const struct world *world, size_t at)
{
    struct hw_slice bytes = world->effects.items[at].bytes;
    return bytes.p[bytes.n - 1];
}

static void others_hear_first_and_the_author_after_its_ack(void **state)
{
    (void)state;
    uint64_t session;
    struct world *world = hub_with_two(&session);
    judged(world, session, 1, 1);
    DOES(world, "to 2: a range; to 1: ACK; to 1: a range");
    assert_int_equal(last_byte(world, 0), 7); /* with segments */
    assert_int_equal(last_byte(world, 2), 8);
    judged(world, session, 2, 2);
    DOES(world, "to 2: a range; to 1: ACK; to 1: a range");
    world_free(world);
}

static void who_lacks_entries_gets_them_in_order(void **state)
{
    (void)state;
    uint64_t session;
    struct world *world = hub_with_two(&session);
    world->tip.position = 4; /* written here meanwhile */
    judged(world, session, 5, 5);
    DOES(world, "to 1: ACK; range to 1: gtg-eca from 1; range to 2: gtg-eca from 1");
    judged(world, session, 6, 6);
    DOES(world, "to 1: ACK"); /* the ranges are under way */
    world_free(world);
}

/* -- what others have does not wait for the disk -- */

static struct hw_message news_of(uint64_t position)
{
    static struct hw_news_item item = {.own = true, .first = 1, .n = 1};
    return (struct hw_message){.type = HW_NEWS, .session = 7, .body.news = {.position = position, .items = &item, .items_n = 1,
                                                                            .is_signed = true}};
}

static void journal_comes(struct world *world, bool later, bool soft)
{
    world->tip.position++;
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_JOURNAL, .session = 7, .group = "gtg-eca", .bytes = 100,
                                                  .brief = later, .later = later, .soft = soft});
}

/* An office that was told entry 1 as JOURNAL and entry 2 as NEWS. */
static struct world *office_with_news(void)
{
    struct world *world = office_in_session(0);
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    journal_comes(world, false, false);
    DOES(world, "to 0: ACK");
    struct hw_message news = news_of(2);
    hear(world, HW_UPSTREAM, &news);
    DOES(world, "append JOURNAL");
    assert_true(effect_of(world, HW_DO_APPEND)->later);
    assert_true(effect_of(world, HW_DO_APPEND)->soft);
    journal_comes(world, true, true);
    DOES(world, "");
    return world;
}

static void news_is_acknowledged_when_the_disk_has_it(void **state)
{
    (void)state;
    struct world *world = office_with_news();
    tick(world, SECOND);
    DOES(world, "append SETTLE");
    tick(world, SECOND);
    DOES(world, ""); /* asked once */
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_SETTLE});
    DOES(world, "to 0: ACK");
    tick(world, SECOND);
    DOES(world, "");
    world_free(world);
}

static void a_disk_that_keeps_nothing_ends_the_session_unacknowledged(void **state)
{
    (void)state;
    struct world *world = office_with_news();
    tick(world, SECOND);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_SETTLE, .status = HW_IO});
    DOES(world, "to 0: ERROR IO; close 0");
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    DOES(world, "append SETTLE"); /* it is tried again before anything is said */
    world_free(world);
}

static void hello_waits_for_the_disk_as_well(void **state)
{
    (void)state;
    struct world *world = office_with_news();
    event(world, HW_IN_PEER_DOWN, HW_UPSTREAM);
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    DOES(world, "append SETTLE");
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_SETTLE});
    DOES(world, "to 0: AGAIN");
    world_free(world);
}

static void a_relay_waits_for_its_disk_at_once(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    struct hw_sync_config config = *hw_sync_limits(world->sync);
    config.hub = true;
    hw_sync_free(world->sync);
    world->sync = hw_sync_new(&config);
    struct hw_input input = {.type = HW_IN_START, .tips = &world->tip, .tips_n = 1};
    step(world, &input);
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(world, 7);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    struct hw_message news = news_of(2);
    hear(world, HW_UPSTREAM, &news);
    DOES(world, "append JOURNAL");
    assert_false(effect_of(world, HW_DO_APPEND)->soft);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_goes_up_with_its_commit),
        cmocka_unit_test(a_change_behind_others_waits_for_its_turn),
        cmocka_unit_test(a_change_saved_without_a_session_is_not_sent),
        cmocka_unit_test(others_hear_first_and_the_author_after_its_ack),
        cmocka_unit_test(who_lacks_entries_gets_them_in_order),
        cmocka_unit_test(news_is_acknowledged_when_the_disk_has_it),
        cmocka_unit_test(a_disk_that_keeps_nothing_ends_the_session_unacknowledged),
        cmocka_unit_test(hello_waits_for_the_disk_as_well),
        cmocka_unit_test(a_relay_waits_for_its_disk_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
