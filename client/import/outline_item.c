/* outline_item.c: what a line of a list becomes: an item, a meeting, a
 * resource, a member.  Floor 2, noun: import outline. */
#include <string.h>

#include "client/import/outline.h"
#include "headway/country.h"
#include "headway/schema.h"

/* Limits of schema.c; what is longer is kept as text. */
enum { NAME_BYTES_MAX = 500, TITLE_BYTES_MAX = 4000, DESCRIPTION_BYTES_MAX = 32000, THEME_BYTES_MAX = 200 };
/* References of one sentence: a list of more is a table of its own. */
enum { REFERENCES_MAX = 20, MEETINGS_MAX = 20, THEMES_MAX = 20 };
/* How far back a product is looked for. */
enum { NEAR_ROWS = 1000 };
/* Words between "regularly" and what is made. */
enum { REACH = 8 };

static struct hw_import_row *row_at(const struct hw_outline *o, uint32_t row)
{
    return &o->rows->row[row - 1];
}

static void keep_whole(struct hw_outline *o, uint32_t row)
{
    if (o->keep[o->at] == 0)
        o->keep[o->at] = row;
}

static void put_country(struct hw_outline *o, uint32_t row)
{
    if (o->country.n > 0)
        hw_outline_value(o, row, "countries", o->country, true);
}

/* Signs that only join the entries of a list: "; and". */
static struct hw_slice without_joint(struct hw_slice title, struct hw_arena *arena, bool *cut)
{
    struct hw_outline_words words;
    hw_outline_split(title, arena, &words);
    bool joint = words.n > 2 && words.word[words.n - 1].after == 0 &&
                 hw_outline_phrase(&words, words.n - 1, "and|et|y|e|и|و|or|ou|o") == 1 &&
                 (words.word[words.n - 2].after == ';' || words.word[words.n - 2].after == ',');
    *cut = joint;
    if (joint)
        return hw_outline_span(&words, 0, words.n - 1);
    while (title.n > 0 && strchr(";,:", title.p[title.n - 1]) != NULL)
        title = hw_import_trim((struct hw_slice){title.p, title.n - 1});
    return title;
}

static const char *natural_key(struct hw_outline *o, const char *kind, struct hw_slice title, struct hw_slice more)
{
    const char *key = hw_arena_printf(o->arena, "%s%s%s|%s", kind, kind[0] != 0 ? "|" : "",
                                      o->country.n > 0 ? o->code : "", hw_fold(o->arena, title));
    if (more.n > 0)
        key = hw_arena_printf(o->arena, "%s|%s", key, hw_fold(o->arena, more));
    return hw_import_key_next(o->keys, key);
}

/* "to prepare regularly a series of policy briefs on ... (health, ...)" names a resource beside the task. */
static void recurring(struct hw_outline *o, const struct hw_outline_words *words)
{
    size_t at, n, end, found, length;
    if (!hw_outline_find(words, "regularly|regular|series of|annual|quarterly|monthly|periodic|regulierement|serie de|"
                                "annuel|trimestriel|periodicamente|regularmente|anual|trimestral|регулярно|ежегодный|"
                                "ежеквартальный|серию|بانتظام|سنوي", &at, &n) ||
        !hw_outline_find(words, "prepare|preparing|produce|producing|publish|publishing|issue|issuing|elaborer|preparer|"
                                "publier|produire|elaborar|preparar|publicar|producir|produzir|готовить|подготовить|"
                                "издавать|публиковать|اعداد|نشر", &found, &length) ||
        found > at + REACH || at > found + REACH)
        return;
    const char *type = hw_outline_resource(words, at, &found, &length);
    if (type == NULL || found > at + REACH)
        return;
    for (end = found + length; end < words->n && words->word[end].before != '('; end++)
        if (strchr(".;:", words->word[end - 1].after) != NULL && words->word[end - 1].after != 0)
            break;
    struct hw_slice title = hw_outline_span(words, found, end);
    if (title.n > NAME_BYTES_MAX)
        return;
    uint32_t row = hw_outline_row(o, "resource");
    hw_outline_value(o, row, "type", hw_slice_text(type), true);
    hw_outline_value(o, row, "title", title, true);
    put_country(o, row);
    size_t from = end, themes = 0;
    for (bool open = end < words->n && words->word[end].before == '('; end < words->n && open; end++) {
        open = words->word[end].after != ')';
        if (open && words->word[end].after != ',')
            continue;
        struct hw_slice theme = hw_outline_span(words, from, end + 1);
        /* "etc" says that there are more, and is none itself. */
        if (theme.n > 0 && theme.n <= THEME_BYTES_MAX && strcmp(hw_fold(o->arena, theme), "etc") != 0 && themes++ < THEMES_MAX)
            hw_outline_value(o, row, "themes", theme, true);
        from = end + 1;
    }
    row_at(o, row)->key = natural_key(o, "resource", title, (struct hw_slice){NULL, 0});
}

