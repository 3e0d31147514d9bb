/* Workbooks, behind the zip file. Input: the XML of a sheet, of the shared texts, of the styles, of notes, of comments and of
 * drawings, divided by 0xFF. Every filled cell must be found again in the rows. */
#include "fuzz_book.h"

#define RELATION(id, type, target) "<Relationship Id='" id "' Type='x/" type "' Target='" target "'/>"

FUZZ_TARGET(book_sheet)
{
    struct hw_slice input = {data, size};
    struct hw_arena arena;
    struct hw_import_part parts[FUZZ_PARTS_MAX] = {
        {.name = "_rels/.rels", .bytes = hw_slice_text("<R>" RELATION("1", "officeDocument", "xl/workbook.xml") "</R>")},
        {.name = "xl/workbook.xml", .bytes = hw_slice_text("<w><sheets><sheet name='A' id='a'/><sheet name='B' id='a'/></sheets></w>")},
        {.name = "xl/_rels/workbook.xml.rels",
         .bytes = hw_slice_text("<R>" RELATION("a", "worksheet", "a.xml") RELATION("s", "sharedStrings", "s.xml")
                                    RELATION("t", "styles", "t.xml") "</R>")},
        {.name = "xl/_rels/a.xml.rels",
         .bytes = hw_slice_text("<R>" RELATION("n", "comments", "n.xml") RELATION("c", "threadedComment", "c.xml")
                                    RELATION("d", "drawing", "d.xml")
                                    "<Relationship Id='h' Type='x/hyperlink' Target='http://a' TargetMode='External'/></R>")},
        {.name = "xl/a.xml"}, {.name = "xl/s.xml"}, {.name = "xl/t.xml"}, {.name = "xl/n.xml"},
        {.name = "xl/c.xml"}, {.name = "xl/d.xml"}};
    static const char *const missing[] = {"<w/>", "<sst/>", "<s/>", "<c/>", "<T/>", "<d/>"};
    hw_arena_init(&arena);
    for (size_t i = 0; i < 6; i++) {
        parts[4 + i].bytes = fuzz_part(&input);
        if (parts[4 + i].bytes.n == 0)
            parts[4 + i].bytes = hw_slice_text(missing[i]);
    }
    fuzz_package(parts, 10, &arena);
    hw_arena_done(&arena);
    return 0;
}
