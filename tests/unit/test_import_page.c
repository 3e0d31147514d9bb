/* test_import_page.c: documents and saved pages, and what their tables and paragraphs become. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "book.h"
#include "client/import/run.h"
#include "client/import/html.h"

#define RELATION(id, type, target) "<Relationship Id='" id "' Type='http://x/" type "' Target='" target "'/>"
#define P(text) "<p><r><t>" text "</t></r></p>"
#define LISTED(list, level, text) \
    "<p><pPr><numPr><ilvl val='" level "'/><numId val='" list "'/></numPr></pPr><r><t>" text "</t></r></p>"
#define TC(inside) "<tc>" inside "</tc>"

static void document(struct reading *r, const char *body)
{
    add_part(r, "_rels/.rels", "<Relationships>" RELATION("1", "officeDocument", "word/document.xml") "</Relationships>");
    add_part(r, "word/_rels/document.xml.rels",
             "<Relationships>" RELATION("n", "numbering", "numbering.xml") RELATION("s", "styles", "styles.xml")
                 RELATION("f", "footnotes", "footnotes.xml") RELATION("c", "comments", "comments.xml")
                 RELATION("e", "header", "header.xml")
                 "<Relationship Id='h' Type='x/hyperlink' Target='https://example.org/' TargetMode='External'/></Relationships>");
    add_part(r, "word/document.xml", body);
}

static void a_document_is_read_in_its_order(void **state)
{
    struct reading *r = *state;
    document(r, "<document><body>" P("Before") "<tbl><tr>" TC(P("Title")) TC(P("Due")) "</tr><tr>" TC(P("Map") P("wells"))
                    TC(P("2017")) "</tr></tbl>" P("After") "</body></document>");
    assert_int_equal(read_package(r), HW_OK);
    TABLE_IS(r, 0, "Before");
    TABLE_IS(r, 1, "Title | Due", "Map\nwells | 2017");
    TABLE_IS(r, 2, "After");
    assert_int_equal(r->book.tables[1].form, HW_IMPORT_MARKUP);
    lossless(r);
}

static void lists_have_the_numbers_that_word_prints(void **state)
{
    struct reading *r = *state;
    document(r, "<document>" LISTED("1", "0", "One") LISTED("1", "1", "below") LISTED("1", "1", "again") LISTED("1", "0", "Two")
                    LISTED("1", "1", "new") LISTED("2", "0", "dot") LISTED("3", "0", "from five") LISTED("0", "0", "none")
                    LISTED("9", "0", "unknown") "</document>");
    add_part(r, "word/numbering.xml",
             "<numbering><abstractNum abstractNumId='7'><lvl ilvl='0'><start val='1'/><numFmt val='upperRoman'/><lvlText val='%1.'/>"
             "</lvl><lvl ilvl='1'><numFmt val='lowerLetter'/><lvlText val='%1.%2)'/></lvl></abstractNum><abstractNum "
             "abstractNumId='8'><lvl ilvl='0'><numFmt val='bullet'/><lvlText val='o'/></lvl></abstractNum><abstractNum "
             "abstractNumId='6'/><num numId='2'><abstractNumId val='8'/></num><num numId='1'><abstractNumId val='7'/></num>"
             "<num numId='3'><abstractNumId val='7'/><lvlOverride ilvl='0'><startOverride val='5'/></lvlOverride></num></numbering>");
    assert_int_equal(read_package(r), HW_OK);
    TABLE_IS(r, 0, "# I. One", "  # I.a) below", "  # I.b) again", "# II. Two", "  # II.a) new", "* dot", "# V. from five", "none",
             "unknown");
}

static void styles_are_known_by_their_names(void **state)
{
    struct reading *r = *state;
    document(r, "<document><p><pPr><pStyle val='berschrift2'/></pPr><r><t>Part</t></r></p><p><pPr><pStyle val='Mine'/></pPr><r><t>"
                "Own</t></r></p><p><pPr><pStyle val='Heading1'/></pPr><r><t>Known</t></r></p></document>");
    add_part(r, "word/styles.xml", "<styles><style styleId='berschrift2'><name val='heading 2'/></style><style styleId='Mine'>"
                                   "<name val='Mine'/><basedOn val='Base'/></style><style styleId='Base'><pPr><outlineLvl val='2'/>"
                                   "</pPr></style></styles>");
    assert_int_equal(read_package(r), HW_OK);
    TABLE_IS(r, 0, "  = Part", "    = Own", "= Known");
}

static void merged_and_inner_cells_of_a_document_keep_their_place(void **state)
{
    struct reading *r = *state;
    document(r, "<document><tbl><tr>" TC(P("Country")) TC(P("Title")) TC(P("Due")) "</tr><tr>"
                TC("<tcPr><vMerge val='restart'/></tcPr>" P("KAZ")) TC(P("Map")) TC(P("2017")) "</tr><tr>"
                TC("<tcPr><vMerge/></tcPr><p/>") TC("<tcPr><gridSpan val='2'/></tcPr>" P("Law")) "</tr><tr><trPr><gridBefore val='1'/>"
                "</trPr>" TC("<tbl><tr>" TC(P("a")) TC(P("b") P("c")) "</tr><tr>" TC(P("d")) TC("<p/>") "</tr></tbl>" P("e"))
                "</tr></tbl></document>");
    assert_int_equal(read_package(r), HW_OK);
    TABLE_IS(r, 0, "Country | Title | Due", "KAZ | Map | 2017", "[KAZ] | Law", " | a\tb\nc\nd\t\ne");
    lossless(r);
}

static void what_stands_beside_the_text_is_kept(void **state)
{
    struct reading *r = *state;
    document(r, "<document><p><r><t>See</t><footnoteReference id='3'/></r><hyperlink id='h'><r><t>here</t></r></hyperlink><del><r>"
                "<delText>old</delText></r></del><ins><r><t> new</t></r></ins><r><commentReference id='1'/><AlternateContent>"
                "<Choice><txbxContent>" P("In a box") "</txbxContent></Choice><Fallback><txbxContent>" P("In a box")
                "</txbxContent></Fallback></AlternateContent><tab/><t>x</t><br/><t>y</t></r></p><tbl><tr>" TC(P("Title")) "</tr><tr>"
                TC("<p><r><t>Map</t><footnoteReference id='3'/></r></p>") "</tr></tbl></document>");
    add_part(r, "word/footnotes.xml", "<footnotes><footnote id='0' type='separator'>" P("-") "</footnote><footnote id='3'>"
                                      P("Minutes") "</footnote></footnotes>");
    add_part(r, "word/comments.xml", "<comments><comment id='1' author='Aigul'>" P("Sure?") "</comment></comments>");
    add_part(r, "word/header.xml", "<hdr>" P("Draft") "</hdr>");
    assert_int_equal(read_package(r), HW_OK);
    TABLE_IS(r, 0, "Seehere new\tx", "y", "footnote: Minutes", "link: https://example.org/", "comment by Aigul: Sure?", "In a box");
    TABLE_IS(r, 1, "Title", "beside: footnote: Minutes", "Map");
    TABLE_IS(r, 2, "on each page: Draft");
    assert_int_equal(r->book.notes_n, 1);
    assert_non_null(strstr(r->book.note[0].text, "1 deletion"));
    lossless(r);
}

/* pages */

