/* node_follow.c: the hub changes its key, and this node follows (floor 3).
 *
 * At the hub: the key that was announced takes the place of the present one when its time has come. At whoever follows it:
 * when the key that is known is not the hub's, the directory may name another one, announced under the root's signature. Both
 * are tried in turn; the one that opens the connection is written into headway.conf. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/node_internal.h"

struct search {
    struct hw_job job;
    struct hw_node *node;
    uint8_t known[HW_KEY_SIZE], other[HW_KEY_SIZE];
    bool found;
};

static bool key_of(const char *text, uint8_t key[HW_KEY_SIZE])
{
    size_t n = 0;
    return text && sodium_base642bin(key, HW_KEY_SIZE, text, strlen(text), NULL, &n, NULL,
                                     sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 && n == HW_KEY_SIZE;
}

bool hw_follow_key(const struct hw_node *node, uint8_t key[HW_KEY_SIZE])
{
    return !node->other_key && key_of(node->config.upstream_key, key);
}

static enum hw_status look(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct search *search = self;
    enum hw_status status = hw_tx_other_key(tx, search->known, search->other, err);
    search->found = status == HW_OK;
    return status == HW_NOT_FOUND ? HW_OK : status;
}

static void looked(void *self, enum hw_status status, const struct hw_err *err)
{
    struct search *search = self;
    struct hw_node *node = search->node;
    (void)err; /* no other key is known then, as before */
    node->tasks--;
    if (!status && search->found && !node->stopping) {
        node->other_key = !node->other_key;
        hw_link_trust(node->link, node->other_key ? search->other : search->known);
        memcpy(node->trusted, search->other, sizeof node->trusted);
    }
    free(search);
}

void hw_follow_refused(struct hw_node *node)
{
    struct search *search = hw_alloc(sizeof *search);
    *search = (struct search){.node = node};
    search->job = (struct hw_job){.run = look, .done = looked, .self = search};
    if (!key_of(node->config.upstream_key, search->known)) {
        free(search);
        return;
    }
    node->tasks++;
    hw_store_submit(node->store, &search->job);
}

void hw_follow_up(struct hw_node *node)
{
    struct hw_config config HW_CLEANUP(hw_config_done) = {0};
    struct hw_err err = {0};
    if (!node->other_key)
        return;
    node->other_key = false;
    char *path = hw_home_file(node->home, "headway.conf");
    free(node->config.upstream_key);
    node->config.upstream_key = hw_key_text(node->trusted, sizeof node->trusted);
    enum hw_status status = hw_config_read(path, &config, &err);
    if (!status) {
        free(config.upstream_key);
        config.upstream_key = hw_key_text(node->trusted, sizeof node->trusted);
        status = hw_config_write(path, &config, &err);
    }
    free(path);
    if (status)
        hw_log_write(node->log, 3, "the hub's new key could not be written into headway.conf: %s", err.text);
    else
        hw_log_write(node->log, 5, "the hub has the new key that the directory announced; headway.conf has it now");
}

/* -- at the hub -- */

enum { LATER_MS = 3600 * 1000 };

struct change {
    struct hw_job job;
    struct hw_node *node;
    uint8_t key[HW_KEY_SIZE];
};

static enum hw_status change_over(struct hw_tx *tx, void *self, struct hw_err *err)
{
    enum hw_status status = hw_tx_switch(tx, ((struct change *)self)->key, err);
    return status ? status : hw_tx_finish(tx, err);
}

static void changed_over(void *self, enum hw_status status, const struct hw_err *err)
{
    struct change *change = self;
    struct hw_node *node = change->node;
    node->tasks--;
    node->switching = false;
    if (status) {
        node->switch_at = hw_clock_wall() + LATER_MS;
        hw_log_write(node->log, 3, "this hub's new key does not count yet: %s; tried again in an hour", err->text);
    } else {
        node->switch_at = 0;
        if (node->identity.gate)
            hw_rotate_place(node, change->key);
        else
            hw_rotate_serve(node);
        hw_log_write(node->log, 5, "this hub has its new key from now on");
    }
    free(change);
}

void hw_follow_check(struct hw_node *node)
{
    if (!node->switch_at || node->switching || node->stopping || hw_clock_wall() < node->switch_at)
        return;
    struct change *change = hw_alloc(sizeof *change);
    *change = (struct change){.node = node};
    change->job = (struct hw_job){.write = true, .run = change_over, .done = changed_over, .self = change};
    node->switching = true;
    node->tasks++;
    hw_store_submit(node->store, &change->job);
}
