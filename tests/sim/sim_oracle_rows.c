/* sim_oracle_rows.c: oracles that compare rows, conflicts and reports with the
 * model of sim_model.c. */
#include <stdio.h>
#include <string.h>

#include "headway/value.h"
#include "tests/sim/sim_doc.h"
#include "tests/sim/sim_misfit.h"
#include "tests/sim/sim_model.h"
#include "tests/sim/sim_node.h"
#include "tests/sim/sim_oracle.h"
#include "tests/sim/sim_promise.h"
#include "tests/sim/sim_schema.h"

enum { FIRST = 4 /* columns named by themselves stand before those of the table */ };

struct compare {
    const struct sim_sight *sight;
    struct sim_model model;
    struct hw_arena arena; /* of one row */
    struct hw_tx *tx;
    char record[HW_ID_TEXT + 1];
    int column[HW_TABLE_FIELDS]; /* by field, of the kind whose rows are read; 0: none */
    uint64_t rows, totals[HW_STATUS_CANCELLED + 1], total;
};

static void wrong(const struct compare *compare, const struct hw_field *field, const char *says, const char *should)
{
    sim_fail(compare->sight->world, "%s: %s of record %s: %s, and the events say %s", compare->sight->node->name,
             field ? field->name : "the row", compare->record, says, should);
}

/* -- one field -- */

static void refused(const struct compare *compare, const struct hw_field *field, const struct sim_write *write)
{
    unsigned life;
    const char *office = hw_tx_office_of(compare->tx, &write->name.inc, &life);
    sim_fail(compare->sight->world, "%s: event %llu of %s.%u on %s of record %s was refused, and nothing is wrong with it: %s",
             compare->sight->node->name, (unsigned long long)write->name.seq, office, life, field->name,
             compare->record, write->why);
}

/* It names an event of a life that gave that name twice: the one that its office saw may be passed over, and the other may be
 * another record's (decisions.md: what is promised of a hub that was copied back). */
static bool names_branch(const struct compare *compare, const struct sim_write *write)
{
    const struct sim_map *branched = &compare->sight->world->facts->branched;
    for (size_t i = 0; branched->n && i < compare->model.n; i++) {
        const struct sim_write *op = &compare->model.writes[i];
        if (op->name.seq != write->name.seq || hw_inc_compare(&op->name.inc, &write->name.inc) != 0)
            continue;
        for (size_t k = 0; k < op->seen_n; k++)
            if (sim_map_find(branched, sim_hash(SIM_HASH, op->seen[k].inc.b, sizeof op->seen[k].inc.b)))
                return true;
    }
    return false;
}

/* An import writes beside what was changed here since the last import of the file; its event writes `source` too. */
static bool by_import(const struct compare *compare, const struct sim_write *write)
{
    const struct sim_write *first;
    size_t n = sim_model_field(&compare->model, write->group, write->kind, &write->record, HW_FIELD_SOURCE, &first);
    for (size_t i = 0; i < n; i++)
        if (first[i].name.seq == write->name.seq && hw_inc_compare(&first[i].name.inc, &write->name.inc) == 0)
            return true;
    return false;
}

/* Headquarters said one of them before its files were put back without a word, and the other one since, not knowing of the first:
 * two branches, and the new life issues both again. Whose name was given twice is known by what was promised alone. */
static bool of_two_branches(const struct sim_world *world, const struct sim_write *a, const struct sim_write *b)
{
    uint64_t one = sim_promise_said(world, a), other = sim_promise_said(world, b), back = world->facts->copied_ms;
    return back && one && other && (one < back) != (other < back);
}

/* A hub that was put back without a word issues again what it had said meanwhile; what an office hands back of that very branch,
 * and another's longer journal overrules, is issued a second time, value for value. */
