/* fold.c: text made comparable, and the nearest of several words.
 * Floor 1, noun: folded text.  A folded text is a search key and nothing else:
 * what people typed is always stored byte for byte. */
#include "proto/fold.h"

#include <string.h>
#include <utf8proc.h>

#include "headway/schema.h"

/* A word longer than this is a sentence; nobody mistypes a field name that
 * long, and the bound keeps the distance table on the stack. */
enum { WORD_MAX = 64 };

/* A table cell longer than this in bytes cannot be WORD_MAX characters once
 * folded (four bytes each, and room for marks that folding strips). */
enum { WORD_BYTES_MAX = WORD_MAX * 8 };

static bool is_latin(int32_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == 0xAA || c == 0xBA ||
           (c >= 0xC0 && c <= 0x2AF && c != 0xD7 && c != 0xF7) || (c >= 0x1D00 && c <= 0x1DBF) ||
           (c >= 0x1E00 && c <= 0x1EFF) || (c >= 0x2C60 && c <= 0x2C7F) || (c >= 0xA722 && c <= 0xA7FF);
}

/* The presentation forms need no row: NFKC has replaced them. */
static bool is_arabic(int32_t c)
{
    return (c >= 0x600 && c <= 0x6FF) || (c >= 0x750 && c <= 0x77F) || (c >= 0x870 && c <= 0x8FF);
}

static bool is_mark(int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ME;
}

