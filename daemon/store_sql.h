/* store_sql.h: every fixed statement of the store, by name, and how one is run.  Floor 2, private
 * to store*.c.  The statements of the typed tables are made from hw_schema[] in
 * store_table.c. Row ids of segment, draft, verdict and journal pack (stream or group, number) into
 * one integer, so that each is one B-tree in the order in which it is read. */
#ifndef DAEMON_STORE_SQL_H
#define DAEMON_STORE_SQL_H

#include <sqlite3.h>

#include "daemon/store.h"

/* Limits of the packed row ids: 2^40 events or entries each, 2^22 streams. */
#define HW_ROW_SHIFT 40
#define HW_ROW_LAST ((INT64_C(1) << HW_ROW_SHIFT) - 1)
static inline int64_t hw_row_id(int64_t owner, uint64_t number)
{
    return owner << HW_ROW_SHIFT | (int64_t)number;
}

#define HW_SQL_TABLE(X)                                                                                         \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                                 \
    X(COMMIT, "COMMIT")                                                                                         \
    X(ROLLBACK, "ROLLBACK")                                                                                     \
    X(SAVEPOINT, "SAVEPOINT job")                                                                               \
    X(RELEASE, "RELEASE job")                                                                                   \
    X(PART_SAVE, "SAVEPOINT part")                                                                              \
    X(PART_RELEASE, "RELEASE part")                                                                             \
    X(PART_UNDO, "ROLLBACK TO part")                                                                            \
    X(UNDO, "ROLLBACK TO job")                                                                                  \
    X(NODE_GET, "SELECT value FROM node WHERE key = ?1")                                                        \
    X(NODE_PUT, "INSERT INTO node(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value") \
    X(NODE_BETWEEN, "SELECT key FROM node WHERE key >= ?1 AND key < ?2 ORDER BY key")                            \
    X(NODE_DROP, "DELETE FROM node WHERE key = ?1")                                                              \
    X(GATE_LIFE_SET, "INSERT INTO gate_life(id, life) VALUES(?1, ?2) ON CONFLICT(id) DO UPDATE SET "            \
                     "life = excluded.life")                                                                    \
    X(GATE_LIFE_AT, "SELECT id, life FROM gate_life WHERE id <= ?1 ORDER BY id DESC LIMIT 1")                   \
    X(GATE_LIFE_FROM, "SELECT id, life FROM gate_life WHERE id >= ?1 AND id <= ?2 ORDER BY id")                 \
    X(GATE_LIFE_DROP, "DELETE FROM gate_life WHERE id >= ?1 AND id <= ?2")                                      \
    X(GROUPS, "SELECT id, code, life, position, chain FROM journal_tip ORDER BY id")                            \
    X(GROUP_ADD, "INSERT INTO journal_tip(id, code, life, position, chain) VALUES(?1, ?2, ?3, 0, ?4)")          \
    X(GROUP_SET, "UPDATE journal_tip SET life = ?2, position = ?3, chain = ?4 WHERE id = ?1")                   \
    X(STREAMS, "SELECT id, incarnation, journal, tip, sealed, admitted, hash, shown FROM stream ORDER BY id")   \
    X(STREAM_ADD, "INSERT INTO stream(id, incarnation, journal, tip, sealed, admitted, hash, shown) "           \
                  "VALUES(?1, ?2, ?3, 0, 0, 0, ?4, 0)")                                                         \
    X(STREAM_SET, "UPDATE stream SET tip = ?2, sealed = ?3, admitted = ?4, hash = ?5, shown = ?2 WHERE id = ?1") \
    X(SEGMENT_ADD, "INSERT INTO segment(id, n, hash, wire) VALUES(?1, ?2, ?3, ?4)")                             \
    X(SEGMENT_SET, "UPDATE segment SET wire = ?2 WHERE id = ?1")                                                \
    X(SEGMENT_GET, "SELECT id, n, hash, wire FROM segment WHERE id = ?1")                                       \
    X(SEGMENT_AT, "SELECT id, n, hash, wire FROM segment WHERE id <= ?1 ORDER BY id DESC LIMIT 1")              \
    X(SEGMENT_FROM, "SELECT id, n, hash, wire FROM segment WHERE id >= ?1 AND id <= ?2 ORDER BY id")            \
    X(SEGMENT_DROP, "DELETE FROM segment WHERE id >= ?1 AND id <= ?2")                                          \
    X(VERDICT_DROP, "DELETE FROM verdict WHERE id >= ?1 AND id <= ?2")                                          \
    X(DRAFT_ADD, "INSERT INTO draft(id, n, body) VALUES(?1, ?2, ?3)")                                           \
    X(DRAFT_AT, "SELECT id, n, body FROM draft WHERE id <= ?1 ORDER BY id DESC LIMIT 1")                        \
    X(DRAFT_FROM, "SELECT id, n, body FROM draft WHERE id >= ?1 AND id <= ?2 ORDER BY id")                      \
    X(DRAFT_DROP, "DELETE FROM draft WHERE id >= ?1 AND id <= ?2")                                              \
    X(VERDICT_ADD, "INSERT INTO verdict(id, verdict, code, stamp, text) VALUES(?1, ?2, ?3, ?4, ?5) "            \
                   "ON CONFLICT(id) DO UPDATE SET verdict = excluded.verdict, code = excluded.code, "           \
                   "stamp = excluded.stamp, text = excluded.text")                                              \
    X(VERDICT_GET, "SELECT verdict, code, stamp, text FROM verdict WHERE id = ?1")                              \
    X(VERDICT_REFUSED, "SELECT id FROM verdict WHERE id >= ?1 AND id <= ?2 AND verdict = 1 ORDER BY id")        \
    X(JOURNAL_ADD, "INSERT INTO journal(id, entry, signature, chain) VALUES(?1, ?2, ?3, ?4)")                   \
    X(JOURNAL_GET, "SELECT entry, signature, chain FROM journal WHERE id = ?1")                                 \
    X(JOURNAL_SIGN, "UPDATE journal SET signature = ?2 WHERE id = ?1")                                          \
    X(JOURNAL_FROM, "SELECT id, entry, signature FROM journal WHERE id >= ?1 AND id <= ?2 ORDER BY id")         \
    X(JOURNAL_DROP, "DELETE FROM journal WHERE id >= ?1 AND id <= ?2")                                          \
    X(JOURNAL_BACK, "SELECT id, entry FROM journal WHERE id >= ?1 AND id <= ?2 ORDER BY id DESC LIMIT 1")       \
    X(ADMIT_ADD, "INSERT INTO admit(id, position, received) VALUES(?1, ?2, ?3)")                                \
    X(ADMIT_GET, "SELECT position, received FROM admit WHERE id = ?1")                                          \
    X(ADMIT_DROP, "DELETE FROM admit WHERE id = ?1")                                                            \
    X(ADMIT_AT, "SELECT id, received FROM admit WHERE id <= ?1 ORDER BY id DESC LIMIT 1")                       \
    X(FENCE_GET, "SELECT current, previous, nonce, welcome, confirmed FROM fence WHERE incarnation = ?1")       \
    X(FENCE_SET, "INSERT INTO fence(incarnation, current, previous, nonce, welcome, confirmed) "                \
                 "VALUES(?1, ?2, ?3, ?4, ?5, 0) ON CONFLICT(incarnation) DO UPDATE SET "                        \
                 "current = excluded.current, previous = excluded.previous, nonce = excluded.nonce, "           \
                 "welcome = excluded.welcome, confirmed = 0")                                                   \
    X(FENCE_CONFIRM, "UPDATE fence SET previous = NULL, confirmed = 1 WHERE incarnation = ?1 AND current = ?2") \
    X(FENCE_ALL, "SELECT incarnation FROM fence ORDER BY incarnation")                                          \
    X(FENCE_FORGET, "DELETE FROM fence")                                                                        \
    X(HEARD_SET, "INSERT INTO heard(office, heard, confirmed) VALUES(?1, ?2, ?3) ON CONFLICT(office) DO "       \
                 "UPDATE SET heard = max(heard, excluded.heard), confirmed = max(confirmed, excluded.confirmed)") \
    X(HEARD_ALL, "SELECT office, heard, confirmed FROM heard ORDER BY office")                                  \
    X(HEARD_COUNT, "SELECT count(*) FROM heard")                                                                \
    X(INVITE_ADD, "INSERT INTO invitation(key, office, expires, used) VALUES(?1, ?2, ?3, 0)")                   \
    X(INVITE_GET, "SELECT office, expires, used FROM invitation WHERE key = ?1")                                \
    X(INVITE_DROP, "DELETE FROM invitation WHERE office = ?1 AND used = 0")                                     \
    X(INVITE_USE, "UPDATE invitation SET used = ?2 WHERE key = ?1")                                             \
    X(INVITE_OPEN, "SELECT key FROM invitation WHERE used = 0 OR used > ?1")                                        \
    X(SNAPSHOT_GET, "SELECT position, manifest, signature, current FROM snapshot WHERE id = ?1")               \
    X(SNAPSHOT_SET, "INSERT INTO snapshot(id, position, manifest, signature, current) VALUES(?1, ?2, ?3, ?4, ?5) " \
                    "ON CONFLICT(id) DO UPDATE SET position = excluded.position, manifest = excluded.manifest, " \
                    "signature = excluded.signature, current = excluded.current")                               \
    X(SNAPSHOT_DROP, "DELETE FROM snapshot WHERE id = ?1")                                                      \
    X(CHUNK_ADD, "INSERT INTO chunk(id, first, bytes) VALUES(?1, ?2, ?3)")                                      \
    X(CHUNK_GET, "SELECT bytes FROM chunk WHERE id = ?1")                                                       \
    X(CHUNK_AT, "SELECT bytes FROM chunk WHERE id >= ?1 AND id <= ?2 AND first <= ?3 ORDER BY id DESC LIMIT 1") \
    X(SNAPSHOT_MOVE, "UPDATE snapshot SET id = ?2, current = ?3 WHERE id = ?1")                                 \
    X(CHUNK_MOVE, "UPDATE chunk SET id = id + ?3 WHERE id >= ?1 AND id <= ?2")                                  \
    X(CHUNK_COUNT, "SELECT count(*) FROM chunk WHERE id >= ?1 AND id <= ?2")                                    \
    X(CHUNK_DROP, "DELETE FROM chunk WHERE id >= ?1 AND id <= ?2")                                              \
    X(ADMIT_CUT, "DELETE FROM admit WHERE id >= ?1 AND id <= ?2")                                               \
    X(KEPT_ADD, "INSERT INTO kept(id, n, hash, wire) SELECT id, n, hash, wire FROM segment WHERE id >= ?1 AND id <= ?2 " \
                "ON CONFLICT(id) DO UPDATE SET n = excluded.n, hash = excluded.hash, wire = excluded.wire")        \
    X(KEPT_FROM, "SELECT id, n, hash, wire FROM kept WHERE id >= ?1 AND id <= ?2 ORDER BY id LIMIT 1")          \
    X(KEPT_SET, "UPDATE kept SET wire = ?2 WHERE id = ?1")                                                       \
    X(KEPT_DROP, "DELETE FROM kept WHERE id >= ?1 AND id <= ?2")                                                \
    X(PASSED_ADD, "INSERT INTO passed(grp, life, first, last, hash, bytes) VALUES(?1, ?2, ?3, ?4, ?5, ?6) "      \
                  "ON CONFLICT(hash) DO NOTHING")                                                              \
    X(PASSED_ALL, "SELECT id, grp, life, first, last FROM passed WHERE id >= 0 ORDER BY id")                    \
    X(PASSED_OF, "SELECT id, last, bytes FROM passed WHERE grp = ?1 AND life = ?2 ORDER BY id LIMIT 1")         \
    X(PASSED_DROP, "DELETE FROM passed WHERE id = ?1")                                                          \
    X(HEADING_SET, "INSERT INTO heading(grp, head, field) VALUES(?1, ?2, ?3) ON CONFLICT(grp, head) DO UPDATE SET " \
                   "field = excluded.field")                                                                   \
    X(HEADING_OF, "SELECT head, field FROM heading WHERE grp = ?1 ORDER BY head")                               \
    X(JOURNAL_ALL, "SELECT id, entry, signature, chain FROM journal WHERE id >= ?1 ORDER BY id")                \
    X(ADMIT_ALL, "SELECT id, position, received FROM admit WHERE id >= ?1 ORDER BY id")                         \
    X(VERDICT_ALL, "SELECT id, verdict, code, stamp, text FROM verdict WHERE id >= ?1 ORDER BY id")             \
    X(CHECK_ALL, "PRAGMA integrity_check(20)")                                                                  \
    X(CHECK, "PRAGMA quick_check(1)")                                                                           \
    X(DB_BYTES, "SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)")

