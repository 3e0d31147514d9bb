/* message_read.c: reading the messages of message.c from a peer's bytes
 * (floor 1, pure).  Nothing here trusts a length or a count. */
#include "headway/journal.h"
#include "headway/message.h"

#include <string.h>

/* Reads an array head that must have exactly `n` items. */
static void expect_array(struct hw_in *in, size_t n)
{
    if (hw_get_array(in) != n)
        hw_in_spoil(in);
}

static void get_inc(struct hw_in *in, struct hw_inc *inc)
{
    hw_get_fixed(in, inc->b, sizeof inc->b);
}

static struct hw_slice get_group(struct hw_in *in)
{
    struct hw_slice group = hw_get_text(in);
    if (!hw_group_code_valid(group))
        hw_in_spoil(in);
    return group;
}

static uint64_t get_number(struct hw_in *in)
{
    return hw_get_uint_max(in, INT64_MAX); /* SQLite's integers end there */
}

static size_t get_count(struct hw_in *in)
{
    size_t n = hw_get_array(in);
    if (n <= HW_STREAMS_MAX)
        return n;
    hw_in_spoil(in);
    return 0;
}

static void get_join(struct hw_in *in, struct hw_join *join)
{
    expect_array(in, 6);
    join->office = hw_get_text(in);
    hw_get_fixed(in, join->curve_key, sizeof join->curve_key);
    get_inc(in, &join->inc);
    hw_get_fixed(in, join->sign_key, sizeof join->sign_key);
    hw_get_fixed(in, join->nonce, sizeof join->nonce);
    hw_get_fixed(in, join->proof, sizeof join->proof);
    if (!hw_office_code_valid(join->office))
        hw_in_spoil(in);
}

static void get_admitted(struct hw_in *in, struct hw_admitted *admitted)
{
    expect_array(in, 5);
    admitted->office = hw_get_text(in);
    hw_get_fixed(in, admitted->token, sizeof admitted->token);
    get_inc(in, &admitted->hub);
    admitted->time_ms = get_number(in);
    admitted->life = hw_get_uint_max(in, UINT32_MAX);
    if (!hw_office_code_valid(admitted->office))
        hw_in_spoil(in);
}

static struct hw_stream_tip *get_tips(struct hw_in *in, struct hw_arena *arena, bool answer, size_t *n)
{
    *n = get_count(in);
    struct hw_stream_tip *tips = hw_arena_zero(arena, *n, sizeof *tips);
    for (size_t i = 0; i < *n && !in->bad; i++) {
        expect_array(in, 3);
        tips[i].group = get_group(in);
        tips[i].seq = get_number(in);
        tips[i].told = answer && hw_peek(in) == HW_ITEM_NULL;
        if (tips[i].told)
            hw_get_null(in);
        else
            hw_get_fixed(in, tips[i].hash, sizeof tips[i].hash);
    }
    return tips;
}

/* A word of a vocabulary that may have grown; it is left out rather than 0. */
static uint64_t get_reason(struct hw_in *in)
{
    uint64_t reason = hw_get_uint_max(in, UINT16_MAX);
    if (reason == 0)
        hw_in_spoil(in);
    return reason;
}

/* What was added to HELLO: an office that finds its hub too old for it leaves it out. */
static void get_hello_more(struct hw_in *in, struct hw_arena *arena, struct hw_hello *hello)
{
    hello->reason = get_reason(in);
    hello->serves_n = get_count(in);
    hello->serves = hw_arena_zero(arena, hello->serves_n, sizeof *hello->serves);
    for (size_t i = 0; i < hello->serves_n && !in->bad; i++) {
        hello->serves[i] = hw_get_text(in);
        if (!hw_office_code_valid(hello->serves[i]))
            hw_in_spoil(in);
    }
}

