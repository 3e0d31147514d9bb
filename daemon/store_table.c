/* store_table.c: the tables: the replicated log, this node's own facts, and one
 * typed table per kind made from hw_schema[]; migrations (floor 2).
 *
 * Each typed table has the columns id, grp, one or more per field, conflicts,
 * updated, updated_by, updated_in, made_in, meta, history (this node's own). A TIME field f has f (as written), f_edtf,
 * f_from, f_to (ISO days); an ENUM with a source label has f_label; sets are JSON arrays. */
#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"

/* What every replica of a group holds alike. */
static const char replicated[] =
    "CREATE TABLE stream(id INTEGER PRIMARY KEY, incarnation BLOB NOT NULL, journal INTEGER NOT NULL,"
    " tip INTEGER NOT NULL, sealed INTEGER NOT NULL, admitted INTEGER NOT NULL, hash BLOB NOT NULL,"
    " shown INTEGER NOT NULL,"
    " UNIQUE(incarnation, journal));"
    "CREATE TABLE segment(id INTEGER PRIMARY KEY, n INTEGER NOT NULL, hash BLOB NOT NULL, wire BLOB NOT NULL);"
    "CREATE TABLE journal(id INTEGER PRIMARY KEY, entry BLOB NOT NULL, signature BLOB NOT NULL,"
    " chain BLOB NOT NULL);"
    "CREATE TABLE journal_tip(id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, life BLOB NOT NULL,"
    " position INTEGER NOT NULL, chain BLOB NOT NULL);"
    "CREATE TABLE admit(id INTEGER PRIMARY KEY, position INTEGER NOT NULL, received INTEGER NOT NULL);"
    "CREATE TABLE verdict(id INTEGER PRIMARY KEY, verdict INTEGER NOT NULL, code INTEGER NOT NULL,"
    " stamp INTEGER NOT NULL, text TEXT NOT NULL);";

/* What is this node's alone. */
static const char local[] =
    "CREATE TABLE draft(id INTEGER PRIMARY KEY, n INTEGER NOT NULL, body BLOB NOT NULL);"
    "CREATE TABLE node(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE fence(incarnation BLOB PRIMARY KEY, current BLOB NOT NULL, previous BLOB, nonce BLOB,"
    " welcome BLOB, confirmed INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE heard(office TEXT PRIMARY KEY, heard INTEGER NOT NULL, confirmed INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE invitation(key BLOB PRIMARY KEY, office TEXT NOT NULL, expires INTEGER NOT NULL,"
    " used INTEGER NOT NULL) WITHOUT ROWID;";

enum { HEAD_COLUMNS = 9 }; /* before the fields, see name_columns */

static const char *sql_type(const struct hw_field *field)
{
    if (field->set)
        return "TEXT";
    switch (field->type) {
    case HW_TYPE_INTEGER:
    case HW_TYPE_BOOL:
        return "INTEGER";
    case HW_TYPE_BYTES:
        return "BLOB";
    default:
        return "TEXT";
    }
}

/* Appends the column definitions or, with `types` false, the names. */
static void put_columns(struct hw_out *out, const struct hw_kind *kind, bool types)
{
    for (size_t i = 0; i < kind->fields_n; i++) {
        const struct hw_field *field = &kind->fields[i];
        static const char *const parts[] = {"", "_edtf", "_from", "_to"};
        size_t n = field->type == HW_TYPE_TIME && !field->set ? 4 : 1;
        for (size_t part = 0; part < n; part++) {
            hw_put_raw(out, ", \"", 3);
            hw_put_raw(out, field->name, strlen(field->name));
            hw_put_raw(out, parts[part], strlen(parts[part]));
            hw_put_raw(out, "\" ", types ? 2 : 1);
            if (types)
                hw_put_raw(out, sql_type(field), strlen(sql_type(field)));
        }
        if (field->type == HW_TYPE_ENUM) {
            struct hw_slice label = hw_slice_text("_label\"");
            hw_put_raw(out, ", \"", 3);
            hw_put_raw(out, field->name, strlen(field->name));
            hw_put_raw(out, label.p, label.n);
            if (types)
                hw_put_raw(out, " TEXT", 5);
        }
    }
}

