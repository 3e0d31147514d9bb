/* country.c: finds countries and the areas of UN M49.
 * Floor 1, noun: country.  The facts are in country_table.c. */
#include "headway/country.h"

#include <string.h>

#include "headway/schema.h"
#include "proto/fold.h"

/* The longest name of the table has under 200 bytes; a longer cell is text. */
enum { NAME_BYTES_MAX = 400 };

const struct hw_country *hw_country_by_code(struct hw_slice alpha3)
{
    size_t low = 0, high = hw_countries_n;
    if (alpha3.n != 3)
        return NULL;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(alpha3.p, hw_countries[middle].alpha3, 3);
        if (order == 0)
            return &hw_countries[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* Bytes of the punctuation that starts at `p`, 0 when it is none. Beside ASCII:
 * the quotation marks and letters that stand for an apostrophe, and the Arabic
 * comma. The table's keys were written without them. */
static size_t punctuation(const char *p)
{
    static const char *const marks[] = {"\u2018", "\u2019", "\u02bc", "\u02bb", "\u060c"};
    if (*p != '&' && strchr("!\"#$%'()*+,-./:;<=>?@[\\]^_`{|}~", *p) != NULL)
        return 1;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (strncmp(p, marks[i], strlen(marks[i])) == 0)
            return strlen(marks[i]);
    return 0;
}

/* The key of a name: folded, no punctuation, "&" spelt out, no leading "the". */
static const char *key_of(struct hw_arena *arena, struct hw_slice text)
{
    const char *folded = hw_fold(arena, text);
    /* Each "&" grows to " and ", five bytes. */
    char *key = hw_arena_alloc(arena, strlen(folded) * 5 + 1);
    size_t n = 0;
    for (const char *p = folded; *p != '\0';) {
        size_t skip = punctuation(p);
        if (skip > 0) {
            p += skip;
        } else if (*p == '&') {
            memcpy(key + n, " and ", 5);
            n += 5;
            p++;
        } else {
            key[n++] = *p++;
        }
    }
    const char *tidy = hw_fold(arena, (struct hw_slice){(const uint8_t *)key, n});
    return strncmp(tidy, "the ", 4) == 0 ? tidy + 4 : tidy;
}

/* `folded` against a code: both ASCII. */
static bool is_code(const char *code, const char *folded)
{
    for (; *code != '\0'; code++, folded++)
        if (*folded != *code - 'A' + 'a')
            return false;
    return *folded == '\0';
}

const struct hw_country *hw_country_find(struct hw_slice text)
{
    if (text.n == 0 || text.n > NAME_BYTES_MAX)
        return NULL;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    const char *key = key_of(&arena, text);
    size_t n = strlen(key);
    if (n == 2 || n == 3)
        for (size_t i = 0; i < hw_countries_n; i++)
            if (is_code(n == 3 ? hw_countries[i].alpha3 : hw_countries[i].alpha2, key))
                return &hw_countries[i];
    for (size_t i = 0; i < hw_countries_n; i++)
        if (hw_fold_listed(hw_countries[i].others, key))
            return &hw_countries[i];
    return NULL;
}

const struct hw_region *hw_region_by_code(uint16_t code)
{
    for (size_t i = 0; i < hw_regions_n; i++)
        if (hw_regions[i].code == code)
            return &hw_regions[i];
    return NULL;
}

/* Short forms in daily use. */
static const struct {
    uint16_t code;
    const char *names;
} short_forms[] = {
    {419, "lac|latin america|latin america and caribbean|latin america & the caribbean|america latina y el caribe|"
          "amerique latine et caraibes|america latina e caribe"},
    {202, "ssa|sub sahara africa|subsaharan africa"},
    {35, "south east asia|southeast asia|southeastern asia"},
    {143, "asie centrale|asia central|центральная азия|средняя азия|اسيا الوسطى|орталық азия"},
    {21, "north america"},
    {30, "east asia"},
    {34, "south asia"},
    {145, "west asia"},
    {11, "west africa"},
    {14, "east africa"},
    {17, "central africa"},
    {15, "north africa"},
    {29, "the caribbean"},
};

const struct hw_region *hw_region_find(struct hw_slice name)
{
    if (name.n == 0 || name.n > NAME_BYTES_MAX)
        return NULL;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    const char *key = hw_fold_word(&arena, name);
    for (size_t i = 0; i < hw_regions_n; i++)
        if (strcmp(key, hw_fold(&arena, hw_slice_text(hw_regions[i].name))) == 0)
            return &hw_regions[i];
    for (size_t i = 0; i < sizeof short_forms / sizeof short_forms[0]; i++)
        if (hw_fold_listed(short_forms[i].names, key))
            return hw_region_by_code(short_forms[i].code);
    return NULL;
}

bool hw_region_holds(const struct hw_region *region, const struct hw_country *country)
{
    const struct hw_region *area = hw_region_by_code(country->region);
    while (area != NULL && area->code != region->code)
        area = hw_region_by_code(area->parent);
    return area != NULL;
}
