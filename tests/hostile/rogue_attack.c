/* rogue_attack.c: floods and forged messages of an office in hostile hands; also strangers and bearers of an invitation,
 * who have a key of another kind. Each returns how often it did it. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "tests/hostile/rogue.h"

enum { ANSWER_MS = 2000, CROWD_MAX = 2000 };

static void drain(struct rogue *r, int wait_ms)
{
    while (rogue_hear(r, wait_ms))
        wait_ms = 0;
}

/* One HELLO after the other, each with the right token and never a CONFIRM; a connection that ends is begun anew. */
unsigned rogue_hellos(struct rogue *r, unsigned n, bool wait)
{
    unsigned done = 0;
    rogue_open(r);
    for (; done < n; done++) {
        struct hw_arena arena = {0};
        struct hw_message message;
        rogue_hello(r, &arena, &message);
        if (*r->error) {
            rogue_reason(r, "ERROR", r->error);
            rogue_open(r);
        }
        int failed = rogue_say(r, &message);
        hw_arena_done(&arena);
        if (failed)
            rogue_open(r);
        else if (wait)
            rogue_hear(r, ANSWER_MS);
        else
            drain(r, 0);
    }
    drain(r, 100);
    if (*r->error)
        rogue_reason(r, "ERROR", r->error);
    rogue_close(r);
    return done;
}

/* Messages of a few bytes: `empty`, `byte`, `subscribe`, `garbage`, or a PING in a session that asks for no answer. */
unsigned rogue_small(struct rogue *r, unsigned n, const char *what)
{
    uint8_t bytes[64];
    unsigned done = 0;
    if (strcmp(what, "ack") == 0 && !rogue_session(r))
        return 0;
    if (strcmp(what, "ack") != 0)
        rogue_open(r);
    for (; done < n; done++) {
        size_t size = strcmp(what, "empty") == 0 ? 0 : strcmp(what, "byte") == 0 ? 1 : sizeof bytes;
        randombytes_buf(bytes, sizeof bytes);
        if (strcmp(what, "subscribe") == 0)
            bytes[0] = 1; /* a subscription to whatever follows, as a SUB socket of ZMTP 2 would say */
        struct hw_message ack = {.type = HW_ACK, .session = r->session};
        int failed = strcmp(what, "ack") == 0 ? rogue_say(r, &ack) : rogue_frame(r, bytes, size, 0);
        drain(r, 0);
        if (!failed && !*r->error)
            continue;
        if (*r->error)
            rogue_reason(r, "ERROR", r->error);
        rogue_open(r);
    }
    drain(r, 200);
    if (*r->error)
        rogue_reason(r, "ERROR", r->error);
    rogue_close(r);
    return done;
}

/* In session, a message that asks for nothing every millisecond, which is within all limits; until the hub hangs up. */
unsigned rogue_steady(struct rogue *r, unsigned n)
{
    unsigned done = 0;
    if (!rogue_session(r))
        return 0;
    for (; done < n; done++) {
        struct hw_message ack = {.type = HW_ACK, .session = r->session};
        if (rogue_say(r, &ack) || *r->error)
            break;
        rogue_hear(r, 1);
    }
    return done;
}

/* Questions for records that it may not see, and for pieces that there cannot be; then pieces of its own for the hub. */
static void asked(struct rogue *r, unsigned which, struct hw_arena *arena, struct hw_message *message)
{
    static const char *const groups[] = {"secret", "wg6", "directory", "nowhere", NULL};
    const char *group = groups[which % 5];
    struct hw_snapshot_message *ask = &message->body.snapshot;
    *message = (struct hw_message){.type = HW_SNAPSHOT, .session = r->session};
    *ask = (struct hw_snapshot_message){.what = HW_SNAPSHOT_ASK, .group = hw_slice_text(group ? group : r->group)};
    if (which / 5 % 2)
        ask->position = ask->index = (uint64_t)INT64_MAX - which;
    else
        ask->index = which / 10 % 4000;
    if (which % 23 == 22) { /* what only a hub says */
        ask->what = which % 2 ? HW_SNAPSHOT_OFFER : HW_SNAPSHOT_CHUNK;
        ask->bytes = (struct hw_slice){hw_arena_zero(arena, 3000, HW_HASH_SIZE), 3000 * HW_HASH_SIZE};
    }
}

unsigned rogue_snapshots(struct rogue *r, unsigned n)
{
    unsigned done = 0;
    for (; done < n && rogue_session(r); done++) {
        struct hw_arena arena = {0};
        struct hw_message message;
        asked(r, done, &arena, &message);
        rogue_say(r, &message);
        rogue_hear(r, 5);
        hw_arena_done(&arena);
        if (*r->error)
            rogue_reason(r, "ERROR", r->error);
    }
    return done;
}

