/* sim_net.c: connections and what travels on them: in order, later; weather makes exceptions. */
#include "tests/sim/sim_net.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_node.h"
#include "tests/sim/sim_oracle.h"
enum {
    ROOM = 16,           /* messages in a lane, as the sockets' high-water marks */
    ROOM_SLOW = 2,
    TIMEOUT_MS = 60000,  /* link.h: heartbeats are missed for that long */
    HANDSHAKE_MS = 5000,
    BACKOFF_MS = 500, BACKOFF_MAX_MS = 60000, /* link.h */
    LAST_WORDS_MS = 250  /* link.h: hw_link_drop */
};

struct sim_letter {
    struct sim_letter *next;
    uint64_t at;
    bool end; /* the sender has closed */
    size_t n;
    uint8_t bytes[];
};

static void attempt(void *self, uint64_t epoch);
static void lane_run(void *self, uint64_t way);

/* -- lanes -- */

static bool blocked(const struct sim_conn *conn, uint64_t way)
{
    return conn->office && conn->office->road.blocked[way];
}

static uint64_t travel(struct sim_conn *conn)
{
    const struct sim_road *road = conn->office ? &conn->office->road : NULL;
    if (!road)
        return 1;
    return sim_chance_between(&conn->world->net, road->least_ms, road->most_ms) + (road->slow ? 1000 : 0);
}

static void tell(const struct sim_conn *conn, uint64_t way, struct hw_slice bytes, bool lost)
{
    struct sim_watch *watch = conn->world->watch;
    if (watch && bytes.n)
        watch->message(watch, conn, way, bytes, lost);
}

static void put(struct sim_conn *conn, uint64_t way, struct hw_slice bytes, bool end, uint64_t wait)
{
    struct sim_lane *lane = &conn->lanes[way];
    struct sim_world *world = conn->world;
    if (conn->cut) {
        world->stats.lost++;
        tell(conn, way, bytes, true);
        return;
    }
    struct sim_letter *letter = hw_alloc(sizeof *letter + bytes.n);
    uint64_t at = world->queue.now + wait;
    if (at < lane->last_at)
        at = lane->last_at;
    lane->last_at = at;
    *letter = (struct sim_letter){.at = at, .end = end, .n = bytes.n};
    if (bytes.n)
        memcpy(letter->bytes, bytes.p, bytes.n);
    if (!lane->first)
        lane->end = &lane->first;
    *lane->end = letter;
    lane->end = &letter->next;
    lane->n++;
    conn->planned++;
    sim_queue_add(&world->queue, at - world->queue.now, lane_run, conn, way);
}

static struct sim_letter *take(struct sim_lane *lane)
{
    struct sim_letter *letter = lane->first;
    lane->first = letter->next;
    if (!lane->first)
        lane->end = &lane->first;
    lane->n--;
    return letter;
}

static void empty(struct sim_conn *conn, uint64_t way)
{
    while (conn->lanes[way].first) {
        struct sim_letter *letter = take(&conn->lanes[way]);
        conn->world->stats.lost++;
        tell(conn, way, (struct hw_slice){letter->bytes, letter->n}, true);
        free(letter);
    }
}

/* What was planned for it has happened; gone once both ends know that it is over. */
static void settle(struct sim_conn *conn)
{
    struct sim_conn **at = &conn->world->conns;
    if (--conn->planned > 0 || conn->open[SIM_OFFICE] || conn->open[SIM_HUB])
        return;
    while (*at != conn)
        at = &(*at)->next;
    *at = conn->next;
    empty(conn, SIM_UPWARD);
    empty(conn, SIM_DOWNWARD);
    hw_out_done(&conn->model);
    free(conn);
}

/* -- ends -- */

static uint64_t longest_wait(const struct hw_link *link)
{
    uint64_t wait = BACKOFF_MS * 4;
    for (int i = 0; i < link->step && wait < BACKOFF_MAX_MS; i++)
        wait *= 2;
    return wait < BACKOFF_MAX_MS ? wait : BACKOFF_MAX_MS;
}

static uint64_t backoff(struct hw_link *link)
{
    uint64_t most = longest_wait(link);
    if (most < BACKOFF_MAX_MS)
        link->step++;
    return sim_chance_between(&link->owner->world->net, most / 4, most);
}

static void try_in(struct hw_link *link, uint64_t ms)
{
    sim_queue_add(&link->owner->world->queue, ms, attempt, link->owner, ++link->epoch);
}

