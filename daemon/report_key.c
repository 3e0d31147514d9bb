/* report_key.c: which rows of a report an item and an office belong to
 * (floor 3, noun: report). */
#include <string.h>

#include "daemon/report.h"
#include "headway/country.h"


static void add_key(struct hw_report_key *keys, size_t *n, size_t max, const char *key, const char *name)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(keys[i].key, key) == 0)
            return;
    if (*n < max)
        keys[(*n)++] = (struct hw_report_key){key, name};
}

/* Own regions come first; a country in none of them falls into its M49 region. */
static void add_region(const struct hw_report *report, const char *code, struct hw_report_key *keys, size_t *n,
                       size_t max)
{
    const struct hw_country *country = hw_country_by_code(hw_slice_text(code));
    bool found = false;
    for (size_t i = 0; i < report->regions_n; i++)
        for (size_t k = 0; k < report->regions[i].n; k++)
            if (strcmp(report->regions[i].countries[k], code) == 0) {
                add_key(keys, n, max, report->regions[i].code, report->regions[i].name);
                found = true;
            }
    if (found)
        return;
    const struct hw_region *region = country ? hw_region_by_code(country->region) : NULL;
    if (region)
        add_key(keys, n, max, hw_arena_printf(report->arena, "%03u", region->code), region->name);
    else
        add_key(keys, n, max, code, code);
}

static void add_country(const struct hw_report *report, const char *code, struct hw_report_key *keys, size_t *n,
                        size_t max)
{
    const struct hw_country *country = hw_country_by_code(hw_slice_text(code));
    const char *own = hw_arena_text(report->arena, code, strlen(code));
    add_key(keys, n, max, own, country ? country->name : own);
}

static size_t place_keys(const struct hw_report *report, const char *const *countries, size_t countries_n,
                         struct hw_report_key *keys, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < countries_n; i++)
        if (report->by == HW_BY_COUNTRY)
            add_country(report, countries[i], keys, &n, max);
        else
            add_region(report, countries[i], keys, &n, max);
    if (n == 0)
        add_key(keys, &n, max, "none", "(no country)");
    return n;
}

static size_t set_keys(const struct hw_report *report, const struct hw_view *view, const char *field,
                       struct hw_report_key *keys, size_t max)
{
    size_t n = 0, elements_n;
    const char **elements = hw_view_elements(view, field, &elements_n);
    for (size_t i = 0; i < elements_n; i++) {
        const char *own = hw_arena_text(report->arena, elements[i], strlen(elements[i]));
        add_key(keys, &n, max, own, own);
    }
    if (n == 0)
        add_key(keys, &n, max, "none", "(none)");
    return n;
}

static const char *group_name(const struct hw_report *report, const char *code)
{
    struct hw_slice part = hw_slice_text(code);
    struct hw_id id = hw_id_derive("group", &part, 1);
    struct hw_record *record;
    if (hw_tx_record(report->tx, HW_KIND_GROUP, &id, "directory", &record, NULL) != HW_OK)
        return code;
    struct hw_view view = hw_view_of(report->tx, report->arena, record);
    return *hw_view_text(&view, "name") ? hw_view_text(&view, "name") : code;
}

static struct hw_report_key one_key(const struct hw_report *report, const struct hw_view *view,
                                    const struct hw_report_plan *plan)
{
    unsigned life;
    const char *code;
    uint16_t status;
    switch (report->by) {
    case HW_BY_GROUP:
        code = hw_arena_text(report->arena, view->group, strlen(view->group));
        return (struct hw_report_key){code, group_name(report, code)};
    case HW_BY_PLAN:
        if (!plan)
            return (struct hw_report_key){"none", "(no plan)"};
        return (struct hw_report_key){plan->code, plan->draft ? hw_arena_printf(report->arena, "%s (draft)", plan->title)
                                                              : plan->title};
    case HW_BY_OFFICE: {
        code = hw_tx_office_of(report->tx, &view->row->made.inc, &life);
        const struct hw_office *office = hw_directory_office(&report->directory, code);
        return (struct hw_report_key){code, office && *office->name ? office->name : code};
    }
    default:
        status = hw_view_word(view, "status");
        code = hw_word_name(hw_view_field(view, "status")->words, status ? status : HW_STATUS_NOT_STARTED);
        code = code ? code : hw_arena_text(report->arena, hw_view_text(view, "status"),
                                           strlen(hw_view_text(view, "status")));
        return (struct hw_report_key){code, code};
    }
}

size_t hw_report_keys(const struct hw_report *report, const struct hw_view *view, const struct hw_report_plan *plan,
                      struct hw_report_key *keys, size_t max)
{
    size_t n;
    const char **countries;
    switch (report->by) {
    case HW_BY_REGION:
    case HW_BY_COUNTRY:
        countries = hw_view_elements(view, "countries", &n);
        return place_keys(report, countries, n, keys, max);
    case HW_BY_RESPONSIBLE:
        return set_keys(report, view, "responsible", keys, max);
    case HW_BY_THEME:
        return set_keys(report, view, "themes", keys, max);
    default:
        keys[0] = one_key(report, view, plan);
        return 1;
    }
}

static bool granted(const struct hw_office *office, const char *group)
{
    for (size_t i = 0; i < office->grants_n; i++)
        if (strcmp(office->grants[i].group, group) == 0)
            return true;
    return false;
}

bool hw_report_from(const struct hw_report *report, const struct hw_report_entry *entry,
                    const struct hw_office *office)
{
    struct hw_report_key keys[64]; /* an office works in fewer countries than that */
    size_t n;
    if (strcmp(office->state, "revoked") == 0 || strcmp(office->state, "invited") == 0)
        return false;
    if (!entry)
        return true;
    switch (report->by) {
    case HW_BY_REGION:
    case HW_BY_COUNTRY:
        if (office->countries_n == 0)
            return false;
        n = place_keys(report, office->countries, office->countries_n, keys, sizeof keys / sizeof keys[0]);
        for (size_t i = 0; i < n; i++)
            if (strcmp(keys[i].key, entry->key) == 0)
                return true;
        return false;
    case HW_BY_GROUP:
    case HW_BY_PLAN:
        return granted(office, entry->group);
    case HW_BY_OFFICE:
        return strcmp(office->code, entry->key) == 0;
    default:
        return true;
    }
}
