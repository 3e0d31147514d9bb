/* The store: what is saved is committed, one job's failure takes nobody else
 * with it, and the log is never scanned. */
#include "store_world.h"

static void what_is_saved_is_there_after_reopening(void **state)
{
    struct world *world = *state;
    open_store(world, false);
    assert_int_equal(now(world, &(struct item){.title = "one"}), HW_OK);
    hw_store_close(world->store);
    open_store(world, false);
    assert_int_equal(counted(world).items, 1);
    assert_int_equal(counted(world).tip.own_tip, 1);
}

static void the_gates_own_events_are_sealed_and_admitted_at_once(void **state)
{
    struct world *world = *state;
    open_store(world, false);
    assert_int_equal(now(world, &(struct item){.title = "one"}), HW_OK);
    struct count count = counted(world);
    assert_int_equal(count.tip.own_sealed, 1);
    assert_int_equal(count.tip.own_admitted, 1);
    assert_int_equal(count.tip.position, 1);
}

static void an_office_keeps_drafts_until_it_sends(void **state)
{
    struct world *world = *state;
    world->identity.gate = false;
    open_store(world, false);
    assert_int_equal(now(world, &(struct item){.title = "one"}), HW_OK);
    struct count count = counted(world);
    assert_int_equal(count.tip.own_tip, 1);
    assert_int_equal(count.tip.own_sealed, 0);
}

static void a_failed_job_leaves_no_trace(void **state)
{
    struct world *world = *state;
    open_store(world, false);
    assert_int_equal(now(world, &(struct item){.title = "one"}), HW_OK);
    assert_int_equal(now(world, &(struct item){.title = "two", .fail = true}), HW_USAGE);
    assert_int_equal(counted(world).items, 1);
    assert_int_equal(counted(world).tip.own_tip, 1);
    /* its number was not used up: the stream has no gap */
    assert_int_equal(now(world, &(struct item){.title = "three"}), HW_OK);
    assert_int_equal(counted(world).tip.own_tip, 2);
}

/* Waits for the store thread's wake-ups until every item is done. */
static void collect(struct world *world, struct item *items, size_t n)
{
    for (;;) {
        size_t done = 0;
        for (size_t i = 0; i < n; i++)
            done += items[i].done > 0;
        if (done == n)
            return;
        struct pollfd ready = {.fd = world->wake[0], .events = POLLIN};
        char byte;
        assert_int_equal(poll(&ready, 1, 20000), 1); /* a safety net, not a measure */
        assert_int_equal(read(world->wake[0], &byte, 1), 1);
        hw_store_collect(world->store);
    }
}

static void jobs_in_one_batch_succeed_and_fail_each_by_itself(void **state)
{
    struct world *world = *state;
    enum { N = 100 };
    static char titles[N][16];
    struct item items[N] = {0};
    struct hw_job jobs[N] = {0};
    open_store(world, true);
    for (size_t i = 0; i < N; i++) {
        snprintf(titles[i], sizeof titles[i], "item %zu", i);
        items[i] = (struct item){.title = titles[i], .fail = i % 7 == 3};
        jobs[i] = (struct hw_job){.write = true, .run = write_item, .done = item_done, .self = &items[i]};
        hw_store_submit(world->store, &jobs[i]);
    }
    collect(world, items, N);
    int64_t good = 0;
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(items[i].done, 1);
        assert_int_equal(items[i].status, items[i].fail ? HW_USAGE : HW_OK);
        good += !items[i].fail;
    }
    hw_store_close(world->store);
    open_store(world, false);
    assert_int_equal(counted(world).items, good);
    assert_int_equal(counted(world).tip.own_tip, good);
    assert_int_equal(counted(world).tip.own_admitted, good);
}

static enum hw_status draw(struct hw_tx *tx, void *self, struct hw_err *err)
{
    (void)err;
    hw_tx_identify(tx, self);
    return HW_OK;
}

static enum hw_status draw_and_fail(struct hw_tx *tx, void *self, struct hw_err *err)
{
    hw_tx_identify(tx, self);
    return hw_fail(err, HW_USAGE, "no");
}

static void drawn(void *self, enum hw_status status, const struct hw_err *err)
{
    (void)self, (void)status, (void)err;
}

