/* The store: what is saved is committed, one job's failure takes nobody else
 * with it, and the log is never scanned. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/store_edit.h"
#include "daemon/store_internal.h"
#include "daemon/store_verify.h"

struct world {
    char dir[64], path[128];
    struct hw_store *store;
    struct hw_identity identity;
    int wake[2]; /* pipe: a byte for each wake-up of the store thread */
};

static void wake(void *self)
{
    struct world *world = self;
    assert_int_equal(write(world->wake[1], "x", 1), 1);
}

static void open_store(struct world *world, bool threaded)
{
    struct hw_err err;
    if (hw_store_open(world->path, threaded ? wake : NULL, world, &world->store, &err) != HW_OK)
        fail_msg("%s", err.text);
    hw_store_identify(world->store, &world->identity);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_true(sodium_init() >= 0);
    snprintf(world->dir, sizeof world->dir, "/tmp/headway-store-XXXXXX");
    assert_non_null(mkdtemp(world->dir));
    snprintf(world->path, sizeof world->path, "%s/headway.db", world->dir);
    snprintf(world->identity.office, sizeof world->identity.office, "HQ");
    world->identity.gate = world->identity.enrolled = true;
    world->identity.life = 1;
    memset(world->identity.inc.b, 7, sizeof world->identity.inc.b);
    crypto_sign_keypair(world->identity.sign_public, world->identity.sign_secret);
    crypto_sign_keypair(world->identity.root, world->identity.root_secret);
    assert_int_equal(pipe(world->wake), 0);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    static const char *const ends[] = {"", "-wal", "-shm"};
    hw_store_close(world->store);
    for (size_t i = 0; i < 3; i++) {
        char path[160];
        snprintf(path, sizeof path, "%s%s", world->path, ends[i]);
        unlink(path);
    }
    rmdir(world->dir);
    close(world->wake[0]);
    close(world->wake[1]);
    free(world);
    return 0;
}

/* One job that writes an item; `fail` lets it fail after writing. */
struct item {
    const char *title;
    bool fail;
    int done; /* times `done` was called */
    enum hw_status status;
    struct hw_id id;
};

static enum hw_status write_item(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct item *item = self;
    const struct hw_slice name = hw_slice_text(item->title);
    struct hw_edit *edit = hw_arena_alloc(hw_tx_arena(tx), sizeof *edit);
    item->id = hw_id_derive("test", &name, 1);
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_ITEM, &item->id, "g", err);
    if (!status)
        status = hw_edit_put(edit, "title", item->title, err);
    if (!status)
        status = hw_edit_write(edit, hw_tx_next_change(tx), "tester", err);
    return !status && item->fail ? hw_fail(err, HW_USAGE, "fails on purpose") : status;
}

static void item_done(void *self, enum hw_status status, const struct hw_err *err)
{
    struct item *item = self;
    (void)err;
    item->done++;
    item->status = status;
}

static enum hw_status now(struct world *world, struct item *item)
{
    struct hw_job job = {.write = true, .run = write_item, .self = item};
    return hw_store_now(world->store, &job, NULL);
}

struct count {
    int64_t items;
    struct hw_group_tip tip;
};

static enum hw_status count_items(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct count *count = self;
    struct hw_group_tip *tips;
    size_t n;
    (void)err;
    count->items = hw_tx_count(tx, HW_KIND_ITEM);
    hw_tx_tips(tx, &tips, &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(tips[i].group, "g") == 0)
            count->tip = tips[i];
    return HW_OK;
}

static struct count counted(struct world *world)
{
    struct count count = {0};
    struct hw_job job = {.run = count_items, .self = &count};
    assert_int_equal(hw_store_now(world->store, &job, NULL), HW_OK);
    return count;
}

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

static void text_of_schema(sqlite3 *db, char **text)
{
    sqlite3_stmt *statement;
    struct hw_out out = {0};
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT name, sql FROM sqlite_master ORDER BY name", -1, &statement, NULL),
                     SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW)
        for (int i = 0; i < 2; i++) {
            const char *part = (const char *)sqlite3_column_text(statement, i);
            hw_put_raw(&out, part ? part : "", part ? strlen(part) : 0);
            hw_put_raw(&out, "\n", 1);
        }
    hw_put_raw(&out, "", 1);
    sqlite3_finalize(statement);
    *text = (char *)out.p;
}

