/* test_sync.c: the sessions of the sync engine: who says what when. Each test plays inputs to one engine and reads the
 * effects as a line of text. test_sync_flow.c has what goes on within a session, test_sync_exchange.c two engines. */
#include "sync_world.h"

/* -- the order of a session -- */

static void an_office_says_hello_and_confirms_only_after_its_commit(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    DOES(world, "to 0: HELLO");
    hear_welcome(world, 7);
    DOES(world, "append WELCOME");
    assert_int_equal(office_state(world), HW_OFFICE_HELLO);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    DOES(world, "to 0: CONFIRM");
    assert_int_equal(office_state(world), HW_OFFICE_STREAM);
    world_free(world);
}

static void a_hub_welcomes_after_its_commit_and_sends_after_the_confirmation(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    struct hw_message hello = {.type = HW_HELLO, .body.hello = {.schema = 1, .inc = office_inc}};
    hear(world, 1, &hello);
    DOES(world, "append HELLO");
    uint64_t session = effect_of(world, HW_DO_APPEND)->session;
    hub_stored_hello(world, 1, session, &office_inc);
    DOES(world, "to 1: WELCOME");
    struct hw_message confirm = {.type = HW_CONFIRM, .session = session, .body.confirm.credit = {HW_LANE_SNAPSHOT, HW_CREDIT_WINDOW}};
    hear(world, 1, &confirm);
    DOES(world, "append CONFIRM");
    world->tip.position = 3;
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_CONFIRM, .session = session});
    DOES(world, "range to 1: gtg-eca from 1");
    world_free(world);
}

static void nothing_is_sealed_before_the_token_is_confirmed(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    world->tip.own_tip = 5;
    struct hw_input change = {.type = HW_IN_CHANGE, .client = 3};
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW); /* of no session yet */
    DOES(world, "");
    hear_welcome(world, 7);
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    DOES(world, "");
    step(world, &change);
    DOES(world, "append CHANGE; reply 3 OK");
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_CHANGE});
    DOES(world, "");
    tick(world, SECOND);
    DOES(world, "");
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    DOES(world, "to 0: CONFIRM; range to 0: gtg-eca from 1");
    world_free(world);
}

/* What WELCOME offers counts as soon as the token is this office's. */
static void an_office_sends_right_behind_its_confirmation(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    world->tip.own_tip = 5;
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    struct hw_message message = {.type = HW_WELCOME, .session = 7, .body.welcome = welcome_of(world, 7, 0, 0)};
    message.body.welcome.credit = 500 * 1024;
    hear(world, HW_UPSTREAM, &message);
    DOES(world, "append WELCOME");
    tick(world, SECOND);
    DOES(world, "");
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    DOES(world, "to 0: CONFIRM; range to 0: gtg-eca from 1");
    world_free(world);
}

static void a_token_that_cannot_be_saved_ends_the_session(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    world->tip.own_tip = 5;
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(world, 7);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7, .status = HW_NO_SPACE});
    DOES(world, "to 0: ERROR NO_SPACE; close 0");
    assert_int_equal(office_state(world), HW_OFFICE_DOWN);
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    DOES(world, "");
    world_free(world);
}

/* The hub knows two tokens, the last one given and the one shown before. An office that shows an older one than it has
 * committed, and then is stopped, would come back as its own clone. */
static void a_hello_waits_for_the_token_that_is_being_committed(void **state)
{
    (void)state;
    static const uint8_t committed[HW_TOKEN_SIZE] = {0x77, 0x77};
    for (int failed = 0; failed < 2; failed++) {
        struct world *world = world_new(true);
        struct hw_message hello;
        event(world, HW_IN_PEER_UP, HW_UPSTREAM);
        hear_welcome(world, 7);
        DOES(world, "append WELCOME");
        event(world, HW_IN_PEER_DOWN, HW_UPSTREAM);
        event(world, HW_IN_PEER_UP, HW_UPSTREAM);
        DOES(world, "");
        stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7,
                                                      .status = failed ? HW_NO_SPACE : HW_OK});
        DOES(world, failed ? "to 0: HELLO" : "to 0: AGAIN");
        assert_int_equal(hw_message_decode(effect_of(world, HW_DO_SEND)->bytes, &world->arena, &hello, NULL), HW_OK);
        assert_int_equal(memcmp(hello.body.hello.token, committed, 2) == 0, !failed);
        hear_welcome(world, 8);
        stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 8});
        DOES(world, "to 0: CONFIRM");
        world_free(world);
    }
}

