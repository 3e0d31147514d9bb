/* test_message.c: what an office and a hub say to each other, byte for byte. */
#include "messages.h"

static enum hw_status decode(struct hw_slice bytes, struct hw_arena *arena, struct hw_message *message)
{
    struct hw_err err;
    struct hw_slice copy = tight_copy(bytes);
    struct hw_arena other;
    hw_arena_init(&other);
    enum hw_status tight = hw_message_decode(copy, &other, message, &err);
    hw_arena_done(&other);
    free((void *)copy.p);
    enum hw_status status = hw_message_decode(hw_arena_slice(arena, bytes), arena, message, &err);
    assert_int_equal(tight, status); /* the first time only for what AddressSanitizer sees */
    return status;
}

static enum hw_status decode_of(const struct hw_message *message, struct hw_arena *arena)
{
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    struct hw_message back;
    hw_message_encode(&out, message);
    return decode(hw_out_slice(&out), arena, &back);
}

static void every_message_has_its_golden_form(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    for (size_t i = 0; i < TYPES; i++) {
        HW_CLEANUP(hw_out_done) struct hw_out out = {0};
        struct hw_message message = fixed(golden[i].type, &arena);
        hw_message_encode(&out, &message);
        assert_hex(hw_out_slice(&out), golden[i].hex);
    }
}

static void what_a_person_reads_of_a_message_is_its_name(void **state)
{
    (void)state;
    assert_string_equal(hw_message_name(HW_JOIN), "JOIN");
    assert_string_equal(hw_message_name(HW_JOURNAL), "JOURNAL");
    assert_string_equal(hw_message_name(HW_ERROR), "ERROR");
    assert_string_equal(hw_message_name(HW_INTRODUCE), "INTRODUCE");
    assert_string_equal(hw_message_name(0), "?");
    assert_string_equal(hw_message_name(HW_AGAIN), "AGAIN");
    assert_string_equal(hw_message_name(HW_HISTORY), "HISTORY");
    assert_string_equal(hw_message_name(HW_HISTORY + 1), "?");
}

static void a_digest_is_of_what_again_leaves_out(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    struct hw_message message = fixed(HW_HELLO, &arena);
    struct hw_hello *hello = &message.body.hello;
    uint8_t digest[HW_DIGEST_SIZE], other[HW_DIGEST_SIZE];
    hw_hello_digest(hello, digest);
    assert_hex_n(digest, sizeof digest, "c99aca68f22b1f56");
    uint8_t *parts[] = {hello->inc.b, hello->sign_key, hello->cursors[0].life.b, hello->cursors[0].chain, hello->streams[0].hash};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i] ^= 1;
        hw_hello_digest(hello, other);
        assert_memory_not_equal(digest, other, sizeof digest);
        *parts[i] ^= 1;
    }
}

/* -- random messages: with the golden forms above, equal bytes after decoding mean equal contents -- */

static struct hw_slice any_group(struct dice *dice)
{
    static const char *const codes[] = {"directory", "gtg-eca", "a", "abcdefghijklmnopqrstuvwxyz012345"};
    return hw_slice_text(codes[dice_below(dice, 4)]);
}

static struct hw_slice any_text(struct dice *dice)
{
    static const char *const texts[] = {"", "NO_SPACE", "\xd0\xb4\xd0\xb8\xd1\x81\xd0\xba", "not now, try again"};
    return hw_slice_text(texts[dice_below(dice, 4)]);
}

static struct hw_slice any_bytes(struct dice *dice, struct hw_arena *arena)
{
    size_t n = 1 + dice_below(dice, 300);
    uint8_t *p = hw_arena_alloc(arena, n);
    dice_bytes(dice, p, n);
    return (struct hw_slice){p, n};
}

static struct hw_stream_tip *any_tips(struct dice *dice, struct hw_arena *arena, size_t *n)
{
    *n = dice_below(dice, 5);
    struct hw_stream_tip *tips = hw_arena_zero(arena, *n, sizeof *tips);
    for (size_t i = 0; i < *n; i++) {
        tips[i].group = any_group(dice);
        tips[i].seq = dice_number(dice) >> 1;
        dice_bytes(dice, tips[i].hash, HW_HASH_SIZE);
    }
    return tips;
}

