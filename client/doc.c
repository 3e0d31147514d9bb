/* doc.c: documents of the local protocol as JSON values (floor 2, noun: doc).
 *
 * CBOR maps, arrays, text, integers, doubles, bools and null become JSON one to
 * one; anything else is no document. */
#include "client/doc.h"

#include <math.h>
#include <string.h>

enum {
    DEPTH_MAX = 16, /* as the reader's own bound; our deepest document nests 5 levels */
    SHORT_ID = 6    /* 30 bits of the id */
};

static json_t *read_item(struct hw_in *in, int depth);

static json_t *spoil(struct hw_in *in, json_t *made)
{
    hw_in_spoil(in);
    json_decref(made);
    return NULL;
}

static json_t *read_list(struct hw_in *in, int depth)
{
    json_t *list = json_array();
    size_t n = hw_get_array_any(in);
    for (size_t i = 0; i < n && !in->bad; i++) {
        if (n == SIZE_MAX && hw_get_close(in))
            break;
        json_t *item = read_item(in, depth);
        if (!item || json_array_append_new(list, item) != 0)
            return spoil(in, list);
    }
    return in->bad ? spoil(in, list) : list;
}

static json_t *read_object(struct hw_in *in, int depth)
{
    json_t *object = json_object();
    size_t n = hw_get_map_any(in);
    for (size_t i = 0; i < n && !in->bad; i++) {
        if (n == SIZE_MAX && hw_get_close(in))
            break;
        struct hw_slice key = hw_get_text(in);
        if (in->bad)
            break;
        json_t *item = read_item(in, depth);
        if (!item || json_object_setn_new_nocheck(object, (const char *)key.p, key.n, item) != 0)
            return spoil(in, object);
    }
    return in->bad ? spoil(in, object) : object;
}

static json_t *read_double(struct hw_in *in)
{
    double value = hw_get_double(in);
    return isfinite(value) ? json_real(value) : json_null(); /* JSON has no infinities */
}

static json_t *read_text(struct hw_in *in)
{
    struct hw_slice text = hw_get_text(in);
    return in->bad ? NULL : json_stringn_nocheck(text.n ? (const char *)text.p : "", text.n);
}

static json_t *read_item(struct hw_in *in, int depth)
{
    if (depth >= DEPTH_MAX)
        return spoil(in, NULL);
    json_t *item = NULL;
    switch (hw_peek(in)) {
    case HW_ITEM_UINT:
    case HW_ITEM_NEGATIVE:
        item = json_integer(hw_get_int(in));
        break;
    case HW_ITEM_TEXT:
        item = read_text(in);
        break;
    case HW_ITEM_ARRAY:
        item = read_list(in, depth + 1);
        break;
    case HW_ITEM_MAP:
        item = read_object(in, depth + 1);
        break;
    case HW_ITEM_BOOL:
        item = json_boolean(hw_get_bool(in));
        break;
    case HW_ITEM_NULL:
        hw_get_null(in);
        item = json_null();
        break;
    case HW_ITEM_DOUBLE:
        item = read_double(in);
        break;
    case HW_ITEM_NONE:
    case HW_ITEM_BYTES:
    case HW_ITEM_CLOSE:
        break;
    }
    return item && !in->bad ? item : spoil(in, item);
}

json_t *hw_doc_read(struct hw_in *in)
{
    return read_item(in, 0);
}

const char *hw_doc_text(const json_t *doc, const char *key)
{
    const char *text = json_string_value(json_object_get(doc, key));
    return text ? text : "";
}

long long hw_doc_int(const json_t *doc, const char *key)
{
    return json_integer_value(json_object_get(doc, key));
}

double hw_doc_number(const json_t *doc, const char *key)
{
    return json_number_value(json_object_get(doc, key));
}

bool hw_doc_bool(const json_t *doc, const char *key)
{
    return json_is_true(json_object_get(doc, key));
}

json_t *hw_doc_list(const json_t *doc, const char *key)
{
    json_t *list = json_object_get(doc, key);
    return json_is_array(list) ? list : NULL;
}

bool hw_doc_has(const json_t *doc, const char *key)
{
    const json_t *value = json_object_get(doc, key);
    return value && !json_is_null(value);
}

static const char *line_of_list(struct hw_arena *arena, const json_t *list)
{
    const char *line = "";
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) {
        const char *next = hw_doc_line(arena, item, NULL);
        line = i ? hw_arena_printf(arena, "%s, %s", line, next) : next;
    }
    return line;
}

const char *hw_doc_line(struct hw_arena *arena, const json_t *doc, const char *key)
{
    const json_t *value = key ? json_object_get(doc, key) : doc;
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_integer(value))
        return hw_arena_printf(arena, "%lld", (long long)json_integer_value(value));
    if (json_is_real(value))
        return hw_arena_printf(arena, "%g", json_real_value(value));
    if (json_is_boolean(value))
        return json_is_true(value) ? "yes" : "no";
    if (json_is_array(value))
        return line_of_list(arena, value);
    if (json_is_object(value)) /* a time, or a record named with its title */
        return hw_doc_has(value, "raw") ? hw_doc_text(value, "raw") : hw_doc_text(value, "title");
    return "";
}

const char *hw_doc_short(struct hw_arena *arena, const json_t *doc)
{
    const char *id = hw_doc_text(doc, "id");
    return hw_doc_has(doc, "short") ? hw_doc_text(doc, "short") : hw_arena_text(arena, id, strnlen(id, SHORT_ID));
}

void hw_doc_print(FILE *to, const json_t *doc, bool sorted)
{
    json_dumpf(doc, to, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12) | (sorted ? JSON_SORT_KEYS : 0u));
    putc('\n', to);
}

void hw_doc_rows_open(struct hw_doc_rows *rows, FILE *to)
{
    *rows = (struct hw_doc_rows){.to = to};
    putc('[', to);
}

bool hw_doc_rows_add(void *user, json_t *row)
{
    struct hw_doc_rows *rows = user;
    fputs(rows->n++ ? ",\n" : "\n", rows->to);
    json_dumpf(row, rows->to, JSON_COMPACT | JSON_ENCODE_ANY);
    return true;
}

void hw_doc_rows_close(struct hw_doc_rows *rows)
{
    fputs(rows->n ? "\n]\n" : "]\n", rows->to);
}
