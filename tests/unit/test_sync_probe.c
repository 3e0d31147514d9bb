/* test_sync_probe.c: an office asks whether anything is missing; the session begins again only when something is and nothing
 * moves. */
#include "sync_world.h"

enum { MINUTE = 60 * SECOND };

/* The hub's answer to the office's last question. */
static void answer(struct world *world, uint64_t number, uint64_t position)
{
    struct hw_position journal = {.group = hw_slice_text("gtg-eca"), .position = position};
    struct hw_message message = {.type = HW_PING, .session = 7};
    message.body.ping = (struct hw_ping){.number = number, .answer = true, .journals = &journal, .journals_n = 1};
    hear(world, HW_UPSTREAM, &message);
}

static uint64_t asked(struct world *world)
{
    struct hw_message message;
    const struct hw_effect *sent = effect_of(world, HW_DO_SEND);
    assert_int_equal(hw_message_decode(sent->bytes, &world->arena, &message, NULL), HW_OK);
    return message.body.ping.number;
}

static void an_idle_office_asks_after_a_minute_and_then_each_five(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    tick(world, MINUTE - 1);
    DOES(world, "");
    tick(world, 1);
    DOES(world, "to 0: PING");
    answer(world, asked(world), 0);
    tick(world, 5 * MINUTE - 1);
    DOES(world, "");
    tick(world, 1);
    DOES(world, "to 0: PING");
    world_free(world);
}

static void a_journal_that_never_comes_begins_the_session_again(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    tick(world, MINUTE);
    answer(world, asked(world), 3);
    DOES(world, "");
    tick(world, MINUTE);
    answer(world, asked(world), 3);
    DOES(world, "to 0: ERROR TIMEOUT; close 0");
    assert_int_equal(office_state(world), HW_OFFICE_DOWN);
    world_free(world);
}

static void while_anything_moves_the_session_goes_on(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    tick(world, MINUTE);
    answer(world, asked(world), 3);
    hear_empty(world, HW_UPSTREAM, HW_JOURNAL, 7);
    tick(world, MINUTE);
    answer(world, asked(world), 3);
    DOES(world, "");
    assert_int_equal(office_state(world), HW_OFFICE_STREAM);
    world_free(world);
}

/* Its first CREDIT was lost: the hub may send it no journal, and goes on to keep what it sends. */
static void changes_that_are_kept_do_not_hide_a_journal_that_never_comes(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    tick(world, MINUTE);
    answer(world, asked(world), 3);
    hear_empty(world, HW_UPSTREAM, HW_ACK, 7);
    tick(world, MINUTE);
    answer(world, asked(world), 4);
    DOES(world, "to 0: ERROR TIMEOUT; close 0");
    world_free(world);
}

static void own_changes_without_credit_begin_the_session_again(void **state)
{
    (void)state;
    struct world *world = office_in_session(2);
    tick(world, MINUTE);
    answer(world, asked(world), 0);
    tick(world, MINUTE);
    answer(world, asked(world), 0);
    DOES(world, "to 0: ERROR TIMEOUT; close 0");
    world_free(world);
}

static void a_hub_that_never_answers_is_left_after_twenty_minutes(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    tick(world, MINUTE);
    DOES(world, "to 0: PING");
    tick(world, 20 * MINUTE);
    DOES(world, "");
    tick(world, 1);
    DOES(world, "to 0: ERROR TIMEOUT; close 0");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_office_asks_after_a_minute_and_then_each_five),
        cmocka_unit_test(a_journal_that_never_comes_begins_the_session_again),
        cmocka_unit_test(while_anything_moves_the_session_goes_on),
        cmocka_unit_test(changes_that_are_kept_do_not_hide_a_journal_that_never_comes),
        cmocka_unit_test(own_changes_without_credit_begin_the_session_again),
        cmocka_unit_test(a_hub_that_never_answers_is_left_after_twenty_minutes),
    };
    return cmocka_run_group_tests_name("sync probe", tests, NULL, NULL);
}
