/* sync_hub.c: the sessions of the offices that this node serves (floor 1,
 * pure).  States and transitions are drawn in sync_internal.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/sync_internal.h"

enum {
    HEARD_MS = 60 * 1000,    /* how fresh "last heard" of an idle office is: one small row each */
    CONFIRMED_MS = 900,      /* one tick: how fresh "behind" is: many live changes share one row */
    NO_SPACE_MS = 30 * 1000, /* a person needs minutes to make room */
    REFUSED_MS = 60 * 1000,
    INTRODUCED_MS = 3 * 1000, /* headquarters' answer comes down the directory: two hops and two commits */
    UNHEARD_MS = 30 * 1000    /* nobody to introduce it to: this node has no session itself */
};

static void change_state(struct peer *peer, enum hw_peer_state to)
{
    static const unsigned allowed[] = {
        [HW_PEER_NEW] = 1u << HW_PEER_NEGOTIATED | 1u << HW_PEER_RETURN | 1u << HW_PEER_CLOSED,
        [HW_PEER_NEGOTIATED] =
            1u << HW_PEER_STREAM | 1u << HW_PEER_NEGOTIATED | 1u << HW_PEER_RETURN | 1u << HW_PEER_CLOSED,
        [HW_PEER_STREAM] = 1u << HW_PEER_NEGOTIATED | 1u << HW_PEER_RETURN | 1u << HW_PEER_CLOSED,
        [HW_PEER_RETURN] = 1u << HW_PEER_NEGOTIATED | 1u << HW_PEER_RETURN | 1u << HW_PEER_CLOSED,
        [HW_PEER_CLOSED] = 0};
    if (allowed[peer->state] & 1u << to)
        peer->state = to;
}

static void close_peer(struct step *step, uint64_t number, const char *text)
{
    struct peer *peer = hw_peer_find(step->sync, number);
    struct hw_effect *close = hw_step_add(step, HW_DO_CLOSE, number);
    close->text = hw_arena_text(step->arena, text, strlen(text));
    if (peer)
        change_state(peer, HW_PEER_CLOSED);
    hw_peer_forget(step->sync, number);
}

/* What is said outside of this node's own disk. */
static const char *outside(enum hw_status status, const char *text)
{
    return status == HW_NO_SPACE ? "its disk is full" : status == HW_IO ? "its disk failed" : text;
}

static void send_error(struct step *step, uint64_t number, uint64_t session, enum hw_status status, const char *text,
                       uint64_t retry_ms)
{
    struct hw_message message = {.type = HW_ERROR, .session = session};
    message.body.error = (struct hw_error_message){.code = hw_slice_text(hw_status_name(status)),
                                                   .what = hw_slice_text("session"),
                                                   .text = hw_slice_text(text),
                                                   .retry_ms = retry_ms};
    hw_step_send(step, number, &message);
}

static void fail(struct step *step, uint64_t number, enum hw_status status, const char *text, uint64_t retry_ms)
{
    const struct peer *peer = hw_peer_find(step->sync, number);
    send_error(step, number, peer ? peer->session : 0, status, outside(status, text), retry_ms);
    hw_step_note(step, 4, hw_arena_printf(step->arena, "%s%s: connection ended: %s",
                                          peer && *peer->office ? "office " : "a peer",
                                          peer ? peer->office : "", text));
    close_peer(step, number, text);
}

void hw_hub_fail(struct step *step, uint64_t number, enum hw_status status, const char *text)
{
    fail(step, number, status, text, status == HW_NO_SPACE ? NO_SPACE_MS : REFUSED_MS);
}

/* -- messages -- */

static void hello(struct step *step, struct peer *peer)
{
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, peer->number);
    append->append = HW_APPEND_HELLO;
    append->bytes = step->input->bytes;
    append->key = step->input->key;
    append->session = step->sync->next_number++;
    memcpy(append->token, step->input->random, sizeof append->token);
    if (step->input->key)
        memcpy(peer->key, step->input->key, sizeof peer->key);
    peer->busy = true;
}