static void page(struct reading *r, const char *text)
{
    r->err = (struct hw_err){HW_OK, ""};
    if (hw_import_book_read(hw_slice_text(text), &r->heads, &r->arena, &r->book, &r->err) != HW_OK)
        fail_msg("%s", r->err.text);
    assert_string_equal(r->book.form, "page");
}

static void a_page_needs_no_end_tags(void **state)
{
    struct reading *r = *state;
    page(r, "<!doctype html><title>Plan</title><h2>Part</h2><p>Intro<br>more<table><tr><th>Title<th>Due<tr><td>Map &amp; go<td>2017"
            "<tr><td>x < y<td></table>After");
    TABLE_IS(r, 0, "Plan", "  = Part", "Intro", "more");
    TABLE_IS(r, 1, "Title | Due", "Map & go | 2017", "x < y");
    TABLE_IS(r, 2, "After");
    lossless(r);
}

static void cells_of_a_page_reach_over_rows_and_columns(void **state)
{
    struct reading *r = *state;
    page(r, "<table><tr><th rowspan=2>Country<th>Title<th colspan=2>Time<tr><td>Map<td>a<td>b<tr><td rowspan='0'>KAZ<td>Law<td>c"
            "<tr><td>Act<td><td>d</table>");
    TABLE_IS(r, 0, "Country | Title | Time", "[Country] | Map | a | b", "KAZ | Law | c", "[KAZ] | Act |  | d");
    assert_int_equal(r->book.tables[0].lines[0].width, 4);
}

static void lists_of_a_page_are_outlines_and_marks_in_cells(void **state)
{
    struct reading *r = *state;
    page(r, "<body><ul><li>a<li>b<ol start=4><li>c<li><p>d</p><p>e</ol><li>f</ul><table><tr><td><ul><li>g<li>h</ul></table>");
    TABLE_IS(r, 0, "* a", "* b", "  # 4. c", "  # 5. d", "  e", "* f");
    TABLE_IS(r, 1, "\xE2\x80\xA2 g\n\xE2\x80\xA2 h");
}

