/* outline_word.c: the words of a line, and the headings they make.
 * Floor 2, noun: import outline.  Phrases are written as hw_fold writes them:
 * without marks on Latin and Arabic letters. */
#include <string.h>

#include "client/import/outline.h"
#include "headway/schema.h"

/* Words of a heading; a sentence of more is none, whatever stands in it. */
enum { TITLE_WORDS_MAX = 7 };
/* A heading with a colon may be a sentence: "The main objectives of the group are:". */
enum { COLON_WORDS_MAX = 30 };

/* Headings met in plans and on pages of groups: English, French, Spanish,
 * Portuguese, Russian, Arabic. The first that is found decides, so the longer
 * ones stand first. */
static const struct hw_outline_section sections[] = {
    {HW_OUTLINE_ITEM, "next step",
     "next steps|next step|steps identified|way forward|prochaines etapes|etapes suivantes|proximos pasos|siguientes pasos|"
     "pasos siguientes|proximos passos|следующие шаги|дальнейшие шаги|дальнейшие действия|الخطوات التالية|"
     "الخطوات المقبلة|الخطوات القادمة"},
    {HW_OUTLINE_ITEM, "resource need",
     "required resources|resources required|resource needs|resources needed|besoins en ressources|ressources necessaires|"
     "ressources requises|recursos necesarios|recursos requeridos|necesidades de recursos|recursos necessarios|"
     "необходимые ресурсы|потребность в ресурсах|الموارد المطلوبة|الموارد اللازمة"},
    {HW_OUTLINE_ITEM, "priority",
     "priorities for action|priority initiatives|priority areas|priority actions|priorities|priorites|axes prioritaires|"
     "actions prioritaires|domaines prioritaires|prioridades|areas prioritarias|lineas prioritarias|acoes prioritarias|"
     "приоритеты|приоритетные направления|приоритетные действия|الاولويات|المجالات ذات الاولوية"},
    {HW_OUTLINE_ITEM, "service",
     "services|services offered|prestations|servicios|servicos|услуги|الخدمات|خدمات"},
    {HW_OUTLINE_ITEM, "objective",
     "objectives|main objectives|goals|objectifs|buts|objetivos|цели|задачи|цели и задачи|الاهداف|اهداف"},
    {HW_OUTLINE_ITEM, "deliverable",
     "deliverables|outputs|expected outputs|livrables|produits attendus|entregables|productos esperados|entregas|"
     "produtos esperados|ожидаемые результаты|المخرجات|النواتج"},
    {HW_OUTLINE_ITEM, "milestone", "milestones|jalons|hitos|marcos|вехи|контрольные точки|المعالم|مراحل"},
    {HW_OUTLINE_ITEM, "target", "targets|cibles|metas|целевые показатели|الغايات"},
    {HW_OUTLINE_ITEM, "recommendation",
     "recommendations|recommandations|recomendaciones|recomendacoes|рекомендации|التوصيات|توصيات"},
    {HW_OUTLINE_ITEM, "engagement",
     "engagement with|rules of engagement|engagement rules|regles d'engagement|reglas de participacion|"
     "regras de participacao|правила участия|قواعد المشاركة"},
    {HW_OUTLINE_ITEM, "activity",
     "activities|key activities|actions|key actions|planned activities|roadmap|road map|activites|feuille de route|"
     "actividades|acciones|hoja de ruta|atividades|acoes|roteiro|мероприятия|план мероприятий|действия|дорожная карта|"
     "الانشطة|الاجراءات|خارطة الطريق"},
    {HW_OUTLINE_MEMBER, NULL,
     "members|membership|member organisations|member organizations|participating organisations|"
     "participating organizations|participating agencies|membres|organisations membres|miembros|"
     "organizaciones miembros|membros|члены|члены группы|участники|الاعضاء|اعضاء"},
    {HW_OUTLINE_MEETING, NULL,
     "meetings|events|workshops|reunions|ateliers|reuniones|talleres|eventos|reunioes|совещания|встречи|семинары|"
     "الاجتماعات|اجتماعات|ورش العمل"},
    {HW_OUTLINE_RESOURCE, NULL,
     "global products|products|publications|tools|tools and resources|key documents|resources|produits|outils|ressources|"
     "productos|publicaciones|herramientas|recursos|produtos|publicacoes|ferramentas|ресурсы|публикации|материалы|"
     "инструменты|الموارد|المنشورات|الادوات"},
};

/* What makes of an entry of a list the heading of those after it. */
#define FOLLOWING "following|as follows|suivants|suivantes|siguientes|seguintes|следующие|التالية"

