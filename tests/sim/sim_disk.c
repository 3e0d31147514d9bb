/* sim_disk.c: the files of a node in memory, and what a power loss leaves of
 * them. sim_vfs.c shows them to SQLite. */
#include "tests/sim/sim_disk.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim_file.h"

static struct sim_disk *disks; /* SQLite's VFS and hw_home_* are given nothing but a path */

void sim_disk_init(struct sim_disk *disk, const char *path, uint64_t seed)
{
    *disk = (struct sim_disk){.sector = 4096, .next = disks};
    snprintf(disk->path, sizeof disk->path, "%s", path);
    sim_chance_seed(&disk->chance, seed, 11);
    if (sim_chance_in(&disk->chance, 500))
        disk->sector = 512;
    disks = disk;
}

struct sim_disk *sim_disk_find(const char *path)
{
    for (struct sim_disk *disk = disks; disk; disk = disk->next) {
        size_t n = strlen(disk->path);
        if (strncmp(path, disk->path, n) == 0 && (path[n] == '/' || !path[n]))
            return disk;
    }
    return NULL;
}

static void forget_undo(struct sim_file *file)
{
    for (struct sim_undo *undo = file->undo, *next; undo; undo = next) {
        next = undo->next;
        free(undo);
    }
    file->undo = NULL;
}

static void file_free(struct sim_file *file)
{
    forget_undo(file);
    free(file->p);
    free(file);
}

static void drop_files(struct sim_disk *disk)
{
    for (struct sim_file *file = disk->files, *next; file; file = next) {
        next = file->next;
        file_free(file);
    }
    disk->files = NULL;
}

void sim_disk_done(struct sim_disk *disk)
{
    drop_files(disk);
    for (struct sim_disk **at = &disks; *at; at = &(*at)->next)
        if (*at == disk) {
            *at = disk->next;
            break;
        }
}

bool sim_disk_step(struct sim_disk *disk)
{
    disk->ops++;
    if (disk->die_at && disk->ops >= disk->die_at)
        disk->dead = true;
    bool works = !disk->dead && (disk->full || disk->ops != disk->fail_at);
    disk->failures += !works;
    return works;
}

/* -- files -- */

struct sim_file *sim_file_find(const struct sim_disk *disk, const char *name)
{
    for (struct sim_file *file = disk->files; file; file = file->next)
        if (strcmp(file->name, name) == 0)
            return file;
    return NULL;
}

struct sim_file *sim_file_make(struct sim_disk *disk, const char *name)
{
    struct sim_file *file = sim_file_find(disk, name);
    if (!file) {
        file = hw_alloc(sizeof *file);
        *file = (struct sim_file){.next = disk->files};
        snprintf(file->name, sizeof file->name, "%s", name);
        disk->files = file;
    }
    if (!file->there) { /* one that was deleted without a sync of the directory is gone for good now */
        forget_undo(file);
        file->n = 0;
    }
    file->there = true;
    return file;
}

static void make_room(struct sim_file *file, size_t n)
{
    if (n <= file->cap)
        return;
    file->cap = n * 2 + 65536;
    file->p = hw_realloc(file->p, file->cap);
}

void sim_file_resize(struct sim_file *file, size_t n)
{
    make_room(file, n);
    if (n > file->n)
        memset(file->p + file->n, 0, n - file->n);
    file->n = n;
}

/* Keeps what stands there, so that a power loss can put it back. */
static void keep(struct sim_file *file, size_t at, size_t n, bool truncation)
{
    size_t old = at >= file->n ? 0 : n < file->n - at ? n : file->n - at;
    struct sim_undo *undo = hw_alloc(sizeof *undo + old);
    *undo = (struct sim_undo){.next = file->undo, .at = at, .n = n, .old = old, .size = file->n,
                              .truncation = truncation};
    if (old)
        memcpy(undo->bytes, file->p + at, old);
    file->undo = undo;
}

void sim_file_write(struct sim_file *file, const void *bytes, size_t n, size_t at)
{
    keep(file, at, n, false);
    make_room(file, at + n);
    if (at > file->n)
        sim_file_resize(file, at);
    memcpy(file->p + at, bytes, n);
    file->n = at + n > file->n ? at + n : file->n;
}

void sim_file_truncate(struct sim_file *file, size_t n)
{
    if (n >= file->n)
        return;
    keep(file, n, file->n - n, true);
    file->n = n;
}

void sim_file_sync(struct sim_file *file)
{
    forget_undo(file);
    file->durable = file->there;
}

void sim_file_delete(struct sim_file *file, bool sync)
{
    file->there = false;
    if (sync) {
        forget_undo(file);
        file->n = 0;
        file->durable = false;
    }
}

bool sim_disk_put(struct sim_disk *disk, const char *name, const void *bytes, size_t n)
{
    if (!sim_disk_step(disk))
        return false;
    struct sim_file *file = sim_file_make(disk, name);
    file->n = 0;
    sim_file_resize(file, n);
    if (n)
        memcpy(file->p, bytes, n);
    sim_file_sync(file);
    /* Its directory is synced: so is every entry there. */
    for (file = disk->files; file; file = file->next)
        file->durable = file->there;
    return true;
}

bool sim_disk_get(const struct sim_disk *disk, const char *name, struct hw_slice *bytes)
{
    const struct sim_file *file = sim_file_find(disk, name);
    *bytes = file && file->there ? (struct hw_slice){file->p, file->n} : (struct hw_slice){0};
    return file && file->there;
}

bool sim_disk_empty(const struct sim_disk *disk)
{
    return !disk->files;
}

size_t sim_disk_size(const struct sim_disk *disk)
{
    size_t n = 0;
    for (const struct sim_file *file = disk->files; file; file = file->next)
        n += file->there ? file->n : 0;
    return n;
}