static bool issued_twice(const struct compare *compare, const struct sim_write *a, const struct sim_write *b,
                         const struct sim_write *first, size_t n)
{
    bool twice = hw_slice_equal(a->value, b->value);
    for (size_t i = 0; i < n; i++) /* as it was said first, by the life of before; what covers that does not cover this one */
        twice = twice || (hw_inc_compare(&first[i].name.inc, &b->name.inc) != 0 &&
                          (hw_slice_equal(first[i].value, a->value) || hw_slice_equal(first[i].value, b->value)));
    return twice && sim_oracle_hub_branched(compare->sight->world);
}

/* What covered it was refused for naming another record's event too, and counts as naming nothing (merge.h). */
static bool misnamed(const struct sim_write *earlier, const struct sim_write *first, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; first[i].misnames && k < first[i].seen_n; k++)
            if (hw_name_compare(&first[i].seen[k], &earlier->name) == 0)
                return true;
    return false;
}

/* An office that saw the shorter of two branches wrote it: what it covered there, another record's event has the name of now, and the
 * write that took its place stands beside. */
static bool names_shorter_branch(const struct compare *compare, const struct hw_inc *inc, const struct sim_write *first, size_t n)
{
    const struct sim_map *branched = &compare->sight->world->facts->branched;
    for (size_t i = 0; branched->n && i < n; i++)
        for (size_t k = 0; k < first[i].seen_n; k++) {
            const struct hw_name *seen = &first[i].seen[k];
            bool here = false;
            for (size_t w = 0; w < n && !here; w++)
                here = hw_name_compare(&first[w].name, seen) == 0;
            if (!here && hw_inc_compare(&first[i].name.inc, inc) == 0 &&
                sim_map_find(branched, sim_hash(SIM_HASH, seen->inc.b, sizeof seen->inc.b)))
                return true;
        }
    return false;
}

static void same_heads(const struct compare *compare, const struct hw_row *row, const struct hw_field *field,
                       const struct sim_write *first, size_t n)
{
    const struct hw_cell *cell = hw_row_cell(row, field->id);
    const struct sim_write *last = NULL; /* uncovered, of the same office's life */
    size_t heads = 0;
    for (size_t i = 0; i < n; i++) {
        if (first[i].refused && first[i].wrong &&
            !(first[i].rights ? compare->sight->world->granting : names_branch(compare, &first[i])))
            refused(compare, field, &first[i]);
        const struct hw_head *head = cell && heads < cell->heads_n ? &cell->heads[heads] : NULL;
        if (!sim_write_head(&first[i]))
            continue;
        heads++;
        if (last && first[i].code == HW_OP_SET && hw_inc_compare(&last->name.inc, &first[i].name.inc) == 0 &&
            !by_import(compare, &first[i]) && !issued_twice(compare, last, &first[i], first, n) &&
            !of_two_branches(compare->sight->world, last, &first[i]) && !misnamed(last, first, n) &&
            !names_shorter_branch(compare, &last->name.inc, first, n) && sim_model_whole(&compare->model, first, n))
            wrong(compare, field, "an office's write stands beside its own earlier one", "nothing that covers it");
        last = &first[i];
        if (!head || hw_name_compare(&head->name, &first[i].name) != 0)
            wrong(compare, field, "it lacks a write", "that nothing covers it");
        else if (head->stamp != first[i].stamp)
            wrong(compare, field, "a write has one stamp", "another counts");
        else if (!hw_slice_equal(head->value, first[i].value))
            wrong(compare, field, "a write has one value", "another was written");
    }
    if (cell && cell->heads_n > heads)
        wrong(compare, field, "it shows a write", "that it is covered or refused");
}

static bool in_conflict(const struct hw_field *field, const struct sim_write *first, size_t n)
{
    const struct sim_write *one = NULL;
    for (size_t i = 0; i < n && !field->set; i++) {
        if (!sim_write_head(&first[i]))
            continue;
        if (one && !hw_value_same(field, one->value, first[i].value))
            return true;
        one = &first[i];
    }
    return false;
}

