/* test_budget.c: what the link to the hub may cost: periods and clocks; and what the engine does when little or nothing is left,
 * and on a metered link. */
#include "sync_world.h"

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS };
/* Thursday 8 July 2027, 10:00 at Greenwich. */
static const int64_t ten = 1815040800000;

/* -- the budget -- */

static struct hw_budget budget_at(uint64_t hour, uint64_t day, uint64_t now, int64_t local)
{
    struct hw_budget budget;
    hw_budget_init(&budget, hour, day);
    hw_budget_look(&budget, now, local);
    return budget;
}

static void an_hour_is_the_clocks_on_the_wall(void **state)
{
    (void)state;
    struct hw_budget budget = budget_at(100000, 0, 5, ten + 50 * 60000);
    enum hw_budget_period which;
    hw_budget_spend(&budget, 60000);
    assert_int_equal(hw_budget_left(&budget), 40000);
    hw_budget_spend(&budget, 40000);
    assert_int_equal(hw_budget_left(&budget), 0);
    assert_int_equal(hw_budget_wait(&budget, 5, ten + 50 * 60000, &which), 10 * 60000);
    assert_int_equal(which, HW_BUDGET_HOUR);
    hw_budget_look(&budget, 5 + 10 * 60000 - 1, ten + HOUR_MS - 1);
    assert_int_equal(hw_budget_left(&budget), 0);
    hw_budget_look(&budget, 5 + 10 * 60000, ten + HOUR_MS);
    assert_int_equal(hw_budget_left(&budget), 100000);
}

static void the_longer_of_two_waits_counts(void **state)
{
    (void)state;
    struct hw_budget budget = budget_at(30000, 50000, 0, ten);
    enum hw_budget_period which;
    hw_budget_spend(&budget, 30000);
    assert_int_equal(hw_budget_wait(&budget, 0, ten, &which), HOUR_MS);
    hw_budget_look(&budget, HOUR_MS, ten + HOUR_MS);
    assert_int_equal(hw_budget_left(&budget), 20000);
    hw_budget_spend(&budget, 30000);
    assert_int_equal(hw_budget_wait(&budget, HOUR_MS, ten + HOUR_MS, &which), 13 * HOUR_MS);
    assert_int_equal(which, HW_BUDGET_DAY);
}

static void the_last_tenth_is_for_live_changes_and_the_last_crumb_for_nothing(void **state)
{
    (void)state;
    struct hw_budget budget = budget_at(0, 100000, 0, ten);
    assert_int_equal(hw_budget_lane(&budget), HW_LANE_SNAPSHOT);
    hw_budget_spend(&budget, 85903);
    assert_int_equal(hw_budget_lane(&budget), HW_LANE_SNAPSHOT);
    hw_budget_spend(&budget, 1);
    assert_int_equal(hw_budget_lane(&budget), HW_LANE_LIVE);
    assert_true(hw_budget_room(&budget, HW_LANE_BACKLOG) >= 4096); /* what may not go any more is never a mere crumb */
    hw_budget_spend(&budget, 12096);
    assert_int_equal(hw_budget_lane(&budget), 0); /* 2,000 bytes are not worth a session */
    assert_int_equal(hw_budget_lane(&(struct hw_budget){.spent = {1000000, 1000000}}), HW_LANE_SNAPSHOT);
}

static void a_clock_that_is_set_right_does_not_fill_a_budget_again(void **state)
{
    (void)state;
    struct hw_budget budget = budget_at(100000, 0, 0, ten);
    hw_budget_spend(&budget, 90000);
    hw_budget_look(&budget, 1, ten - 1); /* a quarter of an hour back would do the same */
    assert_int_equal(hw_budget_left(&budget), 10000);
}

