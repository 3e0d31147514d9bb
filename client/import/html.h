/* html.h: saved pages and pasted tables.  Floor 2, noun: import html. */
#ifndef CLIENT_IMPORT_HTML_H
#define CLIENT_IMPORT_HTML_H

#include "client/import/book.h"

enum hw_html_look {
    HW_HTML_NOT,   /* no page */
    HW_HTML_MAYBE, /* begins with a tag that a cell of a CSV file may begin with */
    HW_HTML_SURELY
};
/* What the beginning of a file looks like. */
enum hw_html_look hw_import_html_look(struct hw_slice bytes);
/* The encoding that a page says it has, as iconv calls it; NULL when it says none that is known. */
const char *hw_import_html_charset(struct hw_slice bytes);
/* Tables of the page, and the text around them. Errors: LIMIT. */
HW_MUST_USE enum hw_status hw_import_html_read(struct hw_slice text, struct hw_import_book *book, struct hw_err *err);

#endif
