/* outline_find.c: times, references, countries and meetings inside a sentence.
 * Floor 2, noun: import outline.  The sentence itself is always kept whole by
 * the caller; what is found here is said once more in a field of its own. */
#include <string.h>

#include "client/import/outline.h"
#include "headway/country.h"
#include "headway/schema.h"
#include "headway/when.h"

/* Words before a year that may belong to its date: "antes de fin de julio de 2019" has six. */
enum { DATE_WORDS_MAX = 7 };
/* A slice longer than this is no date. */
enum { DATE_BYTES_MAX = 60 };
/* Words between a meeting and its date. */
enum { MEETING_REACH = 8, MEETING_BYTES_MAX = 200 };

static bool has_year(struct hw_slice word)
{
    for (size_t i = 0; i + 4 <= word.n; i++) {
        bool alone = (i == 0 || word.p[i - 1] < '0' || word.p[i - 1] > '9') &&
                     (i + 4 == word.n || word.p[i + 4] < '0' || word.p[i + 4] > '9');
        if (alone && (memcmp(word.p + i, "19", 2) == 0 || memcmp(word.p + i, "20", 2) == 0) && word.p[i + 2] >= '0' &&
            word.p[i + 2] <= '9' && word.p[i + 3] >= '0' && word.p[i + 3] <= '9')
            return true;
    }
    return false;
}

/* Whether the text is a time of that sort; `edtf` is how it is read. */
static bool is_sort(struct hw_slice text, enum hw_outline_when sort, char edtf[HW_EDTF_MAX])
{
    struct hw_when when;
    if (text.n == 0 || text.n > DATE_BYTES_MAX)
        return false;
    hw_when_parse(text, HW_DATES_UNKNOWN, &when);
    if (when.kind != HW_WHEN_READ)
        return false;
    size_t n = strlen(when.edtf);
    bool due = n > 3 && strncmp(when.edtf, "../", 3) == 0, since = n > 3 && strcmp(when.edtf + n - 3, "/..") == 0;
    memcpy(edtf, when.edtf, HW_EDTF_MAX);
    return sort == HW_OUTLINE_DUE ? due : sort == HW_OUTLINE_SINCE ? since : !due && !since;
}

bool hw_outline_when(const struct hw_outline_words *words, enum hw_outline_when sort, size_t at, size_t *first, size_t *end)
{
    char edtf[HW_EDTF_MAX], less[HW_EDTF_MAX];
    for (size_t year = at; year < words->n; year++) {
        if (!has_year(words->word[year].text))
            continue;
        size_t least = year >= at + DATE_WORDS_MAX ? year - DATE_WORDS_MAX : at, to = year + 1;
        if (to < words->n && words->word[year].after == 0 && hw_outline_phrase(words, to, "года|году|год|г") > 0)
            to++;
        for (size_t from = least; from <= year; from++) {
            if (!is_sort(hw_outline_span(words, from, to), sort, edtf))
                continue;
            /* Words before it that say nothing of the time are no part of it: "in June 2019". */
            while (from < year && is_sort(hw_outline_span(words, from + 1, to), sort, less) && strcmp(edtf, less) == 0)
                from++;
            *first = from;
            *end = to;
            return true;
        }
    }
    return false;
}

/* "8.7", "17": a goal or a target of it. */
static bool is_goal(struct hw_slice text)
{
    size_t dots = 0, digits = 0;
    for (size_t i = 0; i < text.n; i++) {
        bool digit = text.p[i] >= '0' && text.p[i] <= '9';
        digits += digit;
        dots += text.p[i] == '.';
        if (!digit && text.p[i] != '.' && !(dots == 1 && text.p[i] >= 'a' && text.p[i] <= 'd'))
            return false;
    }
    return digits > 0 && digits <= 4 && dots <= 1 && text.n <= 5 && text.p[0] != '0' && text.p[0] != '.';
}

static bool is_number(struct hw_slice text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    return text.n > 0 && text.n <= 3;
}

