/* messages.h: one message of each type, and its bytes. */
#ifndef TESTS_MESSAGES_H
#define TESTS_MESSAGES_H

#include "proof.h"

#include "headway/cbor.h"
#include "headway/message.h"

/* Computed apart from this code: an encoder of a page in Python. */
static const struct {
    uint8_t type;
    const char *hex;
} golden[] = {
    {HW_JOIN,
     "8401010786634b415a5820808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f4811121314151617185820"
     "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f50c0c1c2c3c4c5c6c7c8c9cacbcccdcecf5840000102"
     "030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738"
     "393a3b3c3d3e3f"},
    {HW_ADMITTED, "8401020785634b415a48d0d1d2d3d4d5d6d74831323334353637381b0000019f5eafb00002"},
    {HW_HELLO,
     "840103078a014811121314151617185820606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f4831323334"
     "3536373858400102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30"
     "3132333435363738393a3b3c3d3e3f4048c0c1c2c3c4c5c6c748d0d1d2d3d4d5d6d71b0000019f5eafb0008183676774672d65636109"
     "5820202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f8184696469726563746f72794831323334353637"
     "38115820404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"},
    {HW_WELCOME,
     "840104078a010748c0c1c2c3c4c5c6c748d0d1d2d3d4d5d6d74831323334353637381b0000019f5eafb000011a000e00008183676774"
     "672d656361095820202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f8285676774672d65636101181e18"
     "191485696469726563746f7279031828075820707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"},
    {HW_CONFIRM, "840105078448d0d1d2d3d4d5d6d7f5031a000e0000"},
    {HW_CREDIT, "8401060782021a00070000"},
    {HW_SEGMENTS, "8401070782436f6e654374776f"},
    {HW_JOURNAL,
     "8401080784676774672d6563614831323334353637385820707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
     "8283426531584002030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132"
     "333435363738393a3b3c3d3e3f4041427331834265325840030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122"
     "232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142f6"},
    {HW_ACK, "84010907828184481112131415161718676774672d65636109088182696469726563746f727911"},
    {HW_PING, "84010b078403f51b0000019f5eafb0008182696469726563746f727911"},
    {HW_BYE, "84010c076a676f6f64206e69676874"},
    {HW_ERROR, "84010d0784684e4f5f53504143456773657373696f6e70746865206469736b2069732066756c6c197530"},
    {HW_INTRODUCE,
     "84010e0785634b415a4811121314151617185820606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f4831"
     "3233343536373858400102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d"
     "2e2f303132333435363738393a3b3c3d3e3f40"},
    {HW_SEALED,
     "84010f07840219012c01584f0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a"
     "2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f"},
    {HW_NEWS,
     "8401100784021828838205584f0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223242526272829"
     "2a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f852248111213141516171819012c0258"
     "4f0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435"
     "363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f8500f609014401020304584002030405060708090a0b0c0d0e0f1011"
     "12131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f4041"},
    {HW_AGAIN,
     "84011107860148111213141516171848c0c1c2c3c4c5c6c748d0d1d2d3d4d5d6d78283696469726563746f7279110083676774672d65"
     "6361181e0948e0e1e2e3e4e5e6e7"},
    {HW_HISTORY,
     "84011207860203676774672d6563610c8285181e1b0000019f5eafb0004273325820202122232425262728292a2b2c2d2e2f303132333435"
     "363738393a3b3c3d3e3f8285090302006974616b656e206f7574850a02001b019f5eafb00000006085141b0000019f5eafaffb4273315820"
     "0000000000000000000000000000000000000000000000000000000000000000808185481112131415161718050119ffff42182a"},
};
enum { TYPES = sizeof golden / sizeof *golden };

static const struct hw_inc office = {{0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18}};
static const struct hw_inc hub = {{0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38}};
static const uint64_t noon = 1784000000000;

static inline void fill(uint8_t *to, size_t n, size_t first)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)(first + i);
}

/* -- the fixed messages -- */

static inline void fix_join(struct hw_join *join)
{
    join->office = hw_slice_text("KAZ");
    join->inc = office;
    fill(join->curve_key, sizeof join->curve_key, 0x80);
    fill(join->sign_key, sizeof join->sign_key, 0x60);
    fill(join->nonce, sizeof join->nonce, 0xc0);
    fill(join->proof, sizeof join->proof, 0);
}

