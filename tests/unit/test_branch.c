/* test_branch.c: headquarters' database was copied back, and its numbers were given out twice: what the one branch called so
 * comes back under other names. */
#include "daemon/store_verify.h"
#include "return_world.h"

/* The offices hold "One" and a change of it; headquarters wrote two others under the same names, and goes on as a new life. */
static struct net *two_branches(void)
{
    struct net *net = net_open();
    char args[200];
    make_backup(net);
    write_item(net, net->hub, "One");
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['title=One, changed']}", text_at(net->hub, "end.records.0.id"));
    ask_ok(net->hub, "set", args);
    down(net, net->kaz);
    down(net, net->tkm);
    put_back(net); /* without a word */
    write_item(net, net->hub, "Another");
    write_item(net, net->hub, "A third");
    write_item(net, net->hub, "A fourth");
    begin(net);
    end(net);
    return net;
}

static void they_follow(struct net *net)
{
    struct world *const all[] = {net->kaz, net->tkm};
    for (size_t i = 0; i < 2; i++) {
        down(net, all[i]);
        same_export(net->hub, all[i]);
    }
}

static void what_has_lost_its_name_is_issued_again(void **state)
{
    (void)state;
    struct net *net = two_branches();
    assert_int_equal(hand_back(net, net->kaz), HW_WELCOME_LATE);
    assert_true(has_item(net->hub, "One, changed"));
    assert_true(has_item(net->hub, "Another"));
    assert_true(has_item(net->hub, "A third"));
    hand_back(net, net->tkm);
    they_follow(net);
    net_close(net);
}

static void what_several_hand_back_is_issued_once(void **state)
{
    (void)state;
    struct net *net = two_branches();
    hand_back(net, net->kaz);
    uint64_t held = tip(net->hub, "wg6");
    hand_back(net, net->tkm);
    assert_true(tip(net->hub, "wg6") == held);
    net_close(net);
}

static enum hw_status find_change(struct hw_tx *tx, void *self, struct hw_err *err)
{
    (void)err;
    *(uint64_t *)self = hw_tx_next_change(tx);
    return HW_OK;
}

/* Their changes keep their numbers, so that `undo` finds all of one. The next one must have another: the backup knows of none. */
static void a_number_of_what_was_issued_again_is_not_given_anew(void **state)
{
    (void)state;
    struct net *net = net_open();
    uint64_t next = 0;
    struct hw_err err;
    struct hw_job job = {.write = true, .run = find_change, .self = &next};
    make_backup(net);
    for (int i = 0; i < 9; i++)
        write_item(net, net->hub, "Lost");
    uint64_t last = event_at(net->hub, &net->hub->identity.inc, tip(net->hub, "wg6")).event.change;
    down(net, net->kaz);
    put_back(net);
    write_item(net, net->hub, "Another");
    begin(net);
    end(net);
    hand_back(net, net->kaz);
    assert_int_equal(hw_store_now(net->hub->store, &job, &err), HW_OK);
    assert_true(next > last);
    net_close(net);
}

/* The change was made by who saw what it changes: that must not look like a conflict now. */
static void what_it_had_seen_goes_by_its_new_name(void **state)
{
    (void)state;
    struct net *net = two_branches();
    const struct hw_inc *now = &net->hub->identity.inc;
    hand_back(net, net->kaz);
    struct hw_logged change = event_at(net->hub, now, 2);
    assert_int_equal(change.event.ops_n, 1);
    assert_int_equal(change.event.ops[0].seen_n, 1);
    assert_true(hw_inc_compare(&change.event.ops[0].seen[0].inc, now) == 0);
    assert_int_equal(change.event.ops[0].seen[0].seq, 1);
    net_close(net);
}

/* KAZ lets go of what the backup has not. */
static void cut_back(struct net *net)
{
    struct hw_group_welcome ask = {.group = hw_slice_text("wg6"), .state = HW_GROUP_RETURN, .resume = 1};
    struct deed deed = {.net = net, .of = net->kaz, .welcome = {.groups = &ask, .groups_n = 1}};
    must(net->kaz, rebase, &deed);
    assert_false(has_item(net->kaz, "One, changed"));
}

