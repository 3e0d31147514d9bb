/* bytes.h: a run of bytes that somebody else owns, and the arena that owns
 * what one step needs.  Floor 0. */
#ifndef HEADWAY_BYTES_H
#define HEADWAY_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes; `p` may be NULL when `n` is 0. Not NUL-terminated. */
struct hw_slice {
    const uint8_t *p;
    size_t n;
};

struct hw_slice hw_slice_text(const char *text); /* without the NUL; NULL gives an empty slice */
bool hw_slice_equal(struct hw_slice a, struct hw_slice b);
bool hw_slice_is(struct hw_slice a, const char *text);
int hw_slice_compare(struct hw_slice a, struct hw_slice b); /* bytewise, shorter first on a tie */

/* Runs a destructor `fn(&variable)` at scope end; the one cleanup macro. */
#define HW_CLEANUP(fn) __attribute__((cleanup(fn)))

/* Arena: memory for one step or one request, given back all at once.
 * Allocation never returns NULL: sizes are checked against the protocol's
 * limits before anything is allocated, so running out of memory is the
 * machine's failure; the process then ends, and what was saved is safe because
 * it was committed. Memory is aligned for any type and NOT zeroed unless
 * said. */
struct hw_arena_block;
struct hw_arena {
    struct hw_arena_block *first; /* newest block */
    size_t used;                  /* bytes handed out, for accounting */
};

void hw_arena_init(struct hw_arena *arena);
void hw_arena_done(struct hw_arena *arena);  /* frees all; the arena may be used again */
void hw_arena_wipe(struct hw_arena *arena); /* the same, of one that held a secret */
void hw_arena_reset(struct hw_arena *arena); /* forgets all, keeps one block for reuse */
void *hw_arena_alloc(struct hw_arena *arena, size_t size);
void *hw_arena_zero(struct hw_arena *arena, size_t count, size_t size); /* zeroed array */
void *hw_arena_copy(struct hw_arena *arena, const void *bytes, size_t n);
struct hw_slice hw_arena_slice(struct hw_arena *arena, struct hw_slice s);
char *hw_arena_text(struct hw_arena *arena, const void *bytes, size_t n); /* NUL-terminated copy */
char *hw_arena_printf(struct hw_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* malloc and friends that end the process with a message when memory is
 * out (see above). Free with free(). */
void *hw_alloc(size_t size);
void *hw_realloc(void *p, size_t size);

#endif
