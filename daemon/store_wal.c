/* store_wal.c: the write-ahead log as a file: room in it before it is needed,
 * and copying it into the database (floor 2, noun: wal).
 *
 * A commit ends with fdatasync. While the log grows, that has to write the file's new size as well, which is the file system's own
 * journal and waits for whatever else is in it: 440 us instead of 200, one of ten 2.7 ms instead of 0.3 (ext4, a busy disk). SQLite
 * removes the log when the last one closes it, so the log of a small office grows nearly always. Hence zeros are written and
 * synced behind its end before commits get there. SQLite takes them for what they are: frames whose salt is not the log's, as
 * those that an earlier round of the log has left.
 *
 * Both are done after the jobs were handed back: nobody waits for them but the next job. */
#include <string.h>

#include "daemon/clock.h"
#include "daemon/store_internal.h"

enum {
    /* Bytes of pages in the log when it is copied. What is written again and again meanwhile is copied once; at SQLite's 4 MB an
     * import took half as long again. */
    CHECKPOINT = 16 * 1000 * 1024,
    ROOM_FIRST = 256 * 1024, /* doubled each time that half is used */
    ROOM_MAX = CHECKPOINT + 1024 * 1024, /* a checkpoint waits for the end of the transaction */
    /* "The WAL header is 32 bytes", "each frame consists of a 24-byte frame-header followed by a page" (sqlite.org/fileformat2). */
    WAL_HEADER = 32,
    FRAME_HEADER = 24,
    PIECE = 64 * 1024
};

static int on_commit(void *self, sqlite3 *db, const char *name, int frames)
{
    struct hw_store *store = self;
    (void)db;
    (void)name;
    store->wal_frames = frames;
    return SQLITE_OK;
}

enum hw_status hw_wal_watch(struct hw_store *store, struct hw_err *err)
{
    sqlite3_stmt *statement = NULL;
    enum hw_status status = hw_sql_prepare(store, "PRAGMA page_size", &statement, err);
    if (!status)
        status = hw_sql_step(store, statement, err);
    store->wal_page = status ? 0 : sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_wal_hook(store->db, on_commit, store); /* takes the place of SQLite's own checkpoints */
    return status;
}

static int write_zeros(sqlite3_file *file, sqlite3_int64 from, sqlite3_int64 to)
{
    static const char zeros[PIECE];
    int code = SQLITE_OK;
    for (sqlite3_int64 at = from; at < to && code == SQLITE_OK; at += PIECE)
        code = file->pMethods->xWrite(file, zeros, (int)(to - at < PIECE ? to - at : PIECE), at);
    return code == SQLITE_OK ? file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) : code;
}

static sqlite3_int64 length(const struct hw_store *store, sqlite3_int64 bytes)
{
    return WAL_HEADER + bytes / store->wal_page * (FRAME_HEADER + store->wal_page);
}

/* The log's file and its size; NULL when there is none. */
static sqlite3_file *log_file(struct hw_store *store, sqlite3_int64 *size)
{
    sqlite3_file *file = NULL;
    bool found = sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) == SQLITE_OK && file &&
                 file->pMethods && file->pMethods->xFileSize(file, size) == SQLITE_OK;
    return found ? file : NULL;
}

static void make_room(struct hw_store *store, sqlite3_int64 used)
{
    sqlite3_int64 now = 0, room = store->wal_room ? store->wal_room * 2 : ROOM_FIRST;
    sqlite3_file *file = log_file(store, &now);
    while (room < used * 2)
        room *= 2;
    store->wal_room = room < ROOM_MAX ? room : ROOM_MAX;
    sqlite3_int64 wanted = length(store, store->wal_room);
    if (!file || now >= wanted || write_zeros(file, now, wanted) == SQLITE_OK)
        return;
    store->wal_room = ROOM_MAX; /* no more of that: commits and the database must have what is left */
    (void)file->pMethods->xTruncate(file, now); /* where that fails the disk does, and the next commit will say so */
}

/* The first commit into an empty log syncs three times: the log's head, the directory, itself. A daemon has that behind it before
 * anybody waits. What it writes is of no use to anybody; a disk that is full now may have room when it matters. */
void hw_wal_begin(struct hw_store *store)
{
    int64_t now = hw_clock_wall();
    sqlite3_stmt *put = hw_sql(store, SQL_NODE_PUT);
    if (!store->wal_ahead || hw_sql_run(store, hw_sql(store, SQL_BEGIN), NULL))
        return;
    hw_bind_text(put, 1, "opened", strlen("opened"));
    hw_bind_blob(put, 2, &now, sizeof now);
    if (hw_sql_run(store, put, NULL) || hw_sql_run(store, hw_sql(store, SQL_COMMIT), NULL))
        store->stale = !sqlite3_get_autocommit(store->db) && hw_sql_run(store, hw_sql(store, SQL_ROLLBACK), NULL) != HW_OK;
    hw_wal_tend(store);
}

void hw_wal_tend(struct hw_store *store)
{
    sqlite3_int64 used = store->wal_frames * store->wal_page;
    store->wal_frames = 0; /* until the next commit */
    if (used == 0 || store->stale)
        return;
    if (used >= CHECKPOINT) /* one that fails is tried again after the next commit: what is saved is in the log */
        sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    else if (store->wal_ahead && used * 2 > store->wal_room && store->wal_room < ROOM_MAX)
        make_room(store, used);
}
