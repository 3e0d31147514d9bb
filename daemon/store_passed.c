/* store_passed.c: journals that offices behind this node have handed back, on
 * their way to the gate (floor 2).
 *
 * A relay that was restored, or whose hub was, may lack what an office behind it holds. What that hands back goes into no journal
 * here: only the gate can say where it stands now. Each message is kept as it came (table `passed`), in the order of arrival,
 * and dropped when the hub has said that it has it. Until then the office keeps it too: the relay's disk may be lost as well. */
#include "daemon/store_passed.h"

#include <sodium.h>
#include <string.h>

#include "daemon/store_recovery.h"

enum {
    KEPT_MAX = 512, /* messages: 112 MiB at most; with more the office waits until these have gone up */
    ENVELOPE = 16   /* what a message may grow by when it is wrapped for another session */
};

static uint64_t column_number(sqlite3_stmt *statement, int column)
{
    return (uint64_t)sqlite3_column_int64(statement, column);
}

enum hw_status hw_passed_load(struct hw_store *store, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(store, SQL_PASSED_ALL);
    enum hw_status status = hw_sql_step(store, statement, err);
    store->passed = status == HW_OK;
    sqlite3_reset(statement);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

static enum hw_status check_room(struct hw_tx *tx, size_t size, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_PASSED_ALL);
    enum hw_status status = HW_OK;
    size_t n = 0;
    while (!status && !(status = hw_sql_step(tx->store, statement, err)))
        n++;
    sqlite3_reset(statement);
    if (status != HW_NOT_FOUND)
        return status;
    return n < KEPT_MAX && size + ENVELOPE <= HW_MESSAGE_SIZE
               ? HW_OK : hw_fail(err, HW_LIMIT, "what was handed back before is still on its way to headquarters");
}

enum hw_status hw_passed_keep(struct hw_tx *tx, const struct hw_group *group, const struct hw_journal_message *message,
                              const struct hw_entry *entries, struct hw_err *err)
{
    struct hw_message whole = {.type = HW_JOURNAL, .body.journal = *message};
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    uint8_t hash[HW_HASH_SIZE];
    hw_message_encode(&bytes, &whole);
    crypto_generichash(hash, sizeof hash, bytes.p, bytes.n, NULL, 0);
    enum hw_status status = check_room(tx, bytes.n, err);
    if (status)
        return status;
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_PASSED_ADD); /* once, however often it is handed back */
    hw_bind_int(statement, 1, (uint64_t)group->id);
    hw_bind_blob(statement, 2, message->life.b, sizeof message->life.b);
    hw_bind_int(statement, 3, entries[0].position);
    hw_bind_int(statement, 4, entries[message->items_n - 1].position);
    hw_bind_blob(statement, 5, hash, sizeof hash);
    hw_bind_blob(statement, 6, bytes.p, bytes.n);
    tx->store->passed = true;
    return hw_sql_run(tx->store, statement, err);
}

/* One lane for each group and life, in the order in which they came. */
static void add_lane(struct hw_tx *tx, sqlite3_stmt *row, struct hw_carry *lanes, size_t *n)
{
    const struct hw_group *group = hw_cache_group_by_id(tx->store, sqlite3_column_int64(row, 1));
    struct hw_slice life = hw_column_blob(row, 2);
    uint64_t first = column_number(row, 3), last = column_number(row, 4);
    struct hw_carry lane = {.back = true, .admitted = first - 1, .sealed = last};
    if (!group || life.n != sizeof lane.inc.b)
        return;
    memcpy(lane.inc.b, life.p, life.n);
    memcpy(lane.group, group->code, sizeof lane.group);
    for (size_t i = 0; i < *n; i++) {
        if (hw_inc_compare(&lanes[i].inc, &lane.inc) != 0 || strcmp(lanes[i].group, lane.group) != 0)
            continue;
        lanes[i].admitted = first - 1 < lanes[i].admitted ? first - 1 : lanes[i].admitted;
        lanes[i].sealed = last > lanes[i].sealed ? last : lanes[i].sealed;
        return;
    }
    lanes[(*n)++] = lane;
}

void hw_passed_lanes(struct hw_tx *tx, struct hw_carry **lanes, size_t *n)
{
    *n = 0;
    *lanes = NULL;
    if (!tx->store->passed || tx->store->identity.gate)
        return;
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_PASSED_ALL);
    *lanes = hw_arena_zero(&tx->arena, KEPT_MAX, sizeof **lanes);
    tx->store->passed = false;
    for (size_t rows = 0; rows < KEPT_MAX && hw_sql_step(tx->store, statement, NULL) == HW_OK; rows++) {
        tx->store->passed = true;
        add_lane(tx, statement, *lanes, n);
    }
    sqlite3_reset(statement);
}

/* The first message of a lane. NOT_FOUND. */
static enum hw_status first_of(struct hw_tx *tx, const char *code, const struct hw_inc *life, int64_t *id, uint64_t *last,
                               struct hw_slice *bytes, struct hw_err *err)
{
    const struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(code));
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_PASSED_OF);
    hw_bind_int(statement, 1, group ? (uint64_t)group->id : 0);
    hw_bind_blob(statement, 2, life->b, sizeof life->b);
    enum hw_status status = hw_sql_step(tx->store, statement, err);
    if (!status) {
        *id = sqlite3_column_int64(statement, 0);
        *last = column_number(statement, 1);
        *bytes = hw_arena_slice(&tx->arena, hw_column_blob(statement, 2));
    }
    sqlite3_reset(statement);
    return status;
}

enum hw_status hw_tx_passed_read(struct hw_tx *tx, const char *group, const struct hw_inc *life, uint64_t session,
                                 struct hw_out *out, uint64_t *last, struct hw_err *err)
{
    struct hw_slice bytes;
    struct hw_message message;
    bool serves = false;
    int64_t id;
    enum hw_status status = hw_carry_serves(tx, group, &serves, err);
    if (!status && !serves)
        return hw_fail(err, HW_DENIED, "this office has no grant in group %s now", group);
    if (!status)
        status = first_of(tx, group, life, &id, last, &bytes, err);
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : status;
    status = hw_message_decode(bytes, &tx->arena, &message, err);
    message.session = session;
    if (!status)
        hw_message_encode(out, &message);
    return status;
}

enum hw_status hw_tx_passed_drop(struct hw_tx *tx, const char *group, const struct hw_inc *life, uint64_t last, struct hw_err *err)
{
    struct hw_slice bytes;
    uint64_t end;
    int64_t id;
    enum hw_status status = first_of(tx, group, life, &id, &end, &bytes, err);
    if (status || end != last)
        return status == HW_NOT_FOUND ? HW_OK : status;
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_PASSED_DROP);
    hw_bind_int(statement, 1, (uint64_t)id);
    return hw_sql_run(tx->store, statement, err);
}

bool hw_passed_waits(struct hw_tx *tx, struct hw_slice code)
{
    struct hw_carry *lanes;
    size_t n;
    hw_passed_lanes(tx, &lanes, &n);
    while (n > 0 && !hw_slice_is(code, lanes[n - 1].group))
        n--;
    return n > 0;
}
