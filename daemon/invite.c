/* invite.c: the verbs invite and ping (floor 3): headquarters writes an
 * office, its grants and a one-use key. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "daemon/grant.h"
#include "daemon/store_edit.h"
#include "daemon/store_sync.h"
#include "daemon/verb_internal.h"
#include "headway/country.h"
#include "headway/invitation.h"
#include "headway/value.h"
#include "headway/when.h"

enum { YEAR_S = 366 * 24 * 3600, WEEK_S = 7 * 24 * 3600, GROUPS_MAX = 64 };

struct invite {
    struct hw_tx *tx;
    const struct hw_request *request;
    const char *code;
    struct hw_grant_words grants[GROUPS_MAX];
    size_t grants_n;
    struct hw_command command;
    struct hw_edit *edit;
    int64_t expires_ms;
    bool known;   /* invited, joined or revoked before */
    bool replace; /* another machine for an office that has joined: it goes on where it is until that one joins */
};

static enum hw_status check_groups(struct invite *invite, struct hw_err *err)
{
    size_t n;
    struct hw_slice *wanted = hw_arg_list(invite->request, "groups", &n);
    enum hw_status status = HW_OK;
    if (n == 0 && invite->known && hw_arg_bool(invite->request, "replace"))
        return HW_OK; /* what the office is granted stays as it is */
    if (n == 0 || n > GROUPS_MAX)
        return hw_fail(err, HW_USAGE, "name 1 to %d groups: --group G[:ROLE[:COUNTRIES]]", GROUPS_MAX);
    for (size_t i = 0; i < n && !status; i++)
        status = hw_grant_read(invite->tx, wanted[i], &invite->grants[invite->grants_n++], err);
    return status;
}

/* Adds every word of a list of countries to a set. */
static enum hw_status put_countries(struct invite *invite, const char *list, struct hw_err *err)
{
    char *copy = hw_arena_text(hw_tx_arena(invite->tx), list, strlen(list)), *rest = NULL;
    enum hw_status status = HW_OK;
    for (char *word = strtok_r(copy, ",; ", &rest); word && !status; word = strtok_r(NULL, ",; ", &rest))
        status = hw_edit_put(invite->edit, "countries", word, err);
    return status;
}

static enum hw_status write_office(struct invite *invite, struct hw_err *err)
{
    const struct hw_request *request = invite->request;
    const struct hw_slice code = hw_slice_text(invite->code);
    struct hw_id id = hw_id_derive("office", &code, 1);
    struct hw_arena *arena = hw_tx_arena(invite->tx);
    struct hw_slice name = hw_arg_text(request, "name"), kind = hw_arg_text(request, "kind");
    struct hw_slice countries = hw_arg_text(request, "countries");
    const struct hw_country *country = hw_country_by_code(code);
    enum hw_status status = hw_edit_begin(invite->edit, invite->tx, HW_KIND_OFFICE, &id, "directory", err);
    bool known = !status && invite->edit->record->exists;
    if (!status)
        status = hw_edit_put(invite->edit, "code", invite->code, err);
    if (!status && (name.n || !known))
        status = hw_edit_put(invite->edit, "name",
                             name.n    ? hw_arena_text(arena, name.p, name.n)
                             : country ? country->name
                                       : invite->code,
                             err);
    if (!status && (kind.n || !known))
        status = hw_edit_put(invite->edit, "kind", kind.n ? hw_arena_text(arena, kind.p, kind.n) : "country", err);
    if (!status && countries.n)
        status = put_countries(invite, hw_arena_text(arena, countries.p, countries.n), err);
    else if (!status && country && !known) /* an office named after a country works in it */
        status = hw_edit_put(invite->edit, "countries", country->alpha3, err);
    if (!status && !invite->replace)
        status = hw_edit_put(invite->edit, "state", "invited", err);
    return status ? status : hw_edit_write(invite->edit, invite->command.change, request->author, err);
}

/* An office that has joined keeps its place until another machine takes it. */
static enum hw_status check_office(struct invite *invite, struct hw_err *err)
{
    const struct hw_self *self = hw_tx_self(invite->tx);
    const struct hw_slice code = hw_slice_text(invite->code);
    const struct hw_field *state = hw_field_named(hw_kind_by_id(HW_KIND_OFFICE), "state");
    struct hw_id id = hw_id_derive("office", &code, 1);
    struct hw_record *record;
    if (!self->gate)
        return hw_fail(err, HW_DENIED, "offices are invited at headquarters");
    if (!hw_office_code_valid(code))
        return hw_fail(err, HW_USAGE, "an office's code has 1 to %d capital letters, digits and hyphens, such as KAZ",
                       HW_OFFICE_MAX);
    if (strcmp(invite->code, self->office) == 0)
        return hw_fail(err, HW_USAGE, "%s is headquarters itself", invite->code);
    enum hw_status status = hw_tx_record(invite->tx, HW_KIND_OFFICE, &id, "directory", &record, err);
    if (status || !record->exists)
        return status;
    const char *shown = hw_value_print(state, hw_row_value(&record->row, state->id), hw_tx_arena(invite->tx));
    bool active = strcmp(shown, "active") == 0;
    if (active && !hw_arg_bool(invite->request, "replace"))
        return hw_fail(err, HW_USAGE, "office %s has joined already; to move it to another machine: headway invite %s"
                       " --replace; to change what it may do: headway grant %s G:ROLE", invite->code, invite->code,
                       invite->code);
    invite->known = true;
    invite->replace = active;
    return HW_OK;
}

