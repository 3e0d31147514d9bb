/* node.c: one running headwayd (floor 3): brings the loop, the link, the store
 * and the engine together. Inputs go in one at a time, effects are carried out in order. */
#include "daemon/node.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/act.h"
#include "daemon/node_internal.h"
#include "daemon/verb_internal.h"

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

bool hw_node_frugal(const struct hw_node *node)
{
    const struct hw_config *config = &node->config;
    return config->metered == 1 || config->bytes_per_hour || config->bytes_per_day;
}

/* -- effects -- */

/* A sync has ended: what came and went meanwhile. */
static void reply(struct hw_node *node, const struct hw_effect *effect)
{
    struct hw_call *call = hw_node_take_call(node, effect->client);
    struct hw_sync_view view;
    if (!call)
        return;
    if (call->verb) { /* history, which cannot be fetched */
        call->answered(call, effect->status, effect->text);
        return;
    }
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
    hw_node_link_state(node, effect->rest ? "off" : "refused", effect->text);
    node->link_next = hw_clock_wall() + (int64_t)effect->ms;
    if (effect->rest)
        hw_log_write(node->log, 5, "%s", effect->text);
    else if (effect->ms < 1000)
        hw_log_write(node->log, 4, "hub: %s; connecting again at once", effect->text);
    else
        hw_log_write(node->log, 4, "hub: %s; next try in %llu s", effect->text, (unsigned long long)effect->ms / 1000);
    hw_link_reconnect(node->link, (int)effect->ms);
}

/* A line of the engine for the log. An office that is refused comes again as often as it likes, and each time there is
 * something to say: of that a screenful in ten seconds is enough. */
static void note(struct hw_node *node, const struct hw_effect *effect)
{
    enum { LINES = 20, WHILE_MS = 10 * 1000 };
    uint64_t now = hw_loop_now(node->loop);
    if (now - node->notes_ms >= WHILE_MS) {
        if (node->notes_out)
            hw_log_write(node->log, 4, "%u more lines of that kind were left out", node->notes_out);
        node->notes_ms = now;
        node->notes = node->notes_out = 0;
    }
    if (effect->priority >= 4 && ++node->notes > LINES)
        node->notes_out++;
    else
        hw_log_write(node->log, effect->priority, "%s", effect->text);
}

