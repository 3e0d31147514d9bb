/* sim_oracle_net.c: oracles that look at messages, at what waits because of
 * them, and at whether a good link delivers. */
#include <string.h>

#include "daemon/store_internal.h"
#include "tests/sim/sim_node.h"
#include "tests/sim/sim_oracle.h"
#include "tests/sim/sim_redact.h"
#include "tests/sim/sim_rights.h"

enum { PATIENCE_MS = 150000 }; /* a hub without space, or one that refused, is asked again within a minute */

void sim_net_groups(struct sim_conn *conn, const struct hw_message *message)
{
    const struct hw_welcome *welcome = &message->body.welcome;
    conn->session = message->session;
    memset(conn->groups, 0, sizeof conn->groups);
    for (size_t i = 0; i < welcome->groups_n && i < sizeof conn->groups / sizeof *conn->groups; i++)
        memcpy(conn->groups[i], welcome->groups[i].group.p, welcome->groups[i].group.n);
}

struct hw_slice sim_net_group(const struct sim_conn *conn, uint64_t number)
{
    return hw_slice_text(number < sizeof conn->groups / sizeof *conn->groups ? conn->groups[number] : "");
}

/* `of`: the office's grants, or what it reads. */
static bool among(const struct sim_world *world, const bool *of, struct hw_slice group)
{
    if (hw_slice_is(group, "directory"))
        return true;
    for (size_t i = 0; i < world->groups_n; i++)
        if (hw_slice_is(group, world->groups[i]))
            return of[i];
    return false;
}

static void must_read(const struct sim_sight *sight, struct hw_slice group)
{
    const struct sim_node *office = sight->conn->office;
    if (!among(sight->world, office->granted, group))
        sim_fail(sight->world, "%s of group %.*s goes to %s, which has no grant in it",
                 hw_message_name(sight->message->type), (int)group.n, (const char *)group.p, office->name);
}

/* A hub that has lost the end of the directory asks for whatever the office claims, since the grant may be in it. In a question
 * from the beginning stands nothing but what the office has said. */
static bool asks_all(const struct hw_welcome *welcome, const struct hw_group_welcome *group)
{
    bool lost = false;
    for (size_t i = 0; i < welcome->groups_n; i++)
        lost = lost || (hw_slice_is(welcome->groups[i].group, "directory") && welcome->groups[i].state == HW_GROUP_RETURN);
    return lost && group->state == HW_GROUP_RETURN && group->position == 0 && group->resume == 0;
}

void sim_check_scope(const struct sim_sight *sight)
{
    const struct hw_message *message = sight->message;
    const struct sim_node *office = sight->conn->office;
    struct sim_world *world = sight->world;
    if (sight->way != SIM_DOWNWARD || !office)
        return;
    for (size_t i = 0; i < world->groups_n; i++) {
        char mark[32];
        int n = snprintf(mark, sizeof mark, "%s mark ", world->groups[i]);
        if (!office->granted[i] && memmem(sight->bytes.p, sight->bytes.n, mark, (size_t)n))
            sim_fail(world, "a text of group %s goes to %s, which has no grant in it", world->groups[i], office->name);
    }
    const struct hw_slice group = message->type == HW_JOURNAL ? message->body.journal.group
                                  : message->type == HW_HISTORY && message->body.history.items_n ? message->body.history.group
                                  : message->type == HW_NEWS  ? sim_net_group(sight->conn, message->body.news.lane)
                                                              : (struct hw_slice){0};
    if (message->type == HW_JOURNAL || message->type == HW_NEWS)
        must_read(sight, group);
    for (size_t i = 0; group.n && world->granting && i < world->groups_n; i++)
        if (hw_slice_is(group, world->groups[i]) && !sim_rights_reads(sight->conn->hub, office, i))
            sim_fail(world, "entries of group %s go from %s to %s, whose grant has ended", world->groups[i],
                     sight->conn->hub->name, office->name);
    for (size_t i = 0; message->type == HW_WELCOME && i < message->body.welcome.groups_n; i++)
        if (!asks_all(&message->body.welcome, &message->body.welcome.groups[i]))
            must_read(sight, message->body.welcome.groups[i].group);
    if (message->type == HW_HISTORY && message->body.history.items_n > 0)
        must_read(sight, message->body.history.group);
    for (size_t i = 0; message->type == HW_PING && i < message->body.ping.journals_n; i++)
        must_read(sight, message->body.ping.journals[i].group);
}

