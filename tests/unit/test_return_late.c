/* test_return_late.c: what an earlier life of headquarters decided, handed back when the hub has gone on already. */
#include "daemon/clock.h"
#include "return_world.h"

static void what_comes_late_is_admitted_with_its_time_and_verdicts(void **state)
{
    (void)state;
    struct hw_inc kaz;
    struct net *net = late_world(&kaz);
    decide(net, &kaz, 2, HW_VERDICT_REFUSED, 0);
    write_item(net, net->hub, "By headquarters");
    down(net, net->kaz);
    struct hw_logged before = event_at(net->kaz, &kaz, 1);
    restore(net);
    end(net);
    write_item(net, net->hub, "Later");
    down(net, net->tkm);
    for (int twice = 0; twice < 2; twice++) {
        assert_int_equal(hand_back(net, net->kaz), twice ? HW_WELCOME_OK : HW_WELCOME_LATE);
        assert_true(has_item(net->hub, "By KAZ"));
        assert_true(has_item(net->hub, "By headquarters"));
        assert_false(has_item(net->hub, "By KAZ again"));
        assert_int_equal(event_at(net->hub, &kaz, 1).received_ms, before.received_ms);
        assert_int_equal(event_at(net->hub, &kaz, 2).verdict, HW_VERDICT_REFUSED);
        down(net, net->kaz);
    }
    down(net, net->tkm);
    same_export(net->hub, net->kaz);
    same_export(net->hub, net->tkm);
    net_close(net);
}

static void what_is_handed_back_twice_is_admitted_once(void **state)
{
    (void)state;
    struct hw_inc kaz;
    struct net *net = late_world(&kaz);
    decide(net, &kaz, 2, HW_VERDICT_REFUSED, 0);
    down(net, net->kaz);
    restore(net);
    end(net);
    struct deed deed = {.net = net, .group = "wg6", .from = tip(net->tkm, "wg6") + 1};
    must(net->kaz, pack_journal, &deed);
    must(net->hub, take_back, &deed);
    uint64_t position = tip(net->hub, "wg6");
    must(net->hub, take_back, &deed); /* the acknowledgement was lost */
    assert_int_equal(tip(net->hub, "wg6"), position);
    deed_done(&deed);
    net_close(net);
}

/* One entry, as if no more went through the line. */
static enum hw_status pack_one(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    struct hw_out items HW_CLEANUP(hw_out_done) = {0};
    struct hw_journal_message head;
    size_t n;
    hw_out_reset(&deed->out);
    enum hw_status status = hw_tx_journal_down(tx, "wg6", deed->from, 1, NULL, &items, &n, &deed->last, &head, err);
    if (!status)
        hw_journal_wrap(&deed->out, 1, &head, hw_out_slice(&items), n);
    return status;
}

/* Four decisions that the hub has lost, each by itself; `common`: what it has kept. */
static struct net *four_lost(uint64_t *common)
{
    static const char *const titles[] = {"One", "Two", "Three", "Four"};
    struct net *net = net_open();
    make_backup(net);
    *common = tip(net->hub, "wg6");
    for (size_t i = 0; i < 4; i++) {
        write_item(net, net->kaz, titles[i]);
        up(net, net->kaz);
    }
    down(net, net->kaz);
    restore(net);
    end(net);
    return net;
}

/* A session in which one entry is handed back before the line breaks; where the office began. */
static uint64_t hand_back_one(struct net *net)
{
    struct deed deed = hello_of(net, net->kaz);
    assert_int_equal(deed.welcome.status, HW_WELCOME_LATE);
    uint64_t from = deed.welcome.groups[0].resume + 1;
    assert_int_equal(deed.welcome.groups_n, 1);
    deed.from = from;
    must(net->kaz, pack_one, &deed);
    assert_int_equal(deed.last, from);
    must(net->hub, take_back, &deed);
    deed_done(&deed);
    return from;
}

static void what_was_handed_back_before_the_line_broke_is_not_handed_back_again(void **state)
{
    (void)state;
    uint64_t common;
    struct net *net = four_lost(&common);
    for (uint64_t session = 1; session <= 3; session++)
        assert_int_equal(hand_back_one(net), common + session);
    struct deed deed = hello_of(net, net->kaz);
    assert_int_equal(deed.welcome.groups[0].resume, common + 3);
    assert_int_equal(deed.told.groups[0].resume, common); /* all that is behind it is let go of all the same */
    deed_done(&deed);
    assert_int_equal(hand_back(net, net->kaz), HW_WELCOME_LATE);
    down(net, net->kaz);
    assert_true(has_item(net->hub, "One") && has_item(net->hub, "Four"));
    same_export(net->hub, net->kaz);
    net_close(net);
}

