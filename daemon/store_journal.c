/* store_journal.c: journals: reading them for a peer, taking them from the
 * gate (floor 2). */
#include <string.h>

#include "daemon/store_internal.h"
#include "daemon/store_recovery.h"
#include "headway/stamp.h"

static enum hw_status keep_verdict(struct hw_tx *tx, const struct hw_stream *stream, const struct hw_entry *entry,
                                   struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_VERDICT_ADD);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, entry->seq));
    hw_bind_int(statement, 2, entry->verdict);
    hw_bind_int(statement, 3, entry->code);
    hw_bind_int(statement, 4, entry->stamp);
    hw_bind_text(statement, 5, (const char *)entry->text.p, entry->text.n);
    return hw_sql_run(tx->store, statement, err);
}

enum hw_status hw_journal_note(struct hw_tx *tx, struct hw_group *group, struct hw_stream *stream,
                               const struct hw_entry *entry, struct hw_err *err)
{
    if (entry->type == HW_ENTRY_ADMIT) {
        stream->admitted = entry->seq + entry->n - 1;
        stream->dirty = true;
        sqlite3_stmt *statement = hw_sql(tx->store, SQL_ADMIT_ADD);
        hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, entry->seq));
        hw_bind_int(statement, 2, entry->position);
        hw_bind_int(statement, 3, entry->time_ms);
        return hw_sql_run(tx->store, statement, err);
    }
    struct hw_logged event;
    enum hw_status status = keep_verdict(tx, stream, entry, err);
    hw_making_judged(tx->store, stream, entry->seq);
    if (!status && group->staged)
        status = hw_base_doubt(tx, group, stream, entry->seq, err);
    if (!status && entry->verdict == HW_VERDICT_REDACTED)
        status = hw_redact_body(tx, group, stream, entry->seq, err);
    if (!status)
        status = hw_tx_event(tx, &stream->inc, group->code, entry->seq, &event, err);
    if (!status)
        status = hw_record_fold(tx, event.event.kind, &event.event.record, group->code, err);
    return status;
}

enum hw_status hw_journal_chain(struct hw_tx *tx, const struct hw_group *group, uint64_t position,
                                uint8_t chain[HW_HASH_SIZE], struct hw_err *err)
{
    memset(chain, 0, HW_HASH_SIZE);
    if (position == 0)
        return HW_OK;
    if (position == group->base) {
        memcpy(chain, group->base_chain, HW_HASH_SIZE);
        return HW_OK;
    }
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_JOURNAL_GET);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, position));
    enum hw_status status = position > group->position ? HW_NOT_FOUND : hw_sql_step(tx->store, statement, err);
    struct hw_slice held = status ? (struct hw_slice){0} : hw_column_blob(statement, 2);
    if (held.n == HW_HASH_SIZE)
        memcpy(chain, held.p, held.n);
    sqlite3_reset(statement);
    return status;
}

enum hw_status hw_journal_entry(struct hw_tx *tx, const struct hw_group *group, uint64_t position, struct hw_entry *entry,
                                uint8_t *signature, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_JOURNAL_GET);
    *entry = (struct hw_entry){0};
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, position));
    enum hw_status status = hw_sql_step(tx->store, statement, err);
    struct hw_slice held = status ? (struct hw_slice){0} : hw_column_blob(statement, 1);
    if (!status)
        status = hw_entry_decode(hw_column_blob(statement, 0), entry, err);
    if (entry->text.n)
        entry->text = hw_arena_slice(&tx->arena, entry->text);
    if (signature && held.n == HW_SIGNATURE_SIZE)
        memcpy(signature, held.p, held.n);
    else if (!status && signature)
        status = HW_NOT_FOUND;
    sqlite3_reset(statement);
    if (status == HW_NOT_FOUND && !entry->position && position > group->base && position <= group->position)
        return hw_fail(err, HW_CORRUPT, "entry %llu of the journal of %s is missing", (unsigned long long)position, group->code);
    return status;
}

