/* crash_state.c: what a database says, as one hash, and whether it is whole. */
#include <stdio.h>
#include <string.h>

#include "daemon/store_internal.h"
#include "daemon/store_owed.h"
#include "daemon/store_verify.h"
#include "tests/sim/crash.h"

static void hash_row(crypto_generichash_state *hash, sqlite3_stmt *statement)
{
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const void *p = sqlite3_column_blob(statement, i);
        int head[2] = {sqlite3_column_type(statement, i), sqlite3_column_bytes(statement, i)};
        crypto_generichash_update(hash, (const unsigned char *)head, sizeof head);
        if (head[1])
            crypto_generichash_update(hash, p, (unsigned long long)head[1]);
    }
}

/* `tables`: the rows are (name, sql) of tables, whose rows are hashed too. */
static bool hash_rows(struct hw_store *store, crypto_generichash_state *hash, const char *sql, bool tables,
                      char why[CRASH_WHY])
{
    sqlite3_stmt *statement = NULL;
    bool good = true;
    int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
    while (code == SQLITE_OK && good && sqlite3_step(statement) == SQLITE_ROW) {
        char inner[200];
        hash_row(hash, statement);
        if (!tables || strcmp((const char *)sqlite3_column_text(statement, 2), "table") != 0)
            continue;
        snprintf(inner, sizeof inner, "SELECT * FROM \"%s\"", (const char *)sqlite3_column_text(statement, 0));
        good = hash_rows(store, hash, inner, false, why);
    }
    if (sqlite3_finalize(statement) != SQLITE_OK || code != SQLITE_OK) {
        snprintf(why, CRASH_WHY, "%s: %s", sql, sqlite3_errmsg(store->db));
        return false;
    }
    return good;
}

static enum hw_status do_nothing(struct hw_tx *tx, void *self, struct hw_err *err)
{
    (void)tx;
    (void)self;
    (void)err;
    return HW_OK;
}

/* Any job finds the rows as they must be: those that were owed are written. */
static bool settle(struct hw_store *store, char why[CRASH_WHY])
{
    struct hw_job job = {.run = do_nothing};
    struct hw_err err = {0};
    if (hw_store_now(store, &job, &err) == HW_OK && !hw_owed(store))
        return true;
    snprintf(why, CRASH_WHY, "its rows stay owed: %s", err.text);
    return false;
}

bool crash_state_hash(struct hw_store *store, uint8_t to[CRASH_HASH], char why[CRASH_WHY])
{
    crypto_generichash_state hash;
    crypto_generichash_init(&hash, NULL, 0, CRASH_HASH);
    if (!settle(store, why) ||
        !hash_rows(store, &hash, "SELECT name, sql, type FROM sqlite_master ORDER BY name", true, why) ||
        !hash_rows(store, &hash, "PRAGMA user_version", false, why))
        return false;
    crypto_generichash_final(&hash, to, CRASH_HASH);
    return true;
}

static enum hw_status look(struct hw_tx *tx, void *self, struct hw_err *err)
{
    char *why = self;
    struct hw_verified result;
    enum hw_status status = hw_tx_verify(tx, &result, err);
    if (!status && result.faults_all)
        snprintf(why, CRASH_WHY, "%s: %s (%llu faults)", result.faults[0].where, result.faults[0].message,
                 (unsigned long long)result.faults_all);
    return status;
}

bool crash_state_whole(struct hw_store *store, char why[CRASH_WHY])
{
    struct hw_job job = {.run = look, .self = why};
    struct hw_err err = {0};
    *why = 0;
    if (hw_store_now(store, &job, &err) != HW_OK)
        snprintf(why, CRASH_WHY, "it cannot be looked over: %s", err.text);
    return !*why;
}
