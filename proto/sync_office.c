/* sync_office.c: the session with the hub that this node follows (floor 1,
 * pure).  States and transitions are drawn in sync_internal.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/sync_internal.h"

enum {
    ANSWER_MS = 30 * 1000, /* a WELCOME takes one round trip and one commit; the slowest link has 2 s of delay */
    REFUSED_MS = 60 * 1000, /* after an error that the next try will meet again */
    REFUSED_MAX_MS = 5 * 60 * 1000 /* a relay may rest until tomorrow: every try is paid for, and who is waited for is not here */
};

/* The one place that changes the state. */
void hw_office_state(struct step *step, enum hw_office_state to)
{
    struct hw_sync *sync = step->sync;
    static const unsigned allowed[] = {
        [HW_OFFICE_DOWN] = 1u << HW_OFFICE_HELLO | 1u << HW_OFFICE_DOWN,
        [HW_OFFICE_HELLO] = 1u << HW_OFFICE_STREAM | 1u << HW_OFFICE_RECOVER | 1u << HW_OFFICE_DOWN,
        [HW_OFFICE_RECOVER] = 1u << HW_OFFICE_DOWN,
        [HW_OFFICE_STREAM] = 1u << HW_OFFICE_DRAIN | 1u << HW_OFFICE_DOWN,
        [HW_OFFICE_DRAIN] = 1u << HW_OFFICE_DOWN};
    if (allowed[sync->up.state] & 1u << to)
        sync->up.state = to;
}

static void reset(struct upstream *up)
{
    free(up->groups);
    up->groups = NULL;
    up->groups_n = 0;
    free(up->asked);
    up->asked = NULL;
    up->asked_n = 0;
    up->credit = up->window = 0;
    up->offered = 0;
    up->owed = 0;
    hw_pace_begin(&up->pace);
    up->turns = (struct hw_turns){0};
    up->range = up->stale = up->late = up->compacting = false;
    up->session = up->rotation_ms = 0;
    up->paused_until = 0;
    up->paused[0] = 0;
    hw_carry_restart(up);
}

void hw_office_fail(struct step *step, enum hw_status status, const char *text, uint64_t retry_ms)
{
    struct upstream *up = &step->sync->up;
    struct hw_message bye = {.type = HW_ERROR, .session = up->session};
    bye.body.error = (struct hw_error_message){.code = hw_slice_text(hw_status_name(status)),
                                               .what = hw_slice_text("session"),
                                               .text = hw_slice_text(text)};
    hw_step_send(step, HW_UPSTREAM, &bye);
    snprintf(up->reason, sizeof up->reason, "%s", text);
    hw_office_state(step, HW_OFFICE_DOWN);
    reset(up);
    struct hw_effect *close = hw_step_add(step, HW_DO_CLOSE, HW_UPSTREAM);
    close->ms = retry_ms ? retry_ms : REFUSED_MS;
    close->text = hw_arena_text(step->arena, up->reason, strlen(up->reason));
}

/* "the disk is full" next to the hub's address would be read as the hub's. */
const char *hw_office_own_text(struct step *step, const struct hw_stored *stored)
{
    const char *home = step->sync->config.home;
    if (stored->status == HW_NO_SPACE)
        return hw_arena_printf(step->arena, "this office's own disk is full: make room on the disk of %s", home);
    if (stored->status == HW_IO)
        return hw_arena_printf(step->arena, "this office's own disk fails: look after the disk of %s (%s)", home,
                               stored->text);
    return stored->text;
}

void hw_office_own_fault(struct step *step, const struct hw_stored *stored)
{
    hw_office_fail(step, stored->status, hw_office_own_text(step, stored), HW_OWN_FAULT_MS);
}

bool hw_office_paused(struct step *step)
{
    struct upstream *up = &step->sync->up;
    if (step->input->now_ms >= up->paused_until)
        up->paused_until = 0;
    return up->paused_until != 0;
}

