/* test_import_rows.c: tables of trackers become the rows of an import, and
 * nothing is lost on the way. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import_file.h"

/* heads */

static void heads_are_found_below_a_preamble(void **state)
{
    struct making *m = *state;
    make(m, "Network plan,,\nas of May,,\n\nNo,Action,By when\n1,Dig,May 2020\n");
    assert_int_equal(m->import.book.tables[0].lines[m->import.book.tables[0].map->head].line, 4);
    assert_string_equal(mapped(m, 0), "number");
    assert_string_equal(mapped(m, 2), "deadline");
    assert_string_equal(row(m, 1)->rest, "beside the table: Network plan\nas of May");
}

static void a_map_names_columns_that_nobody_knows(void **state)
{
    struct making *m = *state;
    assert_int_equal(hw_import_heads_add(&m->import.heads, "Zyx = Title", &m->err), HW_OK);
    assert_int_equal(hw_import_heads_add(&m->import.heads, "a=b=comments", &m->err), HW_OK);
    assert_int_equal(hw_import_heads_add(&m->import.heads, "Status=rest", &m->err), HW_OK);
    make(m, "ZYX,a=b,Status\nDig,well,done\n");
    assert_string_equal(values(m, 1, "title"), "Dig");
    assert_string_equal(values(m, 1, "comment"), "well");
    assert_string_equal(row(m, 1)->rest, "Status: done");
}

static void a_map_that_means_nothing_is_refused(void **state)
{
    struct making *m = *state;
    assert_int_equal(hw_import_heads_add(&m->import.heads, "Zyx", &m->err), HW_USAGE);
    assert_int_equal(hw_import_heads_add(&m->import.heads, "Zyx=plan", &m->err), HW_USAGE);
    assert_int_equal(hw_import_heads_add(&m->import.heads, "Zyx=dedline", &m->err), HW_USAGE);
    assert_non_null(strstr(m->err.text, "did you mean deadline?"));
    assert_int_equal(hw_import_heads_add(&m->import.heads, "Zyx=deadline", &m->err), HW_OK);
    assert_int_equal(make_bytes(m, hw_slice_text("Action,Status\nDig,done\n")), HW_USAGE);
    assert_non_null(strstr(m->err.text, "\"Action\", \"Status\""));
}

static void a_table_without_heads_or_title_is_a_question(void **state)
{
    struct making *m = *state;
    assert_int_equal(make_bytes(m, hw_slice_text("Dig,well\nPaint,pump\n")), HW_DECISION);
    assert_non_null(strstr(m->err.text, "the first line has \"Dig\", \"well\""));
    assert_int_equal(make_bytes(m, hw_slice_text("Xyz,Deadline\n12,2020\n")), HW_DECISION);
    assert_non_null(strstr(m->err.text, "--map"));
    assert_int_equal(make_bytes(m, hw_slice_text("Action,Deadline\n")), HW_DECISION);
    assert_int_equal(make_bytes(m, hw_slice_text("Background\n\nIn May, and later, we met.\n")), HW_DECISION);
}

static void columns_not_understood_are_kept(void **state)
{
    struct making *m = *state;
    make(m, "Action,Budget,,Type\nDig,100,extra,new\nPaint,,more,fix\n");
    assert_string_equal(row(m, 1)->rest, "Budget: 100\ncolumn 3: extra\nType: new");
    assert_string_equal(values(m, 1, "type"), "activity");
}

static void cells_decide_what_a_doubtful_head_means(void **state)
{
    struct making *m = *state;
    make(m, "Task,Type,Progress,Location\nDig,Milestone,40%,upstairs\nPaint,activity,60,below\n");
    assert_string_equal(mapped(m, 1), "type");
    assert_string_equal(mapped(m, 2), "progress");
    assert_string_equal(mapped(m, 3), "");
    assert_string_equal(values(m, 1, "progress"), "40");
    assert_string_equal(values(m, 1, "type"), "Milestone");
}

/* cells */

