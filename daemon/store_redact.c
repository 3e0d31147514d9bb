/* store_redact.c: the values of an event are taken out, for ever (floor 2).
 *
 * The gate says so in its journal; whoever reads that writes the event's segment anew without them. A segment's hash is
 * made of each event's skeleton and the hash of its values, so the segment keeps its hash, its place in the chain and its signature.
 *
 * The same property lets whoever relays a segment take values out by himself, and hash and signature still hold. So an event
 * that comes without values is noted under "owed/GROUP/INCARNATION/NUMBER" until the gate's signed journal says why. */
#include <sodium.h>
#include <string.h>

#include "daemon/store_internal.h"

static const char *key_of(struct hw_tx *tx, const char *what, const struct hw_group *group, const struct hw_inc *inc,
                          uint64_t seq)
{
    char hex[2 * sizeof inc->b + 1];
    sodium_bin2hex(hex, sizeof hex, inc->b, sizeof inc->b);
    return hw_arena_printf(&tx->arena, "%s/%s/%s/%016llx", what, group->code, hex, (unsigned long long)seq);
}

static const char *owed_key(struct hw_tx *tx, const struct hw_group *group, const struct hw_inc *inc, uint64_t seq)
{
    return key_of(tx, "owed", group, inc, seq);
}

/* The event that a key names, whose beginning has `at` bytes. */
static bool read_key(struct hw_slice name, size_t at, struct hw_inc *inc, uint64_t *seq)
{
    const char *key = (const char *)name.p;
    *seq = 0;
    if (name.n != at + 2 * sizeof inc->b + 17 ||
        sodium_hex2bin(inc->b, sizeof inc->b, key + at, 2 * sizeof inc->b, NULL, NULL, NULL) != 0)
        return false;
    for (const char *digit = key + name.n - 16; digit < key + name.n; digit++)
        *seq = *seq << 4 | (uint64_t)(*digit >= 'a' ? *digit - 'a' + 10 : *digit - '0');
    return true;
}

static enum hw_status put_wire(struct hw_tx *tx, const struct hw_stream *stream, uint64_t first, const struct hw_opened *opened,
                               struct hw_err *err)
{
    struct hw_out wire HW_CLEANUP(hw_out_done) = {0};
    enum hw_status status = hw_segment_pack(opened, &wire, err);
    if (status)
        return status;
    memset(tx->read, 0, sizeof tx->read); /* it may be open as it was */
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_SEGMENT_SET);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, first));
    hw_bind_blob(statement, 2, wire.p, wire.n);
    return hw_sql_run(tx->store, statement, err);
}

enum hw_status hw_redact_body(struct hw_tx *tx, const struct hw_group *group, struct hw_stream *stream, uint64_t seq,
                              struct hw_err *err)
{
    struct hw_stored_segment held;
    struct hw_opened opened;
    enum hw_status status = hw_tx_drop(tx, owed_key(tx, group, &stream->inc, seq), err);
    if (!status)
        status = hw_segment_get(tx, stream, seq, false, &held, err);
    if (!status)
        status = hw_segment_open(held.wire, &tx->arena, &opened, err);
    if (status || opened.events[seq - held.first].redacted)
        return status;
    hw_event_redact(&opened.events[seq - held.first], opened.seed, (size_t)(seq - held.first), &tx->arena);
    status = hw_sql_exec(tx->store, "PRAGMA secure_delete = ON", err); /* from here on SQLite overwrites what it gives up */
    return status ? status : put_wire(tx, stream, held.first, &opened, err);
}

/* Whether the values of an event stay away: by the journal, or by a part of it that a hub let go of and says again. */
static bool stays_redacted(struct hw_tx *tx, const struct hw_group *group, const struct hw_stream *stream, uint64_t seq)
{
    struct hw_slice value;
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_VERDICT_GET);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, seq));
    bool stays = hw_sql_step(tx->store, statement, NULL) == HW_OK && sqlite3_column_int(statement, 0) == HW_VERDICT_REDACTED;
    sqlite3_reset(statement);
    return stays || hw_tx_get(tx, key_of(tx, "redact", group, &stream->inc, seq), &value) == HW_OK;
}

