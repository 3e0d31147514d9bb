/* arena.c: memory for one step, given back at once (floor 1, pure).
 *
 * Blocks double from 8 KiB (a small request fits one) to 1 MiB (larger ones
 * gain nothing); a request larger than that gets a block of its own. */
#include <assert.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "headway/bytes.h"

enum { FIRST_BLOCK = 8 * 1024, LARGEST_BLOCK = 1024 * 1024 };

struct hw_arena_block {
    struct hw_arena_block *next;
    size_t size, used;
    _Alignas(max_align_t) uint8_t bytes[];
};

/* Memory is out: nothing sensible is left to do, and what was saved is
 * committed (see bytes.h). */
static _Noreturn void out_of_memory(size_t size)
{
    fprintf(stderr, "headway: out of memory (asked for %zu bytes)\n", size);
    abort();
}

void *hw_alloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p)
        out_of_memory(size);
    return p;
}

void *hw_realloc(void *p, size_t size)
{
    void *q = realloc(p, size ? size : 1);
    if (!q)
        out_of_memory(size);
    return q;
}

void hw_arena_init(struct hw_arena *arena)
{
    *arena = (struct hw_arena){0};
}

void hw_arena_done(struct hw_arena *arena)
{
    for (struct hw_arena_block *block = arena->first; block;) {
        struct hw_arena_block *next = block->next;
        free(block);
        block = next;
    }
    hw_arena_init(arena);
}

void hw_arena_wipe(struct hw_arena *arena)
{
    for (struct hw_arena_block *block = arena->first; block; block = block->next)
        sodium_memzero(block->bytes, block->used);
    hw_arena_done(arena);
}

void hw_arena_reset(struct hw_arena *arena)
{
    struct hw_arena_block *keep = arena->first;
    if (!keep)
        return;
    struct hw_arena rest = {.first = keep->next};
    hw_arena_done(&rest);
    keep->next = NULL;
    keep->used = 0;
    arena->used = 0;
}

static struct hw_arena_block *block_new(struct hw_arena *arena, size_t size)
{
    size_t want = arena->first ? arena->first->size * 2 : FIRST_BLOCK;
    if (want > LARGEST_BLOCK)
        want = LARGEST_BLOCK;
    if (want < size)
        want = size;
    struct hw_arena_block *block = hw_alloc(sizeof *block + want);
    *block = (struct hw_arena_block){.next = arena->first, .size = want};
    arena->first = block;
    return block;
}

void *hw_arena_alloc(struct hw_arena *arena, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    if (size > SIZE_MAX - align)
        out_of_memory(size);
    size = (size + align - 1) / align * align;
    struct hw_arena_block *block = arena->first;
    if (!block || block->size - block->used < size)
        block = block_new(arena, size);
    void *p = block->bytes + block->used;
    block->used += size;
    arena->used += size;
    return p;
}

void *hw_arena_zero(struct hw_arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / 2 / size)
        out_of_memory(SIZE_MAX);
    void *p = hw_arena_alloc(arena, count * size);
    memset(p, 0, count * size);
    return p;
}

void *hw_arena_copy(struct hw_arena *arena, const void *bytes, size_t n)
{
    void *p = hw_arena_alloc(arena, n);
    if (n)
        memcpy(p, bytes, n);
    return p;
}

struct hw_slice hw_arena_slice(struct hw_arena *arena, struct hw_slice s)
{
    return (struct hw_slice){hw_arena_copy(arena, s.p, s.n), s.n};
}

char *hw_arena_text(struct hw_arena *arena, const void *bytes, size_t n)
{
    char *text = hw_arena_alloc(arena, n + 1);
    if (n)
        memcpy(text, bytes, n);
    text[n] = 0;
    return text;
}

char *hw_arena_printf(struct hw_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    char first[1]; /* only measures */
    int n = vsnprintf(first, sizeof first, format, args);
    va_end(args);
    assert(n >= 0);
    char *text = hw_arena_alloc(arena, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}
