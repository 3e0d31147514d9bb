/* message.c: messages between an office and a hub (floor 1, pure).
 *
 * message  = [version, type, session, body], one frame each; docs/protocol.md has the whole in CDDL.
 * JOIN     = [office, curve key, incarnation, sign key, nonce, proof]
 * ADMITTED = [office, token, hub, time, life]
 * HELLO    = [schema, incarnation, sign key, previous, previous proof, nonce, token, time, [tip...], [cursor...],
 *             or these ten and: reason, [office...]]
 * WELCOME  = [schema, session, nonce, token, hub, time, status, credit, [tip...], [[group, state, position, resume, chain / floor / null]...]]
 * CONFIRM  = [token, bare, lane, bytes]
 * CREDIT   = [lane, bytes]
 * SEGMENTS = [segment...]
 * JOURNAL  = [group, life, chain before, [[entry, signature, segment / null]...]]
 * ACK      = [[[incarnation, group, durable, admitted]...], [[group, position]...]]
 * PING     = [number, answer, time, [[group, position]...]]
 * BYE      = reason
 * ERROR    = [code, what, text, retry]
 * INTRODUCE = [office, incarnation, sign key, previous, proof, or these five and: reason]
 * SNAPSHOT = [1, group, position, index] asks, [2, group, manifest, signature] offers, [3, group, position, index, chunk],
 *            [4, group] has none
 * SEALED   = [number, first, n, sealed]
 * NEWS     = [number, position, [item...], signature / null]; item = [ms, sealed or check] / [ms, incarnation / null, first, n, the same]
 * HISTORY  = [1, number, group, record / null, from, since, events] asks,
 *            [2, number, group, next, [[position, time, segment, hash before, [[seq, verdict, code, stamp, text]...]]...],
 *             [[incarnation, seq, op, stamp, value]...]] answers
 * AGAIN    = [schema, incarnation, nonce, token, [[group, position, seq]...], digest]
 * tip      = [group, seq, hash]        cursor = [group, life, position, chain, or these four and: true] */
#include "headway/message.h"

#include <sodium.h>
#include <string.h>

const char *hw_message_name(unsigned type)
{
    static const char *const names[] = {"?",       "JOIN",     "ADMITTED", "HELLO", "WELCOME",  "CONFIRM", "CREDIT",
                                        "SEGMENTS", "JOURNAL", "ACK",      "SNAPSHOT", "PING", "BYE",     "ERROR",
                                        "INTRODUCE", "SEALED", "NEWS", "AGAIN",    "HISTORY"};
    return type < sizeof names / sizeof *names ? names[type] : "?";
}

static void put_slice(struct hw_out *out, struct hw_slice text)
{
    hw_put_textn(out, text.p, text.n);
}

static void put_inc(struct hw_out *out, const struct hw_inc *inc)
{
    hw_put_bytes(out, inc->b, sizeof inc->b);
}

void hw_life_signed(struct hw_out *out, const struct hw_inc *inc, const uint8_t sign_key[HW_SIGN_PUBLIC])
{
    hw_put_array(out, 3);
    hw_put_text(out, "headway life 1");
    put_inc(out, inc);
    hw_put_bytes(out, sign_key, HW_SIGN_PUBLIC);
}

void hw_keys_signed(struct hw_out *out, const struct hw_introduce *introduce)
{
    hw_put_array(out, 5);
    hw_put_text(out, "headway keys 1");
    put_slice(out, introduce->office);
    put_inc(out, &introduce->inc);
    hw_put_bytes(out, introduce->sign_key, sizeof introduce->sign_key);
    hw_put_bytes(out, introduce->curve_key, sizeof introduce->curve_key);
}

void hw_join_signed(struct hw_out *out, const struct hw_join *join)
{
    hw_put_array(out, 6);
    hw_put_text(out, "headway join 1");
    put_slice(out, join->office);
    hw_put_bytes(out, join->curve_key, sizeof join->curve_key);
    put_inc(out, &join->inc);
    hw_put_bytes(out, join->sign_key, sizeof join->sign_key);
    hw_put_bytes(out, join->nonce, sizeof join->nonce);
}

static void put_join(struct hw_out *out, const struct hw_join *join)
{
    hw_put_array(out, 6);
    put_slice(out, join->office);
    hw_put_bytes(out, join->curve_key, sizeof join->curve_key);
    put_inc(out, &join->inc);
    hw_put_bytes(out, join->sign_key, sizeof join->sign_key);
    hw_put_bytes(out, join->nonce, sizeof join->nonce);
    hw_put_bytes(out, join->proof, sizeof join->proof);
}

