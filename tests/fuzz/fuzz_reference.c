/* References, and the words of lint. Input: a byte for the scheme of the text before, then the text. */
#include "daemon/lint.h"
#include "fuzz.h"
#include "headway/reference.h"

enum { TEXT_MAX = 2000 }; /* lint looks at every place of a text */

/* A code says itself, and nothing else. */
static void reads_again(struct hw_arena *arena, const char *code)
{
    struct hw_references again;
    hw_references_read(arena, hw_slice_text(code), NULL, &again);
    HOLDS(again.n == 1 && again.whole && strcmp(again.codes[0], code) == 0);
    HOLDS(strncmp(code, again.scheme, strlen(again.scheme)) == 0);
}

FUZZ_TARGET(reference)
{
    static const char *const before[] = {NULL, "SDG", "GCM", "ILO", "WHA", "UNSC", "UNGA", "none"};
    struct hw_slice input = {data, size};
    struct hw_references found;
    struct hw_arena arena;
    size_t at = 0, n = 0;
    hw_arena_init(&arena);
    hw_references_read(&arena, input, before[fuzz_byte(&input) % 8], &found);
    for (size_t i = 0; i < found.n; i++)
        reads_again(&arena, found.codes[i]);
    HOLDS(!found.whole || found.n > 0);
    input.n = input.n < TEXT_MAX ? input.n : TEXT_MAX;
    const char *text = hw_arena_text(&arena, input.p, input.n), *left = hw_lint_without(&arena, text);
    HOLDS(strlen(left) <= strlen(text));
    HOLDS(!hw_lint_placeholder(text, &at, &n) || (n > 0 && at + n <= strlen(text) && strlen(left) < strlen(text)));
    hw_lint_pending(&arena, text);
    hw_arena_done(&arena);
    return 0;
}
