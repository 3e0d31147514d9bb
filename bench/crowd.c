/* crowd.c: a hub with 2,000 offices connected that have nothing to say: its memory and its processor time. The offices are this
 * program: the engine of each is real, what it would store is not.  Bench: crowd SEED BUILD [OFFICES]. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "bench/lib/goal.h"
#include "bench/lib/peek.h"
#include "bench/lib/sample.h"
#include "bench/lib/world.h"
#include "daemon/home.h"
#include "daemon/node.h"
#include "headway/sync.h"
#include "tests/hostile/alliance.h"

enum {
    OFFICES = 2000,
    AT_ONCE = 50,       /* handshakes under way: not what is measured */
    COME_S = 60,        /* until all are in session */
    SETTLE_S = 3,
    IDLE_S = 20,        /* twice the link's heartbeat */
    HEARTBEAT_MS = 10000, TIMEOUT_MS = 60000 /* as the link of an office has them */
};

struct office {
    struct alliance_office keys;
    struct hw_sync *sync;
    void *socket;
    bool up, ready;
};

struct bench {
    struct hw_world world;
    struct office *offices;
    size_t n, opened, ready;
    struct hw_group_tip tips[2];
    uint8_t hub_key[HW_CURVE_SIZE];
    void *context;
    double ticked;
};

static void fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static void step(struct bench *bench, struct office *office, struct hw_input *input);

/* Of an office that is in step, WELCOME is all that there is to be stored. */
static void stored(struct bench *bench, struct office *office, const struct hw_effect *effect)
{
    struct hw_stored stored = {.append = effect->append, .session = effect->session, .text = ""};
    struct hw_input input = {.type = HW_IN_STORED, .peer = HW_UPSTREAM, .stored = &stored};
    if (effect->append != HW_APPEND_WELCOME)
        fail("an office that is in step was sent something");
    step(bench, office, &input);
}

static void step(struct bench *bench, struct office *office, struct hw_input *input)
{
    struct hw_arena arena HW_CLEANUP(hw_arena_done) = {0};
    struct hw_effects effects;
    struct hw_sync_view view;
    input->now_ms = (uint64_t)(hw_sample_now() * 1000);
    input->wall_ms = 1784000000000;
    randombytes_buf(input->random, sizeof input->random);
    hw_sync_step(office->sync, input, &arena, &effects);
    for (size_t i = 0; i < effects.n; i++) {
        const struct hw_effect *effect = &effects.items[i];
        if (effect->type == HW_DO_SEND && zmq_send(office->socket, effect->bytes.p, effect->bytes.n, ZMQ_DONTWAIT) < 0)
            fail("a message of an office could not be sent");
        if (effect->type == HW_DO_CLOSE)
            fail(effect->text);
        if (effect->type == HW_DO_APPEND) {
            stored(bench, office, effect);
            break;
        }
    }
    hw_sync_look(office->sync, &view);
    if (view.state == HW_OFFICE_STREAM && !office->ready) {
        office->ready = true;
        bench->ready++;
    }
}

static void set(void *socket, int option, int value)
{
    zmq_setsockopt(socket, option, &value, sizeof value);
}

static void open_office(struct bench *bench, size_t at)
{
    struct office *office = &bench->offices[at];
    char address[64];
    alliance_office((unsigned)at + 1, &office->keys);
    struct hw_sync_config config = {.upstream = true, .inc = office->keys.inc, .home = "none"};
    memcpy(config.sign_key, office->keys.sign_public, sizeof config.sign_key);
    office->sync = hw_sync_new(&config);
    office->socket = zmq_socket(bench->context, ZMQ_DEALER);
    if (!office->socket)
        fail(zmq_strerror(zmq_errno()));
    set(office->socket, ZMQ_LINGER, 0);
    set(office->socket, ZMQ_IMMEDIATE, 1);
    set(office->socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS);
    set(office->socket, ZMQ_HEARTBEAT_TIMEOUT, TIMEOUT_MS);
    set(office->socket, ZMQ_HEARTBEAT_TTL, TIMEOUT_MS);
    zmq_setsockopt(office->socket, ZMQ_CURVE_SERVERKEY, bench->hub_key, HW_CURVE_SIZE);
    zmq_setsockopt(office->socket, ZMQ_CURVE_PUBLICKEY, office->keys.curve_public, HW_CURVE_SIZE);
    zmq_setsockopt(office->socket, ZMQ_CURVE_SECRETKEY, office->keys.curve_secret, HW_CURVE_SIZE);
    snprintf(address, sizeof address, "tcp://127.0.0.1:%u", bench->world.port);
    zmq_connect(office->socket, address);
    struct hw_input input = {.type = HW_IN_START, .tips = bench->tips, .tips_n = 2};
    step(bench, office, &input);
}