static void get_hello(struct hw_in *in, struct hw_arena *arena, struct hw_hello *hello)
{
    size_t items = hw_get_array(in);
    if (items != 10 && items != 12)
        hw_in_spoil(in);
    hello->schema = get_number(in);
    get_inc(in, &hello->inc);
    hw_get_fixed(in, hello->sign_key, sizeof hello->sign_key);
    get_inc(in, &hello->previous);
    hw_get_fixed(in, hello->previous_proof, sizeof hello->previous_proof);
    hw_get_fixed(in, hello->nonce, sizeof hello->nonce);
    hw_get_fixed(in, hello->token, sizeof hello->token);
    hello->time_ms = get_number(in);
    hello->streams = get_tips(in, arena, false, &hello->streams_n);
    hello->cursors_n = get_count(in);
    hello->cursors = hw_arena_zero(arena, hello->cursors_n, sizeof *hello->cursors);
    for (size_t i = 0; i < hello->cursors_n && !in->bad; i++) {
        size_t parts = hw_get_array(in);
        if (parts != 4 && parts != 5)
            hw_in_spoil(in);
        hello->cursors[i].group = get_group(in);
        get_inc(in, &hello->cursors[i].life);
        hello->cursors[i].position = get_number(in);
        hw_get_fixed(in, hello->cursors[i].chain, sizeof hello->cursors[i].chain);
        if (parts == 5)
            hello->cursors[i].bare = (uint8_t)hw_get_uint_max(in, UINT8_MAX);
        if (parts == 5 && (!hello->cursors[i].bare || hello->cursors[i].bare > hello->cursors[i].position))
            hw_in_spoil(in);
    }
    if (items == 12)
        get_hello_more(in, arena, hello);
}

static void get_again(struct hw_in *in, struct hw_arena *arena, struct hw_hello *hello)
{
    expect_array(in, 6);
    hello->again = true;
    hello->schema = get_number(in);
    get_inc(in, &hello->inc);
    hw_get_fixed(in, hello->nonce, sizeof hello->nonce);
    hw_get_fixed(in, hello->token, sizeof hello->token);
    hello->cursors_n = get_count(in);
    hello->cursors = hw_arena_zero(arena, hello->cursors_n, sizeof *hello->cursors);
    hello->streams = hw_arena_zero(arena, hello->cursors_n, sizeof *hello->streams);
    for (size_t i = 0; i < hello->cursors_n && !in->bad; i++) {
        expect_array(in, 3);
        hello->cursors[i].group = get_group(in);
        hello->cursors[i].position = get_number(in);
        uint64_t seq = get_number(in);
        if (seq)
            hello->streams[hello->streams_n++] = (struct hw_stream_tip){.group = hello->cursors[i].group, .seq = seq};
        if (hello->cursors[i].position == 0)
            hw_in_spoil(in);
    }
    hw_get_fixed(in, hello->digest, sizeof hello->digest);
}

static void get_welcome(struct hw_in *in, struct hw_arena *arena, struct hw_welcome *welcome)
{
    expect_array(in, 10);
    welcome->schema = get_number(in);
    welcome->session = get_number(in);
    hw_get_fixed(in, welcome->nonce, sizeof welcome->nonce);
    hw_get_fixed(in, welcome->token, sizeof welcome->token);
    get_inc(in, &welcome->hub);
    welcome->time_ms = get_number(in);
    welcome->status = (uint8_t)hw_get_uint_max(in, HW_WELCOME_LATE);
    welcome->credit = hw_get_uint_max(in, UINT32_MAX);
    welcome->streams = get_tips(in, arena, true, &welcome->streams_n);
    welcome->groups_n = get_count(in);
    welcome->groups = hw_arena_zero(arena, welcome->groups_n, sizeof *welcome->groups);
    for (size_t i = 0; i < welcome->groups_n && !in->bad; i++) {
        expect_array(in, 5);
        welcome->groups[i].group = get_group(in);
        welcome->groups[i].state = (uint8_t)hw_get_uint_max(in, HW_GROUP_DENIED);
        welcome->groups[i].position = get_number(in);
        welcome->groups[i].resume = get_number(in);
        if (welcome->groups[i].state == HW_GROUP_RETURN)
            hw_get_fixed(in, welcome->groups[i].chain, sizeof welcome->groups[i].chain);
        else if (hw_peek(in) == HW_ITEM_UINT) {
            welcome->groups[i].floor = get_number(in);
            if (!welcome->groups[i].floor)
                hw_in_spoil(in); /* there is one way to say nothing */
        } else
            hw_get_null(in);
    }
}

