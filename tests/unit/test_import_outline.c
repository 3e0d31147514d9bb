/* test_import_outline.c: bulleted and numbered text becomes records, and every
 * line of it is found again. */
#include "outline_rows.h"

/* samples */

static void a_list_printed_twice_gets_its_levels_back(void **state)
{
    static const struct expected expected[] = {
        {3, "group", "working group", "Working Group on Open Water Data", 0, "parent", "coi"},
        {8, "item", "service", "Training", 0, NULL, NULL},
        {9, "item", "service", "Lend", 2, NULL, NULL},
        {10, "item", "service", "Hold", 2, NULL, NULL},
        {13, "item", "service", "Publication", 0, NULL, NULL},
        {14, "item", "service", "Send", 5, NULL, NULL},
        {16, "item", "service", "Advice", 0, NULL, NULL},
    };
    struct making *m = *state;
    make_file(m, "tests/samples/outline-page.txt");
    ROWS(m, expected);
    assert_string_equal(values(m, 1, "region"), "NEA");
    assert_int_equal(strncmp(values(m, 1, "purpose"), "The purpose of the Working Group", 32), 0);
    /* The second printing is kept with the first, under its own line. */
    assert_string_equal(row(m, 3)->rest, "line 11: Lend spare gauges to stations that lost theirs.");
    assert_string_equal(notes(m), "2: the group above is read from the links of the page: \"coi\"\n"
                                  "9: lines 9 to 12 stand twice, one after the other; read as a list below line 8\n"
                                  "14: lines 14 to 15 stand twice, one after the other; read as a list below line 13\n");
}

static void objectives_stand_in_their_tracks(void **state)
{
    static const struct expected expected[] = {
        {8, "group", "theme group", "Bridge Theme Group", 0, "founded", "March 2011"},
        {12, "item", "objective", "On inspection matters", 0, "number", "1."},
        {13, "item", "objective", "to look", 2, NULL, NULL},
        {14, "item", "objective", "to prepare", 2, NULL, NULL},
        {14, "resource", "policy brief", "policy briefs on cables and planks", 0, "themes", "wear + rust + frost"},
        {17, "item", "objective", "On money matters", 0, "number", "2."},
        {19, "item", "objective", "to find", 6, NULL, NULL},
        {21, "item", "objective", "to apply", 6, "deadline", "by 2031"},
    };
    struct making *m = *state;
    make_file(m, "tests/samples/outline-group.txt");
    ROWS(m, expected);
    assert_string_equal(values(m, 1, "purpose"),
                        "The mission of the Theme Group is to keep footbridges open in every valley.");
    assert_string_equal(row(m, 7)->rest, "line 20: to find the price of timber in all districts;");
    assert_non_null(strstr(row(m, 1)->rest, "line 22: #aa11bb #220033"));
    assert_string_equal(notes(m), "15: an entry of the list is empty\n"
                                  "20: repeats line 19 word for word; taken once\n");
}