/* The connection ends again before the commit: nothing is said to nobody, and the next one gets its HELLO at once. */
static void a_hello_that_waits_is_forgotten_with_its_connection(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(world, 7);
    event(world, HW_IN_PEER_DOWN, HW_UPSTREAM);
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    event(world, HW_IN_PEER_DOWN, HW_UPSTREAM);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    DOES(world, "");
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    DOES(world, "to 0: AGAIN");
    world_free(world);
}

static void a_hub_that_does_not_know_where_the_office_stands_is_told_in_full(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    struct hw_message unknown = {.type = HW_ERROR};
    unknown.body.error = (struct hw_error_message){.code = hw_slice_text("NOT_FOUND"), .what = hw_slice_text("session"),
                                                   .retry_ms = 60000};
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    DOES(world, "to 0: HELLO"); /* it has no token yet */
    hear_welcome(world, 7);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    for (int again = 0; again < 2; again++) {
        event(world, HW_IN_PEER_DOWN, HW_UPSTREAM);
        event(world, HW_IN_PEER_UP, HW_UPSTREAM);
        DOES(world, "to 0: AGAIN");
        hear(world, HW_UPSTREAM, &unknown);
        assert_int_equal(effect_of(world, HW_DO_CLOSE)->ms, 1); /* at once, whatever the hub says of errors */
        event(world, HW_IN_PEER_DOWN, HW_UPSTREAM);
        event(world, HW_IN_PEER_UP, HW_UPSTREAM);
        DOES(world, "to 0: HELLO");
        hear_welcome(world, 8);
        stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 8});
    }
    world_free(world);
}

static void a_welcome_answers_one_hello_once(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    struct hw_message late = {.type = HW_WELCOME, .session = 6, .body.welcome = welcome_of(world, 6, 0, 0)};
    late.body.welcome.nonce[0] ^= 1;
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear(world, HW_UPSTREAM, &late);
    DOES(world, "");
    hear_welcome(world, 7);
    DOES(world, "append WELCOME");
    hear_welcome(world, 7);
    DOES(world, "");
    world_free(world);
}

/* An office whose WELCOME was not OK, while the store draws its new incarnation. */
static struct world *office_in_recovery(uint8_t status)
{
    struct world *world = world_new(true);
    struct hw_message message = {.type = HW_WELCOME, .session = 7, .body.welcome = welcome_of(world, 7, 0, 0)};
    message.body.welcome.status = status;
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear(world, HW_UPSTREAM, &message);
    return world;
}

static void a_welcome_of_a_restored_office_a_fork_or_a_clone_draws_a_new_incarnation(void **state)
{
    (void)state;
    for (uint8_t status = HW_WELCOME_RESTORED; status <= HW_WELCOME_CLONE; status++) {
        struct world *world = office_in_recovery(status);
        struct hw_sync_view view;
        DOES(world, "append REBIRTH");
        hw_sync_look(world->sync, &view);
        assert_int_equal(view.state, HW_OFFICE_RECOVER);
        assert_true(strlen(view.reason) > 20);
        world_free(world);
    }
}

static void no_hello_goes_out_before_the_new_incarnation_is_committed(void **state)
{
    (void)state;
    struct world *world = office_in_recovery(HW_WELCOME_CLONE);
    event(world, HW_IN_PEER_DOWN, HW_UPSTREAM);
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    DOES(world, "");
    world_free(world);
}