static void what_a_lost_message_left_out_is_handed_back_in_the_next_session(void **state)
{
    (void)state;
    uint64_t common;
    struct net *net = four_lost(&common);
    assert_int_equal(hand_back_one(net), common + 1);
    struct deed deed = {.net = net, .from = common + 3}; /* the one before it found no space */
    must(net->kaz, pack_one, &deed);
    must(net->hub, take_back, &deed);
    deed_done(&deed);
    assert_int_equal(hand_back_one(net), common + 2);
    net_close(net);
}

/* It may have lost what it took since its backup, and gone on elsewhere. */
static void a_hub_that_begins_another_life_asks_from_the_beginning_again(void **state)
{
    (void)state;
    uint64_t common;
    struct net *net = four_lost(&common);
    assert_int_equal(hand_back_one(net), common + 1);
    make_backup(net);
    assert_int_equal(hand_back_one(net), common + 2);
    restore(net);
    end(net);
    assert_int_equal(hand_back_one(net), common + 1);
    net_close(net);
}

/* Both lives have admitted KAZ's events by their own judgement: the second at another time. */
static struct net *judged_twice(struct hw_inc *kaz, uint8_t first, uint8_t second, uint64_t first_stamp,
                                uint64_t second_stamp)
{
    struct net *net = late_world(kaz);
    if (first)
        decide(net, kaz, 2, first, first_stamp);
    down(net, net->tkm); /* TKM holds the first life's decisions */
    restore(net);
    end(net);
    for (int64_t now = hw_clock_wall(); hw_clock_wall() == now;)
        ; /* another millisecond */
    up(net, net->kaz);
    assert_true(has_item(net->hub, "By KAZ"));
    if (second)
        decide(net, kaz, 2, second, second_stamp);
    assert_int_equal(hand_back(net, net->tkm), HW_WELCOME_LATE);
    down(net, net->tkm);
    same_export(net->hub, net->tkm);
    return net;
}

static void what_an_earlier_life_admitted_is_lifted(void **state)
{
    (void)state;
    struct hw_inc kaz;
    struct net *net = judged_twice(&kaz, 0, HW_VERDICT_REFUSED, 0, 0);
    assert_int_equal(event_at(net->hub, &kaz, 2).verdict, HW_VERDICT_LIFTED);
    assert_int_equal(event_at(net->tkm, &kaz, 2).verdict, HW_VERDICT_LIFTED);
    assert_true(has_item(net->hub, "By KAZ again"));
    net_close(net);
}

static void what_this_life_admitted_is_not_refused_by_an_earlier_one(void **state)
{
    (void)state;
    struct hw_inc kaz;
    struct net *net = judged_twice(&kaz, HW_VERDICT_REFUSED, 0, 0, 0);
    assert_int_equal(event_at(net->hub, &kaz, 2).verdict, 0);
    assert_true(has_item(net->tkm, "By KAZ again"));
    net_close(net);
}

static void what_both_lives_refused_stays_refused(void **state)
{
    (void)state;
    struct hw_inc kaz;
    struct net *net = judged_twice(&kaz, HW_VERDICT_REFUSED, HW_VERDICT_REFUSED, 0, 0);
    assert_int_equal(event_at(net->hub, &kaz, 2).verdict, HW_VERDICT_REFUSED);
    assert_false(has_item(net->tkm, "By KAZ again"));
    net_close(net);
}

static void the_earliest_reclock_stands(void **state)
{
    (void)state;
    struct hw_inc kaz;
    struct net *net = judged_twice(&kaz, HW_VERDICT_RECLOCKED, HW_VERDICT_RECLOCKED, 5 << 16, 9 << 16);
    assert_int_equal(event_at(net->tkm, &kaz, 2).event.stamp, 5 << 16);
    net_close(net);
    net = judged_twice(&kaz, HW_VERDICT_RECLOCKED, HW_VERDICT_RECLOCKED, 9 << 16, 5 << 16);
    assert_int_equal(event_at(net->tkm, &kaz, 2).event.stamp, 5 << 16);
    net_close(net);
}

