/* lookup.c: finding the record that a person means (floor 3, noun: lookup). */
#include "daemon/lookup.h"

#include <string.h>

#include "daemon/view.h"

enum {
    SHOWN_MAX = 5,  /* matches listed in an error: what fits a line or two */
    SLUG_MAX = 64,  /* a plan's code (schema.c) */
    WORDS_MAX = 200 /* candidates for the nearest word */
};

struct hw_id hw_group_id(const char *code)
{
    struct hw_slice part = hw_slice_text(code);
    return hw_id_derive("group", &part, 1);
}

struct hw_id hw_plan_id(struct hw_arena *arena, const char *group, struct hw_slice code_or_title)
{
    struct hw_slice parts[] = {hw_slice_text(group), hw_slice_text(hw_fold(arena, code_or_title))};
    return hw_id_derive("plan", parts, 2);
}

const char *hw_slug(struct hw_arena *arena, struct hw_slice title)
{
    const char *folded = hw_fold(arena, title);
    char *slug = hw_arena_alloc(arena, SLUG_MAX + 1);
    size_t n = 0;
    for (const char *p = folded; *p && n < SLUG_MAX; p++) {
        unsigned char c = (unsigned char)*p;
        bool letter = c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (letter)
            slug[n++] = *p;
        else if (n > 0 && slug[n - 1] != '-')
            slug[n++] = '-';
    }
    slug[n] = 0;
    /* A cut must not leave half a letter behind. */
    while (n > 0 && (slug[n - 1] == '-' || !hw_utf8_valid((struct hw_slice){(const uint8_t *)slug, n})))
        slug[--n] = 0;
    return n ? slug : "plan";
}

/* Several matches, listed so that the right one can be copied. */
static enum hw_status ambiguous(struct hw_tx *tx, struct hw_slice typed, const struct hw_found *found, size_t n,
                                struct hw_err *err)
{
    struct hw_arena *arena = hw_tx_arena(tx);
    const char *list = "";
    for (size_t i = 0; i < n && i < SHOWN_MAX; i++) {
        char id[HW_ID_TEXT + 1];
        struct hw_record *record;
        const char *title = "";
        hw_tx_short(tx, &found[i].id, id);
        if (hw_tx_record(tx, found[i].kind, &found[i].id, found[i].group, &record, NULL) == HW_OK) {
            struct hw_view view = hw_view_of(tx, arena, record);
            title = hw_view_title(&view);
        }
        list = hw_arena_printf(arena, "%s%s%s (%s)", list, i ? ", " : "", id, hw_view_cut(arena, title, 40));
    }
    return hw_fail(err, HW_AMBIGUOUS, "\"%.*s\" can be %zu records: %s%s", (int)typed.n, (const char *)typed.p, n, list,
                   n > SHOWN_MAX ? ", ..." : "");
}

static enum hw_status by_prefix(struct hw_tx *tx, struct hw_slice typed, struct hw_record **record,
                                struct hw_err *err)
{
    struct hw_found found[SHOWN_MAX];
    struct hw_id low, high;
    size_t n = hw_id_prefix(typed, &low, &high) ? hw_tx_find(tx, typed, found, SHOWN_MAX) : 0;
    if (n == 0)
        return HW_NOT_FOUND;
    if (n > 1)
        return ambiguous(tx, typed, found, n, err);
    return hw_tx_record(tx, found[0].kind, &found[0].id, found[0].group, record, err);
}

/* Without the signs that stand around a printed number: "1.1." and "1)". */
static struct hw_slice bare(struct hw_slice number)
{
    while (number.n && memchr(" (", number.p[0], 2)) {
        number.p++;
        number.n--;
    }
    while (number.n && memchr(" ).:", number.p[number.n - 1], 4))
        number.n--;
    return number;
}

