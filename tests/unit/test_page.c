/* test_page.c: old history: what headquarters reads of its journal for an office that began with a snapshot is what it shows
 * itself, in pages of bounded size; the office verifies it, and keeps nothing. */
#include "snapshot_world.h"

#include "daemon/history.h"
#include "daemon/store_history.h"

/* A question, its page, and what was read from it so far. */
struct look {
    struct hw_history_message ask;
    size_t max;
    uint64_t next;
    size_t items, named, pages, events;
    struct hw_out message, told;
    void (*spoil)(struct hw_history_message *page);
    enum hw_signed worst;
};

static void look_done(struct look *look)
{
    hw_out_done(&look->message);
    hw_out_done(&look->told);
}

static enum hw_status run(struct world *world, enum hw_status (*what)(struct hw_tx *, void *, struct hw_err *), struct look *look,
                          struct hw_err *err)
{
    struct hw_job job = {.run = what, .self = look};
    return hw_store_now(world->store, &job, err);
}

static enum hw_status pack_page(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct look *look = self;
    struct hw_history_sheet sheet HW_CLEANUP(hw_history_sheet_done) = {0};
    enum hw_status status = hw_tx_history_page(tx, &look->ask, look->max, &sheet, err);
    struct hw_history_message page = {.number = 1, .group = look->ask.group, .from = sheet.next, .items_n = sheet.items_n,
                                      .named_n = sheet.named_n};
    hw_out_reset(&look->message);
    hw_history_wrap(&look->message, 1, &page, hw_out_slice(&sheet.items), hw_out_slice(&sheet.named));
    look->items = sheet.items_n;
    look->named = sheet.named_n;
    look->next = sheet.next;
    return status;
}

/* Everything that a row of log shows of an event. */
static enum hw_status tell(struct hw_tx *tx, const struct hw_logged *event, struct hw_out *out, struct hw_err *err)
{
    const struct hw_row of = {.kind = event->event.kind, .id = event->event.record};
    enum hw_status status = HW_OK;
    hw_put_bytes(out, event->inc.b, sizeof event->inc.b);
    hw_put_uint(out, event->event.seq);
    hw_put_uint(out, event->event.stamp);
    hw_put_uint(out, event->position);
    hw_put_int(out, event->received_ms);
    hw_put_bool(out, event->admitted);
    hw_put_text(out, event->verdict_text);
    for (size_t i = 0; i < event->event.ops_n && !status; i++) {
        struct hw_slice before;
        bool gone;
        status = hw_history_before(tx, event->group, &of, &event->event.ops[i], &before, &gone, err);
        hw_put_bytes(out, before.p, before.n);
        hw_put_bool(out, gone);
        hw_put_bytes(out, event->event.ops[i].value.p, event->event.ops[i].value.n);
    }
    return status;
}

static enum hw_status read_page(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct look *look = self;
    struct hw_message message;
    struct hw_logged *events;
    size_t n = 0;
    enum hw_status status = hw_message_decode(hw_out_slice(&look->message), hw_tx_arena(tx), &message, err);
    if (!status && look->spoil)
        look->spoil(&message.body.history);
    if (!status)
        status = hw_tx_history_lend(tx, &message.body.history, &events, &n, err);
    for (size_t i = 0; i < n && !status; i++) {
        enum hw_signed found;
        status = hw_tx_signed(tx, &events[i], &found, err);
        look->worst = found != HW_SIGNED_GOOD ? found : look->worst;
        if (!status && (!look->ask.one || hw_id_equal(&events[i].event.record, &look->ask.record))) {
            look->events++;
            status = tell(tx, &events[i], &look->told, err);
        }
    }
    return status;
}

struct whole {
    struct hw_tx *tx;
    struct look *look;
    uint64_t base;
};

static bool each(void *self, const struct hw_logged *event)
{
    struct whole *whole = self;
    const struct look *look = whole->look;
    if (!event->admitted || event->position > whole->base || (look->ask.one && !hw_id_equal(&event->event.record, &look->ask.record)))
        return true;
    whole->look->events++;
    return tell(whole->tx, event, &whole->look->told, NULL) == HW_OK;
}

