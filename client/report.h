/* report.h: what the forms of a report share.  Floor 3, noun: report. */
#ifndef CLIENT_REPORT_H
#define CLIENT_REPORT_H

#include <jansson.h>
#include <stdio.h>
#include <time.h>

#include "headway/bytes.h"

/* Offices that have been silent, as text: "TKM, UZB" or "2". "" when none. */
const char *hw_report_silent(struct hw_arena *arena, const json_t *row);
/* One printable page that needs no other file: `report` is the document of
 * `report --json` with `freshness`; `words` the filters as typed; `now` the day
 * printed on it. */
void hw_report_html(FILE *to, const json_t *report, char *const *words, size_t words_n, time_t now);
/* Text with < > & " ' made harmless, for HTML and SVG. */
void hw_html_text(FILE *to, const char *text);

#endif