size_t sim_disk_unsynced(const struct sim_disk *disk)
{
    size_t n = 0;
    for (const struct sim_file *file = disk->files; file; file = file->next)
        for (const struct sim_undo *undo = file->undo; undo; undo = undo->next)
            n++;
    return n;
}

void sim_disk_copy(struct sim_disk *to, const struct sim_disk *from)
{
    drop_files(to);
    for (const struct sim_file *file = from->files; file; file = file->next) {
        if (!file->there)
            continue;
        struct sim_file *copy = sim_file_make(to, file->name);
        make_room(copy, file->n);
        if (file->n)
            memcpy(copy->p, file->p, file->n);
        copy->n = file->n;
        copy->durable = true;
    }
}

/* -- power loss -- */

/* One step taken back, with what it had written. */
struct redo {
    struct sim_undo *undo;
    uint8_t *bytes;
};

static void take_back(struct sim_file *file, struct redo *redo)
{
    const struct sim_undo *undo = redo->undo;
    if (!undo->truncation) {
        redo->bytes = hw_alloc(undo->n ? undo->n : 1);
        memcpy(redo->bytes, file->p + undo->at, undo->n);
    }
    sim_file_resize(file, undo->size);
    if (undo->old)
        memcpy(file->p + undo->at, undo->bytes, undo->old);
}

static void put_piece(struct sim_file *file, const struct redo *redo, size_t from, size_t to)
{
    size_t at = redo->undo->at;
    if (at + to > file->n)
        sim_file_resize(file, at + to);
    memcpy(file->p + at + from, redo->bytes + from, to - from);
}

/* Noise, where a sector that was being written lies beside what was to be written. */
static void spoil(struct sim_disk *disk, struct sim_file *file, const struct sim_undo *undo)
{
    size_t sector = (size_t)disk->sector, end = undo->at + undo->n, first = undo->at / sector * sector;
    size_t last = (end + sector - 1) / sector * sector;
    if (first < undo->at && undo->at <= file->n)
        sim_chance_bytes(&disk->chance, file->p + first, undo->at - first);
    if (last > file->n)
        last = file->n;
    if (end < last)
        sim_chance_bytes(&disk->chance, file->p + end, last - end);
}

/* Whole, lost, or torn where sectors meet. */
static void leave(struct sim_disk *disk, struct sim_file *file, const struct redo *redo)
{
    const struct sim_undo *undo = redo->undo;
    uint64_t fate = sim_chance_below(&disk->chance, 3);
    size_t sector = (size_t)disk->sector;
    if (undo->truncation) {
        if (fate == 0 && undo->at < file->n)
            file->n = undo->at;
        return;
    }
    if (fate == 0)
        put_piece(file, redo, 0, undo->n);
    for (size_t from = 0, to; fate == 1 && from < undo->n; from = to) {
        to = ((undo->at + from) / sector + 1) * sector - undo->at;
        to = to < undo->n ? to : undo->n;
        if (sim_chance_in(&disk->chance, 500))
            put_piece(file, redo, from, to);
    }
    if (fate == 1 && disk->rough)
        spoil(disk, file, undo);
}

static void put_whole(struct sim_file *file, const struct redo *redo)
{
    const struct sim_undo *undo = redo->undo;
    if (!undo->truncation)
        put_piece(file, redo, 0, undo->n);
    else if (undo->at < file->n)
        file->n = undo->at;
}

/* steps[n - 1] is the oldest. */
static void leave_first(struct sim_disk *disk, struct sim_file *file, const struct redo *steps, size_t n)
{
    size_t left = sim_chance_below(&disk->chance, n + 1);
    for (size_t i = n; i-- > n - left;)
        put_whole(file, &steps[i]);
    if (left == n || steps[n - left - 1].undo->truncation)
        return;
    const struct redo *torn = &steps[n - left - 1];
    size_t cut = sim_chance_below(&disk->chance, torn->undo->n / 512 + 1) * 512;
    put_piece(file, torn, 0, cut);
    if (disk->rough)
        spoil(disk, file, torn->undo);
}

static void leave_what_remains(struct sim_disk *disk, struct sim_file *file, const struct redo *steps, size_t n)
{
    if (disk->loss == SIM_LOSS_TORN)
        leave_first(disk, file, steps, n);
    while (n-- > 0)
        if (disk->loss == SIM_LOSS_CHANCE)
            leave(disk, file, &steps[n]);
        else if (disk->loss == SIM_LOSS_SOME && sim_chance_in(&disk->chance, 500))
            put_whole(file, &steps[n]);
}

static void lose_power(struct sim_disk *disk, struct sim_file *file)
{
    size_t n = 0;
    for (const struct sim_undo *undo = file->undo; undo; undo = undo->next)
        n++;
    struct redo *steps = hw_alloc((n + 1) * sizeof *steps);
    size_t i = 0;
    for (struct sim_undo *undo = file->undo; undo; undo = undo->next, i++) {
        steps[i] = (struct redo){.undo = undo};
        take_back(file, &steps[i]);
    }
    leave_what_remains(disk, file, steps, n);
    for (i = 0; i < n; i++)
        free(steps[i].bytes);
    free(steps);
    forget_undo(file);
}

void sim_disk_power_loss(struct sim_disk *disk)
{
    for (struct sim_file **at = &disk->files; *at;) {
        struct sim_file *file = *at;
        lose_power(disk, file);
        if (file->there != file->durable) /* its entry in the directory was never synced */
            file->there = disk->loss == SIM_LOSS_ALL ? file->durable : sim_chance_in(&disk->chance, 500);
        file->durable = file->there;
        if (file->there) {
            at = &file->next;
            continue;
        }
        *at = file->next;
        file_free(file);
    }
}
