/* sim_promise.c: what people were told is saved. */
#include "tests/sim/sim_promise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"
#include "tests/sim/sim_model.h"
#include "tests/sim/sim_schema.h"

uint64_t sim_skeleton(const char *group, const struct hw_event *event)
{
    uint64_t hash = sim_hash_text(SIM_HASH, group);
    hash = sim_hash_number(hash, event->kind);
    hash = sim_hash(hash, event->record.b, sizeof event->record.b);
    hash = sim_hash(hash, event->author.p, event->author.n);
    hash = sim_hash_number(hash, event->change);
    for (size_t i = 0; i < event->ops_n; i++)
        hash = sim_hash_number(hash, (uint64_t)event->ops[i].code << 16 | event->ops[i].field);
    return hash;
}

uint64_t sim_content(const char *group, const struct hw_event *event)
{
    uint64_t hash = sim_hash_text(sim_skeleton(group, event), "values");
    for (size_t i = 0; i < event->ops_n; i++)
        hash = sim_hash(hash, event->ops[i].value.p, event->ops[i].value.n);
    return hash;
}

static struct hw_slice text_of(struct hw_slice value)
{
    struct hw_in in = hw_in_of(value);
    struct hw_slice text = hw_peek(&in) == HW_ITEM_TEXT ? hw_get_text(&in) : (struct hw_slice){0};
    return in.bad ? (struct hw_slice){0} : text;
}

/* Only so much of a long text names it. */
static uint64_t hash_of_text(struct hw_slice text)
{
    size_t n = 0;
    while (n < text.n && text.p[n] != '|')
        n++;
    return sim_hash(SIM_HASH, text.p, n);
}

static uint64_t said_key(const char *group, uint16_t kind, const struct hw_id *record, uint16_t field, struct hw_slice value)
{
    uint64_t hash = sim_hash_number(sim_hash_text(SIM_HASH, group), (uint64_t)kind << 16 | field);
    return sim_hash(sim_hash(hash, record->b, sizeof record->b), value.p, value.n);
}

static void note_said(struct sim_world *world, const char *group, const struct hw_event *event)
{
    for (size_t i = 0; i < event->ops_n; i++) {
        uint64_t key = said_key(group, event->kind, &event->record, event->ops[i].field, event->ops[i].value);
        uint64_t *at = sim_map_at(&world->promises->said, key);
        *at = *at ? *at : world->queue.now;
    }
}

static void promise(struct sim_node *node, const char *group, const struct hw_event *event)
{
    struct sim_world *world = node->world;
    struct sim_promises *promises = world->promises;
    if (promises->n == promises->cap) {
        promises->cap = promises->cap ? promises->cap * 2 : 256;
        promises->list = hw_realloc(promises->list, promises->cap * sizeof *promises->list);
    }
    struct sim_promise *made = &promises->list[promises->n++];
    *made = (struct sim_promise){.content = sim_content(group, event), .skeleton = sim_skeleton(group, event),
                                 .office = node->index, .saved_ms = world->queue.now};
    snprintf(made->group, sizeof made->group, "%s", group);
    if (node->index == 0)
        note_said(world, group, event);
    for (size_t i = 0; i < event->ops_n; i++) {
        struct hw_slice text = text_of(event->ops[i].value);
        if (!text.n)
            continue;
        if (!*made->text)
            snprintf(made->text, sizeof made->text, "%.*s", (int)(text.n < sizeof made->text ? text.n : sizeof made->text),
                     (const char *)text.p);
        *sim_map_at(&promises->texts, hash_of_text(text)) = 1;
    }
}

static enum hw_status note_stream(struct hw_tx *tx, struct sim_node *node, const struct hw_stream *stream,
                                  struct hw_err *err)
{
    const struct hw_group *group = hw_cache_group_by_id(tx->store, stream->group);
    uint64_t key = sim_hash_number(SIM_HASH, node->index << 16 | node->disks);
    key = sim_hash(sim_hash_text(key, group->code), stream->inc.b, sizeof stream->inc.b);
    uint64_t from = *sim_map_at(&node->world->promises->noted, key);
    enum hw_status status = HW_OK;
    for (uint64_t seq = from + 1; seq <= stream->tip && !status; seq++) {
        struct hw_logged logged;
        status = hw_tx_event(tx, &stream->inc, group->code, seq, &logged, err);
        if (!status && !logged.event.redacted) /* such a one was promised with its values */
            promise(node, group->code, &logged.event);
    }
    if (!status)
        *sim_map_at(&node->world->promises->noted, key) = stream->tip;
    return status;
}