static uint64_t get_lane(struct hw_in *in)
{
    return hw_get_uint_max(in, HW_STREAMS_MAX - 1);
}

/* `numbers`: a group may be said by its number. */
static struct hw_position *get_positions(struct hw_in *in, struct hw_arena *arena, bool numbers, size_t *n)
{
    *n = get_count(in);
    struct hw_position *positions = hw_arena_zero(arena, *n, sizeof *positions);
    for (size_t i = 0; i < *n && !in->bad; i++) {
        expect_array(in, 2);
        if (numbers && hw_peek(in) == HW_ITEM_UINT)
            positions[i].lane = get_lane(in);
        else
            positions[i].group = get_group(in);
        positions[i].position = get_number(in);
    }
    return positions;
}

static void get_ack(struct hw_in *in, struct hw_arena *arena, struct hw_ack_message *ack)
{
    expect_array(in, 2);
    ack->streams_n = get_count(in);
    ack->streams = hw_arena_zero(arena, ack->streams_n, sizeof *ack->streams);
    for (size_t i = 0; i < ack->streams_n && !in->bad; i++) {
        expect_array(in, 4);
        get_inc(in, &ack->streams[i].inc);
        ack->streams[i].group = get_group(in);
        ack->streams[i].durable = get_number(in);
        ack->streams[i].admitted = get_number(in);
    }
    ack->journals = get_positions(in, arena, true, &ack->journals_n);
}

static void get_segments(struct hw_in *in, struct hw_arena *arena, struct hw_message *message)
{
    size_t n = get_count(in);
    struct hw_slice *wires = hw_arena_zero(arena, n, sizeof *wires);
    for (size_t i = 0; i < n && !in->bad; i++)
        wires[i] = hw_get_bytes(in);
    message->body.segments.wires = wires;
    message->body.segments.n = n;
}

static void get_journal(struct hw_in *in, struct hw_arena *arena, struct hw_journal_message *journal)
{
    expect_array(in, 4);
    journal->group = get_group(in);
    get_inc(in, &journal->life);
    hw_get_fixed(in, journal->chain, sizeof journal->chain);
    /* An entry takes at least 70 bytes, so the message's size bounds this. */
    journal->items_n = hw_get_array(in);
    if (journal->items_n > HW_MESSAGE_SIZE / HW_SIGNATURE_SIZE) {
        hw_in_spoil(in);
        journal->items_n = 0;
    }
    journal->items = hw_arena_zero(arena, journal->items_n, sizeof *journal->items);
    for (size_t i = 0; i < journal->items_n && !in->bad; i++) {
        struct hw_journal_item *item = &journal->items[i];
        expect_array(in, 3);
        item->entry = hw_get_bytes(in);
        struct hw_slice signature = hw_get_bytes(in);
        item->bare = signature.n == 0;
        if (signature.n == sizeof item->signature)
            memcpy(item->signature, signature.p, signature.n);
        else if (!item->bare)
            hw_in_spoil(in);
        if (hw_peek(in) == HW_ITEM_NULL)
            hw_get_null(in);
        else if ((item->segment = hw_get_bytes(in)).n == 0)
            hw_in_spoil(in); /* null says that there is none */
    }
}

static void get_sealed(struct hw_in *in, struct hw_sealed *sealed)
{
    expect_array(in, 4);
    sealed->lane = get_lane(in);
    sealed->first = hw_get_uint_max(in, INT64_MAX - HW_SEGMENT_EVENTS);
    sealed->n = (uint32_t)hw_get_uint_max(in, HW_SEGMENT_EVENTS);
    sealed->sealed = hw_get_bytes(in);
    if (sealed->first == 0 || sealed->n == 0)
        hw_in_spoil(in);
}

