/* store_bundle_take.c: taking a bundle (floor 2): the checks of the link, message
 * by message, in the one transaction of the job.
 *
 * What cannot be placed yet, because an earlier bundle has not come, waits among the node's own facts under
 * "bundle/HASH", and is tried again when another bundle comes. The hash as its name makes a second copy the same. */
#include <sodium.h>
#include <string.h>

#include "daemon/store_bundle.h"
#include "daemon/store_draft.h"
#include "daemon/store_internal.h"

enum { WAITING_MAX = 512 }; /* messages: 112 MiB at most; more were not made by one office that lost one stick */

struct taking {
    struct hw_tx *tx;
    const struct hw_bundle *bundle;
    struct hw_applied *applied;
    struct hw_out hello; /* the first message, kept: its memory is given back */
    struct hw_out refused; /* struct refused: what comes behind it in its stream is passed over */
    bool checked;        /* who made it is known to be who it says */
};

struct refused {
    struct hw_inc inc;
    char group[HW_GROUP_MAX + 1];
};

enum outcome { TAKEN, KNOWN, WAITS, LEFT };

static void forget(struct hw_tx *tx)
{
    hw_records_forget(tx);
    hw_arena_reset(&tx->arena);
}

static void leave(struct taking *taking, const char *reason)
{
    struct hw_in in = hw_in_of(hw_out_slice(&taking->applied->left));
    for (size_t i = 0; i < taking->applied->left_n; i++)
        if (hw_slice_is(hw_get_text(&in), reason))
            return;
    hw_put_text(&taking->applied->left, reason);
    taking->applied->left_n++;
}

/* Events held in segments and as drafts, of all streams. */
static uint64_t held(const struct hw_store *store)
{
    uint64_t n = 0;
    for (size_t i = 0; i < store->streams_n; i++)
        n += store->streams[i].sealed > store->streams[i].tip ? store->streams[i].sealed : store->streams[i].tip;
    return n;
}

/* Numbers of this office's own that it has not given: it was put back, or another copy of it runs. Taking them would give a
 * number twice. */
static enum hw_status check_own(struct taking *taking, const struct hw_inc *inc, struct hw_slice group, uint64_t seq,
                                struct hw_err *err)
{
    struct hw_tx *tx = taking->tx;
    const struct hw_store *store = tx->store;
    const struct hw_group *held_group = hw_cache_group(tx->store, group);
    if (hw_inc_compare(inc, &store->identity.inc) != 0)
        return HW_OK;
    const struct hw_stream *own = held_group ? hw_cache_stream(tx->store, inc, held_group->id) : NULL;
    if (own && seq <= own->sealed)
        return HW_OK;
    return hw_fail(err, HW_FORK, "it holds %s, which this office itself does not have: was a backup put back here, or does a "
                                 "copy of this office run elsewhere? Connect to the hub once: this office then goes on as a new "
                                 "incarnation", hw_segment_event(tx, inc, group, seq));
}

/* -- journals -- */

static enum hw_status check_items(struct taking *taking, const struct hw_journal_message *journal,
                                  struct hw_entry *last, struct hw_err *err)
{
    enum hw_status status = journal->items_n ? HW_OK : hw_fail(err, HW_CORRUPT, "an empty part of a journal");
    for (size_t i = 0; i < journal->items_n && !status; i++) {
        status = hw_entry_decode(journal->items[i].entry, last, err);
        if (!status && last->type == HW_ENTRY_ADMIT && !taking->tx->store->identity.gate)
            status = check_own(taking, &last->inc, journal->group, last->seq, err);
    }
    return status;
}

static enum hw_status take_journal(struct taking *taking, const struct hw_journal_message *journal,
                                   enum outcome *outcome, struct hw_err *err)
{
    struct hw_tx *tx = taking->tx;
    struct hw_store *store = tx->store;
    struct hw_entry last;
    const struct hw_group *group = hw_cache_group(store, journal->group);
    uint64_t before = group ? group->position : 0;
    const char *code = hw_arena_text(&tx->arena, journal->group.p, journal->group.n);
    bool serves = false;
    *outcome = KNOWN;
    enum hw_status status = hw_carry_serves(tx, code, &serves, err);
    if (!status && !serves) {
        *outcome = LEFT;
        leave(taking, hw_arena_printf(&tx->arena, "group %s: this office has no grant in it", code));
        return HW_OK;
    }
    if (!status)
        status = check_items(taking, journal, &last, err);
    if (status)
        return status;
    if (store->identity.gate) { /* decided here: there is nothing to learn */
        taking->applied->beyond += last.position > before ? last.position - before : 0;
        return HW_OK;
    }
    struct hw_err why = {0};
    status = hw_tx_take_journal(tx, journal, &why);
    if (status == HW_GAP) {
        *outcome = WAITS;
        return HW_OK;
    }
    if (status)
        return hw_fail(err, status, "%s", why.text);
    group = hw_cache_group(store, journal->group);
    taking->applied->entries += group->position - before;
    *outcome = group->position > before ? TAKEN : KNOWN;
    return HW_OK;
}

