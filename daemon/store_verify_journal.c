/* store_verify_journal.c: journals looked at again, and what must follow from
 * them: admissions and verdicts (floor 2). */
#include <stdlib.h>
#include <string.h>

#include "daemon/store_news.h"
#include "daemon/store_verify_internal.h"

/* How far one journal was followed. */
struct journal {
    const struct hw_group *group;
    uint64_t position;
    uint8_t chain[HW_HASH_SIZE];
    struct hw_inc life; /* of the gate, up to `until` */
    uint64_t until;
    bool key_known, directory; /* the directory's key is the walk's root */
    uint8_t key[HW_SIGN_PUBLIC];
    unsigned bare; /* last entries without a signature */
};

/* What a row of `admit` or `verdict` must say. */
struct noted {
    int64_t id;
    uint64_t position;
    uint64_t time_ms; /* ADMIT */
    uint8_t verdict;  /* VERDICT */
    uint16_t code;
    uint64_t stamp;
    struct hw_slice text;
};

struct notes {
    struct noted *list;
    size_t n, cap;
};

struct walk {
    struct hw_verify *verify;
    struct journal *journals; /* as the cache, sorted by id */
    size_t journals_n;
    struct notes admits, verdicts;
    uint8_t root[HW_SIGN_PUBLIC]; /* that signs the directory's journal from here on */
};

static const char *place(struct hw_verify *verify, const struct hw_group *group, uint64_t position)
{
    return hw_arena_printf(&verify->scratch, "journal of %s, entry %llu", group->code, (unsigned long long)position);
}

static void note(struct hw_verify *verify, struct notes *notes, const struct noted *noted)
{
    notes->list = hw_verify_grow(verify, notes->list, notes->n, &notes->cap, sizeof *notes->list);
    notes->list[notes->n++] = *noted;
}

/* Who signed this part of the journal: the root the directory's, the gate's life all others. */
static enum hw_status learn(struct hw_verify *verify, struct journal *journal, uint64_t position, struct hw_err *err)
{
    const struct hw_identity *self = &verify->tx->store->identity;
    const struct hw_life *life;
    uint64_t first;
    enum hw_status status = hw_gate_life_at(verify->tx->store, journal->group, position, &journal->life, &first,
                                            &journal->until, err);
    if (status == HW_NOT_FOUND)
        journal->life = journal->group->life;
    if (journal->until < position)
        journal->until = position;
    if (status && status != HW_NOT_FOUND)
        return status;
    journal->directory = strcmp(journal->group->code, "directory") == 0;
    journal->key_known = journal->directory;
    if (journal->directory)
        return HW_OK;
    status = hw_cache_life(verify->tx, &journal->life, &life, err);
    if (status)
        return status;
    bool own = hw_inc_compare(&journal->life, &self->inc) == 0;
    journal->key_known = own || life;
    if (own)
        memcpy(journal->key, self->sign_public, sizeof journal->key);
    else if (life)
        memcpy(journal->key, life->key, sizeof journal->key);
    return HW_OK;
}

/* The segment that an ADMIT entry is about is held, with that length and hash. */
static enum hw_status check_segment(struct walk *walk, const struct hw_followed *followed,
                                    const struct hw_entry *entry, const char *where, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(walk->verify->tx->store, SQL_SEGMENT_GET);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(followed->stream->id, entry->seq));
    enum hw_status status = hw_sql_step(walk->verify->tx->store, statement, err);
    if (status == HW_NOT_FOUND)
        hw_verify_fault(walk->verify, where, "it admits segment %s, which is not held: restore a backup",
                        hw_verify_event(walk->verify, followed, entry->seq));
    else if (!status && (sqlite3_column_int64(statement, 1) != entry->n ||
                         !hw_slice_equal(hw_column_blob(statement, 2), (struct hw_slice){entry->hash, HW_HASH_SIZE})))
        hw_verify_fault(walk->verify, where, "it admits another segment %s than the one held: restore a backup",
                        hw_verify_event(walk->verify, followed, entry->seq));
    sqlite3_reset(statement);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* Whether who had to sign it did; a hand-over of the root is followed. */
