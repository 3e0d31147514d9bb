/* word_style.c: what the named styles of a document say of a paragraph.
 * Floor 2, noun: import document.  Headings and many lists are styles: "Heading 2" has
 * its level, "List Bullet" its list. Ids are translated with the program
 * ("berschrift2"), the names of headings are not. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/import/word.h"

enum { STYLES_MAX = 20000, BASED_MAX = 12 };

struct reading {
    struct hw_word *word;
    struct hw_word_style *style; /* in hand */
};

/* "heading 2", "Heading2", "Title": 1, 1, 0; -1 for others. */
static long heading_named(const char *name)
{
    if (strcasecmp(name, "title") == 0)
        return 0;
    if (strncasecmp(name, "heading", 7) != 0)
        return -1;
    name += 7;
    name += *name == ' ';
    return *name >= '1' && *name <= '9' && name[1] == 0 ? *name - '1' : -1;
}

static void style_begin(struct reading *r, const char **attributes)
{
    struct hw_word *word = r->word;
    const char *id = hw_import_xml_get(attributes, "styleId");
    if (id == NULL)
        return;
    if (word->styles_n == word->styles_cap) {
        size_t cap = word->styles_cap == 0 ? 64 : word->styles_cap * 2;
        struct hw_word_style *more = hw_arena_alloc(word->arena, cap * sizeof *more);
        if (word->styles_n > 0)
            memcpy(more, word->styles, word->styles_n * sizeof *more);
        word->styles = more;
        word->styles_cap = cap;
    }
    r->style = &word->styles[word->styles_n++];
    *r->style = (struct hw_word_style){hw_arena_text(word->arena, id, strlen(id)), NULL, -1, -1, -1};
}

static void on_open(struct hw_import_xml *xml, const char *name, const char **attributes)
{
    struct reading *r = xml->user;
    const char *value = hw_import_xml_get(attributes, "val");
    if (r->word->styles_n == STYLES_MAX)
        hw_import_xml_fail(xml, HW_LIMIT, "the document has more than %d styles", STYLES_MAX);
    else if (strcmp(name, "style") == 0)
        style_begin(r, attributes);
    else if (r->style == NULL || value == NULL)
        return;
    else if (strcmp(name, "name") == 0 && r->style->heading < 0)
        r->style->heading = heading_named(value);
    else if (strcmp(name, "basedOn") == 0)
        r->style->based = hw_arena_text(r->word->arena, value, strlen(value));
    else if (strcmp(name, "outlineLvl") == 0 && value[0] >= '0' && value[0] <= '8' && value[1] == 0)
        r->style->heading = value[0] - '0';
    else if (strcmp(name, "numId") == 0)
        r->style->use = hw_import_xml_number(attributes, "val", -1);
    else if (strcmp(name, "ilvl") == 0)
        r->style->level = hw_import_xml_number(attributes, "val", -1);
}

static void on_close(struct hw_import_xml *xml, const char *name)
{
    struct reading *r = xml->user;
    if (strcmp(name, "style") == 0)
        r->style = NULL;
}

static void on_text(struct hw_import_xml *xml, struct hw_slice text)
{
    (void)xml, (void)text;
}

static int by_id(const void *a, const void *b)
{
    const struct hw_word_style *one = a, *other = b;
    return strcmp(one->id, other->id);
}

enum hw_status hw_word_styles_read(struct hw_word *word, struct hw_import_package *package,
                                   const struct hw_import_part *part, struct hw_err *err)
{
    struct reading reading = {.word = word};
    struct hw_import_xml xml = {.user = &reading, .open = on_open, .close = on_close, .text = on_text};
    enum hw_status status = hw_import_package_read(package, part, &xml, err);
    if (status == HW_OK && word->styles_n > 1)
        qsort(word->styles, word->styles_n, sizeof *word->styles, by_id);
    return status;
}

void hw_word_style_find(const struct hw_word *word, const char *id, long *heading, long *use, long *level)
{
    *heading = heading_named(id);
    *use = *level = -1;
    for (size_t i = 0; id != NULL && word->styles_n > 0 && i < BASED_MAX; i++) {
        struct hw_word_style wanted = {.id = id};
        const struct hw_word_style *style = bsearch(&wanted, word->styles, word->styles_n, sizeof wanted, by_id);
        if (style == NULL)
            return;
        *heading = *heading < 0 ? style->heading : *heading;
        *use = *use < 0 ? style->use : *use;
        *level = *level < 0 ? style->level : *level;
        id = style->based;
    }
}
