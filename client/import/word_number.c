/* word_number.c: the numbers that Word prints before paragraphs.
 * Floor 2, noun: import document.  They are not in the text: a paragraph names a list
 * in use and a level, the list says what its numbers look like, and counting
 * is left to the reader (ECMA-376 part 1, 17.9). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/import/word.h"

/* Word makes a new list each time somebody pastes one; thousands are met. */
enum { LISTS_MAX = 20000 };
/* A number past it is printed in digits, whatever its form. */
enum { ROMAN_MAX = 3999 };

struct reading {
    struct hw_word *word;
    struct hw_word_list *list;   /* in hand */
    struct hw_word_use *use;     /* in hand */
    struct hw_word_level *level; /* in hand */
    long at;                     /* level of an override, -1 none */
};

static void *grown(struct hw_arena *arena, void *old, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return old;
    *cap = *cap == 0 ? 8 : *cap * 2;
    void *more = hw_arena_alloc(arena, *cap * size);
    if (n > 0)
        memcpy(more, old, n * size);
    return more;
}

static void list_begin(struct reading *r, const char **attributes)
{
    struct hw_word *word = r->word;
    word->lists = grown(word->arena, word->lists, word->lists_n, &word->lists_cap, sizeof *word->lists);
    r->list = &word->lists[word->lists_n++];
    *r->list = (struct hw_word_list){.id = hw_import_xml_number(attributes, "abstractNumId", -1)};
    for (size_t i = 0; i < HW_WORD_LEVELS; i++)
        r->list->level[i] = (struct hw_word_level){.text = "", .form = '1', .start = 1};
}

static void use_begin(struct reading *r, const char **attributes)
{
    struct hw_word *word = r->word;
    word->uses = grown(word->arena, word->uses, word->uses_n, &word->uses_cap, sizeof *word->uses);
    r->use = &word->uses[word->uses_n++];
    *r->use = (struct hw_word_use){.id = hw_import_xml_number(attributes, "numId", -1), .list = -1};
    for (size_t i = 0; i < HW_WORD_LEVELS; i++)
        r->use->restart[i] = -1;
    r->at = -1;
}

static char form_of(const char *name)
{
    static const struct {
        const char *name;
        char form;
    } forms[] = {{"bullet", '*'},     {"none", ' '},       {"lowerLetter", 'a'},
                 {"upperLetter", 'A'}, {"lowerRoman", 'i'}, {"upperRoman", 'I'}};
    for (size_t i = 0; name != NULL && i < sizeof forms / sizeof forms[0]; i++)
        if (strcmp(name, forms[i].name) == 0)
            return forms[i].form;
    return '1';
}

static void level_about(struct hw_word_level *level, const char *name, const char **attributes)
{
    const char *value = hw_import_xml_get(attributes, "val");
    if (strcmp(name, "numFmt") == 0) {
        level->form = form_of(value);
    } else if (strcmp(name, "lvlText") == 0 && value != NULL) {
        size_t n = strlen(value) < sizeof level->text ? strlen(value) : 0; /* longer ones are sentences */
        memcpy(level->text, value, n);
        level->text[n] = 0;
    } else if (strcmp(name, "start") == 0) {
        long start = hw_import_xml_number(attributes, "val", 1);
        level->start = start >= 0 && start < 1000000 ? (uint32_t)start : 1;
    }
}

static void on_open(struct hw_import_xml *xml, const char *name, const char **attributes)
{
    struct reading *r = xml->user;
    long level = hw_import_xml_number(attributes, "ilvl", -1);
    bool known = level >= 0 && level < HW_WORD_LEVELS;
    if (r->word->lists_n == LISTS_MAX || r->word->uses_n == LISTS_MAX)
        hw_import_xml_fail(xml, HW_LIMIT, "the document has more than %d lists", LISTS_MAX);
    else if (strcmp(name, "abstractNum") == 0)
        list_begin(r, attributes);
    else if (strcmp(name, "num") == 0)
        use_begin(r, attributes);
    else if (strcmp(name, "abstractNumId") == 0 && r->use != NULL)
        r->use->list = hw_import_xml_number(attributes, "val", -1);
    else if (strcmp(name, "lvlOverride") == 0)
        r->at = known ? level : -1;
    else if (strcmp(name, "startOverride") == 0 && r->use != NULL && r->at >= 0)
        r->use->restart[r->at] = hw_import_xml_number(attributes, "val", 1);
    else if (strcmp(name, "lvl") == 0)
        r->level = known && r->use == NULL && r->list != NULL ? &r->list->level[level] : NULL;
    else if (strcmp(name, "rPr") == 0 || strcmp(name, "pPr") == 0)
        hw_import_xml_skip(xml);
    else if (r->level != NULL)
        level_about(r->level, name, attributes);
}

