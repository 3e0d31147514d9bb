/* store_recovery.c: a restored hub between its start and the moment when it
 * decides again (floor 2).
 *
 * "recovery" in the table node is [backup, since, [office...]]: times in Unix milliseconds, codes of the offices heard. While it
 * stands, this node is nobody's gate: it judges nothing and seals nothing (hw_gate_here), own changes stay drafts. */
#include "daemon/store_recovery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store_edit.h"
#include "daemon/store_internal.h"
#include "headway/when.h"

static const char key[] = "recovery";

bool hw_tx_recovering(const struct hw_tx *tx)
{
    return tx->store->recovering;
}

void hw_recovery_load(struct hw_store *store)
{
    sqlite3_stmt *statement = hw_sql(store, SQL_NODE_GET);
    hw_bind_text(statement, 1, key, sizeof key - 1);
    store->recovering = hw_sql_step(store, statement, NULL) == HW_OK;
    sqlite3_reset(statement);
}

/* -- what is kept -- */

static enum hw_status keep(struct hw_tx *tx, const struct hw_recovery *recovery, struct hw_err *err)
{
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    hw_put_array(&out, 3);
    hw_put_uint(&out, (uint64_t)recovery->backup_ms);
    hw_put_uint(&out, (uint64_t)recovery->since_ms);
    hw_put_array(&out, recovery->heard_n);
    for (size_t i = 0; i < recovery->heard_n; i++)
        hw_put_text(&out, recovery->heard[i]);
    tx->store->recovering = true;
    return hw_tx_put(tx, key, hw_out_slice(&out), err);
}

static enum hw_status read_kept(struct hw_tx *tx, struct hw_recovery *recovery, struct hw_err *err)
{
    struct hw_slice value;
    *recovery = (struct hw_recovery){.text = ""};
    enum hw_status status = hw_tx_get(tx, key, &value);
    if (status)
        return status == HW_NOT_FOUND ? hw_fail(err, HW_NOT_FOUND, "this hub is not recovering") : status;
    struct hw_in in = hw_in_of(value);
    bool head = hw_get_array(&in) == 3;
    recovery->backup_ms = (int64_t)hw_get_uint_max(&in, INT64_MAX);
    recovery->since_ms = (int64_t)hw_get_uint_max(&in, INT64_MAX);
    size_t n = hw_get_array(&in);
    recovery->heard = hw_arena_zero(&tx->arena, n < value.n ? n : 1, sizeof *recovery->heard);
    for (size_t i = 0; i < n && !in.bad; i++) {
        struct hw_slice code = hw_get_text(&in);
        if (!in.bad)
            recovery->heard[recovery->heard_n++] = hw_arena_text(&tx->arena, code.p, code.n);
    }
    return head && hw_in_end(&in) ? HW_OK : hw_fail(err, HW_CORRUPT, "what this hub noted of its recovery cannot be read");
}

static bool was_heard(const struct hw_recovery *recovery, const char *office)
{
    for (size_t i = 0; i < recovery->heard_n; i++)
        if (strcmp(recovery->heard[i], office) == 0)
            return true;
    return false;
}

uint64_t hw_tx_recovery_left(struct hw_tx *tx)
{
    struct hw_recovery recovery;
    if (!tx->store->recovering || read_kept(tx, &recovery, NULL) != HW_OK)
        return 0;
    int64_t gone = tx->wall - recovery.since_ms;
    if (gone < 0) /* the clock was set back: the whole time at most */
        return (uint64_t)HW_RECOVERY_MS;
    return gone < HW_RECOVERY_MS ? (uint64_t)(HW_RECOVERY_MS - gone) : 0;
}

/* -- who is waited for -- */

