/* snapshot.c: manifests and chunks of snapshots (floor 1, pure).
 *
 * manifest = [group, life, position, chain, time, records, streams, hashes]
 *            streams: one byte string, for each stream incarnation (8), number (8, big endian), hash (32)
 *            hashes: one byte string, 32 for each chunk
 * signed   = BLAKE2b-256 of the CBOR array ["headway snapshot 1", root, manifest as bytes]
 * chunk    = [size, packed]: packed is one zstd frame of `size` bytes: an array of records
 * record   = [kind, id, meta as bytes]
 * Streams rise by incarnation, records by kind and id, over all chunks: the same facts give the same bytes. */
#include "headway/snapshot.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum {
    PACK_LEVEL = 3,                  /* as segments */
    STREAM_SIZE = 8 + 8 + HW_HASH_SIZE
};

static void put_number(uint8_t *to, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        to[i] = (uint8_t)(value >> (56 - 8 * i));
}

static uint64_t get_number(const uint8_t *from)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | from[i];
    return value;
}

void hw_manifest_encode(struct hw_out *out, const struct hw_manifest *manifest)
{
    uint8_t *streams = hw_alloc(manifest->streams_n * STREAM_SIZE);
    for (size_t i = 0; i < manifest->streams_n; i++) {
        uint8_t *to = streams + i * STREAM_SIZE;
        memcpy(to, manifest->streams[i].inc.b, 8);
        put_number(to + 8, manifest->streams[i].seq);
        memcpy(to + 16, manifest->streams[i].hash, HW_HASH_SIZE);
    }
    hw_put_array(out, 8);
    hw_put_textn(out, manifest->group.p, manifest->group.n);
    hw_put_bytes(out, manifest->life.b, sizeof manifest->life.b);
    hw_put_uint(out, manifest->position);
    hw_put_bytes(out, manifest->chain, sizeof manifest->chain);
    hw_put_uint(out, manifest->time_ms);
    hw_put_uint(out, manifest->records);
    hw_put_bytes(out, streams, manifest->streams_n * STREAM_SIZE);
    hw_put_bytes(out, manifest->chunks, manifest->chunks_n * HW_HASH_SIZE);
    free(streams);
}

/* Streams rise: nobody can name one twice. */
static void get_streams(struct hw_in *in, struct hw_arena *arena, struct hw_manifest *manifest)
{
    struct hw_slice bytes = hw_get_bytes(in);
    size_t n = bytes.n / STREAM_SIZE;
    if (bytes.n % STREAM_SIZE || n > HW_SNAPSHOT_STREAMS || n == 0) {
        hw_in_spoil(in);
        return;
    }
    struct hw_snapshot_stream *streams = hw_arena_zero(arena, n, sizeof *streams);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *from = bytes.p + i * STREAM_SIZE;
        memcpy(streams[i].inc.b, from, 8);
        streams[i].seq = get_number(from + 8);
        memcpy(streams[i].hash, from + 16, HW_HASH_SIZE);
        if (streams[i].seq == 0 || streams[i].seq > INT64_MAX ||
            (i > 0 && hw_inc_compare(&streams[i - 1].inc, &streams[i].inc) >= 0))
            hw_in_spoil(in);
    }
    manifest->streams = streams;
    manifest->streams_n = n;
}

enum hw_status hw_manifest_decode(struct hw_slice bytes, struct hw_arena *arena, struct hw_manifest *manifest,
                                  struct hw_err *err)
{
    struct hw_in in = hw_in_of(bytes);
    *manifest = (struct hw_manifest){.position = 0};
    if (hw_get_array(&in) != 8)
        hw_in_spoil(&in);
    manifest->group = hw_get_text(&in);
    hw_get_fixed(&in, manifest->life.b, sizeof manifest->life.b);
    manifest->position = hw_get_uint_max(&in, INT64_MAX);
    hw_get_fixed(&in, manifest->chain, sizeof manifest->chain);
    manifest->time_ms = hw_get_uint_max(&in, INT64_MAX);
    manifest->records = hw_get_uint_max(&in, INT64_MAX);
    get_streams(&in, arena, manifest);
    struct hw_slice chunks = hw_get_bytes(&in);
    manifest->chunks = chunks.p;
    manifest->chunks_n = chunks.n / HW_HASH_SIZE;
    if (!hw_in_end(&in) || chunks.n % HW_HASH_SIZE || manifest->chunks_n == 0 || manifest->chunks_n > HW_CHUNKS_MAX ||
        manifest->position == 0 || !hw_group_code_valid(manifest->group) || hw_slice_is(manifest->group, "directory"))
        return hw_fail(err, HW_CORRUPT, "not the manifest of a snapshot, or one over the limits of %d chunks and %d streams",
                       HW_CHUNKS_MAX, HW_SNAPSHOT_STREAMS);
    return HW_OK;
}