/* Questions for history that it may not see, of records that are not in the group asked for, and the next one before the first is
 * answered; then pages of its own for the hub. */
unsigned rogue_histories(struct rogue *r, unsigned n)
{
    static const char *const groups[] = {"secret", "wg6", "directory", "nowhere", NULL};
    unsigned done = 0;
    for (; done < n && rogue_session(r); done++) {
        const char *group = groups[done % 5] ? groups[done % 5] : r->group;
        struct hw_message message = {.type = HW_HISTORY, .session = r->session};
        message.body.history = (struct hw_history_message){.what = HW_HISTORY_ASK, .number = done, .group = hw_slice_text(group),
                                                           .one = done / 5 % 2, .from = done % 3 ? INT64_MAX : 1 + done,
                                                           .events = 1 + done % HW_HISTORY_EVENTS};
        randombytes_buf(message.body.history.record.b, sizeof message.body.history.record.b);
        if (done % 23 == 22)
            message.body.history.what = HW_HISTORY_PAGE;
        for (unsigned twice = 0; twice <= (done % 7 == 6); twice++)
            rogue_say(r, &message);
        uint64_t pages = r->heard[HW_HISTORY];
        for (unsigned tries = 0; tries < 100 && r->heard[HW_HISTORY] == pages && !*r->error; tries++)
            rogue_hear(r, 20); /* the hub may be busy */
        if (*r->error)
            rogue_reason(r, "ERROR", r->error);
    }
    return done;
}

/* New lives, each vouched for as it should be; of another office, which it cannot vouch for, every second one. */
unsigned rogue_lives(struct rogue *r, unsigned n)
{
    unsigned done = 0;
    for (; done < n && rogue_session(r); done++) {
        struct hw_message message = {.type = HW_INTRODUCE, .session = r->session};
        struct hw_introduce *one = &message.body.introduce;
        struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
        bool other = done % 2;
        *one = (struct hw_introduce){.office = hw_slice_text(other ? "KAZ" : r->office),
                                     .previous = other ? r->victim : r->inc, .reason = HW_LIFE_RESTORED};
        randombytes_buf(one->inc.b, sizeof one->inc.b);
        randombytes_buf(one->sign_key, sizeof one->sign_key);
        hw_life_signed(&bytes, &one->inc, one->sign_key);
        crypto_sign_detached(one->proof, NULL, bytes.p, bytes.n, r->sign_secret);
        rogue_say(r, &message);
        rogue_hear(r, 5);
        if (*r->error)
            rogue_reason(r, "ERROR", r->error);
    }
    return done;
}

/* Questions whose answers are never read. */
unsigned rogue_pings(struct rogue *r, unsigned n)
{
    struct hw_message ping = {.type = HW_PING};
    unsigned done = 0;
    if (!rogue_session(r))
        return 0;
    for (; done < n; done++) {
        ping.session = r->session;
        ping.body.ping = (struct hw_ping){.number = done + 1, .time_ms = 1784000000000};
        if (rogue_say(r, &ping))
            break;
    }
    return done; /* the socket stays open and unread */
}

/* A message of many frames; `n` of 0 never ends. */
unsigned rogue_frames(struct rogue *r, unsigned n, size_t size)
{
    uint8_t *bytes = calloc(1, size);
    unsigned done = 0;
    if (rogue_session(r))
        for (; done < n; done++)
            if (rogue_frame(r, bytes, size, done + 1 < n ? ZMQ_SNDMORE : 0))
                break;
    free(bytes);
    return done;
}

unsigned rogue_big(struct rogue *r, unsigned n, size_t size)
{
    uint8_t *bytes = calloc(1, size);
    unsigned done = 0;
    for (; done < n && rogue_session(r); done++) {
        rogue_frame(r, bytes, size, 0);
        drain(r, 300);
        if (*r->error)
            rogue_reason(r, "ERROR", r->error);
        rogue_close(r);
    }
    free(bytes);
    return done;
}

