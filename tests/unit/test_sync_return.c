/* test_sync_return.c: the sync engine when a hub was restored: who hands back what, and when that is over. Effects as lines. */
#include "sync_world.h"

/* -- the office -- */

/* What the store makes of the WELCOME: the group from `resume` on. */
static void asked(struct world *world, uint64_t resume)
{
    struct hw_welcome welcome = welcome_of(world, 7, 0, resume);
    welcome.groups[0].state = HW_GROUP_RETURN;
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_ASKED, .session = 7, .welcome = &welcome});
}

/* An office with a journal of ten entries, whose hub holds four. */
static struct world *office_asked(uint8_t status)
{
    struct world *world = world_new(true);
    struct hw_message message = {.type = HW_WELCOME, .session = 7, .body.welcome = welcome_of(world, 7, 4, 4)};
    message.body.welcome.status = status;
    message.body.welcome.groups[0].state = HW_GROUP_RETURN;
    world->tip.position = 10;
    world->tip.own_tip = 3; /* own changes, which wait */
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_CHANGE}); /* the engine learns the tip */
    hear(world, HW_UPSTREAM, &message);
    DOES(world, "append ASKED");
    return world;
}

static void back(struct world *world, uint64_t last)
{
    stored(world, HW_UPSTREAM,
           (struct hw_stored){.append = HW_APPEND_RANGE, .session = 7, .group = "gtg-eca", .last = last,
                              .message = {(const uint8_t *)"a range", 7}});
}

static void acknowledged(struct world *world, uint64_t position)
{
    struct hw_position applied = {.group = hw_slice_text("gtg-eca"), .position = position};
    struct hw_message message = {.type = HW_ACK, .session = 7};
    message.body.ack = (struct hw_ack_message){.journals = &applied, .journals_n = 1};
    hear(world, HW_UPSTREAM, &message);
}

static void an_office_hands_back_what_the_hub_has_not_and_waits_for_bye(void **state)
{
    (void)state;
    struct world *world = office_asked(HW_WELCOME_RECOVERY);
    struct hw_sync_view view;
    hw_sync_look(world->sync, &view);
    assert_int_equal(view.state, HW_OFFICE_RECOVER);
    assert_non_null(strstr(view.reason, "restored"));
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    DOES(world, "");
    asked(world, 4);
    DOES(world, "range to 0: gtg-eca from 5");
    hw_sync_look(world->sync, &view);
    assert_non_null(strstr(view.reason, "this office hands back what the hub has lost, and waits"));
    assert_true(effect_of(world, HW_DO_SEND_RANGE)->back);
    back(world, 8);
    DOES(world, "to 0: a range; range to 0: gtg-eca from 9");
    back(world, 10);
    DOES(world, "to 0: a range");
    acknowledged(world, 10);
    DOES(world, "");
    hear_empty(world, HW_UPSTREAM, HW_BYE, 7);
    assert_int_equal(office_state(world), HW_OFFICE_DOWN);
    world_free(world);
}

/* The hub answers the question that was asked last. */
static void answered(struct world *world)
{
    struct hw_message message;
    assert_int_equal(hw_message_decode(effect_of(world, HW_DO_SEND)->bytes, &world->arena, &message, NULL), HW_OK);
    assert_int_equal(message.type, HW_PING);
    message.body.ping.answer = true;
    hear(world, HW_UPSTREAM, &message);
}

static void what_is_handed_back_and_never_confirmed_begins_the_session_again(void **state)
{
    (void)state;
    struct world *world = office_asked(HW_WELCOME_RECOVERY);
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    asked(world, 4);
    back(world, 8);
    back(world, 10);
    tick(world, 60 * SECOND);
    answered(world);
    DOES(world, "");
    tick(world, 60 * SECOND);
    answered(world);
    DOES(world, "to 0: ERROR TIMEOUT; close 0");
    world_free(world);
}

