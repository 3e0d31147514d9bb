/* store_news.c: small segments up and small entries down, for a peer that is in
 * step (floor 2).  See docs/protocol.md, "Live changes".
 *
 * A reader that holds the journal up to the entry before, and who verifies chain and signature anyway, needs neither position nor hashes nor
 * the name of a stream that goes on. The gate signs each entry when it writes it; to an office that is connected with the gate
 * itself the signature of the last of many entries may come alone, some seconds later. Until then CURVE says who wrote them. */
#include "daemon/store_news.h"

#include <string.h>

#include "daemon/store_internal.h"

enum {
    SMALL = 1024 /* bytes of a segment: with HW_BARE_MAX of them between two signatures, these still share a message */
};

enum hw_status hw_news_load(struct hw_store *store, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < store->groups_n && !status; i++) {
        struct hw_group *group = &store->groups[i];
        bool bare = true;
        for (group->bare = 0; bare && group->bare < group->position && group->bare <= HW_BARE_MAX; group->bare += bare) {
            sqlite3_stmt *statement = hw_sql(store, SQL_JOURNAL_GET);
            hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, group->position - group->bare));
            status = hw_sql_step(store, statement, err);
            bare = !status && hw_column_blob(statement, 1).n == 0;
            sqlite3_reset(statement);
            status = status == HW_NOT_FOUND ? HW_OK : status;
        }
    }
    return status;
}

static bool follows(const struct hw_entry *before, const struct hw_entry *entry)
{
    return before->type == HW_ENTRY_ADMIT && hw_inc_compare(&before->inc, &entry->inc) == 0 &&
           entry->seq == before->seq + before->n && entry->n == 1;
}

/* -- down -- */

/* *fits: it is an ADMIT of a small segment, and `item` is what is said of it. */
static enum hw_status make_item(struct hw_tx *tx, const struct hw_group *group, const struct hw_news_wish *wish,
                                const struct hw_entry *before, const struct hw_entry *entry, struct hw_news_item *item,
                                bool *fits, struct hw_err *err)
{
    struct hw_stored_segment stored;
    struct hw_segment head;
    struct hw_out sealed HW_CLEANUP(hw_out_done) = {0};
    const struct hw_stream *stream = hw_cache_stream(tx->store, &entry->inc, group->id);
    bool own = hw_inc_compare(&entry->inc, &wish->reader) == 0;
    *fits = entry->type == HW_ENTRY_ADMIT && stream;
    if (!*fits)
        return HW_OK;
    *item = (struct hw_news_item){.ms = (int64_t)(entry->time_ms - before->time_ms), .next = follows(before, entry), .own = own,
                                  .inc = entry->inc, .first = entry->seq, .n = entry->n};
    memcpy(item->check, entry->hash, sizeof item->check);
    enum hw_status status = hw_segment_get(tx, stream, entry->seq, true, &stored, err);
    if (!status)
        status = hw_segment_read(stored.wire, &head, err);
    if (status)
        return status;
    hw_segment_put_sealed(&sealed, &head);
    *fits = sealed.n <= SMALL; /* own ones too: they stand between two signatures when this is handed back */
    item->sealed = hw_arena_slice(&tx->arena, hw_out_slice(&sealed));
    return HW_OK;
}

/* As many as fit; none when the first does not. */
static enum hw_status collect(struct hw_tx *tx, const struct hw_group *group, const struct hw_news_wish *wish,
                              struct hw_news *news, struct hw_err *err)
{
    struct hw_entry before, entry;
    struct hw_inc life;
    uint64_t first, end;
    bool fits = true;
    enum hw_status status = hw_gate_life_at(tx->store, group, wish->from, &life, &first, &end, err);
    if (!status && (wish->from <= first || wish->seal))
        return HW_OK;
    if (!status)
        status = hw_journal_entry(tx, group, wish->from - 1, &before, NULL, err);
    for (uint64_t at = wish->from; !status && fits && at <= group->position && at <= end && news->items_n < HW_NEWS_MAX; at++) {
        uint8_t signature[HW_SIGNATURE_SIZE];
        status = hw_journal_entry(tx, group, at, &entry, signature, err);
        if (!status)
            status = make_item(tx, group, wish, &before, &entry, &news->items[news->items_n], &fits, err);
        if (status || !fits)
            break;
        memcpy(news->signature, signature, sizeof news->signature);
        news->items_n++;
        before = entry;
    }
    return status == HW_NOT_FOUND ? HW_OK : status;
}

