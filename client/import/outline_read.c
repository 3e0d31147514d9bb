/* outline_read.c: text with bullets, one line after the other.
 * Floor 2, noun: import outline.  Tells marks from text and finds how deep a
 * line stands: by its indentation, and by the marks themselves, because pages
 * copied as text lose the one or the other. */
#include <string.h>

#include "client/import/outline.h"

/* How much is looked at, and how many lines with marks make an outline: one in
 * five, because a page has its menu and its footer around the list. */
enum { LOOK_LINES = 2000, MARKED_MIN = 2, MARKED_SHARE = 5 };
/* A tab in an outline is a level. */
enum { TAB_WIDTH = 4 };
/* What a wrapped entry may grow to: the longest title (schema.c). */
enum { JOINED_BYTES_MAX = 4000 };

/* What stands before a line's text. */
struct mark {
    enum hw_import_mark mark;
    size_t n;       /* bytes of the mark itself */
    uint32_t style; /* lines of one list share it: a bullet's first bytes, or the shape of a number */
    unsigned last;  /* of a number: its last part */
    unsigned levels;
};
struct open {
    size_t indent;
    struct mark mark;
};
struct reading {
    struct hw_import_gather *gather;
    struct open open[HW_OUTLINE_DEPTH_MAX];
    size_t opened;
    struct hw_slice text; /* of the line that waits for its continuation; n 0: none */
    size_t indent;
    enum hw_import_mark mark;
    uint32_t line, depth;
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* Real bullets need no blank behind them, signs of the keyboard do. The last
 * one is Word's own from the private area. */
static size_t bullet_length(struct hw_slice text)
{
    static const char *const bullets[] = {"\xE2\x80\xA2", "\xE2\x96\xAA", "\xE2\x80\xA3", "\xE2\x97\x8F", "\xE2\x97\x8B",
                                          "\xE2\x97\xA6", "\xE2\x96\xA0", "\xE2\x96\xA1", "\xE2\x9E\xA2", "\xC2\xB7",
                                          "\xEF\x82\xB7"};
    static const char *const signs[] = {"-", "*", "+", "\xE2\x80\x93", "\xE2\x80\x94", "o\t", "o  "};
    for (size_t i = 0; i < sizeof bullets / sizeof bullets[0]; i++)
        if (text.n >= strlen(bullets[i]) && memcmp(text.p, bullets[i], strlen(bullets[i])) == 0)
            return strlen(bullets[i]);
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t n = strlen(signs[i]);
        if (text.n < n || memcmp(text.p, signs[i], n) != 0)
            continue;
        if (signs[i][0] == 'o')
            return 1;
        if (n == text.n || is_blank(text.p[n]))
            return n;
    }
    return 0;
}

/* "a) ", "(b) ", "iv) " */
static size_t letter_length(struct hw_slice text)
{
    size_t at = text.n > 0 && text.p[0] == '(' ? 1 : 0, from = at;
    while (at < text.n && at - from < 4 && text.p[at] >= 'a' && text.p[at] <= 'z')
        at++;
    bool roman = at > from;
    for (size_t i = from; i < at; i++)
        roman = roman && strchr("ivx", text.p[i]) != NULL;
    if ((at != from + 1 && !roman) || at + 1 >= text.n || text.p[at] != ')' || !is_blank(text.p[at + 1]))
        return 0;
    return at + 1;
}

static struct mark mark_of(struct hw_slice text)
{
    struct mark mark = {.mark = HW_IMPORT_PLAIN};
    struct hw_import_number number;
    struct hw_slice rest = text;
    size_t hashes = 0;
    if ((mark.n = bullet_length(text)) > 0) {
        mark.mark = HW_IMPORT_BULLET;
        mark.style = 0x100;
        for (size_t i = 0; i < mark.n; i++)
            mark.style = mark.style * 31 + text.p[i];
    } else if (hw_import_number_take(&rest, &number)) {
        uint8_t ending = number.text.p[number.text.n - 1];
        mark = (struct mark){HW_IMPORT_NUMBER, number.text.n, 0, number.part[number.levels - 1], (unsigned)number.levels};
        mark.style = (uint32_t)number.levels * 2 + (ending == ')' ? 1 : 0);
    } else if ((mark.n = letter_length(text)) > 0) {
        mark.mark = HW_IMPORT_NUMBER;
        mark.style = 0x40;
        mark.last = (unsigned)(text.p[mark.n - 2] - 'a') + 1;
        mark.levels = 1;
    } else {
        while (hashes < text.n && text.p[hashes] == '#')
            hashes++;
        if (hashes > 0 && hashes <= 6 && hashes < text.n && is_blank(text.p[hashes]))
            mark = (struct mark){.mark = HW_IMPORT_HEADING, .n = hashes};
    }
    return mark;
}

