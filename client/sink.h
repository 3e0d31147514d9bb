/* sink.h: where the output of a command goes: stdout or a file that appears
 * whole or not at all.  Floor 2, noun: sink. */
#ifndef CLIENT_SINK_H
#define CLIENT_SINK_H

#include <stdbool.h>
#include <stdio.h>

#include "headway/status.h"

struct hw_sink {
    FILE *to;
    const char *path;   /* NULL: stdout */
    char draft[4200];   /* the file while it is being written; "": straight to `path` */
};

/* `path` NULL or "-" is stdout; it is borrowed until the end. What is no file (/dev/stdout,
 * a pipe) is written to directly: it has no name to take. */
HW_MUST_USE enum hw_status hw_sink_open(struct hw_sink *sink, const char *path, struct hw_err *err);
/* Ends the writing: the file takes its name when `keep`, else nothing is
 * left. */
HW_MUST_USE enum hw_status hw_sink_close(struct hw_sink *sink, bool keep, struct hw_err *err);
/* Whether the path ends so, in any ASCII case: hw_sink_ends("a.CSV", ".csv"). */
bool hw_sink_ends(const char *path, const char *ending);

#endif