static void put_admitted(struct hw_out *out, const struct hw_admitted *admitted)
{
    hw_put_array(out, 5);
    put_slice(out, admitted->office);
    hw_put_bytes(out, admitted->token, sizeof admitted->token);
    put_inc(out, &admitted->hub);
    hw_put_uint(out, admitted->time_ms);
    hw_put_uint(out, admitted->life);
}

static void put_tips(struct hw_out *out, const struct hw_stream_tip *tips, size_t n)
{
    hw_put_array(out, n);
    for (size_t i = 0; i < n; i++) {
        hw_put_array(out, 3);
        put_slice(out, tips[i].group);
        hw_put_uint(out, tips[i].seq);
        if (tips[i].told)
            hw_put_null(out);
        else
            hw_put_bytes(out, tips[i].hash, sizeof tips[i].hash);
    }
}

static void put_hello(struct hw_out *out, const struct hw_hello *hello)
{
    hw_put_array(out, hello->reason ? 12 : 10);
    hw_put_uint(out, hello->schema);
    put_inc(out, &hello->inc);
    hw_put_bytes(out, hello->sign_key, sizeof hello->sign_key);
    put_inc(out, &hello->previous);
    hw_put_bytes(out, hello->previous_proof, sizeof hello->previous_proof);
    hw_put_bytes(out, hello->nonce, sizeof hello->nonce);
    hw_put_bytes(out, hello->token, sizeof hello->token);
    hw_put_uint(out, hello->time_ms);
    put_tips(out, hello->streams, hello->streams_n);
    hw_put_array(out, hello->cursors_n);
    for (size_t i = 0; i < hello->cursors_n; i++) {
        hw_put_array(out, hello->cursors[i].bare ? 5 : 4);
        put_slice(out, hello->cursors[i].group);
        put_inc(out, &hello->cursors[i].life);
        hw_put_uint(out, hello->cursors[i].position);
        hw_put_bytes(out, hello->cursors[i].chain, sizeof hello->cursors[i].chain);
        if (hello->cursors[i].bare)
            hw_put_uint(out, hello->cursors[i].bare);
    }
    if (!hello->reason)
        return;
    hw_put_uint(out, hello->reason);
    hw_put_array(out, hello->serves_n);
    for (size_t i = 0; i < hello->serves_n; i++)
        put_slice(out, hello->serves[i]);
}

/* How far the office's own stream is in the group of a cursor. */
static uint64_t seq_of(const struct hw_hello *hello, struct hw_slice group)
{
    for (size_t i = 0; i < hello->streams_n; i++)
        if (hw_slice_equal(hello->streams[i].group, group))
            return hello->streams[i].seq;
    return 0;
}

static void put_again(struct hw_out *out, const struct hw_hello *hello)
{
    hw_put_array(out, 6);
    hw_put_uint(out, hello->schema);
    put_inc(out, &hello->inc);
    hw_put_bytes(out, hello->nonce, sizeof hello->nonce);
    hw_put_bytes(out, hello->token, sizeof hello->token);
    hw_put_array(out, hello->cursors_n);
    for (size_t i = 0; i < hello->cursors_n; i++) {
        hw_put_array(out, 3);
        put_slice(out, hello->cursors[i].group);
        hw_put_uint(out, hello->cursors[i].position);
        hw_put_uint(out, seq_of(hello, hello->cursors[i].group));
    }
    hw_put_bytes(out, hello->digest, sizeof hello->digest);
}

void hw_hello_digest(const struct hw_hello *hello, uint8_t digest[HW_DIGEST_SIZE])
{
    struct hw_out out = {0};
    uint8_t hash[HW_HASH_SIZE];
    hw_put_array(&out, 3 + hello->cursors_n * 4 + hello->streams_n * 3);
    hw_put_text(&out, "headway again 1");
    put_inc(&out, &hello->inc);
    hw_put_bytes(&out, hello->sign_key, sizeof hello->sign_key);
    for (size_t i = 0; i < hello->cursors_n; i++) {
        put_slice(&out, hello->cursors[i].group);
        put_inc(&out, &hello->cursors[i].life);
        hw_put_uint(&out, hello->cursors[i].position);
        hw_put_bytes(&out, hello->cursors[i].chain, sizeof hello->cursors[i].chain);
    }
    for (size_t i = 0; i < hello->streams_n; i++) {
        put_slice(&out, hello->streams[i].group);
        hw_put_uint(&out, hello->streams[i].seq);
        hw_put_bytes(&out, hello->streams[i].hash, sizeof hello->streams[i].hash);
    }
    crypto_generichash(hash, sizeof hash, out.p, out.n, NULL, 0);
    memcpy(digest, hash, HW_DIGEST_SIZE);
    hw_out_done(&out);
}