enum hw_status hw_lookup_number(struct hw_tx *tx, const struct hw_record *plan, struct hw_slice number,
                                struct hw_record **item, struct hw_err *err)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_ITEM);
    uint16_t number_field = hw_field_named(kind, "number")->id;
    char key[HW_ID_TEXT + 1];
    struct hw_scan *scan;
    struct hw_found found[SHOWN_MAX];
    size_t n = 0;
    hw_id_print(&plan->row.id, key);
    enum hw_status status =
        hw_scan_open(tx, HW_KIND_ITEM, HW_SCAN_REF, hw_field_named(kind, "plan")->id, key, &scan, err);
    if (status != HW_OK)
        return status;
    while (hw_scan_next(scan)) {
        struct hw_slice printed = hw_slice_text(hw_scan_text(scan, number_field));
        if (printed.n == 0 || hw_scan_archived(scan) || !hw_slice_equal(bare(printed), bare(number)))
            continue;
        if (n < SHOWN_MAX) {
            found[n] = (struct hw_found){.kind = HW_KIND_ITEM};
            memcpy(found[n].group, plan->group, sizeof found[n].group);
            if (!hw_id_parse(hw_slice_text(hw_scan_id(scan)), &found[n].id))
                continue;
        }
        n++;
    }
    hw_scan_close(scan);
    if (n == 0)
        return HW_NOT_FOUND;
    if (n > 1)
        return ambiguous(tx, number, found, n < SHOWN_MAX ? n : SHOWN_MAX, err);
    return hw_tx_record(tx, HW_KIND_ITEM, &found[0].id, plan->group, item, err);
}

/* Numbers and codes may hold a slash themselves: every slash is tried. */
static enum hw_status by_path(struct hw_tx *tx, struct hw_slice typed, struct hw_record **record, struct hw_err *err)
{
    for (size_t i = 1; i + 1 < typed.n; i++) {
        struct hw_record *plan;
        if (typed.p[i] != '/')
            continue;
        enum hw_status status = hw_lookup_plan(tx, (struct hw_slice){typed.p, i}, NULL, &plan, err);
        if (status == HW_NOT_FOUND)
            continue;
        if (status == HW_OK)
            status = hw_lookup_number(tx, plan, (struct hw_slice){typed.p + i + 1, typed.n - i - 1}, record, err);
        if (status != HW_NOT_FOUND)
            return status;
        struct hw_view view = hw_view_of(tx, hw_tx_arena(tx), plan);
        return hw_fail(err, HW_NOT_FOUND, "plan %s has no item with the number %.*s; see: headway list plan:%s",
                       hw_view_text(&view, "code"), (int)(typed.n - i - 1), (const char *)typed.p + i + 1,
                       hw_view_text(&view, "code"));
    }
    return HW_NOT_FOUND;
}

/* Plans whose code (or else title) reads like `typed`. */
struct plan_search {
    const char *folded, *group;
    struct hw_found found[SHOWN_MAX];
    size_t n;
    const char *words[WORDS_MAX]; /* codes met, for the suggestion */
    size_t words_n;
};

static enum hw_status search_plans(struct hw_tx *tx, struct plan_search *search, const char *by, struct hw_err *err)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_PLAN);
    uint16_t field = hw_field_named(kind, by)->id, code = hw_field_named(kind, "code")->id;
    struct hw_arena *arena = hw_tx_arena(tx);
    struct hw_scan *scan;
    enum hw_status status = hw_scan_open(tx, HW_KIND_PLAN, search->group ? HW_SCAN_GROUP : HW_SCAN_ALL, 0,
                                         search->group, &scan, err);
    if (status != HW_OK)
        return status;
    search->n = search->words_n = 0;
    while (hw_scan_next(scan)) {
        struct hw_found *found = &search->found[search->n < SHOWN_MAX ? search->n : SHOWN_MAX - 1];
        const char *text = hw_scan_text(scan, field), *word = hw_scan_text(scan, code);
        if (hw_scan_archived(scan))
            continue;
        if (search->words_n < WORDS_MAX && *word)
            search->words[search->words_n++] = hw_arena_text(arena, word, strlen(word));
        if (!*text || strcmp(hw_fold(arena, hw_slice_text(text)), search->folded) != 0)
            continue;
        const char *group = hw_scan_group(scan);
        found->kind = HW_KIND_PLAN;
        memcpy(found->group, group, strlen(group) + 1);
        if (hw_id_parse(hw_slice_text(hw_scan_id(scan)), &found->id))
            search->n++;
    }
    hw_scan_close(scan);
    return HW_OK;
}

