/* rogue.c: the connection and the session of an office in hostile hands. */
#include "tests/hostile/rogue.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

enum { ANSWER_MS = 5000, CUT_MS = 20, TRIES = 40 };

static void set(void *socket, int option, int value)
{
    zmq_setsockopt(socket, option, &value, sizeof value);
}

void rogue_close(struct rogue *r)
{
    if (r->socket)
        zmq_close(r->socket);
    r->socket = NULL;
    r->in_session = false;
}

void rogue_open(struct rogue *r)
{
    rogue_close(r);
    r->socket = zmq_socket(r->context, ZMQ_DEALER);
    set(r->socket, ZMQ_LINGER, 0);
    set(r->socket, ZMQ_SNDHWM, 100000);
    set(r->socket, ZMQ_IMMEDIATE, 1);
    set(r->socket, ZMQ_RECONNECT_IVL, -1); /* it connects once */
    zmq_setsockopt(r->socket, ZMQ_CURVE_SERVERKEY, r->hub_key, KEY_SIZE);
    zmq_setsockopt(r->socket, ZMQ_CURVE_PUBLICKEY, r->curve_public, KEY_SIZE);
    zmq_setsockopt(r->socket, ZMQ_CURVE_SECRETKEY, r->curve_secret, KEY_SIZE);
    zmq_connect(r->socket, r->address);
    r->said = false;
    *r->error = 0;
}

/* Waits until the socket takes it: with IMMEDIATE that is when the handshake is over; later it takes nothing when the hub has
 * hung up. */
int rogue_frame(struct rogue *r, const void *bytes, size_t n, int flags)
{
    zmq_pollitem_t item = {.socket = r->socket, .events = ZMQ_POLLOUT};
    if (zmq_poll(&item, 1, r->said ? CUT_MS : ANSWER_MS) <= 0)
        return EAGAIN;
    r->said = zmq_send(r->socket, bytes, n, flags | ZMQ_DONTWAIT) >= 0;
    return r->said ? 0 : zmq_errno();
}

int rogue_say(struct rogue *r, const struct hw_message *message)
{
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    hw_message_encode(&bytes, message);
    return rogue_frame(r, bytes.p, bytes.n, 0);
}

void rogue_reason(struct rogue *r, const char *what, const char *text)
{
    char line[ROGUE_TEXT];
    snprintf(line, sizeof line, "%s: %s", what, text);
    for (size_t i = 0; i < r->reasons_n; i++)
        if (strcmp(r->reasons[i].text, line) == 0) {
            r->reasons[i].n++;
            return;
        }
    if (r->reasons_n == ROGUE_REASONS)
        return;
    memcpy(r->reasons[r->reasons_n].text, line, sizeof line);
    r->reasons[r->reasons_n++].n = 1;
}

/* Its position; 0: none can be read. */
static uint64_t heard_entry(struct rogue *r, struct hw_slice bytes)
{
    struct hw_entry entry;
    char text[ROGUE_TEXT];
    if (hw_entry_decode(bytes, &entry, NULL) != HW_OK)
        return 0;
    if (entry.type != HW_ENTRY_VERDICT || hw_inc_compare(&entry.inc, &r->inc) != 0 || entry.seq != r->expected)
        return entry.position;
    snprintf(text, sizeof text, "%.*s", (int)entry.text.n, (const char *)entry.text.p);
    r->verdicts++;
    r->reclocked += entry.verdict == HW_VERDICT_RECLOCKED;
    r->refused += entry.verdict == HW_VERDICT_REFUSED;
    rogue_reason(r, entry.verdict == HW_VERDICT_RECLOCKED ? "RECLOCKED" : "REFUSED", text);
    return entry.position;
}

/* As an honest office: who confirms nothing is told little more. */
static void confirm_heard(struct rogue *r, struct hw_position held, size_t n)
{
    struct hw_message message = {.type = HW_CREDIT, .session = r->session};
    message.body.credit.lane = HW_LANE_SNAPSHOT;
    message.body.credit.bytes = n;
    rogue_say(r, &message);
    if (held.position == 0)
        return;
    message = (struct hw_message){.type = HW_ACK, .session = r->session};
    message.body.ack = (struct hw_ack_message){.journals = &held, .journals_n = 1};
    rogue_say(r, &message);
}

