/* test_store_wal.c: the write-ahead log of a daemon has room before it is needed, is copied into the database now and then, and what
 * lies behind its end is not taken for changes. */
#include "store_world.h"

#include <sys/stat.h>

enum { SOME = 256 * 1024, MOST = 20 * 1024 * 1024 };

static off_t size_of(const struct world *world, const char *end)
{
    struct stat found;
    char path[160];
    snprintf(path, sizeof path, "%s%s", world->path, end);
    assert_int_equal(stat(path, &found), 0);
    return found.st_size;
}

static enum hw_status put_much(struct hw_tx *tx, void *self, struct hw_err *err)
{
    static uint8_t much[1 << 20];
    memset(much, *(int *)self, sizeof much); /* pages that stay as they are would not be written */
    return hw_tx_put(tx, "much", (struct hw_slice){much, sizeof much}, err);
}

static void much(struct world *world, int what)
{
    struct hw_job job = {.write = true, .run = put_much, .self = &what};
    assert_int_equal(hw_store_now(world->store, &job, NULL), HW_OK);
}

/* A new database's log holds its tables; the next one begins anew. */
static void open_again(struct world *world)
{
    open_store(world, false);
    hw_store_close(world->store);
    open_store(world, false);
}

static void a_daemons_log_has_room_ahead(void **state)
{
    struct world *world = *state;
    open_again(world);
    world->store->wal_ahead = true;
    assert_int_equal(now(world, &(struct item){.title = "one"}), HW_OK);
    assert_true(size_of(world, "-wal") > SOME);
    much(world, 1);
    off_t room = size_of(world, "-wal");
    assert_true(room > 2 << 20);
    assert_int_equal(now(world, &(struct item){.title = "two"}), HW_OK);
    assert_int_equal(size_of(world, "-wal"), room); /* a commit into it changes no size */
}

static void a_daemons_log_is_begun_before_anybody_waits(void **state)
{
    struct world *world = *state;
    open_again(world);
    assert_int_equal(size_of(world, "-wal"), 0);
    hw_wal_begin(world->store); /* a tool's stays so until it writes */
    assert_int_equal(size_of(world, "-wal"), 0);
    world->store->wal_ahead = true;
    hw_wal_begin(world->store);
    off_t begun = size_of(world, "-wal");
    assert_true(begun > SOME);
    assert_int_equal(now(world, &(struct item){.title = "one"}), HW_OK);
    assert_int_equal(size_of(world, "-wal"), begun);
}

static void a_tools_log_grows_as_it_must(void **state)
{
    struct world *world = *state;
    open_again(world);
    assert_int_equal(now(world, &(struct item){.title = "one"}), HW_OK);
    assert_true(size_of(world, "-wal") < SOME);
}

static void the_log_is_copied_and_begins_again(void **state)
{
    struct world *world = *state;
    open_store(world, false);
    world->store->wal_ahead = true;
    for (int i = 0; i < 60; i++) /* a megabyte each */
        much(world, i);
    assert_true(size_of(world, "") > 1 << 20);
    assert_true(size_of(world, "-wal") < MOST);
}

static void copy(const struct world *world, const char *end, const char *to)
{
    char from[160];
    int c;
    snprintf(from, sizeof from, "%s%s", world->path, end);
    FILE *in = fopen(from, "r"), *out = fopen(to, "w");
    assert_non_null(in);
    assert_non_null(out);
    while ((c = getc(in)) != EOF)
        assert_int_equal(putc(c, out), c);
    assert_int_equal(fclose(out), 0);
    fclose(in);
}

/* As after a crash: the files are copied while the store is open. */
static void what_lies_behind_the_logs_end_does_not_count(void **state)
{
    struct world *world = *state;
    char other[128], log[140];
    open_store(world, false);
    world->store->wal_ahead = true;
    assert_int_equal(now(world, &(struct item){.title = "one"}), HW_OK);
    assert_int_equal(now(world, &(struct item){.title = "two"}), HW_OK);
    snprintf(other, sizeof other, "%s/other.db", world->dir);
    snprintf(log, sizeof log, "%s-wal", other);
    copy(world, "", other);
    copy(world, "-wal", log);
    hw_store_close(world->store);
    struct world crashed = *world;
    snprintf(crashed.path, sizeof crashed.path, "%s", other);
    open_store(&crashed, false);
    assert_int_equal(counted(&crashed).items, 2);
    assert_int_equal(now(&crashed, &(struct item){.title = "three"}), HW_OK);
    hw_store_close(crashed.store);
    unlink(other);
    open_store(world, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_daemons_log_has_room_ahead),
        TEST(a_daemons_log_is_begun_before_anybody_waits),
        TEST(a_tools_log_grows_as_it_must),
        TEST(the_log_is_copied_and_begins_again),
        TEST(what_lies_behind_the_logs_end_does_not_count),
    };
    return cmocka_run_group_tests_name("store wal", tests, NULL, NULL);
}
