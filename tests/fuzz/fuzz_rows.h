/* fuzz_rows.h: what the targets of text and JSON share: the bytes of a file to the rows of a request, and what every import
 * promises on the way. */
#ifndef TESTS_FUZZ_ROWS_H
#define TESTS_FUZZ_ROWS_H

#include "client/import/import.h"
#include "fuzz.h"

static inline void fuzz_rows_written(const struct hw_import_rows *rows, struct hw_arena *arena)
{
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    HW_CLEANUP(hw_out_done) struct hw_out shortest = {0};
    hw_import_rows_put(rows, arena, &out);
    HOLDS(fuzz_canon(hw_out_slice(&out), &shortest));
    HOLDS(hw_slice_equal(hw_out_slice(&out), hw_out_slice(&shortest)));
}

/* FAILED would be a cell or a member that is lost. */
static inline void fuzz_rows_hold(struct hw_import *import, struct hw_slice bytes)
{
    struct hw_err err = {0};
    enum hw_status status = hw_import_bytes(import, bytes, &err);
    HOLDS(err.status == status && (status == HW_OK || *err.text));
    HOLDS(hw_utf8_valid(hw_slice_text(err.text)));
    HOLDS(status != HW_FAILED);
    if (status == HW_OK)
        fuzz_rows_written(&import->rows, import->arena);
}

#endif
