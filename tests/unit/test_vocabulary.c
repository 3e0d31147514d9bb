/* test_vocabulary.c: folding, the words of each enum, and column heads. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "headway/schema.h"
#include "proto/fold.h"
#include "proto/vocabulary.h"

static void assert_folds(const char *text, const char *key)
{
    struct hw_arena arena;
    hw_arena_init(&arena);
    assert_string_equal(hw_fold(&arena, hw_slice_text(text)), key);
    hw_arena_done(&arena);
}

static void folding_takes_case_and_gaps_away(void **state)
{
    (void)state;
    assert_folds("In-Progress", "in progress");
    assert_folds("  no_longer \t\n applicable ", "no longer applicable");
    assert_folds("Time\u2011frame", "time frame");
    assert_folds("a \u2013 b", "a b");
    assert_folds("A\u00a0B", "a b");
    assert_folds("STRASSE", "strasse");
    assert_folds("Straße", "strasse");
    assert_folds("ﬁn", "fin");
    assert_folds("ВЫПОЛНЕНО", "выполнено");
    assert_folds("", "");
    assert_folds(" - ", "");
}

/* A letter beyond ASCII sends the whole text the long way. */
static void ascii_folds_the_same_both_ways(void **state)
{
    struct hw_arena arena = {0};
    (void)state;
    for (char a = 1; a < 127; a++)
        for (char b = 1; b < 127; b++) {
            char text[] = {a, 'X', b, a, b, ' ', 'Y', 0};
            const char *both = hw_arena_printf(&arena, "%s \u00e9", text);
            const char *folded = hw_arena_printf(&arena, "%s e", hw_fold(&arena, hw_slice_text(text)));
            if (strcmp(hw_fold(&arena, hw_slice_text(both)), folded) != 0)
                fail_msg("%d %d: \"%s\" or \"%s\"", a, b, folded, hw_fold(&arena, hw_slice_text(both)));
        }
    hw_arena_done(&arena);
}

static void folding_strips_marks_from_latin_and_arabic_only(void **state)
{
    (void)state;
    assert_folds("Échéance", "echeance");
    assert_folds("E\u0301che\u0301ance", "echeance");
    assert_folds("Situação", "situacao");
    assert_folds("Việt", "viet");
    assert_folds("İstanbul", "istanbul");
    assert_folds("أُنْجِزَ", "انجز");
    assert_folds("مكتـــمل", "مكتمل");
    assert_folds("Комментарий", "комментарий");
    assert_folds("Й", "й");
    assert_folds("И\u0306", "й");
    assert_folds("Ё", "ё");
    assert_folds("ї", "ї");
    assert_folds("が", "が");
}

static void folding_survives_damaged_text(void **state)
{
    (void)state;
    struct hw_arena arena;
    hw_arena_init(&arena);
    const char *key = hw_fold(&arena, (struct hw_slice){(const uint8_t *)"a\xff\xc3 B", 5});
    assert_string_equal(key, "a?? b");
    assert_string_equal(hw_fold(&arena, (struct hw_slice){(const uint8_t *)"a\0b", 3}), "ab");
    assert_string_equal(hw_fold(&arena, (struct hw_slice){NULL, 0}), "");
    hw_arena_done(&arena);
}

static void listed_words_are_whole_words(void **state)
{
    (void)state;
    assert_true(hw_fold_listed("done|not done", "done"));
    assert_true(hw_fold_listed("not done|done", "done"));
    assert_true(hw_fold_listed("a|b|c", "b"));
    assert_false(hw_fold_listed("not done", "done"));
    assert_false(hw_fold_listed("done well", "done"));
    assert_false(hw_fold_listed("a||b", ""));
    assert_false(hw_fold_listed(NULL, "a"));
}

static const struct hw_vocabulary *const vocabularies[] = {
    &hw_words_office_kind, &hw_words_office_state, &hw_words_incarnation_reason, &hw_words_grant_role,
    &hw_words_group_kind, &hw_words_member_role, &hw_words_member_state, &hw_words_participation_state,
    &hw_words_plan_state, &hw_words_date_order, &hw_words_item_type, &hw_words_status,
    &hw_words_resource_type, &hw_words_resource_state, &hw_words_meeting_type,
};