enum hw_status hw_tx_news_down(struct hw_tx *tx, const struct hw_news_wish *wish, struct hw_out *out, uint64_t *last,
                               bool *bare, struct hw_err *err)
{
    const struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(wish->group));
    struct hw_message message = {.type = HW_NEWS, .session = wish->session};
    struct hw_news *news = &message.body.news;
    struct hw_entry entry;
    *last = wish->from - 1;
    *bare = false;
    if (!group || wish->from < 2)
        return HW_OK;
    *news = (struct hw_news){.lane = wish->lane, .position = wish->from, .is_signed = true,
                             .items = hw_arena_zero(&tx->arena, HW_NEWS_MAX, sizeof *news->items)};
    enum hw_status status = collect(tx, group, wish, news, err);
    if (status || (news->items_n == 0 && !wish->owing && !wish->seal))
        return status;
    if (news->items_n == 0)
        status = hw_journal_entry(tx, group, wish->from - 1, &entry, news->signature, err);
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : status;
    *bare = wish->bare && news->items_n > 0 && hw_gate_here(tx->store, group);
    news->is_signed = !*bare;
    *last = wish->from - 1 + news->items_n;
    hw_message_encode(out, &message);
    return HW_OK;
}

enum hw_status hw_news_live(struct hw_tx *tx, const char *code, uint64_t from, uint64_t last, struct hw_news *news,
                            struct hw_err *err)
{
    const struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(code));
    const struct hw_news_wish wish = {.group = code, .from = from};
    *news = (struct hw_news){.position = from, .is_signed = true,
                             .items = hw_arena_zero(&tx->arena, HW_NEWS_MAX, sizeof *news->items)};
    enum hw_status status = group && from > 1 ? collect(tx, group, &wish, news, err) : HW_OK;
    if (news->items_n != last + 1 - from)
        news->items_n = 0;
    return status;
}

enum hw_status hw_sealed_live(struct hw_tx *tx, const char *code, uint64_t from, uint64_t last, struct hw_sealed *live,
                              struct hw_err *err)
{
    const struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(code));
    const struct hw_stream *stream = group ? hw_cache_stream(tx->store, &tx->store->identity.inc, group->id) : NULL;
    struct hw_out sealed HW_CLEANUP(hw_out_done) = {0};
    struct hw_stored_segment stored;
    struct hw_segment head;
    *live = (struct hw_sealed){0};
    enum hw_status status = stream ? hw_segment_get(tx, stream, from, true, &stored, err) : HW_NOT_FOUND;
    if (!status)
        status = hw_segment_read(stored.wire, &head, err);
    if (status || head.first + head.n - 1 != last)
        return status;
    hw_segment_put_sealed(&sealed, &head);
    if (sealed.n <= SMALL)
        *live = (struct hw_sealed){.first = head.first, .n = head.n, .sealed = hw_arena_slice(&tx->arena, hw_out_slice(&sealed))};
    return HW_OK;
}

/* -- what comes -- */

static enum hw_status not_this(const struct hw_group *group, uint64_t position, struct hw_err *err)
{
    return hw_fail(err, HW_GAP, "entry %llu of the journal of %s came before what it goes on from",
                   (unsigned long long)position, group->code);
}

/* The segment that came, in its full form; the hash that the entry had is computed from it. */
static enum hw_status open_segment(struct hw_tx *tx, const struct hw_group *group, const struct hw_stream *stream,
                                   struct hw_slice wire, struct hw_entry *entry, struct hw_err *err)
{
    const struct hw_life *life = NULL;
    struct hw_binding binding;
    struct hw_opened opened;
    struct hw_err why = {0};
    uint8_t before[HW_HASH_SIZE];
    enum hw_status status = hw_cache_life(tx, &entry->inc, &life, err);
    if (!status && !life)
        return hw_fail(err, HW_GAP, "the journal of %s admits a segment of an incarnation that the directory does not know yet",
                       group->code);
    if (!status)
        status = hw_segment_hash_at(tx, stream, entry->seq - 1, before, err);
    if (status == HW_NOT_FOUND)
        return not_this(group, entry->position, err);
    if (!status)
        status = hw_segment_open(wire, &tx->arena, &opened, &why);
    if (status)
        return hw_fail(err, status, "%s: %s", hw_segment_event(tx, &entry->inc, hw_slice_text(group->code), entry->seq), why.text);
    memcpy(binding.root, tx->store->identity.root, sizeof binding.root);
    binding.office = hw_slice_text(life->office);
    hw_segment_hash(&opened, &binding, before, entry->hash);
    return HW_OK;
}