static void put_welcome(struct hw_out *out, const struct hw_welcome *welcome)
{
    hw_put_array(out, 10);
    hw_put_uint(out, welcome->schema);
    hw_put_uint(out, welcome->session);
    hw_put_bytes(out, welcome->nonce, sizeof welcome->nonce);
    hw_put_bytes(out, welcome->token, sizeof welcome->token);
    put_inc(out, &welcome->hub);
    hw_put_uint(out, welcome->time_ms);
    hw_put_uint(out, welcome->status);
    hw_put_uint(out, welcome->credit);
    put_tips(out, welcome->streams, welcome->streams_n);
    hw_put_array(out, welcome->groups_n);
    for (size_t i = 0; i < welcome->groups_n; i++) {
        hw_put_array(out, 5);
        put_slice(out, welcome->groups[i].group);
        hw_put_uint(out, welcome->groups[i].state);
        hw_put_uint(out, welcome->groups[i].position);
        hw_put_uint(out, welcome->groups[i].resume);
        if (welcome->groups[i].state == HW_GROUP_RETURN)
            hw_put_bytes(out, welcome->groups[i].chain, sizeof welcome->groups[i].chain);
        else if (welcome->groups[i].floor)
            hw_put_uint(out, welcome->groups[i].floor);
        else
            hw_put_null(out); /* an office in step has no use for it */
    }
}

static void put_positions(struct hw_out *out, const struct hw_position *positions, size_t n)
{
    hw_put_array(out, n);
    for (size_t i = 0; i < n; i++) {
        hw_put_array(out, 2);
        if (positions[i].group.n)
            put_slice(out, positions[i].group);
        else
            hw_put_uint(out, positions[i].lane);
        hw_put_uint(out, positions[i].position);
    }
}

static void put_ack(struct hw_out *out, const struct hw_ack_message *ack)
{
    hw_put_array(out, 2);
    hw_put_array(out, ack->streams_n);
    for (size_t i = 0; i < ack->streams_n; i++) {
        hw_put_array(out, 4);
        put_inc(out, &ack->streams[i].inc);
        put_slice(out, ack->streams[i].group);
        hw_put_uint(out, ack->streams[i].durable);
        hw_put_uint(out, ack->streams[i].admitted);
    }
    put_positions(out, ack->journals, ack->journals_n);
}

static void put_ping(struct hw_out *out, const struct hw_ping *ping)
{
    hw_put_array(out, 4);
    hw_put_uint(out, ping->number);
    hw_put_bool(out, ping->answer);
    hw_put_uint(out, ping->time_ms);
    put_positions(out, ping->journals, ping->journals_n);
}

static void put_error(struct hw_out *out, const struct hw_error_message *error)
{
    hw_put_array(out, 4);
    put_slice(out, error->code);
    put_slice(out, error->what);
    put_slice(out, error->text);
    hw_put_uint(out, error->retry_ms);
}

static void put_introduce(struct hw_out *out, const struct hw_introduce *introduce)
{
    hw_put_array(out, introduce->keyed ? 8 : introduce->reason ? 6 : 5);
    put_slice(out, introduce->office);
    put_inc(out, &introduce->inc);
    hw_put_bytes(out, introduce->sign_key, sizeof introduce->sign_key);
    put_inc(out, &introduce->previous);
    hw_put_bytes(out, introduce->proof, sizeof introduce->proof);
    if (introduce->reason || introduce->keyed)
        hw_put_uint(out, introduce->reason);
    if (!introduce->keyed)
        return;
    hw_put_bytes(out, introduce->curve_key, sizeof introduce->curve_key);
    hw_put_bytes(out, introduce->curve_proof, sizeof introduce->curve_proof);
}

static void put_snapshot(struct hw_out *out, const struct hw_snapshot_message *snapshot)
{
    static const uint8_t items[] = {[HW_SNAPSHOT_ASK] = 4, [HW_SNAPSHOT_OFFER] = 4, [HW_SNAPSHOT_CHUNK] = 5,
                                    [HW_SNAPSHOT_NONE] = 2};
    bool placed = snapshot->what == HW_SNAPSHOT_ASK || snapshot->what == HW_SNAPSHOT_CHUNK;
    hw_put_array(out, items[snapshot->what]);
    hw_put_uint(out, snapshot->what);
    put_slice(out, snapshot->group);
    if (placed) {
        hw_put_uint(out, snapshot->position);
        hw_put_uint(out, snapshot->index);
    }
    if (snapshot->what == HW_SNAPSHOT_OFFER || snapshot->what == HW_SNAPSHOT_CHUNK)
        hw_put_bytes(out, snapshot->bytes.p, snapshot->bytes.n);
    if (snapshot->what == HW_SNAPSHOT_OFFER)
        hw_put_bytes(out, snapshot->signature, sizeof snapshot->signature);
}

