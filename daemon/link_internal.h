/* link_internal.h: what the files of the link share (floor 2, link).
 *
 *   link.c          making, options, start, stop
 *   link_epoll.c    what libzmq's threads hear, and why not everything
 *   link_zap.c      who may connect: the ZAP handler
 *   link_monitor.c  what libzmq tells about connections, and rate-limited notes
 *   link_conn.c     accepted connections, by file descriptor
 *   link_key.c      keys that shake hands and say nothing
 *   link_stranger.c those that have not shown an admitted key, and how many there may be
 *   link_peers.c    served peers and their messages (ROUTER)
 *   link_up.c       the connection to the hub and its backoff (DEALER)
 *   link_reason.c   why that connection failed, in one plain sentence
 *   link_tcp.c      what the kernel knows about a connection
 *
 * Only these files include it (and their test). Names with two underscores are
 * theirs alone. */
#ifndef DAEMON_LINK_INTERNAL_H
#define DAEMON_LINK_INTERNAL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <zmq.h>

#include "daemon/link.h"

#define HW__KEY_TEXT 44     /* base64url of a key, with its NUL */
#define HW__ROUTING_MAX 255 /* longest routing id, RFC 28 */
/* Property that our ZAP handler puts on every connection: the number of the
 * handshake, which is the number of the peer. A client cannot set it: libzmq keeps
 * the first value and takes ours before the client's. */
#define HW__SERIAL "X-Serial"
#define HW__JOIN "join:" /* User-Id of a JOIN key: this and the key; of an office: the key */

/* The rarest sign of life of an office, and what headway.conf takes at most (config.c): where the link is paid by the byte. 130
 * bytes each way with their heads, twelve times an hour; the shortest time after which a network is known to forget a connection
 * is somewhat longer. */
enum { HW__QUIET_MS = 5 * 60 * 1000 };

/* A socket in the loop; its callbacks get this struct. Closed in order: out of
 * the loop, then zmq_close, then `closed`. */
struct hw__socket {
    struct hw_link *link;
    void *socket;
    struct hw_watch *watch;
    void (*closed)(void *owner); /* may be NULL */
    void *owner;
};

/* One accepted connection. The table is indexed by file descriptor, whose
 * numbers are used again: `after` tells a connection from the earlier ones with
 * its number (see link_conn.c). */
struct hw__conn {
    bool live;
    uint64_t after;       /* handshakes numbered up to this belong to earlier connections */
    uint64_t peer;        /* 0: it has not said anything yet */
    uint64_t doomed;      /* loop time at which it is shut down; 0: never */
    int late;             /* messages since then */
    uint64_t base_bytes;  /* bytes TCP had received at the last whole message */
    uint64_t base_ms;     /* and the loop's time then */
    struct sockaddr_in6 address; /* large enough for IPv4 and IPv6 */
    uint64_t since_ms;           /* when it was accepted */
    bool stranger;               /* it has not said anything with an admitted key */
    int slot, older, newer;      /* stranger: its address; its neighbours by age, descriptors or -1 */
};

/* What is counted of an address, or of the few that share the slot. */
struct hw__address {
    int strangers;
    uint64_t left, at; /* connects that it may still make, in thousandths, and when that was so */
};
#define HW__ADDRESSES 1024 /* 24 kB */


struct hw__peer {
    uint64_t number;
    int fd;
    enum hw_admit admit; /* what the key was admitted as */
    bool blocked;        /* its queue was full at the last send */
    bool heard;          /* a message of it was handed on, so its end will be told */
    bool gone;           /* a send met EHOSTUNREACH; peer_down is on its way */
    uint8_t key[HW_KEY_SIZE];
    uint8_t routing[HW__ROUTING_MAX];
    size_t routing_n;
};

struct hw__event {
    int type;
    uint32_t value;
};

/* One attempt to reach the hub: its own DEALER, used once. */
struct hw__attempt {
    struct hw_link *link;
    struct hw__socket dealer, monitor;
    int open;       /* sockets not closed yet */
    bool over;      /* nothing of it counts any more */
    bool up;        /* authenticated */
    bool delayed;   /* the connect was begun */
    int fd;         /* copy of the connection's descriptor, for asking TCP why it ended; -1 */
    uint64_t began; /* loop time */
    uint64_t up_at;
    struct hw__event failure; /* what the handshake failed with, type 0 if not */
};

/* A key whose handshakes are more than its connections that said something. */
struct hw__key {
    uint8_t key[HW_KEY_SIZE];
    int silent;
    uint64_t at; /* since when the count has not gone down by itself */
};

struct hw__note {
    uint64_t tag;
    uint64_t next_ms; /* silent until then */
    uint64_t step_ms;
};
/* Slots for sources of trouble told apart; more share one and are silenced together. */
#define HW__NOTES 64

struct hw_link {
    struct hw_loop *loop;
    struct hw_link_config config; /* its strings are owned here */
    struct hw_link_calls calls;
    void *context;
    int open; /* handles and sockets that the loop still holds */
    bool started, stopping;
    void (*done)(void *self);
    void *done_self;