enum hw_status hw_journal_key(struct hw_tx *tx, const struct hw_group *group, const struct hw_inc *inc,
                              const uint8_t **key, struct hw_err *err)
{
    const struct hw_group *directory = hw_cache_group(tx->store, hw_slice_text("directory"));
    const struct hw_life *life, *first = NULL;
    enum hw_status status = hw_root_reached(tx, err);
    if (!status && directory)
        status = hw_cache_life(tx, &directory->life, &first, err);
    if (!status)
        status = hw_cache_life(tx, inc, &life, err);
    if (status)
        return status;
    if (!life)
        return hw_fail(err, HW_GAP, "the journal of group %s is signed by a gate that the directory does not know yet",
                       group->code);
    /* The root signed who wrote the directory: no other office decides for a group. */
    if (first && strcmp(life->office, first->office) != 0)
        return hw_fail(err, HW_DENIED, "the journal of group %s is signed by office %s, which does not decide for it",
                       group->code, life->office);
    *key = life->key;
    return HW_OK;
}

/* Applies the events of a segment that the gate has admitted. Own events, and
 * those that taught us their life, are applied already. */
static enum hw_status apply_admitted(struct hw_tx *tx, const struct hw_group *group, struct hw_stream *stream,
                                     const struct hw_opened *opened,
                                     struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < opened->head.n && !status; i++) {
        const struct hw_event *event = &opened->events[i];
        tx->store->clock = hw_stamp_see(tx->store->clock, event->stamp, (uint64_t)tx->wall);
        if (event->seq > stream->tip)
            status = hw_apply_event(tx, stream, group, event, false, err);
    }
    return status;
}

/* The segment attached must be the one that the entry is about. */
static enum hw_status check_head(struct hw_tx *tx, const struct hw_group *group, const struct hw_entry *entry,
                                 struct hw_slice wire, struct hw_err *err)
{
    struct hw_segment head;
    if (!wire.n)
        return HW_OK;
    enum hw_status status = hw_segment_read(wire, &head, err);
    if (status)
        return status;
    if (!hw_slice_is(head.group, group->code) || hw_inc_compare(&head.inc, &entry->inc) != 0 ||
        head.first != entry->seq)
        return hw_fail(err, HW_CORRUPT, "entry %llu of the journal of %s comes with another segment than that of %s",
                       (unsigned long long)entry->position, group->code,
                       hw_segment_event(tx, &entry->inc, hw_slice_text(group->code), entry->seq));
    return HW_OK;
}

enum hw_status hw_journal_admit(struct hw_tx *tx, struct hw_group *group, const struct hw_entry *entry,
                                struct hw_slice wire, struct hw_stream **stream, struct hw_err *err)
{
    struct hw_opened opened;
    struct hw_stored_segment held;
    bool known = true;
    enum hw_status status = check_head(tx, group, entry, wire, err);
    if (!status)
        status = hw_cache_stream_make(tx->store, &entry->inc, group->id, stream, err);
    if (!status && wire.n)
        status = hw_carry_yield(tx, *stream, entry, err);
    if (!status && wire.n)
        status = hw_segment_take(tx, wire, &opened, stream, &known, strcmp(group->code, "directory") == 0, err);
    if (status)
        return status;
    if (known)
        status = hw_segment_get(tx, *stream, entry->seq, true, &held, err);
    if (status == HW_NOT_FOUND)
        return hw_fail(err, status, "%s: headquarters admitted it, and it did not come along: it was left out on its way here",
                       hw_segment_event(tx, &entry->inc, hw_slice_text(group->code), entry->seq));
    if (!known) { /* just stored: it is the stream's last one */
        held.n = opened.head.n;
        memcpy(held.hash, (*stream)->hash, sizeof held.hash);
    }
    if (status)
        return status;
    if (held.n != entry->n || memcmp(held.hash, entry->hash, sizeof held.hash) != 0)
        return hw_fail(err, HW_FORK, "%s: the gate admitted another content than the one here",
                       hw_segment_event(tx, &entry->inc, hw_slice_text(group->code), entry->seq));
    if (!known)
        status = hw_redact_owed(tx, group, &opened, err);
    if (status)
        return status;
    if (entry->seq + entry->n - 1 <= (*stream)->tip)
        return HW_OK; /* our own events */
    if (known)
        status = hw_segment_open(held.wire, &tx->arena, &opened, err);
    return status ? status : apply_admitted(tx, group, *stream, &opened, err);
}

