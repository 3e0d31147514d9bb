/* sim_work.c: a simple workload: new items, changed items, comments, at offices
 * and in groups by chance. One row of `ops` is one kind of change. */
#include "tests/sim/sim_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_doc.h"
#include "tests/sim/sim_oracle.h"

enum { MADE_ITEM = 1 };

static void *grow(void *array, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return array;
    *cap = *cap ? *cap * 2 : 64;
    return hw_realloc(array, *cap * size);
}

static void remember_item(struct sim_work *work, struct hw_slice id, size_t group)
{
    if (id.n == 0 || id.n >= SIM_ID)
        return;
    work->items = grow(work->items, work->items_n, &work->items_cap, sizeof *work->items);
    struct sim_item *item = &work->items[work->items_n++];
    *item = (struct sim_item){.group = group};
    memcpy(item->id, id.p, id.n);
}

static void saved(struct sim_call *call, enum hw_status status, const char *text)
{
    struct sim_world *world = call->node->world;
    struct sim_work *work = world->work;
    if (status) {
        sim_tell(world, call->node, "tells its client: %s", text);
        return;
    }
    sim_tell(world, call->node, "saved %s", call->text);
    world->stats.edits++;
    work->promises = grow(work->promises, work->promises_n, &work->promises_cap, sizeof *work->promises);
    struct sim_promise *promise = &work->promises[work->promises_n++];
    *promise = (struct sim_promise){.office = call->node->index, .saved_ms = world->queue.now};
    snprintf(promise->text, sizeof promise->text, "%.*s", SIM_MARK - 1, call->text);
    if (call->kind == MADE_ITEM) {
        struct hw_slice records = sim_doc_get(hw_out_slice(&call->call.answer.end), "records");
        remember_item(work, sim_doc_text(sim_doc_first(records), "id"), call->number);
    }
}

static void ask(struct sim_node *node, const char *verb, const char *const *pairs, const struct sim_call *template)
{
    struct hw_out args = {0};
    sim_doc_args(&args, pairs);
    sim_node_ask(node, verb, hw_out_slice(&args), "aigul", template);
    hw_out_done(&args);
}

/* -- the kinds of change -- */

static bool add_item(struct sim_work *work, struct sim_node *node, struct sim_call *call)
{
    size_t group = sim_chance_below(&work->world->work_chance, work->world->groups_n);
    const char *pairs[] = {"group", work->world->groups[group], "title", call->text, NULL};
    if (!node->reads[group])
        return false;
    call->kind = MADE_ITEM;
    call->number = group;
    ask(node, "add", pairs, call);
    return true;
}

/* Of those in a group that this office reads; NULL: met none. */
static const struct sim_item *some_item(struct sim_work *work, const struct sim_node *node)
{
    for (int tries = 0; tries < 8 && work->items_n; tries++) {
        const struct sim_item *item = &work->items[sim_chance_below(&work->world->work_chance, work->items_n)];
        if (node->reads[item->group])
            return item;
    }
    return NULL;
}

static bool set_title(struct sim_work *work, struct sim_node *node, struct sim_call *call)
{
    char assign[96];
    const struct sim_item *item = some_item(work, node);
    if (!item)
        return false;
    char target[SIM_ID + 1];
    snprintf(target, sizeof target, "[%s", item->id);
    snprintf(assign, sizeof assign, "[%s=%s",
             sim_chance_in(&work->world->work_chance, 500) ? "title" : "description", call->text);
    const char *pairs[] = {"target", target, "assign", assign, NULL};
    ask(node, "set", pairs, call);
    return true;
}

static bool comment(struct sim_work *work, struct sim_node *node, struct sim_call *call)
{
    const struct sim_item *item = some_item(work, node);
    if (!item)
        return false;
    const char *pairs[] = {"id", item->id, "text", call->text, NULL};
    ask(node, "comment", pairs, call);
    return true;
}

static const struct {
    unsigned weight;
    bool (*make)(struct sim_work *work, struct sim_node *node, struct sim_call *call); /* false: not this time */
} ops[] = {{30, add_item}, {50, set_title}, {20, comment}};

static void change(struct sim_work *work, struct sim_node *node)
{
    struct sim_call call = {.answered = saved};
    uint64_t draw = sim_chance_below(&work->world->work_chance, 100), sum = 0;
    snprintf(call.text, sizeof call.text, "mark %llx", (unsigned long long)++work->marks);
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        sum += ops[i].weight;
        if (draw < sum) {
            work->left -= ops[i].make(work, node, &call);
            return;
        }
    }
}

static void next(void *self, uint64_t arg)
{
    struct sim_work *work = self;
    struct sim_world *world = work->world;
    (void)arg;
    if (world->healed || work->left == 0) {
        work->ended = true;
        return;
    }
    struct sim_node *node = world->nodes[sim_chance_below(&world->work_chance, world->nodes_n)];
    if (node->node)
        change(work, node);
    sim_queue_add(&world->queue, sim_chance_below(&world->work_chance, 2 * work->gap_ms + 1), next, work, 0);
}

void sim_work_begin(struct sim_world *world, uint64_t changes, uint64_t gap_ms)
{
    struct sim_work *work = hw_alloc(sizeof *work);
    *work = (struct sim_work){.world = world, .gap_ms = gap_ms, .left = changes};
    world->work = work;
    sim_queue_add(&world->queue, 0, next, work, 0);
}

void sim_work_done(struct sim_world *world)
{
    if (!world->work)
        return;
    free(world->work->promises);
    free(world->work->items);
    free(world->work);
    world->work = NULL;
}

/* What an office saved since its backup, and the hub does not hold. */
static void excuse_office(const struct sim_node *node)
{
    struct sim_work *work = node->world->work;
    struct sim_texts *texts = sim_texts_held(node->world->nodes[0]);
    for (size_t i = 0; i < work->promises_n; i++) {
        struct sim_promise *promise = &work->promises[i];
        if (promise->office == node->index && promise->saved_ms >= node->backup_ms &&
            !sim_texts_have(texts, promise->text))
            promise->excused = true;
    }
    sim_texts_free(texts);
}

/* What was saved since the hub's backup, and nobody else holds: an office may have been restored itself meanwhile. */
static void excuse_hub(const struct sim_node *hub)
{
    struct sim_work *work = hub->world->work;
    bool *held = hw_alloc(work->promises_n * sizeof *held);
    memset(held, 0, work->promises_n * sizeof *held);
    for (size_t n = 1; n < hub->world->nodes_n; n++) {
        struct sim_texts *texts = sim_texts_held(hub->world->nodes[n]);
        for (size_t i = 0; i < work->promises_n; i++)
            held[i] = held[i] || sim_texts_have(texts, work->promises[i].text);
        sim_texts_free(texts);
    }
    for (size_t i = 0; i < work->promises_n; i++)
        if (!held[i] && work->promises[i].saved_ms >= hub->backup_ms)
            work->promises[i].excused = true;
    free(held);
}

void sim_work_excuse(struct sim_node *node)
{
    if (node->index == 0)
        excuse_hub(node);
    else
        excuse_office(node);
}
