/* sim_oracle_log.c: oracles that look at a store after each of its turns: only
 * at what has changed since. */
#include <string.h>

#include "daemon/store_internal.h"
#include "headway/stamp.h"
#include "tests/sim/sim_file.h"
#include "tests/sim/sim_node.h"
#include "tests/sim/sim_oracle.h"
#include "tests/sim/sim_redact.h"
#include "tests/sim/sim_wal.h"

uint64_t sim_name(const struct hw_inc *inc, struct hw_slice group, uint64_t seq)
{
    uint64_t hash = sim_hash(SIM_HASH, inc->b, sizeof inc->b);
    return sim_hash_number(sim_hash(hash, group.p, group.n), seq);
}

uint64_t sim_acked(const struct sim_node *hub, const struct hw_inc *inc, struct hw_slice group)
{
    return sim_hash_number(sim_name(inc, group, 0), hub->index);
}

uint64_t sim_variant(uint64_t name, struct hw_slice wire)
{
    return sim_hash(name, wire.p, wire.n);
}

/* What was counted in this life of the node for one thing of one stream or group. */
static uint64_t *counted(const struct sim_sight *sight, const char *what, int64_t id)
{
    uint64_t key = sim_hash_number(sim_hash_text(SIM_HASH, what), sight->node->index);
    key = sim_hash_number(sim_hash_number(key, sight->node->life), (uint64_t)id);
    return sim_map_at(&sight->world->facts->counted, key);
}

static bool own(const struct hw_store *store, const struct hw_stream *stream)
{
    return hw_inc_compare(&stream->inc, &store->identity.inc) == 0;
}

static struct hw_slice code_of(struct hw_store *store, const struct hw_stream *stream)
{
    return hw_slice_text(hw_cache_group_by_id(store, stream->group)->code);
}

void sim_check_settled(const struct sim_sight *sight)
{
    const struct sim_file *log = sim_file_find(&sight->node->disk, "headway.db-wal");
    size_t end = log && log->undo ? sim_wal_end((struct hw_slice){log->p, log->n}) : 0; /* dear, and most logs are synced */
    for (const struct sim_undo *undo = log ? log->undo : NULL; undo; undo = undo->next)
        if (undo->at < end)
            sim_fail(sight->world, "%s runs, and its log counts and is not synced from byte %zu", sight->node->name, undo->at);
}

void sim_check_platter(const struct sim_sight *sight)
{
    struct sim_node *node = sight->node;
    const struct sim_file *log = sim_file_find(&node->disk, "headway.db-wal");
    uint64_t failures = *counted(sight, "failures", 0), ops = *counted(sight, "operations", 0);
    bool soft = *counted(sight, "soft", 0) != 0; /* until now; what settles it may have written nothing */
    *counted(sight, "failures", 0) = node->disk.failures;
    *counted(sight, "operations", 0) = node->disk.ops;
    const struct hw_store *store = node->node->store;
    *counted(sight, "soft", 0) = store->unsettled;
    if (store->unsettled && (node->node->config.listen || !node->node->config.upstream))
        sim_fail(sight->world, "%s, whom others follow, has committed softly", node->name);
    /* What a failed transaction has left behind is nobody's; the next commit syncs it too. */
    if (!store->unsettled && failures == node->disk.failures && (soft || ops != node->disk.ops) && log && log->undo)
        sim_fail(sight->world, "%s has committed, and its log has writes that are not synced", node->name);
    for (size_t i = 0; i < store->groups_n && !store->unsettled; i++)
        *counted(sight, "settled", store->groups[i].id) = store->groups[i].position;
}

uint64_t sim_settled(const struct sim_sight *sight, struct sim_node *node, int64_t group)
{
    const struct sim_sight of = {.world = sight->world, .node = node};
    return *counted(&of, "settled", group);
}

/* -- no gaps -- */

static void segments_follow(const struct sim_sight *sight, const struct hw_stream *stream, uint64_t from)
{
    struct hw_store *store = sight->node->node->store;
    sqlite3_stmt *statement = hw_sql(store, SQL_SEGMENT_FROM);
    uint64_t next = from + 1;
    bool begun = false; /* what a snapshot stands for need not be held */
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, from + 1));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(stream->id, HW_ROW_LAST));
    while (hw_sql_step(store, statement, NULL) == HW_OK) {
        uint64_t first = (uint64_t)(sqlite3_column_int64(statement, 0) & HW_ROW_LAST);
        if (first != next && (begun || first != stream->base + 1))
            sim_fail(sight->world, "%s holds segment %llu of a stream of %s where %llu should be", sight->node->name,
                     (unsigned long long)first, code_of(store, stream).p, (unsigned long long)next);
        next = first + (uint64_t)sqlite3_column_int64(statement, 1);
        begun = true;
    }
    sqlite3_reset(statement);
    if (next != stream->sealed + 1 && next != from + 1 && !*sight->world->failure)
        sim_fail(sight->world, "%s says a stream of %s is sealed up to %llu, its segments end before %llu",
                 sight->node->name, code_of(store, stream).p, (unsigned long long)stream->sealed,
                 (unsigned long long)next);
}

