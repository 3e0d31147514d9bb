/* store_log.c: reading events back: a record's history, one event, the whole
 * log from its end, one change (floor 2). */
#include <stdlib.h>
#include <string.h>

#include "daemon/store_draft.h"
#include "daemon/store_internal.h"

/* The segment read last: neighbours in a history come from the same one. */
struct reader {
    struct hw_tx *tx;
    struct hw_reading *last;
};

static enum hw_status add_verdict(struct hw_tx *tx, const struct hw_stream *stream, struct hw_logged *logged,
                                  struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_VERDICT_GET);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, logged->event.seq));
    enum hw_status status = hw_sql_step(tx->store, statement, err);
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : status;
    logged->verdict = (uint8_t)sqlite3_column_int(statement, 0);
    logged->verdict_code = (uint16_t)sqlite3_column_int(statement, 1);
    logged->refused = hw_verdict_refuses(logged->verdict, logged->verdict_code);
    if (hw_verdict_restamps(logged->verdict, (uint64_t)sqlite3_column_int64(statement, 2)))
        logged->event.stamp = (uint64_t)sqlite3_column_int64(statement, 2);
    struct hw_slice text = hw_column_blob(statement, 3);
    logged->verdict_text = hw_arena_text(&tx->arena, text.p, text.n);
    sqlite3_reset(statement);
    return HW_OK;
}

static enum hw_status add_admission(struct hw_tx *tx, const struct hw_stream *stream, uint64_t first,
                                    struct hw_logged *logged, struct hw_err *err)
{
    logged->admitted = logged->event.seq <= stream->admitted;
    if (!logged->admitted)
        return HW_OK;
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_ADMIT_GET);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, first));
    enum hw_status status = hw_sql_step(tx->store, statement, err);
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : status;
    logged->position = (uint64_t)sqlite3_column_int64(statement, 0);
    logged->received_ms = sqlite3_column_int64(statement, 1);
    sqlite3_reset(statement);
    return HW_OK;
}

/* What the hub said of an event that is not held here. */
static void add_lent(struct hw_tx *tx, const struct hw_history_item *item, struct hw_logged *logged)
{
    logged->admitted = true;
    logged->position = item->position;
    logged->received_ms = (int64_t)item->time_ms;
    for (size_t i = 0; i < item->verdicts_n; i++) {
        const struct hw_history_verdict *verdict = &item->verdicts[i];
        if (verdict->seq != logged->event.seq)
            continue;
        logged->verdict = verdict->verdict;
        logged->verdict_code = verdict->code;
        logged->refused = hw_verdict_refuses(verdict->verdict, verdict->code);
        if (hw_verdict_restamps(verdict->verdict, verdict->stamp))
            logged->event.stamp = verdict->stamp;
        logged->verdict_text = hw_arena_text(&tx->arena, verdict->text.p, verdict->text.n);
    }
}

static bool holds(const struct hw_reading *reading, const struct hw_stream *stream, uint64_t seq)
{
    const struct hw_segment *head = &reading->opened.head;
    return reading->stream == stream->id && seq >= head->first && seq < head->first + head->n;
}

static enum hw_status open_at(struct reader *reader, const struct hw_stream *stream, uint64_t seq,
                              struct hw_err *err)
{
    struct hw_tx *tx = reader->tx;
    struct hw_stored_segment segment;
    if (reader->last && holds(reader->last, stream, seq))
        return HW_OK;
    struct hw_reading **read = &tx->read[(uint64_t)stream->id % READING_SLOTS];
    for (reader->last = *read; reader->last; reader->last = reader->last->next)
        if (holds(reader->last, stream, seq))
            return HW_OK;
    struct hw_reading *made = hw_arena_zero(&tx->arena, 1, sizeof *made);
    enum hw_status status = hw_segment_get(tx, stream, seq, false, &segment, err);
    if (!status)
        status = hw_segment_open(segment.wire, &tx->arena, &made->opened, err);
    if (status)
        return status;
    made->stream = stream->id;
    made->next = *read;
    reader->last = *read = made;
    return HW_OK;
}

static enum hw_status read_event(struct reader *reader, const struct hw_stream *stream, uint64_t seq,
                                 struct hw_logged *logged, struct hw_err *err)
{
    struct hw_tx *tx = reader->tx;
    *logged = (struct hw_logged){.inc = stream->inc, .verdict_text = ""};
    const struct hw_group *group = hw_cache_group_by_id(tx->store, stream->group);
    memcpy(logged->group, group->code, sizeof logged->group);
    if (seq > stream->sealed) {
        enum hw_status draft = hw_draft_read(tx, stream, seq, &logged->event, err);
        return draft ? draft : add_verdict(tx, stream, logged, err);
    }
    enum hw_status status = open_at(reader, stream, seq, err);
    if (status)
        return status;
    const struct hw_opened *opened = &reader->last->opened;
    logged->event = opened->events[seq - opened->head.first];
    if (reader->last->lent) {
        add_lent(tx, reader->last->lent, logged);
        return HW_OK;
    }
    status = add_verdict(tx, stream, logged, err);
    return status ? status : add_admission(tx, stream, opened->head.first, logged, err);
}

