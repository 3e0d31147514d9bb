/* node_root.c: `headway key rotate --root`: headquarters' root key hands over to a new one (floor 3; store_root.c has what the
 * directory's journal says of it).
 *
 * The new key and the hand-over are in the home (root-next.key, root-next.handover) before the commit that begins to use them, and
 * take the places of root.key and root.handover after it; should the process end between the two, the next start does it. The
 * former key is overwritten: nothing needs it any more. root.handover is no secret. It is kept for a headquarters whose
 * database comes back older than its keys: it can say again what the journal has lost. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/node_internal.h"
#include "daemon/store_recovery.h"

static const char key_file[] = "root.key", next_key_file[] = "root-next.key";
static const char handover_file[] = "root.handover", next_handover_file[] = "root-next.handover";

static enum hw_status draw(const struct hw_home *home, struct hw_identity *identity, struct hw_err *err)
{
    uint8_t unused[HW_SIGN_PUBLIC], secret[HW_SIGN_SECRET], bytes[HW_HANDOVER_SIZE];
    crypto_sign_keypair(unused, secret);
    hw_handover_sign(&identity->handover, identity->root, identity->root_secret, secret);
    memcpy(identity->root_secret, secret, sizeof secret);
    hw_handover_pack(&identity->handover, bytes);
    enum hw_status status = hw_home_secret_write(home, next_handover_file, bytes, sizeof bytes, err);
    if (!status)
        status = hw_home_secret_write(home, next_key_file, secret, sizeof secret, err);
    sodium_memzero(secret, sizeof secret);
    return status;
}

/* The hand-over first: without it the new key would have no reason. */
static enum hw_status promote(const struct hw_home *home, struct hw_keys *keys, struct hw_err *err)
{
    uint8_t bytes[HW_HANDOVER_SIZE];
    enum hw_status status = hw_home_secret_read(home, next_handover_file, bytes, sizeof bytes, err);
    if (!status)
        status = hw_home_secret_write(home, handover_file, bytes, sizeof bytes, err);
    if (!status)
        status = hw_home_secret_write(home, key_file, keys->root_secret, sizeof keys->root_secret, err);
    if (status)
        return status;
    hw_home_secret_drop(home, next_key_file);
    hw_home_secret_drop(home, next_handover_file);
    return HW_OK;
}

/* The key that counts may be in the home as root-next.key alone, when it could not be put in its place: drawing another one
 * writes over that. */
static enum hw_status keep_present(const struct hw_home *home, const struct hw_identity *identity, struct hw_err *err)
{
    struct hw_keys keys = {.root = true};
    uint8_t held[HW_SIGN_SECRET];
    memcpy(keys.root_secret, identity->root_secret, sizeof keys.root_secret);
    enum hw_status status = hw_home_secret_read(home, key_file, held, sizeof held, err);
    if (status == HW_NOT_FOUND || (!status && memcmp(held, keys.root_secret, sizeof held) != 0))
        status = promote(home, &keys, err);
    sodium_memzero(held, sizeof held);
    sodium_memzero(&keys, sizeof keys);
    return status;
}

enum hw_status hw_root_run(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    const struct hw_node *node = task->node;
    char key[12], *text;
    if (hw_home_secret_given(node->home, key_file))
        return hw_fail(err, HW_CONFIG, "the root key comes from systemd (LoadCredential=): put it into the home first, as root.key with"
                                       " mode 0600, and take the drop-in away");
    if (hw_tx_recovering(tx))
        return hw_fail(err, HW_DENIED, "this hub takes back what the offices hold: hand the root key over when that is over");
    task->identity = *hw_tx_identity(tx);
    enum hw_status status = keep_present(node->home, &task->identity, err);
    if (!status)
        status = draw(node->home, &task->identity, err);
    if (!status)
        status = hw_tx_root_hand_over(tx, &task->identity, err);
    if (status)
        return status;
    task->reborn = task->root_new = true;
    text = hw_key_text(task->identity.handover.to, HW_SIGN_PUBLIC);
    hw_key_short(text, key);
    struct hw_out *out = &task->call->answer.end;
    hw_put_map(out, 3);
    hw_put_text(out, "office");
    hw_put_text(out, task->identity.office);
    hw_put_text(out, "root_key");
    hw_put_text(out, text);
    hw_put_text(out, "note");
    hw_put_text(out, hw_arena_printf(&task->arena, "The root key has handed over to a new one, %s; both have signed it, and every"
                                     " office follows by itself whenever it comes. Invitations that are on their way go on working."
                                     " A backup from before has the former key: make a new one (headway backup FILE --keys).", key));
    free(text);
    return HW_OK;
}

enum hw_status hw_root_settle(const struct hw_home *home, const uint8_t now[HW_SIGN_PUBLIC], struct hw_keys *keys,
                              struct hw_identity *identity, struct hw_err *err)
{
    uint8_t secret[HW_SIGN_SECRET], key[HW_SIGN_PUBLIC], bytes[HW_HANDOVER_SIZE];
    enum hw_status status = HW_NOT_FOUND;
    hw_root_public(keys->root_secret, key);
    if (memcmp(key, now, sizeof key) != 0)
        status = hw_home_secret_read(home, next_key_file, secret, sizeof secret, err);
    if (!status) {
        hw_root_public(secret, key);
        if (memcmp(key, now, sizeof key) == 0) {
            memcpy(keys->root_secret, secret, sizeof secret);
            status = promote(home, keys, err);
        }
    }
    sodium_memzero(secret, sizeof secret);
    if (status && status != HW_NOT_FOUND)
        return status;
    memcpy(identity->root_secret, keys->root_secret, sizeof identity->root_secret);
    status = hw_home_secret_read(home, handover_file, bytes, sizeof bytes, err);
    if (!status)
        hw_handover_unpack(bytes, &identity->handover);
    return status == HW_NOT_FOUND ? HW_OK : status; /* the root that was first is there still */
}

void hw_root_place(struct hw_node *node)
{
    struct hw_err err = {0};
    memcpy(node->keys.root_secret, node->identity.root_secret, sizeof node->keys.root_secret);
    if (promote(node->home, &node->keys, &err) != HW_OK)
        hw_log_write(node->log, 3, "the new root key could not be put in its place: %s; it is tried again at the next start", err.text);
}
