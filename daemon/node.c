/* node.c: one running headwayd (floor 3): brings the loop, the link, the store
 * and the engine together. Inputs go in one at a time, effects are carried out in order. */
#include "daemon/node.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/node_internal.h"

int64_t hw_node_wall(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct hw_loop *hw_node_loop(struct hw_node *node)
{
    return node->loop;
}

struct hw_log *hw_node_log(struct hw_node *node)
{
    return node->log;
}

const char *hw_node_home(const struct hw_node *node)
{
    return hw_home_path(node->home);
}

/* -- effects -- */

/* A sync has ended: what came and went meanwhile. */
static void reply(struct hw_node *node, const struct hw_effect *effect)
{
    struct hw_call *call = hw_node_take_call(node, effect->client);
    struct hw_sync_view view;
    if (!call)
        return;
    struct hw_out *out = &call->answer.end;
    hw_sync_look(node->sync, &view);
    hw_put_map(out, 4);
    hw_put_text(out, "sent");
    hw_put_uint(out, view.admitted - call->sent);
    hw_put_text(out, "received");
    hw_put_uint(out, view.received - call->received);
    hw_put_text(out, "pending");
    hw_put_uint(out, view.pending);
    hw_put_text(out, "seconds");
    hw_put_double(out, (double)(hw_loop_now(node->loop) - call->began_ms) / 1000);
    call->answered(call, effect->status, effect->text);
}

static void close_link(struct hw_node *node, const struct hw_effect *effect)
{
    if (effect->peer != HW_UPSTREAM) {
        hw_node_drop(node, effect->peer);
        return;
    }
    hw_node_link_state(node, "refused", effect->text);
    hw_log_write(node->log, 4, "hub: %s; next try in %llu s", effect->text, (unsigned long long)effect->ms / 1000);
    hw_link_reconnect(node->link, (int)effect->ms);
}

static void on_tick(uv_timer_t *timer)
{
    struct hw_input input = {.type = HW_IN_TICK};
    hw_node_input(timer->data, &input);
}

void hw_node_do(struct hw_node *node, const struct hw_effects *effects, size_t from)
{
    for (size_t i = from; i < effects->n; i++) {
        const struct hw_effect *effect = &effects->items[i];
        switch (effect->type) {
        case HW_DO_APPEND:
            hw_task_start(node, effects, i, true);
            return; /* the rest happens after the commit */
        case HW_DO_SEND_RANGE:
            hw_task_start(node, effects, i, false);
            break;
        case HW_DO_SEND:
            hw_node_send(node, effect->peer, effect->bytes);
            break;
        case HW_DO_REPLY:
            reply(node, effect);
            break;
        case HW_DO_TIMER:
            if (!node->stopping)
                uv_timer_start(&node->tick, on_tick, effect->ms, 0);
            break;
        case HW_DO_CLOSE:
            close_link(node, effect);
            break;
        case HW_DO_CONNECT:
            hw_link_hurry(node->link);
            break;
        case HW_DO_NOTE:
            hw_log_write(node->log, effect->priority, "%s", effect->text);
            break;
        }
    }
}

void hw_node_input(struct hw_node *node, struct hw_input *input)
{
    struct hw_arena arena = {0};
    struct hw_effects effects;
    struct hw_sync_view before, after;
    if (node->stopping && input->type != HW_IN_STORED)
        return;
    input->now_ms = hw_loop_now(node->loop);
    input->wall_ms = hw_node_wall();
    randombytes_buf(input->random, sizeof input->random);
    hw_sync_look(node->sync, &before);
    hw_sync_step(node->sync, input, &arena, &effects);
    hw_sync_look(node->sync, &after);
    if (before.state != HW_OFFICE_STREAM && after.state == HW_OFFICE_STREAM) {
        hw_node_link_state(node, "connected", "");
        hw_log_write(node->log, 5, "in session with the hub %s", node->config.upstream);
    }
    if (!node->stopping)
        hw_node_do(node, &effects, 0);
    hw_arena_done(&arena);
}

/* -- clients' requests -- */

struct hw_call *hw_node_take_call(struct hw_node *node, uint64_t id)
{
    for (size_t i = 0; i < node->waiting_n; i++) {
        struct hw_call *call = node->waiting[i];
        if (call->id != id)
            continue;
        node->waiting[i] = node->waiting[--node->waiting_n];
        return call;
    }
    return NULL;
}

void hw_node_call(struct hw_node *node, struct hw_call *call)
{
    struct hw_input input = {.type = call->verb ? HW_IN_CHANGE : HW_IN_SYNC};
    if (node->stopping) {
        call->answered(call, HW_UNREACHABLE, "the daemon is stopping");
        return;
    }
    if (node->waiting_n == node->waiting_cap) {
        node->waiting_cap = node->waiting_cap ? node->waiting_cap * 2 : 16;
        node->waiting = hw_realloc(node->waiting, node->waiting_cap * sizeof(struct hw_call *));
    }
    call->id = input.client = ++node->next_call;
    node->waiting[node->waiting_n++] = call;
    if (!call->verb) {
        int64_t wait = hw_arg_int(&call->request, "wait", 0);
        struct hw_sync_view view;
        hw_sync_look(node->sync, &view);
        call->sent = view.admitted;
        call->received = view.received;
        call->began_ms = hw_loop_now(node->loop);
        input.wait_ms = wait > 0 ? (uint64_t)wait * 1000 : 0;
    }
    hw_node_input(node, &input);
}

void hw_node_link_view(const struct hw_node *node, struct hw_arena *arena, struct hw_link_view *view)
{
    struct hw_sync_view sync;
    const char *bound = hw_link_bound(node->link);
    hw_sync_look(node->sync, &sync);
    const char **connected = hw_arena_zero(arena, sync.peers, sizeof *connected);
    uint64_t *behind = hw_arena_zero(arena, sync.peers, sizeof *behind);
    for (size_t i = 0; i < sync.peers; i++) {
        behind[i] = hw_sync_peer_behind(node->sync, i);
        const char *office = hw_sync_peer_office(node->sync, i);
        connected[i] = hw_arena_text(arena, office, strlen(office));
    }
    *view = (struct hw_link_view){.address = node->config.upstream,
                                  .state = node->config.upstream ? node->link_state : "off",
                                  .reason = node->link_reason,
                                  .since_ms = node->link_since,
                                  .last_sync_ms = sync.last_sync_ms,
                                  .clock_offset_ms = sync.clock_offset_ms,
                                  .started_ms = node->started,
                                  .listen = bound && *bound ? bound : NULL,
                                  .public_address = *node->address ? node->address : NULL,
                                  .curve_public = node->keys.curve_public,
                                  .connected = connected,
                                  .behind = behind,
                                  .connected_n = sync.peers};
}

/* An address that others can reach: `address`, else where we listen, with the
 * host's name in place of "all addresses". */
static void name_address(struct hw_node *node)
{
    const char *bound = hw_link_bound(node->link), *port = strrchr(bound, ':');
    char host[256] = "localhost";
    if (node->config.address) {
        snprintf(node->address, sizeof node->address, "%s", node->config.address);
    } else if (port && strncmp(bound, "tcp://0.0.0.0:", 14) == 0) {
        gethostname(host, sizeof host - 1);
        snprintf(node->address, sizeof node->address, "tcp://%s%s", host, port);
    } else {
        snprintf(node->address, sizeof node->address, "%s", bound);
    }
}

/* -- life -- */

static void on_wake(uv_async_t *async)
{
    struct hw_node *node = async->data;
    hw_store_collect(node->store);
}

static void wake(void *self)
{
    uv_async_send(&((struct hw_node *)self)->wake);
}

static void on_link_stopped(void *self)
{
    struct hw_node *node = self;
    node->link_stopped = true;
    hw_loop_stop(node->loop);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct hw_node *node = handle->data;
    if (node->stopping)
        return;
    hw_log_write(node->log, 5, "stopping (signal %d)", number);
    hw_log_stopping(node->log);
    node->stopping = true;
    hw_ctl_stop(node->ctl);
    while (node->waiting_n > 0) {
        struct hw_call *call = node->waiting[--node->waiting_n];
        call->answered(call, HW_UNREACHABLE, "the daemon is stopping");
    }
    uv_close((uv_handle_t *)&node->tick, NULL);
    uv_close((uv_handle_t *)&node->watchdog, NULL);
    uv_close((uv_handle_t *)&node->check.timer, NULL);
    uv_close((uv_handle_t *)&node->term, NULL);
    uv_close((uv_handle_t *)&node->interrupt, NULL);
    /* A second one must not cut the stop short; who has no patience has SIGKILL. */
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    hw_link_stop(node->link, on_link_stopped, node);
}

static void on_watchdog(uv_timer_t *timer)
{
    struct hw_node *node = timer->data;
    char text[400];
    struct hw_sync_view view;
    hw_sync_look(node->sync, &view);
    hw_log_alive(node->log);
    if (node->config.upstream)
        snprintf(text, sizeof text, "hub %s: %s", node->config.upstream, node->link_state);
    else
        snprintf(text, sizeof text, "%zu offices connected", view.peers);
    hw_log_status(node->log, text);
}

enum hw_status hw_node_open_store(struct hw_home *home, const struct hw_config *config, const struct hw_keys *keys,
                                  void (*wake_up)(void *self), void *self, struct hw_store **store,
                                  struct hw_identity *identity, struct hw_err *err)
{
    char *path = hw_home_file(home, "headway.db");
    enum hw_status status = hw_store_open(path, wake_up, self, store, err);
    free(path);
    if (status)
        return status;
    *identity = (struct hw_identity){.gate = keys->root, .enrolled = config->root != NULL};
    snprintf(identity->office, sizeof identity->office, "%s", config->name);
    memcpy(identity->sign_public, keys->sign_public, sizeof identity->sign_public);
    memcpy(identity->sign_secret, keys->sign_secret, sizeof identity->sign_secret);
    memcpy(identity->root_secret, keys->root_secret, sizeof identity->root_secret);
    size_t n = 0;
    bool bad = config->root && (sodium_base642bin(identity->root, sizeof identity->root, config->root,
                                                  strlen(config->root), NULL, &n, NULL,
                                                  sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
                                n != sizeof identity->root);
    if (bad) {
        hw_store_close(*store);
        *store = NULL;
        return hw_fail(err, HW_CONFIG, "headway.conf: `root` is not a key of 43 base64url characters");
    }
    return HW_OK;
}

/* What the store knows of this node at the start: its incarnation, token, tips,
 * doors. */
struct opening {
    struct hw_node *node;
    struct hw_arena arena;
    struct hw_group_tip *tips;
    size_t tips_n;
    struct hw_slice token, previous;
};

static enum hw_status read_identity(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct opening *opening = self;
    struct hw_identity *identity = &opening->node->identity;
    struct hw_slice inc, life, token;
    enum hw_status status = hw_tx_get(tx, "incarnation", &inc);
    if (status || inc.n != sizeof identity->inc.b)
        return hw_fail(err, HW_CORRUPT, "this home has no incarnation: was `headway init` cut short? Remove it and repeat");
    memcpy(identity->inc.b, inc.p, inc.n);
    identity->life = hw_tx_get(tx, "life", &life) == HW_OK && life.n == 1 ? life.p[0] : 1;
    if (hw_tx_get(tx, "token", &token) == HW_OK && token.n == HW_TOKEN_SIZE)
        opening->token = hw_arena_slice(&opening->arena, token);
    if (hw_tx_get(tx, "previous", &token) == HW_OK && token.n == sizeof identity->inc.b + HW_SIGNATURE_SIZE)
        opening->previous = hw_arena_slice(&opening->arena, token);
    return HW_OK;
}

static enum hw_status read_tips(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct opening *opening = self;
    struct hw_door *doors;
    size_t n;
    hw_tx_tips(tx, &opening->tips, &opening->tips_n);
    opening->tips = hw_arena_copy(&opening->arena, opening->tips, opening->tips_n * sizeof *opening->tips);
    enum hw_status status = hw_tx_doors(tx, &doors, &n, err);
    if (!status)
        hw_node_doors(opening->node, doors, n);
    return status;
}

/* Opens the store synchronously, reads what the engine needs, closes it; the
 * running store is opened afterwards with its thread. */
static enum hw_status open_node(struct hw_node *node, struct opening *opening, struct hw_err *err)
{
    struct hw_store *first = NULL;
    enum hw_status status = hw_keys_read(node->home, &node->keys, err);
    if (!status)
        status = hw_node_open_store(node->home, &node->config, &node->keys, NULL, NULL, &first, &node->identity, err);
    struct hw_job job = {.run = read_identity, .self = opening};
    if (!status)
        status = hw_store_now(first, &job, err);
    if (!status)
        status = hw_keys_life(node->home, &node->identity.inc, &node->keys, err);
    if (!status) {
        memcpy(node->identity.sign_public, node->keys.sign_public, sizeof node->identity.sign_public);
        memcpy(node->identity.sign_secret, node->keys.sign_secret, sizeof node->identity.sign_secret);
        hw_store_identify(first, &node->identity);
        job = (struct hw_job){.run = read_tips, .self = opening};
        status = hw_store_now(first, &job, err);
    }
    hw_store_close(first);
    if (!status) {
        struct hw_identity again;
        status = hw_node_open_store(node->home, &node->config, &node->keys, wake, node, &node->store, &again, err);
    }
    if (!status)
        hw_store_identify(node->store, &node->identity);
    return status;
}

static enum hw_status make_link(struct hw_node *node, struct hw_err *err)
{
    struct hw_link_calls calls = hw_node_link_calls;
    const struct hw_config *config = &node->config;
    struct hw_link_config link = {.listen = config->listen, .upstream = config->upstream,
                                  .handshake_ms = config->handshake_ms, .heartbeat_ms = config->heartbeat_ms,
                                  .timeout_ms = config->timeout_ms, .reconnect_ms = config->reconnect_ms,
                                  .reconnect_max_ms = config->reconnect_max_ms, .max_peers = config->max_peers};
    calls.self = node;
    memcpy(link.public_key, node->keys.curve_public, sizeof link.public_key);
    memcpy(link.secret_key, node->keys.curve_secret, sizeof link.secret_key);
    randombytes_buf(&link.jitter, sizeof link.jitter);
    size_t n = 0;
    if (config->upstream && (!config->upstream_key ||
                             sodium_base642bin(link.upstream_key, sizeof link.upstream_key, config->upstream_key,
                                               strlen(config->upstream_key), NULL, &n, NULL,
                                               sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
                             n != sizeof link.upstream_key))
        return hw_fail(err, HW_CONFIG, "headway.conf: `upstream` needs `upstream_key`, 43 base64url characters");
    node->link = hw_link_new(node->loop, &link, &calls, err);
    sodium_memzero(&link, sizeof link);
    return node->link ? HW_OK : err->status;
}

static void start_handles(struct hw_node *node)
{
    uv_loop_t *uv = hw_loop_uv(node->loop);
    uv_timer_init(uv, &node->tick);
    uv_timer_init(uv, &node->watchdog);
    uv_signal_init(uv, &node->term);
    uv_signal_init(uv, &node->interrupt);
    node->tick.data = node->watchdog.data = node->term.data = node->interrupt.data = node;
    uv_signal_start(&node->term, on_signal, SIGTERM);
    uv_signal_start(&node->interrupt, on_signal, SIGINT);
    uint64_t every = hw_log_watchdog_ms();
    uv_timer_start(&node->watchdog, on_watchdog, 0, every ? every : 10000); /* STATUS is refreshed even without one */
}

static enum hw_status start(struct hw_node *node, struct opening *opening, struct hw_err *err)
{
    struct hw_sync_config config = {.upstream = node->config.upstream, .hub = node->config.listen,
                                    .gate = node->identity.gate, .inc = node->identity.inc};
    memcpy(config.sign_key, node->identity.sign_public, sizeof config.sign_key);
    if (opening->previous.n) {
        memcpy(config.previous.b, opening->previous.p, sizeof config.previous.b);
        memcpy(config.previous_proof, opening->previous.p + sizeof config.previous.b, sizeof config.previous_proof);
    }
    node->sync = hw_sync_new(&config);
    enum hw_status status = make_link(node, err);
    if (!status)
        status = hw_ctl_new(node, &node->ctl, err);
    if (!status)
        status = hw_link_start(node->link, err);
    if (status)
        return status;
    start_handles(node);
    hw_check_start(node);
    name_address(node);
    struct hw_input input = {.type = HW_IN_START, .tips = opening->tips, .tips_n = opening->tips_n,
                             .token = opening->token.n ? opening->token.p : NULL};
    hw_node_input(node, &input);
    hw_log_write(node->log, 5, "office %s%s%s%s%s", node->config.name, node->config.listen ? ", listening on " : "",
                 hw_link_bound(node->link), node->config.upstream ? ", following " : "",
                 node->config.upstream ? node->config.upstream : "");
    hw_log_ready(node->log, node->config.name);
    return HW_OK;
}

static void free_node(struct hw_node *node)
{
    hw_store_close(node->store);
    hw_link_free(node->link);
    hw_sync_free(node->sync);
    hw_loop_free(node->loop); /* closes what a start that failed left open */
    hw_ctl_free(node->ctl);   /* holds one of those handles */
    hw_log_free(node->log);
    hw_config_done(&node->config);
    for (struct parcel *parcel = node->parcels, *next; parcel; parcel = next) {
        next = parcel->next;
        free(parcel);
    }
    free(node->doors);
    free(node->waiting);
    sodium_memzero(&node->keys, sizeof node->keys);
    sodium_memzero(&node->identity, sizeof node->identity);
    free(node);
}

static int log_priority(const char *level)
{
    static const char *const names[] = {"error", "warning", "notice", "info", "debug"};
    for (int i = 0; level && i < 5; i++)
        if (strcmp(level, names[i]) == 0)
            return 3 + i; /* syslog's numbers: error is 3 */
    return 6;
}

enum hw_status hw_node_run(struct hw_home *home, struct hw_err *err)
{
    struct hw_node *node = hw_alloc(sizeof *node);
    *node = (struct hw_node){.home = home, .link_state = "connecting", .started = hw_node_wall()};
    struct opening opening = {.node = node};
    node->parcels_end = &node->parcels;
    node->link_since = node->started;
    char *path = hw_home_file(home, "headway.conf");
    enum hw_status status = hw_config_read(path, &node->config, err);
    free(path);
    if (!status) {
        node->log = hw_log_new(node->config.name, log_priority(node->config.log_level));
        node->loop = hw_loop_new(err);
        status = node->loop ? HW_OK : err->status;
    }
    if (!status) {
        uv_async_init(hw_loop_uv(node->loop), &node->wake, on_wake);
        node->wake.data = node;
        status = open_node(node, &opening, err);
    }
    if (!status)
        status = start(node, &opening, err);
    if (!status)
        hw_loop_run(node->loop);
    hw_arena_done(&opening.arena);
    free_node(node);
    return status;
}
