/* sync_compact.c: an office lets go of the old part of its groups' logs
 * (floor 1, pure).
 *
 * WELCOME says up to where: what headquarters' last backup covers and its other offices hold. The store decides what of that is
 * old enough, and does it in small steps, when nothing waits to be sent. A relay keeps everything for those behind it. */
#include <string.h>

#include "proto/sync_internal.h"

void hw_compact_go(struct step *step)
{
    struct upstream *up = &step->sync->up;
    if (step->sync->config.hub || up->compacting || !hw_office_idle(step))
        return;
    for (size_t i = 0; i < up->groups_n; i++) {
        const struct lane_group *group = &up->groups[i];
        const struct hw_group_tip *tip = hw_step_tip(step->sync, group->group);
        if (!group->floor || !tip || tip->position < group->target)
            continue; /* what is missing comes first, a snapshot perhaps */
        struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, HW_UPSTREAM);
        append->append = HW_APPEND_COMPACT;
        append->group = hw_arena_text(step->arena, group->group, strlen(group->group));
        append->position = group->floor;
        append->session = up->session;
        up->compacting = true;
        return;
    }
}

void hw_compact_stored(struct step *step, const struct hw_stored *stored)
{
    struct upstream *up = &step->sync->up;
    struct lane_group *group = hw_lane_find(up->groups, up->groups_n, hw_slice_text(stored->group));
    up->compacting = false;
    if (stored->status && group)
        hw_step_note(step, 4, hw_arena_printf(step->arena, "group %s: its old history stays: %s", group->group, stored->text));
    if (group && (stored->status || !stored->again))
        group->floor = 0;
    hw_compact_go(step);
}