/* Every synonym is written as it folds, and means one thing. */
static void check_synonyms(const struct hw_vocabulary *vocabulary, const struct hw_word *word)
{
    struct hw_arena arena;
    hw_arena_init(&arena);
    for (const char *p = word->synonyms; p != NULL && *p != '\0';) {
        struct hw_slice synonym = {(const uint8_t *)p, strcspn(p, "|")};
        const char *plain = hw_arena_text(&arena, p, synonym.n);
        if (strcmp(hw_fold_word(&arena, synonym), plain) != 0)
            fail_msg("%s: \"%s\" folds to \"%s\"", vocabulary->name, plain, hw_fold_word(&arena, synonym));
        uint16_t found = hw_word_find(vocabulary, synonym);
        if (found != word->value)
            fail_msg("%s: \"%s\" stands for %u and %u", vocabulary->name, plain, found, word->value);
        p += synonym.n + (p[synonym.n] == '|' ? 1 : 0);
    }
    hw_arena_done(&arena);
}

static void every_vocabulary_is_sound(void **state)
{
    (void)state;
    for (size_t v = 0; v < sizeof vocabularies / sizeof vocabularies[0]; v++) {
        const struct hw_vocabulary *vocabulary = vocabularies[v];
        for (size_t i = 0; i < vocabulary->n; i++) {
            const struct hw_word *word = &vocabulary->words[i];
            assert_int_equal(word->value, i + 1);
            assert_string_equal(hw_word_name(vocabulary, word->value), word->name);
            assert_int_equal(hw_word_find(vocabulary, hw_slice_text(word->name)), word->value);
            check_synonyms(vocabulary, word);
        }
        assert_null(hw_word_name(vocabulary, 0));
        assert_null(hw_word_name(vocabulary, (uint16_t)(vocabulary->n + 1)));
        assert_int_equal(hw_word_find(vocabulary, hw_slice_text("no such word")), 0);
        assert_int_equal(hw_word_find(vocabulary, hw_slice_text("")), 0);
    }
}

/* The names and their numbers are in events for ever. */
static void names_of_status_and_item_type_are_permanent(void **state)
{
    (void)state;
    static const char *const statuses[] = {"proposed",  "not started", "in progress",         "on hold",
                                           "completed", "no longer applicable", "cancelled"};
    static const char *const types[] = {"objective", "service", "priority", "activity", "deliverable", "milestone",
                                        "target", "next step", "recommendation", "engagement", "resource need"};
    assert_int_equal(hw_words_status.n, 7);
    for (uint16_t i = 0; i < 7; i++)
        assert_string_equal(hw_word_name(&hw_words_status, (uint16_t)(i + 1)), statuses[i]);
    assert_int_equal(hw_words_item_type.n, 11);
    for (uint16_t i = 0; i < 11; i++)
        assert_string_equal(hw_word_name(&hw_words_item_type, (uint16_t)(i + 1)), types[i]);
}

static void assert_status(const char *list, uint16_t status)
{
    for (const char *p = list; *p != '\0';) {
        size_t n = strcspn(p, "|");
        uint16_t found = hw_word_find(&hw_words_status, (struct hw_slice){(const uint8_t *)p, n});
        if (found != status)
            fail_msg("\"%.*s\" is status %u, not %u", (int)n, p, found, status);
        p += n + (p[n] == '|' ? 1 : 0);
    }
}

static void words_of_real_trackers_map_to_a_status(void **state)
{
    (void)state;
    assert_status("Proposed|suggested", HW_STATUS_PROPOSED);
    assert_status("Completed|COMPLETED.|complete|Done|delivered|achieved|closed|finalised|finalized|terminé|Terminée|"
                  "concluido|Concluído|завершено|Выполнено|مكتمل|орындалды|✅|( Done )",
                  HW_STATUS_COMPLETED);
    assert_status("In progress|in-progress|in_progress|ongoing|on-going|underway|under way|initiated|in process|started|"
                  "delayed|largely delivered|partly delivered|largely|partly|largely/partly delivered|en cours|En proceso|"
                  "atrasado|em andamento|в процессе|قيد التنفيذ|орындалуда",
                  HW_STATUS_IN_PROGRESS);
    assert_status("Not started|not_started|pending|open|planned|not initiated|not delivered|not-delivered|non démarré|"
                  "pendiente|не начато|لم يبدأ",
                  HW_STATUS_NOT_STARTED);
    assert_status("on hold|Suspended|suspendu|приостановлено", HW_STATUS_ON_HOLD);
    assert_status("No Longer Applicable|n/a|N/A|superseded|ya no aplica|sans objet", HW_STATUS_NO_LONGER_APPLICABLE);
    assert_status("cancelled|canceled|dropped|abandoned|отменено|annulé", HW_STATUS_CANCELLED);
    assert_status("see comments|yes|50 %|KAZ|not", 0);
}

