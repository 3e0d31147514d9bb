/* sim_zstd.c: packing with contexts that are kept. libzstd asks the processor
 * what it can do for each context that it makes, and on a virtual machine that question goes to the host: it took a
 * fourth of a simulated world's time. The bytes are the same. Takes the place of libzstd's functions because the program's
 * symbols come first. */
#include <zstd.h>

#include "headway/bytes.h"

/* For as long as the process runs: the functions are given nothing to keep them in. */
static ZSTD_CCtx *packer;
static ZSTD_DCtx *unpacker;

size_t ZSTD_compress(void *to, size_t room, const void *from, size_t n, int level)
{
    if (!packer)
        packer = ZSTD_createCCtx();
    return ZSTD_compressCCtx(packer, to, room, from, n, level);
}

size_t ZSTD_decompress(void *to, size_t room, const void *from, size_t n)
{
    if (!unpacker)
        unpacker = ZSTD_createDCtx();
    return ZSTD_decompressDCtx(unpacker, to, room, from, n);
}
