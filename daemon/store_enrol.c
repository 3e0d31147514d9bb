/* store_enrol.c: invitations and the enrolment of an office at headquarters
 * (floor 2). */
#include <sodium.h>
#include <string.h>

#include "daemon/store_edit.h"
#include "daemon/store_internal.h"
#include "headway/value.h"
#include "headway/when.h"

/* The node's key map changes with an invitation. */
static void doors_change(struct hw_tx *tx)
{
    tx->store->doors_known = false;
    tx->store->directory_changed = true;
}

enum hw_status hw_tx_invite_drop(struct hw_tx *tx, const char *office, struct hw_err *err)
{
    sqlite3_stmt *drop = hw_sql(tx->store, SQL_INVITE_DROP);
    hw_bind_text(drop, 1, office, strlen(office));
    doors_change(tx);
    return hw_sql_run(tx->store, drop, err);
}

struct invitation {
    char office[HW_OFFICE_MAX + 1];
    int64_t expires;
    bool used;
};

static enum hw_status read_invitation(struct hw_tx *tx, const uint8_t key[32], struct invitation *invitation,
                                      struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_INVITE_GET);
    hw_bind_blob(statement, 1, key, 32);
    enum hw_status status = hw_sql_step(tx->store, statement, err);
    if (status)
        return status == HW_NOT_FOUND ? hw_fail(err, HW_DENIED, "this invitation is not known here: ask for a new one")
                                      : status;
    struct hw_slice office = hw_column_blob(statement, 0);
    *invitation = (struct invitation){.expires = sqlite3_column_int64(statement, 1),
                                      .used = sqlite3_column_int64(statement, 2) != 0};
    memcpy(invitation->office, office.p, office.n < HW_OFFICE_MAX ? office.n : HW_OFFICE_MAX);
    sqlite3_reset(statement);
    return HW_OK;
}

static bool proof_holds(const struct hw_join *join)
{
    struct hw_out signed_part HW_CLEANUP(hw_out_done) = {0};
    hw_join_signed(&signed_part, join);
    return crypto_sign_verify_detached(join->proof, signed_part.p, signed_part.n, join->sign_key) == 0;
}

static enum hw_status check_join(struct hw_tx *tx, const struct hw_join *join, const struct invitation *invitation,
                                 struct hw_err *err)
{
    if (!hw_slice_is(join->office, invitation->office))
        return hw_fail(err, HW_DENIED, "this invitation is for office %s", invitation->office);
    if (invitation->used)
        return hw_fail(err, HW_DENIED, "this invitation has been used: ask for a new one");
    if (invitation->expires < tx->wall)
        return hw_fail(err, HW_DENIED, "this invitation has expired: ask for a new one");
    if (!proof_holds(join))
        return hw_fail(err, HW_SIGNATURE, "the request to join is not signed by the key that it brings");
    return HW_OK;
}

/* Lives and keys stand in the directory, which everybody reads: whoever is invited could name another office's. The same home
 * may join again as what it was. */
static enum hw_status check_own(struct hw_tx *tx, const struct hw_join *join, const char *office, struct hw_err *err)
{
    const struct hw_life *life;
    enum hw_status status = hw_cache_life(tx, &join->inc, &life, err);
    if (!status && life && (strcmp(life->office, office) != 0 || memcmp(life->key, join->sign_key, sizeof life->key) != 0))
        return hw_fail(err, HW_DENIED, "office %s presents an incarnation that is in the directory already", office);
    return status ? status : hw_door_free(tx, join->curve_key, office, err);
}

/* Which key the office had when it was invited: in a hub that was restored a used invitation may look open, and what came back
 * from the offices tells that it was used. */
static const char *invited_key(struct hw_tx *tx, const char *office)
{
    return hw_arena_printf(&tx->arena, "invited %s", office);
}

static struct hw_slice present_key(const struct hw_office_keys *present)
{
    return (struct hw_slice){present->curve_key, present->keyed ? sizeof present->curve_key : 0};
}

enum hw_status hw_tx_invite(struct hw_tx *tx, const char *office, const uint8_t key[32], int64_t expires_ms,
                            struct hw_err *err)
{
    struct hw_office_keys present;
    enum hw_status status = hw_tx_invite_drop(tx, office, err); /* one open invitation per office */
    if (!status)
        status = hw_office_look(tx, office, &present, err);
    if (!status)
        status = hw_tx_put(tx, invited_key(tx, office), present_key(&present), err);
    if (status)
        return status;
    sqlite3_stmt *add = hw_sql(tx->store, SQL_INVITE_ADD);
    hw_bind_blob(add, 1, key, 32);
    hw_bind_text(add, 2, office, strlen(office));
    hw_bind_int(add, 3, (uint64_t)expires_ms);
    return hw_sql_run(tx->store, add, err);
}

/* Another machine takes the place of the one before, or an office that was revoked comes back: what the former keys
 * did before stays, and nothing new of them is taken. */
static enum hw_status end_former(struct hw_tx *tx, const struct hw_join *join, const char *office,
                                 const struct hw_office_keys *before, uint64_t change, struct hw_err *err)
{
    char day[32];
    if (!before->keyed)
        return HW_OK;
    hw_time_print(tx->wall, day);
    day[10] = 0;
    const char *why = hw_arena_printf(&tx->arena, "office %s joined from another machine on %s", office, day);
    return hw_tx_lives_end(tx, office, &join->inc, why, before->curve_key, change, err);
}