static bool is_blank(const uint8_t *p, size_t n, size_t *width)
{
    *width = 1;
    if (*p == ' ' || (*p >= '\t' && *p <= '\r'))
        return true;
    *width = 2;
    return n > 1 && p[0] == 0xC2 && p[1] == 0xA0;
}

/* Signs around a word; those of UTF-8 are quotes and dashes. */
static size_t sign_length(struct hw_slice text)
{
    static const char *const signs[] = {"\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x93",
                                        "\xE2\x80\x94", "\xC2\xAB", "\xC2\xBB", "\xD8\x8C", "\xD8\x9B"};
    if (text.n == 0)
        return 0;
    if (text.p[0] < 0x80)
        return text.p[0] != 0 && strchr(".,;:!?()[]{}\"'*_-/|", text.p[0]) != NULL ? 1 : 0;
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t n = strlen(signs[i]);
        if (text.n >= n && memcmp(text.p, signs[i], n) == 0)
            return n;
    }
    return 0;
}

/* Length of the sign that a word ends with. */
static size_t tail_length(struct hw_slice text)
{
    size_t n = 1;
    while (n < 3 && n < text.n && (text.p[text.n - n] & 0xC0) == 0x80)
        n++;
    struct hw_slice last = {text.p + text.n - n, n};
    return text.n >= n && sign_length(last) == n ? n : 0;
}

static uint8_t sign(struct hw_slice text, size_t n)
{
    return n == 1 ? text.p[0] : '"';
}

static struct hw_outline_word word_of(struct hw_slice text, struct hw_arena *arena)
{
    struct hw_outline_word word = {.text = text};
    size_t n, letters = 0, capitals = 0;
    while ((n = sign_length(word.text)) > 0) {
        word.before = sign(word.text, n);
        word.text = (struct hw_slice){word.text.p + n, word.text.n - n};
    }
    while (word.text.n > 0 && (n = tail_length(word.text)) > 0) {
        word.after = sign((struct hw_slice){word.text.p + word.text.n - n, n}, n);
        word.text.n -= n;
    }
    /* Nothing but signs: they stand behind the word before. */
    if (word.text.n == 0) {
        word.after = word.before;
        word.before = 0;
    }
    for (size_t i = 0; i < word.text.n; i++) {
        bool capital = word.text.p[i] >= 'A' && word.text.p[i] <= 'Z';
        letters += capital || (word.text.p[i] >= 'a' && word.text.p[i] <= 'z') || word.text.p[i] >= 0x80;
        capitals += capital;
    }
    word.upper = letters > 0 && letters == capitals;
    word.capital = word.text.n > 0 && word.text.p[0] >= 'A' && word.text.p[0] <= 'Z';
    word.folded = hw_fold(arena, word.text);
    return word;
}

void hw_outline_split(struct hw_slice text, struct hw_arena *arena, struct hw_outline_words *words)
{
    size_t cap = 0, from = 0, width;
    *words = (struct hw_outline_words){.text = text};
    for (size_t i = 0; i <= text.n; i += width) {
        width = 1;
        if (i < text.n && !is_blank(text.p + i, text.n - i, &width)) {
            width = 1;
            continue;
        }
        if (i > from) {
            if (words->n == cap) {
                struct hw_outline_word *more = hw_arena_alloc(arena, (cap = cap == 0 ? 32 : cap * 2) * sizeof *more);
                if (words->n > 0)
                    memcpy(more, words->word, words->n * sizeof *more);
                words->word = more;
            }
            words->word[words->n++] = word_of((struct hw_slice){text.p + from, i - from}, arena);
        }
        from = i + width;
    }
}

struct hw_slice hw_outline_span(const struct hw_outline_words *words, size_t first, size_t end)
{
    while (first < end && words->word[first].text.n == 0)
        first++;
    while (end > first && words->word[end - 1].text.n == 0)
        end--;
    if (first >= end)
        return (struct hw_slice){NULL, 0};
    const uint8_t *from = words->word[first].text.p;
    return (struct hw_slice){from, (size_t)(words->word[end - 1].text.p - from) + words->word[end - 1].text.n};
}