static void slides_give_countries_and_what_they_do(void **state)
{
    static const struct expected expected[] = {
        {4, "group", "network", "Network 9.4", 0, NULL, NULL},
        {11, "resource", "report", "Pioneer Countries report", 0, NULL, NULL},
        {11, "resource", "toolkit", "Pioneer Countries Toolkit", 0, "description",
         "Welcome letter; Pioneer Countries Guidance Note; List of questions"},
        {11, "resource", "guidance note", "Pioneer Countries Guidance Note", 0, NULL, NULL},
        {13, "resource", "toolkit", "Pioneer Countries Toolkit", 0, "edition", "second edition"},
        {15, "participation", NULL, "BOTSWANA", 0, "since", "since Oct. 2021"},
        {15, "meeting", "workshop", "national planning workshop", 0, "date", "Nov. 2021"},
        {15, "item", "priority", "Renew the sleepers", 0, "themes", "Rails"},
        {15, "item", "priority", "Count the wagons", 0, "countries", "BOTSWANA"},
        {15, "item", "priority", "Grade the desert road", 0, "themes", "Roads"},
        {15, "item", "priority", "Sign an agreement", 0, "references", "ILO:C153"},
        {17, "participation", NULL, "PERU", 0, "since", "since Feb. 2022"},
        {17, "meeting", "consultation", "Technical consultation on tunnels", 0, "date", "March 2022"},
        {17, "item", "next step", "Form a tunnel board", 0, "number", "1."},
        {17, "item", "next step", "Open an office for it", 0, "number", "2."},
        {17, "item", "next step", "Write", 0, "themes", "National Coordination of Network 9.4"},
        {19, "item", "priority", "Light all tunnels", 0, "deadline", "by 2030"},
        {19, "item", "priority", "Follow laws", 0, "references", "n° 2020-11 + n° 2020-12"},
        {19, "item", "next step", "Convene", 0, "themes", "SHORT TERM"},
        {21, "participation", NULL, "JORDAN", 0, "supporter", "RBU"},
        {21, "item", "next step", "Sign the plan for ports with the technical support", 0, "description",
         "It will be printed"},
        {21, "item", "next step", "Train the guards", 0, NULL, NULL},
    };
    struct making *m = *state;
    make_file(m, "tests/samples/outline-slides.txt");
    ROWS(m, expected);
    assert_string_equal(values(m, 19, "deadline"), "before July 2024");
    assert_string_equal(values(m, 20, "state"), "");
    assert_string_equal(values(m, 6, "state"), "active");
    assert_non_null(strstr(row(m, 1)->rest, "Download Slides"));
    assert_non_null(strstr(notes(m), "15: \"B OTSWANA\" is read as BOTSWANA"));
    assert_non_null(strstr(notes(m), "21: columns ran together here"));
    /* Nothing is made of the columns: they are kept as they stand. */
    assert_non_null(strstr(row(m, 20)->rest, "Renew the line to Keep drivers awake"));
}

/* forms */

static void headings_in_six_languages_say_what_a_list_is(void **state)
{
    static const struct {
        const char *heading, *type;
    } heads[] = {
        {"Services", "service"}, {"Services :", "service"}, {"Our priorities", "priority"}, {"NEXT STEPS", "next step"},
        {"Prochaines étapes", "next step"}, {"Objectifs", "objective"}, {"Activités", "activity"},
        {"Próximos pasos", "next step"}, {"Objetivos:", "objective"}, {"Prioridades", "priority"},
        {"Próximos passos", "next step"}, {"Ações", "activity"}, {"Следующие шаги", "next step"}, {"Услуги", "service"},
        {"Приоритеты:", "priority"}, {"الأولويات", "priority"}, {"الخطوات التالية", "next step"},
        {"الأهداف", "objective"}, {"Required resources", "resource need"}, {"Recommandations", "recommendation"},
    };
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct making *m = *state;
        make(m, hw_arena_printf(&m->arena, "%s\n\n• dig a well\n• dig another\n", heads[i].heading));
        if (m->import.rows.n != 2 || strcmp(values(m, 1, "type"), heads[i].type) != 0)
            fail_msg("\"%s\" gives %zu rows of type %s", heads[i].heading, m->import.rows.n, values(m, 1, "type"));
    }
}

static void times_stand_inside_sentences_of_six_languages(void **state)
{
    static const char *const said[][2] = {
        {"finish the road before July 2030 at last", "before July 2030"},
        {"finir la route d'ici 2030 au plus tard", "d'ici 2030"},
        {"terminar antes de julio de 2030 la obra", "antes de julio de 2030"},
        {"terminar a estrada até 2030 com todos", "até 2030"},
        {"завершить дорогу до 2030 года вместе", "до 2030 года"},
        {"انهاء الطريق بحلول 2030 معا", "بحلول 2030"},
    };
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        struct making *m = *state;
        make(m, hw_arena_printf(&m->arena, "Priorities\n- %s\n- dig 2030 wells\n", said[i][0]));
        assert_string_equal(values(m, 1, "deadline"), said[i][1]);
        assert_string_equal(values(m, 1, "title"), said[i][0]);
        assert_string_equal(values(m, 2, "deadline"), "");
    }
}