static void a_job_that_fails_takes_no_incarnation_back_but_its_own(void **state)
{
    struct world *world = *state;
    open_store(world, false);
    struct hw_identity first = world->identity, second = world->identity;
    first.inc.b[0] = 8;
    second.inc.b[0] = 9;
    struct hw_job jobs[] = {{.write = true, .run = draw, .done = drawn, .self = &first},
                            {.write = true, .run = draw_and_fail, .done = drawn, .self = &second},
                            {.write = true, .run = draw_and_fail, .done = drawn, .self = &second}};
    for (size_t i = 0; i < 3; i++)
        hw_store_submit(world->store, &jobs[i]);
    assert_true(hw_store_turn(world->store)); /* one transaction */
    hw_store_collect(world->store);
    assert_int_equal(world->store->identity.inc.b[0], 8);
    hw_store_submit(world->store, &jobs[1]);
    assert_true(hw_store_turn(world->store));
    hw_store_collect(world->store);
    assert_int_equal(world->store->identity.inc.b[0], 8);
}

static void jobs_still_waiting_at_close_are_completed_first(void **state)
{
    struct world *world = *state;
    struct item items[20] = {0};
    struct hw_job jobs[20] = {0};
    static char titles[20][16];
    open_store(world, true);
    for (size_t i = 0; i < 20; i++) {
        snprintf(titles[i], sizeof titles[i], "late %zu", i);
        items[i] = (struct item){.title = titles[i]};
        jobs[i] = (struct hw_job){.write = true, .run = write_item, .done = item_done, .self = &items[i]};
        hw_store_submit(world->store, &jobs[i]);
    }
    hw_store_close(world->store);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(items[i].done, 1);
    open_store(world, false);
    assert_int_equal(counted(world).items, 20);
}

