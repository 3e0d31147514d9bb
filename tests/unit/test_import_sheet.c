/* test_import_sheet.c: workbooks as office programs write them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "book.h"
#include "client/import/format.h"

#define RELATION(id, type, target) "<Relationship Id='" id "' Type='http://x/" type "' Target='" target "'/>"

/* A workbook of one sheet called Plan. */
static void workbook(struct reading *r, const char *sheet)
{
    add_part(r, "_rels/.rels", "<Relationships>" RELATION("1", "officeDocument", "/xl/workbook.xml") "</Relationships>");
    add_part(r, "xl/workbook.xml", "<workbook xmlns:r='r'><sheets><sheet name='Plan' r:id='a'/></sheets></workbook>");
    add_part(r, "xl/_rels/workbook.xml.rels",
             "<Relationships>" RELATION("a", "worksheet", "worksheets/one.xml") RELATION("s", "sharedStrings", "s.xml")
                 RELATION("t", "styles", "styles.xml") "</Relationships>");
    add_part(r, "xl/worksheets/one.xml", sheet);
}
#define SHEET(rows) "<worksheet><sheetData>" rows "</sheetData></worksheet>"

static void cells_stand_where_their_names_say(void **state)
{
    struct reading *r = *state;
    workbook(r, SHEET("<row r='2'><c r='B2' t='inlineStr'><is><t>Title</t></is></c><c r='D2' t='str'><v>Due</v></c></row>"
                      "<row><c t='inlineStr'><is><t>a</t></is></c><c><v>7</v></c></row><row r='9'><c r='A9'/></row>"));
    assert_int_equal(read_package(r), HW_OK);
    TABLE_IS(r, 0, " | Title |  | Due", "a | 7");
    assert_int_equal(r->book.tables[0].lines[0].line, 2);
    assert_int_equal(r->book.tables[0].lines[1].line, 3);
    assert_string_equal(r->book.tables[0].name, "Plan");
}

static void shared_texts_come_whole_and_without_guides_to_their_sound(void **state)
{
    struct reading *r = *state;
    workbook(r, SHEET("<row r='1'><c t='s'><v>1</v></c><c t='s'><v>0</v></c><c t='s'><v>2</v></c></row>"));
    add_part(r, "xl/s.xml", "<x:sst xmlns:x='y'><x:si><x:t>plain</x:t></x:si><x:si><x:r><x:t>two </x:t></x:r><x:r><x:t>fonts"
                            "</x:t></x:r><x:rPh><x:t>guide</x:t></x:rPh></x:si><x:si><x:t>a_x000D_&#10;b_x005F_x000D_ &amp;</x:t>"
                            "</x:si></x:sst>");
    assert_int_equal(read_package(r), HW_OK);
    TABLE_IS(r, 0, "two fonts | plain | a\nb_x000D_ &");
}

static void a_text_that_is_not_there_is_damage(void **state)
{
    struct reading *r = *state;
    workbook(r, SHEET("<row r='1'><c t='s'><v>5</v></c></row>"));
    assert_int_equal(read_package(r), HW_CORRUPT);
    assert_non_null(strstr(r->err.text, "cell A1 of sheet \"Plan\""));
}

static void values_are_written_as_people_see_them(void **state)
{
    struct reading *r = *state;
    workbook(r, SHEET("<row r='1'><c><v>42705</v></c><c><v>42705.0</v></c><c><v>0.30000000000000004</v></c><c s='1'><v>42735"
                      "</v></c><c s='2'><v>0.75</v></c><c s='3'><v>42705</v></c><c t='b'><v>1</v></c><c t='e'><v>#N/A</v></c>"
                      "<c t='d'><v>2017-03-01T00:00:00</v></c><c s='4'><f>1+0.1</f><v>1.1</v></c></row>"));
    add_part(r, "xl/styles.xml",
             "<styleSheet><numFmts><numFmt numFmtId='170' formatCode='[$-409]mmm\\-yy;@'/></numFmts><cellStyleXfs>"
             "<xf numFmtId='22'/></cellStyleXfs><cellXfs><xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='9'/>"
             "<xf numFmtId='170'/><xf numFmtId='2'/></cellXfs></styleSheet>");
    assert_int_equal(read_package(r), HW_OK);
    TABLE_IS(r, 0, "42705 | 42705 | 0.3 | 2016-12-31 | 75% | 2016-12 | TRUE | #N/A | 2017-03-01 | 1.10");
}

