/* store_verify_log.c: segments and drafts, looked at again (floor 2). */
#include <string.h>

#include "daemon/store_verify_internal.h"

/* One row of `segment`. Borrows from the statement. */
struct stored {
    uint64_t first;
    uint32_t n;
    struct hw_slice hash, wire;
};

/* Own events show how far the counter of changes must be. */
static void note_own(struct hw_verify *verify, const struct hw_followed *followed, const struct hw_event *event)
{
    if (hw_inc_compare(&followed->stream->inc, &verify->tx->store->identity.inc) != 0)
        return;
    if (event->change > verify->own_change)
        verify->own_change = event->change;
}

static void check_signature(struct hw_verify *verify, const struct hw_followed *followed,
                            const struct stored *stored, const struct hw_opened *opened)
{
    struct hw_binding binding = {.office = hw_slice_text(followed->office)};
    uint8_t hash[HW_HASH_SIZE];
    const char *where = hw_verify_event(verify, followed, stored->first);
    if (!followed->key_known) {
        /* What its own office has not told anybody yet is nobody's damage; what was admitted had a known signer. */
        if (stored->first <= followed->stream->admitted)
            hw_verify_fault(verify, where, "the directory does not know who signed this segment: restore a backup");
        return;
    }
    memcpy(binding.root, verify->tx->store->identity.root, sizeof binding.root);
    hw_segment_hash(opened, &binding, followed->hash, hash);
    if (!hw_slice_equal(stored->hash, (struct hw_slice){hash, sizeof hash}))
        hw_verify_fault(verify, where, "the segment is not the one that was hashed: restore a backup");
    else if (hw_segment_verify(opened, hash, followed->key, NULL) != HW_OK)
        hw_verify_fault(verify, where, "the signature of the segment does not match: restore a backup");
}

/* What a snapshot stands for need not be held. */
static void begin_behind(struct hw_followed *followed)
{
    followed->last = followed->stream->base;
    memcpy(followed->hash, followed->stream->base_hash, sizeof followed->hash);
}

/* Hash and signature hold without the values, so that only the gate's signed word tells a redaction from a theft. */
static void check_redacted(struct hw_verify *verify, const struct hw_followed *followed, const struct hw_event *event)
{
    const struct hw_judged *judged = hw_verify_judged(verify, hw_row_id(followed->stream->id, event->seq));
    bool said = judged && judged->verdict == HW_VERDICT_REDACTED;
    if (event->seq <= followed->stream->base)
        return; /* the journal from before a snapshot is not here */
    if (event->redacted && !said)
        hw_verify_fault(verify, hw_verify_event(verify, followed, event->seq),
                        "its text is missing, and headquarters' journal does not say that it was redacted: whoever brought it here "
                        "took it out (or the journal has not come that far: headway sync)");
    else if (!event->redacted && said)
        hw_verify_fault(verify, hw_verify_event(verify, followed, event->seq),
                        "headquarters redacted it, and its text is still held: restore a backup");
}

static void check_segment(struct hw_verify *verify, struct hw_followed *followed, const struct stored *stored)
{
    struct hw_opened opened;
    struct hw_err why;
    if (followed->last == 0 && stored->first > 1)
        begin_behind(followed);
    bool follows = stored->first == followed->last + 1;
    const char *where = hw_verify_event(verify, followed, stored->first);
    if (!follows)
        hw_verify_fault(verify, where, "the segment does not follow event %llu, the last one before it: restore a backup",
                        (unsigned long long)followed->last);
    if (hw_segment_open(stored->wire, &verify->scratch, &opened, &why) != HW_OK) {
        hw_verify_fault(verify, where, "the segment cannot be read (%s): restore a backup", why.text);
    } else if (opened.head.first != stored->first || opened.head.n != stored->n ||
               hw_inc_compare(&opened.head.inc, &followed->stream->inc) != 0 ||
               !hw_slice_is(opened.head.group, followed->group->code)) {
        hw_verify_fault(verify, where, "another segment stands in its place: restore a backup");
    } else {
        if (follows) /* a hash covers the one before it */
            check_signature(verify, followed, stored, &opened);
        for (size_t i = 0; i < stored->n; i++) {
            note_own(verify, followed, &opened.events[i]);
            check_redacted(verify, followed, &opened.events[i]);
        }
    }
    verify->result->segments++;
    verify->result->events += stored->n;
    followed->last = stored->first + stored->n - 1;
    memset(followed->hash, 0, sizeof followed->hash);
    if (stored->hash.n == sizeof followed->hash)
        memcpy(followed->hash, stored->hash.p, sizeof followed->hash);
}