/* -- segments that the gate has not judged -- */

static bool is_refused(const struct taking *taking, const struct hw_segment *head)
{
    const struct refused *refused = (const void *)taking->refused.p;
    for (size_t i = 0; i < taking->refused.n / sizeof *refused; i++)
        if (hw_inc_compare(&refused[i].inc, &head->inc) == 0 && hw_slice_is(head->group, refused[i].group))
            return true;
    return false;
}

/* What is wrong with one stream stands in no other's way, as on the link. */
static void refuse(struct taking *taking, const struct hw_segment *head, const struct hw_carry_refusal *why)
{
    struct refused refused = {.inc = head->inc};
    memcpy(refused.group, why->group, sizeof refused.group);
    hw_put_raw(&taking->refused, &refused, sizeof refused);
    const char *name = hw_segment_event(taking->tx, &head->inc, head->group, head->first);
    leave(taking, why->status == HW_DENIED ? hw_arena_printf(&taking->tx->arena, "%s: %s", name, why->text) : why->text);
}

static enum hw_status take_segment(struct taking *taking, struct hw_slice wire, enum outcome *outcome,
                                   struct hw_err *err)
{
    static const struct hw_inc nobody; /* no peer: what is wrong with one stream is told apart by its status */
    struct hw_tx *tx = taking->tx;
    struct hw_segment head;
    struct hw_taken taken;
    const struct hw_life *life;
    *outcome = KNOWN;
    enum hw_status status = hw_segment_read(wire, &head, err);
    if (!status)
        status = check_own(taking, &head.inc, head.group, head.first, err);
    if (!status)
        status = hw_cache_life(tx, &head.inc, &life, err);
    if (status)
        return status;
    *outcome = LEFT;
    if (is_refused(taking, &head))
        return HW_OK;
    *outcome = WAITS;
    if (!life)
        return HW_OK; /* a bundle with a later directory may bring it */
    uint64_t before = held(tx->store);
    status = hw_tx_take_segments(tx, life->office, &nobody, &wire, 1, &taken, err);
    if (status || taken.refused.status == HW_GAP)
        return status;
    *outcome = held(tx->store) > before ? TAKEN : KNOWN;
    if (!taken.refused.status)
        return HW_OK;
    *outcome = LEFT;
    refuse(taking, &head, &taken.refused);
    return HW_OK;
}

static enum hw_status take_segments(struct taking *taking, const struct hw_message *message, enum outcome *outcome,
                                    struct hw_err *err)
{
    enum hw_status status = HW_OK;
    bool some[LEFT + 1] = {false};
    for (size_t i = 0; i < message->body.segments.n && !status; i++) {
        enum outcome one;
        status = take_segment(taking, message->body.segments.wires[i], &one, err);
        some[one] = true;
    }
    *outcome = some[WAITS] ? WAITS : some[TAKEN] ? TAKEN : some[LEFT] ? LEFT : KNOWN;
    return status;
}

/* -- who made it -- */

static enum hw_status introduce(struct taking *taking, const struct hw_hello *hello, const struct hw_life **life,
                                struct hw_err *err)
{
    struct hw_introduce one = {.office = hw_slice_text(taking->bundle->office), .inc = hello->inc,
                               .previous = hello->previous, .reason = hello->reason};
    bool pass_on;
    memcpy(one.sign_key, hello->sign_key, sizeof one.sign_key);
    memcpy(one.proof, hello->previous_proof, sizeof one.proof);
    enum hw_status status = hw_tx_introduce(taking->tx, &one, &pass_on, err);
    if (!status)
        status = hw_tx_finish(taking->tx, err);
    return status ? status : hw_cache_life(taking->tx, &hello->inc, life, err);
}

