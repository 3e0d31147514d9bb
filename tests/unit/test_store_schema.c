/* test_store_schema.c: the tables of the store: made, migrated, grown, and
 * asked without a scan of the log. */
#include "store_world.h"

#include "headway/value.h"

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
    assert_int_equal(sqlite3_exec(world->store->db, "DROP TABLE gate_life; DROP TABLE heading; DROP TABLE snapshot; DROP TABLE chunk; DROP TABLE kept; DROP TABLE passed; PRAGMA user_version = 1", NULL, NULL, NULL),
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

static enum hw_status read_title(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct item *item = self;
    const struct hw_field *title = hw_field_named(hw_kind_by_id(HW_KIND_ITEM), "title");
    struct hw_record *record;
    struct hw_value value;
    enum hw_status status = hw_tx_record(tx, HW_KIND_ITEM, &item->id, "g", &record, err);
    if (!status)
        assert_true(hw_value_read(title, hw_row_value(&record->row, title->id), &value) &&
                    hw_slice_is(value.text, item->title));
    return status;
}

static int64_t number_of(struct world *world, const char *sql)
{
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(world->store->db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* Of any length of its CBOR head. */
static void a_text_stands_in_its_column_alone(void **state)
{
    struct world *world = *state;
    static const size_t lengths[] = {12, 23, 24, 255, 256, 300};
    open_store(world, false);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char text[301];
        memset(text, 'x', lengths[i]);
        text[lengths[i]] = 0;
        struct item item = {.title = text};
        struct hw_job job = {.run = read_title, .self = &item};
        assert_int_equal(now(world, &item), HW_OK);
        assert_int_equal(hw_store_now(world->store, &job, NULL), HW_OK);
    }
    assert_int_equal(number_of(world, "SELECT count(*) FROM item WHERE instr(meta, CAST(title AS BLOB)) > 0"), 0);
    assert_int_equal(number_of(world, "SELECT max(length(meta)) < 200 FROM item"), 1);
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
        const char *sql = sqlite3_sql(hw_sql(world->store, (enum hw_sql)i));
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
        TEST(a_text_stands_in_its_column_alone),
        TEST(no_statement_scans_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
