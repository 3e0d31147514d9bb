/* node_door.c: the doors of a running node: which keys come in, and what happens to those inside when that changes (floor 3,
 * noun: door). */
#include <stdlib.h>
#include <string.h>

#include "daemon/node_internal.h"

static int compare_key(const void *key, const void *door)
{
    return memcmp(key, ((const struct hw_door *)door)->key, HW_KEY_SIZE);
}

static const struct hw_door *find(const struct hw_door *doors, size_t n, const uint8_t key[HW_KEY_SIZE])
{
    return n ? bsearch(key, doors, n, sizeof *doors, compare_key) : NULL;
}

enum hw_admit hw_node_admit(void *self, const uint8_t key[HW_KEY_SIZE])
{
    const struct hw_node *node = self;
    const struct hw_door *door = find(node->doors, node->doors_n, key);
    if (!door)
        return HW_ADMIT_NO;
    return door->banned ? HW_ADMIT_BANNED : door->invitation ? HW_ADMIT_JOIN : HW_ADMIT_OFFICE;
}

/* A door that let somebody in and does not any more, or lets in to something else. */
static void tell(struct hw_node *node, const struct hw_door *was, const struct hw_door *now)
{
    struct hw_input input = {.type = HW_IN_DOOR, .key = was->key};
    if (was->invitation || was->banned)
        return;
    input.shut = !now || now->banned;
    input.text = now ? now->reason : "";
    if (input.shut || now->grants != was->grants)
        hw_node_input(node, &input);
}

/* By key in both, as the store gives them. */
void hw_node_doors(struct hw_node *node, const struct hw_door *doors, size_t n)
{
    struct hw_door *before = node->doors;
    size_t before_n = node->doors_n;
    node->doors = hw_alloc(n * sizeof *doors);
    if (n)
        memcpy(node->doors, doors, n * sizeof *doors);
    node->doors_n = n;
    for (size_t i = 0; i < before_n && node->sync && node->config.listen; i++)
        tell(node, &before[i], find(doors, n, before[i].key));
    if (before && node->link && node->config.listen)
        hw_link_recheck(node->link); /* those that have not said who they are, too */
    free(before);
}

/* -- what has been left -- */

/* Lives may have ended whose changes this relay has, and nobody takes them any more. What headquarters admitted of them may be
 * still on its way; with the next session a person is told in `status`. */
static enum hw_status keep_orphans(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    struct hw_orphans *list;
    size_t n = 0;
    enum hw_status status = hw_tx_orphans(tx, &list, &n, err);
    task->orphans = "";
    task->orphans_n = 0;
    for (size_t i = 0; i < n && !status; i++) {
        task->orphans = hw_arena_printf(&task->arena, "%s%s%s", task->orphans, i ? " " : "", hw_orphans_text(&task->arena, &list[i]));
        task->orphans_n += list[i].changes;
    }
    return status;
}

enum hw_status hw_doors_keep(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    struct hw_door *doors;
    enum hw_status status = hw_tx_doors(tx, &doors, &task->doors_n, err);
    if (!status)
        task->doors = hw_arena_copy(&task->arena, doors, task->doors_n * sizeof *doors);
    return status ? status : keep_orphans(task, tx, err);
}

void hw_doors_tell(const struct task *task)
{
    if (task->orphans_n > task->node->orphans_n)
        hw_log_write(task->node->log, 4, "%s", task->orphans);
    task->node->orphans_n = task->orphans_n;
}
