/* crash_two.c: see crash_two.h. What daemon/node_task.c does in one transaction
 * is done in two here: the events move in the first, and the second says under which name. */
#include "tests/sim/crash_two.h"

#include "daemon/store_internal.h"
#include "tests/sim/crash.h"

static enum hw_status name(struct hw_tx *tx, const struct hw_inc *inc, const struct hw_inc *previous,
                           struct hw_err *err)
{
    enum hw_status status = hw_tx_put(tx, "previous", (struct hw_slice){previous->b, sizeof previous->b}, err);
    return status ? status : hw_tx_put(tx, "incarnation", (struct hw_slice){inc->b, sizeof inc->b}, err);
}

static enum hw_status run(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct task *task = self;
    struct hw_identity identity = task->node->identity;
    const struct hw_inc previous = identity.inc;
    struct hw_message message;
    size_t moved;
    task->stored = (struct hw_stored){.append = HW_APPEND_CHANGE};
    enum hw_status status = hw_message_decode(task->effect.bytes, hw_tx_arena(tx), &message, err);
    randombytes_buf(identity.inc.b, sizeof identity.inc.b);
    if (!status)
        status = hw_keys_reborn(task->node->home, &identity.inc, identity.sign_public, identity.sign_secret, err);
    if (!status)
        status = hw_tx_rebirth(tx, &message.body.welcome, &identity.inc, &moved, err);
    if (!status)
        status = hw_tx_finish(tx, err);
    if (!status)
        status = hw_sql_exec(tx->store, "RELEASE job; COMMIT; BEGIN IMMEDIATE; SAVEPOINT job", err);
    if (!status)
        hw_tx_identify(tx, &identity);
    return status ? status : name(tx, &identity.inc, &previous, err);
}

void crash_two_plant(struct crash_job *ours, const struct sim_node *node)
{
    const struct task *task = ours->self;
    if (task->node == node->node && task->effect.append == HW_APPEND_REBIRTH)
        ours->run = run;
}