static void put_found(struct hw_outline *o, uint32_t row, const struct hw_outline_words *words)
{
    size_t first, end, at = 0;
    struct hw_slice reference;
    if (o->theme.n > 0 && o->theme.n <= THEME_BYTES_MAX)
        hw_outline_value(o, row, "themes", o->theme, true);
    if (o->horizon.n > 0 && o->horizon.n <= THEME_BYTES_MAX)
        hw_outline_value(o, row, "themes", o->horizon, true);
    if (hw_outline_when(words, HW_OUTLINE_DUE, 0, &first, &end))
        hw_outline_value(o, row, "deadline", hw_outline_span(words, first, end), true);
    for (size_t n = 0; n < REFERENCES_MAX && hw_outline_reference(words, o->arena, &at, &reference); n++)
        hw_outline_value(o, row, "references", reference, true);
}

/* Its place in the tree: below the last item of a lesser depth. */
static void put_parent(struct hw_outline *o, uint32_t row)
{
    uint32_t depth = o->table->lines[o->at].depth;
    depth = depth < HW_OUTLINE_DEPTH_MAX ? depth : HW_OUTLINE_DEPTH_MAX - 1;
    if (o->above[o->at] != 0) {
        row_at(o, row)->parent = o->made[o->above[o->at] - 1];
        return;
    }
    for (uint32_t i = depth; i > 0 && row_at(o, row)->parent == 0; i--)
        row_at(o, row)->parent = o->level[i - 1];
    o->level[depth] = row;
    for (uint32_t i = depth + 1; i < HW_OUTLINE_DEPTH_MAX; i++)
        o->level[i] = 0;
}

uint32_t hw_outline_item(struct hw_outline *o, struct hw_slice title, struct hw_slice number, bool whole)
{
    struct hw_outline_words words;
    bool joint;
    const char *type = o->section != NULL && o->section->type != NULL ? o->section->type : "activity";
    title = without_joint(title, o->arena, &joint);
    whole = whole && !joint;
    if (title.n == 0 || title.n > TITLE_BYTES_MAX)
        return 0;
    uint32_t row = hw_outline_row(o, "item");
    if (o->cleaned != 0)
        hw_outline_note(o, o->at, hw_arena_printf(o->arena, "the number %u inside the text is read as that of the slide",
                                                  o->cleaned));
    o->cleaned = 0;
    if (number.n > 0)
        hw_outline_value(o, row, "number", number, !whole);
    hw_outline_value(o, row, "title", title, !whole);
    hw_outline_value(o, row, "type", hw_slice_text(type), true);
    put_country(o, row);
    hw_outline_split(title, o->arena, &words);
    put_found(o, row, &words);
    put_parent(o, row);
    row_at(o, row)->key = natural_key(o, "", title, (struct hw_slice){NULL, 0});
    if (o->made[o->at] == 0)
        o->made[o->at] = row;
    if (!whole)
        keep_whole(o, row);
    recurring(o, &words);
    return row;
}

uint32_t hw_outline_meetings(struct hw_outline *o, const struct hw_outline_words *words)
{
    struct hw_outline_meeting meeting;
    uint32_t first = 0;
    size_t at = 0;
    for (size_t n = 0; n < MEETINGS_MAX && hw_outline_meeting(words, &at, &meeting); n++) {
        uint32_t row = hw_outline_row(o, "meeting");
        hw_outline_value(o, row, "title", meeting.title, true);
        hw_outline_value(o, row, "type", hw_slice_text(meeting.type), true);
        hw_outline_value(o, row, "date", meeting.date, true);
        put_country(o, row);
        row_at(o, row)->key = natural_key(o, "meeting", meeting.title, meeting.date);
        first = first != 0 ? first : row;
        keep_whole(o, row);
    }
    return first;
}

/* "It will ...", "The plan will ...": goes on with the sentence before. */
#define GOES_ON                                                                                                         \
    "it|this|these|they|the|he|she|its|their|such|il|elle|ils|elles|ce|cela|ces|le|la|les|el|los|las|este|esta|estos|"  \
    "ello|ele|ela|isto|o|a|os|as|это|он|она|они|этот|эта|эти|وهو|وهي|هذا|هذه"

/* A full stop before a capital; "Mr." and "No." end no sentence. */
static bool ends_sentence(const struct hw_outline_words *words, size_t at)
{
    const struct hw_outline_word *last = &words->word[at - 1];
    return last->after == '.' && words->word[at].capital && !(last->capital && last->text.n <= 3 && !last->upper);
}