static void on_close(struct hw_import_xml *xml, const char *name)
{
    struct reading *r = xml->user;
    if (strcmp(name, "lvl") == 0)
        r->level = NULL;
    else if (strcmp(name, "num") == 0)
        r->use = NULL;
    else if (strcmp(name, "abstractNum") == 0)
        r->list = NULL;
}

static void on_text(struct hw_import_xml *xml, struct hw_slice text)
{
    (void)xml, (void)text;
}

static int list_order(const void *a, const void *b)
{
    const struct hw_word_list *one = a, *other = b;
    return (one->id > other->id) - (one->id < other->id);
}

static int use_order(const void *a, const void *b)
{
    const struct hw_word_use *one = a, *other = b;
    return (one->id > other->id) - (one->id < other->id);
}

enum hw_status hw_word_numbers_read(struct hw_word *word, struct hw_import_package *package,
                                    const struct hw_import_part *part, struct hw_err *err)
{
    struct reading reading = {.word = word, .at = -1};
    struct hw_import_xml xml = {.user = &reading, .open = on_open, .close = on_close, .text = on_text};
    enum hw_status status = hw_import_package_read(package, part, &xml, err);
    if (status == HW_OK && word->lists_n > 1)
        qsort(word->lists, word->lists_n, sizeof *word->lists, list_order);
    if (status == HW_OK && word->uses_n > 1)
        qsort(word->uses, word->uses_n, sizeof *word->uses, use_order);
    return status;
}

/* printing */

static size_t roman(uint32_t number, char *out, size_t size, char one)
{
    static const struct {
        uint32_t value;
        const char *letters;
    } parts[] = {{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"},
                 {40, "xl"},  {10, "x"},   {9, "ix"},  {5, "v"},    {4, "iv"},  {1, "i"}};
    size_t n = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        for (; number >= parts[i].value; number -= parts[i].value)
            for (const char *at = parts[i].letters; *at != 0 && n + 1 < size; at++)
                out[n++] = one == 'I' ? (char)(*at - 'a' + 'A') : *at;
    return n;
}

/* One number in the form of its level; gives its length. */
static size_t put_number(const struct hw_word_level *level, uint32_t number, char *out, size_t size)
{
    if ((level->form == 'i' || level->form == 'I') && number > 0 && number <= ROMAN_MAX)
        return roman(number, out, size, level->form);
    if ((level->form == 'a' || level->form == 'A') && number > 0 && number <= 26 && size > 1) {
        out[0] = (char)(level->form + (int)number - 1);
        return 1;
    }
    int n = snprintf(out, size, "%u", (unsigned)number);
    return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

static void print_number(const struct hw_word_list *list, size_t level, char *out, size_t size)
{
    size_t n = 0;
    for (const char *at = list->level[level].text; *at != 0 && n + 1 < size; at++) {
        if (*at != '%' || at[1] < '1' || at[1] > '9') {
            out[n++] = *at;
            continue;
        }
        size_t of = (size_t)(*++at - '1');
        uint32_t number = list->at[of] > 0 || of >= level ? list->at[of] : list->level[of].start;
        n += put_number(&list->level[of], number, out + n, size - n);
    }
    out[n] = 0;
}

bool hw_word_number_next(struct hw_word *word, long use, long level, char *out, size_t size, enum hw_import_mark *mark)
{
    struct hw_word_use wanted = {.id = use}, *in_use = NULL;
    out[0] = 0;
    if (word->uses_n > 0 && use > 0 && level >= 0 && level < HW_WORD_LEVELS)
        in_use = bsearch(&wanted, word->uses, word->uses_n, sizeof wanted, use_order);
    struct hw_word_list sought = {.id = in_use != NULL ? in_use->list : -1}, *list = NULL;
    if (in_use != NULL && word->lists_n > 0)
        list = bsearch(&sought, word->lists, word->lists_n, sizeof sought, list_order);
    if (list == NULL)
        return false;
    const struct hw_word_level *about = &list->level[level];
    *mark = about->form == '*' ? HW_IMPORT_BULLET : about->form == ' ' ? HW_IMPORT_PLAIN : HW_IMPORT_NUMBER;
    if (in_use->restart[level] >= 0 && !in_use->restarted[level]) {
        in_use->restarted[level] = true;
        list->at[level] = (uint32_t)(in_use->restart[level] % 1000000);
    } else {
        list->at[level] = list->at[level] > 0 ? list->at[level] + 1 : about->start;
    }
    for (size_t i = (size_t)level + 1; i < HW_WORD_LEVELS; i++)
        list->at[i] = 0;
    if (*mark == HW_IMPORT_NUMBER)
        print_number(list, (size_t)level, out, size);
    return true;
}
