/* outline_group.c: the group that a page or a set of slides is about.
 * Floor 2, noun: import outline.  Its name stands in a title, in the trail of
 * links above it ("Home", ...) or before "was created in"; the words of the page
 * are all kept with it. */
#include <string.h>

#include "client/import/outline.h"
#include "headway/schema.h"

/* The head of a page: whoever it is about is named there. */
enum { HEAD_LINES = 40 };
enum { NAME_WORDS_MAX = 14, NAME_BYTES_MAX = 200, CODE_BYTES_MAX = 32, PURPOSE_BYTES_MAX = 32000 };

static const struct {
    const char *kind, *words;
} kinds[] = {
    {"working group", "working group|groupe de travail|grupo de trabajo|grupo de trabalho|рабочая группа|فريق العمل|"
                      "فريق عمل|مجموعة العمل|مجموعة عمل"},
    {"theme group", "theme group|thematic group|groupe thematique|grupo tematico|тематическая группа|"
                    "المجموعة المواضيعية|فريق مواضيعي"},
    {"task force", "task force|task team|equipe speciale|equipo de tareas|grupo de tareas|forca tarefa|целевая группа|"
                   "فرقة العمل|فرقة عمل"},
    {"alliance", "alliance|alianza|alianca|альянс|تحالف|التحالف"},
    {"network", "network|reseau|red de|rede de|сеть|شبكة|الشبكة"},
    {"committee", "committee|comite|комитет|لجنة|اللجنة"},
};

#define ABOUT "on|for|of|to|sur|de|du|des|pour|del|sobre|para|por|da|do|по|для|المعني|المعنية|حول"
#define HOME "home|inicio|accueil|главная|главная страница|الرئيسية|الصفحة الرئيسية"
#define FOUNDED                                                                                                         \
    "was created in|was founded in|was established in|was set up in|was formed in|was launched in|established in|"      \
    "founded in|created in|a ete cree en|a ete creee en|a ete fonde en|a ete fondee en|cree en|creee en|"               \
    "fue creado en|fue creada en|se creo en|fue establecido en|foi criado em|foi criada em|foi fundado em|"             \
    "создана в|создан в|была создана в|был создан в|образована в|انشيت في|انشي في|تاسست في|تاسس في"
#define PURPOSE                                                                                                         \
    "purpose of|mission of|mission is|aim of|mandate of|overall goal of|a pour mission|la mission du|la mission de|"    \
    "a pour but|l'objectif du groupe|la mision del|la mision de|el proposito del|el proposito de|el objetivo del grupo|" \
    "a missao do|a missao da|o objetivo do grupo|o proposito do|миссия|цель группы|целью группы|задача группы|"         \
    "مهمة|الغرض من|تهدف المجموعة"

static void keep(struct hw_outline *o, size_t line)
{
    if (o->keep[line] == 0)
        o->keep[line] = o->group;
}

static void make_group(struct hw_outline *o, size_t line)
{
    if (o->group == 0) {
        o->at = line;
        o->group = hw_outline_row(o, "group");
        o->rows->row[o->group - 1].key = hw_import_key_next(o->keys, "group");
    }
    keep(o, line);
}

static bool has(const struct hw_outline *o, const char *field)
{
    const struct hw_import_row *row = &o->rows->row[o->group - 1];
    for (size_t i = 0; i < row->n; i++)
        if (strcmp(row->values[i].field, field) == 0)
            return true;
    return false;
}

static void put_once(struct hw_outline *o, size_t line, const char *field, struct hw_slice text)
{
    make_group(o, line);
    if (text.n > 0 && !has(o, field))
        hw_outline_value(o, o->group, field, text, true);
}

/* "8.7" behind "Alliance": the name is these two words. */
static bool is_target(const struct hw_outline_word *word)
{
    return word->text.n > 0 && word->text.n <= 5 && word->text.p[0] >= '0' && word->text.p[0] <= '9' &&
           memchr(word->text.p, '.', word->text.n) != NULL;
}

