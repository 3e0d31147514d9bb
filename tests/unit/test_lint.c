/* Words by which people say that something is missing (daemon/lint_words.c):
 * what is one, what is none, and a text written again without. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "daemon/lint.h"

static void what_is_to_be_filled_in_is_taken_out(void **state)
{
    static const char *const table[][2] = {
        {"Workshops in XX countries", "Workshops in countries"},
        {"Workshops in xxx countries", "Workshops in countries"},
        {"XX", ""},
        {"Print (?) the manual", "Print the manual"},
        {"Print the manual (?\?)", "Print the manual"},
        {"Who comes??", "Who comes"},
        {"Venue: TBD.", "Venue"},
        {"tbc: venue, date T.B.D.", "venue, date"},
        {"Date to be confirmed by WHO", "Date by WHO"},
        {"À définir avec le ministère", "avec le ministère"},
        {"Fecha por confirmar", "Fecha"},
        {"Data a definir", "Data"},
        {"Место уточняется", "Место"},
        {"الموعد يحدد لاحقا", "الموعد"},
        {"Орны анықталады", "Орны"},
        {"Hire _______ drivers", "Hire drivers"},
        {"[insert the title] training", "training"},
        {"Lorem ipsum", ""},
    };
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        size_t at, n;
        assert_true(hw_lint_placeholder(table[i][0], &at, &n));
        assert_string_equal(hw_lint_without(&arena, table[i][0]), table[i][1]);
    }
}

static void ordinary_words_are_no_placeholders(void **state)
{
    static const char *const table[] = {"",        "Why is it dry?", "Box XXL", "Exxon", "Louis XIV", "Xx the dog", "TBDs",
                                        "outbcast", "a_b__c",        "[annex]", "(see annex)", "Хххенд"};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        size_t at, n;
        if (hw_lint_placeholder(table[i], &at, &n))
            fail_msg("%s", table[i]);
    }
}

static void a_remark_says_that_something_is_pending(void **state)
{
    static const char *const yes[] = {
        "Pending",           "The study is done, printing is still PENDING.", "not-yet signed", "Signature en attente",
        "N'est pas encore signé", "Está pendiente de firma",  "Aún no se firmó",  "Assinatura pendente", "Ainda não assinado",
        "Подпись ожидается", "Ещё не подписан",     "Еще не подписан",  "التوقيع قيد الانتظار", "لم يكتمل التقرير",
        "Қол қою күтілуде"};
    static const char *const no[] = {"",          "Spending went as planned", "No longer pending", "Nothing is pending",
                                     "All done", "Terminé",                  "Подписано",         "مكتمل"};
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (!hw_lint_pending(&arena, yes[i]))
            fail_msg("%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (hw_lint_pending(&arena, no[i]))
            fail_msg("%s", no[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_to_be_filled_in_is_taken_out),
        cmocka_unit_test(ordinary_words_are_no_placeholders),
        cmocka_unit_test(a_remark_says_that_something_is_pending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