/* A limit on the database's pages stands for a full disk. */
static void on_a_full_disk_nothing_is_half_saved_and_it_goes_on_afterwards(void **state)
{
    struct world *world = *state;
    char *big = malloc(60001);
    memset(big, 'x', 60000);
    big[60000] = 0;
    big[3999] = 0; /* the title's limit */
    open_store(world, false);
    assert_int_equal(now(world, &(struct item){.title = "before"}), HW_OK);
    struct count before = counted(world);
    assert_int_equal(sqlite3_exec(world->store->db, "PRAGMA max_page_count = 1", NULL, NULL, NULL), SQLITE_OK);
    enum hw_status status = HW_OK;
    for (int i = 0; i < 50 && status == HW_OK; i++) {
        big[0] = (char)('a' + i % 26);
        big[1] = (char)('a' + i / 26);
        status = now(world, &(struct item){.title = big});
    }
    assert_int_equal(status, HW_NO_SPACE);
    struct count during = counted(world);
    assert_true(during.tip.own_tip == during.tip.own_admitted); /* whole events alone */
    assert_int_equal((int64_t)during.tip.own_tip, during.items);
    assert_true(during.items >= before.items);
    assert_int_equal(sqlite3_exec(world->store->db, "PRAGMA max_page_count = 1000000", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(now(world, &(struct item){.title = "after"}), HW_OK);
    assert_int_equal(counted(world).items, during.items + 1);
    free(big);
}

/* What SQLite does by itself when the disk fails under a statement, met by a job that does not look. */
static enum hw_status look_away(struct hw_tx *tx, void *self, struct hw_err *err)
{
    if (sqlite3_exec(tx->store->db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
        return hw_fail(err, HW_USAGE, "there is no transaction");
    enum hw_status status = write_item(tx, self, NULL);
    return status == HW_IO ? HW_OK : status;
}

static void when_the_database_gives_a_transaction_up_nothing_is_written_outside_of_it(void **state)
{
    struct world *world = *state;
    struct item items[] = {{.title = "one"}, {.title = "two"}, {.title = "three"}};
    struct hw_job jobs[] = {{.write = true, .run = write_item, .done = item_done, .self = &items[0]},
                            {.write = true, .run = look_away, .done = item_done, .self = &items[1]},
                            {.write = true, .run = write_item, .done = item_done, .self = &items[2]}};
    open_store(world, false);
    for (size_t i = 0; i < 3; i++)
        hw_store_submit(world->store, &jobs[i]);
    assert_true(hw_store_turn(world->store));
    hw_store_collect(world->store);
    assert_int_equal(items[0].status, HW_OK);
    assert_int_equal(items[1].status, HW_IO);
    assert_int_equal(items[2].status, HW_OK);
    hw_store_close(world->store);
    open_store(world, false);
    assert_int_equal(counted(world).items, 2);
    assert_int_equal(counted(world).tip.own_tip, 2);
    assert_int_equal(counted(world).tip.own_sealed, 2);
}

static void power_loss_settings_are_in_force(void **state)
{
    struct world *world = *state;
    sqlite3_stmt *statement;
    open_store(world, false);
    assert_int_equal(sqlite3_prepare_v2(world->store->db, "SELECT * FROM pragma_synchronous, pragma_journal_mode", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(statement, 0), 2); /* FULL */
    assert_string_equal((const char *)sqlite3_column_text(statement, 1), "wal");
    sqlite3_finalize(statement);
}

static enum hw_status put_word(struct hw_tx *tx, void *self, struct hw_err *err)
{
    return hw_tx_put(tx, "word", hw_slice_text(self), err);
}

static void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 20];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    size_t n = fread(bytes, 1, sizeof bytes, in);
    assert_int_equal(fwrite(bytes, 1, n, out), n);
    fclose(in);
    fclose(out);
}

/* Of a daemon that was killed the log alone may have the last commits, and no sync was waited for. */
static void what_a_killed_process_left_is_on_the_disk_before_it_counts(void **state)
{
    struct world *world = *state, left = *world;
    static const char *const names[] = {"left.db", "left.db-wal", "left.db-shm", "alone.db", "alone.db-wal", "alone.db-shm"};
    char paths[6][160], log[160];
    struct hw_job job = {.write = true, .run = put_word, .self = (void *)(uintptr_t)"kept"};
    sqlite3 *db;
    sqlite3_stmt *statement;
    for (size_t i = 0; i < 6; i++)
        snprintf(paths[i], sizeof paths[i], "%s/%s", world->dir, names[i]);
    open_store(world, false);
    assert_int_equal(hw_store_now(world->store, &job, NULL), HW_OK);
    snprintf(log, sizeof log, "%s-wal", world->path);
    copy_file(world->path, paths[0]);
    copy_file(log, paths[1]);
    memcpy(left.path, paths[0], sizeof left.path);
    open_store(&left, false);
    copy_file(paths[0], paths[3]); /* the database alone, without its log */
    assert_int_equal(sqlite3_open_v2(paths[3], &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT value FROM node WHERE key = 'word'", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    hw_store_close(left.store);
    for (size_t i = 0; i < 6; i++)
        unlink(paths[i]);
}

static enum hw_status be_reborn(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct hw_identity identity = ((struct world *)self)->identity;
    (void)err;
    memset(identity.inc.b, 9, sizeof identity.inc.b);
    hw_tx_identify(tx, &identity);
    return HW_OK;
}

static enum hw_status fail_after(struct hw_tx *tx, void *self, struct hw_err *err)
{
    enum hw_status status = self ? be_reborn(tx, self, err) : HW_OK;
    return status ? status : hw_fail(err, HW_USAGE, "fails on purpose");
}

static void nobody(void *self, enum hw_status status, const struct hw_err *err)
{
    (void)self;
    (void)status;
    (void)err;
}

static void a_rebirth_stands_when_the_next_job_of_its_batch_fails(void **state)
{
    struct world *world = *state;
    struct hw_job rebirth = {.write = true, .run = be_reborn, .done = nobody, .self = world};
    struct hw_job failing = {.write = true, .run = fail_after, .done = nobody};
    open_store(world, false);
    hw_store_submit(world->store, &rebirth);
    hw_store_submit(world->store, &failing);
    assert_true(hw_store_turn(world->store));
    hw_store_collect(world->store);
    assert_int_equal(failing.status, HW_USAGE);
    assert_int_equal(world->store->self.inc.b[0], 9);
}

static void a_rebirth_that_fails_is_undone(void **state)
{
    struct world *world = *state;
    struct hw_job failing = {.write = true, .run = fail_after, .self = world};
    open_store(world, false);
    assert_int_equal(hw_store_now(world->store, &failing, NULL), HW_USAGE);
    assert_int_equal(world->store->self.inc.b[0], 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_saved_is_there_after_reopening),
        TEST(the_gates_own_events_are_sealed_and_admitted_at_once),
        TEST(an_office_keeps_drafts_until_it_sends),
        TEST(a_failed_job_leaves_no_trace),
        TEST(jobs_in_one_batch_succeed_and_fail_each_by_itself),
        TEST(a_rebirth_stands_when_the_next_job_of_its_batch_fails),
        TEST(a_rebirth_that_fails_is_undone),
        TEST(a_job_that_fails_takes_no_incarnation_back_but_its_own),
        TEST(jobs_still_waiting_at_close_are_completed_first),
        TEST(on_a_full_disk_nothing_is_half_saved_and_it_goes_on_afterwards),
        TEST(when_the_database_gives_a_transaction_up_nothing_is_written_outside_of_it),
        TEST(power_loss_settings_are_in_force),
        TEST(what_a_killed_process_left_is_on_the_disk_before_it_counts),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
