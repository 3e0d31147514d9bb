/* A hub's port, from the first byte on: a real link on loopback, and a peer that speaks ZMTP 3.1 and CurveZMQ by hand. Input: a
 * byte, then what is said. The lowest three bits say how far the peer goes as it should before that: 0 not at all, 1 the
 * greeting, 2 HELLO, 3 INITIATE with the input as its metadata, 4 the whole handshake; then bit 3: whether the key that it shows
 * is an office's, bit 4: whether the input is sealed as frames of the session, and bit 5: whether it breaks off with
 * a reset while the hub's node is busy. libzmq itself is not instrumented; that it
 * neither ends the process nor lets anything through is what is looked at. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sodium.h>
#include <time.h>
#include <unistd.h>

#include "daemon/link_internal.h"
#include "fuzz.h"

enum { KEY = 32, NONCE = crypto_box_NONCEBYTES, MAC = crypto_box_MACBYTES, SAID_MAX = 4096, PATIENCE = 200 };
enum { SAY_RAW, SAY_GREETED, SAY_HELLO, SAY_INITIATE, SAY_SESSION };

static struct hub {
    struct hw_loop *loop;
    struct hw_link *link;
    uint8_t public_key[KEY], secret_key[KEY], office_public[KEY], office_secret[KEY], other_public[KEY], other_secret[KEY];
    struct sockaddr_in at;
    uv_timer_t timer;
    unsigned messages;
} hub;

static enum hw_admit admit(void *self, const uint8_t key[HW_KEY_SIZE])
{
    (void)self;
    return memcmp(key, hub.office_public, KEY) == 0 ? HW_ADMIT_OFFICE : HW_ADMIT_NO;
}

static void on_message(void *self, uint64_t peer, const uint8_t key[HW_KEY_SIZE], struct hw_slice bytes)
{
    (void)self;
    HOLDS(memcmp(key, hub.office_public, KEY) == 0 && bytes.n <= HW_MESSAGE_MAX);
    hub.messages++;
    hw_link_drop(hub.link, peer); /* as the engine does with what it cannot read */
}

static void on_peer(void *self, uint64_t peer)
{
    (void)self;
    (void)peer;
}

static void on_note(void *self, int priority, const char *text)
{
    (void)self;
    (void)priority;
    HOLDS(strlen(text) < 400);
}