static void a_migrated_database_equals_a_fresh_one(void **state)
{
    struct world *world = *state;
    char *fresh, *again;
    open_store(world, false);
    text_of_schema(world->store->db, &fresh);
    hw_store_close(world->store);
    open_store(world, false);
    assert_int_equal(now(world, &(struct item){.title = "one"}), HW_OK);
    struct hw_inc life = world->store->groups[0].life;
    assert_int_equal(sqlite3_exec(world->store->db, "DROP TABLE gate_life; DROP TABLE heading; PRAGMA user_version = 1", NULL, NULL, NULL),
                     SQLITE_OK); /* as version 1 made it */
    hw_store_close(world->store);
    open_store(world, false);
    text_of_schema(world->store->db, &again);
    struct hw_inc kept;
    uint64_t first, last;
    assert_int_equal(hw_gate_life_at(world->store, &world->store->groups[0], 1, &kept, &first, &last, NULL), HW_OK);
    assert_memory_equal(&kept, &life, sizeof kept);
    assert_string_equal(fresh, again);
    free(fresh);
    free(again);
}

static enum hw_status look_over(struct hw_tx *tx, void *self, struct hw_err *err)
{
    return hw_tx_verify(tx, self, err);
}

static void text_of(sqlite3 *db, const char *sql, char **text)
{
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    *text = strdup((const char *)sqlite3_column_text(row, 0));
    sqlite3_finalize(row);
}