static enum hw_status put_entry(struct hw_tx *tx, struct hw_group *group, const struct hw_entry *entry,
                                const struct hw_journal_item *item, const uint8_t chain[HW_HASH_SIZE],
                                struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_JOURNAL_ADD);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, entry->position));
    hw_bind_blob(statement, 2, item->entry.p, item->entry.n);
    hw_bind_blob(statement, 3, item->signature, item->bare ? 0 : sizeof item->signature);
    hw_bind_blob(statement, 4, chain, HW_HASH_SIZE);
    group->bare = item->bare ? group->bare + 1 : 0;
    group->position = entry->position;
    hw_grown_add(&tx->down, group, &entry->inc, entry->position, entry->position);
    memcpy(group->chain, chain, HW_HASH_SIZE);
    group->dirty = true;
    return hw_sql_run(tx->store, statement, err);
}

/* Whoever has stolen a key that headquarters has changed since must not go on where the later life has begun. */
static enum hw_status check_next_life(struct hw_tx *tx, const struct hw_group *group, const struct hw_inc *next,
                                      struct hw_err *err)
{
    const struct hw_life *now = NULL, *life = NULL;
    enum hw_status status = hw_cache_life(tx, next, &life, err);
    if (!status)
        status = hw_cache_life(tx, &group->life, &now, err);
    if (!status && life && now && life->ended && now->number > life->number)
        return hw_fail(err, HW_DENIED, "the journal of group %s goes on with keys that headquarters has changed", group->code);
    return status;
}

/* About an event that a snapshot stands for: the group begins anew. What this office holds of its own loses its text at once. */
static enum hw_status decided_below(struct hw_tx *tx, struct hw_group *group, struct hw_stream *stream,
                                    const struct hw_entry *entry, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    if (entry->verdict == HW_VERDICT_REDACTED)
        status = hw_redact_body(tx, group, stream, entry->seq, err);
    if (status == HW_NOT_FOUND)
        status = HW_OK;
    if (!status && entry->verdict == HW_VERDICT_REDACTED)
        status = hw_kept_redact(tx, stream, entry->seq, err);
    return status ? status : hw_base_forget(tx, group, err);
}

static enum hw_status not_signed(struct hw_tx *tx, const struct hw_group *group, const struct hw_entry *entry,
                                 struct hw_err *err)
{
    const char *what = entry->type == HW_ENTRY_ROOT
                           ? "a new root key"
                           : hw_segment_event(tx, &entry->inc, hw_slice_text(group->code), entry->seq);
    return hw_fail(err, HW_SIGNATURE, "entry %llu of the journal of %s, about %s, is not signed by headquarters: it was "
                   "changed, left out or made up on its way here", (unsigned long long)entry->position, group->code, what);
}

/* What a verified entry says. `below`: it is about what a snapshot stands for, and the group begins anew. */
static enum hw_status carry_out(struct hw_tx *tx, struct hw_group *group, const struct hw_entry *entry, struct hw_slice wire,
                                bool *below, struct hw_err *err)
{
    struct hw_stream *stream;
    enum hw_status status;
    if (entry->type == HW_ENTRY_ROOT)
        return hw_root_note(tx, entry, err);
    if (entry->type == HW_ENTRY_ADMIT)
        status = hw_journal_admit(tx, group, entry, wire, &stream, err);
    else
        status = hw_cache_stream_make(tx->store, &entry->inc, group->id, &stream, err);
    if (!status && entry->type == HW_ENTRY_ADMIT)
        status = hw_kept_attach(tx, stream, err);
    *below = !status && entry->type == HW_ENTRY_VERDICT && entry->seq <= stream->base;
    if (*below)
        return decided_below(tx, group, stream, entry, err);
    return status ? status : hw_journal_note(tx, group, stream, entry, err);
}

