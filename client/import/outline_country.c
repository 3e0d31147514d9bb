/* outline_country.c: a country's part of an outline.
 * Floor 2, noun: import outline.  "N. NEPAL - Pathfinder country since Feb. 2019"
 * opens it: what follows is of this country until another one is named. Where
 * columns ran together, nothing but the country and what stands behind a
 * heading of its own is taken; the text is kept as it is. */
#include <string.h>

#include "client/import/outline.h"
#include "headway/country.h"

/* Text of this length behind a country that nothing was taken from is worth a note. */
enum { LONG_BYTES = 100 };
/* How far back a country is looked for: all countries of the world with as many items each. */
enum { NEAR_ROWS = 20000 };
/* A name given as supporter (schema.c). */
enum { NAME_BYTES_MAX = 500 };

#define COMMITTED "pathfinder|pionnier|pionera|pionero|pioneiro|первопроходец|رايد"

static bool has(const struct hw_import_row *row, const char *field)
{
    for (size_t i = 0; i < row->n; i++)
        if (strcmp(row->values[i].field, field) == 0)
            return true;
    return false;
}

/* The row of this country's participation, 0 when there is none yet. */
static uint32_t known(const struct hw_outline *o, const char *key)
{
    size_t end = o->rows->n > NEAR_ROWS ? o->rows->n - NEAR_ROWS : 0;
    for (size_t i = o->rows->n; i > end; i--)
        if (strcmp(o->rows->row[i - 1].kind, "participation") == 0 && strcmp(o->rows->row[i - 1].key, key) == 0)
            return (uint32_t)i;
    return 0;
}

static uint32_t participation(struct hw_outline *o, const struct hw_outline_words *words, size_t *end)
{
    const char *key = hw_arena_printf(o->arena, "participation|%s", o->code);
    uint32_t row = known(o, key);
    size_t first, to, n;
    bool since = hw_outline_when(words, HW_OUTLINE_SINCE, *end, &first, &to);
    if (row == 0) {
        row = hw_outline_row(o, "participation");
        hw_outline_value(o, row, "country", o->country, true);
        o->rows->row[row - 1].key = hw_import_key_next(o->keys, key);
    }
    if (since && !has(&o->rows->row[row - 1], "since")) {
        hw_outline_value(o, row, "since", hw_outline_span(words, first, to), true);
        hw_outline_value(o, row, "state", hw_slice_text("active"), true);
    } else if (!since && hw_outline_find(words, COMMITTED, &first, &n) && first < *end + 3 &&
               !has(&o->rows->row[row - 1], "state")) {
        hw_outline_value(o, row, "state", hw_slice_text("active"), true);
    }
    if (since)
        *end = to;
    return row;
}

/* "(cont.)" behind the name, whatever stands in it. */
static size_t skip_brackets(const struct hw_outline_words *words, size_t at)
{
    if (at >= words->n || words->word[at].before != '(')
        return at;
    for (size_t i = at; i < words->n && i < at + 4; i++)
        if (words->word[i].after == ')')
            return i + 1;
    return at;
}

static struct hw_slice from_word(const struct hw_outline_words *words, size_t at)
{
    while (at < words->n && words->word[at].text.n == 0)
        at++;
    if (at >= words->n)
        return (struct hw_slice){NULL, 0};
    const uint8_t *p = words->word[at].text.p;
    return (struct hw_slice){p, (size_t)(words->text.p + words->text.n - p)};
}

/* What stands behind the country and its date. */
static void take_rest(struct hw_outline *o, struct hw_slice rest)
{
    struct hw_outline_words words;
    struct hw_outline_cut cut;
    struct hw_import_number number;
    struct hw_slice text = rest;
    (void)hw_import_number_take(&text, &number);
    hw_outline_split(text, o->arena, &words);
    const struct hw_outline_section *section = hw_outline_section(&words, false);
    if (section != NULL) {
        (void)hw_outline_meetings(o, &words);
        o->section = section;
        return;
    }
    if (hw_outline_cut(&words, &cut)) {
        struct hw_outline_words before = words;
        before.n = cut.at;
        (void)hw_outline_meetings(o, &before);
        o->section = cut.section;
        o->horizon = cut.horizon;
        hw_outline_sentences(o, from_word(&words, cut.end));
        if (hw_outline_span(&words, 0, cut.at).n > LONG_BYTES)
            hw_outline_note(o, o->at, hw_arena_printf(o->arena, "columns ran together here; only the country and what "
                                                      "follows \"%.*s\" were taken, the text is kept with the country",
                                                      (int)hw_outline_span(&words, cut.at, cut.end).n,
                                                      (const char *)hw_outline_span(&words, cut.at, cut.end).p));
        return;
    }
    uint32_t meeting = hw_outline_meetings(o, &words);
    if (meeting == 0 && rest.n > LONG_BYTES)
        hw_outline_note(o, o->at, "only the country was taken from this text; the text is kept with it");
}

static void say_torn(struct hw_outline *o, const struct hw_outline_words *words, size_t n)
{
    struct hw_slice printed = hw_outline_span(words, 0, n);
    hw_outline_note(o, o->at, hw_arena_printf(o->arena, "\"%.*s\" is read as %.*s: a letter was torn off", (int)printed.n,
                                              (const char *)printed.p, (int)o->country.n, (const char *)o->country.p));
}

bool hw_outline_country_line(struct hw_outline *o)
{
    const struct hw_import_line *line = &o->table->lines[o->at];
    struct hw_slice text = hw_outline_clean(o, o->at, hw_outline_text(o, o->at)), name;
    struct hw_import_number number;
    struct hw_outline_words words;
    size_t n, first, to;
    bool torn;
    if (line->mark == HW_IMPORT_BULLET || (line->mark == HW_IMPORT_NUMBER && !o->slides))
        return false;
    (void)hw_import_number_take(&text, &number);
    hw_outline_split(text, o->arena, &words);
    if (words.n == 0 || !hw_outline_country(&words, o->arena, &n, &name, &torn))
        return false;
    bool alone = n == words.n, since = hw_outline_when(&words, HW_OUTLINE_SINCE, n, &first, &to) && first <= n + 6;
    /* A sentence may begin with a country; a slide's title, or one with a date, is no sentence. */
    if (!alone && !since && line->mark != HW_IMPORT_NUMBER && line->mark != HW_IMPORT_HEADING)
        return false;
    o->country = name;
    o->code = hw_country_find(name)->alpha3;
    o->section = NULL;
    o->theme = o->horizon = (struct hw_slice){NULL, 0};
    memset(o->level, 0, sizeof o->level);
    if (torn)
        say_torn(o, &words, n);
    if (!since && line->mark != HW_IMPORT_NUMBER) {
        o->home = o->group;
        o->keep[o->at] = o->home;
        return true;
    }
    size_t end = n;
    o->home = participation(o, &words, &end);
    o->keep[o->at] = o->home;
    end = skip_brackets(&words, end);
    struct hw_slice rest = from_word(&words, end);
    if (rest.n > 0)
        take_rest(o, rest);
    struct hw_slice supporter;
    if (hw_outline_supporter(&words, &supporter) && supporter.n <= NAME_BYTES_MAX &&
        !has(&o->rows->row[o->home - 1], "supporter"))
        hw_outline_value(o, o->home, "supporter", supporter, true);
    return true;
}
