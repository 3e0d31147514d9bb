/* change_import_merge.c: one row of a file against its record, three ways:
 * what the file said before, what it says now, what the record says (floor 3,
 * noun: import).
 *
 * Before is the last import of the record, as its `source` keeps it, or the
 * export that the table came from, as its column `base` says. A field that the
 * file did not change is left alone, whatever people did to it since. One that
 * only the file changed is written. One that both changed is written beside the
 * other value: the write names what the file had seen, not what came after, so
 * the merge shows it as an ordinary conflict. Sets never conflict: they get
 * what the file adds, and lose what an import had put there. */
#include <string.h>

#include "daemon/import.h"
#include "daemon/view.h"

/* ---- the cells of a row ---- */

static struct hw_intake_cell *cell_of(struct hw_intake_cells *cells, const struct hw_field *field)
{
    for (size_t i = 0; i < cells->n; i++)
        if (cells->cell[i].field == field)
            return &cells->cell[i];
    if (cells->n == HW_INTAKE_CELLS)
        return NULL;
    struct hw_intake_cell *cell = &cells->cell[cells->n++];
    cell->field = field;
    cell->texts_n = cell->values_n = 0;
    cell->here[0] = 0;
    cell->scheme = "";
    return cell;
}

/* Fields that no file may change. */
static bool is_fixed(const struct hw_kind *kind, const struct hw_field *field)
{
    return field->id == HW_FIELD_SOURCE || field->type == HW_TYPE_BYTES ||
           ((kind->id == HW_KIND_PLAN || kind->id == HW_KIND_GROUP) && strcmp(field->name, "code") == 0) ||
           (kind->id == HW_KIND_GROUP && strcmp(field->name, "gate") == 0);
}

/* A plan that is not here yet brings its code. */
static bool new_code(const struct hw_intake_row *row, const struct hw_field *field)
{
    return row->of->id == HW_KIND_PLAN && row->given && row->fresh && strcmp(field->name, "code") == 0;
}

/* What a field holds in another spelling is kept as the file has it, among the cells that no field took. */
static void keep_spelling(struct hw_intake *import, struct hw_intake_row *row, const struct hw_field *field,
                          struct hw_slice text)
{
    row->rest = hw_slice_text(hw_arena_printf(import->arena, "%.*s%s%s: %.*s", (int)row->rest.n, (const char *)row->rest.p,
                                              row->rest.n ? "\n" : "", field->name, (int)text.n, (const char *)text.p));
}

/* The plan of this import may be named by a row before it is there. */
static bool names_plan(struct hw_intake *import, const struct hw_field *field, struct hw_slice text)
{
    const struct hw_draft *draft = &import->plan_draft;
    if (!import->plan_new || field->type != HW_TYPE_REF || field->ref_kind != HW_KIND_PLAN)
        return false;
    const char *folded = hw_fold(import->arena, text);
    for (size_t i = 0; i < draft->n; i++) {
        const struct hw_field *said = hw_field_by_id(draft->kind, draft->ops[i].op.field);
        bool name = strcmp(said->name, "code") == 0 || strcmp(said->name, "title") == 0;
        if (name && strcmp(hw_fold(import->arena, hw_slice_text(hw_value_print(said, draft->ops[i].op.value, import->arena))),
                           folded) == 0)
            return true;
    }
    return false;
}

static enum hw_status read_value(struct hw_intake *import, struct hw_intake_row *row, const struct hw_field *field,
                                 const struct hw_intake_entry *entry, struct hw_slice *value, struct hw_err *why)
{
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    if (!names_plan(import, field, entry->text))
        return hw_intake_value(import, row, entry, field, value, why);
    hw_put_bytes(&out, import->plan->row.id.b, sizeof import->plan->row.id.b);
    *value = hw_arena_slice(import->arena, hw_out_slice(&out));
    return HW_OK;
}

