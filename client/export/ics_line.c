/* ics_line.c: content lines of a calendar file (floor 2, noun: ics line).
 * RFC 5545, 3.1: at most 75 octets without the CRLF, a longer line goes on in
 * the next one behind a blank. Folding never cuts a letter: Outlook and several
 * phones decode line by line. */
#include <string.h>

#include "client/export/export.h"

enum { OCTETS = 75 };

/* Length of the letter at `p`; broken UTF-8 goes byte by byte. */
static size_t letter(const unsigned char *p)
{
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc0 ? 2 : 1;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 1;
    return n;
}

static size_t fold(FILE *to, const char *text, size_t used)
{
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        size_t n = letter(p);
        if (used + n > OCTETS) {
            fputs("\r\n ", to);
            used = 1;
        }
        fwrite(p, 1, n, to);
        used += n;
        p += n;
    }
    return used;
}

void hw_ics_line(FILE *to, const char *name, const char *value)
{
    size_t used = fold(to, name, 0);
    used = fold(to, ":", used);
    fold(to, value, used);
    fputs("\r\n", to);
}

/* RFC 5545, 3.3.11: backslash, semicolon, comma and line ends are escaped; other control characters may not stand in a
 * text at all. */
const char *hw_ics_escape(struct hw_arena *arena, const char *text)
{
    char *out = hw_arena_alloc(arena, 2 * strlen(text) + 1);
    size_t n = 0;
    for (; *text; text++) {
        if (*text == '\r' && text[1] == '\n')
            continue;
        bool line = *text == '\n' || *text == '\r';
        if (line || strchr("\\;,", *text))
            out[n++] = '\\';
        if (line)
            out[n++] = 'n';
        else
            out[n++] = ((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f ? ' ' : *text;
    }
    out[n] = '\0';
    return out;
}

void hw_ics_text(FILE *to, const char *name, const char *text)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    hw_ics_line(to, name, hw_ics_escape(&arena, text));
}
