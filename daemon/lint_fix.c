/* lint_fix.c: a command that settles a finding, as it can be typed (floor 3,
 * noun: fix). */
#include <string.h>

#include "daemon/lint.h"

/* Words of these bytes alone need no quotes in a shell; letters of other scripts are bytes from 0x80 on. */
static bool bare(const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:=+,@%-";
    for (; *word; word++)
        if ((unsigned char)*word < 0x80 && !strchr(plain, *word))
            return false;
    return true;
}

/* The word in quotes where it needs them. */
static const char *quoted(struct hw_arena *arena, const char *word)
{
    if (*word && bare(word))
        return word;
    char *out = hw_arena_alloc(arena, strlen(word) * 4 + 3); /* each ' becomes '\'' */
    size_t n = 0;
    out[n++] = '\'';
    for (; *word; word++) {
        if (*word == '\'') {
            memcpy(out + n, "'\\''", 4);
            n += 4;
        } else {
            out[n++] = *word;
        }
    }
    out[n++] = '\'';
    out[n] = 0;
    return out;
}

struct hw_lint_fix hw_lint_fix_set(const struct hw_view *view)
{
    return (struct hw_lint_fix){.view = view, .text = "headway set " HW_LINT_ID};
}

void hw_lint_fix_field(struct hw_lint_fix *fix, const char *field, const char *sign, const char *value)
{
    struct hw_arena *arena = fix->view->arena;
    const struct hw_field *of = hw_view_field(fix->view, field);
    if (of && !of->set && hw_cell_conflict(hw_row_cell(fix->view->row, of->id), of))
        fix->conflict = true;
    const char *word = hw_arena_printf(arena, "%s%s%s", field, sign, value);
    fix->text = hw_arena_printf(arena, "%s %s", fix->text, quoted(arena, word));
}

void hw_lint_fix_remark(struct hw_lint_fix *fix, const char *text)
{
    fix->text = hw_arena_printf(fix->view->arena, "%s -m %s", fix->text, quoted(fix->view->arena, text));
}

const char *hw_lint_fix_done(const struct hw_lint_fix *fix)
{
    /* `set` writes over no conflict; which of the values is right is the first question. */
    return fix->conflict ? "headway conflicts" : fix->text;
}