static void drafts_follow(const struct sim_sight *sight, const struct hw_stream *stream)
{
    struct hw_store *store = sight->node->node->store;
    sqlite3_stmt *statement = hw_sql(store, SQL_DRAFT_FROM);
    uint64_t n = 0;
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, 0));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(stream->id, HW_ROW_LAST));
    while (hw_sql_step(store, statement, NULL) == HW_OK)
        n += (uint64_t)sqlite3_column_int64(statement, 1);
    sqlite3_reset(statement);
    if (n != stream->tip - stream->sealed)
        sim_fail(sight->world, "%s has %llu drafts in %s, from event %llu to %llu", sight->node->name,
                 (unsigned long long)n, code_of(store, stream).p, (unsigned long long)stream->sealed + 1,
                 (unsigned long long)stream->tip);
}

static void journal_follows(const struct sim_sight *sight, const struct hw_group *group)
{
    struct hw_store *store = sight->node->node->store;
    uint64_t *known = counted(sight, "journal", group->id);
    if (group->position == *known)
        return;
    if (group->position < *known)
        *known = 0; /* cut back for a hub that has lost the rest: counted anew */
    uint64_t next = (*known > group->base ? *known : group->base) + 1;
    sqlite3_stmt *statement = hw_sql(store, SQL_JOURNAL_FROM);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, next));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(group->id, HW_ROW_LAST));
    while (hw_sql_step(store, statement, NULL) == HW_OK)
        if ((uint64_t)(sqlite3_column_int64(statement, 0) & HW_ROW_LAST) == next)
            next++;
    sqlite3_reset(statement);
    if (next != group->position + 1)
        sim_fail(sight->world, "%s holds the journal of %s up to %llu, and its entries end at %llu",
                 sight->node->name, group->code, (unsigned long long)group->position, (unsigned long long)next - 1);
    *known = group->position;
}

void sim_check_gaps(const struct sim_sight *sight)
{
    const struct hw_store *store = sight->node->node->store;
    for (size_t i = 0; i < store->streams_n && !*sight->world->failure; i++) {
        const struct hw_stream *stream = &store->streams[i];
        uint64_t state = sim_hash_number(sim_hash_number(SIM_HASH, stream->tip), stream->sealed);
        uint64_t *before = counted(sight, "state", stream->id);
        if (*before == state)
            continue;
        *before = state;
        uint64_t *sealed = counted(sight, "sealed", stream->id);
        if (stream->sealed > *sealed) /* a branch that was left may have ended its segments elsewhere */
            segments_follow(sight, stream, sight->world->facts->branched.n ? 0 : *sealed);
        *sealed = stream->sealed;
        if (own(store, stream))
            drafts_follow(sight, stream);
    }
    for (size_t i = 0; i < store->groups_n && !*sight->world->failure; i++)
        journal_follows(sight, &store->groups[i]);
}

/* -- no forks -- */

/* No text of another group stands in a sealed segment. */
static void right_marks(const struct sim_sight *sight, struct hw_slice group, struct hw_slice wire)
{
    struct sim_world *world = sight->world;
    struct hw_opened opened;
    if (hw_segment_open(wire, &world->facts->arena, &opened, NULL) != HW_OK) {
        sim_fail(world, "%s has sealed what it cannot open", sight->node->name);
        return;
    }
    for (size_t e = 0; e < opened.head.n; e++)
        for (size_t o = 0; o < opened.events[e].ops_n; o++)
            for (size_t g = 0; g < world->groups_n; g++) {
                struct hw_slice value = opened.events[e].ops[o].value;
                char mark[32];
                int n = snprintf(mark, sizeof mark, "%s mark ", world->groups[g]);
                if (!hw_slice_is(group, world->groups[g]) && value.n && memmem(value.p, value.n, mark, (size_t)n))
                    sim_fail(world, "%s has sealed a text of %s in group %s", sight->node->name, world->groups[g],
                             (const char *)group.p);
            }
}

/* A hub that was put back without a word writes on under its life, until it meets somebody who knows more: names of that
 * life may be given twice. Which of them stays is the same everywhere at the end, and what the other said is issued again. */
