/* utf8.c: is this UTF-8 (RFC 3629)?  Floor 1, pure. */
#include <string.h>

#include "headway/cbor.h"

/* Length of the well-formed character at `p`, 0 when there is none (RFC 3629
 * section 4: no overlong forms, no surrogates, nothing above U+10FFFF). */
static size_t character(const uint8_t *p, size_t left)
{
    uint8_t low = 0x80, high = 0xBF; /* bounds of the second byte */
    size_t n;
    if (p[0] < 0x80)
        return p[0] != 0;
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        n = 2;
    } else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        n = 3;
        if (p[0] == 0xE0)
            low = 0xA0;
        if (p[0] == 0xED)
            high = 0x9F;
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        n = 4;
        if (p[0] == 0xF0)
            low = 0x90;
        if (p[0] == 0xF4)
            high = 0x8F;
    } else {
        return 0;
    }
    if (left < n || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if (p[i] < 0x80 || p[i] > 0xBF)
            return 0;
    return n;
}

/* Eight characters at once that are all plain ASCII and no NUL: most text is.
 * (A byte is zero where subtracting 1 borrows into a high bit that was clear.) */
static bool plain(const uint8_t *p)
{
    static const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t eight;
    memcpy(&eight, p, sizeof eight);
    return ((eight | ((eight - ones) & ~eight)) & highs) == 0;
}

bool hw_utf8_valid(struct hw_slice s)
{
    for (size_t i = 0; i < s.n;) {
        if (s.n - i >= 8 && plain(s.p + i)) {
            i += 8;
            continue;
        }
        size_t n = character(s.p + i, s.n - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}
