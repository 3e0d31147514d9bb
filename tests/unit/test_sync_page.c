/* test_sync_page.c: history that is not held: one question at a time, one page each, and nobody waits for ever. */
#include "sync_world.h"

static void ask(struct world *world, uint64_t client, const char *group)
{
    const struct hw_history_message history = {.group = hw_slice_text(group), .one = true, .record = {{1, 2}}, .from = 30,
                                               .since_ms = 5, .events = 50};
    struct hw_input input = {.type = HW_IN_HISTORY, .client = client, .history = &history};
    step(world, &input);
}

static struct hw_history_message said(struct world *world)
{
    struct hw_message message;
    assert_int_equal(hw_message_decode(effect_of(world, HW_DO_SEND)->bytes, &world->arena, &message, NULL), HW_OK);
    assert_int_equal(message.type, HW_HISTORY);
    return message.body.history;
}

static void hear_page(struct world *world, uint64_t number)
{
    struct hw_message message = {.type = HW_HISTORY, .session = 7};
    message.body.history = (struct hw_history_message){.what = HW_HISTORY_PAGE, .number = number, .group = hw_slice_text("gtg-eca")};
    hear(world, HW_UPSTREAM, &message);
}

static const char *why(const struct world *world)
{
    return effect_of(world, HW_DO_REPLY)->text;
}

/* -- office -- */

static void what_a_client_asks_goes_up_and_the_page_to_the_store(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    ask(world, 41, "gtg-eca");
    DOES(world, "to 0: HISTORY");
    const struct hw_history_message history = said(world);
    assert_int_equal(history.what, HW_HISTORY_ASK);
    assert_true(hw_slice_is(history.group, "gtg-eca") && history.one && history.record.b[1] == 2);
    assert_true(history.from == 30 && history.since_ms == 5 && history.events == 50);
    hear_page(world, history.number + 1); /* to another question */
    DOES(world, "");
    hear_page(world, history.number);
    DOES(world, "append PAGE");
    assert_int_equal(effect_of(world, HW_DO_APPEND)->client, 41);
    hear_page(world, history.number); /* a second time */
    DOES(world, "");
    tick(world, 40 * SECOND);
    assert_null(strstr(world->line, "reply"));
    world_free(world);
}

static void clients_come_one_after_the_other(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    ask(world, 41, "gtg-eca");
    uint64_t first = said(world).number;
    ask(world, 42, "gtg-eca");
    DOES(world, "");
    hear_page(world, first);
    DOES(world, "to 0: HISTORY; append PAGE");
    assert_int_equal(effect_of(world, HW_DO_APPEND)->client, 41);
    hear_page(world, said(world).number);
    DOES(world, "append PAGE");
    assert_int_equal(effect_of(world, HW_DO_APPEND)->client, 42);
    world_free(world);
}

static void without_a_session_it_is_said_at_once(void **state)
{
    (void)state;
    struct world *world = world_new(true), *hub = world_new(false);
    ask(world, 41, "gtg-eca");
    DOES(world, "reply 41 TIMEOUT");
    assert_string_equal(why(world), "the hub cannot be reached now");
    ask(hub, 41, "gtg-eca");
    DOES(hub, "reply 41 TIMEOUT");
    world_free(world);
    world_free(hub);
}

static void a_group_that_the_hub_did_not_name_is_not_asked_for(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    ask(world, 41, "wg7");
    DOES(world, "reply 41 TIMEOUT");
    assert_string_equal(why(world), "the hub does not give this office the group wg7");
    world_free(world);
}

static void who_waits_is_told_that_the_session_has_ended(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    ask(world, 41, "gtg-eca");
    ask(world, 42, "gtg-eca");
    event(world, HW_IN_PEER_DOWN, HW_UPSTREAM);
    DOES(world, "reply 41 TIMEOUT; reply 42 TIMEOUT");
    assert_string_equal(why(world), "the connection to the hub ended meanwhile");
    tick(world, SECOND);
    assert_null(strstr(world->line, "reply"));
    world_free(world);
}

/* The hub takes no second question before it has answered, however long that takes. */
static void a_slow_hub_is_not_asked_again_before_it_has_answered(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    ask(world, 41, "gtg-eca");
    uint64_t first = said(world).number;
    tick(world, 31 * SECOND);
    assert_non_null(strstr(world->line, "reply 41 TIMEOUT"));
    assert_string_equal(why(world), "the hub has not answered within 30 seconds");
    ask(world, 42, "gtg-eca");
    DOES(world, "");
    hear_page(world, first); /* nobody waits for it any more */
    DOES(world, "to 0: HISTORY");
    hear_page(world, said(world).number);
    DOES(world, "append PAGE");
    assert_int_equal(effect_of(world, HW_DO_APPEND)->client, 42);
    world_free(world);
}

static void a_hub_that_does_not_know_it_is_not_asked_again(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    struct hw_message error = {.type = HW_ERROR, .session = 7};
    error.body.error = (struct hw_error_message){.code = hw_slice_text("CORRUPT"), .what = hw_slice_text("session"),
                                                 .text = hw_slice_text("a message that cannot be read"), .retry_ms = 60000};
    ask(world, 41, "gtg-eca");
    hear(world, HW_UPSTREAM, &error);
    assert_int_equal(effect_of(world, HW_DO_CLOSE)->ms, 1);
    tick(world, SECOND);
    assert_non_null(strstr(world->line, "reply 41 TIMEOUT"));
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(world, 8);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 8});
    ask(world, 42, "gtg-eca");
    DOES(world, "reply 42 TIMEOUT");
    assert_string_equal(why(world), "the hub runs an older Headway that cannot give it");
    world_free(world);
}