/* The values of one entry, after those of the entries before. */
static enum hw_status take_values(struct hw_intake *import, struct hw_intake_row *row, struct hw_intake_cell *cell,
                                  const struct hw_intake_entry *entry, struct hw_err *why)
{
    const struct hw_field *field = cell->field;
    struct hw_slice text = entry->text;
    size_t n = 1, kept = field->set ? cell->values_n : 0;
    bool respelt = false;
    const struct hw_slice *texts =
        field->set ? hw_assign_elements(&row->draft, field, text, &cell->scheme, &n, &respelt) : &text;
    enum hw_status status = HW_OK;
    if (kept + n > HW_INTAKE_VALUES || cell->texts_n == HW_INTAKE_VALUES)
        return hw_fail(why, HW_LIMIT, "%s: more than %d entries in one row", field->name, HW_INTAKE_VALUES);
    for (size_t i = 0; i < n && status == HW_OK; i++) {
        struct hw_intake_entry part = {.text = texts[i], .meant = entry->meant};
        struct hw_slice value;
        status = read_value(import, row, field, &part, &value, why);
        if (status == HW_OK && (value.n > 1 || value.p[0] != 0xf6)) /* an empty cell says that there is nothing */
            cell->values[kept++] = value;
    }
    if (status != HW_OK)
        return status;
    cell->values_n = kept;
    cell->texts[cell->texts_n++] = text;
    if (respelt)
        keep_spelling(import, row, field, text);
    return HW_OK;
}

/* One entry as canonical bytes among its field's values; a problem of the row when it is none. */
static void take(struct hw_intake *import, struct hw_intake_row *row, const struct hw_intake_entry *entry)
{
    const struct hw_field *field = NULL;
    struct hw_intake_cell *cell = NULL;
    struct hw_err why = {0};
    enum hw_status status = hw_assign_field(row->of, entry->field, &field, &why);
    if (status == HW_OK && row->whole && field->id == HW_FIELD_SOURCE) {
        row->source = entry->text;
        return;
    }
    if (status == HW_OK && is_fixed(row->of, field) && !new_code(row, field)) {
        const char *now = hw_row_print(&row->record->row, field, import->arena);
        if (*now && hw_slice_is(entry->text, now))
            return; /* it says what is so already */
        status = hw_fail(&why, HW_USAGE, "the %s of a %s cannot be imported", field->name, row->of->name);
    }
    if (status == HW_OK)
        cell = cell_of(import->cells, field);
    if (cell)
        status = take_values(import, row, cell, entry, &why);
    if (status != HW_OK || !cell)
        hw_intake_problem(import, row, entry->column, entry->text, why.text);
}

/* A cell that the table says by its form alone. */
static void derive(struct hw_intake *import, struct hw_intake_row *row, const char *name, const char *text)
{
    const struct hw_field *field = hw_field_named(row->of, name);
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    struct hw_intake_cell *cell = cell_of(import->cells, field);
    if (!cell || cell->texts_n || hw_value_parse(field, hw_slice_text(text), HW_DATES_UNKNOWN, &out, NULL) != HW_OK)
        return;
    if (*text)
        cell->texts[cell->texts_n++] = hw_slice_text(text);
    if (*text)
        cell->values[cell->values_n++] = hw_arena_slice(import->arena, hw_out_slice(&out));
}

static bool has_head(const struct hw_intake *import, const char *name)
{
    for (size_t i = 0; i < import->heads_n; i++)
        if (hw_slice_is(import->heads[i], name))
            return true;
    return false;
}

static void derive_place(struct hw_intake *import, struct hw_intake_row *row, struct hw_slice line)
{
    char id[HW_ID_TEXT + 1] = "";
    /* An exported table without that column says nothing of what is above. */
    bool lifted = hw_intake_known(line, "parent").n && (!row->base.n || has_head(import, "parent"));
    if (row->above)
        hw_id_print(row->above, id);
    if (*id || lifted)
        derive(import, row, "parent", hw_arena_text(import->arena, id, strlen(id)));
    if (row->rank >= 0)
        derive(import, row, "rank", hw_arena_printf(import->arena, "%lld", (long long)row->rank));
}

/* Columns of the file that were filled before and are blank now. */
static void derive_blanks(struct hw_intake *import, struct hw_intake_row *row, struct hw_slice line)
{
    for (size_t i = 0; i < import->heads_n; i++) {
        const struct hw_field *field = hw_field_find(row->of, import->heads[i]);
        if (field && !is_fixed(row->of, field) && field->type != HW_TYPE_REF && hw_intake_known(line, field->name).n)
            cell_of(import->cells, field);
    }
}

/* ---- three ways ---- */

