/* doc.h: documents of the local protocol as JSON values.  Floor 2, noun: doc. */
#ifndef CLIENT_DOC_H
#define CLIENT_DOC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "headway/bytes.h"
#include "headway/cbor.h"

/* Reads the next item of `in` as JSON; the caller owns the result. NULL and
 * `in->bad` when it is no document (bytes, keys that are not text, nested more than 16 deep). */
json_t *hw_doc_read(struct hw_in *in);

/* Members of an object, kind to what is missing or of another type: "" , 0,
 * false. Texts are borrowed from the document. */
const char *hw_doc_text(const json_t *doc, const char *key);
long long hw_doc_int(const json_t *doc, const char *key);
double hw_doc_number(const json_t *doc, const char *key);
bool hw_doc_bool(const json_t *doc, const char *key);
json_t *hw_doc_list(const json_t *doc, const char *key); /* an array, borrowed; NULL when none */
bool hw_doc_has(const json_t *doc, const char *key);     /* there and not null */
/* A member, or the member itself when `key` is NULL, as one line of text: lists joined by ", ",
 * times by their raw text, numbers printed. Arena string, never NULL. */
const char *hw_doc_line(struct hw_arena *arena, const json_t *doc, const char *key);

/* The id as it is typed: `short` where the daemon gives it, else its first six
 * letters, which tell 10,000 records apart. Arena string. */
const char *hw_doc_short(struct hw_arena *arena, const json_t *doc);

/* One JSON document, one line, UTF-8, to `to`. Sorted keys where `sorted`. */
void hw_doc_print(FILE *to, const json_t *doc, bool sorted);

/* Prints rows as ONE JSON array while they arrive. Use: hw_doc_rows_open, hw_doc_rows_add per
 * row, hw_doc_rows_close. */
struct hw_doc_rows {
    FILE *to;
    size_t n;
};
void hw_doc_rows_open(struct hw_doc_rows *rows, FILE *to);
bool hw_doc_rows_add(void *rows, json_t *row); /* a hw_row_fn */
void hw_doc_rows_close(struct hw_doc_rows *rows);

#endif