static enum hw_status check_segments(struct hw_verify *verify, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(verify->tx->store, SQL_SEGMENT_FROM);
    enum hw_status status;
    hw_bind_int(statement, 1, 0);
    hw_bind_int(statement, 2, INT64_MAX);
    while (!(status = hw_sql_step(verify->tx->store, statement, err))) {
        int64_t id = sqlite3_column_int64(statement, 0);
        struct hw_followed *followed = hw_verify_stream(verify, id);
        struct stored stored = {.first = (uint64_t)(id & HW_ROW_LAST),
                                .n = (uint32_t)sqlite3_column_int64(statement, 1),
                                .hash = hw_column_blob(statement, 2),
                                .wire = hw_column_blob(statement, 3)};
        if (followed)
            check_segment(verify, followed, &stored);
        else
            hw_verify_fault(verify, "database", "segment %lld belongs to no stream: restore a backup", (long long)id);
        hw_arena_reset(&verify->scratch);
    }
    return status == HW_NOT_FOUND ? HW_OK : status;
}

static void check_ends(struct hw_verify *verify)
{
    for (size_t i = 0; i < verify->streams_n; i++) {
        struct hw_followed *followed = &verify->streams[i];
        const struct hw_stream *stream = followed->stream;
        if (followed->last == 0)
            begin_behind(followed);
        if (followed->last != stream->sealed)
            hw_verify_fault(verify, hw_verify_event(verify, followed, stream->sealed),
                            "the stream is said to be sealed up to here, and its segments end at %llu: restore a backup",
                            (unsigned long long)followed->last);
        else if (memcmp(followed->hash, stream->hash, sizeof stream->hash) != 0)
            hw_verify_fault(verify, hw_verify_event(verify, followed, stream->sealed),
                            "the stream names another hash than that of its last segment: restore a backup");
        if (stream->admitted > stream->tip || stream->admitted > stream->sealed)
            hw_verify_fault(verify, hw_verify_event(verify, followed, stream->admitted),
                            "admitted, and the stream is held up to event %llu alone: restore a backup",
                            (unsigned long long)(stream->tip < stream->sealed ? stream->tip : stream->sealed));
    }
}

static void check_drafts_of(struct hw_verify *verify, struct hw_followed *followed, uint64_t seq, uint64_t n,
                            struct hw_slice run)
{
    struct hw_event *events;
    struct hw_err why;
    const char *where = hw_verify_event(verify, followed, seq);
    if (seq <= followed->stream->sealed || seq > followed->stream->tip)
        hw_verify_fault(verify, where, "a draft that is not the stream's: it has drafts from %llu to %llu: restore a backup",
                        (unsigned long long)followed->stream->sealed + 1, (unsigned long long)followed->stream->tip);
    else if (seq != followed->last + 1)
        hw_verify_fault(verify, where, "the draft does not follow event %llu, the last one before it: restore a backup",
                        (unsigned long long)followed->last);
    bool read = hw_draft_decode(run, &followed->stream->inc, seq, n, &verify->scratch, &events, &why) == HW_OK;
    if (!read)
        hw_verify_fault(verify, where, "the draft cannot be read (%s): restore a backup", why.text);
    for (uint64_t i = 0; read && i < n; i++)
        note_own(verify, followed, &events[i]);
    verify->result->events += n;
    followed->last = seq + n - 1;
}

static enum hw_status check_drafts(struct hw_verify *verify, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(verify->tx->store, SQL_DRAFT_FROM);
    enum hw_status status;
    for (size_t i = 0; i < verify->streams_n; i++)
        verify->streams[i].last = verify->streams[i].stream->sealed;
    hw_bind_int(statement, 1, 0);
    hw_bind_int(statement, 2, INT64_MAX);
    while (!(status = hw_sql_step(verify->tx->store, statement, err))) {
        int64_t id = sqlite3_column_int64(statement, 0);
        struct hw_followed *followed = hw_verify_stream(verify, id);
        if (followed)
            check_drafts_of(verify, followed, (uint64_t)(id & HW_ROW_LAST), (uint64_t)sqlite3_column_int64(statement, 1),
                            hw_column_blob(statement, 2));
        else
            hw_verify_fault(verify, "database", "draft %lld belongs to no stream: restore a backup", (long long)id);
        hw_arena_reset(&verify->scratch);
    }
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* A stream that has events after its segments has them all as drafts. */
static void check_tips(struct hw_verify *verify)
{
    for (size_t i = 0; i < verify->streams_n; i++) {
        const struct hw_followed *followed = &verify->streams[i];
        const struct hw_stream *stream = followed->stream;
        if (stream->tip > stream->sealed && followed->last != stream->tip)
            hw_verify_fault(verify, hw_verify_event(verify, followed, stream->tip),
                            "the stream is said to end here, and its drafts end at %llu: restore a backup",
                            (unsigned long long)followed->last);
    }
    hw_arena_reset(&verify->scratch);
}

enum hw_status hw_verify_log(struct hw_verify *verify, struct hw_err *err)
{
    enum hw_status status = check_segments(verify, err);
    if (status)
        return status;
    check_ends(verify);
    status = check_drafts(verify, err);
    if (!status)
        check_tips(verify);
    return status;
}