/* What is known of one field of the record at hand. */
struct before {
    struct hw_slice file, here; /* hashes; empty: nothing is known */
    bool imported;              /* the file said the same at the last import, though not at the export */
    struct hw_slice shown;      /* what the record showed after that import */
};

/* Whether a table that was exported while the field had this value says so with that hash. Tables print a plan by its code, a
 * day of a workbook as one, and texts without blanks around them. */
static bool exported_as(struct hw_intake_row *row, const struct hw_field *field, struct hw_slice value, struct hw_slice hash)
{
    struct hw_arena *arena = row->draft.arena;
    struct hw_value read;
    struct hw_slice text = hw_slice_text(hw_value_print(field, value, arena));
    char day[16], own[HW_BASE_HASH + 1];
    if (field->type == HW_TYPE_REF && field->ref_kind == HW_KIND_PLAN) {
        struct hw_view view = hw_view_of(row->draft.tx, arena, row->record);
        text = hw_slice_text(hw_view_plan(&view));
    } else if (field->type == HW_TYPE_TIME && hw_value_read(field, value, &read) && !read.null &&
               read.earliest == read.latest && read.earliest != HW_DAY_NONE) {
        hw_day_print(read.earliest, day);
        text = hw_slice_text(day);
    } else {
        while (text.n && strchr(" \t\r\n", text.p[text.n - 1]))
            text.n--;
        for (; text.n && strchr(" \t\r\n", text.p[0]); text.n--)
            text.p++;
    }
    hw_base_hash(&text, text.n ? 1 : 0, own);
    return hw_slice_is(hash, own);
}

static struct before before_of(struct hw_intake *import, const struct hw_intake_row *row,
                               const struct hw_intake_cell *cell, struct hw_slice line)
{
    const char *name = cell->field->name;
    struct before before = {.file = hw_intake_known(line, name)};
    before.here = before.file.n ? hw_intake_known_here(import->arena, line, name) : before.file;
    if (row->base.n == 0)
        return before;
    before.imported = hw_slice_is(before.file, cell->hash);
    before.shown = before.here;
    before.file = before.here = hw_base_find(row->base, name);
    return before;
}

static void remember(struct hw_intake_cell *cell, struct hw_slice hash)
{
    if (hash.n == HW_BASE_HASH)
        memcpy(cell->here, hash.p, hash.n);
    cell->here[hash.n == HW_BASE_HASH ? HW_BASE_HASH : 0] = 0;
}

static void add_name(struct hw_name *names, size_t *n, const struct hw_name *name)
{
    if (*n < HW_SEEN_MAX)
        names[(*n)++] = *name;
}

/* The write that reads the file as somebody who did not see the newer values: it names the heads of before, and what the newer
 * ones had seen. */
static void write_beside(struct hw_intake_row *row, const struct hw_intake_cell *cell, const bool *newer,
                         struct hw_slice value)
{
    const struct hw_cell *held = hw_row_cell(&row->record->row, cell->field->id);
    struct hw_name names[HW_SEEN_MAX];
    size_t n = 0;
    for (size_t i = 0; i < held->heads_n; i++) {
        const struct hw_name *name = &held->heads[i].name;
        struct hw_logged event;
        if (!newer[i]) {
            add_name(names, &n, name);
        } else if (hw_tx_event(row->draft.tx, &name->inc, row->record->group, name->seq, &event, NULL) == HW_OK &&
                   name->op < event.event.ops_n) {
            const struct hw_op *op = &event.event.ops[name->op];
            for (size_t k = 0; k < op->seen_n; k++)
                add_name(names, &n, &op->seen[k]);
        }
    }
    hw_draft_beside(&row->draft, cell->field, value, names, n);
    row->conflicts++;
}

