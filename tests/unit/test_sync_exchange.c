/* test_sync_exchange.c: an office's engine and a hub's, with stores in memory and a link that breaks: what is promised
 * holds after every step, and in the end all is in step. */
#include "proof.h"

#include "headway/sync.h"

enum { CHUNKS = 3, QUEUE = 64, STEPS = 400 };

static const struct hw_inc office_inc = {{1, 2, 3}}, hub_inc = {{9}};

enum { OFFICE, HUB };

/* An effect that the store is to run, and what stands after it. */
struct job {
    struct hw_effect effect, *rest;
    size_t rest_n;
};

struct letter {
    uint64_t peer; /* the connection it went by */
    struct hw_slice bytes;
};

struct queue {
    struct job jobs[QUEUE];
    struct letter letters[QUEUE];
    size_t jobs_n, letters_n;
};

struct exchange {
    struct dice dice;
    struct hw_arena arena;
    struct hw_sync *sync[2];
    struct queue queue[2]; /* letters: on the way to that side */
    struct hw_group_tip tip[2];
    uint64_t now, peer;                       /* peer: number of the connection, 0 for none */
    uint64_t durable;                         /* hub: committed events of the office */
    uint64_t opened;                          /* hub: session that it made last */
    bool confirmed;                           /* hub: that session's token is committed as confirmed */
    bool welcomed;                            /* office: the WELCOME is committed */
    size_t offered;                           /* by the hub: counts from CONFIRM on */
    size_t granted[2], sent[2], committed[2]; /* bytes; granted by, sent by, committed by that side, in this session */
    size_t answers[8];                        /* to waiting clients, by number */
    uint64_t snapshot;                        /* hub: position of the one that is kept; 0: none */
    const char *broken;                       /* what does not hold */
};

static void expect(struct exchange *x, bool holds, const char *what)
{
    if (!holds && !x->broken)
        x->broken = what;
}

static void run_effects(struct exchange *x, int side, struct hw_effect *effects, size_t n);

static void give(struct exchange *x, int side, struct hw_input *input)
{
    struct hw_effects effects;
    input->now_ms = x->now;
    input->wall_ms = (int64_t)x->now;
    dice_bytes(&x->dice, input->random, sizeof input->random);
    hw_sync_step(x->sync[side], input, &x->arena, &effects);
    run_effects(x, side, effects.items, effects.n);
}

static void give_type(struct exchange *x, int side, enum hw_input_type type, uint64_t peer)
{
    struct hw_input input = {.type = type, .peer = peer};
    give(x, side, &input);
}

/* -- the link -- */

static void cut(struct exchange *x, bool tell_office)
{
    uint64_t gone = x->peer;
    if (!gone)
        return;
    x->peer = 0;
    x->queue[OFFICE].letters_n = x->queue[HUB].letters_n = 0;
    memset(x->granted, 0, sizeof x->granted);
    memset(x->sent, 0, sizeof x->sent);
    memset(x->committed, 0, sizeof x->committed);
    x->confirmed = x->welcomed = false;
    x->offered = 0;
    give_type(x, HUB, HW_IN_PEER_DOWN, gone);
    if (tell_office)
        give_type(x, OFFICE, HW_IN_PEER_DOWN, HW_UPSTREAM);
}

static void connect(struct exchange *x)
{
    static uint64_t next; /* never the same number twice */
    cut(x, true);
    x->peer = ++next;
    give_type(x, OFFICE, HW_IN_PEER_UP, HW_UPSTREAM);
}

