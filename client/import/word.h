/* word.h: what a document says in other parts than its text.  Floor 2, noun: import document. */
#ifndef CLIENT_IMPORT_WORD_H
#define CLIENT_IMPORT_WORD_H

#include "client/import/package.h"

/* Levels of a list in Word. */
enum { HW_WORD_LEVELS = 9 };

struct hw_word_level {
    char text[32]; /* "%1.%2." */
    char form;     /* '1' 'a' 'A' 'i' 'I'; '*' a bullet, ' ' nothing at all */
    uint32_t start;
};
struct hw_word_list { /* "abstractNum": what the numbers look like */
    long id;
    struct hw_word_level level[HW_WORD_LEVELS];
    uint32_t at[HW_WORD_LEVELS]; /* the last number given, 0 none yet */
};
struct hw_word_use { /* "num": a list in use */
    long id, list;
    long restart[HW_WORD_LEVELS]; /* its own first number, -1: that of the list */
    bool restarted[HW_WORD_LEVELS];
};
struct hw_word_style {
    const char *id, *based;
    long heading;  /* 0 outermost, -1 none */
    long use;      /* of a list, -1 none, 0: none whatever it is based on */
    long level;
};
struct hw_word {
    struct hw_arena *arena;
    struct hw_word_list *lists; /* by id */
    size_t lists_n, lists_cap;
    struct hw_word_use *uses; /* by id */
    size_t uses_n, uses_cap;
    struct hw_word_style *styles; /* by id */
    size_t styles_n, styles_cap;
};
/* word_number.c. Errors: LIMIT, CORRUPT, USAGE. */
HW_MUST_USE enum hw_status hw_word_numbers_read(struct hw_word *word, struct hw_import_package *package,
                                                const struct hw_import_part *part, struct hw_err *err);
/* The next number of a list as printed, "1.2."; "" for a bullet, which `mark`
 * says. False when the list is not known. */
bool hw_word_number_next(struct hw_word *word, long use, long level, char *out, size_t size, enum hw_import_mark *mark);

/* word_style.c. Errors: LIMIT, CORRUPT, USAGE. */
HW_MUST_USE enum hw_status hw_word_styles_read(struct hw_word *word, struct hw_import_package *package,
                                               const struct hw_import_part *part, struct hw_err *err);
/* What a paragraph of the style is; -1 each where the style says nothing. */
void hw_word_style_find(const struct hw_word *word, const char *id, long *heading, long *use, long *level);

/* word_note.c: footnotes, endnotes and comments, by kind and id. */
struct hw_word_note {
    char kind; /* 'f', 'e', 'c'; 'h' at the head or foot of pages */
    long id;
    const char *text; /* "footnote: ...", "comment by Aigul: ..." */
};
struct hw_word_notes {
    struct hw_word_note *p; /* arena */
    size_t n, cap;
};
HW_MUST_USE enum hw_status hw_word_notes_read(struct hw_word_notes *notes, char kind, struct hw_import_package *package,
                                              const struct hw_import_part *part, struct hw_err *err);
void hw_word_notes_sort(struct hw_word_notes *notes);
const char *hw_word_note_find(const struct hw_word_notes *notes, char kind, long id); /* or NULL */

#endif