static struct hw_position *any_positions(struct dice *dice, struct hw_arena *arena, size_t *n)
{
    *n = dice_below(dice, 5);
    struct hw_position *positions = hw_arena_zero(arena, *n, sizeof *positions);
    for (size_t i = 0; i < *n; i++)
        positions[i] = (struct hw_position){.group = any_group(dice), .position = dice_number(dice) >> 1};
    return positions;
}

static void any_hello(struct dice *dice, struct hw_arena *arena, struct hw_hello *hello)
{
    dice_bytes(dice, hello, sizeof *hello);
    hello->schema >>= 1;
    hello->time_ms >>= 1;
    hello->streams = any_tips(dice, arena, &hello->streams_n);
    hello->cursors_n = dice_below(dice, 4);
    hello->cursors = hw_arena_zero(arena, hello->cursors_n, sizeof *hello->cursors);
    for (size_t i = 0; i < hello->cursors_n; i++) {
        dice_bytes(dice, &hello->cursors[i], sizeof hello->cursors[i]);
        hello->cursors[i].group = any_group(dice);
        hello->cursors[i].bare = dice_one_in(dice, 3) && hello->cursors[i].position ? 1 : 0;
        hello->cursors[i].position >>= 1;
    }
    hello->reason = dice_below(dice, 8);
    hello->serves_n = hello->reason ? dice_below(dice, 4) : 0;
    hello->serves = hw_arena_zero(arena, hello->serves_n, sizeof *hello->serves);
    for (size_t i = 0; i < hello->serves_n; i++)
        hello->serves[i] = hw_slice_text(dice_one_in(dice, 2) ? "KAZ" : "A-16-LETTER-CODE");
}

static void any_welcome(struct dice *dice, struct hw_arena *arena, struct hw_welcome *welcome)
{
    dice_bytes(dice, welcome, sizeof *welcome);
    welcome->schema >>= 1;
    welcome->session >>= 1;
    welcome->time_ms >>= 1;
    welcome->status %= HW_WELCOME_LATE + 1;
    welcome->credit &= UINT32_MAX;
    welcome->streams = any_tips(dice, arena, &welcome->streams_n);
    welcome->groups_n = dice_below(dice, 4);
    welcome->groups = hw_arena_zero(arena, welcome->groups_n, sizeof *welcome->groups);
    for (size_t i = 0; i < welcome->groups_n; i++) {
        struct hw_group_welcome *group = &welcome->groups[i];
        *group = (struct hw_group_welcome){any_group(dice), (uint8_t)dice_below(dice, HW_GROUP_DENIED + 1),
                                           dice_number(dice) >> 1, dice_number(dice) >> 1, {0}, 0};
        if (group->state == HW_GROUP_RETURN)
            dice_bytes(dice, group->chain, sizeof group->chain);
        else
            group->floor = dice_below(dice, 2) ? dice_number(dice) >> 1 : 0;
    }
}

static void any_ack(struct dice *dice, struct hw_arena *arena, struct hw_ack_message *ack)
{
    ack->streams_n = dice_below(dice, 4);
    ack->streams = hw_arena_zero(arena, ack->streams_n, sizeof *ack->streams);
    for (size_t i = 0; i < ack->streams_n; i++) {
        dice_bytes(dice, ack->streams[i].inc.b, sizeof ack->streams[i].inc.b);
        ack->streams[i].group = any_group(dice);
        ack->streams[i].durable = dice_number(dice) >> 1;
        ack->streams[i].admitted = dice_number(dice) >> 1;
    }
    ack->journals = any_positions(dice, arena, &ack->journals_n);
    for (size_t i = 0; i < ack->journals_n; i++)
        if (dice_one_in(dice, 2))
            ack->journals[i] = (struct hw_position){.position = 7, .lane = dice_below(dice, HW_STREAMS_MAX)};
}