void hw_office_hurry(struct step *step)
{
    if (step->sync->up.paused_until)
        step->sync->up.paused_until = step->input->now_ms;
    hw_office_pump(step);
}

/* Left out where there is nothing to say, and towards a hub that cannot read it. */
static void say_more(struct step *step, struct hw_hello *hello)
{
    struct hw_sync *sync = step->sync;
    size_t n = sync->serves.n < HW_STREAMS_MAX ? sync->serves.n : HW_STREAMS_MAX;
    sync->up.more = !sync->up.plain && (n > 0 || sync->config.reason > HW_LIFE_FIRST);
    if (!sync->up.more)
        return;
    hello->reason = sync->config.reason;
    hello->serves = hw_arena_zero(step->arena, n, sizeof *hello->serves);
    for (hello->serves_n = 0; hello->serves_n < n; hello->serves_n++)
        hello->serves[hello->serves_n] = hw_slice_text(sync->serves.codes[hello->serves_n]);
}

void hw_office_up(struct step *step)
{
    struct hw_sync *sync = step->sync;
    struct upstream *up = &sync->up;
    struct hw_message message = {.type = HW_HELLO};
    struct hw_hello *hello = &message.body.hello;
    reset(up);
    hw_office_state(step, HW_OFFICE_DOWN);
    if (hw_spend_rests(step))
        return;
    if (sync->reborn)
        return; /* the connection ends when the store has drawn the new incarnation */
    up->late = up->committing != 0 || up->unsettled;
    if (up->unsettled)
        hw_brief_settle(step); /* what HELLO says is held is held */
    if (up->late)
        return; /* which token is ours is known after that commit: the hub would take the other for a clone's */
    if (hw_reborn_alone(step))
        return;
    memcpy(up->nonce, step->input->random, sizeof up->nonce);
    *hello = (struct hw_hello){.schema = HW_SCHEMA_VERSION, .inc = sync->config.inc,
                               .previous = sync->config.previous, .time_ms = (uint64_t)step->input->wall_ms};
    memcpy(hello->previous_proof, sync->config.previous_proof, sizeof hello->previous_proof);
    memcpy(hello->sign_key, sync->config.sign_key, sizeof hello->sign_key);
    memcpy(hello->nonce, up->nonce, sizeof hello->nonce);
    memcpy(hello->token, up->token, sizeof hello->token);
    hello->streams = hw_arena_zero(step->arena, sync->tips_n, sizeof *hello->streams);
    hello->cursors = hw_arena_zero(step->arena, sync->tips_n, sizeof *hello->cursors);
    for (size_t i = 0; i < sync->tips_n; i++) {
        const struct hw_group_tip *tip = &sync->tips[i];
        struct hw_slice group = hw_slice_text(tip->group);
        if (tip->own_sealed) {
            struct hw_stream_tip *stream = &hello->streams[hello->streams_n++];
            *stream = (struct hw_stream_tip){.group = group, .seq = tip->own_sealed};
            memcpy(stream->hash, tip->own_hash, sizeof stream->hash);
        }
        if (tip->position) {
            struct hw_cursor *cursor = &hello->cursors[hello->cursors_n++];
            *cursor = (struct hw_cursor){.group = group, .life = tip->life, .position = tip->position};
            memcpy(cursor->chain, tip->chain, sizeof cursor->chain);
            cursor->bare = (uint8_t)(tip->bare < UINT8_MAX ? tip->bare : UINT8_MAX);
        }
    }
    say_more(step, hello);
    up->again = hw_brief_hello(sync, hello);
    if (up->again)
        message.type = HW_AGAIN;
    hw_step_send(step, HW_UPSTREAM, &message);
    up->hello_ms = step->input->now_ms;
    hw_office_state(step, HW_OFFICE_HELLO);
}

/* Noted once, for the person who looks at `status` later. */
static void shut_out(struct step *step, struct hw_slice why)
{
    struct upstream *up = &step->sync->up;
    if (up->shut && why.n == 0)
        return; /* what was noted says more */
    up->shut = true;
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, HW_UPSTREAM);
    append->append = HW_APPEND_SHUT;
    append->text = hw_arena_text(step->arena, why.p, why.n);
}

