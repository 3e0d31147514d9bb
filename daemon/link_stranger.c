/* link_stranger.c: connections that have not said anything yet with an admitted key: how many there may be, from one
 * address and in all, and how fast they may come (floor 2, link).
 *
 * An office says HELLO as soon as its handshake is over, some milliseconds on a good link. So who waits longest among the
 * strangers is the least likely to be an office, and makes room for the newcomer: a flood of silent connections keeps
 * nobody out unless it is faster than a handshake. Offices in session are never closed for it.
 *
 * Addresses are counted in slots of a small table, by a hash that nobody outside can foresee; two that share one share their
 * limits. Of IPv6 the first half counts, which is what one customer has. */
#include <string.h>

#include "daemon/link_internal.h"

enum {
    /* After this an admitted key that is silent is ended: an office may have a commit to wait for before its HELLO. */
    SILENT_MS = 30 * 1000,
    BURST_S = 5 /* seconds of connects_per_second that may come at once: a whole site after a power cut */
};

static size_t place_of(const struct hw_link *link, const struct sockaddr_in6 *address)
{
    uint8_t bytes[24] = {0};
    memcpy(bytes, &link->config.jitter, sizeof link->config.jitter);
    if (address->sin6_family == AF_INET6)
        memcpy(bytes + 8, &address->sin6_addr, 8);
    else
        memcpy(bytes + 8, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    return (size_t)(hw__note_tag("address", bytes, sizeof bytes) % HW__ADDRESSES);
}

static struct hw__address *slot_of(struct hw_link *link, const struct sockaddr_in6 *address)
{
    return &link->addresses[place_of(link, address)];
}

int hw__stranger_slot(const struct hw_link *link, const struct hw__conn *conn)
{
    return (int)place_of(link, &conn->address);
}

void hw__stranger_out(struct hw_link *link, struct hw__conn *conn)
{
    if (!conn->stranger)
        return;
    *(conn->older >= 0 ? &link->conns[conn->older].newer : &link->oldest) = conn->newer;
    *(conn->newer >= 0 ? &link->conns[conn->newer].older : &link->newest) = conn->older;
    conn->stranger = false;
    link->strangers--;
    link->addresses[conn->slot].strangers--;
}

static void put_last(struct hw_link *link, struct hw__conn *conn, struct hw__address *slot)
{
    int fd = (int)(conn - link->conns);
    conn->stranger = true;
    conn->slot = (int)(slot - link->addresses);
    conn->older = link->newest;
    conn->newer = -1;
    *(link->newest >= 0 ? &link->conns[link->newest].newer : &link->oldest) = fd;
    link->newest = fd;
    link->strangers++;
    slot->strangers++;
}

/* The one that has waited longest; of this slot, or of all. */
static int longest(const struct hw_link *link, const struct hw__address *slot)
{
    int fd = link->oldest;
    while (slot && fd >= 0 && link->conns[fd].slot != (int)(slot - link->addresses))
        fd = link->conns[fd].newer;
    return fd;
}

/* A connect of this address counts; false: they come too fast. */
static bool in_time(struct hw_link *link, struct hw__address *slot)
{
    uint64_t now = hw_loop_now(link->loop), rate = (uint64_t)link->config.connects_per_second, full = rate * BURST_S * 1000;
    slot->left = slot->at ? slot->left + (now - slot->at) * rate : full; /* thousandths */
    slot->left = slot->left < full ? slot->left : full;
    slot->at = now ? now : 1;
    if (slot->left < 1000)
        return false;
    slot->left -= 1000;
    return true;
}

int hw__stranger_in(struct hw_link *link, struct hw__conn *conn)
{
    struct hw__address *slot = slot_of(link, &conn->address);
    if (!in_time(link, slot)) {
        hw__note(link, hw__note_tag("often", &conn->slot, sizeof conn->slot), 4,
                 "closed new connections: more than %d a second come from one address (connects_per_second)",
                 link->config.connects_per_second);
        return (int)(conn - link->conns);
    }
    put_last(link, conn, slot);
    if (slot->strangers > link->config.max_per_address) {
        hw__note(link, hw__note_tag("address", NULL, 0), 4,
                 "closed connections that had said nothing: more than %d from one address (max_per_address)",
                 link->config.max_per_address);
        return longest(link, slot);
    }
    if (link->strangers > link->config.max_strangers) {
        hw__note(link, hw__note_tag("strangers", NULL, 0), 4,
                 "closed connections that had said nothing: more than %d at once (max_strangers)", link->config.max_strangers);
        return longest(link, NULL);
    }
    return -1;
}

int hw__stranger_late(const struct hw_link *link)
{
    int fd = link->oldest;
    bool late = fd >= 0 && hw_loop_now(link->loop) - link->conns[fd].since_ms > SILENT_MS + (uint64_t)link->config.handshake_ms;
    return late ? fd : -1;
}
