/* The merged state of a row, as it stands in the table. */
#include "fuzz.h"
#include "headway/merge.h"

/* Whether the row has no cell without head and awaited name: those are not written. */
static bool is_tight(const struct hw_row *row)
{
    for (size_t i = 0; i < row->cells_n; i++)
        if (row->cells[i].heads_n == 0 && row->cells[i].awaited_n == 0)
            return false;
    return true;
}

static void look(const struct hw_row *row, struct hw_arena *arena)
{
    for (size_t i = 0; i < row->cells_n; i++) {
        const struct hw_cell *cell = &row->cells[i];
        size_t n;
        const struct hw_head *shown = hw_cell_shown(cell);
        HOLDS(!shown == (cell->heads_n == 0));
        hw_cell_conflict(cell, NULL);
        hw_cell_elements(cell, arena, &n);
        HOLDS(n <= cell->heads_n);
    }
}

/* A life that nothing names is not written again. */
static size_t lives_of(struct hw_slice meta)
{
    struct hw_in in = hw_in_of(meta);
    hw_get_array(&in);
    return hw_get_bytes(&in).n;
}

FUZZ_TARGET(meta)
{
    struct hw_slice input = {data, size};
    HW_CLEANUP(hw_out_done) struct hw_out once = {0};
    HW_CLEANUP(hw_out_done) struct hw_out twice = {0};
    struct hw_arena arena;
    struct hw_row row, again;
    const struct hw_id id = {{1}};
    hw_arena_init(&arena);
    hw_row_init(&row, HW_KIND_ITEM, &id);
    hw_row_init(&again, HW_KIND_ITEM, &id);
    enum hw_status status = hw_row_decode(&row, &arena, input, NULL);
    HOLDS(arena.used <= 4096 + 200 * size);
    if (status == HW_OK) {
        look(&row, &arena);
        hw_row_encode(&row, &once);
        if (is_tight(&row) && lives_of(input) == lives_of(hw_out_slice(&once)))
            fuzz_same_item(input, &once);
        HOLDS(hw_row_decode(&again, &arena, hw_out_slice(&once), NULL) == HW_OK);
        hw_row_encode(&again, &twice);
        HOLDS(hw_slice_equal(hw_out_slice(&once), hw_out_slice(&twice)));
    }
    hw_arena_done(&arena);
    return 0;
}
