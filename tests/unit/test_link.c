/* test_link.c: what an office and its hub do for each other. */
#include "tests/unit/link_world.h"

/* ------------------------------------------------------------ both ways */

static void greet(struct world *world, struct side *side, enum what what)
{
    if (what == UP)
        assert_int_equal(say_up(side, "hello"), HW_OK);
    if (what == PEER_MESSAGE) {
        assert_string_equal(side->text, "hello");
        assert_memory_equal(side->key, world->sides[1].public_key, HW_KEY_SIZE);
        assert_int_equal(hw_link_send(side->link, side->peer, hw_slice_text("welcome")), HW_OK);
    }
    if (what == UP_MESSAGE) {
        assert_string_equal(side->text, "welcome");
        hw_loop_stop(world->loop);
    }
}

static void a_known_key_gets_through_both_ways(void **state)
{
    (void)state;
    struct world world;
    begin(&world, greet, 0);
    struct side *side = office(&world, HW_ADMIT_OFFICE);
    uint64_t sent = 0, received = 0;
    hw_loop_run(world.loop);
    hw_link_traffic(side->link, &sent, &received);
    assert_int_equal(sent, 5);
    assert_int_equal(received, 7);
    hw_loop_stop(world.loop);
    run(&world);
    assert_int_equal(side->count[UP], 1);
}

static void greet_join(struct world *world, struct side *side, enum what what)
{
    if (what == UP && side->count[UP] == 1)
        assert_int_equal(say_up(side, "join"), HW_OK);
    if (what == PEER_MESSAGE) {
        /* The link knows what the key was admitted as ... */
        assert_int_equal(side->link->peers[0]->admit, HW_ADMIT_JOIN);
        /* ... and an invitation that was used up ends with its next message. */
        side->keys[0].admit = HW_ADMIT_NO;
        assert_int_equal(hw_link_send(side->link, side->peer, hw_slice_text("admitted")), HW_OK);
    }
    if (what == UP_MESSAGE)
        assert_int_equal(say_up(side, "and more"), HW_OK);
    if (what == PEER_DOWN)
        hw_loop_stop(world->loop);
}

static void a_join_key_is_known_as_one(void **state)
{
    (void)state;
    struct world world;
    begin(&world, greet_join, 0);
    (void)office(&world, HW_ADMIT_JOIN);
    run(&world);
    assert_int_equal(world.sides[0].count[PEER_MESSAGE], 1);
}

static void user_ids_are_read_back(void **state)
{
    (void)state;
    uint8_t key[HW_KEY_SIZE] = {1, 2, 3}, read[HW_KEY_SIZE];
    char text[HW__KEY_TEXT], user[sizeof HW__JOIN + HW__KEY_TEXT];
    enum hw_admit what;
    hw__key_text(key, text);
    assert_true(hw__zap_user(text, read, &what));
    assert_int_equal(what, HW_ADMIT_OFFICE);
    assert_memory_equal(key, read, sizeof key);
    snprintf(user, sizeof user, "%s%s", HW__JOIN, text);
    assert_true(hw__zap_user(user, read, &what));
    assert_int_equal(what, HW_ADMIT_JOIN);
    assert_memory_equal(key, read, sizeof key);
    assert_false(hw__zap_user("join:", read, &what));
    assert_false(hw__zap_user("not a key", read, &what));
}

/* ------------------------------------------------------------- refusals */

static void three_tries(struct world *world, struct side *side, enum what what)
{
    if (what == UP_DOWN && side->count[UP_DOWN] == 3)
        hw_loop_stop(world->loop);
}

static void an_unknown_key_is_refused(void **state)
{
    (void)state;
    struct world world;
    begin(&world, three_tries, 0);
    world.hasty = true;
    struct side *side = office(&world, HW_ADMIT_NO);
    run(&world);
    assert_string_equal(side->text, "refused: the hub does not know this office's key");
    assert_true(side->refused);
    assert_int_equal(side->count[UP], 0);
    assert_int_equal(side->count[NOTE], 3); /* one for each step of the backoff */
    assert_in_range(world.sides[0].count[NOTE], 1, 2); /* the hub speaks up less and less */
    assert_int_equal(world.sides[0].count[PEER_MESSAGE], 0);
}

/* A try whose end comes before its descriptor is known blames no key; not many do. */
static void until_refused(struct world *world, struct side *side, enum what what)
{
    if (what == UP_DOWN && (side->refused || side->count[UP_DOWN] == 20))
        hw_loop_stop(world->loop);
}

