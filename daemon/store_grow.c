/* store_grow.c: typed tables that follow the schema (floor 2).
 *
 * A release that knows more kinds or fields than the one before finds tables that lack them. Such a table is made anew and
 * filled from the events, which hold everything that was ever written: a row is a function of them, and an upgraded database
 * equals a fresh one. "grow" in the table node names the kinds under way, so that a start that is cut short begins again. */
#include <stdio.h>
#include <string.h>

#include "daemon/store_internal.h"

static const char key[] = "grow";

enum {
    KINDS_MAX = 64,   /* of one schema */
    ROWS_AT_ONCE = 256 /* rows of one transaction; each is folded from all its events */
};

struct grow {
    uint8_t kinds[KINDS_MAX]; /* to be made anew */
    size_t n;
    size_t stream; /* index of the stream, or the group, being read */
    const struct hw_kind *kind; /* whose rows are folded */
    uint64_t done, upto; /* the last event read or row folded: before the job, which may run twice, and after it */
};

static bool grows(const struct grow *grow, uint16_t kind)
{
    for (size_t i = 0; i < grow->n; i++)
        if (grow->kinds[i] == kind)
            return true;
    return false;
}

static void begun(struct grow *grow, struct hw_slice kinds)
{
    for (size_t i = 0; i < kinds.n; i++)
        if (!grows(grow, kinds.p[i]) && hw_kind_by_id(kinds.p[i]) && grow->n < KINDS_MAX)
            grow->kinds[grow->n++] = kinds.p[i];
}

/* Tables that lack columns, or altogether. Their columns are counted: nothing is ever taken out of the schema. */
static enum hw_status find_lacking(struct hw_store *store, struct grow *grow, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < hw_schema_n && !status; i++) {
        char sql[100];
        sqlite3_stmt *row = NULL;
        snprintf(sql, sizeof sql, "SELECT count(*) FROM pragma_table_info('%s')", hw_schema[i].name);
        status = hw_sql_prepare(store, sql, &row, err);
        if (!status)
            status = hw_sql_step(store, row, err);
        if (!status && (size_t)sqlite3_column_int64(row, 0) < hw_table_columns(&hw_schema[i]) && !grows(grow, hw_schema[i].id))
            grow->kinds[grow->n++] = (uint8_t)hw_schema[i].id;
        sqlite3_finalize(row);
    }
    return status;
}

/* "schema" in the table node: how many fields of each kind the database was made for. */
static enum hw_status compare(struct hw_slice made, bool *same, struct hw_err *err)
{
    *same = made.n == hw_schema_n;
    for (size_t i = 0; i < made.n; i++) {
        if (i >= hw_schema_n || made.p[i] > hw_schema[i].fields_n)
            return hw_fail(err, HW_VERSION, "the database was made by a newer Headway, which knows more kinds and fields: install "
                                            "that one");
        *same = *same && made.p[i] == hw_schema[i].fields_n;
    }
    return HW_OK;
}

