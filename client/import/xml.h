/* xml.h: the XML of a workbook or a document, element by element.  Floor 2, noun: import xml.
 * Names come without their prefix: office programs write one vocabulary under
 * two sets of namespaces ("transitional" and "strict") and any prefix. */
#ifndef CLIENT_IMPORT_XML_H
#define CLIENT_IMPORT_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "headway/bytes.h"
#include "headway/status.h"

struct XML_ParserStruct;

/* Elements inside each other. A text box in a table in a table has 40. */
enum { HW_IMPORT_DEPTH_MAX = 64 };
/* Different names of elements and attributes; office programs know some 900. */
enum { HW_IMPORT_NAMES_MAX = 4096, HW_IMPORT_NAME_BITS = 65536 };

struct hw_import_xml {
    void *user;
    /* `attributes`: name, value, name, value, ..., NULL. */
    void (*open)(struct hw_import_xml *xml, const char *name, const char **attributes);
    void (*close)(struct hw_import_xml *xml, const char *name);
    void (*text)(struct hw_import_xml *xml, struct hw_slice text); /* a piece */
    /* own */
    struct XML_ParserStruct *parser;
    unsigned depth;
    unsigned skipping; /* depth of the element that is left out with all in it; 0 none */
    size_t fed;
    size_t names;
    uint64_t seen[HW_IMPORT_NAME_BITS / 64];
    enum hw_status status; /* the first failure */
    struct hw_err err;
};
/* `xml` has its three functions set, the rest is zero. */
void hw_import_xml_begin(struct hw_import_xml *xml);
/* The next bytes; false once something failed. */
bool hw_import_xml_feed(struct hw_import_xml *xml, struct hw_slice bytes);
/* After the last byte. Errors: LIMIT, CORRUPT, and what a function reported. */
HW_MUST_USE enum hw_status hw_import_xml_end(struct hw_import_xml *xml, struct hw_err *err);
void hw_import_xml_done(struct hw_import_xml *xml);

/* Inside `open`: leaves the element out, with all that is in it. */
void hw_import_xml_skip(struct hw_import_xml *xml);
/* Inside a function: ends the reading. */
void hw_import_xml_fail(struct hw_import_xml *xml, enum hw_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The value of an attribute, or NULL. */
const char *hw_import_xml_get(const char **attributes, const char *name);
/* "1", "true", "on" are true, as is `w:b` without a value when `missing` says so. */
bool hw_import_xml_flag(const char **attributes, const char *name, bool missing);
/* A decimal number, or `missing`. */
long hw_import_xml_number(const char **attributes, const char *name, long missing);

#endif
