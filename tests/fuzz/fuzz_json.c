/* Files of JSON: records and tasks to the rows of a request. Every member must be found again in the rows; what is damaged has
 * one error, and nothing is read. Input: a byte (1: one object after the other, 2: cut at the end), then the objects. */
#include "client/import/json.h"
#include "fuzz_rows.h"

static struct hw_arena arena;

FUZZ_TARGET(json)
{
    struct hw_slice input = {data, size};
    struct hw_import import = {.arena = &arena, .heads = {.arena = &arena}};
    hw_arena_init(&arena);
    uint8_t way = fuzz_byte(&input);
    bool list = !(way & 1), cut = way & 2;
    char *text = hw_arena_printf(&arena, "%s{%.*s%s%s", list ? "[" : "", (int)input.n, (const char *)input.p, cut ? "" : "}",
                                 list && !cut ? "]" : "");
    fuzz_rows_hold(&import, hw_slice_text(text));
    if (import.book.n > 0 && import.book.tables[0].form == HW_IMPORT_OBJECTS)
        HOLDS(import.book.form && strcmp(import.book.form, "JSON") == 0);
    hw_arena_done(&arena);
    return 0;
}
