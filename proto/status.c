/* status.c: names, texts and exit codes of every failure (floor 1, pure). */
#include "headway/status.h"

#include <stdio.h>

static const struct {
    const char *name;
    int exit;
    const char *text;
} rows[] = {
#define X(name, code, text) {#name, code, text},
    HW_STATUS_TABLE(X)
#undef X
};

/* A text that was cut must not end inside a character: takes the beginning of
 * one away that lost its end. */
static void end_whole(char *text, size_t n)
{
    size_t start = n;
    while (start > 0 && n - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t needs = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (n - start + 1 < needs)
        text[start - 1] = 0;
}

enum hw_status hw_fail(struct hw_err *err, enum hw_status status, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        err->status = status;
        int n = vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
        if (n >= (int)sizeof err->text)
            end_whole(err->text, sizeof err->text - 1);
    }
    return status;
}

const char *hw_status_name(enum hw_status status)
{
    return (unsigned)status < HW_STATUS_COUNT ? rows[status].name : "FAILED";
}

const char *hw_status_text(enum hw_status status)
{
    return (unsigned)status < HW_STATUS_COUNT ? rows[status].text : "failed";
}

int hw_status_exit(enum hw_status status)
{
    return (unsigned)status < HW_STATUS_COUNT ? rows[status].exit : 1;
}
