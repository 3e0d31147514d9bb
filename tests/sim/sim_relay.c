/* sim_relay.c: who follows whom, as headway.conf has it. */
#include "tests/sim/sim_relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
