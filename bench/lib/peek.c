/* peek.c: see peek.h (bench). */
#include "bench/lib/peek.h"

#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "bench/lib/sample.h"
#include "headway/bytes.h"

struct hw_peek {
    sqlite3 *db;
    sqlite3_stmt *applied, *title;
    char log[400];
    int writes; /* tells of writes to the log; 0: nobody has asked, and being told costs the node time */
};

static void must(const struct hw_peek *peek, int code)
{
    if (code == SQLITE_OK)
        return;
    fprintf(stderr, "bench: looking into a database: %s\n", sqlite3_errmsg(peek->db));
    exit(1);
}

struct hw_peek *hw_peek_open(const struct hw_bench_node *node)
{
    char path[400];
    struct hw_peek *peek = hw_alloc(sizeof *peek);
    *peek = (struct hw_peek){0};
    snprintf(path, sizeof path, "%s/headway.db", node->home);
    must(peek, sqlite3_open_v2(path, &peek->db, SQLITE_OPEN_READONLY, NULL));
    must(peek, sqlite3_prepare_v2(peek->db, "SELECT coalesce(sum(stream.tip), 0) FROM stream JOIN journal_tip ON "
                                            "journal_tip.id = stream.journal WHERE journal_tip.code = ?1",
                                  -1, &peek->applied, NULL));
    must(peek, sqlite3_prepare_v2(peek->db, "SELECT title FROM item WHERE id = ?1", -1, &peek->title, NULL));
    snprintf(peek->log, sizeof peek->log, "%s/headway.db-wal", node->home);
    prctl(PR_SET_TIMERSLACK, 1); /* pauses of microseconds, not of the usual 50 more */
    return peek;
}

void hw_peek_close(struct hw_peek *peek)
{
    sqlite3_finalize(peek->applied);
    sqlite3_finalize(peek->title);
    sqlite3_close(peek->db);
    if (peek->writes)
        close(peek->writes);
    free(peek);
}

uint64_t hw_peek_applied(struct hw_peek *peek, const char *group)
{
    sqlite3_bind_text(peek->applied, 1, group, -1, SQLITE_STATIC);
    uint64_t n = sqlite3_step(peek->applied) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(peek->applied, 0) : 0;
    sqlite3_reset(peek->applied);
    return n;
}

void hw_peek_tip(struct hw_peek *peek, const char *group, struct hw_group_tip *tip)
{
    sqlite3_stmt *ask = NULL;
    *tip = (struct hw_group_tip){0};
    snprintf(tip->group, sizeof tip->group, "%s", group);
    must(peek, sqlite3_prepare_v2(peek->db, "SELECT life, position, chain FROM journal_tip WHERE code = ?1", -1, &ask, NULL));
    sqlite3_bind_text(ask, 1, group, -1, SQLITE_STATIC);
    if (sqlite3_step(ask) != SQLITE_ROW || sqlite3_column_bytes(ask, 0) != sizeof tip->life.b ||
        sqlite3_column_bytes(ask, 2) != sizeof tip->chain) {
        fprintf(stderr, "bench: group %s has no journal\n", group);
        exit(1);
    }
    memcpy(tip->life.b, sqlite3_column_blob(ask, 0), sizeof tip->life.b);
    tip->position = (uint64_t)sqlite3_column_int64(ask, 1);
    memcpy(tip->chain, sqlite3_column_blob(ask, 2), sizeof tip->chain);
    sqlite3_finalize(ask);
}

bool hw_peek_title(struct hw_peek *peek, const struct hw_id *item, const char *title)
{
    char id[HW_ID_TEXT + 1];
    hw_id_print(item, id);
    sqlite3_bind_text(peek->title, 1, id, -1, SQLITE_STATIC);
    const unsigned char *shown = sqlite3_step(peek->title) == SQLITE_ROW ? sqlite3_column_text(peek->title, 0) : NULL;
    bool same = shown && strcmp((const char *)shown, title) == 0;
    sqlite3_reset(peek->title);
    return same;
}

void hw_peek_stir(struct hw_peek *peek, int ms)
{
    char events[4096];
    if (!peek->writes) {
        peek->writes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        must(peek, inotify_add_watch(peek->writes, peek->log, IN_MODIFY) < 0 ? SQLITE_ERROR : SQLITE_OK);
    }
    struct pollfd one = {.fd = peek->writes, .events = POLLIN};
    if (poll(&one, 1, ms) > 0)
        while (read(peek->writes, events, sizeof events) > 0)
            continue;
}

void hw_peek_pause(unsigned us)
{
    struct timespec pause = {.tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000};
    nanosleep(&pause, NULL);
}

bool hw_peek_wait(struct hw_peek *peek, const char *group, uint64_t n, unsigned every_us, double most)
{
    double until = hw_sample_now() + most;
    while (hw_peek_applied(peek, group) < n) {
        if (hw_sample_now() > until)
            return false;
        hw_peek_pause(every_us);
    }
    return true;
}
