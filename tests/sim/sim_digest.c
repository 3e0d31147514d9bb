/* sim_digest.c: digests of what a replica holds of a group. The local numbers of
 * streams and groups are replaced by what they stand for. */
#include "tests/sim/sim_digest.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"
#include "tests/sim/sim_map.h"

/* ?1 is the group's code. A stream's rows stand at (stream << 40 | seq), a journal's at (group << 40 | position). */

static const struct {
    const char *name, *sql, *order;
} fixed[] = {
    /* A hub's next life may have written nothing yet: nobody else knows of it. */
    {"journal tip", "SELECT (SELECT life FROM gate_life l WHERE l.id <= (g.id << 40) + g.position ORDER BY l.id DESC "
                    "LIMIT 1), position, chain FROM journal_tip g WHERE code = ?1", ""},
    {"journal", "SELECT j.id & 1099511627775, j.entry, j.chain FROM journal_tip g JOIN journal j ON j.id "
                ">= (g.id << 40) AND j.id < ((g.id + 1) << 40) WHERE g.code = ?1", " ORDER BY j.id"},
    {"stream", "SELECT s.incarnation, s.admitted FROM journal_tip g JOIN stream s ON s.journal = g.id WHERE "
               "g.code = ?1 AND s.admitted > 0", " ORDER BY s.incarnation"},
    {"segment", "SELECT s.incarnation, x.id & 1099511627775, x.n, x.hash, x.wire "
                "FROM journal_tip g JOIN stream s ON s.journal = g.id JOIN segment x ON x.id >= (s.id << 40) AND x.id "
                "< ((s.id + 1) << 40) WHERE g.code = ?1 AND (x.id & 1099511627775) <= s.admitted",
     " ORDER BY s.incarnation, x.id"},
    {"admit", "SELECT s.incarnation, x.id & 1099511627775, x.position, x.received "
              "FROM journal_tip g JOIN stream s ON s.journal = g.id JOIN admit x ON x.id >= (s.id << 40) AND x.id "
              "< ((s.id + 1) << 40) WHERE g.code = ?1", " ORDER BY s.incarnation, x.id"},
    {"verdict", "SELECT s.incarnation, x.id & 1099511627775, x.verdict, x.code, x.stamp, x.text "
                "FROM journal_tip g JOIN stream s ON s.journal = g.id JOIN verdict x ON x.id >= (s.id << 40) AND x.id "
                "< ((s.id + 1) << 40) WHERE g.code = ?1", " ORDER BY s.incarnation, x.id"},
};
enum { FIXED = sizeof fixed / sizeof *fixed };

bool sim_digest_log(size_t part)
{
    return part < FIXED && strcmp(fixed[part].name, "journal tip") != 0 && strcmp(fixed[part].name, "stream") != 0;
}

static const char *part_name(size_t part)
{
    return part < FIXED ? fixed[part].name : hw_schema[part - FIXED].name;
}

static sqlite3_stmt *prepare(struct hw_store *store, const char *group, size_t part, bool sorted)
{
    char sql[500];
    sqlite3_stmt *statement = NULL;
    int n = part < FIXED ? snprintf(sql, sizeof sql, "%s%s", fixed[part].sql, sorted ? fixed[part].order : "")
                         : snprintf(sql, sizeof sql, "SELECT * FROM \"%s\" WHERE grp = ?1%s", part_name(part),
                                    sorted ? " ORDER BY id" : "");
    if (n >= (int)sizeof sql)
        return NULL;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK)
        sqlite3_bind_text(statement, 1, group, -1, SQLITE_STATIC);
    return statement;
}

static bool local_column(const char *name)
{
    return strcmp(name, "history") == 0;
}

static uint64_t hash_column(uint64_t hash, sqlite3_stmt *statement, int i)
{
    int type = sqlite3_column_type(statement, i);
    hash = sim_hash_number(hash, (uint64_t)type);
    if (type == SQLITE_NULL)
        return hash;
    if (type == SQLITE_INTEGER)
        return sim_hash_number(hash, (uint64_t)sqlite3_column_int64(statement, i));
    const void *p = sqlite3_column_blob(statement, i);
    return sim_hash(hash, p, (size_t)sqlite3_column_bytes(statement, i));
}

/* Hashes of rows are added up, so that SQLite need not sort them; each part of the log says its place in its rows. */
static void add_row(uint64_t *sum, sqlite3_stmt *statement, const bool *skip)
{
    uint64_t hash = SIM_HASH;
    for (int i = 0; i < sqlite3_column_count(statement); i++)
        if (!skip[i])
            hash = hash_column(hash, statement, i);
    *sum += hash;
}

const char *sim_digest_make(struct hw_store *store, const char *group, struct sim_digest *digest)
{
    *digest = (struct sim_digest){.n = FIXED + hw_schema_n};
    for (size_t part = 0; part < digest->n; part++) {
        uint64_t sum = 0;
        bool skip[128] = {false};
        sqlite3_stmt *statement = prepare(store, group, part, false);
        if (!statement)
            return sqlite3_errmsg(store->db);
        for (int i = 0; i < sqlite3_column_count(statement); i++)
            skip[i] = local_column(sqlite3_column_name(statement, i));
        int code;
        while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
            add_row(&sum, statement, skip);
            digest->rows[part]++;
        }
        memcpy(digest->hashes[part], &sum, sizeof sum);
        digest->parts[part] = part_name(part);
        sqlite3_finalize(statement);
        if (code != SQLITE_DONE)
            return sqlite3_errmsg(store->db);
    }
    return "";
}

static void put_column(struct hw_out *out, sqlite3_stmt *statement, int i)
{
    char text[80];
    const char *value = text;
    size_t n;
    if (sqlite3_column_type(statement, i) == SQLITE_BLOB) {
        const uint8_t *p = sqlite3_column_blob(statement, i);
        size_t size = (size_t)sqlite3_column_bytes(statement, i), shown = size < 12 ? size : 12;
        sodium_bin2hex(text, sizeof text, p, shown);
        n = strlen(text);
        n += (size_t)snprintf(text + n, sizeof text - n, "..%zu", size);
    } else {
        value = (const char *)sqlite3_column_text(statement, i);
        n = (size_t)sqlite3_column_bytes(statement, i);
    }
    hw_put_raw(out, " ", 1);
    if (n)
        hw_put_raw(out, value, n < 60 ? n : 60);
}

char *sim_digest_lines(struct hw_store *store, const char *group, size_t part)
{
    struct hw_out out = {0};
    sqlite3_stmt *statement = prepare(store, group, part, true);
    while (statement && sqlite3_step(statement) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(statement); i++)
            if (!local_column(sqlite3_column_name(statement, i)))
                put_column(&out, statement, i);
        hw_put_raw(&out, "\n", 1);
    }
    sqlite3_finalize(statement);
    hw_put_raw(&out, "", 1);
    return (char *)out.p;
}
