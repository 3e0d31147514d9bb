/* lint_text.c: rules about what stands in a text: placeholders, countries that
 * are none (floor 3, noun: rule). */
#include <string.h>

#include "daemon/lint.h"
#include "headway/country.h"

enum {
    PREFIX_MAX = 60, /* bytes before the colon of "KAZ/TKM: ..."; more is a sentence */
    WORD_MAX = 40,
    NAME_LEAST = 6   /* letters of a misspelt name: shorter words are too near to everything */
};

/* ---- placeholders ---- */

static const char *const texts[] = {"title", "description", "organisation", "person", "supporter", "place"};

static void text_placeholder(struct hw_lint *lint, const struct hw_view *view, const char *field)
{
    const char *text = hw_view_text(view, field);
    size_t at, n;
    if (!*text || !hw_lint_placeholder(text, &at, &n))
        return;
    const char *message = hw_arena_printf(view->arena, "%s: %s holds \"%.*s\"", hw_lint_title(view), field, (int)n, text + at);
    const char *left = hw_lint_without(view->arena, text);
    bool named = strcmp(field, "title") == 0 || strcmp(field, "organisation") == 0;
    if (named && !*left) { /* nothing was meant to stay */
        hw_lint_found(lint, view, message, "headway archive " HW_LINT_ID);
        return;
    }
    struct hw_lint_fix fix = hw_lint_fix_set(view);
    hw_lint_fix_field(&fix, field, "=", left);
    hw_lint_found(lint, view, message, hw_lint_fix_done(&fix));
}

/* The whole set is written again, so that names with commas in them need no care of their own. */
static void responsible_placeholder(struct hw_lint *lint, const struct hw_view *view)
{
    size_t n, at, length;
    const char **names = hw_view_elements(view, "responsible", &n), *bad = NULL, *list = "";
    for (size_t i = 0; i < n; i++) {
        const char *left = names[i];
        if (hw_lint_placeholder(left, &at, &length)) {
            bad = bad ? bad : hw_arena_text(view->arena, left + at, length);
            left = hw_lint_without(view->arena, left);
        }
        if (*left)
            list = hw_arena_printf(view->arena, "%s%s%s", list, *list ? "," : "", left);
    }
    if (!bad)
        return;
    struct hw_lint_fix fix = hw_lint_fix_set(view);
    hw_lint_fix_field(&fix, "responsible", "=", list);
    hw_lint_found(lint, view,
                  hw_arena_printf(view->arena, "%s: responsible holds \"%s\"", hw_lint_title(view), bad),
                  hw_lint_fix_done(&fix));
}

void hw_lint_placeholder_text(struct hw_lint *lint, const struct hw_view *view, const struct hw_lint_fact *fact)
{
    (void)fact;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        text_placeholder(lint, view, texts[i]);
    responsible_placeholder(lint, view);
}

/* ---- countries ---- */

/* Three capitals before a colon that are no place: agencies and themes. */
static const char *const not_places[] = {
    "WHO", "ILO", "IOM", "FAO", "WFP", "IMF", "ITU", "UPU", "WMO", "ITC", "UNV", "OAS", "OIM", "OIT", "OMS", "ONU",
    "ADB", "IDB", "BID", "BAD", "RCO", "RCM", "UNW", "HIV", "VIH", "GBV", "VBG", "VAW", "SRH", "MNH", "NCD", "TB ",
    "SDG", "ODD", "ODS", "GCM", "GTG", "NGO", "ONG", "CSO", "OSC", "IDP", "LGB", "ICT", "TIC", "DRR", "RRC", "PWD",
    "M&E", "NTD", "AMR", "UHC", "WGs", "TWG", "CCA", "CCE", "ВОЗ", "МОТ", "МОМ", "QIP", "FGM", "MGF", "PHC", "STI",
};

static bool capitals(struct hw_slice word)
{
    for (size_t i = 0; i < word.n; i++)
        if (word.p[i] < 'A' || word.p[i] > 'Z')
            return false;
    for (size_t i = 0; i < sizeof not_places / sizeof not_places[0]; i++)
        if (hw_slice_is(word, not_places[i]))
            return false;
    return word.n == 3;
}

/* Letters of ASCII alone, the first of them a capital, perhaps several words. */
static bool like_name(struct hw_slice word)
{
    if (word.n < NAME_LEAST || word.n > WORD_MAX || word.p[0] < 'A' || word.p[0] > 'Z')
        return false;
    for (size_t i = 1; i < word.n; i++)
        if (word.p[i] != ' ' && ((word.p[i] | 0x20) < 'a' || (word.p[i] | 0x20) > 'z'))
            return false;
    return true;
}

static const char *nearest(struct hw_slice word, bool code)
{
    const char *names[512]; /* there are some 250 */
    size_t n = 0;
    for (; n < hw_countries_n && n < sizeof names / sizeof names[0]; n++)
        names[n] = code ? hw_countries[n].alpha3 : hw_countries[n].name;
    const char *near = hw_nearest(word, names, n);
    const struct hw_country *country = near ? hw_country_find(hw_slice_text(near)) : NULL;
    return country ? country->alpha3 : NULL;
}

/* The code of the country that a word is nearly the name of; NULL: of none. Asked once for each word: it takes a look at
 * every name. */
