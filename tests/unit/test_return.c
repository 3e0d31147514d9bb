/* test_return.c: a hub that was restored and the offices that hand back what it has lost: in recovery, late, and when the
 * hub was put back without a word. */
#include "daemon/clock.h"
#include "return_world.h"

/* What the gate decided of an event. */
struct found {
    struct hw_inc inc;
    uint64_t seq;
    struct hw_logged event;
    uint64_t held;
};

static enum hw_status look(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct found *found = self;
    enum hw_status status = hw_tx_event(tx, &found->inc, "wg6", found->seq, &found->event, err);
    found->event.verdict_text = "";
    return status;
}

static struct hw_logged event_at(struct world *world, const struct hw_inc *inc, uint64_t seq)
{
    struct found found = {.inc = *inc, .seq = seq};
    struct hw_err err = {0};
    struct hw_job job = {.run = look, .self = &found};
    if (hw_store_now(world->store, &job, &err) != HW_OK)
        fail_msg("%s", err.text);
    return found.event;
}

/* A verdict of the hub's, as if it had judged so. */
struct judged {
    struct hw_inc inc;
    uint64_t seq, stamp;
    uint8_t verdict;
};

static enum hw_status judge(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct judged *judged = self;
    struct hw_group *group = hw_cache_group(tx->store, hw_slice_text("wg6"));
    struct hw_stream *stream = hw_cache_stream(tx->store, &judged->inc, group->id);
    struct hw_stored_segment segment;
    struct hw_entry entry = {.type = HW_ENTRY_VERDICT, .inc = judged->inc, .seq = judged->seq,
                             .verdict = judged->verdict, .stamp = judged->stamp, .code = HW_REFUSAL_RIGHTS};
    assert_int_equal(hw_segment_get(tx, stream, judged->seq, false, &segment, err), HW_OK);
    sqlite3_stmt *admit = hw_sql(tx->store, SQL_ADMIT_GET);
    hw_bind_int(admit, 1, (uint64_t)hw_row_id(stream->id, segment.first));
    assert_int_equal(hw_sql_step(tx->store, admit, err), HW_OK);
    entry.time_ms = (uint64_t)sqlite3_column_int64(admit, 1); /* the gate writes both in one job */
    sqlite3_reset(admit);
    enum hw_status status = hw_gate_append(tx, group, &entry, err);
    return status ? status : hw_journal_note(tx, group, stream, &entry, err);
}

static void decide(struct net *net, const struct hw_inc *inc, uint64_t seq, uint8_t verdict, uint64_t stamp)
{
    struct judged judged = {.inc = *inc, .seq = seq, .verdict = verdict, .stamp = stamp};
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = judge, .self = &judged};
    if (hw_store_now(net->hub->store, &job, &err) != HW_OK)
        fail_msg("%s", err.text);
}

/* -- in recovery -- */

static void what_an_office_hands_back_is_taken_as_it_was(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    write_item(net, net->kaz, "By KAZ");
    write_item(net, net->hub, "By headquarters");
    up(net, net->kaz);
    down(net, net->kaz);
    struct hw_logged before = event_at(net->hub, &net->kaz->identity.inc, 1);
    restore(net);
    assert_false(has_item(net->hub, "By KAZ"));
    assert_int_equal(hand_back(net, net->kaz), HW_WELCOME_RECOVERY);
    assert_true(has_item(net->hub, "By KAZ"));
    assert_true(has_item(net->hub, "By headquarters"));
    struct hw_logged after = event_at(net->hub, &net->kaz->identity.inc, 1);
    assert_int_equal(after.position, before.position);
    assert_int_equal(after.received_ms, before.received_ms);
    assert_int_equal(tip(net->hub, "wg6"), tip(net->kaz, "wg6"));
    net_close(net);
}