/* The same as headquarters has it. */
static enum hw_status read_whole(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct look *look = self;
    struct whole whole = {tx, look, look->ask.from};
    return hw_tx_log(tx, "wg6", each, &whole, err);
}

static struct hw_history_message ask_for(const struct net *net, const char *record)
{
    struct hw_history_message ask = {.group = hw_slice_text("wg6"), .from = tip(net->kaz, "wg6"), .events = HW_HISTORY_EVENTS};
    ask.one = record && hw_id_parse(hw_slice_text(record), &ask.record);
    return ask;
}

/* All pages, one after the other, are what headquarters shows. */
static void assert_all(struct net *net, const char *record, size_t max)
{
    struct look look HW_CLEANUP(look_done) = {.ask = ask_for(net, record), .max = max, .worst = HW_SIGNED_GOOD};
    struct look whole HW_CLEANUP(look_done) = {.ask = look.ask};
    struct hw_err err = {0};
    assert_int_equal(run(net->hub, read_whole, &whole, &err), HW_OK);
    assert_true(whole.events > 0);
    do {
        assert_int_equal(run(net->hub, pack_page, &look, &err), HW_OK);
        assert_true(look.next < look.ask.from);
        assert_true(look.items <= 1 || look.message.n <= max + 8 * 1024 + 100);
        if (run(net->kaz, read_page, &look, &err) != HW_OK)
            fail_msg("%s", err.text);
        look.ask.from = look.next;
        look.pages++;
    } while (look.next);
    assert_true(max > 1000 || look.pages >= whole.events);
    assert_int_equal(look.worst, HW_SIGNED_GOOD);
    assert_int_equal(look.events, whole.events);
    assert_true(hw_slice_equal(hw_out_slice(&look.told), hw_out_slice(&whole.told)));
}

static void the_pages_of_a_group_are_what_headquarters_has(void **state)
{
    (void)state;
    struct net *net = net_busy();
    by_snapshot(net, net->kaz);
    assert_all(net, NULL, 6 * 1024);
    assert_all(net, NULL, ROOM);
    net_close(net);
}

static void the_pages_of_a_record_have_it_alone_and_what_its_fields_were(void **state)
{
    (void)state;
    struct net *net = net_busy();
    by_snapshot(net, net->kaz);
    assert_all(net, items[3], ROOM);
    assert_all(net, items[3], 2 * 1024);
    assert_all(net, items[4], 1); /* one segment each: what stood before is told beside it */
    net_close(net);
}

static size_t page_of(struct net *net, struct look *look)
{
    struct hw_err err = {0};
    assert_int_equal(run(net->hub, pack_page, look, &err), HW_OK);
    return look->items;
}

static void no_more_comes_than_was_asked_for(void **state)
{
    (void)state;
    struct net *net = net_busy();
    by_snapshot(net, net->kaz);
    struct look look HW_CLEANUP(look_done) = {.ask = ask_for(net, NULL), .max = ROOM};
    look.ask.events = 5;
    assert_int_equal(page_of(net, &look), 5); /* a segment each */
    assert_int_not_equal(look.next, 0);
    look.ask.since_ms = (uint64_t)INT64_MAX; /* all is older */
    assert_int_equal(page_of(net, &look), 0);
    assert_int_equal(look.next, 0);
    look.ask = ask_for(net, "0123456789abcdef"); /* no such record */
    assert_true(look.ask.one);
    assert_int_equal(page_of(net, &look), 0);
    assert_int_equal(look.next, 0);
    look.ask = ask_for(net, NULL);
    look.ask.group = hw_slice_text("wg7");
    assert_int_equal(page_of(net, &look), 0);
    net_close(net);
}

/* -- what the office makes of it -- */

static void other_before(struct hw_history_message *page)
{
    page->items[0].before[0] ^= 1;
}

static void not_old(struct hw_history_message *page)
{
    page->items[0].position = 1000000;
}

static void other_group(struct hw_history_message *page)
{
    page->group = hw_slice_text("directory");
}

