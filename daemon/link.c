/* link.c: the ZeroMQ link of a node: making it, its options, start and stop
 * (floor 2, link).
 *
 * libzmq is used as it is, without czmq's zsock: zsock shares one context in the
 * process, and the ZAP handler's address is fixed within a context, so two links
 * (as in tests, and in `headway demo`) would answer for each other. A context of
 * its own per link has no such tie, and zsock adds nothing else that is needed
 * here. */
#include "daemon/link.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <zmq.h>

#include "daemon/link_internal.h"

enum {
    /* Messages waiting per peer and direction, set before bind, never 0: a stopped
     * peer then costs 16 * 224 KiB at most (at 0 one cost 576 MB). */
    QUEUE = 16,
    /* Largest frame taken, refused on its length before memory is taken. Under CURVE
     * 256 KiB lets 262,111 bytes through, more than HW_MESSAGE_MAX. */
    FRAME_MAX = 256 * 1024,
    HANDSHAKE_MS = 5000,
    HEARTBEAT_MS = 10000,
    TTL_MAX_MS = 6500 * 1000, /* 16 bits of tenths of a second, ZMTP 3.1 */
    /* Must exceed 4 * largest message / slowest link, or a slow link is torn down
     * while it works: 60 s allows 15 kB/s. */
    TIMEOUT_MS = 60000,
    RECONNECT_MS = 500,
    RECONNECT_MAX_MS = 60000,
    MAX_PEERS = 4096,
    /* 28 kB each. At a hundred new ones a second each still has ten seconds for its handshake. */
    MAX_STRANGERS = 1024,
    /* Offices behind one address come back together after a power cut; 2,000 did within a second. */
    MAX_PER_ADDRESS = 512,
    /* A handshake costs some 0.2 ms of a processor: one address takes 4 % of it at most. */
    CONNECTS_PER_SECOND = 200,
    /* An office has one; the old ones of a link that was lost go when it comes back. */
    MAX_PER_OFFICE = 4,
    /* What an honest office may have under way towards us: 896 KiB of credit (headway/sync.h), and small messages. */
    UNFINISHED_KB = 2048,
    /* The kernel's buffer of a connection: what it holds counts as unfinished, so it must be less. 256 KiB carry 1 MB/s
     * over a quarter of a second's round trip. */
    RECEIVE_BUFFER = 256 * 1024,
    BACKLOG = 1024, /* 2,000 offices come back at once after a restart */
    /* Descriptors kept for the database, clients, sockets and logs. When accept()
     * has none left, libzmq's listener spins. */
    SPARE_FILES = 128,
    /* libzmq resolves names in its I/O thread, which stands still for as long as
     * DNS does (up to minutes). A new attempt goes to the less loaded thread, so with two
     * the served peers are not held up by an upstream name that does not resolve. */
    IO_THREADS = 2,
    TICK_MS = 20 /* how often this process's memory is looked at; see link_conn.c */
};
/* Hidden in zmq.h as a draft, honoured by libzmq 4.3: without it a connection is
 * let in unchecked when no ZAP handler answers. */
#define ENFORCE_DOMAIN 93
#define DOMAIN "headway"

