/* test_quota.c: how often those who connect may ask: HELLO by office, JOIN in all, messages by peer; strangers by address
 * and by age; keys whose connections say nothing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <unistd.h>

#include "daemon/link_internal.h"
#include "proto/sync_internal.h"
#include "sync_world.h"

/* -- the engine -- */

static void limits(struct world *world, uint32_t hellos, uint32_t joins, uint32_t messages, size_t window)
{
    struct hw_sync_config config = {.hub = true, .gate = true, .inc = hub_inc, .hellos_per_minute = hellos,
                                    .joins_per_minute = joins, .messages_per_second = messages, .window = window};
    hw_sync_free(world->sync);
    world->sync = hw_sync_new(&config);
    struct hw_input input = {.type = HW_IN_START, .tips = &world->tip, .tips_n = 1};
    step(world, &input);
}

static void a_minute_of_hellos_on_ever_new_connections_and_then_no_more(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    limits(world, 3, 0, 0, 0);
    struct hw_message hello = {.type = HW_HELLO, .body.hello = {.schema = 1, .inc = office_inc}};
    for (uint64_t peer = 1; peer <= 3; peer++) {
        hear(world, peer, &hello);
        DOES(world, "append HELLO");
    }
    hear(world, 4, &hello);
    DOES(world, "to 4: ERROR LIMIT; close 4");
    struct hw_message told;
    assert_int_equal(hw_message_decode(effect_of(world, HW_DO_SEND)->bytes, &world->arena, &told, NULL), HW_OK);
    assert_in_range(told.body.error.retry_ms, 19000, 20001); /* three a minute */
    world->now += told.body.error.retry_ms;
    hear(world, 5, &hello);
    DOES(world, "append HELLO");
    hear(world, 6, &hello);
    DOES(world, "to 6: ERROR LIMIT; close 6");
    world_free(world);
}

static void quiet_keys_are_forgotten(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    limits(world, 2, 0, 0, 0);
    struct hw_message hello = {.type = HW_HELLO, .body.hello = {.schema = 1, .inc = office_inc}};
    for (int round = 0; round < 3; round++) {
        hear(world, 1, &hello);
        DOES(world, "append HELLO");
        event(world, HW_IN_PEER_DOWN, 1);
        tick(world, 61 * SECOND);
    }
    world_free(world);
}

static void joins_are_counted_whoever_asks(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    limits(world, 0, 2, 0, 0);
    struct hw_message join = {.type = HW_JOIN, .body.join = {.office = hw_slice_text("TJK"), .inc = other_inc}};
    hear(world, 1, &join);
    DOES(world, "append JOIN");
    hear(world, 2, &join);
    DOES(world, "append JOIN");
    hear(world, 3, &join);
    DOES(world, "to 3: ERROR LIMIT; close 3");
    world->now += 31 * SECOND;
    hear(world, 4, &join);
    DOES(world, "append JOIN");
    world_free(world);
}

static void asks(struct world *world, uint64_t peer, uint8_t invitation, uint64_t source, const char *what)
{
    struct hw_message join = {.type = HW_JOIN, .body.join = {.office = hw_slice_text("TJK"), .inc = other_inc}};
    uint8_t key[HW_CURVE_SIZE] = {invitation};
    struct hw_out out = {0};
    hw_message_encode(&out, &join);
    struct hw_input input = {.type = HW_IN_RECV, .peer = peer, .bytes = hw_arena_slice(&world->arena, hw_out_slice(&out)),
                             .joining = true, .key = key, .source = source};
    hw_out_done(&out);
    step(world, &input);
    DOES(world, what);
}

static void one_address_leaves_room_for_the_others(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    limits(world, 0, 5, 0, 0);
    world->sync->config.joins_per_address = 2;
    asks(world, 1, 1, 100, "append JOIN");
    asks(world, 2, 2, 100, "append JOIN");
    asks(world, 3, 3, 100, "to 3: ERROR LIMIT; close 3");
    asks(world, 4, 4, 100, "to 4: ERROR LIMIT; close 4");
    asks(world, 10, 10, 200, "append JOIN"); /* what was refused took nothing of the five */
    asks(world, 11, 11, 300, "append JOIN");
    asks(world, 12, 12, 0, "append JOIN"); /* of an address that is not known, only all together count */
    asks(world, 13, 13, 400, "to 13: ERROR LIMIT; close 13");
    world->now += 61 * SECOND;
    asks(world, 14, 14, 100, "append JOIN");
    tick(world, 61 * SECOND);
    assert_int_equal(world->sync->sources_n, 0); /* quiet addresses are forgotten */
    world_free(world);
}

