/* node_link.c: what the link tells the node, and what the node hands to the
 * link (floor 3). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/node_internal.h"

void hw_node_link_state(struct hw_node *node, const char *state, const char *reason)
{
    if (strcmp(node->link_state, state) != 0)
        node->link_since = hw_clock_wall();
    node->link_state = state;
    snprintf(node->link_reason, sizeof node->link_reason, "%s", reason);
    node->link_next = 0;
}

static void peer_down(void *self, uint64_t peer);

static void peer_message(void *self, uint64_t peer, const uint8_t key[HW_KEY_SIZE], struct hw_slice bytes)
{
    struct hw_node *node = self;
    enum hw_admit as = hw_node_admit(node, key);
    if (as != HW_ADMIT_OFFICE && as != HW_ADMIT_JOIN) { /* the key was taken out meanwhile */
        hw_link_drop(node->link, peer);
        peer_down(node, peer);
        return;
    }
    struct hw_input input = {.type = HW_IN_RECV, .peer = peer, .bytes = bytes, .key = key,
                             .joining = as == HW_ADMIT_JOIN,
                             .source = hw_link_source(node->link, peer)};
    hw_node_input(node, &input);
}

/* Sends what waited for room in this peer's queue, in order. */
static void flush(struct hw_node *node, uint64_t peer)
{
    struct parcel **at = &node->parcels;
    while (*at) {
        struct parcel *parcel = *at;
        if (parcel->peer != peer) {
            at = &parcel->next;
            continue;
        }
        struct hw_slice bytes = {parcel->bytes, parcel->n};
        enum hw_status status = peer == HW_UPSTREAM ? hw_link_send_up(node->link, bytes)
                                                    : hw_link_send(node->link, peer, bytes);
        if (status == HW_FAILED)
            break;
        *at = parcel->next;
        free(parcel);
    }
    for (node->parcels_end = &node->parcels; *node->parcels_end;)
        node->parcels_end = &(*node->parcels_end)->next;
}

static void forget_parcels(struct hw_node *node, uint64_t peer)
{
    struct parcel **at = &node->parcels;
    while (*at) {
        struct parcel *parcel = *at;
        if (parcel->peer != peer) {
            at = &parcel->next;
            continue;
        }
        *at = parcel->next;
        free(parcel);
    }
    node->parcels_end = at;
}

void hw_node_drop(struct hw_node *node, uint64_t peer)
{
    hw_link_drop(node->link, peer);
    forget_parcels(node, peer);
}

/* Bytes that wait for room in the peer's queue. */
static size_t waiting(const struct hw_node *node, uint64_t peer)
{
    size_t n = 0;
    for (const struct parcel *parcel = node->parcels; parcel; parcel = parcel->next)
        if (parcel->peer == peer)
            n += parcel->n;
    return n;
}

/* Credit bounds segments and journals; answers to a peer that asks without
 * ever reading are bounded here, at twice that. */
enum { PARCELS_MAX = 2 * HW_CREDIT_WINDOW };

void hw_node_send(struct hw_node *node, uint64_t peer, struct hw_slice bytes)
{
    size_t before = waiting(node, peer);
    enum hw_status status = HW_FAILED;
    if (before == 0) /* never overtakes what waits */
        status = peer == HW_UPSTREAM ? hw_link_send_up(node->link, bytes) : hw_link_send(node->link, peer, bytes);
    if (status != HW_FAILED)
        return; /* sent, or the peer is gone: peer_down comes */
    if (before + bytes.n > PARCELS_MAX && peer != HW_UPSTREAM) {
        hw_log_write(node->log, 4, "a peer that does not read was disconnected");
        hw_link_drop(node->link, peer);
        peer_down(node, peer);
        return;
    }
    struct parcel *parcel = hw_alloc(sizeof *parcel + bytes.n);
    *parcel = (struct parcel){.peer = peer, .n = bytes.n};
    memcpy(parcel->bytes, bytes.p, bytes.n);
    *node->parcels_end = parcel;
    node->parcels_end = &parcel->next;
}

static void peer_writable(void *self, uint64_t peer)
{
    flush(self, peer);
}

static void peer_down(void *self, uint64_t peer)
{
    struct hw_node *node = self;
    struct hw_input input = {.type = HW_IN_PEER_DOWN, .peer = peer};
    forget_parcels(node, peer);
    hw_node_input(node, &input);
}

static void up(void *self)
{
    struct hw_node *node = self;
    struct hw_input input = {.type = HW_IN_PEER_UP, .peer = HW_UPSTREAM};
    forget_parcels(node, HW_UPSTREAM);
    node->link_up = true;
    hw_follow_up(node);
    hw_node_input(node, &input);
}

static void up_message(void *self, struct hw_slice bytes)
{
    struct hw_input input = {.type = HW_IN_RECV, .peer = HW_UPSTREAM, .bytes = bytes};
    hw_node_input(self, &input);
}

static void up_writable(void *self)
{
    flush(self, HW_UPSTREAM);
}

static void up_down(void *self, const char *reason, bool refused)
{
    struct hw_node *node = self;
    struct hw_input input = {.type = HW_IN_PEER_DOWN, .peer = HW_UPSTREAM,
                             .shut = strcmp(reason, HW_LINK_BANNED) == 0};
    struct hw_sync_view view;
    forget_parcels(node, HW_UPSTREAM);
    hw_node_input(node, &input);
    hw_sync_look(node->sync, &view);
    if (!node->link_up && strstr(reason, "key is not the one"))
        hw_follow_refused(node);
    /* What the hub said about ending the session explains more than the closed connection; what it said in an earlier
     * one does not. */
    bool told = node->link_up && *view.reason;
    int64_t next = node->link_next;
    const char *state = view.lane == 0 ? "off" : refused || told ? "refused" : "connecting";
    hw_node_link_state(node, state, told ? view.reason : reason);
    /* Who was away when it was announced; also where the key is one cause of several. docs/decisions.md */
    if (!told && strstr(reason, "key is not the one"))
        snprintf(node->link_reason, sizeof node->link_reason, "%s; if headquarters has changed it, a file brings the new one: headway"
                 " bundle --for %s there, headway apply FILE here", reason, node->config.name);
    node->link_next = told ? next : 0;
    node->link_up = false;
}

static void note(void *self, int priority, const char *text)
{
    hw_log_write(((struct hw_node *)self)->log, priority, "%s", text);
}

const struct hw_link_calls hw_node_link_calls = {.admit = hw_node_admit,
                                                 .peer_message = peer_message,
                                                 .peer_writable = peer_writable,
                                                 .peer_down = peer_down,
                                                 .up = up,
                                                 .up_message = up_message,
                                                 .up_writable = up_writable,
                                                 .up_down = up_down,
                                                 .note = note};