static enum hw_status pack_carried(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    struct hw_out items HW_CLEANUP(hw_out_done) = {0};
    size_t n;
    enum hw_status status = hw_tx_segments_carry(tx, &deed->net->lived.inc, "wg6", deed->from, ROOM, &items, &n, &deed->last, err);
    hw_segments_wrap(&deed->out, 1, hw_out_slice(&items), n);
    return status;
}

/* The journal's last entries are not signed yet at an office that is in step: it hands back none of them, and brings what they
 * were about as what waits for headquarters. */
static void what_no_journal_proves_comes_up_with_its_own_signature(void **state)
{
    (void)state;
    struct net *net = two_branches();
    cut_back(net);
    struct deed deed = {.net = net, .of = net->kaz, .from = 2};
    must(net->kaz, pack_carried, &deed);
    must(net->hub, take_up, &deed);
    assert_true(has_item(net->hub, "One, changed"));
    assert_true(has_item(net->hub, "Another"));
    deed_done(&deed);
    net_close(net);
}

/* A redaction names an event; in the other branch that is another one. */
static void a_redaction_takes_out_what_it_was_about(void **state)
{
    (void)state;
    struct net *net = net_open();
    const struct hw_inc lived = net->hub->identity.inc;
    make_backup(net);
    write_item(net, net->hub, "A private number");
    write_item(net, net->hub, "Behind it");
    decide_saying(net, &lived, 2, HW_VERDICT_REDACTED, 0, "somebody's number");
    down(net, net->kaz);
    put_back(net);
    write_item(net, net->hub, "Another");
    write_item(net, net->hub, "A third");
    write_item(net, net->hub, "A fourth");
    write_item(net, net->hub, "A fifth");
    begin(net);
    end(net);
    hand_back(net, net->kaz);
    assert_true(has_item(net->hub, "Another"));
    assert_true(has_item(net->hub, "Behind it"));
    assert_false(has_item(net->hub, "A private number"));
    assert_null(event_at(net->hub, &lived, 2).event.redacted);
    struct hw_logged again = event_at(net->hub, &net->hub->identity.inc, 1);
    assert_non_null(again.event.redacted);
    assert_int_equal(again.verdict, HW_VERDICT_REDACTED);
    down(net, net->kaz);
    same_export(net->hub, net->kaz);
    net_close(net);
}

/* This hub redacted it itself, in the branch that it leaves: it is issued again without its text, and said to be redacted. */
static void what_was_redacted_before_it_was_issued_again_stays_so(void **state)
{
    (void)state;
    struct net *net = net_open();
    const struct hw_inc lived = net->hub->identity.inc;
    make_backup(net);
    for (int i = 0; i < 9; i++)
        write_item(net, net->hub, "One of many");
    down(net, net->kaz); /* its branch is the longer one */
    put_back(net);
    write_item(net, net->hub, "A private number");
    write_item(net, net->hub, "Behind it");
    decide_saying(net, &lived, 2, HW_VERDICT_REDACTED, 0, "somebody's number");
    begin(net);
    hand_back(net, net->kaz);
    end(net);
    struct hw_logged again = event_at(net->hub, &net->hub->identity.inc, 1);
    assert_non_null(again.event.redacted);
    assert_int_equal(again.verdict, HW_VERDICT_REDACTED);
    assert_null(event_at(net->hub, &net->hub->identity.inc, 2).event.redacted);
    assert_true(has_item(net->hub, "One of many") && has_item(net->hub, "Behind it"));
    down(net, net->kaz);
    same_export(net->hub, net->kaz);
    net_close(net);
}

static enum hw_status is_whole(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct hw_verified verified;
    enum hw_status status = hw_tx_verify(tx, &verified, err);
    (void)self;
    if (!status && verified.faults_n)
        fail_msg("%s: %s", verified.faults[0].where, verified.faults[0].message);
    return status;
}

