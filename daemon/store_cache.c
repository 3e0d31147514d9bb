/* store_cache.c: groups, streams, lives and counters, held in memory between
 * jobs and written back at the end of each (floor 2).  After a rollback they are read again. */
#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"
#include "headway/value.h"

static void *grow(void *array, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return array;
    *cap = *cap ? *cap * 2 : 16;
    return hw_realloc(array, *cap * size);
}

static void copy_fixed(void *to, size_t n, struct hw_slice from)
{
    memset(to, 0, n);
    if (from.n == n)
        memcpy(to, from.p, n);
}

static enum hw_status load_groups(struct hw_store *store, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(store, SQL_GROUPS);
    enum hw_status status;
    store->groups_n = 0;
    while (!(status = hw_sql_step(store, statement, err))) {
        store->groups = grow(store->groups, store->groups_n, &store->groups_cap, sizeof *store->groups);
        struct hw_group *group = &store->groups[store->groups_n++];
        *group = (struct hw_group){.id = sqlite3_column_int64(statement, 0),
                                   .position = (uint64_t)sqlite3_column_int64(statement, 3)};
        struct hw_slice code = hw_column_blob(statement, 1);
        memcpy(group->code, code.p, code.n < HW_GROUP_MAX ? code.n : HW_GROUP_MAX);
        copy_fixed(group->life.b, sizeof group->life.b, hw_column_blob(statement, 2));
        copy_fixed(group->chain, sizeof group->chain, hw_column_blob(statement, 4));
    }
    status = status == HW_NOT_FOUND ? HW_OK : status;
    for (size_t i = 0; i < store->groups_n && !status; i++) {
        struct hw_group *group = &store->groups[i];
        struct hw_inc life;
        uint64_t last;
        status = hw_gate_life_at(store, group, group->position + 1, &life, &group->first, &last, err);
        status = status == HW_NOT_FOUND ? HW_OK : status;
    }
    return status;
}

static enum hw_status load_streams(struct hw_store *store, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(store, SQL_STREAMS);
    enum hw_status status;
    store->streams_n = 0;
    while (!(status = hw_sql_step(store, statement, err))) {
        store->streams = grow(store->streams, store->streams_n, &store->streams_cap, sizeof *store->streams);
        struct hw_stream *stream = &store->streams[store->streams_n++];
        *stream = (struct hw_stream){.id = sqlite3_column_int64(statement, 0),
                                     .group = sqlite3_column_int64(statement, 2),
                                     .tip = (uint64_t)sqlite3_column_int64(statement, 3),
                                     .sealed = (uint64_t)sqlite3_column_int64(statement, 4),
                                     .admitted = (uint64_t)sqlite3_column_int64(statement, 5)};
        copy_fixed(stream->inc.b, sizeof stream->inc.b, hw_column_blob(statement, 1));
        copy_fixed(stream->hash, sizeof stream->hash, hw_column_blob(statement, 6));
    }
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* change, clock and greatest stamp, 8 bytes each, big endian, under one key. */
static const char counters_key[] = "counters";
enum { COUNTERS_SIZE = 24 };

static uint64_t get_u64(const uint8_t *p)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | p[i];
    return value;
}

static void put_u64(uint8_t *p, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(value >> (56 - 8 * i));
}