static bool is_signed(struct walk *walk, const struct journal *journal, const struct hw_entry *entry,
                      const uint8_t chain[HW_HASH_SIZE], const uint8_t *signature)
{
    if (!journal->directory)
        return entry->type != HW_ENTRY_ROOT && hw_entry_verify(chain, journal->key, signature);
    if (!hw_root_signed(walk->verify->tx->store, walk->root, entry, chain, signature))
        return false;
    if (entry->type == HW_ENTRY_ROOT)
        memcpy(walk->root, entry->handover.to, sizeof walk->root);
    return true;
}

static enum hw_status check_meaning(struct walk *walk, const struct journal *journal, const struct hw_entry *entry,
                                    const char *where, struct hw_err *err)
{
    struct hw_verify *verify = walk->verify;
    if (entry->type == HW_ENTRY_ROOT)
        return HW_OK; /* all that it says is in its signatures */
    const struct hw_stream *stream = hw_cache_stream(verify->tx->store, &entry->inc, journal->group->id);
    struct hw_followed *followed = stream ? hw_verify_stream(verify, hw_row_id(stream->id, 0)) : NULL;
    if (!followed) {
        hw_verify_fault(verify, where, "it is about a stream that is not held: restore a backup");
        return HW_OK;
    }
    struct noted noted = {.id = hw_row_id(stream->id, entry->seq), .position = entry->position,
                          .time_ms = entry->time_ms, .verdict = entry->verdict, .code = entry->code,
                          .stamp = entry->stamp, .text = hw_arena_slice(&verify->tx->arena, entry->text)};
    if (entry->type == HW_ENTRY_VERDICT) {
        note(verify, &walk->verdicts, &noted);
        return HW_OK;
    }
    note(verify, &walk->admits, &noted);
    if (entry->seq != followed->admitted + 1)
        hw_verify_fault(verify, where, "it admits %s after event %llu: restore a backup",
                        hw_verify_event(verify, followed, entry->seq), (unsigned long long)followed->admitted);
    followed->admitted = entry->seq + entry->n - 1;
    return check_segment(walk, followed, entry, where, err);
}

/* One row of `journal`: place, chain, signature, and what it says. */
static enum hw_status check_entry(struct walk *walk, struct journal *journal, uint64_t position, struct hw_slice bytes,
                                  struct hw_slice signature, struct hw_slice held, struct hw_err *err)
{
    struct hw_verify *verify = walk->verify;
    const char *where = place(verify, journal->group, position);
    struct hw_entry entry;
    struct hw_err why;
    uint8_t chain[HW_HASH_SIZE];
    enum hw_status status = position > journal->until ? learn(verify, journal, position, err) : HW_OK;
    bool follows = position == journal->position + 1, readable = hw_entry_decode(bytes, &entry, &why) == HW_OK;
    if (status)
        return status;
    verify->result->entries++;
    if (!follows)
        hw_verify_fault(verify, where, "it does not follow entry %llu, the last one before it: restore a backup",
                        (unsigned long long)journal->position);
    hw_entry_chain(verify->tx->store->identity.root, hw_slice_text(journal->group->code), &journal->life,
                   journal->chain, bytes, chain);
    if (follows && !hw_slice_equal(held, (struct hw_slice){chain, sizeof chain}))
        hw_verify_fault(verify, where, "the entry is not the one that was hashed: restore a backup");
    else if (!journal->key_known)
        hw_verify_fault(verify, where, "the directory does not know who signed it: restore a backup");
    else if (readable && (held.n != sizeof chain || (signature.n != HW_SIGNATURE_SIZE && signature.n > 0) ||
                          (signature.n > 0 && !is_signed(walk, journal, &entry, held.p, signature.p))))
        hw_verify_fault(verify, where, "the signature does not match: restore a backup");
    journal->bare = signature.n > 0 ? 0 : journal->bare + 1; /* the next one with a signature covers it, through the chain */
    if (journal->bare == HW_BARE_MAX + 1)
        hw_verify_fault(verify, where, "it and %d entries before it have no signature: restore a backup", HW_BARE_MAX);
    if (!readable)
        hw_verify_fault(verify, where, "it cannot be read: restore a backup");
    else if (entry.position != position)
        hw_verify_fault(verify, where, "entry %llu stands in its place: restore a backup",
                        (unsigned long long)entry.position);
    else
        status = check_meaning(walk, journal, &entry, where, err);
    journal->position = position;
    if (held.n == sizeof journal->chain)
        memcpy(journal->chain, held.p, held.n);
    return status;
}

