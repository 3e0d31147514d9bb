/* test_history.c: HISTORY, the question and the page, byte for byte, and what is no such thing. */
#include "messages.h"

#include "headway/journal.h"

/* Computed apart from this code, in Python. The page is among the messages of test_message.c. */
static const char golden_one[] = "84011207870103676774672d6563614a0102030405060708090a181e1b0000019f5eafb0001832";
static const char golden_every[] = "84011207870103676774672d656361f6181e001903e8";

static struct hw_message question(bool one)
{
    struct hw_message message = {.type = HW_HISTORY, .session = 7};
    message.body.history = (struct hw_history_message){.what = HW_HISTORY_ASK, .number = 3, .group = hw_slice_text("gtg-eca"),
                                                       .one = one, .from = 30, .since_ms = one ? noon : 0,
                                                       .events = one ? 50 : HW_HISTORY_EVENTS};
    fill(message.body.history.record.b, sizeof message.body.history.record.b, 1);
    return message;
}

static enum hw_status there_and_back(const struct hw_message *message, struct hw_arena *arena, struct hw_message *back)
{
    struct hw_out out = {0};
    hw_message_encode(&out, message);
    struct hw_slice bytes = hw_arena_slice(arena, hw_out_slice(&out));
    hw_out_done(&out);
    return hw_message_decode(bytes, arena, back, NULL);
}

static void a_question_has_its_golden_form(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    for (int one = 0; one < 2; one++) {
        HW_CLEANUP(hw_out_done) struct hw_out out = {0};
        struct hw_message message = question(one == 1), back;
        const struct hw_history_message *history = &back.body.history;
        hw_message_encode(&out, &message);
        assert_hex(hw_out_slice(&out), one ? golden_one : golden_every);
        assert_int_equal(hw_message_decode(hw_out_slice(&out), &arena, &back, NULL), HW_OK);
        assert_int_equal(history->what, HW_HISTORY_ASK);
        assert_int_equal(history->number, 3);
        assert_int_equal(history->one, one);
        assert_int_equal(history->from, 30);
        assert_int_equal(history->events, one ? 50 : HW_HISTORY_EVENTS);
        assert_true(!one || hw_id_equal(&history->record, &message.body.history.record));
    }
}

static void a_page_is_read_back(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    struct hw_message message = fixed(HW_HISTORY, &arena), back;
    const struct hw_history_message *history = &back.body.history;
    assert_int_equal(there_and_back(&message, &arena, &back), HW_OK);
    assert_int_equal(history->from, 12);
    assert_int_equal(history->items_n, 2);
    assert_int_equal(history->items[0].position, 30);
    assert_int_equal(history->items[0].verdicts_n, 2);
    assert_int_equal(history->items[0].verdicts[0].verdict, HW_VERDICT_REDACTED);
    assert_true(hw_slice_is(history->items[0].verdicts[0].text, "taken out"));
    assert_int_equal(history->items[0].verdicts[1].stamp, noon << 16);
    assert_true(hw_slice_is(history->items[1].segment, "s1"));
    assert_int_equal(history->items[1].verdicts_n, 0);
    assert_int_equal(history->named_n, 1);
    assert_true(hw_name_compare(&history->named[0].name, &message.body.history.named[0].name) == 0);
    assert_true(history->named[0].stamp == 65535 && history->named[0].value.n == 2);
}

/* Each breaks one rule of an otherwise good message. */
static void break_rule(unsigned which, struct hw_history_message *history)
{
    static uint8_t words[HW_VERDICT_TEXT_MAX + 1];
    memset(words, 'a', sizeof words);
    if (which == 0)
        history->items[1].position = 30; /* twice */
    else if (which == 1)
        history->items[1].position = 12; /* comes on the next page */
    else if (which == 2)
        history->items[1].segment.n = 0;
    else if (which == 3)
        history->items[0].verdicts[0].seq = 0;
    else if (which == 4)
        history->items[0].verdicts[0].verdict = 0;
    else if (which == 5)
        history->items[0].verdicts[0].verdict = HW_VERDICT_LIFTED + 1;
    else if (which == 6)
        history->items[0].verdicts[0].text = (struct hw_slice){words, sizeof words};
    else if (which == 7)
        history->named[0].name.seq = 0;
    else if (which == 8)
        history->named[0].value.n = 0;
    else if (which == 9)
        history->named[0].name.op = HW_OPS_MAX;
    else
        history->group = hw_slice_text("No group");
}

static void a_page_that_breaks_a_rule_is_refused(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    for (unsigned which = 0; which <= 10; which++) {
        struct hw_message message = fixed(HW_HISTORY, &arena), back;
        break_rule(which, &message.body.history);
        if (there_and_back(&message, &arena, &back) != HW_CORRUPT)
            fail_msg("rule %u was not looked at", which);
    }
}

static void a_question_that_breaks_a_rule_is_refused(void **state)
{
    (void)state;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    struct hw_message back, nowhere = question(true), nothing = question(true), much = question(true), what = question(true);
    nowhere.body.history.from = 0;
    nothing.body.history.events = 0;
    much.body.history.events = HW_HISTORY_EVENTS + 1;
    what.body.history.what = HW_HISTORY_PAGE + 1;
    assert_int_equal(there_and_back(&nowhere, &arena, &back), HW_CORRUPT);
    assert_int_equal(there_and_back(&nothing, &arena, &back), HW_CORRUPT);
    assert_int_equal(there_and_back(&much, &arena, &back), HW_CORRUPT);
    assert_int_equal(there_and_back(&what, &arena, &back), HW_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_has_its_golden_form),
        cmocka_unit_test(a_page_is_read_back),
        cmocka_unit_test(a_page_that_breaks_a_rule_is_refused),
        cmocka_unit_test(a_question_that_breaks_a_rule_is_refused),
    };
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