static int compare_code(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum hw_status find_waiting(struct hw_tx *tx, struct hw_recovery *recovery, struct hw_err *err)
{
    struct hw_door *doors;
    size_t n;
    enum hw_status status = hw_tx_doors(tx, &doors, &n, err);
    recovery->waiting = hw_arena_zero(&tx->arena, n + 1, sizeof *recovery->waiting);
    for (size_t i = 0; i < n && !status; i++)
        if (!doors[i].invitation && !doors[i].banned && strcmp(doors[i].office, tx->store->identity.office) != 0 &&
            !was_heard(recovery, doors[i].office))
            recovery->waiting[recovery->waiting_n++] = doors[i].office;
    qsort(recovery->waiting, recovery->waiting_n, sizeof *recovery->waiting, compare_code);
    size_t all = recovery->waiting_n;
    recovery->waiting_n = 0;
    for (size_t i = 0; i < all; i++) /* who changes its keys has two doors */
        if (i == 0 || strcmp(recovery->waiting[i], recovery->waiting[i - 1]) != 0)
            recovery->waiting[recovery->waiting_n++] = recovery->waiting[i];
    return status;
}

static void put(struct hw_out *out, const char *text)
{
    hw_put_raw(out, text, strlen(text));
}

/* "2026-11-01 10:00" */
static void put_minute(struct hw_out *out, int64_t ms)
{
    char text[32];
    hw_time_print(ms, text);
    text[10] = ' ';
    text[16] = 0;
    put(out, text);
}

static void write_sentence(struct hw_tx *tx, struct hw_recovery *recovery)
{
    enum { NAMED = 10 }; /* a line that is still read */
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    char count[80];
    if (recovery->backup_ms) {
        put(&out, "this hub was restored from a backup of ");
        put_minute(&out, recovery->backup_ms);
    } else {
        put(&out, "the database of this hub was put back to an earlier state");
    }
    snprintf(count, sizeof count, "; it takes back what the offices hold: %zu of %zu heard", recovery->heard_n,
             recovery->heard_n + recovery->waiting_n);
    put(&out, count);
    for (size_t i = 0; i < recovery->waiting_n && i < NAMED; i++) {
        put(&out, i == 0 ? " (waiting for " : ", ");
        put(&out, recovery->waiting[i]);
    }
    put(&out, recovery->waiting_n > NAMED ? " and others)" : recovery->waiting_n ? ")" : "");
    if (recovery->rootless)
        put(&out, "; root.key in this home is not the root key that signs the directory's journal now: put headquarters' latest one in its"
                  " place (a backup made with --keys has it), and start again");
    put(&out, "; until then nothing new is admitted");
    recovery->text = hw_arena_text(&tx->arena, out.p, out.n);
}

enum hw_status hw_tx_recovery_look(struct hw_tx *tx, struct hw_recovery *recovery, struct hw_err *err)
{
    enum hw_status status = read_kept(tx, recovery, err);
    if (!status)
        status = find_waiting(tx, recovery, err);
    if (!status)
        status = hw_root_fits(tx, &recovery->rootless, err);
    recovery->rootless = !recovery->rootless;
    if (!status)
        write_sentence(tx, recovery);
    return status;
}

/* -- begin, hear, end -- */

/* For the person who looks at `status` later. */
static enum hw_status tell_begin(struct hw_tx *tx, const struct hw_recovery *recovery, struct hw_err *err)
{
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    const struct hw_self *self = hw_tx_self(tx);
    if (recovery->backup_ms) {
        put(&out, "this hub was restored from a backup of ");
        put_minute(&out, recovery->backup_ms);
    } else {
        put(&out, "the database of this hub was put back to an earlier state");
    }
    put(&out, hw_arena_printf(&tx->arena, ". It goes on as %s.%u and takes back what the offices hold.", self->office,
                              self->life));
    return hw_tx_incident(tx, hw_arena_text(&tx->arena, out.p, out.n), err);
}

static enum hw_status tell_end(struct hw_tx *tx, const struct hw_recovery *recovery, struct hw_err *err)
{
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    if (recovery->waiting_n == 0)
        return HW_OK;
    put(&out, "the recovery of this hub ended before it had heard ");
    for (size_t i = 0; i < recovery->waiting_n; i++) {
        put(&out, i ? ", " : "");
        put(&out, recovery->waiting[i]);
    }
    put(&out, ". What they hold is taken back when they come.");
    return hw_tx_incident(tx, hw_arena_text(&tx->arena, out.p, out.n), err);
}

enum hw_status hw_tx_recovery_begin(struct hw_tx *tx, const struct hw_identity *identity, int64_t backup_ms,
                                    size_t *moved, struct hw_err *err)
{
    const struct hw_welcome nobody = {0};
    struct hw_recovery recovery = {.backup_ms = backup_ms, .since_ms = tx->wall};
    unsigned number;
    enum hw_status status = keep(tx, &recovery, err);
    if (!status)
        status = hw_tx_drop(tx, "restored", err);
    if (!status)
        status = hw_tx_fences_forget(tx, err);
    if (!status)
        status = hw_tx_rebirth(tx, &nobody, &identity->inc, moved, err);
    if (status)
        return status;
    hw_tx_identify(tx, identity);
    for (size_t i = 0; i < tx->store->groups_n && !status; i++)
        status = hw_tx_rebirth_rest(tx, tx->store->groups[i].code, err);
    if (!status)
        status = tell_begin(tx, &recovery, err);
    if (status)
        return status;
    /* A draft for now, and the first of its stream, so that whoever reads the stream later knows the key at once. */
    return hw_tx_life_enter(tx, identity->office, &identity->inc, identity->sign_public, "restored",
                            hw_tx_next_change(tx), "headwayd", &number, err);
}

static void hear(struct hw_recovery *recovery, const char *office)
{
    if (!was_heard(recovery, office))
        recovery->heard[recovery->heard_n++] = office; /* there is room */
}

/* Who stands behind a relay has its journals from there: what it holds came back with the relay's. */
enum hw_status hw_tx_recovery_heard(struct hw_tx *tx, const char *office, struct hw_err *err)
{
    struct hw_recovery recovery;
    const char **behind;
    size_t n = 0;
    if (!tx->store->recovering)
        return HW_OK;
    enum hw_status status = read_kept(tx, &recovery, err);
    if (!status)
        status = hw_tx_spoken(tx, office, &behind, &n, err);
    if (status)
        return status;
    const char **heard = hw_arena_zero(&tx->arena, recovery.heard_n + n + 1, sizeof *heard);
    if (recovery.heard_n)
        memcpy(heard, recovery.heard, recovery.heard_n * sizeof *heard);
    recovery.heard = heard;
    hear(&recovery, office);
    for (size_t i = 0; i < n; i++)
        hear(&recovery, behind[i]);
    status = keep(tx, &recovery, err);
    return status ? status : hw_tx_recovery_check(tx, err);
}

enum hw_status hw_tx_recovery_check(struct hw_tx *tx, struct hw_err *err)
{
    struct hw_recovery recovery;
    if (!tx->store->recovering)
        return HW_OK;
    enum hw_status status = hw_tx_recovery_look(tx, &recovery, err);
    return status || recovery.waiting_n || recovery.rootless ? status : hw_tx_recovery_end(tx, err);
}

enum hw_status hw_tx_recovery_end(struct hw_tx *tx, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    struct hw_recovery recovery;
    if (!store->recovering)
        return hw_fail(err, HW_NOT_FOUND, "this hub is not recovering: there is nothing to end");
    enum hw_status status = hw_tx_recovery_look(tx, &recovery, err);
    if (!status)
        status = tell_end(tx, &recovery, err);
    if (!status)
        status = hw_tx_drop(tx, key, err);
    if (!status)
        status = hw_lives_number(tx, true, err); /* nobody has heard of this life yet */
    store->recovering = false;
    for (size_t i = 0; i < store->groups_n && !status; i++)
        if (hw_inc_compare(&store->groups[i].life, &store->identity.inc) != 0)
            status = hw_gate_life_begin(store, &store->groups[i], &store->identity.inc, err);
    if (!status)
        status = hw_seal_own(tx, err);
    for (size_t i = 0; i < store->groups_n && !status; i++)
        status = hw_gate_judge(tx, &store->groups[i], err);
    for (size_t i = 0; i < store->groups_n && !status; i++)
        status = hw_redact_again(tx, &store->groups[i], err);
    return status;
}
