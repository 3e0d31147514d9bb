/* test_store_keep.c: records that stay in memory from one job to the next say what the rows and the events say, and rows that are owed
 * meanwhile come. */
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

/* Writes a title and an author that are the caller's. */
struct borrowed {
    struct hw_out value;
    char author[8];
};

static enum hw_status write_borrowed(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct borrowed *borrowed = self;
    const struct hw_slice name = hw_slice_text("kept");
    const uint16_t title = hw_field_named(hw_kind_by_id(HW_KIND_ITEM), "title")->id;
    struct hw_op op = {.code = HW_OP_SET, .field = title, .value = hw_out_slice(&borrowed->value)};
    struct hw_event event = {.kind = HW_KIND_ITEM, .record = hw_id_derive("test", &name, 1), .change = hw_tx_next_change(tx),
                             .author = hw_slice_text(borrowed->author), .ops = &op, .ops_n = 1};
    return hw_tx_write(tx, "g", &event, err);
}

static void what_a_change_was_made_of_may_go_before_its_row_comes(void **state)
{
    struct world *world = *state;
    struct borrowed borrowed = {.author = "tester"};
    struct hw_job job = {.write = true, .keeps = true, .run = write_borrowed, .self = &borrowed};
    office(world);
    hw_put_text(&borrowed.value, "one");
    assert_int_equal(hw_store_now(world->store, &job, NULL), HW_OK);
    memset(borrowed.value.p, 'x', borrowed.value.n);
    memset(borrowed.author, 'x', sizeof borrowed.author - 1);
    assert_shown(world, "one");
    hw_out_done(&borrowed.value);
}

/* What a look from outside finds: an empty text for no row. */
static void row_title(const char *path, char title[32])
{
    sqlite3 *db;
    sqlite3_stmt *row;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT coalesce(max(title), '') FROM item", -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    snprintf(title, 32, "%s", (const char *)sqlite3_column_text(row, 0));
    sqlite3_finalize(row);
    sqlite3_close(db);
}

static void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 21];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    size_t n = fread(bytes, 1, sizeof bytes, in);
    assert_int_equal(fwrite(bytes, 1, n, out), n);
    fclose(in);
    fclose(out);
}

static void what_a_killed_process_owed_is_in_the_rows_after_its_next_start(void **state)
{
    struct world *world = *state, left = *world;
    char from[160], to[160], title[32];
    office(world);
    assert_int_equal(set(world, (struct title){.text = "one"}), HW_OK);
    assert_int_equal(set(world, (struct title){.text = "two", .keeps = true}), HW_OK);
    assert_int_equal(set(world, (struct title){.text = "three", .keeps = true}), HW_OK);
    row_title(world->path, title);
    assert_string_equal(title, "one"); /* or this proves nothing */
    snprintf(left.path, sizeof left.path, "%s/left.db", world->dir);
    copy_file(world->path, left.path);
    snprintf(from, sizeof from, "%s-wal", world->path);
    snprintf(to, sizeof to, "%s-wal", left.path);
    copy_file(from, to);
    open_store(&left, false);
    assert_shown(&left, "three");
    assert_int_equal(set(&left, (struct title){.text = "four", .keeps = true}), HW_OK);
    assert_shown(&left, "four");
    hw_store_close(left.store);
    unlink(left.path);
    assert_shown(world, "three");
}

static enum hw_status find(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct hw_slice name = hw_slice_text("kept");
    const struct hw_id id = hw_id_derive("test", &name, 1);
    char text[HW_ID_TEXT + 1];
    struct hw_found found[2];
    (void)err;
    hw_id_print(&id, text);
    *(size_t *)self = hw_tx_find(tx, (struct hw_slice){(const uint8_t *)text, 5}, found, 2);
    return hw_tx_count(tx, HW_KIND_ITEM) == 1 && found[0].kind == HW_KIND_ITEM && hw_id_equal(&found[0].id, &id) &&
                   strcmp(found[0].group, "g") == 0
               ? HW_OK
               : HW_FAILED;
}

static void a_record_whose_row_is_owed_is_found(void **state)
{
    struct world *world = *state;
    char title[32];
    size_t n = 0;
    struct hw_job job = {.write = true, .keeps = true, .run = find, .self = &n};
    office(world);
    assert_int_equal(set(world, (struct title){.text = "one", .keeps = true}), HW_OK);
    assert_int_equal(hw_store_now(world->store, &job, NULL), HW_OK);
    assert_int_equal(n, 1);
    row_title(world->path, title);
    assert_string_equal(title, ""); /* for this job nothing had to be written */
    assert_shown(world, "one");
}

static void at_the_end_nothing_is_owed(void **state)
{
    struct world *world = *state;
    char title[32];
    office(world);
    assert_int_equal(set(world, (struct title){.text = "one", .keeps = true}), HW_OK);
    hw_store_close(world->store);
    world->store = NULL;
    row_title(world->path, title);
    assert_string_equal(title, "one");
}

static void nobody(void *self, enum hw_status status, const struct hw_err *err)
{
    (void)self;
    (void)status;
    (void)err;
}

static void rows_come_by_themselves_when_there_is_nothing_to_do(void **state)
{
    struct world *world = *state;
    char title[32] = "";
    struct title one = {.text = "one", .keeps = true};
    struct hw_job job = {.write = true, .keeps = true, .run = set_title, .done = nobody, .self = &one};
    world->identity.gate = false;
    open_store(world, true);
    hw_store_submit(world->store, &job);
    for (int i = 0; i < 2000 && strcmp(title, "one") != 0; i++) { /* it takes a second */
        poll(NULL, 0, 10);
        row_title(world->path, title);
    }
    hw_store_collect(world->store); /* the job stands on this stack */
    assert_string_equal(title, "one");
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
        TEST(what_a_change_was_made_of_may_go_before_its_row_comes),
        TEST(what_a_killed_process_owed_is_in_the_rows_after_its_next_start),
        TEST(a_record_whose_row_is_owed_is_found),
        TEST(at_the_end_nothing_is_owed),
        TEST(rows_come_by_themselves_when_there_is_nothing_to_do),
        TEST(many_writes_of_one_record_are_all_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
