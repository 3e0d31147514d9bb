/* store_grant.c: the grants of the directory: which groups an office reads, and
 * what it may write (floor 2).  What a grant means is proto/policy.c. */
#include <string.h>

#include "daemon/store_internal.h"
#include "headway/value.h"

/* Which grants there are, as their rows tell: asked for with each segment and each journal that goes or comes, and changed a few
 * times a year. What writes a grant's row forgets them (store_record.c), and so does a rollback. */
static enum hw_status load_grants(struct hw_tx *tx, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_GRANT);
    const struct hw_field *office = hw_field_named(kind, "office"), *scope = hw_field_named(kind, "scope");
    size_t max = (size_t)hw_tx_count(tx, HW_KIND_GRANT);
    struct hw_scan *scan = NULL;
    store->grants = hw_realloc(store->grants, max * sizeof *store->grants);
    store->grants_n = 0;
    enum hw_status status = hw_scan_open(tx, HW_KIND_GRANT, HW_SCAN_GROUP, 0, "directory", &scan, err);
    while (!status && store->grants_n < max && hw_scan_next(scan)) {
        struct hw_grant *grant = &store->grants[store->grants_n];
        struct hw_slice code = hw_slice_text(hw_scan_text(scan, scope->id));
        if (!hw_group_code_valid(code) || hw_slice_is(code, "directory") ||
            !hw_id_parse(hw_slice_text(hw_scan_id(scan)), &grant->id) ||
            !hw_id_parse(hw_slice_text(hw_scan_text(scan, office->id)), &grant->office))
            continue;
        memcpy(grant->group, code.p, code.n);
        grant->group[code.n] = 0;
        grant->ended = hw_scan_archived(scan);
        store->grants_n++;
    }
    hw_scan_close(scan);
    store->grants_known = status == HW_OK;
    return status;
}

static struct hw_id office_id(const char *office)
{
    const struct hw_slice part = hw_slice_text(office);
    return hw_id_derive("office", &part, 1);
}

enum hw_status hw_tx_granted(struct hw_tx *tx, const char *office, const char ***groups, size_t *n,
                             struct hw_err *err)
{
    struct hw_store *store = tx->store;
    struct hw_id id = office_id(office);
    enum hw_status status = store->grants_known ? HW_OK : load_grants(tx, err);
    *groups = hw_arena_zero(&tx->arena, store->grants_n + 1, sizeof **groups);
    (*groups)[0] = "directory";
    *n = 1;
    for (size_t i = 0; i < store->grants_n && !status; i++) {
        const struct hw_grant *grant = &store->grants[i];
        bool known = !hw_id_equal(&grant->office, &id) || grant->ended;
        for (size_t k = 1; k < *n && !known; k++)
            known = strcmp((*groups)[k], grant->group) == 0; /* two grants in one group */
        if (!known)
            (*groups)[(*n)++] = hw_arena_text(&tx->arena, grant->group, strlen(grant->group));
    }
    return status;
}

/* Headquarters has no grants, and coordinates every group. */
static bool is_headquarters(struct hw_tx *tx, const char *office)
{
    const struct hw_group *directory = hw_cache_group(tx->store, hw_slice_text("directory"));
    const struct hw_life *life = NULL;
    if (tx->store->identity.gate)
        return strcmp(office, tx->store->identity.office) == 0;
    return directory && hw_cache_life(tx, &directory->life, &life, NULL) == HW_OK && life && strcmp(office, life->office) == 0;
}

enum hw_status hw_tx_has_grant(struct hw_tx *tx, const char *office, struct hw_slice group, enum hw_granted *granted,
                               struct hw_err *err)
{
    const struct hw_store *store = tx->store;
    struct hw_id id = office_id(office);
    enum hw_status status = store->grants_known ? HW_OK : load_grants(tx, err);
    *granted = hw_slice_is(group, "directory") || is_headquarters(tx, office) ? HW_GRANTED_NOW : HW_GRANTED_NEVER;
    for (size_t i = 0; i < store->grants_n && !status; i++) {
        const struct hw_grant *grant = &store->grants[i];
        enum hw_granted this = grant->ended ? HW_GRANTED_ONCE : HW_GRANTED_NOW;
        if (hw_id_equal(&grant->office, &id) && hw_slice_is(group, grant->group) && this > *granted)
            *granted = this;
    }
    return status;
}

/* The office's own record: its name, and whether it is revoked. */
static enum hw_status read_office(struct hw_tx *tx, const struct hw_id *id, struct hw_leave *leave, struct hw_err *err)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_OFFICE);
    const struct hw_field *name = hw_field_named(kind, "name"), *state = hw_field_named(kind, "state");
    struct hw_record *record;
    struct hw_value value;
    enum hw_status status = hw_tx_record(tx, HW_KIND_OFFICE, id, "directory", &record, err);
    if (status)
        return status;
    if (hw_value_read(state, hw_row_value(&record->row, state->id), &value) && !value.null)
        leave->revoked = strcmp(hw_value_print(state, hw_row_value(&record->row, state->id), &tx->arena), "revoked") == 0;
    if (hw_value_read(name, hw_row_value(&record->row, name->id), &value) && !value.null)
        leave->name = hw_arena_text(&tx->arena, value.text.p, value.text.n);
    return HW_OK;
}

enum hw_status hw_tx_leave(struct hw_tx *tx, const char *office, const char *group, struct hw_leave *leave,
                           struct hw_err *err)
{
    struct hw_store *store = tx->store;
    struct hw_id id = office_id(office);
    *leave = (struct hw_leave){.office = hw_arena_text(&tx->arena, office, strlen(office)), .name = "",
                               .group = hw_arena_text(&tx->arena, group, strlen(group))};
    if (store->identity.gate && strcmp(office, store->identity.office) == 0) {
        leave->reads = leave->writes = leave->all = true; /* headquarters coordinates every group */
        return HW_OK;
    }
    enum hw_status status = store->grants_known ? HW_OK : load_grants(tx, err);
    if (!status)
        status = read_office(tx, &id, leave, err);
    for (size_t i = 0; i < store->grants_n && !status; i++) {
        const struct hw_grant *grant = &store->grants[i];
        struct hw_record *record;
        if (!hw_id_equal(&grant->office, &id) || strcmp(grant->group, group) != 0)
            continue;
        status = hw_tx_record(tx, HW_KIND_GRANT, &grant->id, "directory", &record, err);
        if (!status)
            hw_leave_add(leave, &tx->arena, &record->row);
    }
    return status;
}