static void a_country_is_taken_from_the_title(void **state)
{
    struct making *m = *state;
    make(m, "Action,Status\nKAZ: Dig,done\nTAJ:\nKAZ/TKM: Paint,done\nKazakhstan: Sow,done\nTo: reap,done\nABC: x,done\n");
    assert_string_equal(values(m, 1, "countries"), "KAZ");
    assert_string_equal(values(m, 1, "title"), "Dig");
    assert_string_equal(values(m, 3, "countries"), "KAZ + TKM");
    assert_string_equal(values(m, 4, "title"), "Sow");
    assert_string_equal(values(m, 5, "title"), "To: reap");
    assert_string_equal(values(m, 6, "title"), "ABC: x");
    assert_string_equal(m->import.rows.alias_code, "TJK");
    assert_non_null(row(m, 2)->problem); /* no title */
}

static void responsibles_are_parted_but_not_at_and(void **state)
{
    struct making *m = *state;
    make(m, "Action;Responsible;Countries\nDig;\"Head, North and South (a, b); Staff\nAll\";\"KAZ, TKM\"\n");
    assert_string_equal(values(m, 1, "responsible"), "Head + North and South (a, b) + Staff + All");
    assert_string_equal(values(m, 1, "countries"), "KAZ + TKM");
}

static void printed_numbers_make_a_tree(void **state)
{
    struct making *m = *state;
    make(m, "Action,Status\n1) One,\n1.1 Two,\n1.1.1. Three,\n1.2 Four,\n2) Five,\n3.1 Six,\n");
    assert_string_equal(values(m, 3, "number"), "1.1.1.");
    assert_string_equal(values(m, 3, "title"), "Three");
    assert_int_equal(row(m, 2)->parent, 1);
    assert_int_equal(row(m, 3)->parent, 2);
    assert_int_equal(row(m, 4)->parent, 1);
    assert_int_equal(row(m, 5)->parent, 0);
    assert_int_equal(row(m, 6)->parent, 0);
    assert_string_equal(values(m, 1, "type"), "priority");
    assert_string_equal(values(m, 2, "type"), "activity");
}

static void a_quantity_is_no_number(void **state)
{
    struct making *m = *state;
    make(m, "Action,Status\n3 meetings,\n1.5 million seedlings,\nDig,\nPaint,\n");
    assert_string_equal(values(m, 1, "title"), "3 meetings");
    assert_string_equal(values(m, 2, "title"), "1.5 million seedlings");
}

static void deliverables_are_items_below_their_activity(void **state)
{
    struct making *m = *state;
    make(m, "Action,Deliverables,Deadline\nKAZ: Dig,A well,May 2020\nPaint,,June 2020\n");
    assert_int_equal(m->import.rows.n, 3);
    assert_int_equal(row(m, 2)->parent, 1);
    assert_string_equal(values(m, 2, "title"), "A well");
    assert_string_equal(values(m, 2, "type"), "deliverable");
    assert_string_equal(values(m, 2, "deadline"), "May 2020");
    assert_string_equal(values(m, 2, "countries"), "KAZ");
    assert_string_equal(values(m, 1, "deadline"), "May 2020");
    assert_string_equal(row(m, 2)->key, "KAZ|dig|a well");
}

static void marks_are_taken_off_and_the_cell_is_kept(void **state)
{
    struct making *m = *state;
    make(m, "| **Action** | Status |\n|---|---|\n| **1.1** Dig<br>deep | <b>done</b> |\n| 1.2 a < b ** c | open |\n");
    assert_string_equal(values(m, 1, "number"), "1.1");
    assert_string_equal(values(m, 1, "title"), "Dig\ndeep");
    assert_string_equal(values(m, 1, "status"), "done");
    assert_string_equal(row(m, 1)->rest, "**Action**: **1.1** Dig<br>deep\nStatus: <b>done</b>");
}