static enum hw_status merge_plain(struct hw_intake_row *row, struct hw_intake_cell *cell, const struct before *before,
                                  struct hw_err *err)
{
    static const uint8_t null[] = {0xf6};
    const struct hw_cell *held = hw_row_cell(&row->record->row, cell->field->id);
    struct hw_slice value = cell->values_n ? cell->values[0] : (struct hw_slice){null, 1};
    size_t heads = held ? held->heads_n : 0, newer_n = 0;
    bool same = false, *newer = hw_arena_zero(row->draft.arena, heads + 1, sizeof *newer);
    char hash[HW_BASE_HASH + 1];
    for (size_t i = 0; i < heads && !row->fresh; i++) {
        struct hw_slice head = held->heads[i].value;
        hw_intake_hash_value(row->draft.arena, cell->field, head, hash);
        bool blank = head.n == 1 && head.p[0] == 0xf6;
        newer[i] = before->here.n ? !hw_slice_is(before->here, hash) : !blank;
        if (newer[i] && row->base.n && before->here.n)
            newer[i] = !exported_as(row, cell->field, head, before->here);
        newer_n += newer[i];
        same = same || hw_value_same(cell->field, head, value);
    }
    if (newer_n && before->imported) {
        remember(cell, before->shown);
        return HW_OK;
    }
    hw_intake_hash_value(row->draft.arena, cell->field, value, hash);
    remember(cell, hw_slice_text(hash));
    if (newer_n == 0)
        return hw_draft_set(&row->draft, cell->field, value, err);
    if (!same)
        write_beside(row, cell, newer, value);
    return HW_OK;
}

/* Whether an import put the element there: its event writes `source` too. */
static bool by_import(struct hw_intake_row *row, const struct hw_head *head)
{
    struct hw_logged event;
    if (hw_tx_event(row->draft.tx, &head->name.inc, row->record->group, head->name.seq, &event, NULL) != HW_OK)
        return false;
    for (size_t i = 0; i < event.event.ops_n; i++)
        if (event.event.ops[i].field == HW_FIELD_SOURCE)
            return true;
    return false;
}

static void merge_set(struct hw_intake_row *row, struct hw_intake_cell *cell, const struct before *before)
{
    const struct hw_cell *held = hw_row_cell(&row->record->row, cell->field->id);
    struct hw_arena *arena = row->draft.arena;
    char hash[HW_BASE_HASH + 1];
    size_t n;
    const struct hw_slice *now = hw_cell_elements(held, arena, &n);
    hw_intake_hash_set(arena, cell->field, now, n, hash);
    bool newer = before->here.n ? !hw_slice_is(before->here, hash) : n > 0;
    if (newer && before->imported) {
        remember(cell, before->shown);
        return;
    }
    if (!newer) {
        hw_draft_replace(&row->draft, cell->field, cell->values, cell->values_n);
    } else {
        for (size_t i = 0; held && before->here.n && i < held->heads_n; i++) {
            bool stays = false;
            for (size_t k = 0; k < cell->values_n; k++)
                stays = stays || hw_slice_equal(cell->values[k], held->heads[i].value);
            if (!stays && by_import(row, &held->heads[i]))
                hw_draft_remove(&row->draft, cell->field, held->heads[i].value);
        }
        for (size_t i = 0; i < cell->values_n; i++)
            hw_draft_add(&row->draft, cell->field, cell->values[i]);
    }
    /* What the record shows when it has exactly what the file says, sorted as elements are. */
    struct hw_cell said = {.heads_n = cell->values_n, .heads = hw_arena_zero(arena, cell->values_n + 1, sizeof *said.heads)};
    for (size_t i = 0; i < cell->values_n; i++)
        said.heads[i].value = cell->values[i];
    const struct hw_slice *sorted = hw_cell_elements(&said, arena, &n);
    hw_intake_hash_set(arena, cell->field, sorted, n, hash);
    remember(cell, hw_slice_text(hash));
}

/* A group or a plan that people have named already is not renamed by the first page that names it otherwise: what the page
 * says is kept with the record. */
static bool leave_named(struct hw_intake *import, struct hw_intake_row *row, const struct hw_intake_cell *cell,
                        const struct before *before)
{
    if (row->fresh || before->file.n || cell->field->set || !cell->texts_n ||
        (row->of->id != HW_KIND_GROUP && row->of->id != HW_KIND_PLAN))
        return false;
    const char *now = hw_row_print(&row->record->row, cell->field, import->arena);
    if (*now == 0 || hw_slice_is(cell->texts[0], now))
        return false;
    keep_spelling(import, row, cell->field, cell->texts[0]);
    return true;
}