/* -- relayed -- */

static void sealed_so(const struct sim_sight *sight, struct hw_slice wire, struct hw_slice group)
{
    struct hw_segment head;
    if (!wire.n)
        return;
    if (hw_segment_read(wire, &head, NULL) != HW_OK) {
        sim_fail(sight->world, "a segment that cannot be read is sent");
        return;
    }
    if (group.n && !hw_slice_equal(group, head.group))
        sim_fail(sight->world, "the journal of %.*s carries a segment of %.*s", (int)group.n, (const char *)group.p,
                 (int)head.group.n, (const char *)head.group.p);
    uint64_t name = sim_name(&head.inc, head.group, head.first);
    if (!sim_map_find(&sight->world->facts->sealed, sim_variant(name, wire)) &&
        !sim_redact_whole(sight->world, name, wire))
        sim_fail(sight->world, "a segment from event %llu of %.*s is sent as nobody has sealed and committed it",
                 (unsigned long long)head.first, (int)head.group.n, (const char *)head.group.p);
}

/* The wire that a reader makes of what came, and whether that was sealed. */
static void sealed_part(const struct sim_sight *sight, const struct hw_inc *inc, struct hw_slice group, uint64_t first, uint32_t n,
                        struct hw_slice sealed)
{
    struct hw_segment head = {.inc = *inc, .group = group, .first = first, .n = n};
    struct hw_out wire = {0};
    if (hw_segment_get_sealed(sealed, &head, NULL) == HW_OK)
        hw_segment_wire(&wire, &head);
    sealed_so(sight, wire.n ? hw_out_slice(&wire) : hw_slice_text("?"), group);
    hw_out_done(&wire);
}

/* What NEWS leaves out is what its sender's journal says there. */
static void news(const struct sim_sight *sight, const struct hw_news *news)
{
    struct hw_store *store = sight->conn->hub->node->store;
    const struct hw_slice code = sim_net_group(sight->conn, news->lane);
    const struct hw_group *group = hw_cache_group(store, code);
    for (size_t i = 0; i < news->items_n; i++) {
        struct hw_entry entry = {0};
        sqlite3_stmt *row = hw_sql(store, SQL_JOURNAL_GET);
        hw_bind_int(row, 1, (uint64_t)hw_row_id(group ? group->id : 0, news->position + i));
        bool held = hw_sql_step(store, row, NULL) == HW_OK &&
                    hw_entry_decode(hw_column_blob(row, 0), &entry, NULL) == HW_OK;
        sqlite3_reset(row);
        if (!held)
            sim_fail(sight->world, "news of entry %llu, which %s does not hold", (unsigned long long)(news->position + i),
                     sight->conn->hub->name);
        else if (news->items[i].sealed.n != HW_NEWS_CHECK)
            sealed_part(sight, &entry.inc, code, entry.seq, entry.n, news->items[i].sealed);
    }
}

void sim_check_relayed(const struct sim_sight *sight)
{
    const struct hw_message *message = sight->message;
    const struct hw_sealed *sealed = &message->body.sealed;
    if (message->type == HW_SEALED && sight->conn->office && message->session == sight->conn->session)
        sealed_part(sight, &sight->conn->office->node->identity.inc, sim_net_group(sight->conn, sealed->lane), sealed->first, sealed->n,
                    sealed->sealed);
    if (message->type == HW_NEWS)
        news(sight, &message->body.news);
    for (size_t i = 0; message->type == HW_SEGMENTS && i < message->body.segments.n; i++)
        sealed_so(sight, message->body.segments.wires[i], (struct hw_slice){0});
    for (size_t i = 0; message->type == HW_JOURNAL && i < message->body.journal.items_n; i++)
        sealed_so(sight, message->body.journal.items[i].segment, message->body.journal.group);
    for (size_t i = 0; message->type == HW_HISTORY && i < message->body.history.items_n; i++)
        sealed_so(sight, message->body.history.items[i].segment, message->body.history.group);
}

/* -- credit -- */

