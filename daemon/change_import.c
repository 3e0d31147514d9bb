/* change_import.c: the verb import: a tracker's rows into records, again and
 * again (floor 3, noun: import).  All rows are read and compared first; only
 * then anything is written, all of it as one change. Two imports of one file
 * say the same once: the second writes nothing. */
#include <stdlib.h>
#include <string.h>

#include "daemon/import.h"
#include "daemon/lookup.h"
#include "daemon/verb_internal.h"
#include "daemon/view.h"

/* ---- where it goes ---- */

/* "trackers/2016 actions.csv" -> "2016 actions". */
static struct hw_slice stem(struct hw_slice file)
{
    for (size_t i = file.n; i > 0; i--)
        if (file.p[i - 1] == '/' || file.p[i - 1] == '\\')
            return stem((struct hw_slice){file.p + i, file.n - i});
    for (size_t i = file.n; i > 1; i--)
        if (file.p[i - 1] == '.')
            return (struct hw_slice){file.p, i - 1};
    return file;
}

static enum hw_status make_plan(struct hw_intake *import, struct hw_slice title, struct hw_err *err)
{
    struct hw_tx *tx = import->command.tx;
    struct hw_slice code = hw_slice_text(hw_slug(import->arena, title));
    struct hw_slice dates = hw_arg_text(import->command.request, "dates");
    struct hw_id id = hw_plan_id(import->arena, import->group, code);
    enum hw_status status = hw_tx_record(tx, HW_KIND_PLAN, &id, import->group, &import->plan, err);
    if (status != HW_OK || import->plan->row.made.seq)
        return status;
    import->plan_new = true;
    hw_draft_init(&import->plan_draft, tx, import->arena, import->plan);
    status = hw_assign_text(&import->plan_draft, "code", code, err);
    if (status == HW_OK)
        status = hw_assign_text(&import->plan_draft, "title", title, err);
    if (status == HW_OK && dates.n)
        status = hw_assign_text(&import->plan_draft, "date_order", dates, err);
    return status;
}

static enum hw_status find_place(struct hw_intake *import, struct hw_err *err)
{
    const struct hw_request *request = import->command.request;
    struct hw_tx *tx = import->command.tx;
    struct hw_slice group = hw_arg_text(request, "group"), plan = hw_arg_text(request, "plan"),
                    title = hw_arg_text(request, "plan_new"), file = hw_arg_text(request, "file");
    enum hw_status status = HW_OK;
    import->file = hw_arena_text(import->arena, file.p, file.n);
    import->plan_named = plan.n || !hw_arg_bool(request, "plan_unnamed");
    if (group.n)
        status = hw_lookup_group(tx, group, &import->group, err);
    if (status == HW_OK && plan.n) {
        status = hw_lookup_plan(tx, plan, import->group, &import->plan, err);
        if (status == HW_OK)
            import->group = import->plan->group;
        return status;
    }
    if (status == HW_OK && !import->group)
        status = hw_lookup_only_group(tx, &import->group, err);
    if (status == HW_OK && strcmp(import->group, "directory") == 0)
        status = hw_fail(err, HW_USAGE, "\"directory\" has no plans");
    if (title.n == 0)
        title = stem(file);
    if (status == HW_OK && title.n == 0)
        status = hw_fail(err, HW_USAGE, "say which plan with --plan, or --plan new:TITLE");
    return status == HW_OK ? make_plan(import, title, err) : status;
}