static void any_news(struct dice *dice, struct hw_arena *arena, struct hw_news *news)
{
    news->items_n = dice_below(dice, HW_NEWS_MAX + 1);
    news->is_signed = news->items_n == 0 || dice_one_in(dice, 2);
    news->items = hw_arena_zero(arena, news->items_n, sizeof *news->items);
    for (size_t i = 0; i < news->items_n; i++) {
        struct hw_news_item *item = &news->items[i];
        *item = (struct hw_news_item){.ms = (int64_t)dice_number(dice), .next = dice_one_in(dice, 2), .own = dice_one_in(dice, 3),
                                      .first = 1 + dice_below(dice, 1000), .n = 1 + (uint32_t)dice_below(dice, 9)};
        item->sealed = item->own || dice_one_in(dice, 4) ? hw_slice_text("1234") : fix_sealed(arena);
        if (item->next) {
            item->own = false;
            item->n = 1;
        }
    }
}

static void any_journal(struct dice *dice, struct hw_arena *arena, struct hw_journal_message *journal)
{
    journal->group = any_group(dice);
    dice_bytes(dice, journal->life.b, sizeof journal->life.b);
    dice_bytes(dice, journal->chain, sizeof journal->chain);
    journal->items_n = dice_below(dice, 4);
    journal->items = hw_arena_zero(arena, journal->items_n, sizeof *journal->items);
    for (size_t i = 0; i < journal->items_n; i++) {
        journal->items[i].entry = any_bytes(dice, arena);
        journal->items[i].bare = dice_one_in(dice, 4);
        dice_bytes(dice, journal->items[i].signature, HW_SIGNATURE_SIZE);
        if (dice_one_in(dice, 2))
            journal->items[i].segment = any_bytes(dice, arena);
    }
}

static struct hw_message any_message(struct dice *dice, struct hw_arena *arena)
{
    struct hw_message message = fixed(golden[dice_below(dice, TYPES)].type, arena);
    message.session = dice_number(dice) >> 1;
    switch (message.type) {
    case HW_JOIN:
        dice_bytes(dice, message.body.join.curve_key, HW_CURVE_SIZE);
        dice_bytes(dice, message.body.join.proof, HW_SIGNATURE_SIZE);
        break;
    case HW_HELLO:
        any_hello(dice, arena, &message.body.hello);
        break;
    case HW_WELCOME:
        any_welcome(dice, arena, &message.body.welcome);
        break;
    case HW_CONFIRM:
        message.body.confirm.credit = (struct hw_credit){(uint8_t)dice_below(dice, 4), dice_number(dice) >> 32};
        break;
    case HW_CREDIT:
        message.body.credit.lane = (uint8_t)dice_below(dice, 4);
        message.body.credit.bytes = dice_number(dice) >> 32;
        break;
    case HW_SEGMENTS:
        message.body.segments.n = dice_below(dice, 4);
        message.body.segments.wires = hw_arena_zero(arena, 4, sizeof(struct hw_slice));
        for (size_t i = 0; i < message.body.segments.n; i++)
            message.body.segments.wires[i] = any_bytes(dice, arena);
        break;
    case HW_JOURNAL:
        any_journal(dice, arena, &message.body.journal);
        break;
    case HW_ACK:
        any_ack(dice, arena, &message.body.ack);
        break;
    case HW_PING:
        message.body.ping = (struct hw_ping){.number = dice_number(dice) >> 1, .answer = dice_one_in(dice, 2)};
        message.body.ping.journals = any_positions(dice, arena, &message.body.ping.journals_n);
        break;
    case HW_BYE:
        message.body.bye = any_text(dice);
        break;
    case HW_NEWS:
        any_news(dice, arena, &message.body.news);
        break;
    case HW_INTRODUCE:
        dice_bytes(dice, message.body.introduce.inc.b, sizeof message.body.introduce.inc.b);
        dice_bytes(dice, message.body.introduce.proof, HW_SIGNATURE_SIZE);
        message.body.introduce.reason = dice_below(dice, 8);
        message.body.introduce.keyed = message.body.introduce.reason && dice_below(dice, 2);
        if (message.body.introduce.keyed) {
            dice_bytes(dice, message.body.introduce.curve_key, HW_CURVE_SIZE);
            dice_bytes(dice, message.body.introduce.curve_proof, HW_SIGNATURE_SIZE);
        }
        break;
    default:
        break;
    }
    return message;
}

