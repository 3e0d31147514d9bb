/* test_sync_pass.c: what an office behind a relay hands back goes up through it. Effects as lines. */
#include "sync_world.h"

/* A relay in session 7 with its hub. */
static struct world *relay_new(void)
{
    struct world *world = world_new(true);
    hw_sync_free(world->sync);
    struct hw_sync_config config = {.upstream = true, .hub = true, .inc = {{3, 3}}};
    world->sync = hw_sync_new(&config);
    struct hw_input input = {.type = HW_IN_START, .tips = &world->tip, .tips_n = 1};
    step(world, &input);
    return world;
}

static struct world *relay_in_session(void)
{
    struct world *world = relay_new();
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(world, 7);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    return world;
}

/* The relay asks an office for what is behind `resume`. */
static uint64_t asks_back(struct world *world, uint64_t peer, const struct hw_inc *inc)
{
    struct hw_cursor held = {.group = hw_slice_text("gtg-eca"), .life = hub_inc, .position = 10};
    struct hw_hello hello = {.schema = 1, .inc = *inc, .cursors = &held, .cursors_n = 1};
    struct hw_message message = {.type = HW_HELLO, .body.hello = hello};
    hear(world, peer, &message);
    uint64_t session = effect_of(world, HW_DO_APPEND)->session;
    struct hw_welcome welcome = welcome_of(world, session, 4, 4);
    welcome.status = HW_WELCOME_LATE;
    welcome.groups[0].state = HW_GROUP_RETURN;
    stored(world, peer, (struct hw_stored){.append = HW_APPEND_HELLO, .welcome = &welcome, .hello = &hello, .inc = inc,
                                           .office = "KAZ", .session = session});
    DOES(world, peer == 1 ? "to 1: WELCOME; to 1: CREDIT" : "to 2: WELCOME; to 2: CREDIT");
    return session;
}

static void acknowledged(struct world *world, uint64_t position)
{
    struct hw_position applied = {.group = hw_slice_text("gtg-eca"), .position = position};
    struct hw_message message = {.type = HW_ACK, .session = 7};
    message.body.ack = (struct hw_ack_message){.journals = &applied, .journals_n = 1};
    hear(world, HW_UPSTREAM, &message);
}

static void what_is_handed_back_goes_up_and_is_acknowledged_by_the_hub_alone(void **state)
{
    (void)state;
    struct world *world = relay_in_session();
    struct hw_message message;
    uint64_t session = asks_back(world, 1, &other_inc);
    hear_empty(world, 1, HW_JOURNAL, session);
    DOES(world, "to 0: JOURNAL");
    assert_int_equal(hw_message_decode(effect_of(world, HW_DO_SEND)->bytes, &world->arena, &message, NULL), HW_OK);
    assert_int_equal(message.session, 7);
    hear_empty(world, 1, HW_JOURNAL, session);
    DOES(world, "to 0: JOURNAL");
    acknowledged(world, 7);
    DOES(world, "to 1: ACK");
    acknowledged(world, 10);
    DOES(world, "to 1: ACK; to 1: CREDIT");
    acknowledged(world, 10); /* of nothing */
    DOES(world, "");
    world_free(world);
}

static void without_a_hub_the_office_comes_again(void **state)
{
    (void)state;
    struct world *world = relay_new();
    uint64_t session = asks_back(world, 1, &other_inc);
    hear_empty(world, 1, HW_JOURNAL, session);
    DOES(world, "to 1: ERROR FAILED; close 1");
    world_free(world);
}

static void a_session_that_ends_upstream_ends_what_goes_through_it(void **state)
{
    (void)state;
    struct world *world = relay_in_session();
    uint64_t session = asks_back(world, 1, &other_inc);
    hear_empty(world, 1, HW_JOURNAL, session);
    hear_empty(world, HW_UPSTREAM, HW_BYE, 7);
    tick(world, SECOND);
    if (!strstr(world->line, "to 1: ERROR FAILED; close 1"))
        fail_msg("%s", world->line);
    world_free(world);
}

static void one_office_at_a_time(void **state)
{
    (void)state;
    struct world *world = relay_in_session();
    uint64_t first = asks_back(world, 1, &other_inc), second = asks_back(world, 2, &office_inc);
    hear_empty(world, 1, HW_JOURNAL, first);
    hear_empty(world, 2, HW_JOURNAL, second);
    DOES(world, "to 2: ERROR FAILED; close 2");
    hear_empty(world, 1, HW_JOURNAL, first);
    DOES(world, "to 0: JOURNAL");
    world_free(world);
}

static void what_the_hub_refuses_ends_the_offices_session_and_not_the_relays(void **state)
{
    (void)state;
    struct world *world = relay_in_session();
    uint64_t session = asks_back(world, 1, &other_inc);
    hear_empty(world, 1, HW_JOURNAL, session);
    struct hw_message message = {.type = HW_ERROR, .session = 7};
    message.body.error = (struct hw_error_message){.code = hw_slice_text("SIGNATURE"), .what = hw_slice_text("journal"),
                                                   .text = hw_slice_text("not signed")};
    hear(world, HW_UPSTREAM, &message);
    DOES(world, "to 1: ERROR FAILED; close 1");
    assert_int_equal(office_state(world), HW_OFFICE_STREAM);
    world_free(world);
}

static void a_hub_takes_what_a_relay_hands_up_and_refuses_it_alone(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    uint64_t session = hub_in_session(world, 1, &other_inc);
    hear_empty(world, 1, HW_JOURNAL, session);
    DOES(world, "append RETURN");
    struct hw_stored taken = {.append = HW_APPEND_RETURN, .session = session, .group = "gtg-eca", .last = 7, .bytes = 9};
    stored(world, 1, taken);
    DOES(world, "to 1: ACK");
    hear_empty(world, 1, HW_JOURNAL, session);
    taken.status = HW_SIGNATURE;
    taken.text = "not signed";
    stored(world, 1, taken);
    DOES(world, "to 1: ERROR SIGNATURE");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_handed_back_goes_up_and_is_acknowledged_by_the_hub_alone),
        cmocka_unit_test(without_a_hub_the_office_comes_again),
        cmocka_unit_test(a_session_that_ends_upstream_ends_what_goes_through_it),
        cmocka_unit_test(one_office_at_a_time),
        cmocka_unit_test(what_the_hub_refuses_ends_the_offices_session_and_not_the_relays),
        cmocka_unit_test(a_hub_takes_what_a_relay_hands_up_and_refuses_it_alone),
    };
    return cmocka_run_group_tests_name("sync pass", tests, NULL, NULL);
}