static enum hw_status find_order(struct hw_intake *import, struct hw_err *err)
{
    struct hw_slice dates = hw_arg_text(import->command.request, "dates");
    struct hw_view view = hw_view_of(import->command.tx, import->arena, import->plan);
    uint16_t word = hw_view_word(&view, "date_order");
    if (dates.n && !hw_slice_is(dates, "dmy") && !hw_slice_is(dates, "mdy"))
        return hw_fail(err, HW_USAGE, "dates: dmy (day first) or mdy (month first)");
    import->order = hw_slice_is(dates, "dmy") || (!dates.n && word == 1)   ? HW_DATES_DMY
                    : hw_slice_is(dates, "mdy") || (!dates.n && word == 2) ? HW_DATES_MDY
                                                                           : HW_DATES_UNKNOWN;
    bool away = !import->plan_new && hw_view_archived(&view);
    if (import->plan_new || (!away && (dates.n == 0 || word)))
        return HW_OK;
    hw_draft_init(&import->plan_draft, import->command.tx, import->arena, import->plan);
    enum hw_status status = HW_OK;
    if (away) /* rows of a plan that was put away would be seen nowhere */
        status = hw_assign_text(&import->plan_draft, "archived", hw_slice_text("no"), err);
    if (status == HW_OK && dates.n && !word)
        status = hw_assign_text(&import->plan_draft, "date_order", dates, err);
    return status;
}

/* ---- what may be written ---- */

/* A row below one that is not written would hang in the air. */
static void orphans(struct hw_intake *import)
{
    bool more = true;
    while (more) {
        more = false;
        for (size_t i = 0; i < import->n; i++) {
            struct hw_intake_row *row = &import->rows[i];
            if (row->bad || !row->parent || !row->fresh)
                continue;
            const struct hw_intake_row *parent = hw_intake_parent(import, row);
            if (!parent || !parent->bad || (parent->record && !parent->fresh) || row->parent_text.n)
                continue;
            hw_intake_problem(import, row, (struct hw_slice){0}, row->key,
                              hw_arena_printf(import->arena, "row %lld above it has a problem",
                                              (long long)row->parent));
            row->changed = false;
            import->conflicts -= row->conflicts;
            more = true;
        }
    }
}

/* Whether the operation refers to this record. */
static bool names(const struct hw_draft_op *op, const struct hw_id *id)
{
    return op->op.value.n > sizeof id->b && memcmp(op->op.value.p + op->op.value.n - sizeof id->b, id->b, sizeof id->b) == 0;
}

/* A plan that nothing goes to is not made: a table exported from several plans names the plan of each row. */
static bool plan_needed(const struct hw_intake *import)
{
    bool any = false;
    for (size_t i = 0; i < import->n; i++) {
        const struct hw_intake_row *row = &import->rows[i];
        const struct hw_field *plan = row->of ? hw_field_find(row->of, hw_slice_text("plan")) : NULL;
        if (row->bad)
            continue;
        any = true;
        if (row == import->plan_row || (!plan && !row->given && row->of->id != HW_KIND_COMMENT))
            return true;
        for (size_t k = 0; plan && row->fresh && k < row->draft.n; k++)
            if (row->draft.ops[k].op.field == plan->id && names(&row->draft.ops[k], &import->plan->row.id))
                return true;
    }
    return !any && import->plan_named;
}

/* ---- writing ---- */

static enum hw_status write_row(struct hw_intake *import, struct hw_intake_row *row, struct hw_err *err)
{
    enum hw_status status = hw_command_write(&import->command, &row->draft, (struct hw_slice){0}, err);
    for (size_t i = 0; i < row->comments_n && row->new_comments && status == HW_OK; i++) {
        struct hw_id id = hw_intake_comment_id(&row->id, row->comments[i]);
        struct hw_record *comment;
        if (row->comments[i].n == 0)
            continue;
        status = hw_tx_record(import->command.tx, HW_KIND_COMMENT, &id, import->group, &comment, err);
        if (status == HW_OK && comment->row.made.seq == 0)
            status = hw_command_comment(&import->command, row->record, &id, row->comments[i], err);
    }
    return status;
}

/* The plan first: who reads the log meets it before its items. */
static enum hw_status write_plan(struct hw_intake *import, struct hw_err *err)
{
    struct hw_intake_row *row = import->plan_row;
    struct hw_err why = {0};
    if (row && !row->bad)
        return row->changed ? write_row(import, row, err) : HW_OK;
    if (import->plan_draft.n == 0 || (import->plan_new && !plan_needed(import)))
        return HW_OK;
    import->plan_draft.rights = import->rights;
    bool allowed = hw_rights_check(&import->plan_draft, &why) == HW_OK;
    if (!allowed && !import->plan_new)
        return HW_OK; /* the order of dates alone: not worth a refusal */
    return hw_command_write(&import->command, &import->plan_draft, (struct hw_slice){0}, err);
}

