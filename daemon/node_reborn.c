/* node_reborn.c: a new incarnation of this node (floor 3): its keys, the word of
 * the one before for it, and what a start must know of both. */
#include <sodium.h>
#include <string.h>

#include "daemon/node_internal.h"
#include "daemon/store_recovery.h"

/* A commit that fails on a full disk is tried again every half minute. Its key cannot be taken away, since the disk may have the
 * commit all the same after a crash; one key for all these attempts is enough, and nothing was ever sent under it. */
static enum hw_status draw(struct hw_node *node, const struct hw_inc *present, const struct hw_inc *previous, struct hw_err *err)
{
    struct hw_drawn *drawn = &node->drawn, next = {.present = *present, .previous = *previous};
    if (hw_inc_compare(&drawn->present, present) == 0 && hw_inc_compare(&drawn->previous, previous) == 0)
        return HW_OK;
    randombytes_buf(next.inc.b, sizeof next.inc.b);
    enum hw_status status = hw_keys_reborn(node->home, &next.inc, next.sign_key, next.sign_secret, err);
    if (!status)
        *drawn = next;
    sodium_memzero(&next, sizeof next);
    return status;
}

enum hw_status hw_reborn_draw(struct hw_node *node, const struct hw_inc *present, struct hw_identity *identity,
                              struct hw_rebirth *rebirth, struct hw_err *err)
{
    struct hw_out text HW_CLEANUP(hw_out_done) = {0};
    const struct hw_drawn *drawn = &node->drawn;
    *rebirth = (struct hw_rebirth){.previous = identity->inc};
    enum hw_status status = draw(node, present, &identity->inc, err);
    if (status)
        return status;
    rebirth->inc = drawn->inc;
    memcpy(rebirth->sign_key, drawn->sign_key, sizeof rebirth->sign_key);
    hw_life_signed(&text, &rebirth->inc, rebirth->sign_key);
    crypto_sign_detached(rebirth->proof, NULL, text.p, text.n, identity->sign_secret);
    memcpy(identity->sign_public, drawn->sign_key, sizeof identity->sign_public);
    memcpy(identity->sign_secret, drawn->sign_secret, sizeof identity->sign_secret);
    identity->inc = rebirth->inc;
    identity->life++;
    return HW_OK;
}

enum hw_status hw_reborn_keep(struct hw_tx *tx, const struct hw_identity *identity, const struct hw_rebirth *rebirth,
                              struct hw_err *err)
{
    struct hw_out previous HW_CLEANUP(hw_out_done) = {0};
    uint8_t reason = (uint8_t)rebirth->reason;
    hw_put_raw(&previous, rebirth->previous.b, sizeof rebirth->previous.b);
    hw_put_raw(&previous, rebirth->proof, sizeof rebirth->proof);
    enum hw_status status = hw_tx_put(tx, "previous", hw_out_slice(&previous), err);
    if (!status)
        status = hw_tx_put(tx, "incarnation", (struct hw_slice){rebirth->inc.b, sizeof rebirth->inc.b}, err);
    if (!status)
        status = hw_tx_put(tx, "reason", (struct hw_slice){&reason, 1}, err);
    if (!status)
        status = hw_tx_life_put(tx, identity->life, err);
    return status ? status : hw_tx_put(tx, "token", (struct hw_slice){0}, err);
}

enum hw_status hw_reborn_hub(struct hw_node *node, struct hw_tx *tx, struct hw_identity *identity,
                             int64_t backup_ms, struct hw_err *err)
{
    const struct hw_inc present = identity->inc;
    struct hw_rebirth rebirth;
    size_t moved;
    enum hw_status status = hw_reborn_draw(node, &present, identity, &rebirth, err);
    rebirth.reason = HW_LIFE_RESTORED;
    if (!status)
        status = hw_reborn_keep(tx, identity, &rebirth, err);
    return status ? status : hw_tx_recovery_begin(tx, identity, backup_ms, &moved, err);
}

/* "restored": when the backup was made, 8 bytes, Unix milliseconds. Whoever put it there has replaced the database. */
enum hw_status hw_reborn_restored(struct hw_node *node, struct hw_tx *tx, struct hw_identity *identity,
                                  struct hw_err *err)
{
    struct hw_slice value;
    int64_t backup_ms = 0;
    enum hw_status status = hw_tx_get(tx, "restored", &value);
    if (status == HW_NOT_FOUND || !identity->gate || !node->config.listen)
        return status == HW_NOT_FOUND ? HW_OK : status;
    if (status || value.n != 8)
        return hw_fail(err, HW_CORRUPT, "the note of the restore in this home cannot be read: restore the backup again");
    for (size_t i = 0; i < value.n; i++)
        backup_ms = (int64_t)((uint64_t)backup_ms << 8 | value.p[i]);
    status = hw_reborn_hub(node, tx, identity, backup_ms, err);
    return status ? status : hw_tx_recovery_check(tx, err); /* a hub without offices has nobody to wait for */
}