void hw_office_down(struct step *step)
{
    struct upstream *up = &step->sync->up;
    if (up->paused_until) /* that may be why the hub ended it */
        memcpy(up->reason, up->paused, sizeof up->reason);
    reset(up);
    hw_office_state(step, HW_OFFICE_DOWN);
    if (step->input->type == HW_IN_PEER_DOWN && step->input->shut)
        shut_out(step, (struct hw_slice){0});
}

/* -- WELCOME -- */

static void open_groups(struct upstream *up, const struct hw_welcome *welcome)
{
    up->groups = hw_alloc(welcome->groups_n * sizeof *up->groups);
    up->groups_n = 0;
    for (size_t i = 0; i < welcome->groups_n; i++) {
        const struct hw_group_welcome *told = &welcome->groups[i];
        if (told->state != HW_GROUP_RESUME)
            continue;
        struct lane_group *group = &up->groups[up->groups_n++];
        *group = (struct lane_group){.target = told->position, .floor = told->floor, .number = i};
        memcpy(group->group, told->group.p, told->group.n);
        for (size_t s = 0; s < welcome->streams_n; s++)
            if (hw_slice_equal(welcome->streams[s].group, told->group))
                group->sent = group->acked = welcome->streams[s].seq;
    }
}

static void welcome(struct step *step, const struct hw_welcome *welcome, struct hw_slice bytes)
{
    struct hw_sync *sync = step->sync;
    struct upstream *up = &sync->up;
    if (up->state != HW_OFFICE_HELLO || up->session || memcmp(welcome->nonce, up->nonce, sizeof up->nonce) != 0)
        return; /* the answer to an earlier HELLO, or the same one again */
    hw_pace_round(&up->pace, step->input->now_ms - up->hello_ms);
    sync->hub_time_ms = welcome->time_ms; /* 0: the hub doubts its own clock */
    sync->hub_time_at = step->input->now_ms;
    sync->clock_offset_ms = hw_step_offset(step);
    if (welcome->status == HW_WELCOME_RECOVERY || welcome->status == HW_WELCOME_LATE) {
        hw_return_begin(step, welcome, bytes);
        return;
    }
    if (welcome->status != HW_WELCOME_OK) {
        hw_reborn_recover(step, welcome->status, bytes);
        return;
    }
    up->session = welcome->session;
    up->offered = welcome->credit;
    open_groups(up, welcome);
    for (size_t i = 0; i < welcome->groups_n; i++)
        if (welcome->groups[i].state == HW_GROUP_RETURN)
            hw_step_note(step, 4, hw_arena_printf(step->arena,
                                                  "group %.*s: the hub's journal does not continue the one held here;"
                                                  " it waits for the hub's recovery",
                                                  (int)welcome->groups[i].group.n,
                                                  (const char *)welcome->groups[i].group.p));
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, HW_UPSTREAM);
    append->append = HW_APPEND_WELCOME;
    append->bytes = bytes;
    append->session = up->committing = up->session;
    memcpy(append->token, welcome->token, sizeof append->token);
    memcpy(up->next_token, welcome->token, sizeof up->next_token);
}

static void take_credit(struct upstream *up, uint64_t bytes)
{
    up->credit += (int64_t)bytes;
    if (up->credit > HW_CREDIT_WINDOW)
        up->credit = HW_CREDIT_WINDOW; /* never more than the protocol's window */
}

/* The token is committed. It is confirmed only now, not right behind the APPEND: by then the session may be over, and
 * the hub would take this for a message of the next one. */