/* Kinds that an earlier start has begun with; and whether there is nothing to do. */
static enum hw_status look(struct hw_store *store, struct grow *grow, bool *same, struct hw_err *err)
{
    sqlite3_stmt *row = NULL;
    enum hw_status status = hw_sql_prepare(store, "SELECT key, value FROM node WHERE key IN ('grow', 'schema')", &row, err);
    *same = false;
    while (!status && !(status = hw_sql_step(store, row, err))) {
        struct hw_slice value = hw_column_blob(row, 1);
        if (sqlite3_column_bytes(row, 0) == sizeof key - 1)
            begun(grow, value);
        else
            status = compare(value, same, err);
    }
    sqlite3_finalize(row);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

static enum hw_status keep(struct hw_store *store, const char *name, const uint8_t *p, size_t n, struct hw_err *err)
{
    sqlite3_stmt *note = NULL;
    enum hw_status status = hw_sql_prepare(store, "INSERT OR REPLACE INTO node(key, value) VALUES(?1, ?2)", &note, err);
    if (!status) {
        hw_bind_text(note, 1, name, strlen(name));
        hw_bind_blob(note, 2, p, n);
        status = hw_sql_run(store, note, err);
    }
    sqlite3_finalize(note);
    return status;
}

static enum hw_status make_anew(struct hw_store *store, const struct grow *grow, struct hw_err *err)
{
    uint8_t made[KINDS_MAX];
    for (size_t i = 0; i < hw_schema_n; i++)
        made[i] = (uint8_t)hw_schema[i].fields_n;
    enum hw_status status = keep(store, "schema", made, hw_schema_n, err);
    if (!status && grow->n)
        status = keep(store, key, grow->kinds, grow->n, err);
    for (size_t i = 0; i < grow->n && !status; i++) {
        const struct hw_kind *kind = hw_kind_by_id(grow->kinds[i]);
        char drop[80];
        snprintf(drop, sizeof drop, "DROP TABLE IF EXISTS \"%s\"", kind->name);
        status = hw_sql_exec(store, drop, err);
        if (!status)
            status = hw_table_create(store, kind, err);
    }
    return status;
}

enum hw_status hw_grow_tables(struct hw_store *store, struct hw_err *err)
{
    struct grow grow = {.n = 0};
    bool same;
    enum hw_status status = look(store, &grow, &same, err);
    if (!status && !same)
        status = find_lacking(store, &grow, err);
    if (status || (same && grow.n == 0))
        return status;
    status = hw_sql_exec(store, "BEGIN IMMEDIATE", err);
    if (!status)
        status = make_anew(store, &grow, err);
    if (!status)
        status = hw_sql_exec(store, "COMMIT", err);
    if (status)
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* -- filling -- */

static bool wanted(void *self, uint16_t kind)
{
    return grows(self, kind);
}

/* The next chunk of a snapshot: its records as they were. */
static enum hw_status base_rows(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct grow *grow = self;
    const struct hw_group *group = &tx->store->groups[grow->stream];
    size_t n;
    grow->upto = grow->done;
    enum hw_status status = group->base ? hw_base_rows(tx, group, grow->done, wanted, grow, &n, err) : HW_NOT_FOUND;
    grow->upto += !status;
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* A draft whose row was owed when the program ended is in it already (store_owed.c). */
static bool named(const struct hw_record *record, const struct hw_stream *stream, uint64_t seq)
{
    int64_t owner;
    uint64_t known;
    for (size_t at = 0; seq > stream->sealed && hw_history_next(record, &at, &owner, &known);)
        if (owner == stream->id && known == seq)
            return true;
    return false;
}

/* The next segment's worth of events: each row learns the names of its events. */
static enum hw_status name_events(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct grow *grow = self;
    const struct hw_stream *stream = &tx->store->streams[grow->stream];
    const char *group = hw_cache_group_by_id(tx->store, stream->group)->code;
    enum hw_status status = HW_OK;
    grow->done = grow->done < stream->base ? stream->base : grow->done; /* what a snapshot stands for is in the rows already */
    grow->upto = stream->tip < grow->done + HW_SEGMENT_EVENTS ? stream->tip : grow->done + HW_SEGMENT_EVENTS;
    for (uint64_t seq = grow->done + 1; seq <= grow->upto && !status; seq++) {
        struct hw_logged logged;
        struct hw_record *record;
        status = hw_tx_event(tx, &stream->inc, group, seq, &logged, err);
        if (status || !grows(grow, logged.event.kind))
            continue;
        status = hw_tx_record(tx, logged.event.kind, &logged.event.record, group, &record, err);
        if (status)
            break;
        if (!named(record, stream, seq))
            hw_history_add(tx, record, stream->id, seq);
        record->dirty = true;
    }
    return status;
}

static enum hw_status fold_rows(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct grow *grow = self;
    sqlite3_stmt *row = NULL;
    const char *sql = hw_arena_printf(&tx->arena, "SELECT rowid, id, grp FROM \"%s\" WHERE rowid > ?1 ORDER BY rowid LIMIT %d",
                                      grow->kind->name, ROWS_AT_ONCE);
    enum hw_status status = hw_sql_prepare(tx->store, sql, &row, err);
    if (!status)
        hw_bind_int(row, 1, grow->done);
    grow->upto = grow->done;
    while (!status && !(status = hw_sql_step(tx->store, row, err))) {
        struct hw_slice text = hw_column_blob(row, 1), code = hw_column_blob(row, 2);
        const struct hw_group *group = hw_cache_group(tx->store, code);
        struct hw_id id;
        grow->upto = (uint64_t)sqlite3_column_int64(row, 0);
        if (!hw_id_parse(text, &id) || !group)
            status = hw_fail(err, HW_CORRUPT, "a row of %s cannot be made anew: restore a backup", grow->kind->name);
        else
            status = hw_record_fold(tx, grow->kind->id, &id, group->code, err);
    }
    sqlite3_finalize(row);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

static enum hw_status finish(struct hw_tx *tx, void *self, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_NODE_DROP);
    (void)self;
    hw_bind_text(statement, 1, key, sizeof key - 1);
    return hw_sql_run(tx->store, statement, err);
}

/* Jobs until one finds nothing more. */
static enum hw_status run_all(struct hw_store *store, struct grow *grow, enum hw_status (*step)(struct hw_tx *, void *,
                                                                                                struct hw_err *),
                              struct hw_err *err)
{
    enum hw_status status;
    grow->upto = 0;
    do {
        struct hw_job job = {.write = true, .run = step, .self = grow};
        grow->done = grow->upto;
        status = hw_store_now(store, &job, err);
    } while (!status && grow->upto > grow->done);
    return status;
}

enum hw_status hw_grow_rows(struct hw_store *store, struct hw_err *err)
{
    struct grow grow = {.n = 0};
    sqlite3_stmt *row = hw_sql(store, SQL_NODE_GET);
    hw_bind_text(row, 1, key, sizeof key - 1);
    enum hw_status status = hw_sql_step(store, row, err);
    if (!status)
        begun(&grow, hw_column_blob(row, 0));
    sqlite3_reset(row);
    if (status || grow.n == 0)
        return status == HW_NOT_FOUND ? HW_OK : status;
    for (grow.stream = 0; grow.stream < store->groups_n && !status; grow.stream++)
        status = run_all(store, &grow, base_rows, err);
    for (grow.stream = 0; grow.stream < store->streams_n && !status; grow.stream++)
        status = run_all(store, &grow, name_events, err);
    for (size_t i = 0; i < grow.n && !status; i++) {
        grow.kind = hw_kind_by_id(grow.kinds[i]);
        status = run_all(store, &grow, fold_rows, err);
    }
    struct hw_job last = {.write = true, .run = finish};
    return status ? status : hw_store_now(store, &last, err);
}
