/* store_against.c: see store_against.h (floor 2).
 *
 * Two contents for one event name that both verify prove that two copies of an office wrote (a fork); one that does not verify
 * proves that somebody changed the file. Message by message, as a bundle is taken, with memory for one. */
#include "daemon/store_against.h"

#include <stdio.h>
#include <string.h>

#include "daemon/store_internal.h"

/* How far one stream, or (with an empty `inc`) one journal, goes in the file. */
struct extent {
    struct hw_inc inc;
    char group[HW_GROUP_MAX + 1];
    uint64_t first, last;
    uint8_t hash[HW_HASH_SIZE]; /* of its last segment; of a stream alone */
    bool hashed;
};

struct comparison {
    struct hw_tx *tx;
    struct hw_against *against;
    struct hw_out extents;
    uint64_t handed; /* where the file itself hands the root over, behind what is held here; 0: nowhere */
    uint8_t root[HW_SIGN_PUBLIC];
};

static void put_place(struct hw_places *places, const char *where)
{
    if (places->all++ < HW_AGAINST_MAX) {
        hw_put_text(&places->list, where);
        places->n++;
    }
}

static void fault(struct comparison *c, const char *where, const char *message)
{
    struct hw_places *faults = &c->against->faults;
    if (faults->all++ >= HW_AGAINST_MAX)
        return;
    hw_put_map(&faults->list, 2);
    hw_put_text(&faults->list, "where");
    hw_put_text(&faults->list, where);
    hw_put_text(&faults->list, "message");
    hw_put_text(&faults->list, message);
    faults->n++;
}

static const char *event_name(struct hw_tx *tx, const struct hw_inc *inc, const char *group, uint64_t first,
                              uint64_t last)
{
    unsigned life;
    const char *office = hw_tx_office_of(tx, inc, &life);
    const char *name = hw_event_name(&tx->arena, office, life, group, first);
    return last == first ? name : hw_arena_printf(&tx->arena, "%s-%llu", name, (unsigned long long)last);
}

static const char *entry_name(struct hw_tx *tx, const char *group, uint64_t first, uint64_t last)
{
    return last == first ? hw_arena_printf(&tx->arena, "journal of %s, entry %llu", group, (unsigned long long)first)
                         : hw_arena_printf(&tx->arena, "journal of %s, entries %llu-%llu", group, (unsigned long long)first,
                                           (unsigned long long)last);
}

static struct extent *extent_of(struct comparison *c, const struct hw_inc *inc, struct hw_slice group)
{
    struct extent *all = (void *)c->extents.p, made = {.inc = *inc};
    size_t n = c->extents.n / sizeof *all;
    for (size_t i = 0; i < n; i++)
        if (hw_inc_compare(&all[i].inc, inc) == 0 && hw_slice_is(group, all[i].group))
            return &all[i];
    memcpy(made.group, group.p, group.n < HW_GROUP_MAX ? group.n : HW_GROUP_MAX);
    hw_put_raw(&c->extents, &made, sizeof made);
    return (struct extent *)(void *)c->extents.p + n;
}

static void reach(struct extent *extent, uint64_t first, uint64_t last)
{
    if (!extent->first || first < extent->first)
        extent->first = first;
    if (last > extent->last)
        extent->last = last;
}

/* -- one segment -- */

/* The same change: what a redaction took out of one of them aside. */
static bool same_event(const struct hw_event *a, const struct hw_event *b, const struct hw_inc *inc)
{
    static const uint8_t seed[HW_SEED_SIZE];
    struct hw_out x HW_CLEANUP(hw_out_done) = {0}, y HW_CLEANUP(hw_out_done) = {0};
    if (a->redacted || b->redacted)
        return true;
    hw_body_encode(&x, inc, seed, a, 1, NULL);
    hw_body_encode(&y, inc, seed, b, 1, NULL);
    return hw_slice_equal(hw_out_slice(&x), hw_out_slice(&y));
}