bool hw__set(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

bool hw__set_bytes(void *socket, int option, const void *bytes, size_t n)
{
    return zmq_setsockopt(socket, option, bytes, n) == 0;
}

bool hw__socket_open(struct hw__socket *s, struct hw_link *link, int type)
{
    *s = (struct hw__socket){.link = link, .socket = zmq_socket(link->context, type)};
    /* The default lingers for ever. */
    return s->socket && hw__set(s->socket, ZMQ_LINGER, 0);
}

void hw__socket_watch(struct hw__socket *s, hw_watch_recv *recv, hw_watch_send *send)
{
    s->watch = hw_watch_new(s->link->loop, s->socket, recv, send, s);
    s->link->open++;
}

static void closed_one(struct hw_link *link)
{
    if (--link->open == 0 && link->stopping && link->done)
        link->done(link->done_self);
}

static void close_now(struct hw__socket *s)
{
    if (s->socket)
        zmq_close(s->socket);
    s->socket = NULL;
}

static void watch_closed(void *self)
{
    struct hw__socket *s = self;
    struct hw_link *link = s->link;
    close_now(s);
    s->watch = NULL;
    if (s->closed)
        s->closed(s->owner); /* may free what `s` is part of */
    closed_one(link);
}

void hw__socket_close(struct hw__socket *s)
{
    if (s->watch)
        hw_watch_free(s->watch, watch_closed);
    else
        close_now(s);
}

/* Options of every socket that speaks TCP; the reasons for the numbers stand
 * beside the constants. */
bool hw__socket_common(struct hw_link *link, void *socket, const char *address, int heartbeat_ms)
{
    const struct hw_link_config *c = &link->config;
    const int ttl_ms = heartbeat_ms + c->timeout_ms < TTL_MAX_MS ? heartbeat_ms + c->timeout_ms : TTL_MAX_MS;
    const int idle_s = heartbeat_ms < HW__QUIET_MS ? 60 : HW__QUIET_MS / 1000;
    const int64_t frame = FRAME_MAX;
    /* An IPv6 socket prefers AAAA records and does not fall back to IPv4 (libzmq
     * #4313), so it is used for literal addresses only: these have brackets. */
    return hw__set(socket, ZMQ_SNDHWM, QUEUE) && hw__set(socket, ZMQ_RCVHWM, QUEUE) &&
           hw__set_bytes(socket, ZMQ_MAXMSGSIZE, &frame, sizeof frame) &&
           hw__set(socket, ZMQ_HANDSHAKE_IVL, c->handshake_ms) &&
           hw__set(socket, ZMQ_HEARTBEAT_IVL, heartbeat_ms) &&
           hw__set(socket, ZMQ_HEARTBEAT_TIMEOUT, c->timeout_ms) &&
           hw__set(socket, ZMQ_HEARTBEAT_TTL, ttl_ms) && hw__set(socket, ZMQ_BACKLOG, BACKLOG) &&
           /* Half-open links behind NAT: found dead after idle_s + 3 * 20 s. */
           hw__set(socket, ZMQ_TCP_KEEPALIVE, 1) && hw__set(socket, ZMQ_TCP_KEEPALIVE_IDLE, idle_s) &&
           hw__set(socket, ZMQ_TCP_KEEPALIVE_INTVL, 20) && hw__set(socket, ZMQ_TCP_KEEPALIVE_CNT, 3) &&
           hw__set(socket, ZMQ_IPV6, strchr(address, '[') ? 1 : 0);
}

static int send_once(void *socket, const void *bytes, size_t n, int flags)
{
    int rc;
    do
        rc = zmq_send(socket, bytes, n, flags | ZMQ_DONTWAIT);
    while (rc < 0 && zmq_errno() == EINTR);
    return rc < 0 ? zmq_errno() : 0;
}

/* A signal between the frames of a message must not part them. */
int hw__recv(zmq_msg_t *frame, void *socket)
{
    int n;
    do
        n = zmq_msg_recv(frame, socket, ZMQ_DONTWAIT);
    while (n < 0 && zmq_errno() == EINTR);
    return n;
}

/* zmq_send looks at its command queue only now and then, so its first EAGAIN may
 * be out of date; reading ZMQ_EVENTS looks for certain. */
int hw__send(void *socket, const void *bytes, size_t n, int flags)
{
    int error = send_once(socket, bytes, n, flags);
    int events = 0;
    size_t size = sizeof events;
    if (error != EAGAIN || zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size) != 0 || !(events & ZMQ_POLLOUT))
        return error;
    return send_once(socket, bytes, n, flags);
}

