/* review.h: the doubts of an import as a workbook, and a person's answers from
 * it.  Floor 2, noun: review. */
#ifndef CLIENT_IMPORT_REVIEW_H
#define CLIENT_IMPORT_REVIEW_H

#include "client/import/rows.h"

/* Where the answers belong: what was imported, and how. */
struct hw_review {
    const char *path;     /* of the file that was read; absolute */
    const char *hash;     /* BLAKE2b of its bytes, 64 hex digits */
    const char *group, *plan, *dates; /* as typed, or NULL */
    const char **maps;    /* --map, as typed */
    size_t maps_n;
};
/* One thing for a person to say. */
struct hw_question {
    enum { HW_QUESTION_VALUE, HW_QUESTION_CELL, HW_QUESTION_NOTE } about;
    const char *sheet;  /* of a workbook, or NULL */
    uint32_t line;
    const char *column; /* NULL for a note */
    struct hw_slice value;
    const char *asked, *field; /* field: of the item, when its words are a list */
};

/* The hash of a file's bytes; arena string. */
const char *hw_review_hash(struct hw_arena *arena, struct hw_slice bytes);
/* review_write.c: a workbook with a sheet of questions. Errors: IO. */
HW_MUST_USE enum hw_status hw_review_write(const char *path, const struct hw_review *review,
                                           const struct hw_question *questions, size_t n, struct hw_err *err);
/* review_read.c: whether a book is such a workbook, and what was answered:
 * answers for values and notes go to `answers`, those for single cells to
 * `patches`. Errors: USAGE (it was damaged). */
struct hw_review_patch {
    const char *sheet;
    uint32_t line;
    const char *column; /* its name, or NULL for the row as a whole */
    struct hw_slice value, text; /* what stands there, what shall; "skip": the row is left out */
};
struct hw_review_patches {
    struct hw_review_patch *patch;
    size_t n, cap;
};
bool hw_review_is(const struct hw_import_book *book);
HW_MUST_USE enum hw_status hw_review_read(const struct hw_import_book *book, struct hw_review *review,
                                          struct hw_import_answers *answers, struct hw_review_patches *patches,
                                          struct hw_err *err);
/* review_apply.c: puts the answers for single cells into a book whose maps are
 * found. Cells as they were are kept with their rows. Errors: NOT_FOUND (a row
 * that is not in the file). */
HW_MUST_USE enum hw_status hw_review_apply(const struct hw_review_patches *patches, struct hw_import_book *book,
                                           struct hw_err *err);

#endif
