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

enum hw_status hw_fail(struct hw_err *err, enum hw_status status, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        err->status = status;
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
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
