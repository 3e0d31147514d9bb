/* test_schema.c: the schema's ids and names are promises; and its look-ups. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "headway/schema.h"

/* What has been given out. Lines are only ever added at the end of a kind; a
 * change to one breaks every replica there is. Fields stand in the order of
 * their ids, from 3 (1 is archived, 2 is source). */
static const struct {
    uint16_t id;
    const char *name;
    const char *fields;
} released[] = {
    {1, "office", "code text|name text|kind enum|countries country{}|languages text{}|addresses text{}|curve_key bytes|"
                  "cadence integer|state enum|reason text|next_key bytes"},
    {2, "incarnation", "office ref|life bytes|sign_key bytes|since time|reason enum|number integer|"
                       "ended text|curve_key bytes"},
    {3, "region", "code text|name text|scheme text|countries country{}"},
    {4, "grant", "office ref|scope text|role enum|countries country{}"},
    {5, "group", "code text|gate text|name text|kind enum|purpose text|parent text|region text|countries country{}|"
                 "founded time|language text"},
    {6, "member", "organisation text|role enum|person text|state enum|countries country{}"},
    {7, "participation", "country country|since time|state enum|supporter text"},
    {8, "plan", "code text|title text|state enum|period time|version text|language text|date_order enum"},
    {9, "review", "plan ref|office ref|period time|text text"},
    {10, "item", "plan ref|parent ref|number text|rank integer|type enum|title text|description text|countries country{}|"
                 "responsible text{}|deadline time|completed_on time|status enum|reason text|continues ref|"
                 "progress integer|themes text{}|references text{}"},
    {11, "comment", "on ref|text text|language text"},
    {12, "resource", "type enum|title text|edition text|date time|countries country{}|themes text{}|link text|"
                     "description text|state enum"},
    {13, "meeting", "title text|type enum|date time|place text|countries country{}|outcome text"},
};

static const char *type_name(enum hw_type type)
{
    static const char *const names[] = {
        [HW_TYPE_TEXT] = "text", [HW_TYPE_INTEGER] = "integer", [HW_TYPE_BOOL] = "bool", [HW_TYPE_ENUM] = "enum",
        [HW_TYPE_TIME] = "time", [HW_TYPE_REF] = "ref", [HW_TYPE_COUNTRY] = "country", [HW_TYPE_BYTES] = "bytes",
    };
    return names[type];
}

static void ids_and_names_are_those_given_out(void **state)
{
    (void)state;
    assert_int_equal(hw_schema_n, sizeof released / sizeof released[0]);
    struct hw_arena arena;
    hw_arena_init(&arena);
    for (size_t i = 0; i < hw_schema_n; i++) {
        const struct hw_kind *kind = &hw_schema[i];
        assert_int_equal(kind->id, released[i].id);
        assert_string_equal(kind->name, released[i].name);
        const char *fields = "";
        for (size_t f = 2; f < kind->fields_n; f++)
            fields = hw_arena_printf(&arena, "%s%s%s %s%s", fields, f > 2 ? "|" : "", kind->fields[f].name,
                                     type_name(kind->fields[f].type), kind->fields[f].set ? "{}" : "");
        assert_string_equal(fields, released[i].fields);
    }
    hw_arena_done(&arena);
}

static void ids_run_from_one_and_every_record_has_archived_and_source(void **state)
{
    (void)state;
    for (size_t i = 0; i < hw_schema_n; i++) {
        const struct hw_kind *kind = &hw_schema[i];
        assert_int_equal(kind->id, i + 1);
        for (size_t f = 0; f < kind->fields_n; f++)
            assert_int_equal(kind->fields[f].id, f + 1);
        assert_string_equal(hw_field_by_id(kind, HW_FIELD_ARCHIVED)->name, "archived");
        assert_int_equal(hw_field_by_id(kind, HW_FIELD_ARCHIVED)->type, HW_TYPE_BOOL);
        assert_string_equal(hw_field_by_id(kind, HW_FIELD_SOURCE)->name, "source");
        assert_int_equal(hw_field_by_id(kind, HW_FIELD_SOURCE)->limit, 4096);
        assert_int_equal(kind->directory, kind->id <= HW_KIND_GROUP);
    }
}

/* Columns that every table has besides its fields (model.md). */
static void no_field_takes_a_name_that_every_record_has(void **state)
{
    (void)state;
    for (size_t i = 0; i < hw_schema_n; i++) {
        assert_null(hw_field_find(&hw_schema[i], hw_slice_text("id")));
        assert_null(hw_field_find(&hw_schema[i], hw_slice_text("group")));
        assert_null(hw_field_find(&hw_schema[i], hw_slice_text("meta")));
        for (size_t f = 0; f < hw_schema[i].fields_n; f++)
            assert_ptr_equal(hw_field_named(&hw_schema[i], hw_schema[i].fields[f].name), &hw_schema[i].fields[f]);
    }
}

