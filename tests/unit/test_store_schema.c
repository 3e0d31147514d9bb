/* test_store_schema.c: the tables of the store: made, migrated, grown, and
 * asked without a scan of the log. */
#include "store_world.h"

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
    assert_int_equal(sqlite3_exec(world->store->db, "DROP TABLE gate_life; DROP TABLE heading; DROP TABLE snapshot; DROP TABLE chunk; DROP TABLE kept; PRAGMA user_version = 1", NULL, NULL, NULL),
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_migrated_database_equals_a_fresh_one),
        TEST(every_field_of_the_schema_has_its_columns),
        TEST(counting_by_status_works_in_the_shell),
        TEST(no_statement_scans_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
