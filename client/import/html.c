/* html.c: a page becomes tables, and outlines of the text around them.
 * Floor 2, noun: import html.  No tree is built: tags say where paragraphs, cells and
 * rows end, and what is not closed ends where the next begins. Tables that only
 * place other tables on the screen are not read as tables. */
#include "client/import/html.h"

#include <stdlib.h>
#include <string.h>

#include "client/import/html_token.h"
#include "client/import/page.h"
#include "client/import/xml.h"

/* Tables of one page, those for layout too. */
enum { PAGE_TABLES_MAX = 100000 };
/* Addresses that are kept, and how many of one row. */
enum { ADDRESS_BYTES_MAX = 2000, ADDRESSES_MAX = 500 };

struct list {
    bool ordered;
    uint32_t number;
};
struct reading {
    struct hw_html_reader reader;
    struct hw_html_token token;
    struct hw_import_page page;
    struct hw_import_run text;
    uint8_t *layouts; /* heap, by the order of tables: one that only places others */
    size_t tables_n, table;
    bool open[HW_IMPORT_DEPTH_MAX]; /* tables in hand: whether they are read as such */
    size_t opened;
    struct list lists[HW_IMPORT_DEPTH_MAX];
    size_t listed;
    bool item;        /* the next text begins an entry of the list */
    unsigned heading; /* 1 to 6; 0 none */
    unsigned pre;
    bool blank; /* a blank waits for a letter behind it */
    struct hw_slice link; /* address of the link in hand, n 0: none */
    size_t link_from;
    const char *limit;
};

/* layout: a table with a table in it, whose own cells are no more than those inside */

struct measure {
    size_t table, own, inner;
    bool outer;
};

static void measure_end(struct reading *r, struct measure *stack, size_t *depth)
{
    struct measure *top = &stack[--*depth];
    r->layouts[top->table] = top->outer && top->inner >= top->own;
    if (*depth > 0) {
        stack[*depth - 1].outer = true;
        stack[*depth - 1].inner += top->own + top->inner;
    }
}

static void measure_tables(struct reading *r)
{
    struct measure stack[HW_IMPORT_DEPTH_MAX];
    struct hw_html_reader reader = r->reader;
    struct hw_html_token token;
    size_t depth = 0, cap = 0;
    for (hw_html_next(&reader, &token); token.kind != HW_HTML_END && r->limit == NULL; hw_html_next(&reader, &token)) {
        if (hw_html_is(&token, "table") && token.kind == HW_HTML_OPEN) {
            if (depth == HW_IMPORT_DEPTH_MAX || r->tables_n == PAGE_TABLES_MAX) {
                r->limit = "tables inside each other";
                return;
            }
            if (r->tables_n == cap) {
                cap = cap == 0 ? 64 : cap * 2;
                r->layouts = hw_realloc(r->layouts, cap);
            }
            r->layouts[r->tables_n] = 0;
            stack[depth++] = (struct measure){.table = r->tables_n++};
        } else if (hw_html_is(&token, "table") && depth > 0) {
            measure_end(r, stack, &depth);
        } else if (depth > 0 && token.kind == HW_HTML_OPEN && (hw_html_is(&token, "td") || hw_html_is(&token, "th"))) {
            stack[depth - 1].own++;
        }
    }
    while (depth > 0)
        measure_end(r, stack, &depth);
}

/* text */

static void flush(struct reading *r);

/* A line of an outline is a paragraph, in a cell it is a line. */
static void add_break(struct reading *r)
{
    r->blank = false;
    if (r->page.tables > 0)
        hw_import_run_text(&r->text, "\n");
    else
        flush(r);
}

static void add_letter(struct reading *r, struct hw_slice letter)
{
    bool blank = letter.n == 1 && (letter.p[0] == ' ' || (letter.p[0] >= '\t' && letter.p[0] <= '\r'));
    if (blank && r->pre == 0) {
        r->blank = true;
        return;
    }
    if (blank && letter.p[0] == '\n') {
        add_break(r);
        return;
    }
    if (r->blank && r->text.n > 0 && r->text.p[r->text.n - 1] != '\n')
        hw_import_run_text(&r->text, " ");
    r->blank = false;
    hw_import_run_add(&r->text, letter);
}

