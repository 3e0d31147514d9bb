/* sim_world.h: one simulated world: virtual time, nodes with their disks, the
 * network, the weather, the people at work, and the trace of what happened. One seed is one world. */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include <sodium.h>

#include "headway/bytes.h"
#include "tests/sim/sim_chance.h"
#include "tests/sim/sim_queue.h"

struct hw_job;
struct sim_node;
struct sim_conn;
struct sim_work;
struct sim_weather;
struct sim_promises;
struct sim_facts;
struct sim_sticks;
struct sim_redactions;

enum {
    SIM_NODES = 24, /* the hub, relays, offices, clones */
    SIM_GROUPS = 4,
    SIM_LINES = 40, /* of the trace, kept for whoever has to find out why */
    SIM_LINE = 240
};

struct sim_stats {
    uint64_t runs, failures, edits, sessions, faults, commits, messages, lost;
};

/* Who follows what happens, to tell it. */
struct sim_watch {
    void (*told)(struct sim_watch *watch, const struct sim_node *node, const char *text); /* see sim_tell */
    /* A message has come to its end of the connection (`way` as in sim_net.h), or is lost. */
    void (*message)(struct sim_watch *watch, const struct sim_conn *conn, uint64_t way, struct hw_slice bytes, bool lost);
    void (*stored)(struct sim_watch *watch, struct sim_node *node, const struct hw_job *job); /* committed, or not: its status */
};

struct sim_world {
    uint64_t seed;
    struct sim_queue queue;
    struct sim_chance setup, keys, sqlite, net, weather_chance, work_chance, shape, hand;
    struct sim_node *nodes[SIM_NODES]; /* 0 is the hub */
    size_t nodes_n, relays;
    struct sim_conn *conns;
    char groups[SIM_GROUPS][16];
    size_t groups_n;
    struct sim_work *work;
    struct sim_weather *weather;
    struct sim_promises *promises; /* what clients were told */
    struct sim_facts *facts;       /* what oracles remember */
    struct sim_sticks *sticks; /* bundles carried by hand; NULL: none */
    struct sim_redactions *redactions; /* NULL: nothing is redacted */
    const char *checking;          /* the oracle at work, "" for none */
    bool granting; /* grants change */
    bool mixed;  /* releases */
    unsigned pace; /* percent of the time that offices stay here and away */
    bool snapshots; /* new offices get even small groups by snapshot */
    bool frugal;    /* offices pay for their links by the byte: budgets, metered */
    bool heavy;  /* bursts of long texts, by offices that stay: credit is used up */
    bool healed; /* no more faults; the workload rests too */
    struct sim_stats stats;
    struct sim_watch *watch; /* NULL: nobody */
    bool verbose;
    char lines[SIM_LINES][SIM_LINE];
    uint64_t lines_n;
    crypto_generichash_state hash;
    char failure[1200]; /* "" while all is well */
};

void sim_world_init(struct sim_world *world, uint64_t seed, bool verbose);
void sim_world_done(struct sim_world *world);
struct sim_node *sim_world_find(const struct sim_world *world, const char *office); /* NULL */

/* The next thing happens. False: something failed, or nothing is planned. */
bool sim_world_step(struct sim_world *world);
/* Steps until that much virtual time has gone by. False as above. */
bool sim_world_run(struct sim_world *world, uint64_t ms);

/* One readable line of the trace; it goes into the hash of the run. `node` may be NULL. */
void sim_tell(struct sim_world *world, const struct sim_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Bytes that must be the same in every run of the seed. */
void sim_mark(struct sim_world *world, struct hw_slice bytes);
/* The run has failed; the first reason counts. */
void sim_fail(struct sim_world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_world_lines(const struct sim_world *world); /* the last ones, on stdout */
uint64_t sim_world_hash(struct sim_world *world);    /* ends the hash */

#endif