static inline void fix_hello(struct hw_hello *hello, struct hw_arena *arena)
{
    *hello =
        (struct hw_hello){.schema = 1, .inc = office, .previous = hub, .time_ms = noon, .streams_n = 1, .cursors_n = 1};
    fill(hello->sign_key, sizeof hello->sign_key, 0x60);
    fill(hello->previous_proof, sizeof hello->previous_proof, 1);
    fill(hello->nonce, sizeof hello->nonce, 0xc0);
    fill(hello->token, sizeof hello->token, 0xd0);
    hello->streams = hw_arena_zero(arena, 1, sizeof *hello->streams);
    hello->streams[0] = (struct hw_stream_tip){.group = hw_slice_text("gtg-eca"), .seq = 9};
    fill(hello->streams[0].hash, HW_HASH_SIZE, 0x20);
    hello->cursors = hw_arena_zero(arena, 1, sizeof *hello->cursors);
    hello->cursors[0] = (struct hw_cursor){.group = hw_slice_text("directory"), .life = hub, .position = 17};
    fill(hello->cursors[0].chain, HW_HASH_SIZE, 0x40);
}

static inline void fix_welcome(struct hw_welcome *welcome, struct hw_arena *arena)
{
    *welcome = (struct hw_welcome){.schema = 1, .session = 7, .hub = hub, .time_ms = noon,
                                   .status = HW_WELCOME_RESTORED, .credit = 917504, .streams_n = 1, .groups_n = 2};
    fill(welcome->nonce, sizeof welcome->nonce, 0xc0);
    fill(welcome->token, sizeof welcome->token, 0xd0);
    welcome->streams = hw_arena_zero(arena, 1, sizeof *welcome->streams);
    welcome->streams[0] = (struct hw_stream_tip){.group = hw_slice_text("gtg-eca"), .seq = 9};
    fill(welcome->streams[0].hash, HW_HASH_SIZE, 0x20);
    welcome->groups = hw_arena_zero(arena, 2, sizeof *welcome->groups);
    welcome->groups[0] = (struct hw_group_welcome){hw_slice_text("gtg-eca"), HW_GROUP_RESUME, 30, 25, {0}, 20};
    welcome->groups[1] = (struct hw_group_welcome){hw_slice_text("directory"), HW_GROUP_RETURN, 40, 7, {0}, 0};
    fill(welcome->groups[1].chain, HW_HASH_SIZE, 0x70);
}

static inline void fix_journal(struct hw_journal_message *journal, struct hw_arena *arena)
{
    *journal = (struct hw_journal_message){.group = hw_slice_text("gtg-eca"), .life = hub, .items_n = 2};
    fill(journal->chain, HW_HASH_SIZE, 0x70);
    journal->items = hw_arena_zero(arena, 2, sizeof *journal->items);
    journal->items[0].entry = hw_slice_text("e1");
    journal->items[0].segment = hw_slice_text("s1");
    journal->items[1].entry = hw_slice_text("e2");
    fill(journal->items[0].signature, HW_SIGNATURE_SIZE, 2);
    fill(journal->items[1].signature, HW_SIGNATURE_SIZE, 3);
}

static inline struct hw_position *fix_positions(struct hw_arena *arena)
{
    struct hw_position *positions = hw_arena_zero(arena, 1, sizeof *positions);
    positions[0] = (struct hw_position){.group = hw_slice_text("directory"), .position = 17};
    return positions;
}

static inline void fix_ack(struct hw_ack_message *ack, struct hw_arena *arena)
{
    *ack = (struct hw_ack_message){.streams_n = 1, .journals = fix_positions(arena), .journals_n = 1};
    ack->streams = hw_arena_zero(arena, 1, sizeof *ack->streams);
    ack->streams[0] = (struct hw_ack){.inc = office, .group = hw_slice_text("gtg-eca"), .durable = 9, .admitted = 8};
}

static inline void fix_again(struct hw_hello *hello, struct hw_arena *arena)
{
    *hello = (struct hw_hello){.again = true, .schema = 1, .inc = office, .streams_n = 1, .cursors_n = 2};
    fill(hello->nonce, sizeof hello->nonce, 0xc0);
    fill(hello->token, sizeof hello->token, 0xd0);
    fill(hello->digest, sizeof hello->digest, 0xe0);
    hello->streams = hw_arena_zero(arena, 1, sizeof *hello->streams);
    hello->streams[0] = (struct hw_stream_tip){.group = hw_slice_text("gtg-eca"), .seq = 9};
    hello->cursors = hw_arena_zero(arena, 2, sizeof *hello->cursors);
    hello->cursors[0] = (struct hw_cursor){.group = hw_slice_text("directory"), .position = 17};
    hello->cursors[1] = (struct hw_cursor){.group = hw_slice_text("gtg-eca"), .position = 30};
}

/* The sealed part of a segment; nobody looks into it here. */
static inline struct hw_slice fix_sealed(struct hw_arena *arena)
{
    uint8_t *bytes = hw_arena_alloc(arena, 79);
    fill(bytes, 79, 1);
    return (struct hw_slice){bytes, 79};
}