static bool branched(const struct sim_sight *sight, const struct hw_inc *inc)
{
    return sim_map_find(&sight->world->facts->branched, sim_hash(SIM_HASH, inc->b, sizeof inc->b)) != NULL;
}

static void note_branch(const struct sim_sight *sight)
{
    struct sim_facts *facts = sight->world->facts;
    const struct hw_inc *inc = &sight->node->node->store->identity.inc;
    if (sight->node->index == 0 && facts->copied_back)
        *sim_map_at(&facts->branched, sim_hash(SIM_HASH, inc->b, sizeof inc->b)) = 1;
    facts->copied_back = facts->copied_back && sight->node->index != 0;
}

/* Which nodes have sealed a name, one bit each; the last one for a node that was put back, which may seal it again. */
static void note_sealer(const struct sim_sight *sight, uint64_t name)
{
    const struct sim_node *node = sight->node;
    *sim_map_at(&sight->world->facts->sealers, name) |= UINT64_C(1) << node->index | (uint64_t)(node->disks > 0) << 63;
}

/* The hub is put back without a word to the hour of an office's copy or backup: nothing tells either of them so, and the office
 * gives names a second time that others have from its other life. When the hub notices, what the gate had admitted before comes
 * back, and the office is told FORK. Only names that the hub takes until it notices count for that, from two who can have the
 * same key. */
static bool repeats_names(const struct sim_sight *sight, const struct hw_stream *stream, uint64_t name)
{
    struct sim_facts *facts = sight->world->facts;
    const uint64_t *sealers = sim_map_find(&facts->sealers, name);
    if (branched(sight, &stream->inc))
        return true;
    if (sight->node->index != 0 || !branched(sight, &sight->node->node->store->identity.inc) || !sealers ||
        (*sealers & (*sealers - 1)) == 0)
        return false;
    *sim_map_at(&facts->branched, sim_hash(SIM_HASH, stream->inc.b, sizeof stream->inc.b)) = 1;
    return true;
}

/* Taken from elsewhere. What a relay only carries is not yet accepted: it yields to what the gate admits. */
static void accepted(const struct sim_sight *sight, const struct hw_stream *stream, uint64_t name, uint64_t seq,
                     struct hw_slice wire, bool carried)
{
    struct sim_facts *facts = sight->world->facts;
    struct hw_slice group = code_of(sight->node->node->store, stream);
    uint64_t whole = sim_redact_whole(sight->world, name, wire), variant = whole ? whole : sim_variant(name, wire);
    uint64_t *known = sim_map_at(&facts->accepted, name);
    if (!whole && !sim_map_find(&facts->sealed, variant)) {
        sim_redact_learn(sight->world, sight->node->node->store, stream->id, wire);
        whole = sim_redact_whole(sight->world, name, wire);
        variant = whole ? whole : variant;
    }
    if (!sim_map_find(&facts->sealed, variant))
        sim_fail(sight->world, "%s has accepted a segment from event %llu of %s that nobody sealed", sight->node->name,
                 (unsigned long long)seq, (const char *)group.p);
    else if (carried)
        return;
    else if (*known && *known != variant && !repeats_names(sight, stream, name))
        sim_fail(sight->world, "%s has accepted another content for event %llu of %s than was accepted before",
                 sight->node->name, (unsigned long long)seq, (const char *)group.p);
    *known = variant;
}

enum see { SEALED, CARRIED, ACCEPTED };

/* Segments after `from` up to `to`. */
static void see_segments(const struct sim_sight *sight, const struct hw_stream *stream, uint64_t from, uint64_t to,
                         enum see as)
{
    struct hw_store *store = sight->node->node->store;
    struct hw_slice group = code_of(store, stream);
    sqlite3_stmt *statement = hw_sql(store, SQL_SEGMENT_FROM);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, from + 1));
    hw_bind_int(statement, 2, (uint64_t)hw_row_id(stream->id, to));
    while (hw_sql_step(store, statement, NULL) == HW_OK && !*sight->world->failure) {
        uint64_t seq = (uint64_t)(sqlite3_column_int64(statement, 0) & HW_ROW_LAST);
        struct hw_slice wire = hw_column_blob(statement, 3);
        uint64_t name = sim_name(&stream->inc, group, seq), variant = sim_variant(name, wire);
        if (as != SEALED)
            accepted(sight, stream, name, seq, wire, as == CARRIED);
        else if (!sim_map_find(&sight->world->facts->sealed, variant) && !sim_redact_whole(sight->world, name, wire)) {
            *sim_map_at(&sight->world->facts->sealed, variant) = 1;
            note_sealer(sight, name);
            sim_redact_sealed(sight->world, name, wire, variant);
            right_marks(sight, group, wire);
        }
    }
    sqlite3_reset(statement);
}

