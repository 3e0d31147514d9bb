/* change_make.c: the verbs group.add and plan.add (floor 3, noun: change).
 * Both have ids made from their codes, so that two offices which add the same
 * one add one record. */
#include <string.h>

#include "daemon/command.h"
#include "daemon/lookup.h"
#include "daemon/verb_internal.h"

/* Title or code, then what was typed; writes and answers. */
static enum hw_status finish(struct hw_command *command, struct hw_draft *draft, enum hw_status status,
                             struct hw_answer *answer, struct hw_err *err)
{
    size_t n;
    const struct hw_slice *assign = hw_arg_list(command->request, "assign", &n);
    if (status == HW_OK)
        status = hw_assign_all(draft, assign, n, err);
    if (status == HW_OK)
        status = hw_command_write(command, draft, (struct hw_slice){0}, err);
    if (status == HW_OK)
        hw_command_answer(command, &answer->end);
    hw_command_done(command);
    return status;
}

enum hw_status hw_verb_group_add(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                 struct hw_err *err)
{
    struct hw_command command;
    struct hw_record *record;
    struct hw_draft draft;
    struct hw_slice typed = hw_arg_text(request, "code");
    hw_command_init(&command, tx, request);
    command.dry_run = hw_arg_bool(request, "dry_run");
    if (!hw_group_code_valid(typed))
        return hw_fail(err, HW_USAGE, "\"%.*s\" is no group code: lower-case letters, digits and hyphens, at most %d",
                       (int)(typed.n > 100 ? 100 : typed.n), (const char *)typed.p, HW_GROUP_MAX);
    if (hw_slice_is(typed, "directory"))
        return hw_fail(err, HW_USAGE, "\"directory\" is the group of offices and groups themselves");
    const char *code = hw_arena_text(command.arena, typed.p, typed.n);
    enum hw_status status = hw_lookup_group_record(tx, code, &record, err);
    if (status == HW_OK && record->row.made.seq)
        status = hw_fail(err, HW_USAGE, "there is a group %s already; see: headway group show %s", code, code);
    if (status == HW_OK) {
        hw_draft_init(&draft, tx, command.arena, record);
        status = hw_assign_text(&draft, "code", typed, err);
    }
    return finish(&command, &draft, status, answer, err);
}

/* The code among the assignments, which names the plan before anything else does. */
static struct hw_slice code_of(const struct hw_request *request)
{
    size_t n;
    const struct hw_slice *assign = hw_arg_list(request, "assign", &n);
    struct hw_slice code = hw_arg_text(request, "code");
    for (size_t i = 0; i < n; i++)
        if (assign[i].n > 5 && memcmp(assign[i].p, "code=", 5) == 0)
            code = (struct hw_slice){assign[i].p + 5, assign[i].n - 5};
    return code;
}

enum hw_status hw_verb_plan_add(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                struct hw_err *err)
{
    struct hw_command command;
    struct hw_record *record;
    struct hw_draft draft;
    const char *group = NULL;
    struct hw_slice title = hw_arg_text(request, "title"), code = code_of(request), in = hw_arg_text(request, "group");
    hw_command_init(&command, tx, request);
    command.dry_run = hw_arg_bool(request, "dry_run");
    if (title.n == 0)
        return hw_fail(err, HW_USAGE, "say what the plan is called: headway plan add --group G TITLE");
    enum hw_status status = in.n ? hw_lookup_group(tx, in, &group, err) : hw_lookup_only_group(tx, &group, err);
    if (status == HW_OK && strcmp(group, "directory") == 0)
        status = hw_fail(err, HW_USAGE, "\"directory\" has no plans");
    if (status == HW_OK) {
        if (code.n == 0)
            code = hw_slice_text(hw_slug(command.arena, title));
        struct hw_id id = hw_plan_id(command.arena, group, code);
        status = hw_tx_record(tx, HW_KIND_PLAN, &id, group, &record, err);
    }
    if (status == HW_OK && record->row.made.seq)
        status = hw_fail(err, HW_USAGE, "%s has a plan \"%.*s\" already; give another with --code", group,
                         (int)code.n, (const char *)code.p);
    if (status == HW_OK) {
        hw_draft_init(&draft, tx, command.arena, record);
        status = hw_assign_text(&draft, "code", code, err);
    }
    if (status == HW_OK)
        status = hw_assign_text(&draft, "title", title, err);
    return finish(&command, &draft, status, answer, err);
}