static enum hw_status write_all(struct hw_intake *import, struct hw_err *err)
{
    enum hw_status status = write_plan(import, err);
    for (size_t i = 0; i < import->n && status == HW_OK; i++)
        if (!import->rows[i].bad && import->rows[i].changed && &import->rows[i] != import->plan_row)
            status = write_row(import, &import->rows[i], err);
    return status;
}

/* ---- the answer ---- */

static void put_kinds(const struct hw_intake *import, struct hw_out *out)
{
    size_t comments = 0;
    hw_put_text(out, "records");
    hw_put_map_open(out);
    for (size_t k = 0; k < hw_schema_n; k++) {
        int64_t n = 0;
        for (size_t i = 0; i < import->n; i++)
            n += !import->rows[i].bad && import->rows[i].of == &hw_schema[k];
        if (n)
            hw_put_key_int(out, hw_schema[k].name, n);
    }
    for (size_t i = 0; i < import->n; i++)
        comments += import->rows[i].bad ? 0 : import->rows[i].comments_n;
    if (comments)
        hw_put_key_int(out, "comment", (int64_t)comments);
    hw_put_close(out);
}

static void put_plan(const struct hw_intake *import, struct hw_out *out)
{
    struct hw_view view = hw_view_of(import->command.tx, import->arena, import->plan);
    struct hw_slice title = hw_arg_text(import->command.request, "plan_new");
    if (title.n == 0)
        title = stem(hw_slice_text(import->file));
    hw_put_text(out, "plan");
    if (import->plan_new && !plan_needed(import)) {
        hw_put_null(out);
        return;
    }
    hw_put_map(out, 4);
    hw_put_key_text(out, "id", hw_view_id(&view));
    if (import->plan->row.made.seq) {
        hw_put_key_text(out, "code", hw_view_text(&view, "code"));
        hw_put_key_text(out, "title", hw_view_text(&view, "title"));
    } else {
        hw_put_key_text(out, "code", hw_slug(import->arena, title));
        hw_put_key_text(out, "title", hw_arena_text(import->arena, title.p, title.n));
    }
    hw_put_key_bool(out, "new", import->plan_new);
}

/* Rows of the file: an item and the deliverables of its own row are one. */
struct counted {
    int64_t rows, fresh, changed, same;
};

/* Whether a row came of the same row of the file as the one before: a deliverable below its activity, a member beside another. */
static bool of_same_row(const struct hw_intake_row *first, const struct hw_intake_row *row)
{
    bool below = row->parent && row->parent == first->row;
    bool beside = row->of == first->of && row->of && row->of->id != HW_KIND_ITEM;
    return first->line && row->line == first->line && !row->id_text.n && (below || beside);
}

static struct counted count_rows(const struct hw_intake *import)
{
    struct counted counted = {0};
    for (size_t i = 0, next; i < import->n; i = next) {
        const struct hw_intake_row *first = &import->rows[i];
        bool bad = false, changed = false;
        for (next = i; next < import->n && (next == i || of_same_row(first, &import->rows[next])); next++) {
            bad = bad || import->rows[next].bad;
            changed = changed || import->rows[next].changed;
        }
        counted.rows++;
        counted.fresh += !bad && first->fresh;
        counted.changed += !bad && !first->fresh && changed;
        counted.same += !bad && !first->fresh && !changed;
    }
    return counted;
}

static void put_answer(struct hw_intake *import, struct hw_out *out)
{
    struct counted counted = count_rows(import);
    hw_put_map_open(out);
    hw_put_key_int(out, "rows", counted.rows);
    hw_put_key_int(out, "new", counted.fresh);
    hw_put_key_int(out, "changed", counted.changed);
    hw_put_key_int(out, "same", counted.same);
    put_kinds(import, out);
    hw_put_text(out, "problems");
    hw_intake_put_problems(import, out);
    hw_put_key_bool(out, "lossless", import->problems_n == 0 && !import->cut);
    hw_put_key_int(out, "conflicts", (int64_t)import->conflicts);
    hw_put_key_int(out, "missing", (int64_t)import->missing);
    hw_put_key_int(out, "archived", (int64_t)import->archived);
    hw_put_text(out, "left");
    hw_put_array(out, import->command.left_n);
    hw_put_raw(out, import->command.left.p, import->command.left.n);
    put_plan(import, out);
    hw_put_text(out, "change");
    if (hw_command_change(&import->command))
        hw_command_answer(&import->command, out);
    else
        hw_put_null(out); /* nothing was written */
    hw_put_key_bool(out, "dry_run", import->command.dry_run);
    hw_put_close(out);
}

