/* document.c: the text of a document, paragraphs and tables in their order.
 * Floor 2, noun: import document.  What Word shows is read: text that was inserted
 * under tracking counts, text that was deleted does not, and a note says so.
 * A text box stands where it is anchored. */
#include <stdlib.h>
#include <string.h>

#include "client/import/page.h"
#include "client/import/word.h"

/* Targets and instructions that are kept; longer ones are no addresses. */
enum { ADDRESS_BYTES_MAX = 4000, NUMBER_BYTES = 200 };
/* Heads and feet of pages: three for each section. */
enum { MARGINS_MAX = 300 };

struct reading {
    struct hw_import_package *package;
    struct hw_import_book *book;
    struct hw_import_page page;
    struct hw_word word;
    struct hw_word_notes notes;
    struct hw_import_relations relations;
    struct hw_import_run text, box, field;
    const char *style; /* of the paragraph in hand; NULL none */
    long use, level, heading; /* its own, -1 none */
    const char *link;  /* target of the link in hand; NULL none */
    uint32_t across;   /* of the cell that waits for its first content */
    bool cell_waits, again;
    bool in_text, in_field, in_row_about;
    unsigned boxes;   /* text boxes inside each other */
    size_t deleted;   /* pieces of text deleted under tracking */
    uint32_t deleted_line;
    bool chunk; /* another file stands inside */
};

static struct hw_import_run *text_of(struct reading *r)
{
    return r->boxes > 0 ? &r->box : &r->text;
}

static const char *said(struct reading *r, struct hw_slice text)
{
    return hw_arena_text(r->book->arena, text.p, text.n);
}

/* Where a link leads, unless its text says it. */
static void link_end(struct reading *r, const char *target)
{
    struct hw_slice text = hw_import_run_slice(text_of(r));
    const char *address = strncmp(target, "mailto:", 7) == 0 ? target + 7 : target;
    if (strlen(target) > 0 && (text.n == 0 || memmem(text.p, text.n, address, strlen(address)) == NULL))
        hw_import_page_aside(&r->page, hw_arena_printf(r->book->arena, "link: %s", target));
}

/* HYPERLINK "https://..." \h */
static void field_end(struct reading *r)
{
    struct hw_slice code = hw_import_trim(hw_import_run_slice(&r->field));
    static const char name[] = "HYPERLINK";
    if (code.n > sizeof name && code.n <= ADDRESS_BYTES_MAX && memcmp(code.p, name, sizeof name - 1) == 0) {
        const uint8_t *from = memchr(code.p, '"', code.n);
        const uint8_t *local = memmem(code.p, code.n, "\\l", 2);
        size_t left = from != NULL ? code.n - (size_t)(from + 1 - code.p) : 0;
        const uint8_t *end = left > 0 ? memchr(from + 1, '"', left) : NULL;
        if (end != NULL && (local == NULL || local > from))
            r->link = said(r, (struct hw_slice){from + 1, (size_t)(end - from) - 1});
    }
    hw_import_run_clear(&r->field);
}

static void field_mark(struct reading *r, const char *type)
{
    if (type == NULL)
        return;
    if (strcmp(type, "separate") == 0) {
        field_end(r);
    } else if (strcmp(type, "end") == 0 && r->link != NULL) {
        link_end(r, r->link);
        r->link = NULL;
    }
}

/* paragraphs */

static void paragraph_begin(struct reading *r)
{
    if (r->boxes > 0) {
        hw_import_run_break(&r->box);
        return;
    }
    hw_import_run_clear(&r->text);
    r->style = NULL;
    r->use = r->level = r->heading = -1;
}

