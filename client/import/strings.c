/* strings.c: the texts that the cells of a workbook share, and how it shows its numbers.
 * Floor 2, noun: import workbook.  A text of several fonts comes in runs; the phonetic
 * guides of Japanese and Chinese beside it are no part of it. */
#include <stdlib.h>
#include <string.h>

#include "client/import/workbook.h"

/* Excel allows 65,490 styles; formats of their own are fewer. */
enum { STYLES_MAX = 65536 };

static void no_text(struct hw_import_xml *xml, struct hw_slice text)
{
    (void)xml, (void)text;
}

/* Control characters are written _x000D_, and such a text itself _x005F_x000D_. */
void hw_import_unescape(struct hw_import_run *run)
{
    size_t n = 0;
    for (size_t at = 0; at < run->n;) {
        const uint8_t *p = run->p + at;
        unsigned code = 0, digits = 0;
        if (run->n - at >= 7 && p[0] == '_' && p[1] == 'x' && p[6] == '_')
            for (; digits < 4; digits++) {
                uint8_t c = p[2 + digits] | 0x20;
                if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
                    break;
                code = code * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
            }
        bool escape = digits == 4 && (code < 0x20 || code == '_');
        if (escape && (code == '\n' || code == '\t' || code == '_'))
            run->p[n++] = (uint8_t)code;
        else if (!escape)
            run->p[n++] = *p;
        at += escape ? 7 : 1;
    }
    run->n = n;
}

/* shared texts */

struct strings {
    struct hw_import_workbook *workbook;
    struct hw_import_run run;
    bool in_text;
};

static void string_open(struct hw_import_xml *xml, const char *name, const char **attributes)
{
    struct strings *s = xml->user;
    (void)attributes;
    if (strcmp(name, "rPh") == 0 || strcmp(name, "extLst") == 0)
        hw_import_xml_skip(xml);
    s->in_text = strcmp(name, "t") == 0;
}

static void string_close(struct hw_import_xml *xml, const char *name)
{
    struct strings *s = xml->user;
    struct hw_import_workbook *workbook = s->workbook;
    s->in_text = false;
    if (strcmp(name, "si") != 0)
        return;
    if (workbook->strings_n == HW_IMPORT_CELLS_MAX) {
        hw_import_xml_fail(xml, HW_LIMIT, "the workbook has more than %d texts; cut it into parts", HW_IMPORT_CELLS_MAX);
        return;
    }
    if (workbook->strings_n == workbook->strings_cap) {
        workbook->strings_cap = workbook->strings_cap == 0 ? 256 : workbook->strings_cap * 2;
        workbook->strings = hw_realloc(workbook->strings, workbook->strings_cap * sizeof *workbook->strings);
    }
    hw_import_unescape(&s->run);
    struct hw_slice text = hw_import_trim(hw_import_run_slice(&s->run));
    workbook->strings[workbook->strings_n++] =
        text.n > 0 ? hw_arena_slice(workbook->book->arena, text) : (struct hw_slice){NULL, 0};
    hw_import_run_clear(&s->run);
}

static void string_text(struct hw_import_xml *xml, struct hw_slice text)
{
    struct strings *s = xml->user;
    if (s->in_text)
        hw_import_run_add(&s->run, text);
}

enum hw_status hw_import_strings_read(struct hw_import_workbook *workbook, const struct hw_import_part *part,
                                      struct hw_err *err)
{
    struct strings strings = {.workbook = workbook};
    struct hw_import_xml xml = {.user = &strings, .open = string_open, .close = string_close, .text = string_text};
    enum hw_status status = hw_import_package_read(workbook->package, part, &xml, err);
    hw_import_run_done(&strings.run);
    return status;
}

/* styles: a cell names one of the "cellXfs", which names a number format */

struct code {
    long id;
    struct hw_import_format format;
};
struct styles {
    struct hw_import_workbook *workbook;
    struct code *codes; /* heap */
    size_t n, cap;
    bool in_cells;
};

static void format_add(struct styles *s, struct hw_import_xml *xml, long id, const char *code)
{
    if (s->n == STYLES_MAX) {
        hw_import_xml_fail(xml, HW_LIMIT, "the workbook has more than %d number formats", STYLES_MAX);
        return;
    }
    if (s->n == s->cap) {
        s->cap = s->cap == 0 ? 32 : s->cap * 2;
        s->codes = hw_realloc(s->codes, s->cap * sizeof *s->codes);
    }
    s->codes[s->n++] = (struct code){id, hw_import_format_read(code)};
}

static int by_id(const void *a, const void *b)
{
    const struct code *one = a, *other = b;
    return (one->id > other->id) - (one->id < other->id);
}

static struct hw_import_format format_find(const struct styles *s, long id)
{
    struct code wanted = {.id = id}, *found = NULL;
    if (s->n > 0)
        found = bsearch(&wanted, s->codes, s->n, sizeof wanted, by_id);
    return found != NULL ? found->format : hw_import_format_builtin(id);
}

static void style_add(struct styles *s, struct hw_import_xml *xml, long id)
{
    struct hw_import_workbook *workbook = s->workbook;
    if (workbook->formats_n == STYLES_MAX) {
        hw_import_xml_fail(xml, HW_LIMIT, "the workbook has more than %d styles", STYLES_MAX);
        return;
    }
    if (workbook->formats_n == workbook->formats_cap) {
        size_t cap = workbook->formats_cap == 0 ? 64 : workbook->formats_cap * 2;
        struct hw_import_format *more = hw_arena_alloc(workbook->book->arena, cap * sizeof *more);
        if (workbook->formats_n > 0)
            memcpy(more, workbook->formats, workbook->formats_n * sizeof *more);
        workbook->formats = more;
        workbook->formats_cap = cap;
    }
    workbook->formats[workbook->formats_n++] = format_find(s, id);
}

static void style_open(struct hw_import_xml *xml, const char *name, const char **attributes)
{
    struct styles *s = xml->user;
    if (strcmp(name, "numFmt") == 0) {
        const char *code = hw_import_xml_get(attributes, "formatCode");
        if (code != NULL)
            format_add(s, xml, hw_import_xml_number(attributes, "numFmtId", -1), code);
    } else if (strcmp(name, "cellXfs") == 0) {
        s->in_cells = true; /* all formats stand before it */
        if (s->n > 1)
            qsort(s->codes, s->n, sizeof *s->codes, by_id);
    } else if (strcmp(name, "xf") == 0 && s->in_cells) {
        style_add(s, xml, hw_import_xml_number(attributes, "numFmtId", 0));
    } else if (strcmp(name, "dxfs") == 0 || strcmp(name, "extLst") == 0) {
        hw_import_xml_skip(xml);
    }
}

static void style_close(struct hw_import_xml *xml, const char *name)
{
    struct styles *s = xml->user;
    if (strcmp(name, "cellXfs") == 0)
        s->in_cells = false;
}

enum hw_status hw_import_styles_read(struct hw_import_workbook *workbook, const struct hw_import_part *part,
                                     struct hw_err *err)
{
    struct styles styles = {.workbook = workbook};
    struct hw_import_xml xml = {.user = &styles, .open = style_open, .close = style_close, .text = no_text};
    enum hw_status status = hw_import_package_read(workbook->package, part, &xml, err);
    free(styles.codes);
    return status;
}
