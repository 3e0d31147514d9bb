/* change_import_merge.c: one row of a file against its record, three ways:
 * what the file said at the last import, what it says now, what the record
 * says (floor 3, noun: import).
 *
 * The record's `source` keeps: line 1 "FILE:ROW", line 2 "field=hash ..." with
 * the first 8 hex digits of BLAKE2b of the file's text for each field, then
 * the cells that no field took. A field whose hash is as it was is left alone,
 * whatever people did to it since. */
#include <sodium.h>
#include <string.h>

#include "daemon/import.h"
#include "daemon/view.h"

enum {
    HASH_TEXT = 8,      /* hex digits: changes of one cell, not attacks, are to be told apart */
    FILE_MAX_TEXT = 200, /* of `source`; file systems stop at 255 bytes */
    FIELDS_MAX = 32     /* more than any kind has */
};

/* All entries of one field, in file order, and their hash. */
struct cell {
    const struct hw_field *field;
    struct hw_slice values[64]; /* elements of a set: HW_IMPORT_PARTS_MAX of the client is 50 */
    size_t n;
    const char *scheme; /* of the references so far: "SDG 8.7, 8.8" */
    crypto_generichash_state state;
    char hash[HASH_TEXT + 1];
};
struct cells {
    struct cell cell[FIELDS_MAX]; /* on the stack: the hash wants an alignment of its own */
    size_t n;
};

static void hash_add(struct cell *cell, struct hw_slice text)
{
    uint64_t n = text.n; /* lengths keep "a","b" and "ab" apart */
    uint8_t size[8];
    for (size_t i = 0; i < sizeof size; i++)
        size[i] = (uint8_t)(n >> (8 * i));
    crypto_generichash_update(&cell->state, size, sizeof size);
    crypto_generichash_update(&cell->state, text.p, text.n);
}

static void hash_end(struct cell *cell)
{
    uint8_t hash[32];
    crypto_generichash_final(&cell->state, hash, sizeof hash);
    sodium_bin2hex(cell->hash, sizeof cell->hash, hash, HASH_TEXT / 2);
}

static void hash_text(struct hw_slice text, char hash[HASH_TEXT + 1])
{
    struct cell cell;
    crypto_generichash_init(&cell.state, NULL, 0, 32);
    hash_add(&cell, text);
    hash_end(&cell);
    memcpy(hash, cell.hash, sizeof cell.hash);
}

static struct cell *cell_of(struct cells *cells, const struct hw_field *field)
{
    for (size_t i = 0; i < cells->n; i++)
        if (cells->cell[i].field == field)
            return &cells->cell[i];
    if (cells->n == FIELDS_MAX)
        return NULL;
    struct cell *cell = &cells->cell[cells->n++];
    cell->field = field;
    cell->n = 0;
    cell->scheme = "";
    crypto_generichash_init(&cell->state, NULL, 0, 32);
    return cell;
}

/* The hash of a field in line 2 of `source`; empty when it has none. */
static struct hw_slice known_hash(struct hw_slice source, const char *name)
{
    const uint8_t *p = source.n ? memchr(source.p, '\n', source.n) : NULL;
    size_t length = strlen(name);
    if (!p)
        return (struct hw_slice){0};
    const uint8_t *end = source.p + source.n;
    const uint8_t *last = memchr(p + 1, '\n', (size_t)(end - p - 1));
    last = last ? last : end;
    for (p++; p < last;) {
        const uint8_t *space = memchr(p, ' ', (size_t)(last - p));
        size_t n = (size_t)((space ? space : last) - p);
        if (n == length + 1 + HASH_TEXT && memcmp(p, name, length) == 0 && p[length] == '=')
            return (struct hw_slice){p + length + 1, HASH_TEXT};
        p += n + 1;
    }
    return (struct hw_slice){0};
}

static struct hw_slice source_of(const struct hw_record *record)
{
    const struct hw_kind *kind = hw_kind_by_id(record->row.kind);
    const struct hw_field *field = hw_field_by_id(kind, HW_FIELD_SOURCE);
    struct hw_value value;
    struct hw_slice bytes = hw_row_value(&record->row, HW_FIELD_SOURCE);
    if (bytes.n == 0 || !hw_value_read(field, bytes, &value) || value.null)
        return (struct hw_slice){0};
    return value.text;
}

/* What a field holds in another spelling is kept as the file has it, among the cells that no field took. */
static void keep_spelling(struct hw_import *import, struct hw_import_row *row, const struct hw_field *field,
                          struct hw_slice text)
{
    row->rest = hw_slice_text(hw_arena_printf(import->arena, "%.*s%s%s: %.*s", (int)row->rest.n, (const char *)row->rest.p,
                                              row->rest.n ? "\n" : "", field->name, (int)text.n, (const char *)text.p));
}

