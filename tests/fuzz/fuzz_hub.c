/* The hub's side of sessions, before and after HELLO: peers that say anything in any order. Input: steps. Each is a byte:
 * two bits which of four peers (the last two have an invitation's key), three what happens (0 to 3: a message, whose length
 * follows in two bytes; 4: the store has done it; 5: the store could not; 6: a second passes; 7: the peer is gone).
 * The store says yes to every HELLO and CONFIRM here: what must hold is up to the engine. */
#include "fuzz.h"
#include "headway/sync.h"

enum { PEERS = 4, STEPS = 60 };

struct at {
    struct hw_sync *sync;
    struct hw_arena arena;
    struct hw_effects effects;
    uint64_t now;
    struct {
        enum hw_append asked; /* the APPEND under way */
        uint64_t session;
        bool asking, welcomed, confirmed;
    } peers[PEERS];
};

static bool joins(uint64_t peer)
{
    return peer > PEERS / 2;
}

static void check(struct at *at, const struct hw_effect *effect)
{
    size_t i = effect->peer - 1;
    if (effect->type == HW_DO_CLOSE) {
        memset(&at->peers[i], 0, sizeof at->peers[i]);
    } else if (effect->type == HW_DO_APPEND) {
        HOLDS(effect->peer >= 1 && effect->peer <= PEERS);
        HOLDS((effect->append == HW_APPEND_JOIN) == joins(effect->peer));
        bool first = effect->append == HW_APPEND_JOIN || effect->append == HW_APPEND_HELLO;
        HOLDS(first || at->peers[i].welcomed);
        HOLDS(first || effect->append == HW_APPEND_CONFIRM || at->peers[i].confirmed);
        HOLDS(effect->append != HW_APPEND_JOURNAL && effect->append != HW_APPEND_WELCOME); /* those are an office's */
        at->peers[i].asking = true;
        at->peers[i].asked = effect->append;
        if (effect->append == HW_APPEND_HELLO || effect->append == HW_APPEND_CONFIRM)
            at->peers[i].session = effect->session;
    } else if (effect->type == HW_DO_SEND_RANGE) {
        HOLDS(at->peers[i].confirmed);
    } else if (effect->type == HW_DO_SEND) {
        struct hw_message message;
        HOLDS(hw_message_decode(effect->bytes, &at->arena, &message, NULL) == HW_OK);
        HOLDS(effect->bytes.n <= HW_MESSAGE_SIZE);
        HOLDS(at->peers[i].welcomed || message.type == HW_ERROR || message.type == HW_WELCOME || message.type == HW_ADMITTED);
    }
}

static void step(struct at *at, struct hw_input *input)
{
    input->now_ms = at->now;
    input->wall_ms = 1784000000000;
    memset(input->random, 0x55, sizeof input->random);
    hw_sync_step(at->sync, input, &at->arena, &at->effects);
    for (size_t i = 0; i < at->effects.n; i++)
        check(at, &at->effects.items[i]);
}

static void stored(struct at *at, uint64_t peer, enum hw_status status)
{
    static const struct hw_inc inc = {{7}};
    size_t i = peer - 1;
    if (!at->peers[i].asking)
        return;
    struct hw_group_welcome group = {.group = hw_slice_text("wg6"), .state = HW_GROUP_RESUME};
    struct hw_welcome welcome = {.schema = 1, .session = at->peers[i].session, .hub = {{9}}, .groups = &group, .groups_n = 1};
    struct hw_admitted admitted = {.office = hw_slice_text("KAZ"), .life = 1};
    struct hw_stored done = {.append = at->peers[i].asked, .status = status, .text = "for some reason", .welcome = &welcome,
                             .admitted = &admitted, .inc = &inc, .office = "KAZ", .session = at->peers[i].session,
                             .group = "wg6", .bytes = 100};
    struct hw_input input = {.type = HW_IN_STORED, .peer = peer, .stored = &done};
    at->peers[i].asking = false;
    if (status == HW_OK && done.append == HW_APPEND_HELLO) {
        at->peers[i].welcomed = true;
        at->peers[i].confirmed = false;
    }
    if (status == HW_OK && done.append == HW_APPEND_CONFIRM)
        at->peers[i].confirmed = true;
    step(at, &input);
}

static void play(struct at *at, struct hw_slice *in)
{
    static const uint8_t key[HW_CURVE_SIZE] = {1};
    uint8_t what = fuzz_byte(in);
    struct hw_input input = {.peer = 1 + (what & 3), .key = key};
    switch (what >> 2 & 7) {
    case 4:
        stored(at, input.peer, HW_OK);
        return;
    case 5:
        stored(at, input.peer, HW_DENIED);
        return;
    case 6:
        at->now += 1000;
        input = (struct hw_input){.type = HW_IN_TICK};
        break;
    case 7:
        input.type = HW_IN_PEER_DOWN;
        memset(&at->peers[input.peer - 1], 0, sizeof at->peers[0]);
        break;
    default:
        input.type = HW_IN_RECV;
        input.joining = joins(input.peer);
        size_t n = (size_t)fuzz_byte(in) << 8 | fuzz_byte(in);
        input.bytes = (struct hw_slice){in->p, n < in->n ? n : in->n};
        in->p += input.bytes.n;
        in->n -= input.bytes.n;
    }
    step(at, &input);
}

FUZZ_TARGET(hub)
{
    struct hw_slice in = {data, size};
    struct hw_sync_config config = {.hub = true, .gate = true, .inc = {{9}}, .hellos_per_minute = 5, .joins_per_minute = 3};
    struct hw_group_tip tip = {.group = "wg6", .position = 3};
    struct at at = {.sync = hw_sync_new(&config), .now = 1000};
    hw_arena_init(&at.arena);
    struct hw_input start = {.type = HW_IN_START, .tips = &tip, .tips_n = 1};
    step(&at, &start);
    for (int i = 0; i < STEPS && in.n; i++)
        play(&at, &in);
    HOLDS(at.arena.used <= 64 * 1024 + STEPS * 1024 + 400 * size);
    hw_sync_free(at.sync);
    hw_arena_done(&at.arena);
    return 0;
}
