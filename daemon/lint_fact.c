/* lint_fact.c: what lint knows of all records before it looks at one (floor 3,
 * noun: fact).  Columns alone are read: no row is taken apart. Archived items
 * stay in the list, since a parent may be one. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/lint.h"

enum { REMARK_MAX = 200 }; /* of a comment, when it is shown again */

static int by_id(const void *a, const void *b)
{
    return hw_id_compare(&((const struct hw_lint_fact *)a)->id, &((const struct hw_lint_fact *)b)->id);
}

static int plan_by_id(const void *a, const void *b)
{
    return hw_id_compare(&((const struct hw_lint_plan *)a)->id, &((const struct hw_lint_plan *)b)->id);
}

const struct hw_lint_fact *hw_lint_fact(const struct hw_lint *lint, const struct hw_id *id)
{
    struct hw_lint_fact key = {.id = *id};
    return lint->facts_n ? bsearch(&key, lint->facts, lint->facts_n, sizeof key, by_id) : NULL;
}

const struct hw_lint_fact *hw_lint_parent(const struct hw_lint *lint, const struct hw_lint_fact *fact)
{
    const struct hw_lint_fact *parent = fact && fact->has_parent ? hw_lint_fact(lint, &fact->parent) : NULL;
    return parent && !parent->archived ? parent : NULL;
}

const struct hw_lint_plan *hw_lint_plan(const struct hw_lint *lint, const struct hw_lint_fact *fact)
{
    if (!fact || !fact->has_plan || lint->plans_n == 0)
        return NULL;
    struct hw_lint_plan key = {.id = fact->plan};
    return bsearch(&key, lint->plans, lint->plans_n, sizeof key, plan_by_id);
}

static enum hw_status gather_plans(struct hw_lint *lint, struct hw_err *err)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_PLAN);
    uint16_t state = hw_field_named(kind, "state")->id, period = hw_field_named(kind, "period")->id;
    size_t room = (size_t)hw_tx_count(lint->tx, HW_KIND_PLAN);
    struct hw_scan *scan;
    lint->plans = hw_arena_zero(lint->arena, room + 1, sizeof *lint->plans);
    enum hw_status status = hw_scan_open(lint->tx, HW_KIND_PLAN, HW_SCAN_ALL, 0, NULL, &scan, err);
    while (status == HW_OK && lint->plans_n < room && hw_scan_next(scan)) {
        struct hw_lint_plan plan = {.over = hw_scan_archived(scan)};
        int32_t earliest;
        if (!hw_id_parse(hw_slice_text(hw_scan_id(scan)), &plan.id))
            continue;
        const char *word = hw_word_name(hw_field_by_id(kind, state)->words, (uint16_t)hw_scan_number(scan, state));
        plan.over = plan.over || (word && strcmp(word, "superseded") == 0);
        hw_scan_days(scan, period, &earliest, &plan.latest);
        lint->plans[lint->plans_n++] = plan;
    }
    hw_scan_close(scan);
    if (lint->plans_n)
        qsort(lint->plans, lint->plans_n, sizeof *lint->plans, plan_by_id);
    return status;
}

/* ---- items ---- */

/* The ids of the item fields that are read. */
struct columns {
    uint16_t plan, parent, type, status, title, countries, responsible, deadline, rank;
};

static struct columns columns_of(void)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_ITEM);
    return (struct columns){.plan = hw_field_named(kind, "plan")->id,
                            .parent = hw_field_named(kind, "parent")->id,
                            .type = hw_field_named(kind, "type")->id,
                            .status = hw_field_named(kind, "status")->id,
                            .title = hw_field_named(kind, "title")->id,
                            .countries = hw_field_named(kind, "countries")->id,
                            .responsible = hw_field_named(kind, "responsible")->id,
                            .deadline = hw_field_named(kind, "deadline")->id,
                            .rank = hw_field_named(kind, "rank")->id};
}

/* 128 bits of BLAKE2b stand for the texts: no two of a million items meet by chance. */
static void key_part(crypto_generichash_state *state, const char *text)
{
    crypto_generichash_update(state, (const uint8_t *)text, strlen(text) + 1);
}

static void read_key(struct hw_scan *scan, const struct columns *at, struct hw_arena *arena, uint8_t key[16])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, 16);
    key_part(&state, hw_scan_group(scan));
    key_part(&state, hw_scan_text(scan, at->plan));
    key_part(&state, hw_scan_text(scan, at->parent));
    key_part(&state, hw_scan_text(scan, at->countries));
    key_part(&state, hw_fold(arena, hw_slice_text(hw_scan_text(scan, at->title))));
    crypto_generichash_final(&state, key, 16);
}

static uint16_t word_of(struct hw_scan *scan, uint16_t field)
{
    int64_t word = hw_scan_number(scan, field);
    return (uint16_t)(word > 0 ? word : 0);
}