void hw_manifest_hash(const uint8_t root[HW_ROOT_SIZE], struct hw_slice bytes, uint8_t hash[HW_HASH_SIZE])
{
    struct hw_out all = {0};
    hw_put_array(&all, 3);
    hw_put_text(&all, "headway snapshot 1");
    hw_put_bytes(&all, root, HW_ROOT_SIZE);
    hw_put_bytes(&all, bytes.p, bytes.n);
    crypto_generichash(hash, HW_HASH_SIZE, all.p, all.n, NULL, 0);
    hw_out_done(&all);
}

int hw_chunk_compare(const struct hw_chunk_record *a, const struct hw_chunk_record *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return hw_id_compare(&a->id, &b->id);
}

void hw_chunk_item(struct hw_out *items, const struct hw_chunk_record *record)
{
    hw_put_array(items, 3);
    hw_put_uint(items, record->kind);
    hw_put_bytes(items, record->id.b, sizeof record->id.b);
    hw_put_bytes(items, record->meta.p, record->meta.n);
}

void hw_chunk_pack(struct hw_out *out, struct hw_slice items, size_t n)
{
    struct hw_out body = {0};
    hw_put_array(&body, n);
    hw_put_raw(&body, items.p, items.n);
    size_t bound = ZSTD_compressBound(body.n);
    uint8_t *packed = hw_alloc(bound);
    size_t size = ZSTD_compress(packed, bound, body.p, body.n, PACK_LEVEL);
    assert(!ZSTD_isError(size)); /* the output has room for the worst case */
    hw_put_array(out, 2);
    hw_put_uint(out, body.n);
    hw_put_bytes(out, packed, size);
    free(packed);
    hw_out_done(&body);
}

void hw_chunk_hash(struct hw_slice chunk, uint8_t hash[HW_HASH_SIZE])
{
    crypto_generichash(hash, HW_HASH_SIZE, chunk.p, chunk.n, NULL, 0);
}

static enum hw_status get_records(struct hw_slice body, struct hw_arena *arena, struct hw_chunk_record **records, size_t *n,
                                  struct hw_err *err)
{
    struct hw_in in = hw_in_of(body);
    *n = hw_get_array(&in);
    if (*n > body.n / 14) /* of at least so many bytes each */
        hw_in_spoil(&in);
    *n = in.bad ? 0 : *n;
    struct hw_chunk_record *list = hw_arena_zero(arena, *n, sizeof *list);
    for (size_t i = 0; i < *n && !in.bad; i++) {
        if (hw_get_array(&in) != 3)
            hw_in_spoil(&in);
        list[i].kind = (uint16_t)hw_get_uint_max(&in, UINT16_MAX);
        hw_get_fixed(&in, list[i].id.b, sizeof list[i].id.b);
        list[i].meta = hw_get_bytes(&in);
        if (i > 0 && hw_chunk_compare(&list[i - 1], &list[i]) >= 0)
            hw_in_spoil(&in);
    }
    *records = list;
    if (!hw_in_end(&in) || *n == 0)
        return hw_fail(err, HW_CORRUPT, "a piece of a snapshot cannot be read");
    return HW_OK;
}

enum hw_status hw_chunk_open(struct hw_slice chunk, struct hw_arena *arena, struct hw_chunk_record **records, size_t *n,
                             struct hw_err *err)
{
    struct hw_in in = hw_in_of(chunk);
    if (hw_get_array(&in) != 2)
        hw_in_spoil(&in);
    size_t size = (size_t)hw_get_uint_max(&in, HW_CHUNK_MAX);
    struct hw_slice packed = hw_get_bytes(&in);
    if (!hw_in_end(&in) || size == 0)
        return hw_fail(err, HW_CORRUPT, "not a piece of a snapshot, or one over the limit of %d bytes", HW_CHUNK_MAX);
    uint8_t *body = hw_arena_alloc(arena, size);
    size_t got = ZSTD_decompress(body, size, packed.p, packed.n);
    if (ZSTD_isError(got) || got != size)
        return hw_fail(err, HW_CORRUPT, "a piece of a snapshot does not unpack to the size it names");
    return get_records((struct hw_slice){body, size}, arena, records, n, err);
}
