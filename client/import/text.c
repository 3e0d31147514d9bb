/* text.c: a file of an unknown office program becomes UTF-8 text.
 * Floor 2, noun: import text.  The encodings are those that spreadsheets of the
 * offices save: UTF-8, UTF-16 ("Unicode text"), CP1252 (western), CP1251
 * (Cyrillic), CP1256 (Arabic). What is none of them is refused, never guessed. */
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "client/import/limits.h"
#include "client/import/text.h"
#include "headway/cbor.h"

/* How much of a file without a byte order mark is looked at to tell UTF-16 from
 * binary data. */
enum { SAMPLE_BYTES = 4096 };

static bool starts_with(struct hw_slice bytes, const char *magic, size_t n)
{
    return bytes.n >= n && memcmp(bytes.p, magic, n) == 0;
}

/* What a file is whose first bytes say that it is no text; NULL otherwise. */
static const char *binary_kind(struct hw_slice bytes)
{
    if (starts_with(bytes, "PK\x03\x04", 4))
        return "a workbook or another zip file";
    if (starts_with(bytes, "\xD0\xCF\x11\xE0", 4))
        return "a workbook or document of an old office program";
    if (starts_with(bytes, "%PDF", 4))
        return "a PDF file";
    return NULL;
}

/* UTF-16 without a byte order mark: one half of the bytes is nearly always zero
 * in Latin text, the other never. NULL when it is not that. */
static const char *bare_utf16(struct hw_slice bytes)
{
    size_t n = bytes.n < SAMPLE_BYTES ? bytes.n & ~(size_t)1 : SAMPLE_BYTES;
    size_t zeros[2] = {0, 0};
    for (size_t i = 0; i < n; i++)
        if (bytes.p[i] == 0)
            zeros[i & 1]++;
    if (bytes.n % 2 != 0)
        return NULL;
    if (zeros[0] == 0 && zeros[1] > n / 4)
        return "UTF-16LE";
    if (zeros[1] == 0 && zeros[0] > n / 4)
        return "UTF-16BE";
    return NULL;
}

/* Arabic words are runs of high letters too. Read as Cyrillic, their small and
 * capital letters stand in any order, and two letters, alef and lam, are a
 * quarter of all text. */
static bool is_arabic(struct hw_slice bytes)
{
    size_t high = 0, pairs = 0, turns = 0, article = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        uint8_t c = bytes.p[i], before = i > 0 ? bytes.p[i - 1] : 0;
        high += c >= 0x80;
        article += c == 0xC7 || c == 0xE1;
        pairs += c >= 0xC0 && before >= 0xC0;
        turns += before >= 0xE0 && c >= 0xC0 && c < 0xE0;
    }
    return turns * 10 > pairs && article * 10 > high;
}

/* Which 8-bit encoding. Cyrillic words are runs of high letters, most of them
 * small (0xE0 and up in CP1251); in western text high letters stand alone
 * between ASCII ones. NULL when it looks like neither. */
static const char *eight_bit(struct hw_slice bytes)
{
    size_t high = 0, small = 0, runs = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        if (bytes.p[i] < 0x80)
            continue;
        high++;
        small += bytes.p[i] >= 0xE0;
        runs += i > 0 && bytes.p[i - 1] >= 0xC0 && bytes.p[i] >= 0xC0;
    }
    if (runs * 2 > high && is_arabic(bytes))
        return "CP1256";
    if (runs * 2 > high)
        return small * 2 > high ? "CP1251" : NULL;
    return runs * 5 <= high ? "CP1252" : NULL;
}

static void iconv_free(iconv_t *handle)
{
    if (*handle != (iconv_t)-1)
        iconv_close(*handle);
}

static enum hw_status convert(struct hw_slice bytes, const char *encoding, struct hw_arena *arena,
                              struct hw_slice *text, struct hw_err *err)
{
    HW_CLEANUP(iconv_free) iconv_t handle = iconv_open("UTF-8", encoding);
    if (handle == (iconv_t)-1)
        return hw_fail(err, HW_FAILED, "this system cannot read %s; save the file as UTF-8", encoding);
    /* One byte becomes at most three in these encodings (a BMP character from
     * two bytes of UTF-16 too). */
    size_t room = bytes.n * 3 + 4, left = bytes.n;
    uint8_t *out = hw_arena_alloc(arena, room);
    char *from = (char *)(uintptr_t)bytes.p, *to = (char *)out;
    if (iconv(handle, &from, &left, &to, &room) == (size_t)-1)
        return hw_fail(err, HW_USAGE, "the file was taken for %s, but byte %zu does not fit; save it as UTF-8", encoding,
                       bytes.n - left + 1);
    *text = (struct hw_slice){out, (size_t)(to - (char *)out)};
    return HW_OK;
}

