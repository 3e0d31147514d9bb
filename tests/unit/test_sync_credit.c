/* test_sync_credit.c: within a session: how much may be on its way, by the other side's credit and by what the link carries. */
#include "sync_world.h"

static void hear_durable(struct world *world, uint64_t durable)
{
    struct hw_ack one = {.inc = office_inc, .group = hw_slice_text("gtg-eca"), .durable = durable};
    struct hw_message message = {.type = HW_ACK, .session = 7};
    message.body.ack.streams = &one;
    message.body.ack.streams_n = 1;
    hear(world, HW_UPSTREAM, &message);
}

static void hear_applied(struct world *world, uint64_t peer, uint64_t session, uint64_t position)
{
    struct hw_position one = {.group = hw_slice_text("gtg-eca"), .position = position};
    struct hw_message message = {.type = HW_ACK, .session = session};
    message.body.ack.journals = &one;
    message.body.ack.journals_n = 1;
    hear(world, peer, &message);
}

static void an_office_never_exceeds_its_credit(void **state)
{
    (void)state;
    struct world *world = office_in_session(1000);
    struct hw_stored range = {.append = HW_APPEND_RANGE,
                              .group = "gtg-eca",
                              .session = 7,
                              .message = large_message(world)};
    DOES(world, "to 0: CONFIRM"); /* none granted to it yet */
    hear_credit(world, HW_UPSTREAM, 7, 4095);
    DOES(world, "");                                /* not worth a message */
    hear_credit(world, HW_UPSTREAM, 7, 5000);
    DOES(world, "range to 0: gtg-eca from 1");
    assert_true(effect_of(world, HW_DO_SEND_RANGE)->max <= 4095 + 5000);
    hear_credit(world, HW_UPSTREAM, 7, UINT32_MAX); /* never more than the window */
    range.last = 10;
    stored(world, HW_UPSTREAM, range);
    DOES(world, "to 0: a range"); /* nothing is known of the link yet */
    hear_durable(world, 10); /* in no time: it is a fast one */
    DOES(world, "range to 0: gtg-eca from 11");
    assert_true(effect_of(world, HW_DO_SEND_RANGE)->max < HW_MESSAGE_SIZE);
    range.last = 20;
    stored(world, HW_UPSTREAM, range);
    DOES(world, "to 0: a range; range to 0: gtg-eca from 21");
    range.last = 30;
    stored(world, HW_UPSTREAM, range);
    DOES(world, "to 0: a range; range to 0: gtg-eca from 31");
    range.last = 40;
    stored(world, HW_UPSTREAM, range);
    DOES(world, "to 0: a range"); /* four whole messages are under way: the window */
    tick(world, SECOND);
    DOES(world, "");
    hear_durable(world, 40);
    DOES(world, "");
    hear_credit(world, HW_UPSTREAM, 7, HW_MESSAGE_SIZE);
    DOES(world, "range to 0: gtg-eca from 41");
    world_free(world);
}

static void a_hub_never_exceeds_an_offices_credit(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    world->tip.position = 1000;
    uint64_t session = hub_in_session(world, 1, &office_inc);
    struct hw_stored range = {.append = HW_APPEND_RANGE,
                              .group = "gtg-eca",
                              .session = session,
                              .message = large_message(world)};
    DOES(world, "");
    hear_credit(world, 1, session, UINT32_MAX);
    DOES(world, "range to 1: gtg-eca from 1");
    range.last = 10;
    stored(world, 1, range);
    DOES(world, "to 1: a range");
    hear_applied(world, 1, session, 10);
    DOES(world, "range to 1: gtg-eca from 11");
    range.last = 20;
    stored(world, 1, range);
    DOES(world, "to 1: a range; range to 1: gtg-eca from 21");
    range.last = 30;
    stored(world, 1, range);
    DOES(world, "to 1: a range; range to 1: gtg-eca from 31");
    range.last = 40;
    stored(world, 1, range);
    DOES(world, "to 1: a range");
    hear_applied(world, 1, session, 40);
    DOES(world, "");
    hear_credit(world, 1, session, HW_MESSAGE_SIZE);
    DOES(world, "range to 1: gtg-eca from 41");
    world_free(world);
}

