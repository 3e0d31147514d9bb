/* loop.c: libuv, and how ZeroMQ sockets live in it (floor 2, loop).
 *
 * ZMQ_FD says "something happened", once, not "there is something to read": it
 * is edge-triggered, and any zmq_send, zmq_recv or reading of ZMQ_EVENTS eats
 * the signal. Acting once per wake-up therefore stalls sooner or later, however
 * well it does under load. So the descriptor only ends the sleep (its callback is
 * empty) and the truth is read from ZMQ_EVENTS, for every socket in every turn:
 *
 *   prepare (just before the sleep)  reads ZMQ_EVENTS of all sockets; when any
 *                                    has work it starts an idle handle, so that
 *                                    libuv does not sleep
 *   poll (the sleep)                 other handles run; sends there may eat a
 *                                    signal, which no longer matters
 *   check (just after)               stops the idle and serves the sockets
 *
 * What arrives between prepare and the sleep leaves its signal in the
 * descriptor, which uv_poll sees because it is level-triggered. Nothing of ours
 * runs in that gap. */
#include "daemon/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <zmq.h>

#include "headway/bytes.h"

/* Whole messages taken from one socket before the next has its turn: enough to
 * make the cost of a turn disappear, few enough that 64 messages of 224 KiB
 * delay a timer by some milliseconds only. */
enum { TURN_MAX = 64 };

struct hw_watch {
    uv_poll_t poll;
    struct hw_loop *loop;
    void *socket;
    hw_watch_recv *recv;
    hw_watch_send *send;
    void *self;
    void (*closed)(void *self);
    bool want_send;
    bool vague; /* a ROUTER: its POLLOUT means that some peer can be written */
    bool tried; /* vague only: `send` was called and nothing was noticed since */
    bool ended; /* hw_watch_free was called */
};

struct hw_loop {
    uv_loop_t uv;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t idle;
    struct hw_watch **watches; /* slots of ended watches are NULL until the turn is over */
    size_t watches_n, watches_size;
    size_t start; /* the socket that is served first, another one each turn */
};

static int events(const struct hw_watch *watch)
{
    int value = 0;
    size_t n = sizeof value;
    if (zmq_getsockopt(watch->socket, ZMQ_EVENTS, &value, &n) != 0)
        return 0; /* ETERM: the context is going away, nothing to do here */
    return value;
}

/* A DEALER's POLLOUT is exact: while it holds, a send succeeds. A ROUTER's holds
 * nearly always, whichever peer one waits for, and calling `send` for as long as it
 * holds would spin; so it is called once for each sign of life (a wake-up, a message).
 * Signs can be eaten, as above: whoever waits for one peer of a ROUTER needs a timer
 * besides (link_peers.c has it). */
static bool may_send(struct hw_watch *watch, int found)
{
    return watch->want_send && (found & ZMQ_POLLOUT) && !(watch->vague && watch->tried);
}

static bool has_work(struct hw_watch *watch)
{
    int found = events(watch);
    return (found & ZMQ_POLLIN) || may_send(watch, found);
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle; /* being active is all it is for */
}

static void on_poll(uv_poll_t *poll, int status, int found)
{
    struct hw_watch *watch = poll->data;
    (void)status;
    (void)found;
    watch->tried = false; /* the work itself is done in `check` */
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct hw_loop *loop = prepare->data;
    bool work = false;
    /* All are read, also after one with work was found: reading ZMQ_EVENTS is
     * also what lets libzmq handle its commands. */
    for (size_t i = 0; i < loop->watches_n; i++)
        if (loop->watches[i] && has_work(loop->watches[i]))
            work = true;
    if (work)
        uv_idle_start(&loop->idle, on_idle);
}

static void serve(struct hw_watch *watch)
{
    for (int i = 0; i < TURN_MAX && !watch->ended; i++) {
        if (!(events(watch) & ZMQ_POLLIN) || !watch->recv(watch->self))
            break;
        watch->tried = false;
    }
    if (!watch->ended && may_send(watch, events(watch))) {
        watch->tried = true;
        watch->want_send = false; /* the callback asks again when it meets a full queue again */
        watch->send(watch->self);
    }
}

static void forget_ended(struct hw_loop *loop)
{
    size_t kept = 0;
    for (size_t i = 0; i < loop->watches_n; i++)
        if (loop->watches[i])
            loop->watches[kept++] = loop->watches[i];
    loop->watches_n = kept;
}

static void on_check(uv_check_t *check)
{
    struct hw_loop *loop = check->data;
    uv_idle_stop(&loop->idle);
    size_t n = loop->watches_n; /* those added by a callback wait for the next turn */
    for (size_t i = 0; i < n; i++) {
        struct hw_watch *watch = loop->watches[(loop->start + i) % n];
        if (watch)
            serve(watch);
    }
    loop->start = n ? (loop->start + 1) % n : 0;
    forget_ended(loop);
}