static void get_news_item(struct hw_in *in, struct hw_news_item *item)
{
    size_t parts = hw_get_array(in);
    item->next = parts == 2;
    item->n = 1;
    item->ms = hw_get_int(in);
    if (!item->next) {
        item->own = hw_peek(in) == HW_ITEM_NULL;
        if (item->own)
            hw_get_null(in);
        else
            get_inc(in, &item->inc);
        item->first = hw_get_uint_max(in, INT64_MAX - HW_SEGMENT_EVENTS);
        item->n = (uint32_t)hw_get_uint_max(in, HW_SEGMENT_EVENTS);
    }
    item->sealed = hw_get_bytes(in);
    bool held = item->sealed.n == HW_NEWS_CHECK;
    if (held)
        memcpy(item->check, item->sealed.p, sizeof item->check);
    if ((!item->next && (parts != 5 || item->first == 0 || item->n == 0)) || (!held && item->sealed.n <= HW_SIGNATURE_SIZE) ||
        (item->own && !held))
        hw_in_spoil(in);
}

static void get_news(struct hw_in *in, struct hw_arena *arena, struct hw_news *news)
{
    expect_array(in, 4);
    news->lane = get_lane(in);
    news->position = get_number(in);
    news->items_n = hw_get_array(in);
    if (news->items_n > HW_NEWS_MAX || news->position > INT64_MAX - HW_NEWS_MAX) {
        hw_in_spoil(in);
        news->items_n = 0;
    }
    news->items = hw_arena_zero(arena, news->items_n, sizeof *news->items);
    for (size_t i = 0; i < news->items_n && !in->bad; i++)
        get_news_item(in, &news->items[i]);
    news->is_signed = hw_peek(in) != HW_ITEM_NULL;
    if (news->is_signed)
        hw_get_fixed(in, news->signature, sizeof news->signature);
    else
        hw_get_null(in);
    if (news->position == 0 || (news->items_n == 0 && !news->is_signed))
        hw_in_spoil(in);
}

static void get_ping(struct hw_in *in, struct hw_arena *arena, struct hw_ping *ping)
{
    expect_array(in, 4);
    ping->number = get_number(in);
    ping->answer = hw_get_bool(in);
    ping->time_ms = get_number(in);
    ping->journals = get_positions(in, arena, false, &ping->journals_n);
}

static void get_error(struct hw_in *in, struct hw_error_message *error)
{
    expect_array(in, 4);
    error->code = hw_get_text(in);
    error->what = hw_get_text(in);
    error->text = hw_get_text(in);
    error->retry_ms = get_number(in);
}

static void get_introduce(struct hw_in *in, struct hw_introduce *introduce)
{
    size_t items = hw_get_array(in);
    if (items != 5 && items != 6 && items != 8)
        hw_in_spoil(in);
    introduce->office = hw_get_text(in);
    get_inc(in, &introduce->inc);
    hw_get_fixed(in, introduce->sign_key, sizeof introduce->sign_key);
    get_inc(in, &introduce->previous);
    hw_get_fixed(in, introduce->proof, sizeof introduce->proof);
    if (items >= 6)
        introduce->reason = get_reason(in);
    introduce->keyed = items == 8;
    if (introduce->keyed) {
        hw_get_fixed(in, introduce->curve_key, sizeof introduce->curve_key);
        hw_get_fixed(in, introduce->curve_proof, sizeof introduce->curve_proof);
    }
    if (!hw_office_code_valid(introduce->office))
        hw_in_spoil(in);
}

static void get_snapshot(struct hw_in *in, struct hw_snapshot_message *snapshot)
{
    size_t items = hw_get_array(in);
    snapshot->what = (uint8_t)hw_get_uint_max(in, HW_SNAPSHOT_NONE);
    snapshot->group = get_group(in);
    switch (snapshot->what) {
    case HW_SNAPSHOT_ASK:
    case HW_SNAPSHOT_CHUNK:
        snapshot->position = get_number(in);
        snapshot->index = hw_get_uint_max(in, HW_CHUNKS_MAX);
        if (snapshot->what == HW_SNAPSHOT_CHUNK)
            snapshot->bytes = hw_get_bytes(in);
        if (items != (snapshot->what == HW_SNAPSHOT_CHUNK ? 5 : 4))
            hw_in_spoil(in);
        break;
    case HW_SNAPSHOT_OFFER:
        snapshot->bytes = hw_get_bytes(in);
        hw_get_fixed(in, snapshot->signature, sizeof snapshot->signature);
        if (items != 4)
            hw_in_spoil(in);
        break;
    default:
        if (items != 2 || snapshot->what != HW_SNAPSHOT_NONE)
            hw_in_spoil(in);
    }
}