static void a_status_may_say_when_and_how_much(void **state)
{
    (void)state;
    assert_status("Completed (June 2019)|Completed 12/05/2019|Done (100%)|Completed: 100 %|Terminé (2019)|Published|Publié|"
                  "опубликовано|Завершено (май 2019)",
                  HW_STATUS_COMPLETED);
    assert_status("In progress - 60 %|Ongoing (60%)|Delayed (in progress)|En cours (2020)|En consulta|under review|"
                  "на рассмотрении",
                  HW_STATUS_IN_PROGRESS);
    assert_status("Not started (0%)", HW_STATUS_NOT_STARTED);
    assert_status("n\u2019est plus applicable", HW_STATUS_NO_LONGER_APPLICABLE);
    assert_status("Completed (in part)|Completed (not by us)|Completed 50%|Completed (2019) in part|(2019)|12.5|In force", 0);
}

static void types_and_roles_are_understood(void **state)
{
    (void)state;
    assert_int_equal(hw_word_find(&hw_words_item_type, hw_slice_text("Activité")), HW_ITEM_ACTIVITY);
    assert_int_equal(hw_word_find(&hw_words_item_type, hw_slice_text("мероприятие")), HW_ITEM_ACTIVITY);
    assert_int_equal(hw_word_find(&hw_words_item_type, hw_slice_text("NEXT STEPS:")), HW_ITEM_NEXT_STEP);
    assert_int_equal(hw_word_find(&hw_words_item_type, hw_slice_text("Required resources")), HW_ITEM_RESOURCE_NEED);
    assert_int_equal(hw_word_find(&hw_words_item_type, hw_slice_text("توصية")), HW_ITEM_RECOMMENDATION);
    assert_int_equal(hw_word_find(&hw_words_member_role, hw_slice_text("Co-chair")), 2);
    assert_int_equal(hw_word_find(&hw_words_member_role, hw_slice_text("co chair")), 2);
    assert_int_equal(hw_word_find(&hw_words_office_kind, hw_slice_text("MCO")), 3);
    assert_int_equal(hw_word_find(&hw_words_date_order, hw_slice_text("DMY")), 1);
}

static void assert_heads(const char *field, const char *list)
{
    for (const char *p = list; *p != '\0';) {
        size_t n = strcspn(p, "|");
        const char *found = hw_heading_field((struct hw_slice){(const uint8_t *)p, n});
        if (field == NULL ? found != NULL : found == NULL || strcmp(found, field) != 0)
            fail_msg("\"%.*s\" is %s, not %s", (int)n, p, found != NULL ? found : "unknown",
                     field != NULL ? field : "unknown");
        p += n + (p[n] == '|' ? 1 : 0);
    }
}

