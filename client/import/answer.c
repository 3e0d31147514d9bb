/* answer.c: what a person has said about values and guesses of a file.
 * Floor 2, noun: import answer. */
#include <string.h>

#include "client/import/rows.h"
#include "headway/schema.h"

/* Values longer than this are prose; nobody answers for them in all rows. */
enum { VALUE_BYTES_MAX = 300 };

static const char *key_of(struct hw_arena *arena, const char *column, struct hw_slice value)
{
    return hw_fold(arena, hw_slice_text(hw_arena_printf(arena, "%s: %.*s", column, (int)value.n, (const char *)value.p)));
}

const struct hw_slice *hw_import_answer(const struct hw_import_answers *answers, const char *column,
                                        struct hw_slice value)
{
    if (answers == NULL || answers->n == 0 || value.n > VALUE_BYTES_MAX)
        return NULL;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    hw_arena_init(&arena);
    const char *key = key_of(&arena, column, value);
    for (size_t i = 0; i < answers->n; i++)
        if (strcmp(answers->answer[i].key, key) == 0)
            return &answers->answer[i].text;
    return NULL;
}

bool hw_import_denied(const struct hw_import_answers *answers, uint32_t line)
{
    for (size_t i = 0; answers != NULL && i < answers->denied_n; i++)
        if (answers->denied[i] == line)
            return true;
    return false;
}

void hw_import_answers_add(struct hw_import_answers *answers, struct hw_arena *arena, const char *key,
                           struct hw_slice text)
{
    if (answers->n == answers->cap) {
        size_t cap = answers->cap == 0 ? 16 : answers->cap * 2;
        struct hw_import_answer *more = hw_arena_alloc(arena, cap * sizeof *more);
        if (answers->n > 0)
            memcpy(more, answers->answer, answers->n * sizeof *more);
        answers->answer = more;
        answers->cap = cap;
    }
    answers->answer[answers->n++] = (struct hw_import_answer){key, text};
}

void hw_import_answers_value(struct hw_import_answers *answers, struct hw_arena *arena, const char *column,
                             struct hw_slice value, struct hw_slice text)
{
    if (value.n <= VALUE_BYTES_MAX)
        hw_import_answers_add(answers, arena, key_of(arena, column, value), text);
}

void hw_import_answers_deny(struct hw_import_answers *answers, struct hw_arena *arena, uint32_t line)
{
    if (answers->denied_n == answers->denied_cap) {
        size_t cap = answers->denied_cap == 0 ? 16 : answers->denied_cap * 2;
        uint32_t *more = hw_arena_alloc(arena, cap * sizeof *more);
        if (answers->denied_n > 0)
            memcpy(more, answers->denied, answers->denied_n * sizeof *more);
        answers->denied = more;
        answers->denied_cap = cap;
    }
    answers->denied[answers->denied_n++] = line;
}