/* The office's try or connection has failed. */
static void office_lost(struct sim_node *node, const char *reason, bool refused)
{
    struct hw_link *link = &node->link;
    if (link->up && node->world->queue.now - link->up_since >= longest_wait(link))
        link->step = 0;
    link->up = NULL;
    try_in(link, backoff(link));
    sim_node_enter(node);
    link->calls.up_down(link->calls.self, reason, refused);
    sim_node_leave(node);
}

static void hub_lost(struct sim_conn *conn)
{
    struct sim_node *hub = conn->hub;
    if (!conn->peer || !hub->node)
        return;
    sim_node_enter(hub);
    hub->link.calls.peer_down(hub->link.calls.self, conn->peer);
    sim_node_leave(hub);
}

/* One end learns that the connection is over. */
static void end_here(struct sim_conn *conn, int end, const char *reason)
{
    if (!conn->open[end] || (end == SIM_OFFICE && !conn->office)) /* a stranger leaves by itself */
        return;
    conn->open[end] = false;
    if (end == SIM_HUB)
        hub_lost(conn);
    else if (conn->office && conn->office->link.up == conn)
        office_lost(conn->office, reason, false);
}

/* -- delivery -- */

static void give(struct sim_conn *conn, uint64_t way, struct hw_slice bytes)
{
    struct sim_node *hub = conn->hub, *office = conn->office;
    struct sim_world *world = conn->world;
    struct sim_sight sight = {.world = world, .node = hub, .conn = conn, .way = way};
    world->stats.messages++;
    sim_mark(world, bytes);
    tell(conn, way, bytes, false);
    if (way == SIM_UPWARD) {
        if (!conn->peer)
            conn->peer = ++hub->link.peers;
        sim_tell(world, hub, "hears from %s: %s, %zu bytes", office ? office->name : "a stranger",
                 bytes.n > 1 ? hw_message_name(bytes.p[2 < bytes.n ? 2 : 0]) : "?", bytes.n);
        sim_node_enter(hub);
        hub->link.calls.peer_message(hub->link.calls.self, conn->peer, conn->key, bytes);
        sim_oracle_look(&sight, SIM_HEARD);
        sim_node_leave(hub);
    } else if (office) {
        sim_tell(world, office, "hears: %s, %zu bytes", bytes.n > 2 ? hw_message_name(bytes.p[2]) : "?", bytes.n);
        office->link.line += bytes.n + SIM_MESSAGE_COST;
        sim_node_enter(office);
        office->link.calls.up_message(office->link.calls.self, bytes);
        sight.node = office;
        sim_oracle_look(&sight, SIM_HEARD);
        sim_node_leave(office);
    } else if (conn->heard) {
        conn->heard(conn, bytes);
    }
}

static size_t room(const struct sim_conn *conn)
{
    return conn->office && conn->office->road.slow ? ROOM_SLOW : ROOM;
}

/* The sender may go on. */
static void writable(struct sim_conn *conn, uint64_t way)
{
    struct sim_lane *lane = &conn->lanes[way];
    struct sim_node *sender = way == SIM_UPWARD ? conn->office : conn->hub;
    int end = way == SIM_UPWARD ? SIM_OFFICE : SIM_HUB;
    if (!lane->waits || lane->n > room(conn) / 2 || !conn->open[end] || !sender || !sender->node)
        return;
    lane->waits = false;
    sim_node_enter(sender);
    if (way == SIM_UPWARD)
        sender->link.calls.up_writable(sender->link.calls.self);
    else
        sender->link.calls.peer_writable(sender->link.calls.self, conn->peer);
    sim_node_leave(sender);
}

static void lane_run(void *self, uint64_t way)
{
    struct sim_conn *conn = self;
    struct sim_lane *lane = &conn->lanes[way];
    int receiver = way == SIM_UPWARD ? SIM_HUB : SIM_OFFICE;
    while (lane->first && lane->first->at <= conn->world->queue.now && !blocked(conn, way)) {
        struct sim_letter *letter = take(lane);
        if (conn->open[receiver] && letter->end)
            end_here(conn, receiver, "the connection was closed");
        else if (conn->open[receiver])
            give(conn, way, (struct hw_slice){letter->bytes, letter->n});
        else
            tell(conn, way, (struct hw_slice){letter->bytes, letter->n}, true);
        free(letter);
    }
    writable(conn, way);
    settle(conn);
}

