/* test_pace.c: whose turn it is on the link, and how much may be on its way at once. */
#include "proof.h"

#include "headway/sync.h"
#include "proto/pace.h"
#include "proto/turn.h"

/* -- turns -- */

enum { STREAMS = 4, MOST = 1000 };

/* Streams with so many bytes waiting; the choice is made as both sides of a session make it. */
struct table {
    struct hw_turns turns;
    struct hw_turn turn[STREAMS];
    size_t waits[STREAMS];
    bool snapshot[STREAMS];
};

/* The stream whose turn it is, which then has it; -1: none. */
static int next(struct table *table, enum hw_lane most)
{
    struct hw_choice choice = {.any = {false}};
    enum hw_lane lane;
    size_t at;
    for (size_t i = 0; i < STREAMS; i++)
        if (table->waits[i])
            hw_choice_offer(&choice, table->snapshot[i] ? HW_LANE_SNAPSHOT : hw_turn_lane(&table->turn[i]), &table->turn[i], i);
    if (!hw_choice_pick(&choice, &table->turns, most, &lane, &at))
        return -1;
    size_t bytes = table->waits[at] < MOST ? table->waits[at] : MOST;
    table->waits[at] -= bytes;
    hw_turn_had(&table->turn[at], &table->turns, bytes, MOST, table->waits[at] > 0);
    return (int)at;
}

static void a_live_change_goes_before_all_that_waits(void **state)
{
    (void)state;
    struct table table = {.waits = {100 * MOST, 100 * MOST}};
    assert_int_equal(next(&table, HW_LANE_SNAPSHOT), 0); /* one message of each at once, ... */
    assert_int_equal(next(&table, HW_LANE_SNAPSHOT), 1);
    assert_int_equal(next(&table, HW_LANE_SNAPSHOT), 0); /* ... then in turn */
    table.waits[3] = 1;
    assert_int_equal(next(&table, HW_LANE_SNAPSHOT), 3);
    assert_int_equal(next(&table, HW_LANE_SNAPSHOT), 1);
    table.waits[3] = MOST; /* live again, since nothing of it had been left over */
    assert_int_equal(next(&table, HW_LANE_SNAPSHOT), 3);
}

static void a_long_stream_is_backlog_until_it_is_empty(void **state)
{
    (void)state;
    struct table table = {.waits = {2 * MOST, 0, 3 * MOST}};
    assert_int_equal(next(&table, HW_LANE_LIVE), 0);
    assert_int_equal(next(&table, HW_LANE_LIVE), 2);
    assert_int_equal(next(&table, HW_LANE_LIVE), -1); /* both have had their message */
    assert_int_equal(next(&table, HW_LANE_BACKLOG), 0);
    table.waits[0] = 5;
    assert_int_equal(next(&table, HW_LANE_LIVE), 0);
}

static void what_is_typed_while_a_short_message_is_read_stays_live(void **state)
{
    (void)state;
    struct hw_turn turn = {.behind = false};
    struct hw_turns turns = {.n = 0};
    hw_turn_had(&turn, &turns, MOST / 2 - 1, MOST, true);
    assert_int_equal(hw_turn_lane(&turn), HW_LANE_LIVE);
    hw_turn_had(&turn, &turns, MOST / 2, MOST, true);
    assert_int_equal(hw_turn_lane(&turn), HW_LANE_BACKLOG);
    hw_turn_had(&turn, &turns, 3, MOST, true); /* a short one does not make it live again: more waits */
    assert_int_equal(hw_turn_lane(&turn), HW_LANE_BACKLOG);
    hw_turn_had(&turn, &turns, 3, MOST, false);
    assert_int_equal(hw_turn_lane(&turn), HW_LANE_LIVE);
}

static void streams_of_one_lane_take_turns(void **state)
{
    (void)state;
    struct table table = {.waits = {50 * MOST, 50 * MOST, 50 * MOST, 50 * MOST}};
    int had[STREAMS] = {0};
    for (int i = 0; i < 40; i++)
        had[next(&table, HW_LANE_SNAPSHOT)]++;
    for (int i = 0; i < STREAMS; i++)
        assert_int_equal(had[i], 10);
}