    struct hw__socket router, router_monitor, zap;
    char bound[256];
    uint64_t serial; /* handshakes admitted so far */
    struct hw__conn *conns;
    size_t conns_n;
    int live; /* connections now */
    struct hw__address addresses[HW__ADDRESSES];
    int strangers, oldest, newest; /* strangers by age: how many, first and last descriptor or -1 */
    long pages; /* resident memory when connections were examined last, and when that was */
    uint64_t examined_ms, looked_ms;
    struct hw__peer **peers; /* sorted by number */
    size_t peers_n, peers_size;
    uv_timer_t soon;  /* tells of peers found gone inside a send */
    uv_timer_t reap;  /* shuts doomed connections down */
    uv_timer_t retry; /* while a peer is blocked */
    uv_timer_t tick;  /* examines connections */
    uv_timer_t rebind; /* until the address is free again for the new key */
    struct hw__note notes[HW__NOTES];
    struct hw__key *keys;
    size_t keys_n;

    struct hw__attempt *attempt; /* NULL while waiting */
    uv_timer_t wait;             /* the next attempt, or the end of this one's patience */
    int step;                    /* of the backoff */
    uint64_t random;
    uint64_t attempts;

    int served_ms; /* the sign of life that served peers are asked for, beside their own */

    uint64_t sent, received;
    uint64_t line; /* what earlier connections to the hub have cost */
};

/* link.c */
bool hw__socket_open(struct hw__socket *s, struct hw_link *link, int type);
void hw__socket_watch(struct hw__socket *s, hw_watch_recv *recv, hw_watch_send *send);
void hw__socket_close(struct hw__socket *s); /* also one that has no watch yet */
bool hw__socket_common(struct hw_link *link, void *socket, const char *address, int heartbeat_ms);
bool hw__set(void *socket, int option, int value);
bool hw__set_bytes(void *socket, int option, const void *bytes, size_t n);
/* One frame without blocking; its size, or -1. */
int hw__recv(zmq_msg_t *frame, void *socket);
/* Sends one frame without blocking; 0, or the errno. */
int hw__send(void *socket, const void *bytes, size_t n, int flags);
void hw__key_text(const uint8_t key[HW_KEY_SIZE], char text[HW__KEY_TEXT]);

/* link_epoll.c: whether libzmq asks this program's epoll_wait(). */
bool hw__epoll_ours(void);

/* link_zap.c */
bool hw__zap_open(struct hw_link *link);
bool hw__zap_recv(void *self);
bool hw__zap_user(const char *user, uint8_t key[HW_KEY_SIZE], enum hw_admit *admit);

/* link_monitor.c */
bool hw__monitor_open(struct hw__socket *monitor, struct hw_link *link, void *of, const char *name, int events);
bool hw__monitor_read(struct hw__socket *monitor, struct hw__event *event);
void hw__note(struct hw_link *link, uint64_t tag, int priority, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
uint64_t hw__note_tag(const char *what, const void *bytes, size_t n);

/* link_conn.c */
bool hw__conn_events(void *self); /* takes in all that the ROUTER's monitor has to tell */
struct hw__conn *hw__conn_of(struct hw_link *link, int fd, uint64_t serial);
void hw__conn_heard(struct hw_link *link, int fd); /* a whole message came */
void hw__conn_known(struct hw_link *link, int fd); /* it is no stranger any more */
void hw__conn_doom(struct hw_link *link, int fd, uint64_t peer, uint64_t after_ms);
bool hw__conn_late(struct hw_link *link, int fd, uint64_t peer); /* a message came although its connection is doomed */
void hw__conn_reap(uv_timer_t *timer);
void hw__conn_tick(uv_timer_t *timer);

/* link_stranger.c. `in` counts a new one and says whose descriptor is to be closed for it: its own, an older one's, or -1;
 * `late` says who has been silent for too long. */
int hw__stranger_in(struct hw_link *link, struct hw__conn *conn);
void hw__stranger_out(struct hw_link *link, struct hw__conn *conn);
int hw__stranger_slot(const struct hw_link *link, const struct hw__conn *conn); /* of its address in the table */
int hw__stranger_late(const struct hw_link *link);

/* link_key.c: a handshake of an admitted key: false: too many of its connections said nothing; the first message of one. */
bool hw__key_shakes(struct hw_link *link, const uint8_t key[HW_KEY_SIZE]);
void hw__key_heard(struct hw_link *link, const uint8_t key[HW_KEY_SIZE]);

/* link_peers.c */
bool hw__peers_recv(void *self);
void hw__peers_writable(void *self);
void hw__peers_retry(uv_timer_t *timer);
void hw__peers_soon(uv_timer_t *timer);
void hw__peer_ended(struct hw_link *link, uint64_t number);

/* link_up.c */
void hw__up_begin(struct hw_link *link);
void hw__up_quiet(struct hw_link *link);
void hw__up_timer(uv_timer_t *timer);

/* link_reason.c: fills `text`, returns true when trying again soon will not help by itself. */
bool hw__reason(const struct hw__attempt *attempt, int last_event, uint64_t now, char *text, size_t size);
/* Milliseconds after which a connect is given up. */
#define HW__CONNECT_MS 10000

#endif
