/* filter_sieve.c: what of a filter the database can test by columns alone
 * (floor 3, noun: filter).  No row that the filter would let through may fail
 * here: what cannot be said exactly is said more widely, or left to filter_match.c. */
#include <string.h>

#include "daemon/filter_internal.h"

/* NULL: the kind has no such field. */
static const struct hw_field *named(const struct hw_kind *kind, const char *name)
{
    for (size_t i = 0; i < kind->fields_n; i++)
        if (strcmp(kind->fields[i].name, name) == 0)
            return &kind->fields[i];
    return NULL;
}

static struct hw_sieve_test *add(struct hw_sieve *sieve, enum hw_sieve_how how, const struct hw_field *field)
{
    struct hw_sieve_test *test = &sieve->tests[sieve->n++];
    *test = (struct hw_sieve_test){.how = how, .fields = {field ? field->id : HW_SIEVE_GROUP}, .fields_n = 1};
    return test;
}

static void add_list(struct hw_sieve *sieve, enum hw_sieve_how how, const struct hw_field *field,
                     const struct hw_filter_list *list, bool none)
{
    struct hw_sieve_test *test = add(sieve, how, field);
    test->texts = list->text;
    test->n = list->n;
    test->none = none;
}

static void add_day(struct hw_sieve *sieve, enum hw_sieve_how how, const struct hw_field *field, int32_t day, bool none)
{
    if (day == HW_DAY_NONE || day < HW_SIEVE_DAY_FIRST || day > HW_SIEVE_DAY_LAST)
        return;
    struct hw_sieve_test *test = add(sieve, how, field);
    test->day = day;
    test->none = none;
}

static void add_plans(const struct hw_filter *filter, const struct hw_kind *kind, struct hw_sieve *sieve)
{
    const struct hw_field *field = named(kind, "plan");
    if (filter->plans_n == 0 || !field)
        return;
    const char **ids = hw_arena_zero(filter->arena, filter->plans_n, sizeof *ids);
    for (size_t i = 0; i < filter->plans_n; i++) {
        char *id = hw_arena_alloc(filter->arena, HW_ID_TEXT + 1);
        hw_id_print(&filter->plans[i], id);
        ids[i] = id;
    }
    struct hw_sieve_test *test = add(sieve, HW_SIEVE_AMONG, field);
    test->texts = ids;
    test->n = filter->plans_n;
}

/* Words of the vocabulary that `wanted` holds; a word that this version does not know has no column, like none. */
static void add_words(const struct hw_filter *filter, const struct hw_field *field, const bool *wanted, size_t wanted_n,
                      bool unfinished, bool none, struct hw_sieve *sieve)
{
    const char **names = hw_arena_zero(filter->arena, field->words->n, sizeof *names);
    struct hw_sieve_test *test = add(sieve, HW_SIEVE_ELEMENT, field);
    for (size_t i = 0; i < field->words->n; i++) {
        uint16_t value = field->words->words[i].value;
        if ((value < wanted_n && wanted[value]) || (unfinished && !hw_status_finished(value)))
            names[test->n++] = field->words->words[i].name;
    }
    test->texts = names;
    test->none = none;
}

static void add_status(const struct hw_filter *filter, const struct hw_kind *kind, struct hw_sieve *sieve)
{
    const struct hw_field *field = named(kind, "status"), *deadline = named(kind, "deadline");
    bool unfinished = filter->overdue || filter->open, named = filter->open;
    if (!filter->by_status || !field || field->type != HW_TYPE_ENUM || field->set)
        return;
    for (size_t i = 0; i < HW_FILTER_STATUSES; i++)
        named = named || filter->statuses[i];
    if (!named && deadline)
        add_day(sieve, HW_SIEVE_TO_MOST, deadline, filter->today - 1, false);
    add_words(filter, field, filter->statuses, HW_FILTER_STATUSES, unfinished, unfinished || filter->statuses[0], sieve);
}

/* A region is looked at more closely afterwards: here it is its countries. */
static void add_countries(const struct hw_filter *filter, const struct hw_kind *kind, struct hw_sieve *sieve)
{
    const struct hw_field *field = named(kind, "countries");
    field = field ? field : named(kind, "country");
    if (field && filter->countries.n) {
        bool none = false;
        for (size_t i = 0; i < filter->countries.n; i++)
            none = none || !*filter->countries.text[i];
        add_list(sieve, HW_SIEVE_ELEMENT, field, &filter->countries, none);
    }
    if (!field || !filter->by_region)
        return;
    struct hw_filter_list *codes = hw_arena_zero(filter->arena, 1, sizeof *codes);
    for (size_t i = 0; i < hw_countries_n; i++)
        for (size_t k = 0; k < filter->regions_n && codes->n < HW_FILTER_VALUES; k++)
            if (hw_region_holds(filter->regions[k], &hw_countries[i]))
                codes->text[codes->n++] = hw_countries[i].alpha3;
    for (size_t i = 0; i < filter->region_countries.n && codes->n < HW_FILTER_VALUES; i++)
        codes->text[codes->n++] = filter->region_countries.text[i];
    if (codes->n < HW_FILTER_VALUES)
        add_list(sieve, HW_SIEVE_ELEMENT, field, codes, false);
}

