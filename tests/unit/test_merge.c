/* test_merge.c: the paragraph "Covering" of the design, sentence by sentence. Whole histories are in
 * test_merge_histories.c. */
#include "merge_story.h"

#include <unistd.h>

static int begin(void **state)
{
    struct story *story = calloc(1, sizeof *story);
    *state = story;
    if (story)
        hw_arena_init(&story->arena);
    return story ? 0 : -1;
}

static int end(void **state)
{
    struct story *story = *state;
    hw_arena_done(&story->arena);
    free(story);
    return 0;
}

/* The office's next event, of one operation; gives its name. `value` is text, NULL for none. */
static struct hw_name tell(struct story *story, size_t office, enum hw_op_code code, uint16_t field, const char *value,
                           uint64_t stamp, const struct hw_name *seen, size_t seen_n)
{
    struct hw_held *held = &story->held[story->n++];
    struct hw_op *op = hw_arena_zero(&story->arena, 1, sizeof *op);
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    hw_put_text(&out, value);
    *op = (struct hw_op){.code = (uint8_t)code,
                         .field = field,
                         .seen_n = seen_n,
                         .value = hw_arena_slice(&story->arena, hw_out_slice(&out)),
                         .seen = hw_arena_copy(&story->arena, seen, seen_n * sizeof *seen)};
    held->inc = inc_of(office);
    held->event = (struct hw_event){.seq = ++story->tip[office],
                                    .kind = 10,
                                    .record = {{7}},
                                    .stamp = stamp,
                                    .author = hw_slice_text("Ana"),
                                    .ops = op,
                                    .ops_n = 1};
    return (struct hw_name){.inc = held->inc, .seq = held->event.seq};
}

static struct hw_name write_one(struct story *story, size_t office, const char *value, const struct hw_name *seen)
{
    return tell(story, office, HW_OP_SET, PLAIN, value, 100 + story->n, seen, seen != NULL);
}

static struct hw_row fold(struct story *story)
{
    struct hw_row row = new_row();
    hw_row_fold(&row, &story->arena, story->held, story->n);
    return row;
}

/* Applies the story's events in the order given ("210": the third first), each as it arrives. */
static struct hw_row apply_in_order(struct story *story, const char *order)
{
    struct hw_row row = new_row();
    struct taken taken = {.n = 0};
    struct hw_arrivals arrivals = {is_taken, &taken};
    for (; *order; order++) {
        const struct hw_held *next = &story->held[*order - '0'];
        hw_row_apply(&row, &story->arena, &next->event, &next->inc, &arrivals);
        taken.held[taken.n++] = *next;
    }
    return row;
}

static void assert_shows(const struct hw_row *row, uint16_t field, const char *value, size_t heads)
{
    const struct hw_cell *cell = hw_row_cell(row, field);
    struct hw_slice shown = hw_row_value(row, field);
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    assert_int_equal(cell ? cell->heads_n : 0, heads);
    if (value)
        hw_put_text(&out, value);
    assert_true(hw_slice_equal(shown, hw_out_slice(&out)));
}

static void assert_same_row(const struct hw_row *a, const struct hw_row *b)
{
    HW_CLEANUP(hw_out_done) struct hw_out one = {0}, two = {0};
    hw_row_encode(a, &one);
    hw_row_encode(b, &two);
    char *hex = hex_of(hw_out_slice(&two));
    assert_hex(hw_out_slice(&one), hex);
    free(hex);
}

/* -- sentence by sentence -- */

static void a_write_covers_what_it_names(void **state)
{
    struct story *story = *state;
    struct hw_name first = write_one(story, 0, "first", NULL);
    write_one(story, 1, "second", &first);
    struct hw_row row = fold(story);
    assert_shows(&row, PLAIN, "second", 1);
    row = apply_in_order(story, "01");
    assert_shows(&row, PLAIN, "second", 1);
}

static void covering_goes_by_names_not_by_the_clock(void **state)
{
    struct story *story = *state;
    struct hw_name first = tell(story, 0, HW_OP_SET, PLAIN, "first", 9000, NULL, 0);
    tell(story, 1, HW_OP_SET, PLAIN, "second", 5, &first, 1);
    struct hw_row row = fold(story);
    assert_shows(&row, PLAIN, "second", 1);
}

