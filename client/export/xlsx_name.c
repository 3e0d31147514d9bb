/* xlsx_name.c: names of sheets (floor 2, noun: sheet name).  Excel takes at most
 * 31 letters (of UTF-16), none of []:*?/\, no ' at either end, not "History", and no two
 * that differ in case alone. */
#include <stdlib.h>
#include <string.h>

#include "client/export/export.h"

enum { LETTERS = 31 };

/* Bytes of the letter at `p`, and how many of UTF-16 it is. */
static size_t letter(const char *p, size_t *units)
{
    unsigned char c = (unsigned char)*p;
    size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    *units = n == 4 ? 2 : 1;
    for (size_t i = 1; i < n; i++)
        if (((unsigned char)p[i] & 0xc0) != 0x80)
            return 1;
    return n;
}

/* The beginning of `wanted` that fits beside `room` letters, without what may not stand in a name. */
static size_t take(const char *wanted, size_t room, char *name)
{
    size_t n = 0, used = 0, units;
    wanted += strspn(wanted, " '");
    for (size_t step; *wanted; wanted += step) {
        step = letter(wanted, &units);
        if (used + units > room)
            break;
        used += units;
        bool bad = step == 1 && strchr("[]:*?/\\", *wanted);
        if (step == 1 && (bad || (unsigned char)*wanted < ' '))
            name[n++] = bad ? '-' : ' ';
        else
            for (size_t i = 0; i < step; i++)
                name[n++] = wanted[i];
    }
    while (n > 0 && (name[n - 1] == ' ' || name[n - 1] == '\''))
        n--;
    name[n] = '\0';
    return n;
}

static bool taken(const struct hw_sheet_names *names, const char *name)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    const char *folded = hw_fold(&arena, hw_slice_text(name));
    if (strcmp(folded, "history") == 0)
        return true;
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(hw_fold(&arena, hw_slice_text(names->name[i])), folded) == 0)
            return true;
    return false;
}

const char *hw_sheet_name(struct hw_sheet_names *names, const char *wanted)
{
    char ending[24] = "";
    if (names->n == names->cap) {
        names->cap = names->cap ? names->cap * 2 : 16;
        names->name = hw_realloc(names->name, names->cap * sizeof *names->name);
    }
    char *name = names->name[names->n];
    for (size_t nth = 2;; nth++) {
        size_t n = take(wanted, LETTERS - strlen(ending), name);
        if (n == 0)
            n = take("Sheet", LETTERS - strlen(ending), name);
        memcpy(name + n, ending, strlen(ending) + 1);
        if (!taken(names, name))
            break;
        snprintf(ending, sizeof ending, " (%zu)", nth);
    }
    return names->name[names->n++];
}

void hw_sheet_names_done(struct hw_sheet_names *names)
{
    free(names->name);
    *names = (struct hw_sheet_names){0};
}
