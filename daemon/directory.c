/* directory.c: the offices of the directory with their grants, and when each
 * was last heard (floor 3, noun: directory). */
#include "daemon/directory.h"

#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 86400000, CADENCE_DEFAULT = 7 }; /* a week: what offices report by when nothing else is agreed */

typedef enum hw_status each_row(void *self, const struct hw_view *view);

static enum hw_status scan_kind(struct hw_tx *tx, uint16_t kind, each_row *each, void *self, struct hw_err *err)
{
    struct hw_scan *scan;
    enum hw_status status = hw_scan_open(tx, kind, HW_SCAN_GROUP, 0, "directory", &scan, err);
    while (status == HW_OK && hw_scan_next(scan)) {
        struct hw_row row;
        struct hw_view view;
        if (hw_scan_archived(scan))
            continue;
        status = hw_view_scan(tx, hw_tx_arena(tx), scan, kind, &row, &view, err);
        if (status == HW_OK)
            status = each(self, &view);
    }
    hw_scan_close(scan);
    return status;
}

static enum hw_status add_office(void *self, const struct hw_view *view)
{
    struct hw_directory *directory = self;
    struct hw_value cadence;
    struct hw_office *office = &directory->offices[directory->n];
    *office = (struct hw_office){.id = view->row->id,
                                 .code = hw_view_text(view, "code"),
                                 .name = hw_view_text(view, "name"),
                                 .kind = hw_view_text(view, "kind"),
                                 .state = hw_view_text(view, "state"),
                                 .cadence = CADENCE_DEFAULT};
    if (!*office->code)
        return HW_OK;
    if (hw_view_value(view, "cadence", &cadence) && cadence.number > 0)
        office->cadence = cadence.number;
    office->countries = hw_view_elements(view, "countries", &office->countries_n);
    directory->n++;
    return HW_OK;
}

static enum hw_status add_grant(void *self, const struct hw_view *view)
{
    struct hw_directory *directory = self;
    struct hw_id id;
    if (!hw_view_ref(view, "office", &id))
        return HW_OK;
    for (size_t i = 0; i < directory->n; i++) {
        struct hw_office *office = &directory->offices[i];
        if (!hw_id_equal(&office->id, &id))
            continue;
        struct hw_office_grant *grants = hw_arena_zero(view->arena, office->grants_n + 1, sizeof *grants);
        if (office->grants_n)
            memcpy(grants, office->grants, office->grants_n * sizeof *grants);
        struct hw_office_grant *grant = &grants[office->grants_n++];
        grant->group = hw_view_text(view, "scope");
        grant->role = hw_view_text(view, "role");
        grant->countries = hw_view_elements(view, "countries", &grant->countries_n);
        office->grants = grants;
    }
    return HW_OK;
}

static int by_code(const void *a, const void *b)
{
    return strcmp(((const struct hw_office *)a)->code, ((const struct hw_office *)b)->code);
}

static enum hw_status add_heard(struct hw_tx *tx, struct hw_directory *directory, struct hw_err *err)
{
    struct hw_office_heard *heard;
    size_t n;
    enum hw_status status = hw_tx_heard(tx, &heard, &n, err);
    for (size_t i = 0; status == HW_OK && i < n; i++)
        for (size_t k = 0; k < directory->n; k++)
            if (strcmp(directory->offices[k].code, heard[i].code) == 0) {
                directory->offices[k].last_heard_ms = heard[i].last_heard_ms;
                directory->offices[k].behind = heard[i].behind;
                directory->offices[k].elsewhere = heard[i].elsewhere;
            }
    return status;
}

/* Who is in session is heard now, and is behind by what it has not confirmed. */
static void add_sessions(struct hw_tx *tx, const struct hw_link_view *link, struct hw_directory *directory)
{
    for (size_t i = 0; link && i < link->connected_n; i++)
        for (size_t k = 0; k < directory->n; k++)
            if (strcmp(directory->offices[k].code, link->connected[i]) == 0) {
                directory->offices[k].last_heard_ms = hw_tx_wall(tx);
                directory->offices[k].behind = link->behind[i];
                directory->offices[k].elsewhere = false;
                directory->offices[k].connected = true;
            }
}

enum hw_status hw_directory_load(struct hw_tx *tx, const struct hw_link_view *link, struct hw_directory *directory,
                                 struct hw_err *err)
{
    const struct hw_self *self = hw_tx_self(tx);
    /* Counted first: the list is one array. */
    size_t room = (size_t)hw_tx_count(tx, HW_KIND_OFFICE);
    *directory = (struct hw_directory){.offices = hw_arena_zero(hw_tx_arena(tx), room + 1, sizeof(struct hw_office))};
    enum hw_status status = scan_kind(tx, HW_KIND_OFFICE, add_office, directory, err);
    if (status == HW_OK)
        status = scan_kind(tx, HW_KIND_GRANT, add_grant, directory, err);
    if (status == HW_OK && directory->n)
        qsort(directory->offices, directory->n, sizeof directory->offices[0], by_code);
    if (status == HW_OK)
        status = add_heard(tx, directory, err);
    add_sessions(tx, link, directory);
    for (size_t i = 0; i < directory->n; i++)
        if (strcmp(directory->offices[i].code, self->office) == 0) {
            directory->offices[i].last_heard_ms = hw_tx_wall(tx); /* this very node */
            directory->offices[i].connected = true;
            directory->offices[i].behind = 0;
        }
    return status;
}

const struct hw_office *hw_directory_office(const struct hw_directory *directory, const char *code)
{
    for (size_t i = 0; i < directory->n; i++)
        if (strcmp(directory->offices[i].code, code) == 0)
            return &directory->offices[i];
    return NULL;
}

int64_t hw_office_silent(const struct hw_office *office, int64_t now_ms)
{
    if (strcmp(office->state, "revoked") == 0 || strcmp(office->state, "invited") == 0)
        return 0;
    if (office->last_heard_ms == 0)
        return INT64_MAX;
    int64_t days = (now_ms - office->last_heard_ms) / DAY_MS;
    return days > office->cadence ? days : 0;
}
