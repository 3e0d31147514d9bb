/* filter.c: words of a filter -> one struct (floor 3, noun: filter).  All keys
 * must hold; several values of one key, separated by commas, are alternatives. */
#include "daemon/filter.h"

#include <string.h>

#include "daemon/filter_internal.h"
#include "daemon/lookup.h"
#include "headway/country.h"

enum { WEEK = 7, MONTH = 31, KEY_MAX = 20 };

static const char *const keys[] = {"country", "status", "type",       "plan",      "group",    "region",   "responsible",
                                   "theme",   "office", "kind",       "due",       "due.before", "due.after", "text",
                                   "archived", "number", "conflict"};

/* The next of several values; false at the end. */
static bool next_value(struct hw_slice *rest, struct hw_slice *value)
{
    while (rest->n && rest->p[0] == ',') {
        rest->p++;
        rest->n--;
    }
    if (rest->n == 0)
        return false;
    const uint8_t *comma = memchr(rest->p, ',', rest->n);
    *value = (struct hw_slice){rest->p, comma ? (size_t)(comma - rest->p) : rest->n};
    rest->p += value->n;
    rest->n -= value->n;
    return true;
}

static enum hw_status too_many(const char *key, struct hw_err *err)
{
    return hw_fail(err, HW_LIMIT, "%s: at most %d values in one filter", key, HW_FILTER_VALUES);
}

static enum hw_status add_text(struct hw_filter *filter, struct hw_filter_list *list, const char *key,
                               struct hw_slice value, struct hw_err *err)
{
    if (list->n == HW_FILTER_VALUES)
        return too_many(key, err);
    list->text[list->n++] = hw_fold(filter->arena, value);
    return HW_OK;
}

static enum hw_status add_plain(struct hw_filter *filter, struct hw_filter_list *list, const char *value,
                                const char *key, struct hw_err *err)
{
    if (list->n == HW_FILTER_VALUES)
        return too_many(key, err);
    list->text[list->n++] = hw_arena_text(filter->arena, value, strlen(value));
    return HW_OK;
}

static enum hw_status add_country(struct hw_filter *filter, struct hw_slice value, struct hw_err *err)
{
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    const struct hw_country *country = hw_country_find(value);
    if (country)
        return add_plain(filter, &filter->countries, country->alpha3, "country", err);
    if (hw_slice_is(value, "none"))
        return add_plain(filter, &filter->countries, "", "country", err);
    /* The parser of values has the suggestion. */
    enum hw_status status = hw_value_parse(hw_field_named(hw_kind_by_id(HW_KIND_ITEM), "countries"), value,
                                           HW_DATES_UNKNOWN, &out, err);
    return status != HW_OK ? status : hw_fail(err, HW_USAGE, "country: say which");
}

static enum hw_status add_status(struct hw_filter *filter, struct hw_slice value, struct hw_err *err)
{
    const struct hw_vocabulary *words = hw_field_named(hw_kind_by_id(HW_KIND_ITEM), "status")->words;
    static const char *const derived[] = {"overdue", "open", "none"};
    const char *names[16];
    size_t n = 0;
    const char *folded = hw_fold(filter->arena, value);
    filter->by_status = true;
    if (strcmp(folded, "overdue") == 0)
        filter->overdue = true;
    else if (strcmp(folded, "open") == 0)
        filter->open = true;
    else if (strcmp(folded, "none") == 0)
        filter->statuses[0] = true;
    else {
        uint16_t word = hw_word_find(words, value);
        if (word && word < HW_FILTER_STATUSES) {
            filter->statuses[word] = true;
            return HW_OK;
        }
        for (size_t i = 0; i < words->n && n < 13; i++)
            names[n++] = words->words[i].name;
        for (size_t i = 0; i < 3; i++)
            names[n++] = derived[i];
        const char *nearest = hw_nearest(value, names, n);
        return hw_fail(err, HW_USAGE, "unknown status \"%.*s\"; %s%s%s", (int)value.n, (const char *)value.p,
                       nearest ? "did you mean " : "a status, or overdue, open, none", nearest ? nearest : "",
                       nearest ? "?" : "");
    }
    return HW_OK;
}

