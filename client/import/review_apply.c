/* review_apply.c: answers for single cells take the place of the cells.
 * Floor 2, noun: review. */
#include <string.h>

#include "client/import/review.h"

static struct hw_import_table *table_of(struct hw_import_book *book, const struct hw_review_patch *patch)
{
    for (size_t i = 0; i < book->n; i++) {
        const char *name = book->tables[i].name;
        if (patch->sheet == NULL ? name == NULL || book->n == 1 : name != NULL && strcmp(name, patch->sheet) == 0)
            return &book->tables[i];
    }
    return NULL;
}

static struct hw_import_line *line_of(struct hw_import_table *table, uint32_t number)
{
    for (size_t i = 0; i < table->n; i++)
        if (table->lines[i].line == number)
            return &table->lines[i];
    return NULL;
}

/* The column of that name; where the row as a whole was asked about, that of the title. */
static uint32_t column_of(const struct hw_import_table *table, const struct hw_review_patch *patch)
{
    const struct hw_import_map *map = table->map;
    uint32_t column = map != NULL ? map->title : 0;
    for (uint32_t i = 0; map != NULL && patch->column != NULL && i < map->width; i++)
        if (strcmp(map->columns[i].name, patch->column) == 0)
            column = i;
    return column;
}

/* The old text stays with the line, and is kept with its row. */
static void put_cell(struct hw_import_table *table, struct hw_import_line *line, uint32_t column, struct hw_slice text)
{
    struct hw_import_cell *cells = hw_arena_alloc(table->arena, (line->n + 1) * sizeof *cells);
    struct hw_slice was = {NULL, 0};
    size_t n = 0;
    bool put = false;
    for (size_t i = 0; i <= line->n; i++) {
        bool here = i < line->n && line->cells[i].column == column;
        if (!put && (i == line->n || line->cells[i].column >= column)) {
            cells[n++] = (struct hw_import_cell){.column = column, .text = text};
            put = true;
        }
        if (here)
            was = line->cells[i].text;
        else if (i < line->n)
            cells[n++] = line->cells[i];
    }
    line->cells = cells;
    line->n = n;
    line->was = was;
    line->fault = HW_IMPORT_SOUND;
}

enum hw_status hw_review_apply(const struct hw_review_patches *patches, struct hw_import_book *book, struct hw_err *err)
{
    for (size_t i = 0; i < patches->n; i++) {
        const struct hw_review_patch *patch = &patches->patch[i];
        struct hw_import_table *table = table_of(book, patch);
        struct hw_import_line *line = table != NULL ? line_of(table, patch->line) : NULL;
        if (line == NULL)
            return hw_fail(err, HW_NOT_FOUND, "an answer is for line %u%s%s, which the file does not have",
                           (unsigned)patch->line, patch->sheet != NULL ? " of sheet " : "",
                           patch->sheet != NULL ? patch->sheet : "");
        if (hw_slice_is(patch->text, "skip"))
            line->place = HW_IMPORT_RULE;
        else if (!hw_slice_is(patch->text, "-"))
            put_cell(table, line, column_of(table, patch), patch->text);
    }
    return HW_OK;
}
