/* cell.c: what stands inside one cell of a tracker.
 * Floor 2, noun: import cell.  Printed numbers, country prefixes, lists, marks
 * of HTML and Markdown. */
#include <string.h>
#include <strings.h>

#include "client/import/cell.h"
#include "client/import/html_token.h"
#include "headway/country.h"

/* The longest country name in the table has 52 bytes; two or three of them may
 * stand before the colon. */
enum { PREFIX_BYTES_MAX = 120 };
/* A level of a printed number; four digits would be a year. */
enum { LEVEL_DIGITS_MAX = 3 };
/* Attributes of pasted HTML are short; a lone < opens no tag. */
enum { TAG_BYTES_MAX = 200 };

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Reads "1.1" at `at`; gives where it ends, or 0 when it is no number. */
static size_t levels_read(struct hw_slice text, size_t at, struct hw_import_number *number)
{
    number->levels = 0;
    while (number->levels < HW_IMPORT_LEVELS_MAX) {
        unsigned value = 0;
        size_t digits = 0;
        for (; at + digits < text.n && is_digit(text.p[at + digits]); digits++)
            value = digits < LEVEL_DIGITS_MAX ? value * 10 + (unsigned)(text.p[at + digits] - '0') : value;
        if (digits == 0 || digits > LEVEL_DIGITS_MAX)
            return 0;
        number->part[number->levels++] = value;
        at += digits;
        if (at + 1 >= text.n || text.p[at] != '.' || !is_digit(text.p[at + 1]))
            return at;
        at++;
    }
    return 0;
}

/* A number with its ending, "(1)", "3.3."; `*ended` says that it had one.
 * Gives its length, 0 for none. */
static size_t number_length(struct hw_slice text, struct hw_import_number *number, bool *ended)
{
    size_t at = text.n > 0 && text.p[0] == '(' ? 1 : 0;
    size_t end = levels_read(text, at, number);
    size_t bare = end;
    if (end == 0)
        return 0;
    while (end < text.n && end < bare + 2 && (text.p[end] == '.' || text.p[end] == ')'))
        end++;
    *ended = end > bare;
    if (at == 1 && (!*ended || text.p[end - 1] != ')'))
        return 0;
    return end;
}

bool hw_import_number_take(struct hw_slice *text, struct hw_import_number *number)
{
    struct hw_import_number read;
    bool ended = false;
    size_t n = number_length(*text, &read, &ended);
    number->levels = 0;
    /* "3 meetings" is no number, nor is "1.": a title must follow. "1)Map" is
     * one, "3.5km" is not. */
    if (n == 0 || n >= text->n || (!ended && read.levels < 2))
        return false;
    if (!is_blank(text->p[n]) && text->p[n - 1] != ')')
        return false;
    *number = read;
    number->text = (struct hw_slice){text->p, n};
    *text = hw_import_trim((struct hw_slice){text->p + n, text->n - n});
    return true;
}

bool hw_import_number_read(struct hw_slice text, struct hw_import_number *number)
{
    bool ended = false;
    size_t n = number_length(text, number, &ended);
    number->text = text;
    if (n == 0 || n != text.n)
        number->levels = 0;
    return number->levels > 0;
}

/* Two letters ("To:", "No:", "IT:") begin ordinary titles, and so do three when
 * they are not all capitals ("Can:"). */
static bool names_country(struct hw_slice word)
{
    if (word.n < 3)
        return false;
    for (size_t i = 0; word.n == 3 && i < 3; i++)
        if (word.p[i] < 'A' || word.p[i] > 'Z')
            return false;
    return hw_country_find(word) != NULL;
}

size_t hw_import_country_take(struct hw_slice *text, struct hw_slice *words, size_t max)
{
    size_t look = text->n < PREFIX_BYTES_MAX ? text->n : PREFIX_BYTES_MAX, n = 0, from = 0;
    const uint8_t *colon = look > 0 ? memchr(text->p, ':', look) : NULL;
    if (colon == NULL)
        return 0;
    size_t end = (size_t)(colon - text->p);
    for (size_t i = 0; i <= end; i++) {
        if (i < end && strchr("/,&;", text->p[i]) == NULL)
            continue;
        struct hw_slice word = hw_import_trim((struct hw_slice){text->p + from, i - from});
        if (n == max || !names_country(word))
            return 0;
        words[n++] = word;
        from = i + 1;
    }
    *text = hw_import_trim((struct hw_slice){colon + 1, text->n - end - 1});
    return n;
}

bool hw_import_part(struct hw_slice cell, bool commas, size_t *at, struct hw_slice *part)
{
    while (*at < cell.n) {
        size_t from = *at, i = from, depth = 0;
        for (; i < cell.n; i++) {
            uint8_t c = cell.p[i];
            if (c == '\n' || (depth == 0 && (c == ';' || (commas && c == ','))))
                break;
            /* "agencies (UNDP, UNHCR)" is one of a list. */
            if (c == '(')
                depth++;
            else if (c == ')' && depth > 0)
                depth--;
        }
        *at = i + 1;
        *part = hw_import_trim((struct hw_slice){cell.p + from, i - from});
        if (part->n > 0)
            return true;
    }
    return false;
}

