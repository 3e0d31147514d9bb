/* rogue_return.c: the offices of alliance.h, honest ones, who come back all together when their hub has been started again: each
 * after half a second to two at random, and again with waits that double, as daemon/link_up.c does. Each comes from an address of
 * its own in 127.0.0.0/8, holds the directory as it is, and says what an office says that has nothing new. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "tests/hostile/alliance.h"
#include "tests/hostile/rogue.h"

enum { RETURN_MAX = 4000, LEAST_MS = 500, MOST_MS = 60000, PATIENCE_MS = 15000, ALL_MS = 110000 };

struct returner {
    void *socket;
    uint64_t due, began, done; /* milliseconds; done: 0 until it is in session */
    uint64_t session;
    unsigned step, tries;
    bool again; /* it has been here before, and has its token */
    uint8_t token[HW_TOKEN_SIZE];
};

static struct returner all[RETURN_MAX];

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t backoff(struct returner *one)
{
    uint64_t least = LEAST_MS;
    for (unsigned i = 0; i < one->step && 4 * least < MOST_MS; i++)
        least *= 2;
    one->step++;
    return least + randombytes_uniform((uint32_t)(3 * least));
}

static void leave(struct returner *one)
{
    if (one->socket)
        zmq_close(one->socket);
    one->socket = NULL;
}

static void set(void *socket, int option, int value)
{
    zmq_setsockopt(socket, option, &value, sizeof value);
}

static void say(const struct returner *one, const struct hw_message *message)
{
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    hw_message_encode(&bytes, message);
    zmq_send(one->socket, bytes.p, bytes.n, ZMQ_DONTWAIT);
}

static void come(struct rogue *r, struct returner *one, unsigned number)
{
    struct alliance_office office;
    char address[128];
    alliance_office(number, &office);
    one->socket = zmq_socket(r->context, ZMQ_DEALER);
    set(one->socket, ZMQ_LINGER, 0);
    set(one->socket, ZMQ_RECONNECT_IVL, -1);
    zmq_setsockopt(one->socket, ZMQ_CURVE_SERVERKEY, r->hub_key, KEY_SIZE);
    zmq_setsockopt(one->socket, ZMQ_CURVE_PUBLICKEY, office.curve_public, KEY_SIZE);
    zmq_setsockopt(one->socket, ZMQ_CURVE_SECRETKEY, office.curve_secret, KEY_SIZE);
    snprintf(address, sizeof address, "tcp://127.%u.%u.%u:0;%s", 1 + number / 62500, number / 250 % 250, 1 + number % 250,
             r->address + strlen("tcp://"));
    zmq_connect(one->socket, address);
    struct hw_message message = {.type = HW_HELLO};
    struct hw_hello *hello = &message.body.hello;
    *hello = (struct hw_hello){.schema = HW_SCHEMA_VERSION, .inc = office.inc, .time_ms = 1784000000000,
                               .cursors = &r->directory, .cursors_n = r->directory.position > 0};
    memcpy(hello->sign_key, office.sign_public, sizeof hello->sign_key);
    if (one->again)
        memcpy(hello->token, one->token, sizeof hello->token);
    randombytes_buf(hello->nonce, sizeof hello->nonce);
    one->began = now_ms();
    one->tries++;
    say(one, &message);
}

static void confirm(struct returner *one, const struct hw_message *welcome)
{
    struct hw_message message = {.type = HW_CONFIRM, .session = welcome->session};
    one->session = welcome->session;
    one->again = true;
    memcpy(one->token, welcome->body.welcome.token, sizeof one->token);
    memcpy(message.body.confirm.token, one->token, sizeof one->token);
    message.body.confirm.credit = (struct hw_credit){HW_LANE_BACKLOG, 4 * HW_MESSAGE_SIZE};
    say(one, &message);
    message = (struct hw_message){.type = HW_PING, .session = welcome->session};
    say(one, &message); /* its answer says that the hub has taken the session */
}

