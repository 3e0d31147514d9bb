/* import.h: a file becomes rows for the daemon.  Floor 2, noun: import.
 * Five steps, each a function of what the one before gave, none of which knows
 * the socket: bytes -> book -> map -> rows -> proof that nothing was lost on
 * the way (docs/decisions.md). All memory is the caller's arena. */
#ifndef CLIENT_IMPORT_IMPORT_H
#define CLIENT_IMPORT_IMPORT_H

#include "client/import/review.h"

struct hw_import {
    struct hw_arena *arena;
    const char *path;
    struct hw_import_heads heads; /* filled by the caller from --map */
    struct hw_import_answers answers; /* those remembered, from the caller; those of a review are added */
    struct hw_review review;          /* what was read: path and hash; of a review file, its options too */
    bool reviewed;                    /* the file was a review, `path` is the file it is about */
    struct hw_review_patches patches;
    struct hw_import_book book;
    struct hw_import_rows rows;
    struct hw_import_tally tally;
};

/* The bytes of a whole file. Errors: NOT_FOUND, IO, LIMIT, USAGE (no file). */
HW_MUST_USE enum hw_status hw_import_read_file(const char *path, struct hw_arena *arena, struct hw_slice *bytes,
                                               struct hw_err *err);
/* All steps from the bytes of a file. Errors: LIMIT, USAGE, DECISION, FAILED
 * (something would be lost). */
HW_MUST_USE enum hw_status hw_import_bytes(struct hw_import *import, struct hw_slice bytes, struct hw_err *err);
/* All steps for a file, or for the one that a review file is about. Errors name it; NOT_FOUND and IO beside those above. */
HW_MUST_USE enum hw_status hw_import_file(struct hw_import *import, struct hw_err *err);

#endif
