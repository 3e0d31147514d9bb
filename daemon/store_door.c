/* store_door.c: who may connect: the keys of offices and of open invitations, and keys that are shut out (floor 2, noun:
 * door).  Asked for at each HELLO, so it is kept until the directory or an invitation changes. */
#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"
#include "headway/value.h"

/* Reads a bytes field of a row. */
static bool row_bytes(const struct hw_row *row, const char *name, uint8_t *to, size_t n)
{
    struct hw_value value;
    const struct hw_field *field = hw_field_named(hw_kind_by_id(row->kind), name);
    if (!hw_value_read(field, hw_row_value(row, field->id), &value) || value.null || value.text.n != n)
        return false;
    memcpy(to, value.text.p, n);
    return true;
}

static void copy_text(char *to, size_t size, const char *text)
{
    size_t n = strlen(text);
    n = n < size ? n : size - 1;
    memcpy(to, text, n);
    to[n] = 0;
}

static void add(struct hw_out *found, const struct hw_door *door)
{
    hw_put_raw(found, door, sizeof *door);
}

/* An office's present key and the one that it has announced. */
static enum hw_status office_doors(struct hw_tx *tx, struct hw_out *found, struct hw_err *err)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_OFFICE);
    struct hw_scan *scan = NULL;
    enum hw_status status = hw_scan_open(tx, HW_KIND_OFFICE, HW_SCAN_GROUP, 0, "directory", &scan, err);
    while (!status && hw_scan_next(scan)) {
        struct hw_row row;
        struct hw_door door = {0};
        const char *state = hw_scan_text(scan, hw_field_named(kind, "state")->id);
        door.banned = strcmp(state, "revoked") == 0;
        if (hw_scan_archived(scan) || (!door.banned && strcmp(state, "active") != 0))
            continue;
        copy_text(door.office, sizeof door.office, hw_scan_text(scan, hw_field_named(kind, "code")->id));
        if (door.banned)
            copy_text(door.reason, sizeof door.reason, hw_scan_text(scan, hw_field_named(kind, "reason")->id));
        status = hw_scan_row(scan, &tx->arena, &row, err);
        if (!status && row_bytes(&row, "curve_key", door.key, sizeof door.key))
            add(found, &door);
        if (!status && row_bytes(&row, "next_key", door.key, sizeof door.key))
            add(found, &door);
    }
    hw_scan_close(scan);
    return status;
}

/* Keys that an office had before it got another machine or other keys. */
static enum hw_status former_doors(struct hw_tx *tx, struct hw_out *found, struct hw_err *err)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_INCARNATION);
    struct hw_scan *scan = NULL;
    enum hw_status status = hw_scan_open(tx, HW_KIND_INCARNATION, HW_SCAN_GROUP, 0, "directory", &scan, err);
    while (!status && hw_scan_next(scan)) {
        struct hw_row row;
        struct hw_door door = {.banned = true};
        copy_text(door.reason, sizeof door.reason, hw_scan_text(scan, hw_field_named(kind, "ended")->id));
        if (!*door.reason || hw_scan_archived(scan))
            continue;
        status = hw_scan_row(scan, &tx->arena, &row, err);
        if (!status && row_bytes(&row, "curve_key", door.key, sizeof door.key))
            add(found, &door);
    }
    hw_scan_close(scan);
    return status;
}

/* Whoever has just joined may not have heard so: for an hour the same keys may
 * ask again, and everybody else is told that the invitation is used. */
enum { USED_MS = 3600 * 1000 };

static enum hw_status invitation_doors(struct hw_tx *tx, struct hw_out *found, struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_INVITE_OPEN);
    hw_bind_int(statement, 1, (uint64_t)(tx->wall - USED_MS));
    enum hw_status status;
    while (!(status = hw_sql_step(tx->store, statement, err))) {
        struct hw_door door = {.invitation = true};
        struct hw_slice key = hw_column_blob(statement, 0);
        if (key.n != sizeof door.key)
            continue;
        memcpy(door.key, key.p, sizeof door.key);
        add(found, &door);
    }
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* By key; of several with one key, the one that lets in comes first. */
static int compare(const void *a, const void *b)
{
    const struct hw_door *x = a, *y = b;
    int order = memcmp(x->key, y->key, sizeof x->key);
    return order ? order : (int)x->banned - (int)y->banned;
}

