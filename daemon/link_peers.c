/* link_peers.c: served peers: their messages in and out (ROUTER, floor 2,
 * link).
 *
 * A peer is one authenticated connection. Its number is the serial of its
 * handshake, which every message carries as metadata; the routing id is libzmq's
 * affair and only the address of the answer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "daemon/link_internal.h"

enum {
    /* A dropped peer's connection ends this long after: time for the ERROR that
     * says why to leave, and well within the second that revocation may take. */
    DROP_MS = 250,
    /* Blocked peers are tried again when the ROUTER stirs. It cannot say which
     * peer became writable, and its signal can be eaten by any other call, so they are
     * also tried this often: at 8 messages of 224 KiB a try, 70 MB/s per peer. */
    RETRY_MS = 25
};

/* Index of the first peer numbered `number` or more. */
static size_t position(const struct hw_link *link, uint64_t number)
{
    size_t low = 0, high = link->peers_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (link->peers[middle]->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct hw__peer *find(const struct hw_link *link, uint64_t number)
{
    size_t i = position(link, number);
    return i < link->peers_n && link->peers[i]->number == number ? link->peers[i] : NULL;
}

static struct hw__peer *add(struct hw_link *link, uint64_t number)
{
    if (link->peers_n == link->peers_size) {
        link->peers_size = link->peers_size ? link->peers_size * 2 : 16;
        link->peers = hw_realloc(link->peers, link->peers_size * sizeof(struct hw__peer *));
    }
    size_t i = position(link, number);
    memmove(link->peers + i + 1, link->peers + i, (link->peers_n - i) * sizeof(struct hw__peer *));
    struct hw__peer *peer = hw_alloc(sizeof *peer);
    *peer = (struct hw__peer){.number = number};
    link->peers[i] = peer;
    link->peers_n++;
    return peer;
}

static void forget(struct hw_link *link, uint64_t number)
{
    size_t i = position(link, number);
    if (i >= link->peers_n || link->peers[i]->number != number)
        return;
    free(link->peers[i]);
    link->peers_n--;
    memmove(link->peers + i, link->peers + i + 1, (link->peers_n - i) * sizeof(struct hw__peer *));
}

void hw__peer_ended(struct hw_link *link, uint64_t number)
{
    struct hw__peer *peer = find(link, number);
    if (!peer)
        return; /* dropped before */
    bool heard = peer->heard;
    forget(link, number);
    if (heard)
        link->calls.peer_down(link->calls.self, number);
}

/* The link's own decision to end a connection: told upward. */
static void cut(struct hw_link *link, struct hw__peer *peer, const char *why)
{
    char key[HW__KEY_TEXT];
    hw__key_text(peer->key, key);
    hw__note(link, hw__note_tag(why, peer->key, HW_KEY_SIZE), 4, "closed the connection of key %s: %s", key, why);
    uint64_t number = peer->number;
    hw__conn_doom(link, peer->fd, number, 0);
    hw__peer_ended(link, number);
}

/* One office has few connections at most: the newest count, since older ones may be dead without anybody knowing. */
static void end_oldest(struct hw_link *link, const struct hw__peer *newest)
{
    struct hw__peer *oldest = NULL;
    int n = 0;
    for (size_t i = link->peers_n; i > 0; i--)
        if (memcmp(link->peers[i - 1]->key, newest->key, HW_KEY_SIZE) == 0) {
            oldest = link->peers[i - 1];
            n++;
        }
    if (n > link->config.max_per_office)
        cut(link, oldest, "its office has newer ones (max_per_office)");
}

/* A message with its metadata. */
struct arrival {
    zmq_msg_t routing, payload;
    bool many; /* more than one frame of payload */
};

static void arrival_done(struct arrival *a)
{
    zmq_msg_close(&a->routing);
    zmq_msg_close(&a->payload);
}

/* Takes one whole message, all its frames. */
static bool take(void *socket, struct arrival *a)
{
    zmq_msg_init(&a->routing);
    zmq_msg_init(&a->payload);
    a->many = false;
    if (hw__recv(&a->routing, socket) < 0)
        return false;
    bool more = zmq_msg_more(&a->routing);
    if (!more || hw__recv(&a->payload, socket) < 0)
        return true; /* no payload, hence no User-Id: dropped by the caller */
    while (zmq_msg_more(&a->payload)) {
        /* The last frame replaces the payload; nobody looks at it. */
        a->many = true;
        if (hw__recv(&a->payload, socket) < 0)
            break;
    }
    return true;
}

/* The peer of a message, made at its first; NULL when the connection has ended
 * or the message has no authenticated sender. */
static struct hw__peer *sender(struct hw_link *link, struct arrival *a)
{
    /* From the payload: on the routing frame it can be missing (libzmq 4.3.4). */
    const char *user = zmq_msg_gets(&a->payload, "User-Id");
    const char *digits = zmq_msg_gets(&a->payload, HW__SERIAL);
    int fd = zmq_msg_get(&a->payload, ZMQ_SRCFD);
    uint64_t serial = digits ? strtoull(digits, NULL, 10) : 0;
    uint8_t key[HW_KEY_SIZE];
    enum hw_admit admit = HW_ADMIT_NO;
    if (!user || !serial)
        return NULL;
    struct hw__peer *peer = find(link, serial);
    if (peer)
        return peer->gone ? NULL : peer;
    if (hw__conn_late(link, fd, serial) || !hw__zap_user(user, key, &admit))
        return NULL;
    (void)hw__conn_events(&link->router_monitor); /* see link_conn.c */
    struct hw__conn *conn = hw__conn_of(link, fd, serial);
    if (!conn)
        return NULL;
    peer = add(link, serial);
    peer->fd = fd;
    peer->admit = admit;
    memcpy(peer->key, key, HW_KEY_SIZE);
    peer->routing_n = zmq_msg_size(&a->routing);
    if (peer->routing_n > HW__ROUTING_MAX)
        peer->routing_n = HW__ROUTING_MAX;
    memcpy(peer->routing, zmq_msg_data(&a->routing), peer->routing_n);
    conn->peer = serial;
    hw__conn_known(link, fd);
    hw__key_heard(link, key);
    end_oldest(link, peer);
    return peer;
}

static void deliver(struct hw_link *link, struct arrival *a)
{
    struct hw__peer *peer = sender(link, a);
    if (!peer)
        return;
    if (a->many) {
        cut(link, peer, "it sent a message of several frames");
        return;
    }
    /* Rights count now, not as they were at the handshake. */
    if (link->calls.admit(link->calls.self, peer->key) != peer->admit) {
        cut(link, peer, "its key is no longer admitted as before");
        return;
    }
    peer->heard = true;
    hw__conn_heard(link, peer->fd);
    struct hw_slice bytes = {zmq_msg_data(&a->payload), zmq_msg_size(&a->payload)};
    link->received += bytes.n;
    uint8_t key[HW_KEY_SIZE]; /* the callback may drop the peer */
    memcpy(key, peer->key, HW_KEY_SIZE);
    link->calls.peer_message(link->calls.self, peer->number, key, bytes);
}

bool hw__peers_recv(void *self)
{
    struct hw__socket *s = self;
    struct arrival a;
    bool any = take(s->socket, &a);
    if (any)
        deliver(s->link, &a);
    arrival_done(&a);
    return any;
}

/* Walks by number, because the callbacks may add and drop peers. */
static void try_blocked(struct hw_link *link)
{
    bool left = false;
    uint64_t last = 0;
    for (size_t i = 0; i < link->peers_n && !link->stopping; i = position(link, last + 1)) {
        struct hw__peer *peer = link->peers[i];
        last = peer->number;
        if (!peer->blocked || peer->gone)
            continue;
        peer->blocked = false;
        link->calls.peer_writable(link->calls.self, last);
        peer = find(link, last);
        left = left || (peer && peer->blocked);
    }
    if (!left && !link->stopping)
        uv_timer_stop(&link->retry);
}

void hw__peers_writable(void *self)
{
    struct hw__socket *s = self;
    try_blocked(s->link);
}

void hw__peers_retry(uv_timer_t *timer)
{
    try_blocked(timer->data);
}

/* Outside of hw_link_send, whose caller does not expect to be called back. */
void hw__peers_soon(uv_timer_t *timer)
{
    struct hw_link *link = timer->data;
    uint64_t last = 0;
    for (size_t i = 0; i < link->peers_n && !link->stopping; i = position(link, last + 1)) {
        struct hw__peer *peer = link->peers[i];
        last = peer->number;
        if (!peer->gone)
            continue;
        hw__conn_doom(link, peer->fd, last, 0);
        hw__peer_ended(link, last);
    }
}

static enum hw_status not_sent(struct hw_link *link, struct hw__peer *peer, int error)
{
    if (error == EAGAIN) {
        peer->blocked = true;
        hw_watch_want_send(link->router.watch, true);
        if (!uv_is_active((uv_handle_t *)&link->retry))
            uv_timer_start(&link->retry, hw__peers_retry, RETRY_MS, RETRY_MS);
        return HW_FAILED;
    }
    peer->gone = true;
    uv_timer_start(&link->soon, hw__peers_soon, 0, 0);
    return HW_NOT_FOUND;
}

enum hw_status hw_link_send(struct hw_link *link, uint64_t number, struct hw_slice bytes)
{
    if (bytes.n > HW_MESSAGE_MAX)
        return HW_LIMIT;
    struct hw__peer *peer = link->stopping ? NULL : find(link, number);
    if (!peer || peer->gone)
        return HW_NOT_FOUND;
    int error = hw__send(link->router.socket, peer->routing, peer->routing_n, ZMQ_SNDMORE);
    if (error)
        return not_sent(link, peer, error);
    /* Only the first frame can meet a full queue. */
    error = hw__send(link->router.socket, bytes.p, bytes.n, 0);
    if (error)
        return not_sent(link, peer, error);
    link->sent += bytes.n;
    return HW_OK;
}

uint64_t hw_link_source(const struct hw_link *link, uint64_t number)
{
    const struct hw__peer *peer = find(link, number);
    bool live = peer && peer->fd >= 0 && (size_t)peer->fd < link->conns_n && link->conns[peer->fd].live;
    return live ? (uint64_t)hw__stranger_slot(link, &link->conns[peer->fd]) + 1 : 0;
}

void hw_link_recheck(struct hw_link *link)
{
    uint64_t last = 0;
    for (size_t i = 0; i < link->peers_n && !link->stopping; i = position(link, last + 1)) {
        struct hw__peer *peer = link->peers[i];
        last = peer->number;
        if (!peer->gone && link->calls.admit(link->calls.self, peer->key) != peer->admit)
            cut(link, peer, "its key is no longer admitted as before");
    }
}

void hw_link_drop(struct hw_link *link, uint64_t number)
{
    struct hw__peer *peer = find(link, number);
    if (!peer || link->stopping)
        return;
    hw__conn_doom(link, peer->fd, number, DROP_MS);
    forget(link, number);
}