enum hw_status hw_redact_heal(struct hw_tx *tx, const struct hw_group *group, struct hw_stream *stream,
                              const struct hw_stored_segment *held, const struct hw_opened *other, struct hw_err *err)
{
    struct hw_opened opened;
    bool *back = hw_arena_zero(&tx->arena, held->n, sizeof *back), any = false;
    enum hw_status status = hw_segment_open(held->wire, &tx->arena, &opened, err);
    for (size_t i = 0; !status && i < held->n; i++) {
        back[i] = opened.events[i].redacted && !other->events[i].redacted &&
                  !stays_redacted(tx, group, stream, opened.events[i].seq);
        if (back[i])
            opened.events[i] = other->events[i];
        any = any || back[i];
    }
    if (status || !any)
        return status;
    status = put_wire(tx, stream, held->first, &opened, err);
    for (size_t i = 0; i < held->n && !status; i++) {
        const struct hw_event *event = &opened.events[i];
        if (!back[i])
            continue;
        status = hw_tx_drop(tx, owed_key(tx, group, &stream->inc, event->seq), err);
        if (!status && event->seq <= stream->tip)
            status = hw_record_fold(tx, event->kind, &event->record, group->code, err);
    }
    return status;
}

enum hw_status hw_redact_owed(struct hw_tx *tx, const struct hw_group *group, const struct hw_opened *opened,
                              struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < opened->head.n && !status; i++)
        if (opened->events[i].redacted)
            status = hw_tx_put(tx, owed_key(tx, group, &opened->head.inc, opened->events[i].seq), hw_slice_text("new"), err);
    return status;
}

static enum hw_status tell(struct hw_tx *tx, const struct hw_group *group, const char *key, struct hw_err *err)
{
    struct hw_slice value, name = hw_slice_text(key);
    size_t at = strlen("owed/") + strlen(group->code) + 1;
    struct hw_inc inc;
    unsigned life;
    uint64_t seq;
    if (hw_tx_get(tx, key, &value) != HW_OK || !hw_slice_is(value, "new") || !read_key(name, at, &inc, &seq))
        return HW_OK; /* told */
    const char *office = hw_tx_office_of(tx, &inc, &life);
    enum hw_status status = hw_tx_incident(
        tx, hw_arena_printf(&tx->arena, "%s came without its text, and headquarters' journal does not say that it was redacted: "
                            "the hub or a relay took it out. Tell headquarters.",
                            hw_event_name(&tx->arena, office, life, group->code, seq)), err);
    return status ? status : hw_tx_put(tx, key, hw_slice_text("told"), err);
}

/* Each fact of one kind about events of a group. */
static enum hw_status each_key(struct hw_tx *tx, const char *what, const struct hw_group *group,
                               enum hw_status (*each)(struct hw_tx *tx, const struct hw_group *group, const char *key,
                                                      struct hw_err *err),
                               struct hw_err *err)
{
    const char *from = hw_arena_printf(&tx->arena, "%s/%s/", what, group->code);
    const char *to = hw_arena_printf(&tx->arena, "%s/%s0", what, group->code); /* '0' follows '/' */
    struct hw_out keys HW_CLEANUP(hw_out_done) = {0};
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_NODE_BETWEEN);
    enum hw_status status;
    size_t n;
    hw_bind_text(statement, 1, from, strlen(from));
    hw_bind_text(statement, 2, to, strlen(to));
    for (n = 0; !(status = hw_sql_step(tx->store, statement, err)); n++) {
        struct hw_slice key = hw_column_blob(statement, 0);
        hw_put_textn(&keys, (const char *)key.p, key.n);
    }
    sqlite3_reset(statement);
    struct hw_in in = hw_in_of(hw_out_slice(&keys));
    status = status == HW_NOT_FOUND ? HW_OK : status;
    for (size_t i = 0; i < n && !status; i++) {
        struct hw_slice key = hw_get_text(&in);
        status = each(tx, group, hw_arena_text(&tx->arena, key.p, key.n), err);
    }
    return status;
}

enum hw_status hw_redact_due(struct hw_tx *tx, const struct hw_group *group, struct hw_err *err)
{
    return each_key(tx, "owed", group, tell, err);
}

/* -- what was redacted in a part of the journal that this hub lets go of -- */

enum hw_status hw_redact_keep(struct hw_tx *tx, const struct hw_group *group, const struct hw_stream *stream, uint64_t seq,
                              struct hw_slice text, struct hw_err *err)
{
    struct hw_stored_segment held;
    struct hw_out value HW_CLEANUP(hw_out_done) = {0};
    enum hw_status status = hw_segment_get(tx, stream, seq, false, &held, err);
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : status;
    hw_put_raw(&value, held.hash, sizeof held.hash);
    hw_put_raw(&value, text.p, text.n);
    return hw_tx_put(tx, key_of(tx, "redact", group, &stream->inc, seq), hw_out_slice(&value), err);
}

