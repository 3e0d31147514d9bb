/* sim_rogue.c: a peer that sends what it should not: noise, messages nearly
 * right, more than it was granted. */
#include <string.h>

#include "tests/sim/sim_chance.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/sim_node.h"

void sim_net_garbage(struct sim_node *node, bool downward)
{
    struct sim_conn *conn = node->link.up;
    struct sim_chance *chance = &node->world->net;
    uint64_t way = downward ? SIM_DOWNWARD : SIM_UPWARD;
    uint8_t bytes[600];
    if (!conn || conn->cut)
        return;
    struct hw_slice model = sim_net_next(conn, way);
    size_t n = sim_chance_below(chance, sizeof bytes);
    sim_chance_bytes(chance, bytes, sizeof bytes);
    if (model.n) { /* nearly a good one: some bytes changed, or the end cut off */
        n = model.n < sizeof bytes ? model.n : sizeof bytes;
        uint8_t noise = bytes[0];
        memcpy(bytes, model.p, n);
        if (sim_chance_in(chance, 500))
            bytes[sim_chance_below(chance, n)] ^= noise | 1;
        else
            n = sim_chance_below(chance, n);
    }
    sim_net_put(conn, way, (struct hw_slice){bytes, n});
}

void sim_net_flood(struct sim_node *node)
{
    enum { WIRES = 500, MESSAGES = 40 };
    struct sim_conn *conn = node->link.up;
    struct hw_out items = {0}, bytes = {0};
    struct hw_message message;
    struct hw_arena arena = {0};
    if (conn && !conn->cut && conn->model.n &&
        hw_message_decode(hw_out_slice(&conn->model), &arena, &message, NULL) == HW_OK) {
        struct hw_slice wire = message.body.segments.wires[0];
        size_t n = (HW_MESSAGE_SIZE - 1024) / (wire.n + 8);
        n = n < 1 ? 1 : n < WIRES ? n : WIRES;
        for (size_t i = 0; i < n; i++)
            hw_segments_item(&items, wire);
        hw_segments_wrap(&bytes, message.session, hw_out_slice(&items), n);
        for (size_t i = 0; i < MESSAGES && i * bytes.n < 2 * HW_CREDIT_WINDOW; i++)
            sim_net_put(conn, SIM_UPWARD, hw_out_slice(&bytes));
    }
    hw_arena_done(&arena);
    hw_out_done(&items);
    hw_out_done(&bytes);
}