void sim_check_forks(const struct sim_sight *sight)
{
    const struct hw_store *store = sight->node->node->store;
    uint64_t *last = counted(sight, "own life", 0), before = *last; /* one turn may seal under a life and leave it */
    *last = sim_hash(SIM_HASH, store->identity.inc.b, sizeof store->identity.inc.b);
    note_branch(sight);
    for (size_t i = 0; i < store->streams_n && !*sight->world->failure; i++) {
        const struct hw_stream *stream = &store->streams[i];
        if (own(store, stream) || sim_hash(SIM_HASH, stream->inc.b, sizeof stream->inc.b) == before) {
            uint64_t *sealed = counted(sight, "own sealed", stream->id);
            bool again = branched(sight, &stream->inc); /* one turn may leave a branch and seal as far as that was */
            if (stream->sealed > *sealed || again)
                see_segments(sight, stream, again ? 0 : *sealed, stream->sealed, SEALED);
            *sealed = stream->sealed;
        }
        uint64_t *carried = counted(sight, "carried", stream->id);
        if (sight->node->relay && !own(store, stream) && stream->sealed > *carried)
            see_segments(sight, stream, *carried, stream->sealed, CARRIED);
        *carried = stream->sealed;
        uint64_t *held = counted(sight, "accepted", stream->id);
        uint64_t now = sight->node->index || own(store, stream) ? stream->admitted : stream->sealed;
        if (now > *held)
            see_segments(sight, stream, *held, now, ACCEPTED);
        *held = now;
    }
}

/* -- clocks -- */

/* The stamp that counts, of an event that the hub has admitted. */
static uint64_t stamp_of(struct hw_store *store, const struct hw_stream *stream, const struct hw_event *event,
                         bool *refused)
{
    uint64_t stamp = event->stamp;
    sqlite3_stmt *statement = hw_sql(store, SQL_VERDICT_GET);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, event->seq));
    *refused = false;
    if (hw_sql_step(store, statement, NULL) == HW_OK) {
        unsigned verdict = (unsigned)sqlite3_column_int(statement, 0);
        *refused = hw_verdict_refuses(verdict, (unsigned)sqlite3_column_int(statement, 1));
        if (hw_verdict_restamps(verdict, (uint64_t)sqlite3_column_int64(statement, 2)))
            stamp = (uint64_t)sqlite3_column_int64(statement, 2);
    }
    sqlite3_reset(statement);
    return stamp;
}

/* Whether the gate doubted its own clock when it admitted that; `doubts`: it does now. */
static bool was_doubted(const struct sim_sight *sight, const struct hw_segment *head, int64_t received, bool doubts)
{
    uint64_t key = sim_hash_number(sim_name(&head->inc, head->group, head->first), (uint64_t)received);
    uint64_t *doubted = sim_map_at(&sight->world->facts->counted, sim_hash_text(key, "doubted"));
    *doubted = *doubted || doubts;
    return *doubted;
}

static void judged_stamps(const struct sim_sight *sight, const struct hw_stream *stream, struct hw_slice wire,
                          int64_t received, uint64_t *greatest)
{
    struct sim_facts *facts = sight->world->facts;
    struct hw_store *store = sight->node->node->store;
    struct hw_opened opened;
    /* What a recovering gate has given to drafts that nobody has seen counts for it too, but not what it has just let count. */
    bool doubts = hw_stamp_ahead(facts->greatest, (uint64_t)received) ||
                  hw_stamp_ahead(*counted(sight, "greatest", 0), (uint64_t)received);
    bool refused;
    if (hw_segment_open(wire, &facts->arena, &opened, NULL) != HW_OK)
        return;
    /* A restored gate takes over what it had admitted before, and may not know any more why it doubted its clock then. */
    doubts = was_doubted(sight, &opened.head, received, doubts);
    for (size_t i = 0; i < opened.head.n; i++) {
        uint64_t stamp = stamp_of(store, stream, &opened.events[i], &refused);
        if (refused)
            continue;
        if (!doubts && hw_stamp_ahead(stamp, (uint64_t)received))
            sim_fail(sight->world, "event %llu of %s counts with a stamp %lld s ahead of its arrival",
                     (unsigned long long)opened.events[i].seq, (const char *)code_of(store, stream).p,
                     ((long long)hw_stamp_ms(stamp) - (long long)received) / 1000);
        if (stamp > *greatest && (!doubts || own(store, stream)))
            *greatest = stamp;
    }
}