static void what_does_not_fit_the_source_becomes_a_comment(void **state)
{
    struct making *m = *state;
    struct hw_out text;
    hw_out_init(&text);
    hw_put_raw(&text, "Action,Budget\nDig,", 18);
    for (size_t i = 0; i < HW_IMPORT_REST_MAX; i++)
        hw_put_raw(&text, "7", 1);
    hw_put_raw(&text, "\n", 2);
    make(m, (const char *)text.p);
    hw_out_done(&text);
    assert_string_equal(row(m, 1)->rest, "");
    assert_int_equal(strncmp(values(m, 1, "comment"), "Budget:\n777", 11), 0);
}

/* rows */

static void the_same_row_twice_has_two_keys(void **state)
{
    struct making *m = *state;
    make(m, "Action,Countries\nDig  Wells,KAZ\ndig wells,Kazakhstan\nDig wells,TKM\n");
    assert_string_equal(row(m, 1)->key, "KAZ|dig wells");
    assert_string_equal(row(m, 2)->key, "KAZ|dig wells|2");
    assert_string_equal(row(m, 3)->key, "TKM|dig wells");
}

static void one_date_proves_the_order_of_the_column(void **state)
{
    struct making *m = *state;
    make(m, "Action,Due\nDig,12/11/2019\nPaint,25/11/2019\n");
    assert_int_equal(m->import.book.tables[0].map->order, HW_DATES_DMY);
    assert_int_equal(m->import.book.tables[0].map->order_line, 3);
    make(m, "Action,Due\nDig,25/11/2019\nPaint,11/25/2019\n");
    assert_int_equal(m->import.book.tables[0].map->order, HW_DATES_UNKNOWN);
    assert_true(m->import.book.tables[0].map->order_torn);
}

static void broken_rows_are_problems_with_their_line(void **state)
{
    struct making *m = *state;
    make_file(m, "tests/samples/broken.csv");
    assert_int_equal(m->import.rows.n, 4);
    assert_int_equal(m->import.rows.problems, 3);
    assert_null(row(m, 1)->problem);
    assert_non_null(strstr(row(m, 2)->problem, "more cells than there are heads"));
    assert_non_null(strstr(row(m, 3)->problem, "no title"));
    assert_non_null(strstr(row(m, 4)->problem, "never closed"));
    assert_int_equal(row(m, 4)->line, 5);
}

static void heads_on_every_page_are_no_rows_and_another_table_is_a_problem(void **state)
{
    struct making *m = *state;
    make(m, "| Action | Status |\n|---|---|\n| a | done |\n\npage 2\n\n| Action | Status |\n|---|---|\n| b | open |\n\n"
            "| Name | Phone |\n|---|---|\n| c | 17 |\n");
    assert_int_equal(m->import.rows.n, 4);
    assert_string_equal(row(m, 2)->rest, "beside the table: page 2");
    assert_non_null(strstr(row(m, 3)->problem, "another table"));
    assert_non_null(strstr(row(m, 4)->problem, "another table"));
}

static void a_plan_keeps_its_tree_and_its_last_paragraphs(void **state)
{
    struct making *m = *state;
    make_file(m, "tests/samples/plan.tsv");
    assert_int_equal(m->import.rows.n, 15);
    assert_int_equal(m->import.rows.problems, 0);
    assert_int_equal(rows_where(m, "type", "priority"), 2);
    assert_int_equal(rows_where(m, "type", "deliverable"), 3);
    assert_int_equal(rows_where(m, "type", "engagement"), 1);
    assert_int_equal(rows_where(m, "type", "resource need"), 1);
    assert_string_equal(values(m, 10, "number"), "2.1");
    assert_int_equal(row(m, 10)->parent, 9);
    assert_string_equal(values(m, 14, "description"), "Every quarter, or earlier where needed.");
    assert_int_equal(m->import.book.tables[0].map->order, HW_DATES_DMY);
    assert_string_equal(row(m, 1)->kind, "plan");
    assert_string_equal(values(m, 1, "state"), "draft");
    assert_string_equal(row(m, 1)->rest, "beside the table: DRAFT PLAN OF THE NETWORK ON SAFE SCHOOLS");
    assert_string_equal(row(m, 2)->kind, "member");
    assert_string_equal(values(m, 2, "organisation"), "North Office");
    assert_string_equal(values(m, 2, "state"), "");
    assert_string_equal(row(m, 2)->rest, "beside the table: Leads: North Office, South Office (proposed)");
    assert_string_equal(values(m, 3, "organisation"), "South Office");
    assert_string_equal(values(m, 3, "role"), "lead");
    assert_string_equal(values(m, 3, "state"), "proposed");
}