/* The values of one entry, after those of the entries before. */
static enum hw_status take_values(struct hw_import *import, struct hw_import_row *row, struct cell *cell,
                                  struct hw_slice text, struct hw_err *why)
{
    const struct hw_field *field = cell->field;
    size_t n = 1;
    bool respelt = false;
    const struct hw_slice *texts =
        field->set ? hw_assign_elements(&row->draft, field, text, &cell->scheme, &n, &respelt) : &text;
    enum hw_status status = HW_OK;
    if (!field->set)
        cell->n = 0;
    if (cell->n + n > sizeof cell->values / sizeof cell->values[0])
        return hw_fail(why, HW_LIMIT, "%s: more than %zu entries in one row", field->name,
                       sizeof cell->values / sizeof cell->values[0]);
    for (size_t i = 0; i < n && status == HW_OK; i++)
        status = hw_draft_value(&row->draft, field, texts[i], &cell->values[cell->n + i], why);
    if (status != HW_OK)
        return status;
    cell->n += n;
    if (respelt)
        keep_spelling(import, row, field, text);
    return HW_OK;
}

/* One entry as canonical bytes among its field's values; a problem of the row when it is none. */
static void take(struct hw_import *import, struct hw_import_row *row, struct cells *cells,
                 const struct hw_import_entry *entry)
{
    const struct hw_field *field;
    struct cell *cell = NULL;
    struct hw_err why = {0};
    enum hw_status status = hw_assign_field(row->of, entry->field, &field, &why);
    if (status == HW_OK && (field->id == HW_FIELD_SOURCE || field->type == HW_TYPE_BYTES))
        status = hw_fail(&why, HW_USAGE, "%s cannot be imported", field->name);
    if (status == HW_OK)
        cell = cell_of(cells, field);
    if (cell)
        status = take_values(import, row, cell, entry->text, &why);
    if (status != HW_OK || !cell) {
        hw_import_problem(import, row, entry->column, entry->text, why.text);
        return;
    }
    hash_add(cell, entry->text);
}

/* Every byte of `text` up to `max` that ends at a whole letter. */
static size_t fit(struct hw_slice text, size_t max)
{
    size_t n = text.n < max ? text.n : max;
    while (n > 0 && n < text.n && (text.p[n] & 0xc0) == 0x80)
        n--;
    return n;
}

/* Line 2: the hashes of now, and those of fields that this file does not have. */
static const char *hash_line(struct hw_import *import, const struct hw_import_row *row, const struct cells *cells,
                             struct hw_slice old)
{
    const char *line = "";
    char rest[HASH_TEXT + 1];
    for (size_t i = 0; i < row->of->fields_n; i++) {
        const struct hw_field *field = &row->of->fields[i];
        struct hw_slice hash = known_hash(old, field->name);
        for (size_t k = 0; k < cells->n; k++)
            if (cells->cell[k].field == field)
                hash = hw_slice_text(cells->cell[k].hash);
        if (hash.n)
            line = hw_arena_printf(import->arena, "%s%s%s=%.*s", line, *line ? " " : "", field->name, (int)hash.n,
                                   (const char *)hash.p);
    }
    hash_text(row->rest, rest);
    return row->rest.n ? hw_arena_printf(import->arena, "%s%srest=%s", line, *line ? " " : "", rest) : line;
}

static enum hw_status write_source(struct hw_import *import, struct hw_import_row *row, const struct cells *cells,
                                   struct hw_err *err)
{
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    const struct hw_field *field = hw_field_by_id(row->of, HW_FIELD_SOURCE);
    struct hw_slice file = hw_slice_text(import->file);
    const char *head = hw_arena_printf(import->arena, "%.*s:%lld\n%s", (int)fit(file, FILE_MAX_TEXT), import->file,
                                       (long long)row->row, hash_line(import, row, cells, source_of(row->record)));
    size_t used = strlen(head), room = field->limit > used + 1 ? field->limit - used - 1 : 0;
    size_t n = fit(row->rest, room);
    import->cut = import->cut || n < row->rest.n;
    hw_put_text(&out, n ? hw_arena_printf(import->arena, "%s\n%.*s", head, (int)n, (const char *)row->rest.p) : head);
    return hw_draft_set(&row->draft, field, hw_arena_slice(import->arena, hw_out_slice(&out)), err);
}

/* Whether the file says the same as at the last import. */
static bool as_before(struct hw_slice source, const char *name, const char *hash)
{
    struct hw_slice known = known_hash(source, name);
    return known.n == HASH_TEXT && memcmp(known.p, hash, HASH_TEXT) == 0;
}

static enum hw_status merge_cells(struct hw_import_row *row, struct cells *cells, bool *moved, struct hw_err *err)
{
    struct hw_slice source = source_of(row->record);
    char rest[HASH_TEXT + 1];
    enum hw_status status = HW_OK;
    *moved = row->fresh;
    for (size_t i = 0; i < cells->n && status == HW_OK; i++) {
        struct cell *cell = &cells->cell[i];
        if (!row->fresh && as_before(source, cell->field->name, cell->hash))
            continue;
        *moved = true;
        if (cell->field->set)
            hw_draft_replace(&row->draft, cell->field, cell->values, cell->n);
        else
            status = hw_draft_set(&row->draft, cell->field, cell->values[0], err);
    }
    hash_text(row->rest, rest);
    if (row->rest.n && !as_before(source, "rest", rest))
        *moved = true;
    return status;
}