static void credit(struct peer *peer, const struct hw_credit *given)
{
    peer->credit += (int64_t)given->bytes;
    peer->lane = (enum hw_lane)given->lane;
    if (peer->credit > HW_CREDIT_WINDOW)
        peer->credit = HW_CREDIT_WINDOW;
}

static void confirm(struct step *step, struct peer *peer, const struct hw_message *message)
{
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, peer->number);
    append->append = HW_APPEND_CONFIRM;
    peer->confirming = true;
    hw_pace_round(&peer->pace, step->input->now_ms - peer->welcomed_ms);
    peer->bare = message->body.confirm.bare;
    append->session = peer->session;
    append->reader = peer->inc;
    memcpy(append->token, message->body.confirm.token, sizeof append->token);
    credit(peer, &message->body.confirm.credit);
    peer->window = (int64_t)step->sync->config.window; /* as WELCOME said */
}

/* One at a time: what comes meanwhile is said again when the office behind the peer asks again. */
static void introduce(struct step *step, struct peer *peer)
{
    if (peer->introducing)
        return;
    peer->introducing = true;
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, peer->number);
    append->append = HW_APPEND_INTRODUCE;
    append->bytes = step->input->bytes;
    append->session = peer->session;
    append->office = hw_arena_text(step->arena, peer->office, strlen(peer->office));
}

static void ping(struct step *step, const struct peer *peer, const struct hw_ping *question)
{
    struct hw_message message = {.type = HW_PING, .session = peer->session};
    struct hw_ping *answer = &message.body.ping;
    *answer = (struct hw_ping){.number = question->number, .answer = true,
                               .time_ms = (uint64_t)step->input->wall_ms};
    answer->journals = hw_arena_zero(step->arena, peer->groups_n, sizeof *answer->journals);
    for (size_t i = 0; i < peer->groups_n; i++) {
        const struct hw_group_tip *tip = hw_step_tip(step->sync, peer->groups[i].group);
        if (tip)
            answer->journals[answer->journals_n++] =
                (struct hw_position){.group = hw_slice_text(peer->groups[i].group), .position = tip->position};
    }
    hw_step_send(step, peer->number, &message);
}

static void join(struct step *step, struct peer *peer)
{
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, peer->number);
    append->append = HW_APPEND_JOIN;
    append->bytes = step->input->bytes;
    append->key = step->input->key;
    memcpy(append->token, step->input->random, sizeof append->token);
    peer->busy = true;
}

static void in_session(struct step *step, struct peer *peer, const struct hw_message *message)
{
    switch (message->type) {
    case HW_CREDIT:
        credit(peer, &message->body.credit);
        hw_down_pump(step, peer);
        break;
    case HW_SEGMENTS:
        hw_brief_segments(step, peer, NULL);
        break;
    case HW_SEALED:
        hw_brief_segment(step, peer, &message->body.sealed);
        break;
    case HW_ACK:
        hw_brief_confirmed(step, peer, &message->body.ack);
        hw_down_pump(step, peer);
        break;
    case HW_PING:
        if (!message->body.ping.answer)
            ping(step, peer, &message->body.ping);
        break;
    case HW_INTRODUCE:
        introduce(step, peer);
        break;
    case HW_JOURNAL: /* of an office behind it */
        hw_recovery_journal(step, peer);
        break;
    case HW_SNAPSHOT:
        hw_snapshot_asked(step, peer, &message->body.snapshot);
        break;
    case HW_HISTORY:
        hw_page_asked(step, peer, &message->body.history);
        break;
    case HW_BYE:
    case HW_ERROR:
        close_peer(step, peer->number, "the office ended the session");
        break;
    default:
        hw_hub_fail(step, peer->number, HW_CORRUPT, "a message that only a hub sends");
    }
}

