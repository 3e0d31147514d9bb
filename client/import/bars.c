/* bars.c: tables whose cells are parted by bars.
 * Floor 2, noun: import bars.  Two forms: rows of one line, Markdown's among
 * them (`| a | b |`); and what a word processor leaves when a table is saved
 * as text: a cell per line or more, each ended by a bar at the end of a line,
 * the rows not marked at all. */
#include <stdlib.h>
#include <string.h>

#include "client/import/map.h"
#include "headway/schema.h"
#include "headway/when.h"

/* A row of a Markdown table whose cell was broken over lines: real ones go on
 * for two or three; the bound keeps a file full of open rows linear. */
enum { BROKEN_LINES_MAX = 50 };
/* Heads at the start of a file with a cell per line, and how many of them may
 * follow the last one understood. */
enum { HEADS_MAX = 50, HEADS_UNKNOWN = 4, HEAD_BYTES_MAX = 100 };
/* Rows that are looked at to tell one width from another. */
enum { PROOF_ROWS = 20 };

/* The line at `at` without its end; `*next` is where the following begins. */
static struct hw_slice line_at(struct hw_slice text, size_t at, size_t *next)
{
    const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
    size_t n = end != NULL ? (size_t)(end - (text.p + at)) : text.n - at;
    *next = at + n + (end != NULL ? 1 : 0);
    return (struct hw_slice){text.p + at, n};
}

static bool bar_at(struct hw_slice text, size_t i)
{
    return text.p[i] == '|' && (i == 0 || text.p[i - 1] != '\\');
}

static size_t bars_in(struct hw_slice text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += bar_at(text, i);
    return n;
}

static bool opens(struct hw_slice trimmed)
{
    return trimmed.n > 0 && trimmed.p[0] == '|';
}

static bool closes(struct hw_slice trimmed)
{
    return trimmed.n > 1 && bar_at(trimmed, trimmed.n - 1);
}

/* |---|:--:| of Markdown stands under heads. `*drawn`: it has crossings, as in
 * +---+---+, which may stand under every row and mean nothing. */
static bool is_rule(struct hw_slice trimmed, bool *drawn)
{
    size_t strokes = 0;
    *drawn = false;
    for (size_t i = 0; i < trimmed.n; i++) {
        if (strchr("|+-=: \t", trimmed.p[i]) == NULL)
            return false;
        strokes += trimmed.p[i] == '-' || trimmed.p[i] == '=';
        *drawn = *drawn || trimmed.p[i] == '+';
    }
    return strokes > 0;
}

/* One cell; `\|` stands for a bar that parts nothing. */
static void cell_put(struct hw_slice cell, struct hw_import_gather *gather)
{
    if (memmem(cell.p, cell.n, "\\|", 2) == NULL) {
        hw_import_gather_cell(gather, cell, false);
        return;
    }
    uint8_t *plain = hw_arena_alloc(gather->table->arena, cell.n);
    size_t n = 0;
    for (size_t i = 0; i < cell.n; i++)
        if (cell.p[i] != '\\' || i + 1 == cell.n || cell.p[i + 1] != '|')
            plain[n++] = cell.p[i];
    hw_import_gather_cell(gather, (struct hw_slice){plain, n}, false);
}

static void bar_row(struct hw_slice row, struct hw_import_gather *gather)
{
    size_t from = opens(row) ? 1 : 0;
    size_t end = closes(row) ? row.n - 1 : row.n;
    for (size_t i = from; i <= end; i++)
        if (i == end || bar_at(row, i)) {
            if (i >= from)
                cell_put((struct hw_slice){row.p + from, i - from}, gather);
            from = i + 1;
        }
}

/* A row that opens with a bar and does not close goes on over the next lines,
 * up to the one that closes. Gives the whole row, or the line itself when
 * nothing closes it. */
static struct hw_slice whole_row(struct hw_slice text, struct hw_slice line, size_t *next, uint32_t *lines)
{
    size_t at = *next;
    for (uint32_t i = 1; i <= BROKEN_LINES_MAX && at < text.n; i++) {
        size_t after;
        struct hw_slice more = hw_import_trim(line_at(text, at, &after));
        if (more.n == 0 || opens(more))
            break;
        if (closes(more)) {
            *lines += i;
            *next = after;
            return (struct hw_slice){line.p, (size_t)(more.p + more.n - line.p)};
        }
        at = after;
    }
    return line;
}

void hw_import_bars_read(struct hw_slice text, struct hw_import_gather *gather)
{
    uint32_t number = 1;
    bool framed = false; /* a row with both outer bars was seen: all rows have them */
    for (size_t at = 0, next; at < text.n && gather->status == HW_OK; at = next) {
        struct hw_slice line = hw_import_trim(line_at(text, at, &next));
        uint32_t lines = 1;
        enum hw_import_place place = HW_IMPORT_ROW;
        if (framed && opens(line) && !closes(line))
            line = whole_row(text, line, &next, &lines);
        if (bars_in(line) == 0 || (framed && !opens(line) && !closes(line)))
            place = HW_IMPORT_OUTSIDE;
        bool drawn;
        if (is_rule(line, &drawn))
            place = HW_IMPORT_RULE;
        if (place == HW_IMPORT_ROW)
            bar_row(line, gather);
        else if (place == HW_IMPORT_OUTSIDE)
            hw_import_gather_cell(gather, line, false);
        else if (!drawn)
            hw_import_gather_cell(gather, line, false);
        hw_import_gather_line(gather, number, place);
        framed = framed || (place == HW_IMPORT_ROW && opens(line) && closes(line));
        number += lines;
    }
}

