/* store_late.c: what an earlier life of this gate decided, taken over into the
 * journal of the present one (floor 2).
 *
 * A segment is admitted with the time of its first admission, and is not judged again. Admitted by any life beats refused:
 * what the earlier life admitted and this one refused is lifted; what this one admitted by its own judgement stays admitted.
 * The earliest RECLOCK stands. Everything is found out from what is held, so the same entries may come twice. */
#include "daemon/store_late.h"

#include <stdio.h>
#include <string.h>

#include "daemon/store_branch.h"
#include "headway/stamp.h"

/* What an item takes in a message beyond entry, signature and segment, and the longest verdict with its signature. */
enum { ITEM_HEADS = 11, VERDICT_MAX = 640 };

/* The verdicts of one segment are compared with those of this life in their order; where they do not fit one message, the
 * place is kept until the next one comes from the same office ("late OFFICE" in the table node). */
struct page {
    struct hw_inc inc;
    uint64_t next, end;          /* events not compared yet: from `next` on, before `end`; end 0: none */
    uint8_t chain[HW_HASH_SIZE]; /* after the last entry seen: the next message goes on from there */
};

struct late {
    struct hw_tx *tx;
    int64_t group;
    const struct hw_journal_message *message;
    const struct hw_entry *entries;
    const char *office;
    const char *note;
    struct page page;
    const struct hw_entry *left; /* the ADMIT before, when its segment was not taken: its verdicts are about nothing here */
};

static struct hw_group *group_of(const struct late *late)
{
    return hw_cache_group_by_id(late->tx->store, late->group);
}

/* One line says what stays behind at that office alone. */
static void skip(struct late *late, const struct hw_entry *entry, const char *why)
{
    unsigned number;
    const char *owner = hw_tx_office_of(late->tx, &entry->inc, &number);
    if (*late->note)
        return; /* what follows in the stream cannot be taken for the same reason */
    late->note = hw_arena_printf(&late->tx->arena,
                                 "office %s handed back event %llu of %s.%u in group %s, which cannot be taken: %s; it is "
                                 "held at %s alone",
                                 late->office, (unsigned long long)entry->seq, owner, number, group_of(late)->code, why,
                                 late->office);
}

/* What counts of an event here: 0 for no verdict. */
static enum hw_status verdict_of(struct hw_tx *tx, const struct hw_stream *stream, uint64_t seq, uint8_t *verdict,
                                 uint64_t *stamp, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_VERDICT_GET);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, seq));
    enum hw_status status = hw_sql_step(tx->store, statement, err);
    *verdict = status ? 0 : (uint8_t)sqlite3_column_int(statement, 0);
    *stamp = status ? 0 : (uint64_t)sqlite3_column_int64(statement, 2);
    sqlite3_reset(statement);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* The arrival that the admission here has; a decision taken over has that of the first one. */
static enum hw_status received_at(struct hw_tx *tx, const struct hw_stream *stream, uint64_t seq, uint64_t *time_ms,
                                  struct hw_err *err)
{
    struct hw_stored_segment segment;
    *time_ms = 0;
    enum hw_status status = hw_segment_get(tx, stream, seq, false, &segment, err);
    if (status)
        return status;
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_ADMIT_GET);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, segment.first));
    status = hw_sql_step(tx->store, statement, err);
    if (!status)
        *time_ms = (uint64_t)sqlite3_column_int64(statement, 1);
    sqlite3_reset(statement);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* Whether the item behind `at` is another verdict about the same segment. */
static bool verdict_follows(const struct late *late, size_t at)
{
    const struct hw_entry *entry = &late->entries[at], *next = entry + 1;
    return at + 1 < late->message->items_n && next->type == HW_ENTRY_VERDICT && hw_inc_compare(&next->inc, &entry->inc) == 0 &&
           next->seq >= entry->seq && (entry->type == HW_ENTRY_VERDICT || next->seq < entry->seq + entry->n);
}

/* Appends a decision to this life's journal, and carries it out. */
static enum hw_status decide(struct late *late, struct hw_stream *stream, struct hw_entry *entry, bool more, struct hw_err *err)
{
    struct hw_group *group = group_of(late);
    enum hw_status status = hw_gate_append(late->tx, group, entry, more, err);
    return status ? status : hw_journal_note(late->tx, group, stream, entry, err);
}

static enum hw_status lift(struct late *late, struct hw_stream *stream, uint64_t seq, struct hw_err *err)
{
    struct hw_entry entry = {.type = HW_ENTRY_VERDICT, .inc = stream->inc, .seq = seq, .verdict = HW_VERDICT_LIFTED,
                             .text = hw_slice_text("an earlier life of headquarters had admitted it")};
    return decide(late, stream, &entry, false, err);
}

/* A sender ends a message where the next entry has no room; see pack_item. */
static bool was_full(const struct late *late)
{
    size_t bytes = 0;
    for (size_t i = 0; i < late->message->items_n; i++)
        bytes += late->message->items[i].entry.n + late->message->items[i].segment.n + HW_SIGNATURE_SIZE + ITEM_HEADS;
    return bytes > HW_MESSAGE_SIZE - 1024 - VERDICT_MAX;
}