static enum hw_status note(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct hw_store *store = tx->store;
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < store->streams_n && !status; i++)
        if (hw_inc_compare(&store->streams[i].inc, &store->identity.inc) == 0)
            status = note_stream(tx, self, &store->streams[i], err);
    return status;
}

bool sim_promise_all(struct sim_node *node)
{
    struct hw_job job = {.run = note, .self = node};
    struct hw_err err = {0};
    if (!node->node || node->disk.dead)
        return false;
    sim_node_enter(node);
    return hw_store_now(node->node->store, &job, &err) == HW_OK;
}

bool sim_promised(const struct sim_world *world, const char *text)
{
    return sim_map_find(&world->promises->texts, sim_hash_text(SIM_HASH, text)) != NULL;
}

uint64_t sim_promise_said(const struct sim_world *world, const struct sim_write *write)
{
    const uint64_t *at = sim_map_find(&world->promises->said, said_key(write->group, write->kind, &write->record, write->field,
                                                                       write->value));
    return at ? *at : 0;
}

static bool keep(void *self, const struct hw_logged *logged)
{
    uint64_t (*hash)(const char *group, const struct hw_event *event) = logged->event.redacted ? sim_skeleton : sim_content;
    *sim_map_at(self, hash(logged->group, &logged->event)) = 1;
    return true;
}

/* Behind a snapshot nothing can be handed back to a hub that has lost what the snapshot stands for. */
struct reach {
    struct hw_store *store;
    struct sim_map *contents;
};

static bool keep_whole(void *self, const struct hw_logged *logged)
{
    const struct reach *reach = self;
    const struct hw_group *group = hw_cache_group(reach->store, hw_slice_text(logged->group));
    return group && group->base ? true : keep(reach->contents, logged);
}

static enum hw_status read_whole(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct reach reach = {.store = tx->store, .contents = self};
    return hw_tx_log(tx, NULL, keep_whole, &reach, err);
}

static enum hw_status read_log(struct hw_tx *tx, void *self, struct hw_err *err)
{
    return hw_tx_log(tx, NULL, keep, self, err);
}

bool sim_promise_held(struct sim_node *node, struct sim_map *contents)
{
    struct hw_job job = {.run = read_log, .self = contents};
    struct hw_err err = {0};
    sim_node_enter(node);
    return node->node && !node->disk.dead && hw_store_now(node->node->store, &job, &err) == HW_OK;
}

/* A copy is looked into: the disk itself, and when its node works, stay as they are. */
static void disk_held(struct sim_world *world, const struct sim_disk *disk, struct sim_map *contents)
{
    struct sim_disk copy = {0};
    struct hw_store *store = NULL;
    struct hw_job job = {.run = read_whole, .self = contents};
    struct hw_err err = {0};
    sim_disk_init(&copy, "/looked-into", 0);
    sim_disk_copy(&copy, disk);
    sim_schema_use(false); /* which reads what the older release wrote too */
    enum hw_status status = hw_store_open("/looked-into/headway.db", NULL, NULL, &store, &err);
    if (!status)
        status = hw_store_now(store, &job, &err);
    if (status)
        sim_fail(world, "the database of %s cannot be looked into: %s", disk->path, err.text);
    hw_store_close(store);
    sim_disk_done(&copy);
}

void sim_promise_excuse(struct sim_node *node)
{
    struct sim_world *world = node->world;
    struct sim_promises *promises = world->promises;
    struct sim_map held = {0};
    sim_node_enter(node); /* somebody's clock; the schema is set for each */
    disk_held(world, &node->backup, &held);
    for (size_t i = 0; i < world->nodes_n; i++)
        if (i != node->index)
            disk_held(world, &world->nodes[i]->disk, &held);
    for (size_t i = 0; i < promises->n; i++)
        if (!sim_map_find(&held, promises->list[i].content) && !sim_map_find(&held, promises->list[i].skeleton))
            promises->list[i].excused = true;
    sim_map_done(&held);
    node->disks++;
}

void sim_promises_begin(struct sim_world *world)
{
    world->promises = hw_alloc(sizeof *world->promises);
    *world->promises = (struct sim_promises){0};
}

void sim_promises_done(struct sim_world *world)
{
    free(world->promises->list);
    sim_map_done(&world->promises->noted);
    sim_map_done(&world->promises->texts);
    sim_map_done(&world->promises->said);
    free(world->promises);
    world->promises = NULL;
}
