/* html_token.h: the tags and texts of a page.  Floor 2, noun: import html token. */
#ifndef CLIENT_IMPORT_HTML_TOKEN_H
#define CLIENT_IMPORT_HTML_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/import/run.h"

enum hw_html_kind { HW_HTML_TEXT, HW_HTML_OPEN, HW_HTML_CLOSE, HW_HTML_END };
enum { HW_HTML_NAME_MAX = 16 }; /* no tag that matters is longer; others are cut */
struct hw_html_token {
    enum hw_html_kind kind;
    char name[HW_HTML_NAME_MAX]; /* of a tag, small letters */
    struct hw_slice text;        /* with its entities; of a tag: its attributes */
};
struct hw_html_reader {
    struct hw_slice page;
    size_t at;
    const char *raw; /* inside this element nothing is a tag but its end; NULL */
    uint32_t line;   /* of the token in hand */
    size_t counted;  /* lines are counted up to here */
};
/* The next token; comments, declarations, scripts and styles are passed over. */
void hw_html_next(struct hw_html_reader *reader, struct hw_html_token *token);
bool hw_html_is(const struct hw_html_token *token, const char *name);
/* The value of an attribute, without quotes; false when it is not there. */
bool hw_html_attribute(const struct hw_html_token *token, const char *name, struct hw_slice *value);
/* A number from 1, or 1. */
uint32_t hw_html_number(const struct hw_html_token *token, const char *name);

/* html_entity.c: length of the entity at `text`, which `letter` becomes; 0 for none. */
size_t hw_html_entity(struct hw_slice text, uint32_t *letter);

#endif