static void levels_come_from_marks_and_indentation(void **state)
{
    struct making *m = *state;
    make(m, "Activities\n1. Roads\n  a) gravel\n  b) tar\n     - hot\n     - cold\n2. Bridges\n2.1 of wood\n2.2 of stone\n3. Ports\n");
    static const struct expected expected[] = {
        {2, "item", "activity", "Roads", 0, "number", "1."},   {3, "item", "activity", "a) gravel", 1, NULL, NULL},
        {4, "item", "activity", "b) tar", 1, NULL, NULL},      {5, "item", "activity", "hot", 3, NULL, NULL},
        {6, "item", "activity", "cold", 3, NULL, NULL},        {7, "item", "activity", "Bridges", 0, "number", "2."},
        {8, "item", "activity", "of wood", 6, "number", "2.1"}, {9, "item", "activity", "of stone", 6, "number", "2.2"},
        {10, "item", "activity", "Ports", 0, "number", "3."},
    };
    ROWS(m, expected);
}

static void a_wrapped_line_belongs_to_its_bullet(void **state)
{
    struct making *m = *state;
    make(m, "Next steps\n- write to all\n  the towns\n- wait for\nanswers\n\nEnd of page.\n");
    assert_int_equal(m->import.rows.n, 2);
    assert_string_equal(values(m, 1, "title"), "write to all the towns");
    assert_string_equal(values(m, 2, "title"), "wait for answers");
    assert_string_equal(row(m, 2)->rest, "line 7: End of page.");
}

static void lists_under_no_heading_are_kept_as_text(void **state)
{
    struct making *m = *state;
    make(m, "Links\n- Contact\n- Imprint\n\nPriorities\n- dig\n- build\n");
    assert_int_equal(m->import.rows.n, 2);
    assert_string_equal(row(m, 1)->rest, "line 1: Links\nline 2: Contact\nline 3: Imprint\nline 5: Priorities");
    assert_non_null(strstr(notes(m), "2: this line and others like it stand under no heading"));
}

static void a_plain_list_is_of_activities_and_says_so(void **state)
{
    struct making *m = *state;
    make(m, "# Spring\n- [x] dig **deep**\n- [ ] build\n");
    assert_string_equal(values(m, 1, "title"), "dig deep");
    assert_string_equal(values(m, 1, "status"), "completed");
    assert_string_equal(values(m, 2, "status"), "not started");
    assert_string_equal(values(m, 2, "themes"), "Spring");
    assert_string_equal(notes(m), "2: no heading says what the lines of this list are; read as activities\n");
}

static void members_and_meetings_have_kinds_of_their_own(void **state)
{
    struct making *m = *state;
    make(m, "Members\n- Water Office (chair)\n- Road Office (proposed)\n- Port Office\n\n"
            "Meetings\n- Road workshop (May 2024)\n- Port talks\n\nNext steps\n- dig\n");
    static const struct expected expected[] = {
        {2, "member", NULL, "", 0, "organisation", "Water Office"}, {3, "member", NULL, "", 0, "state", "proposed"},
        {4, "member", NULL, "", 0, "organisation", "Port Office"},  {7, "meeting", "workshop", "Road workshop", 0, "date", "May 2024"},
        {8, "meeting", "", "Port talks", 0, NULL, NULL},            {11, "item", "next step", "dig", 0, NULL, NULL},
    };
    ROWS(m, expected);
    assert_string_equal(values(m, 1, "role"), "chair");
    assert_string_equal(values(m, 3, "role"), "member");
}

static void a_country_of_small_letters_must_be_set_off(void **state)
{
    struct making *m = *state;
    make(m, "Chad\n\nPriorities\n- dig\n- build\n\nChad has wells.\n\nMali - since May 2020\n\nNext steps\n- paint\n");
    assert_int_equal(kinds(m, "participation"), 1);
    assert_string_equal(values(m, 1, "countries"), "Chad");
    assert_string_equal(values(m, 3, "country"), "Mali");
    assert_string_equal(values(m, 4, "countries"), "Mali");
}