static void hear(struct bench *bench, struct office *office)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    while (zmq_msg_recv(&message, office->socket, ZMQ_DONTWAIT) >= 0) {
        struct hw_input input = {.type = HW_IN_RECV, .peer = HW_UPSTREAM,
                                 .bytes = {zmq_msg_data(&message), zmq_msg_size(&message)}};
        step(bench, office, &input);
    }
    zmq_msg_close(&message);
}

/* One look at everybody; each second the clock of each engine goes on. */
static void turn(struct bench *bench)
{
    zmq_pollitem_t *items = hw_alloc(bench->opened * sizeof *items);
    bool tick = hw_sample_now() - bench->ticked > 1;
    for (size_t i = 0; i < bench->opened; i++)
        items[i] = (zmq_pollitem_t){.socket = bench->offices[i].socket,
                                    .events = (short)(bench->offices[i].up ? ZMQ_POLLIN : ZMQ_POLLIN | ZMQ_POLLOUT)};
    zmq_poll(items, (int)bench->opened, 100);
    for (size_t i = 0; i < bench->opened; i++) {
        struct office *office = &bench->offices[i];
        if (!office->up && (items[i].revents & ZMQ_POLLOUT)) { /* the handshake is over */
            struct hw_input up = {.type = HW_IN_PEER_UP, .peer = HW_UPSTREAM};
            office->up = true;
            step(bench, office, &up);
        }
        if (items[i].revents & ZMQ_POLLIN)
            hear(bench, office);
        struct hw_input input = {.type = HW_IN_TICK};
        if (tick)
            step(bench, office, &input);
    }
    if (tick)
        bench->ticked = hw_sample_now();
    free(items);
}

static void come(struct bench *bench)
{
    double until = hw_sample_now() + COME_S;
    while (bench->ready < bench->n) {
        while (bench->opened < bench->n && bench->opened < bench->ready + AT_ONCE)
            open_office(bench, bench->opened++);
        turn(bench);
        if (hw_sample_now() > until)
            fail("not all offices came into session in time");
    }
}

static void stay(struct bench *bench, double seconds)
{
    double until = hw_sample_now() + seconds;
    while (hw_sample_now() < until)
        turn(bench);
}

/* All of them come from one address, and at once. */
static void allow(const struct hw_bench_node *hub)
{
    char path[400];
    snprintf(path, sizeof path, "%s/headway.conf", hub->home);
    FILE *conf = fopen(path, "a");
    if (!conf || fputs("\nmax_per_address = 4000\nconnects_per_second = 4000\n", conf) < 0 || fclose(conf) != 0)
        fail(path);
}

static void read_hub_key(struct bench *bench)
{
    struct hw_home *home = NULL;
    struct hw_keys keys;
    struct hw_err err = {0};
    if (hw_home_open(bench->world.nodes[HW_WORLD_HUB].home, &home, &err) || hw_keys_read(home, &keys, &err))
        fail(err.text);
    memcpy(bench->hub_key, keys.curve_public, sizeof bench->hub_key);
    hw_home_free(home);
}

int main(int argc, char **argv)
{
    static struct bench bench = {.n = OFFICES};
    if (argc < 3 || sodium_init() < 0) {
        fputs("bench: crowd SEED BUILD [OFFICES]\n", stderr);
        return 2;
    }
    if (argc > 3)
        bench.n = strtoull(argv[3], NULL, 10);
    struct hw_bench_node *hub = &bench.world.nodes[HW_WORLD_HUB];
    hw_world_make(&bench.world, argv[2]);
    allow(hub);
    if (alliance_enter(hub->home, HW_WORLD_GROUP, 1, (unsigned)bench.n))
        return 1;
    read_hub_key(&bench);
    hw_bench_start(&bench.world.tools, hub);
    struct hw_peek *peek = hw_peek_open(hub);
    hw_peek_tip(peek, "directory", &bench.tips[0]);
    hw_peek_tip(peek, HW_WORLD_GROUP, &bench.tips[1]);
    hw_peek_close(peek);
    bench.offices = calloc(bench.n, sizeof *bench.offices);
    bench.context = zmq_ctx_new();
    zmq_ctx_set(bench.context, ZMQ_MAX_SOCKETS, (int)bench.n + 100);
    come(&bench);
    stay(&bench, SETTLE_S);
    double busy = hw_bench_busy(hub);
    stay(&bench, IDLE_S);
    busy = hw_bench_busy(hub) - busy;
    hw_goal_print(HW_GOAL_CROWD_MEMORY, (double)hw_bench_memory(hub, "VmRSS:") / 1024, "%zu offices, at most %.1f MB", bench.n,
                  (double)hw_bench_memory(hub, "VmHWM:") / 1024);
    hw_goal_print(HW_GOAL_CROWD_BUSY, busy / IDLE_S * 100, "of one processor, %d s", IDLE_S);
    for (size_t i = 0; i < bench.n; i++) {
        zmq_close(bench.offices[i].socket);
        hw_sync_free(bench.offices[i].sync);
    }
    zmq_ctx_term(bench.context);
    free(bench.offices);
    hw_world_end(&bench.world);
    return 0;
}
