/* link.h: the ZeroMQ sockets: ROUTER for the offices that follow this node,
 * DEALER to the hub it follows, the ZAP handler, the monitors.  Floor 2.
 * Only link.c and its siblings link_*.c call libzmq. The link knows keys and messages as
 * bytes; what they mean is the engine's. One frame per message. */
#ifndef DAEMON_LINK_H
#define DAEMON_LINK_H

#include "daemon/loop.h"
#include "headway/bytes.h"

#define HW_KEY_SIZE 32 /* CURVE25519 key, raw */
/* One message at most: 224 KiB in one frame; MAXMSGSIZE is 256 KiB because under CURVE that lets 262,111 bytes through. */
#define HW_MESSAGE_MAX (224 * 1024)

/* What a CURVE key may do. JOIN: an invitation's one-use key. BANNED: nothing, and its owner is to know that this is meant. */
enum hw_admit { HW_ADMIT_NO, HW_ADMIT_OFFICE, HW_ADMIT_JOIN, HW_ADMIT_BANNED };

/* What `up_down` says of a hub that shuts this node's key out. */
#define HW_LINK_BANNED "refused: the hub has shut this office's key out"

/* A peer served by our ROUTER: small number, never reused within one run of the process,
 * given at the first message of a connection (routing id). */
struct hw_link_calls {
    void *self;
    /* Is this key welcome? Asked by the ZAP handler for every handshake; an in-memory look-up. */
    enum hw_admit (*admit)(void *self, const uint8_t key[HW_KEY_SIZE]);
    /* A whole message from a served peer; `bytes` borrowed. Messages without a User-Id are dropped before this. */
    void (*peer_message)(void *self, uint64_t peer, const uint8_t key[HW_KEY_SIZE], struct hw_slice bytes);
    /* The served peer can be written again after hw_link_send said HW_FAILED (full). */
    void (*peer_writable)(void *self, uint64_t peer);
    /* The served peer is gone (its connection ended, or a send met EHOSTUNREACH). */
    void (*peer_down)(void *self, uint64_t peer);
    /* Upstream: connected and authenticated / lost, with one plain sentence of the reason
     * ("refused: the hub does not know this office's key", "timed out", "connection refused", "the hub's key is not the one
     * in the invitation"). `refused` is true when trying again soon will not help by itself. `up_down` is called
     * for every attempt that failed, also when there was no `up` before it. */
    void (*up)(void *self);
    void (*up_message)(void *self, struct hw_slice bytes);
    void (*up_writable)(void *self);
    void (*up_down)(void *self, const char *reason, bool refused);
    /* One plain line for the log (rate limited by the link: once per peer and backoff step). */
    void (*note)(void *self, int priority, const char *text);
};

struct hw_link_config {
    const char *listen;   /* "tcp://0.0.0.0:7400" or NULL */
    const char *upstream; /* "tcp://hq.example.org:7400" or NULL */
    uint8_t public_key[HW_KEY_SIZE], secret_key[HW_KEY_SIZE];
    uint8_t served_key[HW_KEY_SIZE]; /* secret, of the listener; zeros: secret_key */
    uint8_t upstream_key[HW_KEY_SIZE];
    /* Milliseconds; the documented defaults when 0: handshake 5 s, heartbeat 10 s (on a quiet link 300 s),
     * heartbeat timeout 60 s, reconnect 500..2000 ms at random up to 60 s. */
    int handshake_ms, heartbeat_ms, timeout_ms, reconnect_ms, reconnect_max_ms;
    bool quiet;    /* the link to the hub is paid by the byte: signs of life are rare */
    int max_peers; /* accepted connections; 0: 4096 */
    /* Connections that have not shown an admitted key: in all, from one address, and new ones a second from one address;
     * those of one key; bytes of an unfinished message. 0: the defaults of link.c. */
    int max_strangers, max_per_address, connects_per_second, max_per_office, unfinished_kb;
    uint64_t jitter; /* random seed for the backoff, from the caller */
};

