/* workbook.c: the sheets of a workbook in their order.
 * Floor 2, noun: import workbook. */
#include "client/import/workbook.h"

#include <stdlib.h>
#include <string.h>

/* As many tables as a book may have, and the 31 letters of Excel. */
enum { SHEETS_MAX = HW_IMPORT_TABLES_MAX, NAME_BYTES_MAX = 124 };

struct sheet {
    const char *name, *id;
    bool hidden;
};
struct reading {
    struct hw_import_workbook *workbook;
    struct sheet *sheets; /* arena */
    size_t n, cap;
};

static void on_open(struct hw_import_xml *xml, const char *name, const char **attributes)
{
    struct reading *r = xml->user;
    struct hw_arena *arena = r->workbook->book->arena;
    const char *title = hw_import_xml_get(attributes, "name"), *id = hw_import_xml_get(attributes, "id");
    const char *state = hw_import_xml_get(attributes, "state");
    if (strcmp(name, "workbookPr") == 0)
        r->workbook->since1904 = hw_import_xml_flag(attributes, "date1904", false);
    if (strcmp(name, "sheet") != 0 || title == NULL || id == NULL)
        return;
    if (r->n == SHEETS_MAX) {
        hw_import_xml_fail(xml, HW_LIMIT, "the workbook has more than %d sheets; cut it into parts", SHEETS_MAX);
        return;
    }
    if (r->n == r->cap) {
        size_t cap = r->cap == 0 ? 8 : r->cap * 2;
        struct sheet *more = hw_arena_alloc(arena, cap * sizeof *more);
        if (r->n > 0)
            memcpy(more, r->sheets, r->n * sizeof *more);
        r->sheets = more;
        r->cap = cap;
    }
    size_t n = strlen(title);
    if (n > NAME_BYTES_MAX)
        for (n = NAME_BYTES_MAX; n > 0 && (title[n] & 0xC0) == 0x80; n--)
            ;
    r->sheets[r->n++] = (struct sheet){hw_arena_text(arena, title, n), hw_arena_text(arena, id, strlen(id)),
                                       state != NULL && strstr(state, "idden") != NULL};
}

static void on_close(struct hw_import_xml *xml, const char *name)
{
    (void)xml, (void)name;
}

static void on_text(struct hw_import_xml *xml, struct hw_slice text)
{
    (void)xml, (void)text;
}

static enum hw_status read_sheets(struct reading *r, const struct hw_import_relations *relations, struct hw_err *err)
{
    struct hw_import_workbook *workbook = r->workbook;
    for (size_t i = 0; i < r->n; i++) {
        const struct hw_import_relation *to = hw_import_relation_id(relations, r->sheets[i].id);
        /* A sheet of one chart holds no cell. */
        if (to == NULL || to->outside || strcmp(to->type, "worksheet") != 0)
            continue;
        const struct hw_import_part *part = hw_import_package_part(workbook->package, to->target);
        if (part == NULL)
            return hw_fail(err, HW_CORRUPT, "the workbook is damaged: sheet \"%s\" is missing in it", r->sheets[i].name);
        size_t before = workbook->book->n;
        if (hw_import_sheet_read(workbook, part, r->sheets[i].name, err) != HW_OK)
            return err->status;
        if (r->sheets[i].hidden && workbook->book->n > before)
            hw_import_book_note(workbook->book, 1,
                                hw_arena_printf(workbook->book->arena, "sheet \"%s\" is hidden, and was read like the others",
                                                r->sheets[i].name));
    }
    return HW_OK;
}

enum hw_status hw_import_workbook_read(struct hw_import_package *package, const struct hw_import_part *part,
                                       struct hw_import_book *book, struct hw_err *err)
{
    struct hw_import_workbook workbook = {.package = package, .book = book};
    struct reading reading = {.workbook = &workbook};
    struct hw_import_xml xml = {.user = &reading, .open = on_open, .close = on_close, .text = on_text};
    struct hw_import_relations relations;
    book->form = "workbook";
    book->encoding = "UTF-8";
    enum hw_status status = hw_import_relations_read(package, part->name, &relations, err);
    if (status == HW_OK)
        status = hw_import_package_read(package, part, &xml, err);
    const struct hw_import_part *strings = status == HW_OK ? hw_import_relation_part(package, &relations, "sharedStrings") : NULL;
    const struct hw_import_part *styles = status == HW_OK ? hw_import_relation_part(package, &relations, "styles") : NULL;
    if (status == HW_OK && strings != NULL)
        status = hw_import_strings_read(&workbook, strings, err);
    if (status == HW_OK && styles != NULL)
        status = hw_import_styles_read(&workbook, styles, err);
    if (status == HW_OK)
        status = read_sheets(&reading, &relations, err);
    free(workbook.strings);
    return status;
}
