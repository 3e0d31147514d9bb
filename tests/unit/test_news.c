/* test_news.c: SEALED and NEWS at the stores: what was left out is put in again, to the same bytes; what was altered is found out;
 * entries whose signature comes later count with it, and prove nothing before. KAZ writes, the hub admits, TKM reads. */
#include "daemon/store_news.h"
#include "daemon/store_verify.h"
#include "return_world.h"

struct story {
    struct net *net;
    struct hw_arena arena;
    struct hw_message message;
    bool went_bare;
    enum hw_status status;
    char said[1000];
};

struct ask {
    struct story *story;
    struct hw_news_wish wish;
    struct hw_out out;
    uint64_t last;
    bool may_be_bare;
};

static enum hw_status read_news(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct ask *ask = self;
    return hw_tx_news_down(tx, &ask->wish, &ask->out, &ask->last, &ask->story->went_bare, err);
}

static enum hw_status take_news(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct ask *ask = self;
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    struct hw_message back;
    hw_message_encode(&out, &ask->story->message); /* as it travels */
    enum hw_status status = hw_message_decode(hw_out_slice(&out), hw_tx_arena(tx), &back, err);
    return status ? status : hw_tx_news_take(tx, "wg6", &back.body.news, ask->may_be_bare, err);
}

/* What the hub says to a reader from an entry on; 0: from the first that it lacks. */
static void say(struct story *story, struct world *reader, bool bare, bool seal)
{
    struct ask ask = {.story = story, .wish = {.group = "wg6", .session = 1, .from = tip(reader, "wg6") + 1, .bare = bare,
                                               .seal = seal, .owing = seal, .reader = reader->identity.inc}};
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = read_news, .self = &ask};
    assert_int_equal(hw_store_now(story->net->hub->store, &job, &err), HW_OK);
    assert_true(ask.out.n > 0);
    struct hw_slice kept = hw_arena_slice(&story->arena, hw_out_slice(&ask.out));
    assert_int_equal(hw_message_decode(kept, &story->arena, &story->message, NULL), HW_OK);
    hw_out_done(&ask.out);
}

static void hear(struct story *story, struct world *reader, bool may_be_bare)
{
    struct ask ask = {.story = story, .may_be_bare = may_be_bare};
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = take_news, .self = &ask};
    story->status = hw_store_now(reader->store, &job, &err);
    snprintf(story->said, sizeof story->said, "%s", story->status ? err.text : "");
}

/* Three changes of KAZ's, a segment each, that TKM does not have; it holds the entry before them. */
static struct story *story_begin(void)
{
    static const char *const titles[] = {"Before", "First", "Second", "Third"};
    struct story *story = calloc(1, sizeof *story);
    hw_arena_init(&story->arena);
    story->net = net_open();
    for (size_t i = 0; i < 4; i++) {
        write_item(story->net, story->net->kaz, titles[i]);
        up(story->net, story->net->kaz);
        if (i == 0)
            down(story->net, story->net->tkm);
    }
    return story;
}

static void story_end(struct story *story)
{
    net_close(story->net);
    hw_arena_done(&story->arena);
    free(story);
}

static uint64_t bare_of(struct world *node)
{
    return hw_cache_group(node->store, hw_slice_text("wg6"))->bare;
}

static void what_was_left_out_is_put_in_again(void **state)
{
    (void)state;
    struct story *story = story_begin();
    struct world *tkm = story->net->tkm;
    say(story, tkm, false, false);
    assert_int_equal(story->message.body.news.items_n, 3);
    assert_true(story->message.body.news.is_signed && story->message.body.news.items[1].next);
    hear(story, tkm, false);
    assert_int_equal(story->status, HW_OK);
    assert_true(has_item(tkm, "First") && has_item(tkm, "Third"));
    assert_int_equal(tip(tkm, "wg6"), tip(story->net->hub, "wg6"));
    assert_memory_equal(hw_cache_group(tkm->store, hw_slice_text("wg6"))->chain,
                        hw_cache_group(story->net->hub->store, hw_slice_text("wg6"))->chain, HW_HASH_SIZE);
    hear(story, tkm, false); /* again: it has them */
    assert_int_equal(story->status, HW_OK);
    story_end(story);
}

static void what_was_altered_is_found_out(void **state)
{
    (void)state;
    for (int what = 0; what < 6; what++) {
        struct story *story = story_begin();
        struct world *tkm = story->net->tkm;
        say(story, tkm, false, false);
        struct hw_news *news = &story->message.body.news;
        uint8_t *sealed = hw_arena_copy(&story->arena, news->items[1].sealed.p, news->items[1].sealed.n);
        news->items[1].sealed.p = sealed;
        sealed[what == 0 ? 3 : news->items[1].sealed.n - 2] ^= what < 2; /* the author's signature; the title */
        news->signature[5] ^= what == 2;
        news->items[2].ms += what == 3;
        if (what == 4) /* left out */
            news->items_n = 2;
        if (what == 5) { /* in another order */
            struct hw_news_item item = news->items[1];
            news->items[1] = news->items[2];
            news->items[2] = item;
        }
        hear(story, tkm, false);
        if (story->status != HW_SIGNATURE && story->status != HW_CORRUPT)
            fail_msg("%d: %s", what, hw_status_name(story->status));
        assert_false(has_item(tkm, "First")); /* nothing of the message is kept */
        story_end(story);
    }
}