/* "2015-031", "29/1990": the number of a law. */
static bool is_law(struct hw_slice text)
{
    size_t digits = 0, joints = 0;
    for (size_t i = 0; i < text.n; i++) {
        digits += text.p[i] >= '0' && text.p[i] <= '9';
        joints += text.p[i] == '-' || text.p[i] == '/';
    }
    return joints == 1 && digits >= 3 && digits + joints == text.n;
}

#define NUMBER_SIGN "n°|nº|no|nr|num|number|numero|№"
#define GOALS "sdg|sdgs|odd|ods|цур|اهداف التنمية المستدامة"
#define CONVENTION "convention|convenio|convencao|конвенция|конвенции|конвенцию|اتفاقية"
#define LABOUR "ilo|oit|мот|منظمة العمل الدولية"
#define LAW "law|laws|loi|lois|ley|leyes|lei|leis|закон|закона|законы|законов|قانون|القانون"

static size_t skip(const struct hw_outline_words *words, size_t at, const char *phrases)
{
    return at < words->n ? at + hw_outline_phrase(words, at, phrases) : at;
}

static bool labour_near(const struct hw_outline_words *words, size_t at)
{
    size_t from = at > 3 ? at - 3 : 0;
    for (size_t i = from; i < words->n && i < at + 6; i++)
        if (hw_outline_phrase(words, i, LABOUR) > 0)
            return true;
    return false;
}

/* "Target 8.7 of the SDGs" */
static bool goal_behind(const struct hw_outline_words *words, size_t at)
{
    for (size_t i = at; i < words->n && i < at + 4; i++)
        if (hw_outline_phrase(words, i, GOALS) > 0)
            return true;
    return false;
}

bool hw_outline_reference(const struct hw_outline_words *words, struct hw_arena *arena, size_t *at, struct hw_slice *text)
{
    size_t n, next;
    for (size_t i = *at; i < words->n; i++) {
        const struct hw_outline_word *word = words->word;
        *at = i + 1;
        if ((n = hw_outline_phrase(words, i, GOALS)) > 0) {
            next = skip(words, i + n, "target|targets|goal|goals|cible|meta|metas|цель|задача");
            if (next < words->n && is_goal(word[next].text)) {
                *text = hw_slice_text(hw_arena_printf(arena, "SDG:%s", word[next].folded));
                return true;
            }
        } else if (hw_outline_phrase(words, i, "target|goal|cible|meta|цель|задача") > 0 && i + 1 < words->n &&
                   is_goal(word[i + 1].text) && goal_behind(words, i + 2)) {
            *text = hw_slice_text(hw_arena_printf(arena, "SDG:%s", word[i + 1].folded));
            return true;
        } else if (hw_outline_phrase(words, i, CONVENTION) > 0 && labour_near(words, i)) {
            next = skip(words, skip(words, i + 1, LABOUR), NUMBER_SIGN);
            if (next < words->n && is_number(word[next].text)) {
                *text = hw_slice_text(hw_arena_printf(arena, "ILO:C%s", word[next].folded));
                return true;
            }
        } else if (is_law(word[i].text) && i > 0) {
            /* The number with the sign before it; a sign alone may follow a first law. */
            bool sign = hw_outline_phrase(words, i - 1, NUMBER_SIGN) > 0;
            if (!sign && hw_outline_phrase(words, i - 1, LAW) == 0)
                continue;
            *text = hw_outline_span(words, sign ? i - 1 : i, i + 1);
            return true;
        }
    }
    return false;
}

#define WITH_SUPPORT                                                                                                    \
    "with the support of|with the technical support of|with the financial support of|with technical support of|"        \
    "with technical support from|with support from|with the support from|avec l'appui de|avec l'appui technique de|"    \
    "avec l'appui du|avec l'appui technique du|avec le soutien de|avec le soutien du|avec le soutien technique de|"     \
    "con el apoyo de|con el apoyo del|con el apoyo tecnico de|con el apoyo tecnico del|com o apoio de|com o apoio da|"  \
    "com o apoio do|com o apoio tecnico de|com o apoio tecnico da|com o apoio tecnico do|при поддержке|"                \
    "при технической поддержке|بدعم من|بدعم فني من"