static void begin_stream(struct step *step)
{
    struct upstream *up = &step->sync->up;
    struct hw_message confirm = {.type = HW_CONFIRM, .session = up->session};
    memcpy(confirm.body.confirm.token, up->token, sizeof confirm.body.confirm.token);
    confirm.body.confirm.bare = up->direct;
    hw_snapshot_ask(step); /* before the credit, which lets the journals go */
    confirm.body.confirm.credit = hw_spend_first(step);
    hw_step_send(step, HW_UPSTREAM, &confirm);
    take_credit(up, up->offered);
    up->reason[0] = 0;
    up->shut = up->again = up->whole = false;
    up->refusals = 0;
    hw_office_state(step, HW_OFFICE_STREAM);
    hw_rotate_say(step);
    hw_probe_begin(step);
    hw_wait_session(step);
}

/* -- what the hub says while streaming -- */

static void ack(struct step *step, const struct hw_ack_message *ack)
{
    struct upstream *up = &step->sync->up;
    hw_passed_ack(step, ack);
    for (size_t i = 0; i < ack->streams_n; i++) {
        struct lane_group *group = hw_lane_find(up->groups, up->groups_n, ack->streams[i].group);
        hw_up_ack(step, &ack->streams[i]);
        bool own = hw_inc_compare(&ack->streams[i].inc, &step->sync->config.inc) == 0;
        if (!own)
            hw_carry_ack(step->sync, &ack->streams[i]);
        else if (group && ack->streams[i].durable > group->acked)
            group->acked = ack->streams[i].durable;
        if (!up->paused_until)
            up->paused[0] = 0;
    }
    hw_office_pump(step);
}

/* The hub's words, as they are read beside this office's own. */
static void told(char reason[200], bool disk, struct hw_slice text)
{
    snprintf(reason, 200, "%s%.*s", disk ? "the hub cannot store now: " : "", (int)text.n, (const char *)text.p);
}

/* The hub says when to come again. To come so often for hours would cost a metered link more than its work: each refused HELLO
 * doubles the time. */
static uint64_t wait_refused(const struct upstream *up, uint64_t told_ms)
{
    uint64_t ms = told_ms ? told_ms : REFUSED_MS;
    for (unsigned i = 0; i < up->refusals && ms < REFUSED_MAX_MS; i++)
        ms = 2 * ms < REFUSED_MAX_MS ? 2 * ms : REFUSED_MAX_MS;
    return ms;
}

static void error(struct step *step, const struct hw_error_message *error)
{
    struct upstream *up = &step->sync->up;
    bool full = hw_slice_is(error->code, hw_status_name(HW_NO_SPACE));
    if (hw_carry_refused(step, error) || hw_passed_refused(step, error))
        return;
    if (full && up->state != HW_OFFICE_HELLO) {
        up->paused_until = step->input->now_ms + error->retry_ms;
        bool again = *up->paused;
        told(up->paused, full, error->text);
        if (!again)
            hw_step_note(step, 4, hw_arena_printf(step->arena, "%s; nothing is lost, and it is tried again", up->paused));
        up->stale = up->range;
        for (size_t i = 0; i < up->groups_n; i++)
            up->groups[i].sent = up->groups[i].acked;
        hw_carry_rewind(up);
        hw_pace_forget(&up->pace);
        return; /* downward goes on */
    }
    told(up->reason, full || hw_slice_is(error->code, hw_status_name(HW_IO)), error->text);
    if (hw_slice_is(error->what, "office"))
        snprintf(up->reason, sizeof up->reason, "headquarters has shut this office out%s%.*s", error->text.n ? ": " : "",
                 (int)error->text.n, (const char *)error->text.p);
    hw_office_state(step, HW_OFFICE_DOWN);
    reset(up);
    struct hw_effect *close = hw_step_add(step, HW_DO_CLOSE, HW_UPSTREAM);
    close->ms = wait_refused(up, error->retry_ms);
    if (up->again && hw_slice_is(error->code, hw_status_name(HW_NOT_FOUND))) {
        up->whole = true;
        close->ms = 1;
    }
    bool unread = hw_slice_is(error->code, hw_status_name(HW_CORRUPT));
    if (unread && (hw_page_unread(step->sync) || up->more)) { /* an older hub: it can do without */
        up->plain = up->plain || step->sync->asking_n == 0;
        close->ms = 1;
    }
    up->refusals += close->ms > 1;
    close->text = hw_arena_text(step->arena, up->reason, strlen(up->reason));
    if (hw_slice_is(error->what, "office"))
        shut_out(step, error->text);
}