static enum hw_status gather_items(struct hw_lint *lint, struct hw_err *err)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    const struct columns at = columns_of();
    size_t room = (size_t)hw_tx_count(lint->tx, HW_KIND_ITEM);
    struct hw_scan *scan;
    lint->facts = hw_arena_zero(lint->arena, room + 1, sizeof *lint->facts);
    enum hw_status status = hw_scan_open(lint->tx, HW_KIND_ITEM, HW_SCAN_ALL, 0, NULL, &scan, err);
    while (status == HW_OK && lint->facts_n < room && hw_scan_next(scan)) {
        struct hw_lint_fact *fact = &lint->facts[lint->facts_n];
        int32_t earliest;
        if (!hw_id_parse(hw_slice_text(hw_scan_id(scan)), &fact->id))
            continue;
        hw_arena_reset(&arena);
        lint->facts_n++;
        fact->has_parent = hw_id_parse(hw_slice_text(hw_scan_text(scan, at.parent)), &fact->parent);
        fact->has_plan = hw_id_parse(hw_slice_text(hw_scan_text(scan, at.plan)), &fact->plan);
        fact->archived = hw_scan_archived(scan);
        fact->type = word_of(scan, at.type);
        fact->status = word_of(scan, at.status);
        fact->rank = hw_scan_number(scan, at.rank);
        fact->updated_ms = hw_scan_updated_ms(scan);
        fact->responsible = strlen(hw_scan_text(scan, at.responsible)) > strlen("[]");
        hw_scan_days(scan, at.deadline, &earliest, &fact->latest);
        read_key(scan, &at, &arena, fact->key);
    }
    hw_scan_close(scan);
    return status;
}

/* What is put away, or has no title, is nobody's double. The first of several is the one that the document has first. */
static int by_key(const void *a, const void *b)
{
    const struct hw_lint_fact *x = a, *y = b;
    int order = memcmp(x->key, y->key, sizeof x->key);
    if (order)
        return order;
    if (x->archived != y->archived)
        return x->archived ? 1 : -1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->updated_ms != y->updated_ms)
        return x->updated_ms < y->updated_ms ? -1 : 1;
    return hw_id_compare(&x->id, &y->id);
}

static void find_doubles(struct hw_lint *lint)
{
    if (lint->facts_n == 0)
        return;
    qsort(lint->facts, lint->facts_n, sizeof *lint->facts, by_key);
    for (size_t i = 1; i < lint->facts_n; i++) {
        struct hw_lint_fact *before = &lint->facts[i - 1], *fact = &lint->facts[i];
        if (fact->archived || memcmp(before->key, fact->key, sizeof fact->key) != 0)
            continue;
        fact->doubled = true;
        fact->twin = before->doubled ? before->twin : before->id;
    }
    qsort(lint->facts, lint->facts_n, sizeof *lint->facts, by_id);
}

/* ---- comments ---- */

/* The sentence of a remark that says so: it may stand in the middle of several paragraphs. */
static const char *pending_part(struct hw_arena *arena, const char *text)
{
    for (const char *p = text; *p;) {
        p += strspn(p, " ");
        size_t n = strcspn(p, "\n.;");
        while (p[n] == '.' && p[n + 1] && p[n + 1] != ' ' && p[n + 1] != '\n') /* a date, an abbreviation */
            n += 1 + strcspn(p + n + 1, "\n.;");
        const char *part = hw_arena_text(arena, p, n);
        if (hw_lint_pending(arena, part))
            return part;
        p += n + (p[n] != 0);
    }
    return text;
}

/* Only what a rule may show: of completed items the words that say pending, of those given up the last word. */
static void take_comment(struct hw_lint *lint, struct hw_lint_fact *fact, struct hw_arena *arena, const char *text,
                         int64_t when)
{
    bool given_up = fact->status == HW_STATUS_NO_LONGER_APPLICABLE || fact->status == HW_STATUS_CANCELLED;
    bool pending = fact->status == HW_STATUS_COMPLETED && hw_lint_pending(arena, text);
    const char *cut = pending    ? hw_view_cut(lint->arena, pending_part(arena, text), REMARK_MAX)
                      : given_up ? hw_view_cut(lint->arena, text, REMARK_MAX)
                                 : "";
    if (pending && when >= fact->pending_ms) {
        fact->pending = hw_arena_text(lint->arena, cut, strlen(cut));
        fact->pending_ms = when;
    }
    if (given_up && when >= fact->remark_ms) {
        fact->remark = hw_arena_text(lint->arena, cut, strlen(cut));
        fact->remark_ms = when;
    }
}

static enum hw_status gather_comments(struct hw_lint *lint, struct hw_err *err)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_COMMENT);
    uint16_t on = hw_field_named(kind, "on")->id, text = hw_field_named(kind, "text")->id;
    struct hw_scan *scan;
    enum hw_status status = hw_scan_open(lint->tx, HW_KIND_COMMENT, HW_SCAN_ALL, 0, NULL, &scan, err);
    while (status == HW_OK && hw_scan_next(scan)) {
        struct hw_lint_fact key;
        if (hw_scan_archived(scan) || !hw_id_parse(hw_slice_text(hw_scan_text(scan, on)), &key.id))
            continue;
        struct hw_lint_fact *fact =
            lint->facts_n ? bsearch(&key, lint->facts, lint->facts_n, sizeof key, by_id) : NULL;
        hw_arena_reset(&arena);
        if (fact)
            take_comment(lint, fact, &arena, hw_scan_text(scan, text), hw_scan_updated_ms(scan));
    }
    hw_scan_close(scan);
    return status;
}

enum hw_status hw_lint_gather(struct hw_lint *lint, struct hw_err *err)
{
    enum hw_status status = hw_tx_flush(lint->tx, err);
    if (status == HW_OK)
        status = gather_plans(lint, err);
    if (status == HW_OK)
        status = gather_items(lint, err);
    find_doubles(lint);
    return status == HW_OK ? gather_comments(lint, err) : status;
}