static inline void fix_news(struct hw_news *news, struct hw_arena *arena)
{
    *news = (struct hw_news){.lane = 2, .position = 40, .items_n = 3, .is_signed = true};
    fill(news->signature, HW_SIGNATURE_SIZE, 2);
    news->items = hw_arena_zero(arena, news->items_n, sizeof *news->items);
    news->items[0] = (struct hw_news_item){.ms = 5, .next = true, .n = 1, .sealed = fix_sealed(arena)};
    news->items[1] = (struct hw_news_item){.ms = -3, .inc = office, .first = 300, .n = 2, .sealed = fix_sealed(arena)};
    news->items[2] = (struct hw_news_item){.own = true, .first = 9, .n = 1, .check = {1, 2, 3, 4}};
}

static inline void fix_history(struct hw_history_message *history, struct hw_arena *arena)
{
    *history = (struct hw_history_message){.what = HW_HISTORY_PAGE, .number = 3, .group = hw_slice_text("gtg-eca"),
                                           .from = 12, .items_n = 2};
    history->items = hw_arena_zero(arena, 2, sizeof *history->items);
    history->items[0] = (struct hw_history_item){.position = 30, .time_ms = noon, .segment = hw_slice_text("s2"),
                                                 .verdicts_n = 2};
    history->items[1] = (struct hw_history_item){.position = 20, .time_ms = noon - 5, .segment = hw_slice_text("s1")};
    fill(history->items[0].before, HW_HASH_SIZE, 0x20);
    history->items[0].verdicts = hw_arena_zero(arena, 2, sizeof *history->items[0].verdicts);
    history->items[0].verdicts[0] =
        (struct hw_history_verdict){.seq = 9, .verdict = 3, .code = 2, .text = hw_slice_text("taken out")};
    history->items[0].verdicts[1] = (struct hw_history_verdict){.seq = 10, .verdict = 2, .stamp = noon << 16};
    static const uint8_t value[] = {0x18, 0x2a};
    history->named_n = 1;
    history->named = hw_arena_zero(arena, 1, sizeof *history->named);
    history->named[0] = (struct hw_history_named){.name = {office, 5, 1}, .stamp = 65535, .value = {value, sizeof value}};
}

static inline struct hw_message fixed(uint8_t type, struct hw_arena *arena)
{
    struct hw_message message = {.type = type, .session = 7};
    switch (type) {
    case HW_JOIN:
        fix_join(&message.body.join);
        break;
    case HW_ADMITTED:
        message.body.admitted =
            (struct hw_admitted){.office = hw_slice_text("KAZ"), .hub = hub, .time_ms = noon, .life = 2};
        fill(message.body.admitted.token, HW_TOKEN_SIZE, 0xd0);
        break;
    case HW_HELLO:
        fix_hello(&message.body.hello, arena);
        break;
    case HW_WELCOME:
        fix_welcome(&message.body.welcome, arena);
        break;
    case HW_CONFIRM:
        fill(message.body.confirm.token, HW_TOKEN_SIZE, 0xd0);
        message.body.confirm.bare = true;
        message.body.confirm.credit = (struct hw_credit){HW_LANE_SNAPSHOT, 917504};
        break;
    case HW_CREDIT:
        message.body.credit.lane = HW_LANE_BACKLOG;
        message.body.credit.bytes = 458752;
        break;
    case HW_SEGMENTS:
        message.body.segments.n = 2;
        message.body.segments.wires = hw_arena_zero(arena, 2, sizeof(struct hw_slice));
        message.body.segments.wires[0] = hw_slice_text("one");
        message.body.segments.wires[1] = hw_slice_text("two");
        break;
    case HW_JOURNAL:
        fix_journal(&message.body.journal, arena);
        break;
    case HW_ACK:
        fix_ack(&message.body.ack, arena);
        break;
    case HW_PING:
        message.body.ping = (struct hw_ping){.number = 3,
                                             .answer = true,
                                             .time_ms = noon,
                                             .journals = fix_positions(arena),
                                             .journals_n = 1};
        break;
    case HW_BYE:
        message.body.bye = hw_slice_text("good night");
        break;
    case HW_INTRODUCE:
        message.body.introduce = (struct hw_introduce){.office = hw_slice_text("KAZ"), .inc = office, .previous = hub};
        fill(message.body.introduce.sign_key, HW_SIGN_PUBLIC, 0x60);
        fill(message.body.introduce.proof, HW_SIGNATURE_SIZE, 1);
        break;
    case HW_AGAIN:
        fix_again(&message.body.hello, arena);
        break;
    case HW_SEALED:
        message.body.sealed = (struct hw_sealed){.lane = 2, .first = 300, .n = 1, .sealed = fix_sealed(arena)};
        break;
    case HW_NEWS:
        fix_news(&message.body.news, arena);
        break;
    case HW_HISTORY:
        fix_history(&message.body.history, arena);
        break;
    default:
        message.body.error = (struct hw_error_message){.code = hw_slice_text("NO_SPACE"),
                                                       .what = hw_slice_text("session"),
                                                       .text = hw_slice_text("the disk is full"),
                                                       .retry_ms = 30000};
    }
    return message;
}

#endif
