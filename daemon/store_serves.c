/* store_serves.c: who follows a relay, as it tells its own hub, and what the hub keeps of that (floor 2).
 *
 * "speaks OFFICE" in the table node is [office...]: those for which that office spoke in its last HELLO. An office follows
 * the relay that has a fence of its latest incarnation: whoever follows another hub draws a new one. */
#include <string.h>

#include "daemon/store_internal.h"

static const char *key_of(struct hw_tx *tx, const char *office)
{
    return hw_arena_printf(&tx->arena, "speaks %s", office);
}

enum hw_status hw_tx_spoken(struct hw_tx *tx, const char *office, const char ***codes, size_t *n, struct hw_err *err)
{
    struct hw_slice value;
    *n = 0;
    enum hw_status status = hw_tx_get(tx, key_of(tx, office), &value);
    *codes = NULL;
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : hw_fail(err, status, "what office %s said of those behind it cannot be read", office);
    struct hw_in in = hw_in_of(value);
    size_t all = hw_get_array(&in);
    *codes = hw_arena_zero(&tx->arena, all <= value.n ? all : 0, sizeof **codes);
    for (size_t i = 0; i < all && !in.bad; i++) {
        struct hw_slice code = hw_get_text(&in);
        if (!in.bad)
            (*codes)[(*n)++] = hw_arena_text(&tx->arena, code.p, code.n);
    }
    return hw_in_end(&in) ? HW_OK
                          : hw_fail(err, HW_CORRUPT, "what office %s said of those behind it cannot be read", office);
}

enum hw_status hw_tx_speaks(struct hw_tx *tx, const char *office, const struct hw_hello *hello, struct hw_err *err)
{
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    const char *key = key_of(tx, office);
    struct hw_slice held = {0};
    enum hw_status status = hw_tx_get(tx, key, &held);
    if (status && status != HW_NOT_FOUND)
        return hw_fail(err, status, "what office %s said of those behind it cannot be read", office);
    hw_put_array(&out, hello->serves_n);
    for (size_t i = 0; i < hello->serves_n; i++)
        hw_put_textn(&out, hello->serves[i].p, hello->serves[i].n);
    if (status == HW_NOT_FOUND ? hello->serves_n == 0 : hw_slice_equal(held, hw_out_slice(&out)))
        return HW_OK;
    return hello->serves_n ? hw_tx_put(tx, key, hw_out_slice(&out), err) : hw_tx_drop(tx, key, err);
}

static bool is_latest(const struct hw_store *store, const struct hw_life *life)
{
    for (size_t i = 0; i < store->lives_n; i++)
        if (strcmp(store->lives[i].office, life->office) == 0 && store->lives[i].number > life->number)
            return false;
    return true;
}

static void add(struct hw_out *codes, const char *office)
{
    char code[HW_OFFICE_MAX + 1] = {0};
    size_t n = strlen(office);
    memcpy(code, office, n < HW_OFFICE_MAX ? n : HW_OFFICE_MAX);
    hw_put_raw(codes, code, sizeof code);
}

/* One that follows this relay, and those for which it speaks itself. */
static enum hw_status add_follower(struct hw_tx *tx, const struct hw_inc *inc, struct hw_out *codes, struct hw_err *err)
{
    const struct hw_life *life;
    const char **behind;
    size_t n;
    enum hw_status status = hw_cache_life(tx, inc, &life, err);
    if (status || !life || !is_latest(tx->store, life))
        return status;
    add(codes, life->office);
    status = hw_tx_spoken(tx, life->office, &behind, &n, err);
    for (size_t i = 0; i < n && !status; i++)
        add(codes, behind[i]);
    return status;
}

enum hw_status hw_tx_serves(struct hw_tx *tx, struct hw_serves *serves, struct hw_err *err)
{
    struct hw_out incs HW_CLEANUP(hw_out_done) = {0}, codes HW_CLEANUP(hw_out_done) = {0};
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_FENCE_ALL);
    enum hw_status status;
    *serves = (struct hw_serves){0};
    while (!(status = hw_sql_step(tx->store, statement, err))) {
        struct hw_slice inc = hw_column_blob(statement, 0);
        if (inc.n == sizeof(struct hw_inc))
            hw_put_raw(&incs, inc.p, inc.n);
    }
    status = status == HW_NOT_FOUND ? HW_OK : status;
    for (size_t at = 0; at < incs.n && !status; at += sizeof(struct hw_inc)) {
        struct hw_inc inc;
        memcpy(inc.b, incs.p + at, sizeof inc.b);
        status = add_follower(tx, &inc, &codes, err);
    }
    serves->n = codes.n / (HW_OFFICE_MAX + 1);
    serves->codes = hw_arena_copy(&tx->arena, codes.p, codes.n);
    return status;
}