void hw_office_take(struct step *step, enum hw_append what, struct hw_slice bytes)
{
    struct upstream *up = &step->sync->up;
    if (up->window <= 0) {
        hw_office_fail(step, HW_LIMIT, "the hub sent more than it was granted", 0);
        return;
    }
    up->window -= (int64_t)bytes.n;
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, HW_UPSTREAM);
    append->append = what;
    append->bytes = bytes;
    append->session = step->sync->up.session;
}

void hw_office_recv(struct step *step, const struct hw_message *message, struct hw_slice bytes)
{
    struct upstream *up = &step->sync->up;
    if (message->type == HW_WELCOME) {
        welcome(step, &message->body.welcome, bytes);
        return;
    }
    if (message->type == HW_ERROR) {
        error(step, &message->body.error);
        return;
    }
    if (message->session != up->session || up->session == 0)
        return; /* of a session that is over */
    hw_probe_moved(step, message->type);
    const bool confirmed = message->type == HW_CREDIT || message->type == HW_ACK || message->type == HW_JOURNAL || message->type == HW_NEWS;
    step->sync->proven = step->sync->proven || (confirmed && up->state == HW_OFFICE_STREAM); /* they come behind its commit */
    switch (message->type) {
    case HW_CREDIT:
        take_credit(up, message->body.credit.bytes);
        hw_rotate_say(step);
        hw_office_pump(step);
        break;
    case HW_JOURNAL:
        hw_office_take(step, HW_APPEND_JOURNAL, bytes);
        break;
    case HW_NEWS:
        hw_brief_recv(step, &message->body.news, bytes);
        break;
    case HW_SNAPSHOT:
        hw_snapshot_recv(step, &message->body.snapshot, bytes);
        break;
    case HW_HISTORY:
        hw_page_told(step, &message->body.history, bytes);
        break;
    case HW_ACK:
        if (up->state == HW_OFFICE_RECOVER)
            hw_return_ack(step, &message->body.ack);
        else
            ack(step, &message->body.ack);
        break;
    case HW_PING:
        if (message->body.ping.answer) {
            hw_wait_told(step, &message->body.ping);
            hw_probe_told(step, &message->body.ping);
        }
        break;
    case HW_BYE:
        hw_office_down(step);
        break;
    default:
        hw_office_fail(step, HW_CORRUPT, "the hub sent a message that only an office sends", 0);
    }
}

/* -- what the store did -- */

static void stored_down(struct step *step, const struct hw_stored *stored)
{
    struct upstream *up = &step->sync->up;
    if (!stored->status && stored->parted) {
        hw_office_fail(step, HW_GAP, "the last entries of a journal came without the signature of their life: they come again", 1);
        return;
    }
    if (stored->status) {
        if (stored->status == HW_NO_SPACE || stored->status == HW_IO) {
            hw_office_own_fault(step, stored);
            return;
        }
        hw_step_note(step, 3, hw_arena_printf(step->arena, "from the hub: %s", stored->text));
        hw_office_fail(step, stored->status, stored->text, REFUSED_MS);
        return;
    }
    const struct hw_group_tip *tip = hw_step_tip(step->sync, stored->group);
    struct hw_position position = {.group = hw_slice_text(stored->group), .position = tip ? tip->position : 0};
    struct hw_message message = {.type = HW_ACK, .session = up->session};
    message.body.ack = (struct hw_ack_message){.journals = &position, .journals_n = 1};
    struct lane_group *group = hw_lane_find(up->groups, up->groups_n, position.group);
    bool told = !stored->later;
    if (told && group)
        group->told = position.position;
    if (told)
        hw_step_send(step, HW_UPSTREAM, &message); /* position 0: a piece of a snapshot */
    if (stored->append == HW_APPEND_SNAPSHOT)
        hw_snapshot_stored(step, stored);
    up->owed += stored->bytes;
    hw_spend_grant(step);
}