/* People who write all day hold up neither what was missed nor a new office. */
static void one_turn_of_eight_is_for_what_is_less_urgent(void **state)
{
    (void)state;
    struct table table = {.waits = {0, 90 * MOST, 90 * MOST}, .snapshot = {[2] = true}};
    int had[STREAMS] = {0};
    (void)next(&table, HW_LANE_SNAPSHOT); /* 1 is backlog from now on */
    for (int i = 0; i < 90; i++) {
        table.waits[0] = 1;
        had[next(&table, HW_LANE_SNAPSHOT)]++;
    }
    assert_in_range(had[1], 9, 12);
    assert_in_range(had[2], 9, 12);
    assert_int_equal(had[0], 90 - had[1] - had[2]);
}

/* -- pace -- */

/* A line of so many bytes a second and so long a round trip, which hands on one message after the other. */
struct line {
    struct hw_pace pace;
    uint64_t rate, round_ms;
    double free_at; /* when the line has taken all that was handed out */
    uint64_t numbers, heard;
    double arrives[4096];
    double worst; /* longest time that a message waited before the line took it up, in seconds */
};

static struct line *line_new(uint64_t rate, uint64_t round_ms)
{
    struct line *line = calloc(1, sizeof *line);
    assert_non_null(line);
    line->rate = rate;
    line->round_ms = round_ms;
    hw_pace_begin(&line->pace);
    return line;
}

static void line_free(struct line *line)
{
    hw_pace_forget(&line->pace);
    free(line);
}

/* Sends backlog from `from` ms for `ms`; returns how much of that time the line was busy. */
static double carry(struct line *line, uint64_t from, uint64_t ms)
{
    double idle = 0;
    for (uint64_t now = from; now < from + ms; now++) {
        while (line->heard < line->numbers && line->arrives[line->heard % 4096] <= (double)now) {
            line->heard++;
            hw_pace_done(&line->pace, now, 1, line->heard);
        }
        while (hw_pace_room(&line->pace, now, false)) {
            size_t n = hw_pace_message(&line->pace);
            double begins = line->free_at > (double)now ? line->free_at : (double)now;
            double ends = begins + (double)n * 1000 / (double)line->rate;
            idle += begins - line->free_at;
            line->worst = begins - (double)now > line->worst ? begins - (double)now : line->worst;
            line->free_at = ends;
            line->arrives[line->numbers % 4096] = ends + (double)line->round_ms;
            hw_pace_sent(&line->pace, now, 1, ++line->numbers, n);
        }
    }
    return 1 - idle / (double)ms;
}

static void a_slow_line_is_kept_busy_and_nothing_waits_long_before_it(void **state)
{
    (void)state;
    static const uint64_t rates[] = {2000, 8000, 32000, 250000}, rounds[] = {5, 200, 800, 2000};
    for (size_t r = 0; r < 4; r++)
        for (size_t t = 0; t < 4; t++) {
            struct line *line = line_new(rates[r], rounds[t]);
            (void)carry(line, 0, 120000); /* learns */
            line->worst = 0;
            double busy = carry(line, 120000, 60000);
            if (busy < 0.97 || (rates[r] >= 8000 && line->worst > 3500))
                fail_msg("%d B/s, %d ms: busy %.3f, waits %.0f ms", (int)rates[r], (int)rounds[t], busy, line->worst);
            line_free(line);
        }
}

static void a_fast_line_gets_the_whole_window_within_a_few_round_trips(void **state)
{
    (void)state;
    struct line *line = line_new(12000000, 1);
    (void)carry(line, 0, 20);
    assert_int_equal(hw_pace_window(&line->pace), HW_CREDIT_WINDOW);
    assert_int_equal(hw_pace_message(&line->pace), HW_MESSAGE_SIZE - 1024);
    line_free(line);
}

static void a_line_that_gets_slower_is_noticed(void **state)
{
    (void)state;
    struct line *line = line_new(250000, 50);
    (void)carry(line, 0, 5000);
    size_t before = hw_pace_window(&line->pace);
    line->rate = 8000;
    (void)carry(line, 5000, 120000);
    assert_true(hw_pace_window(&line->pace) < before / 10);
    line->rate = 250000;
    (void)carry(line, 125000, 5000);
    assert_true(hw_pace_window(&line->pace) > before / 2);
    line_free(line);
}

