/* sync_pass.c: a relay hands up what an office behind it hands back (floor 1, pure).
 *
 * An office may hold decisions of a life of the gate that its relay has never heard of: both the hub and the relay were put back
 * since. Only the gate can take them in, so the relay keeps nothing of them: each JOURNAL goes up as it came, and the office
 * is told what the hub has acknowledged, not before. One office at a time; whatever comes between makes it begin again. */
#include <string.h>

#include "proto/sync_internal.h"

static struct peer *passing(struct hw_sync *sync)
{
    struct peer *peer = sync->pass.session ? hw_peer_find(sync, sync->pass.peer) : NULL;
    return peer && peer->session == sync->pass.session ? peer : NULL;
}

static void end(struct step *step, enum hw_status status, const char *text)
{
    struct peer *peer = passing(step->sync);
    if (peer)
        hw_hub_fail(step, peer->number, status, text);
    step->sync->pass = (struct pass){0};
}

void hw_pass_check(struct step *step)
{
    const struct pass *pass = &step->sync->pass;
    if (pass->session && pass->upstream != step->sync->up.session)
        end(step, HW_FAILED, "this relay has lost its hub; what is handed back goes up later");
}

void hw_pass_journal(struct step *step, struct peer *peer, const struct hw_message *message)
{
    struct hw_sync *sync = step->sync;
    struct hw_message up = *message;
    hw_pass_check(step);
    if (!hw_peer_find(sync, step->input->peer))
        return; /* it was the one that had begun */
    const struct peer *other = passing(sync);
    if (peer->window <= 0) {
        hw_hub_fail(step, peer->number, HW_LIMIT, "it sent more than it was granted");
        return;
    }
    if (sync->up.state != HW_OFFICE_STREAM || sync->up.credit <= 0 || (other && other != peer)) {
        hw_hub_fail(step, peer->number, HW_FAILED, "this relay cannot hand up now what its hub has lost; it is tried again");
        return;
    }
    peer->window -= (int64_t)step->input->bytes.n;
    if (!other)
        sync->pass = (struct pass){.peer = peer->number, .session = peer->session, .upstream = sync->up.session};
    sync->pass.waiting++;
    sync->pass.owed += step->input->bytes.n;
    sync->up.credit -= (int64_t)step->input->bytes.n;
    up.session = sync->up.session;
    hw_step_send(step, HW_UPSTREAM, &up);
}

void hw_pass_acked(struct step *step, const struct hw_ack_message *ack)
{
    struct pass *pass = &step->sync->pass;
    struct peer *peer = passing(step->sync);
    struct hw_message message = {.type = HW_ACK, .session = pass->session};
    if (ack->journals_n == 0 || !peer || pass->waiting == 0)
        return;
    message.body.ack = (struct hw_ack_message){.journals = ack->journals, .journals_n = ack->journals_n};
    hw_step_send(step, peer->number, &message);
    if (--pass->waiting)
        return;
    hw_step_credit(step, peer->number, peer->session, HW_LANE_SNAPSHOT, pass->owed);
    peer->window += (int64_t)pass->owed;
    pass->owed = 0;
}

bool hw_pass_refused(struct step *step, const struct hw_error_message *error)
{
    bool about = hw_slice_is(error->what, HW_PASS_WHAT);
    if (about || hw_slice_is(error->code, hw_status_name(HW_NO_SPACE)))
        end(step, HW_FAILED, hw_arena_text(step->arena, error->text.p, error->text.n));
    return about;
}
