/* html_look.c: whether a file is a page, and in which encoding.
 * Floor 2, noun: import html. */
#include <string.h>
#include <strings.h>

#include "client/import/html.h"
#include "client/import/html_token.h"

/* How far a page may go before its first tag, and before it says its encoding. */
enum { LOOK_BYTES = 16384, CHARSET_BYTES = 4096 };

enum hw_html_look hw_import_html_look(struct hw_slice bytes)
{
    static const char *const sure[] = {"html", "head", "body", "table", "meta", "title", "link", "base"};
    static const char *const maybe[] = {"div", "p",  "ul", "ol", "h1",      "h2",      "h3",   "h4",   "span",  "tr", "style",
                                        "b",   "li", "td", "center", "section", "article", "main", "font", "strong", "script"};
    struct hw_html_reader reader = {.page = {bytes.p, bytes.n < LOOK_BYTES ? bytes.n : LOOK_BYTES}, .line = 1};
    struct hw_html_token token;
    if (bytes.n >= 3 && memcmp(bytes.p, "\xEF\xBB\xBF", 3) == 0)
        reader.at = 3;
    hw_html_next(&reader, &token);
    while (token.kind == HW_HTML_TEXT && hw_import_trim(token.text).n == 0)
        hw_html_next(&reader, &token);
    if (token.kind != HW_HTML_OPEN)
        return HW_HTML_NOT;
    for (size_t i = 0; i < sizeof sure / sizeof sure[0]; i++)
        if (hw_html_is(&token, sure[i]))
            return HW_HTML_SURELY;
    for (size_t i = 0; i < sizeof maybe / sizeof maybe[0]; i++)
        if (hw_html_is(&token, maybe[i]))
            return HW_HTML_MAYBE;
    return HW_HTML_NOT;
}

const char *hw_import_html_charset(struct hw_slice bytes)
{
    /* Labels of pages (WHATWG Encoding) and what iconv calls them; Latin-1 is
     * CP1252 in every browser. */
    static const struct {
        const char *label, *name;
    } names[] = {{"utf-8", "UTF-8"},          {"utf8", "UTF-8"},            {"windows-1250", "CP1250"}, {"windows-1251", "CP1251"},
                 {"windows-1252", "CP1252"},  {"windows-1253", "CP1253"},   {"windows-1254", "CP1254"}, {"windows-1255", "CP1255"},
                 {"windows-1256", "CP1256"},  {"windows-1257", "CP1257"},   {"iso-8859-1", "CP1252"},   {"us-ascii", "CP1252"},
                 {"iso-8859-2", "ISO-8859-2"}, {"iso-8859-5", "ISO-8859-5"}, {"iso-8859-6", "ISO-8859-6"}, {"iso-8859-9", "CP1254"},
                 {"iso-8859-15", "ISO-8859-15"}, {"koi8-r", "KOI8-R"},      {"koi8-u", "KOI8-U"},       {"gb2312", "GB18030"},
                 {"gbk", "GB18030"},          {"gb18030", "GB18030"}};
    size_t n = bytes.n < CHARSET_BYTES ? bytes.n : CHARSET_BYTES;
    for (size_t at = 0; at + 8 < n; at++) {
        if ((bytes.p[at] | 0x20) != 'c' || strncasecmp((const char *)bytes.p + at, "charset=", 8) != 0)
            continue;
        size_t from = at + 8;
        while (from < n && (bytes.p[from] == '"' || bytes.p[from] == '\'' || bytes.p[from] == ' '))
            from++;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            size_t length = strlen(names[i].label);
            if (n - from > length && strncasecmp((const char *)bytes.p + from, names[i].label, length) == 0 &&
                strchr("\"' />;\n", bytes.p[from + length]) != NULL)
                return names[i].name;
        }
    }
    return NULL;
}