/* The next line; false at the end. */
static bool next_line(struct hw_slice text, size_t *at, struct hw_slice *line)
{
    if (*at >= text.n)
        return false;
    const uint8_t *end = memchr(text.p + *at, '\n', text.n - *at);
    size_t n = end != NULL ? (size_t)(end - (text.p + *at)) : text.n - *at;
    *line = (struct hw_slice){text.p + *at, n};
    *at += n + 1;
    return true;
}

/* A real bullet with blanks around it, from `at` on; text.n when there is none. */
static size_t inner_bullet(struct hw_slice text, size_t at)
{
    for (size_t i = at; i + 1 < text.n; i++) {
        struct hw_slice rest = {text.p + i + 1, text.n - i - 1};
        if (!is_blank(text.p[i]) || rest.p[0] < 0x80)
            continue;
        size_t n = bullet_length(rest);
        bool dash = n == 3 && rest.p[0] == 0xE2 && rest.p[1] == 0x80 && (rest.p[2] == 0x93 || rest.p[2] == 0x94);
        if (n > 0 && !dash && n < rest.n && is_blank(rest.p[n]))
            return i + 1;
    }
    return text.n;
}

bool hw_outline_is(struct hw_slice text)
{
    struct hw_slice line;
    size_t at = 0, lines = 0, marked = 0, inner = 0;
    while (lines < LOOK_LINES && next_line(text, &at, &line)) {
        line = hw_import_trim(line);
        if (line.n == 0)
            continue;
        struct mark mark = mark_of(line);
        lines++;
        marked += mark.mark == HW_IMPORT_BULLET || mark.mark == HW_IMPORT_NUMBER;
        inner += inner_bullet(line, 0) < line.n;
    }
    return inner >= MARKED_MIN || (marked >= MARKED_MIN && marked * MARKED_SHARE >= lines);
}

/* How deep a line with this mark stands: its list may be open already. */
static uint32_t find_depth(struct reading *r, size_t indent, struct mark mark)
{
    size_t top = r->opened;
    /* The next number of an open list belongs to it, wherever it stands. */
    if (mark.mark == HW_IMPORT_NUMBER)
        for (size_t i = r->opened; i > 0; i--)
            if (r->open[i - 1].mark.mark == HW_IMPORT_NUMBER && r->open[i - 1].mark.style == mark.style &&
                (r->open[i - 1].mark.last + 1 == mark.last || (mark.levels > 1 && indent <= r->open[i - 1].indent))) {
                r->opened = i;
                r->open[i - 1] = (struct open){indent, mark};
                return (uint32_t)i - 1;
            }
    while (top > 0 && r->open[top - 1].indent > indent)
        top--;
    /* Another mark at the same place is a list inside, unless it is open. */
    for (size_t i = top; i > 0 && r->open[i - 1].indent == indent; i--)
        if (r->open[i - 1].mark.mark == mark.mark && r->open[i - 1].mark.style == mark.style) {
            r->opened = i;
            r->open[i - 1].mark = mark;
            return (uint32_t)i - 1;
        }
    if (top == HW_OUTLINE_DEPTH_MAX)
        top--;
    r->open[top] = (struct open){indent, mark};
    r->opened = top + 1;
    return (uint32_t)top;
}

static void put(struct reading *r, struct hw_slice text, enum hw_import_mark mark, uint32_t depth)
{
    text = hw_import_trim(text);
    if (text.n == 0)
        return;
    r->gather->mark = mark;
    r->gather->depth = depth;
    hw_import_gather_cell(r->gather, text, true);
    hw_import_gather_line(r->gather, r->line, HW_IMPORT_ROW);
}

