/* link_up.c: the connection to the hub and its backoff (DEALER, floor 2,
 * link).
 *
 *     waiting --timer--> attempt --HANDSHAKE_SUCCEEDED--> up
 *        ^                  |                              |
 *        +-- any failure ---+------------ any loss --------+
 *
 * Every attempt is a new socket, used once. libzmq's own reconnecting is put
 * off beyond any attempt's life: its jitter is too small (five offices came back
 * within 0.3 s), a refusal stops it for good, and it hides how each try ended. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

#include "daemon/link_internal.h"
#include "daemon/link_tcp.h"

enum {
    /* Not -1: then libzmq would not report a name that does not resolve. */
    NEVER_MS = 3600 * 1000,
    /* Longest a name may take to resolve before the attempt is given up; the
     * resolver's own default is 5 s, twice, for up to three servers. */
    RESOLVE_MS = 30000,
    /* A hub that is there answers a connect by then, with 2 s of delay on the way. Later
     * the network may be another, and the kernel waits ever longer before it asks again. */
    ANSWER_MS = 2000
};

static void on_monitor(struct hw__attempt *attempt);

/* splitmix64 (Steele, Lea, Flood 2014); spreads offices, hides nothing. */
static uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Longest wait of a step: four times the shortest, doubled each time. */
static uint64_t longest_wait(const struct hw_link *link)
{
    uint64_t wait = (uint64_t)link->config.reconnect_ms * 4, most = (uint64_t)link->config.reconnect_max_ms;
    for (int i = 0; i < link->step && wait < most; i++)
        wait *= 2;
    return wait < most ? wait : most;
}

static uint64_t backoff(struct hw_link *link)
{
    uint64_t most = longest_wait(link), least = most / 4;
    if (most < (uint64_t)link->config.reconnect_max_ms)
        link->step++;
    return least + random_next(&link->random) % (most - least + 1);
}

static void again_in(struct hw_link *link, uint64_t ms)
{
    uv_timer_start(&link->wait, hw__up_timer, ms, 0);
}

static void part_closed(void *owner)
{
    struct hw__attempt *attempt = owner;
    if (--attempt->open == 0)
        free(attempt);
}

/* Puts the attempt away; it frees itself once its sockets are closed. */
static void end_attempt(struct hw__attempt *attempt)
{
    attempt->over = true;
    attempt->link->attempt = NULL;
    attempt->link->line += hw__tcp_ask(attempt->fd).line;
    if (attempt->fd >= 0)
        close(attempt->fd);
    attempt->fd = -1;
    /* Stopping a monitor waits for room in its queue: make room first. */
    struct hw__event event;
    while (hw__monitor_read(&attempt->monitor, &event))
        continue;
    zmq_socket_monitor(attempt->dealer.socket, NULL, 0);
    hw__socket_close(&attempt->dealer);
    hw__socket_close(&attempt->monitor);
}

static void failed(struct hw__attempt *attempt, int last_event)
{
    struct hw_link *link = attempt->link;
    char why[200], note[600];
    uint64_t now = hw_loop_now(link->loop);
    bool refused = hw__reason(attempt, last_event, now, why, sizeof why);
    bool was_up = attempt->up;
    /* A connection resets the backoff only when it lasted longer than the wait
     * it would save, or one that is dropped at once would be tried for ever at full
     * speed. */
    if (was_up && now - attempt->up_at >= longest_wait(link))
        link->step = 0;
    end_attempt(attempt);
    uint64_t wait = backoff(link);
    again_in(link, wait);
    snprintf(note, sizeof note, "%s %s: %s; next try in %.1f s", was_up ? "lost" : "cannot reach",
             link->config.upstream, why, (double)wait / 1000);
    link->calls.note(link->calls.self, refused ? 4 : 5, note);
    if (!link->stopping)
        link->calls.up_down(link->calls.self, why, refused);
}

static bool on_dealer(void *self)
{
    struct hw__socket *s = self;
    struct hw__attempt *attempt = s->owner;
    struct hw_link *link = s->link;
    /* The message can overtake the news that the connection is up. */
    if (!attempt->over && !attempt->up)
        on_monitor(attempt);
    zmq_msg_t message;
    zmq_msg_init(&message);
    if (attempt->over || hw__recv(&message, s->socket) < 0) {
        zmq_msg_close(&message);
        return false;
    }
    bool many = zmq_msg_more(&message);
    while (zmq_msg_more(&message) && hw__recv(&message, s->socket) >= 0)
        continue;
    if (many) {
        zmq_msg_close(&message);
        hw_link_reconnect(link, 0);
        return true;
    }
    struct hw_slice bytes = {zmq_msg_data(&message), zmq_msg_size(&message)};
    if (attempt->up) {
        link->received += bytes.n;
        link->calls.up_message(link->calls.self, bytes);
    }
    zmq_msg_close(&message);
    return true;
}

static void on_writable(void *self)
{
    struct hw__socket *s = self;
    struct hw__attempt *attempt = s->owner;
    if (attempt->up && !attempt->over)
        s->link->calls.up_writable(s->link->calls.self);
}

/* The hub's last words (an ERROR, a BYE) may lie in the queue still. */
static void last_words(struct hw__attempt *attempt)
{
    while (attempt->up && !attempt->over && on_dealer(&attempt->dealer))
        continue;
}

/* libzmq may have closed it already, and its number may be the database's now:
 * closing a copy of THAT would drop SQLite's locks. So only a TCP descriptor is
 * copied, and a copy that turns out to be something else is never closed. */
static int copy_descriptor(int fd)
{
    if (!hw__tcp_ask(fd).known)
        return -1;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return hw__tcp_ask(copy).known ? copy : -1;
}