static void no_clock_holds_a_budget_back_for_ever(void **state)
{
    (void)state;
    static const int64_t later[] = {0, -1, -HOUR_MS, -2 * HOUR_MS, -(int64_t)DAY_MS * 400, (int64_t)DAY_MS * 400};
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        struct hw_budget budget = budget_at(100000, 0, 7, ten);
        enum hw_budget_period which = HW_BUDGET_DAY;
        hw_budget_spend(&budget, 100000);
        hw_budget_look(&budget, 8, ten + later[i]);
        uint64_t wait = hw_budget_left(&budget) ? 0 : hw_budget_wait(&budget, 8, ten + later[i], &which);
        assert_true(wait <= HOUR_MS);
        hw_budget_look(&budget, 7 + HOUR_MS, ten + later[i]); /* it stands still there */
        assert_int_equal(hw_budget_left(&budget), 100000);
    }
}

static void it_is_the_same_after_a_restart_and_noise_is_nothing_spent(void **state)
{
    (void)state;
    struct hw_out out = {0};
    struct hw_budget kept = budget_at(100000, 200000, 0, ten), read;
    hw_budget_spend(&kept, 77777);
    hw_budget_encode(&kept, &out);
    hw_budget_init(&read, 100000, 200000);
    hw_budget_decode(&read, hw_out_slice(&out), 40);
    hw_budget_look(&read, 41, ten + 1000);
    assert_int_equal(hw_budget_left(&read), 100000 - 77777);
    hw_budget_look(&read, 42, ten + DAY_MS);
    assert_int_equal(hw_budget_left(&read), 100000);
    for (size_t n = 0; n < out.n; n++) {
        hw_budget_init(&read, 100000, 0);
        hw_budget_decode(&read, (struct hw_slice){out.p, n}, 0);
        assert_false(read.seen);
    }
    hw_out_reset(&out);
    hw_put_array(&out, 4);
    for (int i = 0; i < 4; i++)
        hw_put_uint(&out, INT64_MAX); /* a number that no clock ever says */
    hw_budget_decode(&read, hw_out_slice(&out), 0);
    assert_false(read.seen);
    hw_out_done(&out);
}

/* -- the engine -- */

/* sync_world.h's office with a budget, in session; `line` is what has gone over it since the start. */
struct frugal {
    struct world *world;
    uint64_t line;
};

static void give(struct frugal *f, struct hw_input input)
{
    input.now_ms = f->world->now;
    input.wall_ms = ten + (int64_t)f->world->now;
    input.line_bytes = f->line;
    memset(input.random, 0x55, sizeof input.random);
    hw_sync_step(f->world->sync, &input, &f->world->arena, &f->world->effects);
    f->world->line[0] = 0;
    for (size_t i = 0; i < f->world->effects.n; i++)
        put_effect(f->world, &f->world->effects.items[i]);
}

static void say(struct frugal *f, const struct hw_message *message)
{
    struct hw_out out = {0};
    hw_message_encode(&out, message);
    give(f, (struct hw_input){.type = HW_IN_RECV, .bytes = hw_arena_slice(&f->world->arena, hw_out_slice(&out))});
    hw_out_done(&out);
}

static void commit(struct frugal *f, struct hw_stored what)
{
    what.tips = &f->world->tip;
    what.tips_n = 1;
    what.text = "";
    what.session = 7;
    give(f, (struct hw_input){.type = HW_IN_STORED, .stored = &what});
}

static void session(struct frugal *f)
{
    give(f, (struct hw_input){.type = HW_IN_PEER_UP});
    assert_true(strcmp(f->world->line, "to 0: HELLO") == 0 || strcmp(f->world->line, "to 0: AGAIN") == 0);
    say(f, &(struct hw_message){.type = HW_WELCOME, .session = 7, .body.welcome = welcome_of(f->world, 7, 0, 0)});
    commit(f, (struct hw_stored){.append = HW_APPEND_WELCOME});
}

static struct frugal frugal_of(struct hw_sync_config config, struct hw_slice kept)
{
    struct frugal f = {.world = world_new(true)};
    config.upstream = true;
    config.inc = office_inc;
    hw_sync_free(f.world->sync);
    f.world->sync = hw_sync_new(&config);
    give(&f, (struct hw_input){.type = HW_IN_START, .tips = &f.world->tip, .tips_n = 1, .budget = kept});
    return f;
}