/* What each message promises at the moment it is sent. */
static void check_sent(struct exchange *x, int side, const struct hw_message *message, size_t size)
{
    int other = side == OFFICE ? HUB : OFFICE;
    switch (message->type) {
    case HW_CREDIT:
        x->granted[side] += (size_t)message->body.credit.bytes;
        expect(x, x->granted[side] <= HW_CREDIT_WINDOW + x->committed[side],
               "credit is granted again after the commit");
        expect(x, side == OFFICE || x->confirmed, "a hub grants after the confirmation");
        break;
    case HW_WELCOME:
        x->offered = (size_t)message->body.welcome.credit;
        break;
    case HW_CONFIRM:
        expect(x, x->welcomed, "a token is confirmed after its commit");
        x->granted[HUB] += x->offered;
        x->granted[OFFICE] += (size_t)message->body.confirm.credit.bytes;
        x->offered = 0;
        break;
    case HW_SNAPSHOT:
        if (message->body.snapshot.what == HW_SNAPSHOT_ASK || message->body.snapshot.what == HW_SNAPSHOT_NONE)
            break;
        expect(x, x->sent[side] < x->granted[other] && x->confirmed, "a snapshot goes for credit, after the confirmation");
        x->sent[side] += size;
        break;
    case HW_SEGMENTS:
    case HW_JOURNAL:
    case HW_SEALED:
    case HW_NEWS:
        expect(x, x->sent[side] < x->granted[other], "a message is begun with credit alone"); /* and may end beyond it */
        x->sent[side] += size;
        expect(x, side == OFFICE ? x->welcomed : x->confirmed,
               "nothing is sent before the confirmation");
        break;
    case HW_ACK:
        for (size_t i = 0; side == HUB && i < message->body.ack.streams_n; i++)
            expect(x, message->body.ack.streams[i].durable <= x->durable,
                   "an acknowledgement never precedes its commit");
        for (size_t i = 0; side == OFFICE && i < message->body.ack.journals_n; i++)
            expect(x, message->body.ack.journals[i].position <= x->tip[OFFICE].position, "nor does the office's");
        break;
    default:
        break;
    }
}

static void post(struct exchange *x, int side, const struct hw_effect *effect)
{
    struct queue *to = &x->queue[side == OFFICE ? HUB : OFFICE];
    struct hw_message message;
    expect(x, hw_message_decode(effect->bytes, &x->arena, &message, NULL) == HW_OK, "what is sent can be read");
    if (!x->peer || (side == HUB && effect->peer != x->peer) || to->letters_n == QUEUE)
        return;
    check_sent(x, side, &message, effect->bytes.n);
    to->letters[to->letters_n++] = (struct letter){x->peer, effect->bytes};
}

static void deliver(struct exchange *x, int side)
{
    static const uint8_t key[HW_CURVE_SIZE] = {1};
    struct queue *queue = &x->queue[side];
    if (queue->letters_n == 0)
        return;
    struct letter letter = queue->letters[0];
    memmove(queue->letters, queue->letters + 1, --queue->letters_n * sizeof *queue->letters);
    struct hw_input input = {.type = HW_IN_RECV,
                             .peer = side == HUB ? letter.peer : HW_UPSTREAM,
                             .bytes = letter.bytes,
                             .key = key};
    give(x, side, &input);
}

/* -- the stores -- */

static void run_effects(struct exchange *x, int side, struct hw_effect *effects, size_t n)
{
    struct queue *queue = &x->queue[side];
    for (size_t i = 0; i < n; i++) {
        struct hw_effect *effect = &effects[i];
        if (effect->type == HW_DO_SEND)
            post(x, side, effect);
        if (effect->type == HW_DO_REPLY)
            x->answers[effect->client]++;
        if (effect->type == HW_DO_SEND_RANGE || effect->type == HW_DO_APPEND) {
            bool append = effect->type == HW_DO_APPEND;
            expect(x, queue->jobs_n < QUEUE, "what waits for the store is bounded");
            expect(x, side == HUB || append || x->welcomed, "nothing is sealed before the token is committed");
            if (queue->jobs_n < QUEUE)
                queue->jobs[queue->jobs_n++] =
                    (struct job){*effect, append ? effect + 1 : NULL, append ? n - i - 1 : 0};
            if (append)
                return; /* what stands after it waits for its commit */
        }
        if (effect->type == HW_DO_CLOSE && (side == OFFICE || effect->peer == x->peer)) {
            cut(x, side == HUB);
            return;
        }
    }
}

/* A message of events or entries `from` to `last`, as large as chance wants. */
static struct hw_slice range_message(struct exchange *x, int side, const struct hw_effect *effect, uint64_t last)
{
    struct hw_out items = {0}, out = {0};
    size_t size = dice_one_in(&x->dice, 4) ? effect->max - 200 : 100;
    char *blob = hw_arena_zero(&x->arena, size, 1);
    snprintf(blob, size, "%llu %llu", (unsigned long long)effect->from, (unsigned long long)last);
    struct hw_journal_item item = {.entry = {(const uint8_t *)blob, size}};
    if (side == OFFICE) {
        hw_segments_item(&items, item.entry);
        hw_segments_wrap(&out, effect->session, hw_out_slice(&items), 1);
    } else {
        hw_journal_item(&items, &item);
        struct hw_journal_message head = {.group = hw_slice_text("gtg-eca"), .life = hub_inc};
        hw_journal_wrap(&out, effect->session, &head, hw_out_slice(&items), 1);
    }
    struct hw_slice message = hw_arena_slice(&x->arena, hw_out_slice(&out));
    hw_out_done(&items);
    hw_out_done(&out);
    return message;
}