/* Where ": 1. ...; 2. ..." has its nth number, text.n when it has none. */
static size_t inner_number(struct hw_slice text, size_t from, unsigned nth)
{
    for (size_t i = from; i + 3 < text.n; i++) {
        struct hw_import_number number;
        struct hw_slice rest = {text.p + i + 2, text.n - i - 2};
        if (strchr(nth == 1 ? ":" : ":;.,", text.p[i]) == NULL || text.p[i] == 0 || !is_blank(text.p[i + 1]) ||
            rest.p[0] < '0' || rest.p[0] > '9')
            continue;
        if (hw_import_number_take(&rest, &number) && number.levels == 1 && number.part[0] == nth)
            return i + 2;
    }
    return text.n;
}

/* A piece between bullets, which may count inside itself. */
static void put_counted(struct reading *r, struct hw_slice text, enum hw_import_mark mark, uint32_t depth)
{
    size_t from = inner_number(text, 0, 1);
    size_t next = from < text.n ? inner_number(text, from, 2) : text.n;
    if (next == text.n) {
        put(r, text, mark, depth);
        return;
    }
    put(r, (struct hw_slice){text.p, from}, mark, depth);
    for (unsigned nth = 2; from < text.n; nth++) {
        put(r, (struct hw_slice){text.p + from, next - from}, HW_IMPORT_NUMBER, depth + 1);
        from = next;
        next = from < text.n ? inner_number(text, from, nth + 1) : text.n;
    }
}

/* The line that waited, cut at the bullets inside it. */
static void flush(struct reading *r)
{
    struct hw_slice text = r->text;
    enum hw_import_mark mark = r->mark;
    uint32_t depth = r->depth;
    r->text.n = 0;
    while (text.n > 0) {
        size_t cut = inner_bullet(text, 0);
        put_counted(r, (struct hw_slice){text.p, cut}, mark, depth);
        if (cut == text.n)
            return;
        size_t n = bullet_length((struct hw_slice){text.p + cut, text.n - cut});
        text = (struct hw_slice){text.p + cut + n, text.n - cut - n};
        if (mark != HW_IMPORT_BULLET)
            depth++;
        mark = HW_IMPORT_BULLET;
    }
}

/* A wrapped line goes on where the one before ended. */
static bool goes_on(const struct reading *r, size_t indent, struct hw_slice text)
{
    if (r->text.n == 0 || r->text.n + text.n >= JOINED_BYTES_MAX ||
        (r->mark != HW_IMPORT_BULLET && r->mark != HW_IMPORT_NUMBER))
        return false;
    uint8_t end = r->text.p[r->text.n - 1];
    return indent > r->indent || (text.p[0] >= 'a' && text.p[0] <= 'z' && strchr(".:;!?", end) == NULL);
}

static void read_line(struct reading *r, struct hw_slice line, uint32_t number)
{
    size_t indent = 0;
    for (size_t i = 0; i < line.n && is_blank(line.p[i]); i++)
        indent += line.p[i] == '\t' ? TAB_WIDTH : 1;
    struct hw_slice text = hw_import_trim(line);
    if (text.n == 0) {
        flush(r);
        return;
    }
    struct mark mark = mark_of(text);
    if (mark.mark == HW_IMPORT_PLAIN && goes_on(r, indent, text)) {
        r->text = hw_slice_text(hw_arena_printf(r->gather->table->arena, "%.*s %.*s", (int)r->text.n,
                                                (const char *)r->text.p, (int)text.n, (const char *)text.p));
        return;
    }
    flush(r);
    r->line = number;
    r->indent = indent;
    r->mark = mark.mark;
    r->depth = 0;
    r->text = text;
    if (mark.mark == HW_IMPORT_BULLET || mark.mark == HW_IMPORT_NUMBER)
        r->depth = find_depth(r, indent, mark);
    else
        r->opened = 0;
    if (mark.mark == HW_IMPORT_HEADING)
        r->depth = (uint32_t)mark.n - 1;
    /* Numbers are read with their text; of bullets the sign is left out, unless it is all there is. */
    if (mark.mark == HW_IMPORT_BULLET || mark.mark == HW_IMPORT_HEADING) {
        struct hw_slice rest = hw_import_trim((struct hw_slice){text.p + mark.n, text.n - mark.n});
        r->text = rest.n > 0 ? rest : text;
    }
}

void hw_outline_read(struct hw_slice text, struct hw_import_gather *gather)
{
    struct reading r = {.gather = gather};
    struct hw_slice line;
    uint32_t number = 0;
    size_t at = 0;
    while (gather->status == HW_OK && next_line(text, &at, &line))
        read_line(&r, line, ++number);
    flush(&r);
}