static void a_covered_write_that_arrives_later_is_cancelled(void **state)
{
    struct story *story = *state;
    struct hw_name first = write_one(story, 0, "first", NULL);
    write_one(story, 1, "second", &first);
    struct hw_row row = apply_in_order(story, "1");
    assert_shows(&row, PLAIN, "second", 1);
    assert_int_equal(hw_row_cell(&row, PLAIN)->awaited_n, 1);
    assert_int_equal(hw_name_compare(&hw_row_cell(&row, PLAIN)->awaited[0], &first), 0);
    row = apply_in_order(story, "10");
    assert_shows(&row, PLAIN, "second", 1);
    assert_int_equal(hw_row_cell(&row, PLAIN)->awaited_n, 0);
    struct hw_row folded = fold(story);
    assert_same_row(&row, &folded);
}

static void concurrent_writes_leave_two_heads(void **state)
{
    struct story *story = *state;
    struct hw_name first = write_one(story, 0, "first", NULL);
    write_one(story, 1, "here", &first);
    write_one(story, 2, "there", &first);
    struct hw_row row = fold(story);
    assert_shows(&row, PLAIN, "there", 2);
    assert_true(hw_cell_conflict(hw_row_cell(&row, PLAIN), NULL));
}

static void a_conflict_is_resolved_by_a_write_that_names_both(void **state)
{
    struct story *story = *state;
    struct hw_name both[] = {write_one(story, 1, "here", NULL), write_one(story, 2, "there", NULL)};
    tell(story, 0, HW_OP_SET, PLAIN, "both", 1, both, 2);
    struct hw_row row = fold(story);
    assert_shows(&row, PLAIN, "both", 1);
    assert_false(hw_cell_conflict(hw_row_cell(&row, PLAIN), NULL));
}

static void heads_of_equal_value_are_no_conflict(void **state)
{
    struct story *story = *state;
    write_one(story, 1, "same", NULL);
    write_one(story, 2, "same", NULL);
    struct hw_row row = fold(story);
    assert_shows(&row, PLAIN, "same", 2);
    assert_false(hw_cell_conflict(hw_row_cell(&row, PLAIN), NULL));
    write_one(story, 3, "other", NULL);
    row = fold(story);
    assert_true(hw_cell_conflict(hw_row_cell(&row, PLAIN), NULL));
}

static void the_head_with_the_greatest_stamp_is_shown(void **state)
{
    struct story *story = *state;
    tell(story, 1, HW_OP_SET, PLAIN, "late", 300, NULL, 0);
    tell(story, 2, HW_OP_SET, PLAIN, "early", 200, NULL, 0);
    struct hw_row row = fold(story);
    assert_shows(&row, PLAIN, "late", 2);
}

static void a_tie_of_stamps_is_broken_by_incarnation_then_number(void **state)
{
    struct story *story = *state;
    tell(story, 2, HW_OP_SET, PLAIN, "third office", 300, NULL, 0);
    tell(story, 1, HW_OP_SET, PLAIN, "second office", 300, NULL, 0);
    struct hw_row row = fold(story);
    assert_shows(&row, PLAIN, "third office", 2);
    tell(story, 2, HW_OP_SET, PLAIN, "third office again", 300, NULL, 0);
    row = fold(story);
    assert_shows(&row, PLAIN, "third office again", 3);
}

/* W2 saw W1 and was refused, W3 saw W2: only W3 shows; without W3, W1 is back. */
static void who_names_a_refused_write_covers_what_that_named(void **state)
{
    struct story *story = *state;
    struct hw_name w1 = write_one(story, 0, "w1", NULL), w2 = write_one(story, 1, "w2", &w1);
    struct hw_row row = fold(story);
    assert_shows(&row, PLAIN, "w2", 1);
    story->held[1].refused = true;
    row = fold(story);
    assert_shows(&row, PLAIN, "w1", 1);
    write_one(story, 2, "w3", &w2);
    row = fold(story);
    assert_shows(&row, PLAIN, "w3", 1);
}

static void who_names_a_chain_of_refused_writes_covers_what_the_first_named(void **state)
{
    struct story *story = *state;
    struct hw_name name = write_one(story, 0, "w1", NULL);
    for (size_t i = 0; i < 10; i++) {
        name = write_one(story, 1, "refused", &name);
        story->held[story->n - 1].refused = true;
    }
    struct hw_row row = fold(story);
    assert_shows(&row, PLAIN, "w1", 1);
    write_one(story, 2, "w3", &name);
    row = fold(story);
    assert_shows(&row, PLAIN, "w3", 1);
}