static void get_verdict(struct hw_in *in, struct hw_history_verdict *verdict)
{
    expect_array(in, 5);
    verdict->seq = get_number(in);
    verdict->verdict = (uint8_t)hw_get_uint_max(in, HW_VERDICT_LIFTED);
    verdict->code = (uint16_t)hw_get_uint_max(in, UINT16_MAX);
    verdict->stamp = get_number(in);
    verdict->text = hw_get_text(in);
    if (verdict->seq == 0 || verdict->verdict == 0 || verdict->text.n > HW_VERDICT_TEXT_MAX)
        hw_in_spoil(in);
}

static void get_history_item(struct hw_in *in, struct hw_arena *arena, struct hw_history_item *item)
{
    expect_array(in, 5);
    item->position = get_number(in);
    item->time_ms = get_number(in);
    item->segment = hw_get_bytes(in);
    hw_get_fixed(in, item->before, sizeof item->before);
    item->verdicts_n = hw_get_array(in);
    if (item->verdicts_n > HW_SEGMENT_EVENTS || item->position == 0 || item->segment.n == 0) {
        hw_in_spoil(in);
        item->verdicts_n = 0;
    }
    item->verdicts = hw_arena_zero(arena, item->verdicts_n, sizeof *item->verdicts);
    for (size_t i = 0; i < item->verdicts_n && !in->bad; i++)
        get_verdict(in, &item->verdicts[i]);
}

static void get_named(struct hw_in *in, struct hw_arena *arena, struct hw_history_message *page)
{
    page->named_n = get_count(in);
    page->named = hw_arena_zero(arena, page->named_n, sizeof *page->named);
    for (size_t i = 0; i < page->named_n && !in->bad; i++) {
        struct hw_history_named *write = &page->named[i];
        expect_array(in, 5);
        get_inc(in, &write->name.inc);
        write->name.seq = get_number(in);
        write->name.op = (uint16_t)hw_get_uint_max(in, HW_OPS_MAX - 1);
        write->stamp = get_number(in);
        write->value = hw_get_bytes(in);
        if (write->name.seq == 0 || write->value.n == 0)
            hw_in_spoil(in);
    }
}

/* Positions fall from item to item, and what comes next is below them all. */
static void get_page(struct hw_in *in, struct hw_arena *arena, struct hw_history_message *page)
{
    page->from = get_number(in);
    page->items_n = hw_get_array(in);
    if (page->items_n > HW_MESSAGE_SIZE / HW_SIGNATURE_SIZE) { /* a segment has a signature */
        hw_in_spoil(in);
        page->items_n = 0;
    }
    page->items = hw_arena_zero(arena, page->items_n, sizeof *page->items);
    for (size_t i = 0; i < page->items_n && !in->bad; i++) {
        get_history_item(in, arena, &page->items[i]);
        if (page->items[i].position <= page->from || (i > 0 && page->items[i].position >= page->items[i - 1].position))
            hw_in_spoil(in);
    }
    get_named(in, arena, page);
}

static void get_history(struct hw_in *in, struct hw_arena *arena, struct hw_history_message *history)
{
    size_t items = hw_get_array(in);
    history->what = (uint8_t)hw_get_uint_max(in, HW_HISTORY_PAGE);
    history->number = get_number(in);
    history->group = get_group(in);
    if (items != (history->what == HW_HISTORY_PAGE ? 6 : 7) || history->what == 0)
        hw_in_spoil(in);
    if (in->bad || history->what == HW_HISTORY_PAGE) {
        get_page(in, arena, history);
        return;
    }
    history->one = hw_peek(in) != HW_ITEM_NULL;
    if (history->one)
        hw_get_fixed(in, history->record.b, sizeof history->record.b);
    else
        hw_get_null(in);
    history->from = get_number(in);
    history->since_ms = get_number(in);
    history->events = hw_get_uint_max(in, HW_HISTORY_EVENTS);
    if (history->from == 0 || history->events == 0)
        hw_in_spoil(in);
}

