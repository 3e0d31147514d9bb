/* sync_page.c: history that an office does not hold, asked of its hub for somebody who wants to read it (floor 1, pure).
 *
 * One question at a time goes up, and its answer is the store's to read; nothing of it stays. Whoever asks while another waits
 * comes next. At a hub each peer has one question under way, so an office costs it one page at a time, as long as the pace of
 * its link allows: live changes wait behind no more than that. */
#include <stdlib.h>
#include <string.h>

#include "proto/sync_internal.h"

enum { ANSWER_MS = 30 * 1000 }; /* the longest page takes that on 64 kbit/s, and a person waits no longer */

static const char too_old[] = "the hub runs an older Headway that cannot give it";

/* -- office -- */

static void reply(struct step *step, uint64_t client, enum hw_status status, const char *text)
{
    struct hw_effect *effect = hw_step_add(step, HW_DO_REPLY, 0);
    effect->client = client;
    effect->status = status;
    effect->text = text;
}

/* The first in the row is said; the others wait. */
static void say(struct step *step)
{
    struct hw_sync *sync = step->sync;
    struct asking *first = &sync->asking[0];
    if (sync->asking_n == 0)
        return;
    struct hw_message message = {.type = HW_HISTORY, .session = sync->up.session, .body.history = first->ask};
    message.body.history.what = HW_HISTORY_ASK;
    message.body.history.number = first->number = sync->next_number++;
    message.body.history.group = hw_slice_text(first->group);
    hw_step_send(step, HW_UPSTREAM, &message);
}

static void drop(struct hw_sync *sync, size_t at)
{
    sync->asking_n--;
    memmove(&sync->asking[at], &sync->asking[at + 1], (sync->asking_n - at) * sizeof *sync->asking);
}

/* Why it cannot be asked now; NULL: it can. */
static const char *cannot(struct step *step, struct hw_slice group)
{
    const struct hw_sync *sync = step->sync;
    const struct upstream *up = &sync->up;
    const char *rests = sync->config.upstream ? hw_spend_text(step) : NULL;
    if (!sync->config.upstream)
        return "this office follows no hub";
    if (rests)
        return rests;
    if (up->state != HW_OFFICE_STREAM)
        return "the hub cannot be reached now";
    if (up->unread)
        return too_old;
    if (!hw_lane_find(up->groups, up->groups_n, group))
        return hw_arena_printf(step->arena, "the hub does not give this office the group %.*s", (int)group.n,
                               (const char *)group.p);
    return NULL;
}

void hw_page_add(struct step *step)
{
    struct hw_sync *sync = step->sync;
    const struct hw_history_message *ask = step->input->history;
    const char *why = cannot(step, ask->group);
    if (why) {
        reply(step, step->input->client, HW_TIMEOUT, why);
        return;
    }
    if (sync->asking_n == sync->asking_cap) {
        sync->asking_cap = sync->asking_cap ? sync->asking_cap * 2 : 4;
        sync->asking = hw_realloc(sync->asking, sync->asking_cap * sizeof *sync->asking);
    }
    struct asking *added = &sync->asking[sync->asking_n++];
    *added = (struct asking){.client = step->input->client, .session = sync->up.session, .ask = *ask,
                             .deadline_ms = step->input->now_ms + ANSWER_MS};
    memcpy(added->group, ask->group.p, ask->group.n);
    if (sync->asking_n == 1)
        say(step);
}

void hw_page_told(struct step *step, const struct hw_history_message *page, struct hw_slice bytes)
{
    struct hw_sync *sync = step->sync;
    if (page->what != HW_HISTORY_PAGE) {
        hw_office_fail(step, HW_CORRUPT, "the hub sent a message that only an office sends", 0);
        return;
    }
    if (sync->asking_n == 0 || sync->asking[0].number != page->number || !hw_slice_is(page->group, sync->asking[0].group))
        return;
    struct asking first = sync->asking[0];
    drop(sync, 0);
    say(step);
    if (first.silent)
        return;
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, HW_UPSTREAM);
    append->append = HW_APPEND_PAGE;
    append->apart = true;
    append->client = first.client;
    append->bytes = bytes;
    append->session = sync->up.session;
}

void hw_page_end(struct step *step)
{
    struct hw_sync *sync = step->sync;
    const char *rests = sync->config.upstream ? hw_spend_text(step) : NULL;
    const char *why = rests ? rests : sync->up.unread ? too_old : "the connection to the hub ended meanwhile";
    for (size_t i = 0; i < sync->asking_n; i++)
        if (!sync->asking[i].silent)
            reply(step, sync->asking[i].client, HW_TIMEOUT, why);
    sync->asking_n = 0;
}

bool hw_page_unread(struct hw_sync *sync)
{
    sync->up.unread = sync->up.unread || sync->asking_n > 0;
    return sync->asking_n > 0;
}

/* What is under way stays so, though nobody waits for it any more: the hub takes no other question before. */
void hw_page_check(struct step *step)
{
    struct hw_sync *sync = step->sync;
    if (sync->asking_n > 0 && (sync->up.state != HW_OFFICE_STREAM || sync->asking[0].session != sync->up.session))
        hw_page_end(step);
    for (size_t i = sync->asking_n; i > 0; i--) {
        struct asking *asking = &sync->asking[i - 1];
        if (asking->silent || step->input->now_ms < asking->deadline_ms)
            continue;
        reply(step, asking->client, HW_TIMEOUT, "the hub has not answered within 30 seconds");
        asking->silent = true;
        if (i > 1)
            drop(sync, i - 1);
    }
}

/* -- hub -- */

static void send_nothing(struct step *step, const struct peer *peer, const struct hw_history_message *ask)
{
    struct hw_message message = {.type = HW_HISTORY, .session = peer->session};
    message.body.history = (struct hw_history_message){.what = HW_HISTORY_PAGE, .number = ask->number, .group = ask->group};
    hw_step_send(step, peer->number, &message);
}

void hw_page_asked(struct step *step, struct peer *peer, const struct hw_history_message *ask)
{
    if (ask->what != HW_HISTORY_ASK) {
        hw_hub_fail(step, peer->number, HW_CORRUPT, "a message that only a hub sends");
    } else if (peer->looking) {
        hw_hub_fail(step, peer->number, HW_CORRUPT, "a second question about old history before the first was answered");
    } else if (!hw_lane_find(peer->groups, peer->groups_n, ask->group)) {
        send_nothing(step, peer, ask); /* not to be told from a group that does not exist */
    } else {
        peer->looking = true;
        struct hw_effect *range = hw_step_add(step, HW_DO_SEND_RANGE, peer->number);
        range->append = HW_APPEND_HISTORY;
        range->group = hw_arena_text(step->arena, ask->group.p, ask->group.n);
        range->bytes = step->input->bytes;
        range->max = hw_pace_message(&peer->pace);
        range->session = peer->session;
        range->reader = peer->inc;
    }
}

void hw_page_sent(struct step *step, struct peer *peer, const struct hw_stored *stored)
{
    peer->looking = false;
    if (stored->status)
        hw_hub_fail(step, peer->number, stored->status, stored->text);
    else
        hw_step_add(step, HW_DO_SEND, peer->number)->bytes = stored->message;
}
