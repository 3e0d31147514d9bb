/* token.c: cuts a person's text about time into numbers, words and signs.
 * Floor 1, noun: tokens.  Digits of every script used here become numbers, all
 * dashes become '-', marks and letter case disappear, so that the tables of
 * month.c need one form of each word. Compatibility forms are left alone: a
 * footnote mark (superscript 2) must never become a digit of a date. */
#include "proto/token.h"

#include "headway/cbor.h"

#include <string.h>
#include <utf8proc.h>

/* Canonical decomposition makes at most four code points of one, and one code
 * point takes at least one byte. */
#define CODES_MAX (HW_TOKENS_BYTES * 4)

/* More digits than a compact date (20191216) has: no time. */
#define DIGITS_MAX 8

static bool is_mark(utf8proc_int32_t c)
{
    return (c >= 0x0300 && c <= 0x036f) ||  /* combining marks */
           (c >= 0x064b && c <= 0x065f) ||  /* Arabic vowels and hamza */
           c == 0x0640 || c == 0x0670 ||    /* tatweel, superscript alef */
           (c >= 0x200b && c <= 0x200f) ||  /* zero width, direction marks */
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
           c == 0x00ad; /* soft hyphen */
}

static bool is_space(utf8proc_int32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x00a0 || c == 0x202f ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x3000;
}

static int digit_of(utf8proc_int32_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 0x0660 && c <= 0x0669) /* Arabic-Indic */
        return c - 0x0660;
    if (c >= 0x06f0 && c <= 0x06f9) /* extended Arabic-Indic */
        return c - 0x06f0;
    return -1;
}

/* The letter as written into words, or 0 when it is none. */
static utf8proc_int32_t letter_of(utf8proc_int32_t c)
{
    if (c == 0x00ba || c == 0x00b0) /* ordinal sign, and the degree sign typed for it */
        return 'o';
    if (c == 0x00aa)
        return 'a';
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return c;
    default:
        return 0;
    }
}

/* The ASCII sign that stands for `c`, or 0 when times are not written with
 * it. */
static int sign_of(utf8proc_int32_t c)
{
    if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212) /* hyphens, dashes, minus */
        return '-';
    if (c == 0x2018 || c == 0x2019 || c == 0x02bc || c == '`')
        return '\'';
    if (c == 0x060c) /* Arabic comma */
        return ',';
    if (c == 0x2044) /* fraction slash */
        return '/';
    return c > 0 && c < 0x80 && strchr("-/.,()':;~+", c) != NULL ? c : 0;
}

struct cutter {
    struct hw_tokens *out;
    size_t length;  /* of the word being written */
    bool spaced;    /* white space stands before the next token */
    bool in_word;
    bool in_number;
};

static struct hw_token *begin(struct cutter *cut, enum hw_sense sense)
{
    struct hw_token *t;

    if (cut->out->n == HW_TOKENS_MAX)
        return NULL;
    t = &cut->out->t[cut->out->n++];
    memset(t, 0, sizeof *t);
    t->sense = sense;
    t->tight = !cut->spaced && cut->out->n > 1;
    cut->spaced = cut->in_word = cut->in_number = false;
    return t;
}

static bool put_digit(struct cutter *cut, int digit)
{
    struct hw_token *t = cut->in_number ? &cut->out->t[cut->out->n - 1] : begin(cut, HW_SENSE_NUMBER);

    if (t == NULL || t->digits == DIGITS_MAX)
        return false;
    cut->in_number = true;
    t->value = t->value * 10 + digit;
    t->digits++;
    return true;
}

static bool put_letter(struct cutter *cut, utf8proc_int32_t c)
{
    struct hw_token *t = cut->in_word ? &cut->out->t[cut->out->n - 1] : begin(cut, HW_SENSE_WORD);
    utf8proc_uint8_t bytes[4];
    size_t n;

    if (t == NULL)
        return false;
    if (!cut->in_word)
        cut->length = 0;
    cut->in_word = true;
    n = (size_t)utf8proc_encode_char(c, bytes);
    if (cut->length + n >= sizeof t->text)
        return false;
    memcpy(t->text + cut->length, bytes, n);
    cut->length += n;
    return true;
}

static bool put_sign(struct cutter *cut, int sign)
{
    struct hw_token *t;

    if (cut->in_word && (sign == '.' || sign == '\'')) {
        /* The dot of an abbreviation belongs to its word; an apostrophe
         * parts two words (d'ici). */
        cut->in_word = false;
        return true;
    }
    t = begin(cut, HW_SENSE_SIGN);
    if (t == NULL)
        return false;
    t->value = sign;
    return true;
}

bool hw_tokens_read(struct hw_slice text, struct hw_tokens *tokens)
{
    utf8proc_int32_t codes[CODES_MAX], c;
    struct cutter cut = {tokens, 0, false, false, false};
    utf8proc_ssize_t n;

    tokens->n = 0;
    if (text.n == 0 || text.n > HW_TOKENS_BYTES || !hw_utf8_valid(text))
        return false;
    n = utf8proc_decompose(text.p, (utf8proc_ssize_t)text.n, codes, CODES_MAX,
                           UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STABLE);
    if (n < 0 || n > CODES_MAX)
        return false;
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        c = codes[i];
        if (is_mark(c))
            continue;
        if (is_space(c)) {
            cut.spaced = true;
            cut.in_word = cut.in_number = false;
        } else if (digit_of(c) >= 0) {
            if (!put_digit(&cut, digit_of(c)))
                return false;
        } else if (letter_of(c) != 0) {
            if (!put_letter(&cut, letter_of(c)))
                return false;
        } else if (sign_of(c) == 0 || !put_sign(&cut, sign_of(c))) {
            return false;
        }
    }
    return tokens->n > 0;
}
