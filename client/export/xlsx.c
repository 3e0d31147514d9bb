/* xlsx.c: a workbook: a sheet for each plan, then members, meetings and the
 * rest, then the comments (floor 2, noun: xlsx). */
#include "client/export/xlsx.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* libxlsxwriter opens a path. This one is a file without a name: nothing is left behind, whatever ends the program. */
#define FILE_OF "/proc/self/fd/%d"

static void make_formats(struct hw_xlsx *xlsx)
{
    lxw_format **const all[] = {&xlsx->head, &xlsx->text, &xlsx->typed, &xlsx->number, &xlsx->day, &xlsx->grey};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        *all[i] = workbook_add_format(xlsx->book);
        format_set_align(*all[i], LXW_ALIGN_VERTICAL_TOP);
    }
    format_set_bold(xlsx->head);
    format_set_bg_color(xlsx->head, 0xDCE6F1);
    format_set_bottom(xlsx->head, LXW_BORDER_THIN);
    format_set_text_wrap(xlsx->head);
    format_set_text_wrap(xlsx->text);
    format_set_text_wrap(xlsx->typed);
    format_set_num_format(xlsx->typed, "@");
    format_set_num_format(xlsx->day, "yyyy-mm-dd");
    format_set_text_wrap(xlsx->day); /* a time as written may be long */
    format_set_align(xlsx->day, LXW_ALIGN_LEFT);
    format_set_font_color(xlsx->grey, 0x999999);
    format_set_font_size(xlsx->grey, 8);
    format_set_text_wrap(xlsx->grey); /* else a hidden column's text runs over its neighbours in LibreOffice */
}

/* "members" as the name of a sheet: "Members". */
static const char *kind_sheet(const struct hw_kind *kind, struct hw_arena *arena)
{
    char *name = hw_arena_text(arena, kind->plural, strlen(kind->plural));
    if (*name >= 'a' && *name <= 'z')
        *name = (char)(*name - 'a' + 'A');
    return name;
}

/* Records that belong on one sheet stand together: those of one kind, items those of one plan. */
static size_t together(const struct hw_export_list *list, size_t from)
{
    const struct hw_export_record *first = &list->record[from];
    bool item = first->kind->id == HW_KIND_ITEM;
    size_t n = 1;
    while (from + n < list->n && list->record[from + n].kind == first->kind &&
           (!item || strcmp(list->record[from + n].on, first->on) == 0))
        n++;
    return n;
}

/* Sheets of items, or those of all other kinds. */
static enum hw_status put_records(struct hw_xlsx *xlsx, bool items, struct hw_err *err)
{
    static const char *const none[] = {NULL};
    struct hw_export *export = xlsx->export;
    const struct hw_export_list *list = &export->records;
    enum hw_status status = HW_OK;
    for (size_t i = 0, n; i < list->n && status == HW_OK; i += n) {
        const struct hw_export_record *first = &list->record[i];
        n = together(list, i);
        bool item = first->kind->id == HW_KIND_ITEM;
        if (item != items)
            continue;
        const char *name = !item      ? kind_sheet(first->kind, &export->arena)
                           : *first->on ? hw_export_plan_name(export, first->on)
                                        : "Without a plan";
        status = hw_xlsx_sheet(xlsx, name, first, n, none, err);
    }
    return status;
}

/* Comments on what is exported, in its order. */
static enum hw_status put_comments(struct hw_xlsx *xlsx, struct hw_err *err)
{
    static const char *const extra[] = {"about", "made", "made_by", "made_at", NULL};
    const struct hw_export_list *all = &xlsx->export->comments;
    size_t n = 0;
    for (size_t i = 0; i < xlsx->export->records.n; i++) {
        size_t here;
        hw_export_comments_on(xlsx->export, xlsx->export->records.record[i].id, &here);
        n += here;
    }
    struct hw_export_record *wanted = n ? hw_alloc(n * sizeof *wanted) : NULL;
    n = 0;
    for (size_t i = 0; i < xlsx->export->records.n && wanted; i++) {
        size_t here;
        const struct hw_export_record *on =
            hw_export_comments_on(xlsx->export, xlsx->export->records.record[i].id, &here);
        for (size_t k = 0; k < here; k++)
            wanted[n++] = on[k];
    }
    const char *fields = xlsx->export->fields;
    xlsx->export->fields = NULL; /* --fields is about the records */
    enum hw_status status = all->n && n ? hw_xlsx_sheet(xlsx, "Comments", wanted, n, extra, err) : HW_OK;
    xlsx->export->fields = fields;
    free(wanted);
    return status;
}

static enum hw_status fill(struct hw_xlsx *xlsx, struct hw_err *err)
{
    enum hw_status status = put_records(xlsx, true, err);
    if (status == HW_OK)
        status = put_records(xlsx, false, err);
    if (status == HW_OK)
        status = put_comments(xlsx, err);
    if (status == HW_OK && xlsx->longs_n)
        status = hw_xlsx_longs(xlsx, err);
    return status;
}

static enum hw_status copy(FILE *from, FILE *to, struct hw_err *err)
{
    char bytes[65536];
    size_t n;
    rewind(from);
    while ((n = fread(bytes, 1, sizeof bytes, from)) > 0)
        fwrite(bytes, 1, n, to); /* the caller looks at the stream when it closes it */
    return ferror(from) ? hw_fail(err, HW_IO, "cannot read the workbook again: %s", strerror(errno)) : HW_OK;
}

enum hw_status hw_export_xlsx(struct hw_export *export, FILE *to, struct hw_err *err)
{
    char path[64];
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    struct hw_xlsx xlsx = {.export = export};
    if (export->records.n == 0)
        return hw_fail(err, HW_NOT_FOUND, "no record matches, and a workbook needs a sheet; see headway list");
    FILE *file = tmpfile();
    if (!file)
        return hw_fail(err, HW_IO, "cannot make a temporary file: %s", strerror(errno));
    snprintf(path, sizeof path, FILE_OF, fileno(file));
    xlsx.book = workbook_new_opt(path, &options);
    make_formats(&xlsx);
    enum hw_status status = fill(&xlsx, err);
    lxw_error error = workbook_close(xlsx.book); /* frees the book, and is due after a failure too */
    if (status == HW_OK)
        status = hw_xlsx_check(error, err);
    if (status == HW_OK)
        status = copy(file, to, err);
    fclose(file);
    free(xlsx.longs);
    hw_sheet_names_done(&xlsx.names);
    return status;
}
