/* sim_doc.h: writing requests and reading answers of the local protocol. */
#ifndef TESTS_SIM_DOC_H
#define TESTS_SIM_DOC_H

#include "headway/cbor.h"

/* The value of a key in a CBOR map, raw; empty when there is none. */
struct hw_slice sim_doc_get(struct hw_slice map, const char *key);
struct hw_slice sim_doc_text(struct hw_slice map, const char *key);
/* The first element of an array; empty when there is none. */
struct hw_slice sim_doc_first(struct hw_slice array);

/* "key", "text" pairs up to NULL; a text that begins with '[' is a list of the one text behind it. */
extern const char sim_doc_yes[]; /* as a value: true */
void sim_doc_args(struct hw_out *out, const char *const *pairs);

#endif