void hw_hub_recv(struct step *step, const struct hw_message *message)
{
    struct hw_sync *sync = step->sync;
    uint64_t number = step->input->peer;
    struct peer *peer = hw_peer_add(sync, number);
    uint64_t wait;
    const char *often = hw_quota_check(step, message, &wait);
    if (often) {
        fail(step, number, HW_LIMIT, often, wait);
    } else if (step->input->joining != (message->type == HW_JOIN) || !sync->config.hub) {
        hw_hub_fail(step, number, HW_DENIED, "an invitation's key may only join, and only it may");
    } else if (peer->busy) {
        hw_hub_fail(step, number, HW_CORRUPT, "a second request before the first was answered");
    } else if (message->type == HW_JOIN && peer->joined) {
        hw_hub_fail(step, number, HW_DENIED, "it has joined: one request to join for each connection");
    } else if (message->type == HW_JOIN) {
        join(step, peer);
    } else if (message->type == HW_HELLO || message->type == HW_AGAIN) {
        hello(step, peer);
    } else if (peer->state == HW_PEER_NEW || message->session != peer->session) {
        hw_hub_fail(step, number, HW_CORRUPT, "a message outside a session");
    } else if (message->type == HW_CONFIRM) {
        if (peer->state == HW_PEER_NEGOTIATED && !peer->confirming)
            confirm(step, peer, message);
    } else if (peer->state == HW_PEER_RETURN && message->type == HW_JOURNAL) {
        hw_recovery_journal(step, peer);
    } else if (peer->state == HW_PEER_RETURN && (message->type == HW_BYE || message->type == HW_ERROR)) {
        close_peer(step, number, "the office ended the session");
    } else if (peer->state == HW_PEER_STREAM || peer->confirming || message->type == HW_CREDIT || message->type == HW_PING ||
               message->type == HW_SNAPSHOT) {
        /* While CONFIRM is being committed all is taken: the store keeps the order. */
        in_session(step, peer, message);
    } else {
        hw_hub_fail(step, number, HW_CORRUPT, "a message before the token was confirmed");
    }
}

/* -- what the store did -- */

static void send_acks(struct step *step, uint64_t number, uint64_t session, const struct hw_stored *stored)
{
    struct hw_message message = {.type = HW_ACK, .session = session};
    message.body.ack.streams = hw_arena_copy(step->arena, stored->acks, stored->acks_n * sizeof *stored->acks);
    message.body.ack.streams_n = stored->acks_n;
    hw_step_send(step, number, &message);
}

static void open_groups(struct peer *peer, const struct hw_welcome *welcome, const struct hw_hello *hello)
{
    free(peer->groups);
    peer->groups = hw_alloc(welcome->groups_n * sizeof *peer->groups);
    peer->groups_n = 0;
    peer->parted = false;
    for (size_t i = 0; i < welcome->groups_n; i++) {
        const struct hw_group_welcome *told = &welcome->groups[i];
        peer->parted = peer->parted || told->state == HW_GROUP_RETURN;
        if (told->state != HW_GROUP_RESUME)
            continue;
        struct lane_group *group = &peer->groups[peer->groups_n++];
        *group = (struct lane_group){.sent = told->resume, .acked = told->resume, .number = i};
        memcpy(group->group, told->group.p, told->group.n);
        for (size_t c = 0; hello && c < hello->cursors_n; c++)
            if (hw_slice_equal(hello->cursors[c].group, told->group))
                group->bare = hello->cursors[c].bare;
    }
}

static void say_bye(struct step *step, const struct peer *peer, const char *text)
{
    struct hw_message bye = {.type = HW_BYE, .session = peer->session};
    uint64_t number = peer->number;
    bye.body.bye = hw_slice_text(text);
    hw_step_send(step, number, &bye);
    close_peer(step, number, text);
}

void hw_hub_bye(struct step *step, const char *text)
{
    for (size_t i = step->sync->peers_n; i > 0; i--)
        if (step->sync->peers[i - 1].state != HW_PEER_NEW)
            say_bye(step, &step->sync->peers[i - 1], text);
}

void hw_hub_parted(struct step *step)
{
    for (size_t i = step->sync->peers_n; i > 0; i--)
        if (step->sync->peers[i - 1].state == HW_PEER_STREAM && step->sync->peers[i - 1].parted)
            say_bye(step, &step->sync->peers[i - 1], "the directory knows more of the journal that this office follows");
}

