/* store_life.c: an office's lives in the directory: entering a new one, and ending those before it (floor 2, noun: life). */
#include <stdio.h>
#include <string.h>

#include "daemon/store_edit.h"
#include "daemon/store_internal.h"

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

static enum hw_status end_one(struct hw_tx *tx, const struct hw_inc *inc, const char *why, const uint8_t *curve_key,
                              uint64_t change, struct hw_err *err)
{
    const struct hw_slice life = {inc->b, sizeof inc->b};
    struct hw_id id = hw_id_derive("incarnation", &life, 1);
    struct hw_edit *edit = hw_arena_alloc(&tx->arena, sizeof *edit);
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_INCARNATION, &id, "directory", err);
    if (!status)
        status = hw_edit_put(edit, "ended", why, err);
    if (!status && curve_key)
        status = hw_edit_bytes(edit, "curve_key", curve_key, HW_CURVE_SIZE, err);
    return status ? status : hw_edit_write(edit, change, "headwayd", err);
}

enum hw_status hw_tx_lives_end(struct hw_tx *tx, const char *office, const struct hw_inc *but, const char *why,
                               const uint8_t *curve_key, uint64_t change, struct hw_err *err)
{
    unsigned n;
    enum hw_status status = count_lives(tx, office, &n, err); /* loads them */
    struct hw_inc *ending = hw_arena_zero(&tx->arena, tx->store->lives_n + 1, sizeof *ending);
    size_t ending_n = 0, latest = 0;
    unsigned greatest = 0;
    for (size_t i = 0; i < tx->store->lives_n && !status; i++) { /* copied: the first edit makes them known anew */
        const struct hw_life *life = &tx->store->lives[i];
        if (life->ended || strcmp(life->office, office) != 0 || hw_inc_compare(&life->inc, but) == 0)
            continue;
        if (life->number >= greatest) {
            greatest = life->number;
            latest = ending_n;
        }
        ending[ending_n++] = life->inc;
    }
    for (size_t i = 0; i < ending_n && !status; i++)
        status = end_one(tx, &ending[i], why, i == latest ? curve_key : NULL, change, err);
    return status;
}
