/* link_monitor.c: what libzmq tells about connections, and notes that do not
 * flood the log (floor 2, link). */
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "daemon/link_internal.h"

enum {
    /* A full monitor queue stops libzmq's I/O thread. 100,000 events is 25 times
     * what 4,096 connections can cause at once, and some 10 MB. */
    MONITOR_QUEUE = 100000,
    /* One source of trouble is named at once, then after 1, 2, 4 ... 64 s of more
     * of it: about the steps of an office's own backoff. */
    NOTE_FIRST_MS = 1000,
    NOTE_LAST_MS = 64000
};

bool hw__monitor_open(struct hw__socket *monitor, struct hw_link *link, void *of, const char *name, int events)
{
    /* Connected before anything binds or connects, so that no event is missed. */
    return hw__socket_open(monitor, link, ZMQ_PAIR) && hw__set(monitor->socket, ZMQ_RCVHWM, MONITOR_QUEUE) &&
           zmq_socket_monitor(of, name, events) == 0 && zmq_connect(monitor->socket, name) == 0;
}

/* Two frames: event (16 bits) and value (32 bits) in host order, then the
 * endpoint, which says nothing that is needed. */
bool hw__monitor_read(struct hw__socket *monitor, struct hw__event *event)
{
    uint8_t bytes[6] = {0};
    int n = zmq_recv(monitor->socket, bytes, sizeof bytes, ZMQ_DONTWAIT);
    if (n < 0)
        return false;
    int more = 0;
    size_t size = sizeof more;
    while (zmq_getsockopt(monitor->socket, ZMQ_RCVMORE, &more, &size) == 0 && more)
        if (zmq_recv(monitor->socket, NULL, 0, ZMQ_DONTWAIT) < 0 && zmq_errno() != EINTR)
            break;
    uint16_t type;
    memcpy(&type, bytes, sizeof type);
    memcpy(&event->value, bytes + sizeof type, sizeof event->value);
    event->type = type;
    return true;
}

uint64_t hw__note_tag(const char *what, const void *bytes, size_t n)
{
    uint64_t tag = 0;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, crypto_generichash_BYTES_MIN);
    crypto_generichash_update(&state, (const uint8_t *)what, strlen(what));
    crypto_generichash_update(&state, bytes, n);
    uint8_t hash[crypto_generichash_BYTES_MIN];
    crypto_generichash_final(&state, hash, sizeof hash);
    memcpy(&tag, hash, sizeof tag);
    return tag;
}

/* The table has one slot per source modulo its size: a stranger with ever new
 * keys fills 64 slots and is then as quiet as one. */
void hw__note(struct hw_link *link, uint64_t tag, int priority, const char *format, ...)
{
    uint64_t now = hw_loop_now(link->loop);
    struct hw__note *note = &link->notes[tag % HW__NOTES];
    if (now < note->next_ms)
        return;
    /* Quiet for as long as it was silenced: the trouble is a new one. */
    bool fresh = note->step_ms == 0 || now >= note->next_ms + NOTE_LAST_MS;
    note->step_ms = fresh ? NOTE_FIRST_MS : note->step_ms * 2;
    if (note->step_ms > NOTE_LAST_MS)
        note->step_ms = NOTE_LAST_MS;
    note->next_ms = now + note->step_ms;
    note->tag = tag;
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    link->calls.note(link->calls.self, priority, text);
}