/* Code and what tell the office that trying again as it is will not help. */
static void say_shut(struct step *step, const struct peer *peer, const char *text)
{
    struct hw_message message = {.type = HW_ERROR, .session = peer->session};
    uint64_t number = peer->number;
    message.body.error = (struct hw_error_message){.code = hw_slice_text(hw_status_name(HW_DENIED)),
                                                   .what = hw_slice_text("office"),
                                                   .text = hw_slice_text(text),
                                                   .retry_ms = REFUSED_MS};
    hw_step_send(step, number, &message);
    hw_step_note(step, 4, hw_arena_printf(step->arena, "office %s is shut out%s%s", peer->office, *text ? ": " : "", text));
    close_peer(step, number, "shut out");
}

void hw_hub_door(struct step *step)
{
    const struct hw_input *input = step->input;
    for (size_t i = step->sync->peers_n; i > 0; i--) {
        const struct peer *peer = &step->sync->peers[i - 1];
        if (peer->state == HW_PEER_NEW || memcmp(peer->key, input->key, sizeof peer->key) != 0)
            continue; /* who has not said HELLO is seen to by the link */
        if (input->shut)
            say_shut(step, peer, input->text);
        else
            say_bye(step, peer, "what this office may read has changed");
    }
}

/* A newer HELLO of an incarnation ends its older session. */
static void end_older(struct step *step, uint64_t number, const struct hw_inc *inc)
{
    for (size_t i = step->sync->peers_n; i > 0; i--) {
        const struct peer *other = &step->sync->peers[i - 1];
        if (other->number == number || other->state == HW_PEER_NEW || hw_inc_compare(&other->inc, inc) != 0)
            continue;
        say_bye(step, other, "a newer session of the same office began");
    }
}

/* Said once: it does not get better by saying it to each office. */
static void doubt(struct step *step)
{
    if (!step->sync->doubted)
        hw_step_note(step, 3, "the clock of this machine is far behind what this hub has stamped before: "
                              "clocks of offices are not judged until it is set right");
    step->sync->doubted = true;
}

static void stored_hello(struct step *step, struct peer *peer, const struct hw_stored *stored)
{
    uint64_t number = peer->number;
    peer->busy = false;
    if (stored->status && stored->introduce) {
        bool said = hw_carry_introduce(step, stored->introduce);
        fail(step, number, stored->status, stored->text, said ? INTRODUCED_MS : UNHEARD_MS);
        return;
    }
    if (stored->status) {
        hw_hub_fail(step, number, stored->status, stored->text);
        return;
    }
    peer->inc = *stored->inc;
    peer->session = stored->welcome->session;
    peer->credit = peer->window = 0;
    peer->owed = 0;
    hw_pace_begin(&peer->pace);
    peer->turns = (struct hw_turns){0};
    peer->welcomed_ms = step->input->now_ms;
    peer->range = peer->confirming = peer->introducing = peer->looking = false;
    peer->full = HW_OK;
    snprintf(peer->office, sizeof peer->office, "%s", stored->office);
    open_groups(peer, stored->welcome, stored->hello);
    change_state(peer, HW_PEER_NEGOTIATED);
    struct hw_message message = {.type = HW_WELCOME, .session = stored->welcome->session,
                                 .body.welcome = *stored->welcome};
    if (step->sync->config.upstream) /* a relay tells its hub's time, or none */
        message.body.welcome.time_ms =
            step->sync->hub_time_ms ? (uint64_t)(step->input->wall_ms + hw_step_offset(step)) : 0;
    else if (!stored->welcome->time_ms)
        doubt(step);
    message.body.welcome.credit = stored->welcome->status == HW_WELCOME_OK ? step->sync->config.window : 0;
    hw_step_send(step, number, &message);
    if (stored->acks_n) /* before CONFIRM, behind which it would come all the same */
        send_acks(step, number, peer->session, stored);
    if (stored->welcome->status == HW_WELCOME_OK) /* else no session begins: who has the right token keeps its own */
        end_older(step, number, stored->inc);
    peer = hw_peer_find(step->sync, number); /* another one may have left its place */
    if (message.body.welcome.status != HW_WELCOME_RECOVERY && message.body.welcome.status != HW_WELCOME_LATE)
        return;
    change_state(peer, HW_PEER_RETURN);
    hw_step_credit(step, number, peer->session, HW_LANE_SNAPSHOT, step->sync->config.window);
    peer->window = (int64_t)step->sync->config.window;
    hw_recovery_open(step, peer, stored);
}

