/* revoke.c: the verb office.revoke (floor 3, noun: office): headquarters shuts an office out. Who is in session is cut off
 * by the node when the directory's doors change (node_door.c); the gate takes nothing more of its lives. */
#include <string.h>

#include "daemon/command.h"
#include "daemon/filter.h"
#include "daemon/lookup.h"
#include "daemon/store_sync.h"
#include "daemon/verb_internal.h"
#include "daemon/view.h"

static enum hw_status find(struct hw_tx *tx, const struct hw_request *request, struct hw_record **record,
                           struct hw_err *err)
{
    const struct hw_self *self = hw_tx_self(tx);
    if (!self->gate)
        return hw_fail(err, HW_DENIED, "offices are revoked at headquarters: ask there");
    enum hw_status status = hw_lookup_office(tx, hw_arg_text(request, "code"), record, err);
    if (status)
        return status;
    struct hw_view view = hw_view_of(tx, hw_tx_arena(tx), *record);
    if (strcmp(hw_view_text(&view, "code"), self->office) == 0)
        return hw_fail(err, HW_USAGE, "%s is headquarters itself", self->office);
    if (strcmp(hw_view_text(&view, "state"), "revoked") == 0)
        return hw_fail(err, HW_USAGE, "office %s is revoked already", hw_view_text(&view, "code"));
    return HW_OK;
}

/* The client asks for the list afterwards: a date that cannot be read is said before anything is done. */
static enum hw_status check_since(struct hw_tx *tx, const struct hw_request *request, struct hw_err *err)
{
    struct hw_slice since = hw_arg_text(request, "since");
    int32_t earliest, latest;
    return since.n ? hw_filter_time(tx, since, &earliest, &latest, err) : HW_OK;
}

enum hw_status hw_verb_office_revoke(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                     struct hw_err *err)
{
    struct hw_command command;
    struct hw_record *record;
    struct hw_draft draft;
    struct hw_slice reason = hw_arg_text(request, "reason");
    hw_command_init(&command, tx, request);
    enum hw_status status = find(tx, request, &record, err);
    if (!status)
        status = check_since(tx, request, err);
    if (!status) {
        hw_draft_init(&draft, tx, command.arena, record);
        draft.settle = true;
        struct hw_view view = hw_view_of(tx, command.arena, record);
        const char *code = hw_view_text(&view, "code");
        command.note = hw_arena_printf(command.arena,
                                       "%s is cut off now; it keeps what it has. An open invitation of it is void.\n"
                                       "Back again: headway invite %s --replace (new keys), or undo this (the same keys).", code,
                                       code);
        status = hw_tx_invite_drop(tx, code, err);
    }
    if (!status)
        status = hw_assign_text(&draft, "state", hw_slice_text("revoked"), err);
    if (!status)
        status = hw_assign_text(&draft, "reason", reason, err);
    if (!status)
        status = hw_command_write(&command, &draft, (struct hw_slice){0}, err);
    if (!status)
        hw_command_answer(&command, &answer->end);
    hw_command_done(&command);
    return status;
}