/* This node wrote it: it holds segment and hash. */
static enum hw_status own_segment(struct hw_tx *tx, const struct hw_group *group, const struct hw_stream *stream,
                                  struct hw_slice check, struct hw_entry *entry, struct hw_err *err)
{
    struct hw_stored_segment held;
    enum hw_status status = hw_segment_get(tx, stream, entry->seq, true, &held, err);
    if (status && status != HW_NOT_FOUND)
        return status;
    if (status || held.n != entry->n || memcmp(held.hash, check.p, HW_NEWS_CHECK) != 0)
        return hw_fail(err, HW_FORK, "%s: the gate admitted another content than the one here",
                       hw_segment_event(tx, &entry->inc, hw_slice_text(group->code), entry->seq));
    memcpy(entry->hash, held.hash, sizeof entry->hash);
    return HW_OK;
}

static enum hw_status fill(struct hw_tx *tx, const struct hw_group *group, const struct hw_news_item *item,
                           struct hw_entry *entry, struct hw_slice *wire, struct hw_err *err)
{
    struct hw_segment head = {.inc = entry->inc, .group = hw_slice_text(group->code), .first = entry->seq, .n = entry->n};
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    struct hw_stream *stream;
    *wire = (struct hw_slice){0};
    enum hw_status status = hw_cache_stream_make(tx->store, &entry->inc, group->id, &stream, err);
    if (status)
        return status;
    if (item->sealed.n == HW_NEWS_CHECK)
        return own_segment(tx, group, stream, item->sealed, entry, err);
    status = hw_segment_get_sealed(item->sealed, &head, err);
    if (status)
        return status;
    hw_segment_wire(&out, &head);
    *wire = hw_arena_slice(&tx->arena, hw_out_slice(&out));
    return open_segment(tx, group, stream, *wire, entry, err);
}

/* The entry as the gate wrote it, but for the hash. */
static void say_entry(const struct hw_tx *tx, const struct hw_news_item *item, const struct hw_entry *before,
                      struct hw_entry *entry)
{
    *entry = (struct hw_entry){.position = before->position + 1, .time_ms = before->time_ms + (uint64_t)item->ms,
                               .type = HW_ENTRY_ADMIT, .inc = item->inc, .seq = item->first, .n = item->n};
    if (item->own)
        entry->inc = tx->store->identity.inc;
    if (item->next) {
        entry->inc = before->inc;
        entry->seq = before->seq + before->n;
    }
}

static enum hw_status take_one(struct hw_tx *tx, int64_t id, const struct hw_news_item *item, const uint8_t *signature,
                               struct hw_entry *before, bool *below, struct hw_err *err)
{
    struct hw_group *group = hw_cache_group_by_id(tx->store, id);
    struct hw_journal_item whole = {.bare = signature == NULL};
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    struct hw_inc life = group->life;
    struct hw_entry entry;
    say_entry(tx, item, before, &entry);
    if (entry.time_ms > INT64_MAX || entry.seq > INT64_MAX - HW_SEGMENT_EVENTS)
        return hw_fail(err, HW_CORRUPT, "a journal entry cannot be read");
    enum hw_status status = fill(tx, group, item, &entry, &whole.segment, err);
    if (status)
        return status;
    hw_entry_encode(&bytes, &entry);
    whole.entry = hw_arena_slice(&tx->arena, hw_out_slice(&bytes));
    if (signature)
        memcpy(whole.signature, signature, sizeof whole.signature);
    *before = entry;
    return hw_journal_take(tx, hw_cache_group_by_id(tx->store, id), &life, &whole, below, err);
}

