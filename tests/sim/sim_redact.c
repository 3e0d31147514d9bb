/* sim_redact.c: somebody at headquarters redacts a change, by chance; the
 * oracle that looks for what was redacted; and which form of a segment stands for which. */
#include "tests/sim/sim_redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/history.h"
#include "daemon/store_internal.h"
#include "headway/value.h"
#include "tests/sim/sim_doc.h"
#include "tests/sim/sim_oracle.h"

enum { GAP_MS = 40000 }; /* between two, on average: a world has some 25 */

struct asked {
    struct hw_inc inc;
    char group[HW_GROUP_MAX + 1], text[40];
    uint64_t seq;
};

struct sim_redactions {
    struct asked *list; /* what headquarters was asked to take out, whether it did or not */
    size_t n, cap;
    struct sim_map names; /* of these events */
    struct sim_map whole; /* by a segment's name and signature: its variant as it was sealed */
};

/* -- which form stands for which -- */

/* The signature is over the hash, and that stays. */
static uint64_t whole_key(uint64_t name, struct hw_slice wire)
{
    struct hw_segment head;
    if (hw_segment_read(wire, &head, NULL) != HW_OK)
        return 0;
    return sim_hash(sim_hash_number(SIM_HASH, name), head.signature, sizeof head.signature);
}

void sim_redact_sealed(struct sim_world *world, uint64_t name, struct hw_slice wire, uint64_t variant)
{
    uint64_t key = world->redactions ? whole_key(name, wire) : 0;
    if (key && !sim_map_find(&world->redactions->whole, key))
        *sim_map_at(&world->redactions->whole, key) = variant;
}

void sim_redact_learn(struct sim_world *world, struct hw_store *store, int64_t stream, struct hw_slice wire)
{
    struct hw_opened opened;
    if (!world->redactions || hw_segment_open(wire, &world->facts->arena, &opened, NULL) != HW_OK)
        return;
    for (size_t i = 0; i < opened.head.n; i++) {
        const struct hw_event *event = &opened.events[i];
        sqlite3_stmt *statement = hw_sql(store, SQL_VERDICT_GET);
        hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream, event->seq));
        if (event->redacted && hw_sql_step(store, statement, NULL) == HW_OK && sqlite3_column_int(statement, 0) == HW_VERDICT_REDACTED)
            *sim_map_at(&world->redactions->names, sim_name(&opened.head.inc, opened.head.group, event->seq)) = 1;
        sqlite3_reset(statement);
    }
}

uint64_t sim_redact_whole(struct sim_world *world, uint64_t name, struct hw_slice wire)
{
    struct hw_opened opened;
    bool lacks = false;
    if (!world->redactions)
        return 0;
    const uint64_t *whole = sim_map_find(&world->redactions->whole, whole_key(name, wire));
    if (!whole || hw_segment_open(wire, &world->facts->arena, &opened, NULL) != HW_OK)
        return 0;
    for (size_t i = 0; i < opened.head.n; i++) {
        const struct hw_event *event = &opened.events[i];
        if (event->redacted && !sim_map_find(&world->redactions->names, sim_name(&opened.head.inc, opened.head.group, event->seq)))
            return 0;
        lacks = lacks || event->redacted;
    }
    return lacks ? *whole : 0;
}

/* -- asking -- */

struct choice {
    struct sim_world *world;
    struct asked asked;
    char name[64]; /* "KAZ.1/wg-a:17"; "" for none */
};

static struct hw_slice text_of(const struct hw_event *event)
{
    for (size_t i = 0; i < event->ops_n; i++) {
        struct hw_in in = hw_in_of(event->ops[i].value);
        struct hw_slice text = hw_peek(&in) == HW_ITEM_TEXT ? hw_get_text(&in) : (struct hw_slice){0};
        if (!in.bad && text.n && memmem(text.p, text.n, " mark ", strlen(" mark ")))
            return text;
    }
    return (struct hw_slice){0};
}