static void column_heads_name_fields(void **state)
{
    (void)state;
    assert_heads("responsible", "Responsible|RESPONSIBLE PARTY|Owner|Owner(s)|Lead|Actor|Assigned to|Who|Responsable|"
                                "Pilote|Ответственный|Ответственный исполнитель|الجهة المسؤولة|Жауапты|Responsible:");
    assert_heads("deadline", "Deadline|Due|Due date|Target date|Timeline|Time-frame|Timeframe|By when|Échéance|Plazo|"
                             "Fecha límite|fechaFin|Prazo|Срок|Срок исполнения|تاريخ النهاية|Мерзімі|"
                             "Timeline (month and year)|Deadline / Échéance");
    assert_heads("status", "Status|State|Progress|Estado|Estatus|Statut|État d'avancement|Situação|Статус|الحالة");
    assert_heads("comment", "Comments|Notes|Remarks|Progress and follow up|Progress and follow-up|Observaciones|"
                            "Observations|Observações|Примечание|ملاحظات|Comments/Notes");
    assert_heads("title", "Action|Activity|Key action|Task|Milestone|Commitment|Priority areas of work|Recommendation|"
                          "Actividad|Medida|Mesure|Ação|Мероприятие|Наименование мероприятия|النشاط|* Title *");
    assert_heads("countries", "Country|Countries|Pays|País|Страна|البلد|Country(ies)");
    assert_heads("number", "No.|No|Nº|#|№|№ п/п|Number|Número");
    assert_heads("type", "Type|Tipo|Тип");
    assert_heads("description", "Description|Details|Descripción|Описание");
    assert_heads("progress", "% complete|Progress (%)|Percent complete|Avance|Процент выполнения");
    assert_heads("themes", "Theme|Thematic area|Sector|Priority|Prioridad");
    assert_heads("references", "References|SDG|Synergies with other processes|ODS");
    assert_heads("reason", "Reason|Justification|Motivo|Причина");
    assert_heads("responsible", "Who?|\u00bfQuién?|Person responsible|Implementing partners|Responsible agency/agencies|"
                                "Organisme responsable|Institución responsable|Responsável pela ação|"
                                "Ответственные за исполнение (реализацию)|المسؤول عن التنفيذ|Жауапты мекеме");
    assert_heads("deadline", "By when?|Cuándo?|Planned end date|Delivery date|Délai d\u2019exécution|Fecha estimada|"
                             "Data de conclusão prevista|Срок завершения|المدة الزمنية|Орындау мерзімдері");
    assert_heads("status", "État d\u2019avancement|Status as of June 2019|Niveau d'avancement|Estado de implementación|"
                           "Andamento|Отметка об исполнении|مستوى التنفيذ|Іске асырылу барысы");
    assert_heads("comment", "Latest update|Progress to date|Status update|Progrès réalisés|Avances|Avanços");
    assert_heads("title", "What?|Agreed actions|Activités prévues|Actividades previstas|Atividades previstas|"
                          "Планируемые мероприятия|Іс-шаралар атауы");
    assert_heads("countries", "Country/ies|Pays concernés|Países involucrados|البلدان المعنية");
    assert_heads("references", "SDG goals|GCM objectives|Cibles ODD|Metas ODS|Цели устойчивого развития");
    assert_heads("number", "S.No|Sl. No.");
    assert_heads("completed_on", "Completed on|completed_on|Date completed|Actual completion date");
}

static void heads_that_name_no_field_are_left_to_a_person(void **state)
{
    (void)state;
    assert_heads(NULL, "Start|Start date|Date de début|Fecha de inicio|Дата начала|Completion date|Budget|Deliverables|"
                       "Action / Deadline| |()|/");
    assert_null(hw_heading_field((struct hw_slice){NULL, 0}));
    char long_text[1000];
    memset(long_text, 'x', sizeof long_text);
    assert_null(hw_heading_field((struct hw_slice){(const uint8_t *)long_text, sizeof long_text}));
}

/* Whatever a head maps to is a field of an item or the word "comment". */
static void heads_map_to_fields_that_exist(void **state)
{
    (void)state;
    const struct hw_kind *item = hw_kind_by_id(HW_KIND_ITEM);
    static const char *const names[] = {"title", "responsible", "deadline", "status", "countries", "number", "type",
                                        "description", "progress (%)", "themes", "references", "reason", "completed_on"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_non_null(hw_field_named(item, hw_heading_field(hw_slice_text(names[i]))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folding_takes_case_and_gaps_away),
        cmocka_unit_test(folding_strips_marks_from_latin_and_arabic_only),
        cmocka_unit_test(ascii_folds_the_same_both_ways),
        cmocka_unit_test(folding_survives_damaged_text),
        cmocka_unit_test(listed_words_are_whole_words),
        cmocka_unit_test(every_vocabulary_is_sound),
        cmocka_unit_test(names_of_status_and_item_type_are_permanent),
        cmocka_unit_test(words_of_real_trackers_map_to_a_status),
        cmocka_unit_test(a_status_may_say_when_and_how_much),
        cmocka_unit_test(types_and_roles_are_understood),
        cmocka_unit_test(column_heads_name_fields),
        cmocka_unit_test(heads_that_name_no_field_are_left_to_a_person),
        cmocka_unit_test(heads_map_to_fields_that_exist),
    };
    return cmocka_run_group_tests_name("vocabulary", tests, NULL, NULL);
}
