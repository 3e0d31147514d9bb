/* store_status.c: who and how much: offices, groups, figures for status
 * (floor 2). */
#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"

const struct hw_self *hw_tx_self(struct hw_tx *tx)
{
    return &tx->store->self;
}

void hw_tx_identify(struct hw_tx *tx, const struct hw_identity *identity)
{
    if (!tx->store->reborn)
        tx->store->before = tx->store->identity;
    tx->store->reborn = true;
    hw_store_identify(tx->store, identity);
}

const struct hw_identity *hw_tx_identity(const struct hw_tx *tx)
{
    return &tx->store->identity;
}

void hw_tx_root(struct hw_tx *tx, uint8_t root[HW_ROOT_SIZE])
{
    memcpy(root, tx->store->identity.root, HW_ROOT_SIZE);
}

bool hw_tx_directory_changed(struct hw_tx *tx)
{
    bool changed = tx->store->directory_changed;
    tx->store->directory_changed = false;
    return changed;
}

void hw_store_identify(struct hw_store *store, const struct hw_identity *identity)
{
    store->identity = *identity;
    store->self = (struct hw_self){.inc = identity->inc, .life = identity->life, .gate = identity->gate,
                                   .enrolled = identity->enrolled};
    memcpy(store->self.office, identity->office, sizeof store->self.office);
    store->directory_changed = true;
}

const char *hw_tx_office_of(struct hw_tx *tx, const struct hw_inc *inc, unsigned *life)
{
    const struct hw_life *known;
    const struct hw_self *self = &tx->store->self;
    bool own = hw_inc_compare(inc, &self->inc) == 0;
    *life = 0;
    if (hw_cache_life(tx, inc, &known, NULL) != HW_OK || !known) {
        *life = own ? self->life : 0; /* headquarters has not entered it yet */
        return own ? hw_arena_text(&tx->arena, self->office, strlen(self->office)) : "?";
    }
    *life = known->number;
    return hw_arena_text(&tx->arena, known->office, strlen(known->office));
}

static void fill_tip(struct hw_store *store, const struct hw_group *group, struct hw_group_tip *tip)
{
    memcpy(tip->group, group->code, sizeof tip->group);
    tip->life = group->life;
    if (group->position > 0 && group->first > group->position) { /* a life that has written nothing yet */
        uint64_t first, last;
        if (hw_gate_life_at(store, group, group->position, &tip->life, &first, &last, NULL) != HW_OK)
            tip->life = group->life;
    }
    tip->position = group->position;
    memcpy(tip->chain, group->chain, sizeof tip->chain);
    tip->bare = group->bare;
    tip->staged = group->staged;
    tip->staged_n = group->staged_n;
}

