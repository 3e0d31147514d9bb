/* Upgrades: a database that was made for a smaller schema gets what it lacks, filled from the events, and one for a larger
 * schema is refused. */
#include "store_world.h"

static void write_title(struct world *world, const char *title)
{
    assert_int_equal(now(world, &(struct item){.title = title}), HW_OK);
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
    world->identity.gate = false;
    open_store(world, false);
    write_title(world, (char[]){"one"});
    write_title(world, (char[]){"two"});
    text_of_schema(world->store->db, &fresh);
    struct hw_job late = {.write = true, .keeps = true, .run = write_item, .self = &(struct item){.title = "three"}};
    assert_int_equal(hw_store_now(world->store, &late, NULL), HW_OK);
    make_older(world); /* where the row of the last one, which is owed, has no place */
    hw_store_close(world->store);
    open_store(world, false);
    text_of_schema(world->store->db, &again);
    assert_string_equal(fresh, again);
    text_of(world->store->db, "SELECT group_concat(title, ' and ') FROM (SELECT title FROM item ORDER BY 1)", &title);
    assert_string_equal(title, "one and three and two");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tables_that_lack_kinds_and_fields_are_made_anew_from_the_events),
        TEST(a_database_with_more_fields_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