static enum hw_status put_answer(struct invite *invite, const struct hw_invitation *invitation,
                                 struct hw_answer *answer, struct hw_err *err)
{
    struct hw_out text HW_CLEANUP(hw_out_done) = {0};
    char words[HW_WORDS_MAX], expires[32];
    char *rest = NULL;
    enum hw_status status = hw_invitation_words(invitation, words, err);
    if (status)
        return status;
    hw_invitation_print(&text, invitation);
    hw_time_print(invite->expires_ms, expires);
    struct hw_out *out = &answer->end;
    hw_put_map(out, 5);
    hw_put_text(out, "code");
    hw_put_text(out, invite->code);
    hw_put_text(out, "invitation");
    hw_put_textn(out, text.p, text.n);
    sodium_memzero(text.p, text.n);
    hw_put_text(out, "words");
    hw_put_array(out, 4);
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        hw_put_text(out, word);
    hw_put_text(out, "expires");
    hw_put_text(out, expires);
    hw_put_text(out, "groups");
    hw_put_array(out, invite->grants_n);
    for (size_t i = 0; i < invite->grants_n; i++)
        hw_put_text(out, invite->grants[i].group);
    return HW_OK;
}

static enum hw_status write_all(struct invite *invite, struct hw_err *err)
{
    enum hw_status status = check_office(invite, err);
    if (!status)
        status = check_groups(invite, err);
    if (status)
        return status;
    hw_command_init(&invite->command, invite->tx, invite->request);
    invite->command.quiet = true;
    invite->command.change = hw_tx_next_change(invite->tx);
    status = write_office(invite, err);
    for (size_t i = 0; i < invite->grants_n && !status; i++)
        status = hw_grant_write(&invite->command, invite->code, &invite->grants[i], err);
    hw_command_done(&invite->command);
    return status;
}

enum hw_status hw_verb_invite(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                              struct hw_err *err)
{
    struct hw_arena *arena = hw_tx_arena(tx);
    struct hw_slice code = hw_arg_text(request, "code");
    struct hw_slice address = hw_arg_text(request, "address");
    int64_t seconds = hw_arg_int(request, "expires", WEEK_S);
    struct invite invite = {.tx = tx, .request = request, .code = hw_arena_text(arena, code.p, code.n),
                            .edit = hw_arena_alloc(arena, sizeof *invite.edit),
                            .expires_ms = hw_tx_wall(tx) + seconds * 1000};
    struct hw_invitation invitation = {.office = code, .expires_ms = (uint64_t)invite.expires_ms};
    uint8_t key[HW_CURVE_SIZE];
    int64_t since_ms;
    if (seconds < 60 || seconds > YEAR_S)
        return hw_fail(err, HW_USAGE, "an invitation lasts from one minute to one year");
    if (!address.n)
        address = hw_slice_text(request->link->public_address);
    if (!address.n && request->link->address)
        return hw_fail(err, HW_DENIED, "invitations are written at headquarters: ask there");
    if (!address.n)
        return hw_fail(err, HW_CONFIG, "this node serves no offices: set `listen` in headway.conf");
    enum hw_status status = write_all(&invite, err);
    if (status)
        return status;
    invitation.address = address;
    hw_tx_root(tx, invitation.root);
    status = hw_tx_root_now(tx, invitation.root_now, &since_ms, err);
    if (status)
        return status;
    memcpy(invitation.hub_key, request->link->curve_public, sizeof invitation.hub_key);
    randombytes_buf(invitation.secret, sizeof invitation.secret);
    crypto_scalarmult_base(key, invitation.secret);
    status = hw_tx_invite(tx, invite.code, key, invite.expires_ms, err);
    if (!status)
        status = put_answer(&invite, &invitation, answer, err);
    sodium_memzero(&invitation, sizeof invitation);
    return status;
}

enum hw_status hw_verb_ping(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                            struct hw_err *err)
{
    (void)err;
    hw_put_map(&answer->end, 3);
    hw_put_text(&answer->end, "node");
    hw_put_text(&answer->end, hw_tx_self(tx)->office);
    hw_put_text(&answer->end, "version");
    hw_put_text(&answer->end, HEADWAY_VERSION);
    hw_put_text(&answer->end, "home");
    hw_put_text(&answer->end, request->home);
    return HW_OK;
}