static void a_row_keeps_its_refused_writes_for_who_names_them_later(void **state)
{
    struct story *story = *state;
    struct hw_name w1 = write_one(story, 0, "w1", NULL), w2 = write_one(story, 1, "w2", &w1);
    story->held[1].refused = true;
    struct hw_row row = fold(story);
    write_one(story, 2, "w3", &w2);
    struct taken taken = {.held = {story->held[0], story->held[1]}, .n = 2};
    struct hw_arrivals arrivals = {is_taken, &taken};
    hw_row_apply(&row, &story->arena, &story->held[2].event, &story->held[2].inc, &arrivals);
    assert_shows(&row, PLAIN, "w3", 1);
    struct hw_row folded = fold(story);
    assert_same_row(&row, &folded);
}

static void a_refused_remove_removes_nothing(void **state)
{
    struct story *story = *state;
    struct hw_name add = tell(story, 0, HW_OP_ADD, SET, "KAZ", 10, NULL, 0);
    tell(story, 1, HW_OP_REMOVE, SET, NULL, 20, &add, 1);
    struct hw_row row = fold(story);
    assert_shows(&row, SET, NULL, 0);
    story->held[1].refused = true;
    row = fold(story);
    assert_shows(&row, SET, "KAZ", 1);
}

static void add_wins_over_a_remove_that_did_not_see_it(void **state)
{
    struct story *story = *state;
    struct hw_name add = tell(story, 0, HW_OP_ADD, SET, "KAZ", 10, NULL, 0);
    tell(story, 1, HW_OP_ADD, SET, "KAZ", 11, NULL, 0);
    tell(story, 0, HW_OP_REMOVE, SET, NULL, 99, &add, 1);
    struct hw_row row = fold(story);
    size_t n;
    assert_shows(&row, SET, "KAZ", 1);
    assert_non_null(hw_cell_elements(hw_row_cell(&row, SET), &story->arena, &n));
    assert_int_equal(n, 1);
}

static void elements_are_distinct_and_sorted(void **state)
{
    struct story *story = *state;
    static const char *const countries[] = {"UZB", "KAZ", "KGZ", "KAZ"};
    for (size_t i = 0; i < 4; i++)
        tell(story, i, HW_OP_ADD, SET, countries[i], 10, NULL, 0);
    struct hw_row row = fold(story);
    size_t n;
    struct hw_slice *elements = hw_cell_elements(hw_row_cell(&row, SET), &story->arena, &n);
    assert_int_equal(n, 3);
    assert_memory_equal(elements[0].p + 1, "KAZ", 3);
    assert_memory_equal(elements[1].p + 1, "KGZ", 3);
    assert_memory_equal(elements[2].p + 1, "UZB", 3);
    const struct hw_field set = {.id = SET, .set = true};
    assert_false(hw_cell_conflict(hw_row_cell(&row, SET), &set));
    hw_cell_elements(NULL, &story->arena, &n);
    assert_int_equal(n, 0);
}

static void comments_are_only_ever_added(void **state)
{
    struct story *story = *state;
    for (size_t i = 0; i < 5; i++)
        tell(story, i % 2, HW_OP_COMMENT, REMARKS, "noted", 10 + i, NULL, 0);
    struct hw_row row = fold(story);
    assert_shows(&row, REMARKS, "noted", 5);
}

static void covering_stays_within_its_field(void **state)
{
    struct story *story = *state;
    struct hw_name first = write_one(story, 0, "first", NULL);
    tell(story, 1, HW_OP_SET, OTHER, "elsewhere", 200, &first, 1);
    struct hw_row row = fold(story);
    assert_shows(&row, PLAIN, "first", 1);
    assert_shows(&row, OTHER, "elsewhere", 1);
}

static void who_touched_a_record_first_and_last_goes_by_stamp_without_the_refused(void **state)
{
    struct story *story = *state;
    tell(story, 0, HW_OP_SET, PLAIN, "a", 50, NULL, 0);
    tell(story, 1, HW_OP_SET, PLAIN, "b", 40, NULL, 0);
    tell(story, 2, HW_OP_SET, PLAIN, "c", 50, NULL, 0);
    tell(story, 3, HW_OP_SET, PLAIN, "d", 90, NULL, 0);
    story->held[3].refused = true;
    struct hw_row row = fold(story);
    assert_int_equal(row.made.inc.b[0], 2);
    assert_int_equal(row.updated.inc.b[0], 3); /* the tie goes to the greater incarnation */
    assert_int_equal(row.updated.stamp, 50);
    struct hw_row none = new_row();
    assert_int_equal(none.made.seq, 0);
}