static void french_heads_and_semicolons(void **state)
{
    struct making *m = *state;
    make_file(m, "tests/samples/plan.csv");
    assert_int_equal(m->import.rows.n, 3);
    assert_string_equal(mapped(m, 2), "deadline");
    assert_string_equal(mapped(m, 3), "status");
    assert_string_equal(values(m, 1, "title"), "Former les \xC3\xA9quipes; puis les \xC3\xA9valuer");
    assert_string_equal(values(m, 1, "comment"), "Fait en mars.\nRapport joint.");
    assert_string_equal(row(m, 3)->key, "|publier la carte|2");
    assert_string_equal(values(m, 3, "comment"), "Dit \"urgent\" par tous");
}

static void a_tracker_with_a_cell_per_line(void **state)
{
    struct making *m = *state;
    make_file(m, "tests/samples/tracker.txt");
    assert_int_equal(m->import.rows.n, 8);
    assert_int_equal(m->import.rows.problems, 0);
    assert_int_equal(rows_where(m, "countries", "KAZ"), 4);
    assert_int_equal(rows_where(m, "countries", "TKM"), 2);
    assert_int_equal(rows_where(m, "countries", "TAJ"), 2);
    assert_int_equal(rows_where(m, "status", "Completed"), 7);
    assert_string_equal(values(m, 2, "responsible"), "Regional Kazakhstan Coordinator + Regional and KAZ Field Officers");
    assert_string_equal(values(m, 2, "comment"),
                        "Nine agencies take part, four of them for the first time.\nThe drill in Almaty was run "
                        "\xE2\x80\x9C" "by the book\xE2\x80\x9D, and its notes were sent round.\n\nA second drill is "
                        "planned with the railways\xE2\x80\x99 own staff");
    assert_string_equal(values(m, 3, "comment"),
                        "The draft went to the ministry; its remarks are on page 4 | 7 of them are open.");
    assert_int_equal(row(m, 8)->line, 71);
}

/* the row as the daemon gets it */

static void rows_are_written_as_the_protocol_says(void **state)
{
    struct making *m = *state;
    struct hw_out out;
    make(m, "Action,Countries,Status,Notes\nDig,\"KAZ, Kazakhstan\",done,well\n,,open,\n");
    hw_out_init(&out);
    hw_import_rows_put(&m->import.rows, &m->arena, &out);
    struct hw_in in = hw_in_of(hw_out_slice(&out));
    assert_int_equal(hw_get_array(&in), 2);
    static const char *const keys[] = {"row", "line", "key", "kind", "fields", "comments"};
    size_t pairs = 0, fields = 0;
    assert_int_equal(hw_get_map_any(&in), SIZE_MAX);
    for (; !hw_get_close(&in); pairs++) {
        assert_true(hw_slice_is(hw_get_text(&in), keys[pairs]));
        if (strcmp(keys[pairs], "fields") != 0) {
            (void)hw_get_raw(&in);
            continue;
        }
        assert_int_equal(hw_get_array_any(&in), SIZE_MAX);
        for (; !hw_get_close(&in); fields++)
            (void)hw_get_raw(&in);
    }
    assert_int_equal(pairs, 6);
    assert_int_equal(fields, 4); /* title, one country, status, type */
    static const char *const bad[] = {"row", "line", "problem", "column", "value"};
    assert_int_equal(hw_get_map_any(&in), SIZE_MAX);
    for (pairs = 0; !hw_get_close(&in); pairs++) {
        assert_true(hw_slice_is(hw_get_text(&in), bad[pairs]));
        (void)hw_get_raw(&in);
    }
    assert_int_equal(pairs, 5);
    assert_true(hw_in_end(&in));
    hw_out_done(&out);
}