static void paragraph_end(struct reading *r)
{
    char number[NUMBER_BYTES] = "";
    enum hw_import_mark mark = HW_IMPORT_PLAIN;
    long heading, use, level;
    if (r->boxes > 0)
        return;
    if (r->text.cut && !r->page.in_cell)
        r->page.limit = "a paragraph that is too long";
    hw_word_style_find(&r->word, r->style != NULL ? r->style : "", &heading, &use, &level);
    heading = r->heading >= 0 ? r->heading : heading;
    use = r->use >= 0 ? r->use : use;
    level = r->level >= 0 ? r->level : level >= 0 ? level : 0;
    bool listed = hw_word_number_next(&r->word, use, level, number, sizeof number, &mark);
    struct hw_slice text = hw_import_trim(hw_import_run_slice(&r->text));
    if (r->page.in_cell && mark == HW_IMPORT_BULLET && text.n > 0)
        memcpy(number, "\xE2\x80\xA2", 4);
    if (number[0] != 0 && (text.n > 0 || r->page.in_cell)) {
        HW_CLEANUP(hw_import_run_done) struct hw_import_run whole = {.p = NULL};
        hw_import_run_text(&whole, number);
        hw_import_run_text(&whole, " ");
        hw_import_run_add(&whole, text);
        hw_import_page_paragraph(&r->page, heading >= 0 ? HW_IMPORT_HEADING : mark,
                                 (uint32_t)(heading >= 0 ? heading : level), hw_import_run_slice(&whole));
    } else {
        hw_import_page_paragraph(&r->page, heading >= 0 ? HW_IMPORT_HEADING : mark,
                                 (uint32_t)(heading >= 0 ? heading : listed ? level : 0), text);
    }
    hw_import_run_clear(&r->text);
    r->page.line += r->page.tables == 0;
}

/* What a paragraph is, and its tables and cells. */
static bool paragraph_about(struct reading *r, const char *name, const char **attributes)
{
    const char *value = hw_import_xml_get(attributes, "val");
    if (r->boxes > 0)
        return false;
    if (strcmp(name, "pStyle") == 0 && value != NULL)
        r->style = said(r, hw_slice_text(value));
    else if (strcmp(name, "ilvl") == 0)
        r->level = hw_import_xml_number(attributes, "val", -1);
    else if (strcmp(name, "numId") == 0)
        r->use = hw_import_xml_number(attributes, "val", -1);
    else if (strcmp(name, "outlineLvl") == 0 && value != NULL && value[0] >= '0' && value[0] <= '8' && value[1] == 0)
        r->heading = value[0] - '0';
    else
        return false;
    return true;
}

/* tables */

/* A cell begins with its first content: what stands before says how wide it is. */
static void cell_begin(struct reading *r)
{
    if (!r->cell_waits)
        return;
    r->cell_waits = false;
    if (r->again)
        hw_import_page_cell_again(&r->page, r->across);
    else
        hw_import_page_cell(&r->page, r->across, 1);
}

static bool table_open(struct reading *r, const char *name, const char **attributes)
{
    long value = hw_import_xml_number(attributes, "val", 1);
    const char *word = hw_import_xml_get(attributes, "val");
    uint32_t wide = value > 0 && value <= HW_IMPORT_COLUMNS_MAX ? (uint32_t)value : 1;
    if (strcmp(name, "tbl") == 0) {
        cell_begin(r);
        hw_import_page_table(&r->page);
    } else if (strcmp(name, "tr") == 0) {
        hw_import_page_row(&r->page);
        r->page.line += r->page.tables == 1;
    } else if (strcmp(name, "trPr") == 0) {
        r->in_row_about = true;
    } else if (strcmp(name, "gridBefore") == 0) {
        hw_import_page_gap(&r->page, wide);
    } else if (strcmp(name, "tc") == 0) {
        r->cell_waits = true;
        r->again = false;
        r->across = 1;
    } else if (strcmp(name, "gridSpan") == 0) {
        r->across = wide;
    } else if (strcmp(name, "vMerge") == 0) {
        r->again = word == NULL || strcmp(word, "continue") == 0;
    } else {
        return false;
    }
    return true;
}

static bool table_close(struct reading *r, const char *name)
{
    if (strcmp(name, "tbl") == 0)
        hw_import_page_table_end(&r->page);
    else if (strcmp(name, "tr") == 0)
        hw_import_page_row_end(&r->page);
    else if (strcmp(name, "trPr") == 0)
        r->in_row_about = false;
    else if (strcmp(name, "tc") == 0) {
        cell_begin(r);
        hw_import_page_cell_end(&r->page);
    } else
        return false;
    return true;
}

/* A text box holds no table of ours: its rows become lines. */
static bool box_open(struct reading *r, const char *name)
{
    if (strcmp(name, "tr") == 0)
        hw_import_run_break(&r->box);
    else if (strcmp(name, "tc") == 0)
        hw_import_run_text(&r->box, " ");
    else
        return strcmp(name, "tbl") == 0;
    return true;
}

