/* link_key.c: keys that shake hands and then say nothing (floor 2, link).
 *
 * libzmq's ROUTER passes over a connection whose routing id somebody has already, and when that connection has sent a message
 * it keeps its pipe, 24 kB, for ever: ROUTER marks the pipe as being read and never reads it again. A hostile office that
 * connects under one id over and over would take all memory. ROUTER_HANDOVER would end that, and would let one office take
 * the place of another by guessing its id. So what can be seen here is counted: handshakes of a key less connections
 * of it that said something. An office says HELLO behind each handshake; a link that breaks just between the two is
 * forgiven, since the count goes down with time. */
#include <string.h>

#include "daemon/link_internal.h"

enum {
    SILENT_MAX = 32,               /* less than a megabyte */
    FORGIVE_MS = 10 * 60 * 1000    /* one less: at most 3.5 MB a day for an office that goes on */
};

static struct hw__key *find(struct hw_link *link, const uint8_t key[HW_KEY_SIZE])
{
    for (size_t i = 0; i < link->keys_n; i++)
        if (memcmp(link->keys[i].key, key, HW_KEY_SIZE) == 0)
            return &link->keys[i];
    return NULL;
}

/* Those that have been forgiven everything leave; the table is as long as the list of offices at most. */
static void forgive(struct hw_link *link, uint64_t now)
{
    for (size_t i = link->keys_n; i > 0; i--) {
        struct hw__key *one = &link->keys[i - 1];
        uint64_t less = (now - one->at) / FORGIVE_MS;
        if (less >= (uint64_t)one->silent)
            *one = link->keys[--link->keys_n];
        else if (less)
            one->silent -= (int)less, one->at += less * FORGIVE_MS;
    }
}

bool hw__key_shakes(struct hw_link *link, const uint8_t key[HW_KEY_SIZE])
{
    uint64_t now = hw_loop_now(link->loop);
    forgive(link, now);
    struct hw__key *one = find(link, key);
    if (one && one->silent >= SILENT_MAX)
        return false;
    if (!one) {
        link->keys = hw_realloc(link->keys, (link->keys_n + 1) * sizeof *link->keys);
        one = &link->keys[link->keys_n++];
        *one = (struct hw__key){.at = now};
        memcpy(one->key, key, HW_KEY_SIZE);
    }
    one->silent++;
    return true;
}

void hw__key_heard(struct hw_link *link, const uint8_t key[HW_KEY_SIZE])
{
    struct hw__key *one = find(link, key);
    if (one && one->silent > 0)
        one->silent--;
}
