/* sync_world.h: one sync engine, its inputs, and its effects as a line of text. */
#ifndef TESTS_SYNC_WORLD_H
#define TESTS_SYNC_WORLD_H

#include "proof.h"

#include "headway/sync.h"

enum { SECOND = 1000 };

static const struct hw_inc office_inc = {{1, 2, 3}}, other_inc = {{4, 5, 6}}, hub_inc = {{9}};

struct world {
    struct hw_sync *sync;
    struct hw_arena arena; /* lives as long as the test, so that effects do */
    struct hw_effects effects;
    uint64_t now;
    struct hw_group_tip tip;
    char line[2000];
};

/* -- effects as text; notes for the log and the next tick are left out -- */

static inline const char *append_name(enum hw_append append)
{
    static const char *const names[] = {"CHANGE",   "WELCOME", "REBIRTH", "JOURNAL", "HELLO", "CONFIRM",
                                        "SEGMENTS", "JOIN",    "HEARD",   "RANGE",   "INTRODUCE",
                                        "ASKED",    "REBASE",  "RETURN",  "PASSED", "RETURNED", "RECOVERED", "OFFER", "CHUNK", "SNAPSHOT", "HISTORY", "PAGE", "BUDGET", "COMPACT", "SHUT", "SETTLE"};
    return names[append];
}

static inline const char *sent_text(struct world *world, struct hw_slice bytes)
{
    struct hw_message message;
    if (hw_message_decode(bytes, &world->arena, &message, NULL) != HW_OK)
        return "a range";
    if (message.type == HW_ERROR)
        return hw_arena_printf(&world->arena, "ERROR %.*s", (int)message.body.error.code.n,
                               (const char *)message.body.error.code.p);
    return hw_message_name(message.type);
}

static inline void put_effect(struct world *world, const struct hw_effect *effect)
{
    size_t n = strlen(world->line), left = sizeof world->line - n;
    char *to = world->line + n;
    unsigned long long peer = effect->peer, client = effect->client, from = effect->from;
    if (effect->type != HW_DO_NOTE && effect->type != HW_DO_TIMER && n)
        to += snprintf(to, left, "; "), left -= 2;
    switch (effect->type) {
    case HW_DO_APPEND:
        snprintf(to, left, "append %s", append_name(effect->append));
        break;
    case HW_DO_SEND:
        snprintf(to, left, "to %llu: %s", peer, sent_text(world, effect->bytes));
        break;
    case HW_DO_SEND_RANGE:
        snprintf(to, left, "range to %llu: %s from %llu", peer, effect->group, from);
        break;
    case HW_DO_REPLY:
        snprintf(to, left, "reply %llu %s", client, hw_status_name(effect->status));
        break;
    case HW_DO_CLOSE:
        snprintf(to, left, "close %llu", peer);
        break;
    case HW_DO_CONNECT:
        snprintf(to, left, "connect");
        break;
    default:
        break;
    }
}

static inline void step(struct world *world, struct hw_input *input)
{
    input->now_ms = world->now;
    input->wall_ms = 1784000000000;
    memset(input->random, 0x55, sizeof input->random);
    hw_sync_step(world->sync, input, &world->arena, &world->effects);
    world->line[0] = 0;
    for (size_t i = 0; i < world->effects.n; i++)
        put_effect(world, &world->effects.items[i]);
}

static inline const struct hw_effect *effect_of(const struct world *world, enum hw_effect_type type)
{
    for (size_t i = 0; i < world->effects.n; i++)
        if (world->effects.items[i].type == type)
            return &world->effects.items[i];
    fail_msg("no such effect in: %s", world->line);
    return NULL;
}

/* -- inputs -- */

static inline void event(struct world *world, enum hw_input_type type, uint64_t peer)
{
    struct hw_input input = {.type = type, .peer = peer};
    step(world, &input);
}

static inline void tick(struct world *world, uint64_t later)
{
    world->now += later;
    event(world, HW_IN_TICK, 0);
}

static inline void hear_bytes(struct world *world, uint64_t peer, struct hw_slice bytes, bool joining)
{
    static const uint8_t key[HW_CURVE_SIZE] = {7};
    struct hw_input input = {.type = HW_IN_RECV, .peer = peer, .bytes = bytes, .joining = joining, .key = key};
    step(world, &input);
}

static inline void hear(struct world *world, uint64_t peer, const struct hw_message *message)
{
    struct hw_out out = {0};
    hw_message_encode(&out, message);
    hear_bytes(world, peer, hw_arena_slice(&world->arena, hw_out_slice(&out)), message->type == HW_JOIN);
    hw_out_done(&out);
}

