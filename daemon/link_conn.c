/* link_conn.c: accepted connections by file descriptor: how many, whose, and
 * ending them (floor 2, link).
 *
 * libzmq speaks of a connection in three places: the monitor (ACCEPTED and
 * DISCONNECTED with a descriptor), the ZAP request, and the messages (their
 * descriptor and the serial that our ZAP answer gave). These arrive by different
 * queues and descriptors are used again, so which connection does a message belong
 * to? The monitor is always read to its end before a handshake is numbered and before
 * an unknown serial is looked at. Then what is live at descriptor F was accepted
 * after every handshake numbered so far at that moment (`after`), and hence
 *
 *     a message (F, serial) is of the connection live at F  <=>  serial > after
 *
 * Anything else is a late message of a connection that has ended. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "daemon/link_internal.h"
#include "daemon/link_tcp.h"

/* libzmq's HWM and MAXMSGSIZE do not count the frames of an unfinished message, so what TCP has received since the last whole
 * message is compared with `unfinished_kb`: the only guard. Asking the kernel about 4,000 connections takes some
 * milliseconds, and a second is too long: an office sent 300 MB in one. So this process's memory is looked at 50 times a
 * second, which is one system call, and when it has grown all connections are examined; else now and then, for what grows slowly
 * or ended without a word. */
enum {
    LOOK_MS = 1000,     /* for who is silent too long; all connections where the system does not tell our memory */
    EXAMINE_MS = 5000,
    GROWN = 2 * 1024 * 1024,
    /* What an office has under way when it is told that its session ends. Who says more was told and does not stop: a flood of
     * tiny messages is 40,000 a second, and a quarter of a second of it for each connection. */
    LATE_MAX = 64,
    /* Heartbeats are bytes without messages: under 100 a second even at the
     * shortest interval. */
    HEARTBEAT_RATE = 100
};

static bool peer_name(int fd, struct sockaddr_in6 *address)
{
    socklen_t n = sizeof *address;
    memset(address, 0, sizeof *address);
    return getpeername(fd, (struct sockaddr *)address, &n) == 0;
}

static struct hw__conn *at(struct hw_link *link, int fd)
{
    return fd >= 0 && (size_t)fd < link->conns_n ? &link->conns[fd] : NULL;
}

static void grow(struct hw_link *link, int fd)
{
    size_t n = link->conns_n ? link->conns_n : 64;
    while (n <= (size_t)fd)
        n *= 2;
    if (n == link->conns_n)
        return;
    link->conns = hw_realloc(link->conns, n * sizeof *link->conns);
    memset(link->conns + link->conns_n, 0, (n - link->conns_n) * sizeof *link->conns);
    link->conns_n = n;
}

static void ended(struct hw_link *link, int fd)
{
    struct hw__conn *conn = at(link, fd);
    if (!conn || !conn->live)
        return;
    uint64_t peer = conn->peer;
    hw__stranger_out(link, conn);
    *conn = (struct hw__conn){.live = false};
    link->live--;
    if (peer)
        hw__peer_ended(link, peer);
}

static void shut(struct hw_link *link, int fd)
{
    struct hw__conn *conn = at(link, fd);
    struct sockaddr_in6 now;
    if (conn && conn->live)
        hw__stranger_out(link, conn); /* makes room at once, though its end is told later */
    /* libzmq may have closed the descriptor and somebody else got its number. */
    if (conn && conn->live && peer_name(fd, &now) && memcmp(&now, &conn->address, sizeof now) == 0)
        shutdown(fd, SHUT_RDWR); /* libzmq notices, closes it, and tells */
}

static void accepted(struct hw_link *link, int fd)
{
    if (fd < 0)
        return;
    ended(link, fd); /* should its end not have been told */
    grow(link, fd);
    struct hw__conn *conn = &link->conns[fd];
    uint64_t now = hw_loop_now(link->loop);
    *conn = (struct hw__conn){.live = true, .after = link->serial, .base_ms = now, .since_ms = now};
    link->live++;
    if (!peer_name(fd, &conn->address))
        return; /* gone already */
    if (link->live > link->config.max_peers) {
        hw__note(link, hw__note_tag("full", NULL, 0), 4,
                 "closed a new connection: %d are open, which is the most this node allows (max_peers)",
                 link->live - 1);
        shut(link, fd);
        return;
    }
    int closed = hw__stranger_in(link, conn);
    if (closed >= 0)
        shut(link, closed);
}

static void protocol_failed(struct hw_link *link, uint32_t code)
{
    const char *what = "it does not speak as a Headway office";
    if (code == ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC)
        what = "it was made for another hub key";
    else if (code == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH)
        what = "it does not encrypt";
    hw__note(link, hw__note_tag("protocol", &code, sizeof code), 5, "refused a connection: %s", what);
}

static void take_in(struct hw_link *link, const struct hw__event *event)
{
    switch (event->type) {
    case ZMQ_EVENT_ACCEPTED:
        accepted(link, (int)event->value);
        break;
    case ZMQ_EVENT_DISCONNECTED:
        ended(link, (int)event->value);
        break;
    case ZMQ_EVENT_ACCEPT_FAILED:
        hw__note(link, hw__note_tag("accept", NULL, 0), 3,
                 "cannot accept a connection: %s; raise LimitNOFILE or lower max_peers",
                 strerror((int)event->value));
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        protocol_failed(link, event->value);
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        /* Also every port scan and health check: for the curious only. */
        hw__note(link, hw__note_tag("handshake", NULL, 0), 6, "a connection ended before it had shown a key");
        break;
    default:
        break;
    }
}