void hw__key_text(const uint8_t key[HW_KEY_SIZE], char text[HW__KEY_TEXT])
{
    sodium_bin2base64(text, HW__KEY_TEXT, key, HW_KEY_SIZE, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void hw_link_keys(uint8_t public_key[HW_KEY_SIZE], uint8_t secret_key[HW_KEY_SIZE])
{
    int rc = sodium_init();
    assert(rc >= 0); /* fails only where the system has no randomness at all */
    (void)rc;
    crypto_box_keypair(public_key, secret_key);
}

/* "tcp://HOST:PORT"; for listening PORT may be `*` (any free one). */
static enum hw_status check_address(const char *address, bool listen, struct hw_err *err)
{
    const char *example = listen ? "tcp://0.0.0.0:7400" : "tcp://hq.example.org:7400";
    const char *colon = strrchr(address, ':');
    if (strncmp(address, "tcp://", 6) != 0 || colon < address + 7 || strlen(address) > 250)
        return hw_fail(err, HW_CONFIG, "'%.100s' is not an address: write it as %s", address, example);
    if (listen && strcmp(colon, ":*") == 0)
        return HW_OK;
    char *end = NULL;
    long port = colon[1] >= '0' && colon[1] <= '9' ? strtol(colon + 1, &end, 10) : -1;
    if (port < (listen ? 0 : 1) || port > 65535 || *end)
        return hw_fail(err, HW_CONFIG, "'%.100s' has no port from 1 to 65535: write it as %s", address, example);
    return HW_OK;
}

static int or_default(int value, int otherwise)
{
    return value > 0 ? value : otherwise;
}

/* The cap must be met before file descriptors run out. */
static int peers_allowed(int wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return wanted;
    rlim_t room = limit.rlim_cur > 2 * SPARE_FILES ? limit.rlim_cur - SPARE_FILES : limit.rlim_cur / 2;
    return (rlim_t)wanted < room ? wanted : (int)room;
}

static char *copy_text(const char *text)
{
    if (!text)
        return NULL;
    size_t n = strlen(text) + 1;
    return memcpy(hw_alloc(n), text, n);
}

static void set_defaults(struct hw_link_config *c)
{
    c->listen = copy_text(c->listen);
    c->upstream = copy_text(c->upstream);
    c->handshake_ms = or_default(c->handshake_ms, HANDSHAKE_MS);
    c->heartbeat_ms = or_default(c->heartbeat_ms, c->quiet ? HW__QUIET_MS : HEARTBEAT_MS);
    c->timeout_ms = or_default(c->timeout_ms, TIMEOUT_MS);
    c->reconnect_ms = or_default(c->reconnect_ms, RECONNECT_MS);
    c->reconnect_max_ms = or_default(c->reconnect_max_ms, RECONNECT_MAX_MS);
    c->max_peers = peers_allowed(or_default(c->max_peers, MAX_PEERS));
    c->max_strangers = or_default(c->max_strangers, MAX_STRANGERS);
    c->max_per_address = or_default(c->max_per_address, MAX_PER_ADDRESS);
    c->connects_per_second = or_default(c->connects_per_second, CONNECTS_PER_SECOND);
    c->max_per_office = or_default(c->max_per_office, MAX_PER_OFFICE);
    c->unfinished_kb = or_default(c->unfinished_kb, UNFINISHED_KB);
    if (c->max_strangers > c->max_peers / 2) /* the other half is for offices */
        c->max_strangers = c->max_peers > 1 ? c->max_peers / 2 : 1;
}

struct hw_link *hw_link_new(struct hw_loop *loop, const struct hw_link_config *config,
                            const struct hw_link_calls *calls, struct hw_err *err)
{
    if ((config->listen && check_address(config->listen, true, err) != HW_OK) ||
        (config->upstream && check_address(config->upstream, false, err) != HW_OK))
        return NULL;
    void *context = zmq_ctx_new();
    bool ours = hw__epoll_ours();
    if (!context || sodium_init() < 0 || !ours) {
        (void)hw_fail(err, HW_FAILED, "cannot start ZeroMQ: %s", ours ? zmq_strerror(zmq_errno()) : "another epoll_wait()");
        if (context)
            zmq_ctx_term(context);
        return NULL;
    }
    zmq_ctx_set(context, ZMQ_IO_THREADS, IO_THREADS);
    struct hw_link *link = hw_alloc(sizeof *link);
    *link = (struct hw_link){
        .loop = loop, .config = *config, .calls = *calls, .context = context, .random = config->jitter};
    link->served_ms = or_default(config->heartbeat_ms, HW__QUIET_MS);
    set_defaults(&link->config);
    if (sodium_is_zero(link->config.served_key, HW_KEY_SIZE))
        memcpy(link->config.served_key, link->config.secret_key, HW_KEY_SIZE);
    link->oldest = link->newest = -1;
    return link;
}

/* Everything before bind: what is set later does not count for a listener. */
static bool open_router(struct hw_link *link)
{
    struct hw__socket *r = &link->router;
    /* Listener and connections in the same I/O thread. libzmq hands a new
     * connection over before it tells the monitor; in another thread the handshake could
     * be numbered before ACCEPTED is told, against what link_conn.c relies on. */
    const uint64_t first_thread = 1;
    return hw__socket_open(r, link, ZMQ_ROUTER) && hw__socket_common(link, r->socket, link->config.listen, link->served_ms) &&
           hw__set_bytes(r->socket, ZMQ_AFFINITY, &first_thread, sizeof first_thread) &&
           hw__set(r->socket, ZMQ_RCVBUF, RECEIVE_BUFFER) &&
           /* Who asks is the office. If the hub asked as well, libzmq would look through all timers of all connections for
            * each answer: 2,000 idle offices took 6 % of a processor. Who is silent is noticed by link_conn.c. */
           hw__set(r->socket, ZMQ_HEARTBEAT_IVL, 0) &&
           /* Else a send to a dead peer succeeds (60,000 did). */
           hw__set(r->socket, ZMQ_ROUTER_MANDATORY, 1) && hw__set(r->socket, ZMQ_CURVE_SERVER, 1) &&
           hw__set_bytes(r->socket, ZMQ_CURVE_SECRETKEY, link->config.served_key, HW_KEY_SIZE) &&
           hw__set_bytes(r->socket, ZMQ_ZAP_DOMAIN, DOMAIN, strlen(DOMAIN)) &&
           hw__set(r->socket, ENFORCE_DOMAIN, 1) &&
           hw__monitor_open(&link->router_monitor, link, r->socket, "inproc://monitor-served",
                            ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_ACCEPT_FAILED | ZMQ_EVENT_DISCONNECTED |
                                ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL);
}

static void close_served(struct hw_link *link)
{
    hw__socket_close(&link->router);
    hw__socket_close(&link->router_monitor);
    hw__socket_close(&link->zap);
}

static enum hw_status listen_start(struct hw_link *link, struct hw_err *err)
{
    /* The handler stands before the first connection can ask for it. */
    if (!hw__zap_open(link) || !open_router(link))
        return hw_fail(err, HW_FAILED, "cannot prepare the listening socket: %s", zmq_strerror(zmq_errno()));
    if (zmq_bind(link->router.socket, link->config.listen) != 0) {
        bool used = zmq_errno() == EADDRINUSE || zmq_errno() == EACCES;
        return hw_fail(err, used ? HW_FAILED : HW_CONFIG, "cannot listen on %s: %s", link->config.listen,
                       zmq_strerror(zmq_errno()));
    }
    size_t n = sizeof link->bound;
    if (zmq_getsockopt(link->router.socket, ZMQ_LAST_ENDPOINT, link->bound, &n) != 0)
        return hw_fail(err, HW_FAILED, "cannot listen on %s", link->config.listen);
    hw__socket_watch(&link->zap, hw__zap_recv, NULL);
    hw__socket_watch(&link->router_monitor, hw__conn_events, NULL);
    hw__socket_watch(&link->router, hw__peers_recv, hw__peers_writable);
    return HW_OK;
}

static void timer_open(struct hw_link *link, uv_timer_t *timer)
{
    uv_timer_init(hw_loop_uv(link->loop), timer);
    timer->data = link;
    link->open++;
}

enum hw_status hw_link_start(struct hw_link *link, struct hw_err *err)
{
    assert(!link->started);
    if (link->config.listen) {
        enum hw_status status = listen_start(link, err);
        if (status != HW_OK) {
            close_served(link);
            return status;
        }
    }
    link->started = true;
    uv_timer_t *timers[] = {&link->soon, &link->reap, &link->retry, &link->tick, &link->wait, &link->rebind};
    for (size_t i = 0; i < sizeof timers / sizeof *timers; i++)
        timer_open(link, timers[i]);
    if (link->config.listen)
        uv_timer_start(&link->tick, hw__conn_tick, TICK_MS, TICK_MS);
    if (link->config.upstream)
        hw__up_begin(link);
    return HW_OK;
}

const char *hw_link_bound(const struct hw_link *link)
{
    return link->bound;
}

enum hw_status hw_link_address(const char *address, struct hw_err *err)
{
    return check_address(address, false, err);
}

enum hw_status hw_link_move(struct hw_link *link, const char *upstream, struct hw_err *err)
{
    if (!link->config.upstream)
        return hw_fail(err, HW_CONFIG, "this node follows no hub; `headway join FILE` makes it follow one");
    enum hw_status status = check_address(upstream, false, err);
    if (status != HW_OK)
        return status;
    char *old = (char *)(uintptr_t)link->config.upstream; /* ours, see set_defaults */
    link->config.upstream = copy_text(upstream);
    free(old);
    link->step = 0;
    hw_link_reconnect(link, 1);
    return HW_OK;
}

/* libzmq gives up an address in its own thread, so it may be taken for some milliseconds more. */
static void bind_again(uv_timer_t *timer)
{
    struct hw_link *link = timer->data;
    if (link->stopping || zmq_bind(link->router.socket, link->bound) == 0)
        return;
    if (zmq_errno() != EADDRINUSE)
        hw__note(link, hw__note_tag("bind", NULL, 0), 3, "cannot listen on %s: %s", link->bound, zmq_strerror(zmq_errno()));
    uv_timer_start(timer, bind_again, 20, 0);
}

void hw_link_rekey(struct hw_link *link, const uint8_t public_key[HW_KEY_SIZE], const uint8_t secret_key[HW_KEY_SIZE])
{
    memcpy(link->config.public_key, public_key, HW_KEY_SIZE);
    memcpy(link->config.secret_key, secret_key, HW_KEY_SIZE);
}

void hw_link_serve(struct hw_link *link, const uint8_t secret_key[HW_KEY_SIZE])
{
    if (memcmp(link->config.served_key, secret_key, HW_KEY_SIZE) == 0)
        return;
    memcpy(link->config.served_key, secret_key, HW_KEY_SIZE);
    if (!link->router.socket || link->stopping)
        return;
    /* A listener has the key that the socket had at bind. */
    zmq_unbind(link->router.socket, link->bound);
    hw__set_bytes(link->router.socket, ZMQ_CURVE_SECRETKEY, secret_key, HW_KEY_SIZE);
    bind_again(&link->rebind);
}

void hw_link_trust(struct hw_link *link, const uint8_t key[HW_KEY_SIZE])
{
    memcpy(link->config.upstream_key, key, HW_KEY_SIZE);
}

void hw_link_traffic(const struct hw_link *link, uint64_t *sent, uint64_t *received)
{
    *sent = link->sent;
    *received = link->received;
}

const struct hw_link_config *hw_link_limits(const struct hw_link *link)
{
    return &link->config;
}

void hw_link_crowd(const struct hw_link *link, size_t *connections, size_t *strangers)
{
    *connections = (size_t)link->live;
    *strangers = (size_t)link->strangers;
}

static void timer_closed(uv_handle_t *handle)
{
    closed_one(handle->data);
}

void hw_link_stop(struct hw_link *link, void (*done)(void *self), void *self)
{
    if (link->stopping)
        return;
    link->stopping = true;
    link->done = done;
    link->done_self = self;
    if (!link->started) {
        if (done)
            done(self);
        return;
    }
    uv_timer_t *timers[] = {&link->soon, &link->reap, &link->retry, &link->tick, &link->wait, &link->rebind};
    for (size_t i = 0; i < sizeof timers / sizeof *timers; i++)
        uv_close((uv_handle_t *)timers[i], timer_closed);
    hw__up_quiet(link);
    if (link->router.socket) {
        zmq_unbind(link->router.socket, link->bound);
        /* Stopping a monitor waits for room in its queue: make room first. */
        struct hw__event event;
        while (hw__monitor_read(&link->router_monitor, &event))
            continue;
        zmq_socket_monitor(link->router.socket, NULL, 0);
        close_served(link);
    }
}

void hw_link_free(struct hw_link *link)
{
    if (!link)
        return;
    assert(link->open == 0);
    while (zmq_ctx_term(link->context) != 0 && zmq_errno() == EINTR)
        continue;
    for (size_t i = 0; i < link->peers_n; i++)
        free(link->peers[i]);
    free(link->peers);
    free(link->conns);
    free(link->keys);
    free((char *)(uintptr_t)link->config.listen);
    free((char *)(uintptr_t)link->config.upstream);
    sodium_memzero(&link->config, sizeof link->config);
    free(link);
}