static void a_wrong_hub_key_is_noticed(void **state)
{
    (void)state;
    struct world world;
    begin(&world, until_refused, 0);
    struct side *side = &world.sides[1];
    admit(&world, side, HW_ADMIT_OFFICE);
    struct hw_link_config config = plain_config(&world, side);
    config.upstream = hw_link_bound(world.sides[0].link);
    memcpy(config.upstream_key, world.sides[2].public_key, HW_KEY_SIZE);
    add_side(&world, &config);
    run(&world);
    assert_string_equal(side->text, "the hub's key is not the one in the invitation");
    assert_true(side->refused);
    assert_int_equal(side->count[UP], 0);
}

static void nobody_listens_is_said_plainly(void **state)
{
    (void)state;
    struct world world;
    begin(&world, three_tries, 0);
    struct side *side = &world.sides[1];
    struct hw_link_config config = plain_config(&world, side);
    config.upstream = "tcp://127.0.0.1:1"; /* a port that nobody has */
    add_side(&world, &config);
    run(&world);
    assert_string_equal(side->text, "connection refused");
    assert_false(side->refused);
}

static void returns(struct world *world, struct side *side, enum what what)
{
    if (what == UP && side->count[UP] == 1)
        world->sides[0].keys[0].admit = HW_ADMIT_NO; /* revoked while connected */
    if (what == UP)
        assert_int_equal(say_up(side, "hello"), HW_OK);
    if (what == UP_DOWN && side->refused)
        world->sides[0].keys[0].admit = HW_ADMIT_OFFICE; /* and restored */
    if (what == PEER_MESSAGE)
        hw_loop_stop(world->loop);
}

static void a_key_removed_and_restored_comes_back_by_itself(void **state)
{
    (void)state;
    struct world world;
    begin(&world, returns, 0);
    world.hasty = true;
    struct side *side = office(&world, HW_ADMIT_OFFICE);
    run(&world);
    assert_int_equal(side->count[UP], 2);
    assert_true(side->count[UP_DOWN] >= 2);
}

/* ----------------------------------------------------------- dropping */

static void dropped(struct world *world, struct side *side, enum what what)
{
    if (what == UP && side->count[UP] == 1)
        assert_int_equal(say_up(side, "hello"), HW_OK);
    if (what == PEER_MESSAGE) {
        /* What was said just before a drop still arrives. */
        assert_int_equal(hw_link_send(side->link, side->peer, hw_slice_text("go away")), HW_OK);
        hw_link_drop(side->link, side->peer);
    }
    if (what == UP_DOWN) {
        assert_string_equal(side->text, "the hub closed the connection");
        hw_loop_stop(world->loop);
    }
}

static void a_drop_ends_the_connection_after_the_last_word(void **state)
{
    (void)state;
    struct world world;
    begin(&world, dropped, 0);
    struct side *side = office(&world, HW_ADMIT_OFFICE);
    run(&world);
    assert_int_equal(side->count[UP_MESSAGE], 1);
    assert_int_equal(world.sides[0].count[PEER_DOWN], 0); /* whoever drops it knows */
}

static void leaves(struct world *world, struct side *side, enum what what)
{
    if (what == UP && side->count[UP] == 1)
        assert_int_equal(say_up(side, "hello"), HW_OK);
    if (what == PEER_MESSAGE) {
        world->kept = side->peer;
        hw_link_reconnect(world->sides[1].link, 1);
    }
    if (what == PEER_DOWN)
        assert_int_equal(side->peer, world->kept);
    if (what == UP && side->count[UP] == 2)
        world->stage++;
    if (what == PEER_DOWN)
        world->stage++;
    if (world->stage == 2)
        hw_loop_stop(world->loop);
}

static void an_office_that_leaves_is_told_as_down_and_may_return(void **state)
{
    (void)state;
    struct world world;
    begin(&world, leaves, 0);
    struct side *side = office(&world, HW_ADMIT_OFFICE);
    run(&world);
    assert_int_equal(side->count[UP_DOWN], 1);
    assert_int_equal(world.sides[0].count[PEER_DOWN], 1);
}

/* Hurried at the first try, at its failure and once it is up. */
static void hurried(struct world *world, struct side *side, enum what what)
{
    if (what == UP_DOWN && side->count[UP_DOWN] == 1) {
        assert_int_equal(hw_link_move(side->link, hw_link_bound(world->sides[0].link), NULL), HW_OK);
        hw_link_reconnect(side->link, 3600 * 1000);
        hw_link_hurry(side->link); /* or the test waits for an hour */
        hw_link_hurry(side->link);
    }
    if (what == UP) {
        assert_int_equal(say_up(side, "hello"), HW_OK);
        hw_link_hurry(side->link);
    }
    if (what == PEER_MESSAGE)
        hw_loop_stop(world->loop);
}

