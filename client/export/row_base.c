/* row_base.c: what an import of a json or jsonl file compares each record with
 * (floor 2, noun: export row). */
#include <string.h>

#include "client/doc.h"
#include "client/export/export.h"
#include "client/import/json.h"
#include "headway/base.h"

enum { PARTS_MAX = 512 /* elements of a set: twice the operations of an event */ };

struct line {
    struct hw_arena *arena;
    const char *text;
};

static void add(struct line *line, const char *name, const char *more, const struct hw_slice *texts, size_t n)
{
    char hash[HW_BASE_HASH + 1];
    if (n == 0 || texts[0].n == 0)
        return;
    hw_base_hash(texts, n, hash);
    line->text = hw_arena_printf(line->arena, "%s%s%s%s=%s", line->text, *line->text ? " " : "", name, more, hash);
}

static void add_text(struct line *line, const char *name, const char *more, const char *text)
{
    struct hw_slice one = hw_slice_text(text);
    add(line, name, more, &one, 1);
}

static void add_set(struct line *line, const char *name, const json_t *set)
{
    struct hw_slice parts[PARTS_MAX];
    size_t n = 0, i;
    const json_t *item;
    json_array_foreach(set, i, item)
        if (n < PARTS_MAX)
            parts[n++] = hw_slice_text(hw_json_text(line->arena, item));
    add(line, name, "", parts, n);
}

const char *hw_export_row_base(const json_t *row, struct hw_arena *arena)
{
    const struct hw_kind *kind = hw_kind_find(hw_slice_text(hw_doc_text(row, "kind")));
    struct line line = {arena, ""};
    for (size_t i = 0; kind && !kind->directory && i < kind->fields_n; i++) {
        const struct hw_field *field = &kind->fields[i];
        const json_t *value = json_object_get(row, field->name);
        if (field->id == HW_FIELD_SOURCE)
            continue;
        if (json_is_array(value)) {
            add_set(&line, field->name, value);
        } else if (json_is_object(value)) {
            add_text(&line, field->name, "", hw_doc_text(value, "raw"));
            add_text(&line, field->name, ".edtf", hw_doc_text(value, "edtf"));
        } else {
            add_text(&line, field->name, "", hw_json_text(arena, value));
            if (field->type == HW_TYPE_ENUM)
                add_text(&line, field->name, ".label", hw_doc_text(row, hw_arena_printf(arena, "%s_label", field->name)));
        }
    }
    return line.text;
}