static void what_was_not_signed_so_is_shown_as_bad(void **state)
{
    (void)state;
    struct net *net = net_busy();
    by_snapshot(net, net->kaz);
    struct look look HW_CLEANUP(look_done) = {.ask = ask_for(net, NULL), .max = 1, .spoil = other_before, .worst = HW_SIGNED_GOOD};
    struct hw_err err = {0};
    assert_int_equal(page_of(net, &look), 1);
    assert_int_equal(run(net->kaz, read_page, &look, &err), HW_OK);
    assert_int_equal(look.worst, HW_SIGNED_BAD);
    look.spoil = not_old;
    assert_int_equal(run(net->kaz, read_page, &look, &err), HW_CORRUPT);
    look.spoil = other_group;
    assert_int_equal(run(net->kaz, read_page, &look, &err), HW_CORRUPT);
    assert_int_equal(run(net->tkm, read_page, &look, &err), HW_CORRUPT); /* it holds all of that itself */
    net_close(net);
}

static enum hw_status find_first(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct hw_logged event;
    return hw_tx_event(tx, self, "wg6", 1, &event, err);
}

static void nothing_of_it_is_kept(void **state)
{
    (void)state;
    struct net *net = net_busy();
    by_snapshot(net, net->kaz);
    struct hw_err err = {0};
    struct hw_job find = {.run = find_first, .self = &net->hub->identity.inc};
    assert_int_equal(hw_store_now(net->hub->store, &find, &err), HW_OK);
    assert_int_equal(hw_store_now(net->kaz->store, &find, &err), HW_NOT_FOUND);
    assert_all(net, NULL, ROOM); /* event 1 was on the last page */
    assert_int_equal(hw_store_now(net->kaz->store, &find, &err), HW_NOT_FOUND);
    assert_int_equal(faults(net->kaz), 0);
    net_close(net);
}

struct older {
    size_t n;
    uint64_t position;
    int64_t before_ms;
    const char *record;
};

static enum hw_status find_older(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct older *found = self;
    struct hw_older *older;
    struct hw_record *record = NULL;
    struct hw_id id;
    enum hw_status status = HW_OK;
    if (found->record && hw_id_parse(hw_slice_text(found->record), &id))
        status = hw_tx_record(tx, HW_KIND_ITEM, &id, "wg6", &record, err);
    if (!status)
        status = hw_tx_history_older(tx, record, &older, &found->n, err);
    if (!status && found->n) {
        found->position = older[0].position;
        found->before_ms = older[0].before_ms;
    }
    return status;
}

static struct older older_of(struct world *world, const char *record)
{
    struct older found = {.record = record};
    struct hw_err err = {0};
    struct hw_job job = {.run = find_older, .self = &found};
    assert_int_equal(hw_store_now(world->store, &job, &err), HW_OK);
    return found;
}

static void what_came_after_the_cut_has_nothing_older(void **state)
{
    (void)state;
    struct net *net = net_busy();
    char made[HW_ID_TEXT + 1];
    by_snapshot(net, net->kaz);
    uint64_t cut = tip(net->kaz, "wg6");
    write_item(net, net->kaz, "Written after");
    snprintf(made, sizeof made, "%s", text_at(net->kaz, "end.records.0.id"));
    assert_int_equal(older_of(net->kaz, made).n, 0);
    assert_int_equal(older_of(net->kaz, items[0]).n, 1);
    assert_int_equal(older_of(net->kaz, NULL).position, cut);
    assert_true(older_of(net->kaz, NULL).before_ms > 0);
    assert_int_equal(older_of(net->hub, NULL).n, 0);
    assert_int_equal(older_of(net->tkm, items[0]).n, 0);
    net_close(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pages_of_a_group_are_what_headquarters_has),
        cmocka_unit_test(the_pages_of_a_record_have_it_alone_and_what_its_fields_were),
        cmocka_unit_test(no_more_comes_than_was_asked_for),
        cmocka_unit_test(what_was_not_signed_so_is_shown_as_bad),
        cmocka_unit_test(nothing_of_it_is_kept),
        cmocka_unit_test(what_came_after_the_cut_has_nothing_older),
    };
    return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
