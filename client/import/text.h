/* text.h: a file of an unknown office program as UTF-8 text.  Floor 2, noun: import text. */
#ifndef CLIENT_IMPORT_TEXT_H
#define CLIENT_IMPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "headway/bytes.h"
#include "headway/status.h"

struct hw_import_text {
    struct hw_slice text; /* UTF-8 without byte order mark, line ends "\n"; arena */
    const char *encoding; /* "UTF-8", "UTF-16LE", "UTF-16BE", "CP1252", "CP1251", "CP1256" */
};

/* Text from the bytes of a file. Errors: LIMIT, USAGE. */
HW_MUST_USE enum hw_status hw_import_text_decode(struct hw_slice bytes, struct hw_arena *arena,
                                                 struct hw_import_text *text, struct hw_err *err);
/* The same for a file that says which encoding it has, as iconv calls it. */
HW_MUST_USE enum hw_status hw_import_text_named(struct hw_slice bytes, const char *encoding, struct hw_arena *arena,
                                                struct hw_import_text *text, struct hw_err *err);
/* Without blanks at both ends; the no-break space, which spreadsheets leave in
 * empty cells, is a blank too. */
struct hw_slice hw_import_trim(struct hw_slice text);

#endif