/* An admitted change with a text of its own, of any office. */
static enum hw_status choose(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct choice *choice = self;
    struct sim_chance *chance = &choice->world->hand;
    const struct hw_store *store = tx->store;
    const struct hw_stream *stream = &store->streams[sim_chance_below(chance, store->streams_n)];
    uint64_t seq = 1 + sim_chance_below(chance, stream->admitted);
    const struct hw_group *group = hw_cache_group_by_id(tx->store, stream->group);
    struct hw_logged event;
    if (stream->admitted == 0 || strcmp(group->code, "directory") == 0)
        return HW_OK;
    enum hw_status status = hw_tx_event(tx, &stream->inc, group->code, seq, &event, err);
    struct hw_slice text = status || event.event.redacted ? (struct hw_slice){0} : text_of(&event.event);
    const uint8_t *end = text.n ? memchr(text.p, '|', text.n) : NULL;
    if (status || !text.n)
        return status;
    choice->asked = (struct asked){.inc = stream->inc, .seq = seq};
    snprintf(choice->asked.group, sizeof choice->asked.group, "%s", group->code);
    snprintf(choice->asked.text, sizeof choice->asked.text, "%.*s", (int)(end ? (size_t)(end - text.p) : text.n),
             (const char *)text.p);
    snprintf(choice->name, sizeof choice->name, "%s",
             hw_history_name(tx, hw_tx_arena(tx), &stream->inc, group->code, seq));
    return HW_OK;
}

static void answered(struct sim_call *call, enum hw_status status, const char *text)
{
    if (status)
        sim_tell(call->node->world, call->node, "tells its client: %s", text);
    else
        sim_tell(call->node->world, call->node, "has redacted %s", call->text);
}

static void note(struct sim_redactions *redactions, const struct asked *asked)
{
    if (redactions->n == redactions->cap) {
        redactions->cap = redactions->cap ? redactions->cap * 2 : 32;
        redactions->list = hw_realloc(redactions->list, redactions->cap * sizeof *redactions->list);
    }
    redactions->list[redactions->n++] = *asked;
    *sim_map_at(&redactions->names, sim_name(&asked->inc, hw_slice_text(asked->group), asked->seq)) = 1;
}

static void redact(struct sim_world *world)
{
    struct sim_node *hub = world->nodes[0];
    struct choice choice = {.world = world};
    struct hw_job job = {.run = choose, .self = &choice};
    struct hw_err err = {0};
    if (!hub->node || hub->disk.dead)
        return;
    sim_node_enter(hub);
    if (hw_store_now(hub->node->store, &job, &err) != HW_OK || !*choice.name)
        return;
    note(world->redactions, &choice.asked);
    const char *pairs[] = {"event", choice.name, "reason", "somebody's number", NULL};
    struct sim_call call = {.answered = answered};
    struct hw_out args = {0};
    snprintf(call.text, sizeof call.text, "%s", choice.name);
    sim_doc_args(&args, pairs);
    sim_node_ask(hub, "redact", hw_out_slice(&args), "maria", &call);
    hw_out_done(&args);
}

static void next(void *self, uint64_t arg)
{
    struct sim_world *world = self;
    (void)arg;
    if (world->healed)
        return;
    redact(world);
    sim_queue_add(&world->queue, sim_chance_below(&world->hand, 2 * GAP_MS), next, world, 0);
}

void sim_redact_begin(struct sim_world *world)
{
    world->redactions = hw_alloc(sizeof *world->redactions);
    *world->redactions = (struct sim_redactions){0};
    sim_queue_add(&world->queue, sim_chance_below(&world->hand, 2 * GAP_MS), next, world, 0);
}

void sim_redact_done(struct sim_world *world)
{
    if (!world->redactions)
        return;
    free(world->redactions->list);
    sim_map_done(&world->redactions->names);
    sim_map_done(&world->redactions->whole);
    free(world->redactions);
    world->redactions = NULL;
}

/* -- the oracle -- */

struct search {
    const struct sim_sight *sight;
    struct sim_map texts;     /* that changes still have, by the hub's log */
    struct sim_map redacted;  /* names of events, by the hub's log */
    const struct sim_node *node;
    struct hw_tx *tx;
    uint64_t lacking;
};

static bool read_hub(void *self, const struct hw_logged *logged)
{
    struct search *search = self;
    for (size_t i = 0; i < logged->event.ops_n && !logged->event.redacted; i++) {
        struct hw_in in = hw_in_of(logged->event.ops[i].value);
        struct hw_slice text = hw_peek(&in) == HW_ITEM_TEXT ? hw_get_text(&in) : (struct hw_slice){0};
        const uint8_t *end = text.n ? memchr(text.p, '|', text.n) : NULL;
        if (text.n)
            *sim_map_at(&search->texts, sim_hash(SIM_HASH, text.p, end ? (size_t)(end - text.p) : text.n)) = 1;
    }
    if (logged->verdict == HW_VERDICT_REDACTED)
        *sim_map_at(&search->redacted, sim_name(&logged->inc, hw_slice_text(logged->group), logged->event.seq)) = 1;
    return true;
}