/* The counter of changes is that of the backup: what comes back has numbers that it would give out again. */
static void the_number_of_a_change_that_was_issued_again_is_not_given_out_again(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    for (int i = 0; i < 5; i++)
        write_item(net, net->hub, "One of many");
    down(net, net->kaz);
    put_back(net);
    write_item(net, net->hub, "Another");
    begin(net);
    end(net);
    hand_back(net, net->kaz);
    must(net->hub, is_whole, NULL);
    write_item(net, net->hub, "A later one");
    ask_ok(net->hub, "undo", "{}");
    assert_false(has_item(net->hub, "A later one"));
    assert_true(has_item(net->hub, "One of many"));
    net_close(net);
}

/* Its signature binds what goes before it, which nobody has brought. */
static void what_follows_nothing_is_not_taken(void **state)
{
    (void)state;
    struct net *net = two_branches();
    cut_back(net);
    struct deed deed = {.net = net, .of = net->kaz, .from = 3};
    must(net->kaz, pack_carried, &deed);
    uint64_t held = tip(net->hub, "wg6");
    must(net->hub, take_up, &deed);
    assert_true(tip(net->hub, "wg6") == held);
    assert_false(has_item(net->hub, "One, changed"));
    deed_done(&deed);
    net_close(net);
}

/* An office changed, without a link, what headquarters says anew under another name. Nothing of it is lost: it is listed as refused
 * with what it said, `retry` says how it is written again, and then it is done with. */
static void what_went_on_from_a_lost_name_is_refused_and_written_again_by_hand(void **state)
{
    (void)state;
    struct net *net = net_open();
    char id[HW_ID_TEXT + 1], args[200];
    make_backup(net);
    write_item(net, net->hub, "One");
    snprintf(id, sizeof id, "%s", text_at(net->hub, "end.records.0.id"));
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['countries=KAZ,UZB']}", id);
    ask_ok(net->hub, "set", args);
    down(net, net->kaz);
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['title=One, by KAZ','countries-=UZB']}", id);
    ask_ok(net->kaz, "set", args);
    put_back(net); /* without a word */
    write_item(net, net->hub, "Another");
    write_item(net, net->hub, "A third");
    write_item(net, net->hub, "A fourth");
    begin(net);
    end(net);
    hand_back(net, net->kaz);
    up(net, net->kaz);
    down(net, net->kaz);
    same_export(net->hub, net->kaz);
    ask_ok(net->kaz, "refused", "{}");
    assert_int_equal(size_at(net->kaz, "rows"), 2);
    assert_int_equal(int_at(net->kaz, "rows.0.code"), HW_REFUSAL_SEEN);
    assert_string_equal(text_at(net->kaz, "rows.0.value"), "One, by KAZ");
    assert_int_equal(ask(net->kaz, "retry", "{'all':true}"), HW_DECISION);
    assert_int_equal(size_at(net->kaz, "end.left"), 2);
    assert_non_null(strstr(text_at(net->kaz, "end.left.0.reason"), "if it still holds: headway set"));
    assert_non_null(strstr(text_at(net->kaz, "end.left.1.reason"), "countries-=..."));
    ask_ok(net->kaz, "set", args);
    ask_ok(net->kaz, "refused", "{}");
    assert_int_equal(size_at(net->kaz, "rows"), 0);
    up(net, net->kaz);
    down(net, net->kaz);
    ask_ok(net->kaz, "refused", "{}");
    assert_int_equal(size_at(net->kaz, "rows"), 0);
    assert_true(has_item(net->hub, "One, by KAZ"));
    same_export(net->hub, net->kaz);
    net_close(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_lost_its_name_is_issued_again),
        cmocka_unit_test(what_several_hand_back_is_issued_once),
        cmocka_unit_test(a_number_of_what_was_issued_again_is_not_given_anew),
        cmocka_unit_test(what_it_had_seen_goes_by_its_new_name),
        cmocka_unit_test(what_no_journal_proves_comes_up_with_its_own_signature),
        cmocka_unit_test(a_redaction_takes_out_what_it_was_about),
        cmocka_unit_test(what_was_redacted_before_it_was_issued_again_stays_so),
        cmocka_unit_test(the_number_of_a_change_that_was_issued_again_is_not_given_out_again),
        cmocka_unit_test(what_follows_nothing_is_not_taken),
        cmocka_unit_test(what_went_on_from_a_lost_name_is_refused_and_written_again_by_hand),
    };
    return cmocka_run_group_tests_name("branch", tests, NULL, NULL);
}