static void formats_tell_dates_from_numbers(void **state)
{
    static const struct {
        const char *code;
        double number;
        const char *wanted;
    } samples[] = {
        {"General", 1234.5, "1234.5"},        {"dd/mm/yyyy;@", 42735, "2016-12-31"}, {"d mmmm yyyy", 1, "1900-01-01"},
        {"d.m.yy", 59, "1900-02-28"},         {"d.m.yy", 60, "1900-02-29"},          {"d.m.yy", 61, "1900-03-01"},
        {"yyyy", 42370, "2016"},              {"yyyy", 42380, "2016-01-11"},         {"mmm-yy", 42735, "2016-12"},
        {"mmm-yy", 42714, "2016-12-10"},      {"h:mm", 0.5, "12:00"},                {"h:mm AM/PM", 0.75, "18:00"},
        {"[h]:mm", 1.5, "36:00"},             {"mm:ss", 0.001, "00:01:26"},          {"d/m/yy h:mm", 42735.25, "2016-12-31 06:00"},
        {"0.00%", 0.125, "12.50%"},           {"000", 7, "007"},                     {"#,##0.00", -1234.5, "-1234.50"},
        {"0.0\" days\"", 3, "3.0"},           {"[Red]0", -5, "-5"},                  {"\"due \"dd\\-mm", 42735, "2016-12-31"},
        {"dd/mm/yyyy", -3, "-3"},             {"0", 1e20, "1e+20"},                  {"0.00E+00", 0.5, "0.5"},
        {"yyyy-mm-dd", 2958466, "2958466"},   {"d/m/yyyy", 42735.9999999, "2017-01-01"}};
    char out[HW_IMPORT_PRINTED_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct hw_import_format format = hw_import_format_read(samples[i].code);
        hw_import_format_print(&format, samples[i].number, false, out);
        if (strcmp(out, samples[i].wanted) != 0)
            fail_msg("%s of %g is %s, not %s", samples[i].code, samples[i].number, out, samples[i].wanted);
    }
    struct hw_import_format format = hw_import_format_builtin(14);
    hw_import_format_print(&format, 41273, true, out);
    assert_string_equal(out, "2016-12-31");
}

static void a_merged_cell_says_its_text_in_each_row(void **state)
{
    struct reading *r = *state;
    workbook(r, "<worksheet><sheetData>"
                "<row r='1'><c t='str'><v>Country</v></c><c t='str'><v>Activity</v></c></row>"
                "<row r='2'><c t='str'><v>KAZ</v></c><c t='str'><v>Map</v></c></row>"
                "<row r='3'><c r='B3' t='str'><v>Train</v></c></row><row r='4'><c r='B4' t='str'><v>Repair</v></c></row>"
                "<row r='5'><c r='A5' t='str'><v>TJK</v></c><c r='B5' t='str'><v>Law</v></c></row></sheetData>"
                "<mergeCells><mergeCell ref='A2:A4'/><mergeCell ref='A1:B1'/><mergeCell ref='A2:A6'/></mergeCells></worksheet>");
    assert_int_equal(read_package(r), HW_OK);
    TABLE_IS(r, 0, "Country | Activity", "KAZ | Map", "[KAZ] | Train", "[KAZ] | Repair", "TJK | Law");
    lossless(r);
}

