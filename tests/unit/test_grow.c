/* Upgrades: a database that was made for a smaller schema gets what it lacks, filled from the events, and one for a larger
 * schema is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

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
};

static void open_store(struct world *world)
{
    struct hw_err err;
    if (hw_store_open(world->path, NULL, NULL, &world->store, &err) != HW_OK)
        fail_msg("%s", err.text);
    hw_store_identify(world->store, &world->identity);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_true(sodium_init() >= 0);
    snprintf(world->dir, sizeof world->dir, "/tmp/headway-grow-XXXXXX");
    assert_non_null(mkdtemp(world->dir));
    snprintf(world->path, sizeof world->path, "%s/headway.db", world->dir);
    snprintf(world->identity.office, sizeof world->identity.office, "HQ");
    world->identity.gate = world->identity.enrolled = true;
    world->identity.life = 1;
    memset(world->identity.inc.b, 7, sizeof world->identity.inc.b);
    crypto_sign_keypair(world->identity.sign_public, world->identity.sign_secret);
    crypto_sign_keypair(world->identity.root, world->identity.root_secret);
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
    free(world);
    return 0;
}

static enum hw_status write_item(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct hw_slice name = hw_slice_text(self);
    struct hw_edit *edit = hw_arena_alloc(hw_tx_arena(tx), sizeof *edit);
    struct hw_id id = hw_id_derive("test", &name, 1);
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_ITEM, &id, "g", err);
    if (!status)
        status = hw_edit_put(edit, "title", self, err);
    return status ? status : hw_edit_write(edit, hw_tx_next_change(tx), "tester", err);
}

static void write_title(struct world *world, char *title)
{
    struct hw_job job = {.write = true, .run = write_item, .self = title};
    assert_int_equal(hw_store_now(world->store, &job, NULL), HW_OK);
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
    open_store(world);
    write_title(world, (char[]){"one"});
    write_title(world, (char[]){"two"});
    text_of_schema(world->store->db, &fresh);
    make_older(world);
    hw_store_close(world->store);
    open_store(world);
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
    open_store(world);
    assert_int_equal(sqlite3_exec(world->store->db, "UPDATE node SET value = CAST(value || x'01' AS BLOB) WHERE key = 'schema'",
                                  NULL, NULL, NULL), SQLITE_OK);
    hw_store_close(world->store);
    world->store = NULL;
    assert_int_equal(hw_store_open(world->path, NULL, NULL, &store, &err), HW_VERSION);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tables_that_lack_kinds_and_fields_are_made_anew_from_the_events),
        TEST(a_database_with_more_fields_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