static void a_field_that_nobody_wrote_is_empty(void **state)
{
    (void)state;
    struct hw_row row = new_row();
    assert_null(hw_row_cell(&row, PLAIN));
    assert_null(hw_cell_shown(NULL));
    assert_int_equal(hw_row_value(&row, PLAIN).n, 0);
    assert_false(hw_cell_conflict(NULL, NULL));
}

/* Some writes name what is no write of their field: another record's event, an operation that the event does not have, another
 * field's. A row must not tell whether those were here first. */
static void names_that_are_no_write_of_the_field_give_the_same_bytes_in_every_order(void **state)
{
    struct story *story = *state;
    struct hw_name strange = {.inc = inc_of(3), .seq = 5};
    struct hw_name first = write_one(story, 0, "first", NULL), beyond = first;
    struct hw_name other = tell(story, 1, HW_OP_SET, OTHER, "other", 7, NULL, 0);
    beyond.op = 4;
    struct hw_name all[] = {first, other, beyond, strange};
    struct hw_name second = tell(story, 2, HW_OP_SET, PLAIN, "second", 8, all, 4);
    struct hw_name again[] = {first, second, strange};
    tell(story, 3, HW_OP_SET, PLAIN, "third", 9, again, 3);
    struct hw_row folded = fold(story);
    assert_shows(&folded, PLAIN, "third", 1);
    assert_int_equal(hw_row_cell(&folded, PLAIN)->awaited_n, 1);
    assert_int_equal(hw_name_compare(&hw_row_cell(&folded, PLAIN)->awaited[0], &strange), 0);
    for (int order = 0; order < 256; order++) {
        const char digits[] = {(char)('0' + order / 64), (char)('0' + order / 16 % 4), (char)('0' + order / 4 % 4),
                               (char)('0' + order % 4), 0};
        if (!strchr(digits, '0') || !strchr(digits, '1') || !strchr(digits, '2') || !strchr(digits, '3'))
            continue;
        struct hw_row row = apply_in_order(story, digits);
        assert_same_row(&row, &folded);
    }
}

/* Sixty refused writes that each name all before them have 2^59 paths: who names the last must not walk them all. */
static void a_web_of_refused_writes_costs_no_more_than_its_size(void **state)
{
    (void)state;
    enum { WEB = 60 };
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    struct hw_held held[WEB + 1];
    struct hw_name names[WEB + 1];
    struct hw_op ops[WEB + 1];
    struct hw_row row = new_row();
    for (size_t i = 0; i <= WEB; i++) {
        names[i] = (struct hw_name){.inc = inc_of(0), .seq = i + 1};
        ops[i] = (struct hw_op){.code = HW_OP_SET,
                                .field = PLAIN,
                                .value = hw_slice_text("\x01"),
                                .seen = names,
                                .seen_n = i};
        held[i] = (struct hw_held){.event = {.seq = i + 1, .stamp = i + 1, .ops = &ops[i], .ops_n = 1},
                                   .inc = inc_of(0),
                                   .refused = i > 0 && i < WEB};
    }
    alarm(20);
    hw_row_fold(&row, &arena, held, WEB + 1);
    alarm(0);
    assert_int_equal(hw_row_cell(&row, PLAIN)->heads_n, 1);
    assert_int_equal(hw_row_cell(&row, PLAIN)->heads[0].name.seq, WEB + 1);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_write_covers_what_it_names),
        STORY(covering_goes_by_names_not_by_the_clock),
        STORY(a_covered_write_that_arrives_later_is_cancelled),
        STORY(concurrent_writes_leave_two_heads),
        STORY(a_conflict_is_resolved_by_a_write_that_names_both),
        STORY(heads_of_equal_value_are_no_conflict),
        STORY(the_head_with_the_greatest_stamp_is_shown),
        STORY(a_tie_of_stamps_is_broken_by_incarnation_then_number),
        STORY(who_names_a_refused_write_covers_what_that_named),
        STORY(who_names_a_chain_of_refused_writes_covers_what_the_first_named),
        STORY(a_row_keeps_its_refused_writes_for_who_names_them_later),
        STORY(a_refused_remove_removes_nothing),
        STORY(add_wins_over_a_remove_that_did_not_see_it),
        STORY(elements_are_distinct_and_sorted),
        STORY(comments_are_only_ever_added),
        STORY(covering_stays_within_its_field),
        STORY(names_that_are_no_write_of_the_field_give_the_same_bytes_in_every_order),
        STORY(who_touched_a_record_first_and_last_goes_by_stamp_without_the_refused),
        cmocka_unit_test(a_field_that_nobody_wrote_is_empty),
        cmocka_unit_test(a_web_of_refused_writes_costs_no_more_than_its_size),
    };
    return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