static enum hw_status load_counters(struct hw_store *store, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(store, SQL_NODE_GET);
    hw_bind_text(statement, 1, counters_key, sizeof counters_key - 1);
    enum hw_status status = hw_sql_step(store, statement, err);
    struct hw_slice value = status ? (struct hw_slice){0} : hw_column_blob(statement, 0);
    store->change = value.n == COUNTERS_SIZE ? get_u64(value.p) : 0;
    store->clock = value.n == COUNTERS_SIZE ? get_u64(value.p + 8) : 0;
    store->greatest = value.n == COUNTERS_SIZE ? get_u64(value.p + 16) : 0;
    store->saved_change = store->change;
    store->saved_clock = store->clock;
    store->saved_greatest = store->greatest;
    sqlite3_reset(statement);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

enum hw_status hw_cache_load(struct hw_store *store, struct hw_err *err)
{
    store->lives_known = store->grants_known = store->doors_known = false;
    store->stream_last = 0;
    hw_recovery_load(store);
    enum hw_status status = load_groups(store, err);
    if (!status)
        status = load_streams(store, err);
    if (!status)
        status = hw_base_load(store, err);
    if (!status)
        status = hw_news_load(store, err);
    if (!status)
        status = hw_kept_load(store, err);
    if (!status)
        status = load_counters(store, err);
    return status ? status : hw_draft_load(store, err);
}

/* What the last draft says of the counters is as good as what is written beside it: every write of a person would touch one page
 * more. */
static bool drafts_tell(const struct hw_store *store)
{
    const struct hw_drafted *drafted = &store->drafted;
    for (size_t i = 0; i < store->streams_n && drafted->stream; i++)
        if (store->streams[i].id == drafted->stream)
            return store->streams[i].sealed < drafted->seq && store->streams[i].tip == drafted->seq &&
                   drafted->change > store->saved_change && drafted->change == store->change &&
                   drafted->clock == store->clock && store->greatest == store->saved_greatest;
    return false;
}

static enum hw_status save_counters(struct hw_store *store, struct hw_err *err)
{
    if (store->change == store->saved_change && store->clock == store->saved_clock &&
        store->greatest == store->saved_greatest)
        return HW_OK;
    if (drafts_tell(store))
        return HW_OK;
    uint8_t value[COUNTERS_SIZE];
    put_u64(value, store->change);
    put_u64(value + 8, store->clock);
    put_u64(value + 16, store->greatest);
    sqlite3_stmt *statement = hw_sql(store, SQL_NODE_PUT);
    hw_bind_text(statement, 1, counters_key, sizeof counters_key - 1);
    hw_bind_blob(statement, 2, value, sizeof value);
    enum hw_status status = hw_sql_run(store, statement, err);
    if (!status) {
        store->saved_change = store->change;
        store->saved_clock = store->clock;
        store->saved_greatest = store->greatest;
    }
    return status;
}

static enum hw_status save_stream(struct hw_store *store, struct hw_stream *stream, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(store, SQL_STREAM_SET);
    hw_bind_int(statement, 1, (uint64_t)stream->id);
    hw_bind_int(statement, 2, stream->tip);
    hw_bind_int(statement, 3, stream->sealed);
    hw_bind_int(statement, 4, stream->admitted);
    hw_bind_blob(statement, 5, stream->hash, sizeof stream->hash);
    stream->dirty = false;
    return hw_sql_run(store, statement, err);
}

static enum hw_status save_group(struct hw_store *store, struct hw_group *group, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(store, SQL_GROUP_SET);
    hw_bind_int(statement, 1, (uint64_t)group->id);
    hw_bind_blob(statement, 2, group->life.b, sizeof group->life.b);
    hw_bind_int(statement, 3, group->position);
    hw_bind_blob(statement, 4, group->chain, sizeof group->chain);
    group->dirty = false;
    return hw_sql_run(store, statement, err);
}

enum hw_status hw_cache_save(struct hw_store *store, struct hw_err *err)
{
    enum hw_status status = save_counters(store, err);
    for (size_t i = 0; i < store->streams_n && !status; i++)
        if (store->streams[i].dirty)
            status = save_stream(store, &store->streams[i], err);
    for (size_t i = 0; i < store->groups_n && !status; i++)
        if (store->groups[i].dirty)
            status = save_group(store, &store->groups[i], err);
    return status;
}

void hw_cache_free(struct hw_store *store)
{
    free(store->groups);
    free(store->streams);
    free(store->lives);
    free(store->refusals);
    free(store->grants);
    free(store->doors);
}

struct hw_group *hw_cache_group(struct hw_store *store, struct hw_slice code)
{
    for (size_t i = 0; i < store->groups_n; i++)
        if (hw_slice_is(code, store->groups[i].code))
            return &store->groups[i];
    return NULL;
}

struct hw_group *hw_cache_group_by_id(struct hw_store *store, int64_t id)
{
    for (size_t i = 0; i < store->groups_n; i++)
        if (store->groups[i].id == id)
            return &store->groups[i];
    return NULL;
}

enum hw_status hw_cache_group_make(struct hw_store *store, struct hw_slice code, struct hw_group **group,
                                   struct hw_err *err)
{
    *group = hw_cache_group(store, code);
    if (*group)
        return HW_OK;
    if (!hw_group_code_valid(code))
        return hw_fail(err, HW_USAGE, "a group's code has 1 to %d lower-case letters, digits and hyphens",
                       HW_GROUP_MAX);
    store->groups = grow(store->groups, store->groups_n, &store->groups_cap, sizeof *store->groups);
    struct hw_group *made = &store->groups[store->groups_n];
    *made = (struct hw_group){.id = store->groups_n ? made[-1].id + 1 : 1};
    memcpy(made->code, code.p, code.n);
    sqlite3_stmt *statement = hw_sql(store, SQL_GROUP_ADD);
    hw_bind_int(statement, 1, (uint64_t)made->id);
    hw_bind_text(statement, 2, made->code, code.n);
    hw_bind_blob(statement, 3, made->life.b, sizeof made->life.b);
    hw_bind_blob(statement, 4, made->chain, sizeof made->chain);
    enum hw_status status = hw_sql_run(store, statement, err);
    if (status)
        return status;
    store->groups_n++;
    *group = made;
    return store->identity.gate ? hw_gate_life_begin(store, made, &store->identity.inc, err) : HW_OK;
}

struct hw_stream *hw_cache_stream(struct hw_store *store, const struct hw_inc *inc, int64_t group)
{
    for (size_t i = 0; i < store->streams_n; i++) { /* begins at the one found last: runs come from one stream */
        size_t at = (store->stream_last + i) % store->streams_n;
        struct hw_stream *stream = &store->streams[at];
        if (stream->group == group && hw_inc_compare(&stream->inc, inc) == 0) {
            store->stream_last = at;
            return stream;
        }
    }
    return NULL;
}

struct hw_stream *hw_cache_stream_by_id(struct hw_store *store, int64_t id)
{
    for (size_t i = 0; i < store->streams_n; i++)
        if (store->streams[i].id == id)
            return &store->streams[i];
    return NULL;
}

enum hw_status hw_cache_stream_make(struct hw_store *store, const struct hw_inc *inc, int64_t group,
                                    struct hw_stream **stream, struct hw_err *err)
{
    *stream = hw_cache_stream(store, inc, group);
    if (*stream)
        return HW_OK;
    store->streams = grow(store->streams, store->streams_n, &store->streams_cap, sizeof *store->streams);
    struct hw_stream *made = &store->streams[store->streams_n];
    *made = (struct hw_stream){.id = store->streams_n ? made[-1].id + 1 : 1, .inc = *inc, .group = group};
    sqlite3_stmt *statement = hw_sql(store, SQL_STREAM_ADD);
    hw_bind_int(statement, 1, (uint64_t)made->id);
    hw_bind_blob(statement, 2, inc->b, sizeof inc->b);
    hw_bind_int(statement, 3, (uint64_t)group);
    hw_bind_blob(statement, 4, made->hash, sizeof made->hash);
    enum hw_status status = hw_sql_run(store, statement, err);
    if (status)
        return status;
    store->streams_n++;
    *stream = made;
    return HW_OK;
}

/* The office's code by its record id, from the office table. */
static void office_code(struct hw_tx *tx, const char *office, char code[HW_OFFICE_MAX + 1])
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_OFFICE);
    struct hw_scan *scan = NULL;
    code[0] = 0;
    if (hw_scan_open(tx, HW_KIND_OFFICE, HW_SCAN_ID, 0, office, &scan, NULL) == HW_OK && hw_scan_next(scan)) {
        struct hw_slice text = hw_slice_text(hw_scan_text(scan, hw_field_named(kind, "code")->id));
        size_t n = text.n < HW_OFFICE_MAX ? text.n : HW_OFFICE_MAX;
        memcpy(code, text.p, n);
        code[n] = 0;
    }
    hw_scan_close(scan);
}

