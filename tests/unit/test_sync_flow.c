/* test_sync_flow.c: within a session: a full disk, answers that come too late, clients that wait. */
#include "sync_world.h"

/* -- a full disk -- */

static void a_hub_without_space_keeps_the_session(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    uint64_t session = hub_in_session(world, 1, &office_inc);
    hear_credit(world, 1, session, HW_CREDIT_WINDOW);
    hear_empty(world, 1, HW_SEGMENTS, session);
    stored(world, 1,
           (struct hw_stored){.append = HW_APPEND_SEGMENTS,
                              .session = session,
                              .status = HW_NO_SPACE,
                              .bytes = HW_MESSAGE_SIZE,
                              .text = "the disk is full"});
    DOES(world, "to 1: ERROR NO_SPACE; to 1: CREDIT");
    world->tip.position = 4; /* downward goes on */
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_HEARD});
    DOES(world, "range to 1: gtg-eca from 1");
    world_free(world);
}

static void what_comes_behind_a_message_without_space_is_no_fault(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    uint64_t session = hub_in_session(world, 1, &office_inc);
    struct hw_stored segments = {.append = HW_APPEND_SEGMENTS, .session = session, .bytes = 10, .status = HW_NO_SPACE};
    stored(world, 1, segments);
    DOES(world, "to 1: ERROR NO_SPACE");
    segments.status = HW_GAP;
    stored(world, 1, segments);
    DOES(world, "to 1: ERROR NO_SPACE");
    segments.status = HW_OK;
    stored(world, 1, segments);
    DOES(world, "to 1: ACK");
    segments.status = HW_GAP; /* one without such a reason */
    stored(world, 1, segments);
    DOES(world, "to 1: ERROR GAP; close 1");
    world_free(world);
}

static void hear_no_space(struct world *world)
{
    struct hw_message message = {.type = HW_ERROR, .session = 7};
    message.body.error = (struct hw_error_message){.code = hw_slice_text("NO_SPACE"),
                                                   .what = hw_slice_text("session"),
                                                   .text = hw_slice_text("the disk is full"),
                                                   .retry_ms = 30 * SECOND};
    hear(world, HW_UPSTREAM, &message);
}

static void an_office_pauses_upward_and_begins_again_after_what_was_acknowledged(void **state)
{
    (void)state;
    struct world *world = office_in_session(100);
    struct hw_ack durable = {.inc = office_inc, .group = hw_slice_text("gtg-eca"), .durable = 10};
    struct hw_message ack = {.type = HW_ACK, .session = 7, .body.ack = {.streams = &durable, .streams_n = 1}};
    struct hw_stored range = {.append = HW_APPEND_RANGE,
                              .group = "gtg-eca",
                              .session = 7,
                              .last = 10,
                              .message = hw_slice_text("small")};
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    stored(world, HW_UPSTREAM, range);
    hear(world, HW_UPSTREAM, &ack);
    range.last = 20;
    stored(world, HW_UPSTREAM, range);
    DOES(world, "to 0: a range; range to 0: gtg-eca from 21");
    hear_no_space(world); /* 11 to 20 were not saved there */
    DOES(world, "");
    assert_int_equal(office_state(world), HW_OFFICE_STREAM);
    range.last = 30;
    stored(world, HW_UPSTREAM, range); /* what was being read must not jump over the hole */
    DOES(world, "");
    hear_empty(world, HW_UPSTREAM, HW_JOURNAL, 7);
    DOES(world, "append JOURNAL"); /* downward goes on */
    tick(world, 29 * SECOND);
    DOES(world, "");
    tick(world, 2 * SECOND);
    DOES(world, "range to 0: gtg-eca from 11");
    world_free(world);
}

static void why_the_hub_takes_nothing_is_told_until_it_is_time_to_try_again(void **state)
{
    (void)state;
    struct world *world = office_in_session(100);
    struct hw_sync_view view;
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    hw_sync_look(world->sync, &view);
    assert_int_equal(view.paused_until, 0);
    hear_no_space(world);
    hw_sync_look(world->sync, &view);
    assert_string_equal(view.paused, "the hub cannot store now: the disk is full");
    assert_int_equal(view.paused_until, world->now + 30 * SECOND);
    tick(world, 29 * SECOND);
    hw_sync_look(world->sync, &view);
    assert_int_not_equal(view.paused_until, 0);
    tick(world, 2 * SECOND);
    hw_sync_look(world->sync, &view);
    assert_int_equal(view.paused_until, 0);
    assert_string_equal(view.paused, "");
    hear_no_space(world);
    event(world, HW_IN_PEER_DOWN, HW_UPSTREAM); /* it had nothing else to say about the end */
    hw_sync_look(world->sync, &view);
    assert_string_equal(view.reason, "the hub cannot store now: the disk is full");
    assert_int_equal(view.paused_until, 0);
    world_free(world);
}