/* A relay acknowledges the end when headquarters has it, which may be long: asking and beginning again costs bytes. */
static void who_comes_late_asks_rarely_when_all_is_on_its_way(void **state)
{
    (void)state;
    struct world *world = office_asked(HW_WELCOME_LATE);
    struct hw_sync_view view;
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    asked(world, 4);
    back(world, 8);
    back(world, 10);
    tick(world, 60 * SECOND);
    hw_sync_look(world->sync, &view);
    assert_string_equal(view.reason, "this office has handed back what the hub had lost, and waits until headquarters has it");
    answered(world);
    tick(world, 299 * SECOND);
    DOES(world, "");
    tick(world, SECOND);
    answered(world);
    DOES(world, "to 0: ERROR TIMEOUT; close 0");
    world_free(world);
}

static void who_has_handed_back_all_waits_for_the_others_as_long_as_it_takes(void **state)
{
    (void)state;
    struct world *world = office_asked(HW_WELCOME_RECOVERY);
    asked(world, 10);
    for (int i = 0; i < 5; i++) {
        tick(world, 300 * SECOND);
        answered(world);
        DOES(world, "");
    }
    assert_int_equal(office_state(world), HW_OFFICE_RECOVER);
    world_free(world);
}

static void an_office_that_holds_nothing_more_says_so(void **state)
{
    (void)state;
    struct world *world = office_asked(HW_WELCOME_RECOVERY);
    struct hw_sync_view view;
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    asked(world, 10);
    DOES(world, "");
    hw_sync_look(world->sync, &view);
    assert_string_equal(view.reason, "the hub was restored from a backup: this office holds nothing that the hub has lost, "
                                     "and waits until the hub has heard the others");
    assert_string_equal(effect_of(world, HW_DO_NOTE)->text, view.reason);
    world_free(world);
}

static void an_office_with_another_journal_hands_back_all_of_it(void **state)
{
    (void)state;
    struct world *world = office_asked(HW_WELCOME_RECOVERY);
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    asked(world, 0);
    DOES(world, "range to 0: gtg-eca from 1");
    world_free(world);
}

static void who_comes_late_cuts_its_journals_when_all_is_acknowledged_and_begins_anew(void **state)
{
    (void)state;
    struct world *world = office_asked(HW_WELCOME_LATE);
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    asked(world, 4);
    back(world, 8);
    back(world, 10);
    acknowledged(world, 8);
    DOES(world, "");
    acknowledged(world, 11); /* more than was sent */
    DOES(world, "");
    acknowledged(world, 10);
    DOES(world, "append REBASE");
    acknowledged(world, 10); /* said twice */
    DOES(world, "");
    world->tip.position = 4;
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_REBASE, .session = 7});
    DOES(world, "close 0");
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    DOES(world, "to 0: HELLO");
    world_free(world);
}

static void without_credit_nothing_is_handed_back(void **state)
{
    (void)state;
    struct world *world = office_asked(HW_WELCOME_LATE);
    asked(world, 4);
    DOES(world, "");
    hear_credit(world, HW_UPSTREAM, 7, 4095);
    DOES(world, ""); /* not worth a message */
    hear_credit(world, HW_UPSTREAM, 7, 1);
    DOES(world, "range to 0: gtg-eca from 5");
    world_free(world);
}

static void a_store_that_fails_ends_the_session(void **state)
{
    (void)state;
    struct world *world = office_asked(HW_WELCOME_LATE);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_ASKED, .session = 7, .status = HW_IO});
    DOES(world, "to 0: ERROR IO; close 0");
    assert_int_equal(office_state(world), HW_OFFICE_DOWN);
    world_free(world);
}

/* -- the hub -- */

static struct world *hub_recovering(uint64_t ms)
{
    struct world *world = world_new(false);
    struct hw_input input = {.type = HW_IN_START, .tips = &world->tip, .tips_n = 1, .recovering = true, .recovery_ms = ms};
    step(world, &input);
    return world;
}