static bool read_log(void *self, const struct hw_logged *logged)
{
    struct search *search = self;
    struct sim_world *world = search->sight->world;
    uint64_t name = sim_name(&logged->inc, hw_slice_text(logged->group), logged->event.seq);
    bool should = sim_map_find(&search->redacted, name) != NULL;
    search->lacking += logged->event.redacted != NULL;
    if (should != (logged->event.redacted != NULL)) {
        unsigned life = 0;
        const char *office = hw_tx_office_of(search->tx, &logged->inc, &life);
        sim_fail(world, "%s: %s.%u/%s:%llu %s", search->node->name, office, life, logged->group,
                 (unsigned long long)logged->event.seq, should ? "was redacted, and it holds its values" : "lacks its values, and nobody has redacted it");
    }
    return !*world->failure;
}

/* The text itself, and not the beginning of a longer one. */
static bool stands_in(const uint8_t *p, size_t n, const char *text)
{
    size_t size = strlen(text);
    for (const uint8_t *at = p; n && (at = memmem(at, n - (size_t)(at - p), text, size)); at++) {
        size_t behind = (size_t)(at - p) + size;
        if (behind == n || !memchr("0123456789abcdef .", p[behind], 18))
            return true;
    }
    return false;
}

/* In no column of a row: neither shown nor kept beside. */
static void search_rows(const struct search *search, struct hw_store *store, const struct hw_kind *kind)
{
    struct sim_world *world = search->sight->world;
    const struct sim_redactions *redactions = world->redactions;
    sqlite3_stmt *row = NULL;
    char sql[80];
    snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"", kind->name);
    if (hw_sql_prepare(store, sql, &row, NULL) != HW_OK)
        sim_fail(world, "rows of %s cannot be read", search->node->name);
    while (row && !*world->failure && sqlite3_step(row) == SQLITE_ROW)
        for (size_t i = 0; i < redactions->n; i++) {
            const struct asked *asked = &redactions->list[i];
            if (!sim_map_find(&search->redacted, sim_name(&asked->inc, hw_slice_text(asked->group), asked->seq)) ||
                sim_map_find(&search->texts, sim_hash_text(SIM_HASH, asked->text)))
                continue; /* not done, or said again by another change */
            for (int c = 0; c < sqlite3_column_count(row); c++) {
                const uint8_t *p = sqlite3_column_blob(row, c);
                if (stands_in(p, (size_t)sqlite3_column_bytes(row, c), asked->text))
                    sim_fail(world, "%s holds \"%s\" in %s of a row, and it was redacted", search->node->name, asked->text,
                             sqlite3_column_name(row, c));
            }
        }
    sqlite3_finalize(row);
}

static enum hw_status read_with(struct hw_tx *tx, struct search *search, hw_each_event *each, struct hw_err *err)
{
    return hw_tx_log(tx, NULL, each, search, err);
}

static enum hw_status look_at_hub(struct hw_tx *tx, void *self, struct hw_err *err)
{
    return read_with(tx, self, read_hub, err);
}

static enum hw_status look_at_node(struct hw_tx *tx, void *self, struct hw_err *err)
{
    ((struct search *)self)->tx = tx;
    return read_with(tx, self, read_log, err);
}

static void look(struct search *search, struct sim_node *node,
                 enum hw_status (*run)(struct hw_tx *tx, void *self, struct hw_err *err))
{
    struct hw_job job = {.run = run, .self = search};
    struct hw_err err = {0};
    search->node = node;
    sim_node_enter(node);
    if (hw_store_now(node->node->store, &job, &err) != HW_OK)
        sim_fail(node->world, "the log of %s cannot be read: %s", node->name, err.text);
}

void sim_check_redacted(const struct sim_sight *sight)
{
    struct sim_world *world = sight->world;
    struct search search = {.sight = sight};
    if (!world->redactions)
        return;
    look(&search, world->nodes[0], look_at_hub);
    for (size_t i = 0; i < world->nodes_n && !*world->failure; i++) {
        look(&search, world->nodes[i], look_at_node);
        for (size_t k = 0; k < hw_schema_n && !*world->failure; k++)
            search_rows(&search, world->nodes[i]->node->store, &hw_schema[k]);
    }
    sim_tell(world, NULL, "%llu events lack their values", (unsigned long long)search.lacking);
    sim_map_done(&search.texts);
    sim_map_done(&search.redacted);
}
