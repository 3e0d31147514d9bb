/* store_lend.c: old history that a hub has sent, looked at by one job as if it were held (floor 2).  What is lent is gone when the
 * job ends: rights and redactions need no second look, since there is nothing to look at. */
#include <string.h>

#include "daemon/store_history.h"
#include "daemon/store_internal.h"

/* The stream must be one that the group's rows begin behind: everything else is held here. */
static enum hw_status stream_of(struct hw_tx *tx, const struct hw_group *group, const struct hw_segment *head,
                                const struct hw_stream **stream, struct hw_err *err)
{
    *stream = hw_slice_is(head->group, group->code) ? hw_cache_stream(tx->store, &head->inc, group->id) : NULL;
    if (!*stream || head->first + head->n - 1 > (*stream)->base)
        return hw_fail(err, HW_CORRUPT, "the hub has sent history of group %s that nobody asked for", group->code);
    return HW_OK;
}

static enum hw_status lend(struct hw_tx *tx, const struct hw_group *group, const struct hw_history_item *item,
                           struct hw_reading **lent, struct hw_err *err)
{
    const struct hw_stream *stream = NULL;
    struct hw_reading *made = hw_arena_zero(&tx->arena, 1, sizeof *made);
    enum hw_status status = hw_segment_open(item->segment, &tx->arena, &made->opened, err);
    if (!status)
        status = stream_of(tx, group, &made->opened.head, &stream, err);
    if (!status)
        status = hw_reading_judge(tx, stream, made, item->before, err);
    if (status)
        return status;
    struct hw_reading **read = &tx->read[(uint64_t)stream->id % READING_SLOTS];
    made->stream = stream->id;
    made->lent = item;
    made->next = *read;
    *read = *lent = made;
    return HW_OK;
}

enum hw_status hw_tx_history_lend(struct hw_tx *tx, const struct hw_history_message *page, struct hw_logged **events, size_t *n,
                                  struct hw_err *err)
{
    const struct hw_group *group = hw_cache_group(tx->store, page->group);
    tx->lent = page;
    struct hw_reading **lent = hw_arena_zero(&tx->arena, page->items_n, sizeof *lent);
    enum hw_status status = HW_OK;
    size_t max = 0;
    *n = 0;
    if (!group || (page->items_n > 0 && page->items[0].position > group->base))
        return hw_fail(err, HW_CORRUPT, "the hub has sent history that is held here");
    for (size_t i = 0; i < page->items_n && !status; i++) {
        status = lend(tx, group, &page->items[i], &lent[i], err);
        max += status ? 0 : lent[i]->opened.head.n;
    }
    *events = hw_arena_zero(&tx->arena, max, sizeof **events);
    for (size_t i = 0; i < page->items_n && !status; i++) {
        const struct hw_segment *head = &lent[i]->opened.head;
        for (uint64_t seq = head->first + head->n; seq > head->first && !status; seq--)
            status = hw_tx_event(tx, &head->inc, group->code, seq - 1, &(*events)[(*n)++], err);
    }
    return status;
}

enum hw_status hw_tx_history_older(struct hw_tx *tx, const struct hw_record *record, struct hw_older **older, size_t *n,
                                   struct hw_err *err)
{
    struct hw_store *store = tx->store;
    enum hw_status status = HW_OK;
    *older = hw_arena_zero(&tx->arena, store->groups_n, sizeof **older);
    *n = 0;
    for (size_t i = 0; i < store->groups_n && !status; i++) {
        const struct hw_group *group = &store->groups[i];
        struct hw_snapshot_held held;
        if (!group->base || (record && strcmp(record->group, group->code) != 0))
            continue;
        const struct hw_stream *made = record ? hw_cache_stream(store, &record->row.made.inc, group->id) : NULL;
        if (record && (!made || record->row.made.seq > made->base))
            continue; /* it came after the cut, and so did all that was said of it */
        status = hw_base_held(tx, group, &held, err);
        (*older)[(*n)++] = (struct hw_older){.group = hw_arena_text(&tx->arena, group->code, strlen(group->code)),
                                             .position = group->base,
                                             .before_ms = status ? 0 : (int64_t)held.manifest.time_ms};
    }
    return status;
}