static void stored_join(struct step *step, struct peer *peer, const struct hw_stored *stored)
{
    peer->busy = false;
    if (stored->status) {
        hw_hub_fail(step, peer->number, stored->status, stored->text);
        return;
    }
    struct hw_message message = {.type = HW_ADMITTED, .body.admitted = *stored->admitted};
    peer->joined = true;
    hw_step_send(step, peer->number, &message);
    hw_step_note(step, 5, hw_arena_printf(step->arena, "office %.*s has joined", (int)stored->admitted->office.n,
                                          (const char *)stored->admitted->office.p));
}

static void grant(struct step *step, struct peer *peer, size_t bytes)
{
    peer->owed += bytes;
    if (peer->owed < step->sync->config.window / 4)
        return; /* small messages share one CREDIT */
    hw_step_credit(step, peer->number, peer->session, HW_LANE_SNAPSHOT, peer->owed);
    peer->window += (int64_t)peer->owed;
    peer->owed = 0;
}

/* What goes for all that a peer sends to be kept; false when it could not be. */
static bool was_kept(struct step *step, struct peer *peer, const struct hw_stored *stored)
{
    /* What was under way behind a message that found no space is a gap, and comes again with it. */
    const struct hw_carry_refusal *refused = stored->refused;
    bool gap = stored->status == HW_GAP || (refused && refused->status == HW_GAP);
    bool disk = stored->status == HW_NO_SPACE || stored->status == HW_IO, full = disk || (gap && peer->full);
    const char *text = refused ? refused->text : stored->text;
    peer->full = disk ? stored->status : full ? peer->full : HW_OK;
    if (full) {
        send_error(step, peer->number, peer->session, HW_NO_SPACE, outside(peer->full, text), NO_SPACE_MS);
        hw_step_note(step, 3, hw_arena_printf(step->arena, "office %s: not saved: %s", peer->office, text));
        grant(step, peer, stored->bytes);
    } else if (stored->status) {
        hw_hub_fail(step, peer->number, stored->status, stored->text);
    }
    return !full && !stored->status;
}

static void stored_segments(struct step *step, struct peer *peer, const struct hw_stored *stored)
{
    if (stored->session != peer->session || !was_kept(step, peer, stored))
        return; /* of a session that is over; what was committed stays */
    if (!hw_brief_told(step, peer, stored))
        send_acks(step, peer->number, peer->session, stored);
    if (stored->refused)
        hw_carry_refuse(step, peer->number, peer->session, stored->refused);
    grant(step, peer, stored->bytes);
}

/* A life that cannot be introduced is its office's trouble, and ends nobody else's session. */
static void stored_introduce(struct step *step, struct peer *peer, const struct hw_stored *stored)
{
    if (stored->session == peer->session)
        peer->introducing = false;
    if (stored->status)
        hw_step_note(step, 4, hw_arena_printf(step->arena, "introduced by office %s: %s", peer->office, stored->text));
    else if (stored->introduce)
        hw_carry_introduce(step, stored->introduce); /* without a session upstream the office asks again anyway */
}

static void stored_return(struct step *step, struct peer *peer, const struct hw_stored *stored)
{
    bool own = peer->state == HW_PEER_RETURN; /* else handed back to a relay: it goes on with what else it has */
    bool disk = stored->status == HW_NO_SPACE || stored->status == HW_IO;
    if (stored->session == peer->session && !own && stored->status && !disk && stored->group) {
        hw_passed_refuse(step, peer->number, peer->session, stored);
        grant(step, peer, stored->bytes);
        return;
    }
    if (stored->session != peer->session || !was_kept(step, peer, stored))
        return;
    if (stored->put_back)
        return; /* it was the proof, and is not kept: the office must not let go of it; every session ends now */
    hw_passed_taken(step, peer, stored);
    grant(step, peer, stored->bytes);
    hw_recovery_taken(step, peer, stored);
}