static void a_hub_that_recovers_judges_nothing_and_seals_nothing(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    restore(net);
    uint64_t position = tip(net->hub, "wg6");
    write_item(net, net->hub, "Meanwhile");
    write_item(net, net->kaz, "Not admitted");
    up(net, net->kaz);
    assert_int_equal(tip(net->hub, "wg6"), position);
    assert_false(has_item(net->hub, "Not admitted"));
    assert_true(has_item(net->hub, "Meanwhile"));
    assert_false(event_at(net->hub, &net->hub->identity.inc, 1).admitted);
    ask_ok(net->hub, "group.add", "{'code':'wg7'}"); /* a group that begins under the new life */
    ask_ok(net->hub, "plan.add", "{'title':'Plan','group':'wg7'}");
    assert_int_equal(tip(net->hub, "wg7"), 0);
    end(net);
    assert_int_equal(tip(net->hub, "wg7"), 1);
    assert_true(has_item(net->hub, "Not admitted"));
    assert_true(event_at(net->hub, &net->hub->identity.inc, 1).admitted);
    down(net, net->tkm);
    assert_true(has_item(net->tkm, "Not admitted"));
    assert_true(has_item(net->tkm, "Meanwhile"));
    net_close(net);
}

static void recovery_ends_when_every_active_office_was_heard(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    restore(net);
    assert_true(recovering(net));
    is_heard(net, net->kaz);
    is_heard(net, net->kaz);
    assert_true(recovering(net));
    reopen(net->hub, "", ""); /* a restart in between forgets nothing */
    assert_true(recovering(net));
    is_heard(net, net->tkm);
    assert_false(recovering(net));
    net_close(net);
}

static void an_office_that_joined_after_the_backup_is_waited_for_as_well(void **state)
{
    (void)state;
    struct net *net = net_open();
    struct world *uzb;
    make_backup(net);
    join(net, &uzb, "UZB");
    down(net, net->kaz);
    restore(net);
    hand_back(net, net->kaz);
    is_heard(net, net->kaz);
    is_heard(net, net->tkm);
    assert_true(recovering(net));
    is_heard(net, uzb);
    assert_false(recovering(net));
    world_close(uzb);
    net_close(net);
}

static void the_longest_journal_counts_and_shorter_ones_are_part_of_it(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    write_item(net, net->hub, "One");
    down(net, net->kaz);
    write_item(net, net->hub, "Two");
    down(net, net->tkm);
    restore(net);
    assert_int_equal(hand_back(net, net->tkm), HW_WELCOME_RECOVERY);
    struct deed deed = hello_of(net, net->kaz);
    assert_int_equal(deed.welcome.status, HW_WELCOME_RECOVERY);
    assert_int_equal(deed.welcome.groups_n, 0);
    deed_done(&deed);
    assert_true(has_item(net->hub, "Two"));
    net_close(net);
}

static void while_it_recovers_a_hub_gives_no_token(void **state)
{
    (void)state;
    struct net *net = net_open();
    struct deed deed = hello_of(net, net->kaz); /* has a token */
    assert_int_equal(deed.welcome.status, HW_WELCOME_OK);
    deed_done(&deed);
    make_backup(net);
    restore(net);
    deed = hello_of(net, net->kaz);
    assert_int_equal(deed.welcome.status, HW_WELCOME_RECOVERY);
    deed_done(&deed);
    sqlite3_stmt *count;
    assert_int_equal(sqlite3_prepare_v2(net->hub->store->db, "SELECT count(*) FROM fence", -1, &count, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(count), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(count, 0), 0);
    sqlite3_finalize(count);
    net_close(net);
}

/* -- what is not genuine -- */

/* What KAZ holds behind what the hub had at its backup, with one bit of the last signature turned. */
static void spoil(struct deed *deed, struct net *net)
{
    deed->group = "wg6";
    deed->from = tip(net->tkm, "wg6") + 1;
    must(net->kaz, pack_journal, deed);
    deed->out.p[deed->out.n - 10] ^= 1;
}

static void an_entry_that_the_gate_has_not_signed_is_refused(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        struct net *net = net_open();
        struct deed deed = {.net = net};
        make_backup(net);
        write_item(net, net->hub, "Lost");
        decide(net, &net->hub->identity.inc, 1, HW_VERDICT_REDACTED, 0); /* the last entry has no segment */
        down(net, net->kaz);
        restore(net);
        if (late)
            end(net);
        spoil(&deed, net);
        assert_int_equal(deed_do(net->hub, take_back, &deed), HW_SIGNATURE);
        assert_false(has_item(net->hub, "Lost"));
        deed_done(&deed);
        net_close(net);
    }
}

