/* link_zap.c: the ZAP handler: libzmq asks it about every key that wants to
 * connect (RFC 27, floor 2, link).
 *
 * It lives in the same loop and answers from memory, so 3,000 offices cost a
 * look-up each. czmq's zauth was measured and left: it rescans a directory of
 * certificates for every handshake. The answer for an unknown key is 300, try again
 * later: 400 and 500 stop a stock client for good, and a key that is unknown today may
 * be entered tomorrow. A key that headquarters has shut out gets 400, so that its owner learns that this is meant. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "daemon/link_internal.h"

#define ENDPOINT "inproc://zeromq.zap.01" /* fixed by RFC 27 */

/* Frames of a CURVE request, in order. */
enum { VERSION, REQUEST, DOMAIN, ADDRESS, IDENTITY, MECHANISM, KEY, FRAMES };
/* Longest frame that libzmq writes into a request (the routing id's 255). */
enum { FRAME_MAX = 256 };

struct request {
    uint8_t bytes[FRAMES][FRAME_MAX];
    size_t n[FRAMES];
    bool whole; /* exactly the frames expected, none too long */
};

bool hw__zap_open(struct hw_link *link)
{
    struct hw__socket *zap = &link->zap;
    return hw__socket_open(zap, link, ZMQ_REP) && zmq_bind(zap->socket, ENDPOINT) == 0;
}

/* Reads a request to its end, whatever its shape; false when there was none. */
static bool read_request(void *socket, struct request *request)
{
    bool more = true;
    *request = (struct request){.whole = true};
    for (size_t i = 0; more; i++) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        if (hw__recv(&frame, socket) < 0) {
            zmq_msg_close(&frame);
            return false;
        }
        size_t n = zmq_msg_size(&frame);
        if (i >= FRAMES || n > FRAME_MAX) {
            request->whole = false;
        } else {
            memcpy(request->bytes[i], zmq_msg_data(&frame), n);
            request->n[i] = n;
        }
        more = zmq_msg_more(&frame);
        request->whole = request->whole && (more || i == FRAMES - 1);
        zmq_msg_close(&frame);
    }
    return true;
}

/* One metadata property as in RFC 23: length and name, four bytes of length and
 * value. */
static size_t serial_property(uint64_t serial, uint8_t to[64])
{
    char digits[24];
    size_t n = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)serial);
    const size_t name = strlen(HW__SERIAL);
    to[0] = (uint8_t)name;
    memcpy(to + 1, HW__SERIAL, name);
    uint8_t *value = to + 1 + name;
    memcpy(value, (const uint8_t[4]){0, 0, 0, (uint8_t)n}, 4);
    memcpy(value + 4, digits, n);
    return 1 + name + 4 + n;
}

static void answer(struct hw_link *link, const struct request *request, const char *code, const char *text,
                   const char *user)
{
    void *socket = link->zap.socket;
    uint8_t properties[64];
    size_t n = user[0] ? serial_property(++link->serial, properties) : 0;
    /* A handshake that ended meanwhile makes these fail, which harms nobody. */
    (void)hw__send(socket, "1.0", 3, ZMQ_SNDMORE);
    (void)hw__send(socket, request->bytes[REQUEST], request->n[REQUEST], ZMQ_SNDMORE);
    (void)hw__send(socket, code, 3, ZMQ_SNDMORE);
    (void)hw__send(socket, text, strlen(text), ZMQ_SNDMORE);
    (void)hw__send(socket, user, strlen(user), ZMQ_SNDMORE);
    (void)hw__send(socket, properties, n, 0);
}

static bool is(const struct request *request, int frame, const char *text)
{
    return request->n[frame] == strlen(text) && memcmp(request->bytes[frame], text, request->n[frame]) == 0;
}

static void decide(struct hw_link *link, const struct request *request)
{
    if (!request->whole || !is(request, VERSION, "1.0") || !is(request, MECHANISM, "CURVE") ||
        request->n[KEY] != HW_KEY_SIZE) {
        answer(link, request, "500", "not a CURVE request", "");
        return;
    }
    const uint8_t *key = request->bytes[KEY];
    char user[sizeof HW__JOIN + HW__KEY_TEXT] = "";
    char *text = user;
    enum hw_admit admit = link->calls.admit(link->calls.self, key);
    if (admit == HW_ADMIT_JOIN) {
        memcpy(user, HW__JOIN, strlen(HW__JOIN));
        text += strlen(HW__JOIN);
    }
    hw__key_text(key, text);
    if (admit == HW_ADMIT_BANNED) {
        hw__note(link, hw__note_tag("banned", key, HW_KEY_SIZE), 5, "refused a connection from %.*s: key %s is shut out",
                 (int)request->n[ADDRESS], (const char *)request->bytes[ADDRESS], text);
        answer(link, request, "400", "shut out", "");
        return;
    }
    if (admit == HW_ADMIT_NO) {
        hw__note(link, hw__note_tag("key", key, HW_KEY_SIZE), 5, "refused a connection from %.*s: unknown key %s",
                 (int)request->n[ADDRESS], (const char *)request->bytes[ADDRESS], text);
        answer(link, request, "300", "unknown key", "");
        return;
    }
    if (!hw__key_shakes(link, key)) {
        hw__note(link, hw__note_tag("silent", key, HW_KEY_SIZE), 4,
                 "refused a connection from %.*s: those of key %s say nothing; ask that office, or revoke it",
                 (int)request->n[ADDRESS], (const char *)request->bytes[ADDRESS], text);
        answer(link, request, "300", "too many silent connections", "");
        return;
    }
    answer(link, request, "200", "OK", user);
}

bool hw__zap_recv(void *self)
{
    struct hw__socket *s = self;
    struct request request;
    /* First what the monitor tells: link_conn.c relies on a connection having
     * been noticed before its handshake gets a number. */
    (void)hw__conn_events(&s->link->router_monitor);
    if (!read_request(s->socket, &request))
        return false;
    decide(s->link, &request);
    return true;
}

bool hw__zap_user(const char *user, uint8_t key[HW_KEY_SIZE], enum hw_admit *admit)
{
    const size_t prefix = strlen(HW__JOIN);
    *admit = HW_ADMIT_OFFICE;
    if (strncmp(user, HW__JOIN, prefix) == 0) {
        *admit = HW_ADMIT_JOIN;
        user += prefix;
    }
    size_t n = 0;
    return sodium_base642bin(key, HW_KEY_SIZE, user, strlen(user), NULL, &n, NULL,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
           n == HW_KEY_SIZE;
}
