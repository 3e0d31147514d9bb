/* outline_repeat.c: lines that a page printed twice.
 * Floor 2, noun: import outline.  A list inside a list is printed twice by some
 * pages when they become text: once as the entry it stands in and once by
 * itself. Where a run of entries is followed at once by the same run, the lines
 * stand below the one before them. A single entry printed twice shows that
 * only beside a longer run; alone it is a slip of the hand. */
#include <stdlib.h>
#include <string.h>

#include "client/import/outline.h"

/* Entries of an inner list; the longest met has 5. */
enum { RUN_MAX = 40 };
/* Bytes below which a line says too little to be called a repetition: "Yes", "n/a". */
enum { REPEAT_BYTES_MIN = 12 };

struct list {
    struct hw_outline *o;
    size_t first, end;
};
struct told {
    struct hw_slice text;
    size_t at;
};

static bool is_entry(const struct hw_import_line *line)
{
    return (line->mark == HW_IMPORT_BULLET || line->mark == HW_IMPORT_NUMBER) && line->n == 1 &&
           line->cells[0].text.n >= REPEAT_BYTES_MIN;
}

static bool same(const struct list *list, size_t a, size_t b)
{
    return hw_slice_equal(hw_outline_text(list->o, a), hw_outline_text(list->o, b));
}

/* Length of the shortest run at `at` that is printed again behind itself, 0 for none. */
static size_t run_at(const struct list *list, size_t at)
{
    for (size_t n = 1; n <= RUN_MAX && at + 2 * n <= list->end; n++) {
        size_t alike = 0;
        while (alike < n && same(list, at + alike, at + n + alike))
            alike++;
        if (alike == n)
            return n;
    }
    return 0;
}

static bool nested(const struct list *list)
{
    for (size_t i = list->first + 1; i < list->end; i++) {
        size_t n = run_at(list, i);
        if (n > 1)
            return true;
        i += n;
    }
    return false;
}

static void rebuild(const struct list *list)
{
    struct hw_outline *o = list->o;
    for (size_t i = list->first; i < list->end; i++) {
        size_t n = i > list->first && o->above[i - 1] == 0 && o->twin[i - 1] == 0 ? run_at(list, i) : 0;
        for (size_t k = 0; k < n; k++) {
            o->above[i + k] = (uint32_t)i;
            o->twin[i + n + k] = (uint32_t)(i + k) + 1;
        }
        i += n > 0 ? 2 * n - 1 : 0;
    }
}

static int compare(const void *a, const void *b)
{
    const struct told *x = a, *y = b;
    int order = hw_slice_compare(x->text, y->text);
    return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

/* Whatever else a list says twice. */
static void twins(const struct list *list)
{
    struct hw_outline *o = list->o;
    size_t n = list->end - list->first;
    struct told *told = hw_arena_alloc(o->arena, n * sizeof *told);
    for (size_t i = 0; i < n; i++)
        told[i] = (struct told){hw_outline_text(o, list->first + i), list->first + i};
    qsort(told, n, sizeof *told, compare);
    for (size_t i = 1; i < n; i++) {
        size_t at = told[i].at, first = told[i - 1].at;
        bool free = o->twin[at] == 0 && o->above[at] == 0;
        if (!free || !hw_slice_equal(told[i].text, told[i - 1].text))
            continue;
        o->twin[at] = o->twin[first] != 0 ? o->twin[first] : (uint32_t)first + 1;
    }
}

void hw_outline_repeats(struct hw_outline *o)
{
    const struct hw_import_table *table = o->table;
    for (size_t i = 0; i < table->n;) {
        struct list list = {o, i, i};
        while (list.end < table->n && is_entry(&table->lines[list.end]) &&
               table->lines[list.end].depth == table->lines[i].depth)
            list.end++;
        if (list.end > list.first + 1) {
            if (nested(&list))
                rebuild(&list);
            twins(&list);
        }
        i = list.end > i ? list.end : i + 1;
    }
}
