/* html_entity.c: letters that a page writes by name or number.
 * Floor 2, noun: import html token.  The names are those that editors and office
 * programs write (of the two thousand of HTML 5). */
#include <string.h>

#include "client/import/html_token.h"

/* "&thetasym;" is the longest here. */
enum { ENTITY_BYTES_MAX = 12 };

static const struct {
    const char *name;
    uint32_t letter;
} entities[] = {
    {"amp", '&'},      {"lt", '<'},        {"gt", '>'},        {"quot", '"'},      {"apos", '\''},    {"nbsp", 0xA0},
    {"ndash", 0x2013}, {"mdash", 0x2014},  {"lsquo", 0x2018},  {"rsquo", 0x2019},  {"sbquo", 0x201A}, {"ldquo", 0x201C},
    {"rdquo", 0x201D}, {"bdquo", 0x201E},  {"hellip", 0x2026}, {"bull", 0x2022},   {"middot", 0xB7},  {"laquo", 0xAB},
    {"raquo", 0xBB},   {"copy", 0xA9},     {"reg", 0xAE},      {"trade", 0x2122},  {"deg", 0xB0},     {"plusmn", 0xB1},
    {"frac12", 0xBD},  {"frac14", 0xBC},   {"frac34", 0xBE},   {"times", 0xD7},    {"divide", 0xF7},  {"euro", 0x20AC},
    {"pound", 0xA3},   {"yen", 0xA5},      {"cent", 0xA2},     {"sect", 0xA7},     {"para", 0xB6},    {"shy", 0xAD},
    {"ensp", 0x2002},  {"emsp", 0x2003},   {"thinsp", 0x2009}, {"zwnj", 0x200C},   {"zwj", 0x200D},   {"lrm", 0x200E},
    {"rlm", 0x200F},   {"larr", 0x2190},   {"rarr", 0x2192},   {"uarr", 0x2191},   {"darr", 0x2193},  {"check", 0x2713},
    {"le", 0x2264},    {"ge", 0x2265},     {"ne", 0x2260},     {"prime", 0x2032},  {"permil", 0x2030}, {"lsaquo", 0x2039},
    {"rsaquo", 0x203A}, {"iexcl", 0xA1},   {"iquest", 0xBF},   {"ordf", 0xAA},     {"ordm", 0xBA},    {"sup1", 0xB9},
    {"sup2", 0xB2},    {"sup3", 0xB3},     {"micro", 0xB5},    {"szlig", 0xDF},
    {"Agrave", 0xC0},  {"Aacute", 0xC1},   {"Acirc", 0xC2},    {"Atilde", 0xC3},   {"Auml", 0xC4},    {"Aring", 0xC5},
    {"AElig", 0xC6},   {"Ccedil", 0xC7},   {"Egrave", 0xC8},   {"Eacute", 0xC9},   {"Ecirc", 0xCA},   {"Euml", 0xCB},
    {"Igrave", 0xCC},  {"Iacute", 0xCD},   {"Icirc", 0xCE},    {"Iuml", 0xCF},     {"Ntilde", 0xD1},  {"Ograve", 0xD2},
    {"Oacute", 0xD3},  {"Ocirc", 0xD4},    {"Otilde", 0xD5},   {"Ouml", 0xD6},     {"Oslash", 0xD8},  {"Ugrave", 0xD9},
    {"Uacute", 0xDA},  {"Ucirc", 0xDB},    {"Uuml", 0xDC},     {"agrave", 0xE0},   {"aacute", 0xE1},  {"acirc", 0xE2},
    {"atilde", 0xE3},  {"auml", 0xE4},     {"aring", 0xE5},    {"aelig", 0xE6},    {"ccedil", 0xE7},  {"egrave", 0xE8},
    {"eacute", 0xE9},  {"ecirc", 0xEA},    {"euml", 0xEB},     {"igrave", 0xEC},   {"iacute", 0xED},  {"icirc", 0xEE},
    {"iuml", 0xEF},    {"ntilde", 0xF1},   {"ograve", 0xF2},   {"oacute", 0xF3},   {"ocirc", 0xF4},   {"otilde", 0xF5},
    {"ouml", 0xF6},    {"oslash", 0xF8},   {"ugrave", 0xF9},   {"uacute", 0xFA},   {"ucirc", 0xFB},   {"uuml", 0xFC},
    {"yacute", 0xFD},  {"yuml", 0xFF},     {"OElig", 0x152},   {"oelig", 0x153},   {"Scaron", 0x160}, {"scaron", 0x161},
};

/* Numbers from 128 to 159 are letters of CP1252 in every browser (HTML 13.2.5.80). */
static uint32_t western(uint32_t number)
{
    static const uint16_t letters[32] = {
        0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021, 0x2C6,  0x2030, 0x160,
        0x2039, 0x152,  0x8D,   0x17D,  0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};
    return number >= 0x80 && number < 0xA0 ? letters[number - 0x80] : number;
}

static size_t numeric(struct hw_slice text, uint32_t *letter)
{
    size_t at = 2;
    bool hex = at < text.n && (text.p[at] | 0x20) == 'x';
    uint32_t number = 0;
    size_t digits = 0;
    for (at += hex; at < text.n && digits < 8; at++, digits++) {
        uint8_t c = text.p[at];
        if (c >= '0' && c <= '9')
            c = (uint8_t)(c - '0');
        else if (hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            c = (uint8_t)((c | 0x20) - 'a' + 10);
        else
            break;
        number = number < 0x200000 ? number * (hex ? 16 : 10) + c : number;
    }
    if (digits == 0)
        return 0;
    *letter = western(number);
    return at + (at < text.n && text.p[at] == ';');
}

size_t hw_html_entity(struct hw_slice text, uint32_t *letter)
{
    if (text.n < 3 || text.p[0] != '&')
        return 0;
    if (text.p[1] == '#')
        return numeric(text, letter);
    size_t max = text.n < ENTITY_BYTES_MAX ? text.n : ENTITY_BYTES_MAX;
    const uint8_t *end = memchr(text.p, ';', max);
    size_t n = end != NULL ? (size_t)(end - text.p) - 1 : 0;
    for (size_t i = 0; n > 0 && i < sizeof entities / sizeof entities[0]; i++)
        if (strlen(entities[i].name) == n && memcmp(text.p + 1, entities[i].name, n) == 0) {
            *letter = entities[i].letter;
            return n + 2;
        }
    return 0;
}
