/* test_snapshot.c: manifests and chunks of snapshots, and what is said of them, byte for byte. */
#include "messages.h"

#include "headway/snapshot.h"

/* Computed apart from this code, in Python. */
static const char golden_manifest[] =
    "88676774672d656361483132333435363738181e5820707172737475767778797a7b7c7d7e7f808182838485868788898a8b"
    "8c8d8e8f1b0000019f5eafb00005586011121314151617180000000000000009202122232425262728292a2b2c2d2e2f3031"
    "32333435363738393a3b3c3d3e3f313233343536373800000000000004b4404142434445464748494a4b4c4d4e4f50515253"
    "5455565758595a5b5c5d5e5f5840808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3"
    "a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf";
static const char golden_hash[] = "cb56c7941424755b45c437f9a99751dc6c9cd04a578a6f5a7bb0b0f997d88e07";
static const char golden_body[] =
    "8283084a0102030405060708090a436f6e65830a4a0102030405060708090a4374776f";
static const char *const golden_said[] = {
    [HW_SNAPSHOT_ASK] = "84010a078401676774672d656361181e02",
    [HW_SNAPSHOT_OFFER] =
        "84010a078402676774672d656361486d616e696665737458400102030405060708090a0b0c0d0e0f10111213141516171819"
        "1a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40",
    [HW_SNAPSHOT_CHUNK] = "84010a078503676774672d656361181e02456368756e6b",
    [HW_SNAPSHOT_NONE] = "84010a078204676774672d656361"};

static void fix_manifest(struct hw_manifest *manifest, struct hw_snapshot_stream streams[2], uint8_t chunks[64])
{
    streams[0] = (struct hw_snapshot_stream){.inc = office, .seq = 9};
    streams[1] = (struct hw_snapshot_stream){.inc = hub, .seq = 1204};
    fill(streams[0].hash, HW_HASH_SIZE, 0x20);
    fill(streams[1].hash, HW_HASH_SIZE, 0x40);
    fill(chunks, 32, 0x80);
    fill(chunks + 32, 32, 0xa0);
    *manifest = (struct hw_manifest){.group = hw_slice_text("gtg-eca"), .life = hub, .position = 30, .time_ms = noon,
                                     .records = 5, .streams = streams, .streams_n = 2, .chunks = chunks, .chunks_n = 2};
    fill(manifest->chain, HW_HASH_SIZE, 0x70);
}

static void a_manifest_has_its_golden_form_and_hash(void **state)
{
    (void)state;
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    struct hw_manifest manifest;
    struct hw_snapshot_stream streams[2];
    uint8_t chunks[64], root[HW_ROOT_SIZE], hash[HW_HASH_SIZE];
    fix_manifest(&manifest, streams, chunks);
    hw_manifest_encode(&out, &manifest);
    assert_hex(hw_out_slice(&out), golden_manifest);
    fill(root, sizeof root, 0x40);
    hw_manifest_hash(root, hw_out_slice(&out), hash);
    assert_hex_n(hash, sizeof hash, golden_hash);
}

static enum hw_status read_manifest(const struct hw_manifest *manifest, struct hw_manifest *back, struct hw_arena *arena)
{
    struct hw_out out = {0};
    hw_manifest_encode(&out, manifest);
    struct hw_slice bytes = hw_arena_slice(arena, hw_out_slice(&out));
    hw_out_done(&out);
    return hw_manifest_decode(bytes, arena, back, NULL);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    struct hw_manifest manifest, back;
    struct hw_snapshot_stream streams[2];
    uint8_t chunks[64];
    hw_arena_init(&arena);
    fix_manifest(&manifest, streams, chunks);
    assert_int_equal(read_manifest(&manifest, &back, &arena), HW_OK);
    assert_int_equal(back.position, 30);
    assert_int_equal(back.records, 5);
    assert_int_equal(back.streams_n, 2);
    assert_int_equal(back.streams[1].seq, 1204);
    assert_memory_equal(back.streams[1].hash, streams[1].hash, HW_HASH_SIZE);
    assert_memory_equal(back.chunks, chunks, sizeof chunks);
}