/* A signature that comes alone covers all entries up to the last one held. */
static enum hw_status take_signature(struct hw_tx *tx, struct hw_group *group, const uint8_t signature[HW_SIGNATURE_SIZE],
                                     struct hw_err *err)
{
    const uint8_t *key;
    if (group->bare == 0)
        return HW_OK;
    enum hw_status status = hw_journal_key(tx, group, &group->life, &key, err);
    if (status)
        return status;
    if (!hw_entry_verify(group->chain, key, signature))
        return hw_fail(err, HW_SIGNATURE, "the last %llu entries of the journal of %s are not signed by headquarters: they were changed"
                       " or made up on their way here", (unsigned long long)group->bare, group->code);
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_JOURNAL_SIGN);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, group->position));
    hw_bind_blob(statement, 2, signature, HW_SIGNATURE_SIZE);
    group->bare = 0;
    return hw_sql_run(tx->store, statement, err);
}

enum hw_status hw_tx_news_take(struct hw_tx *tx, const char *code, const struct hw_news *news, bool bare,
                               struct hw_err *err)
{
    struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(code));
    struct hw_entry before;
    bool below = false;
    if (!group || news->position > group->position + 1 || news->position < 2)
        return hw_fail(err, HW_GAP, "entry %llu of the journal of %s came before what it goes on from",
                       (unsigned long long)news->position, code);
    if ((!news->is_signed && !bare) || group->bare + news->items_n > HW_BARE_MAX + (news->is_signed ? 1u : 0u))
        return hw_fail(err, HW_SIGNATURE, "entry %llu of the journal of %s is not signed by headquarters",
                       (unsigned long long)news->position, code);
    int64_t id = group->id;
    size_t known = (size_t)(group->position + 1 - news->position); /* held already: sent again */
    if (known > news->items_n || (known == news->items_n && known > 0))
        return HW_OK;
    enum hw_status status = hw_journal_entry(tx, group, group->position, &before, NULL, err);
    if (status == HW_NOT_FOUND)
        return not_this(group, news->position, err);
    for (size_t i = known; i < news->items_n && !status && !below; i++)
        status = take_one(tx, id, &news->items[i], news->is_signed && i + 1 == news->items_n ? news->signature : NULL, &before,
                          &below, err);
    if (!status && news->items_n == 0)
        status = take_signature(tx, group, news->signature, err);
    return status;
}

/* -- up -- */

enum hw_status hw_tx_sealed_up(struct hw_tx *tx, const struct hw_news_wish *wish, struct hw_out *out, uint64_t *last,
                               struct hw_err *err)
{
    struct hw_store *store = tx->store;
    const struct hw_group *group = hw_cache_group(store, hw_slice_text(wish->group));
    struct hw_stream *stream = group ? hw_cache_stream(store, &store->identity.inc, group->id) : NULL;
    struct hw_message message = {.type = HW_SEALED, .session = wish->session};
    enum hw_status status = HW_OK;
    *last = wish->from - 1;
    if (!stream || wish->from > stream->tip)
        return HW_OK;
    if (wish->from > stream->sealed)
        status = hw_seal_stream(tx, stream, group, wish->max, err);
    if (!status && stream->sealed == stream->tip) /* else one message for all of them */
        status = hw_sealed_live(tx, wish->group, wish->from, stream->tip, &message.body.sealed, err);
    if (status || message.body.sealed.n == 0)
        return status;
    message.body.sealed.lane = wish->lane;
    hw_message_encode(out, &message);
    *last = stream->tip;
    return HW_OK;
}

enum hw_status hw_tx_sealed_wire(struct hw_tx *tx, const char *group, const struct hw_inc *inc, const struct hw_sealed *sealed,
                                 struct hw_slice *wire, struct hw_err *err)
{
    struct hw_segment head = {.inc = *inc, .group = hw_slice_text(group), .first = sealed->first, .n = sealed->n};
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    enum hw_status status = hw_segment_get_sealed(sealed->sealed, &head, err);
    if (status)
        return status;
    hw_segment_wire(&out, &head);
    *wire = hw_arena_slice(&tx->arena, hw_out_slice(&out));
    return HW_OK;
}

bool hw_tx_gate_key(struct hw_tx *tx, const uint8_t key[32])
{
    const struct hw_group *directory = hw_cache_group(tx->store, hw_slice_text("directory"));
    const struct hw_life *life = NULL;
    const char *office;
    if (!directory || hw_cache_life(tx, &directory->life, &life, NULL) != HW_OK || !life)
        return false;
    return hw_door_office(tx, key, &office, NULL) == HW_OK && strcmp(office, life->office) == 0;
}
