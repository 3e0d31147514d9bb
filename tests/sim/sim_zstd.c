/* sim_zstd.c: packing with contexts that are kept. libzstd asks the processor
 * what it can do for each context that it makes, and on a virtual machine that question goes to the host: it took a
 * fourth of a simulated world's time. And what was unpacked lately is not unpacked again: each segment is opened by every node
 * that takes it and by oracles after it. The bytes are the same. Takes the place of libzstd's functions because the program's
 * symbols come first. */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "tests/sim/sim_map.h"

enum { KEPT = 4096 /* packed pieces; a power of two */, LONG = 65536 /* what is longer is rare */ };

/* For as long as the process runs: the functions are given nothing to keep them in. */
static ZSTD_CCtx *packer;
static ZSTD_DCtx *unpacker;

/* One packed piece and what it holds, behind each other. A piece of the same place puts it out. */
static struct piece {
    size_t packed_n, n;
    uint8_t *bytes; /* NULL: none */
} pieces[KEPT];

static struct piece *place_of(const void *from, size_t n)
{
    return &pieces[sim_hash(SIM_HASH, from, n) & (KEPT - 1)];
}

/* It is known by all its bytes: one that was damaged is another one. */
static bool is(const struct piece *piece, const void *from, size_t n)
{
    return piece->bytes && piece->packed_n == n && memcmp(piece->bytes, from, n) == 0;
}

static void keep(struct piece *piece, const void *from, size_t packed_n, const void *to, size_t n)
{
    piece->bytes = hw_realloc(piece->bytes, packed_n + n);
    piece->packed_n = packed_n;
    piece->n = n;
    memcpy(piece->bytes, from, packed_n);
    memcpy(piece->bytes + packed_n, to, n);
}

size_t ZSTD_compress(void *to, size_t room, const void *from, size_t n, int level)
{
    if (!packer)
        packer = ZSTD_createCCtx();
    return ZSTD_compressCCtx(packer, to, room, from, n, level);
}

size_t ZSTD_decompress(void *to, size_t room, const void *from, size_t n)
{
    struct piece *piece = place_of(from, n);
    if (!unpacker)
        unpacker = ZSTD_createDCtx();
    if (is(piece, from, n) && piece->n <= room) {
        memcpy(to, piece->bytes + piece->packed_n, piece->n);
        return piece->n;
    }
    size_t got = ZSTD_decompressDCtx(unpacker, to, room, from, n);
    if (!ZSTD_isError(got) && got <= LONG && n)
        keep(piece, from, n, to, got);
    return got;
}