static void what_is_encoded_is_decoded(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out out = {0}, again = {0};
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        struct dice dice = dice_of(seed);
        struct hw_message message = any_message(&dice, &arena), back;
        hw_out_reset(&out);
        hw_out_reset(&again);
        hw_message_encode(&out, &message);
        bool same = decode(hw_out_slice(&out), &arena, &back) == HW_OK && back.type == message.type &&
                    back.session == message.session;
        if (same)
            hw_message_encode(&again, &back);
        if (!same || !hw_slice_equal(hw_out_slice(&out), hw_out_slice(&again)))
            fail_msg("seed %llu: %s", (unsigned long long)seed, hw_message_name(message.type));
        hw_arena_reset(&arena);
    }
}

/* -- what is refused -- */

static void a_message_cut_anywhere_is_refused(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    for (size_t i = 0; i < TYPES; i++) {
        HW_CLEANUP(hw_out_done) struct hw_out out = {0};
        struct hw_message message = fixed(golden[i].type, &arena), back;
        hw_message_encode(&out, &message);
        for (size_t n = 0; n < out.n; n++)
            if (decode((struct hw_slice){out.p, n}, &arena, &back) != HW_CORRUPT)
                fail_msg("%s cut to %zu bytes was taken", hw_message_name(message.type), n);
        hw_put_null(&out);
        assert_int_equal(decode(hw_out_slice(&out), &arena, &back), HW_CORRUPT);
    }
}

/* HELLO with this many items, the last two of which are the reason and a list with this office. */
static enum hw_status hello_with(size_t items, uint64_t reason, const char *serves, struct hw_message *back)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    struct hw_message message = fixed(HW_HELLO, &arena);
    hw_message_encode(&out, &message);
    out.p[4] = (uint8_t)(0x80 + items); /* behind [1, 3, 7, */
    if (items > 10)
        hw_put_uint(&out, reason);
    if (items > 11) {
        hw_put_array(&out, 1);
        hw_put_text(&out, serves);
    }
    enum hw_status status = decode(hw_out_slice(&out), &arena, back);
    if (!status)
        assert_true(back->body.hello.serves_n == (items > 11) && back->body.hello.reason == reason);
    return status;
}

static void hello_takes_the_reason_and_those_spoken_for_or_neither(void **state)
{
    (void)state;
    struct hw_message back;
    assert_int_equal(hello_with(10, 0, "", &back), HW_OK);
    assert_int_equal(hello_with(12, HW_LIFE_CLONE, "TKM", &back), HW_OK);
    assert_int_equal(hello_with(12, 999, "TKM", &back), HW_OK); /* a newer word */
    assert_int_equal(hello_with(11, HW_LIFE_CLONE, "", &back), HW_CORRUPT);
    assert_int_equal(hello_with(12, 0, "TKM", &back), HW_CORRUPT);
    assert_int_equal(hello_with(12, HW_LIFE_CLONE, "tkm", &back), HW_CORRUPT);
}

static void no_mutation_crashes_and_what_is_taken_can_be_sent_on(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out out = {0}, again = {0};
    size_t taken = 0;
    for (uint64_t seed = 1; seed <= 100000; seed++) {
        struct dice dice = dice_of(seed);
        struct hw_message message = any_message(&dice, &arena), back;
        hw_out_reset(&out);
        hw_out_reset(&again);
        hw_message_encode(&out, &message);
        for (size_t i = 1 + dice_below(&dice, 4); i > 0; i--) {
            size_t at = dice_below(&dice, dice_one_in(&dice, 2) && out.n > 40 ? 40 : out.n); /* heads more often */
            out.p[at] = (uint8_t)(dice_one_in(&dice, 2) ? dice_roll(&dice) : out.p[at] ^ 1u << dice_below(&dice, 8));
        }
        if (decode(hw_out_slice(&out), &arena, &back) == HW_OK) {
            taken++;
            hw_message_encode(&again, &back);
            if (decode(hw_out_slice(&again), &arena, &back) != HW_OK)
                fail_msg("seed %llu", (unsigned long long)seed);
        }
        hw_arena_reset(&arena);
    }
    assert_in_range(taken, 1000, 99000); /* else the mutations test nothing */
}

