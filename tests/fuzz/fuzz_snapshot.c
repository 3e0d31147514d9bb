/* Manifests and chunks of snapshots: the first byte says which. */
#include "fuzz.h"
#include "headway/message.h"

static void manifest(struct hw_slice input)
{
    HW_CLEANUP(hw_out_done) struct hw_out once = {0};
    struct hw_arena arena;
    struct hw_manifest read;
    hw_arena_init(&arena);
    enum hw_status status = hw_manifest_decode(input, &arena, &read, NULL);
    HOLDS(arena.used <= 4096 + 4 * input.n);
    if (status == HW_OK) {
        HOLDS(read.streams_n <= HW_SNAPSHOT_STREAMS && read.chunks_n <= HW_CHUNKS_MAX && read.position > 0);
        hw_manifest_encode(&once, &read);
        fuzz_same_item(input, &once);
    }
    hw_arena_done(&arena);
}

static void chunk(struct hw_slice input)
{
    HW_CLEANUP(hw_out_done) struct hw_out items = {0}, once = {0};
    struct hw_arena arena;
    struct hw_chunk_record *records, *again;
    size_t n, again_n;
    hw_arena_init(&arena);
    enum hw_status status = hw_chunk_open(input, &arena, &records, &n, NULL);
    HOLDS(arena.used <= 8 * HW_CHUNK_MAX); /* what it unpacks to is bounded, whatever it says */
    for (size_t i = 0; status == HW_OK && i < n; i++) {
        HOLDS(i == 0 || hw_chunk_compare(&records[i - 1], &records[i]) < 0);
        hw_chunk_item(&items, &records[i]);
    }
    if (status == HW_OK) {
        hw_chunk_pack(&once, hw_out_slice(&items), n);
        HOLDS(hw_chunk_open(hw_out_slice(&once), &arena, &again, &again_n, NULL) == HW_OK && again_n == n);
        for (size_t i = 0; i < n; i++)
            HOLDS(hw_chunk_compare(&records[i], &again[i]) == 0 && hw_slice_equal(records[i].meta, again[i].meta));
    }
    hw_arena_done(&arena);
}

FUZZ_TARGET(snapshot)
{
    if (size == 0)
        return 0;
    struct hw_slice input = {data + 1, size - 1};
    if (data[0] & 1)
        chunk(input);
    else
        manifest(input);
    return 0;
}