/* Before anything is known of the link, a long backlog is not handed out at once: what is typed now would wait behind it. */
static void a_new_session_hands_out_little_until_something_has_arrived(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    world->tip.position = 1000;
    uint64_t session = hub_in_session(world, 1, &office_inc);
    hear_credit(world, 1, session, UINT32_MAX);
    assert_true(effect_of(world, HW_DO_SEND_RANGE)->max < HW_MESSAGE_SIZE / 20);
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_RANGE, .group = "gtg-eca", .session = session, .last = 10,
                                        .message = large_message(world)});
    DOES(world, "to 1: a range"); /* one segment can be that long */
    hear_applied(world, 1, session, 10);
    DOES(world, "range to 1: gtg-eca from 11");
    assert_true(effect_of(world, HW_DO_SEND_RANGE)->max > HW_MESSAGE_SIZE / 2);
    world_free(world);
}

/* Its grant there ended between asking and reading. */
static void a_hub_sends_no_more_of_a_group_that_may_not_be_read(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    world->tip.position = 1000;
    uint64_t session = hub_in_session(world, 1, &office_inc);
    hear_credit(world, 1, session, UINT32_MAX);
    DOES(world, "range to 1: gtg-eca from 1");
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_RANGE, .status = HW_DENIED, .group = "gtg-eca", .session = session});
    DOES(world, "");
    world->tip.position = 1001;
    hear_credit(world, 1, session, HW_MESSAGE_SIZE);
    DOES(world, "");
    assert_int_equal(hw_sync_peer_behind(world->sync, 0), 0);
    world_free(world);
}

static void an_office_applies_then_acknowledges_then_grants(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    struct hw_stored journal = {.append = HW_APPEND_JOURNAL, .group = "gtg-eca", .session = 7, .bytes = HW_MESSAGE_SIZE};
    hear_empty(world, HW_UPSTREAM, HW_JOURNAL, 7);
    DOES(world, "append JOURNAL");
    stored(world, HW_UPSTREAM, journal);
    DOES(world, "to 0: ACK; to 0: CREDIT");
    journal.bytes = HW_CREDIT_WINDOW / 8; /* small ones share one CREDIT */
    stored(world, HW_UPSTREAM, journal);
    DOES(world, "to 0: ACK");
    stored(world, HW_UPSTREAM, journal);
    DOES(world, "to 0: ACK; to 0: CREDIT");
    journal.status = HW_SIGNATURE;
    stored(world, HW_UPSTREAM, journal);
    DOES(world, "to 0: ERROR SIGNATURE; close 0");
    world_free(world);
}

static void a_hub_saves_then_acknowledges_then_grants(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    uint64_t session = hub_in_session(world, 1, &office_inc);
    struct hw_stored segments = {.append = HW_APPEND_SEGMENTS, .session = session, .bytes = HW_MESSAGE_SIZE};
    hear_empty(world, 1, HW_SEGMENTS, session);
    DOES(world, "append SEGMENTS");
    stored(world, 1, segments);
    DOES(world, "to 1: ACK; to 1: CREDIT");
    segments.bytes = 100;
    stored(world, 1, segments);
    DOES(world, "to 1: ACK");
    segments.status = HW_SIGNATURE;
    stored(world, 1, segments);
    DOES(world, "to 1: ERROR SIGNATURE; close 1");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_office_never_exceeds_its_credit),
        cmocka_unit_test(a_hub_never_exceeds_an_offices_credit),
        cmocka_unit_test(a_new_session_hands_out_little_until_something_has_arrived),
        cmocka_unit_test(a_hub_sends_no_more_of_a_group_that_may_not_be_read),
        cmocka_unit_test(an_office_applies_then_acknowledges_then_grants),
        cmocka_unit_test(a_hub_saves_then_acknowledges_then_grants),
    };
    return cmocka_run_group_tests_name("sync_credit", tests, NULL, NULL);
}
