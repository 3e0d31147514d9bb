/* node_run.c: the life of a running node: loop, store thread, link, signals,
 * timers; from the opened home to the last closed handle (floor 3). */
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/act.h"
#include "daemon/node_internal.h"

static void on_tick(uv_timer_t *timer)
{
    struct hw_node *node = timer->data;
    struct hw_input input = {.type = HW_IN_TICK};
    node->zone_ms = hw_clock_zone();
    hw_node_input(node, &input);
}

void hw_node_timer(struct hw_node *node, uint64_t ms)
{
    if (!node->stopping)
        uv_timer_start(&node->tick, on_tick, ms, 0);
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
    if (!node->move) /* else the loop ends with it */
        hw_loop_stop(node->loop);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct hw_node *node = handle->data;
    if (node->stopping)
        return;
    hw_log_write(node->log, 5, "stopping (signal %d)", number);
    hw_log_stopping(node->log);
    struct hw_input stop = {.type = HW_IN_STOP};
    hw_node_input(node, &stop);
    node->stopping = true;
    hw_ctl_stop(node->ctl);
    hw_errands_stop(node->errands);
    hw_move_stop(node->move);
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
    hw_follow_check(node);
    if (node->config.upstream && node->config.listen)
        snprintf(text, sizeof text, "hub %s: %s; %zu offices connected, %llu changes of theirs wait for headquarters",
                 node->config.upstream, node->link_state, view.peers, (unsigned long long)view.carried);
    else if (node->config.upstream)
        snprintf(text, sizeof text, "hub %s: %s", node->config.upstream, node->link_state);
    else
        snprintf(text, sizeof text, "%zu offices connected", view.peers);
    hw_log_status(node->log, text);
}

static enum hw_status make_link(struct hw_node *node, struct hw_err *err)
{
    struct hw_link_calls calls = hw_node_link_calls;
    const struct hw_config *config = &node->config;
    struct hw_link_config link = {.listen = config->listen, .upstream = config->upstream,
                                  .handshake_ms = config->handshake_ms, .heartbeat_ms = config->heartbeat_ms,
                                  .timeout_ms = config->timeout_ms, .reconnect_ms = config->reconnect_ms,
                                  .reconnect_max_ms = config->reconnect_max_ms, .max_peers = config->max_peers,
                                  .max_strangers = config->max_strangers, .max_per_address = config->max_per_address,
                                  .connects_per_second = config->connects_per_second,
                                  .max_per_office = config->max_per_office, .unfinished_kb = config->unfinished_kb,
                                  .quiet = hw_node_frugal(node)};
    calls.self = node;
    memcpy(link.public_key, node->keys.curve_public, sizeof link.public_key);
    memcpy(link.secret_key, node->keys.curve_secret, sizeof link.secret_key);
    memcpy(link.served_key, node->keys.served_secret, sizeof link.served_key);
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

static enum hw_status start(struct hw_node *node, const struct hw_opening *opening, struct hw_err *err)
{
    hw_node_begin(node, opening);
    node->errands = hw_errands_new(node, node->home);
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
    hw_node_first(node, opening);
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
    hw_errands_free(node->errands); /* the loop waited for the one under way */
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
    sodium_memzero(&node->drawn, sizeof node->drawn);
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
    *node = (struct hw_node){.home = home, .link_state = "connecting", .started = hw_clock_wall()};
    struct hw_opening opening = {0};
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
        status = hw_node_open(node, wake, &opening, err);
    }
    if (!status)
        status = start(node, &opening, err);
    if (!status)
        hw_loop_run(node->loop);
    hw_arena_done(&opening.arena);
    free_node(node);
    return status;
}
