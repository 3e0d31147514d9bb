/* crash_past_tips.c: how far streams and journals are in that world, and what
 * the hub says of them to an office that comes back with less. */
#include <string.h>

#include "daemon/store_internal.h"
#include "tests/sim/crash_past.h"

static const struct hw_stream *stream_of(const struct sim_node *node, const struct hw_inc *inc, const char *code)
{
    struct hw_store *store = node->node->store;
    const struct hw_group *group = hw_cache_group(store, hw_slice_text(code));
    return group ? hw_cache_stream(store, inc, group->id) : NULL;
}

uint64_t crash_past_position(const struct sim_node *node, const char *code)
{
    const struct hw_group *group = hw_cache_group(node->node->store, hw_slice_text(code));
    return group ? group->position : 0;
}

uint64_t crash_past_sealed(const struct sim_node *node, const char *code)
{
    const struct hw_stream *stream = stream_of(node, &node->node->identity.inc, code);
    return stream ? stream->sealed : 0;
}

struct hw_slice crash_past_welcome(struct crash_past *past, const struct sim_node *office)
{
    struct hw_message message = {.type = HW_WELCOME};
    struct hw_welcome *welcome = &message.body.welcome;
    struct hw_stream_tip tips[SIM_GROUPS];
    struct hw_out out = {0};
    *welcome = (struct hw_welcome){.schema = HW_SCHEMA_VERSION, .session = 5, .status = HW_WELCOME_RESTORED,
                                   .hub = past->hub->node->identity.inc, .streams = tips};
    for (size_t i = 0; i < past->world.groups_n; i++) {
        const struct hw_stream *stream = stream_of(past->hub, &office->node->identity.inc, past->world.groups[i]);
        if (!stream)
            continue;
        struct hw_stream_tip *tip = &tips[welcome->streams_n++];
        *tip = (struct hw_stream_tip){.group = hw_slice_text(past->world.groups[i]), .seq = stream->sealed};
        memcpy(tip->hash, stream->hash, sizeof tip->hash);
    }
    message.session = 5;
    hw_message_encode(&out, &message);
    struct hw_slice kept = hw_arena_slice(&past->arena, hw_out_slice(&out));
    hw_out_done(&out);
    return kept;
}