struct granted {
    unsigned lane;
    uint64_t bytes;
};

static struct granted credit_in(const struct frugal *f)
{
    struct hw_message message;
    for (size_t i = 0; i < f->world->effects.n; i++)
        if (f->world->effects.items[i].type == HW_DO_SEND &&
            hw_message_decode(f->world->effects.items[i].bytes, &f->world->arena, &message, NULL) == HW_OK &&
            (message.type == HW_CREDIT || message.type == HW_CONFIRM)) {
            struct hw_credit credit = message.type == HW_CREDIT ? message.body.credit : message.body.confirm.credit;
            return (struct granted){credit.lane, credit.bytes};
        }
    fail_msg("no CREDIT in: %s", f->world->line);
    return (struct granted){0};
}

static void hub_grants(struct frugal *f)
{
    say(f, &(struct hw_message){.type = HW_CREDIT, .session = 7, .body.credit = {HW_LANE_SNAPSHOT, HW_CREDIT_WINDOW}});
}

static void when_the_budget_is_spent_the_link_rests_and_says_until_when(void **state)
{
    (void)state;
    struct frugal f = frugal_of((struct hw_sync_config){.bytes_per_hour = 100000}, (struct hw_slice){0});
    session(&f);
    assert_int_equal(credit_in(&f).bytes, 25000); /* a quarter of what is left */
    f.line = 99000;
    give(&f, (struct hw_input){.type = HW_IN_TICK});
    DOES(f.world, "to 0: BYE; close 0; append BUDGET");
    const struct hw_effect *close = effect_of(f.world, HW_DO_CLOSE);
    assert_true(close->rest);
    assert_in_range(close->ms, HOUR_MS - 6000, HOUR_MS);
    assert_string_equal(close->text, "this hour's budget of 100 kB is spent, and the link rests until 11:00; to go on all the same: "
                                     "headway sync --now");
    give(&f, (struct hw_input){.type = HW_IN_PEER_UP}); /* somebody has connected it all the same */
    DOES(f.world, "close 0");
    give(&f, (struct hw_input){.type = HW_IN_SYNC, .client = 3, .wait_ms = 5000});
    DOES(f.world, "reply 3 TIMEOUT");
    f.world->now += HOUR_MS;
    give(&f, (struct hw_input){.type = HW_IN_TICK});
    assert_non_null(strstr(f.world->line, "connect"));
    session(&f);
    assert_int_equal(credit_in(&f).bytes, 25000);
    world_free(f.world);
}

static void a_person_goes_on_with_now_until_everything_is_in_step(void **state)
{
    (void)state;
    struct frugal f = frugal_of((struct hw_sync_config){.bytes_per_day = 50000}, (struct hw_slice){0});
    session(&f);
    f.line = 60000;
    give(&f, (struct hw_input){.type = HW_IN_TICK});
    DOES(f.world, "to 0: BYE; close 0; append BUDGET");
    f.world->tip.own_tip = 3;
    give(&f, (struct hw_input){.type = HW_IN_SYNC, .client = 3, .now = true});
    DOES(f.world, "connect; connect; reply 3 OK");
    session(&f);
    assert_int_equal(credit_in(&f).bytes, HW_CREDIT_WINDOW);
    hub_grants(&f);
    DOES(f.world, "range to 0: gtg-eca from 1");
    commit(&f, (struct hw_stored){.append = HW_APPEND_RANGE, .group = "gtg-eca", .last = 3, .message = hw_slice_text("segments")});
    f.world->tip.own_admitted = 3;
    struct hw_position at = {.group = hw_slice_text("gtg-eca"), .position = 0};
    say(&f, &(struct hw_message){.type = HW_PING, .session = 7,
                                 .body.ping = {.number = 1, .answer = true, .journals = &at, .journals_n = 1}});
    commit(&f, (struct hw_stored){.append = HW_APPEND_JOURNAL, .group = "gtg-eca"});
    give(&f, (struct hw_input){.type = HW_IN_TICK});
    assert_non_null(strstr(f.world->line, "to 0: BYE; close 0"));
    world_free(f.world);
}

