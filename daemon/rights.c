/* rights.c: the obvious refusals, said before anything is saved (floor 3, noun:
 * rights).  The gate decides; this only spares a person a change that would
 * come back. What is not sure to be refused is let through. */
#include <string.h>

#include "daemon/command.h"
#include "daemon/view.h"

enum { ROLE_COORDINATOR = 1, ROLE_CONTRIBUTOR = 2, ROLE_READER = 3 }; /* schema: hw_words_grant_role */
enum { COUNTRIES_MAX = 260 }; /* more than the world has */

struct hw_rights {
    bool granted, whole, reader; /* some grant; one without limits; nothing but reading */
    const char *countries[COUNTRIES_MAX];
    size_t n;
};

static void add_grant(struct hw_rights *rights, const struct hw_view *view)
{
    size_t n;
    uint16_t role = hw_view_word(view, "role");
    const char **countries = hw_view_elements(view, "countries", &n);
    rights->reader = (!rights->granted || rights->reader) && role == ROLE_READER;
    rights->granted = true;
    if (role == ROLE_COORDINATOR || (role == ROLE_CONTRIBUTOR && n == 0))
        rights->whole = true;
    for (size_t i = 0; i < n && role == ROLE_CONTRIBUTOR && rights->n < COUNTRIES_MAX; i++)
        rights->countries[rights->n++] = countries[i];
}

/* The grants of this node's office in the group. */
static enum hw_status load(struct hw_tx *tx, struct hw_arena *arena, const char *group, struct hw_rights *rights,
                           struct hw_err *err)
{
    const struct hw_self *self = hw_tx_self(tx);
    struct hw_scan *scan;
    uint16_t scope = hw_field_named(hw_kind_by_id(HW_KIND_GRANT), "scope")->id;
    *rights = (struct hw_rights){0};
    enum hw_status status = hw_scan_open(tx, HW_KIND_GRANT, HW_SCAN_ALL, 0, NULL, &scan, err);
    while (status == HW_OK && hw_scan_next(scan)) {
        struct hw_row row;
        struct hw_view view;
        struct hw_record *office;
        struct hw_id id;
        if (hw_scan_archived(scan) || strcmp(hw_scan_text(scan, scope), group) != 0)
            continue;
        status = hw_view_scan(tx, arena, scan, HW_KIND_GRANT, &row, &view, err);
        if (status != HW_OK || !hw_view_ref(&view, "office", &id) ||
            hw_tx_record(tx, HW_KIND_OFFICE, &id, "directory", &office, NULL) != HW_OK)
            continue;
        struct hw_view of = hw_view_of(tx, arena, office);
        if (strcmp(hw_view_text(&of, "code"), self->office) == 0)
            add_grant(rights, &view);
    }
    hw_scan_close(scan);
    return status;
}

static bool ours(const struct hw_rights *rights, const char *country)
{
    for (size_t i = 0; i < rights->n; i++)
        if (strcmp(rights->countries[i], country) == 0)
            return true;
    return false;
}

static bool responsible(const struct hw_view *view, const char *office)
{
    size_t n;
    const char **names = hw_view_elements(view, "responsible", &n);
    const char *folded = hw_fold(view->arena, hw_slice_text(office));
    for (size_t i = 0; i < n; i++)
        if (strstr(hw_fold(view->arena, hw_slice_text(names[i])), folded))
            return true;
    return false;
}

/* Countries of the row, or, for a new one, those that the draft gives it. */
static const char **countries_of(const struct hw_draft *draft, const struct hw_view *view, size_t *n)
{
    const struct hw_field *field = hw_view_field(view, "countries");
    if (draft->record->row.made.seq || !field)
        return hw_view_elements(view, field ? "countries" : "country", n);
    const char **countries = hw_arena_zero(draft->arena, draft->n, sizeof *countries);
    *n = 0;
    for (size_t i = 0; i < draft->n; i++)
        if (draft->ops[i].op.code == HW_OP_ADD && draft->ops[i].op.field == field->id)
            countries[(*n)++] = hw_value_print(field, draft->ops[i].element, draft->arena);
    return countries;
}

enum hw_status hw_rights_check(struct hw_draft *draft, struct hw_err *err)
{
    const struct hw_self *self = hw_tx_self(draft->tx);
    const char *group = draft->record->group;
        size_t n;
    enum hw_status status = HW_OK;
    if (self->gate || !self->enrolled || strcmp(group, "directory") == 0)
        return HW_OK;
    if (!draft->rights) {
        draft->rights = hw_arena_alloc(draft->arena, sizeof *draft->rights);
        status = load(draft->tx, draft->arena, group, draft->rights, err);
    }
    const struct hw_rights *rights = draft->rights;
    if (status != HW_OK || !rights->granted || rights->whole)
        return status;
    if (rights->reader)
        return hw_fail(err, HW_DENIED, "%s may read %s but not write it; ask headquarters for another role",
                       self->office, group);
    struct hw_view view = hw_view_of(draft->tx, draft->arena, draft->record);
    const char **countries = countries_of(draft, &view, &n);
    bool mine = n == 0 || draft->kind->id == HW_KIND_COMMENT || responsible(&view, self->office);
    for (size_t i = 0; i < n && !mine; i++)
        mine = ours(rights, countries[i]);
    if (!mine)
        return hw_fail(err, HW_DENIED, "%s may not write records of %s in %s; comment on it, or ask headquarters",
                       self->office, countries[0], group);
    return HW_OK;
}