struct hw_link;
struct hw_link *hw_link_new(struct hw_loop *loop, const struct hw_link_config *config,
                            const struct hw_link_calls *calls, struct hw_err *err);
/* Starts listening and connecting. Errors: CONFIG (address), FAILED (port in use). */
HW_MUST_USE enum hw_status hw_link_start(struct hw_link *link, struct hw_err *err);
/* The address really bound (for port 0 or `*`), borrowed; "" when not listening. */
const char *hw_link_bound(const struct hw_link *link);
/* Copies and sends one message. Errors: FAILED: queue full, wait for *_writable; NOT_FOUND: the
 * peer is gone; LIMIT: too long. Never blocks. */
HW_MUST_USE enum hw_status hw_link_send(struct hw_link *link, uint64_t peer, struct hw_slice bytes);
HW_MUST_USE enum hw_status hw_link_send_up(struct hw_link *link, struct hw_slice bytes);
/* Ends one served peer's connection (revocation, protocol error): shutdown() of its file descriptor
 * after checking that it is still that peer's; and forgets the peer: nothing of it is heard from now on and
 * `peer_down` is not called. The connection ends a quarter of a second later, so that an ERROR sent just before
 * still leaves; or as soon as it has gone on for 64 messages more. */
void hw_link_drop(struct hw_link *link, uint64_t peer);
/* Asks again for each served peer whether its key is admitted, and ends at once the connections of those that are not;
 * `peer_down` is called for them. */
void hw_link_recheck(struct hw_link *link);
/* Ends the upstream connection and tries again after `after_ms` (0: the link's own backoff). */
void hw_link_reconnect(struct hw_link *link, int after_ms);
/* Somebody waits: tries now instead of later. An attempt that the hub has answered goes on, however slowly; so does a
 * connection. */
void hw_link_hurry(struct hw_link *link);
/* Whether it can be a hub's address: "tcp://HOST:PORT". Errors: CONFIG. */
HW_MUST_USE enum hw_status hw_link_address(const char *address, struct hw_err *err);
/* `headway upstream`: another address, same key. */
HW_MUST_USE enum hw_status hw_link_move(struct hw_link *link, const char *upstream, struct hw_err *err);
/* The limits in force, with defaults and what the system allows. */
const struct hw_link_config *hw_link_limits(const struct hw_link *link);
/* Accepted connections now, and those among them that have not shown an admitted key. */
/* A number of the peer's address, one of some thousand: two addresses that share one share their limits. 0: it has gone. */
uint64_t hw_link_source(const struct hw_link *link, uint64_t peer);
void hw_link_crowd(const struct hw_link *link, size_t *connections, size_t *strangers);
/* Other keys of this node: for the next attempt upstream; and for whoever connects to it from now on. Connections that there are
 * go on. */
void hw_link_rekey(struct hw_link *link, const uint8_t public_key[HW_KEY_SIZE], const uint8_t secret_key[HW_KEY_SIZE]);
void hw_link_serve(struct hw_link *link, const uint8_t secret_key[HW_KEY_SIZE]);
/* The key that the hub must have, from the next attempt on. */
void hw_link_trust(struct hw_link *link, const uint8_t key[HW_KEY_SIZE]);
/* What the connections to the hub have cost since start, with the heads of TCP and IP: as the kernel counts them. */
uint64_t hw_link_line(const struct hw_link *link);
/* Bytes put on the wire and taken off it since start, payload of messages only. */
void hw_link_traffic(const struct hw_link *link, uint64_t *sent, uint64_t *received);
/* Unbinds, stops monitors, closes watches, then calls done(self) when everything is closed (within the loop). */
void hw_link_stop(struct hw_link *link, void (*done)(void *self), void *self);
void hw_link_free(struct hw_link *link); /* after done, or before start */

/* New CURVE key pair (libsodium box keys are the same curve). */
void hw_link_keys(uint8_t public_key[HW_KEY_SIZE], uint8_t secret_key[HW_KEY_SIZE]);

#endif