/* Whether the last import left it so. */
static bool left_before(struct hw_intake *import, const struct hw_intake_row *row, const struct hw_intake_cell *cell)
{
    if ((row->of->id != HW_KIND_GROUP && row->of->id != HW_KIND_PLAN) || cell->field->set || !cell->texts_n)
        return false;
    struct hw_slice source = hw_intake_source(row->record);
    const char *kept = hw_arena_printf(import->arena, "\n%s: %.*s", cell->field->name, (int)cell->texts[0].n,
                                       (const char *)cell->texts[0].p);
    return source.n && memmem(source.p, source.n, kept, strlen(kept)) != NULL;
}

static enum hw_status merge_cells(struct hw_intake *import, struct hw_intake_row *row, struct hw_slice line, bool *moved,
                                  struct hw_err *err)
{
    enum hw_status status = HW_OK;
    *moved = row->fresh || (line.n == 0 && row->base.n == 0 && !row->whole);
    for (size_t i = 0; i < import->cells->n && status == HW_OK; i++) {
        struct hw_intake_cell *cell = &import->cells->cell[i];
        hw_base_hash(cell->texts, cell->texts_n, cell->hash);
        struct before before = before_of(import, row, cell, line);
        remember(cell, before.here);
        if (!row->fresh && hw_slice_is(before.file, cell->hash)) {
            if (left_before(import, row, cell))
                keep_spelling(import, row, cell->field, cell->texts[0]);
            continue;
        }
        bool remark = row->of->id == HW_KIND_COMMENT && cell->field->id != HW_FIELD_ARCHIVED;
        if (remark && !row->fresh) {
            hw_intake_remark(import, row, cell);
            continue;
        }
        *moved = true;
        if (leave_named(import, row, cell, &before))
            continue;
        if (remark && cell->values_n && strcmp(cell->field->name, "text") == 0)
            hw_draft_comment(&row->draft, cell->field, cell->values[0]);
        else if (cell->field->set)
            merge_set(row, cell, &before);
        else
            status = merge_plain(row, cell, &before, err);
    }
    if (row->rest.n) {
        char rest[HW_BASE_HASH + 1];
        hw_base_hash(&row->rest, 1, rest);
        *moved = *moved || !hw_slice_is(hw_intake_known(line, "rest"), rest);
    }
    return status;
}

/* ---- the rest of a record ---- */

static bool has_cell(const struct hw_intake *import, const struct hw_field *field)
{
    for (size_t i = 0; i < import->cells->n; i++)
        if (import->cells->cell[i].field == field)
            return true;
    return false;
}

/* What a new item is given that no cell says: a row of a tracker is something to do, in this plan. */
static enum hw_status fill_in(struct hw_intake *import, struct hw_intake_row *row, struct hw_err *err)
{
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    const struct hw_field *plan = hw_field_named(row->of, "plan"), *type = hw_field_named(row->of, "type");
    enum hw_status status = HW_OK;
    hw_put_bytes(&out, import->plan->row.id.b, sizeof import->plan->row.id.b);
    if (!has_cell(import, plan))
        status = hw_draft_set(&row->draft, plan, hw_arena_slice(import->arena, hw_out_slice(&out)), err);
    if (status == HW_OK && !has_cell(import, type))
        status = hw_assign_text(&row->draft, "type", hw_slice_text("activity"), err);
    return status;
}

/* A row that comes back: what an undo or --archive-missing put away, not what a person did. */
static enum hw_status bring_back(struct hw_intake *import, struct hw_intake_row *row, struct hw_slice line, bool *moved,
                                 struct hw_err *err)
{
    const struct hw_field *archived = hw_field_by_id(row->of, HW_FIELD_ARCHIVED);
    struct hw_view view = hw_view_of(row->draft.tx, import->arena, row->record);
    struct hw_slice yes = hw_slice_text("yes");
    char hash[HW_BASE_HASH + 1];
    hw_base_hash(&yes, 1, hash);
    bool ours = hw_slice_is(hw_intake_known(line, "archived"), hash) ||
                (hw_intake_source(row->record).n == 0 && row->base.n == 0);
    if (row->fresh || !hw_view_archived(&view) || has_cell(import, archived) || !ours)
        return HW_OK;
    *moved = true;
    return hw_assign_text(&row->draft, "archived", hw_slice_text("no"), err);
}