/* The first event of the segment that is another one here; 0: none is. */
static enum hw_status first_other(struct comparison *c, const struct hw_stream *stream, const struct hw_opened *theirs,
                                  uint64_t *other, struct hw_err *err)
{
    *other = 0;
    for (size_t i = 0; i < theirs->head.n && theirs->events[i].seq <= stream->sealed; i++) {
        struct hw_stored_segment held;
        struct hw_opened ours;
        uint64_t seq = theirs->events[i].seq;
        enum hw_status status = hw_segment_get(c->tx, stream, seq, false, &held, err);
        if (!status)
            status = hw_segment_open(held.wire, &c->tx->arena, &ours, err);
        if (status)
            return status;
        if (!same_event(&theirs->events[i], &ours.events[seq - held.first], &stream->inc)) {
            *other = seq;
            return HW_OK;
        }
    }
    return HW_OK;
}

/* Whether its office signed it, where `previous` stands before it. */
static bool signed_after(struct comparison *c, const struct hw_opened *opened, const struct hw_life *life,
                         const uint8_t previous[HW_HASH_SIZE], uint8_t hash[HW_HASH_SIZE])
{
    struct hw_binding binding = {.office = hw_slice_text(life->office)};
    memcpy(binding.root, c->tx->store->identity.root, sizeof binding.root);
    hw_segment_hash(opened, &binding, previous, hash);
    return hw_segment_verify(opened, hash, life->key, NULL) == HW_OK;
}

/* One segment of the file. */
struct piece {
    struct hw_opened opened;
    const struct hw_life *life;
    const struct hw_stream *stream; /* NULL: nothing of it is held */
    const char *group, *name;
    uint8_t hash[HW_HASH_SIZE];
    bool checked, good; /* its signature could be looked at; it holds */
};

/* Behind what is held here, or behind what the file holds before it. */
static enum hw_status check_piece(struct comparison *c, struct piece *piece, const struct extent *extent,
                                  struct hw_err *err)
{
    const struct hw_segment *head = &piece->opened.head;
    struct hw_stored_segment before = {.hash = {0}};
    uint64_t sealed = piece->stream ? piece->stream->sealed : 0;
    if (head->first <= sealed + 1) {
        enum hw_status status = HW_OK;
        if (head->first > 1)
            status = hw_segment_get(c->tx, piece->stream, head->first - 1, false, &before, err);
        if (status)
            return status;
        piece->checked = head->first == 1 || before.first + before.n == head->first;
        piece->good = piece->checked && signed_after(c, &piece->opened, piece->life, before.hash, piece->hash);
    }
    if (!piece->good && extent->hashed && extent->last + 1 == head->first) {
        piece->checked = true;
        piece->good = signed_after(c, &piece->opened, piece->life, extent->hash, piece->hash);
    }
    return HW_OK;
}

static enum hw_status judge_piece(struct comparison *c, struct piece *piece, struct hw_slice wire, struct hw_err *err)
{
    const struct hw_segment *head = &piece->opened.head;
    struct hw_stored_segment held;
    uint64_t other;
    if (piece->checked && !piece->good) {
        fault(c, piece->name, "the signature does not hold: the file was changed on its way");
        return HW_OK;
    }
    if (!piece->stream || head->first > piece->stream->sealed) {
        put_place(&c->against->missing_here, piece->name);
        return HW_OK;
    }
    enum hw_status status = hw_segment_get(c->tx, piece->stream, head->first, true, &held, err);
    if (status && status != HW_NOT_FOUND)
        return status;
    if (!status && (hw_slice_equal(held.wire, wire) ||
                    (piece->good && memcmp(held.hash, piece->hash, sizeof held.hash) == 0))) {
        c->against->same += head->n;
        return HW_OK;
    }
    status = first_other(c, piece->stream, &piece->opened, &other, err);
    if (status)
        return status;
    const char *where = event_name(c->tx, &head->inc, piece->group, other ? other : head->first, other ? other : head->first);
    if (!piece->good)
        fault(c, where, "the file has another change under this name, and nothing proves that its office wrote it");
    else
        fault(c, where, hw_arena_printf(&c->tx->arena, "two %s under this name, both signed by %s: a copy of that office was at work, "
                                        "or a backup was put back (fork)", other ? "changes" : "segments", piece->life->office));
    return HW_OK;
}

