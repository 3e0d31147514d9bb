/* reference.c: finds references in a text and writes them as scheme:code.
 * Floor 1, noun: reference.  A reference is the name of a scheme, words that say
 * what of it (a target, a convention), and numbers of the form that the scheme
 * has; a number alone is never one. What stands beside references is not touched:
 * `whole` tells whether anything does. */
#include "headway/reference.h"

#include <stdio.h>
#include <string.h>

#include "headway/schema.h"
#include "proto/fold.h"

enum {
    TEXT_BYTES_MAX = 4000, /* as long as the field may be */
    CODES_MAX = 64,        /* in one text; all goals and their targets are more than anybody lists */
    NAME_WORDS = 6,        /* of the longest name of a scheme */
    ILO_DIGITS = 3         /* conventions are printed C029 */
};

/* Names are folded; the same words in another order are another name. */
static const struct scheme {
    const char *code, *names;
    int parts;     /* numbers of a code: 8.7 has two; at least `least` */
    int least;
    int first_max; /* the greatest first number; 0: any of four digits */
    char sign;     /* between the numbers */
} schemes[] = {
    {"SDG",
     "sdg|sdgs|sustainable development goal|sustainable development goals|odd|objectif de developpement durable|"
     "objectifs de developpement durable|ods|objetivo de desarrollo sostenible|objetivos de desarrollo sostenible|"
     "objetivo de desenvolvimento sustentavel|objetivos de desenvolvimento sustentavel|цур|цель устойчивого развития|"
     "цели устойчивого развития|هدف التنمية المستدامة|اهداف التنمية المستدامة|тдм|тұрақты даму мақсаты|"
     "тұрақты даму мақсаттары",
     3, 1, 17, '.'},
    {"GCM",
     "gcm|global compact for migration|global compact on migration|pacte mondial sur les migrations|"
     "pacte mondial pour les migrations|pmm|pacto mundial para la migracion|pacto mundial sobre migracion|"
     "pacto global para as migracoes|pacto global para a migracao|гдм|глобальный договор о миграции|"
     "الاتفاق العالمي من اجل الهجرة|الاتفاق العالمي للهجرة",
     1, 1, 23, 0},
    {"ILO",
     "ilo|international labour organization|international labour organisation|oit|"
     "organisation internationale du travail|organizacion internacional del trabajo|"
     "organizacao internacional do trabalho|мот|международная организация труда|منظمة العمل الدولية|хеұ",
     1, 1, 0, 0},
    {"WHA",
     "wha|world health assembly|ams|assemblee mondiale de la sante|asamblea mundial de la salud|"
     "assembleia mundial da saude|всемирная ассамблея здравоохранения|воз|جمعية الصحة العالمية",
     2, 2, 99, '.'},
    {"UNSC",
     "unsc|unscr|unscrs|un security council|security council|s/res|conseil de securite|consejo de seguridad|"
     "conselho de seguranca|совет безопасности|сб оон|مجلس الامن",
     1, 1, 0, 0},
    {"UNGA",
     "unga|un general assembly|general assembly|a/res|assemblee generale|asamblea general|assembleia geral|"
     "генеральная ассамблея|га оон|الجمعية العامة",
     2, 2, 99, '/'},
};
enum { SCHEMES = sizeof schemes / sizeof schemes[0] };

/* Words between a scheme and its numbers, which the scheme itself makes clear. */
static const char classes[] =
    "target|targets|goal|goals|indicator|indicators|objective|objectives|resolution|resolutions|res|no|nos|n|n°|o|os|nr|num|number|"
    "numbers|"
    "cible|cibles|objectif|objectifs|numero|numeros|meta|metas|objetivo|objetivos|resolucion|resoluciones|resolucao|"
    "resolucoes|цель|цели|целевой|показатель|задача|задачи|резолюция|резолюции|n.o|هدف|الهدف|غاية|الغاية|قرار|القرار|"
    "رقم|мақсат|міндет|номер";
/* Of the ILO: what kind of instrument it is. */
static const char conventions[] =
    "c|convention|conventions|convenio|convenios|convencao|convencoes|конвенция|конвенции|اتفاقية|الاتفاقية";
static const char recommendations[] =
    "r|recommendation|recommendations|recommandation|recommandations|recomendacion|recomendaciones|recomendacao|"
    "рекомендация|рекомендации|توصية|التوصية";
static const char protocols[] = "p|protocol|protocole|protocolo|протокол|بروتوكول";
/* Words between two references, and before the numbers of some of many. */
static const char links[] = "and|&|et|y|e|и|و|және|including|especially|in particular|particularly|notamment|"
                            "en particulier|en particular|em particular|в частности|of the|of|de la|de los|des|de l|du|da|do|dos";

