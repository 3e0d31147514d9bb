/* run.h: a text that grows.  Floor 2, noun: import run.
 * The readers of forms get the text of a cell in pieces. What is longer than any
 * cell may be is cut: it is a problem of its row, and nobody wants a gigabyte of
 * it in memory. */
#ifndef CLIENT_IMPORT_RUN_H
#define CLIENT_IMPORT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "headway/bytes.h"

struct hw_import_run {
    uint8_t *p; /* heap, used again */
    size_t n, cap;
    bool cut; /* something did not fit */
};
void hw_import_run_add(struct hw_import_run *run, struct hw_slice text);
void hw_import_run_text(struct hw_import_run *run, const char *text);
/* As UTF-8; what no text may hold becomes U+FFFD. */
void hw_import_run_letter(struct hw_import_run *run, uint32_t letter);
/* A newline, unless the text is empty or ends in one. */
void hw_import_run_break(struct hw_import_run *run);
/* Good until the next call. */
struct hw_slice hw_import_run_slice(const struct hw_import_run *run);
void hw_import_run_clear(struct hw_import_run *run);
void hw_import_run_done(struct hw_import_run *run);

#endif