/* The directory must know who signed the file, as the link asks whose key it is. */
static enum hw_status check_maker(struct taking *taking, struct hw_err *err)
{
    struct hw_tx *tx = taking->tx;
    const struct hw_identity *self = &tx->store->identity;
    const struct hw_bundle *bundle = taking->bundle;
    const struct hw_life *life;
    struct hw_message hello;
    uint8_t key[HW_CURVE_SIZE];
    if (taking->checked)
        return HW_OK;
    enum hw_status status = hw_message_decode(hw_out_slice(&taking->hello), &tx->arena, &hello, err);
    if (!status)
        status = hw_cache_life(tx, &bundle->inc, &life, err);
    if (!status && !life && self->gate)
        status = introduce(taking, &hello.body.hello, &life, err);
    if (status)
        return status;
    if (!life || strcmp(life->office, bundle->office) != 0 || memcmp(life->key, bundle->sign_key, sizeof life->key) != 0)
        return hw_fail(err, HW_DENIED, "it was signed by an incarnation of office %s that the directory here does not know yet: apply "
                                       "it at headquarters, and here when the directory has come from there", bundle->office);
    if (self->gate && strcmp(bundle->office, self->office) != 0) {
        struct hw_err why;
        status = hw_tx_bundle_key(tx, bundle->office, key, &why);
        if (status == HW_NOT_FOUND)
            return hw_fail(err, HW_DENIED, "office %s, which made it, may not connect to this hub any more", bundle->office);
        if (!status)
            status = hw_tx_bundle_cursors(tx, bundle->office, &hello.body.hello, err);
    }
    taking->checked = true;
    return status;
}

static enum hw_status take_hello(struct taking *taking, struct hw_slice bytes, struct hw_err *err)
{
    struct hw_message message;
    const struct hw_bundle *bundle = taking->bundle;
    enum hw_status status = hw_message_decode(bytes, &taking->tx->arena, &message, err);
    if (status)
        return status;
    if (message.type != HW_HELLO || hw_inc_compare(&message.body.hello.inc, &bundle->inc) != 0 ||
        memcmp(message.body.hello.sign_key, bundle->sign_key, sizeof bundle->sign_key) != 0)
        return hw_fail(err, HW_CORRUPT, "the bundle does not begin with a word of who made it");
    hw_put_raw(&taking->hello, bytes.p, bytes.n);
    return HW_OK;
}

/* -- one message, and those that wait -- */

static enum hw_status take_message(struct taking *taking, struct hw_slice bytes, enum outcome *outcome,
                                   struct hw_err *err)
{
    struct hw_tx *tx = taking->tx;
    struct hw_message message;
    *outcome = KNOWN;
    enum hw_status status = hw_message_decode(bytes, &tx->arena, &message, err);
    bool directory = !status && message.type == HW_JOURNAL && hw_slice_is(message.body.journal.group, "directory");
    if (!status && !directory)
        status = check_maker(taking, err);
    if (!status && message.type == HW_JOURNAL)
        status = take_journal(taking, &message.body.journal, outcome, err);
    else if (!status && message.type == HW_SEGMENTS)
        status = take_segments(taking, &message, outcome, err);
    else if (!status)
        status = hw_fail(err, HW_CORRUPT, "it holds a message that belongs in no bundle");
    if (!status)
        status = hw_tx_flush(tx, err); /* grants of the directory count for what follows */
    return status;
}

static const char *waiting_key(struct hw_tx *tx, struct hw_slice bytes)
{
    uint8_t hash[16];
    char hex[2 * sizeof hash + 1];
    crypto_generichash(hash, sizeof hash, bytes.p, bytes.n, NULL, 0);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    return hw_arena_printf(&tx->arena, "bundle/%s", hex);
}

/* Keys of what waits, in the heap: the arena is given back between messages. */
static enum hw_status list_waiting(struct hw_tx *tx, struct hw_out *keys, size_t *n, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_NODE_BETWEEN);
    enum hw_status status;
    hw_out_reset(keys);
    hw_bind_text(statement, 1, "bundle/", 7);
    hw_bind_text(statement, 2, "bundle0", 7); /* '0' follows '/' */
    for (*n = 0; !(status = hw_sql_step(tx->store, statement, err)); (*n)++) {
        struct hw_slice key = hw_column_blob(statement, 0);
        hw_put_textn(keys, (const char *)key.p, key.n);
    }
    sqlite3_reset(statement);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

enum hw_status hw_tx_part_begin(struct hw_tx *tx, struct hw_err *err)
{
    enum hw_status status = hw_tx_finish(tx, err); /* what the job did before is not undone with it */
    return status ? status : hw_sql_run(tx->store, hw_sql(tx->store, SQL_PART_SAVE), err);
}