static void the_next_hello_is_the_new_incarnations(void **state)
{
    (void)state;
    struct world *world = office_in_recovery(HW_WELCOME_CLONE);
    struct hw_rebirth rebirth = {.inc = {{9, 9}}, .previous = office_inc, .moved = 3,
                                 .reason = HW_LIFE_CLONE};
    struct hw_message hello;
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_REBIRTH, .rebirth = &rebirth});
    DOES(world, "close 0");
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    DOES(world, "to 0: HELLO");
    assert_int_equal(hw_message_decode(effect_of(world, HW_DO_SEND)->bytes, &world->arena, &hello, NULL), HW_OK);
    assert_memory_equal(hello.body.hello.inc.b, rebirth.inc.b, sizeof rebirth.inc.b);
    assert_memory_equal(hello.body.hello.previous.b, office_inc.b, sizeof office_inc.b);
    assert_int_equal(hello.body.hello.reason, HW_LIFE_CLONE);
    world_free(world);
}

/* Nobody would notice a copy of it, and its own process may have written under it into bundles. */
static void a_life_that_no_hub_has_met_is_not_the_next_processs(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    struct hw_sync_config config = {.upstream = true, .inc = office_inc, .previous = other_inc, .reason = HW_LIFE_BUNDLE};
    struct hw_rebirth rebirth = {.inc = {{9, 9}}, .previous = other_inc, .reason = HW_LIFE_RESTORED};
    struct hw_input start = {.type = HW_IN_START, .tips = &world->tip, .tips_n = 1};
    hw_sync_free(world->sync);
    world->sync = hw_sync_new(&config);
    step(world, &start);
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    DOES(world, "append REBIRTH");
    assert_true(effect_of(world, HW_DO_APPEND)->alone);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_REBIRTH, .status = HW_NO_SPACE});
    DOES(world, "close 0");
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    DOES(world, "append REBIRTH");
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_REBIRTH, .rebirth = &rebirth});
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    DOES(world, "to 0: HELLO");
    world_free(world);
}

static void a_life_that_nobody_can_follow_goes_on(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    struct hw_sync_config config = {.upstream = true, .inc = office_inc, .previous = other_inc, .reason = HW_LIFE_BUNDLE};
    struct hw_input start = {.type = HW_IN_START, .tips = &world->tip, .tips_n = 1};
    hw_sync_free(world->sync);
    world->sync = hw_sync_new(&config);
    step(world, &start);
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_REBIRTH, .status = HW_CONFIG});
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    DOES(world, "to 0: HELLO");
    world_free(world);
}

static void a_life_with_a_token_goes_on(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    struct hw_sync_config config = {.upstream = true, .inc = office_inc, .previous = other_inc, .reason = HW_LIFE_BUNDLE};
    static const uint8_t token[HW_TOKEN_SIZE] = {7};
    struct hw_input start = {.type = HW_IN_START, .tips = &world->tip, .tips_n = 1, .token = token};
    hw_sync_free(world->sync);
    world->sync = hw_sync_new(&config);
    step(world, &start);
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    DOES(world, "to 0: AGAIN");
    world_free(world);
}

static void hear_corrupt(struct world *world)
{
    struct hw_message message = {.type = HW_ERROR};
    message.body.error = (struct hw_error_message){.code = hw_slice_text("CORRUPT"), .what = hw_slice_text("session"),
                                                   .text = hw_slice_text("a message that cannot be read"),
                                                   .retry_ms = 60 * SECOND};
    hear(world, HW_UPSTREAM, &message);
}

static struct hw_hello next_hello(struct world *world)
{
    struct hw_message hello;
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    DOES(world, "to 0: HELLO");
    assert_int_equal(hw_message_decode(effect_of(world, HW_DO_SEND)->bytes, &world->arena, &hello, NULL), HW_OK);
    return hello.body.hello;
}

