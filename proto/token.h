/* token.h: a person's text about time, cut into numbers, words and signs.
 * Floor 1, local to proto/when.c, proto/token.c and proto/month.c. */
#ifndef HEADWAY_PROTO_TOKEN_H
#define HEADWAY_PROTO_TOKEN_H

#include "headway/bytes.h"

/* What a word means in a text about time, whatever its language. */
enum hw_sense {
    HW_SENSE_WORD,     /* letters that mean nothing here */
    HW_SENSE_NUMBER,
    HW_SENSE_SIGN,     /* punctuation; `value` is the ASCII character */
    HW_SENSE_MONTH,    /* 1 to 12 */
    HW_SENSE_QUARTER,
    HW_SENSE_HALF,
    HW_SENSE_ORDINAL,  /* first, second; I, II: 1 to 4 */
    HW_SENSE_NEAR,     /* early, mid, late, about: HW_NEAR_ROUGH; end: HW_NEAR_END */
    HW_SENSE_SINCE,
    HW_SENSE_BY,       /* by, until: the day named is included */
    HW_SENSE_UPTO,     /* Russian "do", which includes a day or a year, but perhaps not a month */
    HW_SENSE_BEFORE,
    HW_SENSE_AFTER,
    HW_SENSE_BETWEEN,
    HW_SENSE_AND,
    HW_SENSE_TO,
    HW_SENSE_OF,       /* "de", "du": of, but also the "from" of a range */
    HW_SENSE_FILL,     /* in, the, year: adds nothing */
    HW_SENSE_OPEN,     /* present, now, ongoing: as the end of a range */
    HW_SENSE_ONWARDS,
    HW_SENSE_PHASES,
    HW_SENSE_DOUBT,    /* tentative, to be confirmed: around a time */
    HW_SENSE_WEEKDAY,
    HW_SENSE_CLOCK     /* am, pm, UTC */
};
enum { HW_NEAR_ROUGH = 1, HW_NEAR_ABOUT, HW_NEAR_END };

/* The longest word of the tables is a little over 20 Cyrillic letters. */
#define HW_TOKEN_TEXT 48
/* A single time in words takes about ten tokens ("from the second quarter of
 * 2019 to ..."); more is prose. */
#define HW_TOKENS_MAX 32
/* Longer text is prose, not a time. */
#define HW_TOKENS_BYTES 200

struct hw_token {
    enum hw_sense sense;
    int value;    /* number, sign, month ... */
    int digits;   /* of a number */
    bool tight;   /* nothing stands between this token and the one before */
    bool ordinal; /* a number with its suffix: 1st, 4-й */
    char text[HW_TOKEN_TEXT]; /* a word: case folded, marks taken off */
};
struct hw_tokens {
    struct hw_token t[HW_TOKENS_MAX];
    size_t n;
};

/* Cuts text into words, numbers and signs; words have no sense yet. False when
 * it is too long, not UTF-8, or holds a sign that no time is written with. */
bool hw_tokens_read(struct hw_slice text, struct hw_tokens *tokens);

/* Sense of the longest run of words that begins at `at` and is in the tables;
 * returns how many tokens it takes, 0 when the word is unknown. */
size_t hw_sense_find(const struct hw_tokens *tokens, size_t at, enum hw_sense *sense, int *value);

/* Whether the letters of a whole text, without spaces and signs, say that there
 * is no date: "tbd", "ongoing". */
bool hw_sense_dateless(const char *letters);

/* Suffix that makes a number an ordinal: "st", "er", "й". */
bool hw_sense_suffix(const char *word);

#endif
