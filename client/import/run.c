/* run.c: a text that grows.  Floor 2, noun: import run. */
#include "client/import/run.h"

#include <stdlib.h>
#include <string.h>

#include "client/import/limits.h"

/* Longer than any cell may be, even when its ends are blanks. */
enum { RUN_MAX = 2 * HW_IMPORT_CELL_MAX };

void hw_import_run_add(struct hw_import_run *run, struct hw_slice text)
{
    size_t whole = text.n;
    if (text.n > RUN_MAX - run->n)
        text.n = RUN_MAX - run->n;
    run->cut = run->cut || text.n < whole;
    if (text.n == 0)
        return;
    if (run->n + text.n > run->cap) {
        size_t cap = (run->n + text.n) * 2;
        run->p = hw_realloc(run->p, cap < 256 ? 256 : cap);
        run->cap = cap < 256 ? 256 : cap;
    }
    memcpy(run->p + run->n, text.p, text.n);
    run->n += text.n;
}

void hw_import_run_text(struct hw_import_run *run, const char *text)
{
    hw_import_run_add(run, hw_slice_text(text));
}

void hw_import_run_letter(struct hw_import_run *run, uint32_t letter)
{
    uint8_t b[4];
    size_t n;
    if (letter == 0 || letter > 0x10FFFF || (letter >= 0xD800 && letter < 0xE000))
        letter = 0xFFFD;
    if (letter < 0x80) {
        b[0] = (uint8_t)letter;
        n = 1;
    } else if (letter < 0x800) {
        b[0] = (uint8_t)(0xC0 | letter >> 6);
        n = 2;
    } else if (letter < 0x10000) {
        b[0] = (uint8_t)(0xE0 | letter >> 12);
        n = 3;
    } else {
        b[0] = (uint8_t)(0xF0 | letter >> 18);
        n = 4;
    }
    for (size_t i = 1; i < n; i++)
        b[i] = (uint8_t)(0x80 | ((letter >> (6 * (n - 1 - i))) & 0x3F));
    hw_import_run_add(run, (struct hw_slice){b, n});
}

void hw_import_run_break(struct hw_import_run *run)
{
    if (run->n > 0 && run->p[run->n - 1] != '\n')
        hw_import_run_text(run, "\n");
}

struct hw_slice hw_import_run_slice(const struct hw_import_run *run)
{
    struct hw_slice text = {run->p, run->n};
    /* Where the text was cut, half a letter may be left. */
    for (size_t back = 1; run->n == RUN_MAX && back <= 3; back++) {
        uint8_t c = run->p[run->n - back];
        if ((c & 0xC0) == 0x80)
            continue;
        if (c >= 0xC0)
            text.n = run->n - back;
        break;
    }
    return text;
}

void hw_import_run_clear(struct hw_import_run *run)
{
    run->n = 0;
    run->cut = false;
}

void hw_import_run_done(struct hw_import_run *run)
{
    free(run->p);
    *run = (struct hw_import_run){.p = NULL};
}