static void heard_journal(struct rogue *r, const struct hw_journal_message *journal, size_t n)
{
    if (!hw_slice_is(journal->group, r->group) && !hw_slice_is(journal->group, "directory"))
        r->leaked += n;
    struct hw_position held = {.group = journal->group};
    for (size_t i = 0; i < journal->items_n; i++)
        held.position = heard_entry(r, journal->items[i].entry);
    confirm_heard(r, held, n);
}

static void heard_snapshot(struct rogue *r, const struct hw_snapshot_message *snapshot, size_t n)
{
    bool records = snapshot->what == HW_SNAPSHOT_OFFER || snapshot->what == HW_SNAPSHOT_CHUNK;
    r->leaked += records && !hw_slice_is(snapshot->group, r->group) ? n : 0;
    if (hw_slice_is(snapshot->group, r->group))
        rogue_reason(r, "SNAPSHOT", records ? "records of its own group" : "none of its own group");
}

static void heard_history(struct rogue *r, const struct hw_history_message *page, size_t n)
{
    bool own = hw_slice_is(page->group, r->group), open = own || hw_slice_is(page->group, "directory");
    r->leaked += page->items_n + page->named_n && !open ? n : 0;
    if (own)
        rogue_reason(r, "HISTORY", page->items_n ? "of its own group" : "none of its own group");
}

static void heard_welcome(struct rogue *r, const struct hw_message *message)
{
    const struct hw_welcome *welcome = &message->body.welcome;
    r->session = message->session;
    r->hub = welcome->hub;
    memcpy(r->token, welcome->token, sizeof r->token);
    r->credit = welcome->credit;
    for (size_t i = 0; i < welcome->streams_n; i++)
        if (hw_slice_is(welcome->streams[i].group, r->group)) {
            r->seq = welcome->streams[i].seq;
            if (!welcome->streams[i].told) /* else it is what was said */
                memcpy(r->hash, welcome->streams[i].hash, sizeof r->hash);
        }
    r->spent = welcome->status != HW_WELCOME_OK;
    if (r->spent)
        snprintf(r->error, sizeof r->error, "WELCOME with status %u", welcome->status);
    else
        memset(r->proof, 0, sizeof r->proof), r->previous = (struct hw_inc){{0}};
    for (size_t i = 0; i < welcome->groups_n; i++) /* of others nothing is told */
        if (!hw_slice_is(welcome->groups[i].group, r->group) && !hw_slice_is(welcome->groups[i].group, "directory") &&
            (welcome->groups[i].position || welcome->groups[i].resume))
            r->leaked += 1; /* how far another's group is */
}

bool rogue_hear(struct rogue *r, int wait_ms)
{
    zmq_pollitem_t item = {.socket = r->socket, .events = ZMQ_POLLIN};
    zmq_msg_t frame;
    struct hw_arena arena = {0};
    struct hw_message message;
    if (zmq_poll(&item, 1, wait_ms) <= 0)
        return false;
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, r->socket, ZMQ_DONTWAIT) < 0)
        return false;
    struct hw_slice bytes = {zmq_msg_data(&frame), zmq_msg_size(&frame)};
    r->bytes += bytes.n;
    if (hw_message_decode(bytes, &arena, &message, NULL) == HW_OK) {
        r->heard[message.type]++;
        if (message.type == HW_WELCOME)
            heard_welcome(r, &message);
        if (message.type == HW_CREDIT)
            r->credit += message.body.credit.bytes;
        if (message.type == HW_SNAPSHOT)
            heard_snapshot(r, &message.body.snapshot, bytes.n);
        if (message.type == HW_HISTORY)
            heard_history(r, &message.body.history, bytes.n);
        if (message.type == HW_JOURNAL)
            heard_journal(r, &message.body.journal, bytes.n);
        if (message.type == HW_NEWS) {
            const struct hw_news *news = &message.body.news;
            confirm_heard(r, (struct hw_position){.lane = news->lane, .position = news->position + news->items_n - 1}, bytes.n);
        }
        for (size_t i = 0; message.type == HW_ACK && i < message.body.ack.streams_n; i++) {
            r->durable = message.body.ack.streams[i].durable;
            r->admitted = message.body.ack.streams[i].admitted;
        }
        if (message.type == HW_ERROR)
            snprintf(r->error, sizeof r->error, "%.*s: %.*s", (int)message.body.error.code.n,
                     (const char *)message.body.error.code.p, (int)message.body.error.text.n,
                     (const char *)message.body.error.text.p);
        if (message.type == HW_BYE || message.type == HW_ERROR)
            r->in_session = false;
    }
    hw_arena_done(&arena);
    zmq_msg_close(&frame);
    return true;
}