static void stored_range(struct step *step, struct peer *peer, const struct hw_stored *stored)
{
    struct lane_group *group = hw_lane_find(peer->groups, peer->groups_n, hw_slice_text(stored->group));
    if (stored->session != peer->session)
        return; /* of a session that is over */
    peer->range = false;
    if (stored->status == HW_DENIED && group) { /* its grant has ended meanwhile: the other groups go on */
        *group = peer->groups[--peer->groups_n];
        return;
    }
    if (stored->status) {
        hw_hub_fail(step, peer->number, stored->status, stored->text);
        return;
    }
    if (stored->message.n == 0 && stored->brief && group) { /* a signature that is not known here */
        group->bare = 0;
        return;
    }
    if (stored->message.n == 0) { /* asking again would give the same */
        hw_hub_fail(step, peer->number, HW_CORRUPT, "entries of a journal cannot be found here");
        return;
    }
    if (!group)
        return;
    hw_brief_sent(step, group, stored->last, stored->bare);
    hw_down_out(step, peer, group, stored->last, stored->message);
}

void hw_hub_stored(struct step *step)
{
    const struct hw_stored *stored = step->input->stored;
    struct peer *peer = hw_peer_find(step->sync, step->input->peer);
    if (!peer)
        return; /* gone meanwhile: what was committed stays */
    switch (stored->append) {
    case HW_APPEND_HELLO:
        stored_hello(step, peer, stored);
        break;
    case HW_APPEND_JOIN:
        stored_join(step, peer, stored);
        break;
    case HW_APPEND_CONFIRM:
        if (stored->session != peer->session || peer->state != HW_PEER_NEGOTIATED)
            break;
        if (stored->status) {
            hw_hub_fail(step, peer->number, stored->status, stored->text);
        } else {
            change_state(peer, HW_PEER_STREAM);
        }
        break;
    case HW_APPEND_SEGMENTS:
        stored_segments(step, peer, stored);
        break;
    case HW_APPEND_RETURN:
        stored_return(step, peer, stored);
        break;
    case HW_APPEND_RETURNED:
        if (stored->status) /* it was not noted: who is not asked again is waited for until a day is over */
            hw_hub_fail(step, peer->number, stored->status, stored->text);
        else if (stored->note && *stored->note)
            hw_step_note(step, 5, hw_arena_text(step->arena, stored->note, strlen(stored->note)));
        break;
    case HW_APPEND_RANGE:
        stored_range(step, peer, stored);
        break;
    case HW_APPEND_OFFER:
    case HW_APPEND_CHUNK:
        if (stored->session == peer->session)
            hw_snapshot_sent(step, peer, stored);
        break;
    case HW_APPEND_HISTORY:
        if (stored->session == peer->session)
            hw_page_sent(step, peer, stored);
        break;
    case HW_APPEND_INTRODUCE:
        stored_introduce(step, peer, stored);
        break;
    default:
        break;
    }
}

void hw_hub_down(struct step *step)
{
    hw_peer_forget(step->sync, step->input->peer);
}

static uint64_t confirmed_by(const struct peer *peer)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < peer->groups_n; i++)
        sum += peer->groups[i].acked;
    return sum;
}

void hw_hub_tick(struct step *step)
{
    struct hw_sync *sync = step->sync;
    uint64_t now = step->input->now_ms;
    hw_hub_pump(step); /* signatures that are due */
    for (size_t i = 0; i < sync->peers_n; i++) {
        struct peer *peer = &sync->peers[i];
        uint64_t confirmed = confirmed_by(peer);
        uint64_t wait = confirmed == peer->heard_confirmed ? HEARD_MS : CONFIRMED_MS;
        if (peer->state != HW_PEER_STREAM || now - peer->heard_ms < wait)
            continue;
        struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, peer->number);
        append->append = HW_APPEND_HEARD;
        append->apart = true; /* those of one tick share a commit */
        append->office = hw_arena_text(step->arena, peer->office, strlen(peer->office));
        append->confirmed = confirmed;
        peer->heard_ms = now;
        peer->heard_confirmed = confirmed;
    }
}