static void another_version_is_told_from_damage(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    struct hw_message message = fixed(HW_BYE, &arena), back;
    hw_message_encode(&out, &message);
    out.p[1] = HW_PROTOCOL_VERSION + 1;
    assert_int_equal(decode(hw_out_slice(&out), &arena, &back), HW_VERSION);
    out.p[1] = HW_PROTOCOL_VERSION;
    static const uint8_t unknown[] = {0, HW_SNAPSHOT, HW_ERROR + 1, 23};
    for (size_t i = 0; i < sizeof unknown; i++) {
        out.p[2] = unknown[i];
        assert_int_equal(decode(hw_out_slice(&out), &arena, &back), HW_CORRUPT);
    }
}

static void a_message_over_the_size_is_refused_unread(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    struct hw_message message = fixed(HW_SEGMENTS, &arena), back;
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    message.body.segments.n = 1;
    message.body.segments.wires[0] = (struct hw_slice){hw_arena_zero(&arena, 1, HW_MESSAGE_SIZE), HW_MESSAGE_SIZE - 10};
    hw_message_encode(&out, &message);
    assert_int_equal(out.n, HW_MESSAGE_SIZE);
    assert_int_equal(decode(hw_out_slice(&out), &arena, &back), HW_OK);
    hw_put_null(&out);
    assert_int_equal(decode(hw_out_slice(&out), &arena, &back), HW_LIMIT);
}

static void lists_are_at_most_a_thousand_long(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    for (size_t n = HW_STREAMS_MAX; n <= HW_STREAMS_MAX + 1; n++) {
        enum hw_status expected = n > HW_STREAMS_MAX ? HW_CORRUPT : HW_OK;
        struct hw_message hello = fixed(HW_HELLO, &arena), welcome = fixed(HW_WELCOME, &arena),
                          ack = fixed(HW_ACK, &arena), ping = fixed(HW_PING, &arena),
                          segments = fixed(HW_SEGMENTS, &arena);
        struct hw_stream_tip *tips = hw_arena_zero(&arena, n, sizeof *tips);
        struct hw_position *positions = hw_arena_zero(&arena, n, sizeof *positions);
        for (size_t i = 0; i < n; i++)
            tips[i].group = positions[i].group = hw_slice_text("a");
        hello.body.hello.streams = welcome.body.welcome.streams = tips;
        hello.body.hello.streams_n = welcome.body.welcome.streams_n = n;
        ack.body.ack.journals = ping.body.ping.journals = positions;
        ack.body.ack.journals_n = ping.body.ping.journals_n = n;
        segments.body.segments.wires = hw_arena_zero(&arena, n, sizeof(struct hw_slice));
        segments.body.segments.n = n;
        assert_int_equal(decode_of(&hello, &arena), expected);
        assert_int_equal(decode_of(&welcome, &arena), expected);
        assert_int_equal(decode_of(&ack, &arena), expected);
        assert_int_equal(decode_of(&ping, &arena), expected);
        assert_int_equal(decode_of(&segments, &arena), expected);
    }
}

