/* store_segment.c: segments as stored: put, get, take from a peer (floor 2). */
#include <string.h>

#include "daemon/store_internal.h"

const char *hw_segment_event(struct hw_tx *tx, const struct hw_inc *inc, struct hw_slice group, uint64_t seq)
{
    unsigned life;
    const char *office = hw_tx_office_of(tx, inc, &life);
    return hw_event_name(&tx->arena, office, life, hw_arena_text(&tx->arena, group.p, group.n), seq);
}

enum hw_status hw_segment_put(struct hw_tx *tx, struct hw_stream *stream, uint64_t first, uint32_t n,
                              const uint8_t hash[HW_HASH_SIZE], struct hw_slice wire, struct hw_err *err)
{
    if (first + n > HW_ROW_LAST)
        return hw_fail(err, HW_LIMIT, "a stream holds at most 2^%d events", HW_ROW_SHIFT);
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_SEGMENT_ADD);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, first));
    hw_bind_int(statement, 2, n);
    hw_bind_blob(statement, 3, hash, HW_HASH_SIZE);
    hw_bind_blob(statement, 4, wire.p, wire.n);
    enum hw_status status = hw_sql_run(tx->store, statement, err);
    if (status)
        return status;
    stream->sealed = first + n - 1;
    memcpy(stream->hash, hash, HW_HASH_SIZE);
    stream->dirty = true;
    return HW_OK;
}

enum hw_status hw_segment_get(struct hw_tx *tx, const struct hw_stream *stream, uint64_t seq, bool exact,
                              struct hw_stored_segment *segment, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, exact ? SQL_SEGMENT_GET : SQL_SEGMENT_AT);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, seq));
    enum hw_status status = hw_sql_step(tx->store, statement, err);
    if (status == HW_OK) {
        int64_t id = sqlite3_column_int64(statement, 0);
        segment->first = (uint64_t)(id & HW_ROW_LAST);
        segment->n = (uint32_t)sqlite3_column_int64(statement, 1);
        struct hw_slice hash = hw_column_blob(statement, 2);
        bool other = id >> HW_ROW_SHIFT != stream->id || seq >= segment->first + segment->n;
        if (other || hash.n != HW_HASH_SIZE) {
            status = HW_NOT_FOUND;
        } else {
            memcpy(segment->hash, hash.p, HW_HASH_SIZE);
            segment->wire = hw_arena_slice(&tx->arena, hw_column_blob(statement, 3));
        }
    }
    sqlite3_reset(statement);
    if (status == HW_NOT_FOUND)
        return hw_fail(err, HW_NOT_FOUND, "event %llu is not held in a segment", (unsigned long long)seq);
    return status;
}

enum hw_status hw_segment_hash_at(struct hw_tx *tx, const struct hw_stream *stream, uint64_t seq,
                                  uint8_t hash[HW_HASH_SIZE], struct hw_err *err)
{
    struct hw_stored_segment segment;
    enum hw_status status = HW_OK;
    memset(hash, 0, HW_HASH_SIZE);
    if (seq == 0)
        return HW_OK;
    if (seq == stream->base) {
        memcpy(hash, stream->base_hash, HW_HASH_SIZE);
        return HW_OK;
    }
    status = hw_segment_get(tx, stream, seq, false, &segment, err);
    if (!status)
        memcpy(hash, segment.hash, HW_HASH_SIZE);
    return status;
}

/* Whether another form of a held segment is the same but for what was redacted in one of them: the hash tells. */
static enum hw_status same_content(struct hw_tx *tx, const struct hw_stream *stream, const struct hw_stored_segment *held,
                                   struct hw_slice wire, struct hw_opened *opened, bool *same, struct hw_err *err)
{
    uint8_t before[HW_HASH_SIZE];
    struct hw_binding binding;
    const struct hw_life *life = NULL;
    uint8_t hash[HW_HASH_SIZE];
    *same = false;
    enum hw_status status = hw_segment_hash_at(tx, stream, held->first - 1, before, err);
    if (!status)
        status = hw_cache_life(tx, &stream->inc, &life, err);
    if (!status)
        status = hw_segment_open(wire, &tx->arena, opened, err);
    if (status || !life)
        return status;
    memcpy(binding.root, tx->store->identity.root, sizeof binding.root);
    binding.office = hw_slice_text(life->office);
    hw_segment_hash(opened, &binding, before, hash);
    *same = memcmp(hash, held->hash, sizeof hash) == 0;
    return HW_OK;
}

/* A segment that is held already: same content, or a fork. One that lacks values here, and no redaction that counts says why,
 * has them from now on: the gate that redacted may have been put back, and nobody else know of it. */
static enum hw_status check_known(struct hw_tx *tx, struct hw_stream *stream, const struct hw_segment *head,
                                  struct hw_slice wire, struct hw_err *err)
{
    struct hw_stored_segment held;
    struct hw_opened opened;
    enum hw_status status = hw_segment_get(tx, stream, head->first, true, &held, err);
    bool known = status == HW_OK && held.n == head->n, same = known && hw_slice_equal(held.wire, wire);
    if (same)
        return HW_OK;
    if (known)
        status = same_content(tx, stream, &held, wire, &opened, &same, err);
    if (same)
        return hw_redact_heal(tx, hw_cache_group_by_id(tx->store, stream->group), stream, &held, &opened, err);
    if (status && status != HW_NOT_FOUND)
        return status;
    return hw_fail(err, HW_FORK, "%s: another segment than the one held here",
                   hw_segment_event(tx, &head->inc, head->group, head->first));
}

/* The segment that enters a life into the directory may be that life's own
 * first one. It is applied first, then verified with the key that it brought; the journal entry around it is signed by the root,
 * and the job's savepoint takes everything back when anything fails. */