/* Length of the HTML tag at `at`, 0 when it is none; `*breaks` says that it
 * ends a line. */
static size_t tag_length(struct hw_slice text, size_t at, bool *breaks)
{
    static const struct {
        const char *name;
        bool breaks;
    } tags[] = {{"p", true},    {"br", true},      {"li", true},   {"ul", true},  {"ol", true},
                {"div", true},  {"b", false},      {"i", false},   {"u", false},  {"em", false},
                {"span", false}, {"strong", false}, {"font", false}, {"a", false},    {"sup", false}, {"sub", false},
                {"table", true}, {"tr", true},      {"td", true},    {"th", true},    {"tbody", true}, {"small", false}};
    size_t name = at + 1, max = text.n - at < TAG_BYTES_MAX ? text.n : at + TAG_BYTES_MAX;
    if (name < max && text.p[name] == '/')
        name++;
    size_t n = 0;
    while (name + n < max && ((text.p[name + n] | 0x20) >= 'a' && (text.p[name + n] | 0x20) <= 'z'))
        n++;
    if (name + n >= max || n == 0 || strchr(" \t/>", text.p[name + n]) == NULL || text.p[name + n] == 0)
        return 0;
    const uint8_t *end = memchr(text.p + name, '>', max - name);
    for (size_t i = 0; end != NULL && i < sizeof tags / sizeof tags[0]; i++)
        if (strlen(tags[i].name) == n && strncasecmp(tags[i].name, (const char *)text.p + name, n) == 0) {
            *breaks = tags[i].breaks;
            return (size_t)(end - (text.p + at)) + 1;
        }
    return 0;
}

/* Length of a bullet at the start of a line, 0 for none. */
static size_t bullet_length(struct hw_slice text, size_t at)
{
    static const char *const bullets[] = {"\xE2\x80\xA2", "\xC2\xB7", "\xE2\x96\xAA", "\xE2\x80\x93", "-", "*"};
    for (size_t i = 0; i < sizeof bullets / sizeof bullets[0]; i++) {
        size_t n = strlen(bullets[i]);
        if (text.n - at < n || memcmp(text.p + at, bullets[i], n) != 0)
            continue;
        /* A hyphen needs a blank after it: "-1" is a value. */
        if (at + n == text.n || is_blank(text.p[at + n]) || i < 3)
            return n;
    }
    return 0;
}

/* Length of what is to be left out at `at`. */
static size_t mark_length(struct hw_slice text, size_t at, bool line_start, bool *breaks)
{
    *breaks = false;
    if (text.p[at] == '<')
        return tag_length(text, at, breaks);
    size_t n = line_start ? bullet_length(text, at) : 0;
    if (n == 0 && text.n - at >= 2 && memcmp(text.p + at, "**", 2) == 0)
        n = 2;
    return n;
}

/* Length of an entity that is written in full, "&amp;" and "&#233;", 0 for
 * none; it is never shorter than its letter. "AT&T" has none. */
static size_t entity_length(struct hw_slice text, size_t at, uint32_t *letter)
{
    size_t n = text.p[at] == '&' ? hw_html_entity((struct hw_slice){text.p + at, text.n - at}, letter) : 0;
    return n > 0 && text.p[at + n - 1] == ';' && *letter > ' ' ? n : 0;
}

struct hw_slice hw_import_plain(struct hw_slice text, struct hw_arena *arena)
{
    HW_CLEANUP(hw_import_run_done) struct hw_import_run out = {.p = NULL};
    bool line_start = true, changed = false;
    size_t from = 0;
    for (size_t at = 0; at < text.n;) {
        uint32_t letter = 0;
        bool breaks;
        size_t mark = mark_length(text, at, line_start, &breaks), entity = entity_length(text, at, &letter);
        if (mark == 0 && entity == 0) {
            line_start = text.p[at] == '\n' || (line_start && is_blank(text.p[at]));
            at++;
            continue;
        }
        changed = true;
        hw_import_run_add(&out, (struct hw_slice){text.p + from, at - from});
        if (mark > 0 && breaks)
            hw_import_run_break(&out);
        else if (mark == 0)
            hw_import_run_letter(&out, letter);
        line_start = mark > 0 && (line_start || breaks);
        at += mark > 0 ? mark : entity;
        from = at;
    }
    if (!changed)
        return text;
    hw_import_run_add(&out, (struct hw_slice){text.p + from, text.n - from});
    return hw_import_trim(hw_arena_slice(arena, hw_import_run_slice(&out)));
}

struct hw_slice hw_import_squeeze(struct hw_slice text, struct hw_arena *arena)
{
    uint8_t *out = hw_arena_alloc(arena, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (is_blank(text.p[i]) || strchr(",;:/&", text.p[i]) != NULL)
            continue;
        if (text.p[i] == 0xC2 && i + 1 < text.n && text.p[i + 1] == 0xA0) {
            i++;
            continue;
        }
        out[n++] = text.p[i];
    }
    return (struct hw_slice){out, n};
}
