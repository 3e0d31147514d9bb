/* sim_file.h: one file of a simulated disk; for sim_disk.c and sim_vfs.c. */
#ifndef TESTS_SIM_FILE_H
#define TESTS_SIM_FILE_H

#include "tests/sim/sim_disk.h"

/* What stood where something was written since the last sync; the newest first. */
struct sim_undo {
    struct sim_undo *next;
    size_t at, n;    /* written, or cut off */
    size_t old;      /* of these bytes, how many stood there before */
    size_t size;     /* of the file before */
    bool truncation;
    uint8_t bytes[];
};

struct sim_file {
    struct sim_file *next;
    char name[64];
    uint8_t *p;
    size_t n, cap;
    bool there;   /* its entry in the directory */
    bool durable; /* and what a power loss leaves of that */
    struct sim_undo *undo;
};

struct sim_file *sim_file_find(const struct sim_disk *disk, const char *name); /* NULL; may be deleted, see `there` */
struct sim_file *sim_file_make(struct sim_disk *disk, const char *name);
void sim_file_resize(struct sim_file *file, size_t n);
void sim_file_write(struct sim_file *file, const void *bytes, size_t n, size_t at);
void sim_file_truncate(struct sim_file *file, size_t n);
void sim_file_sync(struct sim_file *file);
void sim_file_delete(struct sim_file *file, bool sync);

#endif
