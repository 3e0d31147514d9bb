/* node_move.c: `headway upstream`: the hub has another address (floor 3).
 *
 * Before anything is changed a second link tries the new address with the hub's key that is known here: CURVE lets the
 * handshake succeed with that hub alone. The session with the old address goes on meanwhile. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/act.h"
#include "daemon/node_internal.h"

/* A name to resolve, a connection, four round trips: the slowest link needs some ten seconds. */
enum { PATIENCE_MS = 30 * 1000 };

struct hw_move {
    struct hw_node *node;
    struct hw_call *call;
    struct hw_link *link; /* the trial */
    uv_timer_t timer;
    char *address;
    struct hw_err err;
    enum hw_status status;
    bool over; /* how it went is known */
};

/* Changes the address for good: in headway.conf, then of the running link. */
static enum hw_status keep(struct hw_node *node, const char *address, struct hw_err *err)
{
    struct hw_config config HW_CLEANUP(hw_config_done) = {0};
    char *path = hw_home_file(node->home, "headway.conf");
    enum hw_status status = hw_config_read(path, &config, err);
    if (!status) {
        free(config.upstream);
        config.upstream = strdup(address);
        status = hw_config_write(path, &config, err);
    }
    free(path);
    if (status)
        return status;
    free(node->config.upstream);
    node->config.upstream = strdup(address);
    return hw_link_move(node->link, address, err);
}

static void answer(struct hw_node *node, struct hw_call *call, const char *before, const char *now, bool tried)
{
    struct hw_out *out = &call->answer.end;
    hw_put_map(out, 4);
    hw_put_text(out, "before");
    hw_put_text(out, before);
    hw_put_text(out, "address");
    hw_put_text(out, now);
    hw_put_text(out, "key");
    hw_put_text(out, node->config.upstream_key);
    hw_put_text(out, "tried");
    hw_put_bool(out, tried);
    hw_log_write(node->log, 5, "the hub's address was changed from %s to %s", before, now);
    call->answered(call, HW_OK, "");
}

/* The loop has closed the trial's last handle. */
static void trial_gone(void *self)
{
    struct hw_move *move = self;
    struct hw_node *node = move->node;
    hw_link_free(move->link);
    node->move = NULL;
    if (move->call) {
        char *before = strdup(node->config.upstream);
        if (!move->status)
            move->status = keep(node, move->address, &move->err);
        if (move->status)
            move->call->answered(move->call, move->status, move->err.text);
        else
            answer(node, move->call, before, move->address, true);
        free(before);
    }
    free(move->address);
    free(move);
    if (node->link_stopped)
        hw_loop_stop(node->loop);
}

static void timer_gone(uv_handle_t *handle)
{
    struct hw_move *move = handle->data;
    hw_link_stop(move->link, trial_gone, move);
}

static void end(struct hw_move *move, enum hw_status status)
{
    if (move->over)
        return;
    move->over = true;
    move->status = status;
    uv_close((uv_handle_t *)&move->timer, timer_gone);
}

void hw_move_stop(struct hw_move *move)
{
    if (!move)
        return;
    if (move->call)
        move->call->answered(move->call, HW_UNREACHABLE, "the daemon is stopping");
    move->call = NULL;
    end(move, HW_UNREACHABLE);
}

static void up(void *self)
{
    end(self, HW_OK);
}

static void up_down(void *self, const char *reason, bool refused)
{
    struct hw_move *move = self;
    char key[12];
    hw_key_short(move->node->config.upstream_key, key);
    if (strstr(reason, "key is not the one"))
        end(move, hw_fail(&move->err, HW_SIGNATURE,
                          "the hub at %s has another key than the one this office trusts (%s): it is not the same hub, or an"
                          " impostor. Nothing was changed. Compare with `headway status` at headquarters, which prints its key",
                          move->address, key));
    else if (refused)
        end(move, hw_fail(&move->err, HW_DENIED, "%s: %s. Nothing was changed", move->address, reason));
    else
        end(move, hw_fail(&move->err, HW_FAILED,
                          "%s cannot be reached (%s). Nothing was changed; with --yes the address is written down all the same",
                          move->address, reason));
}

static void nothing(void *self)
{
    (void)self;
}

static void no_message(void *self, struct hw_slice bytes)
{
    (void)self;
    (void)bytes;
}

static void no_note(void *self, int priority, const char *text)
{
    (void)self;
    (void)priority;
    (void)text;
}

static void on_time(uv_timer_t *timer)
{
    up_down(timer->data, "no answer in time", false);
}

static enum hw_status begin(struct hw_node *node, struct hw_call *call, const char *address, struct hw_err *err)
{
    const struct hw_config *config = &node->config;
    struct hw_link_config link = {.upstream = address, .handshake_ms = config->handshake_ms,
                                  .heartbeat_ms = config->heartbeat_ms, .timeout_ms = config->timeout_ms};
    struct hw_move *move = hw_alloc(sizeof *move);
    *move = (struct hw_move){.node = node, .call = call, .address = strdup(address)};
    struct hw_link_calls calls = {.self = move, .up = up, .up_message = no_message, .up_writable = nothing,
                                  .up_down = up_down, .note = no_note};
    size_t n = 0;
    memcpy(link.public_key, node->keys.curve_public, sizeof link.public_key);
    memcpy(link.secret_key, node->keys.curve_secret, sizeof link.secret_key);
    int bad = sodium_base642bin(link.upstream_key, sizeof link.upstream_key, config->upstream_key,
                                strlen(config->upstream_key), NULL, &n, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    enum hw_status status = bad ? hw_fail(err, HW_CONFIG, "headway.conf: upstream_key is not a key") : HW_OK;
    move->link = status ? NULL : hw_link_new(node->loop, &link, &calls, err);
    sodium_memzero(&link, sizeof link);
    if (!status && !move->link)
        status = err->status;
    if (!status) {
        uv_timer_init(hw_loop_uv(node->loop), &move->timer);
        move->timer.data = move;
        uv_timer_start(&move->timer, on_time, PATIENCE_MS, 0);
        node->move = move;
        status = hw_link_start(move->link, &move->err);
        if (status)
            end(move, status);
        return HW_OK; /* `call` is answered when the trial is over */
    }
    free(move->address);
    free(move);
    return status;
}

void hw_act_upstream(struct hw_node *node, struct hw_call *call)
{
    struct hw_err err = {0};
    struct hw_slice typed = hw_arg_text(&call->request, "address");
    const char *address = hw_arena_text(call->request.arena, typed.p, typed.n);
    enum hw_status status = HW_OK;
    if (!call->request.owner)
        status = hw_fail(&err, HW_DENIED, "the hub's address is changed by the node's own user or root");
    else if (!node->config.upstream)
        status = hw_fail(&err, HW_CONFIG, "this node follows no hub; `headway join FILE` makes it follow one");
    else if (node->move)
        status = hw_fail(&err, HW_FAILED, "another address is being tried just now: wait for its answer");
    else
        status = hw_link_address(address, &err);
    if (!status && hw_arg_bool(&call->request, "yes")) {
        char *before = strdup(node->config.upstream);
        status = keep(node, address, &err);
        if (!status)
            answer(node, call, before, address, false);
        free(before);
    } else if (!status) {
        status = begin(node, call, address, &err);
    }
    if (status)
        call->answered(call, status, err.text);
}