/* Oracles look at what goes out. */
static void look(struct sim_conn *conn, uint64_t way, struct hw_slice bytes)
{
    struct hw_message message;
    struct hw_arena arena = {0};
    struct sim_sight sight = {.world = conn->world, .conn = conn, .way = way, .bytes = bytes, .message = &message};
    if (hw_message_decode(bytes, &arena, &message, NULL) != HW_OK) {
        sim_fail(conn->world, "a message goes out that cannot be read");
    } else {
        if (message.type == HW_WELCOME)
            sim_net_groups(conn, &message);
        conn->credit = message.type == HW_CREDIT ? (int64_t)message.body.credit.bytes : 0;
        sim_oracle_look(&sight, SIM_SENT);
        if (message.type == HW_SEGMENTS) {
            hw_out_reset(&conn->model);
            hw_put_raw(&conn->model, bytes.p, bytes.n);
        }
    }
    hw_arena_done(&arena);
}

/* Single messages that get lost, come twice or overtake: harder than TCP would. */
static void post(struct sim_conn *conn, uint64_t way, struct hw_slice bytes)
{
    const struct sim_road none = {0}, *road = conn->office ? &conn->office->road : &none;
    struct sim_chance *chance = &conn->world->net;
    struct sim_lane *lane = &conn->lanes[way];
    look(conn, way, bytes);
    if (road->drop && sim_chance_in(chance, road->drop)) {
        conn->lossy = true;
        conn->world->stats.lost++;
        return;
    }
    if (road->swap && sim_chance_in(chance, road->swap)) {
        uint64_t last = lane->last_at;
        lane->last_at = 0; /* this one need not wait for those before it, and nobody waits for it */
        put(conn, way, bytes, false, travel(conn));
        lane->last_at = last;
        return;
    }
    put(conn, way, bytes, false, travel(conn));
    if (road->twice && sim_chance_in(chance, road->twice)) {
        put(conn, way, bytes, false, travel(conn));
        conn->granted[!way] += conn->credit; /* who hears it cannot tell */
    }
}

/* -- link.h, the office's side -- */

static struct sim_conn *conn_new(struct sim_world *world, struct sim_node *office, struct sim_node *hub,
                                 const uint8_t key[HW_KEY_SIZE])
{
    struct sim_conn *conn = hw_alloc(sizeof *conn);
    *conn = (struct sim_conn){.next = world->conns, .world = world, .office = office, .hub = hub,
                              .open = {true, true}};
    conn->lanes[0].end = &conn->lanes[0].first;
    conn->lanes[1].end = &conn->lanes[1].first;
    memcpy(conn->key, key, HW_KEY_SIZE);
    world->conns = conn;
    return conn;
}

/* "tcp://HQ:7400": the node whose office listens there. */
struct sim_node *sim_net_hub(const struct sim_node *node)
{
    char office[HW_OFFICE_MAX + 1];
    if (!node->node || !node->node->config.upstream)
        return NULL;
    const char *from = node->node->config.upstream + strlen("tcp://"), *colon = strchr(from, ':');
    size_t n = colon && (size_t)(colon - from) < sizeof office ? (size_t)(colon - from) : 0;
    memcpy(office, from, n);
    office[n] = 0;
    return sim_world_find(node->world, office);
}

static bool reaches(const struct sim_node *node, const struct sim_node *hub)
{
    return hub && hub->node && hub->node->config.listen && !node->road.offline && !node->road.blocked[SIM_UPWARD] &&
           !node->road.blocked[SIM_DOWNWARD];
}

static bool still(const struct sim_node *node, uint64_t epoch)
{
    return node->node && node->link.epoch == epoch;
}

static void arrive(void *self, uint64_t epoch)
{
    struct sim_node *node = self;
    if (!still(node, epoch))
        return;
    struct sim_node *hub = sim_net_hub(node);
    struct hw_link *link = &node->link;
    const uint8_t *key = node->node->keys.curve_public;
    if (!reaches(node, hub)) {
        office_lost(node, node->road.offline ? "no network" : "no answer", false);
        return;
    }
    sim_node_enter(hub);
    enum hw_admit admit = hub->link.calls.admit(hub->link.calls.self, key);
    if (admit != HW_ADMIT_OFFICE && admit != HW_ADMIT_JOIN) {
        office_lost(node, admit == HW_ADMIT_BANNED ? HW_LINK_BANNED : "refused: the hub does not know this office's key", true);
        return;
    }
    link->up = conn_new(node->world, node, hub, key);
    link->up_since = node->world->queue.now;
    link->epoch++;
    sim_node_enter(node);
    link->calls.up(link->calls.self);
    sim_node_leave(node);
}

