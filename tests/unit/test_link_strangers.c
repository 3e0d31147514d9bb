/* test_link_strangers.c: peers that our own link would never be: without
 * encryption, with too long, many-framed or endless messages. Each is dropped, and
 * nobody else notices. */
#include <signal.h>

#include "tests/unit/link_world.h"

/* A libzmq client of our own making; `side` gives the key, NULL: no encryption. */
static void stranger(struct world *world, const struct side *side, const char *address)
{
    int none = 0, property = 95 /* ZMQ_METADATA, a draft option */;
    world->context = zmq_ctx_new();
    world->stranger = zmq_socket(world->context, ZMQ_DEALER);
    zmq_setsockopt(world->stranger, ZMQ_LINGER, &none, sizeof none);
    if (side) {
        zmq_setsockopt(world->stranger, ZMQ_CURVE_SERVERKEY, world->sides[0].public_key, HW_KEY_SIZE);
        zmq_setsockopt(world->stranger, ZMQ_CURVE_PUBLICKEY, side->public_key, HW_KEY_SIZE);
        zmq_setsockopt(world->stranger, ZMQ_CURVE_SECRETKEY, side->secret_key, HW_KEY_SIZE);
        assert_int_equal(zmq_setsockopt(world->stranger, property, "X-Serial:1", 10), 0);
    }
    assert_int_equal(zmq_connect(world->stranger, address), 0);
}

/* Stage by stage: the office is served (peer 1), the stranger comes and says
 * "hi", then does wrong; once it is dropped the office must still be served. */
static void wrongdoer(struct world *world, struct side *side, enum what what)
{
    static const uint8_t big[300 * 1024];
    struct side *hub = &world->sides[0], *good = &world->sides[1];
    if (what == UP)
        assert_int_equal(say_up(good, "hello"), HW_OK);
    if (what == PEER_MESSAGE && strcmp(side->text, "hello") == 0) {
        world->kept = hub->peer;
        zmq_send(world->stranger, "hi", 2, 0);
    } else if (what == PEER_MESSAGE && strcmp(side->text, "hi") == 0) {
        /* Its own X-Serial counts for nothing. */
        assert_int_not_equal(hub->peer, world->kept);
        if (world->stage == 0) {
            zmq_send(world->stranger, "one", 3, ZMQ_SNDMORE);
            zmq_send(world->stranger, "two", 3, 0);
        } else if (world->stage == 1) {
            zmq_send(world->stranger, big, sizeof big, 0);
        } else {
            hw_link_drop(hub->link, hub->peer);
            assert_int_equal(hw_link_send(hub->link, hub->peer, hw_slice_text("x")), HW_NOT_FOUND);
            zmq_send(world->stranger, "late", 4, 0); /* must not be heard */
            assert_int_equal(say_up(good, "still here"), HW_OK);
        }
    } else if (what == PEER_DOWN) {
        assert_int_not_equal(hub->peer, world->kept);
        assert_int_equal(say_up(good, "still here"), HW_OK);
    } else if (what == PEER_MESSAGE) {
        assert_string_equal(side->text, "still here");
        assert_int_equal(hub->peer, world->kept);
        hw_loop_stop(world->loop);
    }
}

static void expect_wrongdoer_dropped(int stage, int downs)
{
    struct world world;
    begin(&world, wrongdoer, 0);
    world.stage = stage;
    (void)office(&world, HW_ADMIT_OFFICE);
    admit(&world, &world.sides[3], HW_ADMIT_OFFICE);
    stranger(&world, &world.sides[3], hw_link_bound(world.sides[0].link));
    run(&world);
    assert_int_equal(world.sides[0].count[PEER_DOWN], downs);
    assert_int_equal(world.sides[1].count[UP], 1); /* and never lost */
}

static void a_message_of_many_frames_drops_that_peer_only(void **state)
{
    (void)state;
    expect_wrongdoer_dropped(0, 1);
}

static void an_oversize_message_drops_that_peer_only(void **state)
{
    (void)state;
    expect_wrongdoer_dropped(1, 1);
}

static void a_dropped_peer_is_not_heard_again(void **state)
{
    (void)state;
    expect_wrongdoer_dropped(2, 0);
}

static void plain_stranger(struct world *world, struct side *side, enum what what)
{
    assert_int_not_equal(what, PEER_MESSAGE);
    /* The hub says what was wrong with it, unless the stranger hung up first. */
    if (what == NOTE && is_hub(world, side)) {
        if (strcmp(side->text, "a connection ended before it had shown a key") != 0)
            assert_string_equal(side->text, "refused a connection: it does not encrypt");
        assert_int_equal(zmq_recv(world->stranger, NULL, 0, ZMQ_DONTWAIT), -1);
        hw_loop_stop(world->loop);
    }
}

static void a_peer_without_encryption_gets_nothing(void **state)
{
    (void)state;
    struct world world;
    begin(&world, plain_stranger, 0);
    stranger(&world, NULL, hw_link_bound(world.sides[0].link));
    zmq_send(world.stranger, "hello", 5, 0);
    run(&world);
}

/* libzmq lets everybody in when nobody answers for a key, unless it is told otherwise. */
static void without_a_handler(struct world *world, struct side *side, enum what what)
{
    (void)world;
    (void)side;
    assert_int_not_equal(what, PEER_MESSAGE);
    if (what == UP_DOWN && ++world->stage == 2)
        hw_loop_stop(world->loop);
    assert_int_not_equal(what, UP);
}

static void when_nobody_answers_for_keys_nobody_gets_in(void **state)
{
    (void)state;
    struct world world;
    begin(&world, without_a_handler, 0);
    hw__socket_close(&world.sides[0].link->zap);
    world.hasty = true;
    (void)office(&world, HW_ADMIT_NO);
    (void)office(&world, HW_ADMIT_OFFICE);
    run(&world);
}