static struct journal *journal_of(struct walk *walk, int64_t id)
{
    for (size_t i = 0; i < walk->journals_n; i++)
        if (walk->journals[i].group->id == id >> HW_ROW_SHIFT)
            return &walk->journals[i];
    return NULL;
}

static enum hw_status check_entries(struct walk *walk, struct hw_err *err)
{
    struct hw_verify *verify = walk->verify;
    sqlite3_stmt *statement = hw_sql(verify->tx->store, SQL_JOURNAL_ALL);
    enum hw_status status;
    hw_bind_int(statement, 1, 0);
    while (!(status = hw_sql_step(verify->tx->store, statement, err))) {
        int64_t id = sqlite3_column_int64(statement, 0);
        struct journal *journal = journal_of(walk, id);
        if (!journal)
            hw_verify_fault(verify, "database", "journal entry %lld belongs to no group: restore a backup",
                            (long long)id);
        else
            status = check_entry(walk, journal, (uint64_t)(id & HW_ROW_LAST), hw_column_blob(statement, 1),
                                 hw_column_blob(statement, 2), hw_column_blob(statement, 3), err);
        if (status)
            break;
        hw_arena_reset(&verify->scratch);
    }
    sqlite3_reset(statement);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* The note of who signs the directory now must say what its journal says. */
static enum hw_status check_root(struct walk *walk, struct hw_err *err)
{
    uint8_t noted[HW_SIGN_PUBLIC];
    enum hw_status status = hw_root_at(walk->verify->tx, HW_ROW_LAST, noted, err);
    if (!status && memcmp(noted, walk->root, sizeof noted) != 0)
        hw_verify_fault(walk->verify, "journal of directory", "it hands the root key over to another than the one noted beside it: "
                        "restore a backup");
    return status;
}

static void check_ends(struct walk *walk)
{
    struct hw_verify *verify = walk->verify;
    for (size_t i = 0; i < walk->journals_n; i++) {
        const struct journal *journal = &walk->journals[i];
        const struct hw_group *group = journal->group;
        if (journal->position != group->position)
            hw_verify_fault(verify, place(verify, group, group->position),
                            "the journal is said to end here, and its entries end at %llu: restore a backup",
                            (unsigned long long)journal->position);
        else if (memcmp(journal->chain, group->chain, sizeof group->chain) != 0)
            hw_verify_fault(verify, place(verify, group, group->position),
                            "the journal names another end of its chain: restore a backup");
    }
    for (size_t i = 0; i < verify->streams_n; i++) {
        const struct hw_followed *followed = &verify->streams[i];
        if (followed->admitted != followed->stream->admitted)
            hw_verify_fault(verify, hw_verify_event(verify, followed, followed->stream->admitted),
                            "the stream is said to be admitted up to here, and its journal admits up to %llu: "
                            "restore a backup",
                            (unsigned long long)followed->admitted);
    }
    hw_arena_reset(&verify->scratch);
}

/* -- what was noted of the entries -- */

static int compare_noted(const void *a, const void *b)
{
    const struct noted *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->position < y->position ? -1 : x->position > y->position;
}

/* Sorted, and of several verdicts on one event the last. */
static void arrange(struct notes *notes)
{
    size_t kept = 0;
    if (notes->n)
        qsort(notes->list, notes->n, sizeof *notes->list, compare_noted);
    for (size_t i = 0; i < notes->n; i++)
        if (i + 1 == notes->n || notes->list[i + 1].id != notes->list[i].id)
            notes->list[kept++] = notes->list[i];
    notes->n = kept;
}

static const char *event_of(struct hw_verify *verify, int64_t id)
{
    const struct hw_followed *followed = hw_verify_stream(verify, id);
    return followed ? hw_verify_event(verify, followed, (uint64_t)(id & HW_ROW_LAST)) : "database";
}

static bool same_admit(sqlite3_stmt *statement, const struct noted *noted)
{
    return (uint64_t)sqlite3_column_int64(statement, 1) == noted->position &&
           (uint64_t)sqlite3_column_int64(statement, 2) == noted->time_ms;
}

static bool same_verdict(sqlite3_stmt *statement, const struct noted *noted)
{
    return sqlite3_column_int64(statement, 1) == noted->verdict && sqlite3_column_int64(statement, 2) == noted->code &&
           (uint64_t)sqlite3_column_int64(statement, 3) == noted->stamp &&
           hw_slice_equal(hw_column_blob(statement, 4), noted->text);
}

/* An office that joined refuses by itself what it once wrote into its own directory (store_apply.c): no journal says so. */
static bool given_way(struct hw_verify *verify, int64_t id)
{
    const struct hw_followed *followed = hw_verify_stream(verify, id);
    return followed && strcmp(followed->group->code, "directory") == 0 &&
           (uint64_t)(id & HW_ROW_LAST) > followed->stream->admitted;
}

/* What this office wrote itself is held with what was decided about it, though the journal from before a snapshot is not. */
static bool is_based(struct hw_verify *verify, int64_t id)
{
    const struct hw_followed *followed = hw_verify_stream(verify, id);
    return followed && (uint64_t)(id & HW_ROW_LAST) <= followed->stream->base;
}

/* A table beside the journal against what the entries said, both by id. */
static enum hw_status compare_notes(struct hw_verify *verify, enum hw_sql which, const struct notes *notes,
                                    const char *noun, bool (*same)(sqlite3_stmt *, const struct noted *),
                                    struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(verify->tx->store, which);
    size_t at = 0;
    enum hw_status status;
    hw_bind_int(statement, 1, 0);
    do {
        status = hw_sql_step(verify->tx->store, statement, err);
        int64_t id = status ? INT64_MAX : sqlite3_column_int64(statement, 0);
        for (; at < notes->n && notes->list[at].id < id; at++)
            hw_verify_fault(verify, event_of(verify, notes->list[at].id),
                            "its %s in the journal is not noted beside it: restore a backup", noun);
        bool met = at < notes->n && notes->list[at].id == id;
        if (!status && !met && !is_based(verify, id) && !(which == SQL_VERDICT_ALL && given_way(verify, id)))
            hw_verify_fault(verify, event_of(verify, id), "it has a note of its %s, and the journal has none: "
                            "restore a backup", noun);
        else if (!status && met && !same(statement, &notes->list[at]))
            hw_verify_fault(verify, event_of(verify, id), "the note of its %s differs from the journal: restore a backup",
                            noun);
        at += met;
        hw_arena_reset(&verify->scratch);
    } while (!status);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

enum hw_status hw_verify_journals(struct hw_verify *verify, struct hw_err *err)
{
    struct hw_store *store = verify->tx->store;
    struct walk walk = {.verify = verify, .journals_n = store->groups_n};
    enum hw_status status = HW_OK;
    walk.journals = hw_arena_zero(&verify->tx->arena, store->groups_n, sizeof *walk.journals);
    for (size_t i = 0; i < store->groups_n; i++) { /* from the snapshot on, where there is one */
        walk.journals[i] = (struct journal){.group = &store->groups[i], .position = store->groups[i].base};
        memcpy(walk.journals[i].chain, store->groups[i].base_chain, HW_HASH_SIZE);
    }
    for (size_t i = 0; i < verify->streams_n; i++)
        verify->streams[i].admitted = verify->streams[i].stream->base;
    memcpy(walk.root, store->identity.root, sizeof walk.root);
    status = check_entries(&walk, err);
    if (!status)
        status = check_root(&walk, err);
    if (status)
        return status;
    check_ends(&walk);
    arrange(&walk.admits);
    arrange(&walk.verdicts);
    status = compare_notes(verify, SQL_ADMIT_ALL, &walk.admits, "admission", same_admit, err);
    return status ? status
                  : compare_notes(verify, SQL_VERDICT_ALL, &walk.verdicts, "verdict", same_verdict, err);
}
