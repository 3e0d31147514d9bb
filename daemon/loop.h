/* loop.h: the one event loop: libuv, and how ZeroMQ sockets live in it.
 * Floor 2.  Only loop.c knows the ZMQ_FD dance (edge-triggered: ZMQ_EVENTS is
 * read again after every send and receive). */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include <stdbool.h>
#include <uv.h>

#include "headway/status.h"

struct hw_loop;   /* owns a uv_loop_t, one shared prepare/check/idle, and the watchers */
struct hw_watch;  /* one ZeroMQ socket in the loop */

/* Called for each readable socket, at most 64 times a turn while ZMQ_POLLIN
 * holds: receive ONE whole message with ZMQ_DONTWAIT. Returns false when there
 * was none. */
typedef bool hw_watch_recv(void *self);
/* Called when the socket may be writable again after a blocked send. */
typedef void hw_watch_send(void *self);

struct hw_loop *hw_loop_new(struct hw_err *err);
void hw_loop_free(struct hw_loop *loop); /* after hw_loop_run returned; closes what is left */
uv_loop_t *hw_loop_uv(struct hw_loop *loop);
/* Runs until hw_loop_stop; then closes the loop's own handles. */
void hw_loop_run(struct hw_loop *loop);
void hw_loop_stop(struct hw_loop *loop);
/* Monotonic milliseconds of this turn. */
uint64_t hw_loop_now(struct hw_loop *loop);

/* `socket` is the raw libzmq socket. It stays the caller's; the watch must be
 * freed before the socket is closed: `closed(self)` is called once it is safe to zmq_close. */
struct hw_watch *hw_watch_new(struct hw_loop *loop, void *socket, hw_watch_recv *recv, hw_watch_send *send,
                              void *self);
void hw_watch_want_send(struct hw_watch *watch, bool wanted); /* call `send` when POLLOUT */
void hw_watch_free(struct hw_watch *watch, void (*closed)(void *self));

#endif
