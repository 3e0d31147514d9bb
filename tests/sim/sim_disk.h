/* sim_disk.h: the disk of one node, in memory: what SQLite writes through a VFS
 * of its own, and the small files of a home.
 *
 * What was written and not yet synced is kept as a list of steps back. A process crash keeps all of it; a power loss
 * keeps of it what chance leaves, sector by sector, in any order. */
#ifndef TESTS_SIM_DISK_H
#define TESTS_SIM_DISK_H

#include "headway/bytes.h"
#include "tests/sim/sim_chance.h"

struct sim_file;

/* What a power loss leaves of the writes that were not synced. Orders in which a disk may have written them need no case of
 * their own: of two writes to one place the page cache holds the later one, so any order leaves some of the writes, each
 * whole, torn or not at all. */
enum sim_loss {
    SIM_LOSS_CHANCE, /* each one whole, torn where sectors meet, or lost */
    SIM_LOSS_ALL,    /* nothing */
    SIM_LOSS_TORN,   /* the first ones, of the next one a beginning cut at 512 bytes, nothing of the rest */
    SIM_LOSS_SOME    /* some, whole; the others are lost: they were written in another order */
};

struct sim_disk {
    char path[32]; /* its directory: "/sim/KAZ" */
    struct sim_file *files;
    struct sim_chance chance;
    int sector;       /* 512 or 4096: what a power loss tears */
    enum sim_loss loss;
    bool rough;       /* a write that is torn spoils its sectors beside it, too; SQLite is told that it may */
    bool smooth;      /* planted: SQLite is told that a write spoils nothing beside it, rough or not */
    bool lies;        /* planted: says that it has synced, and has not */
    size_t quota;     /* bytes of all files together; 0: no limit */
    uint64_t ops;     /* writes, syncs, truncations, deletions so far */
    uint64_t die_at;  /* when `ops` gets here, the machine stops; 0: never */
    uint64_t fail_at; /* this one fails (EIO) and the next works again; 0: never */
    bool full;        /* it fails for want of space, when it is a write; else it does not fail */
    bool filled;      /* it was a write */
    uint64_t failures; /* operations that failed, and writes that found no room */
    bool dead;        /* stopped: every call fails until the node is opened anew */
    struct sim_disk *next;
};

/* Empty, and known under its path from now on. */
void sim_disk_init(struct sim_disk *disk, const char *path, uint64_t seed);
void sim_disk_done(struct sim_disk *disk);
struct sim_disk *sim_disk_find(const char *path); /* of a file or directory in it; NULL */

/* One operation that changes something: false when it must fail. */
bool sim_disk_step(struct sim_disk *disk);
/* Small whole files, durable at once. `get`: empty p when there is none. */
bool sim_disk_put(struct sim_disk *disk, const char *name, const void *bytes, size_t n);
bool sim_disk_get(const struct sim_disk *disk, const char *name, struct hw_slice *bytes);
bool sim_disk_empty(const struct sim_disk *disk);

void sim_disk_power_loss(struct sim_disk *disk); /* all files must be closed */
void sim_disk_copy(struct sim_disk *to, const struct sim_disk *from); /* the files; what `to` had is gone */
size_t sim_disk_size(const struct sim_disk *disk);
size_t sim_disk_unsynced(const struct sim_disk *disk); /* writes that a power loss could lose */

/* Makes it SQLite's default VFS; once in a process. */
void sim_disk_register(void);
/* SQLite's own generator starts again, seeded by `chance`. */
void sim_disk_chance(struct sim_chance *chance);

#endif