static void single_lines_printed_twice_are_a_slip(void **state)
{
    struct making *m = *state;
    make(m, "Services\n• mend nets of all sizes\n• mend boats of all sizes\n• mend boats of all sizes\n• paint boats at the pier\n"
            "• mend nets of all sizes\n");
    assert_int_equal(m->import.rows.n, 3);
    for (size_t i = 1; i <= 3; i++)
        assert_int_equal(row(m, i)->parent, 0);
    assert_string_equal(row(m, 1)->rest, "line 1: Services\nline 6: mend nets of all sizes");
    assert_string_equal(row(m, 2)->rest, "line 4: mend boats of all sizes");
}

static void tables_stay_tables(void **state)
{
    static const char *const texts[] = {
        "Action,Deadline\n- Dig,2030\n- Paint,2031\n",
        "Xyz,Abc,Def\n1. dig,2,3\n2. build,4,5\n3. paint,5,6\n",
        "Action\tNotes\n• dig\t• deep\n• build\t• high\n",
    };
    struct making *m = *state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        enum hw_status status = hw_import_bytes(&m->import, hw_slice_text(texts[i]), &m->err);
        assert_true(status == HW_OK || status == HW_DECISION);
        assert_int_not_equal(m->import.book.tables[0].form, HW_IMPORT_OUTLINE);
    }
}

static void text_without_a_list_is_refused_with_advice(void **state)
{
    struct making *m = *state;
    assert_int_equal(hw_import_bytes(&m->import, hw_slice_text("•\n•\n•\n"), &m->err), HW_DECISION);
    assert_non_null(strstr(m->err.text, "\"Activities\""));
}

/* the same again */

static void the_same_file_gives_the_same_keys(void **state)
{
    struct making *m = *state;
    const char *first = "", *second = "";
    for (unsigned round = 0; round < 2; round++) {
        make_file(m, "tests/samples/outline-slides.txt");
        for (size_t i = 1; i <= m->import.rows.n; i++) {
            const char **to = round == 0 ? &first : &second;
            assert_true(row(m, i)->key[0] != 0);
            *to = hw_arena_printf(&m->arena, "%s%s %s\n", *to, row(m, i)->kind, row(m, i)->key);
        }
    }
    assert_string_equal(first, second);
    /* Kinds beside plans are named without one: they are the same from whatever file. */
    assert_non_null(strstr(first, "participation participation|PER\n"));
    assert_non_null(strstr(first, "meeting meeting|BWA|national planning workshop|nov. 2021\n"));
}

/* the proof */

static const char *const samples[] = {"tests/samples/outline-page.txt", "tests/samples/outline-group.txt",
                                      "tests/samples/outline-slides.txt"};

/* Planted: what is kept is taken away, line by line. */
static void a_lost_line_is_noticed(void **state)
{
    struct making *m = *state;
    size_t planted = 0;
    for (size_t s = 0; s < sizeof samples / sizeof samples[0]; s++) {
        make_file(m, samples[s]);
        for (size_t i = 0; i < m->import.rows.n; i++) {
            struct hw_import_row *r = &m->import.rows.row[i];
            struct hw_import_row good = *r;
            for (const char *at = strstr(good.rest, "line "); at != NULL; at = strstr(at + 1, "\nline ")) {
                char *bad = hw_arena_printf(&m->arena, "%s", good.rest);
                bad[at - good.rest + (*at == '\n') + 5] = 'x';
                r->rest = bad;
                assert_false(hw_import_check(&m->import.book, &m->import.rows, &m->import.tally));
                planted++;
            }
            *r = good;
            for (size_t k = 0; k < r->n; k++) {
                if (r->values[k].copied)
                    continue;
                r->values[k].copied = true;
                assert_false(hw_import_check(&m->import.book, &m->import.rows, &m->import.tally));
                r->values[k].copied = false;
                planted++;
            }
        }
        assert_true(hw_import_check(&m->import.book, &m->import.rows, &m->import.tally));
    }
    assert_true(planted > 60);
}

/* Planted: the second of two equal lines is not kept, the first is. */
static void a_line_said_twice_is_kept_twice(void **state)
{
    struct making *m = *state;
    make(m, "Working Group on Boats\nnoise of a page\nnoise of a page\nnoise of a page\nServices\n- mend\n- paint\n");
    struct hw_import_row *r = &m->import.rows.row[0];
    r->rest = "line 1: Working Group on Boats\nline 2: noise of a page\nline 4: noise of a page\nline 5: Services";
    assert_false(hw_import_check(&m->import.book, &m->import.rows, &m->import.tally));
    assert_int_equal(m->import.tally.line, 3);
}