/* Lifts what this life alone refused, of the events from `from` on and before `to`. */
static enum hw_status lift_between(struct late *late, struct hw_stream *stream, uint64_t from, uint64_t to,
                                   struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (uint64_t seq = from; seq < to && !status; seq++) {
        uint8_t verdict;
        uint64_t stamp;
        status = verdict_of(late->tx, stream, seq, &verdict, &stamp, err);
        if (!status && verdict == HW_VERDICT_REFUSED)
            status = lift(late, stream, seq, err);
    }
    return status;
}

/* Judged by both lives: goes along the earlier one's verdicts, which begin at item `i` and are in the order of their
 * events. `parted`: they may go on in the next message. */
static enum hw_status compare(struct late *late, struct page page, size_t i, bool parted, struct hw_err *err)
{
    struct hw_stream *stream = hw_cache_stream(late->tx->store, &page.inc, late->group);
    enum hw_status status = stream ? HW_OK : hw_fail(err, HW_CORRUPT, "verdicts about a stream that is not held");
    for (; !status && i < late->message->items_n; i++) {
        const struct hw_entry *next = &late->entries[i];
        if (next->type != HW_ENTRY_VERDICT || hw_inc_compare(&next->inc, &page.inc) != 0 || next->seq + 1 < page.next ||
            next->seq >= page.end)
            break;
        status = lift_between(late, stream, page.next, next->seq, err);
        if (next->seq + 1 > page.next)
            page.next = next->seq + (next->verdict == HW_VERDICT_REFUSED);
    }
    if (!status && parted && i == late->message->items_n && was_full(late)) {
        late->page = page;
        return HW_OK;
    }
    return status ? status : lift_between(late, stream, page.next, page.end, err);
}

static const char *page_key(const struct late *late)
{
    return hw_arena_printf(&late->tx->arena, "late %s", late->office);
}

static enum hw_status keep_page(const struct late *late, struct hw_err *err)
{
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    const struct page *page = &late->page;
    if (!page->end)
        return HW_OK;
    hw_put_array(&out, 4);
    hw_put_bytes(&out, page->inc.b, sizeof page->inc.b);
    hw_put_uint(&out, page->next);
    hw_put_uint(&out, page->end);
    hw_put_bytes(&out, page->chain, sizeof page->chain);
    return hw_tx_put(late->tx, page_key(late), hw_out_slice(&out), err);
}

/* Goes on where the message before ended. One that is not followed is of no use: who hands back again begins at the
 * ADMIT. */
static enum hw_status go_on(struct late *late, struct hw_err *err)
{
    struct hw_slice value;
    struct page page = {0};
    const char *key = page_key(late);
    enum hw_status status = hw_tx_get(late->tx, key, &value);
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : hw_fail(err, status, "what this hub noted of office %s cannot be read", late->office);
    struct hw_in in = hw_in_of(value);
    bool head = hw_get_array(&in) == 4;
    hw_get_fixed(&in, page.inc.b, sizeof page.inc.b);
    page.next = hw_get_uint_max(&in, INT64_MAX);
    page.end = hw_get_uint_max(&in, INT64_MAX);
    hw_get_fixed(&in, page.chain, sizeof page.chain);
    bool follows = head && hw_in_end(&in) && memcmp(page.chain, late->message->chain, sizeof page.chain) == 0;
    status = hw_tx_drop(late->tx, key, err);
    return status || !follows ? status : compare(late, page, 0, true, err);
}

static enum hw_status admit(struct late *late, size_t at, struct hw_err *err)
{
    struct hw_tx *tx = late->tx;
    const struct hw_entry *entry = &late->entries[at];
    struct hw_slice wire = late->message->items[at].segment;
    struct hw_stream *stream;
    struct hw_entry again = *entry;
    uint64_t received;
    const char *why = "";
    enum hw_status status = hw_cache_stream_make(tx->store, &entry->inc, late->group, &stream, err);
    if (status)
        return status;
    if (entry->seq > stream->admitted + 1)
        why = "events before it are missing here";
    else
        status = hw_segment_fits(tx, stream, entry->seq, entry->hash, wire, &why, err);
    if (status)
        return status;
    late->left = *why ? entry : NULL;
    if (*why) {
        uint64_t tip = 0;
        if (wire.n)
            status = hw_branch_take(tx, late->office, wire, &tip, err);
        if (!status && !tip)
            skip(late, entry, why);
        return status;
    }
    if (entry->seq <= stream->admitted) {
        status = received_at(tx, stream, entry->seq, &received, err);
        if (status || received == entry->time_ms)
            return status; /* taken over already */
        const struct page page = {.inc = entry->inc, .next = entry->seq, .end = entry->seq + entry->n};
        return compare(late, page, at + 1, at == 0, err); /* else all of them are here: see pack_item */
    }
    status = hw_journal_admit(tx, group_of(late), entry, wire, &stream, err);
    return status ? status : decide(late, stream, &again, verdict_follows(late, at), err);
}