/* the check */

static void a_value_that_is_dropped_is_noticed(void **state)
{
    struct making *m = *state;
    make(m, "Action,Responsible,Budget\nDig,\"A, B\",100\n");
    assert_int_equal(m->import.tally.cells, 3);
    for (size_t i = 0; i < row(m, 1)->n; i++) {
        struct hw_import_value value = row(m, 1)->values[i];
        if (value.copied)
            continue;
        m->import.rows.row[0].values[i].text.n--;
        assert_false(hw_import_check(&m->import.book, &m->import.rows, &m->import.tally));
        assert_int_equal(m->import.tally.line, 2);
        m->import.rows.row[0].values[i] = value;
    }
    m->import.rows.row[0].rest = "";
    assert_false(hw_import_check(&m->import.book, &m->import.rows, &m->import.tally));
    assert_int_equal(m->import.tally.kept, 2);
}

/* hostile input */

/* Park and Miller's generator: a run can be repeated. */
static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = (uint32_t)((uint64_t)*seed * 48271 % 2147483647);
    return *seed % below;
}

/* One change: a byte, a piece taken out, a piece doubled, or the end cut off. */
static size_t mutate(uint8_t *text, size_t n, size_t cap, uint32_t *seed)
{
    static const uint8_t special[] = "|\n\r\t,;\"\\<>*()0.:\xC3\xA0-%/";
    size_t at = n > 0 ? draw(seed, (uint32_t)n) : 0, length = 1 + draw(seed, 40);
    if (n == 0)
        return n;
    length = length < n - at ? length : n - at;
    switch (draw(seed, 6)) {
    case 0:
        text[at] = (uint8_t)draw(seed, 256);
        return n;
    case 1:
        memmove(text + at, text + at + length, n - at - length);
        return n - length;
    case 2:
        if (n + length > cap)
            return n;
        memmove(text + at + length, text + at, n - at);
        return n + length;
    case 3:
        return draw(seed, 8) == 0 ? at : n;
    default:
        text[at] = special[draw(seed, sizeof special - 1)];
        return n;
    }
}

static void nothing_that_is_read_loses_a_cell(void **state)
{
    static const char *const paths[] = {"tests/samples/tracker.txt", "tests/samples/plan.tsv",
                                        "tests/samples/plan.csv", "tests/samples/broken.csv"};
    enum { SAMPLES = 4, ROUNDS = 20000, ROOM = 4096 };
    uint8_t text[ROOM];
    size_t taken = 0;
    uint32_t seed = 20161231;
    struct hw_arena arena;
    struct hw_slice samples[SAMPLES];
    (void)state;
    hw_arena_init(&arena);
    for (size_t i = 0; i < SAMPLES; i++) {
        assert_int_equal(hw_import_read_file(paths[i], &arena, &samples[i], NULL), HW_OK);
        assert_true(samples[i].n < ROOM);
    }
    for (size_t round = 0; round < ROUNDS; round++) {
        struct hw_slice from = samples[round % SAMPLES];
        struct making m = {.import = {.arena = &m.arena, .heads = {.arena = &m.arena}}};
        size_t n = from.n, times = 1 + draw(&seed, 8);
        hw_arena_init(&m.arena);
        memcpy(text, from.p, n);
        for (size_t i = 0; i < times; i++)
            n = mutate(text, n, sizeof text, &seed);
        if (make_bytes(&m, (struct hw_slice){text, n}) == HW_OK) {
            taken++;
            if (!m.lossless)
                fail_msg("round %zu loses line %u: %.*s", round, (unsigned)m.import.tally.line, (int)m.import.tally.missing.n,
                         (const char *)m.import.tally.missing.p);
        }
        hw_arena_done(&m.arena);
    }
    hw_arena_done(&arena);
    /* Most mutations leave a table; otherwise this test tests nothing. */
    assert_true(taken > ROUNDS / 2);
}

