/* sim_vfs.c: the simulated disks as SQLite sees them. It promises what a Linux
 * disk does: a write damages nothing beside itself (powersafe overwrite), nothing else; a rough disk not even that. One
 * connection per database, so locks need no keeping; the shared memory is the process's and ends with it. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_file.h"
#include "tests/sim/sim_heap.h"

enum { REGIONS_MAX = 64 };

/* An open file. */
struct handle {
    sqlite3_file base;
    struct sim_disk *disk;
    struct sim_file *file;
    bool gone; /* delete on close */
    uint8_t *regions[REGIONS_MAX];
};

static struct sim_chance *sqlite_chance;

static int handle_close(sqlite3_file *base)
{
    struct handle *handle = (struct handle *)base;
    for (size_t i = 0; i < REGIONS_MAX; i++)
        free(handle->regions[i]);
    if (handle->gone && !handle->disk->dead)
        sim_file_delete(handle->file, true);
    return SQLITE_OK;
}

static int handle_read(sqlite3_file *base, void *to, int n, sqlite3_int64 at)
{
    struct handle *handle = (struct handle *)base;
    const struct sim_file *file = handle->file;
    size_t there = (size_t)at >= file->n ? 0 : file->n - (size_t)at;
    if (handle->disk->dead)
        return SQLITE_IOERR_READ;
    if (there >= (size_t)n) {
        memcpy(to, file->p + at, (size_t)n);
        return SQLITE_OK;
    }
    if (there)
        memcpy(to, file->p + at, there);
    memset((uint8_t *)to + there, 0, (size_t)n - there);
    return SQLITE_IOERR_SHORT_READ;
}

static int handle_write(sqlite3_file *base, const void *bytes, int n, sqlite3_int64 at)
{
    struct handle *handle = (struct handle *)base;
    struct sim_disk *disk = handle->disk;
    size_t end = (size_t)at + (size_t)n, grows = end > handle->file->n ? end - handle->file->n : 0;
    if (!sim_disk_step(disk)) {
        if (disk->ops == disk->die_at) /* the last one may have got half-way */
            sim_file_write(handle->file, bytes, (size_t)n / 2, (size_t)at);
        return SQLITE_IOERR_WRITE;
    }
    if (disk->full && disk->ops == disk->fail_at) {
        disk->filled = true;
        disk->failures++;
        return SQLITE_FULL;
    }
    if (grows && disk->quota && sim_disk_size(disk) + grows > disk->quota) {
        disk->failures++;
        return SQLITE_FULL;
    }
    sim_file_write(handle->file, bytes, (size_t)n, (size_t)at);
    return SQLITE_OK;
}

static int handle_truncate(sqlite3_file *base, sqlite3_int64 n)
{
    struct handle *handle = (struct handle *)base;
    if (!sim_disk_step(handle->disk))
        return SQLITE_IOERR_TRUNCATE;
    sim_file_truncate(handle->file, (size_t)n);
    return SQLITE_OK;
}

static int handle_sync(sqlite3_file *base, int flags)
{
    struct handle *handle = (struct handle *)base;
    (void)flags;
    if (!sim_disk_step(handle->disk))
        return SQLITE_IOERR_FSYNC;
    if (!handle->disk->lies)
        sim_file_sync(handle->file);
    return SQLITE_OK;
}