static void keep(struct hw_store *store, const struct hw_out *found)
{
    size_t n = found->n / sizeof *store->doors;
    store->doors = hw_realloc(store->doors, (n + 1) * sizeof *store->doors);
    if (n)
        memcpy(store->doors, found->p, found->n);
    qsort(store->doors, n, sizeof *store->doors, compare);
    store->doors_n = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || memcmp(store->doors[i].key, store->doors[i - 1].key, sizeof store->doors[i].key) != 0)
            store->doors[store->doors_n++] = store->doors[i];
}

/* One number for the groups that an office gets here, so that a change of them is noticed: those that it is granted, and at a
 * relay the relay too. */
static enum hw_status add_grants(struct hw_tx *tx, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < store->doors_n && !status; i++) {
        struct hw_door *door = &store->doors[i];
        const char **groups;
        size_t n;
        if (door->invitation || door->banned)
            continue;
        status = hw_tx_granted(tx, door->office, &groups, &n, err);
        for (size_t g = 0; g < n && !status; g++) {
            uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a; added up, so that the order does not count */
            bool serves = false;
            status = hw_carry_serves(tx, groups[g], &serves, err);
            for (const char *p = groups[g]; *p; p++)
                hash = (hash ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
            door->grants += serves ? hash : 0;
        }
    }
    return status;
}

static enum hw_status load(struct hw_tx *tx, struct hw_err *err)
{
    struct hw_out found HW_CLEANUP(hw_out_done) = {0};
    enum hw_status status = hw_tx_flush(tx, err);
    if (!status)
        status = office_doors(tx, &found, err);
    if (!status)
        status = former_doors(tx, &found, err);
    if (!status)
        status = invitation_doors(tx, &found, err);
    if (status)
        return status;
    keep(tx->store, &found);
    status = add_grants(tx, err);
    tx->store->doors_known = status == HW_OK;
    return status;
}

enum hw_status hw_tx_doors(struct hw_tx *tx, struct hw_door **doors, size_t *n, struct hw_err *err)
{
    enum hw_status status = hw_tx_flush(tx, err); /* rows that are written forget what is known */
    if (!status && !tx->store->doors_known)
        status = load(tx, err);
    *n = status ? 0 : tx->store->doors_n;
    *doors = hw_arena_copy(&tx->arena, tx->store->doors, *n * sizeof **doors);
    return status;
}

static int compare_key(const void *key, const void *door)
{
    return memcmp(key, ((const struct hw_door *)door)->key, sizeof ((const struct hw_door *)door)->key);
}

/* NULL: no such key. */
static enum hw_status find(struct hw_tx *tx, const uint8_t key[32], const struct hw_door **door, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    enum hw_status status = hw_tx_flush(tx, err);
    if (!status && !store->doors_known)
        status = load(tx, err);
    *door = NULL;
    if (!status && store->doors_n)
        *door = bsearch(key, store->doors, store->doors_n, sizeof *store->doors, compare_key);
    return status;
}

enum hw_status hw_door_free(struct hw_tx *tx, const uint8_t key[32], const char *office, struct hw_err *err)
{
    const struct hw_door *door;
    enum hw_status status = find(tx, key, &door, err);
    if (status || !door || (door->banned && !*door->office) || (!door->invitation && strcmp(door->office, office) == 0))
        return status;
    return hw_fail(err, HW_DENIED, "the key that office %s brings belongs to somebody else", office);
}

enum hw_status hw_door_office(struct hw_tx *tx, const uint8_t key[32], const char **office, struct hw_err *err)
{
    const struct hw_door *door;
    enum hw_status status = find(tx, key, &door, err);
    if (status)
        return status;
    if (!door || door->invitation || door->banned)
        return hw_fail(err, HW_DENIED, "this office's key is not in the directory");
    *office = hw_arena_text(&tx->arena, door->office, strlen(door->office));
    return HW_OK;
}
