/* link_reason.c: why the connection to the hub failed, in one plain sentence
 * (floor 2, link).
 *
 * libzmq says little: a hub that does not know the key is silent until the
 * handshake times out; one with another key hangs up. How far the hub got is told by
 * TCP, which counts the bytes that came:
 *
 *     none or a part of the greeting   nobody there who speaks ZMTP
 *     the greeting (64)                the hub read our HELLO and could not open
 *                                      it: it has another key than we expect
 *     greeting and WELCOME (234)       the hub has the right key, and did not
 *                                      admit ours
 *
 * Measured with libzmq 4.3.4; sizes from RFC 23 and RFC 26. The descriptor is a copy
 * taken when the connection was made; when libzmq closed it before that, the answer is
 * named as one of several. */
#include <errno.h>
#include <stdio.h>
#include <zmq.h>

#include "daemon/link_internal.h"
#include "daemon/link_tcp.h"

enum { GREETING = 64, WELCOME = 64 + 170 };
enum { BANNED = 400 }; /* ZAP status of a key that is shut out (link_zap.c) */

static const char *lost(const struct hw__tcp *tcp)
{
    if (!tcp->known)
        return "the connection ended";
    /* Still open on both sides, so it was our libzmq that gave it up. */
    if (tcp->open)
        return "timed out: nothing came from the hub";
    if (tcp->other_closed)
        return "the hub closed the connection";
    return "the connection broke";
}

static const char *handshake(const struct hw__tcp *tcp, uint32_t error, bool *refused)
{
    if (tcp->known && tcp->received >= WELCOME) {
        *refused = true;
        return "refused: the hub does not know this office's key";
    }
    if (error != EPIPE && error != ECONNRESET)
        return "timed out: the other end accepts connections but does not answer";
    if (tcp->known && tcp->received < GREETING)
        return "closed at once: the hub is full, or this is not a Headway hub";
    /* Also whoever accepts for a hub that does not run (a forwarded port) hangs up this fast: no reason to
     * doubt a key. */
    if (!tcp->known)
        return "closed at once: the hub is full or does not run, or the hub's key is not the one in the invitation";
    *refused = true;
    return "the hub's key is not the one in the invitation";
}

static const char *not_connected(const struct hw__attempt *attempt, int last_event, uint64_t now)
{
    if (last_event == ZMQ_EVENT_CONNECT_RETRIED)
        return "the hub's name cannot be resolved";
    if (last_event != ZMQ_EVENT_CLOSED)
        return "timed out: no answer to the connection";
    if (!attempt->delayed)
        return "no network, or no route to the hub";
    return now - attempt->began < HW__CONNECT_MS ? "connection refused" : "timed out";
}

bool hw__reason(const struct hw__attempt *attempt, int last_event, uint64_t now, char *text, size_t size)
{
    struct hw__tcp tcp = hw__tcp_ask(attempt->fd);
    bool refused = false;
    const char *why;
    if (attempt->up) {
        why = lost(&tcp);
    } else if (attempt->failure.type == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
        refused = true;
        why = attempt->failure.value == BANNED ? HW_LINK_BANNED : "refused: the hub does not accept this office's key";
    } else if (attempt->failure.type == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL) {
        refused = true;
        why = attempt->failure.value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH
                  ? "refused: the other end does not encrypt, so it is not a Headway hub"
                  : "refused: the other end does not speak as a Headway hub";
    } else if (attempt->failure.type) {
        why = handshake(&tcp, attempt->failure.value, &refused);
    } else {
        why = not_connected(attempt, last_event, now);
    }
    snprintf(text, size, "%s", why);
    return refused;
}