/* By the key of its connection. */
static void join_with(struct world *world, uint64_t peer, uint8_t key)
{
    struct hw_message join = {.type = HW_JOIN, .body.join = {.office = hw_slice_text("TJK"), .inc = other_inc}};
    struct hw_out out = {0};
    uint8_t bytes[HW_CURVE_SIZE] = {key};
    hw_message_encode(&out, &join);
    struct hw_input input = {.type = HW_IN_RECV, .peer = peer, .joining = true, .key = bytes,
                             .bytes = hw_arena_slice(&world->arena, hw_out_slice(&out))};
    step(world, &input);
    hw_out_done(&out);
}

static void one_invitation_does_not_use_up_the_joins_of_all(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    limits(world, 0, 20, 0, 0);
    for (uint64_t peer = 1; peer <= 10; peer++) {
        join_with(world, peer, 200);
        DOES(world, "append JOIN");
    }
    for (uint64_t peer = 11; peer <= 100; peer++) {
        join_with(world, peer, 200);
        assert_string_equal(effect_of(world, HW_DO_CLOSE)->text,
                            "more than 10 requests to join a minute with one invitation (joins_per_invitation): try again later");
    }
    for (uint8_t key = 1; key <= 10; key++) { /* not in the order of keys only */
        join_with(world, 200u + key, key % 2 ? key : (uint8_t)(100 - key));
        DOES(world, "append JOIN");
    }
    world_free(world);
}

static void a_flood_of_messages_is_counted_over_all_connections_of_a_key(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    limits(world, 0, 0, 10, 0);
    uint64_t session = hub_in_session(world, 1, &office_inc), taken = 2; /* HELLO and CONFIRM */
    for (uint64_t peer = 1; peer < 50 && taken < 41; peer++) {
        if (peer > 1) {
            session = hub_in_session(world, peer, &office_inc);
            taken += 2;
        }
        for (int i = 0; i < 4 && taken < 40; i++, taken++)
            hear_empty(world, peer, HW_ACK, session);
        if (taken < 40)
            continue;
        hear_empty(world, peer, HW_ACK, session);
        taken++;
        assert_non_null(strstr(effect_of(world, HW_DO_CLOSE)->text, "messages_per_second"));
    }
    assert_int_equal(taken, 41);
    world_free(world);
}

static void a_flood_of_messages_ends_the_session(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    limits(world, 0, 0, 10, 0);
    uint64_t session = hub_in_session(world, 1, &office_inc);
    for (int i = 0; i < 38; i++) { /* and HELLO and CONFIRM: four seconds' worth */
        hear_empty(world, 1, HW_ACK, session);
        DOES(world, "");
    }
    hear_empty(world, 1, HW_ACK, session);
    DOES(world, "to 1: ERROR LIMIT; close 1");
    world_free(world);
}

static void the_window_is_what_the_hub_was_told(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    limits(world, 0, 0, 0, 500 * 1024);
    hub_greets(world, 1, &office_inc);
    struct hw_message welcome;
    assert_int_equal(hw_message_decode(effect_of(world, HW_DO_SEND)->bytes, &world->arena, &welcome, NULL), HW_OK);
    assert_int_equal(welcome.type, HW_WELCOME);
    assert_int_equal(welcome.body.welcome.credit, 500 * 1024);
    world_free(world);
}

/* -- the link -- */

enum { CONNS = 64 };

static struct hw_link *link_new(int from_one, int in_all, int per_second)
{
    struct hw_link *link = calloc(1, sizeof *link);
    assert_non_null(link);
    link->loop = hw_loop_new(NULL);
    link->conns = calloc(CONNS, sizeof *link->conns);
    assert_non_null(link->conns);
    link->conns_n = CONNS;
    link->oldest = link->newest = -1;
    link->config = (struct hw_link_config){.max_per_address = from_one, .max_strangers = in_all,
                                           .connects_per_second = per_second, .handshake_ms = 5000, .jitter = 7};
    return link;
}

static void on_note(void *self, int priority, const char *text)
{
    (void)self;
    (void)priority;
    (void)text;
}

static void link_done(struct hw_link *link)
{
    hw_loop_free(link->loop);
    free(link->conns);
    free(link->keys);
    free(link);
}

static int comes(struct hw_link *link, int fd, const char *address)
{
    struct hw__conn *conn = &link->conns[fd];
    *conn = (struct hw__conn){.live = true};
    ((struct sockaddr_in *)(void *)&conn->address)->sin_family = AF_INET;
    assert_int_equal(inet_pton(AF_INET, address, &((struct sockaddr_in *)(void *)&conn->address)->sin_addr), 1);
    link->calls.note = on_note;
    return hw__stranger_in(link, conn);
}

