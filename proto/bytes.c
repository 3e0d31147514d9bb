/* bytes.c: borrowed slices (floor 1, pure). */
#include "headway/bytes.h"

#include <string.h>

struct hw_slice hw_slice_text(const char *text)
{
    return (struct hw_slice){(const uint8_t *)text, text ? strlen(text) : 0};
}

bool hw_slice_equal(struct hw_slice a, struct hw_slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool hw_slice_is(struct hw_slice a, const char *text)
{
    return hw_slice_equal(a, hw_slice_text(text));
}

int hw_slice_compare(struct hw_slice a, struct hw_slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    if (order)
        return order;
    return a.n < b.n ? -1 : a.n > b.n;
}
