/* Tracker files: from bytes to the rows of a request. Input: a byte for --map, then the file. Every filled cell must be
 * found again in the rows. */
#include "client/import.h"
#include "fuzz.h"

static struct hw_arena arena;

static void rows_written(const struct hw_import_rows *rows, const struct hw_import_map *map)
{
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    HW_CLEANUP(hw_out_done) struct hw_out shortest = {0};
    hw_import_rows_put(rows, map, &arena, &out);
    HOLDS(fuzz_canon(hw_out_slice(&out), &shortest));
    HOLDS(hw_slice_equal(hw_out_slice(&out), hw_out_slice(&shortest)));
}

static void read_table(struct hw_slice text, struct hw_import_heads *heads)
{
    struct hw_import_table table = {0};
    struct hw_import_map map = {0};
    struct hw_import_rows rows = {0};
    struct hw_import_tally tally;
    struct hw_err err = {0};
    enum hw_status status = hw_import_table_read(text, heads, &arena, &table, &err);
    if (status == HW_OK)
        status = hw_import_map_find(&table, heads, &map, &err);
    if (status == HW_OK)
        status = hw_import_rows_make(&table, &map, &arena, &rows, &err);
    HOLDS(err.status == status && (status == HW_OK || *err.text));
    HOLDS(hw_utf8_valid(hw_slice_text(err.text)));
    if (status != HW_OK)
        return;
    if (!hw_import_check(&table, &map, &rows, &tally)) {
        fprintf(stderr, "line %u lost: \"%.*s\"\n", (unsigned)tally.line, (int)tally.missing.n,
                (const char *)tally.missing.p);
        HOLDS(tally.kept == tally.cells);
    }
    rows_written(&rows, &map);
}

FUZZ_TARGET(import)
{
    struct hw_slice input = {data, size};
    struct hw_import_heads heads = {.arena = &arena};
    struct hw_import_text text;
    struct hw_err err = {0};
    uint8_t mapped = fuzz_byte(&input);
    hw_arena_init(&arena);
    if (mapped & 1)
        HOLDS(hw_import_heads_add(&heads, "A=title", &err) == HW_OK);
    if (mapped & 2)
        HOLDS(hw_import_heads_add(&heads, "B=deadline", &err) == HW_OK);
    enum hw_status status = hw_import_text_decode(input, &arena, &text, &err);
    HOLDS(err.status == status && (status == HW_OK || *err.text));
    if (status == HW_OK) {
        HOLDS(text.text.n == 0 || hw_utf8_valid(text.text));
        HOLDS(memchr(text.text.n ? text.text.p : data, '\r', text.text.n) == NULL);
        read_table(text.text, &heads);
    }
    hw_arena_done(&arena);
    return 0;
}
