/* filter_match.c: holding a record against a filter (floor 3, noun: filter). */
#include <string.h>

#include "daemon/filter_internal.h"

bool hw_filter_kind(const struct hw_filter *filter, uint16_t kind, bool fallback)
{
    if (!filter->by_kind)
        return fallback;
    return kind < HW_FILTER_KINDS && filter->kinds[kind];
}

void hw_filter_with_archived(struct hw_filter *filter)
{
    if (filter->archived == HW_ARCHIVED_UNSAID)
        filter->archived = HW_ARCHIVED_TOO;
}

static bool listed(const struct hw_filter_list *list, const char *text)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->text[i], text) == 0)
            return true;
    return false;
}

static bool holds_part(const struct hw_filter_list *list, struct hw_arena *arena, const char *text)
{
    const char *folded = hw_fold(arena, hw_slice_text(text));
    for (size_t i = 0; i < list->n; i++)
        if (strstr(folded, list->text[i]))
            return true;
    return false;
}

static const char **countries_of(const struct hw_view *view, size_t *n)
{
    return hw_view_elements(view, hw_view_field(view, "countries") ? "countries" : "country", n);
}

static bool test_countries(const struct hw_filter *filter, const struct hw_view *view)
{
    size_t n;
    const char **countries = countries_of(view, &n);
    if (n == 0)
        return listed(&filter->countries, "");
    for (size_t i = 0; i < n; i++)
        if (listed(&filter->countries, countries[i]))
            return true;
    return false;
}

static bool test_regions(const struct hw_filter *filter, const struct hw_view *view)
{
    size_t n;
    const char **countries = countries_of(view, &n);
    for (size_t i = 0; i < n; i++) {
        const struct hw_country *country = hw_country_by_code(hw_slice_text(countries[i]));
        if (listed(&filter->region_countries, countries[i]))
            return true;
        for (size_t k = 0; k < filter->regions_n && country; k++)
            if (hw_region_holds(filter->regions[k], country))
                return true;
    }
    return false;
}

static bool test_status(const struct hw_filter *filter, const struct hw_view *view)
{
    uint16_t status = hw_view_word(view, "status");
    if (!hw_view_field(view, "status"))
        return false;
    return (filter->overdue && hw_view_overdue(view, filter->today)) || (filter->open && !hw_view_finished(view)) ||
           (status < HW_FILTER_STATUSES && filter->statuses[status]);
}

static bool test_plan(const struct hw_filter *filter, const struct hw_view *view)
{
    struct hw_id id;
    bool has = hw_view_ref(view, "plan", &id);
    for (size_t i = 0; i < filter->plans_n; i++)
        if ((has && hw_id_equal(&filter->plans[i], &id)) || hw_id_equal(&filter->plans[i], &view->row->id))
            return true;
    return false;
}

bool hw_filter_touches(const struct hw_value *value, int32_t first, int32_t last)
{
    if (value->null || (value->earliest == HW_DAY_NONE && value->latest == HW_DAY_NONE))
        return false;
    return (last == HW_DAY_NONE || value->earliest == HW_DAY_NONE || value->earliest <= last) &&
           (first == HW_DAY_NONE || value->latest == HW_DAY_NONE || value->latest >= first);
}

/* Meetings and resources have a date, all else a deadline. */
static bool test_due(const struct hw_filter *filter, const struct hw_view *view)
{
    struct hw_value due;
    hw_view_value(view, hw_view_field(view, "deadline") ? "deadline" : "date", &due);
    if (filter->due_set && !hw_filter_touches(&due, filter->due_first, filter->due_last))
        return false;
    if (filter->due_soon && (due.latest == HW_DAY_NONE || due.latest < filter->soon_first ||
                             due.latest > filter->soon_last || hw_view_finished(view)))
        return false;
    if (filter->before_set && (due.latest == HW_DAY_NONE || due.latest >= filter->before))
        return false;
    return !filter->after_set || (due.earliest != HW_DAY_NONE && due.earliest > filter->after);
}