/* Small messages say what there was to say, not what the line can. */
static void small_talk_does_not_make_a_line_slow(void **state)
{
    (void)state;
    struct line *line = line_new(12000000, 40);
    (void)carry(line, 0, 2000);
    hw_pace_forget(&line->pace);
    size_t before = hw_pace_window(&line->pace);
    for (uint64_t i = 0; i < 100; i++) {
        hw_pace_sent(&line->pace, 5000 + i * 1000, 1, 100000 + i, 300);
        hw_pace_done(&line->pace, 5040 + i * 1000, 1, 100000 + i);
    }
    assert_true(hw_pace_window(&line->pace) >= before);
    line_free(line);
}

static void live_changes_find_room_when_backlog_finds_none(void **state)
{
    (void)state;
    struct hw_pace pace = {.rate = 0};
    hw_pace_begin(&pace);
    while (hw_pace_room(&pace, 0, false))
        hw_pace_sent(&pace, 0, 1, 1, hw_pace_message(&pace));
    assert_true(hw_pace_room(&pace, 0, true));
    assert_true(pace.way < hw_pace_window(&pace) + hw_pace_message(&pace));
    hw_pace_sent(&pace, 0, 2, 1, hw_pace_window(&pace));
    assert_false(hw_pace_room(&pace, 0, true));
    assert_non_null(pace.parcels);
    hw_pace_forget(&pace);
    assert_null(pace.parcels);
}

static void many_small_messages_share_an_entry_and_lose_no_byte(void **state)
{
    (void)state;
    struct hw_pace pace = {.rate = 0};
    hw_pace_begin(&pace);
    for (uint64_t i = 1; i <= 100; i++)
        hw_pace_sent(&pace, i, 7, i, 10);
    assert_int_equal(pace.way, 1000);
    hw_pace_done(&pace, 200, 7, 15);
    assert_int_equal(pace.way, 850);
    hw_pace_done(&pace, 200, 8, 100); /* somebody else's */
    assert_int_equal(pace.way, 850);
    hw_pace_done(&pace, 200, 7, 100);
    assert_int_equal(pace.way, 0);
    assert_int_equal(pace.done, 1000);
    assert_null(pace.parcels); /* a peer that is idle owns none */
}

/* Words come in the order of messages: one that was left out is made good by the next. */
static void a_word_answers_for_all_that_went_before(void **state)
{
    (void)state;
    struct hw_pace pace = {.rate = 0};
    hw_pace_begin(&pace);
    hw_pace_sent(&pace, 1, 7, 5, 100);
    hw_pace_sent(&pace, 1, 9, 0, 200); /* two pieces without numbers */
    hw_pace_sent(&pace, 1, 9, 0, 300);
    hw_pace_sent(&pace, 1, 8, 2, 400);
    hw_pace_piece(&pace, 9, 9);
    assert_int_equal(pace.way, 700);
    hw_pace_done(&pace, 9, 8, 2);
    assert_int_equal(pace.way, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_live_change_goes_before_all_that_waits),
        cmocka_unit_test(a_long_stream_is_backlog_until_it_is_empty),
        cmocka_unit_test(what_is_typed_while_a_short_message_is_read_stays_live),
        cmocka_unit_test(streams_of_one_lane_take_turns),
        cmocka_unit_test(one_turn_of_eight_is_for_what_is_less_urgent),
        cmocka_unit_test(a_slow_line_is_kept_busy_and_nothing_waits_long_before_it),
        cmocka_unit_test(a_fast_line_gets_the_whole_window_within_a_few_round_trips),
        cmocka_unit_test(a_line_that_gets_slower_is_noticed),
        cmocka_unit_test(small_talk_does_not_make_a_line_slow),
        cmocka_unit_test(live_changes_find_room_when_backlog_finds_none),
        cmocka_unit_test(many_small_messages_share_an_entry_and_lose_no_byte),
        cmocka_unit_test(a_word_answers_for_all_that_went_before),
    };
    return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
