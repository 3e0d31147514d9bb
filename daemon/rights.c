/* rights.c: the obvious refusals, said before anything is saved (floor 3, noun:
 * rights).  The gate decides by the same policy (proto/policy.c), under the
 * grants that it has when the change arrives; this only spares a person a change
 * that would come back. */
#include <string.h>

#include "daemon/command.h"

struct hw_rights {
    struct hw_leave leave; /* of this node's office in the record's group */
};

/* Groups that headquarters has not granted stay here, and are written freely; when a grant has ended, that is over. */
static bool local_group(const struct hw_leave *leave)
{
    return !leave->reads && !leave->ended;
}

static const char *whom_to_ask(const struct hw_leave *leave, const struct hw_draft *draft)
{
    if (!leave->reads)
        return "what is here can be read; ask headquarters for a new grant";
    if (!leave->writes)
        return "ask headquarters for another role";
    return draft->record->row.made.seq ? "comment on it, or ask headquarters" : "ask headquarters";
}

enum hw_status hw_rights_check(struct hw_draft *draft, struct hw_err *err)
{
    const struct hw_self *self = hw_tx_self(draft->tx);
    struct hw_record *record = draft->record;
    struct hw_err why = {0};
    unsigned life;
    if (self->gate || !self->enrolled || strcmp(record->group, "directory") == 0)
        return HW_OK;
    if (!draft->rights) {
        draft->rights = hw_arena_zero(draft->arena, 1, sizeof *draft->rights);
        enum hw_status status = hw_tx_leave(draft->tx, self->office, record->group, &draft->rights->leave, err);
        if (status != HW_OK)
            return status;
    }
    const struct hw_leave *leave = &draft->rights->leave;
    if (local_group(leave) || leave->all)
        return HW_OK;
    struct hw_op *ops = hw_arena_zero(draft->arena, draft->n, sizeof *ops);
    for (size_t i = 0; i < draft->n; i++)
        ops[i] = draft->ops[i].op;
    struct hw_asked asked = {.kind = draft->kind->id, .row = &record->row, .maker = "", .ops = ops, .ops_n = draft->n};
    if (record->row.made.seq)
        asked.maker = hw_tx_office_of(draft->tx, &record->row.made.inc, &life);
    if (hw_policy_write(leave, &asked, draft->arena, &why) == HW_OK)
        return HW_OK;
    return hw_fail(err, HW_DENIED, "%s; %s", why.text, whom_to_ask(leave, draft));
}
