/* outline.h: headings, paragraphs and bullets as rows of an import.
 * Floor 2, noun: import outline.  Knows an outline's lines alone, whatever file
 * they come from: text (outline_read.c), a page or a document. */
#ifndef CLIENT_IMPORT_OUTLINE_H
#define CLIENT_IMPORT_OUTLINE_H

#include "client/import/rows.h"

/* reading text (outline_read.c) */

/* Whether text without understood heads is an outline: some of its lines have bullets or numbers. */
bool hw_outline_is(struct hw_slice text);
void hw_outline_read(struct hw_slice text, struct hw_import_gather *gather);

/* words of a line (outline_word.c) */

struct hw_outline_word {
    struct hw_slice text; /* without the punctuation around it; may be empty */
    const char *folded;
    uint8_t before, after; /* the nearest sign before and behind, 0 none */
    bool capital, upper;   /* begins with a capital; has nothing but capitals (Latin letters alone) */
};
struct hw_outline_words {
    struct hw_slice text;
    struct hw_outline_word *word;
    size_t n;
};
void hw_outline_split(struct hw_slice text, struct hw_arena *arena, struct hw_outline_words *words);
/* Words from `first` up to `end` as one slice of the text, without the signs around them. */
struct hw_slice hw_outline_span(const struct hw_outline_words *words, size_t first, size_t end);
/* How many words match one of the folded phrases ("a|b c") from word `at` on; 0
 * none. A letter torn off its word ("N EXT") counts with it. */
size_t hw_outline_phrase(const struct hw_outline_words *words, size_t at, const char *phrases);
/* The same anywhere: gives the place too. */
bool hw_outline_find(const struct hw_outline_words *words, const char *phrases, size_t *at, size_t *n);

/* What the lines below a heading are. */
enum hw_outline_role {
    HW_OUTLINE_NONE,
    HW_OUTLINE_ITEM,
    HW_OUTLINE_MEMBER,
    HW_OUTLINE_MEETING,
    HW_OUTLINE_RESOURCE
};
struct hw_outline_section {
    enum hw_outline_role role;
    const char *type; /* of the item; NULL else */
    const char *words;
};
/* The section that a heading opens, NULL when its words say nothing. `list`: the line is one of a list, where an
 * ordinary entry may have the same words and more must show that it is a heading. */
const struct hw_outline_section *hw_outline_section(const struct hw_outline_words *words, bool list);
/* A heading inside a line, "... done. NEXT STEPS (SHORT TERM)": the word where it begins, where it ends, and what
 * stands in brackets behind it. */
struct hw_outline_cut {
    const struct hw_outline_section *section;
    size_t at, end;
    struct hw_slice horizon;
};
bool hw_outline_cut(const struct hw_outline_words *words, struct hw_outline_cut *cut);

/* what stands inside a sentence (outline_find.c) */

enum hw_outline_when { HW_OUTLINE_DUE, HW_OUTLINE_SINCE, HW_OUTLINE_DAY };
/* The first time of that sort from word `at` on: "by 2020", "since Oct. 2018", "March 2019". */
bool hw_outline_when(const struct hw_outline_words *words, enum hw_outline_when sort, size_t at, size_t *first,
                     size_t *end);
/* The nth reference: "SDG:8.7", "ILO:C142", "n° 2015-031"; `*at` starts at 0. */
bool hw_outline_reference(const struct hw_outline_words *words, struct hw_arena *arena, size_t *at,
                          struct hw_slice *text);
/* Who gives support, when the sentence surely names one. */
bool hw_outline_supporter(const struct hw_outline_words *words, struct hw_slice *text);
/* The country that a line begins with; `*n` words. A letter torn off is joined and said by `torn`. */
bool hw_outline_country(const struct hw_outline_words *words, struct hw_arena *arena, size_t *n,
                        struct hw_slice *name, bool *torn);