static void remarks_and_links_come_before_their_rows(void **state)
{
    struct reading *r = *state;
    workbook(r, "<worksheet><sheetData><row r='1'><c t='str'><v>Title</v></c></row><row r='2'><c t='str'><v>Map</v></c></row>"
                "<row r='3'><c t='str'><v>https://example.org</v></c></row></sheetData><hyperlinks><hyperlink ref='A2' r:id='h'/>"
                "<hyperlink ref='A3' r:id='i'/></hyperlinks></worksheet>");
    add_part(r, "xl/worksheets/_rels/one.xml.rels",
             "<Relationships><Relationship Id='h' Type='x/hyperlink' Target='https://example.org/map' TargetMode='External'/>"
             "<Relationship Id='i' Type='x/hyperlink' Target='https://example.org/' TargetMode='External'/>"
             RELATION("c", "comments", "../c.xml") RELATION("d", "threadedComment", "../d.xml")
             RELATION("e", "drawing", "../e.xml") "</Relationships>");
    add_part(r, "xl/c.xml", "<comments><authors><author>Aigul</author></authors><commentList><comment ref='A2' authorId='0'>"
                            "<text><r><t>ask</t></r><r><t> again</t></r></text></comment><comment ref='A3' authorId='0'><text>"
                            "<t>[Threaded comment] your Excel is old. Comment: late?</t></text></comment></commentList></comments>");
    add_part(r, "xl/d.xml", "<ThreadedComments><threadedComment ref='A3' personId='{p}'><text>late?</text></threadedComment>"
                            "</ThreadedComments>");
    add_part(r, "xl/persons/person.xml", "<personList><person displayName='Dilnoza' id='{p}'/></personList>");
    add_part(r, "xl/e.xml", "<wsDr><twoCellAnchor><from><col>2</col><row>4</row></from><sp><txBody><p><r><t>Agreed</t></r></p><p><r>"
                            "<t>in May</t></r></p></txBody></sp></twoCellAnchor></wsDr>");
    assert_int_equal(read_package(r), HW_OK);
    TABLE_IS(r, 0, "Title", "beside: link of A2: https://example.org/map", "beside: note on A2 by Aigul: ask again", "Map",
             "beside: comment on A3 by Dilnoza: late?", "https://example.org", "beside: text box on C5: Agreed\nin May");
    lossless(r);
}

static void what_is_hidden_is_read_and_said(void **state)
{
    struct reading *r = *state;
    workbook(r, "<worksheet><cols><col min='2' max='3' hidden='1'/></cols><sheetData><row r='1'><c t='str'><v>Title</v></c>"
                "<c t='str'><v>Due</v></c></row><row r='2' hidden='1'><c t='str'><v>Map</v></c></row></sheetData></worksheet>");
    r->parts[1].bytes = hw_slice_text("<workbook xmlns:r='r'><sheets><sheet name='Plan' r:id='a' state='veryHidden'/></sheets></workbook>");
    assert_int_equal(read_package(r), HW_OK);
    TABLE_IS(r, 0, "Title | Due", "Map");
    assert_int_equal(r->book.notes_n, 3);
    assert_non_null(strstr(r->book.note[0].text, "1 hidden row (the first is 2)"));
    assert_non_null(strstr(r->book.note[1].text, "hidden columns (the first is B)"));
    assert_non_null(strstr(r->book.note[2].text, "is hidden"));
}

static void several_sheets_are_several_tables_and_empty_ones_none(void **state)
{
    struct reading *r = *state;
    workbook(r, SHEET("<row r='1'><c t='str'><v>Title</v></c></row><row r='2'><c t='str'><v>A</v></c></row>"));
    r->parts[1].bytes = hw_slice_text("<workbook xmlns:r='r'><sheets><sheet name='One' r:id='a'/><sheet name='None' r:id='b'/>"
                                      "<sheet name='Chart' r:id='k'/><sheet name='Two' r:id='c'/></sheets></workbook>");
    r->parts[2].bytes = hw_slice_text("<Relationships>" RELATION("a", "worksheet", "worksheets/one.xml") RELATION("k", "chartsheet", "k")
                                          RELATION("b", "worksheet", "b.xml") RELATION("c", "worksheet", "c.xml") "</Relationships>");
    add_part(r, "xl/b.xml", SHEET(""));
    add_part(r, "xl/c.xml", SHEET("<row><c t='str'><v>Title</v></c></row><row><c t='str'><v>B</v></c></row>"));
    assert_int_equal(read_package(r), HW_OK);
    assert_int_equal(r->book.n, 2);
    assert_string_equal(r->book.tables[1].name, "Two");
    assert_ptr_equal(hw_import_book_at(&r->book, 3), &r->book.tables[1]);
    lossless(r);
    assert_string_equal(r->book.tables[1].map->sheet, "Two");
}

