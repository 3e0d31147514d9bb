/* xml.c: the XML of a workbook or a document, element by element.
 * Floor 2, noun: import xml.  expat does the work; here stands what a hostile file
 * must not do: bring entities of its own (a document type is refused whole: no
 * office program writes one), nest without end, invent names without end
 * (expat keeps each), or hold an element of megabytes, which expat would
 * read again from its start with every piece that arrives. */
#include "client/import/xml.h"

#include <expat.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that expat may keep without an event: one tag with its attributes. */
enum { TOKEN_MAX = 1024 * 1024 };
/* What expat gets at a time. */
enum { PIECE_BYTES = 64 * 1024 };

static const char *bare(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}

void hw_import_xml_fail(struct hw_import_xml *xml, enum hw_status status, const char *format, ...)
{
    va_list args;
    if (xml->status != HW_OK)
        return;
    xml->status = xml->err.status = status;
    va_start(args, format);
    vsnprintf(xml->err.text, sizeof xml->err.text, format, args);
    va_end(args);
    XML_StopParser(xml->parser, XML_FALSE);
}

/* Counts different names by their hash; two names that share a bit count as one,
 * which only makes the limit looser. */
static void name_seen(struct hw_import_xml *xml, const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name != 0; name++)
        hash = (hash ^ (uint8_t)*name) * 16777619u;
    uint32_t bit = (hash ^ hash >> 16) % HW_IMPORT_NAME_BITS;
    if ((xml->seen[bit / 64] >> (bit % 64) & 1) != 0)
        return;
    xml->seen[bit / 64] |= (uint64_t)1 << (bit % 64);
    if (++xml->names > HW_IMPORT_NAMES_MAX)
        hw_import_xml_fail(xml, HW_LIMIT, "the file has more than %d kinds of elements; no office program wrote it",
                           HW_IMPORT_NAMES_MAX);
}

static void on_open(void *data, const char *name, const char **attributes)
{
    struct hw_import_xml *xml = data;
    if (xml->status != HW_OK)
        return;
    if (++xml->depth > HW_IMPORT_DEPTH_MAX) {
        hw_import_xml_fail(xml, HW_LIMIT, "elements stand more than %d deep in each other; no office program wrote it",
                           HW_IMPORT_DEPTH_MAX);
        return;
    }
    name_seen(xml, name);
    for (size_t i = 0; attributes[i] != NULL; i += 2)
        name_seen(xml, attributes[i]);
    if (xml->skipping == 0 && xml->status == HW_OK)
        xml->open(xml, bare(name), attributes);
}

static void on_close(void *data, const char *name)
{
    struct hw_import_xml *xml = data;
    if (xml->status != HW_OK)
        return;
    if (xml->skipping == 0)
        xml->close(xml, bare(name));
    else if (xml->skipping == xml->depth)
        xml->skipping = 0;
    xml->depth--;
}

static void on_text(void *data, const char *text, int n)
{
    struct hw_import_xml *xml = data;
    if (xml->status == HW_OK && xml->skipping == 0)
        xml->text(xml, (struct hw_slice){(const uint8_t *)text, (size_t)n});
}

static void on_doctype(void *data, const char *name, const char *system, const char *public, int has_subset)
{
    (void)name, (void)system, (void)public, (void)has_subset;
    hw_import_xml_fail(data, HW_USAGE, "a part of the file declares a document type, which no office program does; "
                                       "it is not read");
}

void hw_import_xml_begin(struct hw_import_xml *xml)
{
    xml->parser = XML_ParserCreate(NULL);
    if (xml->parser == NULL)
        abort(); /* as when any memory is out, see headway/bytes.h */
    XML_SetUserData(xml->parser, xml);
    XML_SetElementHandler(xml->parser, on_open, on_close);
    XML_SetCharacterDataHandler(xml->parser, on_text);
    XML_SetStartDoctypeDeclHandler(xml->parser, on_doctype);
}

static void parse(struct hw_import_xml *xml, struct hw_slice bytes, bool last)
{
    if (xml->status != HW_OK)
        return;
    enum XML_Status done = XML_Parse(xml->parser, (const char *)bytes.p, (int)bytes.n, last);
    xml->fed += bytes.n;
    if (done != XML_STATUS_OK) {
        hw_import_xml_fail(xml, HW_CORRUPT, "the file is damaged: %s in line %lu of a part",
                           XML_ErrorString(XML_GetErrorCode(xml->parser)),
                           (unsigned long)XML_GetCurrentLineNumber(xml->parser));
        return;
    }
    XML_Index at = XML_GetCurrentByteIndex(xml->parser);
    if (xml->fed - (at > 0 ? (size_t)at : 0) > TOKEN_MAX)
        hw_import_xml_fail(xml, HW_LIMIT, "a part of the file holds an element of more than 1 MiB");
}

bool hw_import_xml_feed(struct hw_import_xml *xml, struct hw_slice bytes)
{
    while (bytes.n > 0 && xml->status == HW_OK) {
        size_t n = bytes.n < PIECE_BYTES ? bytes.n : PIECE_BYTES;
        parse(xml, (struct hw_slice){bytes.p, n}, false);
        bytes.p += n;
        bytes.n -= n;
    }
    return xml->status == HW_OK;
}

enum hw_status hw_import_xml_end(struct hw_import_xml *xml, struct hw_err *err)
{
    parse(xml, (struct hw_slice){(const uint8_t *)"", 0}, true);
    if (xml->status == HW_OK)
        return HW_OK;
    return hw_fail(err, xml->status, "%s", xml->err.text);
}

void hw_import_xml_done(struct hw_import_xml *xml)
{
    if (xml->parser != NULL)
        XML_ParserFree(xml->parser);
    xml->parser = NULL;
}

void hw_import_xml_skip(struct hw_import_xml *xml)
{
    xml->skipping = xml->depth;
}

const char *hw_import_xml_get(const char **attributes, const char *name)
{
    for (size_t i = 0; attributes[i] != NULL; i += 2)
        if (strcmp(bare(attributes[i]), name) == 0)
            return attributes[i + 1];
    return NULL;
}

bool hw_import_xml_flag(const char **attributes, const char *name, bool missing)
{
    const char *value = hw_import_xml_get(attributes, name);
    if (value == NULL)
        return missing;
    return strcmp(value, "1") == 0 || strcmp(value, "true") == 0 || strcmp(value, "on") == 0;
}

long hw_import_xml_number(const char **attributes, const char *name, long missing)
{
    const char *value = hw_import_xml_get(attributes, name);
    char *end;
    if (value == NULL)
        return missing;
    long number = strtol(value, &end, 10);
    return end == value || *end != 0 ? missing : number;
}