enum hw_status hw_journal_take(struct hw_tx *tx, struct hw_group *group, const struct hw_inc *life,
                               const struct hw_journal_item *item, bool *below, struct hw_err *err)
{
    struct hw_entry entry;
    bool good = false;
    uint8_t chain[HW_HASH_SIZE];
    enum hw_status status = hw_entry_decode(item->entry, &entry, err);
    if (status || entry.position <= group->position)
        return status; /* held already: sent again after a cut */
    if (entry.position != group->position + 1)
        return hw_fail(err, HW_GAP, "entry %llu of the journal of %s came before entry %llu",
                       (unsigned long long)entry.position, group->code, (unsigned long long)group->position + 1);
    hw_entry_chain(tx->store->identity.root, hw_slice_text(group->code), life, group->chain, item->entry, chain);
    good = item->bare; /* the next one that has a signature covers it */
    if (!item->bare)
        status = hw_journal_signed(tx, group, life, &entry, entry.position, chain, item->signature, &good, err);
    if (!status && hw_inc_compare(&group->life, life) != 0 && group->bare)
        status = hw_fail(err, HW_GAP, "entry %llu of the journal of %s came before the signature of those before it",
                         (unsigned long long)entry.position, group->code);
    if (!status && group->position && hw_inc_compare(&group->life, life) != 0) /* a hub that recovers gave an empty one its own life */
        status = check_next_life(tx, group, life, err);
    if (!status && hw_inc_compare(&group->life, life) != 0)
        status = hw_gate_life_begin(tx->store, group, life, err);
    if (status)
        return status;
    if (!good)
        return not_signed(tx, group, &entry, err);
    status = hw_root_owed(tx, group, &entry, err);
    if (!status)
        status = carry_out(tx, group, &entry, item->segment, below, err);
    return status || *below ? status : put_entry(tx, group, &entry, item, chain, err);
}

/* A later life's signature does not show what the one before has said: nobody could be given these entries. */
enum hw_status hw_tx_cut_bare(struct hw_tx *tx, const struct hw_journal_message *message, bool *cut, struct hw_err *err)
{
    const struct hw_group *group = hw_cache_group(tx->store, message->group);
    struct hw_entry last;
    *cut = false;
    if (!group || group->bare == 0 || message->items_n == 0 || hw_inc_compare(&group->life, &message->life) == 0)
        return HW_OK;
    enum hw_status status = hw_entry_decode(message->items[message->items_n - 1].entry, &last, err);
    if (status)
        return status;
    *cut = last.position > group->position;
    return *cut ? hw_tx_rebase(tx, group->code, group->position - group->bare, err) : HW_OK;
}

enum hw_status hw_tx_take_journal(struct hw_tx *tx, const struct hw_journal_message *message, struct hw_err *err)
{
    struct hw_group *group;
    enum hw_status status = hw_cache_group_make(tx->store, message->group, &group, err);
    if (status)
        return status;
    int64_t id = group->id;
    size_t n = message->items_n; /* entries without a signature count with one that has it; the job undoes them when it is wrong */
    while (n > 0 && message->items[n - 1].bare)
        n--;
    bool below = false; /* what comes behind it comes again in the next session */
    for (size_t i = 0; i < n && !status && !below; i++)
        status = hw_journal_take(tx, hw_cache_group_by_id(tx->store, id), &message->life, &message->items[i], &below, err);
    return status;
}

/* The segment that an ADMIT entry is about, unless `reader` wrote it. */
static enum hw_status attach(struct hw_tx *tx, const struct hw_group *group, struct hw_slice bytes,
                             const struct hw_inc *reader, bool *admit, struct hw_slice *wire, struct hw_err *err)
{
    struct hw_entry entry;
    struct hw_stored_segment segment;
    enum hw_status status = hw_entry_decode(bytes, &entry, err);
    *admit = !status && entry.type == HW_ENTRY_ADMIT;
    if (!*admit || (reader && hw_inc_compare(&entry.inc, reader) == 0))
        return status;
    struct hw_stream *stream = hw_cache_stream(tx->store, &entry.inc, group->id);
    if (!stream)
        return hw_fail(err, HW_CORRUPT, "the journal of %s names a stream that is not held", group->code);
    status = hw_segment_get(tx, stream, entry.seq, true, &segment, err);
    if (!status)
        *wire = segment.wire;
    return status;
}