/* A plan's whole code means that plan, even where an id happens to begin with the
 * same letters: a code that is printed in a document must not change its meaning
 * because a record came in. */
static enum hw_status by_code(struct hw_tx *tx, struct hw_slice typed, struct hw_record **record, struct hw_err *err)
{
    struct plan_search search = {.folded = hw_fold(hw_tx_arena(tx), typed)};
    if (typed.n >= HW_ID_TEXT || !*search.folded)
        return HW_NOT_FOUND;
    enum hw_status status = search_plans(tx, &search, "code", err);
    if (status != HW_OK || search.n != 1)
        return status != HW_OK ? status : HW_NOT_FOUND;
    return hw_tx_record(tx, HW_KIND_PLAN, &search.found[0].id, search.found[0].group, record, err);
}

enum hw_status hw_lookup_any(struct hw_tx *tx, struct hw_slice typed, struct hw_record **record, struct hw_err *err)
{
    if (typed.n == 0)
        return hw_fail(err, HW_USAGE, "say which record: an ID or PLAN/NUMBER");
    enum hw_status status = by_code(tx, typed, record, err);
    if (status == HW_NOT_FOUND)
        status = by_prefix(tx, typed, record, err);
    if (status != HW_NOT_FOUND)
        return status;
    if (memchr(typed.p, '/', typed.n)) {
        if (err)
            err->text[0] = 0;
        status = by_path(tx, typed, record, err);
        if (status != HW_NOT_FOUND || (err && err->text[0] && err->status == HW_NOT_FOUND))
            return status;
    } else {
        status = hw_lookup_plan(tx, typed, NULL, record, NULL);
        if (status == HW_OK)
            return status;
    }
    return hw_fail(err, HW_NOT_FOUND, "no record \"%.*s\" here; see: headway list", (int)typed.n,
                   (const char *)typed.p);
}

enum hw_status hw_lookup_plan(struct hw_tx *tx, struct hw_slice typed, const char *group, struct hw_record **plan,
                              struct hw_err *err)
{
    struct plan_search search = {.folded = hw_fold(hw_tx_arena(tx), typed), .group = group};
    static const char *const by[] = {"code", "title"};
    for (size_t i = 0; i < 2 && *search.folded; i++) {
        enum hw_status status = search_plans(tx, &search, by[i], err);
        if (status != HW_OK)
            return status;
        if (search.n > 1)
            return ambiguous(tx, typed, search.found, search.n < SHOWN_MAX ? search.n : SHOWN_MAX, err);
        if (search.n == 1)
            return hw_tx_record(tx, HW_KIND_PLAN, &search.found[0].id, search.found[0].group, plan, err);
    }
    enum hw_status status = by_prefix(tx, typed, plan, err);
    if (status == HW_OK && (*plan)->row.kind == HW_KIND_PLAN && (!group || strcmp((*plan)->group, group) == 0))
        return HW_OK;
    if (status != HW_OK && status != HW_NOT_FOUND)
        return status;
    const char *nearest = hw_nearest(typed, search.words, search.words_n);
    if (nearest)
        return hw_fail(err, HW_NOT_FOUND, "no plan \"%.*s\" here; did you mean %s?", (int)typed.n,
                       (const char *)typed.p, nearest);
    return hw_fail(err, HW_NOT_FOUND, "no plan \"%.*s\" here; see: headway plan list", (int)typed.n,
                   (const char *)typed.p);
}

enum hw_status hw_lookup_group(struct hw_tx *tx, struct hw_slice typed, const char **code, struct hw_err *err)
{
    const char **codes;
    size_t n;
    struct hw_arena *arena = hw_tx_arena(tx);
    enum hw_status status = hw_tx_groups(tx, &codes, &n, err);
    if (status != HW_OK)
        return status;
    const char *folded = hw_fold(arena, typed);
    for (size_t i = 0; i < n; i++)
        if (strcmp(hw_fold(arena, hw_slice_text(codes[i])), folded) == 0) {
            *code = codes[i];
            return HW_OK;
        }
    const char *nearest = hw_nearest(typed, codes, n);
    if (nearest)
        return hw_fail(err, HW_NOT_FOUND, "no group \"%.*s\" here; did you mean %s?", (int)typed.n,
                       (const char *)typed.p, nearest);
    return hw_fail(err, HW_NOT_FOUND, "no group \"%.*s\" here; see: headway group list, or make it: headway group add",
                   (int)typed.n, (const char *)typed.p);
}