static void store_range(struct exchange *x, int side, const struct hw_effect *effect, struct hw_stored *stored)
{
    uint64_t end = side == OFFICE ? x->tip[OFFICE].own_tip : x->tip[HUB].position;
    stored->group = "gtg-eca";
    stored->last = effect->from + dice_below(&x->dice, 5);
    stored->last = stored->last > end ? end : stored->last;
    stored->message = range_message(x, side, effect, stored->last);
    if (side == OFFICE && stored->last > x->tip[OFFICE].own_sealed)
        x->tip[OFFICE].own_sealed = stored->last;
}

static void store_welcome(struct exchange *x, const struct hw_effect *effect, struct hw_stored *stored)
{
    struct hw_message hello;
    struct hw_welcome *welcome = hw_arena_zero(&x->arena, 1, sizeof *welcome);
    expect(x, hw_message_decode(effect->bytes, &x->arena, &hello, NULL) == HW_OK, "a HELLO can be read");
    *welcome =
        (struct hw_welcome){.schema = 1, .session = effect->session, .hub = hub_inc, .streams_n = 1, .groups_n = 1};
    memcpy(welcome->nonce, hello.body.hello.nonce, sizeof welcome->nonce);
    welcome->streams = hw_arena_zero(&x->arena, 1, sizeof *welcome->streams);
    welcome->streams[0] = (struct hw_stream_tip){.group = hw_slice_text("gtg-eca"), .seq = x->durable};
    welcome->groups = hw_arena_zero(&x->arena, 1, sizeof *welcome->groups);
    welcome->groups[0] =
        (struct hw_group_welcome){.group = hw_slice_text("gtg-eca"),
                                  .state = HW_GROUP_RESUME,
                                  .position = x->tip[HUB].position,
                                  .resume = hello.body.hello.cursors_n ? hello.body.hello.cursors[0].position : 0};
    stored->welcome = welcome;
    stored->inc = &office_inc;
    stored->office = "KAZ";
    x->opened = effect->session;
    x->confirmed = false;
}

/* Events or entries of a message, as range_message wrote them; false for a gap. */
static bool take_range(struct hw_slice blob, uint64_t *tip)
{
    unsigned long long from, last;
    if (sscanf((const char *)blob.p, "%llu %llu", &from, &last) != 2 || from > *tip + 1)
        return false;
    *tip = last > *tip ? last : *tip;
    return true;
}

static void store_segments(struct exchange *x, const struct hw_effect *effect, struct hw_stored *stored)
{
    struct hw_message message;
    struct hw_ack *acks = hw_arena_zero(&x->arena, 1, sizeof *acks);
    expect(x, hw_message_decode(effect->bytes, &x->arena, &message, NULL) == HW_OK, "SEGMENTS can be read");
    x->committed[HUB] += x->opened == effect->session ? effect->bytes.n : 0;
    stored->bytes = effect->bytes.n;
    if (dice_one_in(&x->dice, 20)) {
        stored->status = HW_NO_SPACE;
        return;
    }
    if (!take_range(message.body.segments.wires[0], &x->durable))
        stored->status = HW_GAP;
    x->tip[HUB].position = x->durable; /* admitted at once, one entry for each event */
    acks[0] = (struct hw_ack){.inc = office_inc,
                              .group = hw_slice_text("gtg-eca"),
                              .durable = x->durable,
                              .admitted = x->durable};
    stored->acks = acks;
    stored->acks_n = 1;
}

static void store_journal(struct exchange *x, const struct hw_effect *effect, struct hw_stored *stored)
{
    struct hw_message message;
    expect(x, hw_message_decode(effect->bytes, &x->arena, &message, NULL) == HW_OK, "JOURNAL can be read");
    if (!take_range(message.body.journal.items[0].entry, &x->tip[OFFICE].position))
        stored->status = HW_GAP;
    if (x->tip[OFFICE].position > x->tip[OFFICE].own_admitted)
        x->tip[OFFICE].own_admitted = x->tip[OFFICE].position;
    x->committed[OFFICE] += x->welcomed ? effect->bytes.n : 0;
    stored->group = "gtg-eca";
    stored->bytes = effect->bytes.n;
}