static void who_asks_for_a_sync_ends_the_pause(void **state)
{
    (void)state;
    struct world *world = office_in_session(100);
    struct hw_stored range = {.append = HW_APPEND_RANGE, .group = "gtg-eca", .session = 7, .last = 10,
                              .message = hw_slice_text("small")};
    struct hw_input sync = {.type = HW_IN_SYNC, .client = 41, .wait_ms = 2 * SECOND};
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    stored(world, HW_UPSTREAM, range);
    range.last = 100;
    stored(world, HW_UPSTREAM, range);
    hear_no_space(world);
    tick(world, SECOND);
    DOES(world, "");
    step(world, &sync);
    DOES(world, "to 0: PING; range to 0: gtg-eca from 1");
    hear_no_space(world);
    tick(world, 2 * SECOND);
    DOES(world, "reply 41 TIMEOUT");
    assert_non_null(strstr(effect_of(world, HW_DO_REPLY)->text, "the hub cannot store now: the disk is full"));
    world_free(world);
}

static void a_hub_that_cannot_open_a_session_says_why(void **state)
{
    (void)state;
    struct world *hub = world_new(false), *office = world_new(true);
    struct hw_message hello = {.type = HW_HELLO, .body.hello = {.schema = 1, .inc = office_inc}}, said;
    struct hw_sync_view view;
    hear(hub, 1, &hello);
    stored(hub, 1, (struct hw_stored){.append = HW_APPEND_HELLO, .status = HW_NO_SPACE,
                                      .text = "the disk is full: free some space and try again"});
    DOES(hub, "to 1: ERROR NO_SPACE; close 1");
    assert_int_equal(hw_message_decode(effect_of(hub, HW_DO_SEND)->bytes, &hub->arena, &said, NULL), HW_OK);
    event(office, HW_IN_PEER_UP, HW_UPSTREAM);
    hear(office, HW_UPSTREAM, &said);
    DOES(office, "close 0");
    assert_int_equal(effect_of(office, HW_DO_CLOSE)->ms, 30 * SECOND);
    hw_sync_look(office->sync, &view);
    assert_string_equal(view.reason, "the hub cannot store now: its disk is full");
    world_free(hub);
    world_free(office);
}

static void an_office_whose_own_disk_is_full_does_not_blame_the_hub(void **state)
{
    (void)state;
    static const enum hw_append all[] = {HW_APPEND_JOURNAL, HW_APPEND_RANGE};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct world *world = office_in_session(10);
        struct hw_sync_view view;
        stored(world, HW_UPSTREAM, (struct hw_stored){.append = all[i], .session = 7, .group = "gtg-eca",
                                                      .status = HW_NO_SPACE, .text = "the disk is full"});
        DOES(world, "to 0: ERROR NO_SPACE; close 0");
        hw_sync_look(world->sync, &view);
        assert_string_equal(view.reason, "this office's own disk is full: make room on the disk of /homes/KAZ");
        world_free(world);
    }
}

static void other_errors_end_the_session_until_it_is_time_to_try_again(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    struct hw_message message = {.type = HW_ERROR, .session = 7};
    message.body.error = (struct hw_error_message){.code = hw_slice_text("DENIED"),
                                                   .what = hw_slice_text("session"),
                                                   .text = hw_slice_text("not known here"),
                                                   .retry_ms = 4321};
    struct hw_sync_view view;
    hear(world, HW_UPSTREAM, &message);
    DOES(world, "close 0");
    assert_int_equal(effect_of(world, HW_DO_CLOSE)->ms, 4321);
    hw_sync_look(world->sync, &view);
    assert_int_equal(view.state, HW_OFFICE_DOWN);
    assert_string_equal(view.reason, "not known here");
    world_free(world);
}

/* -- what comes too late -- */

static void an_office_ignores_what_was_stored_for_an_older_session(void **state)
{
    (void)state;
    static const enum hw_append late[] = {HW_APPEND_WELCOME, HW_APPEND_JOURNAL, HW_APPEND_RANGE};
    struct world *world = office_in_session(50);
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    event(world, HW_IN_PEER_DOWN, HW_UPSTREAM);
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(world, 8);
    for (size_t i = 0; i < 3; i++)
        for (int failed = 0; failed < 2; failed++) {
            stored(world, HW_UPSTREAM,
                   (struct hw_stored){.append = late[i],
                                      .session = 7,
                                      .group = "gtg-eca",
                                      .last = 9,
                                      .message = hw_slice_text("old"),
                                      .bytes = HW_MESSAGE_SIZE,
                                      .status = failed ? HW_SIGNATURE : HW_OK});
            DOES(world, "");
            assert_int_equal(office_state(world), HW_OFFICE_HELLO);
        }
    hear_empty(world, HW_UPSTREAM, HW_JOURNAL, 7); /* and a message of that session */
    DOES(world, "");
    world_free(world);
}