static enum hw_status look_at_segment(struct comparison *c, struct hw_slice wire, struct hw_err *err)
{
    struct hw_tx *tx = c->tx;
    struct piece piece = {.group = ""};
    struct hw_err why;
    if (hw_segment_open(wire, &tx->arena, &piece.opened, &why) != HW_OK) {
        fault(c, "a segment", why.text);
        return HW_OK;
    }
    const struct hw_segment *head = &piece.opened.head;
    const struct hw_group *group = hw_cache_group(tx->store, head->group);
    uint64_t last = head->first + head->n - 1;
    piece.group = hw_arena_text(&tx->arena, head->group.p, head->group.n);
    piece.name = event_name(tx, &head->inc, piece.group, head->first, last);
    piece.stream = group ? hw_cache_stream(tx->store, &head->inc, group->id) : NULL;
    c->against->segments++;
    c->against->events += head->n;
    struct extent *extent = extent_of(c, &head->inc, head->group);
    enum hw_status status = hw_cache_life(tx, &head->inc, &piece.life, err);
    if (!status && piece.life)
        status = check_piece(c, &piece, extent, err);
    if (!status)
        status = piece.life || piece.stream ? judge_piece(c, &piece, wire, err) : HW_OK;
    if (!piece.life && !piece.stream)
        put_place(&c->against->missing_here, piece.name);
    reach(extent, head->first, last);
    extent->hashed = piece.good;
    memcpy(extent->hash, piece.hash, sizeof extent->hash);
    return status;
}

/* -- journals -- */

static enum hw_status look_at_entry(struct comparison *c, const struct hw_group *group, const struct hw_entry *entry,
                                    struct hw_slice bytes, const char *code, struct hw_err *err)
{
    if (!group || entry->position > group->position) {
        put_place(&c->against->missing_here, entry_name(c->tx, code, entry->position, entry->position));
        return HW_OK;
    }
    sqlite3_stmt *statement = hw_sql(c->tx->store, SQL_JOURNAL_GET);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, entry->position));
    enum hw_status status = hw_sql_step(c->tx->store, statement, err);
    if (!status && !hw_slice_equal(hw_column_blob(statement, 0), bytes))
        fault(c, entry_name(c->tx, code, entry->position, entry->position),
              "headquarters' journal says another thing here, both signed: was headquarters put back from a backup? (fork)");
    sqlite3_reset(statement);
    return status;
}

/* Whether headquarters signed it, as far as the directory here can tell: a file may be ahead of it, hand-overs of the root
 * included. */
static bool may_be_signed(struct comparison *c, const struct hw_group *group, const struct hw_journal_message *journal,
                          const struct hw_entry *entry, const uint8_t chain[HW_HASH_SIZE], const uint8_t *signature)
{
    struct hw_err why;
    bool good = true, ahead = hw_slice_is(journal->group, "directory") && c->handed && entry->position > c->handed;
    if (!group)
        return true;
    if (ahead)
        good = hw_root_signed(c->tx->store, c->root, entry, chain, signature);
    else if (hw_journal_signed(c->tx, group, &journal->life, entry, entry->position, chain, signature, &good, &why) != HW_OK)
        return true;
    if (good && entry->type == HW_ENTRY_ROOT && entry->position > group->position) {
        c->handed = entry->position;
        memcpy(c->root, entry->handover.to, sizeof c->root);
    }
    return good;
}

static enum hw_status look_at_journal(struct comparison *c, const struct hw_journal_message *journal, struct hw_err *err)
{
    static const struct hw_inc none;
    struct hw_tx *tx = c->tx;
    const struct hw_group *group = hw_cache_group(tx->store, journal->group);
    const char *code = hw_arena_text(&tx->arena, journal->group.p, journal->group.n);
    struct hw_err why;
    uint8_t chain[HW_HASH_SIZE];
    enum hw_status status = HW_OK;
    memcpy(chain, journal->chain, sizeof chain);
    for (size_t i = 0; i < journal->items_n && !status; i++) {
        const struct hw_journal_item *item = &journal->items[i];
        struct hw_entry entry;
        if (hw_entry_decode(item->entry, &entry, &why) != HW_OK) {
            fault(c, hw_arena_printf(&tx->arena, "journal of %s", code), why.text);
            return HW_OK;
        }
        hw_entry_chain(tx->store->identity.root, journal->group, &journal->life, chain, item->entry, chain);
        c->against->entries++;
        if (!item->bare && !may_be_signed(c, group, journal, &entry, chain, item->signature))
            fault(c, entry_name(tx, code, entry.position, entry.position),
                  "headquarters did not sign it: the file was changed on its way");
        else
            status = look_at_entry(c, group, &entry, item->entry, code, err);
        reach(extent_of(c, &none, journal->group), entry.position, entry.position);
        if (!status && item->segment.n)
            status = look_at_segment(c, item->segment, err);
    }
    return status;
}