/* Made anew now and then, and then at another position. */
static void store_offer(struct exchange *x, struct hw_stored *stored)
{
    struct hw_message message = {.type = HW_SNAPSHOT, .session = stored->session};
    struct hw_out out = {0};
    stored->group = "gtg-eca";
    if (dice_one_in(&x->dice, 3))
        return; /* none */
    if (dice_one_in(&x->dice, 2) || x->snapshot == 0)
        x->snapshot = x->tip[HUB].position;
    stored->last = x->snapshot;
    stored->chunks = CHUNKS;
    message.body.snapshot = (struct hw_snapshot_message){.what = HW_SNAPSHOT_OFFER, .group = hw_slice_text("gtg-eca")};
    char *text = hw_arena_printf(&x->arena, "%llu", (unsigned long long)x->snapshot);
    message.body.snapshot.bytes = hw_slice_text(text);
    hw_message_encode(&out, &message);
    stored->message = hw_arena_slice(&x->arena, hw_out_slice(&out));
    hw_out_done(&out);
}

static void store_chunk(struct exchange *x, const struct hw_effect *effect, struct hw_stored *stored)
{
    struct hw_message message = {.type = HW_SNAPSHOT, .session = stored->session};
    struct hw_out out = {0};
    stored->group = "gtg-eca";
    if (effect->position != x->snapshot) {
        stored->status = HW_NOT_FOUND;
        return;
    }
    message.body.snapshot = (struct hw_snapshot_message){.what = HW_SNAPSHOT_CHUNK, .group = hw_slice_text("gtg-eca"),
                                                         .position = effect->position, .index = effect->from,
                                                         .bytes = hw_slice_text("chunk")};
    hw_message_encode(&out, &message);
    stored->message = hw_arena_slice(&x->arena, hw_out_slice(&out));
    hw_out_done(&out);
}

static void store_snapshot(struct exchange *x, const struct hw_effect *effect, struct hw_stored *stored)
{
    struct hw_message message;
    struct hw_group_tip *tip = &x->tip[OFFICE];
    expect(x, hw_message_decode(effect->bytes, &x->arena, &message, NULL) == HW_OK, "SNAPSHOT can be read");
    const struct hw_snapshot_message *snapshot = &message.body.snapshot;
    x->committed[OFFICE] += x->welcomed ? effect->bytes.n : 0;
    stored->group = "gtg-eca";
    stored->bytes = effect->bytes.n;
    if (snapshot->what != HW_SNAPSHOT_OFFER && tip->staged <= tip->position)
        return; /* nothing of it is new here */
    if (snapshot->what == HW_SNAPSHOT_OFFER) {
        tip->staged = strtoull(hw_arena_text(&x->arena, snapshot->bytes.p, snapshot->bytes.n), NULL, 10);
        tip->staged_n = 0;
    } else if (snapshot->position != tip->staged || snapshot->index != tip->staged_n) {
        expect(x, false, "chunks come in order, of the snapshot that was offered");
    } else if (++tip->staged_n == CHUNKS) {
        tip->position = tip->staged;
        tip->own_admitted = tip->position > tip->own_admitted ? tip->position : tip->own_admitted;
    }
}

static void commit(struct exchange *x, int side)
{
    struct queue *queue = &x->queue[side];
    if (queue->jobs_n == 0)
        return;
    struct job job = queue->jobs[0];
    struct hw_stored stored = {.append = job.effect.append, .session = job.effect.session, .text = "no"};
    memmove(queue->jobs, queue->jobs + 1, --queue->jobs_n * sizeof *queue->jobs);
    bool current = side == OFFICE || job.effect.peer == x->peer;
    switch (job.effect.append) {
    case HW_APPEND_RANGE:
        store_range(x, side, &job.effect, &stored);
        break;
    case HW_APPEND_HELLO:
        store_welcome(x, &job.effect, &stored);
        break;
    case HW_APPEND_SEGMENTS:
        store_segments(x, &job.effect, &stored);
        break;
    case HW_APPEND_JOURNAL:
        store_journal(x, &job.effect, &stored);
        break;
    case HW_APPEND_OFFER:
        store_offer(x, &stored);
        break;
    case HW_APPEND_CHUNK:
        store_chunk(x, &job.effect, &stored);
        break;
    case HW_APPEND_SNAPSHOT:
        store_snapshot(x, &job.effect, &stored);
        break;
    case HW_APPEND_CONFIRM:
        x->confirmed = current;
        break;
    case HW_APPEND_WELCOME:
        x->welcomed = x->peer != 0 && x->queue[HUB].letters_n < QUEUE;
        break;
    case HW_APPEND_CHANGE:
        x->tip[OFFICE].own_tip += 1 + dice_below(&x->dice, 4);
        break;
    default:
        break;
    }
    stored.tips = &x->tip[side];
    stored.tips_n = 1;
    if (!stored.status)
        run_effects(x, side, job.rest, job.rest_n);
    struct hw_input input = {.type = HW_IN_STORED, .peer = job.effect.peer, .stored = &stored};
    give(x, side, &input);
}

