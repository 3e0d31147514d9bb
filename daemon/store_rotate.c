/* store_rotate.c: headquarters changes its keys, and which key a hub has besides the one that is known (floor 2, noun:
 * rotation).
 *
 * The new signing life begins at once: it enters itself into the directory, whose journal the root signs, and every journal
 * goes on with it. The new CURVE key is announced there and used later: an office that comes meanwhile learns it over
 * the old one. A relay has its new key at once, and goes on serving offices with the former one until then, since they may be
 * away. "switch" in the table node is when, 8 bytes, Unix milliseconds. */
#include <stdio.h>
#include <string.h>

#include "daemon/store_edit.h"
#include "daemon/store_internal.h"
#include "headway/value.h"
#include "headway/when.h"

static const char switch_key[] = "switch";

int64_t hw_tx_switch_at(struct hw_tx *tx)
{
    struct hw_slice value;
    uint64_t at = 0;
    if (hw_tx_get(tx, switch_key, &value) != HW_OK || value.n != sizeof at)
        return 0;
    for (size_t i = 0; i < value.n; i++)
        at = at << 8 | value.p[i];
    return (int64_t)at;
}

enum hw_status hw_tx_switch_set(struct hw_tx *tx, int64_t at, struct hw_err *err)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)at >> (56 - 8 * i));
    return hw_tx_put(tx, switch_key, (struct hw_slice){bytes, sizeof bytes}, err);
}

static const char *why(struct hw_tx *tx)
{
    char day[32];
    hw_time_print(tx->wall, day);
    day[10] = 0;
    return hw_arena_printf(&tx->arena, "headquarters changed its keys on %s", day);
}

enum hw_status hw_tx_rotate_gate(struct hw_tx *tx, const struct hw_identity *identity, const uint8_t *present,
                                 const uint8_t *next, int64_t at, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    unsigned number;
    enum hw_status status = hw_tx_finish(tx, err); /* whatever the life before has said is sealed by it */
    if (status)
        return status;
    hw_tx_identify(tx, identity);
    for (size_t i = 0; i < store->groups_n && !status; i++)
        status = hw_gate_life_begin(store, &store->groups[i], &identity->inc, err);
    uint64_t change = hw_tx_next_change(tx);
    if (!status) /* the first of its stream, so that whoever reads it knows the key at once */
        status = hw_tx_life_enter(tx, identity->office, &identity->inc, identity->sign_public, "rotation", change, "headwayd",
                                  &number, err);
    if (!status)
        status = hw_office_announce(tx, identity->office, present, next, change, err);
    if (!status)
        status = hw_tx_lives_end(tx, identity->office, &identity->inc, why(tx), NULL, change, err);
    return status ? status : hw_tx_switch_set(tx, at, err);
}

/* The life that ended last keeps the key of before: who was away finds by it that this is the same hub. */
static enum hw_status keep_former(struct hw_tx *tx, const char *office, const uint8_t *key, uint64_t change,
                                  struct hw_err *err)
{
    const struct hw_life *latest = NULL, *any;
    static const struct hw_inc none;
    enum hw_status status = hw_cache_life(tx, &none, &any, err); /* loads them */
    for (size_t i = 0; i < tx->store->lives_n && !status; i++) {
        const struct hw_life *life = &tx->store->lives[i];
        if (life->ended && strcmp(life->office, office) == 0 && (!latest || life->number > latest->number))
            latest = life;
    }
    if (status || !latest)
        return status;
    const struct hw_slice inc = {latest->inc.b, sizeof latest->inc.b};
    struct hw_id id = hw_id_derive("incarnation", &inc, 1);
    struct hw_edit *edit = hw_arena_alloc(&tx->arena, sizeof *edit);
    status = hw_edit_begin(edit, tx, HW_KIND_INCARNATION, &id, "directory", err);
    if (!status)
        status = hw_edit_bytes(edit, "curve_key", key, HW_CURVE_SIZE, err);
    return status ? status : hw_edit_write(edit, change, "headwayd", err);
}