/* What only a hub says, what only an invitation's key may say, what only a relay says, and figures beyond all measure. */
static void forged(const struct rogue *r, unsigned which, struct hw_arena *arena, struct hw_message *message)
{
    *message = (struct hw_message){.session = r->session};
    struct hw_position *far = hw_arena_zero(arena, 1, sizeof *far);
    *far = (struct hw_position){.group = hw_slice_text(r->group), .position = (uint64_t)INT64_MAX};
    switch (which % 9) {
    case 0:
        message->type = HW_ADMITTED;
        message->body.admitted = (struct hw_admitted){.office = hw_slice_text("HQ"), .hub = r->hub, .life = 1};
        break;
    case 1:
        message->type = HW_WELCOME;
        message->body.welcome = (struct hw_welcome){.schema = 1, .session = r->session, .hub = r->hub};
        break;
    case 2:
        message->type = HW_JOIN;
        message->body.join = (struct hw_join){.office = hw_slice_text("HQ"), .inc = r->inc};
        break;
    case 3:
        message->type = HW_CREDIT;
        message->body.credit.lane = HW_LANE_LIVE;
        message->body.credit.bytes = (uint64_t)INT64_MAX;
        break;
    case 4:
        message->type = HW_CONFIRM;
        break;
    case 5:
        message->type = HW_INTRODUCE;
        message->body.introduce = (struct hw_introduce){.office = hw_slice_text("KAZ"), .inc = r->inc, .previous = r->hub};
        break;
    case 6:
        message->type = HW_ACK;
        message->body.ack = (struct hw_ack_message){.journals = far, .journals_n = 1};
        break;
    case 7:
        message->type = HW_BYE;
        message->session = r->session + 1; /* another's session */
        message->body.bye = hw_slice_text("good bye");
        break;
    default:
        message->type = HW_PING;
        message->session = r->session - 1;
        message->body.ping = (struct hw_ping){.number = 1};
    }
}

unsigned rogue_forge(struct rogue *r, unsigned n)
{
    unsigned done = 0;
    for (; done < n; done++) {
        struct hw_arena arena = {0};
        struct hw_message message;
        if (rogue_session(r)) {
            forged(r, done, &arena, &message);
            rogue_say(r, &message);
            drain(r, 50);
        }
        rogue_reason(r, "ERROR", *r->error ? r->error : "none");
        rogue_close(r);
        hw_arena_done(&arena);
    }
    return done;
}

/* HELLOs that claim journals as long as there can be, streams that end at 2^63 - 1, and a thousand of each. */
unsigned rogue_claims(struct rogue *r, unsigned n)
{
    unsigned done = 0;
    for (; done < n; done++) {
        struct hw_arena arena = {0};
        struct hw_message message;
        rogue_open(r);
        rogue_hello(r, &arena, &message);
        struct hw_hello *hello = &message.body.hello;
        size_t many = done % 2 ? HW_STREAMS_MAX : 1;
        hello->streams = hw_arena_zero(&arena, many, sizeof *hello->streams);
        hello->cursors = hw_arena_zero(&arena, many, sizeof *hello->cursors);
        for (size_t i = 0; i < many; i++) {
            static const char *const real[] = {"secret", "wg6", "directory", "open"};
            const char *code = i < 4 ? real[(i + done) % 4] : hw_arena_printf(&arena, "group-%zu", i);
            struct hw_slice group = hw_slice_text(code);
            hello->streams[i] = (struct hw_stream_tip){.group = group, .seq = (uint64_t)INT64_MAX};
            hello->cursors[i] = (struct hw_cursor){.group = group, .life = r->hub, .position = (uint64_t)INT64_MAX - i};
        }
        hello->streams_n = hello->cursors_n = many;
        rogue_say(r, &message);
        rogue_hear(r, ANSWER_MS);
        drain(r, 0);
        rogue_reason(r, "ERROR", *r->error ? r->error : "none");
        rogue_close(r);
        hw_arena_done(&arena);
    }
    return done;
}

/* The routing id that the hub's ROUTER would give or that another office might have. */
unsigned rogue_spoof(struct rogue *r, unsigned n)
{
    static const char *const ids[] = {"KAZ", "HQ", "0", "headway", "User-Id"};
    void *sockets[CROWD_MAX];
    unsigned done = 0;
    int none = 0, once = -1;
    for (; done < n && done < CROWD_MAX; done++) {
        const char *id = ids[done % (sizeof ids / sizeof *ids)];
        void *socket = sockets[done] = zmq_socket(r->context, ZMQ_DEALER);
        zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
        zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &once, sizeof once); /* not a flood of connects besides */
        zmq_setsockopt(socket, ZMQ_ROUTING_ID, id, strlen(id));
        zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, r->hub_key, KEY_SIZE);
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, r->curve_public, KEY_SIZE);
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, r->curve_secret, KEY_SIZE);
        zmq_connect(socket, r->address);
        zmq_send(socket, "x", 1, ZMQ_DONTWAIT);
    }
    for (unsigned i = 0; i < done; i++) {
        zmq_pollitem_t item = {.socket = sockets[i], .events = ZMQ_POLLIN};
        zmq_poll(&item, 1, i == 0 ? 500 : 0);
        zmq_close(sockets[i]);
    }
    return done;
}