/* Between the stranger and the hub: passes on the first `budget` bytes and then
 * nothing, so that a message stays unfinished for ever. */
enum { FRAMES = 420, FRAME = 64 * 1024, BUDGET = 24 * 1024 * 1024 };

struct proxy {
    struct world *world;
    uv_tcp_t server, near, far; /* near: the stranger, far: the hub */
    uv_connect_t connect;
    size_t budget;
};

struct passing {
    uv_write_t write;
    char bytes[];
};

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    (void)handle;
    (void)wanted;
    struct passing *passing = hw_alloc(sizeof *passing + FRAME);
    *buffer = uv_buf_init(passing->bytes, FRAME);
}

static void on_passed(uv_write_t *write, int status)
{
    (void)status;
    free(write);
}

static void on_bytes(uv_stream_t *from, ssize_t n, const uv_buf_t *buffer)
{
    struct proxy *proxy = from->data;
    bool up = from == (uv_stream_t *)&proxy->near;
    struct passing *passing =
        buffer->base ? (struct passing *)(void *)(buffer->base - offsetof(struct passing, bytes)) : NULL;
    if (n <= 0 || (up && proxy->budget == 0)) {
        free(passing);
        return;
    }
    size_t part = up && (size_t)n > proxy->budget ? proxy->budget : (size_t)n;
    if (up)
        proxy->budget -= part;
    uv_buf_t out = uv_buf_init(passing->bytes, (unsigned)part);
    uv_stream_t *to = (uv_stream_t *)(up ? &proxy->far : &proxy->near);
    if (uv_write(&passing->write, to, &out, 1, on_passed) != 0)
        free(passing);
}

static void on_far(uv_connect_t *connect, int status)
{
    struct proxy *proxy = connect->data;
    assert_int_equal(status, 0);
    uv_read_start((uv_stream_t *)&proxy->near, on_room, on_bytes);
    uv_read_start((uv_stream_t *)&proxy->far, on_room, on_bytes);
}

static void on_near(uv_stream_t *server, int status)
{
    struct proxy *proxy = server->data;
    assert_int_equal(status, 0);
    uv_tcp_t *both[] = {&proxy->near, &proxy->far};
    for (size_t i = 0; i < 2; i++) {
        uv_tcp_init(server->loop, both[i]);
        both[i]->data = proxy;
    }
    assert_int_equal(uv_accept(server, (uv_stream_t *)&proxy->near), 0);
    struct sockaddr_in hub;
    const char *bound = hw_link_bound(proxy->world->sides[0].link);
    uv_ip4_addr("127.0.0.1", (int)strtol(strrchr(bound, ':') + 1, NULL, 10), &hub);
    proxy->connect.data = proxy;
    uv_tcp_connect(&proxy->connect, &proxy->far, (struct sockaddr *)&hub, on_far);
}

static int proxy_port(struct proxy *proxy, struct world *world)
{
    struct sockaddr_in here;
    int n = sizeof here;
    *proxy = (struct proxy){.world = world, .budget = BUDGET};
    uv_ip4_addr("127.0.0.1", 0, &here);
    uv_tcp_init(hw_loop_uv(world->loop), &proxy->server);
    proxy->server.data = proxy;
    uv_tcp_bind(&proxy->server, (struct sockaddr *)&here, 0);
    assert_int_equal(uv_listen((uv_stream_t *)&proxy->server, 1, on_near), 0);
    uv_tcp_getsockname(&proxy->server, (struct sockaddr *)&here, &n);
    return ntohs(here.sin_port);
}

static void unfinished(struct world *world, struct side *side, enum what what)
{
    static const uint8_t frame[FRAME];
    if (what == UP)
        assert_int_equal(say_up(side, "hello"), HW_OK);
    if (what == PEER_MESSAGE && strcmp(side->text, "hello") == 0) {
        zmq_send(world->stranger, "hi", 2, 0);
    } else if (what == PEER_MESSAGE && strcmp(side->text, "hi") == 0) {
        for (int i = 0; i < FRAMES; i++)
            zmq_send(world->stranger, frame, sizeof frame, i + 1 < FRAMES ? ZMQ_SNDMORE : 0);
    } else if (what == NOTE && is_hub(world, side)) {
        assert_non_null(strstr(side->text, "without a whole message"));
    } else if (what == PEER_DOWN) {
        hw_loop_stop(world->loop);
    }
}

static void an_unfinished_message_drops_that_peer_only(void **state)
{
    (void)state;
    struct world world;
    struct proxy proxy;
    char address[64];
    begin(&world, unfinished, 0);
    struct side *good = office(&world, HW_ADMIT_OFFICE);
    admit(&world, &world.sides[3], HW_ADMIT_OFFICE);
    snprintf(address, sizeof address, "tcp://127.0.0.1:%d", proxy_port(&proxy, &world));
    stranger(&world, &world.sides[3], address);
    run(&world);
    assert_int_equal(good->count[UP], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_of_many_frames_drops_that_peer_only),
        cmocka_unit_test(an_oversize_message_drops_that_peer_only),
        cmocka_unit_test(a_dropped_peer_is_not_heard_again),
        cmocka_unit_test(a_peer_without_encryption_gets_nothing),
        cmocka_unit_test(an_unfinished_message_drops_that_peer_only),
        cmocka_unit_test(when_nobody_answers_for_keys_nobody_gets_in),
    };
    signal(SIGPIPE, SIG_IGN); /* as the programs do: who passes bytes on may find that nobody is there any more */
    return cmocka_run_group_tests_name("link and strangers", tests, NULL, NULL);
}
