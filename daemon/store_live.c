/* store_live.c: what a job has just added, read before it commits (floor 2, noun: live).
 *
 * Somebody sees a change of somebody else as soon as it is saved, sent, judged, passed on and saved again. Asking the store anew
 * for what it has just written would put one more wait for its thread into each of these steps. */
#include <string.h>

#include "daemon/store_internal.h"

enum { LIVE_MAX = 16 * 1024 }; /* what people do; more than that goes by ranges, which wait for credit */

void hw_grown_add(struct hw_grown *grown, const struct hw_group *group, const struct hw_inc *author, uint64_t first,
                  uint64_t last)
{
    if (!grown->group)
        *grown = (struct hw_grown){.group = group->id, .first = first, .author = *author};
    grown->mixed = grown->mixed || grown->group != group->id || hw_inc_compare(&grown->author, author) != 0;
    grown->last = last;
}

static bool known(struct hw_tx *tx, const struct hw_grown *grown, struct hw_live *live)
{
    if (!grown->group || grown->mixed)
        return false;
    const char *code = hw_cache_group_by_id(tx->store, grown->group)->code;
    *live = (struct hw_live){.group = hw_arena_text(&tx->arena, code, strlen(code)), .first = grown->first,
                             .author = grown->author};
    return strcmp(code, "directory") != 0; /* it goes before all that it may be needed for */
}

/* All of it is there, and no more than is small. */
static bool whole(const struct hw_grown *grown, const struct hw_live *live, const struct hw_out *items)
{
    return live->last == grown->last && items->n <= LIVE_MAX;
}

enum hw_status hw_tx_live_up(struct hw_tx *tx, struct hw_live *live, struct hw_out *items, struct hw_err *err)
{
    const struct hw_grown *grown = &tx->up;
    if (!known(tx, grown, live))
        return HW_NOT_FOUND;
    enum hw_status status = hw_tx_segments_up(tx, live->group, live->first, LIVE_MAX, items, &live->n, &live->last, err);
    live->items = hw_out_slice(items);
    if (!status && !whole(grown, live, items))
        return HW_NOT_FOUND;
    return status ? status : hw_sealed_live(tx, live->group, live->first, live->last, &live->sealed, err);
}

enum hw_status hw_tx_live_down(struct hw_tx *tx, struct hw_live *live, struct hw_out *items, struct hw_out *echo,
                               struct hw_err *err)
{
    const struct hw_grown *grown = &tx->down;
    if (!known(tx, grown, live))
        return HW_NOT_FOUND;
    enum hw_status status = hw_tx_journal_down(tx, live->group, live->first, LIVE_MAX, NULL, items, &live->n, &live->last,
                                               &live->head, err);
    if (!status && !whole(grown, live, items))
        return HW_NOT_FOUND;
    if (!status)
        status = hw_tx_journal_down(tx, live->group, live->first, LIVE_MAX, &live->author, echo, &live->n, &live->last,
                                    &live->head, err);
    live->items = hw_out_slice(items);
    live->echo = hw_out_slice(echo);
    live->gate = hw_gate_here(tx->store, hw_cache_group(tx->store, hw_slice_text(live->group)));
    return status ? status : hw_news_live(tx, live->group, live->first, live->last, &live->news, err);
}
