/* store_verify_base.c: snapshots that rows begin with, looked at again: the gate's
 * signature, every chunk by its hash (floor 2).  Whether the rows follow from them, store_verify_rows.c sees. */
#include <string.h>

#include "daemon/store_verify_internal.h"

static enum hw_status check_chunks(struct hw_verify *verify, const struct hw_group *group, const struct hw_manifest *manifest,
                                   const char *where, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < manifest->chunks_n && !status; i++) {
        uint8_t hash[HW_HASH_SIZE];
        sqlite3_stmt *statement = hw_sql(verify->tx->store, SQL_CHUNK_GET);
        hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, i));
        status = hw_sql_step(verify->tx->store, statement, err);
        if (!status)
            hw_chunk_hash(hw_column_blob(statement, 0), hash);
        sqlite3_reset(statement);
        if (status == HW_NOT_FOUND || (!status && memcmp(hash, manifest->chunks + i * HW_HASH_SIZE, sizeof hash) != 0))
            hw_verify_fault(verify, where, "its piece %zu is not the one that was signed: restore a backup", i + 1);
        status = status == HW_NOT_FOUND ? HW_OK : status;
    }
    return status;
}

/* Made by this office itself, from a log that it has let go of since (store_compact.c), in whichever life. */
static bool is_made_here(struct hw_verify *verify, const uint8_t hash[HW_HASH_SIZE], const uint8_t signature[HW_SIGNATURE_SIZE])
{
    const struct hw_store *store = verify->tx->store;
    if (hw_entry_verify(hash, store->identity.sign_public, signature))
        return true;
    for (size_t i = 0; i < store->lives_n; i++) /* they are known: the gate's key was looked up among them */
        if (strcmp(store->lives[i].office, store->identity.office) == 0 && hw_entry_verify(hash, store->lives[i].key, signature))
            return true;
    return false;
}

static enum hw_status check_base(struct hw_verify *verify, const struct hw_group *group, struct hw_err *err)
{
    struct hw_snapshot_held held;
    const uint8_t *key = NULL;
    uint8_t hash[HW_HASH_SIZE];
    const char *where = hw_arena_printf(&verify->tx->arena, "snapshot of %s", group->code);
    enum hw_status status = hw_base_held(verify->tx, group, &held, err);
    if (status)
        return status;
    if (hw_journal_key(verify->tx, group, &held.manifest.life, &key, NULL) != HW_OK) {
        hw_verify_fault(verify, where, "the directory does not know who signed it: restore a backup");
    } else {
        hw_manifest_hash(verify->tx->store->identity.root, held.bytes, hash);
        if (!hw_entry_verify(hash, key, held.signature) && !is_made_here(verify, hash, held.signature))
            hw_verify_fault(verify, where, "the signature does not match: restore a backup");
    }
    verify->based += held.manifest.records;
    return check_chunks(verify, group, &held.manifest, where, err);
}

enum hw_status hw_verify_bases(struct hw_verify *verify, struct hw_err *err)
{
    struct hw_store *store = verify->tx->store;
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < store->groups_n && !status; i++)
        if (store->groups[i].base)
            status = check_base(verify, &store->groups[i], err);
    return status;
}

static enum hw_status each_record(struct hw_verify *verify, const struct hw_group *group, hw_each_base *each, void *self,
                                  struct hw_err *err)
{
    enum hw_status status;
    for (uint64_t index = 0;; index++) {
        struct hw_chunk_record *records;
        size_t n = 0;
        sqlite3_stmt *statement = hw_sql(verify->tx->store, SQL_CHUNK_GET);
        hw_bind_int(statement, 1, (uint64_t)hw_row_id(group->id, index));
        status = hw_sql_step(verify->tx->store, statement, err);
        if (!status && hw_chunk_open(hw_column_blob(statement, 0), &verify->scratch, &records, &n, NULL) != HW_OK)
            n = 0; /* that it is damaged was said before */
        sqlite3_reset(statement);
        if (status)
            return status == HW_NOT_FOUND ? HW_OK : status;
        for (size_t i = 0; i < n; i++)
            each(self, group, &records[i]);
        hw_arena_reset(&verify->scratch);
    }
}

enum hw_status hw_verify_each_base(struct hw_verify *verify, hw_each_base *each, void *self, struct hw_err *err)
{
    struct hw_store *store = verify->tx->store;
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < store->groups_n && !status; i++)
        if (store->groups[i].base)
            status = each_record(verify, &store->groups[i], each, self, err);
    return status;
}