static void what_was_spent_counts_after_a_restart(void **state)
{
    (void)state;
    struct frugal f = frugal_of((struct hw_sync_config){.bytes_per_hour = 100000}, (struct hw_slice){0});
    session(&f);
    f.line = 50000;
    give(&f, (struct hw_input){.type = HW_IN_STOP});
    DOES(f.world, "append BUDGET");
    struct hw_slice kept = effect_of(f.world, HW_DO_APPEND)->bytes;
    struct frugal again = frugal_of((struct hw_sync_config){.bytes_per_hour = 50000}, kept);
    DOES(again.world, "close 0"); /* and less is allowed now */
    world_free(again.world);
    again = frugal_of((struct hw_sync_config){.bytes_per_hour = 150000}, kept);
    session(&again);
    assert_int_equal(credit_in(&again).bytes, 25000);
    world_free(again.world);
    world_free(f.world);
}

static void near_the_end_backlog_waits_and_live_changes_go(void **state)
{
    (void)state;
    struct frugal f = frugal_of((struct hw_sync_config){.bytes_per_hour = 100000}, (struct hw_slice){0});
    session(&f);
    hub_grants(&f);
    f.world->tip.own_tip = 2000;
    commit(&f, (struct hw_stored){.append = HW_APPEND_CHANGE});
    DOES(f.world, "range to 0: gtg-eca from 1");
    f.line = 92000;
    give(&f, (struct hw_input){.type = HW_IN_STORED,
                               .stored = &(struct hw_stored){.append = HW_APPEND_RANGE, .group = "gtg-eca", .last = 50, .session = 7,
                                                             .text = "", .message = large_message(f.world)}});
    DOES(f.world, "to 0: CREDIT; to 0: a range");
    assert_int_equal(credit_in(&f).lane, HW_LANE_LIVE);
    struct hw_ack one = {.inc = office_inc, .group = hw_slice_text("gtg-eca"), .durable = 50};
    say(&f, &(struct hw_message){.type = HW_ACK, .session = 7, .body.ack = {.streams = &one, .streams_n = 1}});
    DOES(f.world, ""); /* 1,950 wait */
    world_free(f.world);
}

static void on_a_metered_link_the_rest_waits_until_somebody_asks(void **state)
{
    (void)state;
    struct frugal f = frugal_of((struct hw_sync_config){.metered = true}, (struct hw_slice){0});
    f.world->tip.own_tip = 5000;
    session(&f);
    assert_int_equal(credit_in(&f).lane, HW_LANE_LIVE);
    hub_grants(&f);
    DOES(f.world, "range to 0: gtg-eca from 1");
    assert_true(effect_of(f.world, HW_DO_SEND_RANGE)->max <= 16 * 1024);
    commit(&f, (struct hw_stored){.append = HW_APPEND_RANGE, .group = "gtg-eca", .last = 300, .message = large_message(f.world)});
    struct hw_ack one = {.inc = office_inc, .group = hw_slice_text("gtg-eca"), .durable = 300};
    say(&f, &(struct hw_message){.type = HW_ACK, .session = 7, .body.ack = {.streams = &one, .streams_n = 1}});
    DOES(f.world, "");
    give(&f, (struct hw_input){.type = HW_IN_SYNC, .client = 3});
    DOES(f.world, "to 0: CREDIT; range to 0: gtg-eca from 301; to 0: PING; reply 3 OK");
    assert_int_equal(credit_in(&f).lane, HW_LANE_SNAPSHOT);
    world_free(f.world);
}