static void open_hub(void)
{
    struct hw_link_calls calls = {.admit = admit, .peer_message = on_message, .peer_writable = on_peer, .peer_down = on_peer,
                                  .note = on_note};
    struct hw_link_config config = {.listen = "tcp://127.0.0.1:*", .connects_per_second = 100000};
    if (hub.link)
        return;
    hw_link_keys(hub.public_key, hub.secret_key);
    hw_link_keys(hub.office_public, hub.office_secret);
    hw_link_keys(hub.other_public, hub.other_secret);
    memcpy(config.public_key, hub.public_key, KEY);
    memcpy(config.secret_key, hub.secret_key, KEY);
    hub.loop = hw_loop_new(NULL);
    hub.link = hw_link_new(hub.loop, &config, &calls, NULL);
    HOLDS(hub.link && hw_link_start(hub.link, NULL) == HW_OK);
    uv_timer_init(hw_loop_uv(hub.loop), &hub.timer);
    const char *port = strrchr(hw_link_bound(hub.link), ':');
    HOLDS(port != NULL);
    hub.at = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(port + 1, NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* -- the peer -- */

struct caller {
    int fd;
    uv_poll_t poll;
    bool closed;
    uint8_t heard[SAID_MAX];
    size_t heard_n;
    bool ended;
    uint8_t public_key[KEY], secret_key[KEY]; /* of this connection alone */
    uint8_t of_hub[KEY], cookie[96];
    uint64_t nonce;
};

static void on_time(uv_timer_t *timer)
{
    (void)timer;
    hw_loop_stop(hub.loop);
}

static void on_poll(uv_poll_t *poll, int status, int found)
{
    (void)poll;
    (void)status;
    (void)found;
    hw_loop_stop(hub.loop);
}

/* The hub lives until something comes for the caller, two milliseconds at most. */
static void turn(struct caller *caller)
{
    if (caller)
        uv_poll_start(&caller->poll, UV_READABLE | UV_DISCONNECT, on_poll);
    uv_timer_start(&hub.timer, on_time, 2, 0);
    hw_loop_run(hub.loop);
    if (caller)
        uv_poll_stop(&caller->poll);
}

static void say(struct caller *caller, const void *bytes, size_t n)
{
    size_t sent = 0;
    for (int i = 0; i < PATIENCE && sent < n && !caller->ended; i++) {
        ssize_t now = send(caller->fd, (const uint8_t *)bytes + sent, n - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (now > 0)
            sent += (size_t)now;
        else if (now < 0 && errno != EAGAIN && errno != EINTR)
            caller->ended = true;
        else
            turn(caller);
    }
}

/* Until that many bytes were heard in all, or the hub hangs up, or it says nothing for a while. */
static bool hear(struct caller *caller, size_t n)
{
    for (int i = 0; i < PATIENCE && caller->heard_n < n && !caller->ended; i++) {
        turn(caller);
        ssize_t now = recv(caller->fd, caller->heard + caller->heard_n, sizeof caller->heard - caller->heard_n, MSG_DONTWAIT);
        if (now > 0)
            caller->heard_n += (size_t)now;
        else if (now == 0 || (errno != EAGAIN && errno != EINTR))
            caller->ended = true;
    }
    return caller->heard_n >= n;
}

static void name(uint8_t nonce[NONCE], const char *prefix, uint64_t n)
{
    memcpy(nonce, prefix, NONCE - 8);
    for (int i = 0; i < 8; i++)
        nonce[NONCE - 1 - i] = (uint8_t)(n >> (8 * i));
}

static bool greet(struct caller *caller)
{
    uint8_t greeting[64] = {0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1, 'C', 'U', 'R', 'V', 'E'};
    say(caller, greeting, sizeof greeting);
    return hear(caller, 64);
}

static bool hello(struct caller *caller)
{
    uint8_t frame[2 + 200] = {4, 200, 5, 'H', 'E', 'L', 'L', 'O', 1, 0}, nonce[NONCE], zeros[64] = {0}, plain[128], *at = frame + 2 + 6 + 2 + 72;
    memcpy(at, caller->public_key, KEY);
    name(nonce, "CurveZMQHELLO---", ++caller->nonce);
    memcpy(at + KEY, nonce + NONCE - 8, 8);
    HOLDS(crypto_box_easy(at + KEY + 8, zeros, sizeof zeros, nonce, hub.public_key, caller->secret_key) == 0);
    say(caller, frame, sizeof frame);
    if (!hear(caller, 64 + 170))
        return false;
    const uint8_t *welcome = caller->heard + 64 + 2; /* "\7WELCOME", 16 bytes of nonce, the box */
    HOLDS(memcmp(welcome, "\7WELCOME", 8) == 0);
    memcpy(nonce, "WELCOME-", 8);
    memcpy(nonce + 8, welcome + 8, 16);
    HOLDS(crypto_box_open_easy(plain, welcome + 24, 128 + MAC, nonce, hub.public_key, caller->secret_key) == 0);
    memcpy(caller->of_hub, plain, KEY);
    memcpy(caller->cookie, plain + KEY, sizeof caller->cookie);
    return true;
}

/* The key that it shows, the voucher for the one of this connection, and any metadata. */
static void initiate(struct caller *caller, bool office, struct hw_slice metadata)
{
    const uint8_t *key = office ? hub.office_public : hub.other_public, *secret = office ? hub.office_secret : hub.other_secret;
    uint8_t nonce[NONCE], vouched[2 * KEY];
    static uint8_t plain[KEY + 16 + 80 + SAID_MAX], frame[9 + 9 + 96 + 8 + MAC + sizeof plain];
    size_t n = metadata.n < SAID_MAX ? metadata.n : SAID_MAX, size = 9 + 96 + 8 + MAC + KEY + 96 + n, at = 9;
    memcpy(plain, key, KEY);
    memcpy(nonce, "VOUCH---", 8);
    randombytes_buf(nonce + 8, 16);
    memcpy(plain + KEY, nonce + 8, 16);
    memcpy(vouched, caller->public_key, KEY);
    memcpy(vouched + KEY, hub.public_key, KEY);
    HOLDS(crypto_box_easy(plain + KEY + 16, vouched, sizeof vouched, nonce, caller->of_hub, secret) == 0);
    memcpy(plain + KEY + 96, metadata.p, n);
    frame[0] = 6; /* a long command */
    for (int i = 0; i < 8; i++)
        frame[1 + i] = (uint8_t)((uint64_t)size >> (56 - 8 * i));
    memcpy(frame + at, "\10INITIATE", 9);
    memcpy(frame + at + 9, caller->cookie, 96);
    name(nonce, "CurveZMQINITIATE", ++caller->nonce);
    memcpy(frame + at + 9 + 96, nonce + NONCE - 8, 8);
    HOLDS(crypto_box_easy(frame + at + 9 + 96 + 8, plain, KEY + 96 + n, nonce, caller->of_hub, caller->secret_key) == 0);
    say(caller, frame, at + size);
}

/* The input as frames of the session: a byte of flags, a byte for the length, the bytes. */
static void sealed(struct caller *caller, struct hw_slice input)
{
    static uint8_t plain[1 + 255], frame[9 + 8 + 8 + MAC + sizeof plain];
    for (int i = 0; i < 32 && input.n; i++) {
        uint8_t nonce[NONCE];
        plain[0] = fuzz_byte(&input);
        size_t n = fuzz_byte(&input);
        n = n < input.n ? n : input.n;
        memcpy(plain + 1, input.p, n);
        input.p += n;
        input.n -= n;
        size_t size = 8 + 8 + MAC + 1 + n;
        frame[0] = 2; /* a long frame; its kind is inside */
        for (int k = 0; k < 8; k++)
            frame[1 + k] = (uint8_t)((uint64_t)size >> (56 - 8 * k));
        memcpy(frame + 9, "\7MESSAGE", 8);
        name(nonce, "CurveZMQMESSAGEC", ++caller->nonce);
        memcpy(frame + 17, nonce + NONCE - 8, 8);
        HOLDS(crypto_box_easy(frame + 25, plain, 1 + n, nonce, caller->of_hub, caller->secret_key) == 0);
        say(caller, frame, 9 + size);
    }
}

/* libzmq's thread has heard all, and the reset, before the node reads anything (link_epoll.c). */
static void break_off(struct caller *caller)
{
    const struct timespec busy = {.tv_nsec = 15 * 1000 * 1000};
    struct linger gone = {.l_onoff = 1};
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    nanosleep(&busy, NULL);
    setsockopt(caller->fd, SOL_SOCKET, SO_LINGER, &gone, sizeof gone);
    HOLDS(nothing >= 0 && dup2(nothing, caller->fd) == caller->fd);
    close(nothing);
    nanosleep(&busy, NULL);
    caller->ended = true;
}

static void call(struct caller *caller, uint8_t how, struct hw_slice input)
{
    static const uint8_t ready[] = "\13Socket-Type\0\0\0\6DEALER\10Identity\0\0\0";
    uint8_t until = how & 7;
    bool office = how & 8;
    if ((until >= SAY_GREETED && !greet(caller)) || (until >= SAY_HELLO && !hello(caller)))
        return;
    if (until == SAY_INITIATE) {
        initiate(caller, office, input);
    } else if (until >= SAY_SESSION) {
        initiate(caller, office, (struct hw_slice){ready, sizeof ready});
        if (office) /* READY; another is told nothing, and only waits */
            (void)hear(caller, 64 + 170 + 32);
        if (how & 16)
            sealed(caller, input);
        else
            say(caller, input.p, input.n);
        if (how & 32)
            break_off(caller);
        for (int i = 0; i < 2; i++) /* or the end of the connection overtakes what was said */
            turn(NULL);
    } else {
        say(caller, input.p, input.n);
    }
}

static void on_closed(uv_handle_t *handle)
{
    ((struct caller *)handle->data)->closed = true;
}

static void hang_up(struct caller *caller)
{
    struct linger gone = {.l_onoff = 1};
    setsockopt(caller->fd, SOL_SOCKET, SO_LINGER, &gone, sizeof gone);
    uv_close((uv_handle_t *)&caller->poll, on_closed);
    while (!caller->closed)
        turn(NULL);
    close(caller->fd);
}

FUZZ_TARGET(greeting)
{
    struct hw_slice input = {data, size};
    static struct caller caller;
    uint8_t how = fuzz_byte(&input);
    unsigned before = hub.messages;
    int one = 1;
    sigset_t alarm;
    open_hub();
    sigemptyset(&alarm); /* the fuzzer's own, which would interrupt a connect */
    sigaddset(&alarm, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarm, NULL);
    caller = (struct caller){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    HOLDS(caller.fd >= 0 && connect(caller.fd, (struct sockaddr *)&hub.at, sizeof hub.at) == 0);
    setsockopt(caller.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    uv_poll_init(hw_loop_uv(hub.loop), &caller.poll, caller.fd);
    caller.poll.data = &caller;
    crypto_box_keypair(caller.public_key, caller.secret_key);
    call(&caller, how, input);
    shutdown(caller.fd, SHUT_WR);
    (void)hear(&caller, sizeof caller.heard); /* until the hub hangs up too */
    HOLDS(hub.messages == before || ((how & 7) >= SAY_INITIATE && how & 8)); /* from whom an office's key was seen alone */
    HOLDS((how & 7) >= SAY_INITIATE || caller.heard_n <= 64 + 170 + 60);       /* a stranger is told next to nothing */
    hang_up(&caller);
    sigprocmask(SIG_UNBLOCK, &alarm, NULL);
    hub.link->keys_n = 0; /* nobody is taken amiss for the run before */
    return 0;
}
