/* sim_heap.c: memory for SQLite, by lists of pieces of one size. The C library
 * joins and parts pieces again and again, and each statement takes dozens. Where a sanitizer looks on, the C library's serves. */
#include "tests/sim/sim_heap.h"

#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "headway/bytes.h"

#ifdef __SANITIZE_ADDRESS__
void sim_heap_begin(void)
{
}
#else
enum {
    STEP = 16,
    SIZES = 1024, /* up to STEP * SIZES; what is longer comes from the C library */
    SLAB = 1 << 20
};

/* Stands before what SQLite sees. */
union piece {
    uint64_t size;      /* in use: as SQLite sees it */
    union piece *next;  /* free */
};

/* For as long as the process runs. */
static union piece *spare[SIZES + 1];
static uint8_t *slab;
static size_t slab_left;

static int round_up(int n)
{
    return (n + (int)sizeof(union piece) + STEP - 1) / STEP * STEP - (int)sizeof(union piece);
}

static union piece *carve(size_t whole)
{
    if (slab_left < whole) { /* the rest of the former one is lost: less than one piece */
        slab = hw_alloc(SLAB);
        slab_left = SLAB;
    }
    union piece *piece = (union piece *)(void *)slab;
    slab += whole;
    slab_left -= whole;
    return piece;
}

static void *take(int n)
{
    size_t size = (size_t)round_up(n), whole = size + sizeof(union piece), list = whole / STEP;
    union piece *piece;
    if (list > SIZES) {
        piece = hw_alloc(whole);
    } else if (spare[list]) {
        piece = spare[list];
        spare[list] = piece->next;
    } else {
        piece = carve(whole);
    }
    piece->size = size;
    return piece + 1;
}

static void give(void *p)
{
    union piece *piece = (union piece *)p - 1;
    size_t list = (piece->size + sizeof *piece) / STEP;
    if (list > SIZES) {
        free(piece);
        return;
    }
    piece->next = spare[list];
    spare[list] = piece;
}

static int size_of(void *p)
{
    return p ? (int)((union piece *)p - 1)->size : 0;
}

static void *change(void *p, int n)
{
    int had = size_of(p);
    if (n <= had && n > had / 2)
        return p;
    void *to = take(n);
    memcpy(to, p, (size_t)(had < n ? had : n));
    give(p);
    return to;
}

static int begin(void *self)
{
    (void)self;
    return SQLITE_OK;
}

static void end(void *self)
{
    (void)self;
}

void sim_heap_begin(void)
{
    static const sqlite3_mem_methods methods = {.xMalloc = take, .xFree = give, .xRealloc = change, .xSize = size_of,
                                                .xRoundup = round_up, .xInit = begin, .xShutdown = end};
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}
#endif