static const char *set_text(struct compare *compare, const struct hw_field *field, const struct sim_write *first,
                            size_t n)
{
    struct hw_slice *elements = hw_arena_zero(&compare->arena, n, sizeof *elements);
    const char *text = "";
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = 0;
        while (at < count && hw_slice_compare(elements[at], first[i].value) < 0)
            at++;
        if (!sim_write_head(&first[i]) || (at < count && hw_slice_equal(elements[at], first[i].value)))
            continue;
        memmove(elements + at + 1, elements + at, (count - at) * sizeof *elements);
        elements[at] = first[i].value;
        count++;
    }
    for (size_t i = 0; i < count; i++)
        text = hw_arena_printf(&compare->arena, "%s%s\"%s\"", text, i ? "," : "[",
                               hw_value_print(field, elements[i], &compare->arena));
    return count ? hw_arena_printf(&compare->arena, "%s]", text) : "";
}

/* What the column of the field must say; NULL: nothing is known of it here. */
static const char *column_text(struct compare *compare, const struct hw_field *field, const struct sim_write *first,
                               size_t n)
{
    const struct sim_write *shown = sim_model_shown(first, n);
    struct hw_value value;
    if (field->set)
        return set_text(compare, field, first, n);
    if (!shown || !hw_value_read(field, shown->value, &value) || value.null)
        return "";
    switch (field->type) {
    case HW_TYPE_TEXT:
    case HW_TYPE_COUNTRY:
    case HW_TYPE_TIME:
        return hw_arena_text(&compare->arena, value.text.p, value.text.n);
    case HW_TYPE_INTEGER:
    case HW_TYPE_BOOL:
        return hw_arena_printf(&compare->arena, "%lld", (long long)value.number);
    case HW_TYPE_ENUM:
        return hw_word_name(field->words, (uint16_t)value.number);
    default:
        return NULL;
    }
}

static void same_column(struct compare *compare, sqlite3_stmt *row, const struct hw_field *field,
                        const struct sim_write *first, size_t n)
{
    const char *should = column_text(compare, field, first, n), *says = NULL;
    int i = compare->column[field->id];
    if (i)
        says = sqlite3_column_type(row, i) == SQLITE_NULL ? "" : (const char *)sqlite3_column_text(row, i);
    if (should && says && strcmp(should, says) != 0)
        wrong(compare, field, *says ? says : "nothing", *should ? should : "nothing");
}

/* -- one row -- */

static uint64_t number_shown(const struct compare *compare, const char *group, const struct hw_id *id,
                             const char *name)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_ITEM);
    const struct hw_field *field = hw_field_named(kind, name);
    const struct sim_write *first;
    struct hw_value value;
    size_t n = sim_model_field(&compare->model, group, kind->id, id, field->id, &first);
    const struct sim_write *shown = sim_model_shown(first, n);
    return shown && hw_value_read(field, shown->value, &value) && !value.null ? (uint64_t)value.number : 0;
}

/* Whether the plan of an item is put away: two offices that undo and repeat one import may leave it so, with items that are not. */
static bool in_archive(struct compare *compare, const char *group, const struct hw_id *id)
{
    const struct hw_field *field = hw_field_named(hw_kind_by_id(HW_KIND_ITEM), "plan");
    const struct sim_write *first;
    struct hw_value value;
    size_t n = sim_model_field(&compare->model, group, HW_KIND_ITEM, id, field->id, &first);
    const struct sim_write *shown = sim_model_shown(first, n);
    if (!shown || !hw_value_read(field, shown->value, &value) || value.null)
        return false;
    const struct hw_field *archived = hw_field_by_id(hw_kind_by_id(HW_KIND_PLAN), HW_FIELD_ARCHIVED);
    n = sim_model_field(&compare->model, group, HW_KIND_PLAN, &value.ref, archived->id, &first);
    shown = sim_model_shown(first, n);
    return shown && hw_value_read(archived, shown->value, &value) && !value.null && value.number;
}

/* An item counts by its type, unless it or its plan is put away (report.c; no plan here is superseded, no deliverable has a
 * parent). */
