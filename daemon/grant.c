/* grant.c: see grant.h; and the verb `grant` (floor 3, noun: grant). */
#include "daemon/grant.h"

#include <string.h>

#include "daemon/lookup.h"
#include "daemon/verb_internal.h"
#include "daemon/view.h"

enum hw_status hw_grant_read(struct hw_tx *tx, struct hw_slice text, struct hw_grant_words *words, struct hw_err *err)
{
    struct hw_arena *arena = hw_tx_arena(tx);
    char *copy = hw_arena_text(arena, text.p, text.n), *role = strchr(copy, ':');
    const char **codes;
    size_t n;
    *words = (struct hw_grant_words){.group = copy, .role = "", .countries = ""};
    if (role) {
        *role++ = 0;
        char *countries = strchr(role, ':');
        if (countries)
            *countries++ = 0;
        words->role = role;
        words->countries = countries ? countries : "";
    }
    enum hw_status status = hw_tx_groups(tx, &codes, &n, err);
    if (status)
        return status;
    for (size_t i = 0; i < n; i++)
        if (strcmp(codes[i], copy) == 0 && strcmp(copy, "directory") != 0)
            return HW_OK;
    const char *near = hw_nearest(hw_slice_text(copy), codes, n);
    return hw_fail(err, HW_NOT_FOUND, "no group \"%s\"%s%s%s; headway group list shows them", copy,
                   near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

/* The grant's record, known by the codes of its office and its group. */
static enum hw_status record_of(struct hw_tx *tx, const char *office, const char *group, struct hw_record **record,
                                struct hw_err *err)
{
    const struct hw_slice parts[] = {hw_slice_text(office), hw_slice_text(group)};
    struct hw_id id = hw_id_derive("grant", parts, 2);
    return hw_tx_record(tx, HW_KIND_GRANT, &id, "directory", record, err);
}

/* Exactly the countries of the list; none means all. */
static enum hw_status set_countries(struct hw_draft *draft, const char *list, struct hw_err *err)
{
    const struct hw_field *field = hw_field_named(draft->kind, "countries");
    char *copy = hw_arena_text(draft->arena, list, strlen(list)), *rest = NULL;
    struct hw_slice *elements = hw_arena_zero(draft->arena, strlen(list) + 1, sizeof *elements);
    size_t n = 0;
    enum hw_status status = HW_OK;
    for (char *word = strtok_r(copy, ",; ", &rest); word && !status; word = strtok_r(NULL, ",; ", &rest))
        status = hw_draft_value(draft, field, hw_slice_text(word), &elements[n++], err);
    if (!status)
        hw_draft_replace(draft, field, elements, n);
    return status;
}

/* The office by its record: it may have been written in this very job. */
static enum hw_status set_office(struct hw_draft *draft, const char *office, struct hw_err *err)
{
    HW_CLEANUP(hw_out_done) struct hw_out ref = {0};
    const struct hw_slice code = hw_slice_text(office);
    struct hw_id id = hw_id_derive("office", &code, 1);
    hw_put_bytes(&ref, id.b, sizeof id.b);
    return hw_draft_set(draft, hw_field_named(draft->kind, "office"), hw_arena_slice(draft->arena, hw_out_slice(&ref)),
                        err);
}

enum hw_status hw_grant_write(struct hw_command *command, const char *office, const struct hw_grant_words *words,
                              struct hw_err *err)
{
    struct hw_record *record;
    struct hw_draft draft;
    const char *role = *words->role ? words->role : "contributor";
    enum hw_status status = record_of(command->tx, office, words->group, &record, err);
    if (status)
        return status;
    hw_draft_init(&draft, command->tx, command->arena, record);
    draft.settle = true; /* what is granted now counts, whatever two people may have said before */
    struct hw_view view = hw_view_of(command->tx, command->arena, record);
    status = set_office(&draft, office, err);
    if (!status)
        status = hw_assign_text(&draft, "scope", hw_slice_text(words->group), err);
    if (!status)
        status = hw_assign_text(&draft, "role", hw_slice_text(role), err);
    if (!status)
        status = set_countries(&draft, words->countries, err);
    if (!status && hw_view_archived(&view))
        status = hw_assign_text(&draft, "archived", hw_slice_text("no"), err);
    return status ? status : hw_command_write(command, &draft, (struct hw_slice){0}, err);
}

static enum hw_status end_grant(struct hw_command *command, const char *office, const struct hw_grant_words *words,
                                struct hw_err *err)
{
    struct hw_record *record;
    struct hw_draft draft;
    enum hw_status status = record_of(command->tx, office, words->group, &record, err);
    if (status)
        return status;
    struct hw_view view = hw_view_of(command->tx, command->arena, record);
    if (record->row.made.seq == 0 || hw_view_archived(&view))
        return hw_fail(err, HW_NOT_FOUND, "%s has no grant in %s; headway office show %s lists its grants", office,
                       words->group, office);
    hw_draft_init(&draft, command->tx, command->arena, record);
    draft.settle = true;
    command->note = hw_arena_printf(command->arena,
                                    "%s keeps what it has of %s, and neither gets nor writes anything there from now on.",
                                    office, words->group);
    status = hw_assign_text(&draft, "archived", hw_slice_text("yes"), err);
    return status ? status : hw_command_write(command, &draft, (struct hw_slice){0}, err);
}

/* The office's code as the directory has it, of one that may be granted something. */
static enum hw_status office_of(struct hw_tx *tx, const struct hw_request *request, bool end, const char **code,
                                struct hw_err *err)
{
    const struct hw_self *self = hw_tx_self(tx);
    struct hw_record *record;
    if (!self->gate)
        return hw_fail(err, HW_DENIED, "grants are given and ended at headquarters: ask there");
    enum hw_status status = hw_lookup_office(tx, hw_arg_text(request, "code"), &record, err);
    if (status)
        return status;
    struct hw_view view = hw_view_of(tx, hw_tx_arena(tx), record);
    *code = hw_view_text(&view, "code");
    if (strcmp(*code, self->office) == 0)
        return hw_fail(err, HW_USAGE, "%s is headquarters: it writes in every group", *code);
    if (!end && strcmp(hw_view_text(&view, "state"), "revoked") == 0)
        return hw_fail(err, HW_USAGE, "office %s is revoked; it comes back with a new invitation: headway invite %s",
                       *code, *code);
    return HW_OK;
}

enum hw_status hw_verb_grant(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                             struct hw_err *err)
{
    struct hw_command command;
    struct hw_grant_words words;
    const char *code = "";
    bool end = hw_arg_bool(request, "end");
    hw_command_init(&command, tx, request);
    enum hw_status status = office_of(tx, request, end, &code, err);
    if (!status)
        status = hw_grant_read(tx, hw_arg_text(request, "grant"), &words, err);
    if (!status && end && (*words.role || *words.countries))
        status = hw_fail(err, HW_USAGE, "a grant ends whole: headway grant %s %s --end", code, words.group);
    if (!status)
        status = end ? end_grant(&command, code, &words, err) : hw_grant_write(&command, code, &words, err);
    if (!status)
        hw_command_answer(&command, &answer->end);
    hw_command_done(&command);
    return status;
}
