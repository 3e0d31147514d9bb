/* node_live.c: what a job has just added goes out right after its commit, to all
 * who have everything before it (floor 3).  On the store thread. */
#include "daemon/node_internal.h"

/* A message of many changes is a backlog's: there its readers wait for other things than the store. */
enum { SMALL = 16 * 1024 };

static void keep(struct task *task, struct hw_live *to, const struct hw_live *from)
{
    *to = *from;
    to->items = hw_arena_slice(&task->arena, from->items);
    to->echo = hw_arena_slice(&task->arena, from->echo);
    to->head.group = hw_arena_slice(&task->arena, from->head.group);
    to->sealed.sealed = hw_arena_slice(&task->arena, from->sealed.sealed);
    to->news.items = hw_arena_copy(&task->arena, from->news.items, from->news.items_n * sizeof *from->news.items);
    for (size_t i = 0; i < from->news.items_n; i++)
        to->news.items[i].sealed = hw_arena_slice(&task->arena, from->news.items[i].sealed);
    to->group = hw_arena_text(&task->arena, from->group, hw_slice_text(from->group).n);
}

static enum hw_status keep_up(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    struct hw_out items HW_CLEANUP(hw_out_done) = {0};
    struct hw_live live;
    enum hw_status status = hw_tx_live_up(tx, &live, &items, err);
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : status;
    keep(task, &task->up, &live);
    task->stored.up = &task->up;
    return HW_OK;
}

static enum hw_status keep_down(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    struct hw_out items HW_CLEANUP(hw_out_done) = {0}, echo HW_CLEANUP(hw_out_done) = {0};
    struct hw_live live;
    enum hw_status status = hw_tx_live_down(tx, &live, &items, &echo, err);
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : status;
    keep(task, &task->down, &live);
    task->stored.down = &task->down;
    return HW_OK;
}

enum hw_status hw_live_keep(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    if (!task->job.write || task->effect.bytes.n > SMALL || task->reborn)
        return HW_OK;
    enum hw_status status = task->node->config.upstream ? keep_up(task, tx, err) : HW_OK;
    return status || !task->node->config.listen ? status : keep_down(task, tx, err);
}
