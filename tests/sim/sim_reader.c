/* sim_reader.c: see sim_reader.h. A page comes, or the reason why it cannot come now: nothing else, whatever the weather; and what
 * comes is signed as it should be. */
#include "tests/sim/sim_reader.h"

#include <string.h>

#include "daemon/store_internal.h"
#include "tests/sim/sim_node.h"

enum { EVERY_MS = 7 * 1000, ROWS = 40 };

static void ask(struct sim_node *node, const char *group, uint64_t next);

static void answered(struct sim_call *call, enum hw_status status, const char *text)
{
    static const char bad[] = "isignaturecbad"; /* as CBOR */
    const struct hw_out *rows = &call->call.answer.rows;
    struct hw_in in = hw_in_of(hw_out_slice(&call->call.answer.end));
    if (status && status != HW_TIMEOUT && status != HW_UNREACHABLE)
        sim_fail(call->node->world, "%s reads old history of %s: %s", call->node->name, call->text, text);
    if (rows->n && memmem(rows->p, rows->n, bad, sizeof bad - 1))
        sim_fail(call->node->world, "%s reads old history of %s that is not signed as it should be", call->node->name, call->text);
    if (status || hw_get_map_any(&in) != 1 || !hw_slice_is(hw_get_text(&in), "next"))
        return;
    uint64_t next = hw_get_uint(&in);
    sim_tell(call->node->world, call->node, "read %zu rows of old history of %s", call->call.answer.rows_n, call->text);
    if (next)
        ask(call->node, call->text, next);
}

static void ask(struct sim_node *node, const char *group, uint64_t next)
{
    struct sim_call template = {.answered = answered};
    struct hw_out args = {0};
    snprintf(template.text, sizeof template.text, "%s", group);
    hw_put_map(&args, 3);
    hw_put_text(&args, "group");
    hw_put_text(&args, group);
    hw_put_text(&args, "next");
    hw_put_uint(&args, next);
    hw_put_text(&args, "limit");
    hw_put_uint(&args, ROWS);
    sim_node_ask(node, "history", hw_out_slice(&args), "aigul", &template);
    hw_out_done(&args);
}

static void look(void *self, uint64_t index)
{
    struct sim_world *world = self;
    struct sim_node *node = world->nodes[index];
    struct hw_store *store = node->node ? node->node->store : NULL;
    if (world->healed)
        return;
    for (size_t i = 0; store && i < store->groups_n; i++)
        if (store->groups[i].base)
            ask(node, store->groups[i].code, store->groups[i].base);
    sim_queue_add(&world->queue, EVERY_MS, look, world, index);
}

void sim_reader_begin(struct sim_world *world)
{
    for (size_t i = 0; i < world->nodes_n; i++)
        sim_queue_add(&world->queue, EVERY_MS + i, look, world, i);
}