static void a_signature_may_come_later_from_the_gate_alone(void **state)
{
    (void)state;
    struct story *story = story_begin();
    struct world *tkm = story->net->tkm;
    say(story, tkm, true, false);
    assert_true(story->went_bare && !story->message.body.news.is_signed);
    hear(story, tkm, false); /* who is not known for the gate must sign */
    assert_int_equal(story->status, HW_SIGNATURE);
    assert_false(has_item(tkm, "First"));
    hear(story, tkm, true);
    assert_int_equal(story->status, HW_OK);
    assert_true(has_item(tkm, "Third"));
    assert_int_equal(bare_of(tkm), 3);
    struct deed deed = {.net = story->net, .of = tkm, .group = "wg6", .from = tip(tkm, "wg6") - 2};
    must(tkm, pack_journal, &deed); /* it proves nothing yet: there is nothing to hand on */
    assert_int_equal(deed.out.n, 0);
    say(story, tkm, false, true);
    assert_int_equal(story->message.body.news.items_n, 0);
    story->message.body.news.signature[9] ^= 1;
    hear(story, tkm, false);
    assert_int_equal(story->status, HW_SIGNATURE);
    assert_int_equal(bare_of(tkm), 3);
    story->message.body.news.signature[9] ^= 1;
    hear(story, tkm, false);
    assert_int_equal(story->status, HW_OK);
    assert_int_equal(bare_of(tkm), 0);
    deed.from = tip(tkm, "wg6") - 2;
    must(tkm, pack_journal, &deed);
    assert_true(deed.out.n > 0);
    hw_out_done(&deed.out);
    story_end(story);
}

static void there_is_a_limit_to_what_has_no_signature(void **state)
{
    (void)state;
    struct story *story = story_begin();
    struct world *tkm = story->net->tkm;
    hw_cache_group(tkm->store, hw_slice_text("wg6"))->bare = HW_BARE_MAX - 2;
    say(story, tkm, true, false);
    hear(story, tkm, true);
    assert_int_equal(story->status, HW_SIGNATURE);
    story_end(story);
}

static void its_writer_is_told_by_a_few_bytes_of_the_hash(void **state)
{
    (void)state;
    struct story *story = story_begin();
    struct world *kaz = story->net->kaz;
    down(story->net, kaz);
    write_item(story->net, kaz, "Fourth");
    up(story->net, kaz);
    say(story, kaz, false, false);
    assert_int_equal(story->message.body.news.items[0].sealed.n, HW_NEWS_CHECK);
    story->message.body.news.items[0].check[1] ^= 1;
    story->message.body.news.items[0].own = true;
    hear(story, kaz, false);
    assert_int_equal(story->status, HW_FORK);
    story->message.body.news.items[0].check[1] ^= 1;
    hear(story, kaz, false);
    assert_int_equal(story->status, HW_OK);
    assert_int_equal(tip(kaz, "wg6"), tip(story->net->hub, "wg6"));
    story_end(story);
}

static enum hw_status cut_bare(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    struct hw_message message;
    bool cut = false;
    enum hw_status status = hw_message_decode(hw_out_slice(&deed->out), hw_tx_arena(tx), &message, err);
    if (!status)
        status = hw_tx_cut_bare(tx, &message.body.journal, &cut, err);
    deed->last = cut;
    return status;
}

/* Headquarters was restored in between. What a life said last could be handed to nobody without its signature: in a bundle, to an
 * office behind a relay, back to headquarters. */
static void another_life_does_not_sign_for_the_one_before(void **state)
{
    (void)state;
    struct story *story = story_begin();
    struct net *net = story->net;
    struct deed directory = {.net = net, .of = net->tkm, .group = "directory", .from = tip(net->tkm, "directory") + 1};
    struct deed deed = {.net = net, .of = net->tkm, .group = "wg6"};
    say(story, net->tkm, true, false);
    hear(story, net->tkm, true);
    assert_int_equal(bare_of(net->tkm), 3);
    make_backup(net);
    restore(net);
    end(net);
    write_item(net, net->hub, "Later");
    must(net->hub, pack_journal, &directory);
    must(net->tkm, take_down, &directory);
    deed.from = tip(net->tkm, "wg6") + 1;
    must(net->hub, pack_journal, &deed);
    assert_int_equal(deed_do(net->tkm, take_down, &deed), HW_GAP);
    must(net->tkm, cut_bare, &deed);
    assert_int_equal(deed.last, 1);
    assert_int_equal(tip(net->tkm, "wg6"), deed.from - 4);
    must(net->tkm, cut_bare, &deed); /* once */
    assert_int_equal(deed.last, 0);
    down(net, net->tkm);
    assert_true(has_item(net->tkm, "Third"));
    assert_true(has_item(net->tkm, "Later"));
    deed.from -= 3;
    must(net->tkm, pack_journal, &deed);
    assert_true(deed.out.n > 0);
    deed_done(&directory);
    deed_done(&deed);
    story_end(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_left_out_is_put_in_again),
        cmocka_unit_test(what_was_altered_is_found_out),
        cmocka_unit_test(a_signature_may_come_later_from_the_gate_alone),
        cmocka_unit_test(there_is_a_limit_to_what_has_no_signature),
        cmocka_unit_test(its_writer_is_told_by_a_few_bytes_of_the_hash),
        cmocka_unit_test(another_life_does_not_sign_for_the_one_before),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("news", tests, NULL, NULL);
}
