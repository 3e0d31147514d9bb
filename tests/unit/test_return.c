/* test_return.c: a hub that was restored and the offices that hand back what it has lost: in recovery, and when the hub was
 * put back without a word. What comes late: test_return_late.c. */
#include "return_world.h"

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

/* The office's branch of the directory, where that life stands, may come late. */
static void events_of_a_life_that_is_not_known_yet_are_passed_over(void **state)
{
    (void)state;
    struct net *net = net_open();
    struct world *uzb;
    make_backup(net);
    write_item(net, net->kaz, "By KAZ");
    up(net, net->kaz);
    join(net, &uzb, "UZB");
    down(net, uzb);
    write_item(net, uzb, "By UZB");
    up(net, uzb);
    down(net, net->tkm);
    restore(net);
    struct deed deed = {.net = net, .group = "wg6", .from = tip(net->kaz, "wg6") + 1};
    must(net->tkm, pack_journal, &deed);
    must(net->hub, take_back, &deed);
    assert_int_equal(deed.returned.last, tip(net->tkm, "wg6"));
    assert_true(has_item(net->hub, "By KAZ"));
    assert_false(has_item(net->hub, "By UZB"));
    hand_back(net, net->tkm); /* with the directory */
    assert_true(has_item(net->hub, "By UZB"));
    deed_done(&deed);
    world_close(uzb);
    net_close(net);
}

static enum hw_status change_keys(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct net *net = ((struct deed *)self)->net;
    struct hw_identity *hub = &net->hub->identity;
    const uint8_t present[HW_CURVE_SIZE] = {1}, next[HW_CURVE_SIZE] = {2};
    randombytes_buf(hub->inc.b, sizeof hub->inc.b);
    crypto_sign_keypair(hub->sign_public, hub->sign_secret);
    hub->life++;
    return hw_tx_rotate_gate(tx, hub, present, next, INT64_MAX, err);
}

