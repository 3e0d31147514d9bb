/* test_doc.c: documents of the local protocol become JSON, and nothing else
 * does. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "client/doc.h"

/* The JSON text of what was written, or NULL when it is no document. */
static char *json_of(struct hw_out *out)
{
    struct hw_in in = hw_in_of(hw_out_slice(out));
    json_t *doc = hw_doc_read(&in);
    char *text = doc && hw_in_end(&in) ? json_dumps(doc, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_decref(doc);
    hw_out_done(out);
    return text;
}

static void a_map_keeps_its_order_and_types(void **state)
{
    struct hw_out out;
    (void)state;
    hw_out_init(&out);
    hw_put_map(&out, 6);
    hw_put_text(&out, "zebra");
    hw_put_int(&out, -5);
    hw_put_text(&out, "a");
    hw_put_bool(&out, true);
    hw_put_text(&out, "none");
    hw_put_null(&out);
    hw_put_text(&out, "half");
    hw_put_double(&out, 0.5);
    hw_put_text(&out, "list");
    hw_put_array(&out, 2);
    hw_put_text(&out, "é\n\"");
    hw_put_uint(&out, 7);
    hw_put_text(&out, "empty");
    hw_put_map(&out, 0);
    char *text = json_of(&out);
    assert_string_equal(text,
                        "{\"zebra\":-5,\"a\":true,\"none\":null,\"half\":0.5,\"list\":[\"é\\n\\\"\",7],\"empty\":{}}");
    free(text);
}

static void open_arrays_and_maps_end_where_they_are_closed(void **state)
{
    struct hw_out out;
    (void)state;
    hw_out_init(&out);
    hw_put_array_open(&out);
    hw_put_map_open(&out);
    hw_put_text(&out, "k");
    hw_put_uint(&out, 1);
    hw_put_close(&out);
    hw_put_uint(&out, 2);
    hw_put_close(&out);
    char *text = json_of(&out);
    assert_string_equal(text, "[{\"k\":1},2]");
    free(text);
}

static void bytes_are_no_document(void **state)
{
    struct hw_out out;
    (void)state;
    hw_out_init(&out);
    hw_put_array(&out, 1);
    hw_put_bytes(&out, "x", 1);
    assert_null(json_of(&out));
}

static void a_key_that_is_no_text_is_no_document(void **state)
{
    struct hw_out out;
    (void)state;
    hw_out_init(&out);
    hw_put_map(&out, 1);
    hw_put_uint(&out, 1);
    hw_put_uint(&out, 2);
    assert_null(json_of(&out));
}

static void an_array_without_its_end_is_no_document(void **state)
{
    struct hw_out out;
    (void)state;
    hw_out_init(&out);
    hw_put_array_open(&out);
    hw_put_uint(&out, 1);
    assert_null(json_of(&out));
}

static void nesting_is_bounded(void **state)
{
    struct hw_out out;
    (void)state;
    hw_out_init(&out);
    for (int i = 0; i < 1000; i++)
        hw_put_array(&out, 1);
    hw_put_uint(&out, 1);
    assert_null(json_of(&out));
}

static void members_that_are_missing_read_as_nothing(void **state)
{
    json_t *doc = json_pack("{s:s, s:i, s:n}", "name", "KAZ", "n", 3, "gone");
    (void)state;
    assert_string_equal(hw_doc_text(doc, "name"), "KAZ");
    assert_string_equal(hw_doc_text(doc, "n"), "");
    assert_string_equal(hw_doc_text(doc, "absent"), "");
    assert_int_equal(hw_doc_int(doc, "n"), 3);
    assert_int_equal(hw_doc_int(doc, "name"), 0);
    assert_false(hw_doc_has(doc, "gone"));
    assert_null(hw_doc_list(doc, "name"));
    assert_string_equal(hw_doc_text(NULL, "name"), "");
    json_decref(doc);
}

static void lists_and_times_become_one_line(void **state)
{
    struct hw_arena arena;
    json_t *doc = json_pack("{s:[s,s], s:{s:s,s:s}, s:b}", "countries", "KAZ", "TJK", "deadline", "raw", "2016/12", "edtf",
                            "2016-12", "archived", 1);
    (void)state;
    hw_arena_init(&arena);
    assert_string_equal(hw_doc_line(&arena, doc, "countries"), "KAZ, TJK");
    assert_string_equal(hw_doc_line(&arena, doc, "deadline"), "2016/12");
    assert_string_equal(hw_doc_line(&arena, doc, "archived"), "yes");
    assert_string_equal(hw_doc_line(&arena, doc, "absent"), "");
    hw_arena_done(&arena);
    json_decref(doc);
}

static void rows_make_one_array(void **state)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    struct hw_doc_rows rows;
    json_t *row = json_pack("{s:i}", "n", 1);
    (void)state;
    hw_doc_rows_open(&rows, to);
    hw_doc_rows_close(&rows);
    hw_doc_rows_open(&rows, to);
    hw_doc_rows_add(&rows, row);
    hw_doc_rows_add(&rows, row);
    hw_doc_rows_close(&rows);
    fclose(to);
    assert_string_equal(text, "[]\n[\n{\"n\":1},\n{\"n\":1}\n]\n");
    free(text);
    json_decref(row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_keeps_its_order_and_types),
        cmocka_unit_test(open_arrays_and_maps_end_where_they_are_closed),
        cmocka_unit_test(bytes_are_no_document),
        cmocka_unit_test(a_key_that_is_no_text_is_no_document),
        cmocka_unit_test(an_array_without_its_end_is_no_document),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(members_that_are_missing_read_as_nothing),
        cmocka_unit_test(lists_and_times_become_one_line),
        cmocka_unit_test(rows_make_one_array),
    };
    return cmocka_run_group_tests_name("doc", tests, NULL, NULL);
}