static void get_credit(struct hw_in *in, struct hw_credit *credit)
{
    credit->lane = (uint8_t)hw_get_uint_max(in, HW_LANE_SNAPSHOT);
    credit->bytes = hw_get_uint_max(in, UINT32_MAX);
}

static void get_confirm(struct hw_in *in, struct hw_confirm *confirm)
{
    expect_array(in, 4);
    hw_get_fixed(in, confirm->token, sizeof confirm->token);
    confirm->bare = hw_get_bool(in);
    get_credit(in, &confirm->credit);
}

/* What came to the protocol last. */
static void get_later(struct hw_in *in, struct hw_arena *arena, struct hw_message *message)
{
    switch (message->type) {
    case HW_SEALED:
        get_sealed(in, &message->body.sealed);
        break;
    case HW_NEWS:
        get_news(in, arena, &message->body.news);
        break;
    case HW_HISTORY:
        get_history(in, arena, &message->body.history);
        break;
    default:
        hw_in_spoil(in);
    }
}

static void get_body(struct hw_in *in, struct hw_arena *arena, struct hw_message *message)
{
    switch (message->type) {
    case HW_JOIN:
        get_join(in, &message->body.join);
        break;
    case HW_ADMITTED:
        get_admitted(in, &message->body.admitted);
        break;
    case HW_HELLO:
        get_hello(in, arena, &message->body.hello);
        break;
    case HW_WELCOME:
        get_welcome(in, arena, &message->body.welcome);
        break;
    case HW_CONFIRM:
        get_confirm(in, &message->body.confirm);
        break;
    case HW_CREDIT:
        expect_array(in, 2);
        get_credit(in, &message->body.credit);
        break;
    case HW_SEGMENTS:
        get_segments(in, arena, message);
        break;
    case HW_JOURNAL:
        get_journal(in, arena, &message->body.journal);
        break;
    case HW_ACK:
        get_ack(in, arena, &message->body.ack);
        break;
    case HW_PING:
        get_ping(in, arena, &message->body.ping);
        break;
    case HW_BYE:
        message->body.bye = hw_get_text(in);
        break;
    case HW_ERROR:
        get_error(in, &message->body.error);
        break;
    case HW_INTRODUCE:
        get_introduce(in, &message->body.introduce);
        break;
    case HW_SNAPSHOT:
        get_snapshot(in, &message->body.snapshot);
        break;
    case HW_AGAIN:
        get_again(in, arena, &message->body.hello);
        break;
    default:
        get_later(in, arena, message);
    }
}

enum hw_status hw_message_decode(struct hw_slice bytes, struct hw_arena *arena, struct hw_message *message,
                                 struct hw_err *err)
{
    *message = (struct hw_message){0};
    if (bytes.n > HW_MESSAGE_SIZE)
        return hw_fail(err, HW_LIMIT, "a message of %zu bytes; at most %d are taken", bytes.n, HW_MESSAGE_SIZE);
    struct hw_in in = hw_in_of(bytes);
    expect_array(&in, 4);
    uint64_t version = hw_get_uint(&in);
    if (!in.bad && version != HW_PROTOCOL_VERSION)
        return hw_fail(err, HW_VERSION, "protocol version %llu; this node speaks version %d",
                       (unsigned long long)version, HW_PROTOCOL_VERSION);
    message->type = (uint8_t)hw_get_uint_max(&in, UINT8_MAX);
    message->session = get_number(&in);
    get_body(&in, arena, message);
    if (!hw_in_end(&in))
        return hw_fail(err, HW_CORRUPT, "a message that cannot be read (type %s)", hw_message_name(message->type));
    return HW_OK;
}
