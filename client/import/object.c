/* object.c: a record as `headway export` wrote it.
 * Floor 2, noun: object.  Each member is a cell; a time and a word of a vocabulary have a second one,
 * what the exporting node has read in them. A member that somebody has edited since (`base` tells)
 * is read as if it were typed. */
#include <string.h>

#include "client/import/json.h"
#include "headway/base.h"
#include "headway/when.h"

struct object {
    struct hw_json_table *table;
    const json_t *object;
    struct hw_slice base;
};

/* Whether the texts are those of the export; without a `base` nobody has edited anything. */
static bool untouched(const struct object *o, const char *name, const struct hw_slice *texts, size_t n)
{
    char hash[HW_BASE_HASH + 1];
    if (o->base.n == 0)
        return true;
    struct hw_slice known = hw_base_find(o->base, name);
    if (n == 0 || texts[0].n == 0)
        return known.n == 0;
    hw_base_hash(texts, n, hash);
    return hw_slice_is(known, hash);
}

static bool one_untouched(const struct object *o, const char *name, const char *text)
{
    struct hw_slice one = hw_slice_text(text);
    return untouched(o, name, &one, 1);
}

static void put(const struct object *o, const char *name, const char *text)
{
    hw_json_cell(o->table, name, hw_slice_text(text));
}

/* What was typed and how it was read. Who edits one of the two means that one. */
static void put_pair(const struct object *o, const char *name, const char *text, const char *more, const char *meant,
                     bool usable)
{
    struct hw_arena *arena = o->table->arena;
    bool text_same = one_untouched(o, name, text);
    bool meant_same = one_untouched(o, hw_arena_printf(arena, "%s.%s", name, more), meant);
    if (text_same && !meant_same && *meant) {
        put(o, name, meant);
        return;
    }
    put(o, name, text);
    if (*text && text_same && meant_same && usable)
        put(o, hw_arena_printf(arena, "%s.meant", name), *meant ? meant : "-");
}

static void put_time(const struct object *o, const char *name, const json_t *value)
{
    struct hw_arena *arena = o->table->arena;
    const char *raw = hw_json_text(arena, json_object_get(value, "raw"));
    const char *edtf = hw_json_text(arena, json_object_get(value, "edtf"));
    int32_t first, last;
    bool usable = *edtf == 0 || hw_when_bounds(hw_slice_text(edtf), &first, &last);
    put_pair(o, name, *raw ? raw : edtf, "edtf", edtf, usable);
}

static void put_word(const struct object *o, const char *name, const json_t *value)
{
    struct hw_arena *arena = o->table->arena;
    const char *key = hw_arena_printf(arena, "%s_label", name), *word = hw_json_text(arena, value);
    const char *label = hw_json_text(arena, json_object_get(o->object, key));
    bool stale = *label && !one_untouched(o, name, word) && one_untouched(o, hw_arena_printf(arena, "%s.label", name), label);
    put_pair(o, name, word, "label", stale ? "" : label, *label != 0);
    if (stale)
        put(o, key, label);
}

static void put_field(const struct object *o, const struct hw_field *field, const json_t *value)
{
    size_t i;
    const json_t *item;
    if (json_is_array(value)) {
        json_array_foreach(value, i, item)
            hw_json_value(o->table, field->name, item);
    } else if (field->type == HW_TYPE_TIME && json_is_object(value)) {
        put_time(o, field->name, value);
    } else if (field->type == HW_TYPE_ENUM) {
        put_word(o, field->name, value);
    } else {
        hw_json_value(o->table, field->name, value);
    }
}

/* The hashes of the members that the object has: one that somebody took out says nothing, one that is null or empty says that
 * there is nothing. */
static const char *base_of(const struct object *o)
{
    const struct hw_kind *kind = o->table->kind;
    struct hw_arena *arena = o->table->arena;
    const char *line = "";
    for (size_t i = 0; i < kind->fields_n; i++) {
        const char *name = kind->fields[i].name;
        struct hw_slice hash = hw_base_find(o->base, name);
        if (hash.n && json_object_get(o->object, name))
            line = hw_arena_printf(arena, "%s%s%s=%.*s", line, *line ? " " : "", name, (int)hash.n, (const char *)hash.p);
    }
    return line;
}

static bool is_label(const struct hw_kind *kind, const char *key)
{
    size_t n = strlen(key);
    if (n <= 6 || strcmp(key + n - 6, "_label") != 0)
        return false;
    const struct hw_field *field = hw_field_find(kind, (struct hw_slice){(const uint8_t *)key, n - 6});
    return field && field->type == HW_TYPE_ENUM;
}

void hw_json_object(struct hw_json_table *table, const json_t *object, uint32_t line)
{
    static const char *const plain[] = {"id", "kind", "group"};
    const char *base = json_string_value(json_object_get(object, "base")), *key;
    const struct object o = {table, object, hw_slice_text(base ? base : "")};
    json_t *value;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        hw_json_value(table, plain[i], json_object_get(object, plain[i]));
    for (size_t i = 0; i < table->kind->fields_n; i++) {
        const struct hw_field *field = &table->kind->fields[i];
        hw_json_column(table, field->name);
        if (strcmp(field->name, "kind") != 0)
            put_field(&o, field, json_object_get(object, field->name));
    }
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        bool known = hw_field_find(table->kind, hw_slice_text(key)) || is_label(table->kind, key) || strcmp(key, "base") == 0;
        for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
            known = known || strcmp(key, plain[i]) == 0;
        if (!known)
            hw_json_value(table, key, value);
    }
    put(&o, "base", base_of(&o));
    hw_json_line(table, line);
}