static void add_text(struct reading *r, struct hw_slice text)
{
    for (size_t at = 0; at < text.n;) {
        uint32_t letter;
        size_t n = text.p[at] == '&' ? hw_html_entity((struct hw_slice){text.p + at, text.n - at}, &letter) : 0;
        if (n > 0) {
            add_letter(r, (struct hw_slice){NULL, 0});
            hw_import_run_letter(&r->text, letter > 0 && letter < 0x20 && letter != '\n' && letter != '\t' ? ' ' : letter);
            at += n;
            continue;
        }
        for (n = 1; at + n < text.n && text.p[at] > ' ' && text.p[at + n] > ' ' && text.p[at + n] != '&'; n++)
            ;
        add_letter(r, (struct hw_slice){text.p + at, n});
        at += n;
    }
}

/* The number or bullet that the browser paints before an entry of a list. */
static const char *entry_mark(struct reading *r, enum hw_import_mark *mark)
{
    struct list *list = r->listed > 0 ? &r->lists[r->listed - 1] : NULL;
    *mark = list != NULL && list->ordered ? HW_IMPORT_NUMBER : HW_IMPORT_BULLET;
    if (*mark == HW_IMPORT_NUMBER)
        return hw_arena_printf(r->page.book->arena, "%u. ", (unsigned)++list->number);
    return r->page.in_cell ? "\xE2\x80\xA2 " : "";
}

/* Ends a paragraph. */
static void flush(struct reading *r)
{
    struct hw_slice text = hw_import_trim(hw_import_run_slice(&r->text));
    enum hw_import_mark mark = r->heading > 0 ? HW_IMPORT_HEADING : HW_IMPORT_PLAIN;
    uint32_t depth = r->heading > 0 ? r->heading - 1 : r->listed > 0 ? (uint32_t)r->listed - 1 : 0;
    r->blank = false;
    if (r->text.cut && !r->page.in_cell)
        r->limit = "bytes in a paragraph";
    if (text.n == 0) {
        hw_import_run_clear(&r->text);
        return;
    }
    if (r->item && r->heading == 0) {
        HW_CLEANUP(hw_import_run_done) struct hw_import_run whole = {.p = NULL};
        hw_import_run_text(&whole, entry_mark(r, &mark));
        hw_import_run_add(&whole, text);
        hw_import_page_paragraph(&r->page, mark, depth, hw_import_run_slice(&whole));
    } else {
        hw_import_page_paragraph(&r->page, mark, depth, text);
    }
    r->item = false;
    hw_import_run_clear(&r->text);
}

/* Where a link in a table leads, when its text does not say it. In running
 * text most links are the page's own menu. */
static void link_end(struct reading *r)
{
    struct hw_slice link = r->link, text = hw_import_run_slice(&r->text);
    r->link.n = 0;
    bool outside = link.n > 7 && (memcmp(link.p, "http", 4) == 0 || memcmp(link.p, "mailto:", 7) == 0);
    if (!outside || !r->page.in_cell || link.n > ADDRESS_BYTES_MAX || r->page.asides_n >= ADDRESSES_MAX)
        return;
    struct hw_slice address = memcmp(link.p, "mailto:", 7) == 0 ? (struct hw_slice){link.p + 7, link.n - 7} : link;
    if (text.n > 0 && memmem(text.p, text.n, address.p, address.n) != NULL)
        return;
    struct reading plain = {.page = {.tables = 1}};
    add_text(&plain, link); /* &amp; in addresses */
    text = hw_import_trim(hw_import_run_slice(&plain.text));
    if (text.n > 0)
        hw_import_page_aside(&r->page, hw_arena_printf(r->page.book->arena, "link: %.*s", (int)text.n, (const char *)text.p));
    hw_import_run_done(&plain.text);
}

/* tables */

static bool in_table(const struct reading *r)
{
    return r->opened > 0 && r->open[r->opened - 1];
}

static void table_open(struct reading *r)
{
    bool real = r->table < r->tables_n && r->layouts[r->table++] == 0;
    /* Inside a table that is read, all are. */
    real = real || in_table(r);
    if (r->opened == HW_IMPORT_DEPTH_MAX) {
        r->limit = "tables inside each other";
        return;
    }
    r->open[r->opened++] = real;
    if (real) {
        r->page.line = r->reader.line;
        hw_import_page_table(&r->page);
    }
}

static void table_close(struct reading *r)
{
    if (r->opened > 0 && r->open[--r->opened])
        hw_import_page_table_end(&r->page);
}