static void hear(struct rogue *r, struct returner *one)
{
    zmq_msg_t frame;
    struct hw_arena arena = {0};
    struct hw_message message;
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, one->socket, ZMQ_DONTWAIT) < 0)
        return;
    r->bytes += zmq_msg_size(&frame);
    if (hw_message_decode((struct hw_slice){zmq_msg_data(&frame), zmq_msg_size(&frame)}, &arena, &message, NULL) == HW_OK) {
        if (message.type == HW_WELCOME && message.body.welcome.status == HW_WELCOME_OK)
            confirm(one, &message);
        else if (message.type == HW_PING && !one->done)
            one->done = now_ms();
        else if (message.type == HW_WELCOME || message.type == HW_ERROR || message.type == HW_BYE) {
            char text[ROGUE_TEXT];
            snprintf(text, sizeof text, "%.*s", message.type == HW_ERROR ? (int)message.body.error.text.n : 0,
                     message.type == HW_ERROR ? (const char *)message.body.error.text.p : "");
            rogue_reason(r, hw_message_name(message.type), text);
            leave(one);
            one->due = now_ms() + backoff(one);
        }
    }
    hw_arena_done(&arena);
    zmq_msg_close(&frame);
}

/* The hub has hung up: with nowhere to go to the socket takes nothing. */
static bool lost(const struct returner *one)
{
    int events = 0;
    size_t size = sizeof events;
    return zmq_getsockopt(one->socket, ZMQ_EVENTS, &events, &size) == 0 && !(events & (ZMQ_POLLOUT | ZMQ_POLLIN));
}

static unsigned turn(struct rogue *r, unsigned n)
{
    static zmq_pollitem_t items[RETURN_MAX];
    static unsigned of[RETURN_MAX];
    unsigned done = 0, open = 0;
    uint64_t now = now_ms();
    for (unsigned i = 0; i < n; i++) {
        struct returner *one = &all[i];
        done += one->done != 0;
        if (one->socket && !one->done && (now - one->began > PATIENCE_MS || lost(one))) {
            leave(one);
            one->due = now + backoff(one);
        }
        if (!one->socket && one->due <= now)
            come(r, one, i);
        if (one->socket && !one->done) {
            of[open] = i;
            items[open++] = (zmq_pollitem_t){.socket = one->socket, .events = ZMQ_POLLIN};
        }
    }
    zmq_poll(items, (int)open, 10);
    for (unsigned i = 0; i < open; i++)
        for (int k = 0; k < 4 && items[i].revents & ZMQ_POLLIN && all[of[i]].socket; k++)
            hear(r, &all[of[i]]);
    return done;
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* `more`: the directory that they hold, as POSITION:CHAIN:LIFE. They stay until the next time. */
unsigned rogue_return(struct rogue *r, unsigned n, const char *more)
{
    static uint64_t took[RETURN_MAX];
    char chain[2 * HW_HASH_SIZE + 1], life[17], text[ROGUE_TEXT];
    unsigned long long position = 0;
    unsigned done = 0, again = 0;
    n = n < RETURN_MAX ? n : RETURN_MAX;
    r->directory = (struct hw_cursor){.group = hw_slice_text("directory")};
    if (sscanf(more, "%llu:%64[0-9a-f]:%16[0-9a-f]", &position, chain, life) == 3) {
        r->directory.position = position;
        sodium_hex2bin(r->directory.chain, HW_HASH_SIZE, chain, strlen(chain), NULL, NULL, NULL);
        sodium_hex2bin(r->directory.life.b, sizeof r->directory.life.b, life, strlen(life), NULL, NULL, NULL);
    }
    uint64_t began = now_ms();
    for (unsigned i = 0; i < n; i++) {
        leave(&all[i]);
        all[i].done = all[i].step = all[i].tries = 0;
        all[i].due = began + backoff(&all[i]);
    }
    while (done < n && now_ms() - began < ALL_MS)
        done = turn(r, n);
    for (unsigned i = 0; i < n; i++) {
        took[i] = all[i].done ? all[i].done - began : ALL_MS;
        again += all[i].tries > 1;
    }
    qsort(took, n, sizeof *took, compare);
    snprintf(text, sizeof text, "half within %.1f s, all within %.1f s, %u tried more than once", (double)took[n / 2] / 1000,
             (double)took[n - 1] / 1000, again);
    rogue_reason(r, "RETURN", text);
    return done;
}
