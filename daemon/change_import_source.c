/* change_import_source.c: what a record remembers of the file it came from
 * (floor 3, noun: import).
 *
 * The field `source` holds: line 1 "FILE:ROW"; line 2 "field=hash ..." with the
 * hash (headway/base.h) of the file's texts for each field, and "field.here=hash"
 * where the record showed something else for it, as a status in its own words
 * does; then the cells that no field took. Line 2 has two words that are no
 * fields: `rest`, and `key`, the id that a retitled row would have had. */
#include <string.h>

#include "daemon/import.h"
#include "daemon/view.h"

enum { FILE_MAX_TEXT = 200 }; /* of `source`; file systems stop at 255 bytes */

struct hw_slice hw_intake_source(const struct hw_record *record)
{
    const struct hw_field *field = hw_field_by_id(hw_kind_by_id(record->row.kind), HW_FIELD_SOURCE);
    struct hw_value value;
    struct hw_slice bytes = hw_row_value(&record->row, HW_FIELD_SOURCE);
    if (bytes.n == 0 || !hw_value_read(field, bytes, &value) || value.null)
        return (struct hw_slice){0};
    return value.text;
}

struct hw_slice hw_intake_source_line(struct hw_slice source)
{
    const uint8_t *p = source.n ? memchr(source.p, '\n', source.n) : NULL;
    if (!p++)
        return (struct hw_slice){0};
    size_t left = source.n - (size_t)(p - source.p);
    const uint8_t *end = left ? memchr(p, '\n', left) : NULL;
    return (struct hw_slice){p, end ? (size_t)(end - p) : left};
}

/* Every byte of `text` up to `max` that ends at a whole letter. */
static size_t fit(struct hw_slice text, size_t max)
{
    size_t n = text.n < max ? text.n : max;
    while (n > 0 && n < text.n && (text.p[n] & 0xc0) == 0x80)
        n--;
    return n;
}

bool hw_intake_source_of(struct hw_slice source, const char *file)
{
    size_t n = fit(hw_slice_text(file), FILE_MAX_TEXT);
    const uint8_t *end = source.n ? memchr(source.p, '\n', source.n) : NULL;
    size_t line = end ? (size_t)(end - source.p) : source.n;
    if (line <= n || memcmp(source.p, file, n) != 0 || source.p[n] != ':')
        return false;
    for (size_t i = n + 1; i < line; i++) /* a file may be called "a:1" */
        if (source.p[i] < '0' || source.p[i] > '9')
            return false;
    return true;
}

struct hw_slice hw_intake_known(struct hw_slice line, const char *field)
{
    return hw_base_find(line, field);
}

struct hw_slice hw_intake_known_here(struct hw_arena *arena, struct hw_slice line, const char *field)
{
    struct hw_slice here = hw_base_find(line, hw_arena_printf(arena, "%s.here", field));
    return here.n ? here : hw_base_find(line, field);
}

void hw_intake_hash_value(struct hw_arena *arena, const struct hw_field *field, struct hw_slice value,
                          char hash[HW_BASE_HASH + 1])
{
    struct hw_slice text = value.n ? hw_slice_text(hw_value_print(field, value, arena)) : value;
    hw_base_hash(&text, text.n ? 1 : 0, hash);
}

void hw_intake_hash_set(struct hw_arena *arena, const struct hw_field *field, const struct hw_slice *values, size_t n,
                        char hash[HW_BASE_HASH + 1])
{
    struct hw_slice *texts = hw_arena_alloc(arena, (n + 1) * sizeof *texts);
    for (size_t i = 0; i < n; i++)
        texts[i] = hw_slice_text(hw_value_print(field, values[i], arena));
    hw_base_hash(texts, n, hash);
}

/* ---- writing ---- */

static void put_word(struct hw_out *out, const char *name, const char *more, struct hw_slice hash)
{
    if (out->n && out->p[out->n - 1] != '\n')
        hw_put_raw(out, " ", 1);
    hw_put_raw(out, name, strlen(name));
    hw_put_raw(out, more, strlen(more));
    hw_put_raw(out, hash.p, hash.n);
}

static const struct hw_intake_cell *cell_of(const struct hw_intake_cells *cells, const struct hw_field *field)
{
    for (size_t i = 0; i < cells->n; i++)
        if (cells->cell[i].field == field)
            return &cells->cell[i];
    return NULL;
}

/* The hashes of now, and those of fields that this file does not have. */
static void put_hashes(struct hw_intake *import, const struct hw_intake_row *row, struct hw_slice old,
                       struct hw_out *out)
{
    for (size_t i = 0; i < row->of->fields_n; i++) {
        const struct hw_field *field = &row->of->fields[i];
        const struct hw_intake_cell *cell = cell_of(import->cells, field);
        struct hw_slice hash, here = {0};
        if (cell) {
            hash = hw_slice_text(cell->hash);
            here = hw_slice_text(cell->here);
        } else if (field->id == HW_FIELD_ARCHIVED || old.n == 0) {
            continue; /* the row is in the file: it is not put away as a missing one */
        } else {
            hash = hw_intake_known(old, field->name);
            here = hash.n ? hw_intake_known_here(import->arena, old, field->name) : hash;
        }
        if (hash.n)
            put_word(out, field->name, "=", hash);
        if (hash.n && here.n && !hw_slice_equal(here, hash))
            put_word(out, field->name, ".here=", here);
    }
}

static void put_others(const struct hw_intake_row *row, struct hw_out *out)
{
    char hash[HW_BASE_HASH + 1], text[HW_ID_TEXT + 1];
    if (row->rest.n) {
        hw_base_hash(&row->rest, 1, hash);
        put_word(out, "rest", "=", hw_slice_text(hash));
    }
    if (!row->given && !hw_id_equal(&row->id, &row->derived)) {
        hw_id_print(&row->derived, text);
        struct hw_slice key = hw_slice_text(text);
        hw_base_hash(&key, 1, hash);
        put_word(out, "key", "=", hw_slice_text(hash));
    }
}

enum hw_status hw_intake_write_source(struct hw_intake *import, struct hw_intake_row *row, struct hw_err *err)
{
    HW_CLEANUP(hw_out_done) struct hw_out text = {0}, value = {0};
    const struct hw_field *field = hw_field_by_id(row->of, HW_FIELD_SOURCE);
    struct hw_slice file = hw_slice_text(import->file);
    const char *number = hw_arena_printf(import->arena, ":%lld\n", (long long)row->row);
    if (row->whole && row->fresh && row->source.n && row->rest.n == 0) { /* it came from that file, by way of another node */
        hw_put_textn(&value, row->source.p, row->source.n);
        return hw_draft_set(&row->draft, field, hw_arena_slice(import->arena, hw_out_slice(&value)), err);
    }
    hw_put_raw(&text, file.p, fit(file, FILE_MAX_TEXT));
    hw_put_raw(&text, number, strlen(number));
    put_hashes(import, row, hw_intake_source_line(hw_intake_source(row->record)), &text);
    put_others(row, &text);
    size_t room = field->limit > text.n + 1 ? field->limit - text.n - 1 : 0, n = fit(row->rest, room);
    import->cut = import->cut || n < row->rest.n;
    if (n) {
        hw_put_raw(&text, "\n", 1);
        hw_put_raw(&text, row->rest.p, n);
    }
    hw_put_textn(&value, text.p, text.n);
    return hw_draft_set(&row->draft, field, hw_arena_slice(import->arena, hw_out_slice(&value)), err);
}
