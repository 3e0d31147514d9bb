/* act.h: requests of local clients that the loop itself carries out, since they are about the network and not the store:
 * upstream.  Floor 3. */
#ifndef DAEMON_ACT_H
#define DAEMON_ACT_H

#include "daemon/node.h"

struct hw_act {
    const char *name; /* the request's verb */
    /* On the loop's thread; answers the call now or later. */
    void (*run)(struct hw_node *node, struct hw_call *call);
};
const struct hw_act *hw_act_find(struct hw_slice name); /* NULL: not one */

/* node_move.c */
void hw_act_upstream(struct hw_node *node, struct hw_call *call);
struct hw_move;
void hw_move_stop(struct hw_move *move); /* the daemon is stopping; NULL is fine */

#endif