static enum hw_status compare_all(struct hw_intake *import, struct hw_err *err)
{
    enum hw_status status = find_place(import, err);
    if (status == HW_OK)
        status = find_order(import, err);
    if (status == HW_OK)
        status = hw_intake_read(import, err);
    if (status == HW_OK)
        status = hw_intake_name(import, err);
    if (status == HW_OK)
        hw_intake_place(import);
    import->heads = hw_arg_list(import->command.request, "heads", &import->heads_n);
    import->cells = hw_arena_alloc(import->arena, sizeof *import->cells);
    for (size_t i = 0; i < import->n && status == HW_OK; i++)
        if (!import->rows[i].bad)
            status = hw_intake_merge(import, &import->rows[i], err);
    if (status == HW_OK && import->problems_n)
        orphans(import);
    return status;
}

/* All of it is one change, or nothing at all. */
static enum hw_status commit(struct hw_intake *import, bool stopped, struct hw_err *err)
{
    bool write = !stopped && !import->command.dry_run, archive = hw_arg_bool(import->command.request, "archive_missing");
    enum hw_status status = write ? write_all(import, err) : HW_OK;
    if (status == HW_OK)
        status = hw_intake_old_end(import, archive && !stopped, err);
    return status == HW_OK && write ? hw_intake_remember(import, err) : status;
}

/* The request without its rows: an argument is looked up by reading what stands before it, and the rows may be 30 MB. */
static struct hw_request without_rows(struct hw_arena *arena, const struct hw_request *request)
{
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    struct hw_request small = *request;
    struct hw_in in = hw_in_of(request->args);
    size_t n = hw_get_map_any(&in);
    hw_put_map_open(&out);
    for (size_t i = 0; i < n && !in.bad; i++) {
        if (n == SIZE_MAX && hw_get_close(&in))
            break;
        struct hw_slice key = hw_get_text(&in), value = hw_get_raw(&in);
        if (in.bad || hw_slice_is(key, "rows"))
            continue;
        hw_put_textn(&out, key.p, key.n);
        hw_put_raw(&out, value.p, value.n);
    }
    hw_put_close(&out);
    small.args = hw_arena_slice(arena, hw_out_slice(&out));
    return small;
}

enum hw_status hw_verb_import(struct hw_tx *tx, const struct hw_request *whole, struct hw_answer *answer,
                              struct hw_err *err)
{
    struct hw_intake import = {.arena = hw_tx_arena(tx), .raw_rows = hw_arg_raw(whole, "rows")};
    const struct hw_request small = without_rows(import.arena, whole), *request = &small;
    bool skip = hw_arg_bool(request, "skip_bad");
    hw_command_init(&import.command, tx, request);
    import.command.dry_run = hw_arg_bool(request, "dry_run");
    import.command.quiet = true;
    hw_out_init(&import.problems);
    hw_out_init(&import.troubles);
    enum hw_status status = compare_all(&import, err);
    bool stopped = import.problems_n && !skip;
    if (status == HW_OK)
        status = commit(&import, stopped, err);
    if (status == HW_OK)
        put_answer(&import, &answer->end);
    if (status == HW_OK && stopped)
        hw_fail(&answer->note, HW_DECISION,
                "%zu problem%s, nothing was written; correct the file, or leave these rows out with --skip-bad",
                import.problems_n, import.problems_n == 1 ? "" : "s");
    hw_out_done(&import.problems);
    hw_out_done(&import.troubles);
    free(import.rows);
    hw_command_done(&import.command);
    return status;
}