static enum hw_status learn_life(struct hw_tx *tx, const struct hw_opened *opened, struct hw_stream *stream,
                                 const struct hw_group *group, const struct hw_life **life, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < opened->head.n && !status; i++)
        status = hw_apply_event(tx, stream, group, &opened->events[i], false, err);
    return status ? status : hw_cache_life(tx, &opened->head.inc, life, err);
}

static enum hw_status check_signature(struct hw_tx *tx, const struct hw_opened *opened, struct hw_stream *stream,
                                      const struct hw_group *group, bool late_key, uint8_t hash[HW_HASH_SIZE],
                                      struct hw_err *err)
{
    const struct hw_life *life;
    struct hw_binding binding;
    enum hw_status status = hw_cache_life(tx, &opened->head.inc, &life, err);
    if (!status && !life && late_key)
        status = learn_life(tx, opened, stream, group, &life, err);
    if (status)
        return status;
    if (!life)
        return hw_fail(err, HW_DENIED, "%s: a segment of an incarnation that the directory does not know",
                       hw_segment_event(tx, &opened->head.inc, opened->head.group, opened->head.first));
    memcpy(binding.root, tx->store->identity.root, sizeof binding.root);
    binding.office = hw_slice_text(life->office);
    hw_segment_hash(opened, &binding, stream->hash, hash);
    status = hw_segment_verify(opened, hash, life->key, err);
    if (status)
        return hw_fail(err, status, "%s: office %s did not sign this: it was changed or made up on its way here",
                       hw_segment_event(tx, &opened->head.inc, opened->head.group, opened->head.first), life->office);
    return HW_OK;
}

enum hw_status hw_segment_fits(struct hw_tx *tx, const struct hw_stream *stream, uint64_t first,
                               const uint8_t hash[HW_HASH_SIZE], struct hw_slice wire, const char **why,
                               struct hw_err *err)
{
    const struct hw_life *life;
    struct hw_opened opened;
    struct hw_stored_segment held;
    struct hw_binding binding;
    uint8_t own[HW_HASH_SIZE];
    enum hw_status status = HW_OK;
    if (first <= stream->sealed) {
        status = hw_segment_get(tx, stream, first, true, &held, err);
        if (status == HW_NOT_FOUND || (!status && memcmp(held.hash, hash, sizeof held.hash) != 0))
            *why = "another content is held under this number";
        return status == HW_NOT_FOUND ? HW_OK : status;
    }
    if (first != stream->sealed + 1 || !wire.n) {
        *why = "events before it are missing here";
        return HW_OK;
    }
    status = hw_cache_life(tx, &stream->inc, &life, err);
    if (!status && !life && strcmp(hw_cache_group_by_id(tx->store, stream->group)->code, "directory") != 0)
        *why = "its incarnation is not in the directory";
    if (status || !life) /* a segment of the directory may enter its own life: see learn_life */
        return status;
    status = hw_segment_open(wire, &tx->arena, &opened, err);
    if (status)
        return status;
    memcpy(binding.root, tx->store->identity.root, sizeof binding.root);
    binding.office = hw_slice_text(life->office);
    hw_segment_hash(&opened, &binding, stream->hash, own);
    if (memcmp(own, hash, sizeof own) != 0)
        *why = "another content is held before it";
    return HW_OK;
}

/* Hash and signature hold without an event's values, so whoever carries a segment could take them out. A gate that has its whole
 * past has said itself what is redacted, and held it before: nothing new comes so. One that was put back takes what there is. */
static enum hw_status check_whole(struct hw_tx *tx, const struct hw_group *group, const struct hw_opened *opened,
                                  struct hw_err *err)
{
    const struct hw_store *store = tx->store;
    bool past = !hw_gate_here(store, group), whole = true;
    for (size_t i = 0; i < store->lives_n; i++)
        past = past || (store->lives[i].past && strcmp(store->lives[i].office, store->identity.office) == 0);
    for (size_t i = 0; i < opened->head.n; i++)
        whole = whole && !opened->events[i].redacted;
    return whole || past ? HW_OK
                         : hw_fail(err, HW_CORRUPT, "%s came without its text: it was taken out on its way here",
                                   hw_segment_event(tx, &opened->head.inc, opened->head.group, opened->head.first));
}

enum hw_status hw_segment_take(struct hw_tx *tx, struct hw_slice wire, struct hw_opened *opened,
                               struct hw_stream **stream, bool *known, bool late_key, struct hw_err *err)
{
    struct hw_segment head;
    struct hw_group *group;
    uint8_t hash[HW_HASH_SIZE];
    *known = false;
    enum hw_status status = hw_segment_read(wire, &head, err);
    if (!status)
        status = hw_cache_group_make(tx->store, head.group, &group, err);
    if (!status)
        status = hw_cache_stream_make(tx->store, &head.inc, group->id, stream, err);
    if (status)
        return status;
    if (head.first <= (*stream)->sealed) {
        *known = true;
        return check_known(tx, *stream, &head, wire, err);
    }
    if (head.first != (*stream)->sealed + 1)
        return hw_fail(err, HW_GAP, "%s came before event %llu of that stream",
                       hw_segment_event(tx, &head.inc, head.group, head.first), (unsigned long long)(*stream)->sealed + 1);
    struct hw_err why;
    status = hw_segment_open(wire, &tx->arena, opened, &why);
    if (status)
        return hw_fail(err, status, "%s: %s", hw_segment_event(tx, &head.inc, head.group, head.first), why.text);
    status = check_signature(tx, opened, *stream, group, late_key, hash, err);
    if (!status)
        status = check_whole(tx, group, opened, err);
    if (status)
        return status;
    return hw_segment_put(tx, *stream, head.first, head.n, hash, wire, err);
}