/* The same office many times at once, each connection with a HELLO of its own. */
unsigned rogue_crowd(struct rogue *r, unsigned n)
{
    static struct rogue many[CROWD_MAX];
    unsigned done = 0;
    for (; done < n && done < CROWD_MAX; done++) {
        struct hw_arena arena = {0};
        struct hw_message message;
        many[done] = *r;
        many[done].socket = NULL;
        rogue_open(&many[done]);
        rogue_hello(r, &arena, &message);
        rogue_say(&many[done], &message);
        hw_arena_done(&arena);
    }
    for (unsigned i = 0; i < done; i++) {
        while (rogue_hear(&many[i], i == 0 ? 1000 : 10))
            continue;
        if (many[i].heard[HW_WELCOME] > r->heard[HW_WELCOME])
            r->spent = true; /* several tokens were given; which one counts it cannot know */
        if (*many[i].error)
            rogue_reason(r, "ERROR", many[i].error);
    }
    for (unsigned i = 0; i < done; i++)
        rogue_close(&many[i]);
    return done;
}

/* Keys that nobody has entered, `n` connections of them at once. */
unsigned rogue_keys(struct rogue *r, unsigned n)
{
    struct rogue stranger = *r;
    unsigned done = 0;
    stranger.socket = NULL;
    static void *sockets[CROWD_MAX];
    for (; done < n && done < CROWD_MAX; done++) {
        crypto_box_keypair(stranger.curve_public, stranger.curve_secret);
        rogue_open(&stranger);
        zmq_send(stranger.socket, "hello", 5, ZMQ_DONTWAIT);
        sockets[done] = stranger.socket;
        stranger.socket = NULL;
    }
    for (unsigned i = 0; i < done; i++) {
        stranger.socket = sockets[i];
        while (rogue_hear(&stranger, i == 0 ? 1000 : 0))
            continue;
        rogue_close(&stranger);
    }
    r->leaked += stranger.bytes - r->bytes; /* a stranger is told nothing at all */
    return done;
}

static int compare(const void *a, const void *b)
{
    const unsigned *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Handshakes one after the other, each from connect to the first byte that may be sent; the count is the median in
 * microseconds. Each connection says something, since the hub takes silent ones amiss. */
unsigned rogue_shakes(struct rogue *r, unsigned n)
{
    struct timespec from, to;
    static unsigned took[CROWD_MAX];
    n = n < CROWD_MAX ? n : CROWD_MAX;
    for (unsigned i = 0; i < n; i++) {
        clock_gettime(CLOCK_MONOTONIC, &from);
        rogue_open(r);
        if (rogue_frame(r, "x", 1, 0))
            return 0;
        clock_gettime(CLOCK_MONOTONIC, &to);
        took[i] = (unsigned)((to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000);
        drain(r, 20); /* the message has been heard when the hub says what it thinks of it */
    }
    rogue_close(r);
    qsort(took, n, sizeof *took, compare);
    return took[n / 2];
}

/* With an invitation's key: requests for another office, with a bad proof, for an office that is none. */
unsigned rogue_join(struct rogue *r, unsigned n)
{
    unsigned done = 0;
    for (; done < n; done++) {
        struct hw_message message = {.type = HW_JOIN};
        struct hw_join *join = &message.body.join;
        struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
        uint8_t secret[HW_SIGN_SECRET];
        rogue_open(r);
        join->office = hw_slice_text(done % 2 ? "HQ" : r->office);
        randombytes_buf(join->inc.b, sizeof join->inc.b);
        randombytes_buf(join->curve_key, sizeof join->curve_key);
        randombytes_buf(join->nonce, sizeof join->nonce);
        crypto_sign_keypair(join->sign_key, secret);
        hw_join_signed(&bytes, join);
        crypto_sign_detached(join->proof, NULL, bytes.p, bytes.n, secret);
        if (done % 2 == 0)
            join->proof[0] ^= 1;
        rogue_say(r, &message);
        for (int i = 0; i < 10 && !*r->error; i++)
            rogue_hear(r, ANSWER_MS / 10);
        rogue_reason(r, "ERROR", *r->error ? r->error : r->heard[HW_ADMITTED] ? "admitted" : "none");
        rogue_close(r);
    }
    return done;
}