/* Index of a group; as many as there are: none. They stand in the order of their ids. */
static size_t group_at(const struct hw_store *store, int64_t id)
{
    size_t low = 0, high = store->groups_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (store->groups[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < store->groups_n && store->groups[low].id == id ? low : store->groups_n;
}

/* After every job, at hubs of thousands of streams: each is looked at once. */
void hw_tx_tips(struct hw_tx *tx, struct hw_group_tip **tips, size_t *n)
{
    struct hw_store *store = tx->store;
    *n = store->groups_n;
    *tips = hw_arena_zero(&tx->arena, *n, sizeof **tips);
    struct hw_group_tip **of = hw_arena_zero(&tx->arena, *n + 1, sizeof *of);
    size_t at = 0;
    for (int pass = 0; pass < 2; pass++) /* directory first */
        for (size_t i = 0; i < *n; i++) {
            const struct hw_group *group = &store->groups[i];
            if ((strcmp(group->code, "directory") == 0) == (pass == 0))
                fill_tip(store, group, of[i] = &(*tips)[at++]);
        }
    for (size_t s = 0; s < store->streams_n; s++) {
        const struct hw_stream *stream = &store->streams[s];
        struct hw_group_tip *tip = of[group_at(store, stream->group)];
        if (!tip)
            continue;
        tip->events += stream->tip;
        if (hw_inc_compare(&stream->inc, &store->identity.inc) != 0)
            continue;
        tip->own_tip = stream->tip;
        tip->own_sealed = stream->sealed;
        tip->own_admitted = stream->admitted;
        memcpy(tip->own_hash, stream->hash, sizeof tip->own_hash);
    }
}

static uint64_t count(struct hw_store *store, sqlite3_stmt *statement)
{
    uint64_t n = hw_sql_step(store, statement, NULL) == HW_OK ? (uint64_t)sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    return n;
}

/* quick_check reads every page: about 0.1 s here for 64 MiB that are in memory. */
enum { CHECK_MAX = 64 * 1024 * 1024 };

enum hw_status hw_tx_check(struct hw_tx *tx, bool *sound, struct hw_err *err)
{
    const char *found = "unchecked";
    *sound = true;
    if (count(tx->store, hw_sql(tx->store, SQL_DB_BYTES)) <= CHECK_MAX) {
        sqlite3_stmt *statement = hw_sql(tx->store, SQL_CHECK);
        *sound = hw_sql_step(tx->store, statement, NULL) == HW_OK && hw_slice_is(hw_column_blob(statement, 0), "ok");
        sqlite3_reset(statement);
        found = *sound ? "ok" : "failed";
    }
    struct hw_slice before;
    if (hw_tx_get(tx, "integrity", &before) == HW_OK && hw_slice_is(before, found))
        return HW_OK; /* a daemon starts on a full disk too */
    return hw_tx_put(tx, "integrity", hw_slice_text(found), err);
}

static uint64_t count_conflicts(struct hw_tx *tx)
{
    uint64_t n = 0;
    for (size_t i = 0; i < hw_schema_n; i++) {
        struct hw_scan *scan;
        if (hw_scan_open(tx, hw_schema[i].id, HW_SCAN_CONFLICTS, 0, NULL, &scan, NULL) != HW_OK)
            continue;
        while (hw_scan_next(scan))
            n += (uint64_t)hw_scan_conflicts(scan);
        hw_scan_close(scan);
    }
    return n;
}

/* Groups that this office has no grant in stay here, and so does what a
 * standalone office wrote into its own directory. */
static bool waits_for_hub(struct hw_tx *tx, const char *group)
{
    const struct hw_identity *self = &tx->store->identity;
    const char **granted;
    size_t n;
    if (!self->enrolled || self->gate)
        return self->enrolled;
    if (hw_tx_granted(tx, self->office, &granted, &n, NULL) != HW_OK)
        return true;
    for (size_t i = 1; i < n; i++)
        if (strcmp(granted[i], group) == 0)
            return true;
    return false;
}

uint64_t hw_tx_pending(struct hw_tx *tx)
{
    const struct hw_store *store = tx->store;
    uint64_t pending = 0;
    for (size_t i = 0; i < store->streams_n; i++) {
        const struct hw_stream *stream = &store->streams[i];
        bool own = hw_inc_compare(&stream->inc, &store->identity.inc) == 0;
        if (own && stream->tip > stream->admitted &&
            waits_for_hub(tx, hw_cache_group_by_id(tx->store, stream->group)->code))
            pending += stream->tip - stream->admitted;
    }
    return pending;
}

enum hw_status hw_tx_counts(struct hw_tx *tx, struct hw_counts *counts, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    *counts = (struct hw_counts){0};
    enum hw_status status = hw_tx_flush(tx, err);
    for (size_t i = 0; i < hw_schema_n; i++)
        counts->records += (uint64_t)hw_tx_count(tx, hw_schema[i].id);
    for (size_t i = 0; i < store->streams_n; i++)
        counts->events += store->streams[i].tip;
    struct hw_logged *refused;
    size_t refused_n = 0;
    if (!status)
        status = hw_tx_refused(tx, &refused, &refused_n, err);
    counts->refused = refused_n;
    counts->pending = hw_tx_pending(tx);
    struct hw_carry *carried;
    size_t carried_n;
    hw_tx_carried(tx, &carried, &carried_n);
    for (size_t i = 0; i < carried_n; i++)
        counts->carried += carried[i].sealed - carried[i].admitted;
    struct hw_orphans *orphans;
    size_t orphans_n = 0;
    if (!status)
        status = hw_tx_orphans(tx, &orphans, &orphans_n, err);
    for (size_t i = 0; i < orphans_n; i++)
        counts->carried -= orphans[i].revoked ? orphans[i].changes : 0; /* carried all the same: it may be let in again */
    counts->conflicts = count_conflicts(tx);
    counts->db_bytes = count(store, hw_sql(store, SQL_DB_BYTES));
    return status;
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum hw_status hw_tx_groups(struct hw_tx *tx, const char ***codes, size_t *n, struct hw_err *err)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_GROUP);
    struct hw_store *store = tx->store;
    enum hw_status status = hw_tx_flush(tx, err);
    size_t max = store->groups_n + (size_t)hw_tx_count(tx, HW_KIND_GROUP), found = 0;
    const char **list = hw_arena_zero(&tx->arena, max, sizeof *list);
    for (size_t i = 0; i < store->groups_n; i++)
        if (strcmp(store->groups[i].code, "directory") != 0)
            list[found++] = hw_arena_text(&tx->arena, store->groups[i].code, strlen(store->groups[i].code));
    struct hw_scan *scan = NULL;
    if (!status)
        status = hw_scan_open(tx, HW_KIND_GROUP, HW_SCAN_GROUP, 0, "directory", &scan, err);
    while (!status && found < max && hw_scan_next(scan)) {
        const char *code = hw_scan_text(scan, hw_field_named(kind, "code")->id);
        list[found++] = hw_arena_text(&tx->arena, code, strlen(code));
    }
    hw_scan_close(scan);
    qsort(list, found, sizeof *list, compare_text);
    *n = 0;
    for (size_t i = 0; i < found; i++)
        if (*n == 0 || strcmp(list[*n - 1], list[i]) != 0)
            list[(*n)++] = list[i];
    *codes = list;
    return status;
}

/* -- when the others were heard -- */

static struct hw_office_heard *heard_of(struct hw_office_heard *offices, size_t *n, const char *code)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(offices[i].code, code) == 0)
            return &offices[i];
    struct hw_office_heard *made = &offices[(*n)++];
    *made = (struct hw_office_heard){.behind = 0};
    memcpy(made->code, code, strlen(code) + 1);
    return made;
}