/* -- what the file lacks -- */

static void lacks(struct comparison *c, const struct extent *extent, const struct hw_group *group,
                  const struct hw_stream *stream)
{
    struct hw_tx *tx = c->tx;
    uint64_t held = stream ? stream->sealed : group->position;
    uint64_t ranges[2][2] = {{1, extent->first ? extent->first - 1 : 0}, {extent->last + 1, held}};
    for (size_t i = 0; i < 2; i++)
        if (ranges[i][0] <= ranges[i][1])
            put_place(&c->against->missing_there,
                      stream ? event_name(tx, &stream->inc, group->code, ranges[i][0], ranges[i][1])
                             : entry_name(tx, group->code, ranges[i][0], ranges[i][1]));
}

/* Of groups that the file has nothing of, it need not have anything. */
static void find_lacking(struct comparison *c)
{
    static const struct hw_inc none;
    const struct hw_store *store = c->tx->store;
    for (size_t i = 0; i < store->groups_n; i++) {
        const struct hw_group *group = &store->groups[i];
        struct extent journal = *extent_of(c, &none, hw_slice_text(group->code));
        if (!journal.first)
            continue;
        lacks(c, &journal, group, NULL);
        for (size_t k = 0; k < store->streams_n; k++)
            if (store->streams[k].group == group->id && store->streams[k].sealed) {
                struct extent extent = *extent_of(c, &store->streams[k].inc, hw_slice_text(group->code));
                lacks(c, &extent, group, &store->streams[k]);
            }
    }
}

static enum hw_status look_at(struct comparison *c, struct hw_slice bytes, struct hw_err *err)
{
    struct hw_message message;
    struct hw_err why;
    enum hw_status status = HW_OK;
    if (hw_message_decode(bytes, &c->tx->arena, &message, &why) != HW_OK) {
        fault(c, "a message", why.text);
        return HW_OK;
    }
    if (message.type == HW_JOURNAL)
        return look_at_journal(c, &message.body.journal, err);
    for (size_t i = 0; message.type == HW_SEGMENTS && i < message.body.segments.n && !status; i++)
        status = look_at_segment(c, message.body.segments.wires[i], err);
    return status;
}

enum hw_status hw_tx_against(struct hw_tx *tx, const struct hw_bundle *bundle, hw_bundle_source *source, void *self,
                             struct hw_against *against, struct hw_err *err)
{
    struct comparison c = {.tx = tx, .against = against};
    const struct hw_life *life;
    struct hw_slice bytes;
    if (memcmp(tx->store->identity.root, bundle->root, sizeof bundle->root) != 0)
        return hw_fail(err, HW_DENIED, "this bundle is of another headquarters than this node's");
    enum hw_status status = hw_cache_life(tx, &bundle->inc, &life, err);
    against->known = !status && life && strcmp(life->office, bundle->office) == 0 &&
                     memcmp(life->key, bundle->sign_key, sizeof life->key) == 0;
    while (!status && !(status = source(self, &bytes, err))) {
        status = look_at(&c, bytes, err);
        hw_records_forget(tx);
        hw_arena_reset(&tx->arena);
    }
    if (status == HW_NOT_FOUND) {
        find_lacking(&c);
        status = HW_OK;
    }
    hw_out_done(&c.extents);
    return status;
}

void hw_against_done(struct hw_against *against)
{
    hw_out_done(&against->faults.list);
    hw_out_done(&against->missing_here.list);
    hw_out_done(&against->missing_there.list);
}