/* As an honest office does that is taken for its own clone. */
static void new_life(struct rogue *r)
{
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    uint8_t secret[HW_SIGN_SECRET];
    r->previous = r->inc;
    randombytes_buf(r->inc.b, sizeof r->inc.b);
    crypto_sign_keypair(r->sign_public, secret);
    hw_life_signed(&bytes, &r->inc, r->sign_public);
    crypto_sign_detached(r->proof, NULL, bytes.p, bytes.n, r->sign_secret);
    memcpy(r->sign_secret, secret, sizeof secret);
    memset(r->token, 0, sizeof r->token);
    memset(r->hash, 0, sizeof r->hash);
    r->seq = 0;
    r->spent = false;
}

void rogue_hello(const struct rogue *r, struct hw_arena *arena, struct hw_message *message)
{
    struct hw_hello *hello = &message->body.hello;
    *message = (struct hw_message){.type = HW_HELLO};
    *hello = (struct hw_hello){.schema = HW_SCHEMA_VERSION, .inc = r->inc, .time_ms = 1784000000000};
    memcpy(hello->sign_key, r->sign_public, sizeof hello->sign_key);
    memcpy(hello->token, r->token, sizeof hello->token);
    hello->previous = r->previous;
    memcpy(hello->previous_proof, r->proof, sizeof hello->previous_proof);
    randombytes_buf(hello->nonce, sizeof hello->nonce);
    hello->streams = hw_arena_zero(arena, 1, sizeof *hello->streams);
    hello->streams[0] = (struct hw_stream_tip){.group = hw_slice_text(r->group), .seq = r->seq};
    memcpy(hello->streams[0].hash, r->hash, sizeof r->hash);
    hello->streams_n = r->seq > 0;
}

static bool confirm(struct rogue *r)
{
    struct hw_message message = {.type = HW_CONFIRM, .session = r->session};
    uint64_t before = r->heard[HW_PING];
    memcpy(message.body.confirm.token, r->token, sizeof r->token);
    message.body.confirm.credit = (struct hw_credit){HW_LANE_SNAPSHOT, 4 * HW_MESSAGE_SIZE};
    rogue_say(r, &message);
    message = (struct hw_message){.type = HW_PING, .session = r->session};
    rogue_say(r, &message);
    for (int i = 0; i < TRIES && r->heard[HW_PING] == before && !*r->error; i++)
        rogue_hear(r, ANSWER_MS / TRIES);
    r->in_session = r->heard[HW_PING] > before && !*r->error;
    return r->in_session;
}

bool rogue_session(struct rogue *r)
{
    struct hw_arena arena = {0};
    struct hw_message message;
    if (r->in_session)
        return true;
    if (r->spent)
        new_life(r);
    rogue_open(r);
    uint64_t before = r->heard[HW_WELCOME];
    r->credit = 0;
    rogue_hello(r, &arena, &message);
    int failed = rogue_say(r, &message);
    hw_arena_done(&arena);
    for (int i = 0; i < TRIES && !failed && r->heard[HW_WELCOME] == before && !*r->error; i++)
        rogue_hear(r, ANSWER_MS / TRIES);
    return r->heard[HW_WELCOME] > before && !*r->error && confirm(r);
}