enum hw_status hw_table_create(struct hw_store *store, const struct hw_kind *kind, struct hw_err *err)
{
    struct hw_arena arena = {0};
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    put_columns(&out, kind, true);
    char *sql = hw_arena_printf(
        &arena,
        "CREATE TABLE \"%s\"(id TEXT NOT NULL, grp TEXT NOT NULL%.*s, conflicts INTEGER NOT NULL, updated INTEGER,"
        " updated_by TEXT, updated_in BLOB, made_in BLOB, meta BLOB NOT NULL, history BLOB NOT NULL,"
        " PRIMARY KEY(id, grp));"
        "CREATE INDEX \"%s_conflicts\" ON \"%s\"(id) WHERE conflicts > 0;",
        kind->name, (int)out.n, (const char *)out.p, kind->name, kind->name);
    enum hw_status status = hw_sql_exec(store, sql, err);
    /* Comments are the most rows by far and are found by what they are on. */
    if (!status && kind->id != HW_KIND_COMMENT)
        status = hw_sql_exec(store, hw_arena_printf(&arena, "CREATE INDEX \"%s_grp\" ON \"%s\"(grp);", kind->name,
                                                    kind->name), err);
    for (size_t i = 0; i < kind->fields_n && !status; i++) {
        const struct hw_field *field = &kind->fields[i];
        if (field->type != HW_TYPE_REF || field->set)
            continue;
        sql = hw_arena_printf(&arena, "CREATE INDEX \"%s_%s\" ON \"%s\"(\"%s\") WHERE \"%s\" IS NOT NULL;",
                              kind->name, field->name, kind->name, field->name, field->name);
        status = hw_sql_exec(store, sql, err);
    }
    hw_arena_done(&arena);
    return status;
}

static enum hw_status create_first(struct hw_store *store, struct hw_err *err)
{
    enum hw_status status = hw_sql_exec(store, replicated, err);
    if (!status)
        status = hw_sql_exec(store, local, err);
    for (size_t i = 0; i < hw_schema_n && !status; i++)
        status = hw_table_create(store, &hw_schema[i], err);
    return status;
}

/* Which life of its gate wrote a journal from a position on: a restored hub goes on as a new one. */
static enum hw_status add_gate_lives(struct hw_store *store, struct hw_err *err)
{
    return hw_sql_exec(store,
                       "CREATE TABLE gate_life(id INTEGER PRIMARY KEY, life BLOB NOT NULL);"
                       "INSERT INTO gate_life(id, life) SELECT id * 1099511627776 + 1, life FROM journal_tip"
                       " WHERE life <> zeroblob(8);", err);
}

/* This node's alone, like those of `local`: what the heads of columns meant at the last import into a group. */
static enum hw_status add_headings(struct hw_store *store, struct hw_err *err)
{
    return hw_sql_exec(store,
                       "CREATE TABLE heading(grp TEXT NOT NULL, head TEXT NOT NULL, field TEXT NOT NULL,"
                       " PRIMARY KEY(grp, head)) WITHOUT ROWID;", err);
}

/* Snapshots by group: at the gate the one that it offers, elsewhere the one that comes or that the rows begin with (current). A
 * chunk is found by its place and by the first record in it: kind (2 bytes) and id. */
static enum hw_status add_snapshots(struct hw_store *store, struct hw_err *err)
{
    return hw_sql_exec(store,
                       "CREATE TABLE snapshot(id INTEGER PRIMARY KEY, position INTEGER NOT NULL, manifest BLOB NOT NULL,"
                       " signature BLOB NOT NULL, current INTEGER NOT NULL);"
                       "CREATE TABLE chunk(id INTEGER PRIMARY KEY, first BLOB NOT NULL, bytes BLOB NOT NULL);", err);
}

/* Segments of this office's former lives that wait for the ones before them (store_kept.c). */
static enum hw_status add_kept(struct hw_store *store, struct hw_err *err)
{
    return hw_sql_exec(store, "CREATE TABLE kept(id INTEGER PRIMARY KEY, n INTEGER NOT NULL, hash BLOB NOT NULL,"
                              " wire BLOB NOT NULL);", err);
}

/* Journals that offices behind this node have handed back, until the gate has them (store_passed.c). */
static enum hw_status add_passed(struct hw_store *store, struct hw_err *err)
{
    return hw_sql_exec(store, "CREATE TABLE passed(id INTEGER PRIMARY KEY, grp INTEGER NOT NULL, life BLOB NOT NULL,"
                              " first INTEGER NOT NULL, last INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL);"
                              "CREATE INDEX passed_lane ON passed(grp, life);", err);
}

/* Step i takes a database from user_version i to i + 1. */
static enum hw_status (*const migrations[])(struct hw_store *store, struct hw_err *err) = {create_first,
                                                                                    add_gate_lives, add_headings, add_snapshots,
                                                                                    add_kept, add_passed};
enum { VERSION = sizeof migrations / sizeof *migrations };

