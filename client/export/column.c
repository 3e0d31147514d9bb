/* column.c: which columns a table of one kind has (floor 2, noun: export column). */
#include <string.h>

#include "client/export/export.h"

/* What ties a record to others and tells people nothing: behind what they read. */
static const char *const last[] = {"parent", "rank", "continues"};

static bool is_last(const struct hw_field *field)
{
    for (size_t i = 0; i < sizeof last / sizeof last[0]; i++)
        if (strcmp(field->name, last[i]) == 0)
            return true;
    return false;
}

static void add(struct hw_export_columns *columns, const char *name, const struct hw_field *field)
{
    for (size_t i = 0; i < columns->n; i++)
        if (strcmp(columns->column[i].name, name) == 0)
            return;
    if (columns->n < HW_EXPORT_COLUMNS_MAX)
        columns->column[columns->n++] = (struct hw_export_column){name, field};
}

/* Every field that people write. Sources and keys are for nodes; archived records are chosen by a filter. */
static void add_all(const struct hw_export *export, const struct hw_kind *kind, struct hw_export_columns *columns)
{
    add(columns, "group", NULL);
    if (!export->outside)
        add(columns, "kind", NULL);
    for (int round = 0; round < (export->outside ? 1 : 2); round++)
        for (size_t i = 0; i < kind->fields_n; i++) {
            const struct hw_field *field = &kind->fields[i];
            bool person = field->id != HW_FIELD_SOURCE && field->id != HW_FIELD_ARCHIVED &&
                          field->type != HW_TYPE_BYTES;
            if (person && is_last(field) == (round == 1))
                add(columns, strcmp(field->name, "kind") == 0 ? "group_kind" : field->name, field);
        }
}

/* Names of --fields, checked against the schema. */
static enum hw_status add_named(const struct hw_export *export, const struct hw_kind *kind,
                                struct hw_export_columns *columns, struct hw_err *err)
{
    static const char *const common[] = {"id", "group", "kind"};
    for (const char *at = export->fields; *at;) {
        size_t n = strcspn(at, ",");
        struct hw_slice name = {(const uint8_t *)at, n};
        const struct hw_field *field = hw_field_find(kind, name);
        const char *known = field ? field->name : NULL;
        for (size_t i = 0; i < 3; i++)
            if (hw_slice_is(name, common[i])) {
                known = common[i];
                field = NULL;
            }
        if (!known) {
            const char *names[HW_EXPORT_COLUMNS_MAX];
            for (size_t i = 0; i < kind->fields_n && i < HW_EXPORT_COLUMNS_MAX; i++)
                names[i] = kind->fields[i].name;
            const char *near = hw_nearest(name, names, kind->fields_n);
            return hw_fail(err, HW_USAGE, "there is no field \"%.*s\"%s%s%s (read: headway help %s)",
                           (int)(n < 100 ? n : 100), at, near ? "; did you mean \"" : "", near ? near : "",
                           near ? "\"?" : "", kind->name);
        }
        add(columns, known, field);
        at += n + (at[n] == ',');
    }
    return HW_OK;
}

enum hw_status hw_export_columns(const struct hw_export *export, const struct hw_kind *kind,
                                 struct hw_export_columns *columns, struct hw_err *err)
{
    *columns = (struct hw_export_columns){.base = !export->outside};
    if (!export->outside)
        add(columns, "id", NULL);
    /* A table of items is what an import takes any table for; other kinds say what they are. */
    if (export->fields && !export->outside && kind->id != HW_KIND_ITEM)
        add(columns, "kind", NULL);
    if (export->fields)
        return add_named(export, kind, columns, err);
    add_all(export, kind, columns);
    return HW_OK;
}