static void count(struct compare *compare, const char *group, const struct hw_id *id)
{
    uint64_t status = number_shown(compare, group, id, "status");
    switch (number_shown(compare, group, id, "type")) {
    case HW_ITEM_ACTIVITY:
    case HW_ITEM_MILESTONE:
    case HW_ITEM_TARGET:
    case HW_ITEM_NEXT_STEP:
    case HW_ITEM_RECOMMENDATION:
    case HW_ITEM_DELIVERABLE:
        if (!number_shown(compare, group, id, "archived") && !in_archive(compare, group, id)) {
            compare->total++;
            compare->totals[status && status <= HW_STATUS_CANCELLED ? status : HW_STATUS_NOT_STARTED]++;
        }
        break;
    default:
        break;
    }
}

/* A field of a later version: its writes are kept as they came. Whether they are in conflict is for those who know it. */
static void same_unknown(const struct compare *compare, const struct hw_row *row, const char *group, uint16_t id)
{
    const struct hw_field unknown = {.id = id, .name = "an unknown field"};
    const struct sim_write *first;
    size_t n = sim_model_field(&compare->model, group, row->kind, &row->id, id, &first);
    same_heads(compare, row, &unknown, first, n);
}

static void find_columns(struct compare *compare, const struct hw_kind *kind, sqlite3_stmt *row)
{
    memset(compare->column, 0, sizeof compare->column);
    for (int i = FIRST; i < sqlite3_column_count(row); i++)
        for (size_t f = 0; f < kind->fields_n; f++)
            if (strcmp(sqlite3_column_name(row, i), kind->fields[f].name) == 0)
                compare->column[kind->fields[f].id] = i;
}

static void compare_row(struct compare *compare, const struct hw_kind *kind, sqlite3_stmt *row)
{
    const char *id_text = (const char *)sqlite3_column_text(row, 0);
    const char *group = (const char *)sqlite3_column_text(row, 1);
    struct hw_row merged;
    struct hw_id id;
    int conflicts = 0;
    snprintf(compare->record, sizeof compare->record, "%s", id_text);
    hw_arena_reset(&compare->arena);
    hw_id_parse(hw_slice_text(id_text), &id);
    hw_row_init(&merged, kind->id, &id);
    if (hw_table_meta(&merged, row, compare->column, &compare->arena, hw_column_blob(row, 3), NULL) != HW_OK) {
        wrong(compare, NULL, "it cannot be read", "otherwise");
        return;
    }
    compare->rows++;
    for (size_t i = 0; i < kind->fields_n && !*compare->sight->world->failure; i++) {
        const struct hw_field *field = &kind->fields[i];
        const struct sim_write *first;
        size_t n = sim_model_field(&compare->model, group, kind->id, &id, field->id, &first);
        same_heads(compare, &merged, field, first, n);
        same_column(compare, row, field, first, n);
        conflicts += field->id != HW_FIELD_SOURCE && in_conflict(field, first, n);
    }
    same_unknown(compare, &merged, group, SIM_UNKNOWN);
    if (kind->id == HW_KIND_ITEM && !hw_field_by_id(kind, sim_schema_field()->id))
        same_unknown(compare, &merged, group, sim_schema_field()->id);
    if (conflicts != sqlite3_column_int(row, 2))
        wrong(compare, NULL, "so many fields are in conflict", "another number");
    if (kind->id == HW_KIND_ITEM)
        count(compare, group, &id);
}

/* -- all rows -- */

static uint64_t records_in(const struct sim_model *model)
{
    uint64_t n = 0;
    for (size_t i = 0; i < model->n; i++) {
        const struct sim_write *a = &model->writes[i], *b = i ? a - 1 : NULL;
        if (!hw_kind_by_id(a->kind))
            continue; /* of a later version: no row, until an upgrade */
        n += !b || strcmp(a->group, b->group) != 0 || a->kind != b->kind || !hw_id_equal(&a->record, &b->record);
    }
    return n;
}

