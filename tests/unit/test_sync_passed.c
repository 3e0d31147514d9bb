/* test_sync_passed.c: the sync engine and what an office behind a relay has handed back: how the relay passes it on, and how a
 * hub takes it in the middle of a session. */
#include "sync_world.h"

/* A relay in a session; `lanes` wait for the way up. */
struct relay {
    struct world *world;
    struct hw_group_tip tips[2];
    struct hw_carry lanes[2];
    size_t lanes_n;
};

static void relay_stored(struct relay *relay, uint64_t peer, struct hw_stored what)
{
    what.tips = relay->tips;
    what.tips_n = 2;
    what.carried = relay->lanes;
    what.carried_n = relay->lanes_n;
    what.text = what.text ? what.text : "no";
    struct hw_input input = {.type = HW_IN_STORED, .peer = peer, .stored = &what};
    step(relay->world, &input);
}

static void begin_session(struct relay *relay)
{
    struct hw_message message = {.type = HW_WELCOME, .session = 7, .body.welcome = welcome_of(relay->world, 7, 0, 0)};
    struct hw_group_welcome groups[2] = {{.group = hw_slice_text("directory"), .state = HW_GROUP_RESUME},
                                         {.group = hw_slice_text("gtg-eca"), .state = HW_GROUP_RESUME}};
    message.body.welcome.groups = groups;
    message.body.welcome.groups_n = 2;
    event(relay->world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear(relay->world, HW_UPSTREAM, &message);
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    DOES(relay->world, "to 0: CONFIRM");
    hear_credit(relay->world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
}

static struct relay *relay_new(void)
{
    struct relay *relay = calloc(1, sizeof *relay);
    assert_non_null(relay);
    relay->world = world_new(true);
    hw_sync_free(relay->world->sync);
    struct hw_sync_config config = {.upstream = true, .hub = true, .inc = {{3, 3}}};
    relay->world->sync = hw_sync_new(&config);
    relay->tips[0] = (struct hw_group_tip){.group = "directory", .life = hub_inc, .position = 4};
    relay->tips[1] = (struct hw_group_tip){.group = "gtg-eca", .life = hub_inc, .own_tip = 2};
    relay->lanes[0] = (struct hw_carry){.inc = hub_inc, .group = "gtg-eca", .admitted = 4, .sealed = 9, .back = true};
    relay->lanes[1] = (struct hw_carry){.inc = hub_inc, .group = "directory", .admitted = 2, .sealed = 6, .back = true};
    relay->lanes_n = 2;
    struct hw_input input = {.type = HW_IN_START, .tips = relay->tips, .tips_n = 2, .carried = relay->lanes, .carried_n = 2};
    step(relay->world, &input);
    begin_session(relay);
    return relay;
}

static void relay_free(struct relay *relay)
{
    world_free(relay->world);
    free(relay);
}

static void read_up_to(struct relay *relay, const char *group, uint64_t last)
{
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_RANGE, .group = group, .session = 7, .back = true,
                                                        .stream = hub_inc, .last = last, .message = hw_slice_text("a journal")});
}

static void acknowledged(struct relay *relay, const char *group, uint64_t position)
{
    struct hw_position applied = {.group = hw_slice_text(group), .position = position};
    struct hw_message message = {.type = HW_ACK, .session = 7};
    message.body.ack = (struct hw_ack_message){.journals = &applied, .journals_n = 1};
    hear(relay->world, HW_UPSTREAM, &message);
}

static void refused(struct relay *relay, enum hw_status status, const char *what)
{
    struct hw_message message = {.type = HW_ERROR, .session = 7};
    message.body.error = (struct hw_error_message){.code = hw_slice_text(hw_status_name(status)), .what = hw_slice_text(what),
                                                   .text = hw_slice_text("not this one"), .retry_ms = 1000};
    hear(relay->world, HW_UPSTREAM, &message);
}

