/* Tracker files: from bytes to the rows of a request. Input: a byte for --map, then the file. Every filled cell must be
 * found again in the rows. */
#include "client/import/import.h"
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

FUZZ_TARGET(import)
{
    struct hw_slice input = {data, size};
    struct hw_import import = {.arena = &arena, .heads = {.arena = &arena}};
    struct hw_err err = {0};
    uint8_t mapped = fuzz_byte(&input);
    hw_arena_init(&arena);
    if (mapped & 1)
        HOLDS(hw_import_heads_add(&import.heads, "A=title", &err) == HW_OK);
    if (mapped & 2)
        HOLDS(hw_import_heads_add(&import.heads, "B=deadline", &err) == HW_OK);
    enum hw_status status = hw_import_bytes(&import, input, &err);
    HOLDS(err.status == status && (status == HW_OK || *err.text));
    HOLDS(hw_utf8_valid(hw_slice_text(err.text)));
    HOLDS(status != HW_FAILED); /* a cell would be lost */
    if (status == HW_OK)
        rows_written(&import.rows);
    hw_arena_done(&arena);
    return 0;
}
