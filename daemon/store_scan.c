/* store_scan.c: reading typed rows: scans, finding by id prefix, counts
 * (floor 2). */
#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"
#include "daemon/store_owed.h"
#include "headway/when.h"

struct hw_scan {
    struct hw_store *store;
    struct hw_table *table;
    sqlite3_stmt *statement;
    enum hw_scan_by by;
    uint16_t field;
    int64_t *rows; /* of BY_ROW: the row ids */
    size_t rows_n, rows_at;
    const int *column; /* field id -> first result column; the table's, or `own` */
    int *own;          /* of BY_NARROW */
    struct hw_scan *next; /* among those of the table that are closed */
};

/* Ways to scan that other files ask for by functions of their own. */
enum { BY_ROW = HW_SCAN_CONFLICTS + 1, BY_NARROW };

/* Columns before the fields, as store_table.c names them. */
enum { ID, GROUP, CONFLICTS, UPDATED, UPDATED_BY, UPDATED_IN, MADE_IN, META, HISTORY };

/* A record whose every event was refused has a row without `updated`: it keeps its history and is not there. */
static const char *condition(const struct hw_table *table, enum hw_scan_by by, uint16_t field,
                             struct hw_arena *arena)
{
    switch ((int)by) {
    case BY_ROW:
        return "WHERE rowid = ?1";
    case HW_SCAN_GROUP:
        return "WHERE grp = ?1 AND updated IS NOT NULL ORDER BY id";
    case HW_SCAN_REF:
        return hw_arena_printf(arena, "WHERE \"%s\" = ?1 AND updated IS NOT NULL ORDER BY id", hw_field_by_id(table->kind, field)->name);
    case HW_SCAN_ID:
        return "WHERE id = ?1 AND updated IS NOT NULL";
    case HW_SCAN_AFTER:
        return "WHERE id > ?1 AND updated IS NOT NULL ORDER BY id";
    case HW_SCAN_CONFLICTS:
        return "WHERE conflicts > 0 ORDER BY id";
    case HW_SCAN_ALL:
    default:
        return "WHERE updated IS NOT NULL ORDER BY id";
    }
}

/* A closed scan of the same form: preparing the statement takes longer than most scans. */
static struct hw_scan *reuse(struct hw_table *table, enum hw_scan_by by, uint16_t field)
{
    for (struct hw_scan **at = &table->closed; *at; at = &(*at)->next) {
        struct hw_scan *scan = *at;
        if (scan->by != by || scan->field != field)
            continue;
        *at = scan->next;
        return scan;
    }
    return NULL;
}

static enum hw_status make(struct hw_store *store, struct hw_table *table, enum hw_scan_by by, uint16_t field,
                           struct hw_scan **scan, struct hw_err *err)
{
    struct hw_arena arena = {0};
    char *sql = hw_arena_printf(&arena, "SELECT %s FROM \"%s\" %s", table->columns, table->kind->name,
                                condition(table, by, field, &arena));
    sqlite3_stmt *statement = NULL;
    enum hw_status status = hw_sql_prepare(store, sql, &statement, err);
    hw_arena_done(&arena);
    if (status)
        return status;
    *scan = hw_alloc(sizeof **scan);
    **scan = (struct hw_scan){.store = store, .table = table, .statement = statement, .by = by, .field = field,
                              .column = table->column};
    return HW_OK;
}

enum hw_status hw_scan_open(struct hw_tx *tx, uint16_t kind, enum hw_scan_by by, uint16_t field, const char *key,
                            struct hw_scan **scan, struct hw_err *err)
{
    *scan = NULL;
    struct hw_table *table = hw_table_of(tx->store, kind);
    if (!table)
        return hw_fail(err, HW_NOT_FOUND, "no kind number %u", kind);
    enum hw_status status = hw_owed_show(tx, err);
    if (status)
        return status;
    *scan = reuse(table, by, field);
    status = *scan ? HW_OK : make(tx->store, table, by, field, scan, err);
    if (!status && key && sqlite3_bind_parameter_count((*scan)->statement) > 0)
        sqlite3_bind_text((*scan)->statement, 1, key, -1, SQLITE_TRANSIENT);
    return status;
}

