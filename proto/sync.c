/* sync.c: the engine's step: dispatch, tips, effects (floor 1, pure).
 * sync_office.c is the session upstream, sync_carry.c what it carries for others, sync_hub.c the sessions of served peers,
 * sync_wait.c who waits. */
#include "headway/sync.h"

#include <stdlib.h>
#include <string.h>

#include "proto/sync_internal.h"

enum { TICK_MS = 1000 }; /* fine enough for timeouts of seconds, cheap enough for a daemon of years */

struct hw_sync *hw_sync_new(const struct hw_sync_config *config)
{
    struct hw_sync *sync = hw_alloc(sizeof *sync);
    *sync = (struct hw_sync){.config = *config, .next_number = 1};
    sync->config.reason = config->reason ? config->reason : HW_LIFE_FIRST;
    sync->config.home = config->home ? config->home : "this node";
    hw_quota_defaults(&sync->config);
    return sync;
}

const struct hw_sync_config *hw_sync_limits(const struct hw_sync *sync)
{
    return &sync->config;
}

void hw_sync_free(struct hw_sync *sync)
{
    if (!sync)
        return;
    for (size_t i = 0; i < sync->peers_n; i++) {
        free(sync->peers[i].groups);
        hw_pace_forget(&sync->peers[i].pace);
    }
    hw_pace_forget(&sync->up.pace);
    for (size_t i = 0; i < sync->waiters_n; i++)
        free(sync->waiters[i].targets);
    free(sync->up.groups);
    free(sync->up.carried);
    free(sync->up.asked);
    free(sync->serves.codes);
    free(sync->keys);
    free(sync->sources);
    free(sync->peers);
    free(sync->waiters);
    free(sync->asking);
    free(sync->tips);
    free(sync);
}

struct hw_effect *hw_step_add(struct step *step, enum hw_effect_type type, uint64_t peer)
{
    struct hw_effects *effects = step->effects;
    if (effects->n == effects->cap) {
        size_t cap = effects->cap ? effects->cap * 2 : 8;
        struct hw_effect *grown = hw_arena_alloc(step->arena, cap * sizeof *grown);
        if (effects->n)
            memcpy(grown, effects->items, effects->n * sizeof *grown);
        effects->items = grown;
        effects->cap = cap;
    }
    struct hw_effect *effect = &effects->items[effects->n++];
    *effect = (struct hw_effect){.type = type, .peer = peer, .text = ""};
    return effect;
}

void hw_step_send(struct step *step, uint64_t peer, const struct hw_message *message)
{
    struct hw_out out = {0};
    hw_message_encode(&out, message);
    hw_step_add(step, HW_DO_SEND, peer)->bytes = hw_arena_slice(step->arena, hw_out_slice(&out));
    hw_out_done(&out);
}

void hw_step_note(struct step *step, int priority, const char *text)
{
    struct hw_effect *note = hw_step_add(step, HW_DO_NOTE, step->input->peer);
    note->priority = priority;
    note->text = text;
}

void hw_step_credit(struct step *step, uint64_t peer, uint64_t session, enum hw_lane lane, size_t bytes)
{
    struct hw_message message = {.type = HW_CREDIT, .session = session};
    message.body.credit.lane = (uint8_t)lane;
    message.body.credit.bytes = bytes;
    hw_step_send(step, peer, &message);
}

int64_t hw_step_offset(const struct step *step)
{
    const struct hw_sync *sync = step->sync;
    if (!sync->hub_time_ms)
        return 0;
    return (int64_t)(sync->hub_time_ms + (step->input->now_ms - sync->hub_time_at)) - step->input->wall_ms;
}

const struct hw_group_tip *hw_step_tip(const struct hw_sync *sync, const char *group)
{
    for (size_t i = 0; i < sync->tips_n; i++)
        if (strcmp(sync->tips[i].group, group) == 0)
            return &sync->tips[i];
    return NULL;
}

struct lane_group *hw_lane_find(struct lane_group *groups, size_t n, struct hw_slice code)
{
    for (size_t i = 0; i < n; i++)
        if (hw_slice_is(code, groups[i].group))
            return &groups[i];
    return NULL;
}

/* Whether they are others than before. */
static bool take_tips(struct hw_sync *sync, const struct hw_group_tip *tips, size_t n)
{
    if (!tips || (n == sync->tips_n && (n == 0 || memcmp(sync->tips, tips, n * sizeof *tips) == 0)))
        return false;
    if (n > sync->tips_cap) {
        sync->tips_cap = n * 2;
        sync->tips = hw_realloc(sync->tips, sync->tips_cap * sizeof *tips);
    }
    if (n)
        memcpy(sync->tips, tips, n * sizeof *tips);
    sync->tips_n = n;
    return true;
}