static void attempt(void *self, uint64_t epoch)
{
    struct sim_node *node = self;
    if (!still(node, epoch))
        return;
    uint64_t wait = !reaches(node, sim_net_hub(node)) && !node->road.offline ? HANDSHAKE_MS : 3 * node->road.most_ms;
    sim_queue_add(&node->world->queue, wait, arrive, node, epoch);
}

void sim_net_start(struct sim_node *node)
{
    struct hw_link *link = &node->link;
    link->calls = hw_node_link_calls;
    link->calls.self = node->node;
    link->peers = 0;
    link->step = 0;
    link->up = NULL;
    if (node->node->config.upstream)
        try_in(link, 0);
}

void hw_link_reconnect(struct hw_link *link, int after_ms)
{
    struct sim_conn *conn = link->up;
    if (!link->owner->node->config.upstream)
        return;
    if (conn) {
        conn->open[SIM_OFFICE] = false;
        if (sim_chance_in(&conn->world->net, 300)) /* a closed socket takes what it has not sent with it */
            empty(conn, SIM_UPWARD);
        put(conn, SIM_UPWARD, (struct hw_slice){0}, true, travel(conn));
    }
    link->up = NULL;
    try_in(link, after_ms > 0 ? (uint64_t)after_ms : backoff(link));
    if (conn)
        link->calls.up_down(link->calls.self, "connecting again", false);
}

enum hw_status hw_link_send_up(struct hw_link *link, struct hw_slice bytes)
{
    struct sim_conn *conn = link->up;
    if (bytes.n > HW_MESSAGE_MAX)
        return HW_LIMIT;
    if (!conn)
        return HW_NOT_FOUND;
    if (conn->lanes[SIM_UPWARD].n >= room(conn)) {
        conn->lanes[SIM_UPWARD].waits = true;
        return HW_FAILED;
    }
    link->line += bytes.n + SIM_MESSAGE_COST;
    post(conn, SIM_UPWARD, bytes);
    return HW_OK;
}

/* -- link.h, the hub's side -- */

static struct sim_conn *served(const struct hw_link *link, uint64_t peer)
{
    for (struct sim_conn *conn = link->owner->world->conns; conn; conn = conn->next)
        if (conn->hub == link->owner && conn->peer == peer && conn->open[SIM_HUB])
            return conn;
    return NULL;
}

enum hw_status hw_link_send(struct hw_link *link, uint64_t peer, struct hw_slice bytes)
{
    struct sim_conn *conn = served(link, peer);
    if (bytes.n > HW_MESSAGE_MAX)
        return HW_LIMIT;
    if (!conn)
        return HW_NOT_FOUND;
    if (conn->lanes[SIM_DOWNWARD].n >= room(conn)) {
        conn->lanes[SIM_DOWNWARD].waits = true;
        return HW_FAILED;
    }
    post(conn, SIM_DOWNWARD, bytes);
    return HW_OK;
}

void hw_link_drop(struct hw_link *link, uint64_t peer)
{
    struct sim_conn *conn = served(link, peer);
    if (!conn)
        return;
    conn->open[SIM_HUB] = false;
    put(conn, SIM_DOWNWARD, (struct hw_slice){0}, true, LAST_WORDS_MS + travel(conn));
}

const char *hw_link_bound(const struct hw_link *link)
{
    return link->owner->node->config.listen ? "tcp://0.0.0.0:7400" : "";
}

/* -- strangers -- */

struct sim_conn *sim_net_stranger(struct sim_world *world, struct sim_node *hub, const uint8_t key[HW_KEY_SIZE])
{
    if (!hub->node)
        return NULL;
    sim_node_enter(hub);
    if (hub->link.calls.admit(hub->link.calls.self, key) == HW_ADMIT_NO)
        return NULL;
    return conn_new(world, NULL, hub, key);
}

void sim_net_say(struct sim_conn *conn, struct hw_slice bytes)
{
    if (conn->open[SIM_OFFICE])
        put(conn, SIM_UPWARD, bytes, false, 1);
}

void sim_net_leave(struct sim_conn *conn)
{
    conn->open[SIM_OFFICE] = false;
    put(conn, SIM_UPWARD, (struct hw_slice){0}, true, 1);
}

/* -- what may befall -- */

static void end_office(void *self, uint64_t arg)
{
    (void)arg;
    end_here(self, SIM_OFFICE, "timed out");
    settle(self);
}