enum hw_status hw_scan_rows(struct hw_tx *tx, struct hw_table *table, int64_t *rows, size_t n, struct hw_scan **scan,
                            struct hw_err *err)
{
    *scan = reuse(table, (enum hw_scan_by)BY_ROW, 0);
    enum hw_status status = *scan ? HW_OK : make(tx->store, table, (enum hw_scan_by)BY_ROW, 0, scan, err);
    if (status) {
        free(rows);
        return status;
    }
    (*scan)->rows = rows;
    (*scan)->rows_n = n;
    (*scan)->rows_at = 0;
    return HW_OK;
}

/* The columns before the fields keep their places; those that nobody asked for are constants. Not even `updated` is asked:
 * SQLite counts its way there through every column of the row. */
static char *narrow_text(const struct hw_table *table, const uint16_t *fields, size_t n, bool made, int *own,
                         struct hw_arena *arena)
{
    static const char *const parts[] = {"", "_edtf", "_from", "_to"};
    char *text = hw_arena_printf(arena, "SELECT id, grp, NULL, NULL, NULL, NULL, %s, NULL, NULL", made ? "made_in" : "NULL");
    int column = HISTORY + 1;
    for (size_t i = 0; i < n; i++) {
        const struct hw_field *field = hw_field_by_id(table->kind, fields[i]);
        bool time = field->type == HW_TYPE_TIME && !field->set;
        own[field->id] = column;
        for (size_t part = 0; part < (time ? 4 : 1); part++) {
            bool asked = !time || part >= 2; /* of a time only its days */
            text = hw_arena_printf(arena, asked ? "%s, \"%s%s\"" : "%s, NULL", text, field->name, parts[part]);
            column++;
        }
    }
    return hw_arena_printf(arena, "%s FROM \"%s\" NOT INDEXED", text, table->kind->name);
}

enum hw_status hw_scan_narrow(struct hw_tx *tx, uint16_t kind, const uint16_t *fields, size_t n, bool made,
                              struct hw_scan **scan, struct hw_err *err)
{
    struct hw_arena arena HW_CLEANUP(hw_arena_done) = {0};
    struct hw_table *table = hw_table_of(tx->store, kind);
    sqlite3_stmt *statement = NULL;
    *scan = NULL;
    if (!table)
        return hw_fail(err, HW_NOT_FOUND, "no kind number %u", kind);
    int *own = hw_alloc(sizeof table->column);
    memset(own, 0, sizeof table->column);
    enum hw_status status = hw_owed_show(tx, err);
    if (!status)
        status = hw_sql_prepare(tx->store, narrow_text(table, fields, n, made, own, &arena), &statement, err);
    if (status) {
        free(own);
        return status;
    }
    *scan = hw_alloc(sizeof **scan);
    **scan = (struct hw_scan){.store = tx->store, .table = table, .statement = statement,
                              .by = (enum hw_scan_by)BY_NARROW, .column = own, .own = own};
    return HW_OK;
}

bool hw_scan_next(struct hw_scan *scan)
{
    while (scan->rows) {
        if (scan->rows_at == scan->rows_n)
            return false;
        sqlite3_reset(scan->statement);
        hw_bind_int(scan->statement, 1, (uint64_t)scan->rows[scan->rows_at++]);
        if (hw_sql_step(scan->store, scan->statement, NULL) == HW_OK)
            return true;
    }
    return hw_sql_step(scan->store, scan->statement, NULL) == HW_OK;
}

void hw_scan_close(struct hw_scan *scan)
{
    if (!scan)
        return;
    sqlite3_reset(scan->statement);
    sqlite3_clear_bindings(scan->statement);
    free(scan->rows);
    scan->rows = NULL;
    if (scan->own) { /* made for one question */
        sqlite3_finalize(scan->statement);
        free(scan->own);
        free(scan);
        return;
    }
    scan->next = scan->table->closed;
    scan->table->closed = scan;
}