static void take_serves(struct hw_sync *sync, const struct hw_serves *serves)
{
    if (!serves)
        return;
    free(sync->serves.codes);
    sync->serves.n = serves->n;
    sync->serves.codes = hw_alloc((serves->n + 1) * sizeof *serves->codes);
    if (serves->n)
        memcpy(sync->serves.codes, serves->codes, serves->n * sizeof *serves->codes);
}

static void start(struct step *step)
{
    (void)take_tips(step->sync, step->input->tips, step->input->tips_n);
    hw_carry_take(step->sync, step->input->carried, step->input->carried_n);
    take_serves(step->sync, step->input->serves);
    if (step->input->token)
        memcpy(step->sync->up.token, step->input->token, HW_TOKEN_SIZE);
    step->sync->started = true;
    hw_spend_start(step);
    hw_rotate_take(step, step->input->rotation, step->input->rotated);
    hw_recovery_start(step);
    hw_step_add(step, HW_DO_TIMER, 0)->ms = TICK_MS;
}

static void change(struct step *step)
{
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, 0);
    append->append = HW_APPEND_CHANGE;
    append->client = step->input->client;
    append->seal = hw_office_idle(step);
    append->max = hw_up_longest(step, HW_LANE_LIVE);
    append->offset_ms = hw_step_offset(step);
    hw_step_add(step, HW_DO_REPLY, 0)->client = step->input->client;
}

static void recv(struct step *step)
{
    struct hw_message message;
    struct hw_err err;
    const struct hw_input *input = step->input;
    enum hw_status status = hw_message_decode(input->bytes, step->arena, &message, &err);
    if (status && input->peer == HW_UPSTREAM)
        hw_office_fail(step, status, err.text, 0);
    else if (status)
        hw_hub_fail(step, input->peer, status, err.text);
    else if (input->peer == HW_UPSTREAM)
        hw_office_recv(step, &message, input->bytes);
    else
        hw_hub_recv(step, &message);
}

/* A group that has begun anew, since something was decided about what a snapshot stands for. The hub goes on from where the
 * session was, and would wait for ever for the word that this is held: the journal comes again in a new session. */
static const char *begun_anew(const struct step *step, const struct hw_stored *stored)
{
    const struct hw_sync *sync = step->sync;
    if (sync->up.state != HW_OFFICE_STREAM || !stored->tips)
        return NULL;
    for (size_t i = 0; i < stored->tips_n && i < sync->tips_n; i++) /* groups stay in their order */
        if (stored->tips[i].position < sync->tips[i].position && strcmp(stored->tips[i].group, sync->tips[i].group) == 0 &&
            hw_lane_find(sync->up.groups, sync->up.groups_n, hw_slice_text(sync->tips[i].group)))
            return hw_arena_text(step->arena, sync->tips[i].group, strlen(sync->tips[i].group));
    return NULL;
}

static void stored(struct step *step)
{
    const struct hw_stored *stored = step->input->stored;
    const char *anew = begun_anew(step, stored);
    bool moved = take_tips(step->sync, stored->tips, stored->tips_n);
    take_serves(step->sync, stored->serves);
    if (stored->tips)
        hw_carry_take(step->sync, stored->carried, stored->carried_n);
    hw_rotate_take(step, stored->rotation, stored->rotated);
    hw_brief_acked(step);
    bool lives_anew = stored->append == HW_APPEND_CHANGE && stored->rebirth && !stored->status; /* else it was undone */
    if (lives_anew && !step->sync->config.gate) {
        hw_office_reborn(step, stored);
    } else if (lives_anew) {
        step->sync->config.inc = stored->rebirth->inc;
        memcpy(step->sync->config.sign_key, stored->rebirth->sign_key, sizeof step->sync->config.sign_key);
    }
    hw_live_up(step, stored->up);
    hw_live_down(step, stored->down, false);
    if (step->input->peer == HW_UPSTREAM)
        hw_office_stored(step);
    else
        hw_hub_stored(step);
    if (anew && step->sync->up.state == HW_OFFICE_STREAM)
        hw_office_fail(step, HW_GAP, hw_arena_printf(step->arena, "group %s begins anew here, since something old in it was changed", anew),
                       1);
    hw_live_down(step, stored->down, true); /* after its ACK */
    hw_recovery_check(step, stored);
    if (stored->append == HW_APPEND_JOURNAL && !stored->status && strcmp(stored->group, "directory") == 0)
        hw_hub_parted(step);
    hw_office_pump(step);
    if (moved) /* else there is nothing new for anybody but the one it was for */
        hw_hub_pump(step);
    else
        hw_down_pump(step, hw_peer_find(step->sync, step->input->peer));
    hw_wait_check(step);
}

