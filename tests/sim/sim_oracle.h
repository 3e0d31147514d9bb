/* sim_oracle.h: what must hold; each oracle is one named function in the table
 * of sim_oracle.c. Cheap ones look after every commit, message and second, dear ones now and then and at the end. */
#ifndef TESTS_SIM_ORACLE_H
#define TESTS_SIM_ORACLE_H

#include "headway/message.h"
#include "tests/sim/sim_map.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/sim_world.h"

enum sim_when {
    SIM_STARTED,   /* a node runs, and has said nothing yet: node */
    SIM_COMMITTED, /* a node's store has taken a turn: node */
    SIM_SENT,      /* a message goes out: conn, way, bytes, message */
    SIM_HEARD,     /* a node has taken a message: node, conn, way */
    SIM_SECOND,    /* each second */
    SIM_SAMPLE,    /* now and then: node, a running one by chance */
    SIM_END        /* healed and quiet */
};

/* What there is to look at. */
struct sim_sight {
    struct sim_world *world;
    struct sim_node *node;
    struct sim_conn *conn;
    uint64_t way;
    struct hw_slice bytes;
    const struct hw_message *message;
};

/* Says through sim_fail what does not hold. */
struct sim_oracle {
    enum sim_when when;
    const char *name, *holds; /* in words of the design */
    void (*check)(const struct sim_sight *sight);
};

/* What oracles remember of a world. */
struct sim_facts {
    struct sim_map sealed;   /* segments as their sealers committed them, by name and bytes */
    struct sim_map sealers;  /* by name: who they are */
    struct sim_map accepted; /* by name: the bytes that were first accepted anywhere */
    struct sim_map counted;  /* per node, life and stream: how far it was looked at */
    struct sim_map acked;    /* per stream: what the hub has said is durable, admitted */
    struct hw_arena arena;   /* of one look */
    uint64_t greatest;       /* stamp that the hub has admitted */
    uint64_t samples;
    bool hub_restored, restored; /* the hub; an office or a relay */
    bool copied_back;        /* the hub's files were put back without a word, and it has not committed since */
    struct sim_rights *rights; /* NULL: not asked for (sim_rights.c) */
    struct hw_arena kept;      /* of the world */
    uint64_t copied_ms;      /* when that happened, 0: never */
    struct sim_map branched; /* its lives that this befell: until it notices, they give names a second time */
    struct sim_stall {
        uint64_t since, admitted, entries;
    } stalls[SIM_NODES];     /* per node: when something last moved, and what had moved then */
};

void sim_oracle_begin(struct sim_world *world);
void sim_oracle_done(struct sim_world *world);
void sim_oracle_look(const struct sim_sight *sight, enum sim_when when);
void sim_oracle_list(void); /* on stdout */
/* The hub goes back to a backup: what it acknowledged since is void. */
void sim_oracle_hub_restored(struct sim_world *world);
/* ... and nothing tells it so. */
void sim_oracle_hub_copied_back(struct sim_world *world);
bool sim_oracle_hub_branched(const struct sim_world *world); /* that has happened in this world */

/* sim_oracle_log.c */
void sim_check_settled(const struct sim_sight *sight);
void sim_check_platter(const struct sim_sight *sight);
/* The last entry that loss of power leaves to the node, as it stood at its last commit that waited for the disk. */
uint64_t sim_settled(const struct sim_sight *sight, struct sim_node *node, int64_t group);
void sim_check_gaps(const struct sim_sight *sight);
void sim_check_forks(const struct sim_sight *sight);
void sim_check_clocks(const struct sim_sight *sight);
void sim_check_memory(const struct sim_sight *sight);
void sim_check_kept(const struct sim_sight *sight);
/* sim_oracle_net.c */
void sim_check_scope(const struct sim_sight *sight);
void sim_check_relayed(const struct sim_sight *sight);
void sim_check_credit(const struct sim_sight *sight);
void sim_check_acks(const struct sim_sight *sight);
void sim_check_queues(const struct sim_sight *sight);
void sim_check_progress(const struct sim_sight *sight);
/* sim_oracle_rows.c */
void sim_check_model(const struct sim_sight *sight);
void sim_check_model_end(const struct sim_sight *sight);
void sim_check_totals(const struct sim_sight *sight);
/* sim_rights.c */
void sim_check_rights(const struct sim_sight *sight);
void sim_check_rights_end(const struct sim_sight *sight);
/* sim_redact.c */
void sim_check_redacted(const struct sim_sight *sight);
/* sim_oracle_end.c */
void sim_check_same(const struct sim_sight *sight);
void sim_check_saved(const struct sim_sight *sight);
void sim_check_verify(const struct sim_sight *sight);
void sim_check_files(const struct sim_sight *sight);
void sim_check_imports(const struct sim_sight *sight);
void sim_check_names(const struct sim_sight *sight);

/* The name of a stream's segment or event: a key. */
uint64_t sim_name(const struct hw_inc *inc, struct hw_slice group, uint64_t seq);
/* The key in facts->acked of what a hub or relay has acknowledged of a stream. */
uint64_t sim_acked(const struct sim_node *hub, const struct hw_inc *inc, struct hw_slice group);
uint64_t sim_variant(uint64_t name, struct hw_slice wire); /* and its bytes */

#endif