/* The name in a title; its kind. */
static const char *name_in(const struct hw_outline_words *words, struct hw_slice *name)
{
    for (size_t i = 0; i < words->n; i++)
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            size_t n = hw_outline_phrase(words, i, kinds[k].words), end = i + n;
            bool title = words->n <= NAME_WORDS_MAX && words->word[words->n - 1].after != '.' &&
                         words->word[words->n - 1].after != ':' && words->word[0].folded[0] != 0;
            if (n == 0)
                continue;
            if (end < words->n && words->word[i].capital && words->word[end - 1].after == 0 && is_target(&words->word[end]))
                *name = hw_outline_span(words, i, end + 1);
            else if (title && i == 0 && end < words->n && hw_outline_phrase(words, end, ABOUT) > 0)
                *name = words->text;
            else if (title && i > 0 && i <= 6 && end == words->n && words->word[0].text.p[0] >= 'A' &&
                     !(words->word[0].text.p[0] >= 'a' && words->word[0].text.p[0] <= 'z'))
                *name = words->text;
            else
                continue;
            if (name->n <= NAME_BYTES_MAX)
                return kinds[k].kind;
        }
    return NULL;
}

static void put_name(struct hw_outline *o, size_t line, struct hw_slice name, const char *kind)
{
    put_once(o, line, "name", name);
    put_once(o, line, "kind", hw_slice_text(kind));
}

/* "Coalitions (IBC)" -> "ibc"; a short name makes a code of its own. Codes have small letters, digits and hyphens;
 * empty when the name has others. */
