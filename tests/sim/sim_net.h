/* sim_net.h: the network: connections between offices and the hub they follow,
 * as daemon/link.h promises them, and what may befall them. Takes the place of daemon/link*.c. */
#ifndef TESTS_SIM_NET_H
#define TESTS_SIM_NET_H

#include "headway/message.h"
#include "daemon/link.h"
#include "headway/cbor.h"
#include "tests/sim/sim_world.h"

enum { SIM_OFFICE, SIM_HUB };     /* the ends of a connection */
enum { SIM_UPWARD, SIM_DOWNWARD }; /* its lanes */

struct sim_letter;
struct sim_lane {
    struct sim_letter *first, **end;
    size_t n;
    uint64_t last_at;
    bool waits; /* the sender was told that there is no room */
};

struct sim_conn {
    struct sim_conn *next;
    struct sim_world *world;
    struct sim_node *office, *hub; /* office NULL: a stranger */
    uint8_t key[HW_KEY_SIZE];
    uint64_t peer; /* its number at the hub, from its first message on */
    bool open[2];  /* as each end believes */
    bool cut;      /* nothing arrives any more */
    bool lossy;    /* a message was lost in it, as no TCP loses one: until the probe gives up, it may stand */
    unsigned planned; /* events that know it */
    int64_t granted[2]; /* per lane: what may still be sent, by the CREDIT that was sent */
    int64_t credit;     /* in the message that went last, when it was a CREDIT */
    uint64_t offered;   /* what WELCOME gives, from CONFIRM on */
    struct hw_out model; /* the last SEGMENTS, for a flood of such */
    char groups[8][HW_GROUP_MAX + 1]; /* by their numbers in WELCOME */
    uint64_t session;                 /* for which they are: the hub's latest, of which the office may not have heard yet */
    struct sim_lane lanes[2];
    void (*heard)(struct sim_conn *conn, struct hw_slice bytes); /* a stranger's */
    void *self;
};

/* sim_oracle_net.c: a WELCOME goes out. */
void sim_net_groups(struct sim_conn *conn, const struct hw_message *message);
/* The group that a message says by its number; "" when WELCOME had no such. */
struct hw_slice sim_net_group(const struct sim_conn *conn, uint64_t number);

void sim_net_start(struct sim_node *node); /* it begins to connect */
/* The node is down. `power`: nobody is told; peers find out later. */
void sim_net_stop(struct sim_node *node, bool power);
void sim_net_done(struct sim_world *world);

/* A connection of somebody without a node, or NULL when the hub does not let the key in. */
struct sim_conn *sim_net_stranger(struct sim_world *world, struct sim_node *hub, const uint8_t key[HW_KEY_SIZE]);
void sim_net_say(struct sim_conn *conn, struct hw_slice bytes);
void sim_net_leave(struct sim_conn *conn); /* the stranger goes */

struct sim_node *sim_net_hub(const struct sim_node *node); /* whom it follows; NULL: nobody, or it is down */
bool sim_net_connected(const struct sim_node *node); /* to its hub, and both ends are right in believing it */

/* -- what may befall a node's way to its hub -- */
void sim_net_cut(struct sim_node *node, bool half_open);   /* what is under way is lost */
void sim_net_block(struct sim_node *node, bool up, bool down);
void sim_net_offline(struct sim_node *node, bool offline); /* no network; the node's tries fail at once */
/* sim_rogue.c. Random, mutated or cut bytes come in from this node (downward: go out to it). */
void sim_net_garbage(struct sim_node *node, bool downward);
void sim_net_flood(struct sim_node *node); /* it sends more than it was granted, all at once */
void sim_net_put(struct sim_conn *conn, uint64_t way, struct hw_slice bytes); /* as if that end had sent it */
struct hw_slice sim_net_next(const struct sim_conn *conn, uint64_t way);     /* the next to arrive; empty: none */
size_t sim_net_under_way(const struct sim_world *world); /* letters */

#endif
