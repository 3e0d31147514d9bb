/* change_import_whole.c: what a file of ours says that no tracker does: values as
 * another node has read them, references to records of the same file, comments
 * (floor 3, noun: import). */
#include <string.h>

#include "daemon/import.h"
#include "daemon/view.h"

static enum hw_status finish(struct hw_draft *draft, const struct hw_field *field, struct hw_out *out,
                             struct hw_slice *value, struct hw_err *err)
{
    enum hw_status status = hw_value_check(field, hw_out_slice(out), err);
    if (status == HW_OK)
        *value = hw_arena_slice(draft->arena, hw_out_slice(out));
    return status;
}

/* The raw text with the reading that it had there: here the order of day and month may be another. */
static enum hw_status read_time(struct hw_draft *draft, const struct hw_intake_entry *entry, const struct hw_field *field,
                                struct hw_slice *value, struct hw_err *err)
{
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    hw_put_array(&out, 2);
    hw_put_textn(&out, entry->text.p, entry->text.n);
    if (hw_slice_is(entry->meant, "-"))
        hw_put_null(&out);
    else
        hw_put_textn(&out, entry->meant.p, entry->meant.n);
    return finish(draft, field, &out, value, err);
}

static enum hw_status read_word(struct hw_draft *draft, const struct hw_intake_entry *entry, const struct hw_field *field,
                                struct hw_slice *value, struct hw_err *err)
{
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    uint16_t word = hw_word_find(field->words, entry->text);
    if (!word)
        return hw_draft_value(draft, field, entry->text, value, err);
    hw_put_array(&out, 2);
    hw_put_uint(&out, word);
    hw_put_textn(&out, entry->meant.p, entry->meant.n);
    return finish(draft, field, &out, value, err);
}

/* A whole id: of a record that is here, or that a row of the file makes. False: it is something else. */
static bool find_id(const struct hw_intake *import, const struct hw_intake_row *row, const struct hw_field *field,
                    struct hw_slice text, struct hw_id *id)
{
    struct hw_found found;
    if (text.n != HW_ID_TEXT || !hw_id_parse(text, id) || hw_id_equal(id, &row->id))
        return false;
    const struct hw_intake_row *other = hw_intake_by_id(import, id);
    if (other)
        return !other->bad && (!field->ref_kind || other->of->id == field->ref_kind);
    return hw_tx_find(import->command.tx, text, &found, 1) == 1 && (!field->ref_kind || found.kind == field->ref_kind) &&
           (strcmp(found.group, import->group) == 0 || field->ref_kind == HW_KIND_OFFICE);
}

enum hw_status hw_intake_value(struct hw_intake *import, struct hw_intake_row *row, const struct hw_intake_entry *entry,
                               const struct hw_field *field, struct hw_slice *value, struct hw_err *err)
{
    struct hw_id id;
    if (entry->meant.n && entry->text.n && field->type == HW_TYPE_TIME)
        return read_time(&row->draft, entry, field, value, err);
    if (entry->meant.n && field->type == HW_TYPE_ENUM)
        return read_word(&row->draft, entry, field, value, err);
    if (field->type == HW_TYPE_REF && find_id(import, row, field, entry->text, &id)) {
        HW_CLEANUP(hw_out_done) struct hw_out out = {0};
        hw_put_bytes(&out, id.b, sizeof id.b);
        return finish(&row->draft, field, &out, value, err);
    }
    return hw_draft_value(&row->draft, field, entry->text, value, err);
}

/* ---- comments ---- */

void hw_intake_remark(struct hw_intake *import, struct hw_intake_row *row, const struct hw_intake_cell *cell)
{
    const struct hw_field *field = cell->field;
    const struct hw_head *shown = hw_cell_shown(hw_row_cell(&row->record->row, field->id));
    bool same = cell->values_n ? shown && hw_value_same(field, shown->value, cell->values[0])
                               : !shown || (shown->value.n == 1 && shown->value.p[0] == 0xf6);
    if (!same && !row->bad)
        hw_intake_problem(import, row, (struct hw_slice){0}, cell->texts_n ? cell->texts[0] : row->id_text,
                          "comments are only added, never changed; put it back, or empty its id to add this one as new");
}

/* As tasks have it: one line. */
static struct hw_slice one_line(struct hw_arena *arena, struct hw_slice text)
{
    struct hw_slice line = {(uint8_t *)hw_arena_text(arena, text.p, text.n), text.n};
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] < ' ')
            ((uint8_t *)(uintptr_t)line.p)[i] = ' ';
    return line;
}

enum hw_status hw_intake_known_comments(struct hw_intake *import, struct hw_intake_row *row, struct hw_err *err)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_COMMENT);
    uint16_t words = hw_field_named(kind, "text")->id;
    char id[HW_ID_TEXT + 1];
    struct hw_scan *scan;
    if (!row->given || row->fresh || row->comments_n == 0)
        return HW_OK;
    hw_id_print(&row->id, id);
    enum hw_status status = hw_tx_flush(import->command.tx, err);
    if (status == HW_OK)
        status = hw_scan_open(import->command.tx, HW_KIND_COMMENT, HW_SCAN_REF, hw_field_named(kind, "on")->id, id, &scan,
                              err);
    if (status != HW_OK)
        return status;
    while (hw_scan_next(scan)) {
        struct hw_slice text = one_line(import->arena, hw_slice_text(hw_scan_text(scan, words)));
        for (size_t i = 0; i < row->comments_n; i++)
            if (row->comments[i].n && hw_slice_equal(one_line(import->arena, row->comments[i]), text)) {
                row->comments[i].n = 0;
                break; /* a remark made twice stands there twice */
            }
    }
    hw_scan_close(scan);
    return HW_OK;
}
