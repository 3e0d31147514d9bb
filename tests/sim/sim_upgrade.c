/* sim_upgrade.c: when nodes get the newer release, and what only that can write. */
#include <string.h>

#include "daemon/store_internal.h"
#include "headway/value.h"
#include "tests/sim/sim_schema.h"

enum { LATEST_MS = 1000 * 1000, AWAY_MS = 10 * 1000 };

/* Its packages are changed while it is down; and the machine may stop when the new release has hardly begun. */
static void upgrade(void *self, uint64_t arg)
{
    struct sim_node *node = self;
    (void)arg;
    if (!node->old)
        return;
    sim_tell(node->world, node, "is upgraded");
    sim_node_stop(node);
    node->old = false;
    if (!node->world->healed && sim_chance_in(&node->world->shape, 400)) {
        uint64_t most = UINT64_C(16) << sim_chance_below(&node->world->shape, 8);
        node->disk.die_at = node->disk.ops + sim_chance_between(&node->world->shape, 1, most);
    }
    sim_node_start_in(node, sim_chance_below(&node->world->shape, AWAY_MS));
}

void sim_upgrade_begin(struct sim_world *world)
{
    for (size_t i = 0; i < world->nodes_n; i++)
        if (world->nodes[i]->old)
            sim_queue_add(&world->queue, sim_chance_below(&world->shape, LATEST_MS), upgrade, world->nodes[i], 0);
}

void sim_upgrade_all(struct sim_world *world)
{
    for (size_t i = 0; i < world->nodes_n; i++)
        upgrade(world->nodes[i], 0);
}

static enum hw_status add_record(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                 struct hw_err *err)
{
    struct hw_slice text = hw_arg_text(request, "text"), group = hw_arg_text(request, "group");
    struct hw_out value HW_CLEANUP(hw_out_done) = {0};
    const struct hw_kind *kind = sim_schema_kind();
    struct hw_op op = {.code = HW_OP_SET, .field = hw_field_named(kind, "title")->id};
    struct hw_event event = {.kind = kind->id, .author = hw_slice_text(request->author), .ops = &op, .ops_n = 1,
                             .change = hw_tx_next_change(tx)};
    (void)answer;
    randombytes_buf(event.record.b, sizeof event.record.b);
    hw_put_textn(&value, (const char *)text.p, text.n);
    op.value = hw_arena_slice(hw_tx_arena(tx), hw_out_slice(&value)); /* the row borrows it until it is saved */
    return hw_tx_write(tx, hw_arena_text(hw_tx_arena(tx), group.p, group.n), &event, err);
}

const struct hw_verb sim_new_kind = {"new-kind", true, false, add_record};