/* The life that wrote `from`, where its part ends, and the chain before it. */
static enum hw_status part_at(struct hw_tx *tx, const struct hw_group *group, uint64_t from,
                              struct hw_journal_message *head, uint64_t *end, struct hw_err *err)
{
    uint64_t first;
    head->group = hw_arena_slice(&tx->arena, hw_slice_text(group->code));
    enum hw_status status = hw_gate_life_at(tx->store, group, from, &head->life, &first, end, err);
    if (!status)
        status = hw_journal_chain(tx, group, from - 1, head->chain, err);
    if (status == HW_NOT_FOUND)
        return hw_fail(err, HW_CORRUPT, "entry %llu of the journal of %s has no gate", (unsigned long long)from,
                       group->code);
    return status;
}

/* A place in the items of a message. */
struct mark {
    size_t bytes, n;
    uint64_t last;
};

enum { ROOM = HW_MESSAGE_SIZE - 1024 }; /* the envelope around the entries */

/* The items of one message, written one after the other. */
struct pack {
    struct hw_out *items;
    size_t max;
    struct mark now, sure; /* sure: behind the last entry that has a signature */
    struct mark run, run_sure; /* both where the last ADMIT begins */
};

/* Adds an entry; false when it has no room. A verdict stands in one message with its ADMIT where that is possible, so that
 * who reads the message sees all that was decided about a segment. */
static bool pack_item(struct pack *pack, const struct hw_journal_item *item, bool admit, uint64_t position)
{
    /* Entries without a signature go with the one that has it, however little was asked for. */
    size_t sure = admit ? pack->sure.n : pack->run_sure.n; /* what is left when the message ends before this one */
    size_t max = sure == 0 && pack->max < ROOM ? ROOM : pack->max;
    if (pack->now.n > 0 && pack->items->n + item->entry.n + item->segment.n + HW_SIGNATURE_SIZE > max) {
        if (!admit && sure > 0) {
            pack->now = pack->run;
            pack->sure = pack->run_sure;
        }
        return false;
    }
    if (admit) {
        pack->run = pack->now;
        pack->run_sure = pack->sure;
    }
    hw_journal_item(pack->items, item);
    pack->now = (struct mark){pack->items->n, pack->now.n + 1, position};
    if (!item->bare)
        pack->sure = pack->now;
    return true;
}

enum hw_status hw_tx_journal_down(struct hw_tx *tx, const char *code, uint64_t from, size_t max,
                                  const struct hw_inc *reader, struct hw_out *items, size_t *n, uint64_t *last,
                                  struct hw_journal_message *head, struct hw_err *err)
{
    struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(code));
    struct pack pack = {.items = items, .max = max, .now.last = from - 1, .sure.last = from - 1};
    uint64_t end;
    bool admit;
    *n = 0;
    *last = from - 1;
    *head = (struct hw_journal_message){0};
    if (!group || from > group->position)
        return HW_OK;
    enum hw_status status = part_at(tx, group, from, head, &end, err);
    if (status)
        return status;
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_JOURNAL_FROM);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, from));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(group->id, end));
    while (!(status = hw_sql_step(tx->store, statement, err))) {
        struct hw_journal_item item = {.entry = hw_column_blob(statement, 1)};
        struct hw_slice signature = hw_column_blob(statement, 2);
        item.bare = signature.n != sizeof item.signature;
        if (!item.bare)
            memcpy(item.signature, signature.p, signature.n);
        status = attach(tx, group, item.entry, reader, &admit, &item.segment, err);
        if (status || !pack_item(&pack, &item, admit, (uint64_t)(sqlite3_column_int64(statement, 0) & HW_ROW_LAST)))
            break;
    }
    sqlite3_reset(statement);
    items->n = pack.sure.bytes; /* entries behind it, whose signature is not known here yet, prove nothing to anybody */
    *n = pack.sure.n;
    *last = pack.sure.last;
    return status == HW_NOT_FOUND ? HW_OK : status;
}