enum hw_status hw_tx_switch(struct hw_tx *tx, uint8_t now[HW_CURVE_SIZE], struct hw_err *err)
{
    const char *office = tx->store->identity.office;
    struct hw_office_keys keys;
    uint64_t change = hw_tx_next_change(tx);
    enum hw_status status = hw_office_look(tx, office, &keys, err);
    if (!tx->store->identity.gate) {
        memset(now, 0, HW_CURVE_SIZE);
        return hw_tx_drop(tx, switch_key, err);
    }
    if (tx->store->recovering)
        return hw_fail(err, HW_DENIED, "this hub takes back what the offices hold");
    if (!status && !keys.announced)
        return hw_fail(err, HW_NOT_FOUND, "the directory has no new key of this hub");
    if (!status)
        status = hw_office_announce(tx, office, keys.next_key, NULL, change, err);
    if (!status && keys.keyed)
        status = keep_former(tx, office, keys.curve_key, change, err);
    if (!status)
        status = hw_tx_put(tx, "curve", (struct hw_slice){keys.next_key, sizeof keys.next_key}, err);
    memcpy(now, keys.next_key, sizeof keys.next_key);
    return status ? status : hw_tx_drop(tx, switch_key, err);
}

static bool has(const struct hw_row *row, const char *name, uint8_t key[HW_CURVE_SIZE])
{
    const struct hw_field *field = hw_field_named(hw_kind_by_id(row->kind), name);
    struct hw_value value;
    if (!hw_value_read(field, hw_row_value(row, field->id), &value) || value.null || value.text.n != HW_CURVE_SIZE)
        return false;
    memcpy(key, value.text.p, HW_CURVE_SIZE);
    return true;
}

/* Of every row of a kind whose `curve_key` is `known`: its office. */
static enum hw_status find(struct hw_tx *tx, uint16_t kind, const uint8_t *known, char office[HW_ID_TEXT + 1],
                           struct hw_err *err)
{
    struct hw_scan *scan = NULL;
    enum hw_status status = hw_scan_open(tx, kind, HW_SCAN_ALL, 0, NULL, &scan, err);
    office[0] = 0;
    while (!status && !*office && hw_scan_next(scan)) {
        struct hw_row row;
        uint8_t key[HW_CURVE_SIZE];
        status = hw_scan_row(scan, &tx->arena, &row, err);
        if (status || !has(&row, "curve_key", key) || memcmp(key, known, sizeof key) != 0)
            continue;
        const char *id = kind == HW_KIND_OFFICE
                             ? hw_scan_id(scan)
                             : hw_scan_text(scan, hw_field_named(hw_kind_by_id(kind), "office")->id);
        snprintf(office, HW_ID_TEXT + 1, "%s", id);
    }
    hw_scan_close(scan);
    return status;
}

enum hw_status hw_tx_other_key(struct hw_tx *tx, const uint8_t known[HW_CURVE_SIZE], uint8_t other[HW_CURVE_SIZE],
                               struct hw_err *err)
{
    char office[HW_ID_TEXT + 1];
    const char *field = "next_key";
    struct hw_record *record;
    struct hw_id id;
    enum hw_status status = hw_root_reached(tx, err);
    if (!status)
        status = find(tx, HW_KIND_OFFICE, known, office, err);
    if (!status && !*office) {
        field = "curve_key";
        status = find(tx, HW_KIND_INCARNATION, known, office, err);
    }
    if (status || !hw_id_parse(hw_slice_text(office), &id))
        return status ? status : HW_NOT_FOUND;
    status = hw_tx_record(tx, HW_KIND_OFFICE, &id, "directory", &record, err);
    return status ? status : has(&record->row, field, other) ? HW_OK : HW_NOT_FOUND;
}