static void what_leaves_a_gap_is_skipped_and_said(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    for (int i = 0; i < 2; i++) {
        write_item(net, net->kaz, i ? "Second" : "First");
        up(net, net->kaz);
    }
    write_item(net, net->hub, "By headquarters");
    down(net, net->kaz);
    restore(net);
    end(net);
    struct deed deed = {.net = net, .group = "wg6", .from = tip(net->tkm, "wg6") + 2}; /* not the first */
    must(net->kaz, pack_journal, &deed);
    must(net->hub, take_back, &deed);
    if (!strstr(deed.returned.note, "KAZ") || !strstr(deed.returned.note, "missing"))
        fail_msg("%s", deed.returned.note);
    assert_false(has_item(net->hub, "Second"));
    assert_true(has_item(net->hub, "By headquarters")); /* the rest is taken */
    deed_done(&deed);
    net_close(net);
}

/* Its entry in the directory is not taken: a former root signed it, say. */
static void what_an_unknown_life_decided_is_left_out_and_said(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    restore(net);
    end(net);
    write_item(net, net->hub, "By a life that is lost");
    write_item(net, net->kaz, "By KAZ");
    up(net, net->kaz);
    hand_back(net, net->kaz);
    down(net, net->kaz);
    restore(net);
    end(net);
    struct deed deed = {.net = net, .of = NULL, .group = "wg6"};
    deed.from = tip(net->tkm, "wg6") + 1;
    must(net->kaz, pack_journal, &deed);
    must(net->hub, take_back, &deed);
    if (!strstr(deed.returned.note, "KAZ") || !strstr(deed.returned.note, "does not know"))
        fail_msg("%s", deed.returned.note);
    assert_int_equal(deed.returned.last, deed.last);
    assert_false(has_item(net->hub, "By a life that is lost"));
    deed_done(&deed);
    net_close(net);
}

/* KAZ was put back as well and has written something else under the same name, which this life has admitted. */
static void another_content_under_the_same_name_is_skipped_and_said(void **state)
{
    (void)state;
    struct net *net = net_open();
    char path[80];
    make_backup(net);
    snprintf(path, sizeof path, "%s.backup", net->kaz->dir);
    reopen(net->kaz, "", path);
    write_item(net, net->kaz, "One");
    up(net, net->kaz);
    down(net, net->tkm);
    restore(net);
    end(net);
    reopen(net->kaz, path, "");
    unlink(path);
    write_item(net, net->kaz, "Another");
    up(net, net->kaz);
    struct deed deed = {.net = net, .group = "wg6", .from = tip(net->kaz, "wg6") + 1};
    must(net->tkm, pack_journal, &deed);
    must(net->hub, take_back, &deed);
    if (!strstr(deed.returned.note, "another content"))
        fail_msg("%s", deed.returned.note);
    assert_true(has_item(net->hub, "Another"));
    assert_false(has_item(net->hub, "One"));
    deed_done(&deed);
    net_close(net);
}

/* The second life refused all of KAZ's events, the first one all but every tenth, in more words than two messages hold. */
static void verdicts_that_fill_several_messages_are_all_compared(void **state)
{
    (void)state;
    enum { EVENTS = 900, WORDS = 500 };
    char reason[WORDS + 1] = {0};
    struct net *net = net_open();
    const struct hw_inc kaz = net->kaz->identity.inc;
    make_backup(net);
    memset(reason, 'x', WORDS);
    for (int i = 0; i < EVENTS; i++)
        write_item(net, net->kaz, "An item");
    up(net, net->kaz);
    for (uint64_t seq = 1; seq <= EVENTS; seq++)
        if (seq % 10)
            decide_saying(net, &kaz, seq, HW_VERDICT_REFUSED, 0, reason);
    down(net, net->tkm);
    restore(net);
    end(net);
    for (int64_t now = hw_clock_wall(); hw_clock_wall() == now;)
        ; /* another millisecond */
    up(net, net->kaz);
    for (uint64_t seq = 1; seq <= EVENTS; seq++)
        decide(net, &kaz, seq, HW_VERDICT_REFUSED, 0);
    assert_int_equal(hand_back(net, net->tkm), HW_WELCOME_LATE);
    for (uint64_t seq = 1; seq <= EVENTS; seq++)
        if (event_at(net->hub, &kaz, seq).verdict != (seq % 10 ? HW_VERDICT_REFUSED : HW_VERDICT_LIFTED))
            fail_msg("event %llu has the verdict %d", (unsigned long long)seq, event_at(net->hub, &kaz, seq).verdict);
    down(net, net->tkm);
    same_export(net->hub, net->tkm);
    net_close(net);
}

/* -- what nobody hands back -- */

