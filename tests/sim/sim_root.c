/* sim_root.c: the weather in which headquarters' root key hands over, again and again, while disks and links fail. */
#include "tests/sim/sim_doc.h"
#include "tests/sim/sim_rights.h"

static void handed(struct sim_call *call, enum hw_status status, const char *text)
{
    sim_tell(call->node->world, call->node, "the root key %s%s", status ? "stays: " : "hands over", status ? text : "");
}

bool sim_root_strike(struct sim_world *world, struct sim_node *node)
{
    static const char *const pairs[] = {"root", sim_doc_yes, NULL};
    const struct sim_call template = {.answered = handed};
    struct hw_out args = {0};
    if (node != world->nodes[0] || !node->node)
        return false;
    sim_doc_args(&args, pairs);
    sim_node_ask(node, "key.rotate", hw_out_slice(&args), "hq", &template);
    hw_out_done(&args);
    return true;
}
