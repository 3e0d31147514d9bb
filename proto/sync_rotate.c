/* sync_rotate.c: an office changes its keys (floor 1, pure).
 *
 *   announced --INTRODUCE--> in the directory, down the journal --REBIRTH--> a new session with the new keys
 *
 * The session goes on with the old keys until the directory has the new ones, so there is no time at which neither is
 * admitted. What is lost on the way is said again in the next session. */
#include <string.h>

#include "proto/sync_internal.h"

/* A hub that was busy with another introduction has dropped this one; it takes one round trip and two commits. */
enum { AGAIN_MS = 30 * 1000 };

void hw_rotate_say(struct step *step)
{
    struct hw_sync *sync = step->sync;
    struct upstream *up = &sync->up;
    uint64_t now = step->input->now_ms;
    if (!sync->rotating || sync->rotated || up->state != HW_OFFICE_STREAM || (up->rotation_ms && now < up->rotation_ms + AGAIN_MS))
        return;
    if (hw_carry_introduce(step, &sync->rotation))
        up->rotation_ms = now + 1; /* never 0 */
}

void hw_rotate_take(struct step *step, const struct hw_introduce *rotation, bool rotated)
{
    struct hw_sync *sync = step->sync;
    const struct hw_stored *stored = step->input->type == HW_IN_STORED ? step->input->stored : NULL;
    if (stored && stored->append == HW_APPEND_REBIRTH && stored->status == HW_DENIED)
        sync->rotated = false; /* the directory has the new keys no more: they are announced again */
    if (rotation && rotation->office.n <= HW_OFFICE_MAX) {
        memset(sync->rotating_office, 0, sizeof sync->rotating_office);
        memcpy(sync->rotating_office, rotation->office.p, rotation->office.n);
        sync->rotation = *rotation;
        sync->rotation.office = hw_slice_text(sync->rotating_office);
        sync->rotating = true;
        sync->rotated = false;
    }
    sync->rotated = sync->rotating && (sync->rotated || rotated);
    if (rotation)
        hw_rotate_say(step);
}

void hw_rotate_go(struct step *step)
{
    struct hw_sync *sync = step->sync;
    hw_rotate_say(step);
    if (!sync->rotated || sync->reborn)
        return;
    sync->reborn = true;
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, HW_UPSTREAM);
    append->append = HW_APPEND_REBIRTH;
    append->rotate = true;
}

void hw_rotate_done(struct hw_sync *sync)
{
    sync->rotating = sync->rotated = false;
    memset(&sync->rotation, 0, sizeof sync->rotation);
}
