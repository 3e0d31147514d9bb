/* status.h: how every function of Headway reports failure.
 * Floor 0.  One table gives each status its name, its text and the exit code
 * that the client returns for it (the exit codes are a promise to scripts). */
#ifndef HEADWAY_STATUS_H
#define HEADWAY_STATUS_H

#include <stdarg.h>

/* name, exit code, text */
#define HW_STATUS_TABLE(X)                                          \
    X(OK, 0, "done")                                                \
    X(FAILED, 1, "failed")                                          \
    X(IO, 1, "input or output failed")                              \
    X(NO_SPACE, 1, "no space left on the disk")                     \
    X(CORRUPT, 1, "damaged data")                                   \
    X(LIMIT, 1, "over a limit")                                     \
    X(SIGNATURE, 1, "signature or chain does not match")            \
    X(GAP, 1, "an earlier part is missing")                         \
    X(FORK, 1, "two contents for one name")                         \
    X(VERSION, 1, "another protocol version")                       \
    X(USAGE, 2, "not understood")                                   \
    X(NOT_FOUND, 3, "not found")                                    \
    X(AMBIGUOUS, 3, "more than one match")                          \
    X(DECISION, 4, "needs your decision")                           \
    X(TIMEOUT, 4, "not yet")                                        \
    X(UNREACHABLE, 69, "the daemon does not answer")                \
    X(DENIED, 77, "not permitted")                                  \
    X(CONFIG, 78, "bad configuration")

enum hw_status {
#define X(name, code, text) HW_##name,
    HW_STATUS_TABLE(X)
#undef X
    HW_STATUS_COUNT
};

/* An error with its text; embedded by the caller, never allocated. The text
 * is one plain sentence: what, where, and what to type next. */
struct hw_err {
    enum hw_status status;
    char text[1000];
};

#define HW_MUST_USE __attribute__((warn_unused_result))

/* Fills `err` (may be NULL) and returns `status`, so that a failing function
 * ends with `return hw_fail(err, HW_CORRUPT, "...")`. Text past the buffer is
 * cut. */
enum hw_status hw_fail(struct hw_err *err, enum hw_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

const char *hw_status_name(enum hw_status status); /* "NOT_FOUND" */
const char *hw_status_text(enum hw_status status); /* "not found" */
int hw_status_exit(enum hw_status status);         /* exit code of the client */

#endif