void hw_scans_free(struct hw_table *table)
{
    for (struct hw_scan *scan = table->closed, *next; scan; scan = next) {
        next = scan->next;
        sqlite3_finalize(scan->statement);
        free(scan);
    }
    table->closed = NULL;
}

static const char *text_at(struct hw_scan *scan, int column)
{
    const char *text = (const char *)sqlite3_column_text(scan->statement, column);
    return text ? text : "";
}

const char *hw_scan_id(struct hw_scan *scan)
{
    return text_at(scan, ID);
}

const char *hw_scan_group(struct hw_scan *scan)
{
    return text_at(scan, GROUP);
}

bool hw_scan_archived(struct hw_scan *scan)
{
    return sqlite3_column_int(scan->statement, scan->column[HW_FIELD_ARCHIVED]) != 0;
}

int hw_scan_conflicts(struct hw_scan *scan)
{
    return sqlite3_column_int(scan->statement, CONFLICTS);
}

const char *hw_scan_text(struct hw_scan *scan, uint16_t field)
{
    return text_at(scan, scan->column[field]);
}

/* A JSON string as store_record.c writes it, without its quotes; *at goes on behind it. */
static const char *json_text(const char **at, struct hw_arena *arena)
{
    static const char hex[] = "0123456789abcdef";
    const char *from = *at + 1, *to = from;
    while (*to && *to != '"')
        to += *to == '\\' && to[1] ? 2 : 1;
    *at = *to ? to + 1 : to;
    char *text = hw_arena_text(arena, from, (size_t)(to - from)), *end = text;
    for (const char *p = text; *p; p++) {
        if (*p != '\\') {
            *end++ = *p;
        } else if (p[1] == 'u' && strlen(p) > 5) {
            *end++ = (char)((strchr(hex, p[4]) - hex) << 4 | (strchr(hex, p[5]) - hex));
            p += 5;
        } else {
            *end++ = *++p;
        }
    }
    *end = 0;
    return text;
}

const char **hw_scan_elements(struct hw_scan *scan, uint16_t field, struct hw_arena *arena, size_t *n)
{
    const char *at = hw_scan_text(scan, field);
    size_t room = 1;
    for (const char *p = at; *p; p++)
        room += *p == ',';
    const char **texts = hw_arena_alloc(arena, room * sizeof *texts);
    *n = 0;
    while ((*at == '[' || *at == ',') && at[1] == '"') {
        at++;
        texts[(*n)++] = json_text(&at, arena);
    }
    return texts;
}

int64_t hw_scan_number(struct hw_scan *scan, uint16_t field)
{
    int column = scan->column[field];
    const struct hw_field *known = hw_field_by_id(scan->table->kind, field);
    if (sqlite3_column_type(scan->statement, column) == SQLITE_NULL)
        return -1;
    if (known->type != HW_TYPE_ENUM)
        return sqlite3_column_int64(scan->statement, column);
    const char *word = text_at(scan, column);
    for (size_t i = 0; i < known->words->n; i++)
        if (strcmp(known->words->words[i].name, word) == 0)
            return known->words->words[i].value;
    return -1;
}

