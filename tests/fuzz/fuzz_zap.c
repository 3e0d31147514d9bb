/* Requests to the ZAP handler: who may connect. Input: how the frames are cut (a byte for each length), then the frames; or,
 * with an odd first byte, a CURVE request around the rest, which is the key and what follows it. */
#include <errno.h>
#include <zmq.h>

#include "daemon/link_internal.h"
#include "fuzz.h"

static const uint8_t known_key[HW_KEY_SIZE] = {1, 2, 3}, join_key[HW_KEY_SIZE] = {4, 5, 6};

static enum hw_admit admit(void *self, const uint8_t key[HW_KEY_SIZE])
{
    (void)self;
    if (memcmp(key, known_key, HW_KEY_SIZE) == 0)
        return HW_ADMIT_OFFICE;
    return memcmp(key, join_key, HW_KEY_SIZE) == 0 ? HW_ADMIT_JOIN : HW_ADMIT_NO;
}

static void note(void *self, int priority, const char *text)
{
    (void)self;
    (void)priority;
    HOLDS(strlen(text) < 400);
}

/* One handler for the whole run, and who asks it. */
static struct hw_link *handler(void **asking)
{
    static struct hw_link link;
    static void *asker;
    if (!link.context) {
        link = (struct hw_link){.loop = hw_loop_new(NULL), .calls = {.admit = admit, .note = note}};
        link.context = zmq_ctx_new();
        HOLDS(link.loop && link.context && hw__zap_open(&link));
        asker = zmq_socket(link.context, ZMQ_DEALER); /* as libzmq's sessions: an empty frame, then the request */
        HOLDS(asker && zmq_connect(asker, "inproc://zeromq.zap.01") == 0);
    }
    *asking = asker;
    return &link;
}

static void say(void *asking, const void *bytes, size_t n, bool more)
{
    int sent;
    do
        sent = zmq_send(asking, bytes, n, more ? ZMQ_SNDMORE : 0);
    while (sent < 0 && zmq_errno() == EINTR);
    HOLDS(sent == (int)n);
}

/* True when it is a request that may be answered with 200. */
static bool ask(void *asking, struct hw_slice input, bool *joins)
{
    static const char *const frames[] = {"1.0", "1", "headway", "127.0.0.1", "", "CURVE"};
    bool whole = fuzz_byte(&input) & 1;
    say(asking, "", 0, true);
    if (whole) {
        for (size_t i = 0; i < sizeof frames / sizeof *frames; i++)
            say(asking, frames[i], strlen(frames[i]), true);
        size_t n = input.n < HW_KEY_SIZE ? input.n : HW_KEY_SIZE;
        bool last = input.n == n;
        say(asking, input.p, n, !last);
        if (!last)
            say(asking, input.p + n, input.n - n, false);
        *joins = n == HW_KEY_SIZE && memcmp(input.p, join_key, n) == 0;
        return last && n == HW_KEY_SIZE && (*joins || memcmp(input.p, known_key, n) == 0);
    }
    while (input.n) {
        size_t n = fuzz_byte(&input) * 2u;
        n = n < input.n ? n : input.n;
        say(asking, input.p, n, true);
        input.p += n;
        input.n -= n;
    }
    say(asking, "", 0, false);
    return false;
}

FUZZ_TARGET(zap)
{
    void *asking;
    struct hw_link *link = handler(&asking);
    bool joins = false, right = ask(asking, (struct hw_slice){data, size}, &joins);
    char frame[7][300] = {{0}};
    link->keys_n = 0; /* each run is the first handshake */
    HOLDS(hw__zap_recv(&link->zap));
    for (int i = 0; i < 7; i++) {
        int n, more = 0;
        do /* the fuzzer has a timer of its own */
            n = zmq_recv(asking, frame[i], sizeof frame[i] - 1, ZMQ_DONTWAIT);
        while (n < 0 && zmq_errno() == EINTR);
        size_t more_n = sizeof more;
        HOLDS(n >= 0 && n < (int)sizeof frame[i]);
        zmq_getsockopt(asking, ZMQ_RCVMORE, &more, &more_n);
        HOLDS(more == (i < 6));
    }
    uint8_t key[HW_KEY_SIZE];
    enum hw_admit as;
    HOLDS(strcmp(frame[1], "1.0") == 0);
    HOLDS(strcmp(frame[3], right ? "200" : "300") == 0 || (!right && strcmp(frame[3], "500") == 0));
    HOLDS(!*frame[5] == !right); /* a User-Id for who is admitted alone */
    if (right)
        HOLDS(hw__zap_user(frame[5], key, &as) && as == (joins ? HW_ADMIT_JOIN : HW_ADMIT_OFFICE) && admit(NULL, key) == as);
    HOLDS(!hw__zap_recv(&link->zap));
    return 0;
}