enum hw_status hw_tx_event(struct hw_tx *tx, const struct hw_inc *inc, const char *code, uint64_t seq,
                           struct hw_logged *event, struct hw_err *err)
{
    const struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(code));
    const struct hw_stream *stream = group ? hw_cache_stream(tx->store, inc, group->id) : NULL;
    if (!stream || seq == 0 || seq > stream->tip)
        return hw_fail(err, HW_NOT_FOUND, "no event %llu of that stream in group %s", (unsigned long long)seq, code);
    struct reader reader = {.tx = tx};
    return read_event(&reader, stream, seq, event, err);
}

enum hw_status hw_reading_judge(struct hw_tx *tx, const struct hw_stream *stream, struct hw_reading *reading,
                                const uint8_t previous[HW_HASH_SIZE], struct hw_err *err)
{
    const struct hw_life *life;
    const struct hw_identity *self = &tx->store->identity;
    struct hw_binding binding;
    uint8_t hash[HW_HASH_SIZE];
    enum hw_status status = hw_cache_life(tx, &stream->inc, &life, err);
    bool own = hw_inc_compare(&stream->inc, &self->inc) == 0; /* it may not be in the directory yet */
    reading->checked = true;
    if (status || (!life && !own))
        return status;
    memcpy(binding.root, self->root, sizeof binding.root);
    binding.office = hw_slice_text(life ? life->office : self->office);
    hw_segment_hash(&reading->opened, &binding, previous, hash);
    bool good = hw_segment_verify(&reading->opened, hash, life ? life->key : self->sign_public, NULL) == HW_OK;
    reading->found = good ? HW_SIGNED_GOOD : HW_SIGNED_BAD;
    return HW_OK;
}

static enum hw_status check_signature(struct hw_tx *tx, const struct hw_stream *stream, struct hw_reading *reading,
                                      struct hw_err *err)
{
    uint8_t previous[HW_HASH_SIZE];
    enum hw_status status = hw_segment_hash_at(tx, stream, reading->opened.head.first - 1, previous, err);
    return status ? status : hw_reading_judge(tx, stream, reading, previous, err);
}

enum hw_status hw_tx_signed(struct hw_tx *tx, const struct hw_logged *event, enum hw_signed *found, struct hw_err *err)
{
    const struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(event->group));
    const struct hw_stream *stream = group ? hw_cache_stream(tx->store, &event->inc, group->id) : NULL;
    struct reader reader = {.tx = tx};
    *found = HW_SIGNED_UNKNOWN;
    if (!stream || event->event.seq > stream->sealed)
        return HW_OK;
    enum hw_status status = open_at(&reader, stream, event->event.seq, err);
    if (!status && !reader.last->checked)
        status = check_signature(tx, stream, reader.last, err);
    if (status)
        return status;
    *found = reader.last->found;
    return HW_OK;
}

/* The record, from this job's cache or by its id. NULL: none. */
static enum hw_status record_of(struct hw_tx *tx, const struct hw_id *id, struct hw_record **record,
                                struct hw_err *err)
{
    char text[HW_ID_TEXT + 1];
    struct hw_found found;
    *record = hw_record_cached(tx, id);
    if (*record)
        return HW_OK;
    hw_id_print(id, text);
    if (hw_tx_find(tx, hw_slice_text(text), &found, 1) == 0)
        return HW_OK;
    return hw_tx_record(tx, found.kind, id, found.group, record, err);
}

static int compare_logged(const void *a, const void *b)
{
    const struct hw_logged *x = a, *y = b;
    int order = hw_inc_compare(&x->inc, &y->inc);
    if (order)
        return order;
    return x->event.seq < y->event.seq ? -1 : x->event.seq > y->event.seq;
}

struct hw_held *hw_history_held(struct hw_tx *tx, const struct hw_logged *events, size_t n)
{
    struct hw_held *held = hw_arena_zero(&tx->arena, n, sizeof *held);
    for (size_t i = 0; i < n; i++)
        held[i] = (struct hw_held){.event = events[i].event, .inc = events[i].inc, .refused = events[i].refused,
                                   .misnames = hw_verdict_misnames(events[i].verdict, events[i].verdict_code)};
    return held;
}

enum hw_status hw_history_read(struct hw_tx *tx, const struct hw_record *record, struct hw_logged **events, size_t *n,
                               struct hw_err *err)
{
    struct reader reader = {.tx = tx};
    size_t at = 0, max;
    int64_t owner;
    uint64_t seq;
    enum hw_status status = HW_OK;
    for (max = 0; hw_history_next(record, &at, &owner, &seq); max++)
        continue;
    *events = hw_arena_zero(&tx->arena, max, sizeof **events);
    at = 0;
    for (*n = 0; *n < max && !status && hw_history_next(record, &at, &owner, &seq);) {
        const struct hw_stream *stream = hw_cache_stream_by_id(tx->store, owner);
        if (!stream)
            return hw_fail(err, HW_CORRUPT, "a record names a stream that is not held");
        if (seq <= stream->base)
            continue; /* a snapshot stands for it by now (store_compact.c) */
        status = read_event(&reader, stream, seq, &(*events)[(*n)++], err);
    }
    qsort(*events, *n, sizeof **events, compare_logged);
    return status;
}