/* References that no cell holds: the plan, and the item above. They are set once. */
static enum hw_status place(struct hw_import *import, struct hw_import_row *row, struct hw_err *err)
{
    const struct hw_import_row *parent = hw_import_parent(import, row);
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < row->of->fields_n && status == HW_OK; i++) {
        HW_CLEANUP(hw_out_done) struct hw_out out = {0};
        const struct hw_field *field = &row->of->fields[i];
        const struct hw_id *to = NULL;
        if (field->type == HW_TYPE_REF && field->ref_kind == HW_KIND_PLAN)
            to = &import->plan->row.id;
        if (parent && strcmp(field->name, "parent") == 0)
            to = &parent->id;
        if (!to || hw_id_equal(to, &row->id))
            continue;
        hw_put_bytes(&out, to->b, sizeof to->b);
        status = hw_draft_set(&row->draft, field, hw_arena_slice(import->arena, hw_out_slice(&out)), err);
    }
    return status;
}

static enum hw_status count_comments(struct hw_import *import, struct hw_import_row *row, struct hw_err *err)
{
    const struct hw_field *words = hw_field_named(hw_kind_by_id(HW_KIND_COMMENT), "text");
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < row->comments_n && status == HW_OK; i++) {
        struct hw_id id = hw_import_comment_id(&row->id, row->comments[i]);
        struct hw_record *comment;
        if (row->comments[i].n > words->limit)
            hw_import_problem(import, row, (struct hw_slice){0}, row->comments[i],
                              hw_arena_printf(import->arena, "a comment may have %u bytes, this one has %zu",
                                              words->limit, row->comments[i].n));
        status = hw_tx_record(import->command.tx, HW_KIND_COMMENT, &id, import->group, &comment, err);
        if (status == HW_OK && comment->row.made.seq == 0 && row->comments[i].n)
            row->new_comments++;
    }
    return status;
}

/* What a new item is given that no cell says: a row of a tracker is something to
 * do, and it keeps its place in the document. */
static enum hw_status fill_in(struct hw_import_row *row, const struct cells *cells, struct hw_err *err)
{
    static const char *const names[] = {"type", "rank"};
    const char *const values[] = {"activity", hw_arena_printf(row->draft.arena, "%lld", (long long)row->row)};
    enum hw_status status = HW_OK;
    for (size_t v = 0; v < 2 && status == HW_OK; v++) {
        const struct hw_field *field = hw_field_named(row->of, names[v]);
        bool said = false;
        for (size_t i = 0; i < cells->n; i++)
            said = said || cells->cell[i].field == field;
        if (!said)
            status = hw_assign_text(&row->draft, names[v], hw_slice_text(values[v]), err);
    }
    return status;
}

/* The draft of a row from its cells. */
static enum hw_status merge(struct hw_import *import, struct hw_import_row *row, struct cells *cells,
                            struct hw_err *err)
{
    struct hw_err why = {0};
    bool moved;
    for (size_t i = 0; i < cells->n; i++)
        hash_end(&cells->cell[i]);
    enum hw_status status = merge_cells(row, cells, &moved, err);
    if (status == HW_OK && row->fresh)
        status = place(import, row, err);
    if (status == HW_OK && row->fresh && row->of->id == HW_KIND_ITEM)
        status = fill_in(row, cells, err);
    if (status == HW_OK && moved)
        status = write_source(import, row, cells, err);
    if (status != HW_OK)
        return status;
    row->draft.rights = import->rights;
    if (row->draft.n && hw_rights_check(&row->draft, &why) != HW_OK)
        hw_import_problem(import, row, (struct hw_slice){0}, row->key, why.text);
    import->rights = row->draft.rights;
    row->changed = row->draft.n > 0 || row->new_comments > 0;
    return HW_OK;
}

enum hw_status hw_import_merge(struct hw_import *import, struct hw_import_row *row, struct hw_err *err)
{
    struct cells cells;
    enum hw_status status =
        hw_tx_record(import->command.tx, row->of->id, &row->id, import->group, &row->record, err);
    if (status != HW_OK)
        return status;
    cells.n = 0;
    row->fresh = row->record->row.made.seq == 0;
    hw_draft_init(&row->draft, import->command.tx, import->arena, row->record);
    row->draft.settle = true;
    row->draft.lenient = true;
    row->draft.plan = import->plan;
    row->draft.order = import->order;
    for (size_t i = 0; i < row->n; i++)
        take(import, row, &cells, &row->entries[i]);
    status = count_comments(import, row, err);
    if (status == HW_OK && !row->bad)
        status = merge(import, row, &cells, err);
    return status;
}
