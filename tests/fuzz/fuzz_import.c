/* Tracker files: from bytes to the rows of a request. Input: a byte for --map, then the file. Every filled cell must be
 * found again in the rows. */
#include "fuzz_rows.h"

static struct hw_arena arena;

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
    fuzz_rows_hold(&import, input);
    hw_arena_done(&arena);
    return 0;
}