static void a_hub_ignores_what_was_stored_for_an_older_session(void **state)
{
    (void)state;
    static const enum hw_append late[] = {HW_APPEND_SEGMENTS, HW_APPEND_RANGE};
    struct world *world = world_new(false);
    uint64_t old = hub_in_session(world, 1, &office_inc), session = hub_in_session(world, 1, &office_inc);
    assert_true(session > old);
    for (size_t i = 0; i < 2; i++)
        for (int failed = 0; failed < 2; failed++) {
            stored(world, 1,
                   (struct hw_stored){.append = late[i],
                                      .session = old,
                                      .group = "gtg-eca",
                                      .last = 9,
                                      .message = hw_slice_text("old"),
                                      .bytes = HW_MESSAGE_SIZE,
                                      .status = failed ? HW_SIGNATURE : HW_OK});
            DOES(world, "");
        }
    hear_empty(world, 1, HW_SEGMENTS, session);
    DOES(world, "append SEGMENTS");
    event(world, HW_IN_PEER_DOWN, 1);
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_SEGMENTS, .session = session, .bytes = HW_MESSAGE_SIZE});
    DOES(world, "");
    world_free(world);
}

/* -- clients that wait -- */

static void wait_for(struct world *world, uint64_t client, uint64_t wait_ms)
{
    struct hw_input input = {.type = HW_IN_SYNC, .client = client, .wait_ms = wait_ms};
    step(world, &input);
}

/* The hub's answer to question `number`: its journal is at `position`. */
static void hear_tips(struct world *world, uint64_t number, uint64_t position)
{
    struct hw_position tip = {.group = hw_slice_text("gtg-eca"), .position = position};
    struct hw_message message = {.type = HW_PING, .session = 7};
    message.body.ping = (struct hw_ping){.number = number, .answer = true, .journals = &tip, .journals_n = 1};
    hear(world, HW_UPSTREAM, &message);
}

static uint64_t question_of(struct world *world)
{
    struct hw_message message;
    const struct hw_effect *send = effect_of(world, HW_DO_SEND);
    while (send->type == HW_DO_SEND && strcmp(sent_text(world, send->bytes), "PING") != 0)
        send++;
    assert_int_equal(hw_message_decode(send->bytes, &world->arena, &message, NULL), HW_OK);
    return message.body.ping.number;
}

static void who_waits_is_answered_once_when_all_is_admitted_and_applied(void **state)
{
    (void)state;
    struct world *world = office_in_session(2);
    wait_for(world, 41, 10 * SECOND);
    DOES(world, "to 0: PING");
    hear_tips(world, question_of(world), 5);
    DOES(world, "");
    world->tip.position = 5; /* applied, and own changes not admitted */
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_JOURNAL, .session = 7, .group = "gtg-eca"});
    DOES(world, "to 0: ACK");
    world->tip.own_admitted = 2;
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_JOURNAL, .session = 7, .group = "gtg-eca"});
    DOES(world, "to 0: ACK; reply 41 OK");
    tick(world, 20 * SECOND);
    DOES(world, "");
    world_free(world);
}

static void who_waits_too_long_is_told_not_yet_once(void **state)
{
    (void)state;
    struct world *world = office_in_session(2);
    wait_for(world, 41, 10 * SECOND);
    wait_for(world, 42, 20 * SECOND);
    tick(world, 9 * SECOND);
    DOES(world, "");
    tick(world, 2 * SECOND);
    DOES(world, "reply 41 TIMEOUT");
    tick(world, 10 * SECOND);
    DOES(world, "reply 42 TIMEOUT");
    tick(world, 10 * SECOND);
    DOES(world, "");
    world_free(world);
}

static void who_waits_without_a_hub_is_told_not_yet(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    wait_for(world, 41, 10 * SECOND);
    DOES(world, "connect");
    tick(world, 11 * SECOND);
    DOES(world, "reply 41 TIMEOUT");
    world_free(world);
}

static void who_waits_is_not_told_done_when_the_hub_goes_away(void **state)
{
    (void)state;
    struct world *world = office_in_session(2);
    wait_for(world, 41, 10 * SECOND);
    hear_tips(world, question_of(world), 0); /* nothing to apply, own changes not admitted */
    event(world, HW_IN_PEER_DOWN, HW_UPSTREAM);
    tick(world, SECOND);
    DOES(world, "");
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    tick(world, SECOND);
    DOES(world, "");
    tick(world, 10 * SECOND);
    DOES(world, "reply 41 TIMEOUT");
    world_free(world);
}