static void put_sealed(struct hw_out *out, const struct hw_sealed *sealed)
{
    hw_put_array(out, 4);
    hw_put_uint(out, sealed->lane);
    hw_put_uint(out, sealed->first);
    hw_put_uint(out, sealed->n);
    hw_put_bytes(out, sealed->sealed.p, sealed->sealed.n);
}

static void put_news(struct hw_out *out, const struct hw_news *news)
{
    hw_put_array(out, 4);
    hw_put_uint(out, news->lane);
    hw_put_uint(out, news->position);
    hw_put_array(out, news->items_n);
    for (size_t i = 0; i < news->items_n; i++) {
        const struct hw_news_item *item = &news->items[i];
        hw_put_array(out, item->next ? 2 : 5);
        hw_put_int(out, item->ms);
        if (!item->next && item->own)
            hw_put_null(out);
        else if (!item->next)
            put_inc(out, &item->inc);
        if (!item->next) {
            hw_put_uint(out, item->first);
            hw_put_uint(out, item->n);
        }
        if (item->own)
            hw_put_bytes(out, item->check, sizeof item->check);
        else
            hw_put_bytes(out, item->sealed.p, item->sealed.n);
    }
    if (news->is_signed)
        hw_put_bytes(out, news->signature, sizeof news->signature);
    else
        hw_put_null(out);
}

static void put_envelope(struct hw_out *out, unsigned type, uint64_t session)
{
    hw_put_array(out, 4);
    hw_put_uint(out, HW_PROTOCOL_VERSION);
    hw_put_uint(out, type);
    hw_put_uint(out, session);
}

void hw_segments_item(struct hw_out *items, struct hw_slice wire)
{
    hw_put_bytes(items, wire.p, wire.n);
}

void hw_segments_wrap(struct hw_out *out, uint64_t session, struct hw_slice items, size_t n)
{
    put_envelope(out, HW_SEGMENTS, session);
    hw_put_array(out, n);
    hw_put_raw(out, items.p, items.n);
}

void hw_journal_item(struct hw_out *items, const struct hw_journal_item *item)
{
    hw_put_array(items, 3);
    hw_put_bytes(items, item->entry.p, item->entry.n);
    hw_put_bytes(items, item->signature, item->bare ? 0 : sizeof item->signature);
    if (item->segment.n)
        hw_put_bytes(items, item->segment.p, item->segment.n);
    else
        hw_put_null(items);
}

void hw_journal_wrap(struct hw_out *out, uint64_t session, const struct hw_journal_message *head,
                     struct hw_slice items, size_t n)
{
    put_envelope(out, HW_JOURNAL, session);
    hw_put_array(out, 4);
    put_slice(out, head->group);
    put_inc(out, &head->life);
    hw_put_bytes(out, head->chain, sizeof head->chain);
    hw_put_array(out, n);
    hw_put_raw(out, items.p, items.n);
}

void hw_history_item(struct hw_out *items, const struct hw_history_item *item)
{
    hw_put_array(items, 5);
    hw_put_uint(items, item->position);
    hw_put_uint(items, item->time_ms);
    hw_put_bytes(items, item->segment.p, item->segment.n);
    hw_put_bytes(items, item->before, sizeof item->before);
    hw_put_array(items, item->verdicts_n);
    for (size_t i = 0; i < item->verdicts_n; i++) {
        const struct hw_history_verdict *verdict = &item->verdicts[i];
        hw_put_array(items, 5);
        hw_put_uint(items, verdict->seq);
        hw_put_uint(items, verdict->verdict);
        hw_put_uint(items, verdict->code);
        hw_put_uint(items, verdict->stamp);
        put_slice(items, verdict->text);
    }
}

void hw_history_name_item(struct hw_out *named, const struct hw_history_named *write)
{
    hw_put_array(named, 5);
    put_inc(named, &write->name.inc);
    hw_put_uint(named, write->name.seq);
    hw_put_uint(named, write->name.op);
    hw_put_uint(named, write->stamp);
    hw_put_bytes(named, write->value.p, write->value.n);
}