static void a_hub_that_cannot_read_the_reason_gets_hello_without_it(void **state)
{
    (void)state;
    struct world *world = office_in_recovery(HW_WELCOME_FORK);
    struct hw_rebirth rebirth = {.inc = {{9, 9}}, .previous = office_inc, .reason = HW_LIFE_FORK};
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_REBIRTH, .rebirth = &rebirth});
    assert_int_equal(next_hello(world).reason, HW_LIFE_FORK);
    hear_corrupt(world);
    DOES(world, "close 0");
    assert_int_equal(effect_of(world, HW_DO_CLOSE)->ms, 1); /* at once */
    assert_int_equal(next_hello(world).reason, 0);
    hear_corrupt(world);
    assert_int_equal(effect_of(world, HW_DO_CLOSE)->ms, 60 * SECOND); /* that was not why */
    world_free(world);
}

static void a_first_life_that_serves_nobody_has_nothing_more_to_say(void **state)
{
    (void)state;
    static char codes[2][HW_OFFICE_MAX + 1] = {"KAZ", "TKM"};
    struct hw_serves serves = {.codes = codes, .n = 2};
    struct world *world = world_new(true);
    assert_int_equal(next_hello(world).reason, 0);
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_HELLO, .serves = &serves});
    struct hw_hello hello = next_hello(world);
    assert_int_equal(hello.reason, HW_LIFE_FIRST);
    assert_int_equal(hello.serves_n, 2);
    assert_true(hw_slice_is(hello.serves[1], "TKM"));
    world_free(world);
}

static void a_new_incarnation_that_cannot_be_saved_changes_nothing(void **state)
{
    (void)state;
    struct world *world = office_in_recovery(HW_WELCOME_CLONE);
    struct hw_message hello;
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_REBIRTH, .status = HW_NO_SPACE});
    DOES(world, "close 0");
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    DOES(world, "to 0: HELLO");
    assert_int_equal(hw_message_decode(effect_of(world, HW_DO_SEND)->bytes, &world->arena, &hello, NULL), HW_OK);
    assert_memory_equal(hello.body.hello.inc.b, office_inc.b, sizeof office_inc.b);
    world_free(world);
}

static void a_hub_that_does_not_answer_is_left(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    tick(world, 29 * SECOND);
    DOES(world, "");
    tick(world, 2 * SECOND);
    DOES(world, "to 0: ERROR TIMEOUT; close 0");
    world_free(world);
}

/* -- who is not in session -- */

static void a_message_outside_a_session_ends_that_connection(void **state)
{
    (void)state;
    static const uint8_t types[] = {HW_CONFIRM, HW_CREDIT, HW_SEGMENTS, HW_JOURNAL, HW_ACK, HW_PING, HW_WELCOME};
    for (size_t i = 0; i < sizeof types; i++) {
        struct world *world = world_new(false);
        hear_empty(world, 1, types[i], 0);
        DOES(world, "to 1: ERROR CORRUPT; close 1");
        uint64_t session = hub_in_session(world, 2, &office_inc);
        hear_empty(world, 2, types[i], session + 1);
        DOES(world, "to 2: ERROR CORRUPT; close 2");
        world_free(world);
    }
}

static void what_an_office_says_may_overtake_the_commit_of_its_confirmation(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    uint64_t session = hub_greets(world, 1, &office_inc);
    hear_empty(world, 1, HW_CONFIRM, session);
    hear_empty(world, 1, HW_PING, session);
    DOES(world, "to 1: PING");
    hear_empty(world, 1, HW_SEGMENTS, session);
    DOES(world, "append SEGMENTS"); /* behind CONFIRM in the store */
    session = hub_greets(world, 2, &other_inc);
    hear_empty(world, 2, HW_PING, session);
    DOES(world, "to 2: PING");
    hear_empty(world, 2, HW_SEGMENTS, session);
    DOES(world, "to 2: ERROR CORRUPT; close 2");
    world_free(world);
}