void sim_check_credit(const struct sim_sight *sight)
{
    const struct hw_message *message = sight->message;
    struct sim_conn *conn = sight->conn;
    if (message->type == HW_CREDIT)
        conn->granted[!sight->way] += (int64_t)message->body.credit.bytes;
    if (message->type == HW_CONFIRM) { /* what WELCOME offered counts from here on */
        conn->granted[SIM_DOWNWARD] += (int64_t)message->body.confirm.credit.bytes;
        conn->granted[SIM_UPWARD] += (int64_t)conn->offered;
        conn->offered = 0;
    }
    if (message->type == HW_WELCOME)
        conn->offered = message->body.welcome.credit;
    if (message->type != HW_SEGMENTS && message->type != HW_JOURNAL && message->type != HW_SEALED && message->type != HW_NEWS)
        return;
    if (conn->granted[sight->way] <= 0) /* a message may end beyond it, and none begin there */
        sim_fail(sight->world, "%s of %zu bytes is sent %s, and all that was granted is used up",
                 hw_message_name(message->type), sight->bytes.n, sight->way == SIM_UPWARD ? "up" : "down");
    else
        conn->granted[sight->way] -= (int64_t)sight->bytes.n;
}

/* What one peer may have waiting for this store. */
void sim_check_queues(const struct sim_sight *sight)
{
    size_t waits = 0;
    uint64_t peer = sight->conn->peer;
    for (const struct hw_job *job = sight->node->node->store->waiting.first; job; job = job->next) {
        const struct task *task = job->self;
        bool up = task->effect.append == HW_APPEND_SEGMENTS && sight->way == SIM_UPWARD && task->effect.peer == peer;
        bool down = task->effect.append == HW_APPEND_JOURNAL && sight->way == SIM_DOWNWARD;
        waits += up || down ? task->effect.bytes.n : 0;
    }
    if (waits > HW_CREDIT_WINDOW + HW_MESSAGE_SIZE) /* the last may have begun within the grant */
        sim_fail(sight->world, "%zu bytes of one peer wait for the store of %s, more than it granted", waits,
                 sight->node->name);
}

/* -- acknowledgements -- */

static void acked_stream(const struct sim_sight *sight, const struct hw_ack *ack)
{
    struct hw_store *store = sight->conn->hub->node->store;
    const struct hw_group *group = hw_cache_group(store, ack->group);
    const struct hw_stream *stream = group ? hw_cache_stream(store, &ack->inc, group->id) : NULL;
    if (stream && stream->sealed < ack->durable &&
        sim_map_find(&sight->world->facts->branched, sim_hash(SIM_HASH, ack->inc.b, sizeof ack->inc.b)))
        return; /* a branch, of which all was taken under other names: that each edit survives is another oracle's */
    if (!stream || stream->sealed < ack->durable || stream->admitted < ack->admitted)
        sim_fail(sight->world, "%s acknowledges event %llu of %.*s, and has committed less",
                 sight->conn->hub->name, (unsigned long long)ack->durable, (int)ack->group.n, (const char *)ack->group.p);
    uint64_t *known = sim_map_at(&sight->world->facts->acked, sim_acked(sight->conn->hub, &ack->inc, ack->group));
    *known = *known > ack->durable ? *known : ack->durable;
}

static void confirmed(const struct sim_sight *sight)
{
    struct hw_store *store = sight->conn->office->node->store;
    /* One commit may hold the token, and behind it a bundle for which a new life was drawn: that has none. The session ends. */
    if (hw_inc_compare(&store->identity.inc, &sight->conn->office->node->identity.inc) != 0)
        return;
    sqlite3_stmt *row = hw_sql(store, SQL_NODE_GET);
    hw_bind_text(row, 1, "token", strlen("token"));
    bool same = hw_sql_step(store, row, NULL) == HW_OK && sqlite3_column_bytes(row, 0) == HW_TOKEN_SIZE &&
                memcmp(sqlite3_column_blob(row, 0), sight->message->body.confirm.token, HW_TOKEN_SIZE) == 0;
    sqlite3_reset(row);
    if (!same)
        sim_fail(sight->world, "%s confirms a token that it has not committed", sight->conn->office->name);
}