static enum hw_status activate(struct hw_tx *tx, const struct hw_join *join, const char *office, uint64_t change,
                               struct hw_err *err)
{
    const struct hw_slice code = hw_slice_text(office);
    struct hw_id id = hw_id_derive("office", &code, 1);
    struct hw_edit *edit = hw_arena_alloc(&tx->arena, sizeof *edit);
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_OFFICE, &id, "directory", err);
    if (!status)
        status = hw_edit_bytes(edit, "curve_key", join->curve_key, sizeof join->curve_key, err);
    if (!status)
        status = hw_edit_put(edit, "state", "active", err);
    if (!status)
        status = hw_edit_clear(edit, "reason", err);
    if (!status)
        status = hw_edit_clear(edit, "next_key", err);
    return status ? status : hw_edit_write(edit, change, "headwayd", err);
}

/* What has happened to the office since it was invited. */
static enum hw_status check_present(struct hw_tx *tx, const char *office, const struct hw_office_keys *present,
                                    struct hw_err *err)
{
    struct hw_slice then;
    enum hw_status status = hw_tx_get(tx, invited_key(tx, office), &then);
    if (!present->known)
        return hw_fail(err, HW_DENIED, "office %s is not in the directory: ask for a new invitation", office);
    if (present->revoked)
        return hw_fail(err, HW_DENIED, "office %s is revoked", office);
    if (status && status != HW_NOT_FOUND)
        return status;
    if (!status && !hw_slice_equal(then, present_key(present)))
        return hw_fail(err, HW_DENIED, "this invitation has been used, or office %s has got other keys since: ask for a new one",
                       office);
    return HW_OK;
}

static enum hw_status use(struct hw_tx *tx, const uint8_t key[32], struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_INVITE_USE);
    hw_bind_blob(statement, 1, key, 32);
    hw_bind_int(statement, 2, (uint64_t)tx->wall);
    doors_change(tx);
    return hw_sql_run(tx->store, statement, err);
}

/* The first token of a new incarnation. */
static enum hw_status first_fence(struct hw_tx *tx, const struct hw_inc *inc, const uint8_t token[HW_TOKEN_SIZE],
                                  struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_FENCE_SET);
    hw_bind_blob(statement, 1, inc->b, sizeof inc->b);
    hw_bind_blob(statement, 2, token, HW_TOKEN_SIZE);
    return hw_sql_run(tx->store, statement, err);
}

/* An ADMITTED that was lost on the way is asked for again by the same keys. */
static bool asked_again(struct hw_tx *tx, const struct hw_join *join, const struct invitation *invitation,
                        unsigned *number)
{
    const struct hw_life *life;
    if (!invitation->used || !hw_slice_is(join->office, invitation->office) || !proof_holds(join) ||
        hw_cache_life(tx, &join->inc, &life, NULL) != HW_OK || !life || life->ended)
        return false;
    *number = life->number;
    return strcmp(life->office, invitation->office) == 0 && memcmp(life->key, join->sign_key, sizeof life->key) == 0;
}

static enum hw_status enter(struct hw_tx *tx, const struct hw_join *join, const struct invitation *invitation,
                            unsigned *number, struct hw_err *err)
{
    const char *office = invitation->office;
    uint64_t change = hw_tx_next_change(tx);
    struct hw_office_keys before;
    enum hw_status status = hw_office_look(tx, office, &before, err);
    if (!status)
        status = check_join(tx, join, invitation, err);
    if (!status)
        status = check_present(tx, office, &before, err);
    if (!status)
        status = check_own(tx, join, office, err);
    if (!status)
        status = end_former(tx, join, office, &before, change, err);
    if (!status)
        status = activate(tx, join, office, change, err);
    return status ? status
                  : hw_tx_life_enter(tx, office, &join->inc, join->sign_key, before.keyed ? "replaced" : "first", change,
                                     "headwayd", number, err);
}

enum hw_status hw_tx_enrol(struct hw_tx *tx, const struct hw_enrol *enrol, const uint8_t token[HW_TOKEN_SIZE],
                           struct hw_admitted *admitted, struct hw_err *err)
{
    const struct hw_join *join = &enrol->join;
    struct invitation invitation;
    unsigned number = 0;
    if (!tx->store->identity.gate)
        return hw_fail(err, HW_DENIED, "offices join at headquarters");
    if (tx->store->recovering)
        return hw_fail(err, HW_DENIED, "headquarters was restored from a backup and is not ready yet: try again later");
    enum hw_status status = read_invitation(tx, enrol->invitation_key, &invitation, err);
    bool again = !status && asked_again(tx, join, &invitation, &number);
    if (again) {
        struct hw_office_keys now;
        status = hw_office_look(tx, invitation.office, &now, err);
        if (!status && now.revoked)
            return hw_fail(err, HW_DENIED, "office %s is revoked", invitation.office);
    }
    if (!status && !again)
        status = enter(tx, join, &invitation, &number, err);
    if (!status)
        status = use(tx, enrol->invitation_key, err);
    if (!status)
        status = first_fence(tx, &join->inc, token, err);
    *admitted = (struct hw_admitted){.office = join->office, .hub = tx->store->identity.inc,
                                     .time_ms = (uint64_t)tx->wall, .life = number};
    memcpy(admitted->token, token, HW_TOKEN_SIZE);
    return status;
}
