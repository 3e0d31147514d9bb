/* Pages. Input: the page. Whatever tags it has, every line and filled cell must be found again in the rows. */
#include "client/import/html.h"
#include "fuzz_book.h"

FUZZ_TARGET(book_html)
{
    struct hw_arena arena;
    struct hw_slice page = {data, size};
    struct hw_err err = {0};
    hw_arena_init(&arena);
    struct hw_import import = {.arena = &arena, .heads = {.arena = &arena}, .book = {.arena = &arena}};
    (void)hw_import_html_look(page);
    (void)hw_import_html_charset(page);
    if (hw_utf8_valid(page)) {
        enum hw_status status = hw_import_html_read(page, &import.book, &err);
        HOLDS(err.status == status && (status == HW_OK || *err.text));
        if (status == HW_OK) {
            hw_import_book_seal(&import.book);
            fuzz_book_holds(&import);
        }
    }
    hw_arena_done(&arena);
    return 0;
}