/* As the release before the last field of items and the last kind has left it. */
static void make_older(struct world *world)
{
    char sql[300];
    const struct hw_kind *item = hw_kind_by_id(HW_KIND_ITEM), *last = &hw_schema[hw_schema_n - 1];
    uint8_t made[32];
    for (size_t i = 0; i < hw_schema_n; i++)
        made[i] = (uint8_t)(hw_schema[i].fields_n - (&hw_schema[i] == item));
    snprintf(sql, sizeof sql, "ALTER TABLE item DROP COLUMN \"%s\"; DROP TABLE \"%s\"", item->fields[item->fields_n - 1].name,
             last->name);
    assert_int_equal(sqlite3_exec(world->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_stmt *note = NULL;
    assert_int_equal(sqlite3_prepare_v2(world->store->db, "UPDATE node SET value = ?1 WHERE key = 'schema'", -1, &note, NULL),
                     SQLITE_OK);
    sqlite3_bind_blob(note, 1, made, (int)hw_schema_n - 1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(note), SQLITE_DONE);
    assert_int_equal(sqlite3_changes(world->store->db), 1);
    sqlite3_finalize(note);
}

static void tables_that_lack_kinds_and_fields_are_made_anew_from_the_events(void **state)
{
    struct world *world = *state;
    char *fresh, *again, *title;
    open_store(world, false);
    assert_int_equal(now(world, &(struct item){.title = "one"}), HW_OK);
    assert_int_equal(now(world, &(struct item){.title = "two"}), HW_OK);
    text_of_schema(world->store->db, &fresh);
    make_older(world);
    hw_store_close(world->store);
    open_store(world, false);
    text_of_schema(world->store->db, &again);
    assert_string_equal(fresh, again);
    text_of(world->store->db, "SELECT group_concat(title, ' and ') FROM (SELECT title FROM item ORDER BY 1)", &title);
    assert_string_equal(title, "one and two");
    struct hw_verified result;
    struct hw_job job = {.run = look_over, .self = &result};
    assert_int_equal(hw_store_now(world->store, &job, NULL), HW_OK);
    assert_int_equal(result.faults_all, 0);
    free(fresh);
    free(again);
    free(title);
}

static void a_database_with_more_fields_is_refused(void **state)
{
    struct world *world = *state;
    struct hw_err err;
    struct hw_store *store;
    open_store(world, false);
    assert_int_equal(sqlite3_exec(world->store->db, "UPDATE node SET value = CAST(value || x'01' AS BLOB) WHERE key = 'schema'",
                                  NULL, NULL, NULL), SQLITE_OK);
    hw_store_close(world->store);
    world->store = NULL;
    assert_int_equal(hw_store_open(world->path, NULL, NULL, &store, &err), HW_VERSION);
}

static void a_newer_database_is_refused_with_its_version(void **state)
{
    struct world *world = *state;
    struct hw_err err;
    struct hw_store *store;
    open_store(world, false);
    assert_int_equal(sqlite3_exec(world->store->db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
    hw_store_close(world->store);
    world->store = NULL;
    assert_int_equal(hw_store_open(world->path, NULL, NULL, &store, &err), HW_VERSION);
    assert_non_null(strstr(err.text, "99"));
}

static void every_field_of_the_schema_has_its_columns(void **state)
{
    struct world *world = *state;
    open_store(world, false);
    for (size_t i = 0; i < hw_schema_n; i++)
        for (size_t f = 0; f < hw_schema[i].fields_n; f++) {
            char sql[200];
            sqlite3_stmt *statement;
            snprintf(sql, sizeof sql, "SELECT \"%s\" FROM \"%s\"", hw_schema[i].fields[f].name, hw_schema[i].name);
            assert_int_equal(sqlite3_prepare_v2(world->store->db, sql, -1, &statement, NULL), SQLITE_OK);
            sqlite3_finalize(statement);
        }
}

static void counting_by_status_works_in_the_shell(void **state)
{
    struct world *world = *state;
    sqlite3_stmt *statement;
    open_store(world, false);
    assert_int_equal(now(world, &(struct item){.title = "one"}), HW_OK);
    assert_int_equal(sqlite3_prepare_v2(world->store->db, "SELECT status, count(*) FROM item GROUP BY 1", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(statement, 1), 1);
    sqlite3_finalize(statement);
}

/* The tables that grow with every event. */
static bool of_the_log(const char *plan)
{
    static const char *const tables[] = {"SCAN segment", "SCAN journal", "SCAN draft", "SCAN touch", "SCAN verdict",
                                         "SCAN admit"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        size_t n = strlen(tables[i]);
        if (strncmp(plan, tables[i], n) == 0 && (plan[n] == 0 || plan[n] == ' '))
            return true;
    }
    return false;
}

static bool plan_scans_the_log(sqlite3 *db, const char *sql)
{
    char explain[2000];
    sqlite3_stmt *statement;
    bool scans = false;
    snprintf(explain, sizeof explain, "EXPLAIN QUERY PLAN %s", sql);
    if (sqlite3_prepare_v2(db, explain, -1, &statement, NULL) != SQLITE_OK)
        return false; /* BEGIN and its like have no plan */
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const char *plan = (const char *)sqlite3_column_text(statement, 3);
        scans = scans || of_the_log(plan ? plan : "");
    }
    sqlite3_finalize(statement);
    return scans;
}

static void no_statement_scans_the_log(void **state)
{
    struct world *world = *state;
    open_store(world, false);
    for (int i = 0; i < SQL_COUNT; i++) {
        const char *sql = sqlite3_sql(world->store->sql[i]);
        if (plan_scans_the_log(world->store->db, sql))
            fail_msg("scans the log: %s", sql);
    }
    /* and the checker sees one when there is one */
    assert_true(plan_scans_the_log(world->store->db, "SELECT count(*) FROM segment WHERE n = 3"));
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
        TEST(a_migrated_database_equals_a_fresh_one),
        TEST(tables_that_lack_kinds_and_fields_are_made_anew_from_the_events),
        TEST(a_database_with_more_fields_is_refused),
        TEST(a_newer_database_is_refused_with_its_version),
        TEST(every_field_of_the_schema_has_its_columns),
        TEST(counting_by_status_works_in_the_shell),
        TEST(no_statement_scans_the_log),
        TEST(power_loss_settings_are_in_force),
        TEST(what_a_killed_process_left_is_on_the_disk_before_it_counts),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