static void a_spent_budget_is_said(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    struct hw_sync_config config = {.upstream = true, .inc = office_inc, .bytes_per_hour = 100000};
    hw_sync_free(world->sync);
    world->sync = hw_sync_new(&config);
    struct hw_input start = {.type = HW_IN_START, .tips = &world->tip, .tips_n = 1};
    step(world, &start);
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(world, 7);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    ask(world, 41, "gtg-eca");
    DOES(world, "to 0: HISTORY");
    world->now += SECOND;
    struct hw_input spent = {.type = HW_IN_TICK, .line_bytes = 99900};
    step(world, &spent);
    assert_non_null(strstr(world->line, "reply 41 TIMEOUT"));
    assert_non_null(strstr(why(world), "this hour's budget of 100 kB is spent"));
    ask(world, 42, "gtg-eca");
    DOES(world, "reply 42 TIMEOUT");
    assert_non_null(strstr(why(world), "this hour's budget of 100 kB is spent"));
    world_free(world);
}

/* A metered link is for live changes and for what a person asks: this is such. */
static void a_metered_link_takes_a_persons_question(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    struct hw_sync_config config = {.upstream = true, .inc = office_inc, .metered = true};
    hw_sync_free(world->sync);
    world->sync = hw_sync_new(&config);
    struct hw_input start = {.type = HW_IN_START, .tips = &world->tip, .tips_n = 1};
    step(world, &start);
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(world, 7);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    ask(world, 41, "gtg-eca");
    DOES(world, "to 0: HISTORY");
    world_free(world);
}

/* -- hub -- */

static void hear_question(struct world *world, uint64_t session, uint64_t number, const char *group)
{
    struct hw_message message = {.type = HW_HISTORY, .session = session};
    message.body.history = (struct hw_history_message){.what = HW_HISTORY_ASK, .number = number, .group = hw_slice_text(group),
                                                       .from = 30, .events = 50};
    hear(world, 1, &message);
}

static void a_question_is_read_by_the_store_and_its_page_sent(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    uint64_t session = hub_in_session(world, 1, &office_inc);
    struct hw_stored page = {.append = HW_APPEND_HISTORY, .session = session, .message = hw_slice_text("small")};
    for (uint64_t number = 1; number < 3; number++) { /* one after the other, as often as it likes */
        hear_question(world, session, number, "gtg-eca");
        DOES(world, "range to 1: gtg-eca from 0");
        const struct hw_effect *range = effect_of(world, HW_DO_SEND_RANGE);
        assert_int_equal(range->append, HW_APPEND_HISTORY);
        assert_in_range(range->max, 1, 64 * 1024); /* what its link carries in a moment */
        assert_true(hw_inc_compare(&range->reader, &office_inc) == 0);
        stored(world, 1, page);
        DOES(world, "to 1: a range");
    }
    world_free(world);
}

static void a_second_question_before_the_answer_ends_the_session(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    uint64_t session = hub_in_session(world, 1, &office_inc);
    hear_question(world, session, 1, "gtg-eca");
    hear_question(world, session, 2, "gtg-eca");
    DOES(world, "to 1: ERROR CORRUPT; close 1");
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_HISTORY, .session = session, .message = hw_slice_text("small")});
    DOES(world, "");
    world_free(world);
}

static void of_another_group_there_is_an_empty_page(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    uint64_t session = hub_in_session(world, 1, &office_inc);
    hear_question(world, session, 3, "wg7");
    DOES(world, "to 1: HISTORY");
    const struct hw_history_message page = said(world);
    assert_true(page.what == HW_HISTORY_PAGE && page.number == 3 && page.from == 0 && page.items_n == 0);
    world_free(world);
}

static void a_page_from_an_office_and_a_question_from_a_hub_are_faults(void **state)
{
    (void)state;
    struct world *hub = world_new(false), *office = office_in_session(0);
    uint64_t session = hub_in_session(hub, 1, &office_inc);
    struct hw_message message = {.type = HW_HISTORY, .session = session};
    message.body.history = (struct hw_history_message){.what = HW_HISTORY_PAGE, .group = hw_slice_text("gtg-eca")};
    hear(hub, 1, &message);
    DOES(hub, "to 1: ERROR CORRUPT; close 1");
    message.session = 7;
    message.body.history = (struct hw_history_message){.what = HW_HISTORY_ASK, .group = hw_slice_text("gtg-eca"), .from = 1, .events = 1};
    hear(office, HW_UPSTREAM, &message);
    DOES(office, "to 0: ERROR CORRUPT; close 0");
    world_free(hub);
    world_free(office);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_client_asks_goes_up_and_the_page_to_the_store),
        cmocka_unit_test(clients_come_one_after_the_other),
        cmocka_unit_test(without_a_session_it_is_said_at_once),
        cmocka_unit_test(a_group_that_the_hub_did_not_name_is_not_asked_for),
        cmocka_unit_test(who_waits_is_told_that_the_session_has_ended),
        cmocka_unit_test(a_slow_hub_is_not_asked_again_before_it_has_answered),
        cmocka_unit_test(a_hub_that_does_not_know_it_is_not_asked_again),
        cmocka_unit_test(a_spent_budget_is_said),
        cmocka_unit_test(a_metered_link_takes_a_persons_question),
        cmocka_unit_test(a_question_is_read_by_the_store_and_its_page_sent),
        cmocka_unit_test(a_second_question_before_the_answer_ends_the_session),
        cmocka_unit_test(of_another_group_there_is_an_empty_page),
        cmocka_unit_test(a_page_from_an_office_and_a_question_from_a_hub_are_faults),
    };
    return cmocka_run_group_tests_name("sync_page", tests, NULL, NULL);
}
