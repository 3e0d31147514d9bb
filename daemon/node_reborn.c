/* node_reborn.c: a new incarnation of this node (floor 3): its keys, the word of
 * the one before for it, and what a start must know of both. */
#include <sodium.h>
#include <string.h>

#include "daemon/node_internal.h"
#include "daemon/store_recovery.h"

enum hw_status hw_reborn_draw(const struct hw_home *home, struct hw_identity *identity, struct hw_rebirth *rebirth,
                              struct hw_err *err)
{
    struct hw_out text HW_CLEANUP(hw_out_done) = {0};
    uint8_t secret[HW_SIGN_SECRET];
    *rebirth = (struct hw_rebirth){.previous = identity->inc};
    randombytes_buf(rebirth->inc.b, sizeof rebirth->inc.b);
    enum hw_status status = hw_keys_reborn(home, &rebirth->inc, rebirth->sign_key, secret, err);
    if (status)
        return status;
    hw_life_signed(&text, &rebirth->inc, rebirth->sign_key);
    crypto_sign_detached(rebirth->proof, NULL, text.p, text.n, identity->sign_secret);
    memcpy(identity->sign_public, rebirth->sign_key, sizeof identity->sign_public);
    memcpy(identity->sign_secret, secret, sizeof identity->sign_secret);
    sodium_memzero(secret, sizeof secret);
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

enum hw_status hw_reborn_hub(const struct hw_home *home, struct hw_tx *tx, struct hw_identity *identity,
                             int64_t backup_ms, struct hw_err *err)
{
    struct hw_rebirth rebirth;
    size_t moved;
    enum hw_status status = hw_reborn_draw(home, identity, &rebirth, err);
    rebirth.reason = HW_LIFE_RESTORED;
    if (!status)
        status = hw_reborn_keep(tx, identity, &rebirth, err);
    return status ? status : hw_tx_recovery_begin(tx, identity, backup_ms, &moved, err);
}

/* "restored": when the backup was made, 8 bytes, Unix milliseconds. Whoever put it there has replaced the database. */
enum hw_status hw_reborn_restored(const struct hw_node *node, struct hw_tx *tx, struct hw_identity *identity,
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
    status = hw_reborn_hub(node->home, tx, identity, backup_ms, err);
    return status ? status : hw_tx_recovery_check(tx, err); /* a hub without offices has nobody to wait for */
}