static void end_hub(void *self, uint64_t arg)
{
    (void)arg;
    end_here(self, SIM_HUB, "timed out");
    settle(self);
}

static void plan(struct sim_conn *conn, uint64_t after_ms, sim_do *run, uint64_t arg)
{
    conn->planned++;
    sim_queue_add(&conn->world->queue, after_ms, run, conn, arg);
}

static void cut(struct sim_conn *conn, uint64_t office_ms, uint64_t hub_ms)
{
    conn->cut = true;
    empty(conn, SIM_UPWARD);
    empty(conn, SIM_DOWNWARD);
    plan(conn, office_ms, end_office, 0);
    plan(conn, hub_ms, end_hub, 0);
}

void sim_net_cut(struct sim_node *node, bool half_open)
{
    struct sim_chance *chance = &node->world->net;
    uint64_t office = sim_chance_below(chance, 2000), hub = sim_chance_below(chance, 2000);
    if (!node->link.up)
        return;
    if (half_open && sim_chance_in(chance, 500))
        office = TIMEOUT_MS;
    else if (half_open)
        hub = TIMEOUT_MS;
    cut(node->link.up, office, hub);
}

void sim_net_stop(struct sim_node *node, bool power)
{
    for (struct sim_conn *conn = node->world->conns; conn; conn = conn->next) {
        int mine = conn->office == node ? SIM_OFFICE : SIM_HUB;
        if ((conn->office != node && conn->hub != node) || !conn->open[mine])
            continue;
        conn->open[mine] = false;
        if (power) /* the other end hears nothing of it, and finds out */
            cut(conn, sim_chance_below(&node->world->net, TIMEOUT_MS), sim_chance_below(&node->world->net, TIMEOUT_MS));
        else
            put(conn, mine == SIM_OFFICE ? SIM_UPWARD : SIM_DOWNWARD, (struct hw_slice){0}, true, travel(conn));
    }
    node->link.up = NULL;
    node->link.epoch++;
}

/* Blocked for as long as heartbeats are waited for: who hears nothing gives up. */
static void blocked_long(void *self, uint64_t blocking)
{
    struct sim_node *node = self;
    if (node->road.blocking != blocking)
        return;
    for (struct sim_conn *conn = node->world->conns, *next; conn; conn = next) {
        next = conn->next;
        if (conn->office != node)
            continue;
        for (uint64_t way = 0; way < 2; way++)
            if (node->road.blocked[way] && conn->open[way == SIM_UPWARD ? SIM_HUB : SIM_OFFICE]) {
                put(conn, !way, (struct hw_slice){0}, true, travel(conn));
                plan(conn, 0, way == SIM_UPWARD ? end_hub : end_office, 0);
            }
    }
}

void sim_net_block(struct sim_node *node, bool up, bool down)
{
    node->road.blocked[SIM_UPWARD] = up;
    node->road.blocked[SIM_DOWNWARD] = down;
    node->road.blocking++;
    if (up || down)
        sim_queue_add(&node->world->queue, TIMEOUT_MS, blocked_long, node, node->road.blocking);
    for (struct sim_conn *conn = node->world->conns; conn; conn = conn->next)
        for (uint64_t way = 0; way < 2 && conn->office == node; way++)
            if (!node->road.blocked[way] && conn->lanes[way].first)
                plan(conn, 0, lane_run, way);
}

void sim_net_offline(struct sim_node *node, bool offline)
{
    node->road.offline = offline;
    if (offline)
        sim_net_cut(node, false);
}

void sim_net_put(struct sim_conn *conn, uint64_t way, struct hw_slice bytes)
{
    put(conn, way, bytes, false, travel(conn));
}

struct hw_slice sim_net_next(const struct sim_conn *conn, uint64_t way)
{
    const struct sim_letter *letter = conn->lanes[way].first;
    return letter && !letter->end ? (struct hw_slice){letter->bytes, letter->n} : (struct hw_slice){0};
}

size_t sim_net_under_way(const struct sim_world *world)
{
    size_t n = 0;
    for (const struct sim_conn *conn = world->conns; conn; conn = conn->next)
        n += conn->office && conn->open[SIM_OFFICE] && conn->open[SIM_HUB] ? conn->lanes[0].n + conn->lanes[1].n : 0;
    return n;
}

void sim_net_done(struct sim_world *world)
{
    while (world->conns) {
        struct sim_conn *conn = world->conns;
        world->conns = conn->next;
        empty(conn, 0);
        empty(conn, 1);
        hw_out_done(&conn->model);
        free(conn);
    }
}