static void what_no_office_program_writes_is_refused(void **state)
{
    static const struct {
        const char *sheet, *text;
        enum hw_status status;
    } samples[] = {
        {"<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet/>", "document type", HW_USAGE},
        {"<worksheet><sheetData>", "damaged", HW_CORRUPT},
        {"<worksheet>&nope;</worksheet>", "damaged", HW_CORRUPT},
        {"", "damaged", HW_CORRUPT}};
    struct reading *r = *state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        r->parts_n = 0;
        workbook(r, samples[i].sheet);
        assert_int_equal(read_package(r), samples[i].status);
        assert_non_null(strstr(r->err.text, samples[i].text));
    }
}

/* A sheet whose middle is `n` times `piece`. */
static enum hw_status read_many(struct reading *r, const char *before, const char *piece, size_t n, const char *after)
{
    size_t each = strlen(piece), at = strlen(before);
    char *sheet = malloc(at + n * each + strlen(after) + 1);
    memcpy(sheet, before, at);
    for (size_t i = 0; i < n; i++, at += each)
        memcpy(sheet + at, piece, each);
    memcpy(sheet + at, after, strlen(after) + 1);
    r->parts_n = 0;
    workbook(r, sheet);
    enum hw_status status = read_package(r);
    free(sheet);
    return status;
}

static void depth_names_and_tags_have_limits(void **state)
{
    struct reading *r = *state;
    assert_int_equal(read_many(r, "<worksheet>", "<a>", 100, ""), HW_LIMIT);
    assert_non_null(strstr(r->err.text, "64 deep"));
    assert_int_equal(read_many(r, "<worksheet a='", "0123456789abcdef", 80000, "'/>"), HW_LIMIT);
    assert_non_null(strstr(r->err.text, "1 MiB"));
    char *names = malloc(200000), *at = names;
    at += sprintf(at, "<worksheet>");
    for (int i = 0; i < 9000; i++)
        at += sprintf(at, "<n%d/>", i);
    sprintf(at, "</worksheet>");
    r->parts_n = 0;
    workbook(r, names);
    assert_int_equal(read_package(r), HW_LIMIT);
    assert_non_null(strstr(r->err.text, "kinds of elements"));
    free(names);
}

static void a_row_too_wide_is_a_problem_and_a_cell_too_long_is_one(void **state)
{
    struct reading *r = *state;
    workbook(r, SHEET("<row r='1'><c r='A1' t='str'><v>Title</v></c></row><row r='2'><c r='XFD2' t='str'><v>far</v></c></row>"));
    assert_int_equal(read_package(r), HW_OK);
    assert_int_equal(r->book.tables[0].lines[1].fault, HW_IMPORT_WIDE);
    assert_int_equal(read_many(r, "<worksheet><sheetData><row><c t='str'><v>", "0123456789", 20000, "</v></c></row></sheetData>"
                                  "</worksheet>"), HW_OK);
    assert_int_equal(r->book.tables[0].lines[0].fault, HW_IMPORT_LONG);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, book_set_up, book_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(cells_stand_where_their_names_say),
        CASE(shared_texts_come_whole_and_without_guides_to_their_sound),
        CASE(a_text_that_is_not_there_is_damage),
        CASE(values_are_written_as_people_see_them),
        CASE(formats_tell_dates_from_numbers),
        CASE(a_merged_cell_says_its_text_in_each_row),
        CASE(remarks_and_links_come_before_their_rows),
        CASE(what_is_hidden_is_read_and_said),
        CASE(several_sheets_are_several_tables_and_empty_ones_none),
        CASE(what_no_office_program_writes_is_refused),
        CASE(depth_names_and_tags_have_limits),
        CASE(a_row_too_wide_is_a_problem_and_a_cell_too_long_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