enum hw_sql {
#define X(name, text) SQL_##name,
    HW_SQL_TABLE(X)
#undef X
    SQL_COUNT
};

/* A statement, prepared when it is first needed (many are not between two starts, and to prepare all took a third of the time of
 * opening a store), reset and with cleared bindings; and running it. Every failure of SQLite becomes a status here. */
sqlite3_stmt *hw_sql(struct hw_store *store, enum hw_sql which);
HW_MUST_USE enum hw_status hw_sql_prepare(struct hw_store *store, const char *text, sqlite3_stmt **statement,
                                          struct hw_err *err);
void hw_sql_finalize_all(struct hw_store *store);
/* OK for a row, NOT_FOUND for the end (err untouched), else the failure. */
HW_MUST_USE enum hw_status hw_sql_step(struct hw_store *store, sqlite3_stmt *statement, struct hw_err *err);
HW_MUST_USE enum hw_status hw_sql_run(struct hw_store *store, sqlite3_stmt *statement, struct hw_err *err); /* no row expected */
HW_MUST_USE enum hw_status hw_sql_exec(struct hw_store *store, const char *text, struct hw_err *err);
void hw_bind_int(sqlite3_stmt *statement, int at, uint64_t value);
void hw_bind_blob(sqlite3_stmt *statement, int at, const void *p, size_t n); /* borrowed until the next reset */
void hw_bind_text(sqlite3_stmt *statement, int at, const char *p, size_t n);
struct hw_slice hw_column_blob(sqlite3_stmt *statement, int column);
enum hw_status hw_sql_fail(struct hw_store *store, struct hw_err *err);

#endif
