/* test_sync_rotate.c: the engine when an office changes its keys, and when the hub's doors change. */
#include "proto/sync_internal.h"
#include "sync_world.h"

static const struct hw_inc next_inc = {{8, 8}};

static struct hw_introduce keys(void)
{
    return (struct hw_introduce){.office = hw_slice_text("KAZ"), .inc = next_inc, .previous = office_inc,
                                 .reason = HW_LIFE_ROTATION, .keyed = true};
}

static void draw(struct world *world)
{
    struct hw_introduce made = keys();
    stored(world, 0, (struct hw_stored){.append = HW_APPEND_CHANGE, .rotation = &made});
}

static void new_keys_are_announced_once_in_a_session(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    draw(world);
    DOES(world, "to 0: INTRODUCE");
    tick(world, SECOND);
    DOES(world, ""); /* said once */
    tick(world, 31 * SECOND);
    DOES(world, "to 0: INTRODUCE"); /* it may have been dropped */
    world_free(world);
}

/* A bundle was to be sealed under it, and the disk was full (the simulator, seed 132 with --years). */
static void a_life_that_was_not_kept_is_not_presented(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    struct hw_rebirth rebirth = {.inc = next_inc, .previous = office_inc, .reason = HW_LIFE_BUNDLE};
    stored(world, 0, (struct hw_stored){.append = HW_APPEND_CHANGE, .rebirth = &rebirth, .status = HW_NO_SPACE, .text = "full"});
    assert_memory_equal(&world->sync->config.inc, &office_inc, sizeof office_inc);
    stored(world, 0, (struct hw_stored){.append = HW_APPEND_CHANGE, .rebirth = &rebirth});
    assert_memory_equal(&world->sync->config.inc, &next_inc, sizeof next_inc);
    world_free(world);
}

static void a_new_session_announces_them_again(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    draw(world);
    DOES(world, ""); /* there is no link: they wait */
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(world, 7);
    DOES(world, "append WELCOME"); /* before CONFIRM the hub would take it for a fault */
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    DOES(world, "to 0: CONFIRM; to 0: INTRODUCE");
    event(world, HW_IN_PEER_DOWN, HW_UPSTREAM);
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(world, 8);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 8});
    DOES(world, "to 0: CONFIRM; to 0: INTRODUCE");
    world_free(world);
}

static void the_office_goes_over_when_the_directory_has_them_and_not_before(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    struct hw_rebirth rebirth = {.inc = next_inc, .previous = office_inc, .reason = HW_LIFE_ROTATION};
    draw(world);
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    tick(world, SECOND);
    DOES(world, "");
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_JOURNAL, .session = 7, .group = "gtg-eca", .rotated = true});
    tick(world, SECOND);
    DOES(world, "append REBIRTH");
    assert_true(effect_of(world, HW_DO_APPEND)->rotate);
    tick(world, SECOND);
    DOES(world, ""); /* asked for once */
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_REBIRTH, .rebirth = &rebirth});
    DOES(world, "close 0");
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    DOES(world, "to 0: HELLO");
    hear_welcome(world, 9);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 9});
    hear_credit(world, HW_UPSTREAM, 9, HW_CREDIT_WINDOW);
    DOES(world, ""); /* nothing is left to announce */
    world_free(world);
}

static void a_going_over_that_could_not_be_saved_is_tried_again(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    draw(world);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_JOURNAL, .session = 7, .group = "gtg-eca", .rotated = true});
    tick(world, SECOND);
    DOES(world, "append REBIRTH");
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_REBIRTH, .status = HW_NO_SPACE, .text = "full"});
    tick(world, SECOND);
    DOES(world, "append REBIRTH");
    world_free(world);
}

static void keys_that_the_directory_has_lost_are_announced_again(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    draw(world);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_JOURNAL, .session = 7, .group = "gtg-eca", .rotated = true});
    tick(world, SECOND);
    DOES(world, "append REBIRTH");
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_REBIRTH, .status = HW_DENIED, .text = "gone"});
    tick(world, SECOND);
    DOES(world, "");
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(world, 8);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 8});
    DOES(world, "to 0: CONFIRM; to 0: INTRODUCE");
    world_free(world);
}

/* -- the hub's doors -- */

static void door(struct world *world, uint8_t first, bool shut)
{
    uint8_t key[HW_CURVE_SIZE] = {first};
    struct hw_input input = {.type = HW_IN_DOOR, .key = key, .shut = shut, .text = "stolen"};
    step(world, &input);
}

static void whoever_is_shut_out_is_told_and_closed_and_nobody_else(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    hub_in_session(world, 1, &office_inc);
    door(world, 9, true);
    DOES(world, "");
    door(world, 7, true); /* the key of hear_bytes() */
    DOES(world, "to 1: ERROR DENIED; close 1");
    struct hw_message message;
    assert_int_equal(hw_message_decode(effect_of(world, HW_DO_SEND)->bytes, &world->arena, &message, NULL), HW_OK);
    assert_true(hw_slice_is(message.body.error.what, "office"));
    assert_true(hw_slice_is(message.body.error.text, "stolen"));
    door(world, 7, true);
    DOES(world, "");
    world_free(world);
}

static void whose_grants_have_changed_begins_a_new_session(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    hub_in_session(world, 1, &office_inc);
    door(world, 7, false);
    DOES(world, "to 1: BYE; close 1");
    world_free(world);
}

static void an_office_that_is_shut_out_notes_it_once_and_tries_on(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    struct hw_message message = {.type = HW_ERROR, .session = 7};
    message.body.error = (struct hw_error_message){.code = hw_slice_text("DENIED"), .what = hw_slice_text("office"),
                                                   .text = hw_slice_text("stolen"), .retry_ms = 60000};
    hear(world, HW_UPSTREAM, &message);
    DOES(world, "close 0; append SHUT");
    struct hw_input refused = {.type = HW_IN_PEER_DOWN, .peer = HW_UPSTREAM, .shut = true};
    step(world, &refused);
    DOES(world, ""); /* what was noted says more */
    world_free(world);
}

static void an_office_that_was_away_learns_it_by_the_refusal(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    struct hw_input refused = {.type = HW_IN_PEER_DOWN, .peer = HW_UPSTREAM, .shut = true};
    step(world, &refused);
    DOES(world, "append SHUT");
    step(world, &refused);
    DOES(world, "");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_keys_are_announced_once_in_a_session),
        cmocka_unit_test(a_life_that_was_not_kept_is_not_presented),
        cmocka_unit_test(a_new_session_announces_them_again),
        cmocka_unit_test(the_office_goes_over_when_the_directory_has_them_and_not_before),
        cmocka_unit_test(a_going_over_that_could_not_be_saved_is_tried_again),
        cmocka_unit_test(keys_that_the_directory_has_lost_are_announced_again),
        cmocka_unit_test(whoever_is_shut_out_is_told_and_closed_and_nobody_else),
        cmocka_unit_test(whose_grants_have_changed_begins_a_new_session),
        cmocka_unit_test(an_office_that_is_shut_out_notes_it_once_and_tries_on),
        cmocka_unit_test(an_office_that_was_away_learns_it_by_the_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