/* A type may be one of items, resources or meetings. */
static enum hw_status add_type(struct hw_filter *filter, struct hw_slice value, struct hw_err *err)
{
    const char *names[64], *nearest;
    size_t n = 0;
    bool known = false;
    for (size_t i = 0; i < hw_schema_n; i++) {
        const struct hw_field *field = hw_field_find(&hw_schema[i], hw_slice_text("type"));
        uint16_t word = field ? hw_word_find(field->words, value) : 0;
        if (word && word < HW_FILTER_TYPES) {
            filter->types[hw_schema[i].id][word] = true;
            known = true;
        }
        for (size_t k = 0; field && k < field->words->n && n < 64; k++)
            names[n++] = field->words->words[k].name;
    }
    filter->by_type = true;
    if (known)
        return HW_OK;
    nearest = hw_nearest(value, names, n);
    return hw_fail(err, HW_USAGE, "unknown type \"%.*s\"%s%s%s", (int)value.n, (const char *)value.p,
                   nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static enum hw_status add_kind(struct hw_filter *filter, struct hw_slice value, struct hw_err *err)
{
    const char *names[HW_FILTER_KINDS];
    size_t n = 0;
    const struct hw_kind *kind = hw_kind_find(value);
    bool all = hw_slice_is(value, "all");
    filter->by_kind = true;
    for (size_t i = 0; i < hw_schema_n && n < HW_FILTER_KINDS; i++) {
        names[n++] = hw_schema[i].name;
        filter->kinds[hw_schema[i].id] = filter->kinds[hw_schema[i].id] || all || kind == &hw_schema[i];
    }
    if (kind || all)
        return HW_OK;
    const char *nearest = hw_nearest(value, names, n);
    return hw_fail(err, HW_USAGE, "unknown kind \"%.*s\"%s%s%s", (int)value.n, (const char *)value.p,
                   nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

/* An own region of the directory, by code or name: its countries. */
static enum hw_status own_region(struct hw_filter *filter, const char *folded, bool *found, struct hw_err *err)
{
    struct hw_scan *scan;
    enum hw_status status = hw_scan_open(filter->tx, HW_KIND_REGION, HW_SCAN_GROUP, 0, "directory", &scan, err);
    while (status == HW_OK && !*found && hw_scan_next(scan)) {
        struct hw_row row;
        struct hw_view view;
        size_t n;
        status = hw_view_scan(filter->tx, filter->arena, scan, HW_KIND_REGION, &row, &view, err);
        if (status != HW_OK || hw_scan_archived(scan) ||
            (strcmp(hw_fold(filter->arena, hw_slice_text(hw_view_text(&view, "code"))), folded) != 0 &&
             strcmp(hw_fold(filter->arena, hw_slice_text(hw_view_text(&view, "name"))), folded) != 0))
            continue;
        *found = true;
        const char **countries = hw_view_elements(&view, "countries", &n);
        for (size_t i = 0; i < n && status == HW_OK; i++)
            status = add_plain(filter, &filter->region_countries, countries[i], "region", err);
    }
    hw_scan_close(scan);
    return status;
}

static enum hw_status add_region(struct hw_filter *filter, struct hw_slice value, struct hw_err *err)
{
    const char *names[HW_FILTER_VALUES];
    size_t n = 0;
    bool found = false;
    filter->by_region = true;
    enum hw_status status = own_region(filter, hw_fold(filter->arena, value), &found, err);
    if (status != HW_OK || found)
        return status;
    const struct hw_region *region = hw_region_find(value);
    if (region && filter->regions_n < HW_FILTER_REGIONS) {
        filter->regions[filter->regions_n++] = region;
        return HW_OK;
    }
    for (size_t i = 0; i < hw_regions_n && n < HW_FILTER_VALUES; i++)
        names[n++] = hw_regions[i].name;
    const char *nearest = hw_nearest(value, names, n);
    return hw_fail(err, HW_USAGE, "unknown region \"%.*s\"%s%s%s", (int)value.n, (const char *)value.p,
                   nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static enum hw_status add_plan(struct hw_filter *filter, struct hw_slice value, struct hw_err *err)
{
    struct hw_record *plan;
    enum hw_status status = hw_lookup_plan(filter->tx, value, NULL, &plan, err);
    if (status != HW_OK)
        return status;
    if (filter->plans_n == HW_FILTER_PLANS)
        return too_many("plan", err);
    filter->plans[filter->plans_n++] = plan->row.id;
    return HW_OK;
}

static enum hw_status add_group(struct hw_filter *filter, struct hw_slice value, struct hw_err *err)
{
    const char *code;
    enum hw_status status = hw_lookup_group(filter->tx, value, &code, err);
    return status != HW_OK ? status : add_plain(filter, &filter->groups, code, "group", err);
}

enum hw_status hw_filter_time(struct hw_tx *tx, struct hw_slice text, int32_t *earliest, int32_t *latest,
                              struct hw_err *err)
{
    struct hw_when when;
    struct hw_slice typed = text;
    /* 2016-Q4 as reports are named; the reader of times knows Q4 2016. */
    if (text.n == 7 && text.p[4] == '-' && (text.p[5] == 'Q' || text.p[5] == 'q'))
        typed = hw_slice_text(hw_arena_printf(hw_tx_arena(tx), "Q%c %.4s", text.p[6], (const char *)text.p));
    hw_when_parse(typed, HW_DATES_UNKNOWN, &when);
    *earliest = when.earliest;
    *latest = when.latest;
    if (when.kind == HW_WHEN_READ)
        return HW_OK;
    if (when.kind == HW_WHEN_AMBIGUOUS)
        return hw_fail(err, HW_USAGE, "\"%.*s\" can be read two ways; write it as 2016-12-31", (int)text.n,
                       (const char *)text.p);
    return hw_fail(err, HW_USAGE, "\"%.*s\" is no date; write 2016-12-31, 2016-12, 2016 or 2016-Q4", (int)text.n,
                   (const char *)text.p);
}

static enum hw_status add_due(struct hw_filter *filter, const char *key, struct hw_slice value, struct hw_err *err)
{
    int32_t first, last;
    const char *folded = hw_fold(filter->arena, value);
    if (strcmp(key, "due") == 0 && (strcmp(folded, "week") == 0 || strcmp(folded, "month") == 0)) {
        filter->due_soon = true;
        filter->soon_first = filter->today;
        filter->soon_last = filter->today + (folded[0] == 'w' ? WEEK : MONTH);
        return HW_OK;
    }
    if (strcmp(folded, "today") == 0)
        first = last = filter->today;
    else {
        enum hw_status status = hw_filter_time(filter->tx, value, &first, &last, err);
        if (status != HW_OK)
            return status;
    }
    if (strcmp(key, "due.before") == 0) {
        filter->before_set = true;
        filter->before = first != HW_DAY_NONE ? first : last;
    } else if (strcmp(key, "due.after") == 0) {
        filter->after_set = true;
        filter->after = last != HW_DAY_NONE ? last : first;
    } else {
        filter->due_set = true;
        filter->due_first = first;
        filter->due_last = last;
    }
    return HW_OK;
}

static enum hw_status add_archived(struct hw_filter *filter, struct hw_slice value, struct hw_err *err)
{
    if (hw_slice_is(value, "yes"))
        filter->archived = HW_ARCHIVED_ONLY;
    else if (hw_slice_is(value, "all"))
        filter->archived = HW_ARCHIVED_TOO;
    else if (hw_slice_is(value, "no"))
        filter->archived = HW_ARCHIVED_NOT;
    else
        return hw_fail(err, HW_USAGE, "archived: yes, no or all");
    return HW_OK;
}

static enum hw_status add_value(struct hw_filter *filter, const char *key, struct hw_slice value, struct hw_err *err)
{
    if (strcmp(key, "country") == 0)
        return add_country(filter, value, err);
    if (strcmp(key, "status") == 0)
        return add_status(filter, value, err);
    if (strcmp(key, "type") == 0)
        return add_type(filter, value, err);
    if (strcmp(key, "kind") == 0)
        return add_kind(filter, value, err);
    if (strcmp(key, "region") == 0)
        return add_region(filter, value, err);
    if (strcmp(key, "plan") == 0)
        return add_plan(filter, value, err);
    if (strcmp(key, "group") == 0)
        return add_group(filter, value, err);
    if (strncmp(key, "due", 3) == 0)
        return add_due(filter, key, value, err);
    if (strcmp(key, "archived") == 0)
        return add_archived(filter, value, err);
    if (strcmp(key, "conflict") == 0) {
        filter->conflict = true;
        return HW_OK;
    }
    struct hw_filter_list *list = strcmp(key, "responsible") == 0 ? &filter->responsible
                                  : strcmp(key, "theme") == 0     ? &filter->themes
                                  : strcmp(key, "number") == 0    ? &filter->numbers
                                                                  : &filter->offices;
    return add_text(filter, list, key, value, err);
}

/* Splits "key:value" off a word; false for free text: no colon, a space beside it, or an address. */
static bool split_key(struct hw_slice word, char key[KEY_MAX], struct hw_slice *value)
{
    const uint8_t *colon = word.n ? memchr(word.p, ':', word.n) : NULL;
    size_t n = colon ? (size_t)(colon - word.p) : 0;
    if (n == 0 || n >= KEY_MAX || (word.n > n + 1 && colon[1] == ' ') ||
        (word.n > n + 2 && colon[1] == '/' && colon[2] == '/'))
        return false;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = word.p[i];
        if (c >= 'A' && c <= 'Z')
            c = (uint8_t)(c - 'A' + 'a');
        if (!((c >= 'a' && c <= 'z') || c == '.' || c == '_'))
            return false;
        key[i] = (char)c;
    }
    key[n] = 0;
    *value = (struct hw_slice){colon + 1, word.n - n - 1};
    return true;
}

static const char *known_key(const char *key)
{
    static const char *const plural[][2] = {{"countries", "country"}, {"themes", "theme"}, {"deadline", "due"}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i], key) == 0)
            return keys[i];
    for (size_t i = 0; i < sizeof plural / sizeof plural[0]; i++)
        if (strcmp(plural[i][0], key) == 0)
            return plural[i][1];
    return NULL;
}

static enum hw_status add_word(struct hw_filter *filter, struct hw_slice word, struct hw_err *err)
{
    char typed[KEY_MAX];
    struct hw_slice value, one;
    if (!split_key(word, typed, &value))
        return add_text(filter, &filter->words, "text", word, err);
    const char *key = known_key(typed);
    if (!key) {
        const char *nearest = hw_nearest(hw_slice_text(typed), keys, sizeof keys / sizeof keys[0]);
        return hw_fail(err, HW_USAGE, "no filter \"%s:\"%s%s%s", typed, nearest ? "; did you mean " : "",
                       nearest ? nearest : "; see: headway help list", nearest ? ":" : "");
    }
    if (value.n == 0)
        return hw_fail(err, HW_USAGE, "%s: say which", key);
    if (strcmp(key, "text") == 0)
        return add_text(filter, &filter->words, "text", value, err);
    enum hw_status status = HW_OK;
    while (status == HW_OK && next_value(&value, &one))
        status = add_value(filter, key, one, err);
    return status;
}

enum hw_status hw_filter_parse(struct hw_tx *tx, const struct hw_slice *words, size_t n, struct hw_filter **filter,
                               struct hw_err *err)
{
    struct hw_filter *made = hw_arena_zero(hw_tx_arena(tx), 1, sizeof *made);
    made->tx = tx;
    made->arena = hw_tx_arena(tx);
    made->today = hw_view_today(tx);
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < n && status == HW_OK; i++)
        status = add_word(made, words[i], err);
    *filter = made;
    return status;
}