static const char *guess(struct hw_lint *lint, struct hw_slice word, bool code)
{
    for (size_t i = 0; i < lint->guesses_n; i++)
        if (hw_slice_is(word, lint->guesses[i].word))
            return lint->guesses[i].code;
    if (lint->guesses_n == HW_LINT_GUESSES)
        return NULL;
    struct hw_lint_guess *made = &lint->guesses[lint->guesses_n++];
    *made = (struct hw_lint_guess){hw_arena_text(lint->arena, word.p, word.n), nearest(word, code)};
    return made->code;
}

static struct hw_slice trimmed(const char *from, size_t n)
{
    while (n && (*from == ' ' || *from == '\t')) {
        from++;
        n--;
    }
    while (n && (from[n - 1] == ' ' || from[n - 1] == '\t' || from[n - 1] == '.'))
        n--;
    return (struct hw_slice){(const uint8_t *)from, n};
}

/* What words before a colon, or of a cell, are. */
struct places {
    const char *codes;    /* of the countries, and of what is nearly one, with commas */
    struct hw_slice none; /* the first word that is no country, but looks like one */
    bool other;           /* a word that is nothing of the kind */
};

static struct places read_places(struct hw_lint *lint, struct hw_arena *arena, const char *text, size_t n)
{
    struct places places = {.codes = ""};
    for (size_t i = 0, from = 0; i <= n; i++) {
        if (i < n && !strchr("/,&;", text[i]))
            continue;
        struct hw_slice word = trimmed(text + from, i - from);
        const struct hw_country *country = word.n > 2 ? hw_country_find(word) : NULL;
        const char *code = country ? country->alpha3 : NULL;
        from = i + 1;
        if (!country && (capitals(word) || like_name(word))) {
            code = guess(lint, word, word.n == 3);
            places.none = places.none.n == 0 && (word.n == 3 || code) ? word : places.none;
            places.other = places.other || (word.n != 3 && !code);
        } else if (!country) {
            places.other = true;
        }
        if (code)
            places.codes = hw_arena_printf(arena, "%s%s%s", places.codes, *places.codes ? "," : "", code);
    }
    return places;
}

static bool title_country(struct hw_lint *lint, const struct hw_view *view)
{
    const char *title = hw_view_text(view, "title"), *colon = strchr(title, ':');
    size_t n = colon ? (size_t)(colon - title) : 0;
    if (n == 0 || n > PREFIX_MAX)
        return false;
    struct places places = read_places(lint, view->arena, title, n);
    if (places.other || places.none.n == 0)
        return false;
    const char *rest = colon + 1 + strspn(colon + 1, " \t");
    struct hw_lint_fix fix = hw_lint_fix_set(view);
    if (*places.codes)
        hw_lint_fix_field(&fix, "countries", "+=", places.codes);
    hw_lint_fix_field(&fix, "title", "=", *rest ? rest : "-");
    hw_lint_fix_remark(&fix, hw_arena_printf(view->arena, "The title began with %.*s:", (int)n, title));
    hw_lint_found(lint, view,
                  hw_arena_printf(view->arena, "%s: \"%.*s\" is no country", hw_lint_title(view), (int)places.none.n,
                                  (const char *)places.none.p),
                  hw_lint_fix_done(&fix));
    return true;
}

/* Where this office works, as a start; NULL when it says nothing of it. */
static const char *own_country(const struct hw_lint *lint)
{
    const struct hw_office *office = hw_directory_office(&lint->directory, hw_tx_self(lint->tx)->office);
    return office && office->countries_n ? office->countries[0] : NULL;
}

/* A line "Country: ..." among the text that the import kept, of an item without any country. */
static void kept_country(struct hw_lint *lint, const struct hw_view *view)
{
    size_t known;
    const char *text = hw_view_text(view, "source");
    (void)hw_view_elements(view, "countries", &known);
    for (int skip = 0; *text && skip < 2; skip++) /* where it came from, and what the file said */
        text += strcspn(text, "\n") + (strchr(text, '\n') != NULL);
    for (; *text && known == 0; text += strcspn(text, "\n") + (strchr(text, '\n') != NULL)) {
        size_t n = strcspn(text, "\n"), head = strcspn(text, ":");
        const char *field = head < n ? hw_heading_field((struct hw_slice){(const uint8_t *)text, head}) : NULL;
        struct hw_slice value = head < n ? trimmed(text + head + 1, n - head - 1) : (struct hw_slice){0};
        if (!field || strcmp(field, "countries") != 0 || value.n == 0 || value.n > PREFIX_MAX ||
            *value.p == '#' || hw_region_find(value) || /* a tag of HXL; more than one country */
            strncmp(text, "Location", 8) == 0)          /* places of any size stand there */
            continue;
        struct places places = read_places(lint, view->arena, (const char *)value.p, value.n);
        struct hw_lint_fix fix = hw_lint_fix_set(view);
        const char *codes = *places.codes ? places.codes : own_country(lint);
        if (codes)
            hw_lint_fix_field(&fix, "countries", "+=", codes);
        hw_lint_found(lint, view,
                      hw_arena_printf(view->arena, "%s: \"%.*s\" is no country; the file's text was kept",
                                      hw_lint_title(view), (int)value.n, (const char *)value.p),
                      codes ? hw_lint_fix_done(&fix) : "headway show " HW_LINT_ID);
        return;
    }
}

void hw_lint_unknown_country(struct hw_lint *lint, const struct hw_view *view, const struct hw_lint_fact *fact)
{
    (void)fact;
    if (!title_country(lint, view))
        kept_country(lint, view);
}
