/* record.c: rows gathered and put into the order in which people read them
 * (floor 2, noun: export record).  A plan's items stand together, by their rank
 * and number; other records by group and name. */
#include <stdlib.h>
#include <string.h>

#include "client/doc.h"
#include "client/export/export.h"

void hw_export_init(struct hw_export *export)
{
    *export = (struct hw_export){0};
    hw_arena_init(&export->arena);
}

void hw_export_done(struct hw_export *export)
{
    free(export->plans.record);
    free(export->records.record);
    free(export->comments.record);
    free(export->plan);
    free(export->by_id);
    hw_arena_done(&export->arena);
}

/* Kinds that tell of nodes, keys and rights, or name the office that looked a plan through. */
static bool internal(const struct hw_kind *kind)
{
    return kind->id == HW_KIND_OFFICE || kind->id == HW_KIND_INCARNATION || kind->id == HW_KIND_GRANT ||
           kind->id == HW_KIND_REVIEW || kind->id == HW_KIND_COMMENT;
}

bool hw_export_wanted(const struct hw_export *export, const json_t *row)
{
    const struct hw_kind *kind = hw_kind_find(hw_slice_text(hw_doc_text(row, "kind")));
    if (!kind) /* a kind of a newer version is passed on where rows are passed on */
        return !export->outside;
    if (!export->archived && hw_doc_bool(row, "archived"))
        return false;
    return !export->outside || !internal(kind);
}

void hw_export_strip(json_t *row)
{
    static const char *const inner[] = {"archived", "source", "conflicts", "updated", "made", "made_by", "made_at"};
    for (size_t i = 0; i < sizeof inner / sizeof inner[0]; i++)
        json_object_del(row, inner[i]);
}

const char *hw_export_key(const struct hw_kind *kind, const struct hw_field *field, struct hw_arena *arena)
{
    return strcmp(field->name, "kind") == 0 ? hw_arena_printf(arena, "%s_kind", kind->name) : field->name;
}

static struct hw_export_record *add(struct hw_export *export, struct hw_export_list *list, const json_t *row)
{
    const struct hw_kind *kind = hw_kind_find(hw_slice_text(hw_doc_text(row, "kind")));
    if (!kind)
        return NULL; /* of a newer version: its fields are unknown, so it has no columns */
    if (list->n == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 256;
        list->record = hw_realloc(list->record, list->cap * sizeof *list->record);
    }
    const char *id = hw_doc_text(row, "id");
    char *text = json_dumps(row, JSON_COMPACT);
    struct hw_export_record *record = &list->record[list->n++];
    *record = (struct hw_export_record){.kind = kind, .key = "", .on = ""};
    record->id = hw_arena_text(&export->arena, id, strlen(id));
    record->text = hw_arena_text(&export->arena, text, strlen(text));
    free(text);
    return record;
}

/* Numbers inside a text sort by their value: 1.2 before 1.10. */
static const char *natural(struct hw_arena *arena, const char *text)
{
    static const char zeros[] = "00000";
    const char *key = "";
    while (*text) {
        size_t plain = strcspn(text, "0123456789"), digits = strspn(text + plain, "0123456789");
        key = hw_arena_printf(arena, "%s%.*s%s%.*s", key, (int)plain, text,
                              digits && digits < 6 ? zeros + digits - 1 : "", (int)digits, text + plain);
        text += plain + digits;
    }
    return key;
}

void hw_export_add_plan(struct hw_export *export, const json_t *row)
{
    struct hw_export_record *record = add(export, &export->plans, row);
    if (record)
        record->key = record->id;
}

void hw_export_add(struct hw_export *export, const json_t *row)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena scratch = {0};
    struct hw_export_record *record = hw_export_wanted(export, row) ? add(export, &export->records, row) : NULL;
    if (!record)
        return;
    const char *plan = hw_doc_text(row, "plan"), *name = "";
    const char *const names[] = {"code", "title", "organisation", "country", "name"};
    for (size_t i = 0; i < sizeof names / sizeof names[0] && !*name; i++)
        name = hw_doc_text(row, names[i]);
    const char *number = natural(&scratch, hw_doc_text(row, "number"));
    bool item = record->kind->id == HW_KIND_ITEM;
    record->on = hw_arena_text(&export->arena, plan, strlen(plan));
    record->key = hw_arena_printf(&export->arena, "%03u\x1f%s\x1f%s\x1f%s\x1f%010lld\x1f%s\x1f%s", record->kind->id,
                                  hw_doc_text(row, "group"), hw_export_plan_name(export, plan), plan,
                                  hw_doc_int(row, "rank"), number, item ? "" : name);
}