static bool read_bytes(const struct hw_row *row, const struct hw_field *field, void *to, size_t n)
{
    struct hw_value value;
    if (!hw_value_read(field, hw_row_value(row, field->id), &value) || value.text.n != n)
        return false;
    memcpy(to, value.text.p, n);
    return true;
}

static enum hw_status load_lives(struct hw_tx *tx, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_INCARNATION);
    const struct hw_field *life = hw_field_named(kind, "life"), *key = hw_field_named(kind, "sign_key");
    struct hw_scan *scan = NULL;
    enum hw_status status = hw_tx_flush(tx, err);
    if (!status)
        status = hw_scan_open(tx, HW_KIND_INCARNATION, HW_SCAN_GROUP, 0, "directory", &scan, err);
    if (status)
        return status;
    store->lives_n = 0;
    while (!status && hw_scan_next(scan)) {
        struct hw_row row;
        struct hw_life found = {0};
        status = hw_scan_row(scan, &tx->arena, &row, err);
        if (status || !read_bytes(&row, life, found.inc.b, sizeof found.inc.b) ||
            !read_bytes(&row, key, found.key, sizeof found.key))
            continue;
        office_code(tx, hw_scan_text(scan, hw_field_named(kind, "office")->id), found.office);
        found.number = (unsigned)hw_scan_number(scan, hw_field_named(kind, "number")->id);
        const char *reason = hw_scan_text(scan, hw_field_named(kind, "reason")->id);
        found.past = strcmp(reason, "first") != 0 && strcmp(reason, "rotation") != 0;
        found.born_ms = (int64_t)(row.made.stamp >> 16);
        found.ended = *hw_scan_text(scan, hw_field_named(kind, "ended")->id) != 0;
        store->lives = grow(store->lives, store->lives_n, &store->lives_cap, sizeof *store->lives);
        store->lives[store->lives_n++] = found;
    }
    hw_scan_close(scan);
    store->lives_known = status == HW_OK;
    return status;
}

enum hw_status hw_cache_life(struct hw_tx *tx, const struct hw_inc *inc, const struct hw_life **life,
                             struct hw_err *err)
{
    struct hw_store *store = tx->store;
    *life = NULL;
    enum hw_status status = store->lives_known ? HW_OK : load_lives(tx, err);
    for (size_t i = 0; i < store->lives_n && !status; i++)
        if (hw_inc_compare(&store->lives[i].inc, inc) == 0)
            *life = &store->lives[i];
    return status;
}