/* Whether the words from `at` begin with `part` of a phrase; gives how many. */
static size_t part_length(const struct hw_outline_words *words, size_t at, const char *part, size_t n)
{
    const struct hw_outline_word *word = &words->word[at];
    size_t head = strlen(word->folded);
    if (head == n && memcmp(word->folded, part, n) == 0)
        return 1;
    /* A letter that the layout tore off: "N EXT". */
    bool torn = word->text.n == 1 && word->capital && word->after == 0 && at + 1 < words->n && head == 1 && n > 1;
    if (torn && word[1].upper && part[0] == word->folded[0] && strlen(word[1].folded) == n - 1 &&
        memcmp(word[1].folded, part + 1, n - 1) == 0)
        return 2;
    return 0;
}

/* One phrase of `n` bytes. */
static size_t phrase_length(const struct hw_outline_words *words, size_t at, const char *phrase, size_t n)
{
    size_t used = 0;
    for (size_t from = 0; from < n;) {
        const char *end = memchr(phrase + from, ' ', n - from);
        size_t part = end != NULL ? (size_t)(end - (phrase + from)) : n - from;
        size_t more = at + used < words->n ? part_length(words, at + used, phrase + from, part) : 0;
        if (more == 0)
            return 0;
        used += more;
        from += part + 1;
    }
    return used;
}

size_t hw_outline_phrase(const struct hw_outline_words *words, size_t at, const char *phrases)
{
    size_t best = 0;
    for (const char *phrase = phrases; *phrase != 0;) {
        size_t n = strcspn(phrase, "|");
        size_t used = phrase_length(words, at, phrase, n);
        best = used > best ? used : best;
        phrase += n + (phrase[n] == '|');
    }
    return best;
}

bool hw_outline_find(const struct hw_outline_words *words, const char *phrases, size_t *at, size_t *n)
{
    for (size_t i = 0; i < words->n; i++)
        if ((*n = hw_outline_phrase(words, i, phrases)) > 0) {
            *at = i;
            return true;
        }
    return false;
}

static bool ends_with(const struct hw_outline_words *words, uint8_t c)
{
    return words->n > 0 && words->word[words->n - 1].after == c;
}

const struct hw_outline_section *hw_outline_section(const struct hw_outline_words *words, bool list)
{
    bool colon = ends_with(words, ':'), stop = ends_with(words, '.') || ends_with(words, ';') || ends_with(words, ',');
    size_t at, n;
    if (words->n == 0 || words->n > COLON_WORDS_MAX || stop || (!colon && words->n > TITLE_WORDS_MAX))
        return NULL;
    if (list && !colon && !hw_outline_find(words, FOLLOWING, &at, &n))
        return NULL;
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (!hw_outline_find(words, sections[i].words, &at, &n))
            continue;
        /* "Priorities for 2020", "Our priorities", but not "Set priorities of work with members". */
        if (colon || list || at == 0 || at + n == words->n)
            return &sections[i];
    }
    return NULL;
}

/* A heading inside a line begins with a capital; a colon, brackets or capitals throughout set it off. */
static bool sets_off(const struct hw_outline_words *words, size_t at, size_t end)
{
    bool upper = true;
    for (size_t i = at; i < end; i++)
        upper = upper && words->word[i].upper;
    if (!words->word[at].capital || (at > 0 && words->word[at - 1].after == ','))
        return false;
    return upper || words->word[end - 1].after == ':';
}

/* "( SHORT TERM )" behind a heading; gives the word after it. */
static size_t horizon_end(const struct hw_outline_words *words, size_t at, struct hw_slice *horizon)
{
    enum { HORIZON_WORDS_MAX = 5 };
    const struct hw_outline_word *word = words->word;
    if (at >= words->n || (word[at].before != '(' && !(word[at].text.n == 0 && word[at].after == '(')))
        return at;
    for (size_t i = at; i < words->n && i < at + HORIZON_WORDS_MAX; i++)
        if (word[i].after == ')') {
            *horizon = hw_outline_span(words, at, i + 1);
            return i + 1;
        }
    return at;
}

bool hw_outline_cut(const struct hw_outline_words *words, struct hw_outline_cut *cut)
{
    /* Only these stand inside lines, on slides. */
    for (size_t i = 0; i < words->n; i++)
        for (size_t k = 0; k < sizeof sections / sizeof sections[0]; k++) {
            const char *type = sections[k].type;
            if (type == NULL || (strcmp(type, "next step") != 0 && strcmp(type, "priority") != 0))
                continue;
            size_t n = hw_outline_phrase(words, i, sections[k].words);
            if (n == 0 || !sets_off(words, i, i + n))
                continue;
            *cut = (struct hw_outline_cut){.section = &sections[k], .at = i, .end = i + n};
            cut->end = horizon_end(words, i + n, &cut->horizon);
            return true;
        }
    return false;
}