/* CRLF and CR become LF, so that two offices that saved one file on different
 * systems make the same records. */
static struct hw_slice with_newlines(struct hw_slice text, struct hw_arena *arena)
{
    uint8_t *out = hw_arena_alloc(arena, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '\r')
            out[n++] = text.p[i];
        else if (i + 1 == text.n || text.p[i + 1] != '\n')
            out[n++] = '\n';
    }
    return (struct hw_slice){out, n};
}

static const char *encoding_of(struct hw_slice *bytes)
{
    const char *name = NULL;
    size_t mark = 0;
    if (starts_with(*bytes, "\xEF\xBB\xBF", 3)) {
        name = "UTF-8";
        mark = 3;
    } else if (starts_with(*bytes, "\xFF\xFE", 2)) {
        name = "UTF-16LE";
        mark = 2;
    } else if (starts_with(*bytes, "\xFE\xFF", 2)) {
        name = "UTF-16BE";
        mark = 2;
    } else {
        name = bare_utf16(*bytes);
    }
    bytes->p += mark;
    bytes->n -= mark;
    return name;
}

enum hw_status hw_import_text_decode(struct hw_slice bytes, struct hw_arena *arena, struct hw_import_text *text,
                                     struct hw_err *err)
{
    if (bytes.n > HW_IMPORT_FILE_MAX)
        return hw_fail(err, HW_LIMIT, "the file is larger than 64 MiB; cut it into parts");
    if (bytes.n == 0)
        return hw_fail(err, HW_USAGE, "the file is empty");
    const char *kind = binary_kind(bytes);
    if (kind != NULL)
        return hw_fail(err, HW_USAGE, "this is %s, not text; save the table as CSV (UTF-8) and import that", kind);
    const char *encoding = encoding_of(&bytes);
    struct hw_slice utf8 = bytes;
    bool wide = encoding != NULL && strncmp(encoding, "UTF-16", 6) == 0;
    if (!wide && bytes.n > 0 && memchr(bytes.p, 0, bytes.n) != NULL)
        return hw_fail(err, HW_USAGE, "this is not a text file (it holds NUL bytes); save the table as CSV (UTF-8)");
    if (!wide && !hw_utf8_valid(bytes)) {
        encoding = encoding == NULL ? eight_bit(bytes) : NULL;
        if (encoding == NULL)
            return hw_fail(err, HW_USAGE, "the text is neither UTF-8 nor UTF-16, CP1252, CP1251 or CP1256; save it as UTF-8");
        wide = true;
    }
    if (wide) {
        enum hw_status status = convert(bytes, encoding, arena, &utf8, err);
        if (status != HW_OK)
            return status;
        if (utf8.n > 0 && !hw_utf8_valid(utf8))
            return hw_fail(err, HW_USAGE, "this is not a text file (it holds NUL bytes); save the table as CSV (UTF-8)");
    }
    text->encoding = encoding != NULL ? encoding : "UTF-8";
    text->text = with_newlines(utf8, arena);
    return HW_OK;
}

enum hw_status hw_import_text_named(struct hw_slice bytes, const char *encoding, struct hw_arena *arena,
                                    struct hw_import_text *text, struct hw_err *err)
{
    struct hw_slice utf8;
    if (bytes.n > HW_IMPORT_FILE_MAX)
        return hw_fail(err, HW_LIMIT, "the file is larger than 64 MiB; cut it into parts");
    enum hw_status status = convert(bytes, encoding, arena, &utf8, err);
    if (status != HW_OK)
        return status;
    if (!hw_utf8_valid(utf8))
        return hw_fail(err, HW_USAGE, "this is not a text file (it holds NUL bytes)");
    text->encoding = encoding;
    text->text = with_newlines(utf8, arena);
    return HW_OK;
}

struct hw_slice hw_import_trim(struct hw_slice text)
{
    for (;;) {
        if (text.n > 0 && (text.p[0] == ' ' || (text.p[0] >= '\t' && text.p[0] <= '\r'))) {
            text.p++;
            text.n--;
        } else if (text.n > 1 && text.p[0] == 0xC2 && text.p[1] == 0xA0) {
            text.p += 2;
            text.n -= 2;
        } else {
            break;
        }
    }
    for (;;) {
        uint8_t last = text.n > 0 ? text.p[text.n - 1] : 'x';
        if (last == ' ' || (last >= '\t' && last <= '\r'))
            text.n--;
        else if (text.n > 1 && last == 0xA0 && text.p[text.n - 2] == 0xC2)
            text.n -= 2;
        else
            break;
    }
    return text;
}