static void hurry_ends_a_wait_and_no_connection(void **state)
{
    (void)state;
    struct world world;
    begin(&world, hurried, 0);
    struct side *side = &world.sides[1];
    admit(&world, side, HW_ADMIT_OFFICE);
    struct hw_link_config config = plain_config(&world, side);
    config.upstream = "tcp://127.0.0.1:1";
    add_side(&world, &config);
    hw_link_hurry(side->link);
    run(&world);
    assert_int_equal(side->count[UP_DOWN], 1);
    assert_int_equal(side->count[UP], 1);
}

static void follows(struct world *world, struct side *side, enum what what)
{
    if (what == UP_DOWN && side->count[UP_DOWN] == 1)
        assert_int_equal(hw_link_move(side->link, hw_link_bound(world->sides[0].link), NULL), HW_OK);
    if (what == UP)
        hw_loop_stop(world->loop);
}

static void a_moved_hub_is_followed(void **state)
{
    (void)state;
    struct world world;
    begin(&world, follows, 0);
    struct side *side = &world.sides[1];
    admit(&world, side, HW_ADMIT_OFFICE);
    struct hw_link_config config = plain_config(&world, side);
    config.upstream = "tcp://127.0.0.1:1";
    add_side(&world, &config);
    struct hw_err err;
    assert_int_equal(hw_link_move(side->link, "hq.example.org", &err), HW_CONFIG);
    assert_int_equal(hw_link_move(world.sides[0].link, "tcp://127.0.0.1:1", &err), HW_CONFIG);
    run(&world);
}

/* The hub's link stops, and another starts at the same address. */
static void on_hub_stopped(void *self)
{
    struct world *world = self;
    struct side *hub = &world->sides[0];
    struct hw_link_config config = plain_config(world, hub);
    char address[256];
    snprintf(address, sizeof address, "%s", hw_link_bound(hub->link));
    hw_link_free(hub->link);
    config.listen = address;
    size_t n = world->sides_n;
    world->sides_n = 0;
    add_side(world, &config);
    world->sides_n = n;
}

static void restarts(struct world *world, struct side *side, enum what what)
{
    if (what == UP)
        assert_int_equal(say_up(side, "hello"), HW_OK);
    if (what == PEER_MESSAGE && world->stage++ == 0)
        hw_link_stop(side->link, on_hub_stopped, world);
    else if (what == PEER_MESSAGE)
        hw_loop_stop(world->loop);
}

static void a_hub_that_went_away_is_found_again(void **state)
{
    (void)state;
    struct world world;
    begin(&world, restarts, 0);
    struct side *side = office(&world, HW_ADMIT_OFFICE);
    run(&world);
    assert_int_equal(side->count[UP], 2);
}

static void full_house(struct world *world, struct side *side, enum what what)
{
    if (what == UP)
        assert_int_equal(say_up(side, "hello"), HW_OK);
    if (what == PEER_MESSAGE && world->sides_n < 3)
        (void)office(world, HW_ADMIT_OFFICE);
    else if (what == NOTE && is_hub(world, side) && strstr(side->text, "max_peers"))
        hw_loop_stop(world->loop);
}

static void connections_beyond_the_cap_are_closed(void **state)
{
    (void)state;
    struct world world;
    begin(&world, full_house, 1);
    struct side *first = office(&world, HW_ADMIT_OFFICE);
    run(&world);
    assert_int_equal(first->count[UP], 1);
    assert_int_equal(world.sides[0].count[PEER_MESSAGE], 1);
}

/* ------------------------------------------------------------ back-pressure */

enum { LETTERS = 300 };

/* Sends numbered letters of 8 KiB until the queue is full, goes on when told. */
static void pump(struct world *world, struct side *side, bool up)
{
    static uint8_t letter[8192];
    while (world->sent < LETTERS) {
        snprintf((char *)letter, sizeof letter, "%d", world->sent);
        struct hw_slice bytes = {letter, sizeof letter};
        enum hw_status status = up ? hw_link_send_up(side->link, bytes) : hw_link_send(side->link, side->peer, bytes);
        if (status != HW_OK) {
            assert_int_equal(status, HW_FAILED);
            return;
        }
        world->sent++;
    }
}

static void flows(struct world *world, struct side *side, enum what what)
{
    bool up = world->stage == 0;
    if (what == UP)
        assert_int_equal(say_up(side, "hello"), HW_OK);
    if (what == PEER_MESSAGE && strcmp(side->text, "hello") == 0)
        pump(world, up ? &world->sides[1] : side, up);
    else if (what == (up ? UP_WRITABLE : PEER_WRITABLE))
        pump(world, side, up);
    else if (what == (up ? PEER_MESSAGE : UP_MESSAGE)) {
        assert_int_equal(strtol(side->text, NULL, 10), world->kept);
        if (++world->kept == LETTERS)
            hw_loop_stop(world->loop);
    }
}

