/* Outlines: from lines to rows. Input: a byte that says whose lines they are (0: text; else a page's or a document's, and
 * each line begins with a byte for its mark and depth), then the lines. Every line must be found again in the rows, and
 * the same lines give the same rows. */
#include "client/import/import.h"
#include "client/import/outline.h"
#include "fuzz.h"

static struct hw_arena arena;

static void lines_read(struct hw_slice input, struct hw_import_gather *gather)
{
    uint32_t number = 0;
    while (input.n > 0) {
        uint8_t shape = fuzz_byte(&input);
        const uint8_t *end = input.n > 0 ? memchr(input.p, '\n', input.n) : NULL;
        size_t n = end != NULL ? (size_t)(end - input.p) : input.n;
        gather->mark = (enum hw_import_mark)(shape & 3);
        gather->depth = shape >> 3;
        hw_import_gather_cell(gather, (struct hw_slice){input.p, n}, true);
        number += shape & 4 ? 0 : 1; /* one line of a file may hold many */
        hw_import_gather_line(gather, number == 0 ? 1 : number, HW_IMPORT_ROW);
        input.p += end != NULL ? n + 1 : n;
        input.n -= end != NULL ? n + 1 : n;
    }
}

static struct hw_slice rows_made(struct hw_import_book *book, struct hw_out *out)
{
    struct hw_import_rows rows;
    struct hw_import_tally tally;
    struct hw_err err = {0};
    enum hw_status status = hw_import_rows_make(book, &rows, &err);
    HOLDS(status == HW_OK || status == HW_DECISION);
    if (status != HW_OK)
        return (struct hw_slice){NULL, 0};
    HOLDS(hw_import_check(book, &rows, &tally));
    for (size_t i = 0; i < rows.notes_n; i++)
        HOLDS(hw_utf8_valid(hw_slice_text(rows.note[i].text)));
    for (size_t i = 0; i < rows.n; i++)
        HOLDS(rows.row[i].parent <= rows.n && rows.row[i].parent != i + 1);
    hw_import_rows_put(&rows, &arena, out);
    return hw_out_slice(out);
}

FUZZ_TARGET(outline)
{
    struct hw_slice input = {data, size};
    HW_CLEANUP(hw_out_done) struct hw_out one = {0};
    HW_CLEANUP(hw_out_done) struct hw_out two = {0};
    uint8_t form = fuzz_byte(&input);
    if (!hw_utf8_valid(input) || (input.n > 0 && memchr(input.p, 0, input.n) != NULL && form == 0))
        return 0; /* readers give no other text */
    hw_arena_init(&arena);
    struct hw_import_book book = {.arena = &arena, .form = "text", .encoding = "UTF-8"};
    struct hw_import_table *table = hw_import_book_table(&book, HW_IMPORT_OUTLINE, NULL);
    HW_CLEANUP(hw_import_gather_done) struct hw_import_gather gather = {.table = table, .status = HW_OK};
    if (form == 0)
        hw_outline_read(input, &gather);
    else
        lines_read(input, &gather);
    HOLDS(gather.status == HW_OK);
    hw_import_book_seal(&book);
    HOLDS(hw_slice_equal(rows_made(&book, &one), rows_made(&book, &two)));
    hw_arena_done(&arena);
    return 0;
}
