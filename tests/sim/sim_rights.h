/* sim_rights.h: grants that change while people work, and who may write what, decided a second time: another way than
 * proto/policy.c goes. */
#ifndef TESTS_SIM_RIGHTS_H
#define TESTS_SIM_RIGHTS_H

#include "tests/sim/sim_node.h"

enum { SIM_GRANTED = SIM_NODES * SIM_GROUPS };

/* One grant as headquarters' table says it. */
struct sim_granted {
    char office[HW_OFFICE_MAX + 1], group[HW_GROUP_MAX + 1];
    char role[16], countries[64]; /* ["KAZ","UZB"] */
};

/* What the oracle remembers. */
struct sim_rights {
    struct sim_granted grants[SIM_GRANTED]; /* as they stood at the last look */
    size_t n;
    /* Which node may read which group by the store of the one who serves: before its last turn, and now. */
    bool had[SIM_NODES][SIM_NODES][SIM_GROUPS], has[SIM_NODES][SIM_NODES][SIM_GROUPS];
    uint64_t looked[SIM_GROUPS]; /* how far in each journal */
    uint64_t allowed, refused;   /* events of limited offices */
};

/* Weather: headquarters gives an office another grant in a group, or ends it. */
bool sim_rights_strike(struct sim_world *world, struct sim_node *node);

/* sim_root.c: the hub's root key hands over. */
bool sim_root_strike(struct sim_world *world, struct sim_node *node);
/* Healing: every grant that was ended comes back. */
void sim_rights_heal(struct sim_world *world);
/* Whether the office may get the group from `hub` by what that knew before its last turn, when the message may have been
 * read, or knows now. */
bool sim_rights_reads(const struct sim_node *hub, const struct sim_node *office, size_t group);
/* Whether the office gets nothing of the group now: its own grant has ended, or that of a relay on its way. */
bool sim_rights_ended(const struct sim_node *node, size_t group);

#endif