/* Behind is what such an office is on purpose: no answer of the hub's makes it begin the session again. */
static void what_waits_on_a_metered_link_was_not_lost(void **state)
{
    (void)state;
    struct frugal f = frugal_of((struct hw_sync_config){.metered = true}, (struct hw_slice){0});
    session(&f);
    f.world->tip.own_tip = 5000;
    struct hw_position at = {.group = hw_slice_text("gtg-eca"), .position = 700};
    struct hw_message answer = {.type = HW_PING, .session = 7, .body.ping = {.answer = true, .journals = &at, .journals_n = 1}};
    for (int i = 0; i < 4; i++) {
        f.world->now += 6 * 60 * 1000;
        give(&f, (struct hw_input){.type = HW_IN_TICK});
        DOES(f.world, "to 0: PING");
        answer.body.ping.number++;
        say(&f, &answer);
        DOES(f.world, "");
    }
    world_free(f.world);
}

/* The last message of a budget has been paid for: it is taken, or it would come again each hour. */
static void a_message_that_uses_the_budget_up_is_taken(void **state)
{
    (void)state;
    struct frugal f = frugal_of((struct hw_sync_config){.bytes_per_hour = 300000}, (struct hw_slice){0});
    session(&f);
    f.line = 310000;
    struct hw_journal_item item = {.entry = large_message(f.world)};
    item.entry.n -= 1000;
    struct hw_message journal = {.type = HW_JOURNAL, .session = 7};
    journal.body.journal = (struct hw_journal_message){.group = hw_slice_text("gtg-eca"), .items = &item, .items_n = 1};
    say(&f, &journal);
    DOES(f.world, "append JOURNAL");
    commit(&f, (struct hw_stored){.append = HW_APPEND_JOURNAL, .group = "gtg-eca", .bytes = HW_MESSAGE_SIZE});
    DOES(f.world, "to 0: BYE; close 0");
    world_free(f.world);
}

/* The hub's side: which lanes an office takes is what its last CREDIT said. */
static void a_hub_sends_no_lane_that_was_not_granted(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    world->tip.position = 1000;
    uint64_t number = hub_in_session(world, 1, &office_inc);
    struct hw_message credit = {.type = HW_CREDIT, .session = number, .body.credit = {HW_LANE_LIVE, HW_CREDIT_WINDOW}};
    hear(world, 1, &credit);
    DOES(world, "range to 1: gtg-eca from 1");
    assert_true(effect_of(world, HW_DO_SEND_RANGE)->max <= 16 * 1024);
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_RANGE, .group = "gtg-eca", .session = number, .last = 10,
                                        .message = large_message(world)});
    struct hw_position at = {.group = hw_slice_text("gtg-eca"), .position = 10};
    struct hw_message ack = {.type = HW_ACK, .session = number, .body.ack = {.journals = &at, .journals_n = 1}};
    hear(world, 1, &ack);
    DOES(world, "");
    credit.body.credit.lane = HW_LANE_SNAPSHOT;
    credit.body.credit.bytes = 0;
    hear(world, 1, &credit);
    DOES(world, "range to 1: gtg-eca from 11");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_is_the_clocks_on_the_wall),
        cmocka_unit_test(the_longer_of_two_waits_counts),
        cmocka_unit_test(the_last_tenth_is_for_live_changes_and_the_last_crumb_for_nothing),
        cmocka_unit_test(a_clock_that_is_set_right_does_not_fill_a_budget_again),
        cmocka_unit_test(no_clock_holds_a_budget_back_for_ever),
        cmocka_unit_test(it_is_the_same_after_a_restart_and_noise_is_nothing_spent),
        cmocka_unit_test(when_the_budget_is_spent_the_link_rests_and_says_until_when),
        cmocka_unit_test(a_person_goes_on_with_now_until_everything_is_in_step),
        cmocka_unit_test(what_was_spent_counts_after_a_restart),
        cmocka_unit_test(near_the_end_backlog_waits_and_live_changes_go),
        cmocka_unit_test(on_a_metered_link_the_rest_waits_until_somebody_asks),
        cmocka_unit_test(what_waits_on_a_metered_link_was_not_lost),
        cmocka_unit_test(a_message_that_uses_the_budget_up_is_taken),
        cmocka_unit_test(a_hub_sends_no_lane_that_was_not_granted),
    };
    return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
