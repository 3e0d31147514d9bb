/* Documents, behind the zip file. Input: the XML of the text, of the lists, of the styles, of footnotes and of comments,
 * divided by 0xFF. Every line and filled cell must be found again in the rows. */
#include "fuzz_book.h"

#define RELATION(id, type, target) "<Relationship Id='" id "' Type='x/" type "' Target='" target "'/>"

FUZZ_TARGET(book_document)
{
    struct hw_slice input = {data, size};
    struct hw_arena arena;
    struct hw_import_part parts[FUZZ_PARTS_MAX] = {
        {.name = "_rels/.rels", .bytes = hw_slice_text("<R>" RELATION("1", "officeDocument", "word/document.xml") "</R>")},
        {.name = "word/_rels/document.xml.rels",
         .bytes = hw_slice_text("<R>" RELATION("n", "numbering", "n.xml") RELATION("s", "styles", "s.xml")
                                    RELATION("f", "footnotes", "f.xml") RELATION("c", "comments", "c.xml")
                                    RELATION("e", "header", "f.xml")
                                    "<Relationship Id='h' Type='x/hyperlink' Target='http://a' TargetMode='External'/></R>")},
        {.name = "word/document.xml"}, {.name = "word/n.xml"}, {.name = "word/s.xml"}, {.name = "word/f.xml"},
        {.name = "word/c.xml"}};
    hw_arena_init(&arena);
    for (size_t i = 0; i < 5; i++) {
        parts[2 + i].bytes = fuzz_part(&input);
        if (parts[2 + i].bytes.n == 0)
            parts[2 + i].bytes = hw_slice_text("<d/>");
    }
    fuzz_package(parts, 7, &arena);
    hw_arena_done(&arena);
    return 0;
}