/* An office says HELLO with a journal of `cursor` entries; the hub asks for those behind `resume`. */
static uint64_t asks_back(struct world *world, uint64_t peer, uint64_t cursor, uint64_t resume, bool recovering)
{
    struct hw_cursor held = {.group = hw_slice_text("gtg-eca"), .life = hub_inc, .position = cursor};
    struct hw_hello hello = {.schema = 1, .inc = office_inc, .cursors = &held, .cursors_n = 1};
    struct hw_message message = {.type = HW_HELLO, .body.hello = hello};
    hear(world, peer, &message);
    uint64_t session = effect_of(world, HW_DO_APPEND)->session;
    struct hw_welcome welcome = welcome_of(world, session, resume, resume);
    welcome.status = recovering ? HW_WELCOME_RECOVERY : HW_WELCOME_LATE;
    welcome.groups[0].state = HW_GROUP_RETURN;
    welcome.groups_n = cursor > resume;
    stored(world, peer,
           (struct hw_stored){.append = HW_APPEND_HELLO, .welcome = &welcome, .hello = &hello, .inc = &office_inc,
                              .office = "KAZ", .session = session, .recovering = recovering});
    return session;
}

static void returned(struct world *world, uint64_t session, uint64_t last, bool recovering)
{
    stored(world, 1,
           (struct hw_stored){.append = HW_APPEND_RETURN, .session = session, .group = "gtg-eca", .last = last, .bytes = 9,
                              .recovering = recovering});
}

static void a_hub_that_recovers_takes_back_acknowledges_and_notes_who_was_heard(void **state)
{
    (void)state;
    struct world *world = hub_recovering(1000000);
    uint64_t session = asks_back(world, 1, 10, 4, true);
    DOES(world, "to 1: WELCOME; to 1: CREDIT");
    hear_empty(world, 1, HW_JOURNAL, session);
    DOES(world, "append RETURN");
    returned(world, session, 7, true);
    DOES(world, "to 1: ACK");
    hear_empty(world, 1, HW_JOURNAL, session);
    returned(world, session, 10, true);
    DOES(world, "to 1: ACK; append RETURNED");
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_RETURNED, .recovering = false});
    DOES(world, "to 1: BYE; close 1"); /* it was the last one */
    world_free(world);
}

static void who_has_nothing_to_hand_back_is_heard_at_once(void **state)
{
    (void)state;
    struct world *world = hub_recovering(1000000);
    asks_back(world, 1, 4, 4, true);
    DOES(world, "to 1: WELCOME; to 1: CREDIT; append RETURNED");
    world_free(world);
}

static void who_hands_back_does_nothing_else(void **state)
{
    (void)state;
    struct world *world = hub_recovering(1000000);
    uint64_t session = asks_back(world, 1, 10, 4, true);
    hear_empty(world, 1, HW_SEGMENTS, session);
    DOES(world, "to 1: ERROR CORRUPT; close 1");
    world_free(world);
}

static void more_than_was_granted_ends_the_session(void **state)
{
    (void)state;
    struct world *world = hub_recovering(1000000);
    uint64_t session = asks_back(world, 1, 10, 4, true);
    struct hw_journal_item item = {.entry = large_message(world)};
    item.entry.n -= 1000;
    struct hw_message message = {.type = HW_JOURNAL, .session = session};
    message.body.journal = (struct hw_journal_message){.group = hw_slice_text("gtg-eca"), .items = &item, .items_n = 1};
    for (int i = 0; i < 5; i++) { /* the fifth is begun within the grant, and ends beyond it */
        hear(world, 1, &message);
        DOES(world, "append RETURN");
    }
    hear(world, 1, &message);
    DOES(world, "to 1: ERROR LIMIT; close 1");
    world_free(world);
}

static void a_full_disk_asks_for_the_same_again(void **state)
{
    (void)state;
    struct world *world = hub_recovering(1000000);
    uint64_t session = asks_back(world, 1, 10, 4, true);
    hear_empty(world, 1, HW_JOURNAL, session);
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_RETURN, .session = session, .group = "gtg-eca",
                                        .status = HW_NO_SPACE, .bytes = 9, .recovering = true});
    DOES(world, "to 1: ERROR NO_SPACE");
    world_free(world);
}