bool hw_outline_supporter(const struct hw_outline_words *words, struct hw_slice *text)
{
    size_t at, n;
    if (!hw_outline_find(words, WITH_SUPPORT, &at, &n))
        return false;
    size_t from = skip(words, at + n, "the|la|le|el|los|as|a|o"), to = from;
    /* A name: words with capitals, or letters that have none, up to the next sign. */
    while (to < words->n && (words->word[to].capital || (words->word[to].text.n > 0 && words->word[to].text.p[0] >= 0x80))) {
        to++;
        if (words->word[to - 1].after != 0)
            break;
    }
    *text = hw_outline_span(words, from, to);
    return text->n > 0;
}

/* The country that `n` words name, joined where a letter is torn off. */
static bool country_of(const struct hw_outline_words *words, struct hw_arena *arena, size_t n, struct hw_slice *name,
                       bool *torn)
{
    const struct hw_outline_word *first = &words->word[0];
    *name = hw_outline_span(words, 0, n);
    *torn = false;
    if (name->n >= 4 && hw_country_find(*name) != NULL)
        return true;
    if (n < 2 || first->text.n != 1 || !first->capital || first->after != 0 || !first[1].upper)
        return false;
    struct hw_slice rest = hw_outline_span(words, 1, n);
    *name = hw_slice_text(hw_arena_printf(arena, "%c%.*s", first->text.p[0], (int)rest.n, (const char *)rest.p));
    *torn = true;
    return name->n >= 4 && hw_country_find(*name) != NULL;
}

bool hw_outline_country(const struct hw_outline_words *words, struct hw_arena *arena, size_t *n, struct hw_slice *name,
                        bool *torn)
{
    enum { COUNTRY_WORDS_MAX = 7 };
    for (*n = words->n < COUNTRY_WORDS_MAX ? words->n : COUNTRY_WORDS_MAX; *n > 0; --*n) {
        bool upper = true, capital = words->word[0].capital || (words->word[0].text.n > 1 && words->word[0].text.p[0] >= 0x80);
        for (size_t i = 0; i < *n; i++)
            upper = upper && words->word[i].upper;
        /* Names in small letters must be set off: "Nepal - since", "Nepal:", "Nepal" alone. */
        uint8_t sign = words->word[*n - 1].after, next = *n < words->n ? words->word[*n].after : 0;
        bool set_off = *n == words->n || sign == ':' || (words->word[*n].text.n == 0 && next != 0);
        if ((upper || (capital && set_off)) && country_of(words, arena, *n, name, torn))
            return true;
    }
    return false;
}

#define WORKSHOP "workshop|workshops|atelier|taller|oficina|семинар|семинара|ورشة عمل|ورشة"
#define CONSULTATION "consultation|consultations|consulta|консультация|консультации|مشاورة|مشاورات"
#define MISSION "mission|mision|missao|миссия|بعثة"
#define MEETING "meeting|conference|seminar|forum|webinar|reunion|conferencia|seminario|foro|reuniao|совещание|встреча|"    \
                "конференция|форум|اجتماع|موتمر"
/* A meeting's name does not reach over these words to the left. */
#define STOPS "the|a|an|after|and|at|during|of|in|to|le|la|les|l|un|une|apres|et|el|los|las|una|despues|del|de|y|o|os|as|uma|"  \
              "apos|depois|e|после|в|на|и|بعد|و|first|following"

static bool ends_sentence(uint8_t sign)
{
    return sign == '.' || sign == ';' || sign == ':' || sign == '!' || sign == '?';
}

