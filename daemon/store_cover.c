/* store_cover.c: how far the journals were when the last backup was made that is
 * known to be stored (floor 2).
 *
 * Whoever makes a backup says so before ("cover.mark" in the table node: its name, and how far each journal is) and when the file is
 * where it belongs; then the mark counts ("cover"). Nothing in this database is given up, here or at an office, beyond that. */
#include <sodium.h>
#include <string.h>

#include "daemon/store_internal.h"

static const char key[] = "cover", mark_key[] = "cover.mark";

enum hw_status hw_tx_cover_mark(struct hw_tx *tx, uint8_t name[HW_COVER_NAME], struct hw_err *err)
{
    const struct hw_store *store = tx->store;
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    randombytes_buf(name, HW_COVER_NAME);
    hw_put_array(&out, 2);
    hw_put_bytes(&out, name, HW_COVER_NAME);
    hw_put_array(&out, store->groups_n);
    for (size_t i = 0; i < store->groups_n; i++) {
        hw_put_array(&out, 3);
        hw_put_text(&out, store->groups[i].code);
        hw_put_uint(&out, store->groups[i].position);
        hw_put_bytes(&out, store->groups[i].chain, HW_HASH_SIZE);
    }
    return hw_tx_put(tx, mark_key, hw_out_slice(&out), err);
}

enum hw_status hw_tx_cover_confirm(struct hw_tx *tx, const uint8_t name[HW_COVER_NAME], struct hw_err *err)
{
    uint8_t marked[HW_COVER_NAME];
    struct hw_slice value;
    if (hw_tx_get(tx, mark_key, &value) != HW_OK)
        return HW_OK;
    struct hw_in in = hw_in_of(value);
    bool head = hw_get_array(&in) == 2;
    hw_get_fixed(&in, marked, sizeof marked);
    if (!head || in.bad || memcmp(marked, name, sizeof marked) != 0)
        return HW_OK; /* another backup was begun meanwhile */
    enum hw_status status = hw_tx_put(tx, key, hw_arena_slice(&tx->arena, value), err);
    return status ? status : hw_tx_drop(tx, mark_key, err);
}

enum hw_status hw_cover_of(struct hw_tx *tx, const struct hw_group *group, uint64_t *position, struct hw_err *err)
{
    struct hw_slice value;
    *position = 0;
    if (hw_tx_get(tx, key, &value) != HW_OK)
        return HW_OK;
    struct hw_in in = hw_in_of(value);
    hw_get_array(&in);
    hw_get_bytes(&in);
    for (size_t n = hw_get_array(&in); n > 0 && !in.bad; n--) {
        uint8_t chain[HW_HASH_SIZE], held[HW_HASH_SIZE];
        hw_get_array(&in);
        struct hw_slice code = hw_get_text(&in);
        uint64_t at = hw_get_uint_max(&in, INT64_MAX);
        hw_get_fixed(&in, chain, sizeof chain);
        if (in.bad || !hw_slice_is(code, group->code))
            continue;
        enum hw_status status = at > group->position ? HW_NOT_FOUND : hw_journal_chain(tx, group, at, held, err);
        if (!status && memcmp(chain, held, sizeof held) == 0)
            *position = at;
        return status == HW_NOT_FOUND ? HW_OK : status; /* cut back since: it covers something else */
    }
    return in.bad ? hw_fail(err, HW_CORRUPT, "what this node noted of its backups cannot be read") : HW_OK;
}