/* A real tracker, kept outside this project. */
static void the_real_tracker_gives_eight_rows(void **state)
{
    struct making *m = *state;
    const char *shared = getenv("HEADWAY_SHARED"), *path = NULL;
    const char *folder = hw_arena_printf(&m->arena, "%s/seeds", shared != NULL ? shared : "../shared");
    DIR *seeds = opendir(folder);
    for (struct dirent *entry; seeds != NULL && (entry = readdir(seeds)) != NULL;)
        if (strncmp(entry->d_name, "002_", 4) == 0)
            path = hw_arena_printf(&m->arena, "%s/%s", folder, entry->d_name);
    if (seeds != NULL)
        closedir(seeds);
    if (path == NULL) {
        print_message("the real tracker is not here: skipped\n");
        skip();
    }
    make_file(m, path);
    struct hw_slice bytes;
    struct hw_import_text text;
    assert_int_equal(hw_import_read_file(path, &m->arena, &bytes, NULL), HW_OK);
    assert_int_equal(hw_import_text_decode(bytes, &m->arena, &text, NULL), HW_OK);
    assert_int_equal(m->import.rows.n, 8);
    assert_int_equal(m->import.rows.problems, 0);
    assert_int_equal(rows_where(m, "countries", "KAZ"), 4);
    assert_int_equal(rows_where(m, "countries", "TKM"), 2);
    assert_int_equal(rows_where(m, "countries", "TAJ"), 2);
    assert_int_equal(rows_where(m, "deadline", "2016/12"), 6);
    assert_int_equal(rows_where(m, "deadline", "2016/06"), 1);
    assert_int_equal(rows_where(m, "deadline", "2016/04"), 1);
    assert_int_equal(rows_where(m, "status", "Completed"), 7);
    assert_int_equal(rows_where(m, "status", "No Longer Applicable"), 1);
    static const size_t paragraphs[] = {2, 7, 1, 5, 2, 1, 2, 4};
    for (size_t i = 0; i < 8; i++) {
        const char *comment = values(m, i + 1, "comment");
        size_t lines = 1;
        for (const char *at = comment; *at != 0; at++)
            lines += *at == '\n';
        assert_int_equal(lines, paragraphs[i]);
        /* Byte for byte as in the file. */
        assert_non_null(memmem(text.text.p, text.text.n, comment, strlen(comment)));
        assert_string_equal(row(m, i + 1)->rest, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(heads_are_found_below_a_preamble),
        TEST(a_map_names_columns_that_nobody_knows),
        TEST(a_map_that_means_nothing_is_refused),
        TEST(a_table_without_heads_or_title_is_a_question),
        TEST(columns_not_understood_are_kept),
        TEST(cells_decide_what_a_doubtful_head_means),
        TEST(a_country_is_taken_from_the_title),
        TEST(responsibles_are_parted_but_not_at_and),
        TEST(printed_numbers_make_a_tree),
        TEST(a_quantity_is_no_number),
        TEST(deliverables_are_items_below_their_activity),
        TEST(marks_are_taken_off_and_the_cell_is_kept),
        TEST(what_does_not_fit_the_source_becomes_a_comment),
        TEST(the_same_row_twice_has_two_keys),
        TEST(one_date_proves_the_order_of_the_column),
        TEST(broken_rows_are_problems_with_their_line),
        TEST(heads_on_every_page_are_no_rows_and_another_table_is_a_problem),
        TEST(a_plan_keeps_its_tree_and_its_last_paragraphs),
        TEST(french_heads_and_semicolons),
        TEST(a_tracker_with_a_cell_per_line),
        TEST(rows_are_written_as_the_protocol_says),
        TEST(a_value_that_is_dropped_is_noticed),
        TEST(nothing_that_is_read_loses_a_cell),
        TEST(the_real_tracker_gives_eight_rows),
    };
    return cmocka_run_group_tests_name("import rows", tests, NULL, NULL);
}