static inline void hear_empty(struct world *world, uint64_t peer, uint8_t type, uint64_t session)
{
    struct hw_message message = {.type = type, .session = session};
    message.body.journal.group = hw_slice_text(type == HW_JOURNAL ? "gtg-eca" : NULL);
    hear(world, peer, &message);
}

static inline void hear_credit(struct world *world, uint64_t peer, uint64_t session, uint64_t bytes)
{
    struct hw_message message = {.type = HW_CREDIT, .session = session};
    message.body.credit.lane = HW_LANE_SNAPSHOT;
    message.body.credit.bytes = bytes;
    hear(world, peer, &message);
}

static inline void stored(struct world *world, uint64_t peer, struct hw_stored what)
{
    what.tips = &world->tip;
    what.tips_n = 1;
    what.text = what.text ? what.text : "";
    struct hw_input input = {.type = HW_IN_STORED, .peer = peer, .stored = &what};
    step(world, &input);
}

#define DOES(world, text) assert_string_equal((world)->line, text)

/* -- an office, or a hub with one peer, on the way to a session -- */

static inline struct world *world_new(bool upstream)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    struct hw_sync_config config = {.upstream = upstream,
                                    .hub = !upstream,
                                    .gate = !upstream,
                                    .inc = upstream ? office_inc : hub_inc,
                                    .home = "/homes/KAZ"};
    world->sync = hw_sync_new(&config);
    hw_arena_init(&world->arena);
    world->now = 5000;
    world->tip = (struct hw_group_tip){.group = "gtg-eca", .life = hub_inc};
    struct hw_input input = {.type = HW_IN_START, .tips = &world->tip, .tips_n = 1};
    step(world, &input);
    DOES(world, "");
    return world;
}

static inline void world_free(struct world *world)
{
    hw_sync_free(world->sync);
    hw_arena_done(&world->arena);
    free(world);
}

static inline struct hw_welcome welcome_of(struct world *world, uint64_t session, uint64_t hub_position,
                                           uint64_t resume)
{
    struct hw_welcome welcome = {.schema = 1,
                                 .session = session,
                                 .hub = hub_inc,
                                 .time_ms = 1784000000000,
                                 .groups_n = 1};
    memset(welcome.nonce, 0x55, sizeof welcome.nonce); /* the office's: see step() */
    memset(welcome.token, 0x77, sizeof welcome.token);
    welcome.groups = hw_arena_zero(&world->arena, 1, sizeof *welcome.groups);
    welcome.groups[0] = (struct hw_group_welcome){.group = hw_slice_text("gtg-eca"),
                                                  .state = HW_GROUP_RESUME,
                                                  .position = hub_position,
                                                  .resume = resume};
    return welcome;
}

static inline void hear_welcome(struct world *world, uint64_t session)
{
    struct hw_message message = {.type = HW_WELCOME,
                                 .session = session,
                                 .body.welcome = welcome_of(world, session, 0, 0)};
    hear(world, HW_UPSTREAM, &message);
}

/* An office with `own` changes unsent, in a session without credit yet. */
static inline struct world *office_in_session(uint64_t own)
{
    struct world *world = world_new(true);
    world->tip.own_tip = own;
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(world, 7);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    return world;
}

static inline void hub_stored_hello(struct world *world, uint64_t peer, uint64_t session, const struct hw_inc *inc)
{
    struct hw_welcome welcome = welcome_of(world, session, world->tip.position, 0);
    stored(world, peer,
           (struct hw_stored){.append = HW_APPEND_HELLO,
                              .welcome = &welcome,
                              .inc = inc,
                              .office = "KAZ",
                              .session = session});
}

static inline uint64_t hub_greets(struct world *world, uint64_t peer, const struct hw_inc *inc)
{
    struct hw_message hello = {.type = HW_HELLO, .body.hello = {.schema = 1, .inc = *inc}};
    hear(world, peer, &hello);
    DOES(world, "append HELLO");
    uint64_t session = effect_of(world, HW_DO_APPEND)->session;
    hub_stored_hello(world, peer, session, inc);
    return session;
}

static inline uint64_t hub_in_session(struct world *world, uint64_t peer, const struct hw_inc *inc)
{
    uint64_t session = hub_greets(world, peer, inc);
    hear_empty(world, peer, HW_CONFIRM, session);
    stored(world, peer, (struct hw_stored){.append = HW_APPEND_CONFIRM, .session = session});
    return session;
}

static inline enum hw_office_state office_state(const struct world *world)
{
    struct hw_sync_view view;
    hw_sync_look(world->sync, &view);
    return view.state;
}

static inline struct hw_slice large_message(struct world *world)
{
    return (struct hw_slice){hw_arena_zero(&world->arena, HW_MESSAGE_SIZE, 1), HW_MESSAGE_SIZE};
}

#endif