enum hw_status hw_lookup_group_record(struct hw_tx *tx, const char *code, struct hw_record **record,
                                      struct hw_err *err)
{
    struct hw_id id = hw_group_id(code);
    return hw_tx_record(tx, HW_KIND_GROUP, &id, "directory", record, err);
}

enum hw_status hw_lookup_only_group(struct hw_tx *tx, const char **code, struct hw_err *err)
{
    const char **codes, *list = "";
    size_t n, found = 0;
    enum hw_status status = hw_tx_groups(tx, &codes, &n, err);
    if (status != HW_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(codes[i], "directory") == 0)
            continue;
        *code = codes[i];
        list = hw_arena_printf(hw_tx_arena(tx), "%s%s%s", list, found++ ? ", " : "", codes[i]);
    }
    if (found == 1)
        return HW_OK;
    if (found == 0)
        return hw_fail(err, HW_USAGE, "there is no group yet; make one: headway group add CODE --name TEXT");
    return hw_fail(err, HW_USAGE, "say which group with --group: %s", list);
}

enum hw_status hw_lookup_office(struct hw_tx *tx, struct hw_slice typed, struct hw_record **office,
                                struct hw_err *err)
{
    uint16_t field = hw_field_named(hw_kind_by_id(HW_KIND_OFFICE), "code")->id;
    struct hw_arena *arena = hw_tx_arena(tx);
    const char *folded = hw_fold(arena, typed), *words[WORDS_MAX];
    size_t n = 0;
    struct hw_scan *scan;
    struct hw_id id;
    bool found = false;
    enum hw_status status = hw_scan_open(tx, HW_KIND_OFFICE, HW_SCAN_GROUP, 0, "directory", &scan, err);
    if (status != HW_OK)
        return status;
    while (!found && hw_scan_next(scan)) {
        const char *code = hw_scan_text(scan, field);
        if (n < WORDS_MAX)
            words[n++] = hw_arena_text(arena, code, strlen(code));
        found = *code && strcmp(hw_fold(arena, hw_slice_text(code)), folded) == 0 &&
                hw_id_parse(hw_slice_text(hw_scan_id(scan)), &id);
    }
    hw_scan_close(scan);
    if (found)
        return hw_tx_record(tx, HW_KIND_OFFICE, &id, "directory", office, err);
    const char *nearest = hw_nearest(typed, words, n);
    return hw_fail(err, HW_NOT_FOUND, "no office \"%.*s\" here; %s%s", (int)typed.n, (const char *)typed.p,
                   nearest ? "did you mean " : "see: headway office list", nearest ? nearest : "");
}

enum hw_status hw_lookup_ref(struct hw_tx *tx, const char *group, const struct hw_record *plan, uint16_t ref_kind,
                             struct hw_slice typed, struct hw_id *id, struct hw_err *err)
{
    struct hw_record *record = NULL;
    enum hw_status status = HW_NOT_FOUND;
    if (ref_kind == HW_KIND_PLAN)
        status = hw_lookup_plan(tx, typed, group, &record, err);
    else if (ref_kind == HW_KIND_OFFICE)
        status = hw_lookup_office(tx, typed, &record, err);
    else {
        if (ref_kind == HW_KIND_ITEM && plan)
            status = hw_lookup_number(tx, plan, typed, &record, err);
        if (status == HW_NOT_FOUND)
            status = hw_lookup_any(tx, typed, &record, err);
    }
    if (status != HW_OK)
        return status;
    if (ref_kind && record->row.kind != ref_kind)
        return hw_fail(err, HW_USAGE, "\"%.*s\" is no %s", (int)typed.n, (const char *)typed.p,
                       hw_kind_by_id(ref_kind)->name);
    *id = record->row.id;
    return HW_OK;
}
