/* link_world.h: a hub and its offices in one process, over loopback: the stage
 * for test_link.c and test_link_strangers.c.
 *
 * Each test is a small script: `on` is called for everything that a link tells and
 * decides what comes next, until it stops the loop. Nothing sleeps; the timer is a
 * safety net that fails the test. Where a hub refuses a key by keeping silent, the
 * office's handshake time is shortened, so that it notices before long. */
#ifndef TESTS_UNIT_LINK_WORLD_H
#define TESTS_UNIT_LINK_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "daemon/link.h"
#include "daemon/link_internal.h"

enum { NET_MS = 20000, HASTY_MS = 500, SIDES = 5, KEYS = 8 };
enum what { PEER_MESSAGE, PEER_WRITABLE, PEER_DOWN, UP, UP_MESSAGE, UP_WRITABLE, UP_DOWN, NOTE };

struct world;
struct side { /* one node */
    struct world *world;
    struct hw_link *link;
    uint8_t public_key[HW_KEY_SIZE], secret_key[HW_KEY_SIZE];
    struct { /* who may connect to it */
        uint8_t key[HW_KEY_SIZE];
        enum hw_admit admit;
    } keys[KEYS];
    size_t keys_n;
    int count[NOTE + 1];
    /* of the last call */
    uint64_t peer;
    uint8_t key[HW_KEY_SIZE];
    char text[400];
    size_t n;
    bool refused;
};

struct world {
    struct hw_loop *loop;
    uv_timer_t net;
    struct side sides[SIDES]; /* 0 is the hub */
    size_t sides_n;
    void (*on)(struct world *world, struct side *side, enum what what);
    bool timed_out;
    bool hasty; /* the offices added from now on give up a silent hub soon */
    int stopped, stage, sent;
    uint64_t kept;
    void *context, *stranger; /* a raw libzmq client, for what our own link does not do */
};

static inline void tell(struct side *side, enum what what)
{
    side->count[what]++;
    if (side->world->on)
        side->world->on(side->world, side, what);
}

static inline void keep(struct side *side, struct hw_slice bytes)
{
    side->n = bytes.n;
    snprintf(side->text, sizeof side->text, "%.*s", (int)(bytes.n < 100 ? bytes.n : 100),
             bytes.n ? (const char *)bytes.p : "");
}

static inline enum hw_admit on_admit(void *self, const uint8_t key[HW_KEY_SIZE])
{
    struct side *side = self;
    for (size_t i = 0; i < side->keys_n; i++)
        if (memcmp(side->keys[i].key, key, HW_KEY_SIZE) == 0)
            return side->keys[i].admit;
    return HW_ADMIT_NO;
}

static inline void on_peer_message(void *self, uint64_t peer, const uint8_t key[HW_KEY_SIZE], struct hw_slice bytes)
{
    struct side *side = self;
    side->peer = peer;
    memcpy(side->key, key, HW_KEY_SIZE);
    keep(side, bytes);
    tell(side, PEER_MESSAGE);
}

static inline void on_peer_writable(void *self, uint64_t peer)
{
    struct side *side = self;
    side->peer = peer;
    tell(side, PEER_WRITABLE);
}

static inline void on_peer_down(void *self, uint64_t peer)
{
    struct side *side = self;
    side->peer = peer;
    tell(side, PEER_DOWN);
}

static inline void on_up(void *self)
{
    tell(self, UP);
}

static inline void on_up_message(void *self, struct hw_slice bytes)
{
    keep(self, bytes);
    tell(self, UP_MESSAGE);
}

static inline void on_up_writable(void *self)
{
    tell(self, UP_WRITABLE);
}

static inline void on_up_down(void *self, const char *reason, bool refused)
{
    struct side *side = self;
    snprintf(side->text, sizeof side->text, "%s", reason);
    side->refused = refused;
    tell(side, UP_DOWN);
}