static void the_oldest_stranger_of_an_address_makes_room(void **state)
{
    (void)state;
    struct hw_link *link = link_new(2, 10, 1000);
    assert_int_equal(comes(link, 1, "192.0.2.1"), -1);
    assert_int_equal(comes(link, 2, "192.0.2.2"), -1);
    assert_int_equal(comes(link, 3, "192.0.2.1"), -1);
    assert_int_equal(comes(link, 4, "192.0.2.1"), 1); /* and nobody of another address */
    hw__stranger_out(link, &link->conns[1]);
    hw__stranger_out(link, &link->conns[3]); /* it has shown its key */
    assert_int_equal(comes(link, 5, "192.0.2.1"), -1);
    assert_int_equal(link->strangers, 3);
    link_done(link);
}

static void the_oldest_of_all_makes_room_when_there_are_too_many(void **state)
{
    (void)state;
    struct hw_link *link = link_new(10, 3, 1000);
    assert_int_equal(comes(link, 1, "192.0.2.1"), -1);
    assert_int_equal(comes(link, 2, "192.0.2.2"), -1);
    assert_int_equal(comes(link, 3, "192.0.2.3"), -1);
    hw__stranger_out(link, &link->conns[1]); /* an office now: never closed for others */
    assert_int_equal(comes(link, 4, "192.0.2.4"), -1);
    assert_int_equal(comes(link, 5, "192.0.2.5"), 2);
    link_done(link);
}

static void one_address_connects_so_often_and_no_more(void **state)
{
    (void)state;
    struct hw_link *link = link_new(100, 100, 2);
    for (int fd = 1; fd <= 10; fd++) /* five seconds' worth */
        assert_int_equal(comes(link, fd, "192.0.2.1"), -1);
    assert_int_equal(comes(link, 11, "192.0.2.1"), 11);
    assert_int_equal(comes(link, 12, "192.0.2.2"), -1);
    link_done(link);
}

static void a_key_whose_connections_say_nothing_is_refused_and_others_are_not(void **state)
{
    (void)state;
    static const uint8_t mute[HW_KEY_SIZE] = {1}, office[HW_KEY_SIZE] = {2};
    struct hw_link *link = link_new(1, 1, 1);
    int n = 0;
    while (n < 1000 && hw__key_shakes(link, mute))
        n++;
    assert_in_range(n, 8, 64);
    for (int i = 0; i < 1000; i++) {
        assert_true(hw__key_shakes(link, office));
        hw__key_heard(link, office);
    }
    hw__key_heard(link, mute);
    assert_true(hw__key_shakes(link, mute));
    assert_false(hw__key_shakes(link, mute));
    assert_in_range(link->keys_n, 1, 2);
    link_done(link);
}

static void who_goes_on_after_the_last_word_is_cut_off_at_once(void **state)
{
    (void)state;
    struct hw_link *link = link_new(1, 1, 1);
    int ends[2], n = 0;
    char byte;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    assert_true(ends[0] < CONNS);
    struct hw__conn *conn = &link->conns[ends[0]];
    socklen_t size = sizeof conn->address;
    *conn = (struct hw__conn){.live = true, .peer = 7};
    assert_int_equal(getpeername(ends[0], (struct sockaddr *)&conn->address, &size), 0);
    assert_false(hw__conn_late(link, ends[0], 7)); /* in session */
    conn->doomed = 1;
    assert_false(hw__conn_late(link, ends[0], 8)); /* of another connection */
    while (n < 1000 && read(ends[1], &byte, 1) < 0) {
        assert_true(hw__conn_late(link, ends[0], 7));
        n++;
    }
    assert_in_range(n, 17, 100); /* what an office may have under way, and little more */
    close(ends[0]);
    close(ends[1]);
    link_done(link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minute_of_hellos_on_ever_new_connections_and_then_no_more),
        cmocka_unit_test(quiet_keys_are_forgotten),
        cmocka_unit_test(joins_are_counted_whoever_asks),
        cmocka_unit_test(one_address_leaves_room_for_the_others),
        cmocka_unit_test(one_invitation_does_not_use_up_the_joins_of_all),
        cmocka_unit_test(a_flood_of_messages_is_counted_over_all_connections_of_a_key),
        cmocka_unit_test(a_flood_of_messages_ends_the_session),
        cmocka_unit_test(the_window_is_what_the_hub_was_told),
        cmocka_unit_test(the_oldest_stranger_of_an_address_makes_room),
        cmocka_unit_test(the_oldest_of_all_makes_room_when_there_are_too_many),
        cmocka_unit_test(one_address_connects_so_often_and_no_more),
        cmocka_unit_test(a_key_whose_connections_say_nothing_is_refused_and_others_are_not),
        cmocka_unit_test(who_goes_on_after_the_last_word_is_cut_off_at_once),
    };
    return cmocka_run_group_tests_name("quota", tests, NULL, NULL);
}