static void add_due(const struct hw_filter *filter, const struct hw_kind *kind, struct hw_sieve *sieve)
{
    const struct hw_field *field = named(kind, "deadline");
    field = field ? field : named(kind, "date");
    if (!field || field->type != HW_TYPE_TIME || field->set)
        return;
    if (filter->due_set) {
        add_day(sieve, HW_SIEVE_FROM_MOST, field, filter->due_last, true);
        add_day(sieve, HW_SIEVE_TO_LEAST, field, filter->due_first, true);
    }
    if (filter->due_soon) {
        add_day(sieve, HW_SIEVE_TO_LEAST, field, filter->soon_first, false);
        add_day(sieve, HW_SIEVE_TO_MOST, field, filter->soon_last, false);
    }
    if (filter->before_set)
        add_day(sieve, HW_SIEVE_TO_MOST, field, filter->before, false);
    if (filter->after_set)
        add_day(sieve, HW_SIEVE_FROM_LEAST, field, filter->after, false);
}

static void add_word(const struct hw_filter *filter, const struct hw_kind *kind, const char *word, size_t n,
                     struct hw_sieve *sieve)
{
    static const char *const names[HW_SIEVE_FIELDS] = {"title", "description", "number", "responsible"};
    const char **text = hw_arena_zero(filter->arena, 1, sizeof *text);
    struct hw_sieve_test *test = add(sieve, HW_SIEVE_PART, NULL);
    for (test->fields_n = 0; test->fields_n < HW_SIEVE_FIELDS; test->fields_n++)
        test->fields[test->fields_n] = named(kind, names[test->fields_n])->id;
    text[0] = hw_arena_text(filter->arena, word, n);
    test->texts = text;
    test->n = 1;
}

/* Free text may begin in one field and end in the next: its single words cannot, unless they hold what stands between the
 * elements of a set. */
static void add_free(const struct hw_filter *filter, const struct hw_kind *kind, struct hw_sieve *sieve)
{
    for (size_t i = 0; i < filter->words.n && kind->id == HW_KIND_ITEM; i++) {
        size_t n;
        for (const char *at = filter->words.text[i]; *at; at += n + (at[n] == ' ')) {
            n = strcspn(at, " ");
            if (n && !memchr(at, ',', n) && sieve->n < HW_SIEVE_TESTS)
                add_word(filter, kind, at, n, sieve);
        }
    }
}

static void add_parts(const struct hw_filter_list *list, const struct hw_kind *kind, const char *name,
                      struct hw_sieve *sieve)
{
    const struct hw_field *field = named(kind, name);
    bool none = false; /* "number:-" folds to nothing, which is what a row without one has */
    for (size_t i = 0; i < list->n && field && !field->set; i++)
        none = none || !*list->text[i];
    if (field && list->n && (field->set || field->type == HW_TYPE_TEXT))
        add_list(sieve, HW_SIEVE_PART, field, list, none);
}

bool hw_filter_sieve(const struct hw_filter *filter, const struct hw_kind *kind, struct hw_sieve *sieve)
{
    const struct hw_field *type = named(kind, "type"), *archived = hw_field_by_id(kind, HW_FIELD_ARCHIVED);
    sieve->n = 0;
    if (filter->groups.n)
        add_list(sieve, HW_SIEVE_AMONG, NULL, &filter->groups, false);
    add_plans(filter, kind, sieve);
    add_status(filter, kind, sieve);
    if (filter->by_type && type && type->type == HW_TYPE_ENUM && kind->id < HW_FILTER_KINDS)
        add_words(filter, type, filter->types[kind->id], HW_FILTER_TYPES, false, false, sieve);
    add_countries(filter, kind, sieve);
    add_due(filter, kind, sieve);
    add_parts(&filter->responsible, kind, "responsible", sieve);
    add_parts(&filter->themes, kind, "themes", sieve);
    add_parts(&filter->numbers, kind, "number", sieve);
    if (filter->conflict)
        add(sieve, HW_SIEVE_CONFLICTS, NULL);
    add_free(filter, kind, sieve);
    if (sieve->n && sieve->n < HW_SIEVE_TESTS && archived && filter->archived != HW_ARCHIVED_TOO)
        add(sieve, HW_SIEVE_FLAG, archived)->none = filter->archived != HW_ARCHIVED_ONLY;
    return sieve->n > 0;
}
