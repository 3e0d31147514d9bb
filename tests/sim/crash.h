/* crash.h: every point at which a node can be cut off: scenes, the machine that
 * plays them with a fault at one operation of its disk, and what must hold afterwards.
 *
 * A scene is a prepared disk and a few steps: requests of clients, effects of the engine. It is played once for each
 * write, sync, truncation and deletion, and each kind of fault there. The state of the database after a fault must be, byte for
 * byte of every table, one that the same steps give without any: with all that was told to be saved, and with all or
 * nothing of what was under way. */
#ifndef TESTS_SIM_CRASH_H
#define TESTS_SIM_CRASH_H

#include "tests/sim/sim_node.h"

enum { CRASH_STEPS = 12, CRASH_HASH = 32, CRASH_SAID = 1100, CRASH_WHY = 1200 };

struct crash_machine;

/* One of: a client's request, an effect of the engine, something that the test itself does. */
struct crash_step {
    const char *verb;
    struct hw_slice args;
    struct hw_effect effect;
    bool (*act)(struct crash_machine *machine); /* changes nothing that is kept. False: it did not work */
    bool together; /* waits in the queue while the next one is submitted: one commit for both */
    bool refused;  /* is never saved */
};

struct crash_scene {
    const char *name, *what;
    const char *office;
    const struct sim_disk *disk; /* as it stands before */
    uint64_t now_ms;
    struct crash_step steps[CRASH_STEPS];
    size_t n;
    bool bare;       /* a database without a home: no node runs, the store is opened alone */
    bool ahead;      /* its log has room before it is needed, as a daemon's; every other scene's grows commit by commit */
    bool from_start; /* opening it belongs to what may be cut */
    size_t every;    /* of its operations, so many are passed over for each one visited in `make crash`; 0: none */
};

/* -- crash_past.c, crash_scene.c: a world is lived through once, and scenes are taken from it -- */
struct crash_scene *crash_scenes(size_t *n);
const struct crash_scene *crash_scene_find(const char *name);
void crash_scenes_free(void);

/* -- crash_machine.c -- */

/* Faults planted to see them found. */
enum crash_plant {
    CRASH_SOUND,
    CRASH_NO_SYNC,  /* PRAGMA synchronous = OFF */
    CRASH_LIES,     /* the disk says that it has synced */
    CRASH_EARLY,    /* people are told before the commit */
    CRASH_TWO,      /* a new incarnation in two transactions */
    CRASH_SMOOTH    /* a disk that spoils what stands beside a write, and denies it */
};

struct crash_job {
    enum hw_status (*run)(struct hw_tx *tx, void *self, struct hw_err *err);
    void (*done)(void *self, enum hw_status status, const struct hw_err *err);
    void *self;
    struct crash_machine *machine;
    size_t step;
};

enum crash_end { CRASH_DONE, CRASH_DIED, CRASH_FAILED };

struct crash_machine {
    struct sim_world world; /* first: a call knows its world */
    const struct crash_scene *scene;
    enum crash_plant plant;
    struct sim_node *node;
    struct hw_store *bare;
    struct crash_job jobs[CRASH_STEPS];
    bool saved[CRASH_STEPS], sent[CRASH_STEPS]; /* told to be saved; under way */
    enum hw_status told[CRASH_STEPS];
    uint8_t order[CRASH_STEPS]; /* the steps saved, in the order of the store */
    size_t order_n;
    char why[CRASH_SAID];
};

void crash_machine_init(struct crash_machine *machine, const struct crash_scene *scene, enum crash_plant plant);
void crash_machine_done(struct crash_machine *machine);
struct sim_disk *crash_machine_disk(struct crash_machine *machine);
struct hw_store *crash_machine_store(struct crash_machine *machine);
bool crash_machine_start(struct crash_machine *machine);
void crash_machine_crash(struct crash_machine *machine, bool power);
/* All steps that are not saved yet. After a fault that passes, a step that failed is sent once more. */
enum crash_end crash_machine_run(struct crash_machine *machine);
/* These steps alone, each in a transaction of its own. */
enum crash_end crash_machine_play(struct crash_machine *machine, const uint8_t *order, size_t n);
void crash_machine_note(struct crash_machine *machine, size_t step); /* it is saved */

/* -- crash_state.c -- */
/* Of the schema and all rows of all tables. False: `why`. */
bool crash_state_hash(struct hw_store *store, uint8_t hash[CRASH_HASH], char why[CRASH_WHY]);
/* Pages, signatures, chains, rows: hw_tx_verify. */
bool crash_state_whole(struct hw_store *store, char why[CRASH_WHY]);

/* -- crash_point.c -- */

struct crash_kind {
    const char *name;
    enum sim_loss loss;
    bool power; /* else what was written stays: the process alone ends */
    bool error; /* nothing ends: the operation fails once */
    bool full;  /* for want of space */
    bool rough;
    int sector;
    unsigned draws; /* seeds at each operation, where chance has a say; 0: one */
};
extern const struct crash_kind crash_kinds[];
extern const size_t crash_kinds_n;

/* How many operations the scene takes on such a disk without a fault; 0: it failed, `why`. */
uint64_t crash_count(const struct crash_scene *scene, const struct crash_kind *kind, char why[CRASH_WHY]);
/* Visits one point; false: something does not hold, `why`. `reached`: the fault could happen there. */
bool crash_point(const struct crash_scene *scene, const struct crash_kind *kind, enum crash_plant plant, uint64_t at,
                 uint64_t seed, bool *reached, char why[CRASH_WHY]);
void crash_points_free(void);

#endif
