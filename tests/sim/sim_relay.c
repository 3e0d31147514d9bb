/* sim_relay.c: who follows whom, as headway.conf has it. */
#include "tests/sim/sim_relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"
#include "daemon/store_recovery.h"
#include "headway/cbor.h"
#include "tests/sim/sim_net.h"

enum { MINUTE_MS = 60000 };

struct change {
    const char *listen;
    struct sim_node *upstream;
};

static enum hw_status apply(struct hw_config *config, const struct change *change, struct hw_err *err)
{
    char address[HW_OFFICE_MAX + 16];
    struct hw_keys keys;
    if (change->listen) {
        free(config->listen);
        config->listen = strdup(change->listen);
    }
    if (!change->upstream)
        return HW_OK;
    snprintf(address, sizeof address, "tcp://%s:7400", change->upstream->office);
    enum hw_status status = hw_keys_read(&change->upstream->home, &keys, err);
    if (status)
        return status;
    free(config->upstream);
    free(config->upstream_key);
    config->upstream = strdup(address);
    config->upstream_key = hw_key_text(keys.curve_public, HW_KEY_SIZE);
    return HW_OK;
}

static void configure(struct sim_node *node, const struct change *change)
{
    struct hw_config config = {0};
    struct hw_err err = {0};
    char *path = hw_home_file(&node->home, "headway.conf");
    node->disk.quota = node->disk.fail_at = node->disk.die_at = 0; /* a person does it, and again until it works */
    enum hw_status status = hw_config_read(path, &config, &err);
    if (!status)
        status = apply(&config, change, &err);
    if (!status)
        status = hw_config_write(path, &config, &err);
    if (status)
        sim_fail(node->world, "%s cannot be configured: %s", node->name, err.text);
    hw_config_done(&config);
    free(path);
}

void sim_relay_make(struct sim_node *node)
{
    node->relay = true;
    configure(node, &(struct change){.listen = "tcp://0.0.0.0:7400"});
}

void sim_relay_follow(struct sim_node *node, struct sim_node *hub)
{
    sim_tell(node->world, node, "follows %s from now on", hub->name);
    configure(node, &(struct change){.upstream = hub});
}

bool sim_relay_fits(const struct sim_node *node, const struct sim_node *hub)
{
    bool fits = hub->index < node->index && (hub->index == 0 || hub->relay);
    for (size_t i = 0; i < SIM_GROUPS; i++)
        fits = fits && node->reads[i] == node->granted[i] && (hub->reads[i] || !node->granted[i]);
    return fits;
}

/* -- the administrator of a restored hub -- */

struct wait {
    struct sim_world *world;
    bool direct; /* somebody is waited for who follows the hub itself, or is down */
};

static enum hw_status look_waiting(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct wait *wait = self;
    struct hw_recovery recovery = {0};
    enum hw_status status = hw_tx_recovery_look(tx, &recovery, err);
    for (size_t i = 0; i < recovery.waiting_n && !status; i++)
        for (size_t n = 1; n < wait->world->nodes_n; n++) {
            const struct sim_node *node = wait->world->nodes[n], *hub = sim_net_hub(node);
            if (strcmp(node->office, recovery.waiting[i]) == 0)
                wait->direct = wait->direct || !hub || hub->index == 0;
        }
    return status;
}

static void ended(struct sim_call *call, enum hw_status status, const char *text)
{
    (void)call;
    (void)status;
    (void)text;
}

/* A restored hub waits for every office that it knows, and those behind a relay never come to it: the administrator, who has
 * read whom it waits for, types `headway recovery end`; sometimes too early. */
static void end_recovery(void *self, uint64_t arg)
{
    struct sim_world *world = self;
    struct sim_node *hub = world->nodes[0];
    const struct sim_call template = {.answered = ended};
    struct wait wait = {.world = world};
    struct hw_job job = {.run = look_waiting, .self = &wait};
    struct hw_out args = {0};
    bool early = sim_chance_in(&world->shape, 300);
    (void)arg;
    hw_put_map(&args, 0);
    if (hub->node)
        sim_node_enter(hub);
    if (hub->node && hub->node->store->recovering && hw_store_now(hub->node->store, &job, NULL) == HW_OK &&
        (early || !wait.direct))
        sim_node_ask(hub, "recovery.end", hw_out_slice(&args), "admin", &template);
    hw_out_done(&args);
    sim_relay_attend(world);
}

void sim_relay_attend(struct sim_world *world)
{
    uint64_t wait = sim_chance_between(&world->shape, MINUTE_MS, 10 * MINUTE_MS);
    sim_queue_add(&world->queue, wait, end_recovery, world, 0);
}