static void a_full_queue_goes_on_when_there_is_room(void **state)
{
    (void)state;
    for (int stage = 0; stage < 2; stage++) {
        struct world world;
        begin(&world, flows, 0);
        world.stage = stage;
        struct side *side = office(&world, HW_ADMIT_OFFICE);
        run(&world);
        assert_true((stage == 0 ? side->count[UP_WRITABLE] : world.sides[0].count[PEER_WRITABLE]) > 0);
    }
}

/* ------------------------------------------------------------- arguments */

static void bad_addresses_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"hq.example.org:7400", "tcp://hq.example.org", "tcp://:7400", "tcp://a:0",
                                      "tcp://a:65536",       "tcp://a:x",            "",            "tcp://a:7400x"};
    struct hw_loop *loop = hw_loop_new(NULL);
    struct hw_link_calls calls = {.self = NULL};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct hw_link_config config = {.upstream = bad[i]};
        struct hw_err err;
        assert_null(hw_link_new(loop, &config, &calls, &err));
        assert_int_equal(err.status, HW_CONFIG);
    }
    hw_loop_free(loop);
}

static void a_port_in_use_is_an_error_with_its_address(void **state)
{
    (void)state;
    struct world world;
    begin(&world, NULL, 0);
    struct hw_link_config config = plain_config(&world, &world.sides[1]);
    config.listen = hw_link_bound(world.sides[0].link);
    struct hw_link_calls calls = {.self = NULL};
    struct hw_err err;
    struct hw_link *second = hw_link_new(world.loop, &config, &calls, &err);
    assert_non_null(second);
    assert_int_equal(hw_link_start(second, &err), HW_FAILED);
    assert_non_null(strstr(err.text, config.listen));
    hw_link_free(second);
    hw_loop_stop(world.loop);
    run(&world);
}

/* With the defaults, 70 s, every idle office was hung up on 4.5 s after its PING. */
static void libzmq_keeps_what_a_ping_says_of_silence(void **state)
{
    (void)state;
    for (int heartbeat = 100; heartbeat <= HW__QUIET_MS; heartbeat += 100)
        for (int timeout = 200; timeout <= 3600000; timeout = timeout * 7 / 4) {
            int ttl = hw__heartbeat_ttl(heartbeat, timeout);
            uint16_t kept = (uint16_t)((uint16_t)(ttl / 100) * 100); /* as libzmq 4.3.4 does it */
            if (kept != ttl / 100 * 100 || (ttl && ttl <= heartbeat))
                fail_msg("heartbeat_ms %d, timeout_ms %d: a TTL of %d ms becomes %u", heartbeat, timeout, ttl, kept);
        }
    assert_in_range(hw__heartbeat_ttl(10000, 60000), 20000, 70000); /* the defaults */
    assert_int_equal(hw__heartbeat_ttl(200, 1000), 1200);
}

static void too_long_a_message_is_not_sent(void **state)
{
    (void)state;
    struct world world;
    begin(&world, NULL, 0);
    static const uint8_t bytes[HW_MESSAGE_MAX + 1];
    struct hw_slice slice = {bytes, sizeof bytes};
    assert_int_equal(hw_link_send_up(world.sides[0].link, slice), HW_LIMIT);
    assert_int_equal(hw_link_send(world.sides[0].link, 1, slice), HW_LIMIT);
    assert_int_equal(hw_link_send(world.sides[0].link, 1, hw_slice_text("x")), HW_NOT_FOUND);
    assert_int_equal(say_up(&world.sides[0], "x"), HW_NOT_FOUND);
    hw_loop_stop(world.loop);
    run(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_key_gets_through_both_ways),
        cmocka_unit_test(a_join_key_is_known_as_one),
        cmocka_unit_test(user_ids_are_read_back),
        cmocka_unit_test(an_unknown_key_is_refused),
        cmocka_unit_test(a_wrong_hub_key_is_noticed),
        cmocka_unit_test(nobody_listens_is_said_plainly),
        cmocka_unit_test(a_key_removed_and_restored_comes_back_by_itself),
        cmocka_unit_test(a_drop_ends_the_connection_after_the_last_word),
        cmocka_unit_test(an_office_that_leaves_is_told_as_down_and_may_return),
        cmocka_unit_test(connections_beyond_the_cap_are_closed),
        cmocka_unit_test(a_full_queue_goes_on_when_there_is_room),
        cmocka_unit_test(hurry_ends_a_wait_and_no_connection),
        cmocka_unit_test(a_moved_hub_is_followed),
        cmocka_unit_test(a_hub_that_went_away_is_found_again),
        cmocka_unit_test(bad_addresses_are_refused),
        cmocka_unit_test(a_port_in_use_is_an_error_with_its_address),
        cmocka_unit_test(libzmq_keeps_what_a_ping_says_of_silence),
        cmocka_unit_test(too_long_a_message_is_not_sent),
    };
    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