static enum hw_status user_version(struct hw_store *store, int *version, struct hw_err *err)
{
    sqlite3_stmt *statement = NULL;
    enum hw_status status = hw_sql_prepare(store, "PRAGMA user_version", &statement, err);
    if (!status)
        status = hw_sql_step(store, statement, err);
    *version = status ? 0 : sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

enum hw_status hw_table_migrate(struct hw_store *store, struct hw_err *err)
{
    int version;
    enum hw_status status = user_version(store, &version, err);
    if (status)
        return status;
    if (version > VERSION)
        return hw_fail(err, HW_VERSION,
                       "the database was made by a newer Headway (its version %d, known here up to %d): install that one",
                       version, VERSION);
    for (; version < VERSION && !status; version++) {
        struct hw_arena arena = {0};
        status = hw_sql_exec(store, "BEGIN IMMEDIATE", err);
        if (!status)
            status = migrations[version](store, err);
        if (!status)
            status = hw_sql_exec(store, hw_arena_printf(&arena, "PRAGMA user_version = %d", version + 1), err);
        if (!status)
            status = hw_sql_exec(store, "COMMIT", err);
        if (status)
            sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
        hw_arena_done(&arena);
    }
    return status ? status : hw_grow_tables(store, err);
}

/* The scan's columns; remembers where each field begins. */
static void name_columns(struct hw_table *table)
{
    struct hw_out out = {0};
    struct hw_slice head = hw_slice_text("id, grp, conflicts, updated, updated_by, updated_in, made_in, meta, history");
    hw_put_raw(&out, head.p, head.n);
    put_columns(&out, table->kind, false);
    hw_put_raw(&out, "", 1);
    table->columns = (char *)out.p;
    int column = HEAD_COLUMNS;
    for (size_t i = 0; i < table->kind->fields_n; i++) {
        const struct hw_field *field = &table->kind->fields[i];
        table->column[field->id] = column;
        column += field->type == HW_TYPE_TIME && !field->set ? 4 : field->type == HW_TYPE_ENUM ? 2 : 1;
    }
}

/* Number of columns that the fields of one row take. */
static size_t field_columns(const struct hw_kind *kind)
{
    size_t n = 0;
    for (size_t i = 0; i < kind->fields_n; i++) {
        const struct hw_field *field = &kind->fields[i];
        n += field->type == HW_TYPE_TIME && !field->set ? 4 : field->type == HW_TYPE_ENUM ? 2 : 1;
    }
    return n;
}

size_t hw_table_columns(const struct hw_kind *kind)
{
    return HEAD_COLUMNS + field_columns(kind);
}

static char *insert_text(const struct hw_table *table, struct hw_arena *arena)
{
    struct hw_out values = {0};
    size_t n = hw_table_columns(table->kind);
    for (size_t i = 1; i <= n; i++) {
        char *value = hw_arena_printf(arena, "%s?%zu", i > 1 ? ", " : "", i);
        hw_put_raw(&values, value, strlen(value));
    }
    char *text = hw_arena_printf(arena, "INSERT INTO \"%s\"(%s) VALUES(%.*s)", table->kind->name, table->columns,
                                 (int)values.n, (const char *)values.p);
    hw_out_done(&values);
    return text;
}

static char *upsert_text(const struct hw_table *table, struct hw_arena *arena)
{
    struct hw_out sets = {0};
    char *columns = hw_arena_text(arena, table->columns, strlen(table->columns));
    char *rest = NULL;
    for (char *name = strtok_r(columns, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        char *set = hw_arena_printf(arena, "%s%s = excluded.%s", sets.n ? ", " : "", name, name + (*name == ' '));
        if (strcmp(name, "id") != 0)
            hw_put_raw(&sets, set, strlen(set));
    }
    char *text = hw_arena_printf(arena, "%s ON CONFLICT(id, grp) DO UPDATE SET %.*s", insert_text(table, arena),
                                 (int)sets.n, (const char *)sets.p);
    hw_out_done(&sets);
    return text;
}

/* A row that is there already, where no reference changed: the columns with indexes stay out of it, because SQLite
 * takes an index entry out and in again for every column that is named, whatever its value. */
static char *update_text(const struct hw_table *table, struct hw_arena *arena)
{
    struct hw_out sets = {0};
    size_t at = 0;
    char *columns = hw_arena_text(arena, table->columns, strlen(table->columns));
    char *rest = NULL;
    for (char *name = strtok_r(columns, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        name += *name == ' ';
        at++;
        bool indexed = strcmp(name, "id") == 0 || strcmp(name, "grp") == 0;
        for (size_t i = 0; i < table->kind->fields_n; i++) {
            const struct hw_field *field = &table->kind->fields[i];
            indexed = indexed || (field->type == HW_TYPE_REF && !field->set && (size_t)table->column[field->id] == at - 1);
        }
        char *set = hw_arena_printf(arena, "%s%s = ?%zu", sets.n ? ", " : "", name, at);
        if (!indexed)
            hw_put_raw(&sets, set, strlen(set));
    }
    char *text = hw_arena_printf(arena, "UPDATE \"%s\" SET %.*s WHERE id = ?1 AND grp = ?2", table->kind->name, (int)sets.n,
                                 (const char *)sets.p);
    hw_out_done(&sets);
    return text;
}

/* Each column of a row against what it should hold, one answer a column; the history comes as it is, since its order is
 * this node's own. */
static char *match_text(const struct hw_table *table, struct hw_arena *arena)
{
    struct hw_out asks = {0};
    size_t at = 0;
    char *columns = hw_arena_text(arena, table->columns, strlen(table->columns));
    char *rest = NULL;
    for (char *name = strtok_r(columns, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        name += *name == ' ';
        at++;
        if (at <= 2 || strcmp(name, "history") == 0)
            continue; /* id and grp are how it is found */
        char *ask = hw_arena_printf(arena, ", %s IS ?%zu AS %s", name, at, name);
        hw_put_raw(&asks, ask, strlen(ask));
    }
    char *text = hw_arena_printf(arena, "SELECT history%.*s FROM \"%s\" WHERE id = ?1 AND grp = ?2", (int)asks.n,
                                 (const char *)asks.p, table->kind->name);
    hw_out_done(&asks);
    return text;
}

char *hw_table_texts(const struct hw_kind *kind, struct hw_arena *arena)
{
    char *names = hw_arena_printf(arena, "%s", "");
    for (size_t i = 0; i < kind->fields_n; i++)
        if (hw_table_text(&kind->fields[i]))
            names = hw_arena_printf(arena, "%s, \"%s\"", names, kind->fields[i].name);
    return names;
}

static const char *statement_text(const struct hw_table *table, enum hw_table_sql which, struct hw_arena *arena)
{
    const char *name = table->kind->name;
    switch (which) {
    case HW_TABLE_LOAD:
        return hw_arena_printf(arena, "SELECT meta, history%s FROM \"%s\" WHERE id = ?1 AND grp = ?2",
                               hw_table_texts(table->kind, arena), name);
    case HW_TABLE_ADD:
        return insert_text(table, arena);
    case HW_TABLE_SAVE:
        return upsert_text(table, arena);
    case HW_TABLE_UPDATE:
        return update_text(table, arena);
    case HW_TABLE_DROP:
        return hw_arena_printf(arena, "DELETE FROM \"%s\" WHERE id = ?1 AND grp = ?2", name);
    case HW_TABLE_MATCH:
        return match_text(table, arena);
    case HW_TABLE_FIND:
        return hw_arena_printf(arena, "SELECT id, grp FROM \"%s\" WHERE id >= ?1 AND id <= ?2 AND updated IS NOT NULL "
                               "ORDER BY id", name);
    case HW_TABLE_COUNT:
    default:
        return hw_arena_printf(arena, "SELECT count(*) FROM \"%s\"", name);
    }
}

/* Most kinds are not touched between two starts, and preparing all took half the time of opening a store. */
sqlite3_stmt *hw_table_sql(struct hw_store *store, struct hw_table *table, enum hw_table_sql which)
{
    struct hw_arena arena = {0};
    if (table->sql[which]) {
        sqlite3_reset(table->sql[which]);
        return table->sql[which];
    }
    if (hw_sql_prepare(store, statement_text(table, which, &arena), &table->sql[which], NULL) != HW_OK)
        table->sql[which] = NULL;
    hw_arena_done(&arena);
    return table->sql[which];
}

void hw_table_open(struct hw_store *store)
{
    store->tables = hw_alloc(hw_schema_n * sizeof *store->tables);
    memset(store->tables, 0, hw_schema_n * sizeof *store->tables);
    for (size_t i = 0; i < hw_schema_n; i++) {
        store->tables[i].kind = &hw_schema[i];
        name_columns(&store->tables[i]);
    }
}

void hw_table_close(struct hw_store *store)
{
    for (size_t i = 0; store->tables && i < hw_schema_n; i++) {
        for (size_t which = 0; which < HW_TABLE_STATEMENTS; which++)
            sqlite3_finalize(store->tables[i].sql[which]);
        hw_scans_free(&store->tables[i]);
        free(store->tables[i].columns);
    }
    free(store->tables);
    store->tables = NULL;
}

struct hw_table *hw_table_of(struct hw_store *store, uint16_t kind)
{
    for (size_t i = 0; i < hw_schema_n; i++)
        if (store->tables[i].kind->id == kind)
            return &store->tables[i];
    return NULL;
}