enum hw_status hw_redact_moved(struct hw_tx *tx, const struct hw_group *group, const struct hw_name *from, const struct hw_name *to,
                               struct hw_err *err)
{
    struct hw_slice value;
    enum hw_status status = hw_tx_get(tx, key_of(tx, "redact", group, &from->inc, from->seq), &value);
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : status; /* no office knows of one either */
    return hw_tx_put(tx, key_of(tx, "redact", group, &to->inc, to->seq), hw_arena_slice(&tx->arena, value), err);
}

static enum hw_status say_again(struct hw_tx *tx, const struct hw_group *group, const char *key, struct hw_err *err)
{
    struct hw_slice value, name = hw_slice_text(key);
    struct hw_entry entry = {.type = HW_ENTRY_VERDICT, .verdict = HW_VERDICT_REDACTED};
    struct hw_stored_segment held;
    struct hw_logged event;
    if (!read_key(name, strlen("redact/") + strlen(group->code) + 1, &entry.inc, &entry.seq) ||
        hw_tx_get(tx, key, &value) != HW_OK || value.n < sizeof held.hash)
        return hw_fail(err, HW_CORRUPT, "what this hub noted of a redaction cannot be read");
    struct hw_stream *stream = hw_cache_stream(tx->store, &entry.inc, group->id);
    if (!stream || entry.seq > stream->admitted)
        return HW_OK; /* it may come late */
    enum hw_status status = hw_segment_get(tx, stream, entry.seq, false, &held, err);
    if (!status)
        status = hw_tx_event(tx, &entry.inc, group->code, entry.seq, &event, err);
    /* Where the journal parted, this name may have been given to something else. One that was moved has no text to lose. */
    bool same = !status && event.verdict != HW_VERDICT_REDACTED &&
                (memcmp(held.hash, value.p, sizeof held.hash) == 0 || event.event.redacted);
    if (same) {
        entry.code = event.refused ? event.verdict_code : 0;
        entry.stamp = event.verdict == HW_VERDICT_RECLOCKED ? event.event.stamp : 0;
        entry.text = hw_arena_slice(&tx->arena, (struct hw_slice){value.p + sizeof held.hash, value.n - sizeof held.hash});
        struct hw_group *own = hw_cache_group_by_id(tx->store, group->id);
        status = hw_gate_append(tx, own, &entry, false, err);
        if (!status)
            status = hw_journal_note(tx, own, stream, &entry, err);
    }
    return status ? status : hw_tx_drop(tx, key, err);
}

enum hw_status hw_redact_again(struct hw_tx *tx, const struct hw_group *group, struct hw_err *err)
{
    return tx->store->recovering ? HW_OK : each_key(tx, "redact", group, say_again, err);
}

enum hw_status hw_tx_redact(struct hw_tx *tx, const struct hw_inc *inc, const char *code, uint64_t seq, const char *text,
                            struct hw_err *err)
{
    struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(code));
    struct hw_stream *stream = group ? hw_cache_stream(tx->store, inc, group->id) : NULL;
    struct hw_logged event;
    if (!tx->store->identity.gate)
        return hw_fail(err, HW_DENIED, "headquarters redacts: ask there");
    if (!group || !hw_gate_here(tx->store, group))
        return hw_fail(err, HW_DENIED, "headquarters was restored and recovers: try again when `headway status` says that it is over");
    if (strcmp(code, "directory") == 0)
        return hw_fail(err, HW_DENIED, "the directory holds the keys and grants that everything is checked with: nothing in it can be redacted");
    enum hw_status status = hw_tx_event(tx, inc, code, seq, &event, err);
    if (status)
        return status;
    if (!stream || seq > stream->admitted)
        return hw_fail(err, HW_NOT_FOUND, "that change is not admitted yet");
    if (event.event.redacted)
        return hw_fail(err, HW_USAGE, "that change is redacted already");
    struct hw_entry entry = {.type = HW_ENTRY_VERDICT, .inc = *inc, .seq = seq, .verdict = HW_VERDICT_REDACTED,
                             .text = hw_slice_text(text)};
    entry.code = event.refused ? event.verdict_code : 0;
    entry.stamp = event.verdict == HW_VERDICT_RECLOCKED ? event.event.stamp : 0;
    status = hw_gate_append(tx, group, &entry, false, err);
    return status ? status : hw_journal_note(tx, group, stream, &entry, err);
}