struct hw_outline_meeting {
    struct hw_slice title, date;
    const char *type;
};
/* The next meeting with a date; `*at` starts at 0. */
bool hw_outline_meeting(const struct hw_outline_words *words, size_t *at, struct hw_outline_meeting *meeting);
/* The type of a resource that the words name ("guidance note"), NULL when none; its place. */
const char *hw_outline_resource(const struct hw_outline_words *words, size_t from, size_t *at, size_t *n);

/* the outline in hand (outline.c) */

/* Lists as printed have four levels; what is deeper stays on the last. */
enum { HW_OUTLINE_DEPTH_MAX = 16 };
struct hw_outline {
    const struct hw_import_table *table;
    struct hw_arena *arena;
    struct hw_import_rows *rows;
    struct hw_import_keys *keys;
    bool alone;  /* no table in the book has heads */
    bool slides; /* numbered lines are slides, not entries of a list */
    bool told;   /* some heading is understood */
    uint32_t *keep;  /* per line: the row that keeps its text, 0 none */
    uint32_t *twin;  /* per line: 1 + the line that it repeats, 0 none */
    uint32_t *above; /* per line: 1 + the line that it stood below before nesting was lost, 0 none */
    uint32_t *made;  /* per line: its item's row, 0 none */
    size_t at;       /* line in hand */
    uint32_t group;  /* row of the group, 0 none */
    uint32_t home;   /* row that text without a place stays with, 0 none */
    const struct hw_outline_section *section;
    struct hw_slice theme, horizon;
    struct hw_slice country; /* name as read, empty: none */
    const char *code;        /* alpha-3 */
    unsigned slide;          /* number of the slide in hand, 0 none */
    unsigned cleaned;        /* the number that was taken out of the line in hand, 0 none */
    uint32_t level[HW_OUTLINE_DEPTH_MAX]; /* the last item of each depth */
    bool headed;  /* a heading of a document opened the section, of this depth */
    uint32_t heading;
    bool begun;  /* the section has an entry */
    bool untold; /* a note says already that lines stand under no heading */
};

/* Rows of one table of the form HW_IMPORT_OUTLINE. Lines whose carrier is still 0 afterwards wait for a row. */
void hw_outline_make(const struct hw_import_book *book, const struct hw_import_table *table,
                     struct hw_import_rows *rows, struct hw_import_keys *keys);
/* A row for the line in hand. */
uint32_t hw_outline_row(struct hw_outline *o, const char *kind);
/* A value; `said` when the line in hand is not only this (it is kept whole as well, or another field has it). */
void hw_outline_value(struct hw_outline *o, uint32_t row, const char *field, struct hw_slice text, bool said);
void hw_outline_note(struct hw_outline *o, size_t line, const char *text);
/* The text of a line, and its words without a slide's number. */
struct hw_slice hw_outline_text(const struct hw_outline *o, size_t line);
/* Without the number of the slide in hand that stands inside the sentence. */
struct hw_slice hw_outline_clean(struct hw_outline *o, size_t line, struct hw_slice text);
/* An item of the section with its fields; `whole`: the title is all that the line says. 0 when it is too long for a
 * title. */
uint32_t hw_outline_item(struct hw_outline *o, struct hw_slice title, struct hw_slice number, bool whole);
/* Meetings with a date in a sentence; the row of the first, 0 when there is none. */
uint32_t hw_outline_meetings(struct hw_outline *o, const struct hw_outline_words *words);
/* Lines that name products: "Toolkit: parts; parts". The row of the first, 0. */
uint32_t hw_outline_resources(struct hw_outline *o, struct hw_slice text);
/* Sentences that each say one step. */
void hw_outline_sentences(struct hw_outline *o, struct hw_slice text);

/* Lines printed twice (outline_repeat.c). */
void hw_outline_repeats(struct hw_outline *o);
/* The group that the outline is about (outline_group.c); keeps the lines that name it. */
void hw_outline_group(struct hw_outline *o);
/* A line that opens a country's part (outline_country.c); false when it is none. */
bool hw_outline_country_line(struct hw_outline *o);

#endif
