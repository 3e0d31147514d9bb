/* remarks.c: what people have pinned to cells of a sheet.
 * Floor 2, noun: import sheet.  Excel has "notes", one a cell, and "comments", which are
 * answered; for the sake of old programs each of the latter is written as a note
 * as well, under a text that tells the reader to get a newer Excel. Text boxes
 * drawn over the cells are remarks too. */
#include <string.h>

#include "client/import/workbook.h"

/* Names of people who wrote them. */
enum { AUTHORS_MAX = 10000, AUTHOR_BYTES_MAX = 200 };
/* With what is said of it a remark must fit a cell; Excel allows 32,767 letters. */
enum { REMARK_BYTES_MAX = HW_IMPORT_CELL_MAX - 1000 };
/* How a note begins that only repeats a comment. */
static const char threaded[] = "[Threaded comment]";

struct author {
    const char *id; /* NULL: its number counts */
    const char *name;
};
struct reading {
    struct hw_import_sheet *sheet;
    struct hw_import_run run;
    struct author *authors; /* arena */
    size_t authors_n, authors_cap;
    uint32_t line, column;
    const char *author; /* of the remark in hand, may be NULL */
    bool here, in_text;
    bool comments; /* there are threaded ones */
    bool row;      /* the number of an anchor's row is in hand */
};

static void author_add(struct reading *r, const char *id, const char *name)
{
    struct hw_arena *arena = r->sheet->workbook->book->arena;
    if (r->authors_n == AUTHORS_MAX)
        return;
    name = strlen(name) <= AUTHOR_BYTES_MAX ? name : "";
    if (r->authors_n == r->authors_cap) {
        size_t cap = r->authors_cap == 0 ? 16 : r->authors_cap * 2;
        struct author *more = hw_arena_alloc(arena, cap * sizeof *more);
        if (r->authors_n > 0)
            memcpy(more, r->authors, r->authors_n * sizeof *more);
        r->authors = more;
        r->authors_cap = cap;
    }
    r->authors[r->authors_n++] = (struct author){id, name};
}

static const char *author_find(const struct reading *r, const char *id)
{
    for (size_t i = 0; id != NULL && i < r->authors_n; i++)
        if (r->authors[i].id != NULL && strcmp(r->authors[i].id, id) == 0)
            return r->authors[i].name;
    return NULL;
}

static void remark_begin(struct reading *r, const char **attributes)
{
    const char *ref = hw_import_xml_get(attributes, "ref"), *rest;
    long author = hw_import_xml_number(attributes, "authorId", -1);
    r->here = ref != NULL && hw_import_place_read(ref, &r->line, &r->column, &rest);
    r->author = author >= 0 && (size_t)author < r->authors_n ? r->authors[author].name
                                                             : author_find(r, hw_import_xml_get(attributes, "personId"));
    hw_import_run_clear(&r->run);
}

static void remark_end(struct hw_import_xml *xml, struct reading *r, const char *what)
{
    struct hw_arena *arena = r->sheet->workbook->book->arena;
    hw_import_unescape(&r->run);
    struct hw_slice text = hw_import_trim(hw_import_run_slice(&r->run));
    bool again = r->comments && strcmp(what, "note") == 0 && text.n >= sizeof threaded - 1 &&
                 memcmp(text.p, threaded, sizeof threaded - 1) == 0;
    if (text.n > REMARK_BYTES_MAX) {
        hw_import_xml_fail(xml, HW_LIMIT, "a remark of sheet \"%s\" has more than %d bytes", r->sheet->name,
                           REMARK_BYTES_MAX);
        return;
    }
    /* Excel writes the name into the note as well. */
    size_t name = r->author != NULL ? strlen(r->author) : 0;
    bool named = name > 0 && text.n > name && memcmp(text.p, r->author, name) == 0;
    if (r->here && !again && text.n > 0)
        hw_import_sheet_aside(r->sheet, r->line, r->column,
                              hw_arena_printf(arena, "%s on %s%s%s: %.*s", what,
                                              hw_import_place_name(arena, r->line, r->column),
                                              name > 0 && !named ? " by " : "", name > 0 && !named ? r->author : "",
                                              (int)text.n, (const char *)text.p));
    r->here = false;
    hw_import_run_clear(&r->run);
}

static void on_text(struct hw_import_xml *xml, struct hw_slice text)
{
    struct reading *r = xml->user;
    if (r->in_text)
        hw_import_run_add(&r->run, text);
}

/* notes: <authors><author>, <commentList><comment ref authorId><text> */

static void note_open(struct hw_import_xml *xml, const char *name, const char **attributes)
{
    struct reading *r = xml->user;
    if (strcmp(name, "comment") == 0)
        remark_begin(r, attributes);
    else if (strcmp(name, "rPh") == 0 || strcmp(name, "extLst") == 0)
        hw_import_xml_skip(xml);
    r->in_text = strcmp(name, "t") == 0 || strcmp(name, "author") == 0;
}

static void note_close(struct hw_import_xml *xml, const char *name)
{
    struct reading *r = xml->user;
    r->in_text = false;
    if (strcmp(name, "author") == 0) {
        struct hw_slice who = hw_import_trim(hw_import_run_slice(&r->run));
        author_add(r, NULL, hw_arena_text(r->sheet->workbook->book->arena, who.p, who.n));
        hw_import_run_clear(&r->run);
    } else if (strcmp(name, "comment") == 0) {
        remark_end(xml, r, "note");
    }
}