static void admitted_stamps(const struct sim_sight *sight, const struct hw_stream *stream, uint64_t *greatest)
{
    struct hw_store *store = sight->node->node->store;
    uint64_t *known = counted(sight, "stamps", stream->id);
    for (uint64_t seq = *known + 1; seq <= stream->admitted;) {
        sqlite3_stmt *statement = hw_sql(store, SQL_ADMIT_GET);
        hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, seq));
        int64_t received = hw_sql_step(store, statement, NULL) == HW_OK ? sqlite3_column_int64(statement, 1) : 0;
        sqlite3_reset(statement);
        statement = hw_sql(store, SQL_SEGMENT_GET);
        hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, seq));
        if (hw_sql_step(store, statement, NULL) != HW_OK)
            return;
        struct hw_slice wire = hw_arena_slice(&sight->world->facts->arena, hw_column_blob(statement, 3));
        seq += (uint64_t)sqlite3_column_int64(statement, 1);
        sqlite3_reset(statement);
        judged_stamps(sight, stream, wire, received, greatest);
    }
    *known = stream->admitted;
}

void sim_check_clocks(const struct sim_sight *sight)
{
    const struct hw_store *store = sight->node->node->store;
    struct sim_facts *facts = sight->world->facts;
    uint64_t *clock = counted(sight, "clock", 0), greatest = facts->greatest;
    uint64_t wall = (uint64_t)sim_node_wall(sight->node);
    if (*clock && store->clock != *clock && hw_stamp_ahead(store->clock, wall))
        sim_fail(sight->world, "the clock of %s went %lld s ahead of its wall clock", sight->node->name,
                 ((long long)hw_stamp_ms(store->clock) - (long long)wall) / 1000);
    *clock = store->clock;
    for (size_t i = 0; i < store->streams_n && sight->node->index == 0 && !*sight->world->failure; i++)
        if (store->streams[i].admitted != *counted(sight, "stamps", store->streams[i].id))
            admitted_stamps(sight, &store->streams[i], &greatest);
    facts->greatest = greatest;
    *counted(sight, "greatest", 0) = store->greatest;
}

/* -- memory -- */

static bool same_stream(const struct hw_stream *a, const struct hw_stream *b)
{
    return a->id == b->id && a->tip == b->tip && a->sealed == b->sealed && a->admitted == b->admitted && a->base == b->base &&
           memcmp(a->hash, b->hash, sizeof a->hash) == 0;
}

/* Dear: after turns in which a job failed, and now and then. */
void sim_check_memory(const struct sim_sight *sight)
{
    struct hw_store *store = sight->node->node->store;
    uint64_t *turns = counted(sight, "turns", 0);
    bool failed = false;
    for (const struct hw_job *job = store->finished.first; job; job = job->next)
        failed = failed || job->status;
    if (store->stale || (++*turns % 32 && !failed))
        return;
    struct hw_store before = *store;
    struct hw_stream *streams = hw_alloc((store->streams_n + 1) * sizeof *streams);
    if (store->streams_n)
        memcpy(streams, store->streams, store->streams_n * sizeof *streams);
    bool same = hw_cache_load(store, NULL) == HW_OK && store->streams_n == before.streams_n &&
                store->change == before.change && store->clock == before.clock && store->greatest == before.greatest;
    for (size_t i = 0; same && i < store->streams_n; i++)
        same = same_stream(&store->streams[i], &streams[i]);
    free(streams);
    if (!same)
        sim_fail(sight->world, "%s remembers another state of its streams or counters than its database has",
                 sight->node->name);
}

void sim_check_kept(const struct sim_sight *sight)
{
    struct hw_store *store = sight->node->node->store;
    bool yields = sight->node->index && (sight->world->facts->restored || sight->world->facts->hub_restored);
    if (yields || *counted(sight, "kept", 0))
        return; /* once after each start: nothing takes it away later */
    *counted(sight, "kept", 0) = 1;
    for (size_t i = 0; i < store->streams_n; i++) {
        const struct hw_stream *stream = &store->streams[i];
        uint64_t name = sim_acked(sight->node, &stream->inc, code_of(store, stream));
        const uint64_t *acked = sim_map_find(&sight->world->facts->acked, name);
        if (acked && stream->sealed < *acked)
            sim_fail(sight->world, "%s has acknowledged event %llu of a stream of %s and holds %llu",
                     sight->node->name, (unsigned long long)*acked, code_of(store, stream).p, (unsigned long long)stream->sealed);
    }
}
