/* sync_reborn.c: this office goes on as a new incarnation, and why (floor 1, pure).
 *
 *   WELCOME restored, fork, clone --REBIRTH--> the connection ends, and HELLO is the new incarnation's
 *   the link is up, a life without a token that an earlier process drew --REBIRTH alone--> the same
 *
 * Keys that change do it as well: sync_rotate.c. */
#include <stdio.h>
#include <string.h>

#include "proto/sync_internal.h"

/* The hub does not take this incarnation for the one it knows: the store draws
 * a new one and hands over to it what the hub does not hold. */
void hw_reborn_recover(struct step *step, unsigned status, struct hw_slice bytes)
{
    static const char *const why[] = {
        "", "the hub holds more of this office's changes than this office does (was it restored from a backup?)",
        "the hub holds other changes under the same numbers (does a copy of this office run elsewhere?)",
        "the hub does not know this office's last session (was it restored, does a copy of it run elsewhere, or does it "
        "follow another hub now?)"};
    struct upstream *up = &step->sync->up;
    hw_office_state(step, HW_OFFICE_RECOVER);
    snprintf(up->reason, sizeof up->reason, "%s", why[status]);
    hw_step_note(step, 4, hw_arena_printf(step->arena, "%s: it continues as a new incarnation", up->reason));
    if (step->sync->reborn)
        return;
    step->sync->reborn = true;
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, HW_UPSTREAM);
    append->append = HW_APPEND_REBIRTH;
    append->bytes = bytes;
}

void hw_office_reborn(struct step *step, const struct hw_stored *stored)
{
    struct hw_sync *sync = step->sync;
    sync->reborn = false;
    struct hw_effect *close = hw_step_add(step, HW_DO_CLOSE, HW_UPSTREAM);
    close->ms = stored->status ? HW_OWN_FAULT_MS : 1;
    close->text = stored->status ? hw_office_own_text(step, stored) : "this office begins a new incarnation";
    hw_office_down(step);
    sync->lone = stored->status == HW_CONFIG;
    if (stored->status)
        return;
    if (stored->rebirth->reason == HW_LIFE_ROTATION)
        hw_rotate_done(sync);
    sync->proven = true;
    sync->config.inc = stored->rebirth->inc;
    sync->config.previous = stored->rebirth->previous;
    sync->config.reason = stored->rebirth->reason;
    memcpy(sync->config.sign_key, stored->rebirth->sign_key, sizeof sync->config.sign_key);
    memcpy(sync->config.previous_proof, stored->rebirth->proof, sizeof sync->config.previous_proof);
    memset(sync->up.token, 0, sizeof sync->up.token);
    sync->up.reason[0] = 0;
    /* A relay has acknowledged what others hold of its former life, in a bundle say, and may hold it no more. */
    hw_hub_bye(step, "this relay goes on as a new incarnation");
    if (stored->rebirth->moved)
        hw_step_note(step, 5, hw_arena_printf(step->arena,
                                              "changes that the hub did not have, issued again under the new incarnation:"
                                              " %llu; none is lost",
                                              (unsigned long long)stored->rebirth->moved));
}

/* A new incarnation that no hub has met yet has no token, and so nobody would notice a copy of it: a backup that was made in
 * between and put back by hand, say. Meanwhile its own process may have written under it into bundles. So it is that
 * process's alone; another one draws its own before it says HELLO, if the keys of a life that can vouch for it are here.
 * Enrolment gives the first life its token. */
bool hw_reborn_alone(struct step *step)
{
    static const uint8_t no_token[HW_TOKEN_SIZE];
    static const struct hw_inc none;
    struct hw_sync *sync = step->sync;
    if (sync->proven || sync->lone || hw_inc_compare(&sync->config.previous, &none) == 0 ||
        memcmp(sync->up.token, no_token, sizeof no_token) != 0)
        return false;
    hw_step_note(step, 5, "this office's new incarnation has met no hub yet: it begins another one");
    sync->reborn = true;
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, HW_UPSTREAM);
    append->append = HW_APPEND_REBIRTH;
    append->alone = true;
    return true;
}