/* comments: <person id displayName>; <threadedComment ref personId><text> */

static void comment_open(struct hw_import_xml *xml, const char *name, const char **attributes)
{
    struct reading *r = xml->user;
    struct hw_arena *arena = r->sheet->workbook->book->arena;
    const char *id = hw_import_xml_get(attributes, "id"), *shown = hw_import_xml_get(attributes, "displayName");
    if (strcmp(name, "threadedComment") == 0)
        remark_begin(r, attributes);
    else if (strcmp(name, "person") == 0 && id != NULL && shown != NULL)
        author_add(r, hw_arena_text(arena, id, strlen(id)), hw_arena_text(arena, shown, strlen(shown)));
    r->in_text = strcmp(name, "text") == 0;
}

static void comment_close(struct hw_import_xml *xml, const char *name)
{
    struct reading *r = xml->user;
    r->in_text = false;
    if (strcmp(name, "threadedComment") == 0)
        remark_end(xml, r, "comment");
}

/* text boxes: <twoCellAnchor><from><col>, <row>; <sp><txBody><p><r><t> */

static void box_open(struct hw_import_xml *xml, const char *name, const char **attributes)
{
    struct reading *r = xml->user;
    (void)attributes;
    if (strcmp(name, "Fallback") == 0) {
        hw_import_xml_skip(xml);
    } else if (strcmp(name, "twoCellAnchor") == 0 || strcmp(name, "oneCellAnchor") == 0 ||
               strcmp(name, "absoluteAnchor") == 0) {
        r->here = true;
        r->line = 1;
        r->column = 0;
        r->author = NULL;
        hw_import_run_clear(&r->run);
    } else if (strcmp(name, "from") == 0) {
        r->row = true;
    } else if (strcmp(name, "p") == 0 || strcmp(name, "br") == 0) {
        hw_import_run_break(&r->run);
    }
    r->in_text = strcmp(name, "t") == 0 || (r->row && (strcmp(name, "row") == 0 || strcmp(name, "col") == 0));
}

static uint32_t box_number(const struct hw_import_run *run)
{
    uint32_t number = 0;
    for (size_t i = 0; i < run->n && number < 1000000 && run->p[i] >= '0' && run->p[i] <= '9'; i++)
        number = number * 10 + (uint32_t)(run->p[i] - '0');
    return number;
}

static void box_close(struct hw_import_xml *xml, const char *name)
{
    struct reading *r = xml->user;
    r->in_text = false;
    if (r->row && (strcmp(name, "row") == 0 || strcmp(name, "col") == 0)) {
        if (name[0] == 'r')
            r->line = box_number(&r->run) + 1;
        else
            r->column = box_number(&r->run);
        hw_import_run_clear(&r->run);
    } else if (strcmp(name, "from") == 0) {
        r->row = false;
    } else if (r->here && strstr(name, "CellAnchor") != NULL) {
        remark_end(xml, r, "text box");
    } else if (strcmp(name, "absoluteAnchor") == 0) {
        remark_end(xml, r, "text box");
    }
}

/* All parts of a type that the sheet names. */
static enum hw_status read_parts(struct reading *r, const char *type, struct hw_import_xml *hooks, struct hw_err *err)
{
    struct hw_import_package *package = r->sheet->workbook->package;
    for (size_t i = 0; i < r->sheet->relations.n; i++) {
        const struct hw_import_relation *relation = &r->sheet->relations.p[i];
        if (relation->outside || strcmp(relation->type, type) != 0)
            continue;
        const struct hw_import_part *part = hw_import_package_part(package, relation->target);
        struct hw_import_xml xml = {.user = r, .open = hooks->open, .close = hooks->close, .text = on_text};
        if (part != NULL && hw_import_package_read(package, part, &xml, err) != HW_OK)
            return err->status;
    }
    return HW_OK;
}

enum hw_status hw_import_remarks_read(struct hw_import_sheet *sheet, struct hw_err *err)
{
    struct reading reading = {.sheet = sheet};
    struct hw_import_package *package = sheet->workbook->package;
    struct hw_import_xml notes = {.open = note_open, .close = note_close};
    struct hw_import_xml comments = {.open = comment_open, .close = comment_close};
    struct hw_import_xml boxes = {.open = box_open, .close = box_close};
    struct hw_import_xml persons = {.user = &reading, .open = comment_open, .close = comment_close, .text = on_text};
    const struct hw_import_part *people = hw_import_package_part(package, "xl/persons/person.xml");
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < sheet->relations.n; i++)
        reading.comments = reading.comments || strcmp(sheet->relations.p[i].type, "threadedComment") == 0;
    if (reading.comments && people != NULL)
        status = hw_import_package_read(package, people, &persons, err);
    if (status == HW_OK)
        status = read_parts(&reading, "threadedComment", &comments, err);
    reading.authors_n = 0;
    if (status == HW_OK)
        status = read_parts(&reading, "comments", &notes, err);
    if (status == HW_OK)
        status = read_parts(&reading, "drawing", &boxes, err);
    hw_import_run_done(&reading.run);
    return status;
}