static void only_headquarters_decides_for_a_group(void **state)
{
    (void)state;
    struct net *net = net_open();
    struct deed deed = {.net = net, .of = net->tkm, .group = "wg6", .from = 1};
    struct hw_message message;
    struct hw_arena arena = {0};
    struct hw_out again = {0};
    write_item(net, net->hub, "One");
    deed.from = tip(net->tkm, "wg6") + 1;
    must(net->hub, pack_journal, &deed);
    assert_int_equal(hw_message_decode(hw_out_slice(&deed.out), &arena, &message, NULL), HW_OK);
    message.body.journal.life = net->kaz->identity.inc; /* KAZ is in the directory; it decides nothing */
    uint8_t chain[HW_HASH_SIZE];
    hw_entry_chain(net->hub->identity.root, hw_slice_text("wg6"), &net->kaz->identity.inc, message.body.journal.chain,
                   message.body.journal.items[0].entry, chain);
    hw_entry_sign(chain, net->kaz->identity.sign_secret, message.body.journal.items[0].signature);
    hw_message_encode(&again, &message);
    hw_out_done(&deed.out);
    deed.out = again;
    assert_int_equal(deed_do(net->tkm, take_down, &deed), HW_DENIED);
    hw_arena_done(&arena);
    deed_done(&deed);
    net_close(net);
}

static void a_claim_without_a_proof_is_a_question_and_no_more(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    write_item(net, net->hub, "Lost");
    down(net, net->kaz);
    put_back(net); /* without a word */
    struct deed deed = hello_of(net, net->kaz);
    assert_int_equal(deed.welcome.status, HW_WELCOME_LATE);
    assert_false(recovering(net));
    deed.group = "wg6";
    deed.from = tip(net->hub, "wg6") + 1;
    deed.of = NULL;
    must(net->kaz, pack_journal, &deed);
    must(net->hub, take_back, &deed);
    assert_true(deed.returned.rolled_back);
    assert_int_equal(deed.returned.common, tip(net->hub, "wg6"));
    deed_done(&deed);
    net_close(net);
}

/* Its backup was made while it recovered; then it went on, and was put back. */
static void a_recovering_hub_that_was_put_back_notices_it(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    restore(net);
    make_backup(net);
    end(net);
    write_item(net, net->hub, "Lost");
    down(net, net->kaz);
    put_back(net);
    assert_true(recovering(net));
    write_item(net, net->hub, "Another under the same name");
    struct deed deed = hello_of(net, net->kaz);
    assert_int_equal(deed.welcome.status, HW_WELCOME_RECOVERY);
    deed.group = "wg6";
    deed.from = tip(net->hub, "wg6") + 1;
    deed.of = NULL;
    must(net->kaz, pack_journal, &deed);
    must(net->hub, take_back, &deed);
    assert_true(deed.returned.rolled_back);
    deed_done(&deed);
    begin(net); /* as the node does then */
    hand_back(net, net->kaz);
    end(net);
    assert_true(has_item(net->hub, "Lost"));
    assert_true(has_item(net->hub, "Another under the same name"));
    down(net, net->kaz);
    same_export(net->hub, net->kaz);
    net_close(net);
}

/* -- late -- */

/* KAZ holds what nobody else does; recovery ends without it. Returns its first event's name. */
static struct net *late_world(struct hw_inc *kaz)
{
    struct net *net = net_open();
    make_backup(net);
    *kaz = net->kaz->identity.inc;
    write_item(net, net->kaz, "By KAZ");
    write_item(net, net->kaz, "By KAZ again");
    up(net, net->kaz);
    return net;
}

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

/* -- the office afterwards -- */

static void a_journal_cut_back_leaves_no_trace_of_the_rest(void **state)
{
    (void)state;
    struct hw_inc kaz;
    struct net *net = late_world(&kaz);
    uint64_t before = tip(net->tkm, "wg6");
    struct deed deed = {.net = net, .of = net->tkm};
    ask_ok(net->tkm, "export", "{'filter':[],'limit':1000}");
    char *rows = json_dumps(json_object_get(net->tkm->answer, "rows"), 0);
    decide(net, &kaz, 2, HW_VERDICT_REFUSED, 0);
    write_item(net, net->hub, "By headquarters");
    down(net, net->tkm);
    struct hw_group_welcome ask = {.group = hw_slice_text("wg6"), .state = HW_GROUP_RETURN, .resume = before};
    deed.welcome = (struct hw_welcome){.groups = &ask, .groups_n = 1};
    must(net->tkm, rebase, &deed);
    assert_int_equal(tip(net->tkm, "wg6"), before);
    ask_ok(net->tkm, "export", "{'filter':[],'limit':1000}");
    char *again = json_dumps(json_object_get(net->tkm->answer, "rows"), 0);
    assert_string_equal(rows, again);
    down(net, net->tkm); /* and all of it can come again */
    same_export(net->hub, net->tkm);
    free(rows);
    free(again);
    net_close(net);
}