static void a_count_is_not_believed_before_its_items_are_seen(void **state)
{
    (void)state;
    static const uint8_t heads[][9] = {{0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
                                       {0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
                                       {0x9b, 0, 0, 0, 0, 0, 1, 0, 0},
                                       {0x9f, 0xff}};
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    for (size_t i = 0; i < 4; i++) {
        HW_CLEANUP(hw_out_done) struct hw_out out = {0};
        struct hw_message back;
        hw_put_array(&out, 4);
        hw_put_uint(&out, HW_PROTOCOL_VERSION);
        hw_put_uint(&out, HW_SEGMENTS);
        hw_put_uint(&out, 7);
        hw_put_raw(&out, heads[i], sizeof heads[i]);
        size_t before = arena.used;
        assert_int_equal(decode(hw_out_slice(&out), &arena, &back), HW_CORRUPT);
        assert_true(arena.used - before < 1000);
    }
}

static void values_out_of_range_are_refused(void **state)
{
    (void)state;
    enum { ROWS = 16 };
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    static const uint8_t types[ROWS] = {HW_WELCOME, HW_WELCOME, HW_WELCOME, HW_CREDIT, HW_CREDIT, HW_JOIN,  HW_ADMITTED,
                                        HW_HELLO,   HW_HELLO,   HW_JOURNAL, HW_ACK,    HW_PING,   HW_ERROR, HW_BYE,
                                        HW_WELCOME, HW_CONFIRM};
    struct hw_message rows[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        rows[i] = fixed(types[i], &arena);
    rows[0].body.welcome.status = HW_WELCOME_LATE + 1;
    rows[1].body.welcome.groups[0].state = HW_GROUP_DENIED + 1;
    rows[2].body.welcome.groups[0].resume = UINT64_MAX;
    rows[3].body.credit.lane = HW_LANE_SNAPSHOT + 1;
    rows[4].body.credit.bytes = 1ull << 32;
    rows[5].body.join.office = hw_slice_text("kaz");
    rows[6].body.admitted.office = hw_slice_text("ABCDEFGHIJKLMNOPQ");
    rows[7].body.hello.streams[0].group = hw_slice_text("a-code-that-is-longer-than-any-is");
    rows[8].body.hello.cursors[0].position = UINT64_MAX;
    rows[9].body.journal.group = hw_slice_text("");
    rows[10].body.ack.streams[0].durable = UINT64_MAX;
    rows[11].body.ping.journals[0].group = hw_slice_text("GTG");
    rows[12].body.error.text = hw_slice_text("\xff");
    rows[13].session = UINT64_MAX;
    rows[14].body.welcome.credit = 1ull << 32;
    rows[15].body.confirm.credit.lane = HW_LANE_SNAPSHOT + 1;
    for (size_t i = 0; i < ROWS; i++)
        if (decode_of(&rows[i], &arena) != HW_CORRUPT)
            fail_msg("row %zu was taken", i);
}

static void a_join_signs_all_but_its_proof(void **state)
{
    (void)state;
    struct hw_join joins[6];
    struct hw_out outs[6] = {{0}};
    for (size_t i = 0; i < 6; i++)
        fix_join(&joins[i]);
    joins[1].office = hw_slice_text("KGZ");
    joins[2].curve_key[0] ^= 1;
    joins[3].inc.b[0] ^= 1;
    joins[4].sign_key[0] ^= 1;
    joins[5].nonce[0] ^= 1;
    for (size_t i = 0; i < 6; i++) {
        hw_join_signed(&outs[i], &joins[i]);
        for (size_t j = 0; j < i; j++)
            assert_false(hw_slice_equal(hw_out_slice(&outs[i]), hw_out_slice(&outs[j])));
    }
    struct hw_out again = {0};
    memset(joins[0].proof, 9, sizeof joins[0].proof);
    hw_join_signed(&again, &joins[0]);
    assert_true(hw_slice_equal(hw_out_slice(&outs[0]), hw_out_slice(&again)));
    hw_out_done(&again);
    for (size_t i = 0; i < 6; i++)
        hw_out_done(&outs[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_has_its_golden_form),
        cmocka_unit_test(a_digest_is_of_what_again_leaves_out),
        cmocka_unit_test(what_a_person_reads_of_a_message_is_its_name),
        cmocka_unit_test(what_is_encoded_is_decoded),
        cmocka_unit_test(a_message_cut_anywhere_is_refused),
        cmocka_unit_test(hello_takes_the_reason_and_those_spoken_for_or_neither),
        cmocka_unit_test(no_mutation_crashes_and_what_is_taken_can_be_sent_on),
        cmocka_unit_test(another_version_is_told_from_damage),
        cmocka_unit_test(a_message_over_the_size_is_refused_unread),
        cmocka_unit_test(lists_are_at_most_a_thousand_long),
        cmocka_unit_test(a_count_is_not_believed_before_its_items_are_seen),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(a_join_signs_all_but_its_proof),
    };
    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
