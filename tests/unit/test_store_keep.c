/* test_store_keep.c: records that stay in memory from one job to the next say what the rows and the events say. */
#include "store_world.h"

/* One job that sets the title of the one item, `times` over; 0: once. */
struct title {
    const char *text;
    bool keeps, fails;
    int times;
};

static enum hw_status set_title(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct title *title = self;
    const struct hw_slice name = hw_slice_text("kept");
    const struct hw_id id = hw_id_derive("test", &name, 1);
    struct hw_edit *edit = hw_arena_alloc(hw_tx_arena(tx), sizeof *edit);
    enum hw_status status = HW_OK;
    for (int i = title->times ? title->times : 1; i > 0 && !status; i--) {
        status = hw_edit_begin(edit, tx, HW_KIND_ITEM, &id, "g", err);
        if (!status)
            status = hw_edit_put(edit, "title", i > 1 ? hw_arena_printf(hw_tx_arena(tx), "%s %d", title->text, i) : title->text, err);
        if (!status)
            status = hw_edit_write(edit, hw_tx_next_change(tx), "tester", err);
    }
    return !status && title->fails ? hw_fail(err, HW_USAGE, "fails on purpose") : status;
}

static enum hw_status set(struct world *world, struct title title)
{
    struct hw_job job = {.write = true, .keeps = title.keeps, .run = set_title, .self = &title};
    return hw_store_now(world->store, &job, NULL);
}

struct shown {
    char title[32];
    size_t heads, faults;
};

static enum hw_status look(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct shown *shown = self;
    struct hw_verified verified;
    struct hw_scan *scan;
    struct hw_row row;
    const uint16_t field = hw_field_named(hw_kind_by_id(HW_KIND_ITEM), "title")->id;
    assert_int_equal(hw_scan_open(tx, HW_KIND_ITEM, HW_SCAN_ALL, 0, NULL, &scan, err), HW_OK);
    assert_true(hw_scan_next(scan));
    snprintf(shown->title, sizeof shown->title, "%s", hw_scan_text(scan, field));
    assert_int_equal(hw_scan_row(scan, hw_tx_arena(tx), &row, err), HW_OK);
    shown->heads = hw_row_cell(&row, field)->heads_n;
    hw_scan_close(scan);
    enum hw_status status = hw_tx_verify(tx, &verified, err);
    shown->faults = verified.faults_all;
    return status;
}

/* Every write names the heads that it saw: with a record that is not as the row is there would be two, or a fault. */
static void assert_shown(struct world *world, const char *title)
{
    struct shown shown = {0};
    struct hw_job job = {.run = look, .self = &shown};
    assert_int_equal(hw_store_now(world->store, &job, NULL), HW_OK);
    assert_string_equal(shown.title, title);
    assert_int_equal(shown.heads, 1);
    assert_int_equal(shown.faults, 0);
}

static void office(struct world *world)
{
    world->identity.gate = false;
    open_store(world, false);
}

static void a_record_that_stays_is_what_the_row_is(void **state)
{
    struct world *world = *state;
    office(world);
    assert_int_equal(set(world, (struct title){.text = "one", .keeps = true}), HW_OK);
    assert_int_equal(set(world, (struct title){.text = "two", .keeps = true}), HW_OK);
    assert_int_equal(set(world, (struct title){.text = "three", .keeps = true}), HW_OK);
    assert_shown(world, "three");
    hw_store_close(world->store);
    open_store(world, false);
    assert_shown(world, "three");
}

static void a_job_that_fails_leaves_no_trace_in_it(void **state)
{
    struct world *world = *state;
    office(world);
    assert_int_equal(set(world, (struct title){.text = "one", .keeps = true}), HW_OK);
    assert_int_equal(set(world, (struct title){.text = "wrong", .keeps = true, .fails = true}), HW_USAGE);
    assert_int_equal(set(world, (struct title){.text = "two", .keeps = true}), HW_OK);
    assert_shown(world, "two");
}

static void a_job_that_keeps_nothing_lets_it_go(void **state)
{
    struct world *world = *state;
    office(world);
    assert_int_equal(set(world, (struct title){.text = "one", .keeps = true}), HW_OK);
    assert_int_equal(set(world, (struct title){.text = "two"}), HW_OK);
    assert_int_equal(set(world, (struct title){.text = "three", .keeps = true}), HW_OK);
    assert_int_equal(set(world, (struct title){.text = "four", .keeps = true}), HW_OK);
    assert_shown(world, "four");
}

/* The memory that they take is bounded: after some thousand writes they are let go, and loaded again. */
static void many_writes_of_one_record_are_all_there(void **state)
{
    struct world *world = *state;
    char text[32];
    office(world);
    for (int i = 0; i < 30; i++) {
        snprintf(text, sizeof text, "title %d", i);
        assert_int_equal(set(world, (struct title){.text = text, .keeps = true, .times = 100}), HW_OK);
    }
    assert_shown(world, "title 29");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_record_that_stays_is_what_the_row_is),
        TEST(a_job_that_fails_leaves_no_trace_in_it),
        TEST(a_job_that_keeps_nothing_lets_it_go),
        TEST(many_writes_of_one_record_are_all_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