static bool test_set(const struct hw_filter_list *list, const struct hw_view *view, const char *field)
{
    size_t n;
    const char **elements = hw_view_elements(view, field, &n);
    for (size_t i = 0; i < n; i++)
        if (holds_part(list, view->arena, elements[i]))
            return true;
    return list->n == 0;
}

static bool test_words(const struct hw_filter *filter, const struct hw_view *view)
{
    if (filter->words.n == 0)
        return true;
    const char *text =
        hw_arena_printf(view->arena, "%s\n%s\n%s\n%s", hw_view_title(view), hw_view_text(view, "description"),
                        hw_view_text(view, "number"), hw_view_text(view, "responsible"));
    const char *folded = hw_fold(view->arena, hw_slice_text(text));
    for (size_t i = 0; i < filter->words.n; i++)
        if (!strstr(folded, filter->words.text[i]))
            return false;
    return true;
}

static bool test_office(const struct hw_filter *filter, const struct hw_view *view)
{
    unsigned life;
    const char *code = hw_tx_office_of(view->tx, &view->row->made.inc, &life);
    return listed(&filter->offices, hw_fold(view->arena, hw_slice_text(code)));
}

static bool test_type(const struct hw_filter *filter, const struct hw_view *view)
{
    uint16_t type = hw_view_word(view, "type");
    return type && type < HW_FILTER_TYPES && filter->types[view->kind->id][type];
}

bool hw_filter_test(const struct hw_filter *filter, const struct hw_view *view)
{
    if (filter->archived != HW_ARCHIVED_TOO &&
        hw_view_archived(view) != (filter->archived == HW_ARCHIVED_ONLY))
        return false;
    return (filter->groups.n == 0 || listed(&filter->groups, view->group)) &&
           (filter->plans_n == 0 || test_plan(filter, view)) && (!filter->by_status || test_status(filter, view)) &&
           (!filter->by_type || test_type(filter, view)) &&
           (filter->countries.n == 0 || test_countries(filter, view)) &&
           (!filter->by_region || test_regions(filter, view)) && test_due(filter, view) &&
           (filter->numbers.n == 0 ||
            listed(&filter->numbers, hw_fold(view->arena, hw_slice_text(hw_view_text(view, "number"))))) &&
           test_set(&filter->responsible, view, "responsible") && test_set(&filter->themes, view, "themes") &&
           (filter->offices.n == 0 || test_office(filter, view)) &&
           (!filter->conflict || hw_view_conflicts(view) > 0) && test_words(filter, view);
}

enum hw_status hw_filter_scan(struct hw_tx *tx, const struct hw_filter *filter, uint16_t kind, hw_each_view *each,
                              void *self, struct hw_err *err)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    const struct hw_kind *known = hw_kind_by_id(kind);
    struct hw_sieve sieve;
    struct hw_scan *scan;
    enum hw_status status = hw_tx_flush(tx, err);
    if (status == HW_OK && known && hw_filter_sieve(filter, known, &sieve))
        status = hw_scan_sieve(tx, kind, sieve.tests, sieve.n, &scan, err);
    else if (status == HW_OK)
        status = hw_scan_open(tx, kind, HW_SCAN_ALL, 0, NULL, &scan, err);
    if (status != HW_OK)
        return status;
    while (status == HW_OK && hw_scan_next(scan)) {
        struct hw_row row;
        struct hw_view view;
        hw_arena_reset(&arena);
        if (filter->archived != HW_ARCHIVED_TOO && hw_scan_archived(scan) != (filter->archived == HW_ARCHIVED_ONLY))
            continue;
        status = hw_view_scan(tx, &arena, scan, kind, &row, &view, err);
        if (status == HW_OK && hw_filter_test(filter, &view))
            status = each(self, &view, err);
    }
    hw_scan_close(scan);
    return status;
}