static enum hw_status pack_carried(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    struct hw_out items HW_CLEANUP(hw_out_done) = {0};
    struct hw_carry *carried;
    size_t streams, n = 0;
    hw_tx_carried(tx, &carried, &streams);
    assert_int_equal(streams, 1);
    enum hw_status status = hw_tx_segments_carry(tx, &carried[0].inc, carried[0].group, carried[0].admitted + 1, ROOM, &items, &n,
                                                 &deed->last, err);
    hw_segments_wrap(&deed->out, 1, hw_out_slice(&items), n);
    return status;
}

/* The relay that KAZ follows was restored as well: it keeps nothing of what KAZ hands back. */
static void cut_back(struct net *net, struct world *office, uint64_t position)
{
    struct hw_group_welcome ask = {.group = hw_slice_text("wg6"), .state = HW_GROUP_RETURN, .resume = position};
    struct deed deed = {.net = net, .of = office, .welcome = {.groups = &ask, .groups_n = 1}};
    must(office, rebase, &deed);
}

static void what_headquarters_lost_comes_up_from_who_holds_it(void **state)
{
    (void)state;
    struct net *net = net_open();
    uint64_t before = tip(net->kaz, "wg6");
    make_backup(net);
    write_item(net, net->hub, "By headquarters");
    down(net, net->kaz);
    restore(net);
    end(net);
    cut_back(net, net->kaz, before);
    assert_false(has_item(net->kaz, "By headquarters"));
    struct deed deed = {.net = net, .of = net->kaz};
    must(net->kaz, pack_carried, &deed);
    must(net->hub, take_up, &deed);
    assert_true(has_item(net->hub, "By headquarters"));
    down(net, net->kaz);
    same_export(net->hub, net->kaz);
    deed_done(&deed);
    net_close(net);
}

static enum hw_status count_rows(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    (void)err;
    deed->last = (uint64_t)hw_tx_count(tx, HW_KIND_ITEM);
    return HW_OK;
}

static uint64_t rows(struct world *world)
{
    struct deed deed = {0};
    must(world, count_rows, &deed);
    return deed.last;
}

static void a_record_that_only_lost_events_wrote_leaves_no_row(void **state)
{
    (void)state;
    struct net *net = net_open();
    uint64_t before = tip(net->kaz, "wg6"), n = rows(net->kaz);
    make_backup(net);
    write_item(net, net->hub, "By headquarters");
    down(net, net->kaz);
    assert_int_equal(rows(net->kaz), n + 1);
    cut_back(net, net->kaz, before);
    assert_int_equal(rows(net->kaz), n);
    net_close(net);
}

/* KAZ has changed what headquarters made; then nobody holds that any more. */
static void a_change_of_what_is_lost_is_admitted_when_recovery_is_over(void **state)
{
    (void)state;
    char args[120];
    struct net *net = net_open();
    make_backup(net);
    write_item(net, net->hub, "By headquarters");
    down(net, net->kaz);
    ask_ok(net->kaz, "list", "{'filter':[],'limit':1000}");
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['title=By KAZ']}", text_at(net->kaz, "rows.0.id"));
    ask_ok(net->kaz, "set", args);
    restore(net);
    uint64_t before = tip(net->hub, "wg6");
    up(net, net->kaz);
    assert_int_equal(tip(net->hub, "wg6"), before);
    end(net);
    assert_true(event_at(net->hub, &net->kaz->identity.inc, 1).admitted);
    assert_int_equal(event_at(net->hub, &net->kaz->identity.inc, 1).verdict, 0);
    down(net, net->tkm);
    same_export(net->hub, net->tkm);
    net_close(net);
}

/* -- a redaction that was lost -- */

static enum hw_status take_out(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct deed *deed = self;
    const struct hw_group *group = hw_cache_group(tx->store, hw_slice_text("wg6"));
    struct hw_stream *stream = hw_cache_stream(tx->store, &deed->of->identity.inc, group->id);
    struct hw_logged event;
    enum hw_status status = hw_redact_body(tx, group, stream, 1, err);
    if (!status)
        status = hw_tx_event(tx, &stream->inc, "wg6", 1, &event, err);
    return status ? status : hw_record_fold(tx, event.event.kind, &event.event.record, "wg6", err);
}

static enum hw_status take_segments(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    struct hw_message message;
    struct hw_stream *stream;
    struct hw_opened opened;
    bool known;
    enum hw_status status = hw_message_decode(hw_out_slice(&deed->out), hw_tx_arena(tx), &message, err);
    for (size_t i = 0; i < message.body.segments.n && !status; i++)
        status = hw_segment_take(tx, message.body.segments.wires[i], &opened, &stream, &known, false, err);
    return status;
}

