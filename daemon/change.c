/* change.c: the verbs add, set, comment and archive (floor 3, noun: change). */
#include <string.h>

#include "daemon/command.h"
#include "daemon/filter.h"
#include "daemon/lookup.h"
#include "daemon/verb_internal.h"

/* Runs the steps that every command shares at its end. */
static enum hw_status finish(struct hw_command *command, enum hw_status status, struct hw_answer *answer)
{
    if (status == HW_OK)
        hw_command_answer(command, &answer->end);
    hw_command_done(command);
    return status;
}

/* ---- add ---- */

/* The field that names a record of the kind. */
static const char *title_field(const struct hw_kind *kind)
{
    static const char *const names[] = {"title", "name", "organisation", "country", "text"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (hw_field_find(kind, hw_slice_text(names[i])))
            return names[i];
    return NULL;
}

static enum hw_status kind_of(const struct hw_request *request, const struct hw_kind **kind, struct hw_err *err)
{
    struct hw_slice name = hw_arg_text(request, "kind");
    const char *names[32];
    size_t n = 0;
    *kind = name.n ? hw_kind_find(name) : hw_kind_by_id(HW_KIND_ITEM);
    if (!*kind) {
        for (size_t i = 0; i < hw_schema_n && n < 32; i++)
            names[n++] = hw_schema[i].name;
        const char *nearest = hw_nearest(name, names, n);
        return hw_fail(err, HW_USAGE, "no kind \"%.*s\"%s%s%s", (int)name.n, (const char *)name.p,
                       nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    }
    switch ((*kind)->id) {
    case HW_KIND_GROUP:
        return hw_fail(err, HW_USAGE, "say: headway group add CODE --name TEXT");
    case HW_KIND_PLAN:
        return hw_fail(err, HW_USAGE, "say: headway plan add --group G TITLE");
    case HW_KIND_COMMENT:
        return hw_fail(err, HW_USAGE, "say: headway comment ID TEXT");
    case HW_KIND_OFFICE:
    case HW_KIND_INCARNATION:
    case HW_KIND_GRANT:
        return hw_fail(err, HW_USAGE, "offices and what they may do come from: headway invite CODE --group G");
    default:
        return HW_OK;
    }
}

/* The only plan of a group that is not superseded; NULL when there is none. */
static enum hw_status only_plan(struct hw_tx *tx, const char *group, struct hw_record **plan, struct hw_err *err)
{
    struct hw_scan *scan;
    struct hw_id id;
    size_t n = 0;
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_PLAN);
    uint16_t state = hw_field_named(kind, "state")->id;
    const char *list = "";
    *plan = NULL;
    enum hw_status status = hw_scan_open(tx, HW_KIND_PLAN, HW_SCAN_GROUP, 0, group, &scan, err);
    if (status != HW_OK)
        return status;
    while (hw_scan_next(scan)) {
        if (hw_scan_archived(scan) || strcmp(hw_scan_text(scan, state), "superseded") == 0 ||
            !hw_id_parse(hw_slice_text(hw_scan_id(scan)), &id))
            continue;
        list = hw_arena_printf(hw_tx_arena(tx), "%s%s%s", list, n++ ? ", " : "",
                               hw_scan_text(scan, hw_field_named(kind, "code")->id));
    }
    hw_scan_close(scan);
    if (n > 1)
        return hw_fail(err, HW_USAGE, "say which plan with --plan: %s", list);
    return n ? hw_tx_record(tx, HW_KIND_PLAN, &id, group, plan, err) : HW_OK;
}

/* Group and plan that a new record goes to. */
static enum hw_status place_of(struct hw_tx *tx, const struct hw_request *request, const struct hw_kind *kind,
                               const char **group, struct hw_record **plan, struct hw_err *err)
{
    struct hw_slice plan_text = hw_arg_text(request, "plan"), group_text = hw_arg_text(request, "group");
    enum hw_status status = HW_OK;
    *plan = NULL;
    *group = NULL;
    if (kind->directory) {
        *group = "directory";
        return HW_OK;
    }
    if (group_text.n)
        status = hw_lookup_group(tx, group_text, group, err);
    if (status == HW_OK && plan_text.n) {
        status = hw_lookup_plan(tx, plan_text, *group, plan, err);
        if (status == HW_OK)
            *group = (*plan)->group;
        return status;
    }
    if (status == HW_OK && !*group)
        status = hw_lookup_only_group(tx, group, err);
    if (status == HW_OK && hw_field_find(kind, hw_slice_text("plan")))
        status = only_plan(tx, *group, plan, err);
    return status;
}

static bool assigned(const struct hw_draft *draft, const char *name)
{
    const struct hw_field *field = hw_field_named(draft->kind, name);
    for (size_t i = 0; i < draft->n; i++)
        if (draft->ops[i].op.field == field->id)
            return true;
    return false;
}

static enum hw_status set_ref(struct hw_draft *draft, const char *name, const struct hw_record *to, struct hw_err *err)
{
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    hw_put_bytes(&out, to->row.id.b, sizeof to->row.id.b);
    return hw_draft_set(draft, hw_field_named(draft->kind, name), hw_arena_slice(draft->arena, hw_out_slice(&out)),
                        err);
}

/* Fields of a new record from the arguments beside `assign`. */
static enum hw_status fill(struct hw_draft *draft, const struct hw_request *request, struct hw_record *plan,
                           struct hw_err *err)
{
    struct hw_slice title = hw_arg_text(request, "title"), type = hw_arg_text(request, "type");
    const char *named = title_field(draft->kind);
    enum hw_status status = HW_OK;
    size_t n;
    const struct hw_slice *assign = hw_arg_list(request, "assign", &n);
    if (plan) {
        status = set_ref(draft, "plan", plan, err);
        hw_draft_in_plan(draft, plan);
    }
    if (status == HW_OK && title.n)
        status = hw_assign_text(draft, named, title, err);
    if (status == HW_OK && type.n) {
        const struct hw_field *field;
        status = hw_assign_field(draft->kind, hw_slice_text("type"), &field, err);
        if (status == HW_OK)
            status = hw_assign_text(draft, "type", type, err);
    }
    if (status == HW_OK)
        status = hw_assign_all(draft, assign, n, err);
    if (status == HW_OK && !assigned(draft, named))
        status = hw_fail(err, HW_USAGE, "say what to add: %s %s needs a %s",
                         strchr("aeiou", draft->kind->name[0]) ? "an" : "a", draft->kind->name, named);
    /* A row of a plan that says nothing about itself is something to do. */
    if (status == HW_OK && draft->kind->id == HW_KIND_ITEM && !assigned(draft, "type"))
        status = hw_assign_text(draft, "type", hw_slice_text("activity"), err);
    return status;
}

enum hw_status hw_verb_add(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                           struct hw_err *err)
{
    struct hw_command command;
    const struct hw_kind *kind;
    const char *group;
    struct hw_record *plan, *record;
    struct hw_draft draft;
    hw_command_init(&command, tx, request);
    command.dry_run = hw_arg_bool(request, "dry_run");
    enum hw_status status = kind_of(request, &kind, err);
    if (status == HW_OK)
        status = place_of(tx, request, kind, &group, &plan, err);
    if (status == HW_OK)
        status = hw_command_new(&command, kind->id, group, &record, err);
    if (status == HW_OK) {
        hw_draft_init(&draft, tx, command.arena, record);
        status = fill(&draft, request, plan, err);
    }
    if (status == HW_OK)
        status = hw_command_write(&command, &draft, hw_arg_text(request, "comment"), err);
    return finish(&command, status, answer);
}

/* ---- set ---- */

struct targets {
    struct hw_tx *tx;
    struct hw_record **records; /* arena */
    size_t n, cap;
};

static void add_target(struct targets *targets, struct hw_record *record)
{
    for (size_t i = 0; i < targets->n && targets->n < 64; i++) /* ids typed twice; filters match once */
        if (targets->records[i] == record)
            return;
    if (targets->n == targets->cap) {
        size_t cap = targets->cap ? targets->cap * 2 : 16;
        struct hw_record **grown = hw_arena_zero(hw_tx_arena(targets->tx), cap, sizeof *grown);
        if (targets->n)
            memcpy(grown, targets->records, targets->n * sizeof *grown);
        targets->records = grown;
        targets->cap = cap;
    }
    targets->records[targets->n++] = record;
}

static enum hw_status each_target(void *self, const struct hw_view *view, struct hw_err *err)
{
    struct targets *targets = self;
    struct hw_record *record;
    enum hw_status status = hw_tx_record(targets->tx, view->kind->id, &view->row->id, view->group, &record, err);
    if (status == HW_OK)
        add_target(targets, record);
    return status;
}

static enum hw_status by_filter(struct hw_tx *tx, const struct hw_slice *words, size_t n, struct targets *targets,
                                struct hw_err *err)
{
    struct hw_filter *filter;
    enum hw_status status = hw_filter_parse(tx, words, n, &filter, err);
    for (size_t i = 0; i < hw_schema_n && status == HW_OK; i++)
        if (!hw_schema[i].directory && hw_filter_kind(filter, hw_schema[i].id, hw_schema[i].id == HW_KIND_ITEM))
            status = hw_filter_scan(tx, filter, hw_schema[i].id, each_target, targets, err);
    if (status == HW_OK && targets->n == 0)
        status = hw_fail(err, HW_NOT_FOUND, "nothing matches; see: headway list with the same words");
    return status;
}

/* One word without a colon is an ID; several words are IDs when each of them is one, else a filter. */
static enum hw_status find_targets(struct hw_tx *tx, const struct hw_slice *words, size_t n, struct targets *targets,
                                   struct hw_err *err)
{
    struct hw_record *record;
    if (n == 0)
        return hw_fail(err, HW_USAGE, "say which records: an ID, PLAN/NUMBER or a filter");
    if (n == 1 && !memchr(words[0].p, ':', words[0].n)) {
        enum hw_status status = hw_lookup_any(tx, words[0], &record, err);
        if (status == HW_OK)
            add_target(targets, record);
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        if (hw_lookup_any(tx, words[i], &record, NULL) != HW_OK) {
            targets->n = 0;
            return by_filter(tx, words, n, targets, err);
        }
        add_target(targets, record);
    }
    return HW_OK;
}

static enum hw_status ask_first(const struct targets *targets, struct hw_err *err)
{
    const char *list = "";
    enum { SHOWN = 5 };
    for (size_t i = 0; i < targets->n && i < SHOWN; i++) {
        char id[HW_ID_TEXT + 1];
        struct hw_view view = hw_view_of(targets->tx, hw_tx_arena(targets->tx), targets->records[i]);
        hw_tx_short(targets->tx, &targets->records[i]->row.id, id);
        list = hw_arena_printf(view.arena, "%s\n  %s %s", list, id, hw_view_cut(view.arena, hw_view_title(&view), 60));
    }
    return hw_fail(err, HW_DECISION, "this would change %zu records; add --yes to do it, --dry-run to see it:%s%s",
                   targets->n, list, targets->n > SHOWN ? "\n  ..." : "");
}

enum hw_status hw_verb_set(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                           struct hw_err *err)
{
    struct hw_command command;
    struct targets targets = {.tx = tx};
    size_t words_n, assign_n;
    const struct hw_slice *words = hw_arg_list(request, "target", &words_n);
    const struct hw_slice *assign = hw_arg_list(request, "assign", &assign_n);
    struct hw_slice comment = hw_arg_text(request, "comment");
    if (assign_n == 0 && comment.n == 0)
        return hw_fail(err, HW_USAGE, "say what to set: field=value");
    hw_command_init(&command, tx, request);
    command.dry_run = hw_arg_bool(request, "dry_run");
    enum hw_status status = find_targets(tx, words, words_n, &targets, err);
    if (status == HW_OK && targets.n > 1 && !command.dry_run && !hw_arg_bool(request, "yes"))
        status = ask_first(&targets, err);
    for (size_t i = 0; i < targets.n && status == HW_OK; i++) {
        struct hw_draft draft;
        hw_draft_init(&draft, tx, command.arena, targets.records[i]);
        status = hw_assign_all(&draft, assign, assign_n, err);
        if (status == HW_OK)
            status = hw_command_write(&command, &draft, comment, err);
    }
    return finish(&command, status, answer);
}

/* ---- comment, archive ---- */

enum hw_status hw_verb_comment(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                               struct hw_err *err)
{
    struct hw_command command;
    struct hw_record *record;
    struct hw_draft draft;
    struct hw_slice text = hw_arg_text(request, "text");
    size_t blank = 0;
    while (blank < text.n && strchr(" \t\r\n", text.p[blank]))
        blank++;
    if (blank == text.n)
        return hw_fail(err, HW_USAGE, "say something: headway comment ID TEXT");
    hw_command_init(&command, tx, request);
    enum hw_status status = hw_lookup_any(tx, hw_arg_text(request, "id"), &record, err);
    if (status == HW_OK) {
        hw_draft_init(&draft, tx, command.arena, record);
        status = hw_command_write(&command, &draft, text, err);
    }
    return finish(&command, status, answer);
}

enum hw_status hw_verb_archive(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                               struct hw_err *err)
{
    struct hw_command command;
    struct hw_record *record;
    struct hw_draft draft;
    hw_command_init(&command, tx, request);
    command.dry_run = hw_arg_bool(request, "dry_run");
    enum hw_status status = hw_lookup_any(tx, hw_arg_text(request, "id"), &record, err);
    if (status == HW_OK) {
        hw_draft_init(&draft, tx, command.arena, record);
        status = hw_assign_text(&draft, "archived", hw_slice_text("yes"), err);
    }
    if (status == HW_OK)
        status = hw_command_write(&command, &draft, (struct hw_slice){0}, err);
    return finish(&command, status, answer);
}