/* a cell per line */

struct strip {
    struct strip_cell {
        struct hw_slice text;
        uint32_t line;
    } *cells;
    size_t n, cap;
};

static void strip_done(struct strip *strip)
{
    free(strip->cells);
}

static void strip_add(struct strip *strip, struct hw_slice text, uint32_t line)
{
    if (strip->n == strip->cap) {
        strip->cap = strip->cap == 0 ? 256 : strip->cap * 2;
        strip->cells = hw_realloc(strip->cells, strip->cap * sizeof *strip->cells);
    }
    strip->cells[strip->n++] = (struct strip_cell){text, line};
}

/* Cuts the text into cells. False when too many bars stand elsewhere than alone
 * at the end of a line: then it is another form. */
static bool strip_read(struct hw_slice text, struct strip *strip)
{
    uint32_t number = 0, cell_line = 0;
    size_t start = 0, barred = 0, alone = 0;
    for (size_t at = 0, next; at < text.n; at = next) {
        struct hw_slice line = hw_import_trim(line_at(text, at, &next));
        size_t bars = bars_in(line);
        number++;
        if (cell_line == 0 && line.n > 0)
            cell_line = number;
        barred += bars > 0;
        if (bars == 0 || !bar_at(line, line.n - 1))
            continue;
        alone += bars == 1;
        size_t bar = (size_t)(line.p - text.p) + line.n - 1;
        strip_add(strip, hw_import_trim((struct hw_slice){text.p + start, bar - start}), cell_line);
        if (strip->n > HW_IMPORT_CELLS_MAX)
            break; /* the caller refuses the file */
        start = next;
        cell_line = 0;
    }
    struct hw_slice last = hw_import_trim((struct hw_slice){text.p + start, text.n - start});
    if (last.n > 0)
        strip_add(strip, last, cell_line);
    return alone >= 3 && alone * 5 >= barred * 4;
}

/* How well rows of `width` read: status cells that are status words, time cells
 * that are times. */
static size_t width_fits(const struct strip *strip, const char *const *fields, size_t heads, size_t width)
{
    const struct hw_vocabulary *words = hw_field_named(hw_kind_by_id(HW_KIND_ITEM), "status")->words;
    size_t fits = strip->n % width == 0 ? 1 : 0;
    for (size_t i = width; i < strip->n && i < width * PROOF_ROWS; i++) {
        const char *field = i % width < heads ? fields[i % width] : NULL;
        if (field == NULL || strip->cells[i].text.n == 0)
            continue;
        if (strcmp(field, "status") == 0)
            fits += hw_word_find(words, strip->cells[i].text) != 0 ? 2 : 0;
        if (strcmp(field, "deadline") == 0) {
            struct hw_when when;
            hw_when_parse(strip->cells[i].text, HW_DATES_DMY, &when);
            fits += when.kind != HW_WHEN_UNREAD ? 2 : 0;
        }
    }
    return fits;
}

/* The number of columns: the heads are the first cells; the first cell that
 * cannot be a head (several lines, or a field already named) ends them. 0 when
 * no head is understood. */
static size_t strip_width(const struct strip *strip, const struct hw_import_heads *heads)
{
    const char *fields[HEADS_MAX];
    size_t run = 0, known = 0; /* cells that may be heads; up to the last one understood */
    for (; run < HEADS_MAX && run < strip->n; run++) {
        struct hw_slice cell = strip->cells[run].text;
        bool again = false;
        if (cell.n > HEAD_BYTES_MAX || (cell.n > 0 && memchr(cell.p, '\n', cell.n) != NULL))
            break;
        fields[run] = hw_import_head(heads, cell);
        for (size_t i = 0; i < run && fields[run] != NULL; i++)
            again = again || (fields[i] != NULL && strcmp(fields[i], fields[run]) == 0);
        if (again)
            break;
        if (fields[run] != NULL)
            known = run + 1;
    }
    size_t best = known, best_fit = 0;
    for (size_t width = known; known > 0 && width <= run && width <= known + HEADS_UNKNOWN; width++) {
        size_t fit = width_fits(strip, fields, known, width);
        if (fit > best_fit) {
            best_fit = fit;
            best = width;
        }
    }
    return best;
}

void hw_import_cell_lines_read(struct hw_slice text, const struct hw_import_heads *heads,
                               struct hw_import_gather *gather)
{
    HW_CLEANUP(strip_done) struct strip strip = {NULL, 0, 0};
    size_t width = strip_read(text, &strip) ? strip_width(&strip, heads) : 0;
    if (strip.n > HW_IMPORT_CELLS_MAX)
        gather->status = HW_LIMIT;
    for (size_t i = 0; width > 0 && i < strip.n && gather->status == HW_OK; i += width) {
        uint32_t line = strip.cells[i].line;
        for (size_t k = i; k < i + width && k < strip.n; k++)
            hw_import_gather_cell(gather, strip.cells[k].text, false);
        if (i + width > strip.n && gather->fault == HW_IMPORT_SOUND)
            gather->fault = HW_IMPORT_SHORT;
        hw_import_gather_line(gather, line, HW_IMPORT_ROW);
    }
}