static struct hw_slice code_of(struct hw_slice name, struct hw_arena *arena)
{
    const uint8_t *open = memchr(name.p, '(', name.n);
    const uint8_t *close = open != NULL ? memchr(open, ')', name.n - (size_t)(open - name.p)) : NULL;
    if (close != NULL)
        name = hw_import_trim((struct hw_slice){open + 1, (size_t)(close - open) - 1});
    char code[CODE_BYTES_MAX + 1];
    size_t n = 0;
    for (size_t i = 0; i < name.n && name.n <= CODE_BYTES_MAX; i++) {
        uint8_t c = name.p[i], small = c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
        bool plain = (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9');
        if (c >= 0x80)
            return (struct hw_slice){NULL, 0};
        if (plain)
            code[n++] = (char)small;
        else if (n > 0 && code[n - 1] != '-')
            code[n++] = '-';
    }
    while (n > 0 && code[n - 1] == '-')
        n--;
    if (n == 0 || (code[0] >= '0' && code[0] <= '9'))
        return (struct hw_slice){NULL, 0};
    return hw_slice_text(hw_arena_text(arena, code, n));
}

/* The links above a page: "Home", "Coalitions", "Working Group on ...". */
static void trail(struct hw_outline *o)
{
    struct hw_outline_words words;
    size_t n = 0;
    while (n < o->table->n && n < HEAD_LINES && o->table->lines[n].mark == HW_IMPORT_BULLET)
        n++;
    if (n < 2)
        return;
    hw_outline_split(hw_outline_text(o, 0), o->arena, &words);
    if (words.n == 0 || hw_outline_phrase(&words, 0, HOME) != words.n)
        return;
    struct hw_slice name;
    hw_outline_split(hw_outline_text(o, n - 1), o->arena, &words);
    const char *kind = name_in(&words, &name);
    if (kind == NULL)
        return;
    put_name(o, n - 1, name, kind);
    for (size_t i = 0; i < n; i++)
        keep(o, i);
    struct hw_slice parent = n > 2 ? code_of(hw_outline_text(o, n - 2), o->arena) : (struct hw_slice){NULL, 0};
    if (parent.n == 0)
        return;
    put_once(o, n - 2, "parent", parent);
    hw_outline_note(o, n - 2,
                    hw_arena_printf(o->arena, "the group above is read from the links of the page: \"%.*s\"",
                                    (int)parent.n, (const char *)parent.p));
}

/* The sentence that word `at` stands in. */
static struct hw_slice sentence_at(const struct hw_outline_words *words, size_t at)
{
    size_t from = at, to = at;
    while (from > 0 && !(words->word[from - 1].after == '.' && words->word[from].capital))
        from--;
    while (to + 1 < words->n && !(words->word[to].after == '.' && words->word[to + 1].capital))
        to++;
    struct hw_slice text = hw_outline_span(words, from, to + 1);
    /* With its full stop. */
    if (text.n > 0 && text.p + text.n < words->text.p + words->text.n && text.p[text.n] == '.')
        text.n++;
    return text;
}

static void sentences(struct hw_outline *o, size_t line, const struct hw_outline_words *words)
{
    size_t at, n, first, end;
    if (hw_outline_find(words, FOUNDED, &at, &n) && at > 0 &&
        hw_outline_when(words, HW_OUTLINE_DAY, at + n, &first, &end) && first == at + n) {
        struct hw_outline_words before = *words;
        struct hw_slice name = {NULL, 0};
        before.n = at;
        before.text = hw_outline_span(words, 0, at);
        const char *kind = name_in(&before, &name);
        if (kind != NULL)
            put_name(o, line, name, kind);
        if (kind != NULL || o->group != 0)
            put_once(o, line, "founded", hw_outline_span(words, first, end));
    }
    if (o->group != 0 && hw_outline_find(words, PURPOSE, &at, &n) && at < 6 + (o->keep[line] == 0 ? 0 : words->n)) {
        struct hw_slice text = sentence_at(words, at);
        if (text.n <= PURPOSE_BYTES_MAX)
            put_once(o, line, "purpose", text);
    }
}

/* An alliance says in a sentence which goal it is bound to. */
static void bound(struct hw_outline *o, size_t line, const struct hw_outline_words *words)
{
    size_t at = 0;
    struct hw_slice reference;
    while (o->group != 0 && !has(o, "purpose") && hw_outline_reference(words, o->arena, &at, &reference))
        if (memcmp(reference.p, "SDG:", 4) == 0) {
            struct hw_slice text = sentence_at(words, at - 1);
            if (text.n > PURPOSE_BYTES_MAX || words->n < 6)
                return;
            put_once(o, line, "purpose", text);
            hw_outline_note(o, line, "read as the purpose of the group, because it names the goal it serves");
        }
}

/* "in the LAC region": letters that name a region beside the word. */
static void region(struct hw_outline *o, const struct hw_outline_words *words)
{
    for (size_t i = 0; i < words->n; i++) {
        const struct hw_outline_word *word = words->word;
        if (hw_outline_phrase(words, i, "region|regiao|регион|регионе|منطقة") == 0)
            continue;
        size_t at = i > 0 && word[i - 1].upper && word[i - 1].after == 0 && word[i - 1].text.n > 1 ? i - 1
                    : i + 1 < words->n && word[i + 1].upper && word[i].after == 0 && word[i + 1].text.n > 1 ? i + 1
                                                                                                            : words->n;
        if (at == words->n || has(o, "region"))
            continue;
        hw_outline_value(o, o->group, "region", word[at].text, true);
        return;
    }
}

void hw_outline_group(struct hw_outline *o)
{
    struct hw_outline_words words;
    size_t most = o->table->n < HEAD_LINES ? o->table->n : HEAD_LINES;
    trail(o);
    for (size_t i = 0; i < most; i++) {
        const struct hw_import_line *line = &o->table->lines[i];
        struct hw_slice name;
        if (line->n == 0 || line->mark == HW_IMPORT_BULLET)
            continue;
        hw_outline_split(hw_outline_text(o, i), o->arena, &words);
        const char *kind = words.n > 0 && o->group == 0 ? name_in(&words, &name) : NULL;
        if (kind != NULL)
            put_name(o, i, name, kind);
        if (line->mark == HW_IMPORT_PLAIN || line->mark == HW_IMPORT_HEADING)
            sentences(o, i, &words);
        bound(o, i, &words);
    }
    for (size_t i = 0; i < o->table->n && o->group != 0 && !has(o, "region"); i++)
        if (o->table->lines[i].n > 0) {
            hw_outline_split(hw_outline_text(o, i), o->arena, &words);
            region(o, &words);
        }
}