/* Words that may follow the last number of a list; after another word a whole number counts things: "and 12 trainings". */
static const char after[] = "on|for|to|with|in|as|which|that|by|sur|pour|avec|qui|dans|sobre|para|con|que|por|com|по|для|о|об|"
                            "من|على|في|بشان";

enum kind { WORD, NUMBER, SIGN, END };
struct token {
    enum kind kind;
    const char *at; /* into the folded text */
    size_t n;
    bool used;
};
struct reader {
    struct hw_arena *arena;
    struct token *t;
    size_t n;
    struct hw_references *found;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_sign(char c)
{
    return c != 0 && strchr(",;:.()[]&+\"'", c) != NULL;
}

/* A stroke parts two references, and the numbers of A/RES/70/1; inside "a/res" it is a letter. */
static bool is_stroke(const char *p)
{
    return *p == '/' && (p[1] == 0 || p[1] == ' ' || is_digit(p[1]) || p[-1] == ' ' || is_digit(p[-1]));
}

/* A number takes its further parts with it: 8.7, 8.b. */
static size_t number_length(const char *p)
{
    size_t n = strspn(p, "0123456789");
    while (p[n] == '.') {
        size_t more = strspn(p + n + 1, "0123456789");
        bool letter = more == 0 && p[n + 1] >= 'a' && p[n + 1] <= 'd' &&
                      (p[n + 2] == 0 || p[n + 2] == ' ' || is_sign(p[n + 2]));
        if (more == 0 && !letter)
            break;
        n += 1 + (letter ? 1 : more);
    }
    return n;
}

static void cut(struct reader *r, const char *folded)
{
    r->t = hw_arena_alloc(r->arena, (strlen(folded) + 1) * sizeof *r->t);
    for (const char *p = folded; *p;) {
        struct token *t = &r->t[r->n];
        *t = (struct token){WORD, p, 1, false};
        if (*p == ' ') {
            p++;
            continue;
        }
        if (is_digit(*p)) {
            t->kind = NUMBER;
            t->n = number_length(p);
        } else if (is_sign(*p) || (p > folded && is_stroke(p))) {
            t->kind = SIGN;
        } else {
            while (p[t->n] && p[t->n] != ' ' && !is_digit(p[t->n]) && !is_sign(p[t->n]) && !is_stroke(p + t->n))
                t->n++;
        }
        p += t->n;
        r->n++;
    }
}

static const struct token *at(const struct reader *r, size_t i)
{
    static const struct token end = {END, "", 0, false};
    return i < r->n ? &r->t[i] : &end;
}

/* How many words from `i` make a name of the list; the longest wins. */
static size_t named(const struct reader *r, size_t i, const char *list)
{
    const char *name = "";
    size_t best = 0;
    for (size_t k = 0; k < NAME_WORDS && at(r, i + k)->kind != END; k++) {
        const struct token *t = at(r, i + k);
        if (t->kind == NUMBER || (t->kind == SIGN && *t->at != '&'))
            break;
        name = hw_arena_printf(r->arena, "%s%s%.*s", name, k ? " " : "", (int)t->n, t->at);
        if (hw_fold_listed(list, name))
            best = k + 1;
    }
    return best;
}

static size_t skip_signs(const struct reader *r, size_t i, const char *signs)
{
    while (at(r, i)->kind == SIGN && strchr(signs, *at(r, i)->at))
        i++;
    return i;
}

static const struct scheme *scheme_named(const char *code)
{
    for (size_t i = 0; code && i < SCHEMES; i++)
        if (strcmp(schemes[i].code, code) == 0)
            return &schemes[i];
    return NULL;
}

/* How many words at `i` name a scheme. */
static size_t scheme_at(const struct reader *r, size_t i, const struct scheme **scheme)
{
    for (size_t k = 0; k < SCHEMES; k++) {
        size_t n = named(r, i, schemes[k].names);
        if (n && scheme)
            *scheme = &schemes[k];
        if (n)
            return n;
    }
    return 0;
}

/* Words of classes; `letter` is what the ILO calls it. */
static size_t skip_classes(const struct reader *r, size_t i, const struct scheme *scheme, char *letter)
{
    bool ilo = strcmp(scheme->code, "ILO") == 0;
    for (;;) {
        size_t n = named(r, i, classes);
        if (n == 0 && ilo && (n = named(r, i, conventions)) > 0)
            *letter = 'C';
        if (n == 0 && ilo && (n = named(r, i, recommendations)) > 0)
            *letter = 'R';
        if (n == 0 && ilo && (n = named(r, i, protocols)) > 0)
            *letter = 'P';
        if (n == 0)
            return i;
        i = skip_signs(r, i + n, ".:(");
    }
}

/* The number as a code of the scheme, without leading zeros; NULL when it has another form. */
static const char *code_of(const struct reader *r, const struct scheme *scheme, const struct token *t, char letter)
{
    const char *code = "", *p = t->at, *end = t->at + t->n;
    int parts = 0;
    while (p < end && parts < scheme->parts) {
        size_t n = strspn(p, "0123456789");
        const char *digits = p;
        while (n > 1 && *digits == '0') {
            digits++;
            n--;
        }
        int value = 0;
        for (size_t i = 0; i < n && i < 5; i++)
            value = value * 10 + (digits[i] - '0');
        if (n > 4 || (parts == 0 && (value == 0 || (scheme->first_max && value > scheme->first_max))))
            return NULL;
        n = n ? n : 1; /* the b of 8.b */
        code = hw_arena_printf(r->arena, "%s%.*s%.*s", code, parts ? 1 : 0, &scheme->sign, (int)n, digits);
        p = digits + n;
        parts++;
        if (p < end && *p++ != scheme->sign)
            return NULL;
    }
    if (p < end || parts < scheme->least)
        return NULL;
    if (strcmp(scheme->code, "ILO") != 0)
        return hw_arena_printf(r->arena, "%s:%s", scheme->code, code);
    size_t n = strlen(code);
    if (!letter || n > ILO_DIGITS)
        return NULL;
    return hw_arena_printf(r->arena, "ILO:%c%.*s%s", letter, (int)(ILO_DIGITS - n), "00", code);
}

/* The number at `i` as the scheme writes it, which takes three tokens when a stroke is in it; 0 when there is none. */
static size_t number_at(const struct reader *r, size_t i, const struct scheme *scheme, struct token *number)
{
    const struct token *first = at(r, i), *last = at(r, i + 2);
    *number = *first;
    if (first->kind != NUMBER)
        return 0;
    if (scheme->sign != '/' || last->kind != NUMBER || at(r, i + 1)->kind != SIGN || *at(r, i + 1)->at != '/')
        return 1;
    number->n = (size_t)(last->at + last->n - first->at);
    return 3;
}

static void add(struct reader *r, const char *code)
{
    for (size_t i = 0; i < r->found->n; i++)
        if (strcmp(r->found->codes[i], code) == 0)
            return;
    if (r->found->n < CODES_MAX)
        r->found->codes[r->found->n++] = code;
}

/* Whether a further number of a list is one of the scheme's, and not a count of what comes next. */
static bool stands_alone(const struct reader *r, size_t next, const struct token *number)
{
    return at(r, next)->kind != WORD || memchr(number->at, '.', number->n) != NULL || named(r, next, after) > 0 ||
           named(r, next, links) > 0 || named(r, next, classes) > 0 || scheme_at(r, next, NULL) > 0;
}

/* Numbers from `i` on, with words and signs between them; returns where they end, `i` when there is none. */
static size_t take_codes(struct reader *r, size_t i, const struct scheme *scheme, bool first)
{
    size_t end = i;
    char letter = 0;
    for (size_t look = i;;) {
        struct token number;
        look = skip_classes(r, skip_signs(r, look, ",;:.([&/"), scheme, &letter);
        size_t tokens = number_at(r, look, scheme, &number);
        const char *code = tokens ? code_of(r, scheme, &number, letter) : NULL;
        if (code && !first && !stands_alone(r, look + tokens, &number))
            return end;
        if (!code) {
            size_t n = named(r, look, links);
            if (n == 0)
                return end;
            look += n;
            continue;
        }
        add(r, code);
        first = false;
        r->found->scheme = scheme->code;
        end = skip_signs(r, look + tokens, ")]");
        look = end;
    }
}

static void use(struct reader *r, size_t from, size_t to)
{
    for (; from < to; from++)
        r->t[from].used = true;
}

/* What is left over besides signs and linking words. */
static bool all_used(const struct reader *r)
{
    for (size_t i = 0; i < r->n; i++) {
        size_t n = r->t[i].used || r->t[i].kind == SIGN ? 1 : named(r, i, links);
        if (n == 0)
            return false;
        i += n - 1;
    }
    return true;
}

void hw_references_read(struct hw_arena *arena, struct hw_slice text, const char *scheme,
                        struct hw_references *references)
{
    struct reader r = {.arena = arena, .found = references};
    const struct scheme *before = scheme_named(scheme);
    *references = (struct hw_references){.scheme = "", .codes = hw_arena_alloc(arena, CODES_MAX * sizeof(char *))};
    if (text.n == 0 || text.n > TEXT_BYTES_MAX)
        return;
    cut(&r, hw_fold(arena, text));
    size_t end = before ? take_codes(&r, 0, before, false) : 0;
    use(&r, 0, end);
    for (size_t i = end; i < r.n; i++) {
        const struct scheme *named_here = NULL;
        size_t n = scheme_at(&r, i, &named_here);
        if (n == 0)
            continue;
        end = take_codes(&r, i + n, named_here, true);
        use(&r, i, end > i + n ? end : i);
        i = end - 1;
    }
    references->whole = references->n > 0 && all_used(&r);
}