static void take_in(struct hw__attempt *attempt, const struct hw__event *event)
{
    struct hw_link *link = attempt->link;
    switch (event->type) {
    case ZMQ_EVENT_CONNECT_DELAYED:
        attempt->delayed = true;
        break;
    case ZMQ_EVENT_CONNECTED:
        if (attempt->fd < 0)
            attempt->fd = copy_descriptor((int)event->value);
        break;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        attempt->up = true;
        attempt->up_at = hw_loop_now(link->loop);
        uv_timer_stop(&link->wait);
        link->calls.up(link->calls.self);
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        attempt->failure = *event;
        break;
    case ZMQ_EVENT_CLOSED:
    case ZMQ_EVENT_CONNECT_RETRIED:
    case ZMQ_EVENT_DISCONNECTED:
        last_words(attempt);
        if (!attempt->over)
            failed(attempt, event->type);
        break;
    default:
        break;
    }
}

static void on_monitor(struct hw__attempt *attempt)
{
    struct hw__event event;
    while (!attempt->over && hw__monitor_read(&attempt->monitor, &event))
        take_in(attempt, &event);
}

static bool on_monitor_ready(void *self)
{
    struct hw__socket *s = self;
    on_monitor(s->owner); /* takes all there is */
    return false;
}

static bool open_dealer(struct hw_link *link, struct hw__attempt *attempt)
{
    char name[64];
    snprintf(name, sizeof name, "inproc://monitor-up-%llu", (unsigned long long)++link->attempts);
    const struct hw_link_config *c = &link->config;
    struct hw__socket *d = &attempt->dealer;
    return hw__socket_open(d, link, ZMQ_DEALER) && hw__socket_common(link, d->socket, c->upstream, c->heartbeat_ms) &&
           /* Else messages queue for a hub that is not there, and go stale. */
           hw__set(d->socket, ZMQ_IMMEDIATE, 1) && hw__set(d->socket, ZMQ_RECONNECT_IVL, NEVER_MS) &&
           hw__set(d->socket, ZMQ_CONNECT_TIMEOUT, HW__CONNECT_MS) &&
           hw__set_bytes(d->socket, ZMQ_CURVE_SERVERKEY, c->upstream_key, HW_KEY_SIZE) &&
           hw__set_bytes(d->socket, ZMQ_CURVE_PUBLICKEY, c->public_key, HW_KEY_SIZE) &&
           hw__set_bytes(d->socket, ZMQ_CURVE_SECRETKEY, c->secret_key, HW_KEY_SIZE) &&
           hw__monitor_open(&attempt->monitor, link, d->socket, name,
                            ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CONNECT_DELAYED | ZMQ_EVENT_CONNECT_RETRIED |
                                ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
                                ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                                ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) &&
           zmq_connect(d->socket, c->upstream) == 0;
}

void hw__up_begin(struct hw_link *link)
{
    struct hw__attempt *attempt = hw_alloc(sizeof *attempt);
    *attempt = (struct hw__attempt){.link = link, .fd = -1, .began = hw_loop_now(link->loop)};
    if (!open_dealer(link, attempt)) {
        /* Out of descriptors or memory: later there may be some. */
        link->calls.note(link->calls.self, 3, zmq_strerror(zmq_errno()));
        hw__socket_close(&attempt->dealer);
        hw__socket_close(&attempt->monitor);
        free(attempt);
        again_in(link, backoff(link));
        return;
    }
    struct hw__socket *parts[] = {&attempt->dealer, &attempt->monitor};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        parts[i]->owner = attempt;
        parts[i]->closed = part_closed;
        attempt->open++;
    }
    hw__socket_watch(&attempt->monitor, on_monitor_ready, NULL);
    hw__socket_watch(&attempt->dealer, on_dealer, on_writable);
    link->attempt = attempt;
    /* Should libzmq never say how it went. */
    again_in(link, (uint64_t)(HW__CONNECT_MS + RESOLVE_MS + 2 * link->config.handshake_ms));
}

void hw__up_timer(uv_timer_t *timer)
{
    struct hw_link *link = timer->data;
    if (link->attempt)
        failed(link->attempt, 0);
    else
        hw__up_begin(link);
}

void hw__up_quiet(struct hw_link *link)
{
    if (link->attempt)
        end_attempt(link->attempt);
}

void hw_link_reconnect(struct hw_link *link, int after_ms)
{
    if (!link->started || link->stopping || !link->config.upstream)
        return;
    bool was_up = link->attempt && link->attempt->up;
    hw__up_quiet(link);
    again_in(link, after_ms > 0 ? (uint64_t)after_ms : backoff(link));
    if (was_up)
        link->calls.up_down(link->calls.self, "connecting again", false);
}

void hw_link_hurry(struct hw_link *link)
{
    const struct hw__attempt *attempt = link->attempt;
    /* Else whoever asks again and again over a slow link never gets through: a handshake takes four round trips. */
    if (attempt && (attempt->up || attempt->fd >= 0 || hw_loop_now(link->loop) - attempt->began < ANSWER_MS))
        return;
    hw_link_reconnect(link, 1);
}

enum hw_status hw_link_send_up(struct hw_link *link, struct hw_slice bytes)
{
    if (bytes.n > HW_MESSAGE_MAX)
        return HW_LIMIT;
    struct hw__attempt *attempt = link->attempt;
    if (!attempt || !attempt->up)
        return HW_NOT_FOUND;
    int error = hw__send(attempt->dealer.socket, bytes.p, bytes.n, 0);
    if (error == 0) {
        link->sent += bytes.n;
        return HW_OK;
    }
    hw_watch_want_send(attempt->dealer.watch, true);
    return HW_FAILED;
}

uint64_t hw_link_line(const struct hw_link *link)
{
    return link->line + (link->attempt ? hw__tcp_ask(link->attempt->fd).line : 0);
}