static void tables_that_only_place_others_are_no_tables(void **state)
{
    struct reading *r = *state;
    page(r, "<table><tr><td>Menu<td><table><tr><th>Title<th>Due<tr><td>Map<td>2017</table></table>");
    TABLE_IS(r, 0, "Menu");
    TABLE_IS(r, 1, "Title | Due", "Map | 2017");
    page(r, "<table><tr><th>Title<th>Due<tr><td>Map<td><table><tr><td>q<td>r</table></table>");
    TABLE_IS(r, 0, "Title | Due", "Map | q\tr");
}

static void what_is_not_shown_is_not_read(void **state)
{
    struct reading *r = *state;
    page(r, "<html><head><style>p{}</style><script>if (a<b) '<p>no'</script></head><!-- <p>no --><p onclick=\"a>b\">yes <o:p>too</o:p>"
            "<table><caption>All</caption><tr><th>Title<tr></tr>loose<tr><td><a href=\"https://example.org/?a=1&amp;b\">Map</a></table>");
    TABLE_IS(r, 0, "yes too");
    TABLE_IS(r, 1, "beside: All", "Title", "beside: loose", "beside: link: https://example.org/?a=1&b", "Map");
    lossless(r);
}

static void letters_come_by_name_number_and_encoding(void **state)
{
    struct reading *r = *state;
    page(r, "<p>&eacute;&#233;&#xE9; &#150; a&nbsp;b &bogus; &#0; &lt;p&gt; AT&T");
    TABLE_IS(r, 0, "\xC3\xA9\xC3\xA9\xC3\xA9 \xE2\x80\x93 a\xC2\xA0" "b &bogus; \xEF\xBF\xBD <p> AT&T");
    page(r, "<html><meta http-equiv=content-type content='text/html; charset=koi8-r'><p>\xF0\xCC\xC1\xCE");
    TABLE_IS(r, 0, "\xD0\x9F\xD0\xBB\xD0\xB0\xD0\xBD");
    assert_string_equal(r->book.encoding, "KOI8-R");
}

static void a_table_of_text_with_tags_in_its_cells_is_no_page(void **state)
{
    struct reading *r = *state;
    static const char text[] = "<b>Title</b>,Deadline\n<p>Map</p>,2017-01\n";
    assert_int_equal(hw_import_book_read(hw_slice_text(text), &r->heads, &r->arena, &r->book, &r->err), HW_OK);
    assert_string_equal(r->book.form, "text");
    page(r, "\xEF\xBB\xBF \n<div><b>Title</b>, Deadline</div>");
}

static void what_is_left_of_a_page_in_a_cell_is_text(void **state)
{
    static const char *const samples[][2] = {
        {"<ul><li>One</li><li>R&amp;D</li></ul>", "One\nR&D"}, {"a<br/>b &eacute;&#8211;", "a\nb \xC3\xA9\xE2\x80\x93"},
        {"AT&T; Q&A, a &amp b", "AT&T; Q&A, a &amp b"},         {"<td>x</td><td>y</td>", "x\ny"},
        {"&lt;b&gt; 1 < 2", "<b> 1 < 2"},                       {"** Two ** &#0;", "Two  &#0;"}};
    struct reading *r = *state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct hw_slice plain = hw_import_plain(hw_slice_text(samples[i][0]), &r->arena);
        assert_string_equal(hw_arena_text(&r->arena, plain.p, plain.n), samples[i][1]);
    }
}

static void endless_pages_are_refused(void **state)
{
    static const struct {
        const char *piece;
        size_t n;
    } samples[] = {{"<table><td>", 100}, {"<ul>", 100}, {"<table><td>a</table>", 1001}, {"<table><td>a", 65}};
    struct reading *r = *state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        HW_CLEANUP(hw_import_run_done) struct hw_import_run run = {.p = NULL};
        hw_import_run_text(&run, "<body>");
        for (size_t k = 0; k < samples[i].n; k++)
            hw_import_run_text(&run, samples[i].piece);
        assert_int_equal(hw_import_book_read(hw_import_run_slice(&run), &r->heads, &r->arena, &r->book, &r->err), HW_LIMIT);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, book_set_up, book_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_document_is_read_in_its_order),
        CASE(lists_have_the_numbers_that_word_prints),
        CASE(styles_are_known_by_their_names),
        CASE(merged_and_inner_cells_of_a_document_keep_their_place),
        CASE(what_stands_beside_the_text_is_kept),
        CASE(a_page_needs_no_end_tags),
        CASE(cells_of_a_page_reach_over_rows_and_columns),
        CASE(lists_of_a_page_are_outlines_and_marks_in_cells),
        CASE(tables_that_only_place_others_are_no_tables),
        CASE(what_is_not_shown_is_not_read),
        CASE(letters_come_by_name_number_and_encoding),
        CASE(a_table_of_text_with_tags_in_its_cells_is_no_page),
        CASE(what_is_left_of_a_page_in_a_cell_is_text),
        CASE(endless_pages_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