void hw_node_do(struct hw_node *node, const struct hw_effects *effects, size_t from)
{
    for (size_t i = from; i < effects->n; i++) {
        const struct hw_effect *effect = &effects->items[i];
        switch (effect->type) {
        case HW_DO_APPEND:
            hw_task_start(node, effects, i, !effect->apart);
            if (!effect->apart)
                return; /* the rest happens after the commit */
            break;
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
            hw_node_timer(node, effect->ms);
            break;
        case HW_DO_CLOSE:
            close_link(node, effect);
            break;
        case HW_DO_CONNECT:
            hw_link_hurry(node->link);
            break;
        case HW_DO_NOTE:
            note(node, effect);
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
    input->wall_ms = hw_clock_wall();
    input->zone_ms = node->zone_ms;
    input->line_bytes = hw_node_frugal(node) ? hw_link_line(node->link) : 0;
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

/* What a client wants to know of the hub. False: it is no such question. */
static bool read_history(const struct hw_request *request, struct hw_history_message *ask)
{
    enum { OFFSET_MS = 3600 * 1000 }; /* it asks by what authors' clocks said, the hub goes by arrival */
    struct hw_slice id = hw_arg_text(request, "id");
    int64_t from = hw_arg_int(request, "next", 0), since = hw_arg_int(request, "since_ms", 0), limit = hw_arg_int(request, "limit", 0);
    uint64_t events = limit > 0 && limit < HW_HISTORY_EVENTS ? (uint64_t)limit : HW_HISTORY_EVENTS;
    *ask = (struct hw_history_message){.group = hw_arg_text(request, "group"), .one = id.n > 0, .from = (uint64_t)from,
                                       .since_ms = since > OFFSET_MS ? (uint64_t)(since - OFFSET_MS) : 0, .events = events};
    return from > 0 && hw_group_code_valid(ask->group) && (!ask->one || hw_id_parse(id, &ask->record));
}

void hw_node_call(struct hw_node *node, struct hw_call *call)
{
    struct hw_input input = {.type = call->verb ? HW_IN_CHANGE : HW_IN_SYNC};
    struct hw_history_message ask;
    if (node->stopping) {
        call->answered(call, HW_UNREACHABLE, "the daemon is stopping");
        return;
    }
    if (call->act) {
        call->act->run(node, call);
        return;
    }
    if (call->errand) {
        hw_errands_run(node->errands, call);
        return;
    }
    if (node->waiting_n == node->waiting_cap) {
        node->waiting_cap = node->waiting_cap ? node->waiting_cap * 2 : 16;
        node->waiting = hw_realloc(node->waiting, node->waiting_cap * sizeof(struct hw_call *));
    }
    if (call->verb && call->verb->run == hw_verb_history) {
        if (!read_history(&call->request, &ask)) {
            call->answered(call, HW_USAGE, "history is asked for of one group, from a place on, and of a whole id");
            return;
        }
        input.type = HW_IN_HISTORY;
        input.history = &ask;
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
        input.now = hw_arg_bool(&call->request, "now");
    }
    hw_node_input(node, &input);
}

static int64_t next_try(const struct hw_node *node, const struct hw_sync_view *sync)
{
    uint64_t now = hw_loop_now(node->loop);
    if (sync->paused_until)
        return hw_clock_wall() + (int64_t)(sync->paused_until > now ? sync->paused_until - now : 0);
    return node->link_next;
}

/* In the order of headway.conf; then what the protocol fixes. */
static void put_limits(const struct hw_node *node, struct hw_link_view *view)
{
    const struct hw_link_config *link = hw_link_limits(node->link);
    const struct hw_sync_config *sync = hw_sync_limits(node->sync);
    const struct hw_limits limits[] = {{"handshake_ms", (uint64_t)link->handshake_ms},
                                       {"max_peers", (uint64_t)link->max_peers},
                                       {"max_strangers", (uint64_t)link->max_strangers},
                                       {"max_per_address", (uint64_t)link->max_per_address},
                                       {"connects_per_second", (uint64_t)link->connects_per_second},
                                       {"max_per_office", (uint64_t)link->max_per_office},
                                       {"unfinished_kb", (uint64_t)link->unfinished_kb},
                                       {"hellos_per_minute", sync->hellos_per_minute},
                                       {"joins_per_minute", sync->joins_per_minute},
                                       {"joins_per_address", sync->joins_per_address},
                                       {"joins_per_invitation", sync->joins_per_invitation},
                                       {"messages_per_second", sync->messages_per_second},
                                       {"lives_per_day", node->config.lives_per_day ? (uint64_t)node->config.lives_per_day : HW_LIVES_PER_DAY},
                                       {"refusals_per_minute",
                                        node->config.refusals_per_minute ? (uint64_t)node->config.refusals_per_minute : HW_REFUSALS_PER_MINUTE},
                                       {"credit_kb", sync->window / 1024},
                                       {"message_kb", HW_MESSAGE_SIZE / 1024}};
    if (!view->listen)
        return;
    view->limits_n = sizeof limits / sizeof *limits;
    memcpy(view->limits, limits, sizeof limits);
    hw_link_crowd(node->link, &view->connections, &view->strangers);
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
                                  .reason = sync.paused_until ? hw_arena_text(arena, sync.paused, strlen(sync.paused))
                                                              : node->link_reason,
                                  .next_try_ms = next_try(node, &sync),
                                  .since_ms = node->link_since,
                                  .last_sync_ms = sync.last_sync_ms,
                                  .clock_offset_ms = sync.clock_offset_ms,
                                  .started_ms = node->started,
                                  .metered = sync.metered, .lane = sync.lane, .asked = sync.asked,
                                  .budget = sync.budget ? hw_arena_copy(arena, sync.budget, sizeof *sync.budget) : NULL,
                                  .listen = bound && *bound ? bound : NULL,
                                  .public_address = *node->address ? node->address : NULL,
                                  .curve_public = node->keys.served_public,
                                  .connected = connected,
                                  .behind = behind,
                                  .connected_n = sync.peers};
    put_limits(node, view);
}
