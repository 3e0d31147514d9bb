/* sim_node.h: one simulated node: the real executor and store between a
 * simulated clock, disk and link. */
#ifndef TESTS_SIM_NODE_H
#define TESTS_SIM_NODE_H

#include "daemon/node_internal.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_world.h"

/* Of a budget: ZMTP, CURVE, TCP and IP around a message, and the packet that says that it came. */
#define SIM_MESSAGE_COST 100

/* The way between a node and the hub that it follows. */
struct sim_road {
    uint64_t least_ms, most_ms;    /* one way */
    unsigned drop, twice, swap;    /* permille of single messages; harder than TCP would */
    bool blocked[2];               /* up, down: nothing arrives, nobody is told */
    uint64_t blocking;             /* counts, so that an old timeout knows itself */
    bool offline;                  /* no network at all, and the node knows */
    bool slow;                     /* reads one message a second */
};

/* The edge modules' structs, as they are here. */
struct hw_loop {
    struct sim_node *owner;
};
struct hw_log {
    struct sim_node *owner;
};
struct hw_home {
    struct sim_disk *disk;
};
struct hw_link {
    struct sim_node *owner;
    struct hw_link_calls calls;
    struct sim_conn *up; /* the connection to the hub; NULL: none */
    uint64_t epoch;      /* of the attempt under way: earlier ones are void */
    int step;            /* of the backoff */
    uint64_t up_since;
    uint64_t peers;      /* numbers given in this life */
    uint64_t line;       /* what the connections to the hub have cost in this life */
};

struct sim_node {
    struct sim_world *world;
    size_t index;
    char office[HW_OFFICE_MAX + 1];
    char name[HW_OFFICE_MAX + 8]; /* of this machine: clones differ */
    struct sim_disk disk, backup;
    uint64_t backup_ms; /* when it was made; 0: none */
    bool granted[SIM_GROUPS], reads[SIM_GROUPS]; /* a relay that may not read a group keeps it from those behind it */
    bool ended[SIM_GROUPS]; /* headquarters has ended its grant, or that of a relay before it (sim_rights.c) */
    bool old;   /* its release: see sim_schema.h */
    bool relay; /* it serves offices, and follows a hub itself */
    int64_t skew_ms, drift_ppm; /* of its wall clock */
    uint64_t store_ms;          /* a commit takes up to this long */
    struct sim_road road;
    struct hw_loop loop;
    struct hw_log log;
    struct hw_link link;
    struct hw_home home;
    struct hw_node *node; /* NULL: down */
    uint64_t life;        /* starts and ends, so that what was planned before knows itself */
    uint64_t disks;       /* restores: what its disk held before is not what it holds */
    bool turn, collect;   /* planned */
    bool dying;           /* its calls are answered by nobody */
    bool streaming;       /* as last seen, for the count of sessions */
    bool met;             /* it was in a session since its disk was put back */
};

/* A node with a new, empty disk at path; `listen`: headquarters' hub; `old`: of the older release. */
struct sim_node *sim_node_new(struct sim_world *world, const char *office, bool listen, bool old);
void sim_node_free(struct sim_node *node);

/* Opens the home and runs. False: it could not; `headwayd` would have ended with the error told. */
bool sim_node_start(struct sim_node *node);
void sim_node_stop(struct sim_node *node); /* as SIGTERM does */
void sim_node_crash(struct sim_node *node, bool power); /* kill -9, or the plug pulled */
void sim_node_start_in(struct sim_node *node, uint64_t ms); /* again and again until it works */

void sim_node_backup(struct sim_node *node);  /* a snapshot of its disk */
void sim_node_restore(struct sim_node *node); /* the snapshot in its place; the node is down before and after */
void sim_node_mark(struct sim_node *node); /* as `headway restore` leaves it for the next start */
/* A node with a copy of that disk; down. NULL: no room. */
struct sim_node *sim_node_from(struct sim_world *world, const char *office, const struct sim_disk *disk);
/* Another machine with a copy of its disk, or of its backup. NULL: no room for one more. */
struct sim_node *sim_node_clone(struct sim_node *node);

int64_t sim_node_wall(const struct sim_node *node);
bool sim_node_streaming(const struct sim_node *node);

/* Around every call into the node's code: whose clock and randomness count; and what it left for the store is planned. */
void sim_node_enter(struct sim_node *node);
void sim_node_leave(struct sim_node *node);

/* A client's request. `args` is copied. A verb in the template's call goes before the named one. `answered` is called once, unless the node goes down before. */
struct sim_call {
    struct hw_call call;
    struct sim_node *node;
    struct hw_arena arena;
    struct hw_link_view view;
    void (*answered)(struct sim_call *call, enum hw_status status, const char *text);
    void (*gone)(struct sim_call *call); /* the node went down first; may be NULL */
    uint64_t number, kind;               /* the caller's */
    char text[64];                       /* the caller's */
};
void sim_node_ask(struct sim_node *node, const char *verb, struct hw_slice args, const char *author,
                  const struct sim_call *template);
/* The same, waiting for the answer with nothing else happening meanwhile (setting up a world). Fails the world unless OK. */
void sim_node_ask_now(struct sim_node *node, const char *verb, struct hw_slice args, struct hw_out *end);

/* sim_enrol.c: joins at the hub, as `headway invite` and `headway join` do. `grants`: "GROUP:ROLE". */
void sim_node_enrol(struct sim_node *node, struct sim_node *hub, const char *const *grants, size_t n);

#endif
