/* sync_recovery.c: a hub that was restored takes back what the offices hold
 * (floor 1, pure): who hands back what, and when that is over. */
#include <stdlib.h>
#include <string.h>

#include "proto/sync_internal.h"

enum {
    RECOVERY_MS = 24 * 3600 * 1000, /* of a recovery that begins while we run; see store_recovery.h */
    AGAIN_MS = 60 * 1000            /* when its end could not be saved */
};

void hw_recovery_start(struct step *step)
{
    step->sync->recovering = step->input->recovering;
    step->sync->recovery_until = step->input->now_ms + step->input->recovery_ms;
}

/* The store began or ended it; every session belongs to what was before. */
void hw_recovery_check(struct step *step, const struct hw_stored *stored)
{
    struct hw_sync *sync = step->sync;
    if (!stored->tips || (stored->recovering == sync->recovering && !stored->put_back))
        return;
    sync->recovering = stored->recovering;
    sync->recovery_until = step->input->now_ms + RECOVERY_MS;
    if (stored->recovering) {
        hw_step_note(step, 3, "an office holds decisions of this hub that are not here: the database was put back to an "
                              "earlier state. This hub takes back what the offices hold; until then nothing new is "
                              "admitted");
        hw_hub_bye(step, "the hub was put back to an earlier state");
    } else {
        hw_step_note(step, 5, "this hub has taken back what the offices hold, and decides again");
        hw_hub_bye(step, "the hub goes on after its recovery");
    }
}

void hw_recovery_tick(struct step *step)
{
    struct hw_sync *sync = step->sync;
    if (!sync->recovering || step->input->now_ms < sync->recovery_until)
        return;
    sync->recovery_until = step->input->now_ms + AGAIN_MS;
    hw_step_add(step, HW_DO_APPEND, HW_UPSTREAM)->append = HW_APPEND_RECOVERED;
}

static void check_heard(struct step *step, struct peer *peer)
{
    for (size_t i = 0; i < peer->groups_n; i++)
        if (peer->groups[i].acked < peer->groups[i].target)
            return;
    if (peer->heard || !step->sync->recovering)
        return;
    peer->heard = true;
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, peer->number);
    append->append = HW_APPEND_RETURNED;
    append->office = hw_arena_text(step->arena, peer->office, strlen(peer->office));
}

void hw_recovery_open(struct step *step, struct peer *peer, const struct hw_stored *stored)
{
    const struct hw_welcome *welcome = stored->welcome;
    free(peer->groups);
    peer->groups = hw_alloc(welcome->groups_n * sizeof *peer->groups);
    peer->groups_n = 0;
    peer->heard = false;
    for (size_t i = 0; i < welcome->groups_n; i++) {
        const struct hw_group_welcome *ask = &welcome->groups[i];
        struct lane_group *group = &peer->groups[peer->groups_n++];
        *group = (struct lane_group){.acked = ask->resume};
        memcpy(group->group, ask->group.p, ask->group.n);
        for (size_t c = 0; c < stored->hello->cursors_n; c++)
            if (hw_slice_equal(stored->hello->cursors[c].group, ask->group))
                group->target = stored->hello->cursors[c].position - stored->hello->cursors[c].bare;
    }
    check_heard(step, peer);
}

void hw_recovery_journal(struct step *step, struct peer *peer)
{
    if (peer->window <= 0) {
        hw_hub_fail(step, peer->number, HW_LIMIT, "it sent more than it was granted");
        return;
    }
    peer->window -= (int64_t)step->input->bytes.n;
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, peer->number);
    append->append = HW_APPEND_RETURN;
    append->bytes = step->input->bytes;
    append->session = peer->session;
    append->office = hw_arena_text(step->arena, peer->office, strlen(peer->office));
}

void hw_recovery_taken(struct step *step, struct peer *peer, const struct hw_stored *stored)
{
    bool passed = peer->state == HW_PEER_STREAM; /* by a relay, which follows the journal itself */
    struct lane_group *group = hw_lane_find(peer->groups, peer->groups_n, hw_slice_text(stored->group));
    if (stored->note && *stored->note)
        hw_step_note(step, 4, hw_arena_text(step->arena, stored->note, strlen(stored->note)));
    if (passed)
        return;
    if (group && stored->last > group->acked)
        group->acked = stored->last;
    check_heard(step, peer);
}