/* -- by lot -- */

static struct exchange *exchange_new(uint64_t seed)
{
    struct exchange *x = calloc(1, sizeof *x);
    assert_non_null(x);
    struct hw_sync_config office = {.upstream = true, .inc = office_inc},
                          hub = {.hub = true, .gate = true, .inc = hub_inc};
    x->dice = dice_of(seed);
    x->now = 1000;
    x->sync[OFFICE] = hw_sync_new(&office);
    x->sync[HUB] = hw_sync_new(&hub);
    hw_arena_init(&x->arena);
    for (int side = OFFICE; side <= HUB; side++) {
        x->tip[side] = (struct hw_group_tip){.group = "gtg-eca", .life = hub_inc};
        struct hw_input input = {.type = HW_IN_START, .tips = &x->tip[side], .tips_n = 1};
        give(x, side, &input);
    }
    return x;
}

static void exchange_free(struct exchange *x)
{
    hw_sync_free(x->sync[OFFICE]);
    hw_sync_free(x->sync[HUB]);
    hw_arena_done(&x->arena);
    free(x);
}

static void tick(struct exchange *x)
{
    x->now += 1000;
    give_type(x, OFFICE, HW_IN_TICK, 0);
    give_type(x, HUB, HW_IN_TICK, 0);
}

static void one_step(struct exchange *x)
{
    struct hw_input change = {.type = HW_IN_CHANGE};
    switch (dice_below(&x->dice, 12)) {
    case 0:
        tick(x);
        break;
    case 1:
        if (x->queue[OFFICE].jobs_n < QUEUE / 2)
            give(x, OFFICE, &change);
        break;
    case 2:
        if (dice_one_in(&x->dice, 8))
            cut(x, true);
        else if (!x->peer)
            connect(x);
        break;
    case 3:
    case 4:
    case 5:
        commit(x, OFFICE);
        break;
    case 6:
    case 7:
    case 8:
        commit(x, HUB);
        break;
    default:
        deliver(x, dice_one_in(&x->dice, 2) ? OFFICE : HUB);
    }
}

static bool in_step(const struct exchange *x)
{
    return x->durable == x->tip[OFFICE].own_tip && x->tip[OFFICE].position == x->tip[HUB].position &&
           x->answers[5] > 0 && x->queue[OFFICE].jobs_n == 0 && x->queue[HUB].jobs_n == 0;
}

/* The link stays up and everybody works until nothing is left to do. */
static void settle(struct exchange *x)
{
    for (int round = 0; round < 5000 && !x->broken && !in_step(x); round++) {
        if (!x->peer)
            connect(x);
        for (int side = OFFICE; side <= HUB; side++) {
            commit(x, side);
            deliver(x, side);
        }
        if (round % 10 == 0)
            tick(x);
    }
}

static void play(uint64_t seed)
{
    struct exchange *x = exchange_new(seed);
    struct hw_input waits = {.type = HW_IN_SYNC, .client = 5, .wait_ms = 100 * 1000};
    for (int i = 0; i < STEPS && !x->broken; i++) {
        if (i == STEPS / 2)
            give(x, OFFICE, &waits);
        one_step(x);
    }
    settle(x);
    expect(x, x->durable == x->tip[OFFICE].own_tip, "all that was saved reaches the hub");
    expect(x, x->tip[OFFICE].position == x->tip[HUB].position, "all that the hub holds reaches the office");
    expect(x, x->answers[5] == 1, "who waits is answered exactly once");
    const char *broken = x->broken;
    exchange_free(x);
    if (broken)
        fail_msg("seed %llu: it does not hold that %s", (unsigned long long)seed, broken);
}

static void what_is_promised_holds_after_every_step(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 150; seed++)
        play(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_promised_holds_after_every_step)};
    return cmocka_run_group_tests_name("sync exchange", tests, NULL, NULL);
}