bool hw__conn_events(void *self)
{
    struct hw__socket *monitor = self;
    struct hw__event event;
    bool any = false;
    while (monitor->socket && hw__monitor_read(monitor, &event)) {
        any = true;
        if (!monitor->link->stopping)
            take_in(monitor->link, &event);
    }
    return any;
}

struct hw__conn *hw__conn_of(struct hw_link *link, int fd, uint64_t serial)
{
    struct hw__conn *conn = at(link, fd);
    if (!conn || !conn->live || serial <= conn->after || conn->doomed)
        return NULL;
    return conn->peer == 0 || conn->peer == serial ? conn : NULL;
}

void hw__conn_doom(struct hw_link *link, int fd, uint64_t peer, uint64_t after_ms)
{
    struct hw__conn *conn = at(link, fd);
    if (!conn || !conn->live || conn->peer != peer)
        return;
    conn->doomed = hw_loop_now(link->loop) + after_ms + 1; /* never 0 */
    if (after_ms == 0)
        shut(link, fd);
    else if (!uv_is_active((uv_handle_t *)&link->reap))
        uv_timer_start(&link->reap, hw__conn_reap, after_ms + 1, 0);
}

bool hw__conn_late(struct hw_link *link, int fd, uint64_t peer)
{
    struct hw__conn *conn = at(link, fd);
    if (!conn || !conn->live || !conn->doomed || conn->peer != peer)
        return false;
    if (++conn->late == LATE_MAX)
        shut(link, fd);
    return true;
}

void hw__conn_reap(uv_timer_t *timer)
{
    struct hw_link *link = timer->data;
    uint64_t now = hw_loop_now(link->loop), next = 0;
    for (size_t fd = 0; fd < link->conns_n; fd++) {
        struct hw__conn *conn = &link->conns[fd];
        if (!conn->live || !conn->doomed)
            continue;
        if (conn->doomed <= now)
            shut(link, (int)fd);
        else if (!next || conn->doomed < next)
            next = conn->doomed;
    }
    if (next)
        uv_timer_start(timer, hw__conn_reap, next - now, 0);
}

void hw__conn_known(struct hw_link *link, int fd)
{
    struct hw__conn *conn = at(link, fd);
    if (conn && conn->live)
        hw__stranger_out(link, conn);
}

void hw__conn_heard(struct hw_link *link, int fd)
{
    struct hw__conn *conn = at(link, fd);
    struct hw__tcp tcp = hw__tcp_ask(fd);
    if (!conn || !tcp.known)
        return;
    conn->base_bytes = tcp.received;
    conn->base_ms = hw_loop_now(link->loop);
}

/* An endless message of many frames is bytes without a message. Compares what TCP
 * has received since the last whole message was handed on. */
static void examine(struct hw_link *link, int fd)
{
    struct hw__conn *conn = &link->conns[fd];
    struct sockaddr_in6 address;
    if (!peer_name(fd, &address) || memcmp(&address, &conn->address, sizeof address) != 0) {
        ended(link, fd); /* closed without the monitor's word */
        return;
    }
    struct hw__tcp tcp = hw__tcp_ask(fd);
    if (!tcp.known)
        return;
    if (conn->peer && tcp.silent_ms > 2 * (uint64_t)link->config.timeout_ms + HW__QUIET_MS) {
        shut(link, fd); /* whatever its headway.conf says, an office asks more often: the link is dead one way, and TCP cannot know */
        return;
    }
    uint64_t idle_ms = hw_loop_now(link->loop) - conn->base_ms;
    if (tcp.received <= conn->base_bytes + (uint64_t)link->config.unfinished_kb * 1024 + idle_ms / 1000 * HEARTBEAT_RATE)
        return;
    hw__note(link, hw__note_tag("endless", &conn->address.sin6_port, sizeof conn->address.sin6_port), 4,
             "closed a connection: %llu bytes came without a whole message",
             (unsigned long long)(tcp.received - conn->base_bytes));
    shut(link, fd);
}

/* Resident pages of this process; 0 when the system does not tell, and then once a second must do. */
static long memory_pages(void)
{
    char text[64] = "";
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    const char *second = n > 0 ? strchr(text, ' ') : NULL;
    return second ? strtol(second, NULL, 10) : 0;
}

void hw__conn_tick(uv_timer_t *timer)
{
    struct hw_link *link = timer->data;
    uint64_t now = hw_loop_now(link->loop);
    long pages = memory_pages();
    long most = link->pages + GROWN / sysconf(_SC_PAGESIZE);
    link->pages = pages < link->pages ? pages : link->pages; /* what was given back counts from below */
    bool grown = pages > most;
    if (!grown && now - link->looked_ms < LOOK_MS)
        return;
    link->looked_ms = now;
    (void)hw__conn_events(&link->router_monitor);
    for (int late = hw__stranger_late(link); late >= 0; late = hw__stranger_late(link))
        shut(link, late);
    if (!grown && now - link->examined_ms < (pages ? EXAMINE_MS : LOOK_MS))
        return;
    link->pages = pages;
    link->examined_ms = now;
    for (size_t fd = 0; fd < link->conns_n && !link->stopping; fd++)
        if (link->conns[fd].live)
            examine(link, (int)fd);
}