struct hw_loop *hw_loop_new(struct hw_err *err)
{
    struct hw_loop *loop = hw_alloc(sizeof *loop);
    *loop = (struct hw_loop){.start = 0};
    int rc = uv_loop_init(&loop->uv);
    if (rc != 0) {
        free(loop);
        (void)hw_fail(err, HW_FAILED, "cannot make the event loop: %s", uv_strerror(rc));
        return NULL;
    }
    return loop;
}

static void close_left(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void hw_loop_free(struct hw_loop *loop)
{
    if (!loop)
        return;
    for (size_t i = 0; i < loop->watches_n; i++)
        if (loop->watches[i])
            hw_watch_free(loop->watches[i], NULL);
    /* Again when a close callback made something new. */
    do {
        uv_walk(&loop->uv, close_left, NULL);
        uv_run(&loop->uv, UV_RUN_DEFAULT);
    } while (uv_loop_close(&loop->uv) == UV_EBUSY);
    free(loop->watches);
    free(loop);
}

uv_loop_t *hw_loop_uv(struct hw_loop *loop)
{
    return &loop->uv;
}

/* The three handles live from here to the end of the run: they keep the loop
 * alive on purpose, and a stopped loop has none of its own left. */
void hw_loop_run(struct hw_loop *loop)
{
    uv_prepare_init(&loop->uv, &loop->prepare);
    uv_check_init(&loop->uv, &loop->check);
    uv_idle_init(&loop->uv, &loop->idle);
    loop->prepare.data = loop->check.data = loop->idle.data = loop;
    uv_prepare_start(&loop->prepare, on_prepare);
    uv_check_start(&loop->check, on_check);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&loop->prepare, NULL);
    uv_close((uv_handle_t *)&loop->check, NULL);
    uv_close((uv_handle_t *)&loop->idle, NULL);
    uv_run(&loop->uv, UV_RUN_NOWAIT); /* closing handles end within one turn */
}

void hw_loop_stop(struct hw_loop *loop)
{
    uv_stop(&loop->uv);
}

uint64_t hw_loop_now(struct hw_loop *loop)
{
    return uv_now(&loop->uv);
}

static void add(struct hw_loop *loop, struct hw_watch *watch)
{
    if (loop->watches_n == loop->watches_size) {
        loop->watches_size = loop->watches_size ? loop->watches_size * 2 : 8;
        loop->watches = hw_realloc(loop->watches, loop->watches_size * sizeof(struct hw_watch *));
    }
    loop->watches[loop->watches_n++] = watch;
}

struct hw_watch *hw_watch_new(struct hw_loop *loop, void *socket, hw_watch_recv *recv, hw_watch_send *send,
                              void *self)
{
    int fd = -1, type = 0;
    size_t n = sizeof fd;
    int rc = zmq_getsockopt(socket, ZMQ_FD, &fd, &n);
    assert(rc == 0);
    n = sizeof type;
    rc = zmq_getsockopt(socket, ZMQ_TYPE, &type, &n);
    assert(rc == 0);
    struct hw_watch *watch = hw_alloc(sizeof *watch);
    *watch = (struct hw_watch){.loop = loop, .socket = socket, .recv = recv, .send = send, .self = self};
    watch->vague = type == ZMQ_ROUTER;
    /* Fails only for a descriptor that epoll cannot watch; ZMQ_FD is an eventfd. */
    rc = uv_poll_init(&loop->uv, &watch->poll, fd);
    assert(rc == 0);
    (void)rc;
    watch->poll.data = watch;
    uv_poll_start(&watch->poll, UV_READABLE, on_poll);
    add(loop, watch);
    return watch;
}

void hw_watch_want_send(struct hw_watch *watch, bool wanted)
{
    watch->want_send = wanted;
}

static void on_closed(uv_handle_t *handle)
{
    struct hw_watch *watch = handle->data;
    if (watch->closed)
        watch->closed(watch->self);
    free(watch);
}

/* The descriptor must leave epoll before zmq_close gives its number away, so
 * the caller closes the socket in `closed`. */
void hw_watch_free(struct hw_watch *watch, void (*closed)(void *self))
{
    if (!watch || watch->ended)
        return;
    struct hw_loop *loop = watch->loop;
    for (size_t i = 0; i < loop->watches_n; i++)
        if (loop->watches[i] == watch)
            loop->watches[i] = NULL;
    watch->ended = true;
    watch->closed = closed;
    uv_poll_stop(&watch->poll);
    uv_close((uv_handle_t *)&watch->poll, on_closed);
}