static bool table_tag(struct reading *r)
{
    const struct hw_html_token *token = &r->token;
    bool open = token->kind == HW_HTML_OPEN, cell = hw_html_is(token, "td") || hw_html_is(token, "th");
    bool table = hw_html_is(token, "table"), row = hw_html_is(token, "tr");
    if (!table && !row && !cell)
        return false;
    flush(r);
    r->item = false;
    r->heading = 0;
    r->pre = 0;
    if (r->opened <= 1)
        r->listed = 0;
    if (table) {
        if (open)
            table_open(r);
        else
            table_close(r);
        return true;
    }
    /* Rows that were pasted without their table. */
    if (open && r->opened == 0) {
        r->open[r->opened++] = true;
        hw_import_page_table(&r->page);
    }
    r->page.line = r->reader.line;
    if (!in_table(r))
        return true;
    if (row && open)
        hw_import_page_row(&r->page);
    else if (row)
        hw_import_page_row_end(&r->page);
    else if (open)
        hw_import_page_cell(&r->page, hw_html_number(token, "colspan"), hw_html_number(token, "rowspan"));
    else
        hw_import_page_cell_end(&r->page);
    return true;
}

/* tags */

static void list_tag(struct reading *r, bool open)
{
    flush(r);
    if (hw_html_is(&r->token, "li")) {
        r->item = open;
    } else if (!open) {
        r->listed -= r->listed > 0;
        r->item = false;
    } else if (r->listed < HW_IMPORT_DEPTH_MAX) {
        uint32_t from = hw_html_number(&r->token, "start");
        r->lists[r->listed++] = (struct list){hw_html_is(&r->token, "ol"), from > 0 ? from - 1 : 0};
    } else {
        r->limit = "lists inside each other";
    }
}

static bool is_block(const char *name)
{
    static const char *const blocks[] = {"p",       "div",     "hr",     "blockquote", "section", "article",    "header",
                                         "footer",  "nav",     "main",   "aside",      "form",    "fieldset",   "address",
                                         "center",  "figure",  "dl",     "dt",         "dd",      "figcaption", "title",
                                         "body",    "caption", "option", "legend",     "summary", "details",    "thead",
                                         "tbody",   "tfoot",   "select", "textarea",   "head",    "html",       "pre"};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        if (strcmp(name, blocks[i]) == 0)
            return true;
    return false;
}

static void inline_tag(struct reading *r, bool open)
{
    struct hw_slice value;
    if (hw_html_is(&r->token, "br") && open) {
        add_break(r);
    } else if (hw_html_is(&r->token, "img") && open && hw_html_attribute(&r->token, "alt", &value)) {
        add_text(r, value);
    } else if (hw_html_is(&r->token, "a")) {
        if (r->link.n > 0)
            link_end(r);
        if (open && hw_html_attribute(&r->token, "href", &value))
            r->link = hw_import_trim(value);
    }
}

static void tag(struct reading *r)
{
    bool open = r->token.kind == HW_HTML_OPEN;
    const char *name = r->token.name;
    if (table_tag(r))
        return;
    if (strcmp(name, "ul") == 0 || strcmp(name, "ol") == 0 || strcmp(name, "li") == 0) {
        list_tag(r, open);
    } else if (name[0] == 'h' && name[1] >= '1' && name[1] <= '6' && name[2] == 0) {
        flush(r);
        r->heading = open ? (unsigned)(name[1] - '0') : 0;
    } else if (is_block(name)) {
        flush(r);
        if (strcmp(name, "pre") == 0)
            r->pre = open;
    } else {
        inline_tag(r, open);
    }
}

enum hw_status hw_import_html_read(struct hw_slice text, struct hw_import_book *book, struct hw_err *err)
{
    struct reading r = {.reader = {.page = text, .line = 1}};
    book->form = "page";
    hw_import_page_begin(&r.page, book);
    measure_tables(&r);
    while (r.limit == NULL && r.page.limit == NULL) {
        hw_html_next(&r.reader, &r.token);
        if (r.token.kind == HW_HTML_END)
            break;
        if (r.text.n == 0)
            r.page.line = r.reader.line;
        if (r.token.kind == HW_HTML_TEXT)
            add_text(&r, r.token.text);
        else
            tag(&r);
    }
    flush(&r);
    enum hw_status status = hw_import_page_end(&r.page, err);
    if (status == HW_OK && r.limit != NULL)
        status = hw_fail(err, HW_LIMIT, "the page has too many %s; cut it into parts", r.limit);
    hw_import_page_done(&r.page);
    hw_import_run_done(&r.text);
    free(r.layouts);
    return status;
}