static void the_question_is_asked_again_in_the_next_session(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    wait_for(world, 41, 100 * SECOND);
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(world, 7);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    DOES(world, "to 0: CONFIRM; to 0: PING");
    uint64_t lost = question_of(world);
    event(world, HW_IN_PEER_DOWN, HW_UPSTREAM);
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(world, 7);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    uint64_t asked = question_of(world);
    assert_true(asked != lost);
    hear_tips(world, lost, 0);
    DOES(world, "");
    hear_tips(world, asked, 0);
    DOES(world, "reply 41 OK");
    world_free(world);
}

static void who_does_not_wait_or_follows_no_hub_is_answered_at_once(void **state)
{
    (void)state;
    struct world *office = office_in_session(2), *hub = world_new(false);
    wait_for(office, 41, 0);
    DOES(office, "to 0: PING; reply 41 OK");
    wait_for(hub, 42, 10 * SECOND);
    DOES(hub, "reply 42 OK");
    tick(office, 20 * SECOND);
    DOES(office, "");
    world_free(office);
    world_free(hub);
}

/* -- a change, and the time -- */

static void a_change_is_answered_only_after_its_commit(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    struct hw_input change = {.type = HW_IN_CHANGE, .client = 9};
    step(world, &change);
    DOES(world, "append CHANGE; reply 9 OK"); /* what stands after an append waits for it */
    world_free(world);
}

static void every_tick_asks_for_the_next_before_anything_can_fail(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    hub_in_session(world, 1, &office_inc);
    for (int i = 0; i < 200; i++) {
        tick(world, SECOND);
        assert_int_equal(world->effects.items[0].type, HW_DO_TIMER);
    }
    world_free(world);
}

static void that_an_office_was_heard_is_noted_now_and_then(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    size_t noted = 0;
    hub_in_session(world, 1, &office_inc);
    for (int i = 0; i < 600; i++) {
        tick(world, SECOND);
        noted += strcmp(world->line, "append HEARD") == 0;
    }
    assert_in_range(noted, 5, 20); /* ten minutes */
    event(world, HW_IN_PEER_DOWN, 1);
    tick(world, 600 * SECOND);
    DOES(world, "");
    world_free(world);
}

/* Something was decided about what a snapshot stands for, and the office has nothing of the group any more. The hub waits for the
 * word that it holds what was sent: only a new session says where it stands. */
static void a_group_that_begins_anew_ends_the_session(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    world->tip.position = 5;
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_JOURNAL, .group = "gtg-eca", .session = 7});
    DOES(world, "to 0: ACK");
    world->tip.position = 0;
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_JOURNAL, .group = "gtg-eca", .session = 7});
    DOES(world, "to 0: ACK; to 0: ERROR GAP; close 0");
    assert_int_equal(effect_of(world, HW_DO_CLOSE)->ms, 1);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hub_without_space_keeps_the_session),
        cmocka_unit_test(what_comes_behind_a_message_without_space_is_no_fault),
        cmocka_unit_test(an_office_pauses_upward_and_begins_again_after_what_was_acknowledged),
        cmocka_unit_test(why_the_hub_takes_nothing_is_told_until_it_is_time_to_try_again),
        cmocka_unit_test(who_asks_for_a_sync_ends_the_pause),
        cmocka_unit_test(a_hub_that_cannot_open_a_session_says_why),
        cmocka_unit_test(an_office_whose_own_disk_is_full_does_not_blame_the_hub),
        cmocka_unit_test(other_errors_end_the_session_until_it_is_time_to_try_again),
        cmocka_unit_test(an_office_ignores_what_was_stored_for_an_older_session),
        cmocka_unit_test(a_hub_ignores_what_was_stored_for_an_older_session),
        cmocka_unit_test(who_waits_is_answered_once_when_all_is_admitted_and_applied),
        cmocka_unit_test(who_waits_too_long_is_told_not_yet_once),
        cmocka_unit_test(who_waits_without_a_hub_is_told_not_yet),
        cmocka_unit_test(who_waits_is_not_told_done_when_the_hub_goes_away),
        cmocka_unit_test(the_question_is_asked_again_in_the_next_session),
        cmocka_unit_test(who_does_not_wait_or_follows_no_hub_is_answered_at_once),
        cmocka_unit_test(a_change_is_answered_only_after_its_commit),
        cmocka_unit_test(every_tick_asks_for_the_next_before_anything_can_fail),
        cmocka_unit_test(that_an_office_was_heard_is_noted_now_and_then),
        cmocka_unit_test(a_group_that_begins_anew_ends_the_session),
    };
    return cmocka_run_group_tests_name("sync flow", tests, NULL, NULL);
}