void sim_check_acks(const struct sim_sight *sight)
{
    const struct hw_message *message = sight->message;
    struct sim_node *office = sight->conn->office;
    if (message->type == HW_CONFIRM && office)
        confirmed(sight);
    for (size_t i = 0; message->type == HW_ACK && sight->way == SIM_DOWNWARD && i < message->body.ack.streams_n; i++)
        acked_stream(sight, &message->body.ack.streams[i]);
    for (size_t i = 0; message->type == HW_ACK && sight->way == SIM_UPWARD && i < message->body.ack.journals_n; i++) {
        const struct hw_position *told = &message->body.ack.journals[i];
        const struct hw_slice code = told->group.n ? told->group : sim_net_group(sight->conn, told->lane);
        const struct hw_group *group = hw_cache_group(office->node->store, code);
        /* Entries that came in one transaction with a verdict about what a snapshot stands for are let go with the group, and
         * come again: the next HELLO says so. */
        bool anew = group && group->position == 0 && sight->world->snapshots;
        if (!group || (group->position < told->position && !anew))
            sim_fail(sight->world, "%s acknowledges entry %llu of %.*s, and has committed less", office->name,
                     (unsigned long long)told->position, (int)code.n, (const char *)code.p);
        else if (told->position > sim_settled(sight, office, group->id) && !anew)
            sim_fail(sight->world, "%s acknowledges entry %llu of %.*s, which its disk may not have yet", office->name,
                     (unsigned long long)told->position, (int)code.n, (const char *)code.p);
    }
}

/* -- progress -- */

static bool healthy(const struct sim_node *node)
{
    const struct sim_disk *disk = &node->disk;
    return node->node && !disk->dead && !disk->quota && disk->ops >= disk->die_at && disk->ops >= disk->fail_at &&
           node->store_ms <= 3;
}

/* Its link is paid by the byte, and only what is changed now may go. */
static bool spares(const struct sim_node *node)
{
    struct hw_sync_view view;
    hw_sync_look(node->node->sync, &view);
    return node->world->frugal && view.lane <= HW_LANE_LIVE;
}

/* The whole way to headquarters: no relay cuts it. */
static bool good(const struct sim_node *node)
{
    const struct sim_road *road = &node->road;
    if (node->index == 0)
        return healthy(node);
    const struct sim_node *hub = sim_net_hub(node);
    return healthy(node) && !spares(node) && hub && good(hub) && node->link.up && !road->drop && !road->twice && !road->swap &&
           !node->link.up->lossy && !road->slow && !road->blocked[0] && !road->blocked[1] && road->most_ms <= 40 && sim_node_streaming(node) &&
           sim_net_connected(node);
}

/* Entries of journals that this office should have, and how many it has. */
static uint64_t entries(const struct sim_node *node, const struct sim_node *from)
{
    uint64_t sum = 0;
    const struct hw_store *store = from->node->store;
    bool reads[SIM_GROUPS];
    for (size_t i = 0; i < SIM_GROUPS; i++)
        reads[i] = node->reads[i] && !sim_rights_ended(node, i);
    for (size_t i = 0; i < store->groups_n; i++)
        if (among(node->world, reads, hw_slice_text(store->groups[i].code)))
            sum += store->groups[i].position;
    return sum;
}

void sim_check_progress(const struct sim_sight *sight)
{
    struct sim_world *world = sight->world;
    for (size_t i = 1; i < world->nodes_n && !*world->failure; i++) {
        struct sim_node *node = world->nodes[i];
        struct sim_stall *stall = &world->facts->stalls[i];
        struct hw_sync_view view;
        if (!good(node) || world->facts->hub_restored) {
            stall->since = world->queue.now;
            continue;
        }
        hw_sync_look(node->node->sync, &view);
        uint64_t has = entries(node, node), should = entries(node, world->nodes[0]);
        uint64_t waits = view.pending + view.carried;
        if ((!waits && has == should) || view.admitted != stall->admitted || has != stall->entries)
            stall->since = world->queue.now;
        stall->admitted = view.admitted;
        stall->entries = has;
        if (world->queue.now - stall->since > PATIENCE_MS)
            sim_fail(world, "%s has a good link, %llu changes that are not admitted and %llu of %llu entries, and "
                            "nothing moved for %d s",
                     node->name, (unsigned long long)waits, (unsigned long long)has,
                     (unsigned long long)should, PATIENCE_MS / 1000);
    }
}