/* A group that the backup has not got begins with whoever wrote it first, though the hub is a later life by now. */
static void a_group_of_a_life_whose_keys_were_changed_comes_back(void **state)
{
    (void)state;
    struct net *net = net_open_bare();
    struct deed deed = {.net = net};
    make_backup(net);
    net_fill(net);
    write_item(net, net->hub, "Under the former keys");
    must(net->hub, change_keys, &deed);
    write_item(net, net->hub, "Under the new ones");
    down(net, net->kaz);
    restore(net);
    assert_int_equal(hand_back(net, net->kaz), HW_WELCOME_RECOVERY);
    is_heard(net, net->kaz);
    is_heard(net, net->tkm);
    assert_false(recovering(net));
    assert_true(has_item(net->hub, "Under the former keys"));
    assert_true(has_item(net->hub, "Under the new ones"));
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

/* The HELLO of the deed with a journal of so many entries in one more group. */
static void claim(struct deed *deed, const char *group, uint64_t position)
{
    struct hw_message message;
    struct hw_err err;
    assert_int_equal(hw_message_decode(hw_arena_slice(&deed->arena, hw_out_slice(&deed->out)), &deed->arena, &message, &err), HW_OK);
    struct hw_hello *hello = &message.body.hello;
    struct hw_cursor *cursors = hw_arena_zero(&deed->arena, hello->cursors_n + 1, sizeof *cursors);
    memcpy(cursors, hello->cursors, hello->cursors_n * sizeof *cursors);
    cursors[hello->cursors_n] = (struct hw_cursor){.group = hw_slice_text(group), .life = deed->net->lived.inc, .position = position};
    hello->cursors = cursors;
    hello->cursors_n++;
    hw_out_reset(&deed->out);
    hw_message_encode(&deed->out, &message);
}

static struct deed claiming(struct net *net, struct world *office, uint64_t position)
{
    struct deed deed = {.net = net, .of = office};
    must(office, say_hello, &deed);
    claim(&deed, "wg7", position); /* in which it has no grant */
    claim(&deed, "wg9", position); /* which there is not */
    must(net->hub, hear_hello, &deed);
    must(office, find_from, &deed);
    return deed;
}

static const struct hw_group_welcome *told_of(const struct deed *deed, const char *group)
{
    for (size_t i = 0; i < deed->told.groups_n; i++)
        if (hw_slice_is(deed->told.groups[i].group, group))
            return &deed->told.groups[i];
    return NULL;
}

static void claims_beyond_all_grants_are_passed_over(void **state)
{
    (void)state;
    struct net *net = net_open();
    ask_ok(net->hub, "group.add", "{'code':'wg7'}");
    ask_ok(net->hub, "plan.add", "{'title':'Plan','group':'wg7'}");
    make_backup(net);
    down(net, net->kaz);
    struct deed deed = claiming(net, net->kaz, 10);
    assert_int_equal(deed.told.status, HW_WELCOME_OK);
    assert_int_equal(told_of(&deed, "wg6")->state, HW_GROUP_RESUME);
    assert_null(told_of(&deed, "wg7"));
    assert_null(told_of(&deed, "wg9"));
    deed_done(&deed);
    net_close(net);
}

/* Its directory may have the grant that the hub has lost: the hub asks, and tells neither how far the group is nor that it is. */
static void claims_of_who_has_a_longer_directory_are_asked_for_from_the_beginning(void **state)
{
    (void)state;
    struct net *net = net_open();
    struct world *uzb;
    ask_ok(net->hub, "group.add", "{'code':'wg7'}");
    ask_ok(net->hub, "plan.add", "{'title':'Plan','group':'wg7'}");
    make_backup(net);
    join(net, &uzb, "UZB");
    down(net, net->kaz);
    restore(net);
    static const char *const groups[] = {"wg7", "wg9"};
    for (uint64_t position = 1; position <= 10; position += 9) { /* shorter than the hub's, and longer */
        struct deed deed = claiming(net, net->kaz, position);
        assert_int_equal(deed.told.status, HW_WELCOME_RECOVERY);
        assert_true(told_of(&deed, "directory")->resume > 0);
        for (size_t i = 0; i < 2; i++) {
            const struct hw_group_welcome *told = told_of(&deed, groups[i]);
            assert_non_null(told);
            assert_int_equal(told->state, HW_GROUP_RETURN);
            assert_int_equal(told->position, 0);
            assert_int_equal(told->resume, 0);
        }
        deed_done(&deed);
    }
    world_close(uzb);
    net_close(net);
}

static enum hw_status cut_to_common(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct deed *deed = self;
    return hw_tx_rebase(tx, deed->group, deed->from, err);
}

/* What people were told is taken out is out, also when the hub that did it finds that it was put back before. */
static void what_was_redacted_before_a_hub_noticed_stays_redacted(void **state)
{
    (void)state;
    struct net *net = net_open();
    const struct hw_inc kaz = net->kaz->identity.inc;
    write_item(net, net->kaz, "A private number");
    up(net, net->kaz);
    down(net, net->kaz);
    make_backup(net);
    write_item(net, net->hub, "Lost");
    down(net, net->kaz);
    put_back(net); /* without a word */
    struct deed deed = {.net = net, .group = "wg6", .from = tip(net->hub, "wg6")};
    decide_saying(net, &kaz, 1, HW_VERDICT_REDACTED, 0, "somebody's number");
    assert_false(has_item(net->hub, "A private number"));
    must(net->hub, cut_to_common, &deed);
    begin(net);
    hand_back(net, net->kaz);
    end(net);
    assert_int_equal(event_at(net->hub, &kaz, 1).verdict, HW_VERDICT_REDACTED);
    assert_non_null(event_at(net->hub, &kaz, 1).event.redacted);
    down(net, net->tkm);
    assert_false(has_item(net->tkm, "A private number"));
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
        cmocka_unit_test(events_of_a_life_that_is_not_known_yet_are_passed_over),
        cmocka_unit_test(a_group_of_a_life_whose_keys_were_changed_comes_back),
        cmocka_unit_test(while_it_recovers_a_hub_gives_no_token),
        cmocka_unit_test(an_entry_that_the_gate_has_not_signed_is_refused),
        cmocka_unit_test(only_headquarters_decides_for_a_group),
        cmocka_unit_test(a_claim_without_a_proof_is_a_question_and_no_more),
        cmocka_unit_test(a_recovering_hub_that_was_put_back_notices_it),
        cmocka_unit_test(claims_beyond_all_grants_are_passed_over),
        cmocka_unit_test(claims_of_who_has_a_longer_directory_are_asked_for_from_the_beginning),
        cmocka_unit_test(what_was_redacted_before_a_hub_noticed_stays_redacted),
        cmocka_unit_test(a_journal_cut_back_leaves_no_trace_of_the_rest),
        cmocka_unit_test(a_verdict_that_was_overruled_behind_the_cut_counts_again),
        cmocka_unit_test(a_journal_of_many_lives_is_followed_from_the_beginning),
    };
    return cmocka_run_group_tests_name("return", tests, NULL, NULL);
}