static void the_directory_goes_first_and_one_message_at_a_time(void **state)
{
    (void)state;
    struct relay *relay = relay_new();
    DOES(relay->world, "range to 0: directory from 0");
    assert_true(effect_of(relay->world, HW_DO_SEND_RANGE)->back);
    read_up_to(relay, "directory", 6);
    DOES(relay->world, "to 0: a range; range to 0: gtg-eca from 1"); /* own changes go on meanwhile */
    assert_false(effect_of(relay->world, HW_DO_SEND_RANGE)->back);
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_RANGE, .group = "gtg-eca", .session = 7, .last = 2,
                                                        .message = hw_slice_text("segments")});
    acknowledged(relay, "directory", 5); /* not this message */
    DOES(relay->world, "");
    acknowledged(relay, "directory", 6);
    DOES(relay->world, "append PASSED");
    assert_int_equal(effect_of(relay->world, HW_DO_APPEND)->position, 6);
    relay->lanes_n = 1;
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_PASSED, .session = 7});
    DOES(relay->world, "range to 0: gtg-eca from 0");
    relay_free(relay);
}

static void what_is_refused_waits_and_the_rest_goes_on(void **state)
{
    (void)state;
    struct relay *relay = relay_new();
    read_up_to(relay, "directory", 6);
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_RANGE, .group = "gtg-eca", .session = 7, .last = 2,
                                                        .message = hw_slice_text("segments")});
    refused(relay, HW_SIGNATURE, "journal directory 0900000000000000");
    tick(relay->world, 1000);
    DOES(relay->world, "range to 0: gtg-eca from 0");
    assert_int_equal(office_state(relay->world), HW_OFFICE_STREAM);
    read_up_to(relay, "gtg-eca", 9);
    acknowledged(relay, "gtg-eca", 9);
    relay->lanes[0] = relay->lanes[1];
    relay->lanes_n = 1;
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_PASSED, .session = 7});
    DOES(relay->world, "");
    relay->tips[0].position = 5; /* the directory has changed: it may be taken now */
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_CHANGE});
    DOES(relay->world, "range to 0: directory from 0");
    relay_free(relay);
}

static void a_hub_without_space_gets_it_again(void **state)
{
    (void)state;
    struct relay *relay = relay_new();
    read_up_to(relay, "directory", 6);
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_RANGE, .group = "gtg-eca", .session = 7, .last = 2,
                                                        .message = hw_slice_text("segments")});
    refused(relay, HW_NO_SPACE, "session");
    DOES(relay->world, "");
    tick(relay->world, 1100);
    DOES(relay->world, "range to 0: directory from 0");
    relay_free(relay);
}

static void a_hub_takes_it_in_the_middle_of_a_session(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    uint64_t session = hub_in_session(world, 1, &other_inc);
    hear_empty(world, 1, HW_JOURNAL, session);
    DOES(world, "append RETURN");
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_RETURN, .session = session, .group = "gtg-eca", .stream = hub_inc,
                                        .last = 9, .bytes = 9});
    DOES(world, "to 1: ACK");
    hear_empty(world, 1, HW_JOURNAL, session);
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_RETURN, .session = session, .group = "gtg-eca", .stream = hub_inc,
                                        .status = HW_SIGNATURE, .bytes = 9});
    DOES(world, "to 1: ERROR SIGNATURE"); /* about that alone */
    hear_empty(world, 1, HW_SEGMENTS, session);
    DOES(world, "append SEGMENTS");
    world_free(world);
}

/* A peer of the relay says HELLO; its session. */
static uint64_t peer_says_hello(struct relay *relay)
{
    struct hw_message hello = {.type = HW_HELLO, .body.hello = {.schema = 1, .inc = other_inc}};
    hear(relay->world, 1, &hello);
    return effect_of(relay->world, HW_DO_APPEND)->session;
}

/* It hands back entries up to `last`, and they are kept. */
static void peer_hands_back(struct relay *relay, uint64_t session, uint64_t last)
{
    hear_empty(relay->world, 1, HW_JOURNAL, session);
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_RETURN, .session = session, .group = "gtg-eca", .stream = hub_inc,
                                              .last = last, .bytes = 9, .later = true});
}

/* A peer in a session brings what another has handed back there; it is kept. */
static void peer_passes(struct relay *relay)
{
    uint64_t session = peer_says_hello(relay);
    struct hw_welcome welcome = welcome_of(relay->world, session, 0, 0);
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_HELLO, .welcome = &welcome, .inc = &other_inc, .office = "KAZ",
                                              .session = session});
    hear_empty(relay->world, 1, HW_CONFIRM, session);
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_CONFIRM, .session = session});
    peer_hands_back(relay, session, 9);
}

/* All that waits goes up, but the directory. */
static void the_gate_takes_the_group(struct relay *relay)
{
    refused(relay, HW_SIGNATURE, "journal directory 0900000000000000");
    tick(relay->world, 1000);
    read_up_to(relay, "gtg-eca", 9);
    acknowledged(relay, "gtg-eca", 9);
    assert_null(strstr(relay->world->line, "to 1"));
    relay->lanes[0] = relay->lanes[1];
    relay->lanes_n = 1;
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_PASSED, .session = 7});
}