void hw_history_wrap(struct hw_out *out, uint64_t session, const struct hw_history_message *head, struct hw_slice items,
                     struct hw_slice named)
{
    put_envelope(out, HW_HISTORY, session);
    hw_put_array(out, 6);
    hw_put_uint(out, HW_HISTORY_PAGE);
    hw_put_uint(out, head->number);
    put_slice(out, head->group);
    hw_put_uint(out, head->from);
    hw_put_array(out, head->items_n);
    hw_put_raw(out, items.p, items.n);
    hw_put_array(out, head->named_n);
    hw_put_raw(out, named.p, named.n);
}

static void put_history(struct hw_out *out, uint64_t session, const struct hw_history_message *history)
{
    if (history->what == HW_HISTORY_PAGE) {
        struct hw_out items = {0}, named = {0};
        for (size_t i = 0; i < history->items_n; i++)
            hw_history_item(&items, &history->items[i]);
        for (size_t i = 0; i < history->named_n; i++)
            hw_history_name_item(&named, &history->named[i]);
        hw_history_wrap(out, session, history, hw_out_slice(&items), hw_out_slice(&named));
        hw_out_done(&items);
        hw_out_done(&named);
        return;
    }
    put_envelope(out, HW_HISTORY, session);
    hw_put_array(out, 7);
    hw_put_uint(out, history->what);
    hw_put_uint(out, history->number);
    put_slice(out, history->group);
    if (history->one)
        hw_put_bytes(out, history->record.b, sizeof history->record.b);
    else
        hw_put_null(out);
    hw_put_uint(out, history->from);
    hw_put_uint(out, history->since_ms);
    hw_put_uint(out, history->events);
}

static void put_segments(struct hw_out *out, uint64_t session, const struct hw_message *message)
{
    struct hw_out items = {0};
    for (size_t i = 0; i < message->body.segments.n; i++)
        hw_segments_item(&items, message->body.segments.wires[i]);
    hw_segments_wrap(out, session, hw_out_slice(&items), message->body.segments.n);
    hw_out_done(&items);
}

static void put_journal(struct hw_out *out, uint64_t session, const struct hw_journal_message *journal)
{
    struct hw_out items = {0};
    for (size_t i = 0; i < journal->items_n; i++)
        hw_journal_item(&items, &journal->items[i]);
    hw_journal_wrap(out, session, journal, hw_out_slice(&items), journal->items_n);
    hw_out_done(&items);
}

static void put_credit(struct hw_out *out, const struct hw_credit *credit)
{
    hw_put_uint(out, credit->lane);
    hw_put_uint(out, credit->bytes);
}

static void put_body(struct hw_out *out, const struct hw_message *message)
{
    switch (message->type) {
    case HW_JOIN:
        put_join(out, &message->body.join);
        break;
    case HW_ADMITTED:
        put_admitted(out, &message->body.admitted);
        break;
    case HW_HELLO:
        put_hello(out, &message->body.hello);
        break;
    case HW_WELCOME:
        put_welcome(out, &message->body.welcome);
        break;
    case HW_CONFIRM:
        hw_put_array(out, 4);
        hw_put_bytes(out, message->body.confirm.token, HW_TOKEN_SIZE);
        hw_put_bool(out, message->body.confirm.bare);
        put_credit(out, &message->body.confirm.credit);
        break;
    case HW_CREDIT:
        hw_put_array(out, 2);
        put_credit(out, &message->body.credit);
        break;
    case HW_ACK:
        put_ack(out, &message->body.ack);
        break;
    case HW_PING:
        put_ping(out, &message->body.ping);
        break;
    case HW_BYE:
        put_slice(out, message->body.bye);
        break;
    case HW_INTRODUCE:
        put_introduce(out, &message->body.introduce);
        break;
    case HW_SNAPSHOT:
        put_snapshot(out, &message->body.snapshot);
        break;
    case HW_AGAIN:
        put_again(out, &message->body.hello);
        break;
    case HW_SEALED:
        put_sealed(out, &message->body.sealed);
        break;
    case HW_NEWS:
        put_news(out, &message->body.news);
        break;
    default:
        put_error(out, &message->body.error);
        break;
    }
}

void hw_message_encode(struct hw_out *out, const struct hw_message *message)
{
    if (message->type == HW_SEGMENTS) {
        put_segments(out, message->session, message);
        return;
    }
    if (message->type == HW_JOURNAL) {
        put_journal(out, message->session, &message->body.journal);
        return;
    }
    if (message->type == HW_HISTORY) {
        put_history(out, message->session, &message->body.history);
        return;
    }
    put_envelope(out, message->type, message->session);
    put_body(out, message);
}