static int handle_size(sqlite3_file *base, sqlite3_int64 *n)
{
    struct handle *handle = (struct handle *)base;
    *n = (sqlite3_int64)handle->file->n;
    return handle->disk->dead ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int handle_lock(sqlite3_file *base, int level)
{
    (void)level;
    return ((struct handle *)base)->disk->dead ? SQLITE_IOERR_LOCK : SQLITE_OK;
}

static int handle_unlock(sqlite3_file *base, int level)
{
    (void)base;
    (void)level;
    return SQLITE_OK;
}

static int handle_reserved(sqlite3_file *base, int *reserved)
{
    (void)base;
    *reserved = 0;
    return SQLITE_OK;
}

static int handle_control(sqlite3_file *base, int what, void *arg)
{
    (void)base;
    (void)what;
    (void)arg;
    return SQLITE_NOTFOUND;
}

static int handle_sector(sqlite3_file *base)
{
    return ((struct handle *)base)->disk->sector;
}

static int handle_character(sqlite3_file *base)
{
    const struct sim_disk *disk = ((struct handle *)base)->disk;
    return disk->rough && !disk->smooth ? 0 : SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int handle_shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **to)
{
    struct handle *handle = (struct handle *)base;
    *to = NULL;
    if (region >= REGIONS_MAX)
        return SQLITE_IOERR_SHMMAP;
    if (!handle->regions[region] && extend) {
        handle->regions[region] = hw_alloc((size_t)size);
        memset(handle->regions[region], 0, (size_t)size);
    }
    *to = handle->regions[region];
    return SQLITE_OK;
}

static int handle_shm_lock(sqlite3_file *base, int offset, int n, int flags)
{
    (void)base;
    (void)offset;
    (void)n;
    (void)flags;
    return SQLITE_OK;
}

static void handle_shm_barrier(sqlite3_file *base)
{
    (void)base;
}

static int handle_shm_unmap(sqlite3_file *base, int forget)
{
    struct handle *handle = (struct handle *)base;
    (void)forget;
    for (size_t i = 0; i < REGIONS_MAX; i++) {
        free(handle->regions[i]);
        handle->regions[i] = NULL;
    }
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, .xClose = handle_close, .xRead = handle_read, .xWrite = handle_write,
    .xTruncate = handle_truncate, .xSync = handle_sync, .xFileSize = handle_size, .xLock = handle_lock,
    .xUnlock = handle_unlock, .xCheckReservedLock = handle_reserved, .xFileControl = handle_control,
    .xSectorSize = handle_sector, .xDeviceCharacteristics = handle_character, .xShmMap = handle_shm_map,
    .xShmLock = handle_shm_lock, .xShmBarrier = handle_shm_barrier, .xShmUnmap = handle_shm_unmap};

/* -- the file system -- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *base, int flags, int *out_flags)
{
    struct handle *handle = (struct handle *)base;
    struct sim_disk *disk = path ? sim_disk_find(path) : NULL;
    (void)vfs;
    handle->base.pMethods = NULL;
    if (!disk || disk->dead) /* temporary files have no name; with temp_store = MEMORY there are none */
        return SQLITE_CANTOPEN;
    struct sim_file *file = sim_file_find(disk, base_name(path));
    if ((!file || !file->there) && !(flags & SQLITE_OPEN_CREATE))
        return SQLITE_CANTOPEN;
    *handle = (struct handle){.base.pMethods = &methods, .disk = disk,
                              .gone = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0};
    handle->file = sim_file_make(disk, base_name(path));
    if (out_flags)
        *out_flags = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
    struct sim_disk *disk = sim_disk_find(path);
    (void)vfs;
    if (!disk || !sim_disk_step(disk))
        return SQLITE_IOERR_DELETE;
    struct sim_file *file = sim_file_find(disk, base_name(path));
    if (!file || !file->there)
        return SQLITE_IOERR_DELETE_NOENT;
    sim_file_delete(file, sync != 0);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *found)
{
    const struct sim_disk *disk = sim_disk_find(path);
    const struct sim_file *file = disk ? sim_file_find(disk, base_name(path)) : NULL;
    (void)vfs;
    *found = file && file->there && (flags != SQLITE_ACCESS_EXISTS || file->n > 0);
    return disk && disk->dead ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int vfs_full_name(sqlite3_vfs *vfs, const char *path, int n, char *to)
{
    (void)vfs;
    if (strlen(path) >= (size_t)n)
        return SQLITE_CANTOPEN;
    memcpy(to, path, strlen(path) + 1);
    return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int n, char *to)
{
    (void)vfs;
    sim_chance_bytes(sqlite_chance, to, (size_t)n);
    return n;
}

static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
    (void)vfs;
    return us;
}

/* Nothing of Headway's asks SQLite for the time; one that did would get the same answer every time. */
static int vfs_time(sqlite3_vfs *vfs, double *days)
{
    (void)vfs;
    *days = 2460000.5;
    return SQLITE_OK;
}

static int vfs_time64(sqlite3_vfs *vfs, sqlite3_int64 *ms)
{
    (void)vfs;
    *ms = (sqlite3_int64)24600005 * 8640000;
    return SQLITE_OK;
}

static int vfs_error(sqlite3_vfs *vfs, int n, char *to)
{
    (void)vfs;
    if (n)
        *to = 0;
    return 0;
}

/* Pages of a cache that is closed serve the next one: a world opens some fifty databases, and to malloc their pages are large
 * pieces that it joins and parts again. What does not fit comes from malloc as before. */
static void keep_pages(void)
{
    enum { PAGE = 8192, PAGES = 8192 };
    int head = 0;
    sqlite3_config(SQLITE_CONFIG_PCACHE_HDRSZ, &head);
    size_t slot = (size_t)(PAGE + head + 7) / 8 * 8;
    sqlite3_config(SQLITE_CONFIG_PAGECACHE, hw_alloc(slot * PAGES), (int)slot, PAGES);
}

void sim_disk_register(void)
{
    static sqlite3_vfs vfs = {.iVersion = 2, .szOsFile = sizeof(struct handle), .mxPathname = 128, .zName = "sim",
                              .xOpen = vfs_open, .xDelete = vfs_delete, .xAccess = vfs_access,
                              .xFullPathname = vfs_full_name, .xRandomness = vfs_randomness, .xSleep = vfs_sleep,
                              .xCurrentTime = vfs_time, .xGetLastError = vfs_error,
                              .xCurrentTimeInt64 = vfs_time64};
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sim_heap_begin();
    keep_pages();
    sqlite3_vfs_register(&vfs, 1);
}

void sim_disk_chance(struct sim_chance *chance)
{
    sqlite_chance = chance;
    sqlite3_randomness(0, NULL);
}