/* The relay's disk may be lost before it has gone up; the sender has it until then. */
static void a_relay_acknowledges_when_the_gate_has_it(void **state)
{
    (void)state;
    struct relay *relay = relay_new();
    read_up_to(relay, "directory", 6);
    peer_passes(relay);
    assert_null(strstr(relay->world->line, "ACK"));
    the_gate_takes_the_group(relay);
    assert_non_null(strstr(relay->world->line, "to 1: ACK"));
    relay_free(relay);
}

/* The office goes on handing back meanwhile, and lets go of its journal at the end. */
static void of_what_is_handed_back_to_a_relay_the_end_is_acknowledged_last(void **state)
{
    (void)state;
    struct relay *relay = relay_new();
    read_up_to(relay, "directory", 6);
    uint64_t session = peer_says_hello(relay);
    struct hw_cursor cursor = {.group = hw_slice_text("gtg-eca"), .life = hub_inc, .position = 9};
    struct hw_hello hello = {.inc = other_inc, .cursors = &cursor, .cursors_n = 1};
    struct hw_welcome welcome = welcome_of(relay->world, session, 0, 0);
    welcome.status = HW_WELCOME_LATE;
    welcome.groups[0].state = HW_GROUP_RETURN;
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_HELLO, .welcome = &welcome, .hello = &hello, .inc = &other_inc,
                                              .office = "KAZ", .session = session});
    peer_hands_back(relay, session, 5);
    assert_non_null(strstr(relay->world->line, "to 1: ACK"));
    peer_hands_back(relay, session, 9);
    assert_null(strstr(relay->world->line, "ACK"));
    the_gate_takes_the_group(relay);
    assert_non_null(strstr(relay->world->line, "to 1: ACK"));
    relay_free(relay);
}

/* Nobody waits for what headquarters does not take: it stays with the relay. */
static void what_the_gate_refuses_is_acknowledged_by_the_relay(void **state)
{
    (void)state;
    struct relay *relay = relay_new();
    read_up_to(relay, "directory", 6);
    peer_passes(relay);
    refused(relay, HW_SIGNATURE, "journal gtg-eca 0900000000000000");
    assert_non_null(strstr(relay->world->line, "to 1: ACK"));
    relay_free(relay);
}

/* Its journal could not be compared with the relay's when it came. */
static void an_office_whose_journal_parted_is_asked_again_when_the_directory_moves(void **state)
{
    (void)state;
    struct relay *relay = relay_new();
    struct hw_message hello = {.type = HW_HELLO, .body.hello = {.schema = 1, .inc = other_inc}};
    hear(relay->world, 1, &hello);
    uint64_t session = effect_of(relay->world, HW_DO_APPEND)->session;
    struct hw_welcome welcome = welcome_of(relay->world, session, 0, 0);
    welcome.groups[0].state = HW_GROUP_RETURN;
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_HELLO, .welcome = &welcome, .inc = &other_inc, .office = "KAZ",
                                              .session = session});
    hear_empty(relay->world, 1, HW_CONFIRM, session);
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_CONFIRM, .session = session});
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_JOURNAL, .session = 7, .group = "gtg-eca"});
    assert_null(strstr(relay->world->line, "BYE"));
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_JOURNAL, .session = 7, .group = "directory"});
    assert_non_null(strstr(relay->world->line, "to 1: BYE; close 1"));
    relay_free(relay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_directory_goes_first_and_one_message_at_a_time),
        cmocka_unit_test(what_is_refused_waits_and_the_rest_goes_on),
        cmocka_unit_test(a_hub_without_space_gets_it_again),
        cmocka_unit_test(a_hub_takes_it_in_the_middle_of_a_session),
        cmocka_unit_test(a_relay_acknowledges_when_the_gate_has_it),
        cmocka_unit_test(of_what_is_handed_back_to_a_relay_the_end_is_acknowledged_last),
        cmocka_unit_test(what_the_gate_refuses_is_acknowledged_by_the_relay),
        cmocka_unit_test(an_office_whose_journal_parted_is_asked_again_when_the_directory_moves),
    };
    return cmocka_run_group_tests_name("sync passed", tests, NULL, NULL);
}
