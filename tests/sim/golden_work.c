/* golden_work.c: what people and machines do in a golden world. Everything asked
 * goes through the verbs of the real daemon. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/golden.h"
#include "tests/sim/sim_doc.h"

enum { ASK_MS = 2000, STORE_MS = 9, NEAR_MS = 40, FAR_MS = 150 };

static struct golden *golden_of(const struct sim_node *node)
{
    return (struct golden *)node->world->watch;
}

/* -- machines -- */

/* A way that always takes as long, so that a trace shows how long things take. */
static void place(struct sim_node *node, uint64_t ms)
{
    node->store_ms = STORE_MS;
    node->road.least_ms = node->road.most_ms = ms;
}

struct sim_node *golden_hub(struct golden *golden)
{
    const char *pairs[] = {"code", "gtg-eca", "assign", "[name=Europe and Central Asia", NULL};
    struct sim_world *world = &golden->world;
    struct sim_node *hub = sim_node_new(world, "HQ", true, false);
    struct hw_out args = {0};
    golden->quiet = true;
    place(hub, NEAR_MS);
    if (!sim_node_start(hub))
        sim_fail(world, "the hub does not start");
    sim_doc_args(&args, pairs);
    sim_node_ask_now(hub, "group.add", hw_out_slice(&args), NULL);
    hw_out_done(&args);
    golden->quiet = false;
    return hub;
}

struct sim_node *golden_office(struct golden *golden, const char *code)
{
    const char *grants[] = {"gtg-eca:coordinator"};
    struct sim_node *node = sim_node_new(&golden->world, code, false, false);
    place(node, golden->world.nodes_n > 2 ? FAR_MS : NEAR_MS);
    golden->joining = code;
    sim_node_enrol(node, golden->world.nodes[0], grants, 1);
    golden_pass(golden, ASK_MS);
    if (!sim_node_start(node))
        sim_fail(&golden->world, "%s does not start", code);
    golden_pass(golden, ASK_MS);
    return node;
}

/* Writes a node's configuration anew while it is stopped. */
static void configure(struct sim_node *node, const char *listen, const struct sim_node *upstream)
{
    struct hw_config config = {0};
    struct hw_err err = {0};
    char *path = hw_home_file(&node->home, "headway.conf");
    sim_node_stop(node);
    if (hw_config_read(path, &config, &err) == HW_OK) {
        if (listen) {
            free(config.listen);
            config.listen = strdup(listen);
        }
        if (upstream) {
            free(config.upstream);
            free(config.upstream_key);
            config.upstream = strdup(hw_arena_printf(&golden_of(node)->arena, "tcp://%s:7400", upstream->office));
            config.upstream_key = hw_key_text(upstream->node->keys.curve_public, HW_KEY_SIZE);
        }
        (void)!hw_config_write(path, &config, &err);
    }
    if (err.status || !sim_node_start(node))
        sim_fail(node->world, "%s cannot be configured: %s", node->name, err.text);
    hw_config_done(&config);
    free(path);
    golden_pass(golden_of(node), ASK_MS);
}

void golden_relay(struct sim_node *node)
{
    configure(node, "tcp://0.0.0.0:7400", NULL);
}

void golden_follow(struct sim_node *office, struct sim_node *relay)
{
    configure(office, NULL, relay);
}

void golden_pass(struct golden *golden, uint64_t ms)
{
    sim_world_run(&golden->world, ms);
}

/* All that is planned is put off: for the machines it is as if they slept. A month of their ticks would take longer than
 * all flows together, and tell nothing. */
void golden_skip_to(struct golden *golden, unsigned day)
{
    struct sim_queue *queue = &golden->world.queue;
    uint64_t to = (uint64_t)(day - 1) * GOLDEN_DAY_MS + 9 * 3600 * 1000, by = to > queue->now ? to - queue->now : 0;
    for (size_t i = 0; i < queue->n; i++)
        queue->heap[i].at += by;
    queue->now += by;
}

void golden_says(struct golden *golden, const struct sim_node *node, const char *text)
{
    golden_line(golden, node ? golden_who(golden, node) : "", "--- %s", text);
}

/* -- items by title -- */

const char *golden_id(struct golden *golden, const char *title)
{
    for (size_t i = 0; i < golden->items_n; i++)
        if (strcmp(golden->items[i].text, title) == 0)
            return hw_arena_text(&golden->arena, golden->items[i].bytes, golden->items[i].n);
    sim_fail(&golden->world, "no item \"%s\"", title);
    return "";
}

static void keep_item(struct golden *golden, const char *title, struct hw_slice id)
{
    if (golden->items_n == GOLDEN_NAMES || id.n > sizeof golden->items[0].bytes)
        return; /* too many to be named again */
    struct golden_name *item = &golden->items[golden->items_n++];
    item->n = id.n;
    memcpy(item->bytes, id.p, id.n);
    snprintf(item->text, sizeof item->text, "%s", title);
}

/* -- people -- */