void hw_export_add_comment(struct hw_export *export, const json_t *row)
{
    if (export->outside || (!export->archived && hw_doc_bool(row, "archived")))
        return;
    struct hw_export_record *record = add(export, &export->comments, row);
    const char *on = hw_doc_text(row, "on");
    if (!record)
        return;
    record->on = hw_arena_text(&export->arena, on, strlen(on));
    record->key = hw_arena_printf(&export->arena, "%s\x1f%s", on, hw_doc_text(row, "made"));
}

static int by_key(const void *a, const void *b)
{
    const struct hw_export_record *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order ? order : strcmp(x->id, y->id);
}

static void sort(struct hw_export_list *list)
{
    if (list->n)
        qsort(list->record, list->n, sizeof *list->record, by_key);
}

void hw_export_sort_plans(struct hw_export *export)
{
    sort(&export->plans);
    export->plan = hw_alloc((export->plans.n + 1) * sizeof *export->plan);
    for (size_t i = 0; i < export->plans.n; i++) {
        json_t *row = hw_export_row(&export->plans.record[i]);
        const char *code = hw_doc_text(row, "code"), *title = hw_doc_text(row, "title"),
                   *group = hw_doc_text(row, "group");
        export->plan[i] = (struct hw_export_plan){export->plans.record[i].id,
                                                  hw_arena_text(&export->arena, code, strlen(code)),
                                                  hw_arena_text(&export->arena, title, strlen(title)),
                                                  hw_arena_text(&export->arena, group, strlen(group))};
        json_decref(row);
    }
}

static int by_id(const void *a, const void *b)
{
    const struct hw_export_record *const *x = a, *const *y = b;
    return strcmp((*x)->id, (*y)->id);
}

void hw_export_sort(struct hw_export *export)
{
    const struct hw_export_list *records = &export->records;
    sort(&export->records);
    sort(&export->comments);
    export->by_id = hw_alloc((records->n + 1) * sizeof *export->by_id);
    for (size_t i = 0; i < records->n; i++)
        export->by_id[i] = &records->record[i];
    if (records->n)
        qsort(export->by_id, records->n, sizeof *export->by_id, by_id);
}

const struct hw_export_record *hw_export_find(const struct hw_export *export, const char *id)
{
    struct hw_export_record wanted = {.id = id}, *key = &wanted;
    const struct hw_export_record **found =
        export->by_id ? bsearch(&key, export->by_id, export->records.n, sizeof *export->by_id, by_id) : NULL;
    return found ? *found : NULL;
}

json_t *hw_export_row(const struct hw_export_record *record)
{
    json_t *row = json_loads(record->text, 0, NULL);
    return row ? row : json_object(); /* what this program printed itself is read again */
}

static int plan_id(const void *id, const void *plan)
{
    return strcmp(id, ((const struct hw_export_plan *)plan)->id);
}

const struct hw_export_plan *hw_export_plan_of(const struct hw_export *export, const char *id)
{
    return export->plan ? bsearch(id, export->plan, export->plans.n, sizeof *export->plan, plan_id) : NULL;
}

const char *hw_export_plan_name(const struct hw_export *export, const char *id)
{
    const struct hw_export_plan *plan = hw_export_plan_of(export, id);
    return !plan ? id : *plan->code ? plan->code : *plan->title ? plan->title : id;
}

const struct hw_export_record *hw_export_comments_on(const struct hw_export *export, const char *id, size_t *n)
{
    size_t low = 0, high = export->comments.n;
    const struct hw_export_record *record = export->comments.record;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(record[middle].on, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (*n = 0; low + *n < export->comments.n && strcmp(record[low + *n].on, id) == 0;)
        ++*n;
    return record ? record + low : NULL;
}