static void every_field_says_what_its_type_needs(void **state)
{
    (void)state;
    for (size_t i = 0; i < hw_schema_n; i++) {
        for (size_t f = 0; f < hw_schema[i].fields_n; f++) {
            const struct hw_field *field = &hw_schema[i].fields[f];
            assert_int_equal(field->words != NULL, field->type == HW_TYPE_ENUM);
            assert_true(field->type == HW_TYPE_REF || field->ref_kind == 0);
            assert_true(field->ref_kind == 0 || hw_kind_by_id(field->ref_kind) != NULL);
            /* One value with its names must fit an event of 64 KiB. */
            assert_true(field->limit > 0 && (field->type == HW_TYPE_INTEGER || field->limit <= 60000));
            assert_true(field->help[0] != '\0' && field->help[strlen(field->help) - 1] != '.');
        }
        assert_true(hw_schema[i].help[0] != '\0');
    }
}

static void limits_are_those_agreed(void **state)
{
    (void)state;
    static const struct {
        uint16_t kind;
        const char *field;
        uint32_t limit;
    } limits[] = {
        {HW_KIND_ITEM, "title", 4000}, {HW_KIND_ITEM, "description", 32000}, {HW_KIND_ITEM, "responsible", 500},
        {HW_KIND_ITEM, "deadline", 500}, {HW_KIND_ITEM, "progress", 100}, {HW_KIND_COMMENT, "text", 60000},
        {HW_KIND_GROUP, "code", 32}, {HW_KIND_PLAN, "code", 64}, {HW_KIND_OFFICE, "curve_key", 32},
        {HW_KIND_INCARNATION, "life", 8}, {HW_KIND_INCARNATION, "sign_key", 32}, {HW_KIND_ITEM, "countries", 3},
        {HW_KIND_ITEM, "plan", 10},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        assert_int_equal(hw_field_named(hw_kind_by_id(limits[i].kind), limits[i].field)->limit, limits[i].limit);
}

static void kinds_and_fields_are_found(void **state)
{
    (void)state;
    const struct hw_kind *item = hw_kind_find(hw_slice_text("Items"));
    assert_ptr_equal(item, hw_kind_by_id(HW_KIND_ITEM));
    assert_ptr_equal(item, hw_kind_find(hw_slice_text("item")));
    assert_string_equal(hw_field_find(item, hw_slice_text("Completed-On"))->name, "completed_on");
    assert_string_equal(hw_field_find(item, hw_slice_text("completed on"))->name, "completed_on");
    assert_int_equal(hw_field_named(item, "plan")->ref_kind, HW_KIND_PLAN);
    assert_int_equal(hw_field_find(hw_kind_by_id(HW_KIND_COMMENT), hw_slice_text("on"))->ref_kind, 0);
    assert_null(hw_field_find(item, hw_slice_text("completed")));
    assert_null(hw_field_find(item, hw_slice_text("")));
    assert_null(hw_kind_find(hw_slice_text("itemx")));
}

static void ids_of_a_newer_version_are_unknown(void **state)
{
    (void)state;
    const struct hw_kind *item = hw_kind_by_id(HW_KIND_ITEM);
    assert_null(hw_kind_by_id(0));
    assert_null(hw_kind_by_id(14));
    assert_null(hw_kind_by_id(UINT16_MAX));
    assert_null(hw_field_by_id(item, 0));
    assert_null(hw_field_by_id(item, (uint16_t)(item->fields_n + 1)));
    assert_null(hw_field_by_id(item, UINT16_MAX));
}

static const char *nearest(const char *text)
{
    static const char *const words[] = {"status", "deadline", "responsible", "completed_on", "title", "échéance"};
    return hw_nearest(hw_slice_text(text), words, sizeof words / sizeof words[0]);
}

static void a_slip_of_the_hand_has_a_nearest_word(void **state)
{
    (void)state;
    assert_string_equal(nearest("staus"), "status");     /* one missing */
    assert_string_equal(nearest("statsu"), "status");    /* two exchanged */
    assert_string_equal(nearest("deadlne"), "deadline");
    assert_string_equal(nearest("Dead-line"), "deadline");
    assert_string_equal(nearest("responsable"), "responsible");
    assert_string_equal(nearest("COMPLETED ON"), "completed_on");
    assert_string_equal(nearest("echeanse"), "échéance");
    assert_null(nearest("budget"));
    assert_null(nearest("st"));
    assert_null(nearest(""));
    assert_null(nearest("   "));
    assert_null(nearest("a sentence of many words that is far too long to be the name of any field at all, really"));
    assert_null(hw_nearest(hw_slice_text("status"), NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_and_names_are_those_given_out),
        cmocka_unit_test(ids_run_from_one_and_every_record_has_archived_and_source),
        cmocka_unit_test(no_field_takes_a_name_that_every_record_has),
        cmocka_unit_test(every_field_says_what_its_type_needs),
        cmocka_unit_test(limits_are_those_agreed),
        cmocka_unit_test(kinds_and_fields_are_found),
        cmocka_unit_test(ids_of_a_newer_version_are_unknown),
        cmocka_unit_test(a_slip_of_the_hand_has_a_nearest_word),
    };
    return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
