/* report_key.c: which rows of a report an item and an office belong to
 * (floor 3, noun: report). */#include <string.h>

#include "daemon/report.h"
#include "headway/country.h"

enum {
    KEYS_MAX = 256,  /* rows that one item can be in: all countries */
    MEMOS_FIRST = 64 /* grows with the texts that are met */
};

struct key {
    const char *key, *name;
};

/* What the column held, and the entries that it leads to: a column of 100,000 items holds few different texts. */
struct hw_report_memo {
    struct hw_slice text;
    size_t n;
    size_t *entries; /* their places */
};

static void add_key(struct key *keys, size_t *n, size_t max, const char *key, const char *name)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(keys[i].key, key) == 0)
            return;
    if (*n < max)
        keys[(*n)++] = (struct key){key, name};
}

/* Own regions come first; a country in none of them falls into its M49 region. */
static void add_region(const struct hw_report *report, const char *code, struct key *keys, size_t *n,
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

static void add_country(const struct hw_report *report, const char *code, struct key *keys, size_t *n,
                        size_t max)
{
    const struct hw_country *country = hw_country_by_code(hw_slice_text(code));
    const char *own = hw_arena_text(report->arena, code, strlen(code));
    add_key(keys, n, max, own, country ? country->name : own);
}

static size_t place_keys(const struct hw_report *report, const char *const *countries, size_t countries_n,
                         struct key *keys, size_t max)
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

static size_t set_keys(const char *const *elements, size_t elements_n, struct key *keys, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < elements_n; i++)
        add_key(keys, &n, max, elements[i], elements[i]);
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

static struct key one_key(const struct hw_report *report, struct hw_scan *scan, const struct hw_report_plan *plan)
{
    const struct hw_field *status = hw_field_by_id(hw_kind_by_id(HW_KIND_ITEM), report->fields.status);
    int64_t word;
    struct hw_inc made;
    unsigned life;
    const char *code;
    switch (report->by) {
    case HW_BY_GROUP:
        code = hw_arena_text(report->arena, hw_scan_group(scan), strlen(hw_scan_group(scan)));
        return (struct key){code, group_name(report, code)};
    case HW_BY_PLAN:
        if (!plan)
            return (struct key){"none", "(no plan)"};
        return (struct key){plan->code, plan->draft ? hw_arena_printf(report->arena, "%s (draft)", plan->title)
                                                    : plan->title};
    case HW_BY_OFFICE: {
        made = hw_scan_made_inc(scan);
        code = hw_tx_office_of(report->tx, &made, &life);
        const struct hw_office *office = hw_directory_office(&report->directory, code);
        return (struct key){code, office && *office->name ? office->name : code};
    }
    default:
        word = hw_scan_number(scan, status->id);
        code = hw_word_name(status->words, word > 0 ? (uint16_t)word : HW_STATUS_NOT_STARTED);
        return (struct key){code, code};
    }
}

static size_t keys_of(const struct hw_report *report, struct hw_scan *scan, const struct hw_report_plan *plan,
                      struct key *keys, size_t max)
{
    size_t n;
    const char **elements;
    switch (report->by) {
    case HW_BY_REGION:
    case HW_BY_COUNTRY:
        elements = hw_scan_elements(scan, report->fields.key, report->arena, &n);
        return place_keys(report, elements, n, keys, max);
    case HW_BY_RESPONSIBLE:
    case HW_BY_THEME:
        elements = hw_scan_elements(scan, report->fields.key, report->arena, &n);
        return set_keys(elements, n, keys, max);
    default:
        keys[0] = one_key(report, scan, plan);
        return 1;
    }
}

/* What decides the rows of an item, byte for byte. */
static struct hw_slice deciding(const struct hw_report *report, struct hw_scan *scan, struct hw_inc *made)
{
    if (report->by == HW_BY_GROUP)
        return hw_slice_text(hw_scan_group(scan));
    if (report->by != HW_BY_OFFICE)
        return hw_slice_text(hw_scan_text(scan, report->fields.key));
    *made = hw_scan_made_inc(scan);
    return (struct hw_slice){made->b, sizeof made->b};
}

static size_t slot_of(const struct hw_report *report, struct hw_slice text)
{
    uint32_t hash = 2166136261u; /* FNV-1a: the texts are short, and nobody gains from a collision */
    for (size_t i = 0; i < text.n; i++)
        hash = (hash ^ text.p[i]) * 16777619u;
    size_t slot = hash & (report->memos_room - 1);
    while (report->memos[slot] && !hw_slice_equal(report->memos[slot]->text, text))
        slot = (slot + 1) & (report->memos_room - 1);
    return slot;
}

static void widen(struct hw_report *report)
{
    struct hw_report_memo **old = report->memos;
    size_t room = report->memos_room;
    if (2 * report->memos_n < room)
        return;
    report->memos_room = room ? 4 * room : MEMOS_FIRST;
    report->memos = hw_arena_zero(report->arena, report->memos_room, sizeof(struct hw_report_memo *));
    for (size_t i = 0; i < room; i++)
        if (old[i])
            report->memos[slot_of(report, old[i]->text)] = old[i];
}

static struct hw_report_memo *memo_new(struct hw_report *report, struct hw_scan *scan, const struct hw_report_plan *plan,
                                       struct hw_slice text)
{
    struct key keys[KEYS_MAX];
    struct hw_report_memo *memo = hw_arena_zero(report->arena, 1, sizeof *memo);
    memo->text = hw_arena_slice(report->arena, text);
    memo->n = keys_of(report, scan, plan, keys, KEYS_MAX);
    memo->entries = hw_arena_zero(report->arena, memo->n, sizeof *memo->entries);
    const char *group = plan ? plan->group : hw_arena_text(report->arena, hw_scan_group(scan), strlen(hw_scan_group(scan)));
    for (size_t i = 0; i < memo->n; i++) {
        struct hw_report_entry entry = {.key = keys[i].key, .name = keys[i].name, .group = group};
        hw_put_raw(&report->entries, &entry, sizeof entry);
        memo->entries[i] = report->entries_n++;
    }
    report->memos_n++;
    return memo;
}

void hw_report_enter(struct hw_report *report, struct hw_scan *scan, const struct hw_report_plan *plan,
                     const struct hw_report_count *count)
{
    struct hw_inc made;
    widen(report);
    struct hw_slice text = deciding(report, scan, &made);
    size_t slot = slot_of(report, text);
    if (!report->memos[slot])
        report->memos[slot] = memo_new(report, scan, plan, text);
    const struct hw_report_memo *memo = report->memos[slot];
    struct hw_report_entry *entries = (void *)report->entries.p;
    for (size_t i = 0; i < memo->n; i++)
        hw_report_add(&entries[memo->entries[i]].sum, count);
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
    struct key keys[64]; /* an office works in fewer countries than that */
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
