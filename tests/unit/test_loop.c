/* test_loop.c: no message stays behind in a ZeroMQ socket.
 *
 * A lost wake-up is shown here without load, sleep or clock: the signal of
 * ZMQ_FD is eaten on purpose, and whoever acts once per wake-up then never acts again.
 * The first tests show that a loop of that kind, written here, does stall; the others
 * that ours does not. The timer is a safety net only: when it fires, the test has
 * failed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <errno.h>
#include <string.h>
#include <zmq.h>

#include "daemon/loop.h"
#include "headway/bytes.h"

enum { NET_MS = 20000, MANY = 1000 };

struct stage {
    void *context, *near, *far; /* two connected sockets */
    struct hw_loop *loop;
    struct hw_watch *watch;
    uv_timer_t net;
    int wanted, got, per_call, echoes, sends, next;
    bool in_order, timed_out;
    int turns;
};

static void connect_pair(struct stage *stage, int type)
{
    *stage = (struct stage){.context = zmq_ctx_new(), .in_order = true};
    stage->near = zmq_socket(stage->context, type);
    stage->far = zmq_socket(stage->context, type);
    assert_int_equal(zmq_bind(stage->near, "inproc://stage"), 0);
    assert_int_equal(zmq_connect(stage->far, "inproc://stage"), 0);
}

static void put(void *socket, int from, int n)
{
    for (int i = from; i < from + n; i++)
        assert_int_equal(zmq_send(socket, &i, sizeof i, ZMQ_DONTWAIT), sizeof i);
}

static int events(void *socket)
{
    int value = 0;
    size_t n = sizeof value;
    assert_int_equal(zmq_getsockopt(socket, ZMQ_EVENTS, &value, &n), 0);
    return value;
}

