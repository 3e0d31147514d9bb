/* node_bundle.c: the life under which a bundle is sealed, and one that is drawn without a hub's word (floor 3).
 *
 * By stick or mail no token travels, so nobody notices that a backup was put back here or that a copy of this home runs
 * elsewhere; and what is sealed into a bundle is out. So drafts are sealed under a life that no other copy can have: the present one
 * where this process has been in session with the hub or has drawn it itself, else one that is drawn now. */
#include <sodium.h>
#include <string.h>

#include "daemon/node_internal.h"
#include "daemon/store_bundle.h"

/* Where the directory has not come here yet: the life that vouched for the present one, if its keys are in this home still. */
static bool vouches_again(const struct task *task, struct hw_tx *tx, struct hw_identity *voucher)
{
    struct hw_out text HW_CLEANUP(hw_out_done) = {0};
    struct hw_slice previous;
    struct hw_keys keys;
    struct hw_inc inc;
    if (hw_tx_get(tx, "previous", &previous) != HW_OK || previous.n != sizeof inc.b + HW_SIGNATURE_SIZE)
        return false;
    memcpy(inc.b, previous.p, sizeof inc.b);
    hw_life_signed(&text, &voucher->inc, voucher->sign_public);
    bool does = hw_keys_read(task->node->home, &keys, NULL) == HW_OK && hw_keys_life(task->node->home, &inc, &keys, NULL) == HW_OK &&
                crypto_sign_verify_detached(previous.p + sizeof inc.b, text.p, text.n, keys.sign_public) == 0;
    if (does) {
        voucher->inc = inc;
        memcpy(voucher->sign_secret, keys.sign_secret, sizeof voucher->sign_secret);
    }
    sodium_memzero(&keys, sizeof keys);
    return does;
}

/* Headquarters takes a new life on the word of one that the directory has. The present one may not be in it yet: it was drawn for
 * a bundle that may have been lost. */
static enum hw_status find_voucher(const struct task *task, struct hw_tx *tx, struct hw_identity *voucher, struct hw_err *err)
{
    struct hw_own_life *lives;
    size_t n;
    enum hw_status status = hw_tx_lives_own(tx, &lives, &n, err);
    for (size_t i = 0; i < n && !status; i++) {
        struct hw_keys keys;
        status = hw_keys_read(task->node->home, &keys, err); /* sign.key: the first life has no file of its own */
        if (!status)
            status = hw_keys_life(task->node->home, &lives[i].inc, &keys, err);
        bool found = !status && memcmp(keys.sign_public, lives[i].key, sizeof keys.sign_public) == 0;
        if (found) {
            voucher->inc = lives[i].inc;
            memcpy(voucher->sign_secret, keys.sign_secret, sizeof voucher->sign_secret);
        }
        sodium_memzero(&keys, sizeof keys);
        if (found)
            return HW_OK;
    }
    if (!status && vouches_again(task, tx, voucher))
        return HW_OK;
    return status ? status : hw_fail(err, HW_CONFIG, "headquarters knows none of the keys in this home: connect to the hub once"
                                                     " (headway sync), or ask headquarters for an invitation");
}

static enum hw_status begin_life(struct task *task, struct hw_tx *tx, enum hw_life_reason reason, struct hw_err *err)
{
    struct hw_slice noted;
    size_t moved = 0;
    bool restored = hw_tx_get(tx, "restored", &noted) == HW_OK;
    task->identity = *hw_tx_identity(tx); /* a job before this one may have changed it, and the loop not know yet */
    enum hw_status status = find_voucher(task, tx, &task->identity, err);
    if (!status)
        status = hw_reborn_draw(task->node->home, &task->identity, &task->rebirth, err);
    if (!status)
        status = hw_tx_fences_forget(tx, err);
    if (!status)
        status = hw_tx_bundle_rebirth(tx, &task->rebirth.inc, &moved, err);
    if (!status && restored)
        status = hw_tx_drop(tx, "restored", err);
    if (status)
        return status;
    task->rebirth.reason = restored ? HW_LIFE_RESTORED : reason;
    task->rebirth.moved = moved;
    task->stored.rebirth = &task->rebirth;
    task->reborn = true;
    hw_tx_identify(tx, &task->identity);
    status = hw_reborn_keep(tx, &task->identity, &task->rebirth, err);
    return status ? status : hw_tx_finish(tx, err); /* taking a bundle forgets what is in memory, message by message */
}

enum hw_status hw_bundle_alone(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    return begin_life(task, tx, HW_LIFE_RESTORED, err);
}

enum hw_status hw_bundle_seal(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    bool due = false;
    enum hw_status status = task->proven ? HW_OK : hw_tx_bundle_due(tx, &due, err);
    if (!status && due)
        status = begin_life(task, tx, HW_LIFE_BUNDLE, err);
    return status ? status : hw_tx_bundle_seal(tx, err);
}

enum hw_status hw_bundle_apply(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    struct hw_call *call = task->call;
    struct hw_err why = {0};
    enum hw_status status = hw_tx_part_begin(tx, err);
    if (status)
        return status;
    enum hw_status took = call->verb->run(tx, &call->request, &call->answer, &why);
    if (took == HW_FORK) { /* it holds what this office has not: that is the proof, and the bundle is taken once more */
        status = hw_tx_part_undo(tx, err);
        if (!status)
            status = begin_life(task, tx, HW_LIFE_RESTORED, err);
        if (!status)
            status = hw_tx_incident(tx, hw_arena_printf(&task->arena, "a bundle held changes of this office that were not here: a backup was put back, or"
                                                        " a copy of this office runs elsewhere. This office goes on as %s.%u; nothing was lost.",
                                                        task->identity.office, task->identity.life), err);
        if (!status)
            status = took = call->verb->run(tx, &call->request, &call->answer, &why);
    }
    if (status && status != took)
        return status;
    if (took)
        return hw_fail(err, took, "%s", why.text);
    return hw_tx_part_end(tx, err);
}
