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

/* Nobody in a simulated world is near a limit by address. */
uint64_t hw_link_source(const struct hw_link *link, uint64_t peer)
{
    (void)link;
    (void)peer;
    return 0;
}

/* A simulated disk holds whatever was written to it. */
bool hw_home_secret_given(const struct hw_home *home, const char *file)
{
    (void)home;
    (void)file;
    return false;
}

void hw_home_secret_drop(const struct hw_home *home, const char *file)
{
    (void)home;
    (void)file;
}

void hw_link_rekey(struct hw_link *link, const uint8_t public_key[HW_KEY_SIZE], const uint8_t secret_key[HW_KEY_SIZE])
{
    (void)link; /* connections are known by the node's own keys */
    (void)public_key;
    (void)secret_key;
}

void hw_link_serve(struct hw_link *link, const uint8_t secret_key[HW_KEY_SIZE])
{
    (void)link;
    (void)secret_key;
}

void hw_link_trust(struct hw_link *link, const uint8_t key[HW_KEY_SIZE])
{
    (void)link;
    (void)key;
}