enum hw_status hw_tx_part_end(struct hw_tx *tx, struct hw_err *err)
{
    return hw_sql_run(tx->store, hw_sql(tx->store, SQL_PART_RELEASE), err);
}

enum hw_status hw_tx_part_undo(struct hw_tx *tx, struct hw_err *err)
{
    hw_records_forget(tx);
    hw_draft_forget(tx);
    enum hw_status status = hw_sql_run(tx->store, hw_sql(tx->store, SQL_PART_UNDO), err);
    return status ? status : hw_cache_load(tx->store, err);
}

/* What turns out to be wrong with a message that waited goes with it, and the reason is told: it must not stand in the way of
 * every bundle that comes after. */
static enum hw_status retry_one(struct taking *taking, const char *key, bool *moved, struct hw_err *err)
{
    struct hw_tx *tx = taking->tx;
    struct hw_slice bytes;
    struct hw_err why = {0};
    enum outcome outcome = LEFT;
    if (hw_tx_get(tx, key, &bytes) != HW_OK)
        return hw_fail(err, HW_CORRUPT, "a part of a bundle that waits cannot be read");
    enum hw_status status = hw_tx_part_begin(tx, err);
    if (status)
        return status;
    enum hw_status took = take_message(taking, bytes, &outcome, &why);
    if (took == HW_IO || took == HW_NO_SPACE)
        return hw_fail(err, took, "%s", why.text);
    if (took) {
        leave(taking, why.text);
        status = hw_tx_part_undo(tx, err);
    }
    if (!status)
        status = hw_tx_part_end(tx, err);
    if (status || (!took && outcome == WAITS))
        return status;
    *moved = true;
    return hw_tx_drop(tx, key, err);
}

/* One that is let in may let in another: until nothing moves. */
static enum hw_status retry_waiting(struct taking *taking, struct hw_err *err)
{
    struct hw_tx *tx = taking->tx;
    struct hw_out keys HW_CLEANUP(hw_out_done) = {0};
    size_t n = 0;
    bool moved = true;
    enum hw_status status = HW_OK;
    while (moved && !status) {
        moved = false;
        status = list_waiting(tx, &keys, &n, err);
        struct hw_in in = hw_in_of(hw_out_slice(&keys));
        for (size_t i = 0; i < n && !status; i++) {
            struct hw_slice key = hw_get_text(&in);
            status = retry_one(taking, hw_arena_text(&tx->arena, key.p, key.n), &moved, err);
            forget(tx);
        }
    }
    taking->applied->waiting = n;
    if (!status && n > WAITING_MAX)
        return hw_fail(err, HW_LIMIT, "too much waits for an earlier bundle: apply that one first");
    return status;
}

static enum hw_status take_all(struct taking *taking, hw_bundle_source *source, void *self, struct hw_err *err)
{
    struct hw_tx *tx = taking->tx;
    struct hw_slice bytes;
    enum hw_status status = source(self, &bytes, err);
    if (status)
        return status == HW_NOT_FOUND ? hw_fail(err, HW_CORRUPT, "the bundle is empty") : status;
    status = take_hello(taking, bytes, err);
    forget(tx);
    while (!status && !(status = source(self, &bytes, err))) {
        enum outcome outcome;
        status = take_message(taking, bytes, &outcome, err);
        if (!status && outcome == WAITS)
            status = hw_tx_put(tx, waiting_key(tx, bytes), bytes, err);
        taking->applied->known += !status && outcome == KNOWN;
        forget(tx);
    }
    if (status == HW_NOT_FOUND)
        status = check_maker(taking, err);
    return status ? status : retry_waiting(taking, err);
}

enum hw_status hw_tx_apply(struct hw_tx *tx, const struct hw_bundle *bundle, hw_bundle_source *source, void *self,
                           struct hw_applied *applied, struct hw_err *err)
{
    struct taking taking = {.tx = tx, .bundle = bundle, .applied = applied};
    const struct hw_identity *node = &tx->store->identity;
    hw_out_reset(&applied->left); /* a job may be run a second time */
    *applied = (struct hw_applied){.left = applied->left};
    if (!node->enrolled || memcmp(node->root, bundle->root, sizeof node->root) != 0)
        return hw_fail(err, HW_DENIED, "this bundle is of another headquarters than this node's");
    uint64_t before = held(tx->store);
    enum hw_status status = take_all(&taking, source, self, err);
    applied->events = held(tx->store) - before;
    hw_out_done(&taking.hello);
    hw_out_done(&taking.refused);
    return status;
}