static void what_breaks_a_rule_is_refused(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    struct hw_manifest manifest, good, back;
    struct hw_snapshot_stream streams[2];
    uint8_t chunks[64];
    hw_arena_init(&arena);
    fix_manifest(&good, streams, chunks);
    manifest = good;
    manifest.group = hw_slice_text("directory"); /* it always comes whole */
    assert_int_equal(read_manifest(&manifest, &back, &arena), HW_CORRUPT);
    manifest = good;
    manifest.position = 0;
    assert_int_equal(read_manifest(&manifest, &back, &arena), HW_CORRUPT);
    manifest = good;
    manifest.chunks_n = 0;
    assert_int_equal(read_manifest(&manifest, &back, &arena), HW_CORRUPT);
    streams[1].inc = streams[0].inc; /* one stream twice */
    assert_int_equal(read_manifest(&good, &back, &arena), HW_CORRUPT);
}

static void a_chunk_has_its_golden_form_and_its_bounds(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    HW_CLEANUP(hw_out_done) struct hw_out items = {0}, wire = {0}, body = {0}, large = {0};
    struct hw_chunk_record records[2] = {{.kind = 8, .meta = hw_slice_text("one")}, {.kind = 10, .meta = hw_slice_text("two")}};
    struct hw_chunk_record *back;
    size_t n;
    hw_arena_init(&arena);
    for (size_t i = 0; i < 2; i++) {
        fill(records[i].id.b, sizeof records[i].id.b, 1);
        hw_chunk_item(&items, &records[i]);
    }
    hw_put_array(&body, 2);
    hw_put_raw(&body, items.p, items.n);
    assert_hex(hw_out_slice(&body), golden_body); /* what the frame unpacks to */
    hw_chunk_pack(&wire, hw_out_slice(&items), 2);
    assert_int_equal(hw_chunk_open(hw_out_slice(&wire), &arena, &back, &n, NULL), HW_OK);
    assert_int_equal(n, 2);
    assert_true(hw_slice_is(back[1].meta, "two"));
    hw_out_reset(&wire);
    hw_chunk_pack(&wire, hw_out_slice(&items), 3); /* names more than there are */
    assert_int_equal(hw_chunk_open(hw_out_slice(&wire), &arena, &back, &n, NULL), HW_CORRUPT);
    hw_out_reset(&items);
    hw_out_reset(&wire);
    hw_chunk_item(&items, &records[1]);
    hw_chunk_item(&items, &records[0]); /* out of order */
    hw_chunk_pack(&wire, hw_out_slice(&items), 2);
    assert_int_equal(hw_chunk_open(hw_out_slice(&wire), &arena, &back, &n, NULL), HW_CORRUPT);
    hw_put_array(&large, 2); /* a size over the limit, before anything is unpacked */
    hw_put_uint(&large, HW_CHUNK_MAX + 1);
    hw_put_bytes(&large, "x", 1);
    assert_int_equal(hw_chunk_open(hw_out_slice(&large), &arena, &back, &n, NULL), HW_CORRUPT);
}

static void what_is_said_of_a_snapshot_has_its_golden_form(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    for (uint8_t what = HW_SNAPSHOT_ASK; what <= HW_SNAPSHOT_NONE; what++) {
        HW_CLEANUP(hw_out_done) struct hw_out out = {0}, again = {0};
        struct hw_message message = {.type = HW_SNAPSHOT, .session = 7}, back;
        message.body.snapshot = (struct hw_snapshot_message){
            .what = what, .group = hw_slice_text("gtg-eca"), .position = 30, .index = 2,
            .bytes = hw_slice_text(what == HW_SNAPSHOT_OFFER ? "manifest" : "chunk")};
        fill(message.body.snapshot.signature, HW_SIGNATURE_SIZE, 1);
        hw_message_encode(&out, &message);
        assert_hex(hw_out_slice(&out), golden_said[what]);
        assert_int_equal(hw_message_decode(hw_out_slice(&out), &arena, &back, NULL), HW_OK);
        hw_message_encode(&again, &back);
        assert_true(hw_slice_equal(hw_out_slice(&out), hw_out_slice(&again)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manifest_has_its_golden_form_and_hash),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(what_breaks_a_rule_is_refused),
        cmocka_unit_test(a_chunk_has_its_golden_form_and_its_bounds),
        cmocka_unit_test(what_is_said_of_a_snapshot_has_its_golden_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
