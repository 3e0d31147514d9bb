/* References as people print them, and as scheme:code (headway/reference.h). */
#include "headway/reference.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* The codes with spaces between them, and a + when the text says more. */
static const char *read(struct hw_arena *arena, const char *text, const char *scheme)
{
    struct hw_references found;
    const char *line = "";
    hw_references_read(arena, hw_slice_text(text), scheme, &found);
    for (size_t i = 0; i < found.n; i++)
        line = hw_arena_printf(arena, "%s%s%s", line, i ? " " : "", found.codes[i]);
    if (found.n == 0 && found.whole)
        fail_msg("\"%s\": nothing is no whole", text);
    return found.n && !found.whole ? hw_arena_printf(arena, "%s +", line) : line;
}

static void references_are_found_in_any_spelling(void **state)
{
    static const char *const table[][2] = {
        {"SDG:8.7", "SDG:8.7"},
        {"SDG 8.7", "SDG:8.7"},
        {"sdg8.7", "SDG:8.7"},
        {"SDG-8", "SDG:8"},
        {"SDG 08.07", "SDG:8.7"},
        {"SDG target 8.b", "SDG:8.b"},
        {"SDG indicator 8.7.1", "SDG:8.7.1"},
        {"SDGs 3, 4 and 10 (10.7)", "SDG:3 SDG:4 SDG:10 SDG:10.7"},
        {"SDG 8.7; SDG 8.7", "SDG:8.7"},
        {"Sustainable Development Goals: 5 & 8", "SDG:5 SDG:8"},
        {"ODD 8.7", "SDG:8.7"},
        {"ODS 5 y 8.7", "SDG:5 SDG:8.7"},
        {"Objetivo de Desenvolvimento Sustentável n.º 4", "SDG:4"},
        {"ЦУР 3.8", "SDG:3.8"},
        {"الهدف", ""},
        {"أهداف التنمية المستدامة 3 و 4", "SDG:3 SDG:4"},
        {"ТДМ 3", "SDG:3"},
        {"GCM:15", "GCM:15"},
        {"GCM: objective 15", "GCM:15"},
        {"GCM Objectives 5, 6 and 18", "GCM:5 GCM:6 GCM:18"},
        {"Global Compact for Migration, objective 23", "GCM:23"},
        {"Pacto Mundial para la Migración, objetivo 6", "GCM:6"},
        {"ILO:C142", "ILO:C142"},
        {"ILO C.29", "ILO:C029"},
        {"ILO Convention n° 142", "ILO:C142"},
        {"ILO Convention No. 142", "ILO:C142"},
        {"ILO Conventions 138 and 182", "ILO:C138 ILO:C182"},
        {"ILO Recommendation 204", "ILO:R204"},
        {"ILO Convention 29, Protocol 29", "ILO:C029 ILO:P029"},
        {"Convention n° 142 de l'OIT", ""},
        {"OIT, convention n° 142", "ILO:C142"},
        {"МОТ, Конвенция № 142", "ILO:C142"},
        {"WHA:61.17", "WHA:61.17"},
        {"WHA61.17", "WHA:61.17"},
        {"WHA Resolutions 61.17 and 70.15", "WHA:61.17 WHA:70.15"},
        {"World Health Assembly resolution 61.17", "WHA:61.17"},
        {"UN Security Council Resolution 1325", "UNSC:1325"},
        {"UNSCR 1325", "UNSC:1325"},
        {"A/RES/70/1", "UNGA:70/1"},
        {"SDG 8.7, ILO C182", "SDG:8.7 ILO:C182"},
        {"WHA 61.17 / SDG 3.8/3.d", "WHA:61.17 SDG:3.8 SDG:3.d"},
        {"General Assembly resolutions 70/1, 71/313", "UNGA:70/1 UNGA:71/313"},
    };
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        if (strcmp(read(&arena, table[i][0], NULL), table[i][1]) != 0)
            fail_msg("\"%s\" gives \"%s\"", table[i][0], read(&arena, table[i][0], NULL));
}

static void what_says_more_is_not_replaced(void **state)
{
    static const char *const table[][2] = {
        {"SDG 8.7 on child labour", "SDG:8.7 +"},
        {"All SDGs in particular 3, 4 and 10", "SDG:3 SDG:4 SDG:10 +"},
        {"Follows ILO Convention 142 (2019 report)", "ILO:C142 +"},
        {"SDG 8.7 and 12 trainings", "SDG:8.7 +"},
        {"SDGs 3 and 4 on health and schools", "SDG:3 SDG:4 +"},
        {"SDG 8.7 and the national strategy", "SDG:8.7 +"},
    };
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_string_equal(read(&arena, table[i][0], NULL), table[i][1]);
}

static void free_text_stays_free(void **state)
{
    static const char *const table[] = {"",          "8.7",       "C142",          "SDG",      "SDG 18", "SDG 0", "GCM 24",
                                        "WHA 61",    "ILO 142",   "ILO C1234",     "Goal 8",   "SDG 8.7.1.2",
                                        "New urban agenda", "Beijing+25", "oddly 8", "WHO 61.17", "Résolution 61.17"};
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        if (*read(&arena, table[i], NULL))
            fail_msg("\"%s\" gives \"%s\"", table[i], read(&arena, table[i], NULL));
}

static void a_list_cut_at_its_commas_keeps_its_scheme(void **state)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    struct hw_references found;
    (void)state;
    hw_references_read(&arena, hw_slice_text("SDG 8.7"), NULL, &found);
    assert_string_equal(found.scheme, "SDG");
    assert_string_equal(read(&arena, "8.8", found.scheme), "SDG:8.8");
    assert_string_equal(read(&arena, "10 and 16.2", found.scheme), "SDG:10 SDG:16.2");
    assert_string_equal(read(&arena, "24 trainings", found.scheme), "");
    assert_string_equal(read(&arena, "3 trainings", found.scheme), "");
    assert_string_equal(read(&arena, "GCM 15", found.scheme), "GCM:15");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_are_found_in_any_spelling),
        cmocka_unit_test(what_says_more_is_not_replaced),
        cmocka_unit_test(free_text_stays_free),
        cmocka_unit_test(a_list_cut_at_its_commas_keeps_its_scheme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