static void only_a_hub_says_what_a_hub_says(void **state)
{
    (void)state;
    struct world *hub = world_new(false), *office = office_in_session(0);
    uint64_t session = hub_in_session(hub, 1, &office_inc);
    struct hw_message welcome = {.type = HW_WELCOME, .session = session, .body.welcome = welcome_of(hub, session, 0, 0)};
    hear(hub, 1, &welcome);
    DOES(hub, "to 1: ERROR CORRUPT; close 1");
    hear_empty(office, HW_UPSTREAM, HW_SEGMENTS, 7);
    DOES(office, "to 0: ERROR CORRUPT; close 0");
    world_free(hub);
    world_free(office);
}

static void a_second_hello_before_the_answer_ends_the_connection(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    struct hw_message hello = {.type = HW_HELLO, .body.hello = {.schema = 1, .inc = office_inc}};
    hear(world, 1, &hello);
    hear(world, 1, &hello);
    DOES(world, "to 1: ERROR CORRUPT; close 1");
    hub_stored_hello(world, 1, 1, &office_inc); /* the first comes back to nobody */
    DOES(world, "");
    world_free(world);
}

static void a_newer_hello_of_an_incarnation_ends_its_older_session(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    struct hw_sync_view view;
    hub_in_session(world, 1, &office_inc);
    hub_in_session(world, 2, &other_inc);
    hub_greets(world, 3, &office_inc);
    DOES(world, "to 3: WELCOME; to 1: BYE; close 1");
    hw_sync_look(world->sync, &view);
    assert_int_equal(view.peers, 1); /* 2 goes on; 3 has not confirmed */
    world_free(world);
}

static void a_copy_that_gets_no_session_ends_nobody_elses(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    struct hw_sync_view view;
    hub_in_session(world, 1, &office_inc);
    struct hw_message hello = {.type = HW_HELLO, .body.hello = {.schema = 1, .inc = office_inc}};
    struct hw_welcome welcome = welcome_of(world, 9, 0, 0);
    welcome.status = HW_WELCOME_CLONE;
    hear(world, 2, &hello);
    stored(world, 2, (struct hw_stored){.append = HW_APPEND_HELLO, .welcome = &welcome, .inc = &office_inc,
                                        .office = "KAZ", .session = 9});
    DOES(world, "to 2: WELCOME");
    hw_sync_look(world->sync, &view);
    assert_int_equal(view.peers, 1);
    world_free(world);
}

static void an_unwelcome_hello_is_told_why(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    struct hw_message hello = {.type = HW_HELLO, .body.hello = {.schema = 1, .inc = office_inc}};
    hear(world, 1, &hello);
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_HELLO, .status = HW_DENIED, .text = "not known here"});
    DOES(world, "to 1: ERROR DENIED; close 1");
    world_free(world);
}

static void only_an_invitations_key_may_join_and_it_may_only_join(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    struct hw_message join = {.type = HW_JOIN, .body.join = {.office = {(const uint8_t *)"KAZ", 3}}},
                      hello = {.type = HW_HELLO};
    struct hw_out out = {0};
    hear(world, 1, &join);
    DOES(world, "append JOIN");
    struct hw_admitted admitted = {.office = hw_slice_text("KAZ"), .life = 1};
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_JOIN, .admitted = &admitted});
    DOES(world, "to 1: ADMITTED");
    hw_message_encode(&out, &join);
    hear_bytes(world, 2, hw_out_slice(&out), false);
    DOES(world, "to 2: ERROR DENIED; close 2");
    hw_out_reset(&out);
    hw_message_encode(&out, &hello);
    hear_bytes(world, 3, hw_out_slice(&out), true);
    DOES(world, "to 3: ERROR DENIED; close 3");
    hw_out_done(&out);
    world_free(world);
}

static void an_office_that_serves_nobody_says_so(void **state)
{
    (void)state;
    struct world *world = world_new(true);
    struct hw_message hello = {.type = HW_HELLO};
    hear(world, 5, &hello);
    DOES(world, "to 5: ERROR DENIED; close 5");
    world_free(world);
}