static bool signalled(void *socket)
{
    int fd = -1;
    size_t n = sizeof fd;
    assert_int_equal(zmq_getsockopt(socket, ZMQ_FD, &fd, &n), 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static void close_stage(struct stage *stage)
{
    int none = 0;
    void *sockets[] = {stage->near, stage->far};
    for (size_t i = 0; i < 2; i++) {
        zmq_setsockopt(sockets[i], ZMQ_LINGER, &none, sizeof none);
        zmq_close(sockets[i]);
    }
    zmq_ctx_term(stage->context);
}

/* ------------------------------------------------ what the fault looks like */

/* The loop that everybody writes first: one receive for each wake-up. Returns how many
 * messages it gets before it would sleep for ever. */
static int naive_loop(void *socket)
{
    int got = 0, value;
    while (signalled(socket)) {
        (void)events(socket);
        if (zmq_recv(socket, &value, sizeof value, ZMQ_DONTWAIT) >= 0)
            got++;
    }
    return got;
}

static void one_receive_per_wake_up_stalls(void **state)
{
    (void)state;
    struct stage stage;
    connect_pair(&stage, ZMQ_PAIR);
    put(stage.far, 0, 10);
    assert_int_equal(naive_loop(stage.near), 1);
    assert_true(events(stage.near) & ZMQ_POLLIN); /* nine are there, and it sleeps */
    close_stage(&stage);
}

static void a_send_eats_the_signal(void **state)
{
    (void)state;
    struct stage stage;
    connect_pair(&stage, ZMQ_PAIR);
    put(stage.far, 0, 1);
    assert_true(signalled(stage.near));
    (void)events(stage.near); /* what a send does, too, when it looks at its commands */
    assert_false(signalled(stage.near));
    assert_int_equal(naive_loop(stage.near), 0); /* it never sees the message at all */
    close_stage(&stage);
}

/* --------------------------------------------------------------- our loop */

static void on_net(uv_timer_t *timer)
{
    struct stage *stage = timer->data;
    stage->timed_out = true;
    hw_loop_stop(stage->loop);
}

static bool on_recv(void *self)
{
    struct stage *stage = self;
    int value = 0;
    if (zmq_recv(stage->near, &value, sizeof value, ZMQ_DONTWAIT) < 0)
        return false;
    stage->in_order = stage->in_order && value == stage->got;
    stage->got++;
    /* Answers from inside the callback eat signals of the same socket. */
    for (int i = 0; i < stage->echoes; i++)
        assert_true(zmq_send(stage->near, &value, sizeof value, ZMQ_DONTWAIT) >= 0 || zmq_errno() == EAGAIN);
    if (stage->got == stage->wanted)
        hw_loop_stop(stage->loop);
    /* "None left" after a few, though there are: the loop must come back by itself. */
    return stage->per_call == 0 || stage->got % stage->per_call != 0;
}

static void begin(struct stage *stage, hw_watch_recv *recv, hw_watch_send *send)
{
    struct hw_err err;
    stage->loop = hw_loop_new(&err);
    assert_non_null(stage->loop);
    uv_timer_init(hw_loop_uv(stage->loop), &stage->net);
    stage->net.data = stage;
    uv_timer_start(&stage->net, on_net, NET_MS, 0);
    stage->watch = hw_watch_new(stage->loop, stage->near, recv, send, stage);
}

static void finish(struct stage *stage)
{
    assert_false(stage->timed_out);
    hw_loop_free(stage->loop);
    close_stage(stage);
}

static void what_came_before_the_run_is_served(void **state)
{
    (void)state;
    struct stage stage;
    connect_pair(&stage, ZMQ_PAIR);
    put(stage.far, 0, 10);
    (void)events(stage.near);
    assert_false(signalled(stage.near)); /* there is no edge any more */
    begin(&stage, on_recv, NULL);
    stage.wanted = 10;
    hw_loop_run(stage.loop);
    assert_int_equal(stage.got, 10);
    finish(&stage);
}

static void one_receive_a_turn_is_enough(void **state)
{
    (void)state;
    struct stage stage;
    connect_pair(&stage, ZMQ_PAIR);
    put(stage.far, 0, MANY);
    begin(&stage, on_recv, NULL);
    stage.wanted = MANY;
    stage.per_call = 1;
    hw_loop_run(stage.loop);
    assert_int_equal(stage.got, MANY);
    assert_true(stage.in_order);
    finish(&stage);
}

static void sends_inside_the_callback_lose_nothing(void **state)
{
    (void)state;
    struct stage stage;
    connect_pair(&stage, ZMQ_DEALER);
    put(stage.far, 0, MANY);
    begin(&stage, on_recv, NULL);
    stage.wanted = MANY;
    stage.echoes = 3;
    hw_loop_run(stage.loop);
    assert_int_equal(stage.got, MANY);
    assert_true(stage.in_order);
    finish(&stage);
}

/* A handle of somebody else, running while the loop sleeps, eats the signal. */
static void on_thief(uv_timer_t *timer)
{
    struct stage *stage = timer->data;
    put(stage->far, stage->next++, 1);
    (void)events(stage->near);
    assert_false(signalled(stage->near));
    if (stage->next < stage->wanted)
        uv_timer_start(timer, on_thief, 0, 0);
}

static void a_signal_eaten_by_another_handle_loses_nothing(void **state)
{
    (void)state;
    struct stage stage;
    connect_pair(&stage, ZMQ_PAIR);
    begin(&stage, on_recv, NULL);
    stage.wanted = 50;
    uv_timer_t thief;
    uv_timer_init(hw_loop_uv(stage.loop), &thief);
    thief.data = &stage;
    uv_timer_start(&thief, on_thief, 0, 0);
    hw_loop_run(stage.loop);
    assert_int_equal(stage.got, 50);
    finish(&stage);
}

/* Writing until full, then asking to be told: the reader makes room from
 * another callback, and `send` comes. */
static void fill(struct stage *stage)
{
    while (stage->sends < stage->wanted &&
           zmq_send(stage->near, &stage->sends, sizeof stage->sends, ZMQ_DONTWAIT) >= 0)
        stage->sends++;
    if (stage->sends < stage->wanted)
        hw_watch_want_send(stage->watch, true);
}

static void on_send(void *self)
{
    struct stage *stage = self;
    stage->turns++;
    fill(stage);
}

static bool on_far(void *self)
{
    struct stage *stage = self;
    int value;
    if (zmq_recv(stage->far, &value, sizeof value, ZMQ_DONTWAIT) < 0)
        return false;
    stage->in_order = stage->in_order && value == stage->got;
    if (++stage->got == stage->wanted)
        hw_loop_stop(stage->loop);
    return true;
}

static void small_queues(struct stage *stage)
{
    int small = 4;
    stage->near = zmq_socket(stage->context, ZMQ_DEALER);
    stage->far = zmq_socket(stage->context, ZMQ_DEALER);
    zmq_setsockopt(stage->near, ZMQ_SNDHWM, &small, sizeof small);
    zmq_setsockopt(stage->far, ZMQ_RCVHWM, &small, sizeof small);
    assert_int_equal(zmq_bind(stage->near, "inproc://full"), 0);
    assert_int_equal(zmq_connect(stage->far, "inproc://full"), 0);
}

static void a_full_queue_is_written_again_when_there_is_room(void **state)
{
    (void)state;
    struct stage stage = {.context = zmq_ctx_new(), .in_order = true, .wanted = MANY};
    small_queues(&stage);
    begin(&stage, on_recv, on_send);
    (void)hw_watch_new(stage.loop, stage.far, on_far, NULL, &stage);
    fill(&stage);
    assert_true(stage.sends < MANY);
    hw_loop_run(stage.loop);
    assert_int_equal(stage.got, MANY);
    assert_true(stage.in_order);
    assert_true(stage.turns > 0);
    finish(&stage);
}

/* Room is made while the callback that met a full queue still runs: nothing
 * ever says so again, only ZMQ_EVENTS does. */
static void on_send_and_room(void *self)
{
    struct stage *stage = self;
    stage->turns++;
    fill(stage);
    while (on_far(stage))
        continue;
    (void)events(stage->near);
}

static void room_made_during_the_callback_is_noticed(void **state)
{
    (void)state;
    struct stage stage = {.context = zmq_ctx_new(), .in_order = true, .wanted = MANY};
    small_queues(&stage);
    begin(&stage, on_recv, on_send_and_room);
    fill(&stage);
    while (on_far(&stage))
        continue;
    hw_loop_run(stage.loop);
    assert_int_equal(stage.got, MANY);
    assert_true(stage.turns > 1);
    finish(&stage);
}

/* ---------------------------------------------------------------- fairness */

static bool on_flood(void *self)
{
    struct stage *stage = self;
    int value;
    if (zmq_recv(stage->near, &value, sizeof value, ZMQ_DONTWAIT) < 0)
        return false;
    stage->got++;
    put(stage->far, stage->got, 1); /* so it never runs dry */
    return true;
}

static bool on_quiet(void *self)
{
    struct stage *stage = self;
    int value;
    if (zmq_recv(stage->far, &value, sizeof value, ZMQ_DONTWAIT) < 0)
        return false;
    hw_loop_stop(stage->loop);
    return true;
}

static void a_flood_on_one_socket_does_not_starve_another(void **state)
{
    (void)state;
    struct stage loud, quiet;
    connect_pair(&loud, ZMQ_PAIR);
    connect_pair(&quiet, ZMQ_PAIR);
    put(loud.far, 0, 200);
    put(quiet.near, 0, 1);
    begin(&loud, on_flood, NULL);
    quiet.loop = loud.loop;
    (void)hw_watch_new(loud.loop, quiet.far, on_quiet, NULL, &quiet);
    hw_loop_run(loud.loop);
    assert_true(loud.got <= 64); /* one turn, no more */
    finish(&loud);
    close_stage(&quiet);
}

/* ---------------------------------------------------------------- closing */

static void on_closed(void *self)
{
    struct stage *stage = self;
    assert_int_equal(zmq_close(stage->near), 0);
    stage->near = NULL;
    hw_loop_stop(stage->loop);
}

static bool on_last(void *self)
{
    struct stage *stage = self;
    stage->got++;
    hw_watch_free(stage->watch, on_closed); /* with messages left */
    return true;
}

static void a_watch_may_be_freed_in_its_own_callback(void **state)
{
    (void)state;
    struct stage stage;
    connect_pair(&stage, ZMQ_PAIR);
    put(stage.far, 0, 5);
    begin(&stage, on_last, NULL);
    hw_loop_run(stage.loop);
    assert_int_equal(stage.got, 1);
    assert_null(stage.near);
    finish(&stage);
}

static void an_empty_loop_starts_and_ends(void **state)
{
    (void)state;
    struct hw_loop *loop = hw_loop_new(NULL);
    assert_non_null(loop);
    hw_loop_free(loop);
    hw_loop_free(NULL);
    hw_watch_free(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_receive_per_wake_up_stalls),
        cmocka_unit_test(a_send_eats_the_signal),
        cmocka_unit_test(what_came_before_the_run_is_served),
        cmocka_unit_test(one_receive_a_turn_is_enough),
        cmocka_unit_test(sends_inside_the_callback_lose_nothing),
        cmocka_unit_test(a_signal_eaten_by_another_handle_loses_nothing),
        cmocka_unit_test(a_full_queue_is_written_again_when_there_is_room),
        cmocka_unit_test(room_made_during_the_callback_is_noticed),
        cmocka_unit_test(a_flood_on_one_socket_does_not_starve_another),
        cmocka_unit_test(a_watch_may_be_freed_in_its_own_callback),
        cmocka_unit_test(an_empty_loop_starts_and_ends),
    };
    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