enum hw_status hw_tx_history(struct hw_tx *tx, const struct hw_id *id, struct hw_logged **events, size_t *n,
                             struct hw_err *err)
{
    struct hw_record *record;
    enum hw_status status = record_of(tx, id, &record, err);
    *n = 0;
    return status || !record ? status : hw_history_read(tx, record, events, n, err);
}

/* One journal read backwards. */
struct cursor {
    const struct hw_group *group;
    uint64_t position; /* the next entry to give, 0: none left */
    struct hw_entry entry;
};

/* Steps back to the next ADMIT entry. */
static enum hw_status step_back(struct hw_tx *tx, struct cursor *cursor, struct hw_err *err)
{
    for (; cursor->position > cursor->group->base; cursor->position--) {
        enum hw_status status = hw_journal_entry(tx, cursor->group, cursor->position, &cursor->entry, NULL, err);
        if (status || cursor->entry.type == HW_ENTRY_ADMIT)
            return status;
    }
    cursor->position = 0; /* what goes before a snapshot is not here */
    return HW_OK;
}

/* Gives the events seq, seq - 1 ... down to `first`; false when `each` wants no more. */
static enum hw_status give(struct hw_tx *tx, const struct hw_stream *stream, uint64_t seq, uint64_t first,
                           hw_each_event *each, void *self, bool *more, struct hw_err *err)
{
    struct reader reader = {.tx = tx};
    enum hw_status status = HW_OK;
    for (; seq >= first && seq > 0 && *more && !status; seq--) {
        struct hw_logged logged;
        status = read_event(&reader, stream, seq, &logged, err);
        if (!status)
            *more = each(self, &logged);
    }
    return status;
}

static bool wanted(const struct hw_tx *tx, int64_t group, const char *code)
{
    return !code || strcmp(hw_cache_group_by_id(tx->store, group)->code, code) == 0;
}

static enum hw_status give_unadmitted(struct hw_tx *tx, const char *code, hw_each_event *each, void *self,
                                      bool *more, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < tx->store->streams_n && *more && !status; i++) {
        const struct hw_stream *stream = &tx->store->streams[i];
        if (stream->tip > stream->admitted && wanted(tx, stream->group, code))
            status = give(tx, stream, stream->tip, stream->admitted + 1, each, self, more, err);
    }
    return status;
}

enum hw_status hw_tx_log(struct hw_tx *tx, const char *code, hw_each_event *each, void *self, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    struct cursor *cursors = hw_arena_zero(&tx->arena, store->groups_n, sizeof *cursors);
    bool more = true;
    enum hw_status status = give_unadmitted(tx, code, each, self, &more, err);
    for (size_t i = 0; i < store->groups_n && !status; i++) {
        cursors[i] = (struct cursor){.group = &store->groups[i]};
        if (wanted(tx, store->groups[i].id, code))
            cursors[i].position = store->groups[i].position;
        status = step_back(tx, &cursors[i], err);
    }
    while (more && !status) {
        struct cursor *latest = NULL;
        for (size_t i = 0; i < store->groups_n; i++)
            if (cursors[i].position && (!latest || cursors[i].entry.time_ms > latest->entry.time_ms))
                latest = &cursors[i];
        if (!latest)
            break;
        const struct hw_entry *entry = &latest->entry;
        const struct hw_stream *stream = hw_cache_stream(store, &entry->inc, latest->group->id);
        if (stream)
            status = give(tx, stream, entry->seq + entry->n - 1, entry->seq, each, self, &more, err);
        latest->position--;
        if (!status)
            status = step_back(tx, latest, err);
    }
    return status;
}

/* What hw_tx_change looks for, and what it found, newest first. */
struct change_search {
    uint64_t change;
    struct hw_out found;
    size_t n;
};

static bool collect_change(void *self, const struct hw_logged *event)
{
    struct change_search *search = self;
    if (event->event.change == search->change) {
        hw_put_raw(&search->found, event, sizeof *event);
        search->n++;
    }
    return true;
}

enum hw_status hw_tx_change(struct hw_tx *tx, const struct hw_inc *inc, uint64_t change, struct hw_logged **events,
                            size_t *n, struct hw_err *err)
{
    struct change_search search = {.change = change};
    enum hw_status status = HW_OK;
    bool more = true;
    /* Other offices' streams have none of it. Its own are read whole: events that were issued again after a restore may stand
     * behind those of later changes. */
    for (size_t i = 0; i < tx->store->streams_n && !status; i++) {
        const struct hw_stream *stream = &tx->store->streams[i];
        if (hw_inc_compare(&stream->inc, inc) == 0)
            status = give(tx, stream, stream->tip, 1, collect_change, &search, &more, err);
    }
    const struct hw_logged *found = (const void *)search.found.p;
    *n = search.n;
    *events = hw_arena_zero(&tx->arena, search.n, sizeof **events);
    for (size_t i = 0; i < search.n; i++)
        (*events)[i] = found[search.n - 1 - i];
    hw_out_done(&search.found);
    return status;
}