/* A line ends in fields or in kept text, not in both. */
static void no_line_is_said_twice(void **state)
{
    struct making *m = *state;
    for (size_t s = 0; s < sizeof samples / sizeof samples[0]; s++) {
        make_file(m, samples[s]);
        const struct hw_import_rows *rows = &m->import.rows;
        for (size_t i = 0; i < rows->n; i++)
            for (size_t k = 0; k < rows->row[i].n; k++) {
                const struct hw_import_value *value = &rows->row[i].values[k];
                const struct hw_import_row *keeper = &rows->row[rows->carrier[rows->row[i].source] - 1];
                const char *kept = hw_arena_printf(&m->arena, "line %u: %.*s", (unsigned)rows->row[i].line,
                                                   (int)value->text.n, (const char *)value->text.p);
                if (!value->copied && strcmp(value->field, "title") == 0)
                    assert_null(strstr(keeper->rest, kept));
            }
    }
}

/* The reader itself loses nothing but bullets and blanks. */
static void every_beginning_of_a_sample_is_read_whole(void **state)
{
    struct making *m = *state;
    for (size_t s = 0; s < sizeof samples / sizeof samples[0]; s++) {
        struct hw_slice bytes = hw_arena_slice(&m->arena, bytes_of(m, samples[s]));
        for (size_t n = 0; n <= bytes.n; n++) {
            struct making cut = {.err = {HW_OK, ""}};
            hw_arena_init(&cut.arena);
            cut.import.arena = cut.import.heads.arena = &cut.arena;
            enum hw_status status = hw_import_bytes(&cut.import, (struct hw_slice){bytes.p, n}, &cut.err);
            if (status != HW_OK && status != HW_DECISION && status != HW_USAGE)
                fail_msg("%s, first %zu bytes: %s", samples[s], n, cut.err.text);
            const struct hw_import_table *table = cut.import.book.n > 0 ? &cut.import.book.tables[0] : NULL;
            /* A character cut in two makes another encoding of the file. */
            if (table != NULL && table->form == HW_IMPORT_OUTLINE && strcmp(cut.import.book.encoding, "UTF-8") == 0) {
                size_t at = 0;
                for (size_t i = 0; i < table->n; i++)
                    for (size_t k = 0; k < table->lines[i].cells[0].text.n; k++) {
                        uint8_t c = table->lines[i].cells[0].text.p[k];
                        /* Blanks may be joined; bullets and blanks are passed over. */
                        while (c != ' ' && at < n && bytes.p[at] != c)
                            assert_true(strchr(" \n-#*\xE2\x80\xA2\xC2\xA0", bytes.p[at++]) != NULL);
                        at += c != ' ';
                    }
                for (; at < n; at++)
                    assert_true(strchr(" \n-#*\xE2\x80\xA2\xC2\xA0", bytes.p[at]) != NULL || bytes.p[at] >= 0x80);
            }
            hw_arena_done(&cut.arena);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_printed_twice_gets_its_levels_back),
        TEST(objectives_stand_in_their_tracks),
        TEST(slides_give_countries_and_what_they_do),
        TEST(headings_in_six_languages_say_what_a_list_is),
        TEST(times_stand_inside_sentences_of_six_languages),
        TEST(levels_come_from_marks_and_indentation),
        TEST(a_wrapped_line_belongs_to_its_bullet),
        TEST(lists_under_no_heading_are_kept_as_text),
        TEST(a_plain_list_is_of_activities_and_says_so),
        TEST(members_and_meetings_have_kinds_of_their_own),
        TEST(a_country_of_small_letters_must_be_set_off),
        TEST(single_lines_printed_twice_are_a_slip),
        TEST(tables_stay_tables),
        TEST(text_without_a_list_is_refused_with_advice),
        TEST(the_same_file_gives_the_same_keys),
        TEST(a_lost_line_is_noticed),
        TEST(a_line_said_twice_is_kept_twice),
        TEST(no_line_is_said_twice),
        TEST(every_beginning_of_a_sample_is_read_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
