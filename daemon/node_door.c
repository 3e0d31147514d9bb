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