/* From the sessions that this node served: `behind` holds what was confirmed, for now. */
static enum hw_status heard_in_sessions(struct hw_tx *tx, struct hw_office_heard *offices, size_t *n,
                                        struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_HEARD_ALL);
    enum hw_status status;
    while (!(status = hw_sql_step(tx->store, statement, err))) {
        char code[HW_OFFICE_MAX + 1] = {0};
        struct hw_slice text = hw_column_blob(statement, 0);
        memcpy(code, text.p, text.n < HW_OFFICE_MAX ? text.n : HW_OFFICE_MAX);
        struct hw_office_heard *office = heard_of(offices, n, code);
        office->last_heard_ms = sqlite3_column_int64(statement, 1);
        office->behind = (uint64_t)sqlite3_column_int64(statement, 2);
        office->in_session = true;
    }
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* From the journals: when something of an office was admitted last. */
static enum hw_status heard_in_journals(struct hw_tx *tx, struct hw_office_heard *offices, size_t *n,
                                        struct hw_err *err)
{
    struct hw_store *store = tx->store;
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < store->streams_n && !status; i++) {
        const struct hw_stream *stream = &store->streams[i];
        const struct hw_life *life;
        status = hw_cache_life(tx, &stream->inc, &life, err);
        if (status || !life || stream->admitted == 0)
            continue;
        sqlite3_stmt *statement = hw_sql(store, SQL_ADMIT_AT);
        hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, stream->admitted));
        status = hw_sql_step(store, statement, err);
        if (!status && sqlite3_column_int64(statement, 0) >> HW_ROW_SHIFT == stream->id) {
            struct hw_office_heard *office = heard_of(offices, n, life->office);
            int64_t received = sqlite3_column_int64(statement, 1);
            if (received > office->last_heard_ms) {
                office->elsewhere = store->identity.gate; /* who pushes here is heard in the same commit */
                office->last_heard_ms = received;
            }
        }
        sqlite3_reset(statement);
        status = status == HW_NOT_FOUND ? HW_OK : status;
    }
    return status;
}

/* Journal entries of the office's groups that it has not confirmed. */
static enum hw_status count_behind(struct hw_tx *tx, struct hw_office_heard *office, struct hw_err *err)
{
    const char **granted;
    size_t n;
    uint64_t all = 0;
    enum hw_status status = hw_tx_granted(tx, office->code, &granted, &n, err);
    for (size_t i = 0; i < n && !status; i++) {
        const struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(granted[i]));
        bool serves;
        status = hw_carry_serves(tx, granted[i], &serves, err);
        all += !status && serves && group ? group->position : 0;
    }
    office->behind = all > office->behind ? all - office->behind : 0;
    return status;
}

static int compare_heard(const void *a, const void *b)
{
    return strcmp(((const struct hw_office_heard *)a)->code, ((const struct hw_office_heard *)b)->code);
}

enum hw_status hw_tx_heard(struct hw_tx *tx, struct hw_office_heard **offices, size_t *n, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    const struct hw_life *any;
    sqlite3_stmt *statement = hw_sql(store, SQL_HEARD_COUNT);
    size_t max = (size_t)count(store, statement);
    enum hw_status status = hw_cache_life(tx, &store->identity.inc, &any, err); /* loads the lives */
    *offices = hw_arena_zero(&tx->arena, max + store->lives_n, sizeof **offices);
    *n = 0;
    if (!status)
        status = heard_in_sessions(tx, *offices, n, err);
    if (!status)
        status = heard_in_journals(tx, *offices, n, err);
    for (size_t i = 0; i < *n && !status; i++)
        if (store->identity.gate || (*offices)[i].in_session)
            status = count_behind(tx, &(*offices)[i], err);
    qsort(*offices, *n, sizeof **offices, compare_heard);
    return status;
}