static enum hw_status compare_all(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct compare *compare = self;
    enum hw_status status = sim_model_build(&compare->model, tx, err);
    compare->tx = tx;
    compare->rows = compare->total = 0; /* run a second time where rows that were owed did not fit the disk */
    memset(compare->totals, 0, sizeof compare->totals);
    for (size_t i = 0; i < hw_schema_n && !status && !*compare->sight->world->failure; i++) {
        char sql[120];
        sqlite3_stmt *row = NULL;
        snprintf(sql, sizeof sql, "SELECT id, grp, conflicts, meta, * FROM \"%s\"", hw_schema[i].name);
        status = hw_sql_prepare(tx->store, sql, &row, err);
        if (!status)
            find_columns(compare, &hw_schema[i], row);
        while (!status && !*compare->sight->world->failure && sqlite3_step(row) == SQLITE_ROW)
            compare_row(compare, &hw_schema[i], row);
        sqlite3_finalize(row);
    }
    if (!status && !*compare->sight->world->failure && compare->rows != records_in(&compare->model))
        sim_fail(compare->sight->world, "%s has %llu rows, and its events are of %llu records",
                 compare->sight->node->name, (unsigned long long)compare->rows,
                 (unsigned long long)records_in(&compare->model));
    sim_model_done(&compare->model);
    return status;
}

static void run(const struct sim_sight *sight, struct compare *compare)
{
    struct hw_job job = {.run = compare_all, .self = compare};
    struct hw_err err = {0};
    *compare = (struct compare){.sight = sight};
    hw_arena_init(&compare->arena);
    sim_node_enter(sight->node);
    if (hw_store_now(sight->node->node->store, &job, &err) != HW_OK)
        sim_tell(sight->world, sight->node, "its log cannot be read just now: %s", err.text);
    hw_arena_done(&compare->arena);
}

/* The model reads events: what a snapshot stands for is compared with the rows of others, at the end. A group that begins anew
 * has this office's own events alone, until the snapshot has come. */
static bool begun_by_snapshot(const struct sim_sight *sight)
{
    const struct hw_store *store = sight->node->node->store;
    for (size_t i = 0; i < store->groups_n; i++)
        if (store->groups[i].base || (sight->world->snapshots && store->groups[i].position == 0))
            return true;
    return false;
}

void sim_check_model(const struct sim_sight *sight)
{
    struct compare compare;
    if (begun_by_snapshot(sight))
        return;
    run(sight, &compare);
}

/* One office: all hold the same by now, and the totals look at the hub. */
void sim_check_model_end(const struct sim_sight *sight)
{
    struct sim_world *world = sight->world;
    struct sim_sight one = {.world = world, .node = world->nodes[1 + world->seed % (world->nodes_n - 1)]};
    sim_check_model(&one);
}

static void same_total(const struct sim_sight *sight, struct hw_slice total, const char *key, uint64_t should)
{
    struct hw_in in = hw_in_of(sim_doc_get(total, key));
    int64_t says = hw_get_int(&in);
    if (in.bad || says != (int64_t)should)
        sim_fail(sight->world, "the report says %lld %s, and the events say %llu", (long long)says, key,
                 (unsigned long long)should);
}

void sim_check_totals(const struct sim_sight *sight)
{
    static const struct {
        const char *key;
        int status;
    } keys[] = {{"completed", HW_STATUS_COMPLETED}, {"in_progress", HW_STATUS_IN_PROGRESS},
                {"not_started", HW_STATUS_NOT_STARTED}, {"on_hold", HW_STATUS_ON_HOLD},
                {"cancelled", HW_STATUS_CANCELLED}};
    struct sim_sight hub = {.world = sight->world, .node = sight->world->nodes[0]};
    struct compare compare;
    struct hw_out args = {0}, end = {0};
    run(&hub, &compare);
    hw_put_map(&args, 0);
    sim_node_ask_now(hub.node, "report", hw_out_slice(&args), &end);
    struct hw_slice total = sim_doc_get(hw_out_slice(&end), "total");
    same_total(sight, total, "total", compare.total);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        same_total(sight, total, keys[i].key, compare.totals[keys[i].status]);
    hw_out_done(&args);
    hw_out_done(&end);
}