static void stored_range(struct step *step, const struct hw_stored *stored)
{
    struct upstream *up = &step->sync->up;
    static const struct hw_inc own;
    bool stale = up->stale, carried = hw_inc_compare(&stored->stream, &own) != 0;
    up->range = up->stale = false;
    if (carried && stored->back) {
        hw_passed_read(step, stored, stale);
        return;
    }
    if (carried && hw_carry_failed(step, stored))
        return;
    if (stored->status) {
        hw_office_own_fault(step, stored);
        return;
    }
    if (stale)
        return;
    if (stored->message.n == 0) { /* asking again would give the same */
        hw_office_fail(step, HW_CORRUPT, "changes that wait for the hub cannot be found here", 0);
        return;
    }
    hw_up_out(step, stored->group, &stored->stream, stored->last, stored->message);
}

/* The token is this node's from its commit on, whether or not the session still stands. */
static void stored_token(struct step *step, const struct hw_stored *stored)
{
    struct upstream *up = &step->sync->up;
    if (stored->append != HW_APPEND_WELCOME || stored->session != up->committing)
        return;
    up->committing = 0;
    if (!stored->status)
        memcpy(up->token, up->next_token, sizeof up->token);
    if (up->late)
        hw_office_up(step);
}

void hw_office_stored(struct step *step)
{
    const struct hw_stored *stored = step->input->stored;
    struct upstream *up = &step->sync->up;
    if (stored->append == HW_APPEND_REBIRTH) {
        hw_office_reborn(step, stored);
        return;
    }
    if (stored->append == HW_APPEND_SETTLE) {
        hw_brief_settled(step, stored);
        return;
    }
    up->unsettled = up->unsettled || stored->soft;
    stored_token(step, stored);
    if (stored->session != up->session || up->session == 0)
        return; /* of a session that is over; what was committed stays */
    switch (stored->append) {
    case HW_APPEND_WELCOME:
        up->direct = stored->direct && !step->sync->config.hub; /* whoever serves others must be able to prove what it has */
        if (stored->status == HW_FORK) {
            hw_reborn_recover(step, HW_WELCOME_FORK, stored->message);
        } else if (stored->status) {
            hw_office_own_fault(step, stored);
        } else if (up->state == HW_OFFICE_HELLO) {
            begin_stream(step);
        }
        break;
    case HW_APPEND_JOURNAL:
    case HW_APPEND_SNAPSHOT:
        if (up->state == HW_OFFICE_STREAM)
            stored_down(step, stored);
        break;
    case HW_APPEND_RANGE:
        if (up->state == HW_OFFICE_STREAM || up->state == HW_OFFICE_RECOVER)
            stored_range(step, stored);
        break;
    case HW_APPEND_PASSED:
        hw_passed_stored(step, stored);
        break;
    case HW_APPEND_COMPACT:
        hw_compact_stored(step, stored);
        break;
    case HW_APPEND_ASKED:
    case HW_APPEND_REBASE:
        hw_return_stored(step, stored);
        break;
    default:
        break;
    }
}

void hw_office_tick(struct step *step)
{
    struct upstream *up = &step->sync->up;
    if (up->state == HW_OFFICE_HELLO && step->input->now_ms - up->hello_ms > ANSWER_MS)
        hw_office_fail(step, HW_TIMEOUT, "the hub accepted the connection and did not answer", 1);
    else
        hw_office_pump(step);
    if (up->state == HW_OFFICE_STREAM) {
        hw_spend_grant(step); /* another hour may have begun */
        hw_brief_ack(step);
    }
    if (up->state == HW_OFFICE_STREAM || (up->state == HW_OFFICE_RECOVER && up->session))
        hw_probe_tick(step);
}