static void box_end(struct hw_import_xml *xml, struct reading *r)
{
    struct hw_slice text = hw_import_trim(hw_import_run_slice(&r->box));
    if (--r->boxes > 0)
        return;
    if (text.n > HW_IMPORT_CELL_MAX)
        hw_import_xml_fail(xml, HW_LIMIT, "a text box has more than %d bytes", HW_IMPORT_CELL_MAX);
    else if (text.n > 0)
        hw_import_page_aside(&r->page, said(r, text));
    hw_import_run_clear(&r->box);
}

/* inside a paragraph */

static void note_begin(struct reading *r, char kind, const char **attributes)
{
    const char *text = hw_word_note_find(&r->notes, kind, hw_import_xml_number(attributes, "id", -1));
    if (text != NULL)
        hw_import_page_aside(&r->page, text);
}

static void symbol(struct reading *r, const char **attributes)
{
    const char *code = hw_import_xml_get(attributes, "char");
    unsigned long letter = code != NULL ? strtoul(code, NULL, 16) : 0;
    hw_import_run_letter(text_of(r), letter <= 0xFFFF ? (uint32_t)letter : 0);
}

static void link_begin(struct reading *r, const char **attributes)
{
    const struct hw_import_relation *to = hw_import_relation_id(&r->relations, hw_import_xml_get(attributes, "id"));
    r->link = to != NULL && to->outside ? to->target : NULL;
}

static void run_open(struct reading *r, const char *name, const char **attributes)
{
    if (strcmp(name, "t") == 0)
        r->in_text = true;
    else if (strcmp(name, "instrText") == 0)
        r->in_field = true;
    else if (strcmp(name, "tab") == 0 || strcmp(name, "ptab") == 0)
        hw_import_run_text(text_of(r), "\t");
    else if (strcmp(name, "br") == 0 || strcmp(name, "cr") == 0)
        hw_import_run_text(text_of(r), "\n");
    else if (strcmp(name, "noBreakHyphen") == 0)
        hw_import_run_text(text_of(r), "-");
    else if (strcmp(name, "sym") == 0)
        symbol(r, attributes);
    else if (strcmp(name, "hyperlink") == 0)
        link_begin(r, attributes);
    else if (strcmp(name, "fldChar") == 0)
        field_mark(r, hw_import_xml_get(attributes, "fldCharType"));
    else if (strcmp(name, "footnoteReference") == 0)
        note_begin(r, 'f', attributes);
    else if (strcmp(name, "endnoteReference") == 0)
        note_begin(r, 'e', attributes);
    else if (strcmp(name, "commentReference") == 0)
        note_begin(r, 'c', attributes);
    else if (strcmp(name, "altChunk") == 0)
        r->chunk = true;
}

/* What is left out: how things look, and what was deleted or moved away. */
static bool left_out(struct reading *r, const char *name)
{
    static const char *const looks[] = {"rPr",        "tblPr",      "tblGrid",   "sdtPr",      "sectPr", "tabs", "Fallback",
                                        "pPrChange",  "tblPrEx",    "tcPrChange", "trPrChange"};
    if (strcmp(name, "del") == 0 || strcmp(name, "moveFrom") == 0) {
        if (!r->in_row_about && name[0] == 'd' && r->deleted++ == 0)
            r->deleted_line = r->page.line;
        return true;
    }
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
        if (strcmp(name, looks[i]) == 0)
            return true;
    return false;
}

static void on_open(struct hw_import_xml *xml, const char *name, const char **attributes)
{
    struct reading *r = xml->user;
    r->in_text = r->in_field = false;
    if (left_out(r, name)) {
        hw_import_xml_skip(xml);
    } else if (strcmp(name, "txbxContent") == 0) {
        r->boxes++;
    } else if (strcmp(name, "p") == 0) {
        if (r->boxes == 0)
            cell_begin(r);
        paragraph_begin(r);
    } else if (r->boxes > 0 ? !box_open(r, name) : !table_open(r, name, attributes)) {
        if (!paragraph_about(r, name, attributes))
            run_open(r, name, attributes);
    }
    if (r->page.limit != NULL)
        hw_import_xml_fail(xml, HW_LIMIT, "the document has more than %d rows, %d filled cells or %d tables (%s)",
                           HW_IMPORT_ROWS_MAX, HW_IMPORT_CELLS_MAX, HW_IMPORT_TABLES_MAX, r->page.limit);
}