/* Headquarters' disk was lost with the decision, and who had heard of it keeps no entry that says so. */
static void a_text_without_a_redaction_comes_back_with_its_segment(void **state)
{
    (void)state;
    struct hw_inc kaz;
    struct net *net = late_world(&kaz);
    struct deed deed = {.net = net, .of = net->kaz, .from = 1};
    down(net, net->tkm);
    must(net->kaz, pack_up, &deed);
    must(net->tkm, take_out, &deed);
    assert_false(has_item(net->tkm, "By KAZ"));
    must(net->tkm, take_segments, &deed);
    assert_true(has_item(net->tkm, "By KAZ"));
    must(net->kaz, take_out, &deed);
    must(net->kaz, pack_up, &deed); /* without its text, which takes nothing away */
    must(net->tkm, take_segments, &deed);
    assert_true(has_item(net->tkm, "By KAZ"));
    decide(net, &kaz, 1, HW_VERDICT_REDACTED, 0);
    down(net, net->tkm);
    assert_false(has_item(net->tkm, "By KAZ"));
    deed_done(&deed);
    net_close(net);
}

/* -- two lives of one number -- */

/* The title that the event of this name says; "" when nothing has it. */
static const char *named(struct net *net, const char *name)
{
    char args[120];
    snprintf(args, sizeof args, "{'event':'%s','reason':'a number','dry_run':true}", name);
    if (ask(net->hub, "redact", args) != HW_OK)
        return "";
    for (size_t i = 0; i < size_at(net->hub, "end.values"); i++) {
        char field[40], value[40];
        snprintf(field, sizeof field, "end.values.%zu.field", i);
        snprintf(value, sizeof value, "end.values.%zu.value", i);
        if (strcmp(text_at(net->hub, field), "title") == 0)
            return text_at(net->hub, value);
    }
    return "";
}

/* The hub was put back twice to one backup: both of its new lives are its second. */
static void lives_that_were_given_one_number_get_others(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    restore(net);
    end(net);
    write_item(net, net->hub, "By the one");
    down(net, net->kaz);
    restore(net);
    end(net);
    write_item(net, net->hub, "By the other");
    down(net, net->tkm);
    assert_string_equal(named(net, "HQ.2/wg6:1"), "By the other");
    assert_int_equal(hand_back(net, net->kaz), HW_WELCOME_LATE);
    assert_true(has_item(net->hub, "By the one"));
    assert_string_equal(named(net, "HQ.2/wg6:1"), ""); /* whoever wrote that down meant one of two */
    assert_string_equal(named(net, "HQ.3/wg6:1"), "By the one");
    assert_string_equal(named(net, "HQ.4/wg6:1"), "By the other");
    down(net, net->kaz);
    down(net, net->tkm);
    ask_ok(net->hub, "status", "{}");
    assert_string_equal(text_at(net->hub, "end.incarnation"), "HQ.4");
    same_export(net->hub, net->kaz);
    same_export(net->hub, net->tkm);
    net_close(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_late_is_admitted_with_its_time_and_verdicts),
        cmocka_unit_test(what_is_handed_back_twice_is_admitted_once),
        cmocka_unit_test(what_was_handed_back_before_the_line_broke_is_not_handed_back_again),
        cmocka_unit_test(what_a_lost_message_left_out_is_handed_back_in_the_next_session),
        cmocka_unit_test(a_hub_that_begins_another_life_asks_from_the_beginning_again),
        cmocka_unit_test(what_an_earlier_life_admitted_is_lifted),
        cmocka_unit_test(what_this_life_admitted_is_not_refused_by_an_earlier_one),
        cmocka_unit_test(what_both_lives_refused_stays_refused),
        cmocka_unit_test(the_earliest_reclock_stands),
        cmocka_unit_test(what_leaves_a_gap_is_skipped_and_said),
        cmocka_unit_test(what_an_unknown_life_decided_is_left_out_and_said),
        cmocka_unit_test(another_content_under_the_same_name_is_skipped_and_said),
        cmocka_unit_test(verdicts_that_fill_several_messages_are_all_compared),
        cmocka_unit_test(what_headquarters_lost_comes_up_from_who_holds_it),
        cmocka_unit_test(a_record_that_only_lost_events_wrote_leaves_no_row),
        cmocka_unit_test(a_change_of_what_is_lost_is_admitted_when_recovery_is_over),
        cmocka_unit_test(a_text_without_a_redaction_comes_back_with_its_segment),
        cmocka_unit_test(lives_that_were_given_one_number_get_others),
    };
    return cmocka_run_group_tests_name("return late", tests, NULL, NULL);
}