static void garbage_ends_the_connection_it_came_by_and_no_other(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    uint64_t session = hub_in_session(world, 1, &office_inc);
    hub_in_session(world, 2, &other_inc);
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct dice dice = dice_of(seed);
        uint8_t noise[60];
        dice_bytes(&dice, noise, sizeof noise);
        hear_bytes(world, 2 + seed, (struct hw_slice){noise, dice_below(&dice, sizeof noise)}, dice_one_in(&dice, 2));
        char expected[80];
        unsigned long long peer = seed + 2;
        bool version = strstr(world->line, "VERSION") != NULL; /* noise may begin like a message */
        snprintf(expected, sizeof expected, "to %llu: ERROR %s; close %llu", peer, version ? "VERSION" : "CORRUPT",
                 peer);
        DOES(world, expected);
    }
    hear_bytes(world, 2, hw_slice_text("garbage"), false);
    DOES(world, "to 2: ERROR CORRUPT; close 2");
    hear_empty(world, 1, HW_SEGMENTS, session);
    DOES(world, "append SEGMENTS");
    world_free(world);
}

static void another_protocol_version_is_told_so(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    struct hw_message hello = {.type = HW_HELLO};
    struct hw_out out = {0};
    hw_message_encode(&out, &hello);
    out.p[1]++;
    hear_bytes(world, 1, hw_out_slice(&out), false);
    DOES(world, "to 1: ERROR VERSION; close 1");
    hw_out_done(&out);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_office_says_hello_and_confirms_only_after_its_commit),
        cmocka_unit_test(a_hub_welcomes_after_its_commit_and_sends_after_the_confirmation),
        cmocka_unit_test(nothing_is_sealed_before_the_token_is_confirmed),
        cmocka_unit_test(an_office_sends_right_behind_its_confirmation),
        cmocka_unit_test(a_token_that_cannot_be_saved_ends_the_session),
        cmocka_unit_test(a_hello_waits_for_the_token_that_is_being_committed),
        cmocka_unit_test(a_hello_that_waits_is_forgotten_with_its_connection),
        cmocka_unit_test(a_hub_that_does_not_know_where_the_office_stands_is_told_in_full),
        cmocka_unit_test(a_welcome_answers_one_hello_once),
        cmocka_unit_test(a_welcome_of_a_restored_office_a_fork_or_a_clone_draws_a_new_incarnation),
        cmocka_unit_test(no_hello_goes_out_before_the_new_incarnation_is_committed),
        cmocka_unit_test(the_next_hello_is_the_new_incarnations),
        cmocka_unit_test(a_life_that_no_hub_has_met_is_not_the_next_processs),
        cmocka_unit_test(a_life_that_nobody_can_follow_goes_on),
        cmocka_unit_test(a_life_with_a_token_goes_on),
        cmocka_unit_test(a_hub_that_cannot_read_the_reason_gets_hello_without_it),
        cmocka_unit_test(a_first_life_that_serves_nobody_has_nothing_more_to_say),
        cmocka_unit_test(a_new_incarnation_that_cannot_be_saved_changes_nothing),
        cmocka_unit_test(a_hub_that_does_not_answer_is_left),
        cmocka_unit_test(a_message_outside_a_session_ends_that_connection),
        cmocka_unit_test(what_an_office_says_may_overtake_the_commit_of_its_confirmation),
        cmocka_unit_test(only_a_hub_says_what_a_hub_says),
        cmocka_unit_test(a_second_hello_before_the_answer_ends_the_connection),
        cmocka_unit_test(a_newer_hello_of_an_incarnation_ends_its_older_session),
        cmocka_unit_test(a_copy_that_gets_no_session_ends_nobody_elses),
        cmocka_unit_test(an_unwelcome_hello_is_told_why),
        cmocka_unit_test(only_an_invitations_key_may_join_and_it_may_only_join),
        cmocka_unit_test(an_office_that_serves_nobody_says_so),
        cmocka_unit_test(garbage_ends_the_connection_it_came_by_and_no_other),
        cmocka_unit_test(another_protocol_version_is_told_so),
    };
    return cmocka_run_group_tests_name("sync", tests, NULL, NULL);
}