static const char *meeting_type(const struct hw_outline_words *words, size_t at, size_t *n)
{
    if ((*n = hw_outline_phrase(words, at, WORKSHOP)) > 0)
        return "workshop";
    if ((*n = hw_outline_phrase(words, at, CONSULTATION)) > 0)
        return "consultation";
    if ((*n = hw_outline_phrase(words, at, MISSION)) > 0)
        return "mission";
    *n = hw_outline_phrase(words, at, MEETING);
    return *n > 0 ? "meeting" : NULL;
}

/* The date of the meeting whose word ends before `from`: "(March 2019)", "in June 2019". `*name` is where the name
 * ends, `*day` and `*end` are the date's words. */
static bool meeting_date(const struct hw_outline_words *words, size_t from, size_t *name, size_t *day, size_t *end)
{
    const struct hw_outline_word *word = words->word;
    if (from > 0 && ends_sentence(word[from - 1].after))
        return false;
    for (size_t i = from; i < words->n && i < from + MEETING_REACH; i++) {
        struct hw_outline_words near = *words;
        bool bracket = word[i].before == '(';
        bool in = i > from && hw_outline_phrase(words, i - 1, "in|on|en|em|le|в|من|في") > 0;
        near.n = words->n < i + DATE_WORDS_MAX ? words->n : i + DATE_WORDS_MAX;
        if ((bracket || in || i == from) && hw_outline_when(&near, HW_OUTLINE_DAY, i, day, end) && *day == i) {
            *name = bracket || i == from ? i : i - 1;
            return !bracket || word[*end - 1].after == ')';
        }
        if (ends_sentence(word[i].after) || bracket)
            return false;
    }
    return false;
}

bool hw_outline_meeting(const struct hw_outline_words *words, size_t *at, struct hw_outline_meeting *meeting)
{
    for (size_t i = *at; i < words->n; i++) {
        size_t n, name, day, end, from = i;
        const char *type = meeting_type(words, i, &n);
        if (type == NULL || !meeting_date(words, i + n, &name, &day, &end))
            continue;
        while (from > *at && words->word[from - 1].after == 0 && words->word[from - 1].text.n > 0 &&
               hw_outline_phrase(words, from - 1, STOPS) == 0 && words->word[from].before == 0)
            from--;
        *meeting = (struct hw_outline_meeting){hw_outline_span(words, from, name), hw_outline_span(words, day, end), type};
        *at = end;
        if (meeting->title.n > 0 && meeting->title.n <= MEETING_BYTES_MAX)
            return true;
    }
    return false;
}

const char *hw_outline_resource(const struct hw_outline_words *words, size_t from, size_t *at, size_t *n)
{
    static const struct {
        const char *type, *words;
    } kinds[] = {
        {"policy brief", "policy brief|policy briefs|note de politique|notes de politique|informe de politicas|"
                         "nota de politica|аналитическая записка|аналитические записки|موجز سياسات"},
        {"guidance note", "guidance note|guidance notes|note d'orientation|notes d'orientation|nota de orientacion|"
                          "nota orientadora|методические рекомендации|مذكرة توجيهية"},
        {"toolkit", "toolkit|toolkits|boite a outils|caja de herramientas|kit de ferramentas|набор инструментов|"
                    "مجموعة ادوات"},
        {"good practice", "good practice|good practices|best practice|best practices|bonne pratique|bonnes pratiques|"
                          "buena practica|buenas practicas|boa pratica|boas praticas|передовой опыт|ممارسة جيدة"},
        {"key message", "key messages|messages cles|mensajes clave|mensagens chave|ключевые тезисы|رسايل رييسية"},
        {"minutes", "minutes|proces verbal|compte rendu|acta|actas|ata|протокол|محضر"},
        {"report", "report|reports|rapport|rapports|informe|informes|relatorio|relatorios|отчет|доклад|تقرير|تقارير"},
    };
    for (*at = from; *at < words->n; ++*at)
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
            if ((*n = hw_outline_phrase(words, *at, kinds[k].words)) > 0)
                return kinds[k].type;
    return NULL;
}