void hw_outline_sentences(struct hw_outline *o, struct hw_slice text)
{
    struct hw_outline_words words;
    uint32_t row = 0;
    hw_outline_split(text, o->arena, &words);
    for (size_t from = 0, to; from < words.n; from = to) {
        for (to = from + 1; to < words.n && !ends_sentence(&words, to); to++)
            continue;
        struct hw_slice said = hw_outline_span(&words, from, to);
        if (said.n == 0)
            continue;
        bool on = row != 0 && hw_outline_phrase(&words, from, GOES_ON) > 0;
        bool described = row != 0 && said.n <= DESCRIPTION_BYTES_MAX;
        for (size_t i = 0; row != 0 && i < row_at(o, row)->n; i++)
            described = described && strcmp(row_at(o, row)->values[i].field, "description") != 0;
        if (on && described)
            hw_outline_value(o, row, "description", said, true);
        else if (!on)
            row = hw_outline_item(o, said, (struct hw_slice){NULL, 0}, false);
    }
}

/* resources */

static uint32_t make_resource(struct hw_outline *o, const char *type, struct hw_slice title, struct hw_slice edition)
{
    if (title.n == 0 || title.n > NAME_BYTES_MAX)
        return 0;
    const char *key = hw_arena_printf(o->arena, "resource||%s%s%s", hw_fold(o->arena, title), edition.n > 0 ? "|" : "",
                                      edition.n > 0 ? hw_fold(o->arena, edition) : "");
    /* The same product is named again nearby; a data set of products is not searched through for each. */
    for (size_t i = o->rows->n > NEAR_ROWS ? o->rows->n - NEAR_ROWS : 0; i < o->rows->n; i++)
        if (strcmp(o->rows->row[i].kind, "resource") == 0 && strcmp(o->rows->row[i].key, key) == 0)
            return (uint32_t)i + 1;
    uint32_t row = hw_outline_row(o, "resource");
    hw_outline_value(o, row, "title", title, true);
    if (type != NULL)
        hw_outline_value(o, row, "type", hw_slice_text(type), true);
    if (edition.n > 0)
        hw_outline_value(o, row, "edition", edition, true);
    row_at(o, row)->key = hw_import_key_next(o->keys, key);
    return row;
}

static void describe(struct hw_outline *o, uint32_t row, struct hw_slice text)
{
    text = hw_import_trim(text);
    for (size_t i = 0; i < row_at(o, row)->n; i++)
        if (strcmp(row_at(o, row)->values[i].field, "description") == 0)
            return;
    if (text.n > 0 && text.n <= DESCRIPTION_BYTES_MAX)
        hw_outline_value(o, row, "description", text, true);
}

/* "A; B; C" behind the last colon: what a toolkit holds. Those that say what they are get rows of their own. */
static void parts(struct hw_outline *o, struct hw_slice text)
{
    enum { PARTS_MAX = 40 };
    size_t at = 0, n, found;
    struct hw_slice part;
    for (size_t i = 0; i < PARTS_MAX && hw_import_part(text, false, &at, &part); i++) {
        struct hw_outline_words words;
        hw_outline_split(part, o->arena, &words);
        const char *type = hw_outline_resource(&words, 0, &found, &n);
        if (type != NULL && found + n == words.n)
            (void)make_resource(o, type, part, (struct hw_slice){NULL, 0});
    }
}

/* "A second edition ... will ...": told of before it is there. */
static void next_edition(struct hw_outline *o, const char *type, struct hw_slice title, struct hw_slice text)
{
    struct hw_outline_words words;
    size_t at, n;
    hw_outline_split(text, o->arena, &words);
    if (!hw_outline_find(&words, "first edition|second edition|2nd edition|third edition|3rd edition|new edition|"
                                 "revised edition|deuxieme edition|nouvelle edition|segunda edicion|nueva edicion|"
                                 "segunda edicao|nova edicao|второе издание|новое издание|الطبعة الثانية", &at, &n))
        return;
    uint32_t row = make_resource(o, type, title, hw_outline_span(&words, at, at + n));
    if (at > 0 && words.word[at - 1].after == 0 && words.word[at - 1].text.n <= 3)
        at--; /* its article */
    if (row != 0)
        describe(o, row, (struct hw_slice){words.word[at].text.p,
                                           (size_t)(text.p + text.n - words.word[at].text.p)});
}

uint32_t hw_outline_resources(struct hw_outline *o, struct hw_slice text)
{
    struct hw_outline_words words;
    uint32_t first = 0;
    const uint8_t *colon;
    while ((colon = text.n > 0 ? memchr(text.p, ':', text.n) : NULL) != NULL) {
        size_t at, n;
        struct hw_slice title = hw_import_trim((struct hw_slice){text.p, (size_t)(colon - text.p)});
        text = hw_import_trim((struct hw_slice){colon + 1, text.n - (size_t)(colon - text.p) - 1});
        hw_outline_split(title, o->arena, &words);
        const char *type = hw_outline_resource(&words, 0, &at, &n);
        if (type == NULL || at + n != words.n)
            break;
        uint32_t row = make_resource(o, type, title, (struct hw_slice){NULL, 0});
        if (row == 0)
            break;
        first = first != 0 ? first : row;
        bool last = text.n == 0 || memchr(text.p, ':', text.n) == NULL;
        if (last)
            describe(o, row, text);
        next_edition(o, type, title, text);
        if (last)
            parts(o, text);
    }
    return first;
}