static void on_close(struct hw_import_xml *xml, const char *name)
{
    struct reading *r = xml->user;
    r->in_text = r->in_field = false;
    if (strcmp(name, "p") == 0) {
        paragraph_end(r);
    } else if (strcmp(name, "txbxContent") == 0) {
        box_end(xml, r);
    } else if (strcmp(name, "hyperlink") == 0) {
        if (r->link != NULL)
            link_end(r, r->link);
        r->link = NULL;
    } else if (r->boxes == 0) {
        (void)table_close(r, name);
    }
}

static void on_text(struct hw_import_xml *xml, struct hw_slice text)
{
    struct reading *r = xml->user;
    if (r->in_text)
        hw_import_run_add(text_of(r), text);
    else if (r->in_field)
        hw_import_run_add(&r->field, text);
}

/* parts */

static enum hw_status read_notes(struct reading *r, const char *type, char kind, struct hw_err *err)
{
    for (size_t i = 0; i < r->relations.n; i++) {
        const struct hw_import_relation *relation = &r->relations.p[i];
        if (relation->outside || strcmp(relation->type, type) != 0)
            continue;
        const struct hw_import_part *part = hw_import_package_part(r->package, relation->target);
        if (part != NULL && hw_word_notes_read(&r->notes, kind, r->package, part, err) != HW_OK)
            return err->status;
    }
    return HW_OK;
}

static enum hw_status read_others(struct reading *r, const char *part, struct hw_err *err)
{
    enum hw_status status = hw_import_relations_read(r->package, part, &r->relations, err);
    if (status != HW_OK)
        return status;
    const struct hw_import_part *numbers = hw_import_relation_part(r->package, &r->relations, "numbering");
    const struct hw_import_part *styles = hw_import_relation_part(r->package, &r->relations, "styles");
    if (numbers != NULL)
        status = hw_word_numbers_read(&r->word, r->package, numbers, err);
    if (status == HW_OK && styles != NULL)
        status = hw_word_styles_read(&r->word, r->package, styles, err);
    if (status == HW_OK)
        status = read_notes(r, "footnotes", 'f', err);
    if (status == HW_OK)
        status = read_notes(r, "endnotes", 'e', err);
    if (status == HW_OK)
        status = read_notes(r, "comments", 'c', err);
    hw_word_notes_sort(&r->notes);
    return status;
}

/* What is printed on each page, once, behind all else. */
static enum hw_status read_margins(struct reading *r, struct hw_err *err)
{
    size_t before = r->notes.n;
    enum hw_status status = read_notes(r, "header", 'h', err);
    if (status == HW_OK)
        status = read_notes(r, "footer", 'h', err);
    for (size_t i = before; status == HW_OK && i < r->notes.n && i < before + MARGINS_MAX; i++) {
        bool again = false;
        for (size_t k = before; k < i && !again; k++)
            again = strcmp(r->notes.p[k].text, r->notes.p[i].text) == 0;
        if (!again)
            hw_import_page_aside(&r->page, r->notes.p[i].text);
    }
    return status;
}

static void put_notes(struct reading *r)
{
    struct hw_arena *arena = r->book->arena;
    if (r->deleted > 0)
        hw_import_book_note(r->book, r->deleted_line,
                            hw_arena_printf(arena, "%zu deletion%s under \"track changes\" %s left out, the first before line %u",
                                            r->deleted, r->deleted == 1 ? "" : "s", r->deleted == 1 ? "was" : "were",
                                            (unsigned)r->deleted_line));
    if (r->chunk)
        hw_import_book_note(r->book, 1, "another file is embedded in the document; its text is not read");
}

enum hw_status hw_import_document_read(struct hw_import_package *package, const struct hw_import_part *part,
                                       struct hw_import_book *book, struct hw_err *err)
{
    struct reading reading = {.package = package, .book = book, .word = {.arena = book->arena}};
    struct hw_import_xml xml = {.user = &reading, .open = on_open, .close = on_close, .text = on_text};
    book->form = "document";
    book->encoding = "UTF-8";
    hw_import_page_begin(&reading.page, book);
    enum hw_status status = read_others(&reading, part->name, err);
    if (status == HW_OK)
        status = hw_import_package_read(package, part, &xml, err);
    if (status == HW_OK)
        status = read_margins(&reading, err);
    if (status == HW_OK)
        status = hw_import_page_end(&reading.page, err);
    if (status == HW_OK)
        put_notes(&reading);
    hw_import_page_done(&reading.page);
    hw_import_run_done(&reading.text);
    hw_import_run_done(&reading.box);
    hw_import_run_done(&reading.field);
    return status;
}
