/* raw.c: see raw.h (bench). Integer keys and prepared statements: what SQLite
 * does best, so that the yardstick flatters nobody. */
#include "bench/lib/raw.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/lib/sample.h"

static const char schema[] =
    "CREATE TABLE log(id INTEGER PRIMARY KEY, item INTEGER, author TEXT, body BLOB);"
    "CREATE TABLE item(id INTEGER PRIMARY KEY, title TEXT, responsible TEXT, deadline TEXT, status TEXT, country TEXT,"
    " progress INTEGER);"
    "CREATE TABLE comment(id INTEGER PRIMARY KEY, item INTEGER, author TEXT, text TEXT);";

struct hw_raw {
    char path[500];
    sqlite3_int64 n; /* rows in the log */
    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *log, *item, *comment;
};

static void must(struct hw_raw *raw, int code, int wanted)
{
    if (code == wanted)
        return;
    fprintf(stderr, "bench: SQLite: %s\n", sqlite3_errmsg(raw->db));
    exit(1);
}

static sqlite3_stmt *prepare(struct hw_raw *raw, const char *text)
{
    sqlite3_stmt *statement = NULL;
    must(raw, sqlite3_prepare_v3(raw->db, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL), SQLITE_OK);
    return statement;
}

static void run(struct hw_raw *raw, sqlite3_stmt *statement)
{
    must(raw, sqlite3_step(statement), SQLITE_DONE);
    sqlite3_reset(statement);
}

static void bind(sqlite3_stmt *statement, int at, const char *text)
{
    sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static void write_one(struct hw_raw *raw, const struct hw_work *work)
{
    uint8_t body[4096];
    size_t n = 0;
    for (size_t i = 0; i < work->ops_n && n + work->ops[i].value.n <= sizeof body; i++) {
        memcpy(body + n, work->ops[i].value.p, work->ops[i].value.n);
        n += work->ops[i].value.n;
    }
    sqlite3_int64 item = (sqlite3_int64)work->item, number = ++raw->n;
    sqlite3_bind_int64(raw->log, 1, number);
    sqlite3_bind_int64(raw->log, 2, item);
    bind(raw->log, 3, work->author);
    sqlite3_bind_blob(raw->log, 4, body, (int)n, SQLITE_STATIC);
    run(raw, raw->log);
    sqlite3_bind_int64(raw->item, 1, item);
    bind(raw->item, 2, work->title);
    bind(raw->item, 3, work->responsible);
    bind(raw->item, 4, work->deadline);
    bind(raw->item, 5, work->status);
    bind(raw->item, 6, work->country);
    sqlite3_bind_int(raw->item, 7, work->progress);
    run(raw, raw->item);
    sqlite3_bind_int64(raw->comment, 1, number);
    sqlite3_bind_int64(raw->comment, 2, item);
    bind(raw->comment, 3, work->author);
    bind(raw->comment, 4, *work->comment ? work->comment : work->status);
    run(raw, raw->comment);
}

static void forget(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char file[600];
        snprintf(file, sizeof file, "%s%s", path, ends[i]);
        unlink(file);
    }
}

struct hw_raw *hw_raw_open(const char *path, bool full)
{
    struct hw_raw *raw = hw_alloc(sizeof *raw);
    *raw = (struct hw_raw){0};
    snprintf(raw->path, sizeof raw->path, "%s", path);
    forget(path);
    must(raw, sqlite3_open_v2(path, &raw->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL),
         SQLITE_OK);
    must(raw, sqlite3_exec(raw->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL), SQLITE_OK);
    must(raw, sqlite3_exec(raw->db, full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", NULL, NULL, NULL),
         SQLITE_OK);
    must(raw, sqlite3_exec(raw->db, schema, NULL, NULL, NULL), SQLITE_OK);
    raw->begin = prepare(raw, "BEGIN IMMEDIATE");
    raw->commit = prepare(raw, "COMMIT");
    raw->log = prepare(raw, "INSERT INTO log(id, item, author, body) VALUES(?1, ?2, ?3, ?4)");
    raw->item = prepare(raw, "INSERT INTO item(id, title, responsible, deadline, status, country, progress) "
                             "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(id) DO UPDATE SET title = excluded.title, "
                             "responsible = excluded.responsible, deadline = excluded.deadline, "
                             "status = excluded.status, country = excluded.country, progress = excluded.progress");
    raw->comment = prepare(raw, "INSERT INTO comment(id, item, author, text) VALUES(?1, ?2, ?3, ?4)");
    return raw;
}

double hw_raw_write(struct hw_raw *raw, const struct hw_workload *workload, size_t from, size_t to, size_t batch)
{
    double start = hw_sample_now();
    for (size_t i = from; i < to;) {
        run(raw, raw->begin);
        for (size_t n = 0; n < batch && i < to; n++, i++)
            write_one(raw, &workload->events[i]);
        run(raw, raw->commit);
    }
    return hw_sample_now() - start;
}

void hw_raw_close(struct hw_raw *raw)
{
    sqlite3_stmt *all[] = {raw->begin, raw->commit, raw->log, raw->item, raw->comment};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        sqlite3_finalize(all[i]);
    sqlite3_close(raw->db);
    forget(raw->path);
    free(raw);
}