static uint64_t number_in(struct hw_slice document, const char *key)
{
    struct hw_in in = hw_in_of(sim_doc_get(document, key));
    return hw_peek(&in) == HW_ITEM_UINT ? hw_get_uint(&in) : 0;
}

static bool true_in(struct hw_slice document, const char *key)
{
    struct hw_in in = hw_in_of(sim_doc_get(document, key));
    return hw_peek(&in) == HW_ITEM_BOOL && hw_get_bool(&in);
}

/* In the words of the client (client/change.c). */
static void tell_change(struct golden *golden, struct sim_call *call, struct hw_slice document)
{
    const char *who = golden_who(golden, call->node);
    unsigned long long pending = number_in(document, "pending");
    if (true_in(document, "gate"))
        golden_line(golden, who, "tells %s: Saved here, at headquarters.", call->text);
    else if (true_in(document, "connected") && pending)
        golden_line(golden, who, "tells %s: Saved here; %llu %s to reach the hub (connected).", call->text, pending,
                    pending == 1 ? "change waits" : "changes wait");
    else if (pending)
        golden_line(golden, who, "tells %s: Saved here; %llu %s for the hub (offline).", call->text, pending,
                    pending == 1 ? "change waits" : "changes wait");
    else
        golden_line(golden, who, "tells %s: Saved here and at the hub.", call->text);
}

static void answered(struct sim_call *call, enum hw_status status, const char *text)
{
    struct golden *golden = golden_of(call->node);
    struct hw_slice document = hw_out_slice(&call->call.answer.end);
    const char *title = (const char *)(uintptr_t)call->number;
    if (status) {
        golden_line(golden, golden_who(golden, call->node), "tells %s: %s", call->text, text);
        return;
    }
    if (call->call.verb)
        tell_change(golden, call, document);
    else
        golden_line(golden, golden_who(golden, call->node), "tells %s: in step; sent %llu, received %llu, waiting %llu",
                    call->text, (unsigned long long)number_in(document, "sent"),
                    (unsigned long long)number_in(document, "received"),
                    (unsigned long long)number_in(document, "pending"));
    if (title)
        keep_item(golden, title, sim_doc_text(sim_doc_first(sim_doc_get(document, "records")), "id"));
}

static void ask(struct sim_node *node, const char *verb, const char *const *pairs, const struct sim_call *template)
{
    struct golden *golden = golden_of(node);
    struct hw_out args = {0};
    if (!node->node) {
        sim_fail(&golden->world, "%s is asked while it is down", node->name);
        return;
    }
    sim_doc_args(&args, pairs);
    sim_node_ask(node, verb, hw_out_slice(&args), template->text, template);
    hw_out_done(&args);
    golden_pass(golden, ASK_MS);
}

static struct sim_call call_of(struct sim_node *node, const char *author, const char *shown)
{
    struct sim_call call = {.answered = answered};
    snprintf(call.text, sizeof call.text, "%s", author);
    golden_line(golden_of(node), golden_who(golden_of(node), node), "%s types: headway %s", author, shown);
    return call;
}

void golden_add(struct sim_node *node, const char *author, const char *title)
{
    struct golden *golden = golden_of(node);
    const char *pairs[] = {"group", "gtg-eca", "title", title, NULL};
    struct sim_call call =
        call_of(node, author, hw_arena_printf(&golden->arena, "add \"%s\" --group gtg-eca", title));
    call.number = (uintptr_t)title;
    ask(node, "add", pairs, &call);
}

void golden_set(struct sim_node *node, const char *author, const char *title, const char *assign)
{
    struct golden *golden = golden_of(node);
    const char *pairs[] = {"target", hw_arena_printf(&golden->arena, "[%s", golden_id(golden, title)), "assign",
                           hw_arena_printf(&golden->arena, "[%s", assign), NULL};
    struct sim_call call = call_of(node, author, hw_arena_printf(&golden->arena, "set <%s> %s", title, assign));
    ask(node, "set", pairs, &call);
}

void golden_resolve(struct sim_node *node, const char *author, const char *title, const char *field, const char *value)
{
    struct golden *golden = golden_of(node);
    const char *pairs[] = {"id", golden_id(golden, title), "field", field, "value", value, NULL};
    struct sim_call call =
        call_of(node, author, hw_arena_printf(&golden->arena, "resolve <%s> %s %s", title, field, value));
    ask(node, "resolve", pairs, &call);
}

void golden_sync(struct sim_node *node, const char *author)
{
    struct sim_call call = call_of(node, author, "sync");
    struct hw_out args = {0};
    hw_put_map(&args, 1);
    hw_put_text(&args, "wait");
    hw_put_uint(&args, 60); /* seconds, as the client's own */
    sim_node_ask(node, "sync", hw_out_slice(&args), author, &call);
    hw_out_done(&args);
    golden_pass(golden_of(node), ASK_MS);
}

void golden_other(struct sim_node *node, const char *author, const char *shown, const struct hw_verb *verb,
                  const char *const *pairs)
{
    struct sim_call call = call_of(node, author, shown);
    call.call.verb = verb;
    ask(node, verb->name, pairs, &call);
}
