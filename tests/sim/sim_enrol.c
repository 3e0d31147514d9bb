/* sim_enrol.c: an office joins: `headway invite` at the hub, JOIN over the
 * network with the invitation's key, ADMITTED, and what `headwayd --enrol` then keeps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "headway/invitation.h"
#include "tests/sim/sim_doc.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/sim_node.h"

struct enrolment {
    struct sim_node *node;
    struct hw_arena arena;
    struct hw_invitation invitation;
    struct hw_keys keys;
    struct hw_inc inc;
    struct hw_admitted admitted;
    bool done;
};

static void invite(struct enrolment *enrolment, struct sim_node *hub, const char *const *grants, size_t n)
{
    struct hw_out args = {0}, end = {0};
    struct hw_err err = {0};
    char address[64];
    snprintf(address, sizeof address, "tcp://%s:7400", hub->office);
    hw_put_map(&args, 3);
    hw_put_text(&args, "code");
    hw_put_text(&args, enrolment->node->office);
    hw_put_text(&args, "address");
    hw_put_text(&args, address);
    hw_put_text(&args, "groups");
    hw_put_array(&args, n);
    for (size_t i = 0; i < n; i++)
        hw_put_text(&args, grants[i]);
    sim_node_ask_now(hub, "invite", hw_out_slice(&args), &end);
    struct hw_slice text = sim_doc_text(hw_out_slice(&end), "invitation");
    if (hw_invitation_read(text, &enrolment->arena, &enrolment->invitation, &err) != HW_OK)
        sim_fail(hub->world, "an invitation that cannot be read: %s", err.text);
    hw_out_done(&args);
    hw_out_done(&end);
}

static void heard(struct sim_conn *conn, struct hw_slice bytes)
{
    struct enrolment *enrolment = conn->self;
    struct hw_message message;
    struct hw_err err = {0};
    if (hw_message_decode(hw_arena_slice(&enrolment->arena, bytes), &enrolment->arena, &message, &err) != HW_OK ||
        message.type != HW_ADMITTED) {
        sim_fail(conn->world, "%s is not admitted: %s", enrolment->node->office, err.text);
        return;
    }
    enrolment->admitted = message.body.admitted;
    enrolment->done = true;
}

static void join(struct enrolment *enrolment, struct sim_node *hub)
{
    struct hw_message message = {.type = HW_JOIN};
    struct hw_join *join = &message.body.join;
    struct hw_out bytes = {0};
    uint8_t key[HW_KEY_SIZE];
    struct sim_world *world = hub->world;
    crypto_scalarmult_base(key, enrolment->invitation.secret);
    struct sim_conn *conn = sim_net_stranger(world, hub, key);
    if (!conn) {
        sim_fail(world, "the hub does not let an invited office in");
        return;
    }
    conn->heard = heard;
    conn->self = enrolment;
    join->office = enrolment->invitation.office;
    join->inc = enrolment->inc;
    memcpy(join->curve_key, enrolment->keys.curve_public, sizeof join->curve_key);
    memcpy(join->sign_key, enrolment->keys.sign_public, sizeof join->sign_key);
    randombytes_buf(join->nonce, sizeof join->nonce);
    hw_join_signed(&bytes, join);
    crypto_sign_detached(join->proof, NULL, bytes.p, bytes.n, enrolment->keys.sign_secret);
    hw_out_reset(&bytes);
    hw_message_encode(&bytes, &message);
    sim_net_say(conn, hw_out_slice(&bytes));
    while (!enrolment->done && sim_world_step(world))
        continue;
    sim_net_leave(conn);
    hw_out_done(&bytes);
}

static enum hw_status read_life(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct enrolment *enrolment = self;
    struct hw_slice inc;
    if (hw_tx_get(tx, "incarnation", &inc) != HW_OK || inc.n != sizeof enrolment->inc.b)
        return hw_fail(err, HW_CORRUPT, "no incarnation");
    memcpy(enrolment->inc.b, inc.p, inc.n);
    return HW_OK;
}

static enum hw_status keep_token(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct enrolment *enrolment = self;
    unsigned life = (unsigned)enrolment->admitted.life;
    enum hw_status status = hw_tx_put(tx, "token", (struct hw_slice){enrolment->admitted.token, HW_TOKEN_SIZE}, err);
    if (!status)
        status = hw_tx_root_pin(tx, enrolment->invitation.root, enrolment->invitation.root_now, err);
    return status ? status : hw_tx_life_put(tx, life, err);
}

static enum hw_status in_store(struct enrolment *enrolment, const struct hw_config *config,
                               enum hw_status (*what)(struct hw_tx *tx, void *self, struct hw_err *err),
                               struct hw_err *err)
{
    struct hw_store *store = NULL;
    struct hw_identity identity;
    struct hw_job job = {.write = true, .run = what, .self = enrolment};
    sim_node_enter(enrolment->node);
    enum hw_status status =
        hw_node_open_store(&enrolment->node->home, config, &enrolment->keys, NULL, NULL, &store, &identity, err);
    if (!status)
        status = hw_store_now(store, &job, err);
    hw_store_close(store);
    return status;
}

/* Bytes an hour, the least that headway.conf takes: it is spent now and then and not always. */
enum { BUDGET = 300 * 1000 };

static enum hw_status finish(struct enrolment *enrolment, const char *path, struct hw_config *config,
                             struct hw_err *err)
{
    const struct hw_invitation *invitation = &enrolment->invitation;
    enum hw_status status = in_store(enrolment, config, keep_token, err);
    if (status)
        return status;
    config->root = hw_key_text(invitation->root, sizeof invitation->root);
    config->upstream = strndup((const char *)invitation->address.p, invitation->address.n);
    config->upstream_key = hw_key_text(invitation->hub_key, sizeof invitation->hub_key);
    if (enrolment->node->world->frugal && enrolment->node->index % 2 == 0)
        config->metered = 1;
    else if (enrolment->node->world->frugal)
        config->bytes_per_hour = BUDGET;
    return hw_config_write(path, config, err);
}

void sim_node_enrol(struct sim_node *node, struct sim_node *hub, const char *const *grants, size_t n)
{
    struct enrolment enrolment = {.node = node};
    struct hw_config config = {0};
    struct hw_err err = {0};
    char *path = hw_home_file(&node->home, "headway.conf");
    enum hw_status status = hw_config_read(path, &config, &err);
    if (!status)
        status = hw_keys_read(&node->home, &enrolment.keys, &err);
    if (!status)
        status = in_store(&enrolment, &config, read_life, &err);
    if (!status) {
        invite(&enrolment, hub, grants, n);
        join(&enrolment, hub);
    }
    if (!status && enrolment.done)
        status = finish(&enrolment, path, &config, &err);
    if (status)
        sim_fail(node->world, "%s cannot join: %s", node->office, err.text);
    hw_config_done(&config);
    hw_arena_done(&enrolment.arena);
    free(path);
}
