/* sync_peer.c: the table of peers that a hub serves (floor 1, pure, noun: peer).
 *
 * In the order of their numbers, which rise: a new one is the last. One in thousands is looked for at each message. */
#include <stdlib.h>
#include <string.h>

#include "proto/sync_internal.h"

/* Index of the first peer numbered `number` or more. */
static size_t position(const struct hw_sync *sync, uint64_t number)
{
    size_t low = 0, high = sync->peers_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sync->peers[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct peer *hw_peer_find(struct hw_sync *sync, uint64_t number)
{
    size_t i = position(sync, number);
    return i < sync->peers_n && sync->peers[i].number == number ? &sync->peers[i] : NULL;
}

struct peer *hw_peer_add(struct hw_sync *sync, uint64_t number)
{
    struct peer *peer = hw_peer_find(sync, number);
    if (peer)
        return peer;
    if (sync->peers_n == sync->peers_cap) {
        sync->peers_cap = sync->peers_cap ? sync->peers_cap * 2 : 16;
        sync->peers = hw_realloc(sync->peers, sync->peers_cap * sizeof *sync->peers);
    }
    size_t at = position(sync, number);
    peer = &sync->peers[at];
    memmove(peer + 1, peer, (sync->peers_n++ - at) * sizeof *peer);
    *peer = (struct peer){.number = number};
    return peer;
}

void hw_peer_forget(struct hw_sync *sync, uint64_t number)
{
    struct peer *peer = hw_peer_find(sync, number);
    if (!peer)
        return;
    free(peer->groups);
    hw_pace_forget(&peer->pace);
    memmove(peer, peer + 1, (size_t)(sync->peers + --sync->peers_n - peer) * sizeof *peer);
}