/* "2016-12-31", as nearly all are written; false for what is not. */
static bool read_day(const char *text, int32_t *day)
{
    int part[3] = {0};
    for (size_t i = 0; i < 10; i++) {
        bool dash = i == 4 || i == 7;
        if (dash ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
        if (!dash)
            part[(i > 4) + (i > 7)] = part[(i > 4) + (i > 7)] * 10 + (text[i] - '0');
    }
    *day = hw_day_of(part[0], part[1], part[2]);
    return text[10] == 0;
}

static int32_t day_at(struct hw_scan *scan, int column)
{
    const char *text = text_at(scan, column);
    int32_t earliest, latest;
    if (read_day(text, &earliest))
        return earliest;
    if (*text && hw_when_bounds(hw_slice_text(text), &earliest, &latest))
        return earliest;
    return HW_DAY_NONE;
}

void hw_scan_days(struct hw_scan *scan, uint16_t field, int32_t *earliest, int32_t *latest)
{
    int column = scan->column[field];
    *earliest = day_at(scan, column + 2);
    *latest = day_at(scan, column + 3);
}

int64_t hw_scan_updated_ms(struct hw_scan *scan)
{
    return sqlite3_column_int64(scan->statement, UPDATED);
}

const char *hw_scan_updated_by(struct hw_scan *scan)
{
    return text_at(scan, UPDATED_BY);
}

static struct hw_inc inc_at(struct hw_scan *scan, int column)
{
    struct hw_inc inc = {{0}};
    struct hw_slice bytes = hw_column_blob(scan->statement, column);
    if (bytes.n == sizeof inc.b)
        memcpy(inc.b, bytes.p, sizeof inc.b);
    return inc;
}

struct hw_inc hw_scan_updated_inc(struct hw_scan *scan)
{
    return inc_at(scan, UPDATED_IN);
}

struct hw_inc hw_scan_made_inc(struct hw_scan *scan)
{
    return inc_at(scan, MADE_IN);
}

enum hw_status hw_scan_row(struct hw_scan *scan, struct hw_arena *arena, struct hw_row *row, struct hw_err *err)
{
    struct hw_id id;
    if (!hw_id_parse(hw_slice_text(hw_scan_id(scan)), &id))
        return hw_fail(err, HW_CORRUPT, "a row has an id that is none");
    hw_row_init(row, scan->table->kind->id, &id);
    struct hw_slice meta = hw_arena_slice(arena, hw_column_blob(scan->statement, META));
    return hw_table_meta(row, scan->statement, scan->column, arena, meta, err);
}

/* The shortest prefix has four characters; more than this many matches are no
 * help to anybody. */
enum { FOUND_MAX = 50 };

size_t hw_tx_find(struct hw_tx *tx, struct hw_slice prefix, struct hw_found *found, size_t max)
{
    struct hw_id low, high;
    char low_text[HW_ID_TEXT + 1], high_text[HW_ID_TEXT + 1];
    if (!hw_id_prefix(prefix, &low, &high))
        return 0;
    hw_id_print(&low, low_text);
    hw_id_print(&high, high_text);
    size_t n = 0;
    for (size_t i = 0; i < hw_schema_n; i++) {
        sqlite3_stmt *statement = hw_table_sql(tx->store, &tx->store->tables[i], HW_TABLE_FIND);
        hw_bind_text(statement, 1, low_text, HW_ID_TEXT);
        hw_bind_text(statement, 2, high_text, HW_ID_TEXT);
        while (n < FOUND_MAX && hw_sql_step(tx->store, statement, NULL) == HW_OK) {
            if (n++ >= max)
                continue;
            struct hw_found *one = &found[n - 1];
            *one = (struct hw_found){.kind = tx->store->tables[i].kind->id};
            struct hw_slice group = hw_column_blob(statement, 1);
            if (hw_id_parse(hw_column_blob(statement, 0), &one->id) && group.n <= HW_GROUP_MAX)
                memcpy(one->group, group.p, group.n);
        }
        sqlite3_reset(statement);
    }
    n = hw_owed_find(tx, &low, &high, found, n, max);
    return n < FOUND_MAX ? n : FOUND_MAX;
}

void hw_tx_short(struct hw_tx *tx, const struct hw_id *id, char *text)
{
    char whole[HW_ID_TEXT + 1];
    hw_id_print(id, whole);
    for (size_t n = 4; n <= HW_ID_TEXT; n++) {
        struct hw_found found[1];
        memcpy(text, whole, n);
        text[n] = 0;
        if (hw_tx_find(tx, (struct hw_slice){(uint8_t *)text, n}, found, 1) <= 1)
            return;
    }
}

int64_t hw_tx_count(struct hw_tx *tx, uint16_t kind)
{
    struct hw_table *table = hw_table_of(tx->store, kind);
    if (!table)
        return 0;
    sqlite3_stmt *statement = hw_table_sql(tx->store, table, HW_TABLE_COUNT);
    int64_t n = hw_sql_step(tx->store, statement, NULL) == HW_OK ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    return n + (int64_t)hw_owed_count(tx, kind);
}
