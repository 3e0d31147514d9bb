/* sim_door.c: who may stay connected when the keys that are admitted change; as daemon/link_peers.c does it. */
#include "tests/sim/sim_net.h"
#include "tests/sim/sim_node.h"

void hw_link_recheck(struct hw_link *link)
{
    for (struct sim_conn *conn = link->owner->world->conns; conn; conn = conn->next) {
        if (conn->hub != link->owner || !conn->open[SIM_HUB] || !conn->peer)
            continue;
        enum hw_admit admit = link->calls.admit(link->calls.self, conn->key);
        if (admit == HW_ADMIT_OFFICE || admit == HW_ADMIT_JOIN)
            continue;
        hw_link_drop(link, conn->peer);
        link->calls.peer_down(link->calls.self, conn->peer);
    }
}
