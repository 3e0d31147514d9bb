/* grid.c: tables drawn with strokes.  Floor 2, noun: import grid.
 * "+---+---+" between the rows, or the box characters of Unicode. Where a rule
 * stands under every row, the lines between two rules are one row, and its
 * cells go on from line to line; where rules only frame the heads and the end,
 * every line is a row (as database programs print). */
#include <stdlib.h>
#include <string.h>

#include "client/import/map.h"

/* Cells of one drawn row; a page is not wide enough for more. */
enum { CELLS_MAX = 64 };

/* Box characters (U+2500 to U+257F) as strokes of ASCII. */
static struct hw_slice as_strokes(struct hw_slice text, struct hw_arena *arena)
{
    static const uint8_t upright[] = {0x82, 0x83, 0x86, 0x87, 0x8A, 0x8B};
    uint8_t *out = hw_arena_alloc(arena, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        bool box = i + 2 < text.n && text.p[i] == 0xE2 && (text.p[i + 1] == 0x94 || text.p[i + 1] == 0x95);
        if (!box) {
            out[n++] = text.p[i];
            continue;
        }
        uint8_t second = text.p[i + 1], last = text.p[i + 2];
        bool bar = second == 0x94 ? memchr(upright, last, sizeof upright) != NULL : last == 0x91;
        bool stroke = second == 0x94 ? last == 0x80 || last == 0x81 || last == 0x84 || last == 0x85 : last == 0x90;
        out[n++] = bar ? '|' : stroke ? '-' : '+';
        i += 2;
    }
    return (struct hw_slice){out, n};
}

/* "+---+===+": at least one crossing at each end. */
static bool is_drawn(struct hw_slice line)
{
    size_t strokes = 0;
    if (line.n < 3 || line.p[0] != '+' || line.p[line.n - 1] != '+')
        return false;
    for (size_t i = 0; i < line.n; i++) {
        if (strchr("+-=", line.p[i]) == NULL)
            return false;
        strokes += line.p[i] != '+';
    }
    return strokes > 0;
}

struct grid {
    struct hw_import_gather *gather;
    struct hw_slice cell[CELLS_MAX];
    size_t n;
    uint32_t begun; /* line of the row in hand */
    bool open;
};

static void flush(struct grid *grid)
{
    for (size_t i = 0; i < grid->n; i++)
        hw_import_gather_cell(grid->gather, grid->cell[i], false);
    if (grid->open)
        hw_import_gather_line(grid->gather, grid->begun, HW_IMPORT_ROW);
    grid->n = 0;
    grid->open = false;
}

static void add_line(struct grid *grid, struct hw_slice line, uint32_t number)
{
    struct hw_arena *arena = grid->gather->table->arena;
    size_t from = 1, column = 0;
    if (!grid->open)
        grid->begun = number;
    grid->open = true;
    for (size_t i = 1; i < line.n; i++) {
        if (line.p[i] != '|' && i + 1 < line.n)
            continue;
        size_t end = line.p[i] == '|' ? i : i + 1;
        struct hw_slice part = hw_import_trim((struct hw_slice){line.p + from, end - from});
        from = i + 1;
        if (column == CELLS_MAX) {
            grid->gather->fault = HW_IMPORT_WIDE;
            return;
        }
        if (column == grid->n)
            grid->cell[grid->n++] = (struct hw_slice){NULL, 0};
        struct hw_slice *cell = &grid->cell[column++];
        if (cell->n == 0)
            *cell = part;
        else if (part.n > 0)
            *cell = hw_slice_text(hw_arena_printf(arena, "%.*s\n%.*s", (int)cell->n, (const char *)cell->p, (int)part.n,
                                                  (const char *)part.p));
    }
}

static struct hw_slice next_line(struct hw_slice text, size_t *at)
{
    const uint8_t *end = memchr(text.p + *at, '\n', text.n - *at);
    size_t n = end != NULL ? (size_t)(end - (text.p + *at)) : text.n - *at;
    struct hw_slice line = hw_import_trim((struct hw_slice){text.p + *at, n});
    *at += n + 1;
    return line;
}

static size_t count_rules(struct hw_slice text)
{
    size_t n = 0, at = 0;
    while (at < text.n)
        n += is_drawn(next_line(text, &at));
    return n;
}

void hw_import_grid_read(struct hw_slice text, struct hw_import_gather *gather)
{
    struct grid grid = {.gather = gather};
    text = as_strokes(text, gather->table->arena);
    size_t rules = count_rules(text), at = 0;
    uint32_t number = 0;
    if (rules < 2)
        return;
    while (at < text.n && gather->status == HW_OK) {
        struct hw_slice line = next_line(text, &at);
        number++;
        if (is_drawn(line)) {
            flush(&grid);
        } else if (line.n > 1 && line.p[0] == '|') {
            /* Three rules frame the heads and the rows. */
            if (rules <= 3)
                flush(&grid);
            add_line(&grid, line, number);
        } else {
            flush(&grid);
            hw_import_gather_cell(gather, line, false);
            hw_import_gather_line(gather, number, HW_IMPORT_OUTSIDE);
        }
    }
    flush(&grid);
}