static void a_verdict_that_was_overruled_behind_the_cut_counts_again(void **state)
{
    (void)state;
    struct hw_inc kaz;
    struct net *net = late_world(&kaz);
    struct deed deed = {.net = net, .of = net->tkm};
    decide(net, &kaz, 2, HW_VERDICT_REFUSED, 0);
    uint64_t cut = tip(net->hub, "wg6");
    decide(net, &kaz, 2, HW_VERDICT_LIFTED, 0);
    down(net, net->tkm);
    assert_true(has_item(net->tkm, "By KAZ again"));
    struct hw_group_welcome ask = {.group = hw_slice_text("wg6"), .state = HW_GROUP_RETURN, .resume = cut};
    deed.welcome = (struct hw_welcome){.groups = &ask, .groups_n = 1};
    must(net->tkm, rebase, &deed);
    assert_int_equal(event_at(net->tkm, &kaz, 2).verdict, HW_VERDICT_REFUSED);
    assert_false(has_item(net->tkm, "By KAZ again"));
    net_close(net);
}

static void a_journal_of_many_lives_is_followed_from_the_beginning(void **state)
{
    (void)state;
    struct net *net = net_open();
    for (int life = 0; life < 3; life++) {
        make_backup(net);
        restore(net);
        end(net);
        write_item(net, net->hub, "In this life");
    }
    down(net, net->kaz);
    same_export(net->hub, net->kaz);
    struct world *uzb;
    join(net, &uzb, "UZB");
    down(net, uzb);
    same_export(net->hub, uzb);
    struct deed deed = hello_of(net, net->kaz);
    assert_int_equal(deed.welcome.status, HW_WELCOME_OK);
    deed_done(&deed);
    world_close(uzb);
    net_close(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_office_hands_back_is_taken_as_it_was),
        cmocka_unit_test(a_hub_that_recovers_judges_nothing_and_seals_nothing),
        cmocka_unit_test(recovery_ends_when_every_active_office_was_heard),
        cmocka_unit_test(an_office_that_joined_after_the_backup_is_waited_for_as_well),
        cmocka_unit_test(the_longest_journal_counts_and_shorter_ones_are_part_of_it),
        cmocka_unit_test(while_it_recovers_a_hub_gives_no_token),
        cmocka_unit_test(an_entry_that_the_gate_has_not_signed_is_refused),
        cmocka_unit_test(only_headquarters_decides_for_a_group),
        cmocka_unit_test(a_claim_without_a_proof_is_a_question_and_no_more),
        cmocka_unit_test(a_recovering_hub_that_was_put_back_notices_it),
        cmocka_unit_test(what_comes_late_is_admitted_with_its_time_and_verdicts),
        cmocka_unit_test(what_is_handed_back_twice_is_admitted_once),
        cmocka_unit_test(what_an_earlier_life_admitted_is_lifted),
        cmocka_unit_test(what_this_life_admitted_is_not_refused_by_an_earlier_one),
        cmocka_unit_test(what_both_lives_refused_stays_refused),
        cmocka_unit_test(the_earliest_reclock_stands),
        cmocka_unit_test(what_leaves_a_gap_is_skipped_and_said),
        cmocka_unit_test(another_content_under_the_same_name_is_skipped_and_said),
        cmocka_unit_test(a_journal_cut_back_leaves_no_trace_of_the_rest),
        cmocka_unit_test(a_verdict_that_was_overruled_behind_the_cut_counts_again),
        cmocka_unit_test(a_journal_of_many_lives_is_followed_from_the_beginning),
    };
    return cmocka_run_group_tests_name("return", tests, NULL, NULL);
}