/* The disk that had no room for the note has room later, and nobody else would ask again. */
static void who_could_not_be_noted_as_heard_comes_again(void **state)
{
    (void)state;
    struct world *world = hub_recovering(1000000);
    asks_back(world, 1, 4, 4, true);
    DOES(world, "to 1: WELCOME; to 1: CREDIT; append RETURNED");
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_RETURNED, .status = HW_NO_SPACE, .text = "full", .recovering = true});
    DOES(world, "to 1: ERROR NO_SPACE; close 1");
    asks_back(world, 1, 4, 4, true);
    DOES(world, "to 1: WELCOME; to 1: CREDIT; append RETURNED");
    world_free(world);
}

static void what_comes_late_ends_no_recovery(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    uint64_t session = asks_back(world, 1, 10, 4, false);
    hear_empty(world, 1, HW_JOURNAL, session);
    returned(world, session, 10, false);
    DOES(world, "to 1: ACK");
    world_free(world);
}

static void a_proof_that_the_hub_was_put_back_ends_every_session(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    hub_in_session(world, 2, &other_inc);
    uint64_t session = asks_back(world, 1, 10, 4, false);
    hear_empty(world, 1, HW_JOURNAL, session);
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_RETURN, .session = session, .group = "gtg-eca", .last = 10,
                                        .bytes = 9, .recovering = true, .put_back = true});
    if (!strstr(world->line, "to 2: BYE; close 2") || !strstr(world->line, "to 1: BYE; close 1"))
        fail_msg("%s", world->line);
    if (strstr(world->line, "ACK")) /* what proved it is not kept: its holder must not cut it off */
        fail_msg("%s", world->line);
    world_free(world);
}

static void recovery_ends_by_itself_when_its_time_is_over(void **state)
{
    (void)state;
    struct world *world = hub_recovering(5 * SECOND);
    tick(world, 4 * SECOND);
    DOES(world, "");
    tick(world, 2 * SECOND);
    DOES(world, "append RECOVERED");
    tick(world, SECOND); /* asked for once */
    DOES(world, "");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_office_hands_back_what_the_hub_has_not_and_waits_for_bye),
        cmocka_unit_test(what_is_handed_back_and_never_confirmed_begins_the_session_again),
        cmocka_unit_test(who_comes_late_asks_rarely_when_all_is_on_its_way),
        cmocka_unit_test(who_has_handed_back_all_waits_for_the_others_as_long_as_it_takes),
        cmocka_unit_test(an_office_that_holds_nothing_more_says_so),
        cmocka_unit_test(an_office_with_another_journal_hands_back_all_of_it),
        cmocka_unit_test(who_comes_late_cuts_its_journals_when_all_is_acknowledged_and_begins_anew),
        cmocka_unit_test(without_credit_nothing_is_handed_back),
        cmocka_unit_test(a_store_that_fails_ends_the_session),
        cmocka_unit_test(a_hub_that_recovers_takes_back_acknowledges_and_notes_who_was_heard),
        cmocka_unit_test(who_has_nothing_to_hand_back_is_heard_at_once),
        cmocka_unit_test(who_hands_back_does_nothing_else),
        cmocka_unit_test(who_could_not_be_noted_as_heard_comes_again),
        cmocka_unit_test(more_than_was_granted_ends_the_session),
        cmocka_unit_test(a_full_disk_asks_for_the_same_again),
        cmocka_unit_test(what_comes_late_ends_no_recovery),
        cmocka_unit_test(a_proof_that_the_hub_was_put_back_ends_every_session),
        cmocka_unit_test(recovery_ends_by_itself_when_its_time_is_over),
    };
    return cmocka_run_group_tests_name("sync return", tests, NULL, NULL);
}