/* White space, hyphens, dashes, the minus sign and the underscore. */
static bool is_gap(int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == '-' || c == '_' || (c >= 0x2010 && c <= 0x2015) ||
           c == 0x2212 || category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

/* Tatweel only stretches a line of Arabic; control characters (a NUL among
 * them) would cut the key short. */
static bool is_noise(int32_t c)
{
    return c == 0x640 || utf8proc_category(c) == UTF8PROC_CATEGORY_CC;
}

/* A copy in which each byte that is no UTF-8 has become '?': a damaged cell
 * still gets a key, it just matches nothing it should not. */
static struct hw_slice without_bad_bytes(struct hw_arena *arena, struct hw_slice text)
{
    uint8_t *copy = hw_arena_copy(arena, text.p, text.n);
    for (size_t i = 0; i < text.n;) {
        int32_t c;
        utf8proc_ssize_t step = utf8proc_iterate(copy + i, (utf8proc_ssize_t)(text.n - i), &c);
        if (step <= 0) {
            copy[i] = '?';
            step = 1;
        }
        i += (size_t)step;
    }
    return (struct hw_slice){copy, text.n};
}

/* Case folded and decomposed code points of `text`, in canonical order, with
 * room for one more. */
static int32_t *decomposed(struct hw_arena *arena, struct hw_slice text, size_t *n)
{
    const utf8proc_option_t options =
        UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    utf8proc_ssize_t need = utf8proc_decompose(text.p, (utf8proc_ssize_t)text.n, NULL, 0, options);
    if (need < 0) {
        text = without_bad_bytes(arena, text);
        need = utf8proc_decompose(text.p, (utf8proc_ssize_t)text.n, NULL, 0, options);
    }
    *n = need > 0 ? (size_t)need : 0;
    int32_t *points = hw_arena_alloc(arena, (*n + 1) * sizeof *points);
    if (*n > 0)
        utf8proc_decompose(text.p, (utf8proc_ssize_t)text.n, points, need, options);
    return points;
}

/* The same as below for text of ASCII alone, which most is and which needs no tables; NULL: it is not. */
static const char *fold_ascii(struct hw_arena *arena, struct hw_slice text)
{
    size_t kept = 0;
    bool gap = false;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] >= 0x80)
            return NULL;
    char *folded = hw_arena_alloc(arena, text.n + 1);
    for (size_t i = 0; i < text.n; i++) {
        char c = (char)text.p[i];
        if ((c >= 0x09 && c <= 0x0D) || c == ' ' || c == '-' || c == '_') {
            gap = kept > 0;
            continue;
        }
        if (c < ' ' || c == 0x7F)
            continue;
        if (gap)
            folded[kept++] = ' ';
        gap = false;
        folded[kept++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    folded[kept] = 0;
    return folded;
}

const char *hw_fold(struct hw_arena *arena, struct hw_slice text)
{
    size_t n = 0;
    const char *plain = fold_ascii(arena, text);
    if (plain)
        return plain;
    int32_t *points = decomposed(arena, text, &n);
    size_t kept = 0;
    bool gap = false, strip = false;
    for (size_t i = 0; i < n; i++) {
        int32_t c = points[i];
        if (is_gap(c)) {
            gap = kept > 0;
            strip = false;
            continue;
        }
        if (is_noise(c) || (strip && is_mark(c)))
            continue;
        /* A mark belongs to the letter before it, whatever stands between. */
        if (!is_mark(c))
            strip = is_latin(c) || is_arabic(c);
        if (gap)
            points[kept++] = ' '; /* takes the place of the gap just skipped */
        gap = false;
        points[kept++] = c;
    }
    utf8proc_ssize_t bytes =
        kept > 0 ? utf8proc_reencode(points, (utf8proc_ssize_t)kept, UTF8PROC_COMPOSE | UTF8PROC_STABLE) : 0;
    if (bytes <= 0)
        return hw_arena_text(arena, "", 0);
    return (const char *)points;
}

/* Word processors write a curly apostrophe, and some keyboards a letter that looks like one. In place. */
static const char *straight(char *folded)
{
    static const char *const curly[] = {"\u2019", "\u2018", "\u02bc"};
    for (size_t i = 0; i < sizeof curly / sizeof curly[0]; i++)
        for (char *at = strstr(folded, curly[i]); at != NULL; at = strstr(at + 1, curly[i])) {
            size_t n = strlen(curly[i]);
            *at = '\'';
            memmove(at + 1, at + n, strlen(at + n) + 1);
        }
    return folded;
}

const char *hw_fold_word(struct hw_arena *arena, struct hw_slice text)
{
    static const char around[] = " .:;,!*|\"'";
    const char *key = straight(hw_arena_printf(arena, "%s", hw_fold(arena, text)));
    size_t n = strlen(key);
    for (bool again = true; again;) {
        again = false;
        while (n > 0 && strchr(around, key[0]) != NULL) {
            key++;
            n--;
        }
        while (n > 0 && strchr(around, key[n - 1]) != NULL)
            n--;
        if (n >= 2 && ((key[0] == '(' && key[n - 1] == ')') || (key[0] == '[' && key[n - 1] == ']'))) {
            key++;
            n -= 2;
            again = true;
        }
    }
    return hw_arena_text(arena, key, n);
}

bool hw_fold_listed(const char *list, const char *folded)
{
    size_t n = strlen(folded);
    if (list == NULL || n == 0)
        return false;
    for (const char *at = strstr(list, folded); at != NULL; at = strstr(at + 1, folded)) {
        bool starts = at == list || at[-1] == '|';
        bool ends = at[n] == '\0' || at[n] == '|';
        if (starts && ends)
            return true;
    }
    return false;
}

/* Code points of a folded text; false when there are more than WORD_MAX. */
static bool points_of(const char *folded, int32_t points[WORD_MAX], size_t *n)
{
    const uint8_t *p = (const uint8_t *)folded;
    utf8proc_ssize_t left = (utf8proc_ssize_t)strlen(folded);
    *n = 0;
    while (left > 0) {
        if (*n == WORD_MAX)
            return false;
        utf8proc_ssize_t step = utf8proc_iterate(p, left, &points[*n]);
        if (step <= 0)
            return false;
        p += step;
        left -= step;
        (*n)++;
    }
    return true;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Damerau, "A technique for computer detection and correction of spelling
 * errors", 1964: a letter too many, one missing, one wrong, or two neighbours
 * exchanged cost one each (optimal string alignment). */
static size_t distance(const int32_t *a, size_t a_n, const int32_t *b, size_t b_n)
{
    size_t rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b_n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_n; i++) {
        size_t *now = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_n; j++) {
            size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
            now[j] = least(least(above[j] + 1, now[j - 1] + 1), above[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[a_n % 3][b_n];
}

const char *hw_nearest(struct hw_slice text, const char *const *words, size_t n)
{
    if (text.n == 0 || text.n > WORD_BYTES_MAX)
        return NULL;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    int32_t typed[WORD_MAX], known[WORD_MAX];
    size_t typed_n, known_n;
    if (!points_of(hw_fold(&arena, text), typed, &typed_n))
        return NULL;
    const char *best = NULL;
    size_t best_distance = typed_n / 3;
    for (size_t i = 0; i < n; i++) {
        if (!points_of(hw_fold(&arena, hw_slice_text(words[i])), known, &known_n))
            continue;
        size_t d = distance(typed, typed_n, known, known_n);
        if (d < best_distance || (best == NULL && d == best_distance)) {
            best = words[i];
            best_distance = d;
        }
    }
    /* Every word is as near to nothing as to anything else. */
    return typed_n > 0 ? best : NULL;
}
