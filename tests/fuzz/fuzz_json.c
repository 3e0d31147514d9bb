/* Files of JSON: records and tasks to the rows of a request. Every member must be found again in the rows; what is damaged has
 * one error, and nothing is read. Input: a byte (1: one object after the other, 2: cut at the end), then the objects. */
#include "client/import/import.h"
#include "client/import/json.h"
#include "fuzz.h"

static struct hw_arena arena;

static void rows_written(const struct hw_import_rows *rows)
{
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    HW_CLEANUP(hw_out_done) struct hw_out shortest = {0};
    hw_import_rows_put(rows, &arena, &out);
    HOLDS(fuzz_canon(hw_out_slice(&out), &shortest));
    HOLDS(hw_slice_equal(hw_out_slice(&out), hw_out_slice(&shortest)));
}

FUZZ_TARGET(json)
{
    struct hw_slice input = {data, size};
    struct hw_import import = {.arena = &arena, .heads = {.arena = &arena}};
    struct hw_err err = {0};
    hw_arena_init(&arena);
    uint8_t way = fuzz_byte(&input);
    bool list = !(way & 1), cut = way & 2;
    char *text = hw_arena_printf(&arena, "%s{%.*s%s%s", list ? "[" : "", (int)input.n, (const char *)input.p, cut ? "" : "}",
                                 list && !cut ? "]" : "");
    struct hw_slice bytes = hw_slice_text(text);
    enum hw_status status = hw_import_bytes(&import, bytes, &err);
    HOLDS(err.status == status && (status == HW_OK || *err.text));
    HOLDS(hw_utf8_valid(hw_slice_text(err.text)));
    HOLDS(status != HW_FAILED); /* a member would be lost */
    if (status == HW_OK && import.book.n > 0 && import.book.tables[0].form == HW_IMPORT_OBJECTS)
        HOLDS(import.book.form && strcmp(import.book.form, "JSON") == 0);
    if (status == HW_OK)
        rows_written(&import.rows);
    hw_arena_done(&arena);
    return 0;
}