static bool of_left(const struct late *late, const struct hw_entry *verdict)
{
    const struct hw_entry *left = late->left;
    return left && hw_inc_compare(&left->inc, &verdict->inc) == 0 && verdict->seq >= left->seq &&
           verdict->seq < left->seq + left->n;
}

/* Of an event that goes by another name now, which was judged anew: only that its text is taken out is said again. */
static enum hw_status rename_verdict(struct late *late, struct hw_entry *entry, bool *judged, struct hw_err *err)
{
    struct hw_name name = {.inc = entry->inc, .seq = entry->seq};
    bool found;
    enum hw_status status = hw_branch_name(late->tx, late->office, late->group, &name, &found, err);
    entry->inc = name.inc;
    entry->seq = name.seq;
    *judged = found && entry->verdict != HW_VERDICT_REDACTED;
    return status;
}

/* Repeats a verdict of the earlier life where it still counts. */
static enum hw_status repeat(struct late *late, size_t at, struct hw_err *err)
{
    struct hw_entry *entry = hw_arena_copy(&late->tx->arena, &late->entries[at], sizeof *entry);
    bool judged;
    enum hw_status status = rename_verdict(late, entry, &judged, err);
    if (status || judged)
        return status;
    struct hw_stream *stream = hw_cache_stream(late->tx->store, &entry->inc, late->group);
    struct hw_entry again = *entry;
    uint8_t here;
    uint64_t stamp, received;
    if (!stream || entry->seq > stream->admitted || of_left(late, entry))
        return HW_OK; /* its segment could not be taken */
    status = verdict_of(late->tx, stream, entry->seq, &here, &stamp, err);
    if (!status)
        status = received_at(late->tx, stream, entry->seq, &received, err);
    if (status)
        return status;
    bool counts = false;
    switch (entry->verdict) {
    case HW_VERDICT_REFUSED: /* in the job of its ADMIT: another arrival here means that this life judged it itself */
        counts = here == 0 && received == entry->time_ms;
        break;
    case HW_VERDICT_RECLOCKED:
        counts = here == 0 || here == HW_VERDICT_REFUSED || here == HW_VERDICT_LIFTED ||
                 (here == HW_VERDICT_RECLOCKED && entry->stamp < stamp);
        break;
    default:
        counts = here != entry->verdict;
        if (here != HW_VERDICT_REFUSED)
            again.code = 0; /* a REDACTED goes on with what counts here */
        if (here == HW_VERDICT_RECLOCKED && (!again.stamp || stamp < again.stamp))
            again.stamp = stamp;
    }
    return counts ? decide(late, stream, &again, verdict_follows(late, at), err) : HW_OK;
}

/* Whether it stands in this journal in the same place: the office hands back from before the common end. */
static enum hw_status held_here(struct late *late, size_t at, uint8_t chain[HW_HASH_SIZE], bool *held,
                                struct hw_err *err)
{
    uint8_t here[HW_HASH_SIZE];
    const struct hw_journal_message *message = late->message;
    hw_entry_chain(late->tx->store->identity.root, message->group, &message->life, chain, message->items[at].entry,
                   chain);
    enum hw_status status = hw_journal_chain(late->tx, group_of(late), late->entries[at].position, here, err);
    *held = !status && memcmp(here, chain, sizeof here) == 0;
    return status == HW_NOT_FOUND ? HW_OK : status;
}

enum hw_status hw_late_take(struct hw_tx *tx, const char *office, struct hw_group *group,
                            const struct hw_journal_message *message, const struct hw_entry *entries, const char **note,
                            struct hw_err *err)
{
    struct late late = {.tx = tx, .group = group->id, .message = message, .entries = entries, .office = office, .note = ""};
    uint8_t chain[HW_HASH_SIZE];
    enum hw_status status = go_on(&late, err);
    memcpy(chain, message->chain, sizeof chain);
    for (size_t i = 0; i < message->items_n && !status; i++) {
        bool held;
        status = held_here(&late, i, chain, &held, err);
        if (!status && !held)
            status = entries[i].type == HW_ENTRY_ADMIT ? admit(&late, i, err)
                     : entries[i].type == HW_ENTRY_VERDICT ? repeat(&late, i, err) : HW_OK;
    }
    memcpy(late.page.chain, chain, sizeof chain);
    if (!status)
        status = hw_gate_sign(tx, group_of(&late), err);
    if (!status)
        status = keep_page(&late, err);
    *note = late.note;
    /* What waited for this may be admitted now. */
    if (!status)
        status = hw_gate_judge(tx, group_of(&late), err);
    if (!status && strcmp(group_of(&late)->code, "directory") == 0)
        status = hw_lives_number(tx, false, err);
    return status ? status : hw_redact_again(tx, group_of(&late), err);
}