static enum hw_status count_comments(struct hw_intake *import, struct hw_intake_row *row, struct hw_err *err)
{
    const struct hw_field *words = hw_field_named(hw_kind_by_id(HW_KIND_COMMENT), "text");
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < row->comments_n && status == HW_OK; i++) {
        struct hw_id id = hw_intake_comment_id(&row->id, row->comments[i]);
        struct hw_record *comment;
        if (row->comments[i].n > words->limit)
            hw_intake_problem(import, row, (struct hw_slice){0}, row->comments[i],
                              hw_arena_printf(import->arena, "a comment may have %u bytes, this one has %zu",
                                              words->limit, row->comments[i].n));
        status = hw_tx_record(import->command.tx, HW_KIND_COMMENT, &id, import->group, &comment, err);
        if (status == HW_OK && comment->row.made.seq == 0 && row->comments[i].n)
            row->new_comments++;
    }
    return status;
}

/* Who may not write a row has a problem of that row. */
static void check_rights(struct hw_intake *import, struct hw_intake_row *row)
{
    const struct hw_self *self = hw_tx_self(import->command.tx);
    struct hw_err why = {0};
    struct hw_draft remark = row->draft;
    struct hw_record fresh = {0};
    enum hw_status status = HW_OK;
    row->draft.rights = import->rights;
    if (row->draft.n && row->of->directory && self->enrolled && !self->gate)
        status = hw_fail(&why, HW_DENIED,
                         "%s may not write the record of the group itself; ask headquarters, or leave this row out",
                         self->office);
    else if (row->draft.n)
        status = hw_rights_check(&row->draft, &why);
    import->rights = row->draft.rights;
    if (status == HW_OK && row->draft.n == 0 && row->new_comments) {
        memcpy(fresh.group, row->record->group, sizeof fresh.group);
        hw_row_init(&fresh.row, HW_KIND_COMMENT, &row->id);
        remark.kind = hw_kind_by_id(HW_KIND_COMMENT);
        remark.record = &fresh;
        remark.rights = import->rights;
        status = hw_rights_check(&remark, &why);
        import->rights = remark.rights;
    }
    if (status != HW_OK)
        hw_intake_problem(import, row, (struct hw_slice){0}, row->key, why.text);
}

static void begin(struct hw_intake *import, struct hw_intake_row *row)
{
    if (row == import->plan_row && import->plan_new) {
        row->draft = import->plan_draft; /* has code and title already */
        row->draft.plan = import->plan;
    } else {
        hw_draft_init(&row->draft, import->command.tx, import->arena, row->record);
    }
    row->draft.settle = true;
    row->draft.lenient = true;
    if (row->fresh || row->draft.plan == import->plan) {
        row->draft.plan = import->plan;
        row->draft.order = import->order;
    }
    import->cells->n = 0;
}

enum hw_status hw_intake_merge(struct hw_intake *import, struct hw_intake_row *row, struct hw_err *err)
{
    struct hw_slice line = hw_intake_source_line(hw_intake_source(row->record));
    bool item = row->of->id == HW_KIND_ITEM, moved = false;
    begin(import, row);
    for (size_t i = 0; i < row->n; i++)
        take(import, row, &row->entries[i]);
    if (item)
        derive_place(import, row, row->base.n ? row->base : line);
    if (!row->fresh)
        derive_blanks(import, row, row->base.n ? row->base : line);
    enum hw_status status = hw_intake_known_comments(import, row, err);
    if (status == HW_OK)
        status = count_comments(import, row, err);
    if (status == HW_OK && !row->bad)
        status = merge_cells(import, row, line, &moved, err);
    if (status == HW_OK && row->fresh && item && !row->whole && !row->bad)
        status = fill_in(import, row, err);
    if (status == HW_OK && !row->bad)
        status = bring_back(import, row, line, &moved, err);
    if (row->whole && !row->fresh && row->draft.n == 0)
        moved = false; /* it is the record, so its source stays what it was */
    if (status == HW_OK && moved && !row->bad)
        status = hw_intake_write_source(import, row, err);
    if (status != HW_OK || row->bad)
        return status;
    check_rights(import, row);
    row->changed = !row->bad && (row->draft.n > 0 || row->new_comments > 0);
    import->conflicts += row->bad ? 0 : row->conflicts;
    return HW_OK;
}
