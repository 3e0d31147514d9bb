/* node_open.c: what a node reads from its home before it runs: keys, its
 * incarnation, the tips and doors that the store knows (floor 3). */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/node_internal.h"
#include "daemon/store_recovery.h"

enum hw_status hw_node_open_store(struct hw_home *home, const struct hw_config *config, const struct hw_keys *keys,
                                  void (*wake_up)(void *self), void *self, struct hw_store **store,
                                  struct hw_identity *identity, struct hw_err *err)
{
    char *path = hw_home_file(home, "headway.db");
    enum hw_status status = hw_store_open(path, wake_up, self, store, err);
    free(path);
    if (status)
        return status;
    *identity = (struct hw_identity){.gate = keys->root, .enrolled = config->root != NULL};
    snprintf(identity->office, sizeof identity->office, "%s", config->name);
    memcpy(identity->sign_public, keys->sign_public, sizeof identity->sign_public);
    memcpy(identity->sign_secret, keys->sign_secret, sizeof identity->sign_secret);
    memcpy(identity->root_secret, keys->root_secret, sizeof identity->root_secret);
    size_t n = 0;
    bool bad = config->root && (sodium_base642bin(identity->root, sizeof identity->root, config->root,
                                                  strlen(config->root), NULL, &n, NULL,
                                                  sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
                                n != sizeof identity->root);
    if (bad) {
        hw_store_close(*store);
        *store = NULL;
        return hw_fail(err, HW_CONFIG, "headway.conf: `root` is not a key of 43 base64url characters");
    }
    return HW_OK;
}

static enum hw_status read_identity(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct hw_opening *opening = self;
    struct hw_identity *identity = &opening->node->identity;
    struct hw_slice inc, token;
    enum hw_status status = hw_tx_get(tx, "incarnation", &inc);
    if (status || inc.n != sizeof identity->inc.b)
        return hw_fail(err, HW_CORRUPT, "this home has no incarnation: was `headway init` cut short? Remove it and repeat");
    memcpy(identity->inc.b, inc.p, inc.n);
    identity->life = hw_tx_life(tx);
    if (hw_tx_get(tx, "token", &token) == HW_OK && token.n == HW_TOKEN_SIZE)
        opening->token = hw_arena_slice(&opening->arena, token);
    if (hw_tx_get(tx, "previous", &token) == HW_OK && token.n == sizeof identity->inc.b + HW_SIGNATURE_SIZE)
        opening->previous = hw_arena_slice(&opening->arena, token);
    if (hw_tx_get(tx, "budget", &token) == HW_OK)
        opening->budget = hw_arena_slice(&opening->arena, token);
    if (hw_tx_get(tx, "reason", &token) == HW_OK)
        opening->reason = hw_arena_slice(&opening->arena, token);
    if (hw_tx_get(tx, "curve", &token) == HW_OK && token.n == HW_KEY_SIZE)
        opening->curve = hw_arena_slice(&opening->arena, token);
    int64_t since;
    opening->node->switch_at = hw_tx_switch_at(tx);
    return hw_tx_root_now(tx, opening->root_now, &since, err);
}

static enum hw_status read_tips(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct hw_opening *opening = self;
    struct hw_identity identity = *hw_tx_identity(tx);
    struct hw_recovery recovery;
    struct hw_door *doors;
    size_t n;
    enum hw_status status = hw_reborn_restored(opening->node, tx, &identity, err);
    if (!status)
        status = hw_tx_finish(tx, err);
    sodium_memzero(&identity, sizeof identity);
    if (status)
        return status;
    opening->node->identity = *hw_tx_identity(tx);
    hw_tx_tips(tx, &opening->tips, &opening->tips_n);
    opening->tips = hw_arena_copy(&opening->arena, opening->tips, opening->tips_n * sizeof *opening->tips);
    if (opening->node->config.listen && opening->node->config.upstream)
        status = hw_tx_serves(tx, &opening->serves, err);
    if (status)
        return status;
    opening->serves.codes =
        hw_arena_copy(&opening->arena, opening->serves.codes, opening->serves.n * sizeof *opening->serves.codes);
    hw_tx_carried(tx, &opening->carried, &opening->carried_n);
    opening->carried = hw_arena_copy(&opening->arena, opening->carried, opening->carried_n * sizeof *opening->carried);
    status = hw_tx_doors(tx, &doors, &n, err);
    if (!status)
        hw_node_doors(opening->node, doors, n);
    opening->node->switch_at = hw_tx_switch_at(tx);
    if (!status && !opening->node->identity.gate) {
        status = hw_rotate_look(tx, &opening->arena, &opening->rotation, &opening->rotated, true, err);
        opening->rotating = status == HW_OK;
        status = status == HW_NOT_FOUND ? HW_OK : status;
    }
    opening->recovering = hw_tx_recovering(tx);
    opening->recovery_ms = hw_tx_recovery_left(tx);
    if (status || !opening->recovering)
        return status;
    status = hw_tx_recovery_look(tx, &recovery, err);
    opening->recovery = hw_arena_text(&opening->arena, recovery.text, strlen(recovery.text));
    return status;
}

/* The store is asked synchronously first; with `wake` it is then opened anew, with its thread. */
static enum hw_status reopen(struct hw_node *node, struct hw_store *first, void (*wake)(void *self),
                             struct hw_err *err)
{
    struct hw_identity again;
    if (!wake) {
        node->store = first;
        return HW_OK;
    }
    hw_store_close(first);
    enum hw_status status =
        hw_node_open_store(node->home, &node->config, &node->keys, wake, node, &node->store, &again, err);
    if (!status)
        hw_store_identify(node->store, &node->identity);
    sodium_memzero(&again, sizeof again);
    return status;
}

enum hw_status hw_node_open(struct hw_node *node, void (*wake)(void *self), struct hw_opening *opening,
                            struct hw_err *err)
{
    struct hw_store *first = NULL;
    *opening = (struct hw_opening){.node = node};
    enum hw_status status = hw_keys_read(node->home, &node->keys, err);
    if (!status)
        status = hw_node_open_store(node->home, &node->config, &node->keys, NULL, NULL, &first, &node->identity, err);
    struct hw_job job = {.run = read_identity, .self = opening};
    if (!status) {
        hw_store_identify(first, &node->identity); /* the id of the system; the incarnation comes now */
        status = hw_store_now(first, &job, err);
    }
    if (!status && node->identity.gate)
        status = hw_root_settle(node->home, opening->root_now, &node->keys, &node->identity, err);
    if (!status && opening->curve.n)
        status = hw_rotate_settle(node->home, opening->curve.p, hw_rotate_former(node), &node->keys, err);
    if (!status)
        status = hw_keys_life(node->home, &node->identity.inc, &node->keys, err);
    if (!status) {
        memcpy(node->identity.sign_public, node->keys.sign_public, sizeof node->identity.sign_public);
        memcpy(node->identity.sign_secret, node->keys.sign_secret, sizeof node->identity.sign_secret);
        hw_store_identify(first, &node->identity);
        job = (struct hw_job){.write = true, .run = read_tips, .self = opening};
        status = hw_store_now(first, &job, err);
    }
    if (status)
        hw_store_close(first);
    else
        status = reopen(node, first, wake, err);
    if (!status)
        hw_store_snapshots(node->store, (uint64_t)node->config.snapshot_events);
    if (!status)
        hw_store_keep(node->store, (int64_t)(node->config.history_days ? node->config.history_days : HW_KEEP_DAYS) * 86400000);
    if (!status)
        hw_store_lives(node->store, (unsigned)node->config.lives_per_day);
    if (!status)
        hw_store_refusals(node->store, (unsigned)node->config.refusals_per_minute);
    return status;
}

/* Lives that began before reasons were kept count as restored. */
static enum hw_life_reason reason_of(const struct hw_opening *opening)
{
    if (opening->reason.n == 1)
        return (enum hw_life_reason)opening->reason.p[0];
    return opening->previous.n ? HW_LIFE_RESTORED : HW_LIFE_FIRST;
}

void hw_node_begin(struct hw_node *node, const struct hw_opening *opening)
{
    struct hw_sync_config config = {.upstream = node->config.upstream, .hub = node->config.listen,
                                    .gate = node->identity.gate, .inc = node->identity.inc,
                                    .reason = reason_of(opening), .home = hw_home_path(node->home),
                                    .hellos_per_minute = (uint32_t)node->config.hellos_per_minute,
                                    .joins_per_minute = (uint32_t)node->config.joins_per_minute,
                                    .joins_per_address = (uint32_t)node->config.joins_per_address,
                                    .joins_per_invitation = (uint32_t)node->config.joins_per_invitation,
                                    .messages_per_second = (uint32_t)node->config.messages_per_second,
                                    .window = (size_t)node->config.credit_kb * 1024,
                                    .bytes_per_hour = (uint64_t)node->config.bytes_per_hour,
                                    .bytes_per_day = (uint64_t)node->config.bytes_per_day,
                                    .metered = node->config.metered == 1};
    memcpy(config.sign_key, node->identity.sign_public, sizeof config.sign_key);
    if (opening->previous.n) {
        memcpy(config.previous.b, opening->previous.p, sizeof config.previous.b);
        memcpy(config.previous_proof, opening->previous.p + sizeof config.previous.b, sizeof config.previous_proof);
    }
    node->sync = hw_sync_new(&config);
}

void hw_node_first(struct hw_node *node, const struct hw_opening *opening)
{
    node->zone_ms = hw_clock_zone();
    if (opening->recovering)
        hw_log_write(node->log, 4, "%s", opening->recovery);
    struct hw_input input = {.type = HW_IN_START, .recovering = opening->recovering,
                             .recovery_ms = opening->recovery_ms, .tips = opening->tips, .tips_n = opening->tips_n,
                             .carried = opening->carried, .carried_n = opening->carried_n,
                             .serves = &opening->serves, .budget = opening->budget,
                             .rotation = opening->rotating ? &opening->rotation : NULL, .rotated = opening->rotated,
                             .token = opening->token.n ? opening->token.p : NULL};
    hw_node_input(node, &input);
}