static inline void on_note(void *self, int priority, const char *text)
{
    struct side *side = self;
    (void)priority;
    snprintf(side->text, sizeof side->text, "%s", text);
    tell(side, NOTE);
}

static inline void on_net(uv_timer_t *timer)
{
    struct world *world = timer->data;
    world->timed_out = true;
    hw_loop_stop(world->loop);
}

static inline struct hw_link_config plain_config(struct world *world, struct side *side)
{
    struct hw_link_config config = {.handshake_ms = world->hasty ? HASTY_MS : 0, .reconnect_ms = 10, .reconnect_max_ms = 80,
                                    .jitter = (uint64_t)(side - world->sides) + 1};
    memcpy(config.public_key, side->public_key, HW_KEY_SIZE);
    memcpy(config.secret_key, side->secret_key, HW_KEY_SIZE);
    memcpy(config.upstream_key, world->sides[0].public_key, HW_KEY_SIZE);
    return config;
}

static inline void add_side(struct world *world, struct hw_link_config *config)
{
    struct side *side = &world->sides[world->sides_n++];
    struct hw_link_calls calls = {side,  on_admit,      on_peer_message, on_peer_writable, on_peer_down,
                                  on_up, on_up_message, on_up_writable,  on_up_down,       on_note};
    struct hw_err err;
    side->link = hw_link_new(world->loop, config, &calls, &err);
    assert_non_null(side->link);
    if (hw_link_start(side->link, &err) != HW_OK)
        fail_msg("%s", err.text);
}

static inline void begin(struct world *world, void (*on)(struct world *, struct side *, enum what), int max_peers)
{
    *world = (struct world){.loop = hw_loop_new(NULL), .on = on};
    uv_timer_init(hw_loop_uv(world->loop), &world->net);
    world->net.data = world;
    uv_timer_start(&world->net, on_net, NET_MS, 0);
    for (size_t i = 0; i < SIDES; i++) {
        world->sides[i].world = world;
        hw_link_keys(world->sides[i].public_key, world->sides[i].secret_key);
    }
    struct hw_link_config config = plain_config(world, &world->sides[0]);
    config.listen = "tcp://127.0.0.1:*";
    config.max_peers = max_peers;
    add_side(world, &config);
}

static inline void admit(struct world *world, struct side *side, enum hw_admit what)
{
    struct side *hub = &world->sides[0];
    memcpy(hub->keys[hub->keys_n].key, side->public_key, HW_KEY_SIZE);
    hub->keys[hub->keys_n++].admit = what;
}

static inline struct side *office(struct world *world, enum hw_admit what)
{
    struct side *side = &world->sides[world->sides_n];
    struct hw_link_config config = plain_config(world, side);
    config.upstream = hw_link_bound(world->sides[0].link);
    if (what != HW_ADMIT_NO)
        admit(world, side, what);
    add_side(world, &config);
    return side;
}

static inline void on_stopped(void *self)
{
    struct world *world = self;
    if (++world->stopped == (int)world->sides_n)
        hw_loop_stop(world->loop);
}

static inline void run(struct world *world)
{
    hw_loop_run(world->loop);
    assert_false(world->timed_out);
    world->on = NULL;
    for (size_t i = 0; i < world->sides_n; i++)
        hw_link_stop(world->sides[i].link, on_stopped, world);
    hw_loop_run(world->loop);
    assert_false(world->timed_out);
    for (size_t i = 0; i < world->sides_n; i++)
        hw_link_free(world->sides[i].link);
    if (world->stranger)
        zmq_close(world->stranger);
    if (world->context)
        zmq_ctx_term(world->context);
    hw_loop_free(world->loop);
}

static inline bool is_hub(const struct world *world, const struct side *side)
{
    return side == &world->sides[0];
}

static inline enum hw_status say_up(struct side *side, const char *text)
{
    return hw_link_send_up(side->link, hw_slice_text(text));
}

#endif
