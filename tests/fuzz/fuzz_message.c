/* Messages between an office and a hub. */
#include "fuzz.h"
#include "headway/message.h"

static void encode(struct hw_out *out, const struct hw_message *message)
{
    HW_CLEANUP(hw_out_done) struct hw_out items = {0};
    const struct hw_journal_message *journal = &message->body.journal;
    if (message->type == HW_SEGMENTS) {
        for (size_t i = 0; i < message->body.segments.n; i++)
            hw_segments_item(&items, message->body.segments.wires[i]);
        hw_segments_wrap(out, message->session, hw_out_slice(&items), message->body.segments.n);
    } else if (message->type == HW_JOURNAL) {
        for (size_t i = 0; i < journal->items_n; i++)
            hw_journal_item(&items, &journal->items[i]);
        hw_journal_wrap(out, message->session, journal, hw_out_slice(&items), journal->items_n);
    } else {
        hw_message_encode(out, message);
    }
}

FUZZ_TARGET(message)
{
    struct hw_slice input = {data, size};
    HW_CLEANUP(hw_out_done) struct hw_out once = {0};
    HW_CLEANUP(hw_out_done) struct hw_out twice = {0};
    struct hw_arena arena;
    struct hw_message message, again;
    struct hw_err err = {0};
    hw_arena_init(&arena);
    enum hw_status status = hw_message_decode(input, &arena, &message, &err);
    /* What a count claims is bounded by the bytes behind it: no message takes more than a few hundred times its size. */
    HOLDS(arena.used <= 4096 + 200 * size);
    if (status != HW_OK) {
        HOLDS(err.status == status && *err.text);
    } else {
        HOLDS(strcmp(hw_message_name(message.type), "?") != 0);
        encode(&once, &message);
        fuzz_same_item(input, &once);
        HOLDS(hw_message_decode(hw_out_slice(&once), &arena, &again, NULL) == HW_OK);
        HOLDS(again.type == message.type && again.session == message.session);
        encode(&twice, &again);
        HOLDS(hw_slice_equal(hw_out_slice(&once), hw_out_slice(&twice)));
    }
    hw_arena_done(&arena);
    return 0;
}