void hw_sync_step(struct hw_sync *sync, const struct hw_input *input, struct hw_arena *arena,
                  struct hw_effects *effects)
{
    struct step step = {.sync = sync, .input = input, .arena = arena, .effects = effects};
    *effects = (struct hw_effects){0};
    hw_spend_count(&step);
    if (input->type != HW_IN_RECV) /* what has come was paid for, and is taken */
        hw_spend_check(&step);     /* first: what follows an APPEND may be dropped */
    hw_page_check(&step);
    switch (input->type) {
    case HW_IN_START:
        start(&step);
        break;
    case HW_IN_CHANGE:
        change(&step);
        break;
    case HW_IN_SYNC:
        hw_wait_add(&step);
        break;
    case HW_IN_HISTORY:
        hw_page_add(&step);
        break;
    case HW_IN_RECV:
        recv(&step);
        break;
    case HW_IN_STORED:
        stored(&step);
        break;
    case HW_IN_PEER_UP:
        hw_office_up(&step);
        break;
    case HW_IN_PEER_DOWN:
        if (input->peer == HW_UPSTREAM) {
            hw_page_end(&step);
            hw_office_down(&step);
        } else {
            hw_hub_down(&step);
        }
        break;
    case HW_IN_DOOR:
        hw_hub_door(&step);
        break;
    case HW_IN_TICK:
        hw_step_add(&step, HW_DO_TIMER, 0)->ms = TICK_MS; /* first: what follows an APPEND may be dropped */
        hw_wait_check(&step);
        hw_office_tick(&step);
        hw_hub_tick(&step);
        hw_down_tick(&step);
        hw_quota_tick(&step);
        hw_rotate_go(&step);
        hw_recovery_tick(&step);
        hw_spend_save(&step, false);
        hw_compact_go(&step); /* last: what stands behind it would wait for it */
        break;
    case HW_IN_STOP:
        hw_spend_save(&step, true);
        break;
    }
}

bool hw_sync_proven(const struct hw_sync *sync)
{
    return sync->proven;
}

void hw_sync_look(const struct hw_sync *sync, struct hw_sync_view *view)
{
    *view = (struct hw_sync_view){.state = sync->up.state, .reason = sync->up.reason,
                                  .paused = sync->up.paused_until ? sync->up.paused : "", .paused_until = sync->up.paused_until,
                                  .clock_offset_ms = sync->clock_offset_ms, .last_sync_ms = sync->last_sync_ms,
                                  .metered = sync->config.metered, .asked = sync->waiters_n > 0,
                                  .lane = hw_spend_lane(sync)};
    if (sync->config.upstream && (sync->config.metered || hw_budget_limited(&sync->up.budget)))
        view->budget = &sync->up.budget;
    for (size_t i = 0; i < sync->peers_n; i++)
        view->peers += sync->peers[i].state == HW_PEER_STREAM;
    for (size_t i = 0; i < sync->tips_n; i++) {
        const struct hw_group_tip *tip = &sync->tips[i];
        bool goes_up = strcmp(tip->group, "directory") != 0 &&
                       (!sync->up.groups || hw_lane_find(sync->up.groups, sync->up.groups_n, hw_slice_text(tip->group)));
        view->admitted += tip->own_admitted;
        view->received += tip->events - tip->own_tip;
        if (sync->config.upstream && goes_up)
            view->pending += tip->own_tip - tip->own_admitted;
    }
    for (size_t i = 0; i < sync->up.carried_n; i++)
        view->carried += sync->up.carried[i].sealed - sync->up.carried[i].admitted;
}

/* The served peer number `index` of those in STREAM; NULL past the last. */
static const struct peer *streaming(const struct hw_sync *sync, size_t index)
{
    for (size_t i = 0; i < sync->peers_n; i++)
        if (sync->peers[i].state == HW_PEER_STREAM && index-- == 0)
            return &sync->peers[i];
    return NULL;
}

const char *hw_sync_peer_office(const struct hw_sync *sync, size_t index)
{
    const struct peer *peer = streaming(sync, index);
    return peer ? peer->office : "";
}

uint64_t hw_sync_peer_behind(const struct hw_sync *sync, size_t index)
{
    const struct peer *peer = streaming(sync, index);
    uint64_t behind = 0;
    for (size_t i = 0; peer && i < peer->groups_n; i++) {
        const struct hw_group_tip *tip = hw_step_tip(sync, peer->groups[i].group);
        if (tip && tip->position > peer->groups[i].acked)
            behind += tip->position - peer->groups[i].acked;
    }
    return behind;
}
