/* store_enrol.c: invitations and the enrolment of an office at headquarters
 * (floor 2). */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "daemon/store_edit.h"
#include "daemon/store_internal.h"

enum hw_status hw_tx_invite(struct hw_tx *tx, const char *office, const uint8_t key[32], int64_t expires_ms,
                            struct hw_err *err)
{
    sqlite3_stmt *drop = hw_sql(tx->store, SQL_INVITE_DROP); /* one open invitation per office */
    hw_bind_text(drop, 1, office, strlen(office));
    enum hw_status status = hw_sql_run(tx->store, drop, err);
    if (status)
        return status;
    sqlite3_stmt *add = hw_sql(tx->store, SQL_INVITE_ADD);
    hw_bind_blob(add, 1, key, 32);
    hw_bind_text(add, 2, office, strlen(office));
    hw_bind_int(add, 3, (uint64_t)expires_ms);
    tx->store->directory_changed = true; /* the node's key map */
    return hw_sql_run(tx->store, add, err);
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

/* Lives of the office that the directory has. */
static enum hw_status count_lives(struct hw_tx *tx, const char *office, unsigned *n, struct hw_err *err)
{
    static const struct hw_inc none;
    const struct hw_life *any;
    enum hw_status status = hw_cache_life(tx, &none, &any, err); /* loads them */
    *n = 0;
    for (size_t i = 0; i < tx->store->lives_n && !status; i++)
        *n += strcmp(tx->store->lives[i].office, office) == 0;
    return status;
}

enum hw_status hw_tx_life_enter(struct hw_tx *tx, const char *office, const struct hw_inc *inc,
                                const uint8_t key[HW_SIGN_PUBLIC], const char *reason, uint64_t change,
                                const char *author, unsigned *number, struct hw_err *err)
{
    char ordinal[16], office_text[HW_ID_TEXT + 1];
    const struct hw_slice code = hw_slice_text(office), life = {inc->b, sizeof inc->b};
    struct hw_id office_id = hw_id_derive("office", &code, 1), id = hw_id_derive("incarnation", &life, 1);
    struct hw_edit *edit = hw_arena_alloc(&tx->arena, sizeof *edit);
    hw_id_print(&office_id, office_text);
    enum hw_status status = count_lives(tx, office, number, err);
    *number += 1;
    snprintf(ordinal, sizeof ordinal, "%u", *number);
    if (!status)
        status = hw_edit_begin(edit, tx, HW_KIND_INCARNATION, &id, "directory", err);
    if (!status)
        status = hw_edit_put(edit, "office", office_text, err);
    if (!status)
        status = hw_edit_bytes(edit, "life", inc->b, sizeof inc->b, err);
    if (!status)
        status = hw_edit_bytes(edit, "sign_key", key, HW_SIGN_PUBLIC, err);
    if (!status)
        status = hw_edit_put(edit, "number", ordinal, err);
    if (!status)
        status = hw_edit_put(edit, "reason", reason, err);
    return status ? status : hw_edit_write(edit, change, author, err);
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
    return status ? status : hw_edit_write(edit, change, "headwayd", err);
}

static enum hw_status use(struct hw_tx *tx, const uint8_t key[32], struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_INVITE_USE);
    hw_bind_blob(statement, 1, key, 32);
    hw_bind_int(statement, 2, (uint64_t)tx->wall);
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
        hw_cache_life(tx, &join->inc, &life, NULL) != HW_OK || !life)
        return false;
    *number = life->number;
    return strcmp(life->office, invitation->office) == 0 && memcmp(life->key, join->sign_key, sizeof life->key) == 0;
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
    if (!status && !again) {
        uint64_t change = hw_tx_next_change(tx);
        status = check_join(tx, join, &invitation, err);
        if (!status)
            status = activate(tx, join, invitation.office, change, err);
        if (!status)
            status = hw_tx_life_enter(tx, invitation.office, &join->inc, join->sign_key, "first", change, "headwayd",
                                      &number, err);
    }
    if (!status)
        status = use(tx, enrol->invitation_key, err);
    if (!status)
        status = first_fence(tx, &join->inc, token, err);
    *admitted = (struct hw_admitted){.office = join->office, .hub = tx->store->identity.inc,
                                     .time_ms = (uint64_t)tx->wall, .life = number};
    memcpy(admitted->token, token, HW_TOKEN_SIZE);
    return status;
}
