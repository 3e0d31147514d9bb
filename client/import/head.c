/* head.c: where the heads of a table end.  Floor 2, noun: import head.
 * Forms of ministries print two lines of heads, the upper one over several
 * columns, and number the columns below: 1 2 3 4. Data for humanitarians have a
 * line of tags there. */
#include <string.h>

#include "client/import/map.h"
#include "client/import/text.h"

/* A longer cell is text, not a head. */
enum { LOWER_BYTES_MAX = 60 };

/* "1", "(2)", "3." */
static unsigned column_number(struct hw_slice text)
{
    unsigned value = 0;
    size_t digits = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] >= '0' && text.p[i] <= '9' && ++digits < 4)
            value = value * 10 + (unsigned)(text.p[i] - '0');
        else if (strchr("().", text.p[i]) == NULL)
            return 0;
    }
    return digits > 0 && digits < 4 ? value : 0;
}

/* Three or more numbers that count up by one. */
static bool is_numbers(const struct hw_import_line *line)
{
    for (size_t i = 0; i < line->n; i++)
        if (column_number(line->cells[i].text) != column_number(line->cells[0].text) + i ||
            column_number(line->cells[i].text) == 0)
            return false;
    return line->n >= 3 && column_number(line->cells[0].text) <= 1;
}

/* "#org", "#status": the tags of the Humanitarian Exchange Language under the heads. */
static bool is_tags(const struct hw_import_line *line)
{
    for (size_t i = 0; i < line->n; i++)
        if (line->cells[i].text.n < 2 || line->cells[i].text.p[0] != '#' || line->cells[i].text.p[1] < 'a' ||
            line->cells[i].text.p[1] > 'z')
            return false;
    return line->n >= 2;
}

/* Whether every cell stands under a head that spans it: the column's own head
 * is blank, or the one right of it is. */
static bool is_lower(const struct hw_import_table *table, size_t head, const struct hw_import_heads *heads)
{
    const struct hw_import_line *upper = &table->lines[head], *lower = &table->lines[head + 1];
    size_t blank = 0, known = 0;
    if (lower->place != HW_IMPORT_ROW || lower->fault != HW_IMPORT_SOUND || lower->n == 0 || lower->n >= upper->n + 6)
        return false;
    for (size_t i = 0; i < lower->n; i++) {
        uint32_t column = lower->cells[i].column;
        bool under = hw_import_cell(upper, column).n == 0;
        bool spans = column + 1 < lower->width && hw_import_cell(upper, column + 1).n == 0;
        if (lower->cells[i].text.n > LOWER_BYTES_MAX || (!under && !spans))
            return false;
        blank += under;
        known += hw_import_head(heads, lower->cells[i].text) != NULL;
    }
    return blank > 0 && known > 0;
}

size_t hw_import_head_end(const struct hw_import_table *table, size_t head, const struct hw_import_heads *heads)
{
    size_t end = head + 1;
    if (end < table->n && is_lower(table, head, heads))
        end++;
    if (end < table->n && table->lines[end].place == HW_IMPORT_ROW &&
        (is_numbers(&table->lines[end]) || is_tags(&table->lines[end])))
        end++;
    return end;
}

struct hw_slice hw_import_head_text(const struct hw_import_table *table, const struct hw_import_map *map,
                                    uint32_t column, const struct hw_import_heads *heads)
{
    struct hw_slice upper = hw_import_cell(&table->lines[map->head], column), lower = {NULL, 0};
    if (map->body > map->head + 1 && !is_numbers(&table->lines[map->head + 1]) &&
        !is_tags(&table->lines[map->head + 1]))
        lower = hw_import_cell(&table->lines[map->head + 1], column);
    if (lower.n == 0)
        return upper;
    /* "Start" under "Timeline" is a column of its own. */
    for (uint32_t left = column; upper.n == 0 && left > 0; left--)
        upper = hw_import_cell(&table->lines[map->head], left - 1);
    if (upper.n == 0 || hw_import_head(heads, lower) != NULL)
        return lower;
    return hw_slice_text(hw_arena_printf(heads->arena, "%.*s %.*s", (int)upper.n, (const char *)upper.p, (int)lower.n,
                                         (const char *)lower.p));
}
